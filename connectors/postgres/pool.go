package postgres

import (
	"context"
	"errors"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"

	"meshgate/connectors"
	"meshgate/sqlerr"
)

// pool keeps connections that nobody uses. Who takes one holds a permit.
type pool struct {
	server  *connectors.Server
	base    *pgconn.Config
	permits *permits

	mu     sync.Mutex
	idle   []*conn // the one used last is at the end
	closed bool
	ending sync.WaitGroup // connections that broke and are still being taken down

	failures int // connection attempts that failed since the last that did not
	retryAt  time.Time
	cause    error
}

const (
	dialLimit    = 5 * time.Second  // for the network alone
	connectLimit = 15 * time.Second // with TLS and the login
	idleLimit    = 5 * time.Minute  // longer unused connections are closed rather than trusted
	readBuffer   = 64 << 10
	firstPause   = 50 * time.Millisecond
	longestPause = 2 * time.Second
)

func newPool(server *connectors.Server) (*pool, error) {
	base, err := baseConfig(server)
	if err != nil {
		return nil, sqlerr.Wrap(err, sqlerr.ConnectionFailure, "store %s cannot be reached with its settings", server.Store)
	}
	return &pool{server: server, base: base, permits: newPermits(server.Limit())}, nil
}

// sessionSettings pin what results depend on, at the start of a session, where they outrank what the account or the database has
// set. Results are binary mostly; casts to text and values without a binary reader of ours follow these.
var sessionSettings = map[string]string{
	"client_encoding": "UTF8", "search_path": "pg_catalog", "TimeZone": "UTC", "DateStyle": "ISO, MDY", "IntervalStyle": "postgres",
	"extra_float_digits": "3", "bytea_output": "hex", "default_transaction_read_only": "on", "application_name": "mesh",
	"idle_in_transaction_session_timeout": "0", "array_nulls": "on", "transform_null_equals": "off", "xmloption": "content",
	"default_transaction_isolation": "repeatable read", "statement_timeout": "0",
}

// baseConfig is how to connect, but for the password. Nothing comes from the gateway's environment: PGHOST and its like are the
// gateway's user's, not the mesh's.
func baseConfig(server *connectors.Server) (*pgconn.Config, error) {
	config, err := pgconn.ParseConfig("host=localhost port=5432 user=none password=none dbname=none sslmode=disable")
	if err != nil {
		return nil, err
	}
	if server.Port < 1 || server.Port > 65535 {
		return nil, errors.New("the port is out of range")
	}
	config.Host, config.Port, config.Database, config.User = server.Host, uint16(server.Port), server.Database, server.User
	config.RuntimeParams = map[string]string{}
	for name, value := range sessionSettings {
		config.RuntimeParams[name] = value
	}
	if server.StatementTimeout > 0 {
		config.RuntimeParams["statement_timeout"] = strconv.FormatInt(max(server.StatementTimeout.Milliseconds(), 1), 10)
	}
	config.KerberosSrvName, config.KerberosSpn, config.RequireAuth = "", "", ""
	config.SSLNegotiation, config.ChannelBinding, config.ValidateConnect = "postgres", "prefer", nil
	config.MinProtocolVersion, config.MaxProtocolVersion = "3.0", "3.0"
	config.ConnectTimeout = dialLimit
	dialer := &net.Dialer{Timeout: dialLimit}
	config.DialFunc = dialer.DialContext
	config.BuildFrontend = newFrontend
	config.BuildContextWatcherHandler = func(pg *pgconn.PgConn) ctxwatch.Handler { return &canceler{pg: pg} }
	config.Fallbacks = nil
	if config.TLSConfig, err = server.TLSConfig(); err != nil {
		return nil, err
	}
	if config.TLSConfig != nil && (server.TLS == connectors.TLSPrefer || server.TLS == "") {
		config.Fallbacks = []*pgconn.FallbackConfig{{Host: config.Host, Port: config.Port}}
	}
	return config, nil
}

// get returns an idle connection, or a new one; fresh tells which. The caller holds a permit.
func (p *pool) get(ctx context.Context) (c *conn, fresh bool, err error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, false, sqlerr.Newf(sqlerr.ConnectionFailure, "store %s is closed", p.server.Store)
	}
	for len(p.idle) > 0 {
		c, p.idle = p.idle[len(p.idle)-1], p.idle[:len(p.idle)-1]
		if time.Since(c.unused) < idleLimit {
			p.mu.Unlock()
			return c, false, nil
		}
		c.close(&p.ending)
	}
	wait := time.Until(p.retryAt)
	cause := p.cause
	p.mu.Unlock()
	if wait > 0 {
		return nil, false, sqlerr.Wrap(cause, sqlerr.ConnectionFailure, "store %s is unavailable", p.server.Store)
	}
	c, err = p.connect(ctx)
	return c, true, err
}

// connect makes a connection. After a failure the next attempts fail at once for a short while, so that a store that is down costs
// the others' queries no time.
func (p *pool) connect(ctx context.Context) (*conn, error) {
	c, err := p.dial(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil {
		p.failures, p.retryAt, p.cause = 0, time.Time{}, nil
		return c, nil
	}
	if ctx.Err() != nil {
		return nil, sqlerr.From(context.Cause(ctx))
	}
	p.retryAt = time.Now().Add(min(firstPause<<min(p.failures, 8), longestPause))
	p.failures++
	p.cause = err
	return nil, connectFailure(p.server.Store, err)
}

func (p *pool) dial(ctx context.Context) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectLimit)
	defer cancel()
	config := p.base.Copy()
	config.Password = ""
	if p.server.Password != nil {
		var err error
		if config.Password, err = p.server.Password(); err != nil {
			return nil, err
		}
	}
	pg, err := pgconn.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	c := &conn{pg: pg}
	if err := c.suitable(); err != nil {
		c.close(&p.ending)
		return nil, err
	}
	return c, nil
}

// forgive lets the next attempt happen at once.
func (p *pool) forgive() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.retryAt = time.Time{}
}

// put takes a connection back, or closes it when its state is not known.
func (p *pool) put(c *conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || !c.ready() {
		c.close(&p.ending)
		return
	}
	c.unused = time.Now()
	p.idle = append(p.idle, c)
}

// flush closes the idle connections: one of them was dead, and so will be the others.
func (p *pool) flush() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.idle {
		c.close(&p.ending)
	}
	p.idle = nil
}

// close ends all connections and waits for those that broke.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.flush()
	p.ending.Wait()
}
