package planner_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"meshgate/planner"
)

// TestLineage holds where results come from: `lineage [as=USER]`, then SQL. Each column of the result is a line with its sources,
// and after a rule come all columns that the statement uses.
func TestLineage(t *testing.T) {
	files, in := goldenMesh(t)
	datadriven.Walk(t, "testdata/lineage", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			user := "root"
			d.MaybeScanArgs(t, "as", &user)
			asked := *in
			asked.Principal = principal(t, files, user)
			statements, err := planner.Parse(d.Input)
			if err != nil {
				return failure(err)
			}
			p, err := planner.Make(&asked, statements[0])
			if err != nil {
				return failure(err)
			}
			var b strings.Builder
			for i, c := range p.Columns {
				fmt.Fprintf(&b, "%s <-%s\n", c.Name, usesText(p.Lineage.Outputs[i], " ", ""))
			}
			b.WriteString("--\n" + usesText(p.Lineage.Columns, "", "\n"))
			return b.String()
		})
	})
}

func usesText(list []planner.ColumnUse, before, after string) string {
	var b strings.Builder
	for _, u := range list {
		name := u.Product.Name.String() + "." + u.Product.Columns[u.Ordinal].Name
		fmt.Fprintf(&b, "%s%s(%s)%s", before, name, strings.Join(u.Usage.Names(), " "), after)
	}
	return b.String()
}
