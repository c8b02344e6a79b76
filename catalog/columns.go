package catalog

import (
	"strings"

	"meshgate/meshfile"
	"meshgate/pgcat"
)

const (
	entityKeyTag  = "privacy.entity_key"
	maxColumnName = 63
)

// columns makes a product's columns, in the contract's order.
func (b *builder) columns(p *Product, o *meshfile.Object, kind Kind) {
	seen := map[string]*Column{}
	inKey := 0
	for i := range o.Properties {
		property := &o.Properties[i]
		column, ok := b.column(p, property, kind)
		if !ok {
			continue
		}
		// Names that differ only by case are one name in DuckDB, quoted or not.
		folded := strings.ToLower(column.Name)
		if other := seen[folded]; other != nil {
			if other.Name == column.Name {
				b.faults.Add(property.Name.At, "column %q is repeated; it is on line %d already", column.Name, other.Position.Line)
			} else {
				b.faults.Add(property.Name.At, "column %q differs from %q only by case", column.Name, other.Name)
			}
			continue
		}
		seen[folded] = &column
		if property.PrimaryKey {
			inKey++
			column.PrimaryKey = inKey
			if property.PrimaryKeyPosition > 0 {
				column.PrimaryKey = property.PrimaryKeyPosition
			}
		}
		p.Columns = append(p.Columns, column)
		for _, r := range property.Relationships {
			b.links = append(b.links, link{product: p, file: p.Position.File, column: column.Name, to: r.To, at: r.At})
		}
		if property.ID != "" {
			if p.ids == nil {
				p.ids = map[string]string{}
			}
			p.ids[property.ID] = column.Name
		}
	}
	b.checkKeys(p)
	if len(p.Columns) == 0 && len(o.Properties) == 0 {
		b.faults.Add(o.At, "product %s: expected properties, since a product without columns cannot be queried", p.Name)
	}
}

// checkKeys refuses a primary key with a place taken twice, and more than one entity key: aggregate_only counts by one column.
func (b *builder) checkKeys(p *Product) {
	places := map[int]string{}
	entity := ""
	for i := range p.Columns {
		c := &p.Columns[i]
		if other, taken := places[c.PrimaryKey]; taken && c.PrimaryKey > 0 {
			b.faults.Add(c.Position, "primaryKeyPosition: columns %q and %q both have place %d", other, c.Name, c.PrimaryKey)
		}
		places[c.PrimaryKey] = c.Name
		if c.EntityKey && entity != "" {
			b.faults.Add(c.Position, "column %q: tagged %s as column %q is; expected one", c.Name, entityKeyTag, entity)
		}
		if c.EntityKey {
			entity = c.Name
		}
	}
}

func (b *builder) column(p *Product, property *meshfile.Property, kind Kind) (Column, bool) {
	name := property.Name
	if !isCleanName(name.Value) || len(name.Value) > maxColumnName {
		b.faults.Add(name.At, "column: expected a name of 1 to %d bytes without control or invisible characters, got %q", maxColumnName,
			name.Value)
		return Column{}, false
	}
	physical := property.PhysicalName
	if physical.Value == "" {
		physical = name
	}
	b.checkPhysical(physical.Value, "physicalName", physical.At, kind.Name)
	t, ok := b.columnType(property, kind)
	tags := union(meshfile.Values(property.Tags))
	b.checkTags(property.Tags)
	b.checkMustTag(property, physical.Value, union(tags, p.Tags))
	c := Column{
		Name: name.Value, Physical: physical.Value, Type: t, NotNull: property.Required || property.PrimaryKey, Unique: property.Unique,
		Classification: b.classification(property), Tags: tags, Description: property.Description, Native: property.PhysicalType.Value,
		Position: name.At,
	}
	for _, tag := range tags {
		c.EntityKey = c.EntityKey || tag == entityKeyTag
	}
	return c, ok
}

// columnType asks the connector what a column's values become. Nested values without a type of their own are one json value.
func (b *builder) columnType(property *meshfile.Property, kind Kind) (Type, bool) {
	n := native(property)
	if n.Physical == "" && (n.Logical == "object" || len(property.Properties) > 0) {
		return TypeOf(pgcat.JSON), true
	}
	t, err := kind.ColumnType(n)
	if err != nil {
		at := property.PhysicalType.At
		if at.Line == 0 {
			at = property.LogicalType.At
		}
		if at.Line == 0 {
			at = property.Name.At
		}
		b.faults.Add(at, "column %q cannot be carried: %s", property.Name.Value, err)
		return Type{}, false
	}
	return t, true
}

func native(property *meshfile.Property) Native {
	n := Native{
		Physical: strings.TrimSpace(property.PhysicalType.Value), Logical: property.LogicalType.Value,
		Format: property.Options.Format, Timezone: property.Options.Timezone,
	}
	if n.Logical == "" && len(property.Properties) > 0 {
		n.Logical = "object"
	}
	if property.Items != nil {
		items := native(property.Items)
		n.Items = &items
	}
	return n
}

// classification returns the column's class, and for one that has none or an unknown one what the taxonomy says.
func (b *builder) classification(property *meshfile.Property) string {
	t := &b.files.Taxonomy
	given := property.Classification
	if given.At.Line == 0 {
		return t.Unclassified.Value
	}
	if t.Level(given.Value) < 0 {
		known := meshfile.Values(t.Classifications)
		b.faults.Add(given.At, "classification: expected one of the taxonomy's, %s, got %q%s", strings.Join(known, ", "), given.Value,
			meshfile.DidYouMean(given.Value, known))
		return t.Unclassified.Value
	}
	return given.Value
}
