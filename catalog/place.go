package catalog

import (
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"meshgate/meshfile"
)

// maxNames are the longest names that a kind of store has, in bytes. Longer ones would be cut, and could then name another table.
var maxNames = map[string]int{"postgres": 63, "mysql": 64}

const maxFileName = 255

// serverOf returns the server of a contract that is a store of this mesh. A contract may list servers of other installations;
// exactly one of them must be ours, since a query has to know where to go. environment decides nothing: mesh.yaml has none.
func (b *builder) serverOf(c *meshfile.Contract) (*meshfile.Server, meshfile.Store, bool) {
	var server *meshfile.Server
	var store meshfile.Store
	var unknown []meshfile.Text
	for i := range c.Servers {
		s := &c.Servers[i]
		ref, ok := meshfile.CustomText(s.Custom, "credentialRef")
		if !ok {
			continue
		}
		found, ok := b.files.Config.Stores[ref.Value]
		if !ok {
			unknown = append(unknown, ref)
			continue
		}
		if server != nil {
			b.faults.Add(s.At, "server %q: credentialRef names a store of this mesh, as server %q does; expected one such server",
				s.Server.Value, server.Server.Value)
			return nil, store, false
		}
		server, store = s, found
	}
	if server != nil {
		return server, store, b.matches(server, store)
	}
	// A store that cannot be found in a file that cannot be read is not missing.
	if b.files.Incomplete && len(b.files.Config.Stores) == 0 {
		return nil, store, false
	}
	for _, ref := range unknown {
		var names []string
		for name := range b.files.Config.Stores {
			names = append(names, name)
		}
		slices.Sort(names)
		b.faults.Add(ref.At, "credentialRef: mesh.yaml has no store %q%s", ref.Value, meshfile.DidYouMean(ref.Value, names))
	}
	if len(unknown) == 0 {
		b.faults.Add(c.At, "contract: expected a server with the custom property credentialRef that names a store of mesh.yaml")
	}
	return nil, store, false
}

// matches refuses a contract that points a store's credential at another place than the platform bound it to.
func (b *builder) matches(s *meshfile.Server, store meshfile.Store) bool {
	kind, ok := b.kinds[store.Kind.Value]
	if !ok {
		b.faults.Add(s.At, "server %q: this gateway has no connector for stores of kind %s", s.Server.Value, store.Kind.Value)
		return false
	}
	before := len(b.faults)
	differs := func(t meshfile.Text, key, expected string) {
		at := t.At
		if at.Line == 0 {
			at = s.At
		}
		b.faults.Add(at, "%s: expected %q as mesh.yaml has it for store %s, got %q", key, expected, store.Key, t.Value)
	}
	if !slices.Contains(kind.ServerTypes, s.Type.Value) {
		b.faults.Add(s.Type.At, "type: expected %s, as store %s is of kind %s, got %q", strings.Join(kind.ServerTypes, " or "),
			store.Key, store.Kind.Value, s.Type.Value)
		return false
	}
	if kind.File {
		file, key := s.Database, "database"
		if file.Value == "" {
			file, key = s.Path, "path"
		}
		if file.Value == "" || path.Clean(file.Value) != path.Clean(store.Path.Value) {
			differs(file, key, store.Path.Value)
		}
		return len(b.faults) == before
	}
	if !strings.EqualFold(s.Host.Value, store.Host.Value) {
		differs(s.Host, "host", store.Host.Value)
	}
	if s.Port != store.Port {
		b.faults.Add(s.At, "port: expected %d as mesh.yaml has it for store %s, got %d", store.Port, store.Key, s.Port)
	}
	if s.Database.Value != store.Database.Value {
		differs(s.Database, "database", store.Database.Value)
	}
	return len(b.faults) == before
}

// place finds a product's table at its store.
func (b *builder) place(p *Product, o *meshfile.Object, s *meshfile.Server, store meshfile.Store) {
	physical := o.PhysicalName
	if physical.Value == "" {
		physical = o.Name
	}
	p.Store, p.Schema, p.Table = store.Key, s.Schema.Value, physical.Value
	if kind := b.kinds[store.Kind.Value]; !kind.File {
		if schema, table, qualified := strings.Cut(physical.Value, "."); qualified {
			p.Schema, p.Table = schema, table
		}
	}
	switch store.Kind.Value {
	case "postgres":
		if p.Schema == "" {
			p.Schema = "public"
		}
	case "mysql":
		if p.Schema == "" {
			p.Schema = store.Database.Value
		}
		// The credential is bound to one database. Another one of the same server is another place.
		if p.Schema != store.Database.Value {
			b.faults.Add(physical.At, "physicalName: expected a table of database %q, to which store %s is bound, got %q",
				store.Database.Value, store.Key, physical.Value)
		}
	}
	b.checkPhysical(p.Table, "physicalName", physical.At, store.Kind.Value)
	if p.Schema != "" {
		at := s.Schema.At
		if at.Line == 0 {
			at = physical.At
		}
		b.checkPhysical(p.Schema, "schema", at, store.Kind.Value)
	}
}

// checkPhysical refuses names that a store would read differently from how they are written.
func (b *builder) checkPhysical(name, key string, at Position, kind string) {
	limit, ok := maxNames[kind]
	if !ok {
		limit = maxFileName
	}
	if !isCleanName(name) {
		b.faults.Add(at, "%s: expected a name without control or invisible characters, got %q", key, name)
	} else if len(name) > limit {
		b.faults.Add(at, "%s: expected at most %d bytes, got %d", key, limit, len(name))
	}
}

// isCleanName reports whether a name is not empty and shows all that it consists of.
func isCleanName(name string) bool {
	return name != "" && utf8.ValidString(name) && !strings.ContainsFunc(name, func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r)
	})
}
