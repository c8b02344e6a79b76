package meshfile

import (
	"regexp"
	"slices"
	"strings"

	yaml "go.yaml.in/yaml/v4"
)

var (
	ruleID     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)
	tagForm    = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$`)
	wordForm   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$`)
	sqlState   = regexp.MustCompile(`^[0-9A-Z]{5}$`)
	maskParams = map[string]struct{ required, optional []string }{
		"null":       {},
		"constant":   {required: []string{"value"}, optional: []string{"maskNulls"}},
		"hash":       {required: []string{"key"}, optional: []string{"maskNulls"}},
		"bucket":     {required: []string{"width"}},
		"date_trunc": {required: []string{"unit"}},
		"partial":    {optional: []string{"keepStart", "keepEnd", "fill"}},
		"sql":        {required: []string{"expr"}},
	}
	// effectKeys are the keys of a rule that belong to one effect alone.
	effectKeys = map[string]string{"mask": "mask", "row_filter": "filter", "aggregate_only": "aggregate"}
)

func (s *Share) decodeNode(d *decoder, n *yaml.Node, name string) {
	f, ok := number(n)
	if !ok || !(f > 0 && f <= 1) {
		d.wrong(n, name, "a number above 0 and at most 1")
		return
	}
	*s = Share(f)
}

func (t *Taxonomy) check(c *checks) {
	defer t.complete()
	levels := Values(t.Classifications)
	seen := map[string]Position{}
	for _, level := range t.Classifications {
		refuseRepeated(c, seen, level, "classification")
		if !wordForm.MatchString(level.Value) {
			c.fault(level.At, "classifications: expected names of letters, digits, _, . and -, got %q", level.Value)
		}
	}
	for _, ref := range []Text{t.Unclassified, t.OpenBelow} {
		if len(levels) > 0 && !slices.Contains(levels, ref.Value) {
			c.fault(ref.At, "expected one of the classifications, %s, got %q%s", orList(levels), ref.Value, DidYouMean(ref.Value, levels))
		}
	}
	for _, name := range sortedKeys(t.Tags) {
		if !tagForm.MatchString(name) {
			c.fault(t.Tags[name].At, "tags: expected names of letters, digits, _ and - with dots between, got %q", name)
		}
	}
	for _, name := range sortedKeys(t.Purposes) {
		if !wordForm.MatchString(name) {
			c.fault(t.Purposes[name].At, "purposes: expected names of letters, digits, _, . and -, got %q", name)
		}
	}
	for _, m := range t.MustTag {
		if _, err := regexp.Compile(m.NamePattern.Value); err != nil {
			c.fault(m.NamePattern.At, "namePattern: expected a regular expression of RE2: %s", err)
		}
	}
}

// complete fills in the defaults. A column without a classification counts as restricted, and where the federation does not know
// that word, as the most closed classification there is.
func (t *Taxonomy) complete() {
	if len(t.Classifications) == 0 {
		for _, c := range []string{"public", "internal", "confidential", "restricted"} {
			t.Classifications = append(t.Classifications, Text{Value: c})
		}
	}
	if t.Unclassified.Value == "" {
		t.Unclassified.Value = t.Classifications[len(t.Classifications)-1].Value
		if slices.Contains(Values(t.Classifications), "restricted") {
			t.Unclassified.Value = "restricted"
		}
	}
}

// Level returns the place of a classification in the order from open to closed, and -1 for one that is not known.
func (t *Taxonomy) Level(classification string) int {
	return slices.IndexFunc(t.Classifications, func(c Text) bool { return c.Value == classification })
}

func (m *Metadata) check(c *checks) {
	for _, t := range []Text{m.Name, m.Owner} {
		if t.At.Line > 0 && !isPlainText(t.Value) {
			c.fault(t.At, "expected a text without control characters")
		}
	}
}

func (r *Rule) check(c *checks) {
	if !ruleID.MatchString(r.ID.Value) {
		c.fault(r.ID.At, "id: expected letters, digits, ., _ and -, at most 63, got %q", r.ID.Value)
	}
	// These texts reach clients in notices and errors; a control character there could forge a line of their terminal.
	for _, t := range []Text{r.Reason, r.Contact} {
		if t.At.Line > 0 && !isPlainText(t.Value) {
			c.fault(t.At, "rule %s: expected a text without control characters", r.ID.Value)
		}
	}
	if r.Effect.Value == "grant" && r.DelegateExemption != nil {
		c.fault(r.DelegateExemption.At, "rule %s: a grant has nothing to be exempted from", r.ID.Value)
	}
	if !slices.Contains([]string{"grant", "deny", "mask", "row_filter", "aggregate_only"}, r.Effect.Value) {
		return
	}
	given := map[string]bool{"mask": r.Mask != nil, "filter": r.Filter.At.Line > 0, "aggregate": r.Aggregate != nil}
	for _, key := range sortedKeys(given) {
		wanted := effectKeys[r.Effect.Value] == key
		if wanted && !given[key] {
			c.fault(r.At, "rule %s: key %q is missing, effect %s needs it", r.ID.Value, key, r.Effect.Value)
		}
		if !wanted && given[key] {
			c.fault(r.At, "rule %s: key %q is not expected with effect %s", r.ID.Value, key, r.Effect.Value)
		}
	}
	if r.Filter.At.Line > 0 && strings.TrimSpace(r.Filter.Value) == "" {
		c.fault(r.Filter.At, "rule %s: filter: expected an expression", r.ID.Value)
	}
}

func (m *Match) check(c *checks) {
	if c.clean() && len(m.Tags)+len(m.Domains)+len(m.Products)+len(m.Columns) == 0 && m.Classification == nil {
		c.fault(m.At, "match: expected at least one of tags, classification, domains, products or columns")
	}
}

func (v *ClassificationRange) check(c *checks) {
	if c.clean() && v.AtLeast.Value == "" && v.AtMost.Value == "" && v.Is.Value == "" {
		c.fault(v.At, "classification: expected atLeast, atMost or is")
	}
}

func (v *Condition) check(c *checks) {
	if c.clean() && len(v.Groups)+len(v.Users)+len(v.Purposes) == 0 && v.When.At.Line == 0 {
		c.fault(v.At, "expected at least one of groups, users, purposes or when; a condition without any says nothing")
	}
}

func (m *Mask) check(c *checks) {
	given := map[string]bool{
		"value": m.Value != nil, "key": m.Key != nil, "width": m.Width != nil, "unit": m.Unit != nil,
		"keepStart": m.KeepStart != nil, "keepEnd": m.KeepEnd != nil, "fill": m.Fill != nil, "expr": m.Expr != nil,
		"maskNulls": m.MaskNulls != nil,
	}
	params, known := maskParams[m.Fn.Value]
	if !known {
		return
	}
	for _, key := range sortedKeys(given) {
		required := slices.Contains(params.required, key)
		if required && !given[key] {
			c.fault(m.At, "mask: key %q is missing, %s needs it", key, m.Fn.Value)
		}
		if given[key] && !required && !slices.Contains(params.optional, key) {
			c.fault(m.At, "mask: key %q is not expected with fn: %s", key, m.Fn.Value)
		}
	}
	if m.Fill != nil && (len([]rune(m.Fill.Value)) != 1 || !isPlainText(m.Fill.Value)) {
		c.fault(m.Fill.At, "fill: expected one character, got %q", m.Fill.Value)
	}
	if m.Expr != nil && strings.TrimSpace(m.Expr.Value) == "" {
		c.fault(m.Expr.At, "expr: expected an expression")
	}
}

func (b *Budget) check(c *checks) {
	if b.Per <= 0 {
		c.fault(b.At, "per: expected a duration above 0")
	}
}

func (v *Delegation) check(c *checks) {
	if v.MaxDuration <= 0 {
		c.fault(v.At, "maxDuration: expected a duration above 0")
	}
}

func (g *AccessGrant) check(c *checks) {
	if !ruleID.MatchString(g.Metadata.ID.Value) {
		c.fault(g.Metadata.ID.At, "id: expected letters, digits, ., _ and -, at most 63, got %q", g.Metadata.ID.Value)
	}
	if !g.NotBefore.IsZero() && !g.Expires.IsZero() && !g.Expires.After(g.NotBefore.Time) {
		c.fault(g.Expires.At, "expires: expected a time after notBefore")
	}
	for _, t := range []Text{g.Principal.User, g.ApprovedBy, g.Ticket} {
		if t.At.Line > 0 && !isPlainText(t.Value) {
			c.fault(t.At, "expected a text without control characters")
		}
	}
}

func (v *TestCase) check(c *checks) {
	e := v.Expect
	if e.Error.At.Line > 0 && !sqlState.MatchString(e.Error.Value) {
		c.fault(e.Error.At, "error: expected a SQLSTATE such as 42501, got %q", e.Error.Value)
	}
	for _, name := range sortedKeys(e.Columns) {
		column := e.Columns[name]
		if strings.Count(name, ".") < 2 {
			c.fault(column.At, "columns: expected domain.product.column, got %q", name)
		}
		if column.Fn.At.Line > 0 && column.Effect.Value != "mask" {
			c.fault(column.Fn.At, "fn: expected it only with effect: mask")
		}
	}
	if c.clean() && len(e.Columns)+len(e.Denied) == 0 && e.RowFilters == nil && e.Pushed == nil && e.Error.At.Line == 0 {
		c.fault(e.At, "expect: expected at least one of columns, rowFilters, pushed, error or denied")
	}
}
