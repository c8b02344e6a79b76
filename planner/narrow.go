package planner

import (
	"slices"
	"strconv"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgcat"
)

// When dynamic filters pay: a source of at most so many rows, a sink of at least so many, of which at most so large a part stays.
const (
	mostSourceRows = 200_000
	leastSinkRows  = 1000
	mostKept       = 0.5
	eagerKeys      = 4
)

// keyEdge is a dynamic filter that a join allows: the values of one side of an equality narrow what the other side reads.
type keyEdge struct {
	cond    *call // the equality, which is the same expression before and after placing
	toLeft  bool  // the sink is the join's left side
	source  *remoteRel
	ordinal int
	sinks   []keySink
	filter  *keyFilter
}

// keySink is a remote that a dynamic filter reaches, with what is filtered there.
type keySink struct {
	rel *remoteRel
	arg expr
}

// narrowed places a statement with the dynamic filters that pay. Where none does, placed is as good.
func (p *placer) narrowed(placed rel) (rel, error) {
	if p.in.Disable["dynamic-filter"] || p.in.Disable["pushdown"] || len(p.remotes) < 2 {
		return placed, nil
	}
	c := &keyChooser{p: p, ctes: map[int]*cte{}, rank: map[*Remote]int{}}
	c.collect(placed)
	chosen := c.choose()
	if len(chosen) == 0 {
		return placed, nil
	}
	before := p.remotes
	p.remotes, p.stays = nil, nil
	again, err := p.place(addKeyFilters(p.root, chosen))
	if err != nil {
		return nil, err
	}
	if len(p.remotes) != len(before) {
		return again, nil // the filters changed more than conditions, so nothing is known of the order: they stay unused
	}
	c.resolve(before, chosen)
	return again, nil
}

// addKeyFilters puts dynamic filters on the inputs of the joins that allow them, as far down as they may go.
func addKeyFilters(r rel, edges []*keyEdge) rel {
	return mapRelDeep(r, func(r rel) rel {
		j, ok := r.(*join)
		if !ok || j.on == nil {
			return r
		}
		n := *j
		for _, c := range conjuncts(j.on) {
			for _, e := range edges {
				switch {
				case expr(e.cond) != c:
				case e.toLeft:
					n.left = pushInto(n.left, []expr{e.filter})
				default:
					n.right = pushInto(n.right, []expr{e.filter})
				}
			}
		}
		return &n
	})
}

// keyChooser finds the dynamic filters of a placed statement.
type keyChooser struct {
	p     *placer
	ctes  map[int]*cte
	edges []*keyEdge
	rank  map[*Remote]int // in which order the remotes answer
}

func (c *keyChooser) collect(r rel) {
	if w, ok := r.(*with); ok {
		for _, d := range w.ctes {
			if d.recursive == nil {
				c.ctes[d.id] = d
			}
		}
	}
	if j, ok := r.(*join); ok && j.on != nil && !j.lateral {
		c.joinEdges(j)
	}
	for _, in := range r.inputs() {
		c.collect(in)
	}
	for _, e := range r.exprs() {
		walkExpr(e, func(e expr) bool {
			if s, ok := e.(*subquery); ok {
				c.collect(s.query)
				return false
			}
			return true
		})
	}
}

// joinEdges lists what an equality of a join allows: rows of the sink that match no key may go where no row of the answer needs
// them, which is not so for the side that an outer join keeps whole.
func (c *keyChooser) joinEdges(j *join) {
	left, right := colSet{}, colSet{}
	left.add(j.left.columns())
	right.add(j.right.columns())
	for _, cond := range conjuncts(j.on) {
		l, r, ok := equalityOf(cond, left, right)
		if !ok {
			continue
		}
		switch j.kind {
		case joinInner, joinSemi:
			c.edge(cond.(*call), j.left, l, j.right, r, false)
			c.edge(cond.(*call), j.right, r, j.left, l, true)
		case joinLeft, joinAnti:
			c.edge(cond.(*call), j.left, l, j.right, r, false)
		case joinRight:
			c.edge(cond.(*call), j.right, r, j.left, l, true)
		}
	}
}

func (c *keyChooser) edge(cond *call, from rel, key expr, to rel, arg expr, toLeft bool) {
	ref := keyColumn(key)
	op := keyOperator(cond, arg, key)
	if ref == nil || op == nil || !isKeyType(key.typ().OID) || !isTotal(arg) {
		return
	}
	source, ordinal := c.source(from, ref.id)
	if source == nil {
		return
	}
	sinks := c.sinks(to, arg)
	if len(sinks) == 0 || slices.ContainsFunc(sinks, func(s keySink) bool { return s.rel == source }) {
		return
	}
	c.edges = append(c.edges, &keyEdge{
		cond: cond, toLeft: toLeft, source: source, ordinal: ordinal, sinks: sinks,
		filter: &keyFilter{arg: arg, op: op, t: catalog.TypeOf(key.typ().OID)}, // a key keeps the scale that it has
	})
}

// keyColumn is the column whose values are the keys; a conversion that every value survives in its text form may stand around it.
func keyColumn(e expr) *colRef {
	switch e := e.(type) {
	case *colRef:
		if isKeyType(e.t.OID) {
			return e
		}
	case *cast:
		from, to := e.arg.typ().OID, e.to.OID
		wider := isInteger(from) && (isInteger(to) || to == pgcat.Numeric) || from == pgcat.Date && to == pgcat.Timestamp
		if e.to.Mod == -1 && (e.method == castRelabel && from == pgcat.VarChar || wider && !e.explicit) {
			return keyColumn(e.arg)
		}
	}
	return nil
}

func isInteger(oid pgcat.OID) bool {
	return oid == pgcat.Int2 || oid == pgcat.Int4 || oid == pgcat.Int8
}

// keyOperator is the equality with the sink's value on its left.
func keyOperator(cond *call, arg, key expr) *pgcat.Operator {
	for _, o := range pgcat.Operators("=") {
		if o.Left == arg.typ().OID && o.Right == key.typ().OID {
			return o
		}
	}
	for _, o := range pgcat.Operators("=") { // an operator on types that both sides are binary coercible to
		if o.Code == cond.proc.OID && o.Left == o.Right {
			return o
		}
	}
	return nil
}

// source finds the remote whose column holds all values that a column of a relation can have, but for NULL.
func (c *keyChooser) source(r rel, id colID) (*remoteRel, int) {
	switch r := r.(type) {
	case *remoteRel:
		for i, col := range r.cols {
			if col.id == id {
				return r, i
			}
		}
	case *project:
		for _, it := range r.items {
			if ref, ok := it.e.(*colRef); ok && it.out.id == id {
				return c.source(r.input, ref.id)
			}
		}
	case *derived:
		for _, it := range r.items {
			if ref, ok := it.e.(*colRef); ok && it.out.id == id {
				return c.source(r.input, ref.id)
			}
		}
	case *aggregate:
		for _, k := range r.keys {
			if ref, ok := k.e.(*colRef); ok && k.out.id == id {
				return c.source(r.input, ref.id)
			}
		}
	case *filter, *sort, *limit, *distinct, *window:
		return c.source(r.inputs()[0], id)
	case *join:
		for _, in := range r.inputs() {
			if cols := (colSet{}); func() bool { cols.add(in.columns()); return cols[id] }() {
				return c.source(in, id)
			}
		}
	case *with:
		return c.source(r.body, id)
	case *cteRef:
		if d := c.ctes[r.id]; d != nil {
			for i, col := range r.cols {
				if col.id == id {
					return c.source(d.query, d.query.columns()[i].id)
				}
			}
		}
	}
	return nil, 0
}

// sinks finds the remotes that a condition on an expression reaches when it is pushed down, as pushInto does.
func (c *keyChooser) sinks(r rel, arg expr) []keySink {
	used := columnsOf(arg)
	switch r := r.(type) {
	case *remoteRel:
		if r.remote.System == nil {
			return []keySink{{r, arg}}
		}
	case *filter, *sort:
		return c.sinks(r.inputs()[0], arg)
	case *project:
		by := map[colID]expr{}
		for _, it := range r.items {
			if isVolatileExpr(it.e) || hasSubquery(it.e) {
				if used[it.out.id] {
					return nil
				}
			}
			by[it.out.id] = it.e
		}
		return c.sinks(r.input, substitute(arg, by))
	case *aggregate:
		by := map[colID]expr{}
		for _, k := range r.keys {
			by[k.out.id] = k.e
		}
		if r.sets == nil && onlyIn(used, by) {
			return c.sinks(r.input, substitute(arg, by))
		}
	case *distinct:
		if len(r.on) == 0 {
			return c.sinks(r.input, arg)
		}
	case *derived:
		by := map[colID]expr{}
		for _, it := range r.items {
			if c, ok := it.e.(*colRef); ok {
				by[it.out.id] = c
			}
		}
		if onlyIn(used, by) {
			return c.sinks(r.input, substitute(arg, by))
		}
	case *join:
		for i, in := range r.inputs() {
			cols := colSet{}
			cols.add(in.columns())
			open := r.kind == joinInner || i == 0 && r.kind != joinRight && r.kind != joinFull || i == 1 && r.kind == joinRight
			if open && cols.hasAll(used) {
				return c.sinks(in, arg)
			}
		}
	case *setOp:
		var out []keySink
		for _, in := range r.inputs() {
			by := map[colID]expr{}
			cols := in.columns()
			for i, col := range r.cols {
				by[col.id] = cols[i].ref()
			}
			out = append(out, c.sinks(in, substitute(arg, by))...)
		}
		return out
	}
	return nil
}

// choose goes through the remotes from the smallest on. Each narrows those that are still to come, whose guesses shrink with it:
// so a narrowed one can narrow the next, and none waits for itself.
func (c *keyChooser) choose() []*keyEdge {
	rows := map[*Remote]float64{}
	var rest []*Remote
	for _, r := range c.p.remotes {
		rows[r] = r.Rows
		rest = append(rest, r)
	}
	var chosen []*keyEdge
	for len(rest) > 0 {
		next := 0
		for i, r := range rest {
			if rows[r] < rows[rest[next]] {
				next = i
			}
		}
		source := rest[next]
		rest = slices.Delete(rest, next, next+1)
		c.rank[source] = len(c.rank)
		for _, e := range c.edges {
			if e.source.remote == source && c.pays(e, rows) {
				e.filter.id = len(chosen)
				chosen = append(chosen, e)
			}
		}
	}
	for r, n := range rows {
		r.Rows = n
	}
	return chosen
}

// pays decides on an edge and shrinks the guesses of what it narrows.
func (c *keyChooser) pays(e *keyEdge, rows map[*Remote]float64) bool {
	n := rows[e.source.remote]
	if n > mostSourceRows && !c.p.in.Eager {
		return false
	}
	keys, paid := c.p.est.values(e.source.cols[e.ordinal].id, n), false
	for _, s := range e.sinks {
		if _, done := c.rank[s.rel.remote]; done {
			return false
		}
		kept := keys / c.p.est.valuesOf(s.arg, s.rel.remote.Rows)
		paid = paid || kept <= mostKept && max(rows[s.rel.remote], s.rel.remote.Read) >= leastSinkRows
	}
	if !paid && !c.p.in.Eager {
		return false
	}
	for _, s := range e.sinks {
		rows[s.rel.remote] = max(1, rows[s.rel.remote]*min(1, keys/c.p.est.valuesOf(s.arg, s.rel.remote.Rows)))
	}
	return true
}

// resolve tells the remotes which keys their filters wait for. before are the remotes of the first placing, in the same order.
func (c *keyChooser) resolve(before []*Remote, chosen []*keyEdge) {
	at := map[*Remote]int{}
	for i, r := range before {
		at[r] = i
		c.p.remotes[i].Rows = r.Rows
	}
	most := func(k *connectors.KeyList) int {
		if c.p.in.Eager {
			return eagerKeys
		}
		return k.Most
	}
	for i, r := range c.p.remotes {
		if r.rd == nil {
			continue
		}
		for _, k := range keysIn(r.text) {
			t := r.rd.keys[k]
			edge := chosen[t.filter.id]
			source := at[edge.source.remote]
			if c.rank[edge.source.remote] >= c.rank[before[i]] || c.p.remotes[source].Output()[edge.ordinal].Name != edge.source.remote.Output()[edge.ordinal].Name {
				continue
			}
			t.shown = "keys of " + before[source].Name + " column " + strconv.Itoa(edge.ordinal+1)
			r.Narrow = append(r.Narrow, Narrowing{
				Source: source, Ordinal: edge.ordinal, Type: t.filter.t, Most: most(&r.rd.d.Keys),
				Ranged: t.ranged != "", Shown: t.shown, text: t,
			})
		}
		r.complete()
	}
}
