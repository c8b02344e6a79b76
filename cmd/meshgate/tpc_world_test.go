package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"meshgate/duck"
	"meshgate/testdata/tpc"
)

// newComputedWorld serves a mesh whose rows are computed, beside a plain PostgreSQL that holds all its tables.
func newComputedWorld(t testing.TB, mesh tpc.Mesh, scale float64) *world {
	t.Helper()
	w, _ := newEmptyWorld(t)
	for path, text := range mesh.Files() {
		if err := w.writeMeshFile(path, text); err != nil {
			t.Fatal(err)
		}
	}
	start := time.Now()
	if err := w.load(mesh, scale); err != nil {
		t.Fatal(err)
	}
	t.Logf("loaded in %.1fs", time.Since(start).Seconds())
	w.serve(t)
	return w
}

// computedTable is a table on its way into its store and into the oracle.
type computedTable struct {
	*tpc.Table
	domain *tpc.Domain
	rows   string // a file in the format of COPY
	err    error
}

// load computes the tables one after another and fills store and oracle with each, both at once.
func (w *world) load(mesh tpc.Mesh, scale float64) error {
	ctx := context.Background()
	folder, err := os.MkdirTemp(w.dir, ".rows-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	oracle, err := pgx.Connect(ctx, w.oracle)
	if err != nil {
		return err
	}
	defer oracle.Close(ctx)
	computed := make(chan computedTable, 1)
	go func() {
		defer close(computed)
		for i := range mesh {
			for j := range mesh[i].Tables {
				c := computedTable{Table: &mesh[i].Tables[j], domain: &mesh[i]}
				c.rows = filepath.Join(folder, c.Name)
				c.err = computeRows(c.Table, c.rows, scale)
				computed <- c
			}
		}
	}()
	var faults []error
	for c := range computed {
		faults = append(faults, c.err)
		if c.err != nil {
			continue
		}
		stored := make(chan error)
		go func() { stored <- w.store(ctx, &c) }()
		faults = append(faults, fillOracle(ctx, oracle, &c), <-stored, os.Remove(c.rows))
	}
	return errors.Join(faults...)
}

func computeRows(table *tpc.Table, file string, scale float64) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	return errors.Join(table.WriteRows(f, scale), f.Close())
}

func fillOracle(ctx context.Context, oracle *pgx.Conn, c *computedTable) error {
	name := c.domain.Name + "." + c.Name
	for _, statement := range []string{"CREATE SCHEMA IF NOT EXISTS " + c.domain.Name, c.CreateOracle(c.domain)} {
		if _, err := oracle.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return fillPostgres(ctx, oracle, c, name)
}

func fillPostgres(ctx context.Context, conn *pgx.Conn, c *computedTable, name string) error {
	f, err := os.Open(c.rows)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := conn.PgConn().CopyFrom(ctx, f, "COPY "+name+" FROM STDIN"); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for _, statement := range c.Finish(name) {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

// store fills the table at the store that the mesh has it in.
func (w *world) store(ctx context.Context, c *computedTable) error {
	switch c.domain.Kind {
	case tpc.Postgres:
		if _, err := w.sales.Exec(ctx, c.Create(tpc.Postgres)); err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
		return fillPostgres(ctx, w.sales, c, c.Name)
	case tpc.MySQL:
		return fillMySQL(ctx, w.shop, c)
	default:
		folder := filepath.Join(w.dir, c.domain.Folder())
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
		return duck.Build("", c.CopyParquet(c.rows, filepath.Join(folder, c.Name+".parquet")))
	}
}

func fillMySQL(ctx context.Context, db *sql.DB, c *computedTable) error {
	var failed error
	mysql.RegisterReaderHandler(c.rows, func() io.Reader {
		f, err := os.Open(c.rows)
		failed = err
		return f
	})
	defer mysql.DeregisterReaderHandler(c.rows)
	for _, statement := range []string{
		c.Create(tpc.MySQL),
		"LOAD DATA LOCAL INFILE 'Reader::" + c.rows + "' INTO TABLE " + c.Name + " CHARACTER SET utf8mb4",
		"ANALYZE TABLE " + c.Name,
	} {
		if _, err := db.ExecContext(ctx, statement); err != nil || failed != nil {
			return fmt.Errorf("%s: %w", statement, errors.Join(err, failed))
		}
	}
	return nil
}

// A query that takes longer than tpcTimeout ends by its session's own limit, so that the next one can be asked; one that hangs even so
// ends the session after tpcLimit.
const (
	tpcTimeout = "1min"
	tpcLimit   = 2 * time.Minute
)

// computedSessions are sessions of the gateway and the oracle that find the tables by their bare names.
func (w *world) computedSessions(t testing.TB, mesh tpc.Mesh) *sltSessions {
	t.Helper()
	s := &sltSessions{w.connect(t, "ann"), w.connect(t, "ann"), w.connect(t, "ann"), connectTo(t, w.oracle)}
	for _, c := range []*pgconn.PgConn{s.on, s.off, s.eager, s.oracle} {
		for _, setting := range []string{"search_path = " + mesh.SearchPath(), "statement_timeout = '" + tpcTimeout + "'"} {
			if a := ask(c, "SET "+setting); a.code != "" {
				t.Fatal(a)
			}
		}
	}
	for c, mode := range map[*pgconn.PgConn]string{s.off: "off", s.eager: "eager"} {
		if a := ask(c, "SET mesh.pushdown = "+mode); a.code != "" {
			t.Fatal(a)
		}
	}
	return s
}

// difference says where two answers part, in a few lines; it is empty where they are the same.
func difference(got, want answer) string {
	if got.same(want) {
		return ""
	}
	if got.code != "" || want.code != "" {
		return fmt.Sprintf("got %.300s\nPostgreSQL: %.300s", got, want)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d rows, PostgreSQL has %d", len(got.rows), len(want.rows))
	a, z := append([]string{strings.Join(got.columns, " | ")}, got.rows...), append([]string{strings.Join(want.columns, " | ")}, want.rows...)
	shown := 0
	for i := range max(len(a), len(z)) {
		var mine, theirs string
		if i < len(a) {
			mine = a[i]
		}
		if i < len(z) {
			theirs = z[i]
		}
		if mine != theirs && shown < 5 {
			fmt.Fprintf(&b, "\nrow %d\n\t%s\n\t%s", i, mine, theirs)
			shown++
		}
	}
	return b.String()
}

// modes are the sessions of the gateway by what they are set to.
func (s *sltSessions) modes() map[string]*pgconn.PgConn {
	return map[string]*pgconn.PgConn{"with pushdown": s.on, "without pushdown": s.off, "with all dynamic filters": s.eager}
}

// compareComputed asks a query in every mode and of PostgreSQL.
func (s *sltSessions) compareComputed(t *testing.T, query string) {
	t.Helper()
	start := time.Now()
	want := askWithin(s.oracle, query, tpcLimit)
	times := fmt.Sprintf("PostgreSQL %.2fs", time.Since(start).Seconds())
	if want.code != "" || want.saysNothing() {
		t.Errorf("PostgreSQL: %.300s", want)
	}
	for mode, c := range s.modes() {
		start := time.Now()
		got := askWithin(c, query, tpcLimit)
		times += fmt.Sprintf(", %s %.2fs", mode, time.Since(start).Seconds())
		if d := difference(got, want); d != "" {
			t.Errorf("%s: %s", mode, d)
		}
	}
	t.Logf("%d rows; %s", len(want.rows), times)
	s.countRows(t, query, len(want.rows))
}

// countRows asks how many rows a query has, which reads none of its columns.
func (s *sltSessions) countRows(t *testing.T, query string, rows int) {
	t.Helper()
	got := askWithin(s.on, "SELECT count(*) FROM (\n"+query+"\n) AS answer", tpcLimit)
	if !slices.Equal(got.rows, []string{strconv.Itoa(rows)}) {
		t.Errorf("count of its rows: %.300s, expected %d", got, rows)
	}
}

// saysNothing reports whether an answer would be the same without any rows in the tables: equal answers of that kind show nothing.
func (a answer) saysNothing() bool {
	switch len(a.rows) {
	case 0:
		return true
	case 1:
		for v := range strings.SplitSeq(a.rows[0], "\t") {
			if v != nullText && v != "0" {
				return false
			}
		}
		return true
	}
	return false
}
