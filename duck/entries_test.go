package duck

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/internal/teststores"
	"meshgate/pgarrow"
	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

// engineText evaluates an expression in the engine.
func engineText(t *testing.T, db *DB, sql string, typ catalogType) string {
	t.Helper()
	format := pgvalue.DefaultFormat()
	q := &Query{SQL: sql, Schema: schemaOf(typ), Session: &Session{Format: format}}
	for range strings.Count(sql, "$1") {
		q.Args = []Arg{{Session: true}}
	}
	r, err := db.Query(context.Background(), memory.DefaultAllocator, q)
	if err == nil {
		defer r.Release()
		if !r.Next() {
			err = r.Err()
		}
	}
	if err != nil {
		if sqlerr.Is(err, sqlerr.InternalError) {
			t.Errorf("%s: %v %v", sql, err, sqlerr.Cause(err))
		}
		return "error " + string(sqlerr.From(err).Code)
	}
	e := pgarrow.NewTextEncoder(typ.oid, pgarrow.Carrier(typ.oid, typ.mod), format, nil)
	e.Reset(r.RecordBatch().Column(0))
	if e.IsNull(0) {
		return "NULL"
	}
	return string(e.Append(nil, 0))
}

func postgresText(t *testing.T, conn *pgx.Conn, sql string) string {
	t.Helper()
	results, err := conn.PgConn().Exec(context.Background(), sql).ReadAll()
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return "error " + e.Code
	}
	if err != nil {
		t.Fatal(sql, err)
	}
	if v := results[0].Rows[0][0]; v != nil {
		return string(v)
	}
	return "NULL"
}

// entry writes an entry with operands that are texts of SQL.
func entry(t *testing.T, key string, typ catalogType, parts map[string]string, operands ...string) string {
	t.Helper()
	l, ok := Dialect().Ops[key]
	if !ok {
		t.Fatalf("there is no entry %s", key)
	}
	return connectors.Fill(l.SQL, operands, func(name string) string {
		switch name {
		case "mod":
			return strconv.Itoa(int(typ.mod))
		case "session":
			return "$1"
		case "type":
			name, _ := typeName(catalog.Type{OID: typ.oid, Mod: typ.mod})
			return name
		}
		return parts[name]
	})
}

func TestTypmods(t *testing.T) {
	conn, _ := teststores.NewPostgres(t)
	db := open(t, Options{})
	bits := func(p, s int32) int32 { return pgvalue.MakeNumericTypmod(p, s) }
	for _, c := range []struct {
		name   string
		oid    pgcat.OID
		mods   []int32
		cast   string // how the engine makes a value of the type from a text
		values []string
	}{
		{"varchar", pgcat.VarChar, []int32{4 + 1, 4 + 3}, "{0}", []string{"", "a", "a ", "abc", "abcd", "abc  ", "äöü", "äöüß", "  "}},
		{"bpchar", pgcat.BPChar, []int32{4 + 1, 4 + 3}, "{0}", []string{"", "a", "a ", "abc", "abcd", "abc  ", "äöü", "äöüß", "    "}},
		{"numeric", pgcat.Numeric, []int32{bits(50, 20), bits(60, 0)}, "meshgate_text_numeric({0})", []string{"0", "1.5", "-0.005", "NaN", "Infinity", "1e59", "1e30", "99999999999999999999999999999.5"}},
		{"time", pgcat.Time, []int32{0, 3}, "meshgate_text_time({0})", []string{"00:00:00.5", "23:59:59.9999", "12:34:56.7891"}},
		{"timestamp", pgcat.Timestamp, []int32{0, 3}, "meshgate_text_timestamp({0}, $1)", []string{"2024-01-01 00:00:00.5", "1969-12-31 23:59:59.9999", "infinity"}},
		{"timestamptz", pgcat.TimestampTZ, []int32{0, 3}, "meshgate_text_timestamptz({0}, $1)", []string{"2024-01-01 00:00:00.5+00", "-infinity"}},
		{"interval", pgcat.Interval, []int32{0x7fff<<16 | 3, 1<<2<<16 | 0xffff, 1<<3<<16 | 0xffff}, "meshgate_text_interval({0}, $1)", []string{"1 year 2 mons 3 days 04:05:06.7899", "-1 day -00:00:00.0005"}},
	} {
		for _, mod := range c.mods {
			typ := catalogType{c.oid, mod}
			sqlType := catalog.Type{OID: c.oid, Mod: mod}.String()
			for _, v := range c.values {
				value := strings.ReplaceAll(c.cast, "{0}", quoteText(v))
				carrier := typ
				if c.oid == pgcat.Numeric {
					carrier.mod = -1
				}
				for _, explicit := range []string{"", "explicit "} {
					key := explicit + "typmod(" + c.name + ")"
					if _, ok := Dialect().Ops[key]; !ok {
						continue
					}
					want := postgresText(t, conn, "SELECT CAST("+quoteText(v)+"::"+c.name+" AS "+sqlType+")")
					if explicit == "" && (c.oid == pgcat.VarChar || c.oid == pgcat.BPChar) {
						want = postgresText(t, conn, "SELECT pg_catalog."+c.name+"("+quoteText(v)+"::"+c.name+", "+strconv.Itoa(int(mod))+", false)")
					}
					if got := engineText(t, db, "SELECT "+entry(t, key, typ, nil, value), carrier); got != want {
						t.Errorf("%s %q as %s: got %q, PostgreSQL has %q", key, v, sqlType, got, want)
					}
				}
			}
		}
	}
}

// TestAggregatesThatTheSuiteCannotWrite holds aggregates with DISTINCT, and those whose result has a form of its own, against PostgreSQL.
func TestAggregatesThatTheSuiteCannotWrite(t *testing.T) {
	conn, _ := teststores.NewPostgres(t)
	db := open(t, Options{})
	const rows = "(VALUES (1, 'b', 0.1, 9223372036854775807), (2, 'a', 0.2, 9223372036854775807), (3, NULL, 0.1, -5), (4, 'b', 0.7, NULL), (5, 'c', NULL, 5)) AS v(i, s, f, n)"
	ordered := func(by string) map[string]string {
		return map[string]string{"order": " ORDER BY " + by + " ASC NULLS LAST"}
	}
	decimal := catalogType{pgcat.Numeric, pgvalue.MakeNumericTypmod(38, 0)}
	float := catalogType{pgcat.Float8, -1}
	for _, c := range []struct {
		key      string
		typ      catalogType
		operands []string
		parts    map[string]string
		postgres string
	}{
		{"sum(int8)", decimal, []string{"CAST(n AS BIGINT)"}, nil, "sum(n::int8)"},
		{"distinct string_agg(text, text)", textType, []string{"s", "', '"}, ordered("s"), "string_agg(DISTINCT s, ', ')"},
		{"distinct string_agg(text, text)", textType, []string{"s", "CAST(NULL AS VARCHAR)"}, ordered("s"), "string_agg(DISTINCT s, NULL)"},
		{"distinct string_agg(text, text)", textType, []string{"NULLIF(s, s)", "', '"}, ordered("NULLIF(s, s)"), "string_agg(DISTINCT NULLIF(s, s), ', ')"},
		{"string_agg(text, text)", textType, []string{"s", "CAST(i AS VARCHAR)"}, ordered("i"), "string_agg(s, i::text ORDER BY i)"},
		{"distinct sum(float8)", float, []string{"CAST(f AS DOUBLE)"}, ordered("CAST(f AS DOUBLE)"), "sum(DISTINCT f::float8)"},
		{"distinct avg(float8)", float, []string{"CAST(f AS DOUBLE)"}, ordered("CAST(f AS DOUBLE)"), "avg(DISTINCT f::float8)"},
		{"distinct stddev(float8)", float, []string{"CAST(f AS DOUBLE)"}, ordered("CAST(f AS DOUBLE)"), "stddev(DISTINCT f::float8)"},
		{"distinct sum(float4)", catalogType{pgcat.Float4, -1}, []string{"CAST(f AS FLOAT)"}, ordered("CAST(f AS FLOAT)"), "sum(DISTINCT f::float4)"},
		{"distinct avg(float4)", float, []string{"CAST(f AS FLOAT)"}, ordered("CAST(f AS FLOAT)"), "avg(DISTINCT f::float4)"},
		{"distinct var_pop(float4)", float, []string{"CAST(f AS FLOAT)"}, ordered("CAST(f AS FLOAT)"), "var_pop(DISTINCT f::float4)"},
		{"distinct stddev(int4)", catalogType{pgcat.Numeric, -1}, []string{"CAST(i - 3 AS INTEGER)"}, nil, "stddev(DISTINCT i - 3)"},
		{"distinct json_agg(any)", textType, []string{"s", "meshgate_json_string(e)"}, ordered("s"), "json_agg(DISTINCT s)"},
		{"distinct jsonb_agg(any)", textType, []string{"s", "meshgate_json_string(e)"}, ordered("s"), "jsonb_agg(DISTINCT s)"},
	} {
		got := engineText(t, db, "SELECT "+entry(t, c.key, c.typ, c.parts, c.operands...)+" FROM "+rows, c.typ)
		if want := postgresText(t, conn, "SELECT "+c.postgres+" FROM "+rows); got != want {
			t.Errorf("%s: got %q, PostgreSQL has %q", c.key, got, want)
		}
	}
	got := engineText(t, db, "SELECT "+entry(t, "distinct string_agg(text, text)", textType, ordered("s"), "s", "CAST(i AS VARCHAR)")+" FROM "+rows, textType)
	if got != "error 0A000" {
		t.Errorf("several delimiters: got %s, want a refusal", got)
	}
}

func TestRegexpMatches(t *testing.T) {
	conn, _ := teststores.NewPostgres(t)
	db := open(t, Options{})
	for _, c := range [][3]string{
		{"foobarbequebaz", "ba.", "g"}, {"foobarbequebaz", "(b)(..)", "g"}, {"abc", "x", "g"}, {"a,b", "(,)|(x)", "g"}, {"", "", ""}, {"ab", `"|a`, "g"}, {"abc", "b*", "g"}, {"a", "(", ""},
	} {
		operands := []string{quoteText(c[0]), quoteText(c[1]), quoteText(c[2])}
		list := entry(t, "set regexp_matches(text, text, text)", textType, nil, operands...)
		rows := "(SELECT unnest(" + list + ") AS m) AS x"
		got := engineText(t, db, "SELECT array_to_string(list(meshgate_array_text(m)), ';') FROM "+rows, textType)
		want := postgresText(t, conn, "SELECT string_agg(m::text, ';') FROM regexp_matches("+strings.Join(operands, ", ")+") AS m")
		if got != want {
			t.Errorf("regexp_matches%v: got %q, PostgreSQL has %q", c, got, want)
		}
	}
}
