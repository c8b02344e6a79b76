// Package pgarrow says how PostgreSQL's types travel in Arrow batches, and turns the arrays into PostgreSQL's text and binary
// forms and back. It knows nothing of SQL, stores or the protocol's messages.
package pgarrow

import (
	"github.com/apache/arrow-go/v18/arrow"

	"meshgate/pgcat"
	"meshgate/pgvalue"
)

// IntervalType carries interval: int32 months, int32 days, int64 microseconds, little-endian. Arrow's own month-day-nano type
// counts nanoseconds and cannot hold every interval.
var IntervalType = &arrow.FixedSizeBinaryType{ByteWidth: 16}

// TimestampTZType carries timestamp with time zone.
var TimestampTZType = &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}

// TimestampType carries timestamp without time zone.
var TimestampType = &arrow.TimestampType{Unit: arrow.Microsecond}

// Carrier returns the Arrow type in which values of a PostgreSQL type travel:
//
//	bool                          Boolean
//	int2, int4, int8              Int16, Int32, Int64
//	oid and its aliases, xid, cid Uint32
//	float4, float8                Float32, Float64
//	numeric(p,s), p ≤ 38, s ≥ 0   Decimal128(p,s): every value has scale s
//	numeric otherwise             Binary: pgvalue's sortable form, which keeps each value's own scale
//	date                          Date32
//	time                          Time64 in microseconds
//	timestamp, timestamptz        Timestamp in microseconds, without and with zone UTC; the ends of int64 are the infinities
//	interval                      FixedSizeBinary(16)
//	bytea, uuid                   Binary
//	arrays of one dimension       List of the element's carrier
//	record                        Struct of the fields' carriers; see RecordField
//	everything else               String: the type's text form
func Carrier(oid pgcat.OID, mod int32) arrow.DataType {
	switch oid {
	case pgcat.Bool:
		return arrow.FixedWidthTypes.Boolean
	case pgcat.Int2:
		return arrow.PrimitiveTypes.Int16
	case pgcat.Int4:
		return arrow.PrimitiveTypes.Int32
	case pgcat.Int8:
		return arrow.PrimitiveTypes.Int64
	case pgcat.Float4:
		return arrow.PrimitiveTypes.Float32
	case pgcat.Float8:
		return arrow.PrimitiveTypes.Float64
	case pgcat.Numeric:
		if p, s, ok := pgvalue.NumericTypmod(mod); ok {
			return NumericCarrier(p, s)
		}
		return arrow.BinaryTypes.Binary
	case pgcat.Bytea, pgcat.UUID:
		return arrow.BinaryTypes.Binary
	case pgcat.Date:
		return arrow.FixedWidthTypes.Date32
	case pgcat.Time:
		return arrow.FixedWidthTypes.Time64us
	case pgcat.Timestamp:
		return TimestampType
	case pgcat.TimestampTZ:
		return TimestampTZType
	case pgcat.Interval:
		return IntervalType
	}
	if IsOIDAlias(oid) {
		return arrow.PrimitiveTypes.Uint32
	}
	if elem, ok := Element(oid); ok {
		return arrow.ListOf(Carrier(elem, mod))
	}
	return arrow.BinaryTypes.String
}

// NumericCarrier returns the carrier of numeric(p,s).
func NumericCarrier(precision, scale int32) arrow.DataType {
	if precision >= 1 && precision <= 38 && scale >= 0 && scale <= precision {
		return &arrow.Decimal128Type{Precision: precision, Scale: scale}
	}
	return arrow.BinaryTypes.Binary
}

// IsOIDAlias reports whether a type's values are object identifiers (PostgreSQL 15, section 8.19) or transaction counters of
// the same size.
func IsOIDAlias(oid pgcat.OID) bool {
	switch oid {
	case pgcat.OIDType, pgcat.RegProc, pgcat.RegProcedure, pgcat.RegOper, pgcat.RegOperator, pgcat.RegClass, pgcat.RegType,
		pgcat.RegRole, pgcat.RegNamespace, pgcat.RegConfig, pgcat.RegDictionary, pgcat.RegCollation, pgcat.Xid, pgcat.Cid:
		return true
	}
	return false
}

// Element returns the element type of an array type, or of the vectors that subscript like arrays.
func Element(oid pgcat.OID) (pgcat.OID, bool) {
	switch oid {
	case pgcat.Int2Vector:
		return pgcat.Int2, true
	case pgcat.OIDVector:
		return pgcat.OIDType, true
	}
	if t := pgcat.TypeByOID(oid); t != nil && t.IsArray() {
		return t.Elem, true
	}
	return 0, false
}

// Field makes a nullable field of a type.
func Field(name string, oid pgcat.OID, mod int32) arrow.Field {
	return arrow.Field{Name: name, Type: Carrier(oid, mod), Nullable: true}
}
