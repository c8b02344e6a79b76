package planner_test

import (
	"fmt"
	"strings"
	"testing"

	"meshgate/planner"
)

// joinOf joins n relations of four stores in a chain, with a condition on each and an aggregation above.
func joinOf(n int) string {
	tables := []struct{ name, key, next, cond string }{
		{"sales.customers", "id", "id", "country = 'DE'"},
		{"web.sessions", "customer_id", "id", "pages > 2"},
		{"web.events", "session_id", "article_id", "kind = 'buy'"},
		{"shop.articles", "id", "brand_id", "active"},
		{"shop.brands", "id", "id", "name <> ''"},
		{"sales.orders", "customer_id", "id", "total > 10"},
	}
	var from, where []string
	for i := range n {
		t := tables[i%len(tables)]
		item := fmt.Sprintf("%s t%d", t.name, i)
		if i > 0 {
			item = fmt.Sprintf("JOIN %s ON t%d.%s = t%d.%s", item, i, t.key, i-1, tables[(i-1)%len(tables)].next)
		}
		from, where = append(from, item), append(where, fmt.Sprintf("t%d.%s", i, t.cond))
	}
	return "SELECT t0.name, count(*) FROM " + strings.Join(from, " ") + " WHERE " + strings.Join(where, " AND ") + " GROUP BY 1 ORDER BY 2 DESC LIMIT 10"
}

// BenchmarkPlan plans joins, from their text to the queries of the stores. The targets are 1, 3 and 20 ms.
func BenchmarkPlan(b *testing.B) {
	files, in := goldenMesh(b)
	in.Principal = principal(b, files, "root")
	for _, n := range []int{1, 5, 12} {
		b.Run(fmt.Sprint(n, "-way"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				statements, err := planner.Parse(joinOf(n))
				if err == nil {
					_, err = planner.Make(in, statements[0])
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
