package policy

import (
	"slices"
	"strings"

	"meshgate/catalog"
	"meshgate/meshfile"
)

// selector puts a rule's match into the form that products are held against, and reports names that cannot be meant.
func (b *builder) selector(r *rule, folder string) {
	m := &r.source.Match
	s := &r.match
	s.onlyDomain = folder
	s.tags = meshfile.Values(m.Tags)
	s.classificationRank = b.files.Taxonomy.Level
	for _, tag := range m.Tags {
		if !slices.Contains(b.tags, tag.Value) && !b.files.Incomplete {
			b.faults.Add(tag.At, "tag %q is neither in the taxonomy nor in a contract%s", tag.Value, meshfile.DidYouMean(tag.Value, b.tags))
		}
	}
	if m.Classification != nil {
		b.classification(s, m.Classification)
	}
	for _, d := range m.Domains {
		b.own(r, folder, d.Value, d.At)
		if s.domains == nil {
			s.domains = map[string]bool{}
		}
		s.domains[d.Value] = true
	}
	for _, text := range m.Products {
		name, rest, ok := splitName(text.Value)
		if !ok || rest != "" {
			b.faults.Add(text.At, "products: expected domain.product, got %q", text.Value)
			continue
		}
		b.own(r, folder, name.Domain, text.At)
		if s.products == nil {
			s.products = map[catalog.Name]bool{}
		}
		s.products[name] = true
	}
	b.columnSelector(r, folder)
	if r.effect == effectGrant && len(m.Columns) > 0 {
		b.faults.Add(m.Columns[0].At, "columns: a grant is for products; expected tags, classification, domains or products")
	}
}

func (b *builder) columnSelector(r *rule, folder string) {
	for _, text := range r.source.Match.Columns {
		name, column, ok := splitName(text.Value)
		if !ok || column == "" {
			b.faults.Add(text.At, "columns: expected domain.product.column, got %q", text.Value)
			continue
		}
		b.own(r, folder, name.Domain, text.At)
		if r.match.columns == nil {
			r.match.columns = map[catalog.Name]map[string]bool{}
		}
		if r.match.columns[name] == nil {
			r.match.columns[name] = map[string]bool{}
		}
		r.match.columns[name][column] = true
	}
}

// splitName takes domain.product or domain.product.column apart. Columns may have dots in their names, the others cannot.
func splitName(text string) (name catalog.Name, column string, ok bool) {
	parts := strings.SplitN(text, ".", 3)
	if len(parts) < 2 || slices.Contains(parts, "") {
		return catalog.Name{}, "", false
	}
	if len(parts) == 3 {
		column = parts[2]
	}
	return catalog.Name{Domain: parts[0], Product: parts[1]}, column, true
}

// own refuses a domain's rule about another domain's products.
func (b *builder) own(r *rule, folder, domain string, at meshfile.Position) {
	if folder != "" && domain != folder {
		b.faults.Add(at, "rule %s: a rule of domain %s is for its own products only, got %q", r.public.ID, folder, domain)
	}
}

func (b *builder) classification(s *selector, c *meshfile.ClassificationRange) {
	s.hasClassification = true
	s.atLeast, s.atMost = 0, len(b.files.Taxonomy.Classifications)-1
	for _, bound := range []struct {
		text        meshfile.Text
		least, most bool
	}{{c.AtLeast, true, false}, {c.AtMost, false, true}, {c.Is, true, true}} {
		if bound.text.Value == "" {
			continue
		}
		rank := b.files.Taxonomy.Level(bound.text.Value)
		if rank < 0 {
			if !b.taxonomyUnread() {
				known := meshfile.Values(b.files.Taxonomy.Classifications)
				b.faults.Add(bound.text.At, "classification %q is not in the taxonomy, which has %s%s", bound.text.Value,
					strings.Join(known, ", "), meshfile.DidYouMean(bound.text.Value, known))
			}
			continue
		}
		if bound.least {
			s.atLeast = max(s.atLeast, rank)
		}
		if bound.most {
			s.atMost = min(s.atMost, rank)
		}
	}
}

// resolveProducts finds for every product the rules that select it or some of its columns.
func (b *builder) resolveProducts() {
	byProduct, byDomain := map[catalog.Name][]*rule{}, map[string][]*rule{}
	var broad []*rule
	for _, r := range b.set.rules {
		switch {
		case r.match.products != nil:
			for name := range r.match.products {
				byProduct[name] = append(byProduct[name], r)
			}
		case r.match.columns != nil:
			for name := range r.match.columns {
				byProduct[name] = append(byProduct[name], r)
			}
		case r.match.domains != nil:
			for name := range r.match.domains {
				byDomain[name] = append(byDomain[name], r)
			}
		case r.match.onlyDomain != "":
			byDomain[r.match.onlyDomain] = append(byDomain[r.match.onlyDomain], r)
		default:
			broad = append(broad, r)
		}
	}
	for _, p := range b.snap.Products() {
		candidates := slices.Concat(broad, byDomain[p.Name.Domain], byProduct[p.Name])
		slices.SortFunc(candidates, func(x, y *rule) int { return strings.Compare(x.public.ID, y.public.ID) })
		b.set.products[p] = b.resolve(p, candidates)
	}
}

func (b *builder) resolve(p *catalog.Product, candidates []*rule) *resolved {
	r := &resolved{
		product: p, columns: make([][]int, len(p.Columns)),
		productVar: productVariable(p), columnVars: columnVariables(p),
	}
	highest := -1
	for i := range p.Columns {
		highest = max(highest, b.files.Taxonomy.Level(p.Columns[i].Classification))
		r.countable = r.countable || p.Columns[i].EntityKey
	}
	open := b.files.Taxonomy.OpenBelow.Value
	r.open = open != "" && len(p.Columns) > 0 && highest <= b.files.Taxonomy.Level(open)
	for _, rule := range candidates {
		if !rule.match.inProduct(p) {
			continue
		}
		if rule.effect == effectGrant {
			if rule.match.granted(p, highest) {
				rule.used = true
				r.grants = append(r.grants, rule)
			}
			continue
		}
		b.resolveRule(r, rule)
	}
	return r
}

// resolveRule adds a restriction to a product if it selects anything of it. A row filter selects a product through any column.
func (b *builder) resolveRule(r *resolved, rule *rule) {
	p, index := r.product, len(r.rules)
	whole := rule.match.whole(p)
	selects := whole
	for i := range p.Columns {
		if !rule.match.column(p, &p.Columns[i]) {
			continue
		}
		selects = true
		if rule.effect != effectFilter {
			r.columns[i] = append(r.columns[i], index)
			b.checkColumn(r, rule, &p.Columns[i])
		}
	}
	if selects {
		rule.used = true
		r.rules = append(r.rules, rule)
		r.whole = append(r.whole, whole)
	}
}
