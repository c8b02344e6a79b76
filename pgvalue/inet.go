package pgvalue

import (
	"net/netip"
	"strings"
)

// AppendInetKey appends bytes that compare as inet and cidr values do: by family, by the bits that both networks have, by the
// lengths of the networks, by the addresses (network_cmp).
func AppendInetKey(dst []byte, text string) []byte {
	address, length, hasLength := strings.Cut(text, "/")
	a, err := netip.ParseAddr(address)
	if err != nil {
		return append(dst, text...) // not a value of the type
	}
	bits := a.BitLen()
	if hasLength {
		bits = 0
		for _, c := range []byte(length) {
			bits = bits*10 + int(c-'0')
		}
	}
	bytes := a.AsSlice()
	dst = append(dst, byte(len(bytes)))
	// Each bit of the network is a byte, and a byte below them ends it: so a network comes before those within it.
	for i := range min(bits, len(bytes)*8) {
		dst = append(dst, 1+bytes[i/8]>>(7-i%8)&1)
	}
	return append(append(dst, 0), bytes...)
}

// TimeTZKey is a number that compares as times with time zone do: by the instant, then by the zone, western ones last.
func TimeTZKey(text string, f *Format) (int64, error) {
	t, err := f.ParseTimeTZ(text)
	if err != nil {
		return 0, err
	}
	return (int64(t.Time)-int64(t.Offset)*MicrosPerSecond)<<18 + int64(-t.Offset) + 1<<17, nil
}
