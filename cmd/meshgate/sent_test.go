package main

import (
	"strings"
	"testing"
	"time"

	bindings "github.com/duckdb/duckdb-go-bindings"
	pg_query "github.com/pganalyze/pg_query_go/v6"
	"github.com/xwb1989/sqlparser"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/duck"
	"meshgate/gateway"
	"meshgate/gateway/syscat"
	"meshgate/meshfile"
	"meshgate/pgvalue"
	"meshgate/planner"
	"meshgate/policy"
	"meshgate/sqlerr"
)

// sender plans for the mesh of testdata/attacks without any store, and reads back what stores would be sent.
type sender struct {
	mesh    *meshfile.Mesh
	catalog *catalog.Snapshot
	policy  *policy.Set
	// dialects are those of the stores, by name; kinds are the stores' kinds.
	dialects map[string]*connectors.Dialect
	kinds    map[string]string
	duck     bindings.Connection
	checked  map[string]bool // texts by store that were read back
}

func newSender(t testing.TB) *sender {
	t.Helper()
	w := &world{dir: t.TempDir(), vars: map[string]string{
		"PG_PORT": "5432", "PG_DATABASE": "attacked", "MY_PORT": "3306", "MY_DATABASE": "attacked", "HTTP_PORT": "1",
	}}
	var err error
	if w.vars["VERIFIER"], err = verifier(password); err != nil {
		t.Fatal(err)
	}
	w.copyAttackMesh(t)
	s := &sender{dialects: map[string]*connectors.Dialect{}, kinds: map[string]string{}, checked: map[string]bool{}}
	var faults meshfile.Faults
	if s.mesh, s.catalog, s.policy, faults = gateway.Load(w.dir, kinds()); len(faults) > 0 {
		t.Fatal(faults)
	}
	for name, store := range s.mesh.Config.Stores {
		for _, k := range kinds() {
			if k.Kind.Name != store.Kind.Value {
				continue
			}
			c, err := k.Open(gateway.StoreConfig{Name: name, Dir: w.dir, Store: store})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := c.Close(); err != nil {
					t.Error(err)
				}
			})
			s.dialects[name], s.kinds[name] = c.Dialect(), k.Kind.Name
		}
	}
	s.openDuckDB(t)
	return s
}

func (s *sender) openDuckDB(t testing.TB) {
	t.Helper()
	var db bindings.Database
	if bindings.Open(":memory:", &db) != bindings.StateSuccess || bindings.Connect(db, &s.duck) != bindings.StateSuccess {
		t.Fatal("DuckDB does not open")
	}
	t.Cleanup(func() {
		bindings.Disconnect(&s.duck)
		bindings.Close(&db)
	})
}

func (s *sender) input(user, mode string) *planner.Input {
	in := &planner.Input{
		Now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Catalog: s.catalog, Policy: s.policy, System: syscat.Relation, Format: pgvalue.DefaultFormat(),
		Engine: duck.Dialect(), Dialects: s.dialects, Version15: true, Eager: mode == "eager", Principal: &policy.Principal{User: user, Attrs: map[string]policy.Attr{}},
	}
	if mode == "off" {
		in.Disable = map[string]bool{"pushdown": true}
	}
	for i := range s.mesh.Users {
		if u := &s.mesh.Users[i]; u.Name.Value == user {
			in.Principal.Groups = meshfile.Values(u.Groups)
			for name, a := range u.Attrs {
				in.Principal.Attrs[name] = policy.Attr{Values: a.Values, List: a.List}
			}
		}
	}
	return in
}

// check plans a query as several users, and holds that what each store would be sent is one SELECT without a denied column. It
// returns how many such texts there were.
func (s *sender) check(t testing.TB, sql string) int {
	t.Helper()
	statements, err := planner.Parse(sql)
	if err != nil {
		return 0
	}
	sent := 0
	for _, user := range []string{"ann", "mia", "dee"} {
		for _, mode := range []string{"on", "off", "eager"} {
			for _, st := range statements {
				if !st.IsQuery() {
					continue
				}
				plan, err := planner.Make(s.input(user, mode), st)
				if err != nil {
					if e := sqlerr.From(err); e.Code == sqlerr.InternalError || len(e.Code) != 5 {
						t.Errorf("%s, pushdown %s: %s\nfails with %v", user, mode, sql, err)
					}
					continue
				}
				for _, r := range plan.Remotes {
					if r.System != nil {
						continue
					}
					if s.checked[r.Store+r.SQL] {
						continue
					}
					s.checked[r.Store+r.SQL] = true
					sent++
					if problem := s.wrong(r); problem != "" {
						t.Errorf("%s, pushdown %s: %s\nsends %s: %s\n%s", user, mode, sql, r.Store, problem, r.SQL)
					}
				}
			}
		}
	}
	return sent
}

// wrong says what is wrong with what a store would be sent; empty = nothing.
func (s *sender) wrong(r *planner.Remote) string {
	for _, name := range []string{"social_no", "ssn", "vlt_t", "vault"} {
		if strings.Contains(strings.ToLower(r.SQL), name) {
			return "it names " + name
		}
	}
	for _, e := range r.Expect {
		for _, c := range e.Columns {
			if c == "social_no" {
				return "it may read social_no"
			}
		}
	}
	switch s.kinds[r.Store] {
	case "postgres":
		return onePostgresSelect(r.SQL)
	case "mysql":
		return oneMySQLSelect(r.SQL)
	}
	return s.oneDuckDBSelect(r.SQL)
}

func onePostgresSelect(sql string) string {
	tree, err := pg_query.Parse(sql)
	if err != nil {
		return err.Error()
	}
	if len(tree.Stmts) != 1 {
		return "it is not one statement"
	}
	sel := tree.Stmts[0].Stmt.GetSelectStmt()
	if sel == nil || sel.IntoClause != nil || len(sel.LockingClause) > 0 {
		return "it is no plain SELECT"
	}
	return ""
}

func oneMySQLSelect(sql string) string {
	tokens := sqlparser.NewStringTokenizer(sql)
	tokens.AllowComments = true
	for kind := 1; kind != 0; {
		if kind, _ = tokens.Scan(); kind == sqlparser.LEX_ERROR || kind == sqlparser.COMMENT || kind == ';' {
			return "it has a comment, a second statement, or what is no token"
		}
	}
	tree, err := sqlparser.Parse(sql)
	if err != nil {
		return err.Error()
	}
	if sel, ok := tree.(*sqlparser.Select); !ok || sel.Lock != "" {
		return "it is no plain SELECT"
	}
	return ""
}

// oneDuckDBSelect asks DuckDB's own parser, which turns nothing but a SELECT into JSON.
func (s *sender) oneDuckDBSelect(sql string) string {
	var statements bindings.ExtractedStatements
	n := bindings.ExtractStatements(s.duck, sql, &statements)
	text := bindings.ExtractStatementsError(statements)
	bindings.DestroyExtracted(&statements)
	if n != 1 {
		return "it is not one statement " + text
	}
	var res bindings.Result
	defer bindings.DestroyResult(&res)
	state := bindings.Query(s.duck, "SELECT 1 WHERE json_serialize_sql('"+strings.ReplaceAll(sql, "'", "''")+"') ->> 'error' = 'false'", &res)
	if state != bindings.StateSuccess {
		return bindings.ResultError(&res)
	}
	chunk := bindings.FetchChunk(res)
	if chunk.Ptr == nil {
		return "it is no SELECT"
	}
	bindings.DestroyDataChunk(&chunk)
	return ""
}

// TestSentIsOneSelect plans random queries and all attacks.
func TestSentIsOneSelect(t *testing.T) {
	s := newSender(t)
	for _, bad := range []string{"SELECT 1; SELECT 2", "DELETE FROM t", "SELECT 1 FROM", "SELECT * FROM t FOR UPDATE"} {
		if onePostgresSelect(bad) == "" || oneMySQLSelect(bad) == "" || !strings.Contains(bad, "FOR UPDATE") && s.oneDuckDBSelect(bad) == "" {
			t.Errorf("%s is taken for one SELECT", bad)
		}
	}
	sent := 0
	for seed := range uint64(150) {
		sent += s.check(t, newRandomSQL(seed).query())
	}
	for _, sql := range handWritten(t) {
		sent += s.check(t, sql)
	}
	for _, a := range parseAttacks(t) {
		for i, step := range a.steps {
			if step.known == "" {
				sent += s.check(t, attackRun{domain: attackDomains[i%len(attackDomains)]}.sql(step.line))
			}
		}
	}
	t.Logf("%d statements would be sent", sent)
	if sent < 1000 {
		t.Errorf("only %d statements would be sent", sent)
	}
}

// FuzzSent does the same for any random query: `make fuzz` looks at many more of them.
func FuzzSent(f *testing.F) {
	for seed := range uint64(10) {
		f.Add(1000 + seed)
	}
	s := newSender(f)
	f.Fuzz(func(t *testing.T, seed uint64) { s.check(t, newRandomSQL(seed).query()) })
}
