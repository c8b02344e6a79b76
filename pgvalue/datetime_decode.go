package pgvalue

import (
	"math"
	"strconv"
	"strings"
)

// decodeFields reads the fields one after the other (DecodeDateTime and DecodeTimeOnly).
func (d *moment) decodeFields() momentError {
	for d.at = 0; d.at < len(d.fields); d.at++ {
		f := d.fields[d.at]
		var mask fieldMask
		var e momentError
		switch f.kind {
		case fieldDate:
			mask, e = d.dateField(f.text)
		case fieldTime:
			mask, e = d.timeField(f.text)
		case fieldOffset:
			mask = maskZone
			d.offset, e = parseZoneOffset(f.text)
		case fieldNumber:
			if d.prefix != "" {
				mask, e = d.labelled(f.text)
				d.prefix, d.kind = "", momentDate
			} else {
				mask, e = d.numberField(f.text)
			}
		default:
			mask, e = d.word(f.text)
		}
		switch {
		case e != momentOK:
			return e
		case mask&d.mask != 0:
			return badMoment
		}
		d.mask |= mask
	}
	return momentOK
}

// leadingInt is C's strtol: the number at the beginning, and what follows it.
func leadingInt(s string) (v int, rest string, ok bool) {
	n, used, overflow := scanInteger(s, len(s))
	return int(n), s[used:], !overflow && n == int64(int32(n))
}

// fraction reads what follows a number: a point and digits, as microseconds.
func (d *moment) fraction(rest string) momentError {
	part, e := fractionOf(rest)
	d.micro = int(math.RoundToEven(part * 1e6))
	return e
}

func fractionOf(rest string) (float64, momentError) {
	if rest == "." {
		return 0, momentOK
	}
	if !allDigits(rest[1:]) {
		return 0, badMoment
	}
	v, err := strconv.ParseFloat("0"+rest, 64)
	if err != nil {
		return 0, badMoment
	}
	return v, momentOK
}

// dateField reads a date, a zone's name, or a time that a zone follows at once: 040506-08.
func (d *moment) dateField(text string) (fieldMask, momentError) {
	switch {
	case d.timeOnly:
		last, next := d.fields[len(d.fields)-1].kind, fieldNumber
		if len(d.fields) > 1 {
			next = d.fields[1].kind
		}
		if d.at == 0 && len(d.fields) >= 2 && (last == fieldDate || next == fieldTime) {
			return d.decodeDate(text)
		}
	case d.prefix == "julian":
		return d.julianWithZone(text)
	case d.prefix == "" && d.mask&(maskMonth|maskDay) != maskMonth|maskDay:
		return d.decodeDate(text)
	}
	if isDigitByte(text[0]) || d.prefix != "" && !d.timeOnly {
		return d.timeWithZone(text)
	}
	if d.zone = zoneByName(text); d.zone == nil {
		return 0, unknownZone
	}
	return maskZone, momentOK
}

// zoneByName is pg_tzset: a zone of the database, or a POSIX form.
func zoneByName(text string) *Zone {
	if z := namedZone(text); z != nil {
		return z
	}
	return posixZone(text, 0)
}

func (d *moment) julianWithZone(text string) (fieldMask, momentError) {
	v, rest, ok := leadingInt(text)
	if !ok || v < 0 {
		return 0, momentOverflow
	}
	d.year, d.month, d.day = civilOfJulian(v)
	d.julian, d.prefix = true, ""
	var e momentError
	d.offset, e = parseZoneOffset(rest)
	return maskDate | maskTime | maskZone, e
}

func (d *moment) timeWithZone(text string) (fieldMask, momentError) {
	if !d.timeOnly {
		if d.prefix != "" && d.prefix != "time" {
			return 0, badMoment
		}
		d.prefix = ""
	}
	dash := strings.IndexByte(text, '-')
	if d.mask&maskTime == maskTime || dash < 0 {
		return 0, badMoment
	}
	var e momentError
	if d.offset, e = parseZoneOffset(text[dash:]); e != momentOK {
		return 0, e
	}
	seen := d.mask
	if d.timeOnly {
		seen |= maskDate
	}
	mask, e := d.digits(text[:dash], seen)
	return mask | maskZone, e
}

// decodeDate reads a date with delimiters (DecodeDate).
func (d *moment) decodeDate(text string) (fieldMask, momentError) {
	parts, e := dateParts(text)
	if e != momentOK {
		return 0, e
	}
	seen := d.mask
	var mask fieldMask
	textMonth := false
	take := func(m fieldMask) bool {
		if seen&m != 0 {
			return false
		}
		seen |= m
		mask |= m
		return true
	}
	for i, p := range parts {
		if p == "" || !isLetterByte(p[0]) {
			continue
		}
		token := momentTokens[p]
		switch {
		case token.kind == tokenIgnored:
			continue // PostgreSQL reads the word as a number later, which it is not
		case token.kind != tokenMonth || !take(maskMonth):
			return 0, badMoment
		}
		d.month, textMonth = token.value, true
		parts[i] = ""
	}
	for _, p := range parts {
		if p == "" {
			continue
		}
		m, e := d.dateNumber(p, textMonth, seen)
		if e != momentOK {
			return 0, e
		}
		if !take(m) {
			return 0, badMoment
		}
	}
	if seen&^(maskYearDay|maskZone) != maskDate {
		return 0, badMoment
	}
	return mask, momentOK
}

// dateParts cuts a date at its delimiters into digits and words.
func dateParts(text string) ([]string, momentError) {
	var parts []string
	for i := 0; i < len(text) && len(parts) < maxMomentFields; {
		for i < len(text) && !isDigitByte(text[i]) && !isLetterByte(text[i]) {
			i++
		}
		if i == len(text) {
			return nil, badMoment
		}
		start := i
		if isDigitByte(text[i]) {
			i = skipDigits(text, i)
		} else {
			for i < len(text) && isLetterByte(text[i]) {
				i++
			}
		}
		parts = append(parts, text[start:i])
		i++ // whatever ended the part is dropped
	}
	return parts, momentOK
}

// timeField reads hours and minutes with colons.
func (d *moment) timeField(text string) (fieldMask, momentError) {
	if !d.timeOnly && d.prefix != "" {
		if d.prefix != "time" {
			return 0, badMoment
		}
		d.prefix = ""
	}
	if e := d.decodeTime(text); e != momentOK {
		return 0, e
	}
	if !d.timeOnly && d.timeOverflows() {
		return 0, momentOverflow
	}
	return maskTime, momentOK
}

func (d *moment) decodeTime(text string) momentError {
	c, e := decodeClock(text, false)
	switch {
	case e != momentOK:
		return e
	case c.hour > math.MaxInt32:
		return momentOverflow
	}
	d.hour, d.minute, d.second, d.micro = int(c.hour), c.minute, c.second, c.micro
	return momentOK
}

// clockFields are a time with colons; an interval has any number of hours.
type clockFields struct {
	hour                  int64
	minute, second, micro int
}

// decodeClock reads h:m, h:m:s or m:s.f; and m:s where minutes to seconds are asked (DecodeTimeCommon).
func decodeClock(text string, minutesToSeconds bool) (clockFields, momentError) {
	var c clockFields
	hour, used, overflow := scanInteger(text, len(text))
	rest := text[used:]
	if overflow {
		return c, momentOverflow
	}
	if byteAt(rest, 0) != ':' {
		return c, badMoment
	}
	minute, rest, ok := leadingInt(rest[1:])
	if !ok {
		return c, momentOverflow
	}
	c.hour, c.minute = hour, minute
	fraction := 0.0
	var e momentError
	switch end := byteAt(rest, 0); {
	case end == 0 && !minutesToSeconds:
	case end == 0, end == '.': // m:s
		if end == '.' {
			fraction, e = fractionOf(rest)
		}
		if e == momentOK && hour != int64(int32(hour)) {
			e = momentOverflow
		}
		c.hour, c.minute, c.second = 0, int(hour), minute
	case end == ':':
		if c.second, rest, ok = leadingInt(rest[1:]); !ok {
			return c, momentOverflow
		}
		if byteAt(rest, 0) == '.' {
			fraction, e = fractionOf(rest)
		} else if rest != "" {
			e = badMoment
		}
	default:
		e = badMoment
	}
	if c.micro = int(math.RoundToEven(fraction * 1e6)); e != momentOK {
		return c, e
	}
	if c.hour < 0 || c.minute < 0 || c.minute > 59 || c.second < 0 || c.second > 60 {
		return c, momentOverflow
	}
	return c, momentOK
}

// parseZoneOffset reads a sign and hh, hhmm, hh:mm or hh:mm:ss as seconds east of UTC (DecodeTimezone).
func parseZoneOffset(text string) (int32, momentError) {
	if text == "" || text[0] != '+' && text[0] != '-' {
		return 0, badMoment
	}
	hour, rest, ok := leadingInt(text[1:])
	if !ok {
		return 0, zoneOverflow
	}
	minute, second := 0, 0
	switch {
	case byteAt(rest, 0) == ':':
		if minute, rest, ok = leadingInt(rest[1:]); ok && byteAt(rest, 0) == ':' {
			second, rest, ok = leadingInt(rest[1:])
		}
		if !ok {
			return 0, zoneOverflow
		}
	case rest == "" && len(text) > 3:
		hour, minute = hour/100, hour%100
	}
	if hour < 0 || hour > 15 || minute < 0 || minute >= 60 || second < 0 || second >= 60 {
		return 0, zoneOverflow
	}
	if rest != "" {
		return 0, badMoment
	}
	offset := int32((hour*60+minute)*60 + second)
	if text[0] == '-' {
		offset = -offset
	}
	return offset, momentOK
}
