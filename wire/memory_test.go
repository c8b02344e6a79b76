package wire_test

import (
	"bytes"
	"net"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"

	"meshgate/wire"
)

// heap returns the bytes that live objects and stacks take.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

// resident returns what the operating system counts (proc(5), statm).
func resident(t testing.TB) int {
	t.Helper()
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("needs /proc")
	}
	pages, err := strconv.Atoi(string(bytes.Fields(text)[1]))
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}

// TestIdleConnections keeps 1,000 clients connected that have each asked something. The clients are in the same process, so the
// figure is above the server's own.
func TestIdleConnections(t *testing.T) {
	const connections, limit = 1000, 64 << 10
	b := newTestBackend()
	address, _ := serve(t, b, wire.Options{MaxConnections: connections})
	question := encoded(t, startupAs("user", "postgres"), &pgproto3.Query{String: "SELECT generate_series(1,1000)"})
	startRaw(t, address).works()
	heapBefore, residentBefore := heap(), resident(t)
	clients := make([]net.Conn, connections-1)
	answer := make([]byte, 64<<10)
	for i := range clients {
		nc, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		clients[i] = nc
		if _, err := nc.Write(question); err != nil {
			t.Fatal(err)
		}
		for ready := 0; ready < 2; {
			n, err := nc.Read(answer)
			if err != nil {
				t.Fatal(err)
			}
			ready += bytes.Count(answer[:n], []byte{'Z', 0, 0, 0, 5, 'I'})
		}
	}
	eventually(t, "all sessions", func() bool { return b.opened.Load() == connections })
	heapEach := (heap() - heapBefore) / connections
	residentEach := (resident(t) - residentBefore) / connections
	t.Logf("an idle connection with its client: %d bytes live, %d bytes resident", heapEach, residentEach)
	if raceDetector {
		t.Skip("the race detector keeps a shadow of all memory")
	}
	if residentEach > limit || heapEach > limit {
		t.Errorf("an idle connection takes %d bytes live, %d resident; the limit is %d", heapEach, residentEach, limit)
	}
}
