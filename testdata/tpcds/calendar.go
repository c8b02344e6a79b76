package tpcds

import (
	"fmt"
	"time"

	"meshgate/testdata/tpc"
)

// dateKey is the key of a day: its Julian day number.
func dateKey(d tpc.Day) int { return int(d) + 2_440_588 }

var (
	firstDay = tpc.NewDay(1900, 1, 2)
	lastDay  = tpc.NewDay(2100, 1, 1)
)

func yesNo(v bool) string {
	if v {
		return "Y"
	}
	return "N"
}

// weekOf numbers weeks that begin on Sundays.
func weekOf(d tpc.Day) int { return int(d-tpc.NewDay(1899, 12, 31))/7 + 1 }

func isHoliday(t time.Time) bool {
	return t.Month() == 1 && t.Day() == 1 || t.Month() == 7 && t.Day() == 4 || t.Month() == 12 && t.Day() == 25
}

func writeDates(w *tpc.Writer, _ float64) {
	for d := firstDay; d <= lastDay; d++ {
		t := d.Time()
		year, month := t.Year(), int(t.Month())
		quarter := (month-1)/3 + 1
		quarterNumber := (year-1900)*4 + quarter
		first := d - tpc.Day(t.Day()-1)
		w.Int(dateKey(d))
		w.Text(businessKey(dateKey(d)))
		w.Date(d)
		w.Int((year-1900)*12 + month - 1)
		w.Int(weekOf(d))
		w.Int(quarterNumber)
		w.Int(year)
		w.Int(int(t.Weekday()))
		w.Int(month)
		w.Int(t.Day())
		w.Int(quarter)
		w.Int(year)
		w.Int(quarterNumber)
		w.Int(weekOf(d))
		w.Text(t.Weekday().String())
		w.Text(fmt.Sprintf("%dQ%d", year, quarter))
		w.Text(yesNo(isHoliday(t)))
		w.Text(yesNo(t.Weekday() == time.Saturday || t.Weekday() == time.Sunday))
		w.Text(yesNo(isHoliday(t.AddDate(0, 0, -1))))
		w.Int(dateKey(first))
		w.Int(dateKey(first) + first.Time().AddDate(0, 1, -1).Day() - 1)
		w.Int(dateKey(d) - 365)
		w.Int(dateKey(d) - 91)
		w.Text("N")
		w.Text("N")
		w.Text("N")
		w.Text("N")
		w.Text("N")
		w.End()
	}
}

func writeTimes(w *tpc.Writer, _ float64) {
	for second := range 24 * 60 * 60 {
		hour := second / 3600
		w.Int(second)
		w.Text(businessKey(second))
		w.Int(second)
		w.Int(hour)
		w.Int(second / 60 % 60)
		w.Int(second % 60)
		w.Text([]string{"AM", "PM"}[hour/12])
		w.Text([]string{"third", "first", "second"}[hour/8])
		w.Text([]string{"night", "morning", "afternoon", "evening"}[hour/6])
		switch {
		case hour >= 6 && hour <= 8:
			w.Text("breakfast")
		case hour >= 11 && hour <= 12:
			w.Text("lunch")
		case hour >= 17 && hour <= 19:
			w.Text("dinner")
		default:
			w.Null()
		}
		w.End()
	}
}

// writeInventory counts some of the items at some of the warehouses, every week on a Thursday.
func writeInventory(w *tpc.Writer, _ float64) {
	for d := tpc.NewDay(1998, 1, 1); d <= tpc.NewDay(2002, 12, 31); d += 7 {
		for key := 1; key <= items; key += 6 {
			r := tpc.NewRand("inventory", int(d)*items+key)
			for place := 1; place <= warehouses; place += 2 {
				w.Int(dateKey(d))
				w.Int(key)
				w.Int(place)
				if r.Chance(5) {
					w.Null()
				} else {
					w.Int(r.Between(0, 30) * r.Between(0, 33))
				}
				w.End()
			}
		}
	}
}
