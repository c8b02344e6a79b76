package wire_test

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
	"meshgate/wire"
)

// oddStatements are what no PostgreSQL has: sessions that misbehave.
var oddStatements = map[string]func(ctx context.Context, w *wire.Writer) (tag string, err error){
	"PANIC":   func(context.Context, *wire.Writer) (string, error) { panic("the session is broken") },
	"FOREIGN": func(context.Context, *wire.Writer) (string, error) { return "", errors.New("some library failed") },
	"FATAL": func(context.Context, *wire.Writer) (string, error) {
		return "", sqlerr.Newf(sqlerr.AdminShutdown, "terminating connection due to administrator command").Fatal()
	},
	"WAIT FOR CANCEL": func(ctx context.Context, _ *wire.Writer) (string, error) {
		<-ctx.Done()
		return "", ctx.Err()
	},
	"ROWS WITHOUT RESULT": func(_ context.Context, w *wire.Writer) (string, error) { return "", w.CopyData([]byte("x")) },
	"LEAVE COPY OPEN":     func(_ context.Context, w *wire.Writer) (string, error) { return "COPY 0", w.CopyOut(0, []int16{0}) },
	"WRONG CARRIER": func(_ context.Context, w *wire.Writer) (string, error) {
		return "SELECT 1", writeInt64(w, column("n", pgcat.Int4, -1))
	},
	"WRONG WIDTH": func(_ context.Context, w *wire.Writer) (string, error) {
		return "SELECT 1", writeInt64(w, column("n", pgcat.Int8, -1), column("m", pgcat.Int8, -1))
	},
	"SLOW TO STOP": slowToStop,
}

// planOdd plans an odd statement, or returns nil.
func planOdd(sql string) *run {
	if sql == "NO END" {
		return &run{silent: true}
	}
	if limit, ok := strings.CutPrefix(sql, "ENDLESS FOR "); ok {
		d, err := time.ParseDuration(limit)
		if err != nil {
			return nil
		}
		return &run{effect: func(ctx context.Context, w *wire.Writer) (string, error) { return "", endless(ctx, w, d) }}
	}
	if do, ok := oddStatements[sql]; ok {
		return &run{effect: do}
	}
	return nil
}

// writeInt64 answers a result of any columns with a batch of one int8 column.
func writeInt64(w *wire.Writer, columns ...wire.Column) error {
	if err := w.Describe(wire.Result{Columns: columns, Format: pgvalue.DefaultFormat()}); err != nil {
		return err
	}
	schema := arrow.NewSchema([]arrow.Field{{Name: "n", Type: arrow.PrimitiveTypes.Int64}}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	b.Field(0).(*array.Int64Builder).Append(1)
	batch := b.NewRecordBatch()
	defer batch.Release()
	return w.Rows(batch, 0, 1)
}

// endless writes until a time limit of its own.
func endless(ctx context.Context, w *wire.Writer, limit time.Duration) error {
	late := sqlerr.Newf(sqlerr.QueryCanceled, "canceling statement due to statement timeout")
	ctx, release := context.WithTimeoutCause(ctx, limit, late)
	defer release()
	defer w.InterruptWhen(ctx)()
	if err := w.CopyOut(0, []int16{0}); err != nil {
		return err
	}
	piece := []byte(strings.Repeat("x", 1000))
	for ctx.Err() == nil {
		if err := w.CopyData(piece); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// slowToStop says that it runs, and takes its time after the cancel.
func slowToStop(ctx context.Context, w *wire.Writer) (string, error) {
	running := &sqlerr.Error{Code: sqlerr.SuccessfulCompletion, Severity: sqlerr.SeverityNotice, Message: "running"}
	if err := w.Notice(running); err != nil {
		return "", err
	}
	// A result longer than the output buffer makes the notice leave it.
	if err := w.CopyOut(0, []int16{0}); err != nil {
		return "", err
	}
	if err := w.CopyData(make([]byte, 100<<10)); err != nil {
		return "", err
	}
	<-ctx.Done()
	<-time.After(200 * time.Millisecond)
	return "", context.Cause(ctx)
}
