// Package pgcat holds PostgreSQL 15's own catalog rows: types, operators, functions, aggregates, casts, keywords and the
// columns of every system relation, as extracted from a running server by pgcat/generate.
//
// The binder resolves names and types against these rows and the system catalogs serve them. The package knows nothing of
// products, principals or queries, and nothing in it changes after the first use.
package pgcat

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
)

//go:generate go run ./generate -out pg15.gz

//go:embed pg15.gz
var packed []byte

// Version is the server_version that the rows were taken from, as far as clients care.
const Version = "15.20"

// VersionNum is the server_version_num that goes with Version.
const VersionNum = 150020

// OID identifies a row of a system catalog.
type OID = uint32

// Null marks a NULL field in a Row: no text of a catalog holds a zero byte.
const Null = "\x00"

// Row is one row of a system relation, each field in PostgreSQL's text format or Null.
type Row []string

// Relation is a system relation's extracted rows.
type Relation struct {
	Name    string // "pg_catalog.pg_type"
	Columns []string
	Rows    []Row
}

// SystemColumn is a column of a system table or view (pg_attribute).
type SystemColumn struct {
	Schema, Relation string
	RelationOID      OID
	Kind             byte // pg_class.relkind: 'r' or 'v'
	Number           int  // attnum, from 1
	Name             string
	Type             OID
	TypeMod          int32
	NotNull          bool
}

type tables struct {
	relations map[string]*Relation
	columns   []SystemColumn

	types       map[OID]*Type
	typeNames   map[string]*Type
	procs       map[OID]*Proc
	procNames   map[string][]*Proc
	operators   map[string][]*Operator
	operatorOID map[OID]*Operator
	operatorsOf map[OID][]*Operator
	casts       map[[2]OID]*Cast
	aggregates  map[OID]*Aggregate
}

var load = sync.OnceValue(func() *tables {
	t, err := parse(packed)
	if err != nil {
		panic("pgcat: the embedded catalog is damaged: " + err.Error())
	}
	return t
})

// Rows returns the extracted rows of a system relation ("pg_catalog.pg_type"), or nil if it has none.
func Rows(name string) *Relation { return load().relations[name] }

// SystemColumns returns the columns of all system relations, ordered by schema, relation and number.
func SystemColumns() []SystemColumn { return load().columns }

func parse(packed []byte) (*tables, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(z)
	if err != nil {
		return nil, err
	}
	t := &tables{relations: map[string]*Relation{}}
	var current *Relation
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "@"):
			fields := strings.Split(line[1:], "\t")
			current = &Relation{Name: fields[0], Columns: fields[1:]}
			t.relations[fields[0]] = current
		case line == "" && (current == nil || len(current.Columns) != 1):
		default:
			row := decodeRow(line)
			if len(row) != len(current.Columns) {
				return nil, fmt.Errorf("%s: %d fields, want %d", current.Name, len(row), len(current.Columns))
			}
			current.Rows = append(current.Rows, row)
		}
	}
	t.index()
	return t, nil
}

// decodeRow splits a line of COPY's text format (PostgreSQL 15, COPY, "Text Format").
func decodeRow(line string) Row {
	fields := strings.Split(line, "\t")
	row := make(Row, len(fields))
	for i, f := range fields {
		switch {
		case f == `\N`:
			row[i] = Null
		case strings.IndexByte(f, '\\') < 0:
			row[i] = f
		default:
			row[i] = unescape(f)
		}
	}
	return row
}

func unescape(f string) string {
	var b strings.Builder
	for i := 0; i < len(f); i++ {
		if f[i] != '\\' || i+1 == len(f) {
			b.WriteByte(f[i])
			continue
		}
		i++
		if j := strings.IndexByte("bfnrtv", f[i]); j >= 0 {
			b.WriteByte("\b\f\n\r\t\v"[j])
		} else {
			b.WriteByte(f[i])
		}
	}
	return b.String()
}

// reader gives a row's fields by column name.
type reader struct {
	at  map[string]int
	row Row
}

func (t *tables) each(name string, do func(r reader)) {
	rel := t.relations[name]
	r := reader{at: map[string]int{}}
	for i, c := range rel.Columns {
		r.at[c] = i
	}
	for _, row := range rel.Rows {
		r.row = row
		do(r)
	}
}

func (r reader) text(column string) string {
	i, ok := r.at[column]
	if !ok {
		panic("pgcat: no column " + column)
	}
	return r.row[i]
}

func (r reader) number(column string) int {
	n, err := strconv.Atoi(r.text(column))
	if err != nil {
		panic("pgcat: " + column + ": " + err.Error())
	}
	return n
}

func (r reader) oid(column string) OID    { return OID(r.number(column)) }
func (r reader) bool(column string) bool  { return r.text(column) == "t" }
func (r reader) char(column string) byte  { return (r.text(column) + " ")[0] }
func (r reader) oids(column string) []OID { return parseOIDs(r.text(column)) }

// parseOIDs reads an oidvector ("23 25") or an oid array ("{23,25}").
func parseOIDs(text string) []OID {
	if text == Null {
		return nil
	}
	fields := strings.FieldsFunc(text, func(c rune) bool { return c < '0' || c > '9' })
	list := make([]OID, len(fields))
	for i, f := range fields {
		n, err := strconv.ParseUint(f, 10, 32)
		if err != nil {
			panic("pgcat: " + err.Error())
		}
		list[i] = OID(n)
	}
	return list
}
