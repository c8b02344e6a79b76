package syscat

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"meshgate/pgvalue"
	"meshgate/planner"
)

// Scan reads columns of a system relation as batches of a schema; without ordinals, rows of one int4 that are only counted. equal
// names values that the rows are to have, by ordinal.
func (v *View) Scan(_ context.Context, s Session, rel *planner.SystemRelation, ordinals []int, schema *arrow.Schema, equal map[int]pgvalue.Value) (array.RecordReader, error) {
	var batches []arrow.RecordBatch
	defer func() {
		for _, b := range batches {
			b.Release()
		}
	}()
	for _, d := range v.datasets(s, rel) {
		b, err := d.batch(schema, ordinals)
		if err != nil {
			return nil, err
		}
		parts, err := d.narrow(b, equal)
		if err != nil {
			return nil, err
		}
		batches = append(batches, parts...)
	}
	return array.NewRecordReader(schema, batches)
}

func (d *dataset) batch(schema *arrow.Schema, ordinals []int) (arrow.RecordBatch, error) {
	if len(ordinals) == 0 {
		b := array.NewInt32Builder(memory.DefaultAllocator)
		defer b.Release()
		for range d.count {
			b.Append(0)
		}
		a := b.NewArray()
		defer a.Release()
		return array.NewRecordBatch(schema, []arrow.Array{a}, int64(d.count)), nil
	}
	columns := make([]arrow.Array, len(ordinals))
	for i, o := range ordinals {
		a, err := d.column(o)
		if err != nil {
			return nil, err
		}
		columns[i] = a
	}
	return array.NewRecordBatch(schema, columns, int64(d.count)), nil
}

// mostParts bounds how finely a scan is cut: beyond it the engine filters faster than batches are handed over.
const mostParts = 64

// narrow cuts the rows that can match out of a batch, which it takes over.
func (d *dataset) narrow(b arrow.RecordBatch, equal map[int]pgvalue.Value) ([]arrow.RecordBatch, error) {
	runs := [][2]int{{0, d.count}}
	for ordinal, want := range equal {
		a, err := d.column(ordinal)
		if err != nil {
			b.Release()
			return nil, err
		}
		if match := matcher(a, want); match != nil {
			runs = matching(runs, match)
		}
	}
	if len(runs) > mostParts || len(runs) == 1 && runs[0] == [2]int{0, d.count} {
		return []arrow.RecordBatch{b}, nil
	}
	defer b.Release()
	var out []arrow.RecordBatch
	for _, r := range runs {
		out = append(out, b.NewSlice(int64(r[0]), int64(r[1])))
	}
	return out, nil
}

// matcher compares a column's values with one, or is nil for types that are left to the engine.
func matcher(a arrow.Array, want pgvalue.Value) func(int) bool {
	switch a := a.(type) {
	case *array.Uint32:
		if n, ok := want.(int64); ok {
			return func(i int) bool { return a.IsValid(i) && int64(a.Value(i)) == n }
		}
	case *array.String:
		if s, ok := want.(string); ok {
			return func(i int) bool { return a.IsValid(i) && a.Value(i) == s }
		}
	}
	return nil
}

// matching cuts runs down to the rows that match.
func matching(runs [][2]int, match func(int) bool) [][2]int {
	var out [][2]int
	for _, r := range runs {
		for i := r[0]; i < r[1]; i++ {
			switch {
			case !match(i):
			case len(out) > 0 && out[len(out)-1][1] == i:
				out[len(out)-1][1] = i + 1
			default:
				out = append(out, [2]int{i, i + 1})
			}
		}
	}
	return out
}

// datasets are the rows of a relation: those of PostgreSQL itself, then those of the mesh and the session.
func (v *View) datasets(s Session, rel *planner.SystemRelation) []*dataset {
	var out []*dataset
	if d := fromPostgres(rel); d != nil {
		out = append(out, d)
	}
	name := rel.Schema + "." + rel.Name
	if make, ok := ofSession[name]; ok {
		return append(out, make(v, s, rel))
	}
	if make, ok := ofView[name]; ok {
		v.mu.Lock()
		defer v.mu.Unlock()
		d := v.cache[name]
		if d == nil {
			d = make(v, rel)
			v.cache[name] = d
		}
		out = append(out, d)
	}
	return out
}
