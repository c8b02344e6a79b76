package wire

import (
	"context"
	"encoding/binary"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/jackc/pgx/v5/pgproto3"

	"meshgate/pgarrow"
	"meshgate/sqlerr"
)

// maxRow is the longest DataRow, PostgreSQL's limit of an allocation (MaxAllocSize).
const maxRow = 1<<30 - 1

// Writer is how a session answers. Messages collect in the connection's buffer, which is written out when 64 KiB are full, at
// Flush, Sync and the end of a Query, and with every error.
//
// A Writer belongs to the call that it was given to and to its goroutine. Methods return an error when the client cannot be
// written to any more; the session returns it. A client that does not read blocks them until it reads, or until the call's ctx
// has ended and Options.DrainTimeout is over.
type Writer struct {
	out      *output
	session  Session
	reported map[string]string // the settings as the client knows them
	answer
}

// answer is what a Writer holds for one statement.
type answer struct {
	state   writerState
	result  Result
	planned []arrow.DataType // what the encoders were made for; nil = no batch has come yet
	columns []*pgarrow.Encoder
	recode  []recoding // of each column; nil = the client reads UTF-8
}

// writerState is where in the answer to a statement the writer is.
type writerState int

const (
	atStart writerState = iota // nothing is open
	inRows
	inCopy
	copyEnded
	atEnd // the statement's last message was written; another statement of a Query may follow
)

// begin makes the writer ready for the answer to a message.
func (w *Writer) begin() { w.answer = answer{} }

// finished checks that the answer has an end: a client waits for it.
func (w *Writer) finished() error {
	if w.state != atEnd {
		return w.misuse("it has no end")
	}
	return w.out.err
}

// Describe writes RowDescription and prepares for the result's rows.
func (w *Writer) Describe(r Result) error {
	if err := w.Start(r); err != nil {
		return err
	}
	return w.describe(r.Columns, r.Formats)
}

func (w *Writer) describe(columns []Column, formats []int16) error {
	d := pgproto3.RowDescription{Fields: make([]pgproto3.FieldDescription, len(columns))}
	enc := w.encoding()
	for i, c := range columns {
		name := []byte(cstring(c.Name))
		if enc != nil {
			var err error
			if name, err = enc.Append(nil, name); err != nil {
				return err
			}
		}
		d.Fields[i] = pgproto3.FieldDescription{
			Name: name, TableOID: c.TableOID, TableAttributeNumber: uint16(c.Attr), DataTypeOID: c.Type,
			DataTypeSize: c.TypeLen, TypeModifier: c.TypeMod, Format: formatAt(formats, i),
		}
	}
	return w.out.send(&d)
}

// formatAt applies the rule of Bind: no format = text, one = for all, else one each.
func formatAt(formats []int16, i int) int16 {
	switch {
	case len(formats) == 0:
		return 0
	case len(formats) == 1:
		return formats[0]
	case i < len(formats):
		return formats[i]
	}
	return 0
}

// Start prepares for the rows of a result that the client knows from Describe messages: no RowDescription is written.
func (w *Writer) Start(r Result) error {
	if n := len(r.Formats); n > 1 && n != len(r.Columns) {
		return sqlerr.Newf(sqlerr.ProtocolViolation, "bind message has %d result formats but query has %d columns", n, len(r.Columns))
	}
	w.answer = answer{state: inRows, result: r}
	return nil
}

// Rows writes rows from up to, without, to of a batch. The batch's columns are the result's, each in the carrier of its type
// (pgarrow.Carrier). The batch is not used after the call.
func (w *Writer) Rows(batch arrow.RecordBatch, from, to int) error {
	if w.state != inRows {
		return w.misuse("rows without a result")
	}
	if err := w.plan(batch); err != nil {
		return err
	}
	for i, e := range w.columns {
		e.Reset(batch.Column(i))
	}
	w.out.acquire()
	for row := from; row < to; row++ {
		if err := w.row(row); err != nil {
			return err
		}
	}
	return w.out.err
}

// row appends a DataRow. It is the hot path: no allocation, no message type in between.
func (w *Writer) row(row int) error {
	buf := w.out.buf
	start := len(buf)
	buf = append(buf, 'D', 0, 0, 0, 0)
	buf = binary.BigEndian.AppendUint16(buf, uint16(len(w.columns)))
	for i, e := range w.columns {
		if e.IsNull(row) {
			buf = append(buf, 0xff, 0xff, 0xff, 0xff)
			continue
		}
		at := len(buf)
		buf = e.Append(append(buf, 0, 0, 0, 0), row)
		if w.recode != nil {
			var err error
			if buf, err = w.recode[i].apply(buf, at+4); err != nil {
				w.out.buf = buf[:start]
				return err
			}
		}
		binary.BigEndian.PutUint32(buf[at:], uint32(len(buf)-at-4))
	}
	length := len(buf) - start - 1
	if length > maxRow {
		w.out.buf = buf[:start]
		return rowTooLong(length)
	}
	binary.BigEndian.PutUint32(buf[start+1:], uint32(length))
	w.out.buf = buf
	return w.out.flushIfFull()
}

func rowTooLong(length int) error {
	return sqlerr.Newf(sqlerr.ProgramLimitExceeded, "a row of the result takes %d bytes, the protocol's limit is %d", length, maxRow)
}

// Complete writes CommandComplete with the command's tag, as "SELECT 5".
func (w *Writer) Complete(tag string) error {
	if w.state == inCopy {
		return w.misuse("a COPY was not ended")
	}
	return w.end(&pgproto3.CommandComplete{CommandTag: []byte(cstring(tag))})
}

// Empty writes EmptyQueryResponse, the answer to a string without a statement.
func (w *Writer) Empty() error { return w.end(&pgproto3.EmptyQueryResponse{}) }

// Suspended writes PortalSuspended: the row limit of Execute was reached, and there may be more.
func (w *Writer) Suspended() error { return w.end(&pgproto3.PortalSuspended{}) }

func (w *Writer) end(m pgproto3.BackendMessage) error {
	// The encoders hold the last batch; letting go of them here keeps an idle connection small.
	w.answer = answer{state: atEnd}
	return w.out.send(m)
}

// CopyOut writes CopyOutResponse: format and each column's format are 0 for text and csv, 1 for binary.
func (w *Writer) CopyOut(format int16, columnFormats []int16) error {
	codes := make([]uint16, len(columnFormats))
	for i, f := range columnFormats {
		codes[i] = uint16(f)
	}
	w.state = inCopy
	return w.out.send(&pgproto3.CopyOutResponse{OverallFormat: byte(format), ColumnFormatCodes: codes})
}

// CopyData writes a piece of the copied data: a row, as PostgreSQL cuts it, or any other piece. The bytes are not used after
// the call.
func (w *Writer) CopyData(data []byte) error {
	if w.state != inCopy {
		return w.misuse("data without a COPY")
	}
	if len(data) > maxRow-4 {
		return rowTooLong(len(data) + 4)
	}
	w.out.acquire()
	buf := binary.BigEndian.AppendUint32(append(w.out.buf, 'd'), uint32(len(data)+4))
	w.out.buf = append(buf, data...)
	return w.out.flushIfFull()
}

// CopyDone writes CopyDone; Complete follows.
func (w *Writer) CopyDone() error {
	if w.state != inCopy {
		return w.misuse("the end of a COPY that was not begun")
	}
	w.state = copyEnded
	return w.out.send(&pgproto3.CopyDone{})
}

// Notice writes NoticeResponse: a warning or a notice, by e's severity.
func (w *Writer) Notice(e *sqlerr.Error) error {
	severity := e.Severity
	if severity != sqlerr.SeverityWarning {
		severity = sqlerr.SeverityNotice
	}
	fields := errorFields(readable(e, w.encoding()), severity)
	return w.out.send((*pgproto3.NoticeResponse)(&fields))
}

// ParameterStatus reports a setting at once. What Session.Startup returns is reported without it, before ReadyForQuery.
func (w *Writer) ParameterStatus(name, value string) error {
	w.reported[name] = value
	if enc := w.encoding(); enc != nil {
		value = enc.Replaced(value)
	}
	return w.out.send(&pgproto3.ParameterStatus{Name: cstring(name), Value: cstring(value)})
}

// reportChanges tells the client which settings are not what it was told last.
func (w *Writer) reportChanges(settings []Parameter) error {
	for _, p := range settings {
		if told, ok := w.reported[p.Name]; ok && told == p.Value {
			continue
		}
		if err := w.ParameterStatus(p.Name, p.Value); err != nil {
			return err
		}
	}
	return nil
}

// InterruptWhen lets the end of ctx interrupt a blocked write, as the end of the call's own ctx does, until stop is called. A
// session that limits a statement's time in a context of its own passes it here.
func (w *Writer) InterruptWhen(ctx context.Context) (stop func()) {
	out, live := w.out, true
	unhook := context.AfterFunc(ctx, func() {
		out.mu.Lock()
		defer out.mu.Unlock()
		if live {
			out.interruptLocked()
		}
	})
	return func() {
		unhook()
		out.mu.Lock()
		defer out.mu.Unlock()
		live = false
	}
}

// misuse is a fault of the session's code; the client must not get an answer that no protocol knows.
func (w *Writer) misuse(what string) error {
	return sqlerr.Newf(sqlerr.InternalError, "internal error in the answer: %s", what)
}
