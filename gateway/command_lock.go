package gateway

import (
	"context"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"meshgate/planner"
	"meshgate/sqlerr"
)

// lockCommand is LOCK TABLE … IN ACCESS SHARE MODE, which dump programs send. It checks that the relations may be read; a lock
// that would hold writers off cannot be had at stores that others own.
type lockCommand struct {
	none
	n *pg_query.LockStmt
}

const accessShare = 1

func (s *Session) lock(n *pg_query.LockStmt) (command, error) {
	if n.Mode != accessShare {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "only LOCK TABLE in ACCESS SHARE MODE is supported: the gateway cannot hold off writers of a store")
	}
	return &lockCommand{n: n}, nil
}

func (c *lockCommand) run(_ context.Context, s *Session, _ *portal) (*outcome, error) {
	if err := s.needBlock("LOCK TABLE"); err != nil {
		return nil, err
	}
	e := s.gateway.epoch.Load()
	in, err := s.input(e, nil, true)
	if err != nil {
		return nil, err
	}
	for _, r := range c.n.Relations {
		if err := planner.CheckRelation(in, r.GetRangeVar()); err != nil {
			return nil, s.refuse(e.catalog.Epoch(), in.Principal, s.activityNow().Text, err)
		}
	}
	return done("LOCK TABLE"), nil
}
