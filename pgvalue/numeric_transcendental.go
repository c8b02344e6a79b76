package pgvalue

import (
	"math"
	"math/big"

	"github.com/cockroachdb/apd/v3"

	"meshgate/sqlerr"
)

// guardDigits are computed beyond what a result shows, so that rounding hits the digit that PostgreSQL shows.
const guardDigits = 12

func toApd(n Numeric) *apd.Decimal {
	return apd.NewWithBigInt(new(apd.BigInt).SetMathBigInt(n.Unscaled()), -n.scale)
}

func fromApd(d *apd.Decimal, scale int32) Numeric {
	coef := new(big.Int).Set(d.Coeff.MathBigInt())
	if d.Negative {
		coef.Neg(coef)
	}
	if d.Exponent > 0 {
		return NumericFromUnscaled(coef.Mul(coef, pow10(d.Exponent)), 0).Round(scale)
	}
	return NumericFromUnscaled(coef, -d.Exponent).rescaleWide(scale)
}

// rescaleWide is Round without the clamp of a user's scale: inner results may carry more digits.
func (n Numeric) rescaleWide(scale int32) Numeric {
	if n.scale <= scale {
		return NumericFromUnscaled(new(big.Int).Mul(n.Unscaled(), pow10(scale-n.scale)), scale)
	}
	return NumericFromUnscaled(divide(n.Unscaled(), pow10(n.scale-scale), true), scale)
}

func apdContext(digits int) *apd.Context {
	c := apd.BaseContext.WithPrecision(uint32(max(digits, numericMinSigDigits) + guardDigits))
	c.MaxExponent, c.MinExponent = apd.MaxExponent, apd.MinExponent
	c.Rounding = apd.RoundHalfUp
	return c
}

func transcendental(err error) error {
	return sqlerr.Wrap(err, sqlerr.NumericValueOutOfRange, "value out of range: overflow")
}

// Exp returns e^n at PostgreSQL's scale (numeric_exp).
func (n Numeric) Exp() (Numeric, error) {
	if n.form != finite {
		if n.IsInf() && n.neg {
			return Numeric{}, nil
		}
		return n, nil
	}
	weight := min(max(n.Float64()*0.434294481903252, -numericMaxResultScale), numericMaxResultScale)
	scale := clampScale(max(numericMinSigDigits-int(weight), int(n.scale)))
	return expScale(n, scale)
}

func expScale(n Numeric, scale int32) (Numeric, error) {
	f := n.Float64()
	if math.Abs(f) >= numericMaxResultScale*3 {
		if f > 0 {
			return Numeric{}, numericOverflow()
		}
		return Numeric{scale: scale}, nil
	}
	// e^n = 10^k × e^(n - k·ln 10) keeps the library's exponent small.
	digits := max(int(scale)+int(f/math.Ln10), 0) + 8
	k := int64(math.Floor(f / math.Ln10))
	ln10, err := lnScale(NumericFromInt(10), int32(digits)+guardDigits)
	if err != nil {
		return Numeric{}, err
	}
	shift, err := ln10.Mul(NumericFromInt(k))
	if err != nil {
		return Numeric{}, err
	}
	var r apd.Decimal
	if _, err := apdContext(digits).Exp(&r, toApd(n.Sub(shift))); err != nil {
		return Numeric{}, transcendental(err)
	}
	r.Exponent += int32(k)
	return fromApd(&r, scale), nil
}

// lnWeight estimates the decimal weight of ln(n) as numeric.c's estimate_ln_dweight does.
func (n Numeric) lnWeight() int {
	if n.Cmp(NumericFromUnscaledInt(9, 1)) >= 0 && n.Cmp(NumericFromUnscaledInt(11, 1)) <= 0 {
		x := n.Sub(NumericFromInt(1))
		if x.Sign() == 0 {
			return 0
		}
		weight, first := x.nbaseWeight()
		return weight*numericDecimalsPerDigit + int(math.Log10(float64(first)))
	}
	f := n.Float64()
	ln := math.Log(f)
	if f == 0 || math.IsInf(f, 0) {
		ln = float64(n.decimalWeight()) * math.Ln10
	}
	return int(math.Log10(math.Abs(ln)))
}

func (n Numeric) logDomain() error {
	switch {
	case n.Sign() < 0:
		return sqlerr.Newf(sqlerr.InvalidArgumentForLogarithm, "cannot take logarithm of a negative number")
	case n.Sign() == 0:
		return sqlerr.Newf(sqlerr.InvalidArgumentForLogarithm, "cannot take logarithm of zero")
	}
	return nil
}

// Ln returns the natural logarithm at PostgreSQL's scale (numeric_ln).
func (n Numeric) Ln() (Numeric, error) {
	if n.IsNaN() {
		return n, nil
	}
	if err := n.logDomain(); err != nil {
		return Numeric{}, err
	}
	if n.IsInf() {
		return n, nil
	}
	return lnScale(n, clampScale(max(numericMinSigDigits-n.lnWeight(), int(n.scale))))
}

func lnScale(n Numeric, scale int32) (Numeric, error) {
	var r apd.Decimal
	if _, err := apdContext(int(scale)+6).Ln(&r, toApd(n)); err != nil {
		return Numeric{}, transcendental(err)
	}
	return fromApd(&r, scale), nil
}

// Log returns the logarithm of n to a base (numeric_log).
func (n Numeric) Log(base Numeric) (Numeric, error) {
	if n.IsNaN() || base.IsNaN() {
		return NumericNaN, nil
	}
	if err := base.logDomain(); err != nil {
		return Numeric{}, err
	}
	if err := n.logDomain(); err != nil {
		return Numeric{}, err
	}
	if special(n, base) {
		switch {
		case n.IsInf() && base.IsInf():
			return NumericNaN, nil
		case base.IsInf():
			return Numeric{}, nil
		}
		return n, nil
	}
	baseWeight, weight := base.lnWeight(), n.lnWeight()
	scale := clampScale(max(numericMinSigDigits-(weight-baseWeight), int(base.scale), int(n.scale)))
	top, err := lnScale(n, max(scale-int32(baseWeight)+8, 0)+guardDigits)
	if err != nil {
		return Numeric{}, err
	}
	bottom, err := lnScale(base, max(scale+int32(weight-2*baseWeight)+8, 0)+guardDigits)
	if err != nil {
		return Numeric{}, err
	}
	if bottom.Sign() == 0 {
		return Numeric{}, divisionByZero()
	}
	return quotient(top, bottom, scale, true), nil
}

// Power returns n^e (numeric_power).
func (n Numeric) Power(e Numeric) (Numeric, error) {
	one := NumericFromInt(1)
	if special(n, e) {
		return powerSpecial(n, e)
	}
	if n.Sign() == 0 && e.Sign() < 0 {
		return Numeric{}, sqlerr.Newf(sqlerr.InvalidArgumentForPower, "zero raised to a negative power is undefined")
	}
	integer := e.Trunc(0).Cmp(e) == 0
	if n.Sign() < 0 && !integer {
		return Numeric{}, sqlerr.Newf(sqlerr.InvalidArgumentForPower, "a negative number raised to a non-integer power yields a complex result")
	}
	if integer {
		if i, ok := e.Int64(); ok && i >= math.MinInt32 && i <= math.MaxInt32 {
			return n.powerInt(i, clampScale(max(numericMinSigDigits, int(n.scale))))
		}
	}
	if n.Sign() == 0 {
		return Numeric{scale: clampScale(max(numericMinSigDigits, int(n.scale), int(e.scale)))}, nil
	}
	if n.Cmp(one) == 0 {
		return one.Round(clampScale(max(numericMinSigDigits, int(n.scale), int(e.scale)))), nil
	}
	return powerReal(n.Abs(), e, n.Sign() < 0)
}

// powerReal computes e^(exponent × ln base); odd negative bases only reach it with huge integer exponents.
func powerReal(base, exponent Numeric, negative bool) (Numeric, error) {
	lnWeight := base.lnWeight()
	rough, err := lnScale(base, int32(max(8-lnWeight, 0)))
	if err != nil {
		return Numeric{}, err
	}
	product, err := rough.Mul(exponent)
	if err != nil {
		return Numeric{}, err
	}
	val := product.Float64()
	if math.Abs(val) > numericMaxResultScale*3.01 {
		if val > 0 {
			return Numeric{}, numericOverflow()
		}
		return Numeric{scale: numericMaxDisplayScale}, nil
	}
	val *= 0.434294481903252
	scale := clampScale(max(numericMinSigDigits-int(val), int(base.scale), int(exponent.scale)))
	digits := max(int(scale)+int(val), 0)
	ln, err := lnScale(base, int32(max(digits-lnWeight+8, 0))+guardDigits+int32(max(exponent.decimalWeight(), 0)))
	if err != nil {
		return Numeric{}, err
	}
	if product, err = ln.Mul(exponent); err != nil {
		return Numeric{}, err
	}
	r, err := expScale(product, scale)
	if negative && exponent.Trunc(0).Unscaled().Bit(0) == 1 {
		r = r.Neg()
	}
	return r, err
}

func powerSpecial(n, e Numeric) (Numeric, error) {
	one := NumericFromInt(1)
	switch {
	case e.IsFinite() && e.Sign() == 0, n.IsFinite() && n.Cmp(one) == 0:
		return one, nil
	case n.IsNaN() || e.IsNaN():
		return NumericNaN, nil
	case n.Sign() == 0 && e.Sign() < 0:
		return Numeric{}, sqlerr.Newf(sqlerr.InvalidArgumentForPower, "zero raised to a negative power is undefined")
	case n.Sign() < 0 && e.IsFinite() && e.Trunc(0).Cmp(e) != 0:
		return Numeric{}, sqlerr.Newf(sqlerr.InvalidArgumentForPower, "a negative number raised to a non-integer power yields a complex result")
	case e.IsInf():
		c := n.Abs().Cmp(one)
		switch {
		case c == 0:
			return one, nil
		case (c > 0) == (e.Sign() > 0):
			return NumericInfinity(false), nil
		}
		return Numeric{}, nil
	case e.Sign() < 0:
		return Numeric{}, nil
	case n.neg && e.Unscaled().Bit(0) == 1:
		return NumericInfinity(true), nil
	}
	return NumericInfinity(false), nil
}

// powerInt raises to an integer power and rounds once; a magnitude that cannot be held is an overflow, one that vanishes is 0.
func (n Numeric) powerInt(e int64, scale int32) (Numeric, error) {
	switch {
	case e == 0:
		return NumericFromInt(1).Round(scale), nil
	case n.Sign() == 0:
		return Numeric{scale: scale}, nil
	}
	weight := math.Abs(float64(e)) * math.Abs(math.Log10(math.Abs(n.Float64())))
	if !math.IsInf(weight, 0) && weight > 2*numericMaxDigitsBefore || math.IsInf(weight, 0) {
		grows := (n.Abs().Cmp(NumericFromInt(1)) > 0) == (e > 0)
		if grows {
			return Numeric{}, numericOverflow()
		}
		return Numeric{scale: scale}, nil
	}
	magnitude := e
	if e < 0 {
		magnitude = -e
	}
	if int64(n.digitCount())*magnitude > 4*numericMaxDigitsBefore {
		return n.powerIntRounded(e, scale)
	}
	exact := NumericFromUnscaled(new(big.Int).Exp(n.Unscaled(), big.NewInt(magnitude), nil), 0)
	exact = Numeric{small: exact.small, big: exact.big, scale: int32(int64(n.scale) * magnitude)}
	if e < 0 {
		return quotient(NumericFromInt(1), exact, scale, true).checked()
	}
	return exact.rescaleWide(scale).checked()
}

// powerIntRounded is powerInt where the exact power would have too many digits to hold.
func (n Numeric) powerIntRounded(e int64, scale int32) (Numeric, error) {
	var r apd.Decimal
	c := apdContext(int(scale) + 40 + max(int(float64(e)*math.Log10(math.Abs(n.Float64()))), 0))
	if _, err := c.Pow(&r, toApd(n), apd.New(e, 0)); err != nil {
		return Numeric{}, transcendental(err)
	}
	return fromApd(&r, scale).checked()
}
