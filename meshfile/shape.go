package meshfile

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	yaml "go.yaml.in/yaml/v4"
)

// kinds is a set of YAML's types.
type kinds uint8

const (
	aText kinds = 1 << iota
	aNumber
	aWhole // a number without a fraction; 5.0 is one
	aBool
	aNull
	aList
	aMap

	anyScalar = aText | aNumber | aBool | aNull
	anything  = anyScalar | aList | aMap
)

// shape says what a value of a foreign file format may be, as data: the part of JSON Schema that such formats use.
type shape struct {
	kinds    kinds
	expected string // in words; empty = made from the rest
	enum     []string
	pattern  []*regexp.Regexp // one must match
	least    *float64         // a number is at least this
	above    *float64         // a number is greater than this

	items    *shape
	minItems int
	maxItems int // 0 = no limit
	unique   bool
	keys     map[string]*shape
	required []string
	open     bool                        // keys beside the named ones are allowed
	more     func(n *yaml.Node) []*shape // further keys and required ones that depend on the map's own values
	also     func(c *shapeChecker, n *yaml.Node, name string)
}

// shapeChecker holds a file against a shape and reports every difference.
type shapeChecker struct{ *decoder }

func (c *shapeChecker) check(s *shape, n *yaml.Node, name string) {
	if !s.kinds.has(n) {
		c.wrong(n, name, s.describe())
		return
	}
	switch n.Kind {
	case yaml.MappingNode:
		c.checkMap(s, n, name)
	case yaml.SequenceNode:
		c.checkList(s, n, name)
	default:
		c.checkScalar(s, n, name)
	}
	if s.also != nil {
		s.also(c, n, name)
	}
}

func (k kinds) has(n *yaml.Node) bool {
	switch n.Kind {
	case yaml.MappingNode:
		return k&aMap != 0
	case yaml.SequenceNode:
		return k&aList != 0
	}
	switch scalarTag(n) {
	case "!!null":
		return k&aNull != 0
	case "!!bool":
		return k&aBool != 0
	case "!!int", "!!float":
		f, ok := number(n)
		if !ok || math.IsNaN(f) || math.IsInf(f, 0) {
			return false
		}
		return k&aNumber != 0 || (k&aWhole != 0 && f == math.Trunc(f))
	}
	return k&aText != 0
}

func (c *shapeChecker) checkScalar(s *shape, n *yaml.Node, name string) {
	if len(s.enum) > 0 && !slices.Contains(s.enum, n.Value) {
		c.fault(n, "%s: expected %s, got %s%s", name, orList(s.enum), describe(n), DidYouMean(n.Value, s.enum))
	}
	if len(s.pattern) > 0 && s.kinds&aText != 0 &&
		!slices.ContainsFunc(s.pattern, func(p *regexp.Regexp) bool { return p.MatchString(n.Value) }) {
		c.wrong(n, name, s.describe())
	}
	if f, ok := number(n); ok && ((s.least != nil && f < *s.least) || (s.above != nil && f <= *s.above)) {
		c.wrong(n, name, s.describe())
	}
}

func (c *shapeChecker) checkList(s *shape, n *yaml.Node, name string) {
	if len(n.Content) < s.minItems || (s.maxItems > 0 && len(n.Content) > s.maxItems) {
		c.fault(n, "%s: expected %s, got %d entries", name, s.describe(), len(n.Content))
	}
	if s.unique {
		for i, item := range n.Content {
			if slices.ContainsFunc(n.Content[:i], func(other *yaml.Node) bool { return sameScalar(item, other) }) {
				c.fault(item, "%s: %s is repeated, expected different entries", name, describe(item))
			}
		}
	}
	if s.items == nil {
		return
	}
	for _, item := range n.Content {
		c.check(s.items, item, name)
	}
}

func sameScalar(a, b *yaml.Node) bool {
	x, xok := number(a)
	y, yok := number(b)
	if xok && yok {
		return x == y
	}
	return xok == yok && scalarTag(a) == scalarTag(b) && a.Value == b.Value
}

func (c *shapeChecker) checkMap(s *shape, n *yaml.Node, name string) {
	if s.keys == nil && s.more == nil {
		return
	}
	known := []*shape{s}
	if s.more != nil {
		known = append(known, s.more(n)...)
	}
	present := make(map[string]bool, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		present[key.Value] = true
		found := false
		for _, k := range known {
			if inner, ok := k.keys[key.Value]; ok {
				c.check(inner, value, key.Value)
				found = true
			}
		}
		if !found && !s.open {
			c.unknown(known, key, name)
		}
	}
	for _, k := range known {
		for _, key := range k.required {
			if !present[key] {
				c.fault(n, "%s: key %q is missing, expected %s", name, key, k.expectedAt(key))
			}
		}
		if k != s && k.also != nil {
			k.also(c, n, name)
		}
	}
}

func (c *shapeChecker) unknown(known []*shape, key *yaml.Node, name string) {
	var names []string
	for _, k := range known {
		names = append(names, sortedKeys(k.keys)...)
	}
	hint := DidYouMean(key.Value, names)
	if hint == "" {
		slices.Sort(names)
		hint = ", expected " + orList(slices.Compact(names))
	}
	c.fault(key, "%s: unknown key %q%s", name, key.Value, hint)
}

func (s *shape) expectedAt(key string) string {
	if inner := s.keys[key]; inner != nil {
		return inner.describe()
	}
	return "a value"
}

// describe says in words what the shape takes.
func (s *shape) describe() string {
	if s.expected != "" {
		return s.expected
	}
	if len(s.enum) > 0 {
		return orList(s.enum)
	}
	if s.kinds == anything {
		return "a value"
	}
	var words []string
	for _, k := range []struct {
		kind kinds
		word string
	}{
		{aText, "a text"},
		{aNumber, "a number"},
		{aWhole, "a whole number"},
		{aBool, "true or false"},
		{aNull, "nothing"},
		{aList, "a list"},
		{aMap, "a map"},
	} {
		if s.kinds&k.kind != 0 {
			words = append(words, k.word)
		}
	}
	text := orList(words)
	switch {
	case s.minItems > 0 && s.minItems == s.maxItems:
		text += fmt.Sprintf(" of %d entries", s.minItems)
	case s.minItems > 0:
		text += fmt.Sprintf(" of at least %d entries", s.minItems)
	}
	if s.least != nil {
		text += fmt.Sprintf(" of at least %g", *s.least)
	}
	if s.above != nil {
		text += fmt.Sprintf(" greater than %g", *s.above)
	}
	return strings.TrimSpace(text)
}

// child returns the value of a key of a map, or nil.
func child(n *yaml.Node, key string) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// isText reports whether a node is a text, and one of the given ones if any are given.
func isText(n *yaml.Node, values ...string) bool {
	if n == nil || n.Kind != yaml.ScalarNode || scalarTag(n) != "!!str" {
		return false
	}
	return len(values) == 0 || slices.Contains(values, n.Value)
}
