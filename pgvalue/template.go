package pgvalue

import (
	"strings"
	"unicode/utf8"
)

// Date templates are what to_char and to_timestamp take as their second argument (PostgreSQL 15, section 9.8).

// DateTemplate is a template for dates and times that has been read. It is safe for concurrent use.
type DateTemplate struct {
	nodes []templateNode
	empty bool // of no characters: the result is NULL
	std   bool // read as the SQL standard says: separators must match, and nothing may be left
	err   error
}

type nodeKind uint8

const (
	nodeField nodeKind = iota
	nodeText
	nodeSeparator
	nodeSpace
)

// templateNode is a field, or one character of text.
type templateNode struct {
	kind    nodeKind
	text    string // of what is no field
	key     *templateKey
	fill    bool // FM: no padding
	ordinal string
	local   bool // TM: the names of lc_time, which is C here
}

// templateKey is a keyword. id is its name in upper case.
type templateKey struct {
	name, id string
	digits   bool // it is read as digits
	mode     dateMode
}

// dateMode is the calendar that a field belongs to.
type dateMode uint8

const (
	modeNone dateMode = iota
	modeGregorian
	modeISOWeek
)

// dateKeys maps a first character to its keywords, longer ones before their beginnings.
var dateKeys = dateKeywords()

func dateKeywords() map[byte][]*templateKey {
	m := map[byte][]*templateKey{}
	add := func(name string, digits bool, mode dateMode) {
		m[name[0]] = append(m[name[0]], &templateKey{name: name, id: strings.ToUpper(name), digits: digits, mode: mode})
	}
	each := func(names string, digits bool, mode dateMode) {
		for _, name := range strings.Fields(names) {
			add(name, digits, mode)
			if lower := strings.ToLower(name); lower != name && strings.ToUpper(name) == name {
				add(lower, digits, mode)
			}
		}
	}
	each("A.D. A.M. AD AM B.C. BC DAY DY Day Dy OF P.M. PM TZH", false, modeNone)
	each("FF1 FF2 FF3 FF4 FF5 FF6", true, modeNone)
	each("FX", false, modeNone)
	each("CC HH24 HH12 HH J MI MS Q SSSSS SSSS SS US", true, modeNone)
	each("DDD DD D WW W Y,YYY YYYY YYY YY Y MM", true, modeGregorian)
	each("MONTH MON Month Mon RM", false, modeGregorian)
	each("IDDD ID IW IYYY IYY IY I", true, modeISOWeek)
	each("TZM", true, modeNone)
	each("TZ", false, modeNone)
	return m
}

// ParseDateTemplate reads a template. Every text is one.
func ParseDateTemplate(text string) *DateTemplate {
	return (&DateTemplate{empty: text == ""}).parseNodes(text)
}

func (t *DateTemplate) parseNodes(text string) *DateTemplate {
	for text != "" {
		n := templateNode{}
		if p := text[:min(2, len(text))]; p == "FM" || p == "fm" || p == "TM" || p == "tm" {
			n.fill, n.local = p == "FM" || p == "fm", p == "TM" || p == "tm"
			if text = text[2:]; text == "" {
				break
			}
		}
		if n.key = findKey(dateKeys[text[0]], text); n.key == nil {
			text = t.literal(text)
			continue
		}
		text = text[len(n.key.name):]
		switch p := text[:min(2, len(text))]; p {
		case "TH", "th":
			n.ordinal, text = p, text[2:]
		case "SP":
			text = text[2:]
		}
		t.nodes = append(t.nodes, n)
	}
	return t
}

func findKey(keys []*templateKey, text string) *templateKey {
	for _, k := range keys {
		if strings.HasPrefix(text, k.name) {
			return k
		}
	}
	return nil
}

// literal takes a character that is no field, or a quoted text.
func (t *DateTemplate) literal(text string) string {
	if text[0] == '"' {
		return quotedTemplate(text[1:], func(c string) { t.nodes = append(t.nodes, templateNode{kind: nodeText, text: c}) })
	}
	if t.std {
		return t.standardSeparator(text)
	}
	if strings.HasPrefix(text, `\"`) {
		text = text[1:]
	}
	_, size := utf8.DecodeRuneInString(text)
	n := templateNode{kind: nodeText, text: text[:size]}
	switch c := text[0]; {
	case isTemplateSeparator(c):
		n.kind = nodeSeparator
	case isSpaceByte(c):
		n.kind = nodeSpace
	}
	t.nodes = append(t.nodes, n)
	return text[size:]
}

// quotedTemplate hands over the characters up to the closing quote and returns what follows it. A backslash quotes a character.
func quotedTemplate(text string, do func(c string)) string {
	for text != "" {
		if text[0] == '"' {
			return text[1:]
		}
		if text[0] == '\\' && len(text) > 1 {
			text = text[1:]
		}
		_, size := utf8.DecodeRuneInString(text)
		do(text[:size])
		text = text[size:]
	}
	return ""
}

// isTemplateSeparator reports whether a byte is a printable ASCII character that is no letter, digit or blank.
func isTemplateSeparator(c byte) bool {
	return c > ' ' && c < 0x7f && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z')
}

// isSpaceByte is C's isspace.
func isSpaceByte(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }
