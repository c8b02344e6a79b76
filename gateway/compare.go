package gateway

import (
	"maps"
	"slices"
	"strings"
	"time"

	"meshgate/catalog"
	"meshgate/meshfile"
	"meshgate/policy"
)

// Change is what somebody gains or loses when one mesh follows another.
type Change struct {
	User      string     `json:"user"`
	Purposes  []string   `json:"purposes"` // for which it holds, in their order; "" = without one
	Every     bool       `json:"everyPurpose"`
	Product   string     `json:"product"`
	Column    string     `json:"column,omitempty"`    // empty = the rows
	RowFilter string     `json:"rowFilter,omitempty"` // the rule, where it is about rows
	Before    string     `json:"before"`
	After     string     `json:"after"`
	Change    string     `json:"change"` // gains, loses, changes
	Rules     []string   `json:"rules,omitempty"`
	From      *time.Time `json:"from,omitempty"` // when it begins; none = at once
}

// Lowered is a change that takes protection off a column in the contract itself, which the federation has to approve.
type Lowered struct {
	Position meshfile.Position
	Text     string
}

// Comparison is what differs for people between two meshes.
type Comparison struct {
	Changes []Change
	Lowered []Lowered
}

// Compare tells who gains and who loses what when the mesh in o.Dir follows the one in base: for every user, with every purpose that
// they may state, at the instants at which an access grant begins or ends. Conditions on a client's address or program are decided as
// for one that is not known.
func Compare(o Options, base string) (*Comparison, error) {
	before, err := loadEpoch(base, o.Kinds)
	if err != nil {
		return nil, err
	}
	after, err := loadEpoch(o.Dir, o.Kinds)
	if err != nil {
		return nil, err
	}
	c := &comparer{before: before, after: after}
	now := time.Now()
	if o.Now != nil {
		now = o.Now()
	}
	c.at(now, nil)
	for _, t := range c.instants(now) {
		c.at(t, &t)
	}
	return &Comparison{Changes: c.collapse(), Lowered: c.lowered()}, nil
}

func loadEpoch(dir string, kinds []StoreKind) (*epoch, error) {
	files, faults := meshfile.Read(dir)
	e, more := check(files, kinds)
	if faults = append(faults, more...); len(faults) > 0 {
		faults.Sort()
		return nil, faults
	}
	return e, nil
}

type comparer struct {
	before, after *epoch
	found         []Change // with one purpose each
	known         map[string]string
}

func (c *comparer) instants(now time.Time) []time.Time {
	all := append(c.before.policy.Changes(now), c.after.policy.Changes(now)...)
	slices.SortFunc(all, time.Time.Compare)
	return slices.CompactFunc(all, time.Time.Equal)
}

// users are those of either mesh.
func (c *comparer) users() []string {
	all := map[string]bool{}
	for _, e := range []*epoch{c.before, c.after} {
		for name := range e.users {
			all[name] = true
		}
	}
	return sortedNames(all)
}

// products are those of either mesh; one that a mesh does not have shows nothing there.
func (c *comparer) products() []catalog.Name {
	all := map[catalog.Name]bool{}
	for _, e := range []*epoch{c.before, c.after} {
		for _, p := range e.catalog.Products() {
			all[p.Name] = true
		}
	}
	return slices.SortedFunc(maps.Keys(all), func(a, b catalog.Name) int { return strings.Compare(a.String(), b.String()) })
}

func (c *comparer) purposes(user string) []string {
	all := map[string]bool{"": true}
	for _, e := range []*epoch{c.before, c.after} {
		if u := e.users[user]; u != nil {
			for _, p := range u.Purposes {
				all[p.Value] = true
			}
		}
	}
	return sortedNames(all)
}

// at compares at one instant; from is set for those to come, of which only what they change is told.
func (c *comparer) at(now time.Time, from *time.Time) {
	seen := map[string]string{}
	for _, user := range c.users() {
		for _, purpose := range c.purposes(user) {
			for _, name := range c.products() {
				before, after := c.before.sees(user, purpose, name, now), c.after.sees(user, purpose, name, now)
				for _, change := range before.to(after) {
					change.User, change.Product, change.Purposes, change.From = user, name.String(), []string{purpose}, from
					key := strings.Join([]string{user, purpose, change.Product, change.Column, change.RowFilter}, "\x00")
					seen[key] = change.Before + "\x00" + change.After
					if from == nil || c.known[key] != seen[key] {
						c.found = append(c.found, change)
					}
				}
			}
		}
	}
	c.known = seen
}

// sight is what somebody sees of a product.
type sight struct {
	columns map[string]*policy.ColumnDecision // those that show in some way
	filters map[string]string                 // expressions by rule
	rules   map[string][]string               // by column
}

// sees is what a user sees of a product. Nobody sees anything with a purpose that they do not have.
func (e *epoch) sees(user, purpose string, name catalog.Name, now time.Time) *sight {
	s := &sight{columns: map[string]*policy.ColumnDecision{}, filters: map[string]string{}, rules: map[string][]string{}}
	u, p := e.users[user], (*catalog.Product)(nil)
	if u != nil && (purpose == "" || slices.Contains(meshfile.Values(u.Purposes), purpose)) {
		p, _ = e.catalog.Product(name)
	}
	if p == nil {
		return s
	}
	d := e.policy.Decide(principalOf(u, purpose), now, p)
	if !d.Granted {
		return s
	}
	for i := range d.Columns {
		column := p.Columns[i].Name
		s.rules[column] = ruleNames(d.Columns[i].Rules)
		if d.Columns[i].Action != policy.Deny {
			s.columns[column] = &d.Columns[i]
		}
	}
	for _, f := range d.Filters {
		s.filters[f.Rule.ID] = f.Expr
	}
	return s
}

var nothing = &policy.ColumnDecision{}

// to lists what differs. Row filters count where something of the product shows on both sides: else the columns tell it all.
func (s *sight) to(o *sight) []Change {
	var out []Change
	for _, column := range unionOf(s.columns, o.columns) {
		before, after := orNothing(s.columns[column]), orNothing(o.columns[column])
		if shows := policy.Compare(before, after); shows != policy.ShowsSame {
			rules := o.rules[column]
			if shows == policy.ShowsMore {
				rules = s.rules[column] // those that hid it
			}
			out = append(out, Change{Column: column, Before: before.Text(), After: after.Text(), Change: shows.String(), Rules: rules})
		}
	}
	if len(s.columns) == 0 || len(o.columns) == 0 {
		return out
	}
	for _, rule := range unionOf(s.filters, o.filters) {
		before, had := s.filters[rule]
		after, has := o.filters[rule]
		c := Change{RowFilter: rule, Before: "all rows", After: "all rows", Rules: []string{rule}}
		switch {
		case had && has && before != after:
			c.Before, c.After, c.Change = "filtered", "filtered otherwise", policy.ShowsOther.String()
		case had && !has:
			c.Before, c.Change = "filtered", policy.ShowsMore.String()
		case has && !had:
			c.After, c.Change = "filtered", policy.ShowsLess.String()
		default:
			continue
		}
		out = append(out, c)
	}
	return out
}

func orNothing(d *policy.ColumnDecision) *policy.ColumnDecision {
	if d == nil {
		return nothing
	}
	return d
}

func unionOf[V any](a, b map[string]V) []string {
	all := map[string]bool{}
	for k := range a {
		all[k] = true
	}
	for k := range b {
		all[k] = true
	}
	return sortedNames(all)
}

// collapse brings the purposes of one change together.
func (c *comparer) collapse() []Change {
	var out []Change
	at := map[string]int{}
	for _, f := range c.found {
		from := ""
		if f.From != nil {
			from = f.From.String()
		}
		key := strings.Join([]string{f.User, f.Product, f.Column, f.RowFilter, f.Before, f.After, from, strings.Join(f.Rules, ",")}, "\x00")
		if i, ok := at[key]; ok {
			out[i].Purposes = append(out[i].Purposes, f.Purposes...)
			continue
		}
		at[key] = len(out)
		out = append(out, f)
	}
	for i := range out {
		out[i].Every = len(out[i].Purposes) == len(c.purposes(out[i].User))
	}
	return out
}

// lowered lists what both meshes have and what lost a part of what rules go by: a column's classification went down, or a tag that
// the federation governs is gone.
func (c *comparer) lowered() []Lowered {
	var out []Lowered
	for _, p := range c.after.catalog.Products() {
		old, ok := c.before.catalog.Product(p.Name)
		if !ok {
			continue
		}
		for _, tag := range old.Tags {
			if c.governed(tag) && !catalog.HasTag(p.Tags, tag) {
				out = append(out, Lowered{p.Position, p.Name.String() + ": the governed tag " + tag + " is gone"})
			}
		}
		for i := range p.Columns {
			column := &p.Columns[i]
			j := old.Column(column.Name)
			if j < 0 {
				continue
			}
			was := &old.Columns[j]
			name := p.Name.String() + "." + column.Name
			// By the new taxonomy's order, which the federation decides on.
			taxonomy := &c.after.files.Taxonomy
			if taxonomy.Level(column.Classification) < taxonomy.Level(was.Classification) {
				out = append(out, Lowered{column.Position, name + ": the classification went from " + was.Classification + " down to " + column.Classification})
			}
			for _, tag := range was.Tags {
				if c.governed(tag) && !catalog.HasTag(column.Tags, tag) && !catalog.HasTag(p.Tags, tag) {
					out = append(out, Lowered{column.Position, name + ": the governed tag " + tag + " is gone"})
				}
			}
		}
	}
	return out
}

// governed reports whether the federation governs a tag: itself, or one above it.
func (c *comparer) governed(tag string) bool {
	for {
		if c.before.files.Taxonomy.Tags[tag].Governed {
			return true
		}
		i := strings.LastIndexByte(tag, '.')
		if i < 0 {
			return false
		}
		tag = tag[:i]
	}
}
