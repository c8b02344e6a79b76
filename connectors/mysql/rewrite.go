package mysql

import (
	"database/sql/driver"
	"strconv"
	"strings"

	"github.com/xwb1989/sqlparser"
)

// withoutIndexes writes a statement, which has been checked, without the comparisons that are there for the store's indexes only:
// texts of collations that do not go together cannot be compared so. It returns the statement and its arguments' places.
func withoutIndexes(sql string) (rewritten string, order []int) {
	return rewrite(sql, func(buf *sqlparser.TrackedBuffer, node sqlparser.SQLNode) bool {
		n, ok := node.(*sqlparser.AndExpr)
		if ok = ok && servesIndex(n); ok {
			buf.Myprintf("%v", n.Right)
		}
		return ok
	})
}

// withoutOutside writes a statement, which has been checked, without the comparisons with values that lie above or below of
// everything that MySQL holds: they are true or false of every value but NULL. ok is false where such a value is used otherwise.
func withoutOutside(sql string, outside []int) (rewritten string, order []int, ok bool) {
	rewritten, order = rewrite(sql, func(buf *sqlparser.TrackedBuffer, node sqlparser.SQLNode) bool {
		n, ok := node.(*sqlparser.ComparisonExpr)
		if !ok {
			return false
		}
		other, where := n.Left, place(n.Right)
		operator := n.Operator
		beyond := func(where int) bool { return where >= 0 && (outside[where] == above || outside[where] == below) }
		if operator == sqlparser.InStr || operator == sqlparser.NotInStr {
			return shortened(buf, n, beyond)
		}
		if !beyond(where) {
			other, where = n.Right, place(n.Left)
			operator = mirrored(operator)
		}
		if !beyond(where) {
			return false
		}
		if operator == sqlparser.NullSafeEqualStr {
			buf.Myprintf("1 = 0")
			return true
		}
		holds := operator == sqlparser.NotEqualStr ||
			operator != sqlparser.EqualStr && strings.HasPrefix(operator, "<") == (outside[where] == above)
		buf.Myprintf("%v %s %v", other, map[bool]string{true: "=", false: "<>"}[holds], other)
		return true
	})
	for _, place := range order {
		if outside[place] != 0 {
			return "", nil, false
		}
	}
	return rewritten, order, true
}

// shortened writes IN and NOT IN without the elements that no value equals.
func shortened(buf *sqlparser.TrackedBuffer, n *sqlparser.ComparisonExpr, beyond func(int) bool) bool {
	list, ok := n.Right.(sqlparser.ValTuple)
	if !ok {
		return false
	}
	var held sqlparser.ValTuple
	for _, e := range list {
		if !beyond(place(e)) {
			held = append(held, e)
		}
	}
	switch {
	case len(held) == len(list):
		return false
	case len(held) > 0:
		buf.Myprintf("%v %s %v", n.Left, n.Operator, held)
	case n.Operator == sqlparser.InStr:
		buf.Myprintf("%v <> %v", n.Left, n.Left)
	default:
		buf.Myprintf("%v = %v", n.Left, n.Left)
	}
	return true
}

// mirrored is the operator with its sides exchanged.
func mirrored(operator string) string {
	switch operator {
	case "<", "<=":
		return ">" + operator[1:]
	case ">", ">=":
		return "<" + operator[1:]
	}
	return operator
}

// place returns the number of a parameter, with or without a cast around it, or -1.
func place(e sqlparser.Expr) int {
	if c, ok := e.(*sqlparser.ConvertExpr); ok {
		e = c.Expr
	}
	v, ok := e.(*sqlparser.SQLVal)
	if !ok || v.Type != sqlparser.ValArg {
		return -1
	}
	n, err := strconv.Atoi(strings.TrimPrefix(string(v.Val), ":v"))
	if err != nil {
		return -1
	}
	return n - 1
}

// rewrite writes a statement again, but for the parts that do writes itself. It returns the places of the arguments left.
func rewrite(sql string, do func(*sqlparser.TrackedBuffer, sqlparser.SQLNode) bool) (rewritten string, order []int) {
	parsed, err := sqlparser.Parse(sql)
	if err != nil {
		return sql, nil
	}
	buf := sqlparser.NewTrackedBuffer(func(buf *sqlparser.TrackedBuffer, node sqlparser.SQLNode) {
		if do(buf, node) {
			return
		}
		if v, ok := node.(*sqlparser.SQLVal); ok && v.Type == sqlparser.ValArg {
			order = append(order, place(v))
			buf.Myprintf("?")
			return
		}
		node.Format(buf)
	})
	buf.Myprintf("%v", parsed)
	return buf.String(), order
}

// servesIndex recognises "a = b AND CAST(CONVERT(a USING utf8mb4) AS BINARY) = …" and "a LIKE b AND CONVERT(a USING utf8mb4) COLLATE
// utf8mb4_bin LIKE b", as the dialect writes them.
func servesIndex(e *sqlparser.AndExpr) bool {
	left, ok := e.Left.(*sqlparser.ComparisonExpr)
	right, ok2 := e.Right.(*sqlparser.ComparisonExpr)
	if !ok || !ok2 || left.Operator != right.Operator {
		return false
	}
	var converted sqlparser.Expr
	switch c := right.Left.(type) {
	case *sqlparser.ConvertExpr:
		converted, ok = c.Expr, left.Operator == sqlparser.EqualStr
	case *sqlparser.CollateExpr:
		converted, ok = c.Expr, left.Operator == sqlparser.LikeStr
	default:
		return false
	}
	using, isUsing := converted.(*sqlparser.ConvertUsingExpr)
	return ok && isUsing && withoutNumber(left.Left) == withoutNumber(using.Expr)
}

// withoutNumber writes an expression with all its parameters alike: each use has a number of its own.
func withoutNumber(e sqlparser.Expr) string {
	buf := sqlparser.NewTrackedBuffer(func(buf *sqlparser.TrackedBuffer, node sqlparser.SQLNode) {
		if v, ok := node.(*sqlparser.SQLVal); ok && v.Type == sqlparser.ValArg {
			buf.Myprintf("?")
			return
		}
		node.Format(buf)
	})
	buf.Myprintf("%v", e)
	return buf.String()
}

// reordered returns the arguments at the places where a rewritten statement has them.
func reordered(args []driver.NamedValue, order []int) []driver.NamedValue {
	out := make([]driver.NamedValue, len(order))
	for i, place := range order {
		out[i] = driver.NamedValue{Ordinal: i + 1, Value: args[place].Value}
	}
	return out
}
