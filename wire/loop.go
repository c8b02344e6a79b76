package wire

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"meshgate/sqlerr"
)

// loop takes a session's messages one after the other (PostgreSQL 15, sections 55.2.2 to 55.2.4).
type loop struct {
	session   Session
	in        *inbox
	out       *output
	w         *Writer
	statement *statement
	log       *slog.Logger

	idle bool // the client has the word: ReadyForQuery was the last message
	skip bool // an extended message failed: everything up to Sync is ignored
}

// errTerminate is the client's Terminate.
var errTerminate = errors.New("terminate")

// run greets the client and serves it until it leaves. The error says why the server ends the session; nil = the client did.
func (l *loop) run(ctx context.Context, key *pgproto3.BackendKeyData) error {
	if err := l.w.reportChanges(l.session.Startup()); err != nil {
		return err
	}
	if err := l.out.send(key); err != nil {
		return err
	}
	if err := l.ready(); err != nil {
		return err
	}
	for {
		f, err := l.next(ctx)
		if err == nil {
			err = l.handle(ctx, f)
			l.in.done(f)
		}
		switch {
		case errors.Is(err, errTerminate):
			return nil
		case err != nil:
			return err
		}
	}
}

// ready says that the session waits for the client.
func (l *loop) ready() error {
	l.idle = true
	if err := l.w.reportChanges(l.session.Startup()); err != nil {
		return err
	}
	if err := l.out.send(&pgproto3.ReadyForQuery{TxStatus: l.session.Status()}); err != nil {
		return err
	}
	return l.out.flush()
}

// next returns the next message, or the error that ends the session.
func (l *loop) next(ctx context.Context) (*frame, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	select {
	case f, ok := <-l.in.frames:
		return l.received(ctx, f, ok)
	default:
	}
	l.out.release()
	var timeout <-chan time.Time
	var late error
	if l.idle {
		var limit time.Duration
		if limit, late = l.session.IdleTimeout(); limit > 0 {
			timer := time.NewTimer(limit)
			defer timer.Stop()
			timeout = timer.C
		}
	}
	select {
	case f, ok := <-l.in.frames:
		return l.received(ctx, f, ok)
	case <-timeout:
		return nil, sqlerr.From(late).Fatal()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (l *loop) received(ctx context.Context, f *frame, ok bool) (*frame, error) {
	switch {
	case ok:
		return f, nil
	case l.in.fault != nil:
		return nil, l.in.fault
	default:
		return nil, context.Cause(ctx)
	}
}

// handle answers a message. An error that it returns ends the session.
func (l *loop) handle(ctx context.Context, f *frame) error {
	l.idle = false
	if f.kind == 'X' {
		return errTerminate
	}
	if l.skip && f.kind != 'S' {
		return nil
	}
	call := l.statement.begin(ctx)
	defer l.statement.end()
	switch f.kind {
	case 'Q':
		return l.query(call, f.body)
	case 'F':
		return l.functionCall(call)
	case 'S':
		return l.sync(call, f.body)
	}
	if err := l.extended(call, f); err != nil {
		l.skip = true
		return l.report(call, err)
	}
	return nil
}

// query runs a simple Query, also in the middle of an extended one.
func (l *loop) query(ctx context.Context, body []byte) error {
	sql, err := decodeQuery(l.session.ClientEncoding(), body)
	if err != nil {
		return l.refuseSimple(ctx, err)
	}
	l.w.begin()
	if err = l.session.Query(ctx, sql, l.w); err == nil {
		err = l.w.finished()
	}
	if err != nil {
		if err := l.report(ctx, err); err != nil {
			return err
		}
	}
	return l.ready()
}

// functionCall is refused: the functions that clients call this way are those on large objects.
func (l *loop) functionCall(ctx context.Context) error {
	return l.refuseSimple(ctx, sqlerr.Newf(sqlerr.FeatureNotSupported, "function call messages are not supported"))
}

// refuseSimple answers a message that never reached the session, which has to learn that its transaction has failed.
func (l *loop) refuseSimple(ctx context.Context, err error) error {
	failed := l.session.Sync(ctx, true)
	if err := l.report(ctx, err); err != nil {
		return err
	}
	if failed != nil && sqlerr.From(failed).Severity == sqlerr.SeverityFatal {
		return failed
	}
	return l.ready()
}

// sync ends a batch of extended messages. A malformed Sync ends it as well: the client waits for ReadyForQuery.
func (l *loop) sync(ctx context.Context, body []byte) error {
	malformed := decodeEmpty(body)
	failed := l.skip || malformed != nil
	l.skip = false
	err := l.session.Sync(ctx, failed)
	if malformed != nil {
		err = malformed
	}
	if err != nil {
		if err := l.report(ctx, err); err != nil {
			return err
		}
	}
	return l.ready()
}

// extended answers a message of the extended query cycle.
func (l *loop) extended(ctx context.Context, f *frame) error {
	switch f.kind {
	case 'P':
		m, err := decodeParse(l.session.ClientEncoding(), f.body)
		if err == nil {
			err = l.session.Parse(ctx, m.Name, m.Query, m.ParameterOIDs)
		}
		return l.answer(err, &pgproto3.ParseComplete{})
	case 'B':
		m, err := decodeBind(l.session.ClientEncoding(), f.body)
		if err == nil {
			err = l.session.Bind(ctx, m)
		}
		return l.answer(err, &pgproto3.BindComplete{})
	case 'D':
		return l.describe(ctx, f.body)
	case 'E':
		return l.execute(ctx, f.body)
	case 'C':
		return l.closeOne(ctx, f.body)
	case 'H':
		if err := decodeEmpty(f.body); err != nil {
			return err
		}
		return l.out.flush()
	}
	panic("wire: the inbox let a message pass that the loop does not know")
}

func (l *loop) answer(err error, m pgproto3.BackendMessage) error {
	if err != nil {
		return err
	}
	return l.out.send(m)
}

func (l *loop) describe(ctx context.Context, body []byte) error {
	m, err := decodeDescribe(l.session.ClientEncoding(), body)
	if err != nil {
		return err
	}
	var columns []Column
	var formats []int16
	switch m.ObjectType {
	case 'S':
		var params []uint32
		if params, columns, err = l.session.DescribeStatement(ctx, m.Name); err == nil {
			err = l.out.send(&pgproto3.ParameterDescription{ParameterOIDs: params})
		}
	case 'P':
		columns, formats, err = l.session.DescribePortal(ctx, m.Name)
	default:
		err = sqlerr.Newf(sqlerr.ProtocolViolation, "invalid DESCRIBE message subtype %d", m.ObjectType)
	}
	switch {
	case err != nil:
		return err
	case columns == nil:
		return l.out.send(&pgproto3.NoData{})
	default:
		return l.w.describe(columns, formats)
	}
}

func (l *loop) execute(ctx context.Context, body []byte) error {
	portal, maxRows, err := decodeExecute(l.session.ClientEncoding(), body)
	if err != nil {
		return err
	}
	l.w.begin()
	if err := l.session.Execute(ctx, portal, maxRows, l.w); err != nil {
		return err
	}
	return l.w.finished()
}

func (l *loop) closeOne(ctx context.Context, body []byte) error {
	m, err := decodeClose(l.session.ClientEncoding(), body)
	if err != nil {
		return err
	}
	switch m.ObjectType {
	case 'S':
		err = l.session.CloseStatement(ctx, m.Name)
	case 'P':
		err = l.session.ClosePortal(ctx, m.Name)
	default:
		err = sqlerr.Newf(sqlerr.ProtocolViolation, "invalid CLOSE message subtype %d", m.ObjectType)
	}
	return l.answer(err, &pgproto3.CloseComplete{})
}

// report sends an error at once, so that a client that waits for nothing else sees it. What it returns ends the session.
func (l *loop) report(ctx context.Context, err error) error {
	if l.out.err != nil {
		return l.out.err
	}
	e := sqlerr.From(causeOf(ctx, err))
	if e.Code == sqlerr.InternalError {
		// Not the text: it may quote the statement. The backend knows it, and logs it by its own rules.
		l.log.Error("a session returned an internal error", "type", fmt.Sprintf("%T", err))
	}
	if e.Severity == sqlerr.SeverityFatal {
		return e
	}
	if err := l.out.sendError(readable(e, l.session.ClientEncoding())); err != nil {
		return err
	}
	return l.out.flush()
}

// causeOf returns why ctx has ended where err says no more than that it has: a bare context error, or the error of some library
// that was interrupted.
func causeOf(ctx context.Context, err error) error {
	var known *sqlerr.Error
	if ctx.Err() != nil && (!errors.As(err, &known) || errors.Is(err, context.Canceled)) {
		return context.Cause(ctx)
	}
	return err
}
