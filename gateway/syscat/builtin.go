package syscat

import (
	"slices"
	"strconv"
	"sync"

	"meshgate/catalog"
	"meshgate/pgcat"
)

const toastSchemaName = "pg_toast"

// builtinNamespaces are the schemas of PostgreSQL's own objects. Nobody may use the one that keeps its long values.
var builtinNamespaces = append(slices.Clone(systemNamespaces), &namespace{oid: 99, name: toastSchemaName, owner: systemOwner})

// builtinRelations are all of PostgreSQL's own relations: beside those that are listed, indexes and where long values are kept.
var builtinRelations = sync.OnceValue(func() []*relation {
	out := slices.Clone(allSystemRelations())
	known := map[pgcat.OID]*relation{}
	for _, r := range out {
		known[r.oid] = r
	}
	rel := pgcat.Rows("pg_catalog.pg_class")
	schemas := map[string]*namespace{}
	for _, n := range builtinNamespaces {
		schemas[strconv.FormatUint(uint64(n.oid), 10)] = n
	}
	for _, row := range rel.Rows {
		at := rowReader{rel, row}
		n := schemas[at.text("relnamespace")]
		if oid := numberOf(at.text("oid")); known[oid] == nil && n != nil {
			known[oid] = &relation{oid: oid, schemaOID: n.oid, schema: n.name, name: at.text("relname"), kind: at.text("relkind")[0], owner: systemOwner}
			out = append(out, known[oid])
		}
	}
	columns := pgcat.Rows("pg_catalog.pg_attribute")
	for _, row := range columns.Rows {
		at := rowReader{columns, row}
		number, err := strconv.Atoi(at.text("attnum"))
		r := known[numberOf(at.text("attrelid"))]
		if err != nil || number <= 0 || r == nil || r.kind == 'r' || r.kind == 'v' {
			continue
		}
		a := attribute{rel: r, number: number, name: at.text("attname"), t: catalog.TypeOf(numberOf(at.text("atttypid")))}
		r.columns = append(r.columns, a)
	}
	return out
})

var systemByName = sync.OnceValue(func() map[catalog.Name]*relation {
	m := map[catalog.Name]*relation{}
	for _, r := range builtinRelations() {
		m[catalog.Name{Domain: r.schema, Product: r.name}] = r
	}
	return m
})

var systemByOID = sync.OnceValue(func() map[pgcat.OID]*relation {
	m := map[pgcat.OID]*relation{}
	for _, r := range builtinRelations() {
		m[r.oid] = r
	}
	return m
})

// sharedRelations are those that all databases of a server share; they are in a tablespace of their own.
var sharedRelations = sync.OnceValue(func() map[pgcat.OID]bool {
	m := map[pgcat.OID]bool{}
	rel := pgcat.Rows("pg_catalog.pg_class")
	for _, row := range rel.Rows {
		if at := (rowReader{rel, row}); at.is("relisshared") {
			m[numberOf(at.text("oid"))] = true
		}
	}
	return m
})
