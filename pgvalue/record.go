package pgvalue

// QuoteRecordField quotes dst[start:], a field's text, where record_out would (PostgreSQL 15, section 8.16.6).
func QuoteRecordField(dst []byte, start int) []byte {
	text := dst[start:]
	quote := len(text) == 0
	extra := 2
	for _, c := range text {
		switch c {
		case '"', '\\':
			quote = true
			extra++
		case '(', ')', ',', ' ', '\t', '\n', '\r', '\v', '\f':
			quote = true
		}
	}
	if !quote {
		return dst
	}
	end := len(dst)
	for range extra {
		dst = append(dst, 0)
	}
	to := len(dst) - 1
	dst[to] = '"'
	for from := end - 1; from >= start; from-- {
		to--
		dst[to] = dst[from]
		if dst[from] == '"' || dst[from] == '\\' {
			to--
			dst[to] = dst[from]
		}
	}
	dst[start] = '"'
	return dst
}
