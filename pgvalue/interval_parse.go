package pgvalue

import (
	"math"
	"strconv"
	"strings"

	"meshgate/sqlerr"
)

// ParseInterval reads an interval's text (PostgreSQL 15, section 8.5.4) under a typmod (-1 = none) and IntervalStyle, which
// decides only how a leading minus of the SQL standard form spreads.
func ParseInterval(text string, mod int32, style IntervalStyle) (Interval, error) {
	p := intervalParser{text: text, style: style, fields: intervalFullRange}
	if mod >= 0 {
		p.fields = mod >> 16 & intervalFullRange
	}
	if err := p.parse(); err != nil {
		return Interval{}, err
	}
	v, err := p.result()
	if err != nil {
		return Interval{}, err
	}
	return v.ApplyTypmod(mod)
}

type intervalParser struct {
	text   string
	style  IntervalStyle
	fields int32

	years, months, days, micros float64Sum
	seen                        map[string]bool // units given so far: none may come twice
}

// float64Sum adds whole parts exactly and keeps overflow visible.
type float64Sum struct {
	v    int64
	over bool
}

func (s *float64Sum) add(v float64) {
	if math.Abs(v) >= math.MaxInt64 || math.IsNaN(v) {
		s.over = true
		return
	}
	s.addInt(int64(v))
}

func (s *float64Sum) addInt(v int64) {
	sum := s.v + v
	if (s.v^sum)&(v^sum) < 0 {
		s.over = true
	}
	s.v = sum
}

func (p *intervalParser) bad() error {
	return sqlerr.Newf(sqlerr.InvalidDatetimeFormat, "invalid input syntax for type interval: %q", clip(p.text))
}

func (p *intervalParser) overflow() error {
	return sqlerr.Newf(sqlerr.IntervalFieldOverflow, "interval field value out of range: %q", clip(p.text))
}

func (p *intervalParser) result() (Interval, error) {
	for _, s := range [...]*float64Sum{&p.years, &p.months, &p.days} {
		if s.over || s.v != int64(int32(s.v)) {
			return Interval{}, p.overflow()
		}
	}
	months := p.years.v*12 + p.months.v
	if p.micros.over {
		return Interval{}, p.overflow()
	}
	if months != int64(int32(months)) {
		return Interval{}, intervalOutOfRange()
	}
	return Interval{Months: int32(months), Days: int32(p.days.v), Micros: p.micros.v}, nil
}

func (p *intervalParser) parse() error {
	text := strings.ToLower(strings.TrimSpace(p.text))
	if strings.HasPrefix(text, "p") && len(text) > 1 {
		return p.parseISO(text[1:])
	}
	tokens := strings.FieldsFunc(strings.ReplaceAll(text, "@", " "), func(r rune) bool {
		return r == ' ' || r == '\t' || r == '\n' || r == ','
	})
	words := splitNumbersAndUnits(tokens)
	ago := false
	if n := len(words); n > 1 && words[n-1] == "ago" {
		ago, words = true, words[:n-1]
	}
	if n := len(words); n == 0 || ago && isNumberStart(words[n-1][0]) && !strings.Contains(words[n-1], ":") {
		return p.bad()
	}
	negateAll := p.style == IntervalSQL && strings.HasPrefix(words[0], "-") && !strings.ContainsAny(strings.Join(words[1:], ""), "+-") &&
		!p.hasUnitWord(words)
	for i := 0; i < len(words); i++ {
		word := words[i]
		if negateAll && i > 0 && word[0] >= '0' && word[0] <= '9' {
			word = "-" + word
		}
		used, err := p.word(word, words[i+1:])
		if err != nil {
			return err
		}
		i += used
	}
	if ago {
		p.years.v, p.months.v, p.days.v, p.micros.v = -p.years.v, -p.months.v, -p.days.v, -p.micros.v
	}
	return nil
}

func (p *intervalParser) hasUnitWord(words []string) bool {
	for _, w := range words {
		if w[0] >= 'a' && w[0] <= 'z' {
			return true
		}
	}
	return false
}

// splitNumbersAndUnits cuts "1h30m" into "1" "h" "30" "m".
func splitNumbersAndUnits(tokens []string) []string {
	var words []string
	for _, t := range tokens {
		start := 0
		for i := 1; i < len(t); i++ {
			isLetter := t[i] >= 'a' && t[i] <= 'z'
			wasLetter := t[i-1] >= 'a' && t[i-1] <= 'z'
			if isLetter != wasLetter {
				words = append(words, t[start:i])
				start = i
			}
		}
		words = append(words, t[start:])
	}
	return words
}

func isNumberStart(c byte) bool { return c >= '0' && c <= '9' || c == '.' || c == '-' || c == '+' }

// word reads one token, with its unit if one follows, and says how many following tokens it took.
func (p *intervalParser) word(word string, rest []string) (int, error) {
	sign, body := 1.0, word
	switch {
	case word == "-" || word == "+":
		if len(rest) == 0 || !isNumberStart(rest[0][0]) {
			return 0, p.bad()
		}
		used, err := p.word(word+rest[0], rest[1:])
		return used + 1, err
	case strings.HasPrefix(word, "-"):
		sign, body = -1, word[1:]
	case strings.HasPrefix(word, "+"):
		body = word[1:]
	}
	switch {
	case body == "" || body[0] != '.' && (body[0] < '0' || body[0] > '9'):
		return 0, p.bad()
	case strings.Contains(body, ":"):
		return 0, p.clock(sign, body)
	case strings.Contains(body, "-"):
		return 0, p.yearMonth(sign, body)
	}
	value, err := strconv.ParseFloat(body, 64)
	if err != nil || strings.ContainsAny(body, "eE") {
		return 0, p.bad()
	}
	if len(rest) > 0 && rest[0][0] >= 'a' && rest[0][0] <= 'z' && rest[0] != "ago" {
		return 1, p.unit(sign*value, rest[0])
	}
	if len(rest) > 0 && strings.Contains(rest[0], ":") {
		return 0, p.unit(sign*value, "day")
	}
	return 0, p.unit(sign*value, p.defaultUnit())
}

// defaultUnit is the unit of a bare number: the least field that the typmod keeps.
func (p *intervalParser) defaultUnit() string {
	switch {
	case p.fields == intervalFullRange || p.fields&fieldSecond != 0:
		return "second"
	case p.fields&fieldMinute != 0:
		return "minute"
	case p.fields&fieldHour != 0:
		return "hour"
	case p.fields&fieldDay != 0:
		return "day"
	case p.fields&fieldMonth != 0:
		return "month"
	}
	return "year"
}

func (p *intervalParser) yearMonth(sign float64, body string) error {
	years, months, _ := strings.Cut(body, "-")
	y, err1 := strconv.ParseInt(years, 10, 32)
	m, err2 := strconv.ParseInt(months, 10, 32)
	if err1 != nil || err2 != nil {
		return p.bad()
	}
	if m < 0 || m >= 12 {
		return p.overflow()
	}
	p.years.addInt(int64(sign) * y)
	p.months.addInt(int64(sign) * m)
	return p.once("year", "month")
}

// clock reads h:m, h:m:s or, where the typmod is MINUTE TO SECOND, m:s.
func (p *intervalParser) clock(sign float64, body string) error {
	parts := strings.Split(body, ":")
	if len(parts) > 3 {
		return p.bad()
	}
	if len(parts) == 2 && (p.fields == fieldMinute|fieldSecond || strings.Contains(parts[1], ".")) {
		parts = append([]string{"0"}, parts...)
	}
	hours, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil {
		return p.bad()
	}
	minutes, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil || parts[1] == "" {
		return p.bad()
	}
	seconds := 0.0
	if len(parts) == 3 {
		if seconds, err = strconv.ParseFloat(parts[2], 64); err != nil || strings.ContainsAny(parts[2], "eE+-") {
			return p.bad()
		}
	}
	if minutes > 59 || seconds > 60 || hours > math.MaxInt64/MicrosPerHour {
		return p.overflow()
	}
	micros := hours*MicrosPerHour + minutes*MicrosPerMinute + int64(math.RoundToEven(seconds*MicrosPerSecond))
	p.micros.addInt(int64(sign) * micros)
	return p.once("hour", "minute", "second")
}

// once refuses a unit that was given before.
func (p *intervalParser) once(units ...string) error {
	if p.seen == nil {
		p.seen = map[string]bool{}
	}
	for _, u := range units {
		if p.seen[u] {
			return p.bad()
		}
		p.seen[u] = true
	}
	return nil
}

var intervalUnits = func() map[string]string {
	m := map[string]string{}
	for unit, names := range map[string]string{
		"microsecond": "us usec usecs useconds usecond microsecon microseconds microsecond",
		"millisecond": "ms msec msecs mseconds msecond millisecon milliseconds millisecond",
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

func (p *intervalParser) unit(value float64, name string) error {
	unit, ok := intervalUnits[name]
	if !ok {
		return p.bad()
	}
	whole, fraction := math.Modf(value)
	switch unit {
	case "microsecond":
		p.micros.add(math.RoundToEven(value))
	case "millisecond":
		p.micros.add(math.RoundToEven(value * 1000))
	case "second":
		p.micros.add(whole * MicrosPerSecond)
		p.micros.add(math.RoundToEven(fraction * MicrosPerSecond))
	case "minute":
		p.micros.add(whole * MicrosPerMinute)
		p.micros.add(math.RoundToEven(fraction * MicrosPerMinute))
	case "hour":
		p.micros.add(whole * MicrosPerHour)
		p.micros.add(math.RoundToEven(fraction * MicrosPerHour))
	case "day":
		p.dayFraction(whole, fraction)
	case "week":
		wholeDays, rest := math.Modf(fraction * 7)
		p.dayFraction(whole*7+wholeDays, rest)
	case "month":
		p.months.add(whole)
		wholeDays, rest := math.Modf(fraction * 30)
		p.dayFraction(wholeDays, rest)
	default:
		years := map[string]float64{"year": 1, "decade": 10, "century": 100, "millennium": 1000}[unit]
		p.years.add(whole * years)
		p.months.add(math.RoundToEven(fraction * years * 12))
	}
	return p.once(unit)
}

func (p *intervalParser) dayFraction(whole, fraction float64) {
	p.days.add(whole)
	p.micros.add(math.RoundToEven(fraction * MicrosPerDay))
}

// parseISO reads ISO 8601's duration after the P, with designators or in the alternative form yyyy-mm-ddThh:mm:ss.
func (p *intervalParser) parseISO(text string) error {
	inTime := false
	for text != "" {
		if text[0] == 't' {
			inTime, text = true, text[1:]
			if text == "" {
				return p.bad()
			}
			continue
		}
		end := 0
		for end < len(text) && (isNumberStart(text[end]) && (end == 0 || text[end] != '-' && text[end] != '+') || text[end] >= '0' && text[end] <= '9') {
			end++
		}
		value, err := strconv.ParseFloat(text[:end], 64)
		if err != nil {
			return p.bad()
		}
		if end == len(text) || text[end] == '-' || text[end] == ':' || text[end] == 't' {
			return p.parseISOAlternative(text, inTime)
		}
		names := map[byte]string{'y': "year", 'm': "month", 'w': "week", 'd': "day"}
		if inTime {
			names = map[byte]string{'h': "hour", 'm': "minute", 's': "second"}
		}
		unit, ok := names[text[end]]
		if !ok {
			return p.bad()
		}
		if err := p.unit(value, unit); err != nil {
			return err
		}
		text = text[end+1:]
	}
	return nil
}

func (p *intervalParser) parseISOAlternative(text string, inTime bool) error {
	date, clock, hasClock := strings.Cut(text, "t")
	if inTime {
		date, clock, hasClock = "", text, true
	}
	if date != "" {
		for i, part := range strings.SplitN(date, "-", 3) {
			v, err := strconv.ParseFloat(part, 64)
			if err != nil {
				return p.bad()
			}
			if err := p.unit(v, [...]string{"year", "month", "day"}[i]); err != nil {
				return err
			}
		}
	}
	if hasClock {
		for i, part := range strings.SplitN(clock, ":", 3) {
			v, err := strconv.ParseFloat(part, 64)
			if err != nil {
				return p.bad()
			}
			if err := p.unit(v, [...]string{"hour", "minute", "second"}[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

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
