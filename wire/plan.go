package wire

import (
	"github.com/apache/arrow-go/v18/arrow"

	"meshgate/pgarrow"
	"meshgate/pgcat"
	"meshgate/sqlerr"
)

// plan makes the encoders for a result at its first batch, as PostgreSQL's printtup does: a type without a binary form is an
// error only when there is a row. Later batches must be of the same types; where one is not (a decimal's scale may differ
// between sources), the encoders are made anew.
//
// A result without columns comes with one that only counts its rows.
func (w *Writer) plan(batch arrow.RecordBatch) error {
	if len(w.result.Columns) == 0 {
		return nil
	}
	if int(batch.NumCols()) != len(w.result.Columns) {
		return sqlerr.Newf(sqlerr.InternalError, "internal error in the answer: a batch of %d columns for a result of %d",
			batch.NumCols(), len(w.result.Columns))
	}
	if w.planned != nil && w.fits(batch) {
		return nil
	}
	types := make([]arrow.DataType, batch.NumCols())
	encoders := make([]*pgarrow.Encoder, len(types))
	for i := range types {
		types[i] = batch.Column(i).DataType()
		e, err := w.encoder(i, types[i])
		if err != nil {
			return err
		}
		encoders[i] = e
	}
	w.planned, w.columns = types, encoders
	w.recode = nil
	if enc := w.encoding(); enc != nil {
		w.recode = make([]recoding, len(types))
		for i := range types {
			w.recode[i] = recodingOf(enc, w.result.Columns[i].Type, formatAt(w.result.Formats, i))
		}
	}
	return nil
}

func (w *Writer) fits(batch arrow.RecordBatch) bool {
	for i, t := range w.planned {
		if got := batch.Column(i).DataType(); got != t && !arrow.TypeEqual(got, t) {
			return false
		}
	}
	return true
}

func (w *Writer) encoder(i int, carrier arrow.DataType) (*pgarrow.Encoder, error) {
	c := w.result.Columns[i]
	if !carries(carrier, c.Type, c.TypeMod) {
		return nil, sqlerr.Newf(sqlerr.InternalError, "internal error in the answer: column %d of type %s came as %s",
			i+1, pgcat.FormatType(c.Type, c.TypeMod), carrier)
	}
	switch format := formatAt(w.result.Formats, i); format {
	case 0:
		return pgarrow.NewTextEncoder(c.Type, carrier, w.result.Format, w.result.Names), nil
	case 1:
		return pgarrow.NewBinaryEncoder(c.Type, carrier, w.result.Format)
	default:
		return nil, unsupportedFormat(format)
	}
}

func unsupportedFormat(code int16) *sqlerr.Error {
	return sqlerr.Newf(sqlerr.InvalidParameterValue, "unsupported format code: %d", code)
}

// carries reports whether values of a type may come in an array of the carrier. An int8 in an int4's place would read well as
// text and be garbage as binary, so it is refused. numeric has two carriers, whatever its typmod.
func carries(carrier arrow.DataType, oid pgcat.OID, mod int32) bool {
	if list, ok := carrier.(*arrow.ListType); ok {
		elem, ok := pgarrow.Element(oid)
		return ok && carries(list.Elem(), elem, mod)
	}
	if carrier.ID() == arrow.STRUCT {
		return oid == pgcat.Record || pgcat.TypeByOID(oid) == nil // a relation's row type is the mesh's own
	}
	if oid == pgcat.Numeric {
		return carrier.ID() == arrow.DECIMAL128 || carrier.ID() == arrow.BINARY
	}
	return arrow.TypeEqual(carrier, pgarrow.Carrier(oid, mod))
}
