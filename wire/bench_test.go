package wire_test

import (
	"context"
	"testing"

	"meshgate/wire"
)

// BenchmarkConnect counts connections with SCRAM and one statement each, as a client without a pool makes them.
func BenchmarkConnect(b *testing.B) {
	address, _ := serve(b, passwordBackend(b), wire.Options{})
	ctx := context.Background()
	for b.Loop() {
		conn, err := pgxConnect(address, "user=ann password='correct horse' sslmode=disable")
		if err != nil {
			b.Fatal(err)
		}
		if _, err := conn.PgConn().Exec(ctx, "SELECT 1").ReadAll(); err != nil {
			b.Fatal(err)
		}
		if err := conn.Close(ctx); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSelectOne counts round trips of a statement.
func BenchmarkSelectOne(b *testing.B) {
	address, _ := serve(b, passwordBackend(b), wire.Options{})
	ctx := context.Background()
	conn, err := pgxConnect(address, "user=ann password='correct horse' sslmode=disable")
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close(ctx)
	for b.Loop() {
		if _, err := conn.PgConn().Exec(ctx, "SELECT 1").ReadAll(); err != nil {
			b.Fatal(err)
		}
	}
}
