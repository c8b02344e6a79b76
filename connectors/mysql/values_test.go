package mysql

import (
	"fmt"
	"strings"
	"testing"

	"meshgate/catalog"
)

// TestValues reads edge values of every carried type.
func TestValues(t *testing.T) {
	f := newFixture(t, nil)
	for _, c := range []struct{ native, values, want string }{
		{"tinyint", "0|-128|127", ""},
		{"tinyint unsigned", "0|255", ""},
		{"tinyint(1)", "0|1|2|-1", "f|t|t|t"},
		{"bit(1)", "b'0'|b'1'", "0|1"},
		{"bit(9)", "b'0'|b'111'|b'100000000'", "000000000|000000111|100000000"},
		{"smallint", "-32768|32767", ""},
		{"smallint unsigned", "65535", ""},
		{"mediumint", "-8388608|8388607", ""},
		{"int", "-2147483648|2147483647", ""},
		{"int unsigned", "0|4294967295", ""},
		{"bigint", "-9223372036854775808|9223372036854775807", ""},
		{"bigint unsigned", "0|9223372036854775808|18446744073709551615", ""},
		{"decimal(10,2)", "0|-0.01|99999999.99|12.3", "0.00|-0.01|99999999.99|12.30"},
		{
			"decimal(38,10)", "1234567890123456789012345678.0123456789|-0.0000000001|0.1",
			"1234567890123456789012345678.0123456789|-0.0000000001|0.1000000000",
		},
		{"decimal(38,0)", "99999999999999999999999999999999999999|-99999999999999999999999999999999999999|7", ""},
		{"decimal(65,30)", "12345678901234567890123456789012345.000000000000000000000000000001", ""},
		{"float", "0|0.1|-3.40282e38|16777216", "0|0.1|-3.40282e+38|1.6777216e+07"},
		{"double", "0|0.1|-1.7976931348623157e308|5e-324|123456789.123", "0|0.1|-1.7976931348623157e+308|5e-324|123456789.123"},
		{"char(5)", "''|'a'|'ä b'", "|a|ä b"},
		{"varchar(20)", "''|'a '|'日本😀'", "|a |日本😀"},
		{"varchar(20) character set latin1", "'ä'", "ä"},
		{"text", "'x\\\\y'|''", "x\\y|"},
		{"binary(2)", "x'ff00'|x'61'", `\xff00|\x6100`},
		{"varbinary(9)", "x''|x'00ff'", `\x|\x00ff`},
		{"blob", "x'c3'", `\xc3`},
		{
			"date", "'1000-01-01'|'9999-12-31'|'2024-02-29'|'1970-01-01'|'0001-01-01'",
			"1000-01-01|9999-12-31|2024-02-29|1970-01-01|0001-01-01",
		},
		{"time", "'00:00:00'|'23:59:59'|'24:00:00'", "00:00:00|23:59:59|24:00:00"},
		{"time(6)", "'12:34:56.000001'", "12:34:56.000001"},
		{"datetime", "'1969-12-31 23:59:59'|'9999-12-31 23:59:59'", "1969-12-31 23:59:59|9999-12-31 23:59:59"},
		{"datetime(3)", "'1969-12-31 23:59:59.5'", "1969-12-31 23:59:59.5"},
		{"timestamp(6)", "'2024-03-31 00:30:00.000001'", "2024-03-31 00:30:00.000001+00"},
		{"year", "2024|1901|2155|0", "2024|1901|2155|0"},
		{"enum('a','ö')", "'a'|'ö'", "a|ö"},
		{"set('a','b')", "'a,b'|''", "a,b|"},
		{"json", `'{"a": 1}'|'null'`, `{"a": 1}|null`},
	} {
		t.Run(c.native, func(t *testing.T) {
			f := *f
			f.t = t
			typ, err := columnType(catalog.Native{Physical: strings.Split(c.native, " char")[0]})
			if err != nil {
				t.Fatal(err)
			}
			f.exec("SET sql_mode = ''; SET time_zone = '+00:00'; DROP TABLE IF EXISTS t; CREATE TABLE t (id int, v " + c.native + " NULL)")
			want := strings.Split(c.want, "|")
			if c.want == "" {
				want = strings.Split(c.values, "|")
			}
			for i, v := range append(strings.Split(c.values, "|"), "NULL") {
				f.exec(fmt.Sprintf("SET time_zone = '+00:00'; INSERT INTO t VALUES (%d, %s)", i, v))
			}
			column := f.store.Dialect().Column("`v`", &catalog.Column{Native: c.native, Type: typ})
			got, err := f.query(f.statement("SELECT "+column+" FROM $t ORDER BY `id`", []catalog.Type{typ}, []string{"v", "id"}))
			if err != nil {
				t.Fatal(err)
			}
			for i, w := range append(want, "NULL") {
				if i >= len(got) || got[i][0] != w {
					t.Errorf("%v, expected %q", got, w)
					break
				}
			}
		})
	}
}
