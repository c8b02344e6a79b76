package pgvalue

import (
	"unicode/utf8"

	"meshgate/sqlerr"
)

// RegexFlags are the options of a regular expression, with the values of PostgreSQL's regex.h.
type RegexFlags uint

// The options. Advanced regular expressions (AREs) are extended ones (EREs) with more.
const (
	RegexExtended RegexFlags = 1 << iota
	regexAdvancedFeatures
	RegexQuote
	RegexIgnoreCase
	_
	RegexExpanded
	RegexNewlineStop
	RegexNewlineAnchor
	RegexAdvanced = RegexExtended | regexAdvancedFeatures
	RegexNewline  = RegexNewlineStop | RegexNewlineAnchor
)

// reToken is a kind of token; punctuation stands for itself.
type reToken rune

const (
	tokStart reToken = iota - 100
	tokEOS
	tokChar
	tokDigit
	tokBackref
	tokCollating   // [.
	tokEquivalence // [=
	tokClass       // [:
	tokCloseName   // .] =] :]
	tokClassEscape // \d \s \w
	tokClassNot    // \D \S \W
	tokRange       // - between characters of a bracket expression
	tokLook        // (?= (?! (?<= (?<!
	tokWordEdge    // \y
	tokNoWordEdge  // \Y
	tokTextStart   // \A
	tokTextEnd     // \Z
)

// lexContext decides how the next character is read.
type lexContext int

const (
	lexERE lexContext = iota
	lexBRE
	lexLiteral
	lexEREBound
	lexBREBound
	lexBracket
	lexCollating
	lexEquivalence
	lexClass
)

// Kinds of lookaround.
const (
	lookAhead rune = iota
	lookAheadNot
	lookBehind
	lookBehindNot
)

// reLexer splits a regular expression into tokens (regc_lex.c). After an error every token is the end.
type reLexer struct {
	src     []rune
	at      int
	flags   RegexFlags
	context lexContext
	last    reToken
	tok     reToken
	value   rune
	groups  int // capturing parentheses so far, which decide whether \12 is a reference
	err     error
	chars   *ctypeTable
}

// Texts of regerrs.h.
const (
	reBadPattern   = "invalid regexp (reg version 0.8)"
	reBadCollating = "invalid collating element"
	reBadClass     = "invalid character class"
	reBadEscape    = `invalid escape \ sequence`
	reBadBackref   = "invalid backreference number"
	reBadBracket   = "brackets [] not balanced"
	reBadParen     = "parentheses () not balanced"
	reBadBrace     = "braces {} not balanced"
	reBadCount     = "invalid repetition count(s)"
	reBadRange     = "invalid character range"
	reBadQuantity  = "quantifier operand invalid"
	reBadOption    = "invalid embedded option"
	reBadArgument  = "invalid argument to regex function"
	reTooComplex   = "regular expression is too complex"
)

func regexError(text string) error {
	return sqlerr.Newf(sqlerr.InvalidRegularExpression, "invalid regular expression: %s", text)
}

func (l *reLexer) fail(text string) {
	if l.err == nil {
		l.err = regexError(text)
	}
	l.tok = tokEOS
}

func (l *reLexer) atEnd() bool { return l.at >= len(l.src) }

// sees reports whether the given characters come next.
func (l *reLexer) sees(s string) bool {
	i := l.at
	for _, r := range s {
		if i >= len(l.src) || l.src[i] != r {
			return false
		}
		i++
	}
	return true
}

func (l *reLexer) set(t reToken, v rune) { l.tok, l.value = t, v }

func (l *reLexer) start() {
	if l.prefixes(); l.err != nil {
		return
	}
	switch {
	case l.flags&RegexQuote != 0:
		l.context = lexLiteral
	case l.flags&RegexExtended != 0:
		l.context = lexERE
	default:
		l.context = lexBRE
	}
	l.tok = tokStart
	l.next()
}

// prefixes reads directors (***:) and embedded options.
func (l *reLexer) prefixes() {
	if l.flags&RegexQuote != 0 {
		return
	}
	if l.sees("***") && len(l.src)-l.at >= 4 {
		switch l.src[l.at+3] {
		case '?':
			l.fail(reBadPattern)
			return
		case '=':
			l.flags = l.flags&^(RegexAdvanced|RegexExpanded|RegexNewline) | RegexQuote
			l.at += 4
			return
		case ':':
			l.flags |= RegexAdvanced
			l.at += 4
		default:
			l.fail(reBadQuantity)
			return
		}
	}
	if l.flags&RegexAdvanced == RegexAdvanced && l.sees("(?") && len(l.src)-l.at >= 3 && l.chars.is(l.src[l.at+2], classAlpha) {
		l.at += 2
		l.embedded()
	}
}

func (l *reLexer) embedded() {
	for ; !l.atEnd() && l.chars.is(l.src[l.at], classAlpha); l.at++ {
		switch l.src[l.at] {
		case 'b':
			l.flags &^= RegexAdvanced | RegexQuote
		case 'e':
			l.flags = l.flags&^(regexAdvancedFeatures|RegexQuote) | RegexExtended
		case 'q':
			l.flags = l.flags&^RegexAdvanced | RegexQuote
		default:
			if !l.flags.common(l.src[l.at]) {
				l.fail(reBadOption)
				return
			}
		}
	}
	if !l.sees(")") {
		l.fail(reBadOption)
		return
	}
	l.at++
	if l.flags&RegexQuote != 0 {
		l.flags &^= RegexExpanded | RegexNewline
	}
}

// common applies an option that means the same in a flags argument and embedded.
func (f *RegexFlags) common(option rune) bool {
	switch option {
	case 'c':
		*f &^= RegexIgnoreCase
	case 'i':
		*f |= RegexIgnoreCase
	case 'm', 'n':
		*f |= RegexNewline
	case 'p':
		*f = *f&^RegexNewlineAnchor | RegexNewlineStop
	case 's':
		*f &^= RegexNewline
	case 't':
		*f &^= RegexExpanded
	case 'w':
		*f = *f&^RegexNewlineStop | RegexNewlineAnchor
	case 'x':
		*f |= RegexExpanded
	default:
		return false
	}
	return true
}

// next reads a token.
func (l *reLexer) next() {
	for comment := true; comment; {
		if l.err != nil {
			return
		}
		l.last = l.tok
		if l.flags&RegexExpanded != 0 && l.context <= lexBREBound && l.context != lexLiteral {
			l.skip()
		}
		if l.atEnd() {
			l.end()
			return
		}
		c := l.src[l.at]
		l.at++
		comment = l.token(c)
	}
}

// end is the token at the end of the text.
func (l *reLexer) end() {
	switch l.context {
	case lexERE, lexBRE, lexLiteral:
		l.set(tokEOS, 0)
	case lexEREBound, lexBREBound:
		l.fail(reBadBrace)
	default:
		l.fail(reBadBracket)
	}
}

// token reads what starts with c; it reports whether that was a comment.
func (l *reLexer) token(c rune) bool {
	switch l.context {
	case lexBRE:
		l.basic(c)
	case lexLiteral:
		l.set(tokChar, c)
	case lexEREBound, lexBREBound:
		l.bound(c)
	case lexBracket:
		l.bracket(c)
	case lexCollating:
		l.named(c, '.')
	case lexEquivalence:
		l.named(c, '=')
	case lexClass:
		l.named(c, ':')
	default:
		return l.extended(c)
	}
	return false
}

func (l *reLexer) bound(c rune) {
	switch {
	case c >= '0' && c <= '9':
		l.set(tokDigit, c-'0')
	case c == ',':
		l.set(',', 0)
	case c == '}' && l.context == lexEREBound:
		l.context = lexERE
		l.quantifier('}')
	case c == '\\' && l.context == lexBREBound && l.sees("}"):
		l.at++
		l.context = lexBRE
		l.set('}', 1)
	default:
		l.fail(reBadCount)
	}
}

// quantifier sets a token whose value is 0 where ? makes it prefer the shorter match.
func (l *reLexer) quantifier(t reToken) {
	if l.flags&regexAdvancedFeatures != 0 && l.sees("?") {
		l.at++
		l.set(t, 0)
		return
	}
	l.set(t, 1)
}

func (l *reLexer) bracket(c rune) {
	switch c {
	case ']':
		if l.last == '[' {
			l.set(tokChar, c)
			return
		}
		l.context = lexBRE
		if l.flags&RegexExtended != 0 {
			l.context = lexERE
		}
		l.set(']', 0)
	case '\\':
		if l.flags&regexAdvancedFeatures == 0 {
			l.set(tokChar, c)
			return
		}
		if l.atEnd() {
			l.fail(reBadEscape)
			return
		}
		l.escape()
		if l.tok != tokChar && l.tok != tokClassEscape && l.tok != tokClassNot {
			l.fail(reBadEscape)
		}
	case '-':
		if l.last == '[' || l.sees("]") {
			l.set(tokChar, c)
		} else {
			l.set(tokRange, c)
		}
	case '[':
		l.bracketName(c)
	default:
		l.set(tokChar, c)
	}
}

func (l *reLexer) bracketName(c rune) {
	if l.atEnd() {
		l.fail(reBadBracket)
		return
	}
	l.at++
	switch l.src[l.at-1] {
	case '.':
		l.context = lexCollating
		l.set(tokCollating, 0)
	case '=':
		l.context = lexEquivalence
		l.set(tokEquivalence, 0)
	case ':':
		l.context = lexClass
		l.set(tokClass, 0)
	default:
		l.at--
		l.set(tokChar, c)
	}
}

func (l *reLexer) named(c, closer rune) {
	if c == closer && l.sees("]") {
		l.at++
		l.context = lexBracket
		l.set(tokCloseName, closer)
		return
	}
	l.set(tokChar, c)
}

// skip passes over white space and comments of the expanded syntax.
func (l *reLexer) skip() {
	for {
		for !l.atEnd() && l.chars.is(l.src[l.at], classSpace) {
			l.at++
		}
		if !l.sees("#") {
			return
		}
		for !l.atEnd() && l.src[l.at] != '\n' {
			l.at++
		}
	}
}

// openBracket reads what follows [: a word edge, or the start of a bracket expression with value 0 for a complement.
func (l *reLexer) openBracket() {
	for _, edge := range []rune{'<', '>'} {
		if l.sees("[:" + string(edge) + ":]]") {
			l.at += utf8.RuneCountInString("[:<:]]")
			l.set(reToken(edge), 0)
			return
		}
	}
	l.context = lexBracket
	if l.sees("^") {
		l.at++
		l.set('[', 0)
		return
	}
	l.set('[', 1)
}
