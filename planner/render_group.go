package planner

import (
	"slices"
	"strings"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgcat"
)

func (r *renderer) aggregate(given *aggregate) (*block, error) {
	copied := *given
	n := &copied
	if err := r.need(connectors.FeatureGroup); err != nil {
		return nil, err
	}
	b, err := r.rel(n.input)
	if err != nil {
		return nil, err
	}
	if b, err = r.keysFirst(b, n); err != nil {
		return nil, err
	}
	keys := make([]string, len(n.keys))
	for i, k := range n.keys {
		col, err := r.value(k.e)
		if err != nil {
			return nil, err
		}
		if keys[i], err = r.groupKey(col, k.out.t); err != nil {
			return nil, err
		}
		r.env[k.out.id] = col.as(col.sql)
	}
	aggs := make([]column, len(n.aggs))
	for i, a := range n.aggs {
		if aggs[i], err = r.aggregateItem(a.e, keys); err != nil {
			return nil, err
		}
	}
	if err := r.firstOf(itemOutputs(n.keys), keys); err != nil {
		return nil, err
	}
	if err := r.absentKeys(n, keys); err != nil {
		return nil, err
	}
	for i, a := range n.aggs {
		r.env[a.out.id] = aggs[i]
	}
	b.cols, b.grouped = n.columns(), true
	b.computed = false
	return b, r.groupClause(b, n, keys)
}

// absentKeys makes keys NULL in the rows of grouping sets that leave them out, where the output is not the key itself.
func (r *renderer) absentKeys(n *aggregate, keys []string) error {
	if len(n.sets) == 0 || !r.d.Decimals {
		return nil
	}
	l, err := r.op("grouping")
	if err != nil {
		return err
	}
	for i, k := range n.keys {
		absent, err := r.fill(l, catalog.TypeOf(pgcat.Int4), keys[i])
		if err != nil {
			return err
		}
		col := r.env[k.out.id]
		r.env[k.out.id] = col.as("CASE WHEN " + absent + " = 0 THEN " + col.sql + " END")
	}
	return nil
}

// keysFirst closes the block when it cannot be grouped as it is, and computes keys that are no plain columns below the grouping:
// GROUP BY must name exactly what the SELECT list shows.
func (r *renderer) keysFirst(b *block, n *aggregate) (*block, error) {
	if b.late() || b.computed || b.windowed || b.grouped {
		b = r.closed(b)
	}
	computed := r.queriesFirst(n)
	plain := len(computed) == 0
	for _, k := range n.keys {
		_, is := k.e.(*colRef)
		plain = plain && is
	}
	if plain {
		return b, nil
	}
	items := make([]projectItem, 0, len(b.cols)+len(n.keys))
	for _, c := range b.cols {
		items = append(items, projectItem{out: c, e: c.ref()})
	}
	items = append(items, computed...)
	keys := append([]projectItem(nil), n.keys...)
	for i, k := range n.keys {
		if _, is := k.e.(*colRef); !is {
			r.lastKey--
			out := outColumn{id: r.lastKey, name: k.out.name, t: k.out.t}
			items = append(items, projectItem{out: out, e: k.e})
			keys[i].e = out.ref()
		}
	}
	b, err := r.projectOnto(b, items)
	if err != nil {
		return nil, err
	}
	n.keys = keys // n is the caller's copy
	return r.closed(b), nil
}

// queriesFirst takes queries out of the arguments of DISTINCT aggregates, which would be written twice, for the order too, and differ.
func (r *renderer) queriesFirst(n *aggregate) (computed []projectItem) {
	aggs := append([]projectItem(nil), n.aggs...)
	for i, it := range aggs {
		a, ok := it.e.(*aggCall)
		if !ok || !a.distinct {
			continue
		}
		e := mapExprOuter(a, func(e expr) expr {
			if _, is := e.(*subquery); !is {
				return e
			}
			for _, c := range computed {
				if c.e == e {
					return c.out.ref()
				}
			}
			r.lastKey--
			out := outColumn{id: r.lastKey, name: "query", t: e.typ()}
			computed = append(computed, projectItem{out: out, e: e})
			return out.ref()
		})
		aggs[i].e = e
	}
	if len(computed) > 0 {
		n.aggs = aggs
	}
	return computed
}

func (r *renderer) groupClause(b *block, n *aggregate, keys []string) error {
	if len(n.sets) == 0 {
		b.group = strings.Join(keys, ", ")
		return nil
	}
	if err := r.need(connectors.FeatureGroupingSets); err != nil {
		return err
	}
	var sets []string
	for _, set := range n.sets {
		var in []string
		for _, k := range set {
			in = append(in, keys[k])
		}
		sets = append(sets, "("+strings.Join(in, ", ")+")")
	}
	b.group = "GROUPING SETS (" + strings.Join(sets, ", ") + ")"
	return nil
}

func (r *renderer) aggregateItem(e expr, keys []string) (column, error) {
	if g, ok := e.(*groupingCall); ok {
		l, err := r.op("grouping")
		if err != nil {
			return column{}, err
		}
		var args []string
		for _, k := range g.keys {
			args = append(args, keys[k])
		}
		s, err := r.fill(l, catalog.TypeOf(pgcat.Int4), strings.Join(args, ", "))
		return column{sql: s}, err
	}
	a := r.onlyWhere(r.whereFiltered(e.(*aggCall)))
	if r.d.Decimals {
		if c, ok, err := r.decimalAggregate(a); ok || err != nil {
			return c, err
		}
	}
	s, err := r.aggregateCall(a, aggregateKey(a), "")
	return column{sql: s}, err
}

// whereFiltered has the engine evaluate arguments that can fail only where FILTER lets a row through: it computes them for all rows.
func (r *renderer) whereFiltered(a *aggCall) *aggCall {
	if a.filter == nil || !r.d.Decimals {
		return a
	}
	guard := func(e expr) expr {
		if isTotal(e) {
			return e
		}
		return &caseExpr{whens: []when{{cond: a.filter, then: e}}, elseExpr: &constant{t: e.typ()}, t: e.typ()}
	}
	n := *a
	n.args = make([]expr, len(a.args))
	for i, e := range a.args {
		if n.args[i] = e; i >= a.direct {
			n.args[i] = guard(e)
		}
	}
	n.order = slices.Clone(a.order)
	for i := range n.order {
		n.order[i].e = guard(n.order[i].e)
	}
	return &n
}

// aggregateKey is the key of an aggregate: "count(*)", "sum(int4)", "percentile_cont(float8) within (float8)".
func aggregateKey(a *aggCall) string {
	switch {
	case a.star:
		return "count(*)"
	case pgcat.AggregateByFunc(a.proc.OID).Kind != 'n':
		var within []expr
		for _, k := range a.order {
			within = append(within, k.e)
		}
		return a.proc.Name + "(" + opTypes(a.args) + ") within (" + opTypes(within) + ")"
	case a.proc.Name == "count":
		return "count(any)"
	}
	return a.proc.Name + "(" + opTypes(a.args) + ")"
}

// aggregateCall writes an aggregate. The lowering may name several aggregates; each takes the same FILTER clause, and {over} is
// where a window goes.
func (r *renderer) aggregateCall(a *aggCall, key, over string) (string, error) {
	l, err := r.aggregateOp(a, key)
	if err != nil {
		return "", err
	}
	args, err := r.aggregateArgs(a)
	if err != nil {
		return "", err
	}
	parts, err := r.aggregateParts(a, over)
	if err != nil {
		return "", err
	}
	if a.distinct && !r.distinctByKeys(a, l) {
		if parts["distinct"], err = r.distinctArgs(a, args); err != nil {
			return "", err
		}
	}
	if parts["order"], err = r.aggregateOrder(a, l); err != nil {
		return "", err
	}
	if args, err = r.wrap(l, a.args, args, a.distinct); err != nil {
		return "", err
	}
	return r.fillAggregate(l, a.t, args, parts)
}

// aggregateArgs writes the operands: the arguments, then, of an ordered-set aggregate, the keys of what it sorts, then its values.
func (r *renderer) aggregateArgs(a *aggCall) ([]string, error) {
	args, err := r.operands(a.args)
	if err != nil {
		return nil, err
	}
	if pgcat.AggregateByFunc(a.proc.OID).Kind == 'n' {
		return args, nil
	}
	var values []string
	for _, k := range a.order {
		s, err := r.key(k.e)
		if err != nil {
			return nil, err
		}
		v, err := r.value(k.e)
		if err == nil && k.e.typ().OID == pgcat.Numeric && r.d.Decimals {
			v, err = r.sortable(v)
		}
		if err != nil {
			return nil, err
		}
		args, values = append(args, s), append(values, v.sql)
	}
	return append(args, values...), nil
}

// distinctByKeys reports whether the text of an aggregate under DISTINCT finds equal values by their keys itself.
func (r *renderer) distinctByKeys(a *aggCall, l connectors.Lowering) bool {
	return r.d.Ops["distinct "+aggregateKey(a)].SQL == l.SQL && !strings.Contains(l.SQL, "DISTINCT {")
}

// distinctArgs replaces arguments of a DISTINCT aggregate by their keys where that is what the aggregate counts; others need
// equality on the values themselves.
func (r *renderer) distinctArgs(a *aggCall, args []string) (string, error) {
	for i, arg := range a.args {
		k, err := r.keyOf(column{sql: args[i]}, arg.typ())
		if arg.typ().OID == pgcat.Numeric {
			k, err = r.key(arg) // its key depends on its form
		}
		if err != nil {
			return "", err
		}
		if isTextual(arg.typ().OID) && r.d.Distinct != "" {
			k = connectors.Fill(r.d.Distinct, []string{k}, nil)
		}
		if k == args[i] {
			continue
		}
		if a.proc.Name != "count" {
			return "", cannot("%s(DISTINCT %s)", a.proc.Name, opTypes(a.args))
		}
		args[i] = k
	}
	return "DISTINCT ", nil
}

// aggregateParts writes FILTER and OVER, whole and in parts that take a further condition between them.
func (r *renderer) aggregateParts(a *aggCall, over string) (map[string]string, error) {
	parts := map[string]string{"distinct": "", "order": "", "filter": over, "where": " FILTER (WHERE ", "over": ")" + over}
	if a.filter == nil {
		return parts, nil
	}
	if err := r.need(connectors.FeatureAggFilter); err != nil {
		return nil, err
	}
	f, err := r.inner(a.filter)
	if err != nil {
		return nil, err
	}
	parts["filter"] = " FILTER (WHERE " + f + ")" + over
	parts["where"] = " FILTER (WHERE (" + f + ") AND "
	return parts, nil
}

func (r *renderer) aggregateOrder(a *aggCall, l connectors.Lowering) (string, error) {
	order := r.distinctOrder(a, l)
	if len(order) == 0 {
		return "", nil
	}
	ordered := pgcat.AggregateByFunc(a.proc.OID).Kind != 'n'
	if !ordered {
		if err := r.need(connectors.FeatureAggOrder); err != nil {
			return "", err
		}
	}
	var keys []string
	for _, k := range order {
		s, err := r.orderKey(k)
		if err != nil {
			return "", err
		}
		if a.distinct && !ordered && r.store != "" {
			// A store takes only its arguments themselves as keys here, and with another collation it is another expression.
			plain, err := r.inner(k.e)
			if err != nil {
				return "", err
			}
			if rest, same := strings.CutPrefix(s, plain); !same || strings.HasPrefix(rest, " COLLATE") {
				return "", cannot("%s(DISTINCT … ORDER BY) under a collation", a.proc.Name)
			}
		}
		keys = append(keys, s)
	}
	if ordered {
		return strings.Join(keys, ", "), nil
	}
	return " ORDER BY " + strings.Join(keys, ", "), nil
}

func (r *renderer) fillAggregate(l connectors.Lowering, t catalog.Type, args []string, parts map[string]string) (string, error) {
	var failed error
	text := connectors.Fill(l.SQL, args, func(name string) string {
		if s, ok := parts[name]; ok {
			return s
		}
		switch name {
		case "session":
			return r.arg(Arg{Kind: ArgHandle})
		case "type":
			s, ok := r.d.TypeName(t)
			if !ok {
				failed = cannot("type %s", t)
			}
			return s
		}
		panic("planner: an aggregate of " + r.d.Name + " asks for " + name)
	})
	return text, failed
}

// window adds window functions to the SELECT list.
func (r *renderer) window(n *window) (*block, error) {
	if err := r.need(connectors.FeatureWindow); err != nil {
		return nil, err
	}
	b, err := r.rel(n.input)
	if err != nil {
		return nil, err
	}
	if b.late() || b.computed || b.windowed || b.grouped {
		b = r.closed(b)
	}
	calls, bounds, err := r.frameBounds(n)
	if err != nil {
		return nil, err
	}
	if len(bounds) > 0 {
		if err := r.windowCalls(bounds); err != nil {
			return nil, err
		}
		b.cols = append(clip(b.cols), itemOutputs(bounds)...)
		b.windowed, b.computed = true, true
		b = r.closed(b)
	}
	if err := r.windowCalls(calls); err != nil {
		return nil, err
	}
	b.cols = n.columns()
	b.windowed, b.computed = true, true
	return b, nil
}

// windowCalls sets the texts of window functions.
func (r *renderer) windowCalls(calls []projectItem) error {
	for _, c := range calls {
		w := c.e.(*windowCall)
		over, err := r.over(w)
		if err != nil {
			return err
		}
		col, err := r.windowItem(w, over)
		if err != nil {
			return err
		}
		r.env[c.out.id] = col
	}
	return nil
}

func (r *renderer) windowItem(w *windowCall, over string) (column, error) {
	if w.agg {
		a := r.whereFiltered(&aggCall{proc: w.proc, args: w.args, star: w.star, filter: w.filter, t: w.t})
		if r.d.Decimals {
			if c, ok, err := r.decimalWindow(a, over); ok || err != nil {
				return c, err
			}
		}
		s, err := r.aggregateCall(a, aggregateKey(a), over)
		return column{sql: s}, err
	}
	l, err := r.op(w.proc.Name + "(" + windowTypes(w) + ")")
	if err != nil {
		return column{}, err
	}
	if r.d.Decimals && w.t.OID == pgcat.Numeric {
		return r.decimalWindowFunction(w, l, over)
	}
	args, err := r.operands(w.args)
	if err != nil {
		return column{}, err
	}
	s, err := r.fillAggregate(l, w.t, args, map[string]string{"filter": over, "distinct": "", "order": ""})
	return column{sql: s}, err
}

// windowTypes names the value argument of lag and its like "any": what they do does not depend on it.
func windowTypes(w *windowCall) string {
	names := make([]string, len(w.args))
	for i, a := range w.args {
		names[i] = opType(a.typ().OID)
		if d := w.proc.Args[i]; isPolymorphic(d) {
			names[i] = "any"
		}
	}
	return strings.Join(names, ", ")
}
