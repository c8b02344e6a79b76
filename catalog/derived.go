package catalog

import (
	"slices"
	"strings"

	"meshgate/meshfile"
)

// The custom properties of a derived product's schema object.
const (
	queryProperty   = "query"
	purposeProperty = "purpose"
)

// queryOf returns the query of a derived product.
func queryOf(o *meshfile.Object) (meshfile.Text, bool) {
	return meshfile.CustomText(o.Custom, queryProperty)
}

// derived makes a product whose rows are those of a query over other products. Its columns' types are PostgreSQL's.
func (b *builder) derived(p *Product, o *meshfile.Object, query meshfile.Text) {
	p.Query, p.QueryAt, p.IsView = query.Value, query.At, true
	if strings.TrimSpace(query.Value) == "" {
		b.faults.Add(query.At, "query: expected a SELECT over other products")
	}
	if purpose, ok := meshfile.CustomText(o.Custom, purposeProperty); ok {
		p.ReadFor = purpose.Value
	}
	types, ok := b.kinds["postgres"]
	if !ok {
		b.faults.Add(query.At, "query: the columns of a derived product have types of PostgreSQL, which this program cannot read")
		return
	}
	b.columns(p, o, types)
}

// Inherit gives a column of a derived product what the columns have that it comes from: the highest classification and all tags,
// unless the federation has said that it is something else. It belongs to the making of a snapshot: nothing reads the product yet.
func (p *Product) Inherit(ordinal int, sources []Source, t *meshfile.Taxonomy) {
	c := &p.Columns[ordinal]
	c.Sources = sources
	var d meshfile.Declassification
	name := p.Name.String() + "." + c.Name
	if i := slices.IndexFunc(t.Declassify, func(d meshfile.Declassification) bool { return d.Column.Value == name }); i >= 0 {
		d = t.Declassify[i]
	}
	dropped := meshfile.Values(d.Tags)
	level := c.Classification
	for _, s := range sources {
		from := &s.Product.Columns[s.Ordinal]
		for _, tag := range union(from.Tags, s.Product.Tags) {
			if !slices.Contains(dropped, tag) && tag != entityKeyTag {
				c.Tags = union(c.Tags, []string{tag})
			}
		}
		if t.Level(from.Classification) > t.Level(level) {
			level = from.Classification
		}
	}
	if d.Classification.Value != "" {
		level = d.Classification.Value
	}
	c.Classification = level
}

// Source is a column that another one comes from.
type Source struct {
	Product *Product
	Ordinal int
}

// CheckDeclassify tells which declassifications name no column of a derived product, or no classification.
func (s *Snapshot) CheckDeclassify(t *meshfile.Taxonomy) meshfile.Faults {
	var faults meshfile.Faults
	for _, d := range t.Declassify {
		parts := strings.Split(d.Column.Value, ".")
		if len(parts) != 3 {
			faults.Add(d.Column.At, "column: expected domain.product.column, got %q", d.Column.Value)
			continue
		}
		p, ok := s.products[Name{parts[0], parts[1]}]
		if !ok || p.Query == "" || p.Column(parts[2]) < 0 {
			faults.Add(d.Column.At, "column: %q is no column of a derived product", d.Column.Value)
		}
		if d.Classification.Value != "" && t.Level(d.Classification.Value) < 0 {
			faults.Add(d.Classification.At, "classification: expected one of the taxonomy's, got %q%s", d.Classification.Value,
				meshfile.DidYouMean(d.Classification.Value, meshfile.Values(t.Classifications)))
		}
	}
	return faults
}
