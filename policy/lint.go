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
		b.lintPeople(r)
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
			var unclear []*rule // that make the column NULL together with another, whatever else there is
			for i, first := range rules {
				for _, second := range rules[i+1:] {
					if b.lintMasks(r.rules[first], r.rules[second], p, column) {
						unclear = append(unclear, r.rules[first], r.rules[second])
					}
				}
			}
			for i, first := range rules {
				for _, second := range rules[i+1:] {
					b.lintPair(r.rules[first], r.rules[second], unclear, p, column)
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

// lintPeople warns about a rule for groups or users that nobody is: a restriction that a slip of the pen makes void.
func (b *builder) lintPeople(r *rule) {
	if r.source.To == nil || len(b.files.Users) == 0 {
		return
	}
	var users, groups []string
	for _, u := range b.files.Users {
		users = append(users, u.Name.Value)
		groups = append(groups, meshfile.Values(u.Groups)...)
	}
	for _, part := range []struct {
		what         string
		named, known []string
	}{{"group", r.to.groups, groups}, {"user", r.to.users, users}} {
		nobody := func(name string) bool { return !slices.Contains(part.known, name) }
		if len(part.named) > 0 && !slices.ContainsFunc(part.named, func(n string) bool { return !nobody(n) }) {
			b.warn(r.source.To.At, "rule %s is for nobody: users.yaml has no %s %s%s", r.public.ID, part.what, strings.Join(part.named, ", "),
				meshfile.DidYouMean(part.named[0], part.known))
		}
	}
}

// lintMasks warns about two masks of one function on one column that cannot be compared, and reports whether they are such.
func (b *builder) lintMasks(first, second *rule, p *catalog.Product, column int) bool {
	if first.effect != effectMask || second.effect != effectMask || first.mask.Fn != second.mask.Fn {
		return false
	}
	_, ok := coarser(&first.mask, &second.mask)
	if !ok && b.once(first, second) {
		b.warn(second.source.ID.At, "rules %s and %s are ambiguous on column %s.%s: %s masks that cannot be compared, so it "+
			"becomes NULL", first.public.ID, second.public.ID, p.Name, p.Columns[column].Name, first.mask.Fn)
	}
	return !ok
}

// lintPair warns about a rule that a stricter one leaves without effect on a column.
func (b *builder) lintPair(first, second *rule, unclear []*rule, p *catalog.Product, column int) {
	winner, loser := first, second
	if stricter(second, first) {
		winner, loser = second, first
	}
	// What a domain tightens is the federation's no loss.
	if !stricter(winner, loser) || winner.public.Tier == TierDomain && loser.public.Tier == TierGlobal || slices.Contains(unclear, loser) {
		return
	}
	name := p.Name.String() + "." + p.Columns[column].Name
	switch {
	case winner.always():
		if b.once(first, second) {
			b.warn(loser.source.ID.At, "rule %s never decides on column %s: %s (%s) is stricter and always holds", loser.public.ID, name,
				winner.public.ID, winner.does())
		}
	// A denial under conditions is no reason not to mask where they do not hold, and within a tier rules are written side by side.
	case winner.effect != effectDeny && winner.public.Tier == TierGlobal && loser.public.Tier == TierDomain && b.once(first, second):
		b.warn(loser.source.ID.At, "rule %s loses on column %s wherever %s (%s) holds", loser.public.ID, name, winner.public.ID, winner.does())
	}
}

// always reports whether a rule holds for everybody, whatever they state.
func (r *rule) always() bool {
	return r.to == nil && r.unless == nil && len(r.purposes) == 0 && r.delegates == nil
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
		nulls := !b.mask.MaskNulls || a.mask.MaskNulls || a.mask.Fn == MaskNull
		return a.mask.Fn < b.mask.Fn && nulls
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
