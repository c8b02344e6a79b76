package wire_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"meshgate/sqlerr"
	"meshgate/wire"
)

// sendCancel asks for a cancel on a connection of its own and waits until the server has closed it: then it was carried out.
func sendCancel(t testing.TB, address string, key pgproto3.BackendKeyData) {
	t.Helper()
	c := dialRaw(t, address)
	c.send(&pgproto3.CancelRequest{ProcessID: key.ProcessID, SecretKey: key.SecretKey})
	c.ends()
}

// TestLongCancelKey connects with protocol 3.2, whose keys are longer.
func TestLongCancelKey(t *testing.T) {
	b := newTestBackend()
	address, _ := serve(t, b, wire.Options{})
	c := dialRaw(t, address)
	c.startup(pgproto3.ProtocolVersion32, "postgres")
	for {
		m := c.next()
		if _, ok := m.(*pgproto3.NegotiateProtocolVersion); ok {
			t.Error("3.2 was negotiated down")
		}
		if _, ok := m.(*pgproto3.ReadyForQuery); ok {
			break
		}
	}
	if n := len(c.key.SecretKey); n != 32 {
		t.Fatalf("a key of %d bytes", n)
	}
	c.send(&pgproto3.Query{String: "WAIT FOR CANCEL"})
	short := c.key
	short.SecretKey = short.SecretKey[:4]
	ended := make(chan *pgproto3.ErrorResponse, 1)
	go func() { ended <- c.until(&pgproto3.ErrorResponse{}).(*pgproto3.ErrorResponse) }()
	sendCancel(t, address, short)
	select {
	case <-ended:
		t.Fatal("a part of the key was enough")
	default:
	}
	for {
		sendCancel(t, address, c.key)
		select {
		case e := <-ended:
			if e.Code != "57014" {
				t.Errorf("the error is %s", e.Code)
			}
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// TestLateCancel asks for cancels without pause while statements come and go. After a cancel has been carried out, the next
// statement must run undisturbed.
func TestLateCancel(t *testing.T) {
	address, _ := serve(t, newTestBackend(), wire.Options{})
	c := startRaw(t, address)
	for range 200 {
		sendCancel(t, address, c.key)
		c.send(&pgproto3.Query{String: "SELECT 1"})
		c.until(&pgproto3.DataRow{})
		c.until(&pgproto3.ReadyForQuery{})
	}
}

// TestGuessing tries keys and numbers. Nothing is cancelled, and the session goes on.
func TestGuessing(t *testing.T) {
	address, _ := serve(t, newTestBackend(), wire.Options{})
	c := startRaw(t, address)
	c.send(&pgproto3.Query{String: "SELECT pg_sleep(0.3)"})
	for i := range 300 {
		guess := pgproto3.BackendKeyData{ProcessID: c.key.ProcessID, SecretKey: []byte{byte(i), byte(i >> 8), 0, 0}}
		if string(guess.SecretKey) == string(c.key.SecretKey) {
			continue
		}
		if i%3 == 0 {
			guess = pgproto3.BackendKeyData{ProcessID: c.key.ProcessID + 1 + uint32(i), SecretKey: c.key.SecretKey}
		}
		sendCancel(t, address, guess)
	}
	c.until(&pgproto3.DataRow{})
	c.until(&pgproto3.ReadyForQuery{})
}

func TestServerCancelAndTerminate(t *testing.T) {
	address, server := serve(t, newTestBackend(), wire.Options{})
	c := startRaw(t, address)
	pid := c.key.ProcessID
	if server.Cancel(pid+1) || server.Terminate(pid+1) {
		t.Error("a session that is not there was found")
	}
	c.send(&pgproto3.Query{String: "WAIT FOR CANCEL"})
	ended := make(chan pgproto3.BackendMessage, 1)
	go func() { ended <- c.until(&pgproto3.ErrorResponse{}) }()
	eventually(t, "the statement is cancelled", func() bool {
		if !server.Cancel(pid) {
			t.Error("the session was not found")
		}
		select {
		case m := <-ended:
			return m.(*pgproto3.ErrorResponse).Code == "57014"
		default:
			return false
		}
	})
	c.until(&pgproto3.ReadyForQuery{})
	c.works()
	if !server.Terminate(pid) {
		t.Error("the session was not found")
	}
	if e := c.fails("57P01"); e.Severity != "FATAL" {
		t.Errorf("severity %s", e.Severity)
	}
	c.ends()
	eventually(t, "the session is forgotten", func() bool { return !server.Cancel(pid) })
}

// TestShutdown stops the server while one client waits, one runs a statement, one has half a startup packet sent.
func TestShutdown(t *testing.T) {
	b := newTestBackend()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server, err := wire.NewServer(b, wire.Options{Methods: []string{wire.MethodTrust}, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, l) }()
	address := l.Addr().String()
	waiting, running, half := startRaw(t, address), startRaw(t, address), dialRaw(t, address)
	running.send(&pgproto3.Query{String: "SELECT pg_sleep(60)"})
	running.send(&pgproto3.Flush{})
	half.bytes(0, 0, 0, 40)
	stop()
	for _, c := range []*rawClient{waiting, running} {
		if e := c.fails("57P01"); e.Severity != "FATAL" || e.Message != "terminating connection due to administrator command" {
			t.Errorf("%#v", e)
		}
		c.ends()
	}
	half.ends()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Fatal("Serve did not return")
	}
	if opened, closed := b.opened.Load(), b.closed.Load(); opened != 2 || closed != 2 {
		t.Errorf("%d sessions opened, %d closed", opened, closed)
	}
	if _, err := net.Dial("tcp", address); err == nil {
		t.Error("the listener is still open")
	}
}

// TestShutdownCutsTheStubborn has a client that does not read, so that its session cannot say goodbye.
func TestShutdownCutsTheStubborn(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server, err := wire.NewServer(newTestBackend(), wire.Options{
		Methods: []string{wire.MethodTrust}, Logger: slog.New(slog.DiscardHandler),
		Grace: 100 * time.Millisecond, DrainTimeout: time.Hour,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, l) }()
	c := startRaw(t, l.Addr().String())
	c.send(&pgproto3.Query{String: "SELECT repeat('x', 100000) FROM generate_series(1,10000)"})
	c.until(&pgproto3.DataRow{})
	stop()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Fatal("Serve did not return")
	}
}

func TestServeFails(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server, err := wire.NewServer(newTestBackend(), wire.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := server.Serve(context.Background(), l); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Serve on a closed listener: %v", err)
	}
}

func TestIdleTimeout(t *testing.T) {
	b := newTestBackend()
	b.idle = 100 * time.Millisecond
	address, _ := serve(t, b, wire.Options{})
	c := startRaw(t, address)
	c.send(&pgproto3.Query{String: "SELECT pg_sleep(0.3)"}) // a statement that runs is not idle
	c.until(&pgproto3.ReadyForQuery{})
	if e := c.fails("57P05"); e.Severity != "FATAL" {
		t.Errorf("severity %s", e.Severity)
	}
	c.ends()
}

func TestRefusedByBackend(t *testing.T) {
	b := newTestBackend()
	b.startup = func(c *wire.Client) error {
		switch c.Database {
		case "panics":
			panic("at the start")
		case "fails":
			return errors.New("a library's error")
		}
		return sqlerr.Newf(sqlerr.InsufficientPrivilege, "permission denied for database %q", c.Database)
	}
	address, _ := serve(t, b, wire.Options{})
	for database, code := range map[string]string{"panics": "XX000", "fails": "XX000", "secret": "42501"} {
		c := dialRaw(t, address)
		c.send(startupAs("user", "postgres", "database", database))
		e := c.fails(code)
		if e.Severity != "FATAL" || strings.Contains(e.Message, "library") {
			t.Errorf("%#v", e)
		}
		c.ends()
	}
}

// TestPanic breaks a session. Its client hears of an internal error, the log has the stack, other sessions go on.
func TestPanic(t *testing.T) {
	var log syncBuffer
	b := newTestBackend()
	address, _ := serve(t, b, wire.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	other, c := startRaw(t, address), startRaw(t, address)
	c.send(&pgproto3.Query{String: "PANIC"})
	if e := c.fails("XX000"); e.Severity != "FATAL" || strings.Contains(e.Message, "broken") {
		t.Errorf("%#v", e)
	}
	c.ends()
	other.works()
	eventually(t, "the session is closed", func() bool { return b.closed.Load() == 1 })
	if text := log.String(); !strings.Contains(text, "a session panicked") || !strings.Contains(text, "statements_test.go") {
		t.Error(text)
	}
}

// TestSessionFaults has sessions that break their contract: the client gets an error and the session goes on.
func TestSessionFaults(t *testing.T) {
	address, _ := serve(t, newTestBackend(), wire.Options{})
	c := startRaw(t, address)
	for _, sql := range []string{"FOREIGN", "ROWS WITHOUT RESULT", "LEAVE COPY OPEN", "NO END", "WRONG CARRIER", "WRONG WIDTH"} {
		c.send(&pgproto3.Query{String: sql})
		if e := c.fails("XX000"); e.Severity != "ERROR" || strings.Contains(e.Message, "library") {
			t.Errorf("%s: %#v", sql, e)
		}
		c.until(&pgproto3.ReadyForQuery{})
	}
	c.works()
	c.send(&pgproto3.Query{String: "FATAL"})
	c.fails("57P01")
	c.ends()
}

// TestVanishedClient hangs up while a statement runs; the statement's context ends and the session is closed.
func TestVanishedClient(t *testing.T) {
	b := newTestBackend()
	address, _ := serve(t, b, wire.Options{})
	for name, vanish := range map[string]func(*rawClient){
		"hangs up":  func(c *rawClient) { _ = c.nc.Close() },
		"resets":    func(c *rawClient) { _ = c.nc.(*net.TCPConn).SetLinger(0); _ = c.nc.Close() },
		"says so":   func(c *rawClient) { c.send(&pgproto3.Terminate{}); _ = c.nc.Close() },
		"halfway":   func(c *rawClient) { c.bytes('Q', 0, 0); _ = c.nc.Close() },
		"shuts off": func(c *rawClient) { _ = c.nc.(*net.TCPConn).CloseWrite() },
	} {
		t.Run(name, func(t *testing.T) {
			before := b.closed.Load()
			c := startRaw(t, address)
			c.send(&pgproto3.Query{String: "SELECT pg_sleep(60)"})
			vanish(c)
			eventually(t, "the session is closed", func() bool { return b.closed.Load() == before+1 })
		})
	}
}

// TestVanishedBehindAPipeline has filled the read-ahead, so that the server does not read when the client hangs up.
func TestVanishedBehindAPipeline(t *testing.T) {
	b := newTestBackend()
	address, _ := serve(t, b, wire.Options{})
	for name, padding := range map[string]string{"by number": "", "by bytes": strings.Repeat(" ", 600<<10)} {
		t.Run(name, func(t *testing.T) {
			before := b.closed.Load()
			c := startRaw(t, address)
			c.send(&pgproto3.Query{String: "SELECT pg_sleep(60)"})
			if padding != "" {
				c.send(&pgproto3.Query{String: "SELECT 1" + padding}, &pgproto3.Query{String: "SELECT 1" + padding})
			}
			for range 500 {
				c.send(&pgproto3.Sync{})
			}
			_ = c.nc.Close()
			eventually(t, "the session is closed", func() bool { return b.closed.Load() == before+1 })
		})
	}
}

// TestVanishedMidResult hangs up while rows are on their way.
func TestVanishedMidResult(t *testing.T) {
	b := newTestBackend()
	address, _ := serve(t, b, wire.Options{})
	c := startRaw(t, address)
	c.send(&pgproto3.Query{String: "SELECT repeat('x', 10000) FROM generate_series(1,1000000000)"})
	c.until(&pgproto3.DataRow{})
	_ = c.nc.Close()
	eventually(t, "the session is closed", func() bool { return b.closed.Load() == 1 })
}

// TestClientThatNeverReads blocks the session, until somebody cancels: after the drain time the connection is gone.
func TestClientThatNeverReads(t *testing.T) {
	b := newTestBackend()
	address, server := serve(t, b, wire.Options{DrainTimeout: 50 * time.Millisecond})
	c := startRaw(t, address)
	c.send(&pgproto3.Query{String: "SELECT repeat('x', 10000) FROM generate_series(1,1000000000)"})
	c.until(&pgproto3.DataRow{})
	eventually(t, "the session is closed", func() bool { server.Cancel(c.key.ProcessID); return b.closed.Load() == 1 })
}

// TestStatementTimeout has a session end a blocked statement by a context of its own.
func TestStatementTimeout(t *testing.T) {
	b := newTestBackend()
	address, _ := serve(t, b, wire.Options{DrainTimeout: 50 * time.Millisecond})
	c := startRaw(t, address)
	c.send(&pgproto3.Query{String: "ENDLESS FOR 50ms"})
	c.until(&pgproto3.CopyOutResponse{})
	eventually(t, "the session is closed", func() bool { return b.closed.Load() == 1 })

	// A client that reads gets the error, and its connection is none the worse.
	c = startRaw(t, address)
	c.send(&pgproto3.Query{String: "ENDLESS FOR 50ms"})
	c.fails("57014")
	c.until(&pgproto3.ReadyForQuery{})
	c.works()
}

// TestCancelOfAFullPipe cancels while the server is blocked in a write, and reads on: the connection must survive.
func TestCancelOfAFullPipe(t *testing.T) {
	address, _ := serve(t, newTestBackend(), wire.Options{})
	c := startRaw(t, address)
	for range 5 {
		c.send(&pgproto3.Query{String: "SELECT repeat('x', 10000) FROM generate_series(1,1000000000)"})
		c.until(&pgproto3.DataRow{})
		sendCancel(t, address, c.key)
		c.fails("57014")
		c.until(&pgproto3.ReadyForQuery{})
		c.works()
	}
}

// TestStuckSession does not stop within the drain time. The client, which reads, keeps its connection.
func TestStuckSession(t *testing.T) {
	address, server := serve(t, newTestBackend(), wire.Options{DrainTimeout: 20 * time.Millisecond})
	c := startRaw(t, address)
	c.send(&pgproto3.Query{String: "SLOW TO STOP"})
	c.until(&pgproto3.NoticeResponse{})
	server.Cancel(c.key.ProcessID)
	c.fails("57014")
	c.until(&pgproto3.ReadyForQuery{})
	c.works()
}

// TestMillionMessages sends a million messages ahead. The server reads no further than it may.
func TestMillionMessages(t *testing.T) {
	if testing.Short() {
		t.Skip("sends a million messages")
	}
	address, _ := serve(t, newTestBackend(), wire.Options{})
	c := startRaw(t, address)
	if err := c.nc.SetDeadline(time.Now().Add(5 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	const total, chunk = 1_000_000, 10_000
	sync, err := (&pgproto3.Sync{}).Encode(nil)
	if err != nil {
		t.Fatal(err)
	}
	written := make(chan error, 1)
	go func() {
		piece := []byte(strings.Repeat(string(sync), chunk))
		for range total / chunk {
			if _, err := c.nc.Write(piece); err != nil {
				written <- err
				return
			}
		}
		written <- nil
	}()
	before := heap()
	answer := make([]byte, 6*chunk)
	most := uint64(0)
	for i := range total / chunk {
		if _, err := io.ReadFull(c.nc, answer); err != nil {
			t.Fatal(err)
		}
		if i%10 == 0 {
			most = max(most, heap())
		}
	}
	if err := <-written; err != nil {
		t.Fatal(err)
	}
	if grown := int64(most) - int64(before); grown > 8<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
	c.works()
}

// TestHugeClaims declares a length and sends less. Nothing is allocated for what has not come.
func TestHugeClaims(t *testing.T) {
	address, _ := serve(t, newTestBackend(), wire.Options{})
	before := heap()
	for range 20 {
		c := startRaw(t, address)
		c.bytes('Q', 0x0f, 0xff, 0xff, 0xff, 'S', 'E', 'L') // just below the limit
	}
	c := startRaw(t, address)
	c.works()
	if grown := int64(heap()) - int64(before); grown > 16<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
	c.bytes('Q', 0x3f, 0xff, 0xff, 0xff)
	if e := c.fails("54000"); e.Severity != "FATAL" {
		t.Errorf("severity %s", e.Severity)
	}
	c.ends()
}

// TestLongStatement sends ten megabytes of SQL.
func TestLongStatement(t *testing.T) {
	address, _ := serve(t, newTestBackend(), wire.Options{})
	c := startRaw(t, address)
	c.send(&pgproto3.Query{String: "SELECT 1" + strings.Repeat(" ", 10<<20)})
	c.until(&pgproto3.DataRow{})
	c.until(&pgproto3.ReadyForQuery{})
}

// TestLongRows has rows that are longer than the output buffer.
func TestLongRows(t *testing.T) {
	address, _ := serve(t, newTestBackend(), wire.Options{})
	c := startRaw(t, address)
	c.send(&pgproto3.Query{String: "SELECT repeat('x', 1000000) FROM generate_series(1,30)"})
	for range 30 {
		if row := c.until(&pgproto3.DataRow{}).(*pgproto3.DataRow); len(row.Values[0]) != 1000000 {
			t.Fatalf("a row of %d bytes", len(row.Values[0]))
		}
	}
	c.until(&pgproto3.ReadyForQuery{})
}
