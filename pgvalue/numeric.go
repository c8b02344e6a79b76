package pgvalue

import (
	"errors"
	"math"
	"math/big"
	"strconv"
	"strings"

	"meshgate/sqlerr"
)

// Limits of PostgreSQL's numeric (utils/numeric.h, numeric.c).
const (
	numericMaxPrecision     = 1000
	numericMaxResultScale   = 2000
	numericMinSigDigits     = 16
	numericMaxDisplayScale  = 1000
	numericMaxDigitsBefore  = 131072 // digits before the decimal point
	numericMaxDigitsAfter   = 16383  // digits after the decimal point
	numericDecimalsPerDigit = 4      // DEC_DIGITS: decimal digits in a base-NBASE digit
)

type numericForm uint8

const (
	finite numericForm = iota
	notANumber
	infinite
)

// Numeric is PostgreSQL's numeric: an exact decimal of any size with a display scale, or NaN, or an infinity (PostgreSQL 15,
// section 8.1.2). The zero value is 0 with scale 0. A Numeric is immutable: methods return new ones.
type Numeric struct {
	form  numericForm
	neg   bool     // of an infinity only; a finite value has its sign in coef
	scale int32    // digits after the decimal point that are displayed, ≥ 0
	small int64    // the unscaled value when big is nil
	big   *big.Int // the unscaled value when it does not fit small
}

// NumericNaN is the not-a-number value, which equals itself and sorts above everything.
var NumericNaN = Numeric{form: notANumber}

// NumericInfinity returns an infinity.
func NumericInfinity(negative bool) Numeric { return Numeric{form: infinite, neg: negative} }

// NumericFromInt returns v with scale 0.
func NumericFromInt(v int64) Numeric { return Numeric{small: v} }

// NumericFromUnscaled returns coef × 10^-scale, displayed with scale digits. It keeps coef.
func NumericFromUnscaled(coef *big.Int, scale int32) Numeric {
	if coef.IsInt64() {
		return Numeric{small: coef.Int64(), scale: scale}
	}
	return Numeric{big: coef, scale: scale}
}

// NumericFromUnscaledInt returns coef × 10^-scale.
func NumericFromUnscaledInt(coef int64, scale int32) Numeric {
	return Numeric{small: coef, scale: scale}
}

// IsNaN reports whether n is NaN.
func (n Numeric) IsNaN() bool { return n.form == notANumber }

// IsInf reports whether n is an infinity.
func (n Numeric) IsInf() bool { return n.form == infinite }

// IsFinite reports whether n is a number.
func (n Numeric) IsFinite() bool { return n.form == finite }

// Scale returns the display scale: digits after the decimal point.
func (n Numeric) Scale() int32 { return n.scale }

// Unscaled returns the value × 10^Scale. The caller does not change it.
func (n Numeric) Unscaled() *big.Int {
	if n.big != nil {
		return n.big
	}
	return big.NewInt(n.small)
}

// UnscaledInt returns a finite value × 10^Scale; ok is false for one that 64 bits do not hold.
func (n Numeric) UnscaledInt() (v int64, ok bool) { return n.small, n.form == finite && n.big == nil }

// Sign returns -1, 0 or 1; NaN counts as 1, as it sorts.
func (n Numeric) Sign() int {
	switch {
	case n.form == notANumber:
		return 1
	case n.form == infinite:
		if n.neg {
			return -1
		}
		return 1
	case n.big != nil:
		return n.big.Sign()
	case n.small < 0:
		return -1
	case n.small > 0:
		return 1
	}
	return 0
}

var pow10Table = func() [128]*big.Int {
	var t [128]*big.Int
	t[0] = big.NewInt(1)
	for i := 1; i < len(t); i++ {
		t[i] = new(big.Int).Mul(t[i-1], big.NewInt(10))
	}
	return t
}()

// pow10 returns 10^n; the caller does not change it.
func pow10(n int32) *big.Int {
	if n < int32(len(pow10Table)) {
		return pow10Table[n]
	}
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

var pow10Int = func() [19]int64 {
	var t [19]int64
	t[0] = 1
	for i := 1; i < len(t); i++ {
		t[i] = t[i-1] * 10
	}
	return t
}()

// ParseNumeric reads numeric's text form (PostgreSQL 15, section 4.1.2.6 and numeric_in): optional blanks, sign, digits,
// fraction, exponent, or NaN, Infinity, inf with a sign.
func ParseNumeric(text string) (Numeric, error) {
	s := strings.Trim(text, " \t\n\r\v\f")
	n, ok, tooLarge := scanNumeric(s)
	if tooLarge {
		return Numeric{}, numericOverflow()
	}
	if !ok {
		return Numeric{}, invalidText("numeric", text)
	}
	return n, nil
}

func numericOverflow() error {
	return sqlerr.Newf(sqlerr.NumericValueOutOfRange, "value overflows numeric format")
}

func scanNumeric(s string) (n Numeric, ok, tooLarge bool) {
	body, neg := s, false
	if body != "" && (body[0] == '+' || body[0] == '-') {
		neg, body = body[0] == '-', body[1:]
	}
	switch strings.ToLower(body) {
	case "nan":
		return NumericNaN, body == s, false
	case "infinity", "inf":
		return NumericInfinity(neg), true, false
	}
	mantissa, exponent := body, 0
	if i := strings.IndexAny(body, "eE"); i >= 0 {
		e, err := strconv.Atoi(body[i+1:])
		if err != nil {
			return Numeric{}, false, errors.Is(err, strconv.ErrRange)
		}
		if e >= math.MaxInt32/2 || e <= -math.MaxInt32/2 {
			return Numeric{}, false, true
		}
		mantissa, exponent = body[:i], e
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if whole+fraction == "" || !allDigits(whole) || !allDigits(fraction) {
		return Numeric{}, false, false
	}
	return assemble(neg, whole+fraction, len(fraction)-exponent)
}

// assemble makes ±digits × 10^-scale; a negative scale is written out with zeros.
func assemble(neg bool, digits string, scale int) (n Numeric, ok, tooLarge bool) {
	digits = strings.TrimLeft(digits, "0")
	if digits == "" {
		if scale > numericMaxDigitsAfter {
			return Numeric{}, false, true
		}
		return Numeric{scale: int32(max(scale, 0))}, true, false
	}
	if len(digits)-scale > numericMaxDigitsBefore || scale > numericMaxDigitsAfter {
		return Numeric{}, false, true
	}
	if scale < 0 {
		digits, scale = digits+strings.Repeat("0", -scale), 0
	}
	if len(digits) <= 18 {
		v, _ := strconv.ParseInt(digits, 10, 64)
		if neg {
			v = -v
		}
		return Numeric{small: v, scale: int32(scale)}, true, false
	}
	b, _ := new(big.Int).SetString(digits, 10)
	if neg {
		b.Neg(b)
	}
	return NumericFromUnscaled(b, int32(scale)), true, false
}

func allDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// String returns the text form with Scale digits after the point.
func (n Numeric) String() string { return string(n.AppendText(nil)) }

// AppendText appends the text form to dst.
func (n Numeric) AppendText(dst []byte) []byte {
	switch n.form {
	case notANumber:
		return append(dst, "NaN"...)
	case infinite:
		if n.neg {
			dst = append(dst, '-')
		}
		return append(dst, "Infinity"...)
	}
	if n.Sign() < 0 {
		dst = append(dst, '-')
	}
	start := len(dst)
	if n.big != nil {
		dst = n.big.Append(dst, 10)
		if n.big.Sign() < 0 {
			dst = append(dst[:start], dst[start+1:]...)
		}
	} else {
		dst = strconv.AppendUint(dst, magnitude(n.small), 10)
	}
	return insertPoint(dst, start, int(n.scale))
}

// insertPoint puts a decimal point before the last scale digits of dst[start:], with leading zeros where digits are missing.
func insertPoint(dst []byte, start, scale int) []byte {
	if scale == 0 {
		return dst
	}
	for missing := scale + 1 - (len(dst) - start); missing > 0; missing-- {
		dst = append(dst, 0)
		copy(dst[start+1:], dst[start:])
		dst[start] = '0'
	}
	dst = append(dst, 0)
	point := len(dst) - 1 - scale
	copy(dst[point+1:], dst[point:])
	dst[point] = '.'
	return dst
}

func magnitude(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}

// Float64 returns the nearest double.
func (n Numeric) Float64() float64 {
	switch n.form {
	case notANumber:
		return math.NaN()
	case infinite:
		if n.neg {
			return math.Inf(-1)
		}
		return math.Inf(1)
	}
	if n.scale == 0 && n.big == nil {
		return float64(n.small)
	}
	f, _ := strconv.ParseFloat(n.String(), 64)
	return f
}

// Double is the nearest double, or the error of a number that is beyond all doubles, or so small that only zero is near (numeric_float8).
func (n Numeric) Double() (float64, error) {
	f := n.Float64()
	if n.IsFinite() && (math.IsInf(f, 0) || f == 0 && n.Sign() != 0) {
		return 0, sqlerr.Newf(sqlerr.NumericValueOutOfRange, "%q is out of range for type double precision", n.String())
	}
	return f, nil
}

// NumericFromFloat converts a double as PostgreSQL does: through its shortest text of 15 significant digits
// (float8_numeric). bits is 64 for double precision and 32 for real (6 digits).
func NumericFromFloat(f float64, bits int) Numeric {
	switch {
	case math.IsNaN(f):
		return NumericNaN
	case math.IsInf(f, 0):
		return NumericInfinity(f < 0)
	}
	digits := 15
	if bits == 32 {
		digits = 6
	}
	n, _, _ := scanNumeric(strconv.FormatFloat(f, 'g', digits, 64))
	// %.*g drops trailing zeros of the fraction, which FormatFloat with a precision keeps out as well.
	return n
}

// Int64 rounds half away from zero; ok is false outside of bigint, for NaN and for infinities.
func (n Numeric) Int64() (v int64, ok bool) {
	if n.form != finite {
		return 0, false
	}
	r := n.Round(0)
	if r.big != nil {
		return 0, false
	}
	return r.small, true
}

// Cmp orders as PostgreSQL does: -Infinity, numbers, Infinity, NaN; scales do not matter.
func (n Numeric) Cmp(m Numeric) int {
	if n.form != finite || m.form != finite {
		return n.rank() - m.rank()
	}
	if n.scale == m.scale && n.big == nil && m.big == nil {
		switch {
		case n.small < m.small:
			return -1
		case n.small > m.small:
			return 1
		}
		return 0
	}
	if s, t := n.Sign(), m.Sign(); s != t {
		if s < t {
			return -1
		}
		return 1
	}
	a, b := align(n, m)
	return a.Cmp(b)
}

func (n Numeric) rank() int {
	switch {
	case n.form == notANumber:
		return 2
	case n.form == infinite && n.neg:
		return -1
	case n.form == infinite:
		return 1
	}
	return 0
}

// align returns the unscaled values of both at the larger scale.
func align(n, m Numeric) (a, b *big.Int) {
	a, b = n.Unscaled(), m.Unscaled()
	switch {
	case n.scale < m.scale:
		a = new(big.Int).Mul(a, pow10(m.scale-n.scale))
	case m.scale < n.scale:
		b = new(big.Int).Mul(b, pow10(n.scale-m.scale))
	}
	return a, b
}
