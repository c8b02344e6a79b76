package planner

import (
	"strconv"
	"strings"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgcat"
)

// expr writes an expression. The text stands for itself: it needs no parentheses around it.
func (r *renderer) expr(e expr) (string, error) {
	c, err := r.value(e)
	return c.sql, err
}

// value writes an expression with the form that a numeric result has.
func (r *renderer) value(e expr) (column, error) {
	if r.d.Decimals {
		if c, ok, err := r.decimalValue(e); ok || err != nil {
			return c, err
		}
	}
	sql, err := r.text(e)
	return column{sql: sql}, err
}

func (r *renderer) list(list []expr) ([]string, error) {
	out := make([]string, len(list))
	for i, e := range list {
		var err error
		if out[i], err = r.expr(e); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// inner writes an operand: below the top of a conjunct nothing but Exact will do.
func (r *renderer) inner(e expr) (string, error) {
	top := r.superset
	r.superset = false
	s, err := r.expr(e)
	r.superset = top
	return s, err
}

// text writes an expression. Of intervals that read no row the whole is kept apart from others, not its parts.
func (r *renderer) text(e expr) (string, error) {
	if !r.d.Decimals || r.inInterval || !isFixedInterval(e) {
		return r.operationText(e)
	}
	r.inInterval = true
	sql, err := r.operationText(e)
	r.inInterval = false
	if err != nil {
		return "", err
	}
	return r.apart(e, sql)
}

func (r *renderer) operationText(e expr) (string, error) {
	switch e := e.(type) {
	case *colRef:
		c, ok := r.env[e.id]
		if !ok {
			return "", cannot("a reference to another part of the statement")
		}
		return c.sql, nil
	case *constant:
		return r.constant(e)
	case *param:
		return r.arg(Arg{Kind: ArgParam, Index: e.index, Type: e.t}), nil
	case *sessionValue:
		return r.arg(Arg{Kind: ArgSession, Name: e.name, Type: e.t}), nil
	case *call:
		return r.call(e)
	case *cast:
		return r.cast(e)
	case *boolExpr:
		return r.boolExpr(e)
	case *nullTest:
		return r.postfix(e.arg, map[bool]string{false: "is null", true: "is not null"}[e.not])
	case *boolTest:
		name := "is " + map[bool]string{true: "not "}[e.not] + [...]string{"true", "false", "unknown"}[e.is]
		return r.postfix(e.arg, name)
	case *distinctTest:
		return r.distinctTest(e)
	case *caseExpr:
		return r.caseExpr(e)
	case *coalesce:
		return r.coalesce(e)
	case *minMax:
		return r.variadic(map[bool]string{false: "greatest", true: "least"}[e.least]+"("+opType(e.t.OID)+")", e.args, e.t)
	case *nullIf:
		return r.nullIf(e)
	case *inList:
		return r.inList(e)
	case *arrayTest:
		return r.arrayTest(e)
	case *arrayExpr:
		return r.variadic("array["+opType(elementType(e.t.OID))+"]", e.elems, e.t)
	case *rowExpr:
		return r.row(e)
	case *fieldOf:
		return r.fieldOf(e)
	case *subscript:
		return r.subscript(e)
	case *subquery:
		return r.subquery(e)
	case *maskHash:
		return r.maskHash(e)
	case *setCall:
		return "", cannot("a set-returning function here")
	case *keyFilter:
		return r.keyFilter(e)
	case *keySlot:
		return mark + strconv.Itoa(e.n) + mark, nil
	}
	panic("planner: an expression that cannot be written reached the renderer")
}

// constant writes a literal: as a parameter, but for NULL and booleans, which hold nothing of the user's.
func (r *renderer) call(c *call) (string, error) {
	if text, ok, err := r.special(c); ok || err != nil {
		return text, err
	}
	l, err := r.function(c)
	if err != nil {
		return "", err
	}
	switch c.op {
	case "=", "<>", "<", "<=", ">", ">=":
		r.compares(c.args...)
	}
	args, err := r.operands(c.args)
	if err != nil {
		return "", err
	}
	if args, err = r.wrap(l, c.args, args, false); err != nil {
		return "", err
	}
	return r.fill(l, c.t, args...)
}

func (r *renderer) operands(args []expr) ([]string, error) {
	top := r.superset
	r.superset = false
	defer func() { r.superset = top }()
	return r.list(args)
}

func (r *renderer) cast(c *cast) (string, error) {
	from := c.arg.typ()
	var key string
	switch c.method {
	case castTypmod:
		key = "typmod(" + opType(c.to.OID) + ")"
		if c.explicit && (c.to.OID == pgcat.VarChar || c.to.OID == pgcat.BPChar || c.to.OID == pgcat.Bit || c.to.OID == pgcat.VarBit) {
			key = "explicit " + key
		}
	default:
		if (c.method == castRelabel || c.method == castText) && sameForm(from.OID, c.to.OID) {
			return r.expr(c.arg)
		}
		key = "cast(" + opType(from.OID) + " as " + opType(c.to.OID) + ")"
	}
	l, err := r.op(key)
	if err != nil {
		return "", err
	}
	arg, err := r.inner(c.arg)
	if err != nil {
		return "", err
	}
	return r.fill(l, c.to, arg)
}

// sameForm reports whether relabeling changes nothing that any dialect could see.
func sameForm(from, to pgcat.OID) bool {
	plain := func(oid pgcat.OID) bool { return oid == pgcat.Text || oid == pgcat.VarChar || oid == pgcat.Unknown }
	if fe, te := elementType(from), elementType(to); fe != 0 && te != 0 {
		from, to = fe, te
	}
	return from == to || plain(from) && plain(to)
}

func (r *renderer) postfix(arg expr, key string) (string, error) {
	l, err := r.op(key)
	if err != nil {
		return "", err
	}
	s, err := r.inner(arg)
	if err != nil {
		return "", err
	}
	return r.fill(l, boolType, s)
}

func (r *renderer) variadic(key string, list []expr, t catalog.Type) (string, error) {
	l, err := r.op(key)
	if err != nil {
		return "", err
	}
	args, err := r.operands(list)
	if err != nil {
		return "", err
	}
	return r.fill(l, t, args...)
}

// comparable checks that the dialect compares the types exactly, and returns the operands as it compares them.
func (r *renderer) compared(op *pgcat.Operator, left, right expr) (l, rt string, err error) {
	if _, err := r.op(operatorKey(op.Name, left.typ().OID, right.typ().OID)); err != nil {
		return "", "", err
	}
	r.compares(left, right)
	cols, err := r.operandColumns([]expr{left, right})
	if err != nil {
		return "", "", err
	}
	return r.comparedColumns(cols, left.typ(), right.typ())
}

// comparedColumns writes two values so that the dialect's own comparison is PostgreSQL's. Numbers of different forms meet in the
// sortable one.
func (r *renderer) comparedColumns(cols []column, left, right catalog.Type) (l, rt string, err error) {
	if left.OID == pgcat.Numeric && r.d.Decimals {
		a, c := cols[0].decimal, cols[1].decimal
		if !a.native() || !c.native() || max(a.precision-a.scale, c.precision-c.scale)+max(a.scale, c.scale) > maxDecimal {
			for i := range cols {
				if cols[i], err = r.sortable(cols[i]); err != nil {
					return "", "", err
				}
			}
		}
	}
	if l, err = r.keyOf(cols[0], left); err != nil {
		return "", "", err
	}
	rt, err = r.keyOf(cols[1], right)
	return l, rt, err
}

func (r *renderer) distinctTest(e *distinctTest) (string, error) {
	l, err := r.op("is distinct from")
	if err != nil {
		return "", err
	}
	if e.not {
		if l, err = r.op("is not distinct from"); err != nil {
			return "", err
		}
	}
	left, right, err := r.compared(e.eq, e.left, e.right)
	if err != nil {
		return "", err
	}
	return r.fill(l, boolType, left, right)
}

// inList writes x IN (…) where the operator is equality, else the comparisons one by one.
func (r *renderer) inList(e *inList) (string, error) {
	name := map[bool]string{false: "in", true: "not in"}[e.all]
	if e.op.Name == map[bool]string{false: "=", true: "<>"}[e.all] {
		if l, err := r.op(name); err == nil {
			if s, same, err := r.simpleIn(e, l); same || err != nil {
				return s, err
			}
		}
	}
	parts := make([]expr, len(e.items))
	for i, item := range e.items {
		parts[i] = operatorExpr(e.op, e.left, item)
	}
	if e.all {
		return r.expr(and(parts...))
	}
	return r.expr(or(parts...))
}

// simpleIn writes the list; same is false where the left side would be written in several ways.
func (r *renderer) simpleIn(e *inList, l connectors.Lowering) (text string, same bool, err error) {
	var items []string
	left := ""
	for i, item := range e.items {
		a, c, err := r.compared(e.op, e.left, item)
		if err != nil {
			return "", false, err
		}
		if i > 0 && a != left {
			return "", false, nil
		}
		left, items = a, append(items, c)
	}
	text, err = r.fill(l, boolType, left, strings.Join(items, ", "))
	return text, true, err
}

// arrayTest writes x op ANY|ALL (array).
func (r *renderer) arrayTest(e *arrayTest) (string, error) {
	elem := elementType(e.array.typ().OID)
	compare, err := r.op(operatorKey(e.op.Name, e.left.typ().OID, elem))
	if err != nil {
		return "", err
	}
	key := map[bool]string{false: "any(array)", true: "all(array)"}[e.all]
	l, err := r.op(key)
	if err != nil {
		return "", err
	}
	left, err := r.inner(e.left)
	if err != nil {
		return "", err
	}
	array, err := r.inner(e.array)
	if err != nil {
		return "", err
	}
	if elem == pgcat.Numeric && r.d.Decimals {
		col, err := r.value(e.left)
		if err != nil {
			return "", err
		}
		if col, err = r.sortable(col); err != nil {
			return "", err
		}
		left = col.sql // the elements have this form
	}
	if plain, err := r.op("any(array) ="); err == nil && !e.all && e.op.Name == "=" && compare.SQL == "({0} = {1})" {
		return r.fill(plain, boolType, left, array)
	}
	if strings.Contains(l.SQL, "{2}") {
		// The dialect compares in a lambda over an element named e.
		cmp, err := r.fill(compare, boolType, left, "e")
		if err != nil {
			return "", err
		}
		return r.fill(l, boolType, left, array, cmp)
	}
	return r.fill(l, boolType, left, array, e.op.Name)
}

func (r *renderer) subscript(e *subscript) (string, error) {
	arg, err := r.inner(e.arg)
	if err != nil {
		return "", err
	}
	vector := isVector(e.arg)
	if !e.slice {
		key := "array[index]"
		if vector {
			key = "vector[index]" // counted from 0
		} else if e.arg.typ().OID == pgcat.Name {
			key = "name[index]"
		}
		l, err := r.op(key)
		if err != nil {
			return "", err
		}
		i, err := r.inner(e.index)
		if err != nil {
			return "", err
		}
		return r.fill(l, e.t, arg, i)
	}
	l, err := r.op("array[lower:upper]")
	if err != nil || vector {
		return "", cannot("a slice of %s", e.arg.typ())
	}
	bound := func(e expr, missing int64) (string, error) {
		if e == nil {
			e = &constant{value: missing, t: catalog.TypeOf(pgcat.Int4)}
		}
		return r.inner(e)
	}
	lo, err := bound(e.lower, 1)
	if err != nil {
		return "", err
	}
	hi, err := bound(e.upper, 1<<31-1)
	if err != nil {
		return "", err
	}
	return r.fill(l, e.t, arg, lo, hi)
}

func (r *renderer) maskHash(e *maskHash) (string, error) {
	l, err := r.op("mask hash(text)")
	if err != nil {
		return "", err
	}
	arg, err := r.inner(e.arg)
	if err != nil {
		return "", err
	}
	return r.fill(l, textType, arg, r.arg(Arg{Kind: ArgSecret, Name: e.key, Type: catalog.TypeOf(pgcat.Bytea)}))
}

// key writes an expression so that the dialect's own equality and order on it are PostgreSQL's.
func (r *renderer) key(e expr) (string, error) {
	c, err := r.value(e)
	if err != nil {
		return "", err
	}
	return r.keyOf(c, e.typ())
}

func (r *renderer) keyOf(c column, t catalog.Type) (string, error) {
	if t.OID == pgcat.Record && t.Mod >= 0 {
		if len(r.shapes) == 0 {
			return "", cannot("a row as a value") // a store
		}
		return r.rowKey(c.sql, r.shapes[t.Mod])
	}
	name := opType(t.OID)
	if t.OID == pgcat.Numeric && r.d.Decimals && c.decimal.precision > 0 {
		return c.sql, nil
	}
	l, err := r.op("key(" + name + ")")
	if err != nil {
		return "", err
	}
	return r.fill(l, t, c.sql)
}
