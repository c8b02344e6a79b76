package postgres

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"

	"meshgate/connectors"
	"meshgate/sqlerr"
)

// snapshot is one state of the store's data. The first session exports it, further ones import it. A session keeps its
// transaction until the snapshot is closed: the exported one lives no longer than the transaction that exported it.
type snapshot struct {
	store *store
	tag   connectors.Tag

	opening chan struct{} // holds one token: sessions are opened one after the other

	mu       sync.Mutex
	exported string  // the snapshot's name at the store; empty = no session is open yet
	idle     []*conn // in the transaction, without an open result
	sessions []*conn
	permits  int
	reserved int // permits that no session uses yet
}

func newSnapshot(s *store, tag connectors.Tag) *snapshot {
	n := &snapshot{store: s, tag: tag, opening: make(chan struct{}, 1)}
	n.opening <- struct{}{}
	return n
}

// connectionWait bounds the wait for a connection: two queries that each hold one and want another would wait forever.
const connectionWait = 30 * time.Second

// Query runs one SELECT.
func (n *snapshot) Query(ctx context.Context, q *connectors.Query) (array.RecordReader, error) {
	c, err := n.session(ctx)
	if err != nil {
		return nil, err
	}
	r, err := newReader(ctx, n, c, q)
	if err != nil {
		n.giveBack(c)
		return nil, err
	}
	return r, nil
}

// session returns a session of the snapshot that has no open result.
func (n *snapshot) session(ctx context.Context) (*conn, error) {
	if c := n.takeIdle(); c != nil {
		return c, nil
	}
	select {
	case <-n.opening:
	case <-ctx.Done():
		return nil, sqlerr.From(context.Cause(ctx))
	}
	defer func() { n.opening <- struct{}{} }()
	if c := n.takeIdle(); c != nil {
		return c, nil
	}
	if err := n.permit(ctx); err != nil {
		return nil, err
	}
	c, err := n.open(ctx)
	n.mu.Lock()
	defer n.mu.Unlock()
	if err != nil {
		n.reserved++
		return nil, err
	}
	n.sessions = append(n.sessions, c)
	return c, nil
}

func (n *snapshot) takeIdle() *conn {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.idle) == 0 {
		return nil
	}
	c := n.idle[len(n.idle)-1]
	n.idle = n.idle[:len(n.idle)-1]
	return c
}

// permit takes a permit for one more session. At first all that the snapshot is known to need are taken at once.
func (n *snapshot) permit(ctx context.Context) error {
	n.mu.Lock()
	want := 1
	if n.permits == 0 {
		want = min(max(n.tag.Readers, 1), n.store.server.Limit())
	}
	if n.reserved > 0 {
		n.reserved--
		n.mu.Unlock()
		return nil
	}
	n.mu.Unlock()
	limited, cancel := context.WithTimeout(ctx, connectionWait)
	defer cancel()
	if err := n.store.pool.permits.acquire(limited, want); err != nil {
		if ctx.Err() != nil {
			return sqlerr.From(context.Cause(ctx))
		}
		return sqlerr.Newf(sqlerr.TooManyConnections, "all connections to store %s are in use", n.store.server.Store)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.permits += want
	n.reserved += want - 1
	return nil
}

// open brings a session into the snapshot. A pooled one that turns out to be dead is replaced once.
func (n *snapshot) open(ctx context.Context) (*conn, error) {
	p := n.store.pool
	for {
		c, fresh, err := p.get(ctx)
		if err != nil {
			return nil, err
		}
		if err = n.join(ctx, c); err == nil {
			return c, nil
		}
		dead := c.pg.IsClosed()
		c.close(&p.ending)
		if dead && !fresh && ctx.Err() == nil {
			p.flush()
			continue
		}
		return nil, failure(ctx, n.store.server.Store, err)
	}
}

const beginSQL = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; "

// savepointSQL is where a session goes back to after a statement that failed or was stopped.
const savepointSQL = "SAVEPOINT mesh"

// join begins the session's transaction in the snapshot.
func (n *snapshot) join(ctx context.Context, c *conn) error {
	name := ""
	if n.tag.QueryID != "" {
		name = "SET LOCAL application_name = " + quoteText("mesh "+n.tag.QueryID) + "; "
	}
	if n.exported != "" {
		err := c.run(ctx, beginSQL+"SET TRANSACTION SNAPSHOT "+quoteText(n.exported)+"; "+name+savepointSQL)
		if err != nil && !c.pg.IsClosed() {
			return sqlerr.Wrap(err, sqlerr.ConnectionFailure, "the view of store %s was lost with its connection", n.store.server.Store)
		}
		return err
	}
	results, err := c.pg.Exec(ctx, beginSQL+name+"SELECT pg_catalog.pg_export_snapshot(); "+savepointSQL).ReadAll()
	if err != nil {
		return err
	}
	for _, r := range results {
		if len(r.Rows) == 1 && len(r.Rows[0]) == 1 {
			n.exported = string(r.Rows[0][0])
		}
	}
	return nil
}

func quoteText(s string) string {
	if strings.Contains(s, `\`) {
		return " E'" + strings.NewReplacer(`'`, `''`, `\`, `\\`).Replace(s) + "'"
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

// giveBack takes a session back whose result is over. After a failure the transaction goes back to its savepoint, which keeps the
// snapshot.
func (n *snapshot) giveBack(c *conn) {
	if !c.pg.IsClosed() && c.pg.TxStatus() == 'E' {
		ctx, cancel := context.WithTimeout(context.Background(), cancelLimit)
		err := c.run(ctx, "ROLLBACK TO SAVEPOINT mesh")
		cancel()
		if err != nil {
			c.close(&n.store.pool.ending)
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if !c.pg.IsClosed() {
		n.idle = append(n.idle, c)
		return
	}
	n.sessions = slices.DeleteFunc(n.sessions, func(s *conn) bool { return s == c })
	n.store.pool.put(c)
	n.reserved++
}

// Close ends the transactions. All results have been released.
func (n *snapshot) Close() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	p := n.store.pool
	for _, c := range n.sessions {
		if !c.pg.IsClosed() {
			ctx, cancel := context.WithTimeout(context.Background(), cancelLimit)
			if err := c.run(ctx, "ROLLBACK"); err != nil {
				c.close(&p.ending)
			}
			cancel()
		}
		p.put(c)
	}
	p.permits.release(n.permits)
	n.sessions, n.idle, n.permits, n.reserved = nil, nil, 0, 0
	return nil
}
