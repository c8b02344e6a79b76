package catalog

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"meshgate/meshfile"
)

// Kind is what the catalog has to know of a kind of store. The connectors supply it.
type Kind struct {
	Name        string   // mesh.yaml's kind
	ServerTypes []string // the contracts' server types that it stands for
	File        bool     // its place is a path, not a host, port and database
	// ColumnType returns the type that clients see for a store's type, or an error that says why it cannot be carried.
	ColumnType func(Native) (Type, error)
}

// Native is a column's type as a contract declares it.
type Native struct {
	Physical string // the store's own type; empty = not declared
	Logical  string // ODCS's logicalType; empty = not declared
	Format   string // logicalTypeOptions.format
	Timezone bool   // logicalTypeOptions.timezone
	Items    *Native
}

// New makes a snapshot of the products that the contracts declare, or tells everything that is wrong with them. It never makes
// a snapshot of a part: with faults, the snapshot holds what could be made for other checks to go on, and is not to be served.
func New(files *meshfile.Mesh, kinds []Kind) (*Snapshot, meshfile.Faults) {
	b := &builder{files: files, kinds: map[string]Kind{}, byName: map[Name]*Product{}, byRef: map[string]*Product{}}
	for _, k := range kinds {
		b.kinds[k.Name] = k
	}
	b.checkTagPatterns()
	domains := b.domains()
	for i := range files.Contracts {
		b.contract(&files.Contracts[i])
	}
	for _, link := range b.links {
		b.relate(link)
	}
	slices.SortFunc(b.products, func(x, y *Product) int {
		return cmp.Or(cmp.Compare(x.Name.Domain, y.Name.Domain), cmp.Compare(x.Name.Product, y.Name.Product))
	})
	b.faults.Sort()
	return NewSnapshot(files.Config.Mesh.Value, files.Digest, domains, b.products), b.faults
}

type builder struct {
	files    *meshfile.Mesh
	kinds    map[string]Kind
	patterns []tagPattern
	faults   meshfile.Faults
	products []*Product
	byName   map[Name]*Product
	byRef    map[string]*Product // by the contract's file and the object's id
	links    []link
}

var (
	publicName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)
	// reservedDomains are schemas that clients, the gateway or the engine already mean something by.
	reservedDomains = []string{"pg_catalog", "information_schema", "mesh", "main", "temp", "system"}
)

func (b *builder) domains() []Domain {
	var domains []Domain
	for _, d := range b.files.Domains {
		if slices.Contains(reservedDomains, d.Key) || strings.HasPrefix(d.Key, "pg_") {
			b.faults.Add(d.At, "domain %q: the name is reserved", d.Key)
			continue
		}
		domains = append(domains, Domain{Name: d.Key, Owner: d.Owner.Value, Contact: d.Contact.Value, Description: d.Description})
	}
	slices.SortFunc(domains, func(x, y Domain) int { return cmp.Compare(x.Name, y.Name) })
	return domains
}

func (b *builder) contract(c *meshfile.Contract) {
	switch {
	case c.Domain.At.Line == 0:
		b.faults.Add(c.At, "contract: key \"domain\" is missing, expected %q, the folder's domain", c.Folder)
	case c.Domain.Value != c.Folder:
		b.faults.Add(c.Domain.At, "domain: expected %q, the folder's domain, got %q", c.Folder, c.Domain.Value)
	}
	b.checkTags(c.Tags)
	if len(c.Schema) == 0 {
		return
	}
	var server *meshfile.Server
	var store meshfile.Store
	placed := false
	if slices.ContainsFunc(c.Schema, func(o meshfile.Object) bool { _, derived := queryOf(&o); return !derived }) {
		server, store, placed = b.serverOf(c)
	}
	for i := range c.Schema {
		p := b.product(c, &c.Schema[i])
		if p == nil {
			continue
		}
		if query, derived := queryOf(&c.Schema[i]); derived {
			b.derived(p, &c.Schema[i], query)
		} else if placed {
			b.place(p, &c.Schema[i], server, store)
			b.columns(p, &c.Schema[i], b.kinds[store.Kind.Value])
		}
	}
}

// product makes a product without its place and columns, nil when its name is taken or cannot be one.
func (b *builder) product(c *meshfile.Contract, o *meshfile.Object) *Product {
	name := Name{Domain: c.Folder, Product: o.Name.Value}
	if !publicName.MatchString(o.Name.Value) {
		b.faults.Add(o.Name.At, "product: expected a name of a-z, 0-9 and _ that begins with a letter, at most 63 long, got %q",
			o.Name.Value)
		return nil
	}
	if other, taken := b.byName[name]; taken {
		b.faults.Add(o.Name.At, "product %s is declared already at %s", name, other.Position)
		return nil
	}
	b.checkTags(o.Tags)
	p := &Product{
		Name: name, Contract: c.ID.Value, Version: c.Version, Status: c.Status, IsView: o.PhysicalType == "view",
		Tags:        union(meshfile.Values(c.Tags), meshfile.Values(o.Tags)),
		Description: o.Description, Purpose: c.Description.Purpose, Usage: c.Description.Usage, Limitations: c.Description.Limitations,
		Owner: b.ownerOf(c), Contact: b.contactOf(c), Owners: b.ownersOf(c), Position: o.Name.At,
	}
	b.byName[name] = p
	if o.ID != "" {
		b.byRef[c.At.File+"#"+o.ID] = p
	}
	b.products = append(b.products, p)
	for _, r := range o.Relationships {
		b.links = append(b.links, link{product: p, file: c.At.File, from: &r.From, to: r.To, at: r.At})
	}
	return p
}

func (b *builder) domainOf(c *meshfile.Contract) meshfile.Domain {
	for _, d := range b.files.Domains {
		if d.Key == c.Folder {
			return d
		}
	}
	return meshfile.Domain{}
}

// ownersOf returns everybody who may approve in the name of the product's owner.
func (b *builder) ownersOf(c *meshfile.Contract) []string {
	var owners []string
	if d := b.domainOf(c); d.Owner.Value != "" {
		owners = append(owners, d.Owner.Value)
	}
	for _, m := range c.Team.Members {
		if strings.EqualFold(m.Role, "owner") {
			owners = append(owners, m.Username)
		}
	}
	return union(owners)
}

func (b *builder) ownerOf(c *meshfile.Contract) string {
	if c.Team.Name != "" {
		return c.Team.Name
	}
	for _, m := range c.Team.Members {
		if strings.EqualFold(m.Role, "owner") {
			return m.Username
		}
	}
	return b.domainOf(c).Owner.Value
}

func (b *builder) contactOf(c *meshfile.Contract) string {
	if len(c.Support) > 0 {
		return c.Support[0].Channel
	}
	return b.domainOf(c).Contact.Value
}

// union returns the different texts of several lists, sorted.
func union(lists ...[]string) []string {
	all := slices.Concat(lists...)
	slices.Sort(all)
	return slices.Compact(all)
}
