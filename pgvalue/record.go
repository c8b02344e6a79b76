package pgvalue

// QuoteRecordField quotes dst[start:], a field's text, where record_out would (PostgreSQL 15, section 8.16.6).
func QuoteRecordField(dst []byte, start int) []byte {
	quote := len(dst) == start
	for _, c := range dst[start:] {
		switch c {
		case '"', '\\', '(', ')', ',', ' ', '\t', '\n', '\r', '\v', '\f':
			quote = true
		}
	}
	if !quote {
		return dst
	}
	return inQuotes(dst, start, func(c byte) byte { return c })
}

// inQuotes puts quotes around dst[start:], and before each quote or backslash in it what escape says.
func inQuotes(dst []byte, start int, escape func(c byte) byte) []byte {
	end, extra := len(dst), 2
	for _, c := range dst[start:] {
		if c == '"' || c == '\\' {
			extra++
		}
	}
	for range extra {
		dst = append(dst, 0)
	}
	to := len(dst) - 1
	dst[to] = '"'
	for from := end - 1; from >= start; from-- {
		to--
		dst[to] = dst[from]
		if c := dst[from]; c == '"' || c == '\\' {
			to--
			dst[to] = escape(c)
		}
	}
	dst[start] = '"'
	return dst
}
