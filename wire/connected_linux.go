package wire

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// stillConnected asks the kernel whether the peer has hung up, which it knows although bytes are waiting unread
// (POLLRDHUP, poll(2)).
func stillConnected(nc net.Conn) bool {
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return true
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return true
	}
	var events int16
	if err := raw.Control(func(fd uintptr) {
		poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLRDHUP}}
		if n, err := unix.Poll(poll, 0); n == 1 && err == nil {
			events = poll[0].Revents
		}
	}); err != nil {
		return false
	}
	return events&(unix.POLLRDHUP|unix.POLLHUP|unix.POLLERR) == 0
}
