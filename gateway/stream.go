package gateway

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"meshgate/connectors"
	"meshgate/pgarrow"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
	"meshgate/wire"
)

// rows hands out the rows of a result.
type rows interface {
	// next returns the next rows of a batch, at most limit where that is not 0. A nil batch is the end. The batch is valid until
	// the next call.
	next(limit int) (batch arrow.RecordBatch, from, to int, err error)
	release()
}

// stream hands out the rows of a result in pieces of batches, as row limits and FETCH ask for them.
type stream struct {
	reader array.RecordReader
	batch  arrow.RecordBatch // the reader's current one; nil before the first and after the last
	at     int               // rows of batch that were handed out
	most   int64             // rows that the result may have; 0 = no limit
	given  int64
	bytes  int64                 // of the rows that were handed out
	onEnd  func(sentRows, error) // called once, when the rows are at their end or the stream is released before
}

// next returns the next rows.
func (s *stream) next(limit int) (batch arrow.RecordBatch, from, to int, err error) {
	for s.batch == nil || s.at == int(s.batch.NumRows()) {
		s.batch = nil
		if s.reader == nil {
			return nil, 0, 0, nil
		}
		if !s.reader.Next() {
			err := s.reader.Err()
			s.close(err)
			return nil, 0, 0, err
		}
		s.batch, s.at = s.reader.RecordBatch(), 0
	}
	from, to = s.at, int(s.batch.NumRows())
	if limit > 0 {
		to = min(to, from+limit)
	}
	s.at = to
	s.bytes += batchBytes(s.batch) * int64(to-from) / max(s.batch.NumRows(), 1)
	if s.given += int64(to - from); s.most > 0 && s.given > s.most {
		return nil, 0, 0, sqlerr.Newf(sqlerr.ConfigurationLimitExceeded, "the result has more than %d rows, the limit of this mesh", s.most).
			WithHint("Aggregate or filter more, or use LIMIT.")
	}
	return s.batch, from, to, nil
}

func (s *stream) close(err error) {
	if s.reader == nil {
		return
	}
	s.reader.Release()
	s.reader, s.batch = nil, nil
	if s.onEnd != nil {
		s.onEnd(sentRows{s.given, s.bytes}, err)
	}
}

// release ends the stream.
func (s *stream) release() { s.close(nil) }

// tableOf makes a result of rows that are known already.
func tableOf(columns []wire.Column, rows [][]pgvalue.Value) (*stream, error) {
	fields := make([]connectors.Column, len(columns))
	for i, c := range columns {
		fields[i].Name = c.Name
		fields[i].Type.OID, fields[i].Type.Mod = c.Type, c.TypeMod
	}
	schema := connectors.Schema(fields)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for _, row := range rows {
		for i, v := range row {
			if err := pgarrow.Append(b.Field(i), v); err != nil {
				return nil, err
			}
		}
	}
	batch := b.NewRecordBatch()
	defer batch.Release()
	r, err := array.NewRecordReader(schema, []arrow.RecordBatch{batch})
	if err != nil {
		return nil, err
	}
	return &stream{reader: r}, nil
}

// drain reads rows to their end and counts them.
func drain(r rows) (int64, error) {
	defer r.release()
	var n int64
	for {
		batch, from, to, err := r.next(0)
		if batch == nil || err != nil {
			return n, err
		}
		n += int64(to - from)
	}
}
