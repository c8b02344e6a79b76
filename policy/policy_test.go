package policy

import (
	"flag"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/cockroachdb/datadriven"
	"go.uber.org/goleak"

	"meshgate/catalog"
	"meshgate/meshfile"
	"meshgate/pgcat"
)

func TestMain(m *testing.M) {
	flag.Parse()
	goleak.VerifyTestMain(m)
}

// columnTypes are the types of the tests' own kind of store.
var columnTypes = map[string]pgcat.OID{
	"text": pgcat.Text, "varchar": pgcat.VarChar, "bigint": pgcat.Int8, "integer": pgcat.Int4, "numeric": pgcat.Numeric,
	"double precision": pgcat.Float8, "date": pgcat.Date, "timestamp": pgcat.Timestamp, "boolean": pgcat.Bool,
}

var testKinds = []catalog.Kind{{
	Name: "duckdb", ServerTypes: []string{"duckdb"}, File: true,
	ColumnType: func(n catalog.Native) (catalog.Type, error) {
		if oid, ok := columnTypes[n.Physical]; ok {
			return catalog.TypeOf(oid), nil
		}
		return catalog.Type{}, fmt.Errorf("type %q is not known", n.Physical)
	},
}}

// unpack turns "-- path --" sections into files, with what every mesh needs and a test does not care about.
func unpack(text string) fstest.MapFS {
	files := fstest.MapFS{"mesh.yaml": {Data: []byte("mesh: acme\nstores:\n  files: {kind: duckdb, path: data.duckdb}\n")}}
	var name string
	for line := range strings.Lines(text) {
		if header, ok := strings.CutPrefix(line, "-- "); ok {
			name = strings.TrimSuffix(strings.TrimSpace(header), " --")
			files[name] = &fstest.MapFile{}
			continue
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

var lintTime = time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)

// load makes a set of files; the faults are those of the reader, the catalog and the policies.
func load(files fs.FS) (*Set, *catalog.Snapshot, meshfile.Faults) {
	mesh, faults := meshfile.ReadFS(files)
	snap, more := catalog.New(mesh, testKinds)
	set, most := newAt(mesh, snap, lintTime)
	faults = append(append(faults, more...), most...)
	faults.Sort()
	return set, snap, faults
}

func mustLoad(t testing.TB, text string) (*Set, *catalog.Snapshot) {
	t.Helper()
	set, snap, faults := load(unpack(text))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return set, snap
}

// TestDecisions plays testdata: mesh makes a set of files, written as "-- path --" sections, on top of those of the file's
// "mesh base", and prints faults and warnings; decide prints a decision.
func TestDecisions(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		var set *Set
		var snap *catalog.Snapshot
		var base string
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "mesh":
				var faults meshfile.Faults
				text := d.Input + "\n"
				if d.HasArg("base") {
					base = text
				} else {
					text = base + text
				}
				set, snap, faults = load(unpack(text))
				var out strings.Builder
				for _, f := range faults {
					fmt.Fprintf(&out, "fault %s\n", f.Error())
				}
				for _, w := range set.Warnings() {
					fmt.Fprintf(&out, "warning %s\n", w.Error())
				}
				if out.Len() == 0 {
					return "ok\n"
				}
				return out.String()
			case "decide":
				return decideCommand(t, d, set, snap)
			}
			t.Fatalf("unknown command %q", d.Cmd)
			return ""
		})
	})
}

func decideCommand(t *testing.T, d *datadriven.TestData, set *Set, snap *catalog.Snapshot) string {
	who := &Principal{Attrs: map[string]Attr{}}
	product, at := "", "2026-11-25T12:00:00Z"
	for _, arg := range d.CmdArgs {
		value := strings.Join(arg.Vals, "")
		switch arg.Key {
		case "user":
			who.User = value
		case "groups":
			who.Groups = arg.Vals
		case "purpose":
			who.Purpose = value
		case "roles":
			who.Roles = arg.Vals
		case "ip":
			who.Client.IP = value
		case "app":
			who.Client.App = value
		case "at":
			at = value
		case "product":
			product = value
		default:
			name, ok := strings.CutPrefix(arg.Key, "attr.")
			if !ok {
				t.Fatalf("unknown argument %q", arg.Key)
			}
			who.Attrs[name] = Attr{Values: arg.Vals, List: len(arg.Vals) > 1}
		}
	}
	now, err := time.Parse(time.RFC3339, at)
	if err != nil {
		t.Fatal(err)
	}
	name, _, _ := splitName(product)
	p, ok := snap.Product(name)
	if !ok {
		return "no product\n"
	}
	return table(set.Decide(who, now, p))
}

// table prints a decision.
func table(d *Decision) string {
	var b strings.Builder
	switch {
	case len(d.Grants) > 0:
		fmt.Fprintf(&b, "granted by %s\n", ids(d.Grants))
	case d.Granted:
		fmt.Fprintf(&b, "open to all\n")
	default:
		fmt.Fprintf(&b, "not granted\n")
	}
	if len(d.Denied) > 0 {
		fmt.Fprintf(&b, "product denied by %s\n", ids(d.Denied))
	}
	for _, f := range d.Filters {
		fmt.Fprintf(&b, "filter %s: %s\n", f.Rule.ID, f.Expr)
	}
	if !d.Since.IsZero() || !d.Until.IsZero() {
		fmt.Fprintf(&b, "holds from %s until %s\n", instant(d.Since), instant(d.Until))
	}
	for i, c := range d.Columns {
		fmt.Fprintf(&b, "%s: %s", d.Product.Columns[i].Name, c.Action)
		switch c.Action {
		case Masked:
			fmt.Fprintf(&b, " %s -> %s", maskText(c.Mask), c.Mask.OutputType(d.Product.Columns[i].Type))
		case AggregateOnly:
			fmt.Fprintf(&b, " %s", aggregateText(c.Aggregate))
			if c.Beneath != nil {
				fmt.Fprintf(&b, " over mask %s", maskText(*c.Beneath))
			}
		}
		if len(c.Rules) > 0 {
			fmt.Fprintf(&b, " by %s", ids(c.Rules))
		}
		for _, x := range c.Exempt {
			fmt.Fprintf(&b, " exempt by %s (%s)", x.ID, x.Ticket)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func instant(t time.Time) string {
	if t.IsZero() {
		return "ever"
	}
	return t.UTC().Format(time.RFC3339)
}

func ids(rules []*Rule) string {
	var list []string
	for _, r := range rules {
		list = append(list, r.ID)
	}
	return strings.Join(list, " ")
}

func maskText(m Mask) string {
	text := m.Fn.String()
	switch m.Fn {
	case MaskConstant:
		text += "(" + m.Value + ")"
	case MaskHash:
		text += "(" + m.Key + ")"
	case MaskBucket:
		text += "(" + m.Width + ")"
	case MaskDateTrunc:
		text += "(" + m.Unit + ")"
	case MaskPartial:
		text += fmt.Sprintf("(%d, %d, %s)", m.KeepStart, m.KeepEnd, m.Fill)
	case MaskSQL:
		text += "(" + m.Expr + ")"
	}
	if m.MaskNulls {
		text += " nulls too"
	}
	return text
}

func aggregateText(a AggregateRule) string {
	text := fmt.Sprintf("%s over %d entities, %s", strings.Join(a.Functions, " "), a.MinEntities, a.SmallGroups)
	if a.DirectColumnsOnly {
		text += ", direct columns only"
	}
	if a.MaxShare > 0 {
		text += fmt.Sprintf(", share %g", a.MaxShare)
	}
	for _, budget := range a.Budgets {
		text += fmt.Sprintf(", %d in %s", budget.Queries, budget.Per)
	}
	return text
}
