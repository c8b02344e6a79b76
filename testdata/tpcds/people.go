package tpcds

import (
	"fmt"

	"meshgate/testdata/tpc"
)

// times is the number of rows of a table that has base rows at scale 1.
func times(scale float64, base int) int { return max(10, int(scale*float64(base)+0.5)) }

func customers(scale float64) int { return times(scale, 1000) }
func addresses(scale float64) int { return times(scale, 600) }

// person is what sales to a customer have in common with the customer's own row.
type person struct{ key, cdemo, hdemo, address int }

func customerOf(key int, scale float64) person {
	r := tpc.NewRand("person", key)
	return person{key, r.Between(1, cdemos), r.Between(1, hdemos), r.Between(1, addresses(scale))}
}

func writeCustomers(w *tpc.Writer, scale float64) {
	for key := 1; key <= customers(scale); key++ {
		o, p := newRow(w, "customer", key), customerOf(key, scale)
		o.Int(key)
		o.Text(businessKey(key))
		o.number(p.cdemo)
		o.number(p.hdemo)
		o.number(p.address)
		first := tpc.NewDay(1998, 1, 1) + tpc.Day(o.Between(0, 1500))
		o.day(first + 30)
		o.day(first)
		o.text(o.Pick(salutations))
		given, family := o.Pick(firstNames), o.Pick(lastNames)
		o.text(given)
		o.text(family)
		o.flag(50)
		o.number(o.Between(1, 28))
		o.number(o.Between(1, 12))
		o.number(o.Between(1924, 1992))
		o.text(o.Pick(birthPlaces))
		o.Null()
		o.text(fmt.Sprintf("%s.%s@example%d.com", given, family, key))
		o.day(tpc.NewDay(2002, 1, 1) + tpc.Day(o.Between(0, 360)))
		o.End()
	}
}

func writeAddresses(w *tpc.Writer, scale float64) {
	for key := 1; key <= addresses(scale); key++ {
		o := newRow(w, "customer_address", key)
		o.Int(key)
		o.Text(businessKey(key))
		o.place(o.Pick(cities), o.Pick(counties), o.Pick(states), o.Pick(zips))
		o.text(o.Pick(list("apartment,condo,single family")))
		o.End()
	}
}

// writeCustomerDemographics writes all combinations but those of employed dependants and dependants at college, which follow the others.
func writeCustomerDemographics(w *tpc.Writer, _ float64) {
	for i := range cdemos {
		rest := i
		digit := func(base int) int { d := rest % base; rest /= base; return d }
		w.Int(i + 1)
		w.Text([]string{"M", "F"}[digit(2)])
		w.Text(marital[digit(len(marital))])
		w.Text(educations[digit(len(educations))])
		w.Int(500 * (digit(20) + 1))
		w.Text(ratings[digit(len(ratings))])
		dependants := digit(7)
		w.Int(dependants)
		w.Int(i / 7 % 7)
		w.Int(i / 49 % 7)
		w.End()
	}
}

func writeHouseholdDemographics(w *tpc.Writer, _ float64) {
	for i := range hdemos {
		rest := i
		digit := func(base int) int { d := rest % base; rest /= base; return d }
		w.Int(i + 1)
		w.Int(digit(20) + 1)
		w.Text(potentials[digit(len(potentials))])
		w.Int(digit(10))
		w.Int(digit(6) - 1)
		w.End()
	}
}
