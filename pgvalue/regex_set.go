package pgvalue

import (
	"slices"
	"sort"
	"unicode/utf8"
)

// runeSet is a set of characters: sorted ranges that neither touch nor overlap.
type runeSet struct{ ranges []runeRange }

// add puts a range in; normalize must follow.
func (s *runeSet) add(first, last rune) { s.ranges = append(s.ranges, runeRange{first, last}) }

func (s *runeSet) normalize() {
	slices.SortFunc(s.ranges, func(a, b runeRange) int { return int(int64(a.first) - int64(b.first)) })
	kept := s.ranges[:0]
	for _, r := range s.ranges {
		if n := len(kept); n > 0 && int64(r.first) <= int64(kept[n-1].last)+1 {
			kept[n-1].last = max(kept[n-1].last, r.last)
			continue
		}
		kept = append(kept, r)
	}
	s.ranges = kept
}

// complement returns the characters that are not in the set.
func (s *runeSet) complement() *runeSet {
	out := &runeSet{}
	next := rune(0)
	for _, r := range s.ranges {
		if r.first > next {
			out.add(next, r.first-1)
		}
		next = r.last + 1
	}
	if next <= utf8.MaxRune {
		out.add(next, utf8.MaxRune)
	}
	return out
}

func (s *runeSet) addSet(t *runeSet) { s.ranges = append(s.ranges, t.ranges...) }

// addChar puts a character in, or what is left of it in either case (allcases).
func (s *runeSet) addChar(c rune, ignoreCase bool, chars *ctypeTable) {
	if !ignoreCase {
		s.add(c, c)
		return
	}
	lower, upper := chars.toLower(c), chars.toUpper(c)
	s.add(lower, lower)
	s.add(upper, upper)
}

// addRange puts a range in, and the other cases of its characters.
func (s *runeSet) addRange(first, last rune, ignoreCase bool, chars *ctypeTable) {
	s.add(first, last)
	if !ignoreCase {
		return
	}
	from := sort.Search(len(chars.pairs), func(i int) bool { return chars.pairs[i].char >= first })
	for _, p := range chars.pairs[from:] {
		if p.char > last {
			break
		}
		s.add(p.lower, p.lower)
		s.add(p.upper, p.upper)
	}
}

// namedClass returns the set of a class that [:name:] or an escape stands for.
func (t *ctypeTable) namedClass(name string, ignoreCase bool) (*runeSet, bool) {
	s := &runeSet{}
	switch name {
	case "ascii":
		s.add(0, 0x7f)
	case "blank":
		s.add('\t', '\t')
		s.add(' ', ' ')
	case "cntrl":
		s.add(0, 0x1f)
		s.add(0x7f, 0x9f)
	case "xdigit":
		s.add('0', '9')
		s.add('a', 'f')
		s.add('A', 'F')
	case "word":
		s.ranges = append(s.ranges, t.runs[classAlnum]...)
		s.add('_', '_')
	default:
		if ignoreCase && (name == "lower" || name == "upper") {
			name = "alpha"
		}
		class, ok := charClassNames[name]
		if !ok {
			return nil, false
		}
		s.ranges = append(s.ranges, t.runs[class]...)
	}
	s.normalize()
	return s, true
}

// collatingNames are the names that [.name.] knows beside single characters (regc_locale.c).
var collatingNames = map[string]rune{
	"NUL": 0, "SOH": 1, "STX": 2, "ETX": 3, "EOT": 4, "ENQ": 5, "ACK": 6, "BEL": 7, "alert": 7, "BS": 8, "backspace": 8, "HT": 9, "tab": 9,
	"LF": 10, "newline": 10, "VT": 11, "vertical-tab": 11, "FF": 12, "form-feed": 12, "CR": 13, "carriage-return": 13, "SO": 14, "SI": 15,
	"DLE": 16, "DC1": 17, "DC2": 18, "DC3": 19, "DC4": 20, "NAK": 21, "SYN": 22, "ETB": 23, "CAN": 24, "EM": 25, "SUB": 26, "ESC": 27,
	"IS4": 28, "FS": 28, "IS3": 29, "GS": 29, "IS2": 30, "RS": 30, "IS1": 31, "US": 31, "space": ' ', "exclamation-mark": '!',
	"quotation-mark": '"', "number-sign": '#', "dollar-sign": '$', "percent-sign": '%', "ampersand": '&', "apostrophe": '\'',
	"left-parenthesis": '(', "right-parenthesis": ')', "asterisk": '*', "plus-sign": '+', "comma": ',', "hyphen": '-', "hyphen-minus": '-',
	"period": '.', "full-stop": '.', "slash": '/', "solidus": '/', "zero": '0', "one": '1', "two": '2', "three": '3', "four": '4', "five": '5',
	"six": '6', "seven": '7', "eight": '8', "nine": '9', "colon": ':', "semicolon": ';', "less-than-sign": '<', "equals-sign": '=',
	"greater-than-sign": '>', "question-mark": '?', "commercial-at": '@', "left-square-bracket": '[', "backslash": '\\',
	"reverse-solidus": '\\', "right-square-bracket": ']', "circumflex": '^', "circumflex-accent": '^', "underscore": '_', "low-line": '_',
	"grave-accent": '`', "left-brace": '{', "left-curly-bracket": '{', "vertical-line": '|', "right-brace": '}',
	"right-curly-bracket": '}', "tilde": '~', "DEL": 127,
}

// classOf is the class of \d, \s and \w.
func classOf(escape rune) string {
	return map[rune]string{'d': "digit", 's': "space", 'w': "word"}[escape]
}

// bracketSet reads a bracket expression up to its ], which it leaves as the token.
func (p *reParser) bracketSet() *runeSet {
	negated := p.value == 0
	set := &runeSet{}
	p.next()
	for p.tok != ']' && p.tok != tokEOS {
		p.bracketPart(set)
	}
	set.normalize()
	if !negated {
		return set
	}
	if p.flags&RegexNewlineStop != 0 {
		set.add('\n', '\n')
		set.normalize()
	}
	return set.complement()
}

// bracketPart reads one character, range or class of a bracket expression (brackpart).
func (p *reParser) bracketPart(set *runeSet) {
	ignoreCase := p.flags&RegexIgnoreCase != 0
	var first rune
	switch p.tok {
	case tokChar:
		first = p.value
		if p.next(); p.tok != tokRange {
			set.addChar(first, ignoreCase, p.chars)
			return
		}
	case tokCollating:
		first = p.collatingElement()
	case tokEquivalence:
		set.addChar(p.collatingElement(), ignoreCase, p.chars)
		return
	case tokClass:
		p.classElement(set, ignoreCase)
		return
	case tokClassEscape, tokClassNot:
		class, _ := p.chars.namedClass(classOf(p.value), ignoreCase)
		if p.tok == tokClassNot {
			class = class.complement()
		}
		set.addSet(class)
		p.next()
		return
	default:
		p.fail(reBadRange)
		return
	}
	if p.err != nil {
		return
	}
	last := first
	if p.tok == tokRange {
		if last = p.rangeEnd(); p.err != nil {
			return
		}
	}
	if first > last {
		p.fail(reBadRange)
		return
	}
	set.addRange(first, last, ignoreCase, p.chars)
}

func (p *reParser) rangeEnd() rune {
	p.next()
	switch p.tok {
	case tokChar, tokRange:
		last := p.value
		p.next()
		return last
	case tokCollating:
		return p.collatingElement()
	}
	p.fail(reBadRange)
	return 0
}

// elementName reads the name between [. and .], or its like.
func (p *reParser) elementName(whenEmpty string) []rune {
	from := p.at
	end := from
	for p.next(); p.tok == tokChar; p.next() {
		end = p.at
	}
	p.next()
	if p.err == nil && from == end {
		p.fail(whenEmpty)
	}
	if p.err != nil {
		return nil
	}
	return p.src[from:end]
}

func (p *reParser) collatingElement() rune {
	name := p.elementName(reBadCollating)
	if p.err != nil {
		return 0
	}
	if len(name) == 1 {
		return name[0]
	}
	c, ok := collatingNames[string(name)]
	if !ok {
		p.fail(reBadCollating)
	}
	return c
}

func (p *reParser) classElement(set *runeSet, ignoreCase bool) {
	name := p.elementName(reBadClass)
	if p.err != nil {
		return
	}
	class, ok := p.chars.namedClass(string(name), ignoreCase)
	if !ok {
		p.fail(reBadClass)
		return
	}
	set.addSet(class)
}
