package planner

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"meshgate/catalog"
	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

// exprContext is the clause that an expression stands in; it decides what may occur in it.
type exprContext int

const (
	inFrom exprContext = iota // a subquery in FROM
	inSelect
	inWhere
	inHaving
	inOrderBy
	inGroupBy
	inDistinctOn
	inJoin
	inValues
	inLimit
	inOffset
	inWindow
	inFromFunction
	inAggregate // inside an aggregate's arguments
	inFilter
	inPolicy  // a row filter or a mask: no subqueries, no sets, no aggregates
	inExecute // a value of EXECUTE: the same
)

func (c exprContext) String() string {
	return [...]string{
		"FROM clause of their own query level", "SELECT", "WHERE", "HAVING", "ORDER BY", "GROUP BY", "DISTINCT ON", "JOIN conditions", "VALUES", "LIMIT", "OFFSET", "window definitions",
		"functions in FROM", "aggregate function calls", "FILTER", "policies", "EXECUTE parameters",
	}[c]
}

// exprBinder binds one expression: what may occur depends on where it stands.
type exprBinder struct {
	b       *binder
	s       *scope
	where   exprContext
	windows []*pg_query.Node
	depth   int
}

// maxDepth bounds recursion over the parse tree; the parser refuses deeper statements first.
const maxDepth = 6000

func (b *binder) expression(s *scope, n *pg_query.Node, where exprContext) (expr, error) {
	return b.expressionIn(s, n, where, nil)
}

func (b *binder) expressionIn(s *scope, n *pg_query.Node, where exprContext, windows []*pg_query.Node) (expr, error) {
	x := &exprBinder{b: b, s: s, where: where, windows: windows}
	return x.bind(n)
}

func (x *exprBinder) within(where exprContext) *exprBinder {
	c := *x
	c.where = where
	return &c
}

func (x *exprBinder) at(location int32) int { return x.b.at(location) }

func (x *exprBinder) bind(n *pg_query.Node) (expr, error) {
	if x.depth++; x.depth > maxDepth {
		return nil, sqlerr.Newf(sqlerr.StatementTooComplex, "stack depth limit exceeded")
	}
	defer func() { x.depth-- }()
	switch v := n.GetNode().(type) {
	case *pg_query.Node_ColumnRef:
		if x.where == inPolicy && len(v.ColumnRef.Fields) > 1 {
			return nil, sqlerr.Newf(sqlerr.SyntaxError, "a policy names columns of its own product only").At(x.at(v.ColumnRef.Location))
		}
		return x.b.columnRef(x.s, v.ColumnRef)
	case *pg_query.Node_AConst:
		return x.literal(v.AConst)
	case *pg_query.Node_ParamRef:
		if x.where == inPolicy {
			return x.policyParam(v.ParamRef)
		}
		return x.b.paramRef(v.ParamRef)
	case *pg_query.Node_AExpr:
		return x.aExpr(v.AExpr)
	case *pg_query.Node_BoolExpr:
		return x.boolExpr(v.BoolExpr)
	case *pg_query.Node_FuncCall:
		return x.funcCall(v.FuncCall)
	case *pg_query.Node_TypeCast:
		return x.typeCast(v.TypeCast)
	case *pg_query.Node_CaseExpr:
		return x.caseExpr(v.CaseExpr)
	case *pg_query.Node_NullTest:
		return x.nullTest(v.NullTest)
	case *pg_query.Node_BooleanTest:
		return x.booleanTest(v.BooleanTest)
	case *pg_query.Node_SubLink:
		return x.subLink(v.SubLink)
	case *pg_query.Node_CoalesceExpr:
		return x.coalesce(v.CoalesceExpr)
	case *pg_query.Node_MinMaxExpr:
		return x.minMax(v.MinMaxExpr)
	case *pg_query.Node_AArrayExpr:
		return x.arrayExpr(v.AArrayExpr, 0)
	case *pg_query.Node_RowExpr:
		return x.rowExpr(v.RowExpr)
	case *pg_query.Node_AIndirection:
		return x.indirection(v.AIndirection)
	case *pg_query.Node_SqlvalueFunction:
		return x.sqlValue(v.SqlvalueFunction)
	case *pg_query.Node_CollateClause:
		return x.collate(v.CollateClause)
	case *pg_query.Node_GroupingFunc:
		return x.groupingFunc(v.GroupingFunc)
	case *pg_query.Node_SetToDefault:
		return nil, sqlerr.Newf(sqlerr.SyntaxError, "DEFAULT is not allowed in this context").At(x.at(v.SetToDefault.Location))
	}
	return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "this kind of expression is not supported").At(x.b.nodeAt(n))
}

func (x *exprBinder) policyParam(n *pg_query.ParamRef) (expr, error) {
	if n.Number < 1 || int(n.Number) > len(x.b.policyArgs) {
		return nil, sqlerr.Newf(sqlerr.UndefinedParameter, "there is no parameter $%d", n.Number).At(x.at(n.Location))
	}
	return x.b.policyArgs[n.Number-1], nil
}

func (x *exprBinder) list(nodes []*pg_query.Node) ([]expr, error) {
	out := make([]expr, len(nodes))
	for i, n := range nodes {
		var err error
		if out[i], err = x.bind(n); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// literal types a constant: integers by their size, decimals as numeric, quoted text as unknown.
func (x *exprBinder) literal(c *pg_query.A_Const) (expr, error) {
	pos := x.at(c.Location)
	if err := x.b.checkNumber(c, pos); err != nil {
		return nil, err
	}
	if c.Isnull {
		return &constant{t: unknownType, pos: pos}, nil
	}
	switch v := c.Val.(type) {
	case *pg_query.A_Const_Ival:
		return &constant{value: int64(v.Ival.Ival), t: catalog.TypeOf(pgcat.Int4), pos: pos}, nil
	case *pg_query.A_Const_Boolval:
		return &constant{value: v.Boolval.Boolval, t: boolType, pos: pos}, nil
	case *pg_query.A_Const_Sval:
		return &constant{value: v.Sval.Sval, t: unknownType, pos: pos}, nil
	case *pg_query.A_Const_Fval:
		return numberLiteral(v.Fval.Fval, pos)
	case *pg_query.A_Const_Bsval:
		bits, err := pgvalue.Parse(pgcat.VarBit, -1, v.Bsval.Bsval, x.b.in.Format)
		if err != nil {
			return nil, sqlerr.From(err).At(pos)
		}
		return &constant{value: bits, t: catalog.TypeOf(pgcat.Bit), pos: pos}, nil
	}
	return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "this kind of constant is not supported").At(pos)
}

// laterNumber matches forms of numbers that PostgreSQL has since version 16.
var laterNumber = regexp.MustCompile(`^(?:0[xXoObB][0-9a-fA-F_]+|[0-9.]+_[0-9_.eE]+)`)

// checkNumber refuses a number that the parser can read and PostgreSQL 15 cannot.
func (b *binder) checkNumber(c *pg_query.A_Const, pos int) error {
	if c.GetIval() == nil && c.GetFval() == nil || c.Location < 0 || int(c.Location) >= len(b.sql) {
		return nil
	}
	if text := laterNumber.FindString(b.sql[c.Location:]); text != "" {
		return sqlerr.Newf(sqlerr.SyntaxError, "trailing junk after numeric literal at or near %q", text).At(pos)
	}
	return nil
}

func numberLiteral(text string, pos int) (expr, error) {
	if v, err := strconv.ParseInt(text, 0, 64); err == nil && !strings.ContainsAny(text, ".eE_") {
		if v >= math.MinInt32 && v <= math.MaxInt32 {
			return &constant{value: v, t: catalog.TypeOf(pgcat.Int4), pos: pos}, nil
		}
		return &constant{value: v, t: catalog.TypeOf(pgcat.Int8), pos: pos}, nil
	}
	n, err := pgvalue.ParseNumeric(text)
	if err != nil {
		return nil, sqlerr.From(err).At(pos)
	}
	return &constant{value: n, t: catalog.TypeOf(pgcat.Numeric), pos: pos}, nil
}

func (x *exprBinder) boolExpr(n *pg_query.BoolExpr) (expr, error) {
	op := map[pg_query.BoolExprType]boolOp{
		pg_query.BoolExprType_AND_EXPR: opAnd, pg_query.BoolExprType_OR_EXPR: opOr, pg_query.BoolExprType_NOT_EXPR: opNot,
	}[n.Boolop]
	name := [...]string{"AND", "OR", "NOT"}[op]
	e := &boolExpr{op: op}
	for _, a := range n.Args {
		arg, err := x.bind(a)
		if err != nil {
			return nil, err
		}
		if arg, err = x.b.coerceBool(arg, name, x.b.nodeAt(a)); err != nil {
			return nil, err
		}
		e.args = append(e.args, arg)
	}
	return e, nil
}

func (x *exprBinder) caseExpr(n *pg_query.CaseExpr) (expr, error) {
	var subject expr
	var err error
	if n.Arg != nil {
		if subject, err = x.bind(n.Arg); err != nil {
			return nil, err
		}
		if subject, err = x.b.resolveUnknown(subject); err != nil {
			return nil, err
		}
	}
	e := &caseExpr{}
	var results []expr
	for _, w := range n.Args {
		cw := w.GetCaseWhen()
		cond, err := x.bind(cw.Expr)
		if err != nil {
			return nil, err
		}
		if subject != nil {
			if cond, err = x.b.operatorCall("=", subject, cond, x.b.nodeAt(cw.Expr)); err != nil {
				return nil, err
			}
		}
		if cond, err = x.b.coerceBool(cond, "CASE/WHEN", x.b.nodeAt(cw.Expr)); err != nil {
			return nil, err
		}
		then, err := x.bind(cw.Result)
		if err != nil {
			return nil, err
		}
		e.whens = append(e.whens, when{cond: cond, then: then})
		results = append(results, then)
	}
	e.elseExpr = &constant{t: unknownType}
	if n.Defresult != nil {
		if e.elseExpr, err = x.bind(n.Defresult); err != nil {
			return nil, err
		}
	}
	// PostgreSQL looks at ELSE first when it chooses the type.
	all, t, err := x.b.unify(append([]expr{e.elseExpr}, results...), "CASE", x.at(n.Location))
	if err != nil {
		return nil, err
	}
	e.elseExpr, e.t = all[0], t
	for i := range e.whens {
		e.whens[i].then = all[i+1]
	}
	return e, x.noSets(e, "CASE", x.at(n.Location))
}

func (x *exprBinder) nullTest(n *pg_query.NullTest) (expr, error) {
	arg, err := x.bind(n.Arg)
	if err != nil {
		return nil, err
	}
	not := n.Nulltesttype == pg_query.NullTestType_IS_NOT_NULL
	if isRow(arg) {
		// A row IS NULL when all fields are, and IS NOT NULL when none is: the two are no opposites.
		var tests []expr
		fields, _, _ := x.b.rowFields(arg)
		for _, f := range fields {
			if f, err = x.b.settleRow(f); err != nil {
				return nil, err
			}
			tests = append(tests, &nullTest{arg: f, not: not})
		}
		if len(tests) == 0 {
			return &constant{value: !not, t: boolType}, nil
		}
		return and(tests...), nil
	}
	if !isParam(arg) { // nothing says its type
		if arg, err = x.b.resolveUnknown(arg); err != nil {
			return nil, err
		}
	}
	return &nullTest{arg: arg, not: not}, nil
}

func (x *exprBinder) booleanTest(n *pg_query.BooleanTest) (expr, error) {
	arg, err := x.bind(n.Arg)
	if err != nil {
		return nil, err
	}
	tests := map[pg_query.BoolTestType]struct {
		is   truth
		not  bool
		name string
	}{
		pg_query.BoolTestType_IS_TRUE: {isTrue, false, "IS TRUE"}, pg_query.BoolTestType_IS_NOT_TRUE: {isTrue, true, "IS NOT TRUE"},
		pg_query.BoolTestType_IS_FALSE: {isFalse, false, "IS FALSE"}, pg_query.BoolTestType_IS_NOT_FALSE: {isFalse, true, "IS NOT FALSE"},
		pg_query.BoolTestType_IS_UNKNOWN: {isUnknown, false, "IS UNKNOWN"}, pg_query.BoolTestType_IS_NOT_UNKNOWN: {isUnknown, true, "IS NOT UNKNOWN"},
	}
	test := tests[n.Booltesttype]
	if arg, err = x.b.coerceBool(arg, test.name, x.b.nodeAt(n.Arg)); err != nil {
		return nil, err
	}
	return &boolTest{arg: arg, is: test.is, not: test.not}, nil
}

func (x *exprBinder) coalesce(n *pg_query.CoalesceExpr) (expr, error) {
	args, err := x.list(n.Args)
	if err != nil {
		return nil, err
	}
	args, t, err := x.b.unify(args, "COALESCE", x.at(n.Location))
	if err != nil {
		return nil, err
	}
	e := &coalesce{args: args, t: t}
	return e, x.noSets(e, "COALESCE", x.at(n.Location))
}

// noSets refuses set-returning functions where not every argument is evaluated.
func (x *exprBinder) noSets(e expr, name string, pos int) error {
	sets := innermostSets(e)
	if len(sets) == 0 {
		return nil
	}
	return sqlerr.Newf(sqlerr.FeatureNotSupported, "set-returning functions are not allowed in %s", name).
		WithHint("You might be able to move the set-returning function into a LATERAL FROM item.").At(sets[0].pos).At(pos)
}

func (x *exprBinder) minMax(n *pg_query.MinMaxExpr) (expr, error) {
	args, err := x.list(n.Args)
	if err != nil {
		return nil, err
	}
	least := n.Op == pg_query.MinMaxOp_IS_LEAST
	name := "GREATEST"
	if least {
		name = "LEAST"
	}
	args, t, err := x.b.unify(args, name, x.at(n.Location))
	if err != nil {
		return nil, err
	}
	if !orderable(t.OID) {
		return nil, sqlerr.Newf(sqlerr.UndefinedFunction, "could not identify a comparison function for type %s", t).At(x.at(n.Location))
	}
	return &minMax{args: args, least: least, t: t}, nil
}

// arrayExpr binds ARRAY[…]; want is the array type that a cast around it asks for, or 0.
func (x *exprBinder) arrayExpr(n *pg_query.A_ArrayExpr, want pgcat.OID) (expr, error) {
	pos := x.at(n.Location)
	var elems []expr
	nested := false
	for _, item := range n.Elements {
		var e expr
		var err error
		if sub := item.GetAArrayExpr(); sub != nil {
			nested = true
			e, err = x.arrayExpr(sub, want)
		} else {
			e, err = x.bind(item)
		}
		if err != nil {
			return nil, err
		}
		elems = append(elems, e)
	}
	if nested {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "meshgate has arrays of one dimension only").At(pos)
	}
	if want != 0 {
		elem := elementType(want)
		for i, e := range elems {
			c, err := x.b.coerce(e, catalog.TypeOf(elem), explicitly, x.b.nodeAt(n.Elements[i]))
			if err != nil {
				return nil, err
			}
			elems[i] = c
		}
		return &arrayExpr{elems: elems, t: catalog.TypeOf(want)}, nil
	}
	if len(elems) == 0 {
		return nil, sqlerr.Newf(sqlerr.IndeterminateDatatype, "cannot determine type of empty array").
			WithHint("Explicitly cast to the desired type, for example ARRAY[]::integer[].").At(pos)
	}
	elems, t, err := x.b.unify(elems, "ARRAY", pos)
	if err != nil {
		return nil, err
	}
	if elementType(t.OID) != 0 {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "meshgate has arrays of one dimension only").At(pos)
	}
	array := arrayOf(t.OID)
	if array == 0 {
		return nil, sqlerr.Newf(sqlerr.UndefinedObject, "could not find array type for data type %s", t).At(pos)
	}
	return &arrayExpr{elems: elems, t: catalog.Type{OID: array, Mod: t.Mod}}, nil
}

func (x *exprBinder) rowExpr(n *pg_query.RowExpr) (expr, error) {
	r := &rowExpr{t: catalog.TypeOf(pgcat.Record)}
	for _, a := range n.Args {
		e, err := x.bind(a)
		if err != nil {
			return nil, err
		}
		if ref := a.GetColumnRef(); ref != nil && ref.Fields[len(ref.Fields)-1].GetAStar() != nil && isRow(e) {
			fields, _, _ := x.b.rowFields(e)
			r.fields = append(r.fields, fields...)
			continue
		}
		r.fields = append(r.fields, e)
	}
	for i := range r.fields {
		r.names = append(r.names, "f"+strconv.Itoa(i+1))
	}
	return r, nil
}

func (x *exprBinder) collate(n *pg_query.CollateClause) (expr, error) {
	e, err := x.bind(n.Arg)
	if err != nil {
		return nil, err
	}
	names := stringList(n.Collname)
	name := names[len(names)-1]
	pos := x.at(n.Location)
	if category, _ := typeCategory(e.typ().OID); category != 'S' && e.typ().OID != pgcat.Unknown {
		return nil, sqlerr.Newf(sqlerr.DatatypeMismatch, "collations are not supported by type %s", e.typ()).At(pos)
	}
	switch name {
	case "C", "POSIX", "default", "ucs_basic", "C.UTF-8", "C.utf8":
		return x.b.resolveUnknown(e)
	}
	for _, row := range pgcat.Rows("pg_catalog.pg_collation").Rows {
		if row[1] == name {
			return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "collation %q is not supported: text compares by its bytes here", name).At(pos)
		}
	}
	return nil, sqlerr.Newf(sqlerr.UndefinedObject, "collation %q for encoding \"UTF8\" does not exist", name).At(pos)
}
