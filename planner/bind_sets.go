package planner

import (
	"slices"

	"meshgate/sqlerr"
)

// sets lays set-returning functions of the SELECT list out as rows. Where rows are sorted by none of them, that comes after the sort
// and after DISTINCT ON (make_sort_input_target).
func (sb *selectBuilder) sets() error {
	any, sorted := false, sb.isDistinct() || len(sb.keys) == 0
	postponed := make([]bool, len(sb.targets))
	for i, t := range sb.targets {
		if len(innermostSets(t.e)) > 0 {
			any, postponed[i] = true, true
			sorted = sorted || slices.Contains(sb.sortAt, i) || slices.Contains(sb.onAt, i)
		}
	}
	if any && !sorted {
		sb.postponed = postponed
		return nil
	}
	var err error
	sb.input, err = sb.layOut(sb.input, sb.targets)
	return err
}

// layOut lays the sets of targets out over an input, those inside others first.
func (sb *selectBuilder) layOut(input rel, targets []target) (rel, error) {
	for {
		var found []*setCall
		for _, t := range targets {
			found = append(found, innermostSets(t.e)...)
		}
		if len(found) == 0 {
			return input, nil
		}
		if err := rowsOfSets(found, targets); err != nil {
			return nil, err
		}
		ps := &projectSet{input: input}
		for _, c := range input.columns() {
			ps.items = append(ps.items, projectItem{out: c, e: c.ref()})
		}
		by := map[expr]expr{}
		for _, c := range found {
			if _, done := by[c]; done {
				continue
			}
			out := sb.b.newColumn(c.proc.Name, c.t, sb.s.level)
			by[c] = out.ref()
			ps.items = append(ps.items, projectItem{out: out, e: c})
		}
		input = ps
		for i := range targets {
			targets[i].e = mapExprOuter(targets[i].e, func(e expr) expr {
				if r, ok := by[e]; ok {
					return r
				}
				return e
			})
		}
	}
}

// groupedSets lays out the sets of what is grouped by before the grouping (make_group_input_target). What else repeats such an expression
// reads the same column.
func (sb *selectBuilder) groupedSets(sets [][]int) error {
	var at []int
	var grouped []target
	for _, set := range sets {
		for _, i := range set {
			if len(innermostSets(sb.targets[i].e)) > 0 && !slices.Contains(at, i) {
				at, grouped = append(at, i), append(grouped, sb.targets[i])
			}
		}
	}
	if len(at) == 0 {
		return nil
	}
	by := map[string]expr{}
	prints := make([]string, len(at))
	for k, t := range grouped {
		prints[k] = fingerprint(t.e)
	}
	var err error
	if sb.input, err = sb.layOut(sb.input, grouped); err != nil {
		return err
	}
	for k, t := range grouped {
		by[prints[k]] = t.e
	}
	for i := range sb.targets {
		sb.targets[i].e = replacePrints(sb.targets[i].e, by)
	}
	return nil
}

// replacePrints replaces parts of an expression by their fingerprints, the largest first.
func replacePrints(e expr, by map[string]expr) expr {
	if r, ok := by[fingerprint(e)]; ok {
		return r
	}
	children := e.children()
	if len(children) == 0 {
		return e
	}
	out := make([]expr, len(children))
	for i, c := range children {
		out[i] = replacePrints(c, by)
	}
	return e.withChildren(out)
}

// innermostSets returns the set-returning calls of an expression that have none in their arguments.
func innermostSets(e expr) []*setCall {
	var below []*setCall
	for _, c := range e.children() {
		below = append(below, innermostSets(c)...)
	}
	if s, ok := e.(*setCall); ok && len(below) == 0 {
		return []*setCall{s}
	}
	return below
}

// finishSets is finish for sets that are laid out after the sort: what they are computed from goes through it.
func (sb *selectBuilder) finishSets() (*boundQuery, error) {
	b := sb.b
	p := &project{input: sb.input}
	places := make([]int, len(sb.targets)) // in p.items
	passed := colSet{}
	for i, t := range sb.targets {
		if !sb.postponed[i] {
			places[i] = len(p.items)
			p.items = append(p.items, projectItem{out: b.newColumn(t.name, t.e.typ(), sb.s.level), e: t.e})
		}
	}
	for i, t := range sb.targets {
		if !sb.postponed[i] {
			continue
		}
		used := columnsOf(t.e)
		for _, c := range sb.input.columns() {
			if used[c.id] && !passed[c.id] {
				passed[c.id] = true
				p.items = append(p.items, projectItem{out: c, e: c.ref()})
			}
		}
	}
	keys := slices.Clone(sb.keys)
	for i, at := range sb.sortAt {
		keys[i].e = p.items[places[at]].out.ref()
	}
	distinctAt, err := sb.distinctPlaces()
	if err != nil {
		return nil, err
	}
	var r rel = &sort{input: p, keys: keys}
	if len(distinctAt) > 0 {
		on := &distinct{input: r, keys: keys}
		for _, at := range distinctAt {
			on.on = append(on.on, p.items[places[at]].out.ref())
		}
		r = on
	}
	targets := slices.Clone(sb.targets)
	for i := range targets {
		if !sb.postponed[i] {
			targets[i].e = p.items[places[i]].out.ref()
		}
	}
	if r, err = sb.layOut(r, targets); err != nil {
		return nil, err
	}
	outer := &project{input: r}
	for _, t := range targets {
		if !t.junk {
			outer.items = append(outer.items, projectItem{out: b.newColumn(t.name, t.e.typ(), sb.s.level), e: t.e})
		}
	}
	l, err := b.limitClause(sb.s, sb.n, outer, keys)
	if limited, ok := l.(*limit); ok && limited.ties {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "WITH TIES together with set-returning functions is not supported")
	}
	return &boundQuery{rel: l}, err
}
