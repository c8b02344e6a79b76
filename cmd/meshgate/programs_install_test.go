package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// install puts what a client needs into a folder of its own in the user's cache, through the machine's package managers as they are
// set up, and returns the folder. Nothing of the system is changed.
func (p *program) install(ctx context.Context) (folder string, err error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(p.file)
	if err != nil {
		return "", err
	}
	if filepath.Ext(p.file) != ".go" { // whose program is made anew when it changes
		text = nil
	}
	folder = filepath.Join(cache, "meshgate", "clients", fmt.Sprintf("%x", sha256.Sum256(fmt.Append(text, p.needs)))[:12])
	done := filepath.Join(folder, "installed")
	if _, err := os.Stat(done); err == nil {
		return folder, nil
	}
	// What a run that was interrupted left is not trusted.
	if err := os.RemoveAll(folder); err != nil {
		return "", err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	for _, need := range p.needs {
		if need[0] == "go" {
			if err := p.build(ctx, folder, need[1:]); err != nil {
				return "", err
			}
			continue
		}
		installer, ok := installers[need[0]]
		if !ok {
			return "", fmt.Errorf("%s: nothing installs %q", p.file, need[0])
		}
		if err := installer(ctx, folder, need[1:]); err != nil {
			return "", err
		}
	}
	return folder, os.WriteFile(done, nil, 0o644)
}

// installers install packages into a folder.
var installers = map[string]func(ctx context.Context, folder string, packages []string) error{
	"pip": func(ctx context.Context, folder string, packages []string) error {
		venv := filepath.Join(folder, "venv")
		return errors.Join(quietly(ctx, folder, "python3", "-m", "venv", venv),
			quietly(ctx, folder, filepath.Join(venv, "bin", "pip"), append([]string{"install", "--quiet"}, packages...)...))
	},
	"npm": func(ctx context.Context, folder string, packages []string) error {
		return quietly(ctx, folder, "npm", append([]string{"install", "--silent", "--no-audit", "--no-fund", "--prefix", folder}, packages...)...)
	},
	"maven": func(ctx context.Context, folder string, packages []string) error {
		for _, artifact := range packages {
			err := quietly(ctx, folder, "mvn", "-q", "-B", "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy", "-Dartifact="+artifact, "-DoutputDirectory="+folder)
			if err != nil {
				return err
			}
		}
		return nil
	},
	"apt": func(ctx context.Context, folder string, packages []string) error {
		if err := quietly(ctx, folder, "apt-get", append([]string{"-q", "download"}, packages...)...); err != nil {
			return err
		}
		return unpack(ctx, folder)
	},
	// Packages with all that they need and the system does not have.
	"apt-missing": func(ctx context.Context, folder string, packages []string) error {
		if err := os.MkdirAll(filepath.Join(folder, "partial"), 0o755); err != nil {
			return err
		}
		args := []string{"-q", "-y", "install", "--download-only", "--no-install-recommends", "-o", "Debug::NoLocking=1", "-o", "Dir::Cache::Archives=" + folder}
		if err := quietly(ctx, folder, "apt-get", append(args, packages...)...); err != nil {
			return err
		}
		return unpack(ctx, folder)
	},
}

// unpack lays Debian's packages out in a folder beside them.
func unpack(ctx context.Context, folder string) error {
	files, err := filepath.Glob(filepath.Join(folder, "*.deb"))
	if err != nil {
		return err
	}
	for _, file := range files {
		if err := quietly(ctx, folder, "dpkg-deb", "-x", file, filepath.Join(folder, "root")); err != nil {
			return err
		}
	}
	return nil
}

// build compiles a script in Go as a module of its own, so that this one need not require what it uses. The C flags are no matter of it.
func (p *program) build(ctx context.Context, folder string, packages []string) error {
	text, err := os.ReadFile(p.file)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "main.go"), text, 0o644); err != nil {
		return err
	}
	for _, args := range [][]string{{"mod", "init", "client"}, append([]string{"get"}, packages...), {"build", "-mod=mod", "-o", "client", "."}} {
		if err := quietly(ctx, folder, "go", args...); err != nil {
			return err
		}
	}
	return nil
}

// quietly runs a program, whose output is worth reading when it fails.
func quietly(ctx context.Context, folder, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil {
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		return fmt.Errorf("%s: %w: %s", filepath.Base(name), err, lines[len(lines)-1])
	}
	return nil
}

// libraries are the folders of shared libraries that Debian's packages brought.
func libraries(folder string) string {
	var list []string
	for _, pattern := range []string{"root/usr/lib/*-linux-gnu", "root/lib/*-linux-gnu"} {
		found, err := filepath.Glob(filepath.Join(folder, pattern))
		if err == nil {
			list = append(list, found...)
		}
	}
	return strings.Join(list, ":")
}

// command is how a script is run, by its file's kind.
func (p *program) command(ctx context.Context, folder string) *exec.Cmd {
	file, err := filepath.Abs(p.file)
	if err != nil {
		panic(err)
	}
	var args []string
	switch filepath.Ext(file) {
	case ".py":
		args = []string{"python3", file} // that of the venv, if the client needs one
		if python := filepath.Join(folder, "venv", "bin", "python"); len(p.needs) > 0 {
			args[0] = python
		}
	case ".go":
		args = []string{filepath.Join(folder, "client")}
	case ".js":
		args = []string{"node", file}
	case ".java":
		args = []string{"java", "-cp", filepath.Join(folder, "*"), file}
	default:
		args = []string{"sh", file}
	}
	return exec.CommandContext(ctx, args[0], args[1:]...)
}
