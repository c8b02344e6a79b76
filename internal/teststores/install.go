package teststores

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// packages are the Debian packages that tests need, by a file of each.
var packages = map[string]string{
	postgresBin + "/initdb":                  "postgresql-15",
	"/usr/sbin/mariadbd":                     "mariadb-server",
	"/usr/bin/psql":                          "postgresql-client-15",
	"/usr/lib/python3/dist-packages/psycopg": "python3-psycopg",
}

// Install makes sure that the servers' Debian packages are there; progress gets a line when something has to be installed. No
// server of the system is started by it.
func Install(ctx context.Context, progress func(string)) (err error) {
	var missing []string
	for file, name := range packages {
		if _, err := os.Stat(file); err != nil {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	slices.Sort(missing)
	if _, err := exec.LookPath("apt-get"); err != nil || os.Geteuid() != 0 {
		return fmt.Errorf("as root on Debian, tests install what they need; here, install it first: %s", strings.Join(missing, " "))
	}
	progress("installing " + strings.Join(missing, ", ") + "; this takes a minute")
	allow, err := forbidStarts()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, allow()) }()
	for _, args := range [][]string{{"update"}, append([]string{"install", "-y", "--no-install-recommends"}, missing...)} {
		cmd := exec.CommandContext(ctx, "apt-get", append([]string{"-q"}, args...)...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("apt-get %s: %w\n%s", args[0], err, out)
		}
	}
	return nil
}

// policyFile is asked by Debian's packages before they start a server (invoke-rc.d(8)); status 101 forbids it.
const policyFile = "/usr/sbin/policy-rc.d"

// forbidStarts keeps packages from starting servers until allow is called. A policy that the machine has already stays.
func forbidStarts() (allow func() error, err error) {
	f, err := os.OpenFile(policyFile, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if errors.Is(err, fs.ErrExist) {
		return func() error { return nil }, nil
	}
	if err != nil {
		return nil, err
	}
	_, err = f.WriteString("#!/bin/sh\nexit 101\n")
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, errors.Join(err, os.Remove(policyFile))
	}
	return func() error { return os.Remove(policyFile) }, nil
}
