package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// valueExpressions give values of the types that clients meet in catalogs and in results.
var valueExpressions = []string{
	"'abc'::name", "''::name", "repeat('x', 70)::name", "0::oid", "4294967295::oid", "'x'::\"char\"", "''::\"char\"", "'pg_class'::regclass", "0::regclass", "'int4'::regtype", "'abs(int4)'::regprocedure",
	"'now'::regproc", "'pg_catalog'::regnamespace", "'+(int4,int4)'::regoperator", "'english'::regconfig", "'\"C\"'::regcollation", "'1 2 3'::int2vector", "''::int2vector",
	"'1 4294967295'::oidvector", "'[1,5]'::int4range", "'x'", "NULL", "'{1,2}'::int2[]", "'{}'::text[]", "ARRAY['a b','c\"d',NULL,'',E'e\\\\f']", "ARRAY[1.5,NULL]", "ARRAY[true]",
	"'[2:3]={1,2}'::int[]", "1::int2", "-32768::int2", "2147483647", "9223372036854775807", "1.0::float4", "1e10::float4", "1.1::float4", "1e-7::float8", "'NaN'::float8", "'-Infinity'::float4", "0.1::float8 + 0.2",
	"123456789012345678::float8", "0::numeric", "1.50::numeric", "-0.00001::numeric", "'NaN'::numeric", "'Infinity'::numeric", "12345678901234567890.123456789", "1e30::numeric", "true", "false",
	"'2024-02-29'::date", "'0044-03-15 BC'::date", "'infinity'::date", "'10000-01-01'::date", "'12:34:56.789'::time", "'24:00:00'::time", "'12:34:56+05:30'::timetz", "'2024-07-01 12:00:00.5'::timestamp",
	"'2024-07-01 12:00:00.123456+00'::timestamptz", "'1900-01-01 00:00:00+00'::timestamptz", "'-infinity'::timestamptz", "'0001-01-01 00:00:00 BC'::timestamp", "'1 year 2 mons -3 days 04:05:06.7'::interval",
	"'-1 mons +2 days -03:04:05'::interval", "'0'::interval", "'\\x00ff61'::bytea", "'\\x'::bytea", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid", "'{\"b\": 1, \"a\": [1, 2.50]}'::jsonb", "'{\"b\":1 , \"a\":2}'::json", "'null'::jsonb",
	"'ab'::char(5)", "'abcdef'::varchar(3)", "B'101'", "B'101'::varbit", "'192.168.0.1/24'::inet", "'10.0.0.0/8'::cidr", "'08:00:2b:01:02:03'::macaddr", "'$1,234.56'::money", "'[1,5)'::int4range", "'empty'::int8range",
	"'[2024-01-01,2024-02-01)'::daterange", "'(1.5,)'::numrange", "'{[1,3),[5,7)}'::int4multirange", "'<a>b</a>'::xml", "'a:1 b:2'::tsvector", "'a & b'::tsquery", "'16/B374D848'::pg_lsn", "'(1,2)'::point", "'(0,1)'::tid", "'5'::xid", "'5'::xid8",
	"'10:20:10,14'::pg_snapshot", "'10:20:10,14'::txid_snapshot", "ROW(1,'a b',NULL)", "ARRAY['2024-01-01'::date,'infinity']", "ARRAY['a'::name]", "ARRAY[1::oid]", "ARRAY['\\x00'::bytea]", "ARRAY['1 day'::interval]", "pg_notify('a','b')", "set_config('a.b','c',false)",
}

// valueSettings are how a session wants its values.
var valueSettings = []string{
	"", "SET DateStyle = 'SQL, DMY'", "SET DateStyle = 'Postgres, MDY'", "SET DateStyle = 'German'", "SET IntervalStyle = 'postgres_verbose'", "SET IntervalStyle = 'sql_standard'", "SET IntervalStyle = 'iso_8601'",
	"SET TimeZone = 'America/New_York'", "SET TimeZone = 'Asia/Kolkata'", "SET TIME ZONE 5.5", "SET TIME ZONE INTERVAL '-03:30' HOUR TO MINUTE", "SET bytea_output = 'escape'", "SET extra_float_digits = 0", "SET extra_float_digits = -5", "SET extra_float_digits = 3",
}

// TestValues compares the bytes of values as text and in binary, their types and their errors with PostgreSQL's, under every setting that
// shapes them. What the gateway refuses says 0A000.
func TestValues(t *testing.T) {
	w := newWorld(t)
	ours, theirs := w.connect(t, "root"), connectTo(t, w.oracle)
	refused := map[string]bool{}
	for _, setting := range valueSettings {
		for _, c := range []*pgconn.PgConn{ours, theirs} {
			ask(c, "RESET ALL")
			ask(c, "SET TimeZone = 'UTC'; "+setting)
		}
		for _, e := range valueExpressions {
			for _, format := range []int16{0, 1} {
				value := func(c *pgconn.PgConn) string {
					r := c.ExecParams(context.Background(), "SELECT "+e+" AS v", nil, nil, nil, []int16{format}).Read()
					if r.Err != nil {
						return code(r.Err)
					}
					f := r.FieldDescriptions[0]
					return fmt.Sprintf("%d %d %d %q", f.DataTypeOID, f.DataTypeSize, f.TypeModifier, r.Rows)
				}
				got, want := value(ours), value(theirs)
				if strings.HasPrefix(got, "0A000") && !strings.HasPrefix(want, "0A000") {
					refused[e] = true
				} else if got != want {
					t.Errorf("%s: %s in format %d\ngot        %s\nPostgreSQL %s", setting, e, format, got, want)
				}
			}
		}
	}
	for e := range refused {
		t.Log("refused:", e)
	}
}
