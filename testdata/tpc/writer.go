package tpc

import (
	"bufio"
	"errors"
	"io"
	"strconv"
)

// Writer writes rows: a call for each column, in order, and End. Texts hold no tabs, line ends or backslashes.
type Writer struct {
	to      *bufio.Writer
	row     []byte
	started bool
	err     error
}

func newWriter(to io.Writer) *Writer { return &Writer{to: bufio.NewWriterSize(to, 1<<16)} }

// Null writes a NULL.
func (w *Writer) Null() {
	w.separate()
	w.row = append(w.row, '\\', 'N')
}

// Int writes an integer.
func (w *Writer) Int(v int) {
	w.separate()
	w.row = strconv.AppendInt(w.row, int64(v), 10)
}

// Cents writes a decimal number of two places, given in hundredths.
func (w *Writer) Cents(v int) {
	w.separate()
	if v < 0 {
		w.row = append(w.row, '-')
		v = -v
	}
	w.row = strconv.AppendInt(w.row, int64(v/100), 10)
	w.row = append(w.row, '.', byte('0'+v/10%10), byte('0'+v%10))
}

// Text writes a text.
func (w *Writer) Text(s string) {
	w.separate()
	w.row = append(w.row, s...)
}

// Date writes a day.
func (w *Writer) Date(d Day) {
	w.separate()
	w.row = d.append(w.row)
}

// End ends a row.
func (w *Writer) End() {
	w.row = append(w.row, '\n')
	if w.err == nil {
		_, w.err = w.to.Write(w.row)
	}
	w.row, w.started = w.row[:0], false
}

func (w *Writer) separate() {
	if w.started {
		w.row = append(w.row, '\t')
	}
	w.started = true
}

func (w *Writer) close() error { return errors.Join(w.err, w.to.Flush()) }
