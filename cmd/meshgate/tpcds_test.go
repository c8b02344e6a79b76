package main

import (
	"fmt"
	"os"
	"regexp"
	"testing"

	"meshgate/testdata/tpcds"
)

// tpcdsLine is a line of docs/differences.md that tells of a query that is refused, and how.
var tpcdsLine = regexp.MustCompile(`(?m)^\| (q\d\d) \| ([0-9A-Z]{5}) \| .+ \|$`)

// TestTPCDS asks TPC-DS's queries of a mesh whose tables lie in three kinds of stores, and of a plain PostgreSQL. What is refused is
// listed for users, with the reason; the list is neither longer nor shorter than it has to be.
func TestTPCDS(t *testing.T) {
	const least = 90 // queries that have to be answered
	text, err := os.ReadFile("../../docs/differences.md")
	if err != nil {
		t.Fatal(err)
	}
	refused := map[string]string{}
	for _, m := range tpcdsLine.FindAllStringSubmatch(string(text), -1) {
		refused[m[1]] = m[2]
	}
	if answered := tpcds.Queries - len(refused); answered < least {
		t.Errorf("%d queries are answered, expected at least %d", answered, least)
	}
	mesh := tpcds.Mesh()
	w := newComputedWorld(t, mesh, 1)
	s := w.computedSessions(t, mesh)
	for number := 1; number <= tpcds.Queries; number++ {
		name := fmt.Sprintf("q%02d", number)
		t.Run(name, func(t *testing.T) {
			query := tpcds.Query(number)
			code, listed := refused[name]
			if !listed {
				s.compareComputed(t, query)
				return
			}
			if want := askWithin(s.oracle, query, tpcLimit); want.code != "" || want.saysNothing() {
				t.Error("PostgreSQL:", want)
			}
			if got := askWithin(s.on, query, tpcLimit); got.code != code {
				t.Errorf("docs/differences.md says %s, the gateway: %.300s", code, got)
			}
		})
	}
}
