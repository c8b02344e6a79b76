package planner

import "slices"

// groupJoins brings relations of one store together, so that the store joins them in one query: inner joins commute, and a semi,
// an anti or a left join whose condition reads one side of an inner join alone belongs to that side.
func (w *rewriter) groupJoins(r rel) rel {
	j, ok := r.(*join)
	if !ok || !flattens(j) {
		return w.groupBelow(r)
	}
	whole := w.groupLeaves(r)
	t := &joinTree{}
	t.flatten(whole)
	if grouped := t.build(); grouped != nil {
		return grouped
	}
	return whole
}

// groupLeaves is groupJoins for everything below a tree of joins.
func (w *rewriter) groupLeaves(r rel) rel {
	j, ok := r.(*join)
	if !ok || !flattens(j) {
		return w.groupJoins(r)
	}
	n := *j
	n.left, n.on = w.groupLeaves(j.left), w.groupQueries(j.on)
	if j.kind == joinInner {
		n.right = w.groupLeaves(j.right)
	} else {
		n.right = w.groupJoins(j.right)
	}
	return &n
}

// groupBelow is groupJoins for the inputs of an operation and the queries inside its expressions.
func (w *rewriter) groupBelow(r rel) rel {
	if in := r.inputs(); len(in) > 0 {
		out := make([]rel, len(in))
		for i, c := range in {
			out[i] = w.groupJoins(c)
		}
		r = r.withInputs(out)
	}
	if e, changed := mapExprs(r.exprs(), w.groupQueries); changed {
		r = r.withExprs(e)
	}
	return r
}

func (w *rewriter) groupQueries(e expr) expr {
	return mapQueries(e, w.groupJoins)
}

// flattens reports whether a join is one that groupJoins takes apart.
func flattens(j *join) bool {
	return !j.lateral && (j.kind == joinInner || j.kind == joinLeft || j.kind == joinSemi || j.kind == joinAnti)
}

// joinTree is a tree of joins taken apart: what is inner-joined, the conditions between them, and the joins that stand on top of
// some of them.
type joinTree struct {
	leaves []*joinPart
	conds  []expr
	ops    []*joinOp
}

// joinPart is relations that are joined already.
type joinPart struct {
	r      rel
	cols   colSet
	store  string // the one store that it reads, or empty
	pieces int
}

// joinOp is a semi, anti or left join that waits for its left side.
type joinOp struct {
	kind  joinKind
	right rel
	on    expr
	needs colSet // columns of the left that its condition reads
}

func newJoinPart(r rel) *joinPart {
	p := &joinPart{r: r, cols: colSet{}, pieces: 1}
	p.cols.add(r.columns())
	if store, one := storeOf(r); one && len(freeColumns(r)) == 0 {
		p.store = store
	}
	return p
}

func (t *joinTree) flatten(r rel) {
	j, ok := r.(*join)
	if !ok || !flattens(j) {
		t.leaves = append(t.leaves, newJoinPart(r))
		return
	}
	t.flatten(j.left)
	if j.kind == joinInner {
		t.flatten(j.right)
		t.conds = append(t.conds, conjuncts(j.on)...)
		return
	}
	op := &joinOp{kind: j.kind, right: j.right, on: j.on, needs: colSet{}}
	left := colSet{}
	left.add(j.left.columns())
	for id := range columnsOf(j.on) {
		if left[id] {
			op.needs[id] = true
		}
	}
	t.ops = append(t.ops, op)
}

// build joins the parts of each store, then the stores' parts. It returns nil where no part of several comes about, or one that is
// all there is: then the tree is as good as it was written.
func (t *joinTree) build() rel {
	parts := t.byStore()
	var waiting []*joinOp
	for _, op := range t.ops {
		if p := partWith(parts, op.needs); p != nil && len(op.needs) > 0 && t.sameStore(p, op) {
			p.apply(op)
			p.pieces++
			continue
		}
		waiting = append(waiting, op)
	}
	several := false
	for _, p := range parts {
		several = several || p.pieces > 1
	}
	if !several || len(parts)+len(waiting) == 1 {
		return nil
	}
	whole := t.connect(parts)
	for _, op := range waiting {
		whole.apply(op)
	}
	return above(whole.r, t.conds)
}

func (t *joinTree) sameStore(p *joinPart, op *joinOp) bool {
	store, one := storeOf(op.right)
	return one && store == p.store && len(freeColumns(op.right)) == 0
}

func partWith(parts []*joinPart, needs colSet) *joinPart {
	for _, p := range parts {
		if p.cols.hasAll(needs) {
			return p
		}
	}
	return nil
}

// apply puts a semi, anti or left join on a part.
func (p *joinPart) apply(op *joinOp) {
	j := &join{kind: op.kind, left: p.r, right: op.right, on: op.on}
	p.r = j
	p.cols.add(j.columns())
}

// byStore joins the leaves that are of one store and connected by equality. The conditions that it uses leave the tree.
func (t *joinTree) byStore() []*joinPart {
	var parts []*joinPart
	for _, p := range t.leaves {
		for i := t.partner(parts, p); i >= 0; i = t.partner(parts, p) {
			p = t.merge(parts[i], p)
			parts = slices.Delete(parts, i, i+1)
		}
		parts = append(parts, p)
	}
	return parts
}

// partner finds a part of the same store that an equality connects with p.
func (t *joinTree) partner(parts []*joinPart, p *joinPart) int {
	if p.store == "" {
		return -1
	}
	for i, other := range parts {
		if other.store != p.store {
			continue
		}
		for _, c := range t.conds {
			used := columnsOf(c)
			if isEquality(c) && used.hasAny(p.cols) && used.hasAny(other.cols) && coveredBy(used, p.cols, other.cols) {
				return i
			}
		}
	}
	return -1
}

func isEquality(c expr) bool {
	e, ok := c.(*call)
	return ok && e.op == "=" && len(e.args) == 2
}

func coveredBy(used, a, b colSet) bool {
	for id := range used {
		if !a[id] && !b[id] {
			return false
		}
	}
	return true
}

// merge joins two parts on all conditions that they cover together.
func (t *joinTree) merge(a, b *joinPart) *joinPart {
	var on, rest []expr
	for _, c := range t.conds {
		used := columnsOf(c)
		if len(used) > 0 && coveredBy(used, a.cols, b.cols) && !hasSubquery(c) {
			on = append(on, c)
		} else {
			rest = append(rest, c)
		}
	}
	t.conds = rest
	out := &joinPart{r: &join{kind: joinInner, left: a.r, right: b.r, on: and(on...)}, cols: colSet{}, pieces: a.pieces + b.pieces}
	out.cols.add(out.r.columns())
	if a.store == b.store {
		out.store = a.store
	}
	return out
}

// connect joins the parts, each time with the first that a condition connects with what is joined already.
func (t *joinTree) connect(parts []*joinPart) *joinPart {
	whole, rest := parts[0], parts[1:]
	for len(rest) > 0 {
		next := 0
		for i, p := range rest {
			if t.connected(whole, p) {
				next = i
				break
			}
		}
		whole = t.merge(whole, rest[next])
		rest = slices.Delete(slices.Clone(rest), next, next+1)
	}
	return whole
}

func (t *joinTree) connected(a, b *joinPart) bool {
	for _, c := range t.conds {
		if used := columnsOf(c); used.hasAny(a.cols) && used.hasAny(b.cols) && coveredBy(used, a.cols, b.cols) {
			return true
		}
	}
	return false
}
