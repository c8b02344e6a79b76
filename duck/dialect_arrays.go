package duck

import "strings"

// castElems are elements whose arrays convert to one another.
const castElems = "bool int2 int4 int8 float4 float8 numeric text varchar date time timestamp timestamptz interval uuid oid"

// arrayCastOps convert arrays element by element, and texts to arrays.
func arrayCastOps(t opTable) {
	casts := castTexts()
	for _, from := range strings.Fields(castElems) {
		for _, to := range strings.Fields(castElems) {
			sql := casts["cast("+from+" as "+to+")"]
			if to == "numeric" && intType(from) != "" {
				sql = "meshgate_numeric({0})"
			}
			if from == to || sql == "" {
				continue
			}
			t.exact(map[string]string{"cast(" + from + "[] as " + to + "[])": "list_transform({0}, lambda e: " + strings.ReplaceAll(sql, "{0}", "e") + ")"})
		}
		sql := casts["cast(text as "+from+")"]
		if from == "text" || from == "varchar" {
			sql = "{0}"
		}
		sql = "list_transform(meshgate_text_texts({0}), lambda e: " + strings.ReplaceAll(sql, "{0}", "e") + ")"
		t.exact(map[string]string{"cast(text as " + from + "[])": sql, "cast(varchar as " + from + "[])": sql})
	}
}

// namedArrayCasts convert arrays of names, OIDs and what stands for OIDs, element by element as their elements convert.
func (t opTable) namedArrayCasts() {
	elems := strings.Fields("oid name char bpchar text varchar " + regTypes)
	for _, from := range append(strings.Fields(ints), elems...) {
		for _, to := range elems {
			key := "cast(" + from + "[] as " + to + "[])"
			if one, ok := t["cast("+from+" as "+to+")"]; ok && from != to && t[key].SQL == "" {
				t.exact(map[string]string{key: "list_transform({0}, lambda e: " + strings.ReplaceAll(one.SQL, "{0}", "e") + ")"})
			}
		}
	}
}

// elementOps are the functions of arrays that compare elements.
func elementOps(t opTable) {
	for _, elem := range strings.Fields(comparedElems + " numeric interval") {
		a := elem + "[]"
		key := func(text string) string {
			switch elem {
			case "numeric", "interval":
				return "meshgate_" + elem + "_key(" + text + ")"
			}
			return text
		}
		same := key("e") + " IS NOT DISTINCT FROM " + key("{1}")
		places := "list_filter(range(1, len({0}) + 1), lambda i: " + key("{0}[i]") + " IS NOT DISTINCT FROM " + key("{1}") + ")"
		t.exact(map[string]string{
			"array_position(" + a + ", " + elem + ")":              "CAST(list_extract(" + places + ", 1) AS INTEGER)",
			"array_positions(" + a + ", " + elem + ")":             "CAST(" + places + " AS INTEGER[])",
			"array_remove(" + a + ", " + elem + ")":                "list_filter({0}, lambda e: NOT (" + same + "))",
			"array_replace(" + a + ", " + elem + ", " + elem + ")": "list_transform({0}, lambda e: CASE WHEN " + same + " THEN {2} ELSE e END)",
		})
		if elem == "numeric" || elem == "interval" {
			continue
		}
		contains := func(whole, part string) string {
			return "CASE WHEN " + whole + " IS NOT NULL THEN len(" + part + ") = len(list_filter(" + part + ", lambda e: list_contains(" + whole + ", e))) END"
		}
		t.exact(map[string]string{
			a + " && " + a: "list_has_any({0}, {1})", a + " @> " + a: contains("{0}", "{1}"), a + " <@ " + a: contains("{1}", "{0}"),
		})
	}
	for _, elem := range strings.Fields(arrayElems) {
		a := elem + "[]"
		t.exact(map[string]string{
			"array_dims(" + a + ")":       "CASE WHEN len({0}) > 0 THEN '[1:' || len({0}) || ']' END",
			"trim_array(" + a + ", int4)": "list_slice({0}, 1, meshgate_trimmed({1}, len({0})))",
		})
	}
}
