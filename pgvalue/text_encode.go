package pgvalue

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"meshgate/sqlerr"
)

func badEncodedData(message string) error {
	return sqlerr.Newf(sqlerr.InvalidParameterValue, "%s", message)
}

// AppendEncode appends bytes as text: hex, base64 or escape, in any case (encode).
func AppendEncode(dst, b []byte, format string) ([]byte, error) {
	switch strings.ToLower(format) {
	case "hex":
		return AppendHex(dst, b), nil
	case "base64":
		return appendBase64(dst, b), nil
	case "escape":
		for _, c := range b {
			switch {
			case c == 0 || c >= 0x80:
				dst = append(dst, '\\', '0'+c>>6, '0'+c>>3&7, '0'+c&7)
			case c == '\\':
				dst = append(dst, '\\', '\\')
			default:
				dst = append(dst, c)
			}
		}
		return dst, nil
	}
	return dst, unknownEncoding(format)
}

func unknownEncoding(name string) error {
	return quoting(sqlerr.InvalidParameterValue, "unrecognized encoding", "unrecognized encoding: \"%s\"", clip(name))
}

// appendBase64 ends every full line of 76 characters with a newline, the last one too.
func appendBase64(dst, b []byte) []byte {
	const line = 57
	for len(b) >= line {
		dst = append(base64.StdEncoding.AppendEncode(dst, b[:line]), '\n')
		b = b[line:]
	}
	return base64.StdEncoding.AppendEncode(dst, b)
}

// AppendDecode appends the bytes of an encoded text (decode).
func AppendDecode(dst []byte, s, format string) ([]byte, error) {
	switch strings.ToLower(format) {
	case "hex":
		return appendUnhex(dst, s)
	case "base64":
		return appendUnbase64(dst, s)
	case "escape":
		return appendUnescaped(dst, s)
	}
	return dst, unknownEncoding(format)
}

func isEncodingBlank(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// badHexDigit is the error of a text that begins with no hexadecimal digit.
func badHexDigit(s string) error {
	r, _ := utf8.DecodeRuneInString(s)
	return quoting(sqlerr.InvalidParameterValue, "invalid hexadecimal digit", "invalid hexadecimal digit: \"%c\"", r)
}

func appendUnhex(dst []byte, s string) ([]byte, error) {
	for i := 0; i < len(s); i++ {
		if isEncodingBlank(s[i]) {
			continue
		}
		high := hexDigit(s[i])
		if high < 0 {
			return dst, badHexDigit(s[i:])
		}
		if i++; i == len(s) {
			return dst, badEncodedData("invalid hexadecimal data: odd number of digits")
		}
		low := hexDigit(s[i])
		if low < 0 {
			return dst, badHexDigit(s[i:])
		}
		dst = append(dst, byte(high<<4|low))
	}
	return dst, nil
}

func base64Digit(c byte) int {
	switch {
	case c >= 'A' && c <= 'Z':
		return int(c - 'A')
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 26
	case c >= '0' && c <= '9':
		return int(c-'0') + 52
	case c == '+':
		return 62
	case c == '/':
		return 63
	}
	return -1
}

// appendUnbase64 is pg_base64_decode: it takes what follows an end sequence for more data, so encoding/base64 will not do.
func appendUnbase64(dst []byte, s string) ([]byte, error) {
	var buffer uint32
	digits, end := 0, 0 // end is 1 or 2, the bytes that count, from the first = on
	for i := range len(s) {
		c := s[i]
		if isEncodingBlank(c) {
			continue
		}
		value := 0
		if c == '=' {
			if end == 0 {
				if digits < 2 {
					return dst, badEncodedData(`unexpected "=" while decoding base64 sequence`)
				}
				end = digits - 1
			}
		} else if value = base64Digit(c); value < 0 {
			r, _ := utf8.DecodeRuneInString(s[i:])
			return dst, quoting(sqlerr.InvalidParameterValue, "invalid symbol found while decoding base64 sequence",
				"invalid symbol \"%c\" found while decoding base64 sequence", r)
		}
		buffer = buffer<<6 | uint32(value)
		if digits++; digits < 4 {
			continue
		}
		dst = append(dst, byte(buffer>>16))
		if end != 1 {
			dst = append(dst, byte(buffer>>8))
		}
		if end == 0 {
			dst = append(dst, byte(buffer))
		}
		buffer, digits = 0, 0
	}
	if digits != 0 {
		return dst, sqlerr.Newf(sqlerr.InvalidParameterValue, "invalid base64 end sequence").
			WithHint("Input data is missing padding, is truncated, or is otherwise corrupted.")
	}
	return dst, nil
}

func appendUnescaped(dst []byte, s string) ([]byte, error) {
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			dst = append(dst, s[i])
			continue
		}
		rest := s[i+1:]
		switch {
		case len(rest) >= 3 && rest[0] >= '0' && rest[0] <= '3' && isOctal(rest[1]) && isOctal(rest[2]):
			dst = append(dst, (rest[0]-'0')<<6|(rest[1]-'0')<<3|(rest[2]-'0'))
			i += 3
		case strings.HasPrefix(rest, `\`):
			dst = append(dst, '\\')
			i++
		default:
			return dst, sqlerr.Newf(sqlerr.InvalidTextRepresentation, "invalid input syntax for type bytea")
		}
	}
	return dst, nil
}
