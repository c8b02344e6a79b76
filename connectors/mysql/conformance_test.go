package mysql

import (
	"context"
	"fmt"
	"math"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/connectors/conformance"
	"meshgate/pgcat"
	"meshgate/pgvalue"
)

// TestConformance evaluates every entry of the dialect through the connector, in MariaDB with a collation that ignores case and
// blanks, and in PostgreSQL.
func TestConformance(t *testing.T) {
	f := newFixture(t, nil)
	conformance.Run(t, &conformance.Harness{Dialect: f.store.Dialect(), Load: f.load, Query: f.ask, Holds: holds})
}

// natives are the types of the columns that operands are loaded into.
var natives = map[pgcat.OID]string{
	pgcat.Bool: "tinyint(1)", pgcat.Int2: "smallint", pgcat.Int4: "int", pgcat.Int8: "bigint", pgcat.Float4: "float",
	pgcat.Float8:  "double",
	pgcat.Numeric: "decimal(65,2)", pgcat.Text: "text", pgcat.VarChar: "varchar(200)", pgcat.Bytea: "varbinary(200)",
	pgcat.Date: "date",
	pgcat.Time: "time(6)", pgcat.Timestamp: "datetime(6)", pgcat.TimestampTZ: "timestamp(6)",
}

// holds reports whether a column of those types holds a value.
func holds(t catalog.Type, v pgvalue.Value) bool {
	if natives[t.OID] == "" {
		return false
	}
	switch v := v.(type) {
	case float64:
		return !math.IsNaN(v) && !math.IsInf(v, 0) && (v != 0 || !math.Signbit(v)) // MariaDB stores -0 as 0
	case pgvalue.Numeric:
		return v.IsFinite() && v.Scale() == 2 // the column has one scale for all
	case pgvalue.Date:
		return inCalendar(int64(v))
	case pgvalue.Timestamp:
		day := floorDiv(int64(v), pgvalue.MicrosPerDay)
		if t.OID == pgcat.TimestampTZ && (day < 1 || day > 24000) {
			return false // MySQL's timestamp ends in 2038
		}
		return !v.IsInf() && inCalendar(day)
	}
	return true
}

var tables atomic.Int64

// load makes a table at the store and fills it.
func (f *fixture) load(t testing.TB, columns []catalog.Column, rows [][]pgvalue.Value) conformance.Table {
	t.Helper()
	name := fmt.Sprintf("operands%d", tables.Add(1))
	defs, marks := make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		columns[i].Native = natives[c.Type.OID]
		if precision, scale, ok := pgvalue.NumericTypmod(c.Type.Mod); ok && c.Type.OID == pgcat.Numeric {
			columns[i].Native = fmt.Sprintf("decimal(%d,%d)", precision, scale)
		}
		defs[i] = c.Name + " " + columns[i].Native + " NULL"
		marks[i] = "?"
		if c.Type.OID == pgcat.Bytea {
			marks[i] = "UNHEX(?)"
		}
	}
	f.exec("CREATE TABLE " + name + " (" + strings.Join(defs, ", ") + ")")
	tx, err := f.admin.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec("SET time_zone = '+00:00'"); err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		args := make([]any, len(row))
		for i, v := range row {
			args[i], _ = parameter(connectors.Arg{Type: columns[i].Type, Value: v}) // Holds has left out what does not go
		}
		if _, err := tx.Exec("INSERT INTO "+name+" VALUES ("+strings.Join(marks, ", ")+")", args...); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	return conformance.Table{Schema: f.database, Name: name, Columns: columns}
}

// ask runs a query in a snapshot that ends with its result.
func (f *fixture) ask(ctx context.Context, q *connectors.Query) (array.RecordReader, error) {
	s, err := f.store.Begin(ctx, connectors.Tag{})
	if err != nil {
		return nil, err
	}
	r, err := s.Query(ctx, q)
	if err != nil {
		if closeErr := s.Close(); closeErr != nil {
			return nil, closeErr
		}
		return nil, err
	}
	return &endingReader{r, f, s}, nil
}

type endingReader struct {
	array.RecordReader
	f        *fixture
	snapshot connectors.Snapshot
}

func (r *endingReader) Release() {
	r.RecordReader.Release()
	if err := r.snapshot.Close(); err != nil {
		r.f.t.Error(err)
	}
}
