package pgvalue

import (
	"strconv"
	"strings"

	"meshgate/sqlerr"
)

// templateTime is what a date template shows of a timestamp or an interval.
type templateTime struct {
	interval         bool
	year, month, day int // of a timestamp 0 is 1 BC
	weekday, yearDay int // Sunday is 0; 1 January is 1
	hour             int64
	minute, second   int
	micro            int
	offset           int // seconds east of UTC
	zone             string
}

// AppendTimestamp appends to_char(timestamp, template); ok is false for NULL.
func (t *DateTemplate) AppendTimestamp(dst []byte, at Timestamp) (out []byte, ok bool) {
	if t.empty || at.IsInf() {
		return dst, false
	}
	v := civilTime(at)
	return t.append(dst, &v), true
}

// AppendInstant is AppendTimestamp for a timestamp with time zone.
func (t *DateTemplate) AppendInstant(dst []byte, at Timestamp, zone *Zone) (out []byte, ok bool, err error) {
	if t.empty || at.IsInf() {
		return dst, false, nil
	}
	local, err := zone.Local(at)
	if err != nil {
		return dst, false, err
	}
	v := civilTime(local)
	offset, abbreviation := zone.Offset(at)
	v.offset, v.zone = int(offset), abbreviation
	return t.append(dst, &v), true, nil
}

// AppendInterval appends to_char(interval, template).
func (t *DateTemplate) AppendInterval(dst []byte, v Interval) (out []byte, ok bool, err error) {
	for _, n := range t.nodes {
		if n.kind == nodeField && strings.Contains(notOfIntervals, " "+n.key.id+" ") {
			return dst, false, sqlerr.Newf(sqlerr.InvalidDatetimeFormat, "invalid format specification for an interval value").
				WithHint("Intervals are not tied to specific calendar dates.")
		}
	}
	p := v.parts()
	x := templateTime{
		interval: true, year: int(p.year), month: int(p.month), day: int(p.day), hour: p.hour, minute: int(p.minute),
		second: int(p.second), micro: int(p.fraction),
	}
	x.yearDay = (x.year*12+x.month)*30 + x.day
	return t.append(dst, &x), !t.empty, nil
}

const notOfIntervals = " TZ TZH TZM OF A.D. B.C. AD BC MONTH MON DAY DY D ID "

func civilTime(t Timestamp) templateTime {
	day, clock := t.Split()
	c, k := day.Civil(), clock.Clock()
	return templateTime{
		year: c.Year, month: c.Month, day: c.Day, weekday: day.Weekday(), yearDay: day.YearDay(),
		hour: int64(k.Hour), minute: k.Minute, second: k.Second, micro: k.Micro,
	}
}

func (t *DateTemplate) append(dst []byte, v *templateTime) []byte {
	for i := range t.nodes {
		n := &t.nodes[i]
		if n.kind != nodeField {
			dst = append(dst, n.text...)
			continue
		}
		start := len(dst)
		var number bool
		if dst, number = n.appendClock(dst, v); len(dst) == start {
			if dst, number = n.appendDate(dst, v); len(dst) == start {
				dst = n.appendName(dst, v)
			}
		}
		if number && n.ordinal != "" {
			dst = append(dst, ordinalSuffix(dst[start:], n.ordinal == "TH")...)
		}
	}
	return dst
}

// padded appends a number with zeros up to a width, the sign counted beyond it; FM drops them.
func (n *templateNode) padded(dst []byte, v int64, width int) []byte {
	if n.fill {
		width = 0
	}
	return appendZeros(dst, v, width)
}

func appendZeros(dst []byte, v int64, width int) []byte {
	if v < 0 {
		dst, v = append(dst, '-'), -v
	}
	digits := strconv.FormatInt(v, 10)
	for range width - len(digits) {
		dst = append(dst, '0')
	}
	return append(dst, digits...)
}

// ordinalSuffix is st, nd, rd or th for a number's digits.
func ordinalSuffix(number []byte, upper bool) string {
	last := number[len(number)-1]
	if len(number) > 1 && number[len(number)-2] == '1' {
		last = '0'
	}
	suffix := "th"
	switch last {
	case '1':
		suffix = "st"
	case '2':
		suffix = "nd"
	case '3':
		suffix = "rd"
	}
	if upper {
		return strings.ToUpper(suffix)
	}
	return suffix
}

// appendClock appends fields of the time of day; number says that an ordinal's suffix may follow.
func (n *templateNode) appendClock(dst []byte, v *templateTime) (out []byte, number bool) {
	switch id := n.key.id; id {
	case "HH", "HH12":
		hour := v.hour % 12
		if hour == 0 {
			hour = 12
		}
		if v.hour < 0 && !n.fill {
			return appendSigned(dst, hour, 3), true
		}
		return n.padded(dst, hour, 2), true
	case "HH24":
		return n.padded(dst, v.hour, 2), true
	case "MI":
		return n.padded(dst, int64(v.minute), 2), true
	case "SS":
		return n.padded(dst, int64(v.second), 2), true
	case "FF1", "FF2", "FF3", "FF4", "FF5", "FF6":
		return appendSubsecond(dst, v.micro, int(id[2]-'0')), true
	case "MS":
		return appendSubsecond(dst, v.micro, 3), true
	case "US":
		return appendSubsecond(dst, v.micro, 6), true
	case "SSSS", "SSSSS":
		return strconv.AppendInt(dst, v.hour*3600+int64(v.minute)*60+int64(v.second), 10), true
	case "A.M.", "P.M.", "AM", "PM":
		half := "AM"
		if v.hour%24 >= 12 {
			half = "PM"
		}
		return n.appendDotted(dst, half), false
	}
	return dst, false
}

// appendSigned is C's %0*d: the sign takes part in the width.
func appendSigned(dst []byte, v int64, width int) []byte {
	if v < 0 {
		return appendZeros(dst, v, width-1)
	}
	return appendZeros(dst, v, width)
}

// appendSubsecond appends the first digits of a fraction of a second.
func appendSubsecond(dst []byte, micro, digits int) []byte {
	for range 6 - digits {
		micro /= 10
	}
	return appendSigned(dst, int64(micro), digits)
}

// appendDotted appends two letters as the keyword is written: with dots, in its case.
func (n *templateNode) appendDotted(dst []byte, text string) []byte {
	if n.key.name[0] >= 'a' {
		text = strings.ToLower(text)
	}
	if n.key.name[1] == '.' {
		return append(dst, text[0], '.', text[1], '.')
	}
	return append(dst, text...)
}

// appendDate appends fields of the date that are numbers.
func (n *templateNode) appendDate(dst []byte, v *templateTime) (out []byte, number bool) {
	switch n.key.id {
	case "MM":
		return n.padded(dst, int64(v.month), 2), true
	case "DDD":
		return n.paddedC(dst, v.yearDay, 3), true
	case "IDDD":
		return n.paddedC(dst, v.isoYearDay(), 3), true
	case "DD":
		return n.paddedC(dst, v.day, 2), true
	case "D":
		return strconv.AppendInt(dst, int64(v.weekday+1), 10), true
	case "ID":
		return strconv.AppendInt(dst, int64((v.weekday+6)%7+1), 10), true
	case "WW":
		return n.paddedC(dst, (v.yearDay-1)/7+1, 2), true
	case "IW":
		return n.paddedC(dst, v.isoWeek(), 2), true
	case "W":
		return strconv.AppendInt(dst, int64((v.day-1)/7+1), 10), true
	case "J":
		return strconv.AppendInt(dst, int64(julianDay(v.year, v.month, v.day)), 10), true
	case "Q":
		if v.month == 0 {
			return dst, false
		}
		return strconv.AppendInt(dst, int64((v.month-1)/3+1), 10), true
	case "CC":
		return n.padded(dst, int64(v.century()), 2), true
	case "Y,YYY":
		year := v.shownYear(v.year)
		dst = strconv.AppendInt(dst, int64(year/1000), 10)
		return appendSigned(append(dst, ','), int64(year-year/1000*1000), 3), true
	case "YYYY", "YYY", "YY", "Y":
		return n.appendYear(dst, v, v.shownYear(v.year), len(n.key.id)), true
	case "IYYY", "IYY", "IY", "I":
		return n.appendYear(dst, v, v.shownYear(v.isoYear()), len(n.key.id)), true
	}
	return dst, false
}

// paddedC is padded for the fields whose sign takes part in the width.
func (n *templateNode) paddedC(dst []byte, v, width int) []byte {
	if n.fill {
		width = 0
	}
	return appendSigned(dst, int64(v), width)
}

func (v *templateTime) century() int {
	switch {
	case v.interval:
		return v.year / 100
	case v.year > 0:
		return (v.year-1)/100 + 1
	}
	return v.year/100 - 1
}

// shownYear is a year as people write it: 1 BC is 1.
func (v *templateTime) shownYear(year int) int {
	if v.interval || year > 0 {
		return year
	}
	return 1 - year
}

// appendYear appends the last digits of a year. The sign of the calendar year decides the width.
func (n *templateNode) appendYear(dst []byte, v *templateTime, year, digits int) []byte {
	width := digits
	if v.shownYear(v.year) < 0 {
		width++
	}
	switch digits {
	case 1:
		return strconv.AppendInt(dst, int64(year%10), 10)
	case 2:
		year %= 100
	case 3:
		year %= 1000
	}
	return n.paddedC(dst, year, width)
}

var (
	templateMonths      = strings.Fields("January February March April May June July August September October November December")
	templateDays        = strings.Fields("Sunday Monday Tuesday Wednesday Thursday Friday Saturday")
	romanMonths         = strings.Fields("XII XI X IX VIII VII VI V IV III II I")
	templateMonthsShort = firstThree(templateMonths)
	templateDaysShort   = firstThree(templateDays)
	romanOnes           = strings.Fields("I II III IV V VI VII VIII IX")
	romanTens           = strings.Fields("X XX XXX XL L LX LXX LXXX XC")
	romanHundred        = strings.Fields("C CC CCC CD D DC DCC DCCC CM")
)

func firstThree(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = n[:3]
	}
	return out
}

// appendName appends fields that are words or signs.
func (n *templateNode) appendName(dst []byte, v *templateTime) []byte {
	switch n.key.id {
	case "MONTH":
		return n.appendWord(dst, templateMonths[v.month-1], 9)
	case "MON":
		return n.appendWord(dst, templateMonthsShort[v.month-1], 0)
	case "DAY":
		return n.appendWord(dst, templateDays[v.weekday], 9)
	case "DY":
		return n.appendWord(dst, templateDaysShort[v.weekday], 0)
	case "RM":
		if v.month == 0 && v.year == 0 {
			return dst
		}
		return n.appendWord(dst, romanMonths[v.romanPlace()], 4)
	case "A.D.", "B.C.", "AD", "BC":
		era := "AD"
		if v.year <= 0 {
			era = "BC"
		}
		return n.appendDotted(dst, era)
	case "TZ":
		if n.key.name == "tz" {
			return append(dst, strings.ToLower(v.zone)...)
		}
		return append(dst, v.zone...)
	case "TZH":
		return appendZeros(v.appendSign(dst), int64(absInt(v.offset)/3600), 2)
	case "TZM":
		return appendZeros(dst, int64(absInt(v.offset)%3600/60), 2)
	case "OF":
		dst = n.padded(v.appendSign(dst), int64(absInt(v.offset)/3600), 2)
		if minutes := absInt(v.offset) % 3600; minutes != 0 {
			dst = appendZeros(append(dst, ':'), int64(minutes/60), 2)
		}
	}
	return dst
}

func absInt(n int) int { return max(n, -n) }

func (v *templateTime) appendSign(dst []byte) []byte {
	if v.offset < 0 {
		return append(dst, '-')
	}
	return append(dst, '+')
}

// romanPlace is a month's place in the list, which begins with December. Months of an interval may be negative.
func (v *templateTime) romanPlace() int {
	switch {
	case v.month == 0 && v.year >= 0:
		return 0
	case v.month == 0:
		return 11
	case v.month < 0:
		return -(v.month + 1)
	}
	return 12 - v.month
}

// appendWord appends a word in the keyword's case with blanks up to a width, which FM and TM drop.
func (n *templateNode) appendWord(dst []byte, word string, width int) []byte {
	switch name := n.key.name; {
	case name[0] >= 'a':
		word = strings.ToLower(word)
	case name == n.key.id:
		word = strings.ToUpper(word)
	}
	dst = append(dst, word...)
	if n.fill || n.local && n.key.id != "RM" {
		return dst
	}
	for range width - len(word) {
		dst = append(dst, ' ')
	}
	return dst
}
