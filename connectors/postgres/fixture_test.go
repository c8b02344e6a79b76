package postgres

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/jackc/pgx/v5"
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
	t     *testing.T
	admin *pgx.Conn
	store connectors.Connector
	mem   *memory.CheckedAllocator
}

func server(t *testing.T, database string) connectors.Server {
	t.Helper()
	port, err := strconv.Atoi(teststores.PostgresPort(t))
	if err != nil {
		t.Fatal(err)
	}
	return connectors.Server{
		Store: "sales-db", Host: "127.0.0.1", Port: port, Database: database, User: "postgres",
		TLS: connectors.TLSDisable,
	}
}

func newFixture(t *testing.T, change func(*connectors.Server)) *fixture {
	t.Helper()
	admin, database := teststores.NewPostgres(t)
	f := &fixture{t: t, admin: admin, mem: memory.NewCheckedAllocator(memory.NewGoAllocator())}
	s := server(t, database)
	s.Memory = f.mem
	if change != nil {
		change(&s)
	}
	var err error
	if f.store, err = Open(s); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.store.Close(); err != nil {
			t.Error(err)
		}
		f.mem.AssertSize(t, 0)
	})
	return f
}

func (f *fixture) exec(sql string, args ...any) {
	f.t.Helper()
	if _, err := f.admin.Exec(f.t.Context(), sql, args...); err != nil {
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

func columns(types ...catalog.Type) []connectors.Column {
	out := make([]connectors.Column, len(types))
	for i, t := range types {
		out[i] = connectors.Column{Name: fmt.Sprintf("c%d", i), Type: t}
	}
	return out
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

func (f *fixture) query(sql string, cols []connectors.Column, args ...connectors.Arg) ([][]string, error) {
	f.t.Helper()
	s := f.begin()
	defer func() {
		if err := s.Close(); err != nil {
			f.t.Error(err)
		}
	}()
	r, err := s.Query(f.t.Context(), &connectors.Query{SQL: sql, Columns: cols, Args: args})
	if err != nil {
		return nil, err
	}
	defer r.Release()
	rows := texts(f.t, r, cols)
	return rows, r.Err()
}
