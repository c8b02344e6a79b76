package duck

import "meshgate/pgvalue"

// templateUse keeps the template of the last row, which mostly is the next one's.
type templateUse struct {
	dateText, numberText string
	date                 *pgvalue.DateTemplate
	number               *pgvalue.NumberTemplate
}

func (r *Row) dateTemplate(text string) *pgvalue.DateTemplate {
	u := &r.template
	if u.date == nil || u.dateText != text {
		u.date, u.dateText = pgvalue.ParseDateTemplate(text), text
	}
	return u.date
}

// numberTemplate returns nil after an error.
func (r *Row) numberTemplate(text string) *pgvalue.NumberTemplate {
	u := &r.template
	if u.number == nil || u.numberText != text {
		t, err := pgvalue.ParseNumberTemplate(text)
		if err != nil {
			r.Fail(err)
			return nil
		}
		u.number, u.numberText = t, text
	}
	return u.number
}

// charsOrNull is chars for a result that may be NULL.
func (r *Row) charsOrNull(b []byte, ok bool, err error) chars {
	if !ok {
		r.Null()
	}
	return r.chars(b, err)
}

func init() {
	fn2("meshgate_to_char_timestamp", func(r *Row, t pgvalue.Timestamp, template string) chars {
		b, ok := r.dateTemplate(template).AppendTimestamp(r.scratch(), t)
		return r.charsOrNull(b, ok, nil)
	})
	fn3("meshgate_to_char_timestamptz", func(r *Row, t instant, template string, s session) chars {
		return r.charsOrNull(r.dateTemplate(template).AppendInstant(r.scratch(), pgvalue.Timestamp(t), s.Zone))
	})
	fn2("meshgate_to_char_interval", func(r *Row, v pgvalue.Interval, template string) chars {
		return r.charsOrNull(r.dateTemplate(template).AppendInterval(r.scratch(), v))
	})
	fn2("meshgate_to_date", func(r *Row, s, template string) pgvalue.Date {
		v, err := r.dateTemplate(template).Date(s)
		return check(r, v, err)
	})
	fn3("meshgate_to_timestamp_template", func(r *Row, s, template string, at session) instant {
		v, err := r.dateTemplate(template).Instant(s, at.Zone)
		return instant(check(r, v, err))
	})
	numberText("numeric", func(t *pgvalue.NumberTemplate, dst []byte, v pgvalue.Numeric) ([]byte, error) {
		return t.AppendNumeric(dst, v)
	})
	numberText("int4", func(t *pgvalue.NumberTemplate, dst []byte, v int32) ([]byte, error) { return t.AppendInt4(dst, v) })
	numberText("int8", func(t *pgvalue.NumberTemplate, dst []byte, v int64) ([]byte, error) { return t.AppendInt8(dst, v) })
	numberText("float4", func(t *pgvalue.NumberTemplate, dst []byte, v float32) ([]byte, error) {
		return t.AppendFloat(dst, float64(v), 32)
	})
	numberText("float8", func(t *pgvalue.NumberTemplate, dst []byte, v float64) ([]byte, error) {
		return t.AppendFloat(dst, v, 64)
	})
	fn2("meshgate_to_number", func(r *Row, s, template string) pgvalue.Numeric {
		t := r.numberTemplate(template)
		if t == nil {
			return pgvalue.Numeric{}
		}
		v, ok, err := t.Numeric(s)
		if !ok {
			r.Null()
		}
		return check(r, v, err)
	})
}

func numberText[T any](name string, do func(t *pgvalue.NumberTemplate, dst []byte, v T) ([]byte, error)) {
	fn2("meshgate_to_char_"+name, func(r *Row, v T, template string) chars {
		t := r.numberTemplate(template)
		if t == nil {
			return nil
		}
		return r.chars(do(t, r.scratch(), v))
	})
}
