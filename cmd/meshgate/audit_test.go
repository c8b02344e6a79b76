package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// change replaces texts in a file of the mesh.
func (w *world) change(t testing.TB, name string, pairs ...string) {
	t.Helper()
	path := filepath.Join(w.dir, name)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(string(text), pairs[i]) {
			t.Fatalf("%s has no %q", name, pairs[i])
		}
	}
	if err := os.WriteFile(path, []byte(strings.NewReplacer(pairs...).Replace(string(text))), 0o644); err != nil {
		t.Fatal(err)
	}
}

// governWorld gives the mesh a guild, and the domain sales an owner who can log in.
func governWorld(t testing.TB) *world {
	t.Helper()
	w := newWorld(t)
	w.stop()
	w.change(t, "mesh.yaml", "mesh: acme", "mesh: acme\nguild: {groups: [stewards]}\naudit: {path: log/audit.jsonl, maxSize: 64KiB}")
	w.change(t, "users.yaml", "users:\n", "users:\n  - {name: sal, password: \""+w.vars["VERIFIER"]+"\", groups: [staff], attrs: {email: Sales@example.com, countries: [DE]}}\n")
	if err := os.Mkdir(filepath.Join(w.dir, "log"), 0o755); err != nil {
		t.Fatal(err)
	}
	w.serve(t)
	return w
}

func (w *world) auditFile() string { return filepath.Join(w.dir, "log/audit.jsonl") }

// auditRecord is a record with what tests look at.
type auditRecord struct {
	Type, Query, User, Client, Application, Purpose, SQLState, Epoch, Message, Auth string
	Groups, RowFilters                                                              []string
	Rows, Bytes                                                                     int64
	Statement                                                                       struct{ Text string }
	Products                                                                        []struct{ Product, Contract, Version string }
	Columns                                                                         []struct {
		Column, Effect, Mask string
		Usage, Rules         []string
	}
	Stores []struct {
		Store, SQL string
		Parameters int
		Rows       int64
	}
	Denied struct {
		Product, Column string
		Rules           []string
	}
}

func (w *world) auditRecords(t testing.TB, kind string) []auditRecord {
	t.Helper()
	raw, err := os.ReadFile(w.auditFile())
	if err != nil {
		t.Fatal(err)
	}
	var out []auditRecord
	for line := range bytes.Lines(raw) {
		var r auditRecord
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		if kind == "" || r.Type == kind {
			out = append(out, r)
		}
	}
	return out
}

func TestAudit(t *testing.T) {
	w := governWorld(t)
	c := connectTo(t, w.dsn("ann")+" application_name=tests")
	if a := ask(c, "SET mesh.purpose = 'analytics'"); a.code != "" {
		t.Fatal(a)
	}
	rows := ask(c, "SELECT email, upper(name) FROM sales.customers WHERE credit > 4711 - 4700 AND name <> 'CANARY-LITERAL'")
	if rows.code != "" || len(rows.rows) == 0 {
		t.Fatal(rows)
	}
	if a := ask(c, "SELECT ssn FROM sales.customers"); a.code != "42501" {
		t.Fatal(a)
	}
	if a := ask(c, "SET mesh.purpose = 'marketing'"); a.code != "42501" {
		t.Fatal(a)
	}
	if a := ask(c, "SELECT 1 / (qty - qty) FROM sales.orders"); a.code != "22012" {
		t.Fatal(a)
	}
	if _, err := pgconn.Connect(context.Background(), strings.Replace(w.dsn("ann"), password, "CANARY-PASSWORD", 1)); err == nil {
		t.Fatal("logged in")
	}
	w.stop()
	raw, err := os.ReadFile(w.auditFile())
	if err != nil || strings.Contains(string(raw), "CANARY") || strings.Contains(string(raw), "4711") {
		t.Error("a literal is in the log", err)
	}
	started, ended := w.auditRecords(t, "query.started"), w.auditRecords(t, "query.completed")
	if len(started) != 2 || len(ended) != 2 {
		t.Fatalf("%d began, %d ended", len(started), len(ended))
	}
	checkStarted(t, &started[0], &ended[0], len(rows.rows))
	if ended[1].SQLState != "22012" {
		t.Errorf("%+v", ended[1])
	}
	if d := w.auditRecords(t, "query.denied"); len(d) != 1 || d[0].Denied.Column != "ssn" || d[0].SQLState != "42501" || !slices.Equal(d[0].Denied.Rules, []string{"SECRET"}) {
		t.Errorf("%+v", d)
	}
	if d := w.auditRecords(t, "setting.denied"); len(d) != 1 || !strings.Contains(d[0].Message, "marketing") {
		t.Errorf("%+v", d)
	}
	if f := w.auditRecords(t, "login.failed"); len(f) != 1 || f[0].User != "ann" || f[0].SQLState != "28P01" || f[0].Client != "127.0.0.1" {
		t.Errorf("%+v", f)
	}
	if s := w.auditRecords(t, "session.started"); len(s) != 1 || s[0].Auth != "scram-sha-256" {
		t.Errorf("%+v", s)
	}
	w.verifyLog(t)
}

func checkStarted(t *testing.T, r, end *auditRecord, rows int) {
	t.Helper()
	if r.User != "ann" || r.Application != "tests" || r.Client != "127.0.0.1" || r.Purpose != "analytics" || !slices.Equal(r.Groups, []string{"staff", "analysts"}) ||
		!strings.HasPrefix(r.Epoch, "sha256:") || r.Statement.Text != "SELECT email, upper(name) FROM sales.customers WHERE credit > ? - ? AND name <> ?" {
		t.Errorf("who and what: %+v", r)
	}
	if len(r.Products) != 1 || r.Products[0].Product != "sales.customers" || r.Products[0].Contract != "sales" || r.Products[0].Version != "1.0.0" ||
		!slices.Equal(r.RowFilters, []string{"SALES-COUNTRY"}) {
		t.Errorf("products: %+v", r)
	}
	columns := fmt.Sprint(r.Columns)
	want := "[{sales.customers.name mask partial [DIRECT/TRANSFORMATION INDIRECT/FILTER] [SALES-NAME]} " +
		"{sales.customers.email mask hash [DIRECT/IDENTITY] [PII-HASH]} {sales.customers.credit mask bucket [INDIRECT/FILTER] [SALES-CREDIT]}]"
	if columns != want {
		t.Errorf("columns: %s", columns)
	}
	if len(r.Stores) != 1 || r.Stores[0].Store != "sales-db" || !strings.Contains(r.Stores[0].SQL, "FROM") || r.Stores[0].Parameters == 0 {
		t.Errorf("stores: %+v", r.Stores)
	}
	if end.Query != r.Query || end.Rows != int64(rows) || end.Bytes == 0 || end.SQLState != "00000" || len(end.Stores) != 1 || end.Stores[0].Rows < end.Rows {
		t.Errorf("end: %+v", end)
	}
}

// verifyLog runs the command over the log as it is, changed, and gone.
func (w *world) verifyLog(t *testing.T) {
	t.Helper()
	verify := func() (int, string) {
		var out bytes.Buffer
		code := run(context.Background(), []string{"audit", "verify", w.auditFile()}, streams{strings.NewReader(""), &out, &out})
		return code, out.String()
	}
	if code, out := verify(); code != 0 || !strings.Contains(out, "are whole") {
		t.Error(code, out)
	}
	w.change(t, "log/audit.jsonl", `"user":"ann"`, `"user":"eve"`)
	if code, out := verify(); code != 1 || !strings.Contains(out, "audit.jsonl:") {
		t.Error(code, out)
	}
	if _, err := startServer(t.Context(), w.dir, "127.0.0.1:0", w.log, false); err == nil || !strings.Contains(err.Error(), "was changed") {
		t.Error("a changed log was gone on with:", err)
	}
	if err := os.Remove(w.auditFile()); err != nil {
		t.Fatal(err)
	}
	if code, out := verify(); code != 2 {
		t.Error(code, out)
	}
}

// TestAuditCannotBeWritten refuses every query, before any store is asked, once the log takes no records.
func TestAuditCannotBeWritten(t *testing.T) {
	w := governWorld(t)
	c := w.connect(t, "ann")
	if a := ask(c, "SELECT count(*) FROM sales.customers"); a.code != "" {
		t.Fatal(a)
	}
	if err := os.Truncate(w.auditFile(), 100); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{"SELECT count(*) FROM sales.customers", "SELECT 1", "COPY sales.customers TO STDOUT", "SELECT ssn FROM sales.customers", "EXPLAIN ANALYZE SELECT id FROM sales.customers"} {
		if a := ask(c, sql); a.code != "58030" || !strings.Contains(a.message, "audit") || len(a.rows) > 0 {
			t.Errorf("%s: %s", sql, a)
		}
	}
	if _, err := pgconn.Connect(context.Background(), w.dsn("bob")); err == nil || !strings.Contains(err.Error(), "58030") {
		t.Error("a login was not recorded:", err)
	}
}

// TestQueriesThatOthersSee shows each their own queries, owners those of their products, and the guild all.
func TestQueriesThatOthersSee(t *testing.T) {
	w := governWorld(t)
	ann := w.connect(t, "ann")
	for sql, code := range map[string]string{
		"SELECT id FROM sales.customers WHERE country = 'DE'": "", "SELECT id FROM web.sessions WHERE device = 'x'": "", "SELECT ssn FROM sales.customers": "42501",
		"SELECT c.id FROM sales.customers c JOIN web.sessions s ON s.customer_id = c.id WHERE c.country = 'FR'": "",
	} {
		if a := ask(ann, sql); a.code != code {
			t.Fatal(a)
		}
	}
	for user, want := range map[string][]string{
		"ann": {
			"ann\tdone\t{sales.customers,web.sessions}\tSELECT c.id FROM sales.customers c JOIN web.sessions s ON s.customer_id = c.id WHERE c.country = 'FR'",
			"ann\tdone\t{sales.customers}\tSELECT id FROM sales.customers WHERE country = 'DE'", "ann\tdenied\t{sales.customers}\tSELECT ssn FROM sales.customers",
			"ann\tdone\t{web.sessions}\tSELECT id FROM web.sessions WHERE device = 'x'",
		},
		"sal": {
			"ann\tdone\t{sales.customers}\tNULL", "ann\tdone\t{sales.customers}\tSELECT id FROM sales.customers WHERE country = ?",
			"ann\tdenied\t{sales.customers}\tSELECT ssn FROM sales.customers",
		},
		"bob": nil,
		"root": {
			"ann\tdone\t{sales.customers,web.sessions}\tSELECT c.id FROM sales.customers c JOIN web.sessions s ON s.customer_id = c.id WHERE c.country = ?",
			"ann\tdone\t{sales.customers}\tSELECT id FROM sales.customers WHERE country = ?", "ann\tdenied\t{sales.customers}\tSELECT ssn FROM sales.customers",
			"ann\tdone\t{web.sessions}\tSELECT id FROM web.sessions WHERE device = ?",
		},
	} {
		a := ask(w.connect(t, user), `SELECT "user", state, products, statement FROM mesh.queries WHERE products <> '{}'`).sorted()
		slices.Sort(want)
		if !slices.Equal(a.rows, want) {
			t.Errorf("%s sees\n%s\nwant\n%s", user, strings.Join(a.rows, "\n"), strings.Join(want, "\n"))
		}
	}
}

// TestSessionsThatOthersSee shows each their own sessions and locks, and the guild all, without the statements of others.
func TestSessionsThatOthersSee(t *testing.T) {
	w := governWorld(t)
	ann := w.connect(t, "ann")
	if a := ask(ann, "SELECT pg_advisory_lock(4711), 'ann asks'"); a.code != "" {
		t.Fatal(a)
	}
	for user, want := range map[string][2]string{"ann": {"SELECT pg_advisory_lock(4711), 'ann asks'", "1"}, "bob": {"", "0"}, "root": {"<insufficient privilege>", "1"}} {
		c := w.connect(t, user)
		sessions := ask(c, fmt.Sprintf("SELECT query FROM pg_stat_activity WHERE pid = %d", ann.PID()))
		if got := strings.Join(sessions.rows, "|"); sessions.code != "" || got != want[0] {
			t.Errorf("%s sees of ann's session %s", user, sessions)
		}
		if locks := ask(c, "SELECT count(*) FROM pg_locks WHERE objid = 4711"); locks.code != "" || locks.rows[0] != want[1] {
			t.Errorf("%s sees locks of ann: %s", user, locks)
		}
	}
}
