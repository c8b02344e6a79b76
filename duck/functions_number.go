package duck

import (
	"math"
	"math/big"
	"math/bits"
	"strconv"

	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

type integer interface{ int16 | int32 | int64 }

func outOfRange(typeName string) error {
	return sqlerr.Newf(sqlerr.NumericValueOutOfRange, "%s out of range", typeName)
}

var errDivisionByZero = sqlerr.Newf(sqlerr.DivisionByZero, "division by zero")

// integerFunctions are PostgreSQL's int.c and int8.c where DuckDB differs: division by zero is an error, the quotient is cut
// towards zero, and shifts wrap.
func integerFunctions[T integer](name, typeName string, bits int) {
	least := T(-1) << (bits - 1)
	fn2("meshgate_"+name+"_div", func(r *Row, a, b T) T {
		switch {
		case b == 0:
			r.Fail(errDivisionByZero)
			return 0
		case b == -1 && a == least:
			r.Fail(outOfRange(typeName))
			return 0
		}
		return a / b
	})
	fn2("meshgate_"+name+"_mod", func(r *Row, a, b T) T {
		if b == 0 {
			r.Fail(errDivisionByZero)
			return 0
		}
		if b == -1 {
			return 0
		}
		return a % b
	})
	fn1("meshgate_"+name+"_abs", func(r *Row, a T) T {
		if a == least {
			r.Fail(outOfRange(typeName))
		}
		if a < 0 {
			return -a
		}
		return a
	})
	// The shift counts modulo the machine's width of the promoted operand, as C does on the machines PostgreSQL runs on.
	width := int32(max(bits, 32))
	fn2("meshgate_"+name+"_shl", func(_ *Row, a T, n int32) T { return T(int64(a) << (uint32(n) & uint32(width-1))) })
	fn2("meshgate_"+name+"_shr", func(_ *Row, a T, n int32) T { return T(int64(a) >> (uint32(n) & uint32(width-1))) })
	fn1("meshgate_float8_"+name, func(r *Row, f float64) T {
		rounded := math.RoundToEven(f)
		if !(rounded >= -math.Ldexp(1, bits-1) && rounded < math.Ldexp(1, bits-1)) {
			r.Fail(outOfRange(typeName))
			return 0
		}
		return T(rounded)
	})
	fn1("meshgate_numeric_"+name, func(r *Row, n pgvalue.Numeric) T {
		v, ok := n.Int64()
		if !n.IsFinite() {
			kind := "infinity"
			if n.IsNaN() {
				kind = "NaN"
			}
			r.Fail(sqlerr.Newf(sqlerr.FeatureNotSupported, "cannot convert NaN or infinity to %s", typeName).
				Quoting(sqlerr.Newf(sqlerr.FeatureNotSupported, "cannot convert %s to %s", kind, typeName)))
		} else if !ok || int64(T(v)) != v {
			r.Fail(outOfRange(typeName))
		}
		return T(v)
	})
}

func gcd[T int32 | int64](r *Row, a, b T, typeName string) T {
	x, y := a, b
	for y != 0 {
		if y == -1 {
			x, y = 1, 0
			break
		}
		x, y = y, x%y
	}
	if x == -x && x != 0 {
		r.Fail(outOfRange(typeName))
	}
	return max(x, -x)
}

func lcm[T int32 | int64](r *Row, a, b T, typeName string) T {
	if a == 0 || b == 0 {
		return 0
	}
	g := gcd(r, a, b, typeName)
	if g == 0 {
		return 0
	}
	v := a / g
	p := v * b
	if b != 0 && p/b != v || p == -p && p != 0 {
		r.Fail(outOfRange(typeName))
	}
	return max(p, -p)
}

func init() {
	integerFunctions[int16]("int2", "smallint", 16)
	integerFunctions[int32]("int4", "integer", 32)
	integerFunctions[int64]("int8", "bigint", 64)
	fn2("meshgate_int4_gcd", func(r *Row, a, b int32) int32 { return gcd(r, a, b, "integer") })
	fn2("meshgate_int8_gcd", func(r *Row, a, b int64) int64 { return gcd(r, a, b, "bigint") })
	fn2("meshgate_int4_lcm", func(r *Row, a, b int32) int32 { return lcm(r, a, b, "integer") })
	fn2("meshgate_int8_lcm", func(r *Row, a, b int64) int64 { return lcm(r, a, b, "bigint") })
	fn1("meshgate_int4_hex", func(_ *Row, a int32) string { return strconv.FormatUint(uint64(uint32(a)), 16) })
	fn1("meshgate_int8_hex", func(_ *Row, a int64) string { return strconv.FormatUint(uint64(a), 16) })
	fn1("meshgate_factorial", func(r *Row, n int64) pgvalue.Numeric {
		v, err := pgvalue.Factorial(n)
		return check(r, v, err)
	})
	fn1("meshgate_int8_oid", func(r *Row, n int64) uint32 {
		if n < 0 || n > math.MaxUint32 {
			r.Fail(sqlerr.Newf(sqlerr.NumericValueOutOfRange, "OID out of range"))
		}
		return uint32(n)
	})
	fn1("meshgate_oid_int4", func(_ *Row, n uint32) int32 { return int32(n) })
	// LIMIT and OFFSET: NULL is no limit and no offset, negative is an error.
	orNull1("meshgate_limit", func(r *Row, n opt[int64]) int64 {
		switch {
		case !n.ok:
			return math.MaxInt64
		case n.value < 0:
			r.Fail(sqlerr.Newf(sqlerr.InvalidRowCountInLimit, "LIMIT must not be negative"))
		}
		return n.value
	})
	orNull1("meshgate_offset", func(r *Row, n opt[int64]) int64 {
		if n.ok && n.value < 0 {
			r.Fail(sqlerr.Newf(sqlerr.InvalidRowCountInOffset, "OFFSET must not be negative"))
		}
		return n.value
	})
	fn1("meshgate_ntile", func(r *Row, n int32) int32 {
		if n <= 0 {
			r.Fail(sqlerr.Newf(sqlerr.InvalidArgumentForNtile, "argument of ntile must be greater than zero"))
		}
		return n
	})
	fn2("meshgate_trimmed", func(r *Row, n int32, length int64) int64 {
		if n < 0 || int64(n) > length {
			r.Fail(sqlerr.Newf(sqlerr.ArraySubscriptError, "number of elements to trim must be between 0 and %d", length))
		}
		return length - int64(n)
	})
	numericFunctions()
	numericForms()
	numericSums()
}

func numericFunctions() {
	type binary = func(a, b pgvalue.Numeric) (pgvalue.Numeric, error)
	plain := func(f func(a, b pgvalue.Numeric) pgvalue.Numeric) binary {
		return func(a, b pgvalue.Numeric) (pgvalue.Numeric, error) { return f(a, b), nil }
	}
	for name, f := range map[string]binary{
		"lcm": pgvalue.NumericLCM, "add": plain(pgvalue.Numeric.Add), "sub": plain(pgvalue.Numeric.Sub), "mul": pgvalue.Numeric.Mul, "div": pgvalue.Numeric.Div,
		"mod": pgvalue.Numeric.Mod, "divtrunc": pgvalue.Numeric.DivTrunc, "power": pgvalue.Numeric.Power, "gcd": plain(pgvalue.NumericGCD),
		"log": func(base, n pgvalue.Numeric) (pgvalue.Numeric, error) { return n.Log(base) },
	} {
		fn2("meshgate_numeric_"+name, func(r *Row, a, b pgvalue.Numeric) pgvalue.Numeric {
			v, err := f(a, b)
			return check(r, v, err)
		})
	}
	type unary = func(a pgvalue.Numeric) (pgvalue.Numeric, error)
	simple := func(f func(a pgvalue.Numeric) pgvalue.Numeric) unary {
		return func(a pgvalue.Numeric) (pgvalue.Numeric, error) { return f(a), nil }
	}
	for name, f := range map[string]unary{
		"neg": simple(pgvalue.Numeric.Neg), "abs": simple(pgvalue.Numeric.Abs), "ceil": simple(pgvalue.Numeric.Ceil),
		"floor": simple(pgvalue.Numeric.Floor), "sign": simple(pgvalue.Numeric.SignOf), "trim_scale": simple(pgvalue.Numeric.TrimScale),
		"sqrt": pgvalue.Numeric.Sqrt, "exp": pgvalue.Numeric.Exp, "ln": pgvalue.Numeric.Ln,
	} {
		fn1("meshgate_numeric_"+name, func(r *Row, a pgvalue.Numeric) pgvalue.Numeric {
			v, err := f(a)
			return check(r, v, err)
		})
	}
	fn1("meshgate_numeric", func(_ *Row, n number) pgvalue.Numeric { return n.Numeric })
	fn1("meshgate_numeric_key", func(_ *Row, form raw) []byte { return pgvalue.SortableKey(form) })
	fn2("meshgate_numeric_round", func(r *Row, a pgvalue.Numeric, n int32) pgvalue.Numeric {
		v, err := a.RoundChecked(n)
		return check(r, v, err)
	})
	fn2("meshgate_numeric_trunc", func(_ *Row, a pgvalue.Numeric, n int32) pgvalue.Numeric { return a.Trunc(n) })
	fn2("meshgate_numeric_typmod", func(r *Row, a pgvalue.Numeric, mod int32) pgvalue.Numeric {
		v, err := a.ApplyTypmod(mod)
		return check(r, v, err)
	})
	fn4("meshgate_numeric_width_bucket", func(r *Row, x, low, high pgvalue.Numeric, n int32) int32 {
		return check2(r)(numericBucket(x, low, high, n))
	})
	extreme := func(name string, sign int) {
		fn1(name, func(r *Row, l list[pgvalue.Numeric]) pgvalue.Numeric {
			var best pgvalue.Numeric
			found := false
			for i, n := range l.values {
				if !l.isNull(i) && (!found || n.Cmp(best)*sign > 0) {
					best, found = n, true
				}
			}
			if !found {
				r.Null()
			}
			return best
		})
	}
	extreme("meshgate_numeric_max", 1)
	extreme("meshgate_numeric_min", -1)
}

// numericForms are what numeric says of itself, and becomes.
func numericForms() {
	fn1("meshgate_numeric_scale", func(r *Row, a pgvalue.Numeric) int32 {
		if !a.IsFinite() {
			r.Null()
		}
		return a.Scale()
	})
	fn1("meshgate_numeric_minscale", func(r *Row, a pgvalue.Numeric) int32 {
		if !a.IsFinite() {
			r.Null()
		}
		return a.MinScale()
	})
	fn1("meshgate_numeric_float8", func(r *Row, a pgvalue.Numeric) float64 {
		f, err := a.Double()
		if err != nil {
			r.Fail(withoutValue(err, pgcat.Float8))
		}
		return f
	})
	fn1("meshgate_numeric_float4", func(r *Row, a pgvalue.Numeric) float32 {
		v, err := pgvalue.ParseFloat(a.String(), 32)
		if err != nil {
			r.Fail(withoutValue(err, pgcat.Float4))
		}
		return float32(asFloat(v))
	})
	fn1("meshgate_float8_numeric", func(_ *Row, f float64) pgvalue.Numeric { return pgvalue.NumericFromFloat(f, 64) })
	fn1("meshgate_float4_numeric", func(_ *Row, f float32) pgvalue.Numeric { return pgvalue.NumericFromFloat(float64(f), 32) })
	fn1("meshgate_numeric_text", func(_ *Row, a pgvalue.Numeric) string { return a.String() })
}

func asFloat(v pgvalue.Value) float64 {
	f, _ := v.(float64)
	return f
}

// check2 adapts a function with an error for use in an expression.
func check2(r *Row) func(v int32, err error) int32 {
	return func(v int32, err error) int32 { return check(r, v, err) }
}

// numericBucket is width_bucket on numeric (numeric.c).
func numericBucket(x, low, high pgvalue.Numeric, n int32) (int32, error) {
	bad := func(text string) (int32, error) {
		return 0, sqlerr.Newf(sqlerr.InvalidArgumentForWidthBucket, "%s", text)
	}
	switch {
	case n <= 0:
		return bad("count must be greater than zero")
	case x.IsNaN() || low.IsNaN() || high.IsNaN():
		return bad("operand, lower bound, and upper bound cannot be NaN")
	case low.IsInf() || high.IsInf():
		return bad("lower and upper bounds must be finite")
	case low.Cmp(high) == 0:
		return bad("lower bound cannot equal upper bound")
	}
	if low.Cmp(high) > 0 {
		x, low, high = x.Neg(), low.Neg(), high.Neg()
	}
	switch {
	case x.Cmp(low) < 0:
		return 0, nil
	case x.Cmp(high) >= 0:
		if n == math.MaxInt32 {
			return 0, outOfRange("integer")
		}
		return n + 1, nil
	}
	product, err := x.Sub(low).Mul(pgvalue.NumericFromInt(int64(n)))
	if err != nil {
		return 0, err
	}
	// PostgreSQL rounds the quotient before it cuts it.
	q, err := product.Div(high.Sub(low))
	if err != nil {
		return 0, err
	}
	v, _ := q.Floor().Int64()
	return int32(v) + 1, nil
}

// A sum of sortable forms is computed as two exact sums that DuckDB's 128-bit integers hold: of the whole parts, and of the
// fractions as multiples of 10^-sumScale. The few values that neither can hold, infinities and NaN are gathered in a list beside them.
const sumScale = 28

var sumUnit = new(big.Int).Exp(big.NewInt(10), big.NewInt(sumScale), nil)

// smallDigits is the number of digits that 64 bits always hold.
const smallDigits = 18

var smallPowers = func() (t [smallDigits + 1]int64) {
	t[0] = 1
	for i := 1; i < len(t); i++ {
		t[i] = t[i-1] * 10
	}
	return t
}()

// smallFraction is the fraction of v × 10^-scale as a multiple of 10^-sumScale, without big integers: most sums are of amounts with
// a few digits. Both factors fit into 64 bits, and their product is below 10^sumScale.
func smallFraction(v int64, scale int32) hugeint {
	f := v % smallPowers[scale] * smallPowers[smallDigits-scale]
	hi, lo := bits.Mul64(uint64(max(f, -f)), uint64(smallPowers[sumScale-smallDigits]))
	if f < 0 {
		var borrow uint64
		lo, borrow = bits.Sub64(0, lo, 0)
		hi, _ = bits.Sub64(0, hi, borrow)
	}
	return hugeint{lo, int64(hi)}
}

func numericSums() {
	narrow := func(form raw) bool { return pgvalue.SortableFits(form, sumScale, sumScale) }
	fn1("meshgate_numeric_wide", func(_ *Row, form raw) bool { return !narrow(form) })
	fn1("meshgate_numeric_shown", func(_ *Row, form raw) int32 { return pgvalue.SortableScale(form) })
	fn1("meshgate_numeric_whole", func(_ *Row, form raw) hugeint {
		if !narrow(form) {
			return hugeint{}
		}
		n := numericOf(form)
		if v, ok := n.UnscaledInt(); ok && n.Scale() < smallDigits {
			return hugeintFrom(v / smallPowers[n.Scale()])
		}
		return hugeintOf(n.Trunc(0).Unscaled())
	})
	fn1("meshgate_numeric_fraction", func(_ *Row, form raw) hugeint {
		if !narrow(form) {
			return hugeint{}
		}
		n := numericOf(form)
		if v, ok := n.UnscaledInt(); ok && n.Scale() < smallDigits {
			return smallFraction(v, n.Scale())
		}
		return hugeintOf(n.Sub(n.Trunc(0)).Round(sumScale).Unscaled())
	})
	orNull4("meshgate_numeric_sum", func(r *Row, whole, fraction opt[hugeint], scale opt[int32], wide opt[list[pgvalue.Numeric]]) pgvalue.Numeric {
		if !scale.ok {
			r.Null()
			return pgvalue.Numeric{}
		}
		units := new(big.Int).Mul(whole.value.big(), sumUnit)
		total := pgvalue.NumericFromUnscaled(units.Add(units, fraction.value.big()), sumScale)
		for _, n := range wide.value.values {
			total = total.Add(n)
		}
		return total.Round(scale.value)
	})
	numericLists()
}

// numericLists are functions of what aggregates gather, and of their parts.
func numericLists() {
	// Parts of a sum, of which none, one or both have rows.
	orNull2("meshgate_numeric_total", func(r *Row, a, b opt[pgvalue.Numeric]) pgvalue.Numeric {
		switch {
		case a.ok && b.ok:
			return a.value.Add(b.value)
		case a.ok:
			return a.value
		case !b.ok:
			r.Null()
		}
		return b.value
	})
	// Of values that are equal the first stays: PostgreSQL does not say which. NULL is a value too.
	fn1("meshgate_numeric_distinct", func(r *Row, l list[pgvalue.Numeric]) list[pgvalue.Numeric] {
		seen, null := make(map[string]bool, len(l.values)), false
		var out list[pgvalue.Numeric]
		for i, n := range l.values {
			if l.valid[i] {
				form := n.AppendSortable(r.scratch())
				r.buf = form
				if key := pgvalue.SortableKey(form); seen[string(key)] {
					continue
				} else {
					seen[string(key)] = true
				}
			} else if null {
				continue
			} else {
				null = true
			}
			out.values, out.valid = append(out.values, n), append(out.valid, l.valid[i])
		}
		return out
	})
	fn1("meshgate_numeric_list_sum", func(r *Row, l list[pgvalue.Numeric]) pgvalue.Numeric {
		if len(l.values) == 0 {
			r.Null()
			return pgvalue.Numeric{}
		}
		var total pgvalue.Numeric
		for _, n := range l.values {
			total = total.Add(n)
		}
		return total
	})
	f := add(&scalar{name: "meshgate_variance", params: []duckType{
		typeOf[int64](), typeOf[pgvalue.Numeric](), typeOf[pgvalue.Numeric](), typeOf[bool](), typeOf[bool](),
	}, result: typeOf[pgvalue.Numeric]()})
	f.run = func(c *chunkCall) {
		count, sum, squares := reader[int64](c.args[0], c.n), reader[pgvalue.Numeric](c.args[1], c.n), reader[pgvalue.Numeric](c.args[2], c.n)
		sample, root := reader[bool](c.args[3], c.n), reader[bool](c.args[4], c.n)
		each(c, masksOf(c.args), func(row int, r *Row) pgvalue.Numeric {
			if n := count(row); n == 0 || n == 1 && sample(row) {
				r.Null()
				return pgvalue.Numeric{}
			}
			v, err := pgvalue.Variance(count(row), sum(row), squares(row), sample(row), root(row))
			return check(r, v, err)
		})
	}
}
