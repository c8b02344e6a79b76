package planner

import (
	"fmt"
	"strings"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgcat"
)

// governed reads a product whose filters or masks the store cannot all say: the store narrows what it can, and a stage of its own
// in the gateway finishes before anything else sees a row.
func (p *placer) governed(g *governedScan, conds []expr) (rel, error) {
	store := g.scan.product.Store
	raw := &governedScan{scan: g.scan}
	for _, c := range g.scan.cols {
		raw.items = append(raw.items, projectItem{out: c.outColumn, e: c.ref()})
	}
	sayable, rest := p.split(store, raw, g.filters)
	var plain []expr
	by := map[colID]expr{}
	for _, it := range g.items {
		if c, ok := it.e.(*colRef); ok {
			by[it.out.id] = c
		}
	}
	for _, c := range conds {
		if isTotal(c) && onlyIn(columnsOf(c), by) {
			plain = append(plain, substitute(c, by))
		}
	}
	raw.filters = sayable
	input := rel(raw)
	if len(plain) > 0 && !p.in.Disable["pushdown"] {
		if pushed, _ := p.split(store, raw, plain); len(pushed) > 0 {
			input = above(raw, pushed)
		}
	}
	var rd *renderer
	var b *block
	var err error
	if f, ok := input.(*filter); ok {
		rd, b, err = p.probeSuperset(store, f)
	} else {
		rd, b, err = p.rawProbe(store, raw)
	}
	if err != nil {
		return nil, unsayableError(err)
	}
	out := p.remote(rd, b, store, g)
	out.remote.FilteredOn = filteredOn(input)
	return p.stage(g, out, rest)
}

// rawProbe writes a scan whose filters may be a Superset: the stage in the gateway checks them again.
func (p *placer) rawProbe(store string, raw *governedScan) (*renderer, *block, error) {
	rd := newRenderer(p.in.Dialects[store])
	rd.store, rd.plain = store, true
	b := rd.table(raw.scan)
	if c := and(raw.filters...); c != nil {
		var err error
		if b, err = rd.filterOnto(b, c, true); err != nil {
			return nil, nil, err
		}
		for i := range b.where {
			b.where[i] = filterText(b.where[i])
		}
		b.fence = true
	}
	b, err := rd.projectOnto(b, raw.items)
	b.computed = false
	return rd, b, err
}

// stage makes the governing stage: the remaining filters and the masks, in the engine's dialect, over the raw answer.
func (p *placer) stage(g *governedScan, raw *remoteRel, rest []expr) (rel, error) {
	rd := newRenderer(p.in.Engine)
	b, err := rd.rel(above(raw, rest))
	if err == nil {
		for i := range b.where {
			b.where[i] = filterText(b.where[i])
		}
		if b.computed {
			b = rd.closed(b)
		}
		b, err = rd.projectOnto(b, g.items)
	}
	if err != nil {
		return nil, unsayableError(err)
	}
	out := &remoteRel{remote: raw.remote, cols: itemOutputs(g.items)}
	st, forms, err := p.stageOf(rd, b, nil, false)
	if err != nil {
		return nil, err
	}
	raw.remote.Govern, out.forms = st, forms
	return out, nil
}

// system reads a relation of the gateway's own catalogs; equalities with values known before the query runs narrow it there.
func (p *placer) system(s *systemScan, conds []expr) (rel, error) {
	out := &Remote{Name: "r" + fmt.Sprint(len(p.remotes)), System: s.relation, Rows: systemRows}
	rr := &remoteRel{remote: out, cols: scanOutputs(s.cols), forms: make([]decimal, len(s.cols))}
	at := map[colID]int{}
	for i, c := range s.cols {
		at[c.id] = c.ordinal
		out.Ordinals = append(out.Ordinals, c.ordinal)
		rr.forms[i] = newRenderer(p.in.Engine).decimalOf(c.t)
		out.Columns = append(out.Columns, connectors.Column{Name: bareName(c.id), Type: carrierType(c.t, rr.forms[i])})
	}
	if len(s.cols) == 0 {
		out.Columns = []connectors.Column{{Name: "c0", Type: catalog.TypeOf(pgcat.Int4)}}
	}
	for _, c := range conds {
		if e, ok := systemEquality(c, at); ok {
			out.Equal = append(out.Equal, e)
		}
	}
	p.remotes = append(p.remotes, out)
	return rr, nil
}

// systemEquality recognises column = value.
func systemEquality(e expr, at map[colID]int) (Equality, bool) {
	c, ok := e.(*call)
	if !ok || c.op != "=" {
		return Equality{}, false
	}
	for i := range 2 {
		ref, isRef := c.args[i].(*colRef)
		ordinal, known := 0, false
		if isRef {
			ordinal, known = at[ref.id]
		}
		if !known || ref.t.OID != c.args[1-i].typ().OID {
			continue
		}
		switch v := c.args[1-i].(type) {
		case *constant:
			if v.value != nil {
				return Equality{Ordinal: ordinal, Arg: Arg{Kind: ArgConst, Value: v.value, Type: v.t}}, true
			}
		case *param:
			return Equality{Ordinal: ordinal, Arg: Arg{Kind: ArgParam, Index: v.index, Type: v.t}}, true
		}
	}
	return Equality{}, false
}

func unsayableError(err error) error {
	if u, ok := err.(*unsayable); ok {
		return u.refuse()
	}
	return err
}

// stageOf finishes a statement of the engine: its columns are pinned to their carriers' types.
func (p *placer) stageOf(rd *renderer, b *block, ctes []string, recursive bool) (*Stage, []decimal, error) {
	if b.body != "" {
		b = rd.closed(b)
	}
	st := &Stage{Recursive: recursive}
	const border = "\x01" // all texts share one numbering of parameters, so they are numbered as one
	forms := make([]decimal, len(b.cols))
	for i, c := range b.cols {
		col := rd.env[c.id]
		forms[i] = col.decimal
		if forms[i].null {
			forms[i] = decimal{precision: 1}
		}
		out := connectors.Column{Name: bareName(c.id), Type: carrierType(c.t, forms[i]), Fields: p.fields(c.t)}
		name, ok := rd.columnType(&out)
		if !ok {
			return nil, nil, cannot("type %s", c.t).(*unsayable).refuse()
		}
		col.sql = "CAST(" + col.sql + " AS " + name + ")"
		rd.env[c.id] = col
		st.Columns = append(st.Columns, out)
	}
	if len(b.cols) == 0 {
		st.Columns = []connectors.Column{{Name: "c0", Type: catalog.TypeOf(pgcat.Int4)}}
	}
	text, args := rd.finish(strings.Join(append(clip(ctes), rd.selectSQL(b, true)), border))
	parts := strings.Split(text, border)
	st.With, st.SQL, st.Args = parts[:len(ctes)], parts[len(ctes)], args
	all := rd.selectSQL(b, true)
	if len(ctes) > 0 {
		all = "WITH " + strings.Join(ctes, ", ") + " " + all
	}
	st.ShownSQL, st.ShownArgs = rd.shown(all)
	return st, forms, nil
}
