package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// lockScripts are what several sessions do, each line a session's number and its statement. "&" before the statement says that it
// waits, and "wait" is where it must have ended.
var lockScripts = map[string]string{
	"a session's lock": `
1 SELECT pg_try_advisory_lock(7), pg_try_advisory_lock(7), pg_try_advisory_lock(-1), pg_try_advisory_lock(1, 2)
2 SELECT pg_try_advisory_lock(7), pg_try_advisory_lock_shared(7), pg_try_advisory_lock(8), pg_try_advisory_lock(2, 1), pg_try_advisory_xact_lock(1, 2)
2 SELECT pg_advisory_unlock(7)
1 SELECT pg_advisory_unlock(7)
2 SELECT pg_try_advisory_lock(7)
1 SELECT pg_advisory_unlock(7), pg_advisory_unlock(7), pg_advisory_unlock_shared(7)
2 SELECT pg_try_advisory_lock(7)
3 SELECT classid, objid, objsubid, mode, granted, pid IS NULL, fastpath, waitstart FROM pg_locks WHERE locktype = 'advisory' ORDER BY 1, 2, 3
2 SELECT pg_advisory_unlock_all()
3 SELECT classid, objid, objsubid, mode, granted FROM pg_locks WHERE locktype = 'advisory' ORDER BY 1, 2, 3
1 DISCARD ALL
3 SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
1 SELECT pg_try_advisory_lock(NULL), pg_advisory_lock(NULL)
3 SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'`,
	"shared and exclusive": `
1 SELECT pg_advisory_lock_shared(5)
2 SELECT pg_try_advisory_lock_shared(5), pg_try_advisory_lock(5)
1 SELECT pg_try_advisory_lock(5)
2 SELECT pg_advisory_unlock_shared(5)
1 SELECT pg_try_advisory_lock(5), pg_try_advisory_lock(5)
2 SELECT pg_try_advisory_lock_shared(5)
1 SELECT pg_advisory_unlock(5), pg_advisory_unlock(5)
2 SELECT pg_try_advisory_lock_shared(5)`,
	"waiting": `
1 SELECT pg_advisory_lock(9)
2 & SELECT pg_advisory_lock_shared(9)
3 & SELECT pg_advisory_lock(9)
4 SELECT pg_try_advisory_lock_shared(9)
5 SELECT mode, granted, waitstart IS NULL, cardinality(pg_blocking_pids(pid)) FROM pg_locks WHERE locktype = 'advisory' ORDER BY mode, granted
5 SELECT state, wait_event_type, wait_event FROM pg_stat_activity WHERE wait_event = 'advisory'
1 SELECT pg_try_advisory_lock_shared(9)
1 SELECT pg_advisory_unlock(9)
2 wait
5 SELECT mode, granted, cardinality(pg_blocking_pids(pid)) FROM pg_locks WHERE locktype = 'advisory' ORDER BY mode, granted
4 SELECT pg_try_advisory_lock_shared(9)
2 SELECT pg_advisory_unlock_shared(9)
1 SELECT pg_advisory_unlock_shared(9)
3 wait
3 SELECT pg_advisory_unlock(9)`,
	"transactions": `
1 BEGIN
1 SELECT pg_advisory_xact_lock(1)
1 SAVEPOINT a
1 SELECT pg_advisory_xact_lock(2), pg_advisory_xact_lock_shared(3), pg_advisory_lock(4), pg_advisory_xact_lock(4)
2 SELECT pg_try_advisory_lock(1), pg_try_advisory_lock(2), pg_try_advisory_lock(3), pg_try_advisory_lock(4)
1 SELECT pg_advisory_unlock(1)
1 ROLLBACK TO a
2 SELECT pg_try_advisory_lock(1), pg_try_advisory_lock(2), pg_try_advisory_lock(3), pg_try_advisory_lock(4)
1 SELECT pg_advisory_xact_lock(5)
1 SELECT 1 / 0
2 SELECT pg_try_advisory_lock(1), pg_try_advisory_lock(5), pg_advisory_unlock(5)
1 ROLLBACK TO a
1 SELECT pg_advisory_xact_lock(5)
1 RELEASE a
2 SELECT pg_try_advisory_lock(1), pg_try_advisory_lock(5)
1 COMMIT
2 SELECT pg_try_advisory_lock(1), pg_try_advisory_lock(5), pg_try_advisory_lock(4)
1 SELECT pg_try_advisory_xact_lock(6)
2 SELECT pg_try_advisory_lock(6)
1 BEGIN
1 SELECT pg_try_advisory_xact_lock_shared(11)
1 SELECT nothing
2 SELECT pg_try_advisory_lock(11)
1 ROLLBACK`,
	"limits": `
1 SELECT pg_advisory_lock(1)
2 SET statement_timeout = '150ms'
2 SELECT pg_advisory_lock(1)
2 RESET statement_timeout
2 SET lock_timeout = '100ms'
2 SELECT pg_advisory_lock(1)
2 BEGIN
2 SELECT pg_advisory_xact_lock_shared(1)
2 ROLLBACK
3 SELECT mode, granted FROM pg_locks WHERE locktype = 'advisory'`,
	"deadlock": `
1 SELECT pg_advisory_lock(1)
2 SELECT pg_advisory_lock(2)
2 SET deadlock_timeout = '10min'
1 & SELECT pg_advisory_lock(2)
2 & SELECT pg_advisory_lock(1)
1 wait
3 SELECT objid, mode, granted FROM pg_locks WHERE locktype = 'advisory' ORDER BY objid, granted
1 SELECT pg_advisory_unlock(1)
2 wait`,
	"a session that ends": `
1 SELECT pg_advisory_lock(1)
2 & SELECT pg_advisory_lock(1)
1 close
2 wait`,
	"rows": `
1 SELECT pg_try_advisory_lock(x) FROM generate_series(1, 5) x WHERE x <> 3
2 SELECT x, pg_try_advisory_lock(x) FROM generate_series(1, 5) x ORDER BY x
2 SELECT pg_advisory_unlock(x) FROM generate_series(3, 5) x
1 SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'`,
	"signals": `
1 SELECT pg_cancel_backend(0), pg_terminate_backend(0)
1 SELECT pg_cancel_backend(-5)
1 SELECT pg_terminate_backend(5000000, 100)
1 SELECT pg_terminate_backend(5000000, -1)
2 SELECT pg_advisory_lock(1)
3 & SELECT pg_advisory_lock(1)
1 SELECT pg_cancel_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
3 wait
3 SELECT 1
1 SELECT pg_cancel_backend(pid) FROM pg_locks WHERE locktype = 'advisory'
2 SELECT 2
1 SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory'
1 SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
2 SELECT 2
1 SELECT pg_cancel_backend(pg_backend_pid())
1 SELECT 1
1 SELECT pg_terminate_backend(pg_backend_pid())`,
	"channels": `
1 LISTEN one
1 LISTEN "Two"
1 LISTEN one
1 SELECT * FROM pg_listening_channels()
1 BEGIN
1 LISTEN three
1 SELECT pg_listening_channels()
1 SAVEPOINT a
1 LISTEN four
1 UNLISTEN one
1 ROLLBACK TO a
1 COMMIT
1 SELECT pg_listening_channels()
1 BEGIN
1 UNLISTEN *
1 ROLLBACK
1 SELECT count(*), max(c) FROM pg_listening_channels() c
1 UNLISTEN one
1 UNLISTEN nothing
1 SELECT pg_listening_channels()
2 SELECT pg_listening_channels()
1 UNLISTEN *
1 SELECT pg_listening_channels()
1 LISTEN five
1 DISCARD ALL
1 SELECT pg_listening_channels()`,
}

var processNumber = regexp.MustCompile(`[Pp]rocess \d+|\[\d+,`)

// TestAdvisoryLocks lets several sessions do the same at the gateway and at PostgreSQL.
func TestAdvisoryLocks(t *testing.T) {
	w := newWorld(t)
	for name, script := range lockScripts {
		t.Run(name, func(t *testing.T) {
			got, want := playLocks(t, w.dsn("root"), script), playLocks(t, w.oracle, script)
			if got != want {
				g, x := firstDifference(got, want)
				t.Errorf("%s\nPostgreSQL: %s\n\n%s", g, x, got)
			}
		})
	}
}

func playLocks(t *testing.T, dsn, script string) string {
	t.Helper()
	var out strings.Builder
	sessions := map[string]*pgconn.PgConn{}
	pending := map[string]chan string{}
	var notices []string
	watch := connectTo(t, dsn)
	open := func(n string) *pgconn.PgConn {
		if sessions[n] == nil {
			config, err := pgconn.ParseConfig(dsn)
			if err != nil {
				t.Fatal(err)
			}
			config.OnNotice = func(_ *pgconn.PgConn, e *pgconn.Notice) {
				notices = append(notices, e.Severity+" "+e.Code+" "+e.Message)
			}
			c, err := pgconn.ConnectConfig(t.Context(), config)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = c.Close(context.Background()) })
			sessions[n] = c
		}
		return sessions[n]
	}
	for line := range strings.Lines(strings.TrimSpace(script)) {
		line = strings.TrimSpace(line)
		n, sql, _ := strings.Cut(line, " ")
		c := open(n)
		fmt.Fprintln(&out, line)
		switch waits := strings.HasPrefix(sql, "& "); {
		case waits:
			pending[n] = make(chan string, 1)
			go func() { pending[n] <- locksAnswer(c, sql[2:]) }()
			want := len(pending)
			eventually(t, 10*time.Second, "it does not wait: "+line, func() bool {
				return slices.Equal(ask(watch, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted").rows, []string{fmt.Sprint(want)})
			})
		case sql == "wait":
			select {
			case a := <-pending[n]:
				fmt.Fprintln(&out, a)
			case <-time.After(10 * time.Second):
				t.Fatalf("%s\nstill waits:\n%s", line, out.String())
			}
			delete(pending, n)
		case sql == "close":
			_ = c.Close(t.Context())
		default:
			fmt.Fprintln(&out, locksAnswer(c, sql))
		}
		for _, n := range notices {
			fmt.Fprintln(&out, n)
		}
		notices = nil
	}
	return out.String()
}

func locksAnswer(c *pgconn.PgConn, sql string) string {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	results, err := c.Exec(ctx, sql).ReadAll()
	var b strings.Builder
	for _, r := range results {
		if r.Err != nil { // before which PostgreSQL may have sent rows
			continue
		}
		for _, row := range r.Rows {
			b.WriteString(rowText(row) + "\n")
		}
		b.WriteString(r.CommandTag.String() + "\n")
	}
	if e := (*pgconn.PgError)(nil); errors.As(err, &e) {
		fmt.Fprintln(&b, e.Severity, e.Code, e.Message, processNumber.ReplaceAllString(e.Detail, "#"), e.Hint)
	} else if err != nil {
		b.WriteString("the session has ended\n")
	}
	return b.String()
}

// TestLocksAreBounded takes more locks than the gateway keeps.
func TestLocksAreBounded(t *testing.T) {
	w := newWorld(t)
	c := w.connect(t, "bob")
	if a := ask(c, "SELECT count(pg_advisory_lock(g)) FROM generate_series(1, 200000) AS g"); a.code != "53200" {
		t.Errorf("too many locks: %s", a)
	}
	if a := ask(c, "SELECT pg_advisory_unlock_all(), pg_try_advisory_lock(-1)"); a.code != "" {
		t.Errorf("after them: %s", a)
	}
}

// TestManyWaitForALock: those who wait for a lock take no place from the one who gives it back.
func TestManyWaitForALock(t *testing.T) {
	w := newWorld(t)
	holder, watch := w.connect(t, "root"), w.connect(t, "root")
	if a := ask(holder, "SELECT pg_advisory_lock(1)"); a.code != "" {
		t.Fatal(a)
	}
	const many = 40 // more than limits.running
	done := make(chan answer, many)
	for range many {
		c := w.connect(t, "root")
		go func() { done <- ask(c, "SELECT pg_advisory_xact_lock(1), 'mine'") }()
	}
	eventually(t, 20*time.Second, "not all of them wait", func() bool {
		return slices.Equal(ask(watch, "SELECT count(*) FROM pg_locks WHERE NOT granted").rows, []string{fmt.Sprint(many)})
	})
	if a := ask(watch, "SELECT count(*) FROM sales.orders o JOIN web.sessions s ON s.customer_id = o.customer_id"); a.code != "" {
		t.Error("beside those who wait:", a)
	}
	if a := ask(holder, "SELECT pg_advisory_unlock(1)"); a.code != "" {
		t.Fatal(a)
	}
	for range many {
		if a := <-done; a.code != "" {
			t.Error(a)
		}
	}
	if n := len(ask(watch, "SELECT 1 FROM pg_locks").rows); n != 0 {
		t.Errorf("%d locks are still held", n)
	}
}
