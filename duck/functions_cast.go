package duck

import (
	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

func init() {
	fn2("meshgate_float4_text", func(_ *Row, f float32, s session) string { return string(s.AppendFloat(nil, float64(f), 32)) })
	fn2("meshgate_float8_text", func(_ *Row, f float64, s session) string { return string(s.AppendFloat(nil, f, 64)) })
	fn2("meshgate_date_text", func(_ *Row, d pgvalue.Date, s session) string { return string(s.AppendDate(nil, d)) })
	fn1("meshgate_time_text", func(_ *Row, t pgvalue.TimeOfDay) string { return string(pgvalue.AppendTime(nil, t)) })
	fn2("meshgate_timestamp_text", func(_ *Row, t pgvalue.Timestamp, s session) string { return string(s.AppendTimestamp(nil, t)) })
	fn2("meshgate_timestamptz_text", func(_ *Row, t instant, s session) string {
		return string(s.AppendTimestampTZ(nil, pgvalue.Timestamp(t)))
	})
	fn2("meshgate_interval_text", func(_ *Row, v pgvalue.Interval, s session) string { return string(s.AppendInterval(nil, v)) })
	fn1("meshgate_uuid_text", func(_ *Row, v raw) string { return string(pgvalue.AppendUUID(nil, v)) })
	fn2("meshgate_bytea_text", func(_ *Row, v raw, s session) string { return string(s.AppendBytea(nil, v)) })

	fromText("bool", pgcat.Bool, func(v pgvalue.Value) bool { return v.(bool) })
	fromText("int2", pgcat.Int2, func(v pgvalue.Value) int16 { return int16(v.(int64)) })
	fromText("int4", pgcat.Int4, func(v pgvalue.Value) int32 { return int32(v.(int64)) })
	fromText("int8", pgcat.Int8, func(v pgvalue.Value) int64 { return v.(int64) })
	fromText("oid", pgcat.OIDType, func(v pgvalue.Value) uint32 { return uint32(v.(int64)) })
	fromText("float4", pgcat.Float4, func(v pgvalue.Value) float32 { return float32(v.(float64)) })
	fromText("float8", pgcat.Float8, func(v pgvalue.Value) float64 { return v.(float64) })
	fromText("numeric", pgcat.Numeric, func(v pgvalue.Value) pgvalue.Numeric { return v.(pgvalue.Numeric) })
	fromText("uuid", pgcat.UUID, func(v pgvalue.Value) []byte { return v.([]byte) })
	fromText("bytea", pgcat.Bytea, func(v pgvalue.Value) []byte { return v.([]byte) })
	fromText("bit", pgcat.Bit, func(v pgvalue.Value) string { return v.(string) })
	fromText("varbit", pgcat.VarBit, func(v pgvalue.Value) string { return v.(string) })
	fromText("time", pgcat.Time, func(v pgvalue.Value) pgvalue.TimeOfDay { return v.(pgvalue.TimeOfDay) })
	fromSessionText("date", pgcat.Date, func(v pgvalue.Value) pgvalue.Date { return v.(pgvalue.Date) })
	fromSessionText("timestamp", pgcat.Timestamp, func(v pgvalue.Value) pgvalue.Timestamp { return v.(pgvalue.Timestamp) })
	fromSessionText("timestamptz", pgcat.TimestampTZ, func(v pgvalue.Value) instant { return instant(v.(pgvalue.Timestamp)) })
	fromSessionText("interval", pgcat.Interval, func(v pgvalue.Value) pgvalue.Interval { return v.(pgvalue.Interval) })
}

// fromText defines the cast of text to a type. Its errors keep their SQLSTATE but lose the text: it is a value of some row.
func fromText[R any](name string, oid pgcat.OID, convert func(pgvalue.Value) R) {
	format := pgvalue.DefaultFormat()
	fn1("meshgate_text_"+name, func(r *Row, text string) R { return parsed(r, oid, text, format, convert) })
}

func fromSessionText[R any](name string, oid pgcat.OID, convert func(pgvalue.Value) R) {
	fn2("meshgate_text_"+name, func(r *Row, text string, s session) R { return parsed(r, oid, text, s.Format, convert) })
}

func parsed[R any](r *Row, oid pgcat.OID, text string, format *pgvalue.Format, convert func(pgvalue.Value) R) R {
	v, err := pgvalue.Parse(oid, -1, text, format)
	if err != nil {
		var zero R
		r.Fail(withoutValue(err, oid))
		return zero
	}
	return convert(v)
}

// withoutValue drops the value from the text of an error.
func withoutValue(err error, oid pgcat.OID) error {
	return valueless(err, oid).Quoting(sqlerr.From(sqlerr.Quoted(err)))
}

func valueless(err error, oid pgcat.OID) *sqlerr.Error {
	name := pgcat.FormatType(oid, -1)
	switch code := sqlerr.From(err).Code; code {
	case sqlerr.NumericValueOutOfRange:
		return sqlerr.Newf(code, "value is out of range for type %s", name)
	case sqlerr.DatetimeFieldOverflow:
		return sqlerr.Newf(code, "date/time field value out of range")
	case sqlerr.IntervalFieldOverflow:
		return sqlerr.Newf(code, "interval field value out of range")
	case sqlerr.InvalidParameterValue:
		return sqlerr.Newf(code, "invalid value for type %s", name)
	default:
		return sqlerr.Newf(code, "invalid input syntax for type %s", name)
	}
}
