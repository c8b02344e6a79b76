package pgvalue

import (
	"math"
	"strings"
	"sync"

	"meshgate/sqlerr"
)

// MakeDate is make_date: a negative year is before Christ, and there is no year 0.
func MakeDate(year, month, day int) (Date, error) {
	bad := fieldOverflow("date field value out of range: %d-%02d-%02d", year, month, day)
	if year == 0 {
		return 0, bad
	}
	if year < 0 {
		year++
	}
	if month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month) {
		return 0, bad
	}
	return Civil{Year: year, Month: month, Day: day}.Date()
}

// MakeTime is make_time: seconds may have a fraction, and 24:00:00 is the latest.
func MakeTime(hour, minute int, second float64) (TimeOfDay, error) {
	bad := fieldOverflow("time field value out of range: %d:%02d:%02g", hour, minute, second)
	if hour < 0 || hour > 24 || minute < 0 || minute > 59 || !(second >= 0 && second <= 60) {
		return 0, bad
	}
	t := TimeOfDay(int64(hour)*MicrosPerHour + int64(minute)*MicrosPerMinute + int64(math.RoundToEven(second*MicrosPerSecond)))
	if t > MicrosPerDay {
		return 0, bad
	}
	return t, nil
}

// MakeInterval is make_interval: years, months, weeks, days, hours, minutes, and seconds with a fraction.
func MakeInterval(p [6]int32, seconds float64) (Interval, error) {
	if math.IsNaN(seconds) || math.IsInf(seconds, 0) {
		return Interval{}, intervalOutOfRange()
	}
	months := int64(p[0])*12 + int64(p[1])
	days := int64(p[2])*7 + int64(p[3])
	micros := float64(p[4])*MicrosPerHour + float64(p[5])*MicrosPerMinute + math.RoundToEven(seconds*MicrosPerSecond)
	if months != int64(int32(months)) || days != int64(int32(days)) || math.Abs(micros) >= math.MaxInt64 {
		return Interval{}, intervalOutOfRange()
	}
	whole := int64(p[4])*MicrosPerHour + int64(p[5])*MicrosPerMinute + int64(math.RoundToEven(seconds*MicrosPerSecond))
	return Interval{Months: int32(months), Days: int32(days), Micros: whole}, nil
}

// TimestampFromSeconds is to_timestamp(double precision): seconds since 1970.
func TimestampFromSeconds(seconds float64) (Timestamp, error) {
	switch {
	case math.IsNaN(seconds):
		return 0, fieldOverflow("timestamp cannot be NaN")
	case math.IsInf(seconds, 1):
		return TimestampInfinity, nil
	case math.IsInf(seconds, -1):
		return TimestampNegInfinity, nil
	case seconds < float64(minTimestamp)/MicrosPerSecond || seconds >= float64(maxTimestamp)/MicrosPerSecond:
		return 0, fieldOverflow("timestamp out of range: \"%g\"", seconds)
	}
	// PostgreSQL shifts to its own epoch before it rounds, and so do we, for the same last digit.
	shifted := seconds - PostgresEpochDays*SecondsPerDay
	return checkTimestamp(Timestamp(int64(math.RoundToEven(shifted*MicrosPerSecond)) + PostgresEpochMicros))
}

// ZoneOrAbbreviation reads the zone of AT TIME ZONE: an abbreviation first, then a name, then a POSIX form, in which a number
// alone counts hours west.
func ZoneOrAbbreviation(name string) (*Zone, error) {
	lower := strings.ToLower(name)
	if z, ok := atZoneCache.Load(lower); ok {
		return z.(*Zone), nil
	}
	var z *Zone
	if off, ok := Abbreviation(name); ok {
		z = FixedZone(off)
	} else if z = namedZone(lower); z == nil {
		z = posixZone(lower, 0)
	}
	if z == nil {
		return nil, sqlerr.Newf(sqlerr.InvalidParameterValue, "time zone \"%s\" not recognized", clip(name))
	}
	if len(lower) < 64 {
		atZoneCache.Store(strings.Clone(lower), z)
	}
	return z, nil
}

var atZoneCache sync.Map // lower-case name -> *Zone
