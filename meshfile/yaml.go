package meshfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	yaml "go.yaml.in/yaml/v4"
)

const (
	maxFileBytes = 4 << 20
	maxNesting   = 64
)

// document is one YAML document of a file, free of everything that strict files may not hold.
type document struct {
	root *yaml.Node
	at   Position
}

// parse reads the documents of a file. It reports every construct that a strict file may not hold: anchors, aliases, merge
// keys, tags, repeated keys, too deep nesting. A file that is no YAML at all gives one fault and no documents.
func parse(file string, content []byte, faults *Faults) []document {
	if fault, bad := checkBytes(file, content); bad {
		*faults = append(*faults, fault)
		return nil
	}
	loader, err := yaml.NewLoader(bytes.NewReader(content), yaml.WithUniqueKeys(false))
	if err != nil {
		faults.Add(Position{file, 1, 1}, "cannot be read as YAML: %s", err)
		return nil
	}
	s := strictness{file: file, faults: faults}
	var docs []document
	for {
		var n yaml.Node
		err := loader.Load(&n)
		if errors.Is(err, io.EOF) {
			return docs
		}
		if err != nil {
			*faults = append(*faults, syntaxFault(file, err))
			return nil
		}
		if n.Kind != yaml.DocumentNode || len(n.Content) != 1 {
			faults.Add(Position{file, 1, 1}, "expected a YAML document")
			return nil
		}
		before := len(*faults)
		s.check(n.Content[0], 1)
		if len(*faults) == before {
			docs = append(docs, document{root: n.Content[0], at: s.at(n.Content[0])})
		}
	}
}

// checkBytes refuses what is no text: a file that is too long, bytes that are no UTF-8, zero bytes, and the line breaks that only
// YAML counts as such, under which a comment could end where no reader sees it end.
func checkBytes(file string, content []byte) (Fault, bool) {
	if len(content) > maxFileBytes {
		return FaultAt(Position{file, 1, 1}, "the file has %d bytes, expected at most %d", len(content), maxFileBytes), true
	}
	line, column := 1, 1
	for i := 0; i < len(content); {
		r, size := utf8.DecodeRune(content[i:])
		switch {
		case r == utf8.RuneError && size <= 1:
			return FaultAt(Position{file, line, column}, "byte 0x%02x is not UTF-8, expected UTF-8 text", content[i]), true
		case r == 0:
			return FaultAt(Position{file, line, column}, "a NUL byte, expected text"), true
		case r == '\uFEFF' && i > 0:
			return FaultAt(Position{file, line, column}, "a byte order mark inside the file, expected text"), true
		case r == '\u0085', r == '\u2028', r == '\u2029', r == '\r' && !bytes.HasPrefix(content[i:], []byte("\r\n")):
			return FaultAt(Position{file, line, column}, "a line break that editors do not show (%U), expected a line feed", r), true
		case r == '\n':
			line, column = line+1, 0
		}
		i += size
		column++
	}
	return Fault{}, false
}

// endOf returns the place of a content's last character.
func endOf(content []byte) Position {
	text := strings.TrimRight(string(content), "\r\n")
	line := 1 + strings.Count(text, "\n")
	last := text[strings.LastIndexByte(text, '\n')+1:]
	return Position{Line: line, Column: max(1, utf8.RuneCountInString(last))}
}

// syntaxFault turns the library's error into a fault.
func syntaxFault(file string, err error) Fault {
	at, message := Position{file, 1, 1}, err.Error()
	var load *yaml.LoadError
	if errors.As(err, &load) {
		message = load.Message
		if load.ContextMsg != "" {
			message += " " + load.ContextMsg
		}
		if load.Mark.Line > 0 {
			at.Line, at.Column = load.Mark.Line, max(1, load.Mark.Column)
		} else if load.ContextMark.Line > 0 {
			at.Line, at.Column = load.ContextMark.Line, max(1, load.ContextMark.Column)
		}
	}
	return FaultAt(at, "this is not YAML: %s", message)
}

// strictness finds the constructs of YAML that the files of a mesh may not use, because a reader cannot see what they do.
type strictness struct {
	file   string
	faults *Faults
}

func (s *strictness) at(n *yaml.Node) Position {
	return Position{s.file, max(1, n.Line), max(1, n.Column)}
}

func (s *strictness) check(n *yaml.Node, depth int) {
	if depth > maxNesting {
		s.faults.Add(s.at(n), "nested more than %d levels deep", maxNesting)
		return
	}
	if n.Anchor != "" {
		s.faults.Add(s.at(n), "an anchor (&%s), expected the value written out", n.Anchor)
	}
	if n.Kind == yaml.AliasNode {
		s.faults.Add(s.at(n), "an alias (*%s), expected the value written out", n.Value)
		return
	}
	if n.Style&yaml.TaggedStyle != 0 || n.Tag == "!" {
		s.faults.Add(s.at(n), "a tag (%s), expected a plain value", n.Tag)
	}
	if n.Kind != yaml.MappingNode {
		for _, item := range n.Content {
			s.check(item, depth+1)
		}
		return
	}
	seen := make(map[string]int, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		s.checkKey(key, seen, depth)
		s.check(value, depth+1)
	}
}

func (s *strictness) checkKey(key *yaml.Node, seen map[string]int, depth int) {
	s.check(key, depth+1)
	switch {
	case key.Kind == yaml.AliasNode:
	case key.Kind != yaml.ScalarNode:
		s.faults.Add(s.at(key), "a key that is a %s, expected a name", kindOf(key))
	case key.Tag == "!!merge" || (key.Value == "<<" && key.Style == 0):
		s.faults.Add(s.at(key), "a merge key (<<), expected the keys written out")
	case seen[key.Value] != 0:
		s.faults.Add(s.at(key), "key %q is repeated; it is on line %d already", key.Value, seen[key.Value])
	default:
		seen[key.Value] = key.Line
	}
}

// kindOf names a node's type as messages call it.
func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "map"
	case yaml.SequenceNode:
		return "list"
	}
	switch scalarTag(n) {
	case "!!null":
		return "nothing"
	case "!!bool":
		return "boolean"
	case "!!int", "!!float":
		return "number"
	}
	return "text"
}

// scalarTag returns a scalar's type. Dates are text here: YAML 1.1 made them times, which loses how they were written.
func scalarTag(n *yaml.Node) string {
	if tag := n.ShortTag(); tag != "!!timestamp" && tag != "!!merge" {
		return tag
	}
	return "!!str"
}

// describe shows a value as messages quote it, shortened; never call it for a secret.
func describe(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode || scalarTag(n) == "!!null" {
		return kindOf(n)
	}
	text := n.Value
	if utf8.RuneCountInString(text) > 40 {
		text = string([]rune(text)[:40]) + "…"
	}
	return fmt.Sprintf("the %s %q", kindOf(n), text)
}
