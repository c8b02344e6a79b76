package planner

import (
	"meshgate/catalog"
	"meshgate/policy"
)

// outColumn is an output column of a relation.
type outColumn struct {
	id   colID
	name string
	t    catalog.Type
}

func (c outColumn) ref() *colRef { return &colRef{id: c.id, name: c.name, t: c.t} }

// rel is a relational operation. The set is closed: every switch over it ends in a panic. Relations are never changed after
// they were made.
type rel interface {
	columns() []outColumn
	inputs() []rel
	// withInputs returns a copy with other inputs, in the order of inputs.
	withInputs(in []rel) rel
	// exprs returns the operation's own expressions, and withExprs a copy with others, in the same order.
	exprs() []expr
	withExprs(e []expr) rel
}

// scan reads columns of a product as the store has them. Before govern it stands for what the principal may see of the product.
type scan struct {
	product  *catalog.Product
	decision *policy.Decision
	cols     []scanColumn
}

type scanColumn struct {
	outColumn
	ordinal int  // in product.Columns
	raw     bool // the key that entities are counted by: it is counted as it is, and comes out nowhere
}

// systemScan reads a relation of the system catalogs, which the gateway itself serves.
type systemScan struct {
	relation *SystemRelation
	cols     []scanColumn // ordinal in relation.Columns
}

// governedScan is a scan with its row filters and masks: what the principal may see. Nothing moves into it but what govern
// allows.
type governedScan struct {
	scan    *scan         // the columns of the product that filters and items read, as the store has them
	filters []expr        // over the scan's columns; all must be true
	items   []projectItem // what comes out: the scan's columns themselves, or masks of them
	hidden  bool          // below a derived product, whose reader need not know of it
}

// values is VALUES, or a SELECT without FROM when it has one row and no columns.
type values struct {
	rows [][]expr
	cols []outColumn
}

// project computes expressions.
type project struct {
	input rel
	items []projectItem
}

type projectItem struct {
	out outColumn
	e   expr
}

// filter keeps the rows for which cond is true.
type filter struct {
	input rel
	cond  expr
}

type joinKind int

const (
	joinInner joinKind = iota
	joinLeft
	joinRight
	joinFull
	joinSemi // rows of the left for which a row of the right matches
	joinAnti // rows of the left for which none does
)

func (k joinKind) String() string {
	return [...]string{"inner", "left", "right", "full", "semi", "anti"}[k]
}

// join combines two relations; a nil condition is always true. In a lateral join the right side refers to columns of the left.
type join struct {
	kind        joinKind
	left, right rel
	on          expr
	lateral     bool
}

// aggregate groups. Its output is the keys, then the aggregates.
type aggregate struct {
	input rel
	keys  []projectItem // e is over the input
	aggs  []projectItem // e is an *aggCall or a *groupingCall
	sets  [][]int       // grouping sets as places in keys; nil = one set of all keys
}

// window adds window functions to its input's columns.
type window struct {
	input rel
	calls []projectItem // e is a *windowCall
}

// sort orders.
type sort struct {
	input rel
	keys  []sortKey
}

// limit cuts. count and offset are int8 or nil; ties keeps the rows equal to the last one under its keys.
type limit struct {
	input         rel
	count, offset expr
	ties          bool
	keys          []sortKey // of ties
}

// distinct removes duplicate rows, or keeps the first row for each value of on, in the order of its input.
type distinct struct {
	input rel
	on    []expr
	keys  []sortKey // the input's order, when on is set
}

type setKind int

const (
	setUnion setKind = iota
	setIntersect
	setExcept
)

// setOp combines two relations of the same column types, by place.
type setOp struct {
	kind        setKind
	all         bool
	left, right rel
	cols        []outColumn
}

// cte is a common table expression that several cteRefs may read.
type cte struct {
	id           int
	name         string
	query        rel // for a recursive one, the non-recursive term
	recursive    rel // the recursive term, or nil
	all          bool
	cols         []outColumn
	materialized *bool // as written; nil = not said
}

// with defines CTEs for its body.
type with struct {
	ctes []*cte
	body rel
}

// cteRef reads the CTE of a number from the nearest with that defines it. Inside the recursive term it reads the working table.
type cteRef struct {
	id   int
	name string
	cols []outColumn // of its own, by place
}

// functionScan calls set-returning functions in FROM, side by side.
type functionScan struct {
	calls      []*setCall
	ordinality bool
	cols       []outColumn
}

// projectSet computes expressions of which some return sets; rows are filled with NULL to the longest set.
type projectSet struct {
	input rel
	items []projectItem // e may be a *setCall
}

func (r *scan) columns() []outColumn         { return scanOutputs(r.cols) }
func (r *systemScan) columns() []outColumn   { return scanOutputs(r.cols) }
func (r *governedScan) columns() []outColumn { return itemOutputs(r.items) }
func (r *values) columns() []outColumn       { return r.cols }
func (r *project) columns() []outColumn      { return itemOutputs(r.items) }
func (r *filter) columns() []outColumn       { return r.input.columns() }
func (r *window) columns() []outColumn {
	return append(clip(r.input.columns()), itemOutputs(r.calls)...)
}
func (r *sort) columns() []outColumn         { return r.input.columns() }
func (r *limit) columns() []outColumn        { return r.input.columns() }
func (r *distinct) columns() []outColumn     { return r.input.columns() }
func (r *setOp) columns() []outColumn        { return r.cols }
func (r *with) columns() []outColumn         { return r.body.columns() }
func (r *cteRef) columns() []outColumn       { return r.cols }
func (r *functionScan) columns() []outColumn { return r.cols }
func (r *projectSet) columns() []outColumn   { return itemOutputs(r.items) }

func (r *join) columns() []outColumn {
	if r.kind == joinSemi || r.kind == joinAnti {
		return r.left.columns()
	}
	return append(clip(r.left.columns()), r.right.columns()...)
}

func (r *aggregate) columns() []outColumn {
	return append(itemOutputs(r.keys), itemOutputs(r.aggs)...)
}

// clip makes an append copy instead of writing into a shared array.
func clip[T any](s []T) []T { return s[:len(s):len(s)] }

func scanOutputs(cols []scanColumn) []outColumn {
	out := make([]outColumn, len(cols))
	for i, c := range cols {
		out[i] = c.outColumn
	}
	return out
}

func itemOutputs(items []projectItem) []outColumn {
	out := make([]outColumn, len(items))
	for i, it := range items {
		out[i] = it.out
	}
	return out
}

func (r *scan) inputs() []rel         { return nil }
func (r *systemScan) inputs() []rel   { return nil }
func (r *governedScan) inputs() []rel { return nil }
func (r *values) inputs() []rel       { return nil }
func (r *cteRef) inputs() []rel       { return nil }
func (r *functionScan) inputs() []rel { return nil }
func (r *project) inputs() []rel      { return []rel{r.input} }
func (r *filter) inputs() []rel       { return []rel{r.input} }
func (r *join) inputs() []rel         { return []rel{r.left, r.right} }
func (r *aggregate) inputs() []rel    { return []rel{r.input} }
func (r *window) inputs() []rel       { return []rel{r.input} }
func (r *sort) inputs() []rel         { return []rel{r.input} }
func (r *limit) inputs() []rel        { return []rel{r.input} }
func (r *distinct) inputs() []rel     { return []rel{r.input} }
func (r *setOp) inputs() []rel        { return []rel{r.left, r.right} }
func (r *projectSet) inputs() []rel   { return []rel{r.input} }

func (r *with) inputs() []rel {
	var in []rel
	for _, c := range r.ctes {
		in = append(in, c.query)
		if c.recursive != nil {
			in = append(in, c.recursive)
		}
	}
	return append(in, r.body)
}

func (r *scan) withInputs([]rel) rel         { return r }
func (r *systemScan) withInputs([]rel) rel   { return r }
func (r *governedScan) withInputs([]rel) rel { return r }
func (r *values) withInputs([]rel) rel       { return r }
func (r *cteRef) withInputs([]rel) rel       { return r }
func (r *functionScan) withInputs([]rel) rel { return r }

func (r *project) withInputs(in []rel) rel {
	n := *r
	n.input = in[0]
	return &n
}

func (r *filter) withInputs(in []rel) rel {
	n := *r
	n.input = in[0]
	return &n
}

func (r *join) withInputs(in []rel) rel {
	n := *r
	n.left, n.right = in[0], in[1]
	return &n
}

func (r *aggregate) withInputs(in []rel) rel {
	n := *r
	n.input = in[0]
	return &n
}

func (r *window) withInputs(in []rel) rel {
	n := *r
	n.input = in[0]
	return &n
}

func (r *sort) withInputs(in []rel) rel {
	n := *r
	n.input = in[0]
	return &n
}

func (r *limit) withInputs(in []rel) rel {
	n := *r
	n.input = in[0]
	return &n
}

func (r *distinct) withInputs(in []rel) rel {
	n := *r
	n.input = in[0]
	return &n
}

func (r *setOp) withInputs(in []rel) rel {
	n := *r
	n.left, n.right = in[0], in[1]
	return &n
}

func (r *projectSet) withInputs(in []rel) rel {
	n := *r
	n.input = in[0]
	return &n
}

func (r *with) withInputs(in []rel) rel {
	n := *r
	n.ctes = make([]*cte, len(r.ctes))
	for i, c := range r.ctes {
		d := *c
		d.query, in = in[0], in[1:]
		if c.recursive != nil {
			d.recursive, in = in[0], in[1:]
		}
		n.ctes[i] = &d
	}
	n.body = in[0]
	return &n
}
