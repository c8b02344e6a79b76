// Package duckdb reads DuckDB files and Parquet files through an embedded DuckDB of their own, which can read nothing but them. It
// knows nothing of queries of users, of principals, or of other stores.
package duckdb

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/duck"
	"meshgate/pgarrow"
	"meshgate/pgcat"
	"meshgate/sqlerr"
)

// Config names a store.
type Config struct {
	Store   string // its name in the mesh
	Path    string // a DuckDB file, or a pattern of Parquet files
	Memory  int64  // bytes; 0 = DuckDB's default
	Threads int    // 0 = one for each core
	// Allocator is of batches; nil = memory.DefaultAllocator.
	Allocator memory.Allocator
}

// store is a connector. The database is opened at the first use, and again after a failure.
type store struct {
	config  Config
	dialect *connectors.Dialect
	mem     memory.Allocator

	mu sync.Mutex
	db *duck.DB
}

// Open makes a connector. It does not touch the files yet: a store that is not there is unhealthy, not a fault of the gateway.
func Open(c Config) connectors.Connector {
	s := &store{config: c, mem: c.Allocator}
	if s.mem == nil {
		s.mem = memory.DefaultAllocator
	}
	d := *duck.Dialect()
	d.Tables, d.Column = s.table, reading
	s.dialect = &d
	return s
}

// isParquet reports whether the path is a pattern of Parquet files.
func (s *store) isParquet() bool {
	return strings.HasSuffix(strings.ToLower(s.config.Path), ".parquet")
}

// table writes the reference to a table of the file, or to the Parquet files of a name: name.parquet beside the others.
func (s *store) table(schema, table string) string {
	if s.isParquet() {
		return "read_parquet(" + quoteText(s.file(table)) + ")"
	}
	if schema == "" {
		schema = "main"
	}
	return `"store".` + connectors.QuoteDouble(schema) + "." + connectors.QuoteDouble(table)
}

// file is the path of a Parquet table. A name may be a pattern itself, but it stays in the store's folder.
func (s *store) file(table string) string {
	name := filepath.Base(filepath.Clean("/" + table))
	if !strings.HasSuffix(strings.ToLower(name), ".parquet") {
		name += ".parquet"
	}
	return filepath.Join(filepath.Dir(s.config.Path), name)
}

func quoteText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// Dialect returns DuckDB's dialect with the store's tables.
func (s *store) Dialect() *connectors.Dialect { return s.dialect }

// database returns the open database.
func (s *store) database() (*duck.DB, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.db != nil {
		return s.db, nil
	}
	o := duck.Options{Memory: s.config.Memory, Threads: s.config.Threads}
	if s.isParquet() {
		o.Directories = []string{filepath.Dir(s.config.Path)}
	} else {
		o.Attach = s.config.Path
	}
	if err := s.present(); err != nil {
		return nil, err
	}
	db, err := duck.Open(o)
	if err != nil {
		return nil, s.unavailable(err)
	}
	s.db = db
	return db, nil
}

// present checks for the files: DuckDB would make a database that is not there, and read no rows of a pattern that matches none.
func (s *store) present() error {
	found, err := filepath.Glob(s.config.Path)
	if err == nil && len(found) == 0 {
		err = os.ErrNotExist
	}
	if err != nil {
		return s.unavailable(err)
	}
	return nil
}

func (s *store) unavailable(err error) error {
	return sqlerr.Wrap(err, sqlerr.ConnectionFailure, "store %s is unavailable", s.config.Store)
}

// Ping opens the database and asks for a row.
func (s *store) Ping(ctx context.Context) error {
	if err := s.present(); err != nil {
		return err
	}
	return s.rows(ctx, "SELECT 'ok'", 1, func([]string) {})
}

// Relation describes a table or the Parquet files of a name.
func (s *store) Relation(ctx context.Context, schema, table string) (*connectors.Relation, error) {
	rel := &connectors.Relation{Rows: -1}
	err := s.rows(ctx, "SELECT column_name, column_type, \"null\" FROM (DESCRIBE SELECT * FROM "+s.table(schema, table)+")", 3, func(f []string) {
		c := connectors.RelationColumn{Name: f[0], Native: f[1], NotNull: f[2] == "NO", Nulls: -1}
		if t, err := columnType(catalog.Native{Physical: f[1]}); err == nil {
			c.Type, c.Known = t, true
		}
		rel.Columns = append(rel.Columns, c)
	})
	if err != nil {
		if e := sqlerr.From(err); e.Code == sqlerr.InternalError {
			return nil, sqlerr.Wrap(err, sqlerr.UndefinedTable, "store %s has no relation %s", s.config.Store, table)
		}
		return nil, err
	}
	if err := s.measure(ctx, rel, schema, table); err != nil {
		return nil, err
	}
	return rel, nil
}

// rows runs a statement whose columns are texts.
func (s *store) rows(ctx context.Context, sql string, columns int, each func(fields []string)) error {
	db, err := s.database()
	if err != nil {
		return err
	}
	cols := make([]connectors.Column, columns)
	for i := range cols {
		cols[i] = connectors.Column{Name: "c", Type: catalog.TypeOf(pgcat.Text)}
	}
	r, err := db.Query(ctx, s.mem, &duck.Query{SQL: sql, Schema: connectors.Schema(cols)})
	if err != nil {
		return err
	}
	defer r.Release()
	for r.Next() {
		b := r.RecordBatch()
		for i := range int(b.NumRows()) {
			fields := make([]string, columns)
			for k := range fields {
				if c := b.Column(k).(*array.String); c.IsValid(i) {
					fields[k] = strings.Clone(c.Value(i))
				}
			}
			each(fields)
		}
	}
	return r.Err()
}

// Begin returns a view of the files, which nobody writes while they are open.
func (s *store) Begin(context.Context, connectors.Tag) (connectors.Snapshot, error) {
	return snapshot{s}, nil
}

// Close closes the database.
func (s *store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.db != nil {
		s.db.Close()
		s.db = nil
	}
	return nil
}

type snapshot struct{ store *store }

// Reserve has nothing to wait for: the files can be read any number of times at once.
func (snapshot) Reserve(context.Context) error { return nil }

// Query runs one SELECT.
func (s snapshot) Query(ctx context.Context, q *connectors.Query) (array.RecordReader, error) {
	db, err := s.store.database()
	if err != nil {
		return nil, err
	}
	dq := &duck.Query{SQL: q.SQL, Schema: connectors.Schema(q.Columns)}
	if q.Format != nil {
		dq.Session = &duck.Session{Format: q.Format}
	}
	for _, a := range q.Args {
		dq.Args = append(dq.Args, duck.Arg{OID: a.Type.OID, Value: a.Value, Carrier: pgarrow.Carrier(a.Type.OID, a.Type.Mod), Session: a.Type.OID == 0})
	}
	r, err := db.Query(ctx, s.store.mem, dq)
	if err != nil {
		return nil, s.store.queryError(err)
	}
	return r, nil
}

// queryError names the store where the engine's own text would not tell which domain failed.
func (s *store) queryError(err error) error {
	if e := sqlerr.From(err); e.Code == sqlerr.InternalError {
		return sqlerr.Wrap(err, sqlerr.ForeignDataError, "store %s could not answer", s.config.Store)
	}
	return err
}

// Close ends the view.
func (s snapshot) Close() error { return nil }
