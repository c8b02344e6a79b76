package tpcds

import (
	"fmt"

	"meshgate/testdata/tpc"
)

// Numbers of rows that do not follow the scale.
const (
	stores       = 12
	callCenters  = 6
	catalogPages = 300
	webSites     = 30
	webPages     = 60
	warehouses   = 5
	promotions   = 100
	shipModes    = 20
	items        = 1000
	cdemos       = 2 * 5 * 7 * 20 * 4 * 7
	hdemos       = 20 * 6 * 10 * 6
)

func writeStores(w *tpc.Writer, _ float64) {
	for key := 1; key <= stores; key++ {
		o := newRow(w, "store", key)
		o.Int(key)
		o.revision(key)
		if o.Chance(20) {
			o.day(tpc.NewDay(2000, 1, 1) + tpc.Day(o.Between(0, 600)))
		} else {
			o.Null()
		}
		o.text(spell(key % 5)) // the names that queries ask for are single syllables
		o.number(o.Between(200, 300))
		o.number(o.Between(5_000_000, 9_999_999))
		o.text(o.Pick(list("8AM-8AM,8AM-4PM,8AM-12AM")))
		o.text(o.Pick(firstNames) + " " + o.Pick(lastNames))
		o.number(o.Between(5, 10))
		o.text("Unknown")
		o.words(8)
		o.text(o.Pick(firstNames) + " " + o.Pick(lastNames))
		o.number(1)
		o.text("Unknown")
		o.number(1)
		o.text("Unknown")
		o.place(cities[key%4], counties[key%3/2], "TN", zips[key])
		o.Cents(o.Between(0, 11))
		o.End()
	}
}

func writeCallCenters(w *tpc.Writer, _ float64) {
	for key := 1; key <= callCenters; key++ {
		o := newRow(w, "call_center", key)
		o.Int(key)
		o.revision(key)
		o.Null()
		o.day(tpc.NewDay(1991, 1, 1) + tpc.Day(o.Between(0, 2000)))
		o.text([]string{"NY Metro", "Mid Atlantic", "North Midwest"}[(key-1)/2])
		o.text(o.Pick(list("small,medium,large")))
		o.number(o.Between(1, 7) * 100)
		o.number(o.Between(500, 40_000))
		o.text(o.Pick(list("8AM-8AM,8AM-4PM,8AM-12AM")))
		o.text(o.Pick(firstNames) + " " + o.Pick(lastNames))
		o.number(o.Between(1, 6))
		o.words(5)
		o.words(8)
		o.text(o.Pick(firstNames) + " " + o.Pick(lastNames))
		number := o.Between(1, 6)
		o.number(number)
		o.text(spell(number))
		o.number(number)
		o.text(spell(number))
		o.place(cities[key%2], counties[0], "TN", zips[key])
		o.Cents(o.Between(0, 11))
		o.End()
	}
}

func writeCatalogPages(w *tpc.Writer, _ float64) {
	for key := 1; key <= catalogPages; key++ {
		o := newRow(w, "catalog_page", key)
		o.Int(key)
		o.Text(businessKey(key))
		start := tpc.NewDay(1998, 1, 1) + tpc.Day(key/30*180)
		o.day(start)
		o.day(start + 179)
		o.text("DEPARTMENT")
		o.number(key/30 + 1)
		o.number(key%30 + 1)
		o.words(9)
		o.text(o.Pick(list("bi-annual,quarterly,monthly")))
		o.End()
	}
}

func writeWebSites(w *tpc.Writer, _ float64) {
	for key := 1; key <= webSites; key++ {
		o := newRow(w, "web_site", key)
		o.Int(key)
		o.revision(key)
		o.text(fmt.Sprintf("site_%d", (key-1)/6))
		o.day(tpc.NewDay(1997, 1, 1) + tpc.Day(o.Between(0, 700)))
		o.Null()
		o.text("Unknown")
		o.text(o.Pick(firstNames) + " " + o.Pick(lastNames))
		o.number(o.Between(1, 6))
		o.words(5)
		o.words(8)
		o.text(o.Pick(firstNames) + " " + o.Pick(lastNames))
		number := key%3 + 1
		o.number(number)
		o.text(spell(number))
		o.place(o.Pick(cities), o.Pick(counties), o.Pick(states), o.Pick(zips))
		o.Cents(o.Between(0, 12))
		o.End()
	}
}

func writeWebPages(w *tpc.Writer, scale float64) {
	for key := 1; key <= webPages; key++ {
		o := newRow(w, "web_page", key)
		o.Int(key)
		o.revision(key)
		created := tpc.NewDay(1999, 1, 1) + tpc.Day(o.Between(0, 365))
		o.day(created)
		o.day(created + tpc.Day(o.Between(0, 100)))
		o.flag(30)
		if o.Chance(30) {
			o.number(o.Between(1, customers(scale)))
		} else {
			o.Null()
		}
		o.text("http://www.example.com/" + fmt.Sprint(key))
		o.text(o.Pick(pageTypes))
		o.number(o.Between(4500, 5600))
		o.number(o.Between(2, 25))
		o.number(o.Between(1, 7))
		o.number(o.Between(0, 4))
		o.End()
	}
}

func writeWarehouses(w *tpc.Writer, _ float64) {
	for key := 1; key <= warehouses; key++ {
		o := newRow(w, "warehouse", key)
		o.Int(key)
		o.Text(businessKey(key))
		if key == 4 {
			o.Null()
		} else {
			o.Text([]string{"Conventional childr", "Important issues liv", "Doors canno", "", "Bad cards must make."}[key-1])
		}
		o.number(o.Between(50_000, 999_999))
		o.place(cities[0], counties[0], "TN", zips[key])
		o.End()
	}
}

func writeIncomeBands(w *tpc.Writer, _ float64) {
	for key := 1; key <= 20; key++ {
		w.Int(key)
		w.Int(max(0, (key-1)*10_000+1))
		w.Int(key * 10_000)
		w.End()
	}
}

func writeReasons(w *tpc.Writer, _ float64) {
	for i, text := range reasons {
		w.Int(i + 1)
		w.Text(businessKey(i + 1))
		w.Text(text)
		w.End()
	}
}

func writeShipModes(w *tpc.Writer, _ float64) {
	for key := 1; key <= shipModes; key++ {
		o := newRow(w, "ship_mode", key)
		o.Int(key)
		o.Text(businessKey(key))
		o.text(shipTypes[key%len(shipTypes)])
		o.text([]string{"AIR", "SURFACE", "SEA"}[key%3])
		o.text(carriers[key%len(carriers)])
		o.text(businessKey(o.Between(1, 99999))[8:])
		o.End()
	}
}

func writePromotions(w *tpc.Writer, _ float64) {
	for key := 1; key <= promotions; key++ {
		o := newRow(w, "promotion", key)
		o.Int(key)
		o.Text(businessKey(key))
		start := tpc.NewDay(1998, 1, 1) + tpc.Day(o.Between(0, 1700))
		o.day(start)
		o.day(start + tpc.Day(o.Between(1, 60)))
		o.number(o.Between(1, items))
		o.cents(100_000)
		o.number(1)
		o.text(spell(key % 10))
		for range 8 {
			o.flag(50)
		}
		o.words(8)
		o.text("Unknown")
		o.flag(50)
		o.End()
	}
}
