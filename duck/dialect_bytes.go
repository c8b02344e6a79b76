package duck

import (
	"strings"

	"meshgate/connectors"
)

// moreOps are functions of bytes, bit strings, names, angles and arrays.
func moreOps(t opTable) {
	t.exact(map[string]string{
		"overlay(bytea, bytea, int4)": "meshgate_bytea_overlay3({0}, {1}, {2})", "overlay(bytea, bytea, int4, int4)": "meshgate_bytea_overlay4({0}, {1}, {2}, {3})",
		"get_byte(bytea, int4)": "meshgate_get_byte({0}, {1})", "set_byte(bytea, int4, int4)": "meshgate_set_byte({0}, {1}, {2})",
		"get_bit(bytea, int8)": "meshgate_get_bit({0}, {1})", "set_bit(bytea, int8, int4)": "meshgate_set_bit({0}, {1}, {2})",
		"bit_count(bytea)": "meshgate_bit_count({0})", "bytea ~~ bytea": "meshgate_bytea_like({0}, {1})", "bytea !~~ bytea": "(NOT meshgate_bytea_like({0}, {1}))",
		"like_escape(bytea, bytea)": "meshgate_bytea_like_escape({0}, {1})",
		"string_agg(bytea, bytea)":  "meshgate_bytea_agg(" + aggPairs + ")",
		"parse_ident(text)":         "meshgate_parse_ident({0}, true)", "parse_ident(text, bool)": "meshgate_parse_ident({0}, {1})",
		"unistr(text)": "meshgate_unistr({0})", "normalize(text)": "meshgate_normalize({0}, 'nfc')", "normalize(text, text)": "meshgate_normalize({0}, {1})",
		"is_normalized(text)": "meshgate_is_normalized({0}, 'nfc')", "is_normalized(text, text)": "meshgate_is_normalized({0}, {1})",
		"cast(char as int4)": "meshgate_char_int4({0})", "cast(int4 as char)": "meshgate_int4_char({0})",
		"atan2d(float8, float8)": "meshgate_atan2d({0}, {1})",
	})
	for _, f := range strings.Fields("sind cosd tand cotd asind acosd atand") {
		t[f+"(float8)"] = connectors.Lowering{SQL: "meshgate_" + f + "({0})", Fidelity: connectors.Exact}
	}
	for _, op := range strings.Fields("< <= > >=") {
		t.exact(map[string]string{
			"char " + op + " char":   "(meshgate_char_order({0}) " + op + " meshgate_char_order({1}))",
			"text ~" + op + "~ text": "({0} " + op + " {1})", "bpchar ~" + op + "~ bpchar": "(rtrim({0}, ' ') " + op + " rtrim({1}, ' '))",
		})
	}
	t.exact(map[string]string{"key(char)": "meshgate_char_order({0})"})
	bitOps(t)
	bucketOps(t)
	variadicOps(t)
}

// bitOps are operations on bit strings.
func bitOps(t opTable) {
	t.exact(map[string]string{
		"typmod(bit)": "meshgate_bit_strict({0}, {mod})", "explicit typmod(bit)": "meshgate_bit({0}, {mod})",
		"typmod(varbit)": "meshgate_varbit_strict({0}, {mod})", "explicit typmod(varbit)": "meshgate_varbit({0}, {mod})",
		"cast(int4 as bit)": "meshgate_int_bits(CAST({0} AS BIGINT), {mod})", "cast(int8 as bit)": "meshgate_int_bits({0}, {mod})",
		"cast(bit as int4)": "meshgate_bits_int4({0})", "cast(bit as int8)": "meshgate_bits_int8({0})",
		"bit & bit": "meshgate_bits_and({0}, {1})", "bit | bit": "meshgate_bits_or({0}, {1})", "bit # bit": "meshgate_bits_xor({0}, {1})", "~ bit": "meshgate_bits_not({0})",
		"bit << int4": "meshgate_bits_shift({0}, CAST({1} AS BIGINT))", "bit >> int4": "meshgate_bits_shift({0}, -CAST({1} AS BIGINT))",
		"varbit || varbit":     "({0} || {1})",
		"substring(bit, int4)": "meshgate_bits_substr2({0}, {1})", "substring(bit, int4, int4)": "meshgate_bits_substr3({0}, {1}, {2})",
		"overlay(bit, bit, int4)": "meshgate_bits_overlay3({0}, {1}, {2})", "overlay(bit, bit, int4, int4)": "meshgate_bits_overlay4({0}, {1}, {2}, {3})",
		"position(bit, bit)": "meshgate_bits_position({0}, {1})", "length(bit)": "CAST(length({0}) AS INTEGER)", "bit_length(bit)": "CAST(length({0}) AS INTEGER)",
		"octet_length(bit)": "CAST((length({0}) + 7) // 8 AS INTEGER)", "get_bit(bit, int4)": "meshgate_bits_get({0}, {1})",
		"set_bit(bit, int4, int4)": "meshgate_bits_set({0}, {1}, {2})", "bit_count(bit)": "length(replace({0}, '0', ''))",
	})
	for _, b := range []string{"bit", "varbit"} {
		for _, op := range strings.Fields("< <= > >=") {
			t[b+" "+op+" "+b] = connectors.Lowering{SQL: "({0} " + op + " {1})", Fidelity: connectors.Exact}
		}
		t.exact(map[string]string{"cast(" + b + " as text)": "{0}", "cast(" + b + " as varchar)": "{0}", "cast(" + b + " as bpchar)": "{0}", "output(" + b + ")": "{0}"})
		for _, from := range []string{"text", "varchar"} {
			t.exact(map[string]string{"cast(" + from + " as " + b + ")": "meshgate_text_" + b + "({0})"})
		}
	}
	t.exact(map[string]string{"cast(bit as varbit)": "{0}", "cast(varbit as bit)": "{0}"})
}

// bucketOps are of arrays: width_bucket over thresholds, and array_fill.
func bucketOps(t opTable) {
	for _, elem := range strings.Fields(comparedElems + " numeric interval") {
		threshold, value := "e", "{0}"
		if elem == "numeric" || elem == "interval" || elem == "char" {
			key := "meshgate_" + strings.Replace(elem+"_key", "char_key", "char_order", 1)
			threshold, value = key+"(e)", key+"({0})"
		}
		t.exact(map[string]string{
			"width_bucket(" + elem + ", " + elem + "[])": "CASE WHEN {0} IS NOT NULL THEN meshgate_bucket(list_transform({1}, lambda e: " + threshold + " <= " + value + ")) END",
		})
	}
	for _, elem := range strings.Fields(strings.TrimSuffix(arrayElems, regTypes)) {
		fill := func(bounds string) string {
			return "list_transform(range(meshgate_fill_length({1}, " + bounds + ")), lambda i: {0})"
		}
		t.exact(map[string]string{
			"array_fill(" + elem + ", int4[])":         fill("list_transform({1}, lambda i: CAST(1 AS INTEGER))"),
			"array_fill(" + elem + ", int4[], int4[])": fill("{2}"),
		})
	}
}

// variadicOps are calls of functions of any values with an array in place of the last ones: VARIADIC.
func variadicOps(t opTable) {
	for _, elem := range strings.Fields(printedElems) {
		if t["output("+elem+")"].SQL == "" || t["json("+elem+")"].SQL == "" {
			continue
		}
		forms := func(kind string) string {
			l := t[kind+"("+elem+")"]
			return "lambda e: " + strings.ReplaceAll(l.SQL, "{0}", "e") + ")"
		}
		out, array := forms("output"), elem+"[]"
		t.exact(map[string]string{
			"variadic concat(" + array + ")":             "meshgate_concat(list_transform({0}, " + out + ")",
			"variadic concat_ws(text, " + array + ")":    "CASE WHEN {1} IS NOT NULL THEN meshgate_concat_ws(list_prepend({0}, list_transform({1}, " + out + ")) END",
			"variadic format(text, " + array + ")":       "meshgate_format(list_prepend({0}, list_transform(COALESCE({1}, []), " + out + "))",
			"variadic num_nulls(" + array + ")":          "CAST(len({0}) - list_count({0}) AS INTEGER)",
			"variadic num_nonnulls(" + array + ")":       "CAST(list_count({0}) AS INTEGER)",
			"variadic json_build_array(" + array + ")":   "meshgate_json_build_array(list_transform({0}, " + forms("json") + ")",
			"variadic json_build_object(" + array + ")":  "meshgate_json_build_object(list_transform({0}, " + forms("json") + ")",
			"variadic jsonb_build_array(" + array + ")":  "meshgate_text_jsonb(meshgate_json_build_array(list_transform({0}, " + forms("json") + "))",
			"variadic jsonb_build_object(" + array + ")": "meshgate_text_jsonb(meshgate_jsonb_build_object(list_transform({0}, " + forms("json") + "))",
		})
	}
}
