package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"meshgate/internal/teststores"
)

// recordings are what clients were seen to send; they are beside the repository, and not everywhere.
const recordings = "../../../shared/clients"

// replayTables are the tables that the recordings read, as PostgreSQL holds them.
var replayTables = []string{
	"CREATE SCHEMA IF NOT EXISTS sales",
	`CREATE TABLE public.customers (id integer PRIMARY KEY, name text NOT NULL, email varchar(80), balance numeric(12,2), created timestamptz, tags text[], meta jsonb, raw bytea,
		uid uuid, active boolean)`,
	"CREATE TABLE sales.orders (id bigint PRIMARY KEY, customer_id integer REFERENCES public.customers (id), amount numeric(10,2), d date, st text, c text)",
	`INSERT INTO public.customers SELECT i, 'name ' || i, i || '@example.com', i * 1.5, timestamptz '2024-01-01 00:00:00+00' + i * interval '1 hour', ARRAY['a', i::text], jsonb_build_object('n', i),
		decode(to_hex(4096 + i), 'hex'), ('00000000-0000-0000-0000-' || lpad(i::text, 12, '0'))::uuid, i % 2 = 0 FROM generate_series(1, 40) i`,
	"INSERT INTO sales.orders SELECT i, i % 40 + 1, i * 2.25, date '2024-01-01' + i, 'open', 'x' FROM generate_series(1, 60) i",
}

// replayMesh publishes the tables under the names that they have.
var replayMesh = map[string]string{
	"mesh.yaml": `mesh: shop
auth: {methods: [scram-sha-256]}
limits: {statementTimeout: 1m}
stores: {db: {kind: postgres, host: 127.0.0.1, port: ${PG_PORT}, database: ${PG_DATABASE}, user: postgres, tls: disable}}
`,
	"users.yaml":                    "users: [{name: root, password: \"${VERIFIER}\", groups: [stewards]}]\n",
	"domains/public/domain.yaml":    "owner: shop@example.com\n",
	"domains/sales/domain.yaml":     "owner: shop@example.com\n",
	"governance/all.policy.yaml":    "apiVersion: meshgate/v1\nkind: PolicySet\nmetadata: {name: all, tier: global, owner: guild@example.com}\nrules: [{id: ALL, match: {domains: [sales, public]}, effect: grant, to: {groups: [stewards]}}]\n",
	"domains/public/shop.odcs.yaml": replayContract("public", "[{name: customers, properties: [{name: id, physicalType: integer, primaryKey: true}, {name: name, physicalType: text, required: true}, {name: email, physicalType: varchar(80)}, {name: balance, physicalType: \"numeric(12,2)\"}, {name: created, physicalType: timestamptz}, {name: tags, physicalType: \"text[]\"}, {name: meta, physicalType: jsonb}, {name: raw, physicalType: bytea}, {name: uid, physicalType: uuid}, {name: active, physicalType: boolean}]}]"),
	"domains/sales/shop.odcs.yaml":  replayContract("sales", "[{name: orders, properties: [{name: id, physicalType: bigint, primaryKey: true}, {name: customer_id, physicalType: integer}, {name: amount, physicalType: \"numeric(10,2)\"}, {name: d, physicalType: date}, {name: st, physicalType: text}, {name: c, physicalType: text}]}]"),
}

func replayContract(domain, schema string) string {
	return "apiVersion: v3.1.0\nkind: DataContract\nid: " + domain + "\nversion: 1.0.0\nstatus: active\ndomain: " + domain +
		"\nservers: [{server: main, type: postgres, host: 127.0.0.1, port: ${PG_PORT}, database: ${PG_DATABASE}, schema: " + domain +
		", customProperties: [{property: credentialRef, value: db}]}]\nschema: " + schema + "\n"
}

// refusedInReplay are statements that the gateway does not answer as PostgreSQL does: what is in the statement, and why.
var refusedInReplay = map[string]string{
	"CREATE TABLE tmp_pd": "a write, which the recording makes in a transaction that it declared READ WRITE",
}

// replayWorld serves the mesh over tables of a PostgreSQL, which is what it is compared with, too.
func replayWorld(t *testing.T) *world {
	t.Helper()
	w := &world{dir: t.TempDir(), log: &lockedBuffer{}}
	c, name := teststores.NewPostgres(t)
	for _, q := range replayTables {
		execSQL(t, c, q)
	}
	v, err := verifier(password)
	if err != nil {
		t.Fatal(err)
	}
	w.oracle = teststores.PostgresDSN(t, name) + " default_transaction_read_only=on"
	w.vars = map[string]string{"PG_PORT": teststores.PostgresPort(t), "PG_DATABASE": name, "VERIFIER": v}
	for path, text := range replayMesh {
		if err := w.writeMeshFile(path, text); err != nil {
			t.Fatal(err)
		}
	}
	w.serve(t)
	return w
}

// recorded is a statement of a recording.
type recorded struct {
	sql    string
	params [][]byte // as text; nil if it has none, or was seen with binary ones only
}

var (
	recordedHead  = regexp.MustCompile(`^-- (client:|action:|source:|messages:|Startup|@)`)
	recordedBind  = regexp.MustCompile(`^-- @ bind portal=\S* param_fmts=\[([0, ]*)\] result_fmts=\S* params=(\[.*\])$`)
	hasParameters = regexp.MustCompile(`\$\d`)
)

func readRecording(t *testing.T, file string) (out []recorded) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range strings.Split(string(text), "\n-- ;;\n")[1:] {
		var r recorded
		var sql []string
		for _, line := range strings.Split(block, "\n") {
			var values []*string
			if m := recordedBind.FindStringSubmatch(line); m != nil && r.params == nil && json.Unmarshal([]byte(m[2]), &values) == nil {
				for _, v := range values {
					var p []byte
					if v != nil {
						p = []byte(*v)
					}
					r.params = append(r.params, p)
				}
			}
			if !recordedHead.MatchString(line) {
				sql = append(sql, line)
			}
		}
		r.sql = strings.TrimSpace(strings.Join(sql, "\n"))
		if r.sql != "" {
			out = append(out, r)
		}
	}
	return out
}

// TestReplay asks the gateway and PostgreSQL what clients were recorded to ask: where PostgreSQL answers, so does the gateway, with
// columns of the same names and types.
func TestReplay(t *testing.T) {
	files, err := filepath.Glob(recordings + "/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("the recordings of clients are not beside this repository: " + recordings)
	}
	w := replayWorld(t)
	used := map[string]bool{}
	statements, compared := 0, 0
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			ours, theirs := &replaySession{dsn: strings.Replace(w.dsn("root"), "acme", "shop", 1)}, &replaySession{dsn: w.oracle}
			for _, r := range readRecording(t, file) {
				statements++
				got, want := ours.ask(t, r), theirs.ask(t, r)
				if want.code != "" || got.code != "" {
					ours.ask(t, recorded{sql: "ROLLBACK"})
					theirs.ask(t, recorded{sql: "ROLLBACK"})
				}
				reasons := refusals(r.sql)
				same := want.code != "" || got.code == "" && sameColumns(got.columns, want.columns)
				switch {
				case !same && len(reasons) > 0:
					for _, reason := range reasons {
						used[reason] = true
					}
				case !same:
					t.Errorf("%s\n%s\nPostgreSQL: %s", r.sql, head(got), head(want))
				case want.code == "" && !ownRows.MatchString(r.sql):
					compared++
					if !sameReplayed(got.rows, want.rows, strings.Contains(strings.ToUpper(r.sql), "ORDER BY")) {
						t.Errorf("%s\n%s\nPostgreSQL:\n%s", r.sql, got, want)
					}
				}
			}
		})
	}
	t.Logf("%d statements, rows of %d compared", statements, compared)
	for _, reason := range slices.Sorted(maps.Values(refusedInReplay)) {
		if !used[reason] {
			t.Errorf("nothing is refused any more for this reason: %s", reason)
		}
	}
}

// ownRows matches statements whose rows are the server's own, or the moment's.
var ownRows = regexp.MustCompile(`(?i)pg_|EXECUTE |information_schema|version|now\(|current_|inet_|txid|session_|SHOW|EXPLAIN|reg[a-z]+|timestamp`)

// sameReplayed compares rows, in any order where none was asked for.
func sameReplayed(got, want []string, ordered bool) bool {
	if !ordered {
		got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	}
	return slices.Equal(got, want)
}

// refusals are the reasons why a statement is expected not to be answered.
func refusals(sql string) (reasons []string) {
	for part, reason := range refusedInReplay {
		if strings.Contains(sql, part) {
			reasons = append(reasons, reason)
		}
	}
	return reasons
}

func head(a answer) string {
	if a.code != "" {
		return a.String()
	}
	return strings.Join(a.columns, " | ")
}

// sameColumns compares names and types. The numbers of types that a database has of its own differ.
func sameColumns(got, want []string) bool {
	return slices.EqualFunc(got, want, func(g, w string) bool {
		return g == w || strings.HasSuffix(w, " own") && strings.TrimSuffix(w, " own") == g[:strings.LastIndex(g, " ")]
	})
}

// replaySession is a connection that is made anew when a statement ended it.
type replaySession struct {
	dsn  string
	conn *pgconn.PgConn
}

func (s *replaySession) ask(t *testing.T, r recorded) (a answer) {
	t.Helper()
	if s.conn == nil || s.conn.IsClosed() {
		s.conn = connectTo(t, s.dsn)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if !hasParameters.MatchString(r.sql) {
		results := s.conn.Exec(ctx, r.sql)
		for results.NextResult() {
			rows := results.ResultReader()
			a.addColumns(rows.FieldDescriptions())
			for rows.NextRow() {
				a.rows = append(a.rows, rowText(rows.Values()))
			}
			_, _ = rows.Close() // its error comes again below
		}
		a.fail(results.Close())
		return a
	}
	d, err := s.conn.Prepare(ctx, "", r.sql, nil)
	if err != nil {
		a.fail(err)
		return a
	}
	a.columns = append(a.columns, fmt.Sprint(d.ParamOIDs))
	a.addColumns(d.Fields)
	if len(r.params) == len(d.ParamOIDs) {
		result := s.conn.ExecPrepared(ctx, "", r.params, nil, nil).Read()
		for _, row := range result.Rows {
			a.rows = append(a.rows, rowText(row))
		}
		a.fail(result.Err)
	}
	return a
}

func (a *answer) addColumns(fields []pgconn.FieldDescription) {
	const firstOwn = 16384 // below are PostgreSQL's own objects; information_schema's are made by each initdb
	for _, f := range fields {
		kind := fmt.Sprint(f.DataTypeOID)
		if f.DataTypeOID >= firstOwn || f.DataTypeOID > 10000 {
			kind = "own"
		}
		a.columns = append(a.columns, f.Name+" "+kind)
	}
}
