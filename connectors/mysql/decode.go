package mysql

import (
	"database/sql/driver"
	"errors"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"meshgate/pgarrow"
	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

// column puts the values of one column into a builder.
type column struct {
	name    string // at the store
	builder array.Builder
	decode  func(v driver.Value) error
}

var (
	errForm   = errors.New("a value is not of the column's form")
	errNoDate = errors.New("a date that is none")
)

// decoder returns the reader of the values that the driver gives for a type: integers as int64, or text above its range; floats as
// they are; everything else as bytes.
func decoder(b array.Builder, oid pgcat.OID) func(driver.Value) error {
	switch b := b.(type) {
	case *array.BooleanBuilder:
		return func(v driver.Value) error {
			i, err := integer(v, 64, "boolean")
			b.Append(i != 0)
			return err
		}
	case *array.Int16Builder:
		return func(v driver.Value) error {
			i, err := integer(v, 16, "smallint")
			b.Append(int16(i))
			return err
		}
	case *array.Int32Builder:
		return func(v driver.Value) error {
			i, err := integer(v, 32, "integer")
			b.Append(int32(i))
			return err
		}
	case *array.Int64Builder:
		return func(v driver.Value) error {
			i, err := integer(v, 64, "bigint")
			b.Append(i)
			return err
		}
	case *array.Float32Builder:
		return func(v driver.Value) error { return appendFloat32(b, v) }
	case *array.Float64Builder:
		return func(v driver.Value) error { return appendFloat64(b, v) }
	case *array.Decimal128Builder:
		return decimalDecoder(b)
	case *array.BinaryBuilder:
		if oid == pgcat.Numeric {
			return numericDecoder(b)
		}
		return func(v driver.Value) error {
			text, ok := v.([]byte)
			if !ok {
				return errForm
			}
			b.Append(text)
			return nil
		}
	case *array.StringBuilder:
		return func(v driver.Value) error { return appendText(b, v) }
	}
	return temporalDecoder(b)
}

func temporalDecoder(b array.Builder) func(driver.Value) error {
	switch b := b.(type) {
	case *array.Date32Builder:
		return func(v driver.Value) error {
			t, err := timestampOf(v)
			if err != nil {
				return err
			}
			if t%pgvalue.MicrosPerDay != 0 {
				return errForm
			}
			b.Append(arrow.Date32(t / pgvalue.MicrosPerDay))
			return nil
		}
	case *array.TimestampBuilder:
		return func(v driver.Value) error {
			t, err := timestampOf(v)
			if err == nil {
				b.Append(arrow.Timestamp(t))
			}
			return err
		}
	case *array.Time64Builder:
		return func(v driver.Value) error {
			t, err := durationOf(v)
			if err == nil && (t < 0 || t > pgvalue.MicrosPerDay) {
				return sqlerr.Newf(sqlerr.DatetimeFieldOverflow, "time out of range")
			}
			if err == nil {
				b.Append(arrow.Time64(t))
			}
			return err
		}
	case *array.FixedSizeBinaryBuilder:
		var carrier [16]byte
		return func(v driver.Value) error {
			t, err := durationOf(v)
			if err == nil {
				b.Append(pgarrow.AppendIntervalCarrier(carrier[:0], pgvalue.Interval{Micros: t}))
			}
			return err
		}
	}
	return func(driver.Value) error { return errForm }
}

// integer reads whole numbers; those of SUM and of BIGINT UNSIGNED come as text.
func integer(v driver.Value, bits int, name string) (int64, error) {
	var i int64
	var err error
	switch v := v.(type) {
	case int64:
		i = v
	case string:
		i, err = strconv.ParseInt(v, 10, 64)
	case []byte:
		i, err = strconv.ParseInt(string(v), 10, 64)
	default:
		return 0, errForm
	}
	if errors.Is(err, strconv.ErrRange) || err == nil && i != i<<(64-bits)>>(64-bits) {
		return 0, sqlerr.Newf(sqlerr.NumericValueOutOfRange, "%s out of range", name)
	}
	if err != nil {
		return 0, errForm
	}
	return i, nil
}

func appendFloat32(b *array.Float32Builder, v driver.Value) error {
	switch v := v.(type) {
	case float32:
		b.Append(v)
	case float64:
		if float64(float32(v)) != v {
			return errForm
		}
		b.Append(float32(v))
	default:
		return errForm
	}
	return nil
}

func appendFloat64(b *array.Float64Builder, v driver.Value) error {
	switch v := v.(type) {
	case float32:
		b.Append(float64(v))
	case float64:
		b.Append(v)
	case int64:
		b.Append(float64(v))
	default:
		return errForm
	}
	return nil
}

// appendText reads text, which the session asks for in UTF-8. PostgreSQL's texts hold no zero bytes.
func appendText(b *array.StringBuilder, v driver.Value) error {
	switch v := v.(type) {
	case []byte:
		if err := pgvalue.CheckText(v); err != nil {
			return err
		}
		b.BinaryBuilder.Append(v)
	case int64:
		b.Append(strconv.FormatInt(v, 10))
	default:
		return errForm
	}
	return nil
}

// digitsOf returns the text of a number.
func digitsOf(v driver.Value, space []byte) ([]byte, bool) {
	switch v := v.(type) {
	case []byte:
		return v, true
	case int64:
		return strconv.AppendInt(space, v, 10), true
	case string:
		return append(space, v...), true
	}
	return nil, false
}

func numericDecoder(b *array.BinaryBuilder) func(driver.Value) error {
	var space, form []byte
	return func(v driver.Value) error {
		text, ok := digitsOf(v, space[:0])
		if !ok {
			return errForm
		}
		n, err := pgvalue.ParseNumeric(string(text))
		if err != nil {
			return errForm
		}
		form = n.AppendSortable(form[:0])
		b.Append(form)
		return nil
	}
}

// decimalDecoder reads numbers into a decimal of known precision and scale. A value that it does not hold exactly is an error.
func decimalDecoder(b *array.Decimal128Builder) func(driver.Value) error {
	t := b.Type().(*arrow.Decimal128Type)
	var space [32]byte
	return func(v driver.Value) error {
		text, ok := digitsOf(v, space[:0])
		if !ok {
			return errForm
		}
		d, ok := decimalOf(text, t.Scale)
		if !ok || !d.FitsInPrecision(t.Precision) {
			return errForm
		}
		b.Append(d)
		return nil
	}
}

// decimalOf reads "-123.45" as a decimal of a scale that has room for its digits.
func decimalOf(text []byte, scale int32) (decimal128.Num, bool) {
	negative := len(text) > 0 && text[0] == '-'
	if negative {
		text = text[1:]
	}
	var high decimal128.Num // all digits but the last up to 18
	var low uint64
	count, after, point := 0, int32(0), false
	push := func(digit uint64) {
		if count == 18 {
			high, low, count = decimal128.FromU64(low), 0, 0
		}
		low, count = low*10+digit, count+1
	}
	digits := 0
	for _, c := range text {
		if c == '.' && !point {
			point = true
			continue
		}
		if c < '0' || c > '9' {
			return high, false
		}
		if point {
			if after++; after > scale {
				if c != '0' {
					return high, false
				}
				continue
			}
		}
		if digits > 0 || c != '0' {
			if digits++; digits > 36 {
				return wideDecimal(text, negative, scale)
			}
			push(uint64(c - '0'))
		}
	}
	for ; after < scale; after++ {
		if digits > 0 {
			if digits++; digits > 36 {
				return wideDecimal(text, negative, scale)
			}
			push(0)
		}
	}
	d := high.Mul(powersOf10[count]).Add(decimal128.FromU64(low))
	if negative {
		d = d.Negate()
	}
	return d, true
}

var powersOf10 = func() (p [19]decimal128.Num) {
	p[0] = decimal128.FromU64(1)
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1].Mul(decimal128.FromU64(10))
	}
	return p
}()

// wideDecimal reads a number of more than 36 digits.
func wideDecimal(text []byte, negative bool, scale int32) (decimal128.Num, bool) {
	n, err := pgvalue.ParseNumeric(string(text))
	if err != nil || n.Scale() > scale && n.Round(scale).Cmp(n) != 0 {
		return decimal128.Num{}, false
	}
	if n = n.Round(scale); negative {
		n = n.Neg()
	}
	v := n.Unscaled()
	if v.BitLen() > 127 {
		return decimal128.Num{}, false
	}
	return decimal128.FromBigInt(v), true
}
