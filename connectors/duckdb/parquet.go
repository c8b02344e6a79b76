package duckdb

import (
	"cmp"
	"context"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"meshgate/connectors"
)

// Of a pattern of many files some are read, and of those the row groups of as many as this much metadata describe.
const (
	mostFiles  = 64
	mostFooter = 8 << 20 // bytes
)

// measureParquet reads the files' footers.
func (s *store) measureParquet(ctx context.Context, rel *connectors.Relation, table string) error {
	all, err := filepath.Glob(s.file(table))
	if err != nil || len(all) == 0 {
		return nil // DuckDB's patterns may say what these cannot
	}
	files := sample(all)
	var read []string // those whose row groups are read
	rows, readRows, footers := 0.0, 0.0, 0.0
	err = s.rows(ctx, "SELECT file_name, CAST(num_rows AS VARCHAR), CAST(footer_size AS VARCHAR) FROM parquet_file_metadata("+list(files)+")", 3, func(f []string) {
		n := max(0, parsed(f[1]))
		rows += n
		if footers += max(0, parsed(f[2])); footers <= mostFooter {
			read = append(read, f[0])
			readRows += n
		}
	})
	if err != nil {
		return err
	}
	rel.Rows = rows * float64(len(all)) / float64(len(files))
	if readRows == 0 {
		return nil
	}
	chunks := map[string][]chunk{}
	err = s.rows(ctx, `SELECT path_in_schema, CAST(num_values AS VARCHAR), CAST(stats_null_count AS VARCHAR), CAST(stats_distinct_count AS VARCHAR),
		left(coalesce(stats_min_value, stats_min), 100), left(coalesce(stats_max_value, stats_max), 100) FROM parquet_metadata(`+list(read)+")", 6,
		func(f []string) {
			chunks[f[0]] = append(chunks[f[0]], chunk{values: parsed(f[1]), nulls: parsed(f[2]), distinct: parsed(f[3]), low: f[4], high: f[5]})
		})
	if err != nil {
		return err
	}
	for i := range rel.Columns {
		if c := &rel.Columns[i]; c.Known {
			c.Distinct, c.Nulls = summary(chunks[c.Name], c.Native, readRows, rel.Rows)
		}
	}
	return nil
}

// sample takes files from all over a list.
func sample(files []string) []string {
	if len(files) <= mostFiles {
		return files
	}
	out := make([]string, mostFiles)
	for i := range out {
		out[i] = files[i*len(files)/mostFiles]
	}
	return out
}

func list(files []string) string {
	quoted := make([]string, len(files))
	for i, f := range files {
		quoted[i] = quoteText(f)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// chunk is what a row group says of a column. Numbers are negative where it does not say them, values empty.
type chunk struct {
	values, nulls, distinct float64
	low, high               string
	from, to                int64 // low and high of types whose values can be counted
}

// summary is how many different values the chunks of a column have, 0 = unknown, and the fraction of NULLs, negative = unknown. The
// chunks hold so many rows of all.
func summary(chunks []chunk, native string, rows, all float64) (distinct, nulls float64) {
	if len(chunks) == 0 {
		return 0, -1
	}
	values := 0.0
	for _, c := range chunks {
		values += c.values
		if c.nulls < 0 || nulls < 0 {
			nulls = -1
			continue
		}
		nulls += c.nulls
	}
	if values <= 0 {
		return 0, -1
	}
	present := values - max(0, nulls)
	if nulls > 0 {
		nulls /= values
	}
	chunks = slices.DeleteFunc(chunks, func(c chunk) bool { return c.nulls == c.values })
	counted, counts := allCounted(chunks), true
	for i := range chunks {
		c := &chunks[i]
		if c.low == "" && c.high == "" {
			return 0, nulls
		}
		from, ok1 := ordinal(native, c.low)
		to, ok2 := ordinal(native, c.high)
		c.from, c.to = from, to
		counts = counts && ok1 && ok2 && from <= to
	}
	distinct, apart := 0.0, false
	if counts {
		distinct, apart = spread(chunks, counted)
	} else if counted {
		distinct, apart = united(chunks)
	}
	if apart {
		distinct *= all / rows
	}
	most := present * all / rows
	switch {
	case distinct > most:
		return 0, nulls // a bound that bounds nothing
	case !counted && distinct > most/10:
		// Keys of other tables often lie as far apart as there are rows, and repeat: the middle of this bound and of what is assumed of
		// columns without statistics.
		distinct = math.Sqrt(distinct * most / 10)
	}
	return distinct, nulls
}

// allCounted reports whether all chunks say how many values they have.
func allCounted(chunks []chunk) bool {
	return !slices.ContainsFunc(chunks, func(c chunk) bool { return c.distinct <= 0 })
}

// spread bounds the number of values that can be counted by how far they lie apart, and by how many each chunk has. Where the
// chunks hold parts of their own, as those of sorted rows, apart is true.
func spread(chunks []chunk, counted bool) (distinct float64, apart bool) {
	slices.SortFunc(chunks, func(a, b chunk) int { return cmp.Compare(a.from, b.from) })
	return merged(chunks, func(a, b *chunk) bool { return a.to > b.from }, func(a, b *chunk) { a.to = max(a.to, b.to) }, func(c *chunk) float64 {
		n := float64(c.to) - float64(c.from) + 1
		if counted {
			n = min(n, c.distinct)
		}
		return n
	})
}

// united is how many texts there are: as many as the chunk with the most has, of those that overlap.
func united(chunks []chunk) (distinct float64, apart bool) {
	slices.SortFunc(chunks, func(a, b chunk) int { return cmp.Compare(a.low, b.low) })
	return merged(chunks, func(a, b *chunk) bool { return a.high > b.low }, func(a, b *chunk) { a.high = max(a.high, b.high) },
		func(c *chunk) float64 { return c.distinct })
}

// merged adds up chunks, after those that overlap have been made one.
func merged(chunks []chunk, overlap func(a, b *chunk) bool, join func(a, b *chunk), size func(*chunk) float64) (total float64, apart bool) {
	var one *chunk
	for i := range chunks {
		c := &chunks[i]
		if one == nil || !overlap(one, c) {
			if one != nil {
				total += size(one)
				apart = true
			}
			one = c
			continue
		}
		join(one, c)
		one.distinct = max(one.distinct, c.distinct)
	}
	if one != nil {
		total += size(one)
	}
	return total, apart
}

// ordinal numbers the values of types that have finitely many between two.
func ordinal(native, text string) (int64, bool) {
	switch name, _, _ := strings.Cut(strings.ToUpper(native), "("); name {
	case "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT":
		n, err := strconv.ParseInt(text, 10, 64)
		return n, err == nil
	case "DECIMAL": // all have as many digits behind the point
		n, err := strconv.ParseInt(strings.Replace(text, ".", "", 1), 10, 64)
		return n, err == nil
	case "BOOLEAN":
		n, err := strconv.ParseBool(text)
		if n {
			return 1, err == nil
		}
		return 0, err == nil
	case "DATE":
		d, err := time.Parse(time.DateOnly, text)
		return d.Unix() / (24 * 60 * 60), err == nil
	}
	return 0, false
}
