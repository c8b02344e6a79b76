package pgvalue

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"meshgate/pgcat"
)

// texts are subjects that break functions which count bytes, trust separators or stop at a character of their own.
var texts = []string{
	"", "a", "ab", "abc", "hello", "Hello World", "a,b,,c", ",", ",,", "aaa", "äöü", "日本語", "😀x😀", "a\tb\nc", " x ", "  ", `a\b`, `\`, "it's", `"q"`,
	"a%b_c", "ǆ ßẞ İıſK", "éÉ x1y2-z_a", "xxabcxx", "100%", "%", "_", `\%`, `\_`, "NULL", "{a}", "ABC", "ÄÖÜ", "Δδς", "user", "_x", "1a", "a b",
}

var numbers = []int32{math.MinInt32, -100, -3, -2, -1, 0, 1, 2, 3, 4, 100, math.MaxInt32}

// answerText turns an append-style result into what ask returns.
func answerText(b []byte, err error) string {
	if err != nil {
		return sqlState(err)
	}
	return string(b)
}

// same compares one call with PostgreSQL's.
type sameFunc func(got, sql string, args ...any)

func comparer(t *testing.T) sameFunc {
	conn := session(t)
	return func(got, sql string, args ...any) {
		t.Helper()
		for i, a := range args {
			switch v := a.(type) {
			case string:
				args[i] = quote(v)
			case []byte:
				args[i] = fmt.Sprintf(`'\x%x'::bytea`, v)
			case nil:
				args[i] = "NULL"
			default:
				args[i] = fmt.Sprintf("(%v)", v)
			}
		}
		full := fmt.Sprintf(sql, args...)
		if want := ask(t, conn, "SELECT "+full); got != want {
			t.Errorf("%s: got %q, PostgreSQL has %q", full, got, want)
		}
	}
}

func TestTextFunctionsEqualPostgres(t *testing.T) {
	same := comparer(t)
	for _, s := range texts {
		same(string(AppendUpper(nil, s)), "upper(%s)", s)
		same(string(AppendLower(nil, s)), "lower(%s)", s)
		same(string(AppendInitCap(nil, s)), "initcap(%s)", s)
		same(string(AppendReverse(nil, s)), "reverse(%s)", s)
		same(fmt.Sprint(ASCII(s)), "ascii(%s)", s)
		same(string(AppendQuoteIdent(nil, s)), "quote_ident(%s)", s)
		same(string(AppendQuoteLiteral(nil, s)), "quote_literal(%s)", s)
		for _, n := range numbers {
			same(Substring(s, n), "substr(%s, %s)", s, n)
			same(Left(s, n), "left(%s, %s)", s, n)
			same(Right(s, n), "right(%s, %s)", s, n)
			if n < 1000 {
				same(answerText(AppendRepeat(nil, s, n)), "repeat(%s, %s)", s, n)
			}
			for _, fill := range []string{"", " ", "xy", "ä😀"} {
				same(answerText(AppendPadLeft(nil, s, n, fill)), "lpad(%s, %s, %s)", s, n, fill)
				same(answerText(AppendPadRight(nil, s, n, fill)), "rpad(%s, %s, %s)", s, n, fill)
			}
			for _, m := range numbers {
				part, err := SubstringLength(s, n, m)
				same(answerText([]byte(part), err), "substr(%s, %s, %s)", s, n, m)
				same(answerText(Overlay(nil, s, "XYä", n, m)), "overlay(%s placing 'XYä' from %s for %s)", s, n, m)
			}
		}
	}
	for _, n := range append(numbers, 65, 228, 0xd7ff, 0xd800, 0xdfff, 0xe000, 0x10ffff, 0x110000, 128512) {
		same(answerText(AppendChr(nil, n)), "chr(%s)", n)
	}
}

func TestTextFunctionsOfTwoEqualPostgres(t *testing.T) {
	same := comparer(t)
	for _, s := range texts {
		for _, p := range texts {
			same(fmt.Sprint(Position(s, p)), "strpos(%s, %s)", s, p)
			same(TrimLeft(s, p), "ltrim(%s, %s)", s, p)
			same(TrimRight(s, p), "rtrim(%s, %s)", s, p)
			same(TrimRight(TrimLeft(s, p), p), "btrim(%s, %s)", s, p)
			same(string(AppendReplace(nil, s, p, "<ä>")), "replace(%s, %s, '<ä>')", s, p)
			same(string(AppendTranslate(nil, s, p, "12ß")), "translate(%s, %s, '12ß')", s, p)
			same(answerText(LikeEscape(nil, s, p)), "like_escape(%s, %s)", s, p)
			for _, n := range numbers {
				part, err := SplitPart(s, p, n)
				same(answerText([]byte(part), err), "split_part(%s, %s, %s)", s, p, n)
			}
			fields := func(sep *string) string {
				var values []Value
				for _, f := range SplitText(nil, s, sep) {
					values = append(values, f)
				}
				return string(DefaultFormat().AppendText(nil, pgcat.TextArray, NewArray(pgcat.Text, values)))
			}
			same(fields(&p), "string_to_array(%s, %s)", s, p)
			if p == "" {
				same(fields(nil), "string_to_array(%s, NULL)", s)
			}
			like(same, s, p)
		}
	}
}

func like(same sameFunc, s, p string) {
	for _, pattern := range []string{p, "%" + p, p + "%", "_" + p, "%" + p + "_%", p + "%%_" + p, `\` + p, p + `\`} {
		ok, err := Like(s, pattern)
		same(answerText([]byte(fmt.Sprint(ok)[:1]), err), "%s LIKE %s", s, pattern)
		ok, err = Like(string(AppendLower(nil, s)), string(AppendLower(nil, pattern)))
		same(answerText([]byte(fmt.Sprint(ok)[:1]), err), "%s ILIKE %s", s, pattern)
	}
}

func TestEncodingsEqualPostgres(t *testing.T) {
	same := comparer(t)
	blobs := [][]byte{{}, {0}, {0xff}, []byte("abc"), []byte(`a\b`), {1, 2, 3, 4}, []byte(strings.Repeat("x", 56)), []byte(strings.Repeat("x", 57)), []byte(strings.Repeat("é", 100))}
	coded := append([]string{
		"YQ==", "YWI=", "YWJj", "YQ", "Y", "=", "YQ=", "YQ==YQ==", "Y Q = =", "YQ==x", "ab=c", "é", "-_", "0g", "abc", "de ad\nBE ef", "00", `\000`, `\00`,
		`\400`, `a\\b`, `\`, `\\`, `x\377`, "====", "AAA=", "AAA=B",
	}, texts...)
	for _, format := range []string{"hex", "HEX", "base64", "escape", "x", ""} {
		for _, b := range blobs {
			same(answerText(AppendEncode(nil, b, format)), "encode(%s, %s)", b, format)
		}
		for _, s := range coded {
			b, err := AppendDecode(nil, s, format)
			same(answerText(append([]byte(`\x`), fmt.Sprintf("%x", b)...), err), "decode(%s, %s)", s, format)
		}
	}
	for _, n := range numbers {
		for _, m := range numbers {
			b, err := SubstringBytes([]byte("abcdef"), n, &m)
			same(answerText([]byte(fmt.Sprintf(`\x%x`, b)), err), "substr('abcdef'::bytea, %s, %s)", n, m)
		}
		b, err := SubstringBytes([]byte("abcdef"), n, nil)
		same(answerText([]byte(fmt.Sprintf(`\x%x`, b)), err), "substr('abcdef'::bytea, %s)", n)
	}
	same(fmt.Sprintf(`\x%x`, TrimBytes([]byte("xyabxyx"), []byte("xy"), true, true)), `btrim('xyabxyx'::bytea, 'xy'::bytea)`)
}

func TestFormatEqualsPostgres(t *testing.T) {
	same := comparer(t)
	patterns := []string{
		"%s", "%I", "%L", "a%%b", "%1$s %1$s", "%2$s%s", "%3$s", "%5s|", "%-5s|", "%05s", "%*s|", "%-*s|", "%2$*1$s|", "%*2$s", "%", "%1", "%1$", "%0$s", "%x", "%*",
		"%*1s", "%*0$s", "%99999999999s", "%s %s %s", "%2147483648$s", "%-", "%--3s|", "%1$-3s|", "%5", "é%sé", "%s%", "%3$*1$L", "%I%L",
	}
	args := [][]any{{}, {"a"}, {"a b", "c"}, {nil, nil}, {3, "x", "y'z"}, {-5, "ä", nil}, {"5", "\\"}, {"", "", "select"}}
	for _, p := range patterns {
		for _, list := range args {
			sql, values := "format(%s", []any{p}
			var nullable []Nullable
			for _, a := range list {
				sql += ", %s"
				values = append(values, a)
				nullable = append(nullable, Nullable{Text: fmt.Sprint(a), Valid: a != nil})
			}
			same(answerText(AppendFormat(nil, p, nullable)), sql+")", values...)
		}
	}
}

// TestCharactersEqualPostgres asks of every character what lower, upper and the classes make of it.
func TestCharactersEqualPostgres(t *testing.T) {
	conn := session(t)
	table := ctype()
	for first := rune(1); first <= 0x10ffff; first += 4096 {
		var all []rune
		for r := first; r < first+4096 && r <= 0x10ffff; r++ {
			if r < 0xd800 || r > 0xdfff {
				all = append(all, r)
			}
		}
		s := string(all)
		if got, want := string(AppendUpper(nil, s)), ask(t, conn, "SELECT upper("+quote(s)+")"); got != want {
			t.Errorf("upper differs in the block of %U", first)
		}
		if got, want := string(AppendLower(nil, s)), ask(t, conn, "SELECT lower("+quote(s)+")"); got != want {
			t.Errorf("lower differs in the block of %U", first)
		}
		if got, want := string(AppendInitCap(nil, s)), ask(t, conn, "SELECT initcap("+quote(s)+")"); got != want {
			t.Errorf("initcap differs in the block of %U", first)
		}
	}
	if !table.is('é', classAlpha) || table.is('é', classUpper) || table.is(-1, classAlpha) {
		t.Error("classes are wrong")
	}
}
