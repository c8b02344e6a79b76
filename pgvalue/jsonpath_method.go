package pgvalue

import (
	"math"
	"strings"

	"meshgate/sqlerr"
)

// method evaluates .type() and its like.
func (x *pathRun) method(p *pathItem, v pathValue, found *pathList, unwrap bool) pathStatus {
	switch p.text {
	case "type":
		return x.next(p, textValue(v.typeName()), found)
	case "size":
		size := 1
		switch {
		case v.isArray():
			size = len(v.json.Items)
		case !x.lax && x.lenient:
			return pathNothing
		case !x.lax:
			return x.fail(sqlerr.JSONArrayNotFound, "jsonpath item method .size() can only be applied to an array")
		}
		return x.next(p, numberValue(NumericFromInt(int64(size))), found)
	}
	if unwrap && v.isArray() {
		return x.unwrapped(p, v, found)
	}
	switch p.text {
	case "double":
		return x.double(p, v, found)
	case "keyvalue":
		return x.keyValue(p, v, found)
	case "datetime":
		text, ok := v.text()
		if !ok {
			return x.fail(sqlerr.InvalidArgumentForJSONDatetime, "jsonpath item method .datetime() can only be applied to a string")
		}
		m, hard, err := p.moment(text)
		switch {
		case err == nil:
			return x.next(p, pathValue{moment: m}, found)
		case hard || x.throw:
			return x.stop(err)
		}
		return pathFailed
	}
	n, ok := v.number()
	if !ok {
		return x.fail(sqlerr.NonNumericJSONItem, "jsonpath item method .%s() can only be applied to a numeric value", p.text)
	}
	switch p.text {
	case "abs":
		n = n.Abs()
	case "floor":
		n = n.Floor()
	default:
		n = n.Ceil()
	}
	return x.next(p, numberValue(n), found)
}

func (v pathValue) typeName() string {
	if v.moment != nil {
		return v.moment.typeName()
	}
	switch v.json.Kind {
	case JSONNull:
		return "null"
	case JSONString:
		return "string"
	case JSONNumber:
		return "number"
	case JSONArray:
		return "array"
	case JSONObject:
		return "object"
	}
	return "boolean"
}

// double checks that a number, or a string that is one, fits into double precision; only a string is rounded to it.
func (x *pathRun) double(p *pathItem, v pathValue, found *pathList) pathStatus {
	n, isNumber := v.number()
	text, isText := v.text()
	switch {
	case isNumber:
		text = n.String()
	case !isText:
		return x.fail(sqlerr.NonNumericJSONItem, "jsonpath item method .double() can only be applied to a string or numeric value")
	}
	parsed, err := ParseFloat(text, 64)
	f, _ := parsed.(float64)
	switch {
	case (err != nil || math.IsInf(f, 0) || math.IsNaN(f)) && isNumber:
		return x.fail(sqlerr.NonNumericJSONItem, "numeric argument of jsonpath item method .double() is out of range for type double precision")
	case err != nil || math.IsInf(f, 0) || math.IsNaN(f):
		return x.fail(sqlerr.NonNumericJSONItem, "string argument of jsonpath item method .double() is not a valid representation of a double precision number")
	case isText:
		v = numberValue(NumericFromFloat(f, 64))
	}
	return x.next(p, v, found)
}

// keyValue makes an object of each member of one: its key, its value, and a number of the object.
func (x *pathRun) keyValue(p *pathItem, v pathValue, found *pathList) pathStatus {
	if !v.isObject() {
		return x.fail(sqlerr.JSONObjectNotFound, "jsonpath item method .keyvalue() can only be applied to an object")
	}
	const idsOfBase = 10_000_000_000
	id := x.base.id*idsOfBase + placeOf(x.base.json, v.json)
	status := pathNothing
	for i := range v.json.Members {
		if found == nil && p.next == nil {
			return pathFound
		}
		m := v.json.Members[i]
		object := &JSON{Kind: JSONObject, Members: []JSONMember{
			{"id", *numberValue(NumericFromInt(id)).json}, {"key", *textValue(m.Key).json}, {"value", m.Value},
		}}
		saved := x.base
		x.base = pathBase{object, x.objects}
		x.objects++
		status = x.next(p, pathValue{json: object}, found)
		x.base = saved
		if status == pathFailed || status == pathFound && found == nil {
			return status
		}
	}
	return status
}

// placeOf returns how many bytes from the beginning of PostgreSQL's jsonb a value within it is: objects are numbered so.
func placeOf(base, v *JSON) int64 {
	if base == nil {
		return 0
	}
	l := jsonbLayout{target: v}
	l.add(base)
	return l.place
}

// jsonbLayout counts the bytes of jsonb's binary form (jsonb.h): a header and an entry for each child, then the children, of which
// numbers and containers are aligned to four bytes.
type jsonbLayout struct {
	target *JSON
	size   int64
	place  int64
}

func (l *jsonbLayout) align() { l.size = (l.size + 3) &^ 3 }

func (l *jsonbLayout) add(v *JSON) {
	switch v.Kind {
	case JSONString:
		l.size += int64(len(v.Text))
	case JSONNumber:
		l.align()
		l.size += numericSize(v.Number)
	case JSONArray, JSONObject:
		l.align()
		if v == l.target {
			l.place = l.size
		}
		l.size += 4 + 4*int64(len(v.Items)) + 8*int64(len(v.Members))
		for i := range v.Items {
			l.add(&v.Items[i])
		}
		for _, m := range v.Members {
			l.size += int64(len(m.Key))
		}
		for i := range v.Members {
			l.add(&v.Members[i].Value)
		}
	}
}

// numericSize is the size of numeric's binary form (numeric.c): two bytes for each four decimal digits, after a short or a long
// header.
func numericSize(n Numeric) int64 {
	text := strings.TrimPrefix(n.String(), "-")
	whole, fraction, _ := strings.Cut(text, ".")
	whole = strings.TrimLeft(whole, "0")
	scale := len(fraction)
	whole = strings.Repeat("0", (4-len(whole)%4)%4) + whole
	fraction += strings.Repeat("0", (4-len(fraction)%4)%4)
	digits, weight := whole+fraction, len(whole)/4-1
	for strings.HasPrefix(digits, "0000") {
		digits = digits[4:]
		weight--
	}
	for strings.HasSuffix(digits, "0000") {
		digits = digits[:len(digits)-4]
	}
	if digits == "" {
		weight = 0
	}
	size := int64(4 + 2 + len(digits)/2)
	if scale > 63 || weight > 63 || weight < -64 {
		size += 2
	}
	return size
}

// JSONPathCall is a call of one of the functions of paths.
type JSONPathCall struct {
	JSON, Path string
	Vars       string  // empty = there are none: variables are null
	Silent     bool    // errors of the path are no errors of the query
	Zone       *Format // nil = a comparison that needs a time zone is an error
}

func (c *JSONPathCall) run(found *pathList) (pathStatus, error) {
	path, err := CachedJSONPath(c.Path)
	if err != nil {
		return pathFailed, err
	}
	root, err := ParseJSON(c.JSON)
	if err != nil {
		return pathFailed, err
	}
	v := pathValue{json: &root}
	x := &pathRun{lax: path.lax, lenient: path.lax, throw: !c.Silent, zone: c.Zone, root: v, current: v, size: -1, objects: 1}
	if c.Vars != "" {
		vars, err := ParseJSON(c.Vars)
		if err != nil {
			return pathFailed, err
		}
		if vars.Kind != JSONObject {
			return pathFailed, sqlerr.Newf(sqlerr.InvalidParameterValue, `"vars" argument is not an object`).
				WithDetail(`Jsonpath parameters should be encoded as key-value pairs of "vars" object.`)
		}
		x.vars, x.objects = &vars, 2
	}
	status := x.run(path, found)
	return status, x.err
}

// Exists is jsonb_path_exists; known is false for NULL.
func (c *JSONPathCall) Exists() (found, known bool, err error) {
	status, err := c.run(nil)
	return status == pathFound, status != pathFailed, err
}

// Match is jsonb_path_match.
func (c *JSONPathCall) Match() (truth, known bool, err error) {
	var list pathList
	if _, err := c.run(&list); err != nil {
		return false, false, err
	}
	if len(list.values) == 1 && list.values[0].moment == nil {
		switch list.values[0].json.Kind {
		case JSONTrue:
			return true, true, nil
		case JSONFalse:
			return false, true, nil
		case JSONNull:
			return false, false, nil
		}
	}
	if !c.Silent {
		return false, false, sqlerr.Newf(sqlerr.SingletonJSONItemRequired, "single boolean result is expected")
	}
	return false, false, nil
}

// Query is jsonb_path_query: what was found, each as jsonb.
func (c *JSONPathCall) Query() ([]string, error) {
	var list pathList
	if _, err := c.run(&list); err != nil {
		return nil, err
	}
	out := make([]string, len(list.values))
	for i, v := range list.values {
		out[i] = string(v.append(nil))
	}
	return out, nil
}

// First is jsonb_path_query_first.
func (c *JSONPathCall) First(dst []byte) (out []byte, found bool, err error) {
	var list pathList
	if _, err := c.run(&list); err != nil || len(list.values) == 0 {
		return dst, false, err
	}
	return list.values[0].append(dst), true, nil
}
