// Package wiretest plays scripts of protocol messages against a server that speaks PostgreSQL's protocol, be it PostgreSQL
// itself, package wire with a test backend, or the gateway. It knows messages and connections, nothing of SQL or of any server's
// code.
//
// A script is a datadriven file, in the shape of CockroachDB's pgtest. Its commands, each with the connection conn=NAME (one is
// opened at its first use):
//
//	needs TRAIT                    skips the script where the server lacks the trait
//	connect [raw]                  opens a connection; raw leaves the startup to the script. user=, database= override
//	send [repeat=N]                one write of messages, one a line (see encode)
//	until [ignore=(TYPE,…)] [mask=(FIELD,…)] [types]
//	                               reads until the backend messages listed one a line have come, in this order, and prints all
//	                               that came: as JSON, or their types alone. EOF is the server's end of the connection. A
//	                               masked field is printed as *; the name of a setting masks its ParameterStatus
//	byte                           reads one byte: the answer to an encryption request
//	cancel [wrong=(pid|key)]       asks for a cancel, until an answer comes; with a wrong number or key three times, and waits
//	                               for nothing
//	close                          closes the connection
//
// Every command takes only=TRAIT and not=TRAIT, which leave it out elsewhere. Fields that no two servers share (file, line and
// routine of an error) are not printed; others that must differ are named by mask. With -rewrite the expectations are written
// from what the server says: from PostgreSQL, never from the server under test.
package wiretest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/jackc/pgx/v5/pgproto3"
)

// patience is how long a script waits for a message before it fails.
const patience = 20 * time.Second

// Option says what differs between servers.
type Option func(*player)

// As sets the user and the database of the connections that a script opens; the default is postgres for both.
func As(user, database string) Option {
	return func(p *player) { p.user, p.database = user, database }
}

// Traits name what a server is and can: scripts select by them.
func Traits(traits ...string) Option {
	return func(p *player) { p.traits = append(p.traits, traits...) }
}

// player plays one script.
type player struct {
	dial           func() (net.Conn, error)
	user, database string
	traits         []string
	conns          map[string]*conn
}

// conn is a connection of a script.
type conn struct {
	nc       net.Conn
	frontend *pgproto3.Frontend
	key      pgproto3.BackendKeyData
}

// Run plays the script at path. Each connection is made with dial.
func Run(t *testing.T, path string, dial func() (net.Conn, error), options ...Option) {
	t.Helper()
	p := &player{dial: dial, user: "postgres", database: "postgres", conns: map[string]*conn{}}
	for _, option := range options {
		option(p)
	}
	defer func() {
		for _, c := range p.conns {
			_ = c.nc.Close() // the server may have closed it
		}
	}()
	datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
		t.Helper()
		if !p.takesPart(d) {
			return d.Expected
		}
		out, err := p.play(t, d)
		if err != nil {
			d.Fatalf(t, "%v", err)
		}
		return out
	})
}

func (p *player) takesPart(d *datadriven.TestData) bool {
	for _, a := range d.CmdArgs {
		has := len(a.Vals) == 1 && slices.Contains(p.traits, a.Vals[0])
		if a.Key == "only" && !has || a.Key == "not" && has {
			return false
		}
	}
	return true
}

func (p *player) play(t *testing.T, d *datadriven.TestData) (string, error) {
	if d.Cmd == "needs" {
		if trait := d.CmdArgs[0].Key; !slices.Contains(p.traits, trait) {
			t.Skipf("this server lacks %q", trait)
		}
		return "", nil
	}
	name := arg(d, "conn", "main")
	if d.Cmd == "connect" {
		return "", p.connect(name, d)
	}
	c := p.conns[name]
	if c == nil {
		if err := p.connect(name, d); err != nil {
			return "", err
		}
		c = p.conns[name]
	}
	if err := c.nc.SetDeadline(time.Now().Add(patience)); err != nil {
		return "", err
	}
	switch d.Cmd {
	case "send":
		return "", c.send(d)
	case "until":
		return c.until(d)
	case "byte":
		var b [1]byte
		_, err := io.ReadFull(c.nc, b[:])
		return string(b[:]), err
	case "cancel":
		return "", p.cancel(c, arg(d, "wrong", ""))
	case "close":
		delete(p.conns, name)
		return "", c.nc.Close()
	}
	return "", fmt.Errorf("unknown command %q", d.Cmd)
}

func arg(d *datadriven.TestData, key, standard string) string {
	if values := args(d, key); len(values) == 1 {
		return values[0]
	}
	return standard
}

func args(d *datadriven.TestData, key string) []string {
	for _, a := range d.CmdArgs {
		if a.Key == key {
			return a.Vals
		}
	}
	return nil
}

func (p *player) connect(name string, d *datadriven.TestData) error {
	if old := p.conns[name]; old != nil {
		_ = old.nc.Close()
	}
	nc, err := p.dial()
	if err != nil {
		return err
	}
	c := &conn{nc: nc, frontend: pgproto3.NewFrontend(nc, nc)}
	p.conns[name] = c
	if d.HasArg("raw") {
		return nil
	}
	c.frontend.Send(&pgproto3.StartupMessage{ProtocolVersion: pgproto3.ProtocolVersion30, Parameters: map[string]string{
		"user": arg(d, "user", p.user), "database": arg(d, "database", p.database),
	}})
	if err := errors.Join(nc.SetDeadline(time.Now().Add(patience)), c.frontend.Flush()); err != nil {
		return err
	}
	for {
		m, err := c.receive()
		if err != nil {
			return err
		}
		switch m := m.(type) {
		case *pgproto3.ReadyForQuery:
			return nil
		case *pgproto3.ErrorResponse:
			return fmt.Errorf("startup: %s %s", m.Code, m.Message)
		}
	}
}

// receive returns the next message and keeps the key for a cancel.
func (c *conn) receive() (pgproto3.BackendMessage, error) {
	m, err := c.frontend.Receive()
	if key, ok := m.(*pgproto3.BackendKeyData); ok {
		c.key = *key
	}
	return m, err
}

func (c *conn) send(d *datadriven.TestData) error {
	var out []byte
	for line := range strings.Lines(d.Input) {
		var err error
		if out, err = encode(out, strings.TrimSpace(line)); err != nil {
			return err
		}
	}
	times := 1
	if d.HasArg("repeat") {
		if _, err := fmt.Sscan(arg(d, "repeat", ""), &times); err != nil {
			return err
		}
	}
	for range times {
		if _, err := c.nc.Write(out); err != nil {
			return err
		}
	}
	return nil
}

func (c *conn) until(d *datadriven.TestData) (string, error) {
	wanted := strings.Fields(d.Input)
	ignored, masked, types := args(d, "ignore"), args(d, "mask"), d.HasArg("types")
	var out strings.Builder
	for len(wanted) > 0 {
		m, err := c.receive()
		if err != nil && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)) {
			if wanted[0] != "EOF" {
				return "", fmt.Errorf("the server closed the connection after\n%s", out.String())
			}
			return out.String() + "EOF\n", nil
		}
		if err != nil {
			return "", fmt.Errorf("waiting for %s after\n%s: %w", wanted[0], out.String(), err)
		}
		name := typeName(m)
		if slices.Contains(ignored, name) {
			continue
		}
		if name == wanted[0] {
			wanted = wanted[1:]
		}
		text := name
		if !types {
			if text, err = show(m, masked); err != nil {
				return "", err
			}
		}
		out.WriteString(text + "\n")
	}
	return out.String(), nil
}

// cancel asks until the server has something to say: a cancel that comes before the statement has begun does nothing.
func (p *player) cancel(c *conn, wrong string) error {
	request := pgproto3.CancelRequest{ProcessID: c.key.ProcessID, SecretKey: slices.Clone(c.key.SecretKey)}
	switch wrong {
	case "pid":
		request.ProcessID++
	case "key":
		rand.Read(request.SecretKey)
	}
	if wrong != "" {
		for range 3 {
			if err := p.cancelOnce(&request); err != nil {
				return err
			}
		}
		return nil
	}
	watched := &firstByte{Conn: c.nc}
	c.nc, c.frontend = watched, pgproto3.NewFrontend(watched, watched)
	for give := time.Now().Add(patience); time.Now().Before(give); {
		if err := p.cancelOnce(&request); err != nil {
			return err
		}
		if ok, err := watched.wait(100 * time.Millisecond); ok || err != nil {
			return err
		}
	}
	return errors.New("the cancel had no effect")
}

// cancelOnce waits until the server has closed the connection of the request: then it has done what it asked.
func (p *player) cancelOnce(request *pgproto3.CancelRequest) error {
	nc, err := p.dial()
	if err != nil {
		return err
	}
	defer nc.Close()
	packet, err := request.Encode(nil)
	if err != nil {
		return err
	}
	if _, err := nc.Write(packet); err != nil {
		return err
	}
	if err := nc.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if n, _ := nc.Read(make([]byte, 1)); n > 0 {
		return errors.New("a cancel request was answered")
	}
	return nil
}

// firstByte is a connection that can tell whether something has come, without losing it.
type firstByte struct {
	net.Conn
	ahead []byte
}

func (f *firstByte) wait(limit time.Duration) (bool, error) {
	if err := f.SetReadDeadline(time.Now().Add(limit)); err != nil {
		return false, err
	}
	b := make([]byte, 1)
	n, err := f.Conn.Read(b)
	f.ahead = append(f.ahead, b[:n]...)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = nil
	}
	return n > 0, errors.Join(err, f.SetReadDeadline(time.Now().Add(patience)))
}

// Read returns what wait has taken, then the connection's bytes.
func (f *firstByte) Read(b []byte) (int, error) {
	if len(f.ahead) > 0 {
		n := copy(b, f.ahead)
		f.ahead = f.ahead[n:]
		return n, nil
	}
	return f.Conn.Read(b)
}
