package duck

import "meshgate/pgvalue"

func init() {
	fn1("meshgate_text_jsonpath", func(r *Row, s string) string {
		v, err := pgvalue.NormalizeJSONPath(s)
		return check(r, v, withoutDetail(err))
	})
	jsonPathFunctions("", func(session) *pgvalue.Format { return nil })
	jsonPathFunctions("_tz", func(s session) *pgvalue.Format { return s.Format })
}

// jsonPathFunctions are the functions of paths: over a value, a path, variables (empty = none), and whether they are silent. Those of
// time zones convert by the session's.
func jsonPathFunctions(suffix string, zone func(s session) *pgvalue.Format) {
	call := func(s, path, vars string, silent bool, of session) *pgvalue.JSONPathCall {
		return &pgvalue.JSONPathCall{JSON: s, Path: path, Vars: vars, Silent: silent, Zone: zone(of)}
	}
	truth := func(r *Row, v, known bool, err error) bool {
		r.Fail(withoutDetail(err))
		if !known {
			r.Null()
		}
		return v
	}
	fn5("meshgate_jsonpath_exists"+suffix, func(r *Row, s, path, vars string, silent bool, of session) bool {
		v, known, err := call(s, path, vars, silent, of).Exists()
		return truth(r, v, known, err)
	})
	fn5("meshgate_jsonpath_match"+suffix, func(r *Row, s, path, vars string, silent bool, of session) bool {
		v, known, err := call(s, path, vars, silent, of).Match()
		return truth(r, v, known, err)
	})
	fn5("meshgate_jsonpath_query"+suffix, func(r *Row, s, path, vars string, silent bool, of session) list[string] {
		v, err := call(s, path, vars, silent, of).Query()
		return list[string]{values: check(r, v, withoutDetail(err))}
	})
	fn5("meshgate_jsonpath_array"+suffix, func(r *Row, s, path, vars string, silent bool, of session) chars {
		v, err := call(s, path, vars, silent, of).Query()
		out := append(r.scratch(), '[')
		for i, item := range v {
			if i > 0 {
				out = append(out, ", "...)
			}
			out = append(out, item...)
		}
		return r.jsonChars(append(out, ']'), err)
	})
	fn5("meshgate_jsonpath_first"+suffix, func(r *Row, s, path, vars string, silent bool, of session) chars {
		out, found, err := call(s, path, vars, silent, of).First(r.scratch())
		if !found {
			r.Null()
		}
		return r.jsonChars(out, err)
	})
}
