package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	withPrograms = flag.Bool("clients", false, "install the clients of testdata/clients and let them work")
	onlyPrograms = flag.String("client", "", "of the clients, those whose file's name contains this")
)

const (
	programsDir  = "../../testdata/clients"
	programsPage = "../../docs/clients.md"
)

// program is a script of testdata/clients that does a client's work. Its header says what the client is, what has to be installed for
// it, and in which steps the gateway's answers differ from PostgreSQL's.
type program struct {
	file    string
	client  string
	needs   [][]string        // kind of package, then packages
	differs map[string]string // step: reason
	steps   []string
}

var (
	headerLine = regexp.MustCompile(`(?m)^(?:#|//) (client|needs|differs): (.*)$`)
	stepCall   = regexp.MustCompile(`\bstep\("([^"]+)"`)
)

// programs reads the scripts; a file without a header is for others to share.
func programs(t *testing.T) []*program {
	t.Helper()
	files, err := filepath.Glob(programsDir + "/*.*")
	if err != nil {
		t.Fatal(err)
	}
	var out []*program
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p := &program{file: file, differs: map[string]string{}}
		for _, m := range headerLine.FindAllStringSubmatch(string(text), -1) {
			switch m[1] {
			case "client":
				p.client = m[2]
			case "needs":
				p.needs = append(p.needs, strings.Fields(m[2]))
			case "differs":
				step, reason, _ := strings.Cut(m[2], ": ")
				p.differs[step] = reason
			}
		}
		for _, m := range stepCall.FindAllStringSubmatch(string(text), -1) {
			if !slices.Contains(p.steps, m[1]) {
				p.steps = append(p.steps, m[1])
			}
		}
		if p.client != "" {
			out = append(out, p)
		}
	}
	if len(out) == 0 {
		t.Fatal("no clients in", programsDir)
	}
	return out
}

// row is the client's line in docs/clients.md.
func (p *program) row() string {
	result := "as PostgreSQL"
	for _, step := range slices.Sorted(maps.Keys(p.differs)) {
		result += "; " + step + ": " + p.differs[step]
	}
	return fmt.Sprintf("| %s | %s | %s |", p.client, strings.Join(p.steps, ", "), result)
}

// TestClientsPage: the page has a line for every client, and says of it what its script does.
func TestClientsPage(t *testing.T) {
	text, err := os.ReadFile(programsPage)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, p := range programs(t) {
		want = append(want, p.row())
		if !strings.Contains(string(text), p.row()+"\n") {
			t.Errorf("docs/clients.md lacks this line; run the client: make clients TESTFLAGS=-rewrite\n%s", p.row())
		}
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "| ") && !strings.HasPrefix(line, "| client |") && !slices.Contains(want, line) {
			t.Errorf("docs/clients.md has a line of no client's:\n%s", line)
		}
	}
}

// TestPrograms lets every client do its work against the gateway and against PostgreSQL with the same tables: what the programs print
// is the same. A client that cannot be installed here is skipped.
func TestPrograms(t *testing.T) {
	if !*withPrograms {
		t.Skip("make clients runs them")
	}
	w := newWorld(t)
	w.describeOracle(t)
	for _, p := range programs(t) {
		if !strings.Contains(filepath.Base(p.file), *onlyPrograms) {
			continue
		}
		passed := t.Run(filepath.Base(p.file), func(t *testing.T) {
			cache, err := p.install(t.Context())
			if err != nil {
				t.Skipf("%s cannot be installed here: %v", p.client, err)
			}
			p.compare(t, p.run(t, cache, w.dsn("root")), p.run(t, cache, w.oracle))
			if t.Failed() {
				return
			}
			t.Logf("%s", p.row())
		})
		if rewriting() && passed {
			p.writeRow(t)
		}
	}
}

// describeOracle tells PostgreSQL what the contracts say about tables beyond their columns. Some rows of the seed point to customers
// that are not there, which PostgreSQL would check.
func (w *world) describeOracle(t *testing.T) {
	t.Helper()
	c := connectTo(t, w.oracle)
	for _, q := range []string{
		"ALTER TABLE sales.orders ADD FOREIGN KEY (customer_id) REFERENCES sales.customers (id) NOT VALID",
		"ALTER TABLE shop.articles ADD FOREIGN KEY (brand_id) REFERENCES shop.brands (id) NOT VALID",
		"UPDATE pg_constraint SET convalidated = true",
		"COMMENT ON TABLE sales.customers IS 'One row for each customer.'",
		"COMMENT ON TABLE sales.orders IS 'One row for each order.'",
		"COMMENT ON COLUMN sales.customers.id IS 'The customer''s number.'",
	} {
		if a := ask(c, q); a.code != "" {
			t.Fatal(q, a)
		}
	}
}

// run runs the script against a server and returns what each step printed.
func (p *program) run(t *testing.T, cache, dsn string) map[string]string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	cmd := p.command(ctx, cache)
	cmd.Env = append(os.Environ(), "PGPASSWORD=none", "CLIENT_ROOT="+filepath.Join(cache, "root"), "LD_LIBRARY_PATH="+libraries(cache), "NODE_PATH="+filepath.Join(cache, "node_modules"),
		"PATH="+filepath.Join(cache, "venv", "bin")+":"+os.Getenv("PATH"), "PYTHONDONTWRITEBYTECODE=1", "PYTHONWARNINGS=ignore", "CLIENT_TMP="+t.TempDir(), "PGSSLMODE=disable", "TZ=UTC")
	database := ""
	for _, setting := range strings.Fields(dsn) {
		name, value, _ := strings.Cut(setting, "=")
		variable := map[string]string{"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}[name]
		if variable != "" {
			cmd.Env = append(cmd.Env, variable+"="+value)
		}
		if name == "dbname" {
			database = value
		}
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Run(); err != nil {
		t.Errorf("%s against %s: %v\n%s", p.client, database, errors.Join(err, ctx.Err()), out.String())
	}
	steps := map[string]string{}
	step := ""
	for line := range strings.Lines(strings.ReplaceAll(out.String(), database, "acme")) {
		if name, ok := strings.CutPrefix(line, "== "); ok {
			step = strings.TrimSpace(name)
			steps[step] += "" // which is there even if nothing follows
			continue
		}
		steps[step] += line
	}
	return steps
}

// compare holds the gateway's steps against PostgreSQL's.
func (p *program) compare(t *testing.T, got, want map[string]string) {
	t.Helper()
	for _, step := range p.steps {
		if _, ok := want[step]; !ok {
			t.Errorf("step %q does not happen against PostgreSQL", step)
		}
	}
	for step := range p.differs {
		if !slices.Contains(p.steps, step) {
			t.Errorf("step %q is said to differ and does not exist", step)
		}
	}
	for _, step := range slices.Sorted(maps.Keys(want)) {
		reason, known := p.differs[step]
		same := got[step] == want[step]
		switch {
		case strings.Contains(want[step], "error:"):
			_, message, _ := strings.Cut(want[step], "error:")
			t.Errorf("step %q fails against PostgreSQL:\n%s", step, message)
		case same && known:
			t.Errorf("step %q is said to differ (%s), and does not", step, reason)
		case !same && !known:
			t.Errorf("step %q:\n%s", step, parting(got[step], want[step]))
		}
	}
	for step := range got {
		if _, ok := want[step]; !ok {
			t.Errorf("step %q does not happen against PostgreSQL:\n%s", step, got[step])
		}
	}
}

// parting shows where two texts part: every line, if they have as many, and else where they begin to.
func parting(got, want string) string {
	const shown = 8
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	var out []string
	for i := range max(len(g), len(w)) {
		if i < len(g) && i < len(w) && g[i] == w[i] {
			continue
		}
		if len(g) != len(w) {
			return fmt.Sprintf("line %d\n%s\nPostgreSQL:\n%s", i+1, strings.Join(g[min(i, len(g)):min(i+shown, len(g))], "\n"), strings.Join(w[min(i, len(w)):min(i+shown, len(w))], "\n"))
		}
		if out = append(out, fmt.Sprintf("%s\nPostgreSQL: %s", g[i], w[i])); len(out) == shown {
			break
		}
	}
	return strings.Join(out, "\n")
}

// writeRow puts the client's line into docs/clients.md, in the place of the line it had.
func (p *program) writeRow(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile(programsPage)
	if err != nil {
		t.Fatal(err)
	}
	head, table, _ := strings.Cut(string(text), "|---|---|---|\n")
	rows := map[string]string{}
	known := map[string]bool{}
	for _, other := range programs(t) {
		known[strings.Fields(other.client)[0]] = true
	}
	table, rest, found := strings.Cut(table, "\n\n")
	if table += "\n"; found {
		rest = "\n" + rest
	}
	for line := range strings.Lines(table) {
		if name := strings.Fields(strings.TrimPrefix(line, "| ")); len(name) > 0 && known[name[0]] {
			rows[name[0]] = line
		}
	}
	rows[strings.Fields(p.client)[0]] = p.row() + "\n"
	sorted := slices.SortedFunc(maps.Keys(rows), func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	var b strings.Builder
	b.WriteString(head + "|---|---|---|\n")
	for _, name := range sorted {
		b.WriteString(rows[name])
	}
	b.WriteString(rest)
	if err := os.WriteFile(programsPage, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
