package pgvalue

import (
	"strconv"
	"strings"

	"meshgate/sqlerr"
)

// The functions here look into JSON texts without building trees. A text was checked when it became json or jsonb; a damaged one
// gives wrong pieces, never a panic.

func isJSONBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func skipJSONBlanks(s string, at int) int {
	for at < len(s) && isJSONBlank(s[at]) {
		at++
	}
	return at
}

// skipJSONString returns the end of the string that starts at a quote.
func skipJSONString(s string, at int) int {
	for at++; at < len(s); at++ {
		switch s[at] {
		case '"':
			return at + 1
		case '\\':
			at++
		}
	}
	return len(s)
}

// skipJSON returns the end of the value that starts at a place.
func skipJSON(s string, at int) int {
	if at >= len(s) {
		return len(s)
	}
	switch s[at] {
	case '"':
		return skipJSONString(s, at)
	case '{', '[':
		depth := 0
		for at < len(s) {
			switch s[at] {
			case '"':
				at = skipJSONString(s, at)
				continue
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return at + 1
				}
			}
			at++
		}
		return len(s)
	}
	for at < len(s) && s[at] != ',' && s[at] != '}' && s[at] != ']' && !isJSONBlank(s[at]) {
		at++
	}
	return at
}

// jsonText is a JSON text that functions look into, or a value of one.
type jsonText string

// trimmed cuts the blanks around a value.
func (j jsonText) trimmed() jsonText { return jsonText(strings.Trim(string(j), " \t\n\r")) }

func (j jsonText) kind() JSONKind {
	if j == "" {
		return JSONNull
	}
	switch j[0] {
	case '{':
		return JSONObject
	case '[':
		return JSONArray
	case '"':
		return JSONString
	case 't':
		return JSONTrue
	case 'f':
		return JSONFalse
	case 'n':
		return JSONNull
	}
	return JSONNumber
}

func (j jsonText) isScalar() bool { return j.kind() != JSONObject && j.kind() != JSONArray }

// items calls do for each element of an array until it returns false.
func (j jsonText) items(do func(v jsonText) bool) {
	s := string(j)
	at := skipJSONBlanks(s, 1)
	for at < len(s) && s[at] != ']' {
		end := skipJSON(s, at)
		if end == at || !do(jsonText(s[at:end])) {
			return
		}
		at = skipJSONBlanks(s, end)
		if at < len(s) && s[at] == ',' {
			at = skipJSONBlanks(s, at+1)
		}
	}
}

// members calls do for each member of an object, with the key as it is written, until it returns false.
func (j jsonText) members(do func(key, v jsonText) bool) {
	s := string(j)
	at := skipJSONBlanks(s, 1)
	for at < len(s) && s[at] == '"' {
		keyEnd := skipJSONString(s, at)
		key := jsonText(s[at:keyEnd])
		at = skipJSONBlanks(s, keyEnd)
		if at >= len(s) || s[at] != ':' {
			return
		}
		at = skipJSONBlanks(s, at+1)
		end := skipJSON(s, at)
		if end == at || !do(key, jsonText(s[at:end])) {
			return
		}
		at = skipJSONBlanks(s, end)
		if at < len(s) && s[at] == ',' {
			at = skipJSONBlanks(s, at+1)
		}
	}
}

// length counts an array's elements.
func (j jsonText) length() int {
	n := 0
	j.items(func(jsonText) bool { n++; return true })
	return n
}

// quotedIs reports whether a quoted string stands for a text.
func (j jsonText) quotedIs(text string) bool {
	if len(j) < 2 {
		return false
	}
	if strings.IndexByte(string(j), '\\') < 0 {
		return string(j[1:len(j)-1]) == text
	}
	return j.unquoted() == text
}

// unquoted is the text of a quoted string.
func (j jsonText) unquoted() string {
	if len(j) < 2 {
		return ""
	}
	if strings.IndexByte(string(j), '\\') < 0 {
		return string(j[1 : len(j)-1])
	}
	p := jsonParser{text: string(j)}
	s, err := p.string()
	if err != nil {
		return ""
	}
	return s
}

// checkJSONEscapes refuses what functions on json refuse anywhere in a text that they take apart: \u0000, which no text can hold,
// and halves of surrogate pairs.
func checkJSONEscapes(s string) error {
	if !strings.Contains(s, `\u`) {
		return nil
	}
	for at := 0; at < len(s); {
		i := strings.IndexByte(s[at:], '"')
		if i < 0 {
			return nil
		}
		p := jsonParser{text: s, at: at + i}
		text, err := p.string()
		switch {
		case err != nil:
			return err
		case p.unpaired != "":
			return badJSON(p.unpaired)
		case strings.IndexByte(text, 0) >= 0:
			return sqlerr.Newf(sqlerr.UntranslatableCharacter, "unsupported Unicode escape sequence").
				WithDetail(`\u0000 cannot be converted to text.`)
		}
		at = p.at
	}
	return nil
}

// pathIndex reads an array's subscript in a path as strtoint does.
func pathIndex(text string) (n int, ok bool) {
	v, err := strconv.ParseInt(strings.TrimLeft(text, blanks), 10, 32)
	return int(v), err == nil
}
