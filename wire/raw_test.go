package wire_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"reflect"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
)

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// rawClient speaks messages, right ones and wrong ones.
type rawClient struct {
	t  testing.TB
	nc net.Conn
	*pgproto3.Frontend
	key pgproto3.BackendKeyData
}

// dialRaw connects without saying anything.
func dialRaw(t testing.TB, address string) *rawClient {
	t.Helper()
	nc, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return rawOver(t, nc)
}

func rawOver(t testing.TB, nc net.Conn) *rawClient {
	t.Helper()
	t.Cleanup(func() { _ = nc.Close() })
	if err := nc.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return &rawClient{t: t, nc: nc, Frontend: pgproto3.NewFrontend(nc, nc)}
}

// startRaw connects as postgres, whom the test backend trusts, and waits until the session is ready.
func startRaw(t testing.TB, address string) *rawClient {
	t.Helper()
	c := dialRaw(t, address)
	c.startup(pgproto3.ProtocolVersion30, "postgres")
	c.until(&pgproto3.ReadyForQuery{})
	return c
}

func (c *rawClient) startup(version uint32, user string) {
	c.t.Helper()
	c.send(&pgproto3.StartupMessage{ProtocolVersion: version, Parameters: map[string]string{"user": user}})
}

// encoded returns the bytes of messages.
func encoded(t testing.TB, messages ...pgproto3.FrontendMessage) []byte {
	t.Helper()
	var out []byte
	for _, m := range messages {
		var err error
		if out, err = m.Encode(out); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// startupAs is a startup packet with names and values.
func startupAs(pairs ...string) *pgproto3.StartupMessage {
	params := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		params[pairs[i]] = pairs[i+1]
	}
	return &pgproto3.StartupMessage{ProtocolVersion: pgproto3.ProtocolVersion30, Parameters: params}
}

func (c *rawClient) send(messages ...pgproto3.FrontendMessage) {
	c.t.Helper()
	for _, m := range messages {
		c.Send(m)
	}
	if err := c.Flush(); err != nil {
		c.t.Fatal(err)
	}
}

func (c *rawClient) bytes(b ...byte) {
	c.t.Helper()
	if _, err := c.nc.Write(b); err != nil {
		c.t.Fatal(err)
	}
}

// next returns the next message; nil is the end of the connection. A reset is an end too: the server had not read everything.
func (c *rawClient) next() pgproto3.BackendMessage {
	c.t.Helper()
	m, err := c.Receive()
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET):
		return nil
	case err != nil:
		c.t.Fatal(err)
	}
	if key, ok := m.(*pgproto3.BackendKeyData); ok {
		c.key = *key
	}
	return m
}

// until reads up to a message of the same type and returns it. It fails at the end of the connection.
func (c *rawClient) until(wanted pgproto3.BackendMessage) pgproto3.BackendMessage {
	c.t.Helper()
	for {
		m := c.next()
		if m == nil {
			c.t.Fatalf("the server closed the connection before %T", wanted)
		}
		if e, ok := m.(*pgproto3.ErrorResponse); ok && e.Severity == "FATAL" {
			if _, ok := wanted.(*pgproto3.ErrorResponse); !ok {
				c.t.Fatalf("waiting for %T: %s %s", wanted, e.Code, e.Message)
			}
		}
		if sameType(m, wanted) {
			return m
		}
	}
}

// fails expects an error with the code.
func (c *rawClient) fails(code string) *pgproto3.ErrorResponse {
	c.t.Helper()
	e := c.until(&pgproto3.ErrorResponse{}).(*pgproto3.ErrorResponse)
	if e.Code != code {
		c.t.Fatalf("the error is %s %s, want %s", e.Code, e.Message, code)
	}
	return e
}

// ends expects the end of the connection.
func (c *rawClient) ends() {
	c.t.Helper()
	if m := c.next(); m != nil {
		c.t.Fatalf("%#v instead of the end of the connection", m)
	}
}

// works checks that the session answers.
func (c *rawClient) works() {
	c.t.Helper()
	c.send(&pgproto3.Query{String: "SELECT 1"})
	c.until(&pgproto3.DataRow{})
	c.until(&pgproto3.ReadyForQuery{})
}

func sameType(a, b pgproto3.BackendMessage) bool { return reflect.TypeOf(a) == reflect.TypeOf(b) }

// secure asks for TLS and makes the handshake.
func (c *rawClient) secure(config *tls.Config) *rawClient {
	c.t.Helper()
	c.send(&pgproto3.SSLRequest{})
	var answer [1]byte
	if _, err := io.ReadFull(c.nc, answer[:]); err != nil || answer[0] != 'S' {
		c.t.Fatalf("the answer to SSLRequest is %q, %v", answer, err)
	}
	over := tls.Client(c.nc, config)
	if err := over.Handshake(); err != nil {
		c.t.Fatal(err)
	}
	return rawOver(c.t, over)
}

// eventually waits for what other goroutines bring about.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline:
			t.Fatalf("%s: did not come about", what)
		case <-tick.C:
		}
	}
}
