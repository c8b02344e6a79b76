package tpcds

import "meshgate/testdata/tpc"

// returned writes the day and second of a return.
func (o *row) returned(sold tpc.Day) {
	o.day(sold + tpc.Day(o.Between(1, 90)))
	o.number(o.Between(8*3600, 21*3600))
}

// losses writes the amounts of a return. What is paid back comes as cash, to the card, or as credit.
func (o *row) losses(l *saleLine) {
	quantity := o.Between(1, l.quantity)
	amount := quantity * l.price
	tax, fee, freight := amount*l.tax/100, o.Between(50, 10_000), quantity*l.shipping
	cash := amount * o.Between(0, 100) / 100
	charge := (amount - cash) * o.Between(0, 100) / 100
	o.number(quantity)
	o.cents(amount)
	o.cents(tax)
	o.cents(amount + tax)
	o.cents(fee)
	o.cents(freight)
	o.cents(cash)
	o.cents(charge)
	o.cents(amount - cash - charge)
	o.cents(fee + freight + tax)
}

// returner is who brings something back, mostly the buyer.
func (o *row) returner(p person, scale float64) person {
	if o.Chance(20) {
		return customerOf(o.Between(1, customers(scale)), scale)
	}
	return p
}

func writeStoreReturns(w *tpc.Writer, scale float64) {
	for number := 1; number <= tickets(scale); number++ {
		b := ticket(number, scale)
		o := newRow(w, "store_returns", number)
		for i := range b.lines {
			l := &b.lines[i]
			if !l.returned {
				continue
			}
			o.returned(b.day)
			o.Int(l.item)
			o.person(b.buyer)
			o.number(b.place)
			o.number(o.Between(1, len(reasons)))
			o.Int(b.number)
			o.losses(l)
			o.End()
		}
	}
}

func writeCatalogReturns(w *tpc.Writer, scale float64) {
	for number := 1; number <= catalogOrders(scale); number++ {
		b := catalogOrder(number, scale)
		o := newRow(w, "catalog_returns", number)
		for i := range b.lines {
			l := &b.lines[i]
			if !l.returned {
				continue
			}
			o.returned(l.shipped)
			o.Int(l.item)
			o.person(b.buyer)
			o.person(o.returner(b.receiver, scale))
			o.number(b.place)
			o.number(b.page)
			o.number(l.mode)
			o.number(l.warehouse)
			o.number(o.Between(1, len(reasons)))
			o.Int(b.number)
			o.losses(l)
			o.End()
		}
	}
}

func writeWebReturns(w *tpc.Writer, scale float64) {
	for number := 1; number <= webOrders(scale); number++ {
		b := webOrder(number, scale)
		o := newRow(w, "web_returns", number)
		for i := range b.lines {
			l := &b.lines[i]
			if !l.returned {
				continue
			}
			o.returned(l.shipped)
			o.Int(l.item)
			o.person(b.buyer)
			o.person(o.returner(b.receiver, scale))
			o.number(b.page)
			o.number(o.Between(1, len(reasons)))
			o.Int(b.number)
			o.losses(l)
			o.End()
		}
	}
}
