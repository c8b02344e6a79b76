package gateway

import (
	"github.com/apache/arrow-go/v18/arrow"

	"meshgate/sqlerr"
)

// mover moves over a cursor's rows (PostgreSQL 15, FETCH). Row 1 is the first; at 0 it is before it, behind the last one at their
// number plus one.
type mover struct {
	source *stream
	tape   *tape // what was read, of cursors that go back or outlive their transaction; nil = forward only
	base   int64 // rows that were passed before the tape began
	at     int64
	ended  bool // at is behind the last row
	moves  int  // counts fetches: one that was suspended cannot go on after another
}

// mover returns the portal's, which from then on hands out its rows.
func (p *portal) mover() *mover {
	if m, ok := p.out.rows.(*mover); ok {
		return m
	}
	s := p.out.rows.(*stream)
	m := &mover{source: s, at: s.given}
	p.out.rows = m
	return m
}

// record keeps what is read from now on.
func (m *mover) record(folder string) {
	if m.tape == nil {
		m.tape, m.base = &tape{folder: folder}, m.at
	}
}

// readAll reads the rest to the tape.
func (m *mover) readAll() error {
	for {
		more, err := m.pull()
		if err != nil || !more {
			return err
		}
	}
}

// pull reads one batch of the source to the tape.
func (m *mover) pull() (more bool, err error) {
	batch, from, to, err := m.source.next(0)
	if err != nil || batch == nil {
		return false, err
	}
	return true, m.tape.add(batch, from, to)
}

// next hands out rows as Execute asks for them.
func (m *mover) next(limit int) (arrow.RecordBatch, int, int, error) {
	m.moves++
	return m.forward(limit)
}

func (m *mover) release() {
	m.source.release()
	if m.tape != nil {
		m.tape.close()
	}
}

func (m *mover) forward(limit int) (batch arrow.RecordBatch, from, to int, err error) {
	if m.ended {
		return nil, 0, 0, nil
	}
	if m.tape == nil {
		batch, from, to, err = m.source.next(limit)
	} else {
		batch, from, to, err = m.taped(limit)
	}
	if err == nil && batch == nil {
		m.ended = true
		m.at++
	}
	m.at += int64(to - from)
	return batch, from, to, err
}

func (m *mover) taped(limit int) (batch arrow.RecordBatch, from, to int, err error) {
	for m.at-m.base >= m.tape.rows {
		more, err := m.pull()
		if err != nil || !more {
			return nil, 0, 0, err
		}
	}
	batch, from, err = m.tape.row(m.at - m.base)
	if err != nil {
		return nil, 0, 0, err
	}
	to = int(batch.NumRows())
	if limit > 0 {
		to = min(to, from+limit)
	}
	return batch, from, to, nil
}

// backward hands out the row before the current one.
func (m *mover) backward() (batch arrow.RecordBatch, from, to int, err error) {
	if m.at <= m.base+1 {
		m.at, m.ended = min(m.at, m.base), false
		return nil, 0, 0, nil
	}
	m.at--
	m.ended = false
	batch, from, err = m.tape.row(m.at - m.base - 1)
	return batch, from, from + 1, err
}

func errForwardOnly() error {
	return sqlerr.Newf(sqlerr.ObjectNotInPrerequisiteState, "cursor can only scan forward").
		WithHint("Declare it with SCROLL option to enable backward scan.")
}

// fetch hands out the rows of one FETCH; moving happens as they are read.
func (m *mover) fetch(to move) (rows, error) {
	m.moves++
	f := &fetched{m: m, turn: m.moves}
	switch {
	case to.absolute:
		return f, m.absolute(f, to.count)
	case to.relative && to.count == 0, !to.relative && to.count == 0:
		return f, m.again(f)
	case to.relative && to.count > 0:
		f.left = 1
		return f, m.skip(to.count - 1)
	case to.relative:
		return f, m.absolute(f, max(m.at+to.count, 0))
	}
	f.left = to.count
	if to.count < 0 && m.tape == nil {
		return nil, errForwardOnly()
	}
	return f, nil
}

// again fetches the current row once more, if there is one.
func (m *mover) again(f *fetched) error {
	if m.at <= m.base || m.ended {
		return nil
	}
	if m.tape == nil {
		return errForwardOnly()
	}
	m.at--
	f.left = 1
	return nil
}

// absolute goes to a row, counted from the end where it is negative, and fetches it.
func (m *mover) absolute(f *fetched, row int64) error {
	if row < 0 {
		if m.tape == nil {
			return errForwardOnly()
		}
		if err := m.readAll(); err != nil {
			return err
		}
		row = max(m.base+m.tape.rows+1+row, 0)
	}
	if row <= m.at {
		if m.tape == nil && m.at > 0 {
			return errForwardOnly()
		}
		m.at, m.ended = max(row-1, m.base), false
	}
	if row == 0 {
		m.at = m.base
		return nil
	}
	f.left = 1
	return m.skip(row - 1 - m.at)
}

// skip passes rows.
func (m *mover) skip(n int64) error {
	for n > 0 {
		batch, from, to, err := m.forward(int(min(n, 1<<20)))
		if err != nil || batch == nil {
			return err
		}
		n -= int64(to - from)
	}
	return nil
}

// fetched are the rows of one FETCH.
type fetched struct {
	m    *mover
	turn int
	left int64 // negative = backward
}

func (f *fetched) next(limit int) (arrow.RecordBatch, int, int, error) {
	if f.left == 0 {
		return nil, 0, 0, nil
	}
	if f.m.moves != f.turn {
		return nil, 0, 0, sqlerr.Newf(sqlerr.ObjectNotInPrerequisiteState, "the cursor was moved while its rows were fetched")
	}
	if f.left < 0 {
		f.left++
		return f.m.backward()
	}
	if limit == 0 || int64(limit) > f.left {
		limit = int(min(f.left, 1<<20))
	}
	batch, from, to, err := f.m.forward(limit)
	if f.left != allRows {
		f.left -= int64(to - from)
	}
	if batch == nil {
		f.left = 0
	}
	return batch, from, to, err
}

func (f *fetched) release() {}
