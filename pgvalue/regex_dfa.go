package pgvalue

import (
	"encoding/binary"
	"math"
	"slices"
	"unicode/utf8"
)

// reInput is a text by its characters. A text of ASCII is viewed, others are decoded into space that is used again.
type reInput struct {
	ascii string
	runes []rune
	wide  bool
	n     int
}

func (in *reInput) reset(s string) {
	in.wide = false
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			in.wide = true
			break
		}
	}
	if !in.wide {
		in.ascii, in.n = s, len(s)
		return
	}
	in.runes = in.runes[:0]
	for _, r := range s {
		in.runes = append(in.runes, r)
	}
	in.n = len(in.runes)
}

func (in *reInput) at(i int) rune {
	if in.wide {
		return in.runes[i]
	}
	return rune(in.ascii[i])
}

// appendSpan appends the characters from one place to another.
func (in *reInput) appendSpan(dst []byte, from, to int) []byte {
	if !in.wide {
		return append(dst, in.ascii[from:to]...)
	}
	for _, r := range in.runes[from:to] {
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

// reDFA runs an automaton as a deterministic one whose states are made as a text asks for them. A match that ends at a place is
// seen when the next character is read, for constraints look at both sides of it.
type reDFA struct {
	prog   *reProg
	m      *RegexMatcher
	search bool // a match may start anywhere

	states []dfaState
	index  map[string]int32
	next   []int32 // by state and color: the next state and whether a match ends here; 0 = not known
	starts [1 << 3]int32

	list, scratch []int32 // states of the automaton
	mark          []int32 // by state: the round in which it was met
	round         int32
	key           []byte
}

// dfaState is a set of the automaton's states together with what is known of the character before.
type dfaState struct {
	set    []int32
	before byte
	cold   bool // of a search: nothing of a match has been seen
	end    int8 // whether a match ends here if the text does: 1 yes, -1 no, 0 not known
}

// maxDFAStates bounds the memory of one automaton; with more states it starts afresh.
const maxDFAStates = 2000

func newDFA(m *RegexMatcher, prog *reProg, search bool) *reDFA {
	d := &reDFA{prog: prog, m: m, search: search, mark: make([]int32, len(prog.states))}
	d.clear()
	return d
}

func (d *reDFA) clear() {
	d.states = append(d.states[:0], dfaState{}) // state 0 is dead
	d.index = map[string]int32{}
	d.next = append(d.next[:0], make([]int32, d.m.re.colors.count)...)
	d.starts = [1 << 3]int32{}
}

func (d *reDFA) newRound() {
	if d.round == math.MaxInt32 {
		clear(d.mark)
		d.round = 0
	}
	d.round++
}

// expand adds a state and those that forks lead to. Constraints stay until both sides of the place are known.
func (d *reDFA) expand(list []int32, s int32) []int32 {
	for {
		if d.mark[s] == d.round {
			return list
		}
		d.mark[s] = d.round
		if d.prog.states[s].op != opAlt {
			return append(list, s)
		}
		list = d.expand(list, d.prog.states[s].out)
		s = d.prog.states[s].also
	}
}

// state returns the state of a set, which it copies.
func (d *reDFA) state(set []int32, before byte, cold bool) int32 {
	if len(set) == 0 {
		return 0
	}
	slices.Sort(set)
	d.key = append(d.key[:0], before)
	if cold {
		// Otherwise the state in which a search starts could be one that has seen the start of a match.
		d.key[0] |= 1 << 7
	}
	for _, s := range set {
		d.key = binary.LittleEndian.AppendUint32(d.key, uint32(s))
	}
	if i, ok := d.index[string(d.key)]; ok {
		return i
	}
	i := int32(len(d.states))
	d.index[string(d.key)] = i
	d.states = append(d.states, dfaState{set: slices.Clone(set), before: before, cold: cold})
	d.next = append(d.next, make([]int32, d.m.re.colors.count)...)
	return i
}

// startState returns the state before a match that starts at a place.
func (d *reDFA) startState(at int) int32 {
	before := d.before(at)
	if i := d.starts[before]; i != 0 {
		return i
	}
	d.newRound()
	i := d.state(d.expand(nil, d.prog.start), before, true)
	d.starts[before] = i
	return i
}

func (d *reDFA) before(at int) byte {
	switch {
	case !d.prog.loose:
		return 0
	case at == 0:
		return atTextEdge
	}
	return d.m.re.colors.kinds[d.m.re.colors.of(d.m.in.at(at-1))]
}

// holds reports whether a constraint holds between two kinds of characters.
func (d *reDFA) holds(s *reState, before, after byte, at int) bool {
	switch s.op {
	case opTextStart:
		return before&atTextEdge != 0
	case opTextEnd:
		return after&atTextEdge != 0
	case opLineStart:
		return before&(atTextEdge|byNewline) != 0
	case opLineEnd:
		return after&(atTextEdge|byNewline) != 0
	case opLook:
		return d.m.look(int(s.look), at)
	}
	wordBefore, wordAfter := before&byWord != 0, after&byWord != 0
	switch s.op {
	case opWordStart:
		return !wordBefore && wordAfter
	case opWordEnd:
		return wordBefore && !wordAfter
	case opWordEdge:
		return wordBefore != wordAfter
	}
	return wordBefore == wordAfter
}

// settle replaces the constraints of a set by what is behind those that hold, and reports whether the end is reached.
func (d *reDFA) settle(set []int32, before, after byte, at int) (list []int32, ends bool) {
	d.newRound()
	list = append(d.list[:0], set...)
	for _, s := range list {
		d.mark[s] = d.round
	}
	for i := 0; i < len(list); i++ {
		switch s := &d.prog.states[list[i]]; s.op {
		case opEmpty:
			ends = true
		case opSet:
		default:
			if d.holds(s, before, after, at) {
				list = d.expand(list, s.out)
			}
		}
	}
	d.list = list
	return list, ends
}

// step reads one character at a place: it returns the next state, doubled, plus 1 where a match ends before the character.
func (d *reDFA) step(from int32, color, at int) int32 {
	cs := d.m.re.colors
	if v := d.next[int(from)*cs.count+color]; v != 0 {
		return v - 1
	}
	st := d.states[from]
	list, ends := d.settle(st.set, st.before, cs.kinds[color], at)
	d.newRound()
	set := d.scratch[:0]
	for _, s := range list {
		if p := &d.prog.states[s]; p.op == opSet && cs.has[p.class][color/64]>>(color%64)&1 == 1 {
			set = d.expand(set, p.out)
		}
	}
	cold := d.search && len(set) == 0
	if d.search {
		set = d.expand(set, d.prog.start)
	}
	d.scratch = set
	before := byte(0)
	if d.prog.loose {
		before = cs.kinds[color]
	}
	fresh := len(d.states) >= maxDFAStates
	if fresh {
		d.clear()
	}
	result := d.state(set, before, cold) << 1
	if ends {
		result |= 1
	}
	if !fresh && !d.prog.looks {
		d.next[int(from)*cs.count+color] = result + 1
	}
	return result
}

// endsAtEnd reports whether a match ends where the text does.
func (d *reDFA) endsAtEnd(state int32, at int) bool {
	st := &d.states[state]
	if st.end == 0 || d.prog.looks {
		st.end = -1
		if _, ends := d.settle(st.set, st.before, atTextEdge, at); ends {
			st.end = 1
		}
	}
	return st.end == 1
}

// longest returns where the longest match from start ends, no later than stop; -1 = there is none.
func (d *reDFA) longest(start, stop int) int {
	in, colors := &d.m.in, d.m.re.colors
	state, last := d.startState(start), -1
	for at := start; ; at++ {
		if at == in.n {
			if d.endsAtEnd(state, at) {
				last = at
			}
			return last
		}
		r := d.step(state, colors.of(in.at(at)), at)
		if r&1 != 0 {
			last = at
		}
		if state = r >> 1; state == 0 || at == stop {
			return last
		}
	}
}

// shortest returns where the shortest match from start ends, no earlier than least and no later than most; cold is the last
// place at which nothing of a match had been seen.
func (d *reDFA) shortest(start, least, most int) (end, cold int) {
	in, colors := &d.m.in, d.m.re.colors
	state, cold := d.startState(start), start
	for at := start; ; at++ {
		if d.states[state].cold {
			cold = at
		}
		if at == in.n {
			if at >= least && d.endsAtEnd(state, at) {
				return at, cold
			}
			return -1, cold
		}
		r := d.step(state, colors.of(in.at(at)), at)
		if r&1 != 0 && at >= least {
			return at, cold
		}
		if state = r >> 1; state == 0 || at == most {
			return -1, cold
		}
	}
}
