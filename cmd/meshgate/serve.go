package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"meshgate/gateway"
	"meshgate/meshfile"
	"meshgate/wire"
)

type serveCommand struct {
	Mesh   string `required:"" placeholder:"DIR" help:"The mesh folder."`
	Listen string `placeholder:"HOST:PORT" help:"Where to listen; overrides the mesh's own address."`
}

// Run serves a mesh until the context ends.
func (c *serveCommand) Run(ctx context.Context, std streams) error {
	s, err := startServer(ctx, c.Mesh, c.Listen, std.err, true)
	if err != nil {
		return err
	}
	s.reloadOnSignal()
	fmt.Fprintf(std.out, "meshgate is ready: mesh %s on %s\n", s.gateway.Catalog().Mesh(), s.listener.Addr())
	return s.wait()
}

// server is a gateway with its listeners.
type server struct {
	gateway  *gateway.Gateway
	listener net.Listener
	http     *http.Server
	hangups  chan os.Signal // nil = SIGHUP ends the process
	done     chan error
}

// reloadOnSignal reads the mesh folder anew on SIGHUP, as servers do, also where no change of a file was noticed.
func (s *server) reloadOnSignal() {
	s.hangups = make(chan os.Signal, 1)
	signal.Notify(s.hangups, syscall.SIGHUP)
	go func() {
		for range s.hangups {
			_ = s.gateway.Reload() // which tells what is wrong
		}
	}()
}

// startServer opens a mesh and listens, for HTTP only where it is wanted. What is wrong with the mesh or its settings is the call's fault (status 2).
func startServer(ctx context.Context, dir, listen string, logTo io.Writer, withHTTP bool) (*server, error) {
	log := slog.New(slog.NewTextHandler(logTo, nil))
	g, err := gateway.Open(ctx, gateway.Options{Dir: dir, Kinds: kinds(), Log: log})
	if err != nil {
		return nil, wrong{err}
	}
	s, err := listenFor(ctx, g, dir, listen, log, withHTTP)
	if err != nil {
		g.Close()
		return nil, err
	}
	return s, nil
}

func listenFor(ctx context.Context, g *gateway.Gateway, dir, listen string, log *slog.Logger, withHTTP bool) (*server, error) {
	config := g.Config()
	if listen == "" {
		listen = config.Listen.Value
	}
	options, err := wireOptions(config, dir, listen, log)
	if err != nil {
		return nil, wrong{err}
	}
	g.Logins(&options)
	w, err := wire.NewServer(g, options)
	if err != nil {
		return nil, wrong{err}
	}
	g.Signal(w)
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w", listen, err)
	}
	s := &server{gateway: g, listener: l, done: make(chan error, 1)}
	if withHTTP {
		if err := s.startHTTP(config.HTTP.Value, log); err != nil {
			return nil, errors.Join(err, l.Close())
		}
	}
	go func() { s.done <- w.Serve(ctx, l) }()
	return s, nil
}

// wait returns when the server has ended, after everything that it held is closed.
func (s *server) wait() error {
	err := <-s.done
	if s.hangups != nil {
		signal.Stop(s.hangups)
		close(s.hangups)
	}
	if s.http != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		err = errors.Join(err, s.http.Shutdown(ctx))
		cancel()
	}
	s.gateway.Close()
	return err
}

func (s *server) startHTTP(address string, log *slog.Logger) error {
	if address == "" {
		return nil
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("cannot listen on %s for HTTP: %w", address, err)
	}
	s.http = &http.Server{Handler: s.gateway.Handler(), ReadHeaderTimeout: 5 * time.Second}
	go func() {
		if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("HTTP ended", "cause", err.Error())
		}
	}()
	log.Info("HTTP is ready", "address", l.Addr().String())
	return nil
}

func wireOptions(c *meshfile.Config, dir, listen string, log *slog.Logger) (wire.Options, error) {
	o := wire.Options{MaxConnections: c.Limits.Connections, Logger: log, Methods: meshfile.Values(c.Auth.Methods)}
	for _, m := range o.Methods {
		if m != wire.MethodTrust {
			continue
		}
		if !(meshfile.Address{Value: listen}).IsLoopback() {
			return o, fmt.Errorf("auth method trust is only for listeners on loopback, not %s", listen)
		}
		log.Warn("auth method trust is on: whoever reaches the listener is believed", "listen", listen)
	}
	if c.TLS == nil {
		return o, nil
	}
	var err error
	if o.TLS, err = watchedTLS(c.TLS, dir, log); err != nil {
		return o, err
	}
	o.TLSRequired = c.TLS.Required
	return o, nil
}

// hostPort splits an address that a listener reported.
func hostPort(addr net.Addr) (host, port string) {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return addr.String(), ""
	}
	return strings.Trim(host, "[]"), port
}
