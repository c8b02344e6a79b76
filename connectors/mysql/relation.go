package mysql

import (
	"context"
	"strconv"
	"strings"
	"time"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/sqlerr"
)

// relationSQL also asks whether MariaDB's own statistics of columns can be read: a table that an account has no right to is not listed.
const relationSQL = `SELECT c.COLUMN_NAME, c.COLUMN_TYPE, c.IS_NULLABLE, COALESCE(c.COLLATION_NAME, ''), COALESCE(t.TABLE_ROWS, -1), COALESCE(i.DISTINCT_VALUES, 0),
  (SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'mysql' AND TABLE_NAME IN ('column_stats', 'table_stats'))
FROM information_schema.COLUMNS c JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME
LEFT JOIN (SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, MAX(CARDINALITY) AS DISTINCT_VALUES FROM information_schema.STATISTICS
  WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND SEQ_IN_INDEX = 1 GROUP BY TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME) i
  ON i.TABLE_SCHEMA = c.TABLE_SCHEMA AND i.TABLE_NAME = c.TABLE_NAME AND i.COLUMN_NAME = c.COLUMN_NAME
WHERE c.TABLE_SCHEMA = ? AND c.TABLE_NAME = ? ORDER BY c.ORDINAL_POSITION`

// columnStatisticsSQL reads what ANALYZE TABLE … PERSISTENT FOR ALL of MariaDB has counted, of columns without an index too.
const columnStatisticsSQL = `SELECT c.column_name, COALESCE(c.nulls_ratio, -1), COALESCE(c.avg_frequency, 0), COALESCE(t.cardinality, 0)
FROM mysql.column_stats c JOIN mysql.table_stats t ON t.db_name = c.db_name AND t.table_name = c.table_name
WHERE c.db_name = ? AND c.table_name = ?`

// explainLimit bounds EXPLAIN: MySQL and MariaDB run parts of a view beforehand, such as functions of constants and derived tables of
// one row.
const explainLimit = time.Second

// Relation describes a table or a view.
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
	if !c.mariaDB && !c.fresh {
		// MySQL 8 shows numbers that are up to a day old unless told otherwise. Other servers of its protocol need not know how.
		c.fresh = true
		if err := c.exec(ctx, "SET SESSION information_schema_stats_expiry = 0"); err != nil && (ctx.Err() != nil || c.Dead()) {
			return nil, err
		}
	}
	rows, err := c.ask(ctx, relationSQL, []string{schema, table, schema, table})
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	rel := &connectors.Relation{Rows: figure(rows[0][4])}
	for _, f := range rows {
		column := connectors.RelationColumn{Name: f[0], Native: f[1], NotNull: f[2] == "NO", Collation: f[3], Fuzzy: fuzzy(f[3]), Distinct: figure(f[5])}
		if t, err := columnType(catalog.Native{Physical: f[1]}); err == nil {
			column.Type, column.Known = t, true
		}
		if !column.NotNull {
			column.Nulls = -1
		}
		rel.Columns = append(rel.Columns, column)
	}
	if rel.Rows < 0 {
		if rel.Rows, err = c.expected(ctx, schema, table); err != nil {
			return nil, err
		}
	}
	if figure(rows[0][6]) == 2 {
		err = c.columnStatistics(ctx, rel, schema, table)
	}
	return rel, err
}

// figure reads a number; negative = there is none.
func figure(text string) float64 {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return -1
	}
	return n
}

// expected is what the store's optimizer expects of a relation of which no number is kept, as of a view; negative where it says
// nothing, as where the account may not see a view's tables.
func (c *conn) expected(ctx context.Context, schema, table string) (float64, error) {
	limited, cancel := context.WithTimeout(ctx, explainLimit)
	defer cancel()
	rows, err := c.ask(limited, "EXPLAIN FORMAT=JSON SELECT * FROM "+connectors.QuoteBacktick(schema)+"."+connectors.QuoteBacktick(table), nil)
	switch {
	case err != nil && (ctx.Err() != nil || c.Dead()):
		return 0, err
	case err != nil || len(rows) != 1 || len(rows[0]) != 1:
		return -1, nil
	}
	return plannedRows(rows[0][0]), nil
}

// columnStatistics adds what MariaDB has counted. An index's count goes first, for the server renews it.
func (c *conn) columnStatistics(ctx context.Context, rel *connectors.Relation, schema, table string) error {
	rows, err := c.ask(ctx, columnStatisticsSQL, []string{schema, table})
	if err != nil {
		if ctx.Err() != nil || c.Dead() {
			return err
		}
		return nil
	}
	for _, f := range rows {
		column := rel.Column(f[0])
		if column == nil {
			continue
		}
		nulls, frequency, counted := figure(f[1]), figure(f[2]), figure(f[3])
		if nulls >= 0 {
			column.Nulls = nulls
		}
		if column.Distinct <= 0 && frequency > 0 {
			column.Distinct = counted * (1 - max(0, nulls)) / frequency
		}
	}
	return nil
}

// fuzzy reports whether a collation calls texts equal whose bytes differ. Most of those named bin ignore blanks at the end.
func fuzzy(collation string) bool {
	return collation != "" && collation != "binary" && !strings.HasSuffix(collation,
		"_nopad_bin") && !strings.HasSuffix(collation, "_0900_bin")
}
