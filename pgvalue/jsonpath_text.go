package pgvalue

import "strconv"

// String is the path as PostgreSQL shows it.
func (p *JSONPath) String() string {
	var dst []byte
	if !p.lax {
		dst = append(dst, "strict "...)
	}
	return string(p.root.append(dst, false, true))
}

// append appends an item and the steps after it; step = it follows another; parentheses = they go around an operation.
func (p *pathItem) append(dst []byte, step, parentheses bool) []byte {
	for ; p != nil; p = p.next {
		dst = p.appendOne(dst, step, parentheses)
		step, parentheses = true, true
	}
	return dst
}

func (p *pathItem) appendOne(dst []byte, step, parentheses bool) []byte {
	dot := func() {
		if step {
			dst = append(dst, '.')
		}
	}
	switch p.kind {
	case pathNull:
		dst = append(dst, "null"...)
	case pathKey:
		dot()
		dst = AppendJSONString(dst, p.text)
	case pathString:
		dst = AppendJSONString(dst, p.text)
	case pathVariable:
		dst = AppendJSONString(append(dst, '$'), p.text)
	case pathNumber:
		if p.next != nil {
			return append(append(append(dst, '('), p.number.String()...), ')')
		}
		dst = append(dst, p.number.String()...)
	case pathBool:
		dst = strconv.AppendBool(dst, p.yes)
	case pathRoot:
		dst = append(dst, '$')
	case pathCurrent:
		dst = append(dst, '@')
	case pathLast:
		dst = append(dst, "last"...)
	case pathAnyKey:
		dot()
		dst = append(dst, '*')
	case pathAnyArray:
		dst = append(dst, "[*]"...)
	case pathSubscripts:
		dst = p.appendSubscripts(dst)
	case pathAny:
		dot()
		dst = p.appendLevels(dst)
	case pathFilter:
		dst = append(p.left.append(append(dst, "?("...), false, false), ')')
	case pathMethod:
		dst = append(append(append(dst, '.'), p.text...), "()"...)
	case pathDatetime:
		dst = append(p.left.append(append(dst, ".datetime("...), false, false), ')')
	case pathNot:
		dst = append(p.left.append(append(dst, "!("...), false, false), ')')
	case pathIsUnknown:
		dst = append(p.left.append(append(dst, '('), false, false), ") is unknown"...)
	case pathExists:
		dst = append(p.left.append(append(dst, "exists ("...), false, false), ')')
	case pathOr, pathAnd, pathCompare, pathStartsWith, pathLikeRegex, pathArithmetic, pathSign:
		dst = p.appendOperation(dst, parentheses)
	}
	return dst
}

func (p *pathItem) appendOperation(dst []byte, parentheses bool) []byte {
	if parentheses {
		dst = append(dst, '(')
	}
	operand := func(o *pathItem) { dst = o.append(dst, false, o.priority() <= p.priority()) }
	switch p.kind {
	case pathSign:
		dst = append(dst, p.text...)
		operand(p.left)
	case pathLikeRegex:
		operand(p.left)
		dst = AppendJSONString(append(dst, " like_regex "...), p.text)
		if p.flags != "" {
			dst = append(append(append(dst, ` flag "`...), p.flags...), '"')
		}
	default:
		operand(p.left)
		dst = append(append(append(dst, ' '), p.text...), ' ')
		operand(p.right)
	}
	if parentheses {
		dst = append(dst, ')')
	}
	return dst
}

func (p *pathItem) appendSubscripts(dst []byte) []byte {
	dst = append(dst, '[')
	for i, s := range p.subscripts {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = s.from.append(dst, false, false)
		if s.to != nil {
			dst = s.to.append(append(dst, " to "...), false, false)
		}
	}
	return append(dst, ']')
}

func (p *pathItem) appendLevels(dst []byte) []byte {
	level := func(n int64) {
		if n == pathLeaves {
			dst = append(dst, "last"...)
		} else {
			dst = strconv.AppendInt(dst, n, 10)
		}
	}
	dst = append(dst, "**"...)
	if p.first == 0 && p.last == pathLeaves {
		return dst
	}
	dst = append(dst, '{')
	level(p.first)
	if p.first != p.last {
		dst = append(dst, " to "...)
		level(p.last)
	}
	return append(dst, '}')
}
