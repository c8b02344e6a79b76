package wire

import (
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"meshgate/pgarrow"
	"meshgate/pgcat"
	"meshgate/pgvalue"
)

// sink is a connection whose client takes everything.
type sink struct {
	net.Conn
	written int
}

func (s *sink) Write(b []byte) (int, error) {
	s.written += len(b)
	return len(b), nil
}

func (s *sink) SetWriteDeadline(time.Time) error { return nil }

func sinkWriter() (*Writer, *sink) {
	s := &sink{}
	return &Writer{out: &output{nc: s, drain: time.Second}, reported: map[string]string{}}, s
}

// fiveColumns is a result as reports have it: a key, a name, an amount, a measure, a time.
func fiveColumns(t testing.TB, mem memory.Allocator, rows int) (Result, arrow.RecordBatch) {
	t.Helper()
	r := Result{Format: pgvalue.DefaultFormat(), Columns: []Column{
		{Name: "id", Type: pgcat.Int8, TypeLen: 8, TypeMod: -1},
		{Name: "name", Type: pgcat.Text, TypeLen: -1, TypeMod: -1},
		{Name: "amount", Type: pgcat.Numeric, TypeLen: -1, TypeMod: pgvalue.MakeNumericTypmod(12, 2)},
		{Name: "measure", Type: pgcat.Float8, TypeLen: 8, TypeMod: -1},
		{Name: "at", Type: pgcat.TimestampTZ, TypeLen: 8, TypeMod: -1},
	}}
	fields := make([]arrow.Field, len(r.Columns))
	for i, c := range r.Columns {
		fields[i] = pgarrow.Field(c.Name, c.Type, c.TypeMod)
	}
	b := array.NewRecordBuilder(mem, arrow.NewSchema(fields, nil))
	defer b.Release()
	for i := range rows {
		for column, v := range []pgvalue.Value{
			int64(i), fmt.Sprintf("customer %06d", i), pgvalue.NumericFromUnscaledInt(int64(i)*37, 2), float64(i) * 1.25,
			pgvalue.Timestamp(int64(i) * 1_000_003),
		} {
			if i%10 == 9 && column > 0 {
				v = nil
			}
			if err := pgarrow.Append(b.Field(column), v); err != nil {
				t.Fatal(err)
			}
		}
	}
	return r, b.NewRecordBatch()
}

// TestRowsDoNotAllocate holds the hot path to its promise, with both formats.
func TestRowsDoNotAllocate(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	r, batch := fiveColumns(t, mem, 10000)
	defer batch.Release()
	for _, format := range []int16{0, 1} {
		r.Formats = []int16{format}
		w, to := sinkWriter()
		if err := w.Start(r); err != nil {
			t.Fatal(err)
		}
		if err := w.Rows(batch, 0, 1); err != nil { // plans the encoders
			t.Fatal(err)
		}
		allocs := testing.AllocsPerRun(10, func() {
			if err := w.Rows(batch, 0, 10000); err != nil {
				t.Fatal(err)
			}
		})
		if allocs > 0 {
			t.Errorf("format %d: %v allocations for 10,000 rows", format, allocs)
		}
		if to.written == 0 || cap(w.out.buf) != outputSpace {
			t.Errorf("format %d: %d bytes written, a buffer of %d", format, to.written, cap(w.out.buf))
		}
		if err := w.Complete("SELECT"); err != nil {
			t.Fatal(err)
		}
		if err := w.out.flush(); err != nil {
			t.Fatal(err)
		}
		w.out.release()
		if w.out.buf != nil || w.columns != nil || w.planned != nil {
			t.Errorf("format %d: the writer holds on to its buffer or its batch", format)
		}
	}
}

// TestRowsReplan changes a decimal's scale between batches, as two sources may.
func TestRowsReplan(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	w, _ := sinkWriter()
	r := Result{Format: pgvalue.DefaultFormat(), Columns: []Column{{Name: "n", Type: pgcat.Numeric, TypeLen: -1, TypeMod: -1}}}
	if err := w.Start(r); err != nil {
		t.Fatal(err)
	}
	for _, carrier := range []arrow.DataType{
		&arrow.Decimal128Type{Precision: 10, Scale: 1}, &arrow.Decimal128Type{Precision: 10, Scale: 3}, arrow.BinaryTypes.Binary,
	} {
		b := array.NewRecordBuilder(mem, arrow.NewSchema([]arrow.Field{{Name: "n", Type: carrier, Nullable: true}}, nil))
		if err := pgarrow.Append(b.Field(0), pgvalue.NumericFromUnscaledInt(25, 1)); err != nil {
			t.Fatal(err)
		}
		batch := b.NewRecordBatch()
		if err := w.Rows(batch, 0, 1); err != nil {
			t.Fatal(err)
		}
		batch.Release()
		b.Release()
	}
	want := "D\x00\x00\x00\x0d\x00\x01\x00\x00\x00\x032.5" + "D\x00\x00\x00\x0f\x00\x01\x00\x00\x00\x052.500" +
		"D\x00\x00\x00\x0d\x00\x01\x00\x00\x00\x032.5"
	if got := string(w.out.buf); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func BenchmarkRows(b *testing.B) {
	const rows = 8192
	r, batch := fiveColumns(b, memory.DefaultAllocator, rows)
	defer batch.Release()
	for name, formats := range map[string][]int16{"text": nil, "binary": {1}} {
		b.Run(name, func(b *testing.B) {
			r.Formats = formats
			w, to := sinkWriter()
			if err := w.Start(r); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if err := w.Rows(batch, 0, rows); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(float64(to.written)/b.Elapsed().Seconds()/1e6, "MB/s")
		})
	}
}
