package planner

import (
	pg_query "github.com/pganalyze/pg_query_go/v6"

	"meshgate/catalog"
	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

func (x *exprBinder) typeCast(n *pg_query.TypeCast) (expr, error) {
	t, err := x.b.typeName(n.TypeName)
	if err != nil {
		return nil, err
	}
	pos := x.at(n.Location)
	if pos == 0 {
		pos = x.b.nodeAt(n.Arg)
	}
	// The parser at hand takes a parameter where the grammar has a literal only: date $1.
	if p := n.Arg.GetParamRef(); p != nil && p.Location > n.TypeName.Location && n.TypeName.Location >= 0 {
		return nil, sqlerr.Newf(sqlerr.SyntaxError, "syntax error at or near \"$%d\"", p.Number).At(x.at(p.Location))
	}
	// ARRAY[…]::type[] types its elements at once, so that an empty list and text literals work.
	if arr := n.Arg.GetAArrayExpr(); arr != nil && elementType(t.OID) != 0 {
		e, err := x.arrayExpr(arr, t.OID)
		if err != nil {
			return nil, err
		}
		return x.b.coerce(e, t, explicitly, pos)
	}
	e, err := x.bind(n.Arg)
	if err != nil {
		return nil, err
	}
	return x.cast(e, t, pos)
}

// cast converts explicitly. The value of an interval literal depends on the fields of its type.
func (x *exprBinder) cast(e expr, t catalog.Type, pos int) (expr, error) {
	if k, ok := e.(*constant); ok && k.t.OID == pgcat.Unknown && t.OID == pgcat.Interval && k.value != nil {
		v, err := pgvalue.ParseInterval(k.value.(string), t.Mod, x.b.in.Format.IntervalStyle)
		if err != nil {
			return nil, sqlerr.From(err).At(k.pos)
		}
		return &constant{value: v, t: t, pos: k.pos}, nil
	}
	if isRow(e) {
		return x.b.castRow(e, t, pos)
	}
	return x.b.coerce(e, t, explicitly, pos)
}

// caseExpr binds both forms; CASE x WHEN y compares x = y for each branch.
