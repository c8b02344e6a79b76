package mysql

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

// TestZeroDates reads dates that are none.
func TestZeroDates(t *testing.T) {
	for _, null := range []bool{false, true} {
		f := newFixture(t, func(s *connectors.Server) { s.NullZeroDates = null })
		f.exec("CREATE TABLE t (id int, d date NULL, ts datetime NULL)")
		f.exec("SET SESSION sql_mode = ''; INSERT INTO t VALUES (1, '2024-01-01', '2024-01-01'), (2, '0000-00-00', '0000-00-00'), (3, '2024-00-10', NULL)")
		d := f.store.Dialect().Column("`d`", &catalog.Column{Native: "date", Type: catalog.TypeOf(pgcat.Date)})
		got, err := f.query(f.statement("SELECT "+d+" FROM $t ORDER BY `id`", []catalog.Type{catalog.TypeOf(pgcat.Date)},
			[]string{"id", "d"}))
		switch {
		case null && (err != nil || fmt.Sprint(got) != "[[2024-01-01] [NULL] [NULL]]"):
			t.Errorf("%v %v", got, err)
		case !null && (!sqlerr.Is(err, sqlerr.DatetimeFieldOverflow) || !strings.Contains(err.Error(),
			"row 2") || !strings.Contains(err.Error(), `"d"`)):
			t.Errorf("%v %v", got, err)
		}
	}
}

// TestComputedZeroDates computes with dates that are none: each ends the query, as reading it would.
func TestComputedZeroDates(t *testing.T) {
	f := newFixture(t, nil)
	f.exec("CREATE TABLE t (id int, d date NOT NULL, ts datetime NULL)")
	f.exec("SET SESSION sql_mode = ''; INSERT INTO t VALUES (1, '2024-01-01', NULL), (2, '0000-00-00', '0000-00-00'), (3, '2024-00-10', '2024-00-10 01:02:03')")
	ops := f.store.Dialect().Ops
	tried := 0
	for key, l := range ops {
		if !strings.HasPrefix(key, "extract(") && !strings.HasPrefix(key, "date_") && key != "cast(timestamp as date)" && key != "date - date" {
			continue
		}
		tried++
		column := "`ts`"
		if strings.Contains(key, " date)") || key == "date - date" {
			column = "`d`"
		}
		sql := "SELECT COUNT(" + connectors.Fill(l.SQL, []string{column, column}, nil) + ") FROM $t WHERE `id` = "
		for id := 1; id <= 3; id++ {
			got, err := f.query(f.statement(sql+strconv.Itoa(id), []catalog.Type{int8Type}, []string{"id", "d", "ts"}))
			if (err == nil) != (id == 1) || err != nil && !sqlerr.Is(err, sqlerr.NumericValueOutOfRange) {
				t.Errorf("%s of row %d: %v %v", key, id, got, err)
			}
		}
	}
	if tried < 45 {
		t.Errorf("%d operations", tried)
	}
}

func (f *fixture) series(rows int) {
	f.t.Helper()
	f.exec("CREATE TABLE t (i bigint, s varchar(4000))")
	f.exec(fmt.Sprintf("INSERT INTO t SELECT seq, REPEAT('x', seq MOD 50) FROM seq_1_to_%d", rows))
}

var (
	int8Type = catalog.TypeOf(pgcat.Int8)
	textType = catalog.TypeOf(pgcat.Text)
)

// TestBatches checks that batches are bounded by rows and by bytes.
func TestBatches(t *testing.T) {
	f := newFixture(t, nil)
	f.series(20000)
	s := f.begin()
	r, err := s.Query(t.Context(), f.statement("SELECT `i` FROM $t", []catalog.Type{int8Type}, []string{"i"}))
	if err != nil {
		t.Fatal(err)
	}
	var sizes []int64
	for r.Next() {
		sizes = append(sizes, r.RecordBatch().NumRows())
	}
	if fmt.Sprint(sizes) != "[8192 8192 3616]" || r.Err() != nil {
		t.Errorf("batches of %v rows, %v", sizes, r.Err())
	}
	r.Release()
	f.exec("UPDATE t SET s = REPEAT('x', 4000)")
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	s = f.begin()
	r, err = s.Query(t.Context(), f.statement("SELECT `s` FROM $t", []catalog.Type{textType}, []string{"s"}))
	if err != nil {
		t.Fatal(err)
	}
	for r.Next() {
		if n := r.RecordBatch().NumRows(); n > 270 {
			t.Errorf("a batch of %d rows of 4 kB", n)
		}
	}
	r.Release()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// running counts statements at the store whose text holds a mark.
func (f *fixture) running(mark string) int {
	var n int
	err := f.admin.QueryRow("SELECT count(*) FROM information_schema.PROCESSLIST "+
		"WHERE COMMAND IN ('Query', 'Execute') AND INFO LIKE ? AND ID <> CONNECTION_ID()", "%"+mark+"%").Scan(&n)
	if err != nil {
		f.t.Fatal(err)
	}
	return n
}

func (f *fixture) waitFor(what string, done func() bool) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-ctx.Done():
			f.t.Fatal("waited in vain for ", what)
		case <-tick.C:
		}
	}
}

// TestCancel ends the context of a statement that would run for hours, and looks at the store.
func TestCancel(t *testing.T) {
	f := newFixture(t, nil)
	f.series(20000)
	s := f.begin()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel() // before the database is dropped, which waits for its statements
	done := make(chan error, 1)
	go func() {
		r, err := s.Query(ctx,
			f.statement("SELECT COUNT(*) FROM $t AS `a` INNER JOIN $t AS `b` ON `a`.`s` <> `b`.`s` INNER JOIN $t AS `c` ON `a`.`s` <> `c`.`s`",
				[]catalog.Type{int8Type}, []string{"i", "s"}))
		if err == nil {
			r.Next()
			err = r.Err()
			r.Release()
		}
		done <- err
	}()
	f.waitFor("the statement", func() bool { return f.running("query_id='q1'") == 1 })
	start := time.Now()
	cancel()
	if err := <-done; !sqlerr.Is(err, sqlerr.QueryCanceled) {
		t.Errorf("expected query_canceled, got %v", err)
	}
	f.waitFor("the end at the store", func() bool { return f.running("query_id='q1'") == 0 })
	if d := time.Since(start); d > time.Second {
		t.Errorf("the statement ran for another %s", d)
	}
	r, err := s.Query(t.Context(), f.statement("SELECT COUNT(*) FROM $t", []catalog.Type{int8Type}, nil))
	if err != nil {
		t.Fatalf("the snapshot is of no more use: %v", err)
	}
	r.Release()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	f.noTransactions()
}

// noTransactions checks that no session of the store is left in a transaction.
func (f *fixture) noTransactions() {
	f.t.Helper()
	var n int
	err := f.admin.QueryRow("SELECT count(*) FROM information_schema.INNODB_TRX x "+
		"JOIN information_schema.PROCESSLIST p ON p.ID = x.trx_mysql_thread_id WHERE p.DB = ?", f.database).Scan(&n)
	if err != nil || n != 0 {
		f.t.Errorf("%d open transactions, %v", n, err)
	}
}

// TestReleaseEarly drops a result that is far from its end: the store stops, and the session is used again.
func TestReleaseEarly(t *testing.T) {
	f := newFixture(t, nil)
	f.series(20000)
	s := f.begin()
	for range 3 {
		r, err := s.Query(t.Context(), f.statement("SELECT `a`.`i` FROM $t AS `a` INNER JOIN $t AS `b` ON `a`.`i` <> `b`.`i`",
			[]catalog.Type{int8Type}, []string{"i"}))
		if err != nil {
			t.Fatal(err)
		}
		if !r.Next() {
			t.Fatal(r.Err())
		}
		r.Release()
		if n := f.running("query_id='q1'"); n != 0 {
			t.Errorf("%d statements still run", n)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	f.noTransactions()
}

// TestSnapshot reads a table twice while it changes.
func TestSnapshot(t *testing.T) {
	f := newFixture(t, nil)
	f.series(100)
	s := f.begin()
	q := f.statement("SELECT COUNT(*) FROM $t", []catalog.Type{int8Type}, nil)
	for range 2 {
		r, err := s.Query(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if got := texts(t, r, q.Columns); got[0][0] != "100" {
			t.Errorf("counted %v", got)
		}
		r.Release()
		f.exec("DELETE FROM t")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if got, err := f.query(q); err != nil || got[0][0] != "0" {
		t.Errorf("a new snapshot sees %v, %v", got, err)
	}
}

func (f *fixture) killAll() {
	f.t.Helper()
	rows, err := f.admin.Query("SELECT ID FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID() "+
		"AND (DB = ? AND INFO IS NULL OR INFO LIKE '%query_id=''q1''%')", f.database)
	if err != nil {
		f.t.Fatal(err)
	}
	var ids []int
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			f.t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		f.t.Fatal(err)
	}
	for _, id := range ids {
		if _, err := f.admin.Exec(fmt.Sprintf("KILL CONNECTION %d", id)); err != nil {
			f.t.Log(err)
		}
	}
}

// TestStoreDies kills the session in the middle of a result: one clear error, and the next query works.
func TestStoreDies(t *testing.T) {
	f := newFixture(t, nil)
	f.admin.SetMaxOpenConns(1)
	f.series(20000)
	s := f.begin()
	r, err := s.Query(t.Context(), f.statement("SELECT `a`.`s` FROM $t AS `a` INNER JOIN $t AS `b` ON `a`.`i` <> `b`.`i`",
		[]catalog.Type{textType}, []string{"i", "s"}))
	if err != nil {
		t.Fatal(err)
	}
	if !r.Next() {
		t.Fatal(r.Err())
	}
	f.killAll()
	for r.Next() {
		continue
	}
	if !sqlerr.Is(r.Err(), sqlerr.ConnectionFailure) || !strings.Contains(r.Err().Error(), "shop-db") {
		t.Errorf("got %v", r.Err())
	}
	r.Release()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	for range 2 {
		got, err := f.query(f.statement("SELECT COUNT(*) FROM $t", []catalog.Type{int8Type}, nil))
		if err != nil || got[0][0] != "20000" {
			t.Errorf("afterwards: %v %v", got, err)
		}
		f.killAll()
	}
	if err := f.store.Ping(t.Context()); err != nil {
		t.Errorf("after the idle session was killed: %v", err)
	}
}

// TestErrors shows what of a store's errors comes through.
func TestErrors(t *testing.T) {
	f := newFixture(t, nil)
	f.exec("CREATE TABLE t (i bigint, d double)")
	f.exec("INSERT INTO t VALUES (9223372036854775807, 1), (1, 2)")
	for sql, want := range map[string]sqlerr.Code{
		"SELECT (CAST(`i` AS SIGNED) + CAST(`i` AS SIGNED)) FROM $t": sqlerr.NumericValueOutOfRange,
		"SELECT (SELECT `b`.`i` FROM $t AS `b`) FROM $t AS `a`":      sqlerr.CardinalityViolation,
		"SELECT `d` FROM $t":           sqlerr.ForeignDataError,
		"SELECT `i`, `d` FROM $t":      sqlerr.ForeignDataError,
		"SELECT `gone` FROM $t":        sqlerr.ForeignDataError,
		"SELECT `i` FROM $t; SELECT 1": sqlerr.ForeignDataError,
	} {
		_, err := f.query(f.statement(sql, []catalog.Type{int8Type}, []string{"i", "d", "gone"}))
		if !sqlerr.Is(err, want) {
			t.Errorf("%s: got %v, expected %s", sql, err, want)
		}
		if err != nil && strings.Contains(err.Error(), f.database) {
			t.Errorf("%s: %v shows the store's own text", sql, err)
		}
	}
	f.noTransactions()
}

// TestDown asks a store that nothing listens for.
func TestDown(t *testing.T) {
	c, err := Open(connectors.Server{
		Store: "gone-db", Host: "127.0.0.1", Port: 1, Database: "x", User: "x",
		Password: func() (string, error) { return "hidden", nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		err = c.Ping(t.Context())
		if !sqlerr.Is(err, sqlerr.ConnectionFailure) || !strings.Contains(err.Error(), "gone-db") || strings.Contains(err.Error(),
			"127.0.0.1") {
			t.Errorf("got %v", err)
		}
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// TestRelation describes a table of many types.
func TestRelation(t *testing.T) {
	f := newFixture(t, nil)
	f.exec("CREATE TABLE t (id bigint unsigned NOT NULL, name varchar(20) COLLATE utf8mb4_nopad_bin, flag tinyint(1), e enum('a','b'), p point, f text)")
	rel, err := f.store.Relation(t.Context(), f.database, "t")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, c := range rel.Columns {
		lines = append(lines, fmt.Sprintf("%s %s known=%v notnull=%v fuzzy=%v", c.Name, c.Type, c.Known, c.NotNull, c.Fuzzy))
	}
	want := `id numeric(20,0) known=true notnull=true fuzzy=false
name character varying(20) known=true notnull=false fuzzy=false
flag boolean known=true notnull=false fuzzy=false
e text known=true notnull=false fuzzy=true
p - known=false notnull=false fuzzy=false
f text known=true notnull=false fuzzy=true`
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("%s", got)
	}
	f.exec("CREATE TABLE s (id int PRIMARY KEY, tens int, KEY (tens)) AS SELECT seq AS id, seq % 10 AS tens FROM seq_1_to_1000")
	f.exec("ANALYZE TABLE s")
	if s, err := f.store.Relation(t.Context(), f.database, "s"); err != nil || s.Rows < 900 || s.Rows > 1100 || s.Column("id").Distinct < 900 ||
		s.Column("tens").Distinct < 5 || s.Column("tens").Distinct > 20 {
		t.Errorf("statistics: %+v, %v", s, err)
	}
	if _, err := f.store.Relation(t.Context(), f.database, "missing"); !sqlerr.Is(err, sqlerr.UndefinedTable) {
		t.Errorf("got %v", err)
	}
}

// TestCollations compares texts of columns whose collations do not go together, by their bytes.
func TestCollations(t *testing.T) {
	f := newFixture(t, nil)
	f.exec("CREATE TABLE t (g varchar(9) COLLATE utf8mb4_general_ci, u varchar(9) COLLATE utf8mb4_unicode_ci, l varchar(9) CHARACTER SET latin1, KEY (g))")
	f.exec("INSERT INTO t VALUES ('a', 'a', 'a'), ('a', 'A', 'ä'), ('a', 'a ', 'b'), ('ß', 'ss', 'ss'), (NULL, 'x', 'x')")
	l := f.store.Dialect().Ops["text = text"]
	fill := func(a, b string) string { return connectors.Fill(l.SQL, []string{a, b}, nil) }
	names := []string{"g", "u", "l"}
	arg := func(s string) connectors.Arg { return connectors.Arg{Type: textType, Value: s} }
	for sql, want := range map[string]string{
		fill("`g`", "`u`"): "[[1]]", fill("`g`", "`l`"): "[[1]]", fill("`l`", "?"): "[[0]]", fill("`g`", "?"): "[[0]]",
	} {
		q := f.statement("SELECT COUNT(*) FROM $t WHERE "+sql+" LIMIT ? OFFSET ?", []catalog.Type{int8Type}, names)
		for range strings.Count(sql, "?") {
			q.Args = append(q.Args, arg("日本"))
		}
		q.Args = append(q.Args, connectors.Arg{Type: int8Type, Value: int64(5)}, connectors.Arg{Type: int8Type, Value: int64(0)})
		got, err := f.query(q)
		if err != nil || fmt.Sprint(got) != want {
			t.Errorf("%s: %v %v", sql, got, err)
		}
	}
}

// TestOutside compares with values that no column of MySQL holds.
func TestOutside(t *testing.T) {
	f := newFixture(t, nil)
	f.exec("CREATE TABLE t (n decimal(10,2), ts datetime(6), f double)")
	f.exec("INSERT INTO t VALUES (1, '9999-12-31 23:59:59.999999', 1e308), (-1, '0001-01-01', -1e308), (NULL, NULL, NULL)")
	d := f.store.Dialect()
	for _, c := range []struct{ column, text string }{
		{"n", "Infinity"},
		{"n", "-Infinity"},
		{"n", "NaN"},
		{"n", "1e70"},
		{"n", "-1e70"},
		{"ts", "infinity"},
		{"ts", "-infinity"},
		{"ts", "0044-03-15 BC"},
		{"ts", "10000-01-01"},
		{"f", "NaN"},
		{"f", "-Infinity"},
	} {
		typ := map[string]catalog.Type{
			"n": catalog.TypeOf(pgcat.Numeric), "ts": catalog.TypeOf(pgcat.Timestamp), "f": catalog.TypeOf(pgcat.Float8),
		}[c.column]
		v, err := pgvalue.Parse(typ.OID, -1, c.text, pgvalue.DefaultFormat())
		if err != nil {
			t.Fatal(err)
		}
		above := !strings.HasPrefix(c.text, "-") && !strings.HasSuffix(c.text, "BC")
		for op, holds := range map[string]bool{"<": above, "<=": above, ">": !above, ">=": !above, "=": false, "<>": true} {
			for side, sql := range []string{"(`%[1]s` %[2]s %[3]s)", "(%[3]s %[2]s `%[1]s`)"} {
				want := map[bool]string{true: "[[2]]", false: "[[0]]"}[holds != (side == 1 && strings.ContainsAny(op, "<>") && op != "<>")]
				q := f.statement("SELECT COUNT(*) FROM $t WHERE "+fmt.Sprintf(sql, c.column, op, d.Placeholder(1, typ)),
					[]catalog.Type{int8Type}, []string{c.column}, connectors.Arg{Type: typ, Value: v})
				if got, err := f.query(q); err != nil || fmt.Sprint(got) != want {
					t.Errorf("%s with %s: %v %v, expected %s", q.SQL, c.text, got, err, want)
				}
			}
		}
	}
	tiny := connectors.Arg{Type: catalog.TypeOf(pgcat.Numeric), Value: pgvalue.NumericFromUnscaledInt(1, 40)}
	q := f.statement("SELECT COUNT(*) FROM $t WHERE (`n` > "+d.Placeholder(1, tiny.Type)+")", []catalog.Type{int8Type}, []string{"n"}, tiny)
	if _, err := f.query(q); !sqlerr.Is(err, sqlerr.FeatureNotSupported) {
		t.Errorf("a number of too many digits: %v", err)
	}
}

// TestCancelAtAnyMoment cancels a statement around its start, also where the server has prepared it and does not run it yet: it ends
// within a second, and the next one, which is not cancelled, answers.
func TestCancelAtAnyMoment(t *testing.T) {
	f := newFixture(t, nil)
	f.series(20000)
	endless := f.statement("SELECT COUNT(*) FROM $t AS `a` INNER JOIN $t AS `b` ON `a`.`s` <> `b`.`s` INNER JOIN $t AS `c` ON `a`.`s` <> `c`.`s`",
		[]catalog.Type{int8Type}, []string{"i", "s"})
	s := f.begin()
	for i := range 60 {
		ctx, cancel := context.WithCancel(t.Context())
		timer := time.AfterFunc(time.Duration(i)*100*time.Microsecond, cancel)
		began := time.Now()
		r, err := s.Query(ctx, endless)
		if err == nil {
			r.Next()
			err = r.Err()
			r.Release()
		}
		timer.Stop()
		cancel()
		if err == nil {
			t.Error("it was not cancelled")
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("cancelled after %s, it took %s: %v", time.Duration(i)*100*time.Microsecond, took, err)
		}
		r, err = s.Query(t.Context(), f.statement("SELECT COUNT(*) FROM $t", []catalog.Type{int8Type}, nil))
		if err != nil {
			t.Fatalf("the next statement, after %s: %v", time.Duration(i)*100*time.Microsecond, err)
		}
		r.Release()
	}
	f.waitFor("the end at the store", func() bool { return f.running("query_id='q1'") == 0 })
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
