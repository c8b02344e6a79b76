package mysql

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/xwb1989/sqlparser"

	"meshgate/connectors"
)

// check reads a statement back: it must be exactly one SELECT over the tables and columns that the query expects, with functions
// that the dialect writes and without literal texts.
func check(sql string, q *connectors.Query) error {
	if err := oneStatement(sql); err != nil {
		return err
	}
	parsed, err := sqlparser.Parse(sql)
	if err != nil {
		return err
	}
	s, ok := parsed.(*sqlparser.Select)
	if !ok {
		return errors.New("not a SELECT")
	}
	g := &guard{expect: q.Expect}
	if err := g.query(s, nil); err != nil {
		return err
	}
	if g.tables == 0 {
		return errors.New("no table")
	}
	if g.params != len(q.Args) {
		return fmt.Errorf("%d parameters for %d arguments", g.params, len(q.Args))
	}
	return nil
}

// oneStatement refuses comments and everything after a semicolon, which the parser does not show.
func oneStatement(sql string) error {
	tokens := sqlparser.NewStringTokenizer(sql)
	tokens.AllowComments = true
	for {
		switch kind, _ := tokens.Scan(); kind {
		case 0:
			return nil
		case sqlparser.LEX_ERROR, sqlparser.COMMENT, ';':
			return errors.New("a comment, a second statement, or what is no token")
		}
	}
}

// guard holds a statement's tree against what was expected.
type guard struct {
	expect []connectors.Expectation
	params int
	tables int // that the statement reads
}

// scope is the columns that a SELECT's FROM clause gives, by the names of its tables, and those of the SELECT around it.
type scope struct {
	tables map[string][]string
	outer  *scope
}

func (s *scope) has(table, column string) bool {
	for ; s != nil; s = s.outer {
		for name, columns := range s.tables {
			if (table == "" || table == name) && slices.Contains(columns, column) {
				return true
			}
		}
	}
	return false
}

func (g *guard) query(s *sqlparser.Select, outer *scope) error {
	if len(s.Comments) > 0 || s.Hints != "" || s.Lock != "" || s.Cache != "" {
		return errors.New("a clause that the dialect does not write")
	}
	in := &scope{tables: map[string][]string{}, outer: outer}
	var conditions []sqlparser.SQLNode
	for _, t := range s.From {
		if err := g.table(t, in, &conditions); err != nil {
			return err
		}
	}
	for _, e := range s.SelectExprs {
		if _, star := e.(*sqlparser.StarExpr); star {
			if len(s.From) != 1 || !isDerived(s.From[0]) {
				return errors.New("* over a table")
			}
			continue
		}
		conditions = append(conditions, e)
	}
	if s.Where != nil {
		conditions = append(conditions, s.Where)
	}
	if s.Having != nil {
		conditions = append(conditions, s.Having)
	}
	conditions = append(conditions, s.GroupBy, s.OrderBy)
	if s.Limit != nil {
		conditions = append(conditions, s.Limit)
	}
	for _, c := range conditions {
		if err := g.expressions(c, in); err != nil {
			return err
		}
	}
	return nil
}

func isDerived(t sqlparser.TableExpr) bool {
	a, ok := t.(*sqlparser.AliasedTableExpr)
	if !ok {
		return false
	}
	_, derived := a.Expr.(*sqlparser.Subquery)
	return derived
}

// table adds a FROM item to the scope; conditions of joins are read when the scope is complete.
func (g *guard) table(t sqlparser.TableExpr, in *scope, conditions *[]sqlparser.SQLNode) error {
	switch t := t.(type) {
	case *sqlparser.AliasedTableExpr:
		return g.aliased(t, in)
	case *sqlparser.ParenTableExpr:
		for _, e := range t.Exprs {
			if err := g.table(e, in, conditions); err != nil {
				return err
			}
		}
		return nil
	case *sqlparser.JoinTableExpr:
		if len(t.Condition.Using) > 0 {
			return errors.New("USING")
		}
		if t.Condition.On != nil {
			*conditions = append(*conditions, t.Condition.On)
		}
		return errors.Join(g.table(t.LeftExpr, in, conditions), g.table(t.RightExpr, in, conditions))
	}
	return fmt.Errorf("a FROM item %T", t)
}

func (g *guard) aliased(t *sqlparser.AliasedTableExpr, in *scope) error {
	if len(t.Partitions) > 0 || t.Hints != nil {
		return errors.New("partitions or index hints")
	}
	name := t.As.String()
	switch from := t.Expr.(type) {
	case sqlparser.TableName:
		if name == "" {
			name = from.Name.String()
		}
		if name == "dual" && from.Qualifier.IsEmpty() {
			return nil // how the parser reads a SELECT without FROM
		}
		found := false
		for _, e := range g.expect {
			if e.Schema == from.Qualifier.String() && e.Table == from.Name.String() {
				in.tables[name] = append(in.tables[name], e.Columns...)
				found = true // a statement may read the table several times, with other columns each time
			}
		}
		if !found {
			return errors.New("a table that was not expected")
		}
		g.tables++
		return nil
	case *sqlparser.Subquery:
		s, ok := from.Select.(*sqlparser.Select)
		if !ok {
			return errors.New("a derived table that is no SELECT")
		}
		columns, err := derivedColumns(s)
		if err != nil {
			return err
		}
		in.tables[name] = columns
		return g.query(s, nil)
	}
	return fmt.Errorf("a table expression %T", t.Expr)
}

// derivedColumns are the names of a SELECT's columns.
func derivedColumns(s *sqlparser.Select) ([]string, error) {
	var out []string
	for _, e := range s.SelectExprs {
		switch e := e.(type) {
		case *sqlparser.AliasedExpr:
			name := e.As.String()
			if c, ok := e.Expr.(*sqlparser.ColName); ok && name == "" {
				name = c.Name.String()
			}
			out = append(out, name)
		case *sqlparser.StarExpr:
			if len(s.From) != 1 || !isDerived(s.From[0]) {
				return nil, errors.New("* over a table")
			}
			inner, ok := s.From[0].(*sqlparser.AliasedTableExpr).Expr.(*sqlparser.Subquery).Select.(*sqlparser.Select)
			if !ok {
				return nil, errors.New("a derived table that is no SELECT")
			}
			return derivedColumns(inner)
		default:
			return nil, fmt.Errorf("a column %T", e)
		}
	}
	return out, nil
}

// functions are those that the dialect writes.
var functions = []string{
	"count", "sum", "min", "max", "char_length", "length", "sha2", "unhex", "bin", "lpad", "nullif", "ascii",
	"reverse", "lower", "upper", "replace", "left", "right", "mid", "locate", "trim", "ltrim", "rtrim", "coalesce", "abs", "floor", "ceiling",
	"round", "year", "month", "dayofmonth", "quarter", "dayofyear", "dayofweek", "weekday", "week", "hour", "minute", "second", "microsecond",
	"date_sub", "date_add", "datediff", "concat",
}

// characters are those that the dialect writes, by their bytes.
var characters = []string{"C4B0", "69", "E284AA", "6B", "C4B1", "49", "C5BF", "53"}

// expressions checks everything below a node.
func (g *guard) expressions(node sqlparser.SQLNode, in *scope) error {
	return sqlparser.Walk(func(n sqlparser.SQLNode) (bool, error) {
		switch n := n.(type) {
		case *sqlparser.ColName:
			if !n.Qualifier.Qualifier.IsEmpty() || !in.has(n.Qualifier.Name.String(), n.Name.String()) {
				return false, errors.New("a column that was not expected")
			}
			return false, nil
		case *sqlparser.FuncExpr:
			if !n.Qualifier.IsEmpty() || !slices.Contains(functions, strings.ToLower(n.Name.String())) {
				return false, errors.New("a function that the dialect does not write")
			}
		case *sqlparser.Subquery:
			s, ok := n.Select.(*sqlparser.Select)
			if !ok {
				return false, errors.New("a subquery that is no SELECT")
			}
			return false, g.query(s, in)
		case *sqlparser.SQLVal:
			return true, g.literal(n)
		case nil, sqlparser.Exprs, sqlparser.SelectExprs, *sqlparser.StarExpr, *sqlparser.AliasedExpr, sqlparser.GroupBy,
			sqlparser.OrderBy,
			*sqlparser.Order, *sqlparser.Limit, *sqlparser.Where, *sqlparser.AndExpr, *sqlparser.OrExpr, *sqlparser.NotExpr,
			*sqlparser.ParenExpr,
			*sqlparser.ComparisonExpr, *sqlparser.IsExpr, *sqlparser.ExistsExpr, *sqlparser.ConvertExpr,
			*sqlparser.ConvertUsingExpr, *sqlparser.ConvertType, *sqlparser.BinaryExpr, *sqlparser.UnaryExpr, sqlparser.ValTuple,
			*sqlparser.CollateExpr, *sqlparser.IntervalExpr, *sqlparser.CaseExpr, *sqlparser.When,
			sqlparser.BoolVal, sqlparser.ColIdent, sqlparser.TableName,
			sqlparser.TableIdent, *sqlparser.NullVal:
		default:
			return false, fmt.Errorf("an expression %T", n)
		}
		return true, nil
	}, node)
}

func (g *guard) literal(v *sqlparser.SQLVal) error {
	switch v.Type {
	case sqlparser.ValArg:
		g.params++
	case sqlparser.IntVal, sqlparser.FloatVal:
	case sqlparser.HexVal:
		if !slices.Contains(characters, string(v.Val)) {
			return errors.New("a text that the dialect does not write")
		}
	default:
		return errors.New("a literal that the dialect does not write")
	}
	return nil
}
