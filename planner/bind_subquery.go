package planner

import (
	pg_query "github.com/pganalyze/pg_query_go/v6"

	"meshgate/catalog"
	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

func negNumeric(v pgvalue.Value) pgvalue.Value { return v.(pgvalue.Numeric).Neg() }

// subLink binds EXISTS, IN, ANY, ALL, ARRAY and scalar subqueries.
func (x *exprBinder) subLink(n *pg_query.SubLink) (expr, error) {
	pos := x.at(n.Location)
	if x.where == inPolicy || x.where == inExecute {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "cannot use subquery in %s", x.where).At(pos)
	}
	q, err := x.inner(n)
	if err != nil {
		return nil, err
	}
	switch n.SubLinkType {
	case pg_query.SubLinkType_EXISTS_SUBLINK:
		r, err := x.b.settleUnknowns(q.rel)
		return &subquery{kind: subqueryExists, query: r, t: boolType}, err
	case pg_query.SubLinkType_ANY_SUBLINK, pg_query.SubLinkType_ALL_SUBLINK:
		return x.quantified(n, q.rel)
	}
	r, err := x.b.settleUnknowns(q.rel)
	if err != nil {
		return nil, err
	}
	cols := r.columns()
	if len(cols) != 1 {
		return nil, sqlerr.Newf(sqlerr.SyntaxError, "subquery must return only one column").At(pos)
	}
	if n.SubLinkType == pg_query.SubLinkType_ARRAY_SUBLINK {
		array := arrayOf(cols[0].t.OID)
		if array == 0 || elementType(cols[0].t.OID) != 0 {
			return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "meshgate has arrays of one dimension only").At(pos)
		}
		return &subquery{kind: subqueryArray, query: r, t: catalog.Type{OID: array, Mod: cols[0].t.Mod}}, nil
	}
	return &subquery{kind: subqueryScalar, query: r, t: cols[0].t}, nil
}

// inner binds the query of a subquery expression.
func (x *exprBinder) inner(n *pg_query.SubLink) (*boundQuery, error) {
	if x.s != nil {
		defer func(was exprContext) { x.s.entered = was }(x.s.entered)
		x.s.entered = x.where
	}
	return x.b.queryAt(n.Subselect.GetSelectStmt(), x.s, x.s.levelOf()+1)
}

// quantified binds x IN (SELECT …), x op ANY (SELECT …) and ALL; x may be a row.
func (x *exprBinder) quantified(n *pg_query.SubLink, r rel) (expr, error) {
	pos := x.at(n.Location)
	name := "="
	if len(n.OperName) > 0 {
		var err error
		if name, err = operatorName(n.OperName, pos); err != nil {
			return nil, err
		}
	}
	left, err := x.bind(n.Testexpr)
	if err != nil {
		return nil, err
	}
	if cols := r.columns(); len(cols) == 1 && isRow(cols[0].ref()) && isRow(left) {
		return x.b.rowsOfQuery(name, left, r, n.SubLinkType == pg_query.SubLinkType_ALL_SUBLINK, pos)
	}
	fields := []expr{left}
	if row, ok := left.(*rowExpr); ok && row.item == nil {
		fields = row.fields
	}
	cols := r.columns()
	switch {
	case len(fields) < len(cols):
		return nil, sqlerr.Newf(sqlerr.SyntaxError, "subquery has too many columns").At(pos)
	case len(fields) > len(cols):
		return nil, sqlerr.Newf(sqlerr.SyntaxError, "subquery has too few columns").At(pos)
	}
	if len(fields) > 1 && name != "=" && name != "<>" {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "row comparison %s with a subquery is not supported", name).At(pos)
	}
	kind := subqueryAny
	if n.SubLinkType == pg_query.SubLinkType_ALL_SUBLINK {
		kind = subqueryAll
	}
	s := &subquery{kind: kind, t: boolType}
	types := make([]catalog.Type, len(cols))
	for i, f := range fields {
		right := outputExpr(r, i)
		op, err := x.b.findOperator(name, f.typ().OID, right.typ().OID, pos)
		if err != nil {
			return nil, err
		}
		pair, err := x.b.makeOperator(op, []expr{f, right}, pos)
		if err != nil {
			return nil, err
		}
		c := pair.(*call)
		s.left, s.ops, types[i] = append(s.left, c.args[0]), append(s.ops, op), catalog.TypeOf(c.args[1].typ().OID)
	}
	s.query, err = x.b.retypeTo(r, types)
	return s, err
}

// retypeTo brings a query's columns to the types that operators want, keeping what already fits.
func (b *binder) retypeTo(r rel, types []catalog.Type) (rel, error) {
	return b.retype(r, types, "subquery")
}

// rowSubquery binds ROW(a, b) = (SELECT x, y …): a comparison with the one row, NULL when there is none.
func (x *exprBinder) rowSubquery(l *pg_query.Node, n *pg_query.SubLink, name string, pos int) (expr, error) {
	left, err := x.bind(l)
	if err != nil {
		return nil, err
	}
	q, err := x.inner(n)
	if err != nil {
		return nil, err
	}
	fields := left.(*rowExpr).fields
	cols := q.rel.columns()
	switch {
	case len(cols) > len(fields):
		return nil, sqlerr.Newf(sqlerr.SyntaxError, "subquery has too many columns").At(pos)
	case len(cols) < len(fields):
		return nil, sqlerr.Newf(sqlerr.SyntaxError, "subquery has too few columns").At(pos)
	}
	var right []expr
	for _, c := range cols {
		right = append(right, c.ref())
	}
	cmp, err := x.b.rowComparison(name, fields, right, pos)
	if err != nil {
		return nil, err
	}
	out := x.b.newColumn("?column?", boolType, x.s.levelOf()+1)
	return &subquery{kind: subqueryScalar, query: &project{input: q.rel, items: []projectItem{{out: out, e: cmp}}}, t: boolType}, nil
}

// indirection binds (expr).field, array[i] and array[i:j].
func (x *exprBinder) indirection(n *pg_query.A_Indirection) (expr, error) {
	e, err := x.bind(n.Arg)
	if err != nil {
		return nil, err
	}
	pos := x.b.nodeAt(n.Arg)
	for _, step := range n.Indirection {
		switch {
		case step.GetString_() != nil:
			e, err = x.field(e, step.GetString_().Sval, pos)
		case step.GetAIndices() != nil:
			e, err = x.subscript(e, step.GetAIndices(), pos)
		default:
			err = sqlerr.Newf(sqlerr.FeatureNotSupported, "row expansion via \"*\" is not supported here").At(pos)
		}
		if err != nil {
			return nil, err
		}
	}
	return e, nil
}

func (x *exprBinder) field(e expr, name string, pos int) (expr, error) {
	if isRow(e) {
		return x.b.rowField(e, name, pos)
	}
	return nil, sqlerr.Newf(sqlerr.WrongObjectType, "column notation .%s applied to type %s, which is not a composite type", name, e.typ()).At(pos)
}

func (x *exprBinder) subscript(e expr, n *pg_query.A_Indices, pos int) (expr, error) {
	if e.typ().OID == pgcat.JSONB {
		return x.jsonSubscript(e, n, pos)
	}
	elem := elementType(e.typ().OID)
	if _, again := e.(*subscript); again && elem == 0 {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "meshgate has arrays of one dimension only").At(pos)
	}
	if e.typ().OID == pgcat.Name { // an array of "char" that counts from 0
		if n.IsSlice {
			return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "slices of fixed-length arrays not implemented").At(pos)
		}
		elem = pgcat.Char
	}
	if elem == 0 {
		return nil, sqlerr.Newf(sqlerr.DatatypeMismatch, "cannot subscript type %s because it does not support subscripting", e.typ()).At(pos)
	}
	index := func(n *pg_query.Node) (expr, error) {
		if n == nil {
			return nil, nil
		}
		i, err := x.bind(n)
		if err != nil {
			return nil, err
		}
		if !canCoerce(i.typ().OID, pgcat.Int4, byAssignment) {
			return nil, sqlerr.Newf(sqlerr.DatatypeMismatch, "array subscript must have type integer").At(x.b.nodeAt(n))
		}
		return x.b.coerceType(i, pgcat.Int4, byAssignment, x.b.nodeAt(n))
	}
	s := &subscript{arg: e, slice: n.IsSlice, t: catalog.Type{OID: elem, Mod: e.typ().Mod}}
	var err error
	if !n.IsSlice {
		s.index, err = index(n.Uidx)
		return s, err
	}
	s.t = e.typ()
	if s.lower, err = index(n.Lidx); err != nil {
		return nil, err
	}
	s.upper, err = index(n.Uidx)
	return s, err
}

// jsonSubscript binds jsonb['key'] and jsonb[1] as the operator ->.
func (x *exprBinder) jsonSubscript(e expr, n *pg_query.A_Indices, pos int) (expr, error) {
	if n.IsSlice {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "jsonb subscript does not support slices").At(pos)
	}
	i, err := x.bind(n.Uidx)
	if err != nil {
		return nil, err
	}
	at := x.b.nodeAt(n.Uidx)
	switch oid := i.typ().OID; {
	case oid == pgcat.Unknown:
	case canCoerce(oid, pgcat.Int4, implicitly), canCoerce(oid, pgcat.Text, implicitly):
	default:
		return nil, sqlerr.Newf(sqlerr.DatatypeMismatch, "subscript type %s is not supported", i.typ()).
			WithHint("jsonb subscript must be coercible to either integer or text.").At(at)
	}
	if i, err = x.b.coerceType(i, pgcat.Text, explicitly, at); err != nil {
		return nil, err
	}
	return x.b.operatorCall("#>", e, &arrayExpr{elems: []expr{i}, t: catalog.TypeOf(pgcat.TextArray)}, pos)
}
