package planner

import (
	pg_query "github.com/pganalyze/pg_query_go/v6"

	"meshgate/catalog"
	"meshgate/pgcat"
	"meshgate/sqlerr"
)

// groupItem is an element of GROUP BY: its grouping sets, each a list of targets.
type groupItem struct{ sets [][]int }

const mostGroupingSets = 4096

// groupBy reads GROUP BY with grouping sets.
func (sb *selectBuilder) groupBy() error {
	for _, n := range sb.n.GroupClause {
		it, err := sb.groupElement(n)
		if err != nil {
			return err
		}
		sb.groups = append(sb.groups, it)
	}
	return nil
}

func (sb *selectBuilder) groupElement(n *pg_query.Node) (groupItem, error) {
	gs := n.GetGroupingSet()
	if gs == nil {
		set, err := sb.groupList(n)
		return groupItem{sets: [][]int{set}}, err
	}
	if gs.Kind == pg_query.GroupingSetKind_GROUPING_SET_EMPTY {
		return groupItem{sets: [][]int{{}}}, nil
	}
	var parts [][]int
	var nested []groupItem
	for _, c := range gs.Content {
		if gs.Kind == pg_query.GroupingSetKind_GROUPING_SET_SETS {
			it, err := sb.groupElement(c)
			if err != nil {
				return groupItem{}, err
			}
			nested = append(nested, it)
			continue
		}
		set, err := sb.groupList(c)
		if err != nil {
			return groupItem{}, err
		}
		parts = append(parts, set)
	}
	switch gs.Kind {
	case pg_query.GroupingSetKind_GROUPING_SET_ROLLUP:
		return groupItem{sets: rollup(parts)}, nil
	case pg_query.GroupingSetKind_GROUPING_SET_CUBE:
		if len(parts) > 12 {
			return groupItem{}, sqlerr.Newf(sqlerr.TooManyColumns, "CUBE is limited to 12 elements").At(sb.b.at(gs.Location))
		}
		return groupItem{sets: cube(parts)}, nil
	}
	var all groupItem
	for _, it := range nested {
		all.sets = append(all.sets, it.sets...)
	}
	return all, nil
}

// groupList reads an expression or a parenthesised list of them.
func (sb *selectBuilder) groupList(n *pg_query.Node) ([]int, error) {
	if row := n.GetRowExpr(); row != nil && row.RowFormat == pg_query.CoercionForm_COERCE_IMPLICIT_CAST {
		var set []int
		for _, a := range row.Args {
			part, err := sb.groupList(a)
			if err != nil {
				return nil, err
			}
			set = append(set, part...)
		}
		return set, nil
	}
	at, err := sb.findTarget(n, "GROUP BY", inGroupBy)
	if err != nil {
		return nil, err
	}
	t := &sb.targets[at]
	if t.e, err = sb.b.resolveUnknown(t.e); err != nil {
		return nil, err
	}
	if !sb.b.groupable(t.e.typ()) {
		return nil, sqlerr.Newf(sqlerr.UndefinedFunction, "could not identify an equality operator for type %s", catalog.TypeOf(t.e.typ().OID)).At(sb.b.nodeAt(n))
	}
	if err := sb.b.noAggregates(t.e, sb.s.level, "GROUP BY", sb.b.nodeAt(n)); err != nil {
		return nil, err
	}
	return []int{at}, nil
}

// noAggregates refuses aggregates and window functions in an expression that a clause found as a SELECT list entry.
func (b *binder) noAggregates(e expr, level int, clause string, pos int) error {
	var err error
	if aggregates(level, e) {
		walkExpr(e, func(e expr) bool {
			if c, ok := e.(*aggCall); ok && c.level == level && err == nil {
				err = sqlerr.Newf(sqlerr.GroupingError, "aggregate functions are not allowed in %s", clause).At(c.pos)
			}
			return err == nil
		})
		if err != nil {
			return err
		}
		return sqlerr.Newf(sqlerr.GroupingError, "aggregate functions are not allowed in %s", clause).At(pos)
	}
	walkExpr(e, func(e expr) bool {
		switch e.(type) {
		case *windowCall:
			err = sqlerr.Newf(sqlerr.WindowingError, "window functions are not allowed in %s", clause).At(pos)
		case *subquery:
			return false
		}
		return err == nil
	})
	return err
}

// aggregates reports whether expressions have an aggregate or GROUPING of a query level, in their subqueries too.
func aggregates(level int, list ...expr) bool {
	found := false
	for _, e := range list {
		walkExpr(e, func(e expr) bool {
			switch x := e.(type) {
			case *aggCall:
				found = found || x.level == level
			case *groupingCall:
				found = found || x.level == level && x.args != nil
			}
			return !found
		})
	}
	return found
}

func rollup(parts [][]int) [][]int {
	var sets [][]int
	for n := len(parts); n >= 0; n-- {
		set := []int{}
		for _, p := range parts[:n] {
			set = append(set, p...)
		}
		sets = append(sets, set)
	}
	return sets
}

func cube(parts [][]int) [][]int {
	var sets [][]int
	for mask := 1<<len(parts) - 1; mask >= 0; mask-- {
		set := []int{}
		for i, p := range parts {
			if mask&(1<<(len(parts)-1-i)) != 0 {
				set = append(set, p...)
			}
		}
		sets = append(sets, set)
	}
	return sets
}

// grouping makes the aggregate node and rewrites targets and HAVING to read its output.
func (sb *selectBuilder) grouping() error {
	if len(sb.groups) == 0 && sb.having == nil && !sb.anyAggregate() {
		return nil
	}
	sets, err := sb.expandSets()
	if err != nil {
		return err
	}
	if err := sb.groupedSets(sets); err != nil {
		return err
	}
	agg := &aggregate{input: sb.input}
	g := &grouper{sb: sb, agg: agg, keyOf: map[string]int{}, aggOf: map[string]*colRef{}}
	place := map[int]int{} // target -> key
	for _, set := range sets {
		for _, at := range set {
			if _, ok := place[at]; !ok {
				place[at] = g.addKey(sb.targets[at].e, sb.targets[at].name)
			}
		}
	}
	if len(place) > len(agg.keys) && len(sets) > 1 {
		// PostgreSQL takes the two for columns of their own, one of which is NULL where only the other is grouped.
		return sqlerr.Newf(sqlerr.FeatureNotSupported, "grouping sets by two columns of the list that are the same expression are not supported")
	}
	g.primaryKeys()
	if len(sets) > 1 || len(sets) == 1 && len(sb.groups) > 0 && len(sets[0]) == 0 {
		for _, set := range sets {
			keys := []int{}
			for _, at := range set {
				keys = append(keys, place[at])
			}
			agg.sets = append(agg.sets, keys)
		}
	}
	for i := range sb.targets {
		if sb.targets[i].e, err = g.rewrite(sb.targets[i].e); err != nil {
			return err
		}
	}
	for i, at := range sb.sortAt {
		sb.keys[i].e = sb.targets[at].e
	}
	sb.input = agg
	if sb.having != nil {
		if sb.having, err = g.rewrite(sb.having); err != nil {
			return err
		}
		sb.input = &filter{input: agg, cond: sb.having}
	}
	return sb.noRecursiveAggregates(agg)
}

func (sb *selectBuilder) anyAggregate() bool {
	for _, t := range sb.targets {
		if aggregates(sb.s.level, t.e) {
			return true
		}
	}
	return false
}

// expandSets multiplies the elements of GROUP BY out to one list of grouping sets.
func (sb *selectBuilder) expandSets() ([][]int, error) {
	sets := [][]int{{}}
	for _, it := range sb.groups {
		var next [][]int
		for _, a := range sets {
			for _, c := range it.sets {
				next = append(next, append(clip(a), c...))
			}
		}
		if sets = next; len(sets) > mostGroupingSets {
			return nil, sqlerr.Newf(sqlerr.StatementTooComplex, "too many grouping sets present (maximum %d)", mostGroupingSets)
		}
	}
	for i, set := range sets {
		seen := map[int]bool{}
		unique := []int{}
		for _, at := range set {
			if !seen[at] {
				seen[at] = true
				unique = append(unique, at)
			}
		}
		sets[i] = unique
	}
	if sb.n.GroupDistinct {
		sets = distinctSets(sets)
	}
	return sets, nil
}

func distinctSets(sets [][]int) [][]int {
	var out [][]int
	seen := map[string]bool{}
	for _, s := range sets {
		marks := map[int]bool{}
		for _, at := range s {
			marks[at] = true
		}
		key := ""
		for at := range 2000 {
			if marks[at] {
				key += columnN(at)
			}
		}
		if !seen[key] {
			seen[key] = true
			out = append(out, s)
		}
	}
	return out
}

// grouper replaces what is grouped by or aggregated with the aggregate node's columns.
type grouper struct {
	sb    *selectBuilder
	agg   *aggregate
	keyOf map[string]int // fingerprint -> key
	aggOf map[string]*colRef
}

func (g *grouper) addKey(e expr, name string) int {
	print := fingerprint(e)
	if k, ok := g.keyOf[print]; ok {
		return k
	}
	out := g.sb.b.newColumn(name, e.typ(), g.sb.s.level)
	if c, ok := e.(*colRef); ok {
		if o, ok := g.sb.b.origin[c.id]; ok {
			g.sb.b.origin[out.id] = o
		}
	}
	g.agg.keys = append(g.agg.keys, projectItem{out: out, e: e})
	g.keyOf[print] = len(g.agg.keys) - 1
	return len(g.agg.keys) - 1
}

// primaryKeys lets other columns of a product be used where its whole primary key is grouped by: they depend on it.
func (g *grouper) primaryKeys() {
	if len(g.sb.groups) == 0 {
		return
	}
	for _, it := range g.sb.s.items {
		if it.product == nil {
			continue
		}
		grouped, total := 0, 0
		for i := range it.product.Columns {
			if it.product.Columns[i].PrimaryKey == 0 {
				continue
			}
			total++
			for _, c := range it.cols {
				if c.name != it.product.Columns[i].Name {
					continue
				}
				if _, ok := g.keyOf[fingerprint(c.e)]; ok {
					grouped++
				}
			}
		}
		if total == 0 || grouped < total {
			continue
		}
		used := g.usedColumns()
		for _, c := range it.cols {
			if ref, ok := c.e.(*colRef); ok && used[ref.id] && g.sb.b.groupable(ref.t) {
				g.addKey(c.e, c.name)
			}
		}
	}
}

func (g *grouper) usedColumns() colSet {
	var all []expr
	for _, t := range g.sb.targets {
		all = append(all, t.e)
	}
	if g.sb.having != nil {
		all = append(all, g.sb.having)
	}
	return columnsOf(all...)
}

// rewrite works from the top, so that a whole key expression is found before its parts.
func (g *grouper) rewrite(e expr) (expr, error) {
	print := fingerprint(e)
	if k, ok := g.keyOf[print]; ok {
		return g.agg.keys[k].out.ref(), nil
	}
	switch x := e.(type) {
	case *aggCall:
		if x.level < g.sb.s.level {
			return x, nil
		}
		return g.addAggregate(x, print)
	case *groupingCall:
		if x.level < g.sb.s.level {
			return x, nil
		}
		return g.addGrouping(x, print)
	case *colRef:
		if g.sb.b.level[x.id] == g.sb.s.level {
			return nil, sqlerr.Newf(sqlerr.GroupingError, "column %q must appear in the GROUP BY clause or be used in an aggregate function",
				g.qualified(x)).At(x.pos)
		}
		return x, nil
	case *subquery:
		return g.rewriteSubquery(x)
	}
	children := e.children()
	if len(children) == 0 {
		return e, nil
	}
	out := make([]expr, len(children))
	for i, c := range children {
		var err error
		if out[i], err = g.rewrite(c); err != nil {
			return nil, err
		}
	}
	return e.withChildren(out), nil
}

// qualified names a column with its table, as PostgreSQL's message does.
func (g *grouper) qualified(c *colRef) string {
	for _, it := range g.sb.s.items {
		for _, col := range it.cols {
			if ref, ok := col.e.(*colRef); ok && ref.id == c.id && it.hasTable {
				return it.alias + "." + col.name
			}
		}
	}
	return c.name
}

func (g *grouper) addAggregate(a *aggCall, print string) (expr, error) {
	if out, ok := g.aggOf[print]; ok {
		return out, nil
	}
	if err := g.directArguments(a); err != nil {
		return nil, err
	}
	if kind := pgcat.AggregateByFunc(a.proc.OID); kind.Kind == 'h' {
		return g.hypothetical(a)
	}
	out := g.sb.b.newColumn(a.proc.Name, a.t, g.sb.s.level)
	g.agg.aggs = append(g.agg.aggs, projectItem{out: out, e: a})
	g.aggOf[print] = out.ref()
	return out.ref(), nil
}

// addGrouping resolves the arguments of GROUPING() to keys.
func (g *grouper) addGrouping(c *groupingCall, print string) (expr, error) {
	if out, ok := g.aggOf[print]; ok {
		return out, nil
	}
	resolved := &groupingCall{}
	for _, a := range c.args {
		k, ok := g.keyOf[fingerprint(a)]
		if !ok {
			return nil, sqlerr.Newf(sqlerr.GroupingError, "arguments to GROUPING must be grouping expressions of the associated query level").At(exprAt(a)).At(c.pos)
		}
		resolved.keys = append(resolved.keys, k)
	}
	out := g.sb.b.newColumn("grouping", resolved.typ(), g.sb.s.level)
	g.agg.aggs = append(g.agg.aggs, projectItem{out: out, e: resolved})
	g.aggOf[print] = out.ref()
	return out.ref(), nil
}
