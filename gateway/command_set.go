package gateway

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"meshgate/pgvalue"
	"meshgate/sqlerr"
	"meshgate/wire"
)

// setCommand is SET, SET LOCAL, SET TRANSACTION and RESET.
type setCommand struct {
	none
	n *pg_query.VariableSetStmt
}

func (c *setCommand) run(_ context.Context, s *Session, _ *portal) (*outcome, error) {
	switch c.n.Kind {
	case pg_query.VariableSetKind_VAR_RESET_ALL:
		s.settings.resetAll()
		return done("RESET"), nil
	case pg_query.VariableSetKind_VAR_RESET:
		return done("RESET"), s.resetSetting(c.n.Name)
	case pg_query.VariableSetKind_VAR_SET_DEFAULT:
		if c.n.IsLocal {
			return c.setTo(s, s.settings.resetValue(c.n.Name))
		}
		return done("SET"), s.resetSetting(c.n.Name)
	case pg_query.VariableSetKind_VAR_SET_CURRENT:
		return c.setTo(s, s.settings.text(c.n.Name))
	case pg_query.VariableSetKind_VAR_SET_MULTI:
		return c.several(s)
	}
	value, err := setText(c.n)
	if err != nil {
		return nil, err
	}
	return c.setTo(s, value)
}

func (c *setCommand) setTo(s *Session, value string) (*outcome, error) {
	out := done("SET")
	if c.n.IsLocal && !s.tx.block && !s.tx.several {
		out.notice(sqlerr.NoActiveSQLTransaction, sqlerr.SeverityWarning, "SET LOCAL can only be used in transaction blocks")
	}
	return out, s.changeSetting(c.n.Name, value, c.n.IsLocal)
}

// several is SET TRANSACTION and SET SESSION CHARACTERISTICS.
func (c *setCommand) several(s *Session) (*outcome, error) {
	out := done("SET")
	switch c.n.Name {
	case "TRANSACTION":
		if !s.tx.block && !s.tx.several {
			out.notice(sqlerr.NoActiveSQLTransaction, sqlerr.SeverityWarning, "SET TRANSACTION can only be used in transaction blocks")
		}
		return out, s.transactionModes(c.n.Args)
	case "SESSION CHARACTERISTICS":
		for _, o := range c.n.Args {
			e := o.GetDefElem()
			if err := s.settings.set("default_"+e.Defname, defText(e), false); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "SET %s is not supported", c.n.Name).
		WithHint("In a transaction of isolation level REPEATABLE READ all queries see one snapshot of each store.")
}

// defText is the value of an option of a statement.
func defText(e *pg_query.DefElem) string {
	if e.Arg == nil {
		return "true"
	}
	return nodeText(e.Arg)
}

func nodeText(n *pg_query.Node) string {
	switch v := n.Node.(type) {
	case *pg_query.Node_String_:
		return v.String_.Sval
	case *pg_query.Node_Integer:
		return strconv.Itoa(int(v.Integer.Ival))
	case *pg_query.Node_Float:
		return v.Float.Fval
	case *pg_query.Node_Boolean:
		return strconv.FormatBool(v.Boolean.Boolval)
	case *pg_query.Node_AConst:
		return constText(v.AConst)
	case *pg_query.Node_TypeCast:
		return nodeText(v.TypeCast.Arg)
	case *pg_query.Node_TypeName:
		return nodeText(v.TypeName.Names[len(v.TypeName.Names)-1])
	}
	return ""
}

func constText(c *pg_query.A_Const) string {
	switch v := c.Val.(type) {
	case *pg_query.A_Const_Ival:
		return strconv.Itoa(int(v.Ival.Ival))
	case *pg_query.A_Const_Fval:
		return v.Fval.Fval
	case *pg_query.A_Const_Boolval:
		return strconv.FormatBool(v.Boolval.Boolval)
	case *pg_query.A_Const_Sval:
		return v.Sval.Sval
	}
	return ""
}

// setText is the value of a SET: its arguments as a list; names of search_path are quoted where they need it.
func setText(n *pg_query.VariableSetStmt) (string, error) {
	parts := make([]string, len(n.Args))
	for i, a := range n.Args {
		parts[i] = nodeText(a)
		if cast := a.GetTypeCast(); cast != nil && strings.EqualFold(n.Name, "timezone") {
			hours, err := zoneOffset(parts[i])
			if err != nil {
				return "", err
			}
			parts[i] = hours
		}
		if strings.EqualFold(n.Name, "search_path") && a.GetAConst().GetSval() != nil {
			parts[i] = quoteSetting(parts[i])
		}
	}
	if len(parts) > 1 && !isList(n.Name) {
		return "", sqlerr.Newf(sqlerr.InvalidParameterValue, "SET %s takes only one argument", n.Name)
	}
	return strings.Join(parts, ", "), nil
}

// zoneOffset reads SET TIME ZONE INTERVAL '…'.
func zoneOffset(text string) (string, error) {
	v, err := pgvalue.ParseInterval(text, -1, pgvalue.IntervalPostgres)
	if err != nil {
		return "", err
	}
	if v.Months != 0 || v.Days != 0 {
		return "", sqlerr.Newf(sqlerr.InvalidParameterValue, "invalid interval value for time zone: month and day not allowed")
	}
	return strconv.FormatFloat(float64(v.Micros)/3.6e9, 'f', -1, 64), nil
}

func isList(name string) bool {
	switch strings.ToLower(name) {
	case "search_path", "datestyle", "session_preload_libraries", "local_preload_libraries", "temp_tablespaces":
		return true
	}
	return false
}

// quoteSetting quotes a name for a list setting.
func quoteSetting(name string) string {
	for i, c := range name {
		if c != '_' && (c < 'a' || c > 'z') && (i == 0 || c < '0' || c > '9') {
			return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
		}
	}
	if name == "" {
		return `""`
	}
	return name
}

// changeSetting sets a parameter after the checks that need the session.
func (s *Session) changeSetting(name, value string, local bool) error {
	if strings.EqualFold(name, "transaction_isolation") && s.tx != nil && s.tx.queried {
		return sqlerr.Newf(sqlerr.ActiveSQLTransaction, "SET TRANSACTION ISOLATION LEVEL must be called before any query")
	}
	if err := s.gateway.mayChange(s.client.User, name, value); err != nil {
		return s.refuseSetting(name, err)
	}
	return s.settings.set(name, value, local)
}

// mayChange refuses what a user may not set.
func (g *Gateway) mayChange(user, name, value string) error {
	switch strings.ToLower(name) {
	case "mesh.purpose":
		u, ok := g.epoch.Load().users[user]
		if !ok {
			return sqlerr.Newf(sqlerr.InvalidAuthorization, "user %q is no longer known", user)
		}
		return checkPurpose(u, value)
	case "role":
		if value != "none" && value != user {
			return sqlerr.Newf(sqlerr.InsufficientPrivilege, "permission denied to set role %q", value)
		}
	case "session_authorization":
		if value != user {
			return sqlerr.Newf(sqlerr.InsufficientPrivilege, "permission denied to set session authorization")
		}
	}
	return nil
}

func (s *Session) resetSetting(name string) error { return s.settings.reset(name) }

// showCommand is SHOW name and SHOW ALL.
type showCommand struct{ name string }

func (c *showCommand) describe(*Session) ([]uint32, []wire.Column) {
	if c.name == "all" {
		return nil, textColumns("name", "setting", "description")
	}
	if p, ok := parameters()[strings.ToLower(c.name)]; ok {
		return nil, textColumns(p.name)
	}
	return nil, textColumns(c.name)
}

func (c *showCommand) run(_ context.Context, s *Session, _ *portal) (*outcome, error) {
	var rows [][]pgvalue.Value
	if c.name == "all" {
		for _, key := range slices.Sorted(maps.Keys(parameters())) {
			p := parameters()[key]
			value, _ := s.settings.shown(key)
			rows = append(rows, []pgvalue.Value{p.name, value, p.short})
		}
	} else {
		value, ok := s.settings.shown(c.name)
		if !ok {
			return nil, sqlerr.Newf(sqlerr.UndefinedObject, "unrecognized configuration parameter %q", c.name)
		}
		rows = [][]pgvalue.Value{{value}}
	}
	_, columns := c.describe(s)
	st, err := tableOf(columns, rows)
	return &outcome{rows: st, columns: columns, tag: "SHOW"}, err
}

// discardCommand is DISCARD ALL, PLANS, SEQUENCES and TEMP.
type discardCommand struct {
	none
	n *pg_query.DiscardStmt
}

func (c *discardCommand) run(_ context.Context, s *Session, _ *portal) (*outcome, error) {
	switch c.n.Target {
	case pg_query.DiscardMode_DISCARD_ALL:
		if s.tx.block || s.tx.several {
			return nil, sqlerr.Newf(sqlerr.ActiveSQLTransaction, "DISCARD ALL cannot run inside a transaction block")
		}
		s.dropPortals(func(p *portal) bool { return !p.running })
		s.dropStatements()
		s.settings.resetAll()
		s.listening = nil
		s.gateway.advisory.releaseAll(s)
		return done("DISCARD ALL"), nil
	case pg_query.DiscardMode_DISCARD_PLANS:
		for _, p := range s.statements {
			p.basis = basis{}
		}
		return done("DISCARD PLANS"), nil
	case pg_query.DiscardMode_DISCARD_SEQUENCES:
		return done("DISCARD SEQUENCES"), nil
	}
	return done("DISCARD TEMP"), nil
}
