// Package connectors is the contract between the gateway and a store: what a connector does, and what its SQL dialect can say.
// It knows no query, no principal and no particular store.
package connectors

import (
	"context"
	"errors"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"meshgate/catalog"
	"meshgate/pgarrow"
	"meshgate/pgcat"
	"meshgate/pgvalue"
)

// Connector reads from one store. It is safe for concurrent use. Its errors are *sqlerr.Error that name the store by its name
// in the mesh and hide the store's own text, host and DSN in their cause.
type Connector interface {
	// Dialect says what the store can compute exactly as PostgreSQL does. It never changes.
	Dialect() *Dialect
	// Relation describes a table, a view or a file of the store; an error with sqlerr.UndefinedTable says that there is none.
	Relation(ctx context.Context, schema, table string) (*Relation, error)
	// Begin opens a consistent view of the store's data. It costs no round trip before the first Query.
	Begin(ctx context.Context, tag Tag) (Snapshot, error)
	// Ping reports whether the store answers.
	Ping(ctx context.Context) error
	// Close ends all connections. No snapshot is open any more.
	Close() error
}

// Snapshot is a view of a store's data in which all queries see the same state, as far as the store can give it.
// Query may be called from several goroutines.
type Snapshot interface {
	// Reserve waits for the connections that Tag.Readers asks for, without a round trip. Who reads several stores reserves them in
	// the order of their names before the first Query: queries that took them in different orders would wait for each other.
	Reserve(ctx context.Context) error
	// Query runs one SELECT and streams its rows in batches of bounded size. The reader's schema equals q.Schema, or Query
	// fails. Ending ctx stops the query at the store, not only the reading of it. The caller releases the reader; until then
	// the store may be kept waiting, which is how back-pressure reaches it.
	Query(ctx context.Context, q *Query) (array.RecordReader, error)
	// Close ends the view. All its readers have been released.
	Close() error
}

// ErrNotHeld is the cause of a Query's error where the store has no form for the value of a parameter. Nothing was sent.
var ErrNotHeld = errors.New("the store does not hold the value of a parameter")

// Tag says on whose behalf a store is asked, for the store's own logs.
type Tag struct {
	QueryID string // of the gateway's log
	User    string // who asks, for stores that are told (Server.EndUser)
	// Readers is how many results of the snapshot will be open at once, as far as known; 0 means one. A store with a limited
	// number of connections sets so many aside at the first Query, for two queries that each held one and waited for another
	// would wait forever. It is cut to Dialect.Readers.
	Readers int
}

// Query is one SELECT in the store's dialect.
type Query struct {
	ID      string // of the gateway's log; see Comment
	SQL     string
	Args    []Arg
	Columns []Column // in the order of the SELECT list
	// Expect names the relations and columns that the SQL may mention, for connectors that read the text back before they
	// send it.
	Expect []Expectation
	// Format holds the session's settings, for dialects that ask for their handle.
	Format *pgvalue.Format
}

// Arg is a bound parameter.
type Arg struct {
	Type  catalog.Type
	Value pgvalue.Value
}

// Column is a result column. Type.Mod decides the carrier of numeric; it is not what clients see as typmod.
type Column struct {
	Name   string
	Type   catalog.Type
	Fields []Column // of rows, and of arrays of rows
}

func (c *Column) field() arrow.Field {
	if len(c.Fields) == 0 {
		return pgarrow.Field(c.Name, c.Type.OID, c.Type.Mod)
	}
	fields, types := make([]arrow.Field, len(c.Fields)), make([]pgcat.OID, len(c.Fields))
	for i := range c.Fields {
		fields[i], types[i] = c.Fields[i].field(), c.Fields[i].Type.OID
	}
	return pgarrow.RecordField(c.Name, c.Type.OID, fields, types)
}

// Expectation is a relation that a statement may read, with the columns of it that it may mention.
type Expectation struct {
	Schema, Table string
	Columns       []string
	// Types are the types of Columns as the catalog has them, for connectors that hold them against the store's: an operation on
	// another type could give another value without failing. Empty = not known. OID 0 = the text casts the column itself.
	Types []catalog.Type
}

// Schema returns the Arrow schema of a query's columns.
func Schema(columns []Column) *arrow.Schema {
	fields := make([]arrow.Field, len(columns))
	for i := range columns {
		fields[i] = columns[i].field()
	}
	return arrow.NewSchema(fields, nil)
}

// Relation is what a store says about one of its relations.
type Relation struct {
	Columns []RelationColumn
	Rows    float64 // an estimate; negative = unknown
}

// Column returns a column by its name, or nil.
func (r *Relation) Column(name string) *RelationColumn {
	for i := range r.Columns {
		if r.Columns[i].Name == name {
			return &r.Columns[i]
		}
	}
	return nil
}

// RelationColumn is a column as the store has it.
type RelationColumn struct {
	Name      string
	Native    string // the store's own type name
	Type      catalog.Type
	Known     bool // Type holds a type that the connector can carry
	NotNull   bool
	Collation string // of text: the store's name for it
	// Fuzzy says that the collation calls texts equal whose bytes differ.
	Fuzzy bool
	// Distinct and Nulls are what the store's statistics say: how many different values there are, 0 or less = unknown, and the fraction
	// of rows that have none, negative = unknown. Like Relation.Rows they choose between plans and never decide what is right.
	Distinct, Nulls float64
}
