package postgres

import (
	"context"
	"slices"
	"sync"
	"time"

	"meshgate/connectors"
	"meshgate/sqlerr"
)

// collations remembers which columns have a nondeterministic collation: what compares equal there may differ in its bytes, so the
// dialect's equality of texts is not exact for them.
type collations struct {
	mu    sync.Mutex
	known map[[2]string]fuzzyColumns
}

type fuzzyColumns struct {
	names []string
	at    time.Time
}

const collationsLast = time.Minute

const fuzzySQL = `SELECT a.attname FROM pg_catalog.pg_class r JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_collation c ON c.oid = a.attcollation AND NOT c.collisdeterministic
WHERE n.nspname = $1 AND r.relname = $2`

// check refuses a query that mentions such a column.
func (s *collations) check(ctx context.Context, c *conn, store string, expect []connectors.Expectation) error {
	for _, e := range expect {
		names, err := s.fuzzy(ctx, c, e.Schema, e.Table)
		if err != nil {
			return err
		}
		for _, column := range e.Columns {
			if slices.Contains(names, column) {
				return sqlerr.Newf(sqlerr.FeatureNotSupported,
					"column %q of store %s has a nondeterministic collation, which is not supported", column, store)
			}
		}
	}
	return nil
}

func (s *collations) fuzzy(ctx context.Context, c *conn, schema, table string) ([]string, error) {
	key := [2]string{schema, table}
	s.mu.Lock()
	known, ok := s.known[key]
	s.mu.Unlock()
	if ok && time.Since(known.at) < collationsLast {
		return known.names, nil
	}
	rows, err := c.ask(ctx, fuzzySQL, []string{schema, table})
	if err != nil {
		return nil, err
	}
	known = fuzzyColumns{at: time.Now()}
	for _, row := range rows {
		known.names = append(known.names, *row[0])
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		s.known = map[[2]string]fuzzyColumns{}
	}
	s.known[key] = known
	return known.names, nil
}
