package main

import (
	"flag"
	"fmt"
	"hash/fnv"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
)

var (
	randomQueries = flag.Uint64("random", 150, "how many random queries are asked")
	randomFrom    = flag.Uint64("seed", 0, "the first random query's seed")
)

// handWritten are queries in which what is hidden could decide about an answer, a plan, or an error.
func handWritten(t testing.TB) []string {
	t.Helper()
	raw, err := os.ReadFile(attackDir + "/metamorphic.sql")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "--") {
			continue
		}
		for _, d := range attackDomains {
			out = append(out, attackRun{domain: d}.sql(line))
			if !strings.Contains(line, "$") {
				break
			}
		}
	}
	return out
}

// TestHiddenDataMakesNoDifference asks two meshes whose rows differ only in what nobody may see: answers, errors, notices and plans are
// the same, byte by byte.
func TestHiddenDataMakesNoDifference(t *testing.T) {
	var worlds []*attackedWorld
	for _, v := range variants() {
		rows := v.people()
		worlds = append(worlds, &attackedWorld{newAttackWorld(t, rows), v, rows})
	}
	queries := handWritten(t)
	for i := range *randomQueries {
		queries = append(queries, newRandomSQL(*randomFrom+i).query())
	}
	users := []string{"ann", "bob", "dee", "mia"}
	answered, failed := 0, map[string]int{}
	for _, mode := range []string{"on", "off", "eager"} {
		for u, user := range users {
			var mine []string
			for i, q := range queries {
				if i%len(users) == u || user == "ann" && mode == "on" {
					mine = append(mine, q)
				}
			}
			var texts [2][]string
			var codes [2][]string
			var both sync.WaitGroup
			for i, w := range worlds {
				c := openAttacker(t, w.dsn(user))
				both.Go(func() {
					defer c.close()
					texts[i], codes[i] = w.askAll(c, mode, mine)
				})
			}
			both.Wait()
			for i, text := range texts[0] {
				if text != texts[1][i] && !sameInTheEnd(t, worlds, user, mode, mine[i]) {
					t.Errorf("%s, pushdown %s: %s\ndiffers with what is hidden:\n%s\n%s", user, mode, mine[i], text, texts[1][i])
				}
				code := codes[0][i]
				if code == "XX000" || code == "connection" || code == "HV000" {
					t.Errorf("%s, pushdown %s: %s\n%s", user, mode, mine[i], text)
				}
				if code == "" {
					answered++
				}
				failed[code]++
			}
		}
	}
	t.Logf("%d queries, outcomes %v", len(queries), failed)
	if t.Failed() {
		for line := range strings.Lines(worlds[0].log.String()) {
			if strings.Contains(line, "XX000") {
				t.Log(line)
			}
		}
	}
	if answered < len(queries) {
		t.Errorf("only %d answers: %v", answered, failed)
	}
}

// sameInTheEnd asks again: how many rows a store has sent when nobody waits for them any more is not the same in two runs over the same.
func sameInTheEnd(t *testing.T, worlds []*attackedWorld, user, mode, query string) bool {
	t.Helper()
	seen := []map[string]bool{{}, {}}
	for range 10 {
		for i, w := range worlds {
			c := openAttacker(t, w.dsn(user))
			texts, _ := w.askAll(c, mode, []string{query})
			c.close()
			seen[i][texts[0]] = true
			if seen[1-i][texts[0]] {
				return true
			}
		}
	}
	return false
}

// askAll asks each query as it is and under EXPLAIN ANALYZE, and returns all that came out, and the SQLSTATEs.
func (w *attackedWorld) askAll(c *attacker, mode string, queries []string) (texts, codes []string) {
	names := strings.NewReplacer(w.vars["MY_DATABASE"], "DATABASE", w.vars["PG_DATABASE"], "DATABASE")
	c.step("SET mesh.pushdown = " + mode)
	for _, q := range queries {
		h := c.step(q)
		text := h.text.String()
		form := explainForms[formOf(q)]
		plan := c.step(form + q).text.String()
		texts = append(texts, measures.ReplaceAllString(names.Replace(text+plan), "#"))
		codes = append(codes, h.code)
	}
	return texts, codes
}

// formOf chooses a form of EXPLAIN by the query, so that whoever asks again asks for the same.
func formOf(query string) int {
	h := fnv.New32()
	_, _ = h.Write([]byte(query)) // which never fails
	return int(h.Sum32()) % len(explainForms)
}

// TestRandomQueriesAreTheSame holds that a seed stands for one query, so that a failure can be looked at.
func TestRandomQueriesAreTheSame(t *testing.T) {
	var made []string
	for seed := range uint64(50) {
		q := newRandomSQL(seed).query()
		if q != newRandomSQL(seed).query() || slices.Contains(made, q) {
			t.Error(fmt.Sprint(seed), q)
		}
		made = append(made, q)
	}
}
