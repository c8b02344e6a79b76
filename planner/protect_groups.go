package planner

import (
	"slices"
	"strconv"

	"meshgate/catalog"
	"meshgate/pgcat"
	"meshgate/policy"
	"meshgate/sqlerr"
)

// protector rewrites one aggregation over protected columns.
type protector struct {
	b    *binder
	a    *aggregate
	used []*colRef
}

func (p *protector) column(name string, t catalog.Type) outColumn {
	return p.b.newColumn(name, t, 0)
}

func (p *protector) rule(ref *colRef) *policy.AggregateRule {
	return &p.b.protected[ref.id].decision.Aggregate
}

// counted keeps the groups in which enough different entities have a value.
func (p *protector) counted() rel {
	n := *p.a
	n.aggs = slices.Clone(p.a.aggs)
	var conds []expr
	for _, ref := range p.used {
		entity := p.b.protected[ref.id].entity
		count := projectItem{out: p.column("entities", int8Type), e: &aggCall{
			proc: aggregateOn("count", pgcat.Any), args: []expr{entity.ref()}, distinct: true, filter: &nullTest{arg: ref, not: true}, t: int8Type,
		}}
		n.aggs = append(n.aggs, count)
		conds = append(conds, p.atLeast(count.out, ref))
	}
	return p.output(&filter{input: &n, cond: and(conds...)}, nil)
}

func (p *protector) atLeast(count outColumn, ref *colRef) expr {
	return operatorOn(">=", count.ref(), &constant{value: int64(p.rule(ref).MinEntities), t: int8Type})
}

// output gives the columns of the aggregation; results replace aggregates that are made of others.
func (p *protector) output(in rel, results map[colID]expr) rel {
	out := &project{input: in}
	for _, c := range p.a.columns() {
		e := expr(c.ref())
		if r := results[c.id]; r != nil {
			e = r
		}
		out.items = append(out.items, projectItem{out: c, e: e})
	}
	return out
}

var int8Type = catalog.TypeOf(pgcat.Int8)

// share is what the second step knows of one protected column.
type share struct {
	ref         *colRef
	values, sum outColumn // of the first step: how many values an entity has, and their sum where that can be
	summed      bool
}

// shared aggregates by entity first, so that no entity makes up too much of a group, and folds small groups into one where the rule
// says so.
func (p *protector) shared() (rel, error) {
	w := &rewriter{in: p.b.in, lastCol: p.b.lastCol}
	steps := &partial{w: w, whole: p.a, inexact: true}
	if !steps.plan() {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported,
			"beside a column that shows only in aggregates, only count, sum, avg, min, max and aggregates of bits and booleans are supported")
	}
	p.b.lastCol = w.lastCol
	entity := p.b.protected[p.used[0].id].entity
	first := &aggregate{input: p.a.input}
	keys := make([]outColumn, len(p.a.keys))
	for i, k := range p.a.keys {
		keys[i] = p.column(k.out.name, k.out.t)
		first.keys = append(first.keys, projectItem{out: keys[i], e: k.e})
	}
	who := p.column("entity", entity.t)
	first.keys = append(first.keys, projectItem{out: who, e: entity.ref()})
	for _, s := range steps.steps {
		first.aggs = append(first.aggs, s.first...)
	}
	var shares []share
	for _, ref := range p.used {
		s := share{ref: ref, values: p.column("values", int8Type)}
		first.aggs = append(first.aggs, projectItem{out: s.values, e: &aggCall{proc: aggregateOn("count", pgcat.Any), args: []expr{ref}, t: int8Type}})
		if proc := sumOf(ref.t.OID); proc != nil && p.rule(ref).MaxShare > 0 {
			s.sum, s.summed = p.column("sum", catalog.TypeOf(proc.Ret)), true
			first.aggs = append(first.aggs, projectItem{out: s.sum, e: &aggCall{proc: proc, args: []expr{ref}, t: s.sum.t}})
		}
		shares = append(shares, s)
	}
	input := rel(first)
	if slices.ContainsFunc(p.used, func(ref *colRef) bool { return p.rule(ref).SmallGroups == policy.Remainder }) {
		input, keys = p.folded(input, keys, who, shares)
	}
	return p.second(steps, input, keys, who, shares), nil
}

func sumOf(oid pgcat.OID) *pgcat.Proc {
	for _, proc := range pgcat.Procs("sum") {
		if proc.Kind == 'a' && len(proc.Args) == 1 && proc.Args[0] == oid && oid != pgcat.Interval && oid != pgcat.Money {
			return proc
		}
	}
	return nil
}

// second finishes the aggregates over the entities of each group.
func (p *protector) second(steps *partial, input rel, keys []outColumn, who outColumn, shares []share) rel {
	last := &aggregate{input: input}
	for i, k := range p.a.keys {
		last.keys = append(last.keys, projectItem{out: k.out, e: keys[i].ref()})
	}
	for _, extra := range keys[len(p.a.keys):] {
		last.keys = append(last.keys, projectItem{out: p.column(extra.name, extra.t), e: extra.ref()})
	}
	results := map[colID]expr{}
	for i, it := range p.a.aggs {
		last.aggs = append(last.aggs, steps.steps[i].second...)
		results[it.out.id] = steps.steps[i].result
	}
	var conds []expr
	for _, s := range shares {
		count := projectItem{out: p.column("entities", int8Type), e: &aggCall{
			proc: aggregateOn("count", pgcat.Any), args: []expr{who.ref()}, distinct: true, filter: s.has(), t: int8Type,
		}}
		last.aggs = append(last.aggs, count)
		conds = append(conds, p.atLeast(count.out, s.ref))
		if !s.summed {
			continue
		}
		most := projectItem{out: p.column("most", s.sum.t), e: aggregateOf("max", magnitude(s.sum.ref()))}
		total := projectItem{out: p.column("total", s.sum.t), e: aggregateOf("sum", magnitude(s.sum.ref()))}
		total.out.t = total.e.typ()
		last.aggs = append(last.aggs, most, total)
		conds = append(conds, p.withinShare(most.out, total.out, s.ref))
	}
	return p.output(&filter{input: last, cond: and(conds...)}, results)
}

// has is the condition that an entity has a value.
func (s *share) has() expr {
	return operatorOn(">", s.values.ref(), &constant{value: int64(0), t: int8Type})
}

// withinShare compares the largest part of a sum with what the rule allows. A group without values has no parts.
func (p *protector) withinShare(most, total outColumn, ref *colRef) expr {
	b := newBinder(p.b.in, "")
	numeric := catalog.TypeOf(pgcat.Numeric)
	if most.t.OID == pgcat.Float4 || most.t.OID == pgcat.Float8 {
		numeric = catalog.TypeOf(pgcat.Float8)
	}
	convert := func(e expr) expr {
		out, err := b.coerceType(e, numeric.OID, explicitly, 0)
		if err != nil {
			panic("planner: no conversion between numbers: " + err.Error())
		}
		return out
	}
	allowed, err := b.literal(&constant{value: strconv.FormatFloat(p.rule(ref).MaxShare, 'f', -1, 64), t: unknownType}, numeric.OID)
	if err != nil {
		panic("planner: a share is no number: " + err.Error())
	}
	within := operatorOn("<=", convert(most.ref()), operatorOn("*", allowed, convert(total.ref())))
	return or(&nullTest{arg: total.ref()}, within)
}

// magnitude is abs().
func magnitude(e expr) expr {
	for _, proc := range pgcat.Procs("abs") {
		if len(proc.Args) == 1 && proc.Args[0] == e.typ().OID {
			return &call{proc: proc, args: []expr{e}, t: catalog.TypeOf(proc.Ret)}
		}
	}
	panic("planner: no abs of " + e.typ().String())
}

func aggregateOf(name string, arg expr) expr {
	proc := aggregateOn(name, arg.typ().OID)
	return &aggCall{proc: proc, args: []expr{arg}, t: catalog.TypeOf(proc.Ret)}
}

// folded gives the keys of groups that are too small to NULL and marks them, so that they become one group. What an entity makes up
// of that group is the sum over the groups that it was in.
func (p *protector) folded(input rel, keys []outColumn, who outColumn, shares []share) (rel, []outColumn) {
	over := func(name string, arg, filter expr, partition []outColumn) projectItem {
		of := arg.typ().OID
		if name == "count" {
			of = pgcat.Any
		}
		proc := aggregateOn(name, of)
		c := &windowCall{proc: proc, agg: true, args: []expr{arg}, filter: filter, window: windowDef{frame: defaultFrame}, t: catalog.TypeOf(proc.Ret)}
		for _, k := range partition {
			c.window.partition = append(c.window.partition, k.ref())
		}
		return projectItem{out: p.column(name, c.t), e: c}
	}
	w := &window{input: input}
	var enough []expr
	for _, s := range shares {
		n := over("count", who.ref(), s.has(), keys)
		w.calls = append(w.calls, n)
		enough = append(enough, p.atLeast(n.out, s.ref))
		if s.summed {
			most, total := over("max", magnitude(s.sum.ref()), nil, keys), over("sum", magnitude(s.sum.ref()), nil, keys)
			w.calls = append(w.calls, most, total)
			enough = append(enough, p.withinShare(most.out, total.out, s.ref))
		}
	}
	small := p.column("small", boolType)
	marked := &project{input: w}
	for _, c := range input.columns() {
		marked.items = append(marked.items, projectItem{out: c, e: c.ref()})
	}
	marked.items = append(marked.items, projectItem{out: small, e: &boolTest{arg: and(enough...), is: isTrue, not: true}})
	fold := &project{input: marked}
	var folded []outColumn
	for i, c := range marked.columns() {
		if i >= len(keys) {
			fold.items = append(fold.items, projectItem{out: c, e: c.ref()})
			continue
		}
		out := p.column(c.name, c.t)
		folded = append(folded, out)
		fold.items = append(fold.items, projectItem{out: out, e: &caseExpr{whens: []when{{cond: small.ref(), then: &constant{t: c.t}}}, elseExpr: c.ref(), t: c.t}})
	}
	folded = append(folded, small)
	again := &window{input: fold}
	for i := range shares {
		if s := &shares[i]; s.summed {
			sum := over("sum", s.sum.ref(), nil, append(clip(folded), who))
			again.calls = append(again.calls, sum)
			s.sum = sum.out
		}
	}
	if len(again.calls) == 0 {
		return fold, folded
	}
	return again, folded
}
