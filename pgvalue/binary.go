package pgvalue

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"strings"
	"unicode/utf8"

	"meshgate/pgcat"
	"meshgate/sqlerr"
)

// Signs of numeric's binary form (numeric_send).
const (
	numericPositive = 0x0000
	numericNegative = 0x4000
	numericNaNSign  = 0xC000
	numericPInf     = 0xD000
	numericNInf     = 0xF000
)

// AppendBinary appends numeric_send's form: counts, sign, scale and base-10000 digits.
func (n Numeric) AppendBinary(dst []byte) []byte {
	be := binary.BigEndian
	header := func(digits, weight int, sign uint16) {
		scale := uint16(n.scale)
		if n.form == infinite {
			scale = 0x20 // what PostgreSQL 15 sends: bits of the sign seen as a scale
		}
		dst = be.AppendUint16(be.AppendUint16(dst, uint16(digits)), uint16(weight))
		dst = be.AppendUint16(be.AppendUint16(dst, sign), scale)
	}
	switch {
	case n.form == notANumber:
		header(0, 0, numericNaNSign)
		return dst
	case n.form == infinite && n.neg:
		header(0, 0, numericNInf)
		return dst
	case n.form == infinite:
		header(0, 0, numericPInf)
		return dst
	case n.Sign() == 0:
		header(0, 0, numericPositive)
		return dst
	}
	var scratch [64]byte
	text := n.absDigits(scratch[:0])
	// Pad on the right so that the point falls between groups of four, then cut groups of zeros at both ends.
	weight := len(text) - int(n.scale) // digits before the point
	lead := ((-weight)%4 + 4) % 4      // zeros needed in front
	groups := make([]uint16, 0, 24)
	for i := -lead; i < len(text); i += 4 {
		var g uint16
		for j := i; j < i+4; j++ {
			g *= 10
			if j >= 0 && j < len(text) {
				g += uint16(text[j] - '0')
			}
		}
		groups = append(groups, g)
	}
	groupWeight := (weight+lead)/4 - 1
	for len(groups) > 0 && groups[0] == 0 {
		groups, groupWeight = groups[1:], groupWeight-1
	}
	for len(groups) > 0 && groups[len(groups)-1] == 0 {
		groups = groups[:len(groups)-1]
	}
	sign := uint16(numericPositive)
	if n.Sign() < 0 {
		sign = numericNegative
	}
	header(len(groups), groupWeight, sign)
	for _, g := range groups {
		dst = be.AppendUint16(dst, g)
	}
	return dst
}

var errNumericBinary = sqlerr.Newf(sqlerr.InvalidBinaryRepresentation, "invalid binary format for numeric")

// NumericFromBinary reads numeric_send's form.
func NumericFromBinary(b []byte) (Numeric, error) {
	if len(b) < 8 {
		return Numeric{}, errNumericBinary
	}
	be := binary.BigEndian
	count, weight, sign, scale := int(be.Uint16(b)), int(int16(be.Uint16(b[2:]))), be.Uint16(b[4:]), int32(be.Uint16(b[6:]))
	b = b[8:]
	switch sign {
	case numericNaNSign:
		return NumericNaN, nil
	case numericPInf, numericNInf:
		return NumericInfinity(sign == numericNInf), nil
	case numericPositive, numericNegative:
	default:
		return Numeric{}, errNumericBinary
	}
	if len(b) != 2*count || scale > numericMaxDigitsAfter {
		return Numeric{}, errNumericBinary
	}
	// The digits make an integer with 4 × (count - weight - 1) digits after the point.
	have := int32(4 * (count - weight - 1))
	if count <= 4 {
		var v int64
		for i := range count {
			g := be.Uint16(b[2*i:])
			if g > 9999 {
				return Numeric{}, errNumericBinary
			}
			v = v*10000 + int64(g)
		}
		if sign == numericNegative {
			v = -v
		}
		if have >= scale && have-scale < 16 {
			return Numeric{small: v / pow10Int[have-scale], scale: scale}, nil
		}
		return rescaleExact(big.NewInt(v), have, scale), nil
	}
	v, base := new(big.Int), big.NewInt(10000)
	for i := range count {
		g := be.Uint16(b[2*i:])
		if g > 9999 {
			return Numeric{}, errNumericBinary
		}
		v.Mul(v, base).Add(v, big.NewInt(int64(g)))
	}
	if sign == numericNegative {
		v.Neg(v)
	}
	return rescaleExact(v, have, scale), nil
}

// rescaleExact moves coef × 10^-have to another scale; PostgreSQL's digits beyond the scale are zeros.
func rescaleExact(coef *big.Int, have, scale int32) Numeric {
	if have > scale {
		return NumericFromUnscaled(new(big.Int).Quo(coef, pow10(have-scale)), scale)
	}
	return NumericFromUnscaled(coef.Mul(coef, pow10(scale-have)), scale)
}

// AppendBinary appends date_send's form: days since 2000-01-01.
func (d Date) AppendBinary(dst []byte) []byte {
	v := int32(d) - PostgresEpochDays
	switch d {
	case DateInfinity:
		v = math.MaxInt32
	case DateNegInfinity:
		v = math.MinInt32
	}
	return binary.BigEndian.AppendUint32(dst, uint32(v))
}

// DateFromPostgres converts days since 2000-01-01.
func DateFromPostgres(days int32) Date {
	switch days {
	case math.MaxInt32:
		return DateInfinity
	case math.MinInt32:
		return DateNegInfinity
	}
	return Date(days + PostgresEpochDays)
}

// AppendBinary appends timestamp_send's form: microseconds since 2000-01-01.
func (t Timestamp) AppendBinary(dst []byte) []byte {
	v := int64(t) - PostgresEpochMicros
	switch t {
	case TimestampInfinity:
		v = math.MaxInt64
	case TimestampNegInfinity:
		v = math.MinInt64
	}
	return binary.BigEndian.AppendUint64(dst, uint64(v))
}

// TimestampFromPostgres converts microseconds since 2000-01-01; ok is false in PostgreSQL's last 29 years, which do not fit.
func TimestampFromPostgres(micros int64) (t Timestamp, ok bool) {
	switch {
	case micros == math.MaxInt64:
		return TimestampInfinity, true
	case micros == math.MinInt64:
		return TimestampNegInfinity, true
	case micros >= math.MaxInt64-PostgresEpochMicros:
		return 0, false
	}
	return Timestamp(micros + PostgresEpochMicros), true
}

// AppendBinary appends timetz_send's form: microseconds, then seconds west of UTC.
func (t TimeTZ) AppendBinary(dst []byte) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint64(dst, uint64(t.Time)), uint32(-t.Offset))
}

// AppendBinary appends interval_send's form: microseconds, days, months.
func (v Interval) AppendBinary(dst []byte) []byte {
	be := binary.BigEndian
	return be.AppendUint32(be.AppendUint32(be.AppendUint64(dst, uint64(v.Micros)), uint32(v.Days)), uint32(v.Months))
}

// AppendBitsBinary appends bit_send's form of a text of zeros and ones.
func AppendBitsBinary(dst []byte, bits string) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(bits)))
	for i := 0; i < len(bits); i += 8 {
		var b byte
		for j := range 8 {
			b <<= 1
			if i+j < len(bits) {
				b |= bits[i+j] - '0'
			}
		}
		dst = append(dst, b)
	}
	return dst
}

// ParseBinary reads a type's binary form, as its receive function does (PostgreSQL 15, src/backend/utils/adt).
func ParseBinary(oid pgcat.OID, mod int32, b []byte, f *Format) (Value, error) {
	be := binary.BigEndian
	size := func(n int) error {
		if len(b) != n {
			return sqlerr.Newf(sqlerr.InvalidBinaryRepresentation, "incorrect binary data format for type %s", pgcat.FormatType(oid, -1))
		}
		return nil
	}
	switch oid {
	case pgcat.Bool:
		return fixed(size(1), func() Value { return b[0] != 0 })
	case pgcat.Int2:
		return fixed(size(2), func() Value { return int64(int16(be.Uint16(b))) })
	case pgcat.Int4:
		return fixed(size(4), func() Value { return int64(int32(be.Uint32(b))) })
	case pgcat.Int8:
		return fixed(size(8), func() Value { return int64(be.Uint64(b)) })
	case pgcat.OIDType, pgcat.RegProc, pgcat.RegProcedure, pgcat.RegOper, pgcat.RegOperator, pgcat.RegClass, pgcat.RegType,
		pgcat.RegRole, pgcat.RegNamespace, pgcat.Xid, pgcat.Cid:
		return fixed(size(4), func() Value { return int64(be.Uint32(b)) })
	case pgcat.Float4:
		return fixed(size(4), func() Value { return float64(math.Float32frombits(be.Uint32(b))) })
	case pgcat.Float8:
		return fixed(size(8), func() Value { return math.Float64frombits(be.Uint64(b)) })
	case pgcat.Numeric:
		n, err := NumericFromBinary(b)
		if err != nil {
			return nil, err
		}
		return result(n.ApplyTypmod(mod))
	case pgcat.Date:
		return fixed(size(4), func() Value { return DateFromPostgres(int32(be.Uint32(b))) })
	case pgcat.Time:
		return fixed(size(8), func() Value { return TimeOfDay(be.Uint64(b)) })
	case pgcat.TimeTZ:
		return fixed(size(12), func() Value { return TimeTZ{TimeOfDay(be.Uint64(b)), -int32(be.Uint32(b[8:]))} })
	case pgcat.Timestamp, pgcat.TimestampTZ:
		if err := size(8); err != nil {
			return nil, err
		}
		t, ok := TimestampFromPostgres(int64(be.Uint64(b)))
		if !ok {
			return nil, timestampOutOfRange()
		}
		return t, nil
	case pgcat.Interval:
		return fixed(size(16), func() Value {
			return Interval{Months: int32(be.Uint32(b[12:])), Days: int32(be.Uint32(b[8:])), Micros: int64(be.Uint64(b))}
		})
	case pgcat.Bytea:
		return append([]byte{}, b...), nil
	case pgcat.UUID:
		return fixed(size(16), func() Value { return append([]byte{}, b...) })
	}
	return parseBinaryText(oid, mod, b, f)
}

func fixed(err error, value func() Value) (Value, error) {
	if err != nil {
		return nil, err
	}
	return value(), nil
}

// parseBinaryText reads the types whose binary form holds text, and arrays.
func parseBinaryText(oid pgcat.OID, mod int32, b []byte, f *Format) (Value, error) {
	if t := pgcat.TypeByOID(oid); t != nil && t.IsArray() {
		return result(parseArrayBinary(t.Elem, b, f))
	}
	switch oid {
	case pgcat.JSONB, pgcat.JSONPath:
		if len(b) == 0 || b[0] != 1 {
			return nil, sqlerr.Newf(sqlerr.InvalidBinaryRepresentation, "unsupported jsonb version number")
		}
		b = b[1:]
	case pgcat.Bit, pgcat.VarBit:
		return parseBitsBinary(b)
	case pgcat.Text, pgcat.VarChar, pgcat.BPChar, pgcat.Name, pgcat.JSON, pgcat.XML, pgcat.Unknown, pgcat.Char, pgcat.CString:
	default:
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "meshgate reads no binary form of type %s; send it as text", pgcat.FormatType(oid, -1))
	}
	if err := CheckText(b); err != nil {
		return nil, err
	}
	return Parse(oid, mod, string(b), f)
}

// CheckText refuses bytes that are not UTF-8 text or hold a zero byte.
func CheckText(b []byte) error {
	if utf8.Valid(b) && bytes.IndexByte(b, 0) < 0 {
		return nil
	}
	return sqlerr.Newf(sqlerr.CharacterNotInRepertoire, "%s", invalidUTF8(b))
}

// invalidUTF8 names the first wrong sequence as PostgreSQL does: as many bytes as its first one announces.
func invalidUTF8(b []byte) string {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n <= 1 || r == 0 {
			break
		}
		b = b[n:]
	}
	announced := 1
	switch {
	case b[0]&0xe0 == 0xc0:
		announced = 2
	case b[0]&0xf0 == 0xe0:
		announced = 3
	case b[0]&0xf8 == 0xf0:
		announced = 4
	}
	var text strings.Builder
	text.WriteString(`invalid byte sequence for encoding "UTF8":`)
	for _, c := range b[:min(announced, len(b))] {
		fmt.Fprintf(&text, " 0x%02x", c)
	}
	return text.String()
}

func parseBitsBinary(b []byte) (Value, error) {
	bad := sqlerr.Newf(sqlerr.InvalidBinaryRepresentation, "invalid length in external bit string")
	if len(b) < 4 {
		return nil, bad
	}
	n := int(binary.BigEndian.Uint32(b))
	if b = b[4:]; n < 0 || len(b) != (n+7)/8 {
		return nil, bad
	}
	text := make([]byte, n)
	for i := range text {
		text[i] = '0' + b[i/8]>>(7-i%8)&1
	}
	return string(text), nil
}

func parseArrayBinary(elem pgcat.OID, b []byte, f *Format) (Array, error) {
	bad := sqlerr.Newf(sqlerr.InvalidBinaryRepresentation, "invalid binary format for an array")
	be := binary.BigEndian
	if len(b) < 12 {
		return Array{}, bad
	}
	dims := int(be.Uint32(b))
	if got := be.Uint32(b[8:]); got != elem {
		return Array{}, sqlerr.Newf(sqlerr.DatatypeMismatch, "wrong element type")
	}
	if b = b[12:]; dims < 0 || dims > maxDimensions || len(b) < 8*dims {
		return Array{}, bad
	}
	a := Array{Elem: elem}
	count := 1
	for range dims {
		d := Dimension{Length: int32(be.Uint32(b)), Lower: int32(be.Uint32(b[4:]))}
		if d.Length < 0 || d.Length > 1<<27 {
			return Array{}, bad
		}
		a.Dims, b, count = append(a.Dims, d), b[8:], count*int(d.Length)
	}
	if dims == 0 || count == 0 {
		a.Dims = nil
		return a, nil
	}
	for range count {
		if len(b) < 4 {
			return Array{}, bad
		}
		n := int(int32(be.Uint32(b)))
		b = b[4:]
		if n < 0 {
			a.Values = append(a.Values, nil)
			continue
		}
		if len(b) < n {
			return Array{}, bad
		}
		v, err := ParseBinary(elem, -1, b[:n], f)
		if err != nil {
			return Array{}, err
		}
		a.Values, b = append(a.Values, v), b[n:]
	}
	return a, nil
}
