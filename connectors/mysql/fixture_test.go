package mysql

import (
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"go.uber.org/goleak"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/internal/teststores"
	"meshgate/pgarrow"
	"meshgate/pgvalue"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fixture is a store over a database of the test's own.
type fixture struct {
	t        *testing.T
	admin    *sql.DB
	database string
	store    connectors.Connector
	mem      *memory.CheckedAllocator
}

func newFixture(t *testing.T, change func(*connectors.Server)) *fixture {
	t.Helper()
	admin, database := teststores.NewMariaDB(t)
	f := &fixture{t: t, admin: admin, database: database, mem: memory.NewCheckedAllocator(memory.NewGoAllocator())}
	f.store = f.as(change)
	return f
}

// as opens the store with other settings.
func (f *fixture) as(change func(*connectors.Server)) connectors.Connector {
	t := f.t
	t.Helper()
	port, err := strconv.Atoi(teststores.MariaDBPort(t))
	if err != nil {
		t.Fatal(err)
	}
	s := connectors.Server{
		Store: "shop-db", Host: "127.0.0.1", Port: port, Database: f.database, User: "root",
		TLS: connectors.TLSDisable, Memory: f.mem,
	}
	if change != nil {
		change(&s)
	}
	c, err := Open(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		f.mem.AssertSize(t, 0)
	})
	return c
}

func (f *fixture) exec(sql string, args ...any) {
	f.t.Helper()
	if _, err := f.admin.ExecContext(f.t.Context(), sql, args...); err != nil {
		f.t.Fatalf("%s: %v", sql, err)
	}
}

func (f *fixture) begin() connectors.Snapshot {
	f.t.Helper()
	s, err := f.store.Begin(f.t.Context(), connectors.Tag{QueryID: "q1"})
	if err != nil {
		f.t.Fatal(err)
	}
	return s
}

// select1 makes a query of some columns of a table, with the table's name for $t.
func (f *fixture) statement(sql string, types []catalog.Type, columns []string, args ...connectors.Arg) *connectors.Query {
	q := &connectors.Query{
		ID: "q1", SQL: strings.ReplaceAll(sql, "$t", "`"+f.database+"`.`t`"), Args: args,
		Expect: []connectors.Expectation{{Schema: f.database, Table: "t", Columns: columns}},
	}
	for i, t := range types {
		q.Columns = append(q.Columns, connectors.Column{Name: fmt.Sprintf("c%d", i), Type: t})
	}
	return q
}

// texts reads all rows of a result as PostgreSQL prints them.
func texts(t *testing.T, r array.RecordReader, cols []connectors.Column) [][]string {
	t.Helper()
	var out [][]string
	for r.Next() {
		b := r.RecordBatch()
		rows := make([][]string, b.NumRows())
		for k, c := range cols {
			e := pgarrow.NewTextEncoder(c.Type.OID, pgarrow.Carrier(c.Type.OID, c.Type.Mod), pgvalue.DefaultFormat(), nil)
			e.Reset(b.Column(k))
			for i := range rows {
				text := "NULL"
				if !e.IsNull(i) {
					text = string(e.Append(nil, i))
				}
				rows[i] = append(rows[i], text)
			}
		}
		out = append(out, rows...)
	}
	return out
}

func (f *fixture) query(q *connectors.Query) ([][]string, error) {
	f.t.Helper()
	s := f.begin()
	defer func() {
		if err := s.Close(); err != nil {
			f.t.Error(err)
		}
	}()
	r, err := s.Query(f.t.Context(), q)
	if err != nil {
		return nil, err
	}
	defer r.Release()
	rows := texts(f.t, r, q.Columns)
	return rows, r.Err()
}
