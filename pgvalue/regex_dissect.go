package pgvalue

// dissect finds the groups of a match of a node, which the node's automaton says there is (cdissect). It fails only where
// references are: the groups below are then unset.
func (m *RegexMatcher) dissect(t *subRE, begin, end int) bool {
	if m.tired(0) {
		return false
	}
	ok := true
	switch t.op {
	case 'b':
		ok = m.dissectReference(t, begin, end)
	case '.':
		ok = m.dissectPair(t, begin, end)
	case '|':
		ok = m.dissectAlternatives(t, begin, end)
	case '*':
		if t.kids[0].flags&reShorter != 0 {
			ok = m.dissectIterationShortest(t, begin, end)
		} else {
			ok = m.dissectIteration(t, begin, end)
		}
	case '(':
		ok = m.dissect(t.kids[0], begin, end)
	}
	if ok && t.capture > 0 {
		m.spans[t.capture] = reSpan{begin, end}
	}
	return ok
}

// unset forgets the groups of a node.
func (m *RegexMatcher) unset(t *subRE) {
	if t.capture > 0 {
		m.spans[t.capture] = noSpan
	}
	for _, k := range t.kids {
		m.unset(k)
	}
}

// longestOf and shortestOf run a node's automaton. A reference to a group that has matched is compared instead.
func (m *RegexMatcher) longestOf(t *subRE, start, stop int) int {
	if m.tired(stop - start) {
		return -1
	}
	if t.op == 'b' && m.spans[t.refers].from >= 0 {
		return m.referenceEnd(t, start, start, stop, false)
	}
	return m.part(t).longest(start, stop)
}

func (m *RegexMatcher) shortestOf(t *subRE, start, least, most int) int {
	if m.tired(most - start) {
		return -1
	}
	if t.op == 'b' && m.spans[t.refers].from >= 0 {
		return m.referenceEnd(t, start, least, most, true)
	}
	end, _ := m.part(t).shortest(start, least, most)
	return end
}

// dissectPair finds the border between two parts, the first one's preference first (ccondissect, crevcondissect).
func (m *RegexMatcher) dissectPair(t *subRE, begin, end int) bool {
	left, right := t.kids[0], t.kids[1]
	shorter := left.flags&reShorter != 0
	next := func(limit int) int {
		if shorter {
			return m.shortestOf(left, begin, limit, end)
		}
		return m.longestOf(left, begin, limit)
	}
	limit := end
	if shorter {
		limit = begin
	}
	for {
		mid := next(limit)
		if mid < 0 {
			return false
		}
		if m.longestOf(right, mid, end) == end && m.dissect(left, begin, mid) {
			if m.dissect(right, mid, end) {
				return true
			}
			m.unset(left)
		}
		if m.err != nil || shorter && mid == end || !shorter && mid == begin {
			return false
		}
		limit = mid - 1
		if shorter {
			limit = mid + 1
		}
	}
}

func (m *RegexMatcher) dissectAlternatives(t *subRE, begin, end int) bool {
	for _, k := range t.kids {
		if m.longestOf(k, begin, end) == end && m.dissect(k, begin, end) {
			return true
		}
	}
	return false
}

// same compares two stretches of the text.
func (m *RegexMatcher) same(a, b, length int) bool {
	for i := range length {
		x, y := m.in.at(a+i), m.in.at(b+i)
		if x != y && !(m.re.fold && m.re.chars.toLower(x) == m.re.chars.toLower(y)) {
			return false
		}
	}
	return true
}

func (m *RegexMatcher) dissectReference(t *subRE, begin, end int) bool {
	group := m.spans[t.refers]
	length := group.to - group.from
	switch {
	case group.from < 0:
		return false
	case length == 0:
		return begin == end && t.min <= t.max
	case begin == end:
		return t.min == 0
	case (end-begin)%length != 0:
		return false
	}
	times := (end - begin) / length
	if times < t.min || t.max != repeatForever && times > t.max {
		return false
	}
	for at := begin; at < end; at += length {
		if !m.same(group.from, at, length) {
			return false
		}
	}
	return true
}

// referenceEnd is where the longest or shortest run of a group's text from start ends (dfa_backref).
func (m *RegexMatcher) referenceEnd(t *subRE, start, least, most int, shortest bool) int {
	group := m.spans[t.refers]
	length := group.to - group.from
	if length == 0 {
		if least == start && t.min <= t.max {
			return start
		}
		return -1
	}
	lowest, highest := t.min, t.max
	if t.max == repeatForever || t.max > (most-start)/length {
		highest = (most - start) / length
	}
	if need := (least - start + length - 1) / length; need > lowest {
		lowest = need
	}
	if highest < lowest {
		return -1
	}
	times, at := 0, start
	for times < lowest || !shortest && times < highest {
		if !m.same(group.from, at, length) {
			break
		}
		at += length
		times++
	}
	if times < lowest {
		return -1
	}
	return at
}

// iteration is the search for the borders between the repetitions of a node.
type iteration struct {
	m          *RegexMatcher
	body       *subRE
	begin, end int
	least      int
	most       int
	ends       []int // ends[k] is where the k-th repetition ends; ends[0] is begin
	verified   int   // repetitions known to take apart
}

func (m *RegexMatcher) newIteration(t *subRE, begin, end int) *iteration {
	it := &iteration{m: m, body: t.kids[0], begin: begin, end: end, least: max(t.min, 1), most: end - begin}
	if it.most > t.max && t.max != repeatForever {
		it.most = t.max
	}
	it.most = max(it.most, it.least)
	it.ends = append(it.ends, begin)
	return it
}

// mayBeEmpty reports whether the k-th repetition may be empty: only where there are too few characters for them all.
func (it *iteration) mayBeEmpty(k, at int) bool {
	return k < it.least && it.least-k >= it.end-at
}

// verify takes the first k repetitions apart; it returns 0, or the number of the one that fails.
func (it *iteration) verify(k int) int {
	for i := it.verified + 1; i <= k; i++ {
		it.m.unset(it.body)
		if !it.m.dissect(it.body, it.ends[i-1], it.ends[i]) {
			return i
		}
		it.verified = i
	}
	return 0
}

// set notes the end of the k-th repetition.
func (it *iteration) set(k, end int) {
	it.ends = append(it.ends[:k], end)
	it.verified = min(it.verified, k-1)
}

// dissectIteration divides a match into repetitions, each as long as can be (citerdissect).
func (m *RegexMatcher) dissectIteration(t *subRE, begin, end int) bool {
	it := m.newIteration(t, begin, end)
	for k, limit := 1, end; k > 0; {
		at := m.longestOf(it.body, it.ends[k-1], limit)
		if m.err != nil {
			return false
		}
		switch {
		case at < 0:
			k--
		case at != end:
			it.set(k, at)
			if k >= it.most {
				k--
				break
			}
			if at == it.ends[k-1] && !it.mayBeEmpty(k, at) {
				break
			}
			k, limit = k+1, end
			continue
		default:
			if it.set(k, at); k < it.least {
				break
			}
			failed := it.verify(k)
			if failed == 0 {
				return true
			}
			if m.err != nil {
				return false
			}
			k = failed
		}
		k, limit = it.shorten(k)
	}
	// No repetition at all is the last resort: with one the groups get set.
	return t.min == 0 && begin == end
}

// shorten finds the last repetition up to the k-th that can be shorter, and the limit of its end; k = 0 means none.
func (it *iteration) shorten(k int) (n, limit int) {
	for ; k > 0; k-- {
		before := it.ends[k-1]
		if it.ends[k] > before {
			if limit = it.ends[k] - 1; limit > before || it.mayBeEmpty(k, before) {
				return k, limit
			}
		}
	}
	return 0, 0
}

// dissectIterationShortest divides a match into repetitions, each as short as can be (creviterdissect).
func (m *RegexMatcher) dissectIterationShortest(t *subRE, begin, end int) bool {
	if t.min <= 0 && begin == end {
		return true
	}
	it := m.newIteration(t, begin, end)
	for k, limit := 1, begin; k > 0; {
		if limit == it.ends[k-1] && limit != end && !it.mayBeEmpty(k, limit) {
			limit++
		}
		if k >= it.most {
			limit = end
		}
		at := m.shortestOf(it.body, it.ends[k-1], limit, end)
		if m.err != nil {
			return false
		}
		switch {
		case at < 0:
			k--
		case at != end:
			it.set(k, at)
			if k >= it.most {
				k--
				break
			}
			k, limit = k+1, at
			continue
		default:
			if it.set(k, at); k < it.least {
				break
			}
			failed := it.verify(k)
			if failed == 0 {
				return true
			}
			if m.err != nil {
				return false
			}
			k = failed
		}
		for ; k > 0; k-- {
			if it.ends[k] < end {
				limit = it.ends[k] + 1
				break
			}
		}
	}
	return false
}
