package main

import (
	"bufio"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/xdg-go/scram"
	"golang.org/x/term"
)

// scramIterations is PostgreSQL's default (scram_iterations); clients compute as many hashes at each login.
const scramIterations = 4096

type passwdCommand struct{}

// Run reads a password, without echo on a terminal, and prints its verifier.
func (passwdCommand) Run(std streams) error {
	password, err := readPassword(std)
	if err != nil {
		return wrong{err}
	}
	v, err := verifier(password)
	if err != nil {
		return wrong{err}
	}
	fmt.Fprintln(std.out, v)
	return nil
}

func readPassword(std streams) (string, error) {
	if f, ok := std.in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fmt.Fprint(std.err, "Password: ")
		b, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(std.err)
		return checked(string(b), err)
	}
	line, err := bufio.NewReader(std.in).ReadString('\n')
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return checked(strings.TrimRight(line, "\r\n"), err)
}

func checked(password string, err error) (string, error) {
	if err == nil && password == "" {
		err = errors.New("the password is empty")
	}
	return password, err
}

// verifier makes what a server keeps of a password (RFC 5802, in PostgreSQL's form).
func verifier(password string) (string, error) {
	salt := make([]byte, 16)
	if _, err := rand.Read(salt); err != nil {
		return "", err
	}
	client, err := scram.SHA256.NewClient("", password, "")
	if err != nil {
		return "", fmt.Errorf("the password cannot be used: %w", err)
	}
	c, err := client.GetStoredCredentialsWithError(scram.KeyFactors{Salt: string(salt), Iters: scramIterations})
	if err != nil {
		return "", err
	}
	b64 := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("SCRAM-SHA-256$%d:%s$%s:%s", scramIterations, b64(salt), b64(c.StoredKey), b64(c.ServerKey)), nil
}
