package syscat

import (
	"slices"

	"meshgate/pgvalue"
	"meshgate/planner"
)

func tableConstraints(v *View, rel *planner.SystemRelation) *dataset {
	type c = *constraint
	kinds := map[byte]string{'p': "PRIMARY KEY", 'u': "UNIQUE", 'f': "FOREIGN KEY"}
	schema := func(c *c) pgvalue.Value { return (*c).rel.schema }
	return tableOf(rel, v.cons, map[string]func(*c) pgvalue.Value{
		"constraint_catalog": constant[c](v.mesh), "constraint_schema": schema, "constraint_name": func(c *c) pgvalue.Value { return (*c).name },
		"table_catalog": constant[c](v.mesh), "table_schema": schema, "table_name": func(c *c) pgvalue.Value { return (*c).rel.name },
		"constraint_type": func(c *c) pgvalue.Value { return kinds[(*c).kind] }, "is_deferrable": constant[c]("NO"), "initially_deferred": constant[c]("NO"),
		"enforced": constant[c]("YES"),
		"nulls_distinct": func(c *c) pgvalue.Value {
			if (*c).kind == 'u' {
				return "YES"
			}
			return nil
		},
	})
}

// keyColumn is a column of a constraint at its place there.
type keyColumn struct {
	c     *constraint
	place int
}

func (v *View) keyColumns() []keyColumn {
	var out []keyColumn
	for _, c := range v.cons {
		for i := range c.columns {
			out = append(out, keyColumn{c, i})
		}
	}
	return out
}

func keyColumns(v *View, rel *planner.SystemRelation) *dataset {
	schema := func(k *keyColumn) pgvalue.Value { return k.c.rel.schema }
	return tableOf(rel, v.keyColumns(), map[string]func(*keyColumn) pgvalue.Value{
		"constraint_catalog": constant[keyColumn](v.mesh), "constraint_schema": schema, "constraint_name": func(k *keyColumn) pgvalue.Value { return k.c.name },
		"table_catalog": constant[keyColumn](v.mesh), "table_schema": schema, "table_name": func(k *keyColumn) pgvalue.Value { return k.c.rel.name },
		"column_name":      func(k *keyColumn) pgvalue.Value { return k.c.rel.byNumber(k.c.columns[k.place]).name },
		"ordinal_position": func(k *keyColumn) pgvalue.Value { return int64(k.place + 1) },
		"position_in_unique_constraint": func(k *keyColumn) pgvalue.Value {
			if k.c.targetKey == nil {
				return nil
			}
			return int64(slices.Index(k.c.targetKey.columns, k.c.targetColumns[k.place]) + 1)
		},
	})
}

// constraintColumns lists the columns that a constraint is about: of a foreign key, those it refers to.
func constraintColumns(v *View, rel *planner.SystemRelation) *dataset {
	about := func(k *keyColumn) (*relation, int) {
		if k.c.kind == 'f' {
			return k.c.target, k.c.targetColumns[k.place]
		}
		return k.c.rel, k.c.columns[k.place]
	}
	return tableOf(rel, v.keyColumns(), map[string]func(*keyColumn) pgvalue.Value{
		"table_catalog": constant[keyColumn](v.mesh), "constraint_catalog": constant[keyColumn](v.mesh),
		"table_schema": func(k *keyColumn) pgvalue.Value {
			r, _ := about(k)
			return r.schema
		},
		"table_name": func(k *keyColumn) pgvalue.Value {
			r, _ := about(k)
			return r.name
		},
		"column_name": func(k *keyColumn) pgvalue.Value {
			r, n := about(k)
			return r.byNumber(n).name
		},
		"constraint_schema": func(k *keyColumn) pgvalue.Value { return k.c.rel.schema }, "constraint_name": func(k *keyColumn) pgvalue.Value { return k.c.name },
	})
}

func constraintTables(v *View, rel *planner.SystemRelation) *dataset {
	type c = *constraint
	about := func(c *c) *relation {
		if (*c).kind == 'f' {
			return (*c).target
		}
		return (*c).rel
	}
	return tableOf(rel, v.cons, map[string]func(*c) pgvalue.Value{
		"table_catalog": constant[c](v.mesh), "constraint_catalog": constant[c](v.mesh),
		"table_schema": func(c *c) pgvalue.Value { return about(c).schema }, "table_name": func(c *c) pgvalue.Value { return about(c).name },
		"constraint_schema": func(c *c) pgvalue.Value { return (*c).rel.schema }, "constraint_name": func(c *c) pgvalue.Value { return (*c).name },
	})
}

func referentialConstraints(v *View, rel *planner.SystemRelation) *dataset {
	type c = *constraint
	rows := slices.DeleteFunc(slices.Clone(v.cons), func(c *constraint) bool { return c.kind != 'f' })
	return tableOf(rel, rows, map[string]func(*c) pgvalue.Value{
		"constraint_catalog": constant[c](v.mesh), "constraint_schema": func(c *c) pgvalue.Value { return (*c).rel.schema },
		"constraint_name": func(c *c) pgvalue.Value { return (*c).name },
		"unique_constraint_catalog": func(c *c) pgvalue.Value {
			if (*c).targetKey == nil {
				return nil
			}
			return v.mesh
		},
		"unique_constraint_schema": func(c *c) pgvalue.Value {
			if (*c).targetKey == nil {
				return nil
			}
			return (*c).targetKey.rel.schema
		},
		"unique_constraint_name": func(c *c) pgvalue.Value {
			if (*c).targetKey == nil {
				return nil
			}
			return (*c).targetKey.name
		},
		"match_option": constant[c]("NONE"), "update_rule": constant[c]("NO ACTION"), "delete_rule": constant[c]("NO ACTION"),
	})
}

// tablePrivileges: what is visible may be read, and nothing else may be done.
func tablePrivileges(v *View, rel *planner.SystemRelation) *dataset {
	type r = *relation
	return tableOf(rel, v.byKind("rv"), map[string]func(*r) pgvalue.Value{
		"grantor": func(r *r) pgvalue.Value { return (*r).owner }, "grantee": constant[r](v.who.User), "table_catalog": constant[r](v.mesh),
		"table_schema": func(r *r) pgvalue.Value { return (*r).schema }, "table_name": func(r *r) pgvalue.Value { return (*r).name },
		"privilege_type": constant[r]("SELECT"), "is_grantable": constant[r]("NO"), "with_hierarchy": constant[r]("YES"),
	})
}

func columnPrivileges(v *View, rel *planner.SystemRelation) *dataset {
	var rows []attribute
	for _, r := range v.byKind("rv") {
		rows = append(rows, r.columns...)
	}
	return tableOf(rel, rows, map[string]func(*attribute) pgvalue.Value{
		"grantor": func(a *attribute) pgvalue.Value { return a.rel.owner }, "grantee": constant[attribute](v.who.User),
		"table_catalog": constant[attribute](v.mesh), "table_schema": func(a *attribute) pgvalue.Value { return a.rel.schema },
		"table_name": func(a *attribute) pgvalue.Value { return a.rel.name }, "column_name": func(a *attribute) pgvalue.Value { return a.name },
		"privilege_type": constant[attribute]("SELECT"), "is_grantable": constant[attribute]("NO"),
	})
}
