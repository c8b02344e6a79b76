package tpcds

import (
	"fmt"
	"slices"
	"strings"

	"meshgate/testdata/tpc"
)

// popularMakers are makers that queries ask for.
var popularMakers = []int{128, 677, 940, 694, 808, 129, 270, 821, 423, 977, 742, 436, 350, 704, 738}

// look is what an item looks like.
type look struct{ category, colour, unit, size string }

// popularLooks are looks that query 41 asks for.
var popularLooks = []look{
	{"Women", "powder", "Oz", "medium"},
	{"Women", "brown", "Ton", "N/A"},
	{"Men", "floral", "Dozen", "petite"},
	{"Men", "ghost", "Lb", "medium"},
	{"Women", "snow", "Gross", "extra large"},
}

func writeItems(w *tpc.Writer, _ float64) {
	for key := 1; key <= items; key++ {
		o := newRow(w, "item", key)
		o.Int(key)
		o.revision(key)
		o.words(o.Between(4, 12))
		price := o.Between(9, 9999)
		if o.Chance(20) {
			price = o.Between(6200, 9900)
		}
		o.cents(price)
		o.cents(price * o.Between(40, 90) / 100)
		maker := o.Between(1, 1000)
		if o.Chance(40) {
			maker = popularMakers[o.Between(0, len(popularMakers)-1)]
		}
		l := look{o.Pick(categories), o.Pick(colours), o.Pick(units), o.Pick(sizes)}
		if o.Chance(10) {
			l = popularLooks[o.Between(0, len(popularLooks)-1)]
		}
		writeKinds(o, l.category)
		o.number(maker)
		o.text(spell(maker))
		o.text(l.size)
		o.text(fmt.Sprintf("%05d%s%04d", o.Between(0, 99999), o.Pick(colours), o.Between(0, 9999)))
		o.text(l.colour)
		o.text(l.unit)
		o.text("Unknown")
		o.number(o.Between(1, 100))
		o.text(spell(key))
		o.End()
	}
}

// writeKinds writes brand, class and category.
func writeKinds(o *row, category string) {
	class := o.Pick(classes[category])
	number := slices.Index(categories, category) + 1
	first, second, last := o.Between(0, len(brandWords)-1), o.Between(0, len(brandWords)-1), o.Between(1, 17)
	brand := strings.ReplaceAll(brandWords[first]+brandWords[second], "_", "") + fmt.Sprintf(" #%d", last)
	if o.Chance(40) {
		brand = o.Pick(list("amalgimporto #1,edu packscholar #1,exportiimporto #1,importoamalg #1,scholaramalgamalg #14,scholaramalgamalg #7," +
			"exportiunivamalg #9,scholaramalgamalg #9"))
	}
	o.number(number*1_000_000 + (first+1)*1000 + second*10 + last%10)
	o.text(brand)
	o.number(slices.Index(classes[category], class) + 1)
	o.text(class)
	o.number(number)
	o.text(category)
}
