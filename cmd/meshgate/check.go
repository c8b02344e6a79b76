package main

import (
	"context"
	"fmt"

	"meshgate/gateway"
)

type checkCommand struct {
	Mesh string `required:"" placeholder:"DIR" help:"The mesh folder."`
	Live bool   `help:"Compare the contracts with the stores' real tables and types."`
}

// Run checks a mesh. Faults of the files end it with status 2, differences to the stores with status 1.
func (c *checkCommand) Run(ctx context.Context, std streams) error {
	_, snap, set, faults := gateway.Load(c.Mesh, kinds())
	if len(faults) > 0 {
		return faults
	}
	for _, w := range set.Warnings() {
		fmt.Fprintln(std.err, "warning:", w.Error())
	}
	fmt.Fprintf(std.out, "%s: %d domains, %d products, %d rules: no fault\n", c.Mesh, len(snap.Domains()), len(snap.Products()), len(set.Rules()))
	if !c.Live {
		return nil
	}
	differences, err := gateway.CheckLive(ctx, gateway.Options{Dir: c.Mesh, Kinds: kinds()})
	if err != nil {
		return wrong{err}
	}
	for _, d := range differences {
		fmt.Fprintln(std.err, d.Error())
	}
	if len(differences) > 0 {
		return errFalse
	}
	fmt.Fprintln(std.out, "the stores agree with the contracts")
	return nil
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
