package wire_test

import (
	"crypto/tls"
	"errors"
	"net"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"

	"meshgate/wire"
)

// TestUnixSocket has no TLS and needs none.
func TestUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "socket")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	serveOn(t, newTestBackend(), wire.Options{TLS: newAuthority(t, false).server(), TLSRequired: true}, l)
	nc, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	c := rawOver(t, nc)
	c.send(&pgproto3.SSLRequest{})
	var answer [1]byte
	if _, err := c.nc.Read(answer[:]); err != nil || answer[0] != 'N' {
		t.Fatalf("the answer to SSLRequest is %q, %v", answer, err)
	}
	c.startup(pgproto3.ProtocolVersion30, "postgres")
	c.until(&pgproto3.ReadyForQuery{})
	c.works()
}

// TestCertificateChosenLate binds the channel to a certificate that the configuration only chooses in the handshake.
func TestCertificateChosenLate(t *testing.T) {
	fixed := newAuthority(t, false).server()
	choose := func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &fixed.Certificates[0], nil }
	for name, config := range map[string]*tls.Config{
		"by certificate":   {GetCertificate: choose},
		"by configuration": {GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return fixed, nil }},
		"by no other configuration": {
			Certificates:       fixed.Certificates,
			GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return nil, nil },
		},
		"from several": {Certificates: append(newAuthority(t, true).server().Certificates, fixed.Certificates...)},
	} {
		t.Run(name, func(t *testing.T) {
			b := passwordBackend(t)
			address, _ := serve(t, b, wire.Options{TLS: config})
			conn, err := pgxConnect(address, "user=ann password='correct horse' sslmode=require channel_binding=prefer")
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close(t.Context())
			usePgx(t, conn)
			if m := b.lastClient().Method; name != "from several" && m != wire.MethodSCRAMPlus {
				t.Errorf("authenticated by %s", m)
			}
		})
	}
}

// TestFlood opens connections that say nothing: beyond the limit they are closed at once, and places come free again.
func TestFlood(t *testing.T) {
	address, _ := serve(t, newTestBackend(), wire.Options{MaxConnections: 3})
	idle := make([]*rawClient, 3)
	for i := range idle {
		idle[i] = dialRaw(t, address)
		idle[i].send(&pgproto3.SSLRequest{})
		if _, err := idle[i].nc.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
	}
	dialRaw(t, address).ends()
	_ = idle[0].nc.Close()
	eventually(t, "a place is free", func() bool {
		c := dialRaw(t, address)
		defer c.nc.Close()
		if _, err := c.nc.Write(encoded(t, startupAs("user", "postgres"))); err != nil {
			return false
		}
		_, ok := c.next().(*pgproto3.AuthenticationOk)
		return ok
	})
}

// flakyListener fails now and then, as accept(2) does when file descriptors run out.
type flakyListener struct {
	net.Listener
	calls atomic.Int64
}

func (l *flakyListener) Accept() (net.Conn, error) {
	if l.calls.Add(1)%2 == 1 {
		return nil, errors.New("accept: too many open files")
	}
	return l.Listener.Accept()
}

func TestAcceptGoesOn(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address, _ := serveOn(t, newTestBackend(), wire.Options{}, &flakyListener{Listener: l})
	for range 3 {
		startRaw(t, address).works()
	}
}
