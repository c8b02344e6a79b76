package main

import (
	"errors"
	"fmt"
	"strings"

	"meshgate/audit"
	"meshgate/meshfile"
)

type auditCommand struct {
	Verify verifyCommand `cmd:"" help:"Find out whether an audit log is whole: no record was changed, moved, added or cut off."`
}

type verifyCommand struct {
	Files   []string `arg:"" name:"file" help:"The log (its full files are found by themselves), or files of it that were taken elsewhere."`
	Key     string   `placeholder:"env:NAME|file:PATH" help:"The key that the head is signed with; file paths start from the working folder."`
	Partial bool     `help:"Records may be missing before the first and after the last of these files."`
}

// Run verifies a log. A chain that is broken ends it with status 1, a file that cannot be read with status 2.
func (c *verifyCommand) Run(std streams) error {
	o := audit.VerifyOptions{Partial: c.Partial}
	if c.Key != "" {
		scheme, name, _ := strings.Cut(c.Key, ":")
		if scheme != "env" && scheme != "file" {
			return wrong{errors.New("--key: expected env:NAME or file:PATH")}
		}
		key, err := meshfile.SecretRef{Scheme: scheme, Name: name, At: meshfile.Position{File: "--key"}}.Resolve("")
		if err != nil {
			return wrong{err}
		}
		o.Key = []byte(key)
	}
	r, err := audit.Verify(c.Files, o)
	if err != nil {
		return wrong{err}
	}
	for _, n := range r.Notes {
		fmt.Fprintln(std.err, "note:", n)
	}
	for _, p := range r.Problems {
		fmt.Fprintln(std.err, p)
	}
	if len(r.Problems) > 0 {
		return errFalse
	}
	fmt.Fprintf(std.out, "records %d to %d in %d files are whole; the last is %s\n", r.First, r.Last, len(r.Files), r.Hash)
	return nil
}
