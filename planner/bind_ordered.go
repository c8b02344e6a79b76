package planner

import (
	"errors"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"meshgate/catalog"
	"meshgate/pgcat"
	"meshgate/sqlerr"
)

// orderedSet binds f(direct) WITHIN GROUP (ORDER BY aggregated).
func (x *exprBinder) orderedSet(name string, n *pg_query.FuncCall, direct []expr, pos int) (expr, error) {
	inner := x.within(inAggregate)
	a := &aggCall{direct: len(direct), pos: pos}
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
		args, a.order = append(args, key.e), append(a.order, key)
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
	if kind.Kind == 'h' {
		if err := x.b.unifyHypothetical(name, args, len(direct), pos); err != nil {
			return nil, err
		}
		r.args = args
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
	return a, x.orderedSetLevel(a)
}

// orderedSetLevel finds the query that an ordered-set aggregate belongs to. What it aggregates decides, not the direct arguments.
func (x *exprBinder) orderedSetLevel(a *aggCall) (err error) {
	read := keyExprs(a.order)
	if a.filter != nil {
		read = append(read, a.filter)
	}
	if a.level, err = x.aggregateLevel(read, "aggregate functions", a.pos); err != nil {
		return err
	}
	for id := range columnsOf(a.args...) {
		if x.b.level[id] > a.level && x.b.level[id] <= x.s.levelOf() {
			return sqlerr.Newf(sqlerr.GroupingError, "outer-level aggregate cannot contain a lower-level variable in its direct arguments").At(a.pos)
		}
	}
	return nil
}

// unifyHypothetical brings each direct argument of a hypothetical-set aggregate and its sort key to one type.
func (b *binder) unifyHypothetical(name string, args []expr, direct, pos int) error {
	if keys := len(args) - direct; keys != direct {
		return sqlerr.Newf(sqlerr.UndefinedFunction, "function %s does not exist", signatureOf(name, args, nil)).
			WithHint("To use the hypothetical-set aggregate %s, the number of hypothetical direct arguments (here %d) must match the number of ordering columns (here %d).", name, direct, keys).At(pos)
	}
	for i := range direct {
		pair, _, err := b.unify([]expr{args[direct+i], args[i]}, "WITHIN GROUP", pos)
		if err != nil {
			return err
		}
		args[direct+i], args[i] = pair[0], pair[1]
	}
	return nil
}

// directArguments holds the direct arguments of an ordered-set aggregate to what has one value in a group.
func (g *grouper) directArguments(a *aggCall) error {
	for _, arg := range a.args[:a.direct] {
		if _, err := g.rewrite(arg); err != nil {
			var e *sqlerr.Error
			if errors.As(err, &e) {
				return e.WithDetail("Direct arguments of an ordered-set aggregate must use only grouped columns.")
			}
			return err
		}
	}
	return nil
}

// hypothetical computes rank and its like from how many rows sort before the row of the direct arguments, and how many as it does.
func (g *grouper) hypothetical(a *aggCall) (expr, error) {
	before, same, err := g.sb.b.sortsBefore(a.order, a.args, a.pos)
	if err != nil {
		return nil, err
	}
	one, zero := &constant{value: int64(1), t: int8Type}, &constant{value: float64(0), t: float8Type}
	switch a.proc.Name {
	case "rank":
		n, err := g.countWhere(a, before)
		return g.operator(n, err, "+", one)
	case "dense_rank":
		n, err := g.countDistinct(a, before)
		return g.operator(n, err, "+", one)
	}
	all, err := g.countWhere(a, nil)
	if err != nil {
		return nil, err
	}
	if a.proc.Name == "percent_rank" {
		n, err := g.countWhere(a, before)
		part, err := g.quotient(n, all, err)
		if err != nil {
			return nil, err
		}
		none, err := g.sb.b.operatorCall("=", all, &constant{value: int64(0), t: int8Type}, a.pos)
		return &caseExpr{whens: []when{{cond: none, then: zero}}, elseExpr: part, t: float8Type}, err
	}
	n, err := g.countWhere(a, or(before, same))
	n, err = g.operator(n, err, "+", one)
	more, failed := g.operator(all, err, "+", one)
	return g.quotient(n, more, failed)
}

var float8Type = catalog.TypeOf(pgcat.Float8)

func (g *grouper) operator(left expr, err error, name string, right expr) (expr, error) {
	if err != nil {
		return nil, err
	}
	return g.sb.b.operatorCall(name, left, right, 0)
}

func (g *grouper) quotient(left, right expr, err error) (expr, error) {
	if err != nil {
		return nil, err
	}
	b := g.sb.b
	if left, err = b.coerceType(left, pgcat.Float8, explicitly, 0); err != nil {
		return nil, err
	}
	right, err = b.coerceType(right, pgcat.Float8, explicitly, 0)
	return g.operator(left, err, "/", right)
}

// countWhere counts the rows that an aggregate takes and that meet a condition.
func (g *grouper) countWhere(a *aggCall, cond expr) (expr, error) {
	n := &aggCall{proc: countRows(0), star: true, filter: both(a.filter, cond), level: a.level, t: int8Type}
	return g.addAggregate(n, fingerprint(n))
}

// countDistinct counts the different sort keys among them. NULL is one too.
func (g *grouper) countDistinct(a *aggCall, cond expr) (expr, error) {
	var key expr = &rowExpr{fields: keyExprs(a.order), t: catalog.TypeOf(pgcat.Record)}
	for i := range a.order {
		key.(*rowExpr).names = append(key.(*rowExpr).names, fieldName(i))
	}
	key, err := g.sb.b.settleRow(key)
	if err != nil {
		return nil, err
	}
	n := &aggCall{proc: countRows(1), args: []expr{key}, distinct: true, filter: both(a.filter, cond), level: a.level, t: int8Type}
	return g.addAggregate(n, fingerprint(n))
}

func countRows(args int) *pgcat.Proc {
	for _, p := range pgcat.Procs("count") {
		if len(p.Args) == args {
			return p
		}
	}
	panic("planner: PostgreSQL has count(*) and count(any)")
}

// both is the conjunction of two conditions that may be missing.
func both(x, y expr) expr {
	switch {
	case x == nil:
		return y
	case y == nil:
		return x
	}
	return and(x, y)
}

// sortsBefore says whether a row sorts before one of given values, and whether it sorts as that one. Neither is ever NULL.
func (b *binder) sortsBefore(keys []sortKey, values []expr, pos int) (before, same expr, err error) {
	before, same = &constant{value: false, t: boolType}, &constant{value: true, t: boolType}
	for i := len(keys) - 1; i >= 0; i-- {
		k, v := keys[i], values[i]
		name := "<"
		if k.desc {
			name = ">"
		}
		less, err := b.operatorCall(name, k.e, v, pos)
		if err != nil {
			return nil, nil, err
		}
		differ, err := b.fieldsDiffer(k.e, v, pos)
		if err != nil {
			return nil, nil, err
		}
		first := &caseExpr{
			whens: []when{
				{cond: &nullTest{arg: k.e}, then: &constant{value: k.nullsFirst, t: boolType}},
				{cond: &nullTest{arg: v}, then: &constant{value: !k.nullsFirst, t: boolType}},
			},
			elseExpr: less, t: boolType,
		}
		before = &caseExpr{whens: []when{{cond: differ, then: first}}, elseExpr: before, t: boolType}
		same = and(not(differ), same)
	}
	return before, same, nil
}
