package demo

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"go.uber.org/goleak"

	"meshgate/catalog"
	"meshgate/connectors/duckdb"
	"meshgate/connectors/postgres"
	"meshgate/duck"
	"meshgate/meshfile"
	"meshgate/policy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// load reads the mesh; what it warns about is a fault here.
func load(t *testing.T) (*meshfile.Mesh, *catalog.Snapshot, *policy.Set) {
	t.Helper()
	mesh, faults := meshfile.ReadFS(Mesh())
	snap, more := catalog.New(mesh, []catalog.Kind{duckdb.Kind, postgres.Kind})
	set, most := policy.New(mesh, snap)
	for _, f := range slices.Concat(faults, more, most, set.Warnings()) {
		t.Error(f)
	}
	if t.Failed() {
		t.FailNow()
	}
	return mesh, snap, set
}

func TestMeshHasNoFaults(t *testing.T) {
	mesh, snap, _ := load(t)
	if domains, products := len(snap.Domains()), len(snap.Products()); domains < 5 || products < 12 {
		t.Errorf("%d domains and %d products", domains, products)
	}
	for _, p := range snap.Products() {
		if p.Description == "" || p.Owner == "" || p.Contact == "" || p.Purpose == "" {
			t.Errorf("%s lacks a description, an owner, a contact or a purpose", p.Name)
		}
		for i := range p.Columns {
			if p.Columns[i].Description == "" {
				t.Errorf("%s.%s has no description", p.Name, p.Columns[i].Name)
			}
		}
	}
	for _, s := range mesh.Config.Stores {
		if filepath.IsAbs(s.Path.Value) {
			t.Errorf("store %s: %s is not relative", s.Key, s.Path.Value)
		}
	}
}

// TestPasswords holds the passwords that people are told against the verifiers (RFC 5802, section 3).
func TestPasswords(t *testing.T) {
	mesh, _, _ := load(t)
	var names, listed []string
	verifiers := map[string]string{}
	purposes := map[string][]string{}
	for _, u := range mesh.Users {
		listed = append(listed, u.Name.Value)
		verifiers[u.Name.Value], purposes[u.Name.Value] = string(u.Password), meshfile.Values(u.Purposes)
	}
	for _, u := range Users() {
		names = append(names, u.Name)
		parts := strings.FieldsFunc(verifiers[u.Name], func(r rune) bool { return r == '$' || r == ':' })
		if len(parts) != 5 || parts[1] != "4096" {
			t.Fatalf("%s: the verifier has %d parts", u.Name, len(parts))
		}
		salt, err := base64.StdEncoding.DecodeString(parts[2])
		if err != nil {
			t.Fatal(err)
		}
		salted, err := pbkdf2.Key(sha256.New, u.Password, salt, 4096, sha256.Size)
		if err != nil {
			t.Fatal(err)
		}
		stored := sha256.Sum256(mac(salted, "Client Key"))
		server := mac(salted, "Server Key")
		if got := base64.StdEncoding.EncodeToString(stored[:]); got != parts[3] {
			t.Errorf("%s: the password is not %q", u.Name, u.Password)
		}
		if got := base64.StdEncoding.EncodeToString(server); got != parts[4] {
			t.Errorf("%s: the server key is another", u.Name)
		}
		if u.Purpose != "" && !slices.Contains(purposes[u.Name], u.Purpose) {
			t.Errorf("%s may not state %s", u.Name, u.Purpose)
		}
	}
	if !slices.Equal(names, listed) {
		t.Errorf("users are %v, users.yaml has %v", names, listed)
	}
	for _, a := range TheTour().Asks {
		if !slices.Contains(names, a.User) || (a.Purpose != "" && !slices.Contains(purposes[a.User], a.Purpose)) {
			t.Errorf("%s cannot ask for %q", a.User, a.Purpose)
		}
	}
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// TestRights plays testdata: rights prints which products a user sees with a purpose, and of them the row filters and the columns
// that are not simply shown.
func TestRights(t *testing.T) {
	mesh, snap, set := load(t)
	datadriven.RunTest(t, "testdata/rights.txt", func(t *testing.T, d *datadriven.TestData) string {
		var name, purpose string
		d.ScanArgs(t, "user", &name)
		d.MaybeScanArgs(t, "purpose", &purpose)
		var out strings.Builder
		for _, u := range mesh.Users {
			if u.Name.Value != name {
				continue
			}
			who := &policy.Principal{User: name, Groups: meshfile.Values(u.Groups), Purpose: purpose, Attrs: map[string]policy.Attr{}}
			for key, a := range u.Attrs {
				who.Attrs[key] = policy.Attr{Values: a.Values, List: a.List}
			}
			for _, p := range snap.Products() {
				describe(&out, set.Decide(who, time.Unix(0, 0), p))
			}
		}
		return out.String()
	})
}

func describe(out *strings.Builder, d *policy.Decision) {
	if !d.Granted || len(d.Denied) > 0 {
		return
	}
	fmt.Fprintf(out, "%s", d.Product.Name)
	for _, f := range d.Filters {
		fmt.Fprintf(out, " [%s]", f.Rule.ID)
	}
	for i := range d.Columns {
		switch c := &d.Columns[i]; c.Action {
		case policy.Allow:
		case policy.Masked:
			fmt.Fprintf(out, " %s=%s", d.Product.Columns[i].Name, c.Mask.Fn)
		default:
			fmt.Fprintf(out, " %s=%s", d.Product.Columns[i].Name, c.Action)
		}
	}
	out.WriteByte('\n')
}

// TestWrite writes the mesh twice, with a file and an edit in between.
func TestWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "it's a mesh")
	if err := Write(dir); err != nil {
		t.Fatal(err)
	}
	if _, faults := meshfile.Read(dir); len(faults) > 0 {
		t.Fatal(faults)
	}
	key := meshfile.SecretRef{Scheme: "file", Name: "secrets/shop-join"}
	if _, err := key.Resolve(dir); err != nil {
		t.Error(err)
	}
	before := digest(t, dir)
	gone, edited := filepath.Join(dir, "data", "orders.duckdb"), filepath.Join(dir, "users.yaml")
	if err := os.Remove(gone); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(edited, []byte("users: []\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Write(dir); err != nil {
		t.Fatal(err)
	}
	after := digest(t, dir)
	for name := range before {
		if same := before[name] == after[name]; same == (name == "users.yaml") && name != filepath.Join("data", "orders.duckdb") {
			t.Errorf("%s: the same is %v", name, same)
		}
	}
	if len(before) != len(after) {
		t.Errorf("%d files, then %d", len(before), len(after))
	}
	checkRows(t, dir)
}

func digest(t *testing.T, dir string) map[string]string {
	t.Helper()
	sums := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(name)
		rel, _ := filepath.Rel(dir, name)
		sums[rel] = fmt.Sprintf("%x", sha256.Sum256(content))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sums
}

// checkRows holds the rows against the contracts: keys, NOT NULL, references across domains, and how many there are.
func checkRows(t *testing.T, dir string) {
	t.Helper()
	_, snap, _ := load(t)
	targets, err := allTargets()
	if err != nil {
		t.Fatal(err)
	}
	var statements, all []string
	for i, target := range targets {
		from := quoteText(filepath.Join(dir, target.file))
		if !target.parquet {
			if i == 0 || targets[i-1].file != target.file {
				statements = append(statements, fmt.Sprintf("ATTACH %s AS %s_store (READ_ONLY)", from, target.domain))
			}
			from = target.domain + "_store." + target.object.Name.Value
		}
		view := target.domain + "." + target.object.Name.Value
		statements = append(statements, "CREATE SCHEMA IF NOT EXISTS "+target.domain, fmt.Sprintf("CREATE VIEW %s AS FROM %s", view, from))
		all = append(all, "SELECT count(*) AS n FROM "+view)
	}
	expect := func(what, none string) {
		statements = append(statements, fmt.Sprintf("SELECT error(%s) FROM (%s) LIMIT 1", quoteText(what), none))
	}
	for _, p := range snap.Products() {
		if p.Query != "" {
			continue // no file holds its rows
		}
		var key []string
		for i := range p.Columns {
			c := &p.Columns[i]
			if c.NotNull {
				expect(p.Name.String()+"."+c.Name+" is NULL", fmt.Sprintf("FROM %s WHERE %s IS NULL", p.Name, c.Name))
			}
			if c.Unique {
				expect(p.Name.String()+"."+c.Name+" repeats", fmt.Sprintf("SELECT 1 FROM %s GROUP BY %s HAVING count(*) > 1", p.Name, c.Name))
			}
			if c.PrimaryKey > 0 {
				key = append(key, c.Name)
			}
		}
		expect(p.Name.String()+"'s key repeats", fmt.Sprintf("SELECT 1 FROM %s GROUP BY %s HAVING count(*) > 1", p.Name, strings.Join(key, ", ")))
		for _, k := range p.ForeignKeys {
			var on, given []string
			for i := range k.Columns {
				on = append(on, "r."+k.RefColumns[i]+" = p."+k.Columns[i])
				given = append(given, "p."+k.Columns[i]+" IS NOT NULL")
			}
			expect(fmt.Sprintf("%s of %s refers to nothing", k.Name, p.Name),
				fmt.Sprintf("FROM %s p ANTI JOIN %s r ON %s WHERE %s", p.Name, k.References, strings.Join(on, " AND "), strings.Join(given, " AND ")))
		}
	}
	expect("there are not about a hundred thousand rows", "SELECT 1 FROM ("+strings.Join(all, " UNION ALL ")+") HAVING sum(n) NOT BETWEEN 90000 AND 130000")
	if err := duck.Build("", statements...); err != nil {
		t.Error(err)
	}
}
