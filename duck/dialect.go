package duck

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgarrow"
	"meshgate/pgcat"
	"meshgate/pgvalue"
)

// Dialect returns DuckDB's dialect: how typed operations are written so that their results are PostgreSQL's. What DuckDB computes
// otherwise, or not at all, is a function of this package; what neither can do exactly has no entry.
func Dialect() *connectors.Dialect { return dialect() }

var dialect = sync.OnceValue(func() *connectors.Dialect {
	d := &connectors.Dialect{
		Name:        "duckdb",
		Quote:       connectors.QuoteDouble,
		Placeholder: placeholder,
		TypeName:    typeName,
		Features:    map[connectors.Feature]bool{},
		Fence:       func(s string) string { return "SELECT * FROM (" + s + " OFFSET 0)" },
		Decimals:    true,
		Keys:        connectors.KeyList{SQL: "({0} IN ({1}))", Most: 1000},
		Tables:      func(_, table string) string { return connectors.QuoteDouble(table) },
	}
	for _, f := range []connectors.Feature{
		connectors.FeatureFilter, connectors.FeatureLimit, connectors.FeatureOrder, connectors.FeatureNullsOrder, connectors.FeatureDistinct,
		connectors.FeatureDistinctOn, connectors.FeatureGroup, connectors.FeatureGroupingSets, connectors.FeatureAggFilter,
		connectors.FeatureAggOrder, connectors.FeatureJoin, connectors.FeatureFullJoin, connectors.FeatureLateral, connectors.FeatureSubquery,
		connectors.FeatureUnion, connectors.FeatureOuterDerived, connectors.FeatureIntersect, connectors.FeatureIntersectAll, connectors.FeatureWindow,
		connectors.FeatureValues, connectors.FeatureWith, connectors.FeatureRecursive, connectors.FeatureSets,
	} {
		d.Features[f] = true
	}
	t := opTable{}
	for _, group := range []func(opTable){
		syntaxOps, comparisonOps, integerOps, floatOps, numericOps, decimalOps, textOps, regexOps, dateOps, toCharOps, jsonOps,
		castOps, conversionOps, arrayOps, aggregateOps, windowOps, setOps, moreOps, jsonPathOps, networkOps, catalogOps,
	} {
		group(t)
	}
	t.operatorFunctions()
	t.castFunctions()
	t.namedArrayCasts()
	d.Ops = t
	d.Binary = "{0}"
	return d
})

// placeholder writes a parameter with its type: DuckDB would otherwise guess one from the surroundings.
func placeholder(n int, t catalog.Type) string {
	p := "$" + strconv.Itoa(n)
	if t.OID == 0 {
		return p // the handle of the session's settings
	}
	name, ok := typeName(t)
	if !ok {
		return p
	}
	return "CAST(" + p + " AS " + name + ")"
}

// typeName is the DuckDB type of a PostgreSQL type's carrier.
func typeName(t catalog.Type) (string, bool) {
	if t.OID == pgcat.Numeric {
		if p, s, ok := pgvalue.NumericTypmod(t.Mod); ok && p <= 38 && s >= 0 && s <= p {
			return fmt.Sprintf("DECIMAL(%d,%d)", p, s), true
		}
		return "BLOB", true
	}
	if elem, ok := pgarrow.Element(t.OID); ok {
		name, ok := typeName(catalog.TypeOf(elem))
		return name + "[]", ok
	}
	switch t.OID {
	case pgcat.Bool:
		return "BOOLEAN", true
	case pgcat.Int2:
		return "SMALLINT", true
	case pgcat.Int4:
		return "INTEGER", true
	case pgcat.Int8:
		return "BIGINT", true
	case pgcat.Float4:
		return "FLOAT", true
	case pgcat.Float8:
		return "DOUBLE", true
	case pgcat.Bytea, pgcat.UUID:
		return "BLOB", true
	case pgcat.Date:
		return "DATE", true
	case pgcat.Time:
		return "TIME", true
	case pgcat.Timestamp:
		return "TIMESTAMP", true
	case pgcat.TimestampTZ:
		return "TIMESTAMP WITH TIME ZONE", true
	case pgcat.Interval:
		return "INTERVAL", true
	case pgcat.Record, pgcat.Any:
		return "", false
	}
	if pgarrow.IsOIDAlias(t.OID) {
		return "UINTEGER", true
	}
	return "VARCHAR", true
}

// opTable collects a dialect's operations.
type opTable map[string]connectors.Lowering

// exact adds operations that give PostgreSQL's results for every input.
func (t opTable) exact(entries map[string]string) {
	for key, sql := range entries {
		t[key] = connectors.Lowering{SQL: sql, Fidelity: connectors.Exact}
	}
}

// operatorFunctions let an operator's function be called by its name: texteq(a, b) is a = b.
func (t opTable) operatorFunctions() {
	pgcat.AllProcs(func(p *pgcat.Proc) {
		if key := p.Name + "(" + keyTypes(p.Args) + ")"; t[key].SQL == "" {
			for _, o := range pgcat.OperatorsOf(p.OID) {
				l, ok := t[o.Name+" "+keyType(o.Right)]
				if o.Left != 0 {
					l, ok = t[keyType(o.Left)+" "+o.Name+" "+keyType(o.Right)]
				}
				if ok {
					t[key] = l
				}
			}
		}
	})
}

// castFunctions let a cast's function be called by its name, with a name that is not the type's: bpchar("char").
func (t opTable) castFunctions() {
	pgcat.AllCasts(func(c *pgcat.Cast) {
		p := pgcat.ProcByOID(c.Func)
		if c.Method != 'f' || p == nil || len(p.Args) != 1 {
			return
		}
		key := p.Name + "(" + keyTypes(p.Args) + ")"
		if l, ok := t["cast("+keyType(c.Source)+" as "+keyType(c.Target)+")"]; ok && t[key].SQL == "" {
			t[key] = l
		}
	})
}

// each adds one entry for each type named in a list separated by blanks; T stands for the type in key and text.
func (t opTable) each(types, key, sql string) {
	for _, name := range strings.Fields(types) {
		t[named(key, "T", name)] = connectors.Lowering{SQL: named(sql, "T", name), Fidelity: connectors.Exact}
	}
}

var letterAlone = map[string]*regexp.Regexp{
	"T": regexp.MustCompile(`(^|[^A-Za-z])T([^A-Za-z]|$)`), "A": regexp.MustCompile(`(^|[^A-Za-z])A([^A-Za-z]|$)`),
	"B": regexp.MustCompile(`(^|[^A-Za-z])B([^A-Za-z]|$)`),
}

// named replaces a letter that stands alone.
func named(text, letter, name string) string {
	return letterAlone[letter].ReplaceAllString(text, "${1}"+name+"${2}")
}

// pairs adds one entry for each pair of two lists of types; A and B stand for them.
func (t opTable) pairs(left, right, key, sql string) {
	for _, a := range strings.Fields(left) {
		for _, b := range strings.Fields(right) {
			t[named(named(key, "A", a), "B", b)] = connectors.Lowering{SQL: named(named(sql, "A", a), "B", b), Fidelity: connectors.Exact}
		}
	}
}

// Lists of types that share an entry.
const (
	ints       = "int2 int4 int8"
	floats     = "float4 float8"
	textTypes  = "text varchar name"
	plainTypes = "bool int2 int4 int8 float4 float8 text varchar name char bytea uuid date time timestamp timestamptz interval oid"
	regTypes   = "regclass regtype regproc regprocedure regnamespace regrole regoper regoperator regcollation regconfig regdictionary"
	arrayElems = "bool int2 int4 int8 float4 float8 text varchar name char bytea uuid date time timestamp timestamptz interval oid numeric bpchar json jsonb timetz bit varbit inet cidr macaddr pg_lsn aclitem " + regTypes
	// comparedElems are elements whose arrays DuckDB compares as PostgreSQL does.
	comparedElems = "bool int2 int4 int8 float4 float8 text varchar name char bytea uuid date time timestamp timestamptz oid"
	opaqueTypes   = "macaddr bit varbit xid cid aclitem"
)

func syntaxOps(t opTable) {
	t.exact(map[string]string{
		"null": "CAST(NULL AS {type})", "true": "true", "false": "false", "and": " AND ", "or": " OR ", "not": "(NOT {0})", "case": "CASE",
		"is null": "({0} IS NULL)", "is not null": "({0} IS NOT NULL)",
		"is true": "({0} IS NOT DISTINCT FROM true)", "is not true": "({0} IS DISTINCT FROM true)",
		"is false": "({0} IS NOT DISTINCT FROM false)", "is not false": "({0} IS DISTINCT FROM false)",
		"is unknown": "({0} IS NULL)", "is not unknown": "({0} IS NOT NULL)",
		"is distinct from": "({0} IS DISTINCT FROM {1})", "is not distinct from": "({0} IS NOT DISTINCT FROM {1})",
		"coalesce": "COALESCE({*})", "in": "({0} IN ({1}))", "not in": "({0} NOT IN ({1}))",
		"any(query)": "({0} {1} ANY ({2}))", "all(query)": "({0} {1} ALL ({2}))", "array(query)": "ARRAY({0})",
		"row count(LIMIT)": "meshgate_limit({0})", "row count(OFFSET)": "meshgate_offset({0})",
		"first(any)": "first({0})", "grouping": "CAST(GROUPING({0}) AS INTEGER)", "mask hash(text)": "meshgate_hmac({0}, {1})",
	})
	t.each(plainTypes+" "+regTypes+" numeric "+opaqueTypes+" "+arrayList(comparedElems), "key(T)", "{0}")
	t.exact(map[string]string{
		"key(numeric)": "meshgate_numeric_key({0})", "key(bpchar)": "rtrim({0}, ' ')", "key(jsonb)": "meshgate_jsonb_key({0})", "key(interval)": "meshgate_interval_key({0})",
		"key(inet)": "meshgate_inet_key({0})", "key(cidr)": "meshgate_inet_key({0})", "key(timetz)": "meshgate_timetz_key({0})",
	})
	t.each(plainTypes, "greatest(T)", "greatest({*})")
	t.each(plainTypes, "least(T)", "least({*})")
	t.exact(map[string]string{
		"greatest(numeric)": "meshgate_numeric_max([{*}])", "least(numeric)": "meshgate_numeric_min([{*}])",
		"greatest(decimal)": "greatest({*})", "least(decimal)": "least({*})",
		// DuckDB's own lose the sign of a zero in a FLOAT.
		"greatest(float4)": "list_reduce([{*}], lambda a, b: CASE WHEN a IS NULL OR b > a THEN b ELSE a END)",
		"least(float4)":    "list_reduce([{*}], lambda a, b: CASE WHEN a IS NULL OR b < a THEN b ELSE a END)",
	})
}

// arrayList names the arrays of a list of types.
func arrayList(types string) string {
	names := strings.Fields(types)
	for i, n := range names {
		names[i] = n + "[]"
	}
	return strings.Join(names, " ")
}

func comparisonOps(t opTable) {
	for _, op := range []string{"=", "<>", "<", "<=", ">", ">="} {
		native := "({0} " + op + " {1})"
		t.each(plainTypes+" decimal", "T "+op+" T", native)
		t.pairs(ints, ints, "A "+op+" B", native)
		t.pairs(textTypes, textTypes, "A "+op+" B", native)
		t.exact(map[string]string{
			"float4 " + op + " float8":         "(CAST({0} AS DOUBLE) " + op + " {1})",
			"float8 " + op + " float4":         "({0} " + op + " CAST({1} AS DOUBLE))",
			"numeric " + op + " numeric":       "(meshgate_numeric_key({0}) " + op + " meshgate_numeric_key({1}))",
			"bpchar " + op + " bpchar":         "(rtrim({0}, ' ') " + op + " rtrim({1}, ' '))",
			"jsonb " + op + " jsonb":           "(meshgate_jsonb_key({0}) " + op + " meshgate_jsonb_key({1}))",
			"interval " + op + " interval":     "(meshgate_interval_key({0}) " + op + " meshgate_interval_key({1}))",
			"inet " + op + " inet":             "(meshgate_inet_key({0}) " + op + " meshgate_inet_key({1}))",
			"timetz " + op + " timetz":         "(meshgate_timetz_key({0}) " + op + " meshgate_timetz_key({1}))",
			"date " + op + " timestamp":        "(meshgate_date_compared({0}) " + op + " {1})",
			"timestamp " + op + " date":        "({0} " + op + " meshgate_date_compared({1}))",
			"date " + op + " timestamptz":      "(meshgate_date_compared_tz({0}, {session}) " + op + " {1})",
			"timestamptz " + op + " date":      "({0} " + op + " meshgate_date_compared_tz({1}, {session}))",
			"timestamp " + op + " timestamptz": "(meshgate_timestamp_timestamptz({0}, {session}) " + op + " {1})",
			"timestamptz " + op + " timestamp": "({0} " + op + " meshgate_timestamp_timestamptz({1}, {session}))",
		})
		for _, elem := range strings.Fields("bool int2 int4 int8 text varchar bytea uuid date time timestamp timestamptz oid name") {
			t[elem+"[] "+op+" "+elem+"[]"] = connectors.Lowering{SQL: native, Fidelity: connectors.Exact}
		}
	}
	for _, op := range []string{"=", "<>"} {
		if op == "=" {
			t.each("cid aclitem", "T "+op+" T", "({0} "+op+" {1})")
		}
		t.each("xid macaddr bit varbit", "T "+op+" T", "({0} "+op+" {1})")
		t["xid "+op+" int4"] = connectors.Lowering{SQL: "(CAST({0} AS BIGINT) " + op + " (CAST({1} AS BIGINT) & 4294967295))", Fidelity: connectors.Exact}
	}
}

func integerOps(t opTable) {
	// Written as operators, DuckDB would compare x + 1 > y as x > y - 1, in which nothing overflows.
	for op, name := range map[string]string{"+": "add", "-": "subtract", "*": "multiply"} {
		t.pairs(ints, ints, "A "+op+" B", name+"({0}, {1})")
	}
	wide := map[string]string{"int2 int2": "int2", "int2 int4": "int4", "int4 int2": "int4", "int4 int4": "int4"}
	for _, a := range strings.Fields(ints) {
		for _, b := range strings.Fields(ints) {
			w, ok := wide[a+" "+b]
			if !ok {
				w = "int8"
			}
			t.exact(map[string]string{
				a + " / " + b: "meshgate_" + w + "_div({0}, {1})",
			})
			if a == b {
				t.exact(map[string]string{
					a + " % " + a:               "meshgate_" + a + "_mod({0}, {1})",
					"mod(" + a + ", " + a + ")": "meshgate_" + a + "_mod({0}, {1})",
					a + " & " + a:               "({0} & {1})",
					a + " | " + a:               "({0} | {1})",
					a + " # " + a:               "xor({0}, {1})",
				})
			}
		}
		t.exact(map[string]string{
			"- " + a: "(-{0})", "+ " + a: "{0}", "@ " + a: "meshgate_" + a + "_abs({0})", "abs(" + a + ")": "meshgate_" + a + "_abs({0})", "~ " + a: "(~{0})",
			a + " << int4": "meshgate_" + a + "_shl({0}, {1})", a + " >> int4": "meshgate_" + a + "_shr({0}, {1})",
		})
	}
	t.each("int4 int8", "gcd(T, T)", "meshgate_T_gcd({0}, {1})")
	t.each("int4 int8", "lcm(T, T)", "meshgate_T_lcm({0}, {1})")
	t.exact(map[string]string{
		"to_hex(int4)": "meshgate_int4_hex({0})", "to_hex(int8)": "meshgate_int8_hex({0})", "factorial(int8)": "meshgate_factorial({0})",
		"width_bucket(float8, float8, float8, int4)": "meshgate_width_bucket({0}, {1}, {2}, {3})",
	})
}

func floatOps(t opTable) {
	for name, op := range map[string]string{"add": "+", "sub": "-", "mul": "*", "div": "/"} {
		t.exact(map[string]string{
			"float4 " + op + " float4": "meshgate_float4_" + name + "({0}, {1})",
			"float8 " + op + " float8": "meshgate_float8_" + name + "({0}, {1})",
			"float4 " + op + " float8": "meshgate_float8_" + name + "(CAST({0} AS DOUBLE), {1})",
			"float8 " + op + " float4": "meshgate_float8_" + name + "({0}, CAST({1} AS DOUBLE))",
		})
	}
	t.each(floats, "- T", "(-{0})")
	t.each(floats, "+ T", "{0}")
	t.each(floats, "@ T", "abs({0})")
	t.each(floats, "abs(T)", "abs({0})")
	for _, f := range strings.Fields("exp ln log log10 cbrt sqrt sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh cot degrees radians") {
		t[""+f+"(float8)"] = connectors.Lowering{SQL: "meshgate_" + f + "({0})", Fidelity: connectors.Exact}
	}
	t.exact(map[string]string{
		"round(float8)": "round_even({0}, 0)", "ceil(float8)": "ceil({0})", "ceiling(float8)": "ceil({0})", "floor(float8)": "floor({0})",
		"trunc(float8)": "trunc({0})", "sign(float8)": "meshgate_sign({0})", "pi()": "pi()",
		"power(float8, float8)": "meshgate_power({0}, {1})", "pow(float8, float8)": "meshgate_power({0}, {1})", "float8 ^ float8": "meshgate_power({0}, {1})",
		"atan2(float8, float8)": "meshgate_atan2({0}, {1})", "|/ float8": "meshgate_sqrt({0})", "||/ float8": "meshgate_cbrt({0})",
	})
}

func numericOps(t opTable) {
	for name, op := range map[string]string{"add": "+", "sub": "-", "mul": "*", "div": "/", "mod": "%", "power": "^"} {
		t["numeric "+op+" numeric"] = connectors.Lowering{SQL: "meshgate_numeric_" + name + "({0}, {1})", Fidelity: connectors.Exact}
	}
	for _, f := range strings.Fields("abs ceil ceiling floor sign sqrt exp ln trim_scale") {
		name := strings.Replace(f, "ceiling", "ceil", 1)
		t[f+"(numeric)"] = connectors.Lowering{SQL: "meshgate_numeric_" + name + "({0})", Fidelity: connectors.Exact}
	}
	t.exact(map[string]string{
		"- numeric": "meshgate_numeric_neg({0})", "+ numeric": "{0}", "@ numeric": "meshgate_numeric_abs({0})",
		"round(numeric)": "meshgate_numeric_round({0}, 0)", "round(numeric, int4)": "meshgate_numeric_round({0}, {1})",
		"trunc(numeric)": "meshgate_numeric_trunc({0}, 0)", "trunc(numeric, int4)": "meshgate_numeric_trunc({0}, {1})",
		"mod(numeric, numeric)": "meshgate_numeric_mod({0}, {1})", "div(numeric, numeric)": "meshgate_numeric_divtrunc({0}, {1})",
		"power(numeric, numeric)": "meshgate_numeric_power({0}, {1})", "pow(numeric, numeric)": "meshgate_numeric_power({0}, {1})",
		"log(numeric)": "meshgate_numeric_log(meshgate_numeric(10), {0})", "log10(numeric)": "meshgate_numeric_log(meshgate_numeric(10), {0})",
		"log(numeric, numeric)": "meshgate_numeric_log({0}, {1})", "gcd(numeric, numeric)": "meshgate_numeric_gcd({0}, {1})",
		"lcm(numeric, numeric)": "meshgate_numeric_lcm({0}, {1})",
		"scale(numeric)":        "meshgate_numeric_scale({0})", "min_scale(numeric)": "meshgate_numeric_minscale({0})",
		"typmod(numeric)": "meshgate_numeric_typmod({0}, {mod})", "explicit typmod(numeric)": "meshgate_numeric_typmod({0}, {mod})",
		"width_bucket(numeric, numeric, numeric, int4)": "meshgate_numeric_width_bucket({0}, {1}, {2}, {3})",
	})
}

// decimalOps are operations on DECIMAL; the planner adds the casts that make room for all digits.
func decimalOps(t opTable) {
	t.exact(map[string]string{
		"decimal + decimal": "({0} + {1})", "decimal - decimal": "({0} - {1})", "decimal * decimal": "({0} * {1})",
		"- decimal": "(-{0})", "+ decimal": "{0}", "abs(decimal)": "abs({0})", "ceil(decimal)": "ceil({0})", "floor(decimal)": "floor({0})",
		"round(decimal)": "round({0}, 0)", "round(decimal, n)": "round({0}, {1})",
		"typmod(decimal)": "CAST({0} AS {type})", "sortable(decimal)": "meshgate_numeric({0})", "apart(interval)": "meshgate_apart({0})",
		"total(numeric, numeric)": "meshgate_numeric_total({0}, {1})",
		"cast(decimal as int2)":   "CAST({0} AS SMALLINT)", "cast(decimal as int4)": "CAST({0} AS INTEGER)", "cast(decimal as int8)": "CAST({0} AS BIGINT)",
		"cast(decimal as float8)": "CAST({0} AS DOUBLE)",
	})
}
