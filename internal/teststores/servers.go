// Package teststores gives tests a private PostgreSQL 15 and a private MariaDB: their own data folders, free ports on loopback,
// gone when the run ends. It never touches a server that it did not start.
//
// The command teststores/with starts both, tells a child process where they are through the environment, and stops them:
//
//	go run ./internal/teststores/with go test ./...
package teststores

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// Environment variables that name the running servers' ports.
const (
	PostgresPortEnv = "MESHGATE_TEST_POSTGRES_PORT"
	MariaDBPortEnv  = "MESHGATE_TEST_MARIADB_PORT"
)

// Server is a database server that this process started.
type Server struct {
	Name string
	Port int
	dir  string
	cmd  *exec.Cmd
	done chan error
	stop syscall.Signal
}

// postgresBin is where Debian's postgresql-15 keeps the programs that it does not put on the PATH.
const postgresBin = "/usr/lib/postgresql/15/bin"

// StartPostgres initialises a cluster under dir and starts it. Text sorts by bytes (C) and letters are Unicode's (C.UTF-8),
// as meshgate announces for itself.
func StartPostgres(ctx context.Context, dir string) (*Server, error) {
	data := filepath.Join(dir, "postgres")
	if err := ownedDir(data, "postgres"); err != nil {
		return nil, err
	}
	if out, err := runAs("postgres", postgresBin+"/initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
		"--lc-collate=C", "--lc-ctype=C.UTF-8", "--no-sync").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	if err := askForPassword(data); err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s := &Server{Name: "postgres", Port: port, dir: data, stop: syscall.SIGINT}
	s.cmd = runAs("postgres", postgresBin+"/postgres", "-D", data, "-p", strconv.Itoa(port), "-k", data, "-c", "fsync=off",
		"-c", "max_connections=300", "-c", "listen_addresses=127.0.0.1", "-c", "shared_buffers=256MB", "-c", "TimeZone=UTC")
	return s, s.start(ctx)
}

// scramUser is the one user whom the private PostgreSQL asks for a password.
const scramUser = "meshgate_scram"

func askForPassword(data string) error {
	file := filepath.Join(data, "pg_hba.conf")
	rules, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return os.WriteFile(file, append([]byte("host all "+scramUser+" 127.0.0.1/32 scram-sha-256\n"), rules...), 0o600)
}

// StartMariaDB initialises a data folder under dir and starts a server on it; root has no password.
func StartMariaDB(ctx context.Context, dir string) (*Server, error) {
	data := filepath.Join(dir, "mariadb")
	// A server that starts removes what it takes for leftovers from its folder of temporary tables: one in /tmp would be another's, too.
	temporary := filepath.Join(dir, "mariadb-tmp")
	if err := errors.Join(ownedDir(data, "mysql"), ownedDir(temporary, "mysql")); err != nil {
		return nil, err
	}
	if out, err := runAs("mysql", "mariadb-install-db", "--no-defaults", "--datadir="+data, "--tmpdir="+temporary,
		"--auth-root-authentication-method=normal", "--skip-test-db").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("mariadb-install-db: %w\n%s", err, out)
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s := &Server{Name: "mariadb", Port: port, dir: data, stop: syscall.SIGTERM}
	s.cmd = runAs("mysql", "/usr/sbin/mariadbd", "--no-defaults", "--datadir="+data, "--tmpdir="+temporary, "--port="+strconv.Itoa(port),
		"--socket="+filepath.Join(data, "mariadb.sock"), "--bind-address=127.0.0.1", "--innodb-flush-log-at-trx-commit=0",
		"--character-set-server=utf8mb4", "--collation-server=utf8mb4_general_ci", "--max-connections=300", "--skip-log-bin",
		"--pid-file="+filepath.Join(data, "mariadb.pid"))
	return s, s.start(ctx)
}

// ownedDir makes a folder that the server's account may write to.
func ownedDir(dir, account string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup(account)
	if err != nil {
		return err
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return err
	}
	return os.Chown(dir, uid, -1)
}

// runAs runs a program under an account of its own when we are root: PostgreSQL refuses root.
func runAs(account, program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...)
	cmd.Dir = "/"
	// A group of its own keeps a terminal's Ctrl-C from reaching the server before we stop it in order; if we die, it goes too.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if os.Geteuid() == 0 {
		if u, err := user.Lookup(account); err == nil {
			uid, _ := strconv.ParseUint(u.Uid, 10, 32)
			gid, _ := strconv.ParseUint(u.Gid, 10, 32)
			cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		}
	}
	return cmd
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func (s *Server) start(ctx context.Context) error {
	log, err := os.Create(s.dir + ".log")
	if err != nil {
		return err
	}
	defer log.Close()
	s.cmd.Stdout, s.cmd.Stderr = log, log
	if err := s.cmd.Start(); err != nil {
		return err
	}
	s.done = make(chan error, 1)
	go func() { s.done <- s.cmd.Wait() }()
	if err := s.ready(ctx); err != nil {
		return errors.Join(err, s.Stop())
	}
	return nil
}

// ready waits until the server greets a connection: MySQL speaks first, PostgreSQL answers an SSL request.
func (s *Server) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-s.done:
			s.done <- err
			text, _ := os.ReadFile(s.dir + ".log")
			return fmt.Errorf("%s ended at start: %w\n%s", s.Name, err, text)
		case <-ctx.Done():
			return fmt.Errorf("%s did not start: %w", s.Name, ctx.Err())
		case <-tick.C:
			if s.greets() {
				return nil
			}
		}
	}
}

func (s *Server) greets() bool {
	conn, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", s.Port), time.Second)
	if err != nil {
		return false
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(2 * time.Second)); err != nil {
		return false
	}
	if s.Name == "postgres" {
		startup := "\x00\x03\x00\x00user\x00postgres\x00database\x00postgres\x00\x00"
		if _, err := conn.Write(append([]byte{0, 0, 0, byte(len(startup) + 4)}, startup...)); err != nil {
			return false
		}
		first := make([]byte, 1)
		_, err := conn.Read(first)
		return err == nil && first[0] == 'R'
	}
	_, err = conn.Read(make([]byte, 5))
	return err == nil
}

// Stop ends the server and waits for it.
func (s *Server) Stop() error {
	if err := s.cmd.Process.Signal(s.stop); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-s.done:
		return nil
	case <-time.After(30 * time.Second):
		return errors.Join(fmt.Errorf("%s did not stop", s.Name), s.cmd.Process.Kill())
	}
}
