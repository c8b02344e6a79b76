package duck

import (
	"strings"
	"testing"

	bindings "github.com/duckdb/duckdb-go-bindings"

	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

// TestErrorsKeepValuesApart sends errors through DuckDB's text: what comes out quotes no value, and neither does the text for the log.
func TestErrorsKeepValuesApart(t *testing.T) {
	const value = `XQ7K "' value`
	errs := map[string]error{
		"invalid input syntax for type integer": func() error {
			_, err := pgvalue.Parse(pgcat.Int4, -1, value, pgvalue.DefaultFormat())
			return withoutValue(err, pgcat.Int4)
		}(),
		"unit not recognized for type timestamp without time zone": func() error {
			_, err := pgvalue.Timestamp(0).Trunc(value)
			return unquoted(err)
		}(),
		"invalid input syntax for type json": withoutDetail(pgvalue.ValidJSON(value)),
		"datetime format is not recognized":  sqlerr.Newf(sqlerr.InvalidArgumentForJSONDatetime, "datetime format is not recognized: \"%s\"", value),
		"unrecognized encoding": func() error {
			_, err := pgvalue.AppendEncode(nil, nil, value)
			return err
		}(),
	}
	for want, err := range errs {
		got := sqlerr.From(queryError(bindings.ErrorTypeInvalidInput, "Invalid Input Error: "+markError(err)+"\n\nLINE 1: …"))
		if got.Message != want || strings.Contains(got.Detail+got.Hint+sqlerr.Cause(got), "XQ7K") {
			t.Errorf("%q: %q %q %q, to the log %q", want, got.Message, got.Detail, got.Hint, sqlerr.Cause(got))
		}
		quoted := sqlerr.From(sqlerr.Quoted(got))
		if text := quoted.Message + quoted.Detail; quoted.Code != got.Code || !strings.Contains(text, "XQ7K") {
			t.Errorf("%q: the values are lost: %q", want, text)
		}
	}
}

// TestOverflowsNameTheType reads the type of an integer off DuckDB's text, where it is DuckDB's own word.
func TestOverflowsNameTheType(t *testing.T) {
	for text, want := range map[string]string{
		"Out of Range Error: Overflow in addition of INT32 (2147483647 + 1)!":                                         "integer out of range",
		"Out of Range Error: Overflow in multiplication of INT16 (300 * 300)!":                                        "smallint out of range",
		"Conversion Error: Failed to cast decimal value 100000000000000000000 to type INT64\n\nLINE 1: SELECT":        "bigint out of range",
		"Conversion Error: Could not convert string 'Overflow in addition of INT32 (1)' to type INT64 or INT32 or so": "value out of range",
	} {
		if got := sqlerr.From(queryError(bindings.ErrorTypeOutOfRange, text)).Message; got != want {
			t.Errorf("%s: %s", text, got)
		}
	}
}
