package planner

import (
	"meshgate/pgcat"
)

// pushFilters moves conditions towards the scans.
func (w *rewriter) pushFilters(r rel) rel {
	r = pushInto(r, nil)
	// The queries inside expressions are rewritten on their own.
	return mapRel(r, func(r rel) rel {
		e, changed := mapExprs(r.exprs(), func(e expr) expr { return mapQueries(e, w.pushFilters) })
		if changed {
			return r.withExprs(e)
		}
		return r
	})
}

// above puts conditions on top of a relation.
func above(r rel, conds []expr) rel {
	if c := and(conds...); c != nil {
		return &filter{input: r, cond: c}
	}
	return r
}

// pushInto returns the relation with the conditions applied as far down as they may go.
func pushInto(r rel, conds []expr) rel {
	switch r := r.(type) {
	case *filter:
		return pushInto(r.input, append(factored(conjuncts(r.cond)), conds...))
	case *project:
		return pushProject(r, conds)
	case *join:
		return pushJoin(r, conds)
	case *aggregate:
		return pushAggregate(r, conds)
	case *window:
		return pushWindow(r, conds)
	case *sort:
		return r.withInputs([]rel{pushInto(r.input, conds)})
	case *distinct:
		return pushDistinct(r, conds)
	case *setOp:
		return pushSetOp(r, conds)
	case *derived:
		return pushDerived(r, conds)
	case *with:
		return pushWith(r, conds)
	case *limit, *projectSet:
		// A condition below LIMIT would let other rows through; one below a set could drop rows of it.
		in := r.inputs()
		return above(r.withInputs([]rel{pushInto(in[0], nil)}), conds)
	case *scan, *systemScan, *governedScan, *values, *cteRef, *functionScan:
		return above(r, conds)
	}
	panic("planner: pushInto does not know this relation")
}

// pushProject moves conditions below computed columns by computing them in the condition. What is volatile, or a query of its
// own, is computed once and stays.
func pushProject(r *project, conds []expr) rel {
	by := map[colID]expr{}
	fixed := colSet{}
	for _, it := range r.items {
		if isVolatileExpr(it.e) || hasSubquery(it.e) {
			fixed[it.out.id] = true
		} else {
			by[it.out.id] = it.e
		}
	}
	var below, stay []expr
	for _, c := range conds {
		if columnsOf(c).hasAny(fixed) || isVolatileExpr(c) {
			stay = append(stay, c)
		} else {
			below = append(below, substitute(c, by))
		}
	}
	n := *r
	n.input = pushInto(r.input, below)
	return above(&n, stay)
}

// pushJoin gives each side the conditions on its own columns. A condition on the side that may be NULL-extended must stay above
// the join — below it, a removed row would come back as NULLs — unless it refuses NULLs anyway: then the join is no outer join.
func pushJoin(r *join, conds []expr) rel {
	n := strengthen(r, conds)
	left, right := colSet{}, colSet{}
	left.add(n.left.columns())
	right.add(n.right.columns())
	var toLeft, toRight, stay, on []expr
	place := func(c expr, canLeft, canRight bool, rest *[]expr) {
		used := columnsOf(c)
		switch {
		case isVolatileExpr(c):
			*rest = append(*rest, c)
		case canLeft && !used.hasAny(right):
			toLeft = append(toLeft, c)
		case canRight && !used.hasAny(left):
			toRight = append(toRight, c)
		default:
			*rest = append(*rest, c)
		}
	}
	switch n.kind {
	case joinInner:
		for _, c := range append(factored(conjuncts(n.on)), conds...) {
			place(c, true, true, &on)
		}
		for _, c := range on {
			for side, to := range map[*colSet]*[]expr{&left: &toLeft, &right: &toRight} {
				if i := implied(c, *side); i != nil {
					*to = append(*to, i)
				}
			}
		}
	case joinLeft:
		for _, c := range conds {
			place(c, true, false, &stay)
		}
		for _, c := range conjuncts(n.on) {
			place(c, false, true, &on)
		}
	case joinRight:
		for _, c := range conds {
			place(c, false, true, &stay)
		}
		for _, c := range conjuncts(n.on) {
			place(c, true, false, &on)
		}
	case joinFull:
		stay, on = conds, conjuncts(n.on)
	case joinSemi:
		for _, c := range conds {
			place(c, true, false, &stay)
		}
		for _, c := range conjuncts(n.on) {
			place(c, true, true, &on)
		}
	case joinAnti:
		// A condition of the join on the left alone decides whether a row has partners, not whether it is there.
		for _, c := range conds {
			place(c, true, false, &stay)
		}
		for _, c := range conjuncts(n.on) {
			place(c, false, true, &on)
		}
	}
	n.left, n.right, n.on = pushInto(n.left, toLeft), pushInto(n.right, toRight), and(on...)
	return above(n, stay)
}

// strengthen turns an outer join into a smaller one where a condition above refuses its NULL-extended rows.
func strengthen(r *join, conds []expr) *join {
	n := *r
	left, right := colSet{}, colSet{}
	left.add(r.left.columns())
	right.add(r.right.columns())
	for _, c := range conds {
		refused := nullRejected(c)
		if refused.hasAny(right) {
			switch n.kind {
			case joinLeft:
				n.kind = joinInner
			case joinFull:
				n.kind = joinRight
			}
		}
		if refused.hasAny(left) {
			switch n.kind {
			case joinRight:
				n.kind = joinInner
			case joinFull:
				n.kind = joinLeft
			}
		}
	}
	return &n
}

// nullRejected returns columns for which a condition cannot be true when they are NULL.
func nullRejected(c expr) colSet {
	out := colSet{}
	switch c := c.(type) {
	case *call:
		if c.proc.Strict {
			for _, a := range c.args {
				strictColumns(a, out)
			}
		}
	case *inList:
		if !c.all {
			strictColumns(c.left, out)
		}
	case *nullTest:
		if c.not {
			strictColumns(c.arg, out)
		}
	case *boolTest:
		if c.is == isTrue && !c.not || c.is == isFalse && !c.not {
			strictColumns(c.arg, out)
		}
	case *colRef:
		out[c.id] = true
	case *boolExpr:
		switch c.op {
		case opAnd:
			for _, a := range c.args {
				for id := range nullRejected(a) {
					out[id] = true
				}
			}
		case opNot:
			if inner, ok := c.args[0].(*call); ok {
				return nullRejected(inner)
			}
		}
	}
	return out
}

// strictColumns adds the columns whose NULL makes an expression NULL.
func strictColumns(e expr, out colSet) {
	switch e := e.(type) {
	case *colRef:
		out[e.id] = true
	case *call:
		if e.proc.Strict {
			for _, a := range e.args {
				strictColumns(a, out)
			}
		}
	case *cast:
		strictColumns(e.arg, out)
	}
}

// pushAggregate moves conditions on group keys below the grouping: they drop whole groups. With grouping sets a key may be NULL
// though no row has it so.
func pushAggregate(r *aggregate, conds []expr) rel {
	by := map[colID]expr{}
	if len(r.sets) == 0 {
		for _, k := range r.keys {
			if !isVolatileExpr(k.e) && !hasSubquery(k.e) {
				by[k.out.id] = k.e
			}
		}
	}
	var below, stay []expr
	for _, c := range conds {
		if used := columnsOf(c); len(by) > 0 && onlyIn(used, by) && intersects(used, by) && !isVolatileExpr(c) {
			below = append(below, substitute(c, by))
		} else {
			stay = append(stay, c)
		}
	}
	n := *r
	n.input = pushInto(r.input, below)
	return above(&n, stay)
}

// onlyIn reports whether all used columns that are not of outer queries are replaced.
func onlyIn(used colSet, by map[colID]expr) bool {
	for id := range used {
		if _, ok := by[id]; !ok {
			return false
		}
	}
	return true
}

func intersects(used colSet, by map[colID]expr) bool {
	for id := range used {
		if _, ok := by[id]; ok {
			return true
		}
	}
	return false
}

// pushWindow moves conditions on columns that every window partitions by: they drop whole partitions.
func pushWindow(r *window, conds []expr) rel {
	var common colSet
	for i, c := range r.calls {
		keys := colSet{}
		for _, p := range c.e.(*windowCall).window.partition {
			if ref, ok := p.(*colRef); ok {
				keys[ref.id] = true
			}
		}
		if i == 0 {
			common = keys
			continue
		}
		for id := range common {
			if !keys[id] {
				delete(common, id)
			}
		}
	}
	var below, stay []expr
	for _, c := range conds {
		used := columnsOf(c)
		if len(used) > 0 && common.hasAll(used) && !isVolatileExpr(c) {
			below = append(below, c)
		} else {
			stay = append(stay, c)
		}
	}
	n := *r
	n.input = pushInto(r.input, below)
	return above(&n, stay)
}

// pushDistinct moves conditions below DISTINCT: equal rows meet the same fate. Below DISTINCT ON only those on its own columns.
func pushDistinct(r *distinct, conds []expr) rel {
	allowed := colSet{}
	for _, e := range r.on {
		if c, ok := e.(*colRef); ok {
			allowed[c.id] = true
		}
	}
	var below, stay []expr
	for _, c := range conds {
		if (len(r.on) == 0 || allowed.hasAll(columnsOf(c))) && !isVolatileExpr(c) {
			below = append(below, c)
		} else {
			stay = append(stay, c)
		}
	}
	n := *r
	n.input = pushInto(r.input, below)
	return above(&n, stay)
}

// pushSetOp gives both sides the condition. A query inside it would occur twice, so it stays above.
func pushSetOp(r *setOp, conds []expr) rel {
	left, right := map[colID]expr{}, map[colID]expr{}
	lc, rc := r.left.columns(), r.right.columns()
	for i, c := range r.cols {
		left[c.id], right[c.id] = lc[i].ref(), rc[i].ref()
	}
	var toLeft, toRight, stay []expr
	for _, c := range conds {
		if hasSubquery(c) || isVolatileExpr(c) {
			stay = append(stay, c)
			continue
		}
		toLeft, toRight = append(toLeft, substitute(c, left)), append(toRight, substitute(c, right))
	}
	n := *r
	n.left, n.right = pushInto(r.left, toLeft), pushInto(r.right, toRight)
	return above(&n, stay)
}

func pushWith(r *with, conds []expr) rel {
	n := *r
	n.ctes = make([]*cte, len(r.ctes))
	for i, c := range r.ctes {
		d := *c
		d.query = pushInto(c.query, nil)
		if c.recursive != nil {
			d.recursive = pushInto(c.recursive, nil)
		}
		n.ctes[i] = &d
	}
	n.body = pushInto(r.body, conds)
	return &n
}

// subqueriesToJoins turns IN and EXISTS over a query that stand as conditions of their own into semi-joins, and NOT EXISTS into
// an anti-join. NOT IN is none: a NULL in the query makes it NULL for every row.
func (w *rewriter) subqueriesToJoins(r rel) rel {
	return mapRelDeep(r, func(r rel) rel {
		f, ok := r.(*filter)
		if !ok {
			return r
		}
		input, rest := f.input, []expr(nil)
		for _, c := range conjuncts(f.cond) {
			if j := w.semiJoin(input, c); j != nil {
				input = j
			} else {
				rest = append(rest, c)
			}
		}
		if input == f.input {
			return r
		}
		return above(input, rest)
	})
}

func (w *rewriter) semiJoin(input rel, c expr) rel {
	kind := joinSemi
	if b, ok := c.(*boolExpr); ok && b.op == opNot {
		if s, ok := b.args[0].(*subquery); !ok || s.kind != subqueryExists {
			return nil
		}
		kind, c = joinAnti, b.args[0]
	}
	s, ok := c.(*subquery)
	if !ok || isVolatile(s.query) || s.kind != subqueryExists && s.kind != subqueryAny {
		return nil
	}
	outer := colSet{}
	outer.add(input.columns())
	q, on := s.query, []expr(nil)
	if free := freeColumns(q); len(free) > 0 {
		if !outer.hasAll(free) {
			return nil
		}
		var ok bool
		if q, on, ok = liftCorrelation(q, free); !ok {
			return nil
		}
	}
	if s.kind == subqueryAny {
		cols := s.query.columns()
		for i, l := range s.left {
			if hasSubquery(l) {
				return nil
			}
			on = append(on, operatorExpr(s.ops[i], l, cols[i].ref()))
		}
	}
	return &join{kind: kind, left: input, right: q, on: and(on...)}
}

func operatorExpr(op *pgcat.Operator, l, r expr) expr {
	return &call{proc: pgcat.ProcByOID(op.Code), op: op.Name, args: []expr{l, r}, t: boolType}
}

// liftCorrelation takes the conditions on outer columns out of a query's WHERE, if that is the only place where they occur and
// nothing above the WHERE counts or cuts.
func liftCorrelation(q rel, free colSet) (rel, []expr, bool) {
	switch q := q.(type) {
	case *project:
		in, on, ok := liftCorrelation(q.input, free)
		if !ok || columnsOf(itemExprs(q.items)...).hasAny(free) {
			return nil, nil, false
		}
		n := *q
		n.input = in
		// The conditions read columns of the input, so the projection must hand them on.
		have := colSet{}
		for _, it := range n.items {
			have[it.out.id] = true
		}
		needed := columnsOf(on...)
		for _, c := range in.columns() {
			if needed[c.id] && !have[c.id] {
				n.items = append(clip(n.items), projectItem{out: c, e: c.ref()})
			}
		}
		return &n, on, true
	case *filter:
		var keep, on []expr
		for _, c := range conjuncts(q.cond) {
			if columnsOf(c).hasAny(free) {
				on = append(on, c)
			} else {
				keep = append(keep, c)
			}
		}
		in, more, ok := q.input, []expr(nil), true
		if freeColumns(q.input).hasAny(free) {
			in, more, ok = liftCorrelation(q.input, free)
		}
		for _, c := range on {
			if hasSubquery(c) {
				return nil, nil, false
			}
		}
		return above(in, keep), append(on, more...), ok
	}
	if freeColumns(q).hasAny(free) {
		return nil, nil, false
	}
	return q, nil, true
}
