package pgvalue

import (
	"math"
	"math/bits"
	"strings"

	"meshgate/sqlerr"
)

// maxIntervalBytes is the limit of PostgreSQL's parser for the fields of an interval.
const maxIntervalBytes = 256

// ParseInterval reads an interval's text (PostgreSQL 15, section 8.5.4) under a typmod (-1 = none) and IntervalStyle, which
// decides only how a leading minus of the SQL standard form spreads.
func ParseInterval(text string, mod int32, style IntervalStyle) (Interval, error) {
	p := intervalParser{style: style, fields: intervalFullRange}
	if mod >= 0 {
		p.fields = mod >> 16 & intervalFullRange
	}
	split := moment{text: text}
	e := split.split(maxIntervalBytes)
	if e == momentOK {
		e = p.decode(split.fields)
	}
	if e == badMoment {
		p.intervalSum = intervalSum{}
		e = p.decodeISO(text)
	}
	switch {
	case e == momentOverflow:
		return Interval{}, sqlerr.Newf(sqlerr.IntervalFieldOverflow, "interval field value out of range: \"%s\"", clip(text))
	case e != momentOK:
		return Interval{}, sqlerr.Newf(sqlerr.InvalidDatetimeFormat, "invalid input syntax for type interval: \"%s\"", clip(text))
	}
	months := int64(p.years)*12 + int64(p.months)
	if months != int64(int32(months)) {
		return Interval{}, intervalOutOfRange()
	}
	return Interval{Months: int32(months), Days: p.days, Micros: p.micros}.ApplyTypmod(mod)
}

// intervalSum collects the fields of an interval. Its methods report whether the sums hold.
type intervalSum struct {
	years, months, days int32
	micros              int64
}

// mulAdd returns sum + v * scale.
func mulAdd(sum, v, scale int64) (int64, bool) {
	hi, lo := bits.Mul64(uint64(v), uint64(scale))
	if v < 0 {
		hi -= uint64(scale)
	}
	product := int64(lo)
	total := sum + product
	return total, int64(hi) == product>>63 && (sum^total)&(product^total) >= 0
}

func (s *intervalSum) addMicros(v int64, fraction float64, scale int64) bool {
	sum, ok := mulAdd(s.micros, v, scale)
	if s.micros = sum; !ok {
		return false
	}
	return s.addFraction(fraction, scale)
}

// addFraction adds a part of a unit of so many microseconds, rounded half toward zero.
func (s *intervalSum) addFraction(fraction float64, scale int64) bool {
	fraction *= float64(scale)
	micros := int64(fraction)
	if fraction -= float64(micros); fraction > 0.5 {
		micros++
	} else if fraction < -0.5 {
		micros--
	}
	var ok bool
	s.micros, ok = mulAdd(s.micros, micros, 1)
	return ok
}

func addScaled(sum *int32, v, scale int64) bool {
	if v != int64(int32(v)) || v*scale != int64(int32(v*scale)) {
		return false
	}
	total := int64(*sum) + v*scale
	*sum = int32(total)
	return total == int64(int32(total))
}

func (s *intervalSum) addDays(v int64, fraction float64, scale int64) bool {
	return addScaled(&s.days, v, scale) && s.addFractionOfDays(fraction, scale)
}

func (s *intervalSum) addFractionOfDays(fraction float64, scale int64) bool {
	fraction *= float64(scale)
	days := int64(fraction)
	return addScaled(&s.days, days, 1) && s.addFraction(fraction-float64(days), MicrosPerDay)
}

func (s *intervalSum) addMonths(v int64, fraction float64) bool {
	return addScaled(&s.months, v, 1) && s.addFractionOfDays(fraction, 30)
}

func (s *intervalSum) addYears(v int64, fraction float64, scale int64) bool {
	return addScaled(&s.years, v, scale) && addScaled(&s.months, int64(math.RoundToEven(fraction*float64(scale)*12)), 1)
}

// add adds a number of units.
func (s *intervalSum) add(unit string, v int64, fraction float64) momentError {
	var ok bool
	switch unit {
	case "microsecond":
		ok = s.addMicros(v, fraction, 1)
	case "millisecond":
		ok = s.addMicros(v, fraction, 1000)
	case "second":
		ok = s.addMicros(v, fraction, MicrosPerSecond)
	case "minute":
		ok = s.addMicros(v, fraction, MicrosPerMinute)
	case "hour":
		ok = s.addMicros(v, fraction, MicrosPerHour)
	case "day":
		ok = s.addDays(v, fraction, 1)
	case "week":
		ok = s.addDays(v, fraction, 7)
	case "month":
		ok = s.addMonths(v, fraction)
	case "year":
		ok = s.addYears(v, fraction, 1)
	case "decade":
		ok = s.addYears(v, fraction, 10)
	case "century":
		ok = s.addYears(v, fraction, 100)
	case "millennium":
		ok = s.addYears(v, fraction, 1000)
	default:
		return badMoment
	}
	if !ok {
		return momentOverflow
	}
	return momentOK
}

// Units that an interval's text has given: none may come twice.
const (
	seenMicrosecond = 1 << iota
	seenMillisecond
	seenSecond
	seenMinute
	seenHour
	seenDay
	seenWeek
	seenMonth
	seenYear
	seenDecade
	seenCentury
	seenMillennium

	seenSeconds = seenSecond | seenMillisecond | seenMicrosecond
	seenClock   = seenHour | seenMinute | seenSeconds
)

var seenOf = map[string]int{
	"microsecond": seenMicrosecond, "millisecond": seenMillisecond, "second": seenSecond, "minute": seenMinute, "hour": seenHour, "day": seenDay,
	"week": seenWeek, "month": seenMonth, "year": seenYear, "decade": seenDecade, "century": seenCentury, "millennium": seenMillennium,
}

type intervalParser struct {
	intervalSum
	style  IntervalStyle
	fields int32 // of the typmod

	unit   string // of the number that comes next, to the left; "" = not said
	negate bool   // the sign at the beginning holds for all fields
}

// decode reads the fields from the last to the first: units stand after their numbers (DecodeInterval).
func (p *intervalParser) decode(fields []momentField) momentError {
	p.negate = p.style == IntervalSQL && len(fields) > 0 && fields[0].text[0] == '-'
	for _, f := range fields[min(1, len(fields)):] {
		p.negate = p.negate && f.text[0] != '-' && f.text[0] != '+'
	}
	seen, ago := 0, false
	for i := len(fields) - 1; i >= 0; i-- {
		f := fields[i]
		mask, e := 0, momentOK
		switch {
		case f.kind == fieldTime:
			mask, e = p.clock(f.text, false)
		case f.kind == fieldOffset && strings.Contains(f.text, ":"):
			if mask, e = p.clock(f.text[1:], f.text[0] == '-'); e != momentOK {
				mask, e = p.number(f.text)
			}
		case f.kind == fieldWord, f.kind == fieldSpecial:
			word := f.text[:min(len(f.text), 10)]
			if word == "ago" {
				ago, p.unit = true, word
				break
			}
			unit, ok := datetimeDeltas[word]
			if !ok {
				return badMoment
			}
			p.unit = unit
		default:
			mask, e = p.number(f.text)
		}
		switch {
		case e != momentOK:
			return e
		case mask&seen != 0:
			return badMoment
		}
		seen |= mask
	}
	if seen == 0 {
		return badMoment
	}
	if ago {
		if p.micros == math.MinInt64 || p.days == math.MinInt32 || p.months == math.MinInt32 || p.years == math.MinInt32 {
			return momentOverflow
		}
		p.micros, p.days, p.months, p.years = -p.micros, -p.days, -p.months, -p.years
	}
	return momentOK
}

// clock reads hours and minutes with colons, which take the place of all smaller units before them.
func (p *intervalParser) clock(text string, minus bool) (int, momentError) {
	c, e := decodeClock(text, p.fields == fieldMinute|fieldSecond)
	if e != momentOK {
		return 0, e
	}
	micros, ok := mulAdd(int64(c.minute)*MicrosPerMinute+int64(c.second)*MicrosPerSecond+int64(c.micro), c.hour, MicrosPerHour)
	if !ok {
		return 0, momentOverflow
	}
	if minus || p.negate && micros > 0 {
		micros = -micros
	}
	p.micros, p.unit = micros, "day"
	return seenClock, momentOK
}

// number reads a number of units, or years-months.
func (p *intervalParser) number(text string) (int, momentError) {
	if p.unit == "" {
		p.unit = p.defaultUnit()
	}
	v, used, overflow := scanInteger(text, len(text))
	if overflow {
		return 0, momentOverflow
	}
	fraction, rest := 0.0, text[used:]
	switch {
	case rest == "":
	case rest[0] == '-':
		months, tail, ok := leadingInt(rest[1:])
		switch {
		case !ok, months < 0, months >= 12:
			return 0, momentOverflow
		case tail != "":
			return 0, badMoment
		}
		p.unit = "month"
		if text[0] == '-' {
			months = -months
		}
		if v, ok = mulAdd(int64(months), v, 12); !ok {
			return 0, momentOverflow
		}
	case rest[0] == '.':
		var e momentError
		if fraction, e = fractionOf(rest); e != momentOK {
			return 0, e
		}
		if text[0] == '-' {
			fraction = -fraction
		}
	default:
		return 0, badMoment
	}
	if p.negate {
		v, fraction = min(v, -v), -math.Abs(fraction)
	}
	unit := p.unit
	if e := p.add(unit, v, fraction); e != momentOK {
		return 0, e
	}
	mask := seenOf[unit]
	switch {
	case unit == "second" && fraction != 0:
		mask = seenSeconds
	case unit == "hour":
		p.unit = "day"
	}
	return mask, momentOK
}

// defaultUnit is the unit of a bare number: the least field that the typmod keeps.
func (p *intervalParser) defaultUnit() string {
	if p.fields == intervalFullRange {
		return "second"
	}
	switch leastField(p.fields) {
	case fieldYear:
		return "year"
	case fieldMonth:
		return "month"
	case fieldDay:
		return "day"
	case fieldHour:
		return "hour"
	case fieldMinute:
		return "minute"
	}
	return "second"
}

var intervalUnits = func() map[string]string {
	m := map[string]string{}
	for unit, names := range map[string]string{
		"microsecond": "us usec usecs useconds usecond microsecon",
		"millisecond": "ms msec msecs mseconds msecond millisecon",
		"second":      "s sec secs second seconds",
		"minute":      "m min mins minute minutes",
		"hour":        "h hr hrs hour hours",
		"day":         "d day days",
		"week":        "w week weeks",
		"month":       "mon mons month months",
		"year":        "y yr yrs year years",
		"decade":      "dec decs decade decades",
		"century":     "c cent century centuries",
		"millennium":  "mil mils millennia millennium",
	} {
		for _, n := range strings.Fields(names) {
			m[n] = unit
		}
	}
	return m
}()

// datetimeDeltas are all words that stand for a unit beside a number; those of no interval fail only where a number has them.
var datetimeDeltas = func() map[string]string {
	m := map[string]string{"qtr": "quarter", "quarter": "quarter", "timezone": "timezone", "timezone_h": "timezone", "timezone_m": "timezone"}
	for name, unit := range intervalUnits {
		m[name] = unit
	}
	return m
}()

// ApplyTypmod drops the fields that INTERVAL YEAR TO MONTH and its like do not keep, and rounds the seconds
// (AdjustIntervalForTypmod).
func (v Interval) ApplyTypmod(mod int32) (Interval, error) {
	if mod < 0 {
		return v, nil
	}
	fields, precision := mod>>16&intervalFullRange, mod&intervalFullPrecision
	switch least := leastField(fields); {
	case fields == intervalFullRange:
	case least == fieldYear:
		v = Interval{Months: v.Months / 12 * 12}
	case least == fieldMonth:
		v.Days, v.Micros = 0, 0
	case least == fieldDay:
		v.Micros = 0
	case least == fieldHour:
		v.Micros -= v.Micros % MicrosPerHour
	case least == fieldMinute:
		v.Micros -= v.Micros % MicrosPerMinute
	}
	if precision < 6 {
		v.Micros = roundMicros(v.Micros, precision)
	}
	return v, nil
}

func leastField(fields int32) int32 {
	for _, f := range [...]int32{fieldSecond, fieldMinute, fieldHour, fieldDay, fieldMonth, fieldYear} {
		if fields&f != 0 {
			return f
		}
	}
	return 0
}

// roundMicros rounds to a number of digits of the second, half away from zero.
func roundMicros(v int64, precision int32) int64 {
	unit := pow10Int[6-precision]
	if v >= 0 {
		return (v + unit/2) / unit * unit
	}
	return -((-v + unit/2) / unit * unit)
}
