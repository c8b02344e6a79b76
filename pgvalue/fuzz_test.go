package pgvalue_test

import (
	"testing"

	"go.uber.org/goleak"

	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// literalTypes are the types whose text forms are read.
var literalTypes = []pgcat.OID{
	pgcat.Bool, pgcat.Int2, pgcat.Int4, pgcat.Int8, pgcat.Float4, pgcat.Float8, pgcat.Numeric, pgcat.Bytea, pgcat.Date, pgcat.Time, pgcat.TimeTZ,
	pgcat.Timestamp, pgcat.TimestampTZ, pgcat.Interval, pgcat.UUID, pgcat.JSON, pgcat.JSONB, pgcat.Int4Array, pgcat.TextArray, pgcat.VarBit,
}

// FuzzLiterals reads any text as any type: a value or an error with an SQLSTATE, never a panic.
func FuzzLiterals(f *testing.F) {
	for _, text := range []string{
		"t", "1", "-32768", "1e400", "NaN", "Infinity", "1.50", `\x0a`, "2024-02-29", "24:00:00", "2024-02-29 12:00:00+02", "1 year 2 mons -3 days",
		"P1Y2M3DT4H", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", `{"a": [1, null]}`, "{1,NULL,3}", "[0:1]={1,2}", `{"a b",c}`, "101", "today", "epoch", "J2451187",
	} {
		for i := range literalTypes {
			f.Add(text, uint8(i), int32(-1))
		}
	}
	format := pgvalue.DefaultFormat()
	f.Fuzz(func(t *testing.T, text string, which uint8, mod int32) {
		oid := literalTypes[int(which)%len(literalTypes)]
		if pgvalue.CheckText([]byte(text)) != nil {
			return
		}
		if _, err := pgvalue.Parse(oid, max(mod, -1)%1000, text, format); err != nil {
			if e := sqlerr.From(err); e.Code == sqlerr.InternalError || len(e.Code) != 5 {
				t.Errorf("%q as type %d: %v", text, oid, err)
			}
		}
	})
}
