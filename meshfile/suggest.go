package meshfile

import (
	"fmt"
	"slices"
	"strings"
)

// DidYouMean returns ` (did you mean "x"?)` for the known name that is nearest to a misspelt one, or nothing when none is near.
func DidYouMean(name string, known []string) string {
	if best := Nearest(name, known); best != "" {
		return fmt.Sprintf(" (did you mean %q?)", best)
	}
	return ""
}

// Nearest returns the known name that is at most a third of its length of edits away from a misspelt one, or nothing.
func Nearest(name string, known []string) string {
	best, bestDistance := "", len(name)+1
	sorted := slices.Sorted(slices.Values(known))
	for _, k := range sorted {
		d := Distance(strings.ToLower(name), strings.ToLower(k))
		if d < bestDistance && d <= max(1, len(k)/3) {
			best, bestDistance = k, d
		}
	}
	return best
}

// Distance is the number of single-character insertions, deletions, replacements and swaps of neighbours between two names.
// Names of more than 64 characters are as far apart as they are long, so that a hostile file cannot buy quadratic work.
func Distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x) > 64 || len(y) > 64 {
		return max(len(x), len(y))
	}
	before, row := make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(x); i++ {
		next := make([]int, len(y)+1)
		next[0] = i
		for j := 1; j <= len(y); j++ {
			replace := row[j-1]
			if x[i-1] != y[j-1] {
				replace++
			}
			next[j] = min(replace, row[j]+1, next[j-1]+1)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row = row, next
	}
	return row[len(y)]
}
