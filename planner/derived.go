package planner

import (
	"slices"
	"strings"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/policy"
	"meshgate/sqlerr"
)

// derived is a product whose contract is a query over other products: what the query gives to the owner of the product, behind a
// fence, with the filters and masks of whoever asks. No condition from outside that can fail goes into it.
type derived struct {
	product *catalog.Product
	input   rel           // governed with the owner's rights
	filters []expr        // over the input's columns; all must be true
	items   []projectItem // what comes out: the input's columns themselves, or masks of them
}

func (r *derived) columns() []outColumn { return itemOutputs(r.items) }
func (r *derived) inputs() []rel        { return []rel{r.input} }
func (r *derived) withInputs(in []rel) rel {
	n := *r
	n.input = in[0]
	return &n
}
func (r *derived) exprs() []expr { return append(clip(r.filters), itemExprs(r.items)...) }
func (r *derived) withExprs(e []expr) rel {
	n := *r
	n.filters = nil
	if k := len(r.filters); k > 0 {
		n.filters = e[:k:k]
	}
	n.items = withItems(r.items, e[len(r.filters):])
	return &n
}

// mostDerived is how many derived products may stand on each other.
const mostDerived = 32

// derivedQuery binds the query of a derived product with its owner's rights.
func derivedQuery(in *Input, p *catalog.Product, lastCol colID, lastCTE int) (*binder, rel, error) {
	owner := (*policy.Principal)(nil)
	if in.Owner != nil {
		owner = in.Owner(p)
	}
	if owner == nil {
		return nil, nil, sqlerr.Newf(sqlerr.InvalidAuthorization, "product %s has no owner who could read what it is derived from", p.Name)
	}
	sub := *in
	sub.Principal, sub.ParamOIDs, sub.ParamsKnown, sub.SearchPath, sub.Statistics = owner, nil, true, []string{p.Name.Domain}, nil
	sub.System = nil
	statements, err := Parse(p.Query)
	if err != nil {
		return nil, nil, err
	}
	if len(statements) != 1 || !statements[0].IsQuery() {
		return nil, nil, sqlerr.Newf(sqlerr.SyntaxError, "the query of a derived product must be one SELECT")
	}
	b := newBinder(&sub, statements[0].source)
	b.lastCol, b.lastCTE = lastCol, lastCTE
	b.statement = statements[0].node.GetSelectStmt()
	q, err := b.query(b.statement, nil)
	if err != nil {
		return nil, nil, err
	}
	root, err := b.protect(q.rel)
	return b, root, err
}

// derived replaces the scan of a derived product by its query.
func (g *governor) derived(s *scan) (rel, error) {
	hidden := func(err error) error {
		return sqlerr.Wrap(err, sqlerr.InsufficientPrivilege, "product %s cannot be read: what it is derived from has changed", s.product.Name).
			WithHint("%s", askHint(s.product.Contact, s.product.Owner))
	}
	if g.depth >= mostDerived {
		return nil, hidden(nil)
	}
	b, root, err := derivedQuery(g.in, s.product, g.lastCol, g.lastCTE)
	if err != nil {
		return nil, hidden(err)
	}
	sources := maskedSources(b, root)
	inner := &governor{in: b.in, lastCol: b.lastCol, lastCTE: b.lastCTE, depth: g.depth + 1}
	if root, err = inner.tree(root); err != nil {
		return nil, err
	}
	g.lastCol, g.lastCTE = inner.lastCol, inner.lastCTE
	g.inner = append(append(g.inner, b.order...), inner.inner...)
	return g.consumer(s, root, sources)
}

// maskedSource is a column that an output of a derived product's query hands on as it is, with what its owner sees of it.
type maskedSource struct {
	fate  *policy.ColumnDecision
	plain bool // handed on as it is
}

// maskedSources lists where the outputs of a bound query come from.
func maskedSources(b *binder, root rel) [][]maskedSource {
	var out [][]maskedSource
	for _, uses := range lineageOf(&bound{root: root}).Outputs {
		var sources []maskedSource
		for _, u := range uses {
			if u.Usage&directUsage != 0 {
				sources = append(sources, maskedSource{&b.decisions[u.Product.Name].Columns[u.Ordinal], u.Usage&directUsage == UsageIdentity})
			}
		}
		out = append(out, sources)
	}
	return out
}

// maskedBeneath reports whether the owner sees nothing but values with the same mask: put on twice, it would hide that they are equal
// to those of other products.
func maskedBeneath(m *policy.Mask, sources []maskedSource) bool {
	for _, s := range sources {
		same, want := s.fate.Mask, *m
		same.Position, want.Position = catalog.Position{}, catalog.Position{}
		if !s.plain || s.fate.Action != policy.Masked || same != want {
			return false
		}
	}
	return len(sources) > 0
}

// consumer puts the filters and masks of whoever asks above a derived product's query.
func (g *governor) consumer(s *scan, root rel, sources [][]maskedSource) (rel, error) {
	cols := root.columns()
	b := newBinder(g.in, "")
	b.lastCol = g.lastCol
	it := &rangeItem{hasColumns: true}
	for i := range s.product.Columns {
		if i >= len(cols) || cols[i].t.OID != s.product.Columns[i].Type.OID {
			return nil, sqlerr.Newf(sqlerr.InternalError, "the query of product %s gives other columns than its contract says", s.product.Name)
		}
		it.cols = append(it.cols, rangeColumn{name: s.product.Columns[i].Name, e: cols[i].ref()})
	}
	p := &policyBinder{b: b, s: &scope{level: 1, items: []*rangeItem{it}}, who: g.in.Principal}
	out := &derived{product: s.product, input: root}
	masked := *s.decision
	masked.Columns = slices.Clone(s.decision.Columns)
	for i := range masked.Columns {
		if d := &masked.Columns[i]; d.Action == policy.Masked && maskedBeneath(&d.Mask, sources[i]) {
			d.Action = policy.Allow
		}
	}
	again := *s
	again.decision = &masked
	s = &again
	for _, f := range s.decision.Filters {
		e, err := p.filter(f.Expr)
		if err != nil {
			return nil, policyFault(err, f.Rule)
		}
		out.filters = append(out.filters, conjuncts(e)...)
	}
	var err error
	out.items, err = p.items(s, func(i int) *colRef { return cols[i].ref() })
	g.lastCol = b.lastCol
	return out, err
}

// pushDerived moves conditions that cannot fail into a derived product's query. The others stay outside its fence: they could be
// evaluated on rows that nobody outside may know of.
func pushDerived(r *derived, conds []expr) rel {
	by := map[colID]expr{}
	for _, it := range r.items {
		if c, ok := it.e.(*colRef); ok {
			by[it.out.id] = c
		}
	}
	var below, stay []expr
	for _, c := range conds {
		if isTotal(c) && !hasSubquery(c) && !isVolatileExpr(c) && onlyIn(columnsOf(c), by) {
			below = append(below, substitute(c, by))
		} else {
			stay = append(stay, c)
		}
	}
	n := *r
	n.input = pushInto(r.input, below)
	return above(&n, stay)
}

// placeDerived places what a derived product reads. Its statements are its owner's, and nobody else is shown them.
func (p *placer) placeDerived(r *derived) (rel, error) {
	outer := p.inside
	if outer == nil {
		p.inside = r.product
	}
	defer func() { p.inside = outer }()
	return p.parts(r)
}

// derived writes the query behind a fence. EXPLAIN shows the product's name.
func (r *renderer) derived(n *derived) (*block, error) {
	b, err := r.rel(n.input)
	if err != nil {
		return nil, err
	}
	if len(n.filters) > 0 {
		if err := r.need(connectors.FeatureFilter); err != nil {
			return nil, err
		}
	}
	if !b.bare() {
		b = r.closed(b)
	}
	for _, f := range n.filters {
		s, err := r.expr(f)
		if err != nil {
			return nil, err
		}
		b.where = append(b.where, filterText(s))
	}
	if b, err = r.projectOnto(b, n.items); err != nil {
		return nil, err
	}
	b.fence = true
	b = r.closed(b)
	alias := b.from[strings.LastIndex(b.from, " AS "):]
	b.from = placeText(r.d.Quote(n.product.Name.Domain)+"."+r.d.Quote(n.product.Name.Product)+alias, b.from)
	return b, nil
}

// Derivation is what the query of a derived product gives, as its owner.
type Derivation struct {
	Columns []Column
	// Sources are, for each column, the columns that its values come from.
	Sources [][]ColumnUse
	// Reads are the products that the query names.
	Reads []*catalog.Product
}

// Derive binds the query of a derived product.
func Derive(in *Input, p *catalog.Product) (*Derivation, error) {
	b, root, err := derivedQuery(in, p, 0, 0)
	if err != nil {
		return nil, err
	}
	out := &Derivation{}
	for _, c := range root.columns() {
		out.Columns = append(out.Columns, Column{Name: c.name, Type: c.t})
	}
	for _, uses := range lineageOf(&bound{root: root}).Outputs {
		var direct []ColumnUse
		for _, u := range uses {
			if u.Usage&directUsage != 0 {
				direct = append(direct, u)
			}
		}
		out.Sources = append(out.Sources, direct)
	}
	for _, d := range b.order {
		out.Reads = append(out.Reads, d.Product)
	}
	return out, nil
}
