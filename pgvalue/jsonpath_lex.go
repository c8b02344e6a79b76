package pgvalue

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"meshgate/sqlerr"
)

// pathToken is a token: a kind, which for keywords and punctuation is their text, and the text of names, strings and numbers.
type pathToken struct{ kind, text string }

// Kinds of tokens that have a text of their own.
const (
	tokenEnd      = "end"
	tokenString   = "string"
	tokenName     = "name"
	tokenVariable = "variable"
	tokenInteger  = "integer"
	tokenDecimal  = "decimal"
)

// pathKeywords are keywords; those with a true value are so only in lower case.
var pathKeywords = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields("is to abs lax flag last size type with floor double exists starts strict ceiling unknown datetime keyvalue like_regex") {
		m[w] = false
	}
	m["null"], m["true"], m["false"] = true, true, true
	return m
}()

const (
	pathSpecial = "?%$.[]{}()|&!=<>@#,*:-+/"
	pathBlanks  = " \t\n\r\f"
)

func isPathOther(c byte) bool {
	return strings.IndexByte(pathSpecial, c) < 0 && strings.IndexByte(pathBlanks, c) < 0 && c != '\\' && c != '"'
}

// pathNumberText is a number with what must not follow it.
var pathNumberText = regexp.MustCompile(`^((?:0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([Ee][-+]?[0-9]+)?`)

type pathLexer struct {
	rest string
	list []pathToken
}

// lexJSONPath cuts a path into tokens.
func lexJSONPath(text string) ([]pathToken, error) {
	l := &pathLexer{rest: text}
	for {
		l.rest = strings.TrimLeft(l.rest, pathBlanks)
		if l.rest == "" {
			return append(l.list, pathToken{kind: tokenEnd}), nil
		}
		if err := l.next(); err != nil {
			return nil, err
		}
	}
}

func (l *pathLexer) emit(kind, text string) { l.list = append(l.list, pathToken{kind, text}) }

func (l *pathLexer) next() error {
	c := l.rest[0]
	switch {
	case strings.HasPrefix(l.rest, "/*"):
		return l.comment()
	case isDigitByte(c), c == '.' && len(l.rest) > 1 && isDigitByte(l.rest[1]):
		return l.number()
	case c == '"':
		text, err := l.quoted()
		l.emit(tokenString, text)
		return err
	case strings.HasPrefix(l.rest, `$"`):
		l.rest = l.rest[1:]
		text, err := l.quoted()
		l.emit(tokenVariable, text)
		return err
	case c == '$' && len(l.rest) > 1 && isPathOther(l.rest[1]):
		n := 1
		for n < len(l.rest) && isPathOther(l.rest[n]) {
			n++
		}
		l.emit(tokenVariable, l.rest[1:n])
		l.rest = l.rest[n:]
		return nil
	case strings.IndexByte(pathSpecial, c) >= 0:
		return l.punctuation()
	}
	return l.name()
}

func (l *pathLexer) punctuation() error {
	for _, two := range [...]string{"&&", "||", "**", "<=", "==", "<>", "!=", ">="} {
		if strings.HasPrefix(l.rest, two) {
			l.rest = l.rest[2:]
			if two == "<>" {
				two = "!="
			}
			l.emit(two, "")
			return nil
		}
	}
	l.emit(l.rest[:1], "")
	l.rest = l.rest[1:]
	return nil
}

func (l *pathLexer) comment() error {
	end := strings.Index(l.rest[2:], "*/")
	if end < 0 {
		return jsonPathSyntax("unexpected end of comment")
	}
	l.rest = l.rest[end+4:]
	return nil
}

func (l *pathLexer) number() error {
	m := pathNumberText.FindStringSubmatch(l.rest)
	rest := l.rest[len(m[0]):]
	if rest != "" && isPathOther(rest[0]) {
		return jsonPathSyntax("trailing junk after numeric literal")
	}
	kind := tokenDecimal
	if m[2] == "" && m[3] == "" && m[1][0] != '.' {
		kind = tokenInteger
	}
	l.rest = rest
	l.emit(kind, m[0])
	return nil
}

// quoted reads a string up to its closing quote.
func (l *pathLexer) quoted() (string, error) {
	l.rest = l.rest[1:]
	var b []byte
	for l.rest != "" {
		switch l.rest[0] {
		case '"':
			l.rest = l.rest[1:]
			return string(b), nil
		case '\\':
			var err error
			if b, err = l.escape(b); err != nil {
				return "", err
			}
		default:
			b, l.rest = append(b, l.rest[0]), l.rest[1:]
		}
	}
	return "", jsonPathSyntax("unexpected end of quoted string")
}

// name reads a name or a keyword.
func (l *pathLexer) name() error {
	var b []byte
	for l.rest != "" {
		if l.rest[0] == '\\' {
			var err error
			if b, err = l.escape(b); err != nil {
				return err
			}
			continue
		}
		if !isPathOther(l.rest[0]) {
			break
		}
		b, l.rest = append(b, l.rest[0]), l.rest[1:]
	}
	if strings.HasPrefix(l.rest, "/*") {
		return nil // PostgreSQL's scanner loses a name that a comment follows at once
	}
	lower := lowerASCII(string(b))
	if exact, ok := pathKeywords[lower]; ok && (!exact || lower == string(b)) {
		l.emit(lower, string(b))
	} else {
		l.emit(tokenName, string(b))
	}
	return nil
}

var pathUnicode = regexp.MustCompile(`^\\u(?:([0-9A-Fa-f]{4})|\{([0-9A-Fa-f]{1,6})\})`)

// escape reads what a backslash begins.
func (l *pathLexer) escape(b []byte) ([]byte, error) {
	if len(l.rest) < 2 || l.rest[1] == '\n' {
		return nil, jsonPathSyntax("unexpected end after backslash")
	}
	c := l.rest[1]
	switch c {
	case 'u':
		return l.unicode(b)
	case 'x':
		if len(l.rest) < 4 || hexDigit(l.rest[2]) < 0 || hexDigit(l.rest[3]) < 0 {
			return nil, jsonPathSyntax("invalid hex character sequence")
		}
		code := rune(hexDigit(l.rest[2])<<4 | hexDigit(l.rest[3]))
		l.rest = l.rest[4:]
		return appendPathCharacter(b, code)
	}
	if i := strings.IndexByte("bfnrtv", c); i >= 0 {
		l.rest = l.rest[2:]
		return append(b, "\b\f\n\r\t\v"[i]), nil
	}
	_, size := utf8.DecodeRuneInString(l.rest[1:])
	b, l.rest = append(b, l.rest[1:1+size]...), l.rest[1+size:]
	return b, nil
}

func appendPathCharacter(b []byte, c rune) ([]byte, error) {
	switch {
	case c == 0:
		return nil, sqlerr.Newf(sqlerr.UntranslatableCharacter, "unsupported Unicode escape sequence").WithDetail(`\u0000 cannot be converted to text.`)
	case c > utf8.MaxRune:
		return nil, sqlerr.Newf(sqlerr.SyntaxError, "could not convert Unicode to server encoding")
	}
	return utf8.AppendRune(b, c), nil
}

// unicode reads escapes that follow one another: the halves of a pair must.
func (l *pathLexer) unicode(b []byte) ([]byte, error) {
	badPair := func() ([]byte, error) { return nil, badJSONPath("Unicode low surrogate must follow a high surrogate.") }
	var high rune
	for strings.HasPrefix(l.rest, `\u`) {
		m := pathUnicode.FindStringSubmatch(l.rest)
		if m == nil {
			return nil, jsonPathSyntax("invalid unicode sequence")
		}
		code, err := strconv.ParseInt(m[1]+m[2], 16, 32)
		if err != nil {
			return nil, jsonPathSyntax("invalid unicode sequence")
		}
		l.rest = l.rest[len(m[0]):]
		c := rune(code)
		switch {
		case c >= 0xd800 && c < 0xdc00:
			if high != 0 {
				return nil, badJSONPath("Unicode high surrogate must not follow a high surrogate.")
			}
			high = c
			continue
		case c >= 0xdc00 && c < 0xe000:
			if high == 0 {
				return badPair()
			}
			c, high = 0x10000+(high-0xd800)<<10+c-0xdc00, 0
		case high != 0:
			return badPair()
		}
		if b, err = appendPathCharacter(b, c); err != nil {
			return nil, err
		}
	}
	if high != 0 {
		return badPair()
	}
	return b, nil
}
