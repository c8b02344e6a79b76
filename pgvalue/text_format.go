package pgvalue

import (
	"math"
	"strings"
	"unicode/utf8"

	"meshgate/pgcat"
	"meshgate/sqlerr"
)

// AppendQuoteIdent appends an identifier, quoted where SQL would read it otherwise.
func AppendQuoteIdent(dst []byte, s string) []byte { return append(dst, pgcat.QuoteIdent(s)...) }

// AppendQuoteLiteral appends a string literal.
func AppendQuoteLiteral(dst []byte, s string) []byte {
	if strings.IndexByte(s, '\\') >= 0 {
		dst = append(dst, 'E')
	}
	dst = append(dst, '\'')
	for i := range len(s) {
		if s[i] == '\'' || s[i] == '\\' {
			dst = append(dst, s[i])
		}
		dst = append(dst, s[i])
	}
	return append(dst, '\'')
}

// Nullable is a text that may be NULL.
type Nullable struct {
	Text  string
	Valid bool
}

// AppendFormat appends format(pattern, args…), the arguments as their types' output functions print them (text_format).
func AppendFormat(dst []byte, pattern string, args []Nullable) ([]byte, error) {
	f := formatter{dst: dst, rest: pattern, args: args}
	for {
		before, after, found := strings.Cut(f.rest, "%")
		f.dst = append(f.dst, before...)
		if !found {
			return f.dst, nil
		}
		f.rest = after
		if err := f.specifier(); err != nil {
			return dst, err
		}
	}
}

type formatter struct {
	dst  []byte
	rest string // of the pattern
	args []Nullable
	next int // the argument that comes next, from 0
}

func badFormat(message string) error { return sqlerr.Newf(sqlerr.InvalidParameterValue, "%s", message) }

// unfinished is the error of a pattern that ends within a specifier.
func (f *formatter) unfinished() error {
	if f.rest != "" {
		return nil
	}
	return badFormat("unterminated format() type specifier").(*sqlerr.Error).WithHint(`For a single "%%" use "%%%%".`)
}

// specifier writes what follows a %: another %, or [n$][-][width]type.
func (f *formatter) specifier() error {
	if err := f.unfinished(); err != nil {
		return err
	}
	if f.rest[0] == '%' {
		f.dst, f.rest = append(f.dst, '%'), f.rest[1:]
		return nil
	}
	place, left, width, err := f.prefix()
	if err != nil {
		return err
	}
	kind := f.rest[0]
	if strings.IndexByte("sIL", kind) < 0 {
		r, _ := utf8.DecodeRuneInString(f.rest)
		const hint = `For a single "%%" use "%%%%".`
		values := sqlerr.Newf(sqlerr.InvalidParameterValue, "unrecognized format() type specifier \"%c\"", r).WithHint(hint)
		return sqlerr.Newf(sqlerr.InvalidParameterValue, "unrecognized format() type specifier").WithHint(hint).Quoting(values)
	}
	f.rest = f.rest[1:]
	if width.place >= 0 {
		if width.value, err = f.widthArgument(width.place); err != nil {
			return err
		}
	}
	arg, err := f.argument(place)
	if err != nil {
		return err
	}
	return f.conversion(kind, arg, left, width.value)
}

// formatWidth is a width: a number, or an argument's place (0 = the next one, -1 = no argument).
type formatWidth struct{ value, place int32 }

// prefix reads what comes before the type (text_format_parse_format); place is 0 where the next argument is meant.
func (f *formatter) prefix() (place int32, left bool, width formatWidth, err error) {
	width.place = -1
	n, found, err := f.digits()
	if err != nil {
		return 0, false, width, err
	}
	if found {
		if f.rest[0] != '$' {
			width.value = n
			return 0, false, width, nil
		}
		if place, err = f.place(n); err != nil {
			return 0, false, width, err
		}
	}
	for f.rest[0] == '-' {
		left, f.rest = true, f.rest[1:]
		if err := f.unfinished(); err != nil {
			return 0, false, width, err
		}
	}
	if f.rest[0] != '*' {
		width.value, _, err = f.digits()
		return place, left, width, err
	}
	f.rest, width.place = f.rest[1:], 0
	if err := f.unfinished(); err != nil {
		return 0, false, width, err
	}
	if n, found, err = f.digits(); err != nil || !found {
		return place, left, width, err
	}
	if f.rest[0] != '$' {
		return 0, false, width, badFormat(`width argument position must be ended by "$"`)
	}
	width.place, err = f.place(n)
	return place, left, width, err
}

// place takes an argument's number whose $ is next.
func (f *formatter) place(n int32) (int32, error) {
	if n == 0 {
		return 0, badFormat("format specifies argument 0, but arguments are numbered from 1")
	}
	f.rest = f.rest[1:]
	return n, f.unfinished()
}

func (f *formatter) digits() (n int32, found bool, err error) {
	for f.rest[0] >= '0' && f.rest[0] <= '9' {
		v := int64(n)*10 + int64(f.rest[0]-'0')
		if v > math.MaxInt32 {
			return 0, false, sqlerr.Newf(sqlerr.NumericValueOutOfRange, "number is out of range")
		}
		n, found, f.rest = int32(v), true, f.rest[1:]
		if err := f.unfinished(); err != nil {
			return 0, false, err
		}
	}
	return n, found, nil
}

// argument returns the argument at a place, or the next.
func (f *formatter) argument(place int32) (Nullable, error) {
	if place > 0 {
		f.next = int(place) - 1
	}
	if f.next >= len(f.args) {
		return Nullable{}, badFormat("too few arguments for format()")
	}
	f.next++
	return f.args[f.next-1], nil
}

func (f *formatter) widthArgument(place int32) (int32, error) {
	arg, err := f.argument(place)
	if err != nil || !arg.Valid {
		return 0, err
	}
	v, err := parseInt(arg.Text, 32, "integer")
	if err != nil {
		return 0, sqlerr.Newf(sqlerr.From(err).Code, "the width for format() is no integer").Quoting(sqlerr.From(err))
	}
	return int32(v.(int64)), nil
}

func (f *formatter) conversion(kind byte, arg Nullable, left bool, width int32) error {
	if width < 0 {
		if width == math.MinInt32 {
			return sqlerr.Newf(sqlerr.NumericValueOutOfRange, "number is out of range")
		}
		left, width = true, -width
	}
	start := len(f.dst)
	switch {
	case !arg.Valid && kind == 'I':
		return sqlerr.Newf(sqlerr.NullValueNotAllowed, "null values cannot be formatted as an SQL identifier")
	case !arg.Valid && kind == 'L':
		f.dst = append(f.dst, "NULL"...)
	case kind == 'I':
		f.dst = AppendQuoteIdent(f.dst, arg.Text)
	case kind == 'L':
		f.dst = AppendQuoteLiteral(f.dst, arg.Text)
	case arg.Valid:
		f.dst = append(f.dst, arg.Text...)
	}
	missing := int(width) - utf8.RuneCount(f.dst[start:])
	if missing <= 0 {
		return nil
	}
	if missing > MaxTextSize {
		return textTooLong()
	}
	end := len(f.dst)
	f.dst = appendRepeated(f.dst, " ", missing)
	if !left {
		copy(f.dst[start+missing:], f.dst[start:end])
		for i := range missing {
			f.dst[start+i] = ' '
		}
	}
	return nil
}
