package conformance

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/internal/teststores"
	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

// suite is one run over a dialect.
type suite struct {
	h      *Harness
	d      *connectors.Dialect
	owner  *testing.T // the test that tables live as long as
	oracle *pgx.Conn
	tables map[string]*table
	made   int // tables so far, for their names
	args   []connectors.Arg
}

// table holds operands, at the store and in PostgreSQL.
type table struct {
	types  []catalog.Type
	rows   [][]pgvalue.Value
	oracle string
	store  Table
}

func newSuite(t *testing.T, h *Harness) *suite {
	t.Helper()
	conn, _ := teststores.NewPostgres(t)
	s := &suite{h: h, d: h.Dialect, owner: t, oracle: conn, tables: map[string]*table{}}
	for _, sql := range []string{
		"SET TimeZone = 'UTC'", "SET DateStyle = 'ISO, MDY'", "SET IntervalStyle = 'postgres'",
		"SET client_min_messages = error", "SET statement_timeout = '30s'",
	} {
		if _, err := conn.Exec(context.Background(), sql); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// entry evaluates one entry in all the operations that it stands for.
func (s *suite) entry(t *testing.T, key string) {
	found := &findings{}
	s.evaluate(t, key, found)
	reason, allowed := s.h.Differs[key]
	switch {
	case allowed && len(found.list) == 0:
		t.Errorf("Differs has a line that is not needed: %s", reason)
	case !allowed:
		found.report(t)
	}
}

func (s *suite) evaluate(t *testing.T, key string, found *findings) {
	l := s.d.Ops[key]
	if strings.Contains(l.SQL, "{filter}") || strings.Contains(l.SQL, "{distinct}") {
		if !s.aggregate(t, key, l, found) {
			found.add("the suite cannot derive operands for this aggregate")
		}
		return
	}
	var list []*operation
	if op, ok := scalar(key); ok {
		list = []*operation{op}
	} else if ops, ok := typmodOperations(key); ok {
		list = ops
	} else if ops, ok := s.syntax(key, l); ok {
		list = ops
	} else {
		found.add("the suite cannot derive operands for this entry: extend it, or give the reason in Skip")
		return
	}
	for _, op := range list {
		s.operation(t, l, op, found)
	}
}

// operation compares one operation over all its operands.
func (s *suite) operation(t *testing.T, l connectors.Lowering, op *operation, found *findings) {
	if op.run != nil {
		op.run(t, s, l, found)
		return
	}
	for _, o := range op.types {
		if !s.holds(o, nil) {
			return // no value of the type can reach the store
		}
	}
	tab := s.operands(t, op)
	if tab == nil {
		found.add("%s there are no edge values for an operand", op.name)
		return
	}
	cols := columnNames(len(op.types))
	want, result, err := s.ask(strings.ReplaceAll(op.postgres(cols), "{table}", tab.oracle), tab)
	if err != nil {
		found.add("%s PostgreSQL does not have the operation: %v", op.name, err)
		return
	}
	result.Mod = -1
	if result.OID == pgcat.Unknown {
		result.OID = pgcat.Text
	}
	if op.mod >= 0 && result.OID == pgcat.Numeric {
		result.Mod = op.mod
	}
	if op.list {
		for id, o := range want {
			want[id] = o.orEmpty()
		}
	}
	c := &comparison{s: s, l: l, op: op, tab: tab, want: want, result: result, found: found}
	if l.Fidelity == connectors.Superset {
		c.superset()
		return
	}
	if len(op.literals) > 0 {
		c.withLiterals()
		return
	}
	c.columns()
	if !op.whole {
		c.parameters()
	}
}

func (s *suite) holds(t catalog.Type, v pgvalue.Value) bool {
	return s.h.Holds == nil || s.h.Holds(t, v)
}

func columnNames(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = "c" + strconv.Itoa(i)
	}
	return out
}

// operands returns a table of combinations of operands; equal operations share one.
func (s *suite) operands(t *testing.T, op *operation) *table {
	lists := make([][]pgvalue.Value, len(op.types))
	for i, o := range op.types {
		all := values(o)
		if texts, ok := hints[op.hint][i]; ok {
			if parsed := parseAll(o, texts); len(parsed) > 1 {
				all = parsed
			}
		}
		if i < len(op.given) {
			all = op.given[i]
		}
		for _, v := range all {
			if s.holds(o, v) {
				lists[i] = append(lists[i], v)
			}
		}
		if len(lists[i]) == 0 {
			return nil
		}
	}
	limit := s.h.MaxRows
	if limit == 0 {
		limit = defaultMaxRows
	}
	if len(op.literals) > 0 {
		limit = max(limit, literalRows)
	}
	return s.table(t, op.types, combine(lists, limit))
}

// table makes a table at both places, or returns the one that holds the same.
func (s *suite) table(t *testing.T, types []catalog.Type, rows [][]pgvalue.Value) *table {
	t.Helper()
	digest := fmt.Sprintf("%v|%#v", types, rows)
	if tab := s.tables[digest]; tab != nil {
		return tab
	}
	s.made++
	tab := &table{types: types, rows: rows, oracle: "operands" + strconv.Itoa(s.made)}
	columns := []catalog.Column{{Name: "id", Physical: "id", Type: catalog.TypeOf(pgcat.Int4)}}
	for i, c := range types {
		name := "c" + strconv.Itoa(i)
		columns = append(columns, catalog.Column{Name: name, Physical: name, Type: c})
	}
	numbered := make([][]pgvalue.Value, len(rows))
	for i, row := range rows {
		numbered[i] = append([]pgvalue.Value{int64(i)}, row...)
	}
	if err := s.loadOracle(tab.oracle, columns, numbered); err != nil {
		t.Fatal(err)
	}
	tab.store = s.h.Load(s.owner, columns, numbered)
	s.tables[digest] = tab
	return tab
}

// combine returns all combinations of the lists' values, or, where there are too many, each value with its like and its neighbour,
// and a sample of the rest.
func combine(lists [][]pgvalue.Value, limit int) [][]pgvalue.Value {
	total, longest := 1, 0
	for _, l := range lists {
		total = min(total*len(l), 1<<30)
		longest = max(longest, len(l))
	}
	var out [][]pgvalue.Value
	seen := map[int]bool{}
	add := func(index int) {
		if seen[index] {
			return
		}
		seen[index] = true
		row := make([]pgvalue.Value, len(lists))
		for i, l := range lists {
			row[i] = l[index%len(l)]
			index /= len(l)
		}
		out = append(out, row)
	}
	if total <= limit {
		for i := range total {
			add(i)
		}
		return out
	}
	for step := range 3 {
		for i := range longest {
			index, weight := 0, 1
			for k, l := range lists {
				index += (i + step*k) % len(l) * weight
				weight *= len(l)
			}
			add(index)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for len(out) < limit {
		add(random.IntN(total))
	}
	return out
}

// arg stands for a parameter in a text until the text is complete.
func (s *suite) arg(a connectors.Arg) string {
	s.args = append(s.args, a)
	return "\x00" + strconv.Itoa(len(s.args)-1) + "\x00"
}

// finish writes the parameters, each use with its own number.
func (s *suite) finish(sql string) (string, []connectors.Arg) {
	var b strings.Builder
	var out []connectors.Arg
	for {
		before, rest, found := strings.Cut(sql, "\x00")
		b.WriteString(before)
		if !found {
			s.args = nil
			return b.String(), out
		}
		id, after, _ := strings.Cut(rest, "\x00")
		n, _ := strconv.Atoi(id)
		out = append(out, s.args[n])
		b.WriteString(s.d.Placeholder(len(out), s.args[n].Type))
		sql = after
	}
}

// fill writes an entry as the planner would.
func (s *suite) fill(l connectors.Lowering, operands []string, result catalog.Type, parts map[string]string) (string, error) {
	var failed error
	text := connectors.Fill(l.SQL, operands, func(name string) string {
		if p, ok := parts[name]; ok {
			return p
		}
		switch name {
		case "session":
			return s.arg(connectors.Arg{})
		case "mod":
			return strconv.Itoa(int(result.Mod))
		case "type":
			text, ok := s.d.TypeName(result)
			if !ok {
				failed = fmt.Errorf("the dialect has no name for %s", result)
			}
			return text
		}
		failed = fmt.Errorf("the entry asks for {%s}", name)
		return ""
	})
	return text, failed
}

// findings are the differences of one entry.
type findings struct{ list []string }

func (f *findings) add(format string, args ...any) {
	f.list = append(f.list, fmt.Sprintf(format, args...))
}

const reported = 8

func (f *findings) report(t *testing.T) {
	t.Helper()
	for i, line := range f.list {
		if i == reported {
			t.Errorf("… and %d more", len(f.list)-reported)
			return
		}
		t.Error(line)
	}
}

// outcome is what an operation gives: a text, NULL, or a SQLSTATE.
type outcome struct {
	text  string
	null  bool
	state sqlerr.Code
}

// orEmpty reads a list that is NULL as one of no rows.
func (o outcome) orEmpty() outcome {
	if o.null {
		return outcome{text: "{}"}
	}
	return o
}

func (o outcome) String() string {
	switch {
	case o.state != "":
		return "error " + string(o.state)
	case o.null:
		return "NULL"
	}
	return strconv.Quote(o.text)
}
