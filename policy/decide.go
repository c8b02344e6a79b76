package policy

import (
	"time"

	"meshgate/catalog"
)

// resolved is what the rules come to for one product before it is known who asks.
type resolved struct {
	product    *catalog.Product
	open       bool    // its classification is open to everybody
	grants     []*rule // that select it
	rules      []*rule // all others that select it or a column of it, in the order of their ids
	whole      []bool  // of rules: the rule selects the product as such
	columns    [][]int // for each column the indexes in rules of those that select it
	lifts      []*lift
	countable  bool // it has an entity key
	productVar *celProduct
	columnVars []*celColumn
}

// lift is an access grant, resolved.
type lift struct {
	public  *Exemption
	user    string
	purpose string // empty = any
	rules   map[*rule]bool
	columns map[int]bool // nil = all, and the product's rows
}

// applies reports whether an access grant is for a principal, leaving the time aside.
func (l *lift) applies(who *Principal) bool {
	return l.user == who.User && (l.purpose == "" || l.purpose == who.Purpose)
}

// validity says whether a rule holds for a principal.
type validity uint8

const (
	holdsNever validity = iota
	holdsAlways
	holdsByColumn // its conditions look at the column
)

// Decide returns what a principal may see of a product at an instant. A product that is not of the snapshot that the set was made
// with, and a nil principal, see nothing.
func (s *Set) Decide(who *Principal, now time.Time, p *catalog.Product) *Decision {
	if s == nil || who == nil || s.products[p] == nil {
		return denied(p)
	}
	key := s.cache.key(who, p)
	if d := s.cache.get(key, now); d != nil {
		return d
	}
	d, timed := s.decide(who, now, s.products[p])
	if timed {
		// A condition that looks at the clock may change its mind at any time.
		d.Since, d.Until = now, now
		return d
	}
	s.cache.put(key, d)
	return d
}

// denied is the decision of which nothing can be seen.
func denied(p *catalog.Product) *Decision {
	d := &Decision{Product: p}
	if p != nil {
		d.Columns = make([]ColumnDecision, len(p.Columns))
	}
	return d
}

func (s *Set) decide(who *Principal, now time.Time, r *resolved) (d *Decision, timed bool) {
	e := newEvaluation(who, now, r, s.conditions)
	d = denied(r.product)
	active := r.active(who, now, d)
	for _, g := range r.grants {
		if e.grants(g) {
			d.Grants = append(d.Grants, g.public)
		}
	}
	d.Granted = r.open || len(d.Grants) > 0
	if !d.Granted {
		return d, e.timed
	}
	valid := make([]validity, len(r.rules))
	for i, rule := range r.rules {
		valid[i] = e.validity(rule)
		if valid[i] == holdsAlways {
			r.wholeProduct(d, i, active)
		}
	}
	r.decideColumns(d, e, valid, active)
	return d, e.timed
}

// active returns the access grants that hold now, and notes in the decision between which instants that stays so.
func (r *resolved) active(who *Principal, now time.Time, d *Decision) []*lift {
	var active []*lift
	for _, l := range r.lifts {
		if !l.applies(who) {
			continue
		}
		for _, change := range []time.Time{l.public.NotBefore, l.public.Expires} {
			if change.After(now) {
				if d.Until.IsZero() || change.Before(d.Until) {
					d.Until = change
				}
			} else if change.After(d.Since) {
				d.Since = change
			}
		}
		if !now.Before(l.public.NotBefore) && now.Before(l.public.Expires) {
			active = append(active, l)
		}
	}
	return active
}

// wholeProduct adds what a rule says about the product's rows, or about the product as a whole.
func (r *resolved) wholeProduct(d *Decision, i int, active []*lift) {
	rule := r.rules[i]
	switch {
	case rule.effect == effectFilter:
		// Rows are lifted only by an access grant to the whole product: one to some columns says nothing of rows.
		for _, l := range active {
			if l.rules[rule] && l.columns == nil {
				d.addExempt(l.public)
				return
			}
		}
		d.Filters = append(d.Filters, RowFilter{Rule: rule.public, Expr: rule.filter.Value, Position: rule.filter.At})
	case rule.effect == effectDeny && r.whole[i]:
		for _, l := range active {
			if l.rules[rule] {
				return
			}
		}
		d.Denied = append(d.Denied, rule.public)
	}
}

func (d *Decision) addExempt(x *Exemption) {
	for _, known := range d.Exempt {
		if known == x {
			return
		}
	}
	d.Exempt = append(d.Exempt, x)
}

func (r *resolved) decideColumns(d *Decision, e *evaluation, valid []validity, active []*lift) {
	deciding := make([]*rule, 0, 16)
	for column := range r.columns {
		var state columnState
		deciding = deciding[:0]
		var exempt []*Exemption
		for _, i := range r.columns[column] {
			rule := r.rules[i]
			if valid[i] == holdsNever || (valid[i] == holdsByColumn && !e.restricts(rule, column)) {
				continue
			}
			if l := lifted(active, rule, column); l != nil {
				exempt = append(exempt, l.public)
				d.addExempt(l.public)
				continue
			}
			state.add(rule)
			deciding = append(deciding, rule)
		}
		d.Columns[column] = state.decide(deciding, r.countable)
		d.Columns[column].Exempt = exempt
	}
}

func lifted(active []*lift, rule *rule, column int) *lift {
	for _, l := range active {
		if l.rules[rule] && (l.columns == nil || l.columns[column]) {
			return l
		}
	}
	return nil
}

// validity tells whether a restriction holds for the principal. What cannot be evaluated restricts.
func (e *evaluation) validity(r *rule) validity {
	if r.perColumn {
		return holdsByColumn
	}
	if e.restricts(r, -1) {
		return holdsAlways
	}
	return holdsNever
}

// restricts reports whether a restriction holds: an error in its to counts as true, one in its unless as false.
func (e *evaluation) restricts(r *rule, column int) bool {
	if !r.forPurpose(e.who.Purpose) || (r.to != nil && !r.to.holds(e, column, true)) {
		return false
	}
	return r.unless == nil || !r.unless.holds(e, column, false)
}

// grants reports whether a grant holds: an error anywhere means that it does not.
func (e *evaluation) grants(r *rule) bool {
	if !r.forPurpose(e.who.Purpose) || (r.to != nil && !r.to.holds(e, -1, false)) {
		return false
	}
	return r.unless == nil || !r.unless.holds(e, -1, true)
}
