package gateway

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"meshgate/engine"
	"meshgate/pgvalue"
	"meshgate/planner"
	"meshgate/policy"
	"meshgate/sqlerr"
	"meshgate/wire"
)

// queryCommand is a SELECT with its plan.
type queryCommand struct {
	plan    *planner.Plan
	epoch   *epoch
	who     *policy.Principal
	params  []uint32
	columns []wire.Column
	st      *planner.Statement
	made    time.Time
	known   bool        // params are all parameters there may be
	audited *auditQuery // what the plan brings to its record; nil = it has not run yet
	quiet   bool        // it only computes values for a query, which is recorded itself
}

// query plans a SELECT.
func (s *Session) query(st *planner.Statement, oids []uint32, complete bool) (*queryCommand, error) {
	e := s.gateway.epoch.Load()
	in, err := s.input(e, oids, complete)
	if err != nil {
		return nil, err
	}
	plan, err := planner.Make(in, st)
	if err != nil {
		return nil, s.refuse(e.catalog.Epoch(), in.Principal, st.Text, err)
	}
	c := &queryCommand{plan: plan, epoch: e, who: in.Principal, columns: e.wireColumns(plan.Columns), st: st, known: complete, made: in.Now}
	for _, t := range plan.Params {
		c.params = append(c.params, t.OID)
	}
	return c, nil
}

// input is what a plan of this session depends on, now.
func (s *Session) input(e *epoch, oids []uint32, complete bool) (*planner.Input, error) {
	who, err := s.principal(e)
	if err != nil {
		return nil, s.refuseSetting("mesh.purpose", err) // one that was taken away
	}
	in := s.gateway.planInput(e, who, s.gateway.now())
	in.ParamsKnown, in.SearchPath = complete, s.settings.searchPath(s.client.User)
	in.Format = s.settings.formatAt(s.tx.started)
	in.ParamOIDs = append(in.ParamOIDs, oids...)
	switch s.settings.text("mesh.pushdown") {
	case "off":
		in.Disable = map[string]bool{"pushdown": true}
	case "eager":
		in.Eager = true
	}
	return in, nil
}

func (c *queryCommand) describe(*Session) ([]uint32, []wire.Column) { return c.params, c.columns }

func (c *queryCommand) holds(now time.Time) bool {
	for _, d := range slices.Concat(c.plan.Decisions, c.plan.Inner) {
		if !d.HoldsAt(now) {
			return false
		}
	}
	return true
}

// present returns the query as it is planned now: of a portal that waited, the mesh may have changed since, or an access grant ended.
func (s *Session) present(c *queryCommand) (*queryCommand, error) {
	at := s.gateway.now()
	// A condition that looks at the clock holds for an instant only: what was planned just now is not planned again for it.
	justNow := !at.Before(c.made) && at.Sub(c.made) < time.Second
	if c.quiet || c.epoch == s.gateway.epoch.Load() && (justNow || c.holds(at)) {
		return c, nil
	}
	now, err := s.query(c.st, c.params, c.known)
	if err != nil {
		return nil, err
	}
	if !slices.EqualFunc(c.columns, now.columns, sameColumn) {
		return nil, errChangedResult()
	}
	return now, nil
}

// held is present that also holds the epoch, for as long as the query runs.
func (s *Session) held(c *queryCommand) (now *queryCommand, release func(), err error) {
	if c.quiet {
		return c, func() {}, nil
	}
	for {
		if c, err = s.present(c); err != nil {
			return nil, nil, err
		}
		if s.gateway.hold(c.epoch) {
			return c, func() { s.gateway.release(c.epoch) }, nil
		}
	}
}

func (c *queryCommand) run(ctx context.Context, s *Session, p *portal) (*outcome, error) {
	r, err := s.start(ctx, c, p.params)
	if err != nil {
		return nil, err
	}
	c = r.command
	out := &outcome{rows: r.rows, columns: c.columns, tag: "SELECT", counted: true}
	for _, n := range c.plan.Notices {
		e := sqlerr.Newf(sqlerr.SuccessfulCompletion, "%s", n.Message)
		e.Severity, e.Detail = sqlerr.SeverityNotice, n.Detail
		out.notices = append(out.notices, e)
	}
	return out, nil
}

// started is a query that runs.
type started struct {
	command *queryCommand // as it was planned for this run
	rows    *stream
	result  *engine.Result
}

// start runs a query: it waits for its turn, records it, starts the engine, and tells everybody when it has ended.
func (s *Session) start(ctx context.Context, c *queryCommand, params []pgvalue.Value) (*started, error) {
	g := s.gateway
	id := newID()
	began := time.Now()
	place, err := g.enter(ctx)
	if err != nil {
		s.logQuery(id, c, nil, began, err)
		return nil, err
	}
	c, release, err := s.held(c)
	if err != nil {
		place.leave()
		return nil, err
	}
	leave := func() {
		release()
		place.leave()
	}
	run, err := s.newRun(c.epoch, c.who)
	intended := false
	if err == nil && !c.quiet {
		err = s.intend(id, c, len(params))
		intended = err == nil
	}
	if err == nil {
		err = g.budgets.take(c.who.User, c.plan.Protected, g.now())
	}
	var snapshots *engine.Snapshots
	if err == nil {
		snapshots, err = s.snapshotsFor(id, c)
	}
	if err != nil {
		leave()
		if intended {
			s.complete(id, c, began, nil, sentRows{}, err)
		}
		s.logQuery(id, c, nil, began, err)
		return nil, err
	}
	run.place = place
	record := g.queries.begin(id, s, c, g.now())
	result, err := c.epoch.engine.Run(ctx, &engine.Request{
		Plan: c.plan, Params: params, Format: s.settings.formatAt(s.tx.started), QueryID: id, User: c.who.User, Session: run.value,
		Call:   func(name string, args []*string) ([]*string, error) { return run.call(ctx, name, args) },
		Secret: func(name string) ([]byte, error) { return g.secret(c.epoch, name) }, System: run, Snapshots: snapshots,
	})
	if err != nil {
		leave()
		run.settle()
		s.ended(record, c, nil, sentRows{}, began, err)
		return nil, err
	}
	onEnd := func(sent sentRows, err error) {
		leave()
		run.settle()
		if err == nil && ctx.Err() != nil {
			if cause := sqlerr.From(context.Cause(ctx)); cause != errPortalEnded {
				err = cause
			}
		}
		s.ended(record, c, result, sent, began, err)
	}
	rows := &stream{reader: result, most: int64(c.epoch.files.Config.Limits.ResultRows), onEnd: onEnd}
	return &started{c, rows, result}, nil
}

// ended notes the end of a query wherever it is told.
func (s *Session) ended(r *queryRecord, c *queryCommand, result *engine.Result, sent sentRows, began time.Time, err error) {
	g := s.gateway
	g.queries.end(r, sent.rows, err)
	g.metrics.ended(r.SQLState, r.Elapsed, sent.rows)
	if !c.quiet {
		s.complete(r.ID, c, began, result, sent, err)
	}
	s.logQuery(r.ID, c, result, began, err)
}

// enter takes one of the places for running queries, or waits in the queue for one.
func (g *Gateway) enter(ctx context.Context) (*place, error) {
	p := &place{running: g.running}
	select {
	case g.running <- struct{}{}:
		return p, nil
	default:
	}
	defer g.waiting.Add(-1)
	if most := int64(g.Config().Limits.Queue); g.waiting.Add(1) > most {
		return nil, sqlerr.Newf(sqlerr.TooManyConnections, "too many queries: %d run and %d wait", cap(g.running), most).
			WithHint("Ask again in a moment.")
	}
	select {
	case g.running <- struct{}{}:
		return p, nil
	case <-ctx.Done():
		return nil, sqlerr.From(context.Cause(ctx))
	}
}

// logQuery writes a query's one line. It holds no text of the statement: literals are data.
func (s *Session) logQuery(id string, c *queryCommand, r *engine.Result, began time.Time, err error) {
	attrs := []slog.Attr{
		slog.String("query", id), slog.String("session", s.id), slog.String("user", s.client.User), slog.String("purpose", c.who.Purpose),
		slog.String("epoch", c.plan.Epoch), slog.Duration("time", time.Since(began)),
	}
	var products []string
	for _, d := range c.plan.Decisions {
		products = append(products, d.Product.Name.String())
	}
	attrs = append(attrs, slog.Any("products", products))
	if r != nil {
		attrs = append(attrs, slog.Int64("rows", r.Rows()))
		for _, p := range r.Parts {
			if p.Remote.System == nil {
				attrs = append(attrs, slog.Group(p.Remote.Name, slog.String("store", p.Remote.Store), slog.Int64("rows", p.Rows.Load()),
					slog.Int64("bytes", p.Bytes.Load()), slog.Duration("time", time.Duration(p.Time.Load()))))
			}
		}
		if e := r.CloseErr(); e != nil {
			attrs = append(attrs, slog.String("close", cause(e)))
		}
	}
	level := slog.LevelInfo
	if err != nil {
		e := sqlerr.From(err)
		attrs = append(attrs, slog.String("sqlstate", string(e.Code)))
		if hidden := sqlerr.Cause(err); hidden != "" {
			attrs = append(attrs, slog.String("cause", hidden))
			level = slog.LevelWarn
		}
	}
	s.gateway.log.LogAttrs(context.Background(), level, "query", attrs...)
}
