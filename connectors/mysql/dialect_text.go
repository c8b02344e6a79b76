package mysql

import (
	"strings"

	"meshgate/connectors"
)

const (
	// chars is a text as its characters, which compare by their code points. Unlike bytes it pads texts with blanks to compare them.
	chars0 = "CONVERT({0} USING utf8mb4) COLLATE utf8mb4_bin"
	chars1 = "CONVERT({1} USING utf8mb4) COLLATE utf8mb4_bin"
	// lower0 and upper0 are a text's lower and upper case as far as that is ASCII: only two other characters have a lower case in ASCII,
	// and two an upper case, and not every server knows of them (Unicode's UnicodeData.txt; a test tries every character).
	lower0 = "LOWER(REPLACE(REPLACE(" + chars0 + ", CONVERT(X'C4B0' USING utf8mb4), CONVERT(X'69' USING utf8mb4)), " +
		"CONVERT(X'E284AA' USING utf8mb4), CONVERT(X'6B' USING utf8mb4)))"
	upper0 = "UPPER(REPLACE(REPLACE(" + chars0 + ", CONVERT(X'C4B1' USING utf8mb4), CONVERT(X'49' USING utf8mb4)), " +
		"CONVERT(X'C5BF' USING utf8mb4), CONVERT(X'53' USING utf8mb4)))"
)

// patternOps: a literal pattern is read to its end, so that LIKE cannot fail. The first comparison of an entry with two is there for
// the store's indexes: characters that are the same match in every collation.
func patternOps(t opTable) {
	t.exact(map[string]string{
		"text ~~ text:pattern":         "({0} LIKE {1} AND " + chars0 + " LIKE {1})",
		"text !~~ text:pattern":        "(" + chars0 + " NOT LIKE {1})",
		"text ~~* text:ascii-pattern":  "(" + lower0 + " LIKE LOWER({1}))",
		"text !~~* text:ascii-pattern": "(" + lower0 + " NOT LIKE LOWER({1}))",
		"text ^@ text":                 "(LEFT(" + bytes0 + ", LENGTH(" + bytes1 + ")) = " + bytes1 + ")",
		"starts_with(text, text)":      "(LEFT(" + bytes0 + ", LENGTH(" + bytes1 + ")) = " + bytes1 + ")",
	})
	for call, sql := range map[string]string{"lower": lower0, "upper": upper0} {
		for _, op := range strings.Fields("= <>") {
			t.add(call+"(text) "+op+" text:ascii", "(CAST("+sql+" AS BINARY) "+op+" "+bytes1+")")
		}
		t.add(call+"(text) ~~ text:ascii-pattern", "("+sql+" LIKE {1})")
		t.add(call+"(text) !~~ text:ascii-pattern", "("+sql+" NOT LIKE {1})")
	}
}

// narrowingOps keep all rows where a parameter turns out not to be ASCII, or to be a pattern with which LIKE may fail.
func narrowingOps(t opTable) {
	narrow := func(key, sql string) {
		t[key] = connectors.Lowering{
			SQL:      "(LENGTH(" + chars1 + ") <> CHAR_LENGTH({1}) OR ASCII(REVERSE({1})) = 92 OR " + sql + ")",
			Fidelity: connectors.Superset,
		}
	}
	for call, sql := range map[string]string{"lower": lower0, "upper": upper0} {
		for _, op := range strings.Fields("= <>") {
			narrow(call+"(text) "+op+" text:parameter", "CAST("+sql+" AS BINARY) "+op+" "+bytes1)
		}
		narrow(call+"(text) ~~ text:parameter", sql+" LIKE {1}")
		narrow(call+"(text) !~~ text:parameter", sql+" NOT LIKE {1}")
	}
	narrow("text ~~* text:parameter", lower0+" LIKE LOWER({1})")
	narrow("text !~~* text:parameter", lower0+" NOT LIKE LOWER({1})")
	narrow("text !~~ text:parameter", chars0+" NOT LIKE {1}")
}

// stringOps give texts that are short or no longer than their operands: MySQL gives NULL for one that does not fit into a message.
func stringOps(t opTable) {
	for _, name := range []string{"length", "char_length", "character_length"} {
		t.add(name+"(text)", "CHAR_LENGTH({0})")
	}
	t.exact(map[string]string{
		"text:short || text:short": "CONCAT(CONVERT({0} USING utf8mb4), CONVERT({1} USING utf8mb4))",
		"octet_length(text)":       "LENGTH(CONVERT({0} USING utf8mb4))",
		"reverse(text)":            "REVERSE(CONVERT({0} USING utf8mb4))",
		"btrim(text)":              "TRIM(CONVERT({0} USING utf8mb4))",
		"ltrim(text)":              "LTRIM(CONVERT({0} USING utf8mb4))",
		"rtrim(text)":              "RTRIM(CONVERT({0} USING utf8mb4))",
		"strpos(text, text)":       "LOCATE(" + chars1 + ", " + chars0 + ")", "position(text, text)": "LOCATE(" + chars1 + ", " + chars0 + ")",
		"left(text, int4:positive)":  "LEFT(CONVERT({0} USING utf8mb4), {1})",
		"right(text, int4:positive)": "RIGHT(CONVERT({0} USING utf8mb4), {1})",
	})
	for _, name := range []string{"substr", "substring"} {
		t.add(name+"(text, int4:positive)", "MID(CONVERT({0} USING utf8mb4), {1})")
		t.add(name+"(text, int4:positive, int4:positive)", "MID(CONVERT({0} USING utf8mb4), {1}, {2})")
	}
	t.each(ints, "cast(T as text)", "CAST({0} AS CHAR)")
	t.each(ints, "cast(T as varchar)", "CAST({0} AS CHAR)")
}
