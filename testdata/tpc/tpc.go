// Package tpc describes tables whose rows are computed, and the mesh that publishes them from stores of several kinds: what the
// data of TPC-H and TPC-DS have in common. It knows neither benchmark, opens no store and asks no query.
package tpc

import (
	"fmt"
	"io"
	"strings"
)

// Kind is what holds the tables of a domain.
type Kind string

// The kinds of stores.
const (
	Postgres Kind = "postgres"
	MySQL    Kind = "mysql"
	Parquet  Kind = "parquet"
)

// Column is a column of a table. Its type is written as the specifications write it: integer, bigint, date, decimal(p,s), char(n), varchar(n).
type Column struct {
	Name     string
	Type     string
	Nullable bool
}

// Table is a product. Its rows depend on nothing but the scale.
type Table struct {
	Name    string
	Columns []Column
	Key     []string
	Indexes [][]string // further ones, at servers
	Write   func(w *Writer, scale float64)
}

// Domain is a domain, of one store, and its tables.
type Domain struct {
	Name   string
	Kind   Kind
	Tables []Table
}

// Mesh is a set of domains.
type Mesh []Domain

// SearchPath lists the domains, so that queries can be asked as the specifications have them.
func (m Mesh) SearchPath() string {
	names := make([]string, len(m))
	for i, d := range m {
		names[i] = d.Name
	}
	return strings.Join(names, ", ")
}

// WriteRows writes a table's rows in the text format of PostgreSQL's COPY, which is that of MySQL's LOAD DATA too.
func (t *Table) WriteRows(to io.Writer, scale float64) error {
	w := newWriter(to)
	t.Write(w, scale)
	return w.close()
}

// columnType is a column's type at a store of a kind, and what clients see of it (docs/types.md).
func columnType(k Kind, typ string) (physical, client string) {
	switch {
	case k == MySQL && strings.HasPrefix(typ, "char("):
		return typ, "var" + typ
	case k == MySQL && typ == "integer":
		return "int", typ
	case k == Parquet && strings.Contains(typ, "char("):
		return "varchar", "text"
	}
	return typ, typ
}

// Create is the statement that makes the table at a store of a kind.
func (t *Table) Create(k Kind) string {
	return t.create(t.Name, k, func(c *Column) string { physical, _ := columnType(k, c.Type); return physical })
}

// CreateOracle is the statement that makes the table in a PostgreSQL that holds all domains; columns have the types that clients see.
func (t *Table) CreateOracle(d *Domain) string {
	return t.create(d.Name+"."+t.Name, Postgres, func(c *Column) string { _, client := columnType(d.Kind, c.Type); return client })
}

func (t *Table) create(name string, k Kind, typeOf func(*Column) string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE TABLE %s (", name)
	for i := range t.Columns {
		c := &t.Columns[i]
		fmt.Fprintf(&b, "%s %s", c.Name, typeOf(c))
		if !c.Nullable {
			b.WriteString(" NOT NULL")
		}
		b.WriteString(", ")
	}
	return strings.TrimSuffix(b.String(), ", ") + t.constraints(k) + ")"
}

// constraints are the keys of a MySQL table, which loads faster with its primary key than it gets one afterwards. PostgreSQL's come
// after the rows, a Parquet file has none.
func (t *Table) constraints(k Kind) string {
	if k != MySQL {
		return ""
	}
	s := ", PRIMARY KEY (" + strings.Join(t.Key, ", ") + ")"
	for _, columns := range t.Indexes {
		s += ", KEY (" + strings.Join(columns, ", ") + ")"
	}
	return s
}

// Finish lists the statements that make a PostgreSQL table's keys and statistics, once it is loaded.
func (t *Table) Finish(name string) []string {
	list := []string{"ALTER TABLE " + name + " ADD PRIMARY KEY (" + strings.Join(t.Key, ", ") + ")"}
	for _, columns := range t.Indexes {
		list = append(list, "CREATE INDEX ON "+name+" ("+strings.Join(columns, ", ")+")")
	}
	return append(list, "VACUUM ANALYZE "+name)
}

// CopyParquet is DuckDB's statement that makes the Parquet file of a table from the file with its rows.
func (t *Table) CopyParquet(rows, file string) string {
	columns := make([]string, len(t.Columns))
	for i := range t.Columns {
		physical, _ := columnType(Parquet, t.Columns[i].Type)
		columns[i] = fmt.Sprintf("'%s': '%s'", t.Columns[i].Name, physical)
	}
	return fmt.Sprintf(`COPY (FROM read_csv('%s', delim = '\t', quote = '', escape = '', nullstr = '\N', header = false, auto_detect = false, columns = {%s}))
		TO '%s' (FORMAT parquet)`, rows, strings.Join(columns, ", "), file)
}
