package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// restart serves the mesh again, with other variables.
func (w *world) restart(t *testing.T, vars map[string]string) {
	t.Helper()
	w.stop()
	for name, value := range vars {
		w.vars[name] = value
	}
	w.copyMesh(t)
	w.serve(t)
}

// closedPort is a port that nobody listens on.
func closedPort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return port
}

// TestStoreDown serves the other domains when a store is down at the start, and says so.
func TestStoreDown(t *testing.T) {
	w := newWorld(t)
	w.restart(t, map[string]string{"PG_PORT": closedPort(t)})
	c := w.connect(t, "root")
	if a := ask(c, "SELECT count(*) FROM web.sessions"); a.code != "" {
		t.Errorf("another domain: %s", a)
	}
	a := ask(c, "SELECT * FROM sales.customers")
	if a.code != "08006" || !strings.Contains(a.message, "sales-db") || strings.Contains(a.message, w.vars["PG_PORT"]) {
		t.Errorf("expected 08006 that names the store and not where it is, got %s", a)
	}
	if a := ask(c, "SELECT count(*) FROM sales.customers c JOIN web.sessions s ON s.customer_id = c.id"); a.code != "08006" {
		t.Errorf("a join with it: %s", a)
	}
	eventually(t, 10*time.Second, "mesh.stores does not tell", func() bool {
		a := ask(c, "SELECT store, healthy FROM mesh.stores ORDER BY store")
		return len(a.rows) == 4 && strings.Contains(strings.Join(a.rows, " "), "sales-db\tf")
	})
	page := func(path string) string {
		r := httptest.NewRecorder()
		w.server.gateway.Handler().ServeHTTP(r, httptest.NewRequest("GET", path, nil))
		return r.Body.String()
	}
	for path, wants := range map[string][]string{
		"/healthz": {`"status":"degraded"`},
		"/metrics": {`meshgate_store_up{store="sales-db"} 0`, `meshgate_store_up{store="web-files"} 1`, `meshgate_queries_total{sqlstate="08006"}`},
	} {
		for _, want := range wants {
			eventually(t, 10*time.Second, path+" lacks "+want, func() bool { return strings.Contains(page(path), want) })
		}
	}
}

// TestStoreDiesMidQuery ends the query with one error that names the store; the session and the store's next query work.
func TestStoreDiesMidQuery(t *testing.T) {
	w := newWorld(t)
	c := w.connect(t, "root")
	r := c.Exec(context.Background(), "SELECT * FROM sales.big")
	if !r.NextResult() || !r.ResultReader().NextRow() {
		t.Fatal("no row")
	}
	execSQL(t, w.sales, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
	for r.ResultReader().NextRow() {
	}
	err := r.Close()
	e, ok := err.(*pgconn.PgError)
	if !ok || !strings.HasPrefix(e.Code, "08") || !strings.Contains(e.Message, "sales-db") {
		t.Errorf("expected an error of class 08 that names the store, got %v", err)
	}
	if a := ask(c, "SELECT count(*) FROM sales.customers"); a.code != "" || len(a.rows) != 1 {
		t.Errorf("afterwards: %s", a)
	}
}

func TestWrongPassword(t *testing.T) {
	w := newWorld(t)
	for _, dsn := range []string{strings.Replace(w.dsn("ann"), password, "wrong", 1), w.dsn("nobody"), strings.Replace(w.dsn("ann"), "dbname=acme", "dbname=other", 1)} {
		_, err := pgconn.Connect(context.Background(), dsn)
		want := "28P01"
		if strings.Contains(dsn, "other") {
			want = "3D000"
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("expected %s, got %v", want, err)
		}
	}
}

// TestBadSQL sends statements that no client should: each gets its SQLSTATE, and the session goes on.
func TestBadSQL(t *testing.T) {
	w := newWorld(t)
	c := w.connect(t, "root")
	deep := strings.Repeat("(", 10_000) + "1" + strings.Repeat(")", 10_000)
	long := "SELECT '" + strings.Repeat("x", 10<<20) + "'"
	for _, test := range []struct{ name, sql, code string }{
		{"deep parentheses", "SELECT " + deep, "54001"},
		{"10 MB", long, "54000"},
		{"invalid UTF-8", "SELECT '\xff\xfe'", "22021"},
		{"syntax", "SELECT FROM WHERE", "42601"},
		{"empty", "", ""},
		{"only a comment", "-- nothing", ""},
		{"write", "DELETE FROM sales.customers", "25006"},
		{"unknown product", "SELECT * FROM nowhere.nothing", "42P01"},
		{"unknown function", "SELECT frobnicate(1)", "42883"},
		{"many statements", strings.Repeat("SELECT 1;", 2000), ""},
		{"deep operators", "SELECT " + strings.Repeat("1+", 20_000) + "1", "54001"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := ask(c, test.sql)
			if a.code != test.code {
				t.Errorf("expected SQLSTATE %q, got %.200s", test.code, a)
			}
			if a := ask(c, "SELECT 1"); a.code != "" {
				t.Errorf("the session is broken: %s", a)
			}
		})
	}
}

// dial opens a connection and speaks the startup of a user whom the server trusts to send nonsense.
func (w *world) dial(t *testing.T) net.Conn {
	t.Helper()
	nc, err := net.Dial("tcp", w.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	if err := nc.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return nc
}

// TestMalformedMessages end in an error and a closed connection; nothing hangs, and others are still served.
func TestMalformedMessages(t *testing.T) {
	w := newWorld(t)
	gigabyte := binary.BigEndian.AppendUint32(nil, 1<<30)
	for name, raw := range map[string][]byte{
		"a startup of a gigabyte": gigabyte, "nonsense": []byte("GET / HTTP/1.1\r\n\r\n"), "length zero": {0, 0, 0, 0}, "an unknown protocol": {0, 0, 0, 8, 0, 9, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			nc := w.dial(t)
			if _, err := nc.Write(raw); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadAll(nc); err != nil {
				t.Errorf("the connection was not closed in order: %v", err)
			}
		})
	}
	t.Run("after the startup", func(t *testing.T) {
		for name, raw := range map[string][]byte{
			"a query of a gigabyte": append([]byte{'Q'}, gigabyte...), "an unknown message": {'~', 0, 0, 0, 4}, "a length below four": {'Q', 0, 0, 0, 1},
			"a query with zero bytes": {'Q', 0, 0, 0, 8, 'a', 0, 'b', 0},
		} {
			c, err := pgconn.Connect(context.Background(), w.dsn("root"))
			if err != nil {
				t.Fatal(err)
			}
			h, err := c.Hijack()
			if err != nil {
				t.Fatal(err)
			}
			if err := h.Conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
				t.Fatal(err)
			}
			if _, err := h.Conn.Write(raw); err != nil {
				t.Fatal(err)
			}
			msg, err := h.Frontend.Receive()
			if _, isError := msg.(*pgproto3.ErrorResponse); err != nil || !isError {
				t.Errorf("%s: expected an error, got %T, %v", name, msg, err)
			}
			if err := h.Conn.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	if a := ask(w.connect(t, "root"), "SELECT 1"); a.code != "" {
		t.Errorf("others are not served any more: %s", a)
	}
}

// TestCommandLine holds exit statuses and that every fault of a file is told with its place.
func TestCommandLine(t *testing.T) {
	w := newWorld(t)
	makeFacts(t, w.sales, 1)
	broken := t.TempDir()
	if err := os.CopyFS(broken, os.DirFS(w.dir)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(broken, "secrets/pseudonym"), 0o600); err != nil {
		t.Fatal(err)
	}
	users := filepath.Join(broken, "users.yaml")
	if err := os.WriteFile(users, []byte("users:\n  - {name: ann, pasword: x}\n  - {nam: bob}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args []string
		in   string
		code int
		want []string
	}{
		{args: []string{"version"}, want: []string{"meshgate "}},
		{args: []string{"check", "--mesh", w.dir}, want: []string{"no fault"}},
		{args: []string{"check", "--mesh", w.dir, "--live"}, want: []string{"the stores agree"}},
		{args: []string{"check", "--mesh", broken}, code: 2, want: []string{"users.yaml:2:17", "users.yaml:3:6"}},
		{args: []string{"check", "--mesh", filepath.Join(broken, "nowhere")}, code: 2},
		{args: []string{"check"}, code: 2, want: []string{"--mesh"}},
		{args: []string{"fly"}, code: 2},
		{args: []string{"passwd"}, in: "secret\n", want: []string{"SCRAM-SHA-256$4096:"}},
		{args: []string{"passwd"}, in: "\n", code: 2},
		{args: []string{"explain", "--mesh", w.dir, "--as", "ann", "SELECT name FROM sales.customers"}, want: []string{"Store sales-db", "SALES-COUNTRY"}},
		{args: []string{"explain", "--mesh", w.dir, "--as", "ann", "SELECT ssn FROM sales.customers"}, code: 1, want: []string{"42501", "SECRET"}},
		{args: []string{"explain", "--mesh", w.dir, "--as", "nobody", "SELECT 1"}, code: 1},
		{args: []string{"serve", "--mesh", broken}, code: 2, want: []string{"users.yaml:2:17"}},
	} {
		t.Run(strings.Join(test.args[:min(2, len(test.args))], " "), func(t *testing.T) {
			var out bytes.Buffer
			code := run(context.Background(), test.args, streams{strings.NewReader(test.in), &out, &out})
			if code != test.code {
				t.Errorf("%v: status %d, expected %d:\n%s", test.args, code, test.code, out.String())
			}
			for _, want := range test.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%v: no %q in\n%s", test.args, want, out.String())
				}
			}
		})
	}
}
