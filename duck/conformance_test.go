package duck

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/connectors/conformance"
	"meshgate/pgarrow"
	"meshgate/pgcat"
	"meshgate/pgvalue"
)

// operands are the tables of the conformance suite: the engine reads them as the rows of stores.
type operands struct {
	db     *DB
	tables map[string]arrow.RecordBatch
}

func (o *operands) load(t testing.TB, columns []catalog.Column, rows [][]pgvalue.Value) conformance.Table {
	t.Helper()
	fields := make([]arrow.Field, len(columns))
	for i, c := range columns {
		fields[i] = pgarrow.Field(c.Name, c.Type.OID, c.Type.Mod)
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema(fields, nil))
	defer b.Release()
	for _, row := range rows {
		for i, v := range row {
			if err := pgarrow.Append(b.Field(i), v); err != nil {
				t.Fatal(err)
			}
		}
	}
	name := fmt.Sprintf("o%d", len(o.tables))
	o.tables[name] = b.NewRecordBatch()
	return conformance.Table{Name: name, Columns: columns}
}

func (o *operands) query(ctx context.Context, q *connectors.Query) (array.RecordReader, error) {
	d := &Query{SQL: q.SQL, Schema: connectors.Schema(q.Columns), Session: &Session{Format: q.Format}}
	for _, e := range q.Expect {
		// A name that comes twice, in a subquery, needs a stream for each: the first one is materialized.
		batch := o.tables[e.Table]
		r, err := array.NewRecordReader(batch.Schema(), []arrow.RecordBatch{batch})
		if err != nil {
			return nil, err
		}
		d.Inputs = append(d.Inputs, Input{Name: "s_" + e.Table, Reader: r, Rows: float64(batch.NumRows())})
		d.With = append(d.With, connectors.QuoteDouble(e.Table)+" AS MATERIALIZED (SELECT * FROM s_"+e.Table+")")
	}
	for _, a := range q.Args {
		d.Args = append(d.Args, Arg{OID: a.Type.OID, Value: a.Value, Carrier: pgarrow.Carrier(a.Type.OID, a.Type.Mod), Session: a.Type.OID == 0})
	}
	return o.db.Query(ctx, memory.DefaultAllocator, d)
}

// holds leaves out what cannot enter the engine.
func holds(t catalog.Type, v pgvalue.Value) bool {
	switch v := v.(type) {
	case pgvalue.Array:
		return v.IsPlain()
	case pgvalue.Numeric:
		return v.IsFinite() || t.Mod < 0
	}
	return true
}

// TestConformance evaluates the dialect's entries in the engine and in PostgreSQL.
func TestConformance(t *testing.T) {
	skip := map[string]string{}
	for key, l := range Dialect().Ops {
		if strings.Contains(l.SQL, "meshgate_call(") {
			skip[key] = "the session answers it"
		}
	}
	for key, reason := range notEvaluated {
		skip[key] = reason
	}
	for _, name := range strings.Fields(regTypes) {
		skip["cast("+name+" as oid)"] = "names of objects are the session's"
	}
	o := &operands{db: open(t, Options{Threads: 2}), tables: map[string]arrow.RecordBatch{}}
	conformance.Run(t, &conformance.Harness{Dialect: Dialect(), Load: o.load, Query: o.query, Holds: holds, Skip: skip, Differs: differs})
}

// notEvaluated are entries that the suite cannot evaluate.
var notEvaluated = map[string]string{}

// differs are entries whose difference is known.
var differs = map[string]string{}

var _ = pgcat.Text
