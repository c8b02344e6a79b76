package pgencoding

import (
	"context"
	"maps"
	"slices"
	"testing"
	"unicode/utf8"

	"meshgate/internal/teststores"
	"meshgate/sqlerr"
)

// TestAgreesWithPostgres converts every byte, and every character of Unicode where any of the encodings has one, and holds results and
// errors against PostgreSQL's.
func TestAgreesWithPostgres(t *testing.T) {
	c, _ := teststores.NewPostgres(t)
	ctx := context.Background()
	for _, sql := range []string{
		`CREATE FUNCTION told(b bytea, e name) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN convert_from(b, e); EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM; END $$`,
		`CREATE FUNCTION given(s text, e name) RETURNS bytea LANGUAGE plpgsql AS $$ BEGIN RETURN convert_to(s, e); EXCEPTION WHEN OTHERS THEN RETURN convert_to(SQLSTATE || ' ' || SQLERRM, 'UTF8'); END $$`,
	} {
		if _, err := c.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	said := func(err error) string { e := sqlerr.From(err); return string(e.Code) + " " + e.Message }
	for _, name := range slices.Sorted(maps.Keys(convertible)) {
		t.Run(name, func(t *testing.T) {
			e := convertible[name]()
			wrong := 0
			check := func(what any, got, want string) {
				if got != want {
					if wrong++; wrong < 10 {
						t.Errorf("%x: %q, PostgreSQL: %q", what, got, want)
					}
				}
			}
			rows, err := c.Query(ctx, "SELECT b, told(b, $1) FROM generate_series(1, 255) i, decode(lpad(to_hex(i), 2, '0'), 'hex') b", name)
			if err != nil {
				t.Fatal(err)
			}
			for rows.Next() {
				var b []byte
				var want string
				if err := rows.Scan(&b, &want); err != nil {
					t.Fatal(err)
				}
				text, err := e.Decode(b)
				got := string(text)
				if err != nil {
					got = said(err)
				}
				check(b, got, want)
			}
			if err := rows.Err(); err != nil {
				t.Fatal(err)
			}
			rows, err = c.Query(ctx, "SELECT i, given(chr(i), $1) FROM (SELECT generate_series(1, 12000) UNION ALL SELECT generate_series(61440, 65600)) q (i)", name)
			if err != nil {
				t.Fatal(err)
			}
			for rows.Next() {
				var i rune
				var want []byte
				if err := rows.Scan(&i, &want); err != nil {
					t.Fatal(err)
				}
				got, err := e.Append(nil, utf8.AppendRune(nil, i))
				if err != nil {
					got = []byte(said(err))
				}
				check(i, string(got), string(want))
			}
			if err := rows.Err(); err != nil {
				t.Fatal(err)
			}
			if wrong > 0 {
				t.Errorf("%d differ", wrong)
			}
		})
	}
}

// TestNames asks PostgreSQL for the name of each encoding by every name that it has.
func TestNames(t *testing.T) {
	c, _ := teststores.NewPostgres(t)
	list := append(slices.Sorted(maps.Keys(names)), "UTF-8", "'utf-8'", "Latin_1", "nonsense", "", "utf 8", "windows-1252", "utf16", "iso-8859-1", "latin-9")
	for _, name := range list {
		var want string
		if err := c.QueryRow(context.Background(), "SELECT pg_encoding_to_char(pg_char_to_encoding($1))", name).Scan(&want); err != nil {
			t.Fatal(err)
		}
		if _, got, _ := Lookup(name); got != want {
			t.Errorf("%q is %q, PostgreSQL: %q", name, got, want)
		}
	}
}
