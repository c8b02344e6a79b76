// Command meshgate serves a data mesh to PostgreSQL's clients, and checks and explains it.
//
// Exit status: 0 = done, 1 = what was asked did not hold, 2 = the call or a file is wrong.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"meshgate/gateway"
	"meshgate/meshfile"
)

// commands is the command line.
type commands struct {
	Serve   serveCommand   `cmd:"" help:"Serve a mesh."`
	Demo    demoCommand    `cmd:"" help:"Serve an embedded mesh and show what it does; no other server is needed."`
	Check   checkCommand   `cmd:"" help:"Check a mesh's contracts and policies."`
	Explain explainCommand `cmd:"" help:"Show the plan and the decisions of a query without running it."`
	Audit   auditCommand   `cmd:"" help:"Look after audit logs."`
	Passwd  passwdCommand  `cmd:"" help:"Read a password and print its SCRAM verifier, for users.yaml."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

// streams are the process's standard streams.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// The exit statuses.
const (
	exitDone  = 0
	exitFalse = 1
	exitWrong = 2
)

// errFalse ends a command with status 1 whose output says why already.
var errFalse = errors.New("what was asked did not hold")

// wrong is an error that ends with status 2.
type wrong struct{ error }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// run parses a command line and does what it says.
func run(ctx context.Context, args []string, std streams) int {
	var c commands
	exited := -1
	parser, err := kong.New(&c, kong.Name("meshgate"), kong.Description("A federated SQL gateway for a data mesh."),
		kong.Writers(std.out, std.err), kong.Exit(func(code int) { exited = code }), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		panic("meshgate: the command line is not well declared: " + err.Error())
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		fmt.Fprintf(std.err, "meshgate: %s\nTry meshgate --help.\n", err)
		return exitWrong
	}
	parsed.BindTo(ctx, (*context.Context)(nil))
	return report(parsed.Run(std), std.err)
}

// report writes an error and returns the exit status.
func report(err error, to io.Writer) int {
	var faults meshfile.Faults
	var bad wrong
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errFalse):
		return exitFalse
	case errors.As(err, &faults):
		for _, f := range faults {
			fmt.Fprintln(to, f.Error())
		}
		return exitWrong
	case errors.As(err, &bad):
		fmt.Fprintln(to, "meshgate:", gateway.Problem(bad.error))
		return exitWrong
	}
	fmt.Fprintln(to, "meshgate:", gateway.Problem(err))
	return exitFalse
}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(std streams) error {
	fmt.Fprintln(std.out, "meshgate", gateway.Version())
	return nil
}
