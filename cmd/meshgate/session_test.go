package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// TestSessions plays what clients say around queries to the gateway and to plain PostgreSQL in a read-only session: answers, command
// tags, SQLSTATEs, warnings and the state of the transaction are the same. A line is one Query message.
func TestSessions(t *testing.T) {
	w := newWorld(t)
	files, err := filepath.Glob("../../testdata/sessions/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatal("no session files", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".sql"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			ours, theirs := newPlayer(t, w.dsn("root")), newPlayer(t, w.oracle)
			ask(theirs.c, "ALTER ROLE CURRENT_USER IN DATABASE "+theirs.database+" SET default_transaction_read_only = on")
			ask(theirs.c, "ALTER ROLE CURRENT_USER IN DATABASE "+theirs.database+" SET timezone = 'UTC'")
			theirs = newPlayer(t, w.oracle)
			for n, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
				if got, want := ours.play(line), theirs.play(line); got != want {
					t.Errorf("%s:%d: %s\ngot\n%s\nPostgreSQL:\n%s", filepath.Base(file), n+1, line, got, want)
				}
			}
		})
	}
}

// player is a session that hears notices.
type player struct {
	c        *pgconn.PgConn
	database string
	heard    []string
}

func newPlayer(t *testing.T, dsn string) *player {
	t.Helper()
	config, err := pgconn.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	p := &player{database: config.Database}
	config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		p.heard = append(p.heard, n.Severity+" "+n.Code+" "+n.Message)
	}
	if p.c, err = pgconn.ConnectConfig(context.Background(), config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.c.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return p
}

// play runs a Query message and tells all of its answer.
func (p *player) play(sql string) string {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	p.heard = nil
	var b strings.Builder
	r := p.c.Exec(ctx, sql)
	for r.NextResult() {
		rr := r.ResultReader()
		before := b.Len()
		for _, f := range rr.FieldDescriptions() {
			fmt.Fprintf(&b, "%s %d ", f.Name, f.DataTypeOID)
		}
		for rr.NextRow() {
			b.WriteString("\n" + rowText(rr.Values()))
		}
		tag, err := rr.Close()
		if err != nil { // when the error comes is not promised
			text := b.String()[:before]
			b.Reset()
			b.WriteString(text)
			continue
		}
		fmt.Fprintf(&b, "\n[%s]\n", tag)
	}
	if err := r.Close(); err != nil {
		e, ok := err.(*pgconn.PgError)
		if !ok {
			return err.Error()
		}
		fmt.Fprintf(&b, "\n%s %s %s", e.Severity, e.Code, e.Message)
	}
	fmt.Fprintf(&b, "\n%s%c", strings.Join(p.heard, "\n"), p.c.TxStatus())
	return b.String()
}
