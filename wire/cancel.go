package wire

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/binary"
	"sync"

	"meshgate/sqlerr"
)

// statement is the message that a session works at. Whoever wants to cancel goes through it, so that a cancel meets the message
// that runs at that moment and never a later one: cancel and end exclude each other.
type statement struct {
	mu     sync.Mutex
	cancel context.CancelCauseFunc // nil while the session waits for the client
	out    *output
}

// begin makes the context of a message.
func (s *statement) begin(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancelCause(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cancel = cancel
	return ctx
}

func (s *statement) end() {
	s.mu.Lock()
	cancel := s.cancel
	s.cancel = nil
	s.mu.Unlock()
	cancel(nil)
	s.out.resume()
}

// interrupt cancels what runs. A session that waits for its client is left alone, as in PostgreSQL.
func (s *statement) interrupt(cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cancel != nil {
		s.cancel(cause)
		s.out.interrupt()
	}
}

// registry knows the running sessions by the process numbers that their clients were told.
type registry struct {
	mu       sync.Mutex
	sessions map[uint32]*registered
}

type registered struct {
	key       []byte
	statement *statement
	end       context.CancelCauseFunc // ends the connection
}

// pidBits makes process numbers look like Linux's, where kernel.pid_max is at most 2^22.
const pidBits = 22

// add gives a session a free number, at random: it is no secret, but it need not tell how many clients there have been.
func (r *registry) add(s *registered) uint32 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sessions == nil {
		r.sessions = map[uint32]*registered{}
	}
	for {
		var b [4]byte
		rand.Read(b[:])
		pid := binary.BigEndian.Uint32(b[:]) >> (32 - pidBits)
		if _, taken := r.sessions[pid]; pid != 0 && !taken {
			r.sessions[pid] = s
			return pid
		}
	}
}

func (r *registry) remove(pid uint32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.sessions, pid)
}

func (r *registry) get(pid uint32) *registered {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sessions[pid]
}

// newCancelKey makes the secret of BackendKeyData: four bytes in protocol 3.0, 32 from 3.2 on, as PostgreSQL 18 does.
func newCancelKey(version uint32) []byte {
	size := 4
	if version >= protocol32 {
		size = 32
	}
	key := make([]byte, size)
	rand.Read(key)
	return key
}

// cancelWithKey answers a CancelRequest (PostgreSQL 15, section 55.2.8). A wrong number and a wrong key look the same from
// outside, down to the time they take.
func (r *registry) cancelWithKey(pid uint32, key []byte) bool {
	s := r.get(pid)
	expected := make([]byte, len(key))
	if s != nil {
		expected = s.key
	}
	if subtle.ConstantTimeCompare(expected, key) != 1 || s == nil {
		return false
	}
	s.statement.interrupt(userCancel())
	return true
}

// Cancel cancels the statement that a session runs, as pg_cancel_backend does, and reports whether there is such a session.
// Whether the caller may is the caller's to decide.
func (s *Server) Cancel(pid uint32) bool {
	r := s.registry.get(pid)
	if r != nil {
		r.statement.interrupt(userCancel())
	}
	return r != nil
}

// Terminate ends a session, as pg_terminate_backend does, and reports whether there is such a session. It does not wait for the
// end. Whether the caller may is the caller's to decide.
func (s *Server) Terminate(pid uint32) bool {
	r := s.registry.get(pid)
	if r != nil {
		r.end(adminShutdown())
		r.statement.out.interrupt()
	}
	return r != nil
}

func userCancel() *sqlerr.Error {
	return sqlerr.Newf(sqlerr.QueryCanceled, "canceling statement due to user request")
}

func adminShutdown() *sqlerr.Error {
	return sqlerr.Newf(sqlerr.AdminShutdown, "terminating connection due to administrator command").Fatal()
}

func clientGone() *sqlerr.Error {
	return sqlerr.Newf(sqlerr.ConnectionFailure, "connection to client lost").Fatal()
}
