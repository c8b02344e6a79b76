package gateway

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"meshgate/engine"
	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/planner"
	"meshgate/sqlerr"
	"meshgate/wire"
)

// explainCommand is EXPLAIN of a query.
type explainCommand struct {
	query      *queryCommand
	analyze    bool
	governance bool
	json       bool
}

func (s *Session) explain(st *planner.Statement, n *pg_query.ExplainStmt, oids []uint32, complete bool) (command, error) {
	c := &explainCommand{}
	for _, o := range n.Options {
		if err := c.option(o.GetDefElem()); err != nil {
			return nil, err
		}
	}
	var err error
	switch inner := n.Query.Node.(type) {
	case *pg_query.Node_SelectStmt:
		c.query, err = s.query(st.WithNode(n.Query), oids, complete)
	case *pg_query.Node_DeclareCursorStmt:
		c.query, err = s.query(st.WithNode(inner.DeclareCursorStmt.Query), oids, complete)
	case *pg_query.Node_ExecuteStmt:
		c.query, err = s.explainExecute(inner.ExecuteStmt)
	default:
		return nil, refusal(n.Query)
	}
	return c, err
}

// explainExecute explains a prepared statement; with ANALYZE it would need the values, which EXPLAIN of the query itself takes.
func (s *Session) explainExecute(n *pg_query.ExecuteStmt) (*queryCommand, error) {
	p, err := s.statement(n.Name)
	if err != nil {
		return nil, err
	}
	if err := s.refresh(p); err != nil {
		return nil, err
	}
	q, ok := p.cmd.(*queryCommand)
	if !ok {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "EXPLAIN of this prepared statement is not supported")
	}
	c := *q
	c.params = nil
	return &c, nil
}

func (c *explainCommand) option(o *pg_query.DefElem) error {
	switch o.Defname {
	case "format":
		switch format := strings.ToLower(defText(o)); format {
		case "text":
		case "json":
			c.json = true
		case "xml", "yaml":
			return sqlerr.Newf(sqlerr.FeatureNotSupported, "EXPLAIN format %s is not supported; text and json are", format)
		default:
			return sqlerr.Newf(sqlerr.InvalidParameterValue, "unrecognized value for EXPLAIN option \"format\": %q", format)
		}
		return nil
	case "analyze", "governance", "verbose", "costs", "buffers", "timing", "summary", "settings", "wal", "generic_plan":
		v, err := pgvalue.ParseBool(defText(o))
		if err != nil {
			return sqlerr.Newf(sqlerr.SyntaxError, "%s requires a Boolean value", o.Defname)
		}
		c.analyze = c.analyze || o.Defname == "analyze" && v.(bool)
		c.governance = c.governance || o.Defname == "governance" && v.(bool)
		return nil
	}
	return sqlerr.Newf(sqlerr.SyntaxError, "unrecognized EXPLAIN option %q", o.Defname)
}

func (c *explainCommand) describe(*Session) ([]uint32, []wire.Column) {
	columns := textColumns("QUERY PLAN")
	if c.json {
		columns[0].Type = pgcat.JSON
	}
	return c.query.params, columns
}

func (c *explainCommand) holds(now time.Time) bool { return c.query.holds(now) }

func (c *explainCommand) run(ctx context.Context, s *Session, p *portal) (*outcome, error) {
	q, err := s.present(c.query)
	if err != nil {
		return nil, err
	}
	x := q.plan.Explain()
	if c.analyze {
		r, err := s.start(ctx, q, p.params)
		if err != nil {
			return nil, err
		}
		n, err := drain(r.rows)
		if err != nil {
			return nil, err
		}
		x = r.command.plan.Explain()
		measured(x, r.result, n)
	}
	lines, err := c.lines(x)
	if err != nil {
		return nil, err
	}
	var table [][]pgvalue.Value
	for _, l := range lines {
		table = append(table, []pgvalue.Value{l})
	}
	_, columns := c.describe(s)
	st, err := tableOf(columns, table)
	return &outcome{rows: st, columns: columns, tag: "EXPLAIN"}, err
}

func (c *explainCommand) lines(x *planner.Explanation) ([]string, error) {
	switch {
	case c.json && c.governance:
		return jsonLines(x.Governance)
	case c.json:
		return jsonLines(x)
	case c.governance:
		return x.GovernanceLines(), nil
	}
	return x.Lines(), nil
}

func jsonLines(v any) ([]string, error) {
	text, err := json.MarshalIndent(v, "", "  ")
	return []string{string(text)}, err
}

// measured adds what a run took.
func measured(x *planner.Explanation, r *engine.Result, rows int64) {
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	for i, p := range r.Parts {
		if p.Remote.Inside != nil {
			continue // how much a derived product reads is its owner's to know
		}
		x.Stores[i].Analyze = &planner.ExecutionExplanation{
			Rows: p.Rows.Load(), Bytes: p.Bytes.Load(), Milliseconds: ms(time.Duration(p.Time.Load())),
		}
		for k := range p.Keys {
			x.Stores[i].Waits[k].Outcome = p.Keys[k].String()
		}
		if len(p.Keys) > 0 {
			x.Stores[i].Analyze.Without = p.Remote.Whole
		}
	}
	x.Analyze = &planner.ExecutionExplanation{Rows: rows, Milliseconds: ms(r.Elapsed())}
}
