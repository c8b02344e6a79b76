package planner

import (
	"strconv"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgcat"
)

func touchesNumeric(args []expr, t catalog.Type) bool {
	if t.OID == pgcat.Numeric {
		return true
	}
	for _, a := range args {
		if a.typ().OID == pgcat.Numeric {
			return true
		}
	}
	return false
}

// decimalCall writes functions and operators on numeric: natively where DECIMAL gives PostgreSQL's digits, else with the
// function of ours on sortable forms.
func (r *renderer) decimalCall(e *call) (column, bool, error) {
	if !touchesNumeric(e.args, e.t) {
		return column{}, false, nil
	}
	args, err := r.operandColumns(e.args)
	if err != nil {
		return column{}, true, err
	}
	if c, ok, err := r.nativeCall(e, args); ok || err != nil {
		return c, true, err
	}
	l, err := r.function(e)
	if err != nil {
		return column{}, true, err
	}
	texts := make([]string, len(args))
	for i, a := range args {
		if e.args[i].typ().OID == pgcat.Numeric {
			if a, err = r.sortable(a); err != nil {
				return column{}, true, err
			}
		}
		texts[i] = a.sql
	}
	if texts, err = r.wrap(l, e.args, texts, false); err != nil {
		return column{}, true, err
	}
	s, err := r.fill(l, e.t, texts...)
	out := column{sql: s}
	if e.op == "*" {
		out.factors = factors(args)
	}
	return out, true, err
}

// nativeCall writes what DECIMAL does exactly as numeric: sums, differences and products with room for all digits, comparisons,
// signs, and rounding to a known scale.
func (r *renderer) nativeCall(e *call, args []column) (column, bool, error) {
	for i, a := range args {
		numeric := e.args[i].typ().OID == pgcat.Numeric
		if numeric && !a.decimal.native() || !numeric && e.op != "" {
			return column{}, false, nil
		}
	}
	name := e.op
	if name == "" {
		name = e.proc.Name
	}
	switch {
	case len(args) == 2 && e.op != "":
		return r.nativeBinary(name, args[0], args[1])
	case len(args) == 1:
		return r.nativeUnary(name, args[0])
	case name == "round" && len(args) == 2:
		return r.nativeRound(e, args[0])
	}
	return column{}, false, nil
}

func (r *renderer) nativeBinary(name string, a, b column) (column, bool, error) {
	p1, s1, p2, s2 := a.decimal.precision, a.decimal.scale, b.decimal.precision, b.decimal.scale
	scale := max(s1, s2)
	whole := max(p1-s1, p2-s2)
	switch name {
	case "+", "-":
		d := decimal{precision: whole + scale + 1, scale: scale}
		if d.precision > maxDecimal {
			return column{}, false, nil
		}
		// Both sides get the result's size first: DuckDB would otherwise keep 18 digits and overflow.
		return r.nativeOp("decimal "+name+" decimal", d, castDecimal(a.sql, d), castDecimal(b.sql, d))
	case "*":
		d := decimal{precision: p1 + p2, scale: s1 + s2}
		if d.precision > maxDecimal {
			return column{}, false, nil
		}
		if d.precision > 18 && p1 <= 18 && p2 <= 18 {
			a.sql = castDecimal(a.sql, decimal{precision: 19, scale: s1})
		}
		return r.nativeOp("decimal * decimal", d, a.sql, b.sql)
	case "=", "<>", "<", "<=", ">", ">=":
		if whole+scale > maxDecimal {
			return column{}, false, nil
		}
		l, err := r.op("decimal " + name + " decimal")
		if err != nil {
			return column{}, true, err
		}
		return column{sql: connectors.Fill(l.SQL, []string{a.sql, b.sql}, nil)}, true, nil
	}
	return column{}, false, nil
}

// nativeOp writes an operation and pins its result to a form.
func (r *renderer) nativeOp(key string, d decimal, operands ...string) (column, bool, error) {
	l, err := r.op(key)
	if err != nil {
		return column{}, true, err
	}
	return column{sql: castDecimal(connectors.Fill(l.SQL, operands, nil), d), decimal: d}, true, nil
}

func (r *renderer) nativeUnary(name string, a column) (column, bool, error) {
	d := a.decimal
	switch name {
	case "-", "+":
		return r.nativeOp(name+" decimal", d, a.sql)
	case "@", "abs":
		return r.nativeOp("abs(decimal)", d, a.sql)
	case "ceil", "ceiling", "floor", "round":
		whole := decimal{precision: min(d.precision-d.scale+1, maxDecimal)}
		if name == "ceiling" {
			name = "ceil"
		}
		return r.nativeOp(name+"(decimal)", whole, a.sql)
	}
	return column{}, false, nil
}

// nativeRound is round(x, n) with a literal n: the result has exactly n digits after the point.
func (r *renderer) nativeRound(e *call, a column) (column, bool, error) {
	k, ok := e.args[1].(*constant)
	if !ok || k.value == nil {
		return column{}, false, nil
	}
	n, ok := k.value.(int64)
	if !ok || n < 0 || n > maxDecimal {
		return column{}, false, nil
	}
	d := decimal{precision: a.decimal.precision - a.decimal.scale + int32(n) + 1, scale: int32(n)}
	if d.precision > maxDecimal {
		return column{}, false, nil
	}
	l, err := r.op("round(decimal, n)")
	if err != nil {
		return column{}, true, err
	}
	return column{sql: castDecimal(connectors.Fill(l.SQL, []string{a.sql, strconv.FormatInt(n, 10)}, nil), d), decimal: d}, true, nil
}
