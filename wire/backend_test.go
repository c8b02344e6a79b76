package wire_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"meshgate/pgencoding"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
	"meshgate/wire"
)

// testBackend answers a handful of statements as PostgreSQL does, with real Arrow batches.
type testBackend struct {
	users   map[string]wire.Credential
	idle    time.Duration
	startup func(*wire.Client) error

	opened, closed atomic.Int64
	mu             sync.Mutex
	clients        []*wire.Client
}

func newTestBackend() *testBackend {
	return &testBackend{users: map[string]wire.Credential{"postgres": {Trust: true}}}
}

func (b *testBackend) Credential(_ context.Context, user string) (wire.Credential, bool) {
	c, ok := b.users[user]
	return c, ok
}

func (b *testBackend) Start(_ context.Context, c *wire.Client) (wire.Session, error) {
	if b.startup != nil {
		if err := b.startup(c); err != nil {
			return nil, err
		}
	}
	if c.Database == "nosuchdb" {
		return nil, sqlerr.Newf(sqlerr.InvalidCatalogName, "database %q does not exist", c.Database)
	}
	b.mu.Lock()
	b.clients = append(b.clients, c)
	b.mu.Unlock()
	b.opened.Add(1)
	life, end := context.WithCancel(context.Background())
	return &testSession{
		backend: b, client: c, status: 'I', name: c.Params["application_name"], committed: c.Params["application_name"], life: life, end: end,
		statements: map[string]*prepared{}, portals: map[string]*portal{},
	}, nil
}

func (b *testBackend) lastClient() *wire.Client {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.clients[len(b.clients)-1]
}

// testSession keeps what a session of PostgreSQL keeps: statements, portals, the state of the transaction.
type testSession struct {
	backend    *testBackend
	client     *wire.Client
	status     byte
	name       string // application_name
	committed  string // what it was when the transaction began
	life       context.Context
	end        context.CancelFunc
	statements map[string]*prepared
	portals    map[string]*portal
}

type prepared struct {
	sql    string
	params []uint32
}

type portal struct {
	run     *run
	formats []int16
}

func (s *testSession) Startup() []wire.Parameter {
	return []wire.Parameter{
		{Name: "application_name", Value: s.name},
		{Name: "client_encoding", Value: "UTF8"},
		{Name: "DateStyle", Value: "ISO, MDY"},
		{Name: "default_transaction_read_only", Value: "off"},
		{Name: "in_hot_standby", Value: "off"},
		{Name: "integer_datetimes", Value: "on"},
		{Name: "IntervalStyle", Value: "postgres"},
		{Name: "is_superuser", Value: "on"},
		{Name: "server_encoding", Value: "UTF8"},
		{Name: "server_version", Value: "15.20"},
		{Name: "session_authorization", Value: s.client.User},
		{Name: "standard_conforming_strings", Value: "on"},
		{Name: "TimeZone", Value: "UTC"},
	}
}

func (s *testSession) Status() byte { return s.status }

func (s *testSession) ClientEncoding() *pgencoding.Encoding { return nil }

func (s *testSession) IdleTimeout() (time.Duration, error) {
	return s.backend.idle, sqlerr.Newf(sqlerr.IdleSessionTimeout, "terminating connection due to idle-session timeout")
}

func (s *testSession) Query(ctx context.Context, sql string, w *wire.Writer) error {
	parts := split(sql)
	if len(parts) == 0 {
		return w.Empty()
	}
	for _, part := range parts {
		if err := s.one(ctx, part, w); err != nil {
			s.settle(s.status == 'I')
			return s.fail(err)
		}
	}
	if s.status == 'I' {
		s.settle(false)
	}
	return nil
}

// settle ends a transaction's hold on the one setting that there is.
func (s *testSession) settle(rollback bool) {
	if rollback {
		s.name = s.committed
	}
	s.committed = s.name
}

func (s *testSession) one(ctx context.Context, sql string, w *wire.Writer) error {
	r, err := s.plan(sql, nil)
	if err != nil {
		return err
	}
	if r.columns != nil {
		if err := w.Describe(s.result(r, nil)); err != nil {
			return err
		}
	}
	return r.write(ctx, w, 0)
}

// fail marks an open transaction as failed.
func (s *testSession) fail(err error) error {
	if s.status == 'T' {
		s.status = 'E'
	}
	return err
}

// plan makes what runs a statement, where the state of the transaction allows it.
func (s *testSession) plan(sql string, params []pgvalue.Value) (*run, error) {
	if s.status == 'E' && sql != "ROLLBACK" && sql != "COMMIT" {
		return nil, sqlerr.Newf(sqlerr.InFailedSQLTransaction,
			"current transaction is aborted, commands ignored until end of transaction block")
	}
	return planStatement(s, sql, params)
}

func (s *testSession) result(r *run, formats []int16) wire.Result {
	return wire.Result{Columns: r.columns, Formats: formats, Format: pgvalue.DefaultFormat()}
}

func (s *testSession) Parse(_ context.Context, name, sql string, params []uint32) error {
	parts := split(sql)
	if len(parts) > 1 {
		return s.fail(sqlerr.Newf(sqlerr.SyntaxError, "cannot insert multiple commands into a prepared statement"))
	}
	if s.statements[name] != nil && name != "" {
		return s.fail(sqlerr.Newf(sqlerr.DuplicatePreparedStatement, "prepared statement %q already exists", name))
	}
	p := &prepared{params: params}
	if len(parts) == 1 {
		p.sql = parts[0]
	}
	inferred, err := paramsOf(p.sql)
	if err != nil {
		return s.fail(err)
	}
	if len(inferred) > 0 {
		p.params = inferred
	}
	// Names are looked up here, values are computed later, as in PostgreSQL.
	if _, err := s.plan(p.sql, make([]pgvalue.Value, len(p.params))); err != nil && !sqlerr.Is(err, sqlerr.DivisionByZero) {
		return s.fail(err)
	}
	s.statements[name] = p
	return nil
}

func (s *testSession) statement(name string) (*prepared, error) {
	switch p := s.statements[name]; {
	case p != nil:
		return p, nil
	case name == "":
		return nil, sqlerr.Newf(sqlerr.InvalidSQLStatementName, "unnamed prepared statement does not exist")
	default:
		return nil, sqlerr.Newf(sqlerr.InvalidSQLStatementName, "prepared statement %q does not exist", name)
	}
}

func (s *testSession) Bind(_ context.Context, b *wire.Bind) error {
	p, err := s.statement(b.Statement)
	if err != nil {
		return s.fail(err)
	}
	if len(b.Params) != len(p.params) {
		return s.fail(sqlerr.Newf(sqlerr.ProtocolViolation,
			"bind message supplies %d parameters, but prepared statement %q requires %d", len(b.Params), b.Statement, len(p.params)))
	}
	if s.portals[b.Portal] != nil && b.Portal != "" {
		return s.fail(sqlerr.Newf(sqlerr.DuplicateCursor, "cursor %q already exists", b.Portal))
	}
	values := make([]pgvalue.Value, len(b.Params))
	for i, raw := range b.Params {
		if raw == nil {
			continue
		}
		format := int16(0)
		if len(b.ParamFormats) > 0 {
			format = b.ParamFormats[min(i, len(b.ParamFormats)-1)]
		}
		if format == 1 {
			values[i], err = pgvalue.ParseBinary(p.params[i], -1, raw, pgvalue.DefaultFormat())
		} else {
			values[i], err = pgvalue.Parse(p.params[i], -1, string(raw), pgvalue.DefaultFormat())
		}
		if err != nil {
			return s.fail(err)
		}
	}
	r, err := s.plan(p.sql, values)
	if err != nil {
		return s.fail(err)
	}
	if n := len(b.ResultFormats); n > 1 && n != len(r.columns) {
		return s.fail(sqlerr.Newf(sqlerr.ProtocolViolation, "bind message has %d result formats but query has %d columns", n, len(r.columns)))
	}
	s.portals[b.Portal] = &portal{run: r, formats: append([]int16(nil), b.ResultFormats...)}
	return nil
}

func (s *testSession) DescribeStatement(_ context.Context, name string) ([]uint32, []wire.Column, error) {
	p, err := s.statement(name)
	if err != nil {
		return nil, nil, s.fail(err)
	}
	r, err := s.plan(p.sql, make([]pgvalue.Value, len(p.params)))
	if err != nil {
		return nil, nil, s.fail(err)
	}
	return p.params, r.columns, nil
}

func (s *testSession) portal(name string) (*portal, error) {
	if p := s.portals[name]; p != nil {
		return p, nil
	}
	return nil, s.fail(sqlerr.Newf(sqlerr.InvalidCursorName, "portal %q does not exist", name))
}

func (s *testSession) DescribePortal(_ context.Context, name string) ([]wire.Column, []int16, error) {
	p, err := s.portal(name)
	if err != nil {
		return nil, nil, err
	}
	return p.run.columns, p.formats, nil
}

func (s *testSession) Execute(ctx context.Context, name string, maxRows int, w *wire.Writer) error {
	p, err := s.portal(name)
	if err != nil {
		return err
	}
	if p.run.columns != nil {
		if err := w.Start(s.result(p.run, p.formats)); err != nil {
			return s.fail(err)
		}
	}
	if err := p.run.write(ctx, w, maxRows); err != nil {
		return s.fail(err)
	}
	return nil
}

func (s *testSession) CloseStatement(_ context.Context, name string) error {
	delete(s.statements, name)
	return nil
}

func (s *testSession) ClosePortal(_ context.Context, name string) error {
	delete(s.portals, name)
	return nil
}

func (s *testSession) Sync(_ context.Context, failed bool) error {
	if failed {
		_ = s.fail(nil)
	}
	if s.status == 'I' {
		clear(s.portals)
		s.settle(failed)
	}
	return nil
}

func (s *testSession) Close() {
	s.end()
	s.backend.closed.Add(1)
}

// paramsOf infers a statement's parameters, whose types it writes out: $1::int4.
func paramsOf(sql string) ([]uint32, error) {
	types := map[int]uint32{}
	for rest := sql; ; {
		at := strings.Index(rest, "$")
		if at < 0 {
			break
		}
		rest = rest[at+1:]
		var n int
		var name string
		if _, err := fmt.Sscanf(strings.NewReplacer("::", " ", ",", " ").Replace(rest), "%d %s", &n, &name); err != nil {
			continue
		}
		t, err := typeNamed(name)
		if err != nil {
			return nil, err
		}
		types[n] = t
	}
	params := make([]uint32, len(types))
	for n, t := range maps.All(types) {
		if n < 1 || n > len(params) {
			return nil, sqlerr.Newf(sqlerr.UndefinedParameter, "there is no parameter $%d", n)
		}
		params[n-1] = t
	}
	return params, nil
}

// split cuts a string into statements. Comments of a line, quotes and $$ are all it knows.
func split(sql string) []string {
	var parts []string
	var part strings.Builder
	add := func() {
		if text := strings.TrimSpace(part.String()); text != "" {
			parts = append(parts, text)
		}
		part.Reset()
	}
	for i := 0; i < len(sql); i++ {
		rest := sql[i:]
		end := 0
		switch {
		case strings.HasPrefix(rest, "--"):
			if end = strings.IndexByte(rest, '\n'); end < 0 {
				end = len(rest)
			}
			i += end
			continue
		case strings.HasPrefix(rest, "$$"):
			end = strings.Index(rest[2:], "$$") + 3
		case rest[0] == '\'':
			end = strings.IndexByte(rest[1:], '\'') + 1
		case rest[0] == ';':
			add()
			continue
		}
		end = min(end, len(rest)-1)
		part.WriteString(rest[:end+1])
		i += end
	}
	add()
	return parts
}
