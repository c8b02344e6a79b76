package gateway

import (
	"context"
	"sync"
	"time"

	"meshgate/gateway/syscat"
	"meshgate/pgencoding"
	"meshgate/planner"
	"meshgate/sqlerr"
	"meshgate/wire"
)

var _ wire.Session = (*Session)(nil)

// Session is one client's session: its settings, its transaction, its prepared statements and its portals.
type Session struct {
	gateway *Gateway
	client  *wire.Client
	id      string
	started time.Time

	settings   *settings
	tx         *transaction // nil between transactions
	statements map[string]*prepared
	portals    map[string]*portal
	declared   int // portals that were made so far: a savepoint knows later ones by it

	listening []string      // never changed in place
	closed    chan struct{} // when the session has ended

	taken []taken // locks of the transaction; advisoryLocks guards them

	mu       sync.Mutex
	activity syscat.Activity
	warnings []*sqlerr.Error // to be sent
	locking  int             // how many of its goroutines wait for an advisory lock
	// callFailed is the last error of a function that the session answered: the engine hands on no detail and no hint.
	callFailed *sqlerr.Error
}

// reported are the settings that clients are told about (PostgreSQL 15, section 55.2.7).
var reported = []string{
	"application_name", "client_encoding", "DateStyle", "default_transaction_read_only", "in_hot_standby", "integer_datetimes", "IntervalStyle",
	"is_superuser", "server_encoding", "server_version", "session_authorization", "standard_conforming_strings", "TimeZone",
}

// Startup returns the settings that the client is told about.
func (s *Session) Startup() []wire.Parameter {
	out := make([]wire.Parameter, len(reported))
	for i, name := range reported {
		out[i] = wire.Parameter{Name: name, Value: s.settings.text(name)}
	}
	return out
}

// ClientEncoding is the setting client_encoding.
func (s *Session) ClientEncoding() *pgencoding.Encoding { return s.settings.client }

// IdleTimeout says how long the client may stay silent: not beyond the end of its token.
func (s *Session) IdleTimeout() (time.Duration, error) {
	limit, err := s.idleLimit()
	if left, limited := s.tokenLeft(); limited && (limit == 0 || left < limit) {
		return max(left, 1), errTokenExpired()
	}
	return limit, err
}

func (s *Session) idleLimit() (time.Duration, error) {
	if s.Status() == 'I' {
		if d := s.settings.duration("idle_session_timeout"); d > 0 {
			return d, sqlerr.Newf(sqlerr.IdleSessionTimeout, "terminating connection due to idle-session timeout").Fatal()
		}
		return 0, nil
	}
	return shorter(time.Duration(s.gateway.Config().Limits.IdleInTransaction), s.settings.duration("idle_in_transaction_session_timeout")),
		sqlerr.Newf(sqlerr.IdleInTransactionTimeout, "terminating connection due to idle-in-transaction timeout").Fatal()
}

// shorter is the smaller of two limits, of which 0 means none.
func shorter(a, b time.Duration) time.Duration {
	if a == 0 || b > 0 && b < a {
		return b
	}
	return a
}

// Query runs the statements of a simple Query message, as one transaction where they open none themselves.
func (s *Session) Query(ctx context.Context, sql string, w *wire.Writer) error {
	delete(s.statements, "")
	statements, err := planner.Parse(sql)
	if err != nil {
		s.fail()
		return err
	}
	if len(statements) == 0 {
		return w.Empty()
	}
	for i, st := range statements {
		if err := s.runSimple(ctx, st, i+1 < len(statements), w); err != nil {
			s.fail()
			return err
		}
	}
	return s.endImplicit(ctx)
}

// runSimple runs one statement of a Query message. more says that others follow, which makes an implicit transaction block.
func (s *Session) runSimple(ctx context.Context, st *planner.Statement, more bool, w *wire.Writer) error {
	if err := s.enter(st); err != nil {
		return err
	}
	if more {
		s.tx.several = true
	}
	cmd, err := s.analyse(st, nil, true)
	if err != nil {
		return err
	}
	s.dropPortal("")
	p := s.newPortal("", cmd, st)
	if f, ok := cmd.(*fetchCommand); ok {
		p.formats = f.formats(s)
	}
	defer s.dropPortal("")
	return p.execute(ctx, 0, w, true)
}

// Parse analyses a statement and keeps it under a name.
func (s *Session) Parse(_ context.Context, name, sql string, paramOIDs []uint32) error {
	if name == "" { // it is gone, whatever becomes of this one
		delete(s.statements, "")
	}
	statements, err := planner.Parse(sql)
	if err != nil {
		return s.failed(err)
	}
	if len(statements) > 1 {
		return s.failed(sqlerr.Newf(sqlerr.SyntaxError, "cannot insert multiple commands into a prepared statement"))
	}
	p := &prepared{name: name, declared: paramOIDs, created: s.gateway.now(), text: sql}
	if len(statements) == 1 {
		p.stmt = statements[0]
		if err := s.enter(p.stmt); err != nil {
			return s.failed(err)
		}
		if err := s.refresh(p); err != nil {
			return s.failed(err)
		}
	} else if s.tx == nil || !s.tx.failed { // an empty statement may be parsed in a failed transaction too
		if err := s.enter(nil); err != nil {
			return s.failed(err)
		}
	}
	if name != "" && s.statements[name] != nil {
		return s.failed(sqlerr.Newf(sqlerr.DuplicatePreparedStatement, "prepared statement %q already exists", name))
	}
	return s.failed(s.keep(p))
}

// Bind makes a portal of a prepared statement and its parameters.
func (s *Session) Bind(_ context.Context, b *wire.Bind) error {
	st, err := s.statement(b.Statement)
	if err != nil {
		return s.failed(err)
	}
	if err := s.enter(st.stmt); err != nil {
		return s.failed(err)
	}
	if b.Portal == "" {
		s.dropPortal("")
	} else if s.portals[b.Portal] != nil {
		return s.failed(sqlerr.Newf(sqlerr.DuplicateCursor, "cursor %q already exists", b.Portal))
	}
	if st.stmt == nil {
		if _, err := s.bindParams(b, st.declared); err != nil {
			return s.failed(err)
		}
		s.newPortal(b.Portal, nil, nil)
		return nil
	}
	if err := s.refresh(st); err != nil {
		return s.failed(err)
	}
	oids, columns := st.cmd.describe(s)
	values, err := s.bindParams(b, oids)
	if err != nil {
		return s.failed(err)
	}
	if n := len(b.ResultFormats); n > 1 && columns != nil && n != len(columns) {
		return s.failed(sqlerr.Newf(sqlerr.ProtocolViolation, "bind message has %d result formats but query has %d columns", n, len(columns)))
	}
	p := s.newPortal(b.Portal, st.cmd, st.stmt)
	p.params, p.formats = values, append([]int16(nil), b.ResultFormats...)
	return nil
}

// DescribeStatement tells a prepared statement's parameters and columns.
func (s *Session) DescribeStatement(_ context.Context, name string) ([]uint32, []wire.Column, error) {
	st, err := s.statement(name)
	if err != nil {
		return nil, nil, s.failed(err)
	}
	if st.stmt == nil {
		return nil, nil, nil
	}
	params, columns := st.cmd.describe(s)
	if columns != nil && s.tx != nil && s.tx.failed {
		return nil, nil, errAborted()
	}
	return params, columns, nil
}

// DescribePortal tells a portal's columns.
func (s *Session) DescribePortal(_ context.Context, name string) ([]wire.Column, []int16, error) {
	p, err := s.portal(name)
	if err != nil {
		return nil, nil, s.failed(err)
	}
	if p.cmd == nil {
		return nil, nil, nil
	}
	_, columns := p.cmd.describe(s)
	if columns != nil && s.tx != nil && s.tx.failed {
		return nil, nil, errAborted()
	}
	return columns, p.formats, nil
}

// Execute runs a portal or goes on with it.
func (s *Session) Execute(ctx context.Context, name string, maxRows int, w *wire.Writer) error {
	p, err := s.portal(name)
	if err != nil {
		return s.failed(err)
	}
	if err := s.enter(p.stmt); err != nil {
		return s.failed(err)
	}
	if p.cmd == nil {
		return w.Empty()
	}
	return s.failed(p.execute(ctx, maxRows, w, false))
}

// CloseStatement forgets a prepared statement; one that does not exist is no error.
func (s *Session) CloseStatement(_ context.Context, name string) error {
	delete(s.statements, name)
	return nil
}

// ClosePortal ends a portal; one that does not exist is no error.
func (s *Session) ClosePortal(_ context.Context, name string) error {
	s.dropPortal(name)
	return nil
}

// Sync ends an implicit transaction.
func (s *Session) Sync(ctx context.Context, failed bool) error {
	if failed {
		s.fail()
		return nil
	}
	return s.endImplicit(ctx)
}

// Close ends everything that the session holds.
func (s *Session) Close() {
	s.gateway.mu.Lock()
	delete(s.gateway.sessions, s.client.PID)
	s.gateway.mu.Unlock()
	for name := range s.portals {
		s.dropPortal(name)
	}
	if s.tx != nil {
		s.endTransaction(false)
	}
	s.gateway.advisory.rollback(s, 0)
	s.gateway.advisory.releaseAll(s)
	close(s.closed)
}

// failed marks the transaction as failed where there is an error, and returns it.
func (s *Session) failed(err error) error {
	if err != nil {
		s.fail()
	}
	return err
}
