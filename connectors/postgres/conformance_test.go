package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/jackc/pgx/v5"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/connectors/conformance"
	"meshgate/internal/teststores"
	"meshgate/pgvalue"
)

// TestConformance evaluates every entry of the dialect through the connector and in a PostgreSQL whose text sorts by bytes. The
// store's own collation and ctype are others, so that an entry that depends on them differs.
func TestConformance(t *testing.T) {
	f := newFixture(t, nil)
	f.otherCollation()
	conformance.Run(t, &conformance.Harness{
		Dialect: f.store.Dialect(), Load: f.load, Query: f.ask,
		Differs: map[string]string{
			"timestamp + interval": "the carrier of timestamp ends 29 years before PostgreSQL's last year",
			"interval + timestamp": "the carrier of timestamp ends 29 years before PostgreSQL's last year",
			"typmod(numeric)":      "the carrier of numeric with a precision has no NaN",
		},
		Holds: func(typ catalog.Type, _ pgvalue.Value) bool { return canCarry(typ.OID) },
	})
}

// otherCollation moves the fixture to a database that sorts as dictionaries do.
func (f *fixture) otherCollation() {
	f.t.Helper()
	name := fmt.Sprintf("icu_%d_%d", os.Getpid(), tables.Add(1))
	f.exec("CREATE DATABASE " + name + " TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'und'")
	admin := f.admin
	s := server(f.t, name)
	s.Memory = f.mem
	var err error
	if f.admin, err = pgx.Connect(f.t.Context(), teststores.PostgresDSN(f.t, name)); err != nil {
		f.t.Fatal(err)
	}
	if f.store, err = Open(s); err != nil {
		f.t.Fatal(err)
	}
	opened, here := f.store, f.admin
	f.t.Cleanup(func() {
		err := errors.Join(opened.Close(), here.Close(context.Background()))
		if _, dropped := admin.Exec(context.Background(), "DROP DATABASE "+name); err != nil || dropped != nil {
			f.t.Error(err, dropped)
		}
	})
}

var tables atomic.Int64

// load makes a table at the store and copies rows into it.
func (f *fixture) load(t testing.TB, columns []catalog.Column, rows [][]pgvalue.Value) conformance.Table {
	t.Helper()
	name := fmt.Sprintf("operands%d", tables.Add(1))
	defs := make([]string, len(columns))
	for i, c := range columns {
		columns[i].Native = storeType(c.Type)
		defs[i] = c.Name + " " + columns[i].Native
	}
	f.exec("CREATE TABLE " + name + " (" + strings.Join(defs, ", ") + ")")
	escape := strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`, "\t", `\t`)
	var b strings.Builder
	for _, row := range rows {
		for i, v := range row {
			if i > 0 {
				b.WriteByte('\t')
			}
			if v == nil {
				b.WriteString(`\N`)
				continue
			}
			b.WriteString(escape.Replace(string(parameterFormat.AppendText(nil, columns[i].Type.OID, v))))
		}
		b.WriteByte('\n')
	}
	if _, err := f.admin.PgConn().CopyFrom(t.Context(), strings.NewReader(b.String()), "COPY "+name+" FROM STDIN"); err != nil {
		t.Fatal(err)
	}
	return conformance.Table{Schema: "public", Name: name, Columns: columns}
}

func storeType(t catalog.Type) string {
	if t.Mod < 0 {
		return typeText(t.OID)
	}
	return t.String()
}

// ask runs a query in a snapshot that ends with its result.
func (f *fixture) ask(ctx context.Context, q *connectors.Query) (array.RecordReader, error) {
	s, err := f.store.Begin(ctx, connectors.Tag{})
	if err != nil {
		return nil, err
	}
	r, err := s.Query(ctx, q)
	if err != nil {
		return nil, closing(err, s)
	}
	return &endingReader{r, f, s}, nil
}

func closing(err error, s connectors.Snapshot) error {
	if closeErr := s.Close(); closeErr != nil {
		return closeErr
	}
	return err
}

type endingReader struct {
	array.RecordReader
	f        *fixture
	snapshot connectors.Snapshot
}

func (r *endingReader) Release() {
	r.RecordReader.Release()
	if err := r.snapshot.Close(); err != nil {
		r.f.t.Error(err)
	}
}
