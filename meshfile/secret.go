package meshfile

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"

	yaml "go.yaml.in/yaml/v4"
)

const maxSecretBytes = 64 << 10

// SecretRef says where a secret is: env:NAME or file:PATH. It never holds the secret, so it may be printed.
type SecretRef struct {
	Scheme string // env or file; empty = no secret
	Name   string // the variable's name, or a path, relative to the mesh folder
	At     Position
}

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func (s *SecretRef) decodeNode(d *decoder, n *yaml.Node, name string) {
	s.At = d.at(n)
	// The text is not shown: whoever writes a secret where a reference belongs would find it in the log.
	if n.Kind != yaml.ScalarNode {
		d.fault(n, "%s: expected env:NAME or file:PATH, got a %s", name, kindOf(n))
		return
	}
	scheme, rest, found := strings.Cut(n.Value, ":")
	switch {
	case found && scheme == "env" && variableName.MatchString(rest), found && scheme == "file" && isPath(rest):
		s.Scheme, s.Name = scheme, rest
	case found && scheme == "env":
		d.fault(n, "%s: expected env: with the name of an environment variable", name)
	case found && scheme == "file":
		d.fault(n, "%s: expected file: with a path", name)
	default:
		d.fault(n, "%s: expected a reference, env:NAME or file:PATH; secrets are not written into these files", name)
	}
}

func isPath(path string) bool {
	return path != "" && !strings.ContainsFunc(path, unicode.IsControl)
}

// IsZero reports whether there is no reference.
func (s SecretRef) IsZero() bool { return s.Scheme == "" }

// String returns the reference as the file writes it.
func (s SecretRef) String() string {
	if s.IsZero() {
		return ""
	}
	return s.Scheme + ":" + s.Name
}

// Resolve reads the secret; dir is the mesh folder. One line feed at a file's end does not belong to the secret. A file that
// every user of the machine can read is refused. No error holds the secret or a part of it.
func (s SecretRef) Resolve(dir string) (string, error) {
	switch s.Scheme {
	case "env":
		value, ok := os.LookupEnv(s.Name)
		if !ok || value == "" {
			return "", fmt.Errorf("%s: the environment variable %s is not set", s.At, s.Name)
		}
		return value, nil
	case "file":
		return s.readFile(dir)
	}
	return "", fmt.Errorf("%s: no secret is named", s.At)
}

func (s SecretRef) readFile(dir string) (string, error) {
	f, err := os.Open(within(dir, s.Name))
	if err != nil {
		return "", fmt.Errorf("%s: the secret's file cannot be opened: %w", s.At, err)
	}
	defer f.Close()
	// The open file is asked, not the path, which may name another file by now.
	info, err := f.Stat()
	if err != nil {
		return "", fmt.Errorf("%s: the secret's file cannot be read: %w", s.At, err)
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("%s: %s is no regular file", s.At, s.Name)
	}
	if info.Mode().Perm()&0o004 != 0 {
		return "", fmt.Errorf("%s: every user of this machine can read %s; take that right away (chmod o-r)", s.At, s.Name)
	}
	content, err := io.ReadAll(io.LimitReader(f, maxSecretBytes+1))
	if err != nil {
		return "", fmt.Errorf("%s: the secret's file cannot be read: %w", s.At, err)
	}
	if len(content) > maxSecretBytes {
		return "", fmt.Errorf("%s: %s is longer than %d bytes", s.At, s.Name, maxSecretBytes)
	}
	value := strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r")
	if value == "" {
		return "", fmt.Errorf("%s: %s is empty", s.At, s.Name)
	}
	return value, nil
}

// FileRef names a file that is no secret, such as a certificate: file:PATH.
type FileRef struct {
	Path string // relative to the mesh folder; empty = none
	At   Position
}

func (f *FileRef) decodeNode(d *decoder, n *yaml.Node, name string) {
	f.At = d.at(n)
	path, found := strings.CutPrefix(n.Value, "file:")
	if n.Kind != yaml.ScalarNode || !found || !isPath(path) {
		d.fault(n, "%s: expected file: with a path", name)
		return
	}
	f.Path = path
}

// In returns the file's path, taken from the mesh folder when it is relative.
func (f FileRef) In(dir string) string { return within(dir, f.Path) }

func within(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, filepath.FromSlash(path))
}
