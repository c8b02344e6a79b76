package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// starJoin reads three stores; four of ten thousand articles are there.
const starJoin = `SELECT a.title, s.device, count(*), sum(f.amount) FROM sales.facts f JOIN shop.articles a ON a.id = f.article_id
	LEFT JOIN web.sessions s ON s.id = f.session_id WHERE a.active GROUP BY 1, 2 ORDER BY 1, 2`

// makeFacts makes the table of facts.
func makeFacts(t testing.TB, c *pgx.Conn, rows int) {
	t.Helper()
	execSQL(t, c, "DROP TABLE IF EXISTS facts")
	execSQL(t, c, fmt.Sprintf(`CREATE TABLE facts AS SELECT i AS id, (i %% 10000)::int AS article_id, i %% 100 AS session_id,
		(i %% 1000 / 8.0)::numeric(12,2) AS amount FROM generate_series(1::bigint, %d) AS i`, rows))
	for _, q := range []string{"ALTER TABLE facts ADD PRIMARY KEY (id)", "CREATE INDEX ON facts (article_id)", "ANALYZE facts"} {
		execSQL(t, c, q)
	}
}

// explained waits until a plan shows what a pattern asks for: statistics come in the background.
func explained(t testing.TB, c *pgconn.PgConn, sql string, pattern *regexp.Regexp) []string {
	t.Helper()
	var found []string
	eventually(t, 10*time.Second, "no plan shows "+pattern.String(), func() bool {
		found = pattern.FindStringSubmatch(strings.Join(ask(c, sql).rows, "\n"))
		return found != nil
	})
	return found
}

// TestDynamicFilters holds what EXPLAIN ANALYZE tells of a star join against what the store sent, and its answer against the one
// without pushdown.
func TestDynamicFilters(t *testing.T) {
	w := newUnservedWorld(t)
	makeFacts(t, w.sales, 50_000)
	w.serve(t)
	c, off := w.connect(t, "root"), w.connect(t, "root")
	m := explained(t, c, "EXPLAIN (ANALYZE) "+starJoin, regexp.MustCompile(`Store sales-db as r\d+: (\d+) rows of about (\d+)(?s:.*)Narrowed by the keys of r\d+ column \d: a list of (\d+)`))
	for i, bounds := range [][2]int{{20, 20}, {45_000, 55_000}, {4, 4}} {
		if n, err := strconv.Atoi(m[i+1]); err != nil || n < bounds[0] || n > bounds[1] {
			t.Errorf("number %d is %s, expected %v", i, m[i+1], bounds)
		}
	}
	ask(off, "SET mesh.pushdown = off")
	if got, want := ask(c, starJoin), ask(off, starJoin); !got.same(want) || len(want.rows) == 0 {
		t.Errorf("with dynamic filters\n%s\nwithout\n%s", got, want)
	}
	// Few groups may be made of many rows.
	explained(t, c, "EXPLAIN SELECT s.device, sum(f.amount) FROM sales.facts f JOIN web.sessions s ON s.id = f.session_id GROUP BY 1",
		regexp.MustCompile(`session_id".* sum\(.*\n +Waits for the keys of r1`))
	// Somebody with a row filter gets no plan that the hidden rows had a say in.
	ann := w.connect(t, "ann")
	const join = "EXPLAIN SELECT c.id FROM sales.customers c JOIN shop.articles a ON a.id = c.id"
	articlesKnown := regexp.MustCompile("Waits for the keys of r1")
	explained(t, ann, join, articlesKnown)
	plan := ask(ann, join).String()
	execSQL(t, w.sales, "INSERT INTO customers (id, country) SELECT i, 'ZZ' FROM generate_series(1000000, 1100000) AS i")
	execSQL(t, w.sales, "ANALYZE customers")
	w.stop()
	w.serve(t)
	explained(t, w.connect(t, "root"), join, articlesKnown)
	if after := ask(w.connect(t, "ann"), join).String(); after != plan {
		t.Errorf("hidden rows changed a plan:\n%s\nbefore:\n%s", after, plan)
	}
}

// BenchmarkStarJoin reports how the time of a selective join grows when the fact table grows tenfold and the answer does not, and
// how much of the facts came.
func BenchmarkStarJoin(b *testing.B) {
	times := map[int]time.Duration{}
	for _, rows := range []int{100_000, 1_000_000} {
		w := newUnservedWorld(b)
		makeFacts(b, w.sales, rows)
		execSQL(b, w.sales, "DELETE FROM facts WHERE article_id BETWEEN 1 AND 6 AND id > 100000")
		execSQL(b, w.sales, "VACUUM ANALYZE facts")
		w.serve(b)
		c := w.connect(b, "root")
		explained(b, c, "EXPLAIN "+starJoin, regexp.MustCompile(`Waits for`))
		b.Run(strconv.Itoa(rows), func(b *testing.B) {
			for b.Loop() {
				if a := ask(c, starJoin); a.code != "" {
					b.Fatal(a)
				}
			}
			times[rows] = b.Elapsed() / time.Duration(b.N)
		})
		w.stop()
	}
	if times[100_000] > 0 {
		b.Run("growth", func(b *testing.B) {
			for b.Loop() {
			}
			b.ReportMetric(float64(times[1_000_000])/float64(times[100_000]), "x-for-10x-facts")
		})
	}
}
