package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestAttribution looks from the stores at who asks: the id of the query behind each statement, and the end user in a setting that
// PostgreSQL's own row security reads.
func TestAttribution(t *testing.T) {
	w := newUnservedWorld(t)
	path := filepath.Join(w.dir, "mesh.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(text), "kind: postgres,", "kind: postgres, endUser: mesh.end_user,", 1)
	if changed == string(text) {
		t.Fatal("mesh.yaml has no store of PostgreSQL")
	}
	if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	execSQL(t, w.sales, "DROP TABLE facts")
	execSQL(t, w.sales, "CREATE VIEW facts AS SELECT 1::bigint AS id, length(current_setting('mesh.end_user')) AS article_id, 1::bigint AS session_id, 0::numeric(12,2) AS amount")
	w.serve(t)
	for _, user := range []string{"ann", "root"} {
		c := w.connect(t, user)
		for _, sql := range []string{"SELECT article_id FROM sales.facts", "BEGIN ISOLATION LEVEL REPEATABLE READ", "SELECT article_id FROM sales.facts"} {
			if a := ask(c, sql); a.code != "" || len(a.rows) > 0 && a.rows[0] != map[string]string{"ann": "3", "root": "4"}[user] {
				t.Errorf("%s, %s: %s", user, sql, a)
			}
		}
	}
	for domain, sql := range map[string]string{
		"sales": "SELECT query FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%slow%' AND pid <> pg_backend_pid()",
		"shop":  "SELECT info FROM information_schema.processlist WHERE info LIKE '%slow%' AND id <> connection_id()",
	} {
		c := w.connect(t, "root")
		done := make(chan struct{})
		go func() {
			defer close(done)
			ask(c, "SELECT * FROM "+domain+".slow")
		}()
		eventually(t, 10*time.Second, "the store does not see whose query it runs", func() bool {
			var text string
			if domain == "sales" {
				err = w.sales.QueryRow(t.Context(), sql).Scan(&text)
			} else {
				err = w.shop.QueryRow(sql).Scan(&text)
			}
			return err == nil && strings.Contains(text, " /*application='meshgate',query_id='")
		})
		if err := c.CancelRequest(t.Context()); err != nil {
			t.Error(err)
		}
		<-done
	}
}
