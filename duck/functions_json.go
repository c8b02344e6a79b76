package duck

import (
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

func init() {
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

// withoutDetail drops the detail of an error, which may quote a value of some row.
func withoutDetail(err error) error {
	if err == nil {
		return nil
	}
	e := sqlerr.From(err)
	return sqlerr.Newf(e.Code, "%s", e.Message)
}
