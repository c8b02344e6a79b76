package main

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// parameterQueries are asked with parameters of which no type is given, as drivers do.
var parameterQueries = []struct {
	sql    string
	values []string
}{
	{"SELECT $1", []string{"a"}},
	{"SELECT $1, $1::int", []string{"1"}},
	{"SELECT row($1), $1::int", []string{"1"}},
	{"SELECT row($1)", []string{"1"}},
	{"SELECT EXISTS (SELECT $1)", []string{"1"}},
	{"SELECT EXISTS (SELECT $1 AS one FROM sales.orders LIMIT $2)", []string{"1", "1"}},
	{"SELECT 1 WHERE NOT EXISTS (SELECT $1 UNION SELECT $2)", []string{"1", "2"}},
	{"SELECT id FROM shop.brands b WHERE EXISTS (SELECT $1 FROM shop.articles a WHERE a.brand_id = b.id) ORDER BY 1", []string{"1"}},
	{"SELECT * FROM (SELECT $1) x", []string{"q"}},
	{"SELECT * FROM (VALUES ($1, 2)) v", []string{"q"}},
	{"SELECT * FROM (VALUES ($1, 2), (NULL, 3)) v", []string{"q"}},
	{"VALUES ($1)", []string{"q"}},
	{"SELECT b.id FROM shop.brands b JOIN (VALUES ('Acme', $1)) v(n, x) ON v.n = b.name", []string{"q"}},
	{"WITH c AS (SELECT $1 AS x) SELECT x || 'a' FROM c", []string{"q"}},
	{"SELECT json_build_object('a', $1)", []string{"q"}},
	{"SELECT json_build_object('a', $1::text)", []string{"q"}},
	{"SELECT count($1)", []string{"q"}},
	{"SELECT concat('a', $1)", []string{"q"}},
	{"SELECT format('%s', $1)", []string{"q"}},
	{"SELECT pg_typeof($1)", []string{"q"}},
	{"SELECT $1 IS NULL", []string{"q"}},
	{"SELECT id FROM shop.brands WHERE ($1 IS NULL OR id = $1)", []string{"1"}},
	{"SELECT id FROM shop.brands WHERE ($1::int IS NULL OR id = $1)", []string{"1"}},
	{"SELECT (1, $1) = ($2, 2)", []string{"2", "1"}},
	{"SELECT row($1, 2) IN (SELECT id, 2 FROM shop.brands)", []string{"1"}},
	{"SELECT coalesce($1, 'x'), greatest($2, $3), array[$4, 'b'], CASE WHEN $5 THEN 1 END", []string{"q", "r", "s", "t", "true"}},
	{"SELECT percent_rank($1) WITHIN GROUP (ORDER BY qty) FROM sales.orders", []string{"5"}},
	{"SELECT lag($1) OVER () FROM shop.brands", []string{"5"}},
	{"SELECT date $1", []string{"2024-01-01"}},
	{"SELECT interval $1 day", []string{"5"}},
	{"SELECT $1::date, CAST($2 AS interval day)", []string{"2024-01-01", "5 days 03:00"}},
	{"SELECT extract($1 FROM now())", []string{"day"}},
	{"SET timezone = $1", []string{"UTC"}},
}

// TestParameters holds what becomes of parameters without types against PostgreSQL.
func TestParameters(t *testing.T) {
	w := newWorld(t)
	here, there := w.connect(t, "root"), connectTo(t, w.oracle)
	answer := func(c *pgconn.PgConn, sql string, values []string) string {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		params := make([][]byte, len(values))
		for i, v := range values {
			params[i] = []byte(v)
		}
		r := c.ExecParams(ctx, sql, params, nil, nil, nil).Read()
		if r.Err != nil {
			var a answer
			a.fail(r.Err)
			return a.code + " " + a.message
		}
		text := ""
		for _, f := range r.FieldDescriptions {
			text += fmt.Sprintf("%s %d/%d ", f.Name, f.DataTypeOID, f.TypeModifier)
		}
		return fmt.Sprintf("%s%q", text, r.Rows)
	}
	for _, q := range parameterQueries {
		if got, want := answer(here, q.sql, q.values), answer(there, q.sql, q.values); got != want {
			t.Errorf("%s %q\ngives %s\nPostgreSQL %s", q.sql, q.values, got, want)
		}
	}
}
