package planner

import (
	pg_query "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/proto"

	"meshgate/sqlerr"
)

// withoutAlias is the error of a query in FROM that has no alias, which PostgreSQL asks for before version 16.
func (b *binder) withoutAlias(n *pg_query.RangeSubselect) error {
	kind, example := "subquery", "SELECT"
	if len(n.Subquery.GetSelectStmt().GetValuesLists()) > 0 {
		kind, example = "VALUES", "VALUES"
	}
	return sqlerr.Newf(sqlerr.SyntaxError, "%s in FROM must have an alias", kind).WithHint("For example, FROM (%s ...) [AS] foo.", example).
		At(b.bracketBefore(n.Subquery))
}

// bracketBefore finds the bracket that opens a query, of which the tree does not tell the place: the outermost of those that hold nothing
// but the query. 0 = not found.
func (b *binder) bracketBefore(n *pg_query.Node) int {
	first := int32(len(b.sql))
	walkNodes(n, func(m any) bool {
		r := m.(proto.Message).ProtoReflect()
		if f := r.Descriptor().Fields().ByName("location"); f != nil && r.Has(f) {
			first = min(first, int32(r.Get(f).Int()))
		}
		return true
	})
	scanned, err := pg_query.Scan(b.sql)
	if err != nil {
		return 0
	}
	tokens := scanned.Tokens
	open := len(tokens) - 1
	for open >= 0 && (tokens[open].Start >= first || !opensQuery(tokens[open].Token)) {
		open--
	}
	at := 0
	for open--; open >= 0 && tokens[open].Token == pg_query.Token_ASCII_40; open-- {
		closed := closing(tokens, open)
		if at > 0 && (closed == 0 || tokens[closed-1].Token != pg_query.Token_ASCII_41) {
			break
		}
		at = b.at(tokens[open].Start)
	}
	return at
}

func opensQuery(t pg_query.Token) bool {
	switch t {
	case pg_query.Token_SELECT, pg_query.Token_VALUES, pg_query.Token_WITH, pg_query.Token_TABLE:
		return true
	}
	return false
}

// closing is the bracket that closes another, 0 = none.
func closing(tokens []*pg_query.ScanToken, open int) int {
	depth := 0
	for i := open; i < len(tokens); i++ {
		switch tokens[i].Token {
		case pg_query.Token_ASCII_40:
			depth++
		case pg_query.Token_ASCII_41:
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return 0
}
