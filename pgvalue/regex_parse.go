package pgvalue

// reNode is what a part of a regular expression matches, without captures and references: what an automaton can decide. Nodes
// are not changed once made, for several parts share them.
type reNode struct {
	op       reOp
	set      *runeSet
	subs     []*reNode
	min, max int // of opRepeat; max = repeatForever
	look     int // of opLook: its place in reParser.looks
}

type reOp uint8

const (
	opEmpty reOp = iota
	opSet
	opCat
	opAlt
	opRepeat
	opTextStart // \A, ^
	opTextEnd
	opLineStart // ^ where newlines are special
	opLineEnd
	opWordStart
	opWordEnd
	opWordEdge
	opNoWordEdge
	opLook
)

const (
	maxRepeat     = 255
	repeatForever = maxRepeat + 1
)

// Flags of subRE: which length a part prefers, and what it has inside (regguts.h).
const (
	reLonger = 1 << iota
	reShorter
	reMixed // parts of it prefer differently
	reCaptures
	reRefers // has a back reference
	reReferred
	rePrefers = reLonger | reShorter
)

func upFlags(f int) int {
	return f&(reMixed|reCaptures|reRefers) | f<<2&(f<<1)&reMixed
}

func isMessy(f int) bool { return f&(reMixed|reCaptures|reRefers) != 0 }

func combineFlags(f, g int) int {
	prefer := f & rePrefers
	if prefer == 0 {
		prefer = g & rePrefers
	}
	return upFlags(f|g) | prefer
}

// subRE is a node of the tree by which a match is taken apart into captures: what no capture or reference needs is one node.
type subRE struct {
	op       byte // = as its automaton says, b reference, . two parts, | alternatives, * iteration, ( capture of a capture
	flags    int
	capture  int // number of the group that it is, or 0
	refers   int // of op b
	min, max int
	kids     []*subRE
	lang     *reNode
	id       int
}

// reLook is a lookaround constraint.
type reLook struct {
	kind rune
	lang *reNode
}

// maxRegexDepth bounds recursion, as PostgreSQL's stack does.
const maxRegexDepth = 3000

type reParser struct {
	reLexer
	subs   []*subRE // by group
	looks  []reLook
	refers bool
	depth  int
}

// parseRegex reads a regular expression into its tree.
func parseRegex(pattern string, flags RegexFlags) (*reParser, *subRE, error) {
	p := &reParser{reLexer: reLexer{src: []rune(pattern), flags: flags, chars: ctype()}, subs: make([]*subRE, 1)}
	if flags&RegexQuote != 0 && flags&(RegexAdvanced|RegexExpanded|RegexNewline) != 0 ||
		flags&RegexExtended == 0 && flags&regexAdvancedFeatures != 0 {
		return nil, nil, regexError(reBadArgument)
	}
	p.start()
	if p.err != nil {
		return nil, nil, p.err
	}
	tree := p.alternatives(tokEOS, false)
	if p.err != nil {
		return nil, nil, p.err
	}
	return p, tree, nil
}

func (p *reParser) eat(t reToken) bool {
	if p.tok != t {
		return false
	}
	p.next()
	return true
}

// alternatives reads branches up to the stopper; look says that it is inside a lookaround, where nothing captures.
func (p *reParser) alternatives(stopper reToken, look bool) *subRE {
	if p.depth++; p.depth > maxRegexDepth {
		p.fail(reTooComplex)
		return nil
	}
	defer func() { p.depth-- }()
	all := &subRE{op: '|', flags: reLonger}
	lang := &reNode{op: opAlt}
	for {
		b := p.branch(stopper, look)
		if p.err != nil {
			return nil
		}
		all.kids, lang.subs = append(all.kids, b), append(lang.subs, b.lang)
		all.flags |= upFlags(all.flags | b.flags)
		if !p.eat('|') {
			break
		}
	}
	if p.tok != stopper {
		p.fail(reBadParen)
		return nil
	}
	if len(all.kids) == 1 {
		return all.kids[0]
	}
	all.lang = lang
	if !isMessy(all.flags) {
		all.op, all.kids = '=', nil
	}
	return all
}

// reBranch is a branch being read: what was read so far, and the tree of it.
type reBranch struct {
	items   []*reNode
	top     *subRE
	stopper reToken
	look    bool
}

// branch reads what is between | and |.
func (p *reParser) branch(stopper reToken, look bool) *subRE {
	if p.depth++; p.depth > maxRegexDepth {
		p.fail(reTooComplex)
		return nil
	}
	defer func() { p.depth-- }()
	b := &reBranch{top: &subRE{op: '='}, stopper: stopper, look: look}
	for !p.atBranchEnd(stopper) {
		if p.quantified(b); p.err != nil {
			return nil
		}
	}
	b.top.lang = concatenation(b.items)
	return b.top
}

func (p *reParser) atBranchEnd(stopper reToken) bool {
	return p.tok == '|' || p.tok == stopper || p.tok == tokEOS
}

func concatenation(items []*reNode) *reNode {
	switch len(items) {
	case 0:
		return &reNode{op: opEmpty}
	case 1:
		return items[0]
	}
	return &reNode{op: opCat, subs: items}
}

// constraint reads what matches a place and no characters; ok is false where the token is none.
func (p *reParser) constraint() (n *reNode, ok bool) {
	n = &reNode{}
	anchors := p.flags&RegexNewlineAnchor != 0
	switch p.tok {
	case '^':
		n.op = opTextStart
		if anchors {
			n.op = opLineStart
		}
	case '$':
		n.op = opTextEnd
		if anchors {
			n.op = opLineEnd
		}
	case tokTextStart:
		n.op = opTextStart
	case tokTextEnd:
		n.op = opTextEnd
	case '<':
		n.op = opWordStart
	case '>':
		n.op = opWordEnd
	case tokWordEdge:
		n.op = opWordEdge
	case tokNoWordEdge:
		n.op = opNoWordEdge
	case tokLook:
		kind := p.value
		p.next()
		t := p.alternatives(')', true)
		if p.err != nil {
			return nil, true
		}
		n.op, n.look = opLook, len(p.looks)
		p.looks = append(p.looks, reLook{kind, t.lang})
	default:
		return nil, false
	}
	p.next()
	return n, true
}

// quantified reads one atom with its quantifier, or a constraint, into a branch (parseqatom).
func (p *reParser) quantified(b *reBranch) {
	if n, ok := p.constraint(); ok {
		b.items = append(b.items, n)
		return
	}
	token := p.tok
	capturing := token == '(' && p.value != 0 && !b.look
	plain, atom := p.atom(b.look)
	if p.err != nil {
		return
	}
	least, most, prefer := p.quantifier()
	if p.err != nil {
		return
	}
	if most == 0 {
		// {0} cancels the atom; its groups still exist and never match.
		b.items = append(b.items, &reNode{op: opEmpty})
		return
	}
	lang, flags := plain, 0
	if atom != nil {
		lang, flags = atom.lang, atom.flags
	}
	all := b.top.flags | prefer | flags
	if !capturing && token != tokBackref && !isMessy(upFlags(all)) {
		b.items = append(b.items, repeated(lang, least, most))
		b.top.flags = all
		return
	}
	if atom == nil {
		atom = &subRE{op: '=', lang: lang}
	}
	if token == tokBackref {
		// A reference counts its repetitions itself.
		atom.min, atom.max, atom.lang = least, most, repeated(atom.lang, least, most)
		atom.flags |= combineFlags(prefer, flags)
	} else {
		atom = quantify(atom, least, most, prefer)
	}
	p.messy(b, atom, combineFlags(prefer, flags))
}

func repeated(n *reNode, least, most int) *reNode {
	if least == 1 && most == 1 {
		return n
	}
	return &reNode{op: opRepeat, subs: []*reNode{n}, min: least, max: most}
}

// quantify wraps an atom that has something inside, or prefers otherwise than what is before it.
func quantify(atom *subRE, least, most, prefer int) *subRE {
	flags := combineFlags(prefer, atom.flags)
	lang := repeated(atom.lang, least, most)
	wishes := atom.flags & (reLonger | reShorter | reMixed)
	switch {
	case least == 1 && most == 1 && (prefer == 0 || wishes == 0 || prefer == wishes):
		return atom
	case atom.flags&(reCaptures|reRefers) == 0:
		return &subRE{op: '=', flags: flags, lang: lang}
	case least > 0 && atom.flags&reRefers == 0:
		// x{m,n} is x{m-1,n-1}x: only the last repetition's captures count.
		before := most
		if most != repeatForever {
			before--
		}
		head := &subRE{op: '=', flags: flags & rePrefers, lang: repeated(atom.lang, least-1, before)}
		return &subRE{op: '.', flags: flags, kids: []*subRE{head, atom}, lang: concatenation([]*reNode{head.lang, atom.lang})}
	}
	return &subRE{op: '*', flags: flags, min: least, max: most, kids: []*subRE{atom}, lang: lang}
}

// messy hangs an atom into the tree after what the branch has so far, and reads the rest of the branch behind it.
func (p *reParser) messy(b *reBranch, atom *subRE, flags int) {
	t := &subRE{op: '.', flags: flags}
	head := &subRE{op: '=', flags: b.top.flags, lang: concatenation(b.items)}
	bare := len(b.items) == 0 // nothing before the atom
	b.items = append(b.items, atom.lang)
	top := b.top
	top.op = '.'
	if p.atBranchEnd(b.stopper) {
		top.kids = []*subRE{head, atom}
		top.flags |= combineFlags(top.flags, atom.flags)
		if bare {
			b.top = atom
		}
		return
	}
	rest := p.branch(b.stopper, b.look)
	if p.err != nil {
		return
	}
	b.items = append(b.items, rest.lang)
	t.kids = []*subRE{atom, rest}
	t.lang = concatenation([]*reNode{atom.lang, rest.lang})
	t.flags |= combineFlags(t.flags, rest.flags)
	top.flags |= combineFlags(top.flags, t.flags)
	top.kids = []*subRE{head, t}
	switch {
	case bare:
		top.kids = t.kids
	case atom.op == '=' && rest.op == '=' && !isMessy(upFlags(atom.flags|rest.flags)):
		t.op, t.kids, t.flags = '=', nil, combineFlags(atom.flags, rest.flags)
	}
}
