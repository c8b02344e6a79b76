package duck

import (
	"math/rand/v2"
	"testing"

	"meshgate/pgvalue"
)

// TestSmallFraction holds the fraction of values that 64 bits hold against that of big integers.
func TestSmallFraction(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		v, scale := r.Int64()>>r.IntN(63), r.Int32N(smallDigits)
		if r.IntN(2) == 0 {
			v = -v
		}
		n := pgvalue.NumericFromUnscaledInt(v, scale)
		want := hugeintOf(n.Sub(n.Trunc(0)).Round(sumScale).Unscaled())
		if got := smallFraction(v, scale); got != want {
			t.Fatalf("fraction of %s is %+v, expected %+v", n, got, want)
		}
	}
}
