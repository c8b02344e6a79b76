package pgvalue

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"meshgate/sqlerr"
)

// templateInput is what a template has read of a text (TmFromChar). A field that is 0 was not read.
type templateInput struct {
	mode                           dateMode
	hh, mi, ss, ssss               int
	pm, bc, clock12                bool
	d, dd, ddd, mm, ww, w, j       int
	year, yearDigits, cc           int
	ms, us, ff                     int
	zoneSign, zoneHour, zoneMinute int

	nodes []templateNode
	text  string
	rest  string
	fixed bool // FX
	std   bool
	extra int // characters skipped beyond what the template says
}

func badTemplateInput(message string) error {
	return sqlerr.Newf(sqlerr.InvalidDatetimeFormat, "%s", message)
}

// badValue is the error of a text that is no value of a field; detail says why.
func (n *templateNode) badValue(text, detail, hint string) error {
	values := sqlerr.Newf(sqlerr.InvalidDatetimeFormat, "invalid value \"%s\" for \"%s\"", clip(text), n.key.name)
	values.Detail, values.Hint = detail, hint
	e := sqlerr.Newf(sqlerr.InvalidDatetimeFormat, "invalid value for \"%s\"", n.key.name)
	e.Hint = hint
	return e.Quoting(values)
}

const notFixedWidth = "If your source string is not fixed-width, try using the \"FM\" modifier."

// read reads a text along the template's nodes (DCH_from_char).
func (in *templateInput) read() error {
	in.rest = in.text
	for i := range in.nodes {
		if in.rest == "" {
			if in.std {
				return badTemplateInput("input string is too short for datetime format")
			}
			return nil
		}
		n := &in.nodes[i]
		if !in.fixed && (n.kind == nodeField && n.key.id != "FX" || n.kind != nodeField && i == 0) {
			in.skipBlanks()
		}
		if n.kind != nodeField {
			if in.std && !strings.HasPrefix(in.rest, n.text) {
				return sqlerr.Newf(sqlerr.InvalidDatetimeFormat, "unmatched format character %q", n.text)
			}
			in.skipText(n)
			continue
		}
		if n.key.mode != modeNone {
			if in.mode != modeNone && in.mode != n.key.mode {
				return badTemplateInput("invalid combination of date conventions")
			}
			in.mode = n.key.mode
		}
		if err := in.field(n, i); err != nil {
			return err
		}
		if !in.fixed {
			in.extra = 0
			in.skipBlanks()
		}
	}
	if in.std {
		if in.skipBlanks(); in.rest != "" {
			return badTemplateInput("trailing characters remain in input string after datetime format")
		}
	}
	return nil
}

func (in *templateInput) skipBlanks() {
	for in.rest != "" && isSpaceByte(in.rest[0]) {
		in.rest = in.rest[1:]
		in.extra++
	}
}

func (in *templateInput) skipCharacter() {
	_, size := utf8.DecodeRuneInString(in.rest)
	in.rest = in.rest[size:]
}

// skipText steps over what stands for text of the template.
func (in *templateInput) skipText(n *templateNode) {
	switch {
	case in.fixed:
		in.skipCharacter()
	case n.kind == nodeText && in.extra > 0:
		in.extra--
	case n.kind == nodeText:
		in.skipCharacter()
	default:
		in.extra--
		if in.rest == "" {
			return
		}
		if c := in.rest[0]; isSpaceByte(c) || isTemplateSeparator(c) {
			in.rest = in.rest[1:]
			in.extra++
		}
	}
}

// set stores a number; one that was read before must be the same.
func (n *templateNode) set(dest *int, v int) error {
	if *dest != 0 && *dest != v {
		return sqlerr.Newf(sqlerr.InvalidDatetimeFormat, "conflicting values for %q field in formatting string", n.key.name).
			WithDetail("This value contradicts a previous setting for the same field type.")
	}
	*dest = v
	return nil
}

// number reads an integer of so many digits, or of any number of them where FM or what follows ends it; it returns how many
// characters were taken.
func (in *templateInput) number(dest *int, place, length int) (int, error) {
	n := &in.nodes[place]
	init := in.rest
	trimmed := strings.TrimLeftFunc(init, func(c rune) bool { return c < utf8.RuneSelf && isSpaceByte(byte(c)) })
	var v int64
	var overflow bool
	if n.fill || in.separatorFollows(place) {
		var used int
		v, used, overflow = scanInteger(init, len(init))
		in.rest = init[used:]
	} else {
		if len(trimmed) < length {
			return 0, sqlerr.Newf(sqlerr.InvalidDatetimeFormat, "source string too short for \"%s\" formatting field", n.key.name).
				WithDetail("Field requires %d characters, but only %d remain.", length, len(trimmed)).WithHint(notFixedWidth)
		}
		var used int
		if v, used, overflow = scanInteger(trimmed, length); used > 0 && used < length {
			return 0, n.badValue(trimmed[:length], fmt.Sprintf("Field requires %d characters, but only %d could be parsed.", length, used), notFixedWidth)
		}
		in.rest = trimmed[used:]
	}
	taken := len(init) - len(in.rest)
	if taken == 0 {
		return 0, n.badValue(trimmed[:min(length, len(trimmed))], "Value must be an integer.", "")
	}
	if overflow || v != int64(int32(v)) {
		return 0, sqlerr.Newf(sqlerr.DatetimeFieldOverflow, "value for \"%s\" in source string is out of range", n.key.name).
			WithDetail("Value must be in the range %d to %d.", math.MinInt32, math.MaxInt32)
	}
	if dest != nil {
		return taken, n.set(dest, int(v))
	}
	return taken, nil
}

// scanInteger is C's strtol over the first bytes of a text.
func scanInteger(s string, limit int) (v int64, used int, overflow bool) {
	s = s[:min(limit, len(s))]
	i := 0
	for i < len(s) && isSpaceByte(s[i]) {
		i++
	}
	start := i
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		i++
	}
	digits := i
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	if i == digits {
		return 0, 0, false
	}
	v, err := strconv.ParseInt(s[start:i], 10, 64)
	return v, i, err != nil
}

// separatorFollows reports whether what follows a node cannot begin with a digit (is_next_separator).
func (in *templateInput) separatorFollows(place int) bool {
	if in.nodes[place].ordinal != "" {
		return true
	}
	if place+1 == len(in.nodes) {
		return true
	}
	next := &in.nodes[place+1]
	if next.kind == nodeField {
		return !next.key.digits
	}
	return len(next.text) != 1 || next.text[0] < '0' || next.text[0] > '9'
}

// word finds a word of a list at the beginning of the rest.
func (in *templateInput) word(n *templateNode, words []string) (int, error) {
	for i, w := range words {
		if len(in.rest) >= len(w) && strings.EqualFold(in.rest[:len(w)], w) {
			in.rest = in.rest[len(w):]
			return i, nil
		}
	}
	text := in.rest
	if i := strings.IndexFunc(in.rest, func(c rune) bool { return c < utf8.RuneSelf && isSpaceByte(byte(c)) }); i >= 0 {
		text = in.rest[:i]
	}
	return 0, n.badValue(text, "The given value did not match any of the allowed values for this field.", "")
}

// field reads one field.
func (in *templateInput) field(n *templateNode, place int) error {
	switch id := n.key.id; id {
	case "FX":
		in.fixed = true
	case "TZ", "OF":
		return sqlerr.Newf(sqlerr.FeatureNotSupported, "formatting field %q is only supported in to_char", n.key.name)
	case "TZH":
		return in.zoneHours(place)
	case "TZM":
		if in.zoneSign == 0 {
			in.zoneSign = 1
		}
		_, err := in.number(&in.zoneMinute, place, 2)
		return err
	case "A.M.", "P.M.", "AM", "PM", "A.D.", "B.C.", "AD", "BC", "MONTH", "MON", "DAY", "DY", "RM":
		return in.name(n)
	default:
		if err := in.numbers(id, place); err != nil {
			return err
		}
		if n.ordinal != "" {
			in.skipCharacter()
			in.skipCharacter()
		}
	}
	return nil
}

// zoneHours reads TZH. Its minus may have been taken for a separator before it.
func (in *templateInput) zoneHours(place int) error {
	c := byte(0)
	if in.rest != "" {
		c = in.rest[0]
	}
	switch {
	case c == '+' || c == '-' || c == ' ':
		in.zoneSign = 1
		if c == '-' {
			in.zoneSign = -1
		}
		in.rest = in.rest[1:]
	case in.extra > 0 && in.text[len(in.text)-len(in.rest)-1] == '-':
		in.zoneSign = -1
	default:
		in.zoneSign = 1
	}
	_, err := in.number(&in.zoneHour, place, 2)
	return err
}

// name reads a field that is a word.
func (in *templateInput) name(n *templateNode) error {
	lists := map[string][]string{
		"A.M.": {"a.m.", "p.m."}, "AM": {"am", "pm"}, "A.D.": {"a.d.", "b.c."}, "AD": {"ad", "bc"},
		"MONTH": templateMonths, "MON": templateMonthsShort, "DAY": templateDays, "DY": templateDaysShort, "RM": romanMonths,
	}
	id := map[string]string{"P.M.": "A.M.", "PM": "AM", "B.C.": "A.D.", "BC": "AD"}[n.key.id]
	if id == "" {
		id = n.key.id
	}
	v, err := in.word(n, lists[id])
	if err != nil {
		return err
	}
	switch id {
	case "A.M.", "AM":
		in.clock12 = true
		return n.setHalf(&in.pm, v == 1)
	case "A.D.", "AD":
		return n.setHalf(&in.bc, v == 1)
	case "MONTH", "MON":
		return n.set(&in.mm, v+1)
	case "RM":
		return n.set(&in.mm, 12-v)
	}
	if err := n.set(&in.d, v); err != nil {
		return err
	}
	in.d++
	return nil
}

// setHalf stores pm or bc, which only the second half contradicts: PostgreSQL takes a stored first half for none.
func (n *templateNode) setHalf(dest *bool, second bool) error {
	if *dest && !second {
		return sqlerr.Newf(sqlerr.InvalidDatetimeFormat, "conflicting values for %q field in formatting string", n.key.name).
			WithDetail("This value contradicts a previous setting for the same field type.")
	}
	*dest = second
	return nil
}

// numbers reads a field that is a number.
func (in *templateInput) numbers(id string, place int) error {
	length := len(in.nodes[place].key.name)
	plain := map[string]struct {
		dest   *int
		length int
	}{
		"HH24": {&in.hh, 2}, "HH": {&in.hh, 2}, "HH12": {&in.hh, 2}, "MI": {&in.mi, length}, "SS": {&in.ss, length},
		"SSSS": {&in.ssss, length}, "SSSSS": {&in.ssss, length}, "MM": {&in.mm, length}, "DDD": {&in.ddd, length}, "IDDD": {&in.ddd, 3},
		"DD": {&in.dd, length}, "D": {&in.d, length}, "ID": {&in.d, 1}, "WW": {&in.ww, length}, "IW": {&in.ww, length}, "Q": {nil, length},
		"CC": {&in.cc, length}, "W": {&in.w, length}, "J": {&in.j, length}, "YYYY": {&in.year, length}, "IYYY": {&in.year, length},
	}
	if p, ok := plain[id]; ok {
		if _, err := in.number(p.dest, place, p.length); err != nil {
			return err
		}
		switch id {
		case "HH", "HH12":
			in.clock12 = true
		case "ID":
			if in.d++; in.d > 7 {
				in.d = 1
			}
		case "YYYY", "IYYY":
			in.yearDigits = 4
		}
		return nil
	}
	switch id {
	case "MS":
		return in.fraction(&in.ms, place, 3)
	case "US":
		return in.fraction(&in.us, place, 6)
	case "FF1", "FF2", "FF3", "FF4", "FF5", "FF6":
		in.ff = int(id[2] - '0')
		// The digits are read as a fraction of any length.
		taken, err := in.number(&in.us, place, in.ff)
		in.us = int(int32(in.us) * int32(scaleOf(taken, 6)))
		return err
	case "Y,YYY":
		return in.yearWithComma(place)
	}
	return in.shortYear(place, length)
}

// fraction reads digits after a second's point: 25 is 250 of 1000.
func (in *templateInput) fraction(dest *int, place, digits int) error {
	taken, err := in.number(dest, place, digits)
	*dest = int(int32(*dest) * int32(scaleOf(taken, digits)))
	return err
}

// scaleOf is what a number of so many digits is to be multiplied by to have all of them.
func scaleOf(taken, digits int) int {
	scale := 1
	if taken >= 1 {
		for range digits - taken {
			scale *= 10
		}
	}
	return scale
}

func (in *templateInput) yearWithComma(place int) error {
	bad := badTemplateInput(`invalid input string for "Y,YYY"`)
	millennia, used, _ := scanInteger(in.rest, len(in.rest))
	rest := in.rest[used:]
	if used == 0 || rest == "" || rest[0] != ',' {
		return bad
	}
	rest = rest[1:]
	trimmed := strings.TrimLeftFunc(rest, func(c rune) bool { return c < utf8.RuneSelf && isSpaceByte(byte(c)) })
	years, used, _ := scanInteger(trimmed, 3)
	if used == 0 {
		return bad
	}
	in.rest = trimmed[used:]
	in.yearDigits = 4
	return in.nodes[place].set(&in.year, int(int32(years)+int32(millennia)*1000))
}

// shortYear reads a year of three digits or fewer, and takes it for one near 2020.
func (in *templateInput) shortYear(place, length int) error {
	taken, err := in.number(&in.year, place, length)
	if err != nil {
		return err
	}
	in.yearDigits = length
	if taken >= 4 {
		return nil
	}
	switch y := in.year; {
	case y < 70, y >= 100 && y < 520:
		in.year += 2000
	case y < 100:
		in.year += 1900
	case y < 1000:
		in.year += 1000
	}
	return nil
}

// templateMoment is what was read, as a date and a time of day.
type templateMoment struct {
	year, month, day     int
	hour, minute, second int
	micro                int
	precision            int
	offset               *int32
}

// parse reads a text (do_to_timestamp).
func (t *DateTemplate) parse(text string) (templateMoment, error) {
	in := templateInput{nodes: t.nodes, text: text, std: t.std, fixed: t.std}
	if err := in.read(); err != nil {
		return templateMoment{}, err
	}
	return in.moment()
}

func (t *templateMoment) date() (Date, error) {
	y, m := t.year, t.month
	julianOK := (y > -4713 || y == -4713 && m >= 11) && (y < 5874898 || y == 5874898 && m < 6)
	if !julianOK {
		return 0, dateOutOfRange()
	}
	d := Date(julianDay(y, m, t.day) - julianDay(1970, 1, 1))
	if d < minDate || d >= endDate {
		return 0, dateOutOfRange()
	}
	return d, nil
}

// Date is to_date(text, template).
func (t *DateTemplate) Date(text string) (Date, error) {
	m, err := t.parse(text)
	if err != nil {
		return 0, err
	}
	return m.date()
}

// Instant is to_timestamp(text, template) in a session's zone.
func (t *DateTemplate) Instant(text string, zone *Zone) (Timestamp, error) {
	m, err := t.parse(text)
	if err != nil {
		return 0, err
	}
	day, err := m.date()
	if err != nil || day > Date(math.MaxInt64/MicrosPerDay)-1 {
		return 0, fieldOverflow("timestamp out of range")
	}
	local, err := day.At(Clock{Hour: m.hour, Minute: m.minute, Second: m.second, Micro: m.micro}.Time())
	if err != nil {
		return 0, err
	}
	if m.offset != nil {
		zone = fixedZone(*m.offset)
	}
	at, err := zone.Instant(local)
	if err != nil || m.precision == 0 {
		return at, err
	}
	return at.Round(int32(m.precision)), nil
}
