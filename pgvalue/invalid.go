package pgvalue

import "meshgate/sqlerr"

// invalidText is PostgreSQL's error for a literal that a type's input function refuses.
func invalidText(typeName, text string) error {
	return sqlerr.Newf(sqlerr.InvalidTextRepresentation, "invalid input syntax for type %s: \"%s\"", typeName, clip(text))
}

// quoting is an error without values that remembers the one with them.
func quoting(code sqlerr.Code, safe, format string, values ...any) *sqlerr.Error {
	return sqlerr.Newf(code, "%s", safe).Quoting(sqlerr.Newf(code, format, values...))
}

func outOfRange(typeName string) error {
	return sqlerr.Newf(sqlerr.NumericValueOutOfRange, "%s out of range", typeName)
}

func valueOutOfRange(text, typeName string) error {
	return sqlerr.Newf(sqlerr.NumericValueOutOfRange, "value \"%s\" is out of range for type %s", clip(text), typeName)
}

func divisionByZero() error { return sqlerr.Newf(sqlerr.DivisionByZero, "division by zero") }

// clip keeps an error readable when somebody sends a megabyte as a number.
func clip(text string) string {
	const most = 1000
	if len(text) <= most {
		return text
	}
	return text[:most] + "…"
}
