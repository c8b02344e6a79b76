package pgvalue

import (
	"math"
	"math/bits"
	"strconv"
)

// Interval is PostgreSQL's interval: months, days and microseconds, which never carry into one another (PostgreSQL 15,
// section 8.5.4).
type Interval struct {
	Months, Days int32
	Micros       int64
}

// Fields of an interval's typmod (utils/timestamp.h): which units INTERVAL YEAR TO MONTH and its like keep.
const (
	fieldMonth  = 1 << 1
	fieldYear   = 1 << 2
	fieldDay    = 1 << 3
	fieldHour   = 1 << 10
	fieldMinute = 1 << 11
	fieldSecond = 1 << 12

	intervalFullRange     = 0x7fff
	intervalFullPrecision = 0xffff
)

type intervalParts struct {
	year, month      int64
	day              int64
	hour, minute     int64
	second, fraction int64
}

func (v Interval) parts() intervalParts {
	p := intervalParts{year: int64(v.Months / 12), month: int64(v.Months % 12), day: int64(v.Days)}
	m := v.Micros
	p.hour, m = m/MicrosPerHour, m%MicrosPerHour
	p.minute, m = m/MicrosPerMinute, m%MicrosPerMinute
	p.second, p.fraction = m/MicrosPerSecond, m%MicrosPerSecond
	return p
}

func abs64(v int64) int64 {
	if v < 0 {
		return -v
	}
	return v
}

// AppendInterval appends an interval's text in the session's IntervalStyle.
func (f *Format) AppendInterval(dst []byte, v Interval) []byte {
	p := v.parts()
	switch f.IntervalStyle {
	case IntervalVerbose:
		return p.appendVerbose(dst)
	case IntervalSQL:
		return p.appendSQL(dst)
	case IntervalISO:
		return p.appendISO(dst)
	}
	return p.appendPostgres(dst)
}

func (p intervalParts) timeNegative() bool {
	return p.hour < 0 || p.minute < 0 || p.second < 0 || p.fraction < 0
}

func (p intervalParts) hasTime() bool {
	return p.hour != 0 || p.minute != 0 || p.second != 0 || p.fraction != 0
}

func (p intervalParts) appendPostgres(dst []byte) []byte {
	zero, before := true, false
	for i, v := range [...]int64{p.year, p.month, p.day} {
		if v == 0 {
			continue
		}
		if !zero {
			dst = append(dst, ' ')
		}
		if before && v > 0 {
			dst = append(dst, '+')
		}
		dst = append(strconv.AppendInt(dst, v, 10), [...]string{" year", " mon", " day"}[i]...)
		if v != 1 {
			dst = append(dst, 's')
		}
		before, zero = v < 0, false
	}
	if !zero && !p.hasTime() {
		return dst
	}
	if !zero {
		dst = append(dst, ' ')
	}
	if p.timeNegative() {
		dst = append(dst, '-')
	} else if before {
		dst = append(dst, '+')
	}
	return p.appendClock(dst, 2)
}

// appendClock appends hh:mm:ss.ffffff without sign.
func (p intervalParts) appendClock(dst []byte, hourWidth int) []byte {
	dst = append(appendPadded(dst, int(abs64(p.hour)), hourWidth), ':')
	dst = append(appendPadded(dst, int(abs64(p.minute)), 2), ':')
	return appendFraction(appendPadded(dst, int(abs64(p.second)), 2), int(abs64(p.fraction)))
}

func (p intervalParts) appendVerbose(dst []byte) []byte {
	dst = append(dst, '@')
	zero, before := true, false
	for i, v := range [...]int64{p.year, p.month, p.day, p.hour, p.minute} {
		if v == 0 {
			continue
		}
		if zero {
			before, v = v < 0, abs64(v)
		} else if before {
			v = -v
		}
		dst = append(strconv.AppendInt(append(dst, ' '), v, 10), [...]string{" year", " mon", " day", " hour", " min"}[i]...)
		if v != 1 {
			dst = append(dst, 's')
		}
		zero = false
	}
	if p.second != 0 || p.fraction != 0 {
		dst = append(dst, ' ')
		negative := p.second < 0 || p.fraction < 0
		switch {
		case negative && zero:
			before = true
		case negative != before:
			dst = append(dst, '-')
		}
		dst = appendFraction(strconv.AppendInt(dst, abs64(p.second), 10), int(abs64(p.fraction)))
		dst = append(dst, " sec"...)
		if abs64(p.second) != 1 || p.fraction != 0 {
			dst = append(dst, 's')
		}
		zero = false
	}
	if zero {
		dst = append(dst, " 0"...)
	}
	if before {
		dst = append(dst, " ago"...)
	}
	return dst
}

func (p intervalParts) appendISO(dst []byte) []byte {
	if p == (intervalParts{}) {
		return append(dst, "PT0S"...)
	}
	dst = append(dst, 'P')
	part := func(v int64, unit byte) {
		if v != 0 {
			dst = append(strconv.AppendInt(dst, v, 10), unit)
		}
	}
	part(p.year, 'Y')
	part(p.month, 'M')
	part(p.day, 'D')
	if p.hasTime() {
		dst = append(dst, 'T')
	}
	part(p.hour, 'H')
	part(p.minute, 'M')
	if p.second != 0 || p.fraction != 0 {
		if p.second < 0 || p.fraction < 0 {
			dst = append(dst, '-')
		}
		dst = append(appendFraction(strconv.AppendInt(dst, abs64(p.second), 10), int(abs64(p.fraction))), 'S')
	}
	return dst
}

func (p intervalParts) appendSQL(dst []byte) []byte {
	fields := [...]int64{p.year, p.month, p.day, p.hour, p.minute, p.second, p.fraction}
	negative, positive := false, false
	for _, v := range fields {
		negative, positive = negative || v < 0, positive || v > 0
	}
	yearMonth, dayTime := p.year != 0 || p.month != 0, p.day != 0 || p.hasTime()
	standard := !(negative && positive) && !(yearMonth && dayTime)
	sign := func(neg bool) {
		if neg {
			dst = append(dst, '-')
		} else {
			dst = append(dst, '+')
		}
	}
	yearsMonths := func() {
		dst = append(strconv.AppendInt(dst, abs64(p.year), 10), '-')
		dst = strconv.AppendInt(dst, abs64(p.month), 10)
	}
	switch {
	case !negative && !positive:
		return append(dst, '0')
	case !standard:
		sign(p.year < 0 || p.month < 0)
		yearsMonths()
		dst = append(dst, ' ')
		sign(p.day < 0)
		dst = append(strconv.AppendInt(dst, abs64(p.day), 10), ' ')
		sign(p.timeNegative())
		return p.appendClock(dst, 1)
	}
	if negative {
		dst = append(dst, '-')
	}
	if yearMonth {
		yearsMonths()
		return dst
	}
	if p.day != 0 {
		dst = append(strconv.AppendInt(dst, abs64(p.day), 10), ' ')
	}
	return p.appendClock(dst, 1)
}

// Neg returns -v.
func (v Interval) Neg() (Interval, error) {
	if v.Months == math.MinInt32 || v.Days == math.MinInt32 || v.Micros == math.MinInt64 {
		return Interval{}, intervalOutOfRange()
	}
	return Interval{-v.Months, -v.Days, -v.Micros}, nil
}

// Add returns v + w, field by field.
func (v Interval) Add(w Interval) (Interval, error) {
	months, days := int64(v.Months)+int64(w.Months), int64(v.Days)+int64(w.Days)
	micros := v.Micros + w.Micros
	if int64(int32(months)) != months || int64(int32(days)) != days || (v.Micros^micros)&(w.Micros^micros) < 0 {
		return Interval{}, intervalOutOfRange()
	}
	return Interval{int32(months), int32(days), micros}, nil
}

// Sub returns v - w.
func (v Interval) Sub(w Interval) (Interval, error) {
	n, err := w.Neg()
	if err != nil {
		return Interval{}, err
	}
	return v.Add(n)
}

// Cmp compares as PostgreSQL does: a month counts as 30 days and a day as 24 hours.
func (v Interval) Cmp(w Interval) int {
	a, b := v.span(), w.span()
	switch {
	case a.hi != b.hi:
		if a.hi < b.hi {
			return -1
		}
		return 1
	case a.lo < b.lo:
		return -1
	case a.lo > b.lo:
		return 1
	}
	return 0
}

type int128 struct {
	hi int64
	lo uint64
}

// span is the length in microseconds, in 128 bits.
func (v Interval) span() int128 {
	days := int64(v.Months)*30 + int64(v.Days)
	hi, lo := bits.Mul64(uint64(abs64(days)), MicrosPerDay)
	s := int128{int64(hi), lo}
	if days < 0 {
		s.lo = -s.lo
		s.hi = ^s.hi
		if s.lo == 0 {
			s.hi++
		}
	}
	lo, carry := bits.Add64(s.lo, uint64(v.Micros), 0)
	return int128{s.hi + v.Micros>>63 + int64(carry), lo}
}

// MulFloat multiplies by a factor; fractions of months flow to days and of days to time (interval_mul).
func (v Interval) MulFloat(factor float64) (Interval, error) {
	if math.IsNaN(factor) {
		return Interval{}, intervalOutOfRange()
	}
	return v.scaleBy(func(x float64) float64 { return x * factor })
}

// DivFloat divides by a divisor (interval_div).
func (v Interval) DivFloat(divisor float64) (Interval, error) {
	if divisor == 0 {
		return Interval{}, divisionByZero()
	}
	if math.IsNaN(divisor) {
		return Interval{}, intervalOutOfRange()
	}
	return v.scaleBy(func(x float64) float64 { return x / divisor })
}

func (v Interval) scaleBy(apply func(float64) float64) (Interval, error) {
	months, days := apply(float64(v.Months)), apply(float64(v.Days))
	if !fitsInt32(months) || !fitsInt32(days) {
		return Interval{}, intervalOutOfRange()
	}
	r := Interval{Months: int32(months), Days: int32(days)}
	// The fraction of a month, of 30 days, is rounded to microseconds to hide the noise of doubles (TSROUND).
	monthDays := tsRound((months - float64(r.Months)) * 30)
	secondsRest := tsRound((days - float64(r.Days) + monthDays - math.Trunc(monthDays)) * SecondsPerDay)
	if math.Abs(secondsRest) >= SecondsPerDay {
		if !addScaled(&r.Days, int64(secondsRest/SecondsPerDay), 1) {
			return Interval{}, intervalOutOfRange()
		}
		secondsRest -= math.Trunc(secondsRest/SecondsPerDay) * SecondsPerDay
	}
	if !addScaled(&r.Days, int64(monthDays), 1) {
		return Interval{}, intervalOutOfRange()
	}
	micros := math.RoundToEven(apply(float64(v.Micros)) + secondsRest*MicrosPerSecond)
	if math.IsNaN(micros) || micros < math.MinInt64 || micros >= -math.MinInt64 {
		return Interval{}, intervalOutOfRange()
	}
	r.Micros = int64(micros)
	return r, nil
}

func fitsInt32(v float64) bool { return v >= math.MinInt32 && v < -math.MinInt32 }

func tsRound(v float64) float64 { return math.RoundToEven(v*MicrosPerSecond) / MicrosPerSecond }

// JustifyHours carries 24-hour spans of time into days.
func (v Interval) JustifyHours() (Interval, error) {
	whole := v.Micros / MicrosPerDay
	v.Micros -= whole * MicrosPerDay
	if !addScaled(&v.Days, whole, 1) {
		return Interval{}, intervalOutOfRange()
	}
	v.alignTime()
	return v, nil
}

// alignTime gives the time the days' sign.
func (v *Interval) alignTime() {
	if v.Days > 0 && v.Micros < 0 {
		v.Micros += MicrosPerDay
		v.Days--
	} else if v.Days < 0 && v.Micros > 0 {
		v.Micros -= MicrosPerDay
		v.Days++
	}
}

// carryDays moves 30-day spans to the months.
func (v *Interval) carryDays() bool {
	whole := v.Days / 30
	v.Days -= whole * 30
	return addScaled(&v.Months, int64(whole), 1)
}

// JustifyDays carries 30-day spans into months.
func (v Interval) JustifyDays() (Interval, error) {
	if !v.carryDays() {
		return Interval{}, intervalOutOfRange()
	}
	if v.Months > 0 && v.Days < 0 {
		v.Days += 30
		v.Months--
	} else if v.Months < 0 && v.Days > 0 {
		v.Days -= 30
		v.Months++
	}
	return v, nil
}

// JustifyInterval carries both and makes all signs agree (interval_justify_interval).
func (v Interval) JustifyInterval() (Interval, error) {
	// Days and time of one sign could together be more than days hold.
	if v.Days > 0 && v.Micros > 0 || v.Days < 0 && v.Micros < 0 {
		if !v.carryDays() {
			return Interval{}, intervalOutOfRange()
		}
	}
	whole := v.Micros / MicrosPerDay
	v.Micros -= whole * MicrosPerDay
	v.Days += int32(whole)
	if !v.carryDays() {
		return Interval{}, intervalOutOfRange()
	}
	if v.Months > 0 && (v.Days < 0 || v.Days == 0 && v.Micros < 0) {
		v.Days += 30
		v.Months--
	} else if v.Months < 0 && (v.Days > 0 || v.Days == 0 && v.Micros > 0) {
		v.Days -= 30
		v.Months++
	}
	v.alignTime()
	return v, nil
}

// Seconds is the interval's length as extract(epoch) counts it: a year is 365.25 days, a month 30 days.
func (v Interval) Seconds() Numeric {
	years, months := int64(v.Months/12), int64(v.Months%12)
	days := months*30 + int64(v.Days)
	secs := NumericFromInt(years).mulInt(SecondsPerDay * 1461 / 4).Add(NumericFromInt(days).mulInt(SecondsPerDay))
	return secs.Add(NumericFromUnscaledInt(v.Micros, 6))
}

func (n Numeric) mulInt(v int64) Numeric {
	r, _ := n.Mul(NumericFromInt(v))
	return r
}
