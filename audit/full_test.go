//go:build linux

package audit

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestFullDisk refuses records while a disk is full, leaves no part of one behind, and goes on when there is room again.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=128k"); err != nil {
		t.Skip("no file system can be mounted here:", err)
	}
	defer func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	}()
	o := options(t)
	o.Path = filepath.Join(dir, "audit.jsonl")
	ballast := filepath.Join(dir, "ballast")
	l := mustOpen(t, o)
	put(t, ballast, make([]byte, 64<<10))
	body := map[string]string{"text": string(make([]byte, 1000))}
	var err error
	written := 0
	for ; err == nil && written < 1000; written++ {
		_, err = l.Append("test", body)
	}
	if !errors.Is(err, unix.ENOSPC) || written < 3 {
		t.Fatalf("after %d records: %v", written, err)
	}
	if _, err := l.Append("test", body); !errors.Is(err, unix.ENOSPC) {
		t.Error(err)
	}
	if raw := content(t, o.Path); raw[len(raw)-1] != '\n' {
		t.Error("a part of a record was left behind")
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	seq, err := l.Append("test", body)
	if err == nil {
		err = l.Sync(seq)
	}
	if err != nil {
		t.Error("there is room again:", err)
	}
	mustClose(t, l)
	if r := verify(t, VerifyOptions{}, o.Path); len(r.Problems) > 0 || r.Last != uint64(written)+1 {
		t.Errorf("%d written: %+v", written, r)
	}
}
