package planner

import (
	"meshgate/catalog"
	"meshgate/pgcat"
	"meshgate/pgvalue"
)

// colID names one output column of one relation in one statement; no two relations share one.
type colID int

// expr is a typed expression. The set of expressions is closed: every switch over it ends in a panic. Expressions are never
// changed after they were made.
type expr interface {
	typ() catalog.Type
	children() []expr
	// withChildren returns a copy with other children, in the order of children.
	withChildren(c []expr) expr
}

// colRef is a column of a relation in scope, or of an outer query.
type colRef struct {
	id   colID
	name string // for names of output columns and messages
	t    catalog.Type
	pos  int // where it was written, for messages
}

// constant is a literal. Its value is nil for NULL.
type constant struct {
	value pgvalue.Value
	t     catalog.Type
	pos   int
}

// param is a parameter of the client, counted from 0. The binder may still learn its type from what it is compared with.
type param struct {
	index int
	t     catalog.Type
}

// sessionValue is what a statement reads of its session when it starts: now(), current_user and the like.
type sessionValue struct {
	name string
	t    catalog.Type
}

// call is a function or an operator of pg_proc on its arguments.
type call struct {
	proc     *pgcat.Proc
	op       string // the operator's name, or empty
	args     []expr
	t        catalog.Type
	variadic bool // the last argument is the whole variadic array
	pos      int
}

// cast converts between types. What kind of conversion it is follows from both types (find_coercion_pathway).
type cast struct {
	arg      expr
	to       catalog.Type
	method   castMethod
	proc     *pgcat.Proc // of castFunction
	explicit bool
	pos      int
}

type castMethod int

const (
	castRelabel  castMethod = iota // same bytes, another type
	castFunction                   // a function of pg_cast
	castText                       // through the text form, either way
	castTypmod                     // same type, a length or precision applied
	castArray                      // element by element
)

type boolOp int

const (
	opAnd boolOp = iota
	opOr
	opNot
)

// boolExpr is AND, OR of two and more, or NOT of one.
type boolExpr struct {
	op   boolOp
	args []expr
}

// nullTest is IS [NOT] NULL.
type nullTest struct {
	arg expr
	not bool
}

type truth int

const (
	isTrue truth = iota
	isFalse
	isUnknown
)

// boolTest is IS [NOT] TRUE, FALSE or UNKNOWN.
type boolTest struct {
	arg expr
	is  truth
	not bool
}

// distinctTest is IS [NOT] DISTINCT FROM: eq is the type's equality.
type distinctTest struct {
	left, right expr
	eq          *pgcat.Operator
	not         bool
}

// when is one branch of a CASE.
type when struct{ cond, then expr }

// caseExpr is a searched CASE; a simple CASE is bound to one.
type caseExpr struct {
	whens    []when
	elseExpr expr // never nil
	t        catalog.Type
}

// coalesce is COALESCE.
type coalesce struct {
	args []expr
	t    catalog.Type
}

// minMax is GREATEST or LEAST.
type minMax struct {
	args  []expr
	least bool
	t     catalog.Type
}

// nullIf is NULLIF: eq compares its two arguments.
type nullIf struct {
	left, right expr // right is coerced as eq needs it, left too
	result      expr // the first argument in its own type
	eq          *pgcat.Operator
}

// inList is x op ANY (list) over single expressions: IN, and ANY or ALL over ARRAY[…].
type inList struct {
	left  expr
	items []expr
	op    *pgcat.Operator
	all   bool // ALL instead of ANY
	t     catalog.Type
}

// arrayTest is x op ANY|ALL (array).
type arrayTest struct {
	left, array expr
	op          *pgcat.Operator
	all         bool
}

// arrayExpr is ARRAY[…].
type arrayExpr struct {
	elems []expr
	t     catalog.Type
}

// rowExpr is ROW(…) or a whole row; names are its fields' names.
type rowExpr struct {
	fields []expr
	names  []string
	t      catalog.Type
}

// subscript is array[index], or array[lower:upper] with either bound missing.
type subscript struct {
	arg          expr
	index        expr // nil for a slice
	lower, upper expr
	slice        bool
	t            catalog.Type
}

type subqueryKind int

const (
	subqueryScalar subqueryKind = iota
	subqueryExists
	subqueryAny   // left op ANY (query)
	subqueryAll   // left op ALL (query)
	subqueryArray // ARRAY(query)
)

// subquery is a query inside an expression. It may refer to columns of the queries around it.
type subquery struct {
	kind  subqueryKind
	query rel
	left  []expr            // of ANY and ALL: one for each column of the query
	ops   []*pgcat.Operator // of ANY and ALL
	t     catalog.Type
}

// aggCall is an aggregate. It occurs only in an aggregate node, or as a window's function.
type aggCall struct {
	proc     *pgcat.Proc
	args     []expr // direct arguments of an ordered-set aggregate first
	direct   int
	star     bool
	distinct bool
	order    []sortKey
	filter   expr
	t        catalog.Type
}

// groupingCall is GROUPING(…). The binder resolves its arguments to places of group keys.
type groupingCall struct {
	args []expr // until resolved
	keys []int
}

// windowCall is a window function or an aggregate over a window.
type windowCall struct {
	proc   *pgcat.Proc
	agg    bool
	args   []expr
	star   bool
	filter expr
	window windowDef
	t      catalog.Type
}

// windowDef is the OVER clause.
type windowDef struct {
	partition []expr
	order     []sortKey
	frame     frame
}

type frameMode int

const (
	frameRange frameMode = iota
	frameRows
	frameGroups
)

type boundKind int

const (
	unboundedPreceding boundKind = iota
	offsetPreceding
	currentRow
	offsetFollowing
	unboundedFollowing
)

type exclusion int

const (
	excludeNone exclusion = iota
	excludeCurrentRow
	excludeGroup
	excludeTies
)

// frame is a window's frame; the zero value is not the default, see defaultFrame.
type frame struct {
	mode                   frameMode
	start, end             boundKind
	startOffset, endOffset expr
	exclude                exclusion
}

var defaultFrame = frame{mode: frameRange, start: unboundedPreceding, end: currentRow}

// setCall is a set-returning function call; it occurs only in a function scan or a projectSet node.
type setCall struct {
	proc  *pgcat.Proc
	args  []expr
	t     catalog.Type
	cols  []outColumn // of a function that returns rows of several columns
	name  string      // of the one output parameter, where the function names it
	field int         // the one column that (call).name takes, counted from 1; 0 = all
}

// maskHash is a keyed hash of a value's text form, as hexadecimal digits. The key is named, not held.
type maskHash struct {
	arg expr // text
	key string
}

// sortKey is one key of an ORDER BY.
type sortKey struct {
	e          expr
	desc       bool
	nullsFirst bool
}

func (e *colRef) typ() catalog.Type       { return e.t }
func (e *constant) typ() catalog.Type     { return e.t }
func (e *param) typ() catalog.Type        { return e.t }
func (e *sessionValue) typ() catalog.Type { return e.t }
func (e *call) typ() catalog.Type         { return e.t }
func (e *cast) typ() catalog.Type         { return e.to }
func (e *boolExpr) typ() catalog.Type     { return boolType }
func (e *nullTest) typ() catalog.Type     { return boolType }
func (e *boolTest) typ() catalog.Type     { return boolType }
func (e *distinctTest) typ() catalog.Type { return boolType }
func (e *caseExpr) typ() catalog.Type     { return e.t }
func (e *coalesce) typ() catalog.Type     { return e.t }
func (e *minMax) typ() catalog.Type       { return e.t }
func (e *nullIf) typ() catalog.Type       { return e.result.typ() }
func (e *inList) typ() catalog.Type       { return boolType }
func (e *arrayTest) typ() catalog.Type    { return boolType }
func (e *arrayExpr) typ() catalog.Type    { return e.t }
func (e *rowExpr) typ() catalog.Type      { return e.t }
func (e *subscript) typ() catalog.Type    { return e.t }
func (e *subquery) typ() catalog.Type     { return e.t }
func (e *aggCall) typ() catalog.Type      { return e.t }
func (e *groupingCall) typ() catalog.Type { return catalog.TypeOf(pgcat.Int4) }
func (e *windowCall) typ() catalog.Type   { return e.t }
func (e *setCall) typ() catalog.Type      { return e.t }
func (e *maskHash) typ() catalog.Type     { return textType }

var (
	boolType    = catalog.TypeOf(pgcat.Bool)
	textType    = catalog.TypeOf(pgcat.Text)
	unknownType = catalog.TypeOf(pgcat.Unknown)
)

func (e *colRef) children() []expr       { return nil }
func (e *constant) children() []expr     { return nil }
func (e *param) children() []expr        { return nil }
func (e *sessionValue) children() []expr { return nil }
func (e *groupingCall) children() []expr { return nil }
func (e *call) children() []expr         { return e.args }
func (e *cast) children() []expr         { return []expr{e.arg} }
func (e *boolExpr) children() []expr     { return e.args }
func (e *nullTest) children() []expr     { return []expr{e.arg} }
func (e *boolTest) children() []expr     { return []expr{e.arg} }
func (e *distinctTest) children() []expr { return []expr{e.left, e.right} }
func (e *coalesce) children() []expr     { return e.args }
func (e *minMax) children() []expr       { return e.args }
func (e *nullIf) children() []expr       { return []expr{e.left, e.right, e.result} }
func (e *inList) children() []expr       { return append([]expr{e.left}, e.items...) }
func (e *arrayTest) children() []expr    { return []expr{e.left, e.array} }
func (e *arrayExpr) children() []expr    { return e.elems }
func (e *rowExpr) children() []expr      { return e.fields }
func (e *setCall) children() []expr      { return e.args }
func (e *subquery) children() []expr     { return e.left }
func (e *maskHash) children() []expr     { return []expr{e.arg} }

func (e *caseExpr) children() []expr {
	var c []expr
	for _, w := range e.whens {
		c = append(c, w.cond, w.then)
	}
	return append(c, e.elseExpr)
}

func (e *subscript) children() []expr {
	c := []expr{e.arg}
	for _, x := range [...]expr{e.index, e.lower, e.upper} {
		if x != nil {
			c = append(c, x)
		}
	}
	return c
}

func (e *aggCall) children() []expr {
	c := append([]expr(nil), e.args...)
	for _, k := range e.order {
		c = append(c, k.e)
	}
	if e.filter != nil {
		c = append(c, e.filter)
	}
	return c
}

func (e *windowCall) children() []expr {
	c := append(append([]expr(nil), e.args...), e.window.partition...)
	for _, k := range e.window.order {
		c = append(c, k.e)
	}
	for _, x := range [...]expr{e.filter, e.window.frame.startOffset, e.window.frame.endOffset} {
		if x != nil {
			c = append(c, x)
		}
	}
	return c
}

func (e *colRef) withChildren([]expr) expr       { return e }
func (e *constant) withChildren([]expr) expr     { return e }
func (e *param) withChildren([]expr) expr        { return e }
func (e *sessionValue) withChildren([]expr) expr { return e }
func (e *groupingCall) withChildren([]expr) expr { return e }

func (e *call) withChildren(c []expr) expr {
	n := *e
	n.args = c
	return &n
}

func (e *cast) withChildren(c []expr) expr {
	n := *e
	n.arg = c[0]
	return &n
}

func (e *boolExpr) withChildren(c []expr) expr {
	n := *e
	n.args = c
	return &n
}

func (e *nullTest) withChildren(c []expr) expr {
	n := *e
	n.arg = c[0]
	return &n
}

func (e *boolTest) withChildren(c []expr) expr {
	n := *e
	n.arg = c[0]
	return &n
}

func (e *distinctTest) withChildren(c []expr) expr {
	n := *e
	n.left, n.right = c[0], c[1]
	return &n
}

func (e *caseExpr) withChildren(c []expr) expr {
	n := *e
	n.whens = make([]when, len(e.whens))
	for i := range n.whens {
		n.whens[i] = when{c[2*i], c[2*i+1]}
	}
	n.elseExpr = c[len(c)-1]
	return &n
}

func (e *coalesce) withChildren(c []expr) expr {
	n := *e
	n.args = c
	return &n
}

func (e *minMax) withChildren(c []expr) expr {
	n := *e
	n.args = c
	return &n
}

func (e *nullIf) withChildren(c []expr) expr {
	n := *e
	n.left, n.right, n.result = c[0], c[1], c[2]
	return &n
}

func (e *inList) withChildren(c []expr) expr {
	n := *e
	n.left, n.items = c[0], c[1:]
	return &n
}

func (e *arrayTest) withChildren(c []expr) expr {
	n := *e
	n.left, n.array = c[0], c[1]
	return &n
}

func (e *arrayExpr) withChildren(c []expr) expr {
	n := *e
	n.elems = c
	return &n
}

func (e *rowExpr) withChildren(c []expr) expr {
	n := *e
	n.fields = c
	return &n
}

func (e *setCall) withChildren(c []expr) expr {
	n := *e
	n.args = c
	return &n
}

func (e *maskHash) withChildren(c []expr) expr {
	n := *e
	n.arg = c[0]
	return &n
}

func (e *subquery) withChildren(c []expr) expr {
	n := *e
	n.left = c
	return &n
}

func (e *subscript) withChildren(c []expr) expr {
	n := *e
	n.arg, c = c[0], c[1:]
	for _, at := range [...]*expr{&n.index, &n.lower, &n.upper} {
		if *at != nil {
			*at, c = c[0], c[1:]
		}
	}
	return &n
}

func (e *aggCall) withChildren(c []expr) expr {
	n := *e
	n.args, c = c[:len(e.args)], c[len(e.args):]
	n.order, c = withKeys(e.order, c)
	if e.filter != nil {
		n.filter = c[0]
	}
	return &n
}

func withKeys(keys []sortKey, c []expr) ([]sortKey, []expr) {
	out := append([]sortKey(nil), keys...)
	for i := range out {
		out[i].e = c[i]
	}
	return out, c[len(keys):]
}

func (e *windowCall) withChildren(c []expr) expr {
	n := *e
	n.args, c = c[:len(e.args)], c[len(e.args):]
	n.window.partition, c = c[:len(e.window.partition)], c[len(e.window.partition):]
	n.window.order, c = withKeys(e.window.order, c)
	for _, at := range [...]*expr{&n.filter, &n.window.frame.startOffset, &n.window.frame.endOffset} {
		if *at != nil {
			*at, c = c[0], c[1:]
		}
	}
	return &n
}
