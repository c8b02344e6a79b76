package connectors

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"meshgate/pgvalue"
)

// Special is an operation that a dialect has for some operands only: "text ~~ text:pattern", "lower(text) = text:ascii",
// "numeric:decimal * numeric:decimal". Without what is said of the operands its key is that of the operation: "text ~~ text".
type Special struct {
	Key      string
	Operands []SpecialOperand
}

// SpecialOperand says what an operand has to be.
type SpecialOperand struct {
	Type string
	// Call names a function of one text whose result the operand is. The entry is written over its argument.
	Call string
	// Literal is the kind of the literal that the operand is, one of Literals, or a word: the literal itself. Empty = any expression.
	Literal string
	// Decimal says that precision and scale of all values are known, and that the dialect holds the operation's results.
	Decimal bool
}

// Kinds of operands that are no literals.
const (
	// Decimal is a numeric of known precision and scale.
	Decimal = "decimal"
	// Parameter is a parameter of the client's, whose value is known when the query runs.
	Parameter = "parameter"
	// Short is a text of few characters for certain: together the operands have no more than Dialect.Longest.
	Short = "short"
)

// Literals are the kinds of literals that entries ask for.
var Literals = map[string]func(pgvalue.Value) bool{
	"pattern":       isPattern,
	"ascii":         isASCII,
	"ascii-pattern": func(v pgvalue.Value) bool { return isASCII(v) && isPattern(v) },
	"ascii-regex":   isPlainRegex,
	"regex-flags":   isPlainFlags,
	"divisor":       func(v pgvalue.Value) bool { n, ok := v.(int64); return ok && n != 0 && n != -1 },
	"positive":      func(v pgvalue.Value) bool { n, ok := v.(int64); return ok && n > 0 },
}

// Is reports whether a literal is of a kind, or is the word that it names.
func (o *SpecialOperand) Is(v pgvalue.Value) bool {
	if kind, ok := Literals[o.Literal]; ok {
		return kind(v)
	}
	s, ok := v.(string)
	return ok && strings.ToLower(s) == o.Literal
}

// ParseSpecial takes a key apart; ok is false for the key of an operation on operands of any form. plain is that operation's key.
func ParseSpecial(key string) (s Special, plain string, ok bool) {
	s.Key = key
	var names []string
	operand := func(text string) string {
		o := SpecialOperand{Type: text}
		if name, rest, call := strings.Cut(text, "("); call {
			o.Call, o.Type = name, strings.TrimSuffix(rest, ")")
		}
		if t, kind, found := strings.Cut(o.Type, ":"); found {
			o.Type, o.Literal = t, kind
			if o.Decimal = kind == Decimal; o.Decimal {
				o.Literal = ""
			}
		}
		ok = ok || o.Call != "" || o.Literal != "" || o.Decimal
		s.Operands = append(s.Operands, o)
		names = append(names, o.Type)
		return o.Type
	}
	switch fields := strings.Split(key, " "); {
	case strings.HasPrefix(key, "cast("), strings.Contains(key, "typmod("), strings.Contains(key, " within ("):
		return s, key, false
	case len(fields) == 2 && isSymbol(fields[0]):
		plain = fields[0] + " " + operand(fields[1])
	case len(fields) == 3 && isSymbol(fields[1]):
		left := operand(fields[0])
		plain = left + " " + fields[1] + " " + operand(fields[2])
	case strings.Contains(key, ":"):
		name, rest, found := strings.Cut(key, "(")
		if !found {
			return s, key, false
		}
		for _, text := range strings.Split(strings.TrimSuffix(rest, ")"), ", ") {
			operand(text)
		}
		plain = name + "(" + strings.Join(names, ", ") + ")"
	default:
		return s, key, false
	}
	return s, plain, ok
}

func isSymbol(s string) bool { return s != "" && strings.Trim(s, "+-*/<>=~!@#%^&|`?") == "" }

// Specials finds the operations that are special, by the keys of those whose cases they are. Those over a function's argument come first.
func Specials(ops map[string]Lowering) map[string][]Special {
	out := map[string][]Special{}
	for key := range ops {
		if s, plain, ok := ParseSpecial(key); ok {
			out[plain] = append(out[plain], s)
		}
	}
	for _, list := range out {
		slices.SortFunc(list, func(a, b Special) int { return cmp.Or(b.calls()-a.calls(), strings.Compare(a.Key, b.Key)) })
	}
	return out
}

func (s *Special) calls() int {
	n := 0
	for _, o := range s.Operands {
		if o.Call != "" {
			n++
		}
	}
	return n
}

func isASCII(v pgvalue.Value) bool {
	s, ok := v.(string)
	for i := range len(s) {
		ok = ok && s[i] < utf8.RuneSelf
	}
	return ok
}

// isPattern reports whether LIKE reads a pattern to its end: PostgreSQL fails where it comes to an escape that escapes nothing.
func isPattern(v pgvalue.Value) bool {
	s, ok := v.(string)
	escapes := len(s) - len(strings.TrimRight(s, `\`))
	return ok && escapes%2 == 0
}

// isPlainRegex recognises regular expressions that mean the same whatever the character classes: of ASCII characters, without names
// of classes other than \d, which is 0 to 9 everywhere, and without options. What is not recognised may be one all the same.
func isPlainRegex(v pgvalue.Value) bool {
	s, ok := v.(string)
	if !ok || !isASCII(v) || strings.HasPrefix(s, "***") {
		return false
	}
	atom := false // what a quantifier may follow
	depth := 0
	for i := 0; i < len(s); {
		c := s[i]
		i++
		switch c {
		case '^', '|':
			atom = false
		case '(':
			depth++
			atom = false
			if strings.HasPrefix(s[i:], "?:") {
				i += 2
			} else if strings.HasPrefix(s[i:], "?") {
				return false
			}
		case ')':
			if depth--; depth < 0 {
				return false
			}
			atom = true
		case '*', '+', '?':
			if !atom {
				return false
			}
			atom = false
			if i < len(s) && s[i] == '?' {
				i++
			}
		case '$':
			atom = false
		case '{', '}', ']':
			return false // bounds, which have limits of their own
		case '[':
			if i = plainBracket(s, i); i < 0 {
				return false
			}
			atom = true
		case '\\':
			if i == len(s) || !isPunctuation(s[i]) && s[i] != 'd' {
				return false
			}
			i++
			atom = true
		default:
			if c < ' ' || c == 0x7f {
				return false
			}
			atom = true
		}
	}
	return depth == 0
}

// plainBracket reads a bracket expression of characters and ranges of letters and digits, and returns where it ends, or -1.
func plainBracket(s string, i int) int {
	if i < len(s) && s[i] == '^' {
		i++
	}
	for first := true; i < len(s); first = false {
		switch c := s[i]; {
		case c == ']' && !first:
			return i + 1
		case c == '[' || c == ']' || c == '\\' || c < ' ' || c == 0x7f:
			return -1
		case i+2 < len(s) && s[i+1] == '-' && s[i+2] != ']':
			if !sameRange(c, s[i+2]) {
				return -1
			}
			i += 3
		case c == '-' && !first && (i+1 >= len(s) || s[i+1] != ']'):
			return -1
		default:
			i++
		}
	}
	return -1
}

func sameRange(a, b byte) bool {
	for _, r := range []string{"09", "az", "AZ"} {
		if r[0] <= a && a <= b && b <= r[1] {
			return true
		}
	}
	return false
}

func isPunctuation(c byte) bool {
	return c > ' ' && c < 0x7f && !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_')
}

// isPlainFlags recognises options that only say whether case counts and how many matches are meant.
func isPlainFlags(v pgvalue.Value) bool {
	s, ok := v.(string)
	return ok && strings.Trim(s, "gic") == ""
}
