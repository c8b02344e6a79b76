package structure

import (
	"regexp"
	"slices"
	"testing"
	"testing/fstest"

	"meshgate/catalog"
	"meshgate/connectors/postgres"
	"meshgate/meshfile"
	"meshgate/policy"
)

// yamlFile is an example in a document: a block of YAML whose first line is a comment with the file's name.
var yamlFile = regexp.MustCompile("(?ms)^```yaml\n# ([^\n]+)\n(.*?)^```$")

// TestExamplesLoad reads the meshes that documents describe: the README's alone, and with the files of docs/policies.md on top.
func TestExamplesLoad(t *testing.T) {
	docs := documents(t)
	files := fstest.MapFS{}
	for _, doc := range []string{"README.md", "docs/policies.md"} {
		found := yamlFile.FindAllStringSubmatch(docs[doc], -1)
		if len(found) == 0 {
			t.Errorf("%s has no example", doc)
		}
		for _, m := range found {
			files[m[1]] = &fstest.MapFile{Data: []byte(m[2])}
		}
		mesh, faults := meshfile.ReadFS(files)
		snap, more := catalog.New(mesh, []catalog.Kind{postgres.Kind})
		set, most := policy.New(mesh, snap)
		for _, f := range slices.Concat(faults, more, most) {
			t.Errorf("%s: %s", doc, f)
		}
		if len(snap.Products()) == 0 || len(set.Rules()) == 0 {
			t.Errorf("%s describes no mesh", doc)
		}
		if doc == "README.md" {
			for _, w := range set.Warnings() {
				t.Errorf("%s: %s", doc, w)
			}
		}
	}
}
