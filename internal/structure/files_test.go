package structure

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"strings"
	"testing"
)

const root = "../.."

// goFile is a parsed file of the module; its name is relative to the module's root.
type goFile struct {
	name   string
	lines  int
	set    *token.FileSet
	syntax *ast.File
}

func (f *goFile) isTest() bool { return strings.HasSuffix(f.name, "_test.go") }

// isGenerated reports whether the file's header says so (https://go.dev/s/generatedcode).
func (f *goFile) isGenerated() bool { return ast.IsGenerated(f.syntax) }

// at returns a place as editors take it.
func (f *goFile) at(pos token.Pos) string {
	p := f.set.Position(pos)
	p.Column = 0
	return p.String()
}

func goFiles(t *testing.T) []*goFile {
	t.Helper()
	var files []*goFile
	tree := os.DirFS(root)
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && (strings.HasPrefix(entry.Name(), ".") || name == "bin"):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, ".go"):
			return nil
		}
		content, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		f := &goFile{name: name, lines: strings.Count(string(content), "\n"), set: token.NewFileSet()}
		f.syntax, err = parser.ParseFile(f.set, name, content, parser.ParseComments|parser.SkipObjectResolution)
		files = append(files, f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
