package syscat

import (
	"strings"

	"meshgate/catalog"
	"meshgate/pgvalue"
	"meshgate/planner"
	"meshgate/policy"
)

func meshProducts(v *View, rel *planner.SystemRelation) *dataset {
	type r = *relation
	var rows []r
	for _, r := range v.rels {
		if r.product != nil {
			rows = append(rows, r)
		}
	}
	text := func(f func(*catalog.Product) string) func(*r) pgvalue.Value {
		return func(r *r) pgvalue.Value { return orNull(f((*r).product)) }
	}
	return tableOf(rel, rows, map[string]func(*r) pgvalue.Value{
		"domain": text(func(p *catalog.Product) string { return p.Name.Domain }), "product": text(func(p *catalog.Product) string { return p.Name.Product }),
		"description": text(func(p *catalog.Product) string { return p.Description }), "owner": text(func(p *catalog.Product) string { return p.Owner }),
		"contact": text(func(p *catalog.Product) string { return p.Contact }), "contract": text(func(p *catalog.Product) string { return p.Contract }),
		"version": text(func(p *catalog.Product) string { return p.Version }), "status": text(func(p *catalog.Product) string { return p.Status }),
		"store": text(func(p *catalog.Product) string { return p.Store }), "tags": func(r *r) pgvalue.Value { return texts((*r).product.Tags) },
	})
}

// meshColumn is a visible column of a product with its contract's side.
type meshColumn struct {
	a *attribute
	c *catalog.Column
}

func meshColumns(v *View, rel *planner.SystemRelation) *dataset {
	var rows []meshColumn
	for _, r := range v.rels {
		if r.product == nil {
			continue
		}
		for i := range r.columns {
			a := &r.columns[i]
			rows = append(rows, meshColumn{a, &r.product.Columns[a.number-1]})
		}
	}
	return tableOf(rel, rows, map[string]func(*meshColumn) pgvalue.Value{
		"domain": func(m *meshColumn) pgvalue.Value { return m.a.rel.schema }, "product": func(m *meshColumn) pgvalue.Value { return m.a.rel.name },
		"column": func(m *meshColumn) pgvalue.Value { return m.a.name }, "type": func(m *meshColumn) pgvalue.Value { return m.a.t.String() },
		"nullable":       func(m *meshColumn) pgvalue.Value { return !m.a.notNull },
		"classification": func(m *meshColumn) pgvalue.Value { return orNull(m.c.Classification) }, "tags": func(m *meshColumn) pgvalue.Value { return texts(m.c.Tags) },
		"description": func(m *meshColumn) pgvalue.Value { return orNull(m.c.Description) },
	})
}

// myColumn is a column of a product that the principal may query, with its fate.
type myColumn struct {
	product *catalog.Product
	column  *catalog.Column
	fate    *policy.ColumnDecision
	rule    *policy.Rule // one that decided; nil = none
}

func meshMyColumns(v *View, rel *planner.SystemRelation) *dataset {
	var rows []myColumn
	for _, d := range v.decisions {
		for i := range d.Columns {
			m := myColumn{product: d.Product, column: &d.Product.Columns[i], fate: &d.Columns[i]}
			if len(m.fate.Rules) > 0 {
				m.rule = m.fate.Rules[0]
			}
			rows = append(rows, m)
		}
	}
	ofRule := func(f func(*policy.Rule) string) func(*myColumn) pgvalue.Value {
		return func(m *myColumn) pgvalue.Value {
			if m.rule == nil {
				return nil
			}
			return orNull(f(m.rule))
		}
	}
	return tableOf(rel, rows, map[string]func(*myColumn) pgvalue.Value{
		"domain": func(m *myColumn) pgvalue.Value { return m.product.Name.Domain }, "product": func(m *myColumn) pgvalue.Value { return m.product.Name.Product },
		"column": func(m *myColumn) pgvalue.Value { return m.column.Name }, "effect": func(m *myColumn) pgvalue.Value { return m.fate.Action.String() },
		"mask": func(m *myColumn) pgvalue.Value {
			if m.fate.Action != policy.Masked {
				return nil
			}
			return m.fate.Mask.Fn.String()
		},
		"rule": func(m *myColumn) pgvalue.Value {
			ids := make([]string, len(m.fate.Rules))
			for i, r := range m.fate.Rules {
				ids[i] = r.ID
			}
			return orNull(strings.Join(ids, ", "))
		},
		"tier":  ofRule(func(r *policy.Rule) string { return r.Tier.String() }),
		"owner": ofRule(func(r *policy.Rule) string { return r.Owner }), "reason": ofRule(func(r *policy.Rule) string { return r.Reason }),
		"ask": func(m *myColumn) pgvalue.Value {
			if m.rule != nil && m.rule.Contact != "" {
				return m.rule.Contact
			}
			return orNull(m.product.Contact)
		},
	})
}

// meshPolicies lists the rules that touch what the principal sees: their filters' texts are nobody's to read.
func meshPolicies(v *View, s Session, rel *planner.SystemRelation) *dataset {
	mesh := s.Mesh()
	type r = *policy.Rule
	text := func(f func(*policy.Rule) string) func(*r) pgvalue.Value {
		return func(r *r) pgvalue.Value { return orNull(f(*r)) }
	}
	return tableOf(rel, v.rules, map[string]func(*r) pgvalue.Value{
		"rule": text(func(r *policy.Rule) string { return r.ID }), "tier": text(func(r *policy.Rule) string { return r.Tier.String() }),
		"domain": text(func(r *policy.Rule) string { return r.Domain }), "effect": text(func(r *policy.Rule) string { return r.Effect }),
		"owner": text(func(r *policy.Rule) string { return r.Owner }), "reason": text(func(r *policy.Rule) string { return r.Reason }),
		"ask": text(func(r *policy.Rule) string { return r.Contact }), "epoch": func(*r) pgvalue.Value { return mesh.Epoch },
		"loaded": func(*r) pgvalue.Value { return instant(mesh.Loaded) }, "problem": func(*r) pgvalue.Value { return orNull(mesh.Problem) },
	})
}

// columnSource is a column of a derived product with one that its values come from.
type columnSource struct {
	of   *attribute
	from catalog.Source
}

// meshLineage tells where the columns of derived products come from, as far as the principal may see both ends.
func meshLineage(v *View, rel *planner.SystemRelation) *dataset {
	visible := map[*catalog.Product]*policy.Decision{}
	for _, d := range v.decisions {
		if d.Granted {
			visible[d.Product] = d
		}
	}
	var rows []columnSource
	for _, r := range v.rels {
		if r.product == nil {
			continue
		}
		for i := range r.columns {
			a := &r.columns[i]
			for _, s := range r.product.Columns[a.number-1].Sources {
				if d := visible[s.Product]; d != nil && d.Columns[s.Ordinal].Action != policy.Deny {
					rows = append(rows, columnSource{a, s})
				}
			}
		}
	}
	return tableOf(rel, rows, map[string]func(*columnSource) pgvalue.Value{
		"domain": func(c *columnSource) pgvalue.Value { return c.of.rel.schema }, "product": func(c *columnSource) pgvalue.Value { return c.of.rel.name },
		"column": func(c *columnSource) pgvalue.Value { return c.of.name }, "source_domain": func(c *columnSource) pgvalue.Value { return c.from.Product.Name.Domain },
		"source_product": func(c *columnSource) pgvalue.Value { return c.from.Product.Name.Product },
		"source_column":  func(c *columnSource) pgvalue.Value { return c.from.Product.Columns[c.from.Ordinal].Name },
	})
}
