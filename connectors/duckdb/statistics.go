package duckdb

import (
	"context"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"

	"meshgate/connectors"
)

// Limits of what is read for statistics. They come from metadata alone.
const (
	statisticsLimit = 3 * time.Second
	explainLimit    = time.Second
)

// measure adds how many rows there are, how many different values and how many NULLs, as far as the files' metadata say so. Its error
// is the end of ctx.
func (s *store) measure(ctx context.Context, rel *connectors.Relation, schema, table string) error {
	limited, cancel := context.WithTimeout(ctx, statisticsLimit)
	defer cancel()
	var err error
	if s.isParquet() {
		err = s.measureParquet(limited, rel, table)
	} else {
		err = s.measureTable(limited, rel, schema, table)
	}
	if err != nil && ctx.Err() != nil {
		return err
	}
	return nil
}

func (s *store) measureTable(ctx context.Context, rel *connectors.Relation, schema, table string) error {
	if schema == "" {
		schema = "main"
	}
	sql := "SELECT CAST(estimated_size AS VARCHAR) FROM duckdb_tables() WHERE database_name = 'store' AND schema_name = " + quoteText(schema) +
		" AND table_name = " + quoteText(table)
	err := s.rows(ctx, sql, 1, func(f []string) { rel.Rows = parsed(f[0]) })
	if err != nil {
		return err
	}
	if rel.Rows < 0 {
		rel.Rows, err = s.expected(ctx, schema, table)
		return err
	}
	var columns []*connectors.RelationColumn
	var texts []string
	for i := range rel.Columns {
		if rel.Columns[i].Known {
			columns = append(columns, &rel.Columns[i])
			texts = append(texts, "stats("+connectors.QuoteDouble(rel.Columns[i].Name)+")")
		}
	}
	if len(columns) == 0 || rel.Rows == 0 {
		return nil
	}
	// stats is a constant to the optimizer: no column is read.
	sql = "SELECT " + strings.Join(texts, ", ") + " FROM " + s.table(schema, table) + " LIMIT 1"
	return s.rows(ctx, sql, len(columns), func(f []string) {
		for i, c := range columns {
			c.Distinct, c.Nulls = columnStatistics(f[i])
		}
	})
}

// statisticsForm is the end of what DuckDB's function stats says of a column. Before it stand values, which could look like anything.
var statisticsForm = regexp.MustCompile(`\[Has Null: (true|false), Has No Null: (true|false)\](?:\[Approx Unique: ([0-9]+)\])?$`)

// columnStatistics reads a text of stats.
func columnStatistics(text string) (distinct, nulls float64) {
	m := statisticsForm.FindStringSubmatch(text)
	switch {
	case m == nil:
		return 0, -1
	case m[1] == "false":
		nulls = 0
	case m[2] == "false":
		nulls = 1
	default:
		nulls = -1
	}
	return max(0, parsed(m[3])), nulls
}

// parsed reads a number; negative = there is none.
func parsed(text string) float64 {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return -1
	}
	return n
}

// planNode is a part of what EXPLAIN (FORMAT JSON) answers.
type planNode struct {
	Name     string         `json:"name"`
	Children []planNode     `json:"children"`
	Extra    map[string]any `json:"extra_info"`
}

// expected is how many rows the optimizer expects of a view; negative where it says nothing.
func (s *store) expected(ctx context.Context, schema, table string) (float64, error) {
	limited, cancel := context.WithTimeout(ctx, explainLimit)
	defer cancel()
	var plan []planNode
	err := s.rows(limited, "EXPLAIN (FORMAT JSON) SELECT * FROM "+s.table(schema, table), 2, func(f []string) {
		if f[0] != "physical_plan" || json.Unmarshal([]byte(f[1]), &plan) != nil {
			plan = nil
		}
	})
	if err != nil {
		return -1, err
	}
	for len(plan) == 1 {
		if text, ok := plan[0].Extra["Estimated Cardinality"].(string); ok {
			return parsed(text), nil
		}
		if plan[0].Name == "UNGROUPED_AGGREGATE" {
			return 1, nil
		}
		plan = plan[0].Children
	}
	return -1, nil
}
