// Package demo holds a mesh that needs no server: the shop of a company that exists only here. It knows the mesh's files, makes the
// files of its stores, and says who asks what in the tour; it does not know how a query is answered.
package demo

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"meshgate/sqlerr"
)

//go:embed mesh seed
var files embed.FS

// Mesh is the mesh folder as it is compiled in, without the stores' files.
func Mesh() fs.FS {
	mesh, err := fs.Sub(files, "mesh")
	if err != nil {
		panic(err) // the name is a constant
	}
	return mesh
}

// Version tells meshes and seeds apart: a folder that another version has written does not fit this one.
func Version() string {
	h := sha256.New()
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := files.ReadFile(name)
		h.Write([]byte(name + "\x00"))
		h.Write(content)
		return err
	})
	if err != nil {
		panic(err) // files that are compiled in can be read
	}
	return hex.EncodeToString(h.Sum(nil)[:6])
}

// Write makes dir the mesh folder of the demo, with the files of its stores. What is there already stays as it is, so an edited
// policy is kept. It can be interrupted at any time and called again: every file appears whole or not at all.
func Write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return cannotWrite(err)
	}
	mesh := Mesh()
	err := fs.WalkDir(mesh, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(mesh, name)
		if err != nil {
			return err
		}
		return writeFile(filepath.Join(dir, filepath.FromSlash(name)), content, strings.HasPrefix(name, "secrets/"))
	})
	if err != nil {
		return cannotWrite(err)
	}
	return writeStores(dir)
}

func cannotWrite(err error) error {
	return sqlerr.Wrap(err, sqlerr.IOError, "cannot write the demo's mesh")
}

// writeFile writes a file that is not there. A secret is for its owner alone: others that can be read are refused.
func writeFile(name string, content []byte, secret bool) error {
	if _, err := os.Lstat(name); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	mode := os.FileMode(0o644)
	if secret {
		mode = 0o600
	}
	folder := filepath.Dir(name)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	temp, err := os.CreateTemp(folder, ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name()) // fails when it has its final name, as it should
	_, err = temp.Write(content)
	if err = errors.Join(err, temp.Chmod(mode), temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), name)
}
