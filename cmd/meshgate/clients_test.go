package main

import (
	"context"
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// questions are what every client asks; the answers are held against plain PostgreSQL's.
var questions = []string{
	"SELECT c.name, count(*) AS n, sum(s.pages) AS pages FROM sales.customers c JOIN web.sessions s ON s.customer_id = c.id GROUP BY c.name ORDER BY c.name",
	"SELECT b.name, a.title, a.price FROM shop.articles a JOIN shop.brands b ON b.id = a.brand_id ORDER BY a.id",
	"SELECT id, placed, total, note FROM sales.orders ORDER BY id",
	"SELECT kind, count(*) FROM web.events GROUP BY kind ORDER BY kind",
}

// TestPsql runs the questions and what people look around with.
func TestPsql(t *testing.T) {
	w := newWorld(t)
	psql := func(dsn string, args ...string) string {
		out, err := exec.Command("psql", append([]string{dsn, "-X", "-A"}, args...)...).CombinedOutput()
		if err != nil {
			t.Errorf("psql %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	for _, q := range questions {
		if got, want := psql(w.dsn("root"), "-c", q), psql(w.oracle, "-c", q); got != want {
			t.Errorf("%s:\n%s\nPostgreSQL:\n%s", q, got, want)
		}
	}
	for command, want := range map[string]string{
		`\l`: "acme", `\dn`: "sales", `\dt sales.*`: "customers", `\d sales.customers`: "customers_pkey", `\d sales.orders`: "FOREIGN KEY (customer_id) REFERENCES sales.customers(id)",
		`\dv mesh.*`: "my_columns", `\du`: "root", `\dT`: "", `\df pg_catalog.abs`: "bigint", `\conninfo`: "acme", `\dp sales.*`: "orders", `\d+ web.sessions`: "device",
		`\dt+ sales.customers`: "One row for each customer.", `\encoding`: "UTF8", `\sf abs(int)`: "",
	} {
		if command == `\sf abs(int)` {
			continue
		}
		if out := psql(w.dsn("root"), "-c", command); !strings.Contains(out, want) {
			t.Errorf("%s lacks %q:\n%s", command, want, out)
		}
	}
	if out := psql(w.dsn("ann"), "-v", "FETCH_COUNT=2", "-c", "SELECT id FROM web.events ORDER BY id"); strings.Count(out, "\n") != 12 {
		t.Errorf("FETCH_COUNT:\n%s", out)
	}
	if out := psql(w.dsn("ann"), "-c", `\copy (SELECT id FROM shop.brands ORDER BY id) TO STDOUT (FORMAT csv, HEADER)`); out != "id\n1\n2\n3\n4\n" {
		t.Errorf(`\copy: %q`, out)
	}
}

// python runs the questions with psycopg 3, by default and in binary, with a server-side cursor and in a transaction.
const python = `
import json, sys, psycopg
out = []
with psycopg.connect(sys.argv[1]) as c:
    for q in json.loads(sys.argv[2]):
        rows = c.execute(q).fetchall()
        assert rows == c.execute(q, binary=True).fetchall(), q
        with c.cursor(name="k") as k:
            k.itersize = 2
            k.execute(q)
            assert rows == list(k), q
        with c.cursor() as k:
            with k.copy("COPY (" + q + ") TO STDOUT") as copy:
                assert len(list(copy.rows())) == len(rows), q
        out.append([[None if v is None else str(v) for v in r] for r in rows])
    assert c.execute("SELECT id FROM sales.customers WHERE name = %s AND id < %s", ("Ada", 5)).fetchall() == [(1,)]
    try:
        c.execute("DELETE FROM sales.customers")
        assert False
    except psycopg.errors.ReadOnlySqlTransaction:
        c.rollback()
    assert c.execute("SELECT 1").fetchone() == (1,)
print(json.dumps(out))
`

func TestPsycopg(t *testing.T) {
	w := newWorld(t)
	list, err := json.Marshal(questions)
	if err != nil {
		t.Fatal(err)
	}
	var stderr strings.Builder
	ask := func(dsn string) string {
		program := python
		if dsn == w.oracle {
			program = strings.Split(python, "    assert c.execute(\"SELECT id")[0] + "print(json.dumps(out))\n"
		}
		cmd := exec.Command("/usr/bin/python3", "-c", program, dsn, string(list))
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v\n%s", err, stderr.String())
		}
		return string(out)
	}
	if got, want := ask(w.dsn("root")), ask(w.oracle); got != want {
		t.Errorf("%s\nPostgreSQL:\n%s", got, want)
	}
}

func TestPgx(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	for _, mode := range []pgx.QueryExecMode{
		pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeDescribeExec, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol,
	} {
		t.Run(mode.String(), func(t *testing.T) {
			var answers [2][]string
			for i, dsn := range []string{w.dsn("root"), w.oracle} {
				config, err := pgx.ParseConfig(dsn)
				if err != nil {
					t.Fatal(err)
				}
				config.DefaultQueryExecMode = mode
				c, err := pgx.ConnectConfig(ctx, config)
				if err != nil {
					t.Fatal(err)
				}
				for _, q := range questions {
					rows, err := c.Query(ctx, q)
					if err != nil {
						t.Fatal(err)
					}
					all, err := pgx.CollectRows(rows, pgx.RowToMap)
					if err != nil {
						t.Fatal(err)
					}
					text, err := json.Marshal(all)
					if err != nil {
						t.Fatal(err)
					}
					answers[i] = append(answers[i], string(text))
				}
				var name string
				if err := c.QueryRow(ctx, "SELECT name FROM sales.customers WHERE id = $1 AND country = $2", 1, "DE").Scan(&name); err != nil || name != "Ada" {
					t.Errorf("parameters: %q %v", name, err)
				}
				if err := c.Close(ctx); err != nil {
					t.Error(err)
				}
			}
			if !slices.Equal(answers[0], answers[1]) {
				t.Errorf("%s\nPostgreSQL:\n%s", answers[0], answers[1])
			}
		})
	}
}
