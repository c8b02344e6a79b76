package pgvalue

import "encoding/binary"

// JSONBExists is jsonb ? key: an object has the key, an array the string, or a string is it.
func JSONBExists(text, key string) bool {
	j := jsonText(text)
	found := false
	switch j.kind() {
	case JSONObject:
		j.members(func(k, _ jsonText) bool {
			found = k.quotedIs(key)
			return !found
		})
	case JSONArray:
		j.items(func(v jsonText) bool {
			found = v.kind() == JSONString && v.quotedIs(key)
			return !found
		})
	case JSONString:
		return j.quotedIs(key)
	}
	return found
}

// JSONBContains is jsonb @> jsonb (JsonbDeepContains).
func JSONBContains(text, part string) bool {
	a, b := jsonText(text), jsonText(part)
	switch {
	case b.isScalar() && a.kind() == JSONArray:
		return a.hasItem(b) // an array contains a scalar, though not one within its elements
	case a.isScalar() || b.isScalar():
		return a.isScalar() && b.isScalar() && sameScalar(a, b)
	}
	return a.contains(b)
}

// contains compares two containers.
func (j jsonText) contains(part jsonText) bool {
	if j.kind() != part.kind() {
		return false
	}
	all := true
	if part.kind() == JSONArray {
		part.items(func(v jsonText) bool {
			all = j.hasItem(v)
			return all
		})
		return all
	}
	part.members(func(k, v jsonText) bool {
		have := memberOf(j, k.unquoted())
		switch {
		case !have.Found:
			all = false
		case v.isScalar() || have.text.isScalar():
			all = v.isScalar() && have.text.isScalar() && sameScalar(have.text, v)
		default:
			all = have.text.contains(v)
		}
		return all
	})
	return all
}

// hasItem reports whether an element of an array is a scalar, or contains a container.
func (j jsonText) hasItem(part jsonText) bool {
	found := false
	j.items(func(v jsonText) bool {
		switch {
		case v.isScalar() != part.isScalar():
		case v.isScalar():
			found = sameScalar(v, part)
		default:
			found = v.contains(part)
		}
		return !found
	})
	return found
}

// sameScalar compares scalars of jsonb's text: strings have one form there, numbers may have several.
func sameScalar(a, b jsonText) bool {
	if a == b {
		return true
	}
	if a.kind() != JSONNumber || b.kind() != JSONNumber {
		return false
	}
	x, err1 := ParseNumeric(string(a))
	y, err2 := ParseNumeric(string(b))
	return err1 == nil && err2 == nil && x.Cmp(y) == 0
}

// Leading bytes of keys, in the order of jsonb's comparison. At the top a scalar stands between the empty array and the others.
const (
	jsonbKeyEmpty byte = iota
	jsonbKeyScalar
	jsonbKeyArray
	jsonbKeyObject
)

// AppendJSONBKey appends bytes that compare as jsonb values do in btree indexes and ORDER BY, and are equal where those are
// (compareJsonbContainers).
func AppendJSONBKey(dst []byte, text string) []byte {
	j := jsonText(text)
	switch {
	case j.isScalar():
		dst = append(dst, jsonbKeyScalar)
	case j == "[]":
		return append(dst, jsonbKeyEmpty)
	}
	return appendValueKey(dst, j)
}

// appendValueKey appends the key of a value inside another: no key is the start of another's.
func appendValueKey(dst []byte, j jsonText) []byte {
	switch j.kind() {
	case JSONNull:
		return append(dst, 0)
	case JSONString:
		return appendStringKey(append(dst, 1), j)
	case JSONNumber:
		n, err := ParseNumeric(string(j))
		if err != nil {
			return append(dst, 2)
		}
		at := len(dst) + 1
		dst = n.AppendSortable(append(dst, 2))
		return dst[:at+len(SortableKey(dst[at:]))]
	case JSONFalse:
		return append(dst, 3, 0)
	case JSONTrue:
		return append(dst, 3, 1)
	case JSONArray:
		at := len(dst) + 1
		dst = append(dst, 0x10+jsonbKeyArray, 0, 0, 0, 0)
		var n uint32
		j.items(func(v jsonText) bool {
			n++
			dst = appendValueKey(dst, v)
			return true
		})
		binary.BigEndian.PutUint32(dst[at:], n)
		return dst
	}
	at := len(dst) + 1
	dst = append(dst, 0x10+jsonbKeyObject, 0, 0, 0, 0)
	var n uint32
	j.members(func(k, v jsonText) bool {
		n++
		dst = appendValueKey(appendStringKey(dst, k), v)
		return true
	})
	binary.BigEndian.PutUint32(dst[at:], n)
	return dst
}

// appendStringKey ends a string with a zero byte, which jsonb's strings cannot hold.
func appendStringKey(dst []byte, quoted jsonText) []byte {
	return append(append(dst, quoted.unquoted()...), 0)
}
