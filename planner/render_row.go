package planner

import (
	"strconv"
	"strings"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgcat"
)

// row writes a composite value as a struct, which only the engine has. Numbers in it have the form in which each keeps its scale.
func (r *renderer) row(e *rowExpr) (string, error) {
	if !r.d.Decimals || len(e.fields) == 0 {
		return "", cannot("a row as a value")
	}
	parts := make([]string, len(e.fields))
	for i, f := range e.fields {
		c, err := r.value(f)
		if err != nil {
			return "", err
		}
		if f.typ().OID == pgcat.Numeric {
			if c, err = r.sortable(c); err != nil {
				return "", err
			}
		}
		parts[i] = fieldName(i) + " := " + c.sql
	}
	text := "struct_pack(" + strings.Join(parts, ", ") + ")"
	if e.present == nil {
		return text, nil
	}
	present, err := r.inner(e.present)
	if err != nil {
		return "", err
	}
	return "CASE WHEN " + present + " THEN " + text + " END", nil
}

func fieldName(i int) string { return "f" + strconv.Itoa(i+1) }

func (r *renderer) fieldOf(e *fieldOf) (string, error) {
	row, err := r.inner(e.row)
	if err != nil {
		return "", err
	}
	return "struct_extract(" + row + ", '" + fieldName(e.index) + "')", nil
}

// rowKey writes a row so that the engine's equality and order are record_eq's and record_lt's: by the keys of its fields. The engine
// takes NULLs in a row for equal, and larger than everything else, as PostgreSQL does.
func (r *renderer) rowKey(sql string, shape rowShape) (string, error) {
	parts := make([]string, len(shape.types))
	same := true
	for i, t := range shape.types {
		field := "struct_extract(" + sql + ", '" + fieldName(i) + "')"
		key, err := r.groupKey(column{sql: field}, t)
		if err != nil {
			return "", err
		}
		same = same && key == field
		parts[i] = fieldName(i) + " := " + key
	}
	if same {
		return sql, nil
	}
	return "CASE WHEN " + sql + " IS NOT NULL THEN struct_pack(" + strings.Join(parts, ", ") + ") END", nil
}

// fields lists the fields of a row, or of an array's rows.
func (p *placer) fields(t catalog.Type) []connectors.Column {
	if t.Mod < 0 || t.OID != pgcat.Record && elementType(t.OID) != pgcat.Record {
		return nil
	}
	var out []connectors.Column
	for i, f := range p.shapes[t.Mod].types {
		out = append(out, connectors.Column{Name: fieldName(i), Type: carrierType(f, decimal{}), Fields: p.fields(f)})
	}
	return out
}

// columnType names the type of a column that leaves the engine.
func (r *renderer) columnType(c *connectors.Column) (string, bool) {
	if len(c.Fields) == 0 {
		return r.d.TypeName(c.Type)
	}
	parts := make([]string, len(c.Fields))
	for i := range c.Fields {
		name, ok := r.columnType(&c.Fields[i])
		if !ok {
			return "", false
		}
		parts[i] = c.Fields[i].Name + " " + name
	}
	name := "STRUCT(" + strings.Join(parts, ", ") + ")"
	if c.Type.OID != pgcat.Record {
		name += "[]"
	}
	return name, true
}
