package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Shows is how two fates of a column compare.
type Shows int

// How much the later fate shows of what the earlier one does.
const (
	ShowsSame Shows = iota
	ShowsMore
	ShowsLess
	ShowsOther // neither is surely more: another key, other functions
)

// String names the comparison as people who review a change read it.
func (s Shows) String() string { return [...]string{"same", "gains", "loses", "changes"}[s] }

// Compare tells what a change of a column's fate shows. Rules are not compared: the same fate for another reason is the same.
func Compare(before, after *ColumnDecision) Shows {
	switch {
	case before.Text() == after.Text():
		return ShowsSame
	case before.Action == Masked && after.Action == AggregateOnly:
		return insteadOfMask(&before.Mask, after.Beneath)
	case before.Action == AggregateOnly && after.Action == Masked:
		return insteadOfMask(&after.Mask, before.Beneath).reversed()
	case before.Action != after.Action:
		if after.Action < before.Action {
			return ShowsLess
		}
		return ShowsMore
	case before.Action == Masked:
		return compareMasks(&before.Mask, &after.Mask)
	}
	return ShowsOther
}

// insteadOfMask is what aggregates show instead of masked values: less only where what they run over is masked as much.
func insteadOfMask(mask, beneath *Mask) Shows {
	if beneath == nil {
		return ShowsOther
	}
	if s := compareMasks(mask, beneath); s == ShowsMore || s == ShowsOther {
		return ShowsOther
	}
	return ShowsLess
}

func (s Shows) reversed() Shows {
	switch s {
	case ShowsMore:
		return ShowsLess
	case ShowsLess:
		return ShowsMore
	}
	return s
}

// compareMasks compares values and NULLs: where one shows more of the one and the other more of the other, neither shows more.
func compareMasks(before, after *Mask) Shows {
	values, nulls := compareValues(before, after), ShowsSame
	hides := func(m *Mask) bool { return m.MaskNulls || m.Fn == MaskNull }
	switch {
	case hides(after) && !hides(before):
		nulls = ShowsLess
	case hides(before) && !hides(after):
		nulls = ShowsMore
	}
	switch {
	case values == ShowsSame:
		return nulls
	case nulls == ShowsSame || nulls == values:
		return values
	}
	return ShowsOther
}

func compareValues(before, after *Mask) Shows {
	switch {
	case after.Fn < before.Fn:
		return ShowsLess
	case after.Fn > before.Fn:
		return ShowsMore
	}
	a, b := *before, *after
	a.MaskNulls, b.MaskNulls = false, false
	otherFill := a.Fill != b.Fill
	b.Fill = a.Fill
	merged, ok := coarser(&a, &b)
	switch {
	case a.params() == b.params() && otherFill:
		return ShowsOther
	case a.params() == b.params():
		return ShowsSame
	case !ok:
		return ShowsOther
	case merged.params() == b.params():
		return ShowsLess
	case merged.params() == a.params():
		return ShowsMore
	}
	return ShowsOther
}

// Text describes a fate: allow, deny, mask hash(key: join), aggregate_only(min 10: avg, sum).
func (d *ColumnDecision) Text() string {
	switch d.Action {
	case Masked:
		return "mask " + d.Mask.String()
	case AggregateOnly:
		a := &d.Aggregate
		text := fmt.Sprintf("aggregate_only(min %d: %s", a.MinEntities, strings.Join(a.Functions, ", "))
		if !a.DirectColumnsOnly {
			text += "; expressions"
		}
		if a.MaxShare > 0 {
			text += fmt.Sprintf("; share %g", a.MaxShare)
		}
		if a.SmallGroups == Remainder {
			text += "; remainder"
		}
		for _, b := range a.Budgets {
			text += fmt.Sprintf("; %d in %s", b.Queries, b.Per)
		}
		if d.Beneath != nil {
			text += "; of mask " + d.Beneath.String()
		}
		return text + ")"
	}
	return d.Action.String()
}

// String describes a mask with the parameters that count.
func (m Mask) String() string {
	if p := m.params(); p != "" {
		return m.Fn.String() + "(" + p + ")"
	}
	return m.Fn.String()
}

func (m Mask) params() string {
	var list []string
	add := func(name string, v any) { list = append(list, fmt.Sprintf("%s: %v", name, v)) }
	switch m.Fn {
	case MaskConstant:
		add("value", m.Value)
	case MaskHash:
		add("key", m.Key)
	case MaskBucket:
		add("width", width(&m).RatString())
	case MaskDateTrunc:
		add("unit", m.Unit)
	case MaskPartial:
		add("keepStart", m.KeepStart)
		add("keepEnd", m.KeepEnd)
		add("fill", m.Fill)
	case MaskSQL:
		add("expr", m.Expr)
	}
	if m.MaskNulls {
		add("maskNulls", true)
	}
	return strings.Join(list, ", ")
}

// Changes returns the instants after now at which access grants begin or end, in order.
func (s *Set) Changes(now time.Time) []time.Time {
	var out []time.Time
	for _, r := range s.products {
		for _, l := range r.lifts {
			for _, at := range []time.Time{l.public.NotBefore, l.public.Expires} {
				if at.After(now) {
					out = append(out, at)
				}
			}
		}
	}
	slices.SortFunc(out, time.Time.Compare)
	return slices.CompactFunc(out, time.Time.Equal)
}
