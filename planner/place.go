package planner

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgcat"
)

// remoteRel stands in the residual for what a store, or the gateway's own catalog, answers.
type remoteRel struct {
	remote *Remote
	cols   []outColumn
	forms  []decimal
}

func (r *remoteRel) columns() []outColumn { return r.cols }
func (r *remoteRel) inputs() []rel        { return nil }
func (r *remoteRel) withInputs([]rel) rel { return r }
func (r *remoteRel) exprs() []expr        { return nil }
func (r *remoteRel) withExprs([]expr) rel { return r }

// remote writes the reference to an input of the engine.
func (r *renderer) remote(n *remoteRel) (*block, error) {
	if !r.d.Decimals || r.store != "" {
		return nil, cannot("the answer of another store")
	}
	alias := r.alias()
	for i, c := range n.cols {
		r.env[c.id] = column{sql: alias + "." + r.colName(c.id), decimal: n.forms[i]}
	}
	return &block{from: r.d.Quote(n.remote.Name) + " AS " + alias, cols: n.cols}, nil
}

// placer decides where each part of a governed statement runs. It works from the top: the largest part that one store can do
// whole becomes one query of that store.
type placer struct {
	in      *Input
	root    rel // of the whole statement
	remotes []*Remote
	stays   []string
	est     *estimator
	shapes  []rowShape
	inside  *catalog.Product // the derived product that is being placed
}

func (p *placer) stay(store string, err error) {
	if p.inside != nil {
		return
	}
	s := fmt.Sprintf("%s has no exact way to say %s", store, err)
	if !slices.Contains(p.stays, s) {
		p.stays = append(p.stays, s)
	}
}

// place returns the relation with everything that stores do replaced by their answers.
func (p *placer) place(r rel) (rel, error) {
	if s, ok := r.(*sort); ok && r != p.root {
		return p.parts(s) // the order of an answer is lost in what the engine does with it
	}
	rr, err := p.whole(r)
	if err != nil {
		return nil, err
	}
	if rr != nil {
		return p.ordered(r, rr), nil
	}
	switch r := r.(type) {
	case *governedScan:
		return p.governed(r, nil)
	case *derived:
		return p.placeDerived(r)
	case *systemScan:
		return p.system(r, nil)
	case *filter:
		return p.filter(r)
	case *with:
		return p.with(r)
	}
	return p.parts(r)
}

// ordered sorts the answer to a LIMIT with ORDER BY again, where the engine goes on with it.
func (p *placer) ordered(r, answer rel) rel {
	l, ok := r.(*limit)
	if !ok || r == p.root {
		return answer
	}
	if s, ok := l.input.(*sort); ok {
		return &sort{input: answer, keys: s.keys}
	}
	return answer
}

// with places a WITH. A recursive term runs again and again, and so it reads again what it reads.
func (p *placer) with(r *with) (rel, error) {
	placed, err := p.parts(r)
	if err != nil {
		return nil, err
	}
	for _, c := range placed.(*with).ctes {
		if c.recursive == nil {
			continue
		}
		visitRels(c.recursive, func(r rel) {
			if rr, ok := r.(*remoteRel); ok {
				rr.remote.Repeated = true
			}
		})
	}
	return placed, nil
}

// parts places the inputs of an operation that stays, and the queries inside its expressions.
func (p *placer) parts(r rel) (rel, error) {
	in := r.inputs()
	out := make([]rel, len(in))
	for i, c := range in {
		var err error
		if out[i], err = p.place(c); err != nil {
			return nil, err
		}
	}
	if len(in) > 0 {
		r = r.withInputs(out)
	}
	return p.queries(r)
}

// queries places the queries inside an operation's expressions.
func (p *placer) queries(r rel) (rel, error) {
	var failed error
	e, changed := mapExprs(r.exprs(), func(e expr) expr { return p.expression(e, &failed) })
	if changed {
		r = r.withExprs(e)
	}
	return r, failed
}

func (p *placer) expression(e expr, failed *error) expr {
	return mapQueries(e, func(q rel) rel {
		if *failed != nil {
			return q
		}
		placed, err := p.place(q)
		if err != nil {
			*failed = err
			return q
		}
		return placed
	})
}

// storeOf returns the one store that a relation reads, or false when it reads none, several, or something of the gateway's.
func storeOf(r rel) (string, bool) {
	store, one := "", true
	defined := map[int]bool{}
	visitRels(r, func(r rel) {
		if w, ok := r.(*with); ok {
			for _, c := range w.ctes {
				defined[c.id] = true
			}
		}
	})
	visitRels(r, func(r rel) {
		switch r := r.(type) {
		case *governedScan:
			if store != "" && store != r.scan.product.Store {
				one = false
			}
			store = r.scan.product.Store
		case *systemScan, *remoteRel:
			one = false
		case *cteRef:
			one = one && defined[r.id]
		}
	})
	return store, one && store != ""
}

// whole makes one query of a store of a relation, or returns nil where that cannot be, or would not pay.
func (p *placer) whole(r rel) (rel, error) {
	store, ok := storeOf(r)
	if !ok || len(freeColumns(r)) > 0 {
		return nil, nil
	}
	if _, bare := r.(*governedScan); p.in.Disable["pushdown"] && !bare {
		return nil, nil
	}
	if multiplies(r) {
		return nil, nil
	}
	if err := safeBesideFilters(r); err != nil {
		p.stay(store, err)
		return nil, nil
	}
	rd, b, err := p.probe(store, r)
	if err != nil {
		p.stay(store, err)
		return nil, nil
	}
	return p.remote(rd, b, store, r), nil
}

// probe writes a relation in a store's dialect.
func (p *placer) probe(store string, r rel) (*renderer, *block, error) {
	d := p.in.Dialects[store]
	if d == nil {
		return nil, nil, cannot("anything: the store is not known")
	}
	rd := newRenderer(d)
	rd.store = store
	rd.plain = isPlain(r)
	b, err := rd.rel(r)
	return rd, b, cmp.Or(err, rd.failed)
}

// isPlain reports whether a relation reads one table through operations of one input only: then columns need no table name.
func isPlain(r rel) bool {
	for _, e := range r.exprs() {
		if hasSubquery(e) {
			return false
		}
	}
	switch in := r.inputs(); len(in) {
	case 0:
		_, ok := r.(*governedScan)
		return ok
	case 1:
		switch r.(type) {
		case *with:
			return false
		case *sort:
			return false // a bare name in ORDER BY means a column of the result
		}
		return isPlain(in[0])
	}
	return false
}

// multiplies reports whether the rows would be those of a product: it is cheaper to fetch both sides.
func multiplies(r rel) bool {
	switch r := r.(type) {
	case *project:
		return multiplies(r.input)
	case *filter:
		return multiplies(r.input)
	case *sort:
		return multiplies(r.input)
	case *join:
		if r.kind == joinSemi || r.kind == joinAnti || r.lateral {
			return false
		}
		left, right := colSet{}, colSet{}
		left.add(r.left.columns())
		right.add(r.right.columns())
		for _, c := range conjuncts(r.on) {
			if used := columnsOf(c); used.hasAny(left) && used.hasAny(right) {
				return multiplies(r.left) || multiplies(r.right)
			}
		}
		return true
	}
	return false
}

// safeBesideFilters refuses conditions that can fail in a query that also holds row filters: a store may evaluate them on rows
// that the filter hides, and the failure would tell of them.
func safeBesideFilters(r rel) error {
	filtered := false
	var risky expr
	visitRels(r, func(r rel) {
		switch r := r.(type) {
		case *governedScan:
			filtered = filtered || len(r.filters) > 0
		case *derived:
			filtered = true
		case *filter:
			if !isTotal(r.cond) {
				risky = r.cond
			}
		case *join:
			if r.on != nil && !isTotal(r.on) {
				risky = r.on
			}
		}
	})
	if filtered && risky != nil {
		return cannot("a condition that can fail beside a row filter")
	}
	return nil
}

// remote makes the query of a store that a block holds.
func (p *placer) remote(rd *renderer, b *block, store string, r rel) *remoteRel {
	cols := b.cols
	forms := make([]decimal, len(cols))
	out := &Remote{Name: "r" + fmt.Sprint(len(p.remotes)), Store: store, Inside: p.inside}
	for i, c := range cols {
		forms[i] = rd.env[c.id].decimal
		if !rd.d.Decimals {
			forms[i] = rd.decimalOf(c.t)
		}
		out.Columns = append(out.Columns, connectors.Column{Name: bareName(c.id), Type: carrierType(c.t, forms[i])})
	}
	if len(cols) == 0 {
		out.Columns = []connectors.Column{{Name: "c0", Type: catalog.TypeOf(pgcat.Int4)}}
	}
	if rd.d.Decimals && b.body == "" {
		rd.pin(b, out.Columns)
	}
	out.Rows, out.Read = p.est.rows(r), p.est.read(r)
	if p.est.known(r) {
		out.Whole = out.Rows
	}
	out.rd, out.text = rd, rd.selectSQL(b, false)
	out.complete()
	out.Expect = expectations(r)
	out.FilteredOn = filteredOn(r)
	p.remotes = append(p.remotes, out)
	return &remoteRel{remote: out, cols: cols, forms: forms}
}

// pin gives computed columns the types of their carriers: to DuckDB a NULL that it computed beforehand is an integer.
func (r *renderer) pin(b *block, columns []connectors.Column) {
	quote, nested := r.d.Quote("c")[:1], strings.Contains(b.from, "(SELECT ")
	for i, c := range b.cols {
		col := r.env[c.id]
		name, ok := r.d.TypeName(columns[i].Type)
		if !ok || !nested && !strings.ContainsAny(col.sql, "( "+mark) && strings.Contains(col.sql, quote) {
			continue
		}
		r.env[c.id] = col.as("CAST(" + col.sql + " AS " + name + ")")
	}
}

// complete writes the statement without keys, and as EXPLAIN shows it.
func (r *Remote) complete() {
	always := func(int) string { return r.rd.d.Ops["true"].SQL }
	r.SQL, r.Args = r.rd.finish(keyed(r.text, always))
	r.ShownSQL, r.ShownArgs = r.rd.shown(keyed(r.text, func(i int) string {
		t := r.rd.keys[i]
		if t.shown == "" {
			return always(i)
		}
		return strings.Replace(t.list, listed, "<"+t.shown+">", 1)
	}))
}

func bareName(id colID) string {
	if id < 0 {
		return fmt.Sprintf("g%d", -id)
	}
	return fmt.Sprintf("c%d", id)
}

// carrierType is a column's type with the typmod that decides its carrier.
func carrierType(t catalog.Type, d decimal) catalog.Type {
	if t.OID == pgcat.Numeric {
		return catalog.Type{OID: t.OID, Mod: d.typmod()}
	}
	return catalog.TypeOf(t.OID)
}

// expectations lists the relations and columns that a query may mention.
func expectations(r rel) []connectors.Expectation {
	var out []connectors.Expectation
	visitRels(r, func(r rel) {
		g, ok := r.(*governedScan)
		if !ok {
			return
		}
		e := connectors.Expectation{Schema: g.scan.product.Schema, Table: g.scan.product.Table}
		for _, c := range g.scan.cols {
			col := &g.scan.product.Columns[c.ordinal]
			e.Columns, e.Types = append(e.Columns, col.Physical), append(e.Types, expectedType(col))
		}
		out = append(out, e)
	})
	return out
}

// expectedType is the type that a column must have at the store; OID 0 where the query casts it, as it does texts.
func expectedType(c *catalog.Column) catalog.Type {
	if category, _ := typeCategory(c.Type.OID); category == 'S' {
		return catalog.Type{}
	}
	return c.Type
}

// filter pushes what a store can say of a condition and keeps the rest. What the store says as a Superset is kept too.
func (p *placer) filter(f *filter) (rel, error) {
	conds := conjuncts(f.cond)
	switch in := f.input.(type) {
	case *systemScan:
		r, err := p.system(in, conds)
		if err != nil {
			return nil, err
		}
		return p.queries(above(r, conds))
	case *governedScan:
		if _, _, err := p.probe(in.scan.product.Store, in); err != nil {
			r, err := p.governed(in, conds)
			if err != nil {
				return nil, err
			}
			return p.queries(above(r, conds))
		}
	}
	store, ok := storeOf(f.input)
	if !ok || len(freeColumns(f.input)) > 0 || p.in.Disable["pushdown"] || multiplies(f.input) || safeBesideFilters(f.input) != nil {
		return p.parts(f)
	}
	pushed, kept := p.split(store, f.input, conds)
	if len(pushed) == 0 {
		return p.parts(f)
	}
	rd, b, err := p.probeSuperset(store, above(f.input, pushed).(*filter))
	if err != nil {
		return p.parts(f)
	}
	rr := p.remote(rd, b, store, f)
	rr.remote.FilteredOn = filteredOn(above(f.input, pushed))
	return p.queries(above(rr, kept))
}

// split tells which conditions a store can say: exactly, or as a Superset, which is kept as well. One that can fail goes no further than
// those written before it, which may be there to guard it.
func (p *placer) split(store string, input rel, conds []expr) (pushed, kept []expr) {
	filtered := false
	visitRels(input, func(r rel) {
		switch r := r.(type) {
		case *governedScan:
			filtered = filtered || len(r.filters) > 0
		case *derived:
			filtered = true
		}
	})
	guarded := false
	keep := func(c expr) {
		kept = append(kept, c)
		guarded = guarded || !hasSubquery(c) // PostgreSQL, too, evaluates queries last
	}
	for _, c := range conds {
		if guarded && !isTotal(c) {
			p.stay(store, cannot("a condition that can fail after one that stays"))
			kept = append(kept, c)
			continue
		}
		if filtered && !isTotal(c) {
			p.stay(store, cannot("a condition that can fail beside a row filter"))
			keep(c)
			continue
		}
		if _, dynamic := c.(*keyFilter); dynamic && p.in.Dialects[store].Keys.SQL == "" {
			continue
		}
		if len(freeColumns(&filter{input: input, cond: c})) > 0 {
			keep(c)
			continue
		}
		if s, ok := storeOf(&filter{input: input, cond: c}); !ok || s != store {
			keep(c)
			continue
		}
		rd, _, err := p.probeSuperset(store, &filter{input: input, cond: c})
		switch {
		case err != nil:
			p.stay(store, err)
			keep(c)
		case rd.inexact:
			pushed = append(pushed, c)
			keep(c)
		default:
			pushed = append(pushed, c)
		}
	}
	return pushed, kept
}

// probeSuperset is probe that lets the conjuncts of the topmost condition be a Superset.
func (p *placer) probeSuperset(store string, f *filter) (*renderer, *block, error) {
	rd := newRenderer(p.in.Dialects[store])
	rd.store = store
	rd.plain = isPlain(f)
	b, err := rd.rel(f.input)
	if err != nil {
		return nil, nil, err
	}
	b, err = rd.filterOnto(b, f.cond, true)
	return rd, b, cmp.Or(err, rd.failed)
}
