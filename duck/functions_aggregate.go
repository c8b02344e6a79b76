package duck

import (
	"math"
	"strings"

	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

func init() {
	floatTotals()
	floatVariances()
	numericVariances()
	regressions()
	percentiles()
	textJoins()
	intervalSums()
}

// mostForAverage is above which the sum of squares that PostgreSQL keeps beside every average may overflow, which is an error there.
const mostForAverage = 1e150

// floatTotals check what DuckDB has summed up: an infinity of finite values is an error.
func floatTotals() {
	fn3("meshgate_float8_total", func(r *Row, sum, most float64, negative bool) float64 {
		switch {
		case math.IsInf(sum, 0) && !isOdd(most):
			r.Fail(errOverflow)
		case most == 0 && negative: // PostgreSQL's sum begins with the first value, so that one of negative zeros is one
			return math.Copysign(0, -1)
		}
		return sum
	})
	fn1("meshgate_float8_sum", func(r *Row, l list[float64]) float64 { return sumOf(r, l) })
	fn1("meshgate_float8_mean", func(r *Row, l list[float64]) float64 {
		var s youngsCramer
		for i, v := range l.values {
			if !l.isNull(i) {
				r.Fail(s.add(v))
			}
		}
		if s.n == 0 {
			r.Null()
		}
		return s.sx / s.n
	})
	fn1("meshgate_float4_sum", func(r *Row, l list[float32]) float32 { return sumOf(r, l) })
	fn3("meshgate_float8_avg", func(r *Row, sum float64, count int64, most float64) float64 {
		switch {
		case count == 0:
			r.Null()
			return 0
		case count > 1 && most > mostForAverage && !math.IsInf(most, 0):
			r.Fail(sqlerr.Newf(sqlerr.FeatureNotSupported, "averages of double precision values beyond 1e150 are not supported"))
		}
		return sum / float64(count)
	})
}

// sumOf adds in the type's own precision, one value after the other.
func sumOf[T float32 | float64](r *Row, l list[T]) T {
	var sum T
	found, infinite := false, false
	for i, v := range l.values {
		if l.isNull(i) {
			continue
		}
		infinite = infinite || isInf(float64(v))
		if found {
			v += sum
		}
		if sum, found = v, true; isInf(float64(sum)) && !infinite {
			r.Fail(errOverflow)
		}
	}
	if !found {
		r.Null()
	}
	return sum
}

// youngsCramer are the sums of float8_accum and float8_regr_accum.
type youngsCramer struct{ n, sx, sxx, sy, syy, sxy float64 }

func isInf(v float64) bool { return math.IsInf(v, 0) }

func isOdd(v float64) bool { return math.IsInf(v, 0) || math.IsNaN(v) }

func (s *youngsCramer) addPair(y, x float64) error {
	before := *s
	s.n++
	s.sx += x
	s.sy += y
	if before.n == 0 {
		if isOdd(x) {
			s.sxx, s.sxy = math.NaN(), math.NaN()
		}
		if isOdd(y) {
			s.syy, s.sxy = math.NaN(), math.NaN()
		}
		return nil
	}
	// The conversions keep a compiler from fusing a product with a sum, which rounds otherwise.
	dx, dy := float64(x*s.n)-s.sx, float64(y*s.n)-s.sy
	scale := 1 / float64(s.n*before.n)
	s.sxx += float64(float64(dx*dx) * scale)
	s.syy += float64(float64(dy*dy) * scale)
	s.sxy += float64(float64(dx*dy) * scale)
	if !isInf(s.sx) && !isInf(s.sxx) && !isInf(s.sy) && !isInf(s.syy) && !isInf(s.sxy) {
		return nil
	}
	finiteX, finiteY := !isInf(before.sx) && !isInf(x), !isInf(before.sy) && !isInf(y)
	if (isInf(s.sx) || isInf(s.sxx)) && finiteX || (isInf(s.sy) || isInf(s.syy)) && finiteY || isInf(s.sxy) && finiteX && finiteY {
		return errOverflow
	}
	for _, v := range []*float64{&s.sxx, &s.syy, &s.sxy} {
		if isInf(*v) {
			*v = math.NaN()
		}
	}
	return nil
}

func (s *youngsCramer) add(x float64) error {
	before := *s
	s.n++
	s.sx += x
	if before.n == 0 {
		if isOdd(x) {
			s.sxx = math.NaN()
		}
		return nil
	}
	d := float64(x*s.n) - s.sx
	s.sxx += float64(d*d) / float64(s.n*before.n)
	if isInf(s.sx) || isInf(s.sxx) {
		if !isInf(before.sx) && !isInf(x) {
			return errOverflow
		}
		s.sxx = math.NaN()
	}
	return nil
}

func floatVariances() {
	fn3("meshgate_float8_variance", func(r *Row, l list[float64], sample, root bool) float64 {
		var s youngsCramer
		for i, v := range l.values {
			if !l.isNull(i) {
				r.Fail(s.add(v))
			}
		}
		n := s.n
		if sample {
			n--
		}
		if n <= 0 {
			r.Null()
			return 0
		}
		if root {
			return math.Sqrt(s.sxx / n)
		}
		return s.sxx / n
	})
}

func numericVariances() {
	fn3("meshgate_numeric_variance", func(r *Row, l list[pgvalue.Numeric], sample, root bool) pgvalue.Numeric {
		var sum, squares pgvalue.Numeric
		count, special := int64(0), false
		for i, v := range l.values {
			if l.isNull(i) {
				continue
			}
			count++
			if !v.IsFinite() {
				special = true
				continue
			}
			square, err := v.Mul(v)
			r.Fail(err)
			sum, squares = sum.Add(v), squares.Add(square)
		}
		switch {
		case count == 0, sample && count == 1:
			r.Null()
			return pgvalue.Numeric{}
		case special:
			return pgvalue.NumericNaN
		}
		v, err := pgvalue.Variance(count, sum, squares, sample, root)
		return check(r, v, err)
	})
}

// regressions take lists in which Y and X take turns.
func regressions() {
	fn2("meshgate_regression", func(r *Row, l list[float64], name string) float64 {
		var s youngsCramer
		for i := 0; i+1 < len(l.values); i += 2 {
			if !l.isNull(i) && !l.isNull(i+1) {
				r.Fail(s.addPair(l.values[i], l.values[i+1]))
			}
		}
		v, ok := s.result(name)
		if !ok {
			r.Null()
		}
		return v
	})
}

// result is one of the regr_ functions; ok is false where it is NULL.
func (s *youngsCramer) result(name string) (v float64, ok bool) {
	if s.n < 1 {
		return 0, false
	}
	switch name {
	case "regr_sxx":
		return s.sxx, true
	case "regr_syy":
		return s.syy, true
	case "regr_sxy":
		return s.sxy, true
	case "regr_avgx":
		return s.sx / s.n, true
	case "regr_avgy":
		return s.sy / s.n, true
	case "covar_pop":
		return s.sxy / s.n, true
	case "covar_samp":
		return s.sxy / (s.n - 1), s.n >= 2
	case "corr":
		return s.sxy / math.Sqrt(float64(s.sxx*s.syy)), s.sxx != 0 && s.syy != 0
	case "regr_r2":
		if s.sxx != 0 && s.syy == 0 {
			return 1, true
		}
		return float64(s.sxy*s.sxy) / float64(s.sxx*s.syy), s.sxx != 0
	case "regr_slope":
		return s.sxy / s.sxx, s.sxx != 0
	case "regr_intercept":
		return (s.sy - float64(s.sx*s.sxy)/s.sxx) / s.n, s.sxx != 0
	}
	panic("duck: no regression function " + name)
}

// textJoins are string_agg: over texts and the delimiters that go before them in turns, and, with DISTINCT, over texts with one
// delimiter, of which the least and the greatest must be the same.
func textJoins() {
	fn1("meshgate_string_agg", func(r *Row, l list[string]) chars {
		dst, first := r.scratch(), true
		for i := 0; i+1 < len(l.values); i += 2 {
			if l.isNull(i) {
				continue
			}
			if !first && !l.isNull(i+1) {
				dst = append(dst, l.values[i+1]...)
			}
			dst, first = append(dst, l.values[i]...), false
		}
		if first {
			r.Null()
		}
		return r.chars(dst, nil)
	})
	orNull4("meshgate_string_agg_distinct", func(r *Row, l opt[list[string]], least, greatest opt[string], same opt[bool]) chars {
		if least.value != greatest.value || same.ok && !same.value {
			r.Fail(sqlerr.Newf(sqlerr.FeatureNotSupported, "string_agg(DISTINCT …) with several delimiters is not supported"))
			return nil
		}
		texts := make([]string, 0, len(l.value.values))
		for i, v := range l.value.values {
			if !l.value.isNull(i) {
				texts = append(texts, v)
			}
		}
		if len(texts) == 0 {
			r.Null()
		}
		return r.chars(append(r.scratch(), strings.Join(texts, least.value)...), nil)
	})
}

// intervalSums add the parts of intervals, which never carry into one another.
func intervalSums() {
	fn1("meshgate_interval_months", func(_ *Row, v pgvalue.Interval) int32 { return v.Months })
	fn1("meshgate_interval_days", func(_ *Row, v pgvalue.Interval) int32 { return v.Days })
	fn1("meshgate_interval_micros", func(_ *Row, v pgvalue.Interval) int64 { return v.Micros })
	fn3("meshgate_interval_sum", func(r *Row, months, days, micros hugeint) pgvalue.Interval {
		fits := func(h hugeint) bool { return h.hi == int64(h.lo)>>63 }
		small := func(h hugeint) bool { return fits(h) && int64(h.lo) == int64(int32(h.lo)) }
		if !small(months) || !small(days) || !fits(micros) {
			r.Fail(sqlerr.Newf(sqlerr.DatetimeFieldOverflow, "interval out of range"))
		}
		return pgvalue.Interval{Months: int32(months.lo), Days: int32(days.lo), Micros: int64(micros.lo)}
	})
}
