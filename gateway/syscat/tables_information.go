package syscat

import (
	"slices"
	"sync"

	"meshgate/pgarrow"
	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/planner"
)

// informationSchema makes the views of the SQL standard (PostgreSQL 15, chapter 37).
func informationSchema() map[string]func(*View, *planner.SystemRelation) *dataset {
	return map[string]func(*View, *planner.SystemRelation) *dataset{
		"information_schema_catalog_name": catalogName, "schemata": schemata, "tables": infoTables, "columns": infoColumns, "views": infoViews,
		"element_types": elementTypes, "character_sets": characterSets, "table_constraints": tableConstraints, "key_column_usage": keyColumns,
		"constraint_column_usage": constraintColumns, "constraint_table_usage": constraintTables, "referential_constraints": referentialConstraints,
		"table_privileges": tablePrivileges, "role_table_grants": tablePrivileges, "column_privileges": columnPrivileges,
		"role_column_grants": columnPrivileges, "enabled_roles": enabledRoles,
	}
}

func constant[T any](value pgvalue.Value) func(*T) pgvalue.Value {
	return func(*T) pgvalue.Value { return value }
}

func catalogName(v *View, rel *planner.SystemRelation) *dataset {
	return tableOf(rel, []string{v.mesh}, map[string]func(*string) pgvalue.Value{"catalog_name": func(s *string) pgvalue.Value { return *s }})
}

func enabledRoles(v *View, rel *planner.SystemRelation) *dataset {
	return tableOf(rel, []string{v.who.User}, map[string]func(*string) pgvalue.Value{"role_name": func(s *string) pgvalue.Value { return *s }})
}

func characterSets(v *View, rel *planner.SystemRelation) *dataset {
	c := constant[string]
	return tableOf(rel, []string{v.mesh}, map[string]func(*string) pgvalue.Value{
		"character_set_name": c("UTF8"), "character_repertoire": c("UCS"), "form_of_use": c("UTF8"), "default_collate_catalog": c(v.mesh),
		"default_collate_schema": c(pgCatalogName), "default_collate_name": c("C"),
	})
}

// systemNamespaces are the schemas that every database has.
var systemNamespaces = []*namespace{{oid: pgCatalogOID, name: pgCatalogName, owner: systemOwner}, {oid: infoSchemaOID(), name: infoSchemaName, owner: systemOwner}}

// infoSchemaOID is the number of information_schema in the extracted rows.
func infoSchemaOID() pgcat.OID {
	rows := pgcat.Rows("pg_catalog.pg_namespace")
	name, oid := slices.Index(rows.Columns, "nspname"), slices.Index(rows.Columns, "oid")
	for _, r := range rows.Rows {
		if r[name] == infoSchemaName {
			return numberOf(r[oid])
		}
	}
	panic("syscat: the extracted rows have no information_schema")
}

func schemata(v *View, rel *planner.SystemRelation) *dataset {
	type n = *namespace
	rows := append(slices.Clone(systemNamespaces), v.schema...)
	return tableOf(rel, rows, map[string]func(*n) pgvalue.Value{
		"catalog_name": constant[n](v.mesh), "schema_name": func(n *n) pgvalue.Value { return (*n).name },
		"schema_owner": func(n *n) pgvalue.Value { return (*n).owner },
	})
}

// systemRelations are PostgreSQL's own relations of a kind, as far as clients list them.
func systemRelations(kind byte) []*relation {
	var out []*relation
	for _, r := range allSystemRelations() {
		if r.kind == kind {
			out = append(out, r)
		}
	}
	return out
}

var allSystemRelations = sync.OnceValue(func() []*relation {
	var out []*relation
	var last *relation
	for _, c := range pgcat.SystemColumns() {
		if last == nil || last.schema != c.Schema || last.name != c.Relation {
			last = &relation{oid: c.RelationOID, schema: c.Schema, name: c.Relation, kind: c.Kind, owner: systemOwner, schemaOID: systemNamespaceOID(c.Schema)}
			out = append(out, last)
		}
		a := attribute{rel: last, number: c.Number, name: c.Name, notNull: c.NotNull}
		a.t.OID, a.t.Mod = c.Type, c.TypeMod
		last.columns = append(last.columns, a)
	}
	return out
})

func systemNamespaceOID(schema string) pgcat.OID {
	if schema == pgCatalogName {
		return pgCatalogOID
	}
	return infoSchemaOID()
}

// listed are the relations that information_schema lists: products, the mesh's own and PostgreSQL's.
func (v *View) listed() []*relation {
	return append(v.byKind("rv"), allSystemRelations()...)
}

func infoTables(v *View, rel *planner.SystemRelation) *dataset {
	type r = *relation
	return tableOf(rel, v.listed(), map[string]func(*r) pgvalue.Value{
		"table_catalog": constant[r](v.mesh), "table_schema": func(r *r) pgvalue.Value { return (*r).schema },
		"table_name": func(r *r) pgvalue.Value { return (*r).name },
		"table_type": func(r *r) pgvalue.Value {
			if (*r).kind == 'v' {
				return "VIEW"
			}
			return "BASE TABLE"
		},
		"is_insertable_into": constant[r]("NO"), "is_typed": constant[r]("NO"),
	})
}

func infoViews(v *View, rel *planner.SystemRelation) *dataset {
	type r = *relation
	no := constant[r]("NO")
	return tableOf(rel, append(v.byKind("v"), systemRelations('v')...), map[string]func(*r) pgvalue.Value{
		"table_catalog": constant[r](v.mesh), "table_schema": func(r *r) pgvalue.Value { return (*r).schema },
		"table_name": func(r *r) pgvalue.Value { return (*r).name }, "check_option": constant[r]("NONE"), "is_updatable": no, "is_insertable_into": no,
		"is_trigger_updatable": no, "is_trigger_deletable": no, "is_trigger_insertable_into": no,
	})
}

func yesNo(b bool) pgvalue.Value {
	if b {
		return "YES"
	}
	return "NO"
}

// measure is what information_schema says of a type's size.
type measure struct{ chars, octets, precision, radix, scale, datetime pgvalue.Value }

func measureOf(oid pgcat.OID, mod int32) measure {
	var m measure
	n := func(i int32) pgvalue.Value { return int64(i) }
	switch oid {
	case pgcat.BPChar, pgcat.VarChar:
		if mod > 4 {
			m.chars, m.octets = n(mod-4), n(4*(mod-4))
			break
		}
		m.octets = n(1 << 30)
	case pgcat.Text:
		m.octets = n(1 << 30)
	case pgcat.Bit, pgcat.VarBit:
		if mod > 0 {
			m.chars = n(mod)
		}
	case pgcat.Int2:
		m.precision, m.radix, m.scale = n(16), n(2), n(0)
	case pgcat.Int4:
		m.precision, m.radix, m.scale = n(32), n(2), n(0)
	case pgcat.Int8:
		m.precision, m.radix, m.scale = n(64), n(2), n(0)
	case pgcat.Float4:
		m.precision, m.radix = n(24), n(2)
	case pgcat.Float8:
		m.precision, m.radix = n(53), n(2)
	case pgcat.Numeric:
		m.radix = n(10)
		if p, s, ok := pgvalue.NumericTypmod(mod); ok {
			m.precision, m.scale = n(p), n(s)
		}
	case pgcat.Date:
		m.datetime = n(0)
	case pgcat.Time, pgcat.TimeTZ, pgcat.Timestamp, pgcat.TimestampTZ:
		m.datetime = n(6)
		if mod >= 0 {
			m.datetime = n(mod)
		}
	case pgcat.Interval:
		m.datetime = n(6)
		if mod >= 0 && mod&0xFFFF != 0xFFFF {
			m.datetime = n(mod & 0xFFFF)
		}
	}
	return m
}

func infoColumns(v *View, rel *planner.SystemRelation) *dataset {
	rows := columnsOf(v.listed())
	of := func(f func(m measure) pgvalue.Value) func(*attribute) pgvalue.Value {
		return func(a *attribute) pgvalue.Value {
			t := baseType(a.t.OID, a.t.Mod)
			return f(measureOf(t.OID, t.Mod))
		}
	}
	no := constant[attribute]("NO")
	return tableOf(rel, rows, map[string]func(*attribute) pgvalue.Value{
		"table_catalog": constant[attribute](v.mesh), "table_schema": func(a *attribute) pgvalue.Value { return a.rel.schema },
		"table_name": func(a *attribute) pgvalue.Value { return a.rel.name }, "column_name": func(a *attribute) pgvalue.Value { return a.name },
		"ordinal_position": func(a *attribute) pgvalue.Value { return int64(a.number) }, "is_nullable": func(a *attribute) pgvalue.Value { return yesNo(!a.notNull) },
		"data_type":                func(a *attribute) pgvalue.Value { return dataType(baseType(a.t.OID, a.t.Mod).OID) },
		"character_maximum_length": of(func(m measure) pgvalue.Value { return m.chars }), "character_octet_length": of(func(m measure) pgvalue.Value { return m.octets }),
		"numeric_precision": of(func(m measure) pgvalue.Value { return m.precision }), "numeric_precision_radix": of(func(m measure) pgvalue.Value { return m.radix }),
		"numeric_scale": of(func(m measure) pgvalue.Value { return m.scale }), "datetime_precision": of(func(m measure) pgvalue.Value { return m.datetime }),
		"udt_catalog": constant[attribute](v.mesh), "udt_schema": constant[attribute](pgCatalogName),
		"udt_name":       func(a *attribute) pgvalue.Value { return pgcat.TypeByOID(baseType(a.t.OID, a.t.Mod).OID).Name },
		"dtd_identifier": func(a *attribute) pgvalue.Value { return digits(a.number) }, "is_self_referencing": no, "is_identity": no, "identity_cycle": no,
		"is_generated": constant[attribute]("NEVER"), "is_updatable": no,
	})
}

// dataType is a type's name as information_schema writes it.
func dataType(oid pgcat.OID) string {
	if t := pgcat.TypeByOID(oid); t != nil && t.IsArray() {
		return "ARRAY"
	}
	return pgcat.FormatType(oid, -1)
}

func elementTypes(v *View, rel *planner.SystemRelation) *dataset {
	var rows []attribute
	for _, r := range v.listed() {
		for _, a := range r.columns {
			if t := pgcat.TypeByOID(a.t.OID); t != nil && t.IsArray() {
				rows = append(rows, a)
			}
		}
	}
	elem := func(a *attribute) pgcat.OID {
		e, _ := pgarrow.Element(a.t.OID)
		return e
	}
	return tableOf(rel, rows, map[string]func(*attribute) pgvalue.Value{
		"object_catalog": constant[attribute](v.mesh), "object_schema": func(a *attribute) pgvalue.Value { return a.rel.schema },
		"object_name": func(a *attribute) pgvalue.Value { return a.rel.name }, "object_type": constant[attribute]("TABLE"),
		"collection_type_identifier": func(a *attribute) pgvalue.Value { return digits(a.number) },
		"data_type":                  func(a *attribute) pgvalue.Value { return dataType(elem(a)) }, "udt_catalog": constant[attribute](v.mesh),
		"udt_schema": constant[attribute](pgCatalogName), "udt_name": func(a *attribute) pgvalue.Value { return pgcat.TypeByOID(elem(a)).Name },
		"dtd_identifier": func(a *attribute) pgvalue.Value { return "a" + digits(a.number) },
	})
}
