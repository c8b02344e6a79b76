package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// encodingQueries are texts of a Query message, in bytes of the encoding that the connection asks for.
var encodingQueries = []string{
	"SHOW client_encoding", "SELECT 'caf\xe9' AS \"\xe4\", 1 AS x", "SELECT length('\xe9\xa4\x85'), ascii('\xa4')", "SELECT \"\xe9\xe8\"", "SELECT chr(8364) AS euro", "SELECT 'a' AS b, chr(12354)",
	"SELECT ARRAY['\xe9', 'a'], chr(233)::name, chr(233)::bpchar, ('\"' || chr(233) || '\"')::json, ('\"' || chr(233) || '\"')::jsonb, chr(233)::varchar", "SELECT * FROM nosuch_\xe9",
	"SELECT '\x81'", "SELECT '\xff\xfe'", "SELECT '\xe9'::int", "SELECT 1 AS \"\xa4\"; SET client_encoding TO UTF8; SELECT chr(233); SET client_encoding TO 'LATIN1'; SELECT chr(233)", "SHOW client_encoding",
	"RESET client_encoding", "SHOW client_encoding", "SET application_name = '\xe9'", "SHOW application_name", "SET search_path = \"\xe9\"", "SHOW search_path", "RESET search_path",
	"SELECT U&'\\00e9\\20ac'", "BEGIN; DECLARE \"\xe9\" CURSOR FOR SELECT chr(233) AS c; FETCH ALL FROM \"\xe9\"; CLOSE \"\xe9\"; COMMIT", "SELECT 1/0", "SELECT g, chr(g) FROM generate_series(8363, 8365) g ORDER BY 1",
}

// TestClientEncoding speaks to the gateway and to PostgreSQL in their clients' encodings, and compares bytes.
func TestClientEncoding(t *testing.T) {
	w := newWorld(t)
	for _, encoding := range []string{"LATIN1", "LATIN9", "WIN1252", "win1251", "KOI8R", "iso-8859-7", "SQL_ASCII", "UNICODE", "'utf-8'"} {
		t.Run(encoding, func(t *testing.T) {
			ours, theirs := encoded(t, w.dsn("root"), encoding), encoded(t, w.oracle, encoding)
			for _, c := range []*pgconn.PgConn{ours, theirs} {
				ask(c, "SET default_transaction_read_only = on; SET timezone = 'UTC'")
			}
			for _, q := range encodingQueries {
				if got, want := spoken(ours, q), spoken(theirs, q); got != want {
					t.Errorf("%q\ngot        %s\nPostgreSQL %s", q, got, want)
				}
			}
			for _, format := range []int16{0, 1} {
				for _, value := range []string{"caf\xe9", "\x81", "\xd0\xb6", "plain", "\xa4"} {
					for _, sql := range []string{"SELECT $1::text, length($1::text), $1::varchar || chr(233)", "SELECT $1::json", "SELECT $1::bytea"} {
						ask := func(c *pgconn.PgConn) string {
							r := c.ExecParams(context.Background(), sql, [][]byte{[]byte(value)}, nil, []int16{format}, []int16{format}).Read()
							return fmt.Sprintf("%q %s", r.Rows, code(r.Err))
						}
						if got, want := ask(ours), ask(theirs); got != want {
							t.Errorf("%s of %q in format %d\ngot        %s\nPostgreSQL %s", sql, value, format, got, want)
						}
					}
				}
			}
			for _, options := range []string{"", "(FORMAT csv, HEADER)", "(FORMAT binary)", "(ENCODING 'LATIN1')", "(ENCODING 'UTF8', FORMAT csv, FORCE_QUOTE *)", "(ENCODING 'WIN1251')", "(NULL '\xe9')", "(FORMAT binary, ENCODING 'LATIN1')"} {
				sql := "COPY (SELECT 1 AS \"n\xe4me\", chr(233) || E'\\t' AS b, NULL AS c, ARRAY[1]) TO STDOUT " + options
				copied := func(c *pgconn.PgConn) string {
					var out pieces
					_, err := c.CopyTo(context.Background(), &out, sql)
					return fmt.Sprintf("%q %s", out.String(), code(err))
				}
				if got, want := copied(ours), copied(theirs); got != want {
					t.Errorf("%s\ngot        %s\nPostgreSQL %s", sql, got, want)
				}
			}
		})
	}
	c := w.connect(t, "root")
	for name, want := range map[string]string{"EUC_JP": "0A000", "SJIS": "0A000", "BIG5": "0A000", "MULE_INTERNAL": "0A000", "nonsense": "22023", "": "22023"} {
		if a := ask(c, "SET client_encoding TO '"+name+"'"); a.code != want {
			t.Errorf("%s: %s", name, a)
		}
	}
	// Texts within binary values are refused rather than sent in another encoding.
	ask(c, "SET client_encoding TO LATIN1")
	if r := c.ExecParams(context.Background(), "SELECT ARRAY[chr(233)]", nil, nil, nil, []int16{1}).Read(); code(r.Err) == "" || !strings.Contains(code(r.Err), "0A000") {
		t.Errorf("a binary array of texts: %q %v", r.Rows, r.Err)
	}
}

func encoded(t *testing.T, dsn, encoding string) *pgconn.PgConn {
	t.Helper()
	config, err := pgconn.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	config.RuntimeParams["client_encoding"] = encoding
	c, err := pgconn.ConnectConfig(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

func code(err error) string {
	if e, ok := err.(*pgconn.PgError); ok {
		return fmt.Sprintf("%s %q", e.Code, e.Message)
	} else if err != nil {
		return err.Error()
	}
	return ""
}

// spoken is all of an answer, in the bytes that came; rows only of statements that went well.
func spoken(c *pgconn.PgConn, sql string) string {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var b strings.Builder
	r := c.Exec(ctx, sql)
	for r.NextResult() {
		res := r.ResultReader().Read()
		if res.Err != nil {
			continue
		}
		for _, f := range res.FieldDescriptions {
			fmt.Fprintf(&b, "%q ", f.Name)
		}
		fmt.Fprintf(&b, "%q %s; ", res.Rows, res.CommandTag)
	}
	return b.String() + code(r.Close()) + fmt.Sprintf(" %q %q", c.ParameterStatus("client_encoding"), c.ParameterStatus("application_name"))
}
