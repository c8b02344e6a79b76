package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"meshgate/sqlerr"
)

// rewriting says that the results of plain PostgreSQL are to be written into the files of testdata/slt/queries, and so on. The flag is
// datadriven's, which the wire scripts bring along.
func rewriting() bool { return flag.Lookup("rewrite").Value.String() == "true" }

// record is a query of an slt file: `query [rowsort] [only REASON]`, or `error SQLSTATE`, then the SQL, ---- and the rows.
//
// `refused` marks a query that the gateway refuses with 0A000, with pushdown or without; the comment before it says why. `text`
// leaves the binary form out. An error's text, detail, hint and place are PostgreSQL's too; `rows` leaves them out where PostgreSQL's text
// quotes a row's value, which the gateway does not, or a store computes it, `place` its place alone. `only` marks an answer that differs from PostgreSQL's by design, with the reason; it is then compared with the file alone.
type record struct {
	comment string // lines before it
	head    string
	sql     string
	want    string
	line    int
}

func parseSLT(t testing.TB, file string) []record {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []record
	line := 1
	for _, block := range strings.Split(string(text), "\n\n") {
		r := record{line: line}
		line += strings.Count(block, "\n") + 2
		lines := strings.Split(strings.TrimSuffix(strings.TrimPrefix(block, "\n"), "\n"), "\n")
		for len(lines) > 0 && (strings.HasPrefix(lines[0], "#") || lines[0] == "") {
			r.comment += lines[0] + "\n"
			lines = lines[1:]
		}
		if len(lines) == 0 {
			if r.comment != "" && r.comment != "\n" {
				out = append(out, r)
			}
			continue
		}
		r.head = lines[0]
		sql, want, _ := strings.Cut(strings.Join(lines[1:], "\n"), "\n----")
		r.sql, r.want = sql, strings.TrimPrefix(want, "\n")
		out = append(out, r)
	}
	return out
}

func (r *record) has(word string) bool { return slices.Contains(strings.Fields(r.head), word) }

// code is the SQLSTATE that an error record expects.
func (r *record) code() string {
	code, ok := strings.CutPrefix(r.head, "error ")
	if !ok {
		return ""
	}
	return strings.Fields(code)[0]
}

func writeSLT(t testing.TB, file string, list []record) {
	t.Helper()
	var b strings.Builder
	for i, r := range list {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(r.comment)
		if r.head == "" {
			continue
		}
		b.WriteString(r.head + "\n" + r.sql + "\n----\n")
		if r.want != "" {
			b.WriteString(r.want + "\n")
		}
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestSLT runs every query with pushdown, without, with every dynamic filter that can be, and in plain PostgreSQL with the same rows; values, types, order and SQLSTATE
// are the same, as text and in binary.
func TestSLT(t *testing.T) {
	w := newWorld(t)
	refused := 0
	eachFile(t, w, "root", w.oracle, func(t *testing.T, r *record, at string, s *sltSessions) {
		if r.has("refused") {
			refused++
		}
		r.expect(t, at, s)
		r.compare(t, at, s)
	})
	text, err := os.ReadFile("../../docs/differences.md")
	if err != nil {
		t.Fatal(err)
	}
	if said := fmt.Sprintf("%d are refused", refused); !rewriting() && !strings.Contains(string(text), said) {
		t.Errorf("docs/differences.md does not say that %s", said)
	}
}

// TestGovernedSLT runs the same queries as somebody with row filters, masks and denied columns. The answers are those of a plain
// PostgreSQL whose tables hold nothing but what that person may see.
func TestGovernedSLT(t *testing.T) {
	if rewriting() {
		t.Skip("the files hold the answers to all rows")
	}
	w := newWorld(t)
	eachFile(t, w, "ann", w.governedOracle(t), func(t *testing.T, r *record, at string, s *sltSessions) {
		if !r.has("only") && !r.has("refused") {
			r.compare(t, at, s)
		}
	})
}

// sltSessions are where a query is asked: the gateway with pushdown and without, and PostgreSQL.
type sltSessions struct{ on, off, eager, oracle *pgconn.PgConn }

func eachFile(t *testing.T, w *world, user, oracle string, check func(*testing.T, *record, string, *sltSessions)) {
	t.Helper()
	files, err := filepath.Glob(sltDir + "/queries/*.slt")
	if err != nil || len(files) == 0 {
		t.Fatal("no slt files", err)
	}
	s := &sltSessions{w.connect(t, user), w.connect(t, user), w.connect(t, user), connectTo(t, oracle)}
	for _, setting := range []string{"SET timezone = 'UTC'", "SET datestyle = 'ISO, MDY'", "SET default_transaction_read_only = on"} {
		ask(s.oracle, setting)
	}
	for c, mode := range map[*pgconn.PgConn]string{s.off: "off", s.eager: "eager"} {
		if a := ask(c, "SET mesh.pushdown = "+mode); a.code != "" {
			t.Fatal(a)
		}
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".slt"), func(t *testing.T) {
			list := parseSLT(t, file)
			for i := range list {
				if r := &list[i]; r.head != "" {
					check(t, r, fmt.Sprintf("%s:%d", filepath.Base(file), r.line), s)
				}
			}
			if rewriting() {
				writeSLT(t, file, list)
			}
			if t.Failed() {
				t.Log(w.log.causes())
			}
		})
	}
}

func (r *record) order(a answer) answer {
	if r.has("rowsort") {
		return a.sorted()
	}
	return a
}

// truth is what PostgreSQL answers, or the gateway itself where the answers differ by design.
func (r *record) truth(s *sltSessions) answer {
	if r.has("only") {
		return r.order(ask(s.on, r.sql))
	}
	return r.order(ask(s.oracle, r.sql))
}

// expect holds PostgreSQL's answer against the file.
func (r *record) expect(t *testing.T, at string, s *sltSessions) {
	want := r.truth(s)
	if rewriting() {
		r.want = want.String()
		if want.code != "" {
			r.want = ""
			if words := strings.Fields(r.head); !r.has("only") {
				r.head = "error " + want.code
				for _, word := range words {
					if word == "rows" || word == "place" {
						r.head += " " + word
					}
				}
			}
		}
	}
	if r.code() != want.code {
		t.Errorf("%s: %s\nexpected SQLSTATE %q, PostgreSQL says %s", at, r.sql, r.code(), want)
	}
	if r.code() == "" && r.want != want.String() {
		t.Errorf("%s: %s\nexpected\n%s\ngot\n%s", at, r.sql, r.want, want)
	}
}

// compare holds the gateway's answers against PostgreSQL's.
func (r *record) compare(t *testing.T, at string, s *sltSessions) {
	want := r.truth(s)
	refused := false
	for name, c := range map[string]*pgconn.PgConn{"with pushdown": s.on, "without pushdown": s.off, "with all dynamic filters": s.eager} {
		got := r.order(ask(c, r.sql))
		if r.has("refused") && got.code == string(sqlerr.FeatureNotSupported) {
			refused = true
			continue
		}
		if !got.same(want) {
			t.Errorf("%s: %s\n%s:\n%s\nPostgreSQL:\n%s", at, r.sql, name, got, want)
		} else if value := quotedBy(want.message); r.has("rows") && value != "" && strings.Contains(got.message+got.rest, value) {
			t.Errorf("%s: %s\n%s: %s\nquotes a value of a row", at, r.sql, name, got)
		} else if !r.has("rows") && (got.message != want.message || !r.has("place") && got.rest != want.rest) {
			t.Errorf("%s: %s\n%s:\n%s%s\nPostgreSQL:\n%s%s", at, r.sql, name, got, got.rest, want, want.rest)
		}
	}
	if r.has("refused") && !refused {
		t.Errorf("%s: %s\nis not refused any more", at, r.sql)
	}
	if r.has("only") || r.has("text") || refused || want.code != "" {
		return
	}
	if got, want := binaryRows(s.on, r.sql), binaryRows(s.oracle, r.sql); !sameRows(got, want, r.has("rowsort")) {
		t.Errorf("%s: %s\nbinary form differs:\n%x\nPostgreSQL:\n%x", at, r.sql, got, want)
	}
}

// quotedBy is what a message quotes, or empty.
func quotedBy(message string) string {
	first, last := strings.IndexByte(message, '"'), strings.LastIndexByte(message, '"')
	if last <= first {
		return ""
	}
	return message[first+1 : last]
}

// binaryRows runs a query by the extended protocol and returns its rows in binary form.
func binaryRows(c *pgconn.PgConn, sql string) [][]byte {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	r := c.ExecParams(ctx, sql, nil, nil, nil, []int16{1})
	var out [][]byte
	for r.NextRow() {
		var row []byte
		for _, v := range r.Values() {
			row = append(append(append(row, byte(len(v)), byte(len(v)>>8)), v...), map[bool]byte{true: 1}[v == nil])
		}
		out = append(out, row)
	}
	if _, err := r.Close(); err != nil {
		return [][]byte{[]byte(err.Error())}
	}
	return out
}

func sameRows(a, b [][]byte, sorted bool) bool {
	if sorted {
		slices.SortFunc(a, bytes.Compare)
		slices.SortFunc(b, bytes.Compare)
	}
	return slices.EqualFunc(a, b, bytes.Equal)
}
