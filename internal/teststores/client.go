package teststores

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	_ "github.com/go-sql-driver/mysql" // MariaDB's driver for Exec
	"github.com/jackc/pgx/v5"
)

// PostgresDSN returns a connection string to a database of the private PostgreSQL, or skips the test where none runs.
func PostgresDSN(t testing.TB, database string) string {
	t.Helper()
	return fmt.Sprintf("host=127.0.0.1 port=%s user=postgres dbname=%s sslmode=disable", PostgresPort(t), database)
}

// SCRAMDSN returns a connection string of a user who has to log in with SCRAM.
func SCRAMDSN(t testing.TB, database string) string {
	t.Helper()
	admin := connect(t, "postgres")
	defer admin.Close(context.Background())
	mustExec(t, admin, "DROP ROLE IF EXISTS "+scramUser)
	mustExec(t, admin, "CREATE ROLE "+scramUser+" LOGIN PASSWORD 'open-sesame'")
	return fmt.Sprintf("host=127.0.0.1 port=%s user=%s password=open-sesame dbname=%s sslmode=disable", PostgresPort(t), scramUser, database)
}

// PostgresPort returns the private PostgreSQL's port, or skips the test where none runs.
func PostgresPort(t testing.TB) string { return portOf(t, PostgresPortEnv) }

// MariaDBPort returns the private MariaDB's port, or skips the test where none runs.
func MariaDBPort(t testing.TB) string { return portOf(t, MariaDBPortEnv) }

func portOf(t testing.TB, env string) string {
	t.Helper()
	port := os.Getenv(env)
	if port == "" {
		t.Skip("needs the private stores: run `make test`, or prefix the command with `go run ./internal/teststores/with`")
	}
	return port
}

// NewPostgres makes a database that goes with the test, and returns a connection to it.
func NewPostgres(t testing.TB) (conn *pgx.Conn, database string) {
	t.Helper()
	ctx := context.Background()
	admin := connect(t, "postgres")
	database = uniqueName(t)
	mustExec(t, admin, "CREATE DATABASE "+database)
	t.Cleanup(func() {
		mustExec(t, admin, "DROP DATABASE "+database+" WITH (FORCE)")
		if err := admin.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	conn = connect(t, database)
	t.Cleanup(func() {
		if err := conn.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return conn, database
}

func connect(t testing.TB, database string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), PostgresDSN(t, database))
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func mustExec(t testing.TB, conn *pgx.Conn, sql string) {
	t.Helper()
	if _, err := conn.Exec(context.Background(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// NewMariaDB makes a database that goes with the test, and returns a handle to it as root.
func NewMariaDB(t testing.TB) (db *sql.DB, database string) {
	t.Helper()
	port := MariaDBPort(t)
	database = uniqueName(t)
	open := func(name string) *sql.DB {
		db, err := sql.Open("mysql", fmt.Sprintf("root@tcp(127.0.0.1:%s)/%s?multiStatements=true", port, name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
		return db
	}
	admin := open("")
	if _, err := admin.Exec("CREATE DATABASE " + database + " CHARACTER SET utf8mb4"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec("DROP DATABASE " + database); err != nil {
			t.Error(err)
		}
	})
	return open(database), database
}

func uniqueName(t testing.TB) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToLower(t.Name()))
	return fmt.Sprintf("%.40s_%d_%d", name, os.Getpid(), serial.Add(1))
}

var serial atomic.Int64
