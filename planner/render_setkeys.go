package planner

import "meshgate/pgcat"

// byKeys writes a set operation over values of which equal ones can look different, as 1.5 and 1.50 do, with operations that compare
// by keys: UNION as the different rows of UNION ALL, INTERSECT and EXCEPT as the different rows of the left side that have, or have
// not, a row of the right side that is not distinct from them. With ALL, equal rows of a side are numbered, and the numbers are equal too.
// nil = there is no such form.
func (r *renderer) byKeys(n *setOp) rel {
	if n.kind == setUnion {
		all := *n
		all.all = true
		return &distinct{input: &all}
	}
	left, right := n.left.columns(), n.right.columns()
	var on []expr
	named := &project{}
	for i, c := range n.cols {
		eq := equalityOn(c.t.OID)
		if eq == nil || left[i].t.OID != c.t.OID || right[i].t.OID != c.t.OID {
			return nil
		}
		on = append(on, &distinctTest{left: left[i].ref(), right: right[i].ref(), eq: eq, not: true})
		named.items = append(named.items, projectItem{out: c, e: left[i].ref()})
	}
	kind := map[setKind]joinKind{setIntersect: joinSemi, setExcept: joinAnti}[n.kind]
	if !n.all {
		named.input = &join{kind: kind, left: n.left, right: n.right, on: and(on...)}
		return &distinct{input: named}
	}
	one, first := r.numberEqual(n.left)
	other, second := r.numberEqual(n.right)
	on = append(on, &distinctTest{left: first, right: second, eq: equalityOn(pgcat.Int8), not: true})
	named.input = &join{kind: kind, left: one, right: other, on: and(on...)}
	return named
}

// numberEqual numbers the rows of a relation that are not distinct from one another.
func (r *renderer) numberEqual(input rel) (rel, *colRef) {
	r.lastKey--
	out := outColumn{id: r.lastKey, name: "number", t: int8Type}
	call := &windowCall{proc: procNamed("row_number"), t: int8Type, window: windowDef{frame: defaultFrame}}
	for _, c := range input.columns() {
		call.window.partition = append(call.window.partition, c.ref())
	}
	return &window{input: input, calls: []projectItem{{out: out, e: call}}}, out.ref()
}

// equalityOn is a type's own equality.
func equalityOn(oid pgcat.OID) *pgcat.Operator {
	if oid == pgcat.VarChar {
		oid = pgcat.Text
	}
	if elementType(oid) != 0 {
		oid = pgcat.AnyArray
	}
	for _, o := range pgcat.Operators("=") {
		if o.Left == oid && o.Right == oid {
			return o
		}
	}
	return nil
}
