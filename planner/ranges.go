package planner

import (
	"strconv"
	"sync"

	"meshgate/pgcat"
)

// rangeType is a range type with its multirange and the type of its bounds (pg_range).
type rangeType struct{ elem, single, multi pgcat.OID }

// rangeTypes are the range types by their own OID and by their multirange's.
var rangeTypes = sync.OnceValue(func() map[pgcat.OID]rangeType {
	m := map[pgcat.OID]rangeType{}
	for _, row := range pgcat.Rows("pg_catalog.pg_range").Rows {
		oid := func(i int) pgcat.OID {
			n, err := strconv.ParseUint(row[i], 10, 32)
			if err != nil {
				panic("planner: pg_range: " + err.Error())
			}
			return pgcat.OID(n)
		}
		r := rangeType{elem: oid(1), single: oid(0), multi: oid(2)}
		m[r.single], m[r.multi] = r, r
	}
	return m
})

// concrete is the type that a polymorphic one stands for.
func (r rangeType) concrete(d pgcat.OID) pgcat.OID {
	switch {
	case r.elem == 0:
	case d == pgcat.AnyRange:
		return r.single
	case d == pgcat.AnyMultirange:
		return r.multi
	}
	return d
}
