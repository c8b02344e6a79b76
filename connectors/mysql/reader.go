package mysql

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"meshgate/connectors"
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
	result   *result
	schema   *arrow.Schema
	builder  *array.RecordBuilder
	columns  []column
	dest     []driver.Value
	row      int64 // of the result, from 1
	batch    arrow.RecordBatch
	err      error
}

// newReader sends a statement and waits for the shape of its answer.
func newReader(ctx context.Context, n *snapshot, c *conn, q *connectors.Query, sql string, args []driver.NamedValue) (*reader,
	error,
) {
	r := &reader{snapshot: n, conn: c, schema: connectors.Schema(q.Columns), dest: make([]driver.Value, len(q.Columns))}
	r.refs.Store(1)
	r.ctx, r.stop = context.WithCancel(ctx)
	var err error
	r.result, err = c.query(r.ctx, sql+connectors.Comment(q.ID), args)
	if isNumber(err, errIllegalCollation) {
		shorter, order := withoutIndexes(sql)
		r.result, err = c.query(r.ctx, shorter+connectors.Comment(q.ID), reordered(args, order))
	}
	if err != nil {
		r.stop()
		return nil, failure(ctx, n.store.server.Store, err)
	}
	names := r.result.rows.Columns()
	if len(names) != len(q.Columns) {
		r.stop()
		_ = r.result.close() // nobody reads the answer
		return nil, sqlerr.Newf(sqlerr.ForeignDataError, "store %s answered with %d columns instead of %d", n.store.server.Store,
			len(names), len(q.Columns))
	}
	r.builder = array.NewRecordBuilder(n.store.server.Allocator(), r.schema)
	for i, col := range q.Columns {
		r.columns = append(r.columns, column{
			builder: r.builder.Field(i), decode: decoder(r.builder.Field(i), col.Type.OID),
			name: names[i],
		})
	}
	return r, nil
}

// Next reads the next batch.
func (r *reader) Next() bool {
	r.drop()
	if r.err != nil || r.conn == nil {
		return false
	}
	rows, bytes := 0, 0
	for rows < batchRows && bytes < batchBytes {
		err := r.result.rows.Next(r.dest)
		if errors.Is(err, io.EOF) {
			r.finish(nil, true)
			break
		}
		if err != nil {
			r.finish(failure(r.ctx, r.snapshot.store.server.Store, err), false)
			break
		}
		r.row++
		n, err := r.append()
		if err != nil {
			r.finish(err, false)
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

// append adds the current row to the builders and returns its size.
func (r *reader) append() (int, error) {
	size := 8 * len(r.dest)
	for i, v := range r.dest {
		c := &r.columns[i]
		if v == nil {
			c.builder.AppendNull()
			continue
		}
		if b, ok := v.([]byte); ok {
			size += len(b)
		}
		err := c.decode(v)
		switch {
		case err == nil:
		case errors.Is(err, errNoDate) && r.snapshot.store.server.NullZeroDates:
			c.builder.AppendNull()
		case errors.Is(err, errNoDate):
			return 0, sqlerr.Newf(sqlerr.DatetimeFieldOverflow,
				"store %s: row %d, column %q holds a date that is none, such as 0000-00-00",
				r.snapshot.store.server.Store, r.row, c.name)
		case errors.Is(err, errForm):
			return 0, sqlerr.Newf(sqlerr.ForeignDataError, "store %s has another type for column %q than its contract declares",
				r.snapshot.store.server.Store, c.name)
		default:
			return 0, err
		}
	}
	return size, nil
}

// finish gives the session back. A statement that still runs is stopped at the store.
func (r *reader) finish(err error, clean bool) {
	r.err = err
	if !clean {
		r.stop()
	}
	if closing := r.result.close(); closing != nil && clean {
		r.err, clean = failure(r.ctx, r.snapshot.store.server.Store, closing), false
	}
	r.stop()
	c := r.conn
	r.conn = nil
	r.snapshot.view.Return(c, clean && !r.result.hit)
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
		r.finish(nil, false)
	}
	r.builder.Release()
}
