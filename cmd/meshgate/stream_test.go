package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// residentMB is the process's resident memory.
func residentMB(t testing.TB) float64 {
	t.Helper()
	f, err := os.Open("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if kb, ok := strings.CutPrefix(lines.Text(), "VmRSS:"); ok {
			n, err := strconv.ParseFloat(strings.Fields(kb)[0], 64)
			if err != nil {
				t.Fatal(err)
			}
			return n / 1024
		}
	}
	t.Fatal("no VmRSS")
	return 0
}

// mostGrowth is how much resident memory may grow while five million rows pass.
const mostGrowth = 256

// BenchmarkFiveMillionRows streams about 500 MB through the gateway: passed on from the store, and through the engine. It reports
// the growth of resident memory, client included, and the time as a ratio to reading the same rows from the store itself.
func BenchmarkFiveMillionRows(b *testing.B) {
	w := newWorld(b)
	store := fmt.Sprintf("host=127.0.0.1 port=%s user=postgres dbname=%s sslmode=disable", w.vars["PG_PORT"], w.vars["PG_DATABASE"])
	direct := readAll(b, store, "SELECT * FROM big")
	for name, settings := range map[string]string{"passed on": "SET mesh.pushdown = on", "through the engine": "SET mesh.pushdown = off"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				before := residentMB(b)
				var peak atomic.Int64
				stop := watchMemory(b, &peak)
				took := readAll(b, w.dsn("root"), settings, "SELECT * FROM sales.big WHERE id + 0 > 0")
				stop()
				growth := float64(peak.Load()) - before
				if growth > mostGrowth {
					b.Errorf("resident memory grew by %.0f MB", growth)
				}
				b.ReportMetric(growth, "MB-growth")
				b.ReportMetric(took.Seconds()/direct.Seconds(), "x-direct")
				b.ReportMetric(5e6/took.Seconds(), "rows/s")
			}
		})
	}
}

// watchMemory notes the highest resident memory until it is stopped.
func watchMemory(t testing.TB, peak *atomic.Int64) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			if now := int64(residentMB(t)); now > peak.Load() {
				peak.Store(now)
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// readAll reads the rows of the last statement and counts them.
func readAll(t testing.TB, dsn string, statements ...string) time.Duration {
	t.Helper()
	ctx := context.Background()
	c, err := pgconn.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	var took time.Duration
	for _, sql := range statements {
		began := time.Now()
		r := c.ExecParams(ctx, sql, nil, nil, nil, []int16{1})
		rows := 0
		for r.NextRow() {
			rows++
		}
		if _, err := r.Close(); err != nil {
			t.Fatal(err)
		}
		took = time.Since(began)
		if strings.HasPrefix(sql, "SELECT") && rows != 5_000_000 {
			t.Fatalf("%d rows", rows)
		}
	}
	return took
}
