package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestSystemCatalogs reads every relation of pg_catalog and information_schema: all columns can be made, and names, types and order of
// the columns are PostgreSQL's.
func TestSystemCatalogs(t *testing.T) {
	w := newWorld(t)
	c, oracle := w.connect(t, "ann"), connectTo(t, w.oracle)
	list := ask(oracle, `SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname IN ('pg_catalog', 'information_schema') AND c.relkind IN ('r', 'v') ORDER BY 1`)
	if len(list.rows) < 190 {
		t.Fatalf("PostgreSQL has %d system relations", len(list.rows))
	}
	for _, name := range list.rows {
		if name == "pg_catalog.pg_statistic" || name == "pg_catalog.pg_stats" || name == "pg_catalog.pg_stats_ext" || name == "pg_catalog.pg_stats_ext_exprs" {
			continue // columns of the pseudo-type anyarray, which no client reads
		}
		want := ask(oracle, "SELECT * FROM "+name+" LIMIT 0")
		got := ask(c, "SELECT * FROM "+name)
		if got.code != "" {
			t.Errorf("%s: %s", name, got)
			continue
		}
		if !slices.Equal(got.columns, want.columns) {
			t.Errorf("%s has %v\nPostgreSQL: %v", name, got.columns, want.columns)
		}
	}
}

// TestOIDsAreStable: an object's number does not depend on who asks or on what else there is.
func TestOIDsAreStable(t *testing.T) {
	w := newWorld(t)
	numbers := func(user string) []string {
		a := ask(w.connect(t, user), `SELECT n.nspname, c.relname, c.oid, c.reltype, n.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
			WHERE n.nspname IN ('sales', 'web') AND c.relkind = 'r' ORDER BY 1, 2`)
		if a.code != "" || len(a.rows) < 4 {
			t.Fatal(a)
		}
		return a.rows
	}
	before := numbers("root")
	if got := numbers("ann"); !slices.Equal(got, before) {
		t.Errorf("ann sees\n%s\nroot\n%s", strings.Join(got, "\n"), strings.Join(before, "\n"))
	}
	w.addProduct(t)
	after := numbers("root")
	if !slices.ContainsFunc(after, func(row string) bool { return strings.Contains(row, "aaa_first") }) {
		t.Fatal("the new product is not there")
	}
	for _, row := range before {
		if !slices.Contains(after, row) {
			t.Errorf("%s has another number now", row)
		}
	}
}

// addProduct adds a product that sorts before all others, and serves the mesh anew.
func (w *world) addProduct(t *testing.T) {
	t.Helper()
	w.stop()
	file := filepath.Join(w.dir, "domains/sales/sales.odcs.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	added := strings.Replace(string(text), "schema:\n", "schema:\n  - name: aaa_first\n    physicalName: kinds\n    properties:\n      - {name: id, physicalType: integer}\n", 1)
	if err := os.WriteFile(file, []byte(added), 0o644); err != nil {
		t.Fatal(err)
	}
	w.serve(t)
}
