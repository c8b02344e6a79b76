package engine_test

import (
	"context"
	"io/fs"
	"path/filepath"
	"testing"

	"meshgate/duck"
	"meshgate/engine"
	"meshgate/sqlerr"
)

// large sorts more rows than the engine's memory holds.
const large = "SELECT w.t || n.kind::text || w.id::text || 'some more text to fill the memory with' AS t FROM d.wide w CROSS JOIN (SELECT * FROM d.narrow WHERE id <= 21) n ORDER BY t"

func files(t *testing.T, dir string) int {
	t.Helper()
	n := 0
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestSpill computes what memory does not hold by way of the spill folder, which is empty afterwards; where the folder may not grow,
// the query ends with an error and the engine goes on.
func TestSpill(t *testing.T) {
	for name, most := range map[string]int64{"enough": 4 << 30, "too little": 1 << 20} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, nil)
			spill := t.TempDir()
			db, err := duck.Open(duck.Options{Memory: 160 << 20, Threads: 1, SpillDir: spill, SpillMax: most})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(db.Close)
			f.engine = engine.New(db, f.stores, f.mem)
			r, err := f.run(t, context.Background(), large)
			spilled := 0
			if err == nil {
				for r.Next() {
					spilled = max(spilled, files(t, spill))
				}
				err = r.Err()
				r.Release()
			}
			if most > 1<<30 && (err != nil || spilled == 0) {
				t.Errorf("%v, with %d files", err, spilled)
			}
			if most <= 1<<30 && !sqlerr.Is(err, sqlerr.OutOfMemory) {
				t.Errorf("expected 53200, got %v", err)
			}
			if n := files(t, spill); n != 0 {
				t.Errorf("%d files are left", n)
			}
			again, err := f.run(t, context.Background(), "SELECT count(*) FROM d.narrow")
			if err != nil {
				t.Fatal(err)
			}
			again.Release()
		})
	}
}
