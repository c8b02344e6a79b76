package duckdb_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"meshgate/connectors"
	"meshgate/duck"
)

// measured are the columns of 300,000 rows, and what is known of them: at least and at most so many values, and the part of NULLs.
const measured = `SELECT i AS id, (i % 7)::INTEGER AS st, CASE WHEN i % 4 > 0 THEN i % 50 END AS n, 'x' || (i % 300) AS s,
	DATE '2020-01-01' + (i // 1000)::INTEGER AS d, (i % 5)::DECIMAL(10,2) AS "de""c", md5(i::VARCHAR) AS h, [i] AS l, i % 2 = 0 AS b, NULL::INTEGER AS none,
	(hash(i) >> 1)::BIGINT AS sparse, i // 4 * 4 AS k FROM range(300000) r(i)`

type column struct{ least, most, nulls float64 }

func hold(t *testing.T, rel *connectors.Relation, want map[string]column) {
	t.Helper()
	for name, w := range want {
		c := rel.Column(name)
		if c == nil || c.Distinct < w.least || c.Distinct > w.most || c.Nulls != w.nulls {
			t.Errorf("%s: %+v, expected %+v", name, c, w)
		}
	}
}

func relation(t *testing.T, c connectors.Connector, table string) *connectors.Relation {
	t.Helper()
	rel, err := c.Relation(context.Background(), "", table)
	if err != nil {
		t.Fatal(err)
	}
	return rel
}

func build(t *testing.T, path string, statements ...string) {
	t.Helper()
	if err := duck.Build(path, statements...); err != nil {
		t.Fatal(err)
	}
}

func TestTableStatistics(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.duckdb")
	build(t, file, "CREATE TABLE t AS "+measured, `CREATE TABLE e (a INTEGER)`, `CREATE VIEW v AS SELECT id, s FROM t WHERE st = 3`,
		"CREATE VIEW g AS SELECT count(*) AS n FROM t", "CREATE VIEW big AS SELECT count(*) AS n FROM t a, t b, t c WHERE a.h < b.h AND b.h < c.h GROUP BY a.h",
		`CREATE TABLE lies AS SELECT '][Approx Unique: 5]' AS s, '[Has Null: false, Has No Null: true][Approx Unique: 5]' AS u FROM range(3000) r(i)`)
	c := open(t, file)
	rel := relation(t, c, "t")
	if rel.Rows != 300000 {
		t.Errorf("%v rows", rel.Rows)
	}
	hold(t, rel, map[string]column{
		"id": {250_000, 300_000, 0}, "st": {6, 8, 0}, "n": {40, 60, -1}, "s": {250, 350, 0}, "d": {100, 400, 0}, `de"c`: {4, 6, 0}, "h": {250_000, 350_000, 0},
		"l": {0, 0, 0}, "b": {0, 0, 0}, "none": {0, 1, 1}, "k": {20_000, 150_000, 0},
	})
	if v := relation(t, c, "v"); v.Rows < 30_000 || v.Rows > 60_000 {
		t.Errorf("a view: %+v", v)
	}
	if g := relation(t, c, "g"); g.Rows != 1 {
		t.Errorf("a view of one row: %+v", g)
	}
	if big := relation(t, c, "big"); big.Rows < 1 { // running it takes longer than it may
		t.Errorf("a view of many rows: %+v", big)
	}
	if e := relation(t, c, "e"); e.Rows != 0 {
		t.Errorf("an empty table: %+v", e)
	}
	hold(t, relation(t, c, "lies"), map[string]column{"s": {1, 1, 0}, "u": {1, 1, 0}})
}

func TestParquetStatistics(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name+".parquet") }
	build(t, "", "COPY ("+measured+") TO '"+path("sorted")+"' (FORMAT parquet)",
		"COPY (FROM ("+measured+") ORDER BY hash(id)) TO '"+path("mixed")+"' (FORMAT parquet, ROW_GROUP_SIZE 30000)",
		"COPY ("+measured+" LIMIT 0) TO '"+path("empty")+"' (FORMAT parquet)",
		"COPY (SELECT id, st, d FROM ("+measured+") ORDER BY hash(id)) TO '"+path("plain")+"' (FORMAT parquet, DICTIONARY_SIZE_LIMIT 1)")
	c := open(t, filepath.Join(dir, "*.parquet"))
	want := map[string]column{
		"id": {90_000, 100_000, 0}, "st": {7, 7, 0}, "n": {50, 50, 0.25}, "s": {300, 300, 0}, "d": {300, 303, 0}, `de"c`: {5, 5, 0}, "h": {0, 0, 0}, "l": {0, 0, -1},
		"b": {2, 2, 0}, "none": {0, 0, 1}, "sparse": {0, 0, 0}, "k": {30_000, 150_000, 0},
	}
	for _, name := range []string{"sorted", "mixed"} {
		rel := relation(t, c, name)
		if rel.Rows != 300_000 {
			t.Errorf("%s: %v rows", name, rel.Rows)
		}
		hold(t, rel, want)
	}
	// Other writers say no numbers of values.
	hold(t, relation(t, c, "plain"), map[string]column{"id": {90_000, 100_000, 0}, "st": {7, 7, 0}, "d": {300, 300, 0}})
	if e := relation(t, c, "empty"); e.Rows != 0 || e.Column("id").Distinct != 0 {
		t.Errorf("no rows: %+v", e)
	}
}

// TestManyFiles: a pattern of many files is measured by some of them, and what cannot be read is unknown.
func TestManyFiles(t *testing.T) {
	dir := t.TempDir()
	build(t, "", fmt.Sprintf("COPY (SELECT i AS id, i // 100 AS file, 'x' || (i %% 10) AS s FROM range(50000) r(i)) TO '%s' (FORMAT parquet, PARTITION_BY (file), WRITE_PARTITION_COLUMNS true)",
		filepath.Join(dir, "parts")))
	parts, err := filepath.Glob(filepath.Join(dir, "parts", "*", "*.parquet"))
	if err != nil || len(parts) != 500 {
		t.Fatal(len(parts), err)
	}
	for i, p := range parts {
		if err := os.Rename(p, filepath.Join(dir, fmt.Sprintf("p%03d.parquet", i))); err != nil {
			t.Fatal(err)
		}
	}
	c := open(t, filepath.Join(dir, "*.parquet"))
	rel := relation(t, c, "p*")
	if rel.Rows < 49_000 || rel.Rows > 51_000 {
		t.Errorf("%v rows", rel.Rows)
	}
	hold(t, rel, map[string]column{"id": {15_000, 17_000, 0}, "file": {490, 510, 0}, "s": {10, 10, 0}})
	if err := os.WriteFile(filepath.Join(dir, "p250.parquet"), []byte("PAR1 and nothing else PAR1"), 0o644); err != nil {
		t.Fatal(err)
	}
	if rel := relation(t, c, "p*"); len(rel.Columns) != 3 {
		t.Errorf("with a broken file: %+v", rel)
	}
	// As much metadata as is not read.
	build(t, "", "COPY (SELECT i FROM range(400000) r(i)) TO '"+filepath.Join(dir, "wide.parquet")+"' (FORMAT parquet, KV_METADATA {k: '"+strings.Repeat("x", 9<<20)+"'})")
	start := time.Now()
	if rel := relation(t, c, "wide"); rel.Rows != 400_000 || rel.Column("i").Distinct != 0 {
		t.Errorf("much metadata: %v rows, %+v", rel.Rows, rel.Column("i"))
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("it took %s", d)
	}
}
