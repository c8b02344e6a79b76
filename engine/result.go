package engine

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"meshgate/planner"
	"meshgate/sqlerr"
)

// Result is the stream of a running plan's rows: an array.RecordReader.
type Result struct {
	// Parts tell what each remote did, for EXPLAIN ANALYZE and the log. They are complete after Release.
	Parts []*Part

	refs      atomic.Int64
	inner     array.RecordReader
	cancel    context.CancelCauseFunc
	snapshots *Snapshots
	own       *Snapshots // closed with the result
	started   time.Time
	rows      int64
	closeErr  error
	constant  bool // no store is read: errors may quote the statement's own values, and those of catalogs, which show what somebody may see
}

// Part is what one remote of a plan did.
type Part struct {
	Remote *planner.Remote
	Rows   atomic.Int64
	Bytes  atomic.Int64
	Time   atomic.Int64   // nanoseconds from the start to the last row
	Keys   []planner.Keys // that narrowed it, one for each of Remote.Narrow
}

var errEnded = sqlerr.Newf(sqlerr.QueryCanceled, "the result was released")

// Schema returns the result's schema.
func (r *Result) Schema() *arrow.Schema { return r.inner.Schema() }

// Next fetches the next batch.
func (r *Result) Next() bool {
	if !r.inner.Next() {
		return false
	}
	r.rows += r.inner.RecordBatch().NumRows()
	return true
}

// RecordBatch returns the current batch, valid until the next call of Next.
func (r *Result) RecordBatch() arrow.RecordBatch { return r.inner.RecordBatch() }

// Record returns the current batch.
func (r *Result) Record() arrow.RecordBatch { return r.inner.RecordBatch() }

// Err returns what ended the stream early: a *sqlerr.Error that a client may see.
func (r *Result) Err() error {
	err := r.inner.Err()
	if err == nil {
		return nil
	}
	return sqlerr.From(r.shown(err))
}

// shown lets an error quote values where they can be none of a row.
func (r *Result) shown(err error) error {
	if r.constant {
		return sqlerr.Quoted(err)
	}
	return err
}

// Rows counts the rows that came out so far.
func (r *Result) Rows() int64 { return r.rows }

// Elapsed is the time since the start.
func (r *Result) Elapsed() time.Duration { return time.Since(r.started) }

// Retain adds a reference.
func (r *Result) Retain() { r.refs.Add(1) }

// Release drops a reference. The last one ends everything that still runs and waits for it.
func (r *Result) Release() {
	if r.refs.Add(-1) > 0 {
		return
	}
	r.cancel(errEnded)
	if r.inner != nil {
		r.inner.Release()
	}
	if r.own != nil {
		r.closeErr = r.own.Close()
	}
}

// CloseErr returns what went wrong when the stores' snapshots were closed; it concerns the log, not the result.
func (r *Result) CloseErr() error { return r.closeErr }

// prefetch reads a store's answer ahead in a goroutine of its own, so that stores work while the engine is busy with another
// input. It holds at most two batches: then the store has to wait.
type prefetch struct {
	inner   array.RecordReader
	part    *Part
	refs    atomic.Int64
	batches chan arrow.RecordBatch
	done    chan struct{}
	stop    context.CancelFunc
	once    sync.Once
	current arrow.RecordBatch
	err     error // set before batches is closed
}

const batchesAhead = 2

// newPrefetch starts reading. stop ends ctx, under which the store was asked: it is how a release reaches a store that is silent.
func newPrefetch(ctx context.Context, stop context.CancelFunc, inner array.RecordReader, part *Part) *prefetch {
	p := &prefetch{inner: inner, part: part, batches: make(chan arrow.RecordBatch, batchesAhead), done: make(chan struct{}), stop: stop}
	p.refs.Store(1)
	go p.read(ctx)
	return p
}

func (p *prefetch) read(ctx context.Context) {
	defer close(p.done)
	defer close(p.batches)
	start := time.Now()
	for p.inner.Next() {
		b := p.inner.RecordBatch()
		p.part.Rows.Add(b.NumRows())
		p.part.Bytes.Add(sizeOf(b))
		b.Retain()
		select {
		case p.batches <- b:
		case <-ctx.Done():
			b.Release()
			p.err = sqlerr.From(context.Cause(ctx))
			return
		}
		p.part.Time.Store(int64(time.Since(start)))
	}
	p.err = p.inner.Err()
	p.part.Time.Store(int64(time.Since(start)))
}

// sizeOf is the size of a batch's buffers in bytes.
func sizeOf(b arrow.RecordBatch) int64 {
	var total int64
	for _, c := range b.Columns() {
		total += dataSize(c.Data())
	}
	return total
}

func dataSize(d arrow.ArrayData) int64 {
	var total int64
	for _, b := range d.Buffers() {
		if b != nil {
			total += int64(b.Len())
		}
	}
	for _, c := range d.Children() {
		total += dataSize(c)
	}
	return total
}

func (p *prefetch) Schema() *arrow.Schema          { return p.inner.Schema() }
func (p *prefetch) RecordBatch() arrow.RecordBatch { return p.current }
func (p *prefetch) Record() arrow.RecordBatch      { return p.current }
func (p *prefetch) Err() error                     { return p.err }
func (p *prefetch) Retain()                        { p.refs.Add(1) }

func (p *prefetch) Next() bool {
	if p.current != nil {
		p.current.Release()
		p.current = nil
	}
	b, ok := <-p.batches
	if !ok {
		return false
	}
	p.current = b
	return true
}

// Release ends the reading and waits for it before the store's reader is released.
func (p *prefetch) Release() {
	if p.refs.Add(-1) > 0 {
		return
	}
	p.once.Do(func() {
		p.stop()
		for b := range p.batches {
			b.Release()
		}
		<-p.done
		if p.current != nil {
			p.current.Release()
			p.current = nil
		}
		p.inner.Release()
	})
}
