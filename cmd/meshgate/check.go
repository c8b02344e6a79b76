package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"meshgate/gateway"
	"meshgate/meshfile"
)

type checkCommand struct {
	Mesh     string `required:"" placeholder:"DIR" help:"The mesh folder."`
	Live     bool   `help:"Compare the contracts with the stores' real tables and types."`
	Base     string `placeholder:"DIR" help:"An earlier state of the mesh: tell who gains and who loses what against it, and refuse what takes protection off."`
	Approved bool   `help:"With --base: the federation has approved that classifications go down or governed tags are gone."`
	Format   string `enum:"text,json" default:"text" help:"text or json."`
}

// findings are what a check found.
type findings struct {
	Faults      []problem        `json:"faults,omitempty"`
	Warnings    []problem        `json:"warnings,omitempty"`
	Tests       []test           `json:"tests,omitempty"`
	Lowered     []problem        `json:"lowered,omitempty"`
	Changes     []gateway.Change `json:"changes,omitempty"`
	Differences []problem        `json:"storeDifferences,omitempty"`
}

type problem struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
}

// String writes file:line:column: message.
func (p problem) String() string {
	return meshfile.Fault{File: p.File, Line: p.Line, Column: p.Column, Message: p.Message}.Error()
}

type test struct {
	Name     string    `json:"name"`
	File     string    `json:"file"`
	Line     int       `json:"line"`
	Failures []problem `json:"failures,omitempty"`
}

func problems(faults []meshfile.Fault) []problem {
	var out []problem
	for _, f := range faults {
		out = append(out, problem(f))
	}
	return out
}

// Run checks a mesh. Faults of the files end it with status 2; a policy test that fails, protection that was taken off, and differences
// to the stores with status 1.
func (c *checkCommand) Run(ctx context.Context, std streams) error {
	_, snap, set, faults := gateway.Load(c.Mesh, kinds())
	if len(faults) > 0 {
		if c.Format == "json" {
			if err := c.json(std.out, &findings{Faults: problems(faults)}); err != nil {
				return err
			}
		}
		return faults
	}
	found := &findings{Warnings: problems(set.Warnings())}
	for _, step := range []func(context.Context, *findings) error{c.tests, c.base, c.live} {
		if err := step(ctx, found); err != nil {
			return wrong{err}
		}
	}
	if c.Format == "json" {
		if err := c.json(std.out, found); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(std.out, "%s: %d domains, %d products, %d rules: no fault\n", c.Mesh, len(snap.Domains()), len(snap.Products()), len(set.Rules()))
		c.text(std, found)
	}
	if found.failed() > 0 || len(found.Differences) > 0 || len(found.Lowered) > 0 && !c.Approved {
		return errFalse
	}
	return nil
}

func (c *checkCommand) tests(_ context.Context, found *findings) error {
	results, err := gateway.RunPolicyTests(gateway.Options{Dir: c.Mesh, Kinds: kinds()})
	for _, r := range results {
		found.Tests = append(found.Tests, test{r.Name, r.Position.File, r.Position.Line, problems(r.Failures)})
	}
	return err
}

func (c *checkCommand) base(_ context.Context, found *findings) error {
	if c.Base == "" {
		return nil
	}
	compared, err := gateway.Compare(gateway.Options{Dir: c.Mesh, Kinds: kinds()}, c.Base)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Base, err)
	}
	found.Changes = compared.Changes
	for _, l := range compared.Lowered {
		found.Lowered = append(found.Lowered, problem{l.Position.File, l.Position.Line, l.Position.Column, l.Text})
	}
	return nil
}

func (c *checkCommand) live(ctx context.Context, found *findings) error {
	if !c.Live {
		return nil
	}
	differences, err := gateway.CheckLive(ctx, gateway.Options{Dir: c.Mesh, Kinds: kinds()})
	found.Differences = problems(differences)
	return err
}

func (f *findings) failed() int {
	n := 0
	for _, t := range f.Tests {
		if len(t.Failures) > 0 {
			n++
		}
	}
	return n
}

func (c *checkCommand) json(to io.Writer, found *findings) error {
	e := json.NewEncoder(to)
	e.SetIndent("", "  ")
	return e.Encode(found)
}

func (c *checkCommand) text(std streams, found *findings) {
	for _, w := range found.Warnings {
		fmt.Fprintln(std.err, "warning:", w)
	}
	for _, t := range found.Tests {
		for _, f := range t.Failures {
			f.Message = fmt.Sprintf("test %q: %s", t.Name, f.Message)
			fmt.Fprintln(std.err, f)
		}
	}
	if n := len(found.Tests); n > 0 {
		fmt.Fprintf(std.out, "policy tests: %d of %d passed\n", n-found.failed(), n)
	}
	for _, l := range found.Lowered {
		if c.Approved {
			fmt.Fprintln(std.err, "approved:", l)
		} else {
			fmt.Fprintf(std.err, "%s; the federation has to approve it (--approved)\n", l)
		}
	}
	if c.Base != "" {
		changesTable(std.out, found.Changes)
	}
	for _, d := range found.Differences {
		fmt.Fprintln(std.err, d)
	}
	if c.Live && len(found.Differences) == 0 {
		fmt.Fprintln(std.out, "the stores agree with the contracts")
	}
}

// changesTable writes who gains and who loses what.
func changesTable(to io.Writer, changes []gateway.Change) {
	if len(changes) == 0 {
		fmt.Fprintln(to, "nobody gains or loses anything")
		return
	}
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nUSER\tPURPOSE\tWHAT\tBEFORE\tAFTER\t\tRULES")
	for _, c := range changes {
		purposes := make([]string, len(c.Purposes))
		for i, p := range c.Purposes {
			if purposes[i] = p; p == "" {
				purposes[i] = "(none)"
			}
		}
		purpose := strings.Join(purposes, ", ")
		if c.Every {
			purpose = "(any)"
		}
		what := c.Product + "." + c.Column
		if c.RowFilter != "" {
			what = c.Product + " (rows)"
		}
		change := c.Change
		if c.From != nil {
			change += " from " + c.From.UTC().Format("2006-01-02T15:04:05Z")
		}
		fmt.Fprintln(w, strings.Join([]string{c.User, purpose, what, c.Before, c.After, change, strings.Join(c.Rules, ", ")}, "\t"))
	}
	_ = w.Flush() // as for all that is written to the terminal
}

type explainCommand struct {
	Mesh    string `required:"" placeholder:"DIR" help:"The mesh folder."`
	As      string `required:"" placeholder:"USER" help:"The user who asks."`
	Purpose string `placeholder:"P" help:"The purpose that the user states."`
	SQL     string `arg:"" name:"sql" help:"The query."`
}

// Run prints the plan of a query. A query that cannot be planned ends it with status 1.
func (c *explainCommand) Run(ctx context.Context, std streams) error {
	if _, _, _, faults := gateway.Load(c.Mesh, kinds()); len(faults) > 0 {
		return faults
	}
	lines, err := gateway.Explain(gateway.Options{Dir: c.Mesh, Kinds: kinds()}, c.As, c.Purpose, c.SQL)
	if err != nil {
		return err
	}
	for _, l := range lines {
		fmt.Fprintln(std.out, l)
	}
	return nil
}
