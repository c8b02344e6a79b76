package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func options(t *testing.T) Options {
	return Options{Path: filepath.Join(t.TempDir(), "audit.jsonl"), Now: func() time.Time { return noon }}
}

func mustOpen(t *testing.T, o Options) *Log {
	t.Helper()
	l, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func mustClose(t *testing.T, l *Log) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

// write opens a log, writes n records and closes it.
func write(t *testing.T, o Options, n int) {
	t.Helper()
	l := mustOpen(t, o)
	for i := range n {
		if _, err := l.Append("test", map[string]any{"n": i, "text": "some words"}); err != nil {
			t.Fatal(err)
		}
	}
	mustClose(t, l)
}

func verify(t *testing.T, o VerifyOptions, paths ...string) *Report {
	t.Helper()
	r, err := Verify(paths, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func content(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func put(t *testing.T, path string, raw []byte) {
	t.Helper()
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestChain(t *testing.T) {
	o := options(t)
	write(t, o, 3)
	write(t, o, 2)
	r := verify(t, VerifyOptions{}, o.Path)
	if len(r.Problems) > 0 || r.First != 1 || r.Last != 6 {
		t.Errorf("%+v", r)
	}
	first, _, _ := bytes.Cut(content(t, o.Path), []byte("\n"))
	want := `{"v":1,"seq":1,"prev":"sha256:` + strings.Repeat("0", 64) + `","ts":"2026-11-22T12:00:00.000000Z","type":"log.began"}`
	if string(first) != want {
		t.Errorf("%s", first)
	}
	for line := range bytes.Lines(content(t, o.Path)) {
		if !json.Valid(line) {
			t.Errorf("no JSON: %s", line)
		}
	}
	info, err := os.Stat(o.Path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
}

// TestTampering changes a log in every way that somebody could, and wants verify to tell each, and Open to refuse what it goes on with.
func TestTampering(t *testing.T) {
	edit := func(f func(lines [][]byte) [][]byte) func(*testing.T, Options) {
		return func(t *testing.T, o Options) {
			list := bytes.SplitAfter(content(t, o.Path), []byte("\n"))
			put(t, o.Path, bytes.Join(f(list[:len(list)-1]), nil))
		}
	}
	for name, test := range map[string]struct {
		change func(*testing.T, Options)
		want   string
	}{
		"a word":           {edit(func(l [][]byte) [][]byte { l[3] = bytes.Replace(l[3], []byte("some"), []byte("SOME"), 1); return l }), ":5: record 5 does not follow"},
		"the last record":  {edit(func(l [][]byte) [][]byte { l[7] = bytes.Replace(l[7], []byte("some"), []byte("SOME"), 1); return l }), ":8: record 8 is not the one"},
		"the time":         {edit(func(l [][]byte) [][]byte { l[2] = bytes.Replace(l[2], []byte("T12"), []byte("T13"), 1); return l }), ":4: record 4 does not follow"},
		"a gap":            {edit(func(l [][]byte) [][]byte { return slices.Delete(l, 2, 4) }), ":3: records 3 to 4 are missing"},
		"order":            {edit(func(l [][]byte) [][]byte { l[2], l[3] = l[3], l[2]; return l }), ":4: record 3 comes after record 4"},
		"a repetition":     {edit(func(l [][]byte) [][]byte { return slices.Insert(l, 3, l[2]) }), ":4: record 3 comes after record 3"},
		"an insertion":     {edit(func(l [][]byte) [][]byte { return slices.Insert(l, 3, []byte("{}\n")) }), ":4: this is no record"},
		"a cut":            {edit(func(l [][]byte) [][]byte { return l[:5] }), "records 6 to 8 are cut off"},
		"the beginning":    {edit(func(l [][]byte) [][]byte { return l[2:] }), ":1: records 1 to 2 are not in these files"},
		"everything":       {edit(func([][]byte) [][]byte { return nil }), "records 1 to 8 are cut off"},
		"a torn last line": {edit(func(l [][]byte) [][]byte { l[7] = l[7][:20]; return l }), ":8: the last line is incomplete"},
		"the head":         {func(t *testing.T, o Options) { put(t, o.Path+headSuffix, nil) }, "it names no record"},
		"the head is gone": {func(t *testing.T, o Options) {
			if err := os.Remove(o.Path + headSuffix); err != nil {
				t.Fatal(err)
			}
		}, "there is no head"},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t)
			write(t, o, 7)
			test.change(t, o)
			r := verify(t, VerifyOptions{}, o.Path)
			all := ""
			for _, p := range r.Problems {
				all += p.String() + "\n"
			}
			if !strings.Contains(all, test.want) {
				t.Errorf("no %q in\n%s", test.want, all)
			}
			if l, err := Open(o); err == nil {
				mustClose(t, l)
				if name != "the beginning" { // which the file before would have
					t.Error("it was opened")
				}
			}
		})
	}
}

// TestSignedHead makes a new chain of a changed log, which only the signature of the head tells.
func TestSignedHead(t *testing.T) {
	o := options(t)
	o.Key = []byte("the guild's")
	write(t, o, 3)
	if r := verify(t, VerifyOptions{Key: o.Key}, o.Path); len(r.Problems) > 0 || len(r.Notes) > 0 {
		t.Errorf("%+v", r)
	}
	if r := verify(t, VerifyOptions{}, o.Path); len(r.Problems) > 0 || len(r.Notes) != 1 {
		t.Errorf("%+v", r)
	}
	forged := o
	forged.Key = nil
	if err := os.Remove(o.Path); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(o.Path + headSuffix); err != nil {
		t.Fatal(err)
	}
	write(t, forged, 3)
	r := verify(t, VerifyOptions{Key: o.Key}, o.Path)
	if len(r.Problems) != 1 || !strings.Contains(r.Problems[0].Text, "signature") {
		t.Errorf("%+v", r)
	}
	if l, err := Open(o); !errors.Is(err, errForged) {
		t.Error(l, err)
	}
}

func TestCrash(t *testing.T) {
	o := options(t)
	write(t, o, 2)
	whole := content(t, o.Path)
	put(t, o.Path, append(slices.Clone(whole), `{"v":1,"seq":4,"prev":"sha`...))
	write(t, o, 1)
	raw := content(t, o.Path)
	if !bytes.HasPrefix(raw, whole) || !bytes.Contains(raw, []byte(`"type":"log.recovered"`)) || !bytes.Contains(raw, []byte(`seq\":4,\"prev`)) {
		t.Errorf("%s", raw)
	}
	r := verify(t, VerifyOptions{}, o.Path)
	if len(r.Problems) > 0 || len(r.Notes) != 1 || r.Last != 5 {
		t.Errorf("%+v", r)
	}
}

// TestHeadBehind goes on where the last records came to the disk and the head did not.
func TestHeadBehind(t *testing.T) {
	o := options(t)
	write(t, o, 2)
	head := content(t, o.Path+headSuffix)
	write(t, o, 2)
	put(t, o.Path+headSuffix, head)
	write(t, o, 1)
	if r := verify(t, VerifyOptions{}, o.Path); len(r.Problems) > 0 || r.Last != 6 {
		t.Errorf("%+v", r)
	}
	// One slot torn: the other one, which is older, counts.
	torn := content(t, o.Path+headSuffix)
	copy(torn[:slotSize], bytes.Repeat([]byte{0}, 100))
	put(t, o.Path+headSuffix, torn)
	write(t, o, 1)
	if r := verify(t, VerifyOptions{}, o.Path); len(r.Problems) > 0 || r.Last != 7 {
		t.Errorf("%+v", r)
	}
}

func TestRotation(t *testing.T) {
	o := options(t)
	o.MaxSize = 1000
	write(t, o, 20)
	write(t, o, 20)
	r := verify(t, VerifyOptions{}, o.Path)
	if len(r.Problems) > 0 || r.First != 1 || len(r.Files) < 5 || !strings.HasSuffix(r.Files[0], "audit.000000000001.jsonl") {
		t.Errorf("%+v", r)
	}
	for _, f := range r.Files {
		if info, err := os.Stat(f); err != nil || info.Size() > o.MaxSize {
			t.Error(f, info.Size(), err)
		}
	}
	if again := verify(t, VerifyOptions{}, append(slices.Clone(r.Files), o.Path)...); len(again.Problems) > 0 || again.Last != r.Last {
		t.Errorf("files named twice: %+v", again)
	}
	part := verify(t, VerifyOptions{Partial: true}, r.Files[1], r.Files[2])
	if len(part.Problems) > 0 || len(part.Notes) != 2 {
		t.Errorf("%+v", part)
	}
	if err := os.Remove(r.Files[1]); err != nil {
		t.Fatal(err)
	}
	if r := verify(t, VerifyOptions{}, o.Path); len(r.Problems) != 1 || !strings.Contains(r.Problems[0].Text, "missing") {
		t.Errorf("a file is gone: %+v", r)
	}
}

func TestKeep(t *testing.T) {
	o := options(t)
	o.MaxSize, o.Keep = 1000, 2
	write(t, o, 30)
	r := verify(t, VerifyOptions{}, o.Path)
	if len(r.Problems) > 0 || len(r.Files) != 3 || r.First == 1 || len(r.Notes) != 1 {
		t.Errorf("%+v", r)
	}
	if err := os.Remove(r.Files[0]); err != nil {
		t.Fatal(err)
	}
	if r := verify(t, VerifyOptions{}, o.Path); len(r.Problems) != 1 {
		t.Errorf("a file is gone that the log did not drop: %+v", r)
	}
}

// TestCrashInRotation stops between the renaming of a full file and the next file's first record.
func TestCrashInRotation(t *testing.T) {
	for _, empty := range []bool{false, true} {
		o := options(t)
		write(t, o, 3)
		if err := os.Rename(o.Path, fullName(o.Path, 1)); err != nil {
			t.Fatal(err)
		}
		if empty {
			put(t, o.Path, nil)
		}
		write(t, o, 1)
		if r := verify(t, VerifyOptions{}, o.Path); len(r.Problems) > 0 || len(r.Files) != 2 || r.Last != 6 {
			t.Errorf("%+v", r)
		}
	}
}

func TestOneWriter(t *testing.T) {
	o := options(t)
	l := mustOpen(t, o)
	if _, err := Open(o); !errors.Is(err, errInUse) {
		t.Error(err)
	}
	mustClose(t, l)
	mustClose(t, mustOpen(t, o))
	if _, err := l.Append("test", struct{}{}); !errors.Is(err, os.ErrClosed) {
		t.Error(err)
	}
}

// TestChangedUnderneath refuses records once somebody else has touched the file.
func TestChangedUnderneath(t *testing.T) {
	for name, change := range map[string]func(string) error{
		"cut":     func(p string) error { return os.Truncate(p, 10) },
		"removed": os.Remove,
		"replaced": func(p string) error {
			raw, err := os.ReadFile(p)
			return errors.Join(err, os.Remove(p), os.WriteFile(p, raw, 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t)
			l := mustOpen(t, o)
			defer mustClose(t, l)
			if _, err := l.Append("test", struct{}{}); err != nil {
				t.Fatal(err)
			}
			if err := change(o.Path); err != nil {
				t.Fatal(err)
			}
			if _, err := l.Append("test", struct{}{}); err == nil {
				t.Error("it was written")
			}
		})
	}
}

// TestConcurrent writes and syncs from many goroutines across many files.
func TestConcurrent(t *testing.T) {
	o := options(t)
	o.MaxSize = 4000
	l := mustOpen(t, o)
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 50 {
				seq, err := l.Append("test", map[string]string{"from": fmt.Sprint(w, "/", i)})
				if err == nil {
					err = l.Sync(seq)
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	mustClose(t, l)
	r := verify(t, VerifyOptions{}, o.Path)
	if len(r.Problems) > 0 || len(r.Files) < 10 {
		t.Errorf("%+v", r)
	}
}

func TestLazy(t *testing.T) {
	o := options(t)
	o.Lazy = true
	write(t, o, 3)
	if r := verify(t, VerifyOptions{}, o.Path); len(r.Problems) > 0 || r.Last != 4 {
		t.Errorf("%+v", r)
	}
}

func BenchmarkAppend(b *testing.B) {
	l, err := Open(Options{Path: filepath.Join(b.TempDir(), "audit.jsonl")})
	if err != nil {
		b.Fatal(err)
	}
	body := map[string]string{"statement": strings.Repeat("SELECT ", 100)}
	for _, durable := range []bool{false, true} {
		b.Run(fmt.Sprintf("durable=%v", durable), func(b *testing.B) {
			for b.Loop() {
				seq, err := l.Append("test", body)
				if err == nil && durable {
					err = l.Sync(seq)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
}

// TestVerifyBesideWriter verifies a log again and again while it grows: what is not written yet is no fault.
func TestVerifyBesideWriter(t *testing.T) {
	o := options(t)
	o.MaxSize = 1 << 20
	l := mustOpen(t, o)
	written := make(chan struct{})
	go func() {
		defer close(written)
		body := map[string]string{"text": strings.Repeat("x", 30_000)}
		for range 300 {
			if _, err := l.Append("test", body); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	for done := false; !done; {
		select {
		case <-written:
			done = true
		default:
		}
		if r := verify(t, VerifyOptions{}, o.Path); len(r.Problems) > 0 {
			t.Errorf("%+v", r)
			break
		}
	}
	<-written
	mustClose(t, l)
}
