package wire

import (
	"net"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"meshgate/sqlerr"
)

// flushAt is how full the output buffer gets before it is written out.
const flushAt = 64 << 10

// outputSpace leaves room for the row that crosses flushAt, so that an ordinary result never makes a buffer grow.
const outputSpace = flushAt + 8<<10

var outputBuffers = sync.Pool{New: func() any {
	b := make([]byte, 0, outputSpace)
	return &b
}}

// output collects messages and writes them out in large pieces. It holds a buffer only while there is something to say. One
// goroutine uses it; only interrupt and what it is built from may be called from others.
type output struct {
	nc     net.Conn
	drain  time.Duration
	buf    []byte
	pooled *[]byte // where buf came from; nil = none is held
	err    error   // the first failure to write: the connection is beyond use

	mu          sync.Mutex
	interrupted bool // a write deadline is set
}

func (o *output) acquire() {
	if o.pooled == nil {
		o.pooled = outputBuffers.Get().(*[]byte)
		o.buf = (*o.pooled)[:0]
	}
}

// release gives the buffer back when nothing is waiting in it. A buffer that a long row made grow is left to the collector.
func (o *output) release() {
	if o.pooled == nil || len(o.buf) > 0 {
		return
	}
	if cap(o.buf) <= 2*outputSpace {
		*o.pooled = o.buf
		outputBuffers.Put(o.pooled)
	}
	o.pooled, o.buf = nil, nil
}

// send appends a message.
func (o *output) send(m pgproto3.BackendMessage) error {
	if o.err != nil {
		return o.err
	}
	o.acquire()
	buf, err := m.Encode(o.buf)
	if err != nil {
		return sqlerr.Wrap(err, sqlerr.ProgramLimitExceeded, "a message to the client would be too long")
	}
	o.buf = buf
	return o.flushIfFull()
}

func (o *output) flushIfFull() error {
	if len(o.buf) < flushAt {
		return o.err
	}
	return o.flush()
}

// flush writes everything out. It blocks while the client does not read; interrupt ends that.
func (o *output) flush() error {
	if o.err == nil && len(o.buf) > 0 {
		o.extend()
		if _, err := o.nc.Write(o.buf); err != nil {
			o.err = sqlerr.Wrap(err, sqlerr.ConnectionFailure, "connection to client lost").Fatal()
		}
	}
	o.buf = o.buf[:0]
	return o.err
}

// interrupt gives a client that does not read the drain time, then the blocked write fails.
//
// A cancel must not cut the write at once: psql cancels while its results are in flight, reads on until the error arrives, and
// would lose its connection.
func (o *output) interrupt() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.interruptLocked()
}

func (o *output) interruptLocked() {
	if !o.interrupted {
		o.interrupted = true
		o.setDeadline(time.Now().Add(o.drain))
	}
}

// extend gives each write after an interrupt its own drain time: a session may need longer to stop than a client to read.
func (o *output) extend() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.interrupted {
		o.setDeadline(time.Now().Add(o.drain))
	}
}

// setDeadline drops the error: only a closed connection refuses a deadline, and the next write says so.
func (o *output) setDeadline(t time.Time) { _ = o.nc.SetWriteDeadline(t) }

// resume forgets an interrupt when the message that it was meant for has been answered.
func (o *output) resume() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.interrupted {
		o.interrupted = false
		o.setDeadline(time.Time{})
	}
}

// cstring makes a text fit for a message, where a zero byte would end it early and shift all that follows.
func cstring(s string) string {
	if strings.IndexByte(s, 0) < 0 {
		return s
	}
	return strings.ReplaceAll(s, "\x00", "\uFFFD")
}

// errorFields writes an error as PostgreSQL does (PostgreSQL 15, section 55.8).
func errorFields(e *sqlerr.Error, severity sqlerr.Severity) pgproto3.ErrorResponse {
	return pgproto3.ErrorResponse{
		Severity: severity.String(), SeverityUnlocalized: severity.String(), Code: string(e.Code),
		Message: cstring(e.Message), Detail: cstring(e.Detail), Hint: cstring(e.Hint), Position: int32(e.Position),
	}
}

func (o *output) sendError(e *sqlerr.Error) error {
	severity := e.Severity
	if severity != sqlerr.SeverityFatal {
		severity = sqlerr.SeverityError
	}
	fields := errorFields(e, severity)
	return o.send(&fields)
}
