package syscat

import (
	"slices"
	"strings"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"meshgate/catalog"
	"meshgate/pgarrow"
	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/planner"
	"meshgate/sqlerr"
)

// dataset holds rows of a system relation by columns. A column is built when it is first read.
type dataset struct {
	rel   *planner.SystemRelation
	count int
	value func(row, column int) (pgvalue.Value, error)

	mu      sync.Mutex
	columns []arrow.Array
}

func (d *dataset) column(ordinal int) (arrow.Array, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.columns == nil {
		d.columns = make([]arrow.Array, len(d.rel.Columns))
	}
	if a := d.columns[ordinal]; a != nil {
		return a, nil
	}
	c := d.rel.Columns[ordinal]
	b := array.NewBuilder(memory.DefaultAllocator, pgarrow.Carrier(c.Type.OID, c.Type.Mod))
	defer b.Release()
	b.Reserve(d.count)
	for row := range d.count {
		v, err := d.cell(row, ordinal)
		if err == nil {
			err = pgarrow.Append(b, v)
		}
		if err != nil {
			return nil, sqlerr.Wrap(err, sqlerr.InternalError, "column %s.%s.%s of the system catalogs cannot be made", d.rel.Schema, d.rel.Name, c.Name)
		}
	}
	a := b.NewArray()
	d.columns[ordinal] = a
	return a, nil
}

// cell is a value of a row. The hidden columns come last.
func (d *dataset) cell(row, ordinal int) (pgvalue.Value, error) {
	c := d.rel.Columns[ordinal]
	if !c.Hidden {
		return d.value(row, ordinal)
	}
	if c.Name == "tableoid" {
		return int64(d.rel.OID), nil
	}
	return int64(1), nil
}

// tableOf makes a dataset of values that are known by column name; a column without a function is NULL, or its type's zero where
// the catalog says that it is never NULL.
func tableOf[T any](rel *planner.SystemRelation, rows []T, columns map[string]func(*T) pgvalue.Value) *dataset {
	by := make([]func(*T) pgvalue.Value, len(rel.Columns))
	for i, c := range rel.Columns {
		by[i] = columns[c.Name]
		if by[i] == nil && !c.Hidden {
			zero := zeroOf(rel, i)
			by[i] = func(*T) pgvalue.Value { return zero }
		}
	}
	for name := range columns {
		if !slices.ContainsFunc(rel.Columns, func(c planner.SystemColumn) bool { return c.Name == name }) {
			panic("syscat: " + rel.Name + " has no column " + name)
		}
	}
	return &dataset{rel: rel, count: len(rows), value: func(row, column int) (pgvalue.Value, error) { return by[column](&rows[row]), nil }}
}

// zeroOf is what a column holds that means nothing here.
func zeroOf(rel *planner.SystemRelation, ordinal int) pgvalue.Value {
	if !notNull()[rel.Schema+"."+rel.Name+"."+rel.Columns[ordinal].Name] {
		return nil
	}
	switch oid := rel.Columns[ordinal].Type.OID; oid {
	case pgcat.Bool:
		return false
	case pgcat.Float4, pgcat.Float8:
		return float64(0)
	case pgcat.Int2, pgcat.Int4, pgcat.Int8, pgcat.OIDType, pgcat.Xid:
		return int64(0)
	default:
		if elem, ok := pgarrow.Element(oid); ok {
			return pgvalue.NewArray(elem, nil)
		}
		if pgarrow.IsOIDAlias(oid) {
			return int64(0)
		}
	}
	return ""
}

// notNull are the columns of system tables that are never NULL.
var notNull = sync.OnceValue(func() map[string]bool {
	m := map[string]bool{}
	for _, c := range pgcat.SystemColumns() {
		if c.NotNull {
			m[c.Schema+"."+c.Relation+"."+c.Name] = true
		}
	}
	return m
})

// extracted are the datasets of rows that came from PostgreSQL itself, which all views share.
var extracted = struct {
	mu   sync.Mutex
	sets map[*planner.SystemRelation]*dataset
}{sets: map[*planner.SystemRelation]*dataset{}}

// leftOut are extracted rows of objects that a gateway does not have.
func leftOut(rel string, field func(string) string) bool {
	switch rel {
	case "pg_catalog.pg_namespace":
		return field("nspname") == "public"
	case "pg_catalog.pg_description":
		return field("objoid") == "2200"
	}
	return false
}

// fromPostgres returns the extracted rows of a relation, or nil where there are none.
func fromPostgres(rel *planner.SystemRelation) *dataset {
	name := rel.Schema + "." + rel.Name
	extracted.mu.Lock()
	defer extracted.mu.Unlock()
	if d, ok := extracted.sets[rel]; ok {
		return d
	}
	source := pgcat.Rows(name)
	if source == nil || name == "pg_catalog.pg_settings" {
		return nil
	}
	place := make([]int, len(rel.Columns))
	for i, c := range rel.Columns {
		place[i] = slices.Index(source.Columns, c.Name)
	}
	var rows []pgcat.Row
	for _, r := range source.Rows {
		if !leftOut(name, func(column string) string { return r[slices.Index(source.Columns, column)] }) {
			rows = append(rows, r)
		}
	}
	format := pgvalue.DefaultFormat()
	d := &dataset{rel: rel, count: len(rows), value: func(row, column int) (pgvalue.Value, error) {
		at := place[column]
		if at < 0 || rows[row][at] == pgcat.Null {
			return nil, nil
		}
		return parseCatalog(rel.Columns[column].Type, rows[row][at], format)
	}}
	extracted.sets[rel] = d
	return d
}

// parseCatalog reads a field of the extracted rows; names of functions were extracted as numbers.
func parseCatalog(t catalog.Type, text string, f *pgvalue.Format) (pgvalue.Value, error) {
	oid := t.OID
	if pgarrow.IsOIDAlias(oid) {
		oid = pgcat.OIDType
	}
	if oid == pgcat.ACLItemArray { // the role that made the extracted database is called otherwise here
		text = strings.NewReplacer("{postgres=", "{"+systemOwner+"=", ",postgres=", ","+systemOwner+"=", "/postgres", "/"+systemOwner).Replace(text)
	}
	return pgvalue.Parse(oid, -1, strings.Clone(text), f)
}
