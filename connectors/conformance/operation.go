package conformance

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgarrow"
	"meshgate/pgcat"
	"meshgate/pgvalue"
)

// operation is what an entry stands for, on operands of given types.
type operation struct {
	name  string // of the subtest, when an entry stands for several
	hint  string // under which hints has operands
	types []catalog.Type
	// postgres writes the operation in PostgreSQL's own syntax.
	postgres func(operands []string) string
	// store writes it with the entry's text.
	store func(s *suite, l connectors.Lowering, operands []string, result catalog.Type) (string, error)
	// mod is the typmod that the entry applies.
	mod int32
	// given are operands that the suite does not derive from types.
	given [][]pgvalue.Value
	// literals are the operands that are only ever literals.
	literals map[int]bool
	// whole says that the texts read the whole table, which they call {table}.
	whole bool
	// list says that the values are lists that become rows: NULL is a list of none.
	list bool
	// run replaces the comparison of values, for entries that are no expressions.
	run func(t *testing.T, s *suite, l connectors.Lowering, found *findings)
}

// fillOperation writes an entry with its operands in their places.
func fillOperation(s *suite, l connectors.Lowering, operands []string, result catalog.Type) (string, error) {
	return s.fill(l, operands, result, nil)
}

// typeOf reads a type of a key: pg_type's name, with [] for an array of it.
func typeOf(name string) (catalog.Type, bool) {
	if elem, isArray := strings.CutSuffix(name, "[]"); isArray {
		t := pgcat.TypeByName(elem)
		if t == nil || t.Array == 0 {
			return catalog.Type{}, false
		}
		return catalog.TypeOf(t.Array), true
	}
	t := pgcat.TypeByName(name)
	if t == nil {
		return catalog.Type{}, false
	}
	switch t.OID {
	case pgcat.Bit:
		return catalog.Type{OID: t.OID, Mod: 3}, true // bit without a length is bit(1)
	case pgcat.BPChar:
		return catalog.Type{OID: t.OID, Mod: 4 + 8}, true // stores pad to a length
	}
	return catalog.TypeOf(t.OID), true
}

func typesOf(list string) ([]catalog.Type, bool) {
	if list == "" {
		return nil, true
	}
	var out []catalog.Type
	for _, name := range strings.Split(list, ", ") {
		t, ok := typeOf(name)
		if !ok {
			return nil, false
		}
		out = append(out, t)
	}
	return out, true
}

const operatorChars = "+-*/<>=~!@#%^&|`?"

func isOperator(s string) bool { return s != "" && strings.Trim(s, operatorChars) == "" }

// scalar derives the operation of a key that is an operator, a function or a conversion; ok is false for all others.
func scalar(key string) (op *operation, ok bool) {
	if s, plain, special := connectors.ParseSpecial(key); special {
		return specialOperation(&s, plain)
	}
	fields := strings.Split(key, " ")
	switch {
	case len(fields) == 2 && isOperator(fields[0]):
		return prefixOperator(fields[0], fields[1])
	case len(fields) == 3 && isOperator(fields[1]):
		return infixOperator(fields[1], fields[0], fields[2])
	case strings.HasPrefix(key, "cast("):
		return conversion(key)
	case strings.HasPrefix(key, "typmod("), strings.HasPrefix(key, "explicit typmod("):
		return nil, false
	}
	return function(key)
}

func prefixOperator(name, right string) (*operation, bool) {
	t, ok := typeOf(right)
	if !ok {
		return nil, false
	}
	return &operation{
		hint: name, types: []catalog.Type{t}, mod: -1, store: fillOperation,
		postgres: func(c []string) string { return fmt.Sprintf("(OPERATOR(pg_catalog.%s) %s)", name, c[0]) },
	}, true
}

func infixOperator(name, left, right string) (*operation, bool) {
	types, ok := typesOf(left + ", " + right)
	if !ok {
		return nil, false
	}
	return &operation{
		hint: name, types: types, mod: -1, store: fillOperation,
		postgres: func(c []string) string { return fmt.Sprintf("(%s OPERATOR(pg_catalog.%s) %s)", c[0], name, c[1]) },
	}, true
}

func conversion(key string) (*operation, bool) {
	from, to, found := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(key, "cast("), ")"), " as ")
	source, ok := typeOf(from)
	target, ok2 := typeOf(to)
	if !found || !ok || !ok2 {
		return nil, false
	}
	target.Mod = -1
	op := &operation{
		types: []catalog.Type{source}, mod: target.Mod, store: fillOperation,
		postgres: func(c []string) string { return "CAST(" + c[0] + " AS " + castName(target) + ")" },
	}
	if slices.Contains([]pgcat.OID{pgcat.Text, pgcat.VarChar, pgcat.BPChar, pgcat.Name}, source.OID) {
		op.given = [][]pgvalue.Value{fitting(source, append(textsOf(target), values(source)...))}
	}
	return op, true
}

// fitting leaves out texts that are too long for a type.
func fitting(t catalog.Type, list []pgvalue.Value) []pgvalue.Value {
	var out []pgvalue.Value
	for _, v := range list {
		text, ok := v.(string)
		if !ok {
			out = append(out, v)
		} else if v, err := pgvalue.Parse(t.OID, t.Mod, text, fallbackFormat); err == nil {
			out = append(out, v)
		}
	}
	return out
}

// castName writes a type without typmod: "character" alone would be character(1), and "bit" bit(1).
func castName(t catalog.Type) string {
	switch {
	case t.OID == pgcat.BPChar && t.Mod < 0:
		return "bpchar"
	case t.OID == pgcat.Bit && t.Mod < 0:
		return `"bit"`
	case t.OID == pgcat.Int2Vector || t.OID == pgcat.OIDVector:
		return pgcat.TypeByOID(t.OID).Name
	}
	if elem, isArray := pgarrow.Element(t.OID); isArray && t.OID != pgcat.Int2Vector && t.OID != pgcat.OIDVector {
		return castName(catalog.Type{OID: elem, Mod: t.Mod}) + "[]"
	}
	return pgcat.FormatType(t.OID, t.Mod)
}

// textsOf are texts that the type's input function takes, and some that it all but takes.
func textsOf(t catalog.Type) []pgvalue.Value {
	var out []pgvalue.Value
	for i, v := range values(t) {
		if v == nil {
			continue
		}
		s := string(fallbackFormat.AppendText(nil, t.OID, v))
		out = append(out, s)
		if i < 4 {
			out = append(out, " "+s+" ", s+"x", "+"+s)
		}
	}
	for _, s := range []string{"1e3", "1e400", "0x10", "1_000", "1.5", ".5", "5.", "yes", "off", "tr", "2024-02-30", "12:60", "nan", "inf", "99999999999999999999"} {
		out = append(out, s)
	}
	return out
}

// textOutput is a value's text form, which differs from a cast to text for bool.
func textOutput(list string) (*operation, bool) {
	types, ok := typesOf(list)
	return &operation{
		types: types, mod: -1, store: fillOperation,
		postgres: func(c []string) string {
			return "CASE WHEN num_nonnulls(" + c[0] + ") = 1 THEN format('%s', " + c[0] + ") END"
		},
	}, ok && len(types) == 1
}

// function derives a call: "lower(text)". Aggregates and window functions are not scalar.
func function(key string) (*operation, bool) {
	name, rest, found := strings.Cut(key, "(")
	name, variadic := strings.CutPrefix(name, "variadic ")
	if !found || !strings.HasSuffix(rest, ")") || strings.Contains(name, " ") {
		return nil, false
	}
	if name == "output" {
		return textOutput(strings.TrimSuffix(rest, ")"))
	}
	procs := pgcat.Procs(name)
	if len(procs) == 0 || !slices.ContainsFunc(procs, func(p *pgcat.Proc) bool { return p.Kind == 'f' && !p.RetSet }) {
		return nil, false
	}
	types, ok := typesOf(strings.TrimSuffix(rest, ")"))
	if !ok {
		return nil, false
	}
	return &operation{
		hint: name, types: types, mod: -1, store: fillOperation,
		postgres: func(c []string) string {
			if variadic {
				c = append(slices.Clone(c[:len(c)-1]), "VARIADIC "+c[len(c)-1])
			}
			return "pg_catalog." + pgcat.QuoteIdent(name) + "(" + strings.Join(c, ", ") + ")"
		},
	}, true
}

// typmods are the typmods that the suite applies to a type.
var typmods = map[pgcat.OID][]int32{
	pgcat.VarChar: {4 + 1, 4 + 3}, pgcat.BPChar: {4 + 1, 4 + 3}, pgcat.Bit: {1, 5}, pgcat.VarBit: {1, 5},
	pgcat.Numeric: {
		pgvalue.MakeNumericTypmod(5, 2), pgvalue.MakeNumericTypmod(3, 0), pgvalue.MakeNumericTypmod(38, 10), pgvalue.MakeNumericTypmod(50, 20),
	},
	pgcat.Time: {0, 3}, pgcat.TimeTZ: {0, 3}, pgcat.Timestamp: {0, 3}, pgcat.TimestampTZ: {0, 3},
	pgcat.Interval: {0x7fff << 16, 0x7fff<<16 | 3, 1<<2<<16 | 0xffff, 1<<3<<16 | 0xffff, (1<<10|1<<11)<<16 | 0xffff},
}

// typmodOperations derive "typmod(T)" and "explicit typmod(T)".
func typmodOperations(key string) ([]*operation, bool) {
	rest, explicit := strings.CutPrefix(key, "explicit ")
	name := strings.TrimSuffix(strings.TrimPrefix(rest, "typmod("), ")")
	if name == rest {
		return nil, false
	}
	source := pgcat.TypeByName(name)
	if source == nil {
		return nil, false
	}
	var out []*operation
	for _, mod := range typmods[source.OID] {
		t := catalog.Type{OID: source.OID, Mod: mod}
		operand, _ := typeOf(name)
		out = append(out, &operation{
			name: t.String(), types: []catalog.Type{operand}, mod: mod,
			store: func(s *suite, l connectors.Lowering, operands []string, result catalog.Type) (string, error) {
				return s.fill(l, operands, catalog.Type{OID: result.OID, Mod: mod}, nil)
			},
			postgres: func(c []string) string {
				if lengthCoercion[t.OID] && !explicit {
					return fmt.Sprintf("pg_catalog.%q(%s, %d, false)", source.Name, c[0], mod)
				}
				return "CAST(" + c[0] + " AS " + t.String() + ")"
			},
		})
	}
	return out, len(out) > 0
}

// lengthCoercion are the types whose conversion cuts when it is explicit and refuses when it is not.
var lengthCoercion = map[pgcat.OID]bool{pgcat.VarChar: true, pgcat.BPChar: true, pgcat.Bit: true, pgcat.VarBit: true}
