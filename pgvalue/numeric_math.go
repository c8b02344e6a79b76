package pgvalue

import (
	"math"
	"math/big"
	"math/bits"

	"meshgate/sqlerr"
)

// special answers an operation on NaN or infinities with the given rule, and reports whether one of both is not finite.
func special(n, m Numeric) bool { return n.form != finite || m.form != finite }

// Neg returns -n.
func (n Numeric) Neg() Numeric {
	switch {
	case n.form == infinite:
		n.neg = !n.neg
	case n.form == notANumber:
	case n.big != nil:
		return NumericFromUnscaled(new(big.Int).Neg(n.big), n.scale)
	case n.small == math.MinInt64:
		return Numeric{big: new(big.Int).Neg(big.NewInt(n.small)), scale: n.scale}
	default:
		n.small = -n.small
	}
	return n
}

// Abs returns the magnitude of n.
func (n Numeric) Abs() Numeric {
	if n.Sign() < 0 {
		return n.Neg()
	}
	return n
}

// Add returns n + m with the larger scale.
func (n Numeric) Add(m Numeric) Numeric {
	if special(n, m) {
		switch {
		case n.IsNaN() || m.IsNaN(), n.IsInf() && m.IsInf() && n.neg != m.neg:
			return NumericNaN
		case n.IsInf():
			return n
		}
		return m
	}
	if n.big == nil && m.big == nil && n.scale == m.scale {
		sum := n.small + m.small
		if (n.small^sum)&(m.small^sum) >= 0 {
			return Numeric{small: sum, scale: n.scale}
		}
	}
	a, b := align(n, m)
	return NumericFromUnscaled(new(big.Int).Add(a, b), max(n.scale, m.scale))
}

// Sub returns n - m with the larger scale.
func (n Numeric) Sub(m Numeric) Numeric { return n.Add(m.Neg()) }

// Mul returns n × m; its scale is the sum of both.
func (n Numeric) Mul(m Numeric) (Numeric, error) {
	if special(n, m) {
		sign := n.Sign() * m.Sign()
		if n.IsNaN() || m.IsNaN() || sign == 0 {
			return NumericNaN, nil
		}
		return NumericInfinity(sign < 0), nil
	}
	scale := n.scale + m.scale
	var r Numeric
	if hi, lo := bits.Mul64(magnitude(n.small), magnitude(m.small)); n.big == nil && m.big == nil && hi == 0 && lo <= math.MaxInt64 {
		r = Numeric{small: n.small * m.small, scale: scale}
	} else {
		r = NumericFromUnscaled(new(big.Int).Mul(n.Unscaled(), m.Unscaled()), scale)
	}
	if scale > numericMaxDigitsAfter {
		r = r.Round(numericMaxDigitsAfter)
	}
	return r.checked()
}

// checked refuses a value with more digits before the point than numeric can hold.
func (n Numeric) checked() (Numeric, error) {
	if n.big != nil && n.form == finite && n.big.BitLen() > numericMaxDigitsBefore*3 && n.decimalWeight() >= numericMaxDigitsBefore {
		return Numeric{}, numericOverflow()
	}
	return n, nil
}

// decimalWeight is the power of ten of the first digit that is not zero; 0 for zero.
func (n Numeric) decimalWeight() int {
	if n.Sign() == 0 {
		return 0
	}
	return n.digitCount() - 1 - int(n.scale)
}

// digitCount is the count of decimal digits of the unscaled value.
func (n Numeric) digitCount() int {
	if n.big == nil {
		v, d := magnitude(n.small), 1
		for v >= 10 {
			v /= 10
			d++
		}
		return d
	}
	return len(new(big.Int).Abs(n.big).Append(nil, 10))
}

// nbaseWeight is numeric.c's view of a value: the weight of its first base-10000 digit, and that digit.
func (n Numeric) nbaseWeight() (weight, first int) {
	if n.Sign() == 0 {
		return 0, 0
	}
	var scratch [48]byte
	text := n.absDigits(scratch[:0])
	top := len(text) - 1 - int(n.scale)
	weight = floorDiv(top, numericDecimalsPerDigit)
	keep := top - weight*numericDecimalsPerDigit + 1
	for i := range keep {
		first *= 10
		if i < len(text) {
			first += int(text[i] - '0')
		}
	}
	return weight, first
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func clampScale(scale int) int32 { return int32(min(max(scale, 0), numericMaxDisplayScale)) }

// divScale is numeric.c's select_div_scale: at least 16 significant digits, and the scales of both inputs.
func divScale(n, m Numeric) int32 {
	w1, d1 := n.nbaseWeight()
	w2, d2 := m.nbaseWeight()
	weight := w1 - w2
	if d1 <= d2 {
		weight--
	}
	return clampScale(max(numericMinSigDigits-weight*numericDecimalsPerDigit, int(n.scale), int(m.scale)))
}

// Div returns n ÷ m, rounded half away from zero at the scale that PostgreSQL chooses for the two values.
func (n Numeric) Div(m Numeric) (Numeric, error) {
	if special(n, m) {
		switch {
		case n.IsNaN() || m.IsNaN() || n.IsInf() && m.IsInf():
			return NumericNaN, nil
		case n.IsInf() && m.Sign() == 0:
			return Numeric{}, divisionByZero()
		case n.IsInf():
			return NumericInfinity(n.Sign()*m.Sign() < 0), nil
		}
		return Numeric{}, nil
	}
	if m.Sign() == 0 {
		return Numeric{}, divisionByZero()
	}
	return quotient(n, m, divScale(n, m), true).checked()
}

// quotient divides finite values to a scale, rounding half away from zero or cutting.
func quotient(n, m Numeric, scale int32, round bool) Numeric {
	if v, ok := smallQuotient(n, m, scale+m.scale-n.scale, round); ok {
		return Numeric{small: v, scale: scale}
	}
	num, den := n.Unscaled(), m.Unscaled()
	// n.small/10^n.scale ÷ m/10^m.scale × 10^scale
	switch shift := scale + m.scale - n.scale; {
	case shift > 0:
		num = new(big.Int).Mul(num, pow10(shift))
	case shift < 0:
		den = new(big.Int).Mul(den, pow10(-shift))
	}
	return NumericFromUnscaled(divide(num, den, round), scale)
}

// smallQuotient is n.small × 10^shift ÷ m.small where 128 bits hold the dividend and 64 the rest, which is so for most amounts.
func smallQuotient(n, m Numeric, shift int32, round bool) (v int64, ok bool) {
	if n.big != nil || m.big != nil || shift < 0 || shift >= int32(len(pow10Int)) {
		return 0, false
	}
	den := magnitude(m.small)
	hi, lo := bits.Mul64(magnitude(n.small), uint64(pow10Int[shift]))
	if hi >= den { // the quotient has more than 64 bits
		return 0, false
	}
	q, r := bits.Div64(hi, lo, den)
	if q >= math.MaxInt64 {
		return 0, false
	}
	if round && r >= den-r {
		q++
	}
	if (n.small < 0) != (m.small < 0) {
		return -int64(q), true
	}
	return int64(q), true
}

func divide(num, den *big.Int, round bool) *big.Int {
	q, r := new(big.Int).QuoRem(num, den, new(big.Int))
	if !round || r.Sign() == 0 {
		return q
	}
	r.Abs(r).Lsh(r, 1)
	if r.CmpAbs(den) >= 0 {
		if num.Sign() == den.Sign() {
			return q.Add(q, big.NewInt(1))
		}
		return q.Sub(q, big.NewInt(1))
	}
	return q
}

// DivTrunc is PostgreSQL's div(): the integer part of n ÷ m.
func (n Numeric) DivTrunc(m Numeric) (Numeric, error) {
	if special(n, m) {
		return n.Div(m)
	}
	if m.Sign() == 0 {
		return Numeric{}, divisionByZero()
	}
	return quotient(n, m, 0, false), nil
}

// Mod returns n - m × trunc(n ÷ m), with the sign of n.
func (n Numeric) Mod(m Numeric) (Numeric, error) {
	if special(n, m) {
		switch {
		case n.IsNaN() || m.IsNaN():
			return NumericNaN, nil
		case n.IsInf() && m.Sign() == 0:
			return Numeric{}, divisionByZero()
		case n.IsInf():
			return NumericNaN, nil
		}
		return n, nil
	}
	if m.Sign() == 0 {
		return Numeric{}, divisionByZero()
	}
	a, b := align(n, m)
	return NumericFromUnscaled(new(big.Int).Rem(a, b), max(n.scale, m.scale)), nil
}

// Round rounds half away from zero to scale digits after the point; a negative scale rounds before it.
func (n Numeric) Round(scale int32) Numeric { return n.rescale(scale, true) }

// RoundChecked is Round; a carry beyond the most digits is an error.
func (n Numeric) RoundChecked(scale int32) (Numeric, error) {
	return n.Round(scale).checked()
}

// Trunc cuts to scale digits after the point.
func (n Numeric) Trunc(scale int32) Numeric { return n.rescale(scale, false) }

func (n Numeric) rescale(scale int32, round bool) Numeric {
	if n.form != finite || scale == n.scale && scale >= 0 {
		return n
	}
	scale = min(max(scale, -numericMaxDigitsBefore-1), numericMaxDigitsAfter)
	if scale > n.scale {
		if shift := scale - n.scale; n.big == nil && shift < int32(len(pow10Int)) {
			if hi, lo := bits.Mul64(magnitude(n.small), uint64(pow10Int[shift])); hi == 0 && lo <= math.MaxInt64 {
				return Numeric{small: n.small * pow10Int[shift], scale: scale}
			}
		}
		return NumericFromUnscaled(new(big.Int).Mul(n.Unscaled(), pow10(scale-n.scale)), scale)
	}
	if shift := n.scale - scale; n.big == nil && shift < int32(len(pow10Int)) && scale >= 0 {
		unit := pow10Int[shift]
		q, r := n.small/unit, n.small%unit
		if round && magnitude(r) >= uint64(unit)-magnitude(r) {
			if n.small < 0 {
				q--
			} else {
				q++
			}
		}
		return Numeric{small: q, scale: scale}
	}
	q := divide(n.Unscaled(), pow10(n.scale-scale), round)
	if scale < 0 {
		return NumericFromUnscaled(q.Mul(q, pow10(-scale)), 0)
	}
	return NumericFromUnscaled(q, scale)
}

// Ceil returns the smallest integer not below n.
func (n Numeric) Ceil() Numeric {
	t := n.Trunc(0)
	if n.form == finite && t.Cmp(n) < 0 {
		return t.Add(NumericFromInt(1))
	}
	return t
}

// Floor returns the largest integer not above n.
func (n Numeric) Floor() Numeric { return n.Neg().Ceil().Neg() }

// SignOf returns -1, 0 or 1 as numeric, or NaN.
func (n Numeric) SignOf() Numeric {
	if n.IsNaN() {
		return n
	}
	return NumericFromInt(int64(n.Sign()))
}

// MinScale returns the fewest digits after the point that show the value exactly.
func (n Numeric) MinScale() int32 {
	if n.form != finite || n.Sign() == 0 {
		return 0
	}
	if n.big == nil {
		v, scale := n.small, n.scale
		for scale > 0 && v%10 == 0 {
			v, scale = v/10, scale-1
		}
		return scale
	}
	t := n
	for t.scale > 0 {
		shorter := t.Trunc(t.scale - 1)
		if shorter.Cmp(n) != 0 {
			break
		}
		t = shorter
	}
	return t.scale
}

// TrimScale removes trailing zeros after the point.
func (n Numeric) TrimScale() Numeric { return n.Trunc(n.MinScale()) }

// Precision and scale of a numeric typmod (numeric.c; a negative scale rounds before the point).
func numericTypmod(mod int32) (precision, scale int32) {
	return ((mod - 4) >> 16) & 0xffff, (((mod - 4) & 0x7ff) ^ 1024) - 1024
}

// NumericTypmod splits a typmod of numeric(p,s); ok is false for plain numeric.
func NumericTypmod(mod int32) (precision, scale int32, ok bool) {
	if mod < 4 {
		return 0, 0, false
	}
	precision, scale = numericTypmod(mod)
	return precision, scale, true
}

// MakeNumericTypmod returns the typmod of numeric(p,s).
func MakeNumericTypmod(precision, scale int32) int32 { return (precision<<16 | scale&0x7ff) + 4 }

// ApplyTypmod rounds to numeric(p,s) and refuses what does not fit (numeric_apply_typmod).
func (n Numeric) ApplyTypmod(mod int32) (Numeric, error) {
	precision, scale, ok := NumericTypmod(mod)
	if !ok || n.IsNaN() {
		return n, nil
	}
	overflow := sqlerr.Newf(sqlerr.NumericValueOutOfRange, "numeric field overflow")
	if n.IsInf() {
		return Numeric{}, overflow.WithDetail("A field with precision %d, scale %d cannot hold an infinite value.", precision, scale)
	}
	r := n.Round(scale)
	if r.Sign() != 0 && r.decimalWeight() >= int(precision-scale) {
		return Numeric{}, overflow.WithDetail("A field with precision %d, scale %d must round to an absolute value less than 10^%d.",
			precision, scale, precision-scale)
	}
	return r, nil
}

// Sqrt returns the square root, rounded at the scale PostgreSQL chooses.
func (n Numeric) Sqrt() (Numeric, error) {
	if n.form == notANumber || n.form == infinite && !n.neg {
		return n, nil
	}
	if n.Sign() < 0 {
		return Numeric{}, sqlerr.Newf(sqlerr.InvalidArgumentForPower, "cannot take square root of a negative number")
	}
	weight, _ := n.nbaseWeight()
	sweight := (weight+1)*numericDecimalsPerDigit/2 - 1
	return sqrtScale(n, clampScale(max(numericMinSigDigits-sweight, int(n.scale)))), nil
}

func sqrtScale(n Numeric, scale int32) Numeric {
	// isqrt(n × 10^(2·(scale+1))) has one digit more than wanted; a square root is never exactly half way.
	shift := 2*(scale+1) - n.scale
	v := n.Unscaled()
	if shift >= 0 {
		v = new(big.Int).Mul(v, pow10(shift))
	} else {
		v = divide(v, pow10(-shift), false)
	}
	return NumericFromUnscaled(new(big.Int).Sqrt(v), scale+1).Round(scale)
}

// Variance computes PostgreSQL's variance or standard deviation of integers and numerics from their count, sum and sum of
// squares (numeric_stddev_internal). count must be at least 1, and 2 for the sample forms.
func Variance(count int64, sum, sumSquares Numeric, sample, root bool) (Numeric, error) {
	if special(sum, sumSquares) {
		return NumericNaN, nil
	}
	n := NumericFromInt(count)
	square, err := sum.Mul(sum)
	if err != nil {
		return Numeric{}, err
	}
	scaled, err := n.Mul(sumSquares)
	if err != nil {
		return Numeric{}, err
	}
	num := scaled.Sub(square).Round(2 * sum.scale)
	if num.Sign() <= 0 {
		return NumericFromInt(0), nil
	}
	other := count
	if sample {
		other--
	}
	den, err := n.Mul(NumericFromInt(other))
	if err != nil {
		return Numeric{}, err
	}
	scale := divScale(num, den)
	v := quotient(num, den, scale, true)
	if root {
		v = sqrtScale(v, scale)
	}
	return v, nil
}

// NumericGCD returns the greatest common divisor.
func NumericGCD(n, m Numeric) Numeric {
	if special(n, m) {
		return NumericNaN
	}
	a, b := align(n, m)
	return NumericFromUnscaled(new(big.Int).GCD(nil, nil, new(big.Int).Abs(a), new(big.Int).Abs(b)), max(n.scale, m.scale))
}

// NumericLCM returns the least common multiple (numeric_lcm).
func NumericLCM(n, m Numeric) (Numeric, error) {
	if special(n, m) {
		return NumericNaN, nil
	}
	scale := max(n.scale, m.scale)
	a, b := align(n, m)
	a, b = new(big.Int).Abs(a), new(big.Int).Abs(b)
	if a.Sign() == 0 || b.Sign() == 0 {
		return NumericFromUnscaled(new(big.Int), scale), nil
	}
	gcd := new(big.Int).GCD(nil, nil, a, b)
	return NumericFromUnscaled(a.Mul(a.Div(a, gcd), b), scale).checked()
}

// Factorial returns n! (PostgreSQL 15: negative is an error, and so is what overflows).
func Factorial(n int64) (Numeric, error) {
	switch {
	case n < 0:
		return Numeric{}, sqlerr.Newf(sqlerr.NumericValueOutOfRange, "factorial of a negative number is undefined")
	case n > 32177:
		return Numeric{}, numericOverflow()
	}
	return NumericFromUnscaled(new(big.Int).MulRange(1, max(n, 1)), 0), nil
}

// Digits is the count of decimal digits of the unscaled value of a finite number; 1 for zero.
func (n Numeric) Digits() int { return n.digitCount() }
