package pgvalue

import (
	"sort"
	"strings"

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
	if unpaired != "" {
		err = badJSON(unpaired)
	}
	return v, err
}

func parseJSON(text string) (v JSON, unpaired string, err error) {
	p := jsonParser{text: text}
	p.blanks()
	if v, err = p.value(0); err == nil {
		if p.blanks(); p.at < len(text) {
			err = p.unexpected("end of input")
		}
	}
	if err != nil {
		return JSON{}, p.unpaired, err
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
