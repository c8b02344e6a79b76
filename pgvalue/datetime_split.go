package pgvalue

import "strings"

// momentField is a piece of a date/time text, in lower case.
type momentField struct {
	kind fieldKind
	text string
}

type fieldKind int

const (
	fieldNumber  fieldKind = iota // digits, perhaps with a point
	fieldDate                     // digits with delimiters, also a zone's name with them
	fieldTime                     // digits with colons
	fieldWord                     // letters
	fieldSpecial                  // a sign and letters
	fieldOffset                   // a sign and digits
)

// Limits of PostgreSQL's parser: fields of a text, and bytes of all of them with one more for each.
const (
	maxMomentFields   = 25
	maxMomentBytes    = 129
	maxTimestampBytes = 153
)

func isDigitByte(c byte) bool  { return c >= '0' && c <= '9' }
func isLetterByte(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// split cuts the text into fields (ParseDateTime).
func (d *moment) split(limit int) momentError {
	s := strings.ToLower(d.text)
	total := 0
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case isSpaceByte(c):
			i++
			continue
		case len(d.fields) == maxMomentFields:
			return badMoment
		}
		f, next := cutField(s, i)
		if next < 0 {
			return badMoment
		}
		if i = next; f.text == "" {
			continue // punctuation only divides
		}
		if total += len(f.text) + 1; total > limit {
			return badMoment
		}
		d.fields = append(d.fields, f)
	}
	return momentOK
}

// cutField takes one field from a place on; next is -1 where there is none.
func cutField(s string, i int) (f momentField, next int) {
	start := i
	switch c := s[i]; {
	case isDigitByte(c):
		kind, end := numericField(s, i)
		return momentField{kind, s[start:end]}, end
	case c == '.':
		end := skipDigits(s, i+1)
		return momentField{fieldNumber, s[start:end]}, end
	case isLetterByte(c):
		kind, end := wordField(s, i)
		return momentField{kind, s[start:end]}, end
	case c == '+' || c == '-':
		return signedField(s, i)
	case c > ' ' && c < 0x7f:
		return momentField{}, i + 1
	}
	return momentField{}, -1
}

func skipDigits(s string, i int) int {
	for i < len(s) && isDigitByte(s[i]) {
		i++
	}
	return i
}

func skipBytes(s string, i int, also string) int {
	for i < len(s) && (isDigitByte(s[i]) || isLetterByte(s[i]) || strings.IndexByte(also, s[i]) >= 0) {
		i++
	}
	return i
}

// byteAt returns a byte, or 0 at the end.
func byteAt(s string, i int) byte {
	if i < len(s) {
		return s[i]
	}
	return 0
}

// numericField finds the end of a field that begins with a digit.
func numericField(s string, i int) (fieldKind, int) {
	i = skipDigits(s, i)
	switch delimiter := byteAt(s, i); delimiter {
	case ':':
		for i++; i < len(s) && (isDigitByte(s[i]) || s[i] == ':' || s[i] == '.'); i++ {
		}
		return fieldTime, i
	case '-', '/', '.':
		i++
		if !isDigitByte(byteAt(s, i)) {
			return fieldDate, skipBytes(s, i, string(delimiter))
		}
		kind := fieldDate
		if delimiter == '.' {
			kind = fieldNumber
		}
		if i = skipDigits(s, i); byteAt(s, i) == delimiter {
			kind = fieldDate
			for i++; i < len(s) && (isDigitByte(s[i]) || s[i] == delimiter); i++ {
			}
		}
		return kind, i
	}
	return fieldNumber, i
}

// wordField finds the end of a field that begins with a letter: a word, or a date or a zone's name with punctuation.
func wordField(s string, i int) (fieldKind, int) {
	start := i
	for i < len(s) && isLetterByte(s[i]) {
		i++
	}
	isDate := false
	switch c := byteAt(s, i); {
	case c == '-' || c == '/' || c == '.':
		isDate = true
	case c == '+' || isDigitByte(c):
		_, known := momentTokens[s[start:i]]
		isDate = !known
	}
	if isDate {
		return fieldDate, skipBytes(s, i, "+-/_.:")
	}
	return fieldWord, i
}

// signedField takes a sign with digits or letters; blanks between them do not count.
func signedField(s string, i int) (momentField, int) {
	sign := s[i : i+1]
	for i++; i < len(s) && isSpaceByte(s[i]); i++ {
	}
	start := i
	switch c := byteAt(s, i); {
	case isDigitByte(c):
		for i++; i < len(s) && (isDigitByte(s[i]) || strings.IndexByte(":.-", s[i]) >= 0); i++ {
		}
		return momentField{fieldOffset, sign + s[start:i]}, i
	case isLetterByte(c):
		for i < len(s) && isLetterByte(s[i]) {
			i++
		}
		return momentField{fieldSpecial, sign + s[start:i]}, i
	}
	return momentField{}, -1
}

// tokenKind is what a word of a date/time text is.
type tokenKind int

const (
	tokenUnknown tokenKind = iota
	tokenIgnored
	tokenReserved
	tokenMonth
	tokenWeekday
	tokenHalf
	tokenEra
	tokenUnit
	tokenISOTime
	tokenShift
)

// momentToken is a word with its meaning: a month's number, a unit's name.
type momentToken struct {
	kind  tokenKind
	value int
	name  string
}

// momentTokens are the words that are no zones (datetktbl).
var momentTokens = func() map[string]momentToken {
	m := map[string]momentToken{"t": {tokenISOTime, 0, "time"}, "dst": {tokenShift, 3600, ""}}
	add := func(kind tokenKind, words string) {
		for _, w := range strings.Fields(words) {
			word, name, _ := strings.Cut(w, "=")
			if name == "" {
				name = word
			}
			m[word] = momentToken{kind: kind, name: name}
		}
	}
	add(tokenIgnored, "at on")
	add(tokenReserved, "-infinity allballs epoch infinity now today tomorrow yesterday")
	add(tokenHalf, "am pm")
	add(tokenEra, "ad bc")
	add(tokenUnit, "y=year m=month d=day h=hour mm=minute s=second j=julian jd=julian julian dow doy isodow isoyear")
	for i, name := range templateMonths {
		name = strings.ToLower(name)
		m[name], m[name[:3]] = momentToken{tokenMonth, i + 1, ""}, momentToken{tokenMonth, i + 1, ""}
	}
	m["sept"] = momentToken{tokenMonth, 9, ""}
	for i, name := range templateDays {
		name = strings.ToLower(name)
		m[name], m[name[:3]] = momentToken{tokenWeekday, i, ""}, momentToken{tokenWeekday, i, ""}
	}
	for _, name := range strings.Fields("tues weds thur thurs") {
		m[name] = momentToken{tokenWeekday, 0, ""}
	}
	return m
}()
