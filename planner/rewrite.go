package planner

import (
	"meshgate/catalog"
	"meshgate/pgcat"
)

// rewriteRule is one logical rewrite. Each keeps the relation's columns and rows as they are.
type rewriteRule struct {
	name  string
	apply func(w *rewriter, r rel) rel
}

// rules run in this order: CTEs are inlined first so that filters find their way into them; subqueries become joins before
// filters move, because a filter that is a semi-join may go below other joins; joins are grouped when conditions stand on them; pruning comes last, when nothing more moves.
var rules = []rewriteRule{
	{"fold-literals", (*rewriter).foldLiterals},
	{"with-ties", (*rewriter).lowerTies},
	{"inline-cte", (*rewriter).inlineCTEs},
	{"join-conditions", (*rewriter).joinConditions},
	{"outer-tests", (*rewriter).outerTests},
	{"subquery-to-join", (*rewriter).subqueriesToJoins},
	{"push-filter", (*rewriter).pushFilters},
	{"late-columns", (*rewriter).lateColumns},
	{"group-joins", (*rewriter).groupJoins},
	{"partial-aggregate", (*rewriter).partialAggregates},
	{"prune", (*rewriter).prune},
}

// required rules cannot be disabled: the renderer, or the engine, does not know what they remove, or a store would be asked for columns that it
// must not give, or rows would fail that PostgreSQL does not compute.
var required = map[string]bool{"with-ties": true, "inline-cte": true, "join-conditions": true, "outer-tests": true, "late-columns": true, "prune": true}

// rewriter applies the logical rewrites to a governed statement.
type rewriter struct {
	in      *Input
	lastCol colID
}

func (w *rewriter) newColumn(c outColumn) outColumn {
	w.lastCol++
	c.id = w.lastCol
	return c
}

// rewrite applies all rules that are not disabled.
func rewrite(g *governed) rel {
	w := &rewriter{in: g.in, lastCol: g.lastCol}
	r := g.root
	for _, rule := range rules {
		if required[rule.name] || !g.in.Disable[rule.name] && !g.in.Disable["pushdown"] {
			r = rule.apply(w, r)
		}
	}
	g.lastCol = w.lastCol
	return r
}

// lowerTies writes FETCH FIRST n ROWS WITH TIES with window functions: a row stays while fewer than offset + n rows sort before
// it, and the first offset rows go.
func (w *rewriter) lowerTies(r rel) rel {
	return mapRelDeep(r, func(r rel) rel {
		l, ok := r.(*limit)
		if !ok || !l.ties {
			return r
		}
		int8Type := catalog.TypeOf(pgcat.Int8)
		numbered := func(name string) projectItem {
			c := &windowCall{proc: pgcat.Procs(name)[0], window: windowDef{order: l.keys, frame: defaultFrame}, t: int8Type}
			return projectItem{out: w.newColumn(outColumn{name: name, t: int8Type}), e: c}
		}
		rank, place := numbered("rank"), numbered("row_number")
		most := l.count
		conds := []expr{}
		if l.offset != nil {
			most = compareInt8("+", l.count, l.offset)
			conds = append(conds, compareInt8(">", place.out.ref(), l.offset))
		}
		conds = append(conds, compareInt8("<=", rank.out.ref(), most))
		kept := &filter{input: &window{input: l.input, calls: []projectItem{rank, place}}, cond: and(conds...)}
		p := &project{input: &sort{input: kept, keys: []sortKey{{e: place.out.ref()}}}}
		for _, c := range l.columns() {
			p.items = append(p.items, projectItem{out: c, e: c.ref()})
		}
		return p
	})
}

// compareInt8 makes the call of an operator on two int8 values.
func compareInt8(name string, left, right expr) expr {
	for _, o := range pgcat.Operators(name) {
		if o.Left == pgcat.Int8 && o.Right == pgcat.Int8 {
			return &call{proc: pgcat.ProcByOID(o.Code), op: name, args: []expr{left, right}, t: catalog.TypeOf(o.Result)}
		}
	}
	panic("planner: no operator " + name + " on int8")
}

// inlineCTEs puts a CTE that is read once in place of its reference, and drops those that are not read at all. One that is read
// more often, written MATERIALIZED, recursive or volatile stays: PostgreSQL computes it once.
func (w *rewriter) inlineCTEs(r rel) rel {
	for {
		refs := map[int]int{}
		countRefs(r, refs)
		changed := false
		r = mapRelDeep(r, func(r rel) rel {
			x, ok := r.(*with)
			if !ok {
				return r
			}
			out, did := inlineOnce(x, refs)
			changed = changed || did
			return out
		})
		if !changed {
			return r
		}
	}
}

// inlineOnce inlines or drops the CTEs of one WITH that allow it.
func inlineOnce(x *with, refs map[int]int) (rel, bool) {
	var kept []*cte
	body := x.body
	changed := false
	ctes := append([]*cte(nil), x.ctes...)
	for i, c := range ctes {
		switch {
		case refs[c.id] == 0:
			changed = true
		case refs[c.id] == 1 && c.recursive == nil && (c.materialized == nil || !*c.materialized) && !isVolatile(c.query):
			replace := func(r rel) rel { return mapRelDeep(r, func(r rel) rel { return inlineRef(r, c) }) }
			body = replace(body)
			for k, later := range ctes[i+1:] {
				d := *later
				d.query = replace(later.query)
				if later.recursive != nil {
					d.recursive = replace(later.recursive)
				}
				ctes[i+1+k] = &d
			}
			for k, earlier := range kept {
				d := *earlier
				d.query = replace(earlier.query)
				kept[k] = &d
			}
			changed = true
		default:
			kept = append(kept, c)
		}
	}
	if !changed {
		return x, false
	}
	if len(kept) == 0 {
		return body, true
	}
	return &with{ctes: kept, body: body}, true
}

func inlineRef(r rel, c *cte) rel {
	ref, ok := r.(*cteRef)
	if !ok || ref.id != c.id {
		return r
	}
	p := &project{input: c.query}
	for i, out := range ref.cols {
		p.items = append(p.items, projectItem{out: out, e: c.cols[i].ref()})
	}
	return p
}

// countRefs counts the references to each CTE, also from inside subqueries.
func countRefs(r rel, refs map[int]int) {
	visitRels(r, func(r rel) {
		if c, ok := r.(*cteRef); ok {
			refs[c.id]++
		}
	})
}

// visitRels calls visit for a relation and everything below it, subqueries included.
func visitRels(r rel, visit func(rel)) {
	visit(r)
	for _, in := range r.inputs() {
		visitRels(in, visit)
	}
	for _, e := range r.exprs() {
		visitSubqueries(e, visit)
	}
}

func visitSubqueries(e expr, visit func(rel)) {
	if s, ok := e.(*subquery); ok {
		visitRels(s.query, visit)
	}
	for _, c := range e.children() {
		visitSubqueries(c, visit)
	}
}

// isVolatile reports whether evaluating a relation twice, or less often, could give something else.
func isVolatile(r rel) bool {
	found := false
	walkRelExprs(r, func(e expr) bool {
		found = found || volatileHead(e)
		return !found
	})
	return found
}

func isVolatileExpr(e expr) bool {
	found := false
	walkExpr(e, func(e expr) bool {
		found = found || volatileHead(e)
		return !found
	})
	return found
}

func volatileHead(e expr) bool {
	switch e := e.(type) {
	case *call:
		return e.proc.Volatile == 'v'
	case *setCall:
		return e.proc != nil && e.proc.Volatile == 'v'
	}
	return false
}

func hasSubquery(e expr) bool {
	found := false
	walkExpr(e, func(e expr) bool {
		_, is := e.(*subquery)
		found = found || is
		return !found
	})
	return found
}

func hasSet(e expr) bool {
	found := false
	walkExpr(e, func(e expr) bool {
		_, is := e.(*setCall)
		found = found || is
		return !found
	})
	return found
}
