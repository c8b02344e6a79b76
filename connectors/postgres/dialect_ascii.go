package postgres

import (
	"strings"

	"meshgate/connectors"
)

// Letters and their cases are the locale's of the store's database, which need not be the gateway's. Under the collation C only ASCII
// characters are letters, and all else is as it is. That decides the same wherever the text that a value is held against is ASCII:
// of all other characters only two have a lower case in ASCII, and two an upper case, and those are replaced beforehand (Unicode's
// UnicodeData.txt; a test tries every character).
const (
	asciiLower = `lower(translate({0}, E'\u0130\u212A', 'ik') COLLATE "C")`
	asciiUpper = `upper(translate({0}, E'\u0131\u017F', 'IS') COLLATE "C")`
)

// asciiOps compare with ASCII literals in ways that care for letters.
func asciiOps(t opTable) {
	for call, sql := range map[string]string{"lower": asciiLower, "upper": asciiUpper} {
		for _, op := range strings.Fields("= <>") {
			t.add(call+"(text) "+op+" text:ascii", "("+sql+" "+op+" {1})")
		}
		for _, op := range strings.Fields("~~ !~~") {
			t.add(call+"(text) "+op+" text:ascii-pattern", "("+sql+" "+op+" {1})")
		}
		for _, op := range strings.Fields("~ !~ ~* !~*") {
			t.add(call+"(text) "+op+" text:ascii-regex", "("+sql+" "+op+" {1})")
		}
	}
	// ILIKE compares the lower case of both sides.
	t.add("text ~~* text:ascii-pattern", "("+asciiLower+" ~~ lower({1} COLLATE \"C\"))")
	t.add("text !~~* text:ascii-pattern", "("+asciiLower+" !~~ lower({1} COLLATE \"C\"))")
	// A regular expression without regard to case matches the cases of its own letters, not those of the text's.
	for _, op := range strings.Fields("~ !~ ~* !~*") {
		t.add("text "+op+" text:ascii-regex", `({0} COLLATE "C" `+op+" {1})")
	}
	narrowingOps(t)
	t.exact(map[string]string{
		"regexp_replace(text, text:ascii-regex, text)":                   `regexp_replace({0} COLLATE "C", {1}, {2})`,
		"regexp_replace(text, text:ascii-regex, text, text:regex-flags)": `regexp_replace({0} COLLATE "C", {1}, {2}, {3})`,
		"regexp_match(text, text:ascii-regex)":                           `regexp_match({0} COLLATE "C", {1})`,
		"regexp_split_to_array(text, text:ascii-regex)":                  `regexp_split_to_array({0} COLLATE "C", {1})`,
		"substring(text, text:ascii-regex)":                              `substring({0} COLLATE "C", {1})`,
	})
}

// narrowingOps keep all rows where a parameter turns out not to be ASCII, or to be a pattern with which LIKE may fail.
func narrowingOps(t opTable) {
	const other = "octet_length({1}) <> length({1})"
	narrow := func(key, sql string) {
		t[key] = connectors.Lowering{SQL: "CASE WHEN " + other + ` OR right({1}, 1) = E'\\' THEN true ELSE ` + sql + " END", Fidelity: connectors.Superset}
	}
	for call, sql := range map[string]string{"lower": asciiLower, "upper": asciiUpper} {
		for _, op := range strings.Fields("= <> ~~ !~~") {
			narrow(call+"(text) "+op+" text:parameter", "("+sql+" "+op+" {1})")
		}
	}
	narrow("text ~~* text:parameter", "("+asciiLower+" ~~ lower({1} COLLATE \"C\"))")
	narrow("text !~~* text:parameter", "("+asciiLower+" !~~ lower({1} COLLATE \"C\"))")
}
