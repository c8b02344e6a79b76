package planner

import (
	"strconv"
	"strings"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgcat"
)

// values writes VALUES, or a SELECT without FROM for the one empty row.
func (r *renderer) values(n *values) (*block, error) {
	if len(n.cols) == 0 {
		if len(n.rows) == 1 {
			return &block{}, nil
		}
		return nil, cannot("VALUES without columns")
	}
	if err := r.need(connectors.FeatureValues); err != nil {
		return nil, err
	}
	rows := make([][]column, len(n.rows))
	for i, row := range n.rows {
		for _, e := range row {
			c, err := r.value(e)
			if err != nil {
				return nil, err
			}
			rows[i] = append(rows[i], c)
		}
	}
	decimals := make([]decimal, len(n.cols))
	for k, c := range n.cols {
		list := make([]column, len(rows))
		for i := range rows {
			list[i] = rows[i][k]
		}
		var err error
		if decimals[k], err = r.sameForm(c.t, list); err != nil {
			return nil, err
		}
		for i := range rows {
			rows[i][k] = list[i]
		}
	}
	alias := r.alias()
	b := &block{cols: n.cols}
	var names, texts []string
	for k, c := range n.cols {
		name := r.d.Quote("v" + strconv.Itoa(k+1))
		names = append(names, name)
		r.env[c.id] = column{sql: alias + "." + name, decimal: decimals[k]}
	}
	for _, row := range rows {
		var fields []string
		for _, c := range row {
			fields = append(fields, c.sql)
		}
		texts = append(texts, "("+strings.Join(fields, ", ")+")")
	}
	b.from = "(VALUES " + strings.Join(texts, ", ") + ") AS " + alias + "(" + strings.Join(names, ", ") + ")"
	return b, nil
}

// setOp writes a set operation as a query of its own. The columns get the operation's names on its left side.
func (r *renderer) setOp(n *setOp) (*block, error) {
	feature := connectors.FeatureUnion
	if n.kind != setUnion {
		if feature = connectors.FeatureIntersect; n.all {
			feature = connectors.FeatureIntersectAll
		}
	}
	if err := r.need(feature); err != nil {
		return nil, err
	}
	left, err := r.rel(n.left)
	if err != nil {
		return nil, err
	}
	leftCols, leftIDs := r.outputs(left)
	right, err := r.rel(n.right)
	if err != nil {
		return nil, err
	}
	rightCols, rightIDs := r.outputs(right)
	decimals := make([]decimal, len(n.cols))
	for i, c := range n.cols {
		pair := []column{leftCols[i], rightCols[i]}
		if decimals[i], err = r.sameForm(c.t, pair); err != nil {
			return nil, err
		}
		leftCols[i], rightCols[i] = pair[0], pair[1]
		if n.kind != setUnion || !n.all {
			if err := r.comparesAsIs(c.t, column{sql: "x", decimal: decimals[i]}); err != nil {
				if again := r.byKeys(n); r.store == "" && again != nil {
					return r.rel(again)
				}
				return nil, err
			}
		}
	}
	lsql := r.armSQL(left, leftIDs, leftCols, n.cols)
	rsql := r.armSQL(right, rightIDs, rightCols, n.cols)
	op := [...]string{" UNION ", " INTERSECT ", " EXCEPT "}[n.kind]
	if n.all {
		op += "ALL "
	}
	b := &block{body: "(" + lsql + ")" + op + "(" + rsql + ")", cols: n.cols}
	for i, c := range n.cols {
		r.env[c.id] = column{sql: r.colName(c.id), decimal: decimals[i]}
	}
	return b, nil
}

// outputs returns the texts of a block's columns, closing it where it is a whole query already.
func (r *renderer) outputs(b *block) ([]column, []colID) {
	if b.body != "" {
		*b = *r.closed(b)
	}
	cols := make([]column, len(b.cols))
	ids := make([]colID, len(b.cols))
	for i, c := range b.cols {
		cols[i], ids[i] = r.env[c.id], c.id
	}
	return cols, ids
}

// armSQL writes one side of a set operation with the operation's column names.
func (r *renderer) armSQL(b *block, ids []colID, texts []column, names []outColumn) string {
	saved := make([]column, len(ids))
	for i, id := range ids {
		saved[i] = r.env[id]
	}
	n := *b
	n.cols = names
	for i, c := range names {
		r.env[c.id] = texts[i]
	}
	sql := r.selectSQL(&n, true)
	if n.fence {
		sql = r.d.Fence(sql)
	}
	for i, id := range ids {
		r.env[id] = saved[i]
	}
	return sql
}

// comparesAsIs refuses a set operation over values whose equality is not that of their form.
func (r *renderer) comparesAsIs(t catalog.Type, c column) error {
	k, err := r.groupKey(c, t)
	if err != nil {
		return err
	}
	if k != c.sql {
		return cannot("set operations over %s", t)
	}
	return nil
}

// sameForm brings numeric columns of several sources to one form.
func (r *renderer) sameForm(t catalog.Type, list []column) (decimal, error) {
	if !r.d.Decimals || t.OID != pgcat.Numeric {
		return decimal{}, nil
	}
	return r.unifyDecimals(list)
}

// with writes WITH around its body.
func (r *renderer) with(n *with) (*block, error) {
	if err := r.need(connectors.FeatureWith); err != nil {
		return nil, err
	}
	var defs []string
	recursive := false
	for _, c := range n.ctes {
		def, err := r.cte(c)
		if err != nil {
			return nil, err
		}
		defs = append(defs, def)
		recursive = recursive || c.recursive != nil
	}
	body, err := r.rel(n.body)
	if err != nil {
		return nil, err
	}
	keyword := "WITH "
	if recursive {
		keyword = "WITH RECURSIVE "
	}
	cols := body.cols
	sql := r.selectSQL(body, true)
	if body.fence {
		sql = r.d.Fence(sql)
	}
	b := &block{body: keyword + strings.Join(defs, ", ") + " " + sql, cols: cols}
	for _, c := range cols {
		r.env[c.id] = r.env[c.id].as(r.colName(c.id))
	}
	return b, nil
}

// cte writes one definition: "name(columns) AS MATERIALIZED (query)".
func (r *renderer) cte(c *cte) (string, error) {
	name := r.d.Quote("w" + strconv.Itoa(c.id))
	q, err := r.rel(c.query)
	if err != nil {
		return "", err
	}
	cols, ids := r.outputs(q)
	text := cteText{name: name}
	var names []string
	if c.recursive != nil && r.d.Decimals {
		// The recursive term's numbers may grow beyond the first ones' digits.
		for i := range cols {
			if c.cols[i].t.OID == pgcat.Numeric {
				if cols[i], err = r.sortable(cols[i]); err != nil {
					return "", err
				}
			}
		}
	}
	for i, col := range cols {
		quoted := r.d.Quote("k" + strconv.Itoa(i+1))
		names = append(names, quoted)
		text.cols = append(text.cols, column{sql: quoted, decimal: col.decimal})
	}
	r.ctes[c.id] = text
	sql := r.armSQL(q, ids, cols, c.cols)
	how := ""
	if c.recursive != nil {
		if err := r.need(connectors.FeatureRecursive); err != nil {
			return "", err
		}
		if sql, err = r.recursiveSQL(c, sql, text); err != nil {
			return "", err
		}
	} else if r.d.Decimals || c.materialized != nil && *c.materialized {
		// In the engine a CTE that is still one is read more than once, and its inputs are streams that can be read once.
		how = "MATERIALIZED "
	}
	return name + "(" + strings.Join(names, ", ") + ") AS " + how + "(" + sql + ")", nil
}

func (r *renderer) recursiveSQL(c *cte, first string, text cteText) (string, error) {
	if !c.all {
		for i, col := range c.cols {
			if err := r.comparesAsIs(col.t, column{sql: "x", decimal: text.cols[i].decimal}); err != nil {
				return "", err
			}
		}
	}
	q, err := r.rel(c.recursive)
	if err != nil {
		return "", err
	}
	cols, ids := r.outputs(q)
	for i := range cols {
		pair := []column{text.cols[i], cols[i]}
		if c.cols[i].t.OID == pgcat.Numeric && r.d.Decimals {
			if _, err := r.unifyDecimals(pair); err != nil {
				return "", err
			}
		}
		cols[i] = pair[1]
	}
	op := " UNION "
	if c.all {
		op = " UNION ALL "
	}
	return "(" + first + ")" + op + "(" + r.armSQL(q, ids, cols, c.recursive.columns()) + ")", nil
}

func (r *renderer) cteRef(n *cteRef) (*block, error) {
	def, ok := r.ctes[n.id]
	if !ok {
		return nil, cannot("a reference to a query of WITH from here")
	}
	alias := r.alias()
	for i, c := range n.cols {
		r.env[c.id] = column{sql: alias + "." + def.cols[i].sql, decimal: def.cols[i].decimal}
	}
	return &block{from: def.name + " AS " + alias, cols: n.cols}, nil
}

// subquery writes a query inside an expression.
func (r *renderer) subquery(s *subquery) (string, error) {
	if err := r.need(connectors.FeatureSubquery); err != nil {
		return "", err
	}
	if r.d.Decimals && s.needsExists() {
		return r.quantifiedByExists(s)
	}
	left, err := r.operandColumns(s.left)
	if err != nil {
		return "", err
	}
	b, err := r.rel(s.query)
	if err != nil {
		return "", err
	}
	switch s.kind {
	case subqueryExists:
		if b.distinct != "" || b.body != "" || b.oneGroup() {
			b = r.closed(b)
		}
		b.cols = nil
		return "(EXISTS (" + r.selectSQL(b, false) + "))", nil // in parentheses MySQL's guard reads it as an operand
	case subqueryScalar:
		return "(" + r.queryText(b) + ")", nil
	case subqueryArray:
		l, err := r.op("array(query)")
		if err != nil {
			return "", err
		}
		return r.fill(l, s.t, r.queryText(b))
	}
	return r.quantified(s, b, left)
}

func (r *renderer) queryText(b *block) string {
	sql := r.selectSQL(b, true)
	if b.fence {
		sql = r.d.Fence(sql)
	}
	return sql
}

// quantified writes left op ANY|ALL (query).
func (r *renderer) quantified(s *subquery, b *block, left []column) (string, error) {
	word := map[subqueryKind]string{subqueryAny: "any(query)", subqueryAll: "all(query)"}[s.kind]
	// A store may know equality where it does not know order.
	l, err := r.op(word + " " + s.ops[0].Name)
	if err != nil {
		l, err = r.op(word)
	}
	if err != nil {
		return "", err
	}
	if b.body != "" || b.distinct != "" || len(b.order) > 0 {
		b = r.closed(b)
	}
	cols := b.cols
	texts := make([]string, len(left))
	for i, c := range cols {
		if _, err := r.op(operatorKey(s.ops[i].Name, s.left[i].typ().OID, c.t.OID)); err != nil {
			return "", err
		}
		col := r.env[c.id]
		if texts[i], col.sql, err = r.comparedColumns([]column{left[i], col}, s.left[i].typ(), c.t); err != nil {
			return "", err
		}
		r.env[c.id] = col
	}
	text := strings.Join(texts, ", ")
	if len(left) > 1 {
		text = "(" + text + ")"
	}
	return r.fill(l, boolType, text, s.ops[0].Name, r.queryText(b))
}
