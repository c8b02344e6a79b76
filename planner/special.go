package planner

import (
	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgcat"
	"meshgate/pgvalue"
)

// special writes a call that the dialect has for operands like these only; ok is false where it has none.
func (r *renderer) special(c *call) (text string, ok bool, err error) {
	if len(r.d.Special) == 0 || c.variadic {
		return "", false, nil
	}
	args := c.args
	list := r.d.Special[callKey(c)]
	if len(list) > 0 && (c.op == "=" || c.op == "<>") && isConstant(args[0]) {
		args = []expr{args[1], args[0]} // the entries have the literal on the right
	}
	for i := range list {
		operands, matches := r.matches(&list[i], c, args)
		if !matches {
			continue
		}
		l, err := r.op(list[i].Key)
		if err != nil {
			continue // a Superset where only Exact will do
		}
		texts, err := r.operands(operands)
		if err == nil {
			text, err = r.fill(l, c.t, texts...)
		}
		if _, no := err.(*unsayable); !no {
			return text, err == nil, err
		}
	}
	return "", false, nil
}

func isConstant(e expr) bool {
	_, ok := constantOf(e)
	return ok
}

// matches holds the operands against what the dialect asks of them, and returns those that the entry is written over.
func (r *renderer) matches(s *connectors.Special, c *call, args []expr) ([]expr, bool) {
	out := make([]expr, len(args))
	for i, a := range args {
		o := &s.Operands[i]
		if opType(a.typ().OID) != o.Type && o.Call == "" {
			return nil, false
		}
		switch {
		case o.Call != "":
			inner, ok := bare(a).(*call)
			if !ok || inner.op != "" || inner.proc.Name != o.Call || len(inner.args) != 1 || opType(inner.args[0].typ().OID) != o.Type {
				return nil, false
			}
			a = inner.args[0]
		case o.Literal == connectors.Parameter:
			if _, ok := bare(a).(*param); !ok {
				return nil, false
			}
		case o.Literal == connectors.Short:
			if n, ok := longestOf(c); !ok || n > r.d.Longest {
				return nil, false
			}
		case o.Literal != "":
			v, ok := constantOf(a)
			if !ok || !o.Is(v) {
				return nil, false
			}
		case o.Decimal:
			if d, ok := boundsOf(c); !ok || !r.fits(d) {
				return nil, false
			}
		}
		out[i] = a
	}
	return out, true
}

// bare takes relabeling away that no dialect sees.
func bare(e expr) expr {
	for {
		c, ok := e.(*cast)
		if !ok || c.method != castRelabel || !sameForm(c.arg.typ().OID, c.to.OID) {
			return e
		}
		e = c.arg
	}
}

// fits reports whether the dialect holds all values within bounds, as numbers with a scale.
func (r *renderer) fits(d bounds) bool {
	return !d.whole && d.precision <= r.d.Most.Precision && d.scale <= r.d.Most.Scale
}

// longestOf is how many characters a text has at most.
func longestOf(e expr) (int32, bool) {
	switch e := bare(e).(type) {
	case *colRef:
		return e.t.Mod - varHeader, e.t.OID == pgcat.VarChar && e.t.Mod > varHeader
	case *constant:
		s, ok := e.value.(string)
		return int32(min(len(s), 1<<20)), ok
	case *call:
		if e.op != "||" || opTypes(e.args) != "text, text" {
			return 0, false
		}
		a, ok := longestOf(e.args[0])
		b, also := longestOf(e.args[1])
		return a + b, ok && also
	}
	return 0, false
}

// bounds says what is certain of all values of a numeric expression: so many digits at most, of which just so many follow the point.
type bounds struct {
	precision, scale int32
	whole            bool // a store may compute it as an integer, with the bounds of one
}

// boundsOf follows precision and scale as numeric's operators do.
func boundsOf(e expr) (bounds, bool) {
	switch e := e.(type) {
	case *colRef:
		p, s, ok := pgvalue.NumericTypmod(e.t.Mod)
		// MySQL's unsigned bigint is numeric(20,0).
		return bounds{precision: p, scale: s, whole: s == 0}, ok && e.t.OID == pgcat.Numeric && s >= 0 && s <= p
	case *constant:
		n, ok := e.value.(pgvalue.Numeric)
		if !ok || !n.IsFinite() {
			return bounds{}, false
		}
		s := int32(n.Scale())
		return bounds{precision: max(int32(n.Digits()), s, 1), scale: s}, s >= 0
	case *cast:
		digits := map[pgcat.OID]int32{pgcat.Int2: 5, pgcat.Int4: 10, pgcat.Int8: 19}[e.arg.typ().OID]
		return bounds{precision: digits, whole: true}, digits > 0 && e.to == catalog.TypeOf(pgcat.Numeric)
	case *caseExpr:
		list := []expr{e.elseExpr}
		for _, w := range e.whens {
			list = append(list, w.then)
		}
		return boundsOfAll(list)
	case *coalesce:
		return boundsOfAll(e.args)
	case *call:
		return boundsOfCall(e)
	}
	return bounds{}, false
}

// boundsOfAll are those of values that are of one scale. NULL is of any.
func boundsOfAll(list []expr) (all bounds, ok bool) {
	for _, e := range list {
		if k, is := e.(*constant); is && k.value == nil {
			continue
		}
		b, known := boundsOf(e)
		if !known || ok && b.scale != all.scale {
			return all, false
		}
		if !ok {
			all, ok = b, true
			continue
		}
		all = bounds{precision: max(all.precision, b.precision), scale: b.scale, whole: all.whole && b.whole}
	}
	return all, ok
}

func boundsOfCall(c *call) (bounds, bool) {
	if c.op == "" || c.t.OID != pgcat.Numeric {
		return bounds{}, false
	}
	a, ok := boundsOf(c.args[0])
	if !ok || len(c.args) == 1 {
		return a, ok && (c.op == "-" || c.op == "+")
	}
	b, ok := boundsOf(c.args[1])
	out := bounds{whole: a.whole && b.whole}
	switch c.op {
	case "*":
		out.precision, out.scale = a.precision+b.precision, a.scale+b.scale
	case "+", "-":
		out.scale = max(a.scale, b.scale)
		out.precision = max(a.precision-a.scale, b.precision-b.scale) + 1 + out.scale
	default:
		return bounds{}, false
	}
	return out, ok
}
