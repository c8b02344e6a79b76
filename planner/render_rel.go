package planner

import (
	"strings"

	"meshgate/connectors"
)

// block is a SELECT under construction. Operations join it while the grammar lets them: a WHERE before grouping, a HAVING after
// it, one SELECT list, then DISTINCT, ORDER BY and LIMIT. What comes too late closes the block, which then becomes a derived
// table of the next one.
type block struct {
	from     string // empty = no FROM clause
	joined   bool   // from is a join
	where    []string
	group    string // the GROUP BY clause's list
	grouped  bool
	having   []string
	computed bool // the SELECT list holds more than plain columns
	distinct string
	order    []string
	limit    string
	offset   string
	fence    bool   // holds row filters: conditions from outside stay outside
	body     string // a whole query, for set operations and WITH
	cols     []outColumn
	windowed bool
	outer    bool // it reads columns of a query around it
}

// late reports whether the block has a part that comes after the SELECT list.
func (b *block) late() bool {
	return b.distinct != "" || len(b.order) > 0 || b.limit != "" || b.offset != "" || b.body != ""
}

// bare reports whether the block is a FROM item and nothing else.
func (b *block) bare() bool {
	return !b.late() && !b.grouped && !b.computed && !b.windowed && len(b.where) == 0 && b.from != ""
}

// oneGroup reports whether it is the aggregates in its list alone that make one row of all: without one of them it is another query.
func (b *block) oneGroup() bool { return b.grouped && b.group == "" }

// groupsRead reports whether a subquery in one of the expressions reads what the block's groups make. An aggregate cannot be written
// there: it would be the subquery's own, and a key would have to be a bare column.
func (b *block) groupsRead(list ...expr) bool {
	if !b.grouped {
		return false
	}
	made, read := colSet{}, false
	made.add(b.cols)
	for _, e := range list {
		walkExpr(e, func(e expr) bool {
			if s, ok := e.(*subquery); ok {
				used := freeColumns(s.query)
				for _, l := range s.left {
					for id := range columnsOf(l) {
						used[id] = true
					}
				}
				for id := range used {
					read = read || made[id]
				}
			}
			return !read
		})
	}
	return read
}

// selectSQL writes the block. With named, its columns get their own names, for a derived table.
func (r *renderer) selectSQL(b *block, named bool) string {
	if b.body != "" {
		return b.body
	}
	var s strings.Builder
	s.WriteString("SELECT ")
	if b.distinct != "" {
		s.WriteString(b.distinct + " ")
	}
	for i, c := range b.cols {
		if i > 0 {
			s.WriteString(", ")
		}
		s.WriteString(r.env[c.id].sql)
		if named {
			s.WriteString(" AS " + r.colName(c.id))
		}
	}
	if len(b.cols) == 0 {
		s.WriteString("1")
		if named {
			s.WriteString(" AS " + r.d.Quote("c0"))
		}
	}
	clause := func(keyword, text string) {
		if text != "" {
			s.WriteString(keyword + text)
		}
	}
	clause(" FROM ", b.from)
	clause(" WHERE ", strings.Join(b.where, " AND "))
	clause(" GROUP BY ", b.group)
	clause(" HAVING ", strings.Join(b.having, " AND "))
	clause(" ORDER BY ", strings.Join(b.order, ", "))
	clause(" LIMIT ", b.limit)
	clause(" OFFSET ", b.offset)
	return s.String()
}

// closed makes a derived table of a block.
func (r *renderer) closed(b *block) *block {
	if b.outer && !r.d.Has(connectors.FeatureOuterDerived) {
		r.failed = cannot("a derived table that reads a query around it")
	}
	text := r.selectSQL(b, true)
	if b.fence {
		text = r.d.Fence(text)
	}
	alias := r.alias()
	for _, c := range b.cols {
		r.env[c.id] = r.env[c.id].as(r.qualify(alias, r.colName(c.id)))
	}
	return &block{from: "(" + text + ") AS " + alias, cols: b.cols}
}

func (r *renderer) qualify(table, name string) string {
	if r.plain {
		return name
	}
	return table + "." + name
}

// rel writes a relation as a block.
func (r *renderer) rel(n rel) (*block, error) {
	b, err := r.operation(n)
	if err == nil && !b.outer && !r.d.Has(connectors.FeatureOuterDerived) {
		b.outer = len(freeColumns(n)) > 0
	}
	return b, err
}

func (r *renderer) operation(n rel) (*block, error) {
	switch n := n.(type) {
	case *governedScan:
		return r.governedScan(n)
	case *derived:
		return r.derived(n)
	case *remoteRel:
		return r.remote(n)
	case *values:
		return r.values(n)
	case *project:
		return r.project(n)
	case *filter:
		return r.filter(n)
	case *join:
		return r.join(n)
	case *aggregate:
		return r.aggregate(n)
	case *window:
		return r.window(n)
	case *sort:
		return r.sort(n)
	case *limit:
		return r.limit(n)
	case *distinct:
		return r.distinct(n)
	case *setOp:
		return r.setOp(n)
	case *with:
		return r.with(n)
	case *cteRef:
		return r.cteRef(n)
	case *functionScan:
		return r.functionScan(n)
	case *projectSet:
		return r.projectSet(n)
	case *systemScan:
		return nil, cannot("a system catalog")
	case *scan:
		panic("planner: an ungoverned scan reached the renderer")
	}
	panic("planner: rel does not know this relation")
}

// table writes the reference to a product's table and sets its columns' texts.
func (r *renderer) table(s *scan) *block {
	name := ""
	if r.d.Tables != nil {
		name = r.d.Tables(s.product.Schema, s.product.Table)
		if strings.Contains(name, "(") { // a function that reads files by their path
			name = placeText(r.d.Quote(s.product.Table), name)
		}
	} else {
		name = r.d.Quote(s.product.Schema) + "." + r.d.Quote(s.product.Table)
	}
	alias := ""
	if !r.plain {
		alias = r.alias()
		name += " AS " + alias
	}
	for _, c := range s.cols {
		from := &s.product.Columns[c.ordinal]
		name := r.qualify(alias, r.d.Quote(from.Physical))
		if r.d.Column != nil {
			name = r.d.Column(name, from)
		}
		r.env[c.id] = column{sql: name, decimal: r.decimalOf(c.t)}
	}
	return &block{from: name, cols: scanOutputs(s.cols)}
}

// governedScan writes the scan with all its filters and masks; if one of them cannot be written, nothing can. Where neither a filter
// nor a mask can fail there need not be a fence around them: conditions beside them cannot fail either, so that in whatever order
// a store evaluates them nothing is told of hidden rows, and an index can serve both. PostgreSQL's row security does the same with
// leakproof functions.
func (r *renderer) governedScan(n *governedScan) (*block, error) {
	b := r.table(n.scan)
	total := true
	for _, f := range n.filters {
		s, err := r.expr(f)
		if err != nil {
			return nil, err
		}
		b.where = append(b.where, filterText(s))
		total = total && isTotal(f)
	}
	for _, it := range n.items {
		total = total && isTotal(it.e)
	}
	b.fence = len(n.filters) > 0 && !total
	return r.projectOnto(b, n.items)
}

func (r *renderer) project(n *project) (*block, error) {
	b, err := r.rel(n.input)
	if err != nil {
		return nil, err
	}
	plain := handsOnOnly(b, n.items)
	if !plain && (b.late() || b.computed) {
		b = r.closed(b)
	}
	if plain && b.body != "" {
		b = r.closed(b)
	}
	if b.oneGroup() && len(columnsOf(itemExprs(n.items)...)) == 0 || b.groupsRead(itemExprs(n.items)...) {
		b = r.closed(b)
	}
	if plain && b.distinct != "" && len(n.items) != len(b.cols) {
		b = r.closed(b)
	}
	return r.projectOnto(b, n.items)
}

// handsOnOnly reports whether items are a block's own columns. One of a query around it is none: an outer join makes it NULL.
func handsOnOnly(b *block, items []projectItem) bool {
	own := colSet{}
	own.add(b.cols)
	for _, it := range items {
		if c, is := it.e.(*colRef); !is || !own[c.id] {
			return false
		}
	}
	return true
}

func (r *renderer) projectOnto(b *block, items []projectItem) (*block, error) {
	texts := make([]column, len(items))
	for i, it := range items {
		var err error
		if texts[i], err = r.value(it.e); err != nil {
			return nil, err
		}
	}
	b.computed = b.computed || !handsOnOnly(b, items)
	b.cols = itemOutputs(items)
	for i, it := range items {
		r.env[it.out.id] = texts[i]
	}
	return b, nil
}

func (r *renderer) filter(n *filter) (*block, error) {
	b, err := r.rel(n.input)
	if err != nil {
		return nil, err
	}
	return r.filterOnto(b, n.cond, false)
}

// filterOnto adds a condition to a block; with superset, its conjuncts may keep too many rows.
func (r *renderer) filterOnto(b *block, cond expr, superset bool) (*block, error) {
	if err := r.need(connectors.FeatureFilter); err != nil {
		return nil, err
	}
	if b.late() || b.computed || b.windowed || b.fence || b.groupsRead(cond) {
		b = r.closed(b)
	}
	r.superset = superset
	conds, err := r.conditions(cond)
	r.superset = false
	if err != nil {
		return nil, err
	}
	if b.grouped {
		b.having = append(b.having, conds...)
	} else {
		b.where = append(b.where, conds...)
	}
	return b, nil
}

// conditions writes a condition's conjuncts. In the engine one that can fail is guarded by those before it: DuckDB evaluates
// conjuncts in any order, and an error that PostgreSQL would not meet must not be met here.
func (r *renderer) conditions(cond expr) ([]string, error) {
	var out []string
	for _, c := range conjuncts(cond) {
		if _, dynamic := c.(*keyFilter); dynamic && r.store == "" {
			continue
		}
		s, err := r.expr(c)
		if err != nil {
			return nil, err
		}
		if r.d.Decimals && len(out) > 0 && !isTotal(c) {
			s = "CASE WHEN " + strings.Join(out, " AND ") + " THEN " + s + " ELSE false END"
		}
		out = append(out, s)
	}
	return out, nil
}

// fromItem makes a block that can stand in a FROM clause.
func (r *renderer) fromItem(n rel) (*block, error) {
	b, err := r.rel(n)
	if err != nil {
		return nil, err
	}
	if !b.bare() {
		b = r.closed(b)
	}
	return b, nil
}

func (r *renderer) join(n *join) (*block, error) {
	feature := connectors.FeatureJoin
	if n.kind == joinRight || n.kind == joinFull {
		feature = connectors.FeatureFullJoin
	}
	if err := r.need(feature); err != nil {
		return nil, err
	}
	if n.kind == joinSemi || n.kind == joinAnti {
		return r.semiJoin(n)
	}
	left, err := r.fromItem(n.left)
	if err != nil {
		return nil, err
	}
	right, err := r.fromItem(n.right)
	if err != nil {
		return nil, err
	}
	b := &block{cols: n.columns(), joined: true}
	leftSQL, err := r.lateralItem(n.left, left.from, false)
	if err != nil {
		return nil, err
	}
	rightSQL, err := r.lateralItem(n.right, right.from, n.lateral)
	if err != nil {
		return nil, err
	}
	// The guard of MySQL's statements reads nested joins in parentheses only. Conditions inside of them see nothing to their left.
	if _, plain := n.right.(*join); right.joined && (plain || !n.lateral) {
		rightSQL = "(" + rightSQL + ")"
	}
	if n.on == nil && n.kind == joinInner {
		b.from = leftSQL + " CROSS JOIN " + rightSQL
		return b, nil
	}
	on := "1 = 1"
	if n.on != nil {
		conds, err := r.conditions(n.on)
		if err != nil {
			return nil, err
		}
		if len(conds) > 0 {
			on = strings.Join(conds, " AND ")
		}
	}
	b.from = leftSQL + " " + strings.ToUpper(n.kind.String()) + " JOIN " + rightSQL + " ON " + on
	return b, nil
}

// lateralItem marks a FROM item that reads columns of others, be they beside it or beside a join around it.
func (r *renderer) lateralItem(n rel, sql string, lateral bool) (string, error) {
	if derived := strings.HasPrefix(sql, "("); !lateral && (!derived || len(freeColumns(n)) == 0) {
		return sql, nil
	}
	if err := r.need(connectors.FeatureLateral); err != nil {
		return "", err
	}
	if strings.HasPrefix(sql, "(") {
		sql = "LATERAL " + sql
	}
	return sql, nil
}

// semiJoin writes [NOT] EXISTS over the right side.
func (r *renderer) semiJoin(n *join) (*block, error) {
	if err := r.need(connectors.FeatureSubquery); err != nil {
		return nil, err
	}
	b, err := r.rel(n.left)
	if err != nil {
		return nil, err
	}
	if b.late() || b.computed || b.windowed || b.fence || b.grouped {
		b = r.closed(b)
	}
	right, err := r.rel(n.right)
	if err != nil {
		return nil, err
	}
	if n.on != nil {
		if right.late() || right.computed || right.windowed || right.fence || right.grouped {
			right = r.closed(right)
		}
		conds, err := r.conditions(n.on)
		if err != nil {
			return nil, err
		}
		right.where, right.outer = append(right.where, conds...), true
	}
	if right.distinct != "" || right.body != "" || right.oneGroup() {
		right = r.closed(right)
	}
	right.cols = nil
	exists := "EXISTS (" + r.selectSQL(right, false) + ")"
	if n.kind == joinAnti {
		exists = "NOT " + exists
	}
	b.where = append(b.where, exists)
	return b, nil
}
