package duck

import (
	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

var plainFormat = pgvalue.DefaultFormat()

// timeTZ reads a time with time zone as it travels: PostgreSQL's own text.
func timeTZ(r *Row, text string) pgvalue.TimeTZ {
	t, err := plainFormat.ParseTimeTZ(text)
	if err != nil {
		r.Fail(withoutValue(err, pgcat.TimeTZ))
	}
	return t
}

func (r *Row) timeTZ(t pgvalue.TimeTZ, err error) chars {
	return r.chars(pgvalue.AppendTimeTZ(r.scratch(), t), err)
}

// zoneOffset is the offset in seconds that an interval says as a zone.
func zoneOffset(r *Row, v pgvalue.Interval) int32 {
	if v.Months != 0 || v.Days != 0 {
		text := pgvalue.DefaultFormat().AppendInterval(nil, v)
		r.Fail(sqlerr.Newf(sqlerr.InvalidParameterValue, "interval time zone must not include months or days").
			Quoting(sqlerr.Newf(sqlerr.InvalidParameterValue, "interval time zone \"%s\" must not include months or days", text)))
	}
	return int32(v.Micros / pgvalue.MicrosPerSecond)
}

func init() {
	fn2("meshgate_timestamptz_timetz", func(r *Row, t instant, s session) chars {
		if pgvalue.Timestamp(t).IsInf() {
			r.Null()
			return nil
		}
		v, err := s.Zone.TimeTZ(pgvalue.Timestamp(t))
		return r.timeTZ(v, err)
	})
	fn2("meshgate_time_timetz", func(r *Row, t pgvalue.TimeOfDay, s session) chars {
		v, err := s.TimeToTZ(t)
		return r.timeTZ(v, err)
	})
	fn1("meshgate_timetz_time", func(r *Row, text string) pgvalue.TimeOfDay { return timeTZ(r, text).Time })
	fn2("meshgate_text_timetz", func(r *Row, text string, s session) chars {
		v, err := s.ParseTimeTZ(text)
		if err != nil {
			err = withoutValue(err, pgcat.TimeTZ)
		}
		return r.timeTZ(v, err)
	})
	fn2("meshgate_timetz_round", func(r *Row, text string, precision int32) chars {
		v := timeTZ(r, text)
		v.Time = pgvalue.TimeOfDay(pgvalue.RoundTime(int64(v.Time), precision))
		return r.timeTZ(v, nil)
	})
	fn3("meshgate_zone_timetz", func(r *Row, zone, text string, s session) chars {
		v := timeTZ(r, text)
		z, err := pgvalue.ZoneOrAbbreviation(zone)
		if err != nil {
			r.Fail(unquoted(err))
			return nil
		}
		offset, _ := z.Offset(s.Now)
		return r.timeTZ(v.InZone(offset), nil)
	})
	fn2("meshgate_offset_timetz", func(r *Row, offset pgvalue.Interval, text string) chars {
		v := timeTZ(r, text)
		return r.timeTZ(v.InZone(zoneOffset(r, offset)), nil)
	})
	fn2("meshgate_timetz_add", func(r *Row, text string, v pgvalue.Interval) chars {
		return r.timeTZ(timeTZ(r, text).AddInterval(v), nil)
	})
	fn2("meshgate_date_timetz", func(r *Row, d pgvalue.Date, text string) instant {
		v, err := d.AtTZ(timeTZ(r, text))
		return instant(check(r, v, err))
	})
	overlapping[int64]("meshgate_overlaps_key")
	fn2("meshgate_made_instant", func(r *Row, zone string, local pgvalue.Timestamp) instant {
		z, err := pgvalue.MakeZone(zone)
		if err != nil {
			r.Fail(unquoted(err))
			return 0
		}
		v, err := z.Instant(local)
		return instant(check(r, v, err))
	})
}
