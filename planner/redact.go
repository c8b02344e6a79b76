package planner

import (
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"meshgate/connectors"
)

// Hidden stands for a literal that is not shown.
const Hidden = "?"

// Redact returns a statement of a client without its literals and comments, which may hold anything. It goes by the grammar's own
// tokens, so that no way of quoting gets past it. A text that is no SQL becomes one mark.
func Redact(sql string) string {
	tokens, err := pg_query.Scan(sql)
	if err != nil {
		return Hidden
	}
	var b strings.Builder
	at := 0
	for _, t := range tokens.Tokens {
		start, end := int(t.Start), int(t.End)
		if start < at || end > len(sql) || start > end {
			return Hidden
		}
		var shown string
		switch t.Token {
		case pg_query.Token_SCONST, pg_query.Token_USCONST, pg_query.Token_BCONST, pg_query.Token_XCONST, pg_query.Token_ICONST, pg_query.Token_FCONST:
			shown = Hidden
		case pg_query.Token_SQL_COMMENT, pg_query.Token_C_COMMENT:
		default:
			shown = sql[start:end]
		}
		// Between tokens there is white space, and what the scanner skipped without making a token of it.
		if strings.TrimLeft(sql[at:start], " \t\n\r\f\v") == "" {
			b.WriteString(sql[at:start])
		} else {
			b.WriteByte(' ')
		}
		b.WriteString(shown)
		at = end
	}
	return b.String()
}

// RedactSent returns a statement that was written for a store without the literals in it. Values of clients and of row filters
// travel as parameters; what the text holds is the dialect's own, but nobody should have to know that to trust a log.
func RedactSent(sql string, d *connectors.Dialect) string {
	backslash := strings.HasPrefix(d.Quote("x"), "`") // MySQL's family: a backslash in a text hides what follows
	var b strings.Builder
	for i := 0; i < len(sql); {
		switch c := sql[i]; {
		case c == '\'':
			i = quotedEnd(sql, i, backslash || i > 0 && (sql[i-1] == 'E' || sql[i-1] == 'e'))
			b.WriteString(Hidden)
		case c == '"' || c == '`':
			end := quotedEnd(sql, i, false)
			b.WriteString(sql[i:end])
			i = end
		case c == '$' || c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80:
			end := i + 1
			for end < len(sql) && isNamePart(sql[end]) {
				end++
			}
			b.WriteString(sql[i:end])
			i = end
		case c >= '0' && c <= '9':
			for i++; i < len(sql) && (isNamePart(sql[i]) || sql[i] == '.'); i++ {
			}
			b.WriteString(Hidden)
		default:
			b.WriteByte(c)
			i++
		}
	}
	return b.String()
}

func isNamePart(c byte) bool {
	return c == '$' || c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80
}

// quotedEnd returns where a quoted text or name ends.
func quotedEnd(sql string, start int, backslash bool) int {
	quote := sql[start]
	for i := start + 1; i < len(sql); i++ {
		switch {
		case backslash && sql[i] == '\\':
			i++
		case sql[i] != quote:
		case i+1 < len(sql) && sql[i+1] == quote:
			i++
		default:
			return i + 1
		}
	}
	return len(sql)
}
