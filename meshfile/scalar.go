package meshfile

import (
	"math"
	"regexp"
	"strconv"
	"time"

	yaml "go.yaml.in/yaml/v4"
)

// Text is a text with its place, for values that other packages judge.
type Text struct {
	Value string
	At    Position
}

func (t *Text) decodeNode(d *decoder, n *yaml.Node, name string) {
	t.At = d.at(n)
	t.Value, _ = d.text(n, name)
}

// Values returns the texts without their places.
func Values(texts []Text) []string {
	if len(texts) == 0 {
		return nil
	}
	values := make([]string, len(texts))
	for i := range texts {
		values[i] = texts[i].Value
	}
	return values
}

// Scalar is a text, number or boolean in the form that the file writes it.
type Scalar struct {
	Value string
	At    Position
}

func (s *Scalar) decodeNode(d *decoder, n *yaml.Node, name string) {
	s.At = d.at(n)
	if n.Kind != yaml.ScalarNode || scalarTag(n) == "!!null" {
		d.wrong(n, name, "a text, number or boolean")
		return
	}
	s.Value = n.Value
}

// Duration is a length of time such as 90s, 5m or 720h.
type Duration time.Duration

func (v *Duration) decodeNode(d *decoder, n *yaml.Node, name string) {
	parsed, err := time.ParseDuration(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || parsed < 0 {
		d.wrong(n, name, "a duration such as 90s, 5m or 720h")
		return
	}
	*v = Duration(parsed)
}

// String returns the duration as Go prints it.
func (v Duration) String() string { return time.Duration(v).String() }

// Size is a number of bytes, written such as 512MiB or 2GiB.
type Size int64

var (
	sizeForm  = regexp.MustCompile(`^([0-9]{1,15}(?:\.[0-9]{1,3})?)(B|KiB|MiB|GiB|TiB)$`)
	sizeUnits = map[string]float64{"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}
)

func (v *Size) decodeNode(d *decoder, n *yaml.Node, name string) {
	parts := sizeForm.FindStringSubmatch(n.Value)
	if n.Kind != yaml.ScalarNode || parts == nil {
		d.wrong(n, name, "a size such as 512MiB or 2GiB")
		return
	}
	count, err := strconv.ParseFloat(parts[1], 64)
	if bytes := count * sizeUnits[parts[2]]; err == nil && bytes < math.MaxInt64 {
		*v = Size(bytes)
		return
	}
	d.wrong(n, name, "a size below 8 EiB")
}

// Time is an instant with its place, written as RFC 3339 has it, with seconds and a time zone.
type Time struct {
	time.Time
	At Position
}

func (t *Time) decodeNode(d *decoder, n *yaml.Node, name string) {
	t.At = d.at(n)
	parsed, err := time.Parse(time.RFC3339, n.Value)
	if n.Kind != yaml.ScalarNode || err != nil {
		d.wrong(n, name, "a time with its zone such as 2026-11-22T10:00:00Z")
		return
	}
	t.Time = parsed
}
