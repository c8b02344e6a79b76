package planner

import (
	"fmt"
	"strconv"
	"strings"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgcat"
	"meshgate/pgvalue"
)

// decimal is the form of a numeric value in the engine: DECIMAL(precision, scale), in which every value has exactly that scale, as
// PostgreSQL's numeric(p,s) has; or, with precision 0, pgvalue's sortable form, in which each value keeps a scale of its own.
// A NULL fits every form.
type decimal struct {
	precision, scale int32
	null             bool
}

const maxDecimal = 38

func (d decimal) native() bool { return d.precision > 0 }

// typmod is the carrier's, for columns that leave the statement.
func (d decimal) typmod() int32 {
	if !d.native() {
		return -1
	}
	return pgvalue.MakeNumericTypmod(d.precision, d.scale)
}

func (d decimal) sql() string { return fmt.Sprintf("DECIMAL(%d,%d)", d.precision, d.scale) }

// decimalOf is the form in which a store hands on a column of a type.
func (r *renderer) decimalOf(t catalog.Type) decimal {
	if t.OID != pgcat.Numeric {
		return decimal{}
	}
	if p, s, ok := pgvalue.NumericTypmod(t.Mod); ok && p <= maxDecimal && s >= 0 && s <= p {
		return decimal{precision: p, scale: s}
	}
	return decimal{}
}

func castDecimal(sql string, d decimal) string { return "CAST(" + sql + " AS " + d.sql() + ")" }

// sortable converts to the sortable form.
func (r *renderer) sortable(c column) (column, error) {
	if !c.decimal.native() && !c.decimal.null {
		return c, nil
	}
	l, err := r.op("sortable(decimal)")
	if err != nil {
		return c, err
	}
	return column{sql: connectors.Fill(l.SQL, []string{c.sql}, nil)}, nil
}

// unifyDecimals brings values to one form in which none of them changes: the same scale, else the sortable form.
func (r *renderer) unifyDecimals(list []column) (decimal, error) {
	var common decimal
	same, first := true, true
	for _, c := range list {
		switch d := c.decimal; {
		case d.null:
		case first:
			common, first = d, false
			same = d.native()
		default:
			same = same && d.native() && d.scale == common.scale
			common.precision = max(common.precision, d.precision)
		}
	}
	if first {
		common = decimal{precision: 1}
	}
	for i, c := range list {
		var err error
		switch {
		case same && c.decimal != common:
			list[i] = column{sql: castDecimal(c.sql, common), decimal: common}
		case !same:
			if list[i], err = r.sortable(c); err != nil {
				return decimal{}, err
			}
		}
	}
	if !same {
		return decimal{}, nil
	}
	return common, nil
}

// decimalValue writes expressions in which numeric takes part; ok is false for all others.
func (r *renderer) decimalValue(e expr) (c column, ok bool, err error) {
	numeric := e.typ().OID == pgcat.Numeric
	switch e := e.(type) {
	case *colRef:
		if !numeric {
			return column{}, false, nil
		}
		c, known := r.env[e.id]
		if !known {
			return column{}, true, cannot("a reference to another part of the statement")
		}
		return c, true, nil
	case *constant:
		if !numeric {
			return column{}, false, nil
		}
		c, err = r.decimalConstant(e)
		return c, true, err
	case *param:
		return column{sql: r.arg(Arg{Kind: ArgParam, Index: e.index, Type: e.t})}, numeric, nil
	case *call:
		return r.decimalCall(e)
	case *cast:
		return r.decimalCast(e)
	case *caseExpr:
		if numeric {
			c, err = r.decimalCase(e)
		}
		return c, numeric, err
	case *coalesce:
		if numeric {
			c, err = r.decimalVariadic("coalesce", e.args)
		}
		return c, numeric, err
	case *minMax:
		if numeric {
			c, err = r.decimalMinMax(e)
		}
		return c, numeric, err
	case *nullIf:
		if numeric {
			eq := operatorExpr(e.eq, e.left, e.right)
			c, err = r.decimalCase(&caseExpr{whens: []when{{cond: eq, then: &constant{t: e.result.typ()}}}, elseExpr: e.result, t: e.result.typ()})
		}
		return c, numeric, err
	case *subquery:
		if numeric && e.kind == subqueryScalar {
			c, err = r.decimalSubquery(e)
			return c, true, err
		}
	case *arrayExpr:
		if elementType(e.t.OID) == pgcat.Numeric {
			c, err = r.decimalArray(e)
			return c, true, err
		}
	}
	return column{}, false, nil
}

func (r *renderer) decimalConstant(k *constant) (column, error) {
	if k.value == nil {
		return column{sql: "CAST(NULL AS DECIMAL(1,0))", decimal: decimal{precision: 1, null: true}}, nil
	}
	n := k.value.(pgvalue.Numeric)
	d := decimal{}
	if n.IsFinite() {
		if digits, scale := int32(n.Digits()), n.Scale(); max(digits, scale, 1) <= maxDecimal {
			d = decimal{precision: max(digits, scale, 1), scale: scale}
		}
	}
	return column{sql: r.arg(Arg{Kind: ArgConst, Value: n, Type: catalog.Type{OID: pgcat.Numeric, Mod: d.typmod()}}), decimal: d}, nil
}

// operandColumns writes arguments with their forms.
func (r *renderer) operandColumns(args []expr) ([]column, error) {
	out := make([]column, len(args))
	top := r.superset
	r.superset = false
	defer func() { r.superset = top }()
	for i, a := range args {
		var err error
		if out[i], err = r.value(a); err != nil {
			return nil, err
		}
	}
	return out, nil
}

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
	return column{sql: s}, true, err
}

// nativeCall writes what DECIMAL does exactly as numeric: sums, differences and products with room for all digits, comparisons,
// signs, and rounding to a known scale.
func (r *renderer) nativeCall(e *call, args []column) (column, bool, error) {
	for i, a := range args {
		if e.args[i].typ().OID == pgcat.Numeric && !a.decimal.native() {
			return column{}, false, nil
		}
	}
	name := e.op
	if name == "" {
		name = e.proc.Name
	}
	switch {
	case len(args) == 2 && e.op != "":
		return r.nativeBinary(e, name, args[0], args[1])
	case len(args) == 1:
		return r.nativeUnary(name, args[0])
	case name == "round" && len(args) == 2:
		return r.nativeRound(e, args[0])
	}
	return column{}, false, nil
}

func (r *renderer) nativeBinary(e *call, name string, a, b column) (column, bool, error) {
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

// decimalCast writes conversions from and to numeric.
func (r *renderer) decimalCast(e *cast) (column, bool, error) {
	from, to := e.arg.typ().OID, e.to.OID
	if from != pgcat.Numeric && to != pgcat.Numeric {
		return column{}, false, nil
	}
	arg, err := r.operandColumns([]expr{e.arg})
	if err != nil {
		return column{}, true, err
	}
	a := arg[0]
	switch {
	case from == pgcat.Numeric && to == pgcat.Numeric:
		return r.numericTypmod(e, a)
	case to == pgcat.Numeric:
		if digits, ok := map[pgcat.OID]int32{pgcat.Int2: 5, pgcat.Int4: 10, pgcat.Int8: 19}[from]; ok {
			d := decimal{precision: digits}
			return column{sql: castDecimal(a.sql, d), decimal: d}, true, nil
		}
	case a.decimal.native():
		if key := nativeCastKey(to, a.decimal); key != "" {
			l, err := r.op(key)
			if err != nil {
				return column{}, true, err
			}
			return column{sql: connectors.Fill(l.SQL, []string{a.sql}, nil)}, true, nil
		}
	}
	l, err := r.op("cast(" + opType(from) + " as " + opType(to) + ")")
	if err != nil {
		return column{}, true, err
	}
	if from == pgcat.Numeric {
		if a, err = r.sortable(a); err != nil {
			return column{}, true, err
		}
	}
	s, err := r.fill(l, e.to, a.sql)
	return column{sql: s}, true, err
}

// nativeCastKey names a cast of DECIMAL that gives what PostgreSQL gives. A double is exact for up to 15 digits only.
func nativeCastKey(to pgcat.OID, d decimal) string {
	switch to {
	case pgcat.Int2, pgcat.Int4, pgcat.Int8:
		return "cast(decimal as " + opType(to) + ")"
	case pgcat.Float8:
		if d.precision <= 15 {
			return "cast(decimal as float8)"
		}
	}
	return ""
}

// numericTypmod applies numeric(p,s).
func (r *renderer) numericTypmod(e *cast, a column) (column, bool, error) {
	want := r.decimalOf(e.to)
	if a.decimal.native() && want.native() {
		if a.decimal == want {
			return a, true, nil
		}
		l, err := r.op("typmod(decimal)")
		if err != nil {
			return column{}, true, err
		}
		return column{sql: connectors.Fill(l.SQL, []string{a.sql}, func(string) string { return want.sql() }), decimal: want}, true, nil
	}
	l, err := r.op("typmod(numeric)")
	if err != nil {
		return column{}, true, err
	}
	if a, err = r.sortable(a); err != nil {
		return column{}, true, err
	}
	s, err := r.fill(l, e.to, a.sql)
	return column{sql: s}, true, err
}

func (r *renderer) decimalCase(e *caseExpr) (column, error) {
	list := make([]column, len(e.whens)+1)
	conds := make([]string, len(e.whens))
	for i, w := range e.whens {
		var err error
		if conds[i], err = r.inner(w.cond); err != nil {
			return column{}, err
		}
		if list[i], err = r.value(w.then); err != nil {
			return column{}, err
		}
	}
	var err error
	if list[len(list)-1], err = r.value(e.elseExpr); err != nil {
		return column{}, err
	}
	d, err := r.unifyDecimals(list)
	if err != nil {
		return column{}, err
	}
	var b strings.Builder
	b.WriteString("CASE")
	for i, c := range conds {
		b.WriteString(" WHEN " + c + " THEN " + list[i].sql)
	}
	b.WriteString(" ELSE " + list[len(list)-1].sql + " END")
	return column{sql: b.String(), decimal: d}, nil
}

func (r *renderer) decimalVariadic(key string, args []expr) (column, error) {
	list, err := r.operandColumns(args)
	if err != nil {
		return column{}, err
	}
	d, err := r.unifyDecimals(list)
	if err != nil {
		return column{}, err
	}
	l, err := r.op(key)
	if err != nil {
		return column{}, err
	}
	texts := make([]string, len(list))
	for i, c := range list {
		texts[i] = c.sql
	}
	return column{sql: connectors.Fill(l.SQL, texts, nil), decimal: d}, nil
}

// decimalMinMax compares sortable forms by value, for which DuckDB's own comparison of bytes will not do: it sees the scales too.
func (r *renderer) decimalMinMax(e *minMax) (column, error) {
	name := map[bool]string{false: "greatest", true: "least"}[e.least]
	list, err := r.operandColumns(e.args)
	if err != nil {
		return column{}, err
	}
	d, err := r.unifyDecimals(list)
	if err != nil {
		return column{}, err
	}
	key := name + "(decimal)"
	if !d.native() {
		key = name + "(numeric)"
	}
	l, err := r.op(key)
	if err != nil {
		return column{}, err
	}
	texts := make([]string, len(list))
	for i, c := range list {
		texts[i] = c.sql
	}
	return column{sql: connectors.Fill(l.SQL, texts, nil), decimal: d}, nil
}

func (r *renderer) decimalSubquery(e *subquery) (column, error) {
	if err := r.need(connectors.FeatureSubquery); err != nil {
		return column{}, err
	}
	b, err := r.rel(e.query)
	if err != nil {
		return column{}, err
	}
	d := r.env[b.cols[0].id].decimal
	return column{sql: "(" + r.queryText(b) + ")", decimal: d}, nil
}

// decimalArray holds its elements in the sortable form, as all arrays of numeric do.
func (r *renderer) decimalArray(e *arrayExpr) (column, error) {
	list, err := r.operandColumns(e.elems)
	if err != nil {
		return column{}, err
	}
	texts := make([]string, len(list))
	for i := range list {
		c, err := r.sortable(list[i])
		if err != nil {
			return column{}, err
		}
		texts[i] = c.sql
	}
	l, err := r.op("array[numeric]")
	if err != nil {
		return column{}, err
	}
	s, err := r.fill(l, e.t, texts...)
	return column{sql: s}, err
}

// decimalAggregate writes aggregates over or to numeric.
func (r *renderer) decimalAggregate(a *aggCall) (column, bool, error) {
	return r.numericAggregate(a, "")
}

func (r *renderer) decimalWindow(a *aggCall, over string) (column, bool, error) {
	return r.numericAggregate(a, over)
}

func (r *renderer) numericAggregate(a *aggCall, over string) (column, bool, error) {
	if a.star || !touchesNumeric(a.args, a.t) || a.proc.Name == "count" {
		return column{}, false, nil
	}
	args, err := r.operandColumns(a.args)
	if err != nil {
		return column{}, true, err
	}
	key := aggregateKey(a)
	var d decimal
	if len(args) == 1 && args[0].decimal.native() && a.args[0].typ().OID == pgcat.Numeric {
		if native := a.proc.Name + "(decimal)"; r.d.Ops[native].SQL != "" {
			key = native
			switch a.proc.Name {
			case "sum":
				d = decimal{precision: maxDecimal, scale: args[0].decimal.scale}
			case "min", "max":
				d = args[0].decimal
			}
		}
	}
	if a.proc.Name == "sum" && a.args[0].typ().OID == pgcat.Int8 {
		d = decimal{precision: maxDecimal}
	}
	c, err := r.numericAggregateText(a, key, args, d, over)
	return c, true, err
}

func (r *renderer) numericAggregateText(a *aggCall, key string, args []column, d decimal, over string) (column, error) {
	l, err := r.aggregateOp(a, key)
	if err != nil {
		return column{}, err
	}
	texts := make([]string, len(args))
	for i, c := range args {
		if a.args[i].typ().OID == pgcat.Numeric && !strings.HasSuffix(key, "(decimal)") {
			if c, err = r.sortable(c); err != nil {
				return column{}, err
			}
		}
		texts[i] = c.sql
	}
	tail, err := r.aggregateTail(a, over)
	if err != nil {
		return column{}, err
	}
	modifier := ""
	if a.distinct {
		if !strings.HasSuffix(key, "(decimal)") && a.args[0].typ().OID == pgcat.Numeric {
			return column{}, cannot("%s(DISTINCT numeric)", a.proc.Name)
		}
		modifier = "DISTINCT "
	}
	order, err := r.aggregateOrder(a, l)
	if err != nil {
		return column{}, err
	}
	if texts, err = r.wrap(l, a.args, texts, a.distinct); err != nil {
		return column{}, err
	}
	s, err := r.fillAggregate(l, a.t, texts, map[string]string{"distinct": modifier, "order": order, "filter": tail, "decimal": d.sql()})
	return column{sql: s, decimal: d}, err
}

// decimalWindowFunction writes lag, first_value and their like over numeric; a default must have the value's form.
func (r *renderer) decimalWindowFunction(w *windowCall, l connectors.Lowering, over string) (column, error) {
	args, err := r.operandColumns(w.args)
	if err != nil {
		return column{}, err
	}
	d := decimal{}
	if len(args) > 0 {
		d = args[0].decimal
	}
	if len(args) == 3 {
		pair := []column{args[0], args[2]}
		if d, err = r.unifyDecimals(pair); err != nil {
			return column{}, err
		}
		args[0], args[2] = pair[0], pair[1]
	}
	texts := make([]string, len(args))
	for i, c := range args {
		texts[i] = c.sql
	}
	s, err := r.fillAggregate(l, w.t, texts, map[string]string{"filter": over, "distinct": "", "order": ""})
	return column{sql: s, decimal: d}, err
}
