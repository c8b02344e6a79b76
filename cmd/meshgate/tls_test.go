package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// writeCertificate makes a certificate of 127.0.0.1 that signs itself, and its key.
func writeCertificate(t *testing.T, dir string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "meshgate"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"server.crt": {Type: "CERTIFICATE", Bytes: der}, "server.key": {Type: "EC PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTLSAndHTTP serves with TLS required and with the HTTP listener, as mesh.yaml says.
func TestTLSAndHTTP(t *testing.T) {
	w := newWorld(t)
	w.stop()
	writeCertificate(t, w.dir)
	file := filepath.Join(w.dir, "mesh.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	port := closedPort(t)
	added := string(text) + "http: 127.0.0.1:" + port + "\ntls: {cert: \"file:server.crt\", key: \"file:server.key\", required: true}\n"
	if err := os.WriteFile(file, []byte(added), 0o644); err != nil {
		t.Fatal(err)
	}
	w.serve(t)
	if _, err := pgconn.Connect(context.Background(), w.dsn("root")); err == nil || !strings.Contains(err.Error(), "28000") {
		t.Errorf("in the clear: %v", err)
	}
	dsn := strings.Replace(w.dsn("root"), "sslmode=disable", "sslmode=verify-full sslrootcert="+filepath.Join(w.dir, "server.crt"), 1)
	if a := ask(connectTo(t, dsn), "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"); a.code != "" || len(a.rows) != 1 || a.rows[0] != "t" {
		t.Errorf("with TLS: %s", a)
	}
	// A renewed certificate needs no restart; the old one is not shown any more.
	old := filepath.Join(w.dir, "old.crt")
	if err := os.Rename(filepath.Join(w.dir, "server.crt"), old); err != nil {
		t.Fatal(err)
	}
	writeCertificate(t, w.dir)
	if a := ask(connectTo(t, dsn), "SELECT 1"); a.code != "" {
		t.Errorf("renewed: %s", a)
	}
	if _, err := pgconn.Connect(context.Background(), strings.Replace(dsn, filepath.Join(w.dir, "server.crt"), old, 1)); err == nil {
		t.Error("the old certificate is still shown")
	}
	for _, path := range []string{"/healthz", "/metrics"} {
		r, err := http.Get("http://127.0.0.1:" + port + path)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Body.Close(); err != nil || r.StatusCode != http.StatusOK {
			t.Errorf("%s: %s %v", path, r.Status, err)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}
