package syscat

import (
	"slices"
	"sync"

	"meshgate/pgarrow"
	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/planner"
)

// ofView makes the rows of system relations that follow from what a principal sees.
var ofView map[string]func(*View, *planner.SystemRelation) *dataset

func init() {
	ofView = map[string]func(*View, *planner.SystemRelation) *dataset{
		"pg_catalog.pg_namespace":   namespaces,
		"pg_catalog.pg_class":       classes,
		"pg_catalog.pg_attribute":   attributes,
		"pg_catalog.pg_type":        rowTypes,
		"pg_catalog.pg_constraint":  constraintRows,
		"pg_catalog.pg_index":       indexes,
		"pg_catalog.pg_description": descriptions,
		"pg_catalog.pg_authid":      roleTable("rol"),
		"pg_catalog.pg_roles":       roleTable("rol"),
		"pg_catalog.pg_user":        roleTable("use"),
		"pg_catalog.pg_shadow":      roleTable("use"),
		"pg_catalog.pg_group":       groups,
		"pg_catalog.pg_database":    databases,
		"pg_catalog.pg_tables":      tables,
		"pg_catalog.pg_views":       views,
		"pg_catalog.pg_indexes":     indexTexts,
		"mesh.products":             meshProducts,
		"mesh.lineage":              meshLineage,
		"mesh.columns":              meshColumns,
		"mesh.my_columns":           meshMyColumns,
	}
	for name, make := range informationSchema() {
		ofView["information_schema."+name] = make
	}
	for _, name := range []string{"pg_stat_all_tables", "pg_stat_user_tables", "pg_statio_all_tables", "pg_statio_user_tables"} {
		ofView["pg_catalog."+name] = tableStatistics
	}
}

func namespaces(v *View, rel *planner.SystemRelation) *dataset {
	return tableOf(rel, v.schema, map[string]func(**namespace) pgvalue.Value{
		"oid": func(n **namespace) pgvalue.Value { return int64((*n).oid) }, "nspname": func(n **namespace) pgvalue.Value { return (*n).name },
		"nspowner": func(n **namespace) pgvalue.Value { return int64(roleOID((*n).owner)) },
	})
}

const (
	heapAM  = 2
	btreeAM = 403
)

func classes(v *View, rel *planner.SystemRelation) *dataset {
	type r = *relation
	am := map[byte]int64{'r': heapAM, 'i': btreeAM}
	return tableOf(rel, v.rels, map[string]func(*r) pgvalue.Value{
		"oid": func(r *r) pgvalue.Value { return int64((*r).oid) }, "relname": func(r *r) pgvalue.Value { return (*r).name },
		"relnamespace": func(r *r) pgvalue.Value { return int64((*r).schemaOID) }, "reltype": func(r *r) pgvalue.Value { return int64((*r).rowType) },
		"relowner": func(r *r) pgvalue.Value { return int64(roleOID((*r).owner)) }, "relam": func(r *r) pgvalue.Value { return am[(*r).kind] },
		"reltuples": func(*r) pgvalue.Value { return float64(-1) }, "relhasindex": func(r *r) pgvalue.Value { return (*r).hasKey },
		"relpersistence": func(*r) pgvalue.Value { return "p" }, "relkind": func(r *r) pgvalue.Value { return string((*r).kind) },
		"relnatts": func(r *r) pgvalue.Value { return int64(len((*r).columns)) }, "relhasrules": func(r *r) pgvalue.Value { return (*r).kind == 'v' },
		// PostgreSQL's foreign keys are triggers, and clients look for the one where they see the other.
		"relhastriggers": func(r *r) pgvalue.Value { return (*r).hasForeignKey },
		"relispopulated": func(*r) pgvalue.Value { return true },
		"relreplident": func(r *r) pgvalue.Value {
			if (*r).kind == 'r' {
				return "d"
			}
			return "n"
		},
	})
}

// storage is how values of a type are laid out (pg_type), which pg_attribute repeats.
type storage struct {
	byValue        bool
	align, storage string
}

var storages = sync.OnceValue(func() map[pgcat.OID]storage {
	m := map[pgcat.OID]storage{}
	rows := pgcat.Rows("pg_catalog.pg_type")
	at := func(name string) int { return slices.Index(rows.Columns, name) }
	oid, byVal, align, how := at("oid"), at("typbyval"), at("typalign"), at("typstorage")
	for _, r := range rows.Rows {
		m[numberOf(r[oid])] = storage{byValue: r[byVal] == "t", align: r[align], storage: r[how]}
	}
	return m
})

// allAttributes are the columns of everything that the principal sees, indexes included.
func (v *View) allAttributes() []attribute {
	return columnsOf(v.rels)
}

// columnsOf are the columns of relations, one after the other.
func columnsOf(list []*relation) []attribute {
	n := 0
	for _, r := range list {
		n += len(r.columns)
	}
	out := make([]attribute, 0, n)
	for _, r := range list {
		out = append(out, r.columns...)
	}
	return out
}

func attributes(v *View, rel *planner.SystemRelation) *dataset {
	typeOf := func(a *attribute) *pgcat.Type { return pgcat.TypeByOID(a.t.OID) }
	return tableOf(rel, v.allAttributes(), map[string]func(*attribute) pgvalue.Value{
		"attrelid": func(a *attribute) pgvalue.Value { return int64(a.rel.oid) }, "attname": func(a *attribute) pgvalue.Value { return a.name },
		"atttypid": func(a *attribute) pgvalue.Value { return int64(a.t.OID) }, "attstattarget": func(*attribute) pgvalue.Value { return int64(-1) },
		"attlen": func(a *attribute) pgvalue.Value { return int64(typeOf(a).Len) }, "attnum": func(a *attribute) pgvalue.Value { return int64(a.number) },
		"attndims": func(a *attribute) pgvalue.Value {
			if typeOf(a).IsArray() {
				return int64(1)
			}
			return int64(0)
		},
		"attcacheoff": func(*attribute) pgvalue.Value { return int64(-1) }, "atttypmod": func(a *attribute) pgvalue.Value { return int64(a.t.Mod) },
		"attbyval": func(a *attribute) pgvalue.Value { return storages()[a.t.OID].byValue },
		"attalign": func(a *attribute) pgvalue.Value { return storages()[a.t.OID].align }, "attstorage": func(a *attribute) pgvalue.Value { return storages()[a.t.OID].storage },
		"attnotnull": func(a *attribute) pgvalue.Value { return a.notNull }, "attislocal": func(*attribute) pgvalue.Value { return true },
		"attcollation": func(a *attribute) pgvalue.Value { return int64(typeOf(a).Collation) },
	})
}

// rowTypes are the composite type of each relation and the array type of that.
func rowTypes(v *View, rel *planner.SystemRelation) *dataset {
	type row struct {
		r     *relation
		array bool
	}
	var rows []row
	for _, r := range v.rels {
		if r.rowType != 0 {
			rows = append(rows, row{r, false}, row{r, true})
		}
	}
	pick := func(plain, array pgvalue.Value) func(*row) pgvalue.Value {
		return func(r *row) pgvalue.Value {
			if r.array {
				return array
			}
			return plain
		}
	}
	return tableOf(rel, rows, map[string]func(*row) pgvalue.Value{
		"oid": func(r *row) pgvalue.Value {
			if r.array {
				return int64(r.r.arrayType)
			}
			return int64(r.r.rowType)
		},
		"typname": func(r *row) pgvalue.Value {
			if r.array {
				return "_" + r.r.name
			}
			return r.r.name
		},
		"typnamespace": func(r *row) pgvalue.Value { return int64(r.r.schemaOID) }, "typowner": func(r *row) pgvalue.Value { return int64(roleOID(r.r.owner)) },
		"typlen": pick(int64(-1), int64(-1)), "typtype": pick("c", "b"), "typcategory": pick("C", "A"), "typisdefined": pick(true, true), "typdelim": pick(",", ","),
		"typrelid": func(r *row) pgvalue.Value {
			if r.array {
				return int64(0)
			}
			return int64(r.r.oid)
		},
		"typelem": func(r *row) pgvalue.Value {
			if r.array {
				return int64(r.r.rowType)
			}
			return int64(0)
		},
		"typarray": func(r *row) pgvalue.Value {
			if r.array {
				return int64(0)
			}
			return int64(r.r.arrayType)
		},
		"typsubscript": pick(int64(0), int64(procOID("array_subscript_handler"))),
		"typinput":     pick(int64(procOID("record_in")), int64(procOID("array_in"))), "typoutput": pick(int64(procOID("record_out")), int64(procOID("array_out"))),
		"typreceive": pick(int64(procOID("record_recv")), int64(procOID("array_recv"))), "typsend": pick(int64(procOID("record_send")), int64(procOID("array_send"))),
		"typanalyze": pick(int64(0), int64(procOID("array_typanalyze"))), "typalign": pick("d", "d"), "typstorage": pick("x", "x"), "typtypmod": pick(int64(-1), int64(-1)),
	})
}

func procOID(name string) pgcat.OID {
	if list := pgcat.Procs(name); len(list) > 0 {
		return list[0].OID
	}
	return 0
}

// smallints is a value of int2[] or int2vector.
func smallints(list []int) pgvalue.Value {
	values := make([]pgvalue.Value, len(list))
	for i, n := range list {
		values[i] = int64(n)
	}
	return pgvalue.NewArray(pgcat.Int2, values)
}

func oidList(list []pgcat.OID) pgvalue.Value {
	values := make([]pgvalue.Value, len(list))
	for i, n := range list {
		values[i] = int64(n)
	}
	return pgvalue.NewArray(pgcat.OIDType, values)
}

func constraintRows(v *View, rel *planner.SystemRelation) *dataset {
	type c = *constraint
	action := func(c *c) pgvalue.Value {
		if (*c).kind == 'f' {
			return "a"
		}
		return " "
	}
	return tableOf(rel, v.cons, map[string]func(*c) pgvalue.Value{
		"oid": func(c *c) pgvalue.Value { return int64((*c).oid) }, "conname": func(c *c) pgvalue.Value { return (*c).name },
		"connamespace": func(c *c) pgvalue.Value { return int64((*c).rel.schemaOID) }, "contype": func(c *c) pgvalue.Value { return string((*c).kind) },
		"convalidated": func(*c) pgvalue.Value { return true }, "conrelid": func(c *c) pgvalue.Value { return int64((*c).rel.oid) },
		"conindid": func(c *c) pgvalue.Value {
			if k := (*c).targetKey; k != nil {
				return int64(k.indexOID)
			}
			return int64((*c).indexOID)
		},
		"confrelid": func(c *c) pgvalue.Value {
			if (*c).target == nil {
				return int64(0)
			}
			return int64((*c).target.oid)
		},
		"confupdtype": action, "confdeltype": action,
		"confmatchtype": func(c *c) pgvalue.Value {
			if (*c).kind == 'f' {
				return "s"
			}
			return " "
		},
		"conislocal": func(*c) pgvalue.Value { return true }, "connoinherit": func(*c) pgvalue.Value { return true },
		"conkey": func(c *c) pgvalue.Value { return smallints((*c).columns) },
		"confkey": func(c *c) pgvalue.Value {
			if (*c).kind != 'f' {
				return nil
			}
			return smallints((*c).targetColumns)
		},
	})
}

// operatorClasses are the default B-tree classes by type.
var operatorClasses = sync.OnceValue(func() map[pgcat.OID]pgcat.OID {
	m := map[pgcat.OID]pgcat.OID{}
	rows := pgcat.Rows("pg_catalog.pg_opclass")
	at := func(name string) int { return slices.Index(rows.Columns, name) }
	for _, r := range rows.Rows {
		if r[at("opcmethod")] == "403" && r[at("opcdefault")] == "t" {
			m[numberOf(r[at("opcintype")])] = numberOf(r[at("oid")])
		}
	}
	return m
})

func indexes(v *View, rel *planner.SystemRelation) *dataset {
	type r = *relation
	var rows []r
	for _, i := range v.rels {
		if i.kind == 'i' {
			rows = append(rows, i)
		}
	}
	width := func(r *r) pgvalue.Value { return int64(len((*r).columns)) }
	yes := func(*r) pgvalue.Value { return true }
	perColumn := func(f func(*attribute) pgcat.OID) func(*r) pgvalue.Value {
		return func(r *r) pgvalue.Value {
			out := make([]pgcat.OID, len((*r).columns))
			for i := range out {
				out[i] = f(&(*r).columns[i])
			}
			return oidList(out)
		}
	}
	return tableOf(rel, rows, map[string]func(*r) pgvalue.Value{
		"indexrelid": func(r *r) pgvalue.Value { return int64((*r).oid) }, "indrelid": func(r *r) pgvalue.Value { return int64((*r).index.rel.oid) },
		"indnatts": width, "indnkeyatts": width, "indisunique": yes, "indisprimary": func(r *r) pgvalue.Value { return (*r).index.kind == 'p' },
		"indimmediate": yes, "indisvalid": yes, "indisready": yes, "indislive": yes,
		"indkey":       func(r *r) pgvalue.Value { return smallints((*r).index.columns) },
		"indoption":    func(r *r) pgvalue.Value { return smallints(make([]int, len((*r).columns))) },
		"indcollation": perColumn(func(a *attribute) pgcat.OID { return pgcat.TypeByOID(a.t.OID).Collation }),
		"indclass":     perColumn(func(a *attribute) pgcat.OID { return operatorClass(a.t.OID) }),
	})
}

func operatorClass(oid pgcat.OID) pgcat.OID {
	if c, ok := operatorClasses()[oid]; ok {
		return c
	}
	if _, ok := pgarrow.Element(oid); ok {
		return operatorClasses()[pgcat.AnyArray]
	}
	return operatorClasses()[pgcat.Text]
}

type description struct {
	object, class pgcat.OID
	sub           int
	text          string
}

func (v *View) descriptions() []description {
	var out []description
	for _, n := range v.schema {
		if n.description != "" {
			out = append(out, description{n.oid, pgNamespaceOID, 0, n.description})
		}
	}
	for _, r := range v.rels {
		if r.description != "" {
			out = append(out, description{r.oid, pgClassOID, 0, r.description})
		}
		for i := range r.columns {
			if a := &r.columns[i]; a.description != "" {
				out = append(out, description{r.oid, pgClassOID, a.number, a.description})
			}
		}
	}
	return out
}

func descriptions(v *View, rel *planner.SystemRelation) *dataset {
	return tableOf(rel, v.descriptions(), map[string]func(*description) pgvalue.Value{
		"objoid": func(d *description) pgvalue.Value { return int64(d.object) }, "classoid": func(d *description) pgvalue.Value { return int64(d.class) },
		"objsubid": func(d *description) pgvalue.Value { return int64(d.sub) }, "description": func(d *description) pgvalue.Value { return d.text },
	})
}
