package planner

// walkExpr calls visit for an expression and, while visit returns true, for its children, also those inside subqueries.
func walkExpr(e expr, visit func(expr) bool) {
	if e == nil || !visit(e) {
		return
	}
	for _, c := range e.children() {
		walkExpr(c, visit)
	}
	if s, ok := e.(*subquery); ok {
		walkRelExprs(s.query, visit)
	}
}

// walkRelExprs calls visit for all expressions of a relation and of everything below it.
func walkRelExprs(r rel, visit func(expr) bool) {
	for _, e := range r.exprs() {
		walkExpr(e, visit)
	}
	for _, in := range r.inputs() {
		walkRelExprs(in, visit)
	}
}

// mapExpr rebuilds an expression from its leaves up; change returns the expression's replacement, or itself. Subqueries are
// rebuilt too.
func mapExpr(e expr, change func(expr) expr) expr {
	return mapExprOuter(e, func(e expr) expr {
		if s, ok := e.(*subquery); ok {
			if q := mapRelExprs(s.query, change); q != s.query {
				n := *s
				n.query = q
				e = &n
			}
		}
		return change(e)
	})
}

// mapQueries replaces the queries inside an expression; those inside these are left to change.
func mapQueries(e expr, change func(rel) rel) expr {
	return mapExprOuter(e, func(e expr) expr {
		s, ok := e.(*subquery)
		if !ok {
			return e
		}
		q := change(s.query)
		if q == s.query {
			return e
		}
		n := *s
		n.query = q
		return &n
	})
}

// mapExprOuter is mapExpr that leaves the relations of subqueries alone.
func mapExprOuter(e expr, change func(expr) expr) expr {
	if e == nil {
		return nil
	}
	if children := e.children(); len(children) > 0 {
		if mapped, changed := mapExprs(children, func(c expr) expr { return mapExprOuter(c, change) }); changed {
			e = e.withChildren(mapped)
		}
	}
	return change(e)
}

// mapExprs applies a whole mapping to each of a list, which is copied when something changed.
func mapExprs(list []expr, mapping func(expr) expr) (out []expr, changed bool) {
	out = list
	for i, c := range list {
		m := mapping(c)
		if m == c {
			continue
		}
		if !changed {
			out, changed = append([]expr(nil), list...), true
		}
		out[i] = m
	}
	return out, changed
}

// mapRelExprs rebuilds all expressions of a relation and of everything below it.
func mapRelExprs(r rel, change func(expr) expr) rel {
	return mapRel(r, func(r rel) rel {
		if e, changed := mapExprs(r.exprs(), func(e expr) expr { return mapExpr(e, change) }); changed {
			return r.withExprs(e)
		}
		return r
	})
}

// mapRel rebuilds a relation from its leaves up. It does not enter subqueries.
func mapRel(r rel, change func(rel) rel) rel {
	in := r.inputs()
	var out []rel
	for i, c := range in {
		m := mapRel(c, change)
		if m == c {
			continue
		}
		if out == nil {
			out = append([]rel(nil), in...)
		}
		out[i] = m
	}
	if out != nil {
		r = r.withInputs(out)
	}
	return change(r)
}

// mapRelDeep is mapRel that also rebuilds the relations inside subqueries of expressions.
func mapRelDeep(r rel, change func(rel) rel) rel {
	return mapRel(r, func(r rel) rel {
		e, changed := mapExprs(r.exprs(), func(e expr) expr { return mapSubqueries(e, change) })
		if changed {
			r = r.withExprs(e)
		}
		return change(r)
	})
}

func mapSubqueries(e expr, change func(rel) rel) expr {
	return mapExprOuter(e, func(e expr) expr {
		s, ok := e.(*subquery)
		if !ok {
			return e
		}
		q := mapRelDeep(s.query, change)
		if q == s.query {
			return e
		}
		n := *s
		n.query = q
		return &n
	})
}

// colSet is a set of columns.
type colSet map[colID]bool

func (s colSet) add(cols []outColumn) {
	for _, c := range cols {
		s[c.id] = true
	}
}

func (s colSet) hasAll(o colSet) bool {
	for id := range o {
		if !s[id] {
			return false
		}
	}
	return true
}

func (s colSet) hasAny(o colSet) bool {
	for id := range o {
		if s[id] {
			return true
		}
	}
	return false
}

// columnsOf returns the columns that an expression refers to, those of subqueries inside it that come from outside included.
func columnsOf(list ...expr) colSet {
	used, defined := colSet{}, colSet{}
	for _, e := range list {
		walkExpr(e, func(e expr) bool {
			switch e := e.(type) {
			case *colRef:
				used[e.id] = true
			case *subquery:
				defineAll(e.query, defined)
			}
			return true
		})
	}
	for id := range defined {
		delete(used, id)
	}
	return used
}

// defineAll adds every column that a relation or anything below it makes.
func defineAll(r rel, defined colSet) {
	defined.add(r.columns())
	if w, ok := r.(*with); ok {
		for _, c := range w.ctes {
			defined.add(c.cols)
		}
	}
	for _, e := range r.exprs() {
		walkExpr(e, func(e expr) bool {
			if s, ok := e.(*subquery); ok {
				defineAll(s.query, defined)
			}
			return true
		})
	}
	for _, in := range r.inputs() {
		defineAll(in, defined)
	}
}

// freeColumns returns the columns of outer queries that a relation refers to.
func freeColumns(r rel) colSet {
	used, defined := colSet{}, colSet{}
	walkRelExprs(r, func(e expr) bool {
		if c, ok := e.(*colRef); ok {
			used[c.id] = true
		}
		return true
	})
	defineAll(r, defined)
	for id := range defined {
		delete(used, id)
	}
	return used
}

// substitute replaces columns by expressions.
func substitute(e expr, by map[colID]expr) expr {
	if len(by) == 0 {
		return e
	}
	return mapExpr(e, func(e expr) expr {
		if c, ok := e.(*colRef); ok {
			if r, ok := by[c.id]; ok {
				return r
			}
		}
		return e
	})
}

// conjuncts splits a condition at its top-level ANDs.
func conjuncts(e expr) []expr {
	if e == nil {
		return nil
	}
	if b, ok := e.(*boolExpr); ok && b.op == opAnd {
		var list []expr
		for _, a := range b.args {
			list = append(list, conjuncts(a)...)
		}
		return list
	}
	return []expr{e}
}

// and joins conditions; none gives nil.
func and(list ...expr) expr {
	var kept []expr
	for _, e := range list {
		if e != nil {
			kept = append(kept, e)
		}
	}
	switch len(kept) {
	case 0:
		return nil
	case 1:
		return kept[0]
	}
	return &boolExpr{op: opAnd, args: kept}
}
