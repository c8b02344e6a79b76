package tokens

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	// keysHold is how long keys are used before they are asked for again: a key that the issuer takes back is believed no longer.
	keysHold = time.Hour
	// keysAgain is how often they are asked for at most. Everybody can name a key that does not exist.
	keysAgain = 10 * time.Second
	// keysTimeout bounds one request, maxDocument what it may answer.
	keysTimeout = 10 * time.Second
	maxDocument = 1 << 20
)

// keySet holds an issuer's keys. It implements oidc.KeySet.
type keySet struct {
	issuer, source string
	algorithms     []jose.SignatureAlgorithm
	client         *http.Client
	now            func() time.Time

	asking sync.Mutex // held while keys are fetched, so that one request serves all who wait
	asked  time.Time  // the last attempt

	mu   sync.Mutex
	keys []jose.JSONWebKey
	got  time.Time // the last success
}

func newKeySet(o Options) *keySet {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{RootCAs: o.Roots, MinVersion: tls.VersionTLS12}
	transport.DisableKeepAlives = true // requests are rare
	k := &keySet{issuer: o.Issuer, source: o.Keys, now: o.Now, client: &http.Client{
		Transport: transport, Timeout: keysTimeout,
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if r.URL.Scheme != "https" || len(via) > 3 {
				return errors.New("the redirection is not followed")
			}
			return nil
		},
	}}
	for _, a := range o.Algorithms {
		k.algorithms = append(k.algorithms, jose.SignatureAlgorithm(a))
	}
	return k
}

// VerifySignature returns a token's content if one of the issuer's keys has signed it.
func (k *keySet) VerifySignature(ctx context.Context, raw string) ([]byte, error) {
	signed, err := jose.ParseSignedCompact(raw, k.algorithms)
	if err != nil {
		return nil, errors.New("its signature is not of an allowed kind")
	}
	if len(signed.Signatures) != 1 {
		return nil, errors.New("it has not exactly one signature")
	}
	header := signed.Signatures[0].Header
	keys, err := k.find(ctx, header.KeyID, header.Algorithm)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		if content, err := signed.Verify(key.Key); err == nil {
			return content, nil
		}
	}
	return nil, errors.New("no key of the issuer has signed it")
}

// find returns the keys that a token may be signed with: the one it names, or all where it names none.
func (k *keySet) find(ctx context.Context, id, algorithm string) ([]jose.JSONWebKey, error) {
	if found := k.matching(id, algorithm); len(found) > 0 {
		return found, nil
	}
	// Who names a key that is known does not wait for those who name others.
	k.asking.Lock()
	defer k.asking.Unlock()
	if found := k.matching(id, algorithm); len(found) > 0 {
		return found, nil
	}
	now := k.now()
	if now.Sub(k.asked) < keysAgain {
		return nil, fmt.Errorf("the issuer has no key %q for %s, and was asked less than %s ago", id, algorithm, keysAgain)
	}
	k.asked = now
	keys, err := k.fetch(ctx)
	if err != nil {
		return nil, fmt.Errorf("the issuer's keys cannot be had: %w", err)
	}
	k.mu.Lock()
	k.keys, k.got = keys, now
	k.mu.Unlock()
	found := k.matching(id, algorithm)
	if len(found) == 0 {
		return nil, fmt.Errorf("the issuer has no key %q for %s", id, algorithm)
	}
	return found, nil
}

// matching looks among the keys that were fetched not too long ago.
func (k *keySet) matching(id, algorithm string) []jose.JSONWebKey {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.now().Sub(k.got) >= keysHold {
		return nil
	}
	var found []jose.JSONWebKey
	for _, key := range k.keys {
		if (id == "" || key.KeyID == id) && (key.Algorithm == "" || key.Algorithm == algorithm) && (key.Use == "" || key.Use == "sig") {
			found = append(found, key)
		}
	}
	return found
}

// fetch reads the keys from where they are.
func (k *keySet) fetch(ctx context.Context) ([]jose.JSONWebKey, error) {
	source := k.source
	if source == "" {
		var discovered struct {
			Issuer string `json:"issuer"`
			Keys   string `json:"jwks_uri"`
		}
		if err := k.get(ctx, strings.TrimSuffix(k.issuer, "/")+"/.well-known/openid-configuration", &discovered); err != nil {
			return nil, err
		}
		if discovered.Issuer != k.issuer {
			return nil, fmt.Errorf("the discovery document is of the issuer %q", discovered.Issuer)
		}
		if source = discovered.Keys; !strings.HasPrefix(source, "https://") {
			return nil, errors.New("the discovery document names no keys with https")
		}
	}
	var set jose.JSONWebKeySet
	if path, ok := strings.CutPrefix(source, "file:"); ok {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(text, &set); err != nil {
			return nil, fmt.Errorf("%s is no set of keys", path)
		}
	} else if err := k.get(ctx, source, &set); err != nil {
		return nil, err
	}
	var keys []jose.JSONWebKey
	for _, key := range set.Keys {
		if key.Valid() && key.IsPublic() { // a shared secret is neither
			keys = append(keys, key)
		}
	}
	return keys, nil
}

func (k *keySet) get(ctx context.Context, url string, into any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	answer, err := k.client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, answer.Status)
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, maxDocument)).Decode(into); err != nil {
		return fmt.Errorf("%s: %w", url, err)
	}
	return nil
}
