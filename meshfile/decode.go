package meshfile

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	yaml "go.yaml.in/yaml/v4"
)

// decoder puts YAML nodes into Go values and reports everything that does not fit, each with its place.
//
// A struct field takes part through its tag: `key:"name"` with the options required, nonempty, nullword, oneof=a|b, min=n, max=n.
// Position fields named At take the place of the value. Types with their own text form implement nodeDecoder.
type decoder struct {
	file   string
	faults *Faults
	// lenient ignores keys that no field takes. It is for files that a schema has been held against already.
	lenient bool
}

// nodeDecoder is a type that reads itself from a node. name is the key that messages begin with.
type nodeDecoder interface {
	decodeNode(d *decoder, n *yaml.Node, name string)
}

// checker is a struct that can tell what is wrong with its fields taken together. Some of them may have faults by themselves.
type checker interface {
	check(c *checks)
}

// checks collects what a checker finds.
type checks struct {
	faults  *Faults
	earlier Faults // what was found in the struct before
}

// clean reports whether all fields were right by themselves.
func (c *checks) clean() bool { return len(c.earlier) == 0 }

// fault reports something at a place, unless the value is not in the file or was found to be wrong already.
func (c *checks) fault(at Position, format string, args ...any) {
	known := func(f Fault) bool { return f.Line == at.Line && f.Column == at.Column }
	if at.Line > 0 && !slices.ContainsFunc(c.earlier, known) {
		c.faults.Add(at, format, args...)
	}
}

var positionType = reflect.TypeFor[Position]()

func (d *decoder) at(n *yaml.Node) Position {
	return Position{d.file, max(1, n.Line), max(1, n.Column)}
}

// fault reports something at a node.
func (d *decoder) fault(n *yaml.Node, format string, args ...any) {
	d.faults.Add(d.at(n), format, args...)
}

// wrong reports that a value is not what its key takes.
func (d *decoder) wrong(n *yaml.Node, name, expected string) {
	d.fault(n, "%s: expected %s, got %s", name, expected, describe(n))
}

// decode puts a node into the value that into points to, and reports whether it fits.
func (d *decoder) decode(n *yaml.Node, into any, name string) bool {
	before := len(*d.faults)
	d.value(n, reflect.ValueOf(into).Elem(), name, fieldOptions{})
	return len(*d.faults) == before
}

func (d *decoder) value(n *yaml.Node, v reflect.Value, name string, o fieldOptions) {
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, v.Elem(), name, o)
		return
	}
	if o.nullword && n.Kind == yaml.ScalarNode && scalarTag(n) == "!!null" && n.Value != "" {
		v.Set(reflect.ValueOf(Text{Value: "null", At: d.at(n)}))
		return
	}
	if own, ok := v.Addr().Interface().(nodeDecoder); ok {
		own.decodeNode(d, n, name)
		if t, ok := v.Addr().Interface().(*Text); ok {
			d.allowed(n, t.Value, name, o)
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.structure(n, v, name)
	case reflect.Slice:
		d.list(n, v, name, o)
	case reflect.Map:
		d.mapping(n, v, name)
	case reflect.String:
		if text, ok := d.text(n, name); ok {
			v.SetString(text)
			d.allowed(n, text, name, o)
		}
	case reflect.Bool:
		if n.Kind != yaml.ScalarNode || scalarTag(n) != "!!bool" {
			d.wrong(n, name, "true or false")
			return
		}
		v.SetBool(strings.EqualFold(n.Value, "true"))
	case reflect.Int:
		if i, ok := d.integer(n, name, o); ok {
			v.SetInt(int64(i))
		}
	case reflect.Interface:
		if plain := plainValue(n); plain != nil {
			v.Set(reflect.ValueOf(plain))
		}
	default:
		panic("meshfile: no YAML form for " + v.Type().String())
	}
}

// text reads a text. Numbers and booleans are refused: whether 0123 or no is a text is for quotes to say.
func (d *decoder) text(n *yaml.Node, name string) (string, bool) {
	if n.Kind != yaml.ScalarNode || scalarTag(n) == "!!null" {
		d.wrong(n, name, "a text")
		return "", false
	}
	if scalarTag(n) != "!!str" {
		d.fault(n, "%s: expected a text, got %s; write it in quotes if it is meant as a text", name, describe(n))
		return "", false
	}
	return n.Value, true
}

func (d *decoder) integer(n *yaml.Node, name string, o fieldOptions) (int, bool) {
	expected := "a whole number"
	if o.min != nil && o.max != nil {
		expected = fmt.Sprintf("a whole number from %d to %d", *o.min, *o.max)
	} else if o.min != nil {
		expected = fmt.Sprintf("a whole number from %d", *o.min)
	}
	i, ok := wholeNumber(n)
	if f, isNumber := number(n); !ok && isNumber && d.lenient {
		// A foreign format allows whole numbers of any size; what cannot be held is no port and no place anyway.
		return -1, f == math.Trunc(f)
	}
	if !ok || (o.min != nil && i < *o.min) || (o.max != nil && i > *o.max) {
		d.wrong(n, name, expected)
		return 0, false
	}
	return i, true
}

// wholeNumber reads a whole number in YAML's notations, 5.0 included.
func wholeNumber(n *yaml.Node) (int, bool) {
	if n.Kind != yaml.ScalarNode {
		return 0, false
	}
	var i int
	if scalarTag(n) == "!!int" && n.Decode(&i) == nil {
		return i, true
	}
	var f float64
	if scalarTag(n) == "!!float" && n.Decode(&f) == nil && f == float64(int(f)) {
		return int(f), true
	}
	return 0, false
}

func (d *decoder) allowed(n *yaml.Node, text, name string, o fieldOptions) {
	if len(o.oneof) > 0 && !slices.Contains(o.oneof, text) {
		d.fault(n, "%s: expected %s, got %s%s", name, orList(o.oneof), describe(n), DidYouMean(text, o.oneof))
	}
}

func (d *decoder) list(n *yaml.Node, v reflect.Value, name string, o fieldOptions) {
	if n.Kind != yaml.SequenceNode {
		d.wrong(n, name, "a list")
		return
	}
	if o.nonempty && len(n.Content) == 0 {
		d.fault(n, "%s: expected at least one entry", name)
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, item := range n.Content {
		d.value(item, v.Index(i), name, fieldOptions{oneof: o.oneof})
	}
}

// mapping reads a map whose keys are names that the file chooses. A value struct's field Key takes the name.
func (d *decoder) mapping(n *yaml.Node, v reflect.Value, name string) {
	if n.Kind != yaml.MappingNode {
		d.wrong(n, name, "a map")
		return
	}
	v.Set(reflect.MakeMapWithSize(v.Type(), len(n.Content)/2))
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		element := reflect.New(v.Type().Elem()).Elem()
		d.value(n.Content[i+1], element, name+"."+key.Value, fieldOptions{})
		if element.Kind() == reflect.Struct {
			if f := element.FieldByName("At"); f.IsValid() && f.Type() == positionType {
				f.Set(reflect.ValueOf(d.at(key)))
			}
			if f := element.FieldByName("Key"); f.IsValid() && f.Kind() == reflect.String {
				f.SetString(key.Value)
			}
		}
		v.SetMapIndex(reflect.ValueOf(key.Value), element)
	}
}

func (d *decoder) structure(n *yaml.Node, v reflect.Value, name string) {
	if f := v.FieldByName("At"); f.IsValid() && f.Type() == positionType {
		f.Set(reflect.ValueOf(d.at(n)))
	}
	if n.Kind != yaml.MappingNode {
		d.wrong(n, name, "a map")
		return
	}
	fields := fieldsOf(v.Type())
	before := len(*d.faults)
	seen := make(map[string]bool, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		seen[key.Value] = true
		if o, ok := fields[key.Value]; ok {
			d.value(value, v.Field(o.index), key.Value, o)
		} else if !d.lenient {
			d.unknownKey(key, name, fields)
		}
	}
	for _, key := range sortedKeys(fields) {
		if fields[key].required && !seen[key] && !d.lenient {
			d.fault(n, "%s: key %q is missing, expected %s", name, key, fields[key].expects(v.Type()))
		}
	}
	if own, ok := v.Addr().Interface().(checker); ok {
		own.check(&checks{faults: d.faults, earlier: slices.Clone((*d.faults)[before:])})
	}
}

func (d *decoder) unknownKey(key *yaml.Node, name string, fields map[string]fieldOptions) {
	known := sortedKeys(fields)
	hint := DidYouMean(key.Value, known)
	if hint == "" {
		hint = ", expected " + orList(known)
	}
	d.fault(key, "%s: unknown key %q%s", name, key.Value, hint)
}

// plainValue turns a node into text, float64, bool, nil, []any and map[string]any.
func plainValue(n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		m := make(map[string]any, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			m[n.Content[i].Value] = plainValue(n.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, item := range n.Content {
			list[i] = plainValue(item)
		}
		return list
	}
	switch scalarTag(n) {
	case "!!null":
		return nil
	case "!!bool":
		return strings.EqualFold(n.Value, "true")
	case "!!int", "!!float":
		if f, ok := number(n); ok {
			return f
		}
	}
	return n.Value
}

// number reads a number in YAML's notations.
func number(n *yaml.Node) (float64, bool) {
	if n.Kind != yaml.ScalarNode || (scalarTag(n) != "!!int" && scalarTag(n) != "!!float") {
		return 0, false
	}
	if f, err := strconv.ParseFloat(n.Value, 64); err == nil {
		return f, true
	}
	var f float64
	return f, n.Decode(&f) == nil
}
