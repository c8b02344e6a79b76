package tpch

import (
	"fmt"

	"meshgate/testdata/tpc"
)

// The days of clause 4.2.2.12.
var (
	startDay   = tpc.NewDay(1992, 1, 1)
	currentDay = tpc.NewDay(1995, 6, 17)
	endDay     = tpc.NewDay(1998, 12, 31)
)

// order is an order with its lines; both tables compute it.
type order struct {
	key, customer int
	day           tpc.Day
	total         int // hundredths
	status        string
	lines         []line
	rest          tpc.Rand // what the other columns come from
}

type line struct {
	part, supplier               int
	quantity, price              int // price in hundredths
	discount, tax                int // hundredths
	returned, status             string
	shipped, committed, received tpc.Day
}

// eachOrder calls f with every order; the order is f's only during the call.
func eachOrder(scale float64, f func(*order)) {
	buyers, makers, items := customers(scale), suppliers(scale), parts(scale)
	var o order
	for i := range times(scale, 1_500_000) {
		r := tpc.NewRand("order", i)
		// Of each 32 keys the first 8 are taken.
		o.key = i/8*32 + i%8 + 1
		for o.customer = 0; o.customer%3 == 0; { // a third of the customers never buys
			o.customer = r.Between(1, max(buyers, 2))
		}
		o.day = startDay + tpc.Day(r.Between(0, int(endDay-startDay)-151))
		o.total, o.lines = 0, o.lines[:0]
		open := 0
		for range r.Between(1, 7) {
			l := newLine(&r, o.day, items, makers)
			o.lines = append(o.lines, l)
			o.total += (l.price*(100+l.tax)*(100-l.discount) + 5000) / 10_000
			if l.status == "O" {
				open++
			}
		}
		switch open {
		case 0:
			o.status = "F"
		case len(o.lines):
			o.status = "O"
		default:
			o.status = "P"
		}
		o.rest = r
		f(&o)
	}
}

func newLine(r *tpc.Rand, ordered tpc.Day, items, makers int) line {
	l := line{part: r.Between(1, items), quantity: r.Between(1, 50), discount: r.Between(0, 10), tax: r.Between(0, 8)}
	l.supplier = partSupplier(l.part, r.Between(0, suppliersOfPart-1), makers)
	l.price = l.quantity * retailPrice(l.part)
	l.shipped = ordered + tpc.Day(r.Between(1, 121))
	l.committed = ordered + tpc.Day(r.Between(30, 90))
	l.received = l.shipped + tpc.Day(r.Between(1, 30))
	l.returned, l.status = "N", "F"
	if l.received <= currentDay {
		l.returned = [...]string{"R", "A"}[r.Between(0, 1)]
	}
	if l.shipped > currentDay {
		l.status = "O"
	}
	return l
}

func writeOrders(w *tpc.Writer, scale float64) {
	clerks := times(scale, 1000)
	eachOrder(scale, func(o *order) {
		r := o.rest
		w.Int(o.key)
		w.Int(o.customer)
		w.Text(o.status)
		w.Cents(o.total)
		w.Date(o.day)
		w.Text(r.Pick(priorities))
		w.Text(fmt.Sprintf("Clerk#%09d", r.Between(1, clerks)))
		w.Int(0)
		w.Text(comment(&r, 19, 78))
		w.End()
	})
}

func writeLines(w *tpc.Writer, scale float64) {
	eachOrder(scale, func(o *order) {
		r := tpc.NewRand("lineitem", o.key)
		for i := range o.lines {
			l := &o.lines[i]
			w.Int(o.key)
			w.Int(l.part)
			w.Int(l.supplier)
			w.Int(i + 1)
			w.Cents(l.quantity * 100)
			w.Cents(l.price)
			w.Cents(l.discount)
			w.Cents(l.tax)
			w.Text(l.returned)
			w.Text(l.status)
			w.Date(l.shipped)
			w.Date(l.committed)
			w.Date(l.received)
			w.Text(r.Pick(instructions))
			w.Text(r.Pick(modes))
			w.Text(comment(&r, 10, 43))
			w.End()
		}
	})
}
