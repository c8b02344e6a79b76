package structure

import (
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// values are the packages of PostgreSQL's types and values, which know nothing of a mesh.
var values = []string{"pgcat", "pgvalue", "pgarrow", "sqlerr"}

// mayImport is the layering: what each package may import of this module. Tests may import everything.
var mayImport = map[string][]string{
	"sqlerr":           nil,
	"pgcat":            nil,
	"pgcat/generate":   nil,
	"pgvalue":          {"pgcat", "sqlerr"},
	"pgvalue/generate": nil,
	"pgarrow":          {"pgcat", "pgvalue", "sqlerr"},

	"pgencoding": {"sqlerr"},

	"audit":    nil,
	"tokens":   nil,
	"meshfile": {"sqlerr"},
	"catalog":  {"meshfile", "pgcat", "sqlerr"},
	"policy":   {"catalog", "meshfile", "pgcat", "pgvalue", "sqlerr"},

	"connectors":             with(values, "catalog"),
	"connectors/sessions":    {"sqlerr"},
	"connectors/postgres":    with(values, "catalog", "connectors", "connectors/sessions"),
	"connectors/mysql":       with(values, "catalog", "connectors", "connectors/sessions"),
	"connectors/duckdb":      with(values, "catalog", "connectors", "duck"),
	"connectors/conformance": with(values, "catalog", "connectors", "internal/teststores"),

	"planner": {"catalog", "connectors", "pgcat", "pgvalue", "policy", "sqlerr"},
	"duck":    with(values, "catalog", "connectors"),
	"engine":  with(values, "catalog", "connectors", "duck", "planner"),

	"wire":           with(values, "pgencoding"),
	"wire/wiretest":  nil,
	"gateway":        with(values, "audit", "catalog", "connectors", "duck", "engine", "gateway/syscat", "meshfile", "pgencoding", "planner", "policy", "tokens", "wire"),
	"gateway/syscat": with(values, "catalog", "connectors", "planner", "policy"),

	"testdata/demo":    {"duck", "meshfile", "sqlerr"},
	"testdata/clients": nil,
	"testdata/tpc":     nil,
	"testdata/tpch":    {"testdata/tpc"},
	"testdata/tpcds":   {"testdata/tpc"},
	"cmd/meshgate": with(values, "audit", "catalog", "connectors", "connectors/duckdb", "connectors/mysql", "connectors/postgres", "engine", "gateway",
		"meshfile", "planner", "policy", "testdata/demo", "wire"),

	"internal/structure":       nil,
	"internal/teststores":      nil,
	"internal/teststores/with": {"internal/teststores"},
}

func with(list []string, more ...string) []string { return slices.Concat(list, more) }

// TestImports reads the imports from the files: the go command's answer would come from the cache of test results.
func TestImports(t *testing.T) {
	found := map[string]bool{}
	for _, f := range goFiles(t) {
		pkg := path.Dir(f.name)
		found[pkg] = true
		allowed, known := mayImport[pkg]
		if !known || f.isTest() {
			continue
		}
		for _, spec := range f.syntax.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if ours, ok := strings.CutPrefix(name, "meshgate/"); ok && !slices.Contains(allowed, ours) {
				t.Errorf("%s imports %s, which %s may not", f.at(spec.Pos()), ours, pkg)
			}
		}
	}
	for _, pkg := range slices.Sorted(maps.Keys(found)) {
		if _, known := mayImport[pkg]; !known {
			t.Errorf("package %s is not in the table of imports", pkg)
		}
	}
	for _, pkg := range slices.Sorted(maps.Keys(mayImport)) {
		if !found[pkg] {
			t.Errorf("the table of imports has package %s, which does not exist", pkg)
		}
		for _, name := range mayImport[pkg] {
			if _, known := mayImport[name]; !known {
				t.Errorf("the table of imports lets %s import %s, which it does not have", pkg, name)
			}
		}
	}
}
