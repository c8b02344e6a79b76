package postgres

import (
	"encoding/binary"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

// numericDecoder reads numeric into the sortable form, which keeps the value's own scale.
func numericDecoder(b *array.BinaryBuilder) func([]byte) error {
	var scratch []byte
	return func(v []byte) error {
		n, err := pgvalue.NumericFromBinary(v)
		if err != nil {
			return badValue(pgcat.Numeric)
		}
		scratch = n.AppendSortable(scratch[:0])
		b.Append(scratch)
		return nil
	}
}

// decimalDecoder reads numeric into a decimal of known precision and scale. A value that it does not hold exactly is an error.
func decimalDecoder(b *array.Decimal128Builder) func([]byte) error {
	t := b.Type().(*arrow.Decimal128Type)
	return func(v []byte) error {
		if len(v) >= 8 && v[4]&0xC0 == 0xC0 { // the signs of NaN and the infinities
			return sqlerr.Newf(sqlerr.FeatureNotSupported, "numeric(%d,%d) cannot carry NaN here", t.Precision, t.Scale)
		}
		d, ok := decimalFromBinary(v, t.Scale)
		if !ok || !d.FitsInPrecision(t.Precision) {
			return sqlerr.Newf(sqlerr.ForeignDataError,
				"a store sent a number that does not fit in numeric(%d,%d), as its contract declares the column",
				t.Precision, t.Scale)
		}
		b.Append(d)
		return nil
	}
}

var pow10 = [5]uint64{1, 10, 100, 1000, 10000}

// decimalFromBinary reads numeric_send's form: counts, sign, scale and digits of base 10000. Zeros at the end are not sent.
func decimalFromBinary(v []byte, scale int32) (d decimal128.Num, ok bool) {
	if len(v) < 8 {
		return d, false
	}
	be := binary.BigEndian
	count, weight, sign := int(be.Uint16(v)), int(int16(be.Uint16(v[2:]))), be.Uint16(v[4:])
	v = v[8:]
	if len(v) != 2*count || sign != 0 && sign != 0x4000 {
		return d, false
	}
	var hi, lo uint64
	push := func(factor, digits uint64) bool {
		over, low := bits.Mul64(lo, factor)
		top, high := bits.Mul64(hi, factor)
		var carry uint64
		lo, carry = bits.Add64(low, digits, 0)
		hi, carry = bits.Add64(high, over, carry)
		return top == 0 && carry == 0 && hi>>63 == 0
	}
	after := int32(-4 * (weight + 1)) // digits after the point so far
	for i := range count {
		g := uint64(be.Uint16(v[2*i:]))
		after += 4
		keep := int32(4)
		if after > scale {
			if keep = 4 - (after - scale); keep < 0 || g%pow10[4-keep] != 0 {
				return d, false
			}
			g /= pow10[4-keep]
			after = scale
		}
		if g > 9999 || !push(pow10[keep], g) {
			return d, false
		}
	}
	if hi|lo == 0 {
		return d, true
	}
	for ; after < scale; after++ {
		if !push(10, 0) {
			return d, false
		}
	}
	d = decimal128.New(int64(hi), lo)
	if sign != 0 {
		d = d.Negate()
	}
	return d, true
}
