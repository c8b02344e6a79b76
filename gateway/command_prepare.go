package gateway

import (
	"context"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"meshgate/pgvalue"
	"meshgate/planner"
	"meshgate/sqlerr"
	"meshgate/wire"
)

// prepareCommand is PREPARE name (types) AS statement.
type prepareCommand struct {
	none
	st *planner.Statement
	n  *pg_query.PrepareStmt
}

func (c *prepareCommand) run(_ context.Context, s *Session, _ *portal) (*outcome, error) {
	if s.statements[c.n.Name] != nil {
		return nil, sqlerr.Newf(sqlerr.DuplicatePreparedStatement, "prepared statement %q already exists", c.n.Name)
	}
	inner := c.st.WithNode(c.n.Query)
	if !inner.IsQuery() {
		return nil, refusal(c.n.Query)
	}
	p := &prepared{name: c.n.Name, stmt: inner, text: c.st.Source(), fromSQL: true, created: s.gateway.now()}
	for _, t := range c.n.Argtypes {
		oid, err := planner.TypeOID(c.st, t.GetTypeName())
		if err != nil {
			return nil, err
		}
		p.declared = append(p.declared, oid)
	}
	if err := s.refresh(p); err != nil {
		return nil, err
	}
	return done("PREPARE"), s.keep(p)
}

// executeCommand is EXECUTE name (values).
type executeCommand struct {
	st *planner.Statement
	n  *pg_query.ExecuteStmt
}

func (c *executeCommand) describe(s *Session) ([]uint32, []wire.Column) {
	p, ok := s.statements[c.n.Name]
	if !ok || p.cmd == nil {
		return nil, nil
	}
	_, columns := p.cmd.describe(s)
	return nil, columns
}

func (c *executeCommand) run(ctx context.Context, s *Session, p *portal) (*outcome, error) {
	st, err := s.statement(c.n.Name)
	if err != nil {
		return nil, err
	}
	if err := s.refresh(st); err != nil {
		return nil, err
	}
	params, err := s.arguments(ctx, c, st)
	if err != nil {
		return nil, err
	}
	inner := *p
	inner.params = params
	return st.cmd.run(ctx, s, &inner)
}

// arguments computes the values of EXECUTE.
func (s *Session) arguments(ctx context.Context, c *executeCommand, st *prepared) ([]pgvalue.Value, error) {
	if len(c.n.Params) != len(st.declared) {
		return nil, sqlerr.Newf(sqlerr.SyntaxError, "wrong number of parameters for prepared statement %q", c.n.Name).
			WithDetail("Expected %d parameters but got %d.", len(st.declared), len(c.n.Params))
	}
	if len(st.declared) == 0 {
		return nil, nil
	}
	e := s.gateway.epoch.Load()
	in, err := s.input(e, nil, true)
	if err != nil {
		return nil, err
	}
	plan, err := planner.MakeArguments(in, c.st, c.n.Params, st.declared)
	if err != nil {
		return nil, err
	}
	r, err := s.start(ctx, &queryCommand{plan: plan, epoch: e, who: in.Principal, quiet: true}, nil)
	if err != nil {
		return nil, err
	}
	defer r.rows.release()
	batch, row, _, err := r.rows.next(1)
	if err != nil {
		return nil, err
	}
	if batch == nil {
		return nil, sqlerr.Newf(sqlerr.InternalError, "the values of EXECUTE are missing")
	}
	return rowValues(batch, row, st.declared)
}

// deallocateCommand is DEALLOCATE name and DEALLOCATE ALL.
type deallocateCommand struct {
	none
	n *pg_query.DeallocateStmt
}

func (c *deallocateCommand) run(_ context.Context, s *Session, _ *portal) (*outcome, error) {
	if c.n.Name == "" {
		s.dropStatements()
		return done("DEALLOCATE ALL"), nil
	}
	if _, err := s.statement(c.n.Name); err != nil {
		return nil, err
	}
	delete(s.statements, c.n.Name)
	return done("DEALLOCATE"), nil
}
