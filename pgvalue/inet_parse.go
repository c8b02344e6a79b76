package pgvalue

import (
	"strings"

	"meshgate/sqlerr"
)

// Inet is a value of inet or cidr: an address, and the length of its network in bits.
type Inet struct {
	Address []byte // 4 or 16 bytes
	Bits    int
}

// ParseInet reads an inet, or a cidr, which may leave out what its network's length leaves out and has no bits beyond it (network_in,
// inet_net_pton.c).
func ParseInet(text string, cidr bool) (Inet, error) {
	name := "inet"
	if cidr {
		name = "cidr"
	}
	v, ok := Inet{}, false
	switch {
	case strings.IndexByte(text, 0) >= 0:
	case strings.Contains(text, ":"):
		v, ok = parseInet6(text)
	case cidr:
		v, ok = parseCIDR4(text)
	default:
		v, ok = parseInet4(text)
	}
	if !ok {
		return v, invalidText(name, text)
	}
	if cidr && !v.isNetwork() {
		return v, sqlerr.Newf(sqlerr.InvalidTextRepresentation, "invalid cidr value: \"%s\"", clip(text)).WithDetail("Value has bits set to right of mask.")
	}
	return v, nil
}

// digitsOf reads a decimal number that is not above most.
func digitsOf(s string, most int) (v int, rest string, ok bool) {
	i := 0
	for ; i < len(s) && isDigitByte(s[i]); i++ {
		if v = v*10 + int(s[i]-'0'); v > most {
			return 0, s, false
		}
	}
	return v, s[i:], i > 0
}

func parseInet4(s string) (Inet, bool) {
	v := Inet{Bits: -1}
	for s != "" && isDigitByte(s[0]) {
		octet, rest, ok := digitsOf(s, 255)
		if !ok || len(v.Address) == 4 {
			return v, false
		}
		v.Address, s = append(v.Address, byte(octet)), rest
		if s == "" || s[0] == '/' {
			break
		}
		if s[0] != '.' {
			return v, false
		}
		s = s[1:]
	}
	if !v.length(&s) {
		return v, false
	}
	if v.Bits < 0 {
		v.Bits = 32
		if len(v.Address) < 4 {
			return v, false
		}
	}
	if len(v.Address) == 0 || v.Bits/8 > len(v.Address) {
		return v, false
	}
	v.Address = append(v.Address, make([]byte, 4-len(v.Address))...)
	return v, true
}

// length reads "/bits" of an address of four bytes, and wants nothing after it.
func (v *Inet) length(s *string) bool {
	if strings.HasPrefix(*s, "/") && len(v.Address) > 0 {
		bits, rest, ok := digitsOf((*s)[1:], 32)
		if !ok {
			return false
		}
		v.Bits, *s = bits, rest
	}
	return *s == ""
}

func parseCIDR4(s string) (Inet, bool) {
	v := Inet{Bits: -1}
	if len(s) > 2 && (s[:2] == "0x" || s[:2] == "0X") {
		s = s[2:]
		n := 0
		for ; n < len(s) && hexDigit(s[n]) >= 0; n++ {
			if n%2 == 0 {
				v.Address = append(v.Address, byte(hexDigit(s[n])<<4))
			} else {
				v.Address[n/2] |= byte(hexDigit(s[n]))
			}
		}
		if s = s[n:]; len(v.Address) > 4 || n == 0 {
			return v, false
		}
	} else {
		for {
			octet, rest, ok := digitsOf(s, 255)
			if !ok || len(v.Address) == 4 {
				return v, false
			}
			v.Address, s = append(v.Address, byte(octet)), rest
			if s == "" || s[0] == '/' {
				break
			}
			if s[0] != '.' {
				return v, false
			}
			s = s[1:]
		}
	}
	if !v.length(&s) {
		return v, false
	}
	if v.Bits < 0 {
		v.Bits = classBits(v.Address)
	}
	v.Address = append(v.Address, make([]byte, 4-len(v.Address))...)
	return v, true
}

// classBits is the length of a network that says none: by the class of its first byte, but at least what is written.
func classBits(written []byte) int {
	bits := 8
	switch first := written[0]; {
	case first >= 240:
		bits = 32
	case first >= 224:
	case first >= 192:
		bits = 24
	case first >= 128:
		bits = 16
	}
	bits = max(bits, len(written)*8)
	if bits == 8 && written[0] == 224 {
		bits = 4
	}
	return bits
}

// number reads decimal digits without leading zeros: all that there are.
func number(s string, most int) (int, string, bool) {
	v, rest, ok := digitsOf(s, most)
	return v, rest, ok && (s[0] != '0' || len(s)-len(rest) == 1)
}

func bits6(s string) (int, bool) {
	v, rest, ok := number(s, 128)
	return v, ok && rest == ""
}

// tail4 reads the four decimal bytes that may end an address of sixteen, and the length of the network. As in PostgreSQL, those that are
// missing are 0.
func tail4(s string, bits *int) (out []byte, ok bool) {
	for {
		octet, rest := 0, s
		if s != "" && isDigitByte(s[0]) {
			if octet, rest, ok = number(s, 255); !ok {
				return nil, false
			}
		} else if s == "" {
			return nil, false
		}
		if len(out) == 4 {
			return nil, false
		}
		out, s = append(out, byte(octet)), rest
		switch {
		case s == "":
		case s[0] == '/':
			if *bits, ok = bits6(s[1:]); !ok {
				return nil, false
			}
		case s[0] == '.':
			s = s[1:]
			continue
		default:
			return nil, false
		}
		return append(out, make([]byte, 4-len(out))...), true
	}
}

func parseInet6(s string) (Inet, bool) {
	v := Inet{Bits: -1}
	gap := -1
	if s[0] == ':' {
		if s = s[1:]; s == "" || s[0] != ':' {
			return v, false
		}
	}
	token, value, digits := s, 0, 0
	ok := true
scan:
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch d := hexDigit(c); {
		case d >= 0:
			if value, digits = value<<4|d, digits+1; digits > 4 {
				return v, false
			}
		case c == ':':
			token = s[i+1:]
			if digits == 0 {
				if gap >= 0 {
					return v, false
				}
				gap = len(v.Address)
				continue
			}
			if token == "" || len(v.Address) > 14 {
				return v, false
			}
			v.Address = append(v.Address, byte(value>>8), byte(value))
			value, digits = 0, 0
		case c == '.' && len(v.Address) <= 12:
			four, valid := tail4(token, &v.Bits)
			if !valid {
				return v, false
			}
			v.Address, digits = append(v.Address, four...), 0
			break scan
		case c == '/':
			if v.Bits, ok = bits6(s[i+1:]); !ok {
				return v, false
			}
			break scan
		default:
			return v, false
		}
	}
	if digits > 0 {
		if len(v.Address) > 14 {
			return v, false
		}
		v.Address = append(v.Address, byte(value>>8), byte(value))
	}
	if v.Bits < 0 {
		v.Bits = 128
	}
	if missing := 16 - len(v.Address); gap >= 0 && missing > 0 {
		tail := append(make([]byte, missing), v.Address[gap:]...)
		v.Address = append(v.Address[:gap:gap], tail...)
	} else if gap >= 0 {
		return v, false
	}
	return v, len(v.Address) == 16
}
