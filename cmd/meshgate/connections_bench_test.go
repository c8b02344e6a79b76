package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"runtime/debug"
	"strconv"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"meshgate/internal/teststores"
)

// BenchmarkLogin counts connections with SCRAM and one statement each, at the gateway and at PostgreSQL.
func BenchmarkLogin(b *testing.B) {
	w := newWorld(b)
	oracle, err := pgconn.ParseConfig(w.oracle)
	if err != nil {
		b.Fatal(err)
	}
	for name, dsn := range map[string]string{"meshgate": w.dsn("root"), "postgres": teststores.SCRAMDSN(b, oracle.Database)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				c, err := pgconn.Connect(context.Background(), dsn)
				if err != nil {
					b.Fatal(err)
				}
				if a := ask(c, "SELECT 1"); a.code != "" {
					b.Fatal(a)
				}
				if err := c.Close(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "logins/s")
		})
	}
}

// BenchmarkIdleConnections keeps 1,000 clients connected that have each asked something. The clients' side of the connections is in the
// same process, so the figure is above the gateway's own.
func BenchmarkIdleConnections(b *testing.B) {
	const connections, limit = 1000, 64 << 10
	w := scriptWorld(b)
	startup := &pgproto3.StartupMessage{ProtocolVersion: pgproto3.ProtocolVersion30, Parameters: map[string]string{"user": "postgres", "database": "postgres"}}
	question, err := startup.Encode(nil)
	if err != nil {
		b.Fatal(err)
	}
	if question, err = (&pgproto3.Query{String: "SELECT g FROM generate_series(1,1000) g"}).Encode(question); err != nil {
		b.Fatal(err)
	}
	answer := make([]byte, 64<<10)
	open := func() net.Conn {
		nc, err := net.Dial("tcp", w.addr)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := nc.Write(question); err != nil {
			b.Fatal(err)
		}
		for ready := 0; ready < 2; {
			n, err := nc.Read(answer)
			if err != nil {
				b.Fatal(err)
			}
			ready += bytes.Count(answer[:n], []byte{'Z', 0, 0, 0, 5, 'I'})
		}
		return nc
	}
	for b.Loop() {
		first := open()
		before := resident(b)
		clients := []net.Conn{first}
		for range connections - 1 {
			clients = append(clients, open())
		}
		each := (resident(b) - before) / (connections - 1)
		b.ReportMetric(float64(each), "B/connection")
		if each > limit {
			b.Errorf("an idle connection takes %d bytes; the target is %d", each, limit)
		}
		for _, nc := range clients {
			_ = nc.Close()
		}
	}
}

// resident is what the operating system counts of this process (proc(5), statm).
func resident(b *testing.B) int {
	b.Helper()
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		b.Skip("needs /proc")
	}
	pages, err := strconv.Atoi(string(bytes.Fields(text)[1]))
	if err != nil {
		b.Fatal(err)
	}
	return pages * os.Getpagesize()
}
