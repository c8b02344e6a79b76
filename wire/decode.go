package wire

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/jackc/pgx/v5/pgproto3"

	"meshgate/pgencoding"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

// The messages are pgproto3's types, but not read by its decoders: those accept bytes after a message's last field and text
// that is not UTF-8, and their errors carry no SQLSTATE. PostgreSQL refuses both (its pqformat.c), and so do we.

// fields reads a message's body from the front. The first fault sticks, and what is read after it is empty.
type fields struct {
	rest []byte
	enc  *pgencoding.Encoding // the client's; nil = UTF-8
	err  *sqlerr.Error
}

func (f *fields) fail(text string) {
	f.failWith(&sqlerr.Error{Code: sqlerr.ProtocolViolation, Message: text})
}

func (f *fields) failWith(e *sqlerr.Error) {
	if f.err == nil {
		f.err = e
	}
	f.rest = nil
}

func (f *fields) bytes(n int) []byte {
	if n < 0 || n > len(f.rest) {
		f.fail("insufficient data left in message")
		return nil
	}
	b := f.rest[:n:n]
	f.rest = f.rest[n:]
	return b
}

func (f *fields) uint16() int {
	if b := f.bytes(2); b != nil {
		return int(binary.BigEndian.Uint16(b))
	}
	return 0
}

func (f *fields) int32() int32 {
	if b := f.bytes(4); b != nil {
		return int32(binary.BigEndian.Uint32(b))
	}
	return 0
}

func (f *fields) byte() byte {
	if len(f.rest) == 0 {
		f.fail("no data left in message")
		return 0
	}
	return f.bytes(1)[0]
}

// text reads a string that a zero byte ends.
func (f *fields) text() string {
	end := bytes.IndexByte(f.rest, 0)
	if end < 0 {
		f.fail("invalid string in message")
		return ""
	}
	return string(f.utf8(f.bytes(end + 1)[:end]))
}

// utf8 brings a client's text to UTF-8, and refuses what is none.
func (f *fields) utf8(b []byte) []byte {
	if f.enc == nil {
		if e := checkText(b); e != nil {
			f.failWith(e)
			return nil
		}
		return b
	}
	text, err := f.enc.Decode(b)
	if err != nil {
		f.failWith(sqlerr.From(err))
		return nil
	}
	return text
}

// end checks that the whole message was read.
func (f *fields) end() error {
	if f.err == nil && len(f.rest) > 0 {
		f.fail("invalid message format")
	}
	if f.err != nil {
		return f.err
	}
	return nil
}

// checkText refuses what is not text: wrong UTF-8 and, where a length and no zero byte ends the text, zero bytes.
func checkText(b []byte) *sqlerr.Error {
	if err := pgvalue.CheckText(b); err != nil {
		return sqlerr.From(err)
	}
	return nil
}

func decodeQuery(enc *pgencoding.Encoding, body []byte) (string, error) {
	f := fields{rest: body, enc: enc}
	sql := f.text()
	return sql, f.end()
}

func decodeParse(enc *pgencoding.Encoding, body []byte) (pgproto3.Parse, error) {
	f := fields{rest: body, enc: enc}
	m := pgproto3.Parse{Name: f.text(), Query: f.text()}
	n := f.uint16()
	if oids := f.bytes(4 * n); len(oids) > 0 {
		m.ParameterOIDs = make([]uint32, n)
		for i := range m.ParameterOIDs {
			m.ParameterOIDs[i] = binary.BigEndian.Uint32(oids[4*i:])
		}
	}
	return m, f.end()
}

// decodeBind leaves the parameters in the message's own bytes, but for texts in another encoding.
func decodeBind(enc *pgencoding.Encoding, body []byte) (*Bind, error) {
	f := fields{rest: body, enc: enc}
	m := &Bind{Portal: f.text(), Statement: f.text()}
	m.ParamFormats = f.formats()
	n := f.uint16()
	if len(m.ParamFormats) > 1 && len(m.ParamFormats) != n && f.err == nil {
		f.fail(fmt.Sprintf("bind message has %d parameter formats but %d parameters", len(m.ParamFormats), n))
	}
	// Each parameter takes four bytes at least, so a wrong count cannot make us allocate more than the message holds.
	if f.err == nil && n > 0 && n <= len(f.rest)/4 {
		m.Params = make([][]byte, 0, n)
	}
	for i := 0; i < n && f.err == nil; i++ {
		m.Params = append(m.Params, f.param(formatAt(m.ParamFormats, i)))
	}
	m.ResultFormats = f.formats()
	return m, f.end()
}

// param reads a parameter; nil is NULL. Text is checked here, as PostgreSQL does where it converts the client's encoding.
func (f *fields) param(format int16) []byte {
	var value []byte
	if size := f.int32(); size != -1 {
		value = f.bytes(int(size))
	}
	switch format {
	case 0:
		if value != nil {
			value = f.utf8(value)
		}
	case 1:
	default:
		f.failWith(unsupportedFormat(format))
	}
	return value
}

func (f *fields) formats() []int16 {
	n := f.uint16()
	codes := f.bytes(2 * n)
	if len(codes) == 0 {
		return nil
	}
	formats := make([]int16, n)
	for i := range formats {
		formats[i] = int16(binary.BigEndian.Uint16(codes[2*i:]))
	}
	return formats
}

func decodeDescribe(enc *pgencoding.Encoding, body []byte) (pgproto3.Describe, error) {
	f := fields{rest: body, enc: enc}
	m := pgproto3.Describe{ObjectType: f.byte(), Name: f.text()}
	return m, f.end()
}

func decodeClose(enc *pgencoding.Encoding, body []byte) (pgproto3.Close, error) {
	f := fields{rest: body, enc: enc}
	m := pgproto3.Close{ObjectType: f.byte(), Name: f.text()}
	return m, f.end()
}

// decodeExecute returns the portal and its row limit; PostgreSQL reads the limit as signed and takes what is not above zero
// for no limit.
func decodeExecute(enc *pgencoding.Encoding, body []byte) (portal string, maxRows int, err error) {
	f := fields{rest: body, enc: enc}
	portal = f.text()
	maxRows = int(max(f.int32(), 0))
	return portal, maxRows, f.end()
}

func decodeEmpty(body []byte) error {
	f := fields{rest: body}
	return f.end()
}
