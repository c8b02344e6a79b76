package mysql

import (
	"context"
	"database/sql/driver"
	"errors"
	"net"
	"strconv"
	"time"

	"github.com/go-sql-driver/mysql"
)

// driverConn is what a connection of the driver can do.
type driverConn interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.Validator
}

// conn is one session of the store. One goroutine uses it at a time.
type conn struct {
	dialer *dialer
	driver driverConn
	socket net.Conn
	id     uint64 // the server's number of the session
	begun  bool   // a transaction is open
	// mariaDB says what the server calls itself, and fresh that it was told to show its statistics as they are.
	mariaDB, fresh bool
	closed         bool
}

const cancelLimit = 5 * time.Second

// Ready reports whether the session waits for a statement, outside of any transaction.
func (c *conn) Ready() bool { return !c.Dead() && !c.begun }

// Dead reports whether the connection is gone.
func (c *conn) Dead() bool { return c.closed || !c.driver.IsValid() }

// Close ends the session.
func (c *conn) Close() <-chan struct{} {
	if !c.closed {
		c.closed = true
		_ = c.socket.SetDeadline(time.Now().Add(time.Second)) // for the goodbye
		_ = c.driver.Close()                                  // the session ends with its socket, whatever the goodbye came to
	}
	return nil
}

// exec runs a statement of ours. The end of ctx ends the session with it.
func (c *conn) exec(ctx context.Context, sql string) error {
	_, err := c.driver.ExecContext(ctx, sql, nil)
	return err
}

// shortly runs a statement of ours, whatever became of the query's context.
func (c *conn) shortly(sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), cancelLimit)
	defer cancel()
	return c.exec(ctx, sql)
}

// settle runs a statement for a KILL QUERY to hit that came after the end of the one that it was meant for.
func (c *conn) settle() error {
	err := c.shortly("DO 0")
	if isNumber(err, errInterrupted) {
		err = c.shortly("DO 0")
	}
	return err
}

// result is a statement that runs. The end of its context stops it at the server, and keeps the session.
type result struct {
	conn    *conn
	stmt    driver.Stmt
	rows    driver.Rows
	unwatch func() bool
	over    chan struct{} // closed when the statement has ended
	killed  chan struct{} // closed when no kill comes any more
	hit     bool          // a kill was sent
}

// query prepares and starts a statement.
func (c *conn) query(ctx context.Context, sql string, args []driver.NamedValue) (*result, error) {
	r := &result{conn: c, over: make(chan struct{}), killed: make(chan struct{})}
	r.unwatch = context.AfterFunc(ctx, func() {
		defer close(r.killed)
		c.kill(r.over)
	})
	var err error
	// The driver is not told of ctx: it would drop the connection, and the server would go on.
	if r.stmt, err = c.driver.PrepareContext(context.Background(), sql); err == nil {
		r.rows, err = r.stmt.(driver.StmtQueryContext).QueryContext(context.Background(), args)
	}
	if err != nil {
		return nil, errors.Join(err, r.close())
	}
	return r, nil
}

// close ends the statement and reads what is left of its answer.
func (r *result) close() error {
	var err error
	if r.rows != nil {
		err = r.rows.Close()
	}
	if r.stmt != nil {
		err = errors.Join(err, r.stmt.Close())
	}
	close(r.over)
	if !r.unwatch() {
		r.hit = true
		<-r.killed
		_ = r.conn.socket.SetDeadline(time.Time{})
	}
	return err
}

// killAgain is how long after a kill the next one comes; each wait is twice the one before.
const killAgain = 20 * time.Millisecond

// kill stops the session's statement from another one, again and again until it is over: the server forgets a kill that comes between
// two messages, as where the statement is prepared and not yet executed. Where that cannot be, the session ends: the server notices
// when it next writes to it.
func (c *conn) kill(over <-chan struct{}) {
	deadline := time.Now().Add(cancelLimit)
	ctx, cancel := context.WithDeadline(context.Background(), deadline)
	defer cancel()
	_ = c.socket.SetDeadline(deadline) // a socket that refuses a deadline is closed, and reads of it end
	other, err := c.dialer.connect(ctx)
	for wait := killAgain; err == nil; wait *= 2 {
		if err = other.exec(ctx, "KILL QUERY "+strconv.FormatUint(c.id, 10)); err != nil {
			break
		}
		timer := time.NewTimer(wait)
		select {
		case <-over:
			timer.Stop()
			other.Close()
			return
		case <-timer.C:
		}
	}
	if other != nil {
		other.Close()
	}
	if err != nil && !isNumber(err, errNoSuchThread) {
		_ = c.socket.Close()
	}
}

func isNumber(err error, number uint16) bool {
	var e *mysql.MySQLError
	return errors.As(err, &e) && e.Number == number
}
