package postgres

import (
	"strings"
	"testing"

	"meshgate/catalog"
	"meshgate/pgcat"
	"meshgate/pgvalue"
)

// TestValues reads edge values of every carried type, and holds their texts against those that PostgreSQL prints.
func TestValues(t *testing.T) {
	f := newFixture(t, nil)
	num := func(p, s int32) catalog.Type {
		return catalog.Type{OID: pgcat.Numeric, Mod: pgvalue.MakeNumericTypmod(p, s)}
	}
	of := catalog.TypeOf
	arrayOf := func(oid pgcat.OID) catalog.Type { return of(pgcat.TypeByOID(oid).Array) }
	for _, c := range []struct {
		typ    catalog.Type
		values string
	}{
		{of(pgcat.Bool), "true|false"},
		{of(pgcat.Int2), "0|-32768|32767"},
		{of(pgcat.Int4), "0|-2147483648|2147483647"},
		{of(pgcat.Int8), "0|-9223372036854775808|9223372036854775807"},
		{of(pgcat.Float4), "0|-0|1e-45|3.4028235e38|NaN|-Infinity|0.1"},
		{of(pgcat.Float8), "0|-0|5e-324|1.7976931348623157e308|NaN|Infinity|0.1"},
		{of(pgcat.Numeric), "0|0.00|1.10|-1e30|1e-40|NaN|Infinity|-Infinity|123456789012345678901234567890.123456789|10000|0.0001|99990000.00001"},
		{num(38, 10), "0|1|-1|1234567890123456789012345678.0123456789|0.0000000001|-9999999999999999999999999999.9999999999|10000|100000000|0.5"},
		{num(10, 2), "0|0.01|-0.01|99999999.99|-99999999.99|10000|12.3"},
		{num(18, 0), "0|999999999999999999|-999999999999999999|10000"},
		{num(5, 5), "0|0.00001|0.99999|-0.12345"},
		{num(50, 20), "0|1.5|-123456789012345678901234567890.00000000000000000001"},
		{of(pgcat.Text), "|a|ä|😀|a b\t\\|日本"},
		{of(pgcat.VarChar), "|a|ä"},
		{catalog.Type{OID: pgcat.BPChar, Mod: 9}, "a|ä|abcde"},
		{of(pgcat.Name), "a|pg_class"},
		{of(pgcat.Char), "a|~"},
		{of(pgcat.Bytea), `\x|\x00|\xff00`},
		{of(pgcat.Date), "1970-01-01|2000-01-01|infinity|-infinity|4713-01-01 BC|5874897-12-31"},
		{of(pgcat.Time), "00:00|24:00|23:59:59.999999"},
		{of(pgcat.TimeTZ), "00:00+00|24:00-14|23:59:59.999999+05:30"},
		{of(pgcat.Timestamp), "1970-01-01|infinity|-infinity|4713-01-01 BC|1969-12-31 23:59:59.999999|9999-12-31 23:59:59.5"},
		{of(pgcat.TimestampTZ), "1970-01-01 00:00+00|infinity|-infinity|2024-03-31 02:30+02"},
		{of(pgcat.Interval), "0|1 year 2 mons -3 days 04:05:06.789|-178000000 years|2147483647 days"},
		{of(pgcat.UUID), "00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff"},
		{of(pgcat.JSON), `{"b": 1,  "a": [1,2]}|null`},
		{of(pgcat.JSONB), `{"b": 1,  "a": [1,2]}|null`},
		{of(pgcat.OIDType), "0|4294967295"},
		{of(pgcat.Inet), "10.0.0.1|::1/64"},
		{of(pgcat.VarBit), "|0101"},
		{of(pgcat.XML), "<a>ä</a>"},
		{arrayOf(pgcat.Int4), "{}|{1,NULL,-3}"},
		{arrayOf(pgcat.Text), `{}|{a,NULL,"b c",""}`},
		{arrayOf(pgcat.Numeric), "{1.50,NaN}"},
		{arrayOf(pgcat.TimestampTZ), `{"2024-01-01 00:00:00+00"}`},
		{arrayOf(pgcat.Bool), "{t,f}"},
		{arrayOf(pgcat.UUID), "{00000000-0000-0000-0000-000000000001}"},
		{arrayOf(pgcat.JSONB), `{"{\"a\": 1}"}`},
	} {
		t.Run(c.typ.String(), func(t *testing.T) {
			f := *f
			f.t = t
			var selects []string
			for _, v := range append(strings.Split(c.values, "|"), "") {
				selects = append(selects, "SELECT "+quoteText(v)+"::"+c.typ.String())
			}
			selects[len(selects)-1] = "SELECT NULL::" + c.typ.String()
			sql := strings.Join(selects, " UNION ALL ")
			got, err := f.query(sql, columns(c.typ))
			if err != nil {
				t.Fatal(err)
			}
			want := f.admin.PgConn().ExecParams(t.Context(), sql, nil, nil, nil, nil).Read().Rows
			if len(got) != len(want) {
				t.Fatalf("%d rows, expected %d", len(got), len(want))
			}
			for i := range want {
				text := "NULL"
				if want[i][0] != nil {
					text = string(want[i][0])
				}
				if got[i][0] != text {
					t.Errorf("got %q, expected %q", got[i][0], text)
				}
			}
		})
	}
}
