package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// canaries are texts of the seed that ann may not see anywhere: a denied column, values behind masks, hidden rows.
var canaries = []string{"CANARY-", "bert@example", "celik@example", "ADA@example", "x_y%z@example", "zoe@example", "Bert", "Çelik", "9999999999.99", "-5.25", "social_no"}

// attacks try to get at them.
var attacks = []string{
	"SELECT ssn FROM sales.customers", "SELECT social_no FROM sales.customers", "SELECT 1 FROM sales.customers WHERE ssn LIKE 'C%'",
	"SELECT id FROM sales.customers ORDER BY ssn", "SELECT count(*) FROM sales.customers GROUP BY ssn", "SELECT c.ssn FROM sales.customers AS c",
	"SELECT (c).ssn FROM sales.customers c", "SELECT c FROM sales.customers c", "SELECT c::text FROM sales.customers c", "SELECT to_jsonb(c) FROM sales.customers c",
	"SELECT max(c::text) FROM sales.customers c", "SELECT a.id FROM sales.customers a JOIN sales.customers b USING (ssn)",
	"SELECT a.id FROM sales.customers a NATURAL JOIN (SELECT 'CANARY'::text AS ssn) b", "TABLE sales.customers", "SELECT * FROM sales.customers c(a, b, d, e, f, g, h, i, j)",
	"SELECT 1 / (id - 7) FROM sales.customers", "SELECT id FROM sales.customers WHERE 1 / (id - 7) > 0", "SELECT id FROM sales.customers WHERE 1 / (id - 4) > 0 ORDER BY id LIMIT 1",
	"SELECT id FROM sales.customers WHERE CASE WHEN country = 'US' THEN 1 / 0 = 1 ELSE true END", "SELECT name::int FROM sales.customers", "SELECT credit::text FROM sales.customers",
	"SELECT id FROM sales.customers WHERE email = 'bert@' || 'example.com'", "SELECT string_agg(name || email, '') FROM sales.customers",
	"SELECT * FROM pg_catalog.pg_stats WHERE tablename = 'customers'", "SELECT attname FROM pg_attribute WHERE attrelid = 'sales.customers'::regclass",
	"SELECT column_name FROM information_schema.columns WHERE table_name = 'customers'", "SELECT * FROM mesh.columns",
	`SELECT query, "user", purpose, state, products, sqlstate FROM mesh.queries`, // the statements are the attacker's own

	"SELECT has_column_privilege('sales.customers', 'ssn', 'SELECT')", "SELECT has_column_privilege('sales.customers', 'social_no', 'SELECT')",
	"SELECT pg_get_viewdef('sales.customers'::regclass)", "COPY sales.customers TO STDOUT", "COPY sales.customers (id, ssn) TO STDOUT",
	"COPY (SELECT * FROM sales.customers) TO STDOUT (FORMAT csv, HEADER)", "DECLARE c CURSOR WITH HOLD FOR SELECT * FROM sales.customers", "FETCH ALL FROM c",
	"PREPARE p AS SELECT * FROM sales.customers WHERE name = $1", "EXECUTE p('Ada')", "SELECT id FROM sales.customers WHERE born = '1985-12-31'",
	"WITH c AS (SELECT * FROM sales.customers) SELECT * FROM c", "SELECT l.* FROM sales.orders o, LATERAL (SELECT * FROM sales.customers c WHERE c.id = o.customer_id) l",
	"SELECT min(credit), max(credit), sum(credit), count(*) FROM sales.customers", "SELECT name FROM sales.customers ORDER BY credit",
	"SELECT query_to_xml('select * from sales.customers', true, true, '')", "SELECT * FROM read_parquet('data/events/*.parquet')", "SELECT getenv('HOME')",
	"SELECT * FROM duckdb_settings()", "SET ROLE root", "SET SESSION AUTHORIZATION root", "SET mesh.purpose = 'service'", "SELECT set_config('session_authorization', 'root', false)",
	"SELECT ssm FROM sales.customers", "SELECT customers.social FROM sales.customers", "EXPLAIN ANALYZE SELECT count(*) FROM sales.customers WHERE country = 'US'",
}

// listener hears all that a session says besides rows.
type listener struct{ text strings.Builder }

func (w *world) listen(t *testing.T, user string) (*pgconn.PgConn, *listener) {
	t.Helper()
	l := &listener{}
	config, err := pgconn.ParseConfig(w.dsn(user))
	if err != nil {
		t.Fatal(err)
	}
	config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		fmt.Fprintln(&l.text, n.Severity, n.Code, n.Message, n.Detail, n.Hint)
	}
	c, err := pgconn.ConnectConfig(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return c, l
}

// everything is all that a statement brings out: columns, rows, copied data, the whole error, notices.
func (l *listener) everything(c *pgconn.PgConn, sql string) string {
	l.text.Reset()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if strings.HasPrefix(sql, "COPY") {
		_, err := c.CopyTo(ctx, &l.text, sql)
		l.fail(err)
		return l.text.String()
	}
	results, err := c.Exec(ctx, sql).ReadAll()
	for _, r := range results {
		for _, f := range r.FieldDescriptions {
			l.text.WriteString(f.Name + " ")
		}
		for _, row := range r.Rows {
			l.text.WriteString(rowText(row) + "\n")
		}
	}
	l.fail(err)
	return l.text.String()
}

func (l *listener) fail(err error) {
	if e, ok := err.(*pgconn.PgError); ok {
		fmt.Fprintf(&l.text, "%+v", *e)
	} else if err != nil {
		fmt.Fprint(&l.text, err)
	}
}

// TestNothingHiddenComesOut runs attacks and all queries of the suite, also under every form of EXPLAIN, as somebody with masks and
// filters, and looks for canaries in all that comes out and in the log.
func TestNothingHiddenComesOut(t *testing.T) {
	w := newWorld(t)
	statements := append([]string(nil), attacks...)
	files, err := filepath.Glob(sltDir + "/queries/*.slt")
	if err != nil || len(files) == 0 {
		t.Fatal("no slt files", err)
	}
	for _, file := range files {
		for _, r := range parseSLT(t, file) {
			if r.head != "" {
				statements = append(statements, r.sql)
			}
		}
	}
	c, l := w.listen(t, "root")
	all := l.everything(c, "SELECT * FROM sales.customers")
	for _, canary := range canaries {
		if canary != "social_no" && !strings.Contains(all, canary) {
			t.Fatalf("%s is no canary: a steward does not see it either", canary)
		}
	}
	for _, user := range []string{"ann", "eve"} {
		c, l := w.listen(t, user)
		for _, sql := range statements {
			for _, form := range []string{"", "EXPLAIN ", "EXPLAIN (ANALYZE) ", "EXPLAIN (GOVERNANCE) ", "EXPLAIN (FORMAT json) "} {
				out := l.everything(c, form+sql)
				for _, canary := range canaries {
					if strings.Contains(out, canary) && !strings.Contains(sql, canary) {
						t.Errorf("%s: %s%s\nshows %s:\n%s", user, form, sql, canary, out)
					}
				}
			}
		}
	}
	w.stop()
	if !strings.Contains(w.log.String(), "user=ann") {
		t.Error("the log tells nothing of the queries")
	}
	for _, line := range strings.Split(w.log.String(), "\n") {
		for _, canary := range append([]string{password, w.vars["VERIFIER"]}, canaries...) {
			if strings.Contains(line, canary) {
				t.Errorf("the log shows %s:\n%s", canary, line)
			}
		}
	}
}

// TestHiddenRowsCannotFail holds that conditions that fail on a hidden row do not tell of it.
func TestHiddenRowsCannotFail(t *testing.T) {
	w := newWorld(t)
	c := w.connect(t, "ann")
	for _, sql := range []string{
		"SELECT id FROM sales.customers WHERE 1 / (id - 7) < 5", "SELECT 1 / (id - 4) FROM sales.customers", "SELECT id FROM sales.customers WHERE 1 / (id - 5) < 5 LIMIT 1",
		"SELECT c.id FROM sales.customers c JOIN sales.orders o ON 1 / (c.id - 7) < 5 AND o.customer_id = c.id",
	} {
		if a := ask(c, sql); a.code != "" {
			t.Errorf("%s: %s", sql, a)
		}
	}
}
