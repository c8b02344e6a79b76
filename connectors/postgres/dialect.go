package postgres

import (
	"regexp"
	"strconv"
	"strings"
	"sync"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgcat"
)

// Dialect returns PostgreSQL's dialect. What depends on the session's settings, on a server's collations or on its character
// classes has no entry; text orders by its bytes, as the gateway's does.
func Dialect() *connectors.Dialect { return dialect() }

var dialect = sync.OnceValue(func() *connectors.Dialect {
	d := &connectors.Dialect{
		Name:        "postgres",
		Quote:       connectors.QuoteDouble,
		Placeholder: func(n int, t catalog.Type) string { return "$" + strconv.Itoa(n) + "::" + typeText(t.OID) },
		TypeName:    typeName,
		Features:    map[connectors.Feature]bool{},
		// OFFSET keeps the planner from moving conditions into a subquery, and from dissolving it.
		Fence:  func(s string) string { return "SELECT * FROM (" + s + ") AS fenced OFFSET 0" },
		Binary: `{0} COLLATE "C"`,
		Keys:   connectors.KeyList{SQL: "({0} = ANY ({1}))", Array: true, Most: 20_000},
		Column: reading,
	}
	for _, f := range []connectors.Feature{
		connectors.FeatureFilter, connectors.FeatureLimit, connectors.FeatureOrder, connectors.FeatureNullsOrder,
		connectors.FeatureDistinct,
		connectors.FeatureDistinctOn, connectors.FeatureGroup, connectors.FeatureGroupingSets, connectors.FeatureAggFilter,
		connectors.FeatureAggOrder, connectors.FeatureJoin, connectors.FeatureFullJoin, connectors.FeatureLateral,
		connectors.FeatureSubquery,
		connectors.FeatureUnion, connectors.FeatureOuterDerived, connectors.FeatureIntersect, connectors.FeatureIntersectAll, connectors.FeatureWindow, connectors.FeatureMonthFrames,
		connectors.FeatureValues, connectors.FeatureWith, connectors.FeatureRecursive, connectors.FeatureSets,
	} {
		d.Features[f] = true
	}
	t := opTable{}
	for _, group := range []func(opTable){
		syntaxOps, keyOps, operatorOps, functionOps, castOps, typmodOps, arrayOps, aggregateOps,
		windowOps, setOps, asciiOps,
	} {
		group(t)
	}
	d.Ops, d.Special = t, connectors.Specials(t)
	return d
})

func typeName(t catalog.Type) (string, bool) {
	if t.OID != pgcat.Unknown && !canCarry(t.OID) {
		return "", false
	}
	return typeText(t.OID), true
}

// opTable collects a dialect's operations.
type opTable map[string]connectors.Lowering

// exact adds operations that give PostgreSQL's results for every input.
func (t opTable) exact(entries map[string]string) {
	for key, sql := range entries {
		t.add(key, sql)
	}
}

func (t opTable) add(key, sql string) {
	t[key] = connectors.Lowering{SQL: sql, Fidelity: connectors.Exact}
}

// each adds an entry for each type of a list; T, as a word of its own, stands for it.
func (t opTable) each(types, key, sql string) {
	for _, name := range strings.Fields(types) {
		t.add(typeLetter.ReplaceAllLiteralString(key, name), typeLetter.ReplaceAllLiteralString(sql, name))
	}
}

var typeLetter = regexp.MustCompile(`\bT\b`)

// Lists of types that share an entry.
const (
	collated   = "text varchar bpchar name"
	uncollated = "bool int2 int4 int8 float4 float8 numeric bytea date time timetz timestamp timestamptz interval uuid oid"
	elements   = "bool int2 int4 int8 float4 float8 numeric text varchar bpchar bytea date time timestamp timestamptz interval uuid oid name " +
		"json jsonb"
)

// operand reports whether the dialect has operations on values of a type.
func operand(oid pgcat.OID) bool {
	switch oid {
	case pgcat.Bool, pgcat.Int2, pgcat.Int4, pgcat.Int8, pgcat.Float4, pgcat.Float8, pgcat.Numeric, pgcat.Text, pgcat.VarChar,
		pgcat.BPChar,
		pgcat.Name, pgcat.Bytea, pgcat.Date, pgcat.Time, pgcat.TimeTZ, pgcat.Timestamp, pgcat.TimestampTZ, pgcat.Interval,
		pgcat.UUID, pgcat.JSON,
		pgcat.JSONB, pgcat.OIDType:
		return true
	}
	return false
}

func operands(list []pgcat.OID) bool {
	for _, oid := range list {
		if !operand(oid) {
			return false
		}
	}
	return true
}

// syntaxOps are the constructs of SQL that are no functions.
func syntaxOps(t opTable) {
	t.exact(map[string]string{
		"null": "CAST(NULL AS {type})", "true": "true", "false": "false", "and": " AND ", "or": " OR ", "not": "(NOT {0})",
		"case":    "CASE",
		"is null": "({0} IS NULL)", "is not null": "({0} IS NOT NULL)", "is true": "({0} IS TRUE)",
		"is not true": "({0} IS NOT TRUE)",
		"is false":    "({0} IS FALSE)", "is not false": "({0} IS NOT FALSE)", "is unknown": "({0} IS UNKNOWN)",
		"is not unknown":   "({0} IS NOT UNKNOWN)",
		"is distinct from": "({0} IS DISTINCT FROM {1})", "is not distinct from": "({0} IS NOT DISTINCT FROM {1})",
		"coalesce": "COALESCE({*})", "in": "({0} IN ({1}))", "not in": "({0} NOT IN ({1}))",
		"any(query) =": "({0} = ANY ({2}))", "all(query) <>": "({0} <> ALL ({2}))", "array(query)": "ARRAY({0})",
		"row count(LIMIT)": "{0}", "row count(OFFSET)": "{0}", "grouping": "GROUPING({0})",
	})
	t.each(uncollated, "greatest(T)", "GREATEST({*})")
	t.each(uncollated, "least(T)", "LEAST({*})")
	// A collation that is written at one argument holds for all.
	t.each("text varchar bpchar name", "greatest(T)", `GREATEST({0} COLLATE "C", {*})`)
	t.each("text varchar bpchar name", "least(T)", `LEAST({0} COLLATE "C", {*})`)
}

// keyOps: every value is its own key. Types whose order follows a collation that is not written out have none.
func keyOps(t opTable) {
	t.each(uncollated+" "+collated, "key(T)", "{0}")
	for _, elem := range strings.Fields(uncollated) {
		if elem != "timetz" {
			t.add("key("+elem+"[])", "{0}")
		}
	}
}
