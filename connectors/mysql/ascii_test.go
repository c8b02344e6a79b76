package mysql

import (
	"maps"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"meshgate/pgvalue"
)

// TestASCIICases tries every character: what the store takes for an ASCII letter's case is what the gateway does, and every other
// character stays one character that is not ASCII.
func TestASCIICases(t *testing.T) {
	f := newFixture(t, nil)
	for sql, convert := range map[string]func([]byte, string) []byte{lower0: pgvalue.AppendLower, upper0: pgvalue.AppendUpper} {
		want := map[rune]string{}
		for r := rune(1); r <= unicode.MaxRune; r++ {
			if c := convert(nil, string(r)); utf8.ValidRune(r) && len(c) == 1 && c[0] < utf8.RuneSelf {
				want[r] = string(c)
			}
		}
		rows, err := f.admin.QueryContext(t.Context(), "SELECT seq, v FROM (SELECT seq, "+
			strings.ReplaceAll(sql, "{0}", "CHAR(seq USING utf32)")+" AS v FROM seq_1_to_1114111 WHERE seq NOT BETWEEN 55296 AND 57343) AS s "+
			"WHERE LENGTH(v) = 1 OR CHAR_LENGTH(v) <> 1")
		if err != nil {
			t.Fatal(err)
		}
		got := map[rune]string{}
		for rows.Next() {
			var r rune
			var v string
			if err := rows.Scan(&r, &v); err != nil {
				t.Fatal(err)
			}
			got[r] = v
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s: the store has %d characters, the gateway %d", sql, len(got), len(want))
		}
	}
}
