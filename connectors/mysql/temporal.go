package mysql

import (
	"database/sql/driver"

	"meshgate/pgvalue"
)

// number reads decimal digits; ok is false where there are others.
func number(text []byte) (n int64, ok bool) {
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, len(text) > 0
}

// fraction reads the digits after a point as microseconds.
func fraction(text []byte) (int64, bool) {
	if len(text) == 0 {
		return 0, true
	}
	if text[0] != '.' || len(text) > 7 {
		return 0, false
	}
	n, ok := number(text[1:])
	for i := len(text); i < 7; i++ {
		n *= 10
	}
	return n, ok
}

// timestampOf reads "YYYY-MM-DD" or "YYYY-MM-DD HH:MM:SS[.ffffff]".
func timestampOf(v driver.Value) (pgvalue.Timestamp, error) {
	text, ok := v.([]byte)
	if !ok || len(text) < 10 || text[4] != '-' || text[7] != '-' {
		return 0, errForm
	}
	year, ok1 := number(text[:4])
	month, ok2 := number(text[5:7])
	day, ok3 := number(text[8:10])
	if !ok1 || !ok2 || !ok3 {
		return 0, errForm
	}
	if year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return 0, errNoDate
	}
	days := pgvalue.Civil{Year: int(year), Month: int(month), Day: int(day)}.Days()
	micros := int64(0)
	if len(text) > 10 {
		if micros, ok = clock(text[11:]); !ok {
			return 0, errForm
		}
	}
	return pgvalue.Timestamp(days*pgvalue.MicrosPerDay + micros), nil
}

func daysIn(year, month int64) int64 {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// clock reads "HH:MM:SS[.ffffff]".
func clock(text []byte) (int64, bool) {
	if len(text) < 8 || text[2] != ':' || text[5] != ':' {
		return 0, false
	}
	hours, ok1 := number(text[:2])
	minutes, ok2 := number(text[3:5])
	seconds, ok3 := number(text[6:8])
	micros, ok4 := fraction(text[8:])
	return ((hours*60+minutes)*60+seconds)*pgvalue.MicrosPerSecond + micros, ok1 && ok2 && ok3 && ok4
}

// durationOf reads "[-]HHH:MM:SS[.ffffff]" as microseconds.
func durationOf(v driver.Value) (int64, error) {
	text, ok := v.([]byte)
	if !ok {
		return 0, errForm
	}
	sign := int64(1)
	if len(text) > 0 && text[0] == '-' {
		sign, text = -1, text[1:]
	}
	at := 0
	for at < len(text) && text[at] != ':' {
		at++
	}
	hours, ok := number(text[:at])
	if !ok || at < 2 {
		return 0, errForm
	}
	rest, ok := clock(text[at-2:])
	if !ok {
		return 0, errForm
	}
	return sign * (rest + hours/100*100*pgvalue.MicrosPerHour), nil
}
