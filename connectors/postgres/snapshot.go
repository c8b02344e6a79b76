package postgres

import (
	"context"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"

	"meshgate/connectors"
	"meshgate/connectors/sessions"
	"meshgate/sqlerr"
)

// snapshot is one state of the store's data. The first session exports it, further ones import it.
type snapshot struct {
	store    *store
	tag      connectors.Tag
	view     sessions.View[*conn]
	exported string // the snapshot's name at the store; empty = no session is open yet
}

func newSnapshot(s *store, tag connectors.Tag) *snapshot {
	n := &snapshot{store: s, tag: tag}
	n.view.Pool, n.view.Readers, n.view.Join = s.pool, tag.Readers, n.join
	n.view.Recover = func(c *conn) error { return shortly(c, "ROLLBACK TO SAVEPOINT mesh") }
	n.view.End = func(c *conn) error { return shortly(c, "ROLLBACK") }
	return n
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
	c, err := n.view.Take(ctx)
	if err != nil {
		return nil, failure(ctx, n.store.server.Store, err)
	}
	if err := n.store.collations.check(ctx, c, n.store.server.Store, q.Expect); err != nil {
		n.view.Return(c, false)
		return nil, failure(ctx, n.store.server.Store, err)
	}
	r, err := newReader(ctx, n, c, q)
	if err != nil {
		n.view.Return(c, false)
		return nil, err
	}
	return r, nil
}

// Close ends the transactions.
func (n *snapshot) Close() error {
	n.view.Close()
	return nil
}

// join begins the session's transaction in the snapshot. The savepoint is where it goes back to after a statement that failed or
// was stopped; that keeps the snapshot.
func (n *snapshot) join(ctx context.Context, c *conn) error {
	name := ""
	if n.tag.QueryID != "" {
		name = "SET LOCAL application_name = " + quoteText("mesh "+n.tag.QueryID) + "; "
	}
	if setting := n.store.server.EndUser; setting != "" {
		quoted := connectors.QuoteDouble(setting)
		name += "SET LOCAL " + strings.ReplaceAll(quoted, ".", `"."`) + " = " + quoteText(n.tag.User) + "; "
	}
	const begin, savepoint = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ", "SAVEPOINT mesh"
	if n.exported != "" {
		err := c.run(ctx, begin+"SET TRANSACTION SNAPSHOT "+quoteText(n.exported)+"; "+name+savepoint)
		if err != nil && !c.Dead() {
			return sqlerr.Wrap(err, sqlerr.ConnectionFailure, "the view of store %s was lost with its connection",
				n.store.server.Store)
		}
		return err
	}
	results, err := c.pg.Exec(ctx, begin+name+"SELECT pg_catalog.pg_export_snapshot(); "+savepoint).ReadAll()
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

// shortly runs a statement of ours, whatever became of the query's context.
func shortly(c *conn, sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), cancelLimit)
	defer cancel()
	return c.run(ctx, sql)
}

func quoteText(s string) string {
	if strings.Contains(s, `\`) {
		return " E'" + strings.NewReplacer(`'`, `''`, `\`, `\\`).Replace(s) + "'"
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}
