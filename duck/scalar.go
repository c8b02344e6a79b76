package duck

import "C"

import (
	"sync"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow/bitutil"
	bindings "github.com/duckdb/duckdb-go-bindings"

	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

// scalar is a vectorised function that DuckDB lacks or computes otherwise. It is called once for a chunk.
type scalar struct {
	name     string
	params   []duckType
	result   duckType
	nullable bool // NULL arguments reach the function
	volatile bool
	run      func(c *chunkCall)
}

// duckType is a DuckDB type, or a list of it.
type duckType struct {
	id   bindings.Type
	list bool
}

// logical makes the type for the C API. The caller destroys it.
func (d duckType) logical() bindings.LogicalType {
	t := bindings.CreateLogicalType(d.id)
	if !d.list {
		return t
	}
	defer bindings.DestroyLogicalType(&t)
	return bindings.CreateListType(t)
}

// functions are all scalar functions, by their place: the C API carries the place to the callback.
var functions []*scalar

// chunkCall is one call of a scalar function.
type chunkCall struct {
	n    int
	args []bindings.Vector
	out  bindings.Vector
	err  error

	valid   []uint64 // of the result; nil until the first NULL
	offsets []int32  // of a text result
	text    []byte
	buf     []byte // Row.buf between calls
}

var chunkCalls = sync.Pool{New: func() any { return &chunkCall{offsets: make([]int32, 0, vectorSize+1)} }}

//export mgScalarFunction
func mgScalarFunction(infoPtr, chunkPtr, vectorPtr unsafe.Pointer) {
	info, chunk := bindings.FunctionInfo{Ptr: infoPtr}, bindings.DataChunk{Ptr: chunkPtr}
	f := functions[uintptr(bindings.ScalarFunctionGetExtraInfo(info))-1]
	c := chunkCalls.Get().(*chunkCall)
	defer chunkCalls.Put(c)
	c.n, c.err, c.out = int(bindings.DataChunkGetSize(chunk)), nil, bindings.Vector{Ptr: vectorPtr}
	c.valid, c.offsets, c.text, c.args = nil, c.offsets[:0], c.text[:0], c.args[:0]
	for i := range int(bindings.DataChunkGetColumnCount(chunk)) {
		c.args = append(c.args, bindings.DataChunkGetVector(chunk, bindings.IdxT(i)))
	}
	err := guarded(func() error { f.run(c); return c.err })
	if err != nil {
		bindings.ScalarFunctionSetError(info, markError(err))
	}
}

// null makes the result of a row NULL.
func (c *chunkCall) null(row int) {
	if c.valid == nil {
		bindings.VectorEnsureValidityWritable(c.out)
		c.valid = unsafe.Slice((*uint64)(bindings.VectorGetValidity(c.out)), (vectorSize+63)/64)
	}
	c.valid[row/64] &^= 1 << (row % 64)
}

// mask returns a vector's validity as bits, or nil when no row is NULL.
func mask(v bindings.Vector) []byte {
	p := bindings.VectorGetValidity(v)
	if p == nil {
		return nil
	}
	return unsafe.Slice((*byte)(p), vectorSize/8)
}

// anyNull reports whether an argument of the row is NULL.
func anyNull(masks [][]byte, row int) bool {
	for _, m := range masks {
		if m != nil && !bitutil.BitIsSet(m, row) {
			return true
		}
	}
	return false
}

// Row is what a function of one row may do besides returning a value. Rows of a chunk share it.
type Row struct {
	isNull   bool
	err      error
	buf      []byte // where results are built
	regex    regexUse
	template templateUse
	mac      macUse
}

// scratch is an empty buffer whose content is lost with the next row.
func (r *Row) scratch() []byte { return r.buf[:0] }

// chars returns a text that was built in scratch, and fails with its error.
func (r *Row) chars(b []byte, err error) chars {
	r.buf = b
	r.Fail(err)
	return chars(b)
}

// bytes returns bytes that were built in scratch, and fails with their error.
func (r *Row) bytes(b []byte, err error) []byte {
	r.buf = b
	r.Fail(err)
	return b
}

// Null makes the row's result NULL.
func (r *Row) Null() { r.isNull = true }

// Fail ends the query with an error, which is nil if there is none.
func (r *Row) Fail(err error) {
	if err != nil && r.err == nil {
		r.err = err
	}
}

// check passes a value on and fails with its error.
func check[T any](r *Row, v T, err error) T {
	r.Fail(err)
	return v
}

// each runs a function over the rows whose arguments are not NULL.
func each[R any](c *chunkCall, masks [][]byte, do func(row int, r *Row) R) {
	write, finish := writer[R](c)
	texts := isText[R]()
	if texts {
		c.offsets = append(c.offsets, 0)
	}
	r := Row{buf: c.buf}
	defer r.end(c)
	for row := range c.n {
		if anyNull(masks, row) {
			c.null(row)
		} else {
			r.isNull = false
			v := do(row, &r)
			switch {
			case r.err != nil:
				c.err = r.err
				return
			case r.isNull:
				c.null(row)
			default:
				write(row, v)
			}
		}
		if texts {
			c.offsets = append(c.offsets, int32(len(c.text)))
		}
	}
	finish()
}

// end gives back what the rows used.
func (r *Row) end(c *chunkCall) {
	c.buf = r.buf
	r.regex.release()
}

func masksOf(args []bindings.Vector) [][]byte {
	masks := make([][]byte, 0, 6)
	for _, a := range args {
		if m := mask(a); m != nil {
			masks = append(masks, m)
		}
	}
	return masks
}

func add(f *scalar) *scalar {
	functions = append(functions, f)
	return f
}

// fn1 defines a strict function of one argument.
func fn1[A, R any](name string, do func(r *Row, a A) R) *scalar {
	return add(&scalar{name: name, params: []duckType{typeOf[A]()}, result: typeOf[R](), run: func(c *chunkCall) {
		a := reader[A](c.args[0], c.n)
		each(c, masksOf(c.args), func(row int, r *Row) R { return do(r, a(row)) })
	}})
}

// fn2 defines a strict function of two arguments.
func fn2[A, B, R any](name string, do func(r *Row, a A, b B) R) *scalar {
	return add(&scalar{name: name, params: []duckType{typeOf[A](), typeOf[B]()}, result: typeOf[R](), run: func(c *chunkCall) {
		a, b := reader[A](c.args[0], c.n), reader[B](c.args[1], c.n)
		each(c, masksOf(c.args), func(row int, r *Row) R { return do(r, a(row), b(row)) })
	}})
}

// fn3 defines a strict function of three arguments.
func fn3[A, B, C, R any](name string, do func(r *Row, a A, b B, c C) R) *scalar {
	params := []duckType{typeOf[A](), typeOf[B](), typeOf[C]()}
	return add(&scalar{name: name, params: params, result: typeOf[R](), run: func(c *chunkCall) {
		x, y, z := reader[A](c.args[0], c.n), reader[B](c.args[1], c.n), reader[C](c.args[2], c.n)
		each(c, masksOf(c.args), func(row int, r *Row) R { return do(r, x(row), y(row), z(row)) })
	}})
}

// fn4 defines a strict function of four arguments.
func fn4[A, B, C, D, R any](name string, do func(r *Row, a A, b B, c C, d D) R) *scalar {
	params := []duckType{typeOf[A](), typeOf[B](), typeOf[C](), typeOf[D]()}
	return add(&scalar{name: name, params: params, result: typeOf[R](), run: func(c *chunkCall) {
		w, x := reader[A](c.args[0], c.n), reader[B](c.args[1], c.n)
		y, z := reader[C](c.args[2], c.n), reader[D](c.args[3], c.n)
		each(c, masksOf(c.args), func(row int, r *Row) R { return do(r, w(row), x(row), y(row), z(row)) })
	}})
}

// fn5 defines a strict function of five arguments.
func fn5[A, B, C, D, E, R any](name string, do func(r *Row, a A, b B, c C, d D, e E) R) *scalar {
	params := []duckType{typeOf[A](), typeOf[B](), typeOf[C](), typeOf[D](), typeOf[E]()}
	return add(&scalar{name: name, params: params, result: typeOf[R](), run: func(c *chunkCall) {
		v, w, x := reader[A](c.args[0], c.n), reader[B](c.args[1], c.n), reader[C](c.args[2], c.n)
		y, z := reader[D](c.args[3], c.n), reader[E](c.args[4], c.n)
		each(c, masksOf(c.args), func(row int, r *Row) R { return do(r, v(row), w(row), x(row), y(row), z(row)) })
	}})
}

// fn6 defines a strict function of six arguments.
func fn6[A, B, C, D, E, F, R any](name string, do func(r *Row, a A, b B, c C, d D, e E, f F) R) *scalar {
	params := []duckType{typeOf[A](), typeOf[B](), typeOf[C](), typeOf[D](), typeOf[E](), typeOf[F]()}
	return add(&scalar{name: name, params: params, result: typeOf[R](), run: func(c *chunkCall) {
		u, v, w := reader[A](c.args[0], c.n), reader[B](c.args[1], c.n), reader[C](c.args[2], c.n)
		x, y, z := reader[D](c.args[3], c.n), reader[E](c.args[4], c.n), reader[F](c.args[5], c.n)
		each(c, masksOf(c.args), func(row int, r *Row) R { return do(r, u(row), v(row), w(row), x(row), y(row), z(row)) })
	}})
}

// fn7 defines a strict function of seven arguments.
func fn7[A, B, C, D, E, F, G, R any](name string, do func(r *Row, a A, b B, c C, d D, e E, f F, g G) R) *scalar {
	params := []duckType{typeOf[A](), typeOf[B](), typeOf[C](), typeOf[D](), typeOf[E](), typeOf[F](), typeOf[G]()}
	return add(&scalar{name: name, params: params, result: typeOf[R](), run: func(c *chunkCall) {
		t, u, v := reader[A](c.args[0], c.n), reader[B](c.args[1], c.n), reader[C](c.args[2], c.n)
		w, x, y, z := reader[D](c.args[3], c.n), reader[E](c.args[4], c.n), reader[F](c.args[5], c.n), reader[G](c.args[6], c.n)
		each(c, masksOf(c.args), func(row int, r *Row) R {
			return do(r, t(row), u(row), v(row), w(row), x(row), y(row), z(row))
		})
	}})
}

// fn0 defines a function without arguments whose result may differ from row to row.
func fn0[R any](name string, do func(r *Row) R) *scalar {
	f := add(&scalar{name: name, result: typeOf[R](), volatile: true})
	f.run = func(c *chunkCall) { each(c, nil, func(_ int, r *Row) R { return do(r) }) }
	return f
}

// opt is an argument that may be NULL, of a function defined with nullable.
type opt[T any] struct {
	value T
	ok    bool
}

// orNull1 defines a function that sees NULL as a value.
func orNull1[A, R any](name string, do func(r *Row, a opt[A]) R) *scalar {
	f := add(&scalar{name: name, params: []duckType{typeOf[A]()}, result: typeOf[R](), nullable: true})
	f.run = func(c *chunkCall) {
		read, m := reader[A](c.args[0], c.n), mask(c.args[0])
		each(c, nil, func(row int, r *Row) R { return do(r, optional(read, m, row)) })
	}
	return f
}

// orNull2 defines a function of two arguments that sees NULL as a value.
func orNull2[A, B, R any](name string, do func(r *Row, a opt[A], b opt[B]) R) *scalar {
	f := add(&scalar{name: name, params: []duckType{typeOf[A](), typeOf[B]()}, result: typeOf[R](), nullable: true})
	f.run = func(c *chunkCall) {
		x, y := reader[A](c.args[0], c.n), reader[B](c.args[1], c.n)
		mx, my := mask(c.args[0]), mask(c.args[1])
		each(c, nil, func(row int, r *Row) R { return do(r, optional(x, mx, row), optional(y, my, row)) })
	}
	return f
}

// orNull3 defines a function of three arguments that sees NULL as a value.
func orNull3[A, B, C, R any](name string, do func(r *Row, a opt[A], b opt[B], c opt[C]) R) *scalar {
	f := add(&scalar{name: name, params: []duckType{typeOf[A](), typeOf[B](), typeOf[C]()}, result: typeOf[R](), nullable: true})
	f.run = func(c *chunkCall) {
		x, y, z := reader[A](c.args[0], c.n), reader[B](c.args[1], c.n), reader[C](c.args[2], c.n)
		mx, my, mz := mask(c.args[0]), mask(c.args[1]), mask(c.args[2])
		each(c, nil, func(row int, r *Row) R {
			return do(r, optional(x, mx, row), optional(y, my, row), optional(z, mz, row))
		})
	}
	return f
}

// orNull4 defines a function of four arguments that sees NULL as a value.
func orNull4[A, B, C, D, R any](name string, do func(r *Row, a opt[A], b opt[B], c opt[C], d opt[D]) R) *scalar {
	f := add(&scalar{name: name, params: []duckType{typeOf[A](), typeOf[B](), typeOf[C](), typeOf[D]()}, result: typeOf[R](), nullable: true})
	f.run = func(c *chunkCall) {
		w, x, y, z := reader[A](c.args[0], c.n), reader[B](c.args[1], c.n), reader[C](c.args[2], c.n), reader[D](c.args[3], c.n)
		mw, mx, my, mz := mask(c.args[0]), mask(c.args[1]), mask(c.args[2]), mask(c.args[3])
		each(c, nil, func(row int, r *Row) R {
			return do(r, optional(w, mw, row), optional(x, mx, row), optional(y, my, row), optional(z, mz, row))
		})
	}
	return f
}

// orNull5 defines a function of five arguments that sees NULL as a value.
func orNull5[A, B, C, D, E, R any](name string, do func(r *Row, a opt[A], b opt[B], c opt[C], d opt[D], e opt[E]) R) *scalar {
	f := add(&scalar{name: name, params: []duckType{typeOf[A](), typeOf[B](), typeOf[C](), typeOf[D](), typeOf[E]()}, result: typeOf[R](), nullable: true})
	f.run = func(c *chunkCall) {
		v, w, x, y, z := reader[A](c.args[0], c.n), reader[B](c.args[1], c.n), reader[C](c.args[2], c.n), reader[D](c.args[3], c.n), reader[E](c.args[4], c.n)
		mv, mw, mx, my, mz := mask(c.args[0]), mask(c.args[1]), mask(c.args[2]), mask(c.args[3]), mask(c.args[4])
		each(c, nil, func(row int, r *Row) R {
			return do(r, optional(v, mv, row), optional(w, mw, row), optional(x, mx, row), optional(y, my, row), optional(z, mz, row))
		})
	}
	return f
}

func optional[T any](read func(int) T, m []byte, row int) opt[T] {
	if m != nil && !bitutil.BitIsSet(m, row) {
		return opt[T]{}
	}
	return opt[T]{read(row), true}
}

// Session is what functions may ask of the session on whose behalf a query runs.
type Session struct {
	*pgvalue.Format
	// Call answers a function of the system catalogs, by its name, from the texts of its arguments; nil texts are NULL. The result is
	// one text, or the elements of a list, which is nil for NULL. It is called from several threads at once. nil = there are no such
	// functions.
	Call func(name string, args []*string) ([]*string, error)
}

// sessions maps handles to the sessions of running queries.
var sessions sync.Map // uint64 -> *Session

var noSession = &Session{Format: pgvalue.DefaultFormat()}

func sessionOf(handle uint64) *Session {
	if s, ok := sessions.Load(handle); ok {
		return s.(*Session)
	}
	return noSession
}

// total are functions that fail for no argument: what keys are made of, which joins and groups are found by.
var total = map[string]bool{
	"meshgate_numeric_key": true, "meshgate_jsonb_key": true, "meshgate_interval_key": true, "meshgate_numeric": true, "meshgate_like": true,
	"meshgate_hmac": true, "meshgate_date_compared": true, "meshgate_numeric_whole": true, "meshgate_numeric_fraction": true,
	"meshgate_numeric_shown": true, "meshgate_numeric_wide": true,
}

// registerScalars makes our functions known. Over files, those that can fail are volatile: DuckDB computes others for every entry of a
// column's dictionary, also for those that only rows have which a condition took away, and its interface has no other word for it.
func registerScalars(conn bindings.Connection, files bool) error {
	for i, f := range functions {
		if err := f.register(conn, uintptr(i+1), f.volatile || files && !total[f.name]); err != nil {
			return err
		}
	}
	return nil
}

func (f *scalar) register(conn bindings.Connection, place uintptr, volatile bool) error {
	s := bindings.CreateScalarFunction()
	defer bindings.DestroyScalarFunction(&s)
	bindings.ScalarFunctionSetName(s, f.name)
	for _, p := range f.params {
		t := p.logical()
		bindings.ScalarFunctionAddParameter(s, t)
		bindings.DestroyLogicalType(&t)
	}
	t := f.result.logical()
	defer bindings.DestroyLogicalType(&t)
	bindings.ScalarFunctionSetReturnType(s, t)
	if f.nullable {
		bindings.ScalarFunctionSetSpecialHandling(s)
	}
	if volatile {
		bindings.ScalarFunctionSetVolatile(s)
	}
	bindings.ScalarFunctionSetExtraInfo(s, handlePointer(place), nil)
	bindings.ScalarFunctionSetFunction(s, scalarFunctionPointer())
	if bindings.RegisterScalarFunction(conn, s) != bindings.StateSuccess {
		return sqlerr.Newf(sqlerr.InternalError, "function %s cannot be registered", f.name)
	}
	return nil
}
