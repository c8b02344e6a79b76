package pgvalue

import "unicode/utf8"

// atom reads what a quantifier may follow: characters, or a group or reference with a tree of its own.
func (p *reParser) atom(look bool) (plain *reNode, sub *subRE) {
	ignoreCase := p.flags&RegexIgnoreCase != 0
	set := &runeSet{}
	switch p.tok {
	case ')':
		if p.flags&RegexAdvanced != RegexExtended {
			p.fail(reBadParen)
			return nil, nil
		}
		set.addChar(')', ignoreCase, p.chars) // EREs take it for a character
	case tokChar:
		set.addChar(p.value, ignoreCase, p.chars)
	case '[':
		set = p.bracketSet()
		if p.err != nil {
			return nil, nil
		}
	case tokClassEscape, tokClassNot:
		set, _ = p.chars.namedClass(classOf(p.value), ignoreCase)
		if p.tok == tokClassNot {
			set = set.complement()
		}
	case '.':
		set.add(0, utf8.MaxRune)
		if p.flags&RegexNewlineStop != 0 {
			set = &runeSet{ranges: []runeRange{{'\n', '\n'}}}
			set = set.complement()
		}
	case '(':
		return nil, p.group(look)
	case tokBackref:
		return nil, p.backReference(look)
	default:
		p.fail(reBadQuantity) // a quantifier without an atom
		return nil, nil
	}
	set.normalize()
	p.next()
	return &reNode{op: opSet, set: set}, nil
}

func (p *reParser) group(look bool) *subRE {
	number := 0
	if p.value != 0 && !look {
		p.groups++
		number = p.groups
		p.subs = append(p.subs, nil)
	}
	p.next()
	t := p.alternatives(')', look)
	if p.err != nil {
		return nil
	}
	p.next()
	if number == 0 {
		return t
	}
	if t.capture > 0 {
		t = &subRE{op: '(', flags: t.flags, kids: []*subRE{t}, lang: t.lang}
	}
	t.flags |= reCaptures
	t.capture = number
	p.subs[number] = t
	return t
}

// backReference reads \n. What it may match is what the group may, without the constraints on the place.
func (p *reParser) backReference(look bool) *subRE {
	n := int64(p.value)
	if look || n >= int64(len(p.subs)) || p.subs[n] == nil {
		p.fail(reBadBackref)
		return nil
	}
	p.refers = true
	p.subs[n].flags |= reReferred
	t := &subRE{op: 'b', flags: reRefers, refers: int(n), lang: unconstrained(p.subs[n].lang), min: 1, max: 1}
	p.next()
	return t
}

// unconstrained is a language without constraints on the place.
func unconstrained(n *reNode) *reNode {
	switch n.op {
	case opEmpty, opSet:
		return n
	case opCat, opAlt, opRepeat:
		c := *n
		c.subs = make([]*reNode, len(n.subs))
		for i, s := range n.subs {
			c.subs[i] = unconstrained(s)
		}
		return &c
	}
	return &reNode{op: opEmpty}
}

// quantifier reads *, +, ?, a bound, or nothing. prefer is 0 where it leaves the preference to the atom.
func (p *reParser) quantifier() (least, most, prefer int) {
	least, most = 1, 1
	switch p.tok {
	case '*':
		least, most = 0, repeatForever
	case '+':
		most = repeatForever
	case '?':
		least = 0
	case '{':
		return p.bounds()
	default:
		return 1, 1, 0
	}
	prefer = preference(p.value)
	p.next()
	return least, most, prefer
}

func preference(value rune) int {
	if value == 0 {
		return reShorter
	}
	return reLonger
}

func (p *reParser) bounds() (least, most, prefer int) {
	p.next()
	least = p.count()
	most = least
	ranged := p.eat(',')
	if ranged {
		most = repeatForever
		if p.tok == tokDigit {
			most = p.count()
		}
		if p.err == nil && least > most {
			p.fail(reBadCount)
		}
		prefer = preference(p.value)
	}
	if p.err != nil {
		return 0, 0, 0
	}
	if p.tok != '}' {
		p.fail(reBadCount)
		return 0, 0, 0
	}
	p.next()
	return least, most, prefer
}

func (p *reParser) count() int {
	n := 0
	for p.tok == tokDigit && n < maxRepeat {
		n = n*10 + int(p.value)
		p.next()
	}
	if p.tok == tokDigit || n > maxRepeat {
		p.fail(reBadCount)
	}
	return n
}
