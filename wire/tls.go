package wire

import (
	"crypto/tls"
	"crypto/x509"

	"github.com/xdg-go/scram"
)

// alpn names the protocol in a TLS handshake (PostgreSQL 17, section 54.2.11).
const alpn = "postgresql"

// tlsFor makes the configuration of one handshake, which notes the certificate that the client is shown: SCRAM's channel
// binding hashes it, and crypto/tls does not tell a server afterwards.
func (s *Server) tlsFor(g *greeting) *tls.Config {
	return noteCertificate(s.opts.TLS, g)
}

func noteCertificate(base *tls.Config, g *greeting) *tls.Config {
	c := base.Clone()
	c.NextProtos = []string{alpn}
	// As PostgreSQL does: a resumed session would skip the certificates, and clients' sessions are long anyway.
	c.SessionTicketsDisabled = true
	if choose := base.GetConfigForClient; choose != nil {
		c.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			other, err := choose(hello)
			if err != nil || other == nil {
				return nil, err
			}
			return noteCertificate(other, g), nil
		}
	}
	c.Certificates = nil // so that GetCertificate is always asked
	c.GetCertificate = func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		cert, err := chooseCertificate(base, hello)
		g.served = cert
		return cert, err
	}
	return c
}

// chooseCertificate chooses as crypto/tls does.
func chooseCertificate(base *tls.Config, hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if base.GetCertificate != nil && (len(base.Certificates) == 0 || hello.ServerName != "") {
		if cert, err := base.GetCertificate(hello); cert != nil || err != nil {
			return cert, err
		}
	}
	for i := range base.Certificates {
		if hello.SupportsCertificate(&base.Certificates[i]) == nil {
			return &base.Certificates[i], nil
		}
	}
	if len(base.Certificates) > 0 {
		return &base.Certificates[0], nil
	}
	return nil, nil
}

// channelBinding returns tls-server-end-point's data (RFC 5929, section 4): a hash of our certificate. There is none without
// TLS, and for certificates whose signature has no hash of its own (Ed25519), where the RFC leaves it undefined; the server does
// not offer it then.
func (g *greeting) channelBinding() scram.ChannelBinding {
	if g.tls == nil || g.served == nil || len(g.served.Certificate) == 0 {
		return scram.ChannelBinding{}
	}
	leaf, err := x509.ParseCertificate(g.served.Certificate[0])
	if err != nil {
		return scram.ChannelBinding{}
	}
	// The library reads the peer's certificate: for a client that is ours.
	binding, err := scram.NewTLSServerEndpointBinding(&tls.ConnectionState{PeerCertificates: []*x509.Certificate{leaf}})
	if err != nil {
		return scram.ChannelBinding{}
	}
	return binding
}

// clientSubject returns the subject of the client's certificate as RFC 2253 writes it, if the handshake verified it.
func (g *greeting) clientSubject() (string, bool) {
	if g.tls == nil || len(g.tls.VerifiedChains) == 0 {
		return "", false
	}
	return g.tls.PeerCertificates[0].Subject.String(), true
}
