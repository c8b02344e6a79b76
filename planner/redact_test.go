package planner_test

import (
	"strings"
	"testing"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"meshgate/connectors"
	"meshgate/planner"
)

func TestRedact(t *testing.T) {
	for sql, want := range map[string]string{
		`SELECT a FROM t WHERE b = 'SECRET' AND c > 4711`:                                         `SELECT a FROM t WHERE b = ? AND c > ?`,
		`SELECT E'SE\'CRET', U&'SECRET', B'0101', X'5ec4e7', $$SECRET$$, $a$SECRET$a$, 1.5e3, .5`: `SELECT ?, ?, ?, ?, ?, ?, ?, ?`,
		"SELECT 'SE'\n'CRET', $1 -- SECRET\n FROM \"T\" /* SECRET /* SECRET */ */ LIMIT 3":        "SELECT ?, $1 \n FROM \"T\"  LIMIT ?",
		`EXECUTE p('SECRET', 1)`:                           `EXECUTE p(?, ?)`,
		`COPY (SELECT 'SECRET') TO STDOUT (DELIMITER ',')`: `COPY (SELECT ?) TO STDOUT (DELIMITER ?)`,
		`SELECT 'SECRET`:                                   `?`,
	} {
		if got := planner.Redact(sql); got != want {
			t.Errorf("%s\n got %s\nwant %s", sql, got, want)
		}
	}
}

func TestRedactSent(t *testing.T) {
	standard := &connectors.Dialect{Quote: connectors.QuoteDouble}
	mysql := &connectors.Dialect{Quote: func(name string) string { return "`" + name + "`" }}
	for _, test := range []struct {
		d         *connectors.Dialect
		sql, want string
	}{
		{standard, `SELECT "a""1", b FROM t1 WHERE b = 'SECRET' AND c > $1 AND d < 4711`, `SELECT "a""1", b FROM t1 WHERE b = ? AND c > $1 AND d < ?`},
		{standard, `SELECT 'a\' || 'SECRET', E'a\'SECRET', 0x5EC4E7, 1.5e3`, `SELECT ? || ?, E?, ?, ?`},
		{standard, `SELECT 'SECRET`, `SELECT ?`},
		{mysql, "SELECT `it's` FROM t WHERE b = 'a\\'SECRET' AND c = 'SE''CRET' AND d = ?", "SELECT `it's` FROM t WHERE b = ? AND c = ? AND d = ?"},
	} {
		if got := planner.RedactSent(test.sql, test.d); got != test.want {
			t.Errorf("%s\n got %s\nwant %s", test.sql, got, test.want)
		}
	}
}

// FuzzRedact wants that nothing of a literal is left: the redacted statement of a marked literal is that of another.
func FuzzRedact(f *testing.F) {
	f.Add("it's", "a\\b")
	f.Add("$$", "*/")
	f.Fuzz(func(t *testing.T, a, b string) {
		of := func(v string) string {
			return "SELECT x FROM t WHERE y = '" + strings.ReplaceAll(v, "'", "''") + "' AND z = 1"
		}
		if strings.ContainsRune(a+b, 0) {
			t.Skip()
		}
		if _, err := pg_query.Scan(of(a)); err != nil {
			t.Skip()
		}
		if _, err := pg_query.Scan(of(b)); err != nil {
			t.Skip()
		}
		if planner.Redact(of(a)) != planner.Redact(of(b)) {
			t.Errorf("%q and %q leave a difference", a, b)
		}
	})
}
