// Package tokens verifies OpenID Connect tokens: who issued one, for whom, until when, and who its bearer is. It knows nothing of
// connections, sessions and policies.
package tokens

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// Options say which tokens are believed.
type Options struct {
	Issuer      string
	Audience    []string // one of them must be the token's
	Keys        string   // a URL, or "file:" and a path; empty = what the issuer's discovery document names
	UserClaim   string   // the claim that is the user's name
	GroupsClaim string   // the claim that lists groups; empty = none
	Algorithms  []string // of Algorithms
	Roots       *x509.CertPool
	Now         func() time.Time
}

// Algorithms are the signatures that can be allowed. All have a key that only the issuer knows: with a shared secret whoever can verify
// a token can make one.
var Algorithms = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}

// clockSkew is how far the issuer's clock may be ahead of ours.
const clockSkew = time.Minute

// Claims are what a token says of its bearer.
type Claims struct {
	User    string
	Groups  []string
	Expires time.Time
}

// Verifier verifies the tokens of one issuer. It is safe for concurrent use.
type Verifier struct {
	options  Options
	verifier *oidc.IDTokenVerifier
}

// New makes a verifier. The issuer is asked when the first token comes, so it need not run yet.
func New(o Options) *Verifier {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Verifier{options: o, verifier: oidc.NewVerifier(o.Issuer, newKeySet(o), &oidc.Config{
		SkipClientIDCheck: true, // there may be several audiences
		SkipExpiryCheck:   true, // Verify checks all times alike
		// What is checked first must not depend on the token's header: none and HMAC are refused before a key is looked for.
		SupportedSigningAlgs: o.Algorithms, Now: o.Now,
	})}
}

// Verify returns a token's claims. The error says which check failed; it is for the log and holds nothing secret of the token.
func (v *Verifier) Verify(ctx context.Context, raw string) (*Claims, error) {
	if strings.Count(raw, ".") != 2 {
		return nil, errors.New("it is no signed token")
	}
	token, err := v.verifier.Verify(ctx, raw)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(v.options.Audience, func(a string) bool { return slices.Contains(token.Audience, a) }) {
		return nil, fmt.Errorf("it is for the audience %q", token.Audience)
	}
	var claims map[string]json.RawMessage
	if err := token.Claims(&claims); err != nil {
		return nil, err
	}
	expires, err := v.checkTimes(claims)
	if err != nil {
		return nil, err
	}
	c := &Claims{Expires: expires}
	if c.User, err = v.user(claims); err != nil {
		return nil, err
	}
	c.Groups, err = v.groups(claims)
	return c, err
}

// checkTimes returns when the token expires.
func (v *Verifier) checkTimes(claims map[string]json.RawMessage) (time.Time, error) {
	now := v.options.Now()
	var at [3]time.Time
	for i, name := range []string{"exp", "nbf", "iat"} {
		text, ok := claims[name]
		if !ok {
			continue
		}
		var seconds float64
		if err := json.Unmarshal(text, &seconds); err != nil || seconds < 0 || seconds > 1e11 {
			return at[0], fmt.Errorf("its claim %s is no time", name)
		}
		at[i] = time.Unix(int64(seconds), 0)
	}
	expires, notBefore, issued := at[0], at[1], at[2]
	switch {
	case expires.IsZero():
		return expires, errors.New("it never expires: it has no claim exp")
	case !now.Before(expires):
		return expires, fmt.Errorf("it expired at %s", expires.UTC().Format(time.RFC3339))
	case notBefore.After(now.Add(clockSkew)):
		return expires, fmt.Errorf("it holds from %s only", notBefore.UTC().Format(time.RFC3339))
	case issued.After(now.Add(clockSkew)):
		return expires, fmt.Errorf("it was issued in the future, at %s", issued.UTC().Format(time.RFC3339))
	}
	return expires, nil
}

// user reads the user's name. An address of mail that the issuer has not verified is anybody's.
func (v *Verifier) user(claims map[string]json.RawMessage) (string, error) {
	var name string
	if err := json.Unmarshal(claims[v.options.UserClaim], &name); err != nil || name == "" {
		return "", fmt.Errorf("its claim %s is no name", v.options.UserClaim)
	}
	if verified, ok := claims["email_verified"]; ok && v.options.UserClaim == "email" {
		if text := strings.Trim(string(verified), `"`); text != "true" {
			return "", errors.New("its address of mail is not verified")
		}
	}
	return name, nil
}

func (v *Verifier) groups(claims map[string]json.RawMessage) ([]string, error) {
	text, ok := claims[v.options.GroupsClaim]
	if !ok || v.options.GroupsClaim == "" || string(text) == "null" {
		return nil, nil
	}
	var list []string
	if json.Unmarshal(text, &list) == nil {
		return list, nil
	}
	var one string
	if err := json.Unmarshal(text, &one); err != nil {
		return nil, fmt.Errorf("its claim %s is no list of names", v.options.GroupsClaim)
	}
	return []string{one}, nil
}
