package main

import (
	"fmt"
	"testing"

	"meshgate/testdata/tpch"
)

// TestTPCH asks TPC-H's queries of a mesh whose tables lie in three kinds of stores, and of a plain PostgreSQL.
func TestTPCH(t *testing.T) {
	const scale = 0.1
	mesh := tpch.Mesh()
	w := newComputedWorld(t, mesh, scale)
	s := w.computedSessions(t, mesh)
	for number := 1; number <= tpch.Queries; number++ {
		t.Run(fmt.Sprintf("q%02d", number), func(t *testing.T) {
			s.compareComputed(t, tpch.Query(number, scale))
		})
	}
}
