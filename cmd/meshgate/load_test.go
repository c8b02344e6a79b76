package main

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// TestManySessions asks the main question from many sessions at once: each needs several connections of each store, of which there are
// fewer than sessions, and all get the same answer.
func TestManySessions(t *testing.T) {
	w := newWorld(t)
	const question = `SELECT b.name, c.country, count(*), sum(e.value) FROM web.events e JOIN web.sessions s ON s.id = e.session_id
		JOIN shop.articles a ON a.id = e.article_id JOIN shop.brands b ON b.id = a.brand_id LEFT JOIN sales.customers c ON c.id = s.customer_id
		LEFT JOIN sales.orders o ON o.customer_id = c.id GROUP BY 1, 2 ORDER BY 1, 2`
	want := ask(connectTo(t, w.oracle), question)
	var wg sync.WaitGroup
	problems := make(chan string, 1000)
	for range 40 {
		wg.Go(func() {
			c, err := pgconn.Connect(context.Background(), w.dsn("root"))
			if err != nil {
				problems <- err.Error()
				return
			}
			defer c.Close(context.Background())
			for range 5 {
				if got := ask(c, question); !got.same(want) {
					problems <- fmt.Sprint(got)
				}
			}
		})
	}
	wg.Wait()
	close(problems)
	for p := range problems {
		t.Error(p)
	}
}
