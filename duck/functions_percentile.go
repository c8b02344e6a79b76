package duck

import (
	"math"
	"strconv"
	"strings"

	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

func checkPercentile(r *Row, p float64) bool {
	if !(p >= 0 && p <= 1) {
		text := strings.ReplaceAll(strconv.FormatFloat(p, 'g', -1, 64), "Inf", "inf")
		r.Fail(sqlerr.Newf(sqlerr.NumericValueOutOfRange, "percentile value is not between 0 and 1").
			Quoting(sqlerr.Newf(sqlerr.NumericValueOutOfRange, "percentile value %s is not between 0 and 1", text)))
		return false
	}
	return true
}

// percentiles take sorted lists.
func percentiles() {
	continuous("float8", func(lo, hi, part float64) (float64, error) { return lo + float64(part*(hi-lo)), nil })
	continuous("interval", betweenIntervals)
	fn2("meshgate_percentile_places", func(r *Row, at list[float64], count int64) list[int64] {
		var out list[int64]
		if count == 0 {
			r.Null()
			return out
		}
		for i, p := range at.values {
			place := count + 1 // where there is nothing
			if !at.isNull(i) && checkPercentile(r, p) {
				place = max(1, int64(math.Ceil(p*float64(count))))
			}
			out.values = append(out.values, place)
		}
		return out
	})
	// The place of percentile_disc in a list of so many values.
	fn2("meshgate_percentile_place", func(r *Row, p float64, count int64) int64 {
		if count == 0 {
			r.Null()
			return 0
		}
		checkPercentile(r, p)
		return max(1, int64(math.Ceil(p*float64(count))))
	})
	modeOf("numeric", func(a, b pgvalue.Numeric) bool { return a.Cmp(b) == 0 })
	modeOf("float4", func(a, b float32) bool { return a == b || a != a && b != b })
	modeOf("float8", func(a, b float64) bool { return a == b || a != a && b != b })
	fn1("meshgate_nth", func(r *Row, n int32) int32 {
		if n <= 0 {
			r.Fail(sqlerr.Newf(sqlerr.InvalidArgumentForNthValue, "argument of nth_value must be greater than zero"))
		}
		return n
	})
}

// modeOf is the first of the most values that are the same in a sorted list.
func modeOf[T any](name string, same func(a, b T) bool) {
	fn1("meshgate_"+name+"_mode", func(r *Row, l list[T]) T {
		best, most := -1, 0
		for i := 0; i < len(l.values); {
			first := i
			for i++; i < len(l.values) && !l.isNull(first) && !l.isNull(i) && same(l.values[i], l.values[first]); i++ {
			}
			if !l.isNull(first) && i-first > most {
				best, most = first, i-first
			}
		}
		if best < 0 {
			var zero T
			r.Null()
			return zero
		}
		return l.values[best]
	})
}

// continuous is percentile_cont of one place and of several, which lies between two values.
func continuous[T any](name string, between func(lo, hi T, part float64) (T, error)) {
	fn2("meshgate_percentile_"+name, func(r *Row, l list[T], p float64) T {
		v, ok := percentile(r, present(l), p, between)
		if !ok {
			r.Null()
		}
		return v
	})
	fn2("meshgate_percentiles_"+name, func(r *Row, l list[T], at list[float64]) list[T] {
		values, out := present(l), list[T]{valid: at.valid}
		if len(values) == 0 {
			r.Null()
			return out
		}
		for i, p := range at.values {
			var v T
			if !at.isNull(i) {
				v, _ = percentile(r, values, p, between)
			}
			out.values = append(out.values, v)
		}
		return out
	})
}

// betweenIntervals is interval_lerp (orderedsetaggs.c).
func betweenIntervals(lo, hi pgvalue.Interval, part float64) (pgvalue.Interval, error) {
	span, err := hi.Sub(lo)
	if err == nil {
		span, err = span.MulFloat(part)
	}
	if err != nil {
		return lo, err
	}
	return span.Add(lo)
}

// present are a list's values that are not NULL.
func present[T any](l list[T]) []T {
	values := make([]T, 0, len(l.values))
	for i, v := range l.values {
		if !l.isNull(i) {
			values = append(values, v)
		}
	}
	return values
}

// percentile is the value at a place of a sorted list, or between the two around it; ok is false where there is none.
func percentile[T any](r *Row, values []T, p float64, between func(lo, hi T, part float64) (T, error)) (v T, ok bool) {
	if len(values) == 0 || !checkPercentile(r, p) {
		return v, false
	}
	at := p * float64(len(values)-1)
	first, second := math.Floor(at), math.Ceil(at)
	lo, hi := values[int(first)], values[int(second)]
	if first == second {
		return lo, true
	}
	v, err := between(lo, hi, at-first)
	return check(r, v, err), true
}
