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

// rowExpr is ROW(…) or a whole row; names are its fields' names. present is true where a whole row is there, and NULL where an outer
// join has none; nil = it is always there.
type rowExpr struct {
	fields  []expr
	names   []string
	present expr
	item    *rangeItem       // whose row it is: it compares as one value; nil = ROW(…)
	product *catalog.Product // whose row it is
	t       catalog.Type
}

// fieldOf is a field of a composite value, counted from 0.
type fieldOf struct {
	row   expr
	index int
	t     catalog.Type
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
	outer bool // left is of queries around the one that it stands in
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
	level    int // of the query that it belongs to
	pos      int
	t        catalog.Type
}

// groupingCall is GROUPING(…). The binder resolves its arguments to places of group keys.
type groupingCall struct {
	args  []expr // until resolved
	level int
	pos   int
	keys  []int
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
	pos   int
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
func (e *fieldOf) typ() catalog.Type      { return e.t }
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
