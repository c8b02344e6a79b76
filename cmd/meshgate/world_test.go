package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"go.uber.org/goleak"

	"meshgate/duck"
	"meshgate/gateway"
	"meshgate/internal/teststores"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	sltDir   = "../../testdata/slt"
	password = "open-sesame"
)

// world is the mesh of testdata/slt over a PostgreSQL, a MariaDB, a DuckDB file and a Parquet file with rows in them, served by
// this program, beside a plain PostgreSQL that holds all the tables.
type world struct {
	dir    string // the mesh folder
	addr   string
	log    *lockedBuffer
	oracle string // DSN
	sales  *pgx.Conn
	shop   *sql.DB
	vars   map[string]string
	server *server
	stop   func()
}

// lockedBuffer collects what is logged.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// causes are the lines of the log that tell why a query failed.
func (l *lockedBuffer) causes() string {
	var out []string
	for line := range strings.Lines(l.String()) {
		if strings.Contains(line, "cause") {
			out = append(out, line)
		}
	}
	return strings.Join(out, "")
}

// seedTable is a file of testdata/slt/seed.
type seedTable struct{ domain, name, oracle, store, rows string }

func seedTables(t testing.TB) []seedTable {
	t.Helper()
	files, err := filepath.Glob(sltDir + "/seed/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatal("no seed files", err)
	}
	var out []seedTable
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var s seedTable
		parts := strings.Split(string(text), "-- ")
		for _, part := range parts[1:] {
			head, body, _ := strings.Cut(part, "\n")
			switch head {
			case "oracle":
				s.oracle = body
			case "store":
				s.store = body
			case "rows":
				s.rows = body
			}
		}
		s.domain, s.name, _ = strings.Cut(strings.TrimSuffix(filepath.Base(f), ".sql"), ".")
		out = append(out, s)
	}
	return out
}

// newWorld makes the stores, fills them, and serves the mesh.
func newWorld(t testing.TB) *world {
	t.Helper()
	w := newUnservedWorld(t)
	w.serve(t)
	return w
}

// newUnservedWorld is newWorld for tests that change something before the mesh is served.
func newUnservedWorld(t testing.TB) *world {
	t.Helper()
	w, oracle := newEmptyWorld(t)
	w.copyMesh(t)
	w.fill(t, oracle)
	return w
}

// newEmptyWorld makes databases without tables, for a mesh without files.
func newEmptyWorld(t testing.TB) (w *world, oracle *pgx.Conn) {
	t.Helper()
	w = &world{dir: t.TempDir(), log: &lockedBuffer{}}
	oracle, oracleName := teststores.NewPostgres(t)
	w.oracle = teststores.PostgresDSN(t, oracleName)
	var salesName, shopName string
	w.sales, salesName = teststores.NewPostgres(t)
	w.shop, shopName = teststores.NewMariaDB(t)
	v, err := verifier(password)
	if err != nil {
		t.Fatal(err)
	}
	w.vars = map[string]string{
		"PG_PORT": teststores.PostgresPort(t), "PG_DATABASE": salesName, "MY_PORT": teststores.MariaDBPort(t), "MY_DATABASE": shopName, "VERIFIER": v,
	}
	return w, oracle
}

// copyMesh copies the mesh folder with its variables filled in.
func (w *world) copyMesh(t testing.TB) {
	t.Helper()
	root := os.DirFS(sltDir + "/mesh")
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(root, path)
		if err != nil {
			return err
		}
		return w.writeMeshFile(path, string(text))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// writeMeshFile writes a file of the mesh folder with its variables filled in.
func (w *world) writeMeshFile(path, text string) error {
	to := filepath.Join(w.dir, path)
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	mode := os.FileMode(0o644)
	if strings.HasPrefix(path, "secrets/") {
		mode = 0o600
	}
	return os.WriteFile(to, []byte(os.Expand(text, func(name string) string {
		if v, ok := w.vars[name]; ok {
			return v
		}
		return "$" + name
	})), mode)
}

// fill makes the tables at the stores and in the oracle.
func (w *world) fill(t testing.TB, oracle *pgx.Conn) {
	t.Helper()
	execSQL(t, w.sales, "CREATE VIEW slow AS SELECT i AS id, pg_sleep(30)::text AS note FROM generate_series(1, 3) AS i")
	execSQL(t, w.sales, `CREATE VIEW big AS SELECT i AS id, md5(i::text) AS h, md5((-i)::text) AS g, (i % 100000 / 7.0)::numeric(12,2) AS amount,
		timestamp '2024-01-01' + i * interval '1 second' AS at FROM generate_series(1::bigint, 5000000) AS i`)
	execSQL(t, w.sales, "CREATE TABLE facts (id bigint PRIMARY KEY, article_id integer, session_id bigint, amount numeric(12,2))")
	if _, err := w.shop.Exec("CREATE VIEW slow AS SELECT 1 AS id, SLEEP(30) AS waited"); err != nil {
		t.Fatal(err)
	}
	var web, events []string
	for _, s := range seedTables(t) {
		execSQL(t, oracle, "CREATE SCHEMA IF NOT EXISTS "+s.domain)
		full := s.domain + "." + s.name
		execSQL(t, oracle, "CREATE TABLE "+full+" ("+s.oracle+")")
		execSQL(t, oracle, "INSERT INTO "+full+" VALUES "+s.rows)
		create, insert := "CREATE TABLE "+s.name+" ("+s.store+")", "INSERT INTO "+s.name+" VALUES "+s.rows
		switch {
		case s.domain == "sales":
			execSQL(t, w.sales, create)
			execSQL(t, w.sales, insert)
		case s.domain == "shop":
			for _, q := range []string{"SET SESSION sql_mode = 'ANSI_QUOTES,STRICT_ALL_TABLES'", create, insert} {
				if _, err := w.shop.Exec(q); err != nil {
					t.Fatal(q, err)
				}
			}
		case s.name == "events":
			events = append(events, create, insert, "COPY events TO '"+filepath.Join(w.dir, "data/events/events.parquet")+"' (FORMAT parquet)")
		default:
			web = append(web, create, insert)
		}
	}
	if err := os.MkdirAll(filepath.Join(w.dir, "data/events"), 0o755); err != nil {
		t.Fatal(err)
	}
	for path, statements := range map[string][]string{filepath.Join(w.dir, "data/web.duckdb"): web, "": events} {
		if err := duck.Build(path, statements...); err != nil {
			t.Fatal(gateway.Problem(err))
		}
	}
}

func execSQL(t testing.TB, c *pgx.Conn, sql string) {
	t.Helper()
	if _, err := c.Exec(context.Background(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// serve starts the program's server on a free port.
func (w *world) serve(t testing.TB) {
	t.Helper()
	w.serveWith(t, func(ctx context.Context) (*server, error) { return startServer(ctx, w.dir, "127.0.0.1:0", w.log, true) })
}

func (w *world) serveWith(t testing.TB, start func(context.Context) (*server, error)) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s, err := start(ctx)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	w.server, w.addr = s, s.listener.Addr().String()
	w.stop = sync.OnceFunc(func() {
		cancel()
		if err := s.wait(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(w.stop)
}

// dsn is how a user connects.
func (w *world) dsn(user string) string {
	host, port, err := net.SplitHostPort(w.addr)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf("host=%s port=%s user=%s password=%s dbname=acme sslmode=disable", host, port, user, password)
}

// connect opens a session that ends with the test.
func (w *world) connect(t testing.TB, user string) *pgconn.PgConn { return connectTo(t, w.dsn(user)) }

func connectTo(t testing.TB, dsn string) *pgconn.PgConn {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c, err := pgconn.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return c
}

// answer is what a statement brought: columns as "name type", rows as texts, or an SQLSTATE.
type answer struct {
	columns []string
	rows    []string
	code    string
	message string
	rest    string // an error's detail, hint and position
}

const nullText = "NULL"

// ask runs a statement by the simple protocol.
func ask(c *pgconn.PgConn, sql string) answer { return askWithin(c, sql, 30*time.Second) }

func askWithin(c *pgconn.PgConn, sql string, limit time.Duration) answer {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	var a answer
	r := c.Exec(ctx, sql)
	for r.NextResult() {
		rr := r.ResultReader()
		a.columns = nil
		for _, f := range rr.FieldDescriptions() {
			if f.DataTypeOID >= 16384 {
				f.DataTypeOID = 2249 // a relation's row type, whose number is the database's own
			}
			a.columns = append(a.columns, fmt.Sprintf("%s %d/%d", f.Name, f.DataTypeOID, f.TypeModifier))
		}
		for rr.NextRow() {
			a.rows = append(a.rows, rowText(rr.Values()))
		}
		_, _ = rr.Close() // its error comes again below
	}
	a.fail(r.Close())
	return a
}

func (a *answer) fail(err error) {
	if err == nil {
		return
	}
	a.rows = nil
	a.code, a.message = "connection", err.Error()
	if e, ok := err.(*pgconn.PgError); ok {
		a.code, a.message = e.Code, e.Message
		a.rest = fmt.Sprintf("\nDETAIL: %s\nHINT: %s\nPOSITION: %d", e.Detail, e.Hint, e.Position)
	}
}

// controls writes a row in one line.
var controls = strings.NewReplacer("\n", `\n`, "\t", `\t`)

func rowText(values [][]byte) string {
	texts := make([]string, len(values))
	for i, v := range values {
		switch {
		case v == nil:
			texts[i] = nullText
		case len(v) == 0:
			texts[i] = "(empty)"
		default:
			texts[i] = controls.Replace(string(v))
		}
	}
	return strings.Join(texts, "\t")
}

// sorted returns the answer with its rows in an order of their own.
func (a answer) sorted() answer {
	a.rows = slices.Sorted(slices.Values(a.rows))
	return a
}

func (a answer) String() string {
	if a.code != "" {
		return "error " + a.code + ": " + a.message
	}
	return strings.Join(append([]string{strings.Join(a.columns, " | ")}, a.rows...), "\n")
}

// same compares two answers; the texts of errors may differ.
func (a answer) same(b answer) bool {
	return a.code == b.code && (a.code != "" || slices.Equal(a.columns, b.columns) && slices.Equal(a.rows, b.rows))
}
