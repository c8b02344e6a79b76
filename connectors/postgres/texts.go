package postgres

import (
	"regexp"

	"github.com/jackc/pgx/v5/pgconn"

	"meshgate/sqlerr"
)

// plainTexts are messages of PostgreSQL that quote no value: they tell an operation and a type, which the statement tells too.
var plainTexts = map[string]bool{
	"smallint out of range": true, "integer out of range": true, "bigint out of range": true, "OID out of range": true,
	"value out of range: overflow": true, "value out of range: underflow": true, "input is out of range": true, "numeric field overflow": true,
	"cannot take logarithm of zero": true, "cannot take logarithm of a negative number": true, "cannot take square root of a negative number": true,
	"zero raised to a negative power is undefined": true, "a negative number raised to a non-integer power yields a complex result": true,
	"timestamp out of range": true, "date out of range for timestamp": true, "interval out of range": true,
	"cannot delete from scalar": true, "cannot delete from object using integer index": true, "cannot set path in scalar": true,
	"cannot delete path in scalar": true, "cannot get array length of a scalar": true, "cannot get array length of a non-array": true,
	"cannot extract elements from a scalar": true, "cannot extract elements from an object": true, "cannot replace existing key": true,
	"character number must be positive": true, "null character not permitted": true, "field position must not be zero": true,
	"step size cannot equal zero": true, "count must be greater than zero": true, "lower bound cannot equal upper bound": true,
	"frame starting offset must not be negative": true, "frame ending offset must not be negative": true,
	"frame starting offset must not be null": true, "frame ending offset must not be null": true,
}

// typeTexts are messages that quote a value after or before the name of a type: the name stays.
var typeTexts = []struct {
	message *regexp.Regexp
	text    string
}{
	{regexp.MustCompile(`^invalid input syntax for type (` + namedTypes + `): "`), "invalid input syntax for type $1"},
	{regexp.MustCompile(`^invalid input syntax for type (json)$`), "invalid input syntax for type $1"},
	{regexp.MustCompile(`(?s)^value ".*" is out of range for type (smallint|integer|bigint|oid)$`), "value is out of range for type $1"},
	{regexp.MustCompile(`(?s)^".*" is out of range for type (real|double precision)$`), "value is out of range for type $1"},
	{regexp.MustCompile(`^(date/time|interval) field value out of range: "`), "$1 field value out of range"},
	{regexp.MustCompile(`^value too long for type (character(?: varying)?\(\d+\))$`), "value too long for type $1"},
}

const namedTypes = "smallint|integer|bigint|numeric|real|double precision|boolean|uuid|oid|bytea|date|interval|" +
	"(?:time|timestamp) with(?:out)? time zone"

// typmodDetail tells the type that a number was too large for, nothing of the number.
var typmodDetail = regexp.MustCompile(`^A field with precision \d+, scale -?\d+ must round to an absolute value less than (?:10\^-?\d+|1)\.$`)

// dataError is a failure that a statement's data can cause, without the values that PostgreSQL's text quotes; nil = it is none.
func dataError(cause error, e *pgconn.PgError) *sqlerr.Error {
	code := sqlerr.Code(e.Code)
	text, ok := dataErrors[code]
	if !ok {
		return nil
	}
	if plainTexts[e.Message] {
		text = e.Message
	}
	for _, t := range typeTexts {
		if m := t.message.FindStringSubmatchIndex(e.Message); m != nil {
			text = string(t.message.ExpandString(nil, t.text, e.Message, m))
			break
		}
	}
	own := sqlerr.Wrap(cause, code, "%s", text)
	if typmodDetail.MatchString(e.Detail) {
		own.Detail = e.Detail
	}
	return own
}
