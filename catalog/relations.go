package catalog

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"meshgate/meshfile"
)

// link is a relationship that waits until all products are known.
type link struct {
	product *Product
	file    string               // the contract's
	column  string               // of a relationship that a property declares
	from    *meshfile.References // of one that an object declares
	to      meshfile.References
	at      Position
}

// relate resolves a relationship and adds it to its product as a foreign key.
func (b *builder) relate(l link) {
	before := len(b.faults)
	columns := []string{l.column}
	if l.from != nil {
		columns = nil
		for _, ref := range l.from.Refs {
			p, column, _ := b.resolve(l, ref)
			if p != nil && p != l.product {
				b.faults.Add(ref.At, "from: expected a column of %s, got %q", l.product.Name, ref.Value)
			}
			columns = append(columns, column)
		}
	}
	var target *Product
	var targets []string
	for _, ref := range l.to.Refs {
		p, column, foreign := b.resolve(l, ref)
		if foreign {
			return
		}
		if p != nil && target != nil && p != target {
			b.faults.Add(ref.At, "to: expected columns of one product, got %s and %s", target.Name, p.Name)
		}
		if p != nil {
			target = p
		}
		targets = append(targets, column)
	}
	if len(columns) != len(targets) {
		b.faults.Add(l.at, "relationships: expected as many references in to as columns, got %d and %d", len(targets), len(columns))
	}
	if len(b.faults) > before || target == nil {
		return
	}
	l.product.addForeignKey(ForeignKey{Columns: columns, References: target.Name, RefColumns: targets})
}

const maxConstraintName = 63

// addForeignKey adds a key once, under a name as PostgreSQL would make it.
func (p *Product) addForeignKey(k ForeignKey) {
	base := p.Name.Product + "_" + strings.Join(k.Columns, "_")
	taken := map[string]bool{}
	for _, known := range p.ForeignKeys {
		if slices.Equal(known.Columns, k.Columns) && known.References == k.References && slices.Equal(known.RefColumns, k.RefColumns) {
			return
		}
		taken[known.Name] = true
	}
	for n := 0; k.Name == "" || taken[k.Name]; n++ {
		suffix := "_fkey"
		if n > 0 {
			suffix += strconv.Itoa(n)
		}
		k.Name = strings.ToValidUTF8(base[:min(len(base), maxConstraintName-len(suffix))], "") + suffix
	}
	p.ForeignKeys = append(p.ForeignKeys, k)
}

// resolve finds what a reference names. foreign means that it lies in a contract that is not of this mesh, of which nothing can
// be said. A nil product without foreign has been reported.
func (b *builder) resolve(l link, ref meshfile.Text) (p *Product, column string, foreign bool) {
	if !strings.Contains(ref.Value, "/") {
		table, column, _ := strings.Cut(ref.Value, ".")
		p := b.byName[Name{l.product.Name.Domain, table}]
		return b.resolved(ref, p, column, table)
	}
	file, fragment, external := strings.Cut(ref.Value, "#")
	if !external {
		file, fragment = l.file, ref.Value
	} else {
		if strings.Contains(file, "://") {
			return nil, "", true
		}
		file = path.Join(path.Dir(l.file), file)
	}
	parts := strings.Split(strings.TrimPrefix(fragment, "/"), "/")
	if len(parts) != 4 || parts[0] != "schema" || parts[2] != "properties" {
		b.faults.Add(ref.At, "expected /schema/id/properties/id, got %q", ref.Value)
		return nil, "", false
	}
	p = b.byRef[file+"#"+parts[1]]
	if p == nil {
		for _, candidate := range b.products {
			if candidate.Position.File == file && candidate.Name.Product == parts[1] {
				p = candidate
			}
		}
	}
	column = parts[3]
	if p != nil && p.ids[column] != "" {
		column = p.ids[column]
	}
	return b.resolved(ref, p, column, parts[1])
}

func (b *builder) resolved(ref meshfile.Text, p *Product, column, table string) (*Product, string, bool) {
	switch {
	case p == nil && b.files.Incomplete:
	case p == nil:
		b.faults.Add(ref.At, "relationships: %q names no product; expected a product of the domain or of a contract of this mesh", table)
	case p.Column(column) < 0 && len(p.Columns) > 0:
		var names []string
		for i := range p.Columns {
			names = append(names, p.Columns[i].Name)
		}
		b.faults.Add(ref.At, "relationships: %s has no column %q%s", p.Name, column, meshfile.DidYouMean(column, names))
	}
	return p, column, false
}
