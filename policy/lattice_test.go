package policy

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"meshgate/catalog"
	"meshgate/meshfile"
)

// pick returns one of several values.
func pick[T any](r *rand.Rand, values ...T) T { return values[r.IntN(len(values))] }

// anyRule makes a restriction of a column, of few enough kinds that rules often meet their like.
func anyRule(r *rand.Rand, id int) *rule {
	made := &rule{public: &Rule{ID: fmt.Sprintf("R-%03d", id)}}
	switch r.IntN(10) {
	case 0:
		made.effect = effectDeny
	case 1, 2:
		made.effect = effectAggregate
		functions := []string{"avg", "count", "sum"}
		made.aggregate = AggregateRule{
			MinEntities: pick(r, 3, 10, 20), Functions: functions[r.IntN(3):], DirectColumnsOnly: pick(r, true, false),
			SmallGroups: pick(r, Suppress, Remainder), MaxShare: pick(r, 0, 0.3, 0.5),
			Budgets: pick(r, nil, []Budget{{10, time.Hour}}, []Budget{{200, 24 * time.Hour}}),
		}
	default:
		made.effect = effectMask
		made.mask = anyMask(r)
	}
	return made
}

func anyMask(r *rand.Rand) Mask {
	m := Mask{Fn: MaskFn(r.IntN(int(MaskSQL) + 1))}
	switch m.Fn {
	case MaskConstant:
		m.Value, m.MaskNulls = pick(r, "x", "y"), pick(r, true, false)
	case MaskHash:
		m.Key, m.MaskNulls = pick(r, "k1", "k2"), pick(r, true, false)
	case MaskBucket:
		m.Width = pick(r, "10", "10.0", "250")
	case MaskDateTrunc:
		m.Unit = pick(r, "day", "year")
	case MaskPartial:
		m.KeepStart, m.KeepEnd, m.Fill = r.IntN(3), r.IntN(3), pick(r, "*", "#")
	case MaskSQL:
		m.Expr = pick(r, "a", "b")
	}
	return m
}

func anyRules(r *rand.Rand, most int) []*rule {
	rules := make([]*rule, r.IntN(most+1))
	for i := range rules {
		rules[i] = anyRule(r, i)
	}
	return rules
}

// meet is the lattice's operation on what several rules come to.
func meet(a, b columnState) columnState {
	a.denied = a.denied || b.denied
	if b.aggregate.any {
		a.aggregate.add(&b.aggregate.rule)
	}
	for _, m := range b.masks.best {
		if m != nil {
			a.masks.add(m)
		}
	}
	for fn, ambiguous := range b.masks.ambiguous {
		a.masks.ambiguous[fn] = a.masks.ambiguous[fn] || ambiguous
	}
	a.masks.nulls = a.masks.nulls || b.masks.nulls
	return a
}

func stateOf(rules ...*rule) columnState {
	var s columnState
	for _, r := range rules {
		s.add(r)
	}
	return s
}

// fate is what a state decides, without the rules that did.
func fate(s columnState) ColumnDecision { return s.decide(nil, true) }

func TestLatticeLaws(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		a, b, c := stateOf(anyRules(r, 3)...), stateOf(anyRules(r, 3)...), stateOf(anyRules(r, 3)...)
		if x, y := fate(meet(a, b)), fate(meet(b, a)); !reflect.DeepEqual(x, y) {
			t.Fatalf("not commutative: %+v and %+v", x, y)
		}
		if x, y := fate(meet(meet(a, b), c)), fate(meet(a, meet(b, c))); !reflect.DeepEqual(x, y) {
			t.Fatalf("not associative: %+v and %+v", x, y)
		}
		if x, y := fate(meet(a, a)), fate(a); !reflect.DeepEqual(x, y) {
			t.Fatalf("not idempotent: %+v and %+v", x, y)
		}
	}
}

// TestOneMoreRuleNeverShowsMore also shows that the rules' order does not matter and which rules are named.
func TestOneMoreRuleNeverShowsMore(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		rules := anyRules(r, 5)
		before := fate(stateOf(rules...))
		more := append(slices.Clone(rules), anyRule(r, 9))
		r.Shuffle(len(more), func(i, j int) { more[i], more[j] = more[j], more[i] })
		after := fate(stateOf(more...))
		if why := showsMore(after, before); why != "" {
			t.Fatalf("%s: %+v after %+v", why, after, before)
		}
		state := stateOf(more...)
		if d := state.decide(more, true); d.Action != Allow && len(d.Rules) == 0 {
			t.Fatalf("nobody decided %+v", d)
		}
	}
}

// showsMore says in what a decision shows more than another, nothing when it does not.
func showsMore(after, before ColumnDecision) string {
	if after.Action > before.Action {
		return "a milder action"
	}
	if after.Action == Deny || before.Action == Allow {
		return ""
	}
	if before.Action == Masked && after.Action == AggregateOnly {
		if after.Beneath == nil {
			return "aggregates over what was masked"
		}
		return weakerMask(*after.Beneath, before.Mask)
	}
	if before.Action == Masked {
		return weakerMask(after.Mask, before.Mask)
	}
	if before.Beneath != nil {
		if after.Beneath == nil {
			return "aggregates over what was masked"
		}
		if why := weakerMask(*after.Beneath, *before.Beneath); why != "" {
			return why
		}
	}
	x, y := after.Aggregate, before.Aggregate
	switch {
	case x.MinEntities < y.MinEntities:
		return "smaller groups"
	case slices.ContainsFunc(x.Functions, func(f string) bool { return !slices.Contains(y.Functions, f) }):
		return "more functions"
	case y.DirectColumnsOnly && !x.DirectColumnsOnly:
		return "expressions"
	case x.SmallGroups > y.SmallGroups:
		return "remainders"
	case y.MaxShare > 0 && (x.MaxShare == 0 || x.MaxShare > y.MaxShare):
		return "larger shares"
	case slices.ContainsFunc(y.Budgets, func(b Budget) bool { return !slices.Contains(x.Budgets, b) }):
		return "a lost budget"
	}
	return ""
}

func weakerMask(after, before Mask) string {
	switch {
	case after.Fn > before.Fn:
		return "a weaker mask"
	case after.Fn == MaskNull:
		return ""
	case before.MaskNulls && !after.MaskNulls:
		return "NULLs"
	case after.Fn < before.Fn:
		return ""
	case after.Fn == MaskBucket && width(&after).Cmp(width(&before)) < 0:
		return "narrower buckets"
	case after.Fn == MaskDateTrunc && slices.Index(dateUnits, after.Unit) < slices.Index(dateUnits, before.Unit):
		return "finer units"
	case after.Fn == MaskPartial && (after.KeepStart > before.KeepStart || after.KeepEnd > before.KeepEnd):
		return "more characters"
	case after.Fn == MaskHash && after.Key != before.Key, after.Fn == MaskSQL && after.Expr != before.Expr,
		after.Fn == MaskConstant && after.Value != before.Value:
		return "another mask of the same strength"
	}
	return ""
}

// domainRules writes rules of the domain sales that restrict, with conditions of all kinds.
func domainRules(r *rand.Rand, count int) string {
	var b strings.Builder
	b.WriteString("-- domains/sales/more.policy.yaml --\napiVersion: meshgate/v1\nkind: PolicySet\n" +
		"metadata: {name: more, tier: domain, domain: sales}\nrules:\n")
	for i := range count {
		column := pick(r, "email", "country", "phone", "note")
		fmt.Fprintf(&b, "  - id: X-%03d\n    match: {%s}\n", i,
			pick(r, "columns: [sales.customers."+column+"]", "products: [sales.customers], tags: [pii]", "classification: {atMost: internal}"))
		b.WriteString("    effect: " + pick(r, "deny\n", "row_filter\n    filter: \"country = 'DE'\"\n", "mask\n    mask: {fn: null}\n",
			"mask\n    mask: {fn: hash, key: mesh-join-2026}\n",
			"aggregate_only\n    aggregate: {minEntities: 3, functions: [count]}\n"))
		b.WriteString(pick(r, "", "    to: {groups: [analytics]}\n", "    purposes: [service]\n", "    to: {when: 'principal.attrs.level == \"x\"'}\n"))
		b.WriteString(pick(r, "", "    unless: {groups: [sales-global]}\n", "    unless: {when: 'now > timestamp(\"2026-01-01T00:00:00Z\")'}\n"))
	}
	return b.String()
}

var latticePeople = []*Principal{
	{User: "bob", Groups: []string{"analytics"}, Purpose: "analytics"},
	{User: "carl", Groups: []string{"service-desk", "pii-cleared", "sales-global"}, Purpose: "service"},
	{User: "ann@example.com", Groups: []string{"analytics"}, Purpose: "fraud-detection"},
	{User: "eve"},
}

func TestOneMoreDomainRuleNeverShowsMore(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	base := modelMesh(t)
	for range 60 {
		some := domainRules(r, 1+r.IntN(4))
		one := strings.ReplaceAll(strings.Replace(domainRules(r, 1), "more.policy", "one.policy", 1), "X-", "Y-")
		before, snap := mustLoad(t, base+some)
		after, _ := mustLoad(t, base+some+one)
		for _, who := range latticePeople {
			for _, p := range snap.Products() {
				x, y := after.decideByName(who, p), before.decideByName(who, p)
				if why := widens(x, y); why != "" {
					t.Fatalf("%s for %s on %s after adding\n%s\nto\n%s\nbefore:\n%s\nafter:\n%s", why, who.User, p.Name, one, some, table(y), table(x))
				}
			}
		}
	}
}

// decideByName decides about the set's own product of the same name.
func (s *Set) decideByName(who *Principal, p *catalog.Product) *Decision {
	for own := range s.products {
		if own.Name == p.Name {
			return s.Decide(who, lintTime, own)
		}
	}
	return denied(p)
}

func widens(after, before *Decision) string {
	if after.Granted && !before.Granted {
		return "a grant"
	}
	if !after.Granted {
		return ""
	}
	if len(after.Denied) < len(before.Denied) {
		return "a lifted denial"
	}
	for _, f := range before.Filters {
		if !slices.ContainsFunc(after.Filters, func(g RowFilter) bool { return g.Expr == f.Expr && g.Rule.ID == f.Rule.ID }) {
			return "more rows"
		}
	}
	for i := range after.Columns {
		if why := showsMore(after.Columns[i], before.Columns[i]); why != "" {
			return after.Product.Columns[i].Name + ": " + why
		}
	}
	return ""
}

func TestOrderOfFilesNeverMatters(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	mesh, faults := meshfile.ReadFS(unpack(modelMesh(t) + domainRules(r, 12)))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	want := ""
	for range 20 {
		r.Shuffle(len(mesh.Policies), func(i, j int) { mesh.Policies[i], mesh.Policies[j] = mesh.Policies[j], mesh.Policies[i] })
		for _, set := range mesh.Policies {
			r.Shuffle(len(set.Rules), func(i, j int) { set.Rules[i], set.Rules[j] = set.Rules[j], set.Rules[i] })
		}
		snap, faults := catalog.New(mesh, testKinds)
		set, more := newAt(mesh, snap, lintTime)
		if len(faults)+len(more) > 0 {
			t.Fatal(faults, more)
		}
		got := ""
		for _, who := range latticePeople {
			for _, p := range snap.Products() {
				got += table(set.Decide(who, lintTime, p))
			}
		}
		if want == "" {
			want = got
		}
		if got != want {
			t.Fatalf("the order of rules changed decisions:\n%s\n%s", want, got)
		}
	}
}
