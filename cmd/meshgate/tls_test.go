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
func writeCertificate(t *testing.T, dir string) { writeCertificateOf(t, dir, "server", "meshgate") }

// writeCertificateOf makes NAME.crt and NAME.key of a subject.
func writeCertificateOf(t *testing.T, dir, name, subject string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: subject}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
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
	for ending, block := range map[string]*pem.Block{".crt": {Type: "CERTIFICATE", Bytes: der}, ".key": {Type: "EC PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(filepath.Join(dir, name+ending), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestClientCertificates logs a user in by the subject of a certificate that the mesh's CA vouches for, and nobody by another.
func TestClientCertificates(t *testing.T) {
	w := newUnservedWorld(t)
	writeCertificate(t, w.dir)
	writeCertificateOf(t, w.dir, "service", "bi-service")
	writeCertificateOf(t, w.dir, "stranger", "bi-service")
	writeCertificateOf(t, w.dir, "other", "somebody")
	var vouched []byte
	for _, name := range []string{"service.crt", "other.crt"} {
		text, err := os.ReadFile(filepath.Join(w.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		vouched = append(vouched, text...)
	}
	if err := os.WriteFile(filepath.Join(w.dir, "ca.crt"), vouched, 0o600); err != nil {
		t.Fatal(err)
	}
	w.change(t, "mesh.yaml", "auth: {methods: [scram-sha-256]}",
		"auth: {methods: [scram-sha-256, cert]}\ntls: {cert: \"file:server.crt\", key: \"file:server.key\", clientCA: \"file:ca.crt\"}")
	w.change(t, "users.yaml", "users:\n", "users:\n  - {name: bi-service, cert: \"CN=bi-service\", groups: [staff]}\n")
	w.serve(t)
	with := func(name string) string {
		files := "sslcert=" + filepath.Join(w.dir, name+".crt") + " sslkey=" + filepath.Join(w.dir, name+".key")
		return strings.NewReplacer("sslmode=disable", "sslmode=require "+files, "password="+password, "").Replace(w.dsn("bi-service"))
	}
	if a := ask(connectTo(t, with("service")), "SELECT current_user"); a.code != "" || a.rows[0] != "bi-service" {
		t.Errorf("with the certificate: %s", a)
	}
	for _, name := range []string{"stranger", "other"} {
		if c, err := pgconn.Connect(context.Background(), with(name)); err == nil {
			t.Errorf("the certificate %s logs in", name)
			_ = c.Close(context.Background()) // the test has failed already
		}
	}
	plain := strings.NewReplacer("sslmode=disable", "sslmode=require").Replace(w.dsn("bi-service"))
	if _, err := pgconn.Connect(context.Background(), plain); err == nil || !strings.Contains(err.Error(), "28") {
		t.Errorf("without a certificate: %v", err)
	}
	if a := ask(connectTo(t, strings.Replace(w.dsn("root"), "sslmode=disable", "sslmode=require", 1)), "SELECT 1"); a.code != "" {
		t.Errorf("a password beside: %s", a)
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
