package planner

// lateColumns computes columns of a joined query that can fail after the join, as PostgreSQL does: rows that the join drops are not
// computed, and so do not fail.
func (w *rewriter) lateColumns(r rel) rel {
	return mapRelDeep(r, func(r rel) rel {
		j, ok := r.(*join)
		if !ok || j.lateral {
			return r
		}
		by := map[colID]expr{}
		n := *j
		if j.kind != joinRight && j.kind != joinFull {
			n.left = w.handOn(j.left, j.on, by)
		}
		if j.kind == joinInner || j.kind == joinRight {
			n.right = w.handOn(j.right, j.on, by)
		}
		if len(by) == 0 {
			return r
		}
		p := &project{input: &n}
		for _, c := range j.columns() {
			e, late := by[c.id]
			if !late {
				e = c.ref()
			}
			p.items = append(p.items, projectItem{out: c, e: e})
		}
		return p
	})
}

// handOn leaves out the items of a projection that can fail, and hands on what they are computed of. by gets what they are.
func (w *rewriter) handOn(r rel, on expr, by map[colID]expr) rel {
	p, ok := r.(*project)
	if !ok {
		return r
	}
	p = merged(p)
	joined := colSet{}
	if on != nil {
		joined = columnsOf(on)
	}
	n := &project{input: p.input}
	have, needed, late := colSet{}, colSet{}, false
	for _, it := range p.items {
		if isTotal(it.e) || joined[it.out.id] || isVolatileExpr(it.e) || hasSubquery(it.e) {
			n.items = append(n.items, it)
			have[it.out.id] = true
			continue
		}
		by[it.out.id], late = it.e, true
		for id := range columnsOf(it.e) {
			needed[id] = true
		}
	}
	if !late {
		return r
	}
	for _, c := range p.input.columns() {
		if needed[c.id] && !have[c.id] {
			n.items = append(n.items, projectItem{out: c, e: c.ref()})
		}
	}
	return n
}

// merged makes one projection of several that follow each other.
func merged(p *project) *project {
	for {
		in, ok := p.input.(*project)
		if !ok {
			return p
		}
		by := map[colID]expr{}
		for _, it := range in.items {
			if isVolatileExpr(it.e) || hasSubquery(it.e) {
				return p
			}
			by[it.out.id] = it.e
		}
		n := &project{input: in.input}
		for _, it := range p.items {
			n.items = append(n.items, projectItem{out: it.out, e: substitute(it.e, by)})
		}
		p = n
	}
}
