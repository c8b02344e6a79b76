package gateway

import (
	"os"
	"path/filepath"

	"meshgate/sqlerr"
)

// spillDir makes the private folder that the engine spills to and empties it of what an earlier run left: files of a dead process
// hold rows of its queries.
func spillDir(mesh, dir string) (string, error) {
	if dir == "" {
		return "", nil
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(mesh, dir)
	}
	dir = filepath.Join(dir, "meshgate")
	if err := os.RemoveAll(dir); err != nil {
		return "", sqlerr.Wrap(err, sqlerr.IOError, "the spill folder cannot be emptied")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", sqlerr.Wrap(err, sqlerr.IOError, "the spill folder cannot be made")
	}
	return dir, nil
}
