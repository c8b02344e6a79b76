package main

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"meshgate/internal/teststores"
)

// Statements of random conversations. Each is answered alike by PostgreSQL, whatever came before.
var conversed = []string{
	"SELECT g AS n FROM generate_series(1,7) g ORDER BY g", "SELECT 1 AS a, 'x'::text AS b", "SELECT nosuch", "SELECT 1 / (count(*) - 1) AS a FROM generate_series(1,1) g", "SELEC",
	"BEGIN", "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT s", "SAVEPOINT t", "ROLLBACK TO s", "ROLLBACK TO t", "RELEASE s", "RELEASE t", "COMMIT AND CHAIN", "ROLLBACK AND CHAIN",
	"DECLARE c CURSOR FOR SELECT generate_series(1,5) AS n", "DECLARE d SCROLL CURSOR WITH HOLD FOR SELECT g AS n FROM generate_series(1,5) g ORDER BY g", "FETCH 2 FROM c", "FETCH 2 FROM d",
	"FETCH PRIOR FROM d", "FETCH LAST FROM d", "MOVE 1 FROM c", "CLOSE c", "CLOSE d", "CLOSE ALL", "", "-- nothing", "SELECT 1 AS a; SELECT 2 AS b", "BEGIN; SELECT 1 AS a", "SELECT 1 AS a; COMMIT", "SELECT 1 AS a; ROLLBACK; SELECT nosuch",
	"SELECT 1 AS a; BEGIN; SELECT 2 AS b; COMMIT; SELECT 3 AS c", "PREPARE p AS SELECT $1::int + 1 AS n", "EXECUTE p(1)", "EXECUTE p('x')", "DEALLOCATE p", "DEALLOCATE ALL", "SET application_name = 'a'", "SET LOCAL application_name = 'b'",
	"RESET application_name", "SHOW application_name", "SET extra_float_digits = 99", "DISCARD ALL", "DISCARD PLANS", "COPY (SELECT g FROM generate_series(1,3) g ORDER BY g) TO STDOUT",
	"LISTEN x", "UNLISTEN *", "SELECT $1::int AS a", "SELECT $1 AS a, $2::text AS b", "START TRANSACTION READ ONLY", "SHOW transaction_isolation",
	"SELECT", "TABLE nosuch", "VALUES (1, 'a'), (2, NULL)", "SELECT current_setting('application_name')",
}

// conversation makes random messages. Names repeat, so that they meet.
func conversation(r *rand.Rand) []pgproto3.FrontendMessage {
	pick := func(from ...string) string { return from[r.IntN(len(from))] }
	sql := func() string { return conversed[r.IntN(len(conversed))] }
	var out []pgproto3.FrontendMessage
	for range 3 + r.IntN(25) {
		statement, portal := pick("", "", "s1", "s2"), pick("", "", "p1", "p2", "c")
		switch r.IntN(16) {
		case 0, 1, 2:
			out = append(out, &pgproto3.Query{String: sql()})
		case 3, 4:
			out = append(out, &pgproto3.Parse{Name: statement, Query: sql()})
		case 5, 6:
			b := &pgproto3.Bind{DestinationPortal: portal, PreparedStatement: statement}
			for range r.IntN(3) {
				b.Parameters = append(b.Parameters, []byte(pick("1", "2", "x")))
			}
			b.ResultFormatCodes = [][]int16{nil, {0}, {1}, {0, 1}, {2}}[r.IntN(5)]
			out = append(out, b)
		case 7, 8, 9:
			out = append(out, &pgproto3.Execute{Portal: portal, MaxRows: uint32(r.IntN(4))})
		case 10:
			out = append(out, &pgproto3.Describe{ObjectType: 'S', Name: statement})
		case 11:
			out = append(out, &pgproto3.Describe{ObjectType: 'P', Name: portal})
		case 12:
			out = append(out, &pgproto3.Close{ObjectType: pick("S", "P")[0], Name: pick(statement, portal)})
		case 13:
			out = append(out, &pgproto3.Sync{})
		case 14: // one whole cycle, as drivers send it
			out = append(out, &pgproto3.Parse{Name: "", Query: sql()}, &pgproto3.Bind{}, &pgproto3.Describe{ObjectType: 'P'}, &pgproto3.Execute{MaxRows: uint32(r.IntN(3))}, &pgproto3.Sync{})
		case 15:
			out = append(out, []pgproto3.FrontendMessage{&pgproto3.Flush{}, &pgproto3.CopyData{Data: []byte("x")}, &pgproto3.CopyDone{}, &pgproto3.CopyFail{Message: "x"}}[r.IntN(4)])
		}
	}
	return append(out, &pgproto3.Sync{}, &pgproto3.Query{String: "ROLLBACK"})
}

// spokenTo sends messages in one write and writes down the answers up to the connection's end.
func spokenTo(t *testing.T, address string, messages []pgproto3.FrontendMessage) []string {
	t.Helper()
	nc, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	if err := nc.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	f := pgproto3.NewFrontend(nc, nc)
	f.Send(&pgproto3.StartupMessage{ProtocolVersion: pgproto3.ProtocolVersion30, Parameters: map[string]string{
		"user": "postgres", "database": "postgres", "options": "-c default_transaction_read_only=on -c TimeZone=UTC",
	}})
	for _, m := range append(messages, &pgproto3.Terminate{}) {
		f.Send(m)
	}
	if err := f.Flush(); err != nil {
		t.Fatal(err)
	}
	var out []string
	// Whether the unnamed portal of a Query that failed is still there matters to nobody.
	started, alive := false, true
	for {
		m, err := f.Receive()
		switch {
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET):
			return out
		case err != nil:
			t.Fatalf("%v after\n%s", err, strings.Join(out, ""))
		}
		_, failed := m.(*pgproto3.ErrorResponse)
		if n := len(out); failed && n > 0 && strings.HasPrefix(out[n-1], "RowDescription") {
			out = out[:n-1] // docs/differences.md: an error of a row may come before what stands ahead of it
		}
		if failed && !alive && strings.Contains(written(m), `portal "" `) {
			m = &pgproto3.ErrorResponse{Code: "25P02", Message: "current transaction is aborted, commands ignored until end of transaction block"}
		}
		if r, ok := m.(*pgproto3.ReadyForQuery); ok {
			alive = r.TxStatus != 'E'
		}
		if started {
			out = append(out, written(m))
		}
		_, ready := m.(*pgproto3.ReadyForQuery)
		started = started || ready
	}
}

// TestRandomConversations has random conversations with the gateway and with PostgreSQL: the answers are the same, message by message.
// MESHGATE_RANDOM says how many, MESHGATE_SEED where to begin.
func TestRandomConversations(t *testing.T) {
	port := teststores.PostgresPort(t)
	w := scriptWorld(t)
	number := func(name string, standard int) int {
		if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
			return n
		}
		return standard
	}
	first := number("MESHGATE_SEED", 1)
	failed := 0
	for seed := first; seed < first+number("MESHGATE_RANDOM", 400) && failed < 5; seed++ {
		messages := conversation(rand.New(rand.NewPCG(uint64(seed), 1)))
		got, want := spokenTo(t, w.addr, messages), spokenTo(t, "127.0.0.1:"+port, messages)
		if len(want) == 0 {
			continue
		}
		if all := strings.Join(want, ""); strings.Contains(all, "XX000") || !strings.HasPrefix(want[len(want)-1], "Ready") {
			continue // PostgreSQL itself has met what it did not expect, and leaves
		}
		if len(got) == 0 || strings.Join(got, "") != strings.Join(want, "") {
			failed++
			n := 0
			for n < min(len(got), len(want)) && got[n] == want[n] {
				n++
			}
			var said strings.Builder
			for _, m := range messages {
				text, err := m.(interface{ MarshalJSON() ([]byte, error) }).MarshalJSON()
				if err != nil {
					t.Fatal(err)
				}
				said.Write(append(text, '\n'))
			}
			t.Errorf("seed %d:\n%s\ngot\n%s>>> %s\nPostgreSQL:\n>>> %s", seed, said.String(), strings.Join(got[:n], ""), strings.Join(got[n:min(n+3, len(got))], ""), strings.Join(want[n:min(n+3, len(want))], ""))
		}
	}
	if strings.Contains(w.log.String(), "panic") || strings.Contains(w.log.String(), "internal error") {
		t.Errorf("the log tells of a fault:\n%s", w.log)
	}
}

// TestMillionStatements prepares statements without closing any, until the session's limit: the session lives on.
func TestMillionStatements(t *testing.T) {
	w := scriptWorld(t)
	c, err := pgconn.Connect(context.Background(), "postgres://postgres@"+w.addr+"/postgres?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	for n := range 1_000_000 {
		_, err := c.Prepare(context.Background(), "s"+strconv.Itoa(n), "SELECT $1::int", nil)
		if err == nil {
			continue
		}
		var e *pgconn.PgError
		if !errors.As(err, &e) || e.Code != "53400" || n < 1000 || n > 100_000 {
			t.Fatalf("after %d statements: %v", n, err)
		}
		if a := ask(c, "DEALLOCATE ALL"); a.code != "" {
			t.Fatal(a)
		}
		if _, err := c.Prepare(context.Background(), "again", "SELECT 1", nil); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Error("a million statements were taken")
}
