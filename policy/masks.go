package policy

import (
	"math/big"
	"regexp"
	"slices"
	"strings"

	"meshgate/catalog"
	"meshgate/meshfile"
	"meshgate/pgcat"
	"meshgate/pgvalue"
)

var widthForm = regexp.MustCompile(`^[0-9]{1,30}(\.[0-9]{1,30})?$`)

var (
	wholeNumbers = []pgcat.OID{pgcat.Int2, pgcat.Int4, pgcat.Int8}
	maskTypes    = map[MaskFn][]pgcat.OID{
		MaskBucket:    append([]pgcat.OID{pgcat.Numeric, pgcat.Float4, pgcat.Float8}, wholeNumbers...),
		MaskDateTrunc: {pgcat.Date, pgcat.Timestamp, pgcat.TimestampTZ},
		MaskPartial:   {pgcat.Text, pgcat.VarChar, pgcat.BPChar},
	}
)

// mask puts a mask into the form of decisions, and reports parameters that are wrong for every column.
func (b *builder) mask(m *meshfile.Mask) Mask {
	made := Mask{Fn: maskFnOf(m.Fn.Value), Position: m.At}
	if m.MaskNulls != nil {
		made.MaskNulls = *m.MaskNulls
	}
	switch made.Fn {
	case MaskConstant:
		made.Value = m.Value.Value
	case MaskHash:
		made.Key = m.Key.Value
		if _, ok := b.files.Taxonomy.Keys[made.Key]; !ok && !b.taxonomyUnread() {
			var known []string
			for name := range b.files.Taxonomy.Keys {
				known = append(known, name)
			}
			b.faults.Add(m.Key.At, "key %q is not in the taxonomy%s", made.Key, meshfile.DidYouMean(made.Key, known))
		}
	case MaskBucket:
		made.Width = m.Width.Value
		if w, ok := new(big.Rat).SetString(made.Width); !widthForm.MatchString(made.Width) || !ok || w.Sign() <= 0 {
			b.faults.Add(m.Width.At, "width: expected a number above 0, got %q", made.Width)
			made.Width = "1"
		}
	case MaskDateTrunc:
		made.Unit = m.Unit.Value
		if !slices.Contains(dateUnits, made.Unit) {
			b.faults.Add(m.Unit.At, "unit: expected one of %s, got %q%s", strings.Join(dateUnits, ", "), made.Unit,
				meshfile.DidYouMean(made.Unit, dateUnits))
		}
	case MaskPartial:
		made.Fill = "*"
		if m.Fill != nil {
			made.Fill = m.Fill.Value
		}
		if m.KeepStart != nil {
			made.KeepStart = *m.KeepStart
		}
		if m.KeepEnd != nil {
			made.KeepEnd = *m.KeepEnd
		}
	case MaskSQL:
		made.Expr, made.Position = m.Expr.Value, m.Expr.At
	}
	return made
}

// checkColumn reports a rule that cannot be carried out on a column that it selects.
func (b *builder) checkColumn(r *resolved, rule *rule, c *catalog.Column) {
	name := r.product.Name.String() + "." + c.Name
	switch rule.effect {
	case effectMask:
		if why := rule.mask.misfit(c.Type); why != "" {
			b.faults.Add(rule.source.Mask.At, "rule %s: mask %s does not fit column %s of type %s: %s", rule.public.ID, rule.mask.Fn,
				name, c.Type, why)
		}
	case effectAggregate:
		if !r.countable {
			b.warn(rule.source.ID.At, "rule %s: %s denies instead of aggregate_only, as no column of %s is tagged privacy.entity_key",
				rule.public.ID, name, r.product.Name)
		}
	}
}

// misfit says why a mask cannot replace values of a type, nothing when it can.
func (m Mask) misfit(t catalog.Type) string {
	if types, limited := maskTypes[m.Fn]; limited && !slices.Contains(types, t.OID) {
		var names []string
		for _, oid := range types {
			names = append(names, catalog.TypeOf(oid).String())
		}
		return "expected " + strings.Join(names, ", ")
	}
	switch m.Fn {
	case MaskConstant:
		if _, err := pgvalue.Parse(t.OID, t.Mod, m.Value, pgvalue.DefaultFormat()); err != nil {
			return "its value is none of that type"
		}
	case MaskBucket:
		if slices.Contains(wholeNumbers, t.OID) && !width(&m).IsInt() {
			return "expected a whole number as width"
		}
	}
	return ""
}
