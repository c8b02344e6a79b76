package pgvalue

import (
	"bytes"
	"math"
	"strings"
	"unicode/utf8"

	"meshgate/sqlerr"
)

// MaxTextSize is the most bytes that PostgreSQL gives one value (MaxAllocSize less the length word).
const MaxTextSize = 0x3fffffff - 4

func textTooLong() error {
	return sqlerr.Newf(sqlerr.ProgramLimitExceeded, "requested length too large")
}

func negativeSubstring() error {
	return sqlerr.Newf(sqlerr.SubstringError, "negative substring length not allowed")
}

// charOffset returns the byte offset of the n-th character, counted from 0, or the length where the text is shorter.
func charOffset(s string, n int) int {
	if n >= len(s) {
		// A character has at least one byte, so the text is too short.
		return len(s)
	}
	for i := range s {
		if n <= 0 {
			return i
		}
		n--
	}
	return len(s)
}

// Substring returns the characters from start, counted from 1; positions before the first count and hold nothing (text_substr).
func Substring(s string, start int32) string { return s[charOffset(s, int(max(start, 1))-1):] }

// SubstringLength returns length characters from start, counted from 1; positions before the first use length up.
func SubstringLength(s string, start, length int32) (string, error) {
	if length < 0 {
		return "", negativeSubstring()
	}
	end := int64(start) + int64(length)
	if end > math.MaxInt32 {
		return Substring(s, start), nil
	}
	if end < 1 {
		return "", nil
	}
	rest := Substring(s, start)
	return rest[:charOffset(rest, int(end)-int(max(start, 1)))], nil
}

// SubstringBytes is SubstringLength for bytea; a nil length runs to the end.
func SubstringBytes(b []byte, start int32, length *int32) ([]byte, error) {
	from := min(int64(max(start, 1))-1, int64(len(b)))
	if length == nil {
		return b[from:], nil
	}
	if *length < 0 {
		return nil, negativeSubstring()
	}
	end := min(int64(start)+int64(*length)-1, int64(len(b)))
	return b[from:max(end, from)], nil
}

// Left returns the first n characters, or all but the last -n.
func Left(s string, n int32) string {
	if n >= 0 {
		return s[:charOffset(s, int(n))]
	}
	for k := int64(n); k < 0 && s != ""; k++ {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return s
}

// Right returns the last n characters, or all but the first -n.
func Right(s string, n int32) string {
	switch {
	case n < 0:
		return s[charOffset(s, int(-int64(n))):]
	case n == 0:
		return ""
	}
	return s[len(Left(s, -n)):]
}

// Overlay replaces length characters from start by other (textoverlay).
func Overlay(dst []byte, s, other string, start, length int32) ([]byte, error) {
	if start <= 0 {
		return dst, negativeSubstring()
	}
	after := int64(start) + int64(length)
	if after != int64(int32(after)) {
		return dst, outOfRange("integer")
	}
	head, err := SubstringLength(s, 1, start-1)
	if err != nil {
		return dst, err
	}
	return append(append(append(dst, head...), other...), Substring(s, int32(after))...), nil
}

// Position returns the place of the first occurrence in characters, counted from 1, or 0.
func Position(s, part string) int32 {
	i := strings.Index(s, part)
	if i < 0 {
		return 0
	}
	return int32(utf8.RuneCountInString(s[:i])) + 1
}

// AppendReplace appends a text with all occurrences of a part replaced; an empty part occurs nowhere.
func AppendReplace(dst []byte, s, from, to string) []byte {
	if from == "" {
		return append(dst, s...)
	}
	for {
		i := strings.Index(s, from)
		if i < 0 {
			return append(dst, s...)
		}
		dst = append(append(dst, s[:i]...), to...)
		s = s[i+len(from):]
	}
}

// AppendTranslate appends a text with each character of from replaced by the one at its place in to, or dropped where to is
// shorter.
func AppendTranslate(dst []byte, s, from, to string) []byte {
	for _, r := range s {
		at, found := 0, false
		for _, f := range from {
			if found = f == r; found {
				break
			}
			at++
		}
		if !found {
			dst = utf8.AppendRune(dst, r)
			continue
		}
		if rest := to[charOffset(to, at):]; rest != "" {
			_, size := utf8.DecodeRuneInString(rest)
			dst = append(dst, rest[:size]...)
		}
	}
	return dst
}

// AppendReverse appends a text's characters in reverse.
func AppendReverse(dst []byte, s string) []byte {
	for s != "" {
		_, size := utf8.DecodeLastRuneInString(s)
		dst = append(dst, s[len(s)-size:]...)
		s = s[:len(s)-size]
	}
	return dst
}

// AppendRepeat appends a text n times; a negative n counts as 0.
func AppendRepeat(dst []byte, s string, n int32) ([]byte, error) {
	if n <= 0 || s == "" {
		return dst, nil
	}
	if int64(n)*int64(len(s)) > MaxTextSize {
		return dst, textTooLong()
	}
	return appendRepeated(dst, s, int(n)*len(s)), nil
}

// appendRepeated appends size bytes of a text repeated without end.
func appendRepeated(dst []byte, s string, size int) []byte {
	start := len(dst)
	dst = append(dst, s[:min(len(s), size)]...)
	for len(dst)-start < size {
		done := dst[start:]
		dst = append(dst, done[:min(len(done), size-len(done))]...)
	}
	return dst
}

// TrimLeft cuts characters of a set from the start.
func TrimLeft(s, set string) string {
	for s != "" {
		_, size := utf8.DecodeRuneInString(s)
		if !strings.Contains(set, s[:size]) {
			break
		}
		s = s[size:]
	}
	return s
}

// TrimRight cuts characters of a set from the end.
func TrimRight(s, set string) string {
	for s != "" {
		_, size := utf8.DecodeLastRuneInString(s)
		if !strings.Contains(set, s[len(s)-size:]) {
			break
		}
		s = s[:len(s)-size]
	}
	return s
}

// TrimBytes cuts bytes of a set from the ends of a bytea.
func TrimBytes(b, set []byte, left, right bool) []byte {
	for left && len(b) > 0 && bytes.IndexByte(set, b[0]) >= 0 {
		b = b[1:]
	}
	for right && len(b) > 0 && bytes.IndexByte(set, b[len(b)-1]) >= 0 {
		b = b[:len(b)-1]
	}
	return b
}

// AppendPadLeft appends a text filled with characters of fill, or cut, to n characters (lpad).
func AppendPadLeft(dst []byte, s string, n int32, fill string) ([]byte, error) {
	kept, missing, err := padding(s, n, fill)
	if err != nil {
		return dst, err
	}
	return append(appendFill(dst, fill, missing), kept...), nil
}

// AppendPadRight appends a text, filled or cut at its end (rpad).
func AppendPadRight(dst []byte, s string, n int32, fill string) ([]byte, error) {
	kept, missing, err := padding(s, n, fill)
	if err != nil {
		return dst, err
	}
	return appendFill(append(dst, kept...), fill, missing), nil
}

// padding returns what remains of a text that is brought to n characters, and how many characters are missing.
func padding(s string, n int32, fill string) (kept string, missing int, err error) {
	length := int(max(n, 0))
	kept = s[:charOffset(s, length)]
	have := utf8.RuneCountInString(kept)
	if fill == "" {
		length = have
	}
	// PostgreSQL makes room for characters of four bytes before it knows better.
	if length > MaxTextSize/4 {
		return "", 0, textTooLong()
	}
	return kept, length - have, nil
}

func appendFill(dst []byte, fill string, n int) []byte {
	if n <= 0 {
		return dst
	}
	chars := utf8.RuneCountInString(fill)
	return appendRepeated(dst, fill, n/chars*len(fill)+charOffset(fill, n%chars))
}

// ASCII returns the code point of the first character, 0 of an empty text.
func ASCII(s string) int32 {
	if s == "" {
		return 0
	}
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// AppendChr appends the character of a code point.
func AppendChr(dst []byte, code int32) ([]byte, error) {
	switch {
	case code < 0:
		return dst, sqlerr.Newf(sqlerr.InvalidParameterValue, "character number must be positive")
	case code == 0:
		return dst, sqlerr.Newf(sqlerr.ProgramLimitExceeded, "null character not permitted")
	case code > utf8.MaxRune:
		return dst, quoting(sqlerr.ProgramLimitExceeded, "requested character too large for encoding", "requested character too large for encoding: %d", code)
	case !utf8.ValidRune(code):
		return dst, sqlerr.Newf(sqlerr.ProgramLimitExceeded, "requested character not valid for encoding")
	}
	return utf8.AppendRune(dst, code), nil
}
