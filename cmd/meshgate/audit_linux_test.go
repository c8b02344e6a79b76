package main

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestAuditDiskFull refuses queries with 53100 while the disk of the audit log is full, and takes them again when there is room.
func TestAuditDiskFull(t *testing.T) {
	w := governWorld(t)
	w.stop()
	dir := filepath.Join(w.dir, "log")
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=256k"); err != nil {
		t.Skip("no file system can be mounted here:", err)
	}
	defer func() {
		w.stop()
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	}()
	w.serve(t)
	c := w.connect(t, "ann")
	const sql = "SELECT count(*) FROM sales.customers"
	if a := ask(c, sql); a.code != "" {
		t.Fatal(a)
	}
	ballast := filepath.Join(dir, "ballast")
	err := os.WriteFile(ballast, make([]byte, 1<<20), 0o600)
	if err == nil {
		t.Fatal("the disk is not full")
	}
	refused := false
	for range 100 { // what is left of the last page of the log still takes some
		if a := ask(c, sql); a.code == "53100" {
			refused = true
			break
		} else if a.code != "" {
			t.Fatal(a)
		}
	}
	if !refused {
		t.Error("nothing was refused")
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if a := ask(c, sql); a.code != "" {
		t.Errorf("there is room again: %s", a)
	}
}
