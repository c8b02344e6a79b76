package planner

import (
	"slices"

	"meshgate/catalog"
	"meshgate/pgcat"
)

// mostGroups is the part of the rows that groups below a join may be: partial aggregation that reduces less does not pay.
const mostGroups = 0.25

// partialAggregates aggregates in part below a union and below joins, where each store can do it, and finishes above. It does so
// where the result is exactly the same: for aggregates of integers and numerics, not of floats, whose sums depend on their order.
func (w *rewriter) partialAggregates(r rel) rel {
	return mapRelDeep(r, func(r rel) rel {
		a, ok := r.(*aggregate)
		if !ok {
			return r
		}
		if store, one := storeOf(a); one {
			return w.splitAggregates(a, w.in.Dialects[store])
		}
		p := &partial{w: w, est: newEstimator(w.in), whole: a}
		if !p.plan() {
			return r
		}
		input := p.below(a.input, colSet{})
		if input == nil {
			return r
		}
		return p.finish(input)
	})
}

// partial is one aggregation that is done in two steps.
type partial struct {
	w     *rewriter
	est   *estimator
	whole *aggregate
	steps []partialStep // one for each of whole.aggs
	args  colSet        // what the aggregates read
	keys  []expr        // of the second step
	// inexact takes apart sums of floats as well, whose order is nobody's to say.
	inexact bool
}

// partialStep is an aggregate in two steps: first what each part computes, then what makes the result of the parts' columns.
type partialStep struct {
	first  []projectItem
	second []projectItem // over columns of first
	result expr          // over columns of second
	keep   bool          // GROUPING, which only the second step knows
}

func (p *partial) column(name string, t catalog.Type) outColumn {
	return p.w.newColumn(outColumn{name: name, t: t})
}

// plan takes the aggregates apart; false means that one cannot be.
func (p *partial) plan() bool {
	p.args = colSet{}
	for _, it := range p.whole.aggs {
		if _, is := it.e.(*groupingCall); is {
			p.steps = append(p.steps, partialStep{keep: true})
			continue
		}
		c := it.e.(*aggCall)
		if isVolatileExpr(c) || hasSubquery(c) {
			return false
		}
		s, ok := p.step(c)
		if !ok {
			return false
		}
		for id := range columnsOf(c) {
			p.args[id] = true
		}
		p.steps = append(p.steps, s)
	}
	for _, k := range p.whole.keys {
		if isVolatileExpr(k.e) || hasSubquery(k.e) {
			return false
		}
		p.keys = append(p.keys, k.e)
	}
	return true
}

func (p *partial) step(c *aggCall) (partialStep, bool) {
	again := c.distinct && !ignoresDuplicates(c.proc.Name) || c.direct > 0 || len(c.order) > 0
	if again || len(c.args) > 1 {
		return partialStep{}, false
	}
	arg := pgcat.OID(0)
	if len(c.args) == 1 {
		arg = c.args[0].typ().OID
	}
	switch c.proc.Name {
	case "count":
		s := p.simple(c, "sum", c.t)
		s.result = p.convert(s.second[0].out.ref(), c.t)
		if len(p.whole.keys) == 0 || p.whole.sets != nil {
			s.result = &coalesce{args: []expr{s.result, &constant{value: int64(0), t: c.t}}, t: c.t}
		}
		return s, true
	case "sum":
		if isInteger(arg) || arg == pgcat.Numeric || p.inexact && (arg == pgcat.Float4 || arg == pgcat.Float8) {
			s := p.simple(c, "sum", c.t)
			s.result = p.convert(s.second[0].out.ref(), c.t)
			return s, true
		}
	case "avg":
		if isInteger(arg) || arg == pgcat.Numeric {
			return p.average(c), true
		}
		if p.inexact && (arg == pgcat.Float4 || arg == pgcat.Float8) {
			return p.average(c), true
		}
	case "min", "max", "bool_and", "bool_or", "every", "bit_and", "bit_or", "bit_xor":
		if !hasAggregate(c.proc.Name, c.t.OID) {
			return partialStep{}, false // of arrays
		}
		s := p.simple(c, c.proc.Name, c.t)
		s.result = s.second[0].out.ref()
		return s, true
	}
	return partialStep{}, false
}

// simple computes an aggregate for each part, and another of the parts' results.
func (p *partial) simple(c *aggCall, second string, t catalog.Type) partialStep {
	first := projectItem{out: p.column(c.proc.Name, t), e: c}
	over := p.over(second, first.out)
	return partialStep{first: []projectItem{first}, second: []projectItem{over}}
}

// over is an aggregate of a column.
func (p *partial) over(name string, c outColumn) projectItem {
	proc := aggregateOn(name, c.t.OID)
	t := catalog.TypeOf(proc.Ret)
	if proc.Ret == c.t.OID {
		t = c.t
	}
	return projectItem{out: p.column(name, t), e: &aggCall{proc: proc, args: []expr{c.ref()}, t: t}}
}

// average divides the sum of sums by the sum of counts, as numeric_avg and int8_avg do.
func (p *partial) average(c *aggCall) partialStep {
	sum, count := p.averageParts(c)
	sums, counts := p.simple(sum, "sum", sum.t), p.simple(count, "sum", count.t)
	s := partialStep{first: append(sums.first, counts.first...), second: append(sums.second, counts.second...)}
	s.result = p.quotient(c, sums.second[0].out.ref(), counts.second[0].out.ref())
	return s
}

// averageParts are the sum and the count that make an average.
func (p *partial) averageParts(c *aggCall) (sum, count *aggCall) {
	sums, counts := *c, *c
	if c.t.OID == pgcat.Float8 {
		sums.args = []expr{p.convert(c.args[0], c.t)}
	}
	sums.proc = aggregateOn("sum", sums.args[0].typ().OID)
	sums.t = catalog.TypeOf(sums.proc.Ret)
	counts.proc = aggregateOn("count", pgcat.Any)
	counts.t = catalog.TypeOf(pgcat.Int8)
	return &sums, &counts
}

// quotient is the average of values of which sum and count are known; of none it is NULL.
func (p *partial) quotient(c *aggCall, sum, count expr) expr {
	total, n := p.convert(sum, c.t), p.convert(count, c.t)
	none := operatorOn("=", n, p.convert(&constant{value: int64(0), t: catalog.TypeOf(pgcat.Int4)}, c.t))
	return &caseExpr{whens: []when{{cond: none, then: &constant{t: c.t}}}, elseExpr: operatorOn("/", total, n), t: c.t}
}

// convert casts between numbers.
func (p *partial) convert(e expr, to catalog.Type) expr {
	if e.typ().OID == to.OID {
		return e
	}
	out, err := newBinder(p.w.in, "").coerceType(e, to.OID, explicitly, 0)
	if err != nil {
		panic("planner: no conversion between numbers: " + err.Error())
	}
	return out
}

func hasAggregate(name string, arg pgcat.OID) bool {
	return slices.ContainsFunc(pgcat.Procs(name), func(p *pgcat.Proc) bool { return p.Kind == 'a' && len(p.Args) == 1 && p.Args[0] == arg })
}

func aggregateOn(name string, arg pgcat.OID) *pgcat.Proc {
	for _, proc := range pgcat.Procs(name) {
		if proc.Kind == 'a' && len(proc.Args) == 1 && proc.Args[0] == arg {
			return proc
		}
	}
	panic("planner: no aggregate " + name)
}

func operatorOn(name string, left, right expr) expr {
	for _, o := range pgcat.Operators(name) {
		if o.Left == left.typ().OID && o.Right == right.typ().OID {
			return &call{proc: pgcat.ProcByOID(o.Code), op: name, args: []expr{left, right}, t: catalog.TypeOf(o.Result)}
		}
	}
	panic("planner: no operator " + name)
}

// below puts the first step below a relation, of which used names the columns that something above the second step's keys and
// aggregates reads. nil means that it does not pay, or cannot be.
func (p *partial) below(r rel, used colSet) rel {
	switch r := r.(type) {
	case *join:
		return p.belowJoin(r, used)
	case *project:
		return p.belowProject(r, used)
	case *filter:
		if hasSubquery(r.cond) || isVolatileExpr(r.cond) {
			return nil
		}
		if in := p.below(r.input, with2(used, r.cond)); in != nil {
			return r.withInputs([]rel{in})
		}
	case *setOp:
		return p.belowUnion(r, used)
	}
	return nil
}

// belowJoin aggregates the side that the aggregates read: each of its groups meets the same rows of the other side as its rows do.
func (p *partial) belowJoin(j *join, used colSet) rel {
	if j.lateral || j.kind == joinFull || hasSubqueryIn(j) || !p.harmless() {
		return nil
	}
	in := j.inputs()
	for i, side := range in {
		open := j.kind == joinInner || i == 0 && j.kind != joinRight || i == 1 && j.kind == joinRight
		cols := colSet{}
		cols.add(side.columns())
		if !open || !cols.hasAll(p.args) || len(p.args) == 0 && p.est.rows(side) < p.est.rows(in[1-i]) {
			continue
		}
		needed := with2(used, j.exprs()...)
		for id := range needed {
			if !cols[id] {
				delete(needed, id)
			}
		}
		out := p.reduced(side, needed)
		if out == nil {
			out = p.below(side, needed)
		}
		if out == nil {
			return nil
		}
		in[i] = out
		return j.withInputs(in)
	}
	return nil
}

// harmless reports whether the aggregates can be computed of rows that the join drops: those would not fail.
func (p *partial) harmless() bool {
	for _, s := range p.steps {
		for _, it := range s.first {
			for _, e := range it.e.children() {
				if !isHarmless(e) {
					return false
				}
			}
		}
	}
	return true
}

func hasSubqueryIn(r rel) bool {
	for _, e := range r.exprs() {
		if hasSubquery(e) || isVolatileExpr(e) {
			return true
		}
	}
	return false
}

// belowProject goes below plain columns; computed ones move up into the keys and aggregates.
func (p *partial) belowProject(r *project, used colSet) rel {
	by := map[colID]expr{}
	for _, it := range r.items {
		if _, plain := it.e.(*colRef); !plain && (used[it.out.id] || isVolatileExpr(it.e) || hasSubquery(it.e)) {
			return nil
		}
		by[it.out.id] = it.e
	}
	below := colSet{}
	for id := range used {
		if c, ok := by[id].(*colRef); ok { // others are columns of outer queries
			below[c.id] = true
		}
	}
	p.substitute(by)
	in := p.below(r.input, below)
	if in == nil {
		return nil
	}
	n := &project{input: in}
	for _, c := range in.columns() {
		n.items = append(n.items, projectItem{out: c, e: c.ref()})
	}
	for _, it := range r.items {
		if used[it.out.id] {
			n.items = append(n.items, it)
		}
	}
	return n
}

// substitute rewrites the keys and the first step over what is below a projection.
func (p *partial) substitute(by map[colID]expr) {
	for i := range p.keys {
		p.keys[i] = substitute(p.keys[i], by)
	}
	args := colSet{}
	for i := range p.steps {
		first := append([]projectItem(nil), p.steps[i].first...)
		for k := range first {
			first[k].e = substitute(first[k].e, by)
			for id := range columnsOf(first[k].e) {
				args[id] = true
			}
		}
		p.steps[i].first = first
	}
	p.args = args
}

// reduced is the first step over what one store reads, where its statistics say that groups are much fewer than rows.
func (p *partial) reduced(side rel, needed colSet) rel {
	if _, one := storeOf(side); !one || len(freeColumns(side)) > 0 {
		return nil
	}
	cols := colSet{}
	cols.add(side.columns())
	out := &aggregate{input: side}
	kept := colSet{}
	keep := func(id colID) {
		for _, c := range side.columns() {
			if c.id == id && !kept[id] {
				kept[id] = true
				out.keys = append(out.keys, projectItem{out: c, e: c.ref()})
			}
		}
	}
	for _, c := range side.columns() {
		if needed[c.id] {
			keep(c.id)
		}
	}
	for i, k := range p.keys {
		read := columnsOf(k)
		if _, plain := k.(*colRef); !plain && len(read) > 0 && cols.hasAll(read) && isHarmless(k) {
			item := projectItem{out: p.column("key", k.typ()), e: k}
			out.keys = append(out.keys, item)
			p.keys[i] = item.out.ref()
			continue
		}
		for _, c := range side.columns() {
			if read[c.id] {
				keep(c.id)
			}
		}
	}
	rows := p.est.rows(side)
	if !p.w.in.Eager && (!p.est.known(side) || rows < leastSinkRows || p.est.groups(out, rows) > rows*mostGroups) {
		return nil
	}
	for _, s := range p.steps {
		out.aggs = append(out.aggs, s.first...)
	}
	if len(out.keys) == 0 {
		return nil // without rows there would be a group
	}
	return out
}

// belowUnion aggregates each arm of a UNION ALL.
func (p *partial) belowUnion(u *setOp, used colSet) rel {
	if u.kind != setUnion || !u.all || len(used) > 0 {
		return nil
	}
	n := &setOp{kind: setUnion, all: true}
	for _, k := range p.keys {
		n.cols = append(n.cols, p.column("key", k.typ()))
	}
	for _, s := range p.steps {
		n.cols = append(n.cols, itemOutputs(s.first)...)
	}
	n.left, n.right = p.arm(u, u.left), p.arm(u, u.right)
	for i := range p.keys {
		p.keys[i] = n.cols[i].ref()
	}
	return n
}

// arm is the first step over one arm of a union.
func (p *partial) arm(u *setOp, arm rel) rel {
	by := map[colID]expr{}
	cols := arm.columns()
	for i, c := range u.cols {
		by[c.id] = cols[i].ref()
	}
	out := &aggregate{input: arm}
	for _, k := range p.keys {
		out.keys = append(out.keys, projectItem{out: p.column("key", k.typ()), e: substitute(k, by)})
	}
	for _, s := range p.steps {
		for _, it := range s.first {
			out.aggs = append(out.aggs, projectItem{out: p.column(it.out.name, it.out.t), e: substitute(it.e, by)})
		}
	}
	return p.w.partialAggregates(out)
}

// finish is the second step, with the columns of the whole.
func (p *partial) finish(input rel) rel {
	second := &aggregate{input: input, sets: p.whole.sets}
	top := &project{input: second}
	for i, k := range p.whole.keys {
		second.keys = append(second.keys, projectItem{out: k.out, e: p.keys[i]})
		top.items = append(top.items, projectItem{out: k.out, e: k.out.ref()})
	}
	for i, a := range p.whole.aggs {
		s := p.steps[i]
		if s.keep {
			second.aggs = append(second.aggs, a)
			top.items = append(top.items, projectItem{out: a.out, e: a.out.ref()})
			continue
		}
		second.aggs = append(second.aggs, s.second...)
		top.items = append(top.items, projectItem{out: a.out, e: s.result})
	}
	return top
}
