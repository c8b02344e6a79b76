package wire

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"

	"meshgate/sqlerr"
)

// Versions and request codes of the first packet (PostgreSQL 15, section 55.7; 3.2 is PostgreSQL 18's).
const (
	protocol30    = 3 << 16
	protocol32    = 3<<16 | 2
	cancelRequest = 1234<<16 | 5678
	sslRequest    = 1234<<16 | 5679
	gssRequest    = 1234<<16 | 5680
)

// maxStartupPacket is PostgreSQL's MAX_STARTUP_PACKET_LENGTH.
const maxStartupPacket = 10000

// tlsRecord is the first byte of a TLS handshake, which no startup packet of a possible length has.
const tlsRecord = 0x16

// errSilent ends a connection without a word to the client: it is not one of ours, or it asked for nothing more.
var errSilent = errors.New("the connection ends")

// silent explains to the log what the client is not told.
func silent(format string, args ...any) error {
	return fmt.Errorf("%w: %w", errSilent, fmt.Errorf(format, args...))
}

// greeting is what was agreed before the client said who it is.
type greeting struct {
	startupPacket
	tls    *tls.ConnectionState // nil without TLS
	served *tls.Certificate     // the certificate that the client was shown
}

// greet reads packets up to the startup packet: requests for encryption, which it answers, or for a cancel, which it carries
// out (PostgreSQL 15, sections 55.2.1, 55.2.8 to 55.2.11).
func (s *Server) greet(ctx context.Context, st *stream) (*greeting, error) {
	g := &greeting{}
	first, err := st.in.Peek(1)
	if err != nil {
		return nil, silent("no startup packet: %w", err)
	}
	direct := first[0] == tlsRecord && s.offersTLS(st)
	if direct {
		if err := s.directTLS(ctx, st, g); err != nil {
			return nil, err
		}
	}
	sslAnswered, gssAnswered := direct, direct
	for {
		packet, err := readStartupPacket(st.in)
		if err != nil {
			return nil, err
		}
		switch code := binary.BigEndian.Uint32(packet); {
		case code == cancelRequest:
			return nil, s.cancelPacket(packet)
		case code == sslRequest && !sslAnswered:
			sslAnswered = true
			if err := s.answerSSL(ctx, st, g); err != nil {
				return nil, err
			}
			gssAnswered = gssAnswered || g.tls != nil
		case code == gssRequest && !gssAnswered:
			gssAnswered = true
			if err := st.answer('N'); err != nil {
				return nil, err
			}
			if st.in.Buffered() > 0 {
				return nil, stuffed("GSSAPI encryption")
			}
		default:
			return g, g.parse(packet)
		}
	}
}

// readStartupPacket returns a packet without its length.
func readStartupPacket(r io.Reader) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, silent("incomplete startup packet: %w", err)
	}
	size := int64(int32(binary.BigEndian.Uint32(head[:]))) - 4
	if size < 4 || size > maxStartupPacket {
		return nil, silent("invalid length of startup packet")
	}
	packet := make([]byte, size)
	if _, err := io.ReadFull(r, packet); err != nil {
		return nil, silent("incomplete startup packet: %w", err)
	}
	return packet, nil
}

func (st *stream) answer(b byte) error {
	if _, err := st.nc.Write([]byte{b}); err != nil {
		return silent("the answer to an encryption request: %w", err)
	}
	return nil
}

// offersTLS reports whether a client of this socket may use TLS. As in PostgreSQL, a Unix socket's may not.
func (s *Server) offersTLS(st *stream) bool {
	_, local := st.raw.(*net.UnixConn)
	return s.opts.TLS != nil && !local
}

// answerSSL turns TLS on, or says that there is none. Bytes that came along with the request were not encrypted, so somebody
// in the middle may have sent them: they must not be taken for the client's after the handshake (CVE-2021-23214). As in
// PostgreSQL, they are refused where there is no TLS too.
func (s *Server) answerSSL(ctx context.Context, st *stream, g *greeting) error {
	early := st.in.Buffered() > 0
	if !s.offersTLS(st) {
		if err := st.answer('N'); err != nil {
			return err
		}
	} else {
		if err := st.answer('S'); err != nil {
			return err
		}
		if err := s.handshake(ctx, st, g, nil); err != nil {
			return err
		}
	}
	if early {
		return stuffed("SSL")
	}
	return nil
}

func stuffed(request string) *sqlerr.Error {
	return sqlerr.Newf(sqlerr.ProtocolViolation, "received unencrypted data after %s request", request).
		WithDetail("This could be either a client-software bug or evidence of an attempted man-in-the-middle attack.")
}

// directTLS serves a client that begins with the handshake (PostgreSQL 17, section 54.2.11). It must name the protocol, so that
// nobody can make a browser's or another program's TLS connection speak to us.
func (s *Server) directTLS(ctx context.Context, st *stream, g *greeting) error {
	early, err := st.in.Peek(st.in.Buffered())
	if err != nil {
		return silent("direct TLS: %w", err)
	}
	if err := s.handshake(ctx, st, g, append([]byte(nil), early...)); err != nil {
		return err
	}
	if g.tls.NegotiatedProtocol != alpn {
		return silent("direct TLS without the ALPN protocol %s", alpn)
	}
	return nil
}

func (s *Server) handshake(ctx context.Context, st *stream, g *greeting, early []byte) error {
	state, err := st.startTLS(ctx, s.tlsFor(g), early)
	if err != nil {
		return silent("TLS handshake: %w", err)
	}
	g.tls = &state
	return nil
}

// cancelPacket carries out a CancelRequest. The client learns nothing but that the connection closes.
func (s *Server) cancelPacket(packet []byte) error {
	const keyAt, maxKey = 8, 256
	if len(packet) <= keyAt || len(packet) > keyAt+maxKey {
		return silent("invalid length of cancel request packet")
	}
	pid := binary.BigEndian.Uint32(packet[4:])
	if !s.registry.cancelWithKey(pid, packet[keyAt:]) {
		return silent("cancel request with a wrong number or key")
	}
	return errSilent
}
