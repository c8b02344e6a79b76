package pgvalue

import (
	"bytes"
	"strings"

	"meshgate/sqlerr"
)

// numberWriter lays the digits of one number out as a template says (NUM_processor).
type numberWriter struct {
	numberShape
	nodes []numberNode

	number   string // digits and point, without sign
	at       int    // place in number
	negative bool
	roman    bool
	blanks   int // places of the template before the first digit
	signDone bool
	count    int // places of the template
	place    int // the current one
	inNumber bool
	last     int // the last place in number that FM keeps, -1 = all
	out      []byte
	err      error
}

func (t *NumberTemplate) writer() *numberWriter {
	return &numberWriter{numberShape: t.numberShape, nodes: t.nodes, last: -1}
}

// decimal appends a number that was written with digits.
func (w *numberWriter) decimal(dst []byte, text string) ([]byte, error) {
	number, negative := strings.CutPrefix(text, "-")
	w.negative = negative
	whole := strings.IndexByte(number, '.')
	if whole < 0 {
		whole = len(number)
	}
	switch {
	case whole < w.pre:
		w.blanks = w.pre - whole
	case whole > w.pre:
		number = strings.Repeat("#", w.pre) + "." + strings.Repeat("#", w.post)
	}
	return w.append(dst, number)
}

// byteAt returns a byte of the number, 0 beyond its end.
func (w *numberWriter) byteAt(i int) byte {
	if i < len(w.number) {
		return w.number[i]
	}
	return 0
}

func (w *numberWriter) append(dst []byte, number string) ([]byte, error) {
	w.number, w.out = number, dst
	if w.zeroStart > 0 {
		w.zeroStart--
	}
	if w.flags.has(numRoman) {
		w.roman = true
		w.signPlace, w.signAfter, w.post, w.pre, w.blanks = signNone, 0, 0, 0, 0
		w.flags &= numFill
	}
	w.planSign()
	w.count = w.post + w.pre - 1
	if w.flags.has(numFill) && w.flags.has(numDecimal) {
		w.last = lastRelevant(number)
		if w.last >= 0 && w.zeroEnd > w.blanks {
			w.last = max(w.last, w.zeroEnd-w.blanks)
		}
	}
	if !w.signDone && w.blanks == 0 {
		w.count++
	}
	for i := range w.nodes {
		w.node(&w.nodes[i])
	}
	// PostgreSQL's text ends where a place of the template had no digit left.
	if i := bytes.IndexByte(w.out[len(dst):], 0); i >= 0 {
		w.out = w.out[:len(dst)+i]
	}
	return w.out, w.err
}

// planSign decides whether the digits bring their sign.
func (w *numberWriter) planSign() {
	if w.flags.has(numPlus | numMinus) {
		w.signDone = w.flags.has(numMinus)
		return
	}
	if !w.negative && !w.roman && w.flags.has(numBracket) && w.flags.has(numFill) {
		w.flags &^= numBracket
	}
	w.signDone = !w.negative && !w.roman && w.flags.has(numFill) && !w.flags.has(numSign)
	if w.signPlace == signBefore && w.pre == w.signAfter {
		w.signPlace = signBehind
	}
}

// lastRelevant is the place of the last digit after the point that is no zero, or of the point, or -1.
func lastRelevant(number string) int {
	point := strings.IndexByte(number, '.')
	if point < 0 {
		return -1
	}
	return max(point, strings.LastIndexAny(number, "123456789#"))
}

func (w *numberWriter) node(n *numberNode) {
	fill := w.flags.has(numFill)
	switch n.key {
	case "":
		w.out = append(w.out, n.text...)
	case "9", "0", ".", "D":
		w.digit(n.key)
	case ",", "G":
		switch {
		case w.inNumber:
			w.out = append(w.out, ',')
		case !fill:
			w.out = append(w.out, ' ')
		}
	case "L":
		w.out = append(w.out, ' ')
	case "RN", "rn":
		text := w.number[w.at:]
		if n.key == "rn" {
			text = strings.ToLower(text)
		}
		for range 15 - len(text) {
			if !fill {
				w.out = append(w.out, ' ')
			}
		}
		w.out = append(w.out, text...)
	case "TH", "th":
		if !w.roman && w.byteAt(0) != '#' && !w.negative && !w.flags.has(numDecimal) {
			w.ordinal(n.key == "TH")
		}
	case "MI":
		w.signOrBlank(w.negative, '-')
	case "PL":
		w.signOrBlank(!w.negative && !w.roman, '+')
	case "SG":
		w.out = append(w.out, w.signByte())
	}
}

func (w *numberWriter) ordinal(upper bool) {
	if last := w.byteAt(len(w.number) - 1); last < '0' || last > '9' {
		w.err = sqlerr.Newf(sqlerr.InvalidTextRepresentation, "what an ordinal suffix follows is not a number")
		return
	}
	w.out = append(w.out, ordinalSuffix([]byte(w.number), upper)...)
}

func (w *numberWriter) signByte() byte {
	switch {
	case w.roman:
		return 0
	case w.negative:
		return '-'
	}
	return '+'
}

func (w *numberWriter) signOrBlank(has bool, sign byte) {
	switch {
	case has:
		w.out = append(w.out, sign)
	case !w.flags.has(numFill):
		w.out = append(w.out, ' ')
	}
}

// noLeadingZero reports whether the number begins with a zero that its template does not show: 0.1 in 9.9 is " .1".
func (w *numberWriter) noLeadingZero() bool {
	return !w.flags.has(numZero) && w.at == 0 && w.byteAt(0) == '0' && w.post != 0
}

func (w *numberWriter) endsInPoint() bool { return w.last >= 0 && w.byteAt(w.last) == '.' }

// digit writes one place of the number, with the sign where it belongs (NUM_numpart_to_char).
func (w *numberWriter) digit(key string) {
	if w.roman {
		return
	}
	w.inNumber = false
	zero := w.flags.has(numZero)
	if !w.signDone && (w.place >= w.blanks || zero && w.zeroStart == w.place) && (!w.noLeadingZero() || w.endsInPoint()) {
		w.leadingSign()
	}
	switch {
	case w.place < w.blanks && (w.zeroStart > w.place || !zero):
		if !w.flags.has(numFill) {
			w.out = append(w.out, ' ')
		}
	case zero && w.place < w.blanks:
		w.out = append(w.out, '0')
		w.inNumber = true
	default:
		w.character(key)
		if w.byteAt(w.at) != 0 {
			w.at++
		}
	}
	end := w.count
	if w.blanks > 0 {
		end++
	}
	if w.flags.has(numDecimal) {
		end++
	}
	if w.last >= 0 && w.last == w.at {
		end = w.place
	}
	if w.place+1 == end {
		w.trailingSign()
	}
	w.place++
}

func (w *numberWriter) leadingSign() {
	switch {
	case w.flags.has(numSign):
		if w.signPlace != signBefore {
			return
		}
		w.out = append(w.out, w.signByte())
	case w.flags.has(numBracket):
		w.out = append(w.out, map[bool]byte{true: '<', false: ' '}[w.negative])
	case w.negative:
		w.out = append(w.out, '-')
	case !w.flags.has(numFill):
		w.out = append(w.out, ' ')
	}
	w.signDone = true
}

// character writes the point or the next digit.
func (w *numberWriter) character(key string) {
	fill := w.flags.has(numFill)
	switch c := w.byteAt(w.at); {
	case c == '.':
		if !w.endsInPoint() || fill {
			w.out = append(w.out, '.')
		}
	case w.last >= 0 && w.at > w.last && key != "0":
	case w.noLeadingZero():
		switch {
		case !fill:
			w.out = append(w.out, ' ')
		case w.endsInPoint():
			w.out = append(w.out, '0')
		}
	default:
		w.out = append(w.out, c)
		w.inNumber = true
	}
}

func (w *numberWriter) trailingSign() {
	switch {
	case w.signDone && w.flags.has(numBracket):
		w.out = append(w.out, map[bool]byte{true: '>', false: ' '}[w.negative])
	case w.flags.has(numSign) && w.signPlace == signBehind:
		w.out = append(w.out, w.signByte())
	}
}
