package planner

import (
	"meshgate/catalog"
	"meshgate/pgcat"
)

// needsExists reports whether the engine is given a comparison with a query as EXISTS: that of rows or arrays, for it takes a NULL inside
// for the whole, and one of another query's columns, which it cannot always bind.
func (e *subquery) needsExists() bool {
	if e.kind != subqueryAny && e.kind != subqueryAll {
		return false
	}
	return e.outer || len(e.left) > 1 || elementType(e.left[0].typ().OID) != 0 || e.left[0].typ().OID == pgcat.Record
}

// quantifiedByExists writes left op ANY (query) by what decides it: a row that compares as true, else one that compares as NULL. ALL is
// decided by a row that compares as false.
func (r *renderer) quantifiedByExists(s *subquery) (string, error) {
	b, err := r.rel(s.query)
	if err != nil {
		return "", err
	}
	b = r.closed(b)
	var parts []expr
	for i, op := range s.ops {
		parts = append(parts, &call{
			proc: pgcat.ProcByOID(op.Code), op: op.Name, args: []expr{s.left[i], b.cols[i].ref()}, t: catalog.TypeOf(pgcat.Bool),
		})
	}
	cmp := and(parts...)
	if s.ops[0].Name == "<>" {
		cmp = or(parts...)
	}
	deciding, decided, otherwise := cmp, "true", "false"
	if s.kind == subqueryAll {
		deciding, decided, otherwise = not(cmp), otherwise, decided
	}
	exists := func(cond expr) (string, error) {
		text, err := r.inner(cond)
		return "(EXISTS (SELECT 1 FROM " + b.from + " WHERE " + text + "))", err
	}
	found, err := exists(deciding)
	if err != nil {
		return "", err
	}
	unknown, err := exists(&nullTest{arg: cmp})
	if err != nil {
		return "", err
	}
	return "CASE WHEN " + found + " THEN " + decided + " WHEN " + unknown + " THEN NULL ELSE " + otherwise + " END", nil
}
