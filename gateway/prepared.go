package gateway

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"meshgate/pgarrow"
	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/planner"
	"meshgate/sqlerr"
	"meshgate/wire"
)

// maxPrepared bounds what one session may keep: a client that forgets to close would take the server's memory.
const maxPrepared = 10_000

// prepared is a statement that was parsed, under a name that protocol and SQL share.
type prepared struct {
	name     string
	stmt     *planner.Statement // nil = an empty statement
	text     string
	declared []uint32
	fromSQL  bool
	created  time.Time
	cmd      command
	basis    basis
}

// basis is what an analysis depends on besides the text.
type basis struct {
	epoch    *epoch
	purpose  string
	path     string
	pushdown string
}

func (s *Session) basis() basis {
	return basis{
		epoch: s.gateway.epoch.Load(), purpose: s.settings.text("mesh.purpose"), path: s.settings.text("search_path"),
		pushdown: s.settings.text("mesh.pushdown"),
	}
}

func (s *Session) statement(name string) (*prepared, error) {
	if p, ok := s.statements[name]; ok {
		return p, nil
	}
	if name == "" {
		return nil, sqlerr.Newf(sqlerr.InvalidSQLStatementName, "unnamed prepared statement does not exist")
	}
	return nil, sqlerr.Newf(sqlerr.InvalidSQLStatementName, "prepared statement %q does not exist", name)
}

func (s *Session) keep(p *prepared) error {
	if len(s.statements) >= maxPrepared && s.statements[p.name] == nil {
		return sqlerr.Newf(sqlerr.ConfigurationLimitExceeded, "the session has %d prepared statements, the most there can be", maxPrepared).
			WithHint("Close statements that are not used any more, or use DEALLOCATE ALL.")
	}
	s.statements[p.name] = p
	return nil
}

// dropStatements forgets all statements but the unnamed one, which belongs to the messages alone.
func (s *Session) dropStatements() {
	maps.DeleteFunc(s.statements, func(name string, _ *prepared) bool { return name != "" })
}

// refresh analyses a prepared statement anew when what it depends on has changed.
func (s *Session) refresh(p *prepared) error {
	now := s.basis()
	if q, ok := p.cmd.(planned); p.cmd != nil && p.basis == now && (!ok || q.holds(s.gateway.now())) {
		return nil
	}
	cmd, err := s.analyse(p.stmt, p.declared, false)
	if err != nil {
		return err
	}
	if p.cmd != nil {
		_, before := p.cmd.describe(s)
		_, after := cmd.describe(s)
		if !slices.EqualFunc(before, after, sameColumn) {
			return errChangedResult()
		}
	}
	p.cmd, p.basis = cmd, now
	p.declared, _ = cmd.describe(s)
	return nil
}

func sameColumn(a, b wire.Column) bool {
	return a.Name == b.Name && a.Type == b.Type && a.TypeMod == b.TypeMod
}

func errChangedResult() error {
	return sqlerr.Newf(sqlerr.FeatureNotSupported, "cached plan must not change result type")
}

// bindParams reads the values of a Bind message.
func (s *Session) bindParams(b *wire.Bind, oids []uint32) ([]pgvalue.Value, error) {
	if len(b.Params) != len(oids) {
		return nil, sqlerr.Newf(sqlerr.ProtocolViolation, "bind message supplies %d parameters, but prepared statement %q requires %d",
			len(b.Params), b.Statement, len(oids))
	}
	if n := len(b.ParamFormats); n > 1 && n != len(b.Params) {
		return nil, sqlerr.Newf(sqlerr.ProtocolViolation, "bind message has %d parameter formats but %d parameters", n, len(b.Params))
	}
	format := s.settings.formatAt(s.tx.started)
	out := make([]pgvalue.Value, len(oids))
	for i, raw := range b.Params {
		if raw == nil {
			continue
		}
		code := int16(0)
		switch len(b.ParamFormats) {
		case 0:
		case 1:
			code = b.ParamFormats[0]
		default:
			code = b.ParamFormats[i]
		}
		var err error
		switch code {
		case 0:
			if err = pgvalue.CheckText(raw); err == nil {
				out[i], err = s.parseParam(oids[i], string(raw), format)
			}
		case 1:
			if raw, err = s.binaryParam(oids[i], raw); err == nil {
				out[i], err = pgvalue.ParseBinary(oids[i], -1, raw, format)
			}
		default:
			err = sqlerr.Newf(sqlerr.InvalidParameterValue, "unsupported format code: %d", code)
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// binaryParam copies a parameter in binary form out of its message. Texts in it are in the client's encoding.
func (s *Session) binaryParam(oid uint32, raw []byte) ([]byte, error) {
	enc := s.ClientEncoding()
	if enc == nil {
		return slices.Clone(raw), nil
	}
	if wire.TextInBinary(oid) {
		return enc.Decode(raw)
	}
	if elem, ok := pgarrow.Element(oid); ok && wire.TextInBinary(elem) && slices.ContainsFunc(raw, func(b byte) bool { return b >= 0x80 }) {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "arrays of texts in binary form are read in the encoding UTF8 only, not in %s", enc.Name()).
			WithHint("Send the array as text.")
	}
	return slices.Clone(raw), nil
}

// parseParam reads the text of a parameter; names of objects mean what the catalogs of this user say.
func (s *Session) parseParam(oid uint32, text string, format *pgvalue.Format) (pgvalue.Value, error) {
	t := pgcat.TypeByOID(oid)
	if t == nil || !strings.HasPrefix(t.Name, "reg") || !pgarrow.IsOIDAlias(oid) {
		return pgvalue.Parse(oid, -1, text, format)
	}
	e := s.gateway.epoch.Load()
	who, err := s.principal(e)
	if err != nil {
		return nil, err
	}
	r, err := s.newRun(e, who)
	if err != nil {
		return nil, err
	}
	number, err := r.call(context.Background(), t.Name+"in(text)", []*string{&text})
	if err != nil || number[0] == nil {
		return nil, err
	}
	return pgvalue.Parse(pgcat.OIDType, -1, *number[0], format)
}

// rowValues reads a row's values.
func rowValues(batch arrow.RecordBatch, row int, oids []uint32) ([]pgvalue.Value, error) {
	format := pgvalue.DefaultFormat()
	out := make([]pgvalue.Value, len(oids))
	for i, oid := range oids {
		column := batch.Column(i)
		e := pgarrow.NewTextEncoder(oid, column.DataType(), format, nil)
		if e.Reset(column); e.IsNull(row) {
			continue
		}
		if pgarrow.IsOIDAlias(oid) {
			oid = pgcat.OIDType
		}
		var err error
		if out[i], err = pgvalue.Parse(oid, -1, string(e.Append(nil, row)), format); err != nil {
			return nil, err
		}
	}
	return out, nil
}
