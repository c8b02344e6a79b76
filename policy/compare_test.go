package policy

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestCompareAgreesWithTheLattice adds rules to rules: what the lattice says is no more is told as less or other, never as a gain, and
// the way back never as a loss.
func TestCompareAgreesWithTheLattice(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	counts := map[Shows]int{}
	for range 20_000 {
		rules := anyRules(r, 4)
		before, after := fate(stateOf(rules...)), fate(stateOf(append(slices.Clone(rules), anyRule(r, 9))...))
		there, back := Compare(&before, &after), Compare(&after, &before)
		counts[there]++
		if there == ShowsMore || back == ShowsLess {
			t.Fatalf("%s, and back %s: %s to %s", there, back, before.Text(), after.Text())
		}
		if there.reversed() != back {
			t.Fatalf("%s, but back %s: %s to %s", there, back, before.Text(), after.Text())
		}
		if same := Compare(&before, &before); same != ShowsSame {
			t.Fatalf("%s compared with itself: %s", before.Text(), same)
		}
	}
	if counts[ShowsLess] < 1000 || counts[ShowsSame] < 1000 {
		t.Errorf("little was compared: %v", counts)
	}
}

// TestCompareAnyTwo holds that a comparison of any two fates is the reverse of the one the other way round, and that one which is told
// to show less never shows more by the lattice's own measure.
func TestCompareAnyTwo(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for range 20_000 {
		a, b := fate(stateOf(anyRules(r, 3)...)), fate(stateOf(anyRules(r, 3)...))
		there, back := Compare(&a, &b), Compare(&b, &a)
		if there.reversed() != back {
			t.Fatalf("%s, but back %s: %s to %s", there, back, a.Text(), b.Text())
		}
		if why := showsMore(b, a); there == ShowsLess && why != "" {
			t.Fatalf("%s to %s is told to show less, but it shows %s", a.Text(), b.Text(), why)
		}
	}
}
