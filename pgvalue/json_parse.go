package pgvalue

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"meshgate/sqlerr"
)

type jsonParser struct {
	text     string
	at       int
	unpaired string // what is wrong with the first \u surrogate without its other half
}

func (p *jsonParser) blanks() {
	for p.at < len(p.text) && strings.IndexByte(" \t\n\r", p.text[p.at]) >= 0 {
		p.at++
	}
}

func (p *jsonParser) value(depth int) (JSON, error) {
	if depth > maxJSONDepth {
		return JSON{}, sqlerr.Newf(sqlerr.StatementTooComplex, "stack depth limit exceeded")
	}
	if p.at == len(p.text) {
		return JSON{}, p.unexpected("")
	}
	start := p.at
	v, err := p.valueAt(depth)
	if err != nil {
		return JSON{}, err
	}
	v.Raw = p.text[start:p.at]
	return v, nil
}

func (p *jsonParser) valueAt(depth int) (JSON, error) {
	switch c := p.text[p.at]; {
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.array(depth)
	case c == '"':
		s, err := p.string()
		return JSON{Kind: JSONString, Text: s}, err
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	}
	for word, kind := range map[string]JSONKind{"null": JSONNull, "true": JSONTrue, "false": JSONFalse} {
		if strings.HasPrefix(p.text[p.at:], word) {
			end := p.at + len(word)
			if end == len(p.text) || !isWordByte(p.text[end]) {
				p.at = end
				return JSON{Kind: kind}, nil
			}
		}
	}
	return JSON{}, p.unexpected("JSON value")
}

func isWordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

func (p *jsonParser) number() (JSON, error) {
	start := p.at
	if p.text[p.at] == '-' {
		p.at++
	}
	digits := func() int {
		from := p.at
		for p.at < len(p.text) && p.text[p.at] >= '0' && p.text[p.at] <= '9' {
			p.at++
		}
		return p.at - from
	}
	first := p.at
	count := digits()
	if count == 0 || count > 1 && p.text[first] == '0' {
		return JSON{}, p.invalidToken(start)
	}
	if p.at < len(p.text) && p.text[p.at] == '.' {
		p.at++
		if digits() == 0 {
			return JSON{}, p.invalidToken(start)
		}
	}
	if p.at < len(p.text) && (p.text[p.at] == 'e' || p.text[p.at] == 'E') {
		p.at++
		if p.at < len(p.text) && (p.text[p.at] == '+' || p.text[p.at] == '-') {
			p.at++
		}
		if digits() == 0 {
			return JSON{}, p.invalidToken(start)
		}
	}
	if p.at < len(p.text) && isWordByte(p.text[p.at]) {
		return JSON{}, p.invalidToken(start)
	}
	n, err := ParseNumeric(p.text[start:p.at])
	return JSON{Kind: JSONNumber, Number: n}, err
}

func (p *jsonParser) array(depth int) (JSON, error) {
	v := JSON{Kind: JSONArray}
	p.at++
	if p.blanks(); p.at < len(p.text) && p.text[p.at] == ']' {
		p.at++
		return v, nil
	}
	for {
		p.blanks()
		item, err := p.value(depth + 1)
		if err != nil {
			return JSON{}, err
		}
		v.Items = append(v.Items, item)
		p.blanks()
		switch {
		case p.at < len(p.text) && p.text[p.at] == ',':
			p.at++
		case p.at < len(p.text) && p.text[p.at] == ']':
			p.at++
			return v, nil
		default:
			return JSON{}, p.unexpected(`"," or "]"`)
		}
	}
}

func (p *jsonParser) object(depth int) (JSON, error) {
	v := JSON{Kind: JSONObject}
	p.at++
	if p.blanks(); p.at < len(p.text) && p.text[p.at] == '}' {
		p.at++
		return v, nil
	}
	for {
		p.blanks()
		if p.at == len(p.text) || p.text[p.at] != '"' {
			if len(v.Members) == 0 {
				return JSON{}, p.unexpected(`string or "}"`)
			}
			return JSON{}, p.unexpected("string")
		}
		key, err := p.string()
		if err != nil {
			return JSON{}, err
		}
		if p.blanks(); p.at == len(p.text) || p.text[p.at] != ':' {
			return JSON{}, p.unexpected(`":"`)
		}
		p.at++
		p.blanks()
		member, err := p.value(depth + 1)
		if err != nil {
			return JSON{}, err
		}
		v.Members = append(v.Members, JSONMember{Key: key, Value: member})
		p.blanks()
		switch {
		case p.at < len(p.text) && p.text[p.at] == ',':
			p.at++
		case p.at < len(p.text) && p.text[p.at] == '}':
			p.at++
			return v, nil
		default:
			return JSON{}, p.unexpected(`"," or "}"`)
		}
	}
}

func (p *jsonParser) string() (string, error) {
	open := p.at
	p.at++
	start := p.at
	for p.at < len(p.text) && p.text[p.at] != '"' && p.text[p.at] != '\\' && p.text[p.at] >= 0x20 {
		p.at++
	}
	if p.at < len(p.text) && p.text[p.at] == '"' {
		p.at++
		return p.text[start : p.at-1], nil
	}
	b := []byte(p.text[start:p.at])
	for p.at < len(p.text) {
		switch c := p.text[p.at]; {
		case c == '"':
			p.at++
			return string(b), nil
		case c < 0x20:
			return "", badJSON(fmt.Sprintf("Character with value 0x%02x must be escaped.", c))
		case c != '\\':
			b = append(b, c)
			p.at++
		default:
			var err error
			if b, err = p.escape(b, open); err != nil {
				return "", err
			}
		}
	}
	return "", p.invalidToken(open)
}

// escape reads what follows a backslash in the string that opens at a place.
func (p *jsonParser) escape(b []byte, open int) ([]byte, error) {
	if p.at+1 >= len(p.text) {
		p.at = len(p.text)
		return nil, p.invalidToken(open)
	}
	c := p.text[p.at+1]
	if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 {
		p.at += 2
		return append(b, "\"\\/\b\f\n\r\t"[i]), nil
	}
	if c != 'u' {
		r, _ := utf8.DecodeRuneInString(p.text[p.at+1:])
		return nil, badJSON(fmt.Sprintf(`Escape sequence "\%c" is invalid.`, r))
	}
	r, ok := p.hex4()
	if !ok {
		return nil, badJSON(`"\u" must be followed by four hexadecimal digits.`)
	}
	if !utf16.IsSurrogate(r) {
		return utf8.AppendRune(b, r), nil
	}
	wrong := "Unicode low surrogate must follow a high surrogate."
	if r < 0xdc00 && strings.HasPrefix(p.text[p.at:], `\u`) {
		if low, ok := p.hex4(); ok {
			if low >= 0xd800 && low < 0xdc00 {
				wrong = "Unicode high surrogate must not follow a high surrogate."
			}
			if full := utf16.DecodeRune(r, low); full != utf8.RuneError {
				return utf8.AppendRune(b, full), nil
			}
		}
	}
	// Type json does not look at what an escape stands for; only jsonb and the text of a string do.
	if p.unpaired == "" {
		p.unpaired = wrong
	}
	return utf8.AppendRune(b, utf8.RuneError), nil
}

// hex4 reads \uXXXX at the cursor.
func (p *jsonParser) hex4() (rune, bool) {
	if p.at+6 > len(p.text) {
		return 0, false
	}
	v, err := strconv.ParseUint(p.text[p.at+2:p.at+6], 16, 16)
	p.at += 6
	return rune(v), err == nil
}

// unexpected is the error of a token that stands where another must. A token that is none at all is the first thing wrong.
func (p *jsonParser) unexpected(want string) error {
	if p.at == len(p.text) {
		return badJSON("The input string ended unexpectedly.")
	}
	start := p.at
	switch c := p.text[p.at]; {
	case strings.IndexByte("{}[],:", c) >= 0:
		p.at++
	case c == '"':
		if _, err := p.string(); err != nil {
			return err
		}
	case c == '-' || c >= '0' && c <= '9':
		if _, err := p.number(); err != nil {
			return err
		}
	default:
		for p.at < len(p.text) && isWordByte(p.text[p.at]) {
			p.at++
		}
		switch p.text[start:p.at] {
		case "true", "false", "null":
		case "":
			p.at++
			return p.invalidToken(start)
		default:
			return p.invalidToken(start)
		}
	}
	return badJSON(fmt.Sprintf(`Expected %s, but found "%s".`, want, p.text[start:p.at]))
}

// invalidToken is the error of what starts as a token and is none.
func (p *jsonParser) invalidToken(start int) error {
	for p.at < len(p.text) && isWordByte(p.text[p.at]) {
		p.at++
	}
	return badJSON(fmt.Sprintf(`Token "%s" is invalid.`, p.text[start:p.at]))
}
