package duck

import (
	"strings"

	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

func init() {
	jsonInputs()
	jsonGets()
	jsonTests()
	jsonEdits()
	jsonLists()
	jsonNumbers()
}

// withoutDetail drops the detail of an error, which may quote a value of some row.
func withoutDetail(err error) error {
	if err == nil {
		return nil
	}
	e := sqlerr.From(err)
	safe := sqlerr.Newf(e.Code, "%s", e.Message)
	safe.Hint = e.Hint
	return safe.Quoting(sqlerr.From(sqlerr.Quoted(e)))
}

// jsonChars is chars for functions over JSON.
func (r *Row) jsonChars(b []byte, err error) chars { return r.chars(b, withoutDetail(err)) }

func jsonInputs() {
	fn1("meshgate_text_json", func(r *Row, s string) string {
		r.Fail(withoutDetail(pgvalue.ValidJSON(s)))
		return s
	})
	fn1("meshgate_text_jsonb", func(r *Row, s string) string {
		v, err := pgvalue.NormalizeJSONB(s)
		return check(r, v, withoutDetail(err))
	})
	fn1("meshgate_jsonb_key", func(r *Row, s string) []byte { return r.bytes(pgvalue.AppendJSONBKey(r.scratch(), s), nil) })
}

// found returns a value as JSON or as text, and NULL for none.
func (r *Row) found(v pgvalue.JSONValue, err error, asText bool) chars {
	switch {
	case err != nil:
		r.Fail(withoutDetail(err))
	case asText && v.IsNull(), !v.Found:
		r.Null()
	case asText:
		return r.chars(v.AppendText(r.scratch()), nil)
	default:
		return r.chars(v.Append(r.scratch()), nil)
	}
	return nil
}

func jsonGets() {
	fn4("meshgate_json_field", func(r *Row, s, name, form, function string) chars {
		err := pgvalue.CheckJSONObject(s, function)
		if err != nil {
			return r.found(pgvalue.JSONValue{}, err, false)
		}
		v, err := pgvalue.JSONMemberOf(s, name)
		switch {
		case err == nil && v.IsNull():
			r.Null()
			return nil
		case err == nil && form == "array":
			dst, err := v.AppendArrayLiteral(r.scratch())
			if err != nil && strings.HasPrefix(sqlerr.From(err).Message, "expected JSON array") {
				err = sqlerr.From(err).WithHint("See the value of key \"%s\".", name) // the column's name
			}
			return r.chars(dst, err)
		}
		return r.found(v, err, form == "text")
	})
	for _, suffix := range []string{"", "_text"} {
		asText := suffix != ""
		fn2("meshgate_json_get"+suffix, func(r *Row, s, key string) chars {
			v, err := pgvalue.JSONMemberOf(s, key)
			return r.found(v, err, asText)
		})
		fn2("meshgate_json_at"+suffix, func(r *Row, s string, n int32) chars {
			v, err := pgvalue.JSONItemOf(s, n)
			return r.found(v, err, asText)
		})
		fn2("meshgate_jsonb_at"+suffix, func(r *Row, s string, n int32) chars { return r.found(pgvalue.JSONBItemOf(s, n), nil, asText) })
		fn2("meshgate_json_path"+suffix, func(r *Row, s string, path list[string]) chars {
			for i := range path.values {
				if path.isNull(i) {
					r.Null()
					return nil
				}
			}
			v, err := pgvalue.JSONPathOf(s, path.values)
			return r.found(v, err, asText)
		})
	}
}

func jsonTests() {
	fn1("meshgate_json_typeof", func(_ *Row, s string) string { return pgvalue.JSONTypeof(s) })
	fn1("meshgate_json_array_length", func(r *Row, s string) int32 {
		n, err := pgvalue.JSONArrayLength(s)
		return check(r, n, err)
	})
	fn2("meshgate_jsonb_contains", func(_ *Row, s, part string) bool { return pgvalue.JSONBContains(s, part) })
	fn2("meshgate_jsonb_exists", func(_ *Row, s, key string) bool { return pgvalue.JSONBExists(s, key) })
	exists := func(s string, keys list[string], want bool) bool {
		for i, k := range keys.values {
			if !keys.isNull(i) && pgvalue.JSONBExists(s, k) == want {
				return true
			}
		}
		return false
	}
	fn2("meshgate_jsonb_exists_any", func(_ *Row, s string, keys list[string]) bool { return exists(s, keys, true) })
	fn2("meshgate_jsonb_exists_all", func(_ *Row, s string, keys list[string]) bool { return !exists(s, keys, false) })
}

// nullables views a list of texts as pgvalue does.
func nullables(l list[string]) []pgvalue.Nullable {
	out := make([]pgvalue.Nullable, len(l.values))
	for i, v := range l.values {
		out[i] = pgvalue.Nullable{Text: v, Valid: !l.isNull(i)}
	}
	return out
}

func jsonEdits() {
	text1("meshgate_jsonb_pretty", pgvalue.AppendPrettyJSONB)
	fn1("meshgate_json_strip_nulls", func(r *Row, s string) chars { return r.jsonChars(pgvalue.AppendStrippedJSON(r.scratch(), s)) })
	fn1("meshgate_jsonb_strip_nulls", func(r *Row, s string) chars { return r.jsonChars(pgvalue.AppendStrippedJSONB(r.scratch(), s)) })
	fn2("meshgate_jsonb_concat", func(r *Row, a, b string) chars { return r.jsonChars(pgvalue.ConcatJSONB(r.scratch(), a, b)) })
	fn2("meshgate_jsonb_delete", func(r *Row, s, key string) chars {
		return r.jsonChars(pgvalue.DeleteJSONB(r.scratch(), s, []string{key}))
	})
	fn2("meshgate_jsonb_delete_keys", func(r *Row, s string, keys list[string]) chars {
		var names []string
		for i, k := range keys.values {
			if !keys.isNull(i) {
				names = append(names, k)
			}
		}
		return r.jsonChars(pgvalue.DeleteJSONB(r.scratch(), s, names))
	})
	fn2("meshgate_jsonb_delete_at", func(r *Row, s string, n int32) chars { return r.jsonChars(pgvalue.DeleteJSONBAt(r.scratch(), s, n)) })
	fn2("meshgate_jsonb_delete_path", func(r *Row, s string, path list[string]) chars {
		return r.jsonChars(pgvalue.DeleteJSONBPath(r.scratch(), s, nullables(path)))
	})
	fn4("meshgate_jsonb_set", func(r *Row, s string, path list[string], value string, create bool) chars {
		return r.jsonChars(pgvalue.SetJSONB(r.scratch(), s, nullables(path), value, create))
	})
	orNull5("meshgate_jsonb_set_lax", setLax)
	fn4("meshgate_jsonb_insert", func(r *Row, s string, path list[string], value string, after bool) chars {
		return r.jsonChars(pgvalue.InsertJSONB(r.scratch(), s, nullables(path), value, after))
	})
}

// setLax is jsonb_set_lax (jsonfuncs.c): the last argument says what becomes of the value where the new one is NULL.
func setLax(r *Row, s opt[string], path opt[list[string]], value opt[string], create opt[bool], treatment opt[string]) chars {
	if !s.ok || !path.ok || !create.ok {
		r.Null()
		return nil
	}
	const known = `null_value_treatment must be "delete_key", "return_target", "use_json_null", or "raise_exception"`
	switch {
	case !treatment.ok:
		r.Fail(sqlerr.Newf(sqlerr.InvalidParameterValue, known))
	case value.ok:
		return r.jsonChars(pgvalue.SetJSONB(r.scratch(), s.value, nullables(path.value), value.value, create.value))
	case treatment.value == "use_json_null":
		return r.jsonChars(pgvalue.SetJSONB(r.scratch(), s.value, nullables(path.value), "null", create.value))
	case treatment.value == "delete_key":
		return r.jsonChars(pgvalue.DeleteJSONBPath(r.scratch(), s.value, nullables(path.value)))
	case treatment.value == "return_target":
		return append(r.scratch(), s.value...)
	case treatment.value == "raise_exception":
		r.Fail(sqlerr.Newf(sqlerr.NullValueNotAllowed, "JSON value must not be null").
			WithDetail("Exception was raised because null_value_treatment is \"raise_exception\".").
			WithHint("To avoid, either change the null_value_treatment argument or ensure that an SQL NULL is not passed."))
	default:
		r.Fail(sqlerr.Newf(sqlerr.InvalidParameterValue, known))
	}
	return nil
}

// jsonLists are the set-returning functions, as lists. They name the function in what they say of a value that they do not take.
func jsonLists() {
	elements := func(asText bool) func(r *Row, s, function string) list[string] {
		return func(r *Row, s, function string) list[string] {
			var out list[string]
			r.Fail(namedError(s, function, pgvalue.JSONElements(s, asText, func(v pgvalue.JSONValue) { out.add(v, asText) })))
			return out
		}
	}
	fn2("meshgate_json_elements", elements(false))
	fn2("meshgate_json_elements_text", elements(true))
	fn2("meshgate_json_keys", func(r *Row, s, function string) list[string] {
		var out list[string]
		r.Fail(namedError(s, function, pgvalue.JSONEach(s, func(key string, _ pgvalue.JSONValue) { out.values = append(out.values, key) })))
		return out
	})
	members := func(asText bool) func(r *Row, s, function string) list[string] {
		return func(r *Row, s, function string) list[string] {
			var out list[string]
			r.Fail(namedError(s, function, pgvalue.JSONEach(s, func(_ string, v pgvalue.JSONValue) { out.add(v, asText) })))
			return out
		}
	}
	fn2("meshgate_json_values", members(false))
	fn2("meshgate_json_values_text", members(true))
}

// namedError is the error of a set-returning function over a value of another kind.
func namedError(s, function string, err error) error {
	if err == nil {
		return nil
	}
	what, kind := "", pgvalue.JSONTypeof(s)
	switch {
	case strings.HasSuffix(function, "_object_keys") && kind == "array":
		what = "an array"
	case strings.HasSuffix(function, "_object_keys") && kind != "object", strings.HasPrefix(function, "json_array") && kind != "object" && kind != "array":
		what = "a scalar"
	case strings.HasPrefix(function, "json_array") && kind == "object":
		what = "a non-array"
	case strings.HasPrefix(function, "jsonb_each") && kind != "object":
		what = "a non-object"
	default:
		return withoutDetail(err)
	}
	return sqlerr.Newf(sqlerr.InvalidParameterValue, "cannot call %s on %s", function, what)
}

// add appends a value as JSON, or as text with JSON's null as NULL.
func (l *list[T]) add(v pgvalue.JSONValue, asText bool) {
	out := any(l).(*list[string])
	text, ok := "", true
	switch {
	case !asText:
		text = string(v.Append(nil))
	case v.IsNull():
		ok = false
	default:
		text = string(v.AppendText(nil))
	}
	out.values, out.valid = append(out.values, text), append(out.valid, ok)
}

// jsonNumbers are the casts of jsonb scalars.
func jsonNumbers() {
	fn1("meshgate_jsonb_bool", func(r *Row, s string) bool {
		v, err := pgvalue.JSONBBool(s)
		return check(r, v, err)
	})
	for name, typeName := range map[string]string{
		"numeric": "numeric", "int2": "smallint", "int4": "integer", "int8": "bigint", "float4": "real", "float8": "double precision",
	} {
		fn1("meshgate_jsonb_"+name, func(r *Row, s string) pgvalue.Numeric {
			v, err := pgvalue.JSONBNumber(s, typeName)
			return check(r, v, err)
		})
	}
}
