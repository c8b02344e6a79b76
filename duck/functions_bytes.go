package duck

import (
	"math"

	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

func init() {
	byteFunctions()
	bitFunctions()
	nameFunctions()
	degreeFunctions()
}

// byteFunctions are of bytea.
func byteFunctions() {
	fn3("meshgate_bytea_overlay3", func(r *Row, b, other raw, start int32) []byte {
		return r.bytes(pgvalue.OverlayBytes(r.scratch(), b, other, start, int32(len(other))))
	})
	fn4("meshgate_bytea_overlay4", func(r *Row, b, other raw, start, length int32) []byte {
		return r.bytes(pgvalue.OverlayBytes(r.scratch(), b, other, start, length))
	})
	fn2("meshgate_get_byte", func(r *Row, b raw, n int32) int32 { return check2(r)(pgvalue.ByteAt(b, n)) })
	fn3("meshgate_set_byte", func(r *Row, b raw, n, v int32) []byte { return r.bytes(pgvalue.WithByte(r.scratch(), b, n, v)) })
	fn2("meshgate_get_bit", func(r *Row, b raw, n int64) int32 { return check2(r)(pgvalue.BitOfByteAt(b, n)) })
	fn3("meshgate_set_bit", func(r *Row, b raw, n int64, bit int32) []byte {
		return r.bytes(pgvalue.WithBitOfByte(r.scratch(), b, n, bit))
	})
	fn1("meshgate_bit_count", func(_ *Row, b raw) int64 { return pgvalue.CountBits(b) })
	fn2("meshgate_bytea_like", func(r *Row, b, pattern raw) bool {
		v, err := pgvalue.LikeBytes(b, pattern)
		return check(r, v, err)
	})
	fn2("meshgate_bytea_like_escape", func(r *Row, pattern, escape raw) []byte {
		return r.bytes(pgvalue.LikeEscapeBytes(r.scratch(), pattern, escape))
	})
	// Values and the delimiters that go before them, in turns.
	fn1("meshgate_bytea_agg", func(r *Row, l list[raw]) []byte {
		out, any := r.scratch(), false
		for i := 0; i+1 < len(l.values); i += 2 {
			if l.isNull(i) {
				continue
			}
			if any && !l.isNull(i+1) {
				out = append(out, l.values[i+1]...)
			}
			out, any = append(out, l.values[i]...), true
		}
		if !any {
			r.Null()
		}
		return r.bytes(out, nil)
	})
}

// bitFunctions are of bit strings, which travel as texts.
func bitFunctions() {
	fn2("meshgate_bit", func(r *Row, s string, n int32) string {
		v, err := pgvalue.FitBits(s, n, true)
		return check(r, v, err)
	})
	fn2("meshgate_bit_strict", func(r *Row, s string, n int32) string {
		v, err := pgvalue.FitBits(s, n, false)
		return check(r, v, err)
	})
	fn2("meshgate_varbit", func(r *Row, s string, n int32) string {
		v, err := pgvalue.FitVarBits(s, n, true)
		return check(r, v, err)
	})
	fn2("meshgate_varbit_strict", func(r *Row, s string, n int32) string {
		v, err := pgvalue.FitVarBits(s, n, false)
		return check(r, v, err)
	})
	fn2("meshgate_int_bits", func(r *Row, v int64, n int32) chars { return r.chars(pgvalue.AppendIntBits(r.scratch(), v, n), nil) })
	fn1("meshgate_bits_int4", func(r *Row, s string) int32 {
		v, err := pgvalue.IntOfBits(s, 32)
		return int32(check(r, v, err))
	})
	fn1("meshgate_bits_int8", func(r *Row, s string) int64 {
		v, err := pgvalue.IntOfBits(s, 64)
		return check(r, v, err)
	})
	for name, op := range map[string]byte{"and": '&', "or": '|', "xor": '#'} {
		fn2("meshgate_bits_"+name, func(r *Row, a, b string) chars { return r.chars(pgvalue.CombineBits(r.scratch(), a, b, op)) })
	}
	text1("meshgate_bits_not", pgvalue.InvertBits)
	fn2("meshgate_bits_shift", func(r *Row, s string, by int64) chars { return r.chars(pgvalue.ShiftBits(r.scratch(), s, by), nil) })
	fn2("meshgate_bits_substr2", func(r *Row, s string, start int32) string {
		v, err := pgvalue.SubstringBits(s, start, nil)
		return check(r, v, err)
	})
	fn3("meshgate_bits_substr3", func(r *Row, s string, start, length int32) string {
		v, err := pgvalue.SubstringBits(s, start, &length)
		return check(r, v, err)
	})
	fn3("meshgate_bits_overlay3", func(r *Row, s, other string, start int32) chars {
		return r.chars(pgvalue.OverlayBits(r.scratch(), s, other, start, int32(len(other))))
	})
	fn4("meshgate_bits_overlay4", func(r *Row, s, other string, start, length int32) chars {
		return r.chars(pgvalue.OverlayBits(r.scratch(), s, other, start, length))
	})
	fn2("meshgate_bits_position", func(_ *Row, s, part string) int32 { return pgvalue.PositionOfBits(s, part) })
	fn2("meshgate_bits_get", func(r *Row, s string, n int32) int32 { return check2(r)(pgvalue.BitAt(s, n)) })
	fn3("meshgate_bits_set", func(r *Row, s string, n, bit int32) chars { return r.chars(pgvalue.WithBit(r.scratch(), s, n, bit)) })
}

func nameFunctions() {
	fn2("meshgate_parse_ident", func(r *Row, s string, strict bool) list[string] {
		parts, err := pgvalue.ParseIdent(s, strict)
		return list[string]{values: check(r, parts, withoutDetail(err))}
	})
	fn1("meshgate_unistr", func(r *Row, s string) chars { return r.chars(pgvalue.AppendUnistr(r.scratch(), s)) })
	fn2("meshgate_normalize", func(r *Row, s, form string) chars { return r.chars(pgvalue.AppendNormal(r.scratch(), s, form)) })
	fn2("meshgate_is_normalized", func(r *Row, s, form string) bool {
		v, err := pgvalue.IsNormal(s, form)
		return check(r, v, err)
	})
	fn1("meshgate_char_order", func(_ *Row, s string) int32 { return int32(pgvalue.CharByte(s)) })
	fn1("meshgate_char_int4", func(_ *Row, s string) int32 { return int32(int8(pgvalue.CharByte(s))) })
	fn1("meshgate_int4_char", func(r *Row, v int32) string {
		if v < math.MinInt8 || v > math.MaxInt8 {
			r.Fail(sqlerr.Newf(sqlerr.NumericValueOutOfRange, `"char" out of range`))
		}
		return pgvalue.CharOf(byte(v))
	})
	// Which of the thresholds are not above a value.
	fn1("meshgate_bucket", func(r *Row, reached list[bool]) int32 {
		for i := range reached.values {
			if reached.isNull(i) {
				r.Fail(sqlerr.Newf(sqlerr.NullValueNotAllowed, "thresholds array must not contain NULLs"))
			}
		}
		return pgvalue.WidthBucket(len(reached.values), func(i int) bool { return !reached.values[i] })
	})
	orNull2("meshgate_fill_length", fillLength)
}

// fillLength is the length of an array of one dimension that array_fill makes; lower bounds other than 1 are refused.
func fillLength(r *Row, dims, bounds opt[list[int32]]) int64 {
	if !dims.ok || !bounds.ok {
		r.Fail(sqlerr.Newf(sqlerr.NullValueNotAllowed, "dimension array or low bound array cannot be null"))
		return 0
	}
	for _, l := range []list[int32]{dims.value, bounds.value} {
		for i := range l.values {
			if l.isNull(i) {
				r.Fail(sqlerr.Newf(sqlerr.NullValueNotAllowed, "dimension values cannot be null"))
				return 0
			}
		}
	}
	n := len(dims.value.values)
	switch {
	case len(bounds.value.values) != n:
		r.Fail(sqlerr.Newf(sqlerr.ArraySubscriptError, "wrong number of array subscripts"))
		return 0
	case n == 0:
		return 0
	case n > 6:
		r.Fail(sqlerr.Newf(sqlerr.ProgramLimitExceeded, "number of array dimensions (%d) exceeds the maximum allowed (6)", n))
		return 0
	}
	length, size := dims.value.values[0], int64(1)
	for _, d := range dims.value.values {
		if d < 0 || size*int64(d) > 134217727 {
			r.Fail(sqlerr.Newf(sqlerr.ProgramLimitExceeded, "array size exceeds the maximum allowed (134217727)"))
			return 0
		}
		size *= int64(d)
	}
	if size > 0 && (n > 1 || bounds.value.values[0] != 1) {
		r.Fail(sqlerr.Newf(sqlerr.FeatureNotSupported, "meshgate has arrays of one dimension with lower bound 1 only"))
	}
	if size == 0 {
		return 0
	}
	return int64(length)
}
