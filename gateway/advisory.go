package gateway

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"meshgate/gateway/syscat"
	"meshgate/sqlerr"
)

// advisoryLocks are the locks that sessions take by pg_advisory_lock and its like (PostgreSQL 15, section 13.3.5). They hold among the
// sessions of this gateway and touch no store.
type advisoryLocks struct {
	mu    sync.Mutex
	locks map[syscat.LockKey]*advisoryLock
}

// mostAdvisoryLocks bounds the memory that all sessions' locks take, as max_locks_per_transaction does in PostgreSQL.
const mostAdvisoryLocks = 100_000

// advisoryLock is one lock: who holds it, and who waits for it in the order of their turns.
type advisoryLock struct {
	key     syscat.LockKey
	holders map[*Session]*advisoryHold
	queue   []*advisoryWait
}

// advisoryHold counts how often a session took a lock, by mode: until it gives it back, and until the transaction ends.
type advisoryHold struct{ session, transaction [2]int }

type advisoryWait struct {
	session *Session
	mode    int
	since   time.Time
	granted chan struct{}
	take    func(*advisoryHold)
}

// Modes of advisory locks.
const (
	lockExclusive = iota
	lockShared
)

// taken is a lock of a transaction, which a rollback to a savepoint gives back.
type taken struct {
	key  syscat.LockKey
	mode int
}

func modeOf(l syscat.AdvisoryLock) int {
	if l.Shared {
		return lockShared
	}
	return lockExclusive
}

func clash(a, b int) bool { return a == lockExclusive || b == lockExclusive }

func (h *advisoryHold) has(mode int) bool { return h != nil && h.session[mode]+h.transaction[mode] > 0 }

// clashes reports whether what is held keeps a mode away.
func (h *advisoryHold) clashes(mode int) bool {
	return h.has(lockExclusive) && clash(lockExclusive, mode) || h.has(lockShared) && clash(lockShared, mode)
}

// blockers are the other sessions that hold a lock in a way that keeps a mode away from a session.
func (l *advisoryLock) blockers(s *Session, mode int) (list []*Session) {
	for other, h := range l.holders {
		if other != s && h.clashes(mode) {
			list = append(list, other)
		}
	}
	return list
}

// acquire takes a lock, or waits for it. Whoever comes waits behind those who wait already, unless they wait for the one who comes.
func (t *advisoryLocks) acquire(ctx context.Context, s *Session, want syscat.AdvisoryLock, wait bool, limits lockLimits) (bool, error) {
	t.mu.Lock()
	l := t.locks[want.Key]
	if l == nil {
		if len(t.locks) >= mostAdvisoryLocks {
			t.mu.Unlock()
			return false, sqlerr.Newf(sqlerr.OutOfMemory, "out of shared memory").WithHint("The gateway keeps %d advisory locks at most.", mostAdvisoryLocks)
		}
		if t.locks == nil {
			t.locks = map[syscat.LockKey]*advisoryLock{}
		}
		l = &advisoryLock{key: want.Key, holders: map[*Session]*advisoryHold{}}
		t.locks[want.Key] = l
	}
	mode := modeOf(want)
	take := func(h *advisoryHold) {
		if !want.Transaction {
			h.session[mode]++
			return
		}
		h.transaction[mode]++
		s.taken = append(s.taken, taken{want.Key, mode})
	}
	own := l.holders[s]
	at, free := l.place(s, mode)
	if !wait && slices.ContainsFunc(l.queue, func(w *advisoryWait) bool { return clash(w.mode, mode) }) {
		free = false // as in PostgreSQL, also where it would go before those who wait
	}
	if own.has(mode) || free {
		take(l.hold(s))
		t.mu.Unlock()
		return true, nil
	}
	if !wait {
		t.mu.Unlock()
		return false, nil
	}
	w := &advisoryWait{session: s, mode: mode, since: s.gateway.now(), granted: make(chan struct{}), take: take}
	l.queue = slices.Insert(l.queue, at, w)
	t.mu.Unlock()
	err := t.wait(ctx, l, w, limits)
	return err == nil, err
}

// place is where a session waits in the queue, and whether it need not wait.
func (l *advisoryLock) place(s *Session, mode int) (at int, free bool) {
	ahead := false
	for i, w := range l.queue {
		if l.holders[s].clashes(w.mode) { // which waits for this session: going behind it would be a deadlock
			return i, !ahead && len(l.blockers(s, mode)) == 0
		}
		ahead = ahead || clash(w.mode, mode)
	}
	return len(l.queue), !ahead && len(l.blockers(s, mode)) == 0
}

func (l *advisoryLock) hold(s *Session) *advisoryHold {
	if l.holders[s] == nil {
		l.holders[s] = &advisoryHold{}
	}
	return l.holders[s]
}

// lockLimits are the session's lock_timeout and deadlock_timeout.
type lockLimits struct{ lock, deadlock time.Duration }

func (t *advisoryLocks) wait(ctx context.Context, l *advisoryLock, w *advisoryWait, limits lockLimits) error {
	deadlock := time.NewTimer(limits.deadlock)
	defer deadlock.Stop()
	var expired <-chan time.Time
	if limits.lock > 0 {
		timer := time.NewTimer(limits.lock)
		defer timer.Stop()
		expired = timer.C
	}
	for {
		var err error
		select {
		case <-w.granted:
			return nil
		case <-ctx.Done():
			err = context.Cause(ctx)
		case <-expired:
			err = sqlerr.Newf(sqlerr.LockNotAvailable, "canceling statement due to lock timeout")
		case <-deadlock.C:
			if err = t.deadlock(l, w); err == nil {
				continue
			}
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		if i := slices.Index(l.queue, w); i >= 0 {
			l.queue = slices.Delete(l.queue, i, i+1)
		} else { // it was given at this moment
			if h := l.holders[w.session]; h != nil {
				t.giveBack(l, w.session, h, w.mode)
			}
		}
		t.wake(l)
		return err
	}
}

// giveBack undoes a grant that the one who waited no longer wants.
func (t *advisoryLocks) giveBack(l *advisoryLock, s *Session, h *advisoryHold, mode int) {
	if i := slices.IndexFunc(s.taken, func(x taken) bool { return x == taken{l.key, mode} }); i >= 0 && h.transaction[mode] > 0 {
		s.taken = slices.Delete(s.taken, i, i+1)
		h.transaction[mode]--
	} else if h.session[mode] > 0 {
		h.session[mode]--
	}
}

// wake gives the lock to those whose turn it is.
func (t *advisoryLocks) wake(l *advisoryLock) {
	for s, h := range l.holders {
		if !h.has(lockExclusive) && !h.has(lockShared) {
			delete(l.holders, s)
		}
	}
	var ahead [2]bool
	rest := l.queue[:0]
	for _, w := range l.queue {
		if ahead[lockExclusive] || ahead[lockShared] && clash(lockShared, w.mode) || len(l.blockers(w.session, w.mode)) > 0 {
			ahead[w.mode] = true
			rest = append(rest, w)
			continue
		}
		w.take(l.hold(w.session))
		close(w.granted)
	}
	clear(l.queue[len(rest):])
	l.queue = rest
	if len(l.holders) == 0 && len(l.queue) == 0 {
		delete(t.locks, l.key)
	}
}

// release gives back what a session took once for itself, and reports whether it had.
func (t *advisoryLocks) release(s *Session, what syscat.AdvisoryLock) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	l, mode := t.locks[what.Key], modeOf(what)
	if l == nil || l.holders[s] == nil || l.holders[s].session[mode] == 0 {
		return false
	}
	l.holders[s].session[mode]--
	t.wake(l)
	return true
}

// releaseAll gives back all that a session took for itself.
func (t *advisoryLocks) releaseAll(s *Session) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, l := range t.locks {
		if h := l.holders[s]; h != nil {
			h.session = [2]int{}
			t.wake(l)
		}
	}
}

// count is how many locks the transaction has taken: a savepoint knows later ones by it.
func (t *advisoryLocks) count(s *Session) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(s.taken)
}

// rollback gives back what the transaction took after a savepoint; 0 = all of it.
func (t *advisoryLocks) rollback(s *Session, to int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(s.taken) > to {
		last := s.taken[len(s.taken)-1]
		s.taken = s.taken[:len(s.taken)-1]
		if l := t.locks[last.key]; l != nil && l.holders[s] != nil {
			l.holders[s].transaction[last.mode]--
			t.wake(l)
		}
	}
}

// waitsFor are the sessions that one waits for, each with the lock.
func (t *advisoryLocks) waitsFor(s *Session) (list []waiting) {
	for _, l := range t.locks {
		for i, w := range l.queue {
			if w.session != s {
				continue
			}
			for _, other := range l.blockers(s, w.mode) {
				list = append(list, waiting{w, l, other})
			}
			for _, before := range l.queue[:i] {
				if before.session != s && clash(before.mode, w.mode) {
					list = append(list, waiting{w, l, before.session})
				}
			}
		}
	}
	slices.SortFunc(list, func(a, b waiting) int { return cmp.Compare(a.blocker.client.PID, b.blocker.client.PID) })
	return list
}

type waiting struct {
	wait    *advisoryWait
	lock    *advisoryLock
	blocker *Session
}

var lockModes = [...]string{lockExclusive: "ExclusiveLock", lockShared: "ShareLock"}

// deadlock looks for a circle of sessions that wait for each other, which one that waits is in.
func (t *advisoryLocks) deadlock(l *advisoryLock, w *advisoryWait) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !slices.Contains(l.queue, w) {
		return nil
	}
	seen := map[*Session]bool{}
	var circle []waiting
	var search func(*Session) bool
	search = func(s *Session) bool {
		if seen[s] {
			return false
		}
		seen[s] = true
		for _, next := range t.waitsFor(s) {
			circle = append(circle, next)
			if next.blocker == w.session || search(next.blocker) {
				return true
			}
			circle = circle[:len(circle)-1]
		}
		return false
	}
	if !search(w.session) {
		return nil
	}
	var detail []string
	for _, c := range circle {
		k := c.lock.key
		if c.wait.session.client.User != w.session.client.User { // another user's lock may be numbered by a value
			detail = append(detail, fmt.Sprintf("Process %d waits for an advisory lock; blocked by process %d.", c.wait.session.client.PID, c.blocker.client.PID))
			continue
		}
		detail = append(detail, fmt.Sprintf("Process %d waits for %s on advisory lock [%d,%d,%d,%d]; blocked by process %d.",
			c.wait.session.client.PID, lockModes[c.wait.mode], syscat.DatabaseOID, k.Class, k.Object, k.Sub, c.blocker.client.PID))
	}
	return sqlerr.Newf(sqlerr.DeadlockDetected, "deadlock detected").WithDetail("%s", strings.Join(detail, "\n")).
		WithHint("See server log for query details.")
}

// list is what pg_locks shows of the sessions that may be seen.
func (t *advisoryLocks) list(seen func(*Session) bool) (out []syscat.Lock) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, l := range t.locks {
		for s, h := range l.holders {
			for mode, name := range lockModes {
				if h.has(mode) && seen(s) {
					out = append(out, syscat.Lock{Key: l.key, PID: s.client.PID, Mode: name, Granted: true})
				}
			}
		}
		for _, w := range l.queue {
			if !seen(w.session) {
				continue
			}
			out = append(out, syscat.Lock{Key: l.key, PID: w.session.client.PID, Mode: lockModes[w.mode], Since: w.since})
		}
	}
	slices.SortFunc(out, func(a, b syscat.Lock) int {
		return cmp.Or(cmp.Compare(a.Key.Class, b.Key.Class), cmp.Compare(a.Key.Object, b.Key.Object), cmp.Compare(a.PID, b.PID), cmp.Compare(a.Mode, b.Mode))
	})
	return out
}

// blocking are the numbers of the sessions that one waits for.
func (t *advisoryLocks) blocking(pid uint32) (out []uint32) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, l := range t.locks {
		for _, w := range l.queue {
			if w.session.client.PID != pid {
				continue
			}
			for _, x := range t.waitsFor(w.session) {
				out = append(out, x.blocker.client.PID)
			}
			return out
		}
	}
	return nil
}
