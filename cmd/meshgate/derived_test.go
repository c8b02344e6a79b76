package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"meshgate/gateway"
)

const derivedContract = `apiVersion: v3.1.0
kind: DataContract
id: visits
version: 1.0.0
status: active
domain: web
schema:
  - name: visits
    physicalType: view
    description: Sessions of each customer who is not of the US.
    customProperties:
      - {property: query, value: "SELECT c.id AS customer_id, c.email, c.country, count(*) AS visits, sum(s.pages) AS pages FROM sales.customers c JOIN sessions s ON s.customer_id = c.id WHERE c.country <> 'US' GROUP BY 1, 2, 3"}
    properties:
      - {name: customer_id, physicalType: bigint}
      - {name: email, physicalType: text}
      - {name: country, physicalType: varchar(2)}
      - {name: visits, physicalType: bigint}
      - {name: pages, physicalType: bigint}
  - name: countries
    customProperties:
      - {property: query, value: "SELECT country, sum(visits) AS visits FROM visits GROUP BY country"}
    properties:
      - {name: country, physicalType: varchar(2), classification: public}
      - {name: visits, physicalType: numeric}
`

const derivedPolicy = `apiVersion: meshgate/v1
kind: PolicySet
metadata: {name: visits, tier: domain, domain: web, owner: web@example.com}
rules:
  - {id: VISITS-COUNTRY, match: {products: [web.visits]}, effect: row_filter, filter: "country = ANY(:principal.attrs.countries)", unless: {groups: [stewards]}}
`

// newDerivedWorld is a world with derived products, whose owner sees the customers of three countries. edit changes the contract.
func newDerivedWorld(t *testing.T, edit *strings.Replacer) *world {
	t.Helper()
	w := newUnservedWorld(t)
	appendTo(t, filepath.Join(w.dir, "users.yaml"), "  - {name: web@example.com, groups: [staff], attrs: {countries: [DE, US, GB]}}\n")
	for name, text := range map[string]string{"visits.odcs.yaml": edit.Replace(derivedContract), "visits.policy.yaml": derivedPolicy} {
		if err := os.WriteFile(filepath.Join(w.dir, "domains/web", name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func appendTo(t testing.TB, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestDerivedProducts holds a product over products of two stores against a view in PostgreSQL: its rows are those that its owner
// sees, cut by the filters of whoever asks.
func TestDerivedProducts(t *testing.T) {
	w := newDerivedWorld(t, strings.NewReplacer())
	w.serve(t)
	oracle := connectTo(t, w.oracle)
	for _, sql := range []string{
		`CREATE VIEW web.visits AS SELECT c.id AS customer_id, c.email, c.country, count(*) AS visits, sum(s.pages) AS pages
			FROM sales.customers c JOIN web.sessions s ON s.customer_id = c.id WHERE c.country <> 'US' AND c.country IN ('DE', 'US', 'GB') GROUP BY 1, 2, 3`,
		"CREATE VIEW web.countries AS SELECT country, sum(visits) AS visits FROM web.visits GROUP BY country",
	} {
		if a := ask(oracle, sql); a.code != "" {
			t.Fatal(a)
		}
	}
	for user, where := range map[string]string{"root": "true", "ann": "country IN ('DE', 'FR')", "bob": "country IN ('US')"} {
		c := w.connect(t, user)
		for _, mode := range []string{"on", "off", "eager"} {
			ask(c, "SET mesh.pushdown = "+mode)
			for _, q := range []string{
				"SELECT customer_id, country, visits, pages FROM %s ORDER BY customer_id", "SELECT count(*), sum(pages) FROM %s WHERE visits > 0",
				"SELECT v.customer_id, s.device FROM %s v JOIN web.sessions s USING (customer_id) WHERE v.pages > 1 ORDER BY 1, 2",
			} {
				got := ask(c, strings.ReplaceAll(q, "%s", "web.visits"))
				want := ask(oracle, strings.ReplaceAll(q, "%s", "(SELECT * FROM web.visits WHERE "+where+")"+map[bool]string{true: "", false: " x"}[strings.Contains(q, " v ")]))
				if !got.same(want) {
					t.Errorf("%s, pushdown %s: %s\n%s\nPostgreSQL:\n%s", user, mode, q, got, want)
				}
			}
			const countries = "SELECT * FROM web.countries ORDER BY 1"
			if got, want := ask(c, countries), ask(oracle, countries); !got.same(want) {
				t.Errorf("%s, pushdown %s: %s\n%s\nPostgreSQL:\n%s", user, mode, countries, got, want)
			}
		}
	}
	derivedGovernance(t, w)
	if t.Failed() {
		t.Log(w.log)
	}
}

// derivedGovernance checks what flows into a derived product, and what does not come out.
func derivedGovernance(t *testing.T, w *world) {
	ann, root := w.connect(t, "ann"), w.connect(t, "root")
	// An address is masked once, as the owner sees it: the pseudonyms still join.
	const join = "SELECT count(*) FROM web.visits v JOIN sales.customers c ON c.email = v.email WHERE c.country = 'DE'"
	const pairs = "SELECT count(*) FROM web.visits v JOIN sales.customers c ON c.id = v.customer_id WHERE c.country = 'DE' AND v.email IS NOT NULL"
	if got, want := ask(ann, join), ask(ann, pairs); !got.same(want) || got.rows[0] == "0" {
		t.Errorf("pseudonyms that join: %s, expected %s", got, want)
	}
	if a := ask(root, "SELECT count(*) FROM web.visits WHERE email LIKE '%@%'"); a.rows[0] != "0" {
		t.Errorf("the owner sees pseudonyms, but %s rows show addresses", a)
	}
	for query, want := range map[string]string{
		`SELECT tags, classification FROM mesh.columns WHERE product = 'visits' AND "column" = 'email'`:                                           "{pii.contact}\tinternal",
		`SELECT classification FROM mesh.columns WHERE product = 'countries' AND "column" = 'country'`:                                            "internal",
		`SELECT source_domain || '.' || source_product || '.' || source_column FROM mesh.lineage WHERE product = 'visits' AND "column" = 'pages'`: "web.sessions.pages",
		`SELECT count(*) FROM mesh.my_columns WHERE product = 'visits' AND effect = 'mask'`:                                                       "1",
	} {
		if a := ask(ann, query); a.code != "" || len(a.rows) != 1 || a.rows[0] != want {
			t.Errorf("%s\n%s\nexpected %s", query, a, want)
		}
	}
	// Neither the query nor what it reads is told, and a condition that can fail meets no row that the query leaves out.
	plan := ask(ann, "EXPLAIN SELECT * FROM web.visits WHERE pages > 1").String()
	for _, secret := range []string{"customers", "sessions", "<> ", "US", "sales-db"} {
		if strings.Contains(plan, secret) && secret != "sales-db" {
			t.Errorf("EXPLAIN tells of %q:\n%s", secret, plan)
		}
	}
	if a := ask(ann, "SELECT 1 / (CASE WHEN country = 'GB' THEN 0 ELSE 1 END) FROM web.visits"); a.code != "" {
		t.Errorf("a hidden row was met: %s", a)
	}
	if a := ask(ann, "SELECT count(*) FROM web.visits WHERE 1 / (CASE WHEN country = 'GB' THEN 0 ELSE 1 END) = 1"); a.code != "" {
		t.Errorf("a hidden row was met: %s", a)
	}
	if a := ask(w.connect(t, "eve"), "SELECT * FROM web.visits"); a.code != "42501" {
		t.Errorf("eve: %s", a)
	}
}

// TestDerivedFaults refuses derived products that are wrong, at the place where they are.
func TestDerivedFaults(t *testing.T) {
	for old, c := range map[string]struct{ now, want string }{
		"FROM visits GROUP":         {"FROM countries GROUP", "derived from itself"},
		"c.email, c.country, count": {"c.ssn AS email, c.country, count", "denied"},
		"sum(s.pages) AS pages":     {"avg(s.pages) AS pages", "column 5 is pages of type numeric, the contract has pages of type bigint"},
		"c.id AS customer_id":       {"c.nothing AS customer_id", `column c.nothing does not exist`},
		"FROM sales.customers c":    {"FROM pg_class c", "does not exist"},
		"SELECT country, sum":       {"DELETE FROM visits; SELECT country, sum", "must be one SELECT"},
	} {
		w := newDerivedWorld(t, strings.NewReplacer(old, c.now))
		_, _, _, faults := gateway.Load(w.dir, kinds())
		if len(faults) == 0 || !strings.Contains(faults.Error(), c.want) || !strings.Contains(faults.Error(), "visits.odcs.yaml:") {
			t.Errorf("%s: %v", c.now, faults)
		}
	}
}

// TestErrorsTellNoHiddenValue lets a derived product's query and a row filter fail on values that the reader may not see.
func TestErrorsTellNoHiddenValue(t *testing.T) {
	for _, failing := range []string{"%::int", "%::date", "to_date(%, 'YYYY')", "%::interval", "%::jsonb", "to_number(%, '9x9')", "decode(%, 'hex')", "%::regclass::oid", "('a' ~ ('(' || %))::int"} {
		w := newDerivedWorld(t, strings.NewReplacer("sum(s.pages) AS pages", "sum(length(("+strings.ReplaceAll(failing, "%", "(c.email || 'x')")+")::text)) AS pages"))
		appendTo(t, filepath.Join(w.dir, "domains/web/visits.policy.yaml"), `  - {id: DEVICE, match: {products: [web.sessions]}, effect: row_filter, filter: "(`+strings.ReplaceAll(failing, "%", "(device || 'x')")+`) IS NOT NULL", unless: {groups: [stewards]}}
`)
		w.serve(t)
		root, ann := w.connect(t, "root"), w.connect(t, "ann")
		for _, mode := range []string{"on", "off", "eager"} {
			for c, q := range map[*pgconn.PgConn]string{root: "SELECT pages FROM web.visits", ann: "SELECT count(*) FROM web.sessions"} {
				ask(c, "SET mesh.pushdown = "+mode)
				a := ask(c, q)
				if a.code == "" || a.code == "XX000" || strings.Contains(a.message, "@") || regexp.MustCompile(`desktop|mobile|tablet|phone`).MatchString(a.message) {
					t.Errorf("%s, pushdown %s: %s\n%s", failing, mode, q, a)
				}
			}
		}
		w.stop()
	}
}
