package mysql

import (
	"context"
	"strings"
	"testing"
	"time"

	"meshgate/catalog"
	"meshgate/connectors"
)

func (f *fixture) relation(c connectors.Connector, name string) *connectors.Relation {
	f.t.Helper()
	rel, err := c.Relation(f.t.Context(), f.database, name)
	if err != nil {
		f.t.Fatalf("%s: %v", name, err)
	}
	return rel
}

// orders makes tables of 20,000 orders of 100 customers.
func (f *fixture) orders() {
	f.t.Helper()
	f.exec("CREATE TABLE o (id int PRIMARY KEY, c int NOT NULL, st int NOT NULL, n int, KEY (c)) AS SELECT seq AS id, seq % 100 AS c, seq % 7 AS st, " +
		"CASE WHEN seq % 4 > 0 THEN seq % 50 END AS n FROM seq_1_to_20000")
	f.exec("CREATE TABLE cu (id int PRIMARY KEY, g int) AS SELECT seq AS id, seq % 3 AS g FROM seq_1_to_100")
	f.exec("ANALYZE TABLE o, cu")
}

// TestViewEstimates asks the optimizer about views.
func TestViewEstimates(t *testing.T) {
	f := newFixture(t, nil)
	f.orders()
	for _, c := range []struct {
		sql         string
		least, most float64
	}{
		{"SELECT id, c FROM o WHERE c < 10", 1500, 2500},
		{"SELECT o.id, cu.g FROM o JOIN cu ON cu.id = o.c", 5000, 45_000},
		{"SELECT cu.id, cu.g FROM cu LEFT JOIN o ON cu.id = o.c", 5000, 45_000},
		{"SELECT a.id FROM o a JOIN o b ON a.id = b.id", 15_000, 25_000},
		{"SELECT id FROM cu WHERE id IN (SELECT c FROM o)", 1, 100},
		{"SELECT id FROM o UNION ALL SELECT id FROM cu", 15_000, 25_000},
		{"SELECT id FROM o ORDER BY st LIMIT 10", 10, 10},
		{"SELECT id FROM o WHERE 1 = 0", 0, 0},
		{"SELECT id, (SELECT MAX(id) FROM o) AS m FROM cu", 80, 120},
		{"SELECT 1 AS a", 1, 1},
		{"SELECT * FROM cu WHERE id = 5", 1, 1},
		{"SELECT id, ROW_NUMBER() OVER (PARTITION BY c) AS r FROM o", 15_000, 25_000},
		{"SELECT c, COUNT(*) AS n FROM o GROUP BY c", 100, 25_000},
		{"SELECT a.id, b.g FROM cu a JOIN cu b ON a.g = b.g", 100, 10_000},
	} {
		f.exec("CREATE OR REPLACE VIEW v AS " + c.sql)
		if rel := f.relation(f.store, "v"); rel.Rows < c.least || rel.Rows > c.most {
			t.Errorf("%s: about %g rows, expected %g to %g", c.sql, rel.Rows, c.least, c.most)
		}
	}
}

// TestSlowView: an EXPLAIN that runs a part of a view ends soon, and says nothing.
func TestSlowView(t *testing.T) {
	f := newFixture(t, nil)
	f.exec("CREATE TABLE t (id int)")
	f.exec("CREATE VIEW v AS SELECT * FROM (SELECT SLEEP(30) AS waited) AS s")
	start := time.Now()
	if rel := f.relation(f.store, "v"); rel.Rows >= 0 || len(rel.Columns) != 1 {
		t.Errorf("%+v", rel)
	}
	if d := time.Since(start); d < explainLimit || d > 5*time.Second {
		t.Errorf("it took %s", d)
	}
	f.waitFor("the end at the store", func() bool { return f.running("SLEEP(30)")+f.running("EXPLAIN") == 0 })
	if got, err := f.query(f.statement("SELECT COUNT(*) FROM $t", []catalog.Type{int8Type}, nil)); err != nil || got[0][0] != "0" {
		t.Errorf("the next statement: %v, %v", got, err)
	}
}

// TestColumnStatistics reads what MariaDB has counted of columns without an index, where it may.
func TestColumnStatistics(t *testing.T) {
	f := newFixture(t, nil)
	f.orders()
	if rel := f.relation(f.store, "o"); rel.Column("st").Distinct != 0 || rel.Column("n").Nulls >= 0 || rel.Column("st").Nulls != 0 {
		t.Errorf("before anything is counted: %+v", rel)
	}
	f.exec("ANALYZE TABLE o PERSISTENT FOR ALL")
	t.Cleanup(func() {
		for _, table := range []string{"column_stats", "table_stats", "index_stats"} {
			if _, err := f.admin.Exec("DELETE FROM mysql."+table+" WHERE db_name = ?", f.database); err != nil {
				t.Error(err)
			}
		}
	})
	rel := f.relation(f.store, "o")
	for name, want := range map[string][3]float64{"st": {7, 7, 0}, "n": {50, 50, 0.25}, "c": {80, 120, 0}, "id": {15_000, 25_000, 0}} {
		if c := rel.Column(name); c.Distinct < want[0]-0.01 || c.Distinct > want[1]+0.01 || c.Nulls != want[2] {
			t.Errorf("%s: %+v", name, c)
		}
	}
	// An account that may read nothing but its tables gets no error, and no estimate of a view whose tables are not its own.
	user := "r" + f.database[max(0, len(f.database)-20):]
	f.exec("CREATE VIEW v AS SELECT * FROM o")
	f.exec("CREATE USER '" + user + "'@'%'")
	t.Cleanup(func() {
		if _, err := f.admin.Exec("DROP USER '" + user + "'@'%'"); err != nil {
			t.Error(err)
		}
	})
	f.exec("GRANT SELECT ON `" + f.database + "`.* TO '" + user + "'@'%'")
	login := func(s *connectors.Server) { s.User = user }
	reader := f.as(login)
	denied := func() (n int) {
		var name string
		if err := f.admin.QueryRow("SHOW GLOBAL STATUS LIKE 'Access_denied_errors'").Scan(&name, &n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := denied()
	if rel := f.relation(reader, "o"); rel.Rows < 15_000 || rel.Column("st").Distinct != 0 || rel.Column("c").Distinct < 80 {
		t.Errorf("as a reader: %+v", rel)
	}
	if n := denied() - before; n != 0 {
		t.Errorf("the store refused %d statements", n)
	}
	if rel := f.relation(reader, "v"); rel.Rows >= 0 || len(rel.Columns) != 4 {
		t.Errorf("a view, as a reader: %+v", rel)
	}
	f.exec("GRANT SHOW VIEW ON `" + f.database + "`.* TO '" + user + "'@'%'")
	if rel := f.relation(f.as(login), "v"); rel.Rows < 15_000 || rel.Rows > 25_000 {
		t.Errorf("a view, as a reader who may see its text: %+v", rel)
	}
}

// TestStatisticsGiveWay: a question for statistics leaves the only connection to who needs it, and is asked again afterwards.
func TestStatisticsGiveWay(t *testing.T) {
	f := newFixture(t, func(s *connectors.Server) { s.Connections = 1 })
	f.exec("CREATE TABLE t (id int)")
	f.exec("CREATE VIEW v AS SELECT * FROM (SELECT SLEEP(30) AS waited) AS s")
	q := f.statement("SELECT COUNT(*) FROM $t", []catalog.Type{int8Type}, nil)
	if _, err := f.query(q); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		done := make(chan error, 1)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			rel, err := f.store.Relation(ctx, f.database, "v")
			if err == nil && len(rel.Columns) != 1 {
				t.Errorf("%+v", rel)
			}
			done <- err
		}()
		f.waitFor("the question", func() bool { return f.running("EXPLAIN") == 1 })
		start := time.Now()
		if got, err := f.query(q); err != nil || got[0][0] != "0" {
			t.Errorf("%v, %v", got, err)
		}
		if d := time.Since(start); d > explainLimit/2 {
			t.Errorf("a query waited for statistics for %s", d)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		cancel()
	}
}

// TestOtherServer describes a table of a server that does not call itself MariaDB and does not know MySQL 8's setting.
func TestOtherServer(t *testing.T) {
	f := newFixture(t, nil)
	f.orders()
	c, err := f.store.(*store).dialer.dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if !c.mariaDB {
		t.Error("this is MariaDB")
	}
	c.mariaDB = false
	for range 2 {
		if rel, err := c.relation(t.Context(), f.database, "o"); err != nil || rel.Rows < 15_000 || rel.Rows > 25_000 || !c.fresh {
			t.Errorf("%+v, %v", rel, err)
		}
	}
}

// TestPlannedRows reads the forms of servers that are not at hand: MySQL's first as its source writes it, with numbers made up here.
func TestPlannedRows(t *testing.T) {
	for _, c := range []struct {
		plan string
		want float64
	}{
		// MySQL 8
		{`{"query_block": {"select_id": 1, "cost_info": {"query_cost": "1.00"}, "table": {"table_name": "t", "access_type": "ALL",
			"rows_examined_per_scan": 1000, "rows_produced_per_join": 333, "filtered": "33.33", "cost_info": {"read_cost": "0.25"}, "used_columns": ["a"]}}}`, 333},
		{`{"query_block": {"select_id": 1, "nested_loop": [
			{"table": {"table_name": "a", "rows_examined_per_scan": 100, "rows_produced_per_join": 100, "filtered": "100.00"}},
			{"table": {"table_name": "b", "rows_examined_per_scan": 3, "rows_produced_per_join": 300, "filtered": "100.00"}}]}}`, 300},
		{`{"query_block": {"select_id": 1, "table": {"table_name": "v", "rows_examined_per_scan": 42, "rows_produced_per_join": 42, "filtered": "100.00",
			"materialized_from_subquery": {"using_temporary_table": true, "query_block": {"select_id": 2, "grouping_operation": {"using_filesort": false,
			"table": {"table_name": "t", "rows_examined_per_scan": 9999, "rows_produced_per_join": 9999, "filtered": "100.00"}}}}}}}`, 42},
		{`{"query_block": {"select_id": 1, "ordering_operation": {"using_filesort": true, "duplicates_removal": {"nested_loop": [
			{"table": {"table_name": "a", "rows_examined_per_scan": 5, "filtered": "100.00"}},
			{"table": {"table_name": "b", "rows_examined_per_scan": 7, "filtered": "100.00", "first_match": "a"}}]}}}}`, 5},
		{`{"query_block": {"select_id": 1, "table": {"table_name": "a", "rows_examined_per_scan": 5, "filtered": "100.00", "attached_subqueries": [
			{"dependent": true, "query_block": {"select_id": 2, "table": {"table_name": "b", "rows_examined_per_scan": 1000, "rows_produced_per_join": 1000}}}]}}}`, 5},
		{`{"query_block": {"union_result": {"using_temporary_table": true, "table_name": "<union1,2>", "access_type": "ALL", "query_specifications": [
			{"dependent": false, "query_block": {"select_id": 1, "table": {"rows_examined_per_scan": 10, "rows_produced_per_join": 10}}},
			{"dependent": false, "query_block": {"select_id": 2, "message": "No tables used"}}]}}}`, 11},
		{`{"query_block": {"select_id": 1, "message": "Impossible WHERE"}}`, 0},
		{`{"query_block": {"select_id": 1, "message": "no matching row in const table"}}`, 0},
		{`{"query_block": {"select_id": 1, "message": "Select tables optimized away"}}`, 1},
		{`{"query_block": {"select_id": 1, "message": "something new"}}`, -1},
		// the second form of MySQL 8.3, not held against anything
		{`{"query": "/* select#1 */ select …", "operation": "Table scan on t", "estimated_rows": 16.0, "inputs": [{"estimated_rows": 99.0}]}`, 16},
		{`{"query": "…", "query_plan": {"operation": "Table scan on t", "estimated_rows": 17.5}, "json_schema_version": "2.0"}`, 17.5},
		// older MariaDB
		{`{"query_block": {"select_id": 1, "table": {"table_name": "a", "rows": 10, "filtered": 50}, "block-nl-join": {"table": {"table_name": "b", "rows": 7,
			"filtered": 100}, "buffer_type": "flat", "join_type": "BNL"}, "table": {"table_name": "<subquery2>", "rows": 2, "filtered": 100, "materialized":
			{"unique": 1, "query_block": {"select_id": 2, "table": {"table_name": "c", "rows": 1000, "filtered": 100}}}}}}`, 70},
		{`{"query_block": {"filesort": {"sort_key": "a.x", "temporary_table": {"table": {"table_name": "a", "rows": 10, "filtered": 100}}},
			"subqueries": [{"expression_cache": {"query_block": {"select_id": 2, "table": {"rows": 500}}}}]}}`, 10},
		// none
		{"", -1},
		{"{", -1},
		{`[]`, -1},
		{`{}`, -1},
		{`{"query_block": 1}`, -1},
		{`{"query_block": {"table": [1]}}`, -1},
		{strings.Repeat(`{"query_block":`, 5000), -1},
	} {
		if got := plannedRows(c.plan); got != c.want {
			t.Errorf("%.300s: %g, expected %g", c.plan, got, c.want)
		}
	}
}
