package main

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"testing"

	"meshgate/wire/wiretest"
)

// scriptMesh is a mesh without products, which trusts the user that the wire scripts connect as: they ask for no table.
var scriptMesh = map[string]string{
	"mesh.yaml":                "mesh: postgres\nlisten: 127.0.0.1:0\nauth: {methods: [trust]}\nlimits: {connections: 1100}\n",
	"users.yaml":               "users:\n  - {name: postgres, groups: [everybody]}\n",
	"governance/taxonomy.yaml": "apiVersion: meshgate/v1\nkind: Taxonomy\nclassifications: [public]\n",
}

// scriptWorld serves it.
func scriptWorld(t testing.TB) *world {
	t.Helper()
	dir := t.TempDir()
	for name, text := range scriptMesh {
		to := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w := &world{dir: dir, log: &lockedBuffer{}}
	w.serve(t)
	return w
}

// TestWireScripts plays every script of the protocol against the whole program. PostgreSQL plays the same scripts in package wire,
// and its answers are the expectations.
func TestWireScripts(t *testing.T) {
	if rewriting() {
		t.Skip("the expectations come from PostgreSQL")
	}
	paths, err := filepath.Glob("../../wire/testdata/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatal("no scripts", err)
	}
	w := scriptWorld(t)
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			var d net.Dialer
			dial := func() (net.Conn, error) { return d.DialContext(context.Background(), "tcp", w.addr) }
			wiretest.Run(t, path, dial, wiretest.Traits("meshgate", "sql", "gateway"))
		})
	}
}
