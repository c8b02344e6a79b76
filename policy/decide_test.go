package policy

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"meshgate/catalog"
	"meshgate/meshfile"
)

// modelMesh is the mesh of testdata/model.txt.
func modelMesh(t testing.TB) string {
	t.Helper()
	content, err := os.ReadFile("testdata/model.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(content), "\nmesh base\n")
	mesh, _, _ := strings.Cut(rest, "\n----\n")
	return mesh + "\n"
}

func product(t testing.TB, snap *catalog.Snapshot, name string) *catalog.Product {
	t.Helper()
	n, _, _ := splitName(name)
	p, ok := snap.Product(n)
	if !ok {
		t.Fatalf("no product %s", name)
	}
	return p
}

func TestZeroSetDeniesEverything(t *testing.T) {
	p := &catalog.Product{Columns: []catalog.Column{{Name: "a"}}}
	var none *Set
	for _, d := range []*Decision{
		(&Set{}).Decide(&Principal{User: "root", Groups: []string{"all"}}, time.Now(), p),
		none.Decide(&Principal{}, time.Now(), p),
	} {
		if d.Granted || len(d.Columns) != 1 || d.Columns[0].Action != Deny {
			t.Errorf("the zero set shows something: %+v", d)
		}
	}
}

func TestUnknownProductsAndPeopleSeeNothing(t *testing.T) {
	set, snap := mustLoad(t, modelMesh(t))
	p := product(t, snap, "sales.countries")
	if !set.Decide(&Principal{}, lintTime, p).Granted {
		t.Fatal("the product is open to all")
	}
	if set.Decide(nil, lintTime, p).Granted {
		t.Error("nobody sees an open product")
	}
	other := *p
	if set.Decide(&Principal{}, lintTime, &other).Granted {
		t.Error("a product of another snapshot is seen")
	}
}

func TestAccessGrantEndsInsideTheCache(t *testing.T) {
	set, snap := mustLoad(t, modelMesh(t))
	p := product(t, snap, "sales.customers")
	ann := &Principal{User: "ann@example.com", Groups: []string{"analytics"}, Purpose: "fraud-detection"}
	email := p.Column("email")
	start, end := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), time.Date(2026, 12, 6, 0, 0, 0, 0, time.UTC)
	for _, step := range []struct {
		at   time.Time
		want Action
	}{
		{start.Add(-1), Masked},
		{start, Allow},
		{end.Add(-1), Allow},
		{end, Masked},
		{end.Add(-1), Allow}, // the clock jumped back, within the grant
		{start.Add(-1), Masked},
		{end.Add(time.Hour), Masked},
		{start.Add(time.Hour), Allow},
	} {
		d := set.Decide(ann, step.at, p)
		if d.Columns[email].Action != step.want {
			t.Errorf("at %s: %s, want %s", step.at, d.Columns[email].Action, step.want)
		}
		if !d.HoldsAt(step.at) {
			t.Errorf("at %s: the decision says that it does not hold", step.at)
		}
	}
}

func TestCacheKeepsPrincipalsApart(t *testing.T) {
	set, snap := mustLoad(t, modelMesh(t))
	p := product(t, snap, "sales.customers")
	who := []*Principal{
		{User: "u", Groups: []string{"analytics"}, Purpose: "analytics"},
		{User: "u", Groups: []string{"analytics"}, Purpose: ""},
		{User: "u", Groups: []string{"analyticsx"}, Purpose: "analytics"},
		{User: "u", Groups: []string{"ana", "lytics"}, Purpose: "analytics"},
		{User: "u", Groups: []string{"analytics"}, Purpose: "analytics", Attrs: map[string]Attr{"a": {Values: []string{"x"}}}},
		{User: "u", Groups: []string{"analytics"}, Purpose: "analytics", Attrs: map[string]Attr{"a": {Values: []string{"x"}, List: true}}},
		{User: "u", Groups: []string{"analytics"}, Purpose: "analytics", Client: Client{App: "psql"}},
		{User: "u", Roles: []string{"analytics"}, Purpose: "analytics"},
		{User: "u", Groups: []string{"service-desk", "pii-cleared"}, Purpose: "service"},
	}
	keys := map[cacheKey]bool{}
	for _, w := range who {
		keys[set.cache.key(w, p)] = true
	}
	if len(keys) != len(who) {
		t.Errorf("%d principals have %d keys", len(who), len(keys))
	}
	for range 2 {
		for _, w := range who {
			warm := table(set.Decide(w, lintTime, p))
			cold, _ := set.decide(w, lintTime, set.products[p])
			if warm != table(cold) {
				t.Errorf("%+v: the cache says\n%s, afresh it is\n%s", w, warm, table(cold))
			}
		}
	}
}

func TestDecideFromManyGoroutines(t *testing.T) {
	set, snap := mustLoad(t, modelMesh(t))
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 300 {
				who := &Principal{User: fmt.Sprint("user", (g+i)%7), Groups: []string{"analytics"}, Purpose: "analytics"}
				for _, p := range snap.Products() {
					if !set.Decide(who, lintTime, p).Granted {
						t.Errorf("%s does not see %s", who.User, p.Name)
					}
				}
			}
		})
	}
	wg.Wait()
}

func TestCacheIsBounded(t *testing.T) {
	set, snap := mustLoad(t, modelMesh(t))
	p := product(t, snap, "sales.countries")
	for i := range 3 * maxCached {
		set.Decide(&Principal{User: fmt.Sprint("u", i)}, lintTime, p)
	}
	if n := len(set.cache.known); n > maxCached {
		t.Errorf("%d decisions are remembered", n)
	}
}

// TestConditionsOfAnyCostEnd holds conditions that would run for hours against the limit: they end soon, and restrict.
func TestConditionsOfAnyCostEnd(t *testing.T) {
	list := "[" + strings.Repeat("1,", 99) + "1]"
	for _, bomb := range []string{
		list + ".all(a, " + list + ".all(b, " + list + ".all(c, " + list + ".all(d, a + b + c + d > 0))))",
		list + ".map(a, " + list + ".map(b, " + list + ".map(c, a * b * c))).size() > 0",
		`"` + strings.Repeat("a", 2000) + `".matches("(a*)*(a*)*(a*)*b") || principal.user.matches(principal.user)`,
	} {
		set, snap := mustLoad(t, fmt.Sprintf(`-- governance/taxonomy.yaml --
apiVersion: meshgate/v1
kind: Taxonomy
classifications: [public]
openBelow: public
-- governance/a.policy.yaml --
apiVersion: meshgate/v1
kind: PolicySet
metadata: {name: a, tier: global}
rules:
  - id: D
    match: {domains: [sales]}
    effect: deny
    unless: {when: '%s'}
-- domains/sales/a.odcs.yaml --
apiVersion: v3.1.0
kind: DataContract
id: a
version: 1.0.0
status: active
domain: sales
servers: [{server: p, type: duckdb, database: data.duckdb, customProperties: [{property: credentialRef, value: files}]}]
schema: [{name: a, properties: [{name: x, physicalType: text}]}]
`, bomb))
		began := time.Now()
		d := set.Decide(&Principal{User: strings.Repeat("(a*)*", 1000)}, lintTime, product(t, snap, "sales.a"))
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("%.40s… took %s", bomb, took)
		}
		if d.Columns[0].Action != Deny {
			t.Errorf("%.40s… lifted the denial", bomb)
		}
	}
}

func TestKeysAreReferences(t *testing.T) {
	set, _ := mustLoad(t, modelMesh(t))
	ref, ok := set.Key("mesh-join-2026")
	if !ok || ref.String() != "env:MESH_HMAC_2026" {
		t.Errorf("got %s", ref)
	}
	if _, ok := set.Key("other"); ok {
		t.Error("an unknown key has a reference")
	}
	if n := len(set.Rules()); n != 10 {
		t.Errorf("%d rules", n)
	}
}

func TestOutputTypesFollowMasks(t *testing.T) {
	set, snap := mustLoad(t, modelMesh(t))
	p := product(t, snap, "sales.customers")
	d := set.Decide(&Principal{User: "b", Groups: []string{"analytics"}, Purpose: "analytics"}, lintTime, p)
	for column, want := range map[string]string{"email": "text", "birth_date": "date", "revenue": "numeric"} {
		i := p.Column(column)
		if got := d.Columns[i].Mask.OutputType(p.Columns[i].Type).String(); got != want {
			t.Errorf("%s becomes %s", column, got)
		}
	}
}

// large makes a mesh of rules × columns; every tenth rule has a condition in CEL, half of them one of its own.
func large(t testing.TB, rules, columns int) (*Set, *catalog.Product) {
	t.Helper()
	var b strings.Builder
	b.WriteString("-- governance/taxonomy.yaml --\napiVersion: meshgate/v1\nkind: Taxonomy\nclassifications: [public, secret]\n" +
		"keys: {k: {ref: \"env:K\"}}\npurposes: {p: {}}\ntags: {")
	for i := range 50 {
		fmt.Fprintf(&b, "t%d: {}, ", i)
	}
	b.WriteString("}\n-- governance/a.policy.yaml --\napiVersion: meshgate/v1\nkind: PolicySet\nmetadata: {name: a, tier: global}\nrules:\n" +
		"  - {id: A-grant, match: {domains: [sales]}, effect: grant, to: {groups: [g1]}}\n")
	for i := range rules - 1 {
		fmt.Fprintf(&b, "  - id: R-%04d\n    match: {tags: [t%d]}\n    to: {groups: [g%d, g%d]}\n", i, i%50, i%7, i%5)
		switch i % 4 {
		case 0:
			b.WriteString("    effect: deny\n    unless: {groups: [g1]}\n")
		case 1:
			b.WriteString("    effect: mask\n    mask: {fn: hash, key: k}\n")
		case 2:
			b.WriteString("    effect: mask\n    mask: {fn: partial, keepEnd: 2}\n")
		default:
			b.WriteString("    effect: aggregate_only\n    aggregate: {minEntities: 5, functions: [count, sum]}\n")
		}
		switch i % 20 {
		case 7:
			b.WriteString("    unless: {when: '\"cleared\" in principal.groups && purpose == \"p\"'}\n")
		case 17:
			fmt.Fprintf(&b, "    unless: {when: 'principal.user == \"user%d\" && purpose == \"p\"'}\n", i)
		}
	}
	b.WriteString("-- domains/sales/a.odcs.yaml --\napiVersion: v3.1.0\nkind: DataContract\nid: a\nversion: 1.0.0\nstatus: active\ndomain: sales\n" +
		"servers: [{server: p, type: duckdb, database: data.duckdb, customProperties: [{property: credentialRef, value: files}]}]\n" +
		"schema:\n  - name: a\n    properties:\n      - {name: id, physicalType: text, tags: [privacy.entity_key]}\n")
	for i := range columns - 1 {
		fmt.Fprintf(&b, "      - {name: c%d, physicalType: text, classification: secret, tags: [t%d]}\n", i, i%50)
	}
	set, snap := mustLoad(t, b.String())
	return set, product(t, snap, "sales.a")
}

func BenchmarkDecideCold(b *testing.B) {
	set, p := large(b, 1000, 100)
	who := &Principal{User: "user1", Groups: []string{"g1", "g2"}, Purpose: "p"}
	b.ReportAllocs()
	for b.Loop() {
		clear(set.cache.known)
		set.Decide(who, lintTime, p)
	}
}

func BenchmarkDecideWarm(b *testing.B) {
	set, p := large(b, 1000, 100)
	who := &Principal{User: "user1", Groups: []string{"g1", "g2"}, Purpose: "p", Attrs: map[string]Attr{"regions": {Values: []string{"DE", "FR"}, List: true}}}
	b.ReportAllocs()
	for b.Loop() {
		set.Decide(who, lintTime, p)
	}
}

func BenchmarkNew(b *testing.B) {
	var text strings.Builder
	text.WriteString(modelMesh(b))
	mesh, faults := meshfile.ReadFS(unpack(text.String()))
	if len(faults) > 0 {
		b.Fatal(faults)
	}
	snap, _ := catalog.New(mesh, testKinds)
	for b.Loop() {
		newAt(mesh, snap, lintTime)
	}
}

func TestSetWithFaultsDeniesEverything(t *testing.T) {
	mesh := modelMesh(t) + `-- governance/wrong.policy.yaml --
apiVersion: meshgate/v1
kind: PolicySet
metadata: {name: wrong, tier: global}
rules:
  - {id: G-ALL, match: {products: [sales]}, effect: grant, to: {users: [bob]}}
`
	set, snap, faults := load(unpack(mesh))
	if len(faults) != 1 {
		t.Fatalf("expected one fault, got %v", faults)
	}
	for _, p := range snap.Products() {
		if set.Decide(&Principal{User: "bob", Groups: []string{"analytics"}, Purpose: "analytics"}, lintTime, p).Granted {
			t.Errorf("%s is seen by a set with faults", p.Name)
		}
	}
}

func TestNewWarnsByTheClock(t *testing.T) {
	mesh, faults := meshfile.ReadFS(unpack(modelMesh(t)))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	snap, _ := catalog.New(mesh, testKinds)
	set, faults := New(mesh, snap)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	late, _ := newAt(mesh, snap, time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC))
	if !strings.Contains(meshfile.Faults(late.Warnings()).Error(), "AR-2026-0417 has expired") {
		t.Errorf("no word of the access grant that has ended: %v", late.Warnings())
	}
	if len(set.Rules()) != len(late.Rules()) {
		t.Error("the clock changed the rules")
	}
}
