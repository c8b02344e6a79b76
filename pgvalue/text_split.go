package pgvalue

import (
	"strings"
	"unicode/utf8"

	"meshgate/sqlerr"
)

// SplitPart returns the n-th field between separators, counted from 1, or from the end where n is negative.
func SplitPart(s, separator string, n int32) (string, error) {
	if n == 0 {
		return "", sqlerr.Newf(sqlerr.InvalidParameterValue, "field position must not be zero")
	}
	if s == "" {
		return "", nil
	}
	if separator == "" {
		if n == 1 || n == -1 {
			return s, nil
		}
		return "", nil
	}
	if n < 0 {
		return splitPartFromEnd(s, separator, n), nil
	}
	for ; n > 1; n-- {
		_, after, found := strings.Cut(s, separator)
		if !found {
			return "", nil
		}
		s = after
	}
	field, _, _ := strings.Cut(s, separator)
	return field, nil
}

// splitPartFromEnd counts the separators first: where they overlap, those found from the start are the ones that count.
func splitPartFromEnd(s, separator string, n int32) string {
	fields := int64(strings.Count(s, separator)) + 1
	if int64(n)+fields < 0 {
		return ""
	}
	field, err := SplitPart(s, separator, int32(int64(n)+fields+1))
	if err != nil {
		return "" // n = -fields-1 names the field before the first
	}
	return field
}

// SplitText appends the fields of string_to_array. Without a separator every character is a field.
func SplitText(fields []string, s string, separator *string) []string {
	switch {
	case separator == nil:
		for s != "" {
			_, size := utf8.DecodeRuneInString(s)
			fields, s = append(fields, s[:size]), s[size:]
		}
	case s == "":
	case *separator == "":
		fields = append(fields, s)
	default:
		for {
			field, after, found := strings.Cut(s, *separator)
			fields = append(fields, field)
			if !found {
				break
			}
			s = after
		}
	}
	return fields
}

// LikeEscape rewrites a LIKE pattern with another escape character to one with a backslash.
func LikeEscape(dst []byte, pattern, escape string) ([]byte, error) {
	return likeEscape(dst, pattern, escape, false)
}

func likeEscape(dst []byte, pattern, escape string, bytes bool) ([]byte, error) {
	if escape == "" {
		return AppendReplace(dst, pattern, `\`, `\\`), nil
	}
	if charSize(escape, bytes) < len(escape) {
		return dst, sqlerr.Newf(sqlerr.InvalidEscapeSequence, "invalid escape string").
			WithHint("Escape string must be empty or one character.")
	}
	if escape == `\` {
		return append(dst, pattern...), nil
	}
	escaped := false
	for pattern != "" {
		size := charSize(pattern, bytes)
		switch c := pattern[:size]; {
		case c == escape && !escaped:
			dst, escaped = append(dst, '\\'), true
		case c == `\` && !escaped:
			dst = append(dst, `\\`...)
		default:
			dst, escaped = append(dst, c...), false
		}
		pattern = pattern[size:]
	}
	return dst, nil
}

// Like reports whether a text matches a LIKE pattern whose escape is a backslash (MatchText).
func Like(s, pattern string) (bool, error) {
	m, err := matchLike(s, pattern, false)
	return m == likeTrue, err
}

// likeResult says besides no that no later start can match either.
type likeResult int

const (
	likeFalse likeResult = iota
	likeTrue
	likeAbort
)

func likeEndsInEscape() error {
	return sqlerr.Newf(sqlerr.InvalidEscapeSequence, "LIKE pattern must not end with escape character")
}

// matchLike matches characters, or bytes.
func matchLike(s, p string, bytes bool) (likeResult, error) {
	for s != "" && p != "" {
		switch p[0] {
		case '%':
			return matchLikeRest(s, p[1:], bytes)
		case '_':
			s, p = s[charSize(s, bytes):], p[1:]
			continue
		case '\\':
			if p = p[1:]; p == "" {
				return likeFalse, likeEndsInEscape()
			}
		}
		if p[0] != s[0] {
			return likeFalse, nil
		}
		s, p = s[1:], p[1:]
	}
	if s != "" {
		return likeFalse, nil
	}
	if strings.Trim(p, "%") == "" {
		return likeTrue, nil
	}
	return likeAbort, nil
}

// matchLikeRest matches what follows a %.
func matchLikeRest(s, p string, bytes bool) (likeResult, error) {
	for p != "" && (p[0] == '%' || p[0] == '_') {
		if p[0] == '_' {
			if s == "" {
				return likeAbort, nil
			}
			s = s[charSize(s, bytes):]
		}
		p = p[1:]
	}
	if p == "" {
		return likeTrue, nil
	}
	first := p[0]
	if first == '\\' {
		if len(p) < 2 {
			return likeFalse, likeEndsInEscape()
		}
		first = p[1]
	}
	for s != "" {
		i := strings.IndexByte(s, first)
		if i < 0 {
			break
		}
		s = s[i:]
		if m, err := matchLike(s, p, bytes); err != nil || m != likeFalse {
			return m, err
		}
		s = s[1:]
	}
	return likeAbort, nil
}
