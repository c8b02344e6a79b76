package pgvalue

import (
	"math"
	"strconv"
	"strings"

	"meshgate/sqlerr"
)

// ParseDate reads a date's text (PostgreSQL 15, section 8.5.1 and appendix B).
func (f *Format) ParseDate(text string) (Date, error) {
	d, err := f.decode(text, "date")
	if err != nil {
		return 0, err
	}
	if d.infinite != 0 {
		return Date(d.infinite) * DateInfinity, nil
	}
	if d.absolute {
		local, err := f.Zone.Local(d.instant)
		day, _ := local.Split()
		return day, err
	}
	if !d.hasDate() {
		return 0, d.bad("date")
	}
	return d.date()
}

// ParseTimestamp reads a timestamp without time zone; a zone in the text is ignored, as in PostgreSQL.
func (f *Format) ParseTimestamp(text string) (Timestamp, error) {
	d, err := f.decode(text, "timestamp")
	if err != nil {
		return 0, err
	}
	if d.infinite != 0 {
		return Timestamp(d.infinite) * TimestampInfinity, nil
	}
	if d.absolute {
		return f.Zone.Local(d.instant)
	}
	return d.timestamp("timestamp")
}

// ParseTimestampTZ reads a timestamp with time zone; without a zone in the text the session's is meant.
func (f *Format) ParseTimestampTZ(text string) (Timestamp, error) {
	d, err := f.decode(text, "timestamp with time zone")
	if err != nil {
		return 0, err
	}
	if d.infinite != 0 {
		return Timestamp(d.infinite) * TimestampInfinity, nil
	}
	if d.absolute {
		return d.instant, nil
	}
	local, err := d.timestamp("timestamp with time zone")
	if err != nil {
		return 0, err
	}
	if d.zone != nil {
		return d.zone.Instant(local)
	}
	return f.Zone.Instant(local)
}

// ParseTime reads a time of day; a date or a zone beside it is ignored.
func (f *Format) ParseTime(text string) (TimeOfDay, error) {
	d, err := f.decode(text, "time")
	if err != nil {
		return 0, err
	}
	if d.infinite != 0 || !d.hasTime && !d.absolute {
		return 0, d.bad("time")
	}
	if d.absolute {
		local, err := f.Zone.Local(d.instant)
		_, clock := local.Split()
		return clock, err
	}
	return d.clock, nil
}

// ParseTimeTZ reads a time of day with its zone; the session's offset of today stands in for a missing one.
func (f *Format) ParseTimeTZ(text string) (TimeTZ, error) {
	d, err := f.decode(text, "time with time zone")
	if err != nil {
		return TimeTZ{}, err
	}
	if d.infinite != 0 || !d.hasTime {
		return TimeTZ{}, d.bad("time with time zone")
	}
	at := f.Now
	if d.hasDate() {
		if at, err = d.timestamp("time with time zone"); err != nil {
			return TimeTZ{}, err
		}
	}
	zone := d.zone
	if zone == nil {
		zone = f.Zone
	}
	off, _ := zone.Offset(at)
	return TimeTZ{Time: d.clock, Offset: off}, nil
}

const (
	haveYear = 1 << iota
	haveMonth
	haveDay
)

// moment is what a date/time text says.
type moment struct {
	text             string
	have             int
	year, month, day int
	shortYear        bool // written with one or two digits
	textMonth        bool
	bc               bool
	hasTime          bool
	clock            TimeOfDay
	meridian         byte // 'a', 'p' or 0
	zone             *Zone
	infinite         int
	absolute         bool // instant holds the answer: now
	instant          Timestamp
}

func (d *moment) hasDate() bool { return d.have == haveYear|haveMonth|haveDay }

func (d *moment) bad(typeName string) error {
	return sqlerr.Newf(sqlerr.InvalidDatetimeFormat, "invalid input syntax for type %s: %q", typeName, clip(d.text))
}

func (d *moment) overflow() error {
	return fieldOverflow("date/time field value out of range: %q", clip(d.text))
}

func (d *moment) date() (Date, error) {
	year := d.year
	switch {
	case d.bc:
		if year <= 0 {
			return 0, d.overflow()
		}
		year = 1 - year
	case d.shortYear && year < 70:
		year += 2000
	case d.shortYear && year < 100:
		year += 1900
	case year == 0:
		return 0, d.overflow()
	}
	if d.month < 1 || d.month > 12 || d.day < 1 || d.day > daysInMonth(year, d.month) {
		return 0, d.overflow()
	}
	return Civil{Year: year, Month: d.month, Day: d.day}.Date()
}

func (d *moment) timestamp(typeName string) (Timestamp, error) {
	if !d.hasDate() {
		return 0, d.bad(typeName)
	}
	day, err := d.date()
	if err != nil {
		return 0, err
	}
	if day > Date(math.MaxInt64/MicrosPerDay)-1 {
		return 0, fieldOverflow("timestamp out of range: %q", clip(d.text))
	}
	return day.At(d.clock)
}

// decode reads the text into its parts, for the type that an error names.
func (f *Format) decode(text, typeName string) (*moment, error) {
	d := &moment{text: text}
	fields, ok := splitMoment(text)
	if !ok || len(fields) == 0 {
		return nil, d.bad(typeName)
	}
	for i := 0; i < len(fields); i++ {
		field := fields[i]
		var err error
		switch c := field[0]; {
		case c == '+' || c == '-':
			err = d.offset(field, typeName)
		case strings.Contains(field, ":"):
			err = d.readClock(field, typeName)
		case c >= '0' && c <= '9':
			err = f.number(d, field, typeName)
		default:
			err = f.word(d, field, typeName)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := d.applyMeridian(); err != nil {
		return nil, err
	}
	return d, nil
}

// splitMoment cuts the text into numbers, dates, times, words and offsets.
func splitMoment(text string) ([]string, bool) {
	s := strings.ToLower(text)
	var fields []string
	for i := 0; i < len(s); {
		c := s[i]
		start := i
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v' || c == ',':
			i++
			continue
		case c >= '0' && c <= '9':
			i = numberEnd(s, i)
		case c >= 'a' && c <= 'z':
			i = wordEnd(s, i)
		case c == '+' || c == '-':
			i++
			for i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i] == ':' || start+1 == i && isLetter(s[i]) || isLetter(s[i]) && isLetter(s[i-1])) {
				i++
			}
			if i == start+1 {
				return nil, false
			}
		default:
			return nil, false
		}
		fields = append(fields, s[start:i])
		if len(fields) > 25 {
			return nil, false
		}
	}
	return fields, true
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' }

// numberEnd finds the end of a time (12:30:00.5), a date (2024-05-06, 6/may/2024) or a plain number (20240506).
func numberEnd(s string, i int) int {
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	if i == len(s) {
		return i
	}
	switch sep := s[i]; sep {
	case ':':
		for i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i] == ':' || s[i] == '.') {
			i++
		}
	case '-', '/', '.':
		if i+1 < len(s) && (s[i+1] >= '0' && s[i+1] <= '9' || isLetter(s[i+1])) {
			return dateEnd(s, i, sep)
		}
	}
	return i
}

// dateEnd reads up to two more parts after the first separator; the second must be the same separator.
func dateEnd(s string, i int, sep byte) int {
	for part := 0; part < 2 && i < len(s) && s[i] == sep; part++ {
		j := i + 1
		if j < len(s) && isLetter(s[j]) {
			for j < len(s) && isLetter(s[j]) {
				j++
			}
		} else {
			for j < len(s) && s[j] >= '0' && s[j] <= '9' {
				j++
			}
		}
		if j == i+1 {
			break
		}
		i = j
	}
	return i
}

// wordEnd finds the end of a word; a zone name goes on over '/', '_', '+', '-' and digits, a month's name over -dd-yyyy.
func wordEnd(s string, i int) int {
	start := i
	for i < len(s) && isLetter(s[i]) {
		i++
	}
	if i == len(s) {
		return i
	}
	if _, isMonth := monthNumber(s[start:i]); isMonth && (s[i] == '-' || s[i] == '/' || s[i] == '.') && i+1 < len(s) {
		return dateEnd(s, i, s[i])
	}
	if s[i] == '/' || s[i] == '_' {
		for i < len(s) && (isLetter(s[i]) || s[i] >= '0' && s[i] <= '9' || strings.IndexByte("/_+-", s[i]) >= 0) {
			i++
		}
	}
	return i
}

func (d *moment) offset(field, typeName string) error {
	if isLetter(field[1]) {
		if strings.HasPrefix(field[1:], "inf") && (field[1:] == "infinity" || field[1:] == "inf") {
			d.infinite = 1
			if field[0] == '-' {
				d.infinite = -1
			}
			return nil
		}
		return d.bad(typeName)
	}
	if d.zone != nil {
		return d.bad(typeName)
	}
	seconds, ok := parseOffset(field[1:])
	if !ok {
		return d.bad(typeName)
	}
	if seconds > 15*3600+59*60+59 {
		return sqlerr.Newf(sqlerr.InvalidTimeZoneDisplacement, "time zone displacement out of range: %q", clip(d.text))
	}
	if field[0] == '-' {
		seconds = -seconds
	}
	d.zone = fixedZone(seconds)
	return nil
}

// parseOffset reads hh, hhmm, hh:mm, hh:mm:ss or hhmmss.
func parseOffset(text string) (int32, bool) {
	if !strings.Contains(text, ":") && len(text) > 2 {
		if len(text)%2 == 1 {
			text = "0" + text
		}
		if len(text) > 6 {
			return 0, false
		}
		var parts []string
		for i := 0; i < len(text); i += 2 {
			parts = append(parts, text[i:i+2])
		}
		text = strings.Join(parts, ":")
	}
	return parseHMS(text)
}

func (d *moment) readClock(field, typeName string) error {
	if d.hasTime {
		return d.bad(typeName)
	}
	parts := strings.Split(field, ":")
	if len(parts) > 3 {
		return d.bad(typeName)
	}
	if len(parts) == 2 && strings.Contains(parts[1], ".") {
		parts = append([]string{"0"}, parts...) // mm:ss.ff
	}
	var c Clock
	var err error
	if c.Hour, err = strconv.Atoi(parts[0]); err != nil {
		return d.bad(typeName)
	}
	if c.Minute, err = strconv.Atoi(parts[1]); err != nil {
		return d.bad(typeName)
	}
	if len(parts) == 3 {
		whole, fraction, _ := strings.Cut(parts[2], ".")
		if c.Second, err = strconv.Atoi(whole); err != nil {
			return d.bad(typeName)
		}
		if c.Micro, err = micros(fraction); err != nil {
			return d.bad(typeName)
		}
	}
	if c.Hour > 24 || c.Minute > 59 || c.Second > 60 {
		return d.overflow()
	}
	d.clock, d.hasTime = c.Time(), true
	if d.clock > MicrosPerDay {
		return d.overflow()
	}
	return nil
}

// micros rounds the digits after a second's point to microseconds.
func micros(fraction string) (int, error) {
	if fraction == "" {
		return 0, nil
	}
	if !allDigits(fraction) {
		return 0, strconv.ErrSyntax
	}
	v, err := strconv.ParseFloat("0."+fraction, 64)
	return int(math.RoundToEven(v * 1e6)), err
}

// number reads a field that starts with a digit: a date with separators, or digits alone.
func (f *Format) number(d *moment, field, typeName string) error {
	if sep := strings.IndexAny(field, "-/."); sep >= 0 {
		if d.have == haveYear|haveMonth|haveDay {
			return d.bad(typeName)
		}
		parts := strings.FieldsFunc(field, func(r rune) bool { return r == '-' || r == '/' || r == '.' })
		return f.dateParts(d, parts, typeName)
	}
	timeOnly := typeName == "time" || typeName == "time with time zone"
	if (d.hasDate() || timeOnly) && !d.hasTime && (len(field) == 6 || len(field) == 4) {
		return d.readClock(joinPairs(field), typeName)
	}
	if d.have == 0 && (len(field) == 8 || len(field) == 6) {
		yearDigits := len(field) - 4
		d.year, _ = strconv.Atoi(field[:yearDigits])
		d.month, _ = strconv.Atoi(field[yearDigits : yearDigits+2])
		d.day, _ = strconv.Atoi(field[yearDigits+2:])
		d.shortYear = yearDigits == 2
		d.have = haveYear | haveMonth | haveDay
		return nil
	}
	return f.dateNumber(d, field, typeName)
}

func joinPairs(digits string) string {
	var parts []string
	for i := 0; i < len(digits); i += 2 {
		parts = append(parts, digits[i:i+2])
	}
	return strings.Join(parts, ":")
}

func (f *Format) dateParts(d *moment, parts []string, typeName string) error {
	// A month's name is read first, whatever its place.
	for _, p := range parts {
		if isLetter(p[0]) {
			m, ok := monthNumber(p)
			if !ok || d.textMonth {
				return d.bad(typeName)
			}
			d.month, d.textMonth, d.have = m, true, d.have|haveMonth
		}
	}
	for _, p := range parts {
		if isLetter(p[0]) {
			continue
		}
		if err := f.dateNumber(d, p, typeName); err != nil {
			return err
		}
	}
	return nil
}

// dateNumber decides which field a bare number is (DecodeNumber).
func (f *Format) dateNumber(d *moment, digits, typeName string) error {
	v, err := strconv.Atoi(digits)
	if err != nil {
		return d.overflow()
	}
	setYear := func() { d.year, d.shortYear, d.have = v, len(digits) <= 2, d.have|haveYear }
	setMonth := func() { d.month, d.have = v, d.have|haveMonth }
	setDay := func() { d.day, d.have = v, d.have|haveDay }
	switch d.have {
	case 0:
		switch {
		case len(digits) >= 3 || f.DateOrder == OrderYMD:
			setYear()
		case f.DateOrder == OrderDMY:
			setDay()
		default:
			setMonth()
		}
	case haveYear:
		setMonth()
	case haveMonth:
		if d.textMonth && (len(digits) >= 3 || f.DateOrder == OrderYMD) {
			setYear()
		} else {
			setDay()
		}
	case haveYear | haveMonth:
		if d.textMonth && len(digits) >= 3 && d.shortYear {
			// dd-mon-yyyy read as yy-mon: the first number was the day.
			d.day, d.have = d.year, d.have|haveDay
			setYear()
		} else {
			setDay()
		}
	case haveDay:
		setMonth()
	case haveMonth | haveDay:
		setYear()
	default:
		return d.bad(typeName)
	}
	return nil
}

func monthNumber(name string) (int, bool) {
	full := [...]string{
		"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
	}
	for i, m := range full {
		if name == m || name == m[:3] || i == 8 && name == "sept" {
			return i + 1, true
		}
	}
	return 0, false
}

func isDayName(name string) bool {
	for _, d := range strings.Fields("sunday monday tuesday tues wednesday wednes weds thursday thurs thur friday saturday") {
		if name == d || name == d[:3] {
			return true
		}
	}
	return false
}

// word reads a name: month, day of the week, am, bc, zone, now and the like.
func (f *Format) word(d *moment, field, typeName string) error {
	if m, ok := monthNumber(field); ok {
		return d.monthWord(m)
	}
	if i := strings.IndexAny(field, "-/."); i > 0 {
		if _, ok := monthNumber(field[:i]); ok {
			parts := strings.FieldsFunc(field, func(r rune) bool { return r == '-' || r == '/' || r == '.' })
			return f.dateParts(d, parts, typeName)
		}
	}
	switch field {
	case "t":
		return nil // ISO 8601's divider
	case "at", "on":
		return nil
	case "am", "pm":
		d.meridian = field[0]
		return nil
	case "bc", "ad":
		d.bc = field == "bc"
		return nil
	case "infinity", "inf":
		d.infinite = 1
		return nil
	case "epoch":
		d.year, d.month, d.day, d.have, d.zone = 1970, 1, 1, haveYear|haveMonth|haveDay, UTC
		return nil
	case "now":
		d.absolute, d.instant = true, f.Now
		return nil
	case "today", "tomorrow", "yesterday":
		return f.relativeDay(d, field)
	case "allballs":
		d.hasTime, d.clock, d.zone = true, 0, UTC
		return nil
	case "z", "zulu":
		d.zone = UTC
		return nil
	}
	if isDayName(field) {
		return nil
	}
	if d.zone != nil {
		return d.bad(typeName)
	}
	if off, ok := Abbreviation(field); ok {
		d.zone = fixedZone(off)
		return nil
	}
	zone, err := ParseZone(field)
	if err != nil {
		if strings.ContainsAny(field, "/") {
			return sqlerr.Newf(sqlerr.InvalidParameterValue, "time zone %q not recognized", clip(field))
		}
		return d.bad(typeName)
	}
	d.zone = zone
	return nil
}

func (d *moment) monthWord(month int) error {
	// "Jan 5 2024" after a number already taken for the month: that number was the day.
	if d.have&haveMonth != 0 && !d.textMonth && d.have&haveDay == 0 {
		d.day, d.have = d.month, d.have|haveDay
	}
	d.month, d.textMonth, d.have = month, true, d.have|haveMonth
	return nil
}

func (f *Format) relativeDay(d *moment, word string) error {
	local, err := f.Zone.Local(f.Now)
	if err != nil {
		return err
	}
	day, _ := local.Split()
	switch word {
	case "tomorrow":
		day++
	case "yesterday":
		day--
	}
	c := day.Civil()
	d.year, d.month, d.day, d.have = c.Year, c.Month, c.Day, haveYear|haveMonth|haveDay
	return nil
}

func (d *moment) applyMeridian() error {
	if d.meridian == 0 {
		return nil
	}
	hour := int(d.clock / MicrosPerHour)
	if !d.hasTime || hour > 12 {
		return d.overflow()
	}
	switch {
	case d.meridian == 'a' && hour == 12:
		d.clock -= 12 * MicrosPerHour
	case d.meridian == 'p' && hour != 12:
		d.clock += 12 * MicrosPerHour
	}
	return nil
}

// RoundTime applies the precision of time(p), timestamp(p) and their zoned forms; -1 keeps all six digits.
func RoundTime(micros int64, precision int32) int64 {
	if precision < 0 || precision >= 6 {
		return micros
	}
	return roundMicros(micros, precision)
}
