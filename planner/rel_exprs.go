package planner

func (r *scan) exprs() []expr         { return nil }
func (r *systemScan) exprs() []expr   { return nil }
func (r *governedScan) exprs() []expr { return nil }
func (r *cteRef) exprs() []expr       { return nil }
func (r *setOp) exprs() []expr        { return nil }
func (r *with) exprs() []expr         { return nil }
func (r *filter) exprs() []expr       { return []expr{r.cond} }
func (r *sort) exprs() []expr         { return keyExprs(r.keys) }
func (r *project) exprs() []expr      { return itemExprs(r.items) }
func (r *projectSet) exprs() []expr   { return itemExprs(r.items) }
func (r *window) exprs() []expr       { return itemExprs(r.calls) }
func (r *distinct) exprs() []expr     { return append(clip(r.on), keyExprs(r.keys)...) }

func (r *values) exprs() []expr {
	var all []expr
	for _, row := range r.rows {
		all = append(all, row...)
	}
	return all
}

func (r *join) exprs() []expr {
	if r.on == nil {
		return nil
	}
	return []expr{r.on}
}

func (r *aggregate) exprs() []expr { return append(itemExprs(r.keys), itemExprs(r.aggs)...) }

func (r *limit) exprs() []expr {
	var e []expr
	if r.count != nil {
		e = append(e, r.count)
	}
	if r.offset != nil {
		e = append(e, r.offset)
	}
	return append(e, keyExprs(r.keys)...)
}

func (r *functionScan) exprs() []expr {
	e := make([]expr, len(r.calls))
	for i, c := range r.calls {
		e[i] = c
	}
	return e
}

func itemExprs(items []projectItem) []expr {
	e := make([]expr, len(items))
	for i, it := range items {
		e[i] = it.e
	}
	return e
}

func keyExprs(keys []sortKey) []expr {
	e := make([]expr, len(keys))
	for i, k := range keys {
		e[i] = k.e
	}
	return e
}

func withItems(items []projectItem, e []expr) []projectItem {
	out := append([]projectItem(nil), items...)
	for i := range out {
		out[i].e = e[i]
	}
	return out
}

func (r *scan) withExprs([]expr) rel         { return r }
func (r *systemScan) withExprs([]expr) rel   { return r }
func (r *governedScan) withExprs([]expr) rel { return r }
func (r *cteRef) withExprs([]expr) rel       { return r }
func (r *setOp) withExprs([]expr) rel        { return r }
func (r *with) withExprs([]expr) rel         { return r }

func (r *filter) withExprs(e []expr) rel {
	n := *r
	n.cond = e[0]
	return &n
}

func (r *sort) withExprs(e []expr) rel {
	n := *r
	n.keys, _ = withKeys(r.keys, e)
	return &n
}

func (r *project) withExprs(e []expr) rel {
	n := *r
	n.items = withItems(r.items, e)
	return &n
}

func (r *projectSet) withExprs(e []expr) rel {
	n := *r
	n.items = withItems(r.items, e)
	return &n
}

func (r *window) withExprs(e []expr) rel {
	n := *r
	n.calls = withItems(r.calls, e)
	return &n
}

func (r *distinct) withExprs(e []expr) rel {
	n := *r
	if len(r.on) > 0 {
		n.on = e[:len(r.on):len(r.on)]
	}
	n.keys, _ = withKeys(r.keys, e[len(r.on):])
	return &n
}

func (r *values) withExprs(e []expr) rel {
	n := *r
	n.rows = make([][]expr, len(r.rows))
	for i, row := range r.rows {
		n.rows[i], e = e[:len(row):len(row)], e[len(row):]
	}
	return &n
}

func (r *join) withExprs(e []expr) rel {
	n := *r
	if r.on != nil {
		n.on = e[0]
	}
	return &n
}

func (r *aggregate) withExprs(e []expr) rel {
	n := *r
	n.keys, n.aggs = withItems(r.keys, e), withItems(r.aggs, e[len(r.keys):])
	return &n
}

func (r *limit) withExprs(e []expr) rel {
	n := *r
	if r.count != nil {
		n.count, e = e[0], e[1:]
	}
	if r.offset != nil {
		n.offset, e = e[0], e[1:]
	}
	n.keys, _ = withKeys(r.keys, e)
	return &n
}

func (r *functionScan) withExprs(e []expr) rel {
	n := *r
	n.calls = make([]*setCall, len(e))
	for i := range e {
		n.calls[i] = e[i].(*setCall)
	}
	return &n
}
