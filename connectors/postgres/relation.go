package postgres

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgcat"
	"meshgate/sqlerr"
)

// relationSQL reads a relation's columns: a domain is seen as its base type, an enum as text.
const relationSQL = `
SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), b.oid, b.typtype, b.typnamespace = 'pg_catalog'::regnamespace,
  CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END, a.attnotnull OR t.typnotnull, coalesce(c.collname, ''),
  NOT coalesce(c.collisdeterministic, true), r.reltuples, e.typtype, coalesce(s.n_distinct, 0), coalesce(s.null_frac, -1)
FROM pg_catalog.pg_class r
JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
CROSS JOIN LATERAL (
  WITH RECURSIVE base AS (
    SELECT t.oid, t.typtype, t.typbasetype, t.typnamespace, t.typelem, 1 AS depth
    UNION ALL
    SELECT d.oid, d.typtype, d.typbasetype, d.typnamespace, d.typelem, depth + 1
    FROM base JOIN pg_catalog.pg_type d ON d.oid = base.typbasetype
    WHERE base.typtype = 'd')
  SELECT * FROM base ORDER BY depth DESC LIMIT 1) b
LEFT JOIN pg_catalog.pg_type e ON e.oid = b.typelem
LEFT JOIN (
  SELECT schemaname, tablename, attname, n_distinct, null_frac, row_number() OVER (PARTITION BY attname ORDER BY inherited DESC) AS place
  FROM pg_catalog.pg_stats WHERE schemaname = $1 AND tablename = $2) s ON s.attname = a.attname AND s.place = 1
LEFT JOIN pg_catalog.pg_collation c ON c.oid = a.attcollation
WHERE n.nspname = $1 AND r.relname = $2 AND r.relkind IN ('r', 'p', 'v', 'm', 'f')
ORDER BY a.attnum`

// explainLimit bounds EXPLAIN: PostgreSQL computes functions of constants beforehand.
const explainLimit = time.Second

// Relation describes a table, a view, a materialized view, a partitioned or a foreign table.
func (s *store) Relation(ctx context.Context, schema, table string) (rel *connectors.Relation, err error) {
	err = s.pool.Spare(ctx, func(ctx context.Context, c *conn) (err error) {
		rel, err = c.relation(ctx, schema, table)
		return err
	})
	if err != nil {
		return nil, failure(ctx, s.server.Store, err)
	}
	if rel == nil {
		return nil, sqlerr.Newf(sqlerr.UndefinedTable, "store %s has no relation %s.%s", s.server.Store, schema, table)
	}
	return rel, nil
}

// relation returns nil where there is none.
func (c *conn) relation(ctx context.Context, schema, table string) (*connectors.Relation, error) {
	rows, err := c.ask(ctx, relationSQL, []string{schema, table})
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	rel := &connectors.Relation{Rows: -1}
	for _, row := range rows {
		f := make([]string, len(row))
		for i, v := range row {
			if v != nil {
				f[i] = *v
			}
		}
		rel.Columns = append(rel.Columns, relationColumn(f))
		rel.Rows = number(f[9])
	}
	if rel.Rows < 0 {
		if rel.Rows, err = c.expected(ctx, schema, table); err != nil {
			return nil, err
		}
	}
	for i := range rel.Columns {
		if d := &rel.Columns[i].Distinct; *d < 0 { // a part of the rows, negated
			*d = max(0, -*d*rel.Rows)
		}
	}
	return rel, nil
}

func number(text string) float64 {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0
	}
	return n
}

// expected is what the store's optimizer expects of a relation of which no number is kept: a view, or a table never analyzed;
// negative where it says nothing.
func (c *conn) expected(ctx context.Context, schema, table string) (float64, error) {
	limited, cancel := context.WithTimeout(ctx, explainLimit)
	defer cancel()
	rows, err := c.ask(limited, "EXPLAIN (FORMAT JSON) SELECT 1 FROM "+connectors.QuoteDouble(schema)+"."+connectors.QuoteDouble(table), nil)
	switch {
	case err != nil && (ctx.Err() != nil || c.Dead()):
		return 0, err
	case err != nil || len(rows) != 1 || rows[0][0] == nil:
		return -1, nil
	}
	var plans []struct {
		Plan struct {
			Rows float64 `json:"Plan Rows"`
		}
	}
	if err := json.Unmarshal([]byte(*rows[0][0]), &plans); err != nil || len(plans) != 1 {
		return -1, nil
	}
	return plans[0].Plan.Rows, nil
}

func relationColumn(f []string) connectors.RelationColumn {
	c := connectors.RelationColumn{
		Name: f[0], Native: f[1], NotNull: f[6] == "t", Collation: f[7], Fuzzy: f[8] == "t", Distinct: number(f[11]), Nulls: number(f[12]),
	}
	if c.NotNull {
		c.Nulls = 0
	}
	oid, _ := strconv.ParseUint(f[2], 10, 32)
	mod, err := strconv.ParseInt(f[5], 10, 32)
	if err != nil {
		mod = -1
	}
	c.Type = catalog.Type{OID: pgcat.OID(oid), Mod: int32(mod)}
	switch {
	case f[4] == "t" && canCarry(c.Type.OID):
		c.Known = true
	case f[3] == "e":
		c.Type, c.Known = catalog.TypeOf(pgcat.Text), true
	case f[10] == "e":
		c.Type, c.Known = catalog.TypeOf(pgcat.TypeByOID(pgcat.Text).Array), true
	}
	return c
}
