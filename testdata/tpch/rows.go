package tpch

import (
	"fmt"
	"strings"

	"meshgate/testdata/tpc"
)

var (
	regionNames = words("AFRICA AMERICA ASIA EUROPE MIDDLE_EAST")
	// A nation's number is its place here; the digit is its region.
	nationNames = words(`0ALGERIA 1ARGENTINA 1BRAZIL 1CANADA 4EGYPT 0ETHIOPIA 3FRANCE 3GERMANY 2INDIA 2INDONESIA 4IRAN 4IRAQ 2JAPAN 4JORDAN 0KENYA
		0MOROCCO 0MOZAMBIQUE 1PERU 2CHINA 3ROMANIA 4SAUDI_ARABIA 2VIETNAM 3RUSSIA 3UNITED_KINGDOM 1UNITED_STATES`)
	colours = words(`almond antique aquamarine azure beige bisque black blanched blue blush brown burlywood burnished chartreuse chiffon chocolate
		coral cornflower cornsilk cream cyan dark deep dim dodger drab firebrick floral forest frosted gainsboro ghost goldenrod green grey honeydew
		hot indian ivory khaki lace lavender lawn lemon light lime linen magenta maroon medium metallic midnight mint misty moccasin navajo navy
		olive orange orchid pale papaya peach peru pink plum powder puff purple red rose rosy royal saddle salmon sandy seashell sienna sky slate
		smoke snow spring steel tan thistle tomato turquoise violet wheat white yellow`)
	typeSizes      = words("STANDARD SMALL MEDIUM LARGE ECONOMY PROMO")
	typeFinishes   = words("ANODIZED BURNISHED PLATED POLISHED BRUSHED")
	typeMetals     = words("TIN NICKEL BRASS STEEL COPPER")
	containerSizes = words("SM LG MED JUMBO WRAP")
	containerKinds = words("CASE BOX BAG JAR PKG PACK CAN DRUM")
	segments       = words("AUTOMOBILE BUILDING FURNITURE MACHINERY HOUSEHOLD")
	priorities     = strings.Split("1-URGENT,2-HIGH,3-MEDIUM,4-NOT SPECIFIED,5-LOW", ",")
	instructions   = strings.Split("DELIVER IN PERSON,COLLECT COD,NONE,TAKE BACK RETURN", ",")
	modes          = strings.Split("REG AIR,AIR,RAIL,SHIP,TRUCK,MAIL,FOB", ",")
)

// times is the number of rows of a table that has base rows at scale 1.
func times(scale float64, base int) int { return max(1, int(scale*float64(base)+0.5)) }

func writeRegions(w *tpc.Writer, _ float64) {
	for i, name := range regionNames {
		r := tpc.NewRand("region", i)
		w.Int(i)
		w.Text(strings.ReplaceAll(name, "_", " "))
		w.Text(comment(&r, 31, 115))
		w.End()
	}
}

func writeNations(w *tpc.Writer, _ float64) {
	for i, name := range nationNames {
		r := tpc.NewRand("nation", i)
		w.Int(i)
		w.Text(strings.ReplaceAll(name[1:], "_", " "))
		w.Int(int(name[0] - '0'))
		w.Text(comment(&r, 31, 114))
		w.End()
	}
}

func phone(r *tpc.Rand, nation int) string {
	return fmt.Sprintf("%d-%03d-%03d-%04d", nation+10, r.Between(100, 999), r.Between(100, 999), r.Between(1000, 9999))
}

func suppliers(scale float64) int { return times(scale, 10_000) }

func writeSuppliers(w *tpc.Writer, scale float64) {
	for key := 1; key <= suppliers(scale); key++ {
		r := tpc.NewRand("supplier", key)
		nation := r.Between(0, len(nationNames)-1)
		w.Int(key)
		w.Text(fmt.Sprintf("Supplier#%09d", key))
		w.Text(address(&r))
		w.Int(nation)
		w.Text(phone(&r, nation))
		w.Cents(r.Between(-99_999, 999_999))
		w.Text(supplierComment(&r))
		w.End()
	}
}

// supplierComment tells of complaints in 5 comments of 10,000, and of recommendations in as many.
func supplierComment(r *tpc.Rand) string {
	text := comment(r, 25, 100)
	luck := r.Between(1, 2000)
	if luck > 2 {
		return text
	}
	const customer = "Customer "
	last := []string{"Complaints", "Recommends"}[luck-1]
	gap := r.Between(0, len(text)-len(customer)-len(last))
	start := r.Between(0, len(text)-len(customer)-len(last)-gap)
	middle := start + len(customer)
	return text[:start] + customer + text[middle:middle+gap] + last + text[middle+gap+len(last):]
}

func parts(scale float64) int { return times(scale, 200_000) }

func retailPrice(part int) int { return 90_000 + part/10%20_001 + 100*(part%1000) }

func writeParts(w *tpc.Writer, scale float64) {
	for key := 1; key <= parts(scale); key++ {
		r := tpc.NewRand("part", key)
		maker := r.Between(1, 5)
		w.Int(key)
		w.Text(partName(&r))
		w.Text(fmt.Sprintf("Manufacturer#%d", maker))
		w.Text(fmt.Sprintf("Brand#%d%d", maker, r.Between(1, 5)))
		w.Text(r.Pick(typeSizes) + " " + r.Pick(typeFinishes) + " " + r.Pick(typeMetals))
		w.Int(r.Between(1, 50))
		w.Text(r.Pick(containerSizes) + " " + r.Pick(containerKinds))
		w.Cents(retailPrice(key))
		w.Text(comment(&r, 5, 22))
		w.End()
	}
}

// partName is five different colours.
func partName(r *tpc.Rand) string {
	var chosen [5]int
	for i := 0; i < len(chosen); {
		chosen[i] = r.Between(0, len(colours)-1)
		fresh := true
		for _, earlier := range chosen[:i] {
			fresh = fresh && earlier != chosen[i]
		}
		if fresh {
			i++
		}
	}
	var name strings.Builder
	for i, c := range chosen {
		if i > 0 {
			name.WriteByte(' ')
		}
		name.WriteString(colours[c])
	}
	return name.String()
}

// suppliersOfPart is the number of suppliers that a part has.
const suppliersOfPart = 4

// partSupplier is the i-th supplier of a part, from 0 (clause 4.2.3, PARTSUPP).
func partSupplier(part, i, suppliers int) int {
	return (part+i*(suppliers/suppliersOfPart+(part-1)/suppliers))%suppliers + 1
}

func writePartSuppliers(w *tpc.Writer, scale float64) {
	all := suppliers(scale)
	for key := 1; key <= parts(scale); key++ {
		r := tpc.NewRand("partsupp", key)
		for i := range suppliersOfPart {
			w.Int(key)
			w.Int(partSupplier(key, i, all))
			w.Int(r.Between(1, 9999))
			w.Cents(r.Between(100, 100_000))
			w.Text(comment(&r, 49, 198))
			w.End()
		}
	}
}

func customers(scale float64) int { return times(scale, 150_000) }

func writeCustomers(w *tpc.Writer, scale float64) {
	for key := 1; key <= customers(scale); key++ {
		r := tpc.NewRand("customer", key)
		nation := r.Between(0, len(nationNames)-1)
		w.Int(key)
		w.Text(fmt.Sprintf("Customer#%09d", key))
		w.Text(address(&r))
		w.Int(nation)
		w.Text(phone(&r, nation))
		w.Cents(r.Between(-99_999, 999_999))
		w.Text(r.Pick(segments))
		w.Text(comment(&r, 29, 116))
		w.End()
	}
}
