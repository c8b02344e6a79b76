package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"

	"meshgate/internal/teststores"
)

// governedOracle is a plain PostgreSQL that holds what ann may see of the mesh, computed without any code of the gateway: rows of
// her countries, no secret column, and what the masks leave.
func (w *world) governedOracle(t *testing.T) string {
	t.Helper()
	c, name := teststores.NewPostgres(t)
	for _, s := range seedTables(t) {
		execSQL(t, c, "CREATE SCHEMA IF NOT EXISTS "+s.domain)
		execSQL(t, c, "CREATE TABLE "+s.domain+"."+s.name+" ("+s.oracle+")")
		execSQL(t, c, "INSERT INTO "+s.domain+"."+s.name+" VALUES "+s.rows)
	}
	for _, sql := range []string{
		"DELETE FROM sales.customers WHERE country IS NULL OR country NOT IN ('DE', 'FR')",
		"ALTER TABLE sales.customers DROP COLUMN ssn",
		"UPDATE sales.customers SET name = left(name, 1) || repeat('*', length(name) - 1) WHERE length(name) > 1",
		"UPDATE sales.customers SET name = repeat('*', length(name)) WHERE length(name) = 1",
		"ALTER TABLE sales.customers ALTER COLUMN credit TYPE numeric USING floor(credit / 100) * 100",
		"UPDATE sales.customers SET born = date_trunc('year', born::timestamp)::date",
	} {
		execSQL(t, c, sql)
	}
	hashEmails(t, w, c)
	return teststores.PostgresDSN(t, name)
}

// hashEmails replaces addresses by their keyed hashes (RFC 2104 with SHA-256, in hexadecimal).
func hashEmails(t *testing.T, w *world, c *pgx.Conn) {
	t.Helper()
	key, err := os.ReadFile(filepath.Join(w.dir, "secrets/pseudonym"))
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	rows, err := c.Query(ctx, "SELECT id, email FROM sales.customers WHERE email IS NOT NULL")
	if err != nil {
		t.Fatal(err)
	}
	hashes := map[int64]string{}
	var id int64
	var email string
	if _, err := pgx.ForEachRow(rows, []any{&id, &email}, func() error {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(email))
		hashes[id] = hex.EncodeToString(h.Sum(nil))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for id, hash := range hashes {
		if _, err := c.Exec(ctx, "UPDATE sales.customers SET email = $1 WHERE id = $2", hash, id); err != nil {
			t.Fatal(err)
		}
	}
}
