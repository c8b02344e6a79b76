package pgvalue

import (
	"strconv"
	"strings"

	"meshgate/pgcat"
	"meshgate/sqlerr"
)

// Bit strings travel as texts of zeros and ones, which compare as the values do.

// parseBits reads bit(n) and varbit(n): digits, perhaps after a b, or hexadecimal ones after an x.
func parseBits(oid pgcat.OID, mod int32, text string) (Value, error) {
	s := text
	if s != "" && (s[0] == 'b' || s[0] == 'B') {
		s = s[1:]
	} else if s != "" && (s[0] == 'x' || s[0] == 'X') {
		var b strings.Builder
		for _, c := range s[1:] {
			v, err := strconv.ParseUint(string(c), 16, 4)
			if err != nil {
				return nil, sqlerr.Newf(sqlerr.InvalidTextRepresentation, `"%c" is not a valid hexadecimal digit`, c)
			}
			b.WriteString(strconv.FormatUint(v|16, 2)[1:])
		}
		s = b.String()
	}
	for _, c := range s {
		if c != '0' && c != '1' {
			return nil, sqlerr.Newf(sqlerr.InvalidTextRepresentation, `"%c" is not a valid binary digit`, c)
		}
	}
	if oid == pgcat.Bit {
		return result(FitBits(s, mod, false))
	}
	return result(FitVarBits(s, mod, false))
}

// FitBits applies the length of bit(n): an explicit cast cuts, or fills with zeros, at the right.
func FitBits(s string, n int32, explicit bool) (string, error) {
	switch {
	case n <= 0 || len(s) == int(n):
		return s, nil
	case !explicit:
		return "", sqlerr.Newf(sqlerr.StringDataLengthMismatch, "bit string length %d does not match type bit(%d)", len(s), n)
	case len(s) > int(n):
		return s[:n], nil
	}
	return s + strings.Repeat("0", int(n)-len(s)), nil
}

// FitVarBits applies the length of bit varying(n): an explicit cast cuts.
func FitVarBits(s string, n int32, explicit bool) (string, error) {
	switch {
	case n <= 0 || len(s) <= int(n):
		return s, nil
	case !explicit:
		return "", sqlerr.Newf(sqlerr.StringDataRightTruncation, "bit string too long for type bit varying(%d)", n)
	}
	return s[:n], nil
}

// AppendIntBits appends the n lowest bits of a number of so many bits; its sign fills those beyond.
func AppendIntBits(dst []byte, v int64, n int32) []byte {
	for i := max(n, 1) - 1; i >= 0; i-- {
		dst = append(dst, '0'+byte(v>>min(i, 63)&1))
	}
	return dst
}

// IntOfBits reads a bit string as a number of int4 (32) or int8 (64).
func IntOfBits(s string, bits int) (int64, error) {
	if len(s) > bits {
		return 0, sqlerr.Newf(sqlerr.NumericValueOutOfRange, "%s out of range", map[int]string{32: "integer", 64: "bigint"}[bits])
	}
	var v uint64
	for i := range len(s) {
		v = v<<1 | uint64(s[i]-'0')
	}
	if bits == 32 {
		return int64(int32(uint32(v))), nil
	}
	return int64(v), nil
}

// CombineBits appends the result of &, | or # of two bit strings of one length.
func CombineBits(dst []byte, a, b string, op byte) ([]byte, error) {
	if len(a) != len(b) {
		return dst, sqlerr.Newf(sqlerr.StringDataLengthMismatch, "cannot %s bit strings of different sizes", map[byte]string{'&': "AND", '|': "OR", '#': "XOR"}[op])
	}
	for i := range len(a) {
		x, y := a[i]-'0', b[i]-'0'
		switch op {
		case '&':
			x &= y
		case '|':
			x |= y
		default:
			x ^= y
		}
		dst = append(dst, '0'+x)
	}
	return dst, nil
}

// InvertBits appends ~ of a bit string.
func InvertBits(dst []byte, s string) []byte {
	for i := range len(s) {
		dst = append(dst, s[i]^1)
	}
	return dst
}

// ShiftBits appends a bit string shifted left, by a negative number right.
func ShiftBits(dst []byte, s string, by int64) []byte {
	length := int64(len(s))
	by = min(max(by, -length), length)
	if by < 0 {
		return append(appendZeroBits(dst, int(-by)), s[:length+by]...)
	}
	return appendZeroBits(append(dst, s[by:]...), int(by))
}

func appendZeroBits(dst []byte, n int) []byte {
	for range n {
		dst = append(dst, '0')
	}
	return dst
}

// SubstringBits is substring of a bit string; a nil length goes to the end.
func SubstringBits(s string, start int32, length *int32) (string, error) {
	b, err := SubstringBytes([]byte(s), start, length)
	return string(b), err
}

// OverlayBits is overlay of a bit string.
func OverlayBits(dst []byte, s, other string, start, length int32) ([]byte, error) {
	return OverlayBytes(dst, []byte(s), []byte(other), start, length)
}

// PositionOfBits is position of a bit string in another: there is none in an empty one.
func PositionOfBits(s, part string) int32 {
	if s == "" {
		return 0
	}
	return int32(strings.Index(s, part)) + 1
}

// BitAt is get_bit, which counts from the left.
func BitAt(s string, n int32) (int32, error) {
	if n < 0 || int(n) >= len(s) {
		return 0, bitOutOfRange(n, s)
	}
	return int32(s[n] - '0'), nil
}

func bitOutOfRange(n int32, s string) error {
	return sqlerr.Newf(sqlerr.ArraySubscriptError, "bit index %d out of valid range (0..%d)", n, len(s)-1)
}

// WithBit is set_bit.
func WithBit(dst []byte, s string, n, bit int32) ([]byte, error) {
	switch {
	case n < 0 || int(n) >= len(s):
		return dst, bitOutOfRange(n, s)
	case bit != 0 && bit != 1:
		return dst, badBit()
	}
	dst = append(dst, s...)
	dst[len(dst)-len(s)+int(n)] = '0' + byte(bit)
	return dst, nil
}
