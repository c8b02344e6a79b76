package mysql

import (
	"fmt"
	"regexp"
	"strings"

	"meshgate/connectors"
	"meshgate/pgvalue"
)

// decimalParameter is how the dialect writes a parameter whose digits are not known yet.
const decimalParameter = "? AS DECIMAL(65, 30)"

// noLimit is MySQL's way to say that OFFSET has no LIMIT (MySQL 8.0, section 13.2.13).
const noLimit = "LIMIT 18446744073709551615"

var unfinished = regexp.MustCompile("`[^`]*`|\\? AS DECIMAL\\(65, 30\\)|\\?|LIMIT [?0-9]+ OFFSET|OFFSET")

// finished writes what is only known with the arguments: a number keeps just its digits, for it may be shown. And it gives each
// OFFSET the LIMIT that it needs.
func finished(sql string, args []connectors.Arg) string {
	next := 0
	return unfinished.ReplaceAllStringFunc(sql, func(part string) string {
		switch {
		case part == "OFFSET":
			return noLimit + " OFFSET"
		case strings.HasPrefix(part, "LIMIT"):
			next += strings.Count(part, "?")
		case strings.HasPrefix(part, "?"):
			next++
			if part == decimalParameter && next <= len(args) {
				if n, ok := args[next-1].Value.(pgvalue.Numeric); ok && decimalHolds(n) {
					precision, scale := decimalSize(n)
					return fmt.Sprintf("? AS DECIMAL(%d, %d)", precision, scale)
				}
			}
		}
		return part
	})
}
