package connectors

import (
	"strconv"
	"strings"

	"meshgate/catalog"
)

// Fidelity says how a store's answer relates to PostgreSQL's.
type Fidelity int

// The fidelities. The zero value is the safe one: an operation without an entry stays in the gateway.
const (
	// Never: the store may keep too few rows or compute another value.
	Never Fidelity = iota
	// Superset: a filter that may keep too many rows, never too few. It narrows at the store and is checked again in the
	// gateway; only top-level AND conjuncts may be pushed so, and nothing that counts or cuts goes above them.
	Superset
	// Exact: the same value, NULL or error as PostgreSQL for every input.
	Exact
)

// Lowering is how a dialect writes one typed operation.
type Lowering struct {
	// SQL is the text, with {0}, {1}… for the operands, {*} for all of them separated by commas, and {session} for the handle
	// of the session's settings.
	SQL      string
	Fidelity Fidelity
}

// Dialect is a store's SQL as data. What has no entry in Ops cannot be said, so it is not pushed down.
type Dialect struct {
	Name string
	// Quote quotes an identifier.
	Quote func(ident string) string
	// Placeholder writes the n-th parameter, counted from 1.
	Placeholder func(n int, t catalog.Type) string
	// Ops maps typed operations to text: "int4 + int4", "lower(text)", "cast(int4 as text)", "sum(int4)".
	Ops map[string]Lowering
	// Types maps a PostgreSQL type to the name that CAST takes; a type without a name cannot be cast to.
	Types func(t catalog.Type) (string, bool)
	// Features are the clauses that the dialect has.
	Features map[Feature]bool
	// Fence wraps a SELECT so that the store's optimizer moves no condition from outside into it.
	Fence func(selectSQL string) string
	// Text says how text compares at the store.
	Text TextRules
}

// TextRules writes text operands so that they compare by bytes, as the gateway's collation does.
type TextRules struct {
	// Binary wraps a text expression for =, ordering, grouping and MIN/MAX: `{0} COLLATE "C"`. Empty = no way.
	Binary string
}

// Feature is a clause of SELECT that not every dialect has, or not with PostgreSQL's meaning.
type Feature string

// The features that the planner asks for.
const (
	FeatureFilter       Feature = "filter"           // WHERE
	FeatureLimit        Feature = "limit"            // LIMIT and OFFSET
	FeatureOrder        Feature = "order"            // ORDER BY with NULLs written out
	FeatureDistinct     Feature = "distinct"         // SELECT DISTINCT
	FeatureDistinctOn   Feature = "distinct on"      // SELECT DISTINCT ON
	FeatureGroup        Feature = "group"            // GROUP BY and HAVING
	FeatureGroupingSets Feature = "grouping sets"    // GROUPING SETS
	FeatureJoin         Feature = "join"             // INNER, LEFT and CROSS JOIN
	FeatureFullJoin     Feature = "full join"        // RIGHT and FULL JOIN
	FeatureLateral      Feature = "lateral"          // LATERAL
	FeatureSubquery     Feature = "subquery"         // subqueries in expressions
	FeatureUnion        Feature = "union"            // UNION [ALL]
	FeatureIntersect    Feature = "intersect"        // INTERSECT and EXCEPT
	FeatureIntersectAll Feature = "intersect all"    // INTERSECT ALL and EXCEPT ALL
	FeatureWindow       Feature = "window"           // OVER
	FeatureValues       Feature = "values"           // VALUES lists
	FeatureWith         Feature = "with"             // WITH
	FeatureRecursive    Feature = "with recursive"   // WITH RECURSIVE
	FeatureAggFilter    Feature = "aggregate filter" // FILTER (WHERE …)
	FeatureAggOrder     Feature = "aggregate order"  // ORDER BY inside an aggregate
	FeatureNullsOrder   Feature = "nulls order"      // NULLS FIRST and NULLS LAST
	FeatureWithTies     Feature = "with ties"        // FETCH FIRST … WITH TIES
	FeatureFunctionScan Feature = "function scan"    // functions in FROM
)

// Has reports whether the dialect has a feature.
func (d *Dialect) Has(f Feature) bool { return d.Features[f] }

// Fill writes a lowering's text with its operands.
func Fill(template string, operands []string) string {
	if len(operands) == 0 && !strings.Contains(template, "{") {
		return template
	}
	var b strings.Builder
	for {
		open := strings.IndexByte(template, '{')
		if open < 0 {
			b.WriteString(template)
			return b.String()
		}
		b.WriteString(template[:open])
		end := strings.IndexByte(template[open:], '}') + open
		switch name := template[open+1 : end]; name {
		case "*":
			b.WriteString(strings.Join(operands, ", "))
		default:
			n, err := strconv.Atoi(name)
			if err != nil || n >= len(operands) {
				panic("connectors: a lowering asks for operand " + name + ": " + template)
			}
			b.WriteString(operands[n])
		}
		template = template[end+1:]
	}
}
