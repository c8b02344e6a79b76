package pgvalue

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// orState is a result's text, or its SQLSTATE.
func orState(v any, err error) string {
	if err != nil {
		return sqlState(err)
	}
	if b, ok := v.([]byte); ok {
		return string(b)
	}
	return fmt.Sprint(v)
}

func randomBits(r *rand.Rand) string {
	b := make([]byte, r.IntN(20))
	for i := range b {
		b[i] = '0' + byte(r.IntN(2))
	}
	return string(b)
}

func TestBitStringsEqualPostgres(t *testing.T) {
	c := newDateCheck(t)
	r := rand.New(rand.NewPCG(3, 1))
	for range 150 {
		a, b := randomBits(r), randomBits(r)
		if r.IntN(2) == 0 {
			b += strings.Repeat("1", max(len(a)-len(b), 0))
			b = b[:len(a)]
		}
		sqlA, sqlB := "'"+a+"'::varbit", "'"+b+"'::varbit"
		n, m := int32(r.IntN(26)-5), int32(r.IntN(24)-3)
		check := func(v any, err error, sql string, args ...any) {
			t.Helper()
			c.equal(fmt.Sprintf(sql, args...), orState(v, err))
		}
		for op, name := range map[byte]string{'&': "&", '|': "|", '#': "#"} {
			v, err := CombineBits(nil, a, b, op)
			check(v, err, "%s %s %s", sqlA, name, sqlB)
		}
		check(InvertBits(nil, a), nil, "~ %s", sqlA)
		check(ShiftBits(nil, a, int64(n)), nil, "%s << %d", sqlA, n)
		check(ShiftBits(nil, a, -int64(n)), nil, "%s >> %d", sqlA, n)
		check(PositionOfBits(a, b), nil, "position(%s in %s)", sqlB, sqlA)
		check(PositionOfBits(a, b[:min(3, len(b))]), nil, "position('%s'::varbit in %s)", b[:min(3, len(b))], sqlA)
		s, err := SubstringBits(a, n, nil)
		check(s, err, "substring(%s from %d)", sqlA, n)
		s, err = SubstringBits(a, n, &m)
		check(s, err, "substring(%s from %d for %d)", sqlA, n, m)
		o, err := OverlayBits(nil, a, b, n, m)
		check(o, err, "overlay(%s placing %s from %d for %d)", sqlA, sqlB, n, m)
		g, err := BitAt(a, n)
		check(g, err, "get_bit(%s, %d)", sqlA, n)
		o, err = WithBit(nil, a, n, m)
		check(o, err, "set_bit(%s, %d, %d)", sqlA, n, m)
		if n > 0 {
			s, err = FitBits(a, n, true)
			check(s, err, "%s::bit(%d)", sqlA, n)
			s, err = FitVarBits(a, n, true)
			check(s, err, "%s::varbit(%d)", sqlA, n)
		}
	}
	for _, v := range []int64{0, 1, -1, 5, -7, 2147483647, -2147483648} {
		for _, n := range []int32{1, 3, 8, 31, 32, 33, 40, 63, 64, 65, 77} {
			c.equal(fmt.Sprintf("(%d)::int4::bit(%d)", v, n), string(AppendIntBits(nil, v, n)))
			c.equal(fmt.Sprintf("(%d)::int8::bit(%d)", v<<31, n), string(AppendIntBits(nil, v<<31, n)))
			bits := string(AppendIntBits(nil, v, n))
			i, err := IntOfBits(bits, 32)
			c.equal("B'"+bits+"'::int4", orState(i, err))
			i, err = IntOfBits(bits, 64)
			c.equal("B'"+bits+"'::int8", orState(i, err))
		}
	}
}

func TestBytesEqualPostgres(t *testing.T) {
	c := newDateCheck(t)
	hex := func(b []byte, err error) string { return orState(fmt.Sprintf("\\x%x", b), err) }
	values := []string{"", "\x00", "abc", "\xff\x00\x80", "a%b_c", `a\b`, "ä"}
	patterns := []string{"", "%", "_", "___", "a%", "%\xff%", "_\x00%", `a\\b`, `\`, `%\`, "\xc3_", "ab"}
	for _, v := range values {
		b := fmt.Sprintf("'\\x%x'::bytea", v)
		for _, p := range patterns {
			m, err := LikeBytes([]byte(v), []byte(p))
			c.equal(fmt.Sprintf("%s LIKE '\\x%x'::bytea", b, p), strings.NewReplacer("true", "t", "false", "f").Replace(orState(m, err)))
			c.equal(fmt.Sprintf("like_escape('\\x%x'::bytea, %s)", p, b), hex(LikeEscapeBytes(nil, []byte(p), []byte(v))))
		}
		for _, n := range []int32{-1, 0, 1, 2, 3, 9, 2147483647} {
			i, err := ByteAt([]byte(v), n)
			c.equal(fmt.Sprintf("get_byte(%s, %d)", b, n), orState(i, err))
			i, err = BitOfByteAt([]byte(v), int64(n))
			c.equal(fmt.Sprintf("get_bit(%s, %d)", b, n), orState(i, err))
			for _, w := range []int32{-1, 0, 1, 2, 300} {
				c.equal(fmt.Sprintf("set_byte(%s, %d, %d)", b, n, w), hex(WithByte(nil, []byte(v), n, w)))
				c.equal(fmt.Sprintf("set_bit(%s, %d, %d)", b, n, w), hex(WithBitOfByte(nil, []byte(v), int64(n), w)))
				c.equal(fmt.Sprintf("overlay(%s placing 'XY'::bytea from %d for %d)", b, n, w), hex(OverlayBytes(nil, []byte(v), []byte("XY"), n, w)))
			}
		}
		c.equal("bit_count("+b+")", fmt.Sprint(CountBits([]byte(v))))
	}
	for _, s := range []string{`\101`, `\377`, `\000`, `\400`, `\10`, `\1011`, "a", "ab", "ä", `\`, "", `\189`} {
		c.equal(quote(s)+`::"char"`, ParseChar(s))
		c.equal(quote(s)+`::text::"char"`, ParseChar(s))
	}
}

func TestArrayLiteralsEqualPostgres(t *testing.T) {
	c := newDateCheck(t)
	r := rand.New(rand.NewPCG(8, 2))
	pieces := strings.Split(`{ } {} , 1 a "x" \ "" NULL [1:2] = \N`, " ")
	texts := []string{
		"{{},{}}", "{{}}", "{{1},{}}", "{1,{2}}", "{{1},2}", "{{1},{{2}}}", "{{{1}},{2}}", "[1:2]={}", "[1:2]={1}", "[0:1]={1,2}", "[1:1][1:2]={{1,2}}",
		`{\NULL}`, `{nu\ll}`, "{NULL}", "{ }", " {1} ", "{1}}", "{{1}", "{,}", "{1,}", "{,1}", `{"a"b}`, `{a"b"}`, `{"a""b"}`, "{{{{{{{1}}}}}}}", "{{{{{{1}}}}}}", "[2]={1,2}", "[]={1}", "[1:]={1}",
		"[a:b]={1}", "[1:2]{1,2}", "[1:2] = {1,2}", " [1:2]={1,2}", "[1 :2]={1,2}", "[1:2", "[-1:0]={1,2}", "[2:1]={1}", "{a b , c d }", "{\ta\n}", "{}x", "{{1,2},{3,4}} x",
	}
	for range 600 {
		text := "{"
		for range r.IntN(8) {
			text += pieces[r.IntN(len(pieces))]
		}
		texts = append(texts, text+"}")
	}
	for _, text := range texts {
		v, err := ParseArray(25, -1, text, &c.f)
		got := ""
		if err != nil {
			if got = sqlState(err); got == "error 0A000" {
				continue
			}
		} else {
			got = string(c.f.AppendText(nil, 1009, v))
		}
		c.equal(quote(text)+"::text[]", got)
	}
}

func TestNamesEqualPostgres(t *testing.T) {
	c := newDateCheck(t)
	for _, s := range []string{
		"", " ", "a", "A.b", `"A b".c`, `"a""b"`, `"`, `""`, `a.""`, "a.", ".a", "a..b", "a b", "a[]", "1a", "_1$", "ä.Ö", "a . b", "a.b c", "a.\x0bb", "\x0ba", `a"b"`, `"a"b`, `"a".`, "$a", "a;b",
	} {
		for _, strict := range []bool{true, false} {
			parts, err := ParseIdent(s, strict)
			got := orState(strings.Join(parts, "|"), err)
			c.equal(fmt.Sprintf("array_to_string(parse_ident(%s, %v), '|')", quote(s), strict), got)
		}
	}
	for _, s := range []string{
		"", "a", `\0041`, `\u00e4`, `\U0001F600`, `\+01F600`, `\\`, `\\0041`, `\`, `\004`, `\g`, `\d83d\de00`, `\d83d`, `\d83dx`, `\de00`, `\d83d\\`, `\d83d\0041`, `\+00d83d\u de00`,
		`\+00d83d\ude00`, `\0000`, `\u0000`, `\+110000`, `\UFFFFFFFF`, `\U00110000`, `x\0041y\+000042z`, `ä\`, `\u004`, `\+00004`, `\U0000004`,
	} {
		v, err := AppendUnistr(nil, s)
		c.equal("unistr("+quote(s)+")", orState(v, err))
	}
}

// TestNormalFormsEqualPostgres compares every character, alone and after others, in all forms.
func TestNormalFormsEqualPostgres(t *testing.T) {
	conn := session(t)
	for _, form := range []string{"NFC", "NFKD"} {
		want := ask(t, conn, `SELECT string_agg(normalize(chr(i) || U&'\0301\0323a\0327', `+form+`), '' ORDER BY i) FROM generate_series(1, 1114111) AS i WHERE i < 55296 OR i > 57343`)
		rest := want
		for c := rune(1); c <= 0x10ffff; c++ {
			if c >= 0xd800 && c <= 0xdfff {
				continue
			}
			s := string(c) + "\u0301\u0323a\u0327"
			got, err := AppendNormal(nil, s, form)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(rest, string(got)) {
				t.Fatalf("%s of U+%04X: got %q, PostgreSQL has %.40q", form, c, got, rest)
			}
			rest = rest[len(got):]
		}
	}
}
