package policy

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"meshgate/catalog"
	"meshgate/meshfile"
)

// Set is all rules of one epoch, resolved against the products of the same epoch. It never changes after New returned it, and it
// may be used from several goroutines. The zero Set denies everything.
type Set struct {
	rules      []*rule
	products   map[*catalog.Product]*resolved
	keys       map[string]meshfile.SecretRef
	warnings   []meshfile.Fault
	conditions int
	cache      *cache
}

// rule is a rule in the form that decisions are made from.
type rule struct {
	public    *Rule
	effect    effect
	match     selector
	to        *condition
	unless    *condition
	purposes  []string
	perColumn bool // a condition looks at the column
	mask      Mask
	aggregate AggregateRule
	filter    meshfile.Text
	delegates *meshfile.Delegation
	source    *meshfile.Rule
	used      bool // it selects something
}

// forPurpose reports whether the rule is for a stated purpose; a rule that lists none is for all.
func (r *rule) forPurpose(purpose string) bool {
	return len(r.purposes) == 0 || slices.Contains(r.purposes, purpose)
}

// New makes a set of the rules and access grants of a mesh, or tells everything that is wrong with them. The set that comes with
// faults denies everything.
func New(files *meshfile.Mesh, snap *catalog.Snapshot) (*Set, meshfile.Faults) {
	return newAt(files, snap, time.Now())
}

func newAt(files *meshfile.Mesh, snap *catalog.Snapshot, now time.Time) (*Set, meshfile.Faults) {
	whens, err := newWhens()
	if err != nil {
		return &Set{}, meshfile.Faults{meshfile.FaultAt(files.Config.At, "policy: CEL cannot be set up: %s", err)}
	}
	b := &builder{
		files: files, snap: snap, whens: whens,
		set:    &Set{products: map[*catalog.Product]*resolved{}, keys: map[string]meshfile.SecretRef{}, cache: newCache()},
		byID:   map[string]*rule{},
		checks: map[[2]*rule]bool{},
		now:    now,
	}
	for name, key := range files.Taxonomy.Keys {
		b.set.keys[name] = key.Ref
	}
	b.tagsInUse()
	for i := range files.Policies {
		b.policySet(&files.Policies[i])
	}
	slices.SortFunc(b.set.rules, func(x, y *rule) int { return cmp.Compare(x.public.ID, y.public.ID) })
	b.set.conditions = whens.count
	b.resolveProducts()
	for i := range files.Grants {
		b.accessGrant(&files.Grants[i])
	}
	b.sortLifts()
	b.users()
	b.lint()
	b.faults.Sort()
	warnings := meshfile.Faults(b.set.warnings)
	warnings.Sort()
	b.set.warnings = warnings
	if len(b.faults) > 0 {
		// A rule that could not be read may select too much or too little; nobody sees anything by such a set.
		b.set.products = nil
	}
	return b.set, b.faults
}

// Rules returns what a person may read about every rule, in the order of their ids.
func (s *Set) Rules() []*Rule {
	rules := make([]*Rule, len(s.rules))
	for i, r := range s.rules {
		rules[i] = r.public
	}
	return rules
}

// Warnings returns what is probably not meant but restricts no less than it says: rules that select nothing or never decide,
// ambiguous masks, access grants that have ended.
func (s *Set) Warnings() []meshfile.Fault { return s.warnings }

// Key returns where a key of the taxonomy comes from.
func (s *Set) Key(name string) (meshfile.SecretRef, bool) {
	ref, ok := s.keys[name]
	return ref, ok
}

type builder struct {
	files  *meshfile.Mesh
	snap   *catalog.Snapshot
	whens  *whens
	set    *Set
	byID   map[string]*rule
	tags   []string          // that a rule may name
	checks map[[2]*rule]bool // pairs of rules that were warned about
	now    time.Time         // at which access grants are found to have ended
	faults meshfile.Faults
}

func (b *builder) warn(at meshfile.Position, format string, args ...any) {
	// What seems to be missing from files that could not all be read says nothing.
	if !b.files.Incomplete {
		b.set.warnings = append(b.set.warnings, meshfile.FaultAt(at, format, args...))
	}
}

// tagsInUse collects the tags that mean something: those of the taxonomy and of contracts, and all above them.
func (b *builder) tagsInUse() {
	known := map[string]bool{}
	add := func(tag string) {
		for known[tag] = true; strings.Contains(tag, "."); known[tag] = true {
			tag = tag[:strings.LastIndexByte(tag, '.')]
		}
	}
	for tag := range b.files.Taxonomy.Tags {
		add(tag)
	}
	for _, p := range b.snap.Products() {
		for _, tag := range p.Tags {
			add(tag)
		}
		for i := range p.Columns {
			for _, tag := range p.Columns[i].Tags {
				add(tag)
			}
		}
	}
	for tag := range known {
		b.tags = append(b.tags, tag)
	}
	slices.Sort(b.tags)
}

func (b *builder) policySet(set *meshfile.SourcedPolicySet) {
	for i := range set.Rules {
		r := b.rule(set, &set.Rules[i])
		if first, taken := b.byID[r.public.ID]; taken {
			b.faults.Add(r.source.ID.At, "rule id %q is taken already at %s", r.public.ID, first.public.Position)
			continue
		}
		b.byID[r.public.ID] = r
		b.set.rules = append(b.set.rules, r)
	}
}

func (b *builder) rule(set *meshfile.SourcedPolicySet, source *meshfile.Rule) *rule {
	r := &rule{
		source: source, effect: effectOf(source.Effect.Value), filter: source.Filter, delegates: source.DelegateExemption,
		purposes: b.purposes(source.Purposes),
		public: &Rule{
			ID: source.ID.Value, Effect: source.Effect.Value, Domain: set.Folder, Owner: set.Metadata.Owner.Value,
			Reason: source.Reason.Value, Contact: source.Contact.Value, Position: source.ID.At,
		},
	}
	if set.Folder != "" {
		r.public.Tier = TierDomain
	}
	if r.public.Contact == "" {
		r.public.Contact = r.public.Owner
	}
	aboutColumns := r.effect != effectGrant && r.effect != effectFilter
	r.to, r.unless = b.condition(source.To, aboutColumns), b.condition(source.Unless, aboutColumns)
	for _, c := range []*condition{r.to, r.unless} {
		r.perColumn = r.perColumn || (c != nil && c.when != nil && c.when.perColumn)
	}
	b.selector(r, set.Folder)
	if source.Mask != nil {
		r.mask = b.mask(source.Mask)
	}
	if source.Aggregate != nil {
		r.aggregate = aggregateRule(source.Aggregate)
	}
	return r
}

func (b *builder) condition(c *meshfile.Condition, aboutColumns bool) *condition {
	if c == nil {
		return nil
	}
	made := &condition{groups: meshfile.Values(c.Groups), users: meshfile.Values(c.Users), purposes: b.purposes(c.Purposes)}
	if c.When.At.Line > 0 {
		made.when = b.whens.compile(c.When, aboutColumns, &b.faults)
	}
	return made
}

// purposes returns the purposes that a list names, and reports those that the taxonomy does not have.
func (b *builder) purposes(list []meshfile.Text) []string {
	for _, p := range list {
		b.purpose(p)
	}
	return meshfile.Values(list)
}

func (b *builder) purpose(p meshfile.Text) {
	if _, ok := b.files.Taxonomy.Purposes[p.Value]; ok || b.taxonomyUnread() {
		return
	}
	var known []string
	for name := range b.files.Taxonomy.Purposes {
		known = append(known, name)
	}
	b.faults.Add(p.At, "purpose %q is not in the taxonomy%s", p.Value, meshfile.DidYouMean(p.Value, known))
}

// taxonomyUnread reports that the taxonomy had faults itself, so that nothing can be missed in it.
func (b *builder) taxonomyUnread() bool { return b.files.Incomplete && b.files.Taxonomy.At.Line == 0 }

func (b *builder) users() {
	for _, u := range b.files.Users {
		b.purposes(u.Purposes)
	}
}

func aggregateRule(a *meshfile.Aggregate) AggregateRule {
	r := AggregateRule{MinEntities: a.MinEntities, Functions: meshfile.Values(a.Functions), DirectColumnsOnly: true}
	slices.Sort(r.Functions)
	r.Functions = slices.Compact(r.Functions)
	if a.DirectColumnsOnly != nil {
		r.DirectColumnsOnly = *a.DirectColumnsOnly
	}
	if a.SmallGroups.Value == Remainder.String() {
		r.SmallGroups = Remainder
	}
	if a.MaxShare != nil {
		r.MaxShare = float64(*a.MaxShare)
	}
	if a.Budget != nil {
		r.Budgets = []Budget{{Queries: a.Budget.Queries, Per: time.Duration(a.Budget.Per)}}
	}
	return r
}

// Expression is a text of SQL in a rule, with a product that the rule selects.
type Expression struct {
	Product  *catalog.Product
	Text     string
	Position catalog.Position
}

// Expressions returns the row filters and SQL masks with every product that they are for, in the order of the products.
func (s *Set) Expressions() []Expression {
	var out []Expression
	for _, r := range s.products {
		for _, rule := range r.rules {
			if rule.filter.Value != "" {
				out = append(out, Expression{r.product, rule.filter.Value, rule.filter.At})
			}
			if rule.mask.Expr != "" {
				out = append(out, Expression{r.product, rule.mask.Expr, rule.mask.Position})
			}
		}
	}
	slices.SortFunc(out, func(a, b Expression) int { return cmp.Compare(a.Product.Name.String(), b.Product.Name.String()) })
	return out
}
