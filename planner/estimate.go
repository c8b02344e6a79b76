package planner

import (
	"math"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/policy"
)

// What is assumed of a relation of which nothing is known, or nothing may be used: a store's statistics of a product with a row
// filter count rows that the filter hides, and a plan must not tell of them.
const (
	unknownRows   = 1e6
	systemRows    = 1000
	setRows       = 100 // of a set-returning function
	equalRows     = 0.005
	rangeRows     = 1.0 / 3
	patternRows   = 0.05
	otherRows     = 0.5
	leastDistinct = 200
)

// estimator guesses how many rows relations have. Guesses choose between plans; no answer depends on one.
type estimator struct {
	in       *Input
	distinct map[colID]float64 // how many values a column has, where known
	nulls    map[colID]float64 // the fraction of rows in which a column is NULL, where known
	ctes     map[int]float64
}

func newEstimator(in *Input) *estimator {
	return &estimator{in: in, distinct: map[colID]float64{}, nulls: map[colID]float64{}, ctes: map[int]float64{}}
}

// same takes what is known of a column for another one that has its values.
func (e *estimator) same(to, from colID) {
	e.distinct[to] = e.distinct[from]
	if n, ok := e.nulls[from]; ok {
		e.nulls[to] = n
	}
}

// present is the fraction of the rows in which a value is not NULL, as far as known.
func (e *estimator) present(x expr) float64 {
	if c := columnOf(x); c != nil {
		return 1 - e.nulls[c.id]
	}
	return 1
}

// columnOf is the column that an expression is, maybe of another type.
func columnOf(x expr) *colRef {
	for {
		switch y := x.(type) {
		case *cast:
			x = y.arg
			continue
		case *colRef:
			return y
		}
		return nil
	}
}

// values is how many different values a column has in a relation of so many rows.
func (e *estimator) values(id colID, rows float64) float64 {
	if n := e.distinct[id]; n > 0 {
		return max(1, min(n, rows))
	}
	return max(1, min(rows, max(leastDistinct, rows/10)))
}

// rows guesses the number of rows.
func (e *estimator) rows(r rel) float64 {
	switch r := r.(type) {
	case *governedScan:
		return e.scan(r)
	case *derived:
		e.rows(r.input)
		return unknownRows
	case *remoteRel:
		return r.remote.Rows
	case *systemScan:
		return systemRows
	case *values:
		return float64(len(r.rows))
	case *functionScan:
		return setRows
	case *project:
		n := e.rows(r.input)
		for _, it := range r.items {
			if c, ok := it.e.(*colRef); ok {
				e.same(it.out.id, c.id)
			}
		}
		return n
	case *projectSet:
		return e.rows(r.input) * setRows
	case *filter:
		n := e.rows(r.input)
		return max(1, n*e.part(r.cond, n))
	case *join:
		return e.join(r)
	case *aggregate:
		return e.groups(r, e.rows(r.input))
	case *window:
		return e.rows(r.input)
	case *sort:
		return e.rows(r.input)
	case *limit:
		n := e.rows(r.input)
		if k, ok := r.count.(*constant); ok {
			if most, ok := k.value.(int64); ok {
				return min(n, float64(most))
			}
		}
		return n
	case *distinct:
		return max(1, e.rows(r.input)/2)
	case *setOp:
		left, right := e.rows(r.left), e.rows(r.right)
		if r.kind == setUnion {
			return left + right
		}
		return left
	case *with:
		for _, c := range r.ctes {
			e.ctes[c.id] = e.rows(c.query)
		}
		return e.rows(r.body)
	case *cteRef:
		if n, ok := e.ctes[r.id]; ok {
			return n
		}
		return unknownRows
	}
	panic("planner: no estimate for this relation")
}

// read guesses of how many rows the groups of a relation, or its different rows, are made; 0 where it has none.
func (e *estimator) read(r rel) float64 {
	switch r := r.(type) {
	case *aggregate, *distinct:
		return max(e.rows(r.inputs()[0]), e.read(r.inputs()[0]))
	case *project, *filter, *sort:
		return e.read(r.inputs()[0])
	}
	return 0
}

// scan reads a store's statistics, which are of all rows of a product.
func (e *estimator) scan(g *governedScan) float64 {
	d, p := g.scan.decision, g.scan.product
	var known *connectors.Relation
	if e.in.Statistics != nil && len(d.Filters) == 0 && !g.hidden {
		known = e.in.Statistics(p)
	}
	ordinals := map[colID]int{}
	for _, c := range g.scan.cols {
		ordinals[c.id] = c.ordinal
	}
	for _, it := range g.items {
		c, ok := it.e.(*colRef)
		if !ok {
			continue
		}
		i := ordinals[c.id]
		if p.Columns[i].Unique || p.Columns[i].PrimaryKey > 0 && keyColumns(p) == 1 {
			e.distinct[it.out.id] = math.Inf(1)
		}
		if p.Columns[i].PrimaryKey > 0 || p.Columns[i].NotNull {
			e.nulls[it.out.id] = 0
		}
		if known == nil || d.Columns[i].Action != policy.Allow {
			continue
		}
		col := known.Column(p.Columns[i].Physical)
		if col != nil && col.Distinct > 0 {
			e.distinct[it.out.id] = col.Distinct
		}
		if col != nil && col.Nulls >= 0 {
			e.nulls[it.out.id] = min(1, col.Nulls)
		}
	}
	if known == nil || known.Rows < 0 {
		return unknownRows
	}
	return max(1, known.Rows)
}

// known reports whether an estimate comes from statistics of products that the principal sees all rows of.
func (e *estimator) known(r rel) bool {
	known := e.in.Statistics != nil
	visitRels(r, func(r rel) {
		if g, ok := r.(*governedScan); ok && known {
			k := e.in.Statistics(g.scan.product)
			known = len(g.scan.decision.Filters) == 0 && !g.hidden && k != nil && k.Rows >= 0
		}
	})
	return known
}

// keyColumns counts the columns of a product's primary key.
func keyColumns(p *catalog.Product) int {
	n := 0
	for i := range p.Columns {
		if p.Columns[i].PrimaryKey > 0 || p.Columns[i].NotNull {
			n++
		}
	}
	return n
}

// part is the part of the rows that a condition keeps.
func (e *estimator) part(cond expr, rows float64) float64 {
	switch c := cond.(type) {
	case *boolExpr:
		switch c.op {
		case opAnd:
			p := 1.0
			for _, a := range c.args {
				p *= e.part(a, rows)
			}
			return p
		case opOr:
			p := 0.0
			for _, a := range c.args {
				p += e.part(a, rows)
			}
			return min(1, p)
		}
		return 1 - e.part(c.args[0], rows)
	case *call:
		return e.callPart(c, rows)
	case *inList:
		if !c.all {
			return min(1, e.equalPart(c.left, rows)*float64(len(c.items)))
		}
	case *keyFilter:
		return 1
	case *nullTest:
		return e.nullPart(c)
	}
	return otherRows
}

func (e *estimator) nullPart(t *nullTest) float64 {
	if t.not {
		return e.present(t.arg)
	}
	if c := columnOf(t.arg); c != nil {
		if n, ok := e.nulls[c.id]; ok {
			return n
		}
	}
	return equalRows
}

func (e *estimator) callPart(c *call, rows float64) float64 {
	if len(c.args) != 2 {
		return otherRows
	}
	switch c.op {
	case "=":
		return min(e.equalPart(c.args[0], rows), e.equalPart(c.args[1], rows))
	case "<>":
		return e.present(c.args[0]) * e.present(c.args[1])
	case "<", "<=", ">", ">=":
		return rangeRows
	case "~~", "~~*", "~", "~*":
		return patternRows
	}
	return otherRows
}

// equalPart is the part of the rows whose value is a certain one.
func (e *estimator) equalPart(x expr, rows float64) float64 {
	c := columnOf(x)
	switch {
	case c == nil:
		return 1
	case e.distinct[c.id] > 0:
		return e.present(c) / e.values(c.id, rows)
	}
	return e.present(c) * equalRows
}

func (e *estimator) join(j *join) float64 {
	left, right := e.rows(j.left), e.rows(j.right)
	lcols, rcols := colSet{}, colSet{}
	lcols.add(j.left.columns())
	rcols.add(j.right.columns())
	part, match := 1.0, 1.0
	for _, c := range conjuncts(j.on) {
		l, r, ok := equalityOf(c, lcols, rcols)
		if !ok {
			part *= rangeRows
			continue
		}
		lv, rv := e.valuesOf(l, left), e.valuesOf(r, right)
		part *= e.present(l) * e.present(r) / max(lv, rv)
		match *= e.present(l) * min(1, rv/lv)
	}
	e.padded(j)
	inner := max(1, left*right*part)
	switch j.kind {
	case joinLeft:
		return max(left, inner)
	case joinRight:
		return max(right, inner)
	case joinFull:
		return max(left, inner) + right
	case joinSemi:
		return max(1, left*match)
	case joinAnti:
		return max(1, left*(1-match/2))
	}
	return inner
}

// padded forgets how often columns are NULL that an outer join may pad with NULLs.
func (e *estimator) padded(j *join) {
	if j.kind == joinLeft || j.kind == joinFull {
		e.forgetNulls(j.right)
	}
	if j.kind == joinRight || j.kind == joinFull {
		e.forgetNulls(j.left)
	}
}

func (e *estimator) forgetNulls(r rel) {
	for _, c := range r.columns() {
		delete(e.nulls, c.id)
	}
}

func (e *estimator) valuesOf(x expr, rows float64) float64 {
	if c := columnOf(x); c != nil {
		return e.values(c.id, rows)
	}
	return e.values(0, rows)
}

// equalityOf takes an equality between the two sides of a join apart.
func equalityOf(c expr, left, right colSet) (l, r expr, ok bool) {
	e, is := c.(*call)
	if !is || e.op != "=" || len(e.args) != 2 || hasSubquery(c) || isVolatileExpr(c) {
		return nil, nil, false
	}
	a, b := columnsOf(e.args[0]), columnsOf(e.args[1])
	switch {
	case len(a) == 0 || len(b) == 0:
		return nil, nil, false
	case left.hasAll(a) && right.hasAll(b):
		return e.args[0], e.args[1], true
	case left.hasAll(b) && right.hasAll(a):
		return e.args[1], e.args[0], true
	}
	return nil, nil, false
}

// groups is how many groups there are.
func (e *estimator) groups(a *aggregate, rows float64) float64 {
	n := 1.0
	for _, k := range a.keys {
		if c, ok := k.e.(*colRef); ok {
			e.same(k.out.id, c.id)
		}
		n *= e.valuesOf(k.e, rows)
	}
	return max(1, min(n, rows))
}
