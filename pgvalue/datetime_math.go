package pgvalue

import (
	"math"
	"strings"

	"meshgate/sqlerr"
)

// AddInterval returns t + v on the wall clock: months first, with the day cut to the month's end, then days, then time.
func (t Timestamp) AddInterval(v Interval) (Timestamp, error) {
	if t.IsInf() {
		return t, nil
	}
	day, clock := t.Split()
	if v.Months != 0 {
		moved, err := addMonths(day, int64(v.Months))
		if err != nil {
			return 0, err
		}
		day = moved
	}
	days := int64(day) + int64(v.Days)
	if days < int64(minDate) || days > math.MaxInt64/MicrosPerDay-1 {
		return 0, timestampOutOfRange()
	}
	base := Timestamp(days*MicrosPerDay + int64(clock))
	sum := base + Timestamp(v.Micros)
	if (int64(base)^int64(sum))&(v.Micros^int64(sum)) < 0 {
		return 0, timestampOutOfRange()
	}
	return checkTimestamp(sum)
}

func addMonths(day Date, months int64) (Date, error) {
	c := day.Civil()
	total := int64(c.Year)*12 + int64(c.Month) - 1 + months
	year := floorDiv64(total, 12)
	if year < -4714 || year > 5874898 {
		return 0, timestampOutOfRange()
	}
	c.Year, c.Month = int(year), int(total-year*12)+1
	c.Day = min(c.Day, daysInMonth(c.Year, c.Month))
	return checkDate(c.Days())
}

// AddInterval returns an instant + v: months and days on the zone's wall clock, time on the instant.
func (z *Zone) AddInterval(t Timestamp, v Interval) (Timestamp, error) {
	if t.IsInf() {
		return t, nil
	}
	if v.Months != 0 || v.Days != 0 {
		local, err := z.Local(t)
		if err != nil {
			return 0, err
		}
		if local, err = local.AddInterval(Interval{Months: v.Months, Days: v.Days}); err != nil {
			return 0, err
		}
		if t, err = z.Instant(local); err != nil {
			return 0, err
		}
	}
	return t.AddInterval(Interval{Micros: v.Micros})
}

// Sub returns t - u with whole days carried out of the time (timestamp_mi).
func (t Timestamp) Sub(u Timestamp) (Interval, error) {
	if t.IsInf() || u.IsInf() {
		return Interval{}, fieldOverflow("cannot subtract infinite timestamps")
	}
	// The difference of two timestamps that are far apart wraps, as in PostgreSQL 15.
	return Interval{Micros: int64(t) - int64(u)}.JustifyHours()
}

// AddDays returns d + days.
func (d Date) AddDays(days int64) (Date, error) {
	if d.IsInf() {
		return d, nil
	}
	return checkDate(int64(d) + days)
}

// SubDate returns d - e in days.
func (d Date) SubDate(e Date) (int32, error) {
	if d.IsInf() || e.IsInf() {
		return 0, fieldOverflow("cannot subtract infinite dates")
	}
	return int32(int64(d) - int64(e)), nil
}

// Age returns the symbolic difference of two wall clocks in years, months, days and time (timestamp_age). PostgreSQL 15 takes
// infinity for the number that stands for it, which is a time of the year 294277; minus infinity is none.
func Age(t, u Timestamp) (Interval, error) {
	if t == TimestampNegInfinity || u == TimestampNegInfinity {
		return Interval{}, fieldOverflow("timestamp out of range")
	}
	late, early, negative := t, u, t < u
	if negative {
		late, early = u, t
	}
	a, c1 := late.ageParts()
	b, c2 := early.ageParts()
	clock := int64(c1) - int64(c2)
	year, month, day := a.Year-b.Year, a.Month-b.Month, a.Day-b.Day
	if clock < 0 {
		clock += MicrosPerDay
		day--
	}
	for day < 0 {
		day += daysInMonth(b.Year, b.Month)
		month--
	}
	for month < 0 {
		month += 12
		year--
	}
	r := Interval{Months: int32(year*12 + month), Days: int32(day), Micros: clock}
	if negative {
		return r.Neg()
	}
	return r, nil
}

func (t Timestamp) ageParts() (Civil, TimeOfDay) {
	if t == TimestampInfinity {
		return Civil{Year: 294277, Month: 1, Day: 9}, Clock{Hour: 4, Second: 54, Micro: 775807}.Time()
	}
	day, clock := t.Split()
	return day.Civil(), clock
}

// units that date_trunc and extract know, by every spelling.
var datetimeUnits = func() map[string]string {
	m := map[string]string{
		"dow": "dow", "doy": "doy", "isodow": "isodow", "isoyear": "isoyear", "epoch": "epoch", "julian": "julian",
		"quarter": "quarter", "qtr": "quarter", "timezone": "timezone", "timezone_h": "timezone_hour", "timezone_m": "timezone_minute",
	}
	for name, unit := range intervalUnits {
		m[name] = unit
	}
	return m
}()

func unitOf(name, typeName string) (string, error) {
	word := strings.ToLower(name)
	unit, ok := datetimeUnits[word[:min(len(word), 10)]]
	if !ok {
		return "", sqlerr.Newf(sqlerr.InvalidParameterValue, "unit \"%s\" not recognized for type %s", clip(name), typeName)
	}
	return unit, nil
}

func unsupportedUnit(name, typeName string) error {
	return sqlerr.Newf(sqlerr.FeatureNotSupported, "unit \"%s\" not supported for type %s", clip(name), typeName)
}

// Trunc is date_trunc on a wall clock.
func (t Timestamp) Trunc(unitName string) (Timestamp, error) {
	return t.trunc(unitName, "timestamp without time zone")
}

func (t Timestamp) trunc(unitName, typeName string) (Timestamp, error) {
	if t.IsInf() {
		return t, nil
	}
	unit, err := unitOf(unitName, typeName)
	if err != nil {
		return 0, err
	}
	day, clock := t.Split()
	if unit == "week" {
		return checkTimestamp(Timestamp((int64(day) - int64((day.Weekday()+6)%7)) * MicrosPerDay))
	}
	if size, ok := map[string]int64{
		"microsecond": 1, "millisecond": 1000, "second": MicrosPerSecond, "minute": MicrosPerMinute, "hour": MicrosPerHour,
		"day": MicrosPerDay,
	}[unit]; ok {
		return t - Timestamp(int64(clock)%size), nil
	}
	c := day.Civil()
	c.Day = 1
	switch unit {
	case "month":
	case "quarter":
		c.Month = (c.Month-1)/3*3 + 1
	case "year", "decade", "century", "millennium":
		c.Month = 1
		c.Year = truncYear(c.Year, unit)
	default:
		return 0, notTruncatable(unit, unitName, typeName)
	}
	return checkTimestamp(Timestamp(c.Days() * MicrosPerDay))
}

// notTruncatable tells units that only extract knows, which date_trunc calls unknown, from those that it calls unsupported.
func notTruncatable(unit, unitName, typeName string) error {
	switch unit {
	case "dow", "doy", "isodow", "isoyear", "epoch", "julian":
		return sqlerr.Newf(sqlerr.InvalidParameterValue, "unit \"%s\" not recognized for type %s", clip(unitName), typeName)
	}
	return unsupportedUnit(unitName, typeName)
}

// truncYear cuts a year to its decade, century or millennium; centuries begin in years ending in 01.
func truncYear(year int, unit string) int {
	switch unit {
	case "decade":
		return floorDiv(year, 10) * 10
	case "century":
		return floorDiv(year-1, 100)*100 + 1
	case "millennium":
		return floorDiv(year-1, 1000)*1000 + 1
	}
	return year
}

// Trunc is date_trunc on an instant, in the zone's wall clock.
func (z *Zone) Trunc(t Timestamp, unitName string) (Timestamp, error) {
	const typeName = "timestamp with time zone"
	local, err := z.Local(t)
	if err != nil {
		return 0, err
	}
	cut, err := local.trunc(unitName, typeName)
	if err != nil || t.IsInf() {
		return cut, err
	}
	switch unit := datetimeUnits[strings.ToLower(unitName)]; unit {
	case "hour", "minute", "second", "millisecond", "microsecond":
		// Below a day the offset stays the one in force, so that an hour that occurs twice is not merged.
		off, _ := z.Offset(t)
		return checkTimestamp(cut - Timestamp(off)*MicrosPerSecond)
	}
	return z.Instant(cut)
}

// Trunc is date_trunc on an interval.
func (v Interval) Trunc(unitName string) (Interval, error) {
	unit, err := unitOf(unitName, "interval")
	if err != nil {
		return Interval{}, err
	}
	months := func(size int32) Interval { return Interval{Months: v.Months / size * size} }
	switch unit {
	case "microsecond":
		return v, nil
	case "millisecond":
		v.Micros -= v.Micros % 1000
	case "second":
		v.Micros -= v.Micros % MicrosPerSecond
	case "minute":
		v.Micros -= v.Micros % MicrosPerMinute
	case "hour":
		v.Micros -= v.Micros % MicrosPerHour
	case "day":
		v.Micros = 0
	case "month":
		return months(1), nil
	case "quarter":
		return months(3), nil
	case "year":
		return months(12), nil
	case "decade":
		return months(120), nil
	case "century":
		return months(1200), nil
	case "millennium":
		return months(12000), nil
	default:
		return Interval{}, notTruncatable(unit, unitName, "interval")
	}
	return v, nil
}

// Bin is date_bin: t cut down to a whole number of strides from origin.
func (t Timestamp) Bin(stride Interval, origin Timestamp) (Timestamp, error) {
	if t.IsInf() {
		return t, nil
	}
	if origin.IsInf() {
		return 0, fieldOverflow("origin out of range")
	}
	if stride.Months != 0 {
		return 0, sqlerr.Newf(sqlerr.FeatureNotSupported, "timestamps cannot be binned into intervals containing months or years")
	}
	size := int64(stride.Days)*MicrosPerDay + stride.Micros
	if size <= 0 {
		return 0, fieldOverflow("stride must be greater than zero")
	}
	return checkTimestamp(origin + Timestamp(floorDiv64(int64(t-origin), size)*size))
}

// Extract is extract() on a wall clock; zoned says that t came from an instant of a zone that is offset seconds east of UTC.
// null reports a field that an infinite timestamp does not have.
func (t Timestamp) Extract(unitName string, zoned bool, offset int32) (n Numeric, null bool, err error) {
	typeName := "timestamp without time zone"
	if zoned {
		typeName = "timestamp with time zone"
	}
	unit, err := unitOf(unitName, typeName)
	if err != nil {
		return Numeric{}, false, err
	}
	if t.IsInf() {
		return extractInfinite(unit, unitName, typeName, t < 0)
	}
	day, clock := t.Split()
	switch unit {
	case "timezone", "timezone_hour", "timezone_minute":
		if !zoned {
			return Numeric{}, false, unsupportedUnit(unitName, typeName)
		}
		div := map[string]int32{"timezone": 1, "timezone_hour": 3600}[unit]
		if div == 0 {
			return NumericFromInt(int64(offset / 60 % 60)), false, nil
		}
		return NumericFromInt(int64(offset / div)), false, nil
	case "epoch":
		return NumericFromUnscaledInt(int64(t)-int64(offset)*MicrosPerSecond, 6), false, nil
	case "julian":
		whole := NumericFromInt(day.Julian())
		part, err := NumericFromInt(int64(clock)).Div(NumericFromInt(MicrosPerDay))
		return whole.Add(part), false, err
	}
	if n, ok := clock.extract(unit); ok {
		return n, false, nil
	}
	n, err = day.extract(unit, unitName, typeName)
	return n, false, err
}

func extractInfinite(unit, unitName, typeName string, negative bool) (Numeric, bool, error) {
	switch unit {
	case "year", "decade", "century", "millennium", "julian", "isoyear", "epoch":
		return NumericInfinity(negative), false, nil
	case "microsecond", "millisecond", "second", "minute", "hour", "day", "month", "quarter", "week", "dow", "isodow", "doy",
		"timezone", "timezone_hour", "timezone_minute":
		return Numeric{}, true, nil
	}
	return Numeric{}, false, unsupportedUnit(unitName, typeName)
}

// extract answers the fields of a time of day.
func (t TimeOfDay) extract(unit string) (Numeric, bool) {
	c := t.Clock()
	micros := int64(c.Second)*MicrosPerSecond + int64(c.Micro)
	switch unit {
	case "microsecond":
		return NumericFromInt(micros), true
	case "millisecond":
		return NumericFromUnscaledInt(micros, 3), true
	case "second":
		return NumericFromUnscaledInt(micros, 6), true
	case "minute":
		return NumericFromInt(int64(c.Minute)), true
	case "hour":
		return NumericFromInt(int64(c.Hour)), true
	}
	return Numeric{}, false
}

// ExtractTime is extract() on time or time with time zone.
func ExtractTime(unitName string, t TimeOfDay, zoned bool, offset int32) (Numeric, error) {
	typeName := "time without time zone"
	if zoned {
		typeName = "time with time zone"
	}
	unit, err := unitOf(unitName, typeName)
	if err != nil {
		return Numeric{}, err
	}
	if n, ok := t.extract(unit); ok {
		return n, nil
	}
	switch {
	case unit == "epoch":
		return NumericFromUnscaledInt(int64(t)-int64(offset)*MicrosPerSecond, 6), nil
	case zoned && unit == "timezone":
		return NumericFromInt(int64(offset)), nil
	case zoned && unit == "timezone_hour":
		return NumericFromInt(int64(offset / 3600)), nil
	case zoned && unit == "timezone_minute":
		return NumericFromInt(int64(offset / 60 % 60)), nil
	}
	return Numeric{}, unsupportedUnit(unitName, typeName)
}

// Extract is extract() on a date.
func (d Date) Extract(unitName string) (n Numeric, null bool, err error) {
	unit, err := unitOf(unitName, "date")
	if err != nil {
		return Numeric{}, false, err
	}
	switch unit {
	case "microsecond", "millisecond", "second", "minute", "hour", "timezone", "timezone_hour", "timezone_minute":
		return Numeric{}, false, unsupportedUnit(unitName, "date")
	}
	if d.IsInf() {
		return extractInfinite(unit, unitName, "date", d < 0)
	}
	switch unit {
	case "epoch":
		return NumericFromInt(int64(d) * SecondsPerDay), false, nil
	case "julian":
		return NumericFromInt(d.Julian()), false, nil
	}
	n, err = d.extract(unit, unitName, "date")
	return n, false, err
}

func (d Date) extract(unit, unitName, typeName string) (Numeric, error) {
	c := d.Civil()
	year := c.Year
	if year <= 0 {
		year-- // there is no year 0: 1 BC is -1
	}
	var v int
	switch unit {
	case "day":
		v = c.Day
	case "month":
		v = c.Month
	case "quarter":
		v = (c.Month-1)/3 + 1
	case "week":
		_, v = d.ISOWeek()
	case "year":
		v = year
	case "decade":
		v = floorDiv(c.Year, 10)
	case "century":
		v = yearsCeil(year, 100)
	case "millennium":
		v = yearsCeil(year, 1000)
	case "dow":
		v = d.Weekday()
	case "isodow":
		v = (d.Weekday()+6)%7 + 1
	case "doy":
		v = d.YearDay()
	case "isoyear":
		if v, _ = d.ISOWeek(); v <= 0 {
			v--
		}
	default:
		return Numeric{}, unsupportedUnit(unitName, typeName)
	}
	return NumericFromInt(int64(v)), nil
}

// yearsCeil counts centuries or millennia from 1; those before Christ are negative and there is no 0th.
func yearsCeil(year, size int) int {
	if year > 0 {
		return (year + size - 1) / size
	}
	return -((size - 1 - year) / size)
}

// Extract is extract() on an interval.
func (v Interval) Extract(unitName string) (Numeric, error) {
	unit, err := unitOf(unitName, "interval")
	if err != nil {
		return Numeric{}, err
	}
	p := v.parts()
	micros := p.second*MicrosPerSecond + p.fraction
	switch unit {
	case "microsecond":
		return NumericFromInt(micros), nil
	case "millisecond":
		return NumericFromUnscaledInt(micros, 3), nil
	case "second":
		return NumericFromUnscaledInt(micros, 6), nil
	case "epoch":
		return v.Seconds(), nil
	}
	whole, ok := map[string]int64{
		"minute": p.minute, "hour": p.hour, "day": p.day, "month": p.month, "quarter": p.month/3 + 1, "year": p.year,
		"decade": p.year / 10, "century": p.year / 100, "millennium": p.year / 1000,
	}[unit]
	if !ok {
		return Numeric{}, unsupportedUnit(unitName, "interval")
	}
	return NumericFromInt(whole), nil
}
