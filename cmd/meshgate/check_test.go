package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const demoMesh = "../../testdata/demo/mesh"

// demoCopy is a copy of the demo's mesh, without its data: a check needs none.
func demoCopy(t *testing.T) *world {
	t.Helper()
	w := &world{dir: t.TempDir()}
	if err := os.CopyFS(w.dir, os.DirFS(demoMesh)); err != nil {
		t.Fatal(err)
	}
	return w
}

func check(t *testing.T, args ...string) (code int, out string) {
	t.Helper()
	var b bytes.Buffer
	code = run(context.Background(), append([]string{"check"}, args...), streams{strings.NewReader(""), &b, &b})
	return code, b.String()
}

func wants(t *testing.T, out string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(out, text) {
			t.Errorf("no %q in\n%s", text, out)
		}
	}
}

func TestDemoPolicyTests(t *testing.T) {
	code, out := check(t, "--mesh", demoMesh)
	if code != 0 || strings.Contains(out, "warning") {
		t.Errorf("status %d:\n%s", code, out)
	}
	wants(t, out, "policy tests: 12 of 12 passed")
}

// TestPolicyTestsFail changes what is expected in every way: each failure is told with its place, all at once.
func TestPolicyTestsFail(t *testing.T) {
	w := demoCopy(t)
	const file = "governance/more.policytest.yaml"
	if err := os.WriteFile(filepath.Join(w.dir, file), []byte(`apiVersion: meshgate/v1
kind: PolicyTest
cases:
  - name: wrong
    principal: {user: gwen, groups: [growth], attrs: {regions: [DE]}}
    query: SELECT email FROM customers.profiles WHERE segment = 'x'
    expect:
      columns:
        customers.profiles.email: {effect: allow}
        customers.profiles.first_name: {effect: mask, fn: hash}
        customers.profiles.birth_date: {effect: mask, by: [G-030-name]}
        customers.profiles.frist_name: {effect: mask}
        customers.profles.email: {effect: mask}
      rowFilters: []
      pushed: {mustNotFilterOn: [segment, nothing]}
      error: "42501"
      denied: [customers.profiles, customers.profiles.email]
  - name: no plan
    principal: {user: gwen, groups: [growth]}
    query: SELECT phone FROM customers.profiles
    expect: {rowFilters: [G-100-region]}
  - name: no purpose
    principal: {user: gwen}
    purpose: reporting-it
    query: SELECT 1
    expect: {rowFilters: []}
  - name: no query
    principal: {user: gwen}
    query: DROP TABLE x
    expect: {rowFilters: []}
  - name: an access grant would have ended
    principal: {user: gwen}
    at: 2027-01-01T00:00:00Z
    query: SELECT now()
    expect: {rowFilters: []}
`), 0o644); err != nil {
		t.Fatal(err)
	}
	code, out := check(t, "--mesh", w.dir)
	if code != 1 {
		t.Errorf("status %d:\n%s", code, out)
	}
	wants(t, out, "policy tests: 13 of 17 passed",
		file+`:9:44: test "wrong": customers.profiles.email: expected allow, got mask by G-020-email`,
		file+`:10:59: test "wrong": customers.profiles.first_name: expected the mask hash, got partial`,
		`customers.profiles.birth_date: by: expected G-030-name, got G-050-birth`, `customers.profiles has no column "frist_name"`,
		"there is no product customers.profles", `test "wrong": rowFilters: expected none, got G-100-region`,
		file+`:15:34: test "wrong": mustNotFilterOn: store customers-db filters on customers.profiles.segment`,
		"no product of the query has a column nothing", file+`:16:14: test "wrong": error: expected 42501, but the query can be planned`,
		"denied: customers.profiles shows column", "denied: customers.profiles.email shows: mask",
		file+`:20:12: test "no plan": the query fails, which nothing expects: 42501`, `test "no purpose": purpose "reporting-it" is not in the taxonomy (did you mean "reporting"?)`,
		`test "no query": query: expected one SELECT`)
}

// TestCheckBase tells who gains and who loses what, and refuses what takes protection off a column.
func TestCheckBase(t *testing.T) {
	w := demoCopy(t)
	if code, out := check(t, "--mesh", w.dir, "--base", demoMesh); code != 0 || !strings.Contains(out, "nobody gains or loses anything") {
		t.Errorf("status %d:\n%s", code, out)
	}
	w.change(t, "domains/customers/customers.policy.yaml", "mask: {fn: bucket, width: 250}", "mask: {fn: bucket, width: 100}", "to: {groups: [growth, customer-service, data-stewards]}",
		"to: {groups: [growth, data-stewards]}")
	w.change(t, "governance/regions.policy.yaml", "unless: {groups: [all-regions]}", "unless: {groups: [all-regions, growth-leads]}")
	w.change(t, "governance/privacy.policy.yaml", "unless: {groups: [data-stewards], purposes: [data-stewardship]}", "unless: {groups: [data-stewards]}")
	w.change(t, "users.yaml", "  - name: petra", "  - name: pia")
	code, out := check(t, "--mesh", w.dir, "--base", demoMesh)
	if code != 0 {
		t.Errorf("status %d:\n%s", code, out)
	}
	for _, line := range []string{
		"gwen (any) customers.profiles.lifetime_value mask bucket(width: 250) mask bucket(width: 100) gains C-010-value",
		"felix (any) customers.profiles (rows) filtered all rows gains G-100-region", "sam (any) customers.profiles.customer_id allow deny loses",
		"ada (none) customers.profiles.birth_date mask date_trunc(unit: year) allow gains G-050-birth",
		"petra (any) catalogue.articles.article_id allow deny loses", "pia (any) catalogue.articles.article_id deny allow gains",
	} {
		wants(t, strings.Join(strings.Fields(out), " "), line)
	}
	if strings.Contains(out, "bi ") {
		t.Errorf("nothing changed for bi:\n%s", out)
	}
	code, out = check(t, "--mesh", w.dir, "--base", demoMesh, "--format", "json")
	var found findings
	if err := json.Unmarshal([]byte(out), &found); err != nil || code != 0 || len(found.Changes) < 20 || len(found.Tests) != 12 {
		t.Errorf("status %d, %v:\n%s", code, err, out)
	}
	if code, out := check(t, "--mesh", w.dir, "--base", filepath.Join(w.dir, "nowhere")); code != 2 {
		t.Errorf("status %d:\n%s", code, out)
	}
}

func TestCheckLowered(t *testing.T) {
	w := demoCopy(t)
	w.change(t, "domains/customers/profiles.odcs.yaml", "        classification: confidential\n        criticalDataElement: true\n        tags: [pii.email]",
		"        classification: internal\n        criticalDataElement: true\n        tags: [pii]", "tags: [gdpr, scope.regional]", "tags: [gdpr]")
	code, out := check(t, "--mesh", w.dir, "--base", demoMesh)
	if code != 1 {
		t.Errorf("status %d:\n%s", code, out)
	}
	wants(t, out, "domains/customers/profiles.odcs.yaml:42:15: customers.profiles.email: the classification went from confidential down to internal; the federation has to approve",
		"customers.profiles.email: the governed tag pii.email is gone", "profiles.odcs.yaml:20:11: customers.profiles: the governed tag scope.regional is gone")
	for _, tests := range []string{"governance/privacy.policytest.yaml", "domains/customers/customers.policytest.yaml"} {
		if err := os.Remove(filepath.Join(w.dir, tests)); err != nil {
			t.Fatal(err)
		}
	}
	if code, out := check(t, "--mesh", w.dir, "--base", demoMesh, "--approved"); code != 0 || !strings.Contains(out, "approved: domains/customers") {
		t.Errorf("approved: status %d:\n%s", code, out)
	}
}

// TestDocumentedMesh checks the mesh that the documents describe, with its policy tests.
func TestDocumentedMesh(t *testing.T) {
	dir := t.TempDir()
	example := regexp.MustCompile("(?ms)^```yaml\n# ([^\n]+)\n(.*?)^```$")
	for _, doc := range []string{"README.md", "docs/policies.md"} {
		text, err := os.ReadFile(filepath.Join("../..", doc))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range example.FindAllStringSubmatch(string(text), -1) {
			file := filepath.Join(dir, m[1])
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(m[2]), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	code, out := check(t, "--mesh", dir)
	if code != 0 || !strings.Contains(out, "policy tests: 2 of 2 passed") {
		t.Errorf("status %d:\n%s", code, out)
	}
}
