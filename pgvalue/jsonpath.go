package pgvalue

import (
	"strings"
	"sync"

	"meshgate/sqlerr"
)

// JSONPath is a parsed jsonpath (PostgreSQL 15, section 9.16.2).
type JSONPath struct {
	root *pathItem
	lax  bool
}

// pathKind is what a step or an operation of a path does.
type pathKind uint8

const (
	pathNull pathKind = iota
	pathString
	pathNumber
	pathBool
	pathVariable
	pathRoot
	pathCurrent
	pathLast
	pathKey
	pathAnyKey
	pathAnyArray
	pathSubscripts
	pathAny
	pathFilter
	pathMethod
	pathDatetime
	pathOr
	pathAnd
	pathNot
	pathIsUnknown
	pathExists
	pathCompare
	pathStartsWith
	pathLikeRegex
	pathArithmetic
	pathSign
)

// pathItem is a step of a path or an operation, with the steps that follow on its result.
type pathItem struct {
	kind        pathKind
	next        *pathItem
	text        string // of a string, key, variable, regular expression; the name of a method or an operator
	flags       string // of like_regex, as they are shown
	number      Numeric
	yes         bool
	left, right *pathItem // operands; left is that of one alone
	subscripts  []pathSubscript
	first, last int64 // levels of **; pathLeaves = last
	regex       *Regex
	template    *DateTemplate
}

// pathSubscript is a subscript, or a range of them.
type pathSubscript struct{ from, to *pathItem }

// pathLeaves stands for the level "last": PostgreSQL's greatest 32-bit number.
const pathLeaves = 1<<32 - 1

// isPredicate reports whether an item is true, false or unknown.
func (p *pathItem) isPredicate() bool {
	switch p.kind {
	case pathOr, pathAnd, pathNot, pathIsUnknown, pathExists, pathCompare, pathStartsWith, pathLikeRegex:
		return p.next == nil
	}
	return false
}

// priority is how strongly an operation binds.
func (p *pathItem) priority() int {
	switch p.kind {
	case pathOr:
		return 0
	case pathAnd:
		return 1
	case pathCompare, pathStartsWith:
		return 2
	case pathArithmetic:
		if p.text == "+" || p.text == "-" {
			return 3
		}
		return 4
	case pathSign:
		return 5
	}
	return 6
}

// jsonPaths holds parsed paths: a path is mostly a constant of the query, asked for every row.
var jsonPaths = struct {
	sync.Mutex
	m map[string]*JSONPath
}{m: map[string]*JSONPath{}}

// CachedJSONPath is ParseJSONPath that remembers.
func CachedJSONPath(text string) (*JSONPath, error) {
	jsonPaths.Lock()
	p := jsonPaths.m[text]
	jsonPaths.Unlock()
	if p != nil {
		return p, nil
	}
	// The engine's texts last for a row, the path and its strings for longer.
	text = strings.Clone(text)
	p, err := ParseJSONPath(text)
	if err != nil || len(text) > 4096 {
		return p, err
	}
	jsonPaths.Lock()
	defer jsonPaths.Unlock()
	if len(jsonPaths.m) >= 256 {
		clear(jsonPaths.m)
	}
	jsonPaths.m[text] = p
	return p, nil
}

// NormalizeJSONPath reads a path and writes it as PostgreSQL shows it.
func NormalizeJSONPath(text string) (string, error) {
	p, err := ParseJSONPath(text)
	if err != nil {
		return "", err
	}
	return p.String(), nil
}

func badJSONPath(detail string) error {
	return sqlerr.Newf(sqlerr.InvalidTextRepresentation, "invalid input syntax for type jsonpath").WithDetail("%s", detail)
}

func jsonPathSyntax(message string) error {
	return sqlerr.Newf(sqlerr.SyntaxError, "%s in jsonpath input", message)
}

// check refuses @ outside of filters and LAST outside of subscripts.
func (p *pathItem) check(inFilter, inSubscript bool) error {
	for ; p != nil; p = p.next {
		switch {
		case p.kind == pathCurrent && !inFilter:
			return sqlerr.Newf(sqlerr.SyntaxError, "@ is not allowed in root expressions")
		case p.kind == pathLast && !inSubscript:
			return sqlerr.Newf(sqlerr.SyntaxError, "LAST is allowed only in array subscripts")
		}
		for _, operand := range [...]*pathItem{p.left, p.right} {
			if err := operand.check(inFilter || p.kind == pathFilter, inSubscript); err != nil {
				return err
			}
		}
		for _, s := range p.subscripts {
			for _, operand := range [...]*pathItem{s.from, s.to} {
				if err := operand.check(inFilter, true); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
