package conformance

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

// special derives the entries that are no expressions.
func (s *suite) special(key string) ([]*operation, bool) {
	run := map[string]func(*testing.T, *suite, connectors.Lowering, *findings){
		"row count(LIMIT)":  func(t *testing.T, s *suite, l connectors.Lowering, f *findings) { s.rowCount(t, "LIMIT", l, f) },
		"row count(OFFSET)": func(t *testing.T, s *suite, l connectors.Lowering, f *findings) { s.rowCount(t, "OFFSET", l, f) },
		"first(any)":        firstOfGroup,
		"grouping":          groupingSets,
		"mask hash(text)":   maskHash,
	}[key]
	if run == nil {
		return nil, false
	}
	return []*operation{{run: run}}, true
}

// numbers makes a table of one int4 column.
func (s *suite) numbers(t *testing.T) *table {
	return s.table(t, []catalog.Type{mustType("int4")}, [][]pgvalue.Value{{int64(1)}, {int64(2)}, {int64(2)}, {nil}, {int64(3)}})
}

// storeIDs runs a query of numbers at the store.
func (s *suite) storeIDs(sql string, tab *table) ([]int, error) {
	text, args := s.finish(sql)
	q := &connectors.Query{
		SQL: text, Args: args, Format: fallbackFormat, Expect: s.expect(tab),
		Columns: []connectors.Column{{Name: "id", Type: catalog.TypeOf(pgcat.Int4)}},
	}
	var out []int
	err := s.read(q, func(columns []arrow.Array) error {
		for i := range columns[0].Len() {
			out = append(out, int(columns[0].(*array.Int32).Value(i)))
		}
		return nil
	})
	return out, err
}

// rowCount holds LIMIT and OFFSET with a number that is a parameter: NULL is no limit, a negative number an error.
func (s *suite) rowCount(t *testing.T, clause string, l connectors.Lowering, found *findings) {
	tab := s.numbers(t)
	for _, v := range []string{null, "0", "1", "3", "9223372036854775807", "-1"} {
		literal := "NULL"
		var value pgvalue.Value
		if v != null {
			literal = v
			value, _ = strconv.ParseInt(v, 10, 64)
		}
		want, err := s.ids("SELECT id FROM " + tab.oracle + " ORDER BY id " + clause + " " + literal)
		state, _ := stateOf(err)
		text, fillErr := s.fill(l, []string{s.arg(connectors.Arg{Type: mustType("int8"), Value: value})}, mustType("int8"), nil)
		if fillErr != nil {
			found.add("%v", fillErr)
			return
		}
		got, err := s.storeIDs("SELECT "+s.number(tab)+" FROM "+s.from(tab)+" ORDER BY "+s.number(tab)+" "+clause+" "+text, tab)
		var gotState sqlerr.Code
		if err != nil {
			gotState = sqlerr.From(err).Code
		}
		if gotState != state || !slices.Equal(got, want) {
			found.add("%s %s: PostgreSQL gives %v %s, the store %v %s%s", clause, literal, want, state, got, gotState, causeOf(err))
		}
	}
}

// firstOfGroup checks that the entry gives the value that all rows of a group have.
func firstOfGroup(t *testing.T, s *suite, l connectors.Lowering, found *findings) {
	for _, name := range sampleTypes {
		typ := mustType(name)
		if !s.holds(typ, nil) {
			continue
		}
		op := &operation{types: []catalog.Type{typ}}
		tab := s.operands(t, op)
		text, err := s.fill(l, []string{s.column(tab, 0)}, typ, nil)
		if err != nil {
			found.add("%v", err)
			return
		}
		want, _, err := s.ask("c0", tab)
		if err != nil {
			t.Fatal(err)
		}
		result := catalog.TypeOf(typ.OID)
		got, err := s.rows("SELECT "+s.number(tab)+", "+s.pinned(text, result)+" FROM "+s.from(tab)+" GROUP BY "+s.number(tab),
			tab, result)
		if err != nil {
			found.add("%s: %v", name, err)
			continue
		}
		for id, o := range want {
			if got[id] != o {
				found.add("%s: the group holds %s, the store shows %s", name, o, got[id])
			}
		}
	}
}

func groupingSets(t *testing.T, s *suite, l connectors.Lowering, found *findings) {
	tab := s.numbers(t)
	want, err := s.outcomes(t.Context(),
		"SELECT coalesce(c0, -1) * 10 + count(*), grouping(c0) FROM "+tab.oracle+" GROUP BY GROUPING SETS ((c0), ())")
	if err != nil {
		t.Fatal(err)
	}
	column := s.column(tab, 0)
	text, err := s.fill(l, []string{column}, mustType("int4"), nil)
	if err != nil {
		found.add("%v", err)
		return
	}
	sql := fmt.Sprintf("SELECT CAST(coalesce(%s, -1) * 10 + count(*) AS integer), %s FROM %s GROUP BY GROUPING SETS ((%s), ())",
		column, text, s.from(tab), column)
	got, err := s.rows(sql, tab, mustType("int4"))
	if err != nil {
		found.add("%v", err)
		return
	}
	for id, o := range want {
		if got[id] != o {
			found.add("group %d: PostgreSQL gives %s, the store %s", id, o, got[id])
		}
	}
}

// maskHash holds the keyed hash of masks against RFC 2104's HMAC with SHA-256, in hexadecimal digits.
func maskHash(t *testing.T, s *suite, l connectors.Lowering, found *findings) {
	op := &operation{types: []catalog.Type{mustType("text")}}
	tab := s.operands(t, op)
	key := []byte("a key \x00 of the mesh")
	text, err := s.fill(l, []string{s.column(tab, 0), s.arg(connectors.Arg{Type: mustType("bytea"), Value: key})},
		mustType("text"), nil)
	if err != nil {
		found.add("%v", err)
		return
	}
	got, err := s.rows("SELECT "+s.number(tab)+", "+s.pinned(text, mustType("text"))+" FROM "+s.from(tab), tab, mustType("text"))
	if err != nil {
		found.add("%v", err)
		return
	}
	for id, row := range tab.rows {
		want := outcome{null: row[0] == nil}
		if v, ok := row[0].(string); ok {
			mac := hmac.New(sha256.New, key)
			mac.Write([]byte(v))
			want.text = hex.EncodeToString(mac.Sum(nil))
		}
		if got[id] != want {
			found.add("%q: expected %s, the store gives %s", row[0], want, got[id])
		}
	}
}

// keys holds the entries key(T), and Binary and Distinct, against PostgreSQL's order and equality.
func (s *suite) keys(t *testing.T) {
	for key := range s.d.Ops {
		name, isKey := strings.CutPrefix(key, "key(")
		if !isKey {
			continue
		}
		name = strings.TrimSuffix(name, ")")
		if _, skipped := s.h.Skip[key]; skipped {
			continue
		}
		t.Run(name, func(t *testing.T) {
			found := &findings{}
			s.keyType(t, key, name, found)
			if _, allowed := s.h.Differs[key]; !allowed {
				found.report(t)
			} else if len(found.list) == 0 {
				t.Error("Differs has a line that is not needed")
			}
		})
	}
}

func (s *suite) keyType(t *testing.T, key, name string, found *findings) {
	typ, ok := typeOf(name)
	if !ok || values(typ) == nil {
		found.add("the suite has no values of type %s: extend it, or give the reason in Skip", name)
		return
	}
	if !s.holds(typ, nil) {
		return
	}
	once := s.operands(t, &operation{types: []catalog.Type{typ}})
	tab := s.table(t, once.types, append(slices.Clone(once.rows), once.rows...))
	column, err := s.fill(s.d.Ops[key], []string{s.column(tab, 0)}, typ, nil)
	if err != nil {
		found.add("%v", err)
		return
	}
	unbounded := s.d.Longest > 0 && typ.OID != pgcat.VarChar // the harness gives varchar a length
	if s.d.Has(connectors.FeatureOrder) && (!isText(typ) || s.d.Binary != "" && !unbounded) {
		s.ordered(tab, typ, column, found)
	}
	if s.d.Has(connectors.FeatureGroup) && s.has("max(int4)") {
		s.grouped(tab, typ, column, found)
	}
}

// ordered compares the order of all rows, equal ones by their numbers.
func (s *suite) ordered(tab *table, typ catalog.Type, column string, found *findings) {
	if isText(typ) {
		column = connectors.Fill(s.d.Binary, []string{column}, nil)
	}
	for _, direction := range []string{"ASC", "DESC"} {
		for _, nulls := range []string{"FIRST", "LAST"} {
			want, err := s.ids("SELECT id FROM " + tab.oracle + " ORDER BY c0 " + direction + " NULLS " + nulls + ", id")
			if state, _ := stateOf(err); state == "42883" {
				return // a type without an order
			} else if err != nil {
				found.add("%v", err)
				return
			}
			order := column + " " + direction + " NULLS " + nulls
			if !s.d.Has(connectors.FeatureNullsOrder) {
				order = "(" + column + " IS NULL) " + map[string]string{
					"FIRST": "DESC",
					"LAST":  "ASC",
				}[nulls] + ", " + column + " " + direction
			}
			got, err := s.storeIDs("SELECT "+s.number(tab)+" FROM "+s.from(tab)+" ORDER BY "+order+", "+s.number(tab), tab)
			if err != nil || !slices.Equal(got, want) {
				found.add("ORDER BY %s %s: PostgreSQL gives %v, the store %v%s", direction, nulls, want, got, causeOf(err))
			}
		}
	}
}

// grouped compares the groups by the last number in each.
func (s *suite) grouped(tab *table, typ catalog.Type, column string, found *findings) {
	if isText(typ) && s.d.Distinct != "" {
		column = connectors.Fill(s.d.Distinct, []string{column}, nil)
	}
	want, err := s.ids("SELECT max(id) FROM " + tab.oracle + " GROUP BY c0 ORDER BY 1")
	if state, _ := stateOf(err); state == "42883" {
		return // a type without equality
	} else if err != nil {
		found.add("%v", err)
		return
	}
	last, err := s.fill(s.d.Ops["max(int4)"], []string{s.number(tab)}, mustType("int4"), map[string]string{
		"filter":   "",
		"distinct": "", "order": "",
	})
	if err != nil {
		found.add("%v", err)
		return
	}
	got, err := s.storeIDs("SELECT "+last+" FROM "+s.from(tab)+" GROUP BY "+column, tab)
	slices.Sort(got)
	if err != nil || !slices.Equal(got, want) {
		found.add("GROUP BY: PostgreSQL has groups that end with the rows %v, the store %v%s", want, got, causeOf(err))
	}
}
