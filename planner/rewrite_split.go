package planner

import (
	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgcat"
	"meshgate/pgvalue"
)

// splitAggregates takes aggregates apart that a store does not have, into those that it has and what the gateway makes of them:
// averages into sums and counts, and sums of numbers that are a plain 0 for some rows.
func (w *rewriter) splitAggregates(a *aggregate, d *connectors.Dialect) rel {
	if d == nil {
		return a
	}
	s := &splitter{p: &partial{w: w, whole: a}, d: d}
	n := *a
	top := &project{input: &n}
	for _, k := range a.keys {
		top.items = append(top.items, projectItem{out: k.out, e: k.out.ref()})
	}
	for _, it := range a.aggs {
		top.items = append(top.items, projectItem{out: it.out, e: s.item(it)})
	}
	if !s.split {
		return a
	}
	n.aggs = s.aggs
	return top
}

type splitter struct {
	p     *partial
	d     *connectors.Dialect
	aggs  []projectItem // what the store computes
	split bool
}

// item returns an aggregate's value, over what the store computes.
func (s *splitter) item(it projectItem) expr {
	if c, ok := it.e.(*aggCall); ok {
		if e := s.call(c); e != nil {
			s.split = true
			return e
		}
	}
	s.aggs = append(s.aggs, it)
	return it.out.ref()
}

// call takes an aggregate apart; nil = the store has it, or lacks the parts too.
func (s *splitter) call(c *aggCall) expr {
	if len(c.args) != 1 || c.direct > 0 || len(c.order) > 0 || isVolatileExpr(c) || hasSubquery(c) {
		return nil
	}
	switch {
	case c.proc.Name == "avg" && s.lacksAverage(c):
		sum, count := s.p.averageParts(c)
		return s.p.quotient(c, s.value(sum), s.count(count))
	case c.proc.Name == "sum" && !c.distinct:
		return s.plainZeros(c)
	}
	return nil
}

func (s *splitter) column(c *aggCall) expr {
	out := s.p.column(c.proc.Name, c.t)
	s.aggs = append(s.aggs, projectItem{out: out, e: c})
	return out.ref()
}

// value is an aggregate that may have to be taken apart itself.
func (s *splitter) value(c *aggCall) expr {
	if e := s.call(c); e != nil {
		return e
	}
	return s.column(c)
}

// count counts what is not NULL, where a dialect does not say it, of both parts that a sum is taken apart into.
func (s *splitter) count(c *aggCall) expr {
	others, zeros := s.plainParts(c)
	if others == nil || c.distinct {
		return s.column(c)
	}
	a, b := *c, *c
	a.args, b.args = []expr{others}, []expr{zeros}
	return compareInt8("+", s.column(&a), s.column(&b))
}

func (s *splitter) has(key string) bool { return s.d.Ops[key].Fidelity == connectors.Exact }

// lacksAverage reports whether the dialect has no average of exact numbers, but what makes one.
func (s *splitter) lacksAverage(c *aggCall) bool {
	if t := c.args[0].typ().OID; !isInteger(t) && t != pgcat.Numeric {
		return false
	}
	return !s.has(aggregateKey(c)) && s.has("sum("+opTypes(c.args)+")") && s.has("count(any)")
}

// plainZeros sums numbers of one scale and zeros without one, as in CASE … ELSE 0 END, for a dialect whose numbers have all one scale:
// the zeros decide of the sum only where there is nothing else.
func (s *splitter) plainZeros(c *aggCall) expr {
	others, zeros := s.plainParts(c)
	if others == nil {
		return nil
	}
	sum, count := *c, *c
	sum.args, count.args = []expr{others}, []expr{zeros}
	count.proc, count.t = aggregateOn("count", pgcat.Any), catalog.TypeOf(pgcat.Int8)
	total, n := s.column(&sum), s.column(&count)
	zero := &constant{value: pgvalue.NumericFromInt(0), t: c.t}
	some := operatorOn(">", n, &constant{value: int64(0), t: count.t})
	only := &caseExpr{whens: []when{{cond: some, then: zero}}, elseExpr: &constant{t: c.t}, t: c.t}
	return &coalesce{args: []expr{total, only}, t: c.t}
}

// plainParts are the numbers of one scale and the zeros; nil where the argument is not of such a form.
func (s *splitter) plainParts(c *aggCall) (others, zeros expr) {
	if c.args[0].typ().OID != pgcat.Numeric || s.has("case") || !s.has("case(decimal)") || !s.has("sum(numeric)") {
		return nil, nil
	}
	others, zeros = withoutZeros(c.args[0])
	if zeros == nil {
		return nil, nil
	}
	if b, ok := boundsOf(others); !ok || b.scale == 0 {
		return nil, nil
	}
	return others, zeros
}

// withoutZeros returns an expression with NULL for its plain zeros, and one that is NULL for all else; nil where it has none.
func withoutZeros(e expr) (others, zeros expr) {
	int4, found := catalog.TypeOf(pgcat.Int4), false
	choose := func(e expr) (other, zero expr) {
		if isPlainZero(e) {
			found = true
			return &constant{t: e.typ()}, &constant{value: int64(1), t: int4}
		}
		return e, &constant{t: int4}
	}
	switch e := e.(type) {
	case *coalesce:
		if len(e.args) != 2 || !isPlainZero(e.args[1]) {
			return nil, nil
		}
		missing := &nullTest{arg: e.args[0]}
		return e.args[0], &caseExpr{whens: []when{{cond: missing, then: &constant{value: int64(1), t: int4}}}, elseExpr: &constant{t: int4}, t: int4}
	case *caseExpr:
		a, b := &caseExpr{t: e.t}, &caseExpr{t: int4}
		for _, w := range e.whens {
			other, zero := choose(w.then)
			a.whens, b.whens = append(a.whens, when{cond: w.cond, then: other}), append(b.whens, when{cond: w.cond, then: zero})
		}
		a.elseExpr, b.elseExpr = choose(e.elseExpr)
		if found {
			return a, b
		}
	}
	return nil, nil
}

// isPlainZero recognises the literal 0, which has no digits after a point.
func isPlainZero(e expr) bool {
	if c, ok := e.(*cast); ok && c.to == catalog.TypeOf(pgcat.Numeric) {
		n, ok := constantOf(c.arg)
		return ok && n == pgvalue.Value(int64(0))
	}
	v, ok := constantOf(e)
	n, isNumeric := v.(pgvalue.Numeric)
	return ok && isNumeric && n.IsFinite() && n.Sign() == 0 && n.Scale() == 0
}
