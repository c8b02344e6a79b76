package wire_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"testing"
	"time"

	"meshgate/internal/teststores"
	"meshgate/wire"
	"meshgate/wire/wiretest"
)

// serve runs a server for a test on a free port and returns its address. It has ended, with all its connections, before the
// test does.
func serve(t testing.TB, b wire.Backend, o wire.Options) (address string, server *wire.Server) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serveOn(t, b, o, l)
}

func serveOn(t testing.TB, b wire.Backend, o wire.Options, l net.Listener) (address string, server *wire.Server) {
	t.Helper()
	if o.Logger == nil {
		o.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	if o.Methods == nil {
		o.Methods = []string{wire.MethodTrust, wire.MethodCert, wire.MethodSCRAM}
	}
	server, err := wire.NewServer(b, o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("Serve: %v", err)
			}
		case <-time.After(30 * time.Second):
			t.Error("Serve did not return")
		}
	})
	return l.Addr().String(), server
}

func dialer(address string) func() (net.Conn, error) {
	return func() (net.Conn, error) { return net.Dial("tcp", address) }
}

func scripts(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatal("no scripts", err)
	}
	return paths
}

// TestScriptsServer plays every script that needs no SQL against the server with the test backend.
func TestScriptsServer(t *testing.T) {
	for _, path := range scripts(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			address, _ := serve(t, newTestBackend(), wire.Options{MaxMessage: 1 << 20})
			wiretest.Run(t, path, dialer(address), wiretest.Traits("meshgate"))
		})
	}
}

// TestScriptsPostgres plays every script against PostgreSQL, which is right by definition. Its -rewrite writes the
// expectations: go run ./internal/teststores/with go test ./wire -run ScriptsPostgres -rewrite.
func TestScriptsPostgres(t *testing.T) {
	port := teststores.PostgresPort(t)
	for _, path := range scripts(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			wiretest.Run(t, path, dialer(fmt.Sprintf("127.0.0.1:%s", port)), wiretest.Traits("postgres", "sql"))
		})
	}
}
