package wire

import (
	"bufio"
	"encoding/binary"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"meshgate/sqlerr"
)

const (
	// readSpace is the read buffer of a connection, which it keeps for its life.
	readSpace = 4 << 10
	// framesAhead bounds the messages read ahead by number, as Options.ReadAhead does by bytes.
	framesAhead = 64
	// smallMessage is the longest message of a type that carries no statement or data (PQ_SMALL_MESSAGE_LIMIT).
	smallMessage = 10000
	// firstPiece is how much of a message is allocated before its bytes arrive. A declared length is only a claim.
	firstPiece = 16 << 10
	// watchEvery is how often a client is looked after that has filled the read-ahead.
	watchEvery = 250 * time.Millisecond
)

// frame is a message as it came: its type and its body.
type frame struct {
	kind byte
	body []byte
}

var frames = sync.Pool{New: func() any { return new(frame) }}

// recycle gives the frame back; its body must not be used any more.
func (f *frame) recycle() {
	if cap(f.body) <= firstPiece {
		f.body = f.body[:0]
		frames.Put(f)
	}
}

// inbox reads messages in a goroutine of its own, so that a client that goes away is seen while a statement runs. It reads a
// bounded amount ahead.
type inbox struct {
	in        *bufio.Reader
	limit     int         // of a message's bytes
	ahead     int64       // of all waiting messages' bytes
	gone      func()      // called when the client has gone away
	connected func() bool // asks the operating system

	frames chan *frame   // closed when no more will come
	fault  *sqlerr.Error // why, when the client broke the protocol; read it after frames was closed
	queued atomic.Int64  // bytes of frames that were not recycled
	space  chan struct{} // has a signal when queued went down
	stop   chan struct{} // closed by the consumer when it wants no more
}

func newInbox(in *bufio.Reader, limit, ahead int, gone func(), connected func() bool) *inbox {
	return &inbox{
		in: in, limit: limit, ahead: int64(ahead), gone: gone, connected: connected,
		frames: make(chan *frame, framesAhead), space: make(chan struct{}, 1), stop: make(chan struct{}),
	}
}

// run reads until the connection fails, the client breaks the protocol, or the consumer wants no more.
func (b *inbox) run() {
	defer close(b.frames)
	for {
		f, ok := b.read()
		if !ok || !b.deliver(f) {
			return
		}
	}
}

// read returns the next message; not ok means that there is none, and that gone was called or fault set.
func (b *inbox) read() (f *frame, ok bool) {
	for {
		kind, err := b.in.ReadByte()
		if err != nil {
			b.gone()
			return nil, false
		}
		limit := b.limitOf(kind)
		if limit == 0 {
			return nil, b.violation(sqlerr.ProtocolViolation, "invalid frontend message type %d", kind)
		}
		var head [4]byte
		if _, err := io.ReadFull(b.in, head[:]); err != nil {
			b.gone()
			return nil, false
		}
		size := int64(int32(binary.BigEndian.Uint32(head[:]))) - 4
		switch {
		case size < 0 || limit == smallMessage && size > smallMessage:
			return nil, b.violation(sqlerr.ProtocolViolation, "invalid message length")
		case size > int64(limit):
			return nil, b.violation(sqlerr.ProgramLimitExceeded, "message of %d bytes is longer than the limit of %d bytes", size, limit)
		}
		if kind == 'd' || kind == 'c' || kind == 'f' {
			// PostgreSQL ignores data of a COPY FROM STDIN that is not running; here none ever runs.
			if _, err := b.in.Discard(int(size)); err != nil {
				b.gone()
				return nil, false
			}
			continue
		}
		return b.body(kind, int(size))
	}
}

func (b *inbox) violation(code sqlerr.Code, format string, args ...any) bool {
	b.fault = sqlerr.Newf(code, format, args...).Fatal()
	return false
}

// limitOf is SocketBackend's table of message types (PostgreSQL 15, tcop/postgres.c); 0 = no message has this type.
func (b *inbox) limitOf(kind byte) int {
	switch kind {
	case 'Q', 'P', 'B', 'F', 'd':
		return b.limit
	case 'C', 'D', 'E', 'H', 'S', 'X', 'c', 'f':
		return smallMessage
	}
	return 0
}

// body waits until the read-ahead has room and reads the message's body.
func (b *inbox) body(kind byte, size int) (*frame, bool) {
	for b.queued.Load() > 0 && b.queued.Load()+int64(size) > b.ahead {
		if !b.wait(nil, nil, b.space) {
			return nil, false
		}
	}
	b.queued.Add(int64(size))
	f := frames.Get().(*frame)
	f.kind = kind
	var err error
	if f.body, err = readGrowing(b.in, f.body[:0], size); err != nil {
		b.gone()
		return nil, false
	}
	return f, true
}

// readGrowing appends size bytes to buf, which grows as they arrive: never to more than twice of what has.
func readGrowing(r io.Reader, buf []byte, size int) ([]byte, error) {
	for size > 0 {
		piece := min(size, max(len(buf), firstPiece))
		at := len(buf)
		buf = slices.Grow(buf, piece)[:at+piece]
		if _, err := io.ReadFull(r, buf[at:]); err != nil {
			return buf, err
		}
		size -= piece
	}
	return buf, nil
}

// deliver hands a message over; false means that nobody wants it.
func (b *inbox) deliver(f *frame) bool {
	select {
	case b.frames <- f:
		return true
	default:
		return b.wait(b.frames, f, nil)
	}
}

// wait blocks until f could be sent or there is a signal (a nil channel takes no part), and returns false when the client has
// gone away or nobody wants more.
func (b *inbox) wait(out chan<- *frame, f *frame, signal <-chan struct{}) bool {
	watch := time.NewTicker(watchEvery)
	defer watch.Stop()
	for {
		select {
		case out <- f:
			return true
		case <-signal:
			return true
		case <-b.stop:
			return false
		case <-watch.C:
			// While we do not read, only the operating system knows that the client has hung up.
			if !b.connected() {
				b.gone()
				return false
			}
		}
	}
}

// done gives a handled message back and makes room for others.
func (b *inbox) done(f *frame) {
	b.queued.Add(-int64(len(f.body)))
	f.recycle()
	select {
	case b.space <- struct{}{}:
	default:
	}
}

// over reports whether the client broke the protocol or went away, so that no more will come. What still waits is lost.
func (b *inbox) over() bool {
	for {
		select {
		case _, ok := <-b.frames:
			if !ok {
				return true
			}
		default:
			return false
		}
	}
}
