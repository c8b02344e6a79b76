package pgvalue

import (
	"math"

	"meshgate/sqlerr"
)

// Date is days since 1970-01-01 in the proleptic Gregorian calendar, or an infinity (PostgreSQL 15, section 8.5).
type Date int32

// Timestamp is microseconds since 1970-01-01 00:00:00, or an infinity. A timestamp with time zone counts from UTC.
type Timestamp int64

// TimeOfDay is microseconds since midnight, 0 to 24:00:00 inclusive.
type TimeOfDay int64

// TimeTZ is a time of day with a zone: seconds east of UTC.
type TimeTZ struct {
	Time   TimeOfDay
	Offset int32
}

// Infinite dates and timestamps.
const (
	DateInfinity         Date      = math.MaxInt32
	DateNegInfinity      Date      = -math.MaxInt32
	TimestampInfinity    Timestamp = math.MaxInt64
	TimestampNegInfinity Timestamp = -math.MaxInt64
)

// Units of time in microseconds, and the distance between Unix's and PostgreSQL's epochs.
const (
	MicrosPerSecond = 1_000_000
	MicrosPerMinute = 60 * MicrosPerSecond
	MicrosPerHour   = 60 * MicrosPerMinute
	MicrosPerDay    = 24 * MicrosPerHour
	SecondsPerDay   = 86400

	PostgresEpochDays   = 10957 // 2000-01-01 as a Date
	PostgresEpochMicros = PostgresEpochDays * MicrosPerDay
)

// Limits of PostgreSQL's types (datatype/timestamp.h): Julian day 0 is 4714-11-24 BC.
const (
	minDate      Date = -2440588             // 4714-11-24 BC
	endDate      Date = 2147483494 - 2440588 // 5874898-06-04
	minTimestamp      = Timestamp(minDate) * MicrosPerDay
	// PostgreSQL's last timestamp is 294276-12-31 AD, which microseconds since 1970 cannot hold: the last one here is 294247-01-10.
	maxTimestamp = TimestampInfinity - 1
)

// IsInf reports whether d is infinite.
func (d Date) IsInf() bool { return d == DateInfinity || d == DateNegInfinity }

// IsInf reports whether t is infinite.
func (t Timestamp) IsInf() bool { return t == TimestampInfinity || t == TimestampNegInfinity }

// Civil is a date's year, month and day; year 0 is 1 BC.
type Civil struct {
	Year       int
	Month, Day int
}

// Clock is a time of day's parts; Micro is the fraction of the second in microseconds.
type Clock struct {
	Hour, Minute, Second int
	Micro                int
}

// Civil splits a finite date.
func (d Date) Civil() Civil {
	// Days since 0000-03-01; 400 years are 146097 days.
	z := int64(d) + 719468
	era := floorDiv64(z, 146097)
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	c := Civil{Year: int(yoe + era*400), Month: int(mp + 3), Day: int(doy - (153*mp+2)/5 + 1)}
	if c.Month > 12 {
		c.Month -= 12
		c.Year++
	}
	return c
}

func floorDiv64(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// Days returns the date without checking its range; a day beyond the month's end counts on.
func (c Civil) Days() int64 {
	y, m := int64(c.Year), int64(c.Month)
	if m <= 2 {
		y--
		m += 12
	}
	era := floorDiv64(y, 400)
	yoe := y - era*400
	doy := (153*(m-3)+2)/5 + int64(c.Day) - 1
	return era*146097 + yoe*365 + yoe/4 - yoe/100 + doy - 719468
}

// Date returns the day, or datetime_field_overflow where the month or day does not exist or the year is out of range.
func (c Civil) Date() (Date, error) {
	if c.Month < 1 || c.Month > 12 || c.Day < 1 || c.Day > daysInMonth(c.Year, c.Month) {
		return 0, fieldOverflow("date/time field value out of range: %d-%02d-%02d", c.Year, c.Month, c.Day)
	}
	if c.Year < -4713 || c.Year > 5874898 {
		return 0, dateOutOfRange()
	}
	return checkDate(c.Days())
}

func checkDate(days int64) (Date, error) {
	if days < int64(minDate) || days >= int64(endDate) {
		return 0, dateOutOfRange()
	}
	return Date(days), nil
}

func checkTimestamp(t Timestamp) (Timestamp, error) {
	if t < minTimestamp || t > maxTimestamp {
		return 0, timestampOutOfRange()
	}
	return t, nil
}

func fieldOverflow(format string, args ...any) error {
	return sqlerr.Newf(sqlerr.DatetimeFieldOverflow, format, args...)
}

func dateOutOfRange() error      { return fieldOverflow("date out of range") }
func timestampOutOfRange() error { return fieldOverflow("timestamp out of range") }
func intervalOutOfRange() error  { return fieldOverflow("interval out of range") }

func isLeap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

func daysInMonth(year, month int) int {
	if month == 2 && isLeap(year) {
		return 29
	}
	return [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month-1]
}

// Clock splits a time of day; 24:00:00 keeps hour 24.
func (t TimeOfDay) Clock() Clock {
	s := int64(t) / MicrosPerSecond
	return Clock{Hour: int(s / 3600), Minute: int(s / 60 % 60), Second: int(s % 60), Micro: int(int64(t) % MicrosPerSecond)}
}

// Time joins the parts.
func (c Clock) Time() TimeOfDay {
	return TimeOfDay((int64(c.Hour)*3600+int64(c.Minute)*60+int64(c.Second))*MicrosPerSecond + int64(c.Micro))
}

// Split returns the day and the time of day of a finite timestamp.
func (t Timestamp) Split() (Date, TimeOfDay) {
	day := floorDiv64(int64(t), MicrosPerDay)
	return Date(day), TimeOfDay(int64(t) - day*MicrosPerDay)
}

// At joins a day and a time of day.
func (d Date) At(t TimeOfDay) (Timestamp, error) {
	switch d {
	case DateInfinity:
		return TimestampInfinity, nil
	case DateNegInfinity:
		return TimestampNegInfinity, nil
	}
	if d > Date(math.MaxInt64/MicrosPerDay)-1 {
		return 0, fieldOverflow("date out of range for timestamp")
	}
	return checkTimestamp(Timestamp(int64(d)*MicrosPerDay + int64(t)))
}

// Weekday is 0 for Sunday.
func (d Date) Weekday() int { return int(((int64(d)+4)%7 + 7) % 7) }

// YearDay is the day of the year, from 1.
func (d Date) YearDay() int {
	return int(int64(d)-Civil{Year: d.Civil().Year, Month: 1, Day: 1}.Days()) + 1
}

// ISOWeek returns the ISO 8601 year and week.
func (d Date) ISOWeek() (year, week int) {
	thursday := int64(d) - int64((d.Weekday()+6)%7) + 3
	year = Date(thursday).Civil().Year
	return year, int(thursday-Civil{Year: year, Month: 1, Day: 1}.Days())/7 + 1
}

// Julian is the Julian day number.
func (d Date) Julian() int64 { return int64(d) + 2440588 }
