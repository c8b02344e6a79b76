package pgarrow

import (
	"encoding/binary"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

// oidKey is the metadata of a record's field that holds its type: other than a column's, it is said nowhere else.
const oidKey = "oid"

// RecordField makes a nullable field of rows, or of arrays of rows, whose own fields have the given types.
func RecordField(name string, oid pgcat.OID, fields []arrow.Field, types []pgcat.OID) arrow.Field {
	children := make([]arrow.Field, len(fields))
	for i, f := range fields {
		f.Metadata = arrow.NewMetadata([]string{oidKey}, []string{strconv.FormatUint(uint64(types[i]), 10)})
		children[i] = f
	}
	carrier := arrow.DataType(arrow.StructOf(children...))
	if oid != pgcat.Record {
		carrier = arrow.ListOf(carrier)
	}
	return arrow.Field{Name: name, Type: carrier, Nullable: true}
}

// fieldTypes reads the types of a record's fields.
func fieldTypes(t *arrow.StructType) []pgcat.OID {
	out := make([]pgcat.OID, t.NumFields())
	for i, f := range t.Fields() {
		v, _ := f.Metadata.GetValue(oidKey)
		oid, err := strconv.ParseUint(v, 10, 32)
		if err != nil {
			panic("pgarrow: a record's field has no type")
		}
		out[i] = pgcat.OID(oid)
	}
	return out
}

// bindRecord makes Append write something of the fields of the current array's rows.
func (e *Encoder) bindRecord(fields []*Encoder, do func(dst []byte, row int) []byte) {
	e.Reset = func(arr arrow.Array) {
		e.arr = arr
		for i, f := range fields {
			f.Reset(arr.(*array.Struct).Field(i))
		}
	}
	e.Append = do
}

// bindRecordText writes (a,b).
func (e *Encoder) bindRecordText(t *arrow.StructType, f *pgvalue.Format, names NameOf) {
	var fields []*Encoder
	for i, oid := range fieldTypes(t) {
		fields = append(fields, NewTextEncoder(oid, t.Field(i).Type, f, names))
	}
	e.bindRecord(fields, func(dst []byte, row int) []byte {
		dst = append(dst, '(')
		for i, field := range fields {
			if i > 0 {
				dst = append(dst, ',')
			}
			if !field.IsNull(row) {
				start := len(dst)
				dst = pgvalue.QuoteRecordField(field.Append(dst, row), start)
			}
		}
		return append(dst, ')')
	})
}

// bindRecordBinary sends record_send's form: the number of fields, and for each its type, its length and its bytes.
func (e *Encoder) bindRecordBinary(t *arrow.StructType, f *pgvalue.Format) error {
	types := fieldTypes(t)
	var fields []*Encoder
	for i, oid := range types {
		field, err := NewBinaryEncoder(oid, t.Field(i).Type, f)
		if err != nil {
			return sqlerr.From(err)
		}
		fields = append(fields, field)
	}
	be := binary.BigEndian
	e.bindRecord(fields, func(dst []byte, row int) []byte {
		dst = be.AppendUint32(dst, uint32(len(fields)))
		for i, field := range fields {
			dst = be.AppendUint32(dst, types[i])
			if field.IsNull(row) {
				dst = append(dst, 0xff, 0xff, 0xff, 0xff)
				continue
			}
			at := len(dst)
			dst = field.Append(append(dst, 0, 0, 0, 0), row)
			be.PutUint32(dst[at:], uint32(len(dst)-at-4))
		}
		return dst
	})
	return nil
}
