// Package conformance holds a store's dialect against PostgreSQL itself: every entry of Dialect.Ops is evaluated at the store and
// in a real PostgreSQL 15, over operands that the suite derives from the entry's key, and value, NULL or SQLSTATE must agree. A
// new entry is tested without writing a test. The package knows no particular store: a Harness brings it.
package conformance

import (
	"context"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgvalue"
)

// Harness is a store under test. Its functions are called from one goroutine.
type Harness struct {
	// Dialect is what is tested: the store's, or a part of it.
	Dialect *connectors.Dialect
	// Load makes a table at the store, with columns of the given names and PostgreSQL types, that holds the rows; nil is NULL. The
	// first column is the row's number, an int4. Load may set what the dialect's Column function reads of a column, such as
	// Native. The table goes with the test.
	Load func(t testing.TB, columns []catalog.Column, rows [][]pgvalue.Value) Table
	// Query runs one SELECT of the dialect as the engine would have the connector run it. An argument whose type has OID 0 stands
	// for the handle of the session's settings, as the planner passes it; the settings are those of pgvalue.DefaultFormat.
	Query func(ctx context.Context, q *connectors.Query) (array.RecordReader, error)
	// Holds reports whether the store has a type for t that holds v; nil asks about the type itself. Operands that a store cannot
	// have are left out. A nil function holds everything.
	Holds func(t catalog.Type, v pgvalue.Value) bool
	// Skip names entries that are not evaluated, each with the reason: such as that only the planner can write their operands. A
	// line for an entry that the dialect does not have fails the suite.
	Skip map[string]string
	// Differs names entries that are allowed to differ, each with the reason. A line that is not needed fails the suite.
	Differs map[string]string
	// MaxRows bounds how many combinations of operands an entry gets; 0 means 300.
	MaxRows int
	// MaxParameters bounds how many values of an operand are passed as parameters; 0 = all. A dialect whose parameters carry their
	// type needs few.
	MaxParameters int
}

// Table is how a store calls a table that Load made.
type Table struct {
	Schema, Name string
	Columns      []catalog.Column
}

const defaultMaxRows = 300

// Run evaluates all entries of the dialect, each in a subtest that carries its key. It needs the private PostgreSQL of
// internal/teststores and skips the test where there is none.
func Run(t *testing.T, h *Harness) {
	s := newSuite(t, h)
	keys := make([]string, 0, len(h.Dialect.Ops))
	for key, l := range h.Dialect.Ops {
		if l.Fidelity != connectors.Never {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	for key := range h.Skip {
		if _, ok := slices.BinarySearch(keys, key); !ok {
			t.Errorf("Skip has a line for %q, which is no entry of %s", key, h.Dialect.Name)
		}
	}
	for key := range h.Differs {
		if _, ok := slices.BinarySearch(keys, key); !ok {
			t.Errorf("Differs has a line for %q, which is no entry of %s", key, h.Dialect.Name)
		}
	}
	for _, key := range keys {
		if _, skipped := h.Skip[key]; skipped {
			continue
		}
		t.Run(key, func(t *testing.T) { s.entry(t, key) })
	}
	t.Run("order and groups", s.keys)
	t.Run("lists of keys", s.keyLists)
}
