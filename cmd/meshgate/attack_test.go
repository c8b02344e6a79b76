package main

import (
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// attack is a block of an .attack file: a line with the classes that it is of and what it tries, then its steps.
type attack struct {
	classes []string
	name    string
	as      []string // who tries; empty = everybody
	steps   []attackStep
}

// attackStep is a message, or several; see attacker.step. Its line may hold $D, a domain, $T, its table people, $S, its table shifts, and
// $V, which nobody may see. Lines after it say more:
//
//	=> 42501       the SQLSTATE, for those who may query the table at all
//	=> refused     any error
//	=> ok          no error
//	=> none        no rows
//	=> no hint     an error without a hint
//	=> hint a      an error with this hint
//	=> rows a|b    these rows, one in each line like this
//	as: ann bob    who is held to it
//	known: why     something hidden shows, or an error is wrong; a step that does what it should must not say so
type attackStep struct {
	line   string
	expect []string
	as     []string
	known  string
	at     string
}

var attackHead = regexp.MustCompile(`^((?:[A-L][0-9]*) )+`)

func parseAttacks(t testing.TB) []*attack {
	t.Helper()
	files, err := filepath.Glob(attackDir + "/*.attack")
	if err != nil || len(files) == 0 {
		t.Fatal("no attacks", err)
	}
	var out []*attack
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var a *attack
		for n, line := range strings.Split(string(text), "\n") {
			at := fmt.Sprintf("%s:%d", filepath.Base(file), n+1)
			expect, isExpect := strings.CutPrefix(line, "=> ")
			as, isAs := strings.CutPrefix(line, "as: ")
			known, isKnown := strings.CutPrefix(line, "known: ")
			switch {
			case line == "":
				a = nil
			case strings.HasPrefix(line, "#"):
			case a == nil:
				head := attackHead.FindString(line)
				if head == "" {
					t.Fatalf("%s: %q names no class", at, line)
				}
				a = &attack{classes: strings.Fields(head), name: line[len(head):]}
				out = append(out, a)
			case isAs && len(a.steps) == 0:
				a.as = strings.Fields(as)
			case (isAs || isKnown || isExpect) && len(a.steps) > 0:
				s := &a.steps[len(a.steps)-1]
				switch {
				case isExpect:
					s.expect = append(s.expect, expect)
				case isKnown:
					s.known = known
				default:
					s.as = strings.Fields(as)
				}
			default:
				a.steps = append(a.steps, attackStep{line: line, at: at})
			}
		}
	}
	return out
}

// attackRun is a user who tries everything on the products of one domain.
type attackRun struct {
	user, domain string
	first        int // which form of EXPLAIN goes with the first query; the others follow in turn
}

// explainForms are tried in turn, so that every query meets each of them over one kind of store or another.
var explainForms = []string{"EXPLAIN (ANALYZE) ", "EXPLAIN ", "EXPLAIN (ANALYZE, FORMAT json) ", "EXPLAIN (GOVERNANCE) ", "EXPLAIN (FORMAT json) "}

func attackRuns() []attackRun {
	out := []attackRun{{"bob", "maria", 3}, {"bob", "flat", 0}, {"mia", "maria", 0}, {"dee", "duck", 0}, {"eve", "post", 0}}
	for i, d := range attackDomains {
		out = append(out, attackRun{"ann", d, i})
	}
	return out
}

var queryStart = regexp.MustCompile(`(?i)^(select|with|table|values)\b[^;]*$`)

func (r attackRun) sql(line string) string {
	return strings.NewReplacer("$T", r.domain+".people", "$S", r.domain+".shifts", "$V", r.domain+".vault", "$D", r.domain).Replace(line)
}

// try runs all steps of an attack and hands over what each of them brought.
func (r attackRun) try(c *attacker, a *attack, tell func(s *attackStep, form string, h *heard)) {
	n := 0
	for i := range a.steps {
		s := &a.steps[i]
		line := r.sql(s.line)
		h := c.step(line)
		tell(s, line, h)
		if !queryStart.MatchString(line) {
			continue
		}
		form := explainForms[(n+r.first)%len(explainForms)]
		tell(s, form+line, c.step(form+line))
		n++
	}
	c.step("ROLLBACK")
	if h := c.step("DISCARD ALL"); h.code != "" {
		panic("a session is not its own any more: " + h.text.String())
	}
}

// holds says what is wrong with a step's answer; empty = nothing.
func (s *attackStep) holds(user string, h *heard) string {
	var rows []string
	for _, want := range s.expect {
		hint, isHint := strings.CutPrefix(want, "hint ")
		switch row, isRows := strings.CutPrefix(want, "rows "); {
		case isHint && hint == h.hint, want == "no hint" && h.code != "" && h.hint == "":
		case isRows:
			rows = append(rows, strings.ReplaceAll(row, "|", "\t"))
		case want == "refused" && h.code != "", want == "ok" && h.code == "", want == h.code:
		case want == "none" && h.code == "" && len(h.rows) == 0:
		default:
			return "expected " + want
		}
	}
	if rows != nil && (h.code != "" || !slices.Equal(rows, h.rows)) {
		return "expected " + strings.Join(rows, "; ")
	}
	if h.code == "XX000" || h.code == "connection" && user != "eve" && !slices.Contains(s.expect, "refused") {
		return "an internal error"
	}
	return ""
}

// TestAttackClasses holds that every class of the catalogue is tried, or that the table says why not.
func TestAttackClasses(t *testing.T) {
	tried := map[string]bool{}
	for _, a := range parseAttacks(t) {
		for _, c := range a.classes {
			tried[c] = true
		}
	}
	table, err := os.ReadFile(attackDir + "/README.md")
	if err != nil {
		t.Fatal(err)
	}
	catalogue := map[string]int{"A": 21, "B": 14, "C": 16, "D": 20, "E": 12, "F": 14, "G": 0, "H": 12, "I": 12, "J": 20, "K": 8, "L": 17}
	for letter, n := range catalogue {
		for i := min(1, n); i <= n; i++ {
			class := letter
			if n > 0 {
				class = fmt.Sprintf("%s%d", letter, i)
			}
			if told := strings.Contains(string(table), "\n| "+class+" |"); told == tried[class] {
				t.Errorf("%s: tried %t, in the table %t", class, tried[class], told)
			}
		}
	}
	t.Logf("%d classes are tried", len(tried))
}

// attackedWorld is a mesh over one of the variants.
type attackedWorld struct {
	*world
	*variant
	rows []person
}

// TestAttacks runs testdata/attacks as several users over all kinds of stores, and over two variants of the rows that differ only in
// what these users may not see. An attack is refused or shows nothing hidden: none of its texts anywhere, and no difference between the
// variants, in rows, errors, notices and plans. The log, the metrics, the audit log, standard output and files show no hidden text either.
func TestAttacks(t *testing.T) {
	printed := captureOutput(t)
	attacks := parseAttacks(t)
	var worlds []*attackedWorld
	for _, v := range variants() {
		rows := v.people()
		worlds = append(worlds, &attackedWorld{newAttackWorld(t, rows), v, rows})
	}
	for _, w := range worlds {
		w.expectCanaries(t)
	}
	problems := map[string][]string{}
	for _, r := range attackRuns() {
		var texts [2]map[string]string
		var wrong [2][]stepProblem
		var both sync.WaitGroup
		for i, w := range worlds {
			c := openAttacker(t, w.dsn(r.user))
			both.Go(func() {
				defer c.close()
				texts[i], wrong[i] = w.attackAs(c, r, attacks)
			})
		}
		both.Wait()
		for _, p := range slices.Concat(wrong[0], wrong[1]) {
			problems[p.at] = append(problems[p.at], p.text)
		}
		for at, text := range texts[0] {
			if other := texts[1][at]; text != other {
				key, form, _ := strings.Cut(at, "\x00")
				problems[key] = append(problems[key], fmt.Sprintf("%s: %s\ndiffers with what is hidden:\n%s\n%s", r.user, form, text, other))
			}
		}
	}
	for _, a := range attacks {
		for i := range a.steps {
			s := &a.steps[i]
			found := problems[s.at]
			switch {
			case s.known != "" && len(found) == 0:
				t.Errorf("%s: %s\ndoes what it should, and is known not to: %s", s.at, s.line, s.known)
			case s.known == "" && len(found) > 0:
				t.Errorf("%s (%s): %d times, first %s", s.at, strings.Join(a.classes, " "), len(found), found[0])
			}
		}
	}
	for _, w := range worlds {
		w.expectNothingElsewhere(t, printed)
	}
}

// attackAs runs all attacks as one user, and returns all that came out, by place and statement.
func (w *attackedWorld) attackAs(c *attacker, r attackRun, attacks []*attack) (out map[string]string, wrong []stepProblem) {
	hidden := w.hiddenFrom(r.user, w.rows)
	names := strings.NewReplacer(w.vars["MY_DATABASE"], "DATABASE", w.vars["PG_DATABASE"], "DATABASE")
	out = map[string]string{}
	for _, a := range attacks {
		if len(a.as) > 0 && !slices.Contains(a.as, r.user) {
			continue
		}
		r.try(c, a, func(s *attackStep, sql string, h *heard) {
			text := h.text.String()
			problem := ""
			plain := sql == r.sql(s.line)
			if held := slices.Contains(s.as, r.user) || len(s.as) == 0 && (r.user != "eve" || slices.Contains(a.as, r.user)); held && plain {
				problem = s.holds(r.user, h)
			}
			for _, secret := range hidden {
				if strings.Contains(text, secret) && !strings.Contains(sql, secret) {
					problem = "shows " + secret
				}
			}
			if problem != "" {
				wrong = append(wrong, stepProblem{s.at, fmt.Sprintf("%s: %s\n%s:\n%s", r.user, sql, problem, text)})
			}
			out[s.at+"\x00"+sql] = measures.ReplaceAllString(names.Replace(text), "#")
		})
	}
	return out, wrong
}

// stepProblem is what is wrong with the answer to a step.
type stepProblem struct{ at, text string }

// expectCanaries holds that what is looked for is there to be found: root sees it.
func (w *attackedWorld) expectCanaries(t *testing.T) {
	t.Helper()
	c := openAttacker(t, w.dsn("root"))
	defer c.close()
	for _, d := range attackDomains {
		all := c.step("SELECT * FROM " + d + ".people").text.String()
		for _, user := range slices.Sorted(maps.Keys(attackCountries)) {
			for _, secret := range w.hiddenFrom(user, w.rows) {
				if !strings.Contains(all, secret) && !slices.Contains([]string{"social_no", "vlt_t", "ppl_t"}, secret) {
					t.Fatalf("%s is nowhere in %s.people", secret, d)
				}
			}
		}
	}
}

// expectNothingElsewhere looks into everything that the gateway writes besides answers.
func (w *attackedWorld) expectNothingElsewhere(t *testing.T, printed func() string) {
	t.Helper()
	r, err := http.Get("http://127.0.0.1:" + w.vars["HTTP_PORT"] + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	metrics, err := io.ReadAll(r.Body)
	if err != nil || r.Body.Close() != nil || !strings.Contains(string(metrics), "meshgate_queries_total") {
		t.Error("metrics:", err)
	}
	http.DefaultClient.CloseIdleConnections()
	w.stop()
	audit, err := os.ReadFile(w.auditFile())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(w.log.String(), "user=ann") || !strings.Contains(string(audit), `"user":"ann"`) {
		t.Error("the log or the audit log tells nothing of the queries")
	}
	texts := map[string]string{"log": w.log.String(), "metrics": string(metrics), "audit log": string(audit), "standard output": printed()}
	for _, folder := range []string{"spill"} {
		err := filepath.WalkDir(filepath.Join(w.dir, folder), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			texts[path] = string(text)
			return err
		})
		if err != nil && !os.IsNotExist(err) {
			t.Error(err)
		}
	}
	// The log holds texts of the stores, such as errors over values that somebody may see.
	secrets := []string{password, w.vars["VERIFIER"], "a key of the attacks"}
	for _, secret := range w.hiddenFrom("dee", w.rows) {
		if slices.Contains(w.hiddenFrom("ann", w.rows), secret) && slices.Contains(w.hiddenFrom("bob", w.rows), secret) {
			secrets = append(secrets, secret)
		}
	}
	for where, text := range texts {
		for line := range strings.Lines(text) {
			line = ownStatement.ReplaceAllString(line, "")
			for _, secret := range secrets {
				// root's own queries name the column to the store.
				if strings.Contains(line, secret) && !(secret == "social_no" && strings.Contains(line, `"user":"root"`)) {
					t.Errorf("the %s shows %s:\n%s", where, secret, line)
				}
			}
		}
	}
}

// ownStatement is what the audit log repeats of somebody's own words.
var ownStatement = regexp.MustCompile(`"statement":\{"text":"(\\"|[^"])*"`)

// captureOutput takes everything that this process prints, also what C code does, until the test ends.
func captureOutput(t *testing.T) func() string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "output")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	saved, err := syscall.Dup(1)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Dup3(int(f.Fd()), 1, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Dup3(saved, 1, 0); err != nil {
			t.Error(err)
		}
		if err := syscall.Close(saved); err != nil {
			t.Error(err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return func() string {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
}
