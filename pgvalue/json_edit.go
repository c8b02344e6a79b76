package pgvalue

import (
	"fmt"
	"strings"

	"meshgate/sqlerr"
)

// The functions here make jsonb of jsonb. Both are jsonb's own text, so that parts can be taken over as they are.

// jsonbMember is a member of an object: its key with and without quotes, and its value.
type jsonbMember struct {
	key    string
	quoted jsonText
	value  jsonText
}

func (j jsonText) memberList() []jsonbMember {
	var list []jsonbMember
	j.members(func(k, v jsonText) bool {
		list = append(list, jsonbMember{k.unquoted(), k, v})
		return true
	})
	return list
}

func (j jsonText) itemList() []jsonText {
	var list []jsonText
	j.items(func(v jsonText) bool {
		list = append(list, v)
		return true
	})
	return list
}

func appendMembers(dst []byte, list []jsonbMember) []byte {
	dst = append(dst, '{')
	for i, m := range list {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(append(append(dst, m.quoted...), ": "...), m.value...)
	}
	return append(dst, '}')
}

func appendItems(dst []byte, list []jsonText) []byte {
	dst = append(dst, '[')
	for i, v := range list {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(dst, v...)
	}
	return append(dst, ']')
}

// setMember puts a member at its place in an object's order, in the place of one of the same key.
func setMember(list []jsonbMember, m jsonbMember) []jsonbMember {
	for i, have := range list {
		if have.key == m.key {
			list[i] = m
			return list
		}
		if jsonbKeyLess(m.key, have.key) {
			return append(list[:i:i], append([]jsonbMember{m}, list[i:]...)...)
		}
	}
	return append(list, m)
}

func newMember(key string, value jsonText) jsonbMember {
	return jsonbMember{key, jsonText(AppendJSONString(nil, key)), value}
}

// ConcatJSONB is jsonb || jsonb: members of objects together, the right one's winning; else elements of arrays together, where
// what is no array is an element.
func ConcatJSONB(dst []byte, left, right string) ([]byte, error) {
	a, b := jsonText(left), jsonText(right)
	if a.kind() == JSONObject && b.kind() == JSONObject {
		return appendMembers(dst, mergeMembers(a.memberList(), b.memberList())), nil
	}
	return appendItems(dst, append(a.asItems(), b.asItems()...)), nil
}

func (j jsonText) asItems() []jsonText {
	if j.kind() == JSONArray {
		return j.itemList()
	}
	return []jsonText{j}
}

func mergeMembers(a, b []jsonbMember) []jsonbMember {
	out := make([]jsonbMember, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].key == b[0].key:
			a = a[1:]
		case jsonbKeyLess(a[0].key, b[0].key):
			out, a = append(out, a[0]), a[1:]
		default:
			out, b = append(out, b[0]), b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// DeleteJSONB is jsonb - keys: without members of these names, and without elements that are these strings.
func DeleteJSONB(dst []byte, text string, keys []string) ([]byte, error) {
	j := jsonText(text)
	gone := func(s string) bool {
		for _, k := range keys {
			if k == s {
				return true
			}
		}
		return false
	}
	switch j.kind() {
	case JSONObject:
		var kept []jsonbMember
		for _, m := range j.memberList() {
			if !gone(m.key) {
				kept = append(kept, m)
			}
		}
		return appendMembers(dst, kept), nil
	case JSONArray:
		var kept []jsonText
		j.items(func(v jsonText) bool {
			if v.kind() != JSONString || !gone(v.unquoted()) {
				kept = append(kept, v)
			}
			return true
		})
		return appendItems(dst, kept), nil
	}
	return dst, badJSONArgument("cannot delete from scalar")
}

// DeleteJSONBAt is jsonb - n: without the element at a place, counted from 0, or from the end where n is negative.
func DeleteJSONBAt(dst []byte, text string, n int32) ([]byte, error) {
	j := jsonText(text)
	switch {
	case j.isScalar():
		return dst, badJSONArgument("cannot delete from scalar")
	case j.kind() == JSONObject:
		return dst, badJSONArgument("cannot delete from object using integer index")
	}
	items := j.itemList()
	at := int(n)
	if at < 0 {
		at += len(items)
	}
	if at < 0 || at >= len(items) {
		return append(dst, text...), nil
	}
	return appendItems(dst, append(items[:at:at], items[at+1:]...)), nil
}

// jsonbEdit says what happens to the place at the end of a path.
type jsonbEdit int

const (
	editDelete jsonbEdit = iota
	editReplace
	editCreate
	editInsertBefore
	editInsertAfter
)

func (e jsonbEdit) adds() bool { return e >= editCreate }

// SetJSONB is jsonb_set: replaces the value at a path, or creates it there.
func SetJSONB(dst []byte, text string, path []Nullable, value string, create bool) ([]byte, error) {
	if j := jsonText(text); !create && (j == "{}" || j == "[]") {
		return append(dst, text...), nil
	}
	edit := editReplace
	if create {
		edit = editCreate
	}
	return editJSONB(dst, text, path, value, edit, "cannot set path in scalar")
}

// InsertJSONB is jsonb_insert: a new element before or after the one at a path, or a new member.
func InsertJSONB(dst []byte, text string, path []Nullable, value string, after bool) ([]byte, error) {
	edit := editInsertBefore
	if after {
		edit = editInsertAfter
	}
	return editJSONB(dst, text, path, value, edit, "cannot set path in scalar")
}

// DeleteJSONBPath is jsonb #- path.
func DeleteJSONBPath(dst []byte, text string, path []Nullable) ([]byte, error) {
	if text == "{}" || text == "[]" {
		return append(dst, text...), nil
	}
	return editJSONB(dst, text, path, "", editDelete, "cannot delete path in scalar")
}

func editJSONB(dst []byte, text string, path []Nullable, value string, edit jsonbEdit, ofScalar string) ([]byte, error) {
	j := jsonText(text)
	if j.isScalar() {
		return dst, badJSONArgument(ofScalar)
	}
	if len(path) == 0 {
		return append(dst, text...), nil
	}
	e := jsonbEditor{path: path, value: jsonText(value), edit: edit}
	edited, err := e.at(j, 0)
	return append(dst, edited...), err
}

type jsonbEditor struct {
	path  []Nullable
	value jsonText
	edit  jsonbEdit
}

// at edits a value at a depth of the path (setPath).
func (e *jsonbEditor) at(j jsonText, depth int) (jsonText, error) {
	if !e.path[depth].Valid {
		return "", sqlerr.Newf(sqlerr.NullValueNotAllowed, "path element at position %d is null", depth+1)
	}
	switch j.kind() {
	case JSONObject:
		return e.object(j, depth)
	case JSONArray:
		return e.array(j, depth)
	}
	return j, nil
}

func (e *jsonbEditor) object(j jsonText, depth int) (jsonText, error) {
	key, last := e.path[depth].Text, depth == len(e.path)-1
	list := j.memberList()
	for i, m := range list {
		if m.key != key {
			continue
		}
		switch {
		case !last:
			inner, err := e.at(m.value, depth+1)
			if err != nil {
				return "", err
			}
			list[i].value = inner
		case e.edit == editDelete:
			list = append(list[:i:i], list[i+1:]...)
		case e.edit >= editInsertBefore:
			return "", sqlerr.Newf(sqlerr.InvalidParameterValue, "cannot replace existing key").
				WithHint("Try using the function jsonb_set to replace key value.")
		default:
			list[i].value = e.value
		}
		return jsonText(appendMembers(nil, list)), nil
	}
	if last && e.edit.adds() {
		list = setMember(list, newMember(strings.Clone(key), e.value))
	}
	return jsonText(appendMembers(nil, list)), nil
}

func (e *jsonbEditor) array(j jsonText, depth int) (jsonText, error) {
	last := depth == len(e.path)-1
	items := j.itemList()
	at, ok := pathIndex(e.path[depth].Text)
	if !ok {
		return "", quoting(sqlerr.InvalidTextRepresentation, fmt.Sprintf("path element at position %d is not an integer", depth+1),
			"path element at position %d is not an integer: \"%s\"", depth+1, clip(e.path[depth].Text))
	}
	if at < 0 {
		at = max(at+len(items), -1) // -1 is before the first
	}
	if at < 0 || at >= len(items) {
		if last && e.edit.adds() {
			if at < 0 {
				items = append([]jsonText{e.value}, items...)
			} else {
				items = append(items, e.value)
			}
		}
		return jsonText(appendItems(nil, items)), nil
	}
	if !last {
		inner, err := e.at(items[at], depth+1)
		if err != nil {
			return "", err
		}
		items[at] = inner
		return jsonText(appendItems(nil, items)), nil
	}
	var put []jsonText
	switch e.edit {
	case editReplace, editCreate:
		put = []jsonText{e.value}
	case editInsertBefore:
		put = []jsonText{e.value, items[at]}
	case editInsertAfter:
		put = []jsonText{items[at], e.value}
	}
	return jsonText(appendItems(nil, append(items[:at:at], append(put, items[at+1:]...)...))), nil
}
