package gateway

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"meshgate/pgvalue"
	"meshgate/planner"
	"meshgate/sqlerr"
	"meshgate/wire"
)

// portal is a statement that is ready to run or runs: of the extended protocol, or a cursor of DECLARE (PostgreSQL 15, section
// 55.2.3). It may go on in several messages, and what it keeps running ends with it.
type portal struct {
	session *Session
	name    string
	number  int
	cmd     command // nil = an empty statement
	stmt    *planner.Statement
	params  []pgvalue.Value
	formats []int16
	created time.Time

	ctx     context.Context // of everything that runs for the portal
	cancel  context.CancelCauseFunc
	running bool
	out     *outcome // nil until it has run
	broken  error    // why it cannot go on
	ended   bool

	// Of cursors.
	cursor  bool
	scroll  bool
	hold    bool
	binary  bool
	held    bool // its transaction has ended
	visible bool
}

// outcome is what a statement answers.
type outcome struct {
	rows    rows // nil = none
	columns []wire.Column
	tag     string
	counted bool // the tag ends with the number of rows
	copy    *copyOut
	notices []*sqlerr.Error
}

func done(tag string) *outcome { return &outcome{tag: tag} }

func (o *outcome) notice(code sqlerr.Code, severity sqlerr.Severity, message string) {
	e := sqlerr.Newf(code, "%s", message)
	e.Severity = severity
	o.notices = append(o.notices, e)
}

func (s *Session) newPortal(name string, cmd command, st *planner.Statement) *portal {
	s.declared++
	p := &portal{session: s, name: name, number: s.declared, cmd: cmd, stmt: st, created: s.gateway.now(), visible: name != ""}
	p.ctx, p.cancel = context.WithCancelCause(context.Background())
	s.portals[name] = p
	return p
}

func (s *Session) portal(name string) (*portal, error) {
	if p, ok := s.portals[name]; ok {
		return p, nil
	}
	return nil, sqlerr.Newf(sqlerr.InvalidCursorName, "portal %q does not exist", name)
}

func (s *Session) dropPortal(name string) {
	if p, ok := s.portals[name]; ok {
		delete(s.portals, name)
		p.end()
	}
}

func (s *Session) dropPortals(which func(*portal) bool) {
	for name, p := range s.portals {
		if which(p) {
			delete(s.portals, name)
			p.end()
		}
	}
}

// leave takes a portal off the session's list without ending it: it is the statement that ends the transaction.
func (p *portal) leave() { delete(p.session.portals, p.name) }

// breaks notes that the portal cannot go on.
func (p *portal) breaks() {
	p.broken = sqlerr.Newf(sqlerr.ObjectNotInPrerequisiteState, "portal %q cannot be run", p.name)
}

// end stops everything that the portal runs, and waits for it. It may be called again.
func (p *portal) end() {
	if p.ended {
		return
	}
	p.ended = true
	p.cancel(errPortalEnded)
	if p.out != nil && p.out.rows != nil {
		p.out.rows.release()
	}
}

var errPortalEnded = sqlerr.Newf(sqlerr.QueryCanceled, "the portal was closed")

// during ties what the portal runs to one message: its end, or the statement's timeout, ends the portal's work.
func (p *portal) during(ctx context.Context, w *wire.Writer) (stop func()) {
	detach := context.AfterFunc(ctx, func() { p.cancel(context.Cause(ctx)) })
	var timer *time.Timer
	if limit := p.session.statementTimeout(); limit > 0 {
		timer = time.AfterFunc(limit, func() {
			p.cancel(sqlerr.Newf(sqlerr.QueryCanceled, "canceling statement due to statement timeout"))
		})
	}
	var expiry *time.Timer
	if left, limited := p.session.tokenLeft(); limited {
		expiry = time.AfterFunc(left, func() { p.cancel(errTokenExpired()) })
	}
	writes := func() {}
	if w != nil {
		writes = w.InterruptWhen(p.ctx)
	}
	p.running = true
	return func() {
		p.running = false
		writes()
		if timer != nil {
			timer.Stop()
		}
		if expiry != nil {
			expiry.Stop()
		}
		detach()
	}
}

// statementTimeout is the session's, which can be shorter than the mesh's and not longer.
func (s *Session) statementTimeout() time.Duration {
	return shorter(time.Duration(s.gateway.Config().Limits.StatementTimeout), s.settings.duration("statement_timeout"))
}

// execute runs the portal, or goes on with it, and answers. described says that the client gets a RowDescription.
func (p *portal) execute(ctx context.Context, maxRows int, w *wire.Writer, described bool) error {
	if p.broken != nil {
		return p.broken
	}
	stop := p.during(ctx, w)
	defer stop()
	p.session.begins(p)
	err := p.answer(maxRows, w, described)
	p.session.ends(err)
	if err != nil {
		p.breaks()
		if p.ctx.Err() != nil {
			return sqlerr.From(context.Cause(p.ctx))
		}
	}
	return p.session.inFull(err)
}

// inFull returns the error of a function that the session answered with its detail and hint.
func (s *Session) inFull(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	full := s.callFailed
	s.callFailed = nil
	if e := sqlerr.From(err); err != nil && full != nil && e.Code == full.Code && e.Message == full.Message {
		return full
	}
	return err
}

func (p *portal) answer(maxRows int, w *wire.Writer, described bool) error {
	if p.out == nil {
		out, err := p.cmd.run(p.ctx, p.session, p)
		if err != nil {
			return err
		}
		p.out = out
		if err := p.session.sendNotices(out.notices, w); err != nil {
			return err
		}
	} else if p.out.rows == nil {
		return sqlerr.Newf(sqlerr.ObjectNotInPrerequisiteState, "portal %q cannot be run", p.name)
	}
	switch {
	case p.out.copy != nil:
		return p.out.copy.send(p, w)
	case p.out.rows == nil:
		return w.Complete(p.out.tag)
	}
	return p.sendRows(maxRows, w, described)
}

// sendRows writes at most maxRows rows; 0 = all.
func (p *portal) sendRows(maxRows int, w *wire.Writer, described bool) error {
	result := wire.Result{Columns: p.out.columns, Formats: p.formats, Format: p.session.settings.format, Names: p.session.nameOf}
	start := w.Start
	if described {
		start = w.Describe
	}
	if err := start(result); err != nil {
		return err
	}
	sent, all := 0, maxRows <= 0
	for all || sent < maxRows {
		limit := 0
		if !all {
			limit = maxRows - sent
		}
		batch, from, to, err := p.out.rows.next(limit)
		if e := p.session.sendNotices(p.session.warned(), w); err != nil || e != nil {
			return cmp.Or(err, e)
		}
		if batch == nil {
			return w.Complete(p.out.fullTag(sent))
		}
		if err := w.Rows(batch, from, to); err != nil {
			return err
		}
		sent += to - from
	}
	return w.Suspended()
}

func (o *outcome) fullTag(rows int) string {
	if o.counted {
		return o.tag + " " + strconv.Itoa(rows)
	}
	return o.tag
}

// sendNotices sends those that client_min_messages lets through.
func (s *Session) sendNotices(notices []*sqlerr.Error, w *wire.Writer) error {
	for _, n := range notices {
		switch s.settings.text("client_min_messages") {
		case "error":
			continue
		case "warning":
			if n.Severity != sqlerr.SeverityWarning {
				continue
			}
		}
		if err := w.Notice(n); err != nil {
			return err
		}
	}
	return nil
}
