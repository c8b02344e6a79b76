package gateway

import (
	"bytes"
	"io"
	"os"
	"sort"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"meshgate/sqlerr"
)

// tapeMemory is what a tape holds in memory; the rest goes to a file of the spill folder.
const tapeMemory = 16 << 20

// tape keeps batches for a second reading. Its file has no name, so that nothing of it is left behind.
type tape struct {
	folder string // empty = the machine's folder for temporary files
	rows   int64
	pieces []piece
	held   int64 // bytes in memory
	file   *os.File
	end    int64
	loaded int // the piece of the file that batch was read from
	batch  arrow.RecordBatch
}

// piece is a batch: in memory, or at a place of the file.
type piece struct {
	first  int64 // number of its first row, from 0
	batch  arrow.RecordBatch
	at     int64
	length int64
}

// add keeps rows from up to, without, to of a batch.
func (t *tape) add(batch arrow.RecordBatch, from, to int) error {
	p := piece{first: t.rows}
	part := batch.NewSlice(int64(from), int64(to))
	t.rows += int64(to - from)
	size := batchBytes(part)
	if t.held+size <= tapeMemory {
		t.held += size
		p.batch = part
		t.pieces = append(t.pieces, p)
		return nil
	}
	defer part.Release()
	if err := t.write(&p, part); err != nil {
		return sqlerr.Wrap(err, sqlerr.IOError, "the cursor's rows cannot be kept")
	}
	t.pieces = append(t.pieces, p)
	return nil
}

func (t *tape) write(p *piece, part arrow.RecordBatch) error {
	if t.file == nil {
		f, err := os.CreateTemp(t.folder, "cursor-*")
		if err != nil {
			return err
		}
		t.file = f
		if err := os.Remove(f.Name()); err != nil {
			return err
		}
	}
	var buf bytes.Buffer
	w := ipc.NewWriter(&buf, ipc.WithSchema(part.Schema()))
	if err := w.Write(part); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	p.at, p.length = t.end, int64(buf.Len())
	t.end += p.length
	_, err := t.file.WriteAt(buf.Bytes(), p.at)
	return err
}

// row returns the batch that holds a row, and its place there. The batch is valid until the next call.
func (t *tape) row(n int64) (arrow.RecordBatch, int, error) {
	i := sort.Search(len(t.pieces), func(i int) bool { return t.pieces[i].first > n }) - 1
	p := &t.pieces[i]
	if p.batch != nil {
		return p.batch, int(n - p.first), nil
	}
	if t.batch == nil || t.loaded != i {
		if err := t.load(i); err != nil {
			return nil, 0, sqlerr.Wrap(err, sqlerr.IOError, "the cursor's rows cannot be read back")
		}
	}
	return t.batch, int(n - p.first), nil
}

func (t *tape) load(i int) error {
	if t.batch != nil {
		t.batch.Release()
		t.batch = nil
	}
	r, err := ipc.NewReader(io.NewSectionReader(t.file, t.pieces[i].at, t.pieces[i].length))
	if err != nil {
		return err
	}
	defer r.Release()
	if !r.Next() {
		return io.ErrUnexpectedEOF
	}
	t.batch, t.loaded = r.RecordBatch(), i
	t.batch.Retain()
	return nil
}

func (t *tape) close() {
	for _, p := range t.pieces {
		if p.batch != nil {
			p.batch.Release()
		}
	}
	t.pieces = nil
	if t.batch != nil {
		t.batch.Release()
		t.batch = nil
	}
	if t.file != nil {
		_ = t.file.Close() // it has no name any more: closing frees it
		t.file = nil
	}
}

// batchBytes estimates what a batch holds.
func batchBytes(b arrow.RecordBatch) int64 {
	var total int64
	for _, c := range b.Columns() {
		total += int64(c.Data().SizeInBytes())
	}
	return total
}
