package duck

import (
	"strings"

	"meshgate/pgcat"
)

func arrayOps(t opTable) {
	t.exact(map[string]string{
		"array[index]":  "CASE WHEN {1} < 1 THEN NULL ELSE list_extract({0}, {1}) END",
		"name[index]":   "meshgate_name_char({0}, {1})",
		"vector[index]": "CASE WHEN {1} < 0 THEN NULL ELSE list_extract({0}, CAST({1} AS BIGINT) + 1) END",
		"array[lower:upper]": "CASE WHEN {0} IS NULL OR {1} IS NULL OR {2} IS NULL THEN NULL WHEN {2} < 1 OR {1} > {2} THEN CAST([] AS {type}) " +
			"ELSE list_slice({0}, greatest({1}, 1), {2}) END",
		"any(array) =": "CASE WHEN {1} IS NULL THEN NULL WHEN len({1}) = 0 THEN false WHEN {0} IS NULL THEN NULL WHEN list_contains({1}, {0}) THEN true " +
			"WHEN len({1}) > list_count({1}) THEN NULL ELSE false END",
		"any(array)": "CASE WHEN {1} IS NULL THEN NULL WHEN len(list_filter({1}, lambda e: {2})) > 0 THEN true " +
			"WHEN len(list_filter({1}, lambda e: ({2}) IS NULL)) > 0 THEN NULL ELSE false END",
		"all(array)": "CASE WHEN {1} IS NULL THEN NULL WHEN len(list_filter({1}, lambda e: NOT ({2}))) > 0 THEN false " +
			"WHEN len(list_filter({1}, lambda e: ({2}) IS NULL)) > 0 THEN NULL ELSE true END",
	})
	for _, elem := range strings.Fields(arrayElems) {
		a := elem + "[]"
		t.exact(map[string]string{
			"array[" + elem + "]":                    "CAST([{*}] AS {type})",
			"array_length(" + a + ", int4)":          "CASE WHEN {1} = 1 AND len({0}) > 0 THEN CAST(len({0}) AS INTEGER) END",
			"array_upper(" + a + ", int4)":           "CASE WHEN {1} = 1 AND len({0}) > 0 THEN CAST(len({0}) AS INTEGER) END",
			"array_lower(" + a + ", int4)":           "CASE WHEN {1} = 1 AND len({0}) > 0 THEN 1 END",
			"array_ndims(" + a + ")":                 "CASE WHEN len({0}) > 0 THEN 1 END",
			"cardinality(" + a + ")":                 "CAST(len({0}) AS INTEGER)",
			"array_append(" + a + ", " + elem + ")":  "list_append(COALESCE({0}, CAST([] AS {type})), {1})",
			"array_prepend(" + elem + ", " + a + ")": "list_prepend({0}, COALESCE({1}, CAST([] AS {type})))",
			a + " || " + elem:                        "list_append(COALESCE({0}, CAST([] AS {type})), {1})",
			elem + " || " + a:                        "list_prepend({0}, COALESCE({1}, CAST([] AS {type})))",
			a + " || " + a:                           "CASE WHEN {0} IS NULL THEN {1} WHEN {1} IS NULL THEN {0} ELSE list_concat({0}, {1}) END",
			"array_cat(" + a + ", " + a + ")":        "CASE WHEN {0} IS NULL THEN {1} WHEN {1} IS NULL THEN {0} ELSE list_concat({0}, {1}) END",
		})
	}
	elementOps(t)
	arrayCastOps(t)
	for _, e := range append(strings.Fields(printedElems), strings.Fields(regTypes)...) {
		out := listOutput(e)
		t.exact(map[string]string{
			"cast(" + e + "[] as text)": "meshgate_array_text(" + out + ")", "cast(" + e + "[] as varchar)": "meshgate_array_text(" + out + ")",
			"output(" + e + "[])":                      "meshgate_array_text(" + out + ")",
			"array_to_string(" + e + "[], text)":       "meshgate_array_to_string(" + out + ", {1}, NULL)",
			"array_to_string(" + e + "[], text, text)": "meshgate_array_to_string(" + out + ", {1}, {2})",
		})
	}
}

// printedElems are the elements of arrays that can be printed.
const printedElems = "bool int2 int4 int8 float4 float8 numeric text varchar bpchar name char bytea uuid date time timestamp timestamptz interval oid json jsonb timetz bit varbit inet cidr macaddr pg_lsn aclitem"

// listOutput is the list of an array's elements as their types print them.
func listOutput(elem string) string {
	switch elem {
	case "text", "varchar", "bpchar", "name", "char", "json", "jsonb", "timetz", "bit", "varbit", "inet", "cidr", "macaddr", "pg_lsn", "aclitem":
		return "{0}"
	case "bool":
		return "list_transform({0}, lambda e: CASE e WHEN true THEN 't' WHEN false THEN 'f' END)"
	}
	if strings.Contains(" "+regTypes+" ", " "+elem+" ") {
		out := sessionCall("meshgate_call", elem+"out", []pgcat.OID{pgcat.OIDType}, pgcat.Text).SQL
		return "list_transform({0}, lambda e: " + strings.ReplaceAll(out, "{0}", "e") + ")"
	}
	return "list_transform({0}, lambda e: " + strings.ReplaceAll(castTexts()["cast("+elem+" as text)"], "{0}", "e") + ")"
}

func windowOps(t opTable) {
	t.exact(map[string]string{
		"row_number()": "row_number(){filter}", "rank()": "rank(){filter}", "dense_rank()": "dense_rank(){filter}",
		"percent_rank()": "percent_rank(){filter}", "cume_dist()": "cume_dist(){filter}", "ntile(int4)": "CAST(ntile(meshgate_ntile({0})){filter} AS INTEGER)",
		"lag(any)": "lag({0}){filter}", "lag(any, int4)": "lag({0}, {1}){filter}", "lag(any, int4, any)": "lag({0}, {1}, {2}){filter}",
		"lead(any)": "lead({0}){filter}", "lead(any, int4)": "lead({0}, {1}){filter}", "lead(any, int4, any)": "lead({0}, {1}, {2}){filter}",
		"first_value(any)": "first_value({0}){filter}", "last_value(any)": "last_value({0}){filter}", "nth_value(any, int4)": "nth_value({0}, meshgate_nth({1})){filter}",
	})
}

// setOps write set-returning functions as lists.
func setOps(t opTable) {
	t.exact(map[string]string{
		"set(value)":        "[{0}]",
		"set ordinality":    "generate_series(1, greatest(0, len({0})))",
		"set unnest(array)": "{0}", "set unnest(vector)": "{0}",
		"set generate_series(int4, int4)":                         "meshgate_series_int4({0}, {1}, 1)",
		"set generate_series(int4, int4, int4)":                   "meshgate_series_int4({0}, {1}, {2})",
		"set generate_series(int8, int8)":                         "meshgate_series_int8({0}, {1}, 1)",
		"set generate_series(int8, int8, int8)":                   "meshgate_series_int8({0}, {1}, {2})",
		"set generate_series(timestamp, timestamp, interval)":     "meshgate_series_timestamp({0}, {1}, {2})",
		"set generate_series(timestamptz, timestamptz, interval)": "meshgate_series_timestamptz({0}, {1}, {2}, {session})",
		"set generate_series(numeric, numeric)":                   "meshgate_series_numeric({0}, {1}, meshgate_numeric(1))",
		"set generate_series(numeric, numeric, numeric)":          "meshgate_series_numeric({0}, {1}, {2})",
		"set string_to_table(text, text)":                         "meshgate_string_to_array({0}, {1}, NULL)",
		"set string_to_table(text, text, text)":                   "meshgate_string_to_array({0}, {1}, {2})",
		"set _pg_expandarray(array).1":                            "{0}", "set _pg_expandarray(array).2": "generate_series(1, len({0}))",
		"set _pg_expandarray(vector).1": "{0}", "set _pg_expandarray(vector).2": "CAST(generate_series(1, len({0})) AS INTEGER[])",
		"set generate_subscripts(array, int4)":  "CAST(CASE WHEN {1} = 1 THEN generate_series(1, len({0})) ELSE [] END AS INTEGER[])",
		"set generate_subscripts(vector, int4)": "CAST(CASE WHEN {1} = 1 THEN generate_series(0, len({0}) - 1) ELSE [] END AS INTEGER[])",
	})
}
