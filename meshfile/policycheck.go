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

func (t *Taxonomy) check(d *decoder) {
	levels := Values(t.Classifications)
	seen := map[string]Position{}
	for _, c := range t.Classifications {
		refuseRepeated(d, seen, c, "classification")
		if !wordForm.MatchString(c.Value) {
			d.faults.Add(c.At, "classifications: expected names of letters, digits, _, . and -, got %q", c.Value)
		}
	}
	for _, ref := range []Text{t.Unclassified, t.OpenBelow} {
		if ref.At.Line > 0 && !slices.Contains(levels, ref.Value) {
			d.faults.Add(ref.At, "expected one of the classifications, %s, got %q%s", orList(levels), ref.Value, DidYouMean(ref.Value, levels))
		}
	}
	t.complete()
	for _, name := range sortedKeys(t.Tags) {
		if !tagForm.MatchString(name) {
			d.faults.Add(t.Tags[name].At, "tags: expected names of letters, digits, _ and - with dots between, got %q", name)
		}
	}
	for _, name := range sortedKeys(t.Purposes) {
		if !wordForm.MatchString(name) {
			d.faults.Add(t.Purposes[name].At, "purposes: expected names of letters, digits, _, . and -, got %q", name)
		}
	}
	for _, m := range t.MustTag {
		if _, err := regexp.Compile(m.NamePattern.Value); err != nil {
			d.faults.Add(m.NamePattern.At, "namePattern: expected a regular expression of RE2: %s", err)
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

func (m *Metadata) check(d *decoder) {
	for _, t := range []Text{m.Name, m.Owner} {
		if t.At.Line > 0 && !isPlainText(t.Value) {
			d.faults.Add(t.At, "expected a text without control characters")
		}
	}
}

func (r *Rule) check(d *decoder) {
	if !ruleID.MatchString(r.ID.Value) {
		d.faults.Add(r.ID.At, "id: expected letters, digits, ., _ and -, at most 63, got %q", r.ID.Value)
	}
	// These texts reach clients in notices and errors; a control character there could forge a line of their terminal.
	for _, t := range []Text{r.Reason, r.Contact} {
		if t.At.Line > 0 && !isPlainText(t.Value) {
			d.faults.Add(t.At, "rule %s: expected a text without control characters", r.ID.Value)
		}
	}
	given := map[string]bool{"mask": r.Mask != nil, "filter": r.Filter.At.Line > 0, "aggregate": r.Aggregate != nil}
	for _, key := range sortedKeys(given) {
		wanted := effectKeys[r.Effect.Value] == key
		if wanted && !given[key] {
			d.faults.Add(r.At, "rule %s: key %q is missing, effect %s needs it", r.ID.Value, key, r.Effect.Value)
		}
		if !wanted && given[key] {
			d.faults.Add(r.At, "rule %s: key %q is not expected with effect %s", r.ID.Value, key, r.Effect.Value)
		}
	}
	if r.Filter.At.Line > 0 && strings.TrimSpace(r.Filter.Value) == "" {
		d.faults.Add(r.Filter.At, "rule %s: filter: expected an expression", r.ID.Value)
	}
	if r.Effect.Value == "grant" && r.DelegateExemption != nil {
		d.faults.Add(r.DelegateExemption.At, "rule %s: a grant has nothing to be exempted from", r.ID.Value)
	}
}

func (m *Match) check(d *decoder) {
	if len(m.Tags)+len(m.Domains)+len(m.Products)+len(m.Columns) == 0 && m.Classification == nil {
		d.faults.Add(m.At, "match: expected at least one of tags, classification, domains, products or columns")
	}
}

func (c *ClassificationRange) check(d *decoder) {
	if c.AtLeast.Value == "" && c.AtMost.Value == "" && c.Is.Value == "" {
		d.faults.Add(c.At, "classification: expected atLeast, atMost or is")
	}
}

func (c *Condition) check(d *decoder) {
	if len(c.Groups)+len(c.Users)+len(c.Purposes) == 0 && c.When.At.Line == 0 {
		d.faults.Add(c.At, "expected at least one of groups, users, purposes or when; a condition without any says nothing")
	}
}

func (m *Mask) check(d *decoder) {
	given := map[string]bool{
		"value": m.Value != nil, "key": m.Key != nil, "width": m.Width != nil, "unit": m.Unit != nil,
		"keepStart": m.KeepStart != nil, "keepEnd": m.KeepEnd != nil, "fill": m.Fill != nil, "expr": m.Expr != nil,
		"maskNulls": m.MaskNulls != nil,
	}
	params := maskParams[m.Fn.Value]
	for _, key := range sortedKeys(given) {
		required := slices.Contains(params.required, key)
		if required && !given[key] {
			d.faults.Add(m.At, "mask: key %q is missing, %s needs it", key, m.Fn.Value)
		}
		if given[key] && !required && !slices.Contains(params.optional, key) {
			d.faults.Add(m.At, "mask: key %q is not expected with fn: %s", key, m.Fn.Value)
		}
	}
	if m.Fill != nil && (len([]rune(m.Fill.Value)) != 1 || !isPlainText(m.Fill.Value)) {
		d.faults.Add(m.Fill.At, "fill: expected one character, got %q", m.Fill.Value)
	}
	if m.Expr != nil && strings.TrimSpace(m.Expr.Value) == "" {
		d.faults.Add(m.Expr.At, "expr: expected an expression")
	}
}

func (b *Budget) check(d *decoder) {
	if b.Per <= 0 {
		d.faults.Add(b.At, "per: expected a duration above 0")
	}
}

func (v *Delegation) check(d *decoder) {
	if v.MaxDuration <= 0 {
		d.faults.Add(v.At, "maxDuration: expected a duration above 0")
	}
}

func (g *AccessGrant) check(d *decoder) {
	if !ruleID.MatchString(g.Metadata.ID.Value) {
		d.faults.Add(g.Metadata.ID.At, "id: expected letters, digits, ., _ and -, at most 63, got %q", g.Metadata.ID.Value)
	}
	if !g.Expires.After(g.NotBefore.Time) {
		d.faults.Add(g.Expires.At, "expires: expected a time after notBefore")
	}
	for _, t := range []Text{g.Principal.User, g.ApprovedBy, g.Ticket} {
		if t.At.Line > 0 && !isPlainText(t.Value) {
			d.faults.Add(t.At, "expected a text without control characters")
		}
	}
}

func (c *TestCase) check(d *decoder) {
	e := c.Expect
	if e.Error.At.Line > 0 && !sqlState.MatchString(e.Error.Value) {
		d.faults.Add(e.Error.At, "error: expected a SQLSTATE such as 42501, got %q", e.Error.Value)
	}
	for _, name := range sortedKeys(e.Columns) {
		column := e.Columns[name]
		if strings.Count(name, ".") < 2 {
			d.faults.Add(column.At, "columns: expected domain.product.column, got %q", name)
		}
		if column.Fn.At.Line > 0 && column.Effect.Value != "mask" {
			d.faults.Add(column.Fn.At, "fn: expected it only with effect: mask")
		}
	}
	if len(e.Columns)+len(e.Denied) == 0 && e.RowFilters == nil && e.Pushed == nil && e.Error.At.Line == 0 {
		d.faults.Add(e.At, "expect: expected at least one of columns, rowFilters, pushed, error or denied")
	}
}
