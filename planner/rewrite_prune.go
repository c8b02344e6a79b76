package planner

import (
	"meshgate/catalog"
	"meshgate/pgcat"
)

// prune drops columns that nothing reads, so that stores are not asked for them.
func (w *rewriter) prune(r rel) rel {
	needed := colSet{}
	needed.add(r.columns())
	p := &pruner{w: w}
	return p.rel(r, needed)
}

// pruner walks from the top with what is needed of each relation.
type pruner struct{ w *rewriter }

// oneRow is an aggregate that reads nothing.
func (p *pruner) oneRow() projectItem {
	for _, proc := range pgcat.Procs("count") {
		if len(proc.Args) == 0 {
			t := catalog.TypeOf(proc.Ret)
			return projectItem{out: p.w.newColumn(outColumn{name: "count", t: t}), e: &aggCall{proc: proc, star: true, t: t}}
		}
	}
	panic("planner: no count(*)")
}

func with2(a colSet, list ...expr) colSet {
	out := columnsOf(list...)
	for id := range a {
		out[id] = true
	}
	return out
}

// queries prunes the queries inside a relation's expressions.
func (p *pruner) queries(r rel) rel {
	e, changed := mapExprs(r.exprs(), func(e expr) expr {
		return mapExprOuter(e, func(e expr) expr {
			s, ok := e.(*subquery)
			if !ok {
				return e
			}
			needed := colSet{}
			if s.kind != subqueryExists {
				needed.add(s.query.columns())
			}
			n := *s
			n.query = p.rel(s.query, needed)
			return &n
		})
	})
	if changed {
		return r.withExprs(e)
	}
	return r
}

func (p *pruner) rel(r rel, needed colSet) rel {
	switch r := p.queries(r).(type) {
	case *project:
		n := *r
		n.items = keepItems(r.items, needed)
		n.input = p.rel(r.input, columnsOf(itemExprs(n.items)...))
		return &n
	case *projectSet:
		n := *r
		n.items = nil
		for _, it := range r.items {
			if needed[it.out.id] || hasSet(it.e) {
				n.items = append(n.items, it)
			}
		}
		n.input = p.rel(r.input, columnsOf(itemExprs(n.items)...))
		return &n
	case *filter:
		return r.withInputs([]rel{p.rel(r.input, with2(needed, r.cond))})
	case *sort:
		return r.withInputs([]rel{p.rel(r.input, with2(needed, keyExprs(r.keys)...))})
	case *limit:
		return r.withInputs([]rel{p.rel(r.input, with2(needed, r.exprs()...))})
	case *distinct:
		below := with2(needed, r.exprs()...)
		if len(r.on) == 0 {
			below.add(r.columns())
		}
		return r.withInputs([]rel{p.rel(r.input, below)})
	case *join:
		below := with2(needed, r.exprs()...)
		if r.lateral {
			for id := range freeColumns(r.right) {
				below[id] = true
			}
		}
		return r.withInputs([]rel{narrow(p.rel(r.left, below), below), narrow(p.rel(r.right, below), below)})
	case *aggregate:
		n := *r
		n.aggs = keepItems(r.aggs, needed)
		if len(n.keys) == 0 && len(n.aggs) == 0 {
			n.aggs = []projectItem{p.oneRow()} // it is what makes one row of all
		}
		n.input = p.rel(r.input, columnsOf(n.exprs()...))
		return &n
	case *window:
		n := *r
		n.calls = keepItems(r.calls, needed)
		in := p.rel(r.input, with2(needed, itemExprs(n.calls)...))
		if len(n.calls) == 0 {
			return in
		}
		n.input = in
		return &n
	case *setOp:
		return p.setOp(r, needed)
	case *with:
		return p.with(r, needed)
	case *cteRef:
		return r // a CTE's columns are addressed by place
	case *governedScan:
		return pruneGoverned(r, needed)
	case *derived:
		n := *r
		n.items = keepItems(r.items, needed)
		n.input = p.rel(r.input, columnsOf(n.exprs()...))
		return &n
	case *systemScan:
		n := *r
		n.cols = keepScan(r.cols, needed)
		return &n
	case *values:
		return pruneValues(r, needed)
	case *scan, *functionScan:
		return r
	}
	panic("planner: prune does not know this relation")
}

func keepItems(items []projectItem, needed colSet) []projectItem {
	var out []projectItem
	for _, it := range items {
		if needed[it.out.id] {
			out = append(out, it)
		}
	}
	return out
}

func keepScan(cols []scanColumn, needed colSet) []scanColumn {
	var out []scanColumn
	for _, c := range cols {
		if needed[c.id] {
			out = append(out, c)
		}
	}
	return out
}

func pruneGoverned(r *governedScan, needed colSet) rel {
	n := *r
	n.items = keepItems(r.items, needed)
	s := *r.scan
	s.cols = keepScan(r.scan.cols, columnsOf(append(itemExprs(n.items), r.filters...)...))
	n.scan = &s
	return &n
}

func pruneValues(r *values, needed colSet) rel {
	var at []int
	for i, c := range r.cols {
		if needed[c.id] {
			at = append(at, i)
		}
	}
	if len(at) == len(r.cols) || len(at) == 0 {
		return r
	}
	n := &values{}
	for _, i := range at {
		n.cols = append(n.cols, r.cols[i])
	}
	for _, row := range r.rows {
		var kept []expr
		for _, i := range at {
			kept = append(kept, row[i])
		}
		n.rows = append(n.rows, kept)
	}
	return n
}

// setOp drops columns of UNION ALL on both sides; the others compare whole rows.
func (p *pruner) setOp(r *setOp, needed colSet) rel {
	left, right := colSet{}, colSet{}
	lc, rc := r.left.columns(), r.right.columns()
	n := *r
	n.cols = nil
	for i, c := range r.cols {
		if needed[c.id] || !(r.kind == setUnion && r.all) {
			n.cols = append(n.cols, c)
			left[lc[i].id], right[rc[i].id] = true, true
		}
	}
	n.left, n.right = narrow(p.rel(r.left, left), left), narrow(p.rel(r.right, right), right)
	return &n
}

// narrow leaves out columns that a relation could not drop itself: the sides of a set operation meet by place.
func narrow(r rel, keep colSet) rel {
	cols := r.columns()
	var items []projectItem
	for _, c := range cols {
		if keep[c.id] {
			items = append(items, projectItem{out: c, e: c.ref()})
		}
	}
	if len(items) == len(cols) {
		return r
	}
	return &project{input: r, items: items}
}

func (p *pruner) with(r *with, needed colSet) rel {
	n := *r
	n.body = p.rel(r.body, needed)
	n.ctes = append([]*cte(nil), r.ctes...)
	for i := range r.ctes {
		c := *r.ctes[i]
		want := colSet{}
		want.add(c.cols)
		c.query = p.rel(c.query, want)
		if c.recursive != nil {
			all := colSet{}
			all.add(c.recursive.columns())
			c.recursive = p.rel(c.recursive, all)
		}
		n.ctes[i] = &c
	}
	return &n
}
