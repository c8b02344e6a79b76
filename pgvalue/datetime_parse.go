package pgvalue

import (
	"math"
	"strings"

	"meshgate/sqlerr"
)

// ParseDate reads a date's text (PostgreSQL 15, section 8.5.1 and appendix B).
func (f *Format) ParseDate(text string) (Date, error) {
	d, err := f.decode(text, "date", false)
	if err != nil {
		return 0, err
	}
	switch d.kind {
	case momentEpoch:
		return 0, nil
	case momentLate:
		return DateInfinity, nil
	case momentEarly:
		return DateNegInfinity, nil
	}
	return d.date()
}

// ParseTimestamp reads a timestamp without time zone; a zone in the text is ignored, as in PostgreSQL.
func (f *Format) ParseTimestamp(text string) (Timestamp, error) {
	d, err := f.decode(text, "timestamp", false)
	if err != nil {
		return 0, err
	}
	if t, special := d.special(); special {
		return t, nil
	}
	return d.timestamp()
}

// ParseTimestampTZ reads a timestamp with time zone; without a zone in the text the session's is meant.
func (f *Format) ParseTimestampTZ(text string) (Timestamp, error) {
	d, err := f.decode(text, "timestamp with time zone", false)
	if err != nil {
		return 0, err
	}
	if t, special := d.special(); special {
		return t, nil
	}
	local, err := d.timestamp()
	if err != nil {
		return 0, err
	}
	return d.zoneOf(f.Zone).Instant(local)
}

// ParseTime reads a time of day; a date or a zone beside it is ignored.
func (f *Format) ParseTime(text string) (TimeOfDay, error) {
	d, err := f.decode(text, "time", true)
	if err != nil {
		return 0, err
	}
	return d.clock(), nil
}

// ParseTimeTZ reads a time of day with its zone; the session's offset of today stands in for a missing one.
func (f *Format) ParseTimeTZ(text string) (TimeTZ, error) {
	d, err := f.decode(text, "time with time zone", true)
	if err != nil {
		return TimeTZ{}, err
	}
	zone := d.zoneOf(f.Zone)
	if d.mask&maskDate == 0 {
		local, err := f.Zone.Local(f.Now)
		if err != nil {
			return TimeTZ{}, err
		}
		day, _ := local.Split()
		c := day.Civil()
		d.year, d.month, d.day = c.Year, c.Month, c.Day
	}
	local, err := d.timestamp()
	if err != nil && !zone.isFixed() {
		return TimeTZ{Time: d.clock()}, nil // PostgreSQL takes UTC for the offset of a date out of range
	}
	return TimeTZ{Time: d.clock(), Offset: zone.offsetOfLocal(local)}, nil
}

// momentKind is what a text as a whole says.
type momentKind int

const (
	momentDate momentKind = iota
	momentEpoch
	momentLate  // infinity
	momentEarly // -infinity
)

// fieldMask says which fields a text has given. The names of fields are those of datetime.h.
type fieldMask uint32

const (
	maskReserved fieldMask = 1 << iota
	maskMonth
	maskYear
	maskDay
	maskZone
	maskDaylight
	maskHalf // AM or PM
	maskHour
	maskMinute
	maskSecond
	maskFraction
	maskYearDay
	maskWeekday
	maskEra
	maskShift // DST

	maskDate = maskYear | maskMonth | maskDay
	maskTime = maskHour | maskMinute | maskSecond | maskFraction
)

// moment is what a date/time text says.
type moment struct {
	format   *Format
	text     string
	timeOnly bool
	fields   []momentField
	at       int // the current field

	kind                 momentKind
	mask                 fieldMask
	year, month, day     int
	yearDay              int
	hour, minute, second int
	micro                int
	prefix               string // the unit that a letter before a number named: y2001m02d04
	textMonth            bool
	julian               bool
	shortYear            bool // written with one or two digits
	bc                   bool
	half                 byte // 'a', 'p' or 0
	zone                 *Zone
	offset               int32 // seconds east of UTC, of a zone without a name
}

// momentError says why a text is none; badMoment, and so on.
type momentError int

const (
	momentOK momentError = iota
	badMoment
	momentOverflow
	dayOrMonthOverflow // perhaps read in the wrong order
	zoneOverflow
	unknownZone
)

func (d *moment) failure(e momentError, typeName string) error {
	switch e {
	case momentOverflow:
		return fieldOverflow("date/time field value out of range: \"%s\"", clip(d.text))
	case dayOrMonthOverflow:
		return sqlerr.Newf(sqlerr.DatetimeFieldOverflow, "date/time field value out of range: \"%s\"", clip(d.text)).
			WithHint("Perhaps you need a different \"datestyle\" setting.")
	case zoneOverflow:
		return sqlerr.Newf(sqlerr.InvalidTimeZoneDisplacement, "time zone displacement out of range: \"%s\"", clip(d.text))
	case unknownZone:
		return sqlerr.Newf(sqlerr.InvalidParameterValue, "time zone \"%s\" not recognized", clip(d.fields[d.at].text))
	}
	return sqlerr.Newf(sqlerr.InvalidDatetimeFormat, "invalid input syntax for type %s: \"%s\"", typeName, clip(d.text))
}

// decode reads the text into its parts, for the type that an error names.
func (f *Format) decode(text, typeName string, timeOnly bool) (*moment, error) {
	d := &moment{format: f, text: text, timeOnly: timeOnly}
	limit := maxMomentBytes
	if strings.HasPrefix(typeName, "timestamp") {
		limit = maxTimestampBytes
	}
	e := d.split(limit)
	if e == momentOK {
		e = d.decodeFields()
	}
	if e == momentOK {
		e = d.finish()
	}
	if e != momentOK {
		return nil, d.failure(e, typeName)
	}
	return d, nil
}

// special is the timestamp of a text that names one.
func (d *moment) special() (Timestamp, bool) {
	switch d.kind {
	case momentEpoch:
		return 0, true
	case momentLate:
		return TimestampInfinity, true
	case momentEarly:
		return TimestampNegInfinity, true
	}
	return 0, false
}

func (d *moment) date() (Date, error) {
	if day, ok := dateOfParts(d.year, d.month, d.day); ok {
		return day, nil
	}
	return 0, fieldOverflow("date out of range: \"%s\"", clip(d.text))
}

// dateOfParts is the day of a date; ok is false outside of PostgreSQL's range.
func dateOfParts(year, month, day int) (d Date, ok bool) {
	if year < -4713 || year == -4713 && month < 11 || year > 5874898 || year == 5874898 && month >= 6 {
		return 0, false
	}
	d = Date(julianDay(year, month, day) - julianDay(1970, 1, 1))
	return d, d >= minDate && d < endDate
}

// clock is the time of day; digits that ran together may have made one beyond 24:00.
func (d *moment) clock() TimeOfDay {
	return TimeOfDay(int64((d.hour*60+d.minute)*60+d.second)*MicrosPerSecond + int64(d.micro))
}

func (d *moment) timestamp() (Timestamp, error) {
	day, ok := dateOfParts(d.year, d.month, d.day)
	if !ok || day > Date(math.MaxInt64/MicrosPerDay)-1 {
		return 0, fieldOverflow("timestamp out of range: \"%s\"", clip(d.text))
	}
	return day.At(d.clock())
}

func (d *moment) zoneOf(session *Zone) *Zone {
	switch {
	case d.mask&maskZone == 0:
		return session
	case d.zone != nil:
		return d.zone
	}
	return fixedZone(d.offset)
}

// finish checks the fields against one another (the end of DecodeDateTime and DecodeTimeOnly).
func (d *moment) finish() momentError {
	if e := d.validDate(); e != momentOK {
		return e
	}
	if d.half != 0 && d.hour > 12 {
		return momentOverflow
	}
	switch {
	case d.half == 'a' && d.hour == 12:
		d.hour = 0
	case d.half == 'p' && d.hour != 12:
		d.hour += 12
	}
	if d.timeOnly {
		return d.finishTime()
	}
	if d.kind != momentDate {
		return momentOK
	}
	if d.mask&maskDate != maskDate || d.mask&maskShift != 0 && (d.zone != nil || d.mask&maskZone == 0) {
		return badMoment
	}
	return momentOK
}

func (d *moment) finishTime() momentError {
	if d.timeOverflows() {
		return momentOverflow
	}
	if d.mask&maskTime != maskTime || d.mask&maskShift != 0 && (d.zone != nil || d.mask&maskZone == 0) {
		return badMoment
	}
	some, whole := d.mask&maskDate != 0, d.mask&maskDate == maskDate
	if d.mask&maskZone == 0 && some && !whole || d.zone != nil && !d.zone.isFixed() && !whole {
		return badMoment // the offset depends on the date
	}
	return momentOK
}

func (d *moment) timeOverflows() bool {
	return d.hour < 0 || d.hour > 24 || d.minute < 0 || d.minute >= 60 || d.second < 0 || d.second > 60 || d.micro < 0 || d.micro > MicrosPerSecond ||
		d.clock() > MicrosPerDay
}

// validDate is ValidateDate.
func (d *moment) validDate() momentError {
	if d.mask&maskYear != 0 && !d.julian {
		switch {
		case d.bc:
			if d.year <= 0 {
				return momentOverflow
			}
			d.year = 1 - d.year
		case d.shortYear && d.year < 70:
			d.year += 2000
		case d.shortYear && d.year < 100:
			d.year += 1900
		case !d.shortYear && d.year <= 0:
			return momentOverflow
		}
	}
	if d.mask&maskYearDay != 0 {
		d.year, d.month, d.day = civilOfJulian(julianDay(d.year, 1, 1) + d.yearDay - 1)
	}
	if d.mask&maskMonth != 0 && (d.month < 1 || d.month > 12) || d.mask&maskDay != 0 && (d.day < 1 || d.day > 31) {
		return dayOrMonthOverflow
	}
	if d.mask&maskDate == maskDate && d.day > daysInMonth(d.year, d.month) {
		return momentOverflow
	}
	return momentOK
}

// RoundTime applies the precision of time(p), timestamp(p) and their zoned forms; -1 keeps all six digits.
func RoundTime(micros int64, precision int32) int64 {
	if precision < 0 || precision >= 6 {
		return micros
	}
	return roundMicros(micros, precision)
}
