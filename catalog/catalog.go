// Package catalog holds what clients may name: domains, data products, their columns with types, classifications and tags, and
// the stores that the rows live in. It knows nothing of SQL, principals or how a store is reached.
package catalog

import (
	"meshgate/meshfile"
	"meshgate/pgcat"
)

// Name is a product's name: domain.product, which clients see as schema.table.
type Name struct{ Domain, Product string }

// String returns domain.product.
func (n Name) String() string { return n.Domain + "." + n.Product }

// Type is a PostgreSQL type: the OID of its pg_type row and a typmod, -1 for none.
type Type struct {
	OID pgcat.OID
	Mod int32
}

// TypeOf returns a type without typmod.
func TypeOf(oid pgcat.OID) Type { return Type{OID: oid, Mod: -1} }

// String returns the type as format_type prints it.
func (t Type) String() string { return pgcat.FormatType(t.OID, t.Mod) }

// Column is a column of a product as its contract declares it (ODCS v3.1.0, "Properties").
type Column struct {
	Name           string // what clients see
	Physical       string // the name at the store
	Type           Type
	NotNull        bool
	Unique         bool
	PrimaryKey     int    // place in the primary key, from 1; 0 = not part of it
	Classification string // after the taxonomy's default for columns that declare none
	Tags           []string
	EntityKey      bool // tagged privacy.entity_key: whose rows aggregate_only counts
	Description    string
	Native         string   // the contract's physicalType
	Sources        []Source // of a derived product's column: the columns that its values come from
	Position       Position
}

// Position is a place in a file of the mesh folder.
type Position = meshfile.Position

// ForeignKey is a relationship that a contract declares.
type ForeignKey struct {
	Name       string
	Columns    []string
	References Name
	RefColumns []string
}

// Product is a data product: one schema object of one contract.
type Product struct {
	Name        Name
	Contract    string // the contract's id
	Version     string
	Status      string
	Store       string // name of the store in mesh.yaml
	Schema      string // at the store: PostgreSQL's schema, MySQL's database, empty for files that have none
	Table       string // at the store
	IsView      bool
	Query       string // of a derived product, which has no store: a SELECT over other products
	ReadFor     string // the purpose with which a derived product's owner reads; empty = none
	QueryAt     Position
	Columns     []Column
	ForeignKeys []ForeignKey
	Tags        []string
	Description string
	Purpose     string
	Usage       string
	Limitations string
	Owner       string   // who answers for it: the contract's team, else the domain's owner
	Owners      []string // who may approve in the owner's name: the domain's owner, and the owners among the contract's team
	Contact     string   // where to ask: the contract's support channel, else the domain's contact
	Position    Position

	ids map[string]string // columns by the contract's ids of properties
}

// Column returns the index of a column by its exact name, or -1.
func (p *Product) Column(name string) int {
	for i := range p.Columns {
		if p.Columns[i].Name == name {
			return i
		}
	}
	return -1
}

// Domain is an owner of products.
type Domain struct {
	Name, Owner, Contact, Description string
}

// Snapshot is one epoch of the catalog. It never changes after it was made.
type Snapshot struct {
	mesh     string
	epoch    string
	products map[Name]*Product
	ordered  []*Product
	domains  []Domain
}

// NewSnapshot makes a snapshot of a mesh's products and domains. epoch is a digest of everything they were read from.
func NewSnapshot(mesh, epoch string, domains []Domain, products []*Product) *Snapshot {
	s := &Snapshot{mesh: mesh, epoch: epoch, domains: domains, ordered: products, products: make(map[Name]*Product, len(products))}
	for _, p := range products {
		s.products[p.Name] = p
	}
	return s
}

// Mesh returns the mesh's name, which is the database clients connect to.
func (s *Snapshot) Mesh() string { return s.mesh }

// Epoch identifies the content: equal epochs, equal catalogs and policies.
func (s *Snapshot) Epoch() string { return s.epoch }

// Product returns a product by name.
func (s *Snapshot) Product(n Name) (*Product, bool) {
	p, ok := s.products[n]
	return p, ok
}

// Products returns all products in the order of their names. The caller does not change the slice.
func (s *Snapshot) Products() []*Product { return s.ordered }

// Domains returns all domains in the order of their names. The caller does not change the slice.
func (s *Snapshot) Domains() []Domain { return s.domains }

// HasDomain reports whether a domain exists.
func (s *Snapshot) HasDomain(name string) bool {
	for i := range s.domains {
		if s.domains[i].Name == name {
			return true
		}
	}
	return false
}
