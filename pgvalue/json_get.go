package pgvalue

import (
	"strings"

	"meshgate/sqlerr"
)

// JSONValue is a value found in a JSON text.
type JSONValue struct {
	text  jsonText
	Found bool
}

// IsNull reports whether the value is absent or JSON's null, which operators that return text take for NULL.
func (v JSONValue) IsNull() bool { return !v.Found || v.text.trimmed().kind() == JSONNull }

// Append appends the value as it is written.
func (v JSONValue) Append(dst []byte) []byte { return append(dst, v.text...) }

// AppendText appends the value as text: a string without its quotes.
func (v JSONValue) AppendText(dst []byte) []byte {
	if t := v.text.trimmed(); t.kind() == JSONString {
		return append(dst, t.unquoted()...)
	}
	return append(dst, v.text...)
}

// JSONMemberOf is json -> key: the last member of that name. In jsonb there is one at most.
func JSONMemberOf(text, key string) (JSONValue, error) {
	if err := checkJSONEscapes(text); err != nil {
		return JSONValue{}, err
	}
	return memberOf(jsonText(text).trimmed(), key), nil
}

func memberOf(j jsonText, key string) (found JSONValue) {
	if j.kind() != JSONObject {
		return found
	}
	j.members(func(k, v jsonText) bool {
		if k.quotedIs(key) {
			found = JSONValue{v, true}
		}
		return true
	})
	return found
}

// JSONItemOf is json -> n: the element at a place, counted from 0, or from the end where n is negative.
func JSONItemOf(text string, n int32) (JSONValue, error) {
	if err := checkJSONEscapes(text); err != nil {
		return JSONValue{}, err
	}
	return itemOf(jsonText(text).trimmed(), int(n)), nil
}

// JSONBItemOf is jsonb -> n. A scalar is an array of itself there.
func JSONBItemOf(text string, n int32) JSONValue {
	if j := jsonText(text); j.isScalar() {
		return JSONValue{j, n == 0 || n == -1}
	}
	return itemOf(jsonText(text), int(n))
}

func itemOf(j jsonText, n int) (found JSONValue) {
	if j.kind() != JSONArray {
		return found
	}
	if n < 0 {
		n += j.length()
	}
	i := 0
	j.items(func(v jsonText) bool {
		if i == n {
			found = JSONValue{v, true}
		}
		i++
		return !found.Found
	})
	return found
}

// JSONPathOf is json #> path. Where keys come twice, the last complete path counts.
func JSONPathOf(text string, path []string) (JSONValue, error) {
	if err := checkJSONEscapes(text); err != nil {
		return JSONValue{}, err
	}
	if j := jsonText(text); len(path) == 0 && j.trimmed().isScalar() {
		// PostgreSQL hands on what is before a scalar, too (get_scalar).
		end := len(j)
		for end > 0 && isJSONBlank(j[end-1]) {
			end--
		}
		return JSONValue{j[:end], true}, nil
	}
	var found JSONValue
	alongPath(jsonText(text).trimmed(), path, &found)
	return found, nil
}

func alongPath(j jsonText, path []string, found *JSONValue) {
	if len(path) == 0 {
		*found = JSONValue{j, true}
		return
	}
	switch j.kind() {
	case JSONObject:
		j.members(func(k, v jsonText) bool {
			if k.quotedIs(path[0]) {
				if len(path) == 1 {
					*found = JSONValue{}
				}
				alongPath(v, path[1:], found)
			}
			return true
		})
	case JSONArray:
		if n, ok := pathIndex(path[0]); ok {
			if item := itemOf(j, n); item.Found {
				alongPath(item.text, path[1:], found)
			}
		}
	}
}

// JSONTypeof is json_typeof.
func JSONTypeof(text string) string {
	return [...]string{"null", "string", "number", "boolean", "boolean", "array", "object"}[jsonText(text).trimmed().kind()]
}

func badJSONArgument(message string) error {
	return sqlerr.Newf(sqlerr.InvalidParameterValue, "%s", message)
}

// JSONArrayLength is json_array_length.
func JSONArrayLength(text string) (int32, error) {
	j := jsonText(text).trimmed()
	switch {
	case j.isScalar():
		return 0, badJSONArgument("cannot get array length of a scalar")
	case j.kind() != JSONArray:
		return 0, badJSONArgument("cannot get array length of a non-array")
	}
	return int32(j.length()), nil
}

// JSONElements calls do for each element of an array (json_array_elements). strict says that the function takes strings apart,
// so that escapes without a meaning are errors.
func JSONElements(text string, strict bool, do func(v JSONValue)) error {
	j := jsonText(text).trimmed()
	if j.kind() == JSONObject {
		return badJSONArgument("cannot extract elements from an object")
	}
	if strict {
		if err := checkJSONEscapes(text); err != nil {
			return err
		}
	}
	if j.isScalar() {
		return badJSONArgument("cannot extract elements from a scalar")
	}
	j.items(func(v jsonText) bool {
		do(JSONValue{v, true})
		return true
	})
	return nil
}

// JSONEach calls do for each member of an object in its order (json_each).
func JSONEach(text string, do func(key string, v JSONValue)) error {
	j := jsonText(text).trimmed()
	if j.kind() == JSONArray {
		return badJSONArgument("cannot deconstruct an array as an object")
	}
	if err := checkJSONEscapes(text); err != nil {
		return err
	}
	if j.isScalar() {
		return badJSONArgument("cannot deconstruct a scalar")
	}
	j.members(func(k, v jsonText) bool {
		do(k.unquoted(), JSONValue{v, true})
		return true
	})
	return nil
}

// AppendArrayLiteral appends a JSON array as the literal of a PostgreSQL array of one dimension; a string is the literal itself.
func (v JSONValue) AppendArrayLiteral(dst []byte) ([]byte, error) {
	t := v.text.trimmed()
	switch t.kind() {
	case JSONString:
		return append(dst, t.unquoted()...), nil
	case JSONArray:
	default:
		return dst, sqlerr.Newf(sqlerr.InvalidTextRepresentation, "expected JSON array")
	}
	dst = append(dst, '{')
	first, nested := true, false
	t.items(func(item jsonText) bool {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		if item = item.trimmed(); item.kind() == JSONArray {
			nested = true
			return false
		}
		if item.kind() == JSONNull {
			dst = append(dst, "NULL"...)
			return true
		}
		start := len(dst)
		dst = QuoteArrayElement(JSONValue{item, true}.AppendText(dst), start)
		return true
	})
	if nested {
		return dst, sqlerr.Newf(sqlerr.FeatureNotSupported, "meshgate has arrays of one dimension only")
	}
	return append(dst, '}'), nil
}

// CheckJSONObject refuses what a row is made of and is no object (json_to_record).
func CheckJSONObject(text, function string) error {
	j := jsonText(text).trimmed()
	switch {
	case j.kind() == JSONObject:
		return nil
	case strings.HasSuffix(function, "set"):
		return badJSONArgument("argument of " + function + " must be an array of objects")
	case j.kind() == JSONArray:
		return badJSONArgument("cannot call populate_composite on an array")
	}
	return badJSONArgument("cannot call populate_composite on a scalar")
}

// AppendStrippedJSON is json_strip_nulls: members that are null go, and the text becomes compact.
func AppendStrippedJSON(dst []byte, text string) ([]byte, error) {
	v, err := ParseJSON(text)
	if err == nil {
		err = checkJSONEscapes(text)
	}
	if err != nil {
		return dst, err
	}
	return v.appendStripped(dst, ",", ":"), nil
}

// AppendStrippedJSONB is jsonb_strip_nulls.
func AppendStrippedJSONB(dst []byte, text string) ([]byte, error) {
	v, err := ParseJSON(text)
	if err != nil {
		return dst, err
	}
	return v.appendStripped(dst, ", ", ": "), nil
}

func (v *JSON) appendStripped(dst []byte, comma, colon string) []byte {
	switch v.Kind {
	case JSONArray:
		dst = append(dst, '[')
		for i := range v.Items {
			if i > 0 {
				dst = append(dst, comma...)
			}
			dst = v.Items[i].appendStripped(dst, comma, colon)
		}
		return append(dst, ']')
	case JSONObject:
		dst = append(dst, '{')
		first := true
		for i := range v.Members {
			m := &v.Members[i]
			if m.Value.Kind == JSONNull {
				continue
			}
			if !first {
				dst = append(dst, comma...)
			}
			first = false
			dst = m.Value.appendStripped(append(AppendJSONString(dst, m.Key), colon...), comma, colon)
		}
		return append(dst, '}')
	case JSONString:
		return AppendJSONString(dst, v.Text)
	}
	return append(dst, v.Raw...)
}

// AppendPrettyJSONB is jsonb_pretty.
func AppendPrettyJSONB(dst []byte, text string) []byte { return appendPretty(dst, jsonText(text), 0) }

func appendPretty(dst []byte, j jsonText, level int) []byte {
	indent := func(level int) {
		dst = append(dst, '\n')
		for range level {
			dst = append(dst, "    "...)
		}
	}
	first := true
	next := func() {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		indent(level + 1)
	}
	switch j.kind() {
	case JSONArray:
		dst = append(dst, '[')
		j.items(func(v jsonText) bool {
			next()
			dst = appendPretty(dst, v, level+1)
			return true
		})
		indent(level)
		return append(dst, ']')
	case JSONObject:
		dst = append(dst, '{')
		j.members(func(k, v jsonText) bool {
			next()
			dst = appendPretty(append(append(dst, k...), ": "...), v, level+1)
			return true
		})
		indent(level)
		return append(dst, '}')
	}
	return append(dst, j...)
}
