package pgarrow

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

// Append adds a value to a builder of the type's carrier; nil adds NULL. What the carrier cannot hold is an error, never a
// changed value.
func Append(b array.Builder, v pgvalue.Value) error {
	if v == nil {
		b.AppendNull()
		return nil
	}
	switch b := b.(type) {
	case *array.BooleanBuilder:
		b.Append(v.(bool))
	case *array.Int16Builder:
		b.Append(int16(v.(int64)))
	case *array.Int32Builder:
		b.Append(int32(v.(int64)))
	case *array.Int64Builder:
		b.Append(v.(int64))
	case *array.Uint32Builder:
		b.Append(uint32(v.(int64)))
	case *array.Float32Builder:
		b.Append(float32(v.(float64)))
	case *array.Float64Builder:
		b.Append(v.(float64))
	case *array.Decimal128Builder:
		return appendDecimal(b, v.(pgvalue.Numeric))
	case *array.Date32Builder:
		b.Append(arrow.Date32(v.(pgvalue.Date)))
	case *array.Time64Builder:
		b.Append(arrow.Time64(v.(pgvalue.TimeOfDay)))
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(v.(pgvalue.Timestamp)))
	case *array.FixedSizeBinaryBuilder:
		var space [16]byte
		b.Append(AppendIntervalCarrier(space[:0], v.(pgvalue.Interval)))
	case *array.BinaryBuilder:
		if n, ok := v.(pgvalue.Numeric); ok {
			b.Append(n.AppendSortable(nil))
		} else {
			b.Append(v.([]byte))
		}
	case *array.StringBuilder:
		b.Append(textOf(v))
	case *array.ListBuilder:
		return appendList(b, v.(pgvalue.Array))
	default:
		panic("pgarrow: no builder for " + b.Type().String())
	}
	return nil
}

func textOf(v pgvalue.Value) string {
	switch v := v.(type) {
	case string:
		return v
	case pgvalue.TimeTZ:
		return string(pgvalue.AppendTimeTZ(nil, v))
	}
	panic("pgarrow: a value that is not text for a text carrier")
}

func appendDecimal(b *array.Decimal128Builder, n pgvalue.Numeric) error {
	t := b.Type().(*arrow.Decimal128Type)
	r, err := n.ApplyTypmod(pgvalue.MakeNumericTypmod(t.Precision, t.Scale))
	if err != nil {
		return err
	}
	if !r.IsFinite() {
		return sqlerr.Newf(sqlerr.FeatureNotSupported, "numeric(%d,%d) cannot carry NaN here", t.Precision, t.Scale)
	}
	b.Append(decimal128.FromBigInt(r.Unscaled()))
	return nil
}

func appendList(b *array.ListBuilder, a pgvalue.Array) error {
	if !a.IsPlain() {
		return ErrArrayShape()
	}
	b.Append(true)
	for _, v := range a.Values {
		if err := Append(b.ValueBuilder(), v); err != nil {
			return err
		}
	}
	return nil
}

// ErrArrayShape is the refusal of an array that a List cannot carry.
func ErrArrayShape() error {
	return sqlerr.Newf(sqlerr.FeatureNotSupported, "meshgate carries arrays of one dimension with lower bound 1 only")
}
