package policy

import (
	"fmt"
	"slices"
	"strings"

	"meshgate/catalog"
	"meshgate/meshfile"
)

// lint warns about rules that do not do what their author probably thinks. Nothing here makes a decision.
func (b *builder) lint() {
	for _, r := range b.set.rules {
		b.lintNames(r)
		if !r.used {
			b.warn(r.source.ID.At, "rule %s selects nothing", r.public.ID)
		}
		if r.effect == effectGrant && r.to == nil {
			b.warn(r.source.ID.At, "rule %s grants to everybody, as it has no key \"to\"", r.public.ID)
		}
	}
	for _, p := range b.snap.Products() {
		r := b.set.products[p]
		for column, rules := range r.columns {
			for i, first := range rules {
				for _, second := range rules[i+1:] {
					b.lintPair(r.rules[first], r.rules[second], p, column)
				}
			}
		}
	}
}

// lintNames warns about domains, products and columns that a rule names and that do not exist.
func (b *builder) lintNames(r *rule) {
	m := &r.source.Match
	for _, d := range m.Domains {
		if !b.snap.HasDomain(d.Value) {
			var known []string
			for _, domain := range b.snap.Domains() {
				known = append(known, domain.Name)
			}
			b.warn(d.At, "rule %s: there is no domain %q%s", r.public.ID, d.Value, meshfile.DidYouMean(d.Value, known))
		}
	}
	for _, text := range slices.Concat(m.Products, m.Columns) {
		name, column, ok := splitName(text.Value)
		if !ok {
			continue
		}
		p, ok := b.snap.Product(name)
		switch {
		case !ok:
			b.warn(text.At, "rule %s: there is no product %s%s", r.public.ID, name, meshfile.DidYouMean(name.String(), b.productNames()))
		case column != "" && p.Column(column) < 0:
			b.warn(text.At, "rule %s: %s has no column %q%s", r.public.ID, name, column, meshfile.DidYouMean(column, columnNames(p)))
		}
	}
}

// lintPair warns about two rules on one column: masks that cannot be compared, and a domain's rule that the federation's
// stricter one leaves without effect.
func (b *builder) lintPair(first, second *rule, p *catalog.Product, column int) {
	if first.effect == effectMask && second.effect == effectMask && first.mask.Fn == second.mask.Fn {
		if _, ok := coarser(&first.mask, &second.mask); !ok && b.once(first, second) {
			b.warn(second.source.ID.At, "rules %s and %s are ambiguous on column %s.%s: %s masks that cannot be compared, so it "+
				"becomes NULL", first.public.ID, second.public.ID, p.Name, p.Columns[column].Name, first.mask.Fn)
		}
		return
	}
	domain, global := second, first
	if first.public.Tier == TierDomain {
		domain, global = first, second
	}
	if domain.public.Tier != TierDomain || global.public.Tier != TierGlobal || !stricter(global, domain) {
		return
	}
	always := global.to == nil && global.unless == nil && len(global.purposes) == 0 && global.delegates == nil
	// A denial under conditions is no reason not to mask where they do not hold.
	if (!always && global.effect == effectDeny) || !b.once(first, second) {
		return
	}
	if always {
		b.warn(domain.source.ID.At, "rule %s never decides on column %s.%s: %s (%s) is stricter and always holds",
			domain.public.ID, p.Name, p.Columns[column].Name, global.public.ID, global.does())
		return
	}
	b.warn(domain.source.ID.At, "rule %s loses on column %s.%s wherever %s (%s) holds", domain.public.ID, p.Name,
		p.Columns[column].Name, global.public.ID, global.does())
}

// once reports whether a pair of rules is seen for the first time: it is told about one column, not about every one.
func (b *builder) once(first, second *rule) bool {
	pair := [2]*rule{first, second}
	if b.checks[pair] {
		return false
	}
	b.checks[pair] = true
	return true
}

// does says what a rule does to a column.
func (r *rule) does() string {
	if r.effect == effectMask {
		return fmt.Sprintf("mask %s", r.mask.Fn)
	}
	return strings.ReplaceAll(r.effect.String(), "_", " ")
}

// stricter reports whether one rule leaves another without a say. aggregate_only silences no mask: aggregates run over it.
func stricter(a, b *rule) bool {
	switch {
	case a.effect == effectDeny:
		return b.effect != effectDeny
	case a.effect == effectMask && b.effect == effectMask:
		return a.mask.Fn < b.mask.Fn
	}
	return false
}

// lintGrant warns about an access grant that has ended, and about one for somebody who cannot connect.
func (b *builder) lintGrant(g *meshfile.SourcedGrant) {
	if !g.Expires.After(b.now) {
		b.warn(g.Expires.At, "access grant %s has expired", g.Metadata.ID.Value)
	}
	known := slices.ContainsFunc(b.files.Users, func(u meshfile.User) bool { return u.Name.Value == g.Principal.User.Value })
	if !known && len(b.files.Users) > 0 {
		b.warn(g.Principal.User.At, "access grant %s is for %q, who is not in users.yaml", g.Metadata.ID.Value, g.Principal.User.Value)
	}
}
