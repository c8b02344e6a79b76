package mysql

import "strings"

// MySQL computes with 64 bits whatever the operands, so results of int8 overflow where PostgreSQL's do. Those of shorter types are
// made to: what is added and taken away again leaves 64 bits where the result leaves its own.
var narrow = map[string]string{
	"int2": "((({0} + 9223372036854743040) - 9223372036854743040 - 9223372036854743040) + 9223372036854743040)",
	"int4": "((({0} + 9223372034707292160) - 9223372034707292160 - 9223372034707292160) + 9223372034707292160)",
	"int8": "{0}",
}

// within writes an integer so that it fails where the type does not hold it.
func within(name, sql string) string { return strings.ReplaceAll(narrow[name], "{0}", sql) }

// wider is the type of what two integers give.
func wider(a, b string) string { return max(a, b) } // their names are in the order of their lengths

func integerOps(t opTable) {
	const left, right = "CAST({0} AS SIGNED)", "CAST({1} AS SIGNED)"
	for _, a := range strings.Fields(ints) {
		for _, b := range strings.Fields(ints) {
			result := wider(a, b)
			for _, op := range []string{"+", "*"} {
				t.add(a+" "+op+" "+b, within(result, "("+left+" "+op+" "+right+")"))
			}
			// To MariaDB 10.11 zero less the smallest number is no overflow.
			minus := "(" + left + " - " + right + ")"
			if result == "int8" {
				minus = "((" + left + " + CASE WHEN {1} < -9223372036854775807 THEN 9223372036854775807 ELSE -" + right +
					" END) + CASE WHEN {1} < -9223372036854775807 THEN 1 ELSE 0 END)"
			}
			t.add(a+" - "+b, within(result, minus))
			// Without zero, which MySQL divides by, and without -1, which is the only divisor that makes a number longer.
			t.add(a+" / "+b+":divisor", "("+left+" DIV "+right+")")
			t.add(a+" % "+b+":divisor", "("+left+" % "+right+")")
		}
		t.add("- "+a, within(a, "(-"+left+")"))
		t.add("abs("+a+")", within(a, "ABS("+left+")"))
		t.add("@ "+a, within(a, "ABS("+left+")"))
		t.add("cast("+a+" as bool)", "({0} <> 0)")
	}
	delete(t, "cast(int2 as bool)")
	delete(t, "cast(int8 as bool)")
	t.exact(map[string]string{
		"cast(int4 as int2)": within("int2", "CAST({0} AS SIGNED)"), "cast(int8 as int2)": within("int2", "CAST({0} AS SIGNED)"),
		"cast(int8 as int4)": within("int4", "CAST({0} AS SIGNED)"), "cast(bool as int4)": "({0} + 0)",
		"cast(int2 as int4)": "{0}", "cast(int2 as int8)": "{0}", "cast(int4 as int8)": "{0}", "cast(float4 as float8)": "{0}",
	})
	t.each(ints, "cast(T as numeric)", "{0}")
	t.each(ints, "cast(T as float8)", "({0} * 1E0)")
}

// decimalOps: DECIMAL has room for all digits of what has few enough.
func decimalOps(t opTable) {
	for _, op := range []string{"+", "-", "*"} {
		t.add("numeric:decimal "+op+" numeric:decimal", "({0} "+op+" {1})")
	}
	t.exact(map[string]string{
		"- numeric:decimal": "(-{0})", "+ numeric": "{0}", "abs(numeric)": "ABS({0})", "@ numeric": "ABS({0})", "floor(numeric)": "FLOOR({0})",
		"ceil(numeric)": "CEILING({0})", "ceiling(numeric)": "CEILING({0})", "round(numeric)": "ROUND({0})",
	})
}
