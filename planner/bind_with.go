package planner

import (
	pg_query "github.com/pganalyze/pg_query_go/v6"

	"meshgate/catalog"
	"meshgate/sqlerr"
)

// withClause binds the CTEs of a WITH clause in order; each sees those before it, under RECURSIVE also itself.
func (b *binder) withClause(s *scope, w *pg_query.WithClause) ([]*cte, error) {
	var out []*cte
	for _, n := range w.Ctes {
		c := n.GetCommonTableExpr()
		pos := b.at(c.Location)
		for _, d := range s.ctes {
			if d.name == c.Ctename {
				return nil, sqlerr.Newf(sqlerr.DuplicateAlias, "WITH query name %q specified more than once", c.Ctename).At(pos)
			}
		}
		sel := c.Ctequery.GetSelectStmt()
		if sel == nil {
			return nil, sqlerr.Newf(sqlerr.ReadOnlySQLTransaction, "cannot execute %s in a read-only transaction", writeName(c.Ctequery)).At(pos)
		}
		if c.SearchClause != nil || c.CycleClause != nil {
			return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "SEARCH and CYCLE clauses are not supported").At(pos)
		}
		b.lastCTE++
		def := &cteDef{name: c.Ctename, cte: &cte{id: b.lastCTE, name: c.Ctename}}
		switch c.Ctematerialized {
		case pg_query.CTEMaterialize_CTEMaterializeAlways:
			yes := true
			def.cte.materialized = &yes
		case pg_query.CTEMaterialize_CTEMaterializeNever:
			no := false
			def.cte.materialized = &no
		}
		var err error
		if w.Recursive && b.mentions(sel, c.Ctename) {
			var own []*cte
			own, err = b.recursiveCTE(s, def, c, sel)
			out = append(out, own...)
		} else {
			err = b.plainCTE(s, def, c, sel)
		}
		if err != nil {
			return nil, err
		}
		s.ctes = append(s.ctes, def)
		out = append(out, def.cte)
	}
	return out, nil
}

func writeName(n *pg_query.Node) string {
	switch {
	case n.GetInsertStmt() != nil:
		return "INSERT"
	case n.GetUpdateStmt() != nil:
		return "UPDATE"
	case n.GetDeleteStmt() != nil:
		return "DELETE"
	}
	return "this statement"
}

func (b *binder) plainCTE(s *scope, def *cteDef, c *pg_query.CommonTableExpr, sel *pg_query.SelectStmt) error {
	q, err := b.queryAt(sel, &scope{outer: s.outer, ctes: s.ctes, level: s.level, table: s.table}, s.level+1)
	if err != nil {
		return err
	}
	if def.cte.query, err = b.settleUnknowns(q.rel); err != nil {
		return err
	}
	return b.nameCTE(def, c)
}

// nameCTE sets the columns that references see.
func (b *binder) nameCTE(def *cteDef, c *pg_query.CommonTableExpr) error {
	names := stringList(c.Aliascolnames)
	cols := def.cte.query.columns()
	if len(names) > len(cols) {
		return sqlerr.Newf(sqlerr.InvalidColumnReference, "WITH query %q has %d columns available but %d columns specified",
			c.Ctename, len(cols), len(names)).At(b.at(c.Location))
	}
	def.cte.cols = append([]outColumn(nil), cols...)
	for i, name := range names {
		def.cte.cols[i].name = name
	}
	return nil
}

// recursiveCTE binds term UNION [ALL] recursive term. The CTEs of its own WITH clause cannot refer to it: they are returned, to be
// computed before it.
func (b *binder) recursiveCTE(s *scope, def *cteDef, c *pg_query.CommonTableExpr, sel *pg_query.SelectStmt) (own []*cte, err error) {
	pos := b.at(c.Location)
	if err := b.checkRecursion(c, sel); err != nil {
		return nil, err
	}
	outer := &scope{outer: s.outer, ctes: clip(s.ctes), level: s.level, table: s.table}
	if sel.WithClause != nil {
		if own, err = b.withClause(&scope{outer: outer, level: s.level, table: s.table}, sel.WithClause); err != nil {
			return nil, err
		}
		for _, q := range own {
			outer.ctes = append(outer.ctes, &cteDef{name: q.name, cte: q})
		}
	}
	left, err := b.queryAt(sel.Larg, outer, s.level+1)
	if err != nil {
		return nil, err
	}
	if def.cte.query, err = b.settleUnknowns(left.rel); err != nil {
		return nil, err
	}
	if err := b.nameCTE(def, c); err != nil {
		return nil, err
	}
	def.recursive, def.cte.all = true, sel.All
	inner := &scope{outer: s.outer, ctes: append(clip(outer.ctes), def), level: s.level, table: s.table}
	right, err := b.queryAt(sel.Rarg, inner, s.level+1)
	if err != nil {
		return nil, err
	}
	def.recursive = false
	def.cte.recursive, err = b.matchRecursion(def.cte, right.rel, pos)
	return own, err
}

// matchRecursion brings the recursive term to the types of the other one, which it must already have.
func (b *binder) matchRecursion(c *cte, right rel, pos int) (rel, error) {
	lc, rc := c.query.columns(), right.columns()
	if len(lc) != len(rc) {
		return nil, sqlerr.Newf(sqlerr.SyntaxError, "each UNION query must have the same number of columns").At(pos)
	}
	types := make([]catalog.Type, len(lc))
	for i := range lc {
		types[i] = lc[i].t
		oid, err := commonType([]expr{lc[i].ref(), outputExpr(right, i)}, "UNION", pos)
		if err != nil {
			return nil, err
		}
		if mod := outputExpr(right, i).typ().Mod; oid != lc[i].t.OID || lc[i].t.Mod >= 0 && mod != lc[i].t.Mod {
			return nil, sqlerr.Newf(sqlerr.DatatypeMismatch, "recursive query %q column %d has type %s in non-recursive term but type %s overall",
				c.name, i+1, lc[i].t, catalog.TypeOf(oid)).WithHint("Cast the output of the non-recursive term to the correct type.").At(exprAt(outputExpr(c.query, i)))
		}
	}
	return b.retype(right, types, "UNION")
}

// mentions reports whether a query refers to a relation by a bare name, which makes a CTE of that name recursive. Inside a WITH clause
// that has a CTE of the name, it means that one.
func (b *binder) mentions(n *pg_query.SelectStmt, name string) bool {
	found := false
	walkNodes(n, func(m any) bool {
		switch v := m.(type) {
		case *pg_query.RangeVar:
			found = found || v.Schemaname == "" && v.Relname == name
		case *pg_query.SelectStmt:
			for _, c := range v.GetWithClause().GetCtes() {
				if c.GetCommonTableExpr().Ctename == name {
					return false
				}
			}
		}
		return !found
	})
	return found
}
