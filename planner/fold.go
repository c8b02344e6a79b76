package planner

import (
	"meshgate/catalog"
	"meshgate/pgcat"
	"meshgate/pgvalue"
)

// foldLiterals computes dates and times that are made of literals alone, compares a date with a moment as one with a date, and a value
// with the elements of an array as with a list: all are what a store can look up in an index, or skip a file by, or say at all. What
// would fail is left for the run.
func (w *rewriter) foldLiterals(r rel) rel {
	return mapRelDeep(r, func(r rel) rel {
		e, changed := mapExprs(r.exprs(), func(e expr) expr { return mapExprOuter(e, foldLiteral) })
		if changed {
			return r.withExprs(e)
		}
		return r
	})
}

func foldLiteral(e expr) expr {
	switch e := e.(type) {
	case *cast:
		if v, ok := constantOf(e.arg); ok && e.arg.typ().OID == pgcat.Date && e.to.OID == pgcat.Timestamp && e.to.Mod == -1 {
			if t, err := v.(pgvalue.Date).At(0); err == nil {
				return &constant{value: t, t: e.to, pos: e.pos}
			}
		}
	case *arrayTest:
		return foldArray(e)
	case *call:
		if len(e.args) != 2 {
			return e
		}
		if out := foldArithmetic(e); out != nil {
			return out
		}
		return foldComparison(e)
	}
	return e
}

// mostElements is how many elements of an array are written one by one.
const mostElements = 200

// foldArray compares with the elements of a literal array one by one. An array without any is left: no list is empty.
func foldArray(e *arrayTest) expr {
	v, ok := constantOf(e.array)
	if !ok {
		return e
	}
	array, ok := v.(pgvalue.Array)
	if !ok || len(array.Values) == 0 || len(array.Values) > mostElements {
		return e
	}
	out := &inList{left: e.left, op: e.op, all: e.all, t: boolType}
	for _, item := range array.Values {
		out.items = append(out.items, &constant{value: item, t: catalog.TypeOf(elementType(e.array.typ().OID))})
	}
	return out
}

// constantOf returns the value of a literal that is not NULL.
func constantOf(e expr) (pgvalue.Value, bool) {
	k, ok := e.(*constant)
	if !ok || k.value == nil {
		return nil, false
	}
	return k.value, true
}

// foldInteger computes the sum or the difference of two int4, or nil where it is none.
func foldInteger(c *call, a int64, right pgvalue.Value) expr {
	b, ok := right.(int64)
	if !ok {
		return nil
	}
	if c.op == "-" {
		b = -b
	}
	if a+b != int64(int32(a+b)) {
		return nil
	}
	return &constant{value: a + b, t: c.t, pos: c.pos}
}

// foldArithmetic computes a date or a timestamp plus or minus an interval, the sum of two int4, or nil.
func foldArithmetic(c *call) expr {
	left, ok := constantOf(c.args[0])
	right, both := constantOf(c.args[1])
	if !ok || !both || c.op != "+" && c.op != "-" {
		return nil
	}
	if a, ok := left.(int64); ok && c.t.OID == pgcat.Int4 {
		return foldInteger(c, a, right)
	}
	v, isInterval := right.(pgvalue.Interval)
	if !isInterval {
		return nil
	}
	var err error
	if c.op == "-" {
		if v, err = v.Neg(); err != nil {
			return nil
		}
	}
	var at pgvalue.Timestamp
	switch {
	case c.args[0].typ().OID == pgcat.Date:
		at, err = left.(pgvalue.Date).At(0)
	case c.args[0].typ().OID == pgcat.Timestamp:
		at = left.(pgvalue.Timestamp)
	default:
		return nil
	}
	if err == nil {
		at, err = at.AddInterval(v)
	}
	if err != nil || c.t.OID != pgcat.Timestamp {
		return nil
	}
	return &constant{value: at, t: catalog.TypeOf(pgcat.Timestamp), pos: c.pos}
}

// foldComparison compares a date with the day of a moment: a date is the midnight that it begins with.
func foldComparison(c *call) expr {
	date, moment, op := c.args[0], c.args[1], c.op
	if moment.typ().OID == pgcat.Date {
		date, moment, op = moment, date, map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}[op]
	}
	value, ok := constantOf(moment)
	if !ok || date.typ().OID != pgcat.Date || moment.typ().OID != pgcat.Timestamp || value.(pgvalue.Timestamp).IsInf() {
		return c
	}
	day, clock := value.(pgvalue.Timestamp).Split()
	if clock != 0 {
		switch op {
		case "<":
			op = "<="
		case ">=":
			op = ">"
		case "<=", ">":
		default:
			return c
		}
	}
	switch op {
	case "<", "<=", ">", ">=", "=":
		return operatorOn(op, date, &constant{value: day, t: catalog.TypeOf(pgcat.Date)})
	}
	return c
}
