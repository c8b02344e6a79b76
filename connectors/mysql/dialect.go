package mysql

import (
	"strings"
	"sync"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgcat"
)

// Dialect returns the dialect of MySQL 8 and MariaDB: what both compute as PostgreSQL does for every input, and what the guard can
// read back. Texts are compared by their bytes in UTF-8. The order of long ones is left to the gateway: MySQL sorts by the first bytes only.
func Dialect() *connectors.Dialect { return dialect() }

var dialect = sync.OnceValue(func() *connectors.Dialect {
	d := &connectors.Dialect{
		Name:        "mysql",
		Quote:       connectors.QuoteBacktick,
		Placeholder: placeholder,
		TypeName:    func(catalog.Type) (string, bool) { return "", false },
		Features:    map[connectors.Feature]bool{},
		// A derived table with LIMIT is neither merged nor given conditions from outside.
		Fence: func(s string) string { return "SELECT * FROM (" + s + ") AS fenced " + noLimit },
		Holds: representable,
		Keys:  connectors.KeyList{SQL: "({0} IN ({1}))", Most: 2000},
		// Long texts are grouped by their first bytes only.
		Distinct: "SHA2({0}, 512)",
		// The server sorts by so many bytes as its buffer holds fifteen times. A character has four at most.
		Binary: "{0}", Longest: 256,
	}
	// MySQL's scales end at 30, and sums have 22 digits more than what they add, of 65 in all.
	d.Most.Precision, d.Most.Scale = 43, 30
	for _, f := range []connectors.Feature{
		connectors.FeatureFilter, connectors.FeatureLimit, connectors.FeatureOrder, connectors.FeatureDistinct,
		connectors.FeatureGroup,
		connectors.FeatureJoin, connectors.FeatureSubquery,
	} {
		d.Features[f] = true
	}
	t := opTable{}
	for _, group := range []func(opTable){
		syntaxOps, branchOps, comparisonOps, patternOps, narrowingOps, stringOps, integerOps, decimalOps, dateOps, aggregateOps,
	} {
		group(t)
	}
	d.Ops, d.Special = t, connectors.Specials(t)
	return d
})

// placeholder writes a parameter of a type that MySQL would otherwise guess from its bytes.
func placeholder(_ int, t catalog.Type) string {
	switch t.OID {
	case pgcat.Numeric:
		return "CAST(" + decimalParameter + ")"
	case pgcat.Date:
		return "CAST(? AS DATE)"
	case pgcat.Time:
		return "CAST(? AS TIME(6))"
	case pgcat.Timestamp, pgcat.TimestampTZ:
		return "CAST(? AS DATETIME(6))"
	case pgcat.Bytea:
		return "UNHEX(?)"
	}
	return "?"
}

// opTable collects a dialect's operations.
type opTable map[string]connectors.Lowering

func (t opTable) add(key, sql string) {
	t[key] = connectors.Lowering{SQL: sql, Fidelity: connectors.Exact}
}

// exact adds operations that give PostgreSQL's results for every input.
func (t opTable) exact(entries map[string]string) {
	for key, sql := range entries {
		t.add(key, sql)
	}
}

// each adds one entry for each type named in a list separated by blanks; T stands for the type in the key.
func (t opTable) each(types, key, sql string) {
	for _, name := range strings.Fields(types) {
		t.add(strings.ReplaceAll(key, "T", name), sql)
	}
}

const (
	ints  = "int2 int4 int8"
	dates = "date time timestamp timestamptz"
	// bytes is a text as its bytes in UTF-8, which compare without a collation and without padding.
	bytes0 = "CAST(CONVERT({0} USING utf8mb4) AS BINARY)"
	bytes1 = "CAST(CONVERT({1} USING utf8mb4) AS BINARY)"
)

func syntaxOps(t opTable) {
	t.exact(map[string]string{
		"true": "TRUE", "false": "FALSE", "and": " AND ", "or": " OR ", "not": "(NOT {0})", "is null": "({0} IS NULL)",
		"is not null": "({0} IS NOT NULL)", "is true": "({0} IS TRUE)", "is not true": "({0} IS NOT TRUE)",
		"is false":     "({0} IS FALSE)",
		"is not false": "({0} IS NOT FALSE)", "is unknown": "({0} IS NULL)", "is not unknown": "({0} IS NOT NULL)",
		"is distinct from": "(NOT ({0} <=> {1}))", "is not distinct from": "({0} <=> {1})", "first(any)": "MIN({0})",
	})
	t.each("bool numeric "+ints+" "+dates, "key(T)", "{0}")
	t.each("text varchar", "key(T)", bytes0)
}

// branchOps: a result has one type and one scale whichever operand it is, so numerics have to be of one.
func branchOps(t opTable) {
	t.add("null", "NULL")
	t.each("bool float8 decimal "+ints+" "+dates, "case(T)", "{0}")
	t.each("bool float8 decimal "+ints+" "+dates, "coalesce(T)", "COALESCE({*})")
	t["case(text)"] = connectors.Lowering{SQL: "CONVERT({0} USING utf8mb4)", Fidelity: connectors.Exact, Wrap: "key"}
	t["coalesce(text)"] = connectors.Lowering{SQL: "CONVERT(COALESCE({*}) USING utf8mb4)", Fidelity: connectors.Exact, Wrap: "key"}
}

func comparisonOps(t opTable) {
	for _, op := range []string{"=", "<>", "<", "<=", ">", ">="} {
		plain := "({0} " + op + " {1})"
		t.each("bool numeric bytea "+dates, "T "+op+" T", plain)
		for _, family := range []string{ints, "float4 float8"} {
			for _, left := range strings.Fields(family) {
				t.each(family, left+" "+op+" T", plain)
			}
		}
		t.add("date "+op+" timestamp", plain)
		t.add("timestamp "+op+" date", plain)
		t.add("text "+op+" text", "("+bytes0+" "+op+" "+bytes1+")")
	}
	// The first comparison is there for the store's indexes: texts of the same bytes are equal in every collation. Where two
	// columns' collations do not go together, the connector leaves it out.
	t.add("text = text", "({0} = {1} AND "+bytes0+" = "+bytes1+")")
	// A pattern that ends with a backslash fails in PostgreSQL, so the gateway has to see all rows then.
	t["text ~~ text"] = connectors.Lowering{SQL: "({0} LIKE {1} OR ASCII(REVERSE({1})) = 92)", Fidelity: connectors.Superset}
}

// aggregateOps: {distinct} is where DISTINCT goes; {filter} stays empty, as the dialect has neither FILTER nor OVER.
func aggregateOps(t opTable) {
	t.exact(map[string]string{
		"count(*)": "COUNT(*){filter}", "count(any)": "COUNT({distinct}{0}){filter}", "bool_and(bool)": "MIN({0}){filter}",
		"bool_or(bool)": "MAX({0}){filter}", "every(bool)": "MIN({0}){filter}",
	})
	t.each(ints+" numeric", "sum(T)", "SUM({distinct}{0}){filter}")
	t.each(ints+" numeric "+dates, "min(T)", "MIN({0}){filter}")
	t.each(ints+" numeric "+dates, "max(T)", "MAX({0}){filter}")
}
