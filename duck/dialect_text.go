package duck

import (
	"strings"

	"meshgate/connectors"
)

func textOps(t opTable) {
	t.exact(map[string]string{
		"text || text": "({0} || {1})",
		"lower(text)":  "meshgate_lower({0})", "upper(text)": "meshgate_upper({0})", "initcap(text)": "meshgate_initcap({0})",
		"length(text)": "CAST(length({0}) AS INTEGER)", "char_length(text)": "CAST(length({0}) AS INTEGER)",
		"character_length(text)": "CAST(length({0}) AS INTEGER)", "octet_length(text)": "CAST(strlen({0}) AS INTEGER)",
		"bit_length(text)": "CAST(strlen({0}) * 8 AS INTEGER)", "length(bpchar)": "CAST(length(rtrim({0}, ' ')) AS INTEGER)",
		"char_length(bpchar)": "CAST(length(rtrim({0}, ' ')) AS INTEGER)", "character_length(bpchar)": "CAST(length(rtrim({0}, ' ')) AS INTEGER)",
		"octet_length(bpchar)": "CAST(strlen({0}) AS INTEGER)",
		"substr(text, int4)":   "meshgate_substr2({0}, {1})", "substr(text, int4, int4)": "meshgate_substr3({0}, {1}, {2})",
		"substring(text, int4)": "meshgate_substr2({0}, {1})", "substring(text, int4, int4)": "meshgate_substr3({0}, {1}, {2})",
		"left(text, int4)": "meshgate_left({0}, {1})", "right(text, int4)": "meshgate_right({0}, {1})",
		"lpad(text, int4)": "meshgate_lpad({0}, {1}, ' ')", "rpad(text, int4)": "meshgate_rpad({0}, {1}, ' ')",
		"lpad(text, int4, text)": "meshgate_lpad({0}, {1}, {2})", "rpad(text, int4, text)": "meshgate_rpad({0}, {1}, {2})",
		"btrim(text)": "meshgate_btrim({0}, ' ')", "ltrim(text)": "meshgate_ltrim({0}, ' ')", "rtrim(text)": "meshgate_rtrim({0}, ' ')",
		"btrim(text, text)": "meshgate_btrim({0}, {1})", "ltrim(text, text)": "meshgate_ltrim({0}, {1})", "rtrim(text, text)": "meshgate_rtrim({0}, {1})",
		"position(text, text)": "meshgate_strpos({0}, {1})", "strpos(text, text)": "meshgate_strpos({0}, {1})",
		"replace(text, text, text)": "meshgate_replace({0}, {1}, {2})", "translate(text, text, text)": "meshgate_translate({0}, {1}, {2})",
		"repeat(text, int4)": "meshgate_repeat({0}, {1})", "reverse(text)": "meshgate_reverse({0})",
		"split_part(text, text, int4)": "meshgate_split_part({0}, {1}, {2})", "ascii(text)": "meshgate_ascii({0})", "chr(int4)": "meshgate_chr({0})",
		"overlay(text, text, int4)": "meshgate_overlay3({0}, {1}, {2})", "overlay(text, text, int4, int4)": "meshgate_overlay4({0}, {1}, {2}, {3})",
		"starts_with(text, text)": "starts_with({0}, {1})", "text ^@ text": "starts_with({0}, {1})",
		"md5(text)":         "md5({0})",
		"quote_ident(text)": "meshgate_quote_ident({0})", "quote_literal(text)": "meshgate_quote_literal({0})",
		"quote_nullable(text)":              "COALESCE(meshgate_quote_literal({0}), 'NULL')",
		"string_to_array(text, text)":       "meshgate_string_to_array({0}, {1}, NULL)",
		"string_to_array(text, text, text)": "meshgate_string_to_array({0}, {1}, {2})",
		"like_escape(text, text)":           "meshgate_like_escape({0}, {1})",
	})
	for _, s := range []string{"text", "bpchar", "name"} {
		// The pattern is always text; the subject of char(n) keeps its blanks, as in PostgreSQL.
		t.exact(map[string]string{
			s + " ~~ text": "meshgate_like({0}, {1})", s + " !~~ text": "(NOT meshgate_like({0}, {1}))",
			s + " ~~* text": "meshgate_ilike({0}, {1})", s + " !~~* text": "(NOT meshgate_ilike({0}, {1}))",
		})
	}
	t.exact(map[string]string{
		"name ~~* text": "meshgate_ilike_name({0}, {1})", "name !~~* text": "(NOT meshgate_ilike_name({0}, {1}))",
	})
	byteaOps(t)
	// What || and concat do with values of other types is to print them first.
	for _, other := range strings.Fields("bool int2 int4 int8 float4 float8 numeric date time timestamp timestamptz timetz interval uuid bytea json jsonb oid name bpchar") {
		t["text || "+other] = connectors.Lowering{SQL: "({0} || " + castTemplate(other, "text", 1) + ")", Fidelity: connectors.Exact}
		t[other+" || text"] = connectors.Lowering{SQL: "(" + castTemplate(other, "text", 0) + " || {1})", Fidelity: connectors.Exact}
	}
	t["record_out(any)"] = connectors.Lowering{SQL: "meshgate_record([{*}])", Fidelity: connectors.Exact, Wrap: "output"}
	t.exact(map[string]string{
		"record_out()": "CAST('()' AS VARCHAR)", "output(record)": "{0}", "json(record)": "{0}", "cast(record as text)": "{0}", "cast(record as json)": "{0}",
	})
	t["concat(any)"] = connectors.Lowering{SQL: "meshgate_concat([{*}])", Fidelity: connectors.Exact, Wrap: "output"}
	t["concat_ws(any)"] = connectors.Lowering{SQL: "meshgate_concat_ws([{*}])", Fidelity: connectors.Exact, Wrap: "output"}
	for name, sql := range map[string]string{
		"num_nonnulls": "CAST(list_count([{*}]) AS INTEGER)", "num_nulls": "CAST(len([{*}]) - list_count([{*}]) AS INTEGER)",
	} {
		t[name+"(any)"] = connectors.Lowering{SQL: sql, Fidelity: connectors.Exact, Wrap: "output"}
	}
	t["format(any)"] = connectors.Lowering{SQL: "meshgate_format([{*}])", Fidelity: connectors.Exact, Wrap: "output"}
}

func byteaOps(t opTable) {
	t.exact(map[string]string{
		"length(bytea)": "CAST(octet_length({0}) AS INTEGER)", "octet_length(bytea)": "CAST(octet_length({0}) AS INTEGER)",
		"bit_length(bytea)": "CAST(octet_length({0}) * 8 AS INTEGER)", "bytea || bytea": "({0} || {1})",
		"substr(bytea, int4)": "meshgate_bytea_substr2({0}, {1})", "substr(bytea, int4, int4)": "meshgate_bytea_substr3({0}, {1}, {2})",
		"substring(bytea, int4)": "meshgate_bytea_substr2({0}, {1})", "substring(bytea, int4, int4)": "meshgate_bytea_substr3({0}, {1}, {2})",
		"btrim(bytea, bytea)": "meshgate_bytea_btrim({0}, {1})", "ltrim(bytea, bytea)": "meshgate_bytea_ltrim({0}, {1})",
		"rtrim(bytea, bytea)": "meshgate_bytea_rtrim({0}, {1})", "position(bytea, bytea)": "meshgate_bytea_strpos({0}, {1})",
		"md5(bytea)": "meshgate_md5({0})", "sha224(bytea)": "meshgate_sha224({0})", "sha256(bytea)": "meshgate_sha256({0})",
		"sha384(bytea)": "meshgate_sha384({0})", "sha512(bytea)": "meshgate_sha512({0})",
		"encode(bytea, text)": "meshgate_encode({0}, {1})", "decode(text, text)": "meshgate_decode({0}, {1})",
		"convert_from(bytea, name)": "meshgate_convert_from({0}, {1})", "convert_to(text, name)": "meshgate_convert_to({0}, {1})",
	})
}

// conversions are casts that PostgreSQL also has as functions of the type's name.
var conversions = map[string]string{
	"int2": "int4 int8 float4 float8 numeric jsonb", "int4": "bool int2 int8 float4 float8 numeric jsonb", "int8": "int2 int4 float4 float8 numeric jsonb oid",
	"float4": "int2 int4 int8 float8 numeric jsonb", "float8": "int2 int4 int8 float4 numeric jsonb", "bool": "int4 jsonb", "text": "bool bpchar name char",
	"varchar": "name", "bpchar": "name", "name": "text varchar bpchar", "date": "timestamp timestamptz", "time": "timestamp timestamptz interval",
	"timestamp": "date timestamptz", "timestamptz": "date timestamp", "interval": "time", "oid": "int8",
}

func conversionOps(t opTable) {
	for to, list := range conversions {
		for _, from := range strings.Fields(list) {
			l, ok := t["cast("+from+" as "+to+")"]
			if !ok {
				panic("duck: no cast from " + from + " to " + to)
			}
			t[to+"("+from+")"] = l
		}
	}
	t.exact(map[string]string{
		"timestamp(date, time)": "meshgate_date_time({0}, {1})", "like(text, text)": "meshgate_like({0}, {1})", "notlike(text, text)": "(NOT meshgate_like({0}, {1}))",
	})
	// quote_literal and quote_nullable of other values take their texts.
	for _, from := range strings.Fields("bool int2 int4 int8 float4 float8 numeric date time timestamp timestamptz timetz interval uuid json jsonb") {
		quoted := "meshgate_quote_literal(" + castTemplate(from, "text", 0) + ")"
		t.exact(map[string]string{"quote_literal(" + from + ")": quoted, "quote_nullable(" + from + ")": "COALESCE(" + quoted + ", 'NULL')"})
	}
}

// castTemplate returns the text of a cast with operand n.
func castTemplate(from, to string, n int) string {
	sql := castTexts()["cast("+from+" as "+to+")"]
	if sql == "" {
		panic("duck: no cast from " + from + " to " + to)
	}
	return strings.ReplaceAll(sql, "{0}", "{"+string(rune('0'+n))+"}")
}

func castOps(t opTable) {
	t.exact(castTexts())
	t.exact(map[string]string{
		"typmod(varchar)": "meshgate_varchar({0}, {mod})", "explicit typmod(varchar)": "meshgate_varchar_cut({0}, {mod})",
		"typmod(bpchar)": "meshgate_bpchar({0}, {mod})", "explicit typmod(bpchar)": "meshgate_bpchar_cut({0}, {mod})",
		"typmod(timestamp)": "meshgate_timestamp_round({0}, {mod})", "typmod(timestamptz)": "meshgate_timestamptz_round({0}, {mod})",
		"typmod(time)": "meshgate_time_round({0}, {mod})", "typmod(interval)": "meshgate_interval_typmod({0}, {mod})",
	})
	// What a function of any values sees of a value is what its type's output function prints.
	for _, from := range strings.Fields("int2 int4 int8 float4 float8 numeric date time timestamp timestamptz timetz interval uuid bytea json jsonb oid name " + regTypes) {
		if sql, ok := castTexts()["cast("+from+" as text)"]; ok {
			t["output("+from+")"] = connectors.Lowering{SQL: sql, Fidelity: connectors.Exact}
		}
	}
	t.exact(map[string]string{
		"output(bool)": "CASE {0} WHEN true THEN 't' WHEN false THEN 'f' END", "output(text)": "{0}", "output(varchar)": "{0}", "output(bpchar)": "{0}", "output(char)": "{0}",
	})
}

// castTexts are the casts. Those from text are functions of ours: DuckDB reads other texts than PostgreSQL, and rounds.
func castTexts() map[string]string {
	m := map[string]string{
		"cast(bool as int4)": "CAST({0} AS INTEGER)", "cast(int4 as bool)": "({0} <> 0)", "cast(bool as text)": "CASE {0} WHEN true THEN 'true' WHEN false THEN 'false' END",
		"cast(float8 as float4)": "meshgate_float8_float4({0})", "cast(float4 as float8)": "CAST({0} AS DOUBLE)",
		"cast(numeric as float8)": "meshgate_numeric_float8({0})", "cast(numeric as float4)": "meshgate_numeric_float4({0})",
		"cast(float8 as numeric)": "meshgate_float8_numeric({0})", "cast(float4 as numeric)": "meshgate_float4_numeric({0})",
		"cast(numeric as text)": "meshgate_numeric_text({0})", "cast(text as numeric)": "meshgate_text_numeric({0})",
		"cast(float4 as text)": "meshgate_float4_text({0}, {session})", "cast(float8 as text)": "meshgate_float8_text({0}, {session})",
		"cast(date as text)": "meshgate_date_text({0}, {session})", "cast(time as text)": "meshgate_time_text({0})",
		"cast(timestamp as text)": "meshgate_timestamp_text({0}, {session})", "cast(timestamptz as text)": "meshgate_timestamptz_text({0}, {session})",
		"cast(interval as text)": "meshgate_interval_text({0}, {session})", "cast(uuid as text)": "meshgate_uuid_text({0})",
		"cast(bytea as text)": "meshgate_bytea_text({0}, {session})", "cast(json as text)": "{0}", "cast(jsonb as text)": "{0}", "cast(name as text)": "{0}",
		"cast(char as text)": "{0}", "cast(bpchar as text)": "rtrim({0}, ' ')", "cast(bpchar as varchar)": "rtrim({0}, ' ')", "cast(text as bpchar)": "{0}",
		"cast(varchar as bpchar)": "{0}", "cast(text as name)": "meshgate_name({0})", "cast(varchar as name)": "meshgate_name({0})",
		"cast(bpchar as name)": "meshgate_name(rtrim({0}, ' '))", "cast(name as varchar)": "{0}", "cast(name as bpchar)": "{0}",
		"cast(text as char)": "meshgate_char({0})", "cast(json as jsonb)": "meshgate_text_jsonb({0})", "cast(jsonb as json)": "{0}",
		"cast(text as json)": "meshgate_text_json({0})", "cast(text as jsonb)": "meshgate_text_jsonb({0})", "cast(varchar as json)": "meshgate_text_json({0})",
		"cast(varchar as jsonb)":  "meshgate_text_jsonb({0})",
		"cast(date as timestamp)": "meshgate_date_timestamp({0})", "cast(date as timestamptz)": "meshgate_date_timestamptz({0}, {session})",
		"cast(timestamp as date)": "meshgate_timestamp_date({0})", "cast(timestamptz as date)": "meshgate_timestamptz_date({0}, {session})",
		"cast(timestamp as timestamptz)": "meshgate_timestamp_timestamptz({0}, {session})",
		"cast(timestamptz as timestamp)": "meshgate_timestamptz_timestamp({0}, {session})",
		"cast(timestamp as time)":        "meshgate_timestamp_time({0})", "cast(timestamptz as time)": "meshgate_timestamptz_time({0}, {session})",
		"cast(timetz as text)": "{0}", "cast(time as interval)": "meshgate_time_interval({0})", "cast(interval as time)": "meshgate_interval_time({0})",
	}
	for _, a := range strings.Fields(ints) {
		for _, b := range strings.Fields(ints) {
			if a != b {
				m["cast("+a+" as "+b+")"] = "CAST({0} AS " + intType(b) + ")"
			}
		}
		m["cast("+a+" as float4)"], m["cast("+a+" as float8)"] = "CAST({0} AS FLOAT)", "CAST({0} AS DOUBLE)"
		m["cast(float4 as "+a+")"] = "meshgate_float8_" + a + "(CAST({0} AS DOUBLE))"
		m["cast(float8 as "+a+")"] = "meshgate_float8_" + a + "({0})"
		m["cast(numeric as "+a+")"] = "meshgate_numeric_" + a + "({0})"
		m["cast("+a+" as text)"] = "CAST({0} AS VARCHAR)"
	}
	for _, to := range strings.Fields("bool int2 int4 int8 float4 float8 numeric uuid bytea time oid") {
		m["cast(text as "+to+")"] = "meshgate_text_" + to + "({0})"
	}
	for _, to := range strings.Fields("date timestamp timestamptz interval") {
		m["cast(text as "+to+")"] = "meshgate_text_" + to + "({0}, {session})"
	}
	for _, to := range strings.Fields("bool int2 int4 int8 float4 float8 numeric uuid bytea time oid date timestamp timestamptz interval") {
		m["cast(varchar as "+to+")"] = m["cast(text as "+to+")"]
		m["cast(bpchar as "+to+")"] = strings.ReplaceAll(m["cast(text as "+to+")"], "{0}", "rtrim({0}, ' ')")
	}
	for _, from := range strings.Fields("bool int2 int4 int8 float4 float8 numeric date time timestamp timestamptz interval uuid bytea json jsonb") {
		m["cast("+from+" as varchar)"] = m["cast("+from+" as text)"]
		m["cast("+from+" as bpchar)"] = m["cast("+from+" as text)"]
	}
	oidCasts(m)
	return m
}

// oidCasts are between OIDs and numbers: an int4's bits are an OID's.
func oidCasts(m map[string]string) {
	for _, to := range append(strings.Fields(regTypes), "oid") {
		m["cast(int4 as "+to+")"] = "CAST(CAST({0} AS BIGINT) & 4294967295 AS UINTEGER)"
		m["cast(int2 as "+to+")"] = "CAST(CAST({0} AS BIGINT) & 4294967295 AS UINTEGER)"
		m["cast(int8 as "+to+")"] = "meshgate_int8_oid({0})"
		m["cast("+to+" as int4)"] = "meshgate_oid_int4({0})"
		m["cast("+to+" as int8)"] = "CAST({0} AS BIGINT)"
		m["cast("+to+" as oid)"], m["cast(oid as "+to+")"] = "{0}", "{0}"
	}
	for _, from := range []string{"oid", "xid", "cid"} {
		m["cast("+from+" as text)"], m["cast("+from+" as varchar)"] = "CAST({0} AS VARCHAR)", "CAST({0} AS VARCHAR)"
	}
	delete(m, "cast(oid as oid)")
	m["cast(regproc as regprocedure)"], m["cast(regoper as regoperator)"] = "{0}", "{0}"
}

func intType(name string) string {
	return map[string]string{"int2": "SMALLINT", "int4": "INTEGER", "int8": "BIGINT"}[name]
}
