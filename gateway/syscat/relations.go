package syscat

import (
	"strings"
	"sync"

	"meshgate/catalog"
	"meshgate/pgcat"
	"meshgate/planner"
)

const (
	pgCatalogOID   = 11
	pgCatalogName  = "pg_catalog"
	infoSchemaName = "information_schema"
	meshSchema     = "mesh"
)

// relations are all system relations by schema and name.
var relations = sync.OnceValue(func() map[string]*planner.SystemRelation {
	m := map[string]*planner.SystemRelation{}
	for _, c := range pgcat.SystemColumns() {
		key := c.Schema + "." + c.Relation
		r := m[key]
		if r == nil {
			r = &planner.SystemRelation{Schema: c.Schema, Name: c.Relation, OID: c.RelationOID}
			m[key] = r
		}
		r.Columns = append(r.Columns, planner.SystemColumn{Name: c.Name, Type: baseType(c.Type, c.TypeMod)})
	}
	for _, r := range meshRelations() {
		m[r.Schema+"."+r.Name] = r
	}
	for name, of := range tableFunctions {
		m[pgCatalogName+"."+name+"()"] = m[pgCatalogName+"."+of]
	}
	for _, name := range strings.Fields(rowFunctions) {
		r := functionRelation(name)
		m[r.Schema+"."+r.Name+"()"] = r
	}
	for key, r := range m {
		if strings.HasSuffix(key, "()") {
			continue
		}
		r.Columns = append(r.Columns, planner.SystemColumn{Name: "tableoid", Type: catalog.TypeOf(pgcat.OIDType), Hidden: true},
			planner.SystemColumn{Name: "xmin", Type: catalog.TypeOf(pgcat.Xid), Hidden: true})
	}
	return m
})

// tableFunctions are functions whose rows are those of a system view.
var tableFunctions = map[string]string{
	"pg_timezone_names": "pg_timezone_names", "pg_timezone_abbrevs": "pg_timezone_abbrevs", "pg_show_all_settings": "pg_settings",
	"pg_prepared_statement": "pg_prepared_statements", "pg_cursor": "pg_cursors", "pg_lock_status": "pg_locks",
}

// rowFunctions are functions without arguments whose rows are extracted, or that a gateway has no rows for: it has no files of
// PostgreSQL's, and nothing is prepared or replicated.
const rowFunctions = `pg_get_keywords pg_available_extensions pg_available_extension_versions pg_prepared_xact
	pg_get_replication_slots pg_show_replication_origin_status pg_stat_get_wal_senders pg_show_all_file_settings pg_hba_file_rules
	pg_ident_file_mappings pg_config pg_get_shmem_allocations pg_get_backend_memory_contexts`

// functionRelation is what a function of rows lists.
func functionRelation(name string) *planner.SystemRelation {
	p := pgcat.Procs(name)[0]
	r := &planner.SystemRelation{Schema: pgCatalogName, Name: p.Name, OID: p.OID}
	for i, oid := range p.AllArgs {
		r.Columns = append(r.Columns, planner.SystemColumn{Name: p.ArgNames[i], Type: catalog.TypeOf(oid)})
	}
	return r
}

// baseType is the type below a domain of information_schema.
func baseType(oid pgcat.OID, mod int32) catalog.Type {
	if t := pgcat.TypeByOID(oid); t != nil && t.Kind == 'd' {
		return catalog.Type{OID: t.BaseType, Mod: t.TypeMod}
	}
	return catalog.Type{OID: oid, Mod: mod}
}

// Relation finds a relation of the system catalogs.
func Relation(schema, name string) (*planner.SystemRelation, bool) {
	r, ok := relations()[schema+"."+name]
	return r, ok
}

// meshTables are the relations of the schema mesh: each line a name, then columns and their types.
const meshTables = `
products domain:text product:text description:text owner:text contact:text contract:text version:text status:text store:text tags:text[]
columns domain:text product:text "column":text type:text nullable:bool classification:text tags:text[] description:text
my_columns domain:text product:text "column":text effect:text mask:text rule:text tier:text owner:text reason:text ask:text
stores store:text kind:text healthy:bool checked:timestamptz problem:text
queries query:text session:int4 "user":text purpose:text state:text started:timestamptz elapsed:interval rows:int8 products:text[] sqlstate:text statement:text
policies rule:text tier:text domain:text effect:text owner:text reason:text ask:text epoch:text loaded:timestamptz problem:text
lineage domain:text product:text "column":text source_domain:text source_product:text source_column:text
`

var meshRelations = sync.OnceValue(func() []*planner.SystemRelation {
	var out []*planner.SystemRelation
	for line := range strings.Lines(strings.TrimSpace(meshTables)) {
		fields := strings.Fields(line)
		r := &planner.SystemRelation{Schema: meshSchema, Name: fields[0], OID: hashOID("relation " + meshSchema + "." + fields[0])}
		for _, f := range fields[1:] {
			name, typeName, _ := strings.Cut(f, ":")
			elem, isArray := strings.CutSuffix(typeName, "[]")
			t := pgcat.TypeByName(elem)
			oid := t.OID
			if isArray {
				oid = t.Array
			}
			r.Columns = append(r.Columns, planner.SystemColumn{Name: strings.Trim(name, `"`), Type: catalog.TypeOf(oid)})
		}
		out = append(out, r)
	}
	return out
})

func (v *View) meshRelation(def *planner.SystemRelation) {
	o := v.oids.products[catalog.Name{Domain: meshSchema, Product: def.Name}]
	r := &relation{
		oid: def.OID, rowType: o.row, arrayType: o.array, schemaOID: v.oids.Schema(meshSchema), schema: meshSchema, name: def.Name, owner: systemOwner, kind: 'v',
	}
	for i, c := range def.Columns {
		if !c.Hidden {
			r.columns = append(r.columns, attribute{rel: r, number: i + 1, name: c.Name, t: c.Type})
		}
	}
	v.add(r)
}
