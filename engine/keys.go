package engine

import (
	"context"
	"maps"
	"math"
	"slices"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"meshgate/connectors"
	"meshgate/pgarrow"
	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/planner"
	"meshgate/sqlerr"
)

// What of a source is held in memory while its keys are gathered. A larger one narrows nothing: the stores that waited for it start
// when that is known.
const (
	gatherBytes = 32 << 20
	gatherRows  = 1 << 20
)

// exchange hands keys from the remotes that answer first to those that wait for them: dynamic filters.
type exchange struct {
	sources map[int]*source // by the remote's place in the plan
}

// source is a remote whose keys others wait for.
type source struct {
	done    chan struct{} // closed when columns are complete, or err is set
	columns map[int]*keyColumn
	whole   bool // the answer was read to its end
	err     error
}

// keyColumn collects the values of one column.
type keyColumn struct {
	column  connectors.Column
	most    int // different values that are kept
	values  map[string]struct{}
	more    bool // there were more
	ordered bool
	low     int64
	high    int64
}

func newExchange(plan *planner.Plan) *exchange {
	x := &exchange{sources: map[int]*source{}}
	for _, r := range plan.Remotes {
		for _, n := range r.Narrow {
			s := x.sources[n.Source]
			if s == nil {
				s = &source{done: make(chan struct{}), columns: map[int]*keyColumn{}}
				x.sources[n.Source] = s
			}
			c := s.columns[n.Ordinal]
			if c == nil {
				col := plan.Remotes[n.Source].Output()[n.Ordinal]
				c = &keyColumn{column: col, values: map[string]struct{}{}, ordered: planner.IsRangeType(col.Type.OID), low: math.MaxInt64, high: math.MinInt64}
				s.columns[n.Ordinal] = c
			}
			c.most = max(c.most, n.Most)
		}
	}
	return x
}

// keysFor waits for the keys that narrow a remote.
func (x *exchange) keysFor(ctx context.Context, r *planner.Remote, part *Part) ([]planner.Keys, error) {
	if len(r.Narrow) == 0 {
		return nil, nil
	}
	keys := make([]planner.Keys, len(r.Narrow))
	for i := range r.Narrow {
		n := &r.Narrow[i]
		s := x.sources[n.Source]
		select {
		case <-s.done:
		case <-ctx.Done():
			return nil, sqlerr.From(context.Cause(ctx))
		}
		if s.err != nil {
			return nil, s.err
		}
		if s.whole {
			var err error
			if keys[i], err = s.columns[n.Ordinal].keys(n); err != nil {
				return nil, err
			}
		}
	}
	part.Keys = keys
	return keys, nil
}

// keys are the values as a filter takes them.
func (c *keyColumn) keys(n *planner.Narrowing) (planner.Keys, error) {
	format := pgvalue.DefaultFormat()
	value := func(text []byte) (pgvalue.Value, error) { return pgvalue.Parse(n.Type.OID, -1, string(text), format) }
	if !c.more && len(c.values) <= n.Most {
		k := planner.Keys{Known: true, Listed: true, List: make([]pgvalue.Value, 0, len(c.values))}
		for _, text := range slices.Sorted(maps.Keys(c.values)) {
			v, err := value([]byte(text))
			if err != nil {
				return planner.Keys{}, err
			}
			k.List = append(k.List, v)
		}
		return k, nil
	}
	if !n.Ranged || !c.ordered || c.low > c.high {
		return planner.Keys{}, nil
	}
	k := planner.Keys{Known: true}
	var err error
	if k.Low, err = value(c.text(c.low)); err == nil {
		k.High, err = value(c.text(c.high))
	}
	return k, err
}

// text is a value of an ordered type in its text form.
func (c *keyColumn) text(v int64) []byte {
	var x pgvalue.Value = v
	switch c.column.Type.OID {
	case pgcat.Date:
		x = pgvalue.Date(v)
	case pgcat.Timestamp, pgcat.TimestampTZ:
		x = pgvalue.Timestamp(v)
	}
	return pgvalue.DefaultFormat().AppendText(nil, c.column.Type.OID, x)
}

// add collects the values of a batch's column.
func (c *keyColumn) add(a arrow.Array) {
	if !c.more {
		c.list(a)
	}
	if c.ordered {
		c.bounds(a)
	}
}

func (c *keyColumn) list(a arrow.Array) {
	enc := pgarrow.NewTextEncoder(c.column.Type.OID, a.DataType(), pgvalue.DefaultFormat(), nil)
	enc.Reset(a)
	var text []byte
	for i := range a.Len() {
		if enc.IsNull(i) {
			continue
		}
		text = enc.Append(text[:0], i)
		if _, known := c.values[string(text)]; known {
			continue
		}
		if len(c.values) == c.most {
			c.more = true
			clear(c.values)
			return
		}
		c.values[string(text)] = struct{}{}
	}
}

func (c *keyColumn) bounds(a arrow.Array) {
	switch a := a.(type) {
	case *array.Int16:
		widen(c, a, a.Int16Values())
	case *array.Int32:
		widen(c, a, a.Int32Values())
	case *array.Int64:
		widen(c, a, a.Int64Values())
	case *array.Date32:
		widen(c, a, a.Date32Values())
	case *array.Timestamp:
		widen(c, a, a.TimestampValues())
	default:
		c.ordered = false
	}
}

func widen[T ~int16 | ~int32 | ~int64](c *keyColumn, a arrow.Array, values []T) {
	for i, v := range values {
		if a.IsValid(i) {
			c.low, c.high = min(c.low, int64(v)), max(c.high, int64(v))
		}
	}
}

// fail tells those who wait that there will be no keys, because the query fails.
func (s *source) fail(err error) {
	if s != nil {
		s.err = err
		close(s.done)
	}
}

// gather reads a source ahead, to its end or until too much would be held, and returns a reader of all of it.
func (s *source) gather(r array.RecordReader) array.RecordReader {
	out := &replay{rest: r}
	out.refs.Store(1)
	rows, bytes := int64(0), int64(0)
	for rows < gatherRows && bytes < gatherBytes {
		if !r.Next() {
			s.whole = r.Err() == nil
			break
		}
		b := r.RecordBatch()
		b.Retain()
		out.ahead = append(out.ahead, b)
		rows, bytes = rows+b.NumRows(), bytes+sizeOf(b)
		for ordinal, c := range s.columns {
			c.add(b.Column(ordinal))
		}
	}
	s.err = r.Err()
	close(s.done)
	return out
}

// replay is a reader whose first batches were read already.
type replay struct {
	ahead   []arrow.RecordBatch
	rest    array.RecordReader
	current arrow.RecordBatch // of ahead
	over    bool              // ahead is used up: the rest's batches are the current ones
	refs    atomic.Int64
}

// Schema returns the schema.
func (p *replay) Schema() *arrow.Schema { return p.rest.Schema() }

// Retain adds a reference.
func (p *replay) Retain() { p.refs.Add(1) }

// Next fetches the next batch.
func (p *replay) Next() bool {
	if p.current != nil {
		p.current.Release()
		p.current = nil
	}
	if len(p.ahead) > 0 {
		p.current, p.ahead = p.ahead[0], p.ahead[1:]
		return true
	}
	p.over = true
	return p.rest.Next()
}

// RecordBatch returns the current batch; nil before the first call of Next, when the rest has the last of ahead in its hand.
func (p *replay) RecordBatch() arrow.RecordBatch {
	if p.over {
		return p.rest.RecordBatch()
	}
	return p.current
}

// Record returns the current batch.
func (p *replay) Record() arrow.RecordBatch { return p.RecordBatch() }

// Err returns what ended the stream early.
func (p *replay) Err() error { return p.rest.Err() }

// Release drops a reference; the last one gives up what was not read.
func (p *replay) Release() {
	if p.refs.Add(-1) > 0 {
		return
	}
	if p.current != nil {
		p.current.Release()
		p.current = nil
	}
	for _, b := range p.ahead {
		b.Release()
	}
	p.ahead = nil
	p.rest.Release()
}
