package planner

import (
	"meshgate/connectors"
	"meshgate/pgcat"
	"meshgate/pgvalue"
)

// intervalUse is an interval that a statement names without reading a row.
type intervalUse struct {
	print string
	value *pgvalue.Interval // nil = not known before it runs
	apart bool
}

// apart keeps the engine from taking intervals for one that PostgreSQL's equality calls equal and that are not the same: a month and 30
// days, a day and 24 hours. DuckDB computes an expression once that occurs twice, and compares its constants by that equality.
func (r *renderer) apart(e expr, sql string) (string, error) {
	use := intervalUse{print: fingerprint(e)}
	if v, ok := constantOf(e); ok {
		i := v.(pgvalue.Interval)
		use.value = &i
	}
	for _, u := range r.intervals {
		if u.print == use.print {
			use.apart = u.apart
			break
		}
		use.apart = use.apart || u.value == nil || use.value == nil || u.value.Cmp(*use.value) == 0
	}
	r.intervals = append(r.intervals, use)
	if !use.apart {
		return sql, nil
	}
	l, err := r.op("apart(interval)")
	if err != nil {
		return "", err
	}
	return connectors.Fill(l.SQL, []string{sql}, nil), nil
}

// isFixedInterval reports whether an expression is an interval that reads no row.
func isFixedInterval(e expr) bool {
	if e.typ().OID != pgcat.Interval {
		return false
	}
	fixed := true
	walkExpr(e, func(e expr) bool {
		switch e.(type) {
		case *colRef, *subquery, *aggCall, *windowCall, *setCall, *keySlot:
			fixed = false
		}
		return fixed
	})
	return fixed
}
