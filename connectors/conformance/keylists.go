package conformance

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgcat"
	"meshgate/pgvalue"
)

// keyTypes are the types of keys that stores hand to each other.
const keyTypes = "bool int2 int4 int8 numeric text varchar date timestamp timestamptz uuid"

// keyLists narrows columns to lists of keys, as joins between stores do: a store may keep more rows than PostgreSQL finds equal to one
// of the keys, and must not keep fewer.
func (s *suite) keyLists(t *testing.T) {
	if s.d.Keys.SQL == "" {
		return
	}
	for _, name := range strings.Fields(keyTypes) {
		typ := mustType(name)
		base := strings.Replace(name, "varchar", "text", 1)
		l, known := s.d.Ops[base+" = "+base]
		// The engine's own numbers have several forms, which the planner brings together.
		if !known || l.Fidelity == connectors.Never || !s.holds(typ, nil) || s.d.Decimals && name == "numeric" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			found := &findings{}
			s.keyList(t, typ, found)
			found.report(t)
		})
	}
}

func (s *suite) keyList(t *testing.T, typ catalog.Type, found *findings) {
	tab := s.operands(t, &operation{types: []catalog.Type{typ}})
	if tab == nil {
		found.add("there are no values")
		return
	}
	var all []pgvalue.Value
	for id, row := range tab.rows {
		if row[0] == nil {
			continue
		}
		all = append(all, row[0])
		s.narrowed(tab, typ, row[0:1], fmt.Sprintf("SELECT a.id FROM %s a JOIN %s b ON a.c0 = b.c0 WHERE b.id = %d", tab.oracle, tab.oracle, id), found)
	}
	s.narrowed(tab, typ, all, "SELECT id FROM "+tab.oracle+" WHERE c0 IS NOT NULL", found)
}

// narrowed compares the rows that a list of keys keeps with those that PostgreSQL finds.
func (s *suite) narrowed(tab *table, typ catalog.Type, keys []pgvalue.Value, oracle string, found *findings) {
	want, err := s.ids(oracle)
	if err != nil {
		found.add("%v", err)
		return
	}
	got, err := s.storeIDs("SELECT "+s.number(tab)+" FROM "+s.from(tab)+" WHERE "+connectors.Fill(s.d.Keys.SQL, []string{s.column(tab, 0), s.keyArgs(typ, keys)}, nil), tab)
	for _, id := range want {
		if err != nil || !slices.Contains(got, id) {
			found.add("keys %v: row %d with %v is left out%s", keys, id, tab.rows[id][0], causeOf(err))
			return
		}
	}
}

// keyArgs writes a list as parameters: as one array, or one by one.
func (s *suite) keyArgs(typ catalog.Type, keys []pgvalue.Value) string {
	if s.d.Keys.Array {
		return s.arg(connectors.Arg{Type: catalog.TypeOf(pgcat.TypeByOID(typ.OID).Array), Value: pgvalue.NewArray(typ.OID, keys)})
	}
	list := make([]string, len(keys))
	for i, k := range keys {
		list[i] = s.arg(connectors.Arg{Type: typ, Value: k})
	}
	return strings.Join(list, ", ")
}
