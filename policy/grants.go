package policy

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"meshgate/catalog"
	"meshgate/meshfile"
)

// accessGrant resolves an access grant. One that is not exactly what the delegating rules allow lifts nothing and is a fault.
func (b *builder) accessGrant(g *meshfile.SourcedGrant) {
	before := len(b.faults)
	p := b.grantedProduct(g)
	l := &lift{
		user: g.Principal.User.Value, purpose: g.Purpose.Value, rules: map[*rule]bool{},
		public: &Exemption{
			ID: g.Metadata.ID.Value, Ticket: g.Ticket.Value, ApprovedBy: g.ApprovedBy.Value,
			NotBefore: g.NotBefore.Time, Expires: g.Expires.Time, Position: g.Metadata.ID.At,
		},
	}
	if p != nil {
		b.grantedColumns(g, p, l)
		b.approval(g, p)
	}
	if g.Purpose.Value != "" {
		b.purpose(g.Purpose)
	}
	for _, id := range g.Relaxes {
		if r := b.relaxed(g, id); r != nil && !l.rules[r] {
			l.rules[r] = true
			l.public.Rules = append(l.public.Rules, r.public)
		}
	}
	b.uniqueGrant(g)
	if len(b.faults) > before || p == nil {
		return
	}
	slices.SortFunc(l.public.Rules, func(x, y *Rule) int { return cmp.Compare(x.ID, y.ID) })
	r := b.set.products[p]
	r.lifts = append(r.lifts, l)
	b.lintGrant(g)
}

func (b *builder) uniqueGrant(g *meshfile.SourcedGrant) {
	for i := range b.files.Grants {
		other := &b.files.Grants[i]
		if other == g {
			return
		}
		if other.Metadata.ID.Value == g.Metadata.ID.Value {
			b.faults.Add(g.Metadata.ID.At, "access grant id %q is taken already at %s", g.Metadata.ID.Value, other.Metadata.ID.At)
		}
	}
}

// grantedProduct finds the product, which must be one of the domain that gives the grant.
func (b *builder) grantedProduct(g *meshfile.SourcedGrant) *catalog.Product {
	name, rest, ok := splitName(g.Product.Value)
	if !ok || rest != "" {
		b.faults.Add(g.Product.At, "product: expected domain.product, got %q", g.Product.Value)
		return nil
	}
	if name.Domain != g.Folder {
		b.faults.Add(g.Product.At, "product: an access grant of domain %s is for its own products only, got %q", g.Folder,
			g.Product.Value)
		return nil
	}
	p, ok := b.snap.Product(name)
	if !ok && !b.files.Incomplete {
		b.faults.Add(g.Product.At, "product %s is not declared by a contract%s", name,
			meshfile.DidYouMean(g.Product.Value, b.productNames()))
	}
	return p
}

func (b *builder) productNames() []string {
	var names []string
	for _, p := range b.snap.Products() {
		names = append(names, p.Name.String())
	}
	return names
}

func (b *builder) grantedColumns(g *meshfile.SourcedGrant, p *catalog.Product, l *lift) {
	if len(g.Columns) == 0 {
		return
	}
	l.columns = map[int]bool{}
	for _, c := range g.Columns {
		i := p.Column(c.Value)
		if i < 0 {
			b.faults.Add(c.At, "column %q is not one of %s%s", c.Value, p.Name, meshfile.DidYouMean(c.Value, columnNames(p)))
			continue
		}
		l.columns[i] = true
	}
}

func columnNames(p *catalog.Product) []string {
	names := make([]string, len(p.Columns))
	for i := range p.Columns {
		names[i] = p.Columns[i].Name
	}
	return names
}

// approval refuses a grant that somebody gave to themselves, or that nobody gave who answers for the product. Names are compared
// without case, so that Ann cannot approve what ann asks for.
func (b *builder) approval(g *meshfile.SourcedGrant, p *catalog.Product) {
	by := g.ApprovedBy.Value
	if strings.EqualFold(by, g.Principal.User.Value) {
		b.faults.Add(g.ApprovedBy.At, "approvedBy: %q approves an access grant for themselves; expected somebody else", by)
	} else if !slices.Contains(p.Owners, by) {
		b.faults.Add(g.ApprovedBy.At, "approvedBy: expected an owner of %s (the domain's owner, or a member of the contract's team "+
			"with role owner), got %q", p.Name, by)
	}
}

// relaxed finds a rule that a grant lifts, and holds the grant against what the rule allows to be lifted.
func (b *builder) relaxed(g *meshfile.SourcedGrant, id meshfile.Text) *rule {
	r := b.byID[id.Value]
	if r == nil {
		if !b.files.Incomplete {
			var ids []string
			for known := range b.byID {
				ids = append(ids, known)
			}
			b.faults.Add(id.At, "relaxes: there is no rule %q%s", id.Value, meshfile.DidYouMean(id.Value, ids))
		}
		return nil
	}
	if r.delegates == nil {
		b.faults.Add(id.At, "relaxes: rule %s does not delegate exemptions", id.Value)
		return nil
	}
	if r.public.Tier == TierDomain && r.public.Domain != g.Folder {
		b.faults.Add(id.At, "relaxes: rule %s is one of domain %s", id.Value, r.public.Domain)
		return nil
	}
	length := g.Expires.Sub(g.NotBefore.Time)
	if longest := time.Duration(r.delegates.MaxDuration); length > longest {
		b.faults.Add(g.Expires.At, "expires: rule %s may be lifted for %s at most, got %s", id.Value, longest, length)
	}
	for _, need := range r.delegates.Require {
		given := map[string]string{"purpose": g.Purpose.Value, "ticket": g.Ticket.Value, "approvedBy": g.ApprovedBy.Value}[need.Value]
		if given == "" {
			b.faults.Add(g.At, "access grant %s: key %q is missing, rule %s requires it", g.Metadata.ID.Value, need.Value, id.Value)
		}
	}
	return r
}

// sortLifts makes decisions independent of the order in which files were read.
func (b *builder) sortLifts() {
	for _, r := range b.set.products {
		slices.SortFunc(r.lifts, func(x, y *lift) int { return cmp.Compare(x.public.ID, y.public.ID) })
	}
}
