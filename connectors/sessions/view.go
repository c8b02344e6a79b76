package sessions

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"meshgate/sqlerr"
)

// View is the sessions through which one state of a store's data is read. A session keeps its transaction until the view is
// closed.
type View[S Session] struct {
	Pool *Pool[S]
	// Readers is how many sessions are known to be needed; they are set aside at once.
	Readers int
	// Join begins a session's transaction in the view. It is called by one goroutine at a time.
	Join func(ctx context.Context, s S) error
	// Recover makes a session ready for the next statement after one that failed or was stopped; nil = nothing is needed.
	Recover func(s S) error
	// End ends a session's transaction.
	End func(s S) error

	opening sync.Mutex // held while a session is opened

	mu       sync.Mutex
	idle     []S // in the transaction, without an open result
	sessions []S
	permits  int
	reserved int // permits that no session uses yet
	wake     context.CancelCauseFunc
}

// errReturned ends the wait for a new session: one of the view's own has become free.
var errReturned = errors.New("a session of the view was returned")

// connectionWait bounds the wait for a connection: two queries that each hold one and want another would wait forever.
const connectionWait = 30 * time.Second

// Take returns a session of the view that has no open result.
func (v *View[S]) Take(ctx context.Context) (S, error) {
	if s, ok := v.takeIdle(); ok {
		return s, nil
	}
	v.opening.Lock()
	defer v.opening.Unlock()
	for {
		if s, ok := v.takeIdle(); ok {
			return s, nil
		}
		err := v.permit(ctx)
		if err == nil {
			break
		}
		if !errors.Is(err, errReturned) {
			var none S
			return none, err
		}
	}
	s, err := v.Pool.get(ctx, func(s S) error { return v.Join(ctx, s) })
	v.mu.Lock()
	defer v.mu.Unlock()
	if err != nil {
		v.reserved++
		return s, err
	}
	v.sessions = append(v.sessions, s)
	return s, nil
}

// Reserve takes the permits that are known to be needed, without a round trip to the store. It waits for them.
func (v *View[S]) Reserve(ctx context.Context) error {
	v.opening.Lock()
	defer v.opening.Unlock()
	v.mu.Lock()
	has := v.permits > 0
	v.mu.Unlock()
	if has {
		return nil
	}
	if err := v.permit(ctx); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.reserved++ // the one that permit took for a session
	return nil
}

func (v *View[S]) takeIdle() (s S, ok bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.idle) == 0 {
		return s, false
	}
	s = v.idle[len(v.idle)-1]
	v.idle = v.idle[:len(v.idle)-1]
	return s, true
}

// permit takes a permit for one more session, at first for all that are known to be needed.
func (v *View[S]) permit(ctx context.Context) error {
	v.mu.Lock()
	if v.reserved > 0 {
		v.reserved--
		v.mu.Unlock()
		return nil
	}
	want := 1
	if v.permits == 0 {
		want = min(max(v.Readers, 1), v.Pool.store.Limit)
	}
	woken, wake := context.WithCancelCause(ctx)
	defer wake(nil)
	v.wake = wake
	v.mu.Unlock()
	limited, cancel := context.WithTimeout(woken, connectionWait)
	defer cancel()
	if err := v.Pool.permits.acquire(limited, want); err != nil {
		switch {
		case ctx.Err() != nil:
			return sqlerr.From(context.Cause(ctx))
		case woken.Err() != nil:
			return errReturned
		}
		return sqlerr.Newf(sqlerr.TooManyConnections, "all connections to store %s are in use", v.Pool.store.Name)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.permits += want
	v.reserved += want - 1
	return nil
}

// Return takes a session back whose result is over; clean says that its statement ended by itself and without an error.
func (v *View[S]) Return(s S, clean bool) {
	broken := s.Dead()
	if !broken && !clean && v.Recover != nil {
		broken = v.Recover(s) != nil
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.wake != nil {
		v.wake(errReturned)
	}
	if !broken {
		v.idle = append(v.idle, s)
		return
	}
	v.sessions = slices.DeleteFunc(v.sessions, func(other S) bool { return other == s })
	v.Pool.end(s)
	v.reserved++
}

// Close ends the transactions. All results have been released.
func (v *View[S]) Close() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, s := range v.sessions {
		if !s.Dead() && v.End(s) != nil {
			v.Pool.end(s)
			continue
		}
		v.Pool.put(s)
	}
	v.Pool.permits.release(v.permits)
	v.sessions, v.idle, v.permits, v.reserved = nil, nil, 0, 0
}
