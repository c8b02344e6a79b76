package duck

func jsonPathOps(t opTable) {
	t.exact(map[string]string{
		"jsonb @? jsonpath": "meshgate_jsonpath_exists({0}, {1}, chr(123) || chr(125), true, {session})", "jsonb @@ jsonpath": "meshgate_jsonpath_match({0}, {1}, chr(123) || chr(125), true, {session})",
		"cast(text as jsonpath)": "meshgate_text_jsonpath({0})", "cast(varchar as jsonpath)": "meshgate_text_jsonpath({0})",
		"cast(jsonpath as text)": "{0}", "cast(jsonpath as varchar)": "{0}", "cast(jsonpath as bpchar)": "{0}", "output(jsonpath)": "{0}",
	})
	for _, tz := range []string{"", "_tz"} {
		for name, function := range map[string]string{
			"jsonb_path_exists": "exists", "jsonb_path_match": "match", "set jsonb_path_query": "query", "jsonb_path_query_array": "array", "jsonb_path_query_first": "first",
		} {
			call := "meshgate_jsonpath_" + function + tz
			t.exact(map[string]string{
				name + tz + "(jsonb, jsonpath)":              call + "({0}, {1}, chr(123) || chr(125), false, {session})",
				name + tz + "(jsonb, jsonpath, jsonb)":       call + "({0}, {1}, {2}, false, {session})",
				name + tz + "(jsonb, jsonpath, jsonb, bool)": call + "({0}, {1}, {2}, {3}, {session})",
			})
		}
	}
}
