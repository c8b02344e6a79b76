package pgvalue

import (
	"meshgate/sqlerr"
)

// pathValue is an item that a path finds: a JSON value, or a moment.
type pathValue struct {
	json   *JSON
	moment *pathMoment
}

func (v pathValue) isArray() bool  { return v.moment == nil && v.json.Kind == JSONArray }
func (v pathValue) isObject() bool { return v.moment == nil && v.json.Kind == JSONObject }

func (v pathValue) append(dst []byte) []byte {
	if v.moment != nil {
		return v.moment.append(dst)
	}
	return v.json.AppendJSONB(dst)
}

func numberValue(n Numeric) pathValue { return pathValue{json: &JSON{Kind: JSONNumber, Number: n}} }
func textValue(s string) pathValue    { return pathValue{json: &JSON{Kind: JSONString, Text: s}} }

func boolValue(v bool) pathValue {
	if v {
		return pathValue{json: &JSON{Kind: JSONTrue}}
	}
	return pathValue{json: &JSON{Kind: JSONFalse}}
}

// number returns a value's number.
func (v pathValue) number() (Numeric, bool) {
	if v.moment != nil || v.json.Kind != JSONNumber {
		return Numeric{}, false
	}
	return v.json.Number, true
}

func (v pathValue) text() (string, bool) {
	if v.moment != nil || v.json.Kind != JSONString {
		return "", false
	}
	return v.json.Text, true
}

// pathStatus is how a step ended.
type pathStatus uint8

const (
	pathNothing pathStatus = iota
	pathFound
	pathFailed
)

// pathBase is the jsonb in which .keyvalue() counts the places of objects, and its number.
type pathBase struct {
	json *JSON
	id   int64
}

// pathRun evaluates a path over a value.
type pathRun struct {
	lax     bool
	lenient bool // structural errors are ignored
	throw   bool // errors that may be suppressed are not
	zone    *Format
	root    pathValue
	current pathValue
	vars    *JSON // nil = variables are null
	base    pathBase
	objects int64 // that .keyvalue() made
	size    int   // of the innermost array, for last; -1 outside of subscripts
	err     error // ends the query, whatever is suppressed
}

// pathList collects what is found; nil asks only whether there is anything.
type pathList struct{ values []pathValue }

// fail ends a step with an error that may be suppressed.
func (x *pathRun) fail(code sqlerr.Code, format string, args ...any) pathStatus {
	if x.throw && x.err == nil {
		x.err = sqlerr.Newf(code, format, args...)
	}
	return pathFailed
}

// stop ends the query.
func (x *pathRun) stop(err error) pathStatus {
	if x.err == nil {
		x.err = err
	}
	return pathFailed
}

// run evaluates the whole path.
func (x *pathRun) run(p *JSONPath, found *pathList) pathStatus {
	if !x.lax && found == nil {
		var all pathList
		status := x.item(p.root, x.root, &all)
		if status == pathFailed {
			return status
		}
		if len(all.values) == 0 {
			return pathNothing
		}
		return pathFound
	}
	return x.item(p.root, x.root, found)
}

// next goes on with the steps after one.
func (x *pathRun) next(p *pathItem, v pathValue, found *pathList) pathStatus {
	if p.next != nil {
		return x.item(p.next, v, found)
	}
	if found != nil {
		found.values = append(found.values, v)
	}
	return pathFound
}

// item evaluates a step; in lax mode arrays are unwrapped for it.
func (x *pathRun) item(p *pathItem, v pathValue, found *pathList) pathStatus {
	return x.step(p, v, found, x.lax)
}

func (x *pathRun) step(p *pathItem, v pathValue, found *pathList, unwrap bool) pathStatus {
	if x.err != nil {
		return pathFailed
	}
	switch p.kind {
	case pathOr, pathAnd, pathNot, pathIsUnknown, pathExists, pathCompare, pathStartsWith, pathLikeRegex:
		truth := x.predicate(p, v)
		switch {
		case x.err != nil:
			return pathFailed
		case truth == pathUnknown:
			return x.next(p, pathValue{json: &JSON{Kind: JSONNull}}, found)
		}
		return x.next(p, boolValue(truth == pathTrue), found)
	case pathKey:
		return x.member(p, v, found, unwrap)
	case pathRoot:
		saved := x.base
		x.base = pathBase{x.root.json, 0}
		status := x.next(p, x.root, found)
		x.base = saved
		return status
	case pathCurrent:
		return x.next(p, x.current, found)
	case pathAnyKey, pathAnyArray:
		return x.children(p, v, found, unwrap)
	case pathSubscripts:
		return x.subscripts(p, v, found)
	case pathLast:
		return x.next(p, numberValue(NumericFromInt(int64(x.size-1))), found)
	case pathAny:
		return x.anyLevel(p, v, found)
	case pathFilter:
		if unwrap && v.isArray() {
			return x.unwrapped(p, v, found)
		}
		saved := x.current
		x.current = v
		truth := x.predicate(p.left, v)
		x.current = saved
		switch {
		case x.err != nil:
			return pathFailed
		case truth != pathTrue:
			return pathNothing
		}
		return x.next(p, v, found)
	case pathArithmetic:
		return x.arithmetic(p, v, found)
	case pathSign:
		return x.sign(p, v, found)
	case pathMethod, pathDatetime:
		return x.method(p, v, found, unwrap)
	}
	return x.constant(p, found)
}

// unwrapped evaluates a step for each element of an array.
func (x *pathRun) unwrapped(p *pathItem, v pathValue, found *pathList) pathStatus {
	return x.descend(p, v, found, levels{1, 1, 1}, false, false)
}

func (x *pathRun) member(p *pathItem, v pathValue, found *pathList, unwrap bool) pathStatus {
	switch {
	case v.isObject():
		for i := range v.json.Members {
			if m := &v.json.Members[i]; m.Key == p.text {
				return x.next(p, pathValue{json: &m.Value}, found)
			}
		}
		if !x.lenient {
			return x.fail(sqlerr.JSONMemberNotFound, "JSON object does not contain key \"%s\"", clip(p.text))
		}
	case unwrap && v.isArray():
		return x.unwrapped(p, v, found)
	case !x.lenient:
		return x.fail(sqlerr.JSONMemberNotFound, "jsonpath member accessor can only be applied to an object")
	}
	return pathNothing
}

// children is .* and [*].
func (x *pathRun) children(p *pathItem, v pathValue, found *pathList, unwrap bool) pathStatus {
	switch {
	case p.kind == pathAnyKey && v.isObject(), p.kind == pathAnyArray && v.isArray():
		return x.descend(p.next, v, found, levels{1, 1, 1}, false, x.lax)
	case p.kind == pathAnyKey && unwrap && v.isArray():
		return x.unwrapped(p, v, found)
	case p.kind == pathAnyArray && x.lax:
		return x.next(p, v, found)
	case x.lenient:
		return pathNothing
	case p.kind == pathAnyKey:
		return x.fail(sqlerr.JSONObjectNotFound, "jsonpath wildcard member accessor can only be applied to an object")
	}
	return x.fail(sqlerr.JSONArrayNotFound, "jsonpath wildcard array accessor can only be applied to an array")
}

// levels are the depths that ** visits: the present one, the first and the last.
type levels struct{ level, first, last int64 }

// descend evaluates steps for the values within a value; p may be nil, which takes them all.
func (x *pathRun) descend(p *pathItem, v pathValue, found *pathList, l levels, lenient, unwrap bool) pathStatus {
	if l.level > l.last || v.moment != nil {
		return pathNothing
	}
	status := pathNothing
	one := func(child *JSON) (stop bool) {
		inner := pathValue{json: child}
		scalar := child.Kind != JSONArray && child.Kind != JSONObject
		if l.level >= l.first || l.first == pathLeaves && l.last == pathLeaves && scalar {
			switch {
			case p != nil:
				saved := x.lenient
				x.lenient = x.lenient || lenient
				status = x.step(p, inner, found, unwrap)
				x.lenient = saved
			case found != nil:
				found.values = append(found.values, inner)
			default:
				status = pathFound
			}
			if status == pathFailed || status == pathFound && found == nil {
				return true
			}
		}
		if l.level < l.last && !scalar {
			status = x.descend(p, inner, found, levels{l.level + 1, l.first, l.last}, lenient, unwrap)
		}
		return status == pathFailed || status == pathFound && found == nil
	}
	for i := range v.json.Items {
		if one(&v.json.Items[i]) {
			return status
		}
	}
	for i := range v.json.Members {
		if one(&v.json.Members[i].Value) {
			return status
		}
	}
	return status
}

func (x *pathRun) anyLevel(p *pathItem, v pathValue, found *pathList) pathStatus {
	status := pathNothing
	if p.first == 0 {
		saved := x.lenient
		x.lenient = true
		status = x.next(p, v, found)
		x.lenient = saved
		if status == pathFound && found == nil {
			return status
		}
	}
	if v.isArray() || v.isObject() {
		status = x.descend(p.next, v, found, levels{1, p.first, p.last}, true, x.lax)
	}
	return status
}

func (x *pathRun) subscripts(p *pathItem, v pathValue, found *pathList) pathStatus {
	if !v.isArray() && !x.lax {
		if x.lenient {
			return pathNothing
		}
		return x.fail(sqlerr.JSONArrayNotFound, "jsonpath array accessor can only be applied to an array")
	}
	size := 1
	if v.isArray() {
		size = len(v.json.Items)
	}
	outer := x.size
	x.size = size
	defer func() { x.size = outer }()
	status := pathNothing
	for _, s := range p.subscripts {
		from, ok := x.index(s.from, v)
		to := from
		if ok && s.to != nil {
			to, ok = x.index(s.to, v)
		}
		if !ok {
			return pathFailed
		}
		if !x.lenient && (from < 0 || from > to || to >= size) {
			return x.fail(sqlerr.InvalidJSONSubscript, "jsonpath array subscript is out of bounds")
		}
		status = pathNothing
		for i := max(from, 0); i <= min(to, size-1); i++ {
			item := v
			if v.isArray() {
				item = pathValue{json: &v.json.Items[i]}
			}
			status = x.next(p, item, found)
			if status == pathFailed || status == pathFound && found == nil {
				return status
			}
		}
	}
	return status
}

// index evaluates a subscript.
func (x *pathRun) index(p *pathItem, v pathValue) (int, bool) {
	var list pathList
	if x.item(p, v, &list) == pathFailed {
		return 0, false
	}
	if len(list.values) == 1 {
		if n, ok := list.values[0].number(); ok {
			i, fits := n.Trunc(0).Int64()
			if !fits || i != int64(int32(i)) {
				x.fail(sqlerr.InvalidJSONSubscript, "jsonpath array subscript is out of integer range")
				return 0, false
			}
			return int(i), true
		}
	}
	x.fail(sqlerr.InvalidJSONSubscript, "jsonpath array subscript is not a single numeric value")
	return 0, false
}

// constant is a literal or a variable.
func (x *pathRun) constant(p *pathItem, found *pathList) pathStatus {
	switch p.kind {
	case pathString:
		return x.next(p, textValue(p.text), found)
	case pathNumber:
		return x.next(p, numberValue(p.number), found)
	case pathBool:
		return x.next(p, boolValue(p.yes), found)
	case pathVariable:
		if x.vars == nil {
			break
		}
		for i := range x.vars.Members {
			if m := &x.vars.Members[i]; m.Key == p.text {
				saved := x.base
				x.base = pathBase{x.vars, 1}
				status := x.next(p, pathValue{json: &m.Value}, found)
				x.base = saved
				return status
			}
		}
		return x.stop(sqlerr.Newf(sqlerr.UndefinedObject, "could not find jsonpath variable \"%s\"", clip(p.text)))
	}
	return x.next(p, pathValue{json: &JSON{Kind: JSONNull}}, found)
}
