package duck

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"go.uber.org/goleak"

	"meshgate/pgarrow"
	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t testing.TB, o Options) *DB {
	t.Helper()
	db, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

// counter produces batches of (i int8, s text) and counts what was read of it.
type counter struct {
	array.RecordReader
	mem      memory.Allocator
	schema   *arrow.Schema
	left     int
	perBatch int
	produced atomic.Int64
	released atomic.Bool
	failAt   int64
	block    <-chan struct{}
	batch    arrow.RecordBatch
	err      error
}

func newCounter(mem memory.Allocator, rows, perBatch int) *counter {
	return &counter{mem: mem, left: rows, perBatch: perBatch, failAt: -1, schema: arrow.NewSchema([]arrow.Field{
		pgarrow.Field("i", pgcat.Int8, -1), pgarrow.Field("s", pgcat.Text, -1),
	}, nil)}
}

func (c *counter) Schema() *arrow.Schema          { return c.schema }
func (c *counter) RecordBatch() arrow.RecordBatch { return c.batch }
func (c *counter) Err() error                     { return c.err }
func (c *counter) Retain()                        {}

func (c *counter) Next() bool {
	if c.batch != nil {
		c.batch.Release()
		c.batch = nil
	}
	if c.block != nil {
		<-c.block
		c.err = context.Canceled
		return false
	}
	if c.failAt >= 0 && c.produced.Load() >= c.failAt {
		c.err = sqlerr.Newf(sqlerr.ConnectionFailure, "store x went away")
		return false
	}
	n := min(c.left, c.perBatch)
	if n == 0 {
		return false
	}
	b := array.NewRecordBuilder(c.mem, c.schema)
	defer b.Release()
	for i := range n {
		v := c.produced.Load() + int64(i)
		b.Field(0).(*array.Int64Builder).Append(v)
		if v%7 == 3 {
			b.Field(1).AppendNull()
		} else {
			b.Field(1).(*array.StringBuilder).Append(fmt.Sprintf("a text that is long %d", v))
		}
	}
	c.produced.Add(int64(n))
	c.left -= n
	c.batch = b.NewRecordBatch()
	return true
}

func (c *counter) Release() {
	if c.batch != nil {
		c.batch.Release()
		c.batch = nil
	}
	c.released.Store(true)
}

func schemaOf(types ...catalogType) *arrow.Schema {
	var fields []arrow.Field
	for i, ty := range types {
		fields = append(fields, pgarrow.Field(fmt.Sprintf("c%d", i), ty.oid, ty.mod))
	}
	return arrow.NewSchema(fields, nil)
}

type catalogType struct {
	oid pgcat.OID
	mod int32
}

var (
	int8Type = catalogType{pgcat.Int8, -1}
	textType = catalogType{pgcat.Text, -1}
)

// TestAfterTheEnd asks a result again that has ended.
func TestAfterTheEnd(t *testing.T) {
	r, err := open(t, Options{}).Query(context.Background(), memory.DefaultAllocator, &Query{SQL: "SELECT 1::BIGINT", Schema: schemaOf(int8Type)})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	if !r.Next() || r.Next() || r.Next() || r.Err() != nil {
		t.Errorf("after the end: %v", r.Err())
	}
}

func TestStreamsInputToResult(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	db := open(t, Options{})
	in := newCounter(mem, 5_000_000, 10_000)
	r, err := db.Query(context.Background(), mem, &Query{
		SQL: "SELECT i, s FROM r0 WHERE i % 2 = 0", Schema: schemaOf(int8Type, textType), Inputs: []Input{{Name: "r0", Reader: in, Rows: -1}},
	})
	if err != nil {
		t.Fatal(err, sqlerr.Cause(err))
	}
	if !r.Next() {
		t.Fatalf("%v cause %q", r.Err(), sqlerr.Cause(r.Err()))
	}
	batch := r.RecordBatch()
	if got := batch.Column(0).(*array.Int64).Value(1); got != 2 {
		t.Errorf("second row is %d, want 2", got)
	}
	if !batch.Column(1).IsNull(5) || batch.Column(1).(*array.String).Value(0) != "a text that is long 0" {
		t.Errorf("texts are wrong: %v", batch.Column(1))
	}
	if n := in.produced.Load(); n > 1_000_000 {
		t.Errorf("%d rows were read before the first batch", n)
	}
	r.Release()
	if !in.released.Load() {
		t.Error("the input was not released")
	}
}

func TestInputsError(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	db := open(t, Options{})
	in := newCounter(mem, 100_000, 1000)
	in.failAt = 50_000
	r, err := db.Query(context.Background(), mem, &Query{
		SQL: "SELECT i, s FROM r0", Schema: schemaOf(int8Type, textType), Inputs: []Input{{Name: "r0", Reader: in, Rows: 10}},
	})
	for err == nil && r.Next() {
	}
	if err == nil {
		err = r.Err()
		r.Release()
	}
	if !sqlerr.Is(err, sqlerr.ConnectionFailure) {
		t.Errorf("got %v, want the input's own error", err)
	}
}

func TestAnInputIsScannedOnce(t *testing.T) {
	db := open(t, Options{})
	in := newCounter(memory.DefaultAllocator, 10, 10)
	r, err := db.Query(context.Background(), memory.DefaultAllocator, &Query{
		SQL: "SELECT a.i, b.s FROM r0 a JOIN r0 b ON a.i = b.i", Schema: schemaOf(int8Type, textType),
		Inputs: []Input{{Name: "r0", Reader: in, Rows: 10}},
	})
	for err == nil && r.Next() {
	}
	if err == nil {
		err = r.Err()
		r.Release()
	}
	if !sqlerr.Is(err, sqlerr.InternalError) {
		t.Errorf("got %v, want a refusal of the second scan", err)
	}
}

func TestCancelInterruptsDuckDB(t *testing.T) {
	db := open(t, Options{})
	cause := sqlerr.Newf(sqlerr.QueryCanceled, "canceling statement due to user request")
	ctx, cancel := context.WithCancelCause(context.Background())
	time.AfterFunc(100*time.Millisecond, func() { cancel(cause) })
	start := time.Now()
	r, err := db.Query(ctx, memory.DefaultAllocator, &Query{
		SQL: "SELECT CAST(count(*) AS BIGINT) FROM range(10000000000) a, range(100) b WHERE a.range * b.range % 7 = 3", Schema: schemaOf(int8Type),
	})
	if err == nil {
		r.Next()
		err = r.Err()
		r.Release()
	}
	if !errors.Is(err, cause) || time.Since(start) > 20*time.Second {
		t.Errorf("got %v after %v", err, time.Since(start))
	}
}

// TestCancelBeforeDuckDBBegins cancels while the statement is prepared, planned and begun: DuckDB forgets an interrupt that comes before
// it executes.
func TestCancelBeforeDuckDBBegins(t *testing.T) {
	db := open(t, Options{})
	const series = "(SELECT unnest(meshgate_series_int4(1, CAST($1 AS INTEGER), 1)) AS i)"
	for delay := time.Duration(0); delay < 6*time.Millisecond; delay += 50 * time.Microsecond {
		cause := sqlerr.Newf(sqlerr.QueryCanceled, "canceling statement due to user request")
		ctx, cancel := context.WithCancelCause(context.Background())
		time.AfterFunc(delay, func() { cancel(cause) })
		r, err := db.Query(ctx, memory.DefaultAllocator, &Query{
			SQL:    "SELECT CAST(count(*) AS BIGINT) FROM " + series + " AS a CROSS JOIN " + series + " AS b CROSS JOIN " + series + " AS c",
			Schema: schemaOf(int8Type), Args: []Arg{{OID: pgcat.Int4, Value: int64(100000), Carrier: arrow.PrimitiveTypes.Int32}},
		})
		if err == nil {
			r.Next()
			err = r.Err()
			r.Release()
		}
		if !errors.Is(err, cause) {
			t.Fatalf("canceled after %s: %v", delay, err)
		}
	}
}

func TestCancelReachesABlockedInput(t *testing.T) {
	db := open(t, Options{})
	ctx, cancel := context.WithCancel(context.Background())
	in := newCounter(memory.DefaultAllocator, 10, 10)
	in.block = ctx.Done()
	time.AfterFunc(50*time.Millisecond, cancel)
	r, err := db.Query(ctx, memory.DefaultAllocator, &Query{
		SQL: "SELECT i, s FROM r0", Schema: schemaOf(int8Type, textType), Inputs: []Input{{Name: "r0", Reader: in}},
	})
	if err == nil {
		r.Next()
		err = r.Err()
		r.Release()
	}
	if err == nil {
		t.Error("a canceled query ended well")
	}
}

func TestParametersOfEveryCarrier(t *testing.T) {
	db := open(t, Options{})
	format := pgvalue.DefaultFormat()
	for _, c := range []struct {
		oid  pgcat.OID
		mod  int32
		text string
	}{
		{pgcat.Bool, -1, "t"},
		{pgcat.Int2, -1, "-7"},
		{pgcat.Int4, -1, "42"},
		{pgcat.Int8, -1, "-9223372036854775808"},
		{pgcat.Float4, -1, "1.5"},
		{pgcat.Float8, -1, "-Infinity"},
		{pgcat.Numeric, pgvalue.MakeNumericTypmod(38, 10), "-1234567890123456789012345678.0123456789"},
		{pgcat.Numeric, pgvalue.MakeNumericTypmod(4, 2), "-99.99"},
		{pgcat.Numeric, pgvalue.MakeNumericTypmod(9, 0), "999999999"},
		{pgcat.Numeric, -1, "1.500000000000000000000000000000000000000000001"},
		{pgcat.Text, -1, "it's 'quoted' äöü"},
		{pgcat.Text, -1, ""},
		{pgcat.Bytea, -1, `\x00ff`},
		{pgcat.UUID, -1, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
		{pgcat.Date, -1, "infinity"},
		{pgcat.Date, -1, "0044-03-15 BC"},
		{pgcat.Time, -1, "23:59:59.999999"},
		{pgcat.Timestamp, -1, "-infinity"},
		{pgcat.TimestampTZ, -1, "2024-01-08 04:05:06.7+00"},
		{pgcat.Interval, -1, "1 year 2 mons -3 days +04:05:06.789"},
		{pgcat.Int4Array, -1, "{1,NULL,3}"},
		{pgcat.TextArray, -1, `{a,"b c",NULL}`},
		{pgcat.NumericArray, -1, "{1.50,2}"},
		{pgcat.OIDType, -1, "4294967295"},
	} {
		v, err := pgvalue.Parse(c.oid, c.mod, c.text, format)
		if err != nil {
			t.Fatal(err)
		}
		carrier := pgarrow.Carrier(c.oid, c.mod)
		r, err := db.Query(context.Background(), memory.DefaultAllocator, &Query{
			SQL: "SELECT $1 FROM range(3)", Args: []Arg{{OID: c.oid, Value: v, Carrier: carrier}}, Schema: schemaOf(catalogType{c.oid, c.mod}),
		})
		if err != nil {
			t.Errorf("%s %s: %v %s", pgcat.FormatType(c.oid, c.mod), c.text, err, sqlerr.Cause(err))
			continue
		}
		for r.Next() {
			e := pgarrow.NewTextEncoder(c.oid, carrier, format, nil)
			e.Reset(r.RecordBatch().Column(0))
			for row := range int(r.RecordBatch().NumRows()) {
				if got := string(e.Append(nil, row)); got != c.text {
					t.Errorf("%s: got %s, want %s", pgcat.FormatType(c.oid, c.mod), got, c.text)
				}
			}
		}
		if r.Err() != nil {
			t.Error(r.Err())
		}
		r.Release()
	}
}

func TestLockedDown(t *testing.T) {
	db := open(t, Options{})
	for _, sql := range []string{
		"SELECT * FROM read_csv('/etc/passwd')", "SELECT content FROM read_text('/etc/passwd')", "SELECT * FROM '/etc/passwd.csv'",
		"ATTACH '/tmp/x.duckdb'", "COPY (SELECT 1) TO '/tmp/x.csv'", "INSTALL httpfs", "LOAD httpfs", "SET memory_limit = '1TB'",
		"SET enable_external_access = true", "CREATE SECRET (TYPE s3)", "SELECT * FROM glob('/*')",
	} {
		r, err := db.Query(context.Background(), memory.DefaultAllocator, &Query{SQL: sql, Schema: schemaOf(textType)})
		if err == nil {
			r.Next()
			err = r.Err()
			r.Release()
		}
		if err == nil {
			t.Errorf("%s was carried out", sql)
		}
	}
}

func BenchmarkStream(b *testing.B) {
	db := open(b, Options{})
	for b.Loop() {
		in := newCounter(memory.DefaultAllocator, 1_000_000, 10_000)
		r, err := db.Query(context.Background(), memory.DefaultAllocator, &Query{
			SQL: "SELECT i, s FROM r0", Schema: schemaOf(int8Type, textType), Inputs: []Input{{Name: "r0", Reader: in, Rows: -1}},
		})
		if err != nil {
			b.Fatal(err)
		}
		for r.Next() {
		}
		r.Release()
	}
	runtime.KeepAlive(db)
}
