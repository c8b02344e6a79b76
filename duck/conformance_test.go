package duck

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/connectors/conformance"
	"meshgate/pgarrow"
	"meshgate/pgvalue"
)

// operands are the tables of the conformance suite: the engine reads them as the rows of stores.
type operands struct {
	db     *DB
	tables map[string]arrow.RecordBatch
}

func (o *operands) load(t testing.TB, columns []catalog.Column, rows [][]pgvalue.Value) conformance.Table {
	t.Helper()
	fields := make([]arrow.Field, len(columns))
	for i, c := range columns {
		fields[i] = pgarrow.Field(c.Name, c.Type.OID, c.Type.Mod)
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema(fields, nil))
	defer b.Release()
	for _, row := range rows {
		for i, v := range row {
			if err := pgarrow.Append(b.Field(i), v); err != nil {
				t.Fatal(err)
			}
		}
	}
	name := fmt.Sprintf("o%d", len(o.tables))
	o.tables[name] = b.NewRecordBatch()
	return conformance.Table{Name: name, Columns: columns}
}

func (o *operands) query(ctx context.Context, q *connectors.Query) (array.RecordReader, error) {
	d := &Query{SQL: q.SQL, Schema: connectors.Schema(q.Columns), Session: &Session{Format: q.Format}}
	for _, e := range q.Expect {
		// A name that comes twice, in a subquery, needs a stream for each: the first one is materialized.
		batch := o.tables[e.Table]
		r, err := array.NewRecordReader(batch.Schema(), []arrow.RecordBatch{batch})
		if err != nil {
			return nil, err
		}
		d.Inputs = append(d.Inputs, Input{Name: "s_" + e.Table, Reader: r, Rows: float64(batch.NumRows())})
		d.With = append(d.With, connectors.QuoteDouble(e.Table)+" AS MATERIALIZED (SELECT * FROM s_"+e.Table+")")
	}
	for _, a := range q.Args {
		d.Args = append(d.Args, Arg{OID: a.Type.OID, Value: a.Value, Carrier: pgarrow.Carrier(a.Type.OID, a.Type.Mod), Session: a.Type.OID == 0})
	}
	return o.db.Query(ctx, memory.DefaultAllocator, d)
}

// holds leaves out what cannot enter the engine.
func holds(t catalog.Type, v pgvalue.Value) bool {
	switch v := v.(type) {
	case pgvalue.Array:
		return v.IsPlain()
	case pgvalue.Numeric:
		return v.IsFinite() || t.Mod < 0
	}
	return true
}

// TestConformance evaluates the dialect's entries in the engine and in PostgreSQL.
func TestConformance(t *testing.T) {
	d := typedDialect()
	skip := map[string]string{}
	for key, l := range d.Ops {
		for part, reason := range notEvaluated {
			if strings.Contains(key, part) || strings.HasPrefix(part, "sql:") && strings.Contains(l.SQL, part[4:]) {
				skip[key] = reason
			}
		}
	}
	known := map[string]string{}
	for key, reason := range differs {
		for _, k := range expand(key) {
			known[k] = reason
		}
	}
	o := &operands{db: open(t, Options{Threads: 2}), tables: map[string]arrow.RecordBatch{}}
	conformance.Run(t, &conformance.Harness{Dialect: d, Load: o.load, Query: o.query, Holds: holds, Skip: skip, Differs: known, MaxRows: 120, MaxParameters: 3})
}

// expand writes a key for each of the words between bars: "a |b|c| d".
func expand(key string) []string {
	before, rest, found := strings.Cut(key, "|")
	if !found {
		return []string{key}
	}
	end := strings.LastIndexByte(rest, '|')
	var out []string
	for _, word := range strings.Split(rest[:end], "|") {
		out = append(out, before+word+rest[end+1:])
	}
	return out
}

// typedDialect has an entry for each of some types in place of one that takes values of any types.
func typedDialect() *connectors.Dialect {
	d := *Dialect()
	ops := map[string]connectors.Lowering{}
	for key, l := range d.Ops {
		if l.Wrap == "" {
			ops[key] = l
			continue
		}
		name := strings.TrimSuffix(key, "(any)")
		for _, types := range anyTypes(name) {
			if typed, ok := wrapped(l, types); ok {
				ops[name+"("+strings.Join(types, ", ")+")"] = typed
			}
		}
	}
	d.Ops = ops
	return &d
}

// anyTypes are the operands with which functions of values of any types are tried: concat, to_json and the aggregate of each with
// all types, the others, which see the same forms, with some.
func anyTypes(name string) [][]string {
	elems := "bool int4 numeric float8 text timestamp jsonb"
	switch name {
	case "concat", "to_json", "to_jsonb", "array_to_json", "json_agg", "jsonb_agg":
		elems = printedElems
	}
	var out [][]string
	for _, elem := range strings.Fields(elems) {
		for _, typ := range []string{elem, elem + "[]"} {
			switch {
			case name == "array_to_json" && typ == elem:
			case strings.HasPrefix(name, "to_json"), name == "array_to_json", name == "json_agg", name == "jsonb_agg":
				out = append(out, []string{typ})
			case strings.HasSuffix(name, "object_agg"):
				out = append(out, []string{"text", typ}, []string{typ, "int4"})
			case strings.Contains(name, "object"):
				out = append(out, []string{"text", typ}, []string{typ, "bool"}, []string{"text", "int4", "name", typ})
			default:
				out = append(out, []string{"text", typ}, []string{"text", typ, "int4"})
			}
		}
	}
	return out
}

// wrapped writes an entry's form around its operands.
func wrapped(l connectors.Lowering, types []string) (connectors.Lowering, bool) {
	texts := make([]string, len(types))
	for i, typ := range types {
		w, ok := Dialect().Ops[l.Wrap+"("+typ+")"]
		if !ok {
			return l, false
		}
		texts[i] = strings.ReplaceAll(w.SQL, "{0}", fmt.Sprintf("{%d}", i))
	}
	if strings.Contains(l.SQL, "{*}") {
		return connectors.Lowering{SQL: strings.ReplaceAll(l.SQL, "{*}", strings.Join(texts, ", ")), Fidelity: l.Fidelity}, true
	}
	sql := strings.ReplaceAll(l.SQL, "{0}", texts[0])
	if len(texts) > 1 {
		sql = strings.ReplaceAll(sql, "{1}", texts[1])
	}
	return connectors.Lowering{SQL: sql, Fidelity: l.Fidelity}, true
}

// notEvaluated are entries that the suite cannot evaluate, by a part of their keys or, after "sql:", of their texts.
var notEvaluated = map[string]string{
	"sql:meshgate_call_list(":     "the session answers it",
	"sql:meshgate_act(":           "the session answers it",
	"regcollation":                "PostgreSQL shows names of its objects, which are the session's",
	"regconfig":                   "PostgreSQL shows names of its objects, which are the session's",
	"regdictionary":               "PostgreSQL shows names of its objects, which are the session's",
	"regnamespace":                "PostgreSQL shows names of its objects, which are the session's",
	"regrole":                     "PostgreSQL shows names of its objects, which are the session's",
	"pg_node_tree":                "the suite has no values of the type",
	"name[index]":                 "an array of no array type: TestCatalogFunctions",
	"jsonb_delete(jsonb, text[])": "the suite does not write VARIADIC: the operator - is the same",
	"sql:meshgate_call(":          "the session answers it",
	"distinct ":                   "the suite has no keys for DISTINCT: TestAggregatesThatTheSuiteCannotWrite",
	"typmod(":                     "the suite passes no typmod: TestTypmods",
	"json(":                       "a form of its own: the functions over it are evaluated",
	"record_out(":                 "a row has no type in the suite: rows.slt",
	"row_to_json(":                "a row has no type in the suite: rows.slt",
	"_to_record":                  "a row has no type in the suite: rows.slt",
	"(rows)":                      "arrays of rows have no type in the suite: functions.slt",
	"array[record]":               "a row has no type in the suite: functions.slt",
	"(record":                     "a row has no type in the suite: rows.slt",
	"aclitem":                     "the suite has no values of the type",
	"regclass":                    "PostgreSQL shows names of its objects, which are the session's",
	"regtype":                     "PostgreSQL shows names of its objects, which are the session's",
	"regproc":                     "PostgreSQL shows names of its objects, which are the session's",
	"cast(bpchar as":              "the suite's texts do not fit its char(8)",
	"int2vector":                  "the suite's values are none of the type",
	"vector":                      "the suite's values are none of the type",
	"sum(int8)":                   "its result is a DECIMAL: TestAggregatesThatTheSuiteCannotWrite",
	"greatest(decimal)":           "the planner brings all operands to one form",
	"least(decimal)":              "the planner brings all operands to one form",
	"apart(interval)":             "it gives what it gets",
	"total(numeric, numeric)":     "parts of a sum, of which each may be missing: aggregates.slt",
	"_extract_path":               "the suite does not write VARIADIC: the operators #> and #>> are the same",
	"age(timestamp)":              "the two sides have different days",
	"age(timestamptz)":            "the two sides have different days",
	"clock_timestamp()":           "the clock goes on",
	"random()":                    "no two are the same",
	"gen_random_uuid()":           "no two are the same",
	"set regexp_matches(":         "the suite reads an array of arrays otherwise: TestRegexpMatches",
}

const whichOfEquals = "which of several equal values is shown depends on the order of rows, which is none"

// differs are entries whose difference is known. Words between bars stand for an entry each.
var differs = map[string]string{
	"|min|max|(numeric)": whichOfEquals,
	"percentile_cont(|float8|float8[]|) within (interval)":                          whichOfEquals,
	"mode() within (|interval|float4|float8|numeric[]|bpchar[]|float4[]|float8[]|)": whichOfEquals,
	"percentile_disc(float8) within (|numeric[]|bpchar[]|float4[]|float8[]|)":       whichOfEquals,
	"mode() within (numeric)":                              whichOfEquals,
	"percentile_disc(|float8|float8[]|) within (float4)":   whichOfEquals,
	"percentile_disc(|float8|float8[]|) within (interval)": whichOfEquals,
	"percentile_disc(|float8|float8[]|) within (numeric)":  whichOfEquals,
	"|min|max|(numeric[])":                                 whichOfEquals,
	"|min|max|(float4[])":                                  whichOfEquals,
	"|min|max|(float8[])":                                  whichOfEquals,
	"|min|max|(bpchar[])":                                  whichOfEquals,
	"|min|max|(interval)":                                  whichOfEquals,
	"|min|max|(float4)":                                    whichOfEquals,
	"|min|max|(float8)":                                    whichOfEquals,
	"ntile(int4)":                                          "the suite's number of groups differs from row to row; PostgreSQL takes the first row's",
	"array_agg(|float4|float8|)":                           whichOfEquals,
	"avg(float8)":                                          "values beyond 1e150, whose squares may overflow, are refused",
	"convert_|from(bytea|to(text|, name)":                  "encodings other than UTF8 are refused",
	"|any|all|(query)":                                     "DuckDB takes NULL within an array for unknown here",
	"name |~|~*|!~|!~*| text":                              "names have collation C, but who matches them, psql, says COLLATE default",
}
