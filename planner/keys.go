package planner

import (
	"slices"
	"strconv"
	"strings"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgcat"
	"meshgate/pgvalue"
)

// keyFilter keeps the rows whose value is among the keys that another store answers with: a dynamic filter. It only narrows what a
// store sends; the join that it stands below decides. Where it cannot be written it is left out.
type keyFilter struct {
	id  int
	arg expr
	op  *pgcat.Operator // arg = key
	t   catalog.Type    // of the keys
}

func (e *keyFilter) typ() catalog.Type { return boolType }
func (e *keyFilter) children() []expr  { return []expr{e.arg} }
func (e *keyFilter) withChildren(c []expr) expr {
	n := *e
	n.arg = c[0]
	return &n
}

// Keys are what a Narrowing's source answered with.
type Keys struct {
	Known     bool            // false = too many, or not to be had: the filter is left out
	NotHeld   bool            // … since the store has no form for one of them
	List      []pgvalue.Value // all keys, when Listed; none of them is NULL
	Listed    bool
	Low, High pgvalue.Value // the least and the greatest key, when not Listed
}

// String says what became of a dynamic filter.
func (k *Keys) String() string {
	switch {
	case k.NotHeld:
		return "not used, for the store has no form for one of them"
	case !k.Known:
		return "not used, for there were too many"
	case k.Listed:
		return "a list of " + strconv.Itoa(len(k.List))
	}
	return "a range, for there were too many for a list"
}

// Narrowing filters a remote by the keys that another remote answers with.
type Narrowing struct {
	Source  int          // which of Plan.Remotes answers first
	Ordinal int          // its column that holds the keys, in the order of Output
	Type    catalog.Type // of the keys, as the filter compares them
	Most    int          // how many keys a list may hold
	Ranged  bool         // a range of them can be said
	Shown   string       // the keys as EXPLAIN names them

	text *keyText
}

// keyText is a keyFilter in a store's dialect. The marks of its parameters stand for keys.
type keyText struct {
	filter *keyFilter
	list   string // with listed in place of the keys
	item   string // one key
	slot   int    // the parameter in item
	array  bool
	ranged string // empty = there is none
	low    int
	high   int
	shown  string
}

// Marks around the number of a keyFilter in a text that is not finished, and the place of the keys in a list.
const (
	keysMark = "\x07"
	listed   = "\x08"
)

// isKeyType reports whether lists of a type's values are made: of those with a plain equality.
func isKeyType(oid pgcat.OID) bool {
	switch oid {
	case pgcat.Bool, pgcat.Int2, pgcat.Int4, pgcat.Int8, pgcat.Numeric, pgcat.Text, pgcat.VarChar, pgcat.Date, pgcat.Timestamp,
		pgcat.TimestampTZ, pgcat.UUID:
		return true
	}
	return false
}

// IsRangeType reports whether keys of a type have an order in which all stores agree.
func IsRangeType(oid pgcat.OID) bool {
	switch oid {
	case pgcat.Int2, pgcat.Int4, pgcat.Int8, pgcat.Date, pgcat.Timestamp, pgcat.TimestampTZ:
		return true
	}
	return false
}

// keyFilter writes a dynamic filter, or what is always true where the dialect cannot say it.
func (r *renderer) keyFilter(e *keyFilter) (string, error) {
	always, err := r.op("true")
	if err != nil {
		return "", err
	}
	if r.store == "" || r.d.Keys.SQL == "" {
		return always.SQL, nil
	}
	top, inexact := r.superset, r.inexact
	r.superset = true
	t, err := r.keyText(e)
	r.superset, r.inexact = top, inexact
	if err != nil {
		return always.SQL, nil
	}
	r.keys = append(r.keys, t)
	return keysMark + strconv.Itoa(len(r.keys)-1) + keysMark, nil
}

func (r *renderer) keyText(e *keyFilter) (*keyText, error) {
	slot := func(t catalog.Type) (expr, int) {
		r.args = append(r.args, Arg{Kind: ArgConst, Type: t})
		return &keySlot{n: len(r.args) - 1, t: t}, len(r.args) - 1
	}
	t := &keyText{filter: e, array: r.d.Keys.Array}
	key, n := slot(e.t)
	left, item, err := r.keyOperands(e, key)
	if err != nil {
		return nil, err
	}
	t.item, t.slot = item, n
	if t.array {
		if item != mark+strconv.Itoa(n)+mark {
			return nil, cannot("a list of such keys")
		}
		r.args[n].Type = catalog.TypeOf(pgcat.TypeByOID(e.t.OID).Array)
	}
	t.list = connectors.Fill(r.d.Keys.SQL, []string{left, listed}, nil)
	if !IsRangeType(e.t.OID) {
		return t, nil
	}
	low, l := slot(e.t)
	high, h := slot(e.t)
	from, to := rangeOperator(">=", e.op), rangeOperator("<=", e.op)
	if from == nil || to == nil {
		return t, nil
	}
	text, err := r.expr(and(operatorExpr(from, e.arg, low), operatorExpr(to, e.arg, high)))
	if err == nil {
		t.ranged, t.low, t.high = text, l, h
	}
	return t, nil
}

// keyOperands writes a value and a key. A store that keeps too many rows does no harm, so the value stands as it is, where an index
// can find it; the engine's dialect has forms of numbers that must agree.
func (r *renderer) keyOperands(e *keyFilter, key expr) (left, item string, err error) {
	if r.d.Decimals {
		return r.compared(e.op, e.arg, key)
	}
	if _, err := r.op(operatorKey(e.op.Name, e.arg.typ().OID, e.t.OID)); err != nil {
		return "", "", err
	}
	if left, err = r.inner(e.arg); err != nil {
		return "", "", err
	}
	item, err = r.inner(key)
	return left, item, err
}

// rangeOperator is an operator on the same types as an equality.
func rangeOperator(name string, eq *pgcat.Operator) *pgcat.Operator {
	for _, o := range pgcat.Operators(name) {
		if o.Left == eq.Left && o.Right == eq.Right {
			return o
		}
	}
	return nil
}

// keySlot is a parameter whose value is a key.
type keySlot struct {
	n int
	t catalog.Type
}

func (e *keySlot) typ() catalog.Type        { return e.t }
func (e *keySlot) children() []expr         { return nil }
func (e *keySlot) withChildren([]expr) expr { return e }

// keysIn numbers the keyFilters that a text holds.
func keysIn(text string) []int {
	var out []int
	for {
		_, rest, found := strings.Cut(text, keysMark)
		if !found {
			return out
		}
		n, after, _ := strings.Cut(rest, keysMark)
		if i, err := strconv.Atoi(n); err == nil && !slices.Contains(out, i) {
			out = append(out, i)
		}
		text = after
	}
}

// keyed replaces the keyFilters of a text.
func keyed(text string, by func(i int) string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, keysMark)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		n, after, _ := strings.Cut(rest, keysMark)
		i, _ := strconv.Atoi(n)
		b.WriteString(by(i))
		text = after
	}
}

// Narrowed returns the remote's statement with what is known of the keys of its Narrowings, in their order. Without any it is SQL
// with Args.
func (r *Remote) Narrowed(keys []Keys) (sql string, args []Arg) {
	if len(r.Narrow) == 0 {
		return r.SQL, r.Args
	}
	rd := *r.rd
	rd.args = slices.Clone(r.rd.args)
	return rd.finish(keyed(r.text, func(i int) string {
		for k := range r.Narrow {
			if t := r.rd.keys[i]; r.Narrow[k].text == t && k < len(keys) && keys[k].Known {
				return rd.withKeys(t, &keys[k])
			}
		}
		return r.rd.d.Ops["true"].SQL
	}))
}

// withKeys writes a filter with its keys as further parameters.
func (r *renderer) withKeys(t *keyText, k *Keys) string {
	value := func(text string, slot int, typ catalog.Type, v pgvalue.Value) string {
		r.args = append(r.args, Arg{Kind: ArgConst, Type: typ, Value: v})
		return strings.ReplaceAll(text, mark+strconv.Itoa(slot)+mark, mark+strconv.Itoa(len(r.args)-1)+mark)
	}
	elem := t.filter.t
	switch {
	case !k.Listed:
		return value(value(t.ranged, t.low, elem, k.Low), t.high, elem, k.High)
	case t.array:
		list := pgvalue.NewArray(elem.OID, k.List)
		return strings.Replace(t.list, listed, value(t.item, t.slot, r.args[t.slot].Type, list), 1)
	case len(k.List) == 0:
		return r.d.Ops["false"].SQL
	}
	items := make([]string, len(k.List))
	for i, v := range k.List {
		items[i] = value(t.item, t.slot, elem, v)
	}
	return strings.Replace(t.list, listed, strings.Join(items, ", "), 1)
}
