package duck

func jsonOps(t opTable) {
	for _, j := range []string{"json", "jsonb"} {
		t.exact(map[string]string{
			j + " -> text": "meshgate_" + j + "_get({0}, {1})", j + " ->> text": "meshgate_" + j + "_get_text({0}, {1})",
			j + " -> int4": "meshgate_" + j + "_at({0}, {1})", j + " ->> int4": "meshgate_" + j + "_at_text({0}, {1})",
			j + " #> text[]": "meshgate_" + j + "_path({0}, {1})", j + " #>> text[]": "meshgate_" + j + "_path_text({0}, {1})",
			j + "_typeof(" + j + ")": "meshgate_json_typeof({0})", j + "_array_length(" + j + ")": "meshgate_json_array_length({0})",
		})
	}
	t.exact(map[string]string{
		"jsonb @> jsonb": "meshgate_jsonb_contains({0}, {1})", "jsonb <@ jsonb": "meshgate_jsonb_contains({1}, {0})",
		"jsonb ? text": "meshgate_jsonb_exists({0}, {1})", "jsonb || jsonb": "meshgate_jsonb_concat({0}, {1})",
		"jsonb - text": "meshgate_jsonb_delete({0}, {1})", "jsonb - int4": "meshgate_jsonb_delete_at({0}, {1})",
		"jsonb_pretty(jsonb)": "meshgate_jsonb_pretty({0})",
	})
}

// jsonSetOps write the set-returning functions over JSON as lists.
func jsonSetOps(t opTable) {
	t.exact(map[string]string{
		"set json_array_elements(json)": "meshgate_json_elements({0})", "set jsonb_array_elements(jsonb)": "meshgate_jsonb_elements({0})",
		"set json_array_elements_text(json)": "meshgate_json_elements_text({0})", "set jsonb_array_elements_text(jsonb)": "meshgate_json_elements_text({0})",
		"set json_object_keys(json)": "meshgate_json_keys({0})", "set jsonb_object_keys(jsonb)": "meshgate_jsonb_keys({0})",
		"set json_each(json).1": "meshgate_json_keys({0})", "set json_each(json).2": "meshgate_json_values({0})",
		"set jsonb_each(jsonb).1": "meshgate_jsonb_keys({0})", "set jsonb_each(jsonb).2": "meshgate_jsonb_values({0})",
		"set json_each_text(json).1": "meshgate_json_keys({0})", "set json_each_text(json).2": "meshgate_json_values_text({0})",
		"set jsonb_each_text(jsonb).1": "meshgate_jsonb_keys({0})", "set jsonb_each_text(jsonb).2": "meshgate_jsonb_values_text({0})",
	})
}
