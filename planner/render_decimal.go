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
	case *keySlot:
		return column{sql: mark + strconv.Itoa(e.n) + mark}, numeric, nil
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
	if err := r.held(k); err != nil {
		return column{}, err
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
