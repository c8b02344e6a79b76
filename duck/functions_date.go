package duck

import (
	cryptorand "crypto/rand"
	"math/bits"
	"math/rand/v2"
	"regexp"
	"time"

	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

func init() {
	dateFunctions()
	timestampFunctions()
	intervalFunctions()
	timeFunctions()
	zoneFunctions()
	extractFunctions()
	seriesFunctions()
}

func dateFunctions() {
	fn2("meshgate_date_add", func(r *Row, d pgvalue.Date, n int64) pgvalue.Date {
		v, err := d.AddDays(n)
		return check(r, v, err)
	})
	fn2("meshgate_date_sub", func(r *Row, a, b pgvalue.Date) int32 {
		v, err := a.SubDate(b)
		return check(r, v, err)
	})
	fn2("meshgate_date_time", func(r *Row, d pgvalue.Date, t pgvalue.TimeOfDay) pgvalue.Timestamp {
		v, err := d.At(t)
		return check(r, v, err)
	})
	fn1("meshgate_date_timestamp", func(r *Row, d pgvalue.Date) pgvalue.Timestamp {
		v, err := d.At(0)
		return check(r, v, err)
	})
	// A date beyond the last timestamp is later than all of them but infinity.
	fn1("meshgate_date_compared", func(_ *Row, d pgvalue.Date) pgvalue.Timestamp { return comparedDate(d) })
	fn2("meshgate_date_compared_tz", func(_ *Row, d pgvalue.Date, s session) instant {
		local := comparedDate(d)
		if v, err := s.Zone.Instant(local); err == nil {
			return instant(v)
		}
		return instant(local)
	})
	fn2("meshgate_date_plus", func(r *Row, d pgvalue.Date, v pgvalue.Interval) pgvalue.Timestamp {
		t, err := d.At(0)
		if err == nil {
			t, err = t.AddInterval(v)
		}
		return check(r, t, err)
	})
	fn2("meshgate_date_timestamptz", func(r *Row, d pgvalue.Date, s session) instant {
		local, err := d.At(0)
		r.Fail(err)
		v, err := s.Zone.Instant(local)
		return instant(check(r, v, err))
	})
	fn3("meshgate_make_date", func(r *Row, year, month, day int32) pgvalue.Date {
		v, err := pgvalue.MakeDate(int(year), int(month), int(day))
		return check(r, v, err)
	})
	fn3("meshgate_make_time", func(r *Row, hour, minute int32, second float64) pgvalue.TimeOfDay {
		v, err := pgvalue.MakeTime(int(hour), int(minute), second)
		return check(r, v, err)
	})
}

func comparedDate(d pgvalue.Date) pgvalue.Timestamp {
	t, err := d.At(0)
	if err != nil {
		return pgvalue.TimestampInfinity - 1
	}
	return t
}

func timestampFunctions() {
	fn6("meshgate_make_timestamp", makeTimestamp)
	fn7("meshgate_make_timestamptz", func(r *Row, year, month, day, hour, minute int32, second float64, s session) instant {
		v, err := s.Zone.Instant(makeTimestamp(r, year, month, day, hour, minute, second))
		return instant(check(r, v, err))
	})
	fn2("meshgate_timestamp_add", func(r *Row, t pgvalue.Timestamp, v pgvalue.Interval) pgvalue.Timestamp {
		sum, err := t.AddInterval(v)
		return check(r, sum, err)
	})
	fn2("meshgate_timestamp_sub", func(r *Row, a, b pgvalue.Timestamp) pgvalue.Interval {
		v, err := a.Sub(b)
		return check(r, v, err)
	})
	fn2("meshgate_timestamptz_sub", func(r *Row, a, b instant) pgvalue.Interval {
		v, err := pgvalue.Timestamp(a).Sub(pgvalue.Timestamp(b))
		return check(r, v, err)
	})
	fn3("meshgate_timestamptz_add", func(r *Row, t instant, v pgvalue.Interval, s session) instant {
		sum, err := s.Zone.AddInterval(pgvalue.Timestamp(t), v)
		return instant(check(r, sum, err))
	})
	fn2("meshgate_age", func(r *Row, a, b pgvalue.Timestamp) pgvalue.Interval {
		v, err := pgvalue.Age(a, b)
		return check(r, v, err)
	})
	fn3("meshgate_age_tz", func(r *Row, a, b instant, s session) pgvalue.Interval {
		x, err := s.Zone.Local(pgvalue.Timestamp(a))
		r.Fail(err)
		y, err := s.Zone.Local(pgvalue.Timestamp(b))
		r.Fail(err)
		v, err := pgvalue.Age(x, y)
		return check(r, v, err)
	})
	truncations()
	fn1("meshgate_today", func(r *Row, s session) pgvalue.Timestamp {
		local, err := s.Zone.Local(s.Now)
		r.Fail(err)
		day, _ := local.Split()
		v, err := day.At(0)
		return check(r, v, err)
	})
	fn3("meshgate_timestamptz_bin", func(r *Row, stride pgvalue.Interval, t, origin instant) instant {
		v, err := pgvalue.Timestamp(t).Bin(stride, pgvalue.Timestamp(origin))
		return instant(check(r, v, err))
	})
	fn3("meshgate_timestamp_bin", func(r *Row, stride pgvalue.Interval, t, origin pgvalue.Timestamp) pgvalue.Timestamp {
		v, err := t.Bin(stride, origin)
		return check(r, v, err)
	})
	fn2("meshgate_timestamp_round", func(_ *Row, t pgvalue.Timestamp, precision int32) pgvalue.Timestamp { return t.Round(precision) })
	fn2("meshgate_timestamptz_round", func(_ *Row, t instant, precision int32) instant {
		return instant(pgvalue.Timestamp(t).Round(precision))
	})
	fn1("meshgate_timestamp_date", func(_ *Row, t pgvalue.Timestamp) pgvalue.Date { return dateOf(t) })
	fn1("meshgate_timestamp_time", func(r *Row, t pgvalue.Timestamp) pgvalue.TimeOfDay {
		if t.IsInf() {
			r.Null()
			return 0
		}
		_, clock := t.Split()
		return clock
	})
	fn0("meshgate_random", func(*Row) float64 { return rand.Float64() })
	fn0("meshgate_random_uuid", func(*Row) []byte {
		id := make([]byte, 16)
		_, _ = cryptorand.Read(id)                      // never fails
		id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80 // version 4 of RFC 4122
		return id
	})
	fn0("meshgate_clock", func(*Row) instant { return instant(time.Now().UnixMicro()) })
	fn1("meshgate_to_timestamp", func(r *Row, seconds float64) instant {
		v, err := pgvalue.TimestampFromSeconds(seconds)
		return instant(check(r, v, err))
	})
	overlapping[pgvalue.Timestamp]("meshgate_overlaps")
	overlapping[instant]("meshgate_overlaps_tz")
	overlapping[pgvalue.TimeOfDay]("meshgate_overlaps_time")
}

// truncations are date_trunc.
func truncations() {
	fn2("meshgate_timestamp_trunc", func(r *Row, unit string, t pgvalue.Timestamp) pgvalue.Timestamp {
		v, err := t.Trunc(unit)
		return check(r, v, unquoted(err))
	})
	fn3("meshgate_timestamptz_trunc", func(r *Row, unit string, t instant, s session) instant {
		v, err := s.Zone.Trunc(pgvalue.Timestamp(t), unit)
		return instant(check(r, v, unquoted(err)))
	})
	fn3("meshgate_timestamptz_trunc_zone", func(r *Row, unit string, t instant, zone string) instant {
		if pgvalue.Timestamp(t).IsInf() {
			return t
		}
		z, err := pgvalue.ZoneOrAbbreviation(zone)
		if err != nil {
			r.Fail(unquoted(err))
			return 0
		}
		v, err := z.Trunc(pgvalue.Timestamp(t), unit)
		return instant(check(r, v, unquoted(err)))
	})
}

// overlapping is the standard's OVERLAPS of two spans, in which an end may be NULL (overlaps_timestamp).
func overlapping[T pgvalue.Timestamp | instant | pgvalue.TimeOfDay | int64](name string) {
	ordered := func(a, b opt[T]) (opt[T], opt[T]) {
		if !a.ok || b.ok && a.value > b.value {
			return b, a
		}
		return a, b
	}
	orNull4(name, func(r *Row, a, b, c, d opt[T]) bool {
		start1, end1 := ordered(a, b)
		start2, end2 := ordered(c, d)
		if !start1.ok || !start2.ok {
			r.Null()
			return false
		}
		if start1.value == start2.value {
			if !end1.ok || !end2.ok {
				r.Null()
			}
			return true
		}
		if start1.value > start2.value {
			start1, end1, start2, end2 = start2, end2, start1, end1
		}
		switch {
		case !end1.ok:
			r.Null()
		case start2.value < end1.value:
			return true
		case !end2.ok:
			r.Null()
		}
		return false
	})
}

func makeTimestamp(r *Row, year, month, day, hour, minute int32, second float64) pgvalue.Timestamp {
	d, err := pgvalue.MakeDate(int(year), int(month), int(day))
	if err != nil {
		r.Fail(err)
		return 0
	}
	clock, err := pgvalue.MakeTime(int(hour), int(minute), second)
	r.Fail(err)
	v, err := d.At(clock)
	return check(r, v, err)
}

func dateOf(t pgvalue.Timestamp) pgvalue.Date {
	switch t {
	case pgvalue.TimestampInfinity:
		return pgvalue.DateInfinity
	case pgvalue.TimestampNegInfinity:
		return pgvalue.DateNegInfinity
	}
	day, _ := t.Split()
	return day
}

func intervalFunctions() {
	// What is volatile is no constant to DuckDB, which it could take for another one.
	fn1("meshgate_apart", func(_ *Row, v pgvalue.Interval) pgvalue.Interval { return v }).volatile = true
	fn1("meshgate_interval_neg", func(r *Row, v pgvalue.Interval) pgvalue.Interval {
		n, err := v.Neg()
		return check(r, n, err)
	})
	fn2("meshgate_interval_add", func(r *Row, a, b pgvalue.Interval) pgvalue.Interval {
		v, err := a.Add(b)
		return check(r, v, err)
	})
	fn2("meshgate_interval_sub", func(r *Row, a, b pgvalue.Interval) pgvalue.Interval {
		v, err := a.Sub(b)
		return check(r, v, err)
	})
	fn2("meshgate_interval_mul", func(r *Row, a pgvalue.Interval, f float64) pgvalue.Interval {
		v, err := a.MulFloat(f)
		return check(r, v, err)
	})
	fn2("meshgate_interval_div", func(r *Row, a pgvalue.Interval, f float64) pgvalue.Interval {
		v, err := a.DivFloat(f)
		return check(r, v, err)
	})
	fn2("meshgate_interval_trunc", func(r *Row, unit string, a pgvalue.Interval) pgvalue.Interval {
		v, err := a.Trunc(unit)
		return check(r, v, unquoted(err))
	})
	fn2("meshgate_interval_typmod", func(r *Row, a pgvalue.Interval, mod int32) pgvalue.Interval {
		v, err := a.ApplyTypmod(mod)
		return check(r, v, err)
	})
	fn1("meshgate_interval_key", func(_ *Row, v pgvalue.Interval) hugeint { return intervalKey(v) })
	for name, f := range map[string]func(pgvalue.Interval) (pgvalue.Interval, error){
		"days": pgvalue.Interval.JustifyDays, "hours": pgvalue.Interval.JustifyHours, "interval": pgvalue.Interval.JustifyInterval,
	} {
		fn1("meshgate_justify_"+name, func(r *Row, v pgvalue.Interval) pgvalue.Interval {
			j, err := f(v)
			return check(r, j, err)
		})
	}
	fn7("meshgate_make_interval", func(r *Row, years, months, weeks, days, hours, minutes int32, seconds float64) pgvalue.Interval {
		v, err := pgvalue.MakeInterval([6]int32{years, months, weeks, days, hours, minutes}, seconds)
		return check(r, v, err)
	})
	fn1("meshgate_interval_epoch", func(_ *Row, v pgvalue.Interval) float64 {
		// interval_part adds doubles in this order.
		seconds := float64(v.Micros) / 1e6
		seconds += float64(365.25*86400) * float64(v.Months/12)
		seconds += float64(30*86400) * float64(v.Months%12)
		return seconds + float64(86400)*float64(v.Days)
	})
}

// intervalKey is an interval's length as PostgreSQL compares it: in microseconds, a month having 30 days and a day 24 hours.
func intervalKey(v pgvalue.Interval) hugeint {
	days := int64(v.Months)*30 + int64(v.Days)
	hi, lo := bits.Mul64(uint64(max(days, -days)), pgvalue.MicrosPerDay)
	if days < 0 {
		var borrow uint64
		lo, borrow = bits.Sub64(0, lo, 0)
		hi, _ = bits.Sub64(0, hi, borrow)
	}
	lo, carry := bits.Add64(lo, uint64(v.Micros), 0)
	hi, _ = bits.Add64(hi, uint64(v.Micros>>63), carry)
	return hugeint{lo, int64(hi)}
}

func timeFunctions() {
	fn2("meshgate_time_sub", func(_ *Row, a, b pgvalue.TimeOfDay) pgvalue.Interval { return pgvalue.Interval{Micros: int64(a - b)} })
	fn2("meshgate_time_add", func(_ *Row, t pgvalue.TimeOfDay, v pgvalue.Interval) pgvalue.TimeOfDay {
		sum := (int64(t) + v.Micros%pgvalue.MicrosPerDay) % pgvalue.MicrosPerDay
		if sum < 0 {
			sum += pgvalue.MicrosPerDay
		}
		return pgvalue.TimeOfDay(sum)
	})
	fn2("meshgate_time_round", func(_ *Row, t pgvalue.TimeOfDay, precision int32) pgvalue.TimeOfDay {
		return pgvalue.TimeOfDay(pgvalue.RoundTime(int64(t), precision))
	})
	fn1("meshgate_time_interval", func(_ *Row, t pgvalue.TimeOfDay) pgvalue.Interval { return pgvalue.Interval{Micros: int64(t)} })
	fn1("meshgate_interval_time", func(_ *Row, v pgvalue.Interval) pgvalue.TimeOfDay {
		m := v.Micros % pgvalue.MicrosPerDay
		if m < 0 {
			m += pgvalue.MicrosPerDay
		}
		return pgvalue.TimeOfDay(m)
	})
}

func zoneFunctions() {
	withZone := func(r *Row, name string, do func(z *pgvalue.Zone) (pgvalue.Timestamp, error)) pgvalue.Timestamp {
		z, err := pgvalue.ZoneOrAbbreviation(name)
		if err != nil {
			r.Fail(unquoted(err))
			return 0
		}
		v, err := do(z)
		return check(r, v, err)
	}
	withOffset := func(r *Row, v pgvalue.Interval) *pgvalue.Zone { return pgvalue.FixedZone(zoneOffset(r, v)) }
	fn2("meshgate_zone_local", func(r *Row, zone string, t instant) pgvalue.Timestamp {
		if pgvalue.Timestamp(t).IsInf() {
			return pgvalue.Timestamp(t)
		}
		return withZone(r, zone, func(z *pgvalue.Zone) (pgvalue.Timestamp, error) { return z.Local(pgvalue.Timestamp(t)) })
	})
	fn2("meshgate_zone_instant", func(r *Row, zone string, t pgvalue.Timestamp) instant {
		if t.IsInf() {
			return instant(t)
		}
		return instant(withZone(r, zone, func(z *pgvalue.Zone) (pgvalue.Timestamp, error) { return z.Instant(t) }))
	})
	fn2("meshgate_offset_local", func(r *Row, offset pgvalue.Interval, t instant) pgvalue.Timestamp {
		v, err := withOffset(r, offset).Local(pgvalue.Timestamp(t))
		return check(r, v, err)
	})
	fn2("meshgate_offset_instant", func(r *Row, offset pgvalue.Interval, t pgvalue.Timestamp) instant {
		v, err := withOffset(r, offset).Instant(t)
		return instant(check(r, v, err))
	})
	fn2("meshgate_timestamp_timestamptz", func(r *Row, t pgvalue.Timestamp, s session) instant {
		v, err := s.Zone.Instant(t)
		return instant(check(r, v, err))
	})
	local := func(r *Row, t instant, s session) pgvalue.Timestamp {
		v, err := s.Zone.Local(pgvalue.Timestamp(t))
		return check(r, v, err)
	}
	fn2("meshgate_timestamptz_timestamp", local)
	fn2("meshgate_timestamptz_date", func(r *Row, t instant, s session) pgvalue.Date { return dateOf(local(r, t, s)) })
	fn2("meshgate_timestamptz_time", func(r *Row, t instant, s session) pgvalue.TimeOfDay {
		if pgvalue.Timestamp(t).IsInf() {
			r.Null()
			return 0
		}
		_, clock := local(r, t, s).Split()
		return clock
	})
}

func extractFunctions() {
	extracted := func(r *Row, n pgvalue.Numeric, null bool, err error) pgvalue.Numeric {
		if null {
			r.Null()
		}
		return check(r, n, unquoted(err))
	}
	fn2("meshgate_date_extract", func(r *Row, unit string, d pgvalue.Date) pgvalue.Numeric {
		n, null, err := d.Extract(unit)
		return extracted(r, n, null, err)
	})
	fn2("meshgate_timestamp_extract", func(r *Row, unit string, t pgvalue.Timestamp) pgvalue.Numeric {
		n, null, err := t.Extract(unit, false, 0)
		return extracted(r, n, null, err)
	})
	fn3("meshgate_timestamptz_extract", func(r *Row, unit string, t instant, s session) pgvalue.Numeric {
		at := pgvalue.Timestamp(t)
		off := int32(0)
		if !at.IsInf() {
			off, _ = s.Zone.Offset(at)
		}
		local, err := s.Zone.Local(at)
		if err != nil {
			r.Fail(err)
			return pgvalue.Numeric{}
		}
		n, null, err := local.Extract(unit, true, off)
		return extracted(r, n, null, err)
	})
	fn2("meshgate_interval_extract", func(r *Row, unit string, v pgvalue.Interval) pgvalue.Numeric {
		n, err := v.Extract(unit)
		return check(r, n, unquoted(err))
	})
	fn2("meshgate_timetz_extract", func(r *Row, unit, text string) pgvalue.Numeric {
		t := timeTZ(r, text)
		n, err := pgvalue.ExtractTime(unit, t.Time, true, t.Offset)
		return check(r, n, unquoted(err))
	})
	fn2("meshgate_time_extract", func(r *Row, unit string, t pgvalue.TimeOfDay) pgvalue.Numeric {
		n, err := pgvalue.ExtractTime(unit, t, false, 0)
		return check(r, n, unquoted(err))
	})
}

// quotedText reaches from the first quote to the last: a value may hold quotes itself.
var quotedText = regexp.MustCompile(`(?s):? ?".*"`)

// unquoted drops what an error quotes: the name of a unit or a zone may be a value of some row.
func unquoted(err error) error {
	if err == nil {
		return nil
	}
	e := sqlerr.From(err)
	safe := sqlerr.Newf(e.Code, "%s", quotedText.ReplaceAllString(e.Message, ""))
	safe.Hint = e.Hint
	return safe.Quoting(sqlerr.From(sqlerr.Quoted(e)))
}
