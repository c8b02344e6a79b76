package duck

import (
	"strings"

	"meshgate/connectors"
)

// Parts of aggregates: {distinct} is where DISTINCT goes, {order} an ORDER BY, {filter} FILTER and OVER; {where}condition{over} are the
// same with a further condition.
const (
	aggArg    = "{distinct}{0}"
	aggFilter = "{filter}"
	// aggPairs is a list of both arguments in turns.
	aggPairs = "flatten(list([{0}, {1}]{order}){filter})"
)

func aggregateOps(t opTable) {
	const d, f = aggArg, aggFilter
	const intervalSum = "meshgate_interval_sum(CAST(sum(meshgate_interval_months({0}))" + f + " AS HUGEINT), CAST(sum(meshgate_interval_days({0}))" + f +
		" AS HUGEINT), CAST(sum(meshgate_interval_micros({0}))" + f + " AS HUGEINT))"
	const numericSum = "meshgate_numeric_sum(sum(meshgate_numeric_whole({0}))" + f + ", sum(meshgate_numeric_fraction({0}))" + f +
		", max(meshgate_numeric_shown({0}))" + f + ", list({0}){where}meshgate_numeric_wide({0}){over})"
	t.exact(map[string]string{
		"count(*)": "count(*)" + f, "count(any)": "count(" + d + ")" + f,
		"sum(int2)": "CAST(sum(" + d + ")" + f + " AS BIGINT)", "sum(int4)": "CAST(sum(" + d + ")" + f + " AS BIGINT)",
		"sum(int8)": "CAST(sum(" + d + ")" + f + " AS DECIMAL(38,0))", "sum(decimal)": "CAST(sum(" + d + ")" + f + " AS {decimal})",
		"sum(numeric)": numericSum, "sum(float4)": "meshgate_float4_sum(list({0})" + f + ")",
		"sum(float8)": "meshgate_float8_total(sum({0})" + f + ", max(abs({0}))" + f + ", bool_and(signbit({0}))" + f + ")",
		"avg(float4)": floatAverage("CAST({0} AS DOUBLE)"), "avg(float8)": floatAverage("{0}"),
		"distinct sum(float4)": "meshgate_float4_sum(list(DISTINCT {0}{order})" + f + ")",
		"distinct sum(float8)": "meshgate_float8_sum(list(DISTINCT {0}{order})" + f + ")",
		"distinct avg(float4)": "meshgate_float8_mean(" + distinctDoubles + ")", "distinct avg(float8)": "meshgate_float8_mean(list(DISTINCT {0}{order})" + f + ")",
		"avg(decimal)":                "meshgate_numeric_div(meshgate_numeric(sum(" + d + ")" + f + "), meshgate_numeric(NULLIF(count(" + d + ")" + f + ", 0)))",
		"distinct array_agg(numeric)": "meshgate_numeric_distinct(list(DISTINCT {0}{order})" + f + ")",
		"distinct sum(numeric)":       "meshgate_numeric_list_sum(" + distinctNumerics + ")",
		"distinct avg(numeric)":       "meshgate_numeric_div(meshgate_numeric_list_sum(" + distinctNumerics + "), meshgate_numeric(NULLIF(count(DISTINCT meshgate_numeric_key({0}))" + f + ", 0)))",
		"avg(numeric)":                "meshgate_numeric_div(" + numericSum + ", meshgate_numeric(NULLIF(count({0})" + f + ", 0)))",
		"sum(interval)":               intervalSum, "avg(interval)": "meshgate_interval_div(" + intervalSum + ", CAST(NULLIF(count({0})" + f + ", 0) AS DOUBLE))",
		"bool_and(bool)": "bool_and(" + d + ")" + f, "bool_or(bool)": "bool_or(" + d + ")" + f, "every(bool)": "bool_and(" + d + ")" + f,
		"string_agg(text, text)": "meshgate_string_agg(" + aggPairs + ")",
		"distinct string_agg(text, text)": "meshgate_string_agg_distinct(list(DISTINCT {0}{order})" + f + ", min({1})" + f + ", max({1})" + f +
			", count({1})" + f + " IN (0, count(*)" + f + "))",
	})
	t.each(ints, "avg(T)", "meshgate_numeric_div(meshgate_numeric(sum("+d+")"+f+"), meshgate_numeric(NULLIF(count("+d+")"+f+", 0)))")
	for _, op := range []string{"and", "or", "xor"} {
		t.each(ints, "bit_"+op+"(T)", "bit_"+op+"("+d+")"+f)
	}
	for _, elem := range strings.Fields(arrayElems) {
		sql := "list({0}{order})" + f
		if strings.Contains(" "+comparedElems+" ", " "+elem+" ") {
			sql = "list(" + d + "{order})" + f
		}
		t["array_agg("+elem+")"] = connectors.Lowering{SQL: sql, Fidelity: connectors.Exact}
	}
	t["array_agg(record)"] = connectors.Lowering{SQL: "list({0}{order})" + f, Fidelity: connectors.Exact}
	extremeOps(t)
	varianceOps(t)
	orderedSetOps(t)
	keyedOps(t)
}

// distinctDoubles is a list of different values of float4, in their order: sums of floats depend on it.
const distinctDoubles = "list_transform(list(DISTINCT {0}{order}){filter}, lambda e: CAST(e AS DOUBLE))"

// distinctNumerics is a list of different numeric values. Equal ones with several scales differ for DuckDB. NULL is left out.
const distinctNumerics = "meshgate_numeric_distinct(list_filter(list(DISTINCT {0}){filter}, lambda e: e IS NOT NULL))"

func floatAverage(value string) string {
	return "meshgate_float8_avg(sum(" + value + ")" + aggFilter + ", count({0})" + aggFilter + ", max(abs(" + value + "))" + aggFilter + ")"
}

// extremeElems are elements of arrays that DuckDB's min and max return as they are.
const extremeElems = "bool int2 int4 int8 text varchar name char bytea uuid date time timestamp timestamptz oid"

// extremeOps are min and max. Where values that are equal may look different, a key finds them.
func extremeOps(t opTable) {
	const f = aggFilter
	for _, m := range []string{"min", "max"} {
		t.each("int2 int4 int8 float4 float8 text date time timestamp timestamptz oid "+arrayList(extremeElems), m+"(T)", m+"({0})"+f)
		// DuckDB's own would take the sign of a zero within an array.
		t.each("float4[] float8[]", m+"(T)", "CAST(arg_"+m+"(CAST({0} AS VARCHAR), {0})"+f+" AS {type})")
		t.exact(map[string]string{
			m + "(decimal)": m + "({0})" + f, m + "(numeric)": "arg_" + m + "({0}, meshgate_numeric_key({0}))" + f,
			m + "(bpchar)": "arg_" + m + "({0}, rtrim({0}, ' '))" + f, m + "(interval)": "arg_" + m + "({0}, meshgate_interval_key({0}))" + f,
		})
	}
}

// varianceOps: what PostgreSQL computes of floats depends on the order of its additions, so lists hold the values for it.
func varianceOps(t opTable) {
	const f = aggFilter
	for name, flags := range map[string]string{
		"variance": "true, false", "var_samp": "true, false", "var_pop": "false, false", "stddev": "true, true", "stddev_samp": "true, true", "stddev_pop": "false, true",
	} {
		t.each("int2 int4", name+"(T)", "meshgate_variance(count({0})"+f+", meshgate_numeric(sum({0})"+f+
			"), meshgate_numeric(sum(CAST({0} AS HUGEINT) * CAST({0} AS HUGEINT))"+f+"), "+flags+")")
		t.each(ints, "distinct "+name+"(T)", "meshgate_numeric_variance(list(DISTINCT meshgate_numeric({0}))"+f+", "+flags+")")
		t.exact(map[string]string{
			name + "(int8)":    "meshgate_numeric_variance(list(meshgate_numeric({0}))" + f + ", " + flags + ")",
			name + "(numeric)": "meshgate_numeric_variance(list({0})" + f + ", " + flags + ")",
			name + "(float4)":  "meshgate_float8_variance(list(CAST({0} AS DOUBLE))" + f + ", " + flags + ")",
			name + "(float8)":  "meshgate_float8_variance(list({0})" + f + ", " + flags + ")",

			"distinct " + name + "(numeric)": "meshgate_numeric_variance(" + distinctNumerics + ", " + flags + ")",
			"distinct " + name + "(float4)":  "meshgate_float8_variance(" + distinctDoubles + ", " + flags + ")",
			"distinct " + name + "(float8)":  "meshgate_float8_variance(list(DISTINCT {0}{order})" + f + ", " + flags + ")",
		})
	}
	for _, name := range strings.Fields("regr_sxx regr_syy regr_sxy regr_avgx regr_avgy regr_r2 regr_slope regr_intercept covar_pop covar_samp corr") {
		t[name+"(float8, float8)"] = connectors.Lowering{SQL: "meshgate_regression(" + aggPairs + ", '" + name + "')", Fidelity: connectors.Exact}
	}
	t.exact(map[string]string{
		"regr_count(float8, float8)": "count(CASE WHEN {1} IS NOT NULL THEN {0} END)" + f,
	})
}
