package mysql

import (
	"context"
	"strconv"
	"strings"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/sqlerr"
)

const relationSQL = `SELECT c.COLUMN_NAME, c.COLUMN_TYPE, c.IS_NULLABLE, COALESCE(c.COLLATION_NAME, ''), COALESCE(t.TABLE_ROWS, -1), COALESCE(i.DISTINCT_VALUES, 0)
FROM information_schema.COLUMNS c JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME
LEFT JOIN (SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, MAX(CARDINALITY) AS DISTINCT_VALUES FROM information_schema.STATISTICS
  WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND SEQ_IN_INDEX = 1 GROUP BY TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME) i
  ON i.TABLE_SCHEMA = c.TABLE_SCHEMA AND i.TABLE_NAME = c.TABLE_NAME AND i.COLUMN_NAME = c.COLUMN_NAME
WHERE c.TABLE_SCHEMA = ? AND c.TABLE_NAME = ? ORDER BY c.ORDINAL_POSITION`

// Relation describes a table or a view.
func (s *store) Relation(ctx context.Context, schema, table string) (*connectors.Relation, error) {
	rows, err := s.ask(ctx, relationSQL, schema, table, schema, table)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, sqlerr.Newf(sqlerr.UndefinedTable, "store %s has no relation %s.%s", s.server.Store, schema, table)
	}
	rel := &connectors.Relation{Rows: -1}
	for _, f := range rows {
		c := connectors.RelationColumn{Name: f[0], Native: f[1], NotNull: f[2] == "NO", Collation: f[3], Fuzzy: fuzzy(f[3])}
		if t, err := columnType(catalog.Native{Physical: f[1]}); err == nil {
			c.Type, c.Known = t, true
		}
		if n, err := strconv.ParseFloat(f[5], 64); err == nil {
			c.Distinct = n
		}
		rel.Columns = append(rel.Columns, c)
		if n, err := strconv.ParseFloat(f[4], 64); err == nil {
			rel.Rows = n
		}
	}
	return rel, nil
}

// fuzzy reports whether a collation calls texts equal whose bytes differ. Most of those named bin ignore blanks at the end.
func fuzzy(collation string) bool {
	return collation != "" && collation != "binary" && !strings.HasSuffix(collation,
		"_nopad_bin") && !strings.HasSuffix(collation, "_0900_bin")
}
