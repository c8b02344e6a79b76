package planner

import (
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
	arguments := x
	isAgg := isAggregateName(name)
	if isAgg && n.Over == nil {
		if err := x.aggregateAllowed(pos); err != nil {
			return nil, x.orOuter(n, err, pos)
		}
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
		return nil, err
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
		return x.aggregate(n, r, pos)
	case 'w':
		return x.windowFunction(n, r, pos)
	}
	return x.plainCall(n, r, pos)
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

// aggregateAllowed refuses aggregates where PostgreSQL does.
func (x *exprBinder) aggregateAllowed(pos int) error {
	switch x.where {
	case inSelect, inHaving, inOrderBy, inDistinctOn, inWindow:
		return nil
	case inAggregate:
		return sqlerr.Newf(sqlerr.GroupingError, "aggregate function calls cannot be nested").At(pos)
	}
	return sqlerr.Newf(sqlerr.GroupingError, "aggregate functions are not allowed in %s", x.where).At(pos)
}

// orOuter is the refusal of an aggregate: of one over columns of an outer query, which would belong to that query, or err.
func (x *exprBinder) orOuter(n *pg_query.FuncCall, err error, pos int) error {
	args, _, failed := x.within(inAggregate).callArgs(n)
	if failed != nil {
		return err
	}
	if outer := x.ownLevel(&aggCall{args: args}, pos); outer != nil {
		return outer
	}
	return err
}

func (x *exprBinder) windowAllowed(pos int) error {
	switch x.where {
	case inSelect, inOrderBy, inDistinctOn:
		return nil
	case inAggregate:
		return sqlerr.Newf(sqlerr.GroupingError, "aggregate function calls cannot contain window function calls").At(pos)
	case inWindow:
		return sqlerr.Newf(sqlerr.WindowingError, "window function calls cannot be nested").At(pos)
	}
	return sqlerr.Newf(sqlerr.WindowingError, "window functions are not allowed in %s", x.where).At(pos)
}

func (x *exprBinder) countStar(n *pg_query.FuncCall, pos int) (expr, error) {
	var proc *pgcat.Proc
	for _, p := range pgcat.Procs("count") {
		if len(p.Args) == 0 {
			proc = p
		}
	}
	return x.finishAggregate(n, &aggCall{proc: proc, star: true, t: catalog.TypeOf(proc.Ret)}, pos)
}

func (x *exprBinder) aggregate(n *pg_query.FuncCall, r *resolved, pos int) (expr, error) {
	a := &aggCall{proc: r.proc, args: r.args, distinct: n.AggDistinct, t: aggregateType(r)}
	if len(r.args) == 0 && !n.AggStar {
		return nil, sqlerr.Newf(sqlerr.WrongObjectType, "%s(*) must be used to call a parameterless aggregate function", r.proc.Name).At(pos)
	}
	return x.finishAggregate(n, a, pos)
}

// aggregateType keeps a typmod where PostgreSQL does: nowhere but in min and max, which return one of their inputs — and even
// those are declared without.
func aggregateType(r *resolved) catalog.Type { return r.typ() }

// finishAggregate adds ORDER BY and FILTER, and makes a window call of it where it stands OVER a window.
func (x *exprBinder) finishAggregate(n *pg_query.FuncCall, a *aggCall, pos int) (expr, error) {
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
	return a, x.ownLevel(a, pos)
}

// checkDistinctOrder holds agg(DISTINCT x ORDER BY y) to sort by what it makes distinct.
func checkDistinctOrder(a *aggCall, pos int) error {
	for _, arg := range a.args {
		if !orderable(arg.typ().OID) {
			return sqlerr.Newf(sqlerr.UndefinedFunction, "could not identify an equality operator for type %s", arg.typ()).At(pos)
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
			return sqlerr.Newf(sqlerr.InvalidColumnReference, "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list").At(pos)
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

// ownLevel refuses an aggregate over columns of an outer query only, which would belong to that query.
func (x *exprBinder) ownLevel(a *aggCall, pos int) error {
	outer, own := false, false
	for id := range columnsOf(a.children()...) {
		if x.b.level[id] == x.s.levelOf() {
			own = true
		} else if x.b.level[id] < x.s.levelOf() {
			outer = true
		}
	}
	if outer && !own {
		return sqlerr.Newf(sqlerr.FeatureNotSupported, "an aggregate of an outer query's columns inside a subquery is not supported").At(pos)
	}
	return nil
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

// orderedSet binds f(direct) WITHIN GROUP (ORDER BY aggregated).
func (x *exprBinder) orderedSet(name string, n *pg_query.FuncCall, direct []expr, pos int) (expr, error) {
	inner := x.within(inAggregate)
	a := &aggCall{direct: len(direct)}
	args := append([]expr(nil), direct...)
	for _, o := range n.AggOrder {
		e, err := inner.bind(o.GetSortBy().Node)
		if err != nil {
			return nil, err
		}
		key, err := x.b.sortKey(e, o.GetSortBy())
		if err != nil {
			return nil, err
		}
		args, a.order = append(args, e), append(a.order, key)
	}
	if n.Over != nil {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "OVER is not supported for ordered-set aggregate %s", name).At(pos)
	}
	r, err := x.b.resolveFunction(name, args, nil, false, pos)
	if err != nil {
		return nil, err
	}
	kind := pgcat.AggregateByFunc(r.proc.OID)
	if kind == nil || kind.Kind == 'n' {
		return nil, sqlerr.Newf(sqlerr.WrongObjectType, "%s is not an ordered-set aggregate, so it cannot have WITHIN GROUP", name).At(pos)
	}
	for i := range a.order {
		a.order[i].e = r.args[len(direct)+i]
	}
	a.proc, a.args, a.t = r.proc, r.args[:len(direct)], catalog.TypeOf(r.ret)
	if n.AggFilter != nil {
		f, err := x.within(inFilter).bind(n.AggFilter)
		if err != nil {
			return nil, err
		}
		if a.filter, err = x.b.coerceBool(f, "FILTER", x.b.nodeAt(n.AggFilter)); err != nil {
			return nil, err
		}
	}
	return a, nil
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
	if r.proc.RetSet || x.where == inFromFunction && r.proc.Ret == pgcat.Record && strings.Contains(r.proc.ArgModes, "o") {
		return x.setReturning(r, pos)
	}
	if r.proc.Name == "pg_typeof" && len(r.args) == 1 {
		return &constant{value: int64(r.args[0].typ().OID), t: catalog.TypeOf(pgcat.RegType)}, nil
	}
	if v := sessionFunction(r); v != nil {
		return v, nil
	}
	return &call{proc: r.proc, args: r.args, t: catalog.TypeOf(r.ret), variadic: r.variadic, pos: pos}, nil
}

// setReturning makes a set call where rows may come of it.
func (x *exprBinder) setReturning(r *resolved, pos int) (expr, error) {
	switch x.where {
	case inSelect, inFromFunction, inOrderBy, inGroupBy, inDistinctOn:
	case inAggregate:
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "aggregate function calls cannot contain set-returning function calls").At(pos)
	default:
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "set-returning functions are not allowed in %s", x.where).At(pos)
	}
	s := &setCall{proc: r.proc, args: r.args, t: catalog.TypeOf(r.ret)}
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
