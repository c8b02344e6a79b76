package pgvalue

import (
	"slices"
	"sort"
	"unicode/utf8"
)

// reProg is the automaton of a node: states that a character leads on from, constraints, and the end.
type reProg struct {
	states []reState
	start  int32
	loose  bool // it holds constraints on the place, which a state's successors depend on
	looks  bool // it holds lookarounds
}

// reState is a state of an automaton. Its op is opSet, a constraint, opAlt for a fork, or opEmpty for the end.
type reState struct {
	op        reOp
	look      int32
	class     int32 // of opSet: its place in reColors.sets
	out, also int32
}

// maxRegexStates bounds an automaton, as PostgreSQL's REG_MAX_COMPILE_SPACE does.
const maxRegexStates = 100_000

// reCompiler makes automata that share one set of colors.
type reCompiler struct {
	sets   []*runeSet
	places map[*runeSet]int32
	prog   *reProg
	full   bool
}

func (c *reCompiler) compile(n *reNode) *reProg {
	c.prog = &reProg{}
	end := c.state(reState{op: opEmpty})
	c.prog.start = c.node(n, end)
	return c.prog
}

func (c *reCompiler) state(s reState) int32 {
	if len(c.prog.states) >= maxRegexStates {
		c.full = true
		return 0
	}
	c.prog.states = append(c.prog.states, s)
	return int32(len(c.prog.states) - 1)
}

// node makes the states of a node that lead to next, and returns the first.
func (c *reCompiler) node(n *reNode, next int32) int32 {
	switch n.op {
	case opEmpty:
		return next
	case opSet:
		place, ok := c.places[n.set]
		if !ok {
			place = int32(len(c.sets))
			c.sets, c.places[n.set] = append(c.sets, n.set), place
		}
		return c.state(reState{op: opSet, class: place, out: next})
	case opCat:
		for _, sub := range slices.Backward(n.subs) {
			next = c.node(sub, next)
		}
		return next
	case opAlt:
		first := c.node(n.subs[len(n.subs)-1], next)
		for _, sub := range slices.Backward(n.subs[:len(n.subs)-1]) {
			first = c.state(reState{op: opAlt, out: c.node(sub, next), also: first})
		}
		return first
	case opRepeat:
		return c.repeat(n, next)
	}
	c.prog.loose = true
	c.prog.looks = c.prog.looks || n.op == opLook
	return c.state(reState{op: n.op, look: int32(n.look), out: next})
}

func (c *reCompiler) repeat(n *reNode, next int32) int32 {
	sub := n.subs[0]
	if n.max == repeatForever {
		loop := c.state(reState{op: opAlt, also: next})
		first := c.node(sub, loop)
		if c.full {
			return 0
		}
		c.prog.states[loop].out = first
		next = loop
	} else {
		// x{m,n}: after the m-th, each further one may be the last.
		end := next
		for range n.max - n.min {
			if next = c.state(reState{op: opAlt, out: c.node(sub, next), also: end}); c.full {
				return 0
			}
		}
	}
	for range n.min {
		if next = c.node(sub, next); c.full {
			return 0
		}
	}
	return next
}

// reColors divides the characters into colors that no set of the expression tells apart.
type reColors struct {
	ascii  [utf8.RuneSelf]uint16
	starts []rune // of the intervals
	color  []uint16
	count  int
	has    [][]uint64 // by set: which colors are in it
	kinds  []byte     // by color: isNewline, isWord
}

// Kinds of places, for constraints.
const (
	atTextEdge byte = 1 << iota
	byNewline
	byWord
)

// newColors makes the colors of sets; loose adds those that constraints tell apart.
func newColors(sets []*runeSet, loose bool, chars *ctypeTable) *reColors {
	all := sets
	if loose {
		word, _ := chars.namedClass("word", false)
		all = append(slices.Clip(sets), &runeSet{ranges: []runeRange{{'\n', '\n'}}}, word)
	}
	starts := []rune{0}
	for _, s := range all {
		for _, r := range s.ranges {
			starts = append(starts, r.first)
			if r.last < utf8.MaxRune {
				starts = append(starts, r.last+1)
			}
		}
	}
	slices.Sort(starts)
	starts = slices.Compact(starts)
	c := &reColors{starts: starts, color: make([]uint16, len(starts))}
	members := c.membership(all)
	signatures := map[string]uint16{}
	words := (len(all) + 7) / 8
	var samples []int
	for i := range starts {
		signature := string(members[i*words : (i+1)*words])
		color, ok := signatures[signature]
		if !ok {
			color = uint16(len(signatures))
			signatures[signature], samples = color, append(samples, i)
		}
		c.color[i] = color
	}
	c.count = len(samples)
	c.describe(len(sets), loose, samples, func(set, interval int) bool { return members[interval*words+set/8]>>(set%8)&1 == 1 })
	for r := range c.ascii {
		c.ascii[r] = c.color[c.interval(rune(r))]
	}
	return c
}

// membership returns, for each interval, a bit for each set.
func (c *reColors) membership(sets []*runeSet) []byte {
	words := (len(sets) + 7) / 8
	members := make([]byte, len(c.starts)*words)
	for k, s := range sets {
		for _, r := range s.ranges {
			for i := c.interval(r.first); i < len(c.starts) && c.starts[i] <= r.last; i++ {
				members[i*words+k/8] |= 1 << (k % 8)
			}
		}
	}
	return members
}

func (c *reColors) describe(sets int, loose bool, samples []int, in func(set, interval int) bool) {
	for k := range sets {
		bits := make([]uint64, (c.count+63)/64)
		for color, i := range samples {
			if in(k, i) {
				bits[color/64] |= 1 << (color % 64)
			}
		}
		c.has = append(c.has, bits)
	}
	c.kinds = make([]byte, c.count)
	for color, i := range samples {
		if loose && in(sets, i) {
			c.kinds[color] |= byNewline
		}
		if loose && in(sets+1, i) {
			c.kinds[color] |= byWord
		}
	}
}

func (c *reColors) interval(r rune) int {
	return sort.Search(len(c.starts), func(i int) bool { return c.starts[i] > r }) - 1
}

func (c *reColors) of(r rune) int {
	if uint32(r) < utf8.RuneSelf {
		return int(c.ascii[r])
	}
	return int(c.color[c.interval(r)])
}
