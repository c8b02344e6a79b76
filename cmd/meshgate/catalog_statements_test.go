package main

import (
	"os"
	"strings"
	"testing"
)

// TestCatalogStatements asks the gateway and PostgreSQL what tools ask of the catalogs: columns of the same names and types, and the
// same SQLSTATE.
func TestCatalogStatements(t *testing.T) {
	text, err := os.ReadFile("../../testdata/clients/catalogs.sql")
	if err != nil {
		t.Fatal(err)
	}
	w := replayWorld(t)
	ours, theirs := &replaySession{dsn: strings.Replace(w.dsn("root"), "acme", "shop", 1)}, &replaySession{dsn: w.oracle}
	asked := 0
	for _, block := range strings.Split(string(text), "\n--\n") {
		var lines []string
		for line := range strings.Lines(block) {
			if !strings.HasPrefix(line, "--") {
				lines = append(lines, line)
			}
		}
		sql := strings.TrimSpace(strings.Join(lines, ""))
		if sql == "" {
			continue
		}
		asked++
		got, want := ours.ask(t, recorded{sql: sql}), theirs.ask(t, recorded{sql: sql})
		if want.code != "" {
			t.Errorf("%s\nPostgreSQL: %s", sql, want)
		} else if got.code != "" || !sameColumns(got.columns, want.columns) {
			t.Errorf("%s\n%s\nPostgreSQL: %s", sql, head(got), head(want))
		}
	}
	if asked < 40 {
		t.Errorf("%d statements were asked", asked)
	}
}
