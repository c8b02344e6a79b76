package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// sqlType is a type of the random queries' expressions.
type sqlType int

const (
	whole sqlType = iota
	text
	amount
	day
	truth
	types
)

// sqlColumn is a column that a random query may name.
type sqlColumn struct {
	name string
	typ  sqlType
}

var (
	peopleNames = []sqlColumn{
		{"id", whole},
		{"person", whole},
		{"level", whole},
		{"big", whole},
		{"mark", text},
		{"country", text},
		{"dept", text},
		{"code", text},
		{"doc", text},
		{"name", text},
		{"email", text},
		{"phone", text},
		{"nick", text},
		{"note", text},
		{"credit", amount},
		{"born", day},
		{"shared", truth},
	}
	shiftNames = []sqlColumn{{"id", whole}, {"person", whole}, {"hours", whole}, {"label", text}}
)

// randomSQL writes typed queries over the products of testdata/attacks, the same for the same seed. Their rows come in an order that is
// complete, so that answers can be compared byte by byte.
type randomSQL struct {
	*rand.Rand
	scope   []sqlColumn // what may be named, with the table's alias
	tables  int
	forbids bool // now and then a name that is denied
}

func newRandomSQL(seed uint64) *randomSQL {
	return &randomSQL{Rand: rand.New(rand.NewPCG(seed, 4711)), forbids: true}
}

func (r *randomSQL) one(of ...string) string { return of[r.IntN(len(of))] }

func (r *randomSQL) chance(percent int) bool { return r.IntN(100) < percent }

// query is a whole statement.
func (r *randomSQL) query() string {
	switch {
	case r.chance(10):
		a := r.core([]sqlType{whole, text}, "")
		b := r.core([]sqlType{whole, text}, "")
		return a + " " + r.one("UNION", "UNION ALL", "EXCEPT", "INTERSECT", "EXCEPT ALL") + " " + b + " ORDER BY 1, 2"
	case r.chance(10):
		inner := r.core([]sqlType{whole, text, amount}, "")
		r.scope = []sqlColumn{{"w.c1", whole}, {"w.c2", text}, {"w.c3", amount}}
		return "WITH w AS " + r.one("", "MATERIALIZED ", "NOT MATERIALIZED ") + "(" + inner + ") " + r.over("w", 0)
	}
	return r.over("", r.IntN(3))
}

// over is a SELECT with an order, over a table that is there already or over some of its own.
func (r *randomSQL) over(from string, joins int) string {
	if from == "" {
		from = r.from(joins)
	}
	var list, order []string
	where := r.where()
	group := ""
	n := 1 + r.IntN(3)
	if r.chance(35) {
		var keys []string
		for i := range r.IntN(3) {
			keys = append(keys, r.expr(r.aType(), 1))
			list = append(list, keys[i])
		}
		for range n {
			list = append(list, r.aggregate())
		}
		if len(keys) > 0 {
			group = " GROUP BY " + ordinals(len(keys))
			if r.chance(20) {
				group += " HAVING count(*) > " + fmt.Sprint(r.IntN(3))
			}
		}
	} else {
		for range n {
			list = append(list, r.expr(r.aType(), 2))
		}
		if r.chance(15) {
			list = append(list, r.window())
		}
	}
	for i := range list {
		order = append(order, fmt.Sprint(i+1)+r.one("", "", " DESC", " NULLS FIRST"))
		list[i] += " AS c" + fmt.Sprint(i+1)
	}
	limit := ""
	if r.chance(25) {
		limit = r.one(" LIMIT 3", " LIMIT 5 OFFSET 1", " OFFSET 2", " LIMIT 1")
	}
	return "SELECT " + r.one("", "", "", "DISTINCT ") + strings.Join(list, ", ") + " FROM " + from + where + group + " ORDER BY " + strings.Join(order, ", ") + limit
}

// core is a SELECT of columns of given types, without an order.
func (r *randomSQL) core(want []sqlType, outer string) string {
	saved := r.scope
	if outer == "" {
		r.scope = nil
	}
	from := r.from(r.IntN(2))
	var list []string
	for i, t := range want {
		list = append(list, r.expr(t, 1)+" AS c"+fmt.Sprint(i+1))
	}
	out := "SELECT " + strings.Join(list, ", ") + " FROM " + from + r.where()
	r.scope = saved
	return out
}

func ordinals(n int) string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprint(i+1))
	}
	return strings.Join(out, ", ")
}

// from is a table, perhaps with others joined to it, of the same store or another.
func (r *randomSQL) from(joins int) string {
	first := r.table(75)
	out := first
	for range joins {
		left := r.tables
		kind := r.one("JOIN", "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN")
		table := r.table(40)
		on := fmt.Sprintf("t%d.%s = t%d.%s", left, "person", r.tables, "person")
		if r.chance(30) && kind != "FULL JOIN" {
			on += " AND " + r.expr(truth, 1)
		}
		out += " " + kind + " " + table + " ON " + on
	}
	return out
}

// table is one of the products under an alias of its own; its columns may be named from here on.
func (r *randomSQL) table(people int) string {
	r.tables++
	alias := fmt.Sprintf("t%d", r.tables)
	product, columns := ".shifts", shiftNames
	if r.chance(people) {
		product, columns = ".people", peopleNames
	}
	for _, c := range columns {
		r.scope = append(r.scope, sqlColumn{alias + "." + c.name, c.typ})
	}
	return attackDomains[r.IntN(len(attackDomains))] + product + " " + alias
}

func (r *randomSQL) where() string {
	if r.chance(35) {
		return ""
	}
	return " WHERE " + r.expr(truth, 2)
}

func (r *randomSQL) aType() sqlType { return sqlType(r.IntN(int(types))) }

// aggregate is a call over expressions, or over the column that shows only in aggregates.
func (r *randomSQL) aggregate() string {
	filter := ""
	if r.chance(15) {
		filter = " FILTER (WHERE " + r.expr(truth, 1) + ")"
	}
	switch r.IntN(9) {
	case 0:
		return "count(" + r.expr(r.aType(), 1) + ")" + filter
	case 1:
		return "count(DISTINCT " + r.expr(r.aType(), 1) + ")" + filter
	case 2:
		return r.one("min", "max") + "(" + r.expr(sqlType(r.IntN(int(truth))), 1) + ")" + filter
	case 3:
		return r.one("sum", "avg") + "(" + r.expr(whole, 1) + ")" + filter
	case 4:
		return r.one("sum", "avg") + "(" + r.expr(amount, 1) + ")" + filter
	case 5:
		e := r.expr(text, 1)
		return "string_agg(" + e + ", ',' ORDER BY " + e + ")" + filter
	case 6:
		return r.one("bool_and", "bool_or") + "(" + r.expr(truth, 1) + ")" + filter
	case 7:
		for _, c := range r.scope {
			if alias, ok := strings.CutSuffix(c.name, ".credit"); ok {
				return r.one("sum", "avg", "count", "max") + "(" + alias + ".salary)"
			}
		}
	}
	return "count(*)" + filter
}

func (r *randomSQL) window() string {
	return r.one("rank()", "row_number()", "count(*)", "max("+r.expr(text, 0)+")", "lag("+r.expr(whole, 0)+")") +
		" OVER (" + r.one("", "PARTITION BY "+r.expr(text, 0)+" ") + "ORDER BY " + r.expr(r.aType(), 1) + ", " + r.key() + ")"
}

// key is what tells all rows apart: ids of all tables.
func (r *randomSQL) key() string {
	var ids []string
	for _, c := range r.scope {
		if strings.HasSuffix(c.name, ".id") {
			ids = append(ids, c.name)
		}
	}
	if ids == nil {
		return "1"
	}
	return strings.Join(ids, ", ")
}

// leaf is a column or a constant.
func (r *randomSQL) leaf(t sqlType) string {
	if r.forbids && r.chance(1) {
		return r.one("ssn", "t1.ssn", "social_no", "t1.salary")
	}
	var fit []string
	for _, c := range r.scope {
		if c.typ == t {
			fit = append(fit, c.name)
		}
	}
	if len(fit) > 0 && r.chance(75) {
		return r.one(fit...)
	}
	switch t {
	case whole:
		return r.one("0", "1", "2", "3", "17", "100", "(-1)", "1000000", "NULL::int")
	case text:
		return r.one("'DE'", "'GB'", "'ops'", "'MARK-DE-1'", "'N'", "'withheld'", "''", "'late'", "'12'", "NULL::text")
	case amount:
		return r.one("0.5", "100.00", "30100", "1e3", "(-2.25)", "NULL::numeric")
	case day:
		return r.one("date '1960-01-01'", "date '1965-03-04'", "date '1999-12-31'", "NULL::date")
	}
	return r.one("true", "false", "NULL::boolean")
}

// expr is an expression of a type; depth is how many operations it may nest.
func (r *randomSQL) expr(t sqlType, depth int) string {
	if depth == 0 {
		return r.leaf(t)
	}
	sub := func(t sqlType) string { return r.expr(t, depth-1) }
	if r.chance(8) {
		return "CASE WHEN " + sub(truth) + " THEN " + sub(t) + " ELSE " + sub(t) + " END"
	}
	if r.chance(6) {
		return "coalesce(" + sub(t) + ", " + sub(t) + ")"
	}
	switch t {
	case whole:
		return r.wholeExpr(sub)
	case text:
		return r.textExpr(sub)
	case amount:
		return r.one("("+sub(amount)+" + "+sub(amount)+")", "("+sub(amount)+" * "+sub(whole)+")", "round("+sub(amount)+", 1)", "("+sub(amount)+" / "+sub(whole)+")",
			sub(whole)+"::numeric", "abs("+sub(amount)+")", r.leaf(amount))
	case day:
		return r.one("("+sub(day)+" + "+r.leaf(whole)+"::int % 1000)", "date_trunc('month', "+sub(day)+")::date", r.leaf(day), "nullif("+sub(day)+", "+r.leaf(day)+")")
	}
	return r.truthExpr(sub, depth)
}

func (r *randomSQL) wholeExpr(sub func(sqlType) string) string {
	return r.one("("+sub(whole)+" "+r.one("+", "-", "*", "/", "%")+" "+sub(whole)+")", "length("+sub(text)+")", "abs("+sub(whole)+")",
		"extract(year FROM "+sub(day)+")::int", "("+sub(day)+" - "+sub(day)+")", sub(text)+"::int", sub(amount)+"::int", "strpos("+sub(text)+", "+sub(text)+")", r.leaf(whole),
		"10 / "+r.leaf(whole))
}

func (r *randomSQL) textExpr(sub func(sqlType) string) string {
	return r.one("("+sub(text)+" || "+sub(text)+")", r.one("upper", "lower", "reverse", "md5", "trim")+"("+sub(text)+")", "left("+sub(text)+", 4)", "substr("+sub(text)+", 2, 3)",
		"replace("+sub(text)+", "+sub(text)+", 'x')", sub(whole)+"::text", sub(amount)+"::text", sub(day)+"::text", r.leaf(text), "nullif("+sub(text)+", "+sub(text)+")")
}

func (r *randomSQL) truthExpr(sub func(sqlType) string, depth int) string {
	t := sqlType(r.IntN(int(truth)))
	switch r.IntN(10) {
	case 0:
		return "(" + sub(truth) + " " + r.one("AND", "OR") + " " + sub(truth) + ")"
	case 1:
		return "NOT (" + sub(truth) + ")"
	case 2:
		return sub(text) + r.one(" LIKE ", " ILIKE ", " NOT LIKE ") + r.one("'%a%'", "'N%'", "'MARK%'", "'_E'", "'%@%'")
	case 3:
		return sub(t) + r.one(" IS NULL", " IS NOT NULL")
	case 4:
		return sub(t) + r.one(" IN (", " NOT IN (") + r.leaf(t) + ", " + r.leaf(t) + ")"
	case 5:
		return sub(t) + " BETWEEN " + r.leaf(t) + " AND " + r.leaf(t)
	case 6:
		return sub(t) + r.one(" IS DISTINCT FROM ", " IS NOT DISTINCT FROM ") + sub(t)
	case 7:
		if depth > 1 {
			return sub(whole) + r.one(" IN (", " NOT IN (") + r.core([]sqlType{whole}, "") + ")"
		}
	case 8:
		if depth > 1 {
			return r.one("", "NOT ") + "EXISTS (" + r.core([]sqlType{whole}, "correlated") + ")"
		}
	}
	return sub(t) + r.one(" = ", " <> ", " < ", " <= ", " > ", " >= ") + sub(t)
}
