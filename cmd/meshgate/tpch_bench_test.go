package main

import (
	"fmt"
	"math"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"meshgate/testdata/tpch"
)

// tpchScaleEnv names the scale of BenchmarkTPCH, for machines and people with less time.
const tpchScaleEnv = "MESHGATE_TPCH_SCALE"

// BenchmarkTPCH asks TPC-H's queries at scale 1 of the gateway, and of a plain PostgreSQL with all the tables, keys and indexes. The
// ratio of the times is what to look at: it says what it costs that the tables lie in three stores. ns/op is the gateway's time.
func BenchmarkTPCH(b *testing.B) {
	scale := 1.0
	if text := os.Getenv(tpchScaleEnv); text != "" {
		var err error
		if scale, err = strconv.ParseFloat(text, 64); err != nil || scale <= 0 {
			b.Fatalf("%s=%s is no scale", tpchScaleEnv, text)
		}
	}
	mesh := tpch.Mesh()
	w := newComputedWorld(b, mesh, scale)
	s := w.computedSessions(b, mesh)
	for _, c := range []*pgconn.PgConn{s.on, s.oracle} {
		if a := ask(c, "SET statement_timeout = '10min'"); a.code != "" {
			b.Fatal(a)
		}
	}
	var product, gateway, oracle float64
	asked := 0
	for number := 1; number <= tpch.Queries; number++ {
		b.Run(fmt.Sprintf("q%02d", number), func(b *testing.B) {
			mine, theirs := timeBoth(b, s, tpch.Query(number, scale))
			b.ReportMetric(mine/theirs, "x-postgres")
			b.ReportMetric(theirs*1000, "postgres-ms")
			product, gateway, oracle, asked = product+math.Log(mine/theirs), gateway+mine, oracle+theirs, asked+1
		})
	}
	if asked < tpch.Queries {
		return // -bench has chosen some of them
	}
	b.Run("all", func(b *testing.B) {
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(math.Exp(product/float64(asked)), "x-postgres-geomean")
		b.ReportMetric(gateway, "s-gateway")
		b.ReportMetric(oracle, "s-postgres")
	})
}

// timeBoth returns the mean times, in seconds, of a query in the gateway and in PostgreSQL. Both have read the rows once before, and
// the answers are compared.
func timeBoth(b *testing.B, s *sltSessions, query string) (gateway, oracle float64) {
	b.Helper()
	const limit = 10 * time.Minute
	if d := difference(askWithin(s.on, query, limit), askWithin(s.oracle, query, limit)); d != "" {
		b.Fatal(d)
	}
	for b.Loop() {
		start := time.Now()
		a := askWithin(s.on, query, limit)
		gateway += time.Since(start).Seconds()
		b.StopTimer()
		start = time.Now()
		z := askWithin(s.oracle, query, limit)
		oracle += time.Since(start).Seconds()
		b.StartTimer()
		if a.code != "" || z.code != "" {
			b.Fatal(a, z)
		}
	}
	return gateway / float64(b.N), oracle / float64(b.N)
}
