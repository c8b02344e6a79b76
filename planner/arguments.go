package planner

import (
	pg_query "github.com/pganalyze/pg_query_go/v6"

	"meshgate/catalog"
	"meshgate/pgcat"
	"meshgate/sqlerr"
)

// MakeArguments plans the values of EXECUTE: one row, each value converted by assignment to the type of its parameter.
func MakeArguments(in *Input, stmt *Statement, nodes []*pg_query.Node, types []pgcat.OID) (*Plan, error) {
	b := newBinder(in, stmt.source)
	s := &scope{level: 1}
	row := &values{rows: [][]expr{nil}}
	var columns []Column
	for i, n := range nodes {
		e, err := b.expression(s, n, inExecute)
		if err != nil {
			return nil, err
		}
		if !canCoerce(e.typ().OID, types[i], byAssignment) {
			return nil, sqlerr.Newf(sqlerr.DatatypeMismatch, "parameter $%d of type %s cannot be coerced to the expected type %s", i+1, e.typ(),
				catalog.TypeOf(types[i])).WithHint("You will need to rewrite or cast the expression.").At(b.nodeAt(n))
		}
		if e, err = b.coerceType(e, types[i], byAssignment, b.nodeAt(n)); err != nil {
			return nil, err
		}
		row.rows[0] = append(row.rows[0], e)
		row.cols = append(row.cols, b.newColumn(columnN(i+1), e.typ(), 1))
		columns = append(columns, Column{Name: columnN(i + 1), Type: e.typ()})
	}
	g, err := govern(in, &bound{root: row, columns: columns, lastCol: b.lastCol})
	if err != nil {
		return nil, err
	}
	return pushDown(g)
}

// TypeOID resolves the name of a type as PREPARE lists it.
func TypeOID(stmt *Statement, n *pg_query.TypeName) (pgcat.OID, error) {
	t, err := newBinder(&Input{}, stmt.source).typeName(n)
	return t.OID, err
}
