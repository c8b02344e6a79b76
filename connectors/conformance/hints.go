package conformance

import "meshgate/pgcat"

// Operands of functions whose arguments mean something: a general edge value would only ever raise the same error.
var (
	fields = []string{
		null, "year", "month", "day", "hour", "minute", "second", "quarter", "week", "century", "decade", "millennium",
		"milliseconds",
		"microseconds", "epoch", "dow", "isodow", "doy", "isoyear", "julian", "timezone", "YEAR", "years", "fortnight", "",
	}
	zones = []string{
		null, "UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "+02", "EST", "Mars/Olympus",
		"europe/berlin",
	}
	smallNumbers = []string{null, "0", "1", "-1", "2", "3", "5", "-3", "10", "-2147483648", "2147483647"}
	fewNumbers   = []string{null, "0", "1", "-1", "2", "3", "5", "-3", "10"}
	patterns     = []string{
		null, "", "a", "^a", "b$", ".", "a*", "(a)(b)?", "[a-z]+", "[[:alpha:]]", `\d+`, `\mA`, "(?i)AB", "ä", "a|b", "(", `\`,
		"a{2}", "x*?", `(.)\1`, "AB", "^ab", "[a-c]+$", "[^a]", `\.`, `^\d+$`, "I", "k|ss", "(?:a|s)b?", "[A-C_%]", "i.?", "^$", "a.*b", "(a|b)+c?",
	}
	// likePatterns are patterns of LIKE, beside all edges of text.
	likePatterns = append([]string{
		`\\`, `\%`, `a\%`, `a\_c`, `%\`, `%\\`, "%%", "%_", "_%", "__", "%a%", "%A%", "a_", "_b_", "%b", "A%", "%ä%", "Ä_", "%😀%", "_a", `\a`, `%\_%`,
		"%i%", "%K%", "s_", "%ss%", "k", "% ", "a %", "%a%b%", "ab%c",
	}, edges[pgcat.Text]...)
	flags     = []string{null, "", "g", "i", "gi", "n", "z"}
	encodings = []string{null, "hex", "base64", "escape", "HEX", "utf8"}
	charsets  = []string{null, "UTF8", "LATIN1", "utf-8", "SQL_ASCII", "klingon"}
	formats   = []string{
		null, "", "YYYY-MM-DD", "HH24:MI:SS.US", "DD Mon YYYY", "Day, DDth Month", "IYYY-IW-ID", "Q CC J", "FMMM/FMDD/YY",
		"HH12 AM", "TZ OF", `"text" YYYY`,
		"999", "FM999.00", "0000", "S99.9", "L9", "9.99EEEE", "RN", "9,999", "99PR", "MI9",
	}
	separators = []string{null, "", ",", "a", "ab", ", ", "ä", "😀", " "}
	jsonKeys   = []string{null, "", "a", "b", "A", "0", "1", "x"}
	years      = []string{null, "2024", "2023", "1", "-1", "0", "9999", "5874897", "300000"}
	months     = []string{null, "1", "2", "12", "0", "13"}
	days       = []string{null, "1", "29", "31", "0", "32"}
	hours      = []string{null, "0", "23", "24", "25", "-1"}
	minutes    = []string{null, "0", "59", "60", "-1"}
	seconds    = []string{null, "0", "59.999999", "60", "61", "-1", "0.5"}
	templates  = []string{null, "", "%s", "%I", "%L", "%%", "%1$s %1$s", "%", "%x"}
	days2024   = []string{null, "2024-01-01 00:00+00", "2024-01-10 12:00+00", "2024-03-31 02:30+00"}
	steps      = []string{null, "1 day", "1 month", "6 hours", "-1 day", "0"}
	bases      = []string{null, "1", "3", "-3", "100", "0.5", "2.5", "-0.1", "NaN", "Infinity", "10"}
)

// hints gives the operands of a function or an operator by the position of the argument; where a position has none, the edges of
// its type are taken.
var hints = map[string]map[int][]string{
	"extract": {0: fields}, "date_part": {0: fields}, "date_trunc": {0: fields, 2: zones}, "timezone": {0: zones},
	"to_char": {1: formats}, "to_date": {0: {null, "", "2024-02-29", "2023-02-29", "29 Feb 2024", "abc"}, 1: formats},
	"to_timestamp": {1: formats}, "to_number": {0: {null, "", "1", "-1.5", "1,234", "<12>", "abc"}, 1: formats},
	"encode": {1: encodings}, "decode": {0: {null, "", "00ff", "YWJj", "abc", `\001`, "zz"}, 1: encodings},
	"convert_from": {1: charsets}, "convert_to": {1: charsets}, "convert": {1: charsets, 2: charsets}, "length": {1: charsets},
	"~~": {1: likePatterns}, "!~~": {1: likePatterns}, "~~*": {1: likePatterns}, "!~~*": {1: likePatterns},
	"~": {1: patterns}, "~*": {1: patterns}, "!~": {1: patterns}, "!~*": {1: patterns},
	"regexp_replace": {1: patterns, 2: {null, "", "x", `\1`, `\&`, `\\`}, 3: flags, 4: flags}, "regexp_match": {
		1: patterns,
		2: flags,
	},
	"regexp_matches": {1: patterns, 2: flags}, "regexp_like": {1: patterns, 2: flags}, "regexp_count": {
		1: patterns,
		2: smallNumbers, 3: flags,
	},
	"regexp_instr":          {1: patterns, 2: smallNumbers, 3: smallNumbers, 4: {null, "0", "1", "2"}, 5: flags},
	"regexp_substr":         {1: patterns, 2: smallNumbers, 3: smallNumbers, 4: flags},
	"regexp_split_to_array": {1: patterns, 2: flags}, "regexp_split_to_table": {1: patterns, 2: flags},
	"split_part": {1: separators, 2: smallNumbers}, "string_to_array": {1: separators, 2: separators},
	"string_to_table": {1: separators, 2: separators},
	"array_to_string": {1: separators, 2: separators}, "array_to_json": {}, "concat_ws": {0: separators},
	"repeat": {1: fewNumbers}, "lpad": {1: smallNumbers}, "rpad": {1: smallNumbers}, "left": {1: smallNumbers},
	"right":  {1: smallNumbers},
	"substr": {1: smallNumbers, 2: smallNumbers}, "substring": {1: smallNumbers, 2: smallNumbers}, "overlay": {
		2: smallNumbers,
		3: smallNumbers,
	},
	"chr": {0: {null, "0", "1", "65", "228", "55296", "65536", "1114111", "1114112", "-1"}}, "factorial": {0: {
		null, "0", "1",
		"5", "20", "30", "-1",
	}},
	"round": {1: smallNumbers}, "trunc": {1: smallNumbers}, "power": {0: bases, 1: bases}, "pow": {0: bases, 1: bases},
	"^":   {0: bases, 1: bases},
	"exp": {0: {null, "0", "1", "-1", "0.5", "100", "-100", "NaN", "Infinity", "-Infinity", "10000"}}, "format": {0: templates},
	"make_date": {0: years, 1: months, 2: days}, "make_time": {0: hours, 1: minutes, 2: seconds},
	"make_timestamp": {0: years, 1: months, 2: days, 3: hours, 4: minutes, 5: seconds},
	"make_interval":  {0: fewNumbers, 1: fewNumbers, 2: fewNumbers, 3: fewNumbers, 4: fewNumbers, 5: fewNumbers, 6: seconds},
	"->":             {1: jsonKeys}, "->>": {1: jsonKeys}, "?": {1: jsonKeys}, "jsonb_extract_path": {}, "json_extract_path": {},
	"generate_series(timestamp":   {0: days2024, 1: days2024, 2: steps},
	"generate_series(timestamptz": {0: days2024, 1: days2024, 2: steps},
	"generate_series":             {0: fewNumbers, 1: fewNumbers, 2: fewNumbers}, "generate_subscripts": {1: fewNumbers},
	"<<": {1: smallNumbers}, ">>": {1: smallNumbers},
	"get_byte": {1: smallNumbers}, "set_byte": {1: smallNumbers, 2: {null, "0", "255", "256", "-1"}}, "get_bit": {1: smallNumbers},
	"set_bit": {1: smallNumbers, 2: {null, "0", "1", "2"}}, "width_bucket": {3: fewNumbers},
	"date_bin":             {0: {null, "1 day", "15 minutes", "1 month", "0", "-1 hour"}},
	"to_timestamp(float8)": {}, "isfinite": {}, "normalize": {1: {null, "NFC", "NFD", "NFKC", "nfc", "x"}},
	"is_normalized": {1: {null, "NFC", "NFD", "x"}},
	"+ date":        {}, "like_escape": {1: {null, "", "a", `\`, "ab"}}, "similar_escape": {1: {null, "", "a", `\`, "ab"}},
	"similar_to_escape": {1: {null, "", "a", `\`, "ab"}}, "array_fill": {1: {null, "{3}", "{0}", "{}", "{NULL}", "{-1}", "{1000000000}"}, 2: {null, "{1}", "{}", "{NULL}"}}, "trim_array": {1: fewNumbers},
	"array_position": {2: fewNumbers},
	"array_length":   {1: fewNumbers}, "array_upper": {1: fewNumbers}, "array_lower": {1: fewNumbers}, "set_masklen": {1: {
		null,
		"0", "8", "24", "32", "64", "128", "129", "-1",
	}},
	"percentile_cont": {0: {"0", "0.5", "0.25", "1"}}, "percentile_disc": {0: {"0", "0.5", "0.25", "1"}},
	"ntile": {0: {"1", "2", "3"}}, "nth_value": {1: {"1", "2", "3"}}, "lag": {1: {"0", "1", "2"}}, "lead": {1: {"0", "1", "2"}},
}
