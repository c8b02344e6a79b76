package main

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// within is how soon a changed file holds.
const within = time.Second

func (w *world) epoch() string { return w.server.gateway.Catalog().Epoch() }

// reloaded waits for the epoch after a change.
func (w *world) reloaded(t *testing.T, change func()) {
	t.Helper()
	before := w.epoch()
	change()
	eventually(t, within, "no new epoch", func() bool { return w.epoch() != before })
}

const secretRule = `{groups: [stewards]}, reason: a canary that nobody may see`

// TestReloadRights changes rules and users under sessions that are open: their next statement goes by the new files.
func TestReloadRights(t *testing.T) {
	w := newWorld(t)
	ann, bob := w.connect(t, "ann"), w.connect(t, "bob")
	ctx := context.Background()
	if _, err := ann.Prepare(ctx, "born", "SELECT born FROM sales.customers ORDER BY id", nil); err != nil {
		t.Fatal(err)
	}
	read := func() string {
		r := ann.ExecPrepared(ctx, "born", nil, nil, nil).Read()
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		return rowText(r.Rows[0])
	}
	masked := read()
	if a := ask(ann, "SELECT ssn FROM sales.customers"); a.code != "42501" {
		t.Fatal(a)
	}
	w.reloaded(t, func() {
		w.change(t, "governance/base.policy.yaml", secretRule, strings.Replace(secretRule, "[stewards]", "[stewards, staff]", 1))
	})
	if a := ask(ann, "SELECT ssn FROM sales.customers"); a.code != "" {
		t.Errorf("granted: %s", a)
	}
	w.reloaded(t, func() {
		w.change(t, "domains/sales/sales.policy.yaml", "mask: {fn: date_trunc, unit: year}", "mask: {fn: date_trunc, unit: century}")
	})
	if now := read(); now == masked {
		t.Errorf("the prepared statement still shows %s", now)
	}
	w.reloaded(t, func() { w.change(t, "users.yaml", "- {name: bob", "- {name: bert") })
	if a := ask(bob, "SELECT count(*) FROM sales.customers"); a.code != "28000" {
		t.Errorf("a user who is gone: %s", a)
	}
	if _, err := pgconn.Connect(ctx, w.dsn("bob")); err == nil || !strings.Contains(err.Error(), "28P01") {
		t.Error("a user who is gone logged in:", err)
	}
	if a := ask(w.connect(t, "bert"), "SELECT count(*) FROM sales.customers"); a.code != "" {
		t.Errorf("a user who came: %s", a)
	}
	if a := ask(ann, "SET mesh.purpose = 'analytics'"); a.code != "" {
		t.Fatal(a)
	}
	w.reloaded(t, func() { w.change(t, "users.yaml", "purposes: [analytics]", "purposes: []") })
	if a := ask(ann, "SELECT 1 FROM sales.customers"); a.code != "42501" {
		t.Errorf("a purpose that is gone: %s", a)
	}
}

// TestReloadPortal takes a right away between Bind and Execute.
func TestReloadPortal(t *testing.T) {
	w := newWorld(t)
	c := w.connect(t, "root")
	h, err := c.Hijack()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = h.Conn.Close() }()
	receive := func(want pgproto3.BackendMessage) pgproto3.BackendMessage {
		t.Helper()
		for {
			m, err := h.Frontend.Receive()
			if err != nil {
				t.Fatal(err)
			}
			switch m.(type) {
			case *pgproto3.ErrorResponse, *pgproto3.DataRow, *pgproto3.CommandComplete, *pgproto3.BindComplete:
				return m
			}
		}
	}
	h.Frontend.SendParse(&pgproto3.Parse{Query: "SELECT ssn FROM sales.customers"})
	h.Frontend.SendBind(&pgproto3.Bind{})
	h.Frontend.Send(&pgproto3.Flush{})
	if err := h.Frontend.Flush(); err != nil {
		t.Fatal(err)
	}
	if _, ok := receive(nil).(*pgproto3.BindComplete); !ok {
		t.Fatal("not bound")
	}
	w.reloaded(t, func() {
		w.change(t, "governance/base.policy.yaml", secretRule, strings.Replace(secretRule, "[stewards]", "[nobody]", 1))
	})
	h.Frontend.SendExecute(&pgproto3.Execute{})
	h.Frontend.SendSync(&pgproto3.Sync{})
	if err := h.Frontend.Flush(); err != nil {
		t.Fatal(err)
	}
	if e, ok := receive(nil).(*pgproto3.ErrorResponse); !ok || e.Code != "42501" {
		t.Errorf("expected 42501, got %+v", e)
	}
}

// storeSessions counts the gateway's connections to the store of sales.
func (w *world) storeSessions(t *testing.T) int {
	t.Helper()
	var n int
	if err := w.sales.QueryRow(context.Background(), "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestReloadStores gives a store new settings while a query streams from it: the query ends as it began, the next one uses the new
// connections, and the old ones are closed. Stores that did not change keep theirs.
func TestReloadStores(t *testing.T) {
	w := newWorld(t)
	c, other := w.connect(t, "root"), w.connect(t, "root")
	r := c.Exec(context.Background(), "SELECT id FROM sales.big")
	if !r.NextResult() || !r.ResultReader().NextRow() {
		t.Fatal("no row")
	}
	w.reloaded(t, func() {
		w.change(t, "mesh.yaml", "user: postgres, tls: disable}", "user: postgres, tls: disable, connections: 3}")
		w.change(t, "governance/base.policy.yaml", secretRule, strings.Replace(secretRule, "[stewards]", "[nobody]", 1))
	})
	if a := ask(other, "SELECT ssn FROM sales.customers"); a.code != "42501" {
		t.Errorf("the new epoch: %s", a)
	}
	if a := ask(other, "SELECT count(*) FROM sales.customers"); a.code != "" {
		t.Errorf("the new connections: %s", a)
	}
	rows := 1
	for r.ResultReader().NextRow() {
		rows++
	}
	if err := r.Close(); err != nil || rows != 5_000_000 {
		t.Errorf("%d rows, %v", rows, err)
	}
	eventually(t, 10*time.Second, "old connections stay", func() bool { return w.storeSessions(t) <= 3 })
	if a := ask(c, "SELECT count(*) FROM sales.customers"); a.code != "" {
		t.Errorf("afterwards: %s", a)
	}
}

// TestReloadInTransaction keeps a transaction's view of stores that did not change, and refuses one that did.
func TestReloadInTransaction(t *testing.T) {
	w := newWorld(t)
	c := w.connect(t, "root")
	for _, sql := range []string{"BEGIN ISOLATION LEVEL REPEATABLE READ", "SELECT count(*) FROM sales.customers"} {
		if a := ask(c, sql); a.code != "" {
			t.Fatal(a)
		}
	}
	execSQL(t, w.sales, "INSERT INTO customers SELECT * FROM customers LIMIT 0; DELETE FROM orders")
	w.reloaded(t, func() { w.change(t, "domains/sales/domain.yaml", "The domain of sales", "What we sell") })
	if a := ask(c, "SELECT count(*) > 0 FROM sales.orders"); len(a.rows) != 1 || a.rows[0] != "t" {
		t.Errorf("the same view: %s", a)
	}
	w.reloaded(t, func() {
		w.change(t, "mesh.yaml", "user: postgres, tls: disable}", "user: postgres, tls: disable, connections: 3}")
	})
	if a := ask(c, "SELECT count(*) FROM sales.orders"); a.code != "55000" || !strings.Contains(a.message, "sales-db") {
		t.Errorf("a store that changed: %s", a)
	}
	ask(c, "ROLLBACK")
	if a := ask(c, "SELECT count(*) > 0 FROM sales.orders"); len(a.rows) != 1 || a.rows[0] != "f" {
		t.Errorf("a new transaction: %s", a)
	}
}

// TestReloadWrongFiles keeps the last good epoch and says so everywhere, until the files are right again.
func TestReloadWrongFiles(t *testing.T) {
	w := newWorld(t)
	c := w.connect(t, "ann")
	before := w.epoch()
	health := func() (status, stale string) {
		r := httptest.NewRecorder()
		w.server.gateway.Handler().ServeHTTP(r, httptest.NewRequest("GET", "/healthz", nil))
		var body struct {
			Status string
			Stale  json.RawMessage
		}
		if err := json.Unmarshal(r.Body.Bytes(), &body); err != nil {
			t.Fatal(err)
		}
		return body.Status, string(body.Stale)
	}
	eventually(t, 10*time.Second, "not healthy", func() bool { s, _ := health(); return s == "ok" })
	w.change(t, "governance/base.policy.yaml", "effect: deny", "effect: allow")
	eventually(t, within, "not told", func() bool { _, stale := health(); return strings.Contains(stale, `"faults":1`) })
	if s, _ := health(); s != "degraded" {
		t.Error(s)
	}
	if a := ask(c, "SELECT ssn FROM sales.customers"); a.code != "42501" || w.epoch() != before {
		t.Errorf("the last good epoch: %s", a)
	}
	if a := ask(c, "SELECT DISTINCT epoch, problem FROM mesh.policies"); len(a.rows) != 1 || !strings.HasPrefix(a.rows[0], before+"\tnewer files have 1 faults") {
		t.Errorf("mesh.policies: %s", a)
	}
	if !strings.Contains(w.log.String(), "governance/base.policy.yaml:8:") {
		t.Error("the log does not name the fault")
	}
	w.change(t, "governance/base.policy.yaml", "effect: allow", "effect: deny")
	eventually(t, within, "still stale", func() bool { _, stale := health(); return stale == "" })
	if a := ask(c, "SELECT DISTINCT problem FROM mesh.policies"); len(a.rows) != 1 || a.rows[0] != nullText {
		t.Errorf("mesh.policies: %s", a)
	}
}

// TestReloadNeedsRestart says which keys it does not take, and takes the others.
func TestReloadNeedsRestart(t *testing.T) {
	w := newWorld(t)
	w.reloaded(t, func() {
		w.change(t, "mesh.yaml", "mesh: acme", "mesh: acme\nlisten: 127.0.0.1:1", "statementTimeout: 1m", "running: 3, resultRows: 2, statementTimeout: 1m")
	})
	if a := ask(w.connect(t, "ann"), "SELECT id FROM web.sessions"); a.code != "53400" {
		t.Errorf("resultRows: %s", a)
	}
	if !strings.Contains(w.log.String(), `keys="limits.running, listen"`) {
		t.Error("the log does not name the keys")
	}
}

// TestReloadOfLink points a mesh folder that is a link to another one, and asks for it with a signal.
func TestReloadOfLink(t *testing.T) {
	w := newWorld(t)
	w.stop()
	other, link := t.TempDir(), filepath.Join(t.TempDir(), "mesh")
	if err := os.CopyFS(other, os.DirFS(w.dir)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(other, "secrets/pseudonym"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(w.dir, link); err != nil {
		t.Fatal(err)
	}
	w.dir = link
	w.serve(t)
	w.server.reloadOnSignal()
	before := w.epoch()
	w.dir = other
	w.change(t, "users.yaml", "- {name: bob", "- {name: bert")
	if err := os.Remove(link); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(other, link); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	eventually(t, within, "no new epoch", func() bool { return w.epoch() != before })
	// And without a signal, by the regular look.
	before = w.epoch()
	if err := os.Remove(link); err != nil {
		t.Fatal(err)
	}
	w.change(t, "users.yaml", "- {name: bert", "- {name: bertha")
	if err := os.Symlink(other, link); err != nil {
		t.Fatal(err)
	}
	eventually(t, 5*within, "no new epoch", func() bool { return w.epoch() != before })
}
