package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"

	"meshgate/meshfile"
)

// watchedTLS is the server's side of TLS with its files as they are when a client comes, so that a renewed certificate needs no
// restart. Files that do not fit leave the ones before in use.
func watchedTLS(c *meshfile.TLS, dir string, log *slog.Logger) (*tls.Config, error) {
	w := &tlsFiles{settings: c, dir: dir, log: log}
	w.stamp = w.look()
	var err error
	if w.config, err = serverTLS(c, dir); err != nil {
		return nil, err
	}
	watched := w.config.Clone()
	watched.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return w.present(), nil }
	return watched, nil
}

type tlsFiles struct {
	settings *meshfile.TLS
	dir      string
	log      *slog.Logger
	mu       sync.Mutex
	stamp    string
	config   *tls.Config
}

// look describes the files as far as sizes and times tell.
func (w *tlsFiles) look() string {
	stamp := ""
	for _, f := range []meshfile.FileRef{w.settings.Cert, {Path: w.settings.Key.Name}, w.settings.ClientCA} {
		if info, err := os.Stat(f.In(w.dir)); err == nil {
			stamp += fmt.Sprint(info.Size(), info.ModTime().UnixNano(), ";")
		}
	}
	return stamp
}

func (w *tlsFiles) present() *tls.Config {
	w.mu.Lock()
	defer w.mu.Unlock()
	stamp := w.look()
	if stamp == w.stamp {
		return w.config
	}
	w.stamp = stamp
	config, err := serverTLS(w.settings, w.dir)
	if err != nil {
		w.log.Error("the TLS files changed and are not taken", "cause", err.Error())
		return w.config
	}
	w.log.Info("the TLS files changed and are taken")
	w.config = config
	return config
}

func serverTLS(c *meshfile.TLS, dir string) (*tls.Config, error) {
	cert, err := os.ReadFile(c.Cert.In(dir))
	if err != nil {
		return nil, fmt.Errorf("the TLS certificate cannot be read: %w", err)
	}
	key, err := c.Key.Resolve(dir)
	if err != nil {
		return nil, fmt.Errorf("the TLS key cannot be read: %w", err)
	}
	pair, err := tls.X509KeyPair(cert, []byte(key))
	if err != nil {
		return nil, fmt.Errorf("the TLS certificate and key do not fit: %w", err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	if c.ClientCA.Path == "" {
		return config, nil
	}
	ca, err := os.ReadFile(c.ClientCA.In(dir))
	if err != nil {
		return nil, fmt.Errorf("the client CA cannot be read: %w", err)
	}
	config.ClientCAs = x509.NewCertPool()
	if !config.ClientCAs.AppendCertsFromPEM(ca) {
		return nil, errors.New("the client CA file holds no certificate in PEM form")
	}
	config.ClientAuth = tls.VerifyClientCertIfGiven
	return config, nil
}
