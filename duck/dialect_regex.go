package duck

import (
	"strconv"
	"strings"

	"meshgate/connectors"
)

func regexOps(t opTable) {
	for _, s := range []string{"text", "name", "bpchar"} {
		t.exact(map[string]string{
			s + " ~ text": "meshgate_regex({0}, {1})", s + " !~ text": "(NOT meshgate_regex({0}, {1}))",
			s + " ~* text": "meshgate_regex_nocase({0}, {1})", s + " !~* text": "(NOT meshgate_regex_nocase({0}, {1}))",
		})
	}
	t.exact(map[string]string{
		"similar_to_escape(text)":                            "meshgate_similar_escape({0}, '\\')",
		"similar_to_escape(text, text)":                      "meshgate_similar_escape({0}, {1})",
		"substring(text, text)":                              "meshgate_regexp_substring({0}, {1})",
		"substring(text, text, text)":                        "meshgate_regexp_substring({0}, meshgate_similar_escape({1}, {2}))",
		"regexp_like(text, text)":                            "meshgate_regexp_like({0}, {1}, '')",
		"regexp_like(text, text, text)":                      "meshgate_regexp_like({0}, {1}, {2})",
		"regexp_match(text, text)":                           "meshgate_regexp_match({0}, {1}, '')",
		"regexp_match(text, text, text)":                     "meshgate_regexp_match({0}, {1}, {2})",
		"regexp_count(text, text)":                           "meshgate_regexp_count({0}, {1}, 1, '')",
		"regexp_count(text, text, int4)":                     "meshgate_regexp_count({0}, {1}, {2}, '')",
		"regexp_count(text, text, int4, text)":               "meshgate_regexp_count({0}, {1}, {2}, {3})",
		"regexp_replace(text, text, text)":                   "meshgate_regexp_replace({0}, {1}, {2}, '')",
		"regexp_replace(text, text, text, text)":             "meshgate_regexp_replace({0}, {1}, {2}, {3})",
		"regexp_replace(text, text, text, int4)":             "meshgate_regexp_replace_from({0}, {1}, {2}, {3}, 1, '')",
		"regexp_replace(text, text, text, int4, int4)":       "meshgate_regexp_replace_from({0}, {1}, {2}, {3}, {4}, '')",
		"regexp_replace(text, text, text, int4, int4, text)": "meshgate_regexp_replace_from({0}, {1}, {2}, {3}, {4}, {5})",
		"regexp_split_to_array(text, text)":                  "meshgate_regexp_split({0}, {1}, '')",
		"regexp_split_to_array(text, text, text)":            "meshgate_regexp_split({0}, {1}, {2})",
		"set regexp_split_to_table(text, text)":              "meshgate_regexp_split_rows({0}, {1}, '')",
		"set regexp_split_to_table(text, text, text)":        "meshgate_regexp_split_rows({0}, {1}, {2})",
		"set regexp_matches(text, text)":                     "list_transform(meshgate_regexp_matches({0}, {1}, ''), lambda e: meshgate_text_texts(e))",
		"set regexp_matches(text, text, text)":               "list_transform(meshgate_regexp_matches({0}, {1}, {2}), lambda e: meshgate_text_texts(e))",
	})
	// The arguments that a call leaves out have these values.
	instr := []string{"1", "1", "0", "''", "0"}
	substr := []string{"1", "1", "''", "0"}
	t.shorter("regexp_instr", "text, text", []string{"int4", "int4", "int4", "text", "int4"}, "meshgate_regexp_instr({0}, {1}", instr)
	t.shorter("regexp_substr", "text, text", []string{"int4", "int4", "text", "int4"}, "meshgate_regexp_substr({0}, {1}", substr)
}

// shorter adds a function with optional arguments at its end: one entry for each number of them, filled up with their defaults.
func (t opTable) shorter(name, fixed string, types []string, call string, defaults []string) {
	first := strings.Count(fixed, ",") + 1
	for n := range len(types) + 1 {
		key, sql := name+"("+fixed, call
		for i := range types {
			if i < n {
				key += ", " + types[i]
				sql += ", {" + strconv.Itoa(first+i) + "}"
			} else {
				sql += ", " + defaults[i]
			}
		}
		t[key+")"] = connectors.Lowering{SQL: sql + ")", Fidelity: connectors.Exact}
	}
}
