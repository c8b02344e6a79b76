package duck

import (
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

// regexUse keeps the expression of the last row, which mostly is the next one's.
type regexUse struct {
	pattern string
	flags   pgvalue.RegexFlags
	re      *pgvalue.Regex
	m       *pgvalue.RegexMatcher
	spans   [][2]int
}

func (u *regexUse) release() {
	if u.m != nil {
		u.m.Release()
		u.m, u.re = nil, nil
	}
}

// matcher returns a matcher set to a text, or nil after an error.
func (r *Row) matcher(s, pattern string, flags pgvalue.RegexFlags) *pgvalue.RegexMatcher {
	u := &r.regex
	if u.re == nil || u.flags != flags || u.pattern != pattern {
		u.release()
		re, err := pgvalue.CachedRegex(pattern, flags)
		if err != nil {
			r.Fail(err)
			return nil
		}
		u.re, u.pattern, u.flags, u.m = re, pattern, flags, re.Matcher()
	}
	u.m.Reset(s)
	return u.m
}

// options reads a flags argument of a function that has no use for "global"; ok is false after an error.
func (r *Row) options(flags, function string) (o pgvalue.RegexOptions, ok bool) {
	o, err := pgvalue.ParseRegexOptions(flags)
	if err == nil && function != "" {
		err = o.NotGlobal(function)
	}
	r.Fail(err)
	return o, err == nil
}

func init() {
	regexTests()
	regexFinds()
	regexPlaces()
	regexReplaces()
	regexSplits()
}

func (r *Row) matches(s, pattern string, flags pgvalue.RegexFlags) bool {
	m := r.matcher(s, pattern, flags)
	if m == nil {
		return false
	}
	found, err := m.Matches()
	return check(r, found, err)
}

func regexTests() {
	fn2("meshgate_regex", func(r *Row, s, pattern string) bool { return r.matches(s, pattern, pgvalue.RegexAdvanced) })
	fn2("meshgate_regex_nocase", func(r *Row, s, pattern string) bool {
		return r.matches(s, pattern, pgvalue.RegexAdvanced|pgvalue.RegexIgnoreCase)
	})
	fn3("meshgate_regexp_like", func(r *Row, s, pattern, flags string) bool {
		o, ok := r.options(flags, "regexp_like")
		return ok && r.matches(s, pattern, o.Flags)
	})
	fn2("meshgate_similar_escape", func(r *Row, pattern, escape string) chars {
		return r.chars(pgvalue.SimilarEscape(r.scratch(), pattern, &escape))
	})
}

func regexFinds() {
	fn2("meshgate_regexp_substring", func(r *Row, s, pattern string) chars {
		m := r.matcher(s, pattern, pgvalue.RegexAdvanced)
		if m == nil {
			return nil
		}
		found, err := m.Find(0)
		r.Fail(err)
		group := min(1, r.regex.re.Groups())
		if found {
			if from, _ := m.Span(group); from >= 0 {
				return r.chars(m.AppendGroup(r.scratch(), group), nil)
			}
		}
		r.Null()
		return nil
	})
	fn3("meshgate_regexp_match", func(r *Row, s, pattern, flags string) list[string] {
		o, ok := r.options(flags, "regexp_match")
		if !ok {
			return list[string]{}
		}
		m := r.matcher(s, pattern, o.Flags)
		if m == nil {
			return list[string]{}
		}
		found, err := m.Find(0)
		r.Fail(err)
		if !found {
			r.Null()
			return list[string]{}
		}
		return r.groups(m)
	})
	// The arrays of regexp_matches travel as their texts.
	fn3("meshgate_regexp_matches", func(r *Row, s, pattern, flags string) list[string] {
		var out list[string]
		o, ok := r.options(flags, "")
		if !ok {
			return out
		}
		m := r.matcher(s, pattern, o.Flags)
		if m == nil {
			return out
		}
		r.Fail(m.Each(0, true, func() bool {
			out.values = append(out.values, string(appendArrayText(nil, r.groups(m))))
			return o.Global
		}))
		return out
	})
	fn1("meshgate_text_texts", func(r *Row, text string) list[string] { return parsedTexts(r, text) })
}

// groups are the match's groups, or the match where there are none.
func (r *Row) groups(m *pgvalue.RegexMatcher) list[string] {
	n := r.regex.re.Groups()
	first := min(1, n)
	out := list[string]{values: make([]string, max(1, n)), valid: make([]bool, max(1, n))}
	for i := range out.values {
		if from, _ := m.Span(first + i); from >= 0 {
			out.values[i], out.valid[i] = string(m.AppendGroup(nil, first+i)), true
		}
	}
	return out
}

func badParameter(name string) error {
	return sqlerr.Newf(sqlerr.InvalidParameterValue, "invalid value for parameter %q", name)
}

// atLeast refuses a parameter below its least value.
func (r *Row) atLeast(name string, value, least int32) bool {
	if value < least {
		r.Fail(badParameter(name))
	}
	return value >= least
}

// nth finds the n-th match from a place on; ok is false where there is none.
func (r *Row) nth(s, pattern, flags, function string, start, n int32, groups bool) (m *pgvalue.RegexMatcher, ok bool) {
	o, ok := r.options(flags, function)
	if !ok {
		return nil, false
	}
	if m = r.matcher(s, pattern, o.Flags); m == nil {
		return nil, false
	}
	found, err := m.Nth(int(start)-1, int(n), groups)
	r.Fail(err)
	return m, found
}

// group is where the subexpr-th group of an expression is found; an expression without groups has itself for one.
func (r *Row) group(subexpr int32) (n int, ok bool) {
	if groups := r.regex.re.Groups(); groups > 0 {
		return int(subexpr), int(subexpr) <= groups
	}
	return 0, subexpr <= 1
}

func regexPlaces() {
	fn4("meshgate_regexp_count", func(r *Row, s, pattern string, start int32, flags string) int32 {
		if !r.atLeast("start", start, 1) {
			return 0
		}
		o, ok := r.options(flags, "regexp_count")
		if !ok {
			return 0
		}
		m := r.matcher(s, pattern, o.Flags)
		if m == nil {
			return 0
		}
		n, err := m.Count(int(start) - 1)
		return int32(check(r, n, err))
	})
	fn7("meshgate_regexp_instr", func(r *Row, s, pattern string, start, n, end int32, flags string, subexpr int32) int32 {
		if !r.atLeast("start", start, 1) || !r.atLeast("n", n, 1) {
			return 0
		}
		if end != 0 && end != 1 {
			r.Fail(badParameter("endoption"))
			return 0
		}
		if !r.atLeast("subexpr", subexpr, 0) {
			return 0
		}
		m, found := r.nth(s, pattern, flags, "regexp_instr", start, n, subexpr > 0)
		if !found {
			return 0
		}
		group, ok := r.group(subexpr)
		if !ok {
			return 0
		}
		from, to := m.Span(group)
		if end == 1 {
			from = to
		}
		return int32(from) + 1
	})
	fn6("meshgate_regexp_substr", func(r *Row, s, pattern string, start, n int32, flags string, subexpr int32) chars {
		if !r.atLeast("start", start, 1) || !r.atLeast("n", n, 1) || !r.atLeast("subexpr", subexpr, 0) {
			return nil
		}
		m, found := r.nth(s, pattern, flags, "regexp_substr", start, n, subexpr > 0)
		if found {
			if group, ok := r.group(subexpr); ok {
				if from, _ := m.Span(group); from >= 0 {
					return r.chars(m.AppendGroup(r.scratch(), group), nil)
				}
			}
		}
		r.Null()
		return nil
	})
}

func regexReplaces() {
	replaced := func(r *Row, s, pattern, replacement string, flags pgvalue.RegexFlags, start, n int32) chars {
		m := r.matcher(s, pattern, flags)
		if m == nil {
			return nil
		}
		return r.chars(m.AppendReplaced(r.scratch(), replacement, int(start)-1, int(n)))
	}
	fn4("meshgate_regexp_replace", func(r *Row, s, pattern, replacement, flags string) chars {
		if flags != "" && flags[0] >= '0' && flags[0] <= '9' {
			r.Fail(sqlerr.Newf(sqlerr.InvalidParameterValue, "invalid regular expression option").
				WithHint("If you meant to use regexp_replace() with a start parameter, cast the fourth argument to integer explicitly."))
			return nil
		}
		o, ok := r.options(flags, "")
		if !ok {
			return nil
		}
		return replaced(r, s, pattern, replacement, o.Flags, 1, onlyFirst(o))
	})
	fn6("meshgate_regexp_replace_from", func(r *Row, s, pattern, replacement string, start, n int32, flags string) chars {
		if !r.atLeast("start", start, 1) || !r.atLeast("n", n, 0) {
			return nil
		}
		o, ok := r.options(flags, "")
		if !ok {
			return nil
		}
		return replaced(r, s, pattern, replacement, o.Flags, start, n)
	})
}

// onlyFirst is how many matches the flags replace: 0 means all.
func onlyFirst(o pgvalue.RegexOptions) int32 {
	if o.Global {
		return 0
	}
	return 1
}

func regexSplits() {
	split := func(function string) func(r *Row, s, pattern, flags string) list[string] {
		return func(r *Row, s, pattern, flags string) list[string] {
			var out list[string]
			o, ok := r.options(flags, function)
			if !ok {
				return out
			}
			m := r.matcher(s, pattern, o.Flags)
			if m == nil {
				return out
			}
			spans, err := m.Split(r.regex.spans[:0])
			r.Fail(err)
			r.regex.spans = spans
			for _, p := range spans {
				out.values = append(out.values, string(m.AppendSpan(nil, p[0], p[1])))
			}
			return out
		}
	}
	fn3("meshgate_regexp_split", split("regexp_split_to_array"))
	fn3("meshgate_regexp_split_rows", split("regexp_split_to_table"))
}
