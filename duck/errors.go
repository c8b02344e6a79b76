package duck

import (
	"strings"

	bindings "github.com/duckdb/duckdb-go-bindings"

	"meshgate/sqlerr"
)

// marker opens an error of our own inside DuckDB's text: marker, SQLSTATE, colon, message.
const marker = "\x01meshgate:"

// markError writes an error so that it survives DuckDB's error text.
func markError(err error) string {
	e := sqlerr.From(err)
	return marker + string(e.Code) + ":" + e.Message
}

// queryError turns DuckDB's error into one that a client may see. DuckDB's text may hold values, so it goes to the log only.
func queryError(kind bindings.ErrorType, text string) error {
	cause := engineError(text)
	if i := strings.Index(text, marker); i >= 0 {
		if own := text[i+len(marker):]; len(own) > 6 && own[5] == ':' {
			message, _, _ := strings.Cut(own[6:], "\n")
			return sqlerr.Wrap(cause, sqlerr.Code(own[:5]), "%s", message)
		}
	}
	switch kind {
	case bindings.ErrorTypeOutOfRange, bindings.ErrorTypeConversion, bindings.ErrorTypeDecimal:
		// Casts from text are functions of ours: what remains are values too large for their type.
		return sqlerr.Wrap(cause, sqlerr.NumericValueOutOfRange, "value out of range")
	case bindings.ErrorTypeDivideByZero:
		return sqlerr.Wrap(cause, sqlerr.DivisionByZero, "division by zero")
	case bindings.ErrorTypeOutOfMemory:
		return sqlerr.Wrap(cause, sqlerr.OutOfMemory, "the query needs more memory than the gateway may use")
	case bindings.ErrorTypeInterrupt:
		return sqlerr.Wrap(cause, sqlerr.QueryCanceled, "canceling statement due to user request")
	}
	if strings.Contains(text, "More than one row returned by a subquery") {
		return sqlerr.Wrap(cause, sqlerr.CardinalityViolation, "more than one row returned by a subquery used as an expression")
	}
	for _, limit := range engineLimits {
		if strings.Contains(text, limit[0]) {
			return sqlerr.Wrap(cause, sqlerr.FeatureNotSupported, "%s is not supported", limit[1])
		}
	}
	return sqlerr.Wrap(cause, sqlerr.InternalError, "the engine failed; the gateway's log has the cause")
}

// engineLimits are queries that DuckDB cannot plan, by its words, and what they are.
var engineLimits = [][2]string{
	{"Cannot perform non-inner join on subquery", "a subquery in the condition of an outer join"},
	{"Join condition for non-inner LATERAL JOIN", "this condition of an outer LATERAL join"},
	{"Subqueries are not supported in LATERAL join conditions", "a subquery in the condition of a LATERAL join"},
	{"Unsupported join type for flattening correlated subquery", "a join that depends on the row of a query around it"},
	{"Non-inner join on correlated columns not supported", "an outer join that depends on the row of a query around it"},
	{"Correlated columns not supported in LIMIT/OFFSET", "a LIMIT or OFFSET that depends on the row of a query around it"},
	{"subqueries in lambda expressions are not supported", "a query as an argument here"},
	{"Non-constant limit not supported in correlated subquery", "a LIMIT that is no constant in a correlated query"},
}

// engineError is DuckDB's own text, for the log.
type engineError string

// Error returns the text.
func (e engineError) Error() string { return "duckdb: " + string(e) }
