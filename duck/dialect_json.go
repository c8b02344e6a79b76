package duck

import (
	"strings"

	"meshgate/connectors"
)

func jsonOps(t opTable) {
	for _, j := range []string{"json", "jsonb"} {
		for _, f := range []string{j + "_to_record", j + "_to_recordset"} {
			t.exact(map[string]string{f + "(" + j + ", text, text)": "meshgate_json_field({0}, {1}, {2}, '" + f + "')"})
		}
		t.exact(map[string]string{
			j + " -> text": "meshgate_json_get({0}, {1})", j + " ->> text": "meshgate_json_get_text({0}, {1})",
			j + " -> int4": "meshgate_" + j + "_at({0}, {1})", j + " ->> int4": "meshgate_" + j + "_at_text({0}, {1})",
			j + " #> text[]": "meshgate_json_path({0}, {1})", j + " #>> text[]": "meshgate_json_path_text({0}, {1})",
			j + "_extract_path(" + j + ", text[])":      "meshgate_json_path({0}, {1})",
			j + "_extract_path_text(" + j + ", text[])": "meshgate_json_path_text({0}, {1})",
			j + "_typeof(" + j + ")":                    "meshgate_json_typeof({0})", j + "_array_length(" + j + ")": "meshgate_json_array_length({0})",
			j + "_strip_nulls(" + j + ")": "meshgate_" + j + "_strip_nulls({0})",
		})
	}
	t.exact(map[string]string{
		"jsonb @> jsonb": "meshgate_jsonb_contains({0}, {1})", "jsonb <@ jsonb": "meshgate_jsonb_contains({1}, {0})",
		"jsonb ? text": "meshgate_jsonb_exists({0}, {1})", "jsonb ?| text[]": "meshgate_jsonb_exists_any({0}, {1})",
		"jsonb ?& text[]": "meshgate_jsonb_exists_all({0}, {1})", "jsonb || jsonb": "meshgate_jsonb_concat({0}, {1})",
		"jsonb - text": "meshgate_jsonb_delete({0}, {1})", "jsonb - int4": "meshgate_jsonb_delete_at({0}, {1})",
		"jsonb - text[]": "meshgate_jsonb_delete_keys({0}, {1})", "jsonb #- text[]": "meshgate_jsonb_delete_path({0}, {1})",
		"jsonb_pretty(jsonb)": "meshgate_jsonb_pretty({0})", "jsonb_set(jsonb, text[], jsonb)": "meshgate_jsonb_set({0}, {1}, {2}, true)",
		"jsonb_set(jsonb, text[], jsonb, bool)":           "meshgate_jsonb_set({0}, {1}, {2}, {3})",
		"jsonb_set_lax(jsonb, text[], jsonb)":             "meshgate_jsonb_set_lax({0}, {1}, {2}, true, 'use_json_null')",
		"jsonb_set_lax(jsonb, text[], jsonb, bool)":       "meshgate_jsonb_set_lax({0}, {1}, {2}, {3}, 'use_json_null')",
		"jsonb_set_lax(jsonb, text[], jsonb, bool, text)": "meshgate_jsonb_set_lax({0}, {1}, {2}, {3}, {4})",
		"jsonb_insert(jsonb, text[], jsonb)":              "meshgate_jsonb_insert({0}, {1}, {2}, false)",
		"jsonb_insert(jsonb, text[], jsonb, bool)":        "meshgate_jsonb_insert({0}, {1}, {2}, {3})",
		"cast(jsonb as bool)":                             "meshgate_jsonb_bool({0})", "cast(jsonb as numeric)": "meshgate_jsonb_numeric({0})",
	})
	for _, n := range strings.Fields("int2 int4 int8 float4 float8") {
		t.exact(map[string]string{"cast(jsonb as " + n + ")": "meshgate_numeric_" + n + "(meshgate_jsonb_" + n + "({0}))"})
	}
	jsonBuildOps(t)
	jsonSetOps(t)
}

// jsonSetOps write the set-returning functions over JSON as lists.
func jsonSetOps(t opTable) {
	for _, j := range []string{"json", "jsonb"} {
		t.exact(map[string]string{
			"set " + j + "_array_elements(" + j + ")":      "meshgate_json_elements({0}, '" + j + "_array_elements')",
			"set " + j + "_array_elements_text(" + j + ")": "meshgate_json_elements_text({0}, '" + j + "_array_elements_text')",
			"set " + j + "_object_keys(" + j + ")":         "meshgate_json_keys({0}, '" + j + "_object_keys')",
			"set " + j + "_each(" + j + ").1":              "meshgate_json_keys({0}, '" + j + "_each')", "set " + j + "_each(" + j + ").2": "meshgate_json_values({0}, '" + j + "_each')",
			"set " + j + "_each_text(" + j + ").1": "meshgate_json_keys({0}, '" + j + "_each_text')", "set " + j + "_each_text(" + j + ").2": "meshgate_json_values_text({0}, '" + j + "_each_text')",
		})
	}
}

// jsonForm is how a value of a type becomes JSON; empty for types that have no entry.
func jsonForm(typeName string) string {
	switch typeName {
	case "bool":
		return "CASE {0} WHEN true THEN 'true' WHEN false THEN 'false' END"
	case "int2", "int4", "int8":
		return "CAST({0} AS VARCHAR)"
	case "float4", "float8":
		return "meshgate_json_number(meshgate_" + typeName + "_text({0}, {session}))"
	case "numeric":
		return "meshgate_json_number(meshgate_numeric_text({0}))"
	case "date", "timestamp":
		return "meshgate_json_" + typeName + "({0})"
	case "timestamptz":
		return "meshgate_json_timestamptz({0}, {session})"
	case "json", "jsonb":
		return "meshgate_json_form({0})"
	case "text", "varchar", "bpchar", "name", "char", "timetz", "bit", "varbit", "inet", "cidr", "macaddr", "pg_lsn":
		return "meshgate_json_string({0})"
	case "time", "interval", "uuid", "bytea", "oid":
		return "meshgate_json_string(" + castTexts()["cast("+typeName+" as text)"] + ")"
	}
	return ""
}

// jsonBuildOps: what a function that makes JSON of any values sees of them is written by the operation "json".
func jsonBuildOps(t opTable) {
	for _, name := range strings.Fields(printedElems) {
		form := jsonForm(name)
		t.exact(map[string]string{
			"json(" + name + ")":   form,
			"json(" + name + "[])": "meshgate_json_array(list_transform({0}, lambda e: " + strings.ReplaceAll(form, "{0}", "e") + "))",
		})
	}
	const list, pairs = "list({0}{order}){filter}", aggPairs
	const distinct = "list_transform(list(DISTINCT {0}{order}){filter}, lambda e: {1})" // {1} is the form of an element
	for key, sql := range map[string]string{
		"to_json(any)": "meshgate_json_plain({0})", "array_to_json(any)": "meshgate_array_to_json([{*}])",
		"json_build_array(any)": "meshgate_json_build_array([{*}])", "json_build_object(any)": "meshgate_json_build_object([{*}])",
		"row_to_json(any)": "meshgate_json_row([{*}])", "json_agg(any)": "meshgate_json_agg(" + list + ")", "json_object_agg(any)": "meshgate_json_object_agg(" + pairs + ")",
		"distinct json_agg(any)": "meshgate_json_agg(" + distinct + ")",
	} {
		t[key] = connectors.Lowering{SQL: sql, Fidelity: connectors.Exact, Wrap: "json"}
		if b := strings.Replace(key, "json", "jsonb", 1); key != "array_to_json(any)" && key != "row_to_json(any)" {
			t[b] = connectors.Lowering{SQL: "meshgate_text_jsonb(" + strings.Replace(sql, "json_build_object", "jsonb_build_object", 1) + ")", Fidelity: connectors.Exact, Wrap: "json"}
		}
	}
	t.exact(map[string]string{
		"json(rows)": "meshgate_json_array({0})", "output(rows)": "meshgate_array_text({0})", "array[record]": "[{*}]",
		"json_build_array()": "CAST('[]' AS VARCHAR)", "jsonb_build_array()": "CAST('[]' AS VARCHAR)",
		"json_build_object()": "(chr(123) || chr(125))", "jsonb_build_object()": "(chr(123) || chr(125))",
		"json_object(text[])": "meshgate_json_object({0})", "json_object(text[], text[])": "meshgate_json_object2({0}, {1})",
		"jsonb_object(text[])":         "meshgate_text_jsonb(meshgate_json_object({0}))",
		"jsonb_object(text[], text[])": "meshgate_text_jsonb(meshgate_json_object2({0}, {1}))",
	})
}
