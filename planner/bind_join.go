package planner

import (
	"slices"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"meshgate/catalog"
	"meshgate/pgcat"
	"meshgate/sqlerr"
)

// joinExpr binds JOIN with ON, USING or NATURAL.
func (b *binder) joinExpr(s *scope, n *pg_query.JoinExpr, left []*rangeItem) (rel, []*rangeItem, error) {
	kind := map[pg_query.JoinType]joinKind{
		pg_query.JoinType_JOIN_INNER: joinInner, pg_query.JoinType_JOIN_LEFT: joinLeft, pg_query.JoinType_JOIN_RIGHT: joinRight,
		pg_query.JoinType_JOIN_FULL: joinFull,
	}[n.Jointype]
	l, leftItems, err := b.fromItem(s, n.Larg, left)
	if err != nil {
		return nil, nil, err
	}
	visible := append(clip(left), lateralView(leftItems, kind == joinRight || kind == joinFull)...)
	r, rightItems, err := b.fromItem(s, n.Rarg, visible)
	if err != nil {
		return nil, nil, err
	}
	if err := checkAliases(leftItems, rightItems); err != nil {
		return nil, nil, err
	}
	lateral := isLateral(l, r)
	if kind == joinLeft || kind == joinFull {
		r = b.markPresent(r, rightItems, s.level)
	}
	if kind == joinRight || kind == joinFull {
		l = b.markPresent(l, leftItems, s.level)
	}
	j := &join{kind: kind, left: l, right: r, lateral: lateral}
	merged, err := b.joinCondition(s, n, j, leftItems, rightItems)
	if err != nil {
		return nil, nil, err
	}
	view := &rangeItem{hasColumns: true, cols: merged, join: true}
	items := append(leftItems, rightItems...)
	for _, it := range items {
		it.hasColumns = false
	}
	// A denied column is refused by name through the join too, so the items stay known to it.
	if n.Alias != nil {
		view.hasTable = true
		err := applyAlias(view, n.Alias, 0)
		s.enter(view, true)
		return j, []*rangeItem{view}, err
	}
	if n.JoinUsingAlias != nil {
		using := &rangeItem{hasTable: true, alias: n.JoinUsingAlias.Aliasname, cols: merged[:len(n.UsingClause)]}
		items = append(items, using)
	}
	return j, append(items, view), nil
}

// joinCondition sets the join's condition and returns the columns that the join offers: the merged ones first.
func (b *binder) joinCondition(s *scope, n *pg_query.JoinExpr, j *join, leftItems, rightItems []*rangeItem) ([]rangeColumn, error) {
	leftCols, rightCols := visibleColumns(leftItems), visibleColumns(rightItems)
	names := stringList(n.UsingClause)
	if n.IsNatural {
		for _, c := range leftCols {
			if slices.ContainsFunc(rightCols, func(r rangeColumn) bool { return r.name == c.name }) && !slices.Contains(names, c.name) {
				names = append(names, c.name)
			}
		}
	}
	if n.Quals != nil {
		inner := &scope{outer: s.outer, items: append(clip(leftItems), rightItems...), ctes: s.ctes, level: s.level, table: s.table}
		on, err := b.expression(inner, n.Quals, inJoin)
		if err != nil {
			return nil, err
		}
		if j.on, err = b.coerceBool(on, "JOIN/ON", b.nodeAt(n.Quals)); err != nil {
			return nil, err
		}
	}
	var merged []rangeColumn
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return nil, sqlerr.Newf(sqlerr.DuplicateColumn, "column name %q appears more than once in USING clause", name)
		}
		col, err := b.usingColumn(name, j, leftItems, rightItems)
		if err != nil {
			return nil, err
		}
		merged = append(merged, col)
	}
	for _, c := range append(leftCols, rightCols...) {
		if !slices.Contains(names, c.name) {
			merged = append(merged, c)
		}
	}
	return merged, nil
}

func visibleColumns(items []*rangeItem) []rangeColumn {
	var cols []rangeColumn
	for _, it := range items {
		if it.hasColumns {
			cols = append(cols, it.cols...)
		}
	}
	return cols
}

// usingColumn adds left.name = right.name to the condition and returns the merged column.
func (b *binder) usingColumn(name string, j *join, leftItems, rightItems []*rangeItem) (rangeColumn, error) {
	l, err := b.sideColumn(name, "left", leftItems)
	if err != nil {
		return rangeColumn{}, err
	}
	r, err := b.sideColumn(name, "right", rightItems)
	if err != nil {
		return rangeColumn{}, err
	}
	eq, err := b.operatorCall("=", l, r, 0)
	if err != nil {
		return rangeColumn{}, err
	}
	j.on = and(j.on, eq)
	both, t, err := b.unify([]expr{l, r}, "JOIN/USING", 0)
	if err != nil {
		return rangeColumn{}, err
	}
	if j.kind == joinRight {
		both[0], both[1] = both[1], both[0]
	}
	// Where the sides' lengths differ, the merged column has none.
	if lengths := l.typ() != r.typ() && both[0].typ().Mod >= 0; j.kind != joinFull && !lengths {
		return rangeColumn{name: name, e: both[0]}, nil
	}
	return rangeColumn{name: name, e: &coalesce{args: both, t: t}}, nil
}

func (b *binder) sideColumn(name, side string, items []*rangeItem) (expr, error) {
	var found expr
	for _, c := range visibleColumns(items) {
		if c.name != name {
			continue
		}
		if found != nil {
			return nil, sqlerr.Newf(sqlerr.AmbiguousColumn, "common column name %q appears more than once in %s table", name, side)
		}
		found = c.e
	}
	if found != nil {
		return found, nil
	}
	for _, it := range items {
		if err := b.deniedColumn(it, name, 0); err != nil {
			return nil, err
		}
	}
	return nil, sqlerr.Newf(sqlerr.UndefinedColumn, "column %q specified in USING clause does not exist in %s table", name, side)
}

// rangeFunction binds functions in FROM. They see the items before them.
func (b *binder) rangeFunction(s *scope, n *pg_query.RangeFunction, left []*rangeItem) (rel, *rangeItem, error) {
	if r := b.systemFunction(n); r != nil {
		it := &rangeItem{alias: strings.TrimSuffix(r.Name, "()"), hasTable: true, hasColumns: true}
		return b.systemRelation(r, s.level, it), it, applyAlias(it, n.Alias, 0)
	}
	inner := &scope{outer: s.outer, items: left, ctes: s.ctes, level: s.level, table: s.table}
	fs := &functionScan{ordinality: n.Ordinality}
	it := &rangeItem{hasTable: true, hasColumns: true}
	if list := n.Coldeflist; len(list) > 0 {
		if n.Ordinality {
			return nil, nil, sqlerr.Newf(sqlerr.SyntaxError, "WITH ORDINALITY cannot be used with a column definition list").
				WithHint("Put the column definition list inside ROWS FROM().")
		}
		r, err := b.recordFunction(inner, n.Functions[0].GetList().GetItems()[0], list, s.level)
		if err != nil {
			return nil, nil, err
		}
		it.alias, it.cols = figureName(n.Functions[0].GetList().GetItems()[0]), itemColumns(r.columns())
		return r, it, applyAlias(it, n.Alias, 0)
	}
	for _, f := range n.Functions {
		list := f.GetList().GetItems()
		if len(list) > 1 && len(list[1].GetList().GetItems()) > 0 {
			return nil, nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "a column definition list inside ROWS FROM is not supported")
		}
		calls, err := b.fromFunction(inner, list[0])
		if err != nil {
			return nil, nil, err
		}
		for _, c := range calls {
			if it.alias == "" {
				it.alias = figureName(list[0])
			}
			cols := c.cols
			if len(cols) == 0 {
				cols = []outColumn{{name: figureName(list[0]), t: c.t}}
				if c.name != "" {
					cols[0].name = c.name
				}
			}
			for _, col := range cols {
				fs.cols = append(fs.cols, b.newColumn(col.name, col.t, s.level))
			}
			fs.calls = append(fs.calls, c)
		}
	}
	it.scalar = len(fs.cols) == 1 && !n.Ordinality
	if n.Ordinality {
		fs.cols = append(fs.cols, b.newColumn("ordinality", catalog.TypeOf(pgcat.Int8), s.level))
	}
	if n.Alias != nil && len(fs.calls) == 1 && len(n.Alias.Colnames) == 0 && len(fs.calls[0].cols) == 0 && fs.calls[0].name == "" {
		fs.cols[0].name = n.Alias.Aliasname // an alias of a scalar function names its column too
	}
	it.cols = itemColumns(fs.cols)
	return fs, it, applyAlias(it, n.Alias, 0)
}

// systemFunction finds what a function without arguments lists that is a relation of the system catalogs here: pg_get_keywords().
func (b *binder) systemFunction(n *pg_query.RangeFunction) *SystemRelation {
	if len(n.Functions) != 1 || n.Ordinality || len(n.Coldeflist) > 0 || b.in.System == nil {
		return nil
	}
	call := n.Functions[0].GetList().GetItems()[0].GetFuncCall()
	if call == nil || len(call.Args) > 0 {
		return nil
	}
	names := stringList(call.Funcname)
	if len(names) > 2 || len(names) == 2 && names[0] != "pg_catalog" {
		return nil
	}
	r, ok := b.in.System("pg_catalog", names[len(names)-1]+"()")
	if !ok {
		return nil
	}
	return r
}

// fromFunction binds one call; unnest of several arrays is several calls side by side.
func (b *binder) fromFunction(s *scope, n *pg_query.Node) ([]*setCall, error) {
	if f := n.GetFuncCall(); f != nil && len(f.Args) > 1 {
		if names := stringList(f.Funcname); names[len(names)-1] == "unnest" {
			var calls []*setCall
			for _, a := range f.Args {
				one := &pg_query.FuncCall{Funcname: f.Funcname, Args: []*pg_query.Node{a}, Location: f.Location}
				c, err := b.fromFunction(s, &pg_query.Node{Node: &pg_query.Node_FuncCall{FuncCall: one}})
				if err != nil {
					return nil, err
				}
				calls = append(calls, c...)
			}
			return calls, nil
		}
	}
	e, err := b.expression(s, n, inFromFunction)
	if err != nil {
		return nil, err
	}
	if c, ok := e.(*setCall); ok {
		return []*setCall{c}, nil
	}
	if f := n.GetFuncCall(); f != nil && e.typ().OID == pgcat.Record && e.typ().Mod < 0 {
		return nil, sqlerr.Newf(sqlerr.SyntaxError, "a column definition list is required for functions returning \"record\"").At(b.nodeAt(n))
	}
	// An ordinary function in FROM is a set of one row.
	return []*setCall{{args: []expr{e}, t: e.typ()}}, nil
}
