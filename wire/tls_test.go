package wire_test

import (
	"crypto/tls"
	"crypto/x509/pkix"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"

	"meshgate/wire"
)

// TestEd25519 has a certificate to which no channel can be bound: PLUS is not offered, and plain SCRAM works, also for a client
// that says it could have bound.
func TestEd25519(t *testing.T) {
	address, _ := serve(t, passwordBackend(t), wire.Options{TLS: newAuthority(t, true).server()})
	c := dialRaw(t, address).secure(&tls.Config{InsecureSkipVerify: true})
	if offered := sasl(t, c, "ann"); len(offered) != 1 {
		t.Errorf("offered %q", offered)
	}
	c.send(&pgproto3.SASLInitialResponse{AuthMechanism: "SCRAM-SHA-256", Data: []byte("y,,n=,r=x")})
	c.until(&pgproto3.AuthenticationSASLContinue{})
}

func TestCertificate(t *testing.T) {
	ca, other := newAuthority(t, false), newAuthority(t, false)
	b := passwordBackend(t)
	address, _ := serve(t, b, wire.Options{TLS: ca.server(), Methods: []string{wire.MethodCert, wire.MethodSCRAM}})
	connect := func(user string, certs ...tls.Certificate) *rawClient {
		c := dialRaw(t, address).secure(&tls.Config{InsecureSkipVerify: true, Certificates: certs})
		c.startup(pgproto3.ProtocolVersion30, user)
		return c
	}
	right := ca.issue(pkix.Name{CommonName: "bi", Organization: []string{"Acme"}})
	c := connect("bi", right)
	c.until(&pgproto3.ReadyForQuery{})
	c.works()
	if client := b.lastClient(); client.Method != wire.MethodCert || client.TLS == nil {
		t.Errorf("method %q, TLS %v", client.Method, client.TLS != nil)
	}
	// The part of the subject that another authority's customer could have too is not enough, and neither is somebody else's.
	connect("bi", ca.issue(pkix.Name{CommonName: "bi"})).until(&pgproto3.AuthenticationSASL{})
	connect("ann", right).until(&pgproto3.AuthenticationSASL{})
	connect("nobody", right).until(&pgproto3.AuthenticationSASL{})
	connect("bi").until(&pgproto3.AuthenticationSASL{})

	foreign := dialRaw(t, address)
	foreign.send(&pgproto3.SSLRequest{})
	if _, err := foreign.nc.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	over := tls.Client(foreign.nc, &tls.Config{
		InsecureSkipVerify: true,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			cert := other.issue(pkix.Name{CommonName: "bi", Organization: []string{"Acme"}})
			return &cert, nil
		},
	})
	err := over.Handshake()
	if err == nil { // TLS 1.3 tells the client after its own part is done
		_, err = over.Read(make([]byte, 1))
	}
	if err == nil {
		t.Error("a certificate of another authority was taken")
	}
}

func TestTLSRequired(t *testing.T) {
	address, _ := serve(t, passwordBackend(t), wire.Options{TLS: newAuthority(t, false).server(), TLSRequired: true})
	c := dialRaw(t, address)
	c.startup(pgproto3.ProtocolVersion30, "postgres")
	c.fails("28000")
	c.ends()
	c = dialRaw(t, address).secure(&tls.Config{InsecureSkipVerify: true})
	c.startup(pgproto3.ProtocolVersion30, "postgres")
	c.until(&pgproto3.ReadyForQuery{})
}

// TestDirectTLS begins with the handshake. Without the protocol's name in it the server hangs up.
func TestDirectTLS(t *testing.T) {
	address, _ := serve(t, passwordBackend(t), wire.Options{TLS: newAuthority(t, false).server()})
	nc, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"postgresql"}})
	if err != nil {
		t.Fatal(err)
	}
	c := rawOver(t, nc)
	c.startup(pgproto3.ProtocolVersion30, "postgres")
	c.until(&pgproto3.ReadyForQuery{})
	c.works()

	nameless, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	rawOver(t, nameless).ends()
	if _, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}}); err == nil {
		t.Error("another protocol's name was accepted")
	}
}

// TestStuffing sends a statement in the clear behind SSLRequest. The handshake succeeds, and then the server refuses.
func TestStuffing(t *testing.T) {
	address, _ := serve(t, passwordBackend(t), wire.Options{TLS: newAuthority(t, false).server()})
	c := dialRaw(t, address)
	c.bytes(encoded(t, &pgproto3.SSLRequest{}, startupAs("user", "postgres"))...)
	if _, err := c.nc.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	over := tls.Client(c.nc, &tls.Config{InsecureSkipVerify: true})
	if err := over.Handshake(); err != nil {
		t.Fatal(err)
	}
	c = rawOver(t, over)
	if e := c.fails("08P01"); e.Message != "received unencrypted data after SSL request" {
		t.Error(e.Message)
	}
	c.ends()
}
