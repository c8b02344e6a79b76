package duck

import (
	"regexp"
	"testing"
)

// TestEveryFunctionIsUsed holds the functions that the dialect names and those that are registered against each other.
func TestEveryFunctionIsUsed(t *testing.T) {
	name := regexp.MustCompile(`meshgate_\w+`)
	used := map[string]bool{scanFunction: true}
	for _, l := range Dialect().Ops {
		for _, n := range name.FindAllString(l.SQL, -1) {
			used[n] = true
		}
	}
	have := map[string]bool{scanFunction: true}
	for _, f := range functions {
		have[f.name] = true
	}
	for n := range used {
		if !have[n] {
			t.Errorf("%s is named by the dialect and does not exist", n)
		}
	}
	for n := range have {
		if !used[n] {
			t.Errorf("%s exists and nothing names it", n)
		}
	}
}
