package meshfile

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// fieldOptions is what a struct field's tags say about the key that it takes.
type fieldOptions struct {
	index    int
	required bool
	nonempty bool
	nullword bool // YAML's null is the word "null" here
	oneof    []string
	min, max *int
}

var fieldCache sync.Map // reflect.Type -> map[string]fieldOptions

// fieldsOf returns the keys that a struct takes.
func fieldsOf(t reflect.Type) map[string]fieldOptions {
	if known, ok := fieldCache.Load(t); ok {
		return known.(map[string]fieldOptions)
	}
	fields := map[string]fieldOptions{}
	for i := range t.NumField() {
		tag, ok := t.Field(i).Tag.Lookup("key")
		if !ok {
			continue
		}
		name, rest, _ := strings.Cut(tag, ",")
		fields[name] = parseOptions(i, rest)
	}
	fieldCache.Store(t, fields)
	return fields
}

func parseOptions(index int, text string) fieldOptions {
	o := fieldOptions{index: index}
	for option := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(option, "=")
		switch name {
		case "":
		case "required":
			o.required = true
		case "nonempty":
			o.nonempty = true
		case "nullword":
			o.nullword = true
		case "oneof":
			o.oneof = strings.Split(value, "|")
		case "min":
			o.min = intOption(value)
		case "max":
			o.max = intOption(value)
		default:
			panic("meshfile: unknown option in a key tag: " + option)
		}
	}
	return o
}

func intOption(value string) *int {
	i, err := strconv.Atoi(value)
	if err != nil {
		panic("meshfile: a key tag's limit is no number: " + value)
	}
	return &i
}

// expects says in words what a missing key should hold.
func (o fieldOptions) expects(owner reflect.Type) string {
	if len(o.oneof) > 0 {
		return orList(o.oneof)
	}
	t := owner.Field(o.index).Type
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t {
	case reflect.TypeFor[Duration]():
		return "a duration such as 5m"
	case reflect.TypeFor[Size]():
		return "a size such as 2GiB"
	case reflect.TypeFor[Time]():
		return "a time such as 2026-11-22T10:00:00Z"
	case reflect.TypeFor[SecretRef]():
		return "env:NAME or file:PATH"
	case reflect.TypeFor[FileRef]():
		return "file:PATH"
	}
	switch t.Kind() {
	case reflect.Slice:
		return "a list"
	case reflect.Map:
		return "a map"
	case reflect.Int:
		return "a whole number"
	case reflect.Bool:
		return "true or false"
	case reflect.Struct:
		if t != reflect.TypeFor[Text]() && t != reflect.TypeFor[Scalar]() {
			return "a map"
		}
	}
	return "a text"
}

// orList joins alternatives as a sentence does.
func orList(words []string) string {
	switch len(words) {
	case 0:
		return "nothing"
	case 1:
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
