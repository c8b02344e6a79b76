package wire

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"slices"

	"github.com/jackc/pgx/v5/pgproto3"

	"meshgate/sqlerr"
)

// login is the authentication of one client.
type login struct {
	ctx    context.Context
	server *Server
	st     *stream
	g      *greeting
	cred   Credential
	known  bool // the user exists; no answer may depend on it but the last one
	token  *Token
}

// authMethod is a way to authenticate.
type authMethod struct {
	name string
	// applies says whether the method is the one to decide about this client.
	applies func(*login) bool
	// prove talks with the client. It returns the method's name as Client.Method reports it, or an error when the client is not
	// who it says.
	prove func(*login) (string, error)
}

// authMethods are tried in this order; the first one that is allowed and applies decides. SCRAM applies to everybody, unknown
// users included, so a method that asks for something else (a token as a password over TLS) comes before it, and applies by what
// the Credential says.
var authMethods = []authMethod{
	{MethodTrust, (*login).mayTrust, func(*login) (string, error) { return MethodTrust, nil }},
	{MethodCert, (*login).hasCertificate, func(*login) (string, error) { return MethodCert, nil }},
	{MethodOIDC, (*login).mayToken, (*login).verifyToken},
	{MethodSCRAM, func(*login) bool { return true }, (*login).scram},
}

// authenticate returns the method by which the client proved who it is.
func (s *Server) authenticate(ctx context.Context, st *stream, g *greeting) (method string, token *Token, err error) {
	l := &login{ctx: ctx, server: s, st: st, g: g}
	if err := l.checkEncryption(); err != nil {
		return "", nil, err
	}
	l.cred, l.known = s.backend.Credential(ctx, g.user)
	for _, m := range authMethods {
		if slices.Contains(s.opts.Methods, m.name) && m.applies(l) {
			name, err := m.prove(l)
			if err != nil {
				return "", nil, err
			}
			return name, l.token, st.out.send(&pgproto3.AuthenticationOk{})
		}
	}
	return "", nil, sqlerr.Newf(sqlerr.InvalidAuthorization, "connection requires a valid client certificate")
}

// checkEncryption does not hold for Unix sockets, which no one can listen to and where there is no TLS.
func (l *login) checkEncryption() error {
	if l.g.tls == nil && l.server.opts.TLSRequired && l.server.offersTLS(l.st) {
		return sqlerr.Newf(sqlerr.InvalidAuthorization, "this server accepts encrypted connections only").
			WithHint("Connect with TLS, for instance with sslmode=require.")
	}
	return nil
}

// mayTrust looks at our own address too: a Credential of a listener on loopback must not open one that the network reaches.
func (l *login) mayTrust() bool {
	if !l.known || !l.cred.Trust {
		return false
	}
	switch a := l.st.raw.LocalAddr().(type) {
	case *net.TCPAddr:
		return a.IP.IsLoopback()
	case *net.UnixAddr:
		return true
	}
	return false
}

// hasCertificate compares the whole subject: a part of it, such as the CN alone, may be somebody else's under another issuer.
func (l *login) hasCertificate() bool {
	subject, ok := l.g.clientSubject()
	return ok && l.known && l.cred.Subject != "" && l.cred.Subject == subject
}

// mayToken reports whether the client is asked for a token. It is a password for whoever reads it, so it is for TLS only.
func (l *login) mayToken() bool { return l.cred.Token && l.g.tls != nil }

// maxToken is PostgreSQL's PG_MAX_AUTH_TOKEN_LENGTH.
const maxToken = 65535

// verifyToken takes a token in place of a password. An unknown user's is verified as well, so that the time it takes tells nothing.
func (l *login) verifyToken() (string, error) {
	if err := l.request(&pgproto3.AuthenticationCleartextPassword{}); err != nil {
		return "", err
	}
	body, err := l.readResponse("password", maxToken)
	if err != nil {
		return "", err
	}
	f := fields{rest: body}
	text := f.text()
	if err := f.end(); err != nil {
		return "", err
	}
	token, err := l.server.opts.VerifyToken(l.ctx, l.g.user, text)
	if err != nil || !l.known {
		return "", l.refused()
	}
	l.token = token
	return MethodOIDC, nil
}

// refused is the one answer to a wrong password and to an unknown user.
func (l *login) refused() *sqlerr.Error {
	return sqlerr.Newf(sqlerr.InvalidPassword, "password authentication failed for user \"%s\"", l.g.user)
}

// maxSASLMessage is PostgreSQL's PG_MAX_SASL_MESSAGE_LENGTH.
const maxSASLMessage = 1024

// readResponse reads the client's next message of the exchange. Its length is bounded before anything is allocated: nobody has
// proved anything yet.
func (l *login) readResponse(what string, limit int) ([]byte, error) {
	var head [5]byte
	if _, err := io.ReadFull(l.st.in, head[:]); err != nil {
		return nil, silent("no answer to the authentication request: %w", err)
	}
	if head[0] != 'p' {
		return nil, sqlerr.Newf(sqlerr.ProtocolViolation, "expected %s response, got message type %d", what, head[0])
	}
	size := int64(int32(binary.BigEndian.Uint32(head[1:]))) - 4
	if size < 0 || size > int64(limit) {
		return nil, sqlerr.Newf(sqlerr.ProtocolViolation, "invalid message length")
	}
	body := make([]byte, size)
	if _, err := io.ReadFull(l.st.in, body); err != nil {
		return nil, silent("incomplete answer to the authentication request: %w", err)
	}
	return body, nil
}

// request sends a message of the exchange at once: the client waits for it.
func (l *login) request(m pgproto3.BackendMessage) error {
	if err := l.st.out.send(m); err != nil {
		return err
	}
	return l.st.out.flush()
}
