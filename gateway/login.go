package gateway

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"meshgate/meshfile"
	"meshgate/sqlerr"
	"meshgate/tokens"
	"meshgate/wire"
)

// Credential says how a user of users.yaml proves who they are. With tokens allowed, users without a password give one. An unknown name
// is treated as either kind of user, as often as there are users of that kind and each time alike, so that the question tells nothing.
func (g *Gateway) Credential(_ context.Context, user string) (wire.Credential, bool) {
	e := g.epoch.Load()
	u, ok := e.users[user]
	if !ok {
		return wire.Credential{Token: g.tokens != nil && g.looksTokenUser(e, user)}, false
	}
	trust := slices.ContainsFunc(e.files.Config.Auth.Methods, func(m meshfile.Text) bool { return m.Value == "trust" })
	return wire.Credential{SCRAM: string(u.Password), Subject: u.Cert.Value, Token: g.tokens != nil && u.Password == "", Trust: trust}, true
}

// looksTokenUser draws a lot by the name.
func (g *Gateway) looksTokenUser(e *epoch, user string) bool {
	without := 0
	for _, u := range e.users {
		if u.Password == "" {
			without++
		}
	}
	h := hmac.New(sha256.New, g.mockSecret)
	h.Write([]byte("method\x00" + user))
	lot := float64(binary.BigEndian.Uint64(h.Sum(nil))) / math.MaxUint64
	return lot*float64(len(e.users)) < float64(without)
}

// openTokens prepares the verification of tokens where they are allowed.
func (g *Gateway) openTokens(files *meshfile.Mesh) error {
	c := files.Config.Auth.OIDC
	if err := g.openMockSecret(&files.Config); err != nil || c == nil {
		return err
	}
	o := tokens.Options{
		Issuer: c.Issuer.Value, Audience: meshfile.Values(c.Audience), Keys: c.Keys.Value, UserClaim: c.UserClaim.Value,
		GroupsClaim: c.GroupsClaim.Value, Algorithms: meshfile.Values(c.Algorithms), Now: g.now,
	}
	if path, ok := strings.CutPrefix(o.Keys, "file:"); ok {
		o.Keys = "file:" + meshfile.FileRef{Path: path}.In(g.options.Dir)
	}
	if c.CA.Path != "" {
		pem, err := os.ReadFile(c.CA.In(g.options.Dir))
		if err != nil {
			return fmt.Errorf("the CA of the issuer of tokens cannot be read: %w", err)
		}
		if o.Roots = x509.NewCertPool(); !o.Roots.AppendCertsFromPEM(pem) {
			return errors.New("the CA of the issuer of tokens holds no certificate in PEM form")
		}
	}
	g.tokens = tokens.New(o)
	return nil
}

// openMockSecret makes what unknown users are shown out of the TLS key, so that a restart does not tell them from known ones.
func (g *Gateway) openMockSecret(c *meshfile.Config) error {
	if c.TLS == nil {
		return nil
	}
	key, err := c.TLS.Key.Resolve(g.options.Dir)
	if err != nil {
		return fmt.Errorf("the TLS key cannot be read: %w", err)
	}
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte("meshgate: logins of unknown users"))
	g.mockSecret = h.Sum(nil)
	return nil
}

// Logins completes the options of a server with what the mesh's settings say of logins.
func (g *Gateway) Logins(o *wire.Options) {
	o.Refused, o.MockSecret = g.Refused, g.mockSecret
	if g.tokens != nil {
		o.VerifyToken = g.verifyToken
	}
}

// verifyToken believes a token of the user's own. The log says which check failed, the client does not learn it.
func (g *Gateway) verifyToken(ctx context.Context, user, token string) (*wire.Token, error) {
	c, err := g.tokens.Verify(ctx, token)
	if err == nil && c.User != user {
		err = fmt.Errorf("it is of the user %q", c.User)
	}
	if err != nil {
		g.log.Warn("a token is refused", "user", user, "cause", err.Error())
		return nil, err
	}
	return &wire.Token{Groups: c.Groups, Expires: c.Expires}, nil
}

// expired refuses to go on when the token that the client has logged in with is over.
func (s *Session) expired() error {
	if left, limited := s.tokenLeft(); limited && left <= 0 {
		return errTokenExpired()
	}
	return nil
}

func errTokenExpired() *sqlerr.Error {
	return sqlerr.Newf(sqlerr.InvalidAuthorization, "the token of this session has expired").WithHint("Connect with a new one.").Fatal()
}

// tokenLeft is how long the token still holds; limited is false for sessions without one.
func (s *Session) tokenLeft() (left time.Duration, limited bool) {
	if s.client.Token == nil {
		return 0, false
	}
	return s.client.Token.Expires.Sub(s.gateway.now()), true
}
