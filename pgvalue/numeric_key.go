package pgvalue

import (
	"encoding/binary"
	"math/big"

	"meshgate/sqlerr"
)

// The sortable form of a numeric, for engines whose own decimal cannot hold every value: bytes that compare as the values do,
// followed by two bytes of display scale. The key without the scale is equal for equal values ("1.0" and "1.00").
//
//	class byte: 0 -Infinity, 1 negative, 2 zero, 3 positive, 4 Infinity, 5 NaN
//	positive:   uint32 weight + 2^30, pairs of decimal digits as 1 + value, a zero byte; negative: the same, complemented
const (
	keyNegInf byte = iota
	keyNegative
	keyZero
	keyPositive
	keyInf
	keyNaN
)

const scaleBytes = 2

// AppendSortable appends the sortable form to dst.
func (n Numeric) AppendSortable(dst []byte) []byte {
	switch {
	case n.form == notANumber:
		return append(dst, keyNaN, 0, 0)
	case n.form == infinite && n.neg:
		return append(dst, keyNegInf, 0, 0)
	case n.form == infinite:
		return append(dst, keyInf, 0, 0)
	case n.Sign() == 0:
		return binary.BigEndian.AppendUint16(append(dst, keyZero), uint16(n.scale))
	}
	var scratch [48]byte
	digits := n.absDigits(scratch[:0])
	weight := len(digits) - int(n.scale)
	for len(digits) > 0 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	class := keyPositive
	if n.Sign() < 0 {
		class = keyNegative
	}
	dst = append(dst, class)
	body := len(dst)
	dst = binary.BigEndian.AppendUint32(dst, uint32(weight+1<<30))
	for i := 0; i < len(digits); i += 2 {
		pair := (digits[i] - '0') * 10
		if i+1 < len(digits) {
			pair += digits[i+1] - '0'
		}
		dst = append(dst, pair+1)
	}
	dst = append(dst, 0)
	if class == keyNegative {
		for i := body; i < len(dst); i++ {
			dst[i] = ^dst[i]
		}
	}
	return binary.BigEndian.AppendUint16(dst, uint16(n.scale))
}

func (n Numeric) absDigits(dst []byte) []byte {
	if n.big == nil {
		return appendUint(dst, magnitude(n.small))
	}
	dst = n.big.Append(dst, 10)
	if dst[0] == '-' {
		dst = dst[1:]
	}
	return dst
}

func appendUint(dst []byte, v uint64) []byte {
	var b [20]byte
	i := len(b)
	for {
		i--
		b[i] = byte('0' + v%10)
		if v /= 10; v == 0 {
			return append(dst, b[i:]...)
		}
	}
}

// SortableKey cuts the display scale off a sortable form, so that equal values have equal bytes.
func SortableKey(form []byte) []byte { return form[:max(len(form)-scaleBytes, 0)] }

// SortableScale returns the display scale of a sortable form.
func SortableScale(form []byte) int32 {
	if len(form) < scaleBytes {
		return 0
	}
	return int32(binary.BigEndian.Uint16(form[len(form)-scaleBytes:]))
}

// SortableFits reports whether a sortable form is of a finite value with at most so many digits before the decimal point, and so many
// after it that are not zeros. It may say false for a value that has one digit less after the point.
func SortableFits(form []byte, whole, fraction int) bool {
	if len(form) < 1+scaleBytes {
		return false
	}
	switch form[0] {
	case keyZero:
		return true
	case keyPositive, keyNegative:
	default:
		return false
	}
	body := form[1 : len(form)-scaleBytes]
	if len(body) < 6 {
		return false
	}
	w := binary.BigEndian.Uint32(body)
	if form[0] == keyNegative {
		w = ^w
	}
	weight := int(w) - 1<<30
	return weight <= whole && 2*(len(body)-5)-weight <= fraction
}

var errDamaged = sqlerr.Newf(sqlerr.InternalError, "damaged numeric")

// NumericFromSortable reads a sortable form.
func NumericFromSortable(form []byte) (Numeric, error) {
	if len(form) < 1+scaleBytes {
		return Numeric{}, errDamaged
	}
	scale := int32(binary.BigEndian.Uint16(form[len(form)-scaleBytes:]))
	switch form[0] {
	case keyNaN:
		return NumericNaN, nil
	case keyNegInf, keyInf:
		return NumericInfinity(form[0] == keyNegInf), nil
	case keyZero:
		return Numeric{scale: scale}, nil
	case keyPositive, keyNegative:
	default:
		return Numeric{}, errDamaged
	}
	body := form[1 : len(form)-scaleBytes]
	if len(body) < 6 {
		return Numeric{}, errDamaged
	}
	var flip byte
	if form[0] == keyNegative {
		flip = 0xff
	}
	var w [4]byte
	for i := range w {
		w[i] = body[i] ^ flip
	}
	weight := int(binary.BigEndian.Uint32(w[:])) - 1<<30
	return fromPairs(body[4:len(body)-1], flip, weight, scale), nil
}

// fromPairs rebuilds 0.d1d2… × 10^weight at a scale.
func fromPairs(pairs []byte, flip byte, weight int, scale int32) Numeric {
	want := weight + int(scale) // digits of the unscaled value
	if want <= 18 {
		var v int64
		for i, have := 0, 0; have < want; i++ {
			pair := int64(0)
			if i < len(pairs) {
				pair = int64(pairs[i]^flip) - 1
			}
			if have+1 == want {
				v = v*10 + pair/10
				have++
			} else {
				v = v*100 + pair
				have += 2
			}
		}
		if flip != 0 {
			v = -v
		}
		return Numeric{small: v, scale: scale}
	}
	digits := make([]byte, 0, want+1)
	for _, p := range pairs {
		v := (p ^ flip) - 1
		digits = append(digits, '0'+v/10, '0'+v%10)
	}
	for len(digits) < want {
		digits = append(digits, '0')
	}
	b, _ := new(big.Int).SetString(string(digits[:want]), 10)
	if flip != 0 {
		b.Neg(b)
	}
	return NumericFromUnscaled(b, scale)
}
