package pgvalue

import (
	"strconv"
	"strings"

	"meshgate/pgcat"
	"meshgate/sqlerr"
)

// Array is a PostgreSQL array: elements in row-major order, with the length and lower bound of each dimension. An empty array
// has no dimensions.
type Array struct {
	Elem   pgcat.OID
	Dims   []Dimension
	Values []Value
}

// Dimension is one dimension of an array.
type Dimension struct{ Length, Lower int32 }

// NewArray makes a one-dimensional array with lower bound 1.
func NewArray(elem pgcat.OID, values []Value) Array {
	a := Array{Elem: elem, Values: values}
	if len(values) > 0 {
		a.Dims = []Dimension{{Length: int32(len(values)), Lower: 1}}
	}
	return a
}

// IsPlain reports whether the array is empty or has one dimension with lower bound 1.
func (a Array) IsPlain() bool { return len(a.Dims) == 0 || len(a.Dims) == 1 && a.Dims[0].Lower == 1 }

const maxDimensions = 6

func malformedArray(text, detail string) error {
	return sqlerr.Newf(sqlerr.InvalidTextRepresentation, "malformed array literal: \"%s\"", clip(text)).WithDetail("%s", detail)
}

// ParseArray reads an array literal (PostgreSQL 15, section 8.15.6).
func ParseArray(elem pgcat.OID, mod int32, text string, f *Format) (Array, error) {
	p := arrayParser{text: text, elem: elem, mod: mod, format: f}
	return p.parse()
}

type arrayParser struct {
	text    string
	rest    string
	elem    pgcat.OID
	mod     int32
	format  *Format
	lengths []int32
	leaves  int // the depth of lists of elements, counted from one; 0 = none seen
	values  []Value
}

func (p *arrayParser) parse() (Array, error) {
	p.rest = strings.TrimLeft(p.text, blanks)
	lowers, fixed, err := p.bounds()
	if err != nil {
		return Array{}, err
	}
	if !strings.HasPrefix(p.rest, "{") {
		return Array{}, malformedArray(p.text, `Array value must start with "{" or dimension information.`)
	}
	if err := p.level(0); err != nil {
		return Array{}, err
	}
	if strings.Trim(p.rest, blanks) != "" {
		return Array{}, malformedArray(p.text, "Junk after closing right brace.")
	}
	a := Array{Elem: p.elem, Values: p.values}
	if fixed != nil && !sameLengths(fixed, p.lengths) {
		return Array{}, malformedArray(p.text, "Specified array dimensions do not match array contents.")
	}
	for i, n := range p.lengths {
		d := Dimension{Length: n, Lower: 1}
		if i < len(lowers) {
			d.Lower = lowers[i]
		}
		a.Dims = append(a.Dims, d)
	}
	return a, nil
}

func sameLengths(a, b []int32) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// bounds reads "[2:4][1:3]=".
func (p *arrayParser) bounds() (lowers, lengths []int32, err error) {
	if !strings.HasPrefix(p.rest, "[") {
		return nil, nil, nil
	}
	for strings.HasPrefix(p.rest, "[") {
		spec, after, ok := strings.Cut(p.rest[1:], "]")
		if !ok {
			return nil, nil, malformedArray(p.text, `Missing "]" after array dimensions.`)
		}
		low, high, two := strings.Cut(spec, ":")
		if !two {
			low, high = "1", spec
		}
		l, err1 := strconv.ParseInt(low, 10, 32)
		h, err2 := strconv.ParseInt(high, 10, 32)
		if err1 != nil || err2 != nil {
			return nil, nil, malformedArray(p.text, `"[" must introduce explicitly-specified array dimensions.`)
		}
		if h < l {
			return nil, nil, sqlerr.Newf(sqlerr.ArraySubscriptError, "upper bound cannot be less than lower bound")
		}
		lowers, lengths, p.rest = append(lowers, int32(l)), append(lengths, int32(h-l+1)), after
	}
	p.rest = strings.TrimLeft(p.rest, blanks)
	if !strings.HasPrefix(p.rest, "=") {
		return nil, nil, malformedArray(p.text, `Missing "=" after array dimensions.`)
	}
	p.rest = strings.TrimLeft(p.rest[1:], blanks)
	return lowers, lengths, nil
}

// level reads one brace-enclosed list; depth 0 is the outermost.
func (p *arrayParser) level(depth int) error {
	if depth >= maxDimensions {
		return sqlerr.Newf(sqlerr.ProgramLimitExceeded, "number of array dimensions (%d) exceeds the maximum allowed (%d)", depth+1, maxDimensions)
	}
	p.rest = strings.TrimLeft(p.rest[1:], blanks)
	if depth == 0 && strings.HasPrefix(p.rest, "}") {
		p.rest = p.rest[1:]
		return nil
	}
	lists := strings.HasPrefix(p.rest, "{")
	var count int32
	for {
		if strings.HasPrefix(p.rest, "{") != lists {
			return malformedArray(p.text, "Unexpected array element.")
		}
		if lists {
			if err := p.level(depth + 1); err != nil {
				return err
			}
		} else if err := p.element(depth); err != nil {
			return err
		}
		count++
		p.rest = strings.TrimLeft(p.rest, blanks)
		switch {
		case strings.HasPrefix(p.rest, ","):
			p.rest = strings.TrimLeft(p.rest[1:], blanks)
		case strings.HasPrefix(p.rest, "}"):
			p.rest = p.rest[1:]
			return p.close(depth, count)
		default:
			return malformedArray(p.text, "Unexpected end of input.")
		}
	}
}

// close records a list's length and refuses ragged arrays.
func (p *arrayParser) close(depth int, count int32) error {
	for len(p.lengths) <= depth {
		p.lengths = append(p.lengths, 0)
	}
	if p.lengths[depth] != 0 && p.lengths[depth] != count {
		return malformedArray(p.text, "Multidimensional arrays must have sub-arrays with matching dimensions.")
	}
	p.lengths[depth] = count
	return nil
}

func (p *arrayParser) element(depth int) error {
	if p.leaves != 0 && p.leaves != depth+1 {
		// PostgreSQL 15 reads some of these as arrays that nobody wrote.
		return sqlerr.Newf(sqlerr.FeatureNotSupported, "array literals with elements at several depths are not supported")
	}
	p.leaves = depth + 1
	text, quoted, err := p.token()
	if err != nil {
		return err
	}
	if !quoted && strings.EqualFold(text, "null") {
		p.values = append(p.values, nil)
		return nil
	}
	v, err := Parse(p.elem, p.mod, text, p.format)
	if err != nil {
		return err
	}
	p.values = append(p.values, v)
	return nil
}

// token reads one element's text up to its delimiter.
func (p *arrayParser) token() (text string, quoted bool, err error) {
	var b strings.Builder
	i := 0
	if strings.HasPrefix(p.rest, `"`) {
		for i = 1; i < len(p.rest) && p.rest[i] != '"'; i++ {
			if p.rest[i] == '\\' {
				i++
			}
			if i < len(p.rest) {
				b.WriteByte(p.rest[i])
			}
		}
		if i >= len(p.rest) {
			return "", false, malformedArray(p.text, "Unexpected end of input.")
		}
		p.rest = p.rest[i+1:]
		return b.String(), true, nil
	}
	keep := 0 // length up to the last character that is not a trailing blank
	for ; i < len(p.rest) && p.rest[i] != ',' && p.rest[i] != '}'; i++ {
		c := p.rest[i]
		switch {
		case c == '{' || c == '"':
			return "", false, malformedArray(p.text, "Unexpected \""+string(c)+"\" character.")
		case c == '\\' && i+1 < len(p.rest):
			i++
			quoted = true // as far as NULL goes
			b.WriteByte(p.rest[i])
			keep = b.Len()
			continue
		}
		b.WriteByte(c)
		if strings.IndexByte(blanks, c) < 0 {
			keep = b.Len()
		}
	}
	if i == len(p.rest) {
		return "", false, malformedArray(p.text, "Unexpected end of input.")
	}
	if keep == 0 {
		return "", false, malformedArray(p.text, "Unexpected \""+p.rest[i:i+1]+"\" character.")
	}
	p.rest = p.rest[i:]
	return b.String()[:keep], quoted, nil
}

func (f *Format) appendArray(dst []byte, a Array) []byte {
	if len(a.Values) == 0 {
		return append(dst, "{}"...)
	}
	if !hasUnitBounds(a.Dims) {
		for _, d := range a.Dims {
			dst = append(strconv.AppendInt(append(dst, '['), int64(d.Lower), 10), ':')
			dst = append(strconv.AppendInt(dst, int64(d.Lower+d.Length-1), 10), ']')
		}
		dst = append(dst, '=')
	}
	dst, _ = f.appendArrayLevel(dst, a, 0, a.Values)
	return dst
}

func hasUnitBounds(dims []Dimension) bool {
	for _, d := range dims {
		if d.Lower != 1 {
			return false
		}
	}
	return true
}

func (f *Format) appendArrayLevel(dst []byte, a Array, depth int, values []Value) ([]byte, []Value) {
	dst = append(dst, '{')
	for i := range a.Dims[depth].Length {
		if i > 0 {
			dst = append(dst, ',')
		}
		if depth+1 < len(a.Dims) {
			dst, values = f.appendArrayLevel(dst, a, depth+1, values)
			continue
		}
		if values[0] == nil {
			dst = append(dst, "NULL"...)
		} else {
			start := len(dst)
			dst = QuoteArrayElement(f.AppendText(dst, a.Elem, values[0]), start)
		}
		values = values[1:]
	}
	return append(dst, '}'), values
}

// QuoteArrayElement quotes dst[start:], an element's text, where array_out would.
func QuoteArrayElement(dst []byte, start int) []byte {
	text := dst[start:]
	quote := len(text) == 0 || strings.EqualFold(string(text), "null")
	for _, c := range text {
		switch c {
		case '"', '\\', '{', '}', ',', ' ', '\t', '\n', '\r', '\v', '\f':
			quote = true
		}
	}
	if !quote {
		return dst
	}
	return inQuotes(dst, start, func(byte) byte { return '\\' })
}
