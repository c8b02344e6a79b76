package wire

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"
)

// The names of the authentication methods, in Options.Methods and in Client.Method.
const (
	MethodSCRAM     = "scram-sha-256"
	MethodSCRAMPlus = "scram-sha-256-plus" // SCRAM bound to the TLS channel; never configured, only reported
	MethodCert      = "cert"
	MethodOIDC      = "oidc" // a token as the password, under TLS only
	MethodTrust     = "trust"
)

// Options configure a Server. A field's zero value means its default.
type Options struct {
	// TLS turns TLS on. Client certificates count only where its ClientAuth verifies them.
	TLS *tls.Config
	// TLSRequired refuses clients that stay in the clear; Unix sockets are exempt.
	TLSRequired bool
	// Methods are the ways to authenticate that the server allows: MethodSCRAM, MethodCert, MethodOIDC, MethodTrust. The default is the
	// first two.
	Methods []string
	// VerifyToken says whether a token is one of a user's; MethodOIDC needs it. Why it is not, only the log learns.
	VerifyToken func(ctx context.Context, user, token string) (*Token, error)
	// MaxConnections bounds the authenticated connections (default 500), and once more those on their way there.
	MaxConnections int
	// StartupTimeout ends a connection that has not become a session by then (default 60 s).
	StartupTimeout time.Duration
	// Grace is how long running statements may take to end when the server stops, before their connections are cut (default 10 s).
	Grace time.Duration
	// DrainTimeout is how long a client may take to read what a canceled statement has written already (default 5 s). After
	// that the connection is closed, because a message that was begun cannot be taken back.
	DrainTimeout time.Duration
	// MaxMessage is the longest Query, Parse or Bind message in bytes (default 256 MiB).
	MaxMessage int
	// ReadAhead bounds the bytes of messages that are read while earlier ones are at work (default 1 MiB). A single message may
	// be longer.
	ReadAhead int
	// MockSecret keys the salts that unknown users are shown. Servers that share it show the same salts, so that a restart does
	// not tell unknown users from known ones. The default is random.
	MockSecret []byte
	// Refused hears of every client that named a user and could not prove to be that user; nil = nobody does.
	Refused func(Refusal)
	// Logger gets connections, refusals and panics; never a password or a statement. The default is slog.Default.
	Logger *slog.Logger
}

// Refusal is a login that failed.
type Refusal struct {
	User string // who the client said it was
	Addr net.Addr
	Err  error // what the client was told
}

// withDefaults fills what was left out and reports every fault at once.
func (o Options) withDefaults() (Options, error) {
	var faults []error
	if o.Methods == nil {
		o.Methods = []string{MethodSCRAM, MethodCert}
	}
	for _, m := range o.Methods {
		if m != MethodSCRAM && m != MethodCert && m != MethodTrust && (m != MethodOIDC || o.VerifyToken == nil) {
			faults = append(faults, fmt.Errorf("wire: unknown authentication method %q", m))
		}
	}
	if len(o.Methods) == 0 {
		faults = append(faults, errors.New("wire: no authentication method is allowed"))
	}
	if o.TLSRequired && o.TLS == nil {
		faults = append(faults, errors.New("wire: TLS is required, but there is no TLS configuration"))
	}
	o.MaxConnections = defaultTo(o.MaxConnections, 500)
	o.StartupTimeout = defaultTo(o.StartupTimeout, time.Minute)
	o.Grace = defaultTo(o.Grace, 10*time.Second)
	o.DrainTimeout = defaultTo(o.DrainTimeout, 5*time.Second)
	o.MaxMessage = defaultTo(o.MaxMessage, 256<<20)
	o.ReadAhead = defaultTo(o.ReadAhead, 1<<20)
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if len(o.MockSecret) == 0 {
		o.MockSecret = make([]byte, 32)
		rand.Read(o.MockSecret)
	}
	return o, errors.Join(faults...)
}

func defaultTo[T int | time.Duration](v, standard T) T {
	if v <= 0 {
		return standard
	}
	return v
}
