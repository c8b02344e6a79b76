package duck

import "meshgate/sqlerr"

func init() {
	// meshgate_call asks the session: what the system catalogs' functions say depends on who asks.
	call := add(&scalar{
		name: "meshgate_call", params: []duckType{typeOf[session](), typeOf[string](), typeOf[list[string]]()}, result: typeOf[string](), nullable: true,
	})
	call.run = func(c *chunkCall) {
		if c.n == 0 {
			return
		}
		s, name, args := reader[session](c.args[0], c.n)(0), reader[string](c.args[1], c.n), reader[list[string]](c.args[2], c.n)
		each(c, nil, func(row int, r *Row) string {
			if s.Call == nil {
				r.Fail(sqlerr.Newf(sqlerr.FeatureNotSupported, "functions of the system catalogs cannot be used here"))
				return ""
			}
			l := args(row)
			texts := make([]*string, len(l.values))
			for i := range l.values {
				if !l.isNull(i) {
					texts[i] = &l.values[i]
				}
			}
			out, err := s.Call(name(row), texts)
			if err != nil || out == nil {
				r.Fail(err)
				r.Null()
				return ""
			}
			return *out
		})
	}
}
