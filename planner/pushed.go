package planner

// filteredOn returns the columns of products on whose values, as the store has them, a relation's conditions filter or join. A
// column behind a mask is none of them, for the condition sees the mask; row filters are the policy's own.
func filteredOn(r rel) []ColumnUse {
	t := &tracer{flows: map[colID]flow{}, ctes: map[int][]flow{}}
	t.rel(r)
	var f flow
	for _, u := range t.decides {
		if u.usage&(UsageFilter|UsageJoin) != 0 {
			f = append(f, u)
		}
	}
	return uses(f)
}

// governed lets through what a scan's items hand out as it is.
func (t *tracer) governed(r *governedScan) {
	for _, c := range r.scan.cols {
		t.flows[c.id] = flow{{source{r.scan, c.ordinal}, UsageIdentity}}
	}
	t.unmasked(r.items)
}

func (t *tracer) unmasked(items []projectItem) {
	for _, it := range items {
		if c, ok := it.e.(*colRef); ok {
			t.flows[it.out.id] = t.flows[c.id]
		}
	}
}
