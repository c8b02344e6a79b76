package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// largeMesh publishes products of 50 columns whose store does not exist: what is asked of the catalogs is answered without it.
func largeMesh(b *testing.B, domains, products int) *world {
	b.Helper()
	w := &world{dir: b.TempDir(), log: &lockedBuffer{}}
	v, err := verifier(password)
	if err != nil {
		b.Fatal(err)
	}
	w.vars = map[string]string{"VERIFIER": v}
	files := map[string]string{
		"mesh.yaml": "mesh: acme\nauth: {methods: [scram-sha-256]}\nlimits: {statementTimeout: 1m}\n" +
			"stores: {db: {kind: postgres, host: 127.0.0.1, port: 1, database: none, user: nobody, tls: disable}}\n",
		"users.yaml": replayMesh["users.yaml"],
	}
	var columns strings.Builder
	columns.WriteString("{name: id, physicalType: bigint, primaryKey: true, required: true}")
	for c := 1; c < 50; c++ {
		fmt.Fprintf(&columns, ", {name: c%02d, physicalType: %q, description: column %d}", c, []string{"bigint", "text", "numeric(10,2)", "timestamptz", "varchar(40)"}[c%5], c)
	}
	var names []string
	for d := range domains {
		name := fmt.Sprintf("d%02d", d)
		names = append(names, name)
		var schema []string
		for p := range products {
			schema = append(schema, fmt.Sprintf("{name: p%02d, description: product %d, properties: [%s]}", p, p, columns.String()))
		}
		files["domains/"+name+"/domain.yaml"] = "owner: team@example.com\n"
		files["domains/"+name+"/all.odcs.yaml"] = "apiVersion: v3.1.0\nkind: DataContract\nid: " + name + "\nversion: 1.0.0\nstatus: active\ndomain: " + name +
			"\nservers: [{server: main, type: postgres, host: 127.0.0.1, port: 1, database: none, schema: " + name +
			", customProperties: [{property: credentialRef, value: db}]}]\nschema: [" + strings.Join(schema, ",\n  ") + "]\n"
	}
	files["governance/all.policy.yaml"] = "apiVersion: meshgate/v1\nkind: PolicySet\nmetadata: {name: all, tier: global, owner: guild@example.com}\nrules: [{id: ALL, match: {domains: [" +
		strings.Join(names, ", ") + "]}, effect: grant, to: {groups: [stewards]}}]\n"
	for path, text := range files {
		if err := w.writeMeshFile(filepath.FromSlash(path), text); err != nil {
			b.Fatal(err)
		}
	}
	w.serve(b)
	return w
}

// largeQueries are what clients ask of one table or one schema of a large catalog.
var largeQueries = []struct{ name, sql string }{
	{"psql find", `SELECT c.oid, n.nspname, c.relname FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relname OPERATOR(pg_catalog.~) '^(p42)$' COLLATE pg_catalog.default AND n.nspname OPERATOR(pg_catalog.~) '^(d42)$' COLLATE pg_catalog.default ORDER BY 2, 3`},
	{"psql columns", `SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod),
		(SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid, true) FROM pg_catalog.pg_attrdef d WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.atthasdef),
		a.attnotnull, pg_catalog.col_description(a.attrelid, a.attnum) FROM pg_catalog.pg_attribute a
		WHERE a.attrelid = 'd42.p42'::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`},
	{"psql indexes", `SELECT c2.relname, i.indisprimary, i.indisunique, pg_catalog.pg_get_indexdef(i.indexrelid, 0, true), pg_catalog.pg_get_constraintdef(con.oid, true), contype
		FROM pg_catalog.pg_class c, pg_catalog.pg_class c2, pg_catalog.pg_index i
		LEFT JOIN pg_catalog.pg_constraint con ON conrelid = i.indrelid AND conindid = i.indexrelid AND contype IN ('p', 'u', 'x')
		WHERE c.oid = 'd42.p42'::regclass AND c.oid = i.indrelid AND i.indexrelid = c2.oid ORDER BY i.indisprimary DESC, c2.relname`},
	{"psql list", `SELECT n.nspname, c.relname, CASE c.relkind WHEN 'r' THEN 'table' END, pg_catalog.pg_get_userbyid(c.relowner) FROM pg_catalog.pg_class c
		LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', '') AND n.nspname !~ '^pg_toast' ORDER BY 1, 2`},
	{"psql visible", `SELECT count(*) FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', 'v') AND pg_catalog.pg_table_is_visible(c.oid)`},
	{"JDBC tables", `SELECT current_database() AS "TABLE_CAT", n.nspname AS "TABLE_SCHEM", c.relname AS "TABLE_NAME", d.description AS "REMARKS" FROM pg_catalog.pg_namespace n, pg_catalog.pg_class c
		LEFT JOIN pg_catalog.pg_description d ON (c.oid = d.objoid AND d.objsubid = 0 AND d.classoid = 'pg_class'::regclass)
		WHERE c.relnamespace = n.oid AND n.nspname LIKE 'd42' AND c.relkind = 'r' ORDER BY 2, 3`},
	{"JDBC columns", `SELECT * FROM (SELECT n.nspname, c.relname, a.attname, a.atttypid, a.attnotnull OR (t.typtype = 'd' AND t.typnotnull) AS attnotnull, a.atttypmod,
		row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum) AS attnum, pg_catalog.pg_get_expr(def.adbin, def.adrelid) AS adsrc, dsc.description, t.typbasetype
		FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_class c ON (c.relnamespace = n.oid) JOIN pg_catalog.pg_attribute a ON (a.attrelid = c.oid)
		JOIN pg_catalog.pg_type t ON (a.atttypid = t.oid) LEFT JOIN pg_catalog.pg_attrdef def ON (a.attrelid = def.adrelid AND a.attnum = def.adnum)
		LEFT JOIN pg_catalog.pg_description dsc ON (c.oid = dsc.objoid AND a.attnum = dsc.objsubid)
		WHERE c.relkind IN ('r', 'p', 'v', 'f', 'm') AND a.attnum > 0 AND NOT a.attisdropped AND n.nspname LIKE 'd42' AND c.relname LIKE 'p42') c
		WHERE true AND attname LIKE '%' ORDER BY nspname, c.relname, attnum`},
	{"information_schema columns", `SELECT column_name, data_type, is_nullable, character_maximum_length, numeric_precision FROM information_schema.columns
		WHERE table_schema = 'd42' AND table_name = 'p42' ORDER BY ordinal_position`},
	{"information_schema tables", "SELECT table_schema, table_name, table_type FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"},
	{"information_schema keys", `SELECT k.column_name FROM information_schema.table_constraints t JOIN information_schema.key_column_usage k
		USING (constraint_schema, constraint_name, table_schema, table_name) WHERE t.constraint_type = 'PRIMARY KEY' AND table_schema = 'd42' AND table_name = 'p42'`},
	{"comments", `SELECT c.relname, obj_description(c.oid, 'pg_class') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'd42' AND relkind = 'r'`},
}

// BenchmarkCatalogs asks a catalog of 10,000 products with 50 columns each what clients ask to describe one of them. cold-ms is the
// first answer after the start.
func BenchmarkCatalogs(b *testing.B) {
	w := largeMesh(b, 100, 100)
	c := w.connect(b, "root")
	for _, q := range largeQueries {
		b.Run(q.name, func(b *testing.B) {
			began := time.Now()
			largeRows(b, c, q.sql)
			cold := time.Since(began)
			for b.Loop() {
				largeRows(b, c, q.sql)
			}
			b.ReportMetric(float64(cold.Milliseconds()), "cold-ms")
		})
	}
}

func largeRows(b *testing.B, c *pgconn.PgConn, sql string) {
	results, err := c.Exec(context.Background(), sql).ReadAll()
	if err != nil || len(results) != 1 || len(results[0].Rows) == 0 {
		b.Fatal(sql, err, len(results))
	}
}
