package pgvalue

import (
	"strings"

	"meshgate/sqlerr"
)

// InZone is a time of day seen in a zone that is so many seconds east of UTC (timetz_zone).
func (t TimeTZ) InZone(offset int32) TimeTZ {
	return TimeTZ{Time: withinDay(int64(t.Time) + int64(offset-t.Offset)*MicrosPerSecond), Offset: offset}
}

// AddInterval moves a time within its day; months and days say nothing (timetz_pl_interval).
func (t TimeTZ) AddInterval(v Interval) TimeTZ {
	return TimeTZ{Time: withinDay(int64(t.Time) + v.Micros%MicrosPerDay), Offset: t.Offset}
}

func withinDay(micros int64) TimeOfDay {
	if micros %= MicrosPerDay; micros < 0 {
		micros += MicrosPerDay
	}
	return TimeOfDay(micros)
}

// AtTZ is the instant of a time of a day (datetimetz_timestamptz).
func (d Date) AtTZ(t TimeTZ) (Timestamp, error) {
	midnight, err := d.At(0)
	if err != nil || midnight.IsInf() {
		return midnight, err
	}
	return checkTimestamp(midnight + Timestamp(t.Time) - Timestamp(t.Offset)*MicrosPerSecond)
}

// TimeTZ is the time of day and the offset of an instant in a zone (timestamptz_timetz).
func (z *Zone) TimeTZ(t Timestamp) (TimeTZ, error) {
	local, err := z.Local(t)
	if err != nil {
		return TimeTZ{}, err
	}
	_, clock := local.Split()
	offset, _ := z.Offset(t)
	return TimeTZ{Time: clock, Offset: offset}, nil
}

// TimeToTZ gives a time of day the offset that the session's zone has at that time today (time_timetz).
func (f *Format) TimeToTZ(t TimeOfDay) (TimeTZ, error) {
	now, err := f.Zone.Local(f.Now)
	if err != nil {
		return TimeTZ{}, err
	}
	day, _ := now.Split()
	local, err := day.At(t)
	return TimeTZ{Time: t, Offset: f.Zone.offsetOfLocal(local)}, err
}

// MakeZone reads the zone of make_timestamptz: an offset with its sign, east being positive, an abbreviation, or a name.
func MakeZone(name string) (*Zone, error) {
	if first := byteAt(name, 0); first >= '0' && first <= '9' {
		return nil, sqlerr.Newf(sqlerr.InvalidParameterValue, "invalid input syntax for type numeric time zone: \"%s\"", clip(name)).
			WithHint(`Numeric time zones must have "-" or "+" as first character.`)
	}
	offset, state := parseZoneOffset(name)
	switch state {
	case momentOK:
		return FixedZone(offset), nil
	case zoneOverflow:
		return nil, sqlerr.Newf(sqlerr.InvalidParameterValue, "numeric time zone \"%s\" out of range", clip(name))
	}
	return ZoneOrAbbreviation(strings.Clone(name))
}
