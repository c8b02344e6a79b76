package engine_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"go.uber.org/goleak"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/connectors/duckdb"
	"meshgate/duck"
	"meshgate/engine"
	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/planner"
	"meshgate/policy"
	"meshgate/sqlerr"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open grants everything: what a principal may see is the policy package's concern.
type open struct{}

func (open) Decide(_ *policy.Principal, _ time.Time, p *catalog.Product) *policy.Decision {
	d := &policy.Decision{Product: p, Granted: true, Columns: make([]policy.ColumnDecision, len(p.Columns))}
	for i := range d.Columns {
		d.Columns[i].Action = policy.Allow
	}
	return d
}

// fixture is an engine over two DuckDB files, whose batches come from a checked allocator.
type fixture struct {
	engine *engine.Engine
	in     *planner.Input
	mem    *memory.CheckedAllocator
	stores map[string]connectors.Connector
}

func product(domain, name, store string, columns ...catalog.Column) *catalog.Product {
	return &catalog.Product{Name: catalog.Name{Domain: domain, Product: name}, Store: store, Table: name, Columns: columns}
}

func column(name string, oid pgcat.OID) catalog.Column {
	return catalog.Column{Name: name, Physical: name, Type: catalog.TypeOf(oid)}
}

// newFixture wraps the connector of store b, for faults; nil = as it is.
func newFixture(t *testing.T, wrap func(connectors.Connector) connectors.Connector) *fixture {
	t.Helper()
	dir := t.TempDir()
	for file, sql := range map[string]string{
		"a.duckdb": "CREATE TABLE wide AS SELECT i AS id, 'text ' || i AS t FROM range(300000) r(i);" +
			"CREATE VIEW fat AS SELECT id, repeat(t, 20) AS t FROM wide",
		"b.duckdb": "CREATE TABLE narrow AS SELECT i * 3 AS id, i % 7 AS kind FROM range(100000) r(i)",
	} {
		if err := duck.Build(filepath.Join(dir, file), sql); err != nil {
			t.Fatal(err)
		}
	}
	db, err := duck.Open(duck.Options{Memory: 256 << 20, Threads: 2, SpillDir: filepath.Join(dir, "spill"), SpillMax: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	stores := map[string]connectors.Connector{}
	for _, name := range []string{"a", "b"} {
		stores[name] = duckdb.Open(duckdb.Config{Store: name, Path: filepath.Join(dir, name+".duckdb"), Threads: 1})
	}
	if wrap != nil {
		stores["b"] = wrap(stores["b"])
	}
	f := &fixture{mem: memory.NewCheckedAllocator(memory.NewGoAllocator())}
	f.engine, f.stores = engine.New(db, stores, f.mem), stores
	f.in = &planner.Input{
		Principal: &policy.Principal{User: "u"}, Policy: open{}, Format: pgvalue.DefaultFormat(), Engine: duck.Dialect(), Version15: true,
		Catalog: catalog.NewSnapshot("m", "e", []catalog.Domain{{Name: "d"}}, []*catalog.Product{
			product("d", "wide", "a", column("id", pgcat.Int8), column("t", pgcat.Text)),
			product("d", "narrow", "b", column("id", pgcat.Int8), column("kind", pgcat.Int8)),
			product("d", "fat", "a", column("id", pgcat.Int8), column("t", pgcat.Text)),
		}),
		Dialects: map[string]*connectors.Dialect{"a": stores["a"].Dialect(), "b": stores["b"].Dialect()},
	}
	t.Cleanup(func() {
		for _, s := range stores {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
		db.Close()
		f.mem.AssertSize(t, 0)
	})
	return f
}

func (f *fixture) run(t *testing.T, ctx context.Context, sql string) (*engine.Result, error) {
	t.Helper()
	statements, err := planner.Parse(sql)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := planner.Make(f.in, statements[0])
	if err != nil {
		t.Fatal(err)
	}
	return f.engine.Run(ctx, &engine.Request{Plan: plan, Format: f.in.Format, QueryID: "q"})
}

const joined = "SELECT n.kind, count(*), max(w.t) FROM d.wide w JOIN d.narrow n ON n.id = w.id GROUP BY n.kind ORDER BY n.kind"

func TestJoinOfTwoStores(t *testing.T) {
	f := newFixture(t, nil)
	r, err := f.run(t, context.Background(), joined)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	total := int64(0)
	for r.Next() {
		counts := r.RecordBatch().Column(1).(*array.Int64)
		for i := range counts.Len() {
			total += counts.Value(i)
		}
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	if total != 100_000 || r.Rows() != 7 {
		t.Errorf("%d rows joined into %d groups", total, r.Rows())
	}
	for i, want := range []int64{300_000, 100_000} {
		if got := r.Parts[i].Rows.Load(); got != want {
			t.Errorf("store %s gave %d rows", r.Parts[i].Remote.Store, got)
		}
	}
}

// TestDynamicFilter narrows one store by the keys of the other: as a list, as a range, and not at all where the keys are more than
// is held; the answer is the same.
func TestDynamicFilter(t *testing.T) {
	f := newFixture(t, nil)
	f.in.Eager, f.in.Disable = true, map[string]bool{"partial-aggregate": true}
	for _, c := range []struct {
		sql, keys  string
		rows, came int64
	}{
		{"SELECT w.t FROM d.narrow n JOIN d.wide w ON n.id = w.id WHERE n.id IN (3, 6, 9)", "a list of 3", 3, 3},
		{"SELECT w.t FROM d.narrow n JOIN d.wide w ON n.id = w.id WHERE n.id < 3000", "a range, for there were too many for a list", 1000, 2998},
		{"SELECT n.kind, w.t FROM d.fat w JOIN d.narrow n ON n.id = w.id", "not used, for there were too many", 100_000, 100_000},
		{"SELECT w.t FROM d.narrow n JOIN d.wide w ON n.id = w.id WHERE n.id = 1", "a list of 0", 0, 0},
	} {
		r, err := f.run(t, context.Background(), c.sql)
		if err != nil {
			t.Fatal(err)
		}
		for r.Next() {
		}
		if err := r.Err(); err != nil || r.Rows() != c.rows {
			t.Errorf("%s: %d rows, %v", c.sql, r.Rows(), err)
		}
		if p := r.Parts[1]; len(p.Keys) != 1 || p.Keys[0].String() != c.keys || p.Rows.Load() != c.came {
			t.Errorf("%s: %d rows came by %v", c.sql, p.Rows.Load(), p.Keys)
		}
		r.Release()
	}
}

// TestReleaseEarly ends results that nobody has read to their end.
func TestReleaseEarly(t *testing.T) {
	f := newFixture(t, nil)
	for _, sql := range []string{joined, "SELECT * FROM d.wide", "SELECT w.t, n.kind FROM d.wide w LEFT JOIN d.narrow n ON n.id = w.id"} {
		for i := range 4 {
			read := i%2 == 1
			f.in.Eager = i/2 == 1
			r, err := f.run(t, context.Background(), sql)
			if err != nil {
				t.Fatal(err)
			}
			if read {
				r.Next()
			}
			r.Release()
		}
	}
}

// TestCancel ends a query that would run for minutes with the cause of its context's end.
func TestCancel(t *testing.T) {
	f := newFixture(t, nil)
	f.in.Eager = true
	cause := sqlerr.Newf(sqlerr.QueryCanceled, "canceled by the test")
	ctx, cancel := context.WithTimeoutCause(context.Background(), 100*time.Millisecond, cause)
	defer cancel()
	began := time.Now()
	r, err := f.run(t, ctx, "SELECT count(*) FROM d.wide a JOIN d.wide b ON a.id <> b.id")
	if err == nil {
		for r.Next() {
		}
		err = r.Err()
		r.Release()
	}
	if !errors.Is(err, cause) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the engine went on for %s", took)
	}
}

// faulty is a connector whose answers break.
type faulty struct {
	connectors.Connector
	reader func(array.RecordReader) array.RecordReader
	begin  error
}

func (f *faulty) Begin(ctx context.Context, tag connectors.Tag) (connectors.Snapshot, error) {
	if f.begin != nil {
		return nil, f.begin
	}
	s, err := f.Connector.Begin(ctx, tag)
	return &faultySnapshot{s, f.reader}, err
}

type faultySnapshot struct {
	connectors.Snapshot
	reader func(array.RecordReader) array.RecordReader
}

func (s *faultySnapshot) Query(ctx context.Context, q *connectors.Query) (array.RecordReader, error) {
	r, err := s.Snapshot.Query(ctx, q)
	if err != nil {
		return nil, err
	}
	return s.reader(r), nil
}

// dying fails after a number of batches.
type dying struct {
	array.RecordReader
	left atomic.Int64
	err  error
}

func (d *dying) Next() bool { return d.left.Add(-1) >= 0 && d.RecordReader.Next() }

func (d *dying) Err() error {
	if d.left.Load() < 0 {
		return d.err
	}
	return d.RecordReader.Err()
}

// empty answers with batches without rows.
type empty struct{ array.RecordReader }

func (l empty) RecordBatch() arrow.RecordBatch {
	b := l.RecordReader.RecordBatch()
	return b.NewSlice(0, 0)
}

// TestStoreFaults: a store that refuses, or dies at batch n, ends the query with its error; nothing is left running.
func TestStoreFaults(t *testing.T) {
	broken := sqlerr.Newf(sqlerr.ConnectionFailure, "store b failed")
	for i := range int64(6) {
		after := i / 2 * 2
		f := newFixture(t, func(c connectors.Connector) connectors.Connector {
			return &faulty{Connector: c, reader: func(r array.RecordReader) array.RecordReader {
				d := &dying{RecordReader: r, err: broken}
				d.left.Store(after)
				return d
			}}
		})
		f.in.Eager = i%2 == 1
		for _, sql := range []string{joined, "SELECT * FROM d.narrow", "SELECT id FROM d.wide WHERE id IN (SELECT id FROM d.narrow)"} {
			r, err := f.run(t, context.Background(), sql)
			if err == nil {
				for r.Next() {
				}
				err = r.Err()
				r.Release()
			}
			if !errors.Is(err, broken) && sqlerr.From(err).Code != broken.Code {
				t.Errorf("after %d batches, %s: %v", after, sql, err)
			}
		}
	}
	f := newFixture(t, func(c connectors.Connector) connectors.Connector { return &faulty{Connector: c, begin: broken} })
	if _, err := f.run(t, context.Background(), joined); !errors.Is(err, broken) {
		t.Errorf("a store that refuses: %v", err)
	}
	f = newFixture(t, func(c connectors.Connector) connectors.Connector {
		return &faulty{Connector: c, reader: func(r array.RecordReader) array.RecordReader { return empty{r} }}
	})
	r, err := f.run(t, context.Background(), joined)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	for r.Next() {
	}
	if err := r.Err(); err != nil || r.Rows() != 0 {
		t.Errorf("a store without rows: %d rows, %v", r.Rows(), err)
	}
}
