package pgvalue

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode/utf8"
)

//go:generate go run ./generate -out ctype.gz

//go:embed ctype.gz
var packedCType []byte

// charClass is a set of the classes of <wctype.h> under lc_ctype C.UTF-8, which meshgate announces.
type charClass uint16

const (
	classAlpha charClass = 1 << iota
	classAlnum
	classDigit
	classUpper
	classLower
	classGraph
	classPrint
	classPunct
	classSpace
)

var charClassNames = map[string]charClass{
	"alpha": classAlpha, "alnum": classAlnum, "digit": classDigit, "upper": classUpper, "lower": classLower,
	"graph": classGraph, "print": classPrint, "punct": classPunct, "space": classSpace,
}

const (
	pageBits = 8
	pageSize = 1 << pageBits
	pages    = (utf8.MaxRune + 1) >> pageBits
)

// ctypeTable tells what characters are, in pages of 256; pages that are alike are one.
type ctypeTable struct {
	page    [pages]uint16
	classes [][pageSize]charClass
	upper   [][pageSize]int32 // distance to the upper-case counterpart
	lower   [][pageSize]int32
	runs    map[charClass][]runeRange
	pairs   []casePair // in the order of the characters
}

// casePair is a character whose case counterparts are not all itself.
type casePair struct{ char, upper, lower rune }

type runeRange struct{ first, last rune }

var ctype = sync.OnceValue(func() *ctypeTable {
	z, err := gzip.NewReader(bytes.NewReader(packedCType))
	if err != nil {
		panic("pgvalue: " + err.Error())
	}
	text, err := io.ReadAll(z)
	if err != nil {
		panic("pgvalue: " + err.Error())
	}
	return readCType(string(text))
})

// flatCType is the table before it is cut into pages.
type flatCType struct {
	classes      []charClass
	upper, lower []int32
	runs         map[charClass][]runeRange
}

func readCType(text string) *ctypeTable {
	const all = utf8.MaxRune + 1
	f := flatCType{make([]charClass, all), make([]int32, all), make([]int32, all), map[charClass][]runeRange{}}
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		for _, field := range fields[1:] {
			var r runeRange
			var distance int32
			if n, err := fmt.Sscanf(field, "%x-%x%d", &r.first, &r.last, &distance); n < 2 {
				panic("pgvalue: " + err.Error())
			}
			f.add(fields[0], r, distance)
		}
	}
	return f.paged()
}

func (f *flatCType) add(name string, r runeRange, distance int32) {
	class := charClassNames[name]
	if class != 0 {
		f.runs[class] = append(f.runs[class], r)
	}
	for c := r.first; c <= r.last; c++ {
		switch name {
		case "upper-case":
			f.upper[c] = distance
		case "lower-case":
			f.lower[c] = distance
		default:
			f.classes[c] |= class
		}
	}
}

func (f *flatCType) paged() *ctypeTable {
	t := &ctypeTable{runs: f.runs}
	type page struct {
		classes      [pageSize]charClass
		upper, lower [pageSize]int32
	}
	seen := map[page]uint16{}
	for i := range t.page {
		at := i * pageSize
		p := page{[pageSize]charClass(f.classes[at:]), [pageSize]int32(f.upper[at:]), [pageSize]int32(f.lower[at:])}
		n, ok := seen[p]
		if !ok {
			n = uint16(len(t.classes))
			seen[p] = n
			t.classes, t.upper, t.lower = append(t.classes, p.classes), append(t.upper, p.upper), append(t.lower, p.lower)
		}
		t.page[i] = n
	}
	for c := range f.upper {
		if f.upper[c] != 0 || f.lower[c] != 0 {
			t.pairs = append(t.pairs, casePair{rune(c), rune(c) + f.upper[c], rune(c) + f.lower[c]})
		}
	}
	return t
}

// is reports whether a character is of one of the classes.
func (t *ctypeTable) is(r rune, c charClass) bool {
	return uint32(r) <= utf8.MaxRune && t.classes[t.page[r>>pageBits]][r&(pageSize-1)]&c != 0
}

func (t *ctypeTable) toUpper(r rune) rune {
	if uint32(r) > utf8.MaxRune {
		return r
	}
	return r + t.upper[t.page[r>>pageBits]][r&(pageSize-1)]
}

func (t *ctypeTable) toLower(r rune) rune {
	if uint32(r) > utf8.MaxRune {
		return r
	}
	return r + t.lower[t.page[r>>pageBits]][r&(pageSize-1)]
}

// AppendUpper appends a text in upper case, character by character, as upper does with a libc provider.
func AppendUpper(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= utf8.RuneSelf {
			return appendMapped(dst, s[i:], ctype().toUpper)
		}
		if c-'a' < 26 {
			c -= 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

// AppendLower appends a text in lower case, as lower does.
func AppendLower(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= utf8.RuneSelf {
			return appendMapped(dst, s[i:], ctype().toLower)
		}
		if c-'A' < 26 {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

func appendMapped(dst []byte, s string, to func(rune) rune) []byte {
	for _, r := range s {
		dst = utf8.AppendRune(dst, to(r))
	}
	return dst
}

// AppendInitCap appends a text with the first letter of each word in upper case and the others in lower case, as initcap does.
func AppendInitCap(dst []byte, s string) []byte {
	t := ctype()
	inWord := false
	for _, r := range s {
		if inWord {
			r = t.toLower(r)
		} else {
			r = t.toUpper(r)
		}
		inWord = t.is(r, classAlnum)
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}
