package connectors

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Server says how a store that is a server is reached. It is what mesh.yaml says of it, with the secrets still to be asked for.
type Server struct {
	Store    string // the store's name in the mesh, the only one that clients may read
	Host     string
	Port     int
	Database string
	User     string
	// Password returns the password; nil = none. It is asked for each new connection, so that a secret can change while the
	// gateway runs. Its error must not hold the secret.
	Password func() (string, error)
	TLS      TLSMode
	CA       []byte // PEM certificates that the server's is checked against; empty = the system's
	// Connections bounds how many connections are open at once; 0 means 8.
	Connections int
	// StatementTimeout is the store's own limit, beside the end of a query's context; 0 = none.
	StatementTimeout time.Duration
	// NullZeroDates reads dates that are none, such as MySQL's 0000-00-00, as NULL instead of failing.
	NullZeroDates bool
	// EndUser names a setting of PostgreSQL, such as app.user, that each transaction is given the name of whoever asks in: the store's
	// own row security can look at it. Empty = it is not told.
	EndUser string
	Memory  memory.Allocator // of batches; nil = memory.DefaultAllocator
}

// TLSMode says what a connection to a store asks of TLS. The modes are those of libpq's sslmode (PostgreSQL 15, section 34.19).
type TLSMode string

// The modes. The zero value is TLSPrefer.
const (
	TLSDisable    TLSMode = "disable"
	TLSPrefer     TLSMode = "prefer"
	TLSRequire    TLSMode = "require"
	TLSVerifyFull TLSMode = "verify-full"
)

const defaultConnections = 8

// Limit returns how many connections may be open at once.
func (s *Server) Limit() int {
	if s.Connections <= 0 {
		return defaultConnections
	}
	return s.Connections
}

// Allocator returns the allocator of batches.
func (s *Server) Allocator() memory.Allocator {
	if s.Memory == nil {
		return memory.DefaultAllocator
	}
	return s.Memory
}

var errBadCA = errors.New("the CA file holds no certificate in PEM form")

// TLSConfig returns how to speak TLS with the server, or nil where no TLS is wanted. As with libpq, TLSRequire checks the
// certificate's issuer only where a CA is given, and only TLSVerifyFull checks the host's name.
func (s *Server) TLSConfig() (*tls.Config, error) {
	if s.TLS == TLSDisable {
		return nil, nil
	}
	config := &tls.Config{ServerName: s.Host, MinVersion: tls.VersionTLS12}
	if len(s.CA) > 0 {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(s.CA) {
			return nil, errBadCA
		}
	}
	switch {
	case s.TLS == TLSVerifyFull:
	case s.TLS == TLSRequire && len(s.CA) > 0:
		config.InsecureSkipVerify = true
		config.VerifyConnection = func(state tls.ConnectionState) error { return verifyIssuer(state, config.RootCAs) }
	default:
		config.InsecureSkipVerify = true
	}
	return config, nil
}

// verifyIssuer checks a certificate's chain and leaves the name alone.
func verifyIssuer(state tls.ConnectionState, roots *x509.CertPool) error {
	options := x509.VerifyOptions{Roots: roots, Intermediates: x509.NewCertPool()}
	for _, c := range state.PeerCertificates[1:] {
		options.Intermediates.AddCert(c)
	}
	_, err := state.PeerCertificates[0].Verify(options)
	return err
}
