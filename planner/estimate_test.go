package planner_test

import (
	"fmt"
	"math"
	"testing"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/planner"
)

// measuredAs are statistics of 10,000 orders and as many customers, in which every fourth value is NULL where the argument says so.
func measuredAs(nulls float64) func(*catalog.Product) *connectors.Relation {
	return func(p *catalog.Product) *connectors.Relation {
		r := &connectors.Relation{Rows: 10_000}
		for i := range p.Columns {
			c := connectors.RelationColumn{Name: p.Columns[i].Physical, Distinct: 100, Nulls: nulls}
			switch p.Columns[i].Name {
			case "id":
				c.Distinct, c.Nulls = 10_000, 0
			case "note", "email":
				c.Distinct, c.Nulls = 0, -1
			}
			r.Columns = append(r.Columns, c)
		}
		return r
	}
}

// estimates are the rows that a plan expects of each store.
func estimates(t *testing.T, in *planner.Input, sql string) []float64 {
	t.Helper()
	statements, err := planner.Parse(sql)
	if err != nil {
		t.Fatal(err)
	}
	p, err := planner.Make(in, statements[0])
	if err != nil {
		t.Fatal(err)
	}
	var out []float64
	for _, r := range p.Remotes {
		out = append(out, math.Round(r.Rows))
	}
	return out
}

// TestEstimates: what is expected follows the statistics of values and of NULLs, and what a row filter hides has no say in it.
func TestEstimates(t *testing.T) {
	files, in := goldenMesh(t)
	asked := *in
	asked.Principal, asked.Statistics = principal(t, files, "root"), measuredAs(0.25)
	for sql, want := range map[string]float64{
		"SELECT id FROM sales.orders":                                                                            10_000,
		"SELECT id FROM sales.orders WHERE status = 'x'":                                                         75,
		"SELECT id FROM sales.orders WHERE qty::bigint = 5":                                                      75,
		"SELECT id FROM sales.orders WHERE status IN ('x', 'y')":                                                 150,
		"SELECT id FROM sales.orders WHERE status <> 'x'":                                                        7500,
		"SELECT id FROM sales.orders WHERE status IS NULL":                                                       2500,
		"SELECT id FROM sales.orders WHERE status IS NOT NULL":                                                   7500,
		"SELECT id FROM sales.orders WHERE id IS NULL":                                                           1,
		"SELECT id FROM sales.orders WHERE id = 7":                                                               1,
		"SELECT id FROM sales.orders WHERE note IS NULL":                                                         50,
		"SELECT id FROM sales.orders WHERE note IS NOT NULL":                                                     10_000,
		"SELECT id FROM sales.orders WHERE note = 'x'":                                                           50,
		"SELECT o.id FROM sales.orders o JOIN sales.customers c ON c.id = o.customer_id":                         7500,
		"SELECT o.id FROM sales.orders o LEFT JOIN sales.customers c ON c.id = o.customer_id":                    10_000,
		"SELECT o.id FROM sales.orders o JOIN sales.customers c ON c.country = o.status":                         562_500,
		"SELECT x.s FROM (SELECT status AS s, id FROM sales.orders OFFSET 0) x WHERE x.s IS NULL":                2500,
		"SELECT status FROM sales.orders GROUP BY status":                                                        100,
		"SELECT o.id FROM sales.orders o LEFT JOIN sales.customers c ON c.id = o.customer_id WHERE c.id IS NULL": 50,
	} {
		if got := estimates(t, &asked, sql); len(got) != 1 || got[0] != want {
			t.Errorf("%s: about %v rows, expected %v", sql, got, want)
		}
	}
	ann := *in
	ann.Principal = principal(t, files, "ann")
	for _, sql := range []string{
		"SELECT id FROM sales.customers WHERE vip IS NULL", "SELECT id FROM sales.customers WHERE country = 'DE'", "SELECT id FROM sales.customers WHERE credit IS NOT NULL",
		"SELECT o.id FROM sales.orders o JOIN sales.customers c ON c.country = o.status",
	} {
		var all []string
		for _, nulls := range []float64{0, 0.25, 1} {
			known := measuredAs(nulls)
			ann.Statistics = func(p *catalog.Product) *connectors.Relation {
				if p.Table != "customers" {
					return nil
				}
				return known(p)
			}
			all = append(all, fmt.Sprint(estimates(t, &ann, sql)))
		}
		if all[0] != all[1] || all[1] != all[2] {
			t.Errorf("%s: hidden rows change what is expected: %v", sql, all)
		}
	}
}
