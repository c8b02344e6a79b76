package duck

import (
	"fmt"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"
	bindings "github.com/duckdb/duckdb-go-bindings"
)

// logicalType returns the DuckDB type of a carrier (pgarrow.Carrier). The caller destroys it.
func logicalType(t arrow.DataType) bindings.LogicalType {
	switch t := t.(type) {
	case *arrow.Decimal128Type:
		return bindings.CreateDecimalType(uint8(t.Precision), uint8(t.Scale))
	case *arrow.ListType:
		child := logicalType(t.Elem())
		defer bindings.DestroyLogicalType(&child)
		return bindings.CreateListType(child)
	case *arrow.StructType:
		types, names := make([]bindings.LogicalType, t.NumFields()), make([]string, t.NumFields())
		for i, f := range t.Fields() {
			types[i], names[i] = logicalType(f.Type), f.Name
			defer bindings.DestroyLogicalType(&types[i])
		}
		return bindings.CreateStructType(types, names)
	case *arrow.TimestampType:
		if t.TimeZone != "" {
			return bindings.CreateLogicalType(bindings.TypeTimestampTZ)
		}
		return bindings.CreateLogicalType(bindings.TypeTimestamp)
	}
	plain, ok := map[arrow.Type]bindings.Type{
		arrow.BOOL: bindings.TypeBoolean, arrow.INT16: bindings.TypeSmallInt, arrow.INT32: bindings.TypeInteger, arrow.INT64: bindings.TypeBigInt,
		arrow.UINT32: bindings.TypeUInteger, arrow.FLOAT32: bindings.TypeFloat, arrow.FLOAT64: bindings.TypeDouble, arrow.STRING: bindings.TypeVarchar,
		arrow.BINARY: bindings.TypeBlob, arrow.DATE32: bindings.TypeDate, arrow.TIME64: bindings.TypeTime,
		arrow.FIXED_SIZE_BINARY: bindings.TypeInterval,
	}[t.ID()]
	if !ok {
		panic("duck: no DuckDB type for " + t.String())
	}
	return bindings.CreateLogicalType(plain)
}

// vectorData views a vector's values; the vector is flat.
func vectorData[T any](v bindings.Vector, n int) []T {
	return unsafe.Slice((*T)(bindings.VectorGetData(v)), n)
}

// setValidity copies n bits of an Arrow validity bitmap to rows 0… of a vector.
func setValidity(v bindings.Vector, arr arrow.Array, from, n int) *uint64 {
	if arr.NullN() == 0 {
		return nil
	}
	bindings.VectorEnsureValidityWritable(v)
	mask := (*uint64)(bindings.VectorGetValidity(v))
	words := unsafe.Slice(mask, (n+63)/64)
	bitmap, offset := arr.NullBitmapBytes(), arr.Data().Offset()+from
	for i := range words {
		var w uint64
		for j := range min(64, n-i*64) {
			if bitutil.BitIsSet(bitmap, offset+i*64+j) {
				w |= 1 << j
			}
		}
		words[i] = w
	}
	return mask
}

// fillVector copies rows [from, from+n) of an Arrow array of a carrier to a vector.
func fillVector(v bindings.Vector, arr arrow.Array, from, n int) {
	if n == 0 {
		return
	}
	validity := setValidity(v, arr, from, n)
	switch a := arr.(type) {
	case *array.Boolean:
		data := vectorData[bool](v, n)
		for i := range data {
			data[i] = a.Value(from + i)
		}
	case *array.Int16:
		copy(vectorData[int16](v, n), a.Int16Values()[from:from+n])
	case *array.Int32:
		copy(vectorData[int32](v, n), a.Int32Values()[from:from+n])
	case *array.Int64:
		copy(vectorData[int64](v, n), a.Int64Values()[from:from+n])
	case *array.Uint32:
		copy(vectorData[uint32](v, n), a.Uint32Values()[from:from+n])
	case *array.Float32:
		copy(vectorData[float32](v, n), a.Float32Values()[from:from+n])
	case *array.Float64:
		copy(vectorData[float64](v, n), a.Float64Values()[from:from+n])
	case *array.Date32:
		copy(vectorData[arrow.Date32](v, n), a.Date32Values()[from:from+n])
	case *array.Time64:
		copy(vectorData[arrow.Time64](v, n), a.Time64Values()[from:from+n])
	case *array.Timestamp:
		copy(vectorData[arrow.Timestamp](v, n), a.TimestampValues()[from:from+n])
	case *array.FixedSizeBinary:
		data := vectorData[[16]byte](v, n)
		for i := range data {
			if a.IsValid(from + i) {
				copy(data[i][:], a.Value(from+i))
			}
		}
	case *array.Decimal128:
		fillDecimal(v, a, from, n)
	case *array.String:
		assignStrings(v, a.ValueOffsets()[from:from+n+1], a.Data().Buffers()[2].Bytes(), validity, 0)
	case *array.Binary:
		assignStrings(v, a.ValueOffsets()[from:from+n+1], a.Data().Buffers()[2].Bytes(), validity, 0)
	case *array.List:
		fillList(v, a, from, n)
	default:
		panic("duck: no vector for " + arr.DataType().String())
	}
}

// fillDecimal narrows to the integer in which DuckDB stores a DECIMAL of this precision.
func fillDecimal(v bindings.Vector, a *array.Decimal128, from, n int) {
	values := a.Values()[from : from+n]
	switch p := a.DataType().(*arrow.Decimal128Type).Precision; {
	case p <= 4:
		data := vectorData[int16](v, n)
		for i, d := range values {
			data[i] = int16(d.LowBits())
		}
	case p <= 9:
		data := vectorData[int32](v, n)
		for i, d := range values {
			data[i] = int32(d.LowBits())
		}
	case p <= 18:
		data := vectorData[int64](v, n)
		for i, d := range values {
			data[i] = int64(d.LowBits())
		}
	default:
		data := vectorData[hugeint](v, n)
		for i, d := range values {
			data[i] = hugeint{d.LowBits(), d.HighBits()}
		}
	}
}

type hugeint struct {
	lo uint64
	hi int64
}

type listEntry struct{ offset, length uint64 }

func fillList(v bindings.Vector, a *array.List, from, n int) {
	entries := vectorData[listEntry](v, n)
	first, _ := a.ValueOffsets(from)
	_, last := a.ValueOffsets(from + n - 1)
	for i := range entries {
		start, end := a.ValueOffsets(from + i)
		entries[i] = listEntry{uint64(start - first), uint64(end - start)}
	}
	total := bindings.IdxT(last - first)
	bindings.ListVectorReserve(v, total)
	bindings.ListVectorSetSize(v, total)
	fillVector(bindings.ListVectorGetChild(v), a.ListValues(), int(first), int(total))
}

// stringT is DuckDB's string_t: up to 12 bytes inline, else a prefix and a pointer.
type stringT struct {
	length uint32
	inline [12]byte
}

// bytes views a string's content; it is valid while the vector is.
func (s *stringT) bytes() []byte {
	if s.length <= 12 {
		return s.inline[:s.length:s.length]
	}
	return unsafe.Slice(*(**byte)(unsafe.Pointer(&s.inline[4])), s.length)
}

// arrowArray copies n rows of a flat vector to an Arrow array of the carrier, which must be the vector's type.
func arrowArray(mem memory.Allocator, v bindings.Vector, t arrow.DataType, n int) arrow.Array {
	data := arrowData(mem, v, t, n)
	defer data.Release()
	return array.MakeFromData(data)
}

func arrowData(mem memory.Allocator, v bindings.Vector, t arrow.DataType, n int) *array.Data {
	validity, nulls := copyValidity(mem, v, n)
	var buffers []*memory.Buffer
	var children []arrow.ArrayData
	switch t := t.(type) {
	case *arrow.BooleanType:
		buffers = []*memory.Buffer{validity, packBools(mem, vectorData[bool](v, n))}
	case *arrow.Decimal128Type:
		buffers = []*memory.Buffer{validity, widenDecimal(mem, v, t.Precision, n)}
	case *arrow.StringType, *arrow.BinaryType:
		offsets, text := gatherStrings(mem, vectorData[stringT](v, n), validity)
		buffers = []*memory.Buffer{validity, offsets, text}
	case *arrow.ListType:
		offsets, child := gatherList(mem, v, t.Elem(), n, validity)
		buffers, children = []*memory.Buffer{validity, offsets}, []arrow.ArrayData{child}
	case *arrow.StructType:
		buffers = []*memory.Buffer{validity}
		for i, f := range t.Fields() {
			children = append(children, arrowData(mem, bindings.StructVectorGetChild(v, bindings.IdxT(i)), f.Type, n))
		}
	case arrow.FixedWidthDataType:
		width := t.BitWidth() / 8
		buf := allocate(mem, n*width)
		copy(buf.Bytes(), unsafe.Slice((*byte)(bindings.VectorGetData(v)), n*width))
		buffers = []*memory.Buffer{validity, buf}
	default:
		panic("duck: no carrier for " + t.String())
	}
	data := array.NewData(t, n, buffers, children, nulls, 0)
	for _, b := range buffers {
		if b != nil {
			b.Release()
		}
	}
	for _, c := range children {
		c.Release()
	}
	return data
}

func allocate(mem memory.Allocator, size int) *memory.Buffer {
	b := memory.NewResizableBuffer(mem)
	b.Resize(size)
	return b
}

// copyValidity returns a bitmap, or nil when no row is NULL.
func copyValidity(mem memory.Allocator, v bindings.Vector, n int) (*memory.Buffer, int) {
	mask := bindings.VectorGetValidity(v)
	if mask == nil || n == 0 {
		return nil, 0
	}
	bytes := unsafe.Slice((*byte)(mask), (n+63)/64*8)
	valid := bitutil.CountSetBits(bytes, 0, n)
	if valid == n {
		return nil, 0
	}
	b := allocate(mem, (n+7)/8)
	copy(b.Bytes(), bytes)
	return b, n - valid
}

func packBools(mem memory.Allocator, values []bool) *memory.Buffer {
	b := allocate(mem, (len(values)+7)/8)
	clear(b.Bytes())
	for i, v := range values {
		if v {
			bitutil.SetBit(b.Bytes(), i)
		}
	}
	return b
}

func widenDecimal(mem memory.Allocator, v bindings.Vector, precision int32, n int) *memory.Buffer {
	b := allocate(mem, n*16)
	if n == 0 {
		return b
	}
	out := unsafe.Slice((*hugeint)(unsafe.Pointer(unsafe.SliceData(b.Bytes()))), n)
	switch {
	case precision <= 4:
		widen(out, vectorData[int16](v, n))
	case precision <= 9:
		widen(out, vectorData[int32](v, n))
	case precision <= 18:
		widen(out, vectorData[int64](v, n))
	default:
		copy(out, vectorData[hugeint](v, n))
	}
	return b
}

func widen[T int16 | int32 | int64](out []hugeint, in []T) {
	for i, x := range in {
		w := int64(x)
		out[i] = hugeint{uint64(w), w >> 63}
	}
}

func gatherStrings(mem memory.Allocator, values []stringT, validity *memory.Buffer) (offsets, text *memory.Buffer) {
	offsets = allocate(mem, (len(values)+1)*4)
	ends := arrow.Int32Traits.CastFromBytes(offsets.Bytes())
	total := 0
	ends[0] = 0
	for i := range values {
		if validity == nil || bitutil.BitIsSet(validity.Bytes(), i) {
			total += int(values[i].length)
		}
		ends[i+1] = int32(total)
	}
	text = allocate(mem, total)
	out := text.Bytes()
	for i := range values {
		if ends[i+1] > ends[i] {
			copy(out[ends[i]:ends[i+1]], values[i].bytes())
		}
	}
	return offsets, text
}

// gatherList copies a list vector; DuckDB's entries may lie in any order, Arrow's are laid end to end.
func gatherList(mem memory.Allocator, v bindings.Vector, elem arrow.DataType, n int, validity *memory.Buffer) (*memory.Buffer, *array.Data) {
	entries := vectorData[listEntry](v, n)
	offsets := allocate(mem, (n+1)*4)
	ends := arrow.Int32Traits.CastFromBytes(offsets.Bytes())
	ends[0] = 0
	inOrder, next := true, uint64(0)
	for i, e := range entries {
		length := int32(e.length)
		if validity != nil && !bitutil.BitIsSet(validity.Bytes(), i) {
			length = 0
		} else if length > 0 {
			inOrder = inOrder && e.offset == next
			next = e.offset + e.length
		}
		ends[i+1] = ends[i] + length
	}
	child := bindings.ListVectorGetChild(v)
	if inOrder {
		return offsets, arrowData(mem, child, elem, int(ends[n]))
	}
	whole := arrowArray(mem, child, elem, int(bindings.ListVectorGetSize(v)))
	defer whole.Release()
	return offsets, reorder(mem, whole, entries, ends)
}

// reorder concatenates the slices of whole that the entries name.
func reorder(mem memory.Allocator, whole arrow.Array, entries []listEntry, ends []int32) *array.Data {
	parts := make([]arrow.Array, 0, len(entries))
	for i, e := range entries {
		if ends[i+1] > ends[i] {
			parts = append(parts, array.NewSlice(whole, int64(e.offset), int64(e.offset+e.length)))
		}
	}
	joined, err := array.Concatenate(parts, mem)
	for _, p := range parts {
		p.Release()
	}
	if err != nil {
		panic(fmt.Sprintf("duck: list elements of %s: %v", whole.DataType(), err))
	}
	defer joined.Release()
	data := joined.Data().(*array.Data)
	data.Retain()
	return data
}
