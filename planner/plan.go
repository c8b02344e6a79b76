// Package planner turns one SELECT into the queries that stores are sent, and the residual that the gateway computes from their
// answers, with governance applied on the way. It is pure: no I/O, and the same input gives the same plan.
//
// A statement goes one way: parse, bind (names and types against what the principal may see), govern (row filters and masks
// directly on the scans), pushDown (what each store can do exactly). Each stage has a type of its own.
package planner

import (
	"time"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/policy"
)

// Decider says what a principal may see of a product.
type Decider interface {
	Decide(who *policy.Principal, now time.Time, p *catalog.Product) *policy.Decision
}

// Input is everything that a plan depends on.
type Input struct {
	ParamOIDs   []pgcat.OID // types that the client declared; 0 = to be inferred
	ParamsKnown bool        // ParamOIDs is complete: a statement may not refer to more parameters
	Principal   *policy.Principal
	Now         time.Time
	Catalog     *catalog.Snapshot
	Policy      Decider
	// System finds a relation of the system catalogs by schema and name; nil = there are none.
	System     func(schema, name string) (*SystemRelation, bool)
	SearchPath []string
	Format     *pgvalue.Format // how literals of dates and intervals are read
	// Dialects are the dialects of the stores by their names, and Engine the gateway's own.
	Dialects map[string]*connectors.Dialect
	Engine   *connectors.Dialect
	// Disable names rewrite rules that are left out: "pushdown" leaves everything but the scans in the gateway.
	Disable map[string]bool
	// Version15 refuses grammar that came after PostgreSQL 15.
	Version15 bool
}

// SystemRelation is a relation of the system catalogs.
type SystemRelation struct {
	Schema, Name string
	OID          pgcat.OID
	Columns      []SystemColumn
}

// SystemColumn is a column of a system relation. A hidden one is not part of *.
type SystemColumn struct {
	Name   string
	Type   catalog.Type
	Hidden bool
}

// Column is a column of a result as clients see it.
type Column struct {
	Name string
	Type catalog.Type
	// The relation that the column is a plain copy of, if any.
	Product *catalog.Product
	System  *SystemRelation
	Ordinal int // of the column there, from 0
}

// Notice is a message beside the result.
type Notice struct{ Message, Detail string }
