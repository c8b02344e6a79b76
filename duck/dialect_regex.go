package duck

func regexOps(t opTable) {
	t.exact(map[string]string{
		"regexp_replace(text, text, text)":        "meshgate_regexp_replace({0}, {1}, {2}, '')",
		"regexp_replace(text, text, text, text)":  "meshgate_regexp_replace({0}, {1}, {2}, {3})",
		"regexp_match(text, text)":                "meshgate_regexp_match({0}, {1}, '')",
		"regexp_match(text, text, text)":          "meshgate_regexp_match({0}, {1}, {2})",
		"regexp_like(text, text)":                 "meshgate_regex_match({0}, {1}, '')",
		"regexp_like(text, text, text)":           "meshgate_regex_match({0}, {1}, {2})",
		"regexp_count(text, text)":                "meshgate_regexp_count({0}, {1}, '')",
		"regexp_substr(text, text)":               "meshgate_regexp_substr({0}, {1})",
		"regexp_split_to_array(text, text)":       "meshgate_regexp_split({0}, {1}, '')",
		"regexp_split_to_array(text, text, text)": "meshgate_regexp_split({0}, {1}, {2})",
		"substring(text, text)":                   "meshgate_regexp_substring({0}, {1})",
		"substring(text, text, text)":             "meshgate_similar_substring({0}, {1}, {2})",
	})
}
