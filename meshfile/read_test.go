package meshfile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/cockroachdb/datadriven"
)

// unpack turns "-- path --" sections into files.
func unpack(text string) fstest.MapFS {
	files := fstest.MapFS{}
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
	return files
}

// TestFaults plays testdata: read makes a mesh folder of "-- path --" sections, with a mesh.yaml if there is none, and prints all
// faults.
func TestFaults(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		if strings.Contains(path, "fuzz") {
			return
		}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			files := unpack(d.Input + "\n")
			if files["mesh.yaml"] == nil {
				files["mesh.yaml"] = &fstest.MapFile{Data: []byte("mesh: acme\n")}
			}
			_, faults := ReadFS(files)
			if len(faults) == 0 {
				return "ok\n"
			}
			return faults.Error() + "\n"
		})
	})
}

func TestDefaultsOfMeshYAML(t *testing.T) {
	mesh, faults := ReadFS(unpack("-- mesh.yaml --\nmesh: acme\nstores:\n  a: {kind: postgres, host: h, database: d, user: u}\n" +
		"  b: {kind: mariadb, host: h, database: d, user: u, password: env:B, zeroDates: null}\n  c: {kind: duckdb, path: c.duckdb}\n"))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	c := mesh.Config
	got := fmt.Sprint(c.Listen.Value, " ", c.HTTP.Value, " ", c.TLS, " ", Values(c.Auth.Methods), " ", c.Engine.Memory, " ", c.Engine.Threads, " ",
		c.Engine.Spill.Dir, " ", c.Engine.Spill.Max, " ", c.Limits.Connections, " ", c.Limits.Running, " ", c.Limits.Queue, " ",
		c.Limits.StatementTimeout, " ", c.Limits.IdleInTransaction, " ", c.Limits.ResultRows, " ", c.Audit.Path)
	want := fmt.Sprint("127.0.0.1:7432", " ", "", " ", (*TLS)(nil), " ", "[scram-sha-256 cert]", " ", 2<<30, " ", 0, " ",
		"spill", " ", 20<<30, " ", 500, " ", 32, " ", 200, " ", 5*time.Minute, " ", time.Minute, " ", 0, " ", "audit.jsonl")
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	a, b, duck := c.Stores["a"], c.Stores["b"], c.Stores["c"]
	if a.Port != 5432 || a.TLS.Value != "prefer" || a.Connections != 8 || a.Key != "a" {
		t.Errorf("postgres: %+v", a)
	}
	if b.Kind.Value != "mysql" || b.Port != 3306 || b.ZeroDates.Value != "null" || b.Password.String() != "env:B" {
		t.Errorf("mariadb: %+v", b)
	}
	if duck.Path.Value != "c.duckdb" || duck.Port != 0 || duck.TLS.Value != "" {
		t.Errorf("duckdb: %+v", duck)
	}
	if tax := mesh.Taxonomy; tax.Unclassified.Value != "restricted" || tax.OpenBelow.Value != "" || len(tax.Classifications) != 4 {
		t.Errorf("taxonomy: %+v", tax)
	}
}

func TestMeshYAMLOfTheDesign(t *testing.T) {
	mesh, faults := ReadFS(unpack(`-- mesh.yaml --
mesh: acme                          # the database name clients connect to
listen: 127.0.0.1:7432
http: 127.0.0.1:7480
tls: {cert: file:tls/server.crt, key: file:tls/server.key, clientCA: file:tls/ca.crt, required: false}
auth: {methods: [scram-sha-256, cert]}
engine: {memory: 2GiB, threads: 0, spill: {dir: spill, max: 20GiB}}
limits: {connections: 500, running: 32, queue: 200, statementTimeout: 5m, idleInTransaction: 1m, resultRows: 0}
audit: {path: audit.jsonl}
stores:
  sales-db:   {kind: postgres, host: 127.0.0.1, port: 5432, database: sales, user: reader, password: env:SALES_PASSWORD, tls: prefer, connections: 8}
  shop-db:    {kind: mysql,    host: 127.0.0.1, port: 3306, database: shop,  user: reader, password: file:secrets/shop}
  web-files:  {kind: duckdb,   path: data/web.duckdb}
-- users.yaml --
users:
  - {name: ann, password: "SCRAM-SHA-256$4096:c2FsdHNhbHQ=$MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", groups: [analytics], attrs: {regions: [DE, FR], level: 3, vip: true}, purposes: [analytics, fraud-detection]}
  - {name: bi-service, cert: "CN=bi-service", groups: [bi], purposes: [reporting]}
`))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if mesh.Config.TLS.Key.String() != "file:tls/server.key" || mesh.Config.TLS.ClientCA.In("/m") != "/m/tls/ca.crt" {
		t.Errorf("%+v", mesh.Config.TLS)
	}
	attrs := mesh.Users[0].Attrs
	if a := attrs["regions"]; !a.List || strings.Join(a.Values, ",") != "DE,FR" {
		t.Errorf("%+v", a)
	}
	if a := attrs["level"]; a.List || a.Values[0] != "3" || attrs["vip"].Values[0] != "true" {
		t.Errorf("%+v", attrs)
	}
}

func TestDigestIsOfNamesAndContents(t *testing.T) {
	base := "-- mesh.yaml --\nmesh: acme\n-- users.yaml --\nusers: []\n"
	first, _ := ReadFS(unpack(base))
	again, _ := ReadFS(unpack(base))
	other, _ := ReadFS(unpack(base + "# a comment\n"))
	ignored, _ := ReadFS(unpack(base + "-- README.md --\nhello\n"))
	if !strings.HasPrefix(first.Digest, "sha256:") || len(first.Digest) != 7+64 {
		t.Errorf("digest %q", first.Digest)
	}
	if first.Digest != again.Digest || first.Digest != ignored.Digest || first.Digest == other.Digest {
		t.Error("the digest does not stand for the files that were read")
	}
}

func TestBytesThatAreNoText(t *testing.T) {
	for name, step := range map[string]struct{ content, want string }{
		"zero byte":     {"mesh: acme\n#\x00\n", "mesh.yaml:2:2: a NUL byte"},
		"latin 1":       {"mesh: acme\n# é \xe9\n", "mesh.yaml:2:5: byte 0xe9 is not UTF-8"},
		"cut character": {"mesh: acme\n# \xe2\x82", "mesh.yaml:2:3: byte 0xe2 is not UTF-8"},
		"surrogate":     {"# \xed\xa0\x80", "mesh.yaml:1:3: byte 0xed is not UTF-8"},
		"next line":     {"mesh: acme # \u0085listen: 0.0.0.0:1\n", "mesh.yaml:1:14: a line break that editors do not show"},
		"line separator": {
			"mesh: acme # \u2028listen: 0.0.0.0:1\n", "mesh.yaml:1:14: a line break that editors do not show",
		},
		"carriage return": {"mesh: acme # \rlisten: 0.0.0.0:1\n", "mesh.yaml:1:14: a line break that editors do not show"},
		"too long":        {"#" + strings.Repeat("x", maxFileBytes), "mesh.yaml:1:1: the file has"},
		"bell":            {"mesh: \"a\x07\"\n", "mesh.yaml:"},
		"empty":           {"", "mesh.yaml:1:1: the file is empty"},
		"only comments":   {"# nothing\n\n", "mesh.yaml:1:1: the file is empty"},
	} {
		_, faults := ReadFS(fstest.MapFS{"mesh.yaml": {Data: []byte(step.content)}})
		if len(faults) != 1 || !strings.HasPrefix(faults[0].Error(), step.want) {
			t.Errorf("%s: got %v, want %s", name, faults, step.want)
		}
	}
	if _, faults := ReadFS(fstest.MapFS{"mesh.yaml": {Data: []byte("\uFEFFmesh: acme\r\nlisten: 127.0.0.1:1\r\n")}}); len(faults) > 0 {
		t.Errorf("what Windows writes is refused: %v", faults)
	}
}

// TestHostileFilesEndSoon holds files that are made to keep a parser busy against the clock.
func TestHostileFilesEndSoon(t *testing.T) {
	laughs := "a: &a [x, x]\n"
	for i := range 20 {
		laughs += fmt.Sprintf("%c: &%c [*%c, *%c]\n", 'b'+i, 'b'+i, 'a'+i, 'a'+i)
	}
	for name, content := range map[string]string{
		"billion laughs": laughs,
		"deep lists":     strings.Repeat("[", 100_000),
		"deep maps":      strings.Repeat("{a: ", 100_000),
		"deep dashes":    strings.Repeat("- ", 100_000),
		"deep questions": strings.Repeat("? ", 100_000),
		"wide map":       strings.Repeat("mesh: a\n", 100_000),
		"documents":      strings.Repeat("---\na: b\n", 100_000),
		"long name":      "mesh: acme\n" + strings.Repeat("x", 500_000) + ": 1\n",
	} {
		began := time.Now()
		_, faults := ReadFS(fstest.MapFS{"mesh.yaml": {Data: []byte(content)}})
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%s took %s", name, took)
		}
		if len(faults) == 0 {
			t.Errorf("%s is accepted", name)
		}
	}
}

func writeFile(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func TestReadFolder(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "mesh.yaml"), "mesh: acme\n", 0o644)
	writeFile(t, filepath.Join(dir, ".git/domains/x.policy.yaml"), "nothing of ours", 0o644)
	if mesh, faults := Read(dir); len(faults) > 0 || mesh.Dir != dir || mesh.Config.Mesh.Value != "acme" {
		t.Errorf("%+v %v", mesh, faults)
	}
	secret := filepath.Join(t.TempDir(), "outside.yaml")
	writeFile(t, secret, "users: []\n", 0o644)
	if err := os.Symlink(secret, filepath.Join(dir, "users.yaml")); err != nil {
		t.Fatal(err)
	}
	if _, faults := Read(dir); len(faults) != 1 || faults[0].File != "users.yaml" {
		t.Errorf("a link that leads out of the folder: %v", faults)
	}
	if mesh, faults := Read(filepath.Join(dir, "none")); len(faults) != 1 || !mesh.Incomplete {
		t.Errorf("a folder that is not there: %v", faults)
	}
}

func TestSecrets(t *testing.T) {
	dir := t.TempDir()
	const value = "s3cr3t-value"
	writeFile(t, filepath.Join(dir, "good"), value+"\n", 0o600)
	writeFile(t, filepath.Join(dir, "open"), value, 0o644)
	writeFile(t, filepath.Join(dir, "empty"), "\n", 0o600)
	writeFile(t, filepath.Join(dir, "long"), value+strings.Repeat("x", maxSecretBytes), 0o600)
	t.Setenv("MESHGATE_TEST_SECRET", value)
	t.Setenv("MESHGATE_TEST_EMPTY", "")
	for _, step := range []struct {
		ref  SecretRef
		good bool
	}{
		{SecretRef{Scheme: "env", Name: "MESHGATE_TEST_SECRET"}, true},
		{SecretRef{Scheme: "file", Name: "good"}, true},
		{SecretRef{Scheme: "file", Name: filepath.Join(dir, "good")}, true},
		{SecretRef{Scheme: "env", Name: "MESHGATE_TEST_EMPTY"}, false},
		{SecretRef{Scheme: "env", Name: "MESHGATE_TEST_NOT_SET"}, false},
		{SecretRef{Scheme: "file", Name: "open"}, false},
		{SecretRef{Scheme: "file", Name: "empty"}, false},
		{SecretRef{Scheme: "file", Name: "long"}, false},
		{SecretRef{Scheme: "file", Name: "none"}, false},
		{SecretRef{Scheme: "file", Name: "."}, false},
		{SecretRef{}, false},
	} {
		got, err := step.ref.Resolve(dir)
		if (err == nil) != step.good || (step.good && got != value) {
			t.Errorf("%s: %q, %v", step.ref, got, err)
		}
		if err != nil && strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%s: the error shows the secret: %v", step.ref, err)
		}
	}
}

// FuzzRead holds files of every kind against the reader: it never panics, and every fault lies inside the file.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"mesh: acme\n", "users: [{name: a}]", "a: &a [*a]", "{a: 1, a: 2}", "<<: {a: b}", "a: !!int 5", "---\n---\n", "a: |\n  b\n c: d",
		"apiVersion: meshgate/v1\nkind: PolicySet\nmetadata: {name: a, tier: global}\nrules:\n  - {id: a, match: {tags: [x]}, effect: mask, mask: {fn: null}}",
		"apiVersion: meshgate/v1\nkind: Taxonomy\nclassifications: [a]\nmustTag: [{namePattern: '(', anyOf: [x]}]",
		"apiVersion: meshgate/v1\nkind: AccessGrant\nnotBefore: 2026-01-01T00:00:00Z", "\xff", "a: \"\\x00\"", "? [a]: b", "%YAML 1.1\n---\na: b",
		"apiVersion: v3.1.0\nkind: DataContract\nid: x\nversion: 1.0.0\nstatus: draft\nteam: [{username: a}]", "a: 0x_\nb: 0o8\nc: .nan\nd: 1e999",
		"stores: {a: {kind: duckdb, path: x, port: 1.0}}", "- - - a", "limits: {statementTimeout: -5m, resultRows: 99999999999999999999}",
		fullContract,
	} {
		f.Add([]byte(seed))
	}
	names := []string{
		"mesh.yaml", "users.yaml", "governance/taxonomy.yaml", "governance/a.policy.yaml", "domains/d/domain.yaml", "domains/d/a.odcs.yaml",
		"domains/d/a.grant.yaml", "domains/d/a.policy.yaml", "a.policytest.yaml",
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		files := fstest.MapFS{}
		for _, name := range names {
			files[name] = &fstest.MapFile{Data: content}
		}
		lines := strings.Split(string(content), "\n")
		_, faults := ReadFS(files)
		for _, fault := range faults {
			if files[fault.File] == nil {
				t.Errorf("%s: no such file", fault)
			}
			if fault.Line < 1 || fault.Line > len(lines) {
				t.Fatalf("%q: line outside of %d", fault, len(lines))
			}
			// One past the end is where something is missing.
			if length := len([]rune(lines[fault.Line-1])); fault.Column < 1 || fault.Column > length+1 {
				t.Errorf("%q: column outside of %d", fault, length)
			}
		}
	})
}

func TestLoopbackAddresses(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1:1": true, "[::1]:7432": true, "localhost:1": true, "127.9.9.9:1": true,
		"0.0.0.0:1": false, "[::]:1": false, "10.0.0.1:1": false, "example.com:1": false, "": false, "localhost.example.com:1": false,
	} {
		if got := (Address{Value: address}).IsLoopback(); got != want {
			t.Errorf("%q: %v", address, got)
		}
	}
}

func TestFaultsSortAndSpeakAsOne(t *testing.T) {
	var none Faults
	if none.Err() != nil {
		t.Error("no fault is an error")
	}
	faults := Faults{{"b", 1, 1, "x"}, {"a", 2, 1, "y"}, {"a", 1, 9, "z"}, {"a", 2, 1, "y"}}
	faults.Sort()
	if got, want := faults.Err().Error(), "a:1:9: z\na:2:1: y\nb:1:1: x"; got != want {
		t.Errorf("got %s", got)
	}
}
