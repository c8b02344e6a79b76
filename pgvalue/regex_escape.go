package pgvalue

// extended reads a token of an ERE or ARE; it reports whether that was a comment.
func (l *reLexer) extended(c rune) (comment bool) {
	switch c {
	case '|', '.', '^', '$':
		l.set(reToken(c), 0)
	case ')':
		l.set(')', c)
	case '*', '+', '?':
		l.quantifier(reToken(c))
	case '{':
		if l.flags&RegexExpanded != 0 {
			l.skip()
		}
		if l.atEnd() || !l.chars.is(l.src[l.at], classDigit) {
			l.set(tokChar, c)
			return false
		}
		l.context = lexEREBound
		l.set('{', 0)
	case '(':
		return l.paren()
	case '[':
		l.openBracket()
	case '\\':
		switch {
		case l.atEnd():
			l.fail(reBadEscape)
		case l.flags&regexAdvancedFeatures == 0:
			l.set(tokChar, l.src[l.at])
			l.at++
		default:
			l.escape()
		}
	default:
		l.set(tokChar, c)
	}
	return false
}

// paren reads what follows an opening parenthesis.
func (l *reLexer) paren() (comment bool) {
	if l.flags&regexAdvancedFeatures == 0 || !l.sees("?") {
		l.set('(', 1)
		return false
	}
	l.at++
	if l.atEnd() {
		l.fail(reBadQuantity)
		return false
	}
	c := l.src[l.at]
	l.at++
	switch c {
	case ':':
		l.set('(', 0)
	case '#':
		for !l.atEnd() && l.src[l.at] != ')' {
			l.at++
		}
		if !l.atEnd() {
			l.at++
		}
		return true
	case '=':
		l.set(tokLook, lookAhead)
	case '!':
		l.set(tokLook, lookAheadNot)
	case '<':
		switch {
		case l.sees("="):
			l.at++
			l.set(tokLook, lookBehind)
		case l.sees("!"):
			l.at++
			l.set(tokLook, lookBehindNot)
		default:
			l.fail(reBadQuantity)
		}
	default:
		l.fail(reBadQuantity)
	}
	return false
}

// simpleEscapes are letters that stand for one character, and tokens without a value.
var (
	simpleEscapes = map[rune]rune{
		'a': '\a', 'b': '\b', 'B': '\\', 'e': '\033', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v',
	}
	tokenEscapes = map[rune]reToken{
		'A': tokTextStart, 'Z': tokTextEnd, 'm': '<', 'M': '>', 'y': tokWordEdge, 'Y': tokNoWordEdge,
	}
)

// escape reads what follows a backslash in an ARE, which is not the end (lexescape).
func (l *reLexer) escape() {
	c := l.src[l.at]
	l.at++
	if c >= 0x80 || !l.chars.is(c, classAlnum) {
		l.set(tokChar, c)
		return
	}
	if plain, ok := simpleEscapes[c]; ok {
		l.set(tokChar, plain)
		return
	}
	if t, ok := tokenEscapes[c]; ok {
		l.set(t, 0)
		return
	}
	switch c {
	case 'd', 's', 'w':
		l.set(tokClassEscape, c)
	case 'D', 'S', 'W':
		l.set(tokClassNot, c-'A'+'a')
	case 'c':
		if l.atEnd() {
			l.fail(reBadEscape)
			return
		}
		l.set(tokChar, l.src[l.at]&0o37)
		l.at++
	case 'u':
		l.code(4, 4)
	case 'U':
		l.code(8, 8)
	case 'x':
		l.code(1, 255)
	case '0':
		l.octal()
	case '1', '2', '3', '4', '5', '6', '7', '8', '9':
		l.reference()
	default:
		l.fail(reBadEscape)
	}
}

// maxRegexChar is the largest code that an escape may name (CHR_MAX).
const maxRegexChar = 0x7ffffffe

// code reads a character's code in hexadecimal.
func (l *reLexer) code(least, most int) {
	n, ok := l.digits(16, least, most)
	if !ok || n > maxRegexChar {
		l.fail(reBadEscape)
		return
	}
	l.set(tokChar, rune(n))
}

// reference reads a back reference. Several digits are one only if there are as many groups; else they are an octal code.
func (l *reLexer) reference() {
	save := l.at
	l.at--
	n, _ := l.digits(10, 1, 255)
	if l.at == save || int32(n) > 0 && int64(n) <= int64(l.groups) {
		l.set(tokBackref, rune(n))
		return
	}
	l.at = save
	l.octal()
}

func (l *reLexer) octal() {
	l.at--
	n, ok := l.digits(8, 1, 3)
	if !ok {
		l.fail(reBadEscape)
		return
	}
	if n > 0xff {
		l.at--
		n >>= 3
	}
	l.set(tokChar, rune(n))
}

// digits reads between least and most digits. Like PostgreSQL it lets a number too large wrap around.
func (l *reLexer) digits(base uint32, least, most int) (n uint32, ok bool) {
	length := 0
	for ; length < most && !l.atEnd(); length++ {
		d := -1
		if c := l.src[l.at]; c < 0x80 {
			d = hexDigit(byte(c))
		}
		if d < 0 || uint32(d) >= base {
			break
		}
		n = n*base + uint32(d)
		l.at++
	}
	return n, length >= least
}

// basic reads a token of a BRE (brenext).
func (l *reLexer) basic(c rune) {
	switch c {
	case '*':
		if l.last == tokStart || l.last == '(' || l.last == '^' {
			l.set(tokChar, c)
			return
		}
		l.set('*', 1)
	case '[':
		l.openBracket()
	case '.':
		l.set('.', 0)
	case '^':
		if l.last == tokStart || l.last == '(' {
			l.set('^', 0)
			return
		}
		l.set(tokChar, c)
	case '$':
		if l.flags&RegexExpanded != 0 {
			l.skip()
		}
		if l.atEnd() || l.sees(`\)`) {
			l.set('$', 0)
			return
		}
		l.set(tokChar, c)
	case '\\':
		l.basicEscape()
	default:
		l.set(tokChar, c)
	}
}

func (l *reLexer) basicEscape() {
	if l.atEnd() {
		l.fail(reBadEscape)
		return
	}
	c := l.src[l.at]
	l.at++
	switch {
	case c == '{':
		l.context = lexBREBound
		l.set('{', 0)
	case c == '(':
		l.set('(', 1)
	case c == ')':
		l.set(')', c)
	case c == '<' || c == '>':
		l.set(reToken(c), 0)
	case c >= '1' && c <= '9':
		l.set(tokBackref, c-'0')
	default:
		l.set(tokChar, c)
	}
}
