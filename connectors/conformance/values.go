package conformance

import (
	"strings"

	"meshgate/catalog"
	"meshgate/pgarrow"
	"meshgate/pgcat"
	"meshgate/pgvalue"
)

// null marks NULL in lists of texts of values.
const null = "\x00"

// edges are the values of each type that implementations get wrong: limits, signs, scales, blanks, case, accents, characters of
// several bytes and of two code points, leap days, infinities, the years around the calendars' ends.
var edges = map[pgcat.OID][]string{
	pgcat.Bool: {null, "t", "f"},
	pgcat.Int2: {null, "0", "1", "-1", "2", "3", "7", "-7", "100", "181", "182", "-32768", "32767"},
	pgcat.Int4: {null, "0", "1", "-1", "2", "3", "7", "-7", "31", "32", "1000", "46341", "65536", "-2147483648", "2147483647"},
	pgcat.Int8: {
		null, "0", "1", "-1", "2", "3", "7", "-7", "64", "1000000007", "3037000500", "9007199254740993", "-9223372036854775808",
		"9223372036854775807",
	},
	pgcat.Float4: {
		null, "0", "-0", "1", "-1", "0.5", "2.5", "-2.5", "0.1", "1e-45", "3.4028235e38", "-3.4028235e38", "16777217",
		"NaN", "Infinity", "-Infinity",
	},
	pgcat.Float8: {
		null, "0", "-0", "1", "-1", "0.5", "1.5", "2.5", "-2.5", "0.1", "0.30000000000000004", "5e-324", "1.7976931348623157e308",
		"-1.7976931348623157e308", "9007199254740993", "1e15", "123456789.123", "NaN", "Infinity", "-Infinity",
	},
	pgcat.Numeric: {
		null, "0", "0.00", "1", "1.0", "1.00", "-1", "2", "3", "-7.5", "0.5", "1.5", "2.5", "-2.5", "0.005", "10", "99.995",
		"-123.456", "1e-20",
		"99.99", "-0.01", "100.00", "12345678901234567890.12", "9999999999999999999999999999",
		"123456789012345678901234567890.123456789", "-99999999999999999999999999999999999999", "NaN", "Infinity", "-Infinity",
		"1e39", "-1e309", "1e-46", "3e-324", "2e-324",
	},
	pgcat.Text: {
		null, "", " ", "  ", "a", "A", "a ", " a", "b", "ab", "aB", "abc", "ABC", "ä", "Ä", "a\u0308", "ß", "ss", "é", "e", "İ",
		"ı", "i", "I", "K", "\u212a", "k", "ſ", "S", "Kı", "\u212aİſ", "日本語", "😀", "😀a",
		"\u00a0", "\u200b", "%", "_", "a%", "a_c", `\`, `a\`, "'", `"`, "`", ";", "--", "/*", "a\nb", "\t", "1", "01", "1.0", "-1", "true", "NULL", "zzzzzzzzzz", "\uffff", "\U0001f468\u200d\U0001f469",
	},
	pgcat.Name: {null, "", "a", "A", "a ", "ä", "abc", "pg_class", "日本", strings.Repeat("x", 63)},
	pgcat.Char: {null, "a", "A", "b", " ", "0", "~"},
	pgcat.Bytea: {
		null, `\x`, `\x00`, `\x01`, `\x0001`, `\x61`, `\x41`, `\x6120`, `\x80`, `\xff`, `\xffff`, `\x616263`, `\xc3a4`, `\x27`, `\x5c`,
	},
	pgcat.UUID: {
		null, "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
		"A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A12", "7fffffff-ffff-ffff-ffff-ffffffffffff", "80000000-0000-0000-0000-000000000000",
	},
	pgcat.Date: {
		null, "1970-01-01", "1969-12-31", "2000-02-29", "1900-02-28", "2024-02-29", "2023-12-31", "2024-12-30", "0001-01-01", "9999-12-31",
		"0001-12-31 BC", "0044-03-15 BC", "4713-01-01 BC", "5874897-12-31", "infinity", "-infinity",
	},
	pgcat.Time: {null, "00:00", "00:00:00.000001", "12:34:56.789", "23:59:59.999999", "24:00", "01:02:03"},
	pgcat.Timestamp: {
		null, "1970-01-01 00:00", "1969-12-31 23:59:59.999999", "2000-02-29 12:00", "2024-03-10 02:30", "2024-03-31 02:30", "2024-10-27 02:30",
		"2023-12-31 23:59:59.999999", "0001-01-01 00:00", "9999-12-31 23:59:59.999999", "0001-12-31 BC", "4713-01-01 BC", "294000-01-01", "infinity", "-infinity",
	},
	pgcat.Interval: {
		null, "0", "1 microsecond", "-1 second", "1 day", "-1 day", "24 hours", "1 month", "30 days", "-1 month", "1 year", "1 year 2 months 3 days 04:05:06.789",
		"-1 year -2 months +3 days -04:05:06.789", "1000000 hours", "100 years", "99999 days",
	},
	pgcat.OIDType:  {null, "0", "1", "25", "2147483647", "2147483648", "4294967295"},
	pgcat.JSON:     {null, "null", "1", "1.50", `"a"`, `"1"`, "true", "[]", "{}", `{"a": 1, "b": [1, 2, null]}`, `{"b":1,"a":2, "a":3}`, `[1,"a",{"x":{"y":null}}]`, ` [ 1 , 2 ] `, `{"a\u00e4":"\n"}`},
	pgcat.JSONB:    {null, "null", "1", "1.50", `"a"`, `"1"`, "true", "[]", "{}", `{"a": 1, "b": [1, 2, null]}`, `{"b":1,"a":2, "a":3}`, `[1,"a",{"x":{"y":null}}]`, `[1,1]`, `{"a": {"b": "c"}}`, "-0.0", "1e3"},
	pgcat.XML:      {null, "<a/>", "<a>b</a>"},
	pgcat.Inet:     {null, "0.0.0.0", "10.0.0.1", "10.0.0.1/8", "10.0.0.0/8", "192.168.1.255/24", "255.255.255.255", "::", "::1", "fe80::1/64", "::ffff:1.2.3.4"},
	pgcat.CIDR:     {null, "0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "192.168.1.0/24", "::/0", "fe80::/64"},
	pgcat.MacAddr:  {null, "00:00:00:00:00:00", "08:00:2b:01:02:03", "ff:ff:ff:ff:ff:ff"},
	pgcat.MacAddr8: {null, "00:00:00:00:00:00:00:00", "08:00:2b:01:02:03:04:05", "ff:ff:ff:ff:ff:ff:ff:ff"},
	pgcat.Bit:      {null, "101", "000", "111"},
	pgcat.VarBit:   {null, "", "0", "1", "101", "0101", "11111111", "111111111"},
	pgcat.TimeTZ:   {null, "00:00+00", "12:34:56.789+02", "23:59:59.999999-12", "24:00+14", "01:00-01"},
	pgcat.PgLSN:    {null, "0/0", "16/B374D848", "FFFFFFFF/FFFFFFFF"},
	pgcat.Xid8:     {null, "0", "1", "18446744073709551615"},
	pgcat.TSVector: {null, "", "'a'", "'a':1 'b':2A,3"},
	pgcat.TSQuery:  {null, "'a'", "'a' & 'b'", "!'a'"},
	pgcat.JSONPath: {
		null, "$", "$.a", "$.a[*]", "strict $.b", "$ == 1", "$.** ? (@ > 1)", "strict $.a[5]", "$[last].type()", "$x", "-$", "$.b[*] + 1",
		`$.keyvalue()`, `exists($.a)`, `$ like_regex "^A" flag "i"`, `$.datetime()`,
	},
	600: {null, "(0,0)", "(1,-1)", "(1.5,2.5)"},         // point
	601: {null, "[(0,0),(1,1)]", "[(0,0),(0,0)]"},       // lseg
	602: {null, "((0,0),(1,1),(2,0))", "[(0,0),(1,1)]"}, // path
	603: {null, "(1,1),(0,0)", "(3,3),(1,1)"},           // box
	604: {null, "((0,0),(1,1),(2,0))", "((0,0))"},       // polygon
	628: {null, "{1,-1,0}", "{0,1,2}"},                  // line
	718: {null, "<(0,0),1>", "<(1,1),0>"},               // circle
}

// typedEdges are the edges of a type; a typmod bounds what its values can be.
func typedEdges(t catalog.Type) []string {
	switch t.OID {
	case pgcat.VarChar:
		return edges[pgcat.Text]
	case pgcat.BPChar:
		return []string{null, "", " ", "a", "A", "a ", "ab", "abc", "ABC", "ä", "Ä", "ß", "日本", "é", "e", "a%", "1", "\t", "😀"}
	case pgcat.TimestampTZ:
		var out []string
		for _, s := range edges[pgcat.Timestamp] {
			switch s {
			case null, "infinity", "-infinity":
			default:
				if day, bc := strings.CutSuffix(s, " BC"); bc {
					s = day + " 00:00+00 BC"
				} else if len(s) <= len("294000-01-01") {
					s += " 00:00+00"
				} else {
					s += "+00"
				}
			}
			out = append(out, s)
		}
		return out
	case pgcat.Numeric:
		if _, scale, ok := pgvalue.NumericTypmod(t.Mod); ok {
			out := []string{null, "0", "1", "-1", "2", "3", "10", "-10", "25"}
			if scale > 0 {
				out = append(out, "0.5", "-0.5", "1.5", "2.5", "99.99", "-99.99", "0.01")
			}
			return out
		}
	}
	return edges[t.OID]
}

// fallbackFormat reads the texts of values.
var fallbackFormat = pgvalue.DefaultFormat()

// values returns the edge values of a type, or nothing for a type that the suite has none for.
func values(t catalog.Type) []pgvalue.Value {
	if elem, ok := pgarrow.Element(t.OID); ok && t.OID != pgcat.Int2Vector && t.OID != pgcat.OIDVector {
		return arrayValues(elem)
	}
	if pgarrow.IsOIDAlias(t.OID) && t.OID != pgcat.OIDType {
		return parseAll(catalog.TypeOf(pgcat.OIDType), edges[pgcat.OIDType])
	}
	texts := typedEdges(t)
	if t.OID == pgcat.Int2Vector || t.OID == pgcat.OIDVector {
		texts = []string{null, "", "1", "1 2 3"}
	}
	return parseAll(t, texts)
}

func parseAll(t catalog.Type, texts []string) []pgvalue.Value {
	var out []pgvalue.Value
	for _, s := range texts {
		if s == null {
			out = append(out, nil)
			continue
		}
		v, err := pgvalue.Parse(t.OID, t.Mod, s, fallbackFormat)
		if err != nil {
			continue // the edge is none of a type with this typmod
		}
		out = append(out, v)
	}
	return out
}

// arrayValues are arrays of one dimension: empty, with NULL, with one and with several elements, with an element twice.
func arrayValues(elem pgcat.OID) []pgvalue.Value {
	e := values(catalog.TypeOf(elem))
	if len(e) < 3 {
		return nil
	}
	a, b, last := e[1], e[2], e[len(e)-1]
	of := func(list ...pgvalue.Value) pgvalue.Value { return pgvalue.NewArray(elem, list) }
	empty := pgvalue.Array{Elem: elem}
	return []pgvalue.Value{nil, empty, of(nil), of(a), of(b), of(a, b), of(b, a), of(a, a), of(a, nil, b), of(e[1:]...), of(last)}
}
