package planner

import "meshgate/sqlerr"

func (g *grouper) rewriteSubquery(s *subquery) (expr, error) {
	n := *s
	n.left = make([]expr, len(s.left))
	var failed error
	for i, e := range s.left {
		if n.left[i], failed = g.rewrite(e); failed != nil {
			return nil, failed
		}
	}
	n.query = g.rewriteRel(s.query, &failed)
	return &n, failed
}

func (g *grouper) rewriteRel(r rel, failed *error) rel {
	return mapRel(r, func(r rel) rel {
		e, changed := mapExprs(r.exprs(), func(e expr) expr {
			if *failed != nil || !g.mentionsInput(e) {
				return e
			}
			out, err := g.rewriteInner(e)
			if err != nil {
				*failed = err
				return e
			}
			return out
		})
		if changed {
			return r.withExprs(e)
		}
		return r
	})
}

// rewriteInner is rewrite inside a subquery: most aggregates there belong to the subquery.
func (g *grouper) rewriteInner(e expr) (expr, error) {
	print := fingerprint(e)
	if _, plain := e.(*colRef); plain { // PostgreSQL recognises no other key here
		if k, ok := g.keyOf[print]; ok {
			return g.agg.keys[k].out.ref(), nil
		}
	}
	switch x := e.(type) {
	case *aggCall:
		if x.level == g.sb.s.level {
			return g.addAggregate(x, print)
		}
	case *groupingCall:
		if x.level == g.sb.s.level {
			return g.addGrouping(x, print)
		}
	case *colRef:
		if g.sb.b.level[x.id] == g.sb.s.level {
			return nil, sqlerr.Newf(sqlerr.GroupingError, "subquery uses ungrouped column %q from outer query", g.qualified(x)).At(x.pos)
		}
		return x, nil
	case *subquery:
		var failed error
		n := *x
		n.left = make([]expr, len(x.left))
		for i, l := range x.left {
			if n.left[i], failed = g.rewriteInner(l); failed != nil {
				return nil, failed
			}
		}
		n.query = g.rewriteRel(x.query, &failed)
		return &n, failed
	}
	children := e.children()
	if len(children) == 0 {
		return e, nil
	}
	out := make([]expr, len(children))
	for i, c := range children {
		var err error
		if out[i], err = g.rewriteInner(c); err != nil {
			return nil, err
		}
	}
	return e.withChildren(out), nil
}

// mentionsInput reports whether an expression of a subquery refers to the grouped level.
func (g *grouper) mentionsInput(e expr) bool {
	found := false
	walkExpr(e, func(e expr) bool {
		switch e := e.(type) {
		case *colRef:
			found = found || g.sb.b.level[e.id] == g.sb.s.level
		case *aggCall:
			found = found || e.level == g.sb.s.level
		case *groupingCall:
			found = found || e.level == g.sb.s.level && e.args != nil
		}
		return !found
	})
	return found
}
