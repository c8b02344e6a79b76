package pgvalue

import (
	"strconv"
	"strings"

	"meshgate/sqlerr"
)

// maxPathDepth bounds the nesting of a path, where PostgreSQL's stack depth limit does.
const maxPathDepth = 2000

type pathParser struct {
	tokens []pathToken
	depth  int
}

// ParseJSONPath reads a path as the input function of type jsonpath does.
func ParseJSONPath(text string) (*JSONPath, error) {
	tokens, err := lexJSONPath(text)
	if err != nil {
		return nil, err
	}
	p := &pathParser{tokens: tokens}
	path := &JSONPath{lax: true}
	if p.is(tokenEnd) {
		return nil, sqlerr.Newf(sqlerr.InvalidTextRepresentation, "invalid input syntax for type jsonpath: \"%s\"", clip(text))
	}
	if p.is("strict") || p.is("lax") {
		path.lax = p.take().kind == "lax"
	}
	if path.root, err = p.or(); err != nil {
		return nil, err
	}
	if !p.is(tokenEnd) {
		return nil, p.unexpected()
	}
	return path, path.root.check(false, false)
}

func (p *pathParser) is(kind string) bool { return p.tokens[0].kind == kind }

func (p *pathParser) take() pathToken {
	t := p.tokens[0]
	if t.kind != tokenEnd {
		p.tokens = p.tokens[1:]
	}
	return t
}

func (p *pathParser) unexpected() error {
	t := p.tokens[0]
	switch {
	case t.kind == tokenEnd:
		return sqlerr.Newf(sqlerr.SyntaxError, "syntax error at end of jsonpath input")
	case t.text != "":
		return sqlerr.Newf(sqlerr.SyntaxError, "syntax error at or near \"%s\" of jsonpath input", clip(t.text))
	}
	return sqlerr.Newf(sqlerr.SyntaxError, "syntax error at or near %q of jsonpath input", t.kind)
}

func (p *pathParser) expect(kind string) error {
	if !p.is(kind) {
		return p.unexpected()
	}
	p.take()
	return nil
}

// operand reads one and asks for a predicate, or for anything else.
func (p *pathParser) operand(read func() (*pathItem, error), predicate bool) (*pathItem, error) {
	item, err := read()
	if err == nil && item.isPredicate() != predicate {
		err = p.unexpected()
	}
	return item, err
}

func (p *pathParser) or() (*pathItem, error)  { return p.junction("||", pathOr, p.and) }
func (p *pathParser) and() (*pathItem, error) { return p.junction("&&", pathAnd, p.comparison) }

func (p *pathParser) junction(op string, kind pathKind, read func() (*pathItem, error)) (*pathItem, error) {
	left, err := read()
	for err == nil && p.is(op) {
		if !left.isPredicate() {
			return nil, p.unexpected()
		}
		p.take()
		var right *pathItem
		right, err = p.operand(read, true)
		left = &pathItem{kind: kind, text: op, left: left, right: right}
	}
	return left, err
}

// comparison reads a predicate, or an expression alone.
func (p *pathParser) comparison() (*pathItem, error) {
	if p.is("!") {
		p.take()
		return p.negation()
	}
	left, err := p.sum()
	if err != nil || left.isPredicate() {
		return left, err
	}
	switch op := p.tokens[0].kind; op {
	case "==", "!=", "<", "<=", ">", ">=":
		p.take()
		right, err := p.operand(p.sum, false)
		return &pathItem{kind: pathCompare, text: op, left: left, right: right}, err
	case "starts":
		p.take()
		if err := p.expect("with"); err != nil {
			return nil, err
		}
		right := &pathItem{kind: pathString, text: p.tokens[0].text}
		switch {
		case p.is(tokenVariable):
			right.kind = pathVariable
		case !p.is(tokenString):
			return nil, p.unexpected()
		}
		p.take()
		return &pathItem{kind: pathStartsWith, text: "starts with", left: left, right: right}, nil
	case "like_regex":
		p.take()
		return p.likeRegex(left)
	}
	return left, nil
}

// negation reads what ! negates: a predicate in parentheses, or exists.
func (p *pathParser) negation() (*pathItem, error) {
	if p.is("exists") {
		item, err := p.exists()
		return &pathItem{kind: pathNot, left: item}, err
	}
	if err := p.expect("("); err != nil {
		return nil, err
	}
	item, err := p.nested(p.or, true)
	if err != nil {
		return nil, err
	}
	return &pathItem{kind: pathNot, left: item}, p.expect(")")
}

// nested reads within parentheses or brackets.
func (p *pathParser) nested(read func() (*pathItem, error), predicate bool) (*pathItem, error) {
	if p.depth++; p.depth > maxPathDepth {
		return nil, sqlerr.Newf(sqlerr.StatementTooComplex, "stack depth limit exceeded")
	}
	defer func() { p.depth-- }()
	return p.operand(read, predicate)
}

func (p *pathParser) exists() (*pathItem, error) {
	p.take()
	if err := p.expect("("); err != nil {
		return nil, err
	}
	item, err := p.nested(p.sum, false)
	if err != nil {
		return nil, err
	}
	return &pathItem{kind: pathExists, left: item}, p.expect(")")
}

func (p *pathParser) likeRegex(left *pathItem) (*pathItem, error) {
	if !p.is(tokenString) {
		return nil, p.unexpected()
	}
	item := &pathItem{kind: pathLikeRegex, text: p.take().text, left: left}
	flags := ""
	if p.is("flag") {
		p.take()
		if !p.is(tokenString) {
			return nil, p.unexpected()
		}
		flags = p.take().text
	}
	for _, c := range flags {
		if !strings.ContainsRune("ismxq", c) {
			return nil, sqlerr.Newf(sqlerr.SyntaxError, "invalid input syntax for type jsonpath").
				WithDetail("Unrecognized flag character \"%c\" in LIKE_REGEX predicate.", c)
		}
	}
	for _, c := range "ismxq" {
		if strings.ContainsRune(flags, c) {
			item.flags += string(c)
		}
	}
	options := RegexAdvanced
	switch {
	case strings.Contains(flags, "q"):
		options = RegexQuote
	case strings.Contains(flags, "x"):
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "XQuery \"x\" flag (expanded regular expressions) is not implemented")
	default:
		if !strings.Contains(flags, "s") {
			options |= RegexNewlineStop
		}
		if strings.Contains(flags, "m") {
			options |= RegexNewlineAnchor
		}
	}
	if strings.Contains(flags, "i") {
		options |= RegexIgnoreCase
	}
	var err error
	item.regex, err = CachedRegex(item.text, options)
	return item, err
}

func (p *pathParser) sum() (*pathItem, error)     { return p.arithmetic("+-", p.product) }
func (p *pathParser) product() (*pathItem, error) { return p.arithmetic("*/%", p.signed) }

func (p *pathParser) arithmetic(ops string, read func() (*pathItem, error)) (*pathItem, error) {
	left, err := read()
	for err == nil && len(p.tokens[0].kind) == 1 && strings.Contains(ops, p.tokens[0].kind) {
		if left.isPredicate() {
			return nil, p.unexpected()
		}
		op := p.take().kind
		var right *pathItem
		right, err = p.operand(read, false)
		left = &pathItem{kind: pathArithmetic, text: op, left: left, right: right}
	}
	return left, err
}

func (p *pathParser) signed() (*pathItem, error) {
	if !p.is("+") && !p.is("-") {
		return p.accessors()
	}
	op := p.take().kind
	item, err := p.nested(p.signed, false)
	switch {
	case err != nil:
		return nil, err
	case item.kind != pathNumber || item.next != nil:
		return &pathItem{kind: pathSign, text: op, left: item}, nil
	case op == "-":
		return &pathItem{kind: pathNumber, number: item.number.Neg()}, nil
	}
	return item, nil
}

// accessors reads a primary and the steps from it.
func (p *pathParser) accessors() (*pathItem, error) {
	if p.is("exists") {
		return p.exists()
	}
	var head *pathItem
	if p.is("(") {
		p.take()
		var err error
		if head, err = p.parenthesis(); err != nil {
			return nil, err
		}
		if p.is("is") && head.isPredicate() {
			p.take()
			return &pathItem{kind: pathIsUnknown, left: head}, p.expect("unknown")
		}
	} else {
		var err error
		if head, err = p.primary(); err != nil {
			return nil, err
		}
	}
	end := head
	for end.next != nil {
		end = end.next
	}
	for p.is(".") || p.is("[") || p.is("?") {
		step, err := p.step()
		if err != nil {
			return nil, err
		}
		end.next = step
		end = step
	}
	return head, nil
}

func (p *pathParser) parenthesis() (*pathItem, error) {
	if p.depth++; p.depth > maxPathDepth {
		return nil, sqlerr.Newf(sqlerr.StatementTooComplex, "stack depth limit exceeded")
	}
	defer func() { p.depth-- }()
	item, err := p.or()
	if err != nil {
		return nil, err
	}
	return item, p.expect(")")
}

func (p *pathParser) primary() (*pathItem, error) {
	t := p.tokens[0]
	item := &pathItem{text: t.text}
	switch t.kind {
	case tokenString:
		item.kind = pathString
	case "null":
		item.kind = pathNull
	case "true", "false":
		item.kind, item.yes = pathBool, t.kind == "true"
	case tokenInteger, tokenDecimal:
		n, err := ParseNumeric(t.text)
		if err != nil {
			return nil, err
		}
		item.kind, item.number = pathNumber, n
	case tokenVariable:
		item.kind = pathVariable
	case "$":
		item.kind = pathRoot
	case "@":
		item.kind = pathCurrent
	case "last":
		item.kind = pathLast
	default:
		return nil, p.unexpected()
	}
	p.take()
	return item, nil
}

// step reads one accessor.
func (p *pathParser) step() (*pathItem, error) {
	switch p.take().kind {
	case "[":
		return p.subscripts()
	case "?":
		if err := p.expect("("); err != nil {
			return nil, err
		}
		item, err := p.nested(p.or, true)
		if err != nil {
			return nil, err
		}
		return &pathItem{kind: pathFilter, left: item}, p.expect(")")
	}
	t := p.tokens[0]
	_, keyword := pathKeywords[t.kind]
	switch {
	case t.kind == "*":
		p.take()
		return &pathItem{kind: pathAnyKey}, nil
	case t.kind == "**":
		p.take()
		return p.levels()
	case t.kind != tokenName && t.kind != tokenString && !keyword:
		return nil, p.unexpected()
	}
	p.take()
	if !p.is("(") {
		return &pathItem{kind: pathKey, text: t.text}, nil
	}
	switch t.kind {
	case "abs", "size", "type", "floor", "double", "ceiling", "keyvalue":
		p.take()
		return &pathItem{kind: pathMethod, text: t.kind}, p.expect(")")
	case "datetime":
		p.take()
		item := &pathItem{kind: pathDatetime, text: "datetime"}
		if p.is(tokenString) {
			text := p.take().text
			item.left, item.template = &pathItem{kind: pathString, text: text}, parseStandardTemplate(text)
		}
		return item, p.expect(")")
	}
	return nil, p.unexpected()
}

func (p *pathParser) subscripts() (*pathItem, error) {
	if p.is("*") {
		p.take()
		return &pathItem{kind: pathAnyArray}, p.expect("]")
	}
	item := &pathItem{kind: pathSubscripts}
	for {
		from, err := p.nested(p.sum, false)
		if err != nil {
			return nil, err
		}
		s := pathSubscript{from: from}
		if p.is("to") {
			p.take()
			if s.to, err = p.nested(p.sum, false); err != nil {
				return nil, err
			}
		}
		item.subscripts = append(item.subscripts, s)
		if !p.is(",") {
			return item, p.expect("]")
		}
		p.take()
	}
}

// levels reads the bounds of **.
func (p *pathParser) levels() (*pathItem, error) {
	item := &pathItem{kind: pathAny, last: pathLeaves}
	if !p.is("{") {
		return item, nil
	}
	p.take()
	var err error
	if item.first, err = p.level(); err != nil {
		return nil, err
	}
	item.last = item.first
	if p.is("to") {
		p.take()
		if item.last, err = p.level(); err != nil {
			return nil, err
		}
	}
	return item, p.expect("}")
}

func (p *pathParser) level() (int64, error) {
	t := p.tokens[0]
	switch t.kind {
	case "last":
		p.take()
		return pathLeaves, nil
	case tokenInteger:
		n, err := strconv.ParseInt(t.text, 10, 32)
		if err != nil {
			return 0, valueOutOfRange(t.text, "integer")
		}
		p.take()
		return n, nil
	}
	return 0, p.unexpected()
}
