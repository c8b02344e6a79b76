package duck

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	bindings "github.com/duckdb/duckdb-go-bindings"

	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

// Query is a statement with everything that it needs.
type Query struct {
	With      []string // definitions: name AS (query)
	Recursive bool
	SQL       string // the statement without its WITH list
	Args      []Arg
	Schema    *arrow.Schema // of the result, in carriers of pgarrow; the statement's columns have exactly these types
	Inputs    []Input
	Session   *Session // Arg.Session passes its handle; nil = the settings of a new session
}

// Arg is a bound parameter.
type Arg struct {
	OID     pgcat.OID
	Value   pgvalue.Value
	Carrier arrow.DataType // for numeric: Decimal128 or Binary
	Session bool           // the handle of the query's settings instead of a value
}

// Query starts a statement and returns its rows as a stream. The inputs are released when the reader is, or when Query fails.
func (d *DB) Query(ctx context.Context, mem memory.Allocator, q *Query) (array.RecordReader, error) {
	r := &resultReader{db: d, mem: mem, schema: q.Schema, ctx: ctx}
	r.refs.Store(1)
	if err := r.start(q); err != nil {
		r.Release()
		return nil, err
	}
	return r, nil
}

// resultReader streams a result.
type resultReader struct {
	refs   atomic.Int64
	db     *DB
	mem    memory.Allocator
	schema *arrow.Schema
	ctx    context.Context

	connected bool
	conn      bindings.Connection
	stmt      bindings.PreparedStatement
	res       bindings.Result
	finished  bool
	hasResult bool

	scans   []*scan
	handles []uint64
	session uint64

	interrupt sync.Mutex // held while the connection may be interrupted
	ended     bool
	stopWatch func() bool

	batch arrow.RecordBatch
	err   error
}

var sessionHandle atomic.Uint64

func (r *resultReader) start(q *Query) error {
	text := r.compose(q)
	r.session = sessionHandle.Add(1)
	session := q.Session
	if session == nil {
		session = noSession
	}
	sessions.Store(r.session, session)
	if err := r.ctx.Err(); err != nil {
		return sqlerr.From(context.Cause(r.ctx))
	}
	var err error
	if r.conn, err = r.db.connect(); err != nil {
		return err
	}
	r.connected = true
	r.stopWatch = context.AfterFunc(r.ctx, r.cancel)
	if bindings.Prepare(r.conn, text, &r.stmt) != bindings.StateSuccess {
		return r.failure(bindings.ErrorTypeInvalid, bindings.PrepareError(r.stmt))
	}
	if err := r.bind(q.Args); err != nil {
		return err
	}
	state := bindings.ExecutePreparedStreaming(r.stmt, &r.res)
	r.hasResult = true
	if state != bindings.StateSuccess {
		return r.failure(bindings.ResultErrorType(&r.res), bindings.ResultError(&r.res))
	}
	return r.checkSchema()
}

// compose writes the statement's text: inputs and CTEs in one WITH list.
func (r *resultReader) compose(q *Query) string {
	var b strings.Builder
	separator := "WITH "
	if q.Recursive {
		separator = "WITH RECURSIVE "
	}
	for _, in := range q.Inputs {
		s, h := newScan(in)
		r.scans, r.handles = append(r.scans, s), append(r.handles, h)
		how := " AS NOT MATERIALIZED"
		if in.Repeated {
			how = " AS MATERIALIZED"
		}
		b.WriteString(separator + in.Name + how + " (SELECT * FROM " + scanFunction + "(" + strconv.FormatUint(h, 10) + "))")
		separator = ", "
	}
	for _, c := range q.With {
		b.WriteString(separator + c)
		separator = ", "
	}
	if b.Len() > 0 {
		b.WriteByte(' ')
	}
	b.WriteString(q.SQL)
	return b.String()
}

func (r *resultReader) bind(args []Arg) error {
	if want := int(bindings.NParams(r.stmt)); want != len(args) {
		return sqlerr.Newf(sqlerr.InternalError, "the statement has %d parameters, the plan %d", want, len(args))
	}
	for i, a := range args {
		v, err := r.value(a)
		if err != nil {
			return err
		}
		state := bindings.BindValue(r.stmt, bindings.IdxT(i+1), v)
		bindings.DestroyValue(&v)
		if state != bindings.StateSuccess {
			return sqlerr.Newf(sqlerr.InternalError, "parameter %d cannot be bound", i+1)
		}
	}
	return nil
}

// checkSchema holds the plan's types against the statement's: a difference would be read as other values.
func (r *resultReader) checkSchema() error {
	if got, want := int(bindings.ColumnCount(&r.res)), r.schema.NumFields(); got != want {
		return sqlerr.Newf(sqlerr.InternalError, "the statement has %d columns, the plan %d", got, want)
	}
	for i, f := range r.schema.Fields() {
		got, want := bindings.ColumnLogicalType(&r.res, bindings.IdxT(i)), logicalType(f.Type)
		same := sameType(got, want)
		bindings.DestroyLogicalType(&got)
		bindings.DestroyLogicalType(&want)
		if !same {
			return sqlerr.Newf(sqlerr.InternalError, "column %d of the statement is not of the plan's type %s", i+1, f.Type)
		}
	}
	return nil
}

func sameType(a, b bindings.LogicalType) bool {
	id := bindings.GetTypeId(a)
	if id != bindings.GetTypeId(b) {
		return false
	}
	switch id {
	case bindings.TypeDecimal:
		return bindings.DecimalWidth(a) == bindings.DecimalWidth(b) && bindings.DecimalScale(a) == bindings.DecimalScale(b)
	case bindings.TypeList:
		x, y := bindings.ListTypeChildType(a), bindings.ListTypeChildType(b)
		defer bindings.DestroyLogicalType(&x)
		defer bindings.DestroyLogicalType(&y)
		return sameType(x, y)
	case bindings.TypeStruct:
		return sameFields(a, b)
	}
	return true
}

func sameFields(a, b bindings.LogicalType) bool {
	n := bindings.StructTypeChildCount(a)
	same := n == bindings.StructTypeChildCount(b)
	for i := bindings.IdxT(0); same && i < n; i++ {
		x, y := bindings.StructTypeChildType(a, i), bindings.StructTypeChildType(b, i)
		same = sameType(x, y)
		bindings.DestroyLogicalType(&x)
		bindings.DestroyLogicalType(&y)
	}
	return same
}

// failure prefers the cause over DuckDB's view of it: an input's error, or the end of the context.
func (r *resultReader) failure(kind bindings.ErrorType, text string) error {
	for _, s := range r.scans {
		s.mu.Lock()
		err := s.err
		s.mu.Unlock()
		if err != nil {
			return err
		}
	}
	if r.ctx.Err() != nil {
		return sqlerr.From(context.Cause(r.ctx))
	}
	return queryError(kind, text)
}

// interruptEvery is how often a canceled statement is interrupted until it has ended.
const interruptEvery = 20 * time.Millisecond

// cancel interrupts the connection until its statement has ended. Once is not enough: DuckDB forgets an interrupt that comes while it
// plans, when it begins to execute.
func (r *resultReader) cancel() {
	again := time.NewTicker(interruptEvery)
	defer again.Stop()
	for r.interruptOnce() {
		<-again.C
	}
}

// interruptOnce reports whether the statement may still run.
func (r *resultReader) interruptOnce() bool {
	r.interrupt.Lock()
	defer r.interrupt.Unlock()
	if r.ended {
		return false
	}
	bindings.Interrupt(r.conn)
	return true
}

// Schema returns the result's schema.
func (r *resultReader) Schema() *arrow.Schema { return r.schema }

// Next fetches the next batch.
func (r *resultReader) Next() bool {
	if r.batch != nil {
		r.batch.Release()
		r.batch = nil
	}
	if r.err != nil || !r.hasResult || r.finished {
		return false
	}
	if r.ctx.Err() != nil {
		r.err = sqlerr.From(context.Cause(r.ctx))
		return false
	}
	chunk := bindings.FetchChunk(r.res)
	if chunk.Ptr == nil {
		r.finished = true // DuckDB fails when it is asked again
		if text := bindings.ResultError(&r.res); text != "" {
			r.err = r.failure(bindings.ResultErrorType(&r.res), text)
		}
		return false
	}
	defer bindings.DestroyDataChunk(&chunk)
	n := int(bindings.DataChunkGetSize(chunk))
	if n == 0 {
		return false
	}
	columns := make([]arrow.Array, r.schema.NumFields())
	for i, f := range r.schema.Fields() {
		columns[i] = arrowArray(r.mem, bindings.DataChunkGetVector(chunk, bindings.IdxT(i)), f.Type, n)
	}
	r.batch = array.NewRecordBatch(r.schema, columns, int64(n))
	for _, c := range columns {
		c.Release()
	}
	return true
}

// RecordBatch returns the current batch, which is valid until the next call of Next.
func (r *resultReader) RecordBatch() arrow.RecordBatch { return r.batch }

// Record returns the current batch.
func (r *resultReader) Record() arrow.RecordBatch { return r.batch }

// Err returns what ended the stream early.
func (r *resultReader) Err() error { return r.err }

// Retain adds a reference.
func (r *resultReader) Retain() { r.refs.Add(1) }

// Release drops a reference; the last one ends the statement and frees everything.
func (r *resultReader) Release() {
	if r.refs.Add(-1) > 0 {
		return
	}
	if r.batch != nil {
		r.batch.Release()
		r.batch = nil
	}
	r.end()
	for i, s := range r.scans {
		scans.Delete(r.handles[i])
		s.input.Reader.Release()
	}
	sessions.Delete(r.session)
}

// end stops the statement, waits for its threads, and frees DuckDB's side of it.
func (r *resultReader) end() {
	if !r.connected {
		return
	}
	if r.hasResult {
		bindings.DestroyResult(&r.res)
	}
	bindings.DestroyPrepare(&r.stmt)
	r.stopWatch()
	r.interrupt.Lock()
	r.ended = true
	r.interrupt.Unlock()
	r.db.release(&r.conn)
}
