package pgvalue

import (
	"strings"
	"unicode/utf8"

	"meshgate/sqlerr"
)

// numberReader reads one text along a template (NUM_processor and NUM_numpart_from_char).
type numberReader struct {
	*NumberTemplate
	text           string
	at             int
	sign           byte // blank until one is read
	digits         []byte
	point          bool
	whole, decimal int // digits read before and after the point
}

// Numeric is to_number(text, template); ok is false for NULL.
func (t *NumberTemplate) Numeric(text string) (n Numeric, ok bool, err error) {
	switch {
	case t.empty:
		return n, false, nil
	case t.flags.has(numExponent):
		return n, false, sqlerr.Newf(sqlerr.FeatureNotSupported, `"EEEE" not supported for input`)
	case t.flags.has(numRoman):
		return n, false, sqlerr.Newf(sqlerr.FeatureNotSupported, `"RN" not supported for input`)
	}
	r := numberReader{NumberTemplate: t, text: text, sign: ' '}
	for i := range t.nodes {
		if r.ended() {
			break
		}
		r.node(&t.nodes[i])
	}
	number := string(r.sign) + strings.TrimSuffix(string(r.digits), ".")
	if n, err = ParseNumeric(number); err != nil {
		return n, false, quoting(sqlerr.InvalidTextRepresentation, "invalid input syntax for type numeric", "invalid input syntax for type numeric: \"%s\"", clip(number))
	}
	if n, err = n.ApplyTypmod(MakeNumericTypmod(int32(t.pre+t.multi+r.decimal), int32(r.decimal))); err != nil {
		return n, false, err
	}
	if t.flags.has(numMulti) {
		power, err := NumericFromInt(10).Power(NumericFromInt(int64(-t.multi)))
		if err != nil {
			return n, false, err
		}
		n, err = n.Mul(power)
		return n, true, err
	}
	return n, true, nil
}

func (r *numberReader) ended() bool { return r.at >= len(r.text) }

func (r *numberReader) current() byte { return r.text[r.at] }

func (r *numberReader) step() {
	_, size := utf8.DecodeRuneInString(r.text[r.at:])
	r.at += size
}

// eat skips characters that are no part of a number.
func (r *numberReader) eat(n int) {
	for ; n > 0 && !r.ended() && strings.IndexByte("0123456789.,+-", r.current()) < 0; n-- {
		r.step()
	}
}

func (r *numberReader) node(n *numberNode) {
	switch n.key {
	case "":
		r.step()
	case "9", "0", ".", "D":
		r.part(n.key == "9" || n.key == "0")
		r.at++
	case ",", "G":
		if !r.flags.has(numFill) && r.current() == ',' {
			r.at++
		}
	case "L":
		r.eat(1)
	case "TH", "th":
		if !r.flags.has(numDecimal) {
			r.eat(2)
		}
	case "MI":
		r.signOf("-")
	case "PL":
		r.signOf("+")
	case "SG":
		r.signOf("-+")
	}
}

// signOf takes a sign, or skips what stands in its place.
func (r *numberReader) signOf(signs string) {
	if strings.IndexByte(signs, r.current()) < 0 {
		r.eat(1)
		return
	}
	r.sign = r.current()
	r.at++
}

// part reads a digit or the point, with a sign before or behind it. It leaves the place one before the next character.
func (r *numberReader) part(digit bool) {
	if r.current() == ' ' {
		if r.at++; r.ended() {
			return
		}
	}
	if r.sign == ' ' && digit && r.whole+r.decimal == 0 {
		r.signBefore()
		if r.ended() {
			return
		}
	}
	read := false
	switch c := r.current(); {
	case c >= '0' && c <= '9':
		if r.point && r.decimal == r.post {
			return
		}
		r.digits = append(r.digits, c)
		if r.point {
			r.decimal++
		} else {
			r.whole++
		}
		read = true
	case c == '.' && r.flags.has(numDecimal) && !r.point:
		r.digits = append(r.digits, c)
		r.point, read = true, true
	}
	if r.sign == ' ' && r.whole+r.decimal > 0 {
		r.signBehind(read)
	}
}

func (r *numberReader) signBefore() {
	anchored := r.flags.has(numSign) && r.signPlace == signBefore
	switch c := r.current(); {
	case c == '-' || c == '+':
		r.sign = c
	case c == '<' && r.flags.has(numBracket) && !anchored:
		r.sign = '-'
	default:
		return
	}
	r.at++
}

// signBehind looks for a sign behind the last digit.
func (r *numberReader) signBehind(read bool) {
	switch {
	case r.flags.has(numSign) && read:
		if r.at+1 < len(r.text) && (r.text[r.at+1] == '-' || r.text[r.at+1] == '+') {
			r.at++
			r.sign = r.current()
		}
	case !read && !r.flags.has(numSign) && r.flags.has(numPlus|numMinus):
		if c := r.current(); c == '-' || c == '+' {
			r.sign = c
		}
	}
}
