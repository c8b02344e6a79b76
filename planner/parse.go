package planner

import (
	"errors"
	"strings"
	"unicode/utf8"

	pg_query "github.com/pganalyze/pg_query_go/v6"
	"github.com/pganalyze/pg_query_go/v6/parser"

	"meshgate/sqlerr"
)

// Limits of a statement's text. They keep PostgreSQL's parser, which recurses on the C stack, far from its end.
const (
	maxStatementBytes = 4 << 20
	maxNesting        = 4000
)

// Statement is one parsed statement.
type Statement struct {
	// Text is the statement's own text, without the semicolon.
	Text string

	source string // the whole text that positions count in
	node   *pg_query.Node
}

// Node returns the statement's parse tree. The caller does not change it.
func (s *Statement) Node() *pg_query.Node { return s.node }

// Source returns the text that error positions count in.
func (s *Statement) Source() string { return s.source }

// IsQuery reports whether the statement is a SELECT, VALUES or TABLE.
func (s *Statement) IsQuery() bool { return s.node.GetSelectStmt() != nil }

// WithNode returns a statement of the same text for a part of its tree, for example the query inside EXPLAIN.
func (s *Statement) WithNode(n *pg_query.Node) *Statement {
	c := *s
	c.node = n
	return &c
}

// Parse splits a text into its statements with PostgreSQL's own grammar. No statements means that there was nothing but blanks
// and comments.
func Parse(sql string) ([]*Statement, error) {
	if len(sql) > maxStatementBytes {
		return nil, sqlerr.Newf(sqlerr.ProgramLimitExceeded, "statement is too long: %d bytes, the most is %d", len(sql), maxStatementBytes)
	}
	if !utf8.ValidString(sql) {
		return nil, sqlerr.Newf(sqlerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\"")
	}
	if strings.IndexByte(sql, 0) >= 0 {
		return nil, sqlerr.Newf(sqlerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": 0x00")
	}
	if err := checkNesting(sql); err != nil {
		return nil, err
	}
	tree, err := pg_query.Parse(sql)
	if err != nil {
		return nil, syntaxError(sql, err)
	}
	var out []*Statement
	for _, raw := range tree.Stmts {
		start, end := int(raw.StmtLocation), len(sql)
		if raw.StmtLen > 0 {
			end = start + int(raw.StmtLen)
		}
		out = append(out, &Statement{Text: strings.TrimSpace(sql[start:end]), source: sql, node: raw.Stmt})
	}
	return out, nil
}

// syntaxError turns the parser's error into a client's, with its place in characters.
func syntaxError(sql string, err error) error {
	var pe *parser.Error
	if !errors.As(err, &pe) {
		return sqlerr.Wrap(err, sqlerr.StatementTooComplex, "stack depth limit exceeded")
	}
	if strings.HasPrefix(pe.Message, "memory exhausted") {
		return sqlerr.Newf(sqlerr.StatementTooComplex, "stack depth limit exceeded")
	}
	code := sqlerr.SyntaxError
	if strings.HasPrefix(pe.Message, "invalid Unicode escape") && !strings.Contains(strings.ToUpper(sql), "U&'") {
		code = sqlerr.InvalidEscapeSequence
	}
	if strings.HasPrefix(pe.Message, "frame ") {
		code = sqlerr.WindowingError
	}
	e := sqlerr.Newf(code, "%s", pe.Message)
	if pe.Message == "invalid Unicode escape" {
		hint := `Unicode escapes must be \XXXX or \+XXXXXX.`
		if code == sqlerr.InvalidEscapeSequence {
			hint = `Unicode escapes must be \uXXXX or \UXXXXXXXX.`
		}
		e = e.WithHint("%s", hint)
	}
	if strings.HasPrefix(pe.Message, "LIMIT #,#") {
		e = e.WithHint("Use separate LIMIT and OFFSET clauses.")
	}
	// Cursorpos counts characters already: the parser converts its byte offset.
	return e.At(min(pe.Cursorpos, utf8.RuneCountInString(sql)+1))
}

// checkNesting refuses a text whose tree could be deeper than the parser's stack carries: brackets, and chains of operators,
// casts and set operations, each of which is one level deeper than the one before. A comma, AND, OR and a semicolon end a chain,
// for the grammar makes lists of them.
func checkNesting(sql string) error {
	l := nestingLexer{text: sql, chain: []int{0}}
	for l.at < len(sql) {
		l.token()
		if l.depth > maxNesting {
			return sqlerr.Newf(sqlerr.StatementTooComplex, "stack depth limit exceeded").
				WithHint("The statement nests or chains more than %d expressions.", maxNesting)
		}
	}
	return nil
}

// nestingLexer finds the tokens that deepen a parse tree, skipping literals, quoted names and comments.
type nestingLexer struct {
	text  string
	at    int
	chain []int // links of the current chain, for each open bracket
	depth int   // sum of chain
}

func (l *nestingLexer) link() {
	l.chain[len(l.chain)-1]++
	l.depth++
}

func (l *nestingLexer) cut() {
	top := len(l.chain) - 1
	l.depth -= l.chain[top]
	l.chain[top] = 0
}

func (l *nestingLexer) token() {
	c := l.text[l.at]
	rest := l.text[l.at:]
	switch {
	case c == '\'':
		l.quoted('\'', l.at > 0 && (l.text[l.at-1] == 'e' || l.text[l.at-1] == 'E'))
	case c == '"':
		l.quoted('"', false)
	case strings.HasPrefix(rest, "--"):
		l.skipTo("\n")
	case strings.HasPrefix(rest, "/*"):
		l.comment()
	case c == '$':
		l.dollar()
	case c == '(' || c == '[':
		l.chain = append(l.chain, 1)
		l.depth++
		l.at++
	case c == ')' || c == ']':
		if len(l.chain) > 1 {
			l.cut()
			l.chain = l.chain[:len(l.chain)-1]
			if c == ']' {
				l.link()
			}
		}
		l.at++
	case c == ',' || c == ';':
		l.cut()
		l.at++
	case strings.IndexByte("+-*/<>=~!@#%^&|`?:", c) >= 0:
		for l.at < len(l.text) && strings.IndexByte("+-*/<>=~!@#%^&|`?:", l.text[l.at]) >= 0 &&
			!strings.HasPrefix(l.text[l.at:], "--") && !strings.HasPrefix(l.text[l.at:], "/*") && !strings.HasPrefix(l.text[l.at:], principalPrefix) {
			l.at++
		}
		l.link()
	case isWordStart(c):
		l.word()
	default:
		l.at++
	}
}

func isWordStart(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// deepening are the keywords that make a tree one level deeper each time.
var deepening = map[string]bool{
	"union": true, "intersect": true, "except": true, "join": true, "not": true, "is": true, "like": true, "ilike": true, "similar": true,
	"collate": true, "at": true, "case": true, "in": true, "between": true, "isnull": true, "notnull": true, "explain": true,
}

func (l *nestingLexer) word() {
	start := l.at
	for l.at < len(l.text) && (isWordStart(l.text[l.at]) || l.text[l.at] >= '0' && l.text[l.at] <= '9' || l.text[l.at] == '$') {
		l.at++
	}
	if l.at-start > 12 {
		return
	}
	switch word := strings.ToLower(l.text[start:l.at]); {
	case word == "and" || word == "or":
		l.cut()
	case deepening[word]:
		l.link()
	}
}

// quoted skips a literal or a quoted name; a doubled quote is part of it, and in E” a backslash escapes.
func (l *nestingLexer) quoted(quote byte, escapes bool) {
	for l.at++; l.at < len(l.text); l.at++ {
		switch {
		case escapes && l.text[l.at] == '\\':
			l.at++
		case l.text[l.at] == quote:
			if l.at+1 < len(l.text) && l.text[l.at+1] == quote {
				l.at++
				continue
			}
			l.at++
			return
		}
	}
}

func (l *nestingLexer) skipTo(end string) {
	if i := strings.Index(l.text[l.at:], end); i >= 0 {
		l.at += i + len(end)
	} else {
		l.at = len(l.text)
	}
}

// comment skips a comment; comments nest.
func (l *nestingLexer) comment() {
	open := 0
	for l.at < len(l.text) {
		switch {
		case strings.HasPrefix(l.text[l.at:], "/*"):
			open++
			l.at += 2
		case strings.HasPrefix(l.text[l.at:], "*/"):
			open--
			l.at += 2
			if open == 0 {
				return
			}
		default:
			l.at++
		}
	}
}

// dollar skips a dollar-quoted literal; $1 is a parameter.
func (l *nestingLexer) dollar() {
	end := l.at + 1
	for end < len(l.text) && (isWordStart(l.text[end]) || end > l.at+1 && l.text[end] >= '0' && l.text[end] <= '9') {
		end++
	}
	if end < len(l.text) && l.text[end] == '$' {
		tag := l.text[l.at : end+1]
		l.at = end + 1
		l.skipTo(tag)
		return
	}
	l.at++
}
