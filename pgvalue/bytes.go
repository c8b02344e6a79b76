package pgvalue

import (
	"math"
	"math/bits"
	"unicode/utf8"

	"meshgate/sqlerr"
)

func integerOutOfRange() error {
	return sqlerr.Newf(sqlerr.NumericValueOutOfRange, "integer out of range")
}

func indexOutOfRange(index, length int64) error {
	return sqlerr.Newf(sqlerr.ArraySubscriptError, "index %d out of valid range, 0..%d", index, length-1)
}

// overlayEnd is where the rest begins after an overlay, counted from one.
func overlayEnd(start, length int32) (int32, error) {
	end := int64(start) + int64(length)
	switch {
	case start <= 0:
		return 0, negativeSubstring()
	case end != int64(int32(end)):
		return 0, integerOutOfRange()
	}
	return int32(end), nil
}

// OverlayBytes replaces length bytes from a place on with others (bytea_overlay).
func OverlayBytes(dst, b, other []byte, start, length int32) ([]byte, error) {
	end, err := overlayEnd(start, length)
	if err != nil {
		return dst, err
	}
	dst = append(dst, b[:min(int(start)-1, len(b))]...)
	dst = append(dst, other...)
	return append(dst, b[min(max(int(end)-1, 0), len(b)):]...), nil
}

// ByteAt is get_byte.
func ByteAt(b []byte, n int32) (int32, error) {
	if n < 0 || int(n) >= len(b) {
		return 0, indexOutOfRange(int64(n), int64(len(b)))
	}
	return int32(b[n]), nil
}

// WithByte is set_byte: bits beyond the eighth are dropped.
func WithByte(dst, b []byte, n, value int32) ([]byte, error) {
	if n < 0 || int(n) >= len(b) {
		return dst, indexOutOfRange(int64(n), int64(len(b)))
	}
	dst = append(dst, b...)
	dst[len(dst)-len(b)+int(n)] = byte(value)
	return dst, nil
}

// BitOfByteAt is get_bit on bytea, which counts the bits of a byte from the least.
func BitOfByteAt(b []byte, n int64) (int32, error) {
	if n < 0 || n >= int64(len(b))*8 {
		return 0, indexOutOfRange(n, int64(len(b))*8)
	}
	return int32(b[n/8] >> (n % 8) & 1), nil
}

// WithBitOfByte is set_bit on bytea.
func WithBitOfByte(dst, b []byte, n int64, bit int32) ([]byte, error) {
	switch {
	case n < 0 || n >= int64(len(b))*8:
		return dst, indexOutOfRange(n, int64(len(b))*8)
	case bit != 0 && bit != 1:
		return dst, badBit()
	}
	dst = append(dst, b...)
	place := &dst[len(dst)-len(b)+int(n/8)]
	*place = *place&^(1<<(n%8)) | byte(bit)<<(n%8)
	return dst, nil
}

func badBit() error { return sqlerr.Newf(sqlerr.InvalidParameterValue, "new bit must be 0 or 1") }

// CountBits is bit_count on bytea.
func CountBits(b []byte) int64 {
	n := 0
	for _, c := range b {
		n += bits.OnesCount8(c)
	}
	return int64(n)
}

// LikeBytes is LIKE on bytea: each byte is a character.
func LikeBytes(b, pattern []byte) (bool, error) {
	m, err := matchLike(string(b), string(pattern), true)
	return m == likeTrue, err
}

// LikeEscapeBytes is LikeEscape on bytea.
func LikeEscapeBytes(dst, pattern, escape []byte) ([]byte, error) {
	return likeEscape(dst, string(pattern), string(escape), true)
}

// charSize is the length of the character at the beginning.
func charSize(s string, bytes bool) int {
	if bytes {
		return 1
	}
	_, size := utf8.DecodeRuneInString(s)
	return size
}

// WidthBucket is width_bucket over ascending thresholds: how many of them are not above the value. less compares the value with one.
func WidthBucket(n int, less func(i int) bool) int32 {
	low, high := 0, n
	for low < high {
		if mid := (low + high) / 2; less(mid) {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return int32(min(low, math.MaxInt32))
}

// ParseChar reads "char": the first byte, or a byte in octal. A byte without a character in ASCII is carried as it is shown, in octal.
func ParseChar(text string) string {
	if len(text) == 4 && text[0] == '\\' && isOctal(text[1]) && isOctal(text[2]) && isOctal(text[3]) {
		return CharOf((text[1]-'0')<<6 | (text[2]-'0')<<3 | (text[3] - '0'))
	}
	if text == "" {
		return ""
	}
	return CharOf(text[0])
}

// CharOf is the "char" of a byte.
func CharOf(c byte) string {
	switch {
	case c == 0:
		return ""
	case c < utf8.RuneSelf:
		return string(rune(c))
	}
	return string([]byte{'\\', '0' + c>>6, '0' + c>>3&7, '0' + c&7})
}

// CharByte is the byte that a "char" is.
func CharByte(char string) byte {
	switch {
	case char == "":
		return 0
	case len(char) == 4:
		return (char[1]-'0')<<6 | (char[2]-'0')<<3 | (char[3] - '0')
	}
	return char[0]
}
