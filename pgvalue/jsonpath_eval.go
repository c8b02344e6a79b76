package pgvalue

import (
	"cmp"
	"math"
	"strings"

	"meshgate/sqlerr"
)

// pathTruth is true, false or unknown.
type pathTruth uint8

const (
	pathFalse pathTruth = iota
	pathTrue
	pathUnknown
)

func truthOf(v bool) pathTruth {
	if v {
		return pathTrue
	}
	return pathFalse
}

// operands evaluates an operand of an operator; in lax mode arrays among its items become their elements.
func (x *pathRun) operands(p *pathItem, v pathValue, unwrap bool) ([]pathValue, bool) {
	var list pathList
	if x.item(p, v, &list) == pathFailed {
		return nil, false
	}
	if !unwrap || !x.lax {
		return list.values, true
	}
	var out []pathValue
	for _, item := range list.values {
		if !item.isArray() {
			out = append(out, item)
			continue
		}
		for i := range item.json.Items {
			out = append(out, pathValue{json: &item.json.Items[i]})
		}
	}
	return out, true
}

// quietly evaluates with errors suppressed.
func (x *pathRun) quietly(do func()) {
	saved := x.throw
	x.throw = false
	do()
	x.throw = saved
}

// predicate evaluates a predicate.
func (x *pathRun) predicate(p *pathItem, v pathValue) pathTruth {
	if x.err != nil {
		return pathUnknown
	}
	switch p.kind {
	case pathAnd, pathOr:
		decides, other := pathFalse, pathTrue
		if p.kind == pathOr {
			decides, other = pathTrue, pathFalse
		}
		left := x.predicate(p.left, v)
		if left == decides {
			return left
		}
		right := x.predicate(p.right, v)
		if right == other {
			return left
		}
		return right
	case pathNot:
		switch x.predicate(p.left, v) {
		case pathTrue:
			return pathFalse
		case pathFalse:
			return pathTrue
		}
		return pathUnknown
	case pathIsUnknown:
		return truthOf(x.predicate(p.left, v) == pathUnknown)
	case pathExists:
		return x.exists(p, v)
	}
	return x.pairs(p, v)
}

func (x *pathRun) exists(p *pathItem, v pathValue) (truth pathTruth) {
	x.quietly(func() {
		var status pathStatus
		if x.lax {
			status = x.item(p.left, v, nil)
		} else {
			var all pathList
			if status = x.item(p.left, v, &all); status != pathFailed {
				truth = truthOf(len(all.values) > 0)
				return
			}
		}
		if truth = truthOf(status == pathFound); status == pathFailed {
			truth = pathUnknown
		}
	})
	return truth
}

// pairs evaluates a predicate of each pair of items of both sides: one that is true is enough, but in strict mode no other may fail.
func (x *pathRun) pairs(p *pathItem, v pathValue) pathTruth {
	var left, right []pathValue
	ok := true
	x.quietly(func() {
		left, ok = x.operands(p.left, v, true)
		if ok && p.right != nil {
			right, ok = x.operands(p.right, v, p.kind == pathCompare)
		}
	})
	if !ok {
		return pathUnknown
	}
	if p.right == nil {
		right = []pathValue{{}}
	}
	failed, found := false, false
	for _, a := range left {
		for _, b := range right {
			truth := x.pair(p, a, b)
			switch {
			case truth == pathUnknown && !x.lax, x.err != nil:
				return pathUnknown
			case truth == pathUnknown:
				failed = true
			case truth == pathTrue && x.lax:
				return pathTrue
			case truth == pathTrue:
				found = true
			}
		}
	}
	switch {
	case found:
		return pathTrue
	case failed:
		return pathUnknown
	}
	return pathFalse
}

func (x *pathRun) pair(p *pathItem, a, b pathValue) pathTruth {
	switch p.kind {
	case pathStartsWith:
		whole, ok := a.text()
		start, ok2 := b.text()
		if !ok || !ok2 {
			return pathUnknown
		}
		return truthOf(strings.HasPrefix(whole, start))
	case pathLikeRegex:
		text, ok := a.text()
		if !ok {
			return pathUnknown
		}
		m := p.regex.Matcher()
		defer m.Release()
		m.Reset(text)
		matches, err := m.Matches()
		if err != nil {
			x.stop(err)
		}
		return truthOf(matches)
	}
	return x.compare(p.text, a, b)
}

// compare compares two items; those of different types, and arrays and objects, cannot be compared.
func (x *pathRun) compare(op string, a, b pathValue) pathTruth {
	result := 0
	switch {
	case a.moment != nil && b.moment != nil:
		r, comparable, err := x.compareMoments(a.moment, b.moment)
		if err != nil {
			x.stop(err)
		}
		if !comparable {
			return pathUnknown
		}
		result = r
	case a.comparedKind() != b.comparedKind():
		if a.comparedKind() == JSONNull || b.comparedKind() == JSONNull {
			return truthOf(op == "!=")
		}
		return pathUnknown
	case a.comparedKind() == JSONTrue:
		result = cmp.Compare(a.json.Kind, b.json.Kind)
	case a.comparedKind() == JSONNumber:
		result = a.json.Number.Cmp(b.json.Number)
	case a.comparedKind() == JSONString:
		result = strings.Compare(a.json.Text, b.json.Text)
	case a.comparedKind() != JSONNull:
		return pathUnknown
	}
	switch op {
	case "==":
		return truthOf(result == 0)
	case "!=":
		return truthOf(result != 0)
	case "<":
		return truthOf(result < 0)
	case "<=":
		return truthOf(result <= 0)
	case ">":
		return truthOf(result > 0)
	}
	return truthOf(result >= 0)
}

// comparedKind is the type by which items compare.
func (v pathValue) comparedKind() JSONKind {
	switch {
	case v.moment != nil:
		return math.MaxUint8
	case v.json.Kind == JSONFalse:
		return JSONTrue
	case v.json.Kind == JSONObject:
		return JSONArray
	}
	return v.json.Kind
}

func (x *pathRun) arithmetic(p *pathItem, v pathValue, found *pathList) pathStatus {
	left, ok := x.operands(p.left, v, true)
	if !ok {
		return pathFailed
	}
	right, ok := x.operands(p.right, v, true)
	if !ok {
		return pathFailed
	}
	single := func(list []pathValue, side string) (Numeric, bool) {
		if len(list) == 1 {
			if n, ok := list[0].number(); ok {
				return n, true
			}
		}
		x.fail(sqlerr.SingletonJSONItemRequired, "%s operand of jsonpath operator %s is not a single numeric value", side, p.text)
		return Numeric{}, false
	}
	a, ok := single(left, "left")
	if !ok {
		return pathFailed
	}
	b, ok := single(right, "right")
	if !ok {
		return pathFailed
	}
	var n Numeric
	var err error
	switch p.text {
	case "+":
		n = a.Add(b)
	case "-":
		n = a.Sub(b)
	case "*":
		n, err = a.Mul(b)
	case "/":
		n, err = a.Div(b)
	default:
		n, err = a.Mod(b)
	}
	if err == nil {
		n, err = n.checked()
	}
	if err != nil {
		if x.throw {
			x.stop(err)
		}
		return pathFailed
	}
	return x.next(p, numberValue(n), found)
}

// sign is + or - of each item.
func (x *pathRun) sign(p *pathItem, v pathValue, found *pathList) pathStatus {
	list, ok := x.operands(p.left, v, true)
	if !ok {
		return pathFailed
	}
	status := pathNothing
	for _, item := range list {
		n, ok := item.number()
		switch {
		case !ok && found == nil && p.next == nil:
			continue
		case !ok:
			return x.fail(sqlerr.JSONNumberNotFound, "operand of unary jsonpath operator %s is not a numeric value", p.text)
		}
		if p.text == "-" {
			n = n.Neg()
		}
		switch x.next(p, numberValue(n), found) {
		case pathFailed:
			return pathFailed
		case pathFound:
			if status = pathFound; found == nil {
				return status
			}
		}
	}
	return status
}
