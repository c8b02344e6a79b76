package pgvalue

import (
	"bytes"
	"math/big"
	"slices"
	"strconv"

	"meshgate/sqlerr"
)

// All is the length of a network of one address.
func (v Inet) All() int { return len(v.Address) * 8 }

// Text writes a value as inet does, which leaves out the length of a single address, or as cidr, which never does.
func (v Inet) Text(cidr bool) string {
	s := v.Host()
	if cidr || v.Bits != v.All() {
		s += "/" + strconv.Itoa(v.Bits)
	}
	return s
}

// Host is the address alone.
func (v Inet) Host() string {
	if len(v.Address) == 4 {
		return string(appendOctets(nil, v.Address))
	}
	var words [8]int
	for i := range words {
		words[i] = int(v.Address[2*i])<<8 | int(v.Address[2*i+1])
	}
	first, count := 0, 0
	for i := 0; i < 8; {
		n := 0
		for i+n < 8 && words[i+n] == 0 {
			n++
		}
		if n > count && n > 1 {
			first, count = i, n
		}
		i += n + 1
	}
	var dst []byte
	for i := 0; i < 8; i++ {
		if count > 0 && i >= first && i < first+count {
			if i == first {
				dst = append(dst, ':')
			}
			continue
		}
		if i > 0 {
			dst = append(dst, ':')
		}
		if i == 6 && count > 0 && first == 0 && (count == 6 || count == 7 && words[7] != 1 || count == 5 && words[5] == 0xffff) {
			return string(appendOctets(dst, v.Address[12:]))
		}
		dst = strconv.AppendInt(dst, int64(words[i]), 16)
	}
	if count > 0 && first+count == 8 {
		dst = append(dst, ':')
	}
	return string(dst)
}

func appendOctets(dst, octets []byte) []byte {
	for i, o := range octets {
		if i > 0 {
			dst = append(dst, '.')
		}
		dst = strconv.AppendInt(dst, int64(o), 10)
	}
	return dst
}

// mask has the bits of the network set.
func (v Inet) mask() []byte {
	m := make([]byte, len(v.Address))
	for i := range v.Bits {
		m[i/8] |= 0x80 >> (i % 8)
	}
	return m
}

func (v Inet) each(do func(address, mask byte) byte) []byte {
	out := v.mask()
	for i, m := range out {
		out[i] = do(v.Address[i], m)
	}
	return out
}

func (v Inet) isNetwork() bool { return bytes.Equal(v.Network().Address, v.Address) }

// Network has no bits beyond the network's length.
func (v Inet) Network() Inet {
	return Inet{v.each(func(a, m byte) byte { return a & m }), v.Bits}
}

// Broadcast has all bits beyond the network's length.
func (v Inet) Broadcast() Inet {
	return Inet{v.each(func(a, m byte) byte { return a | ^m }), v.Bits}
}

// Netmask is the network's bits as an address.
func (v Inet) Netmask() Inet { return Inet{v.mask(), v.All()} }

// Hostmask is the other bits as an address.
func (v Inet) Hostmask() Inet {
	return Inet{v.each(func(_, m byte) byte { return ^m }), v.All()}
}

// Not inverts an address.
func (v Inet) Not() Inet {
	return Inet{v.each(func(a, _ byte) byte { return ^a }), v.Bits}
}

// WithBits is set_masklen: -1 stands for all bits.
func (v Inet) WithBits(bits int) (Inet, error) {
	if bits == -1 {
		bits = v.All()
	}
	if bits < 0 || bits > v.All() {
		return v, sqlerr.Newf(sqlerr.InvalidParameterValue, "invalid mask length: %d", bits)
	}
	return Inet{v.Address, bits}, nil
}

// And joins the bits of two addresses.
func (v Inet) And(w Inet) (Inet, error) {
	return v.joined(w, "AND", func(a, b byte) byte { return a & b })
}

// Or joins the bits of two addresses.
func (v Inet) Or(w Inet) (Inet, error) {
	return v.joined(w, "OR", func(a, b byte) byte { return a | b })
}

func (v Inet) joined(w Inet, name string, do func(a, b byte) byte) (Inet, error) {
	if len(v.Address) != len(w.Address) {
		return v, sqlerr.Newf(sqlerr.InvalidParameterValue, "cannot %s inet values of different sizes", name)
	}
	out := Inet{slices.Clone(v.Address), max(v.Bits, w.Bits)}
	for i := range out.Address {
		out.Address[i] = do(v.Address[i], w.Address[i])
	}
	return out, nil
}

// Add is the address so many further on.
func (v Inet) Add(n int64) (Inet, error) {
	sum := new(big.Int).SetBytes(v.Address)
	sum.Add(sum, big.NewInt(n))
	if sum.Sign() < 0 || sum.BitLen() > v.All() {
		return v, sqlerr.Newf(sqlerr.NumericValueOutOfRange, "result is out of range")
	}
	return Inet{sum.FillBytes(make([]byte, len(v.Address))), v.Bits}, nil
}

// Sub is how many addresses lie between.
func (v Inet) Sub(w Inet) (int64, error) {
	if len(v.Address) != len(w.Address) {
		return 0, sqlerr.Newf(sqlerr.InvalidParameterValue, "cannot subtract inet values of different sizes")
	}
	d := new(big.Int).SetBytes(v.Address)
	d.Sub(d, new(big.Int).SetBytes(w.Address))
	if !d.IsInt64() {
		return 0, sqlerr.Newf(sqlerr.NumericValueOutOfRange, "result is out of range")
	}
	return d.Int64(), nil
}

// common is how many of the first bits are the same, up to most.
func (v Inet) common(w Inet, most int) int {
	n := 0
	for n < most && (v.Address[n/8]^w.Address[n/8])&(0x80>>(n%8)) == 0 {
		n++
	}
	return n
}

// Overlaps reports whether one of two networks lies in the other.
func (v Inet) Overlaps(w Inet) bool {
	bits := min(v.Bits, w.Bits)
	return len(v.Address) == len(w.Address) && v.common(w, bits) == bits
}

// Within reports whether a network lies in another, or is that one too.
func (v Inet) Within(w Inet, orEqual bool) bool {
	return (v.Bits > w.Bits || orEqual && v.Bits == w.Bits) && v.Overlaps(w)
}

// Merge is the smallest network that has both.
func (v Inet) Merge(w Inet) (Inet, error) {
	if len(v.Address) != len(w.Address) {
		return v, sqlerr.Newf(sqlerr.InvalidParameterValue, "cannot merge addresses from different families")
	}
	return Inet{v.Address, v.common(w, min(v.Bits, w.Bits))}.Network(), nil
}
