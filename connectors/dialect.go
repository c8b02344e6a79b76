package connectors

import (
	"strconv"
	"strings"

	"meshgate/catalog"
	"meshgate/pgvalue"
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
	// SQL is the text, with {0}, {1}… for the operands and {*} for all of them separated by commas, {type} for the result's
	// type, {mod} for its typmod, and {session} for the handle of the session's settings. Of an aggregate, {filter} is where its
	// FILTER clause goes.
	SQL      string
	Fidelity Fidelity
	// Wrap names an operation on one value, "output" or "json", that is written around every operand first: for functions that
	// take values of any types.
	Wrap string
}

// Dialect is a store's SQL as data. What has no entry cannot be said, so it is not pushed down.
type Dialect struct {
	Name string
	// Quote quotes an identifier.
	Quote func(ident string) string
	// Placeholder writes the n-th parameter, counted from 1.
	Placeholder func(n int, t catalog.Type) string
	// Ops maps typed operations to text: "int4 + int4", "- int4", "lower(text)", "cast(int4 as text)", "typmod(varchar)",
	// "and", "case", "sum(int4)", "row_number()".
	Ops map[string]Lowering
	// TypeName returns the name that CAST takes; a type without a name cannot be cast to.
	TypeName func(t catalog.Type) (string, bool)
	// Features are the clauses that the dialect has.
	Features map[Feature]bool
	// Fence wraps a SELECT's text so that the store's optimizer moves no condition from outside into it.
	Fence func(selectSQL string) string
	// Binary wraps a text so that it orders by its bytes: `{0} COLLATE "C"`. Empty = no way.
	Binary string
	// Longest is how many characters the texts of a column may have at most that Binary orders, and short texts together; 0 = any number.
	Longest int32
	// Distinct wraps a text so that equal means equal bytes, for grouping and DISTINCT; empty = it does without.
	Distinct string
	// Decimals says that numeric values are DECIMAL(p,s) where that holds them all, and pgvalue's sortable form otherwise.
	Decimals bool
	// Readers is how many results of one Snapshot may be open at once; 0 = any number. One more waits until one of them is
	// released, and fails when that takes too long: whoever opens more must read some to their end first.
	Readers int
	// Keys is how a column is narrowed to a list of keys that another store answered with. It may keep too many rows.
	Keys KeyList
	// Holds reports whether the store has a form for a value; nil = for all. Comparisons may use others: the connector leaves them out.
	Holds func(t catalog.Type, v pgvalue.Value) bool
	// Tables writes the reference to a table; nil = schema and name, quoted.
	Tables func(schema, table string) string
	// Special are the operations that the dialect has for some operands only, as Specials finds them in Ops.
	Special map[string][]Special
	// Most is the longest numeric that an operation on operands of known precision and scale may give, and its largest scale.
	Most struct{ Precision, Scale int32 }
	// Column writes a column of a table so that its values have the form of its PostgreSQL type; quoted is its name, with the
	// table's where there are several. nil = the name alone.
	Column func(quoted string, c *catalog.Column) string
}

// KeyList is how a dialect says that a value is one of a list that is known when the query runs.
type KeyList struct {
	SQL   string // {0} is the value, {1} the list; empty = the dialect has no way
	Array bool   // the list is one parameter: an array
	Most  int    // how many keys a list may hold
}

// Feature is a clause of SELECT that not every dialect has, or not with PostgreSQL's meaning.
type Feature string

// The features that the planner asks for.
const (
	FeatureFilter       Feature = "WHERE"
	FeatureLimit        Feature = "LIMIT"
	FeatureOrder        Feature = "ORDER BY"
	FeatureNullsOrder   Feature = "NULLS FIRST"
	FeatureDistinct     Feature = "DISTINCT"
	FeatureDistinctOn   Feature = "DISTINCT ON"
	FeatureGroup        Feature = "GROUP BY"
	FeatureGroupingSets Feature = "GROUPING SETS"
	FeatureAggFilter    Feature = "FILTER"
	FeatureAggOrder     Feature = "ORDER BY in an aggregate"
	FeatureJoin         Feature = "JOIN"
	FeatureFullJoin     Feature = "FULL JOIN"
	FeatureLateral      Feature = "LATERAL"
	FeatureSubquery     Feature = "subqueries"
	FeatureOuterDerived Feature = "derived tables that read queries around them"
	FeatureUnion        Feature = "UNION"
	FeatureIntersect    Feature = "INTERSECT"
	FeatureIntersectAll Feature = "INTERSECT ALL"
	FeatureWindow       Feature = "OVER"
	FeatureMonthFrames  Feature = "RANGE by months over timestamps"
	FeatureValues       Feature = "VALUES"
	FeatureWith         Feature = "WITH"
	FeatureRecursive    Feature = "WITH RECURSIVE"
	FeatureSets         Feature = "set-returning functions"
)

// Has reports whether the dialect has a feature.
func (d *Dialect) Has(f Feature) bool { return d.Features[f] }

// Fill writes a lowering's text. named gives the operands that are not numbers.
func Fill(template string, operands []string, named func(name string) string) string {
	var b strings.Builder
	for {
		open := strings.IndexByte(template, '{')
		if open < 0 {
			b.WriteString(template)
			return b.String()
		}
		b.WriteString(template[:open])
		end := strings.IndexByte(template[open:], '}') + open
		name := template[open+1 : end]
		template = template[end+1:]
		if name == "*" {
			b.WriteString(strings.Join(operands, ", "))
			continue
		}
		n, err := strconv.Atoi(name)
		if err != nil {
			b.WriteString(named(name))
			continue
		}
		if n >= len(operands) {
			panic("connectors: a lowering asks for operand " + name)
		}
		b.WriteString(operands[n])
	}
}

// QuoteDouble quotes an identifier with double quotes.
func QuoteDouble(ident string) string { return `"` + strings.ReplaceAll(ident, `"`, `""`) + `"` }

// QuoteBacktick quotes an identifier as MySQL does.
func QuoteBacktick(ident string) string { return "`" + strings.ReplaceAll(ident, "`", "``") + "`" }
