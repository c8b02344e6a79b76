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
	parsed, err := sqlparser.Parse(sql)
	if err != nil {
		return sql, nil
	}
	buf := sqlparser.NewTrackedBuffer(func(buf *sqlparser.TrackedBuffer, node sqlparser.SQLNode) {
		switch n := node.(type) {
		case *sqlparser.AndExpr:
			if servesIndex(n) {
				buf.Myprintf("%v", n.Right)
				return
			}
		case *sqlparser.SQLVal:
			if n.Type == sqlparser.ValArg {
				place, _ := strconv.Atoi(strings.TrimPrefix(string(n.Val), ":v"))
				order = append(order, place-1)
				buf.Myprintf("?")
				return
			}
		}
		node.Format(buf)
	})
	buf.Myprintf("%v", parsed)
	return buf.String(), order
}

// servesIndex recognises "a = b AND CAST(CONVERT(a USING utf8mb4) AS BINARY) = …", as the dialect writes it.
func servesIndex(e *sqlparser.AndExpr) bool {
	left, ok := e.Left.(*sqlparser.ComparisonExpr)
	right, ok2 := e.Right.(*sqlparser.ComparisonExpr)
	if !ok || !ok2 || left.Operator != sqlparser.EqualStr || right.Operator != sqlparser.EqualStr {
		return false
	}
	cast, ok := right.Left.(*sqlparser.ConvertExpr)
	if !ok {
		return false
	}
	using, ok := cast.Expr.(*sqlparser.ConvertUsingExpr)
	return ok && withoutNumber(left.Left) == withoutNumber(using.Expr)
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
