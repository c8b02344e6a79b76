package gateway

import (
	"context"
	"sync"
	"time"

	"meshgate/gateway/syscat"
	"meshgate/sqlerr"
)

// Signals ends what sessions do, and sessions, by their numbers.
type Signals interface {
	Cancel(pid uint32) bool
	Terminate(pid uint32) bool
}

// Signal tells the gateway who ends sessions: it is the protocol's matter.
func (g *Gateway) Signal(s Signals) { g.signals = s }

// Lock takes an advisory lock. Whoever waits for one leaves its place among the running queries: the one who could give the lock back
// may wait for a place.
func (r *run) Lock(ctx context.Context, l syscat.AdvisoryLock, wait bool) (bool, error) {
	g := r.session.gateway
	ok, err := g.advisory.acquire(ctx, r.session, l, false, lockLimits{})
	if ok || err != nil || !wait {
		return ok, err
	}
	r.mu.Lock()
	limits := lockLimits{r.settings.duration("lock_timeout"), max(r.settings.duration("deadlock_timeout"), time.Millisecond)}
	r.mu.Unlock()
	r.place.stepAside()
	r.session.waits(1)
	ok, err = g.advisory.acquire(ctx, r.session, l, true, limits)
	r.session.waits(-1)
	if err != nil {
		r.place.forget()
		return false, err
	}
	return ok, r.place.stepBack(ctx)
}

// Unlock gives an advisory lock back, and reports whether it was held.
func (r *run) Unlock(l syscat.AdvisoryLock) bool {
	return r.session.gateway.advisory.release(r.session, l)
}

// UnlockAll gives back all advisory locks of the session.
func (r *run) UnlockAll() { r.session.gateway.advisory.releaseAll(r.session) }

// Locks are the advisory locks of the sessions that the principal may know of: a lock's number can be a value.
func (r *run) Locks() []syscat.Lock { return r.session.gateway.advisory.list(r.viewer().seesSession) }

// Blocking are the sessions that one waits for.
func (r *run) Blocking(pid uint32) []uint32 { return r.session.gateway.advisory.blocking(pid) }

// Listening are the channels that the session listened to when the statement began.
func (r *run) Listening() []string { return r.listening }

// Signal cancels what another session of the same user does, or ends the session and waits for its end.
func (r *run) Signal(ctx context.Context, pid uint32, end bool, wait time.Duration) (bool, error) {
	g := r.session.gateway
	g.mu.Lock()
	other := g.sessions[pid]
	g.mu.Unlock()
	if other == nil || g.signals == nil {
		r.session.warn(sqlerr.Warning, "PID %d is not a PostgreSQL backend process", pid)
		return false, nil
	}
	if other.client.User != r.User() {
		what := "query is being canceled"
		if end {
			what = "process is being terminated"
		}
		return false, sqlerr.Newf(sqlerr.InsufficientPrivilege, "must be a member of the role whose %s or member of pg_signal_backend", what)
	}
	ok := false
	if end {
		ok = g.signals.Terminate(pid)
	} else {
		ok = g.signals.Cancel(pid)
	}
	if ok && other == r.session { // the statement that asks ends, too
		<-ctx.Done()
		return false, context.Cause(ctx)
	}
	if !ok || !end || wait <= 0 {
		return ok, nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-other.closed:
		return true, nil
	case <-ctx.Done():
		return false, context.Cause(ctx)
	case <-timer.C:
		r.session.warn(sqlerr.Warning, "backend with PID %d did not terminate within %d milliseconds", pid, wait.Milliseconds())
		return false, nil
	}
}

// Warn tells the client something while the statement runs.
func (r *run) Warn(format string, args ...any) { r.session.warn(sqlerr.Warning, format, args...) }

// warn keeps a warning until the session's goroutine can send it.
func (s *Session) warn(code sqlerr.Code, format string, args ...any) {
	e := sqlerr.Newf(code, format, args...)
	e.Severity = sqlerr.SeverityWarning
	s.mu.Lock()
	defer s.mu.Unlock()
	s.warnings = append(s.warnings, e)
}

// warned takes the warnings that came up.
func (s *Session) warned() []*sqlerr.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.warnings
	s.warnings = nil
	return list
}

// waits notes that the session waits for an advisory lock, or no longer does.
func (s *Session) waits(more int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.locking += more
}

// place is one of the places for running queries. A query that waits for another session leaves it for that time.
type place struct {
	running chan struct{}

	mu    sync.Mutex
	aside int // how many of the query's goroutines wait
	left  bool
}

// leave gives the place back for good.
func (p *place) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.left && p.aside == 0 {
		<-p.running
	}
	p.left = true
}

func (p *place) stepAside() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.aside++; p.aside == 1 && !p.left {
		<-p.running
	}
}

// stepBack takes a place again, when one is free.
func (p *place) stepBack(ctx context.Context) error {
	p.mu.Lock()
	if p.aside > 1 || p.left {
		p.aside--
		p.mu.Unlock()
		return nil
	}
	p.mu.Unlock()
	select {
	case p.running <- struct{}{}:
	case <-ctx.Done():
		p.forget()
		return context.Cause(ctx)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.aside--; p.aside > 0 || p.left { // another goroutine of the query waits since
		<-p.running
	}
	return nil
}

// forget is for a query that fails: it takes no place again.
func (p *place) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.aside--; p.aside == 0 {
		p.left = true
	}
}
