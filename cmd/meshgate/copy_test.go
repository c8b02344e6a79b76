package main

import (
	"bytes"
	"context"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// pieces keeps the messages of a COPY apart: pgconn writes each by itself.
type pieces struct{ bytes.Buffer }

func (p *pieces) Write(data []byte) (int, error) {
	p.WriteString("|")
	return p.Buffer.Write(data)
}

// TestCopy holds the bytes of COPY … TO STDOUT in all formats against PostgreSQL's, and how they are cut into messages: ADBC and
// ConnectorX read a row from each.
func TestCopy(t *testing.T) {
	w := newWorld(t)
	ours, theirs := w.connect(t, "root"), connectTo(t, w.oracle)
	ask(theirs, "SET timezone = 'UTC'")
	copied := func(c *pgconn.PgConn, sql string) string {
		var out pieces
		tag, err := c.CopyTo(context.Background(), &out, sql)
		if e, ok := err.(*pgconn.PgError); ok {
			return "error " + e.Code
		}
		if err != nil {
			t.Fatal(sql, err)
		}
		return out.String() + tag.String()
	}
	for _, source := range []string{
		"(SELECT * FROM sales.kinds ORDER BY id)", "(SELECT * FROM sales.customers ORDER BY id)", "(SELECT * FROM shop.articles ORDER BY id)", "(SELECT * FROM web.events ORDER BY id)",
		"(SELECT E'a\\tb\\\\c\\nd\\r\"e,f' AS x, '' AS y, NULL AS z, '\\.' AS w)", "(SELECT '\\.')", "shop.brands", "sales.orders (id, note)", "(SELECT 1 WHERE false)",
	} {
		for _, options := range []string{
			"", "(FORMAT csv)", "(FORMAT csv, HEADER)", "(FORMAT csv, FORCE_QUOTE *, NULL 'nil', QUOTE '''', ESCAPE '\\')", "(FORMAT binary)", "(DELIMITER '|', NULL '')",
			"(FORMAT text, HEADER)", "(DELIMITER 'a')", "(FORMAT nothing)", "(FORMAT csv, DELIMITER ',', NULL ',')", "(FORMAT binary, HEADER)", "WITH CSV HEADER",
		} {
			sql := "COPY " + source + " TO STDOUT " + options
			if got, want := copied(ours, sql), copied(theirs, sql); got != want {
				t.Errorf("%s\ngot\n%q\nPostgreSQL:\n%q", sql, got, want)
			}
		}
	}
	for _, sql := range []string{"COPY sales.orders FROM STDIN", "COPY sales.orders TO '/tmp/x'", "COPY (DELETE FROM sales.orders) TO STDOUT", "COPY sales.nothing TO STDOUT"} {
		if a := ask(ours, sql); a.code == "" || a.code == "connection" {
			t.Errorf("%s: %s", sql, a)
		}
	}
}
