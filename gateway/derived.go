package gateway

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"meshgate/catalog"
	"meshgate/duck"
	"meshgate/meshfile"
	"meshgate/planner"
	"meshgate/policy"
	"meshgate/sqlerr"
)

// ownerOf is the principal with whose rights a derived product reads others: the owner of its domain, by name or by the attribute
// email, for the product's purpose; nil where users.yaml does not have one.
func (e *epoch) ownerOf(p *catalog.Product) *policy.Principal {
	domains := e.catalog.Domains()
	at := slices.IndexFunc(domains, func(d catalog.Domain) bool { return d.Name == p.Name.Domain })
	if at < 0 || domains[at].Owner == "" {
		return nil
	}
	for i := range e.files.Users {
		u := &e.files.Users[i]
		if goesBy(u.Name.Value, u.Attrs["email"].Values, domains[at].Owner) && checkPurpose(u, p.ReadFor) == nil {
			return principalOf(u, p.ReadFor)
		}
	}
	return nil
}

// deriver works out what derived products inherit from the products that they read, each after those that it reads.
type deriver struct {
	epoch  *epoch
	state  map[*catalog.Product]int // 1 = being worked out, 2 = done
	path   []*catalog.Product
	faults meshfile.Faults
}

// derive lets the classification and the tags of columns flow into derived products.
func (e *epoch) derive() meshfile.Faults {
	d := &deriver{epoch: e, state: map[*catalog.Product]int{}}
	for _, p := range e.catalog.Products() {
		d.product(p)
	}
	return append(d.faults, e.catalog.CheckDeclassify(&e.files.Taxonomy)...)
}

func (d *deriver) product(p *catalog.Product) {
	if p.Query == "" || d.state[p] == 2 {
		return
	}
	if d.state[p] == 1 {
		var names []string
		for _, q := range d.path[slices.Index(d.path, p):] {
			names = append(names, q.Name.String())
		}
		d.faults.Add(p.QueryAt, "query: the product is derived from itself: %s", strings.Join(append(names, p.Name.String()), ", "))
		return
	}
	d.state[p] = 1
	d.path = append(d.path, p)
	found, err := planner.Derive(d.input(), p)
	if err == nil {
		for _, read := range found.Reads {
			d.product(read)
		}
		d.inherit(p, found)
	} else {
		d.faults.Add(p.QueryAt, "query: %s", messageOf(err))
	}
	d.path = d.path[:len(d.path)-1]
	d.state[p] = 2
}

// input is what the query is bound with. Everything is granted here: what the owner may not see is found out by the check of rights.
func (d *deriver) input() *planner.Input {
	return &planner.Input{
		Catalog: d.epoch.catalog, Policy: everything{}, Engine: duck.Dialect(), Version15: true, Format: newSettings().format,
		Owner: func(*catalog.Product) *policy.Principal { return &policy.Principal{} },
	}
}

// inherit holds the query's columns against the contract's and hands on what they come from.
func (d *deriver) inherit(p *catalog.Product, found *planner.Derivation) {
	if problem := differs(p, found.Columns); problem != "" {
		d.faults.Add(p.QueryAt, "query: %s", problem)
		return
	}
	for i, uses := range found.Sources {
		var sources []catalog.Source
		for _, u := range uses {
			sources = append(sources, catalog.Source{Product: u.Product, Ordinal: u.Ordinal})
		}
		p.Inherit(i, sources, &d.epoch.files.Taxonomy)
	}
}

func differs(p *catalog.Product, columns []planner.Column) string {
	if len(columns) != len(p.Columns) {
		return fmt.Sprintf("it gives %d columns, the contract has %d", len(columns), len(p.Columns))
	}
	for i, c := range columns {
		want := &p.Columns[i]
		if c.Name != want.Name || c.Type != want.Type {
			return fmt.Sprintf("column %d is %s of type %s, the contract has %s of type %s", i+1, c.Name, c.Type, want.Name, want.Type)
		}
	}
	return ""
}

// everything lets the queries of derived products be followed before there are policies: rules look at tags that flow along them.
type everything struct{}

// Decide shows all columns as they are.
func (everything) Decide(_ *policy.Principal, _ time.Time, p *catalog.Product) *policy.Decision {
	d := &policy.Decision{Product: p, Granted: true, Columns: make([]policy.ColumnDecision, len(p.Columns))}
	for i := range d.Columns {
		d.Columns[i].Action = policy.Allow
	}
	return d
}

// checkOwners tells which derived products read what their owners may not: nobody gets more than the owner has.
func (e *epoch) checkOwners() meshfile.Faults {
	var faults meshfile.Faults
	in := &planner.Input{
		Catalog: e.catalog, Policy: e.policy, Engine: duck.Dialect(), Version15: true, Format: newSettings().format, Owner: e.ownerOf,
	}
	for _, p := range e.catalog.Products() {
		if p.Query == "" {
			continue
		}
		found, err := planner.Derive(in, p)
		switch {
		case sqlerr.Is(err, sqlerr.InvalidAuthorization):
			faults.Add(p.QueryAt, "query: it runs with the rights of the domain's owner; expected the owner of domain.yaml in users.yaml, with the purpose %q", p.ReadFor)
		case err != nil:
			faults.Add(p.QueryAt, "query: with the rights of the domain's owner: %s", messageOf(err))
		default:
			if problem := differs(p, found.Columns); problem != "" {
				faults.Add(p.QueryAt, "query: with the rights of the domain's owner: %s", problem)
			}
		}
	}
	return faults
}
