package gateway

import (
	"context"
	"math"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	pg_query "github.com/pganalyze/pg_query_go/v6"

	"meshgate/planner"
	"meshgate/sqlerr"
	"meshgate/wire"
)

// Options of a cursor (PostgreSQL 15, src/include/nodes/parsenodes.h).
const (
	cursorBinary   = 0x0001
	cursorScroll   = 0x0002
	cursorNoScroll = 0x0004
	cursorHold     = 0x0020
)

// declareCommand is DECLARE name CURSOR FOR query.
type declareCommand struct {
	st    *planner.Statement
	n     *pg_query.DeclareCursorStmt
	query *queryCommand
}

func (s *Session) declare(st *planner.Statement, n *pg_query.DeclareCursorStmt, oids []uint32, complete bool) (command, error) {
	if n.Options&cursorScroll != 0 && n.Options&cursorNoScroll != 0 {
		return nil, sqlerr.Newf(sqlerr.InvalidCursorDefinition, "cannot specify both SCROLL and NO SCROLL")
	}
	q, err := s.query(st.WithNode(n.Query), oids, complete)
	if err != nil {
		return nil, err
	}
	return &declareCommand{st: st, n: n, query: q}, nil
}

func (c *declareCommand) describe(*Session) ([]uint32, []wire.Column) { return c.query.params, nil }

func (c *declareCommand) run(ctx context.Context, s *Session, p *portal) (*outcome, error) {
	hold := c.n.Options&cursorHold != 0
	if !hold {
		if err := s.needBlock("DECLARE CURSOR"); err != nil {
			return nil, err
		}
	}
	if s.portals[c.n.Portalname] != nil {
		return nil, sqlerr.Newf(sqlerr.DuplicateCursor, "cursor %q already exists", c.n.Portalname)
	}
	cursor := s.newPortal(c.n.Portalname, c.query, c.st)
	cursor.cursor, cursor.hold, cursor.params = true, hold, p.params
	cursor.scroll, cursor.binary = c.n.Options&cursorScroll != 0, c.n.Options&cursorBinary != 0
	// The cursor's own context has to outlive this message, and this message has to be able to end the start of it.
	detach := context.AfterFunc(ctx, func() { cursor.cancel(context.Cause(ctx)) })
	defer detach()
	out, err := c.query.run(cursor.ctx, s, cursor)
	if err != nil {
		s.dropPortal(c.n.Portalname)
		return nil, err
	}
	cursor.out = out
	if cursor.scroll {
		cursor.mover().record(s.gateway.spill)
	}
	declared := done("DECLARE CURSOR")
	declared.notices, out.notices = out.notices, nil
	return declared, nil
}

// materialise reads the rest of a cursor WITH HOLD when its transaction commits.
func (p *portal) materialise(ctx context.Context) error {
	p.held = true
	if p.out == nil || p.out.rows == nil {
		return nil
	}
	detach := context.AfterFunc(ctx, func() { p.cancel(context.Cause(ctx)) })
	defer detach()
	m := p.mover()
	m.record(p.session.gateway.spill)
	return m.readAll()
}

// fetchCommand is FETCH and MOVE.
type fetchCommand struct{ n *pg_query.FetchStmt }

func (c *fetchCommand) describe(s *Session) ([]uint32, []wire.Column) {
	p, ok := s.portals[c.n.Portalname]
	if c.n.Ismove || !ok || p.cmd == nil {
		return nil, nil
	}
	_, columns := p.cmd.describe(s)
	return nil, columns
}

// formats are the ones that a simple Query fetches a cursor's rows in.
func (c *fetchCommand) formats(s *Session) []int16 {
	if p, ok := s.portals[c.n.Portalname]; ok && p.binary {
		return []int16{1}
	}
	return nil
}

func (c *fetchCommand) run(ctx context.Context, s *Session, _ *portal) (*outcome, error) {
	p, ok := s.portals[c.n.Portalname]
	if !ok {
		return nil, sqlerr.Newf(sqlerr.InvalidCursorName, "cursor %q does not exist", c.n.Portalname)
	}
	if p.broken != nil {
		return nil, p.broken
	}
	detach := context.AfterFunc(ctx, func() { p.cancel(context.Cause(ctx)) })
	defer detach()
	if p.out == nil {
		if p.cmd == nil {
			return nil, sqlerr.Newf(sqlerr.ObjectNotInPrerequisiteState, "portal %q cannot be run", p.name)
		}
		out, err := p.cmd.run(p.ctx, s, p)
		if err != nil {
			return nil, err
		}
		p.out = out
	}
	if p.out.rows == nil {
		return nil, sqlerr.Newf(sqlerr.ObjectNotInPrerequisiteState, "portal %q cannot be run", p.name)
	}
	m, err := movement(c.n)
	if err != nil {
		return nil, err
	}
	fetched, err := p.mover().fetch(m)
	if err != nil {
		p.breaks()
		return nil, err
	}
	rows := &cursorRows{rows: fetched, cursor: p}
	if !c.n.Ismove {
		return &outcome{rows: rows, columns: p.out.columns, tag: "FETCH", counted: true}, nil
	}
	passed, err := drain(rows)
	return done("MOVE " + strconv.FormatInt(passed, 10)), err
}

// cursorRows are what a FETCH or MOVE passes. An error of theirs is the cursor's end.
type cursorRows struct {
	rows
	cursor *portal
}

func (r *cursorRows) next(limit int) (batch arrow.RecordBatch, from, to int, err error) {
	if batch, from, to, err = r.rows.next(limit); err != nil {
		r.cursor.breaks()
	}
	return batch, from, to, err
}

// move says how a cursor moves: count rows forward or, where negative, backward; or to an absolute or relative row.
type move struct {
	absolute bool  // to row count, from the end where negative
	relative bool  // to the row count rows on
	count    int64 // for the others: rows to pass, negative = backward; 0 = the current row again
}

const allRows = math.MaxInt64

func movement(n *pg_query.FetchStmt) (move, error) {
	count := n.HowMany
	if count == math.MaxInt64 || count == math.MinInt64 {
		count = allRows
	}
	switch n.Direction {
	case pg_query.FetchDirection_FETCH_FORWARD:
		return move{count: count}, nil
	case pg_query.FetchDirection_FETCH_BACKWARD:
		return move{count: -count}, nil
	case pg_query.FetchDirection_FETCH_ABSOLUTE:
		return move{absolute: true, count: count}, nil
	case pg_query.FetchDirection_FETCH_RELATIVE:
		return move{relative: true, count: count}, nil
	}
	return move{}, sqlerr.Newf(sqlerr.SyntaxError, "FETCH needs a direction")
}

// closeCommand is CLOSE name and CLOSE ALL.
type closeCommand struct {
	none
	name string
}

func (c *closeCommand) run(_ context.Context, s *Session, _ *portal) (*outcome, error) {
	if c.name == "" {
		s.dropPortals(func(p *portal) bool { return !p.running })
		return done("CLOSE CURSOR ALL"), nil
	}
	if _, ok := s.portals[c.name]; !ok {
		return nil, sqlerr.Newf(sqlerr.InvalidCursorName, "cursor %q does not exist", c.name)
	}
	s.dropPortal(c.name)
	return done("CLOSE CURSOR"), nil
}
