// Package duck runs SQL in an embedded DuckDB and streams Arrow in and out of it. It brings the functions that PostgreSQL has and
// DuckDB lacks or computes otherwise, and the dialect that says how typed operations are written for it. It knows nothing of
// plans, products or principals.
package duck

import (
	"fmt"
	"sync"

	bindings "github.com/duckdb/duckdb-go-bindings"

	"meshgate/sqlerr"
)

// Options configure a database.
type Options struct {
	Memory   int64  // bytes; 0 = DuckDB's default
	Threads  int    // 0 = one for each core
	SpillDir string // where to spill; empty = never
	SpillMax int64  // bytes; 0 = no limit but the disk
	// Attach names a DuckDB file to open read-only as catalog "store", and Directories those whose files may be read. Everything
	// else outside the process is out of reach.
	Attach      string
	Directories []string
}

// DB is an embedded DuckDB whose configuration is locked. It is safe for concurrent use.
type DB struct {
	db     bindings.Database
	mu     sync.Mutex
	closed bool
	users  sync.WaitGroup
}

// Open makes a database, registers the functions, and locks it down.
func Open(o Options) (*DB, error) {
	var config bindings.Config
	if bindings.CreateConfig(&config) != bindings.StateSuccess {
		return nil, sqlerr.Newf(sqlerr.InternalError, "DuckDB gives no configuration")
	}
	defer bindings.DestroyConfig(&config)
	var d DB
	var text string
	if bindings.OpenExt(":memory:", &d.db, config, &text) != bindings.StateSuccess {
		return nil, sqlerr.Wrap(engineError(text), sqlerr.SystemError, "DuckDB cannot start")
	}
	if err := d.setUp(o); err != nil {
		bindings.Close(&d.db)
		return nil, err
	}
	return &d, nil
}

func (d *DB) setUp(o Options) error {
	var conn bindings.Connection
	if bindings.Connect(d.db, &conn) != bindings.StateSuccess {
		return sqlerr.Newf(sqlerr.SystemError, "DuckDB gives no connection")
	}
	defer bindings.Disconnect(&conn)
	for _, s := range o.statements() {
		if err := execute(conn, s); err != nil {
			return err
		}
	}
	if !registerScan(conn) {
		return sqlerr.Newf(sqlerr.InternalError, "function %s cannot be registered", scanFunction)
	}
	if err := registerScalars(conn, o.Attach != "" || len(o.Directories) > 0); err != nil {
		return err
	}
	return execute(conn, "SET lock_configuration = true")
}

// statements set the options and close every way out: no file, no extension, no secret, no setting that a query could change.
func (o Options) statements() []string {
	s := []string{
		"SET autoinstall_known_extensions = false", "SET autoload_known_extensions = false", "SET allow_community_extensions = false",
		"SET allow_persistent_secrets = false", "SET TimeZone = 'UTC'", "SET default_null_order = 'nulls_last_on_asc_first_on_desc'",
		"SET preserve_insertion_order = true", "SET enable_object_cache = false",
		// It reads the input of a window twice; an answer of a store is there once.
		"SET disabled_optimizers = 'window_self_join'",
	}
	if o.Memory > 0 {
		s = append(s, fmt.Sprintf("SET memory_limit = '%dB'", o.Memory))
	}
	if o.Threads > 0 {
		s = append(s, fmt.Sprintf("SET threads = %d", o.Threads))
	}
	s = append(s, "SET temp_directory = "+quoteText(o.SpillDir))
	if o.SpillDir != "" && o.SpillMax > 0 {
		s = append(s, fmt.Sprintf("SET max_temp_directory_size = '%dB'", o.SpillMax))
	}
	if o.Attach != "" {
		s = append(s, "ATTACH "+quoteText(o.Attach)+" AS store (READ_ONLY)")
	}
	if len(o.Directories) > 0 {
		list := ""
		for i, f := range o.Directories {
			if i > 0 {
				list += ", "
			}
			list += quoteText(f)
		}
		s = append(s, "SET allowed_directories = ["+list+"]")
	}
	return append(s, "SET enable_external_access = false")
}

func quoteText(s string) string {
	b := []byte{'\''}
	for i := 0; i < len(s); i++ {
		if s[i] == '\'' {
			b = append(b, '\'')
		}
		b = append(b, s[i])
	}
	return string(append(b, '\''))
}

func execute(conn bindings.Connection, sql string) error {
	var res bindings.Result
	defer bindings.DestroyResult(&res)
	if bindings.Query(conn, sql, &res) != bindings.StateSuccess {
		return sqlerr.Wrap(engineError(bindings.ResultError(&res)), sqlerr.SystemError, "DuckDB cannot be set up")
	}
	return nil
}

// Close waits for the running queries and frees the database.
func (d *DB) Close() {
	d.mu.Lock()
	closed := d.closed
	d.closed = true
	d.mu.Unlock()
	if closed {
		return
	}
	d.users.Wait()
	bindings.Close(&d.db)
}

// connect takes a connection, which counts as a user until release.
func (d *DB) connect() (bindings.Connection, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var conn bindings.Connection
	if d.closed || bindings.Connect(d.db, &conn) != bindings.StateSuccess {
		return conn, sqlerr.Newf(sqlerr.AdminShutdown, "the engine is closed")
	}
	d.users.Add(1)
	return conn, nil
}

func (d *DB) release(conn *bindings.Connection) {
	bindings.Disconnect(conn)
	d.users.Done()
}
