package duck

import (
	"strings"

	"meshgate/connectors"
)

// keyedElems are types of which equal values may look different, or whose order is not that of their form: a key stands for a value.
const keyedElems = "numeric bpchar jsonb interval timetz inet cidr pg_lsn char"

// elementKey is the key of a value of a type that arrays have.
func elementKey(elem, value string) string {
	switch elem {
	case "bpchar":
		return "rtrim(" + value + ", ' ')"
	case "char":
		return "meshgate_char_order(" + value + ")"
	case "cidr":
		return "meshgate_inet_key(" + value + ")"
	case "numeric", "jsonb", "interval", "timetz", "inet", "pg_lsn":
		return "meshgate_" + elem + "_key(" + value + ")"
	}
	return value
}

// arrayKey is the list of the keys of an array's elements: it compares as the array does.
func arrayKey(elem, list string) string {
	return "list_transform(" + list + ", lambda e: " + elementKey(elem, "e") + ")"
}

// keyedOps are what compares arrays whose elements have keys, and what finds values by keys.
func keyedOps(t opTable) {
	for _, elem := range strings.Fields(keyedElems) {
		a := elem + "[]"
		t.exact(map[string]string{"key(" + a + ")": arrayKey(elem, "{0}")})
		for _, op := range []string{"=", "<>", "<", "<=", ">", ">="} {
			t.exact(map[string]string{a + " " + op + " " + a: "(" + arrayKey(elem, "{0}") + " " + op + " " + arrayKey(elem, "{1}") + ")"})
		}
		for _, m := range []string{"min", "max"} {
			t.exact(map[string]string{m + "(" + a + ")": "arg_" + m + "({0}, " + arrayKey(elem, "{0}") + "){filter}"})
		}
		contains := func(whole, part string) string {
			found := "list_contains(" + arrayKey(elem, whole) + ", e)"
			return "CASE WHEN " + whole + " IS NOT NULL THEN len(" + part + ") = len(list_filter(" + arrayKey(elem, part) + ", lambda e: " + found + ")) END"
		}
		t.exact(map[string]string{
			a + " && " + a: "list_has_any(" + arrayKey(elem, "{0}") + ", " + arrayKey(elem, "{1}") + ")",
			a + " @> " + a: contains("{0}", "{1}"), a + " <@ " + a: contains("{1}", "{0}"),
		})
	}
	for _, elem := range strings.Fields("bit varbit macaddr float4 float8") {
		a := elem + "[]"
		for _, op := range []string{"=", "<>", "<", "<=", ">", ">="} {
			t.exact(map[string]string{a + " " + op + " " + a: "({0} " + op + " {1})"})
		}
		t.exact(map[string]string{"key(" + a + ")": "{0}"})
	}
	extremesByKey(t)
	distinctByKey(t)
}

// extremesByKey are greatest and least, which take the first of equal values.
func extremesByKey(t opTable) {
	reduced := func(key func(string) string, op string) string {
		return "list_reduce([{*}], lambda a, b: CASE WHEN a IS NULL OR " + key("b") + " " + op + " " + key("a") + " THEN b ELSE a END)"
	}
	add := func(typ string, key func(string) string) {
		t.exact(map[string]string{"greatest(" + typ + ")": reduced(key, ">"), "least(" + typ + ")": reduced(key, "<")})
	}
	for _, typ := range strings.Fields("bpchar jsonb timetz char interval inet cidr pg_lsn") {
		add(typ, func(v string) string { return elementKey(typ, v) })
	}
	plain := func(v string) string { return v }
	for _, typ := range strings.Fields("bit varbit macaddr " + arrayList(comparedElems)) {
		add(typ, plain)
	}
	for _, elem := range strings.Fields(keyedElems) {
		add(elem+"[]", func(v string) string {
			return "list_transform(" + v + ", lambda e: " + elementKey(elem, "e") + ")"
		})
	}
}

// distinctByKey are lists of different values: of equal ones the first in their order.
func distinctByKey(t opTable) {
	const sorted = "list({0}{order}){filter}"
	for _, elem := range strings.Fields("bpchar jsonb interval timetz inet cidr pg_lsn numeric") {
		different := "list_filter(" + sorted + ", lambda e, i: i = 1 OR " + elementKey(elem, "e") + " IS DISTINCT FROM " +
			elementKey(elem, "list_extract("+sorted+", i - 1)") + ")"
		if elem != "numeric" {
			t.exact(map[string]string{"distinct array_agg(" + elem + ")": different})
		}
		if form := jsonForm(elem); form != "" {
			agg := "meshgate_json_agg(list_transform(" + different + ", lambda e: " + strings.ReplaceAll(form, "{0}", "e") + "))"
			t.exact(map[string]string{"distinct json_agg(" + elem + ")": agg, "distinct jsonb_agg(" + elem + ")": "meshgate_text_jsonb(" + agg + ")"})
		}
	}
}

// orderedSetOps: {order} is the ORDER BY of WITHIN GROUP, by keys. The operands are the direct argument, the keys of what is sorted,
// and what is sorted itself.
func orderedSetOps(t opTable) {
	const f = aggFilter
	t.exact(map[string]string{
		"percentile_cont(float8) within (float8)":     "meshgate_percentile_float8(list({1} ORDER BY {order})" + f + ", {0})",
		"percentile_cont(float8[]) within (float8)":   "meshgate_percentiles_float8(list({1} ORDER BY {order})" + f + ", {0})",
		"percentile_cont(float8) within (interval)":   "meshgate_percentile_interval(list({2} ORDER BY {order})" + f + ", {0})",
		"percentile_cont(float8[]) within (interval)": "meshgate_percentiles_interval(list({2} ORDER BY {order})" + f + ", {0})",
	})
	disc := func(typ, value string) {
		sorted := "list_filter(list(" + value + " ORDER BY {order})" + f + ", lambda e: e IS NOT NULL)"
		t.exact(map[string]string{
			"percentile_disc(float8) within (" + typ + ")": "list_extract(" + sorted + ", meshgate_percentile_place({0}, len(" + sorted + ")))",
		})
		if !strings.HasSuffix(typ, "[]") { // there are no arrays of arrays
			t.exact(map[string]string{
				"percentile_disc(float8[]) within (" + typ + ")": "list_select(" + sorted + ", meshgate_percentile_places({0}, len(" + sorted + ")))",
			})
		}
	}
	for _, typ := range strings.Fields("int2 int4 int8 text varchar date time timestamp timestamptz uuid bool oid bytea name bit varbit macaddr " + arrayList("bool int2 int4 int8 text varchar bytea uuid date time timestamp timestamptz oid name")) {
		disc(typ, "{1}")
		t[mode(typ)] = connectors.Lowering{SQL: "mode({0} ORDER BY {order})" + f, Fidelity: connectors.Exact}
	}
	// Equal values can look different, so they are sorted by their keys and shown as they are.
	for _, typ := range strings.Fields("numeric bpchar jsonb interval timetz inet cidr pg_lsn char float4 float8 " + arrayList(keyedElems+" float4 float8")) {
		disc(typ, "{2}")
		t[mode(typ)] = connectors.Lowering{
			SQL:      "list_extract(list({1} ORDER BY {order})" + f + ", list_position(list({0} ORDER BY {order})" + f + ", mode({0} ORDER BY {order})" + f + "))",
			Fidelity: connectors.Exact,
		}
	}
	for _, typ := range []string{"float4", "float8"} {
		t[mode(typ)] = connectors.Lowering{SQL: "meshgate_" + typ + "_mode(list({1} ORDER BY {order})" + f + ")", Fidelity: connectors.Exact}
	}
	t[mode("numeric")] = connectors.Lowering{SQL: "meshgate_numeric_mode(list({1} ORDER BY {order})" + f + ")", Fidelity: connectors.Exact}
}

func mode(typ string) string { return "mode() within (" + typ + ")" }
