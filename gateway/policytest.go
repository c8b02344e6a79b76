package gateway

import (
	"fmt"
	"slices"
	"strings"

	"meshgate/catalog"
	"meshgate/meshfile"
	"meshgate/planner"
	"meshgate/policy"
	"meshgate/sqlerr"
)

// TestResult is what became of one case of a policy test.
type TestResult struct {
	Name     string
	Position meshfile.Position
	Failures meshfile.Faults // none = it passed
}

// RunPolicyTests runs the policy tests of a mesh, without any store: each case is planned as its principal would get it.
func RunPolicyTests(o Options) ([]TestResult, error) {
	if files, _ := meshfile.Read(o.Dir); len(files.PolicyTests) == 0 {
		return nil, nil // what connectors need is not asked for then
	}
	g, e, err := offline(o)
	if err != nil {
		return nil, err
	}
	defer g.closeOffline()
	var out []TestResult
	for i := range e.files.PolicyTests {
		for j := range e.files.PolicyTests[i].Cases {
			c := &policyCase{g: g, e: e, file: &e.files.PolicyTests[i].Cases[j]}
			c.run()
			c.failures.Sort()
			out = append(out, TestResult{c.file.Name.Value, c.file.Name.At, c.failures})
		}
	}
	return out, nil
}

// policyCase is a case at work.
type policyCase struct {
	g         *Gateway
	e         *epoch
	file      *meshfile.TestCase
	in        *planner.Input
	plan      *planner.Plan
	failure   error // why there is no plan
	explained bool  // something is expected that explains it
	failures  meshfile.Faults
}

func (c *policyCase) fail(at meshfile.Position, format string, args ...any) {
	if at.Line == 0 {
		at = c.file.Name.At
	}
	c.failures.Add(at, format, args...)
}

func (c *policyCase) run() {
	if !c.prepare() {
		return
	}
	x := &c.file.Expect
	c.sqlState(x.Error)
	for _, name := range sortedNames(x.Columns) {
		expected := x.Columns[name]
		c.column(name, &expected)
	}
	for _, d := range x.Denied {
		c.denied(d)
	}
	if x.RowFilters != nil {
		c.rowFilters(x.RowFilters)
	}
	if x.Pushed != nil {
		for _, name := range x.Pushed.MustNotFilterOn {
			c.mustNotFilter(name)
		}
	}
	if c.failure != nil && !c.explained {
		c.fail(c.file.Query.At, "the query fails, which nothing expects: %s: %s", sqlerr.From(c.failure).Code, messageOf(c.failure))
	}
}

// prepare plans the query.
func (c *policyCase) prepare() bool {
	f := c.file
	if _, ok := c.e.files.Taxonomy.Purposes[f.Purpose.Value]; f.Purpose.Value != "" && !ok {
		c.fail(f.Purpose.At, "purpose %q is not in the taxonomy%s", f.Purpose.Value,
			meshfile.DidYouMean(f.Purpose.Value, sortedNames(c.e.files.Taxonomy.Purposes)))
		return false
	}
	who := &policy.Principal{
		User: f.Principal.User.Value, Groups: meshfile.Values(f.Principal.Groups), Roles: meshfile.Values(f.Principal.Roles),
		Purpose: f.Purpose.Value, Attrs: attrsOf(f.Principal.Attrs),
	}
	now := c.g.now()
	if !f.When.IsZero() {
		now = f.When.Time
	}
	c.in = c.g.planInput(c.e, who, now)
	c.in.Format = newSettings().formatAt(now)
	statements, err := planner.Parse(f.Query.Value)
	if err == nil && (len(statements) != 1 || !statements[0].IsQuery()) {
		err = sqlerr.Newf(sqlerr.SyntaxError, "expected one SELECT")
	}
	if err != nil {
		c.fail(f.Query.At, "query: %s", messageOf(err))
		return false
	}
	c.plan, c.failure = planner.Make(c.in, statements[0])
	return true
}

func (c *policyCase) sqlState(want meshfile.Text) {
	if want.Value == "" {
		return
	}
	c.explained = true
	switch {
	case c.failure == nil:
		c.fail(want.At, "error: expected %s, but the query can be planned", want.Value)
	case string(sqlerr.From(c.failure).Code) != want.Value:
		c.fail(want.At, "error: expected %s, got %s: %s", want.Value, sqlerr.From(c.failure).Code, messageOf(c.failure))
	}
}

// decision finds a product and, where column names one, its place in it; -1 = the product as a whole.
func (c *policyCase) decision(name string, at meshfile.Position) (d *policy.Decision, column int, ok bool) {
	parts := strings.SplitN(name, ".", 3)
	if len(parts) < 2 {
		c.fail(at, "expected domain.product or domain.product.column, got %q", name)
		return nil, 0, false
	}
	p, ok := c.e.catalog.Product(catalog.Name{Domain: parts[0], Product: parts[1]})
	if !ok {
		c.fail(at, "there is no product %s.%s", parts[0], parts[1])
		return nil, 0, false
	}
	column = -1
	if len(parts) == 3 {
		if column = p.Column(parts[2]); column < 0 {
			c.fail(at, "%s has no column %q", p.Name, parts[2])
			return nil, 0, false
		}
	}
	return c.e.policy.Decide(c.in.Principal, c.in.Now, p), column, true
}

func (c *policyCase) column(name string, want *meshfile.ExpectColumn) {
	d, column, ok := c.decision(name, want.At)
	if !ok {
		return
	}
	if column < 0 {
		c.fail(want.At, "columns: expected domain.product.column, got %q", name)
		return
	}
	got := &d.Columns[column]
	action := got.Action.String()
	if !d.Granted {
		action = policy.Deny.String()
	}
	if want.Effect.Value == policy.Deny.String() {
		c.explained = true
	}
	if action != want.Effect.Value {
		why := ""
		if !d.Granted {
			why = ", for nothing grants " + d.Product.Name.String()
		} else if len(got.Rules) > 0 {
			why = " by " + strings.Join(ruleNames(got.Rules), ", ")
		}
		c.fail(want.Effect.At, "%s: expected %s, got %s%s", name, want.Effect.Value, action, why)
		return
	}
	if fn := want.Fn.Value; fn != "" && got.Mask.Fn.String() != fn {
		c.fail(want.Fn.At, "%s: expected the mask %s, got %s", name, fn, got.Mask.Fn)
	}
	if want.By != nil {
		c.rules(want.At, name+": by", meshfile.Values(want.By), ruleNames(got.Rules))
	}
}

// rules compares ids of rules, whose order says nothing.
func (c *policyCase) rules(at meshfile.Position, what string, want, got []string) {
	want, got = slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(got))
	if !slices.Equal(want, got) {
		c.fail(at, "%s: expected %s, got %s", what, orNone(want), orNone(got))
	}
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}

func (c *policyCase) denied(name meshfile.Text) {
	d, column, ok := c.decision(name.Value, name.At)
	if !ok {
		return
	}
	c.explained = true
	shows := func(a *policy.ColumnDecision) bool { return a.Action != policy.Deny }
	switch {
	case !d.Granted:
	case column < 0:
		for i := range d.Columns {
			if shows(&d.Columns[i]) {
				c.fail(name.At, "denied: %s shows column %s: %s", name.Value, d.Product.Columns[i].Name, d.Columns[i].Action)
				return
			}
		}
	case shows(&d.Columns[column]):
		c.fail(name.At, "denied: %s shows: %s", name.Value, d.Columns[column].Action)
	}
}

func (c *policyCase) rowFilters(want []meshfile.Text) {
	at := c.file.Expect.At
	if len(want) > 0 {
		at = want[0].At
	}
	if c.plan == nil {
		c.fail(at, "rowFilters: the query has no plan: %s", messageOf(c.failure))
		return
	}
	var got []string
	for _, d := range c.plan.Decisions {
		for _, f := range d.Filters {
			got = append(got, f.Rule.ID)
		}
	}
	slices.Sort(got)
	c.rules(at, "rowFilters", meshfile.Values(want), slices.Compact(got))
}

// mustNotFilter holds what the stores are sent against a column, which is named with its product or alone.
func (c *policyCase) mustNotFilter(name meshfile.Text) {
	if c.plan == nil {
		c.fail(name.At, "mustNotFilterOn: the query has no plan: %s", messageOf(c.failure))
		return
	}
	means := func(p *catalog.Product, ordinal int) bool {
		column := p.Columns[ordinal].Name
		return name.Value == column || name.Value == p.Name.String()+"."+column
	}
	known := false
	for _, d := range c.plan.Decisions {
		for i := range d.Product.Columns {
			known = known || means(d.Product, i)
		}
	}
	if !known {
		c.fail(name.At, "mustNotFilterOn: no product of the query has a column %s", name.Value)
	}
	for _, r := range c.plan.Remotes {
		for _, u := range r.FilteredOn {
			if means(u.Product, u.Ordinal) && c.reads(u.Product) {
				c.fail(name.At, "mustNotFilterOn: store %s filters on %s.%s", r.Store, u.Product.Name, u.Product.Columns[u.Ordinal].Name)
			}
		}
	}
}

// reads reports whether the query names a product; what a derived product reads is its owner's affair.
func (c *policyCase) reads(p *catalog.Product) bool {
	return slices.ContainsFunc(c.plan.Decisions, func(d *policy.Decision) bool { return d.Product == p })
}

func attrsOf(attrs map[string]meshfile.Attr) map[string]policy.Attr {
	out := make(map[string]policy.Attr, len(attrs))
	for name, a := range attrs {
		out[name] = policy.Attr{Values: a.Values, List: a.List}
	}
	return out
}

// String writes a result on one line for each failure.
func (r TestResult) String() string {
	var lines []string
	for _, f := range r.Failures {
		lines = append(lines, fmt.Sprintf("%s:%d:%d: case %q: %s", f.File, f.Line, f.Column, r.Name, f.Message))
	}
	return strings.Join(lines, "\n")
}
