package planner

import (
	"fmt"
	"slices"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"meshgate/catalog"
	"meshgate/pgcat"
	"meshgate/policy"
	"meshgate/sqlerr"
)

func columnN(n int) string { return fmt.Sprintf("column%d", n) }

// target is an entry of the SELECT list, or an expression that only ORDER BY, GROUP BY or DISTINCT ON needs.
type target struct {
	name string
	e    expr
	junk bool
	node *pg_query.Node
}

// selectBuilder binds one SELECT step by step, in the order in which PostgreSQL looks at the clauses.
type selectBuilder struct {
	b       *binder
	s       *scope
	n       *pg_query.SelectStmt
	input   rel
	targets []target
	having  expr
	keys    []sortKey // e is a target's column once placed; until then an index into targets is in keyTargets
	sortAt  []int     // target of each sort key
	groups  []groupItem
	onAt    []int // targets of DISTINCT ON

	postponed []bool // by target: its sets are laid out after the sort; nil = no target's are
}

// selectClause binds SELECT … FROM … WHERE … GROUP BY … HAVING … WINDOW … ORDER BY … LIMIT.
func (b *binder) selectClause(s *scope, n *pg_query.SelectStmt) (*boundQuery, error) {
	sb := &selectBuilder{b: b, s: s, n: n}
	var err error
	if sb.input, err = b.from(s, n.FromClause); err != nil {
		return nil, err
	}
	if err := checkWindowNames(b, n.WindowClause); err != nil {
		return nil, err
	}
	steps := []func() error{sb.targetList, sb.where, sb.havingClause, sb.orderBy, sb.groupBy, sb.distinctOn, sb.grouping, sb.windows, sb.sets}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	sb.naturalOrder()
	return sb.finish()
}

func (sb *selectBuilder) bind(n *pg_query.Node, where exprContext) (expr, error) {
	return sb.b.expressionIn(sb.s, n, where, sb.n.WindowClause)
}

// bindValue binds an expression that a column is made of.
func (sb *selectBuilder) bindValue(n *pg_query.Node, where exprContext) (expr, error) {
	e, err := sb.bind(n, where)
	if err != nil {
		return nil, err
	}
	return sb.b.settleRow(e)
}

// targetList binds the SELECT list and expands its stars.
func (sb *selectBuilder) targetList() error {
	for _, n := range sb.n.TargetList {
		t := n.GetResTarget()
		if ref := t.Val.GetColumnRef(); ref != nil && ref.Fields[len(ref.Fields)-1].GetAStar() != nil {
			if err := sb.star(ref); err != nil {
				return err
			}
			continue
		}
		if ind := t.Val.GetAIndirection(); ind != nil && ind.Indirection[len(ind.Indirection)-1].GetAStar() != nil {
			if err := sb.rowStar(ind); err != nil {
				return err
			}
			continue
		}
		e, err := sb.bindValue(t.Val, inSelect)
		if err != nil {
			return err
		}
		name := t.Name
		if name == "" {
			name = figureName(t.Val)
		}
		sb.targets = append(sb.targets, target{name: name, e: e, node: t.Val})
	}
	return nil
}

// star expands * and table.*: the columns that the principal may see, with a notice of those left out.
func (sb *selectBuilder) star(ref *pg_query.ColumnRef) error {
	pos := sb.b.at(ref.Location)
	names := stringList(ref.Fields)
	items := sb.s.items
	if len(names) > 1 {
		it, err := sb.b.lookupTable(sb.s, names[:len(names)-1], pos)
		if err != nil {
			return err
		}
		if it == nil {
			return sb.b.missingTable(sb.s, schemaOf(names[:len(names)-1]), names[len(names)-2], pos)
		}
		sb.expand(it, pos)
		sb.b.leftOut(it)
		return nil
	}
	if len(items) == 0 {
		return sqlerr.Newf(sqlerr.SyntaxError, "SELECT * with no tables specified is not valid").At(pos)
	}
	for _, it := range items {
		if it.hasColumns {
			sb.expand(it, pos)
		}
		sb.b.leftOut(it)
	}
	return nil
}

func (sb *selectBuilder) expand(it *rangeItem, pos int) {
	for _, c := range it.cols {
		sb.targets = append(sb.targets, target{name: c.name, e: withPosition(c.e, pos)})
	}
}

// leftOut tells once which columns of a product * did not bring.
func (b *binder) leftOut(it *rangeItem) {
	if it.product == nil {
		return
	}
	var names, rules []string
	seen := map[string]bool{}
	for i, d := range it.decision.Columns {
		if d.Action != policy.Deny && d.Action != policy.AggregateOnly {
			continue
		}
		names = append(names, it.product.Columns[i].Name)
		for _, r := range d.Rules {
			if !seen[r.ID] {
				seen[r.ID] = true
				rules = append(rules, r.ID)
			}
		}
	}
	if len(names) == 0 {
		return
	}
	text := fmt.Sprintf("%s: left out of *: %s", it.product.Name, strings.Join(names, ", "))
	if len(rules) > 0 {
		text += " (" + strings.Join(rules, ", ") + ")"
	}
	b.notice(Notice{Message: text})
}

// rowStar expands (row).*.
func (sb *selectBuilder) rowStar(ind *pg_query.A_Indirection) error {
	inner := &pg_query.A_Indirection{Arg: ind.Arg, Indirection: ind.Indirection[:len(ind.Indirection)-1]}
	node := ind.Arg
	if len(inner.Indirection) > 0 {
		node = &pg_query.Node{Node: &pg_query.Node_AIndirection{AIndirection: inner}}
	}
	e, err := sb.bind(node, inSelect)
	if err != nil {
		return err
	}
	if !isRow(e) {
		return sqlerr.Newf(sqlerr.FeatureNotSupported, "row expansion of this expression is not supported").At(sb.b.nodeAt(ind.Arg))
	}
	fields, names, _ := sb.b.rowFields(e)
	for i, f := range fields {
		if f, err = sb.b.settleRow(f); err != nil {
			return err
		}
		sb.targets = append(sb.targets, target{name: names[i], e: f})
	}
	return nil
}

func (sb *selectBuilder) where() error {
	if sb.n.WhereClause == nil {
		return nil
	}
	e, err := sb.bind(sb.n.WhereClause, inWhere)
	if err != nil {
		return err
	}
	if e, err = sb.b.coerceBool(e, "WHERE", sb.b.nodeAt(sb.n.WhereClause)); err != nil {
		return err
	}
	sb.input = &filter{input: sb.input, cond: e}
	return nil
}

func (sb *selectBuilder) havingClause() error {
	if sb.n.HavingClause == nil {
		return nil
	}
	e, err := sb.bind(sb.n.HavingClause, inHaving)
	if err != nil {
		return err
	}
	sb.having, err = sb.b.coerceBool(e, "HAVING", sb.b.nodeAt(sb.n.HavingClause))
	return err
}

// orderBy finds or adds a target for each key: an output name, a place, or an expression over the input.
func (sb *selectBuilder) orderBy() error {
	for _, n := range sb.n.SortClause {
		item := n.GetSortBy()
		at, err := sb.findTarget(item.Node, "ORDER BY", inOrderBy)
		if err != nil {
			return err
		}
		if sb.targets[at].e, err = sb.b.resolveUnknown(sb.targets[at].e); err != nil {
			return err
		}
		key, err := sb.b.sortKey(sb.targets[at].e, item)
		if err != nil {
			return err
		}
		sb.keys, sb.sortAt = append(sb.keys, key), append(sb.sortAt, at)
	}
	return nil
}

// findTarget is findTargetlistEntrySQL92: an output name or place first, else an expression, which is added when it is new.
func (sb *selectBuilder) findTarget(n *pg_query.Node, clause string, where exprContext) (int, error) {
	at, err := sb.outputTarget(n, clause)
	if err != nil || at >= 0 {
		return at, err
	}
	if mentionsQuery(n) {
		// A query that is written twice is bound once: two are never equal.
		for i, t := range sb.targets {
			if sameNode(t.node, n) {
				return i, nil
			}
		}
	}
	e, err := sb.bindValue(n, where)
	if err != nil {
		return 0, err
	}
	print := fingerprint(e)
	for i, t := range sb.targets {
		if fingerprint(t.e) == print {
			return i, nil
		}
	}
	sb.targets = append(sb.targets, target{name: "?column?", e: e, junk: true, node: n})
	return len(sb.targets) - 1, nil
}

func (sb *selectBuilder) outputTarget(n *pg_query.Node, clause string) (int, error) {
	ref := n.GetColumnRef()
	if ref == nil || len(ref.Fields) != 1 {
		visible := 0
		for _, t := range sb.targets {
			if !t.junk {
				visible++
			}
		}
		return sb.b.ordinal(visible, n, clause)
	}
	name := stringList(ref.Fields)[0]
	if clause == "GROUP BY" {
		// In GROUP BY a column of the input goes before an output name.
		col, _, err := sb.s.find(name, sb.b.at(ref.Location))
		if err != nil {
			return 0, err
		}
		if col != nil {
			return -1, nil
		}
	}
	found := -1
	for i, t := range sb.targets {
		if t.junk || t.name != name {
			continue
		}
		if found >= 0 && fingerprint(sb.targets[found].e) != fingerprint(t.e) {
			return 0, sqlerr.Newf(sqlerr.AmbiguousColumn, "%s %q is ambiguous", clause, name).At(sb.b.at(ref.Location))
		}
		if found < 0 {
			found = i
		}
	}
	return found, nil
}

// distinctOn finds the targets of DISTINCT ON.
func (sb *selectBuilder) distinctOn() error {
	for _, n := range sb.n.DistinctClause {
		if n.Node == nil {
			continue // plain DISTINCT
		}
		at, err := sb.findTarget(n, "DISTINCT ON", inDistinctOn)
		if err != nil {
			return err
		}
		sb.onAt = append(sb.onAt, at)
	}
	return nil
}

func (sb *selectBuilder) isDistinct() bool { return len(sb.n.DistinctClause) > 0 && len(sb.onAt) == 0 }

// comparedTargets gives literals a type where DISTINCT compares them.
func (sb *selectBuilder) comparedTargets() (err error) {
	for i := range sb.targets {
		if t := &sb.targets[i]; sb.isDistinct() && t.e.typ().OID == pgcat.Unknown {
			if t.e, err = sb.b.resolveUnknown(t.e); err != nil {
				return err
			}
		}
	}
	return nil
}

// finish computes the targets and applies DISTINCT, ORDER BY and LIMIT.
func (sb *selectBuilder) finish() (*boundQuery, error) {
	b := sb.b
	if sb.postponed != nil {
		return sb.finishSets()
	}
	if err := sb.comparedTargets(); err != nil {
		return nil, err
	}
	p := &project{input: sb.input}
	origins := map[colID]columnOrigin{}
	junk := false
	for _, t := range sb.targets {
		out := b.newColumn(t.name, t.e.typ(), sb.s.level)
		if c, ok := t.e.(*colRef); ok {
			if o, ok := b.origin[c.id]; ok {
				origins[out.id] = o
			}
		}
		if r, ok := t.e.(*rowExpr); ok && r.product != nil {
			origins[out.id] = columnOrigin{product: r.product, ordinal: WholeRow}
		}
		p.items = append(p.items, projectItem{out: out, e: t.e})
		junk = junk || t.junk
	}
	var r rel = p
	keys := append([]sortKey(nil), sb.keys...)
	for i, at := range sb.sortAt {
		keys[i].e = p.items[at].out.ref()
	}
	r, err := sb.applyDistinct(r, p, keys)
	if err != nil {
		return nil, err
	}
	if len(keys) > 0 && len(sb.onAt) == 0 {
		r = &sort{input: r, keys: keys}
	}
	if r, err = b.limitClause(sb.s, sb.n, r, keys); err != nil {
		return nil, err
	}
	if junk {
		r = dropJunk(b, r, p, sb.targets, origins)
	}
	return &boundQuery{rel: r, origins: origins}, nil
}

// dropJunk leaves the columns that only ordering needed.
func dropJunk(b *binder, r rel, p *project, targets []target, origins map[colID]columnOrigin) rel {
	outer := &project{input: r}
	for i, t := range targets {
		if t.junk {
			continue
		}
		c := p.items[i].out
		out := b.newColumn(c.name, c.t, b.level[c.id])
		if o, ok := origins[c.id]; ok {
			origins[out.id] = o
		}
		outer.items = append(outer.items, projectItem{out: out, e: c.ref()})
	}
	return outer
}

func (sb *selectBuilder) applyDistinct(r rel, p *project, keys []sortKey) (rel, error) {
	if sb.isDistinct() {
		for i, t := range sb.targets {
			if t.junk {
				return nil, sqlerr.Newf(sqlerr.InvalidColumnReference, "for SELECT DISTINCT, ORDER BY expressions must appear in select list").At(sb.b.nodeAt(t.node))
			}
			if kind := p.items[i].e.typ(); !sb.b.groupable(kind) {
				return nil, sqlerr.Newf(sqlerr.UndefinedFunction, "could not identify an equality operator for type %s", catalog.TypeOf(kind.OID)).At(exprAt(p.items[i].e)).At(sb.b.nodeAt(t.node))
			}
		}
		return &distinct{input: r}, nil
	}
	if len(sb.onAt) == 0 {
		return r, nil
	}
	d := &distinct{}
	places, err := sb.distinctPlaces()
	if err != nil {
		return nil, err
	}
	for _, at := range places {
		d.on = append(d.on, p.items[at].out.ref())
	}
	if len(keys) > 0 {
		r = &sort{input: r, keys: keys}
	}
	d.input, d.keys = r, keys
	return d, nil
}

// distinctPlaces are the targets of DISTINCT ON, each once. The first sort keys must be among them.
func (sb *selectBuilder) distinctPlaces() ([]int, error) {
	places := slices.Compact(slices.Sorted(slices.Values(sb.onAt)))
	for i, at := range sb.sortAt {
		if i < len(places) && !slices.Contains(places, at) {
			return nil, sqlerr.Newf(sqlerr.InvalidColumnReference, "SELECT DISTINCT ON expressions must match initial ORDER BY expressions").
				At(sb.b.nodeAt(sb.n.DistinctClause[0]))
		}
	}
	return places, nil
}

// orderable reports whether a type has a default order, and with it equality that can group.
func orderable(oid pgcat.OID) bool {
	switch oid {
	case pgcat.JSON, pgcat.XML, pgcat.Point, pgcat.Unknown, pgcat.Xid, pgcat.ACLItem, pgcat.JSONPath, pgcat.Void:
		return oid == pgcat.Unknown
	}
	if elem := elementType(oid); elem != 0 {
		return orderable(elem)
	}
	return true
}
