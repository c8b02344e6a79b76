package pgvalue

// julianDay is the Julian day number of a date; months and days beyond a month's or a year's end count on (date2j).
func julianDay(year, month, day int) int {
	if month > 2 {
		month++
		year += 4800
	} else {
		month += 13
		year += 4799
	}
	century := year / 100
	return year*365 - 32167 + year/4 - century + century/4 + 7834*month/256 + day
}

// weekdayOf is the day of the week of a Julian day, 0 for Sunday.
func weekdayOf(julian int) int { return ((julian+1)%7 + 7) % 7 }

// firstISOWeek is the Julian day of the Monday that begins an ISO year.
func firstISOWeek(year int) int {
	fourth := julianDay(year, 1, 4)
	return fourth - weekdayOf(fourth-1)
}

// isoYear is the ISO 8601 year (date2isoyear).
func (v *templateTime) isoYear() int {
	day := julianDay(v.year, v.month, v.day)
	year := v.year
	first := firstISOWeek(year)
	if day < first {
		year--
		first = firstISOWeek(year)
	}
	if (day-first)/7+1 >= 52 && day >= firstISOWeek(year+1) {
		year++
	}
	return year
}

// isoWeek is the ISO 8601 week (date2isoweek).
func (v *templateTime) isoWeek() int {
	day := julianDay(v.year, v.month, v.day)
	year := v.year
	first := firstISOWeek(year)
	if day < first {
		year--
		first = firstISOWeek(year)
	}
	week := (day-first)/7 + 1
	if week >= 52 {
		if next := firstISOWeek(year + 1); day >= next {
			week = (day-next)/7 + 1
		}
	}
	return week
}

// isoYearDay is the day of the ISO year, from 1.
func (v *templateTime) isoYearDay() int {
	return julianDay(v.year, v.month, v.day) - firstISOWeek(v.isoYear()) + 1
}
