package tpcds

import "meshgate/testdata/tpc"

// The days of sales.
var (
	firstSale = tpc.NewDay(1998, 1, 2)
	lastSale  = tpc.NewDay(2002, 12, 31)
)

// basket is what somebody buys at once: a ticket of a store or an order.
type basket struct {
	number   int
	day      tpc.Day
	second   int
	buyer    person
	receiver person // of orders
	place    int    // store, call centre or web site
	page     int    // of the catalogue or the web
	lines    []saleLine
}

// saleLine is an item of a basket. Amounts are hundredths.
type saleLine struct {
	item, promotion, warehouse, mode int
	quantity, wholesale, list, price int
	coupon, tax, shipping            int
	shipped                          tpc.Day
	returned                         bool
}

func (l *saleLine) paid() int    { return l.quantity*l.price - l.coupon }
func (l *saleLine) taxes() int   { return l.paid() * l.tax / 100 }
func (l *saleLine) freight() int { return l.quantity * l.shipping }
func (l *saleLine) profit() int  { return l.paid() - l.quantity*l.wholesale }

func tickets(scale float64) int       { return times(scale, 8000) }
func catalogOrders(scale float64) int { return times(scale, 5000) }
func webOrders(scale float64) int     { return times(scale, 3500) }

// newBasket fills a basket; the items of one are different ones.
func newBasket(r *tpc.Rand, number, mostLines int, scale float64) *basket {
	b := &basket{
		number: number, day: firstSale + tpc.Day(r.Between(0, int(lastSale-firstSale))), second: r.Between(8*3600, 21*3600),
		buyer: customerOf(r.Between(1, customers(scale)), scale),
	}
	b.receiver = b.buyer
	if r.Chance(15) {
		b.receiver = customerOf(r.Between(1, customers(scale)), scale)
	}
	if r.Chance(20) { // somebody who has moved since
		b.buyer.address = r.Between(1, addresses(scale))
		b.buyer.cdemo = r.Between(1, cdemos)
	}
	first, step := r.Between(0, items-1), r.Between(1, items/mostLines-1)
	for i := range r.Between(1, mostLines) {
		b.lines = append(b.lines, newSaleLine(r, b.day, (first+i*step)%items+1))
	}
	return b
}

func newSaleLine(r *tpc.Rand, day tpc.Day, item int) saleLine {
	l := saleLine{
		item: item, promotion: r.Between(1, promotions), warehouse: r.Between(1, warehouses), mode: r.Between(1, shipModes),
		quantity: r.Between(1, 100), wholesale: r.Between(100, 10_000), tax: r.Between(0, 9),
	}
	l.list = l.wholesale * r.Between(100, 200) / 100
	l.price = l.list * r.Between(1, 100) / 100
	if r.Chance(20) {
		l.coupon = l.quantity * l.price * r.Between(0, 100) / 100
	}
	l.shipping = l.list * r.Between(0, 50) / 100
	l.shipped = day + tpc.Day(r.Between(2, 130))
	l.returned = r.Chance(12)
	return l
}

func ticket(number int, scale float64) *basket {
	r := tpc.NewRand("ticket", number)
	b := newBasket(&r, number, 12, scale)
	b.place = r.Between(1, stores)
	return b
}

// later moves a basket behind a ticket: the buyer of something that went back to the store orders it again.
func (b *basket) later(r *tpc.Rand, scale float64) {
	if !r.Chance(40) {
		return
	}
	earlier := ticket(r.Between(1, tickets(scale)), scale)
	for _, l := range earlier.lines {
		if !l.returned || len(b.lines) > 1 {
			continue
		}
		b.buyer, b.receiver = earlier.buyer, earlier.buyer
		b.day = min(earlier.day+tpc.Day(r.Between(10, 150)), lastSale)
		b.lines = []saleLine{newSaleLine(r, b.day, l.item)}
	}
}

func catalogOrder(number int, scale float64) *basket {
	r := tpc.NewRand("catalog order", number)
	b := newBasket(&r, number, 10, scale)
	if r.Chance(50) {
		b.lines = b.lines[:1]
	}
	b.later(&r, scale)
	if r.Chance(15) { // a customer who was at a store the same day
		at := ticket(r.Between(1, tickets(scale)), scale)
		b.buyer, b.day = at.buyer, at.day
	}
	b.place, b.page = r.Between(1, callCenters), r.Between(1, catalogPages)
	return b
}

func webOrder(number int, scale float64) *basket {
	r := tpc.NewRand("web order", number)
	b := newBasket(&r, number, 10, scale)
	if r.Chance(30) { // a customer who orders both ways the same day
		at := catalogOrder(r.Between(1, catalogOrders(scale)), scale)
		b.buyer, b.day = at.buyer, at.day
	}
	b.place, b.page = r.Between(1, webSites), r.Between(1, webPages)
	return b
}

// prices writes the columns that all sales have, from the quantity to the coupon.
func (o *row) prices(l *saleLine) {
	o.number(l.quantity)
	o.cents(l.wholesale)
	o.cents(l.list)
	o.cents(l.price)
	o.cents(l.quantity * (l.list - l.price))
	o.cents(l.quantity * l.price)
	o.cents(l.quantity * l.wholesale)
	o.cents(l.quantity * l.list)
	o.cents(l.taxes())
	o.cents(l.coupon)
}

// shippedPrices writes the amounts of an order's line.
func (o *row) shippedPrices(l *saleLine) {
	o.prices(l)
	o.cents(l.freight())
	o.cents(l.paid())
	o.cents(l.paid() + l.taxes())
	o.Cents(l.paid() + l.freight())
	o.Cents(l.paid() + l.freight() + l.taxes())
	o.Cents(l.profit())
}

func (o *row) person(p person) {
	o.number(p.key)
	o.number(p.cdemo)
	o.number(p.hdemo)
	o.number(p.address)
}

func writeStoreSales(w *tpc.Writer, scale float64) {
	for number := 1; number <= tickets(scale); number++ {
		b := ticket(number, scale)
		o := newRow(w, "store_sales", number)
		for i := range b.lines {
			l := &b.lines[i]
			o.day(b.day)
			o.number(b.second)
			o.Int(l.item)
			o.person(b.buyer)
			o.number(b.place)
			o.number(l.promotion)
			o.Int(b.number)
			o.prices(l)
			o.cents(l.paid())
			o.cents(l.paid() + l.taxes())
			o.cents(l.profit())
			o.End()
		}
	}
}

func writeCatalogSales(w *tpc.Writer, scale float64) {
	for number := 1; number <= catalogOrders(scale); number++ {
		b := catalogOrder(number, scale)
		o := newRow(w, "catalog_sales", number)
		for i := range b.lines {
			l := &b.lines[i]
			o.day(b.day)
			o.number(b.second)
			o.day(l.shipped)
			o.person(b.buyer)
			o.person(b.receiver)
			o.number(b.place)
			o.number(b.page)
			o.number(l.mode)
			o.number(l.warehouse)
			o.Int(l.item)
			o.number(l.promotion)
			o.Int(b.number)
			o.shippedPrices(l)
			o.End()
		}
	}
}

func writeWebSales(w *tpc.Writer, scale float64) {
	for number := 1; number <= webOrders(scale); number++ {
		b := webOrder(number, scale)
		o := newRow(w, "web_sales", number)
		for i := range b.lines {
			l := &b.lines[i]
			o.day(b.day)
			o.number(b.second)
			o.day(l.shipped)
			o.Int(l.item)
			o.person(b.buyer)
			o.person(b.receiver)
			o.number(b.page)
			o.number(b.place)
			o.number(l.mode)
			o.number(l.warehouse)
			o.number(l.promotion)
			o.Int(b.number)
			o.shippedPrices(l)
			o.End()
		}
	}
}
