package pgvalue

import (
	"sync"

	"meshgate/sqlerr"
)

// Regex is a compiled regular expression of PostgreSQL. It is safe for concurrent use.
type Regex struct {
	tree   *subRE
	refers bool
	groups int
	fold   bool // references match in any case
	nodes  []*subRE
	progs  []*reProg // by node
	looks  []compiledLook
	colors *reColors
	chars  *ctypeTable
	pool   sync.Pool
}

type compiledLook struct {
	kind rune
	prog *reProg
}

// CompileRegex reads a regular expression.
func CompileRegex(pattern string, flags RegexFlags) (*Regex, error) {
	p, tree, err := parseRegex(pattern, flags)
	if err != nil {
		return nil, err
	}
	re := &Regex{tree: tree, refers: p.refers, groups: p.groups, fold: p.flags&RegexIgnoreCase != 0, chars: p.chars}
	re.number(tree)
	c := reCompiler{places: map[*runeSet]int32{}}
	loose := false
	for _, t := range re.nodes {
		prog := c.compile(t.lang)
		loose = loose || prog.loose
		re.progs = append(re.progs, prog)
	}
	for _, l := range p.looks {
		prog := c.compile(l.lang)
		loose = loose || prog.loose
		re.looks = append(re.looks, compiledLook{l.kind, prog})
	}
	if c.full {
		return nil, regexError(reTooComplex)
	}
	re.colors = newColors(c.sets, loose, p.chars)
	re.pool.New = func() any { return re.newMatcher() }
	return re, nil
}

func (re *Regex) number(t *subRE) {
	t.id = len(re.nodes)
	re.nodes = append(re.nodes, t)
	for _, k := range t.kids {
		re.number(k)
	}
}

// Groups returns the number of capturing parentheses.
func (re *Regex) Groups() int { return re.groups }

// Matcher returns a matcher, which Release gives back.
func (re *Regex) Matcher() *RegexMatcher { return re.pool.Get().(*RegexMatcher) }

// RegexMatcher matches one text after another. It is for one goroutine at a time.
type RegexMatcher struct {
	re     *Regex
	in     reInput
	finder *reDFA
	parts  []*reDFA // by node
	looks  []lookDFA
	spans  []reSpan // the match and its groups
	work   int
	err    error
}

type reSpan struct{ from, to int }

var noSpan = reSpan{-1, -1}

type lookDFA struct {
	dfa   *reDFA
	ends  []bool // of a lookbehind: the places where its expression may end
	ready bool   // ends is of the text at hand
}

func (re *Regex) newMatcher() *RegexMatcher {
	m := &RegexMatcher{re: re, parts: make([]*reDFA, len(re.nodes)), looks: make([]lookDFA, len(re.looks)), spans: make([]reSpan, re.groups+1)}
	m.finder = newDFA(m, re.progs[0], true)
	for i, l := range re.looks {
		m.looks[i].dfa = newDFA(m, l.prog, l.kind == lookBehind || l.kind == lookBehindNot)
	}
	return m
}

// Release gives the matcher back for others.
func (m *RegexMatcher) Release() {
	m.in.ascii = ""
	m.re.pool.Put(m)
}

// Reset sets the text, which must not change until the next Reset.
func (m *RegexMatcher) Reset(text string) {
	m.in.reset(text)
	for i := range m.looks {
		m.looks[i].ready = false
	}
	m.work, m.err = 0, nil
}

// Length returns the number of characters of the text.
func (m *RegexMatcher) Length() int { return m.in.n }

func (m *RegexMatcher) part(t *subRE) *reDFA {
	if m.parts[t.id] == nil {
		m.parts[t.id] = newDFA(m, m.re.progs[t.id], false)
	}
	return m.parts[t.id]
}

// Matches reports whether the text has a match.
func (m *RegexMatcher) Matches() (bool, error) {
	if m.re.refers {
		return m.Find(0)
	}
	end, _ := m.finder.shortest(0, 0, m.in.n)
	return end >= 0, nil
}

// Find finds the first match that starts at or after a character (pg_regexec). Its place and those of its groups are Span's.
func (m *RegexMatcher) Find(from int) (bool, error) {
	return m.find(from, true)
}

// FindPlace is Find without the groups.
func (m *RegexMatcher) FindPlace(from int) (bool, error) {
	return m.find(from, false)
}

func (m *RegexMatcher) find(from int, groups bool) (bool, error) {
	for i := range m.spans {
		m.spans[i] = noSpan
	}
	if from > m.in.n {
		return false, nil
	}
	if m.re.refers {
		return m.findReferring(from)
	}
	last, first := m.finder.shortest(from, from, m.in.n)
	if last < 0 {
		return false, nil
	}
	whole := m.part(m.re.tree)
	end := -1
	begin := first
	for ; begin <= last; begin++ {
		if m.re.tree.flags&reShorter != 0 {
			end, _ = whole.shortest(begin, begin, m.in.n)
		} else {
			end = whole.longest(begin, m.in.n)
		}
		if end >= 0 {
			break
		}
	}
	if groups && m.re.groups > 0 {
		m.dissect(m.re.tree, begin, end)
	}
	m.spans[0] = reSpan{begin, end}
	return true, m.err
}

// findReferring finds a match of an expression with references, which may turn out not to match where its automaton does
// (cfindloop).
func (m *RegexMatcher) findReferring(from int) (bool, error) {
	shorter := m.re.tree.flags&reShorter != 0
	whole := m.part(m.re.tree)
	for again := true; again; again = from < m.in.n {
		last, first := m.finder.shortest(from, from, m.in.n)
		if last < 0 {
			return false, nil
		}
		for begin := first; begin <= last; begin++ {
			for low, high := begin, m.in.n; ; {
				end := -1
				if shorter {
					end, _ = whole.shortest(begin, low, high)
				} else {
					end = whole.longest(begin, high)
				}
				if end < 0 {
					break
				}
				if m.dissect(m.re.tree, begin, end) {
					m.spans[0] = reSpan{begin, end}
					return true, m.err
				}
				if m.err != nil {
					return false, m.err
				}
				if shorter && end == high || !shorter && end == begin {
					break
				}
				if shorter {
					low = end + 1
				} else {
					high = end - 1
				}
			}
		}
		from = last + 1
	}
	return false, nil
}

// Span returns the place of a group in characters, -1 where it took no part; group 0 is the match.
func (m *RegexMatcher) Span(group int) (from, to int) { return m.spans[group].from, m.spans[group].to }

// AppendGroup appends a group's text.
func (m *RegexMatcher) AppendGroup(dst []byte, group int) []byte {
	if m.spans[group].from < 0 {
		return dst
	}
	return m.in.appendSpan(dst, m.spans[group].from, m.spans[group].to)
}

// AppendSpan appends the text between two characters.
func (m *RegexMatcher) AppendSpan(dst []byte, from, to int) []byte {
	return m.in.appendSpan(dst, from, to)
}

// look reports whether a lookaround holds at a place.
func (m *RegexMatcher) look(n, at int) bool {
	l := &m.looks[n]
	switch m.re.looks[n].kind {
	case lookAhead, lookAheadNot:
		end, _ := l.dfa.shortest(at, at, m.in.n)
		return end >= 0 == (m.re.looks[n].kind == lookAhead)
	}
	if !l.ready {
		l.ends, l.ready = l.dfa.allEnds(l.ends), true
	}
	return l.ends[at] == (m.re.looks[n].kind == lookBehind)
}

// allEnds says of every place whether a match that starts anywhere ends there.
func (d *reDFA) allEnds(ends []bool) []bool {
	in := &d.m.in
	ends = ends[:0]
	state := d.startState(0)
	for at := range in.n {
		r := d.step(state, d.m.re.colors.of(in.at(at)), at)
		ends = append(ends, r&1 != 0)
		state = r >> 1
	}
	return append(ends, d.endsAtEnd(state, in.n))
}

// maxRegexWork bounds the characters read while one text is taken apart. PostgreSQL has no bound but statement_timeout, which a
// function in the engine would not see.
const maxRegexWork = 1_000_000_000

// tired counts an attempt over a number of characters; it reports whether there were too many.
func (m *RegexMatcher) tired(length int) bool {
	m.work += length + 1
	if m.work > maxRegexWork && m.err == nil {
		m.err = sqlerr.Newf(sqlerr.StatementTooComplex, "a regular expression needs too many attempts to match a text")
	}
	return m.err != nil
}
