package pgvalue

import (
	"math"
	"strings"

	"meshgate/sqlerr"
)

// macForms are the forms of a macaddr: the width of its six numbers, 0 being any, and what stands between them (mac.c).
var macForms = []struct {
	width int
	glue  [5]string
}{
	{0, [5]string{":", ":", ":", ":", ":"}},
	{0, [5]string{"-", "-", "-", "-", "-"}},
	{2, [5]string{"", "", ":", "", ""}},
	{2, [5]string{"", "", "-", "", ""}},
	{2, [5]string{"", ".", "", ".", ""}},
	{2, [5]string{"", "-", "", "-", ""}},
	{2, [5]string{}},
}

// ParseMacAddr reads a macaddr in one of its forms (macaddr_in), whose numbers PostgreSQL leaves to scanf.
func ParseMacAddr(text string) (string, error) {
	for _, f := range macForms {
		octets, ok := scanMac(text, f.width, f.glue)
		if !ok {
			continue
		}
		var out []byte
		for i, o := range octets {
			if o > 255 {
				return "", sqlerr.Newf(sqlerr.NumericValueOutOfRange, "invalid octet value in \"macaddr\" value: \"%s\"", clip(text))
			}
			if i > 0 {
				out = append(out, ':')
			}
			out = append(out, "0123456789abcdef"[o>>4], "0123456789abcdef"[o&15])
		}
		return string(out), nil
	}
	return "", invalidText("macaddr", text)
}

func scanMac(s string, width int, glue [5]string) (out [6]uint32, ok bool) {
	for i := range out {
		if out[i], s, ok = scanHex(s, width); !ok {
			return out, false
		}
		if i < len(glue) {
			if s, ok = strings.CutPrefix(s, glue[i]); !ok {
				return out, false
			}
		}
	}
	return out, strings.TrimLeft(s, blanks) == ""
}

// scanHex is scanf's %x: blanks, a sign, and digits, of which the last 32 bits count.
func scanHex(s string, width int) (v uint32, rest string, ok bool) {
	s = strings.TrimLeft(s, blanks)
	if width == 0 {
		width = len(s)
	}
	width = min(width, len(s))
	i, negative := 0, false
	if i < width && (s[i] == '+' || s[i] == '-') {
		negative = s[i] == '-'
		i++
	}
	first, sum, beyond := i, uint64(0), false
	if i+1 < width && s[i] == '0' && s[i+1]|0x20 == 'x' {
		i += 2 // glibc asks for no digit after it
	}
	for ; i < width && hexDigit(s[i]) >= 0; i++ {
		beyond = beyond || sum>>60 != 0
		sum = sum<<4 | uint64(hexDigit(s[i]))
	}
	switch {
	case beyond:
		sum = math.MaxUint64
	case negative:
		sum = -sum
	}
	return uint32(sum), s[i:], i > first
}
