package conformance

import (
	"fmt"
	"slices"
	"strings"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgcat"
	"meshgate/pgvalue"
)

// sampleTypes are the types on which entries that take values of any type are tried.
var sampleTypes = []string{
	"bool", "int2", "int4", "int8", "float4", "float8", "numeric", "text", "varchar", "bpchar", "bytea", "uuid", "date", "time",
	"timestamp", "timestamptz", "interval",
	"jsonb", "int4[]", "text[]",
}

func mustType(name string) catalog.Type {
	t, ok := typeOf(name)
	if !ok {
		panic("conformance: no type " + name)
	}
	return t
}

// forTypes makes one operation for each sample type that keep takes.
func forTypes(keep func(name string, t catalog.Type) *operation) []*operation {
	var out []*operation
	for _, name := range sampleTypes {
		if op := keep(name, mustType(name)); op != nil {
			op.name = name + " " + op.name
			op.mod = -1
			out = append(out, op)
		}
	}
	return out
}

// syntax derives the entries that are clauses of SQL rather than functions.
func (s *suite) syntax(key string, l connectors.Lowering) ([]*operation, bool) {
	boolean := mustType("bool")
	if list, ok := s.branches(key); ok {
		return list, true
	}
	if l.Wrap != "" {
		return s.wrapped(key)
	}
	switch key {
	case "null":
		return forTypes(func(name string, t catalog.Type) *operation {
			if _, ok := s.d.TypeName(t); !ok && strings.Contains(l.SQL, "{type}") {
				return nil
			}
			return &operation{store: fillOperation, postgres: func([]string) string { return "CAST(NULL AS " + castName(t) + ")" }}
		}), true
	case "true", "false":
		return []*operation{{store: fillOperation, mod: -1, postgres: func([]string) string { return key }}}, true
	case "and", "or":
		return []*operation{joined(key, 2), joined(key, 3)}, true
	case "not":
		return []*operation{{
			types: []catalog.Type{boolean}, mod: -1, store: fillOperation,
			postgres: func(c []string) string { return "(NOT " + c[0] + ")" },
		}}, true
	case "is true", "is not true", "is false", "is not false", "is unknown", "is not unknown":
		return []*operation{{
			types: []catalog.Type{boolean}, mod: -1, store: fillOperation,
			postgres: func(c []string) string { return "(" + c[0] + " " + key + ")" },
		}}, true
	case "is null", "is not null":
		return forTypes(func(_ string, t catalog.Type) *operation {
			return &operation{
				types: []catalog.Type{t}, store: fillOperation,
				postgres: func(c []string) string { return "(" + c[0] + " " + key + ")" },
			}
		}), true
	case "is distinct from", "is not distinct from", "in", "not in":
		return s.equalityOperations(key), true
	case "case":
		return forTypes(func(_ string, t catalog.Type) *operation {
			text := func(c []string) string { return "CASE WHEN " + c[0] + " THEN " + c[1] + " ELSE " + c[2] + " END" }
			return &operation{
				types: []catalog.Type{boolean, t, t}, postgres: text,
				store: func(_ *suite, _ connectors.Lowering, c []string, _ catalog.Type) (string, error) { return text(c), nil },
			}
		}), true
	case "coalesce":
		return forTypes(func(_ string, t catalog.Type) *operation {
			return &operation{
				types: []catalog.Type{t, t}, store: fillOperation,
				postgres: func(c []string) string { return "COALESCE(" + strings.Join(c, ", ") + ")" },
			}
		}), true
	}
	return s.moreSyntax(key, l)
}

// wrapped derives a function of values of any types, each written as the entry's Wrap says: "concat(any)".
func (s *suite) wrapped(key string) ([]*operation, bool) {
	name, args, found := strings.Cut(strings.TrimSuffix(key, ")"), "(")
	if !found || !strings.Contains(args, "any") {
		return nil, false
	}
	return forTypes(func(sample string, _ catalog.Type) *operation {
		types, ok := typesOf(strings.ReplaceAll(args, "any", sample))
		if !ok || s.d.Ops[s.d.Ops[key].Wrap+"("+sample+")"].SQL == "" {
			return nil
		}
		return &operation{
			types: types, postgres: func(c []string) string {
				return "pg_catalog." + pgcat.QuoteIdent(name) + "(" + strings.Join(c, ", ") + ")"
			},
			store: func(s *suite, l connectors.Lowering, c []string, result catalog.Type) (string, error) {
				out := make([]string, len(c))
				for i := range c {
					var err error
					if out[i], err = s.fill(s.d.Ops[l.Wrap+"("+opType(types[i])+")"], c[i:i+1], types[i], nil); err != nil {
						return "", err
					}
				}
				return s.fill(l, out, result, nil)
			},
		}
	}), true
}

// joined is AND or OR of n conditions.
func joined(key string, n int) *operation {
	types := slices.Repeat([]catalog.Type{mustType("bool")}, n)
	return &operation{
		name: fmt.Sprint(n), types: types, mod: -1,
		postgres: func(c []string) string { return "(" + strings.Join(c, " "+key+" ") + ")" },
		store: func(_ *suite, l connectors.Lowering, c []string, _ catalog.Type) (string, error) {
			return "(" + strings.Join(c, l.SQL) + ")", nil
		},
	}
}

// keyed writes operands as the dialect compares them.
func (s *suite) keyed(t catalog.Type, operands []string) ([]string, error) {
	name := opType(t)
	l, ok := s.d.Ops["key("+name+")"]
	if !ok {
		return nil, fmt.Errorf("there is no entry key(%s)", name)
	}
	out := make([]string, len(operands))
	for i, c := range operands {
		var err error
		if out[i], err = s.fill(l, []string{c}, t, nil); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// opType writes a type as keys do.
func opType(t catalog.Type) string {
	row := pgcat.TypeByOID(t.OID)
	if row.IsArray() {
		return opType(catalog.TypeOf(row.Elem)) + "[]"
	}
	return row.Name
}

// comparable reports whether the dialect compares a type, so that the planner may write IN and its like over it.
func (s *suite) comparable(name string) bool {
	_, eq := s.d.Ops[name+" = "+name]
	_, key := s.d.Ops["key("+name+")"]
	return key && (eq || name == "varchar" && s.has("text = text"))
}

func (s *suite) has(key string) bool { return s.d.Ops[key].Fidelity == connectors.Exact }

// equalityOperations are IN and IS DISTINCT FROM over each type that the dialect compares.
func (s *suite) equalityOperations(key string) []*operation {
	return forTypes(func(name string, t catalog.Type) *operation {
		if !s.comparable(name) {
			return nil
		}
		n := 2
		postgres := func(c []string) string { return "(" + c[0] + " " + key + " " + c[1] + ")" }
		if key == "in" || key == "not in" {
			n = 3
			postgres = func(c []string) string { return "(" + c[0] + " " + key + " (" + c[1] + ", " + c[2] + "))" }
		}
		return &operation{
			types: slices.Repeat([]catalog.Type{t}, n), postgres: postgres,
			store: func(s *suite, l connectors.Lowering, c []string, result catalog.Type) (string, error) {
				k, err := s.keyed(t, c)
				if err != nil {
					return "", err
				}
				return s.fill(l, []string{k[0], strings.Join(k[1:], ", ")}, result, nil)
			},
		}
	})
}

// moreSyntax derives the entries over arrays, queries and sets.
func (s *suite) moreSyntax(key string, l connectors.Lowering) ([]*operation, bool) {
	name, rest, _ := strings.Cut(key, "(")
	switch {
	case name == "greatest" || name == "least":
		t, ok := typeOf(strings.TrimSuffix(rest, ")"))
		return []*operation{{
			types: slices.Repeat([]catalog.Type{t}, 3), mod: -1, store: fillOperation,
			postgres: func(c []string) string { return key[:len(name)] + "(" + strings.Join(c, ", ") + ")" },
		}}, ok
	case key == "any(array)" || key == "all(array)":
		return s.arrayTests(name), true
	case key == "any(array) =":
		return nil, true // a shorter form of any(array), which the queries of testdata/slt hold
	case key == "any(query)" || key == "all(query)":
		return s.queryTests(name, "=", "<>", "<", ">="), true
	case strings.HasPrefix(key, "any(query) "), strings.HasPrefix(key, "all(query) "):
		return s.queryTests(name, key[len("any(query) "):]), true
	case key == "array(query)":
		return arrayQueries(), true
	case key == "vector[index]":
		return []*operation{subscripted("int2vector")}, true
	case key == "array[lower:upper]":
		return []*operation{sliced("int4[]"), sliced("text[]")}, true
	case strings.HasPrefix(key, "array["):
		if !strings.Contains(l.SQL, "{*}") {
			return []*operation{subscripted("int4[]"), subscripted("text[]")}, true
		}
		t, ok := typeOf(strings.TrimSuffix(strings.TrimPrefix(key, "array["), "]"))
		return []*operation{constructed(t, 1), constructed(t, 2)}, ok
	case strings.HasPrefix(key, "set"):
		return setOperations(key)
	case strings.HasPrefix(key, "key("):
		return nil, true // the subtest on order and groups has them all
	case strings.Contains(key, "decimal"):
		return decimalOperations(key)
	}
	return s.special(key)
}

func constructed(t catalog.Type, n int) *operation {
	return &operation{
		name: fmt.Sprint(n), types: slices.Repeat([]catalog.Type{t}, n), mod: -1, store: fillOperation,
		postgres: func(c []string) string { return "ARRAY[" + strings.Join(c, ", ") + "]" },
	}
}

func subscripted(array string) *operation {
	return &operation{
		name: array, types: []catalog.Type{mustType(array), mustType("int4")}, mod: -1, store: fillOperation,
		postgres: func(c []string) string { return "(" + c[0] + ")[" + c[1] + "]" },
	}
}

func sliced(array string) *operation {
	return &operation{
		name: array, types: []catalog.Type{mustType(array), mustType("int4"), mustType("int4")}, mod: -1, store: fillOperation,
		given: [][]pgvalue.Value{values(mustType(array)), parseAll(mustType("int4"), fewNumbers), parseAll(mustType("int4"),
			append(fewNumbers, "2147483647"))},
		postgres: func(c []string) string { return "(" + c[0] + ")[" + c[1] + ":" + c[2] + "]" },
	}
}

// arrayTests are x op ANY|ALL (array) for the operators that the dialect has.
func (s *suite) arrayTests(word string) []*operation {
	var out []*operation
	for _, op := range []string{"=", "<>", "<", ">="} {
		out = append(out, forTypes(func(name string, t catalog.Type) *operation {
			compare, ok := s.d.Ops[name+" "+op+" "+name]
			array := pgcat.TypeByOID(t.OID).Array
			if !ok || compare.Fidelity != connectors.Exact || array == 0 || values(catalog.TypeOf(array)) == nil {
				return nil
			}
			return &operation{
				name: op, types: []catalog.Type{t, catalog.TypeOf(array)},
				postgres: func(c []string) string { return "(" + c[0] + " " + op + " " + word + " (" + c[1] + "))" },
				store: func(s *suite, l connectors.Lowering, c []string, result catalog.Type) (string, error) {
					how := op
					if strings.Contains(l.SQL, "{2}") {
						var err error
						if how, err = s.fill(compare, []string{c[0], "e"}, result, nil); err != nil {
							return "", err
						}
					}
					return s.fill(l, []string{c[0], c[1], how}, result, nil)
				},
			}
		})...)
	}
	return out
}

// queryTests are x op ANY|ALL (query), the query being the second column of all rows.
func (s *suite) queryTests(word string, ops ...string) []*operation {
	var out []*operation
	for _, op := range ops {
		out = append(out, forTypes(func(name string, t catalog.Type) *operation {
			if !s.has(name+" "+op+" "+name) || !s.comparable(name) {
				return nil
			}
			return &operation{
				name: op, types: []catalog.Type{t, t}, whole: true,
				postgres: func(c []string) string {
					return "(" + c[0] + " " + op + " " + word + " (SELECT " + c[1] + " FROM {table}))"
				},
				store: func(s *suite, l connectors.Lowering, c []string, result catalog.Type) (string, error) {
					k, err := s.keyed(t, c)
					if err != nil {
						return "", err
					}
					return s.fill(l, []string{k[0], op, "SELECT " + k[1] + " FROM {table}"}, result, nil)
				},
			}
		})...)
	}
	return out
}

func arrayQueries() []*operation {
	var out []*operation
	for _, name := range []string{"int4", "text"} {
		out = append(out, &operation{
			name: name, types: []catalog.Type{mustType(name)}, mod: -1, whole: true,
			postgres: func(c []string) string { return "ARRAY(SELECT " + c[0] + " FROM {table} ORDER BY id)" },
			store: func(s *suite, l connectors.Lowering, c []string, result catalog.Type) (string, error) {
				return s.fill(l, []string{"SELECT " + c[0] + " FROM {table} ORDER BY " + s.d.Quote("id")}, result, nil)
			},
		})
	}
	return out
}
