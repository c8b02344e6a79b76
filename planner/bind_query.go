package planner

import (
	pg_query "github.com/pganalyze/pg_query_go/v6"

	"meshgate/catalog"
	"meshgate/pgcat"
	"meshgate/sqlerr"
)

// boundQuery is a query with the origins of its output columns.
type boundQuery struct {
	rel     rel
	origins map[colID]columnOrigin
}

func (b *binder) query(n *pg_query.SelectStmt, outer *scope) (*boundQuery, error) {
	q, err := b.queryAt(n, outer, outer.levelOf()+1)
	if err != nil {
		return nil, err
	}
	r, err := b.settleUnknowns(q.rel)
	if err != nil {
		return nil, err
	}
	return &boundQuery{rel: r, origins: b.originsOf(q, r)}, nil
}

// originsOf carries the origins of columns over to those that stand in their place.
func (b *binder) originsOf(q *boundQuery, r rel) map[colID]columnOrigin {
	before, after := q.rel.columns(), r.columns()
	out := map[colID]columnOrigin{}
	for i, c := range before {
		if o, ok := q.origins[c.id]; ok {
			out[after[i].id] = o
		}
	}
	return out
}

// queryAt binds a query at a level, with its WITH clause.
func (b *binder) queryAt(n *pg_query.SelectStmt, outer *scope, level int) (*boundQuery, error) {
	if n == nil {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "only a query can stand here")
	}
	if n.IntoClause != nil {
		return nil, sqlerr.Newf(sqlerr.ReadOnlySQLTransaction, "cannot execute SELECT INTO in a read-only transaction")
	}
	if len(n.LockingClause) > 0 {
		return nil, sqlerr.Newf(sqlerr.ReadOnlySQLTransaction, "cannot execute %s in a read-only transaction", lockName(n.LockingClause[0]))
	}
	s := &scope{outer: outer, level: level, table: &rangeTable{}}
	if outer != nil {
		s.table.outer = outer.table
	}
	var ctes []*cte
	if n.WithClause != nil {
		var err error
		if ctes, err = b.withClause(s, n.WithClause); err != nil {
			return nil, err
		}
	}
	q, err := b.queryBody(s, n)
	if err != nil {
		return nil, err
	}
	if len(ctes) > 0 {
		q.rel = &with{ctes: ctes, body: q.rel}
	}
	return q, nil
}

func lockName(n *pg_query.Node) string {
	return map[pg_query.LockClauseStrength]string{
		pg_query.LockClauseStrength_LCS_FORKEYSHARE: "SELECT FOR KEY SHARE", pg_query.LockClauseStrength_LCS_FORSHARE: "SELECT FOR SHARE",
		pg_query.LockClauseStrength_LCS_FORNOKEYUPDATE: "SELECT FOR NO KEY UPDATE", pg_query.LockClauseStrength_LCS_FORUPDATE: "SELECT FOR UPDATE",
	}[n.GetLockingClause().GetStrength()]
}

func (b *binder) queryBody(s *scope, n *pg_query.SelectStmt) (*boundQuery, error) {
	switch {
	case n.Op != pg_query.SetOperation_SETOP_NONE:
		r, err := b.setOperation(s, n)
		if err != nil {
			return nil, err
		}
		return b.orderSetOperation(s, n, r)
	case len(n.ValuesLists) > 0:
		r, err := b.valuesLists(s, n)
		if err != nil {
			return nil, err
		}
		return b.orderSetOperation(s, n, r)
	}
	return b.selectClause(s, n)
}

// valuesLists binds VALUES.
func (b *binder) valuesLists(s *scope, n *pg_query.SelectStmt) (rel, error) {
	v := &values{}
	for _, row := range n.ValuesLists {
		var bound []expr
		for _, item := range row.GetList().GetItems() {
			e, err := b.expression(s, item, inValues)
			if err != nil {
				return nil, err
			}
			bound = append(bound, e)
		}
		if len(v.rows) > 0 && len(bound) != len(v.rows[0]) {
			return nil, sqlerr.Newf(sqlerr.SyntaxError, "VALUES lists must all be the same length").At(b.nodeAt(row))
		}
		v.rows = append(v.rows, bound)
	}
	for i := range v.rows[0] {
		column := make([]expr, len(v.rows))
		for k, row := range v.rows {
			column[k] = row[i]
		}
		unified, t, err := b.unifyValues(column)
		if err != nil {
			return nil, err
		}
		for k := range v.rows {
			v.rows[k][i] = unified[k]
		}
		v.cols = append(v.cols, b.newColumn(columnN(i+1), t, s.level))
	}
	return v, nil
}

// unifyValues brings a column of VALUES to one type; a column of literals only stays unknown for the context to decide.
func (b *binder) unifyValues(column []expr) ([]expr, catalog.Type, error) {
	unknown := true
	for _, e := range column {
		unknown = unknown && e.typ().OID == pgcat.Unknown
	}
	if unknown && len(column) == 1 {
		return column, unknownType, nil
	}
	return b.unify(column, "VALUES", 0)
}

// setOperation binds UNION, INTERSECT and EXCEPT.
func (b *binder) setOperation(s *scope, n *pg_query.SelectStmt) (rel, error) {
	left, err := b.setArm(s, n.Larg)
	if err != nil {
		return nil, err
	}
	right, err := b.setArm(s, n.Rarg)
	if err != nil {
		return nil, err
	}
	kind := map[pg_query.SetOperation]setKind{
		pg_query.SetOperation_SETOP_UNION: setUnion, pg_query.SetOperation_SETOP_INTERSECT: setIntersect, pg_query.SetOperation_SETOP_EXCEPT: setExcept,
	}[n.Op]
	name := [...]string{"UNION", "INTERSECT", "EXCEPT"}[kind]
	return b.combine(s, kind, n.All, name, left, right)
}

// setArm binds one side; a side with its own ORDER BY, LIMIT or WITH is a query of its own.
func (b *binder) setArm(s *scope, n *pg_query.SelectStmt) (rel, error) {
	if n.Op != pg_query.SetOperation_SETOP_NONE && len(n.SortClause) == 0 && n.LimitCount == nil && n.LimitOffset == nil && n.WithClause == nil {
		return b.setOperation(s, n)
	}
	q, err := b.queryAt(n, &scope{outer: s.outer, ctes: s.ctes, level: s.level - 1, table: s.table}, s.level)
	if err != nil {
		return nil, err
	}
	s.enterArm(q.rel)
	return q.rel, nil
}

// combine makes a set operation whose sides have the same column types.
func (b *binder) combine(s *scope, kind setKind, all bool, name string, left, right rel) (rel, error) {
	lc, rc := left.columns(), right.columns()
	if len(lc) != len(rc) {
		err := sqlerr.Newf(sqlerr.SyntaxError, "each %s query must have the same number of columns", name)
		if len(rc) > 0 {
			err = err.At(exprAt(outputExpr(right, 0)))
		}
		return nil, err
	}
	op := &setOp{kind: kind, all: all}
	types := make([]catalog.Type, len(lc))
	for i := range lc {
		pair := []expr{outputExpr(left, i), outputExpr(right, i)}
		oid, err := commonType(pair, name, exprAt(pair[1]))
		if err != nil {
			return nil, err
		}
		types[i] = catalog.TypeOf(oid)
		if lc[i].t == rc[i].t {
			types[i] = lc[i].t
		}
		if oid == pgcat.Record {
			if e, err := b.settleRow(pair[0]); err == nil && !all && isRow(e) && !b.orderable(e.typ()) {
				return nil, sqlerr.Newf(sqlerr.UndefinedFunction, "could not identify a comparison function for type unknown")
			}
			if _, types[i], err = b.unifyRows(pair, name, exprAt(pair[1])); err != nil {
				return nil, err
			}
		}
		if types[i].OID == pgcat.Unknown {
			types[i] = textType
		}
	}
	var err error
	if op.left, err = b.retype(left, types, name); err != nil {
		return nil, err
	}
	if op.right, err = b.retype(right, types, name); err != nil {
		return nil, err
	}
	for i, c := range lc {
		op.cols = append(op.cols, b.newColumn(c.name, types[i], s.level))
	}
	return op, nil
}

// outputExpr is the expression of an output column where it is known, else the column.
func outputExpr(r rel, i int) expr {
	if p, ok := r.(*project); ok {
		return p.items[i].e
	}
	return r.columns()[i].ref()
}

// retype brings a query's columns to the given types. Literals in its SELECT list are read as those types.
func (b *binder) retype(r rel, types []catalog.Type, name string) (rel, error) {
	cols := r.columns()
	same := true
	for i, c := range cols {
		same = same && c.t.OID == types[i].OID
	}
	if same {
		return r, nil
	}
	p, isProject := r.(*project)
	items := make([]projectItem, len(cols))
	for i, c := range cols {
		e := expr(c.ref())
		if isProject {
			e = p.items[i].e
		}
		coerced, err := b.coerceCommon(e, types[i].OID, name, 0)
		if err != nil {
			return nil, err
		}
		items[i] = projectItem{out: b.newColumn(c.name, coerced.typ(), b.level[c.id]), e: coerced}
	}
	if isProject {
		return &project{input: p.input, items: items}, nil
	}
	return &project{input: r, items: items}, nil
}

// orderSetOperation applies ORDER BY, OFFSET and LIMIT to the result of a set operation or VALUES, whose columns alone they see.
func (b *binder) orderSetOperation(s *scope, n *pg_query.SelectStmt, r rel) (*boundQuery, error) {
	if n.Op == pg_query.SetOperation_SETOP_NONE && len(n.SortClause) == 0 && n.LimitCount == nil && n.LimitOffset == nil {
		return &boundQuery{rel: r}, nil
	}
	var keys []sortKey
	cols := r.columns()
	for _, item := range n.SortClause {
		sb := item.GetSortBy()
		i, err := b.outputName(cols, sb.Node, "ORDER BY")
		if err != nil {
			return nil, err
		}
		if i < 0 && n.Op == pg_query.SetOperation_SETOP_NONE {
			inner := &scope{outer: s.outer, ctes: s.ctes, level: s.level, table: s.table, items: []*rangeItem{{alias: "*VALUES*", hasTable: true, hasColumns: true, cols: itemColumns(cols)}}}
			e, err := b.expression(inner, sb.Node, inOrderBy)
			if err != nil {
				return nil, err
			}
			key, err := b.sortKey(e, sb)
			if err != nil {
				return nil, err
			}
			keys = append(keys, key)
			continue
		}
		if i < 0 {
			// Only what names columns of the result is an expression that is not supported here.
			inner := &scope{outer: s.outer, ctes: s.ctes, level: s.level, table: s.table, items: []*rangeItem{{hasColumns: true, cols: itemColumns(cols)}}}
			if _, err := b.expression(inner, sb.Node, inOrderBy); err != nil {
				return nil, err
			}
			return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "invalid UNION/INTERSECT/EXCEPT ORDER BY clause").
				WithDetail("Only result column names can be used, not expressions or functions.").
				WithHint("Add the expression/function to every SELECT, or move the UNION into a FROM clause.").At(b.nodeAt(sb.Node))
		}
		key, err := b.sortKey(cols[i].ref(), sb)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	if len(keys) > 0 {
		r = &sort{input: r, keys: keys}
	}
	r, err := b.limitClause(s, n, r, keys)
	return &boundQuery{rel: r}, err
}

// outputName finds the output column that an ORDER BY or GROUP BY item names or counts; -1 when it does neither.
func (b *binder) outputName(cols []outColumn, n *pg_query.Node, clause string) (int, error) {
	if ref := n.GetColumnRef(); ref != nil && len(ref.Fields) == 1 {
		name := stringList(ref.Fields)[0]
		found := -1
		for i, c := range cols {
			if c.name != name {
				continue
			}
			if found >= 0 {
				return 0, sqlerr.Newf(sqlerr.AmbiguousColumn, "%s %q is ambiguous", clause, name).At(b.at(ref.Location))
			}
			found = i
		}
		return found, nil
	}
	return b.ordinal(len(cols), n, clause)
}

// ordinal reads an integer constant as a column's place, from 1.
func (b *binder) ordinal(count int, n *pg_query.Node, clause string) (int, error) {
	c := n.GetAConst()
	if c == nil {
		return -1, nil
	}
	if c.GetIval() == nil {
		return 0, sqlerr.Newf(sqlerr.SyntaxError, "non-integer constant in %s", clause).At(b.at(c.Location))
	}
	i := int(c.GetIval().GetIval())
	if i < 1 || i > count {
		return 0, sqlerr.Newf(sqlerr.InvalidColumnReference, "%s position %d is not in select list", clause, i).At(b.at(c.Location))
	}
	return i - 1, nil
}

// sortKey makes a key with PostgreSQL's defaults: NULLs last when ascending, first when descending.
func (b *binder) sortKey(e expr, sb *pg_query.SortBy) (sortKey, error) {
	e, err := b.settleRow(e)
	if err != nil {
		return sortKey{}, err
	}
	k := sortKey{e: e, desc: sb.SortbyDir == pg_query.SortByDir_SORTBY_DESC}
	if sb.SortbyDir == pg_query.SortByDir_SORTBY_USING {
		switch op := stringList(sb.UseOp); op[len(op)-1] {
		case "<":
		case ">":
			k.desc = true
		default:
			return k, sqlerr.Newf(sqlerr.WrongObjectType, "operator %s is not a valid ordering operator", op[len(op)-1])
		}
	}
	switch sb.SortbyNulls {
	case pg_query.SortByNulls_SORTBY_NULLS_FIRST:
		k.nullsFirst = true
	case pg_query.SortByNulls_SORTBY_NULLS_LAST:
	default:
		k.nullsFirst = k.desc
	}
	if isRow(e) && !b.orderable(e.typ()) {
		return k, sqlerr.Newf(sqlerr.FeatureNotSupported, "ordering rows with a field of unknown type is not supported").At(b.nodeAt(sb.Node))
	}
	if !b.orderable(e.typ()) {
		return k, sqlerr.Newf(sqlerr.UndefinedFunction, "could not identify an ordering operator for type %s", catalog.TypeOf(e.typ().OID)).
			WithHint("Use an explicit ordering operator or modify the query.").At(b.nodeAt(sb.Node))
	}
	return k, nil
}

// limitClause applies OFFSET and LIMIT.
func (b *binder) limitClause(s *scope, n *pg_query.SelectStmt, r rel, keys []sortKey) (rel, error) {
	if n.LimitCount == nil && n.LimitOffset == nil {
		return r, nil
	}
	l := &limit{input: r}
	var err error
	if l.count, err = b.limitValue(s, n.LimitCount, inLimit, sqlerr.InvalidRowCountInLimit); err != nil {
		return nil, err
	}
	if l.offset, err = b.limitValue(s, n.LimitOffset, inOffset, sqlerr.InvalidRowCountInOffset); err != nil {
		return nil, err
	}
	if n.LimitOption == pg_query.LimitOption_LIMIT_OPTION_WITH_TIES {
		if len(keys) == 0 {
			return nil, sqlerr.Newf(sqlerr.SyntaxError, "WITH TIES cannot be specified without ORDER BY clause")
		}
		l.ties, l.keys = true, keys
		if l.count == nil {
			return nil, sqlerr.Newf(sqlerr.InvalidRowCountInLimit, "row count cannot be null in FETCH FIRST ... WITH TIES clause")
		}
	}
	if l.count == nil && l.offset == nil {
		return r, nil
	}
	return l, nil
}

// withoutColumns refuses columns of a query level where each row could have a value of its own (checkExprIsVarFree).
func (b *binder) withoutColumns(e expr, level int, clause string) error {
	used := columnsOf(e)
	var err error
	walkExpr(e, func(e expr) bool {
		if c, ok := e.(*colRef); ok && err == nil && used[c.id] && b.level[c.id] == level {
			err = sqlerr.Newf(sqlerr.InvalidColumnReference, "argument of %s must not contain variables", clause).At(c.pos)
		}
		return err == nil
	})
	return err
}

// limitValue binds a row count; nil means none.
func (b *binder) limitValue(s *scope, n *pg_query.Node, clause exprContext, code sqlerr.Code) (expr, error) {
	if n == nil || n.GetAConst() != nil && n.GetAConst().Isnull {
		return nil, nil
	}
	e, err := b.expression(s, n, clause)
	if err != nil {
		return nil, err
	}
	if !canCoerce(e.typ().OID, pgcat.Int8, byAssignment) {
		return nil, sqlerr.Newf(sqlerr.DatatypeMismatch, "argument of %s must be type bigint, not type %s", clause, catalog.TypeOf(e.typ().OID)).At(b.nodeAt(n))
	}
	if e, err = b.coerceType(e, pgcat.Int8, byAssignment, b.nodeAt(n)); err != nil {
		return nil, err
	}
	if err := b.withoutColumns(e, s.level, clause.String()); err != nil {
		return nil, err
	}
	if k, ok := e.(*constant); ok {
		if k.value == nil {
			return nil, nil
		}
		if k.value.(int64) < 0 {
			return nil, sqlerr.Newf(code, "%s must not be negative", clause)
		}
	}
	return e, nil
}
