package duck

/*
#include <stdint.h>
#include <stddef.h>
#include <stdbool.h>

// The C API's handles are pointers to opaque structs; only their width matters here.
extern void duckdb_vector_assign_string_element_len(void *vector, uint64_t index, const char *str, uint64_t len);

extern void mgScanBind(void *info);
extern void mgScanInit(void *info);
extern void mgScanFunction(void *info, void *chunk);
extern void mgScalarFunction(void *info, void *chunk, void *vector);

static void *scan_bind_pointer(void) { return (void *)mgScanBind; }
static void *scan_init_pointer(void) { return (void *)mgScanInit; }
static void *scan_function_pointer(void) { return (void *)mgScanFunction; }
static void *scalar_function_pointer(void) { return (void *)mgScalarFunction; }

// assign_strings stores n strings in a vector with one call from Go. A row that is not set in validity is left alone.
static void assign_strings(void *vector, const int32_t *offsets, const char *data, const uint64_t *validity, uint64_t at, uint64_t n) {
	for (uint64_t i = 0; i < n; i++) {
		if (validity && !(validity[(at + i) / 64] >> ((at + i) % 64) & 1)) continue;
		duckdb_vector_assign_string_element_len(vector, at + i, data + offsets[i], (uint64_t)(offsets[i + 1] - offsets[i]));
	}
}

// handle_pointer carries a Go-side number through the C API's void pointers. The API never follows it.
static void *handle_pointer(uintptr_t handle) { return (void *)handle; }
*/
import "C"

import (
	"unsafe"

	bindings "github.com/duckdb/duckdb-go-bindings"
)

// vectorSize is DuckDB's STANDARD_VECTOR_SIZE: the most rows that a chunk holds.
const vectorSize = 2048

// assignStrings stores the strings data[offsets[i]:offsets[i+1]] in rows at, at+1, … of a vector. validity may be nil.
func assignStrings(v bindings.Vector, offsets []int32, data []byte, validity *uint64, at int) {
	if len(offsets) < 2 {
		return
	}
	var text *C.char
	if len(data) > 0 {
		text = (*C.char)(unsafe.Pointer(unsafe.SliceData(data)))
	} else {
		var none [1]byte
		text = (*C.char)(unsafe.Pointer(&none[0]))
	}
	C.assign_strings(v.Ptr, (*C.int32_t)(unsafe.Pointer(unsafe.SliceData(offsets))), text, (*C.uint64_t)(unsafe.Pointer(validity)),
		C.uint64_t(at), C.uint64_t(len(offsets)-1))
}

func handlePointer(h uintptr) unsafe.Pointer { return C.handle_pointer(C.uintptr_t(h)) }

func scanBindPointer() unsafe.Pointer       { return C.scan_bind_pointer() }
func scanInitPointer() unsafe.Pointer       { return C.scan_init_pointer() }
func scanFunctionPointer() unsafe.Pointer   { return C.scan_function_pointer() }
func scalarFunctionPointer() unsafe.Pointer { return C.scalar_function_pointer() }
