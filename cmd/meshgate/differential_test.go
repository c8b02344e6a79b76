package main

import (
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// differentialTable is a table of the world with its columns by type.
type differentialTable struct {
	name    string
	columns map[string][]string
}

var differentialTables = []differentialTable{
	{"sales.customers", map[string][]string{"int": {"id"}, "text": {"name", "email", "country"}, "bool": {"vip"}, "numeric": {"credit"}, "date": {"born"}}},
	{"sales.orders", map[string][]string{"int": {"id", "customer_id", "qty", "small"}, "text": {"status", "note"}, "numeric": {"total"}, "timestamp": {"placed"}}},
	{"shop.articles", map[string][]string{"int": {"id", "brand_id", "stock"}, "text": {"sku", "title"}, "numeric": {"price"}, "bool": {"active"}, "date": {"launched"}, "timestamp": {"added"}}},
	{"shop.brands", map[string][]string{"int": {"id"}, "text": {"name", "country"}}},
	{"web.sessions", map[string][]string{"int": {"id", "customer_id", "pages"}, "text": {"device"}}},
	{"web.events", map[string][]string{"int": {"id", "session_id", "article_id"}, "text": {"kind"}, "numeric": {"value"}}},
}

// differentialQueries writes queries with types that fit and without anything that fails on some rows, since which rows meet a failing
// expression is the plan's to say.
type differentialQueries struct {
	*rand.Rand
	scope []scopedTable
	last  int
}

type scopedTable struct {
	differentialTable
	alias string
}

func (g *differentialQueries) one(of ...string) string { return of[g.IntN(len(of))] }

// column is a column of a type, or a literal where no table has one.
func (g *differentialQueries) column(kind string) string {
	var all []string
	for _, t := range g.scope {
		for _, c := range t.columns[kind] {
			all = append(all, t.alias+"."+c)
		}
	}
	if len(all) == 0 {
		return g.literal(kind)
	}
	return g.one(all...)
}

func (g *differentialQueries) literal(kind string) string {
	switch kind {
	case "int":
		return g.one("0", "1", "2", "3", "7", "11", "100", "NULL::int", "-1")
	case "text":
		return g.one("''", "'a'", "'A'", "'DE'", "'Anvil'", "'buy'", "'phone '", "'é'", "NULL::text", "'zzz'")
	case "numeric":
		return g.one("0.5", "10", "99.99", "-3.25", "1e3", "NULL::numeric", "12.50")
	case "bool":
		return g.one("true", "false", "NULL::bool")
	case "date":
		return g.one("date '2023-01-02'", "date '2000-02-29'", "NULL::date")
	}
	return g.one("timestamp '2023-01-01'", "timestamp '2024-02-29 12:00:00'", "NULL::timestamp")
}

// expr is an expression of a type.
func (g *differentialQueries) expr(kind string, depth int) string {
	if depth <= 0 || g.IntN(3) == 0 {
		if g.IntN(4) == 0 {
			return g.literal(kind)
		}
		return g.column(kind)
	}
	e := func(k string) string { return g.expr(k, depth-1) }
	general := []func() string{
		func() string { return "coalesce(" + e(kind) + ", " + e(kind) + ")" },
		func() string { return "CASE WHEN " + e("bool") + " THEN " + e(kind) + " ELSE " + e(kind) + " END" },
		func() string { return "nullif(" + e(kind) + ", " + e(kind) + ")" },
	}
	if g.IntN(3) == 0 {
		return general[g.IntN(len(general))]()
	}
	switch kind {
	case "int":
		return g.one("("+e("int")+" + "+g.literal("int")+")", "("+e("int")+" % 5)", "length("+e("text")+")", "("+e("date")+" - date '2020-01-01')", "greatest("+e("int")+", "+e("int")+")")
	case "text":
		return g.one("lower("+e("text")+")", "("+e("text")+" || "+e("text")+")", "substr("+e("text")+", 2, 3)", "("+e("int")+")::text", "trim("+e("text")+")", "replace("+e("text")+", 'a', 'b')")
	case "numeric":
		return g.one("("+e("numeric")+" + "+e("numeric")+")", "("+e("numeric")+" * "+e("numeric")+")", "round("+e("numeric")+", 1)", "("+e("int")+")::numeric")
	case "bool":
		return g.condition(depth)
	case "date":
		return "(" + e("date") + " + " + g.one("1", "30", "-7") + ")"
	}
	return "date_trunc('" + g.one("month", "day", "hour") + "', " + e("timestamp") + ")"
}

func (g *differentialQueries) condition(depth int) string {
	e := func(k string) string { return g.expr(k, depth-1) }
	compare := func() string {
		kind := g.one("int", "text", "numeric", "date", "timestamp", "int", "text")
		return "(" + e(kind) + " " + g.one("=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM") + " " + e(kind) + ")"
	}
	switch g.IntN(9) {
	case 0:
		return "(" + e("bool") + " AND " + e("bool") + ")"
	case 1:
		return "(" + e("bool") + " OR " + e("bool") + ")"
	case 2:
		return "(NOT " + e("bool") + ")"
	case 3:
		return "(" + e(g.one("int", "text", "date")) + " IS " + g.one("", "NOT ") + "NULL)"
	case 4:
		return "(" + e("text") + g.one("", " NOT") + " LIKE " + g.one("'%a%'", "'A%'", "'_n%'", "'%'") + ")"
	case 5:
		return "(" + e("int") + g.one("", " NOT") + " IN (1, 2, 3, " + g.literal("int") + "))"
	case 6:
		return g.subquery(depth)
	}
	return compare()
}

// subquery is IN or EXISTS over another table, which may look at the tables outside.
func (g *differentialQueries) subquery(depth int) string {
	t := g.table()
	inner := &differentialQueries{Rand: g.Rand, scope: append(g.scope[:len(g.scope):len(g.scope)], t), last: g.last}
	where := inner.expr("bool", depth-1)
	g.last = inner.last
	if g.IntN(2) == 0 {
		return "EXISTS (SELECT 1 FROM " + t.name + " " + t.alias + " WHERE " + where + ")"
	}
	return "(" + g.column("int") + g.one("", " NOT") + " IN (SELECT " + t.alias + "." + g.one(t.columns["int"]...) + " FROM " + t.name + " " + t.alias + " WHERE " + where + "))"
}

func (g *differentialQueries) table() scopedTable {
	g.last++
	return scopedTable{differentialTables[g.IntN(len(differentialTables))], "t" + strconv.Itoa(g.last)}
}

// from joins one to three tables on numbers.
func (g *differentialQueries) from() string {
	g.scope = []scopedTable{g.table()}
	text := g.scope[0].name + " " + g.scope[0].alias
	for range g.IntN(3) {
		t := g.table()
		left := g.column("int")
		g.scope = append(g.scope, t)
		text += " " + g.one("JOIN", "LEFT JOIN", "JOIN", "RIGHT JOIN", "FULL JOIN") + " " + t.name + " " + t.alias + " ON " + left + " = " + t.alias + "." + g.one(t.columns["int"]...)
	}
	return text
}

func (g *differentialQueries) list(n int) (exprs, kinds []string) {
	for range n {
		kind := g.one("int", "text", "numeric", "bool", "date", "timestamp")
		exprs, kinds = append(exprs, g.expr(kind, 2)), append(kinds, kind)
	}
	return exprs, kinds
}

// query is a query of one of several forms; its rows have no order but where LIMIT needs one.
func (g *differentialQueries) query() string {
	from := g.from()
	where := " WHERE " + g.expr("bool", 3)
	exprs, _ := g.list(1 + g.IntN(3))
	list := strings.Join(exprs, ", ")
	switch g.IntN(6) {
	case 0:
		return "SELECT DISTINCT " + list + " FROM " + from + where
	case 1, 2:
		aggregates := []string{"count(*)"}
		for range 1 + g.IntN(3) {
			aggregates = append(aggregates, g.one("sum("+g.expr("int", 1)+")", "avg("+g.expr("numeric", 1)+")", "min("+g.expr("text", 1)+")", "max("+g.expr("date", 1)+")",
				"count(DISTINCT "+g.expr("text", 1)+")", "bool_or("+g.expr("bool", 1)+")", "sum("+g.expr("numeric", 1)+")", g.concatenation()))
		}
		return "SELECT " + list + ", " + strings.Join(aggregates, ", ") + " FROM " + from + where + " GROUP BY " + places(len(exprs)) + g.one("", " HAVING count(*) > 1")
	case 3:
		return "SELECT " + list + " FROM " + from + where + " ORDER BY " + places(len(exprs)) + " LIMIT " + g.one("1", "5", "20")
	case 4:
		return "SELECT " + list + ", sum(" + g.column("int") + ") OVER (PARTITION BY " + g.column("text") + "), rank() OVER (ORDER BY " + g.column("int") + ", " + g.column("text") + ") FROM " + from + where
	}
	return "SELECT " + list + " FROM " + from + where
}

// concatenation orders texts by themselves: another order would leave equal keys to the plan.
func (g *differentialQueries) concatenation() string {
	c := g.column("text")
	return "string_agg(" + c + ", ',' ORDER BY " + c + ")"
}

func places(n int) string {
	out := make([]string, n)
	for i := range out {
		out[i] = strconv.Itoa(i + 1)
	}
	return strings.Join(out, ", ")
}

var typmods = regexp.MustCompile(`/-?[0-9]+$`)

// TestRandomQueries asks typed queries of a fixed seed with pushdown, without, with every dynamic filter, and of PostgreSQL; and holds
// the rows of a condition, its negation and its being NULL together against all rows. MESHGATE_RANDOM is how many, MESHGATE_SEED where to
// begin.
func TestRandomQueries(t *testing.T) {
	count, seed := uint64(400), uint64(1)
	for name, n := range map[string]*uint64{"MESHGATE_RANDOM": &count, "MESHGATE_SEED": &seed} {
		if text := os.Getenv(name); text != "" {
			var err error
			if *n, err = strconv.ParseUint(text, 10, 64); err != nil {
				t.Fatal(err)
			}
		}
	}
	w := newWorld(t)
	s := &sltSessions{on: w.connect(t, "root"), off: w.connect(t, "root"), eager: w.connect(t, "root"), oracle: connectTo(t, w.oracle)}
	ask(s.off, "SET mesh.pushdown = off")
	ask(s.eager, "SET mesh.pushdown = eager")
	answered := 0
	for i := range count {
		g := &differentialQueries{Rand: rand.New(rand.NewPCG(seed+i, 0))}
		r := &record{head: "query rowsort refused", sql: g.query()}
		want := r.order(ask(s.oracle, r.sql))
		for name, c := range map[string]func() answer{
			"with pushdown": func() answer { return ask(s.on, r.sql) }, "without pushdown": func() answer { return ask(s.off, r.sql) },
			"with all dynamic filters": func() answer { return ask(s.eager, r.sql) },
		} {
			// The typmod of a result follows what PostgreSQL's planner simplifies.
			got := r.order(c())
			for _, columns := range [][]string{got.columns, want.columns} {
				for i := range columns {
					columns[i] = typmods.ReplaceAllString(columns[i], "")
				}
			}
			if !got.same(want) && got.code != "0A000" {
				t.Errorf("seed %d: %s\n%s:\n%s\nPostgreSQL:\n%s", seed+i, r.sql, name, got, want)
			}
		}
		if want.code == "" {
			answered++
		}
		partitioned(t, s, g, seed+i)
	}
	if t.Failed() {
		t.Log(w.log)
	}
	if answered < int(count)*9/10 {
		t.Errorf("PostgreSQL answered %d of %d queries: they show little", answered, count)
	}
}

// partitioned counts the rows for which a condition is true, false and NULL (ternary logic partitioning).
func partitioned(t *testing.T, s *sltSessions, g *differentialQueries, seed uint64) {
	from := g.from()
	p := g.expr("bool", 2)
	count := func(where string) (n int) {
		a := ask(s.on, "SELECT count(*) FROM "+from+where)
		if a.code != "" {
			return -1 << 20
		}
		n, err := strconv.Atoi(a.rows[0])
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	all, yes, no, neither := count(""), count(" WHERE "+p), count(" WHERE NOT "+p), count(" WHERE ("+p+") IS NULL")
	if yes >= 0 && no >= 0 && neither >= 0 && yes+no+neither != all {
		t.Errorf("seed %d: %s splits the %d rows of %s into %d, %d and %d", seed, p, all, from, yes, no, neither)
	}
}
