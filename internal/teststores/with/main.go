// Command with starts a private PostgreSQL and a private MariaDB, runs a command that finds them through the environment, stops
// them and exits with the command's status.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"sync"
	"syscall"

	"meshgate/internal/teststores"
)

func main() {
	status, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "teststores:", err)
		status = 2
	}
	os.Exit(status)
}

func run(command []string) (status int, err error) {
	if len(command) == 0 {
		return 0, errors.New("usage: with COMMAND [ARGUMENT…]")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := teststores.Install(ctx, func(line string) { fmt.Fprintln(os.Stderr, "teststores:", line) }); err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp("", "meshgate-stores-")
	if err != nil {
		return 0, err
	}
	// The servers' accounts must be able to reach their own folders inside.
	if err := os.Chmod(dir, 0o755); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	servers, err := startBoth(ctx, dir)
	for _, s := range servers {
		defer func() { err = errors.Join(err, s.Stop()) }()
	}
	if err != nil {
		return 0, err
	}
	return runChild(ctx, command, servers)
}

func startBoth(ctx context.Context, dir string) (servers []*teststores.Server, err error) {
	starts := []func(context.Context, string) (*teststores.Server, error){teststores.StartPostgres, teststores.StartMariaDB}
	results := make([]*teststores.Server, len(starts))
	errs := make([]error, len(starts))
	var wg sync.WaitGroup
	for i, start := range starts {
		wg.Go(func() { results[i], errs[i] = start(ctx, dir) })
	}
	wg.Wait()
	for i, s := range results {
		if errs[i] == nil {
			servers = append(servers, s)
		}
	}
	return servers, errors.Join(errs...)
}

func runChild(ctx context.Context, command []string, servers []*teststores.Server) (int, error) {
	child := exec.CommandContext(ctx, command[0], command[1:]...)
	child.Cancel = func() error { return child.Process.Signal(os.Interrupt) }
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	child.Env = os.Environ()
	for _, s := range servers {
		name := map[string]string{"postgres": teststores.PostgresPortEnv, "mariadb": teststores.MariaDBPortEnv}[s.Name]
		child.Env = append(child.Env, fmt.Sprintf("%s=%d", name, s.Port))
	}
	err := child.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return max(exit.ExitCode(), 1), nil
	}
	return 0, err
}
