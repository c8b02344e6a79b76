package postgres

import (
	"maps"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"meshgate/pgvalue"
)

// asciiCases are the characters whose lower or upper case is ASCII.
func asciiCases(convert func([]byte, string) []byte) map[rune]string {
	out := map[rune]string{}
	for r := rune(1); r <= unicode.MaxRune; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		if c := convert(nil, string(r)); len(c) == 1 && c[0] < utf8.RuneSelf {
			out[r] = string(c)
		}
	}
	return out
}

// TestASCIICases tries every character: what the store takes for an ASCII letter's case is what the gateway does.
func TestASCIICases(t *testing.T) {
	f := newFixture(t, nil)
	f.otherCollation()
	for sql, convert := range map[string]func([]byte, string) []byte{asciiLower: pgvalue.AppendLower, asciiUpper: pgvalue.AppendUpper} {
		rows, err := f.admin.Query(t.Context(), "SELECT n, c FROM (SELECT n, "+strings.ReplaceAll(sql, "{0}", "chr(n)")+` AS c
			FROM generate_series(1, 1114111) AS n WHERE n NOT BETWEEN 55296 AND 57343) AS s WHERE octet_length(c) = 1`)
		if err != nil {
			t.Fatal(err)
		}
		got := map[rune]string{}
		for rows.Next() {
			var r rune
			var c string
			if err := rows.Scan(&r, &c); err != nil {
				t.Fatal(err)
			}
			got[r] = c
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		if want := asciiCases(convert); !maps.Equal(got, want) {
			t.Errorf("%s: the store has %d characters, the gateway %d", sql, len(got), len(want))
		}
	}
}
