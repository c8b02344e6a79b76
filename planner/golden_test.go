package planner_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/connectors/duckdb"
	"meshgate/connectors/mysql"
	"meshgate/connectors/postgres"
	"meshgate/duck"
	"meshgate/gateway/syscat"
	"meshgate/meshfile"
	"meshgate/pgvalue"
	"meshgate/planner"
	"meshgate/policy"
	"meshgate/sqlerr"
)

// goldenMesh reads the mesh of testdata/slt as it would stand over servers that nobody asks.
func goldenMesh(t testing.TB) (*meshfile.Mesh, *planner.Input) {
	t.Helper()
	dir := t.TempDir()
	root := os.DirFS("../testdata/slt/mesh")
	vars := map[string]string{"PG_PORT": "5432", "PG_DATABASE": "sales", "MY_PORT": "3306", "MY_DATABASE": "shop", "VERIFIER": verifier}
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(root, path)
		if err != nil {
			return err
		}
		to := filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		return os.WriteFile(to, []byte(os.Expand(string(text), func(name string) string { return vars[name] })), 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	files, faults := meshfile.Read(dir)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	snap, faults := catalog.New(files, []catalog.Kind{postgres.Kind, mysql.Kind, duckdb.Kind})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	set, faults := policy.New(files, snap)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return files, &planner.Input{
		Now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Catalog: snap, Policy: set, System: syscat.Relation, Format: pgvalue.DefaultFormat(),
		Engine: duck.Dialect(), Dialects: goldenDialects(t), Version15: true, ParamsKnown: false,
	}
}

const verifier = "SCRAM-SHA-256$4096:AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

func goldenDialects(t testing.TB) map[string]*connectors.Dialect {
	t.Helper()
	server := connectors.Server{Store: "store", Host: "127.0.0.1", Port: 1, Database: "d", User: "u", TLS: connectors.TLSDisable}
	pg, err := postgres.Open(server)
	if err != nil {
		t.Fatal(err)
	}
	my, err := mysql.Open(server)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]connectors.Connector{
		"sales-db": pg, "shop-db": my, "web-files": duckdb.Open(duckdb.Config{Store: "web-files", Path: "/mesh/web.duckdb"}),
		"event-files": duckdb.Open(duckdb.Config{Store: "event-files", Path: "/mesh/events/*.parquet"}),
	}
	out := map[string]*connectors.Dialect{}
	for name, c := range all {
		out[name] = c.Dialect()
		t.Cleanup(func() {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	return out
}

// TestPlans holds what becomes of a statement: `plan [as=USER] [off] [eager]`, then SQL; the output is EXPLAIN's, or the error.
func TestPlans(t *testing.T) {
	files, in := goldenMesh(t)
	datadriven.Walk(t, "testdata/plans", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			user := "root"
			d.MaybeScanArgs(t, "as", &user)
			asked := *in
			asked.Principal = principal(t, files, user)
			asked.Eager = d.HasArg("eager")
			if d.HasArg("off") {
				asked.Disable = map[string]bool{"pushdown": true}
			}
			return plan(&asked, d.Input)
		})
	})
}

func principal(t testing.TB, files *meshfile.Mesh, user string) *policy.Principal {
	t.Helper()
	for i := range files.Users {
		u := &files.Users[i]
		if u.Name.Value == user {
			p := &policy.Principal{User: user, Groups: meshfile.Values(u.Groups), Attrs: map[string]policy.Attr{}}
			for name, a := range u.Attrs {
				p.Attrs[name] = policy.Attr{Values: a.Values, List: a.List}
			}
			return p
		}
	}
	t.Fatalf("no user %s", user)
	return nil
}

func plan(in *planner.Input, sql string) string {
	statements, err := planner.Parse(sql)
	if err != nil {
		return failure(err)
	}
	p, err := planner.Make(in, statements[0])
	if err != nil {
		return failure(err)
	}
	again, err := planner.Make(in, statements[0])
	if err != nil || strings.Join(again.Explain().Lines(), "\n") != strings.Join(p.Explain().Lines(), "\n") {
		return "the same input gave another plan"
	}
	var b strings.Builder
	for _, c := range p.Columns {
		b.WriteString(c.Name + " " + c.Type.String() + "\n")
	}
	for _, n := range p.Notices {
		b.WriteString("NOTICE: " + n.Message + "\n")
	}
	b.WriteString(strings.Join(p.Explain().Lines(), "\n") + "\n")
	return b.String()
}

func failure(err error) string {
	e := sqlerr.From(err)
	text := string(e.Code) + ": " + e.Message + "\n"
	if e.Detail != "" {
		text += "DETAIL: " + e.Detail + "\n"
	}
	if e.Hint != "" {
		text += "HINT: " + e.Hint + "\n"
	}
	return text
}
