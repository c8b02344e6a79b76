package wire_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"meshgate/wire"
)

// pipeListener hands connections to a server without a network.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case nc := <-l.conns:
		return nc, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	select {
	case <-l.done:
	default:
		close(l.done)
	}
	return nil
}

func (l *pipeListener) Addr() net.Addr { return loopback }

var loopback = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}

// pipeConn is a server's end of a pipe that pretends to be on loopback and tells when the server has closed it.
type pipeConn struct {
	net.Conn
	closed chan struct{}
}

func (c *pipeConn) LocalAddr() net.Addr { return loopback }

func (c *pipeConn) Close() error {
	select {
	case <-c.closed:
	default:
		close(c.closed)
	}
	return c.Conn.Close()
}

// states are what a connection has heard before the fuzzed bytes come.
var states = []struct {
	session bool // a session is running
	before  []pgproto3.FrontendMessage
}{
	{false, nil},
	{false, []pgproto3.FrontendMessage{&pgproto3.SSLRequest{}}},
	{false, []pgproto3.FrontendMessage{startupAs("user", "ann")}},
	{true, nil},
	{true, []pgproto3.FrontendMessage{&pgproto3.Query{String: "BEGIN"}}},
	{true, []pgproto3.FrontendMessage{&pgproto3.Query{String: "BEGIN"}, &pgproto3.Query{String: "SELECT nosuch"}}},
	{true, []pgproto3.FrontendMessage{&pgproto3.Parse{Query: "SELECT nosuch"}}},
	{true, []pgproto3.FrontendMessage{
		&pgproto3.Parse{Name: "s", Query: "SELECT generate_series(1,$1::int4)"},
		&pgproto3.Bind{PreparedStatement: "s", DestinationPortal: "p", Parameters: [][]byte{[]byte("100")}},
		&pgproto3.Execute{Portal: "p", MaxRows: 3},
	}},
	{true, []pgproto3.FrontendMessage{&pgproto3.Query{String: "COPY (SELECT generate_series(1,20000)) TO STDOUT"}}},
}

// FuzzMessages sends bytes to a connection in every state. Framed, they are messages of any type and content, and the server
// answers all of them up to the Sync behind them, or closes; raw, the client then hangs up, and the server must let go.
func FuzzMessages(f *testing.F) {
	b := passwordBackend(f)
	l := &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
	serveOn(f, b, wire.Options{MaxMessage: 1 << 20}, l)
	for _, seed := range fuzzSeeds(f) {
		for state := range states {
			f.Add(byte(state), true, seed)
			f.Add(byte(state), false, seed)
		}
	}
	f.Fuzz(func(t *testing.T, state byte, framed bool, data []byte) {
		fuzzConnection(t, l, int(state)%len(states), framed, data)
	})
}

// fuzzSeeds are messages, right and wrong, as type, length of one byte, and body.
func fuzzSeeds(f *testing.F) [][]byte {
	var seeds [][]byte
	for _, messages := range [][]pgproto3.FrontendMessage{
		{
			&pgproto3.Query{String: "SELECT 1"}, &pgproto3.Query{String: ""},
			&pgproto3.Query{String: "SELECT 1/(g-3) FROM generate_series(1,5) g"},
		},
		{
			&pgproto3.Parse{Query: "SELECT $1::int4, $2::text", ParameterOIDs: []uint32{23}},
			&pgproto3.Describe{ObjectType: 'S'},
			&pgproto3.Bind{
				Parameters: [][]byte{{0, 0, 0, 1}, []byte("x")}, ParameterFormatCodes: []int16{1, 0}, ResultFormatCodes: []int16{1},
			},
			&pgproto3.Describe{ObjectType: 'P'}, &pgproto3.Execute{MaxRows: 1}, &pgproto3.Close{ObjectType: 'S'},
			&pgproto3.Flush{}, &pgproto3.Sync{},
		},
		{&pgproto3.Query{String: "BEGIN; SELECT 1/0"}, &pgproto3.Sync{}, &pgproto3.Query{String: "ROLLBACK"}},
		{&pgproto3.Execute{Portal: "p", MaxRows: 2}, &pgproto3.Close{ObjectType: 'P', Name: "p"}, &pgproto3.Execute{Portal: "p"}},
		{&pgproto3.CopyData{Data: []byte("x")}, &pgproto3.CopyDone{}, &pgproto3.CopyFail{}, &pgproto3.FunctionCall{}},
		{&pgproto3.Query{String: "COPY (SELECT generate_series(1,3)) TO STDOUT (FORMAT binary)"}, &pgproto3.Query{String: "PANIC"}},
		{
			&pgproto3.Query{String: "DO $$BEGIN RAISE NOTICE 'hello'; END$$"}, &pgproto3.Query{String: "SELECT '\xff'"},
			&pgproto3.Query{String: "FATAL"},
		},
	} {
		var seed []byte
		for _, m := range messages {
			b := encoded(f, m)
			seed = append(append(seed, b[0], byte(len(b)-5)), b[5:]...)
		}
		seeds = append(seeds, seed)
	}
	sasl := []byte("SCRAM-SHA-256\x00\x00\x00\x00\x0dn,,n=,r=nonce")
	return append(seeds, append([]byte{'p', byte(len(sasl))}, sasl...),
		[]byte("\x00\x00\x00\x15\x00\x03\x00\x00user\x00postgres\x00\x00"), []byte("\x16\x03\x01"), []byte("Zx"))
}

// frame makes messages of type, length of one byte, and body. It leaves out Terminate, after which nothing is answered.
func frame(data []byte) []byte {
	var out []byte
	for len(data) >= 2 {
		size := min(int(data[1]), len(data)-2)
		if data[0] != 'X' {
			out = binary.BigEndian.AppendUint32(append(out, data[0]), uint32(size+4))
			out = append(out, data[2:2+size]...)
		}
		data = data[2+size:]
	}
	return out
}

func fuzzConnection(t *testing.T, l *pipeListener, state int, framed bool, data []byte) {
	client, end := net.Pipe()
	defer client.Close()
	held := &pipeConn{Conn: end, closed: make(chan struct{})}
	l.conns <- held
	if err := client.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	framed = framed && states[state].session
	before := states[state].before
	if states[state].session {
		before = append([]pgproto3.FrontendMessage{startupAs("user", "postgres")}, before...)
	}
	out := encoded(t, before...)
	if framed {
		out = append(append(out, frame(data)...), 'S', 0, 0, 0, 4, 'X', 0, 0, 0, 4)
	} else {
		out = append(out, data...)
	}
	last := make(chan string, 1)
	go func() { last <- drain(client, framed) }()
	if _, err := client.Write(out); err != nil && errors.Is(err, context.DeadlineExceeded) {
		t.Fatal("the server does not read")
	}
	if !framed {
		// A moment's silence would need a clock; the server must cope with a client that leaves at any time.
		_ = client.Close()
		<-last
	} else if ending := <-last; ending != "" {
		t.Fatal(ending)
	}
	select {
	case <-held.closed:
	case <-time.After(patience):
		t.Fatal("the server holds on to the connection")
	}
}

// drain reads until the end and says what was wrong with it: the last message must be ReadyForQuery or a FATAL error.
func drain(nc net.Conn, framed bool) string {
	if !framed {
		_, _ = io.Copy(io.Discard, nc)
		return ""
	}
	frontend := pgproto3.NewFrontend(nc, nc)
	last := ""
	for {
		m, err := frontend.Receive()
		switch {
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			return last
		case err != nil:
			return "reading an answer: " + err.Error()
		}
		last = "the connection ends without ReadyForQuery or a fatal error"
		switch m := m.(type) {
		case *pgproto3.ReadyForQuery:
			last = ""
		case *pgproto3.ErrorResponse:
			if m.Severity == "FATAL" {
				last = ""
			}
		}
	}
}

// FuzzStartup sends a first packet of the right length and any content.
func FuzzStartup(f *testing.F) {
	l := &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
	serveOn(f, passwordBackend(f), wire.Options{}, l)
	f.Add([]byte("\x00\x03\x00\x00user\x00postgres\x00options\x00-c a=1 --b=2\x00\x00"))
	f.Add([]byte("\x00\x03\x27\x0fuser\x00postgres\x00_pq_.x\x00y\x00replication\x00off\x00\x00"))
	f.Add([]byte("\x04\xd2\x16\x2e\x00\x00\x00\x01\x00\x00\x00\x02"))
	f.Add([]byte("\x04\xd2\x16\x2f"))
	f.Fuzz(func(t *testing.T, packet []byte) {
		out := binary.BigEndian.AppendUint32(nil, uint32(len(packet)+4))
		fuzzConnection(t, l, 0, false, append(out, packet...))
	})
}
