package pgvalue

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// pathTexts are paths: right ones, and wrong ones of all kinds.
var pathTexts = []string{
	"", " ", "$", "strict $", "lax $", "STRICT $.A", "Null", "null", "true", "TRUE", "$.true", "$.TRUE.is.to", "@", "last", "$[last]", "$[last ? (exists(last))]", "$ ? (@ > 1)", "$ ? (@)", "$ ? ($.a)",
	"$.a.b", `$."a b"`, `$.a\u0020b`, `$.\x41\n`, `$.a/**/.b`, "$.a /* c */ .b", "$/*x", `$."\u0000"`, `"\ud83d\ude00"`, `"\ud83d"`, `"\ude00"`, `"\ud83d\ud83d"`, `"\u{1F600}"`, `"\u{110000}"`, `"\u12"`, `"\x4"`, `"\q\""`, `"a`, `"a\`,
	"$v", `$"v w"`, "$v.a", "$ v", "1", "01", "1.", ".5", "1.5e3", "1e", "1e+", "1e5x", "1.5x", "0x1", "1_000", "-1", "+1", "- 1", "-(1)", "-1.5.type()", "1.type()", "1 .type()", "(1).type()", "(-1).abs()", "-$.a", "+$", "--1", "-(-$)", "- - $",
	"$ + 1 * 2 - 3", "($ + 1) * 2", "$ + (1 * 2)", "$ - (1 - 2)", "($ - 1) - 2", "1 + $ % 3 / 4", "-$ + 1", "-($ + 1)", "-$.a * 2", "(1 + 2).type()", "($ + 1)[0]", "($.a).b", "(($.a)).b ? (@ == 1)", "((1))",
	"$ == 1", "1 == 2 == 3", "$ == 1 && $ == 2 || $ == 3", "$ == 1 || $ == 2 && $ == 3", "($ == 1 || $ == 2) && $ == 3", "$ && 1", "!($ == 1)", "!$ == 1", "!exists($)", "!(exists($))", "!!($ == 1)", "!(1)", "(exists($)).type()", "exists($).a", "exists(exists($))", "($ == 1).type()", "($ == 1) == true", "($ == 1) is unknown", "(1) is unknown", "exists($) is unknown", "(($ == 1) is unknown) && $ == 1",
	"$ <> 1", "$ != 1", "$ = 1", "$ >= 1", "$ < = 1", `$ starts with "a"`, "$ starts with $x", "$ starts with 1", `$ starts "a"`, `"a" starts with "b" && $ == 1`, `$ like_regex "a"`, `$ like_regex "("`, `$ like_regex "a" flag "ismq"`, `$ like_regex "a" flag "qqi"`, `$ like_regex "a" flag "x"`, `$ like_regex "a" flag "xq"`, `$ like_regex "a" flag "z"`, `$ like_regex "a" flag ""`, `$ like_regex $x`, `($ like_regex "a") is unknown`, `$.a like_regex "b" && 1 == 1`, `(1 + $) like_regex "a"`,
	"$.*", "$.**", "$.**.a", "$.**{2}", "$.**{2 to 3}", "$.**{last}", "$.**{last to 3}", "$.**{0 to last}", "$.**{3 to last}", "$.**{last to last}", "$.**{0}", "$.**{-1}", "$.**{1.5}", "$.**{99999999999}", "$.**{4294967295}", "$**", "$ .* .a",
	"$[*]", "$[0]", "$[1,2 to 3, last]", "$[1 to 2 to 3]", "$[]", "$[1", "$[$.a]", "$[-1]", "$[last - 1]", "$[1 == 2]", "$[0][*].a[*]", "$[(1)]", "$.a[1 ? (@ == last)]",
	"$.type()", "$.size()", "$.double()", "$.abs()", "$.floor()", "$.ceiling()", "$.keyvalue()", "$.ABS()", "$.type", "$.type ()", "$.foo()", `$."type"()`, "$.type(1)", "$.datetime()", `$.datetime("YYYY")`, "$.datetime(1)", `$.datetime("a", "b")`, "$.keyvalue().value.type()",
	"$ ? (@ == 1) ? (@ == 2).a", "$ ?(@.a ?(@.b == 1) == 2)", "$ ? (exists(@.a ? (@ == $.b)))", "$ ? ((@ == 1))", "$ ? (!(@ == 1))", "$?(1 == 1)", "$.a?b", "$.a.", ".a", "$a b", "$ $", "$.a b", "#", "$.:a", "$ ; 1", "1 + ", "(", ")", "()", "$.a[*].b ? (@ > 1 && @ < 5) .c", "$.äö", `"ä"`, "$.1", "$.a1", "$.$a", "$.$", "$ is unknown", "$.like_regex.flag.starts.with.last.exists", "last.a", "$.a == last", "strict", "strict strict $", "lax", "$. type()", "$.is", "$.to", "$ to 1", "exists", "exists ($.a) && true == true", "true && false", "(true) is unknown", "null.type()", "true == false", `"x".size()`,
}

func TestJSONPathInputEqualsPostgres(t *testing.T) {
	c := newDateCheck(t)
	check := func(text string) {
		t.Helper()
		got, err := NormalizeJSONPath(text)
		c.equal(quote(text)+"::jsonpath", orState(got, err))
	}
	for _, text := range pathTexts {
		check(text)
	}
	r := rand.New(rand.NewPCG(4, 4))
	for range 1500 {
		check(randomTokens(r))
	}
}

// randomTokens are pieces of paths in any order.
func randomTokens(r *rand.Rand) string {
	pieces := strings.Split("$|@|last|.a|.b|.*|.**|.**{1}|[*]|[0]|[0 to last]|[|]|(|)|?(|?|exists(|!(|!|1|2.5|-|+|*|/|%|==|<|>=|!=|&&|\\|\\|| && | to |\"a\"|true|null|.type()|.abs()| is unknown| starts with \"a\"| like_regex \"a\"|$v|,", "|")
	s := ""
	for range 1 + r.IntN(7) {
		p := pieces[r.IntN(len(pieces))]
		if strings.HasSuffix(p, `\`) {
			p = "||"
		}
		s += p
	}
	return s
}

// randomPath is mostly right: an expression of some depth.
func randomPath(r *rand.Rand, depth int, filter bool) string {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	if depth == 0 {
		if filter {
			return pick("@", "@.a", "@.b[*]", "1", `"x"`, "null", "true", "$.c", "$v")
		}
		return pick("$", "$.a", "$.b", "$[*]", "2", "-1.5", `"x"`, "null", "false", "$v", "$w.a")
	}
	inner := randomPath(r, depth-1, filter)
	switch r.IntN(9) {
	case 0:
		return "(" + inner + " " + pick("+", "-", "*", "/", "%") + " " + randomPath(r, depth-1, filter) + ")"
	case 1:
		return pick("-", "+") + "(" + inner + ")"
	case 2, 3:
		return "(" + inner + ")" + pick(".a", ".b", ".*", ".**", ".**{1}", ".**{1 to last}", ".**{last}", "[*]", "[0]", "[last]", "[1 to 3]", "[last - 1, 0]", "[-1]", `["x"]`, "[5]")
	case 4, 5:
		return "(" + inner + ")" + pick(".type()", ".size()", ".double()", ".abs()", ".floor()", ".ceiling()", ".keyvalue()", ".keyvalue().id", ".keyvalue().value", ".datetime()", ".datetime().type()")
	}
	return "(" + inner + ") ? (" + randomPredicate(r, depth-1) + ")"
}

func randomPredicate(r *rand.Rand, depth int) string {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	left := randomPath(r, max(depth-1, 0), true)
	if depth > 0 {
		switch r.IntN(6) {
		case 0:
			return "(" + randomPredicate(r, depth-1) + pick(" && ", " || ") + randomPredicate(r, depth-1) + ")"
		case 1:
			return "!(" + randomPredicate(r, depth-1) + ")"
		case 2:
			return "(" + randomPredicate(r, depth-1) + ") is unknown"
		}
	}
	switch r.IntN(5) {
	case 0:
		return "exists(" + left + ")"
	case 1:
		return left + pick(` starts with "x"`, " starts with $v", ` like_regex "^[x1]"`, ` like_regex "X" flag "i"`)
	}
	return left + pick(" == ", " != ", " < ", " > ", " <= ", " >= ") + randomPath(r, max(depth-1, 0), true)
}

// pathCheck compares all functions over one value and path.
func pathCheck(c *dateCheck, doc, path, vars string, zone bool) {
	c.t.Helper()
	if _, err := NormalizeJSONPath(path); err != nil {
		return
	}
	tz := ""
	if zone {
		tz = "_tz"
	}
	json, err := NormalizeJSONB(doc)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, silent := range []bool{false, true} {
		call := &JSONPathCall{JSON: json, Path: path, Vars: vars, Silent: silent}
		if zone {
			call.Zone = &c.f
		}
		args := fmt.Sprintf("(%s::jsonb, %s::jsonpath, %s::jsonb, %v)", quote(doc), quote(path), quote(vars), silent)
		answer := func(v, known bool, err error) string {
			switch {
			case err != nil:
				return sqlState(err)
			case !known:
				return "NULL"
			}
			return fmt.Sprint(v)[:1]
		}
		c.equal("jsonb_path_exists"+tz+args, answer(call.Exists()))
		c.equal("jsonb_path_match"+tz+args, answer(call.Match()))
		list, err := call.Query()
		c.equal("jsonb_path_query_array"+tz+args, orState("["+strings.Join(list, ", ")+"]", err))
	}
}

func TestRandomJSONPathsEqualPostgres(t *testing.T) {
	c := newDateCheck(t)
	r := rand.New(rand.NewPCG(6, 9))
	docs := []string{
		`{"a": [1, {"a": -2.50, "b": "x1"}, [3, [4]]], "b": {"a": "12", "c": null}, "c": 2}`, `[]`, `{}`, `[1, "x", null, true, [2, 3], {"a": {"b": [{"a": 1}]}}]`, `"x"`, `1.0e2`, `null`,
		`{"b": [{"a": 12345678.00009, "bb": 0.0001}, {"b": [true, {"a": {}}]}], "a": {"x": {"a": 1e70}}, "long key": [[{"a": []}]]}`, `["2020-02-29", "10:20:30+02", "x", 5e400]`,
	}
	for range 1200 {
		path := []string{"", "strict "}[r.IntN(2)]
		if r.IntN(3) == 0 {
			path += randomPredicate(r, 2)
			path = strings.ReplaceAll(path, "@", "$")
		} else {
			path += randomPath(r, 1+r.IntN(3), false)
		}
		pathCheck(c, docs[r.IntN(len(docs))], path, `{"v": "x", "w": {"a": {"q": 1}}}`, false)
	}
	pathCheck(c, "1", "$nosuch", "{}", false)
	pathCheck(c, "1", "$", "[]", false)
	pathCheck(c, "1", "exists($nosuch) || $ == 1", "{}", false)
}

func TestJSONPathMomentsEqualPostgres(t *testing.T) {
	c := newDateCheck(t)
	texts := []string{
		"2017-03-10", "2017-3-1", "2017-03-11T12:34", "2017-03-10 12:34:56", "2017-03-10T12:34:56.789", "2017-03-10 12:34:56+3", "2017-03-10T12:34:56-03:30", "12:34:56", "12:34:56.5", "12:34:56+5:20", "12:34:56 -05", "24:00:00", "12:60:00",
		"2017-02-30", "20170310", "2017-03-10 ", " 2017-03-10", "2017-03-10x", "", "0001-01-01", "10000-01-01", "2017-03-12 02:30:00", "12:34:56.1234567", "2017-03-10 12:34:56.5+16",
	}
	for _, s := range texts {
		doc := `"` + s + `"`
		pathCheck(c, doc, "$.datetime()", "{}", false)
		pathCheck(c, doc, "$.datetime().type()", "{}", false)
		for _, f := range []string{"YYYY-MM-DD", "YYYY-MM-DD HH24:MI:SS", `YYYY-MM-DD"T"HH24:MI:SSTZH`, "HH24:MI:SS.FF2", "HH24:MI:SSTZH:TZM", "yyyy/mm/dd", "YYYYMMDD", "aaa", "HH:MI AM", "YYYY-MM-DD TZH", "", "TZH", "YYYY|MM", "Day"} {
			pathCheck(c, doc, "$.datetime("+`"`+strings.ReplaceAll(f, `"`, `\"`)+`")`, "{}", false)
		}
	}
	doc := `["2017-03-10", "2017-03-10 00:00:00", "2017-03-10 05:00:00+00", "2017-03-10T00:00:00-05", "10:00:00", "10:00:00-05", "15:00:00+00", "2017-03-12 02:30:00", "2017-03-12 03:30:00-04", "15:00:00.5"]`
	for i := range 10 {
		for _, op := range []string{"==", "!=", "<", ">=", ">"} {
			for _, zone := range []bool{false, true} {
				pathCheck(c, doc, fmt.Sprintf("$[*].datetime() ? (@ %s $[%d].datetime())", op, i), "{}", zone)
			}
		}
	}
}
