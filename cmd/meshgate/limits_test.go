package main

import (
	"path/filepath"
	"testing"
	"time"
)

// TestDomainLimits: a domain bounds what queries take of its stores, and nobody else's.
func TestDomainLimits(t *testing.T) {
	w := newUnservedWorld(t)
	appendTo(t, filepath.Join(w.dir, "domains/sales/domain.yaml"), "limits: {connections: 2, statementTimeout: 300ms}\n")
	appendTo(t, filepath.Join(w.dir, "domains/shop/domain.yaml"), "limits: {connections: 3}\n")
	w.serve(t)
	c := w.connect(t, "root")
	start := time.Now()
	if a := ask(c, "SELECT * FROM sales.slow"); a.code != "57014" || time.Since(start) > 10*time.Second {
		t.Errorf("after %s: %s", time.Since(start), a)
	}
	ask(c, "SET mesh.pushdown = off")
	for query, code := range map[string]string{
		"SELECT count(*) FROM sales.customers a, sales.customers b":                       "",
		"SELECT count(*) FROM sales.customers a, sales.customers b, sales.customers c":    "53400",
		"SELECT count(*) FROM shop.brands a, shop.brands b, shop.brands c":                "",
		"SELECT count(*) FROM shop.brands a, shop.brands b, shop.brands c, shop.brands d": "53400",
	} {
		if a := ask(c, query); a.code != code {
			t.Errorf("%s\n%s", query, a)
		}
	}
}
