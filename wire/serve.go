package wire

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"runtime/debug"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"meshgate/sqlerr"
)

// serve is a connection's life.
func (s *Server) serve(base context.Context, nc net.Conn) {
	ctx, end := context.WithCancelCause(base)
	defer end(nil)
	st := newStream(nc, s.opts.DrainTimeout)
	log := s.log.With("client", nc.RemoteAddr().String())
	promoted := false
	defer func() { s.slots.leave(promoted) }()
	defer st.close()

	var a *admitted
	err := guard(func() (err error) {
		a, err = s.enter(ctx, st)
		return err
	})
	if err != nil {
		s.turnAway(ctx, st, log, err)
		return
	}
	if promoted = s.slots.promote(); !promoted {
		st.refuse(sqlerr.Newf(sqlerr.TooManyConnections, "sorry, too many clients already"))
		st.linger()
		return
	}
	s.session(ctx, end, st, a, log.With("user", a.client.User))
}

// admitted is a client that has proved who it is.
type admitted struct {
	client  *Client
	version uint32 // of the protocol
}

// enter brings a connection to the point where its client has proved who it is, within the startup timeout.
func (s *Server) enter(ctx context.Context, st *stream) (*admitted, error) {
	deadline := time.Now().Add(s.opts.StartupTimeout)
	if err := st.raw.SetDeadline(deadline); err != nil {
		return nil, silent("%w", err)
	}
	// A server that stops does not wait for clients that have not said anything.
	unhook := context.AfterFunc(ctx, func() { _ = st.raw.SetDeadline(time.Now()) })
	defer unhook()
	ctx, release := context.WithDeadline(ctx, deadline)
	defer release()

	g, err := s.greet(ctx, st)
	if err != nil {
		return nil, err
	}
	if m := g.negotiation(); m != nil {
		if err := st.out.send(m); err != nil {
			return nil, err
		}
	}
	if err := g.checkUser(); err != nil {
		return nil, err
	}
	method, token, err := s.authenticate(ctx, st, g)
	if err != nil {
		s.tellRefusal(g, st, err)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			err = sqlerr.Wrap(err, sqlerr.QueryCanceled, "canceling authentication due to timeout")
		}
		return nil, err
	}
	if !unhook() {
		return nil, context.Cause(ctx)
	}
	if err := st.raw.SetDeadline(time.Time{}); err != nil {
		return nil, silent("%w", err)
	}
	params, err := g.params()
	if err != nil {
		return nil, err
	}
	return &admitted{version: g.version, client: &Client{
		User: g.user, Database: g.database, Params: params, Addr: st.raw.RemoteAddr(), TLS: g.tls, Method: method, Token: token,
	}}, nil
}

// tellRefusal reports a login that failed. A client that went away before it proved anything, as psql does to ask for a password,
// has not failed.
func (s *Server) tellRefusal(g *greeting, st *stream, err error) {
	if s.opts.Refused != nil && (sqlerr.Is(err, sqlerr.InvalidPassword) || sqlerr.Is(err, sqlerr.InvalidAuthorization)) {
		s.opts.Refused(Refusal{User: g.user, Addr: st.raw.RemoteAddr(), Err: err})
	}
}

// turnAway ends a connection that did not become a session.
func (s *Server) turnAway(ctx context.Context, st *stream, log *slog.Logger, err error) {
	var e *sqlerr.Error
	switch {
	case ctx.Err() != nil:
		// The server stops; a client that has not entered loses nothing.
	case errors.Is(err, errSilent) && !errors.As(err, &e):
		log.Debug("connection ended before it was a session", "cause", err)
	default:
		logPanic(log, err)
		e = sqlerr.From(err)
		log.Warn("connection refused", "sqlstate", e.Code, "reason", e.Message)
		st.refuse(e)
		st.linger()
	}
}

// session runs the session of a client that has proved who it is.
func (s *Server) session(ctx context.Context, end context.CancelCauseFunc, st *stream, a *admitted, log *slog.Logger) {
	client, statement, key := a.client, &statement{out: &st.out}, newCancelKey(a.version)
	client.PID = s.registry.add(&registered{key: key, statement: statement, end: end})
	defer s.registry.remove(client.PID)
	log = log.With("pid", client.PID)

	in := newInbox(st.in, s.opts.MaxMessage, s.opts.ReadAhead,
		func() { end(clientGone()) }, func() bool { return stillConnected(st.raw) })
	reading := make(chan struct{})
	go func() {
		defer close(reading)
		in.run()
	}()

	var session Session
	err := guard(func() (err error) {
		session, err = s.start(ctx, client)
		if err != nil {
			return err
		}
		log.Info("session started", "database", client.Database, "method", client.Method, "tls", client.TLS != nil)
		l := &loop{
			session: session, in: in, out: &st.out, w: &Writer{out: &st.out, session: session, reported: map[string]string{}},
			statement: statement, log: log,
		}
		return l.run(ctx, &pgproto3.BackendKeyData{ProcessID: client.PID, SecretKey: key})
	})
	close(in.stop)
	s.farewell(ctx, st, in, reading, log, err)
	st.close()
	<-reading
	if session != nil {
		if err := guard(func() error { session.Close(); return nil }); err != nil {
			logPanic(log, err)
		}
	}
	log.Debug("session closed")
}

// start makes the session. What the client does not see yet must not take longer than the way to it may.
func (s *Server) start(ctx context.Context, client *Client) (Session, error) {
	late := sqlerr.Newf(sqlerr.QueryCanceled, "canceling the start of the session due to timeout")
	ctx, release := context.WithTimeoutCause(ctx, s.opts.StartupTimeout, late)
	defer release()
	session, err := s.backend.Start(ctx, client)
	if err != nil {
		return nil, causeOf(ctx, err)
	}
	return session, nil
}

// farewell tells the client why the session ends, if it is there to hear it; err is nil after Terminate.
func (s *Server) farewell(ctx context.Context, st *stream, in *inbox, reading <-chan struct{}, log *slog.Logger, err error) {
	if err == nil {
		log.Debug("session ended")
		return
	}
	logPanic(log, err)
	e := sqlerr.From(err)
	lost := e.Code == sqlerr.ConnectionFailure && (st.out.err != nil || ctx.Err() != nil)
	if lost {
		log.Info("session ended: connection to client lost")
		return
	}
	log.Info("session ended", "sqlstate", e.Code)
	st.refuse(e)
	if in.over() {
		<-reading // the reader has stopped, so its buffer is ours
		st.linger()
	}
}

// panicError is a panic that guard caught.
type panicError struct {
	value any
	stack []byte
}

// Error is for the log: a panic's value may hold anything.
func (p *panicError) Error() string { return fmt.Sprint("panic: ", p.value) }

// guard keeps a fault in one connection's code from ending all others.
func guard(do func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = sqlerr.Wrap(&panicError{value: v, stack: debug.Stack()}, sqlerr.InternalError,
				"internal error; the gateway's log has the cause").Fatal()
		}
	}()
	return do()
}

func logPanic(log *slog.Logger, err error) {
	var p *panicError
	if errors.As(err, &p) {
		log.Error("a session panicked", "panic", fmt.Sprint(p.value), "stack", string(p.stack))
	}
}
