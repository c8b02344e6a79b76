package duck

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"strings"
	"unicode/utf8"

	"meshgate/pgarrow"
	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

func init() {
	caseFunctions()
	partFunctions()
	quoteFunctions()
	hashFunctions()
	likeFunctions()
	lengthFunctions()
	joinFunctions()
	fn1("meshgate_inet_key", func(r *Row, s string) []byte { return r.bytes(pgvalue.AppendInetKey(r.scratch(), s), nil) })
	format := pgvalue.DefaultFormat()
	fn1("meshgate_timetz_key", func(r *Row, s string) int64 {
		v, err := pgvalue.TimeTZKey(s, format)
		return check(r, v, err)
	})
}

// text1 defines a function that appends a text made of another.
func text1(name string, do func(dst []byte, s string) []byte) {
	fn1(name, func(r *Row, s string) chars { return r.chars(do(r.scratch(), s), nil) })
}

func caseFunctions() {
	text1("meshgate_lower", pgvalue.AppendLower)
	text1("meshgate_upper", pgvalue.AppendUpper)
	text1("meshgate_initcap", pgvalue.AppendInitCap)
	text1("meshgate_reverse", pgvalue.AppendReverse)
	fn1("meshgate_ascii", func(_ *Row, s string) int32 { return pgvalue.ASCII(s) })
	fn1("meshgate_chr", func(r *Row, n int32) chars { return r.chars(pgvalue.AppendChr(r.scratch(), n)) })
}

func partFunctions() {
	fn2("meshgate_substr2", func(_ *Row, s string, start int32) string { return pgvalue.Substring(s, start) })
	fn3("meshgate_substr3", func(r *Row, s string, start, length int32) string {
		v, err := pgvalue.SubstringLength(s, start, length)
		return check(r, v, err)
	})
	fn2("meshgate_bytea_substr2", func(r *Row, b raw, start int32) []byte {
		v, err := pgvalue.SubstringBytes(b, start, nil)
		return check(r, v, err)
	})
	fn3("meshgate_bytea_substr3", func(r *Row, b raw, start, length int32) []byte {
		v, err := pgvalue.SubstringBytes(b, start, &length)
		return check(r, v, err)
	})
	fn2("meshgate_left", func(_ *Row, s string, n int32) string { return pgvalue.Left(s, n) })
	fn2("meshgate_right", func(_ *Row, s string, n int32) string { return pgvalue.Right(s, n) })
	fn3("meshgate_lpad", func(r *Row, s string, n int32, fill string) chars {
		return r.chars(pgvalue.AppendPadLeft(r.scratch(), s, n, fill))
	})
	fn3("meshgate_rpad", func(r *Row, s string, n int32, fill string) chars {
		return r.chars(pgvalue.AppendPadRight(r.scratch(), s, n, fill))
	})
	fn2("meshgate_btrim", func(_ *Row, s, set string) string { return pgvalue.TrimRight(pgvalue.TrimLeft(s, set), set) })
	fn2("meshgate_ltrim", func(_ *Row, s, set string) string { return pgvalue.TrimLeft(s, set) })
	fn2("meshgate_rtrim", func(_ *Row, s, set string) string { return pgvalue.TrimRight(s, set) })
	fn2("meshgate_bytea_btrim", func(_ *Row, b, set raw) []byte { return pgvalue.TrimBytes(b, set, true, true) })
	fn2("meshgate_bytea_ltrim", func(_ *Row, b, set raw) []byte { return pgvalue.TrimBytes(b, set, true, false) })
	fn2("meshgate_bytea_rtrim", func(_ *Row, b, set raw) []byte { return pgvalue.TrimBytes(b, set, false, true) })
	fn2("meshgate_strpos", func(_ *Row, s, part string) int32 { return pgvalue.Position(s, part) })
	fn2("meshgate_bytea_strpos", func(_ *Row, b, part raw) int32 {
		return int32(strings.Index(unsafeString(b), unsafeString(part))) + 1
	})
	fn3("meshgate_replace", func(r *Row, s, from, to string) chars {
		return r.chars(pgvalue.AppendReplace(r.scratch(), s, from, to), nil)
	})
	fn3("meshgate_translate", func(r *Row, s, from, to string) chars {
		return r.chars(pgvalue.AppendTranslate(r.scratch(), s, from, to), nil)
	})
	fn2("meshgate_repeat", func(r *Row, s string, n int32) chars { return r.chars(pgvalue.AppendRepeat(r.scratch(), s, n)) })
	fn3("meshgate_split_part", func(r *Row, s, separator string, n int32) string {
		v, err := pgvalue.SplitPart(s, separator, n)
		return check(r, v, err)
	})
	fn3("meshgate_overlay3", func(r *Row, s, other string, start int32) chars {
		return r.chars(pgvalue.Overlay(r.scratch(), s, other, start, int32(utf8.RuneCountInString(other))))
	})
	fn4("meshgate_overlay4", func(r *Row, s, other string, start, length int32) chars {
		return r.chars(pgvalue.Overlay(r.scratch(), s, other, start, length))
	})
}

func quoteFunctions() {
	text1("meshgate_quote_ident", pgvalue.AppendQuoteIdent)
	text1("meshgate_quote_literal", pgvalue.AppendQuoteLiteral)
	fn2("meshgate_encode", func(r *Row, b raw, format string) chars { return r.chars(pgvalue.AppendEncode(r.scratch(), b, format)) })
	fn2("meshgate_decode", func(r *Row, s, format string) []byte { return r.bytes(pgvalue.AppendDecode(r.scratch(), s, format)) })
	// The database's encoding is UTF8: both ways change nothing but check the text.
	fn2("meshgate_convert_from", func(r *Row, b raw, encoding string) chars {
		if !isUTF8Name(encoding) {
			r.Fail(sqlerr.Newf(sqlerr.FeatureNotSupported, "encodings other than UTF8 are not supported"))
			return nil
		}
		r.Fail(pgvalue.CheckText(b))
		return chars(b)
	})
	fn2("meshgate_convert_to", func(r *Row, s, encoding string) []byte {
		if !isUTF8Name(encoding) {
			r.Fail(sqlerr.Newf(sqlerr.FeatureNotSupported, "encodings other than UTF8 are not supported"))
		}
		return r.bytes(append(r.scratch(), s...), nil)
	})
}

// isUTF8Name compares as clean_encoding_name does: only letters and digits count, in any case.
func isUTF8Name(s string) bool {
	clean := strings.Map(func(c rune) rune {
		switch {
		case c >= 'A' && c <= 'Z':
			return c + 'a' - 'A'
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			return c
		}
		return -1
	}, s)
	return clean == "utf8" || clean == "unicode"
}

// macUse keeps a keyed hash for rows with the same key.
type macUse struct {
	key string
	mac hash.Hash
}

// sum appends the hash of a text.
func (m *macUse) sum(dst []byte, key raw, s string) []byte {
	if m.mac == nil || m.key != string(key) {
		m.key, m.mac = string(key), hmac.New(sha256.New, key)
	}
	m.mac.Reset()
	m.mac.Write([]byte(s))
	return m.mac.Sum(dst)
}

func hashFunctions() {
	fn2("meshgate_hmac", func(r *Row, s string, key raw) chars {
		var sum [sha256.Size]byte
		return r.chars(pgvalue.AppendHex(r.scratch(), r.mac.sum(sum[:0], key, s)), nil)
	})
	fn1("meshgate_md5", func(r *Row, b raw) chars {
		sum := md5.Sum(b)
		return r.chars(pgvalue.AppendHex(r.scratch(), sum[:]), nil)
	})
	fn1("meshgate_sha224", func(r *Row, b raw) []byte { s := sha256.Sum224(b); return r.bytes(append(r.scratch(), s[:]...), nil) })
	fn1("meshgate_sha256", func(r *Row, b raw) []byte { s := sha256.Sum256(b); return r.bytes(append(r.scratch(), s[:]...), nil) })
	fn1("meshgate_sha384", func(r *Row, b raw) []byte { s := sha512.Sum384(b); return r.bytes(append(r.scratch(), s[:]...), nil) })
	fn1("meshgate_sha512", func(r *Row, b raw) []byte { s := sha512.Sum512(b); return r.bytes(append(r.scratch(), s[:]...), nil) })
}

func likeFunctions() {
	fn2("meshgate_like", func(r *Row, s, pattern string) bool {
		v, err := pgvalue.Like(s, pattern)
		return check(r, v, err)
	})
	fn2("meshgate_ilike", func(r *Row, s, pattern string) bool {
		r.buf = pgvalue.AppendLower(r.scratch(), s)
		n := len(r.buf)
		r.buf = pgvalue.AppendLower(r.buf, pattern)
		v, err := pgvalue.Like(unsafeString(r.buf[:n]), unsafeString(r.buf[n:]))
		return check(r, v, err)
	})
	// Names have collation C, in which only ASCII letters have a case.
	fn2("meshgate_ilike_name", func(r *Row, s, pattern string) bool {
		r.buf = appendLowerASCII(r.scratch(), s)
		n := len(r.buf)
		r.buf = appendLowerASCII(r.buf, pattern)
		v, err := pgvalue.Like(unsafeString(r.buf[:n]), unsafeString(r.buf[n:]))
		return check(r, v, err)
	})
	fn2("meshgate_like_escape", func(r *Row, pattern, escape string) chars {
		return r.chars(pgvalue.LikeEscape(r.scratch(), pattern, escape))
	})
}

func appendLowerASCII(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

// lengthFunctions apply the lengths of varchar(n) and char(n), given as typmods.
func lengthFunctions() {
	limit := func(r *Row, s string, mod int32, explicit bool) string {
		if mod < 0 || int32(len(s)) <= mod-4 {
			return s
		}
		v, err := pgvalue.VarChar(s, mod, explicit)
		text, _ := v.(string)
		return check(r, text, err)
	}
	padded := func(r *Row, s string, mod int32, explicit bool) chars {
		r.buf = append(r.scratch(), s...)
		if mod < 0 {
			return chars(r.buf)
		}
		missing := int(mod) - 4 - utf8.RuneCountInString(s)
		if missing < 0 {
			v, err := pgvalue.BPChar(s, mod, explicit)
			text, _ := v.(string)
			return r.chars(append(r.buf[:0], text...), err)
		}
		for range missing {
			r.buf = append(r.buf, ' ')
		}
		return chars(r.buf)
	}
	fn2("meshgate_varchar", func(r *Row, s string, mod int32) string { return limit(r, s, mod, false) })
	fn2("meshgate_varchar_cut", func(r *Row, s string, mod int32) string { return limit(r, s, mod, true) })
	fn2("meshgate_bpchar", func(r *Row, s string, mod int32) chars { return padded(r, s, mod, false) })
	fn2("meshgate_bpchar_cut", func(r *Row, s string, mod int32) chars { return padded(r, s, mod, true) })
	fn1("meshgate_name", func(_ *Row, s string) string { return pgvalue.TruncateName(s) })
	fn1("meshgate_char", func(_ *Row, s string) string { return pgvalue.ParseChar(s) })
}

// joinFunctions put lists together and take texts apart.
func joinFunctions() {
	fn1("meshgate_concat", func(r *Row, l list[string]) chars { return r.chars(appendJoined(r.scratch(), l, "", nil), nil) })
	fn1("meshgate_concat_ws", func(r *Row, l list[string]) chars {
		if l.isNull(0) {
			r.Null()
			return nil
		}
		return r.chars(appendJoined(r.scratch(), list[string]{l.values[1:], l.valid[1:]}, l.values[0], nil), nil)
	})
	fn1("meshgate_format", func(r *Row, l list[string]) chars {
		if l.isNull(0) {
			r.Null()
			return nil
		}
		args := make([]pgvalue.Nullable, len(l.values)-1)
		for i := range args {
			args[i] = pgvalue.Nullable{Text: l.values[i+1], Valid: !l.isNull(i + 1)}
		}
		return r.chars(pgvalue.AppendFormat(r.scratch(), l.values[0], args))
	})
	orNull3("meshgate_array_to_string", func(r *Row, l opt[list[string]], separator, null opt[string]) chars {
		if !l.ok || !separator.ok {
			r.Null()
			return nil
		}
		var instead *string
		if null.ok {
			instead = &null.value
		}
		return r.chars(appendJoined(r.scratch(), l.value, separator.value, instead), nil)
	})
	split := func(_ *Row, s string, separator *string, null opt[string]) list[string] {
		l := list[string]{values: pgvalue.SplitText(nil, s, separator)}
		if !null.ok {
			return l
		}
		l.valid = make([]bool, len(l.values))
		for i, v := range l.values {
			l.valid[i] = v != null.value
		}
		return l
	}
	orNull3("meshgate_string_to_array", func(r *Row, s, separator, null opt[string]) list[string] {
		switch {
		case !s.ok:
			r.Null()
			return list[string]{}
		case !separator.ok:
			return split(r, s.value, nil, null)
		}
		return split(r, s.value, &separator.value, null)
	})
	fn1("meshgate_record", func(r *Row, l list[string]) chars {
		dst := append(r.scratch(), '(')
		for i, v := range l.values {
			if i > 0 {
				dst = append(dst, ',')
			}
			if !l.isNull(i) {
				start := len(dst)
				dst = pgvalue.QuoteRecordField(append(dst, v...), start)
			}
		}
		return r.chars(append(dst, ')'), nil)
	})
	fn1("meshgate_array_text", func(r *Row, l list[string]) chars { return r.chars(appendArrayText(r.scratch(), l), nil) })
}

// appendArrayText appends what array_out prints of elements that are already text.
func appendArrayText(dst []byte, l list[string]) []byte {
	dst = append(dst, '{')
	for i, v := range l.values {
		if i > 0 {
			dst = append(dst, ',')
		}
		if l.isNull(i) {
			dst = append(dst, "NULL"...)
			continue
		}
		start := len(dst)
		dst = pgvalue.QuoteArrayElement(append(dst, v...), start)
	}
	return append(dst, '}')
}

// parsedTexts reads a text array of one dimension.
func parsedTexts(r *Row, text string) list[string] {
	a, err := pgvalue.ParseArray(pgcat.Text, -1, text, pgvalue.DefaultFormat())
	if err != nil {
		r.Fail(withoutValue(err, pgcat.TextArray))
		return list[string]{}
	}
	if !a.IsPlain() {
		r.Fail(pgarrow.ErrArrayShape())
		return list[string]{}
	}
	out := list[string]{values: make([]string, len(a.Values)), valid: make([]bool, len(a.Values))}
	for i, v := range a.Values {
		out.values[i], out.valid[i] = v.(string)
	}
	return out
}

// appendJoined appends the elements of a list with a separator between them; instead stands for NULLs, which are left out where
// it is nil.
func appendJoined(dst []byte, l list[string], separator string, instead *string) []byte {
	first := true
	for i, v := range l.values {
		if l.isNull(i) {
			if instead == nil {
				continue
			}
			v = *instead
		}
		if !first {
			dst = append(dst, separator...)
		}
		dst, first = append(dst, v...), false
	}
	return dst
}
