// Command generate extracts the system catalogs of a running PostgreSQL 15 into pgcat/pg15.gz.
//
//	go run ./pgcat/generate -dsn 'host=… user=… dbname=template1' -out pgcat/pg15.gz
//
// The server must be freshly made by initdb: whatever it holds beside the built-in objects would be taken for built-in.
package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"flag"
	"fmt"
	"log"
	"maps"
	"os"
	"slices"
	"sort"
	"strings"

	"github.com/jackc/pgx/v5"
)

func main() {
	dsn := flag.String("dsn", "", "connection string of a freshly made PostgreSQL 15")
	out := flag.String("out", "pgcat/pg15.gz", "file to write")
	flag.Parse()
	if err := run(context.Background(), *dsn, *out); err != nil {
		log.Fatal(err)
	}
}

// skipped relations hold data of one cluster, or nothing that a client reads from a read-only gateway. Their columns are
// still extracted.
var skipped = map[string]bool{
	"pg_catalog.pg_statistic": true, "pg_catalog.pg_rewrite": true, "pg_catalog.pg_shdepend": true, "pg_catalog.pg_authid": true,
	"pg_catalog.pg_database": true, "pg_catalog.pg_largeobject": true,
}

// functions are set-returning functions whose rows are constant.
var functions = map[string]string{
	"pg_catalog.pg_get_keywords":     "SELECT * FROM pg_get_keywords() ORDER BY 1",
	"pg_catalog.pg_timezone_names":   "SELECT name, abbrev, utc_offset::text, is_dst FROM pg_timezone_names WHERE name !~ '^(posix|right)/|posixrules|localtime' ORDER BY 1",
	"pg_catalog.pg_timezone_abbrevs": "SELECT * FROM pg_timezone_abbrevs ORDER BY 1",
	"pg_catalog.pg_settings": `SELECT name, CASE WHEN source IN ('default', 'override') AND setting !~ '^/' THEN setting ELSE boot_val END AS setting,
		unit, category, short_desc, extra_desc, context, vartype, 'default' AS source, min_val, max_val, enumvals, boot_val,
		boot_val AS reset_val, NULL AS sourcefile, NULL::int AS sourceline, false AS pending_restart FROM pg_settings ORDER BY 1`,
	"pg_catalog.pg_available_extension_versions": "SELECT * FROM pg_available_extension_versions WHERE name = 'plpgsql'",
	"pg_catalog.pg_available_extensions":         "SELECT * FROM pg_available_extensions WHERE name = 'plpgsql'",
}

// definitions are texts that PostgreSQL makes of its own objects where the rows of the catalogs hold an expression's tree.
var definitions = map[string]string{
	"#defaults":    "SELECT oid, n, pg_get_function_arg_default(oid, n) AS definition FROM pg_proc, generate_series(pronargs - pronargdefaults + 1, pronargs) n WHERE pronargdefaults > 0 ORDER BY 1, 2",
	"#bodies":      "SELECT oid, pg_get_function_sqlbody(oid) AS definition FROM pg_proc WHERE prosqlbody IS NOT NULL ORDER BY 1",
	"#constraints": "SELECT oid, pg_get_constraintdef(oid) AS definition, pg_get_constraintdef(oid, true) AS pretty FROM pg_constraint ORDER BY 1",
	"#expressions": `SELECT DISTINCT tree, definition FROM (
		SELECT proargdefaults::text AS tree, pg_get_expr(proargdefaults, 0) AS definition FROM pg_proc WHERE proargdefaults IS NOT NULL
		UNION ALL SELECT conbin::text, pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE conbin IS NOT NULL
		UNION ALL SELECT typdefaultbin::text, pg_get_expr(typdefaultbin, 0) FROM pg_type WHERE typdefaultbin IS NOT NULL
		UNION ALL SELECT adbin::text, pg_get_expr(adbin, adrelid) FROM pg_attrdef
		UNION ALL SELECT indexprs::text, pg_get_expr(indexprs, indrelid) FROM pg_index WHERE indexprs IS NOT NULL
		UNION ALL SELECT indpred::text, pg_get_expr(indpred, indrelid) FROM pg_index WHERE indpred IS NOT NULL) e ORDER BY 1`,
	"#indexes": "SELECT indexrelid AS oid, pg_get_indexdef(indexrelid) AS definition FROM pg_index ORDER BY 1",
	"#tokens":  "SELECT p.oid AS parser, t.* FROM pg_ts_parser p, ts_token_type(p.oid) t ORDER BY 1, 2",
	"#views":   "SELECT oid, pg_get_viewdef(oid) AS definition, pg_get_viewdef(oid, true) AS pretty FROM pg_class WHERE relkind = 'v' ORDER BY 1",
	"#access methods": `SELECT a.oid, p AS property, pg_indexam_has_property(a.oid, p) AS has FROM pg_am a,
		unnest(ARRAY['can_order', 'can_unique', 'can_multi_col', 'can_exclude', 'can_include']) p ORDER BY 1, 2`,
}

func run(ctx context.Context, dsn, out string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	// Names in reg* columns must carry their schema only where PostgreSQL's own clients see it.
	if _, err := conn.Exec(ctx, "SET search_path = pg_catalog; SET TimeZone = UTC"); err != nil {
		return err
	}
	relations, err := relations(ctx, conn)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := section(ctx, conn, &text, "#columns", columnsQuery); err != nil {
		return err
	}
	for _, r := range relations {
		if r.kind != "r" && functions[r.name] == "" || skipped[r.name] {
			continue
		}
		query := functions[r.name]
		if query == "" {
			query = fmt.Sprintf("SELECT %s FROM %s ORDER BY %s", r.columns, r.name, r.order)
		}
		if err := section(ctx, conn, &text, r.name, query); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
	}
	if err := section(ctx, conn, &text, "pg_catalog.pg_get_keywords", functions["pg_catalog.pg_get_keywords"]); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(definitions)) {
		if err := section(ctx, conn, &text, name, definitions[name]); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := z.Write(text.Bytes()); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return os.WriteFile(out, packed.Bytes(), 0o644)
}

type relation struct{ name, kind, columns, order string }

// relations lists the system relations with an order that makes the output the same on every run.
func relations(ctx context.Context, conn *pgx.Conn) ([]relation, error) {
	rows, err := conn.Query(ctx, `SELECT n.nspname || '.' || c.relname, c.relkind::text,
		EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'oid'),
		(SELECT count(*) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0),
		-- A regproc prints as a name without arguments, which does not identify a function.
		(SELECT string_agg(quote_ident(attname) || CASE WHEN atttypid = 'regproc'::regtype THEN '::oid' ELSE '' END, ', ' ORDER BY attnum)
			FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0)
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname IN ('pg_catalog', 'information_schema') AND c.relkind IN ('r', 'v')`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []relation
	for rows.Next() {
		var r relation
		var hasOID bool
		var columns int
		if err := rows.Scan(&r.name, &r.kind, &hasOID, &columns, &r.columns); err != nil {
			return nil, err
		}
		r.order = "oid"
		if !hasOID {
			var ordinals []string
			for i := 1; i <= min(columns, 3); i++ {
				ordinals = append(ordinals, fmt.Sprint(i))
			}
			r.order = strings.Join(ordinals, ", ")
		}
		if r.name == "pg_catalog.pg_attribute" {
			r.order = "attrelid, attnum" // as PostgreSQL has them, which clients expect without asking
		}
		list = append(list, r)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].name < list[j].name })
	return list, rows.Err()
}

// columnsQuery gives every column of every system relation.
const columnsQuery = `SELECT n.nspname AS nspname, c.relname AS relname, c.oid AS reloid, c.relkind AS relkind, a.attnum AS attnum,
	a.attname AS attname, a.atttypid AS atttypid, a.atttypmod AS atttypmod, a.attnotnull AS attnotnull
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
	WHERE n.nspname IN ('pg_catalog', 'information_schema') AND c.relkind IN ('r', 'v') AND a.attnum > 0 AND NOT a.attisdropped
	ORDER BY 1, 2, 5`

// section writes one relation: a line "@name<TAB>column<TAB>…", then its rows in COPY's text format, then an empty line.
func section(ctx context.Context, conn *pgx.Conn, text *bytes.Buffer, name, query string) error {
	rows, err := conn.Query(ctx, query+" LIMIT 0")
	if err != nil {
		return err
	}
	header := []string{"@" + name}
	for _, f := range rows.FieldDescriptions() {
		header = append(header, f.Name)
	}
	rows.Close()
	if err := rows.Err(); err != nil {
		return err
	}
	fmt.Fprintln(text, strings.Join(header, "\t"))
	if _, err := conn.PgConn().CopyTo(ctx, text, "COPY ("+query+") TO STDOUT"); err != nil {
		return err
	}
	fmt.Fprintln(text)
	return nil
}
