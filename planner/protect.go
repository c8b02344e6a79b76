package planner

import (
	"slices"
	"strconv"

	"meshgate/catalog"
	"meshgate/policy"
)

// protectedColumn is a column of a scan that may be used in aggregates only, with the key of the entities that every group needs many
// of.
type protectedColumn struct {
	product  *catalog.Product
	ordinal  int
	decision *policy.ColumnDecision
	entity   outColumn
}

// Protected is a product whose protected columns a plan aggregates, with the budgets of the rules that allow it.
type Protected struct {
	Product *catalog.Product
	Budgets []policy.Budget
}

// protectedColumns adds to a scan what of a product may be used in aggregates only. None of it is part of *.
func (b *binder) protectedColumns(sc *scan, it *rangeItem, level int) {
	entity := outColumn{}
	for i := range sc.decision.Columns {
		d := &sc.decision.Columns[i]
		if d.Action != policy.AggregateOnly {
			continue
		}
		if entity.id == 0 {
			k := slices.IndexFunc(sc.product.Columns, func(c catalog.Column) bool { return c.EntityKey })
			if k < 0 {
				return
			}
			for _, c := range sc.cols { // who compares the key itself asks about single entities
				if c.ordinal == k {
					b.entities[c.id] = true
				}
			}
			entity = b.newColumn(sc.product.Columns[k].Name, sc.product.Columns[k].Type, level)
			sc.cols = append(sc.cols, scanColumn{outColumn: entity, ordinal: k, raw: true})
			b.entities[entity.id] = true
		}
		c := &sc.product.Columns[i]
		t := c.Type
		if d.Beneath != nil {
			t = d.Beneath.OutputType(t)
		}
		out := b.newColumn(c.Name, t, level)
		sc.cols = append(sc.cols, scanColumn{outColumn: out, ordinal: i})
		it.protected = append(it.protected, rangeColumn{name: c.Name, e: out.ref()})
		b.protected[out.id] = &protectedColumn{product: sc.product, ordinal: i, decision: d, entity: entity}
	}
}

func (it *rangeItem) protectedColumn(name string) expr {
	for i := range it.protected {
		if it.protected[i].name == name {
			return it.protected[i].e
		}
	}
	return nil
}

// refuse says how a protected column may be used.
func (c *protectedColumn) refuse(what string, pos int) error {
	e := denied(c.product, c.product.Columns[c.ordinal].Name, c.decision.Rules)
	functions := "no aggregate"
	if f := c.decision.Aggregate.Functions; len(f) > 0 {
		functions = f[0]
		for i, name := range f[1:] {
			functions += map[bool]string{true: " and ", false: ", "}[i == len(f)-2] + name
		}
	}
	text := "It shows only in " + functions + " over groups of at least " + strconv.Itoa(c.decision.Aggregate.MinEntities) + "; " + what + "."
	if e.Detail != "" {
		text = e.Detail + " " + text
	}
	return e.WithDetail("%s", text).At(pos)
}

// protect checks how a bound statement uses protected columns, and lets no group out that is of too few entities.
func (b *binder) protect(root rel) (rel, error) {
	if len(b.protected) == 0 {
		return root, nil
	}
	if err := b.checkProtected(root); err != nil {
		return nil, err
	}
	var failed error
	root = mapRelDeep(root, func(r rel) rel {
		a, ok := r.(*aggregate)
		if !ok || failed != nil {
			return r
		}
		used := b.protectedIn(a)
		if len(used) == 0 {
			return r
		}
		out, err := b.protectGroups(a, used)
		if err != nil {
			failed = err
			return r
		}
		return out
	})
	return root, failed
}

// checkProtected refuses every use of a protected column but as the one argument of an aggregate that its rules name.
func (b *binder) checkProtected(root rel) error {
	var failed error
	refuse := func(id colID, what string, pos int) {
		if failed == nil {
			failed = b.protected[id].refuse(what, pos)
		}
	}
	visitRels(root, func(r rel) {
		a, grouping := r.(*aggregate)
		for i, e := range r.exprs() {
			if c, ok := e.(*aggCall); ok && grouping && i >= len(a.keys) {
				if ref := b.directArgument(c); ref != nil {
					continue
				}
			}
			walkExpr(e, func(e expr) bool {
				if c, ok := e.(*colRef); ok && b.protected[c.id] != nil {
					refuse(c.id, "here it stands elsewhere", c.pos)
				}
				_, query := e.(*subquery)
				return !query
			})
			if s, ok := e.(*subquery); ok {
				for _, l := range s.left {
					for id := range columnsOf(l) {
						if b.protected[id] != nil {
							refuse(id, "here it stands elsewhere", exprAt(l))
						}
					}
				}
			}
		}
	})
	return failed
}

// directArgument returns the protected column that an aggregate is of, when it is used as its rules allow.
func (b *binder) directArgument(c *aggCall) *colRef {
	if len(c.args) != 1 || c.distinct || c.filter != nil || len(c.order) > 0 || c.direct > 0 {
		return nil
	}
	arg := c.args[0]
	if k, ok := arg.(*cast); ok && !k.explicit {
		arg = k.arg // sum and avg of a type that has none of its own
	}
	ref, ok := arg.(*colRef)
	if !ok || b.protected[ref.id] == nil || !slices.Contains(b.protected[ref.id].decision.Aggregate.Functions, c.proc.Name) {
		return nil
	}
	return ref
}

// protectedIn lists the protected columns that an aggregation is over.
func (b *binder) protectedIn(a *aggregate) []*colRef {
	var out []*colRef
	for _, it := range a.aggs {
		if c, ok := it.e.(*aggCall); ok {
			ref := b.directArgument(c)
			if ref != nil && !slices.ContainsFunc(out, func(o *colRef) bool { return o.id == ref.id }) {
				out = append(out, ref)
			}
		}
	}
	return out
}

// protectGroups lets out the groups of an aggregation that hold enough entities.
func (b *binder) protectGroups(a *aggregate, used []*colRef) (rel, error) {
	if err := b.checkGrouping(a, used); err != nil {
		return nil, err
	}
	budgets := func(c *protectedColumn) {
		i := slices.IndexFunc(b.budgeted, func(p Protected) bool { return p.Product == c.product })
		if i < 0 {
			i = len(b.budgeted)
			b.budgeted = append(b.budgeted, Protected{Product: c.product})
		}
		for _, budget := range c.decision.Aggregate.Budgets {
			if !slices.Contains(b.budgeted[i].Budgets, budget) {
				b.budgeted[i].Budgets = append(b.budgeted[i].Budgets, budget)
			}
		}
	}
	simple := true
	for _, ref := range used {
		c := b.protected[ref.id]
		budgets(c)
		simple = simple && c.decision.Aggregate.MaxShare == 0 && c.decision.Aggregate.SmallGroups == policy.Suppress
	}
	p := &protector{b: b, a: a, used: used}
	if simple {
		return p.counted(), nil
	}
	return p.shared()
}

// checkGrouping refuses groupings and conditions that single entities out.
func (b *binder) checkGrouping(a *aggregate, used []*colRef) error {
	c := b.protected[used[0].id]
	if a.sets != nil {
		return c.refuse("here it is grouped with ROLLUP, CUBE or GROUPING SETS", used[0].pos)
	}
	for _, ref := range used {
		if entity := b.protected[ref.id].entity; entity.id != c.entity.id {
			return c.refuse("here it stands beside a protected column of another product", used[0].pos)
		}
	}
	for id := range columnsOf(itemExprs(a.keys)...) {
		if b.entities[id] {
			return c.refuse("here it is grouped by the key of its entities", used[0].pos)
		}
	}
	var failed error
	var conditions func(r rel)
	conditions = func(r rel) {
		switch r := r.(type) {
		case *filter:
			failed = b.singlesOut(c, r.cond, used[0].pos, failed)
		case *join:
			if r.on != nil {
				failed = b.singlesOut(c, r.on, used[0].pos, failed)
			}
		default:
			return
		}
		for _, in := range r.inputs() {
			conditions(in)
		}
	}
	conditions(a.input)
	return failed
}

// singlesOut refuses a condition on the key of the entities and nothing else.
func (b *binder) singlesOut(c *protectedColumn, cond expr, pos int, failed error) error {
	for _, part := range conjuncts(cond) {
		cols := columnsOf(part)
		only := len(cols) > 0
		for id := range cols {
			only = only && b.entities[id]
		}
		if _, null := part.(*nullTest); only && !null && failed == nil && len(cols) == 1 && !hasSubquery(part) {
			failed = c.refuse("here a condition picks single entities", pos)
		}
	}
	return failed
}
