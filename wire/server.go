package wire

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"
)

// Server serves a Backend to PostgreSQL's clients.
type Server struct {
	backend  Backend
	opts     Options
	log      *slog.Logger
	registry registry
	slots    slots
}

// NewServer makes a server. The error names every fault of the options.
func NewServer(b Backend, o Options) (*Server, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Server{backend: b, opts: o, log: o.Logger, slots: slots{most: o.MaxConnections}}, nil
}

// Serve accepts connections until ctx ends or the listener fails, and returns after every connection has ended. It closes the
// listener. Several calls with different listeners may run at once; they share what Options limit.
//
// When ctx ends, idle connections and those whose statement stops in time get 57P01 admin_shutdown; after Options.Grace the
// others are cut. A session that does not return from a call keeps Serve waiting. Serve returns nil if ctx has ended.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	// The connections' context ends with a cause of ours, so it must not end with ctx by itself.
	base, end := context.WithCancelCause(context.WithoutCancel(ctx))
	unhook := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer unhook()
	var open connections
	err := s.accept(ctx, l, func(nc net.Conn) {
		open.add(nc)
		open.running.Go(func() {
			defer open.remove(nc)
			s.serve(base, nc)
		})
	})
	end(adminShutdown())
	_ = l.Close()
	cut := time.AfterFunc(s.opts.Grace, open.cut)
	open.running.Wait()
	cut.Stop()
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// accept hands every connection to serve. A lack of file descriptors or memory passes, so it waits such errors out.
func (s *Server) accept(ctx context.Context, l net.Listener, serve func(net.Conn)) error {
	const shortest, longest = 5 * time.Millisecond, time.Second
	pause := shortest
	for {
		nc, err := l.Accept()
		switch {
		case err == nil:
			pause = shortest
			if !s.slots.enter() {
				s.log.Warn("too many connections that have not authenticated yet", "client", nc.RemoteAddr().String())
				_ = nc.Close()
				continue
			}
			serve(nc)
		case ctx.Err() != nil || errors.Is(err, net.ErrClosed):
			return err
		default:
			s.log.Error("a connection could not be accepted", "cause", err)
			select {
			case <-ctx.Done():
				return err
			case <-time.After(pause):
				pause = min(2*pause, longest)
			}
		}
	}
}

// connections are those of one Serve.
type connections struct {
	running sync.WaitGroup
	mu      sync.Mutex
	open    map[net.Conn]struct{}
}

func (c *connections) add(nc net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open == nil {
		c.open = map[net.Conn]struct{}{}
	}
	c.open[nc] = struct{}{}
}

func (c *connections) remove(nc net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, nc)
}

func (c *connections) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for nc := range c.open {
		_ = nc.Close()
	}
}

// slots counts connections. Those that have not authenticated have places of their own, so that nobody without a password can
// take the places of those who have one.
type slots struct {
	most               int
	mu                 sync.Mutex
	arriving, sessions int
}

// enter takes a place for a connection that has not authenticated.
func (s *slots) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.arriving >= s.most {
		return false
	}
	s.arriving++
	return true
}

// promote exchanges it for a session's place. Without one, the connection keeps the place it has.
func (s *slots) promote() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sessions >= s.most {
		return false
	}
	s.arriving--
	s.sessions++
	return true
}

func (s *slots) leave(promoted bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if promoted {
		s.sessions--
	} else {
		s.arriving--
	}
}
