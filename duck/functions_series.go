package duck

import (
	"math"

	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

// mostSeries bounds the rows of one generate_series call: they are laid out as one list.
const mostSeries = 50_000_000

var errSeries = sqlerr.Newf(sqlerr.ProgramLimitExceeded, "generate_series of more than %d rows is not supported", mostSeries)

func seriesFunctions() {
	intSeries[int32]("int4")
	intSeries[int64]("int8")
	fn3("meshgate_series_numeric", numericSeries)
	fn3("meshgate_series_timestamp", func(r *Row, from, to pgvalue.Timestamp, step pgvalue.Interval) list[pgvalue.Timestamp] {
		return timeSeries(r, from, to, step, pgvalue.Timestamp.AddInterval)
	})
	fn4("meshgate_series_timestamptz", func(r *Row, from, to instant, step pgvalue.Interval, s session) list[instant] {
		l := timeSeries(r, pgvalue.Timestamp(from), pgvalue.Timestamp(to), step, s.Zone.AddInterval)
		out := list[instant]{values: make([]instant, len(l.values))}
		for i, v := range l.values {
			out.values[i] = instant(v)
		}
		return out
	})
}

func intSeries[T int32 | int64](name string) {
	fn3("meshgate_series_"+name, func(r *Row, from, to, step T) list[T] {
		var out list[T]
		if step == 0 {
			r.Fail(sqlerr.Newf(sqlerr.InvalidParameterValue, "step size cannot equal zero"))
			return out
		}
		if step > 0 && from > to || step < 0 && from < to {
			return out
		}
		if count := math.Abs(float64(to)-float64(from))/math.Abs(float64(step)) + 1; count > mostSeries {
			r.Fail(errSeries)
			return out
		}
		for v := from; ; v += step {
			out.values = append(out.values, v)
			if step > 0 && v > to-step || step < 0 && v < to-step || step > 0 && to-step > to || step < 0 && to-step < to {
				return out
			}
		}
	})
}

func numericSeries(r *Row, from, to, step pgvalue.Numeric) list[pgvalue.Numeric] {
	var out list[pgvalue.Numeric]
	for _, p := range []struct {
		name string
		v    pgvalue.Numeric
	}{{"start", from}, {"stop", to}, {"step size", step}} {
		if !p.v.IsFinite() {
			what := "infinity"
			if p.v.IsNaN() {
				what = "NaN"
			}
			r.Fail(sqlerr.Newf(sqlerr.InvalidParameterValue, "%s value cannot be %s", p.name, what))
			return out
		}
	}
	sign := step.Sign()
	if sign == 0 {
		r.Fail(sqlerr.Newf(sqlerr.InvalidParameterValue, "step size cannot equal zero"))
		return out
	}
	for at := from; at.Cmp(to)*sign <= 0; at = at.Add(step) {
		if out.values = append(out.values, at); len(out.values) > mostSeries {
			r.Fail(errSeries)
			return out
		}
	}
	return out
}

func timeSeries(r *Row, from, to pgvalue.Timestamp, step pgvalue.Interval, add func(pgvalue.Timestamp, pgvalue.Interval) (pgvalue.Timestamp, error)) list[pgvalue.Timestamp] {
	var out list[pgvalue.Timestamp]
	sign := step.Cmp(pgvalue.Interval{})
	if sign == 0 {
		r.Fail(sqlerr.Newf(sqlerr.InvalidParameterValue, "step size cannot equal zero"))
		return out
	}
	for at := from; sign > 0 && at <= to || sign < 0 && at >= to; {
		if out.values = append(out.values, at); len(out.values) > mostSeries {
			r.Fail(errSeries)
			return out
		}
		next, err := add(at, step)
		if err != nil || at.IsInf() {
			r.Fail(err)
			return out
		}
		at = next
	}
	return out
}
