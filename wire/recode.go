package wire

import (
	"bytes"

	"meshgate/pgarrow"
	"meshgate/pgcat"
	"meshgate/pgencoding"
	"meshgate/sqlerr"
)

// recoding says how a column's values come into the client's encoding.
type recoding struct {
	enc   *pgencoding.Encoding // nil = they hold no text
	mixed bool                 // they hold texts among other bytes
}

// encoding is the client's; nil = UTF-8.
func (w *Writer) encoding() *pgencoding.Encoding {
	if w.session == nil {
		return nil
	}
	return w.session.ClientEncoding()
}

// recodingOf follows the types' own output: all text is in the client's encoding, and so is the binary form of texts.
func recodingOf(enc *pgencoding.Encoding, oid uint32, format int16) recoding {
	if format == 0 || TextInBinary(oid) {
		return recoding{enc: enc}
	}
	if elem, ok := pgarrow.Element(oid); ok && TextInBinary(elem) || mixedInBinary[oid] {
		return recoding{enc: enc, mixed: true}
	}
	return recoding{}
}

// TextInBinary reports whether a type's binary form is its text.
func TextInBinary(oid uint32) bool {
	switch oid {
	case pgcat.Text, pgcat.VarChar, pgcat.BPChar, pgcat.Name, pgcat.JSON, pgcat.JSONB, pgcat.Unknown, pgcat.XML, cstringOID, refcursorOID, nodeTreeOID:
		return true
	}
	return false
}

// Types of the catalogs and of PostgreSQL's machinery.
const (
	nodeTreeOID  = 194
	cstringOID   = 2275
	refcursorOID = 1790
)

// mixedInBinary are other types that hold texts in their binary form: records, the words of a text search.
var mixedInBinary = map[uint32]bool{2249: true, 2287: true, 3614: true, 3615: true}

// apply brings the value from at on into the client's encoding.
func (r recoding) apply(buf []byte, at int) ([]byte, error) {
	if r.enc == nil || isASCII(buf[at:]) {
		return buf, nil
	}
	if r.mixed {
		return buf, sqlerr.Newf(sqlerr.FeatureNotSupported, "texts within a binary value are sent in the encoding UTF8 only, not in %s", r.enc.Name()).
			WithHint("Ask for the value as text, or SET client_encoding TO 'UTF8'.")
	}
	return r.enc.Append(buf[:at], bytes.Clone(buf[at:]))
}

// RecodeBinary brings the texts of a binary value, which stands in buf from at on, into a client's encoding.
func RecodeBinary(enc *pgencoding.Encoding, oid uint32, buf []byte, at int) ([]byte, error) {
	return recodingOf(enc, oid, 1).apply(buf, at)
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// readable makes an error fit for a client of another encoding. An error has to arrive, so it does not fail for its own text.
func readable(e *sqlerr.Error, enc *pgencoding.Encoding) *sqlerr.Error {
	if enc == nil {
		return e
	}
	c := *e
	c.Message, c.Detail, c.Hint = enc.Replaced(e.Message), enc.Replaced(e.Detail), enc.Replaced(e.Hint)
	return &c
}
