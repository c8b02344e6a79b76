package main

import (
	"fmt"
	"testing"
)

// TestSnapshots: all scans of a query see one state of a store; from REPEATABLE READ on, all queries of a transaction do.
func TestSnapshots(t *testing.T) {
	w := newWorld(t)
	grow := map[string]func(n int){
		"sales.orders": func(n int) { execSQL(t, w.sales, fmt.Sprintf("INSERT INTO orders (id) VALUES (%d)", 1000+n)) },
		"shop.brands": func(n int) {
			if _, err := w.shop.Exec(fmt.Sprintf("INSERT INTO brands (id) VALUES (%d)", 1000+n)); err != nil {
				t.Fatal(err)
			}
		},
	}
	for table, insert := range grow {
		t.Run(table, func(t *testing.T) {
			c := w.connect(t, "root")
			count := func() string {
				t.Helper()
				a := ask(c, "SELECT count(*) FROM "+table)
				if a.code != "" {
					t.Fatal(a)
				}
				return a.rows[0]
			}
			ask(c, "BEGIN ISOLATION LEVEL REPEATABLE READ")
			first := count()
			insert(1)
			if again := count(); again != first {
				t.Errorf("a transaction saw %s rows, then %s", first, again)
			}
			// A failure does not take the view away.
			ask(c, "SAVEPOINT s")
			if a := ask(c, "SELECT 1 / (id - id) FROM "+table); a.code != "22012" {
				t.Errorf("expected a division by zero, got %s", a)
			}
			ask(c, "ROLLBACK TO s")
			if again := count(); again != first {
				t.Errorf("after a failure the transaction saw %s rows, before %s", again, first)
			}
			ask(c, "COMMIT")
			if later := count(); later == first {
				t.Error("the next query does not see what was committed")
			}
			ask(c, "BEGIN")
			before := count()
			insert(2)
			if after := count(); after == before {
				t.Error("READ COMMITTED does not see what was committed")
			}
			ask(c, "ROLLBACK")
		})
	}
}
