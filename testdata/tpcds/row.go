package tpcds

import (
	"fmt"
	"strings"

	"meshgate/testdata/tpc"
)

// row writes a row of a dimension or a fact, with NULLs in columns that may have them.
type row struct {
	*tpc.Writer
	tpc.Rand
}

func newRow(w *tpc.Writer, table string, key int) *row {
	return &row{w, tpc.NewRand(table, key)}
}

// missing reports whether the next value is one of the few that are NULL.
func (o *row) missing() bool {
	if o.Between(1, 100) > 3 {
		return false
	}
	o.Null()
	return true
}

// number, text, cents and day write values that may be NULL.
func (o *row) number(v int) {
	if !o.missing() {
		o.Int(v)
	}
}

func (o *row) text(s string) {
	if !o.missing() {
		o.Text(s)
	}
}

func (o *row) cents(v int) {
	if !o.missing() {
		o.Cents(v)
	}
}

func (o *row) day(d tpc.Day) {
	if !o.missing() {
		o.Int(dateKey(d))
	}
}

// words writes a sentence.
func (o *row) words(count int) {
	list := make([]string, count)
	for i := range list {
		list[i] = o.Pick(vocabulary)
	}
	o.text(strings.Join(list, " ") + ".")
}

// flag writes Y or N.
func (o *row) flag(percent int) {
	if o.Chance(percent) {
		o.text("Y")
	} else {
		o.text("N")
	}
}

// place writes the columns of an address in a city, county, state and zip of its own.
func (o *row) place(city, county, state, zip string) {
	o.text(fmt.Sprint(o.Between(1, 999)))
	o.text(o.Pick(streetNames))
	o.text(o.Pick(streetTypes))
	o.text(fmt.Sprintf("Suite %d", o.Between(0, 49)*10))
	o.text(city)
	o.text(county)
	o.text(state)
	o.text(zip)
	o.text("United States")
	o.text(offsets[state])
}

// businessKey is the 16 letters by which people know a row.
func businessKey(n int) string {
	b := []byte("AAAAAAAAAAAAAAAA")
	for i := 8; n > 0; i++ {
		b[i] = 'A' + byte(n&15)
		n >>= 4
	}
	return string(b)
}

// revision writes the business key and the days of validity that slowly changing dimensions have: two rows are one thing before and
// after a change.
func (o *row) revision(key int) {
	o.Text(businessKey((key + 1) / 2))
	if key%2 == 1 {
		o.Date(tpc.NewDay(1997, 10, 27))
		o.Date(tpc.NewDay(2000, 10, 26))
	} else {
		o.Date(tpc.NewDay(2000, 10, 27))
		o.Null()
	}
}

// syllables spell a number, a digit each, as the specification names brands and makers.
var syllables = strings.Fields("ought able pri ese anti cally ation eing n_st bar")

func spell(n int) string {
	var b strings.Builder
	for {
		b.WriteString(strings.ReplaceAll(syllables[n%10], "_", " "))
		if n /= 10; n == 0 {
			return b.String()
		}
	}
}
