package pgvalue

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"meshgate/sqlerr"
)

// AppendNumeric appends to_char(numeric, template).
func (t *NumberTemplate) AppendNumeric(dst []byte, n Numeric) ([]byte, error) {
	w := t.writer()
	switch {
	case t.empty:
		return dst, nil
	case t.flags.has(numRoman):
		if !n.IsFinite() {
			return dst, sqlerr.Newf(sqlerr.FeatureNotSupported, "cannot convert %s to integer", nonFiniteName(n))
		}
		v, ok := n.Round(0).Int64()
		if !ok || v != int64(int32(v)) {
			return dst, sqlerr.Newf(sqlerr.NumericValueOutOfRange, "integer out of range")
		}
		return w.append(dst, roman(v))
	case t.flags.has(numExponent):
		if !n.IsFinite() {
			return append(dst, t.overflowExponent()...), nil
		}
		return append(dst, spaceForPlus(scientific(n, int32(t.post)))...), nil
	}
	if t.flags.has(numMulti) {
		power, err := NumericFromInt(10).Power(NumericFromInt(int64(t.multi)))
		if err != nil {
			return dst, err
		}
		if n, err = n.Mul(power); err != nil {
			return dst, err
		}
		w.pre += t.multi
	}
	return w.decimal(dst, n.Round(int32(t.post)).String())
}

func nonFiniteName(n Numeric) string {
	if n.IsNaN() {
		return "NaN"
	}
	return "infinity"
}

// AppendInt4 appends to_char(integer, template).
func (t *NumberTemplate) AppendInt4(dst []byte, v int32) ([]byte, error) {
	w := t.writer()
	switch {
	case t.empty:
		return dst, nil
	case t.flags.has(numRoman):
		return w.append(dst, roman(int64(v)))
	case t.flags.has(numExponent):
		return append(dst, spaceForPlus(strconv.FormatFloat(float64(v), 'e', t.post, 64))...), nil
	case t.flags.has(numMulti):
		product := float64(v) * math.Pow(10, float64(t.multi))
		if product < math.MinInt32 || product > math.MaxInt32 || t.multi > 9 {
			return dst, sqlerr.Newf(sqlerr.NumericValueOutOfRange, "integer out of range")
		}
		v = int32(product)
		w.pre += t.multi
	}
	return w.decimal(dst, t.withZeros(strconv.FormatInt(int64(v), 10)))
}

// AppendInt8 appends to_char(bigint, template).
func (t *NumberTemplate) AppendInt8(dst []byte, v int64) ([]byte, error) {
	w := t.writer()
	switch {
	case t.empty:
		return dst, nil
	case t.flags.has(numRoman):
		if v != int64(int32(v)) {
			return dst, sqlerr.Newf(sqlerr.NumericValueOutOfRange, "integer out of range")
		}
		return w.append(dst, roman(v))
	case t.flags.has(numExponent):
		return append(dst, spaceForPlus(scientific(NumericFromInt(v), int32(t.post)))...), nil
	case t.flags.has(numMulti):
		factor := math.Pow(10, float64(t.multi))
		if factor >= math.MaxInt64 {
			return dst, sqlerr.Newf(sqlerr.NumericValueOutOfRange, "bigint out of range")
		}
		product := new(big.Int).Mul(big.NewInt(v), big.NewInt(int64(factor)))
		if !product.IsInt64() {
			return dst, sqlerr.Newf(sqlerr.NumericValueOutOfRange, "bigint out of range")
		}
		v = product.Int64()
		w.pre += t.multi
	}
	return w.decimal(dst, t.withZeros(strconv.FormatInt(v, 10)))
}

// withZeros appends the digits after the point that an integer does not have.
func (t *NumberTemplate) withZeros(digits string) string {
	if t.post == 0 {
		return digits
	}
	return digits + "." + strings.Repeat("0", t.post)
}

// AppendFloat appends to_char(double precision, template), or to_char(real, template) with 32 bits.
func (t *NumberTemplate) AppendFloat(dst []byte, v float64, bits int) ([]byte, error) {
	w := t.writer()
	finite := !math.IsNaN(v) && !math.IsInf(v, 0)
	switch {
	case t.empty:
		return dst, nil
	case t.flags.has(numRoman):
		r := math.RoundToEven(v)
		if !finite || math.Abs(r) > 4000 {
			r = 0
		}
		return w.append(dst, roman(int64(r)))
	case t.flags.has(numExponent):
		if !finite {
			return append(dst, t.overflowExponent()...), nil
		}
		return append(dst, spaceForPlus(strconv.FormatFloat(v, 'e', t.post, 64))...), nil
	case t.flags.has(numMulti):
		if factor := math.Pow(10, float64(t.multi)); bits == 32 {
			v = float64(float32(v) * float32(factor))
		} else {
			v *= factor
		}
		w.pre += t.multi
	}
	sure := 15 // digits that the type holds
	if bits == 32 {
		sure = 6
	}
	whole := len(floatText(math.Abs(v), 0))
	w.post = max(0, min(t.post, sure-whole))
	return w.decimal(dst, floatText(v, w.post))
}

func floatText(v float64, digits int) string {
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 1):
		return "Infinity"
	case math.IsInf(v, -1):
		return "-Infinity"
	}
	return strconv.FormatFloat(v, 'f', digits, 64)
}

// scientific writes a number with one digit before the point (numeric_out_sci).
func scientific(n Numeric, scale int32) string {
	exponent := int32(0)
	if n.Sign() != 0 {
		exponent = int32(n.Digits()) - n.Scale() - 1
	}
	moved := NumericFromUnscaled(new(big.Int).Set(n.Unscaled()), max(0, n.Scale()+exponent))
	if shift := n.Scale() + exponent; shift < 0 {
		moved = NumericFromUnscaled(new(big.Int).Mul(n.Unscaled(), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(-shift)), nil)), 0)
	}
	return moved.Round(scale).String() + "e" + signedExponent(int(exponent))
}

func signedExponent(e int) string {
	sign := "+"
	if e < 0 {
		sign, e = "-", -e
	}
	return sign + string(appendZeros(nil, int64(e), 2))
}

func spaceForPlus(s string) string {
	if s[0] == '-' {
		return s
	}
	return " " + s
}

// overflowExponent stands for what EEEE cannot show.
func (t *NumberTemplate) overflowExponent() string {
	b := []byte(strings.Repeat("#", t.pre+t.post+6))
	b[0] = ' '
	b[t.pre+1] = '.'
	return string(b)
}

// roman writes 1 to 3999.
func roman(v int64) string {
	if v < 1 || v > 3999 {
		return strings.Repeat("#", 15)
	}
	digit := func(names []string, d int64) string {
		if d == 0 {
			return ""
		}
		return names[d-1]
	}
	return strings.Repeat("M", int(v/1000)) + digit(romanHundred, v/100%10) + digit(romanTens, v/10%10) + digit(romanOnes, v%10)
}
