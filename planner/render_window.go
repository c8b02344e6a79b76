package planner

import (
	"strings"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgcat"
	"meshgate/pgvalue"
)

func (r *renderer) over(w *windowCall) (string, error) {
	var parts []string
	if len(w.window.partition) > 0 {
		var keys []string
		for _, p := range w.window.partition {
			col, err := r.value(p)
			if err != nil {
				return "", err
			}
			k, err := r.groupKey(col, p.typ())
			if err != nil {
				return "", err
			}
			keys = append(keys, k)
		}
		parts = append(parts, "PARTITION BY "+strings.Join(keys, ", "))
	}
	if len(w.window.order) > 0 {
		var keys []string
		for _, k := range w.window.order {
			s, err := r.orderKey(k)
			if err != nil {
				return "", err
			}
			keys = append(keys, s)
		}
		parts = append(parts, "ORDER BY "+strings.Join(keys, ", "))
	}
	f, err := r.frame(&w.window)
	if err != nil {
		return "", err
	}
	if f != "" {
		parts = append(parts, f)
	}
	return " OVER (" + strings.Join(parts, " ") + ")", nil
}

// frameBounds finds frames that reach over distances of no fixed length: months, and the days of a time zone. A moment less a month may
// lie before an earlier moment less a month; PostgreSQL's frames never go back there (update_frameheadpos, update_frametailpos), so their
// bounds are the farthest of all rows so far. bounds are to be computed first; calls are the window functions over them.
func (r *renderer) frameBounds(n *window) (calls, bounds []projectItem, err error) {
	if r.d.Has(connectors.FeatureMonthFrames) {
		return n.calls, nil, nil
	}
	for _, it := range n.calls {
		w := *it.e.(*windowCall)
		f := &w.window.frame
		for _, side := range []struct {
			offset *expr
			kind   boundKind
		}{{&f.startOffset, f.start}, {&f.endOffset, f.end}} {
			if f.mode != frameRange || *side.offset == nil || !varies(w.window.order[0].e.typ().OID, *side.offset) {
				continue
			}
			r.lastKey--
			bound, distance := farthest(&w.window, *side.offset, side.kind, r.lastKey)
			bounds = append(bounds, bound)
			*side.offset = distance
		}
		calls = append(calls, projectItem{out: it.out, e: &w})
	}
	return calls, bounds, nil
}

// varies reports whether a distance from a moment may have no fixed length.
func varies(key pgcat.OID, offset expr) bool {
	if key != pgcat.Timestamp && key != pgcat.TimestampTZ {
		return false
	}
	k, ok := constantOf(offset)
	if !ok {
		return true
	}
	v := k.(pgvalue.Interval)
	return v.Months != 0 || v.Days != 0 && key == pgcat.TimestampTZ
}

// farthest is the bound of a frame that only goes forward, and how far it lies from the row, which is a distance of fixed length.
func farthest(w *windowDef, offset expr, kind boundKind, id colID) (bound projectItem, distance expr) {
	key := w.order[0]
	back := (kind == offsetPreceding) != key.desc // the bound is at a lesser value
	op, extreme := "+", "max"
	if back {
		op = "-"
	}
	if key.desc {
		extreme = "min"
	}
	to := operatorOn(op, key.e, offset)
	bound = projectItem{
		out: outColumn{id: id, name: "bound", t: key.e.typ()},
		e: &windowCall{
			proc: aggregateOn(extreme, key.e.typ().OID), agg: true, args: []expr{to}, t: key.e.typ(),
			window: windowDef{partition: w.partition, order: w.order, frame: frame{mode: frameRows, start: unboundedPreceding, end: currentRow}},
		},
	}
	from, less := expr(bound.out.ref()), key.e
	if back {
		from, less = less, from
	}
	// A row without a value has only its peers beside it, whatever the distance.
	none := &constant{value: pgvalue.Interval{}, t: catalog.TypeOf(pgcat.Interval)}
	return bound, &coalesce{args: []expr{operatorOn("-", from, less), none}, t: none.t}
}

func (r *renderer) frame(w *windowDef) (string, error) {
	f := w.frame
	if f == defaultFrame {
		return "", nil
	}
	bound := func(k boundKind, offset expr) (string, error) {
		switch k {
		case unboundedPreceding:
			return "UNBOUNDED PRECEDING", nil
		case unboundedFollowing:
			return "UNBOUNDED FOLLOWING", nil
		case currentRow:
			return "CURRENT ROW", nil
		}
		s, err := r.inner(offset)
		return s + map[boundKind]string{offsetPreceding: " PRECEDING", offsetFollowing: " FOLLOWING"}[k], err
	}
	start, err := bound(f.start, f.startOffset)
	if err != nil {
		return "", err
	}
	end, err := bound(f.end, f.endOffset)
	if err != nil {
		return "", err
	}
	mode := [...]string{"RANGE", "ROWS", "GROUPS"}[f.mode]
	exclude := [...]string{"", " EXCLUDE CURRENT ROW", " EXCLUDE GROUP", " EXCLUDE TIES"}[f.exclude]
	return mode + " BETWEEN " + start + " AND " + end + exclude, nil
}
