package planner

import (
	pg_query "github.com/pganalyze/pg_query_go/v6"
)

// CheckRelation fails as a query of the relation would.
func CheckRelation(in *Input, n *pg_query.RangeVar) error {
	b := newBinder(in, "")
	_, err := b.relation(n, 1, &rangeItem{hasColumns: true})
	return err
}
