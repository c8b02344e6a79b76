package main

import (
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkGoverned reads a million rows of a store with row filters and masks, and reports the time as a ratio to the same rows and
// columns without any: with a filter that keeps every row and cannot fail, with one that needs a fence, and with masks that the store
// computes, or the gateway.
func BenchmarkGoverned(b *testing.B) {
	w := newUnservedWorld(b)
	makeFacts(b, w.sales, 1_000_000)
	appendTo(b, filepath.Join(w.dir, "governance/base.policy.yaml"), `  - {id: F-TOTAL, match: {products: [sales.facts]}, effect: row_filter, filter: "id > 0", to: {users: [ann]}}
  - {id: F-FENCE, match: {products: [sales.facts]}, effect: row_filter, filter: "1 / id <= 1", to: {users: [bob]}}
  - {id: F-BUCKET, match: {columns: [sales.facts.amount]}, effect: mask, mask: {fn: bucket, width: "10"}, to: {users: [eve]}}
  - {id: F-HASH, match: {columns: [sales.facts.article_id]}, effect: mask, mask: {fn: hash, key: pseudonym}, to: {users: [eve]}}
  - {id: F-EVE, match: {products: [sales.facts]}, effect: grant, to: {users: [eve]}}
`)
	w.serve(b)
	read := func(b *testing.B, user, sql string) time.Duration {
		b.Helper()
		c := w.connect(b, user)
		start := time.Now()
		if a := ask(c, sql); a.code != "" {
			b.Fatal(a)
		}
		return time.Since(start)
	}
	for _, bench := range []struct{ name, user, sql string }{
		{"row filter", "ann", "SELECT count(*), sum(amount) FROM (SELECT id, amount, article_id FROM sales.facts OFFSET 0) f"},
		{"fenced row filter", "bob", "SELECT count(*), sum(amount) FROM (SELECT id, amount, article_id FROM sales.facts OFFSET 0) f"},
		{"mask at the store", "eve", "SELECT count(*), sum(amount) FROM (SELECT id, amount FROM sales.facts OFFSET 0) f"},
		{"mask in the gateway", "eve", "SELECT count(*), count(DISTINCT article_id) FROM (SELECT id, article_id FROM sales.facts OFFSET 0) f"},
	} {
		b.Run(bench.name, func(b *testing.B) {
			for b.Loop() {
				open := read(b, "root", bench.sql)
				b.ReportMetric(read(b, bench.user, bench.sql).Seconds()/open.Seconds(), "x-ungoverned")
			}
		})
	}
}
