package duck

import (
	"math/big"

	"github.com/apache/arrow-go/v18/arrow"
	bindings "github.com/duckdb/duckdb-go-bindings"

	"meshgate/pgarrow"
	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

// value makes the DuckDB value of a parameter, typed even when it is NULL by the cast that the dialect writes around it.
// The caller destroys it.
func (r *resultReader) value(a Arg) (bindings.Value, error) {
	if a.Session {
		return bindings.CreateUInt64(r.session), nil
	}
	if a.Value == nil {
		return bindings.CreateNullValue(), nil
	}
	return duckValue(a.OID, a.Carrier, a.Value)
}

func duckValue(oid pgcat.OID, carrier arrow.DataType, v pgvalue.Value) (bindings.Value, error) {
	switch v := v.(type) {
	case bool:
		return bindings.CreateBool(v), nil
	case int64:
		return intValue(oid, v), nil
	case float64:
		if oid == pgcat.Float4 {
			return bindings.CreateFloat(float32(v)), nil
		}
		return bindings.CreateDouble(v), nil
	case string:
		return bindings.CreateVarcharLength(v, bindings.IdxT(len(v))), nil
	case []byte:
		return bindings.CreateBlob(v), nil
	case pgvalue.Numeric:
		return numericValue(carrier, v)
	case pgvalue.Date:
		return bindings.CreateDate(bindings.NewDate(int32(v))), nil
	case pgvalue.TimeOfDay:
		return bindings.CreateTime(bindings.NewTime(int64(v))), nil
	case pgvalue.TimeTZ:
		text := string(pgvalue.AppendTimeTZ(nil, v))
		return bindings.CreateVarcharLength(text, bindings.IdxT(len(text))), nil
	case pgvalue.Timestamp:
		if oid == pgcat.TimestampTZ {
			return bindings.CreateTimestampTZ(bindings.NewTimestamp(int64(v))), nil
		}
		return bindings.CreateTimestamp(bindings.NewTimestamp(int64(v))), nil
	case pgvalue.Interval:
		return bindings.CreateInterval(bindings.NewInterval(v.Months, v.Days, v.Micros)), nil
	case pgvalue.Array:
		return listValue(oid, carrier, v)
	}
	panic("duck: no value for a parameter")
}

func intValue(oid pgcat.OID, v int64) bindings.Value {
	switch {
	case oid == pgcat.Int2:
		return bindings.CreateInt16(int16(v))
	case oid == pgcat.Int4:
		return bindings.CreateInt32(int32(v))
	case pgarrow.IsOIDAlias(oid):
		return bindings.CreateUInt32(uint32(v))
	}
	return bindings.CreateInt64(v)
}

func numericValue(carrier arrow.DataType, n pgvalue.Numeric) (bindings.Value, error) {
	t, ok := carrier.(*arrow.Decimal128Type)
	if !ok {
		return bindings.CreateBlob(n.AppendSortable(nil)), nil
	}
	rounded, err := n.ApplyTypmod(pgvalue.MakeNumericTypmod(t.Precision, t.Scale))
	if err != nil {
		return bindings.Value{}, err
	}
	if !rounded.IsFinite() {
		return bindings.Value{}, sqlerr.Newf(sqlerr.InternalError, "NaN in a decimal parameter")
	}
	h := hugeintOf(rounded.Unscaled())
	return bindings.CreateDecimal(bindings.NewDecimal(uint8(t.Precision), uint8(t.Scale), bindings.NewHugeInt(h.lo, h.hi))), nil
}

func hugeintFrom(v int64) hugeint { return hugeint{uint64(v), v >> 63} }

func hugeintOf(b *big.Int) hugeint {
	low := new(big.Int).And(b, new(big.Int).SetUint64(^uint64(0)))
	return hugeint{lo: low.Uint64(), hi: new(big.Int).Rsh(b, 64).Int64()}
}

func listValue(oid pgcat.OID, carrier arrow.DataType, a pgvalue.Array) (bindings.Value, error) {
	if !a.IsPlain() {
		return bindings.Value{}, pgarrow.ErrArrayShape()
	}
	elemOID, ok := pgarrow.Element(oid)
	if !ok {
		elemOID = a.Elem
	}
	list, ok := carrier.(*arrow.ListType)
	if !ok {
		list = arrow.ListOf(pgarrow.Carrier(elemOID, -1))
	}
	child := logicalType(list.Elem())
	defer bindings.DestroyLogicalType(&child)
	values := make([]bindings.Value, 0, len(a.Values))
	defer func() {
		for i := range values {
			bindings.DestroyValue(&values[i])
		}
	}()
	for _, v := range a.Values {
		if v == nil {
			values = append(values, bindings.CreateNullValue())
			continue
		}
		e, err := duckValue(elemOID, list.Elem(), v)
		if err != nil {
			return bindings.Value{}, err
		}
		values = append(values, e)
	}
	return bindings.CreateListValue(child, values), nil
}
