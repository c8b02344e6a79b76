package meshfile

import (
	"encoding/base64"
	"strconv"
	"strings"
	"unicode/utf8"

	yaml "go.yaml.in/yaml/v4"
)

// Users is users.yaml.
type Users struct {
	At    Position
	Users []User `key:"users,required"`
}

// User is somebody who may connect.
type User struct {
	At       Position
	Name     Text            `key:"name,required"`
	Password Verifier        `key:"password"`
	Cert     Text            `key:"cert"`
	Groups   []Text          `key:"groups"`
	Roles    []Text          `key:"roles"` // for conditions: principal.roles
	Attrs    map[string]Attr `key:"attrs"`
	Purposes []Text          `key:"purposes"`
}

// Attr is an attribute of a user: one text or a list of texts. Numbers and booleans are taken as they are written.
type Attr struct {
	At     Position
	Values []string
	List   bool
}

func (a *Attr) decodeNode(d *decoder, n *yaml.Node, name string) {
	a.At = d.at(n)
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		a.List, items = true, n.Content
	}
	for _, item := range items {
		var s Scalar
		s.decodeNode(d, item, name)
		a.Values = append(a.Values, s.Value)
	}
}

// Verifier is a SCRAM-SHA-256 verifier as PostgreSQL stores it: SCRAM-SHA-256$iterations:salt$storedKey:serverKey.
type Verifier string

func (v *Verifier) decodeNode(d *decoder, n *yaml.Node, name string) {
	// The text is never shown: it may be a password that somebody wrote here by mistake.
	if n.Kind != yaml.ScalarNode || !isVerifier(n.Value) {
		d.fault(n, "%s: expected a SCRAM-SHA-256 verifier as `meshgate passwd` prints it", name)
		return
	}
	*v = Verifier(n.Value)
}

func isVerifier(text string) bool {
	rest, ok := strings.CutPrefix(text, "SCRAM-SHA-256$")
	head, keys, ok2 := strings.Cut(rest, "$")
	count, salt, ok3 := strings.Cut(head, ":")
	stored, server, ok4 := strings.Cut(keys, ":")
	if !ok || !ok2 || !ok3 || !ok4 {
		return false
	}
	// Fewer iterations than RFC 7677 asks for are weak; far more make every login a denial of service.
	iterations, err := strconv.Atoi(count)
	return err == nil && iterations >= 4096 && iterations <= 10_000_000 &&
		decodedLength(salt) >= 8 && decodedLength(stored) == 32 && decodedLength(server) == 32
}

func decodedLength(text string) int {
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return -1
	}
	return len(raw)
}

func (u *User) check(c *checks) {
	if !isName(u.Name.Value) {
		c.fault(u.Name.At, "name: expected 1 to 63 bytes without control characters, got %q", u.Name.Value)
	}
	if u.Cert.At.Line > 0 && !isPlainText(u.Cert.Value) {
		c.fault(u.Cert.At, "cert: expected the certificate's subject, such as CN=name")
	}
}

func (u *Users) check(c *checks) {
	seen := map[string]Position{}
	certs := map[string]Position{}
	for _, user := range u.Users {
		refuseRepeated(c, seen, user.Name, "user")
		if user.Cert.Value != "" {
			refuseRepeated(c, certs, user.Cert, "cert")
		}
	}
}

// refuseRepeated reports a name that was seen before.
func refuseRepeated(c *checks, seen map[string]Position, name Text, what string) {
	if first, ok := seen[name.Value]; ok && name.Value != "" {
		c.fault(name.At, "%s %q is repeated; it is on line %d already", what, name.Value, first.Line)
		return
	}
	seen[name.Value] = name.At
}

// isName reports whether a text can be the name of a user: PostgreSQL's limit, and nothing that could break a log line.
func isName(name string) bool { return isPlainText(name) && len(name) <= 63 }

func isPlainText(text string) bool {
	return text != "" && utf8.ValidString(text) && !strings.ContainsFunc(text, isInvisible)
}

// Domain is domains/<d>/domain.yaml. A file that names no contact means the owner.
type Domain struct {
	At          Position
	Key         string       // the folder's name
	Owner       Text         `key:"owner,required"`
	Contact     Text         `key:"contact"`
	Description string       `key:"description"`
	Limits      DomainLimits `key:"limits"`
}

// DomainLimits bound what queries may take of the domain's own stores. Zero values mean the platform's limits.
type DomainLimits struct {
	At               Position
	Connections      int      `key:"connections,min=1,max=10000"`
	StatementTimeout Duration `key:"statementTimeout"`
}

func (v *Domain) check(c *checks) {
	if v.Contact.At.Line == 0 {
		v.Contact = v.Owner
	}
	for _, t := range []Text{v.Owner, v.Contact} {
		if !isPlainText(t.Value) {
			c.fault(t.At, "expected a text without control characters that says who answers for the domain")
		}
	}
}
