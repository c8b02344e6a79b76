package planner

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"meshgate/catalog"
	"meshgate/internal/teststores"
	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/policy"
	"meshgate/sqlerr"
)

// allowAll is a policy under which everything may be seen.
type allowAll struct{}

func (allowAll) Decide(_ *policy.Principal, _ time.Time, p *catalog.Product) *policy.Decision {
	d := &policy.Decision{Product: p, Granted: true}
	for range p.Columns {
		d.Columns = append(d.Columns, policy.ColumnDecision{Action: policy.Allow})
	}
	return d
}

const itemsDDL = `id int8 PRIMARY KEY, name text, qty int4, small int2, price numeric(12,2), f float8, code varchar(10), c char(4), d date, ts timestamp,
	tz timestamptz, tm time, iv interval, at timestamptz, u uuid, b bytea, js json, jb jsonb, tags text[], ok bool`

const ordersDDL = `id int8 PRIMARY KEY, item int8, placed timestamptz, note text`

// product makes a product from a table's column definitions, in PostgreSQL's types.
func product(t *testing.T, name catalog.Name, store, ddl string) *catalog.Product {
	t.Helper()
	p := &catalog.Product{Name: name, Store: store, Schema: name.Domain, Table: name.Product}
	for _, part := range splitTop(ddl) {
		fields := strings.Fields(part)
		key := strings.Contains(part, "PRIMARY KEY")
		typeName := strings.TrimSuffix(strings.Join(fields[1:], " "), " PRIMARY KEY")
		p.Columns = append(p.Columns, catalog.Column{Name: fields[0], Physical: fields[0], Type: parseType(t, typeName), PrimaryKey: map[bool]int{true: 1}[key]})
	}
	return p
}

func splitTop(ddl string) []string {
	var out []string
	depth, start := 0, 0
	for i, c := range ddl {
		switch c {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth == 0 {
				out = append(out, strings.TrimSpace(ddl[start:i]))
				start = i + 1
			}
		}
	}
	return append(out, strings.TrimSpace(ddl[start:]))
}

func parseType(t *testing.T, name string) catalog.Type {
	t.Helper()
	stmts, err := Parse("SELECT NULL::" + name)
	if err != nil {
		t.Fatal(name, err)
	}
	b := newBinder(&Input{Format: pgvalue.DefaultFormat()}, "")
	ty, err := b.typeName(stmts[0].node.GetSelectStmt().TargetList[0].GetResTarget().Val.GetTypeCast().TypeName)
	if err != nil {
		t.Fatal(name, err)
	}
	return ty
}

func shopCatalog(t *testing.T) *catalog.Snapshot {
	return catalog.NewSnapshot("mesh", "epoch", []catalog.Domain{{Name: "shop"}}, []*catalog.Product{
		product(t, catalog.Name{Domain: "shop", Product: "items"}, "pg", itemsDDL),
		product(t, catalog.Name{Domain: "shop", Product: "orders"}, "pg", ordersDDL),
	})
}

// TestTypesFollowPostgres holds column names, types, typmods, parameter types and SQLSTATEs of every statement of
// testdata/types.sql against a real PostgreSQL's.
func TestTypesFollowPostgres(t *testing.T) {
	conn, _ := teststores.NewPostgres(t)
	ctx := context.Background()
	if _, err := conn.Exec(ctx, fmt.Sprintf("CREATE SCHEMA shop; CREATE TABLE shop.items (%s); CREATE TABLE shop.orders (%s)", itemsDDL, ordersDDL)); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("testdata/types.sql")
	if err != nil {
		t.Fatal(err)
	}
	in := &Input{Catalog: shopCatalog(t), Policy: allowAll{}, Principal: &policy.Principal{User: "u"}, Format: pgvalue.DefaultFormat(), Version15: true}
	for _, sql := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		want := describePostgres(t, conn.PgConn(), sql)
		if got := describeBound(in, sql); got != want {
			t.Errorf("%s\n  got  %s\n  want %s", sql, got, want)
		}
	}
}

func describePostgres(t *testing.T, conn *pgconn.PgConn, sql string) string {
	t.Helper()
	ctx := context.Background()
	for _, s := range []string{"BEGIN READ ONLY", "SET search_path = pg_catalog"} {
		if _, err := conn.Exec(ctx, s).ReadAll(); err != nil {
			t.Fatal(err)
		}
	}
	defer func() {
		if _, err := conn.Exec(ctx, "ROLLBACK").ReadAll(); err != nil {
			t.Fatal(err)
		}
	}()
	d, err := conn.Prepare(ctx, "", sql, nil)
	if err == nil && len(d.ParamOIDs) == 0 {
		// Some errors come only when the statement runs.
		if r := conn.ExecPrepared(ctx, "", nil, nil, nil).Read(); r.Err != nil {
			err = r.Err
		}
	}
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) {
		return fmt.Sprintf("error %s at %d", pgErr.Code, pgErr.Position)
	}
	if err != nil {
		t.Fatal(sql, err)
	}
	var parts []string
	for _, p := range d.ParamOIDs {
		parts = append(parts, "$"+pgcat.FormatType(p, -1))
	}
	for _, f := range d.Fields {
		parts = append(parts, f.Name+" "+pgcat.FormatType(f.DataTypeOID, f.TypeModifier))
	}
	return strings.Join(parts, ", ")
}

func describeBound(in *Input, sql string) string {
	fail := func(err error) string {
		e := sqlerr.From(err)
		return fmt.Sprintf("error %s at %d", e.Code, e.Position)
	}
	stmts, err := Parse(sql)
	if err != nil {
		return fail(err)
	}
	q, err := bind(in, stmts[0])
	if err != nil {
		return fail(err)
	}
	if _, err := govern(in, q); err != nil {
		return fail(err)
	}
	var parts []string
	for _, p := range q.params {
		parts = append(parts, "$"+pgcat.FormatType(p.OID, -1))
	}
	for _, c := range q.columns {
		parts = append(parts, c.Name+" "+c.Type.String())
	}
	return strings.Join(parts, ", ")
}
