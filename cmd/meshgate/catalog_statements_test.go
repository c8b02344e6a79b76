package main

import (
	"os"
	"strings"
	"testing"
)

// statementsOf reads a file of statements, each of which an empty comment ends.
func statementsOf(t *testing.T, file string) (out []string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range strings.Split(string(text), "\n--\n") {
		var lines []string
		for line := range strings.Lines(block) {
			if !strings.HasPrefix(line, "--") {
				lines = append(lines, line)
			}
		}
		if sql := strings.TrimSpace(strings.Join(lines, "")); sql != "" {
			out = append(out, sql)
		}
	}
	return out
}

// TestToolQueries asks the gateway and PostgreSQL what tools make of their users' clicks: the rows are the same.
func TestToolQueries(t *testing.T) {
	w := replayWorld(t)
	ours, theirs := connectTo(t, strings.Replace(w.dsn("root"), "acme", "shop", 1)), connectTo(t, w.oracle)
	statements := statementsOf(t, "../../testdata/clients/queries.sql")
	for _, sql := range statements {
		got, want := ask(ours, sql), ask(theirs, sql)
		if !strings.Contains(sql, "ORDER BY") {
			got, want = got.sorted(), want.sorted()
		}
		if want.code != "" || !got.same(want) {
			t.Errorf("%s\n%s\nPostgreSQL: %s", sql, got, want)
		}
	}
	if len(statements) < 30 {
		t.Errorf("%d statements were asked", len(statements))
	}
}

// TestCatalogStatements asks the gateway and PostgreSQL what tools ask of the catalogs: columns of the same names and types, and the
// same SQLSTATE.
func TestCatalogStatements(t *testing.T) {
	w := replayWorld(t)
	ours, theirs := &replaySession{dsn: strings.Replace(w.dsn("root"), "acme", "shop", 1)}, &replaySession{dsn: w.oracle}
	asked := 0
	for _, sql := range statementsOf(t, "../../testdata/clients/catalogs.sql") {
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
