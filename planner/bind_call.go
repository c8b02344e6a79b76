package planner

import (
	"errors"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"meshgate/catalog"
	"meshgate/pgcat"
	"meshgate/sqlerr"
)

// funcCall binds functions, aggregates, window functions and casts written as functions.
func (x *exprBinder) funcCall(n *pg_query.FuncCall) (expr, error) {
	pos := x.at(n.Location)
	name, err := x.b.funcName(stringList(n.Funcname), pos)
	if err != nil {
		return nil, err
	}
	if p := extractField(n); p != nil {
		return nil, sqlerr.Newf(sqlerr.SyntaxError, "syntax error at or near \"$%d\"", p.Number).At(x.at(p.Location))
	}
	arguments := x
	if isAggregateName(name) && n.Over == nil {
		arguments = x.within(inAggregate)
	}
	args, argNames, err := arguments.callArgs(n)
	if err != nil {
		return nil, err
	}
	if e, ok, err := x.special(name, n, args, pos); ok || err != nil {
		return e, err
	}
	if n.AggStar && len(args) == 0 && name == "count" {
		return x.countStar(n, pos)
	}
	if n.AggWithinGroup {
		return x.orderedSet(name, n, args, pos)
	}
	r, err := x.b.resolveFunction(name, args, argNames, n.FuncVariadic, pos)
	if err != nil {
		return nil, asWritten(err, stringList(n.Funcname))
	}
	if r.castTo != nil {
		return x.cast(args[0], catalog.TypeOf(r.castTo.OID), pos)
	}
	if r.proc.Name == "row_to_json" {
		return x.b.rowToJSON(r, pos)
	}
	if err := x.b.rowArguments(r, n.AggDistinct, pos); err != nil {
		return nil, err
	}
	switch r.proc.Kind {
	case 'a':
		return x.aggregate(n, r, args, pos)
	case 'w':
		return x.windowFunction(n, r, pos)
	}
	return x.plainCall(n, r, pos)
}

// extractField returns the parameter that stands for the field in EXTRACT(… FROM …), which the parser at hand takes and the grammar does not.
func extractField(n *pg_query.FuncCall) *pg_query.ParamRef {
	if n.Funcformat != pg_query.CoercionForm_COERCE_SQL_SYNTAX || len(n.Args) != 2 || n.Funcname[len(n.Funcname)-1].GetString_().GetSval() != "extract" {
		return nil
	}
	return n.Args[0].GetParamRef()
}

// asWritten puts the schema that a call is written with before the function's name.
func asWritten(err error, names []string) error {
	var e *sqlerr.Error
	if len(names) < 2 || !errors.As(err, &e) {
		return err
	}
	c := *e
	c.Message = strings.Replace(e.Message, "function "+names[len(names)-1]+"(", "function "+strings.Join(names, ".")+"(", 1)
	return &c
}

// callArgs binds the arguments; named ones come last.
func (x *exprBinder) callArgs(n *pg_query.FuncCall) (args []expr, names []string, err error) {
	for _, a := range n.Args {
		if named := a.GetNamedArgExpr(); named != nil {
			e, err := x.argument(named.Arg)
			if err != nil {
				return nil, nil, err
			}
			args, names = append(args, e), append(names, named.Name)
			continue
		}
		if len(names) > 0 {
			return nil, nil, sqlerr.Newf(sqlerr.SyntaxError, "positional argument cannot follow named argument").At(x.b.nodeAt(a))
		}
		e, err := x.argument(a)
		if err != nil {
			return nil, nil, err
		}
		args = append(args, e)
	}
	return args, names, nil
}

func (x *exprBinder) argument(n *pg_query.Node) (expr, error) {
	e, err := x.bind(n)
	if err != nil {
		return nil, err
	}
	return x.b.settleRow(e)
}

func isAggregateName(name string) bool {
	for _, p := range pgcat.Procs(name) {
		if p.Kind == 'a' {
			return true
		}
	}
	return false
}

// aggregateAllowed refuses aggregates in a clause where PostgreSQL does.
func aggregateAllowed(where exprContext, what string, pos int) error {
	switch where {
	case inSelect, inHaving, inOrderBy, inDistinctOn, inWindow:
		return nil
	case inAggregate:
		return sqlerr.Newf(sqlerr.GroupingError, "aggregate function calls cannot be nested").At(pos)
	}
	return sqlerr.Newf(sqlerr.GroupingError, "%s are not allowed in %s", what, where).At(pos)
}

// aggregateLevel is the query that an aggregate or GROUPING belongs to: the innermost of those whose columns it reads, which may be an
// outer one (check_agglevels_and_constraints). The clause there must take aggregates.
func (x *exprBinder) aggregateLevel(read []expr, what string, pos int) (int, error) {
	own := x.s.levelOf()
	level := 0
	for id := range columnsOf(read...) {
		level = max(level, min(own, x.b.level[id]))
	}
	if level == 0 || level == own {
		return own, aggregateAllowed(x.where, what, pos)
	}
	return level, aggregateAllowed(x.s.at(level).entered, what, pos)
}

func (x *exprBinder) windowAllowed(pos int) error {
	switch x.where {
	case inSelect, inOrderBy, inDistinctOn:
		return nil
	case inAggregate:
		return sqlerr.Newf(sqlerr.GroupingError, "aggregate function calls cannot contain window function calls").At(pos)
	case inWindow:
		return sqlerr.Newf(sqlerr.WindowingError, "window functions are not allowed in window definitions").At(pos)
	}
	return sqlerr.Newf(sqlerr.WindowingError, "window functions are not allowed in %s", x.where).At(pos)
}

func (x *exprBinder) countStar(n *pg_query.FuncCall, pos int) (expr, error) {
	return x.finishAggregate(n, &aggCall{proc: countRows(0), star: true, t: int8Type, pos: pos}, nil, pos)
}

func (x *exprBinder) aggregate(n *pg_query.FuncCall, r *resolved, read []expr, pos int) (expr, error) {
	if n.AggDistinct { // what is compared has a type
		for i, arg := range r.args {
			if isParam(arg) {
				var err error
				if r.args[i], err = x.b.resolveUnknown(arg); err != nil {
					return nil, err
				}
			}
		}
	}
	if kind := pgcat.AggregateByFunc(r.proc.OID); kind != nil && kind.Kind != 'n' {
		return nil, sqlerr.Newf(sqlerr.WrongObjectType, "WITHIN GROUP is required for ordered-set aggregate %s", r.proc.Name).At(pos)
	}
	a := &aggCall{proc: r.proc, args: r.args, distinct: n.AggDistinct, t: aggregateType(r), pos: pos}
	if len(r.args) == 0 && !n.AggStar {
		return nil, sqlerr.Newf(sqlerr.WrongObjectType, "%s(*) must be used to call a parameterless aggregate function", r.proc.Name).At(pos)
	}
	return x.finishAggregate(n, a, read, pos)
}

// aggregateType keeps a typmod where PostgreSQL does: nowhere but in min and max, which return one of their inputs — and even
// those are declared without.
func aggregateType(r *resolved) catalog.Type { return r.typ() }

// finishAggregate adds ORDER BY and FILTER, and makes a window call of it where it stands OVER a window. read are the arguments as they
// are written: what is left of a row does not tell whose it is.
func (x *exprBinder) finishAggregate(n *pg_query.FuncCall, a *aggCall, read []expr, pos int) (expr, error) {
	inner := x.within(inAggregate)
	for _, o := range n.AggOrder {
		e, err := inner.bind(o.GetSortBy().Node)
		if err != nil {
			return nil, err
		}
		if e, err = x.b.resolveUnknown(e); err != nil {
			return nil, err
		}
		key, err := x.b.sortKey(e, o.GetSortBy())
		if err != nil {
			return nil, err
		}
		a.order = append(a.order, key)
	}
	if a.distinct {
		if err := checkDistinctOrder(a, pos); err != nil {
			return nil, err
		}
	}
	if n.AggFilter != nil {
		f, err := x.within(inFilter).bind(n.AggFilter)
		if err != nil {
			return nil, err
		}
		if a.filter, err = x.b.coerceBool(f, "FILTER", x.b.nodeAt(n.AggFilter)); err != nil {
			return nil, err
		}
	}
	if n.Over != nil {
		return x.overAggregate(n, a, pos)
	}
	var err error
	a.level, err = x.aggregateLevel(append(a.children(), read...), "aggregate functions", pos)
	return a, err
}

// checkDistinctOrder holds agg(DISTINCT x ORDER BY y) to sort by what it makes distinct.
func checkDistinctOrder(a *aggCall, pos int) error {
	for _, arg := range a.args {
		if !orderable(arg.typ().OID) {
			return sqlerr.Newf(sqlerr.UndefinedFunction, "could not identify an equality operator for type %s", arg.typ()).At(exprAt(arg)).At(pos)
		}
	}
	for i, k := range a.order {
		found := false
		for _, arg := range a.args {
			// What was converted to the argument's type without being asked for is still the same expression.
			if fingerprint(arg) == fingerprint(k.e) || fingerprint(unconverted(arg)) == fingerprint(k.e) {
				found = true
				a.order[i].e = arg
			}
		}
		if !found {
			return sqlerr.Newf(sqlerr.InvalidColumnReference, "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list").At(exprAt(k.e)).At(pos)
		}
	}
	return nil
}

// unconverted takes implicit conversions off (strip_implicit_coercions).
func unconverted(e expr) expr {
	for {
		c, ok := e.(*cast)
		if !ok || c.explicit {
			return e
		}
		e = c.arg
	}
}

func (x *exprBinder) overAggregate(n *pg_query.FuncCall, a *aggCall, pos int) (expr, error) {
	if err := x.windowAllowed(pos); err != nil {
		return nil, err
	}
	switch {
	case a.distinct:
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "DISTINCT is not implemented for window functions").At(pos)
	case len(a.order) > 0:
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "aggregate ORDER BY is not implemented for window functions").At(pos)
	}
	def, err := x.b.overClause(x.s, n.Over, x.windows)
	if err != nil {
		return nil, err
	}
	return &windowCall{proc: a.proc, agg: true, args: a.args, star: a.star, filter: a.filter, window: def, t: a.t}, nil
}

func (x *exprBinder) windowFunction(n *pg_query.FuncCall, r *resolved, pos int) (expr, error) {
	if n.Over == nil {
		return nil, sqlerr.Newf(sqlerr.WrongObjectType, "window function %s requires an OVER clause", r.proc.Name).At(pos)
	}
	if err := x.windowAllowed(pos); err != nil {
		return nil, err
	}
	if n.AggFilter != nil {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "FILTER is not implemented for non-aggregate window functions").At(pos)
	}
	def, err := x.b.overClause(x.s, n.Over, x.windows)
	if err != nil {
		return nil, err
	}
	return &windowCall{proc: r.proc, args: r.args, window: def, t: r.typ()}, nil
}

// plainCall finishes an ordinary or a set-returning function.
func (x *exprBinder) plainCall(n *pg_query.FuncCall, r *resolved, pos int) (expr, error) {
	name := r.proc.Name
	switch {
	case n.AggStar:
		return nil, sqlerr.Newf(sqlerr.WrongObjectType, "%s(*) specified, but %s is not an aggregate function", name, name).At(pos)
	case n.AggDistinct:
		return nil, sqlerr.Newf(sqlerr.WrongObjectType, "DISTINCT specified, but %s is not an aggregate function", name).At(pos)
	case len(n.AggOrder) > 0:
		return nil, sqlerr.Newf(sqlerr.WrongObjectType, "ORDER BY specified, but %s is not an aggregate function", name).At(pos)
	case n.AggFilter != nil:
		return nil, sqlerr.Newf(sqlerr.WrongObjectType, "FILTER specified, but %s is not an aggregate function", name).At(pos)
	case n.Over != nil:
		return nil, sqlerr.Newf(sqlerr.WrongObjectType, "OVER specified, but %s is not a window function nor an aggregate function", name).At(pos)
	}
	// A function that returns one row of several columns is a set of one row.
	if one := r.proc.Ret == pgcat.Record && strings.Contains(r.proc.ArgModes, "o"); r.proc.RetSet || one && (x.where == inFromFunction || x.where == inSelect) {
		return x.setReturning(r, pos)
	}
	if r.proc.Name == "pg_typeof" && len(r.args) == 1 {
		return typeOf(r.args[0]), nil
	}
	if v := sessionFunction(r); v != nil {
		return v, nil
	}
	return &call{proc: r.proc, args: r.args, t: catalog.TypeOf(r.ret), variadic: r.variadic, pos: pos}, nil
}

// setReturning makes a set call where rows may come of it.
func (x *exprBinder) setReturning(r *resolved, pos int) (expr, error) {
	switch x.where {
	case inSelect, inFromFunction, inOrderBy, inGroupBy, inDistinctOn, inWindow:
	case inAggregate:
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "aggregate function calls cannot contain set-returning function calls").
			WithHint("You might be able to move the set-returning function into a LATERAL FROM item.").At(pos)
	default:
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "set-returning functions are not allowed in %s", x.where).At(pos)
	}
	s := &setCall{proc: r.proc, args: r.args, t: catalog.TypeOf(r.ret), pos: pos}
	for i, mode := range r.proc.ArgModes {
		if mode == 'o' || mode == 't' || mode == 'b' {
			s.cols = append(s.cols, outColumn{name: r.proc.ArgNames[i], t: x.resultColumn(r, i)})
		}
	}
	if len(s.cols) == 1 {
		s.t, s.name, s.cols = s.cols[0].t, s.cols[0].name, nil
	}
	if len(s.cols) > 1 && x.where != inFromFunction {
		return x.b.settleRow(rowOfSet(s))
	}
	return s, nil
}

// resultColumn resolves a polymorphic output column: anyelement of anyarray's element.
func (x *exprBinder) resultColumn(r *resolved, i int) catalog.Type {
	oid := r.proc.AllArgs[i]
	if isPolymorphic(oid) {
		for k, declared := range r.proc.Args {
			if declared == pgcat.AnyArray && oid == pgcat.AnyElement {
				return catalog.TypeOf(elementType(r.args[k].typ().OID))
			}
			if declared == oid {
				return catalog.TypeOf(r.args[k].typ().OID)
			}
		}
	}
	return domainBase(catalog.TypeOf(oid))
}

// sessionFunctions are functions without arguments that the session answers when a statement starts.
var sessionFunctions = map[string]string{
	"now": "now", "transaction_timestamp": "now", "statement_timestamp": "statement_timestamp", "current_database": "current_database",
	"current_schema": "current_schema", "current_user": "current_user", "session_user": "session_user", "pg_backend_pid": "pg_backend_pid",
	"version": "version", "pg_is_in_recovery": "pg_is_in_recovery", "pg_postmaster_start_time": "pg_postmaster_start_time",
	"inet_server_addr": "inet_server_addr", "inet_server_port": "inet_server_port", "inet_client_addr": "inet_client_addr",
	"inet_client_port": "inet_client_port", "pg_conf_load_time": "pg_postmaster_start_time", "txid_current": "txid_current",
	"pg_current_xact_id": "pg_current_xact_id", "current_query": "current_query", "pg_my_temp_schema": "pg_my_temp_schema",
	"pg_current_xact_id_if_assigned": "pg_current_xact_id_if_assigned", "txid_current_if_assigned": "txid_current_if_assigned",
}

func sessionFunction(r *resolved) expr {
	if name, ok := sessionFunctions[r.proc.Name]; ok && len(r.args) == 0 && r.proc.Namespace == 11 {
		return &sessionValue{name: name, t: catalog.TypeOf(r.ret)}
	}
	return nil
}

// special binds what is written as a function but is none of pg_proc's.
func (x *exprBinder) special(name string, n *pg_query.FuncCall, args []expr, pos int) (e expr, ok bool, err error) {
	switch {
	case name == "pg_collation_for" || strings.HasPrefix(name, "json_") && n.Funcformat == pg_query.CoercionForm_COERCE_SQL_SYNTAX:
		return nil, false, sqlerr.Newf(sqlerr.FeatureNotSupported, "%s is not supported", name).At(pos)
	case name == "timezone" && len(args) == 1 && n.Funcformat == pg_query.CoercionForm_COERCE_SQL_SYNTAX:
		return nil, false, sqlerr.Newf(sqlerr.SyntaxError, "syntax error at or near \"LOCAL\"").At(pos) // PostgreSQL 17's AT LOCAL
	}
	return nil, false, nil
}

// typeOf is pg_typeof. What makes groups, windows or sets is computed all the same: it decides how many rows there are.
func typeOf(e expr) expr {
	t := &constant{value: int64(e.typ().OID), t: catalog.TypeOf(pgcat.RegType)}
	computed := hasSet(e)
	walkExpr(e, func(e expr) bool {
		switch e.(type) {
		case *aggCall, *groupingCall, *windowCall:
			computed = true
		}
		return !computed
	})
	if !computed {
		return t
	}
	return &caseExpr{whens: []when{{cond: &nullTest{arg: e}, then: t}}, elseExpr: t, t: t.t}
}
