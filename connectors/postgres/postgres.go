// Package postgres reads from PostgreSQL servers: it sends a SELECT with bound parameters and turns the binary answer into Arrow
// batches. It knows the wire protocol, the types and the catalogs of PostgreSQL; it knows nothing of products, principals or what
// a query is for.
package postgres

import (
	"context"
	"time"

	"meshgate/connectors"
	"meshgate/connectors/sessions"
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
	return &store{server: &server, pool: pool, dialect: &said}, nil
}

// store is a connector.
type store struct {
	server  *connectors.Server
	pool    *sessions.Pool[*conn]
	dialect *connectors.Dialect

	collations collations
}

// Dialect returns PostgreSQL's dialect with the number of results that this store can have open at once.
func (s *store) Dialect() *connectors.Dialect { return s.dialect }

// Begin opens a snapshot, which asks the store for nothing before its first Query.
func (s *store) Begin(_ context.Context, tag connectors.Tag) (connectors.Snapshot, error) {
	return newSnapshot(s, tag), nil
}

const pingLimit = 5 * time.Second

// Ping asks the store for a row, whatever became of the last attempt.
func (s *store) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pingLimit)
	defer cancel()
	s.pool.Forgive()
	_, err := s.ask(ctx, "SELECT '1'")
	return err
}

// Close ends all connections.
func (s *store) Close() error {
	s.pool.Close()
	return nil
}

// ask runs a statement of our own outside of any snapshot and returns the texts of its rows.
func (s *store) ask(ctx context.Context, sql string, params ...string) (rows [][]*string, err error) {
	err = s.pool.With(ctx, func(c *conn) (err error) {
		rows, err = c.ask(ctx, sql, params)
		return err
	})
	if err != nil {
		return nil, failure(ctx, s.server.Store, err)
	}
	return rows, nil
}
