package main

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"meshgate/testdata/tpch"
)

// tpcLimit is far above what any query takes: a query that hangs is to end the test.
const tpcLimit = 2 * time.Minute

// TestTPCH asks TPC-H's queries of a mesh whose tables lie in three kinds of stores, with pushdown and without, and of a plain
// PostgreSQL.
func TestTPCH(t *testing.T) {
	const scale = 0.1
	mesh := tpch.Mesh()
	w := newComputedWorld(t, mesh, scale)
	s := w.computedSessions(t, mesh)
	for number := 1; number <= tpch.Queries; number++ {
		t.Run(fmt.Sprintf("q%02d", number), func(t *testing.T) {
			query := tpch.Query(number, scale)
			start := time.Now()
			want := askWithin(s.oracle, query, tpcLimit)
			known := time.Now()
			got := askWithin(s.on, query, tpcLimit)
			t.Logf("%.2fs, PostgreSQL %.2fs, %d rows", time.Since(known).Seconds(), known.Sub(start).Seconds(), len(want.rows))
			if d := difference(got, want); d != "" {
				t.Error("with pushdown:", d)
			}
			if d := difference(askWithin(s.off, query, tpcLimit), want); d != "" {
				t.Error("without pushdown:", d)
			}
			if d := difference(askWithin(s.eager, query, tpcLimit), want); d != "" {
				t.Error("with all dynamic filters:", d)
			}
			if len(want.rows) == 0 || slices.Equal(want.rows, []string{nullText}) {
				t.Error("the query finds nothing, which shows nothing")
			}
		})
	}
}
