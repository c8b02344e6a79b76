package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// issuer is an OpenID Connect issuer over HTTPS, as far as a gateway speaks with one.
type issuer struct {
	*httptest.Server
	keys  atomic.Pointer[jose.JSONWebKeySet]
	asked atomic.Int64
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	i := &issuer{}
	i.keys.Store(&jose.JSONWebKeySet{})
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(v); err != nil {
			t.Error(err)
		}
	}
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{
			"issuer": i.URL, "authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token", "jwks_uri": i.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256", "ES256"}, "response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		i.asked.Add(1)
		answer(w, i.keys.Load())
	})
	i.Server = httptest.NewTLSServer(mux)
	t.Cleanup(i.Close)
	return i
}

func (i *issuer) publish(keys ...jose.JSONWebKey) {
	set := &jose.JSONWebKeySet{}
	for _, k := range keys {
		set.Keys = append(set.Keys, k.Public())
	}
	i.keys.Store(set)
}

// sign makes a token of claims as a key signs it.
func sign(t *testing.T, key jose.JSONWebKey, claims map[string]any) string {
	t.Helper()
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(key.Algorithm), Key: key}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := s.Sign(text)
	if err != nil {
		t.Fatal(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// oidcWorld is a world whose users may also log in with tokens of an issuer.
func oidcWorld(t *testing.T, i *issuer) *world { return oidcWorldWith(t, i, "") }

// oidcWorldWith is oidcWorld with more settings of the issuer.
func oidcWorldWith(t *testing.T, i *issuer, more string) *world {
	t.Helper()
	w := newUnservedWorld(t)
	writeCertificate(t, w.dir)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.Certificate().Raw})
	if err := os.WriteFile(filepath.Join(w.dir, "issuer.crt"), ca, 0o600); err != nil {
		t.Fatal(err)
	}
	for file, change := range map[string][2]string{
		"mesh.yaml": {
			"auth: {methods: [scram-sha-256]}", `auth:
  methods: [scram-sha-256, oidc]
  oidc: {issuer: "` + i.URL + `", audience: [meshgate, other], ca: "file:issuer.crt", userClaim: preferred_username, groupsClaim: groups, algorithms: [RS256, ES256]` + more + `}
tls: {cert: "file:server.crt", key: "file:server.key"}`,
		},
		"users.yaml": {"users:\n", "users:\n  - {name: tom}\n  - {name: tim}\n"},
	} {
		path := filepath.Join(w.dir, file)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.Replace(string(text), change[0], change[1], 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w.serve(t)
	return w
}

// withToken is how a user connects with a token.
func (w *world) withToken(user, token string) string {
	return strings.NewReplacer("sslmode=disable", "sslmode=require", "password="+password, "password="+token).Replace(w.dsn(user))
}

func newKeys(t *testing.T) (rsaKey, ecKey, unknown jose.JSONWebKey) {
	t.Helper()
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	e, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	o, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return jose.JSONWebKey{Key: r, KeyID: "r1", Algorithm: "RS256", Use: "sig"}, jose.JSONWebKey{Key: e, KeyID: "e1", Algorithm: "ES256", Use: "sig"},
		jose.JSONWebKey{Key: o, KeyID: "r1", Algorithm: "RS256", Use: "sig"}
}

func claimsOf(i *issuer, more map[string]any) map[string]any {
	now := time.Now()
	c := map[string]any{
		"iss": i.URL, "aud": "meshgate", "sub": "0001", "preferred_username": "tom", "iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}
	for name, v := range more {
		if c[name] = v; v == nil {
			delete(c, name)
		}
	}
	return c
}

// TestTokens logs in with tokens as psql, psycopg and pgx do, with the groups that the token tells.
func TestTokens(t *testing.T) {
	i := newIssuer(t)
	rsaKey, ecKey, _ := newKeys(t)
	i.publish(rsaKey, ecKey)
	w := oidcWorld(t, i)
	for _, key := range []jose.JSONWebKey{rsaKey, ecKey} {
		token := sign(t, key, claimsOf(i, nil))
		if a := ask(connectTo(t, w.withToken("tom", token)), "SELECT id FROM sales.customers"); a.code == "" {
			t.Errorf("a token without groups reads: %s", a)
		}
	}
	token := sign(t, rsaKey, claimsOf(i, map[string]any{"groups": []string{"stewards"}, "aud": []string{"x", "other"}}))
	want := ask(w.connect(t, "root"), "SELECT id, name FROM sales.customers ORDER BY id")
	if got := ask(connectTo(t, w.withToken("tom", token)), "SELECT id, name FROM sales.customers ORDER BY id"); got.code != "" || got.String() != want.String() {
		t.Errorf("with the token's groups: %s, not %s", got, want)
	}
	out, err := exec.Command("psql", w.withToken("tom", token), "-XAtc", "SELECT current_user").CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != "tom" {
		t.Errorf("psql: %v: %s", err, out)
	}
	out, err = exec.Command("/usr/bin/python3", "-c", "import sys, psycopg; print(psycopg.connect(sys.argv[1]).execute('SELECT current_user').fetchone()[0])", w.withToken("tom", token)).CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != "tom" {
		t.Errorf("psycopg: %v: %s", err, out)
	}
	// A key that is new is asked for; that one is asked for it does not depend on how many come with keys that nobody has.
	_, newer, forged := newKeys(t)
	newer.KeyID = "e2"
	i.publish(rsaKey, newer)
	before := i.asked.Load()
	for n := range 20 {
		forged.KeyID = strings.Repeat("x", n+1)
		if _, err := pgconn.Connect(context.Background(), w.withToken("tom", sign(t, forged, claimsOf(i, nil)))); err == nil {
			t.Error("a token of a key that the issuer does not have is believed")
		}
	}
	if n := i.asked.Load() - before; n > 1 {
		t.Errorf("forged tokens made the gateway ask the issuer %d times", n)
	}
	if strings.Contains(w.log.String(), token) || strings.Contains(w.log.String(), strings.Split(token, ".")[2]) {
		t.Error("the log holds a token")
	}
}

// TestKeysOfTokens reads the issuer's keys from where mesh.yaml says, and refuses tokens while the issuer is down.
func TestKeysOfTokens(t *testing.T) {
	i := newIssuer(t)
	rsaKey, _, _ := newKeys(t)
	i.publish(rsaKey)
	token := sign(t, rsaKey, claimsOf(i, nil))
	file := filepath.Join(t.TempDir(), "keys.json")
	text, err := json.Marshal(i.keys.Load())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	byURL := oidcWorldWith(t, i, `, jwks: "`+i.URL+`/keys"`)
	if a := ask(connectTo(t, byURL.withToken("tom", token)), "SELECT 1"); a.code != "" {
		t.Errorf("keys by their URL: %s", a)
	}
	down := oidcWorld(t, i)
	byFile := oidcWorldWith(t, i, `, jwks: "file:`+file+`"`)
	i.Close()
	if a := ask(connectTo(t, byFile.withToken("tom", token)), "SELECT 1"); a.code != "" {
		t.Errorf("keys of a file need no issuer: %s", a)
	}
	if _, err := pgconn.Connect(context.Background(), down.withToken("tom", token)); err == nil || !strings.Contains(err.Error(), "28P01") {
		t.Errorf("the issuer is down: %v", err)
	}
	if a := ask(down.connect(t, "root"), "SELECT 1"); a.code != "" {
		t.Errorf("passwords need no issuer: %s", a)
	}
}

// TestForgedTokens shows tokens that are not to be believed. What a client sees of each is what it sees of a wrong password.
func TestForgedTokens(t *testing.T) {
	i := newIssuer(t)
	rsaKey, ecKey, other := newKeys(t)
	i.publish(rsaKey, ecKey)
	w := oidcWorld(t, i)
	good := sign(t, rsaKey, claimsOf(i, nil))
	parts := strings.Split(good, ".")
	encode := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: rsaKey.Key.(*rsa.PrivateKey).N.Bytes()})
	hmacKey := jose.JSONWebKey{Key: public, KeyID: "r1", Algorithm: "HS256"}
	past, later := time.Now().Add(-time.Minute).Unix(), time.Now().Add(time.Hour).Unix()
	signed := func(more map[string]any) string { return sign(t, rsaKey, claimsOf(i, more)) }
	for name, token := range map[string]string{
		"signed by another key": sign(t, other, claimsOf(i, nil)), "alg none": encode(`{"alg":"none"}`) + "." + parts[1] + ".", "alg none, signed": encode(`{"alg":"none","kid":"r1"}`) + "." + parts[1] + "." + parts[2],
		"HS256 with the public key": sign(t, hmacKey, claimsOf(i, nil)), "changed claims": parts[0] + "." + encode(`{"preferred_username":"tom"}`) + "." + parts[2],
		"expired": signed(map[string]any{"exp": past}), "without exp": signed(map[string]any{"exp": nil}), "not yet": signed(map[string]any{"nbf": later}), "issued later": signed(map[string]any{"iat": later}),
		"exp as text": signed(map[string]any{"exp": "never"}), "another audience": signed(map[string]any{"aud": "somebody"}), "no audience": signed(map[string]any{"aud": nil}),
		"another issuer": signed(map[string]any{"iss": i.URL + "/x"}), "another user": signed(map[string]any{"preferred_username": "tim"}), "no user": signed(map[string]any{"preferred_username": nil}),
		"a list of users": signed(map[string]any{"preferred_username": []string{"tom"}}), "RS512": sign(t, jose.JSONWebKey{Key: rsaKey.Key, KeyID: "r1", Algorithm: "RS512"}, claimsOf(i, nil)),
		"groups of numbers": signed(map[string]any{"groups": []int{1}}), "empty": "", "a password": password, "dots": "..", "cut": good[:len(good)-10], "in JSON": `{"payload":"x"}`,
		"a kid of another": sign(t, jose.JSONWebKey{Key: other.Key, KeyID: "e1", Algorithm: "RS256"}, claimsOf(i, nil)),
	} {
		t.Run(name, func(t *testing.T) {
			config, err := pgconn.ParseConfig(w.withToken("tom", "x"))
			if err != nil {
				t.Fatal(err)
			}
			config.Password = token
			_, err = pgconn.ConnectConfig(context.Background(), config)
			if err == nil || !strings.Contains(err.Error(), `password authentication failed for user "tom" (SQLSTATE 28P01)`) {
				t.Errorf("%v", err)
			}
		})
	}
	if _, err := pgconn.Connect(context.Background(), w.withToken("tom", good)); err != nil {
		t.Errorf("the good token: %v", err)
	}
	// A token of a user who has a password, and a good token for a name that nobody has; none is asked for in the clear.
	for _, user := range []string{"root", "nobody1", "nobody2", "nobody3", "nobody4"} {
		token := signed(map[string]any{"preferred_username": user})
		for _, dsn := range []string{w.withToken(user, token), strings.Replace(w.withToken(user, token), "sslmode=require", "sslmode=disable", 1)} {
			if _, err := pgconn.Connect(context.Background(), dsn); err == nil || !strings.Contains(err.Error(), "28P01") {
				t.Errorf("%s: %v", user, err)
			}
		}
	}
}

// TestTokenExpires ends sessions with the token that they were begun with: at work, and silent.
func TestTokenExpires(t *testing.T) {
	i := newIssuer(t)
	rsaKey, _, _ := newKeys(t)
	i.publish(rsaKey)
	w := oidcWorld(t, i)
	short := func() string {
		return w.withToken("tom", sign(t, rsaKey, claimsOf(i, map[string]any{"groups": []string{"stewards"}, "exp": time.Now().Add(2 * time.Second).Unix()})))
	}
	busy := connectTo(t, short())
	silent, err := pgconn.Connect(context.Background(), short())
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Conn().Close()
	if a := ask(busy, "SELECT * FROM sales.slow"); a.code != "28000" {
		t.Errorf("a query beyond the token's end: %s", a)
	}
	eventually(t, time.Second, "the query still runs at the store", func() bool { return !w.running(t, "sales") })
	if err := silent.Conn().SetReadDeadline(time.Now().Add(3 * time.Second)); err != nil {
		t.Fatal(err)
	}
	said, err := io.ReadAll(silent.Conn())
	if err != nil || !strings.Contains(string(said), "FATAL") || !strings.Contains(string(said), "28000") {
		t.Errorf("a silent session at the token's end: %q, %v", said, err)
	}
}

// askedFor is how a server asks a user of TLS for a proof: the number of the authentication request.
func askedFor(t *testing.T, w *world, user string) uint32 {
	t.Helper()
	raw, err := net.Dial("tcp", w.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	c := tls.Client(raw, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"postgresql"}})
	startup := &pgproto3.StartupMessage{ProtocolVersion: pgproto3.ProtocolVersion30, Parameters: map[string]string{"user": user, "database": "acme"}}
	packet, err := startup.Encode(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write(packet); err != nil {
		t.Fatal(err)
	}
	var head [9]byte
	if _, err := io.ReadFull(c, head[:]); err != nil || head[0] != 'R' {
		t.Fatalf("%q, %v", head, err)
	}
	return binary.BigEndian.Uint32(head[5:])
}

// TestUnknownUsersLookLikeBothKinds asks for names that nobody has: some are asked for a token, some for a password, each for the same
// again after a restart.
func TestUnknownUsersLookLikeBothKinds(t *testing.T) {
	w := oidcWorld(t, newIssuer(t))
	const cleartext, sasl = 3, 10
	if tom, root := askedFor(t, w, "tom"), askedFor(t, w, "root"); tom != cleartext || root != sasl {
		t.Fatalf("tom is asked for %d, root for %d", tom, root)
	}
	ask := func() map[string]uint32 {
		asked := map[string]uint32{}
		for n := range 40 {
			name := "nobody" + strconv.Itoa(n)
			asked[name] = askedFor(t, w, name)
		}
		return asked
	}
	first := ask()
	count := map[uint32]int{}
	for _, what := range first {
		count[what]++
	}
	if count[cleartext] < 4 || count[sasl] < 4 || len(count) != 2 {
		t.Errorf("unknown users are asked for %v", count)
	}
	w.stop()
	w.serve(t)
	if again := ask(); !maps.Equal(first, again) {
		t.Errorf("after a restart unknown users are asked for something else")
	}
}
