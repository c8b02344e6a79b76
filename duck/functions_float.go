package duck

import (
	"math"

	"meshgate/sqlerr"
)

var (
	errOverflow  = sqlerr.Newf(sqlerr.NumericValueOutOfRange, "value out of range: overflow")
	errUnderflow = sqlerr.Newf(sqlerr.NumericValueOutOfRange, "value out of range: underflow")
	errDomain    = sqlerr.Newf(sqlerr.NumericValueOutOfRange, "input is out of range")
)

// floatFunctions are float.c's operators: what leaves the range of the type is an error, not an infinity or a zero.
func floatFunctions[T float32 | float64](name string) {
	isInf := func(v T) bool { return math.IsInf(float64(v), 0) }
	guard := func(r *Row, v, a, b T, zeroOK bool) T {
		switch {
		case isInf(v) && !isInf(a) && !isInf(b):
			r.Fail(errOverflow)
		case v == 0 && !zeroOK:
			r.Fail(errUnderflow)
		}
		return v
	}
	fn2("meshgate_"+name+"_add", func(r *Row, a, b T) T { return guard(r, a+b, a, b, true) })
	fn2("meshgate_"+name+"_sub", func(r *Row, a, b T) T { return guard(r, a-b, a, b, true) })
	fn2("meshgate_"+name+"_mul", func(r *Row, a, b T) T { return guard(r, a*b, a, b, a == 0 || b == 0) })
	fn2("meshgate_"+name+"_div", func(r *Row, a, b T) T {
		if b == 0 && a == a {
			r.Fail(errDivisionByZero)
			return 0
		}
		return guard(r, a/b, a, b, a == 0 || isInf(b))
	})
}

func init() {
	floatFunctions[float32]("float4")
	floatFunctions[float64]("float8")
	fn1("meshgate_float8_float4", func(r *Row, f float64) float32 {
		v := float32(f)
		switch {
		case math.IsInf(float64(v), 0) && !math.IsInf(f, 0):
			r.Fail(errOverflow)
		case v == 0 && f != 0:
			r.Fail(errUnderflow)
		}
		return v
	})
	fn1("meshgate_sign", func(_ *Row, f float64) float64 {
		switch {
		case f > 0:
			return 1
		case f < 0:
			return -1
		}
		return 0
	})
	for name, f := range map[string]func(float64) float64{
		"sin": cSin, "cos": cCos, "tan": cTan, "cot": func(x float64) float64 { return 1 / cTan(x) },
	} {
		fn1("meshgate_"+name, func(r *Row, x float64) float64 {
			if math.IsInf(x, 0) {
				r.Fail(errDomain)
			}
			return f(x)
		})
	}
	for name, f := range map[string]func(float64) float64{"atan": cAtan, "sinh": cSinh, "tanh": cTanh, "asinh": cAsinh, "cbrt": cCbrt} {
		fn1("meshgate_"+name, func(_ *Row, x float64) float64 { return f(x) })
	}
	domain := func(name string, f func(float64) float64, ok func(float64) bool) {
		fn1("meshgate_"+name, func(r *Row, x float64) float64 {
			if x == x && !ok(x) {
				r.Fail(errDomain)
			}
			return f(x)
		})
	}
	domain("asin", cAsin, func(x float64) bool { return x >= -1 && x <= 1 })
	domain("acos", cAcos, func(x float64) bool { return x >= -1 && x <= 1 })
	domain("acosh", cAcosh, func(x float64) bool { return x >= 1 })
	domain("atanh", cAtanh, func(x float64) bool { return x >= -1 && x <= 1 })
	fn1("meshgate_cosh", func(_ *Row, x float64) float64 { return cCosh(x) })
	fn2("meshgate_atan2", func(_ *Row, y, x float64) float64 { return cAtan2(y, x) })
	growing("degrees", func(x float64) float64 { return x / (math.Pi / 180) })
	growing("radians", func(x float64) float64 { return x * (math.Pi / 180) })
	growing("exp", cExp)
	fn1("meshgate_sqrt", func(r *Row, x float64) float64 {
		if x < 0 {
			r.Fail(sqlerr.Newf(sqlerr.InvalidArgumentForPower, "cannot take square root of a negative number"))
		}
		return math.Sqrt(x)
	})
	for name, f := range map[string]func(float64) float64{"ln": cLog, "log": cLog10, "log10": cLog10} {
		fn1("meshgate_"+name, func(r *Row, x float64) float64 {
			switch {
			case x == 0:
				r.Fail(sqlerr.Newf(sqlerr.InvalidArgumentForLogarithm, "cannot take logarithm of zero"))
			case x < 0:
				r.Fail(sqlerr.Newf(sqlerr.InvalidArgumentForLogarithm, "cannot take logarithm of a negative number"))
			}
			return f(x)
		})
	}
	fn2("meshgate_power", power)
	fn4("meshgate_width_bucket", func(r *Row, x, low, high float64, n int32) int32 { return check2(r)(floatBucket(x, low, high, n)) })
}

// growing defines a function whose result may overflow.
func growing(name string, f func(float64) float64) {
	fn1("meshgate_"+name, func(r *Row, x float64) float64 {
		v := f(x)
		switch {
		case math.IsInf(v, 0) && !math.IsInf(x, 0):
			r.Fail(errOverflow)
		case v == 0 && !math.IsInf(x, 0) && (name == "exp" || x != 0):
			r.Fail(errUnderflow)
		}
		return v
	})
}

// power is dpow (float.c).
func power(r *Row, a, b float64) float64 {
	switch {
	case a == 0 && b < 0:
		r.Fail(sqlerr.Newf(sqlerr.InvalidArgumentForPower, "zero raised to a negative power is undefined"))
		return 0
	case a < 0 && math.Floor(b) != b && !math.IsInf(b, 0) && b == b:
		r.Fail(sqlerr.Newf(sqlerr.InvalidArgumentForPower, "a negative number raised to a non-integer power yields a complex result"))
		return 0
	}
	v := cPow(a, b)
	if !math.IsInf(a, 0) && !math.IsInf(b, 0) {
		switch {
		case math.IsInf(v, 0):
			r.Fail(errOverflow)
		case v == 0 && a != 0:
			r.Fail(errUnderflow)
		}
	}
	return v
}

// floatBucket is width_bucket_float8 (float.c).
func floatBucket(x, low, high float64, n int32) (int32, error) {
	bad := func(text string) (int32, error) {
		return 0, sqlerr.Newf(sqlerr.InvalidArgumentForWidthBucket, "%s", text)
	}
	switch {
	case n <= 0:
		return bad("count must be greater than zero")
	case x != x || low != low || high != high:
		return bad("operand, lower bound, and upper bound cannot be NaN")
	case math.IsInf(low, 0) || math.IsInf(high, 0):
		return bad("lower and upper bounds must be finite")
	case low == high:
		return bad("lower bound cannot equal upper bound")
	}
	before, after := x < low, x >= high
	if low > high {
		before, after = x > low, x <= high
	}
	switch {
	case before:
		return 0, nil
	case after && n == math.MaxInt32:
		return 0, outOfRange("integer")
	case after:
		return n + 1, nil
	}
	// Where the difference of the bounds overflows, so does PostgreSQL's conversion to an integer.
	bucket := float64(float64(n)*(x-low)) / (high - low)
	if low > high {
		bucket = float64(float64(n)*(low-x)) / (low - high)
	}
	if bucket++; !(bucket > math.MinInt32-1 && bucket < math.MaxInt32+1) {
		return math.MinInt32, nil
	}
	return int32(bucket), nil
}
