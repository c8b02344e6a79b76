package meshfile

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	yaml "go.yaml.in/yaml/v4"
)

// Mesh is what a mesh folder's files say. After a Read with faults it holds what could be read, and Incomplete is true.
type Mesh struct {
	Dir         string // the folder, empty when it was read from a file system
	Config      Config
	Users       []User
	Taxonomy    Taxonomy
	Policies    []SourcedPolicySet
	Domains     []Domain // in the order of their names
	Contracts   []Contract
	Grants      []SourcedGrant
	PolicyTests []PolicyTest
	Digest      string // sha256 over the names and contents of all files that were read, as "sha256:" and hexadecimal digits
	Incomplete  bool   // some file had a fault: what seems to be missing may only be unreadable
}

// SourcedPolicySet is a policy set with the folder it lies in, which decides whose rules they are.
type SourcedPolicySet struct {
	PolicySet
	Folder string // the domain's folder, empty for the federation's
}

// SourcedGrant is an access grant with the folder it lies in.
type SourcedGrant struct {
	AccessGrant
	Folder string // the domain's folder
}

// Read reads the mesh folder dir. It returns all faults of all files in the order of their places. Links that lead out of the
// folder are refused.
func Read(dir string) (*Mesh, Faults) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return &Mesh{Dir: dir, Incomplete: true}, Faults{FaultAt(Position{".", 1, 1}, "the mesh folder cannot be opened: %s", err)}
	}
	defer root.Close()
	mesh, faults := ReadFS(root.FS())
	mesh.Dir = dir
	return mesh, faults
}

// ReadFS reads a mesh folder from a file system: an embedded mesh, or one that a test made up.
func ReadFS(files fs.FS) (*Mesh, Faults) {
	r := &reader{files: files, mesh: &Mesh{Config: defaultConfig()}, digest: sha256.New()}
	names := r.list()
	for _, name := range names {
		r.file(name)
	}
	r.complete(names)
	r.faults.Sort()
	r.mesh.Digest = "sha256:" + hex.EncodeToString(r.digest.Sum(nil))
	r.mesh.Incomplete = len(r.faults) > 0
	return r.mesh, r.faults
}

type reader struct {
	files  fs.FS
	mesh   *Mesh
	faults Faults
	digest hash.Hash
}

// role is what a file is to the mesh, told by its path.
type role struct {
	read   func(r *reader, docs []document, folder string)
	folder string // the domain's folder
}

var (
	meshFile     = regexp.MustCompile(`\.(odcs|policy|grant|policytest)\.ya?ml$`)
	yamlFile     = regexp.MustCompile(`\.ya?ml$`)
	domainFolder = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)
)

// roleOf tells what a file is, ok = false when it is nothing to the mesh. A file that only looks as if it took part is refused:
// a rule in a file that nobody reads is worse than no rule.
func roleOf(name string) (is role, ok bool, refusal string) {
	parts := strings.Split(name, "/")
	base := parts[len(parts)-1]
	inDomain := parts[0] == "domains" && len(parts) > 2
	folder := ""
	if inDomain {
		folder = parts[1]
	}
	switch {
	case name == "mesh.yaml":
		return role{read: (*reader).config}, true, ""
	case name == "users.yaml":
		return role{read: (*reader).users}, true, ""
	case name == "governance/taxonomy.yaml":
		return role{read: (*reader).taxonomy}, true, ""
	case strings.HasSuffix(base, ".policytest.yaml"):
		return role{(*reader).policyTests, folder}, true, ""
	case strings.HasSuffix(base, ".policy.yaml") && (inDomain || (parts[0] == "governance" && len(parts) > 1)):
		return role{(*reader).policies, folder}, true, ""
	case inDomain && len(parts) == 3 && base == "domain.yaml":
		return role{(*reader).domain, folder}, true, ""
	case inDomain && strings.HasSuffix(base, ".odcs.yaml"):
		return role{(*reader).contract, folder}, true, ""
	case inDomain && strings.HasSuffix(base, ".grant.yaml"):
		return role{(*reader).grants, folder}, true, ""
	case meshFile.MatchString(base) || ((parts[0] == "domains" || parts[0] == "governance") && yamlFile.MatchString(base)):
		return role{}, false, "meshgate reads no file of this name here; expected governance/taxonomy.yaml, " +
			"governance/**/*.policy.yaml, domains/<domain>/domain.yaml, domains/<domain>/**/*.odcs.yaml, *.policy.yaml or *.grant.yaml, " +
			"or *.policytest.yaml anywhere"
	case len(parts) == 1 && yamlFile.MatchString(base) && Nearest(base, []string{"mesh.yaml", "users.yaml"}) != "":
		return role{}, false, "meshgate does not read this file" + DidYouMean(base, []string{"mesh.yaml", "users.yaml"})
	}
	return role{}, false, ""
}

// list returns the names of all files that take part, in their order, and reports those that only seem to.
func (r *reader) list() []string {
	var names []string
	err := fs.WalkDir(r.files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			r.faults.Add(Position{name, 1, 1}, "cannot be read: %s", reason(err))
			return nil
		}
		if entry.IsDir() {
			if name != "." && strings.HasPrefix(entry.Name(), ".") {
				return fs.SkipDir
			}
			return nil
		}
		if strings.HasPrefix(entry.Name(), ".") {
			return nil
		}
		_, ok, refusal := roleOf(name)
		if ok {
			names = append(names, name)
		} else if refusal != "" {
			r.faults.Add(Position{name, 1, 1}, "%s", refusal)
		}
		return nil
	})
	if err != nil {
		r.faults.Add(Position{".", 1, 1}, "the mesh folder cannot be read: %s", reason(err))
	}
	slices.Sort(names)
	return names
}

// reason returns an error's cause without the path, which the fault names already.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

func (r *reader) file(name string) {
	content, err := readLimited(r.files, name)
	if err != nil {
		r.faults.Add(Position{name, 1, 1}, "cannot be read: %s", reason(err))
		return
	}
	r.addToDigest(name, content)
	before := len(r.faults)
	if docs := parse(name, content, &r.faults); len(docs) > 0 {
		is, _, _ := roleOf(name)
		is.read(r, docs, is.folder)
	} else if len(r.faults) == before {
		r.faults.Add(Position{name, 1, 1}, "the file is empty, expected a document")
	}
	// What is missing at the end of a file stands after it for the parser; people look for it at the end.
	end := endOf(content)
	for i := before; i < len(r.faults); i++ {
		if f := &r.faults[i]; f.Line > end.Line {
			f.Line, f.Column = end.Line, end.Column
		}
	}
}

// readLimited reads a file, but not much more of it than is allowed: a longer one is refused later, by its length.
func readLimited(files fs.FS, name string) ([]byte, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is no regular file")
	}
	return io.ReadAll(io.LimitReader(f, maxFileBytes+1))
}

// addToDigest adds a file with the lengths of both its parts, so that no two sets of files have the same input.
func (r *reader) addToDigest(name string, content []byte) {
	var sizes [16]byte
	binary.BigEndian.PutUint64(sizes[:8], uint64(len(name)))
	binary.BigEndian.PutUint64(sizes[8:], uint64(len(content)))
	r.digest.Write(sizes[:])
	r.digest.Write([]byte(name))
	r.digest.Write(content)
}

func (r *reader) decoder(doc document) *decoder {
	return &decoder{file: doc.at.File, faults: &r.faults}
}

// single refuses further documents in a file that is one document.
func (r *reader) single(docs []document) document {
	for _, extra := range docs[1:] {
		r.faults.Add(extra.at, "a second document (---), expected one document in this file")
	}
	return docs[0]
}

func (r *reader) config(docs []document, _ string) {
	doc := r.single(docs)
	r.decoder(doc).decode(doc.root, &r.mesh.Config, "mesh.yaml")
}

func (r *reader) users(docs []document, _ string) {
	doc := r.single(docs)
	var users Users
	r.decoder(doc).decode(doc.root, &users, "users.yaml")
	r.mesh.Users = users.Users
}

func (r *reader) domain(docs []document, folder string) {
	doc := r.single(docs)
	d := Domain{Key: folder}
	if !domainFolder.MatchString(folder) {
		r.faults.Add(doc.at, "the folder %q cannot be a domain; expected a name of a-z, 0-9 and _ that begins with a letter, "+
			"at most 63 long", folder)
		return
	}
	r.decoder(doc).decode(doc.root, &d, "domain.yaml")
	r.mesh.Domains = append(r.mesh.Domains, d)
}

var contractForm = contractShape()

func (r *reader) contract(docs []document, folder string) {
	doc := r.single(docs)
	d := r.decoder(doc)
	before := len(r.faults)
	(&shapeChecker{d}).check(contractForm, doc.root, "contract")
	if len(r.faults) > before {
		return
	}
	d.lenient = true
	c := Contract{Folder: folder}
	if d.decode(doc.root, &c, "contract") {
		r.mesh.Contracts = append(r.mesh.Contracts, c)
	}
}

// header reads what kind of document this is, and refuses those that do not belong into the file.
func (r *reader) header(doc document, kinds ...string) (string, bool) {
	d := *r.decoder(doc)
	if doc.root.Kind != yaml.MappingNode {
		d.wrong(doc.root, "document", "a map with apiVersion and kind")
		return "", false
	}
	d.lenient = true
	var h Header
	ok := d.decode(doc.root, &h, "document")
	for key, expected := range map[string]string{"apiVersion": APIVersion, "kind": orList(kinds)} {
		if child(doc.root, key) == nil {
			d.fault(doc.root, "key %q is missing, expected %s", key, expected)
			ok = false
		}
	}
	if ok && !slices.Contains(kinds, h.Kind.Value) {
		d.faults.Add(h.Kind.At, "kind: expected %s in this file, got %q", orList(kinds), h.Kind.Value)
		ok = false
	}
	return h.Kind.Value, ok
}

func (r *reader) taxonomy(docs []document, _ string) {
	found := false
	for _, doc := range docs {
		kind, ok := r.header(doc, "Taxonomy", "PolicySet")
		switch {
		case !ok:
		case kind == "PolicySet":
			r.policySet(doc, "")
		case found:
			r.faults.Add(doc.at, "a second Taxonomy, expected one")
		default:
			found = true
			r.decoder(doc).decode(doc.root, &r.mesh.Taxonomy, "Taxonomy")
		}
	}
}

func (r *reader) policies(docs []document, folder string) {
	for _, doc := range docs {
		if _, ok := r.header(doc, "PolicySet"); ok {
			r.policySet(doc, folder)
		}
	}
}

// policySet reads rules. Whose they are is decided by the folder, and the file has to say the same: a domain cannot write a
// rule of the federation by calling it one.
func (r *reader) policySet(doc document, folder string) {
	set := SourcedPolicySet{Folder: folder}
	if !r.decoder(doc).decode(doc.root, &set.PolicySet, "PolicySet") {
		return
	}
	tier := "global"
	if folder != "" {
		tier = "domain"
	}
	m := set.Metadata
	if m.Tier.Value != tier {
		r.faults.Add(m.Tier.At, "tier: expected %s in this folder, got %s", tier, m.Tier.Value)
	}
	if m.Domain.Value != folder {
		at := m.At
		if m.Domain.At.Line > 0 {
			at = m.Domain.At
		}
		r.faults.Add(at, "domain: expected %s, got %q", orNone(folder), m.Domain.Value)
	}
	r.mesh.Policies = append(r.mesh.Policies, set)
}

func orNone(domain string) string {
	if domain == "" {
		return "none for a global policy"
	}
	return fmt.Sprintf("%q, the folder's domain", domain)
}

func (r *reader) grants(docs []document, folder string) {
	for _, doc := range docs {
		if _, ok := r.header(doc, "AccessGrant"); !ok {
			continue
		}
		g := SourcedGrant{Folder: folder}
		if !r.decoder(doc).decode(doc.root, &g.AccessGrant, "AccessGrant") {
			continue
		}
		if g.Metadata.Domain.Value != folder {
			r.faults.Add(g.Metadata.Domain.At, "domain: expected %s, got %q", orNone(folder), g.Metadata.Domain.Value)
		}
		r.mesh.Grants = append(r.mesh.Grants, g)
	}
}

func (r *reader) policyTests(docs []document, _ string) {
	for _, doc := range docs {
		if _, ok := r.header(doc, "PolicyTest"); !ok {
			continue
		}
		var t PolicyTest
		if r.decoder(doc).decode(doc.root, &t, "PolicyTest") {
			r.mesh.PolicyTests = append(r.mesh.PolicyTests, t)
		}
	}
}

// complete reports the files that are missing and fills in what a mesh without a taxonomy has.
func (r *reader) complete(names []string) {
	if !slices.Contains(names, "mesh.yaml") {
		r.faults.Add(Position{"mesh.yaml", 1, 1}, "the file is missing; expected the mesh's name, listeners and stores")
	}
	folders := map[string]bool{}
	for _, name := range names {
		if is, _, _ := roleOf(name); is.folder != "" && !folders[is.folder] {
			folders[is.folder] = true
			if file := path.Join("domains", is.folder, "domain.yaml"); !slices.Contains(names, file) {
				r.faults.Add(Position{file, 1, 1}, "the file is missing; expected the domain's owner, contact and description")
			}
		}
	}
	r.mesh.Taxonomy.complete()
}
