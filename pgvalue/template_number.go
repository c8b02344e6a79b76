package pgvalue

import (
	"strings"
	"unicode/utf8"

	"meshgate/sqlerr"
)

// NumberTemplate is a template for numbers that has been read. It is safe for concurrent use.
type NumberTemplate struct {
	nodes []numberNode
	numberShape
	empty bool
}

// numberNode is a pattern, or one character of text.
type numberNode struct {
	key  string // in upper case, but for rn and th, whose case matters; empty = text
	text string
}

// numberShape is what the patterns of a template say together (NUMDesc).
type numberShape struct {
	pre, post          int // digits before and after the point
	multi              int // digits after V
	zeroStart, zeroEnd int // the first and the last 0, counted in digits from 1
	signPlace          signPlace
	signAfter          int // digits before an S
	flags              numberFlags
}

type signPlace int8

const (
	signNone signPlace = iota
	signBefore
	signBehind
)

type numberFlags uint16

const (
	numDecimal numberFlags = 1 << iota
	numZero
	numBlank
	numFill
	numSign
	numBracket
	numMinus
	numPlus
	numRoman
	numMulti
	numExponent
)

func (f numberFlags) has(x numberFlags) bool { return f&x != 0 }

// numberKeys are the patterns; where one begins with another, it comes first.
var numberKeys = strings.Fields(", . 0 9 B C D EEEE FM G L MI PL PR RN SG SP S TH V b c d eeee fm g l mi pl pr rn sg sp s th v")

// ParseNumberTemplate reads a template.
func ParseNumberTemplate(text string) (*NumberTemplate, error) {
	t := &NumberTemplate{empty: text == ""}
	for text != "" {
		key := ""
		for _, k := range numberKeys {
			if strings.HasPrefix(text, k) {
				key = k
				break
			}
		}
		if key == "" {
			text = t.literal(text)
			continue
		}
		text = text[len(key):]
		if key != "rn" && key != "th" {
			key = strings.ToUpper(key)
		}
		if err := t.shape(key); err != nil {
			return nil, err
		}
		t.nodes = append(t.nodes, numberNode{key: key})
	}
	return t, nil
}

func (t *NumberTemplate) literal(text string) string {
	add := func(c string) { t.nodes = append(t.nodes, numberNode{text: c}) }
	if text[0] == '"' {
		return quotedTemplate(text[1:], add)
	}
	if strings.HasPrefix(text, `\"`) {
		text = text[1:]
	}
	_, size := utf8.DecodeRuneInString(text)
	add(text[:size])
	return text[size:]
}

func badTemplate(message string) error { return sqlerr.Newf(sqlerr.SyntaxError, "%s", message) }

// shape takes one pattern into account, or says with which others it cannot stand (NUMDesc_prepare).
func (t *NumberTemplate) shape(key string) error {
	if t.flags.has(numExponent) && key != "EEEE" {
		return badTemplate(`"EEEE" must be the last pattern used`)
	}
	switch key {
	case "9", "0":
		return t.digit(key)
	case "B":
		if t.pre == 0 && t.post == 0 && !t.flags.has(numZero) {
			t.flags |= numBlank
		}
	case "D", ".":
		switch {
		case t.flags.has(numDecimal):
			return badTemplate("multiple decimal points")
		case t.flags.has(numMulti):
			return badTemplate(`cannot use "V" and decimal point together`)
		}
		t.flags |= numDecimal
	case "FM":
		t.flags |= numFill
	case "RN", "rn":
		t.flags |= numRoman
	case "V":
		if t.flags.has(numDecimal) {
			return badTemplate(`cannot use "V" and decimal point together`)
		}
		t.flags |= numMulti
	case "EEEE":
		switch {
		case t.flags.has(numExponent):
			return badTemplate(`cannot use "EEEE" twice`)
		case t.flags.has(numBlank | numFill | numSign | numBracket | numMinus | numPlus | numRoman | numMulti):
			return sqlerr.Newf(sqlerr.SyntaxError, `"EEEE" is incompatible with other formats`).
				WithDetail(`"EEEE" may only be used together with digit and decimal point patterns.`)
		}
		t.flags |= numExponent
	default:
		return t.sign(key)
	}
	return nil
}

func (t *NumberTemplate) digit(key string) error {
	if t.flags.has(numBracket) {
		return badTemplate(`"` + key + `" must be ahead of "PR"`)
	}
	if key == "9" && t.flags.has(numMulti) {
		t.multi++
		return nil
	}
	if key == "0" && !t.flags.has(numZero|numDecimal) {
		t.flags |= numZero
		t.zeroStart = t.pre + 1
	}
	if t.flags.has(numDecimal) {
		t.post++
	} else {
		t.pre++
	}
	if key == "0" {
		t.zeroEnd = t.pre + t.post
	}
	return nil
}

// sign takes the patterns of signs into account.
func (t *NumberTemplate) sign(key string) error {
	switch key {
	case "S":
		switch {
		case t.flags.has(numSign):
			return badTemplate(`cannot use "S" twice`)
		case t.flags.has(numPlus | numMinus | numBracket):
			return badTemplate(`cannot use "S" and "PL"/"MI"/"SG"/"PR" together`)
		case !t.flags.has(numDecimal):
			t.signPlace, t.signAfter = signBefore, t.pre
		default:
			t.signPlace = signBehind
		}
		t.flags |= numSign
	case "MI", "PL", "SG":
		if t.flags.has(numSign) {
			return badTemplate(`cannot use "S" and "` + key + `" together`)
		}
		t.flags |= map[string]numberFlags{"MI": numMinus, "PL": numPlus, "SG": numMinus | numPlus}[key]
	case "PR":
		if t.flags.has(numSign | numPlus | numMinus) {
			return badTemplate(`cannot use "PR" and "S"/"PL"/"MI"/"SG" together`)
		}
		t.flags |= numBracket
	}
	return nil
}
