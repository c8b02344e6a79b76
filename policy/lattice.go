package policy

import (
	"math/big"
	"slices"
	"strings"

	"meshgate/catalog"
	"meshgate/pgcat"
)

// dateUnits are the units that date_trunc knows here, finest first.
var dateUnits = []string{
	"microseconds", "milliseconds", "second", "minute", "hour", "day", "week", "month", "quarter", "year", "decade", "century",
	"millennium",
}

// OutputType returns the type that a column has behind the mask.
func (m Mask) OutputType(in catalog.Type) catalog.Type {
	if m.Fn == MaskHash || m.Fn == MaskPartial {
		return catalog.TypeOf(pgcat.Text)
	}
	if m.Fn == MaskBucket {
		// A bucket's bound may need a digit more than the values, and has none behind the point.
		return catalog.TypeOf(in.OID)
	}
	return in
}

// maskState is what several masks of one column come to: for each function the coarsest parameters that were seen.
//
// It keeps every function's parameters, not only the strictest function's, so that the order in which rules come never
// matters: two hashes with different keys are ambiguous, and a constant that comes between them must not hide that.
type maskState struct {
	best      [MaskSQL + 1]*Mask
	ambiguous [MaskSQL + 1]bool
	nulls     bool
}

// add takes one more mask into account.
func (s *maskState) add(m *Mask) {
	s.nulls = s.nulls || m.MaskNulls
	old := s.best[m.Fn]
	if old == nil {
		s.best[m.Fn] = m
		return
	}
	merged, ok := coarser(old, m)
	if !ok {
		s.ambiguous[m.Fn] = true
		return
	}
	s.best[m.Fn] = merged
}

func (s *maskState) any() bool {
	return slices.ContainsFunc(s.best[:], func(m *Mask) bool { return m != nil })
}

// result returns the mask that the column gets: the strictest function with its coarsest parameters. Two masks of one function
// that cannot be compared leave nothing that is surely stricter than both but NULL.
func (s *maskState) result() Mask {
	if slices.Contains(s.ambiguous[:], true) {
		return Mask{Fn: MaskNull}
	}
	for _, m := range s.best {
		if m == nil {
			continue
		}
		result := *m
		result.MaskNulls = s.nulls && (m.Fn == MaskConstant || m.Fn == MaskHash)
		return result
	}
	return Mask{Fn: MaskNull}
}

// decided reports whether a mask is one of those that the result comes from.
func (s *maskState) decided(m *Mask, result *Mask) bool {
	if slices.Contains(s.ambiguous[:], true) {
		return s.ambiguous[m.Fn] || m.Fn == MaskNull
	}
	if m.Fn != result.Fn {
		return false
	}
	switch m.Fn {
	case MaskBucket, MaskDateTrunc:
		return sameExtent(m, result)
	case MaskPartial:
		return m.KeepStart == result.KeepStart || m.KeepEnd == result.KeepEnd
	}
	return true
}

func sameExtent(a, b *Mask) bool {
	if a.Fn == MaskBucket {
		return width(a).Cmp(width(b)) == 0
	}
	return a.Unit == b.Unit
}

// coarser merges two masks of one function into one that shows no more than either, ok = false when there is none but NULL.
func coarser(a, b *Mask) (merged *Mask, ok bool) {
	switch a.Fn {
	case MaskNull:
		return a, true
	case MaskConstant:
		return a, a.Value == b.Value
	case MaskHash:
		return a, a.Key == b.Key
	case MaskSQL:
		return a, a.Expr == b.Expr
	case MaskBucket:
		// Equal widths written differently (10 and 10.0) are told apart by their text, so that the order of rules does not matter.
		if c := width(a).Cmp(width(b)); c > 0 || (c == 0 && a.Width <= b.Width) {
			return a, true
		}
		return b, true
	case MaskDateTrunc:
		if slices.Index(dateUnits, a.Unit) >= slices.Index(dateUnits, b.Unit) {
			return a, true
		}
		return b, true
	case MaskPartial:
		m := *a
		m.KeepStart, m.KeepEnd = min(a.KeepStart, b.KeepStart), min(a.KeepEnd, b.KeepEnd)
		m.Fill = min(a.Fill, b.Fill)
		return &m, true
	}
	panic("policy: unknown mask function")
}

func width(m *Mask) *big.Rat {
	w, ok := new(big.Rat).SetString(m.Width)
	if !ok {
		panic("policy: a bucket's width is no number: " + m.Width)
	}
	return w
}

// aggregateState is what several aggregate_only rules of one column come to.
type aggregateState struct {
	rule AggregateRule
	any  bool
}

// add takes one more rule into account: the union of what they demand, the intersection of what they allow.
func (s *aggregateState) add(r *AggregateRule) {
	if !s.any {
		s.any, s.rule = true, *r
		return
	}
	t := &s.rule
	t.MinEntities = max(t.MinEntities, r.MinEntities)
	// Both slices are made anew, since the first rule's are still its own.
	t.Functions = slices.DeleteFunc(slices.Clone(t.Functions), func(f string) bool { return !slices.Contains(r.Functions, f) })
	t.DirectColumnsOnly = t.DirectColumnsOnly || r.DirectColumnsOnly
	t.SmallGroups = min(t.SmallGroups, r.SmallGroups)
	if t.MaxShare == 0 || (r.MaxShare > 0 && r.MaxShare < t.MaxShare) {
		t.MaxShare = r.MaxShare
	}
	t.Budgets = slices.Concat(t.Budgets, r.Budgets)
	slices.SortFunc(t.Budgets, compareBudgets)
	t.Budgets = slices.Compact(t.Budgets)
}

func compareBudgets(a, b Budget) int {
	if a.Per != b.Per {
		return int(min(1, max(-1, a.Per-b.Per)))
	}
	return a.Queries - b.Queries
}

// columnState is what all rules of one column come to: the meet of the lattice deny > aggregate_only > mask > allow.
type columnState struct {
	denied    bool
	aggregate aggregateState
	masks     maskState
}

// add takes one more rule into account. Grants and row filters say nothing about a column.
func (s *columnState) add(r *rule) {
	switch r.effect {
	case effectDeny:
		s.denied = true
	case effectAggregate:
		s.aggregate.add(&r.aggregate)
	case effectMask:
		s.masks.add(&r.mask)
	}
}

// decide returns the column's fate. countable tells whether the product has an entity key: where entities cannot be counted,
// nothing can be shown of a column that shows only in aggregates over many of them. A mask beside aggregate_only stays: the
// aggregates run over masked values, or a rule that was meant to restrict would show what the mask hides.
func (s *columnState) decide(rules []*rule, countable bool) ColumnDecision {
	var d ColumnDecision
	var mask *Mask
	if s.masks.any() {
		m := s.masks.result()
		mask = &m
	}
	blocked := s.aggregate.any && (!countable || len(s.aggregate.rule.Functions) == 0)
	switch {
	case s.denied || blocked:
		d.Action = Deny
	case s.aggregate.any:
		d.Action, d.Aggregate, d.Beneath = AggregateOnly, s.aggregate.rule, mask
	case mask != nil:
		d.Action, d.Mask = Masked, *mask
	default:
		d.Action = Allow
	}
	for _, r := range rules {
		if s.decidedBy(r, mask) {
			d.Rules = append(d.Rules, r.public)
		}
	}
	return d
}

func (s *columnState) decidedBy(r *rule, mask *Mask) bool {
	switch r.effect {
	case effectDeny:
		return true
	case effectAggregate:
		return !s.denied
	case effectMask:
		return !s.denied && s.masks.decided(&r.mask, mask)
	}
	return false
}

// effect is a rule's effect.
type effect int

const (
	effectDeny effect = iota
	effectAggregate
	effectMask
	effectFilter
	effectGrant
)

var effectNames = []string{"deny", "aggregate_only", "mask", "row_filter", "grant"}

// String returns the effect as policy files write it.
func (e effect) String() string { return effectNames[e] }

func effectOf(name string) effect { return effect(slices.Index(effectNames, name)) }

func maskFnOf(name string) MaskFn {
	return MaskFn(slices.Index(strings.Fields("null constant hash bucket date_trunc partial sql"), name))
}
