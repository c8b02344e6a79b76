package pgvalue

import (
	"strings"

	"meshgate/sqlerr"
)

// AppendJSONNumber appends a number's text as JSON: what JSON cannot write, such as NaN, becomes a string.
func AppendJSONNumber(dst []byte, text string) []byte {
	p := jsonParser{text: text}
	if text != "" && (text[0] == '-' || text[0] >= '0' && text[0] <= '9') {
		if _, err := p.number(); err == nil && p.at == len(text) {
			return append(dst, text...)
		}
	}
	return AppendJSONString(dst, text)
}

// isoFormat is how dates stand in JSON, whatever the session's DateStyle.
var isoFormat = DefaultFormat()

// AppendJSONDate appends a date as a JSON string.
func AppendJSONDate(dst []byte, d Date) []byte {
	return append(isoFormat.AppendDate(append(dst, '"'), d), '"')
}

// AppendJSONTimestamp appends a timestamp as a JSON string: 2024-03-05T10:00:00.5.
func AppendJSONTimestamp(dst []byte, t Timestamp) []byte {
	dst = append(dst, '"')
	at := len(dst)
	dst = isoFormat.AppendTimestamp(dst, t)
	return append(withT(dst, at), '"')
}

// withT puts a T between date and time.
func withT(dst []byte, at int) []byte {
	if i := strings.IndexByte(string(dst[at:]), ' '); i >= 0 && dst[at+i+1] != 'B' {
		dst[at+i] = 'T'
	}
	return dst
}

// AppendJSONTimestampTZ appends an instant as a JSON string with the zone's offset: 2024-03-05T10:00:00+01:00.
func AppendJSONTimestampTZ(dst []byte, t Timestamp, zone *Zone) []byte {
	if t.IsInf() {
		return AppendJSONTimestamp(dst, t)
	}
	off, _ := zone.Offset(t)
	dst = append(dst, '"')
	at := len(dst)
	dst = isoFormat.AppendTimestamp(dst, t+Timestamp(off)*MicrosPerSecond)
	dst = withT(dst, at)
	bc := strings.HasSuffix(string(dst[at:]), " BC")
	if bc {
		dst = dst[:len(dst)-len(" BC")]
	}
	dst = appendOffset(dst, off)
	if off%3600 == 0 {
		dst = append(dst, ":00"...)
	}
	if bc {
		dst = append(dst, " BC"...)
	}
	return append(dst, '"')
}

// AppendJSONArray appends an array of values that are JSON texts, or NULL; separator is what stands between two.
func AppendJSONArray(dst []byte, separator string, n int, item func(i int) Nullable) []byte {
	dst = append(dst, '[')
	for i := range n {
		if i > 0 {
			dst = append(dst, separator...)
		}
		dst = appendJSONOrNull(dst, item(i))
	}
	return append(dst, ']')
}

func appendJSONOrNull(dst []byte, v Nullable) []byte {
	if !v.Valid {
		return append(dst, "null"...)
	}
	return append(dst, v.Text...)
}

// AppendBuiltObject is json_build_object: keys, which are texts, and values, which are JSON texts, take turns.
func AppendBuiltObject(dst []byte, n int, item func(i int) Nullable) ([]byte, error) {
	if n%2 != 0 {
		return dst, sqlerr.Newf(sqlerr.InvalidParameterValue, "argument list must have even number of elements").
			WithHint("The arguments of json_build_object() must consist of alternating keys and values.")
	}
	dst = append(dst, '{')
	for i := 0; i < n; i += 2 {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		key := item(i)
		if !key.Valid {
			return dst, sqlerr.Newf(sqlerr.InvalidParameterValue, "argument %d cannot be null", i+1).
				WithHint("Object keys should be text.")
		}
		dst = append(AppendJSONString(dst, key.Text), " : "...)
		dst = appendJSONOrNull(dst, item(i+1))
	}
	return append(dst, '}'), nil
}

// AppendJSONObject is json_object: keys and values, all texts.
func AppendJSONObject(dst []byte, n int, key, value func(i int) Nullable) ([]byte, error) {
	dst = append(dst, '{')
	for i := range n {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		k, v := key(i), value(i)
		if !k.Valid {
			return dst, sqlerr.Newf(sqlerr.NullValueNotAllowed, "null value not allowed for object key")
		}
		dst = append(AppendJSONString(dst, k.Text), " : "...)
		if v.Valid {
			dst = AppendJSONString(dst, v.Text)
		} else {
			dst = append(dst, "null"...)
		}
	}
	return append(dst, '}'), nil
}

// JSONBNumber is the number that a jsonb scalar is, for casts to a type.
func JSONBNumber(text, typeName string) (Numeric, error) {
	if j := jsonText(text); j.kind() != JSONNumber {
		return Numeric{}, badJSONCast(j, typeName)
	}
	return ParseNumeric(text)
}

// JSONBBool is the boolean that a jsonb scalar is.
func JSONBBool(text string) (bool, error) {
	switch j := jsonText(text); j.kind() {
	case JSONTrue:
		return true, nil
	case JSONFalse:
		return false, nil
	default:
		return false, badJSONCast(j, "boolean")
	}
}

func badJSONCast(j jsonText, typeName string) error {
	kind := [...]string{"null", "string", "numeric", "boolean", "boolean", "array", "object"}[j.kind()]
	return sqlerr.Newf(sqlerr.InvalidParameterValue, "cannot cast jsonb %s to type %s", kind, typeName)
}
