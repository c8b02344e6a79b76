package planner_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"meshgate/planner"
	"meshgate/sqlerr"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// FuzzSQL plans any text as somebody with row filters and denied columns. Every outcome is a plan or an error with an SQLSTATE that is
// no internal one, and no store is sent the name of a column that the person may not read.
func FuzzSQL(f *testing.F) {
	for _, pattern := range []string{"../testdata/slt/queries/*.slt", "../testdata/sessions/*.sql"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatal("no seeds", err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			for _, block := range strings.Split(string(text), "\n\n") {
				_, sql, _ := strings.Cut(block, "\n")
				sql, _, _ = strings.Cut(sql, "\n----")
				f.Add(sql)
			}
		}
	}
	files, in := goldenMesh(f)
	in.Principal = principal(f, files, "ann")
	f.Fuzz(func(t *testing.T, sql string) {
		statements, err := planner.Parse(sql)
		if err != nil {
			expectState(t, sql, err)
			return
		}
		for _, s := range statements {
			if !s.IsQuery() {
				continue
			}
			p, err := planner.Make(in, s)
			if err != nil {
				expectState(t, sql, err)
				continue
			}
			for _, r := range p.Remotes {
				if strings.Contains(r.SQL, "social_no") {
					t.Errorf("%s\nsends a denied column: %s", sql, r.SQL)
				}
			}
			p.Explain().Lines()
		}
	})
}

func expectState(t *testing.T, sql string, err error) {
	t.Helper()
	if e := sqlerr.From(err); e.Code == sqlerr.InternalError || len(e.Code) != 5 {
		t.Errorf("%s\nfails with %v", sql, err)
	}
}
