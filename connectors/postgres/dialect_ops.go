package postgres

import (
	"fmt"
	"slices"
	"strings"

	"meshgate/pgcat"
)

// typeKey writes a type as the keys of operations do.
func typeKey(oid pgcat.OID) string { return pgcat.TypeByOID(oid).Name }

func typeKeys(list []pgcat.OID) string {
	names := make([]string, len(list))
	for i, oid := range list {
		names[i] = typeKey(oid)
	}
	return strings.Join(names, ", ")
}

// operators are those that are taken from pg_operator, as far as their functions are immutable. Regular expressions and ILIKE are
// not among them: letters and their cases are the server's locale's.
const operators = "= <> < <= > >= + - * / % ^ & | # ~ << >> @ |/ ||/ || ~~ !~~ ^@ -> ->> #> #>> @> <@ ? ?| ?& #- ~<~ ~<=~ ~>~ ~>=~"

// comparedElements are the types whose arrays are compared by what their elements' operators say, in no particular order.
const comparedElements = "bool int2 int4 int8 numeric text varchar bytea uuid date timestamp timestamptz oid name"

func operatorOps(t opTable) {
	for _, name := range strings.Fields(operators) {
		for _, o := range pgcat.Operators(name) {
			if o.Left != 0 && !operand(o.Left) || !operand(o.Right) || !operand(o.Result) || pgcat.ProcByOID(o.Code).Volatile != 'i' {
				continue
			}
			if o.Left == 0 {
				t.add(name+" "+typeKey(o.Right), "("+name+" {0})")
				continue
			}
			if sql, ok := infix(o); ok {
				t.add(typeKey(o.Left)+" "+name+" "+typeKey(o.Right), sql)
			}
		}
	}
	for _, elem := range strings.Fields(comparedElements + " time") {
		for _, op := range []string{"=", "<>", "&&", "@>", "<@"} {
			t.add(elem+"[] "+op+" "+elem+"[]", "({0} "+op+" {1})")
		}
	}
	for _, other := range strings.Fields("bool int2 int4 int8 numeric uuid oid name bpchar") {
		t.add("text || "+other, "({0} || {1})")
		t.add(other+" || text", "({0} || {1})")
	}
	t.exact(map[string]string{
		"jsonb - text[]": "({0} - {1})", "jsonb #> text[]": "({0} #> {1})", "jsonb #>> text[]": "({0} #>> {1})",
		"json #> text[]":  "({0} #> {1})",
		"json #>> text[]": "({0} #>> {1})", "jsonb ?| text[]": "({0} ?| {1})", "jsonb ?& text[]": "({0} ?& {1})",
		"jsonb #- text[]": "({0} #- {1})",
	})
}

// infix writes an operator between two operands. Texts are ordered by their bytes.
func infix(o *pgcat.Operator) (string, bool) {
	plain := "({0} " + o.Name + " {1})"
	ordering := slices.Contains([]string{"<", "<=", ">", ">="}, o.Name)
	switch {
	case ordering && (o.Left == pgcat.JSONB || o.Right == pgcat.JSONB):
		return "", false // strings inside are ordered by the database's collation
	case o.Name == "~" && o.Left != 0:
		return "", false // a regular expression
	case ordering && isText(o.Left):
		return `({0} COLLATE "C" ` + o.Name + " {1})", true
	}
	return plain, true
}

// functions are those that are taken from pg_proc, as far as they are immutable.
const functions = `
abs ceil ceiling floor round trunc sign sqrt cbrt exp ln log log10 power pow mod div gcd lcm factorial degrees radians
sin cos tan cot asin acos atan atan2 sinh cosh tanh asinh acosh atanh pi width_bucket scale min_scale trim_scale to_hex
length char_length character_length octet_length bit_length substr substring left right lpad rpad btrim ltrim rtrim
position strpos replace translate repeat reverse split_part ascii chr overlay starts_with md5 sha224 sha256 sha384 sha512
encode decode get_byte set_byte date_trunc date_part extract make_date make_time make_timestamp make_interval date_bin
justify_days justify_hours justify_interval isfinite to_timestamp age like_escape
json_typeof jsonb_typeof json_array_length jsonb_array_length jsonb_strip_nulls json_strip_nulls jsonb_pretty
`

func functionOps(t opTable) {
	for _, name := range strings.Fields(functions) {
		for _, p := range pgcat.Procs(name) {
			if p.Kind != 'f' || p.RetSet || p.Volatile != 'i' || p.Variadic != 0 || !operands(p.Args) || !operand(p.Ret) || !pure(p) {
				continue
			}
			for n := len(p.Args) - p.Defaults; n <= len(p.Args); n++ {
				holes := make([]string, n)
				for i := range holes {
					holes[i] = fmt.Sprintf("{%d}", i)
				}
				t.add(name+"("+typeKeys(p.Args[:n])+")", call(name)+"("+strings.Join(holes, ", ")+")")
			}
		}
	}
	t.exact(map[string]string{
		"string_to_array(text, text)":       "string_to_array({0}, {1})",
		"string_to_array(text, text, text)": "string_to_array({0}, {1}, {2})",
	})
}

// pure leaves out functions that pg_proc calls immutable and that depend on a setting or a locale all the same.
func pure(p *pgcat.Proc) bool {
	switch {
	case p.Name == "age":
		return slices.Equal(p.Args, []pgcat.OID{pgcat.Timestamp, pgcat.Timestamp})
	case p.Name == "substring" || p.Name == "substr":
		return len(p.Args) < 2 || p.Args[1] == pgcat.Int4 // the others are regular expressions
	case p.Name == "length":
		return len(p.Args) == 1
	case slices.Contains(p.Args, pgcat.TimestampTZ):
		return p.Name == "isfinite" || p.Name == "date_bin"
	}
	return true
}

// call writes a function's name. Some names are keywords with a grammar of their own.
func call(name string) string {
	switch name {
	case "position", "overlay", "substring", "extract":
		return `pg_catalog."` + name + `"`
	}
	return name
}

// castOps are the conversions of pg_cast, and those through a type's text.
func castOps(t opTable) {
	types := strings.Fields(uncollated + " " + collated + " json jsonb char")
	for _, from := range types {
		for _, to := range types {
			source, target := pgcat.TypeByName(from), pgcat.TypeByName(to)
			c := pgcat.CastBetween(source.OID, target.OID)
			if from == to || c == nil || c.Method == 'i' || c.Method == 'f' && pgcat.ProcByOID(c.Func).Volatile != 'i' {
				continue
			}
			t.add("cast("+from+" as "+to+")", "({0})::{type}")
		}
	}
	texts := []string{"text", "varchar", "bpchar"}
	// Types whose input and output functions read no setting. Those of float8 and bytea do when they print.
	for _, other := range strings.Fields("bool int2 int4 int8 numeric uuid json jsonb oid float4 float8 bytea") {
		for _, text := range texts {
			t.add("cast("+text+" as "+other+")", "({0})::{type}")
			if other != "float4" && other != "float8" && other != "bytea" {
				t.add("cast("+other+" as "+text+")", "({0})::{type}")
			}
		}
	}
	t.exact(map[string]string{"cast(jsonb as json)": "({0})::{type}", "cast(json as jsonb)": "({0})::{type}"})
}

// typmodOps apply a length or a precision; as an assignment would, or, explicitly, cutting what is too long.
func typmodOps(t opTable) {
	t.exact(map[string]string{
		"typmod(varchar)": `"varchar"({0}, {mod}, false)`, "explicit typmod(varchar)": `"varchar"({0}, {mod}, true)`,
		"typmod(bpchar)": `"bpchar"({0}, {mod}, false)`, "explicit typmod(bpchar)": `"bpchar"({0}, {mod}, true)`,
		"typmod(numeric)": `"numeric"({0}, {mod})`,
	})
	t.each("time timetz timestamp timestamptz interval", "typmod(T)", `"T"({0}, {mod})`)
}

func arrayOps(t opTable) {
	t.exact(map[string]string{
		"array[index]": "({0})[{1}]", "vector[index]": "({0})[{1}]", "array[lower:upper]": "({0})[{1}:{2}]",
		"any(array) =": "({0} = ANY ({1}))",
		"any(array)": "CASE WHEN {1} IS NOT NULL THEN (SELECT CASE WHEN bool_or({2}) THEN true " +
			"WHEN bool_or(({2}) IS NULL) THEN NULL ELSE false END FROM unnest({1}) AS u(e)) END",
		"all(array)": "CASE WHEN {1} IS NOT NULL THEN (SELECT CASE WHEN bool_or(NOT ({2})) THEN false " +
			"WHEN bool_or(({2}) IS NULL) THEN NULL ELSE true END FROM unnest({1}) AS u(e)) END",
	})
	for _, elem := range strings.Fields(elements) {
		a := elem + "[]"
		t.exact(map[string]string{
			"array[" + elem + "]": "CAST(ARRAY[{*}] AS {type})", "array_length(" + a + ", int4)": "array_length({0}, {1})",
			"array_upper(" + a + ", int4)": "array_upper({0}, {1})", "array_lower(" + a + ", int4)": "array_lower({0}, {1})",
			"array_ndims(" + a + ")": "array_ndims({0})", "cardinality(" + a + ")": "cardinality({0})",
			"array_append(" + a + ", " + elem + ")":  "array_append({0}, {1})",
			"array_prepend(" + elem + ", " + a + ")": "array_prepend({0}, {1})",
			"array_cat(" + a + ", " + a + ")":        "array_cat({0}, {1})", a + " || " + elem: "({0} || {1})",
			elem + " || " + a: "({0} || {1})", a + " || " + a: "({0} || {1})",
		})
	}
	for _, elem := range strings.Fields(comparedElements) {
		a := elem + "[]"
		t.exact(map[string]string{
			"array_position(" + a + ", " + elem + ")": "array_position({0}, {1})",
			"array_remove(" + a + ", " + elem + ")":   "array_remove({0}, {1})",
		})
	}
	t.each("text varchar", "array_to_string(T[], text)", "array_to_string({0}, {1})")
	t.each("text varchar", "array_to_string(T[], text, text)", "array_to_string({0}, {1}, {2})")
}

// aggregates are those that are taken from pg_aggregate.
const aggregates = `
sum avg min max bool_and bool_or every bit_and bit_or bit_xor stddev stddev_pop stddev_samp variance var_pop var_samp
corr covar_pop covar_samp regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy`

// aggregateOps: {distinct} is where DISTINCT goes, {order} an ORDER BY, {filter} FILTER and OVER.
func aggregateOps(t opTable) {
	t.exact(map[string]string{
		"count(*)": "count(*){filter}", "count(any)": "count({distinct}{0}){filter}",
		"string_agg(text, text)":   `string_agg({distinct}{0} COLLATE "C", {1}{order}){filter}`,
		"string_agg(bytea, bytea)": "string_agg({distinct}{0}, {1}{order}){filter}",
	})
	for _, name := range strings.Fields(aggregates) {
		for _, p := range pgcat.Procs(name) {
			if p.Kind != 'a' || !operands(p.Args) || !operand(p.Ret) {
				continue
			}
			value := "{0}"
			if len(p.Args) == 2 {
				value = "{0}, {1}"
			} else if isText(p.Args[0]) {
				value = `{0} COLLATE "C"`
			}
			t.add(name+"("+typeKeys(p.Args)+")", name+"({distinct}"+value+"){filter}")
		}
	}
	for _, elem := range strings.Fields(elements) {
		value := "{0}"
		if isText(pgcat.TypeByName(elem).OID) {
			value = `{0} COLLATE "C"` // DISTINCT wants the argument as ORDER BY has it
		}
		t.add("array_agg("+elem+")", "array_agg({distinct}"+value+"{order}){filter}")
		if elem != "json" && elem != "jsonb" {
			t.add("percentile_disc(float8) within ("+elem+")", "percentile_disc({0}) WITHIN GROUP (ORDER BY {order}){filter}")
			t.add("mode() within ("+elem+")", "mode() WITHIN GROUP (ORDER BY {order}){filter}")
		}
	}
	t.each("float8 interval", "percentile_cont(float8) within (T)", "percentile_cont({0}) WITHIN GROUP (ORDER BY {order}){filter}")
}

func windowOps(t opTable) {
	t.exact(map[string]string{
		"row_number()": "row_number(){filter}", "rank()": "rank(){filter}", "dense_rank()": "dense_rank(){filter}",
		"percent_rank()": "percent_rank(){filter}", "cume_dist()": "cume_dist(){filter}", "ntile(int4)": "ntile({0}){filter}",
		"lag(any)": "lag({0}){filter}", "lag(any, int4)": "lag({0}, {1}){filter}",
		"lag(any, int4, any)": "lag({0}, {1}, {2}){filter}",
		"lead(any)":           "lead({0}){filter}", "lead(any, int4)": "lead({0}, {1}){filter}",
		"lead(any, int4, any)": "lead({0}, {1}, {2}){filter}",
		"first_value(any)":     "first_value({0}){filter}", "last_value(any)": "last_value({0}){filter}",
		"nth_value(any, int4)": "nth_value({0}, {1}){filter}",
	})
}

// setOps write set-returning functions as arrays, which the planner unnests.
func setOps(t opTable) {
	t.exact(map[string]string{
		"set(value)": "ARRAY[{0}]", "set unnest(array)": "{0}",
		"set ordinality":                                      "ARRAY(SELECT o FROM unnest({0}) WITH ORDINALITY AS u(e, o))",
		"set generate_series(int4, int4)":                     "ARRAY(SELECT generate_series({0}, {1}))",
		"set generate_series(int4, int4, int4)":               "ARRAY(SELECT generate_series({0}, {1}, {2}))",
		"set generate_series(int8, int8)":                     "ARRAY(SELECT generate_series({0}, {1}))",
		"set generate_series(int8, int8, int8)":               "ARRAY(SELECT generate_series({0}, {1}, {2}))",
		"set generate_series(timestamp, timestamp, interval)": "ARRAY(SELECT generate_series({0}, {1}, {2}))",
		"set string_to_table(text, text)":                     "string_to_array({0}, {1})",
	})
}
