package wire

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"time"

	"meshgate/sqlerr"
)

// stream is a client's connection: a socket, TLS over it where it was asked for, and the buffers of both directions.
type stream struct {
	raw net.Conn // the socket; closing it ends everything at once, without TLS's farewell
	nc  net.Conn // raw, or TLS over it
	in  *bufio.Reader
	out output
}

func newStream(raw net.Conn, drain time.Duration) *stream {
	return &stream{raw: raw, nc: raw, in: bufio.NewReaderSize(raw, readSpace), out: output{nc: raw, drain: drain}}
}

// startTLS makes the handshake over the socket. Bytes that were read already go into it only if the caller says that they
// belong to it.
func (s *stream) startTLS(ctx context.Context, config *tls.Config, early []byte) (tls.ConnectionState, error) {
	under := s.raw
	if len(early) > 0 {
		under = &prefixedConn{Conn: s.raw, prefix: early}
	}
	secured := tls.Server(under, config)
	if err := secured.HandshakeContext(ctx); err != nil {
		return tls.ConnectionState{}, err
	}
	s.nc, s.out.nc = secured, secured
	s.in.Reset(secured)
	return secured.ConnectionState(), nil
}

// prefixedConn reads bytes again that were read from the socket already.
type prefixedConn struct {
	net.Conn
	prefix []byte
}

// Read returns the bytes read before, then the socket's.
func (c *prefixedConn) Read(b []byte) (int, error) {
	if len(c.prefix) == 0 {
		return c.Conn.Read(b)
	}
	n := copy(b, c.prefix)
	c.prefix = c.prefix[n:]
	return n, nil
}

// lingerTime bounds how long a refused client may go on sending, lingerBytes how much.
const (
	lingerTime  = time.Second
	lingerBytes = 1 << 20
)

// refuse tells the client why its connection ends.
func (s *stream) refuse(e *sqlerr.Error) {
	// The deadline of an earlier phase may be over, and a client that does not read must not hold us.
	s.out.setDeadline(time.Now().Add(s.out.drain))
	if s.out.sendError(e.Fatal()) == nil {
		_ = s.out.flush()
	}
}

// linger reads on for a while after a refusal. To close a socket while bytes wait unread resets the connection, and the client
// would lose the message that says why.
func (s *stream) linger() {
	half, ok := s.nc.(interface{ CloseWrite() error })
	if !ok || s.out.err != nil || half.CloseWrite() != nil {
		return
	}
	if s.raw.SetReadDeadline(time.Now().Add(lingerTime)) == nil {
		_, _ = io.CopyN(io.Discard, s.in, lingerBytes)
	}
}

// close ends the connection. TLS's farewell takes as long as the client needs to read it, so it gets little time.
func (s *stream) close() {
	s.out.setDeadline(time.Now().Add(lingerTime))
	if err := s.nc.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		_ = s.raw.Close()
	}
	s.out.buf = s.out.buf[:0]
	s.out.release()
}
