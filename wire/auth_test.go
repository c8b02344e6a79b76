package wire_test

import (
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/xdg-go/scram"

	"meshgate/sqlerr"
	"meshgate/wire"
)

// verifier makes what meshgate passwd prints.
func verifier(t testing.TB, password string) string {
	t.Helper()
	client, err := scram.SHA256.NewClient("", password, "")
	if err != nil {
		t.Fatal(err)
	}
	stored, err := client.GetStoredCredentialsWithError(scram.KeyFactors{Salt: "0123456789abcdef", Iters: 4096})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("SCRAM-SHA-256$4096:%s$%s:%s", b64(stored.Salt), b64(string(stored.StoredKey)), b64(string(stored.ServerKey)))
}

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// passwordBackend knows ann by password, bi by certificate, and eve by neither.
func passwordBackend(t testing.TB) *testBackend {
	t.Helper()
	b := newTestBackend()
	b.users["ann"] = wire.Credential{SCRAM: verifier(t, "correct horse")}
	b.users["bi"] = wire.Credential{Subject: "CN=bi,O=Acme"}
	b.users["eve"] = wire.Credential{}
	b.users["broken"] = wire.Credential{SCRAM: "md5abc"}
	return b
}

// sasl opens a connection as a user and returns it with the mechanisms that the server offers.
func sasl(t testing.TB, c *rawClient, user string) []string {
	t.Helper()
	c.startup(pgproto3.ProtocolVersion30, user)
	return c.until(&pgproto3.AuthenticationSASL{}).(*pgproto3.AuthenticationSASL).AuthMechanisms
}

// exchange plays the rest with xdg-go's client and returns the server's last message: AuthenticationOk or an error.
func exchange(t testing.TB, c *rawClient, password string) pgproto3.BackendMessage {
	t.Helper()
	client, err := scram.SHA256.NewClient("", password, "")
	if err != nil {
		t.Fatal(err)
	}
	talk := client.NewConversation()
	first, err := talk.Step("")
	if err != nil {
		t.Fatal(err)
	}
	c.send(&pgproto3.SASLInitialResponse{AuthMechanism: "SCRAM-SHA-256", Data: []byte(first)})
	challenge := c.until(&pgproto3.AuthenticationSASLContinue{}).(*pgproto3.AuthenticationSASLContinue)
	final, err := talk.Step(string(challenge.Data))
	if err != nil {
		t.Fatal(err)
	}
	c.send(&pgproto3.SASLResponse{Data: []byte(final)})
	m := c.next()
	if done, ok := m.(*pgproto3.AuthenticationSASLFinal); ok {
		if _, err := talk.Step(string(done.Data)); err != nil || !talk.Valid() {
			t.Fatalf("the server's proof: %v", err)
		}
		m = c.next()
	}
	return m
}

func TestScram(t *testing.T) {
	address, _ := serve(t, passwordBackend(t), wire.Options{})
	c := dialRaw(t, address)
	if offered := sasl(t, c, "ann"); len(offered) != 1 || offered[0] != "SCRAM-SHA-256" {
		t.Errorf("offered %q without TLS", offered)
	}
	if _, ok := exchange(t, c, "correct horse").(*pgproto3.AuthenticationOk); !ok {
		t.Fatal("the right password was refused")
	}
	c.until(&pgproto3.ReadyForQuery{})
	c.works()
}

// TestNobodyLearnsWhoExists holds the answers to users with a wrong password, without a password, with a verifier that cannot
// be read, and without an account against one another.
func TestNobodyLearnsWhoExists(t *testing.T) {
	address, _ := serve(t, passwordBackend(t), wire.Options{MockSecret: []byte("secret of a test")})
	for _, user := range []string{"ann", "eve", "bi", "broken", "nobody"} {
		c := dialRaw(t, address)
		sasl(t, c, user)
		e, ok := exchange(t, c, "wrong").(*pgproto3.ErrorResponse)
		want := fmt.Sprintf("password authentication failed for user %q", user)
		if !ok || e.Severity != "FATAL" || e.Code != "28P01" || e.Message != want || e.Detail+e.Hint != "" {
			t.Errorf("%s: %#v", user, e)
		}
		c.ends()
	}
}

// TestRefusalsAreTold reports logins that failed, with whom the client said it was, and none that only began or succeeded.
func TestRefusalsAreTold(t *testing.T) {
	told := make(chan wire.Refusal, 10)
	address, _ := serve(t, passwordBackend(t), wire.Options{Refused: func(r wire.Refusal) { told <- r }})
	sasl(t, dialRaw(t, address), "ann") // and goes away
	right := dialRaw(t, address)
	sasl(t, right, "ann")
	if _, ok := exchange(t, right, "correct horse").(*pgproto3.AuthenticationOk); !ok {
		t.Fatal("the right password was refused")
	}
	for _, user := range []string{"ann", "nobody"} {
		c := dialRaw(t, address)
		sasl(t, c, user)
		exchange(t, c, "wrong")
		r := <-told
		if r.User != user || r.Addr == nil || !sqlerr.Is(r.Err, sqlerr.InvalidPassword) {
			t.Errorf("%+v", r)
		}
	}
	if len(told) > 0 {
		t.Errorf("told as well: %+v", <-told)
	}
}

// challengeOf returns the salt and the iterations that a user is shown.
func challengeOf(t testing.TB, address, user string) string {
	t.Helper()
	c := dialRaw(t, address)
	sasl(t, c, user)
	c.send(&pgproto3.SASLInitialResponse{AuthMechanism: "SCRAM-SHA-256", Data: []byte("n,,n=,r=nonce")})
	m := c.until(&pgproto3.AuthenticationSASLContinue{}).(*pgproto3.AuthenticationSASLContinue)
	_, salt, _ := strings.Cut(string(m.Data), ",")
	return salt
}

func TestMockSaltIsStable(t *testing.T) {
	secret := []byte("secret of a test")
	one, _ := serve(t, passwordBackend(t), wire.Options{MockSecret: secret})
	two, _ := serve(t, passwordBackend(t), wire.Options{MockSecret: secret})
	three, _ := serve(t, passwordBackend(t), wire.Options{})
	salt := challengeOf(t, one, "nobody")
	if again := challengeOf(t, one, "nobody"); again != salt {
		t.Errorf("the salt changed from %s to %s", salt, again)
	}
	if other := challengeOf(t, two, "nobody"); other != salt {
		t.Errorf("another server with the same secret shows %s, not %s", other, salt)
	}
	if other := challengeOf(t, three, "nobody"); other == salt {
		t.Error("a server without the secret shows the same salt")
	}
	if other := challengeOf(t, one, "nobody else"); other == salt {
		t.Error("two users share a salt")
	}
	if known := challengeOf(t, one, "ann"); len(known) != len(salt) {
		t.Errorf("a known user's challenge %q does not look like an unknown one's %q", known, salt)
	}
}

// TestScramRefusals sends first and final messages that a right client does not.
func TestScramRefusals(t *testing.T) {
	address, _ := serve(t, passwordBackend(t), wire.Options{TLS: newAuthority(t, false).server()})
	for name, tc := range map[string]struct {
		tls                    bool
		mechanism, first, code string
	}{
		"unknown mechanism":       {false, "PLAIN", "n,,n=,r=x", "08P01"},
		"plus without TLS":        {false, "SCRAM-SHA-256-PLUS", "p=tls-server-end-point,,n=,r=x", "08P01"},
		"plus without data":       {true, "SCRAM-SHA-256-PLUS", "n,,n=,r=x", "08P01"},
		"data without plus":       {true, "SCRAM-SHA-256", "p=tls-server-end-point,,n=,r=x", "08P01"},
		"downgrade":               {true, "SCRAM-SHA-256", "y,,n=,r=x", "28000"},
		"another binding":         {true, "SCRAM-SHA-256-PLUS", "p=tls-unique,,n=,r=x", "08P01"},
		"an unknown binding":      {true, "SCRAM-SHA-256-PLUS", "p=magic,,n=,r=x", "08P01"},
		"authorization identity":  {false, "SCRAM-SHA-256", "n,a=admin,n=,r=x", "0A000"},
		"extension":               {false, "SCRAM-SHA-256", "n,,m=x,n=,r=x", "08P01"},
		"not SCRAM":               {false, "SCRAM-SHA-256", "\x00\xff", "08P01"},
		"nothing":                 {false, "SCRAM-SHA-256", "", "08P01"},
		"longer than any message": {false, "SCRAM-SHA-256", "n,,n=,r=" + strings.Repeat("x", 2000), "08P01"},
	} {
		t.Run(name, func(t *testing.T) {
			c := dialRaw(t, address)
			if tc.tls {
				c = c.secure(&tls.Config{InsecureSkipVerify: true})
			}
			offered := sasl(t, c, "ann")
			if tc.tls != (len(offered) == 2 && offered[0] == "SCRAM-SHA-256-PLUS") {
				t.Errorf("offered %q", offered)
			}
			c.send(&pgproto3.SASLInitialResponse{AuthMechanism: tc.mechanism, Data: []byte(tc.first)})
			if e := c.fails(tc.code); e.Severity != "FATAL" {
				t.Errorf("severity %s", e.Severity)
			}
			c.ends()
		})
	}
}

// TestScramFinalRefusals binds to the wrong channel and breaks the last message.
func TestScramFinalRefusals(t *testing.T) {
	address, _ := serve(t, passwordBackend(t), wire.Options{TLS: newAuthority(t, false).server()})
	for name, tc := range map[string]struct{ first, final, code string }{
		"wrong binding": {"p=tls-server-end-point,,n=,r=x", "c=" + b64("p=tls-server-end-point,,wrong"), "28000"},
		"no binding":    {"p=tls-server-end-point,,n=,r=x", "c=biws", "28000"},
		"garbage":       {"p=tls-server-end-point,,n=,r=x", "garbage", "08P01"},
	} {
		t.Run(name, func(t *testing.T) {
			c := dialRaw(t, address).secure(&tls.Config{InsecureSkipVerify: true})
			sasl(t, c, "ann")
			c.send(&pgproto3.SASLInitialResponse{AuthMechanism: "SCRAM-SHA-256-PLUS", Data: []byte(tc.first)})
			m := c.until(&pgproto3.AuthenticationSASLContinue{}).(*pgproto3.AuthenticationSASLContinue)
			nonce, _, _ := strings.Cut(string(m.Data), ",")
			c.send(&pgproto3.SASLResponse{Data: []byte(tc.final + "," + nonce + ",p=" + b64(strings.Repeat("x", 32)))})
			c.fails(tc.code)
			c.ends()
		})
	}
}

// TestEmptyInitialResponse lets the client wait for an empty challenge, as RFC 4422 allows.
func TestEmptyInitialResponse(t *testing.T) {
	address, _ := serve(t, passwordBackend(t), wire.Options{})
	c := dialRaw(t, address)
	sasl(t, c, "ann")
	body := append([]byte("SCRAM-SHA-256\x00"), 0xff, 0xff, 0xff, 0xff)
	c.bytes(binary.BigEndian.AppendUint32([]byte{'p'}, uint32(len(body)+4))...)
	c.bytes(body...)
	if m := c.until(&pgproto3.AuthenticationSASLContinue{}).(*pgproto3.AuthenticationSASLContinue); len(m.Data) > 0 {
		t.Errorf("the empty challenge holds %q", m.Data)
	}
	c.send(&pgproto3.SASLResponse{Data: []byte("n,,n=,r=x")})
	c.until(&pgproto3.AuthenticationSASLContinue{})
}

// TestNothingBeforeAuthentication sends statements where a password is due.
func TestNothingBeforeAuthentication(t *testing.T) {
	b := passwordBackend(t)
	address, _ := serve(t, b, wire.Options{})
	c := dialRaw(t, address)
	sasl(t, c, "ann")
	c.send(&pgproto3.Query{String: "SELECT 1"})
	c.fails("08P01")
	c.ends()
	if n := b.opened.Load(); n != 0 {
		t.Errorf("%d sessions were made", n)
	}
}

// TestCertificateOnly refuses everybody in the same words where passwords are not allowed.
func TestCertificateOnly(t *testing.T) {
	ca := newAuthority(t, false)
	address, _ := serve(t, passwordBackend(t), wire.Options{TLS: ca.server(), Methods: []string{wire.MethodCert}})
	for _, user := range []string{"ann", "bi", "nobody"} {
		c := dialRaw(t, address)
		c.startup(pgproto3.ProtocolVersion30, user)
		if e := c.fails("28000"); e.Message != "connection requires a valid client certificate" {
			t.Error(e.Message)
		}
		c.ends()
	}
}

func TestTrustIsForLoopbackOnly(t *testing.T) {
	b := passwordBackend(t)
	address, _ := serve(t, b, wire.Options{Methods: []string{wire.MethodSCRAM}})
	c := dialRaw(t, address)
	c.startup(pgproto3.ProtocolVersion30, "postgres")
	c.until(&pgproto3.AuthenticationSASL{}) // trust is not among the methods

	reachable := outside(t)
	l, err := net.Listen("tcp", net.JoinHostPort(reachable, "0"))
	if err != nil {
		t.Fatal(err)
	}
	open, _ := serveOn(t, b, wire.Options{Methods: []string{wire.MethodTrust, wire.MethodSCRAM}}, l)
	c = dialRaw(t, open)
	c.startup(pgproto3.ProtocolVersion30, "postgres")
	c.until(&pgproto3.AuthenticationSASL{})
}

// outside returns an address of this machine that is not loopback.
func outside(t testing.TB) string {
	t.Helper()
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && !n.IP.IsLoopback() {
			return n.IP.String()
		}
	}
	t.Skip("this machine has loopback only")
	return ""
}

func TestStartupTimeout(t *testing.T) {
	address, _ := serve(t, passwordBackend(t), wire.Options{StartupTimeout: 50 * time.Millisecond})
	half := dialRaw(t, address)
	half.bytes(0, 0, 0, 50, 0, 3)
	half.ends()
	silent := dialRaw(t, address)
	silent.ends()
	hesitant := dialRaw(t, address)
	sasl(t, hesitant, "ann")
	if e := hesitant.fails("57014"); e.Message != "canceling authentication due to timeout" {
		t.Error(e.Message)
	}
	hesitant.ends()
}

// TestTooMany fills the sessions' places. Who has not authenticated takes none of them.
func TestTooMany(t *testing.T) {
	address, _ := serve(t, passwordBackend(t), wire.Options{MaxConnections: 2})
	waiting := dialRaw(t, address)
	sasl(t, waiting, "ann")
	first, second := startRaw(t, address), startRaw(t, address)
	third := dialRaw(t, address)
	third.startup(pgproto3.ProtocolVersion30, "postgres")
	if e := third.fails("53300"); e.Severity != "FATAL" || e.Message != "sorry, too many clients already" {
		t.Errorf("%#v", e)
	}
	third.ends()
	first.works()
	// A refused client keeps its place until it has hung up.
	_, _ = third.nc.Close(), waiting.nc.Close()
	second.send(&pgproto3.Terminate{})
	second.ends()
	eventually(t, "a place is free again", func() bool {
		c := dialRaw(t, address)
		defer c.nc.Close()
		c.startup(pgproto3.ProtocolVersion30, "postgres")
		for {
			switch m := c.next().(type) {
			case *pgproto3.ReadyForQuery:
				return true
			case *pgproto3.ErrorResponse:
				if m.Code != "53300" {
					t.Fatal(m.Message)
				}
				return false
			case nil:
				return false
			}
		}
	})
}

func TestOptions(t *testing.T) {
	for name, o := range map[string]wire.Options{
		"unknown method":   {Methods: []string{"md5"}},
		"no method":        {Methods: []string{}},
		"TLS out of thin":  {TLSRequired: true},
		"several at once.": {TLSRequired: true, Methods: []string{"ldap"}},
	} {
		if _, err := wire.NewServer(newTestBackend(), o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestLogHoldsNoSecret looks for passwords, proofs and literals in the log.
func TestLogHoldsNoSecret(t *testing.T) {
	var log syncBuffer
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	address, _ := serve(t, passwordBackend(t), wire.Options{Logger: logger})
	c := dialRaw(t, address)
	sasl(t, c, "ann")
	exchange(t, c, "wrong password canary")
	c = startRaw(t, address)
	c.send(&pgproto3.Query{String: "SELECT 'literal canary'"})
	c.until(&pgproto3.ReadyForQuery{})
	c.send(&pgproto3.Query{String: "SELECT nonsense 'literal canary'"})
	c.until(&pgproto3.ReadyForQuery{})
	c.send(&pgproto3.Terminate{})
	c.ends()
	eventually(t, "the end of the session in the log", func() bool { return strings.Contains(log.String(), "session closed") })
	if text := log.String(); strings.Contains(text, "canary") || !strings.Contains(text, "28P01") {
		t.Error(text)
	}
}

// syncBuffer is a log that tests read while servers write.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
