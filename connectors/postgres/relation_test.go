package postgres

import (
	"testing"
	"time"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgcat"
)

// TestSlowStatistics describes a view whose planning takes long, on the only connection: it ends soon, says nothing of the rows, and
// gives way to a query.
func TestSlowStatistics(t *testing.T) {
	f := newFixture(t, func(s *connectors.Server) { s.Connections = 1 })
	f.exec(`CREATE FUNCTION slow() RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(30); RETURN 1; END';
		CREATE VIEW v AS SELECT i FROM generate_series(1, 10) AS i WHERE i > slow()`)
	one := func() {
		t.Helper()
		if got, err := f.query("SELECT 1", columns(catalog.TypeOf(pgcat.Int4))); err != nil || got[0][0] != "1" {
			t.Errorf("%v, %v", got, err)
		}
	}
	one()
	done := make(chan error, 1)
	describe := func() {
		rel, err := f.store.Relation(t.Context(), "public", "v")
		if err == nil && (len(rel.Columns) != 1 || rel.Rows >= 0) {
			t.Errorf("%+v", rel)
		}
		done <- err
	}
	go describe()
	f.waitFor("the question", func() bool { return f.running("EXPLAIN") == 1 })
	start := time.Now()
	one()
	if d := time.Since(start); d > explainLimit/2 {
		t.Errorf("a query waited for statistics for %s", d)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if d := time.Since(start); d < explainLimit || d > 5*time.Second {
		t.Errorf("statistics took %s", d)
	}
	one()
}
