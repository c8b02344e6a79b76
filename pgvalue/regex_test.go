package pgvalue

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"meshgate/pgcat"
	"meshgate/sqlerr"
)

// regexPatterns are expressions of every construct, right and wrong.
var regexPatterns = []string{
	"", "a", "abc", "a*", "a+", "a?", "a*?", "a+?", "a??", "(a*)(a*)", "(a*?)(a*)", "(a|ab)(c|bcd)(d*)", "(a|ab)(c|bcd)(d*)$", "(?:a|ab)(c|bcd)(d*)",
	"(a+|b)*", "(a+|b)+", "((a)|(b))*", "(a*)*", "(a*)+", "(a|b)*?c", "x*", "(x*)*", "()", "()*", "(|a)", "(a|)", "a||b", "|", "(a{2})*", "a{0}", "(a){0}b", "a{2}", "a{2,}",
	"a{1,3}?", "a{,3}", "a{3,1}", "a{256}", "a{255}", "a{", "a{x", "{1}", "a**", "*a", "+", "?", "(*a)", "a|*b", "^*", "$*", "^a", "a$", "^$", "^^a", "b^a", "a$b",
	"[abc]", "[^abc]", "[a-c]", "[c-a]", "[]a]", "[^]a]", "[a-]", "[-a]", "[a-c-e]", "[[:alpha:]]+", "[[:digit:]]+", "[[:foo:]]", "[[:alpha:", "[[.a.]]", "[[.hyphen.]-z]",
	"[[.foo.]]", "[[=a=]]", "[[==]]", "[a", "[", "[]", "[^]", `[\d]`, `[\w-]+`, `[^\s]`, `[\D]`, `[^\W]`, `[\n]`, `[\y]`, "[[:<:]]a", "a[[:>:]]", "[[:word:]]", "[[:ascii:]]+",
	"[[:punct:]]+", "[[:cntrl:]]", "[[:blank:]]", "[[:xdigit:]]+", "[[:upper:]]+", "[[:lower:]]+", "[[:space:]]", "[[:graph:]]+", "[[:print:]]+", "[[:alnum:]]+",
	`\d+`, `\D+`, `\s+`, `\S+`, `\w+`, `\W+`, `\ma`, `a\M`, `\ya\y`, `\Ya`, `\Aa`, `c\Z`, `\a`, `\b`, `\B`, `\cA`, `\e`, `\f`, `\n`, `\r`, `\t`, `\v`, `\x61`, `\x`, `\u0061`,
	`\u61`, `\U00000061`, `\U00110000`, `\U7fffffff`, `\0`, `\061`, `\141`, `\8`, `\q`, `\`, `a\`, `\.`, `\ä`, `(a)\1`, `(a)\2`, `\1(a)`, `(a*)\1`, `(a|b)\1`, `(a|b)*\1`,
	`(.)(.)\2\1`, `(a)(b)?\2`, `(a*)\1*b`, `(a+)\1{2}`, `((a)b)\2`, `((a)|b)\1`, `(?:\1)(a)`, `(a)(?:\1)*`, `(a)(?:\1{2})*`, `(a)(\1)*`, `(\w)\1`, `(^a)\1`, `(a\M)\1`, `()\1`, `()*\1`,
	`(a)\10`, `(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)\10`, "(?=a)", "(?=a)a", "(?!a).", "a(?=b)", "a(?!b)", "(?<=a)b", "(?<!a)b", "(?<=a|b)c", "(?<=^a)b", "(?=(a))a", `(?=\1)`, "(?<=a+)b",
	"(?=a|b)*", "(?<!x*)b", "(?=a.*c$)", "(?:(?=a)a|b)+", "(?:a)", "(?:a", "(a", "a)", ")", "(?", "(?<", "(?x", "(?#c)a", "(?#", "a(?#c)b", "(?i)A", "(?i)ä", "(?c)A", "(?ix)A b",
	"(?x) a # c\n b", "(?n)^b", "(?n)a$", "(?s).", "(?p)^b", "(?p).+", "(?w)^b", "(?w).+", "(?n)[^x]+", "(?z)a", "(?i", "(?q)a.c", "(?b)a\\(b\\)", "(?e)a\\d", "(?t)a b",
	"***:a", "***=a.c", "***?a", "***", "***a", "***:(?i)A", "(?xi) A", "(?n)a.b", `(?n)\Ab`, `(?n)a\Z`, `(?n)\s`, `(?n)[^a]`, `(?n)\D+`, "(?p)[^a]+", ".", ".*", ".+?", ".*?c",
	"(.*)(b+)", "(.*?)(b+)", "(.+)(.+)", "(.+?)(.+)", "(.+)(.+?)", "(.+?)(.+?)", "(.*?)(.*?)$", "^(.*?)(\\d*)$", "(a?)(ab)?", "(a?)(ab)?(abc)?", "(?:a?)(ab)?", "a(b*?)(b*)c",
	"a(?:b*?)(b*)c", "(?:a|b)+?(c)", "((a|b)+?)(c)?", "(a|b)+?", "(?:(a)|b)*", "(?:(a)|(b))*?c", "(?:(a+)(b+))+", "(?:(a+)(b+)){2,}", "((a+)b?){1,2}", "((a+?)b?){1,2}?",
	"(a{1,2}){2}", "(a{1,2}?){2}", "(a{1,2}){2,3}?", "([ab]{2}){1,}", "(a(b(c)?)?)?", "(?:(a)(b)?)+", "x(y|z)?", "(foo|foobar)(bar)?", "(foo|foobar)(bar)?$", "(?:foo|foobar)(bar)?",
	"(a.?)(b?c?)", "ä+", "[ä-ü]+", "(?i)[Ä-Ü]+", "(?i)ß", "(?i)ſ", "(?i)K", "(?i)ǆ", "(?i)[a-z]+", "(?i)[[:upper:]]+", "(?i)[^a]", "(?i)(a)\\1", "日.", "^.{2}$", `\m\w+\M`,
	`(?:^|,)([^,]*)`, `^(\w+)\s+(\w+)$`, `(\d{4})-(\d{2})-(\d{2})`, `([a-z]+)(\d+)?`, `^[^@]+@[^@]+\.[a-z]{2,}$`, `a.*?b.*c`, `(a.*?)(b.*)c`, `^a.*?c`, `(?:a.*?c){1,1}(b*)`,
	"a(b|c|d){0,1}(e)?", "(a|b|c|d|e)f", "(a+)*b", "((((a))))", "((a)(b))", "(a)|(b)", "a|(b)", "(?:(?:a))", "a(?:|b)c", "(a||b)", "[^\\s\\S]", "[\\s\\S]+", "[\\w\\W]", "\\<a", "\\>",
	"a\\{2\\}", "a\\|b", "\\(a\\)", "a{1}{2}", "(a{1}){2}", "a{1}*", "a+*", "a{2,3}{2}", "((?:a*?)b)?c", "(?:a*?b)?", "a*?$", "^a*?$", "(a*?)$", "(a+?)b*", "a+?b*", "a*b+?",
	"(?:a+?)b*", "(a+?|b)c?", "(?:a+?|b+)c?", "a{1,1}?b*", "(a{1,1}?)(b*)", "(?:ab?){1,1}?", "(ab?){1,1}?", "(ab?){1,1}",
}

var regexSubjects = []string{
	"", "a", "b", "ab", "abc", "abcd", "aaa", "aabb", "ababab", "abab", "abcabc", "xyz", "xabcx", "foobar", "foobarbar", "a b", "a\nb", "ab\nab\n", "b\na", "\n", "A", "ABC",
	"äöü", "ÄÖÜ", "aä", "日本", "2024-03-05", "user@example.org", "a,b,,c", "hello world", "aaaaab", "a.c", "a-b_c", " a  b ", "ccc", "abba", "acb", "ſß", "ǅ", "ab1 c22", "\ta\x01", "bbbb", "abcdefghijj",
}

// regexQuery compares, for one expression and many subjects, the groups of the first match, its place, a replacement of all
// matches, and the pieces between them.
const regexQuery = `SELECT coalesce(regexp_match(s, $1, $2)::text, 'no') || '|' || regexp_instr(s, $1, 1, 1, 0, $2) || '|' || regexp_instr(s, $1, 1, 1, 1, $2)
	|| '|' || regexp_replace(s, $1, '<\&,\1,\2,\x>', $2 || 'g') || '|' || regexp_count(s, $1, 1, $2) || '|' || regexp_split_to_array(s, $1, $2)::text
	|| '|' || regexp_like(s, $1, $2) || '|' || coalesce(regexp_substr(s, $1, 2, 2, $2, 1), 'no') || '|' || regexp_replace(s, $1, 'X', 2, 2, $2)
	FROM unnest($3::text[]) WITH ORDINALITY t(s, i) ORDER BY i`

func textArray(valid []bool, values ...string) string {
	a := make([]Value, len(values))
	for i, v := range values {
		if valid == nil || valid[i] {
			a[i] = v
		}
	}
	return string(DefaultFormat().AppendText(nil, pgcat.TextArray, NewArray(pgcat.Text, a)))
}

// regexAnswer is what regexQuery returns for one subject.
func regexAnswer(re *Regex, s string) (string, error) {
	m := re.Matcher()
	defer m.Release()
	m.Reset(s)
	found, err := m.Find(0)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	from, to := m.Span(0)
	if found {
		var groups []string
		var valid []bool
		for g := min(1, re.Groups()); g <= re.Groups(); g++ {
			at, _ := m.Span(g)
			groups, valid = append(groups, string(m.AppendGroup(nil, g))), append(valid, at >= 0)
		}
		b.WriteString(textArray(valid, groups...))
	} else {
		b.WriteString("no")
	}
	fmt.Fprintf(&b, "|%d|%d|", from+1, to+1)
	replaced, err := m.AppendReplaced(nil, `<\&,\1,\2,\x>`, 0, 0)
	b.Write(replaced)
	n, err2 := m.Count(0)
	spans, err3 := m.Split(nil)
	var pieces []string
	for _, p := range spans {
		pieces = append(pieces, string(m.AppendSpan(nil, p[0], p[1])))
	}
	ok, err4 := m.Matches()
	fmt.Fprintf(&b, "|%d|%s|%v|", n, textArray(nil, pieces...), ok)
	second, err5 := m.Nth(1, 2, true)
	group := min(1, re.Groups())
	if at, _ := m.Span(group); second && at >= 0 {
		b.Write(m.AppendGroup(nil, group))
	} else {
		b.WriteString("no")
	}
	last, err6 := m.AppendReplaced(nil, "X", 1, 2)
	fmt.Fprintf(&b, "|%s", last)
	return b.String(), errors.Join(err, err2, err3, err4, err5, err6)
}

func compareRegex(t *testing.T, conn *pgx.Conn, pattern, flags string, subjects []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	rows, _ := conn.Query(ctx, regexQuery, pattern, flags, subjects)
	want, err := pgx.CollectRows(rows, pgx.RowTo[string])
	o, optionErr := ParseRegexOptions(flags)
	re, reErr := CompileRegex(pattern, o.Flags)
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) {
		if got := errors.Join(optionErr, reErr); got == nil || string(sqlerr.From(firstError(optionErr, reErr)).Code) != pgErr.Code {
			t.Errorf("%q with %q: PostgreSQL refuses it with %s %s, we have %v", pattern, flags, pgErr.Code, pgErr.Message, got)
		} else if pgErr.Code == "2201B" && !strings.HasSuffix(pgErr.Message, sqlerr.From(firstError(optionErr, reErr)).Message) {
			t.Errorf("%q with %q: PostgreSQL says %q, we say %q", pattern, flags, pgErr.Message, got)
		}
		return
	}
	if err != nil {
		t.Fatal(pattern, err)
	}
	if optionErr != nil || reErr != nil {
		t.Errorf("%q with %q: %v %v", pattern, flags, optionErr, reErr)
		return
	}
	for i, s := range subjects {
		got, err := regexAnswer(re, s)
		if err != nil {
			t.Errorf("%q with %q on %q: %v", pattern, flags, s, err)
		} else if got != want[i] {
			t.Errorf("%q with %q on %q:\n got %s\nwant %s", pattern, flags, s, got, want[i])
		}
	}
}

func TestRegexEqualsPostgres(t *testing.T) {
	conn := session(t)
	for _, p := range regexPatterns {
		compareRegex(t, conn, p, "", regexSubjects)
	}
	for _, f := range []string{"i", "n", "p", "w", "s", "x", "q", "b", "e", "m", "c", "ix", "qi", "be", "qn", "z"} {
		for _, p := range regexPatterns {
			compareRegex(t, conn, p, f, regexSubjects[:20])
		}
	}
}

// randomRegex writes an expression of a few characters in which preferences, groups and references meet.
func randomRegex(r *rand.Rand, depth int, groups *int) string {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	var b strings.Builder
	for range 1 + r.IntN(3) {
		atom := ""
		switch k := r.IntN(14); {
		case k < 6 || depth == 0:
			atom = pick("a", "b", "c", ".", "[ab]", "[^a]", `\w`, "ab", "x")
		case k < 9:
			*groups++
			atom = "(" + randomRegex(r, depth-1, groups) + ")"
		case k < 11:
			atom = "(?:" + randomRegex(r, depth-1, groups) + ")"
		case k < 12:
			b.WriteString(pick("^", "$", `\m`, `\M`, `\y`, `\Y`))
			continue
		case k < 13 && *groups > 0:
			atom = fmt.Sprintf(`\%d`, 1+r.IntN(*groups))
		default:
			n := *groups
			b.WriteString(pick("(?=", "(?!", "(?<=", "(?<!") + randomRegex(r, 0, &n) + ")")
			continue
		}
		b.WriteString(atom + pick("", "", "", "*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{1,2}?", "{0,2}", "{1,1}?", "{1,1}", "{2,}"))
	}
	if depth > 0 && r.IntN(4) == 0 {
		return b.String() + "|" + randomRegex(r, depth-1, groups)
	}
	return b.String()
}

func TestRandomRegexesEqualPostgres(t *testing.T) {
	conn := session(t)
	r := rand.New(rand.NewPCG(7, 7))
	for range 2000 {
		groups := 0
		p := randomRegex(r, 3, &groups)
		compareRegex(t, conn, p, []string{"", "", "i", "n"}[r.IntN(4)], []string{"", "a", "ab", "ba", "aab", "abab", "abcab", "aaaa", "cbabca", "bb aa", "ab\nab", "xax"})
	}
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestSimilarToEqualsPostgres(t *testing.T) {
	same := comparer(t)
	patterns := append([]string{"a%", "_b_", "(a|b)%", "a_c|b%", `a\%`, "a!%", "[a-c]%", `[\]`, "[a!]]", "%(b|d)%", "a+", "a{2}", `%#"b#"%`, `a#"%#"c`, `#"a`, `#"#"#"`, "é_", "éé", "!", "^a$", "a.c"}, texts...)
	for _, p := range patterns {
		same(answerText(SimilarEscape(nil, p, nil)), "similar_to_escape(%s)", p)
		for _, e := range []string{"!", "", "#", `\`, "é", "ab"} {
			same(answerText(SimilarEscape(nil, p, &e)), "similar_to_escape(%s, %s)", p, e)
		}
	}
}
