package pgvalue

import (
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestSmallNumerics holds values that 64 bits hold against the same ones as big integers, and against their texts.
func TestSmallNumerics(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 10_000 {
		v, scale := r.Int64()>>r.IntN(63), r.Int32N(20)
		for range r.IntN(4) {
			v = v / 10 * 10
		}
		if r.IntN(2) == 0 {
			v = -v
		}
		small, large := NumericFromUnscaledInt(v, scale), Numeric{big: big.NewInt(v), scale: scale}
		want := int32(0)
		if _, fraction, ok := strings.Cut(small.String(), "."); ok {
			want = int32(len(strings.TrimRight(fraction, "0")))
		}
		if got := small.MinScale(); got != want {
			t.Fatalf("%s needs %d digits, expected %d", small, got, want)
		}
		if other := r.Int64()>>r.IntN(63) + 1; other != 0 {
			d, to := NumericFromUnscaledInt(other, r.Int32N(10)), r.Int32N(25)
			shift := to + d.scale - scale
			num, den := big.NewInt(v), d.Unscaled()
			if shift > 0 {
				num = new(big.Int).Mul(num, pow10(shift))
			} else {
				den = new(big.Int).Mul(den, pow10(-shift))
			}
			round := r.IntN(2) == 0
			want := NumericFromUnscaled(divide(num, den, round), to).String()
			if got := quotient(small, d, to, round).String(); got != want {
				t.Fatalf("%s / %s with %d digits is %s, expected %s", small, d, to, got, want)
			}
		}
		to := r.Int32N(40)
		if got, want := small.Round(to).String(), large.Round(to).String(); got != want {
			t.Fatalf("%s with %d digits is %s, expected %s", small, to, got, want)
		}
	}
}

// TestSortableFits holds the digits that a sortable form tells against those of its value.
func TestSortableFits(t *testing.T) {
	for _, text := range []string{
		"0", "0.00", "1", "-1", "9", "10", "99", "100", "-100", "0.1", "0.01", "-0.001", "123.456", "1e27", "9.99e27", "1e28", "-1e28", "1e-28", "1e-29", "-3e-30",
		"1234567890123456789012345678.1234567890123456789012345678", "NaN", "Infinity", "-Infinity", "5e-27", "0.12345678901234567890123456789",
	} {
		n, err := ParseNumeric(text)
		if err != nil {
			t.Fatal(err)
		}
		form := n.AppendSortable(nil)
		whole, fraction := 0, int(n.MinScale())
		if n.IsFinite() {
			if whole = len(strings.TrimPrefix(n.Trunc(0).String(), "-")); n.Trunc(0).Sign() == 0 {
				whole = 0
			}
		}
		for _, most := range []int{1, 2, 9, 27, 28, 29} {
			exact := n.IsFinite() && whole <= most && fraction <= most
			loose := n.IsFinite() && whole <= most && fraction < most
			if got := SortableFits(form, most, most); got && !exact || !got && loose {
				t.Errorf("%s has %d and %d digits: SortableFits %d says %t", text, whole, fraction, most, got)
			}
		}
		if got := SortableScale(form); n.IsFinite() && got != n.Scale() {
			t.Errorf("%s: scale %d", text, got)
		}
	}
}
