package gateway

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"meshgate/meshfile"
)

const (
	// lookEvery is how often the files are looked at without being told: file systems of other machines tell nothing, and a folder
	// that is a link can be pointed elsewhere.
	lookEvery = time.Second
	// settle is how long files have to be left alone before they are read, so that a checkout is not read half way; longest bounds it.
	settle  = 50 * time.Millisecond
	longest = 300 * time.Millisecond
)

// watchFiles reloads when files of the mesh folder change; seen is what they were when they were read.
func (g *Gateway) watchFiles(ctx context.Context, seen [sha256.Size]byte) {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	events, stop := g.listen()
	defer func() { stop() }()
	var ready <-chan time.Time
	var first time.Time
	for {
		if ready == nil && g.stamp() != seen { // before the system told of anything
			first, ready = time.Now(), time.After(settle)
		}
		select {
		case <-ctx.Done():
			return
		case _, open := <-events:
			if !open {
				events = nil
				continue
			}
			if ready == nil {
				first = time.Now()
			}
			ready = time.After(min(settle, longest-time.Since(first)))
			continue
		case <-look.C:
			continue
		case <-ready:
		}
		ready, seen = nil, g.stamp()
		if err := g.Reload(); err != nil && !isFault(err) {
			g.log.Error("the mesh's files could not be taken", "cause", err.Error())
			seen = [sha256.Size]byte{} // nothing is wrong with the files, so the next look tries again
			select {
			case <-look.C:
			case <-ctx.Done():
				return
			}
		}
		// Folders may have come or gone.
		stop()
		events, stop = g.listen()
	}
}

func isFault(err error) bool {
	_, is := err.(meshfile.Faults)
	return is
}

// folders calls visit for the folders in which files of a mesh can lie, and for their entries.
func (g *Gateway) folders(visit func(path string, d fs.DirEntry)) {
	for _, part := range []string{".", "governance", "domains"} {
		root := filepath.Join(g.options.Dir, part)
		_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return nil // what is not there now may come
			case d.IsDir() && path != root && (part == "." || strings.HasPrefix(d.Name(), ".")):
				return fs.SkipDir
			}
			visit(path, d)
			return nil
		})
	}
}

// stamp changes when a file does, as far as names, sizes and times tell.
func (g *Gateway) stamp() [sha256.Size]byte {
	h := sha256.New()
	g.folders(func(path string, d fs.DirEntry) {
		info, err := os.Stat(path)
		if err != nil || info.IsDir() || !isYAML(path) {
			return
		}
		var b [16]byte
		binary.BigEndian.PutUint64(b[:8], uint64(info.Size()))
		binary.BigEndian.PutUint64(b[8:], uint64(info.ModTime().UnixNano()))
		h.Write([]byte(path + "\x00"))
		h.Write(b[:])
	})
	return [sha256.Size]byte(h.Sum(nil))
}

func isYAML(name string) bool {
	return strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml")
}

// listen has the system tell of changes. Where it does not, the regular look has to do.
func (g *Gateway) listen() (events <-chan struct{}, stop func()) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		g.log.Info("the system does not tell of changed files, so they are looked at every second", "cause", err.Error())
		return nil, func() {}
	}
	g.folders(func(path string, d fs.DirEntry) {
		if d.IsDir() {
			if err := w.Add(path); err != nil {
				g.log.Debug("a folder is not watched", "folder", path, "cause", err.Error())
			}
		}
	})
	out := make(chan struct{}, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(out)
		for {
			select {
			case e, open := <-w.Events:
				if !open {
					return
				}
				if e.Has(fsnotify.Chmod) && e.Op == fsnotify.Chmod || !g.concerns(e.Name) {
					continue
				}
				select {
				case out <- struct{}{}:
				default:
				}
			case _, open := <-w.Errors:
				if !open {
					return
				}
			}
		}
	}()
	return out, func() {
		if err := w.Close(); err != nil {
			g.log.Debug("the watching of files did not end in order", "cause", err.Error())
		}
		<-done
	}
}

// concerns tells files of a mesh, and folders that may hold some, from the log, the spilled rows and the data beside them.
func (g *Gateway) concerns(path string) bool {
	rel, err := filepath.Rel(g.options.Dir, path)
	if err != nil || isYAML(path) {
		return true
	}
	top, _, nested := strings.Cut(filepath.ToSlash(rel), "/")
	return (top == "governance" || top == "domains") && (!nested || filepath.Ext(path) == "")
}
