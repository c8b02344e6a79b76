package duck

import (
	"context"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"meshgate/sqlerr"
)

// panicking produces batches until it panics.
type panicking struct{ *counter }

func (p *panicking) Next() bool {
	if p.produced.Load() > 0 {
		panic("the input has a fault")
	}
	return p.counter.Next()
}

func (p *panicking) RecordBatch() arrow.RecordBatch { return p.counter.RecordBatch() }

// TestPanicsInCallbacks has functions and inputs panic below DuckDB, in the caller's thread and in DuckDB's own. Each is the error of its
// query, and the database goes on and closes.
func TestPanicsInCallbacks(t *testing.T) {
	db := open(t, Options{Threads: 2})
	const damaged = "meshgate_numeric_scale(CAST('x' || i AS BLOB))"
	for _, sql := range []string{
		"SELECT meshgate_numeric_scale(CAST('x' AS BLOB))",
		"SELECT sum(" + damaged + ") FROM range(3000000) AS t(i)",
		"SELECT i FROM range(3000000) AS t(i) WHERE " + damaged + " > 3 ORDER BY " + damaged,
		"SELECT count(*) FROM r0",
	} {
		q := &Query{SQL: sql, Schema: schemaOf(int8Type)}
		if strings.HasSuffix(sql, "r0") {
			q.Inputs = []Input{{Name: "r0", Reader: &panicking{newCounter(memory.DefaultAllocator, 100_000, 1000)}, Rows: -1}}
		}
		r, err := db.Query(context.Background(), memory.DefaultAllocator, q)
		if err == nil {
			for r.Next() {
			}
			err = r.Err()
			r.Release()
		}
		if !sqlerr.Is(err, sqlerr.InternalError) || !strings.Contains(sqlerr.Cause(err), "panic") || strings.Contains(err.Error(), "panic:") {
			t.Errorf("%s: %v, cause %s", sql, err, sqlerr.Cause(err))
		}
	}
	if got := engineText(t, db, "SELECT CAST(42 AS BIGINT)", int8Type); got != "42" {
		t.Errorf("after the panics: %s", got)
	}
}
