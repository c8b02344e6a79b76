package tpc

import (
	"hash/fnv"
	"math/bits"
	"time"
)

// Rand is a stream of numbers that depend on nothing but its name and number: SplitMix64 (Steele, Lea, Flood 2014). Making one costs
// next to nothing, so that each order has its own, and the table of its lines computes it anew.
type Rand struct{ state uint64 }

// NewRand starts the stream of a name and a number.
func NewRand(name string, number int) Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // writes to a hash do not fail
	r := Rand{state: h.Sum64() ^ uint64(number)*0x9e3779b97f4a7c15}
	r.state = r.next() // neighbouring numbers would begin with neighbouring states
	return r
}

func (r *Rand) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Between returns a number from low to high, both included.
func (r *Rand) Between(low, high int) int {
	hi, _ := bits.Mul64(r.next(), uint64(high-low+1))
	return low + int(hi)
}

// Chance reports true in percent of the cases.
func (r *Rand) Chance(percent int) bool { return r.Between(1, 100) <= percent }

// Pick returns one of the values.
func (r *Rand) Pick(values []string) string { return values[r.Between(0, len(values)-1)] }

// Day is a day, counted from 1970-01-01.
type Day int

// NewDay returns a day of the Gregorian calendar.
func NewDay(year, month, day int) Day {
	return Day(time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// Time returns the day's midnight.
func (d Day) Time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

func (d Day) append(b []byte) []byte { return d.Time().AppendFormat(b, time.DateOnly) }
