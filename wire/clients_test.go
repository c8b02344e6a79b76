package wire_test

import (
	"context"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"meshgate/wire"
)

// pgxConnect connects pgx, with the server's address in the string's host and port.
func pgxConnect(address, settings string) (*pgx.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	ctx, release := context.WithTimeout(context.Background(), patience)
	defer release()
	return pgx.Connect(ctx, fmt.Sprintf("host=%s port=%s dbname=acme %s", host, port, settings))
}

func TestPgx(t *testing.T) {
	ca := newAuthority(t, false)
	b := passwordBackend(t)
	address, _ := serve(t, b, wire.Options{TLS: ca.server()})
	certFile, keyFile, rootFile := ca.files(ca.issue(pkix.Name{CommonName: "bi", Organization: []string{"Acme"}}))
	for settings, method := range map[string]string{
		"{ann} sslmode=disable":                                                               wire.MethodSCRAM,
		"{ann} sslmode=require channel_binding=disable":                                       wire.MethodSCRAM,
		"{ann} sslmode=require channel_binding=require":                                       wire.MethodSCRAMPlus,
		"{ann} sslmode=require sslnegotiation=direct":                                         wire.MethodSCRAMPlus,
		"{ann} sslmode=verify-full sslrootcert=" + rootFile:                                   wire.MethodSCRAMPlus,
		"user=bi sslmode=require sslcert=" + certFile + " sslkey=" + keyFile:                  wire.MethodCert,
		"{ann} sslmode=disable max_protocol_version=3.2":                                      wire.MethodSCRAM,
		"{ann} sslmode=disable options='-c mesh.purpose=audit'":                               wire.MethodSCRAM,
		"{ann} sslmode=disable application_name=test default_query_exec_mode=simple_protocol": wire.MethodSCRAM,
		"{ann} sslmode=disable default_query_exec_mode=describe_exec":                         wire.MethodSCRAM,
	} {
		t.Run(settings, func(t *testing.T) {
			settings := strings.ReplaceAll(settings, "", "")
			conn, err := pgxConnect(address, strings.ReplaceAll(settings, "{ann}", "user=ann password='correct horse'"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close(context.Background())
			usePgx(t, conn)
			client := b.lastClient()
			if client.Method != method || client.Database != "acme" || client.PID != conn.PgConn().PID() {
				t.Errorf("method %s, database %s, pid %d", client.Method, client.Database, client.PID)
			}
			if strings.Contains(settings, "mesh.purpose") && client.Params["mesh.purpose"] != "audit" {
				t.Errorf("params %v", client.Params)
			}
		})
	}
}

// usePgx asks in pgx's ways: text and binary, batches, a statement that is cancelled.
func usePgx(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	ctx := context.Background()
	var n int32
	var s string
	question, params := "SELECT $1::int4, $2::text", []any{42, "x"}
	if conn.Config().DefaultQueryExecMode == pgx.QueryExecModeSimpleProtocol {
		question, params = "SELECT 42, 'x'::text", nil
	}
	if err := conn.QueryRow(ctx, question, params...).Scan(&n, &s); err != nil || n != 42 || s != "x" {
		t.Errorf("%d %q %v", n, s, err)
	}
	rows, err := conn.Query(ctx, "SELECT generate_series(1,2500)")
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[int32])
	if err != nil || len(all) != 2500 || all[2499] != 2500 {
		t.Errorf("%d rows, %v", len(all), err)
	}
	_, err = conn.Exec(ctx, "SELECT 1/0")
	var failure *pgconn.PgError
	if !errors.As(err, &failure) || failure.Code != "22012" {
		t.Errorf("the error is %v", err)
	}
	if err := conn.Ping(ctx); err != nil {
		t.Error(err)
	}
	if conn.Config().DefaultQueryExecMode == pgx.QueryExecModeCacheStatement {
		batch := &pgx.Batch{}
		for i := range 100 {
			batch.Queue("SELECT $1::int4", i).QueryRow(func(row pgx.Row) error {
				var got int
				if err := row.Scan(&got); err != nil || got != i {
					return fmt.Errorf("%d: %d %w", i, got, err)
				}
				return nil
			})
		}
		if err := conn.SendBatch(ctx, batch).Close(); err != nil {
			t.Error(err)
		}
	}
	stopped := make(chan error, 1)
	go func() {
		_, err := conn.PgConn().Exec(ctx, "SELECT pg_sleep(60)").ReadAll()
		stopped <- err
	}()
	for err = error(nil); err == nil; {
		if err := conn.PgConn().CancelRequest(ctx); err != nil {
			t.Fatal(err)
		}
		select {
		case err = <-stopped:
		case <-time.After(20 * time.Millisecond):
		}
	}
	if !errors.As(err, &failure) || failure.Code != "57014" {
		t.Errorf("the cancelled statement ended with %v", err)
	}
	if err := conn.Ping(ctx); err != nil {
		t.Error(err)
	}
}

func TestPgxRefused(t *testing.T) {
	address, _ := serve(t, passwordBackend(t), wire.Options{})
	for _, settings := range []string{"user=ann password=wrong sslmode=disable", "user=nobody password=wrong sslmode=disable"} {
		_, err := pgxConnect(address, settings)
		var failure *pgconn.PgError
		if !errors.As(err, &failure) || failure.Code != "28P01" {
			t.Errorf("%s: %v", settings, err)
		}
	}
	if _, err := pgxConnect(address, "user=ann password='correct horse' sslmode=require"); err == nil {
		t.Error("TLS where there is none")
	}
}

// psql runs Debian's client.
func psql(t *testing.T, address, password, settings string, args ...string) (string, error) {
	t.Helper()
	path, err := exec.LookPath("psql")
	if err != nil {
		t.Skip("needs psql: apt-get install postgresql-client-15")
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	ctx, release := context.WithTimeout(context.Background(), patience)
	defer release()
	connection := fmt.Sprintf("host=%s port=%s dbname=acme %s", host, port, settings)
	cmd := exec.CommandContext(ctx, path, append([]string{"-X", "-At", "-v", "VERBOSITY=verbose", "-d", connection}, args...)...)
	cmd.Env = append(os.Environ(), "PGPASSWORD="+password)
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

func TestPsql(t *testing.T) {
	ca := newAuthority(t, false)
	b := passwordBackend(t)
	address, _ := serve(t, b, wire.Options{TLS: ca.server()})
	certFile, keyFile, rootFile := ca.files(ca.issue(pkix.Name{CommonName: "bi", Organization: []string{"Acme"}}))
	for settings, method := range map[string]string{
		"user=ann sslmode=disable":                                           wire.MethodSCRAM,
		"user=ann sslmode=require channel_binding=require":                   wire.MethodSCRAMPlus,
		"user=ann sslmode=require channel_binding=disable":                   wire.MethodSCRAM,
		"user=ann sslmode=verify-full sslrootcert=" + rootFile:               wire.MethodSCRAMPlus,
		"user=bi sslmode=require sslcert=" + certFile + " sslkey=" + keyFile: wire.MethodCert,
		"user=ann sslmode=disable options='-c mesh.purpose=audit'":           wire.MethodSCRAM,
		"user=ann gssencmode=prefer sslmode=prefer":                          wire.MethodSCRAMPlus,
	} {
		t.Run(settings, func(t *testing.T) {
			out, err := psql(t, address, "correct horse", settings, "-c", "SELECT 1, 'x'::text", "-c", "SELECT generate_series(1,3)")
			if err != nil || out != "1|x\n1\n2\n3" {
				t.Errorf("%q %v", out, err)
			}
			if m := b.lastClient().Method; m != method {
				t.Errorf("authenticated by %s, want %s", m, method)
			}
		})
	}
	out, err := psql(t, address, "wrong", "user=ann sslmode=disable", "-c", "SELECT 1")
	if err == nil || !strings.Contains(out, `password authentication failed for user "ann"`) {
		t.Errorf("%q %v", out, err)
	}
	out, _ = psql(t, address, "correct horse", "user=ann", "-c", "SELECT nosuch")
	if !strings.Contains(out, "42703") || !strings.Contains(out, "LINE 1: SELECT nosuch\n               ^") {
		t.Errorf("psql prints %q", out)
	}
	out, err = psql(t, address, "correct horse", "user=ann", "-c", "COPY (SELECT generate_series(1,2)) TO STDOUT",
		"-c", "DO $$BEGIN RAISE NOTICE 'hello'; END$$")
	if err != nil || !strings.HasPrefix(out, "1\n2") || !strings.Contains(out, "hello") {
		t.Errorf("%q %v", out, err)
	}
}
