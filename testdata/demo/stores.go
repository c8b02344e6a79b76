package demo

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"meshgate/duck"
	"meshgate/meshfile"
	"meshgate/sqlerr"
)

// target is a product that has to be written into a store's file.
type target struct {
	file    string // relative to the mesh folder
	domain  string
	object  meshfile.Object
	parquet bool
}

// writeStores makes the files that are missing. All are made, since their rows depend on each other, in a folder beside the others;
// those that are there already hold the same rows.
func writeStores(dir string) error {
	targets, err := allTargets()
	if err != nil {
		return err
	}
	missing := slices.ContainsFunc(targets, func(t target) bool { return !exists(filepath.Join(dir, t.file)) })
	if !missing {
		return nil
	}
	removeLeftovers(dir)
	work, err := os.MkdirTemp(dir, workPrefix+"*")
	if err != nil {
		return cannotWrite(err)
	}
	defer os.RemoveAll(work)
	if err := build(work, targets); err != nil {
		return err
	}
	for _, t := range targets {
		if name := filepath.Join(dir, t.file); !exists(name) {
			err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.Rename(filepath.Join(work, t.file), name))
			if err != nil {
				return cannotWrite(err)
			}
		}
	}
	return nil
}

const workPrefix = ".stores-" // the dot keeps it out of the mesh

func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

// removeLeftovers removes what an interrupted run has left. Nothing takes an hour to make, so a folder as old as that is nobody's.
func removeLeftovers(dir string) {
	old, _ := filepath.Glob(filepath.Join(dir, workPrefix+"*"))
	for _, name := range old {
		if info, err := os.Stat(name); err == nil && time.Since(info.ModTime()) > time.Hour {
			_ = os.RemoveAll(name) // it costs space and nothing else
		}
	}
}

// allTargets reads the contracts: they say which tables there are, and of which columns.
func allTargets() ([]target, error) {
	mesh, faults := meshfile.ReadFS(Mesh())
	if len(faults) > 0 {
		return nil, sqlerr.Wrap(faults, sqlerr.InternalError, "the demo's mesh has faults")
	}
	var targets []target
	for _, c := range mesh.Contracts {
		if len(c.Servers) == 0 {
			continue // a product over products has no rows of its own
		}
		ref, _ := meshfile.CustomText(c.Servers[0].Custom, "credentialRef")
		place := mesh.Config.Stores[ref.Value].Path.Value
		for _, o := range c.Schema {
			t := target{file: place, domain: c.Folder, object: o}
			if strings.HasSuffix(place, ".parquet") {
				t.file, t.parquet = path.Join(path.Dir(place), o.Name.Value+".parquet"), true
			}
			t.file = filepath.FromSlash(t.file)
			targets = append(targets, t)
		}
	}
	slices.SortStableFunc(targets, func(a, b target) int { return cmp.Compare(a.file, b.file) })
	return targets, nil
}

// build makes all rows in memory and writes them into files below dir.
func build(dir string, targets []target) error {
	statements, err := seeds()
	if err != nil {
		return cannotWrite(err)
	}
	open := ""
	for _, t := range targets {
		name := filepath.Join(dir, t.file)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return cannotWrite(err)
		}
		if open != "" && open != t.file {
			statements = append(statements, "DETACH store")
			open = ""
		}
		if t.parquet {
			statements = append(statements, fmt.Sprintf("COPY (%s) TO %s (FORMAT parquet, COMPRESSION zstd)", t.rows(), quoteText(name)))
			continue
		}
		if open == "" {
			statements = append(statements, fmt.Sprintf("ATTACH %s AS store", quoteText(name)))
			open = t.file
		}
		statements = append(statements, t.table(), fmt.Sprintf("INSERT INTO store.main.%s %s", quoteName(t.object.Name.Value), t.rows()))
	}
	if open != "" {
		statements = append(statements, "DETACH store")
	}
	return duck.Build("", statements...)
}

// seeds returns the statements that make the rows, in the order of their files' names.
func seeds() ([]string, error) {
	names, err := fs.Glob(files, "seed/*.sql")
	if err != nil {
		return nil, err
	}
	statements := make([]string, len(names))
	for i, name := range names {
		content, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		statements[i] = string(content)
	}
	return statements, nil
}

// table declares the table as the contract has it.
func (t target) table() string {
	var parts []string
	for _, c := range t.object.Properties {
		part := quoteName(c.Name.Value) + " " + c.PhysicalType.Value
		if c.Required {
			part += " NOT NULL"
		}
		parts = append(parts, part)
	}
	if key := t.key(); len(key) > 0 {
		parts = append(parts, "PRIMARY KEY ("+strings.Join(key, ", ")+")")
	}
	return fmt.Sprintf("CREATE TABLE store.main.%s (%s)", quoteName(t.object.Name.Value), strings.Join(parts, ", "))
}

// rows selects the product's columns in the contract's types, ordered by the key so that files are the same each time.
func (t target) rows() string {
	columns := make([]string, len(t.object.Properties))
	for i, c := range t.object.Properties {
		name := quoteName(c.Name.Value)
		columns[i] = fmt.Sprintf("CAST(%s AS %s) AS %s", name, c.PhysicalType.Value, name)
	}
	return fmt.Sprintf("SELECT %s FROM memory.%s.%s ORDER BY %s", strings.Join(columns, ", "), quoteName(t.domain),
		quoteName(t.object.Name.Value), strings.Join(t.key(), ", "))
}

// key returns the columns of the primary key in their order.
func (t target) key() []string {
	var in []meshfile.Property
	for _, c := range t.object.Properties {
		if c.PrimaryKey {
			in = append(in, c)
		}
	}
	slices.SortFunc(in, func(a, b meshfile.Property) int { return cmp.Compare(a.PrimaryKeyPosition, b.PrimaryKeyPosition) })
	names := make([]string, len(in))
	for i := range in {
		names[i] = quoteName(in[i].Name.Value)
	}
	return names
}

func quoteName(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
func quoteText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
