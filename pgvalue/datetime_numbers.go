package pgvalue

import (
	"math"
	"strconv"
	"strings"
)

// numberField reads digits that no letter labels.
func (d *moment) numberField(text string) (fieldMask, momentError) {
	whole := text
	point := strings.IndexByte(text, '.')
	if point >= 0 {
		whole = text[:point]
	}
	if d.timeOnly {
		seen := d.mask | maskDate
		switch {
		case point >= 0 && d.at == 0 && len(d.fields) >= 2 && d.fields[len(d.fields)-1].kind == fieldDate:
			return d.decodeDate(text)
		case point >= 0 && len(whole) <= 2:
			return 0, badMoment
		case point >= 0, len(text) > 4:
			return d.digits(text, seen)
		}
		return d.dateNumber(text, false, seen)
	}
	switch {
	case point >= 0 && d.mask&maskDate == 0:
		return d.decodeDate(text)
	case point >= 0 && len(whole) > 2:
		return d.digits(text, d.mask)
	case len(text) >= 6 && (d.mask&maskDate == 0 || d.mask&maskTime == 0):
		return d.digits(text, d.mask)
	}
	return d.dateNumber(text, d.textMonth, d.mask)
}

// digits reads a date or a time of digits that run together (DecodeNumberField).
func (d *moment) digits(text string, seen fieldMask) (fieldMask, momentError) {
	if point := strings.IndexByte(text, '.'); point >= 0 {
		d.micro = 0
		if point+1 < len(text) {
			part, err := strconv.ParseFloat("0"+text[point:], 64)
			if err != nil {
				return 0, badMoment
			}
			d.micro = int(math.RoundToEven(part * 1e6))
		}
		text = text[:point]
	} else if seen&maskDate != maskDate && len(text) >= 6 {
		n := len(text)
		d.day, d.month, d.year = atoi(text[n-2:]), atoi(text[n-4:n-2]), atoi(text[:n-4])
		if n == 6 {
			d.shortYear = true
		}
		return maskDate, momentOK
	}
	if seen&maskTime == maskTime {
		return 0, badMoment
	}
	switch len(text) {
	case 6:
		d.hour, d.minute, d.second = atoi(text[:2]), atoi(text[2:4]), atoi(text[4:])
	case 4:
		d.hour, d.minute, d.second = atoi(text[:2]), atoi(text[2:]), 0
	default:
		return 0, badMoment
	}
	return maskTime, momentOK
}

// atoi is C's: the number at the beginning, of 32 bits.
func atoi(s string) int {
	n, _, _ := scanInteger(s, len(s))
	return int(int32(n))
}

// dateNumber decides which field of a date a number is (DecodeNumber).
func (d *moment) dateNumber(text string, textMonth bool, seen fieldMask) (fieldMask, momentError) {
	v, rest, ok := leadingInt(text)
	switch {
	case !ok:
		return 0, momentOverflow
	case len(rest) == len(text):
		return 0, badMoment
	case byteAt(rest, 0) == '.':
		if len(text)-len(rest) > 2 {
			return d.digits(text, seen|maskDate)
		}
		if e := d.fraction(rest); e != momentOK {
			return 0, e
		}
	case rest != "":
		return 0, badMoment
	}
	if len(text) == 3 && seen&maskDate == maskYear && v >= 1 && v <= 366 {
		d.yearDay = v
		return maskYearDay | maskMonth | maskDay, momentOK
	}
	mask := d.nextOfDate(len(text), textMonth, seen)
	switch mask {
	case maskYear:
		d.year, d.shortYear = v, len(text) <= 2
	case maskMonth:
		d.month = v
	case maskDay:
		if textMonth && seen&maskDate == maskYear|maskMonth && len(text) >= 3 && d.shortYear {
			// dd-mon-yyyy was read as yy-mon: the first number was the day.
			d.day, d.year, d.shortYear = d.year, v, false
		} else {
			d.day = v
		}
	case maskTime:
		return d.digits(text, seen)
	default:
		return 0, badMoment
	}
	return mask, momentOK
}

// nextOfDate is the field that comes after those seen.
func (d *moment) nextOfDate(length int, textMonth bool, seen fieldMask) fieldMask {
	order := d.format.DateOrder
	switch seen & maskDate {
	case 0:
		switch {
		case length >= 3 || order == OrderYMD:
			return maskYear
		case order == OrderDMY:
			return maskDay
		}
		return maskMonth
	case maskYear, maskDay:
		return maskMonth
	case maskMonth:
		if textMonth && (length >= 3 || order == OrderYMD) {
			return maskYear
		}
		return maskDay
	case maskYear | maskMonth:
		return maskDay
	case maskMonth | maskDay:
		return maskYear
	case maskDate:
		return maskTime
	}
	return 0
}

// labelled reads a number after a letter that says what it is: y2001m02d04.
func (d *moment) labelled(text string) (fieldMask, momentError) {
	v, rest, ok := leadingInt(text)
	if !ok {
		return 0, momentOverflow
	}
	point := byteAt(rest, 0) == '.'
	if rest != "" && !(point && (d.prefix == "julian" || d.prefix == "time" || d.prefix == "second")) {
		return 0, badMoment
	}
	switch d.prefix {
	case "year":
		d.year = v
		return maskYear, momentOK
	case "month":
		if d.mask&maskMonth != 0 && d.mask&maskHour != 0 {
			d.minute = v
			return maskMinute, momentOK
		}
		d.month = v
		return maskMonth, momentOK
	case "day":
		d.day = v
		return maskDay, momentOK
	case "hour":
		d.hour = v
		return maskHour, momentOK
	case "minute":
		d.minute = v
		return maskMinute, momentOK
	case "second":
		d.second = v
		if point {
			return maskSecond | maskFraction, d.fraction(rest)
		}
		return maskSecond, momentOK
	case "julian":
		return d.julianDayNumber(v, rest)
	case "time":
		mask, e := d.digits(text, d.mask|maskDate)
		if e == momentOK && mask != maskTime {
			e = badMoment
		}
		return mask, e
	}
	return 0, badMoment
}

// julianDayNumber takes a Julian day; its fraction is the time of day.
func (d *moment) julianDayNumber(v int, rest string) (fieldMask, momentError) {
	if v < 0 {
		return 0, momentOverflow
	}
	d.year, d.month, d.day = civilOfJulian(v)
	d.julian = true
	if rest == "" {
		return maskDate, momentOK
	}
	part, e := fractionOf(rest)
	c := TimeOfDay(part * MicrosPerDay).Clock()
	d.hour, d.minute, d.second, d.micro = c.Hour, c.Minute, c.Second, c.Micro
	return maskDate | maskTime, e
}

// word reads a name: month, day of the week, am, bc, zone, now and the like.
func (d *moment) word(text string) (fieldMask, momentError) {
	if offset, ok := Abbreviation(text); ok {
		d.offset = offset
		return maskZone, momentOK
	}
	token := momentTokens[text]
	if d.timeOnly && (token.kind == tokenMonth || token.kind == tokenWeekday) {
		return 0, badMoment
	}
	switch token.kind {
	case tokenIgnored:
		return 0, momentOK
	case tokenReserved:
		return d.reserved(token.name)
	case tokenMonth:
		mask := maskMonth
		if d.mask&maskMonth != 0 && !d.textMonth && d.mask&maskDay == 0 && d.month >= 1 && d.month <= 31 {
			d.day, mask = d.month, maskDay // the number before was the day
		}
		d.month, d.textMonth = token.value, true
		return mask, momentOK
	case tokenWeekday:
		return maskWeekday, momentOK
	case tokenHalf:
		d.half = token.name[0]
		return maskHalf, momentOK
	case tokenEra:
		d.bc = token.name == "bc"
		return maskEra, momentOK
	case tokenUnit:
		d.prefix = token.name
		return 0, momentOK
	case tokenShift:
		d.offset += int32(token.value)
		return maskShift | maskDaylight, momentOK
	case tokenISOTime:
		return 0, d.isoTime()
	}
	if d.zone = zoneByName(text); d.zone == nil {
		return 0, badMoment
	}
	return maskZone, momentOK
}

// isoTime takes the letter between a date and a time.
func (d *moment) isoTime() momentError {
	if !d.timeOnly && d.mask&maskDate != maskDate || d.at+1 >= len(d.fields) {
		return badMoment
	}
	switch d.fields[d.at+1].kind {
	case fieldNumber, fieldTime, fieldDate:
		d.prefix = "time"
		return momentOK
	}
	return badMoment
}

// reserved reads a word that stands for a time.
func (d *moment) reserved(name string) (fieldMask, momentError) {
	if d.timeOnly && name != "now" && name != "allballs" {
		return 0, badMoment
	}
	local, err := d.format.Zone.Local(d.format.Now)
	if err != nil {
		return 0, momentOverflow
	}
	day, clock := local.Split()
	set := func(day Date) {
		c := day.Civil()
		d.year, d.month, d.day = c.Year, c.Month, c.Day
	}
	d.kind = momentDate
	switch name {
	case "now":
		c := clock.Clock()
		d.hour, d.minute, d.second, d.micro = c.Hour, c.Minute, c.Second, c.Micro
		if d.timeOnly {
			return maskTime, momentOK
		}
		set(day)
		d.julian = true // the year is as it is
		d.offset, _ = d.format.Zone.Offset(d.format.Now)
		return maskDate | maskTime | maskZone, momentOK
	case "today":
		set(day)
	case "tomorrow":
		set(day + 1)
	case "yesterday":
		set(day - 1)
	case "allballs":
		d.hour, d.minute, d.second, d.offset = 0, 0, 0, 0
		return maskTime | maskZone, momentOK
	case "epoch":
		d.kind = momentEpoch
		return maskReserved, momentOK
	case "infinity":
		d.kind = momentLate
		return maskReserved, momentOK
	case "-infinity":
		d.kind = momentEarly
		return maskReserved, momentOK
	}
	return maskDate, momentOK
}
