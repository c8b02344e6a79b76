package gateway

import (
	"context"
	"strings"
	"time"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"meshgate/pgcat"
	"meshgate/planner"
	"meshgate/sqlerr"
	"meshgate/wire"
)

// command is a statement after its analysis: what it takes, what it returns, and how it runs.
type command interface {
	// describe tells the types of the parameters and the columns of the result; nil columns = it returns no rows.
	describe(s *Session) (params []uint32, columns []wire.Column)
	run(ctx context.Context, s *Session, p *portal) (*outcome, error)
}

// planned is a command whose plan can stop being true without a change of the mesh: a grant expires.
type planned interface{ holds(now time.Time) bool }

// analyse finds out what a statement is. complete says that oids are all parameters there may be.
func (s *Session) analyse(st *planner.Statement, oids []uint32, complete bool) (command, error) {
	n := st.Node()
	switch n := n.Node.(type) {
	case *pg_query.Node_SelectStmt:
		return s.query(st, oids, complete)
	case *pg_query.Node_ExplainStmt:
		return s.explain(st, n.ExplainStmt, oids, complete)
	case *pg_query.Node_TransactionStmt:
		return &transactionCommand{n: n.TransactionStmt}, nil
	case *pg_query.Node_VariableSetStmt:
		for _, a := range n.VariableSetStmt.Args {
			if p := a.GetParamRef(); p != nil { // which the parser at hand takes and the grammar does not
				return nil, sqlerr.Newf(sqlerr.SyntaxError, "syntax error at or near \"$%d\"", p.Number)
			}
		}
		return &setCommand{n: n.VariableSetStmt}, nil
	case *pg_query.Node_VariableShowStmt:
		return &showCommand{name: n.VariableShowStmt.Name}, nil
	case *pg_query.Node_PrepareStmt:
		return &prepareCommand{st: st, n: n.PrepareStmt}, nil
	case *pg_query.Node_ExecuteStmt:
		return &executeCommand{st: st, n: n.ExecuteStmt}, nil
	case *pg_query.Node_DeallocateStmt:
		return &deallocateCommand{n: n.DeallocateStmt}, nil
	case *pg_query.Node_DeclareCursorStmt:
		return s.declare(st, n.DeclareCursorStmt, oids, complete)
	case *pg_query.Node_FetchStmt:
		return &fetchCommand{n: n.FetchStmt}, nil
	case *pg_query.Node_ClosePortalStmt:
		return &closeCommand{name: n.ClosePortalStmt.Portalname}, nil
	case *pg_query.Node_DiscardStmt:
		return &discardCommand{n: n.DiscardStmt}, nil
	case *pg_query.Node_CopyStmt:
		return s.copyCommand(st, n.CopyStmt)
	case *pg_query.Node_ListenStmt:
		return &listenCommand{tag: "LISTEN", channel: n.ListenStmt.Conditionname}, nil
	case *pg_query.Node_UnlistenStmt:
		return &listenCommand{tag: "UNLISTEN", channel: n.UnlistenStmt.Conditionname, stop: true}, nil
	case *pg_query.Node_LockStmt:
		return s.lock(n.LockStmt)
	case *pg_query.Node_ConstraintsSetStmt:
		return &quietCommand{tag: "SET CONSTRAINTS"}, nil
	}
	return nil, refusal(n)
}

// quietCommand is accepted and changes nothing: nothing is deferred here.
type quietCommand struct {
	none
	tag string
}

func (c *quietCommand) run(context.Context, *Session, *portal) (*outcome, error) {
	return done(c.tag), nil
}

// refusal tells why a statement is not for a gateway that reads only.
func refusal(n *pg_query.Node) error {
	switch n.Node.(type) {
	case *pg_query.Node_InsertStmt:
		return errReadOnly("INSERT")
	case *pg_query.Node_UpdateStmt:
		return errReadOnly("UPDATE")
	case *pg_query.Node_DeleteStmt:
		return errReadOnly("DELETE")
	case *pg_query.Node_MergeStmt:
		return errReadOnly("MERGE")
	case *pg_query.Node_TruncateStmt:
		return errReadOnly("TRUNCATE TABLE")
	case *pg_query.Node_NotifyStmt:
		return sqlerr.Newf(sqlerr.FeatureNotSupported, "NOTIFY is not supported: there is nobody to hear it")
	case *pg_query.Node_VacuumStmt, *pg_query.Node_ClusterStmt, *pg_query.Node_ReindexStmt, *pg_query.Node_CheckPointStmt,
		*pg_query.Node_DoStmt, *pg_query.Node_CallStmt, *pg_query.Node_LoadStmt:
		return sqlerr.Newf(sqlerr.FeatureNotSupported, "%s is not supported: the gateway only reads", commandName(n))
	}
	return errReadOnly(commandName(n))
}

func errReadOnly(command string) error {
	return sqlerr.Newf(sqlerr.ReadOnlySQLTransaction, "cannot execute %s in a read-only transaction", command)
}

// objectNames are the words of CREATE, ALTER and DROP for kinds of objects whose statement has no type of its own.
var objectNames = map[pg_query.ObjectType]string{
	pg_query.ObjectType_OBJECT_TABLE: "TABLE", pg_query.ObjectType_OBJECT_VIEW: "VIEW", pg_query.ObjectType_OBJECT_INDEX: "INDEX",
	pg_query.ObjectType_OBJECT_SEQUENCE: "SEQUENCE", pg_query.ObjectType_OBJECT_SCHEMA: "SCHEMA", pg_query.ObjectType_OBJECT_MATVIEW: "MATERIALIZED VIEW",
	pg_query.ObjectType_OBJECT_TYPE: "TYPE", pg_query.ObjectType_OBJECT_FUNCTION: "FUNCTION", pg_query.ObjectType_OBJECT_TRIGGER: "TRIGGER",
	pg_query.ObjectType_OBJECT_DOMAIN: "DOMAIN", pg_query.ObjectType_OBJECT_EXTENSION: "EXTENSION", pg_query.ObjectType_OBJECT_FOREIGN_TABLE: "FOREIGN TABLE",
	pg_query.ObjectType_OBJECT_AGGREGATE: "AGGREGATE", pg_query.ObjectType_OBJECT_PROCEDURE: "PROCEDURE", pg_query.ObjectType_OBJECT_ROUTINE: "ROUTINE",
	pg_query.ObjectType_OBJECT_COLLATION: "COLLATION", pg_query.ObjectType_OBJECT_CAST: "CAST", pg_query.ObjectType_OBJECT_RULE: "RULE",
	pg_query.ObjectType_OBJECT_POLICY: "POLICY", pg_query.ObjectType_OBJECT_OPERATOR: "OPERATOR", pg_query.ObjectType_OBJECT_ROLE: "ROLE",
	pg_query.ObjectType_OBJECT_DATABASE: "DATABASE", pg_query.ObjectType_OBJECT_COLUMN: "TABLE", pg_query.ObjectType_OBJECT_TABCONSTRAINT: "TABLE",
	pg_query.ObjectType_OBJECT_PUBLICATION: "PUBLICATION", pg_query.ObjectType_OBJECT_FDW: "FOREIGN DATA WRAPPER",
	pg_query.ObjectType_OBJECT_FOREIGN_SERVER: "SERVER", pg_query.ObjectType_OBJECT_EVENT_TRIGGER: "EVENT TRIGGER",
}

// commandName is a statement's command tag (PostgreSQL 15, src/backend/tcop/utility.c, CreateCommandTag).
func commandName(n *pg_query.Node) string {
	switch n := n.Node.(type) {
	case *pg_query.Node_DropStmt:
		return "DROP " + objectNames[n.DropStmt.RemoveType]
	case *pg_query.Node_RenameStmt:
		return "ALTER " + objectNames[n.RenameStmt.RenameType]
	case *pg_query.Node_AlterTableStmt:
		return "ALTER " + objectNames[n.AlterTableStmt.Objtype]
	case *pg_query.Node_CreateTableAsStmt:
		if n.CreateTableAsStmt.IsSelectInto {
			return "SELECT INTO"
		}
		if n.CreateTableAsStmt.Objtype == pg_query.ObjectType_OBJECT_MATVIEW {
			return "CREATE MATERIALIZED VIEW"
		}
		return "CREATE TABLE AS"
	case *pg_query.Node_CreateFunctionStmt:
		if n.CreateFunctionStmt.IsProcedure {
			return "CREATE PROCEDURE"
		}
		return "CREATE FUNCTION"
	case *pg_query.Node_VacuumStmt:
		if n.VacuumStmt.IsVacuumcmd {
			return "VACUUM"
		}
		return "ANALYZE"
	case *pg_query.Node_GrantStmt:
		return map[bool]string{true: "GRANT", false: "REVOKE"}[n.GrantStmt.IsGrant]
	case *pg_query.Node_GrantRoleStmt:
		return map[bool]string{true: "GRANT ROLE", false: "REVOKE ROLE"}[n.GrantRoleStmt.IsGrant]
	}
	return tagOf(n)
}

// statementNames are tags that do not follow from the name of the parse tree's type.
var statementNames = map[string]string{
	"CreateStmt": "CREATE TABLE", "IndexStmt": "CREATE INDEX", "ViewStmt": "CREATE VIEW", "CreateSeqStmt": "CREATE SEQUENCE",
	"AlterSeqStmt": "ALTER SEQUENCE", "CreatedbStmt": "CREATE DATABASE", "DropdbStmt": "DROP DATABASE", "RuleStmt": "CREATE RULE",
	"CreateTrigStmt": "CREATE TRIGGER", "CreateEnumStmt": "CREATE TYPE", "CompositeTypeStmt": "CREATE TYPE", "CreateRangeStmt": "CREATE TYPE",
	"AlterEnumStmt": "ALTER TYPE", "CreateFdwStmt": "CREATE FOREIGN DATA WRAPPER", "CreateForeignServerStmt": "CREATE SERVER",
	"CreateTableSpaceStmt": "CREATE TABLESPACE", "DropTableSpaceStmt": "DROP TABLESPACE", "RefreshMatViewStmt": "REFRESH MATERIALIZED VIEW",
	"CheckPointStmt": "CHECKPOINT", "CreatePlangStmt": "CREATE LANGUAGE", "DefineStmt": "CREATE", "CreateStatsStmt": "CREATE STATISTICS",
	"CreateOpClassStmt": "CREATE OPERATOR CLASS", "CreateOpFamilyStmt": "CREATE OPERATOR FAMILY", "AlterDatabaseSetStmt": "ALTER DATABASE",
	"AlterRoleSetStmt": "ALTER ROLE", "AlterOwnerStmt": "ALTER OWNER", "ReassignOwnedStmt": "REASSIGN OWNED", "DropOwnedStmt": "DROP OWNED",
	"SecLabelStmt": "SECURITY LABEL", "AlterSystemStmt": "ALTER SYSTEM",
}

// tagOf writes CreateSchemaStmt as CREATE SCHEMA.
func tagOf(n *pg_query.Node) string {
	fields := n.ProtoReflect()
	which := fields.WhichOneof(fields.Descriptor().Oneofs().Get(0))
	if which == nil {
		return "the statement"
	}
	name := string(which.Message().Name())
	if tag, ok := statementNames[name]; ok {
		return tag
	}
	var b strings.Builder
	for i, c := range strings.TrimSuffix(name, "Stmt") {
		if i > 0 && c >= 'A' && c <= 'Z' {
			b.WriteByte(' ')
		}
		b.WriteRune(c)
	}
	return strings.ToUpper(b.String())
}

// wireColumns is what RowDescription says of a plan's columns.
func (e *epoch) wireColumns(columns []planner.Column) []wire.Column {
	out := make([]wire.Column, len(columns))
	for i, c := range columns {
		w := wire.Column{Name: c.Name, Type: c.Type.OID, TypeLen: -1, TypeMod: c.Type.Mod}
		if t := pgcat.TypeByOID(c.Type.OID); t != nil {
			w.TypeLen = t.Len
		}
		switch {
		case c.Product != nil:
			w.TableOID, w.Attr = e.oids.Relation(c.Product.Name), int16(c.Ordinal+1)
			if c.Ordinal == planner.WholeRow {
				w.Type = e.oids.RowType(c.Product.Name)
			}
		case c.System != nil:
			w.TableOID, w.Attr = c.System.OID, int16(c.Ordinal+1)
		}
		out[i] = w
	}
	return out
}

// textColumns describes results of commands whose columns are all text.
func textColumns(names ...string) []wire.Column {
	out := make([]wire.Column, len(names))
	for i, n := range names {
		out[i] = wire.Column{Name: n, Type: pgcat.Text, TypeLen: -1, TypeMod: -1}
	}
	return out
}
