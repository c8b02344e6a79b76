package syscat

import (
	"maps"
	"slices"
	"strconv"

	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/planner"
)

// role is a row of pg_roles: an owner, the principal, or one of PostgreSQL's own.
type role struct {
	oid   pgcat.OID
	name  string
	login bool
}

// allRoles are the roles that the principal may know of. The caller does not change the slice.
func (v *View) allRoles() []role { return v.everyRole() }

func (v *View) listRoles() []role {
	var out []role
	for _, n := range v.roles {
		out = append(out, role{roleOID(n), n, n == v.who.User})
	}
	for _, oid := range slices.Sorted(maps.Keys(predefinedRoles)) {
		out = append(out, role{oid: oid, name: predefinedRoles[oid]})
	}
	return out
}

// roleTable makes pg_roles and pg_user, whose columns differ by their prefix. No password is ever shown.
func roleTable(prefix string) func(*View, *planner.SystemRelation) *dataset {
	return func(v *View, rel *planner.SystemRelation) *dataset {
		rows := slices.Clone(v.allRoles())
		if prefix == "use" {
			rows = slices.DeleteFunc(rows, func(r role) bool { return !r.login })
			return tableOf(rel, rows, map[string]func(*role) pgvalue.Value{
				"usename": func(r *role) pgvalue.Value { return r.name }, "usesysid": func(r *role) pgvalue.Value { return int64(r.oid) },
				"usecreatedb": no[role], "usesuper": no[role], "userepl": no[role], "usebypassrls": no[role],
				"passwd": hiddenPassword(rel),
			})
		}
		password := "rolpassword"
		return tableOf(rel, rows, map[string]func(*role) pgvalue.Value{
			"oid": func(r *role) pgvalue.Value { return int64(r.oid) }, "rolname": func(r *role) pgvalue.Value { return r.name },
			"rolsuper": no[role], "rolinherit": func(*role) pgvalue.Value { return true }, "rolcreaterole": no[role], "rolcreatedb": no[role],
			"rolcanlogin": func(r *role) pgvalue.Value { return r.login }, "rolreplication": no[role], "rolbypassrls": no[role],
			"rolconnlimit": func(*role) pgvalue.Value { return int64(-1) }, password: hiddenPassword(rel),
		})
	}
}

func no[T any](*T) pgvalue.Value { return false }

// hiddenPassword shows what PostgreSQL's views show in place of a password; the tables behind them show nothing.
func hiddenPassword(rel *planner.SystemRelation) func(*role) pgvalue.Value {
	return func(*role) pgvalue.Value {
		if rel.Name == "pg_roles" || rel.Name == "pg_user" {
			return "********"
		}
		return nil
	}
}

// groups lists the roles that nobody logs in as.
func groups(v *View, rel *planner.SystemRelation) *dataset {
	rows := slices.DeleteFunc(slices.Clone(v.allRoles()), func(r role) bool { return r.login })
	return tableOf(rel, rows, map[string]func(*role) pgvalue.Value{
		"groname": func(r *role) pgvalue.Value { return r.name }, "grosysid": func(r *role) pgvalue.Value { return int64(r.oid) },
		"grolist": func(*role) pgvalue.Value { return pgvalue.NewArray(pgcat.OIDType, nil) },
	})
}

// DatabaseOID is the one database's: the mesh's.
const DatabaseOID = 16384 - 1

const (
	utf8Encoding      = 6
	defaultTablespace = 1663
)

func databases(v *View, rel *planner.SystemRelation) *dataset {
	c := func(value pgvalue.Value) func(*string) pgvalue.Value {
		return func(*string) pgvalue.Value { return value }
	}
	return tableOf(rel, []string{v.mesh}, map[string]func(*string) pgvalue.Value{
		"oid": c(int64(DatabaseOID)), "datname": func(s *string) pgvalue.Value { return *s }, "datdba": c(int64(roleOID(systemOwner))),
		"encoding": c(int64(utf8Encoding)), "datlocprovider": c("c"), "datallowconn": c(true), "datconnlimit": c(int64(-1)),
		"dattablespace": c(int64(defaultTablespace)), "datcollate": c("C"), "datctype": c("C.UTF-8"),
	})
}

// byKind selects the relations of some kinds.
func (v *View) byKind(kinds string) []*relation {
	var out []*relation
	for _, r := range v.rels {
		for i := range kinds {
			if kinds[i] == r.kind {
				out = append(out, r)
			}
		}
	}
	return out
}

func tables(v *View, rel *planner.SystemRelation) *dataset {
	type r = *relation
	rows := append(v.byKind("r"), systemRelations('r')...)
	return tableOf(rel, rows, map[string]func(*r) pgvalue.Value{
		"schemaname": func(r *r) pgvalue.Value { return (*r).schema }, "tablename": func(r *r) pgvalue.Value { return (*r).name },
		"tableowner": func(r *r) pgvalue.Value { return (*r).owner }, "hasindexes": func(r *r) pgvalue.Value { return (*r).hasKey },
		"hasrules": no[r], "hastriggers": no[r], "rowsecurity": no[r],
	})
}

// views has no text of a product that is a view: what it is made of is its domain's business.
func views(v *View, rel *planner.SystemRelation) *dataset {
	type r = *relation
	rows := append(v.byKind("v"), systemRelations('v')...)
	return tableOf(rel, rows, map[string]func(*r) pgvalue.Value{
		"schemaname": func(r *r) pgvalue.Value { return (*r).schema }, "viewname": func(r *r) pgvalue.Value { return (*r).name },
		"viewowner": func(r *r) pgvalue.Value { return (*r).owner },
		"definition": func(r *r) pgvalue.Value {
			if d := definition("#views", strconv.FormatUint(uint64((*r).oid), 10), 0); d != nil {
				return *d
			}
			return nil
		},
	})
}

// indexTexts lists the indexes of the system catalogs, then those that stand for keys.
func indexTexts(v *View, rel *planner.SystemRelation) *dataset {
	type r struct{ schema, table, name, space, text string }
	var rows []r
	indexes := pgcat.Rows("pg_catalog.pg_index")
	for _, row := range indexes.Rows {
		at := rowReader{indexes, row}
		index, table := systemByOID()[numberOf(at.text("indexrelid"))], systemByOID()[numberOf(at.text("indrelid"))]
		if index != nil && table != nil && table.kind == 'r' {
			space := ""
			if sharedRelations()[index.oid] {
				space = "pg_global"
			}
			rows = append(rows, r{table.schema, table.name, index.name, space, *definition("#indexes", at.text("indexrelid"), 0)})
		}
	}
	for _, i := range v.byKind("i") {
		rows = append(rows, r{i.schema, i.index.rel.name, i.name, "", i.indexText(true)})
	}
	return tableOf(rel, rows, map[string]func(*r) pgvalue.Value{
		"schemaname": func(r *r) pgvalue.Value { return r.schema }, "tablename": func(r *r) pgvalue.Value { return r.table },
		"indexname": func(r *r) pgvalue.Value { return r.name }, "indexdef": func(r *r) pgvalue.Value { return r.text },
		"tablespace": func(r *r) pgvalue.Value { return orNull(r.space) },
	})
}

// tableStatistics lists the tables without counters: a gateway scans no table of its own.
func tableStatistics(v *View, rel *planner.SystemRelation) *dataset {
	type r = *relation
	return tableOf(rel, v.byKind("r"), map[string]func(*r) pgvalue.Value{
		"relid": func(r *r) pgvalue.Value { return int64((*r).oid) }, "schemaname": func(r *r) pgvalue.Value { return (*r).schema },
		"relname": func(r *r) pgvalue.Value { return (*r).name },
	})
}
