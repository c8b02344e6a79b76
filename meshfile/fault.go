// Package meshfile reads the files of a mesh folder strictly into typed values with positions. What the values mean together
// is catalog's and policy's work: this package knows files, keys and types, and nothing of products, rules or stores at work.
package meshfile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Position is a place in a file of the mesh folder.
type Position struct {
	File         string // relative to the mesh folder, with slashes
	Line, Column int    // from 1; columns count characters
}

// String returns file:line:column.
func (p Position) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column) }

// Fault is one thing that is wrong in a file, and what was expected instead. It never holds a secret's value.
type Fault struct {
	File         string // relative to the mesh folder, with slashes
	Line, Column int    // from 1; columns count characters
	Message      string
}

// FaultAt makes a fault at a place.
func FaultAt(at Position, format string, args ...any) Fault {
	return Fault{File: at.File, Line: at.Line, Column: at.Column, Message: visible(fmt.Sprintf(format, args...))}
}

// visible writes characters out that a terminal would obey or not show: names in files may hold them, and faults are printed.
func visible(text string) string {
	if !strings.ContainsFunc(text, isInvisible) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if isInvisible(r) {
			fmt.Fprintf(&b, "%U", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func isInvisible(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
}

// Error returns file:line:column: message.
func (f Fault) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Column, f.Message)
}

// Faults are all faults that were found, in the order of their places. A nil or empty Faults means that nothing is wrong;
// callers compare its length with 0, since a nil Faults in an error variable is not a nil error.
type Faults []Fault

// Error returns one fault a line.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i := range f {
		lines[i] = f[i].Error()
	}
	return strings.Join(lines, "\n")
}

// Err returns the faults as an error, nil when there are none.
func (f Faults) Err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}

// Add appends a fault at a place.
func (f *Faults) Add(at Position, format string, args ...any) {
	*f = append(*f, FaultAt(at, format, args...))
}

// Sort orders the faults by file, line, column and message, and drops repetitions.
func (f *Faults) Sort() {
	slices.SortFunc(*f, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Message, b.Message))
	})
	*f = slices.Compact(*f)
}
