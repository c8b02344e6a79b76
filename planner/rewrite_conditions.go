package planner

// joinConditions moves what the engine does not take in the condition of an outer or LATERAL join. That of LEFT JOIN LATERAL is a filter
// of its right side as well; an inner one's is a filter above it. Queries are computed on the side that they depend on, before the
// join. One that depends on both sides stays, and is refused there.
func (w *rewriter) joinConditions(r rel) rel {
	return mapRelDeep(r, func(r rel) rel {
		j, ok := r.(*join)
		if !ok || j.on == nil || j.kind == joinInner && !j.lateral {
			return r
		}
		if j.lateral && (j.kind == joinLeft || j.kind == joinInner) {
			n := *j
			if n.on = nil; j.kind == joinInner {
				return &filter{input: &n, cond: j.on}
			}
			n.right = &filter{input: j.right, cond: j.on}
			return &n
		}
		if !hasSubquery(j.on) {
			return r
		}
		sides := [2]*hoist{newHoist(j.left), newHoist(j.right)}
		n := *j
		n.on = mapExprOuter(j.on, func(e expr) expr {
			q, ok := e.(*subquery)
			if !ok || isVolatileExpr(q) {
				return e
			}
			used := columnsOf(q)
			for i, side := range sides {
				if !used.hasAny(sides[1-i].cols) && (used.hasAny(side.cols) || i == 0) {
					return side.add(w, q)
				}
			}
			return e
		})
		if sides[0].flags == nil && sides[1].flags == nil {
			return r
		}
		n.left, n.right = sides[0].rel(), sides[1].rel()
		return handOn(&n, j.columns())
	})
}

// hoist is a side of a join with what is computed on it.
type hoist struct {
	input rel
	cols  colSet
	flags []projectItem
}

func newHoist(r rel) *hoist {
	h := &hoist{input: r, cols: colSet{}}
	h.cols.add(r.columns())
	return h
}

func (h *hoist) add(w *rewriter, e expr) expr {
	out := w.newColumn(outColumn{name: "?column?", t: e.typ()})
	h.flags = append(h.flags, projectItem{out: out, e: e})
	return out.ref()
}

func (h *hoist) rel() rel {
	if h.flags == nil {
		return h.input
	}
	p := handOn(h.input, h.input.columns())
	p.items = append(p.items, h.flags...)
	return p
}

// handOn hands columns on as they are.
func handOn(r rel, cols []outColumn) *project {
	p := &project{input: r}
	for _, c := range cols {
		p.items = append(p.items, projectItem{out: c, e: c.ref()})
	}
	return p
}

// outerTests marks x IN (query) and its like where x is of queries around the one that it stands in: the engine cannot bind every such
// test. It is given them as EXISTS.
func (w *rewriter) outerTests(r rel) rel {
	return mapRelDeep(r, func(r rel) rel {
		local := colSet{}
		for _, in := range r.inputs() {
			local.add(in.columns())
		}
		e, changed := mapExprs(r.exprs(), func(e expr) expr {
			return mapExprOuter(e, func(e expr) expr {
				s, ok := e.(*subquery)
				if !ok || s.outer || s.kind != subqueryAny && s.kind != subqueryAll {
					return e
				}
				if used := columnsOf(s.left...); len(used) == 0 || used.hasAny(local) {
					return e
				}
				n := *s
				n.outer = true
				return &n
			})
		})
		if changed {
			return r.withExprs(e)
		}
		return r
	})
}
