package planner

import (
	pg_query "github.com/pganalyze/pg_query_go/v6"

	"meshgate/catalog"
	"meshgate/pgcat"
	"meshgate/sqlerr"
)

func (x *exprBinder) groupingFunc(n *pg_query.GroupingFunc) (expr, error) {
	args, err := x.list(n.Args)
	if err != nil {
		return nil, err
	}
	if len(args) > 31 {
		return nil, sqlerr.Newf(sqlerr.TooManyArguments, "GROUPING must have fewer than 32 arguments").At(x.at(n.Location))
	}
	level, err := x.aggregateLevel(args, "grouping operations", x.at(n.Location))
	return &groupingCall{args: args, level: level, pos: x.at(n.Location)}, err
}

// sqlValue binds CURRENT_DATE and its like: what the session says when the statement starts.
func (x *exprBinder) sqlValue(n *pg_query.SQLValueFunction) (expr, error) {
	value := func(name string, oid pgcat.OID) expr { return &sessionValue{name: name, t: catalog.TypeOf(oid)} }
	precise := func(name string, oid pgcat.OID) (expr, error) {
		return applyTypmod(value(name, oid), catalog.Type{OID: oid, Mod: n.Typmod}, false, x.at(n.Location))
	}
	switch n.Op {
	case pg_query.SQLValueFunctionOp_SVFOP_CURRENT_DATE:
		return value("current_date", pgcat.Date), nil
	case pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP, pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP_N:
		return precise("now", pgcat.TimestampTZ)
	case pg_query.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP, pg_query.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP_N:
		return precise("localtimestamp", pgcat.Timestamp)
	case pg_query.SQLValueFunctionOp_SVFOP_LOCALTIME, pg_query.SQLValueFunctionOp_SVFOP_LOCALTIME_N:
		return precise("localtime", pgcat.Time)
	case pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIME, pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIME_N:
		return precise("current_time", pgcat.TimeTZ)
	case pg_query.SQLValueFunctionOp_SVFOP_CURRENT_CATALOG:
		return value("current_database", pgcat.Name), nil
	case pg_query.SQLValueFunctionOp_SVFOP_CURRENT_SCHEMA:
		return value("current_schema", pgcat.Name), nil
	case pg_query.SQLValueFunctionOp_SVFOP_SESSION_USER:
		return value("session_user", pgcat.Name), nil
	}
	return value("current_user", pgcat.Name), nil
}
