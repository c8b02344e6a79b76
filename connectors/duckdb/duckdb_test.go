package duckdb_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"go.uber.org/goleak"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/connectors/duckdb"
	"meshgate/duck"
	"meshgate/pgcat"
	"meshgate/sqlerr"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, path string) connectors.Connector {
	t.Helper()
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	c := duckdb.Open(duckdb.Config{Store: "files", Path: path, Threads: 1, Allocator: mem})
	t.Cleanup(func() {
		defer mem.AssertSize(t, 0)
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func count(t *testing.T, c connectors.Connector, ctx context.Context, sql string) (int64, error) {
	t.Helper()
	s, err := c.Begin(ctx, connectors.Tag{QueryID: "q"})
	if err != nil {
		return 0, err
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	r, err := s.Query(ctx, &connectors.Query{SQL: sql, Columns: []connectors.Column{{Name: "c1", Type: catalog.TypeOf(pgcat.Int8)}}})
	if err != nil {
		return 0, err
	}
	defer r.Release()
	total := int64(0)
	for r.Next() {
		if r.RecordBatch().NumRows() > 1<<16 {
			t.Errorf("a batch of %d rows", r.RecordBatch().NumRows())
		}
		values := r.RecordBatch().Column(0).(*array.Int64)
		for i := range values.Len() {
			total += values.Value(i)
		}
	}
	return total, r.Err()
}

func TestFileAndParquet(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a.duckdb")
	if err := duck.Build(file, "CREATE TABLE t AS SELECT i AS id, i::DECIMAL(10,2) AS n, [i] AS l, {'a': i} AS s FROM range(200000) r(i)"); err != nil {
		t.Fatal(err)
	}
	if err := duck.Build("", "COPY (SELECT 7::BIGINT AS id) TO '"+filepath.Join(dir, "u.parquet")+"' (FORMAT parquet)"); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	c := open(t, file)
	if n, err := count(t, c, ctx, `SELECT "id" AS "c1" FROM "store"."main"."t"`); err != nil || n != 199999*100000 {
		t.Errorf("%d, %v", n, err)
	}
	p := open(t, filepath.Join(dir, "*.parquet"))
	if n, err := count(t, p, ctx, "SELECT id AS c1 FROM "+p.Dialect().Tables("", "u")); err != nil || n != 7 {
		t.Errorf("%d, %v", n, err)
	}
	r, err := c.Relation(ctx, "", "t")
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		name  string
		known bool
		oid   pgcat.OID
	}{{"id", true, pgcat.Int8}, {"n", true, pgcat.Numeric}, {"l", true, pgcat.Int8Array}, {"s", false, 0}} {
		if got := r.Columns[i]; got.Name != want.name || got.Known != want.known || want.known && got.Type.OID != want.oid {
			t.Errorf("column %d is %+v", i, got)
		}
	}
	if r.Rows != 199999 && r.Rows != 200000 {
		t.Errorf("%v rows", r.Rows)
	}
	if u, err := p.Relation(ctx, "", "u"); err != nil || u.Rows != 1 {
		t.Errorf("a Parquet file: %+v, %v", u, err)
	}
	if _, err := c.Relation(ctx, "", "nothing"); !sqlerr.Is(err, sqlerr.UndefinedTable) {
		t.Errorf("a table that is not there: %v", err)
	}
}

// TestOnlyItsOwnFiles: a store's SQL reads nothing but the store.
func TestOnlyItsOwnFiles(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a.duckdb")
	if err := duck.Build(file, "CREATE TABLE t AS SELECT 1::BIGINT AS id"); err != nil {
		t.Fatal(err)
	}
	c := open(t, file)
	for _, sql := range []string{
		"SELECT 1::BIGINT AS c1 FROM read_text('/etc/passwd')", "SELECT 1::BIGINT AS c1 FROM read_csv('/etc/passwd')", "COPY (SELECT 1) TO '/tmp/x'",
		"ATTACH '/tmp/other.duckdb'", "SET enable_external_access = true", "INSERT INTO store.main.t VALUES (2)", "INSTALL httpfs",
	} {
		if _, err := count(t, c, context.Background(), sql); err == nil {
			t.Errorf("%s was allowed", sql)
		}
	}
}

func TestMissingFileAndCancel(t *testing.T) {
	dir := t.TempDir()
	c := open(t, filepath.Join(dir, "none.duckdb"))
	if err := c.Ping(context.Background()); !sqlerr.Is(err, sqlerr.ConnectionFailure) {
		t.Errorf("a file that is not there: %v", err)
	}
	if err := duck.Build(filepath.Join(dir, "none.duckdb"), "CREATE TABLE t AS SELECT i AS id FROM range(200000) r(i)"); err != nil {
		t.Fatal(err)
	}
	if err := c.Ping(context.Background()); err != nil {
		t.Errorf("now it is there: %v", err)
	}
	cause := sqlerr.Newf(sqlerr.QueryCanceled, "enough")
	ctx, cancel := context.WithTimeoutCause(context.Background(), 50*time.Millisecond, cause)
	defer cancel()
	if _, err := count(t, c, ctx, `SELECT count(*) AS c1 FROM "store"."main"."t" a JOIN "store"."main"."t" b ON a.id <> b.id`); !errors.Is(err, cause) {
		t.Errorf("cancel: %v", err)
	}
}

// TestHiddenRowsRaiseNothing computes what fails on rows that a filter took away: columns that are stored by a dictionary must not
// bring them back.
func TestHiddenRowsRaiseNothing(t *testing.T) {
	dir := t.TempDir()
	const rows = "SELECT (i % 10)::INTEGER AS level, CASE WHEN i % 10 = 0 THEN 'x' ELSE '1' END AS digits FROM range(200000) r(i)"
	if err := duck.Build("", "COPY ("+rows+") TO '"+filepath.Join(dir, "t.parquet")+"' (FORMAT parquet)"); err != nil {
		t.Fatal(err)
	}
	if err := duck.Build(filepath.Join(dir, "t.duckdb"), "PRAGMA force_compression = 'dictionary'", "CREATE TABLE t AS "+rows, "CHECKPOINT"); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"*.parquet", "t.duckdb"} {
		c := open(t, filepath.Join(dir, path))
		d := c.Dialect()
		for _, op := range []struct{ key, column, other string }{{"int4 / int4", "level", "CAST(10 AS INTEGER)"}, {"cast(text as int8)", "digits", ""}} {
			operands := []string{op.other, op.column}
			if op.other == "" {
				operands = operands[1:]
			}
			e := connectors.Fill(d.Ops[op.key].SQL, operands, nil)
			sql := "SELECT CAST(" + e + " AS BIGINT) AS c1 FROM (" + d.Fence("SELECT level, digits FROM "+d.Tables("", "t")+" WHERE level <> 0") + ") AS f"
			if n, err := count(t, c, context.Background(), sql); err != nil || n == 0 {
				t.Errorf("%s, %s: %d, %v", path, op.key, n, err)
			}
		}
	}
}
