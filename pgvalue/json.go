package pgvalue

import (
	"sort"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"meshgate/sqlerr"
)

// JSONKind is the type of a JSON value.
type JSONKind uint8

// The kinds in the order in which jsonb compares them.
const (
	JSONNull JSONKind = iota
	JSONString
	JSONNumber
	JSONFalse
	JSONTrue
	JSONArray
	JSONObject
)

// JSON is a parsed JSON value.
type JSON struct {
	Kind    JSONKind
	Raw     string  // the text it was read from; empty for a built value
	Text    string  // of a string
	Number  Numeric // of a number
	Items   []JSON  // of an array
	Members []JSONMember
}

// JSONMember is one key of an object, in the order of the text or, after Normalize, in jsonb's.
type JSONMember struct {
	Key   string
	Value JSON
}

// maxJSONDepth bounds recursion; PostgreSQL stops at its stack depth limit, some thousands of levels.
const maxJSONDepth = 6000

func badJSON(detail string) error {
	return sqlerr.Newf(sqlerr.InvalidTextRepresentation, "invalid input syntax for type json").WithDetail("%s", detail)
}

// ValidJSON checks text as the input function of type json does.
func ValidJSON(text string) error {
	_, _, err := parseJSON(text)
	return err
}

// ParseJSON reads a JSON text (RFC 8259) and refuses escapes that stand for no character.
func ParseJSON(text string) (JSON, error) {
	v, unpaired, err := parseJSON(text)
	if err == nil && unpaired {
		err = badJSON("Unicode surrogates must come in pairs.")
	}
	return v, err
}

func parseJSON(text string) (v JSON, unpaired bool, err error) {
	p := jsonParser{text: text}
	p.blanks()
	if v, err = p.value(0); err != nil {
		return JSON{}, false, err
	}
	if p.blanks(); p.at < len(text) {
		return JSON{}, false, badJSON("Expected end of input.")
	}
	return v, p.unpaired, nil
}

// NormalizeJSONB returns the text of type jsonb: keys sorted by length and bytes, the last duplicate kept, one space after
// colons and commas.
func NormalizeJSONB(text string) (string, error) {
	v, err := ParseJSON(text)
	if err != nil {
		return "", err
	}
	if strings.Contains(text, `\u0000`) && v.hasZero() {
		return "", sqlerr.Newf(sqlerr.UntranslatableCharacter, "unsupported Unicode escape sequence").WithDetail(`\u0000 cannot be converted to text.`)
	}
	v.Normalize()
	return string(v.AppendJSONB(nil)), nil
}

func (v *JSON) hasZero() bool {
	if strings.IndexByte(v.Text, 0) >= 0 {
		return true
	}
	for i := range v.Items {
		if v.Items[i].hasZero() {
			return true
		}
	}
	for i := range v.Members {
		if strings.IndexByte(v.Members[i].Key, 0) >= 0 || v.Members[i].Value.hasZero() {
			return true
		}
	}
	return false
}

// Normalize sorts and dedupes the keys of all objects as jsonb stores them.
func (v *JSON) Normalize() {
	for i := range v.Items {
		v.Items[i].Normalize()
	}
	for i := range v.Members {
		v.Members[i].Value.Normalize()
	}
	if len(v.Members) < 2 {
		return
	}
	sort.SliceStable(v.Members, func(i, j int) bool { return jsonbKeyLess(v.Members[i].Key, v.Members[j].Key) })
	kept := v.Members[:0]
	for i, m := range v.Members {
		if i+1 < len(v.Members) && v.Members[i+1].Key == m.Key {
			continue
		}
		kept = append(kept, m)
	}
	v.Members = kept
}

func jsonbKeyLess(a, b string) bool {
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return a < b
}

// Get returns the last member of a key.
func (v *JSON) Get(key string) (JSON, bool) {
	for i := len(v.Members) - 1; i >= 0; i-- {
		if v.Members[i].Key == key {
			return v.Members[i].Value, true
		}
	}
	return JSON{}, false
}

// AppendJSONB appends the text form of jsonb.
func (v *JSON) AppendJSONB(dst []byte) []byte { return v.append(dst, ", ", ": ") }

// append writes compact JSON with the given separators.
func (v *JSON) append(dst []byte, comma, colon string) []byte {
	switch v.Kind {
	case JSONNull:
		return append(dst, "null"...)
	case JSONFalse:
		return append(dst, "false"...)
	case JSONTrue:
		return append(dst, "true"...)
	case JSONNumber:
		return v.Number.AppendText(dst)
	case JSONString:
		return AppendJSONString(dst, v.Text)
	case JSONArray:
		dst = append(dst, '[')
		for i := range v.Items {
			if i > 0 {
				dst = append(dst, comma...)
			}
			dst = v.Items[i].append(dst, comma, colon)
		}
		return append(dst, ']')
	}
	dst = append(dst, '{')
	for i := range v.Members {
		if i > 0 {
			dst = append(dst, comma...)
		}
		dst = append(AppendJSONString(dst, v.Members[i].Key), colon...)
		dst = v.Members[i].Value.append(dst, comma, colon)
	}
	return append(dst, '}')
}

// AppendJSONString appends a quoted string as PostgreSQL's escape_json writes it.
func AppendJSONString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c >= 0x20:
			dst = append(dst, c)
		case strings.IndexByte("\b\f\n\r\t", c) >= 0:
			dst = append(dst, '\\', "bfnrt"[strings.IndexByte("\b\f\n\r\t", c)])
		default:
			dst = append(dst, '\\', 'u', '0', '0')
			dst = AppendHex(dst, []byte{c})
		}
	}
	return append(dst, '"')
}

type jsonParser struct {
	text     string
	at       int
	unpaired bool // a \u surrogate without its other half
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
		return JSON{}, badJSON("The input string ended unexpectedly.")
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
	return JSON{}, badJSON("A token is invalid.")
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
		return JSON{}, badJSON("A number is invalid.")
	}
	if p.at < len(p.text) && p.text[p.at] == '.' {
		p.at++
		if digits() == 0 {
			return JSON{}, badJSON("A number is invalid.")
		}
	}
	if p.at < len(p.text) && (p.text[p.at] == 'e' || p.text[p.at] == 'E') {
		p.at++
		if p.at < len(p.text) && (p.text[p.at] == '+' || p.text[p.at] == '-') {
			p.at++
		}
		if digits() == 0 {
			return JSON{}, badJSON("A number is invalid.")
		}
	}
	if p.at < len(p.text) && isWordByte(p.text[p.at]) {
		return JSON{}, badJSON("A number is invalid.")
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
			return JSON{}, badJSON(`Expected "," or "]".`)
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
			return JSON{}, badJSON("Expected string.")
		}
		key, err := p.string()
		if err != nil {
			return JSON{}, err
		}
		if p.blanks(); p.at == len(p.text) || p.text[p.at] != ':' {
			return JSON{}, badJSON(`Expected ":".`)
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
			return JSON{}, badJSON(`Expected "," or "}".`)
		}
	}
}

func (p *jsonParser) string() (string, error) {
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
			return "", badJSON("A control character must be escaped.")
		case c != '\\':
			b = append(b, c)
			p.at++
		default:
			var err error
			if b, err = p.escape(b); err != nil {
				return "", err
			}
		}
	}
	return "", badJSON("A string is not closed.")
}

func (p *jsonParser) escape(b []byte) ([]byte, error) {
	if p.at+1 >= len(p.text) {
		return nil, badJSON("A string is not closed.")
	}
	c := p.text[p.at+1]
	if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 {
		p.at += 2
		return append(b, "\"\\/\b\f\n\r\t"[i]), nil
	}
	if c != 'u' {
		return nil, badJSON("An escape sequence is invalid.")
	}
	r, ok := p.hex4()
	if !ok {
		return nil, badJSON(`"\u" must be followed by four hexadecimal digits.`)
	}
	if !utf16.IsSurrogate(r) {
		return utf8.AppendRune(b, r), nil
	}
	if r < 0xdc00 && strings.HasPrefix(p.text[p.at:], `\u`) {
		if low, ok := p.hex4(); ok {
			if full := utf16.DecodeRune(r, low); full != utf8.RuneError {
				return utf8.AppendRune(b, full), nil
			}
		}
	}
	// Type json does not look at what an escape stands for; only jsonb and the text of a string do.
	p.unpaired = true
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
