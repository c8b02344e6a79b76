package syscat

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"meshgate/catalog"
	"meshgate/pgcat"
)

// constraints makes the keys of what the principal sees. A key with a column that is hidden is hidden, too.
func (v *View) constraints() {
	keys := map[*relation]*constraint{}
	for _, r := range slices.Clone(v.rels) {
		if r.product == nil {
			continue
		}
		if k := v.primaryKey(r); k != nil {
			keys[r] = k
		}
		for i := range r.product.Columns {
			c := &r.product.Columns[i]
			if a := r.column(c.Name); a != nil && c.Unique && c.PrimaryKey == 0 {
				v.key(r, r.name+"_"+c.Name+"_key", 'u', []int{a.number})
			}
		}
	}
	for _, r := range v.rels {
		if r.product != nil {
			for i := range r.product.ForeignKeys {
				v.foreignKey(r, &r.product.ForeignKeys[i], keys)
			}
		}
	}
}

func (v *View) primaryKey(r *relation) *constraint {
	var key []*catalog.Column
	for i := range r.product.Columns {
		if c := &r.product.Columns[i]; c.PrimaryKey > 0 {
			key = append(key, c)
		}
	}
	slices.SortFunc(key, func(a, b *catalog.Column) int { return cmp.Compare(a.PrimaryKey, b.PrimaryKey) })
	numbers := r.numbers(columnNames(key))
	if len(numbers) == 0 {
		return nil
	}
	return v.key(r, r.name+"_pkey", 'p', numbers)
}

func columnNames(list []*catalog.Column) []string {
	names := make([]string, len(list))
	for i, c := range list {
		names[i] = c.Name
	}
	return names
}

// numbers returns the numbers of columns, or nil if one of them is not visible.
func (r *relation) numbers(names []string) []int {
	var out []int
	for _, n := range names {
		a := r.column(n)
		if a == nil {
			return nil
		}
		out = append(out, a.number)
	}
	return out
}

// key adds a unique key with the index that PostgreSQL would have for it.
func (v *View) key(r *relation, name string, kind byte, columns []int) *constraint {
	full := r.schema + "." + name
	k := &constraint{oid: hashOID("constraint " + full), indexOID: v.freeOID("index " + full), name: name, kind: kind, rel: r, columns: columns}
	r.hasKey, r.keys = true, append(r.keys, k)
	index := &relation{oid: k.indexOID, schemaOID: r.schemaOID, schema: r.schema, name: name, owner: r.owner, kind: 'i', index: k}
	for i, n := range columns {
		a := *r.byNumber(n)
		a.rel, a.number, a.notNull, a.description = index, i+1, false, ""
		index.columns = append(index.columns, a)
	}
	v.add(index)
	v.cons = append(v.cons, k)
	return k
}

// freeOID numbers a relation by its name as no other relation is numbered.
func (v *View) freeOID(name string) pgcat.OID {
	oid := hashOID(name)
	for i := 1; v.oids.taken[oid] || v.byOID[oid] != nil; i++ {
		oid = hashOID(name + "#" + strconv.Itoa(i))
	}
	return oid
}

func (v *View) foreignKey(r *relation, f *catalog.ForeignKey, keys map[*relation]*constraint) {
	target := v.byName[f.References]
	if target == nil {
		return
	}
	columns, targets := r.numbers(f.Columns), target.numbers(f.RefColumns)
	if len(columns) == 0 || len(targets) != len(columns) {
		return
	}
	k := &constraint{
		oid: hashOID("constraint " + r.schema + "." + r.name + "." + f.Name), name: f.Name, kind: 'f', rel: r, columns: columns, target: target,
		targetColumns: targets,
	}
	for _, c := range target.keys {
		if slices.Equal(c.columns, targets) {
			k.targetKey = c
		}
	}
	if k.targetKey == nil {
		k.targetKey = keys[target]
	}
	r.hasForeignKey, target.hasForeignKey = true, true
	v.cons = append(v.cons, k)
}

// collectRoles lists who owns something that the principal sees, and the principal.
func (v *View) collectRoles() {
	names := map[string]bool{systemOwner: true, v.who.User: true}
	for _, n := range v.schema {
		names[n.owner] = true
	}
	for _, r := range v.rels {
		names[r.owner] = true
	}
	delete(names, "")
	for n := range names {
		v.roles = append(v.roles, n)
	}
	slices.SortFunc(v.roles, strings.Compare)
}
