package conformance

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

// literalRows is how many combinations of operands an entry with literals gets: each literal is a query of its own.
const literalRows = 1500

// specialOperation derives an operation on operands of which more is asked than their types.
func specialOperation(s *connectors.Special, plain string) (*operation, bool) {
	op, ok := scalar(plain)
	if !ok || len(op.types) != len(s.Operands) {
		return nil, false
	}
	given := make([][]pgvalue.Value, len(op.types))
	op.literals = map[int]bool{}
	for i := range s.Operands {
		o := &s.Operands[i]
		if o.Decimal {
			op.types[i] = catalog.Type{OID: pgcat.Numeric, Mod: pgvalue.MakeNumericTypmod(10, 2)}
		}
		list := values(op.types[i])
		if texts, ok := hints[op.hint][i]; ok {
			if parsed := parseAll(op.types[i], texts); len(parsed) > 1 {
				list = parsed
			}
		}
		if o.Literal != "" && o.Literal != connectors.Parameter && o.Literal != connectors.Short {
			op.literals[i] = true
			list = slices.DeleteFunc(list, func(v pgvalue.Value) bool { return v == nil || !o.Is(v) })
			if len(list) == 0 {
				return nil, false
			}
		}
		given[i] = list
	}
	op.given = given
	plainText := op.postgres
	op.postgres = func(c []string) string {
		c = slices.Clone(c)
		for i := range s.Operands {
			if name := s.Operands[i].Call; name != "" {
				c[i] = "pg_catalog." + name + "(" + c[i] + ")"
			}
		}
		return plainText(c)
	}
	return op, true
}

// withLiterals compares with the literals as parameters, and the other operands read from the table.
func (c *comparison) withLiterals() {
	groups := map[string][]int{}
	for id, row := range c.tab.rows {
		digest := ""
		for i, v := range row {
			if c.op.literals[i] {
				digest += fmt.Sprintf("%#v|", v)
			}
		}
		groups[digest] = append(groups[digest], id)
	}
	tried := map[sqlerr.Code]int{}
	for _, digest := range slices.Sorted(maps.Keys(groups)) {
		var answered []int
		for _, id := range groups[digest] {
			state := c.want[id].state
			if state == "" {
				answered = append(answered, id)
			} else if tried[state]++; tried[state] <= failuresTried {
				c.run(c.literalOperands(id), []int{id}, "")
			}
		}
		if len(answered) > 0 {
			c.run(c.literalOperands(answered[0]), answered, "")
		}
	}
}

// literalOperands writes the operands of a row.
func (c *comparison) literalOperands(id int) []string {
	out := make([]string, len(c.tab.types))
	for i := range out {
		if c.op.literals[i] {
			out[i] = c.s.parameter(c.tab.types[i], c.tab.rows[id][i])
		} else {
			out[i] = c.s.column(c.tab, i)
		}
	}
	return out
}

// branches derives CASE and COALESCE over one type: "case(int4)", "coalesce(decimal)".
func (s *suite) branches(key string) ([]*operation, bool) {
	name, rest, found := strings.Cut(strings.TrimSuffix(key, ")"), "(")
	if !found || name != "case" && name != "coalesce" {
		return nil, false
	}
	t := catalog.Type{OID: pgcat.Numeric, Mod: pgvalue.MakeNumericTypmod(10, 2)}
	if rest != connectors.Decimal {
		var ok bool
		if t, ok = typeOf(rest); !ok {
			return nil, false
		}
	}
	wrapped := func(s *suite, l connectors.Lowering, c []string) (out []string, err error) {
		if l.Wrap == "" {
			return c, nil
		}
		out = make([]string, len(c))
		for i := range c {
			if out[i], err = s.fill(s.d.Ops[l.Wrap+"("+rest+")"], c[i:i+1], t, nil); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	choice := func(c []string) string { return "CASE WHEN " + c[0] + " THEN " + c[1] + " ELSE " + c[2] + " END" }
	if name == "case" {
		return []*operation{{
			types: []catalog.Type{mustType("bool"), t, t}, mod: t.Mod, postgres: choice,
			store: func(s *suite, l connectors.Lowering, c []string, result catalog.Type) (string, error) {
				values, err := wrapped(s, l, c[1:])
				if err != nil {
					return "", err
				}
				return s.fill(l, []string{choice(append(c[:1:1], values...))}, result, nil)
			},
		}}, true
	}
	return []*operation{{
		types: []catalog.Type{t, t, t}, mod: t.Mod,
		postgres: func(c []string) string { return "COALESCE(" + strings.Join(c, ", ") + ")" },
		store: func(s *suite, l connectors.Lowering, c []string, result catalog.Type) (string, error) {
			values, err := wrapped(s, l, c)
			if err != nil {
				return "", err
			}
			return s.fill(l, values, result, nil)
		},
	}}, true
}
