package catalog

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/cockroachdb/datadriven"
	"go.uber.org/goleak"

	"meshgate/meshfile"
	"meshgate/pgcat"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var types = map[string]pgcat.OID{
	"text": pgcat.Text, "bigint": pgcat.Int8, "integer": pgcat.Int4, "numeric": pgcat.Numeric, "date": pgcat.Date, "jsonb": pgcat.JSONB,
}

// columnType is the tests' own idea of what stores hold.
func columnType(n Native) (Type, error) {
	switch {
	case types[n.Physical] != 0:
		return TypeOf(types[n.Physical]), nil
	case n.Physical != "":
		return Type{}, fmt.Errorf("type %q is not known", n.Physical)
	case n.Logical == "timestamp" && n.Timezone:
		return TypeOf(pgcat.TimestampTZ), nil
	case n.Logical == "timestamp":
		return TypeOf(pgcat.Timestamp), nil
	case n.Logical == "integer" && n.Format == "i32":
		return TypeOf(pgcat.Int4), nil
	case n.Logical == "array" && n.Items != nil && n.Items.Logical == "string":
		return TypeOf(pgcat.TextArray), nil
	case n.Logical == "string":
		return TypeOf(pgcat.Text), nil
	}
	return Type{}, fmt.Errorf("neither physicalType nor logicalType says what it is")
}

var kinds = []Kind{
	{Name: "postgres", ServerTypes: []string{"postgres", "postgresql"}, ColumnType: columnType},
	{Name: "mysql", ServerTypes: []string{"mysql"}, ColumnType: columnType},
	{Name: "duckdb", ServerTypes: []string{"duckdb", "local"}, File: true, ColumnType: columnType},
}

const meshYAML = `mesh: acme
stores:
  pg: {kind: postgres, host: db.internal, database: sales, user: reader}
  my: {kind: mysql, host: shop.internal, port: 3307, database: shop, user: reader}
  files: {kind: duckdb, path: data/web.duckdb}
`

// servers are what a contract says to be bound to each store, for tests that are about something else.
var servers = map[string]string{
	"$pg":    `{server: p, type: postgres, host: db.internal, port: 5432, database: sales, schema: app, customProperties: [{property: credentialRef, value: pg}]}`,
	"$my":    `{server: p, type: mysql, host: shop.internal, port: 3307, database: shop, customProperties: [{property: credentialRef, value: my}]}`,
	"$files": `{server: p, type: duckdb, database: data/web.duckdb, customProperties: [{property: credentialRef, value: files}]}`,
}

// unpack turns "-- path --" sections into files. A contract's head is written as "head <id>", its servers as $store.
func unpack(text string) fstest.MapFS {
	files := fstest.MapFS{"mesh.yaml": {Data: []byte(meshYAML)}}
	var name string
	for line := range strings.Lines(text) {
		if header, ok := strings.CutPrefix(line, "-- "); ok {
			name = strings.TrimSuffix(strings.TrimSpace(header), " --")
			files[name] = &fstest.MapFile{}
			continue
		}
		if id, ok := strings.CutPrefix(line, "head "); ok {
			line = fmt.Sprintf("{apiVersion: v3.1.0, kind: DataContract, id: %s, version: 1.0.0, status: active,\n", strings.TrimSpace(id))
		}
		for store, server := range servers {
			line = strings.ReplaceAll(line, store, server)
		}
		if file := files[name]; file != nil {
			file.Data = append(file.Data, line...)
		}
	}
	for name := range files {
		if parts := strings.Split(name, "/"); parts[0] == "domains" {
			owner := "domains/" + parts[1] + "/domain.yaml"
			if files[owner] == nil {
				files[owner] = &fstest.MapFile{Data: []byte("owner: " + parts[1] + "-data@example.com\n")}
			}
		}
	}
	return files
}

// TestContracts plays testdata: mesh makes a mesh folder and prints the faults of its contracts, or its products.
func TestContracts(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			mesh, faults := meshfile.ReadFS(unpack(d.Input + "\n"))
			if len(faults) > 0 && !d.HasArg("incomplete") {
				t.Fatalf("%s: the files themselves: %v", d.Pos, faults)
			}
			snap, faults := New(mesh, kinds)
			if len(faults) > 0 {
				return faults.Error() + "\n"
			}
			return describe(snap)
		})
	})
}

func describe(s *Snapshot) string {
	var b strings.Builder
	for _, p := range s.Products() {
		view := ""
		if p.IsView {
			view = " view"
		}
		fmt.Fprintf(&b, "%s = %s:%s.%s%s owner=%s contact=%s owners=%v tags=%v\n", p.Name, p.Store, p.Schema, p.Table, view, p.Owner, p.Contact,
			p.Owners, p.Tags)
		for i := range p.Columns {
			c := &p.Columns[i]
			fmt.Fprintf(&b, "  %s = %q %s %s", c.Name, c.Physical, c.Type, c.Classification)
			for _, flag := range []struct {
				name string
				on   bool
			}{{"not null", c.NotNull}, {"unique", c.Unique}, {fmt.Sprint("key ", c.PrimaryKey), c.PrimaryKey > 0}, {"entity", c.EntityKey}} {
				if flag.on {
					fmt.Fprintf(&b, ", %s", flag.name)
				}
			}
			fmt.Fprintf(&b, " %v at %s\n", c.Tags, c.Position)
		}
		for _, k := range p.ForeignKeys {
			fmt.Fprintf(&b, "  %s %v -> %s %v\n", k.Name, k.Columns, k.References, k.RefColumns)
		}
	}
	if b.Len() == 0 {
		return "no products\n"
	}
	return b.String()
}

func TestSnapshotFindsItsParts(t *testing.T) {
	mesh, faults := meshfile.ReadFS(unpack("-- domains/zoo/domain.yaml --\nowner: z\n-- domains/app/a.odcs.yaml --\nhead a\n" +
		"domain: app, servers: [$pg], schema: [{name: b, properties: [{name: x, physicalType: text}]}, {name: a, properties: [{name: x, physicalType: text}]}]}\n"))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	s, faults := New(mesh, kinds)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if s.Mesh() != "acme" || s.Epoch() != mesh.Digest || !s.HasDomain("zoo") || s.HasDomain("none") {
		t.Errorf("%+v", s)
	}
	var names []string
	for _, p := range s.Products() {
		names = append(names, p.Name.String())
		if found, ok := s.Product(p.Name); !ok || found != p {
			t.Errorf("%s is not found by its name", p.Name)
		}
	}
	if want := []string{"app.a", "app.b"}; !slices.Equal(names, want) {
		t.Errorf("products %v, want %v", names, want)
	}
	if d := s.Domains(); len(d) != 2 || d[0].Name != "app" || d[1].Owner != "z" || d[1].Contact != "z" {
		t.Errorf("domains %+v", d)
	}
	if _, ok := s.Product(Name{"app", "none"}); ok {
		t.Error("a product that is not there is found")
	}
}

func TestTagsHaveFamilies(t *testing.T) {
	for _, step := range []struct {
		tags []string
		tag  string
		want bool
	}{
		{[]string{"pii"}, "pii", true},
		{[]string{"pii.email"}, "pii", true},
		{[]string{"pii.email.work"}, "pii.email", true},
		{[]string{"piix"}, "pii", false},
		{[]string{"pii"}, "pii.email", false},
		{[]string{"a", "b"}, "c", false},
		{nil, "pii", false},
	} {
		if got := HasTag(step.tags, step.tag); got != step.want {
			t.Errorf("HasTag(%v, %q) = %v", step.tags, step.tag, got)
		}
	}
}

// TestExampleContract takes the standard's example as far as it goes alone: it refers to a product of another contract.
func TestExampleContract(t *testing.T) {
	content, err := os.ReadFile("/work/shared/odcs/customers.odcs.yaml")
	if err != nil {
		t.Skip("the example contract cannot be read")
	}
	mesh, faults := meshfile.ReadFS(fstest.MapFS{
		"mesh.yaml":                 {Data: []byte("mesh: acme\nstores:\n  sales-prod-reader: {kind: postgres, host: sales-db.internal, database: sales, user: r}\n")},
		"domains/sales/domain.yaml": {Data: []byte("owner: x\n")},
		"domains/sales/products/customers.odcs.yaml": {Data: content},
	})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	any := []Kind{{Name: "postgres", ServerTypes: []string{"postgres"}, ColumnType: func(Native) (Type, error) { return TypeOf(pgcat.Text), nil }}}
	_, faults = New(mesh, any)
	if len(faults) != 1 || !strings.Contains(faults[0].Message, `"countries" names no product`) {
		t.Errorf("got %v", faults)
	}
}
