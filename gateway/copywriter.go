package gateway

import (
	"encoding/binary"

	"github.com/apache/arrow-go/v18/arrow"

	"meshgate/pgarrow"
	"meshgate/pgencoding"
	"meshgate/wire"
)

// copyWriter forms the rows of a COPY. Its buffers are used again for each row.
type copyWriter struct {
	*copyOut
	columns []*pgarrow.Encoder
	line    []byte
	field   []byte
	recoded []byte
	client  *pgencoding.Encoding // nil = UTF-8
	begin   []byte               // of the binary form, what its first message begins with
}

func (c *copyWriter) encoders(s *Session, batch arrow.RecordBatch) error {
	c.columns = make([]*pgarrow.Encoder, len(c.query.columns))
	for i, col := range c.query.columns {
		carrier := batch.Column(i).DataType()
		if c.format != copyBinary {
			c.columns[i] = pgarrow.NewTextEncoder(col.Type, carrier, s.settings.format, s.nameOf)
			continue
		}
		e, err := pgarrow.NewBinaryEncoder(col.Type, carrier, s.settings.format)
		if err != nil {
			return err
		}
		c.columns[i] = e
	}
	return nil
}

// open writes what stands before the first row.
func (c *copyWriter) open(w *wire.Writer) error {
	switch {
	case c.format == copyBinary:
		// The signature, no flags, no header extension. PostgreSQL sends them with the first row, and clients that read one row
		// from each message count on it.
		c.begin = append([]byte("PGCOPY\n\xff\r\n\x00"), 0, 0, 0, 0, 0, 0, 0, 0)
	case c.header:
		for i, col := range c.query.columns {
			c.separate(i)
			c.field = append(c.field[:0], col.Name...)
			if err := c.recode(); err != nil {
				return err
			}
			if c.format == copyCSV {
				c.csv(false)
			} else {
				c.text()
			}
		}
		c.line = append(c.line, '\n')
		return w.CopyData(c.line)
	}
	return nil
}

func (c *copyWriter) close(w *wire.Writer) error {
	if c.format == copyBinary {
		if err := w.CopyData(append(c.begin, 0xff, 0xff)); err != nil {
			return err
		}
	}
	return w.CopyDone()
}

func (c *copyWriter) separate(i int) {
	if i == 0 {
		c.line = c.line[:0]
		return
	}
	c.line = append(c.line, c.delimiter)
}

// row forms one row, which is valid until the next call.
func (c *copyWriter) row(row int) ([]byte, error) {
	if c.format == copyBinary {
		return c.binary(row)
	}
	c.line = c.line[:0]
	for i, e := range c.columns {
		c.separate(i)
		if e.IsNull(row) {
			c.line = append(c.line, c.null...)
			continue
		}
		c.field = e.Append(c.field[:0], row)
		if err := c.recode(); err != nil {
			return nil, err
		}
		if c.format == copyCSV {
			c.csv(c.forceAll || c.force[c.query.columns[i].Name])
		} else {
			c.text()
		}
	}
	c.line = append(c.line, '\n')
	return c.line, nil
}

// recode brings the field into the encoding that was asked for.
func (c *copyWriter) recode() error {
	if c.client == nil {
		return nil
	}
	var err error
	c.recoded, err = c.client.Append(c.recoded[:0], c.field)
	c.field, c.recoded = c.recoded, c.field
	return err
}

func (c *copyWriter) binary(row int) ([]byte, error) {
	c.line = append(c.line[:0], c.begin...)
	c.begin = nil
	c.line = binary.BigEndian.AppendUint16(c.line, uint16(len(c.columns)))
	for i, e := range c.columns {
		if e.IsNull(row) {
			c.line = append(c.line, 0xff, 0xff, 0xff, 0xff)
			continue
		}
		at := len(c.line)
		c.line = e.Append(append(c.line, 0, 0, 0, 0), row)
		if c.client != nil {
			var err error
			if c.line, err = wire.RecodeBinary(c.client, c.query.columns[i].Type, c.line, at+4); err != nil {
				return nil, err
			}
		}
		binary.BigEndian.PutUint32(c.line[at:], uint32(len(c.line)-at-4))
	}
	return c.line, nil
}

// text appends the field with what the format needs escaped (CopyAttributeOutText).
func (c *copyWriter) text() {
	for _, b := range c.field {
		switch b {
		case '\b':
			c.line = append(c.line, '\\', 'b')
		case '\f':
			c.line = append(c.line, '\\', 'f')
		case '\n':
			c.line = append(c.line, '\\', 'n')
		case '\r':
			c.line = append(c.line, '\\', 'r')
		case '\t':
			c.line = append(c.line, '\\', 't')
		case '\v':
			c.line = append(c.line, '\\', 'v')
		case '\\', c.delimiter:
			c.line = append(c.line, '\\', b)
		default:
			c.line = append(c.line, b)
		}
	}
}

// csv appends the field, in quotes where it could be read as something else (CopyAttributeOutCSV).
func (c *copyWriter) csv(force bool) {
	quote := force || string(c.field) == c.null || len(c.query.columns) == 1 && string(c.field) == `\.`
	for _, b := range c.field {
		quote = quote || b == c.delimiter || b == c.quote || b == '\n' || b == '\r'
	}
	if !quote {
		c.line = append(c.line, c.field...)
		return
	}
	c.line = append(c.line, c.quote)
	for _, b := range c.field {
		if b == c.quote || b == c.escape {
			c.line = append(c.line, c.escape)
		}
		c.line = append(c.line, b)
	}
	c.line = append(c.line, c.quote)
}
