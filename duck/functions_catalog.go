package duck

import (
	"fmt"

	"meshgate/sqlerr"
)

func init() {
	// meshgate_call asks the session: what the system catalogs' functions say depends on who asks. meshgate_act asks for every row,
	// meshgate_call_list asks for a list.
	sessionScalar("meshgate_call", false, func(out []*string, r *Row) string {
		if len(out) == 0 || out[0] == nil {
			r.Null()
			return ""
		}
		return *out[0]
	})
	sessionScalar("meshgate_act", true, func(out []*string, r *Row) string {
		if len(out) == 0 || out[0] == nil {
			r.Null()
			return ""
		}
		return *out[0]
	})
	sessionScalar("meshgate_call_list", false, func(out []*string, r *Row) (l list[string]) {
		if out == nil {
			r.Null()
		}
		l.values, l.valid = make([]string, len(out)), make([]bool, len(out))
		for i, s := range out {
			if s != nil {
				l.values[i], l.valid[i] = *s, true
			}
		}
		return l
	})
	// meshgate_name_char is a byte of a name as "char" prints it; a name has 64, the last ones zero.
	fn2("meshgate_name_char", func(r *Row, name string, i int32) string {
		switch {
		case i < 0 || i >= 64:
			r.Null()
			return ""
		case int(i) >= len(name):
			return ""
		case name[i] >= 0x80:
			return fmt.Sprintf(`\%03o`, name[i])
		}
		return name[i : i+1]
	})
}

// sessionScalar defines a function that hands its arguments to the session.
func sessionScalar[R any](name string, volatile bool, result func([]*string, *Row) R) {
	f := add(&scalar{
		name: name, params: []duckType{typeOf[session](), typeOf[string](), typeOf[list[string]]()}, result: typeOf[R](), nullable: true, volatile: volatile,
	})
	f.run = func(c *chunkCall) {
		if c.n == 0 {
			return
		}
		s, name, args := reader[session](c.args[0], c.n)(0), reader[string](c.args[1], c.n), reader[list[string]](c.args[2], c.n)
		each(c, nil, func(row int, r *Row) (zero R) {
			if s.Call == nil {
				r.Fail(sqlerr.Newf(sqlerr.FeatureNotSupported, "functions of the system catalogs cannot be used here"))
				return zero
			}
			l := args(row)
			texts := make([]*string, len(l.values))
			for i := range l.values {
				if !l.isNull(i) {
					texts[i] = &l.values[i]
				}
			}
			out, err := s.Call(name(row), texts)
			if err != nil {
				r.Fail(err)
				r.Null()
				return zero
			}
			return result(out, r)
		})
	}
}
