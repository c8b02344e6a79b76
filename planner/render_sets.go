package planner

import (
	"strconv"
	"strings"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgcat"
)

// setTexts writes a set-returning call as one list for each of its columns.
func (r *renderer) setTexts(s *setCall) ([]string, error) {
	if err := r.need(connectors.FeatureSets); err != nil {
		return nil, err
	}
	args, err := r.operandColumns(s.args)
	if err != nil {
		return nil, err
	}
	texts := make([]string, len(args))
	for i, a := range args {
		if s.args[i].typ().OID == pgcat.Numeric {
			if a, err = r.sortable(a); err != nil {
				return nil, err
			}
		}
		texts[i] = a.sql
	}
	if s.proc == nil {
		l, err := r.op("set(value)")
		if err != nil {
			return nil, err
		}
		text, err := r.fill(l, s.t, texts...)
		return []string{text}, err
	}
	key := "set " + s.proc.Name + "(" + setTypes(s) + ")"
	var fields []int
	switch {
	case s.field > 0:
		fields = []int{s.field}
	case len(s.cols) > 0:
		for i := range s.cols {
			fields = append(fields, i+1)
		}
	default:
		fields = []int{0}
	}
	var out []string
	for _, f := range fields {
		k := key
		if f > 0 {
			k += "." + strconv.Itoa(f)
		}
		l, err := r.op(k)
		if err != nil {
			return nil, err
		}
		text, err := r.fill(l, s.t, texts...)
		if err != nil {
			return nil, err
		}
		out = append(out, text)
	}
	return out, nil
}

// setTypes names an array argument of unnest and its like "array": what they do does not depend on the elements.
func setTypes(s *setCall) string {
	names := make([]string, len(s.args))
	for i, a := range s.args {
		names[i] = opType(a.typ().OID)
		if i < len(s.proc.Args) && s.proc.Args[i] == pgcat.AnyArray {
			names[i] = "array"
			if v := a.typ().OID; v == pgcat.Int2Vector || v == pgcat.OIDVector {
				names[i] = "vector"
			}
		}
	}
	return strings.Join(names, ", ")
}

// functionScan lays the lists side by side as rows, the shorter ones filled with NULL.
func (r *renderer) functionScan(n *functionScan) (*block, error) {
	var lists, items []string
	at := 0
	for _, c := range n.calls {
		texts, err := r.setTexts(c)
		if err != nil {
			return nil, err
		}
		for _, t := range texts {
			lists = append(lists, t)
			items = append(items, "unnest("+t+") AS "+r.colName(n.cols[at].id))
			at++
		}
	}
	if n.ordinality {
		l, err := r.op("set ordinality")
		if err != nil {
			return nil, err
		}
		text, err := r.fill(l, catalog.TypeOf(pgcat.Int8), lists...)
		if err != nil {
			return nil, err
		}
		items = append(items, "unnest("+text+") AS "+r.colName(n.cols[at].id))
	}
	alias := r.alias()
	for _, c := range n.cols {
		r.env[c.id] = column{sql: alias + "." + r.colName(c.id)}
	}
	return &block{from: "(SELECT " + strings.Join(items, ", ") + ") AS " + alias, cols: n.cols}, nil
}

// projectSet unnests the lists in the SELECT list, where DuckDB fills the shorter ones with NULL too.
func (r *renderer) projectSet(n *projectSet) (*block, error) {
	b, err := r.rel(n.input)
	if err != nil {
		return nil, err
	}
	if b.late() || b.computed || b.windowed {
		b = r.closed(b)
	}
	texts := make([]column, len(n.items))
	for i, it := range n.items {
		s, ok := it.e.(*setCall)
		if !ok {
			if texts[i], err = r.value(it.e); err != nil {
				return nil, err
			}
			continue
		}
		lists, err := r.setTexts(s)
		if err != nil {
			return nil, err
		}
		texts[i] = column{sql: "unnest(" + lists[0] + ")"}
	}
	b.cols = itemOutputs(n.items)
	for i, it := range n.items {
		r.env[it.out.id] = texts[i]
	}
	b.computed = true
	return r.closed(b), nil
}

// isVector reports whether an array counts from 0: an int2vector, an oidvector, or what one was cast to.
func isVector(e expr) bool {
	if c, ok := e.(*cast); ok {
		return isVector(c.arg)
	}
	return e.typ().OID == pgcat.Int2Vector || e.typ().OID == pgcat.OIDVector
}
