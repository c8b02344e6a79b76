package catalog

import (
	"regexp"
	"slices"
	"strings"

	"meshgate/meshfile"
)

// HasTag reports whether a list of tags holds a tag or one below it: pii is held by pii and by pii.email.
func HasTag(tags []string, tag string) bool {
	return slices.ContainsFunc(tags, func(t string) bool {
		return t == tag || (strings.HasPrefix(t, tag) && t[len(tag)] == '.')
	})
}

// tagPattern is a demand of the taxonomy: columns with such names must have one of the tags.
type tagPattern struct {
	name  *regexp.Regexp
	text  string
	anyOf []string
}

func (b *builder) checkTagPatterns() {
	for _, m := range b.files.Taxonomy.MustTag {
		compiled, err := regexp.Compile(m.NamePattern.Value)
		if err != nil {
			continue // the reader has told so
		}
		b.patterns = append(b.patterns, tagPattern{compiled, m.NamePattern.Value, meshfile.Values(m.AnyOf)})
	}
}

// checkMustTag looks at both names: one that is harmless for clients may hide a physical one that says what the column is.
func (b *builder) checkMustTag(property *meshfile.Property, physical string, tags []string) {
	for _, p := range b.patterns {
		if !p.name.MatchString(property.Name.Value) && !p.name.MatchString(physical) {
			continue
		}
		if !slices.ContainsFunc(p.anyOf, func(tag string) bool { return HasTag(tags, tag) }) {
			b.faults.Add(property.Name.At, "column %q: its name fits the taxonomy's mustTag pattern %s, expected a tag of %s",
				property.Name.Value, p.text, strings.Join(p.anyOf, ", "))
		}
	}
}

// checkTags refuses tags that look like a governed one and are none: a rule by tag would pass them by. Other tags are free.
func (b *builder) checkTags(tags []meshfile.Text) {
	known := b.files.Taxonomy.Tags
	for _, tag := range tags {
		if !isCleanName(tag.Value) {
			b.faults.Add(tag.At, "tags: expected texts without control or invisible characters, got %q", tag.Value)
			continue
		}
		if _, ok := known[tag.Value]; ok {
			continue
		}
		var governed []string
		for name, info := range known {
			if info.Governed && looksLike(tag.Value, name) {
				governed = append(governed, name)
			}
		}
		if len(governed) > 0 {
			slices.Sort(governed)
			b.faults.Add(tag.At, "tags: %q is not in the taxonomy but nearly the governed tag %q; expected that, or another name",
				tag.Value, governed[0])
		}
	}
}

// looksLike reports whether a tag was probably meant to be a governed one, or one below it.
func looksLike(tag, governed string) bool {
	segments, wanted := strings.Split(tag, "."), strings.Split(governed, ".")
	if len(segments) < len(wanted) {
		// finance_salary for finance.salary
		return plain(tag) == plain(governed)
	}
	head := strings.Join(segments[:len(wanted)], ".")
	if head == governed {
		return false // it is one below
	}
	if plain(head) == plain(governed) {
		return true
	}
	// A misspelt part is compared with its own counterpart, so that pii.email is not taken for a misspelt pii.mail.
	different := 0
	for i := range wanted {
		if segments[i] == wanted[i] {
			continue
		}
		different++
		if allowed := min(2, len(wanted[i])/3); meshfile.Distance(strings.ToLower(segments[i]), strings.ToLower(wanted[i])) > allowed {
			return false
		}
	}
	return different == 1
}

// plain folds what people write differently: case, and how words are joined.
func plain(tag string) string {
	return strings.Map(func(r rune) rune {
		if r == '.' || r == '_' || r == '-' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToLower(tag))
}
