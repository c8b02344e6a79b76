package duck

import (
	"strings"

	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

// jsonMark opens the form of a value that is of type json or jsonb itself, among values that become JSON: as a key it is refused,
// and json_agg lays arrays out otherwise than it.
const jsonMark = '\x01'

// appendJSONForm appends a form of the operation "json" as JSON.
func appendJSONForm(dst []byte, form string) []byte {
	if form != "" && form[0] == jsonMark {
		form = form[1:]
	}
	return append(dst, form...)
}

func (l list[T]) appendItem(dst []byte, i int) []byte {
	if l.isNull(i) {
		return append(dst, "null"...)
	}
	return appendJSONForm(dst, any(l.values[i]).(string))
}

func init() {
	jsonForms()
	jsonBuilders()
	jsonAggregates()
}

// jsonForms write values of types as JSON.
func jsonForms() {
	text1("meshgate_json_string", pgvalue.AppendJSONString)
	text1("meshgate_json_number", pgvalue.AppendJSONNumber)
	fn1("meshgate_json_date", func(r *Row, d pgvalue.Date) chars { return r.chars(pgvalue.AppendJSONDate(r.scratch(), d), nil) })
	fn1("meshgate_json_timestamp", func(r *Row, t pgvalue.Timestamp) chars {
		return r.chars(pgvalue.AppendJSONTimestamp(r.scratch(), t), nil)
	})
	fn2("meshgate_json_timestamptz", func(r *Row, t instant, s session) chars {
		return r.chars(pgvalue.AppendJSONTimestampTZ(r.scratch(), pgvalue.Timestamp(t), s.Zone), nil)
	})
	fn1("meshgate_json_form", func(r *Row, s string) chars { return r.chars(append(append(r.scratch(), jsonMark), s...), nil) })
	fn1("meshgate_json_plain", func(r *Row, form string) chars { return r.chars(appendJSONForm(r.scratch(), form), nil) })
	fn1("meshgate_json_array", func(r *Row, l list[string]) chars { return r.chars(appendJSONItems(r.scratch(), l, ","), nil) })
}

func appendJSONItems(dst []byte, l list[string], separator string) []byte {
	dst = append(dst, '[')
	for i := range l.values {
		if i > 0 {
			dst = append(dst, separator...)
		}
		dst = l.appendItem(dst, i)
	}
	return append(dst, ']')
}

// appendOnLines puts the elements of a JSON array on lines of their own, and leaves all else as it is.
func appendOnLines(dst []byte, text string) chars {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		c := text[i]
		dst = append(dst, c)
		switch {
		case quoted && c == '\\':
			i++
			dst = append(dst, text[i])
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			depth--
		case c == ',' && depth == 1:
			dst = append(dst, "\n "...)
		}
	}
	return dst
}

func jsonBuilders() {
	// An array as JSON, and whether to put its elements on lines of their own.
	fn1("meshgate_array_to_json", func(r *Row, l list[string]) chars {
		for i := range l.values {
			if l.isNull(i) {
				r.Null()
				return nil
			}
		}
		if len(l.values) == 1 || l.values[1] != "true" {
			return append(r.scratch(), l.values[0]...)
		}
		return appendOnLines(r.scratch(), l.values[0])
	})
	// Whether to put fields on lines of their own, then names and values in turn.
	fn1("meshgate_json_row", func(r *Row, l list[string]) chars {
		separator := ","
		if l.values[0] == "true" {
			separator = ",\n "
		}
		dst := append(r.scratch(), '{')
		for i := 1; i < len(l.values); i += 2 {
			if i > 1 {
				dst = append(dst, separator...)
			}
			dst = l.appendItem(append(append(dst, l.values[i]...), ':'), i+1)
		}
		return r.chars(append(dst, '}'), nil)
	})
	fn1("meshgate_json_build_array", func(r *Row, l list[string]) chars { return r.chars(appendJSONItems(r.scratch(), l, ", "), nil) })
	// Both make the text of a json: they differ in what they say of their arguments.
	buildObject := func(name string, nullKey func(i int) error) {
		fn1("meshgate_"+name, func(r *Row, l list[string]) chars {
			if len(l.values)%2 != 0 {
				r.Fail(sqlerr.Newf(sqlerr.InvalidParameterValue, "argument list must have even number of elements").
					WithHint("The arguments of %s() must consist of alternating keys and values.", name))
				return nil
			}
			return r.chars(appendJSONPairs(r.scratch(), l, "{", "}", nullKey))
		})
	}
	buildObject("json_build_object", func(i int) error {
		return sqlerr.Newf(sqlerr.InvalidParameterValue, "argument %d cannot be null", i+1).WithHint("Object keys should be text.")
	})
	buildObject("jsonb_build_object", func(i int) error {
		return sqlerr.Newf(sqlerr.InvalidParameterValue, "argument %d: key must not be null", i+1)
	})
	object := func(r *Row, n int, key, value func(i int) pgvalue.Nullable) chars {
		return r.chars(pgvalue.AppendJSONObject(r.scratch(), n, key, value))
	}
	fn1("meshgate_json_object", func(r *Row, l list[string]) chars {
		if len(l.values)%2 != 0 {
			r.Fail(sqlerr.Newf(sqlerr.ArraySubscriptError, "array must have even number of elements"))
			return nil
		}
		items := nullables(l)
		return object(r, len(items)/2, func(i int) pgvalue.Nullable { return items[2*i] }, func(i int) pgvalue.Nullable { return items[2*i+1] })
	})
	fn2("meshgate_json_object2", func(r *Row, keys, values list[string]) chars {
		if len(keys.values) != len(values.values) {
			r.Fail(sqlerr.Newf(sqlerr.ArraySubscriptError, "mismatched array dimensions"))
			return nil
		}
		k, v := nullables(keys), nullables(values)
		return object(r, len(k), func(i int) pgvalue.Nullable { return k[i] }, func(i int) pgvalue.Nullable { return v[i] })
	})
}

// appendJSONPairs appends an object of keys and values that take turns.
func appendJSONPairs(dst []byte, l list[string], open, end string, nullKey func(i int) error) ([]byte, error) {
	dst = append(dst, open...)
	for i := 0; i < len(l.values); i += 2 {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		if l.isNull(i) {
			return dst, nullKey(i)
		}
		switch key := l.values[i]; key[0] {
		case jsonMark, '[', '{':
			return dst, sqlerr.Newf(sqlerr.InvalidParameterValue, "key value must be scalar, not array, composite, or json")
		case '"':
			dst = append(dst, key...)
		default:
			dst = append(append(append(dst, '"'), key...), '"')
		}
		dst = l.appendItem(append(dst, " : "...), i+1)
	}
	return append(dst, end...), nil
}

// jsonAggregates finish what DuckDB has gathered in lists.
func jsonAggregates() {
	fn1("meshgate_json_agg", func(r *Row, l list[string]) chars {
		dst := append(r.scratch(), '[')
		for i, v := range l.values {
			if i > 0 {
				dst = append(dst, ", "...)
				if !l.isNull(i) && (strings.HasPrefix(v, "[") || strings.HasPrefix(v, "{")) {
					dst = append(dst, "\n "...)
				}
			}
			dst = l.appendItem(dst, i)
		}
		return r.chars(append(dst, ']'), nil)
	})
	fn1("meshgate_json_object_agg", func(r *Row, l list[string]) chars {
		return r.chars(appendJSONPairs(r.scratch(), l, "{ ", " }", func(int) error {
			return sqlerr.Newf(sqlerr.InvalidParameterValue, "field name must not be null")
		}))
	})
}
