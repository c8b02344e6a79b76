package duck

import "C"

import (
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow/array"
	bindings "github.com/duckdb/duckdb-go-bindings"

	"meshgate/sqlerr"
)

// scanFunction is the table function through which a query reads an input: meshgate_scan(handle).
const scanFunction = "meshgate_scan"

// Input is a stream that a query reads as a relation. It is read once, from start to end or not to its end.
type Input struct {
	Name   string             // the relation's name in the SQL text
	Reader array.RecordReader // its schema has carriers of pgarrow only; the query releases it
	Rows   float64            // an estimate for the optimizer; negative = unknown
	// Repeated says that the statement may read the input more than once: its rows are kept.
	Repeated bool
}

// scan is the state of one input in one query. DuckDB calls it from one thread at a time: it runs with one thread.
type scan struct {
	input   Input
	mu      sync.Mutex // guards against an engine that would scan in parallel all the same
	batch   int        // rows of the current batch already given out
	started bool
	err     error
}

// scans maps handles to running inputs: the C API can only carry numbers.
var (
	scans      sync.Map // uint64 -> *scan
	scanHandle atomic.Uint64
)

func newScan(in Input) (*scan, uint64) {
	s := &scan{input: in}
	h := scanHandle.Add(1)
	scans.Store(h, s)
	return s, h
}

func registerScan(conn bindings.Connection) bool {
	f := bindings.CreateTableFunction()
	defer bindings.DestroyTableFunction(&f)
	bindings.TableFunctionSetName(f, scanFunction)
	handle := bindings.CreateLogicalType(bindings.TypeBigInt)
	defer bindings.DestroyLogicalType(&handle)
	bindings.TableFunctionAddParameter(f, handle)
	bindings.TableFunctionSetBind(f, scanBindPointer())
	bindings.TableFunctionSetInit(f, scanInitPointer())
	bindings.TableFunctionSetFunction(f, scanFunctionPointer())
	return bindings.RegisterTableFunction(conn, f) == bindings.StateSuccess
}

//export mgScanBind
func mgScanBind(ptr unsafe.Pointer) {
	info := bindings.BindInfo{Ptr: ptr}
	value := bindings.BindGetParameter(info, 0)
	handle := uint64(bindings.GetInt64(value))
	bindings.DestroyValue(&value)
	found, ok := scans.Load(handle)
	if !ok {
		bindings.BindSetError(info, "no such input")
		return
	}
	s := found.(*scan)
	for _, field := range s.input.Reader.Schema().Fields() {
		t := logicalType(field.Type)
		bindings.BindAddResultColumn(info, field.Name, t)
		bindings.DestroyLogicalType(&t)
	}
	if s.input.Rows >= 0 {
		bindings.BindSetCardinality(info, bindings.IdxT(s.input.Rows), false)
	}
	bindings.BindSetBindData(info, handlePointer(uintptr(handle)), nil)
}

//export mgScanInit
func mgScanInit(ptr unsafe.Pointer) {
	info := bindings.InitInfo{Ptr: ptr}
	bindings.InitSetMaxThreads(info, 1)
	found, ok := scans.Load(uint64(uintptr(bindings.InitGetBindData(info))))
	if !ok {
		bindings.InitSetError(info, "no such input")
		return
	}
	s := found.(*scan)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.started {
		// A second reading would find the stream empty and answer with missing rows.
		bindings.InitSetError(info, markError(sqlerr.Newf(sqlerr.InternalError, "an input was scanned twice")))
		return
	}
	s.started = true
}

//export mgScanFunction
func mgScanFunction(ptr, chunkPtr unsafe.Pointer) {
	info, chunk := bindings.FunctionInfo{Ptr: ptr}, bindings.DataChunk{Ptr: chunkPtr}
	found, ok := scans.Load(uint64(uintptr(bindings.FunctionGetBindData(info))))
	if !ok {
		bindings.FunctionSetError(info, "no such input")
		return
	}
	s := found.(*scan)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := guarded(func() error { return s.next(chunk) }); err != nil {
		s.err = err
		bindings.FunctionSetError(info, "an input failed")
	}
}

// next fills a chunk with the next rows, none at the end.
func (s *scan) next(chunk bindings.DataChunk) error {
	if s.err != nil {
		return s.err
	}
	r := s.input.Reader
	for {
		if batch := r.RecordBatch(); batch != nil && s.batch < int(batch.NumRows()) {
			n := min(vectorSize, int(batch.NumRows())-s.batch)
			for i, col := range batch.Columns() {
				fillVector(bindings.DataChunkGetVector(chunk, bindings.IdxT(i)), col, s.batch, n)
			}
			s.batch += n
			bindings.DataChunkSetSize(chunk, bindings.IdxT(n))
			return nil
		}
		if !r.Next() {
			bindings.DataChunkSetSize(chunk, 0)
			return r.Err()
		}
		s.batch = 0
	}
}
