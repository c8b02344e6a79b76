package pgvalue

import (
	"math"
	"math/big"
	"strconv"
)

// DateStyle is the output half of the DateStyle setting.
type DateStyle uint8

// The styles of PostgreSQL 15, section 8.5.2.
const (
	DateISO DateStyle = iota
	DateSQL
	DatePostgres
	DateGerman
)

// DateOrder says how a date of three numbers is read.
type DateOrder uint8

// The orders of PostgreSQL 15, section 8.5.1.1.
const (
	OrderMDY DateOrder = iota
	OrderDMY
	OrderYMD
)

// IntervalStyle is the setting of the same name.
type IntervalStyle uint8

// The styles of PostgreSQL 15, section 8.5.5.
const (
	IntervalPostgres IntervalStyle = iota
	IntervalVerbose
	IntervalSQL
	IntervalISO
)

// Format holds the settings of a session that shape text. The zero value with Zone set is what PostgreSQL starts with, but for
// FloatDigits.
type Format struct {
	Zone          *Zone
	DateStyle     DateStyle
	DateOrder     DateOrder
	IntervalStyle IntervalStyle
	ByteaEscape   bool
	FloatDigits   int // extra_float_digits; above 0 = shortest text that reads back exactly
	Now           Timestamp
}

// DefaultFormat is a new session's format: ISO, MDY, UTC, shortest floats.
func DefaultFormat() *Format { return &Format{Zone: UTC, FloatDigits: 1} }

var (
	monthNames = [...]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}
	dayNames   = [...]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}
)

func appendPadded(dst []byte, v, width int) []byte {
	start := len(dst)
	dst = strconv.AppendInt(dst, int64(v), 10)
	for len(dst)-start < width {
		dst = append(dst, 0)
		copy(dst[start+1:], dst[start:])
		dst[start] = '0'
	}
	return dst
}

func displayYear(year int) (shown int, bc bool) {
	if year <= 0 {
		return 1 - year, true
	}
	return year, false
}

// AppendDate appends a date's text.
func (f *Format) AppendDate(dst []byte, d Date) []byte {
	switch d {
	case DateInfinity:
		return append(dst, "infinity"...)
	case DateNegInfinity:
		return append(dst, "-infinity"...)
	}
	c := d.Civil()
	year, bc := displayYear(c.Year)
	dst = f.appendDay(dst, c, year)
	if bc {
		dst = append(dst, " BC"...)
	}
	return dst
}

func (f *Format) appendDay(dst []byte, c Civil, year int) []byte {
	three := func(a, b, y int, sep byte) []byte {
		dst = append(appendPadded(dst, a, 2), sep)
		dst = append(appendPadded(dst, b, 2), sep)
		return appendPadded(dst, y, 4)
	}
	first, second := c.Month, c.Day
	if f.DateOrder == OrderDMY {
		first, second = second, first
	}
	switch f.DateStyle {
	case DateSQL:
		return three(first, second, year, '/')
	case DateGerman:
		return three(c.Day, c.Month, year, '.')
	case DatePostgres:
		return three(first, second, year, '-')
	}
	dst = append(appendPadded(dst, year, 4), '-')
	dst = append(appendPadded(dst, c.Month, 2), '-')
	return appendPadded(dst, c.Day, 2)
}

// AppendTime appends a time of day: 04:05:06.789, trailing zeros of the fraction dropped.
func AppendTime(dst []byte, t TimeOfDay) []byte {
	c := t.Clock()
	dst = append(appendPadded(dst, c.Hour, 2), ':')
	dst = append(appendPadded(dst, c.Minute, 2), ':')
	return appendFraction(appendPadded(dst, c.Second, 2), c.Micro)
}

func appendFraction(dst []byte, micro int) []byte {
	if micro == 0 {
		return dst
	}
	dst = appendPadded(append(dst, '.'), micro, 6)
	for dst[len(dst)-1] == '0' {
		dst = dst[:len(dst)-1]
	}
	return dst
}

// appendOffset appends a zone as +05, +05:30 or -00:25:21.
func appendOffset(dst []byte, seconds int32) []byte {
	sign := byte('+')
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	dst = appendPadded(append(dst, sign), int(seconds/3600), 2)
	if seconds%3600 != 0 {
		dst = appendPadded(append(dst, ':'), int(seconds/60%60), 2)
	}
	if seconds%60 != 0 {
		dst = appendPadded(append(dst, ':'), int(seconds%60), 2)
	}
	return dst
}

// AppendTimeTZ appends a time with its zone.
func AppendTimeTZ(dst []byte, t TimeTZ) []byte {
	return appendOffset(AppendTime(dst, t.Time), t.Offset)
}

// AppendTimestamp appends a timestamp without time zone.
func (f *Format) AppendTimestamp(dst []byte, t Timestamp) []byte {
	return f.appendTimestamp(dst, t, false, 0, "")
}

// AppendTimestampTZ appends an instant as the session's wall clock with its offset.
func (f *Format) AppendTimestampTZ(dst []byte, t Timestamp) []byte {
	if t.IsInf() {
		return f.appendTimestamp(dst, t, false, 0, "")
	}
	off, abbrev := f.Zone.Offset(t)
	return f.appendTimestamp(dst, t+Timestamp(off)*MicrosPerSecond, true, off, abbrev)
}

func (f *Format) appendTimestamp(dst []byte, t Timestamp, zoned bool, off int32, abbrev string) []byte {
	switch t {
	case TimestampInfinity:
		return append(dst, "infinity"...)
	case TimestampNegInfinity:
		return append(dst, "-infinity"...)
	}
	day, clock := t.Split()
	c := day.Civil()
	year, bc := displayYear(c.Year)
	if f.DateStyle == DatePostgres {
		dst = append(append(dst, dayNames[day.Weekday()]...), ' ')
		if f.DateOrder == OrderDMY {
			dst = append(append(appendPadded(dst, c.Day, 2), ' '), monthNames[c.Month-1]...)
		} else {
			dst = appendPadded(append(append(dst, monthNames[c.Month-1]...), ' '), c.Day, 2)
		}
		dst = AppendTime(append(dst, ' '), clock)
		dst = appendPadded(append(dst, ' '), year, 4)
	} else {
		dst = AppendTime(append(f.appendDay(dst, c, year), ' '), clock)
	}
	if zoned {
		if f.DateStyle == DateISO {
			dst = appendOffset(dst, off)
		} else {
			dst = append(append(dst, ' '), abbrev...)
		}
	}
	if bc {
		dst = append(dst, " BC"...)
	}
	return dst
}

// AppendFloat appends a float's text: bits is 32 or 64.
func (f *Format) AppendFloat(dst []byte, v float64, bits int) []byte {
	return AppendFloat(dst, v, bits, f.FloatDigits)
}

// AppendFloat appends real or double precision text under extra_float_digits (PostgreSQL 15, section 8.1.3).
func AppendFloat(dst []byte, v float64, bits, extra int) []byte {
	switch {
	case v != v:
		return append(dst, "NaN"...)
	case v > maxFloat:
		return append(dst, "Infinity"...)
	case v < -maxFloat:
		return append(dst, "-Infinity"...)
	}
	digits, fixedBelow := 15, 15
	if bits == 32 {
		digits, fixedBelow = 6, 6
	}
	precision := -1
	if extra <= 0 {
		precision = max(digits+extra, 1)
		fixedBelow = precision
	}
	var scratch [32]byte
	e := strconv.AppendFloat(scratch[:0], v, 'e', eDigits(precision), bits)
	if precision < 0 && onBoundary(v, e, bits) {
		e = insideBoundary(scratch[:0], v, len(e), bits)
	}
	if precision > 0 {
		e = trimMantissa(e)
	}
	return appendScientific(dst, e, fixedBelow)
}

const maxFloat = 1.79769313486231570814527423731704356798070e+308

func eDigits(precision int) int {
	if precision < 0 {
		return -1
	}
	return precision - 1
}

// trimMantissa drops trailing zeros of d.ddd0e+xx, as %g does.
func trimMantissa(e []byte) []byte {
	i := len(e) - 1
	for e[i] != 'e' {
		i--
	}
	j := i
	for j > 1 && e[j-1] == '0' {
		j--
	}
	if e[j-1] == '.' {
		j--
	}
	return append(e[:j], e[i:]...)
}

// appendScientific turns d.ddde±xx into the form %g would choose with the given limit of fixed notation.
func appendScientific(dst, e []byte, fixedBelow int) []byte {
	if e[0] == '-' {
		dst, e = append(dst, '-'), e[1:]
	}
	i := len(e) - 1
	for e[i] != 'e' {
		i--
	}
	exp, _ := strconv.Atoi(string(e[i+1:]))
	if exp < -4 || exp >= fixedBelow {
		dst = append(append(dst, e[:i]...), 'e')
		if exp < 0 {
			dst, exp = append(dst, '-'), -exp
		} else {
			dst = append(dst, '+')
		}
		return appendPadded(dst, exp, 2)
	}
	var space [32]byte
	digits := append(append(space[:0], e[0]), e[min(2, i):i]...)
	if exp < 0 {
		dst = append(dst, '0', '.')
		for range -exp - 1 {
			dst = append(dst, '0')
		}
		return append(dst, digits...)
	}
	for k := range exp + 1 {
		if k < len(digits) {
			dst = append(dst, digits[k])
		} else {
			dst = append(dst, '0')
		}
	}
	if len(digits) > exp+1 {
		dst = append(append(dst, '.'), digits[exp+1:]...)
	}
	return dst
}

// AppendBytea appends bytes as bytea_output says.
func (f *Format) AppendBytea(dst, v []byte) []byte {
	if !f.ByteaEscape {
		return AppendHex(append(dst, '\\', 'x'), v)
	}
	for _, b := range v {
		switch {
		case b == '\\':
			dst = append(dst, '\\', '\\')
		case b < 0x20 || b > 0x7e:
			dst = append(dst, '\\', '0'+b>>6, '0'+b>>3&7, '0'+b&7)
		default:
			dst = append(dst, b)
		}
	}
	return dst
}

// AppendHex appends lower-case hexadecimal digits.
func AppendHex(dst, v []byte) []byte {
	const digits = "0123456789abcdef"
	for _, b := range v {
		dst = append(dst, digits[b>>4], digits[b&15])
	}
	return dst
}

// AppendUUID appends the canonical form of 16 bytes.
func AppendUUID(dst, v []byte) []byte {
	for i, at := range [...]int{0, 4, 6, 8, 10} {
		end := [...]int{4, 6, 8, 10, 16}[i]
		if i > 0 {
			dst = append(dst, '-')
		}
		dst = AppendHex(dst, v[at:end])
	}
	return dst
}

// onBoundary reports whether Go's shortest text e of v lies exactly half way to a neighbouring float. Reading it back rounds to
// even and gives v, so Go takes it; PostgreSQL wants a text that is nearer to v than to any other. Only large floats, whose
// neighbours are integers apart, have such texts.
func onBoundary(v float64, e []byte, bits int) bool {
	mantissaBits := 53
	if bits == 32 {
		mantissaBits = 24
	}
	frac, exp := math.Frexp(math.Abs(v))
	if exp <= mantissaBits || exp > 134 {
		return false
	}
	// |v| = m × 2^shift; the boundaries are (2m ± 1) × 2^(shift-1).
	m, shift := int64(math.Ldexp(frac, mantissaBits)), uint(exp-mantissaBits)
	if m&1 != 0 {
		return false
	}
	text, ok := new(big.Float).SetPrec(256).SetString(string(e))
	if !ok {
		return false
	}
	shown, exact := text.Abs(text).Int(nil)
	if exact != big.Exact {
		return false
	}
	shown.Sub(shown, new(big.Int).Lsh(big.NewInt(m), shift))
	return shown.CmpAbs(new(big.Int).Lsh(big.NewInt(1), shift-1)) == 0
}

// insideBoundary finds the shortest text with more digits than the rejected one of length shortest that reads back as v.
func insideBoundary(dst []byte, v float64, shortest, bits int) []byte {
	for digits := 1; ; digits++ {
		e := strconv.AppendFloat(dst, v, 'e', digits, bits)
		back, err := strconv.ParseFloat(string(e), bits)
		if len(e) > shortest && err == nil && back == v && !onBoundary(v, e, bits) {
			return trimMantissa(e)
		}
	}
}
