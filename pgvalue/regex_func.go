package pgvalue

import (
	"strings"
	"sync"
	"unicode/utf8"

	"meshgate/sqlerr"
)

// RegexOptions are what the flags argument of a regexp_ function says.
type RegexOptions struct {
	Flags  RegexFlags
	Global bool
}

// ParseRegexOptions reads a flags argument (parse_re_flags).
func ParseRegexOptions(text string) (RegexOptions, error) {
	o := RegexOptions{Flags: RegexAdvanced}
	for _, c := range text {
		switch c {
		case 'g':
			o.Global = true
		case 'b', 'e':
			// PostgreSQL 15 clears with e what it has just set, so that both mean basic expressions.
			o.Flags &^= RegexAdvanced | RegexQuote
		case 'q':
			o.Flags = o.Flags&^RegexAdvanced | RegexQuote
		default:
			if !o.Flags.common(c) {
				return o, sqlerr.Newf(sqlerr.InvalidParameterValue, "invalid regular expression option")
			}
		}
	}
	return o, nil
}

// NotGlobal refuses option g for a function that has no use for it.
func (o RegexOptions) NotGlobal(function string) error {
	if !o.Global {
		return nil
	}
	return sqlerr.Newf(sqlerr.InvalidParameterValue, `%s() does not support the "global" option`, function)
}

// regexCache holds compiled expressions: two generations, of which the older goes when the younger is full, so that what is in
// use stays.
type regexCache struct {
	mu         sync.Mutex
	young, old map[regexKey]*Regex
}

type regexKey struct {
	pattern string
	flags   RegexFlags
}

// regexCacheSize is the number of expressions in a generation.
const regexCacheSize = 256

var compiledRegexes regexCache

// CachedRegex returns a compiled expression, from a cache where it is known.
func CachedRegex(pattern string, flags RegexFlags) (*Regex, error) {
	return compiledRegexes.get(pattern, flags)
}

func (c *regexCache) get(pattern string, flags RegexFlags) (*Regex, error) {
	key := regexKey{pattern, flags}
	c.mu.Lock()
	re := c.young[key]
	if re == nil {
		re = c.old[key]
		if re != nil {
			c.put(regexKey{strings.Clone(pattern), flags}, re)
		}
	}
	c.mu.Unlock()
	if re != nil {
		return re, nil
	}
	pattern = strings.Clone(pattern) // the caller's may be the engine's memory, and a program keeps parts of it
	re, err := CompileRegex(pattern, flags)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.put(regexKey{pattern, flags}, re)
	return re, nil
}

// put needs the lock.
func (c *regexCache) put(key regexKey, re *Regex) {
	if len(c.young) >= regexCacheSize || c.young == nil {
		c.young, c.old = make(map[regexKey]*Regex, regexCacheSize), c.young
	}
	c.young[key] = re
}

// Each finds all matches from a character on and calls do for each until it returns false. A match of no characters does not
// stop the search (setup_regexp_matches).
func (m *RegexMatcher) Each(from int, groups bool, do func() bool) error {
	for from <= m.in.n {
		found, err := m.find(from, groups)
		if err != nil || !found {
			return err
		}
		match := m.spans[0]
		if !do() {
			return nil
		}
		from = match.to
		if match.from == match.to {
			from++
		}
	}
	return nil
}

// Count counts the matches from a character on.
func (m *RegexMatcher) Count(from int) (int, error) {
	n := 0
	err := m.Each(from, false, func() bool { n++; return true })
	return n, err
}

// Nth finds the n-th match from a character on; its groups are Span's.
func (m *RegexMatcher) Nth(from, n int, groups bool) (bool, error) {
	k := 0
	err := m.Each(from, groups, func() bool { k++; return k < n })
	return k == n, err
}

// Split appends the stretches between the matches, as places. Empty matches at the ends and right after another match do not
// count.
func (m *RegexMatcher) Split(spans [][2]int) ([][2]int, error) {
	start, previous := 0, 0
	err := m.Each(0, false, func() bool {
		match := m.spans[0]
		if match.from < m.in.n && match.to > previous {
			spans = append(spans, [2]int{start, match.from})
			start = match.to
		}
		previous = match.to
		return true
	})
	return append(spans, [2]int{start, m.in.n}), err
}

// AppendReplaced appends the text with its n-th match from a character on replaced, or with all of them where n is 0. In the
// replacement \1 to \9 are groups and \& the match (replace_text_regexp).
func (m *RegexMatcher) AppendReplaced(dst []byte, replacement string, from, n int) ([]byte, error) {
	groups := false
	for i := 0; i+1 < len(replacement); i++ {
		if replacement[i] == '\\' {
			i++
			groups = groups || replacement[i] >= '1' && replacement[i] <= '9'
		}
	}
	done, matches := 0, 0
	err := m.Each(from, groups, func() bool {
		matches++
		if n > 0 && matches != n {
			return true
		}
		dst = m.in.appendSpan(dst, done, m.spans[0].from)
		dst = m.appendReplacement(dst, replacement)
		done = m.spans[0].to
		return n == 0
	})
	return m.in.appendSpan(dst, done, m.in.n), err
}

func (m *RegexMatcher) appendReplacement(dst []byte, replacement string) []byte {
	for {
		i := strings.IndexByte(replacement, '\\')
		if i < 0 || i+1 == len(replacement) {
			return append(dst, replacement...)
		}
		rest := replacement
		dst = append(dst, rest[:i]...)
		c := rest[i+1]
		replacement = rest[i+2:]
		switch {
		case c >= '1' && c <= '9':
			if g := int(c - '0'); g < len(m.spans) {
				dst = m.AppendGroup(dst, g)
			}
		case c == '&':
			dst = m.AppendGroup(dst, 0)
		case c == '\\':
			dst = append(dst, '\\')
		default:
			// Anything else is itself, the backslash too; what follows it is read as if alone.
			dst = append(dst, '\\')
			replacement = rest[i+1:]
		}
	}
}

// SimilarEscape turns a pattern of SIMILAR TO into a regular expression (similar_escape_internal). A nil escape is a backslash,
// an empty one none.
func SimilarEscape(dst []byte, pattern string, escape *string) ([]byte, error) {
	e := `\`
	if escape != nil {
		if e = *escape; utf8.RuneCountInString(e) > 1 {
			return dst, sqlerr.Newf(sqlerr.InvalidEscapeSequence, "invalid escape string").
				WithHint("Escape string must be empty or one character.")
		}
	}
	dst = append(dst, "^(?:"...)
	escaped, inBrackets := false, false
	quotes := 0
	for pattern != "" {
		_, size := utf8.DecodeRuneInString(pattern)
		c := pattern[:size]
		pattern = pattern[size:]
		switch {
		case escaped && c == `"` && !inBrackets:
			if quotes++; quotes > 2 {
				return dst, sqlerr.Newf("2200C", "SQL regular expression may not contain more than two escape-double-quote separators")
			}
			dst = append(dst, [...]string{"){1,1}?(", "){1,1}(?:"}[quotes-1]...)
			escaped = false
		case escaped:
			dst, escaped = append(append(dst, '\\'), c...), false
		case c == e:
			escaped = true
		case inBrackets:
			if c == `\` {
				dst = append(dst, '\\')
			}
			dst = append(dst, c...)
			inBrackets = c != "]"
		default:
			dst = appendSimilar(dst, c)
			inBrackets = c == "["
		}
	}
	return append(dst, ")$"...), nil
}

// appendSimilar appends a character of a SIMILAR TO pattern outside brackets.
func appendSimilar(dst []byte, c string) []byte {
	switch c {
	case "%":
		return append(dst, ".*"...)
	case "_":
		return append(dst, '.')
	case "(":
		return append(dst, "(?:"...)
	case `\`, ".", "^", "$":
		dst = append(dst, '\\')
	}
	return append(dst, c...)
}
