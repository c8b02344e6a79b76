package conformance

import (
	"fmt"
	"strconv"
	"strings"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgcat"
	"meshgate/pgvalue"
)

// setOperations derive the entries of set-returning functions, which write one list for each of the function's columns:
// "set unnest(array)", "set json_each(json).2". A list that is NULL stands for no rows.
func setOperations(key string) ([]*operation, bool) {
	switch key {
	case "set(value)":
		return []*operation{setOperation("", []catalog.Type{mustType("int4")},
			func(c []string) string { return "ARRAY[" + c[0] + "]" })}, true
	case "set ordinality":
		return []*operation{setOperation("", []catalog.Type{mustType("text[]")}, func(c []string) string {
			return "ARRAY(SELECT o FROM unnest(" + c[0] + ") WITH ORDINALITY AS x(v, o))"
		})}, true
	}
	call, found := strings.CutPrefix(key, "set ")
	name, rest, hasArgs := strings.Cut(call, "(")
	args, field, closed := strings.Cut(rest, ")")
	if !found || !hasArgs || !closed {
		return nil, false
	}
	columns, column := 1, 1
	if field != "" {
		columns = setColumns(name)
		n, err := strconv.Atoi(strings.TrimPrefix(field, "."))
		if err != nil || n > columns {
			return nil, false
		}
		column = n
	}
	var out []*operation
	for _, elem := range []string{"int4[]", "text[]"} {
		types, ok := typesOf(strings.NewReplacer("array", elem, "vector", "int2vector").Replace(args))
		if !ok {
			return nil, false
		}
		op := setOperation(name, types, func(c []string) string { return setQuery(name, c, columns, column) })
		op.name = elem
		if first, _, _ := strings.Cut(args, ","); hints[name+"("+first] != nil {
			op.hint = name + "(" + first
		}
		out = append(out, op)
		if !strings.Contains(args, "array") {
			break
		}
	}
	return out, true
}

func setOperation(hint string, types []catalog.Type, postgres func([]string) string) *operation {
	return &operation{hint: hint, types: types, mod: -1, store: fillOperation, postgres: postgres, list: true}
}

// setColumns counts the columns of a set-returning function.
func setColumns(name string) int {
	for _, p := range pgcat.Procs(name) {
		if n := strings.Count(p.ArgModes, "o") + strings.Count(p.ArgModes, "t"); p.RetSet && n > 1 {
			return n
		}
	}
	return 1
}

func setQuery(name string, c []string, columns, column int) string {
	names := make([]string, columns)
	for i := range names {
		names[i] = "f" + strconv.Itoa(i+1)
	}
	schema := "pg_catalog."
	if strings.HasPrefix(name, "_pg_") {
		schema = "information_schema."
	}
	return fmt.Sprintf("ARRAY(SELECT f%d FROM %s%s(%s) AS x(%s))", column, schema, pgcat.QuoteIdent(name), strings.Join(c, ", "),
		strings.Join(names, ", "))
}

// decimalOperations derive the entries for engines whose numeric values are DECIMAL: operands of known digits, with the casts
// that the planner writes around them.
func decimalOperations(key string) ([]*operation, bool) {
	const p1, s1, p2, s2 = 10, 2, 12, 4
	a := catalog.Type{OID: pgcat.Numeric, Mod: pgvalue.MakeNumericTypmod(p1, s1)}
	b := catalog.Type{OID: pgcat.Numeric, Mod: pgvalue.MakeNumericTypmod(p2, s2)}
	fields := strings.Fields(key)
	if len(fields) == 3 && isOperator(fields[1]) {
		return []*operation{decimalInfix(fields[1], a, b)}, true
	}
	op := &operation{types: []catalog.Type{a}, mod: a.Mod, store: fillOperation}
	op.postgres = func(c []string) string {
		return strings.Replace(strings.Replace(key, "decimal", c[0], 1), ", n", ", 1", 1)
	}
	switch {
	case len(fields) == 2 && isOperator(fields[0]), key == "abs(decimal)":
	case key == "ceil(decimal)", key == "floor(decimal)", key == "round(decimal)":
		op.mod = pgvalue.MakeNumericTypmod(p1-s1+1, 0)
	case key == "round(decimal, n)":
		op.mod = pgvalue.MakeNumericTypmod(p1-s1+2, 1)
		op.store = func(s *suite, l connectors.Lowering, c []string, result catalog.Type) (string, error) {
			return s.fill(l, []string{c[0], "1"}, result, nil)
		}
	case key == "typmod(decimal)":
		op.mod = pgvalue.MakeNumericTypmod(9, 1)
		op.postgres = func(c []string) string { return "CAST(" + c[0] + " AS numeric(9,1))" }
	case key == "sortable(decimal)":
		op.mod = -1
		op.postgres = func(c []string) string { return c[0] }
	case strings.HasPrefix(key, "cast("):
		op.mod = -1
	case strings.HasPrefix(key, "greatest("), strings.HasPrefix(key, "least("):
		name, _, _ := strings.Cut(key, "(")
		op.types = []catalog.Type{a, a}
		op.postgres = func(c []string) string { return name + "(" + strings.Join(c, ", ") + ")" }
	default:
		return nil, false
	}
	return []*operation{op}, true
}

// decimalInfix gives both operands the room that the result needs.
func decimalInfix(name string, a, b catalog.Type) *operation {
	p1, s1, _ := pgvalue.NumericTypmod(a.Mod)
	p2, s2, _ := pgvalue.NumericTypmod(b.Mod)
	op := &operation{types: []catalog.Type{a, b}, mod: -1}
	op.postgres = func(c []string) string { return "(" + c[0] + " " + name + " " + c[1] + ")" }
	room := int32(-1)
	switch scale := max(s1, s2); name {
	case "+", "-":
		op.mod = pgvalue.MakeNumericTypmod(max(p1-s1, p2-s2)+scale+1, scale)
		room = op.mod
	case "*":
		op.mod = pgvalue.MakeNumericTypmod(p1+p2, s1+s2)
		room = pgvalue.MakeNumericTypmod(19, s1)
	}
	op.store = func(s *suite, l connectors.Lowering, c []string, result catalog.Type) (string, error) {
		c = append([]string(nil), c...)
		if room >= 0 {
			cast, _ := s.d.TypeName(catalog.Type{OID: pgcat.Numeric, Mod: room})
			c[0] = "CAST(" + c[0] + " AS " + cast + ")"
			if name != "*" {
				c[1] = "CAST(" + c[1] + " AS " + cast + ")"
			}
		}
		return s.fill(l, c, result, nil)
	}
	return op
}
