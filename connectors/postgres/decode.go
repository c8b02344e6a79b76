package postgres

import (
	"encoding/binary"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"meshgate/catalog"
	"meshgate/pgarrow"
	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

// column puts the values of one column into a builder.
type column struct {
	builder array.Builder
	decode  func(v []byte) error
	format  int16 // what the server is asked for: 0 text, 1 binary
}

func newColumn(b array.Builder, t catalog.Type) column {
	c := column{builder: b, format: 1}
	if c.decode = decoder(b, t.OID); c.decode == nil {
		// A type without a binary reader of ours travels as the text that its output function gives.
		c.format, c.decode = 0, textDecoder(b)
	}
	return c
}

func badValue(oid pgcat.OID) error {
	return sqlerr.Newf(sqlerr.ForeignDataError, "a store sent a value that is none of type %s", typeText(oid))
}

// fixed makes a decoder of values of one size.
func fixed(oid pgcat.OID, size int, do func(v []byte)) func([]byte) error {
	return func(v []byte) error {
		if len(v) != size {
			return badValue(oid)
		}
		do(v)
		return nil
	}
}

// decoder returns the reader of a type's binary form, or nil.
func decoder(b array.Builder, oid pgcat.OID) func([]byte) error {
	be := binary.BigEndian
	switch b := b.(type) {
	case *array.BooleanBuilder:
		return fixed(oid, 1, func(v []byte) { b.Append(v[0] != 0) })
	case *array.Int16Builder:
		return fixed(oid, 2, func(v []byte) { b.Append(int16(be.Uint16(v))) })
	case *array.Int32Builder:
		return fixed(oid, 4, func(v []byte) { b.Append(int32(be.Uint32(v))) })
	case *array.Int64Builder:
		return fixed(oid, 8, func(v []byte) { b.Append(int64(be.Uint64(v))) })
	case *array.Uint32Builder:
		return fixed(oid, 4, func(v []byte) { b.Append(be.Uint32(v)) })
	case *array.Float32Builder:
		return fixed(oid, 4, func(v []byte) { b.Append(math.Float32frombits(be.Uint32(v))) })
	case *array.Float64Builder:
		return fixed(oid, 8, func(v []byte) { b.Append(math.Float64frombits(be.Uint64(v))) })
	case *array.Date32Builder:
		return fixed(oid, 4, func(v []byte) { b.Append(arrow.Date32(pgvalue.DateFromPostgres(int32(be.Uint32(v))))) })
	case *array.Time64Builder:
		return fixed(oid, 8, func(v []byte) { b.Append(arrow.Time64(be.Uint64(v))) })
	case *array.TimestampBuilder:
		return timestampDecoder(b, oid)
	case *array.FixedSizeBinaryBuilder:
		return intervalDecoder(b, oid)
	case *array.Decimal128Builder:
		return decimalDecoder(b)
	case *array.BinaryBuilder:
		if oid == pgcat.Numeric {
			return numericDecoder(b)
		}
		return func(v []byte) error { b.Append(v); return nil }
	case *array.StringBuilder:
		return stringDecoder(b, oid)
	case *array.ListBuilder:
		return listDecoder(b, oid)
	}
	panic("postgres: no decoder for " + b.Type().String())
}

func timestampDecoder(b *array.TimestampBuilder, oid pgcat.OID) func([]byte) error {
	return func(v []byte) error {
		if len(v) != 8 {
			return badValue(oid)
		}
		t, ok := pgvalue.TimestampFromPostgres(int64(binary.BigEndian.Uint64(v)))
		if !ok {
			return sqlerr.Newf(sqlerr.DatetimeFieldOverflow, "timestamp out of range")
		}
		b.Append(arrow.Timestamp(t))
		return nil
	}
}

func intervalDecoder(b *array.FixedSizeBinaryBuilder, oid pgcat.OID) func([]byte) error {
	var carrier [16]byte
	return func(v []byte) error {
		if len(v) != 16 {
			return badValue(oid)
		}
		be := binary.BigEndian
		i := pgvalue.Interval{Micros: int64(be.Uint64(v)), Days: int32(be.Uint32(v[8:])), Months: int32(be.Uint32(v[12:]))}
		b.Append(pgarrow.AppendIntervalCarrier(carrier[:0], i))
		return nil
	}
}

// stringDecoder reads the types that travel as text and whose binary form is that text, or nearly.
func stringDecoder(b *array.StringBuilder, oid pgcat.OID) func([]byte) error {
	switch oid {
	case pgcat.Text, pgcat.VarChar, pgcat.BPChar, pgcat.Name, pgcat.JSON, pgcat.Unknown:
		return textDecoder(b)
	case pgcat.JSONB:
		return func(v []byte) error {
			if len(v) == 0 || v[0] != 1 {
				return badValue(oid)
			}
			b.BinaryBuilder.Append(v[1:])
			return nil
		}
	case pgcat.Char:
		var octal [4]byte
		return fixed(oid, 1, func(v []byte) {
			switch c := v[0]; {
			case c == 0:
				v = nil
			case c >= 0x80: // as charout of PostgreSQL 15 writes what is no character
				octal = [4]byte{'\\', '0' + c>>6, '0' + c>>3&7, '0' + c&7}
				v = octal[:]
			}
			b.BinaryBuilder.Append(v)
		})
	case pgcat.TimeTZ:
		var text [32]byte
		return fixed(oid, 12, func(v []byte) {
			t := pgvalue.TimeTZ{Time: pgvalue.TimeOfDay(binary.BigEndian.Uint64(v)), Offset: -int32(binary.BigEndian.Uint32(v[8:]))}
			b.BinaryBuilder.Append(pgvalue.AppendTimeTZ(text[:0], t))
		})
	}
	return nil
}

func textDecoder(b array.Builder) func([]byte) error {
	s := b.(*array.StringBuilder)
	return func(v []byte) error {
		s.BinaryBuilder.Append(v)
		return nil
	}
}

// listDecoder reads array_recv's form.
func listDecoder(b *array.ListBuilder, oid pgcat.OID) func([]byte) error {
	elem, ok := pgarrow.Element(oid)
	if !ok {
		return nil
	}
	lower := int32(1)
	if oid == pgcat.Int2Vector || oid == pgcat.OIDVector {
		lower = 0
	}
	values := b.ValueBuilder()
	decode := decoder(values, elem)
	if decode == nil {
		return func([]byte) error {
			return sqlerr.Newf(sqlerr.FeatureNotSupported, "meshgate does not read arrays of %s from stores", typeText(elem))
		}
	}
	be := binary.BigEndian
	return func(v []byte) error {
		if len(v) < 12 {
			return badValue(oid)
		}
		dims := be.Uint32(v)
		if dims == 0 {
			b.Append(true)
			return nil
		}
		if len(v) < 20 || dims != 1 || int32(be.Uint32(v[16:])) != lower {
			return pgarrow.ErrArrayShape()
		}
		if !sameForm(elem, be.Uint32(v[8:])) {
			return badValue(oid)
		}
		n := int(be.Uint32(v[12:]))
		b.Append(true)
		for v = v[20:]; n > 0; n-- {
			if len(v) < 4 {
				return badValue(oid)
			}
			size := int(int32(be.Uint32(v)))
			v = v[4:]
			if size < 0 {
				values.AppendNull()
				continue
			}
			if len(v) < size {
				return badValue(oid)
			}
			if err := decode(v[:size]); err != nil {
				return err
			}
			v = v[size:]
		}
		return nil
	}
}
