package gateway

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"meshgate/pgencoding"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

// check validates a value and returns it as SHOW prints it. What the value does not say of a parameter of several parts stays as it
// is at present.
func (p *parameter) check(value, present string) (string, error) {
	invalid := func() error {
		return sqlerr.Newf(sqlerr.InvalidParameterValue, "invalid value for parameter %q: %q", p.name, value)
	}
	switch strings.ToLower(p.name) {
	case "timezone", "log_timezone":
		z, err := pgvalue.ParseZone(strings.Trim(value, "'"))
		if err != nil {
			return "", invalid()
		}
		return z.Name, nil
	case "datestyle":
		return dateStyle(value, present)
	case "client_encoding":
		return clientEncoding(value)
	case "application_name":
		return cleanASCII(value), nil
	case "standard_conforming_strings":
		if v, err := pgvalue.ParseBool(value); err != nil || v != true {
			return "", sqlerr.Newf(sqlerr.FeatureNotSupported, "standard_conforming_strings can only be on")
		}
		return "on", nil
	case "transaction_isolation", "default_transaction_isolation":
		return enumValue(p, value, []string{"serializable", "repeatable read", "read committed", "read uncommitted"})
	}
	switch p.vartype {
	case "bool":
		v, err := pgvalue.ParseBool(value)
		if err != nil {
			return "", sqlerr.Newf(sqlerr.InvalidParameterValue, "parameter %q requires a Boolean value", p.name)
		}
		return map[bool]string{true: "on", false: "off"}[v.(bool)], nil
	case "enum":
		return enumValue(p, value, p.enums)
	case "integer", "real":
		return p.number(value)
	}
	return value, nil
}

func enumValue(p *parameter, value string, allowed []string) (string, error) {
	for _, a := range allowed {
		if strings.EqualFold(a, value) || strings.EqualFold(strings.Trim(a, `"`), value) {
			return strings.ToLower(strings.Trim(a, `"`)), nil
		}
	}
	// Enums of booleans also know the words of booleans.
	if v, err := pgvalue.ParseBool(value); err == nil {
		word := map[bool]string{true: "on", false: "off"}[v.(bool)]
		if slices.Contains(allowed, word) {
			return word, nil
		}
	}
	return "", sqlerr.Newf(sqlerr.InvalidParameterValue, "invalid value for parameter %q: %q", p.name, value).
		WithHint("Available values: %s.", strings.Join(allowed, ", "))
}

var timeUnits = map[string]float64{"us": 0.001, "ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}

// number checks the range and brings a time with a unit to the parameter's own.
func (p *parameter) number(value string) (string, error) {
	text := strings.TrimSpace(value)
	end := len(text)
	for end > 0 && (text[end-1] >= 'a' && text[end-1] <= 'z' || text[end-1] >= 'A' && text[end-1] <= 'Z') {
		end--
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(text[:end]), 64)
	if err != nil {
		return "", sqlerr.Newf(sqlerr.InvalidParameterValue, "invalid value for parameter %q: %q", p.name, value)
	}
	if unit := text[end:]; unit != "" {
		from, ok := timeUnits[unit]
		to, timed := timeUnits[p.unit]
		if !ok || !timed {
			return value, nil // memory units: kept as they were written
		}
		n = n * from / to
	}
	if n < p.min || n > p.max {
		return "", sqlerr.Newf(sqlerr.InvalidParameterValue, "%s is outside the valid range for parameter %q (%s .. %s)", strings.TrimSpace(value+" "+p.unit), p.name, number(p.min), number(p.max))
	}
	return number(n), nil
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// clientEncoding returns PostgreSQL's name of an encoding that the gateway converts.
func clientEncoding(value string) (string, error) {
	_, canonical, ok := pgencoding.Lookup(value)
	err := sqlerr.Newf(sqlerr.InvalidParameterValue, "invalid value for parameter \"client_encoding\": %q", value)
	switch {
	case canonical == "":
		return "", err
	case !ok:
		err.Code = sqlerr.FeatureNotSupported
		return "", err.WithDetail("Conversion between %s and UTF8 is not supported.", canonical)
	case value == "UNICODE":
		return value, nil
	}
	return canonical, nil
}

// cleanASCII replaces what PostgreSQL does not let into names that appear in logs (pg_clean_ascii).
func cleanASCII(text string) string {
	clean := []byte(text)
	for i, b := range clean {
		if b < 32 || b > 126 {
			clean[i] = '?'
		}
	}
	return string(clean)
}

// dateWord is a word of DateStyle.
type dateWord struct {
	word         string
	prefix       int // how much of it is compared; 0 = all
	style, order string
	loose        bool // the order gives way to one that is named
}

// dateStyles are the words of DateStyle: what each says of the style and of the order of day, month and year.
var dateStyles = []dateWord{
	{word: "iso", style: "ISO"},
	{word: "sql", style: "SQL"},
	{word: "postgres", prefix: 8, style: "Postgres"},
	{word: "german", style: "German", order: "DMY", loose: true},
	{word: "ymd", order: "YMD"},
	{word: "dmy", order: "DMY"},
	{word: "euro", prefix: 4, order: "DMY"},
	{word: "mdy", order: "MDY"},
	{word: "us", order: "MDY"},
	{word: "noneuro", prefix: 7, order: "MDY"},
}

// dateStyle reads DateStyle as PostgreSQL's check_datestyle does, and prints both parts.
func dateStyle(value, present string) (string, error) {
	style, order, _ := strings.Cut(present, ", ")
	invalid := func(detail string, args ...any) error {
		return sqlerr.Newf(sqlerr.InvalidParameterValue, "invalid value for parameter \"DateStyle\": %q", value).WithDetail(detail, args...)
	}
	var newStyle, newOrder, looseOrder string
	for _, word := range strings.Split(value, ",") {
		word = strings.ToLower(strings.Trim(strings.TrimSpace(word), `"`))
		if word == "default" {
			newStyle, looseOrder = cmp.Or(newStyle, "ISO"), "MDY"
			continue
		}
		i := slices.IndexFunc(dateStyles, func(d dateWord) bool {
			return word == d.word || d.prefix > 0 && strings.HasPrefix(word, d.word[:d.prefix])
		})
		if i < 0 {
			return "", invalid("Unrecognized key word: %q.", word)
		}
		d := dateStyles[i]
		if d.style != "" {
			if newStyle != "" && newStyle != d.style {
				return "", invalid(`Conflicting "datestyle" specifications.`)
			}
			newStyle = d.style
		}
		switch {
		case d.loose:
			looseOrder = d.order
		case d.order != "":
			if newOrder != "" && newOrder != d.order {
				return "", invalid(`Conflicting "datestyle" specifications.`)
			}
			newOrder = d.order
		}
	}
	return cmp.Or(newStyle, style) + ", " + cmp.Or(newOrder, looseOrder, order), nil
}
