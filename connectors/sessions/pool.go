// Package sessions keeps the connections of a store that is a server: how many there are, which are idle, when to try again after a
// failure, and which of them share a view of the data. It knows no protocol and no SQL.
package sessions

import (
	"context"
	"sync"
	"time"

	"meshgate/sqlerr"
)

// Session is a connection to a store. One goroutine uses it at a time.
type Session interface {
	comparable
	// Ready reports whether it waits for a statement, outside of any transaction.
	Ready() bool
	// Dead reports whether its connection is gone.
	Dead() bool
	// Close ends it. The channel is closed when nothing of it runs any more; nil says that nothing does.
	Close() <-chan struct{}
}

// Store says how sessions of a store are made.
type Store[S Session] struct {
	Name  string
	Limit int
	// Dial makes a session.
	Dial func(ctx context.Context) (S, error)
	// ConnectFailure turns an error of Dial into one that a client may see.
	ConnectFailure func(err error) error
}

// Pool keeps the sessions that nobody uses, and counts those that are in use.
type Pool[S Session] struct {
	store   Store[S]
	permits *permits

	mu     sync.Mutex
	idle   []idle[S] // the one used last is at the end
	closed bool
	ending sync.WaitGroup // sessions that are still being taken down

	failures int // attempts that failed since the last that did not
	retryAt  time.Time
	cause    error
}

type idle[S Session] struct {
	session S
	since   time.Time
}

const (
	idleLimit    = 5 * time.Minute // longer unused sessions are closed rather than trusted
	firstPause   = 50 * time.Millisecond
	longestPause = 2 * time.Second
)

// NewPool makes a pool without sessions.
func NewPool[S Session](store Store[S]) *Pool[S] {
	return &Pool[S]{store: store, permits: newPermits(store.Limit)}
}

// With runs do with a session of its own, which returns to the pool. Where do meets a pooled session that turns out to be dead, it
// is run once more with a new one.
func (p *Pool[S]) With(ctx context.Context, do func(S) error) error {
	if err := p.permits.acquire(ctx, 1); err != nil {
		return sqlerr.From(err)
	}
	defer p.permits.release(1)
	s, err := p.get(ctx, do)
	if err == nil {
		p.put(s)
	}
	return err
}

// Spare is With for what can wait, as questions for statistics can: it uses a session that nobody waits for, and where somebody then
// does, the context of do ends, and do is run again when a session is to spare.
func (p *Pool[S]) Spare(ctx context.Context, do func(context.Context, S) error) error {
	for {
		lent, giveBack, err := p.permits.borrow(ctx)
		if err != nil {
			return sqlerr.From(err)
		}
		s, err := p.get(lent, func(s S) error { return do(lent, s) })
		if err == nil {
			p.put(s)
		}
		wanted := context.Cause(lent) == errWanted
		giveBack()
		if err == nil || !wanted || ctx.Err() != nil {
			return err
		}
	}
}

// get returns a session on which first has been run. A pooled one that is dead is replaced by a new one.
func (p *Pool[S]) get(ctx context.Context, first func(S) error) (S, error) {
	var none S
	s, pooled, err := p.takeIdle()
	if err != nil {
		return none, err
	}
	if pooled {
		if err = first(s); err == nil {
			return s, nil
		}
		dead := s.Dead()
		p.put(s)
		if !dead || ctx.Err() != nil {
			return none, err
		}
		p.flush()
	}
	if s, err = p.connect(ctx); err != nil {
		return none, err
	}
	if err = first(s); err != nil {
		p.put(s)
		return none, err
	}
	return s, nil
}

func (p *Pool[S]) takeIdle() (s S, found bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return s, false, sqlerr.Newf(sqlerr.ConnectionFailure, "store %s is closed", p.store.Name)
	}
	for len(p.idle) > 0 {
		last := p.idle[len(p.idle)-1]
		p.idle = p.idle[:len(p.idle)-1]
		if time.Since(last.since) < idleLimit {
			return last.session, true, nil
		}
		p.end(last.session)
	}
	return s, false, nil
}

// connect makes a session. After a failure the next attempts fail at once for a short while, so that a store that is down costs the
// others' queries no time.
func (p *Pool[S]) connect(ctx context.Context) (S, error) {
	var none S
	p.mu.Lock()
	wait, cause := time.Until(p.retryAt), p.cause
	p.mu.Unlock()
	if wait > 0 {
		return none, p.store.ConnectFailure(cause)
	}
	s, err := p.store.Dial(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil {
		p.failures, p.retryAt, p.cause = 0, time.Time{}, nil
		return s, nil
	}
	if ctx.Err() != nil {
		return none, sqlerr.From(context.Cause(ctx))
	}
	p.retryAt = time.Now().Add(min(firstPause<<min(p.failures, 8), longestPause))
	p.failures++
	p.cause = err
	return none, p.store.ConnectFailure(err)
}

// Forgive lets the next attempt to connect happen at once.
func (p *Pool[S]) Forgive() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.retryAt = time.Time{}
}

// put takes a session back, or closes it when its state is not known.
func (p *Pool[S]) put(s S) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || !s.Ready() {
		p.end(s)
		return
	}
	p.idle = append(p.idle, idle[S]{s, time.Now()})
}

func (p *Pool[S]) end(s S) {
	if done := s.Close(); done != nil {
		p.ending.Go(func() { <-done })
	}
}

// flush closes the idle sessions: one of them was dead, and so will be the others.
func (p *Pool[S]) flush() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, i := range p.idle {
		p.end(i.session)
	}
	p.idle = nil
}

// Close ends all sessions and waits for what still runs of broken ones.
func (p *Pool[S]) Close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.flush()
	p.ending.Wait()
}
