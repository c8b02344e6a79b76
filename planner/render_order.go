package planner

import (
	"strconv"
	"strings"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgcat"
)

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

// sortsComputed reports whether a key is a computed column: its text in ORDER BY would compute it again, and a literal there is the
// number of a column, or refused.
func (r *renderer) sortsComputed(keys []sortKey) bool {
	quote := r.d.Quote("c")[:1]
	for _, k := range keys {
		c, ok := k.e.(*colRef)
		if !ok || strings.ContainsAny(r.env[c.id].sql, "( "+mark) || !strings.Contains(r.env[c.id].sql, quote) {
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
		if c.value == nil {
			return "", nil
		}
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

// orderKey writes an ordering key with its direction.
func (r *renderer) orderKey(k sortKey) (string, error) {
	s, err := r.key(k.e)
	if err != nil {
		return "", err
	}
	if isTextual(k.e.typ().OID) {
		if r.d.Binary == "" || r.d.Longest > 0 && !shortText(k.e, r.d.Longest) {
			return "", cannot("ORDER BY text")
		}
		s = connectors.Fill(r.d.Binary, []string{s}, nil)
	}
	return r.directed(s, k), nil
}

// directed writes a key's direction and the place of NULLs.
func (r *renderer) directed(s string, k sortKey) string {
	direction := map[bool]string{false: " ASC", true: " DESC"}[k.desc]
	if r.d.Has(connectors.FeatureNullsOrder) {
		return s + direction + map[bool]string{false: " NULLS LAST", true: " NULLS FIRST"}[k.nullsFirst]
	}
	nulls := map[bool]string{false: " ASC", true: " DESC"}[k.nullsFirst]
	return "(" + s + " IS NULL)" + nulls + ", " + s + direction
}

// groupKey writes a grouping key.
func (r *renderer) groupKey(c column, t catalog.Type) (string, error) {
	if t.OID == pgcat.Char && r.d.Decimals {
		return c.sql, nil // only its order is another than its text's
	}
	s, err := r.keyOf(c, t)
	if err != nil || !isTextual(t.OID) || r.d.Distinct == "" {
		return s, err
	}
	return connectors.Fill(r.d.Distinct, []string{s}, nil), nil
}

// shortText reports whether an expression is a column of texts of so many characters at most.
func shortText(e expr, most int32) bool {
	_, column := bare(e).(*colRef)
	n, known := longestOf(e)
	return column && known && n <= most
}

// varHeader is what typmods of varying lengths count beside the length.
const varHeader = 4

func isTextual(oid pgcat.OID) bool {
	switch oid {
	case pgcat.Text, pgcat.VarChar, pgcat.BPChar, pgcat.Name, pgcat.Char:
		return true
	}
	return false
}
