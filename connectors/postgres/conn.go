package postgres

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// conn is one session of the store. One goroutine uses it at a time.
type conn struct{ pg *pgconn.PgConn }

func newFrontend(r io.Reader, w io.Writer) *pgproto3.Frontend {
	return pgproto3.NewFrontend(bufio.NewReaderSize(r, readBuffer), w)
}

const (
	oldestVersion = 14 // before it numeric has no infinities and extract gives double precision
	cancelLimit   = 5 * time.Second
	goodbyeLimit  = time.Second
)

var (
	errEncoding = errors.New("the database's encoding is not UTF8, so texts would be counted and ordered otherwise")
	errVersion  = errors.New("the server is older than PostgreSQL 14")
)

// suitable refuses servers whose answers would not be those of PostgreSQL 15 with UTF8.
func (c *conn) suitable() error {
	if c.pg.ParameterStatus("server_encoding") != "UTF8" {
		return errEncoding
	}
	version := c.pg.ParameterStatus("server_version")
	digits := 0
	for digits < len(version) && version[digits] >= '0' && version[digits] <= '9' {
		digits++
	}
	if major, err := strconv.Atoi(version[:digits]); err != nil || major < oldestVersion {
		return errVersion
	}
	return nil
}

// Ready reports whether the session waits for a statement, outside of any transaction.
func (c *conn) Ready() bool { return !c.pg.IsClosed() && !c.pg.IsBusy() && c.pg.TxStatus() == 'I' }

// Dead reports whether the connection is gone.
func (c *conn) Dead() bool { return c.pg.IsClosed() }

// Close ends the session. For a broken one pgconn may still have something to do.
func (c *conn) Close() <-chan struct{} {
	if !c.pg.IsClosed() {
		ctx, cancel := context.WithTimeout(context.Background(), goodbyeLimit)
		defer cancel()
		_ = c.pg.Close(ctx) // the session ends with its socket, whatever the goodbye came to
	}
	return c.pg.CleanupDone()
}

// run runs statements of ours that return nothing that matters.
func (c *conn) run(ctx context.Context, sql string) error {
	_, err := c.pg.Exec(ctx, sql).ReadAll()
	return err
}

// ask runs one statement with text parameters and returns the texts of its rows.
func (c *conn) ask(ctx context.Context, sql string, params []string) ([][]*string, error) {
	values := make([][]byte, len(params))
	for i, p := range params {
		values[i] = []byte(p)
	}
	result := c.pg.ExecParams(ctx, sql, values, nil, nil, nil).Read()
	if result.Err != nil {
		return nil, result.Err
	}
	rows := make([][]*string, len(result.Rows))
	for i, row := range result.Rows {
		rows[i] = make([]*string, len(row))
		for k, v := range row {
			if v != nil {
				text := string(v)
				rows[i][k] = &text
			}
		}
	}
	return rows, nil
}

// canceler ends a statement at the server when its context ends, and keeps the session. PostgreSQL closes the connection of a
// cancel request after it has signalled the session, so that after it the next statement is safe.
type canceler struct {
	pg         *pgconn.PgConn
	stop, done chan struct{}
}

// cancelEvery is how often a statement is canceled until it has ended: PostgreSQL forgets a cancel that comes between two messages.
const cancelEvery = 200 * time.Millisecond

// HandleCancel asks the server to stop the running statement.
func (h *canceler) HandleCancel(context.Context) {
	h.stop, h.done = make(chan struct{}), make(chan struct{})
	deadline := time.Now().Add(cancelLimit)
	_ = h.pg.Conn().SetDeadline(deadline) // a socket that refuses a deadline is closed, and reads of it end
	go func() {
		defer close(h.done)
		ctx, cancel := context.WithDeadline(context.Background(), deadline)
		defer cancel()
		again := time.NewTicker(cancelEvery)
		defer again.Stop()
		for {
			_ = h.pg.CancelRequest(ctx) // where it cannot be delivered, the deadline ends the session
			select {
			case <-h.stop:
				return
			case <-ctx.Done():
				return
			case <-again.C:
			}
		}
	}()
}

// HandleUnwatchAfterCancel waits for the last cancel request.
func (h *canceler) HandleUnwatchAfterCancel() {
	close(h.stop)
	<-h.done
	_ = h.pg.Conn().SetDeadline(time.Time{})
}
