package planner

import (
	pg_query "github.com/pganalyze/pg_query_go/v6"

	"meshgate/catalog"
	"meshgate/pgcat"
	"meshgate/sqlerr"
)

// aExpr binds operators and what the grammar writes like them.
func (x *exprBinder) aExpr(n *pg_query.A_Expr) (expr, error) {
	name, err := operatorName(n.Name, x.at(n.Location))
	if err != nil {
		return nil, err
	}
	pos := x.at(n.Location)
	switch n.Kind {
	case pg_query.A_Expr_Kind_AEXPR_OP:
		return x.operator(n, name)
	case pg_query.A_Expr_Kind_AEXPR_OP_ANY, pg_query.A_Expr_Kind_AEXPR_OP_ALL:
		return x.arrayOperator(n, name)
	case pg_query.A_Expr_Kind_AEXPR_DISTINCT, pg_query.A_Expr_Kind_AEXPR_NOT_DISTINCT:
		return x.distinctFrom(n)
	case pg_query.A_Expr_Kind_AEXPR_NULLIF:
		return x.nullIf(n)
	case pg_query.A_Expr_Kind_AEXPR_IN:
		return x.in(n, name)
	case pg_query.A_Expr_Kind_AEXPR_LIKE, pg_query.A_Expr_Kind_AEXPR_ILIKE, pg_query.A_Expr_Kind_AEXPR_SIMILAR:
		l, r, err := x.pair(n.Lexpr, n.Rexpr)
		if err != nil {
			return nil, err
		}
		return x.b.operatorCall(name, l, r, pos)
	case pg_query.A_Expr_Kind_AEXPR_BETWEEN, pg_query.A_Expr_Kind_AEXPR_NOT_BETWEEN, pg_query.A_Expr_Kind_AEXPR_BETWEEN_SYM,
		pg_query.A_Expr_Kind_AEXPR_NOT_BETWEEN_SYM:
		return x.between(n)
	}
	return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "this kind of expression is not supported").At(pos)
}

// operatorName reads name or OPERATOR(pg_catalog.name).
func operatorName(nodes []*pg_query.Node, pos int) (string, error) {
	names := stringList(nodes)
	if len(names) == 2 && names[0] != "pg_catalog" {
		return "", sqlerr.Newf(sqlerr.UndefinedFunction, "operator does not exist: %s.%s", names[0], names[1]).At(pos)
	}
	return names[len(names)-1], nil
}

func (x *exprBinder) pair(l, r *pg_query.Node) (expr, expr, error) {
	left, err := x.bind(l)
	if err != nil {
		return nil, nil, err
	}
	right, err := x.bind(r)
	return left, right, err
}

func (x *exprBinder) operator(n *pg_query.A_Expr, name string) (expr, error) {
	pos := x.at(n.Location)
	if n.Lexpr == nil {
		right, err := x.bind(n.Rexpr)
		if err != nil {
			return nil, err
		}
		return x.b.prefixCall(name, right, pos)
	}
	// A row against a subquery of several columns: ROW(…) = (SELECT a, b …).
	if sub := n.Rexpr.GetSubLink(); sub != nil && sub.SubLinkType == pg_query.SubLinkType_EXPR_SUBLINK && n.Lexpr.GetRowExpr() != nil {
		return x.rowSubquery(n.Lexpr, sub, name, pos)
	}
	left, right, err := x.pair(n.Lexpr, n.Rexpr)
	if err != nil {
		return nil, err
	}
	return x.b.operatorCall(name, left, right, pos)
}

// prefixCall makes a prefix operator's call; -literal is a negative literal.
func (b *binder) prefixCall(name string, right expr, pos int) (expr, error) {
	if name == "+" || name == "-" {
		if k, ok := right.(*constant); ok && k.value != nil {
			if folded, ok := negateLiteral(name, k, pos); ok {
				return folded, nil
			}
		}
	}
	op, err := b.findPrefixOperator(name, right.typ().OID, pos)
	if err != nil {
		return nil, err
	}
	return b.makeOperator(op, []expr{right}, pos)
}

// operatorCall makes a binary operator's call on two expressions of any types.
func (b *binder) operatorCall(name string, left, right expr, pos int) (expr, error) {
	lr, lok := left.(*rowExpr)
	rr, rok := right.(*rowExpr)
	if lok && rok && lr.item == nil && rr.item == nil {
		return b.rowComparison(name, lr.fields, rr.fields, pos)
	}
	if isRow(left) && isRow(right) {
		return b.compareRows(name, left, right, pos)
	}
	if isRow(left) || isRow(right) {
		if left.typ().OID != pgcat.Unknown && right.typ().OID != pgcat.Unknown {
			return nil, sqlerr.Newf(sqlerr.UndefinedFunction, "operator does not exist: %s %s %s", left.typ(), name, right.typ()).
				WithHint("No operator matches the given name and argument types. You might need to add explicit type casts.").At(pos)
		}
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "comparing a row with something else is not supported").At(pos)
	}
	op, err := b.findOperator(name, left.typ().OID, right.typ().OID, pos)
	if err != nil {
		return nil, err
	}
	return b.makeOperator(op, []expr{left, right}, pos)
}

func (b *binder) makeOperator(op *pgcat.Operator, args []expr, pos int) (expr, error) {
	declared := []pgcat.OID{op.Left, op.Right}
	if op.Left == 0 {
		declared = declared[1:]
	}
	ret, err := generic(args, declared, op.Result)
	if err != nil {
		return nil, sqlerr.From(err).At(pos)
	}
	out := make([]expr, len(args))
	for i, a := range args {
		if out[i], err = b.coerceType(a, declared[i], implicitly, pos); err != nil {
			return nil, err
		}
	}
	proc := pgcat.ProcByOID(op.Code)
	if proc == nil {
		return nil, sqlerr.Newf(sqlerr.UndefinedFunction, "operator is only a shell: %s", op.Name).At(pos)
	}
	if proc.RetSet {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "operators that return sets are not supported").At(pos)
	}
	return &call{proc: proc, op: op.Name, args: out, t: catalog.TypeOf(ret), pos: pos}, nil
}

func negateLiteral(name string, k *constant, pos int) (expr, bool) {
	if name == "+" {
		return k, k.t.OID != pgcat.Unknown
	}
	switch v := k.value.(type) {
	case int64:
		// 2147483648 is a bigint, and so is its negation, as in PostgreSQL.
		return &constant{value: -v, t: k.t, pos: pos}, v != -1<<63 && !(k.t.OID == pgcat.Int4 && v == -1<<31)
	case float64:
		return &constant{value: -v, t: k.t, pos: pos}, true
	}
	if n, ok := k.value.(interface{ IsFinite() bool }); ok && n.IsFinite() {
		return &constant{value: negNumeric(k.value), t: k.t, pos: pos}, true
	}
	return nil, false
}

// rowComparison compares two rows field by field: = and <> by their parts, the others by the first parts that differ.
func (b *binder) rowComparison(name string, left, right []expr, pos int) (expr, error) {
	if len(left) != len(right) {
		return nil, sqlerr.Newf(sqlerr.SyntaxError, "unequal number of entries in row expressions").At(pos)
	}
	if len(left) == 0 {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "cannot compare rows of zero length").At(pos)
	}
	switch name {
	case "=", "<>":
		var parts []expr
		for i := range left {
			p, err := b.operatorCall(name, left[i], right[i], pos)
			if err != nil {
				return nil, err
			}
			parts = append(parts, p)
		}
		if name == "<>" {
			return or(parts...), nil
		}
		return and(parts...), nil
	case "<", "<=", ">", ">=":
		return b.rowOrder(name, left, right, pos)
	}
	return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "could not determine interpretation of row comparison operator %s", name).At(pos)
}

// rowOrder is a < b OR (a = b AND rest), with the given operator on the last pair.
func (b *binder) rowOrder(name string, left, right []expr, pos int) (expr, error) {
	last, err := b.operatorCall(name, left[0], right[0], pos)
	if err != nil || len(left) == 1 {
		return last, err
	}
	strict, err := b.operatorCall(name[:1], left[0], right[0], pos)
	if err != nil {
		return nil, err
	}
	equal, err := b.operatorCall("=", left[0], right[0], pos)
	if err != nil {
		return nil, err
	}
	rest, err := b.rowOrder(name, left[1:], right[1:], pos)
	if err != nil {
		return nil, err
	}
	// CASE rather than OR: an unequal first pair decides even when a later pair is NULL.
	return &caseExpr{
		whens: []when{{cond: equal, then: rest}}, elseExpr: strict, t: boolType,
	}, nil
}

func or(list ...expr) expr {
	if len(list) == 1 {
		return list[0]
	}
	return &boolExpr{op: opOr, args: list}
}

func not(e expr) expr { return &boolExpr{op: opNot, args: []expr{e}} }

func (x *exprBinder) distinctFrom(n *pg_query.A_Expr) (expr, error) {
	pos := x.at(n.Location)
	isNot := n.Kind == pg_query.A_Expr_Kind_AEXPR_NOT_DISTINCT
	left, right, err := x.pair(n.Lexpr, n.Rexpr)
	if err != nil {
		return nil, err
	}
	if _, literal := right.(*constant); !isRow(left) || !isRow(right) && !literal {
		return x.b.distinctTest(left, right, isNot, pos)
	}
	differ, err := x.b.rowsDiffer(left, right, pos)
	if err != nil || !isNot {
		return differ, err
	}
	return not(differ), nil
}

func (b *binder) distinctTest(left, right expr, isNot bool, pos int) (expr, error) {
	eq, err := b.operatorCall("=", left, right, pos)
	if err != nil {
		return nil, err
	}
	c, ok := eq.(*call)
	if !ok {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "comparing rows here is not supported").At(pos)
	}
	op, err := b.findOperator("=", c.args[0].typ().OID, c.args[1].typ().OID, pos)
	if err != nil {
		return nil, err
	}
	return &distinctTest{left: c.args[0], right: c.args[1], eq: op, not: isNot}, nil
}

func (x *exprBinder) nullIf(n *pg_query.A_Expr) (expr, error) {
	pos := x.at(n.Location)
	left, right, err := x.pair(n.Lexpr, n.Rexpr)
	if err != nil {
		return nil, err
	}
	if isRow(left) && isRow(right) {
		equal, err := x.b.compareRows("=", left, right, pos)
		if err != nil {
			return nil, err
		}
		row, err := x.b.settleRow(left)
		return &caseExpr{whens: []when{{cond: equal, then: &constant{t: catalog.TypeOf(pgcat.Record)}}}, elseExpr: row, t: row.typ()}, err
	}
	eq, err := x.b.operatorCall("=", left, right, pos)
	if err != nil {
		return nil, err
	}
	c, ok := eq.(*call)
	if !ok {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "NULLIF of rows is not supported").At(pos)
	}
	op, err := x.b.findOperator("=", c.args[0].typ().OID, c.args[1].typ().OID, pos)
	if err != nil {
		return nil, err
	}
	// The result has the type that the comparison gave the left side.
	return &nullIf{left: c.args[0], right: c.args[1], result: c.args[0], eq: op}, nil
}

// in binds x IN (list): one common type where the right sides have one, else an OR of comparisons.
func (x *exprBinder) in(n *pg_query.A_Expr, name string) (expr, error) {
	pos := x.at(n.Location)
	left, err := x.bind(n.Lexpr)
	if err != nil {
		return nil, err
	}
	items, err := x.list(n.Rexpr.GetList().GetItems())
	if err != nil {
		return nil, err
	}
	negated := name == "<>"
	if isRow(left) {
		return x.b.inRows(left, items, negated, pos)
	}
	list, err := x.b.inList(left, items, name, negated, pos)
	if err != nil {
		return nil, err
	}
	return list, nil
}

func (b *binder) inRows(left expr, items []expr, negated bool, pos int) (expr, error) {
	var parts []expr
	for _, item := range items {
		p, err := b.operatorCall("=", left, item, pos)
		if err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	if negated {
		return not(or(parts...)), nil
	}
	return or(parts...), nil
}

// inList makes left op ANY (items), or ALL for NOT IN, when one operator serves all items.
func (b *binder) inList(left expr, items []expr, name string, all bool, pos int) (expr, error) {
	plain, variable := splitVariables(items)
	if len(plain) > 1 {
		if oid, err := commonType(append([]expr{left}, plain...), "IN", pos); err == nil && arrayOf(oid) != 0 {
			e, err := b.inListOf(left, plain, oid, name, all, pos)
			if err != nil {
				return nil, err
			}
			return b.combineIn(e, left, variable, name, all, pos)
		}
	}
	return b.combineIn(nil, left, items, name, all, pos)
}

// splitVariables tells list items without columns, which PostgreSQL gathers in an array, from the others.
func splitVariables(items []expr) (plain, variable []expr) {
	for _, it := range items {
		if len(columnsOf(it)) > 0 {
			variable = append(variable, it)
		} else {
			plain = append(plain, it)
		}
	}
	return plain, variable
}

func (b *binder) inListOf(left expr, items []expr, oid pgcat.OID, name string, all bool, pos int) (expr, error) {
	e := &inList{all: all, t: boolType}
	for _, it := range items {
		c, err := b.coerceCommon(it, oid, "IN", pos)
		if err != nil {
			return nil, err
		}
		e.items = append(e.items, c)
	}
	op, err := b.findOperator(name, left.typ().OID, oid, pos)
	if err != nil {
		return nil, err
	}
	pair, err := b.makeOperator(op, []expr{left, e.items[0]}, pos)
	if err != nil {
		return nil, err
	}
	c := pair.(*call)
	e.left, e.op = c.args[0], op
	for i, it := range e.items {
		if e.items[i], err = b.coerceType(it, c.args[1].typ().OID, implicitly, pos); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// combineIn adds single comparisons to what is there already.
func (b *binder) combineIn(have, left expr, items []expr, name string, all bool, pos int) (expr, error) {
	var parts []expr
	if have != nil {
		parts = append(parts, have)
	}
	for _, it := range items {
		p, err := b.operatorCall(name, left, it, pos)
		if err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	if all {
		return and(parts...), nil
	}
	return or(parts...), nil
}

// between expands x BETWEEN a AND b.
func (x *exprBinder) between(n *pg_query.A_Expr) (expr, error) {
	pos := x.at(n.Location)
	left, err := x.bind(n.Lexpr)
	if err != nil {
		return nil, err
	}
	bounds, err := x.list(n.Rexpr.GetList().GetItems())
	if err != nil {
		return nil, err
	}
	span := func(lo, hi expr, lop, hop string) (expr, expr, error) {
		l, err := x.b.operatorCall(lop, left, lo, pos)
		if err != nil {
			return nil, nil, err
		}
		h, err := x.b.operatorCall(hop, left, hi, pos)
		return l, h, err
	}
	negated := n.Kind == pg_query.A_Expr_Kind_AEXPR_NOT_BETWEEN || n.Kind == pg_query.A_Expr_Kind_AEXPR_NOT_BETWEEN_SYM
	lop, hop := ">=", "<="
	if negated {
		lop, hop = "<", ">"
	}
	l, h, err := span(bounds[0], bounds[1], lop, hop)
	if err != nil {
		return nil, err
	}
	join := func(a, c expr) expr {
		if negated {
			return or(a, c)
		}
		return and(a, c)
	}
	first := join(l, h)
	if n.Kind == pg_query.A_Expr_Kind_AEXPR_BETWEEN || n.Kind == pg_query.A_Expr_Kind_AEXPR_NOT_BETWEEN {
		return first, nil
	}
	if l, h, err = span(bounds[1], bounds[0], lop, hop); err != nil {
		return nil, err
	}
	if negated {
		return and(first, join(l, h)), nil
	}
	return or(first, join(l, h)), nil
}

// arrayOperator binds x op ANY (array) and ALL.
func (x *exprBinder) arrayOperator(n *pg_query.A_Expr, name string) (expr, error) {
	pos := x.at(n.Location)
	all := n.Kind == pg_query.A_Expr_Kind_AEXPR_OP_ALL
	left, right, err := x.pair(n.Lexpr, n.Rexpr)
	if err != nil {
		return nil, err
	}
	if list, ok := right.(*arrayExpr); ok && len(list.elems) > 0 {
		return x.b.inListOf(left, list.elems, elementType(list.t.OID), name, all, pos)
	}
	if right.typ().OID == pgcat.Unknown {
		// The array's type follows from the left side.
		elem := left.typ().OID
		if elem == pgcat.Unknown {
			elem = pgcat.Text
		}
		if right, err = x.b.coerceUnknown(right, arrayOf(elem), pos); err != nil {
			return nil, err
		}
	}
	elem := elementType(right.typ().OID)
	if elem == 0 {
		return nil, sqlerr.Newf(sqlerr.WrongObjectType, "op ANY/ALL (array) requires array on right side").At(pos)
	}
	op, err := x.b.findOperator(name, left.typ().OID, elem, pos)
	if err != nil {
		return nil, err
	}
	if op.Result != pgcat.Bool {
		return nil, sqlerr.Newf(sqlerr.WrongObjectType, "op ANY/ALL (array) requires operator to yield boolean").At(pos)
	}
	sample := &constant{t: catalog.TypeOf(elem)}
	pair, err := x.b.makeOperator(op, []expr{left, sample}, pos)
	if err != nil {
		return nil, err
	}
	c := pair.(*call)
	if want := c.args[1].typ().OID; want != elem {
		if right, err = x.b.coerceType(right, arrayOf(want), implicitly, pos); err != nil {
			return nil, err
		}
	}
	return &arrayTest{left: c.args[0], array: right, op: op, all: all}, nil
}
