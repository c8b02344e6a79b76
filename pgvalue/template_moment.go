package pgvalue

import "meshgate/sqlerr"

// moment makes a date and a time of day of the fields (the second half of do_to_timestamp).
func (in *templateInput) moment() (templateMoment, error) {
	t := templateMoment{month: 1, day: 1, precision: in.ff}
	if err := in.clock(&t); err != nil {
		return t, err
	}
	yearKnown := in.calendarYear(&t)
	wholeDate := in.weeks(&t)
	monthKnown, dayKnown := in.monthAndDay(&t)
	if in.ddd != 0 && (t.month <= 1 || t.day <= 1) {
		if t.year == 0 && !in.bc {
			return t, badTemplateInput("cannot calculate day of year without year information")
		}
		if in.mode == modeISOWeek {
			t.year, t.month, t.day = civilOfJulian(firstISOWeek(t.year) - 1 + in.ddd)
			wholeDate = true
		} else {
			in.dayOfYear(&t)
			monthKnown, dayKnown = true, true
		}
	}
	if wholeDate {
		yearKnown, monthKnown, dayKnown = true, true, true
	}
	t.micro = int(int32(in.ms)*1000 + int32(in.us))
	bad := monthKnown && (t.month < 1 || t.month > 12) || dayKnown && (t.day < 1 || t.day > 31)
	if !bad && yearKnown && monthKnown && dayKnown {
		bad = t.day > daysInMonth(t.year, t.month)
	}
	if bad || t.hour < 0 || t.hour >= 24 || t.minute < 0 || t.minute >= 60 || t.second < 0 || t.second >= 60 || t.micro < 0 || t.micro >= MicrosPerSecond {
		return t, quoting(sqlerr.DatetimeFieldOverflow, "date/time field value out of range", "date/time field value out of range: \"%s\"", clip(in.text))
	}
	return t, in.zone(&t)
}

func (in *templateInput) clock(t *templateMoment) error {
	if x := in.ssss; x != 0 {
		t.hour, t.minute, t.second = x/3600, x%3600/60, x%60
	}
	for _, f := range []struct {
		dest *int
		v    int
	}{{&t.second, in.ss}, {&t.minute, in.mi}, {&t.hour, in.hh}} {
		if f.v != 0 {
			*f.dest = f.v
		}
	}
	if !in.clock12 {
		return nil
	}
	if t.hour < 1 || t.hour > 12 {
		const hint = "Use the 24-hour clock, or give an hour between 1 and 12."
		values := sqlerr.Newf(sqlerr.InvalidDatetimeFormat, "hour \"%d\" is invalid for the 12-hour clock", t.hour).WithHint(hint)
		return sqlerr.Newf(sqlerr.InvalidDatetimeFormat, "hour is invalid for the 12-hour clock").WithHint(hint).Quoting(values)
	}
	switch {
	case in.pm && t.hour < 12:
		t.hour += 12
	case !in.pm && t.hour == 12:
		t.hour = 0
	}
	return nil
}

// calendarYear finds the year from year, century and era; known says that there was one.
func (in *templateInput) calendarYear(t *templateMoment) (known bool) {
	century := in.cc
	if in.bc {
		century = -century
	}
	switch {
	case in.year != 0 && in.cc != 0 && in.yearDigits <= 2:
		switch t.year = in.year % 100; {
		case t.year != 0 && century >= 0:
			t.year += (century - 1) * 100
		case t.year != 0:
			t.year = (century+1)*100 - t.year + 1
		default:
			t.year = century * 100
			if century < 0 {
				t.year++
			}
		}
	case in.year != 0:
		t.year = in.year
		if in.bc {
			t.year = -t.year
		}
		if t.year < 0 {
			t.year++ // 1 BC is year 0
		}
	case in.cc != 0 && century >= 0:
		t.year = (century-1)*100 + 1
	case in.cc != 0:
		t.year = century*100 + 1
	}
	return in.year != 0 || in.cc != 0
}

// weeks applies a Julian day and a week of the year; whole says that the date is complete.
func (in *templateInput) weeks(t *templateMoment) (whole bool) {
	if in.j != 0 {
		t.year, t.month, t.day = civilOfJulian(in.j)
		whole = true
	}
	if in.ww == 0 {
		return whole
	}
	if in.mode != modeISOWeek {
		in.ddd = (in.ww-1)*7 + 1
		return whole
	}
	day := (in.ww-1)*7 + firstISOWeek(t.year)
	switch {
	case in.d > 1:
		day += in.d - 2
	case in.d != 0:
		day += 6
	}
	t.year, t.month, t.day = civilOfJulian(day)
	return true
}

func (in *templateInput) monthAndDay(t *templateMoment) (month, day bool) {
	if in.w != 0 {
		in.dd = (in.w-1)*7 + 1
	}
	if in.dd != 0 {
		t.day = in.dd
	}
	if in.mm != 0 {
		t.month = in.mm
	}
	return in.mm != 0, in.dd != 0
}

// dayOfYear fills in the month and the day that are missing.
func (in *templateInput) dayOfYear(t *templateMoment) {
	before, month := 0, 1
	for month <= 12 && in.ddd > before+daysInMonth(t.year, month) {
		before += daysInMonth(t.year, month)
		month++
	}
	if t.month <= 1 {
		t.month = month
	}
	if t.day <= 1 {
		t.day = in.ddd - before
	}
}

func (in *templateInput) zone(t *templateMoment) error {
	if in.zoneSign == 0 {
		return nil
	}
	if in.zoneHour < 0 || in.zoneHour > 15 || in.zoneMinute < 0 || in.zoneMinute >= 60 {
		return sqlerr.Newf(sqlerr.InvalidTimeZoneDisplacement, "time zone displacement out of range")
	}
	offset := int32(in.zoneSign * (in.zoneHour*3600 + in.zoneMinute*60))
	t.offset = &offset
	return nil
}

// civilOfJulian splits a Julian day (j2date), with its arithmetic modulo 2^32.
func civilOfJulian(day int) (year, month, d int) {
	julian := uint32(int32(day)) + 32044
	quad := julian / 146097
	extra := (julian-quad*146097)*4 + 3
	julian += 60 + quad*3 + extra/146097
	quad = julian / 1461
	julian -= quad * 1461
	y := int32(julian * 4 / 1461)
	if y != 0 {
		julian = (julian+305)%365 + 123
	} else {
		julian = (julian+306)%366 + 123
	}
	y += int32(quad * 4)
	quad = julian * 2141 / 65536
	return int(y - 4800), int((quad+10)%12 + 1), int(julian - 7834*quad/256)
}
