// Package engine runs plans: it asks the stores, applies what remains of row filters and masks before anything else sees a row,
// and computes the residual in an embedded DuckDB. It is the only package that moves rows. It knows nothing of SQL text of users,
// policies or the protocol.
package engine

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/duck"
	"meshgate/pgarrow"
	"meshgate/pgvalue"
	"meshgate/planner"
	"meshgate/sqlerr"
)

// System serves the relations of the system catalogs.
type System interface {
	// Scan returns the rows of a relation with the columns of the given ordinals, in batches with the schema of columns, which are
	// named as the plan names them; without ordinals, rows of one column that are only counted. equal narrows the rows and may be
	// ignored: the plan checks again. The caller releases the reader.
	Scan(ctx context.Context, rel *planner.SystemRelation, ordinals []int, columns []connectors.Column, equal map[int]pgvalue.Value) (array.RecordReader, error)
}

// Engine runs plans. It is safe for concurrent use.
type Engine struct {
	db     *duck.DB
	stores map[string]connectors.Connector
	mem    memory.Allocator
}

// New makes an engine over an embedded DuckDB and the stores by their names in the mesh.
func New(db *duck.DB, stores map[string]connectors.Connector, mem memory.Allocator) *Engine {
	return &Engine{db: db, stores: stores, mem: mem}
}

// Request is one run of a plan.
type Request struct {
	Plan    *planner.Plan
	Params  []pgvalue.Value // of the client, one for each of Plan.Params
	Format  *pgvalue.Format // the session's settings that shape text
	QueryID string
	User    string // who asks
	// Call answers functions of the system catalogs (duck.Session.Call).
	Call func(name string, args []*string) ([]*string, error)
	// Session gives the values that a statement reads of its session, by name: "now", "current_user".
	Session func(name string) (pgvalue.Value, error)
	// Secret gives the key of a hash mask, by name.
	Secret func(name string) ([]byte, error)
	System System
	// Snapshots is the view of the stores that a transaction reads; nil = one of the query's own.
	Snapshots *Snapshots
}

// Run starts a plan and returns its rows as a stream. Ending ctx ends the queries at the stores. The caller releases the result,
// which returns when nothing of the query runs any more.
func (e *Engine) Run(ctx context.Context, req *Request) (*Result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	r := &Result{cancel: cancel, started: time.Now(), snapshots: req.Snapshots}
	if r.snapshots == nil {
		r.own = e.NewSnapshots(connectors.Tag{QueryID: req.QueryID, User: req.User})
		r.snapshots = r.own
	}
	r.refs.Store(1)
	r.constant = !slices.ContainsFunc(req.Plan.Remotes, func(p *planner.Remote) bool { return p.System == nil })
	if err := e.start(ctx, req, r); err != nil {
		r.Release()
		return nil, r.shown(err)
	}
	return r, nil
}

func (e *Engine) start(ctx context.Context, req *Request, r *Result) error {
	remotes, err := e.startRemotes(ctx, req, r)
	if err != nil {
		return err
	}
	if req.Plan.Direct {
		r.inner = remotes[0]
		return nil
	}
	inputs := make([]duck.Input, len(remotes))
	for i, rd := range remotes {
		p := req.Plan.Remotes[i]
		inputs[i] = duck.Input{Name: connectors.QuoteDouble(p.Name), Reader: rd, Rows: p.Rows, Repeated: p.Repeated}
	}
	r.inner, err = e.stage(ctx, req, req.Plan.Residual, inputs)
	return err
}

// stage runs a statement of the engine over its inputs. The inputs are released with the result, or here when it fails.
func (e *Engine) stage(ctx context.Context, req *Request, st *planner.Stage, inputs []duck.Input) (array.RecordReader, error) {
	q := &duck.Query{
		With: st.With, Recursive: st.Recursive, SQL: st.SQL, Schema: connectors.Schema(st.Columns), Inputs: inputs,
		Session: &duck.Session{Format: req.Format, Call: req.Call},
	}
	for _, a := range st.Args {
		v, err := req.value(a)
		if err != nil {
			for _, in := range inputs {
				in.Reader.Release()
			}
			return nil, err
		}
		q.Args = append(q.Args, duck.Arg{
			OID: a.Type.OID, Value: v, Carrier: pgarrow.Carrier(a.Type.OID, a.Type.Mod), Session: a.Kind == planner.ArgHandle,
		})
	}
	return e.db.Query(ctx, e.mem, q)
}

// value finds the value of a parameter.
func (req *Request) value(a planner.Arg) (pgvalue.Value, error) {
	switch a.Kind {
	case planner.ArgConst:
		return a.Value, nil
	case planner.ArgParam:
		if a.Index >= len(req.Params) {
			return nil, sqlerr.Newf(sqlerr.UndefinedParameter, "there is no parameter $%d", a.Index+1)
		}
		return req.Params[a.Index], nil
	case planner.ArgSession:
		return req.Session(a.Name)
	case planner.ArgSecret:
		key, err := req.Secret(a.Name)
		return key, err
	case planner.ArgHandle:
		return nil, nil
	}
	panic("engine: unknown kind of parameter")
}

// startRemotes starts the queries of stores at once, so that none waits for another's first row; but one that another's keys narrow
// waits for these.
func (e *Engine) startRemotes(ctx context.Context, req *Request, r *Result) ([]array.RecordReader, error) {
	n := len(req.Plan.Remotes)
	if err := e.enoughReaders(req.Plan); err != nil {
		return nil, err
	}
	if err := r.reserve(ctx, req.Plan); err != nil {
		return nil, err
	}
	readers, errs := make([]array.RecordReader, n), make([]error, n)
	r.Parts = make([]*Part, n)
	keys := newExchange(req.Plan)
	var wg sync.WaitGroup
	for i, p := range req.Plan.Remotes {
		r.Parts[i] = &Part{Remote: p}
		wg.Go(func() {
			readers[i], errs[i] = e.startRemote(ctx, req, r, r.Parts[i], keys)
			switch s := keys.sources[i]; {
			case s == nil:
			case errs[i] != nil:
				s.fail(errs[i])
			default:
				readers[i] = s.gather(readers[i])
			}
		})
	}
	wg.Wait()
	if err := firstError(errs); err != nil {
		r.cancel(err)
		for _, rd := range readers {
			if rd != nil {
				rd.Release()
			}
		}
		return nil, err
	}
	return readers, nil
}

// firstError prefers a cause over the cancellations that it set off.
func firstError(errs []error) error {
	var first error
	for _, err := range errs {
		if err != nil && (first == nil || errors.Is(first, context.Canceled)) {
			first = err
		}
	}
	return first
}

func (e *Engine) startRemote(ctx context.Context, req *Request, r *Result, part *Part, x *exchange) (array.RecordReader, error) {
	p := part.Remote
	keys, err := x.keysFor(ctx, p, part)
	if err != nil {
		return nil, err
	}
	asked, stop := context.WithCancel(ctx)
	raw, err := e.open(asked, req, r, p, keys)
	if err != nil {
		stop()
		return nil, err
	}
	if p.Govern == nil {
		return newPrefetch(asked, stop, raw, part), nil
	}
	// What is told of the part is what comes out of its row filters: how many rows they hide is nobody's to know.
	ahead := newPrefetch(asked, stop, raw, &Part{Remote: p})
	governed, err := e.stage(ctx, req, p.Govern, []duck.Input{{Name: connectors.QuoteDouble(p.Name), Reader: ahead, Rows: p.Rows}})
	if err != nil {
		return nil, err
	}
	return &counting{RecordReader: governed, part: part, began: time.Now()}, nil
}

// counting notes in a part what passes.
type counting struct {
	array.RecordReader
	part  *Part
	began time.Time
}

// Next fetches the next batch.
func (c *counting) Next() bool {
	if !c.RecordReader.Next() {
		return false
	}
	b := c.RecordBatch()
	c.part.Rows.Add(b.NumRows())
	c.part.Bytes.Add(sizeOf(b))
	c.part.Time.Store(int64(time.Since(c.began)))
	return true
}

// open asks the store, or the system catalogs.
func (e *Engine) open(ctx context.Context, req *Request, r *Result, p *planner.Remote, keys []planner.Keys) (array.RecordReader, error) {
	if p.System != nil {
		equal := map[int]pgvalue.Value{}
		for _, eq := range p.Equal {
			v, err := req.value(eq.Arg)
			if err != nil {
				return nil, err
			}
			equal[eq.Ordinal] = v
		}
		return req.System.Scan(ctx, p.System, p.Ordinals, p.Columns, equal)
	}
	snapshot, err := r.snapshots.of(ctx, p.Store, readersOf(req.Plan, p.Store))
	if err != nil {
		return nil, err
	}
	answer, err := e.ask(ctx, req, snapshot, p, keys)
	if errors.Is(err, connectors.ErrNotHeld) && len(keys) > 0 {
		for i := range keys {
			keys[i] = planner.Keys{NotHeld: true}
		}
		answer, err = e.ask(ctx, req, snapshot, p, keys)
	}
	return answer, err
}

// ask sends a remote's statement, narrowed by keys.
func (e *Engine) ask(ctx context.Context, req *Request, snapshot connectors.Snapshot, p *planner.Remote, keys []planner.Keys) (array.RecordReader, error) {
	sql, args := p.Narrowed(keys)
	q := &connectors.Query{ID: req.QueryID, SQL: sql, Columns: p.Columns, Expect: p.Expect, Format: req.Format}
	for _, a := range args {
		v, err := req.value(a)
		if err != nil {
			return nil, err
		}
		q.Args = append(q.Args, connectors.Arg{Type: catalog.Type{OID: a.Type.OID, Mod: a.Type.Mod}, Value: v})
	}
	return snapshot.Query(ctx, q)
}

// readersOf counts the answers of a store that a plan reads at once.
func readersOf(plan *planner.Plan, store string) int {
	n := 0
	for _, p := range plan.Remotes {
		if p.System == nil && p.Store == store {
			n++
		}
	}
	return n
}

// enoughReaders refuses a plan that a store's connections do not suffice for: it would wait for itself.
func (e *Engine) enoughReaders(plan *planner.Plan) error {
	for _, p := range plan.Remotes {
		c, ok := e.stores[p.Store]
		if p.System != nil || !ok {
			continue
		}
		if need, most := readersOf(plan, p.Store), c.Dialect().Readers; most > 0 && need > most {
			return sqlerr.Newf(sqlerr.ConfigurationLimitExceeded, "the query needs %d results of store %s at once, which has %d connections", need, p.Store, most).
				WithHint("Raise connections of the store in mesh.yaml, or ask for less at once.")
		}
	}
	return nil
}

// reserve opens the views of a plan's stores and sets their connections aside, in the order of the stores' names.
func (r *Result) reserve(ctx context.Context, plan *planner.Plan) error {
	readers := map[string]int{}
	for _, p := range plan.Remotes {
		if p.System == nil {
			readers[p.Store]++
		}
	}
	for _, store := range slices.Sorted(maps.Keys(readers)) {
		view, err := r.snapshots.of(ctx, store, readers[store])
		if err != nil {
			return err
		}
		if err := view.Reserve(ctx); err != nil {
			return err
		}
	}
	return nil
}
