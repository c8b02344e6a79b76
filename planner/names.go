package planner

import (
	pg_query "github.com/pganalyze/pg_query_go/v6"
)

// figureName chooses an output column's name as PostgreSQL does (FigureColname).
func figureName(n *pg_query.Node) string {
	if name, _ := figure(n); name != "" {
		return name
	}
	return "?column?"
}

// figure returns a name and how strong it is: 1 is a mere guess, which a cast's type name replaces.
func figure(n *pg_query.Node) (name string, strength int) {
	switch v := n.GetNode().(type) {
	case *pg_query.Node_ColumnRef:
		return lastName(v.ColumnRef.Fields)
	case *pg_query.Node_AIndirection:
		if name, s := lastName(v.AIndirection.Indirection); s > 0 {
			return name, s
		}
		return figure(v.AIndirection.Arg)
	case *pg_query.Node_FuncCall:
		names := stringList(v.FuncCall.Funcname)
		return names[len(names)-1], 2
	case *pg_query.Node_AExpr:
		if v.AExpr.Kind == pg_query.A_Expr_Kind_AEXPR_NULLIF {
			return "nullif", 2
		}
	case *pg_query.Node_TypeCast:
		if name, s := figure(v.TypeCast.Arg); s > 1 {
			return name, s
		}
		names := stringList(v.TypeCast.TypeName.Names)
		return names[len(names)-1], 1
	case *pg_query.Node_CollateClause:
		return figure(v.CollateClause.Arg)
	case *pg_query.Node_GroupingFunc:
		return "grouping", 2
	case *pg_query.Node_SubLink:
		return figureSubLink(v.SubLink)
	case *pg_query.Node_CaseExpr:
		if name, s := figure(v.CaseExpr.Defresult); s > 1 {
			return name, s
		}
		return "case", 1
	case *pg_query.Node_AArrayExpr:
		return "array", 2
	case *pg_query.Node_RowExpr:
		return "row", 2
	case *pg_query.Node_CoalesceExpr:
		return "coalesce", 2
	case *pg_query.Node_MinMaxExpr:
		if v.MinMaxExpr.Op == pg_query.MinMaxOp_IS_LEAST {
			return "least", 2
		}
		return "greatest", 2
	case *pg_query.Node_SqlvalueFunction:
		return sqlValueName(v.SqlvalueFunction.Op), 2
	}
	return "", 0
}

func lastName(fields []*pg_query.Node) (string, int) {
	for i := len(fields) - 1; i >= 0; i-- {
		if s := fields[i].GetString_(); s != nil {
			return s.Sval, 2
		}
	}
	return "", 0
}

func figureSubLink(n *pg_query.SubLink) (string, int) {
	switch n.SubLinkType {
	case pg_query.SubLinkType_EXISTS_SUBLINK:
		return "exists", 2
	case pg_query.SubLinkType_ARRAY_SUBLINK:
		return "array", 2
	case pg_query.SubLinkType_EXPR_SUBLINK:
		sel := n.Subselect.GetSelectStmt()
		for sel.GetOp() != pg_query.SetOperation_SETOP_NONE && sel.GetLarg() != nil {
			sel = sel.Larg
		}
		if len(sel.GetTargetList()) > 0 {
			t := sel.TargetList[0].GetResTarget()
			if t.Name != "" {
				return t.Name, 2
			}
			return figure(t.Val)
		}
		if len(sel.GetValuesLists()) > 0 {
			return "column1", 2
		}
	}
	return "", 0
}

func sqlValueName(op pg_query.SQLValueFunctionOp) string {
	switch op {
	case pg_query.SQLValueFunctionOp_SVFOP_CURRENT_DATE:
		return "current_date"
	case pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIME, pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIME_N:
		return "current_time"
	case pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP, pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP_N:
		return "current_timestamp"
	case pg_query.SQLValueFunctionOp_SVFOP_LOCALTIME, pg_query.SQLValueFunctionOp_SVFOP_LOCALTIME_N:
		return "localtime"
	case pg_query.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP, pg_query.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP_N:
		return "localtimestamp"
	case pg_query.SQLValueFunctionOp_SVFOP_CURRENT_ROLE:
		return "current_role"
	case pg_query.SQLValueFunctionOp_SVFOP_CURRENT_USER:
		return "current_user"
	case pg_query.SQLValueFunctionOp_SVFOP_USER:
		return "user"
	case pg_query.SQLValueFunctionOp_SVFOP_SESSION_USER:
		return "session_user"
	case pg_query.SQLValueFunctionOp_SVFOP_CURRENT_CATALOG:
		return "current_catalog"
	}
	return "current_schema"
}

// exprAt returns where an expression starts in the text, 0 where that is not known.
func exprAt(e expr) int {
	at := 0
	switch e := e.(type) {
	case *colRef:
		return e.pos
	case *constant:
		return e.pos
	case *call:
		at = e.pos
	case *cast:
		at = e.pos
	case *aggCall:
		return e.pos
	case *groupingCall:
		return e.pos
	case *setCall:
		return e.pos
	}
	for _, c := range e.children() {
		if p := exprAt(c); p > 0 && (at == 0 || p < at) {
			at = p
		}
	}
	return at
}

// nodeAt returns a node's character position, 0 where the grammar gives none.
func (b *binder) nodeAt(n *pg_query.Node) int {
	switch v := n.GetNode().(type) {
	case *pg_query.Node_ColumnRef:
		return b.at(v.ColumnRef.Location)
	case *pg_query.Node_AConst:
		return b.at(v.AConst.Location)
	case *pg_query.Node_ParamRef:
		return b.at(v.ParamRef.Location)
	case *pg_query.Node_FuncCall:
		return b.at(v.FuncCall.Location)
	case *pg_query.Node_AExpr:
		if v.AExpr.Lexpr != nil {
			if at := b.nodeAt(v.AExpr.Lexpr); at > 0 {
				return at
			}
		}
		return b.at(v.AExpr.Location)
	case *pg_query.Node_TypeCast:
		at := b.nodeAt(v.TypeCast.Arg)
		for _, place := range []int32{v.TypeCast.TypeName.GetLocation(), v.TypeCast.Location} {
			if p := b.at(place); p > 0 && (at == 0 || p < at) {
				at = p
			}
		}
		return at
	case *pg_query.Node_CaseExpr:
		return b.at(v.CaseExpr.Location)
	case *pg_query.Node_BoolExpr:
		if len(v.BoolExpr.Args) > 0 && v.BoolExpr.Boolop != pg_query.BoolExprType_NOT_EXPR {
			return b.nodeAt(v.BoolExpr.Args[0])
		}
		return b.at(v.BoolExpr.Location)
	case *pg_query.Node_SubLink:
		if v.SubLink.Testexpr != nil {
			return b.nodeAt(v.SubLink.Testexpr)
		}
		return b.at(v.SubLink.Location)
	case *pg_query.Node_CoalesceExpr:
		return b.at(v.CoalesceExpr.Location)
	case *pg_query.Node_NullTest:
		return b.nodeAt(v.NullTest.Arg)
	case *pg_query.Node_AArrayExpr:
		return b.at(v.AArrayExpr.Location)
	case *pg_query.Node_RowExpr:
		return b.at(v.RowExpr.Location)
	case *pg_query.Node_CollateClause:
		return b.nodeAt(v.CollateClause.Arg)
	case *pg_query.Node_AIndirection:
		return b.nodeAt(v.AIndirection.Arg)
	case *pg_query.Node_List:
		if len(v.List.Items) > 0 {
			return b.nodeAt(v.List.Items[0])
		}
	}
	return 0
}
