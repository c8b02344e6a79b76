package policy

import (
	"slices"

	"meshgate/catalog"
)

// selector is a rule's match. All parts that are given must hold; nil and -1 mean not given.
type selector struct {
	tags               []string
	atLeast, atMost    int // places in the taxonomy's order
	hasClassification  bool
	domains            map[string]bool
	products           map[catalog.Name]bool
	columns            map[catalog.Name]map[string]bool
	onlyDomain         string // of a domain's rule: no other domain's products are selected, whatever else the rule says
	classificationRank func(string) int
}

// inProduct reports whether the parts that speak of domains and products hold.
func (s *selector) inProduct(p *catalog.Product) bool {
	if s.onlyDomain != "" && s.onlyDomain != p.Name.Domain {
		return false
	}
	if s.domains != nil && !s.domains[p.Name.Domain] {
		return false
	}
	if s.products != nil && !s.products[p.Name] {
		return false
	}
	return s.columns == nil || s.columns[p.Name] != nil
}

// column reports whether a column is selected, given that its product is. A column has its product's tags too.
func (s *selector) column(p *catalog.Product, c *catalog.Column) bool {
	if s.columns != nil && !s.columns[p.Name][c.Name] {
		return false
	}
	if s.hasClassification && !s.inRange(s.classificationRank(c.Classification)) {
		return false
	}
	return len(s.tags) == 0 || s.anyTag(c.Tags) || s.anyTag(p.Tags)
}

// whole reports whether a product is selected as such, and not only some columns of it.
func (s *selector) whole(p *catalog.Product) bool {
	return s.columns == nil && !s.hasClassification && (len(s.tags) == 0 || s.anyTag(p.Tags))
}

// granted reports whether a grant selects a product, whose classification is that of its most closed column.
func (s *selector) granted(p *catalog.Product, highest int) bool {
	if s.hasClassification && !s.inRange(highest) {
		return false
	}
	return len(s.tags) == 0 || s.anyTag(p.Tags)
}

func (s *selector) inRange(rank int) bool { return rank >= s.atLeast && rank <= s.atMost }

func (s *selector) anyTag(tags []string) bool {
	return slices.ContainsFunc(s.tags, func(tag string) bool { return catalog.HasTag(tags, tag) })
}
