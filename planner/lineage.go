package planner

import (
	"cmp"
	"slices"

	"meshgate/catalog"
)

// Usage says how a statement uses a column: the subtypes of OpenLineage's column lineage, as a set.
type Usage uint16

// The ways to use a column. Direct ones carry its values into the result; the others decide which rows come out, how they are
// grouped or ordered, or which of several values is taken.
const (
	UsageIdentity Usage = 1 << iota
	UsageTransformation
	UsageAggregation
	UsageJoin
	UsageFilter
	UsageGroupBy
	UsageSort
	UsageWindow
	UsageConditional

	directUsage = UsageIdentity | UsageTransformation | UsageAggregation
)

var usageNames = [...]string{
	"DIRECT/IDENTITY", "DIRECT/TRANSFORMATION", "DIRECT/AGGREGATION", "INDIRECT/JOIN", "INDIRECT/FILTER", "INDIRECT/GROUP_BY",
	"INDIRECT/SORT", "INDIRECT/WINDOW", "INDIRECT/CONDITIONAL",
}

// Names writes the usages as OpenLineage's type and subtype.
func (u Usage) Names() []string {
	var out []string
	for i, name := range usageNames {
		if u&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return out
}

// ColumnUse is a column of a product with what a statement does with it. What row filters and masks read beneath is none of it.
type ColumnUse struct {
	Product *catalog.Product
	Ordinal int // in Product.Columns
	Usage   Usage
}

// Lineage says where a result comes from.
type Lineage struct {
	// Columns are all columns of products that the statement uses, in the order of their products' names and their own.
	Columns []ColumnUse
	// Outputs are, for each column of the result, those that it comes from.
	Outputs [][]ColumnUse
}

// source is a column of one scan: a product that is read twice has two.
type source struct {
	scan    *scan
	ordinal int
}

type sourceUse struct {
	source
	usage Usage
}

// flow is what a value comes from, with one entry for each source.
type flow []sourceUse

// plus joins two flows.
func (f flow) plus(g flow) flow {
	out := f
	copied := false
	for _, u := range g {
		i := slices.IndexFunc(out, func(o sourceUse) bool { return o.source == u.source })
		if i >= 0 && out[i].usage|u.usage == out[i].usage {
			continue
		}
		if !copied {
			out, copied = slices.Clone(out), true
		}
		if i < 0 {
			out = append(out, u)
		} else {
			out[i].usage |= u.usage
		}
	}
	return out
}

// computed is the flow of a value that is made of another: how is a direct usage, and an aggregate stays one whatever is done to it.
func (f flow) computed(how Usage) flow {
	out := slices.Clone(f)
	for i := range out {
		u := &out[i].usage
		switch {
		case *u&directUsage == 0:
		case how == UsageAggregation:
			*u = *u&^directUsage | UsageAggregation
		case *u&UsageIdentity != 0:
			*u = *u&^UsageIdentity | UsageTransformation
		}
	}
	return out
}

// as is the flow of a value that only decides something.
func (f flow) as(how Usage) flow {
	out := slices.Clone(f)
	for i := range out {
		out[i].usage = how
	}
	return out
}

// tracer follows columns through a statement. Numbers of columns are unique in it, so one table holds all scopes.
type tracer struct {
	flows   map[colID]flow
	ctes    map[int][]flow
	decides flow // what decides about the rows, anywhere in the statement
}

// lineageOf follows a statement's columns. It reads the bound tree, in which a scan stands for what the principal may see.
func lineageOf(q *bound) *Lineage {
	t := &tracer{flows: map[colID]flow{}, ctes: map[int][]flow{}}
	t.rel(q.root)
	l := &Lineage{}
	var all flow
	for _, c := range q.root.columns() {
		f := t.flows[c.id]
		l.Outputs = append(l.Outputs, uses(f))
		all = all.plus(f)
	}
	l.Columns = uses(all.plus(t.decides))
	return l
}

// uses brings a flow's scans together by product.
func uses(f flow) []ColumnUse {
	var out []ColumnUse
	for _, u := range f {
		same := func(c ColumnUse) bool { return c.Product == u.scan.product && c.Ordinal == u.ordinal }
		if i := slices.IndexFunc(out, same); i >= 0 {
			out[i].Usage |= u.usage
			continue
		}
		out = append(out, ColumnUse{u.scan.product, u.ordinal, u.usage})
	}
	slices.SortFunc(out, func(a, b ColumnUse) int {
		return cmp.Or(cmp.Compare(a.Product.Name.Domain, b.Product.Name.Domain), cmp.Compare(a.Product.Name.Product, b.Product.Name.Product),
			cmp.Compare(a.Ordinal, b.Ordinal))
	})
	return out
}

// decide notes that an expression decides something about the rows.
func (t *tracer) decide(how Usage, list ...expr) {
	for _, e := range list {
		t.decides = t.decides.plus(t.expr(e).as(how))
	}
}

func (t *tracer) decideColumns(how Usage, cols []outColumn) {
	for _, c := range cols {
		t.decides = t.decides.plus(t.flows[c.id].as(how))
	}
}

// rel follows a relation: afterwards the flows of its columns are known.
func (t *tracer) rel(r rel) {
	if _, ok := r.(*with); !ok {
		for _, in := range r.inputs() {
			t.rel(in)
		}
	}
	switch r := r.(type) {
	case *scan:
		for _, c := range r.cols {
			t.flows[c.id] = flow{{source{r, c.ordinal}, UsageIdentity}}
		}
	case *governedScan:
		t.governed(r)
	case *derived:
		t.unmasked(r.items)
	case *values:
		t.values(r)
	case *project:
		t.items(r.items)
	case *projectSet:
		t.items(r.items)
	case *filter:
		t.filter(r)
	case *join:
		if r.on != nil {
			t.decide(UsageJoin, r.on)
		}
	case *aggregate:
		t.items(r.keys)
		t.decide(UsageGroupBy, itemExprs(r.keys)...)
		t.items(r.aggs)
	case *window:
		t.items(r.calls)
	case *sort:
		t.decide(UsageSort, keyExprs(r.keys)...)
	case *limit:
		t.limit(r)
	case *distinct:
		t.distinct(r)
	case *setOp:
		t.setOp(r)
	case *with:
		t.with(r)
	case *cteRef:
		for i, c := range r.cols {
			t.flows[c.id] = t.ctes[r.id][i]
		}
	case *functionScan:
		t.functions(r)
	}
}

func (t *tracer) values(r *values) {
	for i, c := range r.cols {
		var f flow
		for _, row := range r.rows {
			f = f.plus(t.expr(row[i]))
		}
		t.flows[c.id] = f
	}
}

func (t *tracer) items(items []projectItem) {
	for _, it := range items {
		t.flows[it.out.id] = t.expr(it.e)
	}
}

// filter tells conditions that bring two scans together, as FROM a, b WHERE a.x = b.y writes them, from others.
func (t *tracer) filter(r *filter) {
	for _, c := range conjuncts(r.cond) {
		f := t.expr(c)
		how := UsageFilter
		if slices.ContainsFunc(f, func(u sourceUse) bool { return u.scan != f[0].scan }) {
			how = UsageJoin
		}
		t.decides = t.decides.plus(f.as(how))
	}
}

func (t *tracer) limit(r *limit) {
	for _, e := range [...]expr{r.count, r.offset} {
		if e != nil {
			t.decide(UsageFilter, e)
		}
	}
	t.decide(UsageSort, keyExprs(r.keys)...)
}

func (t *tracer) distinct(r *distinct) {
	t.decide(UsageGroupBy, r.on...)
	t.decide(UsageSort, keyExprs(r.keys)...)
	if len(r.on) == 0 {
		t.decideColumns(UsageGroupBy, r.columns())
	}
}

// setOp: of EXCEPT and INTERSECT, the right side decides which rows of the left come out.
func (t *tracer) setOp(r *setOp) {
	left, right := r.left.columns(), r.right.columns()
	for i, c := range r.cols {
		t.flows[c.id] = t.flows[left[i].id]
		if r.kind == setUnion {
			t.flows[c.id] = t.flows[left[i].id].plus(t.flows[right[i].id])
		}
	}
	if r.kind != setUnion {
		t.decideColumns(UsageFilter, right)
	}
	if !r.all {
		t.decideColumns(UsageGroupBy, r.cols)
	}
}

// with: a recursive term adds to its own input, so it is followed until nothing new comes.
func (t *tracer) with(r *with) {
	for _, c := range r.ctes {
		t.rel(c.query)
		t.ctes[c.id] = t.columnFlows(c.query)
		for grown := c.recursive != nil; grown; {
			t.rel(c.recursive)
			grown = false
			for i, f := range t.columnFlows(c.recursive) {
				if sum := t.ctes[c.id][i].plus(f); !slices.Equal(sum, t.ctes[c.id][i]) {
					t.ctes[c.id][i], grown = sum, true
				}
			}
		}
	}
	t.rel(r.body)
}

func (t *tracer) columnFlows(r rel) []flow {
	cols := r.columns()
	out := make([]flow, len(cols))
	for i, c := range cols {
		out[i] = t.flows[c.id]
	}
	return out
}

// functions takes every column of a function in FROM to come from all its arguments.
func (t *tracer) functions(r *functionScan) {
	var f flow
	for _, c := range r.calls {
		f = f.plus(t.expr(c))
	}
	for _, c := range r.cols {
		t.flows[c.id] = f
	}
}

// expr returns what an expression's value comes from.
func (t *tracer) expr(e expr) flow {
	switch e := e.(type) {
	case *colRef:
		return t.flows[e.id]
	case *cast:
		if e.method == castRelabel {
			return t.expr(e.arg)
		}
	case *caseExpr:
		f := t.expr(e.elseExpr).computed(UsageTransformation)
		for _, w := range e.whens {
			f = f.plus(t.expr(w.then).computed(UsageTransformation)).plus(t.expr(w.cond).as(UsageConditional))
		}
		return f
	case *nullIf:
		cond := t.expr(e.left).plus(t.expr(e.right))
		return t.expr(e.result).computed(UsageTransformation).plus(cond.as(UsageConditional))
	case *aggCall:
		return t.aggregate(e)
	case *windowCall:
		return t.windowCall(e)
	case *subquery:
		return t.subquery(e)
	}
	return t.all(e.children()).computed(UsageTransformation)
}

func (t *tracer) all(list []expr) flow {
	var f flow
	for _, e := range list {
		f = f.plus(t.expr(e))
	}
	return f
}

func (t *tracer) aggregate(e *aggCall) flow {
	order := t.all(keyExprs(e.order))
	if len(e.args) == e.direct && !e.star {
		order = order.computed(UsageAggregation) // WITHIN GROUP: what is ordered is what is aggregated
	} else {
		order = order.as(UsageSort)
	}
	f := t.all(e.args).computed(UsageAggregation).plus(order)
	if e.filter != nil {
		f = f.plus(t.expr(e.filter).as(UsageFilter))
	}
	return f
}

func (t *tracer) windowCall(e *windowCall) flow {
	how := UsageTransformation
	if e.agg {
		how = UsageAggregation
	}
	f := t.all(e.args).computed(how)
	over := t.all(e.window.partition).plus(t.all(keyExprs(e.window.order)))
	for _, x := range [...]expr{e.window.frame.startOffset, e.window.frame.endOffset} {
		if x != nil {
			over = over.plus(t.expr(x))
		}
	}
	f = f.plus(over.as(UsageWindow))
	if e.filter != nil {
		f = f.plus(t.expr(e.filter).as(UsageFilter))
	}
	return f
}

// subquery: what decides about its rows is noted as for any relation. EXISTS looks at no value.
func (t *tracer) subquery(e *subquery) flow {
	t.rel(e.query)
	if e.kind == subqueryExists {
		return nil
	}
	var f flow
	for _, c := range t.columnFlows(e.query) {
		f = f.plus(c)
	}
	if e.kind == subqueryScalar {
		return f
	}
	return f.plus(t.all(e.left)).computed(UsageTransformation)
}
