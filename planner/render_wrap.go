package planner

import (
	"strconv"
	"strings"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgcat"
)

// function finds the operation of a call by its types, or, for a function of values of any types, as "name(any)".
func (r *renderer) function(c *call) (connectors.Lowering, error) {
	if c.variadic && c.proc.Variadic == pgcat.Any {
		return r.op("variadic " + callKey(c))
	}
	l, err := r.op(callKey(c))
	if err == nil || c.op != "" {
		return l, err
	}
	if general, ok := r.general(c.proc.Name); ok {
		return general, nil
	}
	return l, err
}

// general is the operation of a function of values of any types.
func (r *renderer) general(name string) (connectors.Lowering, bool) {
	l := r.d.Ops[name+"(any)"]
	return l, l.Wrap != "" && l.Fidelity == connectors.Exact
}

// aggregateOp finds the operation of an aggregate. One that needs another text under DISTINCT has a key of its own for it.
func (r *renderer) aggregateOp(a *aggCall, key string) (connectors.Lowering, error) {
	prefix := ""
	if a.distinct {
		prefix = "distinct "
		if l, ok := r.d.Ops[prefix+key]; ok && l.Fidelity == connectors.Exact {
			return l, nil
		}
	}
	l, err := r.op(key)
	if err == nil {
		if a.distinct && !strings.Contains(l.SQL, "{distinct}") && !ignoresDuplicates(a.proc.Name) {
			return l, cannot("%s(DISTINCT %s)", a.proc.Name, opTypes(a.args))
		}
		return l, nil
	}
	if general, ok := r.general(prefix + a.proc.Name); ok {
		return general, nil
	}
	return l, err
}

// ignoresDuplicates reports whether DISTINCT changes nothing in an aggregate.
func ignoresDuplicates(name string) bool {
	switch name {
	case "min", "max", "bool_and", "bool_or", "every", "bit_and", "bit_or":
		return true
	}
	return false
}

// wrap writes what an operation sees of its operands. Under DISTINCT the values themselves are compared: their forms follow as
// further operands, written for an element named e.
func (r *renderer) wrap(l connectors.Lowering, args []expr, texts []string, distinct bool) ([]string, error) {
	if l.Wrap == "" {
		return texts, nil
	}
	out := texts
	if !distinct {
		out = make([]string, len(texts))
	}
	for i, a := range args {
		operand := texts[i]
		if distinct {
			operand = "e"
		}
		text, err := r.form(l.Wrap, a.typ(), operand, 0)
		if err != nil {
			return nil, err
		}
		if distinct {
			out = append(out, text)
		} else {
			out[i] = text
		}
	}
	return out, nil
}

// form writes what a function of any values sees of one: its text ("output") or its JSON ("json"). Rows within arrays are written field
// by field, depth arrays deep.
func (r *renderer) form(wrap string, t catalog.Type, operand string, depth int) (string, error) {
	elem := elementType(t.OID)
	if len(r.shapes) == 0 || t.Mod < 0 || t.OID != pgcat.Record && elem != pgcat.Record {
		l, err := r.op(wrap + "(" + opType(t.OID) + ")")
		if err != nil {
			return "", err
		}
		return r.fill(l, textType, operand)
	}
	if elem == pgcat.Record {
		item := "e" + strconv.Itoa(depth)
		row, err := r.form(wrap, catalog.Type{OID: pgcat.Record, Mod: t.Mod}, item, depth+1)
		if err != nil {
			return "", err
		}
		l, err := r.op(wrap + "(rows)")
		if err != nil {
			return "", err
		}
		return r.fill(l, textType, "list_transform("+operand+", lambda "+item+": "+row+")")
	}
	shape := r.shapes[t.Mod]
	var parts []string
	if wrap == "json" {
		parts = append(parts, "'false'")
	}
	for i, f := range shape.types {
		if wrap == "json" {
			name, err := r.form(wrap, textType, r.arg(Arg{Kind: ArgConst, Value: shape.names[i], Type: textType}), depth)
			if err != nil {
				return "", err
			}
			parts = append(parts, name)
		}
		field, err := r.form(wrap, f, "struct_extract("+operand+", '"+fieldName(i)+"')", depth)
		if err != nil {
			return "", err
		}
		parts = append(parts, field)
	}
	l, err := r.op(map[string]string{"json": "row_to_json(any)", "output": "record_out(any)"}[wrap])
	if err != nil {
		return "", err
	}
	row, err := r.fill(l, textType, parts...)
	return "CASE WHEN " + operand + " IS NOT NULL THEN " + row + " END", err
}

// distinctOrder is the order in which a DISTINCT aggregate sees its values where none is written: PostgreSQL sorts to find the
// same ones. A key that is a constant orders nothing, and DuckDB takes none that is not an argument.
func (r *renderer) distinctOrder(a *aggCall, l connectors.Lowering) []sortKey {
	if !a.distinct || !strings.Contains(l.SQL, "{order}") {
		return a.order
	}
	var keys []sortKey
	given := a.order
	if len(given) == 0 {
		for _, e := range a.args {
			given = append(given, sortKey{e: e})
		}
	}
	for _, k := range given {
		switch k.e.(type) {
		case *constant, *param:
		default:
			keys = append(keys, k)
		}
	}
	return keys
}
