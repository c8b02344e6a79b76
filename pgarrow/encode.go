package pgarrow

import (
	"encoding/binary"
	"math"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

// Encoder writes the values of one column. Encoders are made once for a result and called for each value, without allocating.
type Encoder struct {
	// Append appends the value's bytes without a length; the value is not NULL.
	Append func(dst []byte, row int) []byte
	// Reset points the encoder at the next batch's array.
	Reset func(arr arrow.Array)
	arr   arrow.Array
}

// IsNull reports whether the current array's value is NULL.
func (e *Encoder) IsNull(row int) bool { return e.arr.IsNull(row) }

// NameOf gives the text of a reg* value, or ok = false to print it as a number.
type NameOf func(regType pgcat.OID, value uint32) (name string, ok bool)

// NewTextEncoder makes an encoder to the type's text form. names may be nil.
func NewTextEncoder(oid pgcat.OID, carrier arrow.DataType, f *pgvalue.Format, names NameOf) *Encoder {
	e := &Encoder{}
	e.Reset = func(arr arrow.Array) { e.arr = arr }
	switch {
	case oid == pgcat.UUID:
		bind(e, func(dst []byte, a *array.Binary, i int) []byte { return pgvalue.AppendUUID(dst, a.Value(i)) })
	case oid == pgcat.Numeric && carrier.ID() == arrow.BINARY:
		bind(e, func(dst []byte, a *array.Binary, i int) []byte { return mustNumeric(a.Value(i)).AppendText(dst) })
	case IsOIDAlias(oid):
		bind(e, func(dst []byte, a *array.Uint32, i int) []byte {
			return appendOIDAlias(dst, oid, a.Value(i), names)
		})
	default:
		e.bindText(oid, carrier, f, names)
	}
	return e
}

// bind makes Append call a typed function on the current array.
func bind[A arrow.Array](e *Encoder, do func(dst []byte, a A, i int) []byte) {
	var typed A
	e.Reset = func(arr arrow.Array) { e.arr, typed = arr, arr.(A) }
	e.Append = func(dst []byte, row int) []byte { return do(dst, typed, row) }
}

func appendOIDAlias(dst []byte, oid pgcat.OID, v uint32, names NameOf) []byte {
	if names != nil && oid != pgcat.OIDType && oid != pgcat.Xid && oid != pgcat.Cid {
		if name, ok := names(oid, v); ok {
			return append(dst, name...)
		}
	}
	return strconv.AppendUint(dst, uint64(v), 10)
}

// mustNumeric reads a form that our own code wrote.
func mustNumeric(form []byte) pgvalue.Numeric {
	n, err := pgvalue.NumericFromSortable(form)
	if err != nil {
		panic("pgarrow: " + err.Error())
	}
	return n
}

func (e *Encoder) bindText(oid pgcat.OID, carrier arrow.DataType, f *pgvalue.Format, names NameOf) {
	switch carrier := carrier.(type) {
	case *arrow.BooleanType:
		bind(e, func(dst []byte, a *array.Boolean, i int) []byte {
			if a.Value(i) {
				return append(dst, 't')
			}
			return append(dst, 'f')
		})
	case *arrow.Int16Type:
		bind(e, func(dst []byte, a *array.Int16, i int) []byte { return strconv.AppendInt(dst, int64(a.Value(i)), 10) })
	case *arrow.Int32Type:
		bind(e, func(dst []byte, a *array.Int32, i int) []byte { return strconv.AppendInt(dst, int64(a.Value(i)), 10) })
	case *arrow.Int64Type:
		bind(e, func(dst []byte, a *array.Int64, i int) []byte { return strconv.AppendInt(dst, a.Value(i), 10) })
	case *arrow.Float32Type:
		bind(e, func(dst []byte, a *array.Float32, i int) []byte { return f.AppendFloat(dst, float64(a.Value(i)), 32) })
	case *arrow.Float64Type:
		bind(e, func(dst []byte, a *array.Float64, i int) []byte { return f.AppendFloat(dst, a.Value(i), 64) })
	case *arrow.Decimal128Type:
		bind(e, func(dst []byte, a *array.Decimal128, i int) []byte {
			return decimalAt(a, i, carrier.Scale).AppendText(dst)
		})
	case *arrow.Date32Type:
		bind(e, func(dst []byte, a *array.Date32, i int) []byte { return f.AppendDate(dst, pgvalue.Date(a.Value(i))) })
	case *arrow.Time64Type:
		bind(e, func(dst []byte, a *array.Time64, i int) []byte {
			return pgvalue.AppendTime(dst, pgvalue.TimeOfDay(a.Value(i)))
		})
	case *arrow.TimestampType:
		bind(e, func(dst []byte, a *array.Timestamp, i int) []byte {
			if carrier.TimeZone != "" {
				return f.AppendTimestampTZ(dst, pgvalue.Timestamp(a.Value(i)))
			}
			return f.AppendTimestamp(dst, pgvalue.Timestamp(a.Value(i)))
		})
	case *arrow.FixedSizeBinaryType:
		bind(e, func(dst []byte, a *array.FixedSizeBinary, i int) []byte {
			return f.AppendInterval(dst, IntervalOf(a.Value(i)))
		})
	case *arrow.BinaryType:
		bind(e, func(dst []byte, a *array.Binary, i int) []byte { return f.AppendBytea(dst, a.Value(i)) })
	case *arrow.StringType:
		bind(e, func(dst []byte, a *array.String, i int) []byte { return append(dst, a.Value(i)...) })
	case *arrow.ListType:
		e.bindListText(oid, carrier, f, names)
	case *arrow.StructType:
		e.bindRecordText(carrier, f, names)
	default:
		panic("pgarrow: no text form for " + carrier.String())
	}
}

// bindListText writes {a,b}; int2vector and oidvector are written as "1 2".
func (e *Encoder) bindListText(oid pgcat.OID, carrier *arrow.ListType, f *pgvalue.Format, names NameOf) {
	elemOID, ok := Element(oid)
	if !ok {
		elemOID = pgcat.Text
	}
	elem := NewTextEncoder(elemOID, carrier.Elem(), f, names)
	vector := oid == pgcat.Int2Vector || oid == pgcat.OIDVector
	var list *array.List
	e.Reset = func(arr arrow.Array) {
		e.arr, list = arr, arr.(*array.List)
		elem.Reset(list.ListValues())
	}
	e.Append = func(dst []byte, row int) []byte {
		from, to := list.ValueOffsets(row)
		if vector {
			for k := from; k < to; k++ {
				if k > from {
					dst = append(dst, ' ')
				}
				dst = elem.Append(dst, int(k))
			}
			return dst
		}
		dst = append(dst, '{')
		for k := from; k < to; k++ {
			if k > from {
				dst = append(dst, ',')
			}
			if elem.IsNull(int(k)) {
				dst = append(dst, "NULL"...)
				continue
			}
			start := len(dst)
			dst = elem.Append(dst, int(k))
			if carrier.Elem().ID() != arrow.LIST {
				dst = pgvalue.QuoteArrayElement(dst, start)
			}
		}
		return append(dst, '}')
	}
}

func decimalAt(a *array.Decimal128, i int, scale int32) pgvalue.Numeric {
	v := a.Value(i)
	if lo := int64(v.LowBits()); v.HighBits() == lo>>63 {
		return pgvalue.NumericFromUnscaledInt(lo, scale)
	}
	return pgvalue.NumericFromUnscaled(v.BigInt(), scale)
}

// IntervalOf reads the carrier of an interval.
func IntervalOf(b []byte) pgvalue.Interval {
	return pgvalue.Interval{
		Months: int32(binary.LittleEndian.Uint32(b)), Days: int32(binary.LittleEndian.Uint32(b[4:])),
		Micros: int64(binary.LittleEndian.Uint64(b[8:])),
	}
}

// AppendIntervalCarrier appends the carrier of an interval.
func AppendIntervalCarrier(dst []byte, v pgvalue.Interval) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(v.Months))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(v.Days))
	return binary.LittleEndian.AppendUint64(dst, uint64(v.Micros))
}

// NewBinaryEncoder makes an encoder to the type's binary form (the send functions of PostgreSQL 15).
func NewBinaryEncoder(oid pgcat.OID, carrier arrow.DataType, f *pgvalue.Format) (*Encoder, error) {
	e := &Encoder{}
	e.Reset = func(arr arrow.Array) { e.arr = arr }
	be := binary.BigEndian
	switch carrier := carrier.(type) {
	case *arrow.BooleanType:
		bind(e, func(dst []byte, a *array.Boolean, i int) []byte {
			if a.Value(i) {
				return append(dst, 1)
			}
			return append(dst, 0)
		})
	case *arrow.Int16Type:
		bind(e, func(dst []byte, a *array.Int16, i int) []byte { return be.AppendUint16(dst, uint16(a.Value(i))) })
	case *arrow.Int32Type:
		bind(e, func(dst []byte, a *array.Int32, i int) []byte { return be.AppendUint32(dst, uint32(a.Value(i))) })
	case *arrow.Int64Type:
		bind(e, func(dst []byte, a *array.Int64, i int) []byte { return be.AppendUint64(dst, uint64(a.Value(i))) })
	case *arrow.Uint32Type:
		bind(e, func(dst []byte, a *array.Uint32, i int) []byte { return be.AppendUint32(dst, a.Value(i)) })
	case *arrow.Float32Type:
		bind(e, func(dst []byte, a *array.Float32, i int) []byte {
			return be.AppendUint32(dst, math.Float32bits(plainNaN(a.Value(i))))
		})
	case *arrow.Float64Type:
		bind(e, func(dst []byte, a *array.Float64, i int) []byte {
			return be.AppendUint64(dst, math.Float64bits(plainNaN(a.Value(i))))
		})
	case *arrow.Decimal128Type:
		bind(e, func(dst []byte, a *array.Decimal128, i int) []byte {
			return decimalAt(a, i, carrier.Scale).AppendBinary(dst)
		})
	case *arrow.Date32Type:
		bind(e, func(dst []byte, a *array.Date32, i int) []byte { return pgvalue.Date(a.Value(i)).AppendBinary(dst) })
	case *arrow.Time64Type:
		bind(e, func(dst []byte, a *array.Time64, i int) []byte { return be.AppendUint64(dst, uint64(a.Value(i))) })
	case *arrow.TimestampType:
		bind(e, func(dst []byte, a *array.Timestamp, i int) []byte {
			return pgvalue.Timestamp(a.Value(i)).AppendBinary(dst)
		})
	case *arrow.FixedSizeBinaryType:
		bind(e, func(dst []byte, a *array.FixedSizeBinary, i int) []byte {
			return IntervalOf(a.Value(i)).AppendBinary(dst)
		})
	case *arrow.BinaryType:
		if oid == pgcat.Numeric {
			bind(e, func(dst []byte, a *array.Binary, i int) []byte { return mustNumeric(a.Value(i)).AppendBinary(dst) })
		} else {
			bind(e, func(dst []byte, a *array.Binary, i int) []byte { return append(dst, a.Value(i)...) })
		}
	case *arrow.StringType:
		return e, e.bindStringBinary(oid, f)
	case *arrow.ListType:
		return e, e.bindListBinary(oid, carrier, f)
	case *arrow.StructType:
		return e, e.bindRecordBinary(carrier, f)
	default:
		panic("pgarrow: no binary form for " + carrier.String())
	}
	return e, nil
}

// bindStringBinary sends types that travel as text. Most text types' binary form is their text; the others are parsed, or
// refused where only PostgreSQL itself knows the form.
func (e *Encoder) bindStringBinary(oid pgcat.OID, f *pgvalue.Format) error {
	switch oid {
	case pgcat.Text, pgcat.VarChar, pgcat.BPChar, pgcat.Name, pgcat.JSON, pgcat.XML, pgcat.Unknown, pgcat.CString, pgcat.RefCursor, pgcat.Void:
		bind(e, func(dst []byte, a *array.String, i int) []byte { return append(dst, a.Value(i)...) })
	case pgcat.JSONB, pgcat.JSONPath:
		bind(e, func(dst []byte, a *array.String, i int) []byte { return append(append(dst, 1), a.Value(i)...) })
	case pgcat.Char:
		bind(e, func(dst []byte, a *array.String, i int) []byte { return append(dst, pgvalue.CharByte(a.Value(i))) })
	case pgcat.Bit, pgcat.VarBit:
		bind(e, func(dst []byte, a *array.String, i int) []byte { return pgvalue.AppendBitsBinary(dst, a.Value(i)) })
	case pgcat.Inet, pgcat.CIDR, pgcat.MacAddr, pgcat.PgLSN:
		bind(e, func(dst []byte, a *array.String, i int) []byte {
			out, ok := pgvalue.AppendNetworkBinary(dst, oid, a.Value(i))
			if !ok {
				panic("pgarrow: not the text of a value of type " + pgcat.FormatType(oid, -1))
			}
			return out
		})
	case pgcat.TimeTZ:
		bind(e, func(dst []byte, a *array.String, i int) []byte {
			t, err := f.ParseTimeTZ(a.Value(i))
			if err != nil {
				panic("pgarrow: " + err.Error())
			}
			return t.AppendBinary(dst)
		})
	default:
		if t := pgcat.TypeByOID(oid); t != nil && (t.Kind == 'p' || t.Category == 'X') {
			return sqlerr.Newf(sqlerr.UndefinedFunction, "no binary output function available for type %s", t.Name)
		}
		return sqlerr.Newf(sqlerr.FeatureNotSupported, "meshgate has no binary form of type %s; ask for it as text", pgcat.FormatType(oid, -1))
	}
	return nil
}

// bindListBinary sends array_send's form: dimensions, a flag for NULLs, the element's OID, length and lower bound, elements.
func (e *Encoder) bindListBinary(oid pgcat.OID, carrier *arrow.ListType, f *pgvalue.Format) error {
	elemOID, ok := Element(oid)
	if !ok {
		return sqlerr.Newf(sqlerr.FeatureNotSupported, "meshgate has no binary form of type %s", pgcat.FormatType(oid, -1))
	}
	elem, err := NewBinaryEncoder(elemOID, carrier.Elem(), f)
	if err != nil {
		return err
	}
	lower := uint32(1)
	if oid == pgcat.Int2Vector || oid == pgcat.OIDVector {
		lower = 0
	}
	var list *array.List
	e.Reset = func(arr arrow.Array) {
		e.arr, list = arr, arr.(*array.List)
		elem.Reset(list.ListValues())
	}
	be := binary.BigEndian
	e.Append = func(dst []byte, row int) []byte {
		from, to := list.ValueOffsets(row)
		if from == to && lower == 1 {
			return be.AppendUint32(append(dst, 0, 0, 0, 0, 0, 0, 0, 0), elemOID)
		}
		hasNull := byte(0)
		for k := from; k < to; k++ {
			if elem.IsNull(int(k)) {
				hasNull = 1
			}
		}
		dst = be.AppendUint32(append(dst, 0, 0, 0, 1, 0, 0, 0, hasNull), elemOID)
		dst = be.AppendUint32(be.AppendUint32(dst, uint32(to-from)), lower)
		for k := from; k < to; k++ {
			if elem.IsNull(int(k)) {
				dst = append(dst, 0xff, 0xff, 0xff, 0xff)
				continue
			}
			at := len(dst)
			dst = elem.Append(append(dst, 0, 0, 0, 0), int(k))
			be.PutUint32(dst[at:], uint32(len(dst)-at-4))
		}
		return dst
	}
	return nil
}

// plainNaN gives a NaN the bits that PostgreSQL's has, whose sign a minus changes; Go's own has others.
func plainNaN[T float32 | float64](v T) T {
	if v == v {
		return v
	}
	return T(math.Copysign(math.Float64frombits(0x7ff8_0000_0000_0000), float64(v)))
}
