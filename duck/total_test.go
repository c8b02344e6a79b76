package duck

import "testing"

// TestTotal holds the list of functions that cannot fail against those that there are.
func TestTotal(t *testing.T) {
	known := map[string]bool{}
	for _, f := range functions {
		known[f.name] = true
	}
	for name := range total {
		if !known[name] {
			t.Errorf("there is no function %s", name)
		}
	}
}
