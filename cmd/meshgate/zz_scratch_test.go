package main

import (
	"os"
	"strings"
	"strconv"
	"time"
	"fmt"
	"testing"

	"meshgate/testdata/tpch"
)

func TestZZ(t *testing.T) {
	scale, _ := strconv.ParseFloat(os.Getenv("SC"), 64)
	mesh := tpch.Mesh()
	w := newComputedWorld(t, mesh, scale)
	s := w.computedSessions(t, mesh)
	for _, n := range strings.Split(os.Getenv("QS"), ",") {
		k, _ := strconv.Atoi(n)
		q := tpch.Query(k, scale)
		if d := difference(askWithin(s.on, q, 10*time.Minute), askWithin(s.oracle, q, 10*time.Minute)); d != "" {
			t.Error(d)
		}
		st := time.Now()
		askWithin(s.on, q, 10*time.Minute)
		mine := time.Since(st)
		st = time.Now()
		askWithin(s.oracle, q, 10*time.Minute)
		fmt.Println("Q", n, mine, time.Since(st))
		a := askWithin(s.on, "EXPLAIN ANALYZE "+q, 10*time.Minute)
		for _, r := range a.rows {
			fmt.Println(r)
		}
	}
}
