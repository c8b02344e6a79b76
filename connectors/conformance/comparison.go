package conformance

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgarrow"
	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

// comparison holds what PostgreSQL gives against what the store gives.
type comparison struct {
	s      *suite
	l      connectors.Lowering
	op     *operation
	tab    *table
	want   map[int]outcome
	result catalog.Type
	found  *findings
}

// failuresTried is how many rows of each SQLSTATE are tried: each takes a query of its own.
const failuresTried = 4

// columns compares with all operands read from the table.
func (c *comparison) columns() {
	operands := make([]string, len(c.tab.types))
	for i := range operands {
		operands[i] = c.s.column(c.tab, i)
	}
	c.run(operands, c.ids(func(o outcome) bool { return o.state == "" }), "")
	tried := map[sqlerr.Code]int{}
	for _, id := range c.ids(func(o outcome) bool { return o.state != "" }) {
		state := c.want[id].state
		if tried[state]++; tried[state] <= failuresTried {
			c.run(operands, []int{id}, "")
		}
	}
}

// parameters compares with one operand at a time as a parameter: stores type parameters otherwise than columns.
func (c *comparison) parameters() {
	for i := range c.tab.types {
		byValue := map[string][]int{}
		for _, id := range c.ids(func(o outcome) bool { return o.state == "" }) {
			digest := fmt.Sprintf("%#v", c.tab.rows[id][i])
			byValue[digest] = append(byValue[digest], id)
		}
		for n, digest := range slices.Sorted(maps.Keys(byValue)) {
			if most := c.s.h.MaxParameters; most > 0 && n >= most {
				break
			}
			ids := byValue[digest]
			operands := make([]string, len(c.tab.types))
			for k := range operands {
				operands[k] = c.s.column(c.tab, k)
			}
			v := c.tab.rows[ids[0]][i]
			operands[i] = c.s.parameter(c.tab.types[i], v)
			c.run(operands, ids, fmt.Sprintf("with operand %d as a parameter: ", i+1))
		}
	}
}

// parameter writes an operand as the planner writes a literal.
func (s *suite) parameter(t catalog.Type, v pgvalue.Value) string {
	if l, ok := s.d.Ops["null"]; v == nil && ok {
		if text, err := s.fill(l, nil, t, nil); err == nil {
			return text
		}
	}
	if b, is := v.(bool); is {
		if l, ok := s.d.Ops[strconv.FormatBool(b)]; ok {
			return l.SQL
		}
	}
	return s.arg(connectors.Arg{Type: t, Value: v})
}

func (c *comparison) ids(keep func(outcome) bool) []int {
	var out []int
	for id := range c.tab.rows {
		if keep(c.want[id]) {
			out = append(out, id)
		}
	}
	return out
}

// run asks the store for some rows and compares. Where the store fails on many rows, each is asked on its own.
func (c *comparison) run(operands []string, ids []int, how string) {
	if len(ids) == 0 {
		return
	}
	args := c.s.args
	expr, err := c.op.store(c.s, c.l, operands, c.result)
	if err != nil {
		c.found.add("%s %v", c.op.name, err)
		c.s.args = nil
		return
	}
	got, err := c.s.eval(strings.ReplaceAll(expr, "{table}", c.s.from(c.tab)), c.tab, ids, c.result)
	if err != nil && len(ids) > 1 && !c.op.whole {
		for _, id := range ids {
			c.s.args = args
			c.run(operands, []int{id}, how)
			if len(c.found.list) > 2*reported {
				return
			}
		}
		return
	}
	for _, id := range ids {
		o := got[id]
		if err != nil {
			o = outcome{state: sqlerr.From(err).Code}
		}
		if c.op.list {
			o = o.orEmpty()
		}
		if o != c.want[id] {
			c.found.add("%s%s%s: PostgreSQL gives %s, the store %s%s", how, c.op.name, c.describe(id), c.want[id], o, causeOf(err))
		}
	}
}

func causeOf(err error) string {
	if err == nil {
		return ""
	}
	return " (" + err.Error() + ": " + sqlerr.Cause(err) + ")"
}

func (c *comparison) describe(id int) string {
	texts := make([]string, len(c.tab.types))
	for i, v := range c.tab.rows[id] {
		texts[i] = "NULL"
		if v != nil {
			texts[i] = strconv.Quote(string(fallbackFormat.AppendText(nil, c.tab.types[i].OID, v)))
		}
	}
	return "(" + strings.Join(texts, ", ") + ")"
}

// column writes a column of a table as the planner does.
func (s *suite) column(tab *table, i int) string {
	column := tab.store.Columns[i+1]
	quoted := s.d.Quote(column.Physical)
	if s.d.Column != nil {
		return s.d.Column(quoted, &column)
	}
	return quoted
}

func (s *suite) from(tab *table) string {
	if s.d.Tables != nil {
		return s.d.Tables(tab.store.Schema, tab.store.Name)
	}
	return s.d.Quote(tab.store.Schema) + "." + s.d.Quote(tab.store.Name)
}

func (s *suite) number(tab *table) string { return s.d.Quote(tab.store.Columns[0].Physical) }

// eval asks the store for an expression on some rows of a table.
func (s *suite) eval(expr string, tab *table, ids []int, result catalog.Type) (map[int]outcome, error) {
	where := ""
	if len(ids) < len(tab.rows) {
		list := make([]string, len(ids))
		for i, id := range ids {
			list[i] = strconv.Itoa(id)
		}
		where = " WHERE " + s.number(tab) + " IN (" + strings.Join(list, ", ") + ")"
	}
	return s.rows("SELECT "+s.number(tab)+", "+s.pinned(expr, result)+" FROM "+s.from(tab)+where, tab, result)
}

// pinned gives an expression of the embedded engine the type of its carrier, as the planner does.
func (s *suite) pinned(expr string, result catalog.Type) string {
	if !s.d.Decimals {
		return expr
	}
	name, ok := s.d.TypeName(result)
	if !ok {
		return expr
	}
	return "CAST(" + expr + " AS " + name + ")"
}

// rows runs a query of a number and a value.
func (s *suite) rows(sql string, tab *table, result catalog.Type) (map[int]outcome, error) {
	text, args := s.finish(sql)
	q := &connectors.Query{
		SQL: text, Args: args, Format: fallbackFormat, Expect: s.expect(tab),
		Columns: []connectors.Column{{Name: "id", Type: catalog.TypeOf(pgcat.Int4)}, {Name: "v", Type: result}},
	}
	out := map[int]outcome{}
	err := s.read(q, func(b []arrow.Array) error {
		encoder := pgarrow.NewTextEncoder(result.OID, b[1].DataType(), fallbackFormat, nil)
		encoder.Reset(b[1])
		for i := range b[0].Len() {
			id := int(b[0].(*array.Int32).Value(i))
			if encoder.IsNull(i) {
				out[id] = outcome{null: true}
			} else {
				out[id] = outcome{text: string(encoder.Append(nil, i))}
			}
		}
		return nil
	})
	return out, err
}

func (s *suite) expect(tab *table) []connectors.Expectation {
	e := connectors.Expectation{Schema: tab.store.Schema, Table: tab.store.Name}
	for _, c := range tab.store.Columns {
		e.Columns = append(e.Columns, c.Physical)
	}
	return []connectors.Expectation{e}
}

// evaluationLimit ends an evaluation that would never end.
const evaluationLimit = 30 * time.Second

// read runs a query and hands over each batch.
func (s *suite) read(q *connectors.Query, each func(columns []arrow.Array) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), evaluationLimit)
	defer cancel()
	r, err := s.h.Query(ctx, q)
	if err != nil {
		return fmt.Errorf("%s: %w", q.SQL, err)
	}
	defer r.Release()
	for r.Next() {
		if err := each(r.RecordBatch().Columns()); err != nil {
			return err
		}
	}
	if err := r.Err(); err != nil {
		return fmt.Errorf("%s: %w", q.SQL, err)
	}
	return nil
}

// superset checks that the store's filter keeps at least PostgreSQL's rows.
func (c *comparison) superset() {
	operands := make([]string, len(c.tab.types))
	for i := range operands {
		operands[i] = c.s.column(c.tab, i)
	}
	expr, err := c.op.store(c.s, c.l, operands, c.result)
	if err != nil {
		c.found.add("%s %v", c.op.name, err)
		return
	}
	text, args := c.s.finish("SELECT " + c.s.number(c.tab) + " FROM " + c.s.from(c.tab) + " WHERE " + expr)
	kept := map[int]bool{}
	q := &connectors.Query{
		SQL: text, Args: args, Format: fallbackFormat, Expect: c.s.expect(c.tab),
		Columns: []connectors.Column{{Name: "id", Type: catalog.TypeOf(pgcat.Int4)}},
	}
	err = c.s.read(q, func(columns []arrow.Array) error {
		for i := range columns[0].Len() {
			kept[int(columns[0].(*array.Int32).Value(i))] = true
		}
		return nil
	})
	if err != nil {
		c.found.add("%s %v", c.op.name, err)
		return
	}
	for id, o := range c.want {
		if o.text == "t" && !kept[id] {
			c.found.add("%s%s: PostgreSQL keeps the row, the store does not", c.op.name, c.describe(id))
		}
	}
}
