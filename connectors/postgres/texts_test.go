package postgres

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"meshgate/sqlerr"
)

// TestErrorsOfStoresQuoteNoValue holds what is left of PostgreSQL's errors: the operation and the type, never a value.
func TestErrorsOfStoresQuoteNoValue(t *testing.T) {
	const value = `XQ7K" is out of range for type integer: "`
	for _, c := range []struct {
		e    pgconn.PgError
		want string
	}{
		{pgconn.PgError{Code: "22003", Message: "integer out of range"}, "integer out of range"},
		{pgconn.PgError{Code: "22P02", Message: `invalid input syntax for type integer: "` + value + `"`}, "invalid input syntax for type integer"},
		{pgconn.PgError{Code: "22P02", Message: `invalid input syntax for type timestamp with time zone: "` + value + `"`}, "invalid input syntax for type timestamp with time zone"},
		{pgconn.PgError{Code: "22P02", Message: "invalid input syntax for type json", Detail: `Token "` + value + `" is invalid.`}, "invalid input syntax for type json"},
		{pgconn.PgError{Code: "22003", Message: `value "` + value + `" is out of range for type bigint`}, "value is out of range for type bigint"},
		{pgconn.PgError{Code: "22008", Message: `date/time field value out of range: "` + value + `"`}, "date/time field value out of range"},
		{pgconn.PgError{Code: "22001", Message: "value too long for type character varying(5)"}, "value too long for type character varying(5)"},
		{pgconn.PgError{Code: "22P02", Message: `invalid input syntax for type ` + value}, "invalid input syntax"},
		{pgconn.PgError{Code: "0A000", Message: "cannot convert NaN to integer"}, "the operation does not take these values"},
	} {
		got := sqlerr.From(failure(context.Background(), "s", &c.e))
		if got.Message != c.want || got.SQLState() != c.e.Code || strings.Contains(got.Detail+got.Hint, "XQ7K") {
			t.Errorf("%s: %q %q", c.e.Message, got, got.Detail)
		}
	}
	e := &pgconn.PgError{Code: "22003", Message: "numeric field overflow", Detail: "A field with precision 3, scale 2 must round to an absolute value less than 10^1."}
	if got := sqlerr.From(failure(context.Background(), "s", e)); got.Message != e.Message || got.Detail != e.Detail {
		t.Errorf("%q %q", got, got.Detail)
	}
}
