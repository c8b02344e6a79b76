package pgvalue

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"meshgate/sqlerr"
)

// scannerBlanks are the blanks of SQL's scanner.
const scannerBlanks = " \t\n\r\f"

// ParseIdent cuts a qualified name into its parts (parse_ident); unless strict, what follows the name does not matter.
func ParseIdent(text string, strict bool) ([]string, error) {
	bad := func(detail string) ([]string, error) {
		err := sqlerr.Newf(sqlerr.InvalidParameterValue, "string is not a valid identifier: \"%s\"", clip(text))
		if detail != "" {
			err = err.WithDetail("%s", detail)
		}
		return nil, err
	}
	rest := strings.TrimLeft(text, scannerBlanks)
	var parts []string
	for {
		switch {
		case strings.HasPrefix(rest, `"`):
			name, after, ok := quotedIdent(rest[1:])
			switch {
			case !ok:
				return bad("String has unclosed double quotes.")
			case name == "":
				return bad("Quoted identifier must not be empty.")
			}
			parts, rest = append(parts, name), after
		case rest != "" && isIdentStart(rest[0]):
			n := 1
			for n < len(rest) && (isIdentStart(rest[n]) || isDigitByte(rest[n]) || rest[n] == '$') {
				n++
			}
			parts, rest = append(parts, lowerASCII(rest[:n])), rest[n:]
		case strings.HasPrefix(rest, "."):
			return bad(`No valid identifier before ".".`)
		case len(parts) > 0:
			return bad(`No valid identifier after ".".`)
		default:
			return bad("")
		}
		if rest = strings.TrimLeft(rest, scannerBlanks); !strings.HasPrefix(rest, ".") {
			break
		}
		rest = strings.TrimLeft(rest[1:], scannerBlanks)
	}
	if strict && rest != "" {
		return bad("")
	}
	return parts, nil
}

func isIdentStart(c byte) bool { return isLetterByte(c) || c == '_' || c >= 0x80 }

// lowerASCII is how names fold: only letters of ASCII have a case there.
func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

func quotedIdent(s string) (name, rest string, ok bool) {
	var b strings.Builder
	for {
		end := strings.IndexByte(s, '"')
		if end < 0 {
			return "", "", false
		}
		b.WriteString(s[:end])
		if s = s[end+1:]; !strings.HasPrefix(s, `"`) {
			return b.String(), s, true
		}
		b.WriteByte('"')
		s = s[1:]
	}
}

// AppendUnistr replaces Unicode escapes: \0041, \u0041, \+000041, \U00000041 (unistr).
func AppendUnistr(dst []byte, s string) ([]byte, error) {
	const firstOfPair, secondOfPair, afterPairs = 0xd800, 0xdc00, 0xe000
	pair := rune(0)
	badPair := sqlerr.Newf(sqlerr.SyntaxError, "invalid Unicode surrogate pair")
	for s != "" {
		if s[0] != '\\' || strings.HasPrefix(s, `\\`) {
			if pair != 0 {
				return dst, badPair
			}
			dst = append(dst, s[0])
			if s[0] == '\\' {
				s = s[1:]
			}
			s = s[1:]
			continue
		}
		digits := unicodeEscape(s[1:])
		if digits == "" {
			return dst, sqlerr.Newf(sqlerr.SyntaxError, "invalid Unicode escape").
				WithHint(`Unicode escapes must be \XXXX, \+XXXXXX, \uXXXX, or \UXXXXXXXX.`)
		}
		code, err := strconv.ParseUint(digits, 16, 32)
		if err != nil || code == 0 || code > 0x10ffff {
			return dst, sqlerr.Newf(sqlerr.InvalidParameterValue, "invalid Unicode code point: %04X", code)
		}
		s = s[strings.Index(s, digits)+len(digits):]
		c := rune(code)
		second := c >= secondOfPair && c < afterPairs
		switch {
		case second != (pair != 0):
			return dst, badPair
		case second:
			c, pair = 0x10000+(pair-firstOfPair)<<10+c-secondOfPair, 0
		case c >= firstOfPair && c < secondOfPair:
			pair = c
			continue
		}
		dst = append(dst, string(c)...)
	}
	if pair != 0 {
		return dst, badPair
	}
	return dst, nil
}

// unicodeEscape returns the digits of the escape at the beginning, after the backslash.
func unicodeEscape(s string) string {
	for _, form := range [...]struct {
		prefix string
		digits int
	}{{"", 4}, {"u", 4}, {"+", 6}, {"U", 8}} {
		digits, ok := strings.CutPrefix(s, form.prefix)
		if !ok || len(digits) < form.digits {
			continue
		}
		digits = digits[:form.digits]
		if strings.Trim(digits, "0123456789abcdefABCDEF") == "" {
			return digits
		}
	}
	return ""
}

// normalForm reads the name of a form of normalize().
func normalForm(name string) (norm.Form, error) {
	switch lowerASCII(name) {
	case "nfc":
		return norm.NFC, nil
	case "nfd":
		return norm.NFD, nil
	case "nfkc":
		return norm.NFKC, nil
	case "nfkd":
		return norm.NFKD, nil
	}
	return 0, sqlerr.Newf(sqlerr.InvalidParameterValue, "invalid normalization form: %s", clip(name))
}

// isYoungerThanNormalForms reports whether a character came with Unicode 15: to PostgreSQL 15, whose tables are Unicode 14's, it is one
// that nothing combines with.
func isYoungerThanNormalForms(c rune) bool {
	return c >= 0x1e030 && c <= 0x1e06d || c == 0x1e08f || c >= 0x1e4ec && c <= 0x1e4ef
}

// maxMarks is how many combining marks may follow one another: the library divides longer runs.
const maxMarks = 15

// AppendNormal is normalize().
func AppendNormal(dst []byte, s, form string) ([]byte, error) {
	f, err := normalForm(form)
	if err != nil {
		return dst, err
	}
	start, marks := 0, 0
	for i, c := range s {
		switch {
		case isYoungerThanNormalForms(c):
			dst = append(append(dst, f.String(s[start:i])...), string(c)...)
			start, marks = i+utf8.RuneLen(c), 0
		case c < 0x300 || norm.NFD.PropertiesString(s[i:]).CCC() == 0:
			marks = 0
		default:
			if marks++; marks > maxMarks {
				return dst, sqlerr.Newf(sqlerr.FeatureNotSupported, "normalizing more than %d combining characters in a row is not supported", maxMarks)
			}
		}
	}
	// Into a buffer of its own: what is appended would combine with what stands there.
	return append(dst, f.String(s[start:])...), nil
}

// IsNormal is IS NORMALIZED.
func IsNormal(s, form string) (bool, error) {
	normal, err := AppendNormal(nil, s, form)
	return string(normal) == s, err
}
