package duck

import (
	"math/big"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow/bitutil"
	bindings "github.com/duckdb/duckdb-go-bindings"

	"meshgate/pgvalue"
)

// Types of arguments that have no Go type of their own.
type (
	// instant is timestamp with time zone.
	instant pgvalue.Timestamp
	// number takes a DECIMAL of any precision, an integer, or a numeric's sortable form.
	number struct{ pgvalue.Numeric }
	// session is the handle of the session on whose behalf a query runs.
	session struct{ *Session }
	// raw is bytes that must not be kept after the call.
	raw []byte
	// chars is a text result that was built as bytes.
	chars []byte
)

// list is a list argument, or a list result. An element whose valid flag is unset is NULL.
type list[T any] struct {
	values []T
	valid  []bool // nil = all are valid
}

func (l list[T]) isNull(i int) bool { return l.valid != nil && !l.valid[i] }

// typeOf returns the DuckDB type that a Go type stands for.
func typeOf[T any]() duckType {
	var zero T
	switch any(zero).(type) {
	case list[string]:
		return duckType{bindings.TypeVarchar, true}
	case list[pgvalue.Numeric]:
		return duckType{bindings.TypeBlob, true}
	case list[raw]:
		return duckType{bindings.TypeBlob, true}
	case list[bool]:
		return duckType{bindings.TypeBoolean, true}
	case list[int32]:
		return duckType{bindings.TypeInteger, true}
	case list[int64]:
		return duckType{bindings.TypeBigInt, true}
	case list[float32]:
		return duckType{bindings.TypeFloat, true}
	case list[pgvalue.Interval]:
		return duckType{bindings.TypeInterval, true}
	case list[float64]:
		return duckType{bindings.TypeDouble, true}
	case list[pgvalue.Timestamp]:
		return duckType{bindings.TypeTimestamp, true}
	case list[instant]:
		return duckType{bindings.TypeTimestampTZ, true}
	}
	return duckType{id: plainType[T]()}
}

func plainType[T any]() bindings.Type {
	var zero T
	switch any(zero).(type) {
	case bool:
		return bindings.TypeBoolean
	case int16:
		return bindings.TypeSmallInt
	case int32:
		return bindings.TypeInteger
	case int64:
		return bindings.TypeBigInt
	case uint32:
		return bindings.TypeUInteger
	case float32:
		return bindings.TypeFloat
	case float64:
		return bindings.TypeDouble
	case string, chars:
		return bindings.TypeVarchar
	case raw, []byte, pgvalue.Numeric:
		return bindings.TypeBlob
	case pgvalue.Date:
		return bindings.TypeDate
	case pgvalue.TimeOfDay:
		return bindings.TypeTime
	case pgvalue.Timestamp:
		return bindings.TypeTimestamp
	case instant:
		return bindings.TypeTimestampTZ
	case pgvalue.Interval:
		return bindings.TypeInterval
	case session:
		return bindings.TypeUBigInt
	case number:
		return bindings.TypeAny
	case hugeint:
		return bindings.TypeHugeInt
	}
	panic("duck: no DuckDB type for a Go type")
}

// reader returns a function that reads a row's value of a vector.
func reader[T any](v bindings.Vector, n int) func(row int) T {
	var zero T
	var read any
	switch any(zero).(type) {
	case string:
		data := vectorData[stringT](v, n)
		read = func(row int) string { return unsafeString(data[row].bytes()) }
	case raw:
		data := vectorData[stringT](v, n)
		read = func(row int) raw { return data[row].bytes() }
	case []byte:
		data := vectorData[stringT](v, n)
		read = func(row int) []byte { return data[row].bytes() }
	case pgvalue.Numeric:
		data := vectorData[stringT](v, n)
		read = func(row int) pgvalue.Numeric { return numericOf(data[row].bytes()) }
	case number:
		numbers := numberReader(v, n)
		read = func(row int) number { return number{numbers(row)} }
	case session:
		s := session{sessionOf(vectorData[uint64](v, n)[0])}
		read = func(int) session { return s }
	case list[string]:
		read = listReader[string](v, n)
	case list[pgvalue.Numeric]:
		read = listReader[pgvalue.Numeric](v, n)
	case list[raw]:
		read = listReader[raw](v, n)
	case list[bool]:
		read = listReader[bool](v, n)
	case list[int32]:
		read = listReader[int32](v, n)
	case list[float32]:
		read = listReader[float32](v, n)
	case list[pgvalue.Interval]:
		read = listReader[pgvalue.Interval](v, n)
	case list[float64]:
		read = listReader[float64](v, n)
	default:
		data := vectorData[T](v, n)
		return func(row int) T { return data[row] }
	}
	return read.(func(row int) T)
}

// listReader reads lists; the slices it returns are valid until the next row.
func listReader[T any](v bindings.Vector, n int) func(row int) list[T] {
	entries := vectorData[listEntry](v, n)
	child := bindings.ListVectorGetChild(v)
	total := int(bindings.ListVectorGetSize(v))
	read := reader[T](child, total)
	nulls := listMask(child, total)
	var out list[T]
	return func(row int) list[T] {
		e := entries[row]
		out.values, out.valid = out.values[:0], out.valid[:0]
		for i := e.offset; i < e.offset+e.length; i++ {
			ok := nulls == nil || bitutil.BitIsSet(nulls, int(i))
			var value T
			if ok {
				value = read(int(i))
			}
			out.values, out.valid = append(out.values, value), append(out.valid, ok)
		}
		return out
	}
}

// listMask is mask for a vector of any length.
func listMask(v bindings.Vector, n int) []byte {
	p := bindings.VectorGetValidity(v)
	if p == nil || n == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(p), (n+7)/8)
}

// unsafeString views bytes as a string; it is valid while the vector is.
func unsafeString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

func numericOf(form []byte) pgvalue.Numeric {
	n, err := pgvalue.NumericFromSortable(form)
	if err != nil {
		panic("duck: " + err.Error())
	}
	return n
}

// numberReader reads numbers of any DuckDB type.
func numberReader(v bindings.Vector, n int) func(row int) pgvalue.Numeric {
	t := bindings.VectorGetColumnType(v)
	defer bindings.DestroyLogicalType(&t)
	id, scale := bindings.GetTypeId(t), int32(0)
	if id == bindings.TypeDecimal {
		id, scale = bindings.DecimalInternalType(t), int32(bindings.DecimalScale(t))
	}
	switch id {
	case bindings.TypeSmallInt:
		return smallReader[int16](v, n, scale)
	case bindings.TypeInteger:
		return smallReader[int32](v, n, scale)
	case bindings.TypeBigInt:
		return smallReader[int64](v, n, scale)
	case bindings.TypeHugeInt:
		data := vectorData[hugeint](v, n)
		return func(row int) pgvalue.Numeric { return data[row].numeric(scale) }
	case bindings.TypeBlob:
		data := vectorData[stringT](v, n)
		return func(row int) pgvalue.Numeric { return numericOf(data[row].bytes()) }
	}
	panic("duck: not a number")
}

func smallReader[T int16 | int32 | int64](v bindings.Vector, n int, scale int32) func(row int) pgvalue.Numeric {
	data := vectorData[T](v, n)
	return func(row int) pgvalue.Numeric { return pgvalue.NumericFromUnscaledInt(int64(data[row]), scale) }
}

func (h hugeint) numeric(scale int32) pgvalue.Numeric {
	if h.hi == int64(h.lo)>>63 {
		return pgvalue.NumericFromUnscaledInt(int64(h.lo), scale)
	}
	return pgvalue.NumericFromUnscaled(h.big(), scale)
}

func (h hugeint) big() *big.Int {
	b := big.NewInt(h.hi)
	return b.Lsh(b, 64).Add(b, new(big.Int).SetUint64(h.lo))
}

// writer returns a function that stores a row's result. Texts are collected; finish stores them.
func writer[T any](c *chunkCall) (write func(row int, v T), finish func()) {
	var zero T
	switch any(zero).(type) {
	case string:
		return any(func(_ int, v string) { c.text = append(c.text, v...) }).(func(int, T)), c.storeText
	case chars:
		return any(func(_ int, v chars) { c.text = append(c.text, v...) }).(func(int, T)), c.storeText
	case []byte:
		return any(func(_ int, v []byte) { c.text = append(c.text, v...) }).(func(int, T)), c.storeText
	case pgvalue.Numeric:
		return any(func(_ int, v pgvalue.Numeric) { c.text = v.AppendSortable(c.text) }).(func(int, T)), c.storeText
	}
	switch any(zero).(type) {
	case list[string]:
		w := &listWriter[string]{c: c}
		return any(w.write).(func(int, T)), w.finish
	case list[pgvalue.Numeric]:
		w := &listWriter[pgvalue.Numeric]{c: c}
		return any(w.write).(func(int, T)), w.finish
	case list[int32]:
		w := &listWriter[int32]{c: c}
		return any(w.write).(func(int, T)), w.finish
	case list[int64]:
		w := &listWriter[int64]{c: c}
		return any(w.write).(func(int, T)), w.finish
	case list[float64]:
		w := &listWriter[float64]{c: c}
		return any(w.write).(func(int, T)), w.finish
	case list[pgvalue.Interval]:
		w := &listWriter[pgvalue.Interval]{c: c}
		return any(w.write).(func(int, T)), w.finish
	case list[pgvalue.Timestamp]:
		w := &listWriter[pgvalue.Timestamp]{c: c}
		return any(w.write).(func(int, T)), w.finish
	case list[instant]:
		w := &listWriter[instant]{c: c}
		return any(w.write).(func(int, T)), w.finish
	}
	data := vectorData[T](c.out, c.n)
	return func(row int, v T) { data[row] = v }, func() {}
}

// listWriter collects list results and stores them at the end, when the size of the child vector is known.
type listWriter[T any] struct {
	c       *chunkCall
	values  []T
	valid   []bool
	offsets []int32 // of texts in c.text
}

func (w *listWriter[T]) write(row int, l list[T]) {
	vectorData[listEntry](w.c.out, w.c.n)[row] = listEntry{uint64(len(w.values)), uint64(len(l.values))}
	for i, v := range l.values {
		w.values, w.valid = append(w.values, v), append(w.valid, !l.isNull(i))
	}
}

func (w *listWriter[T]) finish() {
	n := len(w.values)
	bindings.ListVectorReserve(w.c.out, bindings.IdxT(n))
	bindings.ListVectorSetSize(w.c.out, bindings.IdxT(n))
	if n == 0 {
		return
	}
	child := bindings.ListVectorGetChild(w.c.out)
	var validity *uint64
	for i, ok := range w.valid {
		if ok {
			continue
		}
		if validity == nil {
			bindings.VectorEnsureValidityWritable(child)
			validity = (*uint64)(bindings.VectorGetValidity(child))
		}
		words := unsafe.Slice(validity, (n+63)/64)
		words[i/64] &^= 1 << (i % 64)
	}
	switch values := any(w.values).(type) {
	case []string:
		w.storeTexts(child, validity, func(i int) { w.c.text = append(w.c.text, values[i]...) })
	case []pgvalue.Numeric:
		w.storeTexts(child, validity, func(i int) { w.c.text = values[i].AppendSortable(w.c.text) })
	default:
		copy(vectorData[T](child, n), w.values)
	}
}

func (w *listWriter[T]) storeTexts(child bindings.Vector, validity *uint64, appendText func(i int)) {
	w.c.text = w.c.text[:0]
	offsets := append(w.offsets, 0)
	for i := range w.values {
		if w.valid[i] {
			appendText(i)
		}
		offsets = append(offsets, int32(len(w.c.text)))
	}
	assignStrings(child, offsets, w.c.text, validity, 0)
}

func isText[T any]() bool {
	var zero T
	switch any(zero).(type) {
	case string, chars, []byte, pgvalue.Numeric:
		return true
	}
	return false
}

func (c *chunkCall) storeText() {
	var validity *uint64
	if c.valid != nil {
		validity = &c.valid[0]
	}
	assignStrings(c.out, c.offsets, c.text, validity, 0)
}
