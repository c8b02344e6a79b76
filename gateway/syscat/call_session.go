package syscat

import (
	"strconv"
	"strings"
	"time"

	"meshgate/sqlerr"
)

// LockKey names an advisory lock as pg_locks does: one number in two halves with Sub 1, or two numbers with Sub 2.
type LockKey struct {
	Class, Object uint32
	Sub           int16
}

// AdvisoryLock is what one call asks for.
type AdvisoryLock struct {
	Key         LockKey
	Shared      bool
	Transaction bool // until the end of the transaction
}

// Lock is a row of pg_locks.
type Lock struct {
	Key     LockKey
	PID     uint32
	Mode    string
	Granted bool
	Since   time.Time // of those that wait
}

// sessionCalls are functions that act on sessions.
func sessionCalls() map[string]answer {
	m := map[string]answer{
		"pg_cancel_backend": signal, "pg_terminate_backend": signal,
		"pg_advisory_unlock_all": func(c *call) (*string, error) {
			c.s.UnlockAll()
			return text(""), nil
		},
	}
	for _, name := range []string{"lock", "lock_shared", "xact_lock", "xact_lock_shared"} {
		m["pg_advisory_"+name] = func(c *call) (*string, error) {
			_, err := c.s.Lock(c.ctx, c.advisory(), true)
			return text(""), err
		}
		m["pg_try_advisory_"+name] = func(c *call) (*string, error) {
			ok, err := c.s.Lock(c.ctx, c.advisory(), false)
			return boolean(ok), err
		}
	}
	for _, name := range []string{"pg_advisory_unlock", "pg_advisory_unlock_shared"} {
		m[name] = func(c *call) (*string, error) {
			l := c.advisory()
			ok := c.s.Unlock(l)
			if !ok {
				mode := "ExclusiveLock"
				if l.Shared {
					mode = "ShareLock"
				}
				c.s.Warn("you don't own a lock of type %s", mode)
			}
			return boolean(ok), nil
		}
	}
	return m
}

// advisory reads which lock is meant.
func (c *call) advisory() AdvisoryLock {
	name, _, _ := strings.Cut(c.key, "(")
	l := AdvisoryLock{Shared: strings.HasSuffix(name, "_shared"), Transaction: strings.Contains(name, "_xact_")}
	if len(c.args) == 2 {
		l.Key = LockKey{uint32(c.integer(0)), uint32(c.integer(1)), 2}
	} else {
		n := uint64(c.integer(0))
		l.Key = LockKey{uint32(n >> 32), uint32(n), 1}
	}
	return l
}

// integer reads an argument that is one by its type.
func (c *call) integer(i int) int64 {
	n, err := strconv.ParseInt(c.arg(i), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// signal answers pg_cancel_backend(pid) and pg_terminate_backend(pid [, timeout]).
func signal(c *call) (*string, error) {
	wait := time.Duration(0)
	if len(c.args) == 2 {
		if wait = time.Duration(c.integer(1)) * time.Millisecond; wait < 0 {
			return nil, sqlerr.Newf(sqlerr.NumericValueOutOfRange, `"timeout" must not be negative`)
		}
	}
	pid := c.integer(0)
	if pid <= 0 {
		c.s.Warn("PID %d is not a PostgreSQL backend process", pid)
		return boolean(false), nil
	}
	ok, err := c.s.Signal(c.ctx, uint32(pid), strings.HasPrefix(c.key, "pg_terminate"), wait)
	return boolean(ok), err
}

func blockingPIDs(c *call) ([]*string, error) {
	out := []*string{}
	for _, pid := range c.s.Blocking(uint32(c.integer(0))) {
		out = append(out, text(strconv.FormatUint(uint64(pid), 10)))
	}
	return out, nil
}

func listening(c *call) ([]*string, error) {
	out := []*string{}
	for _, name := range c.s.Listening() {
		out = append(out, &name)
	}
	return out, nil
}
