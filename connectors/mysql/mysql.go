// Package mysql reads from MySQL 8 and MariaDB servers: it reads a SELECT back before it sends it, and turns the binary answer into
// Arrow batches. It knows nothing of products, principals or what a query is for.
package mysql

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"

	"meshgate/connectors"
	"meshgate/connectors/sessions"
	"meshgate/sqlerr"
)

// Open makes a connector to a server. It connects at the first use: a store that is down is unhealthy, not a fault of the
// gateway's. Its settings are refused where they can never work.
func Open(server connectors.Server) (connectors.Connector, error) {
	d, err := newDialer(&server)
	if err != nil {
		return nil, err
	}
	pool := sessions.NewPool(sessions.Store[*conn]{
		Name: server.Store, Limit: server.Limit(), Dial: d.dial,
		ConnectFailure: func(err error) error { return connectFailure(server.Store, err) },
	})
	said := *Dialect()
	said.Readers = server.Limit()
	said.Column = reading(server.NullZeroDates)
	return &store{server: &server, dialer: d, pool: pool, dialect: &said}, nil
}

// store is a connector.
type store struct {
	server  *connectors.Server
	dialer  *dialer
	pool    *sessions.Pool[*conn]
	dialect *connectors.Dialect
}

// Dialect returns MySQL's dialect with the number of results that this store can have open at once.
func (s *store) Dialect() *connectors.Dialect { return s.dialect }

const pingLimit = 5 * time.Second

// Ping asks the store for a row, whatever became of the last attempt.
func (s *store) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pingLimit)
	defer cancel()
	s.pool.Forgive()
	_, err := s.ask(ctx, "SELECT 1")
	return err
}

// Close ends all connections.
func (s *store) Close() error {
	s.pool.Close()
	return nil
}

// ask runs a statement of our own outside of any snapshot and returns the texts of its rows; NULL is empty.
func (s *store) ask(ctx context.Context, sql string, params ...string) (rows [][]string, err error) {
	err = s.pool.With(ctx, func(c *conn) (err error) {
		rows, err = c.ask(ctx, sql, params)
		return err
	})
	if err != nil {
		return nil, failure(ctx, s.server.Store, err)
	}
	return rows, nil
}

// Begin opens a snapshot, which asks the store for nothing before its first Query.
func (s *store) Begin(_ context.Context, tag connectors.Tag) (connectors.Snapshot, error) {
	n := &snapshot{store: s}
	n.view.Pool, n.view.Readers = s.pool, tag.Readers
	n.view.Join = func(ctx context.Context, c *conn) error {
		c.begun = true
		return c.exec(ctx, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
	}
	n.view.Recover = func(c *conn) error { return c.settle() }
	n.view.End = func(c *conn) error {
		err := c.shortly("ROLLBACK")
		c.begun = err != nil
		return err
	}
	return n, nil
}

// snapshot is a view of the store's data. Results that are read one after the other see one state. MySQL cannot share a snapshot
// between connections, so results that are open at once may differ by what was committed between their starts.
type snapshot struct {
	store *store
	view  sessions.View[*conn]
}

// Reserve sets the sessions aside that the view is known to need.
func (n *snapshot) Reserve(ctx context.Context) error {
	if err := n.view.Reserve(ctx); err != nil {
		return failure(ctx, n.store.server.Store, err)
	}
	return nil
}

// Query runs one SELECT.
func (n *snapshot) Query(ctx context.Context, q *connectors.Query) (array.RecordReader, error) {
	sql, args, err := n.statement(q)
	if err != nil {
		return nil, err
	}
	c, err := n.view.Take(ctx)
	if err != nil {
		return nil, failure(ctx, n.store.server.Store, err)
	}
	r, err := newReader(ctx, n, c, q, sql, args)
	if err != nil {
		n.view.Return(c, false)
		return nil, err
	}
	return r, nil
}

// statement finishes a query's text, reads it back, and returns it with its arguments.
func (n *snapshot) statement(q *connectors.Query) (string, []driver.NamedValue, error) {
	args, outside := parameters(q.Args)
	sql := finished(q.SQL, q.Args)
	if err := check(sql, q); err != nil {
		return "", nil, sqlerr.Wrap(err, sqlerr.ForeignDataError,
			"the statement for store %s was not sent: it could not be read back", n.store.server.Store)
	}
	if outside == nil {
		return sql, args, nil
	}
	sql, order, ok := withoutOutside(sql, outside)
	if !ok {
		return "", nil, sqlerr.Wrap(connectors.ErrNotHeld, sqlerr.FeatureNotSupported, "store %s does not hold a value that the statement uses", n.store.server.Store)
	}
	return sql, reordered(args, order), nil
}

// Close ends the transactions.
func (n *snapshot) Close() error {
	n.view.Close()
	return nil
}

// ask runs one statement with text parameters.
func (c *conn) ask(ctx context.Context, sql string, params []string) (out [][]string, err error) {
	args := make([]driver.NamedValue, len(params))
	for i, p := range params {
		args[i] = driver.NamedValue{Ordinal: i + 1, Value: p}
	}
	defer func() {
		if ctx.Err() != nil && !c.Dead() && c.settle() != nil {
			c.Close()
		}
	}()
	r, err := c.query(ctx, sql, args)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	dest := make([]driver.Value, len(r.rows.Columns()))
	for {
		if err := r.rows.Next(dest); errors.Is(err, io.EOF) {
			return out, nil
		} else if err != nil {
			return nil, err
		}
		row := make([]string, len(dest))
		for i, v := range dest {
			row[i] = textOf(v)
		}
		out = append(out, row)
	}
}
