package duck

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"runtime/debug"
	"strings"

	bindings "github.com/duckdb/duckdb-go-bindings"

	"meshgate/sqlerr"
)

// marker opens an error of our own inside DuckDB's text. A list of markedError in JSON follows: the error, and the one that quotes values.
const marker = "\x01meshgate:"

type markedError struct {
	Code                  sqlerr.Code
	Message, Detail, Hint string `json:",omitempty"`
	Cause                 string `json:",omitempty"` // of a panic, for the log
}

// panicError is a panic in a function that DuckDB calls.
type panicError struct {
	value any
	stack []byte
}

// Error is for the log: a panic's value may hold anything.
func (p *panicError) Error() string { return fmt.Sprintf("panic: %v\n%s", p.value, p.stack) }

// guarded runs what DuckDB calls. A panic may not go on through DuckDB's frames, which would keep their locks for ever, nor out of its
// threads, which would end the process: it is the query's error.
func guarded(do func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = sqlerr.Wrap(&panicError{v, debug.Stack()}, sqlerr.InternalError, "internal error; the gateway's log has the cause")
		}
	}()
	return do()
}

func (m markedError) err(cause error) *sqlerr.Error {
	e := sqlerr.Wrap(cause, m.Code, "%s", m.Message)
	e.Detail, e.Hint = m.Detail, m.Hint
	return e
}

// markError writes an error so that it survives DuckDB's error text. A detail may quote a value, so that it is among the values.
func markError(err error) string {
	e := sqlerr.From(err)
	list := []markedError{{Code: e.Code, Message: e.Message, Hint: e.Hint}}
	if p := (*panicError)(nil); errors.As(err, &p) {
		list[0].Cause = p.Error()
	}
	if q := sqlerr.From(sqlerr.Quoted(e)); q == e && !ownWords.MatchString(e.Message) {
		list[0].Message = quotedText.ReplaceAllString(e.Message, "")
	}
	if typmodDetail.MatchString(e.Detail) {
		list[0].Detail = e.Detail
	}
	if q := sqlerr.From(sqlerr.Quoted(e)); q != e || q.Detail != list[0].Detail || q.Message != list[0].Message {
		list = append(list, markedError{Code: q.Code, Message: q.Message, Detail: q.Detail, Hint: q.Hint})
	}
	text, err := json.Marshal(list)
	if err != nil {
		return e.Message
	}
	return marker + string(text)
}

// ownWords are messages that quote a word of a template's or the function's own. What any other error quotes may be a value.
var ownWords = regexp.MustCompile(`^(?:(?:conflicting values|invalid value|value|source string too short|invalid value for parameter) (?:for )?"[A-Za-z.0-9_]*"|` +
	`formatting field "[A-Za-z]+"|"(?:char|EEEE|RN|V|PR|S|MI|PL|SG|9|0|Y,YYY)"|cannot use "|null_value_treatment must|unexpected "=" while|width argument position must)`)

// typmodDetail tells nothing but the type that a number was too large for.
var typmodDetail = regexp.MustCompile(`^A field with precision \d+, scale -?\d+ must round to an absolute value less than (?:10\^-?\d+|1)\.$`)

// unmarkError reads what markError wrote; nil = nothing. The cause is for the log, where no value is quoted.
func unmarkError(text string) error {
	before, after, found := strings.Cut(text, marker)
	if !found {
		return nil
	}
	var list []markedError
	if err := json.NewDecoder(strings.NewReader(after)).Decode(&list); err != nil || len(list) == 0 {
		return sqlerr.Newf(sqlerr.InternalError, "the engine failed; the gateway's log has the cause")
	}
	e := list[0].err(engineError(before + string(list[0].Code) + ": " + list[0].Message + list[0].Cause))
	if len(list) > 1 {
		e = e.Quoting(list[1].err(nil))
	}
	return e
}

// overflows are DuckDB's texts about integers that are too large for their type.
var overflows = regexp.MustCompile(`^(?:Out of Range|Conversion) Error: (?:Overflow in [a-z]+ of INT(16|32|64) \(|` +
	`Failed to cast decimal value [-0-9.]+ to type INT(16|32|64)\b|Type [A-Z]+[0-9]* with value .*the destination type INT(16|32|64)\b)`)

var integerNames = map[string]string{"16": "smallint", "32": "integer", "64": "bigint"}

// tooLarge names the type where DuckDB tells it.
func tooLarge(cause error, text string) error {
	if m := overflows.FindStringSubmatch(text); m != nil {
		return sqlerr.Wrap(cause, sqlerr.NumericValueOutOfRange, "%s out of range", integerNames[m[1]+m[2]+m[3]])
	}
	return sqlerr.Wrap(cause, sqlerr.NumericValueOutOfRange, "value out of range")
}

// queryError turns DuckDB's error into one that a client may see. DuckDB's text may hold values, so it goes to the log only.
func queryError(kind bindings.ErrorType, text string) error {
	if err := unmarkError(text); err != nil {
		return err
	}
	cause := engineError(text)
	switch kind {
	case bindings.ErrorTypeOutOfRange, bindings.ErrorTypeConversion, bindings.ErrorTypeDecimal:
		// Casts from text are functions of ours: what remains are values too large for their type.
		return tooLarge(cause, text)
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
