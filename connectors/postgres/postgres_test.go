package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

// TestParameters sends a value of each type and gets it back.
func TestParameters(t *testing.T) {
	f := newFixture(t, nil)
	d := f.store.Dialect()
	for name, text := range map[string]string{
		"bool": "t", "int2": "-7", "int4": "7", "int8": "9223372036854775807", "float8": "0.1", "numeric": "1.50",
		"text": "ä'\\ $1", "bytea": `\x00ff`,
		"date": "0044-03-15 BC", "timestamptz": "2024-03-31 00:30:00+00", "interval": "1 mon -1 days",
		"uuid":  "00000000-0000-0000-0000-000000000001",
		"jsonb": `{"a": 1}`, "time": "24:00:00", "oid": "4294967295",
	} {
		typ := catalog.TypeOf(pgcat.TypeByName(name).OID)
		v, err := pgvalue.Parse(typ.OID, -1, text, pgvalue.DefaultFormat())
		if err != nil {
			t.Fatal(err)
		}
		got, err := f.query("SELECT "+d.Placeholder(1, typ)+", "+d.Placeholder(2, typ), columns(typ, typ),
			connectors.Arg{Type: typ, Value: v}, connectors.Arg{Type: typ})
		if err != nil || got[0][0] != text || got[0][1] != "NULL" {
			t.Errorf("%s: got %v %v, expected %s", name, got, err, text)
		}
	}
}

// TestBatches checks that batches are bounded by rows and by bytes.
func TestBatches(t *testing.T) {
	f := newFixture(t, nil)
	s := f.begin()
	r, err := s.Query(t.Context(), &connectors.Query{
		SQL:     "SELECT i FROM generate_series(1, 20000) AS g(i)",
		Columns: columns(catalog.TypeOf(pgcat.Int4)),
	})
	if err != nil {
		t.Fatal(err)
	}
	var sizes []int64
	for r.Next() {
		sizes = append(sizes, r.RecordBatch().NumRows())
	}
	if fmt.Sprint(sizes) != "[8192 8192 3616]" || r.Err() != nil {
		t.Errorf("batches of %v rows, %v", sizes, r.Err())
	}
	r.Release()
	r, err = s.Query(t.Context(), &connectors.Query{
		SQL:     "SELECT repeat('x', 300000) FROM generate_series(1, 10)",
		Columns: columns(catalog.TypeOf(pgcat.Text)),
	})
	if err != nil {
		t.Fatal(err)
	}
	for r.Next() {
		if n := r.RecordBatch().NumRows(); n > 4 {
			t.Errorf("a batch of %d rows of 300 kB", n)
		}
	}
	r.Release()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// running counts statements at the store whose text holds a mark.
func (f *fixture) running(mark string) int {
	var n int
	err := f.admin.QueryRow(context.Background(),
		"SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND position($1 in query) > 0 AND pid <> pg_backend_pid()",
		mark).Scan(&n)
	if err != nil {
		f.t.Fatal(err)
	}
	return n
}

func (f *fixture) waitFor(what string, done func() bool) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-ctx.Done():
			f.t.Fatal("waited in vain for ", what)
		case <-tick.C:
		}
	}
}

// TestCancel ends the context of a statement that would run for a minute, and looks at the store.
func TestCancel(t *testing.T) {
	f := newFixture(t, nil)
	s := f.begin()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		r, err := s.Query(ctx, &connectors.Query{
			SQL:     "SELECT pg_sleep(60)::text, 'cancel mark'",
			Columns: columns(catalog.TypeOf(pgcat.Text), catalog.TypeOf(pgcat.Text)),
		})
		if err == nil {
			r.Next()
			err = r.Err()
			r.Release()
		}
		done <- err
	}()
	f.waitFor("the statement", func() bool { return f.running("cancel mark") == 1 })
	start := time.Now()
	cancel()
	if err := <-done; !sqlerr.Is(err, sqlerr.QueryCanceled) {
		t.Errorf("expected query_canceled, got %v", err)
	}
	f.waitFor("the end at the store", func() bool { return f.running("cancel mark") == 0 })
	if d := time.Since(start); d > time.Second {
		t.Errorf("the statement ran for another %s", d)
	}
	r, err := s.Query(t.Context(), &connectors.Query{SQL: "SELECT 1", Columns: columns(catalog.TypeOf(pgcat.Int4))})
	if err != nil {
		t.Fatalf("the snapshot is of no more use: %v", err)
	}
	r.Release()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	f.noTransactions()
}

// noTransactions checks that no session of the store is left in a transaction.
func (f *fixture) noTransactions() {
	f.t.Helper()
	var n int
	err := f.admin.QueryRow(context.Background(),
		"SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()").Scan(&n)
	if err != nil || n != 0 {
		f.t.Errorf("%d sessions are not idle, %v", n, err)
	}
}

// TestReleaseEarly drops a result that is far from its end: the store stops, and the session is used again.
func TestReleaseEarly(t *testing.T) {
	f := newFixture(t, nil)
	s := f.begin()
	for range 3 {
		r, err := s.Query(t.Context(), &connectors.Query{
			SQL:     "SELECT generate_series(1, 100000000) AS early",
			Columns: columns(catalog.TypeOf(pgcat.Int4)),
		})
		if err != nil {
			t.Fatal(err)
		}
		if !r.Next() {
			t.Fatal(r.Err())
		}
		r.Release()
		if n := f.running("AS early"); n != 0 {
			t.Errorf("%d statements still run", n)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	f.noTransactions()
}

// TestSnapshot reads a table in two results at once, while it changes.
func TestSnapshot(t *testing.T) {
	f := newFixture(t, nil)
	f.exec("CREATE TABLE t AS SELECT i FROM generate_series(1, 50000) AS g(i)")
	s := f.begin()
	cols := columns(catalog.TypeOf(pgcat.Int8))
	open := func(sql string) array.RecordReader {
		r, err := s.Query(t.Context(), &connectors.Query{SQL: sql, Columns: cols})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	first := open("SELECT i::int8 FROM public.t")
	f.exec("DELETE FROM t")
	second := open("SELECT i::int8 FROM public.t")
	third := open("SELECT count(*) FROM public.t")
	for _, r := range []array.RecordReader{second, first} {
		if n := len(texts(t, r, cols)); n != 50000 || r.Err() != nil {
			t.Errorf("%d rows, %v", n, r.Err())
		}
		r.Release()
	}
	if got := texts(t, third, cols); got[0][0] != "50000" {
		t.Errorf("counted %v", got)
	}
	third.Release()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	got, err := f.query("SELECT count(*) FROM public.t", cols)
	if err != nil || got[0][0] != "0" {
		t.Errorf("a new snapshot sees %v, %v", got, err)
	}
	f.noTransactions()
}

// TestStoreDies kills the session in the middle of a result: one clear error, and the next query works.
func TestStoreDies(t *testing.T) {
	f := newFixture(t, nil)
	s := f.begin()
	r, err := s.Query(t.Context(), &connectors.Query{
		SQL:     "SELECT generate_series(1, 100000000)",
		Columns: columns(catalog.TypeOf(pgcat.Int4)),
	})
	if err != nil {
		t.Fatal(err)
	}
	if !r.Next() {
		t.Fatal(r.Err())
	}
	f.exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
	for r.Next() {
		continue
	}
	if !sqlerr.Is(r.Err(), sqlerr.ConnectionFailure) || !strings.Contains(r.Err().Error(), "sales-db") {
		t.Errorf("got %v", r.Err())
	}
	r.Release()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	for range 2 {
		got, err := f.query("SELECT 1", columns(catalog.TypeOf(pgcat.Int4)))
		if err != nil || got[0][0] != "1" {
			t.Errorf("afterwards: %v %v", got, err)
		}
		f.exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
	}
	if err := f.store.Ping(t.Context()); err != nil {
		t.Errorf("after the idle session was killed: %v", err)
	}
}

// TestErrors shows what of a store's errors comes through.
func TestErrors(t *testing.T) {
	f := newFixture(t, nil)
	for sql, want := range map[string]sqlerr.Code{
		"SELECT 1 / (SELECT 0)":                              sqlerr.DivisionByZero,
		"SELECT 'secret'::text::int4":                        sqlerr.InvalidTextRepresentation,
		"SELECT (SELECT i FROM generate_series(1, 2) g(i))":  sqlerr.CardinalityViolation,
		"SELECT x FROM public.missing":                       sqlerr.ForeignDataError,
		"SELECT 'text'::text":                                sqlerr.ForeignDataError,
		"SELECT 1, 2":                                        sqlerr.ForeignDataError,
		"CREATE TABLE public.x (i int4)":                     sqlerr.ForeignDataError,
		"SELECT i FROM (VALUES (1), (0)) v(i) WHERE 1/i > 0": sqlerr.DivisionByZero,
	} {
		_, err := f.query(sql, columns(catalog.TypeOf(pgcat.Int4)))
		if !sqlerr.Is(err, want) {
			t.Errorf("%s: got %v, expected %s", sql, err, want)
		}
		if err != nil && (strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "missing")) {
			t.Errorf("%s: %v shows the store's own text", sql, err)
		}
	}
	f.noTransactions()
}

// TestDown asks a store that nothing listens for.
func TestDown(t *testing.T) {
	s := connectors.Server{Store: "gone-db", Host: "127.0.0.1", Port: 1, Database: "x", User: "x", Password: func() (string,
		error,
	) {
		return "hidden", nil
	}}
	c, err := Open(s)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		err = c.Ping(t.Context())
		if !sqlerr.Is(err, sqlerr.ConnectionFailure) || !strings.Contains(err.Error(), "gone-db") || strings.Contains(err.Error(),
			"127.0.0.1") {
			t.Errorf("got %v", err)
		}
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// TestConnections opens more results than the store has connections for.
func TestConnections(t *testing.T) {
	f := newFixture(t, func(s *connectors.Server) { s.Connections = 1 })
	s := f.begin()
	cols := columns(catalog.TypeOf(pgcat.Int4))
	r, err := s.Query(t.Context(), &connectors.Query{SQL: "SELECT i FROM generate_series(1, 100000) AS g(i)", Columns: cols})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.Query(ctx, &connectors.Query{SQL: "SELECT 1", Columns: cols}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	r.Release()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if got, err := f.query("SELECT 1", cols); err != nil || got[0][0] != "1" {
		t.Errorf("%v %v", got, err)
	}
}

// TestRelation describes a table of many types.
func TestRelation(t *testing.T) {
	f := newFixture(t, nil)
	f.exec(`CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE DOMAIN positive AS int4 CHECK (value > 0); CREATE DOMAIN price AS numeric(10,2) NOT NULL;
		CREATE COLLATION fuzzy (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
		CREATE TABLE t (id int8 NOT NULL, name varchar(20), m mood, ms mood[], p positive, q price, x point, f text COLLATE fuzzy, a int4[], gone int4);
		ALTER TABLE t DROP COLUMN gone; CREATE VIEW v AS SELECT id, name FROM t; INSERT INTO t VALUES (1, 'a', 'sad', '{sad,happy}', 1, 2, NULL, 'f', '{1}'); ANALYZE t`)
	rel, err := f.store.Relation(t.Context(), "public", "t")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, c := range rel.Columns {
		lines = append(lines, fmt.Sprintf("%s %s %s known=%v notnull=%v fuzzy=%v", c.Name, c.Native, c.Type, c.Known, c.NotNull,
			c.Fuzzy))
	}
	want := `id bigint bigint known=true notnull=true fuzzy=false
name character varying(20) character varying(20) known=true notnull=false fuzzy=false
m mood text known=true notnull=false fuzzy=false
ms mood[] text[] known=true notnull=false fuzzy=false
p positive integer known=true notnull=false fuzzy=false
q price numeric(10,2) known=true notnull=true fuzzy=false
x point point known=false notnull=false fuzzy=false
f text text known=true notnull=false fuzzy=true
a integer[] integer[] known=true notnull=false fuzzy=false`
	got := strings.ReplaceAll(strings.Join(lines, "\n"), "public.", "")
	if got != want || rel.Rows != 1 {
		t.Errorf("%v rows\n%s", rel.Rows, got)
	}
	if rel, err := f.store.Relation(t.Context(), "public", "v"); err != nil || len(rel.Columns) != 2 {
		t.Errorf("a view: %v %v", rel, err)
	}
	f.exec(`CREATE TABLE s AS SELECT i AS id, i % 10 AS tens, nullif(i % 4, 0) AS some FROM generate_series(1, 1000) AS i;
		CREATE VIEW sv AS SELECT * FROM s WHERE tens = 1; ANALYZE s`)
	if s, err := f.store.Relation(t.Context(), "public", "s"); err != nil || s.Rows != 1000 || s.Column("id").Distinct != 1000 ||
		s.Column("tens").Distinct != 10 || s.Column("some").Nulls != 0.25 {
		t.Errorf("statistics: %+v, %v", s, err)
	}
	if v, err := f.store.Relation(t.Context(), "public", "sv"); err != nil || v.Rows != 100 {
		t.Errorf("what a view is expected to hold: %+v, %v", v, err)
	}
	if _, err := f.store.Relation(t.Context(), "public", "missing"); !sqlerr.Is(err, sqlerr.UndefinedTable) {
		t.Errorf("got %v", err)
	}
	d := f.store.Dialect()
	col := func(name, native string, typ catalog.Type) string {
		return d.Column(d.Quote(name), &catalog.Column{Native: native, Type: typ})
	}
	text := catalog.TypeOf(pgcat.Text)
	texts := catalog.TypeOf(pgcat.TypeByOID(pgcat.Text).Array)
	sql := "SELECT " + strings.Join([]string{col("m", "mood", text), col("ms", "mood[]", texts), col("p", "positive",
		catalog.TypeOf(pgcat.Int8)), col("q", "price", catalog.TypeOf(pgcat.Numeric))}, ", ") + " FROM public.t"
	row, err := f.query(sql, columns(text, texts, catalog.TypeOf(pgcat.Int8), catalog.TypeOf(pgcat.Numeric)))
	if err != nil || fmt.Sprint(row) != "[[sad {sad,happy} 1 2.00]]" {
		t.Errorf("%s: %v %v", sql, row, err)
	}
}

// TestWaitForReader opens a result that waits until another one of the same snapshot is released.
func TestWaitForReader(t *testing.T) {
	f := newFixture(t, func(s *connectors.Server) { s.Connections = 1 })
	s := f.begin()
	cols := columns(catalog.TypeOf(pgcat.Int4))
	first, err := s.Query(t.Context(), &connectors.Query{SQL: "SELECT generate_series(1, 100000)", Columns: cols})
	if err != nil {
		t.Fatal(err)
	}
	second := make(chan error)
	go func() {
		r, err := s.Query(t.Context(), &connectors.Query{SQL: "SELECT 1", Columns: cols})
		if err == nil {
			r.Release()
		}
		second <- err
	}()
	first.Release()
	if err := <-second; err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestNondeterministic refuses columns whose equality is not that of bytes.
func TestNondeterministic(t *testing.T) {
	f := newFixture(t, nil)
	f.exec("CREATE COLLATION fuzzy (provider = icu, locale = 'und-u-ks-level2', deterministic = false); CREATE TABLE t (a text COLLATE fuzzy, b text); INSERT INTO t VALUES ('a', 'b')")
	text := catalog.TypeOf(pgcat.Text)
	s := f.begin()
	for column, want := range map[string]sqlerr.Code{"a": sqlerr.FeatureNotSupported, "b": ""} {
		r, err := s.Query(t.Context(), &connectors.Query{
			SQL: "SELECT " + column + " FROM public.t", Columns: columns(text),
			Expect: []connectors.Expectation{{Schema: "public", Table: "t", Columns: []string{column}}},
		})
		if want == "" && err == nil {
			r.Release()
		} else if !sqlerr.Is(err, want) {
			t.Errorf("%s: %v", column, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
