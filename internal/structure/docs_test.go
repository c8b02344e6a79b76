package structure

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	codeSpan   = regexp.MustCompile("`([^`\n]+)`")
	linkTarget = regexp.MustCompile(`\]\(([^)\s#]+)(#[^)]*)?\)`)
	plainPath  = regexp.MustCompile(`^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*/?$`)
	makeCall   = regexp.MustCompile("(?m)(?:`|^\\s*)make ([a-z][a-z-]*)")
	makeTarget = regexp.MustCompile(`(?m)^([a-z][a-z-]*):`)
)

// documents returns README.md, CHANGELOG.md and docs/*.md by their names.
func documents(t *testing.T) map[string]string {
	t.Helper()
	tree := os.DirFS(root)
	names, err := fs.Glob(tree, "docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	docs := map[string]string{}
	for _, name := range append(names, "README.md", "CHANGELOG.md") {
		content, err := fs.ReadFile(tree, name)
		if err != nil {
			t.Error(err)
			continue
		}
		docs[name] = string(content)
	}
	return docs
}

// ours reports whether a path names something of this repository, and not of a mesh folder or another module: it begins with a
// folder that has code or test data, or it is a document.
func ours(name string) bool {
	first, _, nested := strings.Cut(name, "/")
	if !nested {
		return strings.HasSuffix(name, ".md") || name == "Makefile" || name == "LICENSE"
	}
	folders := []string{"docs", "testdata", "internal", ".ci"}
	for pkg := range mayImport {
		top, _, _ := strings.Cut(pkg, "/")
		folders = append(folders, top)
	}
	return slices.Contains(folders, first)
}

// TestDocumentsNameWhatExists follows the paths that documents name.
func TestDocumentsNameWhatExists(t *testing.T) {
	docs := documents(t)
	for _, doc := range slices.Sorted(maps.Keys(docs)) {
		named := map[string]bool{}
		for _, m := range codeSpan.FindAllStringSubmatch(docs[doc], -1) {
			if plainPath.MatchString(m[1]) && ours(m[1]) {
				named[m[1]] = true
			}
		}
		for _, m := range linkTarget.FindAllStringSubmatch(docs[doc], -1) {
			if !strings.Contains(m[1], ":") {
				named[path.Join(path.Dir(doc), m[1])] = true
			}
		}
		for _, name := range slices.Sorted(maps.Keys(named)) {
			if _, err := os.Stat(path.Join(root, name)); err != nil {
				t.Errorf("%s names %s, which does not exist", doc, name)
			}
		}
	}
}

// TestDocumentsCallMakeRight wants every target that a document tells to make.
func TestDocumentsCallMakeRight(t *testing.T) {
	makefile, err := os.ReadFile(path.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	targets := map[string]bool{}
	for _, m := range makeTarget.FindAllStringSubmatch(string(makefile), -1) {
		targets[m[1]] = true
	}
	for doc, text := range documents(t) {
		for _, m := range makeCall.FindAllStringSubmatch(text, -1) {
			if !targets[m[1]] {
				t.Errorf("%s says make %s, which is no target", doc, m[1])
			}
		}
	}
	ci, err := os.ReadFile(path.Join(root, ".ci/run"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(ci), "make test") {
		t.Error(".ci/run does not call make test")
	}
}
