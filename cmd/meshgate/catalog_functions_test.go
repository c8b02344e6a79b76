package main

import (
	"strings"
	"testing"
	"time"
)

// catalogFunctionQueries have the same answer in PostgreSQL and in the gateway: they ask about what every database has.
var catalogFunctionQueries = []string{
	"SELECT oid, pg_get_functiondef(oid) FROM pg_proc WHERE prokind <> 'a' ORDER BY 1",
	`SELECT oid, pg_get_function_arguments(oid), pg_get_function_identity_arguments(oid), pg_get_function_result(oid), pg_get_function_sqlbody(oid),
		pg_get_function_arg_default(oid, 2), pg_get_expr(proargdefaults, 0) FROM pg_proc ORDER BY 1`,
	"SELECT pg_get_functiondef('sum(int4)'::regprocedure)",
	"SELECT oid, pg_get_viewdef(oid), pg_get_viewdef(oid, true) FROM pg_class WHERE relkind = 'v' AND oid < 16384 ORDER BY 1",
	"SELECT conname, pg_get_constraintdef(oid), pg_get_constraintdef(oid, true) FROM pg_constraint WHERE oid < 16384 ORDER BY 1",
	"SELECT indexrelid::regclass, pg_get_indexdef(indexrelid), pg_get_indexdef(indexrelid, 2, true), pg_get_indexdef(indexrelid, 0, true) FROM pg_index WHERE indexrelid < 16384 ORDER BY indexrelid",
	"SELECT * FROM pg_indexes WHERE schemaname = 'pg_catalog' ORDER BY indexname",
	"SELECT viewname, definition FROM pg_views WHERE schemaname = 'pg_catalog' ORDER BY 1",
	"SELECT indexname FROM pg_indexes WHERE has_table_privilege(quote_ident(schemaname) || '.' || quote_ident(indexname), 'SELECT') AND schemaname = 'pg_catalog' ORDER BY 1 LIMIT 3",
	"SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE has_schema_privilege(n.nspname, 'USAGE') IS NULL",
	`SELECT t, acldefault(t::"char", 0) FROM unnest(string_to_array('crsdflLnptFST', NULL)) t`,
	"SELECT acldefault('x', 10)",
	"SELECT p.oid, a.privilege_type, a.is_grantable, a.grantee FROM pg_proc p, aclexplode(proacl) a ORDER BY 1, 2, 4",
	"SELECT proacl = proacl, proacl IS DISTINCT FROM NULL, count(*) FROM pg_proc GROUP BY 1, 2 ORDER BY 1, 2",
	"SELECT count(*) FROM (SELECT relacl FROM pg_class WHERE oid < 16384 GROUP BY relacl) r",
	"SELECT count(*) FROM (SELECT DISTINCT xmin FROM pg_class WHERE oid = 1259) r",
	"SELECT relacl FROM pg_class ORDER BY relacl",
	"SELECT makeaclitem(0, 0, 'SELECT', true), makeaclitem(0, 0, 'temp', false)",
	"SELECT makeaclitem(0, 0, 'SELECT, UPDATE', true)",
	"SELECT relname FROM pg_class WHERE aclcontains(relacl, makeaclitem(0, 10, 'SELECT', false)) AND relacl @> makeaclitem(10, 10, 'UPDATE', false) AND oid < 1300 ORDER BY 1",
	"SELECT * FROM pg_options_to_table(ARRAY['a=b', 'c', 'd=e=f', ''])",
	"SELECT * FROM pg_options_to_table(ARRAY['a=b', NULL])",
	"SELECT * FROM ts_token_type('default')",
	"SELECT p.prsname, t.* FROM pg_ts_parser p, ts_token_type(p.oid) t ORDER BY 2",
	"SELECT * FROM ts_token_type(99)",
	"SELECT * FROM ts_token_type('x')",
	"SELECT * FROM pg_partition_tree('pg_class')",
	"SELECT typname[0], typname[1], typname[70], typname[63], typname[-1], typname[0] = '_' FROM pg_type WHERE oid IN (16, 1000) ORDER BY oid",
	"SELECT typname[0:1] FROM pg_type",
	"SELECT pg_size_bytes('1.5 GB'), pg_size_bytes(' 10'), pg_size_bytes('1kb'), pg_size_bytes('-1.5 kB'), pg_size_bytes('1e3 bytes')",
	"SELECT pg_size_bytes('x')",
	"SELECT pg_size_bytes('1 xx')",
	`SELECT t, m, information_schema._pg_char_max_length(t, m), information_schema._pg_char_octet_length(t, m), information_schema._pg_numeric_precision(t, m),
		information_schema._pg_numeric_precision_radix(t, m), information_schema._pg_numeric_scale(t, m), information_schema._pg_datetime_precision(t, m)
		FROM unnest(ARRAY[16, 20, 21, 23, 25, 700, 701, 1042, 1043, 1560, 1562, 1700, 1082, 1083, 1114, 1184, 1186, 1266]::oid[]) t,
		unnest(ARRAY[-1, 5, 20, 655366, 786436]) m ORDER BY t, m`,
	"SELECT m, information_schema._pg_interval_type(1186, m) FROM unnest(ARRAY[-1, 327679, 458751, 268435459]) m",
	"SELECT oid, oidvectortypes(proargtypes), array_upper(proargtypes, 1), array_lower(proargtypes, 1), proargtypes::text, array_to_string(proargtypes, ',') FROM pg_proc ORDER BY 1",
	"SELECT client_addr, host(client_addr), client_addr::text, family(client_addr), masklen(client_addr) FROM pg_stat_activity WHERE pid = pg_backend_pid()",
	"SELECT bpchar(relkind), text(relkind), texteq(relname, 'pg_class') FROM pg_class WHERE oid = 1259",
	"SELECT nextval('pg_class')",
	"SELECT currval('nope')",
	"SELECT lastval()",
	"SELECT pg_typeof(txid_current()), txid_current() = txid_current(), age('1'::xid), txid_current_if_assigned() > 0, pg_is_wal_replay_paused FROM (SELECT NULL AS pg_is_wal_replay_paused) x",
	"SELECT pg_is_wal_replay_paused()",
	"SELECT pg_describe_object(1259, 1249, 2), pg_describe_object(2615, 11, 0), pg_describe_object(1259, 2662, 0)",
	"SELECT t.* FROM pg_type y, pg_identify_object(1247, y.oid, 0) t WHERE y.oid < 10000 ORDER BY y.oid",
	"SELECT t.* FROM pg_proc y, pg_identify_object(1255, y.oid, 0) t ORDER BY y.oid",
	"SELECT t.* FROM pg_class y, pg_identify_object(1259, y.oid, 0) t WHERE y.oid < 10000 AND relkind IN ('r', 'v') ORDER BY y.oid",
	"SELECT pg_describe_object(1247, oid, 0) FROM pg_type WHERE oid < 10000 ORDER BY oid",
	"SELECT pg_describe_object(1255, oid, 0) FROM pg_proc ORDER BY oid",
	"SELECT a.oid, p, pg_indexam_has_property(a.oid, p) FROM pg_am a, unnest(ARRAY['can_order', 'can_unique', 'CAN_include', 'x']) p ORDER BY 1, 2",
	"SELECT name, comment FROM pg_available_extensions() WHERE name = 'plpgsql'",
	"SELECT pg_sleep(0.01), pg_sleep_for('10 ms'), pg_sleep(-1), pg_sleep(NULL)",
	"SELECT * FROM pg_get_publication_tables('nope')",
	"SELECT parse_ident('a.\"B c\"'), current_schemas(false) IS NULL",
	"SELECT pg_has_role('nobody at all', 'USAGE')",
	"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE false",
	"SELECT to_regcollation('\"C\"'), to_regoperator('+(int4,int4)'), to_regcollation('nope')",
}

// TestCatalogFunctions asks the gateway and PostgreSQL the same.
func TestCatalogFunctions(t *testing.T) {
	w := replayWorld(t)
	ours, theirs := &replaySession{dsn: strings.Replace(w.dsn("root"), "acme", "shop", 1)}, &replaySession{dsn: w.oracle}
	for _, q := range catalogFunctionQueries {
		got, want := ours.rows(t, q), theirs.rows(t, q)
		want = strings.ReplaceAll(strings.ReplaceAll(want, "postgres=", "meshgate="), "/postgres", "/meshgate")
		if got != want {
			g, p := firstDifference(got, want)
			t.Errorf("%s\ngot  %s\nwant %s", q, g, p)
		}
	}
}

// rows are a statement's columns and rows as text, or its SQLSTATE.
func (s *replaySession) rows(t *testing.T, sql string) string {
	t.Helper()
	if s.conn == nil || s.conn.IsClosed() {
		s.conn = connectTo(t, s.dsn)
	}
	results, err := s.conn.Exec(t.Context(), sql).ReadAll()
	if err != nil {
		var a answer
		a.fail(err)
		return a.code
	}
	var b strings.Builder
	for _, r := range results {
		for _, f := range r.FieldDescriptions {
			b.WriteString(f.Name + "\t")
		}
		b.WriteByte('\n')
		for _, row := range r.Rows {
			for _, v := range row {
				if v == nil {
					b.WriteString("NULL\t")
				} else {
					b.WriteString(strings.ReplaceAll(string(v), "\n", "⏎") + "\t")
				}
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func firstDifference(got, want string) (string, string) {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return g[i], w[i]
		}
	}
	return got[min(len(got), len(want)):], want[min(len(got), len(want)):]
}

// TestSleep ends pg_sleep by the session's time limit.
func TestSleep(t *testing.T) {
	w := replayWorld(t)
	s := &replaySession{dsn: strings.Replace(w.dsn("root"), "acme", "shop", 1)}
	if got := s.rows(t, "SET statement_timeout = '200ms'"); got != "\n" {
		t.Fatal(got)
	}
	began := time.Now()
	if got := s.rows(t, "SELECT pg_sleep(30)"); got != "57014" {
		t.Errorf("got %s, want 57014", got)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
	if got := s.rows(t, "SELECT pg_sleep(0.05) FROM generate_series(1, 2000)"); got != "57014" {
		t.Errorf("got %s, want 57014", got)
	}
}

// TestNaturalOrder: columns come in the order of their numbers, also where nobody asks for it and tables are joined.
func TestNaturalOrder(t *testing.T) {
	w := replayWorld(t)
	s := &replaySession{dsn: strings.Replace(w.dsn("root"), "acme", "shop", 1)}
	for _, q := range []string{
		"SELECT column_name FROM information_schema.columns WHERE table_name = 'customers'",
		"SELECT attname FROM pg_attribute WHERE attrelid = 'customers'::regclass AND attnum > 0",
		"SELECT a.attname FROM pg_class c, pg_attribute a, pg_namespace n WHERE c.relname = 'customers' AND a.attrelid = c.oid AND n.oid = c.relnamespace",
		`SELECT a.attname FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
			LEFT JOIN pg_description ds ON ds.objoid = c.oid AND ds.objsubid = a.attnum WHERE c.relname = 'customers'`,
		"SELECT c.column_name FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name) WHERE table_name = 'customers'",
		`SELECT unnest(l) FROM (SELECT array_agg(a.attname) AS l FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
			WHERE c.relname = 'customers' GROUP BY c.oid) x`,
	} {
		got := strings.Fields(s.rows(t, q))
		if want := "id name email balance created tags meta raw uid active"; strings.Join(got[1:], " ") != want {
			t.Errorf("%s\ngot  %s\nwant %s", q, got[1:], want)
		}
	}
}
