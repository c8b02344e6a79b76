package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"meshgate/duck"
	"meshgate/gateway"
)

// The products of these tests, beside those of testdata/slt.
const (
	linesContract = `apiVersion: v3.1.0
kind: DataContract
id: lines
version: 1.0.0
status: active
domain: shop
servers: [{server: main, type: mysql, host: 127.0.0.1, port: ${MY_PORT}, database: ${MY_DATABASE}, customProperties: [{property: credentialRef, value: shop-db}]}]
schema:
  - {name: lines, properties: [{name: id, physicalType: int, primaryKey: true}, {name: article_id, physicalType: int}]}
  - {name: few, physicalType: view, properties: [{name: id, physicalType: int}, {name: article_id, physicalType: int}]}
  - {name: many, physicalType: view, properties: [{name: id, physicalType: int}, {name: article_id, physicalType: int}]}
`
	clicksContract = `apiVersion: v3.1.0
kind: DataContract
id: clicks
version: 1.0.0
status: active
domain: web
servers: [{server: main, type: duckdb, database: data/events/*.parquet, customProperties: [{property: credentialRef, value: event-files}]}]
schema:
  - {name: clicks, properties: [{name: id, physicalType: bigint}, {name: code, physicalType: integer}, {name: bot, physicalType: varchar}]}
`
)

// newStatisticsWorld makes 50,000 facts, 20,000 lines of a shop with views of 19 and of 19,981 of them, and 200,000 clicks of 100,000 codes,
// of which 20 are a bot's.
func newStatisticsWorld(t *testing.T) *world {
	t.Helper()
	w := newUnservedWorld(t)
	makeFacts(t, w.sales, 50_000)
	for _, q := range []string{
		"CREATE TABLE `lines` (id int PRIMARY KEY, article_id int, KEY (article_id)) AS SELECT seq AS id, seq % 10000 AS article_id FROM seq_1_to_20000",
		"CREATE VIEW few AS SELECT id, article_id FROM `lines` WHERE id < 20", "CREATE VIEW many AS SELECT id, article_id FROM `lines` WHERE id >= 20",
		"ANALYZE TABLE `lines`",
	} {
		if _, err := w.shop.Exec(q); err != nil {
			t.Fatal(q, err)
		}
	}
	if err := duck.Build("", "COPY (SELECT i AS id, (i % 100000)::INTEGER AS code, CASE WHEN i % 10000 = 5 THEN 'b' || i END AS bot FROM range(200000) r(i)) TO '"+
		filepath.Join(w.dir, "data/events/clicks.parquet")+"' (FORMAT parquet)"); err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{"domains/shop/lines.odcs.yaml": linesContract, "domains/web/clicks.odcs.yaml": clicksContract} {
		if err := w.writeMeshFile(path, text); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// TestStatisticsOfStores: the side that a store's statistics call small is read first, whatever the store: a view of MariaDB by its
// optimizer's word, a Parquet file by its NULLs.
func TestStatisticsOfStores(t *testing.T) {
	w := newStatisticsWorld(t)
	w.serve(t)
	c, off := w.connect(t, "root"), w.connect(t, "root")
	ask(off, "SET mesh.pushdown = off")
	for sql, keys := range map[string]string{
		"SELECT f.id FROM sales.facts f JOIN shop.few v ON v.article_id = f.article_id":           "19",
		"SELECT f.id FROM sales.facts f JOIN web.clicks k ON k.id = f.id WHERE k.bot IS NOT NULL": "20",
	} {
		explained(t, c, "EXPLAIN (ANALYZE) "+sql, regexp.MustCompile(`Store sales-db as r0: (?s:.*)Narrowed by the keys of r1 column 1: a list of `+keys+`\n`))
		if got, want := ask(c, sql).sorted(), ask(off, sql).sorted(); !got.same(want) || len(want.rows) == 0 {
			t.Errorf("%s\n%s\nwithout pushdown\n%s", sql, got, want)
		}
	}
}

// TestStatisticsAge: what a store has said holds for a while, then it is asked again; until it has answered, and where it does not
// answer, the old word holds.
func TestStatisticsAge(t *testing.T) {
	w := newStatisticsWorld(t)
	var ahead atomic.Int64
	w.serveWith(t, func(ctx context.Context) (*server, error) {
		log := slog.New(slog.NewTextHandler(w.log, nil))
		g, err := gateway.Open(ctx, gateway.Options{Dir: w.dir, Kinds: kinds(), Log: log, Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }})
		if err != nil {
			return nil, err
		}
		return listenFor(ctx, g, w.dir, "127.0.0.1:0", log, false)
	})
	c := w.connect(t, "root")
	shown := func(rows string) *regexp.Regexp {
		return regexp.MustCompile(`event-files as r1: \d+ rows of about ` + rows + ",")
	}
	const sql = "EXPLAIN (ANALYZE) SELECT f.id FROM sales.facts f JOIN web.clicks k ON k.id = f.id WHERE f.id = 5"
	explained(t, c, sql, shown("200000"))
	file := filepath.Join(w.dir, "data/events/clicks.parquet")
	if err := duck.Build("", "COPY (SELECT i AS id, 1 AS code, 'b' AS bot FROM range(12345) r(i)) TO '"+file+"' (FORMAT parquet)"); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		explained(t, c, sql, shown("200000"))
	}
	ahead.Add(int64(11 * time.Minute))
	explained(t, c, sql, shown("12345"))
	if err := os.Rename(file, file+".away"); err != nil {
		t.Fatal(err)
	}
	ahead.Add(int64(11 * time.Minute))
	for range 20 {
		if a := ask(c, sql); a.code == "" {
			t.Fatalf("a file that is away: %s", a)
		}
	}
	if err := os.Rename(file+".away", file); err != nil {
		t.Fatal(err)
	}
	if a := ask(c, sql).String(); !shown("12345").MatchString(a) {
		t.Errorf("after a failure: %s", a)
	}
}

// lies are what the stores are made to say: how many facts and lines there are, and how their columns look.
var lies = []struct {
	facts, lines float64
	distinct     float64
	nulls        float64
	clicks       float64        // how many there are in truth
	shown        *regexp.Regexp // in the plan of lyingJoin, when the lie has come
}{
	{1, 1e9, 1, 1, 20_000, regexp.MustCompile("Store sales-db as r0(?s:.*)Store shop-db as r1(?s:.*)Waits for the keys of r0")},
	{1e9, 1, 1e9, 0, 400_000, regexp.MustCompile("Store sales-db as r0(?s:.*)Waits for the keys of r1(?s:.*)Store shop-db as r1")},
}

const lyingJoin = "SELECT f.id, l.id FROM sales.facts f JOIN shop.lines l ON l.article_id = f.article_id"

// TestLyingStatistics: whatever the stores say of their rows, the answers are the same.
func TestLyingStatistics(t *testing.T) {
	w := newStatisticsWorld(t)
	for i, lie := range lies {
		for _, q := range []string{
			fmt.Sprintf("UPDATE pg_class SET reltuples = %g WHERE relname = 'facts'", lie.facts),
			fmt.Sprintf("UPDATE pg_statistic SET stadistinct = %g, stanullfrac = %g WHERE starelid = 'facts'::regclass", lie.distinct, lie.nulls),
		} {
			execSQL(t, w.sales, q)
		}
		for _, q := range []string{
			fmt.Sprintf("UPDATE mysql.innodb_table_stats SET n_rows = %.0f WHERE database_name = DATABASE() AND table_name = 'lines'", lie.lines),
			fmt.Sprintf("UPDATE mysql.innodb_index_stats SET stat_value = %.0f WHERE database_name = DATABASE() AND table_name = 'lines' AND stat_name LIKE 'n_diff%%'", lie.distinct),
			"FLUSH TABLES `lines`",
		} {
			if _, err := w.shop.Exec(q); err != nil {
				t.Fatal(q, err)
			}
		}
		w.serve(t)
		c, off := w.connect(t, "root"), w.connect(t, "root")
		ask(off, "SET mesh.pushdown = off")
		explained(t, c, "EXPLAIN "+lyingJoin, lie.shown)
		explained(t, c, "EXPLAIN (ANALYZE) SELECT f.id FROM sales.facts f JOIN web.clicks k ON k.id = f.id WHERE f.id = 5", regexp.MustCompile(`event-files as r1: \d+ rows of about`))
		// The file is another one now.
		if err := duck.Build("", fmt.Sprintf("COPY (SELECT i * 3 AS id, (i %% 7)::INTEGER AS code, CASE WHEN i %% 10 > 0 THEN 'b' END AS bot FROM range(%.0f) r(i)) TO '%s' (FORMAT parquet)",
			lie.clicks, filepath.Join(w.dir, "data/events/clicks.parquet"))); err != nil {
			t.Fatal(err)
		}
		for _, sql := range []string{
			lyingJoin + " WHERE l.id < 100", lyingJoin + " WHERE f.id BETWEEN 100 AND 300",
			"SELECT count(*), sum(f.amount), count(l.id) FROM sales.facts f LEFT JOIN shop.lines l ON l.article_id = f.article_id AND l.id < 5000",
			"SELECT f.article_id, count(*) FROM sales.facts f JOIN shop.lines l ON l.article_id = f.article_id GROUP BY 1",
			"SELECT count(*), min(f.id) FROM sales.facts f WHERE f.article_id IN (SELECT article_id FROM shop.few)",
			"SELECT count(*), max(f.id) FROM sales.facts f WHERE NOT EXISTS (SELECT FROM shop.lines l WHERE l.article_id = f.article_id)",
			"SELECT f.id, k.bot FROM sales.facts f JOIN web.clicks k ON k.id = f.id WHERE k.bot IS NOT NULL",
			"SELECT count(*), sum(f.id) FROM sales.facts f LEFT JOIN web.clicks k ON k.id = f.id WHERE k.id IS NULL",
			"SELECT k.code, count(*), sum(l.id) FROM web.clicks k JOIN sales.facts f ON f.id = k.id JOIN shop.lines l ON l.article_id = f.article_id GROUP BY 1",
		} {
			got, want := ask(c, sql).sorted(), ask(off, sql).sorted()
			if !got.same(want) || len(want.rows) == 0 {
				t.Errorf("lie %d: %s\n%.500s\nwithout pushdown\n%.500s", i, sql, got, want)
			}
		}
		w.stop()
	}
}

// TestSlowStatistics: statistics that take long, fail or wait for a lock hold up neither a query of their store, even on its only
// connection, nor the statistics of others.
func TestSlowStatistics(t *testing.T) {
	const slow = 20
	w := newStatisticsWorld(t)
	text, err := os.ReadFile(filepath.Join(w.dir, "mesh.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.writeMeshFile("mesh.yaml", strings.NewReplacer("user: root,", "user: root, connections: 1,", "user: postgres,",
		"user: postgres, connections: 1,").Replace(string(text))); err != nil {
		t.Fatal(err)
	}
	contract := strings.Replace(linesContract, "id: lines", "id: crawling", 1)
	contract = contract[:strings.Index(contract, "schema:")] + "schema:\n  - {name: nowhere, properties: [{name: id, physicalType: int}]}\n"
	for i := range slow {
		if _, err := w.shop.Exec(fmt.Sprintf("CREATE VIEW crawling%d AS SELECT * FROM (SELECT SLEEP(30) AS id) AS s", i)); err != nil {
			t.Fatal(err)
		}
		contract += fmt.Sprintf("  - {name: crawling%d, physicalType: view, properties: [{name: id, physicalType: int}]}\n", i)
	}
	if err := w.writeMeshFile("domains/shop/crawling.odcs.yaml", contract); err != nil {
		t.Fatal(err)
	}
	tx, err := w.sales.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := tx.Rollback(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	if _, err := tx.Exec(t.Context(), "LOCK TABLE kinds, orders, customers IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	w.serve(t)
	c := w.connect(t, "root")
	start, asked, waited := time.Now(), 0, 0
	known := regexp.MustCompile("Waits for the keys of r1")
	for !known.MatchString(ask(c, "EXPLAIN SELECT f.id FROM sales.facts f JOIN web.clicks k ON k.id = f.id WHERE k.bot IS NOT NULL").String()) || asked < 20 {
		for _, sql := range []string{"SELECT count(*) FROM shop.articles", "SELECT count(*) FROM sales.facts"} {
			at := time.Now()
			if a := ask(c, sql); a.code != "" || len(a.rows) != 1 {
				t.Fatalf("%s: %s", sql, a)
			}
			if time.Since(at) > 500*time.Millisecond {
				waited++
			}
		}
		if asked++; time.Since(start) > 10*time.Second {
			t.Fatal("slow statistics of one store keep those of others from coming")
		}
	}
	if waited > asked/2 { // a busy machine may delay some
		t.Errorf("%d of %d queries waited for statistics", waited, 2*asked)
	}
	if log := w.log.String(); strings.Contains(log, "level=ERROR") || strings.Contains(log, "crawling") {
		t.Errorf("the log tells of statistics:\n%s", log)
	}
}
