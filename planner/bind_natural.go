package planner

import (
	"meshgate/catalog"
	"meshgate/pgcat"
)

// naturalOrders are the orders that rows of the system catalogs have in PostgreSQL by the way they were written there, of the
// relations that matter most first. Clients read columns so without asking for an order.
var naturalOrders = []struct {
	relation string
	columns  []string
}{
	{"pg_catalog.pg_attribute", []string{"attrelid", "attnum"}},
	{"information_schema.columns", []string{"table_schema", "table_name", "ordinal_position"}},
	{"information_schema.key_column_usage", []string{"constraint_schema", "constraint_name", "ordinal_position"}},
	{"pg_catalog.pg_constraint", []string{"oid"}},
	{"pg_catalog.pg_index", []string{"indrelid", "indexrelid"}},
	{"pg_catalog.pg_class", []string{"relnamespace", "relname"}},
	{"pg_catalog.pg_proc", []string{"oid"}},
	{"pg_catalog.pg_type", []string{"oid"}},
}

// naturalOrder orders the outermost rows of a join of system relations where nobody asked for an order, and those that lists are made
// of: a join in memory loses the order that its inputs have. It never orders rows of products.
func (sb *selectBuilder) naturalOrder() {
	if a, ok := sb.input.(*aggregate); ok && a.collects() {
		a.input = naturally(a.input)
		return
	}
	if sb.s.outer != nil || len(sb.keys) > 0 || len(sb.n.DistinctClause) > 0 {
		return
	}
	for _, c := range naturalColumns(sb.input) {
		sb.keys, sb.sortAt = append(sb.keys, sortKey{}), append(sb.sortAt, len(sb.targets))
		sb.targets = append(sb.targets, target{name: c.name, e: c.ref(), junk: true})
	}
}

// collects reports whether a list is made of the rows as they come.
func (a *aggregate) collects() bool {
	for _, it := range a.aggs {
		if call, ok := it.e.(*aggCall); ok && len(call.order) == 0 {
			switch call.proc.Name {
			case "array_agg", "string_agg", "json_agg", "jsonb_agg", "json_object_agg":
				return true
			}
		}
	}
	return false
}

// naturally orders a join of system relations.
func naturally(r rel) rel {
	s := &sort{input: r}
	for _, c := range naturalColumns(r) {
		s.keys = append(s.keys, sortKey{e: c.ref()})
	}
	if len(s.keys) == 0 {
		return r
	}
	return s
}

// naturalColumns are the columns that a join of system relations is ordered by.
func naturalColumns(r rel) (out []scanColumn) {
	scans := map[string]*systemScan{}
	if _, alone := r.(*systemScan); alone || !systemScans(r, scans) || len(scans) < 2 {
		return nil
	}
	for _, order := range naturalOrders {
		s := scans[order.relation]
		if s == nil {
			continue
		}
		for _, name := range order.columns {
			for _, c := range s.cols {
				if c.name == name {
					out = append(out, c)
				}
			}
		}
		return out
	}
	return nil
}

// systemScans finds the system relations that are joined. It reports whether there is nothing else.
func systemScans(r rel, found map[string]*systemScan) bool {
	switch r := r.(type) {
	case *systemScan:
		if name := r.relation.Schema + "." + r.relation.Name; found[name] == nil {
			found[name] = r
		}
		return true
	case *join:
		return (r.kind == joinInner || r.kind == joinLeft) && systemScans(r.left, found) && systemScans(r.right, found)
	case *filter:
		return systemScans(r.input, found)
	}
	return false
}

// groupable reports whether values of a type can be told apart: those of some types without an order are found by their hash.
func (b *binder) groupable(t catalog.Type) bool {
	if elem := elementType(t.OID); elem != 0 {
		return b.groupable(catalog.TypeOf(elem))
	}
	return b.orderable(t) || t.OID == pgcat.Xid || t.OID == pgcat.ACLItem
}
