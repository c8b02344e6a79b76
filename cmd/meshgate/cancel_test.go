package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// eventually waits for something that happens elsewhere, and fails when it takes longer than a limit.
func eventually(t testing.TB, limit time.Duration, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(limit)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline:
			t.Fatalf("after %s: %s", limit, what)
		case <-tick.C:
		}
	}
}

// running reports whether a store runs a slow query. An EXPLAIN of statistics is none.
func (w *world) running(t *testing.T, domain string) bool {
	t.Helper()
	var n int
	if domain == "sales" {
		err := w.sales.QueryRow(context.Background(), `SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND datname = current_database()
			AND query LIKE '%slow%' AND query NOT LIKE 'EXPLAIN%' AND pid <> pg_backend_pid()`).Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
		return n > 0
	}
	err := w.shop.QueryRow("SELECT count(*) FROM information_schema.processlist WHERE info LIKE '%slow%' AND info NOT LIKE 'EXPLAIN%' AND id <> connection_id()").Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n > 0
}

// TestCancelReachesTheStore cancels as drivers do, and as psql does on Ctrl-C: the query ends in the store within a second, and the
// session goes on.
func TestCancelReachesTheStore(t *testing.T) {
	w := newWorld(t)
	for _, domain := range []string{"sales", "shop"} {
		t.Run(domain, func(t *testing.T) {
			c := w.connect(t, "root")
			done := make(chan answer, 1)
			go func() { done <- ask(c, "SELECT * FROM "+domain+".slow") }()
			eventually(t, 10*time.Second, "the query does not run at the store", func() bool { return w.running(t, domain) })
			if err := c.CancelRequest(context.Background()); err != nil {
				t.Fatal(err)
			}
			eventually(t, time.Second, "the query still runs at the store", func() bool { return !w.running(t, domain) })
			if a := <-done; a.code != "57014" {
				t.Errorf("canceled query: %s", a)
			}
			if a := ask(c, "SELECT 1"); a.code != "" {
				t.Errorf("after the cancel: %s", a)
			}
		})
		t.Run(domain+" psql", func(t *testing.T) {
			cmd := exec.Command("psql", w.dsn("root"), "-c", "SELECT * FROM "+domain+".slow")
			out := &lockedBuffer{}
			cmd.Stdout, cmd.Stderr = out, out
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			eventually(t, 10*time.Second, "the query does not run at the store", func() bool { return w.running(t, domain) })
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			eventually(t, time.Second, "the query still runs at the store", func() bool { return !w.running(t, domain) })
			if err := cmd.Wait(); err == nil {
				t.Errorf("psql succeeded: %s", out)
			}
		})
	}
}

// TestStatementTimeout ends a query at the store when its time is over.
func TestStatementTimeout(t *testing.T) {
	w := newWorld(t)
	c := w.connect(t, "root")
	ask(c, "SET statement_timeout = '200ms'")
	if a := ask(c, "SELECT * FROM sales.slow"); a.code != "57014" {
		t.Errorf("timeout: %s", a)
	}
	eventually(t, time.Second, "the query still runs at the store", func() bool { return !w.running(t, "sales") })
}

// TestClientVanishes ends the store's query when the client's connection breaks.
func TestClientVanishes(t *testing.T) {
	w := newWorld(t)
	for _, domain := range []string{"sales", "shop"} {
		t.Run(domain, func(t *testing.T) {
			c, err := pgconn.Connect(context.Background(), w.dsn("root"))
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan error, 1)
			go func() {
				_, err := c.Exec(context.Background(), "SELECT * FROM "+domain+".slow").ReadAll()
				done <- err
			}()
			eventually(t, 10*time.Second, "the query does not run at the store", func() bool { return w.running(t, domain) })
			if err := c.Conn().Close(); err != nil {
				t.Fatal(err)
			}
			eventually(t, time.Second, "the query still runs at the store", func() bool { return !w.running(t, domain) })
			if err := <-done; err == nil || errors.Is(err, context.Canceled) {
				t.Errorf("the broken connection answered: %v", err)
			}
		})
	}
}

// reading says whether the store of sales works at rows of the big view.
func (w *world) reading(t *testing.T) bool {
	t.Helper()
	var n int
	err := w.sales.QueryRow(context.Background(), `SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND datname = current_database()
		AND query LIKE '%big%' AND pid <> pg_backend_pid()`).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n > 0
}

// TestClientThatDoesNotRead asks for five million rows and reads none of them: the gateway holds few of them, the statement's timeout
// ends the query at the store, and so does the client's leaving.
func TestClientThatDoesNotRead(t *testing.T) {
	w := newWorld(t)
	for _, leaves := range []bool{false, true} {
		c, err := pgconn.Connect(context.Background(), w.dsn("root"))
		if err != nil {
			t.Fatal(err)
		}
		if a := ask(c, "SET statement_timeout = '2s'"); a.code != "" && !leaves {
			t.Fatal(a)
		}
		if leaves {
			ask(c, "SET statement_timeout = '1min'")
		}
		before := allocated()
		frontend := c.Frontend()
		frontend.Send(&pgproto3.Query{String: "SELECT * FROM sales.big"})
		if err := frontend.Flush(); err != nil {
			t.Fatal(err)
		}
		eventually(t, 10*time.Second, "the query does not run at the store", func() bool { return w.reading(t) })
		var most uint64
		if leaves {
			if err := c.Conn().Close(); err != nil {
				t.Fatal(err)
			}
			eventually(t, time.Second, "the query still runs at the store", func() bool { return !w.reading(t) })
		} else {
			// The timeout, and the time that a client gets to read what is written already.
			eventually(t, 9*time.Second, "the query still runs at the store", func() bool { most = max(most, allocated()); return !w.reading(t) })
			if most > before+64<<20 {
				t.Errorf("the gateway holds %d MiB for a client that does not read", (most-before)>>20)
			}
			_ = c.Conn().Close()
		}
	}
}

// allocated is what live objects take.
func allocated() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
