package planner

import (
	"strconv"
	"strings"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgcat"
)

// block is a SELECT under construction. Operations join it while the grammar lets them: a WHERE before grouping, a HAVING after
// it, one SELECT list, then DISTINCT, ORDER BY and LIMIT. What comes too late closes the block, which then becomes a derived
// table of the next one.
type block struct {
	from     string // empty = no FROM clause
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
}

// late reports whether the block has a part that comes after the SELECT list.
func (b *block) late() bool {
	return b.distinct != "" || len(b.order) > 0 || b.limit != "" || b.offset != "" || b.body != ""
}

// bare reports whether the block is a FROM item and nothing else.
func (b *block) bare() bool {
	return !b.late() && !b.grouped && !b.computed && !b.windowed && len(b.where) == 0 && b.from != ""
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
	text := r.selectSQL(b, true)
	if b.fence {
		text = r.d.Fence(text)
	}
	alias := r.alias()
	for _, c := range b.cols {
		col := r.env[c.id]
		col.sql = r.qualify(alias, r.colName(c.id))
		r.env[c.id] = col
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
	switch n := n.(type) {
	case *governedScan:
		return r.governedScan(n)
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

// governedScan writes the scan with all its filters and masks; if one of them cannot be written, nothing can.
func (r *renderer) governedScan(n *governedScan) (*block, error) {
	b := r.table(n.scan)
	for _, f := range n.filters {
		s, err := r.expr(f)
		if err != nil {
			return nil, err
		}
		b.where = append(b.where, filterText(s))
		b.fence = true
	}
	return r.projectOnto(b, n.items)
}

func (r *renderer) project(n *project) (*block, error) {
	b, err := r.rel(n.input)
	if err != nil {
		return nil, err
	}
	plain := true
	for _, it := range n.items {
		_, is := it.e.(*colRef)
		plain = plain && is
	}
	if !plain && (b.late() || b.computed) {
		b = r.closed(b)
	}
	if plain && b.body != "" {
		b = r.closed(b)
	}
	if plain && b.distinct != "" && len(n.items) != len(b.cols) {
		b = r.closed(b)
	}
	return r.projectOnto(b, n.items)
}

func (r *renderer) projectOnto(b *block, items []projectItem) (*block, error) {
	texts := make([]column, len(items))
	for i, it := range items {
		var err error
		if texts[i], err = r.value(it.e); err != nil {
			return nil, err
		}
		if _, is := it.e.(*colRef); !is {
			b.computed = true
		}
	}
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
	if b.late() || b.computed || b.windowed || b.fence {
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
	b := &block{cols: n.columns()}
	rightSQL := right.from
	if n.lateral {
		if err := r.need(connectors.FeatureLateral); err != nil {
			return nil, err
		}
		if strings.HasPrefix(rightSQL, "(") {
			rightSQL = "LATERAL " + rightSQL
		}
	}
	if _, nested := n.right.(*join); nested && !strings.HasPrefix(rightSQL, "(") {
		rightSQL = "(" + rightSQL + ")"
	}
	if n.on == nil && n.kind == joinInner {
		b.from = left.from + " CROSS JOIN " + rightSQL
		return b, nil
	}
	on := "1 = 1"
	if n.on != nil {
		conds, err := r.conditions(n.on)
		if err != nil {
			return nil, err
		}
		on = strings.Join(conds, " AND ")
	}
	b.from = left.from + " " + strings.ToUpper(n.kind.String()) + " JOIN " + rightSQL + " ON " + on
	return b, nil
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
		right.where = append(right.where, conds...)
	}
	right.cols = nil
	if right.distinct != "" || right.body != "" {
		right = r.closed(right)
	}
	exists := "EXISTS (" + r.selectSQL(right, false) + ")"
	if n.kind == joinAnti {
		exists = "NOT " + exists
	}
	b.where = append(b.where, exists)
	return b, nil
}

func (r *renderer) sort(n *sort) (*block, error) {
	if err := r.need(connectors.FeatureOrder); err != nil {
		return nil, err
	}
	b, err := r.rel(n.input)
	if err != nil {
		return nil, err
	}
	if b.late() || b.computed && r.sortsComputed(n.keys) {
		b = r.closed(b)
	}
	for _, k := range n.keys {
		s, err := r.orderKey(k)
		if err != nil {
			return nil, err
		}
		b.order = append(b.order, s)
	}
	return b, nil
}

// sortsComputed reports whether a key is a computed column: its text in ORDER BY would compute it again.
func (r *renderer) sortsComputed(keys []sortKey) bool {
	for _, k := range keys {
		c, ok := k.e.(*colRef)
		if !ok || strings.ContainsAny(r.env[c.id].sql, "( "+mark) {
			return true
		}
	}
	return false
}

func (r *renderer) limit(n *limit) (*block, error) {
	if err := r.need(connectors.FeatureLimit); err != nil {
		return nil, err
	}
	b, err := r.rel(n.input)
	if err != nil {
		return nil, err
	}
	if n.ties {
		panic("planner: WITH TIES reached the renderer")
	}
	if b.limit != "" || b.offset != "" || b.body != "" {
		b = r.closed(b)
	}
	if b.limit, err = r.rowCount(n.count, "LIMIT"); err != nil {
		return nil, err
	}
	b.offset, err = r.rowCount(n.offset, "OFFSET")
	return b, err
}

// rowCount writes LIMIT's or OFFSET's number. Only the engine checks one that is not known yet for being negative.
func (r *renderer) rowCount(e expr, clause string) (string, error) {
	if e == nil {
		return "", nil
	}
	if c, known := e.(*constant); known {
		if n, ok := c.value.(int64); ok && r.d.Decimals {
			// The engine takes no parameter here where the query depends on another's row.
			return strconv.FormatInt(n, 10), nil
		}
		return r.expr(e)
	}
	l, err := r.op("row count(" + clause + ")")
	if err != nil {
		return "", err
	}
	s, err := r.expr(e)
	if err != nil {
		return "", err
	}
	return r.fill(l, catalog.TypeOf(pgcat.Int8), s)
}

func (r *renderer) distinct(n *distinct) (*block, error) {
	b, err := r.rel(n.input)
	if err != nil {
		return nil, err
	}
	if len(n.on) > 0 {
		return r.distinctOn(b, n)
	}
	if err := r.need(connectors.FeatureDistinct); err != nil {
		return nil, err
	}
	keys, same, err := r.groupKeys(b.cols)
	if err != nil {
		return nil, err
	}
	if same {
		if b.late() {
			b = r.closed(b)
		}
		b.distinct = "DISTINCT"
		return b, nil
	}
	if !b.bare() {
		b = r.closed(b)
		if keys, _, err = r.groupKeys(b.cols); err != nil {
			return nil, err
		}
	}
	b.group, b.grouped = strings.Join(keys, ", "), true
	return b, r.firstOf(b.cols, keys)
}

// groupKeys writes columns as grouping keys; same says that all are the columns themselves.
func (r *renderer) groupKeys(cols []outColumn) (keys []string, same bool, err error) {
	same = true
	for _, c := range cols {
		k, err := r.groupKey(r.env[c.id], c.t)
		if err != nil {
			return nil, false, err
		}
		same = same && k == r.env[c.id].sql
		keys = append(keys, k)
	}
	return keys, same, nil
}

// firstOf shows one value of each group for columns that are grouped by a key other than themselves.
func (r *renderer) firstOf(cols []outColumn, keys []string) error {
	for i, c := range cols {
		col := r.env[c.id]
		if col.sql == keys[i] {
			continue
		}
		l, err := r.op("first(any)")
		if err != nil {
			return err
		}
		if col.sql, err = r.fill(l, c.t, col.sql); err != nil {
			return err
		}
		r.env[c.id] = col
	}
	return nil
}

// distinctOn writes DISTINCT ON, whose ORDER BY stands in the same SELECT.
func (r *renderer) distinctOn(b *block, n *distinct) (*block, error) {
	if err := r.need(connectors.FeatureDistinctOn); err != nil {
		return nil, err
	}
	if b.distinct != "" || b.limit != "" || b.offset != "" || b.body != "" {
		b = r.closed(b)
		for _, k := range n.keys {
			s, err := r.orderKey(k)
			if err != nil {
				return nil, err
			}
			b.order = append(b.order, s)
		}
	}
	var on []string
	for _, e := range n.on {
		s, err := r.key(e)
		if err != nil {
			return nil, err
		}
		if isTextual(e.typ().OID) && r.d.Binary != "" && len(n.keys) > 0 {
			s = connectors.Fill(r.d.Binary, []string{s}, nil)
		}
		on = append(on, s)
	}
	b.distinct = "DISTINCT ON (" + strings.Join(on, ", ") + ")"
	return b, nil
}
