package pgvalue

import (
	"encoding/hex"
	"errors"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"meshgate/pgcat"
	"meshgate/sqlerr"
)

// A Value is one of: bool; int64 (int2, int4, int8, oid and its aliases); float64 (float4, float8); Numeric; string (text
// types, JSON and every type that travels as its text); []byte (bytea, uuid); Date; TimeOfDay; TimeTZ; Timestamp; Interval;
// Array; nil for NULL.
type Value = any

// Parse reads the text form of a type as its input function does, and applies the typmod (-1 = none).
func Parse(oid pgcat.OID, mod int32, text string, f *Format) (Value, error) {
	switch oid {
	case pgcat.Bool:
		return ParseBool(text)
	case pgcat.Int2:
		return parseInt(text, 16, "smallint")
	case pgcat.Int4:
		return parseInt(text, 32, "integer")
	case pgcat.Int8:
		return parseInt(text, 64, "bigint")
	case pgcat.OIDType, pgcat.Xid, pgcat.Cid:
		return parseOID(text)
	case pgcat.Float4:
		return ParseFloat(text, 32)
	case pgcat.Float8:
		return ParseFloat(text, 64)
	case pgcat.Numeric:
		n, err := ParseNumeric(text)
		if err != nil {
			return nil, err
		}
		return result(n.ApplyTypmod(mod))
	case pgcat.Text, pgcat.Unknown, pgcat.CString:
		return text, nil
	case pgcat.VarChar:
		return limitChars(text, mod, "character varying", false)
	case pgcat.BPChar:
		return BPChar(text, mod, false)
	case pgcat.Name:
		return TruncateName(text), nil
	case pgcat.Char:
		return ParseChar(text), nil
	case pgcat.Bytea:
		return result(ParseBytea(text))
	case pgcat.UUID:
		return result(ParseUUID(text))
	case pgcat.JSON:
		return result(text, ValidJSON(text))
	case pgcat.JSONB:
		return result(NormalizeJSONB(text))
	case pgcat.JSONPath:
		return result(NormalizeJSONPath(text))
	case pgcat.Bit, pgcat.VarBit:
		return parseBits(oid, mod, text)
	case pgcat.Inet, pgcat.CIDR:
		v, err := ParseInet(text, oid == pgcat.CIDR)
		if err != nil {
			return nil, err
		}
		return v.Text(oid == pgcat.CIDR), nil
	case pgcat.MacAddr:
		return result(ParseMacAddr(text))
	case pgcat.PgLSN:
		v, err := ParseLSN(text)
		if err != nil {
			return nil, err
		}
		return v.String(), nil
	case pgcat.Int2Vector:
		return parseVector(pgcat.Int2, text)
	case pgcat.OIDVector:
		return parseVector(pgcat.OIDType, text)
	}
	if v, ok, err := f.parseTime(oid, mod, text); ok {
		return v, err
	}
	if t := pgcat.TypeByOID(oid); t != nil && t.IsArray() {
		return result(ParseArray(t.Elem, mod, text, f))
	} else if t != nil && rewritten[t.Name] {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "reading a value of type %s from text is not supported", pgcat.FormatType(oid, -1))
	}
	return text, nil
}

// rewritten are types whose text PostgreSQL writes otherwise than it was read ('[1,5]' of int4range is [1,6)), and that are not read here.
// Their values come from stores, as PostgreSQL writes them.
var rewritten = map[string]bool{
	"int4range": true, "int8range": true, "numrange": true, "daterange": true, "tsrange": true, "tstzrange": true, "int4multirange": true,
	"int8multirange": true, "nummultirange": true, "datemultirange": true, "tsmultirange": true, "tstzmultirange": true, "tsvector": true, "tsquery": true,
	"money": true, "macaddr8": true, "point": true, "line": true, "lseg": true, "box": true,
	"path": true, "polygon": true, "circle": true, "tid": true, "xid8": true, "pg_snapshot": true, "txid_snapshot": true,
}

// result keeps a typed nil or zero value from hiding an error.
func result[T any](v T, err error) (Value, error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}

func (f *Format) parseTime(oid pgcat.OID, mod int32, text string) (v Value, ok bool, err error) {
	switch oid {
	case pgcat.Date:
		v, err = result(f.ParseDate(text))
	case pgcat.Time:
		t, e := f.ParseTime(text)
		v, err = result(TimeOfDay(RoundTime(int64(t), mod)), e)
	case pgcat.TimeTZ:
		t, e := f.ParseTimeTZ(text)
		t.Time = TimeOfDay(RoundTime(int64(t.Time), mod))
		v, err = result(t, e)
	case pgcat.Timestamp:
		t, e := f.ParseTimestamp(text)
		v, err = result(t.Round(mod), e)
	case pgcat.TimestampTZ:
		t, e := f.ParseTimestampTZ(text)
		v, err = result(t.Round(mod), e)
	case pgcat.Interval:
		v, err = result(ParseInterval(text, mod, f.IntervalStyle))
	default:
		return nil, false, nil
	}
	return v, true, err
}

// Round applies the precision of timestamp(p).
func (t Timestamp) Round(precision int32) Timestamp {
	if t.IsInf() {
		return t
	}
	return Timestamp(RoundTime(int64(t), precision))
}

const blanks = " \t\n\r\v\f"

// ParseBool reads true, yes, on, 1 and their opposites, or any unique prefix, in any case.
func ParseBool(text string) (Value, error) {
	s := strings.ToLower(strings.Trim(text, blanks))
	if s != "" {
		switch {
		case strings.HasPrefix("true", s), strings.HasPrefix("yes", s), s == "on", s == "1":
			return true, nil
		case strings.HasPrefix("false", s), strings.HasPrefix("no", s), s == "of", s == "off", s == "0":
			return false, nil
		}
	}
	return nil, invalidText("boolean", text)
}

func parseInt(text string, bits int, typeName string) (Value, error) {
	s := strings.Trim(text, blanks)
	v, err := strconv.ParseInt(s, 10, bits)
	if err == nil {
		return v, nil
	}
	if errors.Is(err, strconv.ErrRange) {
		return nil, valueOutOfRange(text, typeName)
	}
	return nil, invalidText(typeName, text)
}

func parseOID(text string) (Value, error) {
	s := strings.Trim(text, blanks)
	v, err := strconv.ParseInt(s, 10, 64)
	switch {
	case err == nil && v >= math.MinInt32 && v <= math.MaxUint32:
		return int64(uint32(v)), nil
	case err == nil || errors.Is(err, strconv.ErrRange):
		return nil, valueOutOfRange(text, "oid")
	}
	return nil, invalidText("oid", text)
}

// ParseFloat reads real (32 bits) or double precision (64 bits).
func ParseFloat(text string, bits int) (Value, error) {
	typeName := "double precision"
	if bits == 32 {
		typeName = "real"
	}
	s := strings.Trim(text, blanks)
	switch strings.ToLower(s) {
	case "nan":
		return math.NaN(), nil
	case "infinity", "+infinity", "inf", "+inf":
		return math.Inf(1), nil
	case "-infinity", "-inf":
		return math.Inf(-1), nil
	}
	if strings.ContainsAny(s, "_nN") {
		return nil, invalidText(typeName, text)
	}
	if hex := strings.ToLower(strings.TrimLeft(s, "+-")); strings.HasPrefix(hex, "0x") && !strings.Contains(hex, "p") {
		s += "p0" // strtod does not ask for an exponent
	}
	v, err := strconv.ParseFloat(s, bits)
	if errors.Is(err, strconv.ErrRange) {
		return nil, sqlerr.Newf(sqlerr.NumericValueOutOfRange, "\"%s\" is out of range for type %s", clip(text), typeName)
	}
	if err != nil {
		return nil, invalidText(typeName, text)
	}
	if v == 0 && strings.ContainsAny(mantissa(s), "123456789") {
		return nil, sqlerr.Newf(sqlerr.NumericValueOutOfRange, "\"%s\" is out of range for type %s", clip(text), typeName)
	}
	return v, nil
}

func mantissa(s string) string {
	m, _, _ := strings.Cut(strings.ToLower(s), "e")
	return m
}

// limitChars applies varchar(n): an explicit cast cuts, an input only where the rest is blanks.
func limitChars(text string, mod int32, typeName string, explicit bool) (Value, error) {
	if mod < 4 {
		return text, nil
	}
	limit := int(mod - 4)
	cut := cutChars(text, limit)
	if len(cut) < len(text) && !explicit && strings.Trim(text[len(cut):], " ") != "" {
		return nil, sqlerr.Newf(sqlerr.StringDataRightTruncation, "value too long for type %s(%d)", typeName, limit)
	}
	return cut, nil
}

// VarChar applies the length of varchar(n) to a value; explicit casts cut silently.
func VarChar(text string, mod int32, explicit bool) (Value, error) {
	return limitChars(text, mod, "character varying", explicit)
}

// BPChar applies char(n): cut or refused like varchar, then padded with blanks to n characters.
func BPChar(text string, mod int32, explicit bool) (Value, error) {
	v, err := limitChars(text, mod, "character", explicit)
	if err != nil || mod < 4 {
		return v, err
	}
	s := v.(string)
	if missing := int(mod-4) - utf8.RuneCountInString(s); missing > 0 {
		s += strings.Repeat(" ", missing)
	}
	return s, nil
}

func cutChars(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for i := range text {
		if limit == 0 {
			return text[:i]
		}
		limit--
	}
	return text
}

// TruncateName cuts an identifier to 63 bytes on a character's boundary, as type name does.
func TruncateName(text string) string {
	if len(text) <= 63 {
		return text
	}
	end := 63
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}

// ParseBytea reads the hex and the escape form.
func ParseBytea(text string) ([]byte, error) {
	if strings.HasPrefix(text, `\x`) {
		v, err := appendUnhex([]byte{}, text[2:])
		if err != nil {
			return nil, sqlerr.Quoted(err)
		}
		return v, nil
	}
	v := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			v = append(v, text[i])
			continue
		}
		rest := text[i+1:]
		switch {
		case strings.HasPrefix(rest, `\`):
			v = append(v, '\\')
			i++
		case len(rest) >= 3 && rest[0] >= '0' && rest[0] <= '3' && isOctal(rest[1]) && isOctal(rest[2]):
			v = append(v, (rest[0]-'0')<<6|(rest[1]-'0')<<3|(rest[2]-'0'))
			i += 3
		default:
			return nil, sqlerr.Newf(sqlerr.InvalidTextRepresentation, "invalid input syntax for type bytea")
		}
	}
	return v, nil
}

func isOctal(c byte) bool { return c >= '0' && c <= '7' }

// ParseUUID reads 32 hexadecimal digits with optional braces and a hyphen after each group of four.
func ParseUUID(text string) ([]byte, error) {
	s := text
	if strings.HasPrefix(s, "{") {
		if !strings.HasSuffix(s, "}") {
			return nil, invalidText("uuid", text)
		}
		s = s[1 : len(s)-1]
	}
	var digits []byte
	for i := 0; i < len(s); i++ {
		if s[i] == '-' && len(digits)%4 == 0 && len(digits) > 0 && len(digits) < 32 && s[i-1] != '-' {
			continue
		}
		digits = append(digits, s[i])
	}
	v, err := hex.DecodeString(string(digits))
	if err != nil || len(v) != 16 {
		return nil, invalidText("uuid", text)
	}
	return v, nil
}

// parseVector reads int2vector and oidvector: numbers with blanks between them.
func parseVector(elem pgcat.OID, text string) (Value, error) {
	var values []Value
	for _, field := range strings.Fields(text) {
		v, err := Parse(elem, -1, field, nil)
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	return NewArray(elem, values), nil // counted from 0 in SQL, which the type says, not the value
}

// AppendText appends a value's text form; v is not nil.
func (f *Format) AppendText(dst []byte, oid pgcat.OID, v Value) []byte {
	switch v := v.(type) {
	case bool:
		if v {
			return append(dst, 't')
		}
		return append(dst, 'f')
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case float64:
		if oid == pgcat.Float4 {
			return f.AppendFloat(dst, v, 32)
		}
		return f.AppendFloat(dst, v, 64)
	case Numeric:
		return v.AppendText(dst)
	case string:
		return append(dst, v...)
	case []byte:
		if oid == pgcat.UUID {
			return AppendUUID(dst, v)
		}
		return f.AppendBytea(dst, v)
	case Date:
		return f.AppendDate(dst, v)
	case TimeOfDay:
		return AppendTime(dst, v)
	case TimeTZ:
		return AppendTimeTZ(dst, v)
	case Timestamp:
		if oid == pgcat.TimestampTZ {
			return f.AppendTimestampTZ(dst, v)
		}
		return f.AppendTimestamp(dst, v)
	case Interval:
		return f.AppendInterval(dst, v)
	case Array:
		if oid == pgcat.Int2Vector || oid == pgcat.OIDVector {
			return f.appendVector(dst, v)
		}
		return f.appendArray(dst, v)
	}
	panic("pgvalue: no text form for this value")
}

func (f *Format) appendVector(dst []byte, a Array) []byte {
	for i, v := range a.Values {
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = f.AppendText(dst, a.Elem, v)
	}
	return dst
}
