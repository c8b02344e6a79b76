package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// shownAs are what masks leave of people's columns, in PostgreSQL's words.
var shownAs = map[string]string{
	"id": "id", "person": "person", "mark": "mark", "country": "country", "dept": "dept", "level": "level", "big": "big", "code": "code", "doc": "doc", "shared": "shared",
	"name":   "CASE WHEN length(name) > 1 THEN left(name, 1) || repeat('*', length(name) - 1) ELSE repeat('*', length(name)) END",
	"email":  "hashed",
	"phone":  "NULL::text",
	"nick":   "'withheld'::text",
	"credit": "floor(credit / 100) * 100",
	"born":   "date_trunc('year', born::timestamp)::date",
	"note":   "CASE WHEN shared THEN note ELSE '' END",
}

// shownOracle is a view in plain PostgreSQL of what somebody may see of people.
func shownOracle(t *testing.T, rows []person, key []byte) *pgconn.PgConn {
	t.Helper()
	conn, dsn := attackOracle(t, rows)
	execSQL(t, conn, "ALTER TABLE ppl_t ADD COLUMN hashed text")
	for _, p := range rows {
		if p["email"] != "" {
			h := hmac.New(sha256.New, key)
			h.Write([]byte(p["email"]))
			execSQL(t, conn, "UPDATE ppl_t SET hashed = '"+hex.EncodeToString(h.Sum(nil))+"' WHERE id = "+p["id"])
		}
	}
	for user, countries := range attackCountries {
		var list []string
		for _, c := range peopleNames {
			shown := shownAs[c.name]
			if user == "dee" && c.name == "email" {
				shown = "email"
			}
			list = append(list, shown+" AS "+c.name)
		}
		execSQL(t, conn, fmt.Sprintf("CREATE VIEW %s AS SELECT %s FROM ppl_t WHERE country IN ('%s')", user, strings.Join(list, ", "), strings.Join(countries, "', '")))
	}
	return connectTo(t, dsn)
}

// TestWhatShows holds that nobody loses what they may see: over all kinds of stores, rows are exactly those of PostgreSQL's own filter,
// masks give what their expressions give there, and pseudonyms join across domains and stores.
func TestWhatShows(t *testing.T) {
	rows := variants()[0].people()
	w := newAttackWorld(t, rows)
	key, err := os.ReadFile(filepath.Join(w.dir, "secrets/pseudonym"))
	if err != nil {
		t.Fatal(err)
	}
	oracle := shownOracle(t, rows, key)
	for _, user := range []string{"ann", "bob", "dee", "mia"} {
		c := w.connect(t, user)
		for _, mode := range []string{"on", "off", "eager"} {
			ask(c, "SET mesh.pushdown = "+mode)
			for _, d := range attackDomains {
				for _, column := range peopleNames {
					sql := "SELECT id, " + column.name + "::text AS v FROM %s ORDER BY id"
					expectShown(t, c, oracle, user, mode, sql, d)
				}
				for _, sql := range []string{
					"SELECT count(*), count(DISTINCT email), min(mark), max(credit) FROM %s",
					"SELECT id, rank() OVER (ORDER BY credit, born, id) AS r FROM %s WHERE born > date '1961-01-01' ORDER BY id",
					"SELECT country, credit, count(*) FROM %s GROUP BY 1, 2 ORDER BY 1, 2",
					"SELECT id FROM %s WHERE note LIKE 'note%%' AND credit >= 30100 ORDER BY id",
				} {
					expectShown(t, c, oracle, user, mode, sql, d)
				}
			}
		}
	}
	pseudonymsJoin(t, w, oracle)
}

// expectShown asks a query of a product and of the oracle's view. Types may differ with the store: numbers and texts are compared as texts.
func expectShown(t *testing.T, c, oracle *pgconn.PgConn, user, mode, sql, domain string) {
	t.Helper()
	got, want := ask(c, fmt.Sprintf(sql, domain+".people")), ask(oracle, fmt.Sprintf(sql, user))
	if got.code != "" || len(got.rows) == 0 && user != "mia" || strings.Join(got.rows, "\n") != strings.Join(want.rows, "\n") {
		t.Errorf("%s, pushdown %s, %s: %s\n%s\nPostgreSQL:\n%s", user, mode, domain, sql, got, want)
	}
}

// pseudonymsJoin joins what is behind the same key, by all pairs of stores.
func pseudonymsJoin(t *testing.T, w *world, oracle *pgconn.PgConn) {
	t.Helper()
	for user, rows := range map[string]string{"ann": "9", "bob": "5", "dee": "6"} {
		c := w.connect(t, user)
		const join = "SELECT count(*), sum(a.id) FROM %s a JOIN %s b ON a.email = b.email AND a.id = b.id"
		want := ask(oracle, fmt.Sprintf(join, user, user))
		if want.code != "" || !strings.HasPrefix(want.rows[0], rows+"\t") {
			t.Fatalf("%s: %s", user, want)
		}
		for _, a := range attackDomains {
			for _, b := range attackDomains {
				for _, mode := range []string{"on", "off", "eager"} {
					ask(c, "SET mesh.pushdown = "+mode)
					if got := ask(c, fmt.Sprintf(join, a+".people", b+".people")); got.code != "" || got.rows[0] != want.rows[0] {
						t.Errorf("%s, pushdown %s, %s and %s: %s\nPostgreSQL:\n%s", user, mode, a, b, got, want)
					}
				}
			}
		}
	}
}
