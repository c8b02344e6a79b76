package postgres

import (
	"context"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/jackc/pgx/v5/pgconn"

	"meshgate/connectors"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

// Bounds of a batch: whichever is reached first ends it.
const (
	batchRows  = 8192
	batchBytes = 1 << 20
)

// reader streams a statement's rows. It reads from the socket only when a batch is asked for.
type reader struct {
	refs     atomic.Int64
	ctx      context.Context
	stop     context.CancelFunc
	snapshot *snapshot
	conn     *conn // nil once the session went back
	result   *pgconn.ResultReader
	schema   *arrow.Schema
	builder  *array.RecordBuilder
	columns  []column
	batch    arrow.RecordBatch
	err      error
}

// newReader sends a statement and waits for the shape of its answer.
func newReader(ctx context.Context, n *snapshot, c *conn, q *connectors.Query) (*reader, error) {
	values := make([][]byte, len(q.Args))
	types := make([]uint32, len(q.Args))
	for i, a := range q.Args {
		types[i] = parameterType(a.Type.OID)
		if a.Value != nil {
			values[i] = parameterFormat.AppendText([]byte{}, a.Type.OID, a.Value)
		}
	}
	r := &reader{snapshot: n, conn: c, schema: connectors.Schema(q.Columns)}
	r.refs.Store(1)
	r.ctx, r.stop = context.WithCancel(ctx)
	r.builder = array.NewRecordBuilder(n.store.server.Allocator(), r.schema)
	formats := make([]int16, len(q.Columns))
	for i, col := range q.Columns {
		r.columns = append(r.columns, newColumn(r.builder.Field(i), col.Type))
		formats[i] = r.columns[i].format
	}
	r.result = c.pg.ExecParams(r.ctx, q.SQL+connectors.Comment(q.ID), values, types, nil, formats)
	if err := r.checkShape(q.Columns); err != nil {
		r.stop()
		_, failed := r.result.Close()
		if fields := r.result.FieldDescriptions(); len(fields) == 0 && failed != nil {
			err = failure(ctx, n.store.server.Store, failed)
		}
		r.builder.Release()
		return nil, err
	}
	return r, nil
}

// parameterFormat writes parameters as the session's settings read them.
var parameterFormat = pgvalue.DefaultFormat()

// checkShape holds the answer's types against those that the caller expects.
func (r *reader) checkShape(want []connectors.Column) error {
	got := r.result.FieldDescriptions()
	ok := len(got) == len(want)
	for i := 0; ok && i < len(got); i++ {
		ok = sameForm(want[i].Type.OID, got[i].DataTypeOID)
		if !ok {
			return sqlerr.Newf(sqlerr.ForeignDataError,
				"store %s has another type for a column than its contract declares: expected %s, got %s",
				r.snapshot.store.server.Store, typeText(want[i].Type.OID), typeText(got[i].DataTypeOID))
		}
	}
	if !ok {
		return sqlerr.Newf(sqlerr.ForeignDataError, "store %s answered with %d columns instead of %d",
			r.snapshot.store.server.Store, len(got), len(want))
	}
	return nil
}

// Next reads the next batch.
func (r *reader) Next() bool {
	r.drop()
	if r.err != nil || r.conn == nil {
		return false
	}
	rows, bytes := 0, 0
	for rows < batchRows && bytes < batchBytes {
		if !r.result.NextRow() {
			_, err := r.result.Close()
			r.finish(err, err == nil)
			break
		}
		n, err := r.append(r.result.Values())
		if err != nil {
			r.stop()
			_, _ = r.result.Close() // what stopping it gives is not the reason
			r.finish(nil, false)
			r.err = err
			break
		}
		rows, bytes = rows+1, bytes+n
	}
	if r.err != nil || rows == 0 {
		return false
	}
	r.batch = r.builder.NewRecordBatch()
	return true
}

// append adds a row to the builders and returns its size.
func (r *reader) append(row [][]byte) (int, error) {
	if len(row) != len(r.columns) {
		return 0, sqlerr.Newf(sqlerr.ForeignDataError, "store %s sent a row of another length", r.snapshot.store.server.Store)
	}
	size := 0
	for i, v := range row {
		c := &r.columns[i]
		if v == nil {
			c.builder.AppendNull()
			continue
		}
		size += len(v)
		if err := c.decode(v); err != nil {
			return 0, err
		}
	}
	return size + 8*len(row), nil
}

// finish gives the session back after the last message of the answer.
func (r *reader) finish(err error, clean bool) {
	if err != nil {
		r.err = failure(r.ctx, r.snapshot.store.server.Store, err)
	}
	r.stop()
	c := r.conn
	r.conn = nil
	r.snapshot.view.Return(c, clean)
}

func (r *reader) drop() {
	if r.batch != nil {
		r.batch.Release()
		r.batch = nil
	}
}

// Schema returns the schema of the query's columns.
func (r *reader) Schema() *arrow.Schema { return r.schema }

// RecordBatch returns the current batch, which is valid until the next call of Next.
func (r *reader) RecordBatch() arrow.RecordBatch { return r.batch }

// Record returns the current batch.
func (r *reader) Record() arrow.RecordBatch { return r.batch }

// Err returns what ended the stream early.
func (r *reader) Err() error { return r.err }

// Retain adds a reference.
func (r *reader) Retain() { r.refs.Add(1) }

// Release drops a reference. The last one stops the statement at the store, if it still runs.
func (r *reader) Release() {
	if r.refs.Add(-1) > 0 {
		return
	}
	r.drop()
	if r.conn != nil {
		r.stop()
		_, _ = r.result.Close() // nobody reads the answer any more
		r.finish(nil, false)
	}
	r.builder.Release()
}
