package pgvalue

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"meshgate/pgcat"
)

var jsonTexts = []string{
	`null`, `true`, `false`, `0`, `1`, `-1.50`, `1e5`, `1.0`, `1.00`, `"a"`, `""`, `"é\"\\\n"`, `"\u0041\u00e9\ud83d\ude00"`, `[]`, `{}`, ` [ ] `, ` { } `, `[1, 2,3 ]`,
	`[1,"a",null,true,[2],{"b":1}]`, `{"a":1}`, `{"b":2,"a":1}`, `{"a":1,"a":2}`, `{"a":{"b":{"c":[1,2,{"d":"x"}]}}}`, `{"a":null,"b":[null,{"c":null}],"d":{"e":null}}`,
	`[[],{},[[]],[{}]]`, `{"":1," ":2}`, `{"aa":1,"b":2,"ccc":3}`, `{"é":"ü"}`, "  {\"a\" :\t1 ,\n\"b\": [ 1 , 2 ] }  ", `  "x" `, `  12  `, `{"a\u0062":1}`, `{"a\"b":"c\\d"}`,
	`{"a":[1,2,3],"b":"[1,2]","c":"{}"}`, `["a","b","a"]`, `[1,1.0,1.00]`, `{"a":[{"b":1},{"b":2}]}`, `{"a":{"b":1},"a":{"c":2}}`, `{"a":{"b":1},"a":{"b":2}}`, `[null]`, `[false,true]`,
	`123456789012345678901234567890.123456789`, `1e-10`, `{"x":"\u0001\t"}`, `["b","a"]`, `[2]`, `[[1]]`, `{"a":true}`, `{"c":1}`, `"b"`, `"ab"`, `-0`, `[1,[2,[3,[4]]]]`,
}

var brokenJSON = []string{
	``, ` `, `{`, `}`, `[1,]`, `{"a"}`, `{"a":}`, `{a:1}`, `'a'`, `01`, `1.`, `.5`, `+1`, `nul`, `"a`, `"\x"`, `"\u12"`, "\"\t\"", `[1 2]`, `{"a":1,}`, `tru e`, `1 2`, `[`, `"\ud800"`, `"\udc00"`,
	`"\ud800x"`, `"\u0000"`, `{"\u0000":1}`, `["\u0000"]`, `{"a":"\ud800"}`, `1e`, `--1`, `NaN`, `{"a":1 "b":2}`, `[1}`,
}

// answerValue turns what an operator found into what ask returns.
func answerValue(v JSONValue, err error, asText bool) string {
	switch {
	case err != nil:
		return sqlState(err)
	case asText && v.IsNull(), !v.Found:
		return "NULL"
	case asText:
		return string(v.AppendText(nil))
	}
	return string(v.Append(nil))
}

func TestJSONOperatorsEqualPostgres(t *testing.T) {
	same := comparer(t)
	paths := [][]string{{}, {"a"}, {"a", "b"}, {"a", "b", "c", "2", "d"}, {"0"}, {"-1"}, {"a", "1"}, {"5"}, {"x"}, {" 1"}, {"1 "}, {"+1"}, {""}, {"a", "0", "b"}, {"99999999999"}, {"1", "0"}}
	for _, s := range append(jsonTexts, brokenJSON...) {
		b, err := NormalizeJSONB(s)
		same(answerText([]byte(b), err), "%s::jsonb", s)
		same(answerText([]byte(s), ValidJSON(s)), "%s::json", s)
		if ValidJSON(s) != nil {
			continue
		}
		for _, typ := range []string{"json", "jsonb"} {
			text := s
			if typ == "jsonb" {
				if err != nil {
					continue
				}
				text = b
			}
			for _, key := range []string{"a", "b", "", "aa", "é", "ab", `a"b`, "0", "x"} {
				v, err := JSONMemberOf(text, key)
				same(answerValue(v, err, false), "%s::"+typ+" -> %s", s, key)
				same(answerValue(v, err, true), "%s::"+typ+" ->> %s", s, key)
			}
			for _, n := range []int32{0, 1, -1, 2, -3, 5, 100, -100, -2147483648} {
				v, err := JSONItemOf(text, n)
				if typ == "jsonb" {
					v = JSONBItemOf(text, n)
				}
				same(answerValue(v, err, false), "%s::"+typ+" -> %s", s, n)
				same(answerValue(v, err, true), "%s::"+typ+" ->> %s", s, n)
			}
			for _, path := range paths {
				v, err := JSONPathOf(text, path)
				same(answerValue(v, err, false), "%s::"+typ+" #> %s::text[]", s, textArray(nil, path...))
				same(answerValue(v, err, true), "%s::"+typ+" #>> %s::text[]", s, textArray(nil, path...))
			}
			same(JSONTypeof(text), typ+"_typeof(%s)", s)
			n, err := JSONArrayLength(text)
			same(answerText([]byte(fmt.Sprint(n)), err), typ+"_array_length(%s)", s)
			jsonSets(same, typ, s, text)
		}
		same(answerText(AppendStrippedJSON(nil, s)), "json_strip_nulls(%s)", s)
		if err == nil {
			same(answerText(AppendStrippedJSONB(nil, b)), "jsonb_strip_nulls(%s)", s)
			same(string(AppendPrettyJSONB(nil, b)), "jsonb_pretty(%s)", s)
		}
	}
}

func jsonSets(same sameFunc, typ, s, text string) {
	collect := func(run func(add func(text string, valid bool)) error) string {
		var values []string
		var valid []bool
		err := run(func(text string, ok bool) { values, valid = append(values, text), append(valid, ok) })
		return answerText([]byte(textArray(valid, values...)), err)
	}
	same(collect(func(add func(string, bool)) error {
		return JSONElements(text, false, func(v JSONValue) { add(string(v.Append(nil)), true) })
	}), "coalesce((SELECT array_agg(x::text) FROM "+typ+"_array_elements(%s) x), '{}')", s)
	same(collect(func(add func(string, bool)) error {
		return JSONElements(text, true, func(v JSONValue) { add(string(v.AppendText(nil)), !v.IsNull()) })
	}), "coalesce((SELECT array_agg(x) FROM "+typ+"_array_elements_text(%s) x), '{}')", s)
	same(collect(func(add func(string, bool)) error {
		return JSONEach(text, func(k string, v JSONValue) { add(k+"="+string(v.Append(nil)), true) })
	}), "coalesce((SELECT array_agg(key || '=' || value) FROM "+typ+"_each(%s)), '{}')", s)
	same(collect(func(add func(string, bool)) error {
		return JSONEach(text, func(k string, v JSONValue) { add(string(v.AppendText(nil)), !v.IsNull()) })
	}), "coalesce((SELECT array_agg(value) FROM "+typ+"_each_text(%s)), '{}')", s)
	same(collect(func(add func(string, bool)) error {
		return JSONEach(text, func(k string, v JSONValue) { add(k, true) })
	}), "coalesce((SELECT array_agg(x) FROM "+typ+"_object_keys(%s) x), '{}')", s)
}

func TestJSONBEditsEqualPostgres(t *testing.T) {
	same := comparer(t)
	var list []string
	for _, s := range jsonTexts {
		b, err := NormalizeJSONB(s)
		if err != nil {
			t.Fatal(s, err)
		}
		list = append(list, b)
	}
	paths := []string{"{}", "{a}", "{a,b}", "{0}", "{-1}", "{5}", "{-5}", "{a,0}", "{a,x}", "{zz}", "{b,1,c}", "{NULL}", "{a,NULL}", "{a,b,c,2,d}", "{1,0}", `{""}`, "{a,0,b}"}
	for _, a := range list {
		for _, key := range []string{"a", "b", "", "é", "x"} {
			same(fmt.Sprint(JSONBExists(a, key))[:1], "%s::jsonb ? %s", a, key)
			same(answerText(DeleteJSONB(nil, a, []string{key})), "%s::jsonb - %s", a, key)
		}
		same(answerText(DeleteJSONB(nil, a, []string{"a", "b"})), "%s::jsonb - '{a,b,NULL}'::text[]", a)
		for _, n := range []int32{0, 1, -1, 3, -9, 9} {
			same(answerText(DeleteJSONBAt(nil, a, n)), "%s::jsonb - %s", a, n)
		}
		for _, path := range paths {
			array, err := ParseArray(pgcat.Text, -1, path, DefaultFormat())
			if err != nil {
				t.Fatal(err)
			}
			var p []Nullable
			for _, v := range array.Values {
				s, ok := v.(string)
				p = append(p, Nullable{s, ok})
			}
			same(answerText(DeleteJSONBPath(nil, a, p)), "%s::jsonb #- %s", a, path)
			for _, flag := range []bool{true, false} {
				same(answerText(SetJSONB(nil, a, p, `{"new": 1}`, flag)), "jsonb_set(%s, %s, '{\"new\":1}', %s)", a, path, flag)
				same(answerText(InsertJSONB(nil, a, p, `"new"`, flag)), "jsonb_insert(%s, %s, '\"new\"', %s)", a, path, flag)
			}
		}
		for _, b := range list {
			same(answerText(ConcatJSONB(nil, a, b)), "%s::jsonb || %s::jsonb", a, b)
			same(fmt.Sprint(JSONBContains(a, b))[:1], "%s::jsonb @> %s::jsonb", a, b)
			order := bytes.Compare(AppendJSONBKey(nil, a), AppendJSONBKey(nil, b))
			same(fmt.Sprint(order), "sign(jsonb_cmp(%s, %s))", a, b)
		}
	}
}

// randomJSON writes a value in which the comparison of containers has much to do.
func randomJSON(r *rand.Rand, depth int) string {
	switch k := r.IntN(10); {
	case k < 2 && depth > 0:
		items := make([]string, r.IntN(4))
		for i := range items {
			items[i] = randomJSON(r, depth-1)
		}
		return "[" + strings.Join(items, ",") + "]"
	case k < 5 && depth > 0:
		items := make([]string, r.IntN(4))
		for i := range items {
			items[i] = fmt.Sprintf("%q:%s", []string{"a", "b", "aa", "é"}[r.IntN(4)], randomJSON(r, depth-1))
		}
		return "{" + strings.Join(items, ",") + "}"
	}
	return []string{"null", "true", "false", "1", "1.0", "-2", "100", `"a"`, `"b"`, `"ab"`, `""`, "0.5"}[r.IntN(12)]
}

func TestRandomJSONBEqualsPostgres(t *testing.T) {
	same := comparer(t)
	r := rand.New(rand.NewPCG(3, 4))
	for range 3000 {
		a, err1 := NormalizeJSONB(randomJSON(r, 3))
		b, err2 := NormalizeJSONB(randomJSON(r, 2))
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		same(fmt.Sprint(bytes.Compare(AppendJSONBKey(nil, a), AppendJSONBKey(nil, b))), "sign(jsonb_cmp(%s, %s))", a, b)
		same(fmt.Sprint(JSONBContains(a, b))[:1], "%s::jsonb @> %s::jsonb", a, b)
		same(answerText(ConcatJSONB(nil, a, b)), "%s::jsonb || %s::jsonb", a, b)
	}
}

func TestJSONOfDatesEqualsPostgres(t *testing.T) {
	same := comparer(t)
	f := DefaultFormat()
	for _, s := range []string{"2024-03-05 10:00:00", "2024-03-05 10:00:00.123456", "infinity", "-infinity", "0044-03-15 12:00:00 BC", "12024-01-01 00:00:00"} {
		ts, err := f.ParseTimestamp(s)
		if err != nil {
			t.Fatal(err)
		}
		day, _ := f.ParseDate(s)
		same(string(AppendJSONTimestamp(nil, ts)), "to_json(%s::timestamp)", s)
		same(string(AppendJSONDate(nil, day)), "to_json(%s::timestamp::date)", s)
		for _, zone := range []string{"UTC", "Asia/Kolkata", "America/St_Johns", "Europe/Berlin", "Africa/Monrovia"} {
			same(string(AppendJSONTimestampTZ(nil, ts, mustZone(zone))),
				"(SELECT to_json(%s::timestamp AT TIME ZONE 'UTC') FROM (SELECT set_config('TimeZone', %s, true)) x)", s, zone)
		}
	}
	for _, n := range []string{"1", "-1.5", "NaN", "Infinity", "1e+20", "-0"} {
		same(string(AppendJSONNumber(nil, n)), "to_json(%s::float8)", n)
	}
	if got := string(AppendJSONNumber(nil, "x")); got != `"x"` {
		t.Error(got)
	}
}

func TestDamagedJSONNeverPanics(t *testing.T) {
	for _, s := range slices.Concat(jsonTexts, brokenJSON, []string{`{"a":`, `{"a`, `["`, `[1,[`, `{"a":{"b"`, `"\`, `{:`, `[,`, `{"a"1}`, `{"a":1]`, `[1}`}) {
		for end := range len(s) + 1 {
			cut := s[:end]
			_, _ = JSONPathOf(cut, []string{"a", "0"})
			_, _ = JSONItemOf(cut, -1)
			_, _ = JSONArrayLength(cut)
			_ = JSONEach(cut, func(string, JSONValue) {})
			_, _ = ConcatJSONB(nil, cut, s)
			_ = JSONBContains(cut, s)
			_ = AppendJSONBKey(nil, cut)
			_ = AppendPrettyJSONB(nil, cut)
			_, _ = SetJSONB(nil, cut, []Nullable{{"a", true}, {"0", true}}, "1", true)
		}
	}
}
