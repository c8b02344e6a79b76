package planner

import (
	pg_query "github.com/pganalyze/pg_query_go/v6"

	"meshgate/sqlerr"
)

// recursionCheck finds the references of a recursive query to itself and refuses those at a place where no row can be added step by step
// (checkWellFormedRecursionWalker).
type recursionCheck struct {
	b      *binder
	name   string
	place  string   // where a reference may not be, or empty
	inner  []string // names that inner WITH clauses have taken
	refs   int
	failed error
}

// checkRecursion holds a recursive query to the form that it must have.
func (b *binder) checkRecursion(c *pg_query.CommonTableExpr, sel *pg_query.SelectStmt) error {
	if sel.Op != pg_query.SetOperation_SETOP_UNION {
		return sqlerr.Newf(sqlerr.InvalidRecursion, "recursive query %q does not have the form non-recursive-term UNION [ALL] recursive-term", c.Ctename).
			At(b.at(c.Location))
	}
	r := &recursionCheck{b: b, name: c.Ctename, place: "a subquery"}
	for _, inner := range sel.GetWithClause().GetCtes() {
		r.walk(inner.GetCommonTableExpr().Ctequery)
	}
	if r.failed != nil {
		return r.failed
	}
	for _, part := range []struct {
		name string
		node *pg_query.Node
	}{{"ORDER BY", firstNode(sel.SortClause)}, {"OFFSET", sel.LimitOffset}, {"LIMIT", sel.LimitCount}} {
		if part.node != nil {
			return sqlerr.Newf(sqlerr.FeatureNotSupported, "%s in a recursive query is not implemented", part.name).At(b.nodeAt(part.node))
		}
	}
	r.place = "its non-recursive term"
	r.query(sel.Larg)
	r.place, r.refs = "", 0
	r.query(sel.Rarg)
	return r.failed
}

func firstNode(list []*pg_query.Node) *pg_query.Node {
	if len(list) == 0 {
		return nil
	}
	if s := list[0].GetSortBy(); s != nil {
		return s.Node
	}
	return list[0]
}

func (r *recursionCheck) walk(nodes ...*pg_query.Node) {
	for _, n := range nodes {
		if n != nil {
			walkNodes(n, r.visit)
		}
	}
}

// within looks at nodes where a reference may not be, unless it is forbidden around them already.
func (r *recursionCheck) within(place string, nodes ...*pg_query.Node) {
	defer func(was string) { r.place = was }(r.place)
	if r.place == "" {
		r.place = place
	}
	r.walk(nodes...)
}

func (r *recursionCheck) visit(m any) bool {
	switch n := m.(type) {
	case *pg_query.RangeVar:
		r.reference(n)
		return false
	case *pg_query.SelectStmt:
		r.query(n)
		return false
	case *pg_query.JoinExpr:
		r.join(n)
		return false
	case *pg_query.SubLink:
		was := r.place
		r.place = "a subquery"
		r.walk(n.Subselect)
		r.place = was
		r.walk(n.Testexpr)
		return false
	}
	return r.failed == nil
}

func (r *recursionCheck) reference(n *pg_query.RangeVar) {
	if n.Schemaname != "" || n.Relname != r.name || r.failed != nil {
		return
	}
	for _, taken := range r.inner {
		if taken == r.name {
			return
		}
	}
	if r.refs++; r.place != "" {
		r.failed = sqlerr.Newf(sqlerr.InvalidRecursion, "recursive reference to query %q must not appear within %s", r.name, r.place).At(r.b.at(n.Location))
	} else if r.refs > 1 {
		r.failed = sqlerr.Newf(sqlerr.InvalidRecursion, "recursive reference to query %q must not appear more than once", r.name).At(r.b.at(n.Location))
	}
}

func (r *recursionCheck) join(n *pg_query.JoinExpr) {
	missing := func(side *pg_query.Node, may bool) {
		if may {
			r.within("an outer join", side)
		} else {
			r.walk(side)
		}
	}
	full := n.Jointype == pg_query.JoinType_JOIN_FULL
	missing(n.Larg, full || n.Jointype == pg_query.JoinType_JOIN_RIGHT)
	missing(n.Rarg, full || n.Jointype == pg_query.JoinType_JOIN_LEFT)
	r.walk(n.Quals)
}

// query looks at a query, whose WITH clause may take the name for one of its own.
func (r *recursionCheck) query(n *pg_query.SelectStmt) {
	if n == nil || r.failed != nil {
		return
	}
	defer func(names int) { r.inner = r.inner[:names] }(len(r.inner))
	w := n.GetWithClause()
	if w.GetRecursive() {
		for _, c := range w.Ctes {
			r.inner = append(r.inner, c.GetCommonTableExpr().Ctename)
		}
	}
	for _, c := range w.GetCtes() {
		r.walk(c.GetCommonTableExpr().Ctequery)
		r.inner = append(r.inner, c.GetCommonTableExpr().Ctename)
	}
	left, right := "", ""
	switch n.Op {
	case pg_query.SetOperation_SETOP_INTERSECT:
		if n.All {
			left, right = "INTERSECT", "INTERSECT"
		}
	case pg_query.SetOperation_SETOP_EXCEPT:
		if right = "EXCEPT"; n.All {
			left = "EXCEPT"
		}
	}
	r.arm(left, n.Larg)
	r.arm(right, n.Rarg)
	for _, list := range [][]*pg_query.Node{n.DistinctClause, n.TargetList, n.FromClause, {n.WhereClause}, n.GroupClause, {n.HavingClause}, n.WindowClause, n.ValuesLists, n.SortClause, {n.LimitOffset}, {n.LimitCount}} {
		r.walk(list...)
	}
}

func (r *recursionCheck) arm(place string, n *pg_query.SelectStmt) {
	defer func(was string) { r.place = was }(r.place)
	if r.place == "" {
		r.place = place
	}
	r.query(n)
}

// noRecursiveAggregates refuses aggregates beside a reference of a recursive query to itself.
func (sb *selectBuilder) noRecursiveAggregates(agg *aggregate) error {
	for _, e := range sb.s.table.entries {
		if e.cte == nil || !e.cte.recursive {
			continue
		}
		for _, a := range agg.aggs {
			if c, ok := a.e.(*aggCall); ok {
				return sqlerr.Newf(sqlerr.InvalidRecursion, "aggregate functions are not allowed in a recursive query's recursive term").At(c.pos)
			}
		}
	}
	return nil
}
