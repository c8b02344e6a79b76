package wire_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"meshgate/pgarrow"
	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
	"meshgate/wire"
)

// batchRows is small, so that short results have several batches.
const batchRows = 1000

// run is a statement at work: it returns rows, or has an effect.
type run struct {
	columns []wire.Column // nil = no rows
	tag     string        // of the statement; SELECT gets its number of rows
	empty   bool
	silent  bool                                 // writes nothing, not even an end
	rows    func(n int) ([]pgvalue.Value, error) // the n-th row; nil at the end
	before  func(ctx context.Context) error      // runs before the first row
	effect  func(ctx context.Context, w *wire.Writer) (tag string, err error)

	at   int
	done bool
}

// write runs the statement, or goes on with it, up to a number of rows.
func (r *run) write(ctx context.Context, w *wire.Writer, maxRows int) error {
	switch {
	case r.silent:
		return nil
	case r.empty:
		return w.Empty()
	}
	if r.effect != nil {
		tag, err := r.effect(ctx, w)
		if err != nil {
			return err
		}
		return w.Complete(tag)
	}
	if r.before != nil && r.at == 0 {
		if err := r.before(ctx); err != nil {
			return err
		}
	}
	written := 0
	for !r.done && (maxRows == 0 || written < maxRows) {
		n, err := r.batch(ctx, w, maxRows, written)
		if err != nil {
			return err
		}
		written += n
	}
	switch {
	case maxRows > 0 && written == maxRows:
		return w.Suspended()
	case r.tag == "SELECT":
		return w.Complete(fmt.Sprintf("SELECT %d", written))
	default:
		return w.Complete(r.tag)
	}
}

// batch writes at most one batch; the rows before an error are sent, as PostgreSQL sends them.
func (r *run) batch(ctx context.Context, w *wire.Writer, maxRows, written int) (int, error) {
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	fields := make([]arrow.Field, len(r.columns))
	for i, c := range r.columns {
		fields[i] = pgarrow.Field(c.Name, c.Type, c.TypeMod)
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema(fields, nil))
	defer b.Release()
	n := 0
	var failed error
	for n < batchRows && (maxRows == 0 || written+n < maxRows) {
		row, err := r.rows(r.at)
		if failed = err; err != nil || row == nil {
			r.done = true
			break
		}
		for i, v := range row {
			if err := pgarrow.Append(b.Field(i), v); err != nil {
				return 0, err
			}
		}
		r.at++
		n++
	}
	batch := b.NewRecordBatch()
	defer batch.Release()
	if err := w.Rows(batch, 0, n); err != nil {
		return 0, err
	}
	return n, failed
}

func typeNamed(name string) (uint32, error) {
	base, isArray := strings.CutSuffix(name, "[]")
	if isArray {
		base = "_" + base
	}
	if t := pgcat.TypeByName(base); t != nil {
		return t.OID, nil
	}
	return 0, sqlerr.Newf(sqlerr.UndefinedObject, "type %q does not exist", name)
}

func column(name string, oid uint32, mod int32) wire.Column {
	return wire.Column{Name: name, Type: oid, TypeLen: int16(pgcat.TypeByOID(oid).Len), TypeMod: mod}
}

var (
	seriesPattern = regexp.MustCompile(`^SELECT generate_series\(1, ?(\d+|\$1::int4)\)$`)
	dividePattern = regexp.MustCompile(`^SELECT 1/\(g-(\d+)\) FROM generate_series\(1, ?(\d+)\) g$`)
	repeatPattern = regexp.MustCompile(`^SELECT repeat\('x', (\d+)\) FROM generate_series\(1, ?(\d+)\)$`)
	sleepPattern  = regexp.MustCompile(`^SELECT pg_sleep\(([0-9.]+)\)$`)
	copyPattern   = regexp.MustCompile(`^COPY \(SELECT generate_series\(1, ?(\d+)\)\) TO STDOUT( \(FORMAT binary\))?$`)
	itemPattern   = regexp.MustCompile(`^(NULL|true|false|\d+|'[^']*'|\$\d+)(?:::(\w+)(?:\((\d+),(\d+)\))?(\[\])?)?(?: AS (\w+))?$`)
)

// planStatement knows the statements of the scripts and tests, letter for letter.
func planStatement(s *testSession, sql string, params []pgvalue.Value) (*run, error) {
	switch sql {
	case "":
		return &run{empty: true}, nil
	case "BEGIN":
		return effect(func() string { s.status = 'T'; return "BEGIN" }), nil
	case "ROLLBACK", "COMMIT":
		return effect(func() string {
			failed := s.status == 'E'
			s.status = 'I'
			clear(s.portals)
			s.settle(failed || sql == "ROLLBACK")
			if failed {
				return "ROLLBACK"
			}
			return sql
		}), nil
	case "SELECT 1/0":
		return nil, sqlerr.Newf(sqlerr.DivisionByZero, "division by zero")
	case "SELECT nosuch":
		return nil, sqlerr.Newf(sqlerr.UndefinedColumn, "column \"nosuch\" does not exist").At(8)
	case "SHOW TimeZone":
		r := oneRow("SHOW", column("TimeZone", pgcat.Text, -1), "UTC")
		return r, nil
	case "DO $$BEGIN RAISE NOTICE 'hello'; END$$":
		return &run{effect: func(_ context.Context, w *wire.Writer) (string, error) {
			return "DO", w.Notice(&sqlerr.Error{Code: sqlerr.SuccessfulCompletion, Severity: sqlerr.SeverityNotice, Message: "hello"})
		}}, nil
	}
	if name, ok := strings.CutPrefix(sql, "SET application_name = "); ok {
		return effect(func() string { s.name = strings.Trim(name, "'"); return "SET" }), nil
	}
	if m := copyPattern.FindStringSubmatch(sql); m != nil {
		return copyOut(number(m[1]), m[2] != ""), nil
	}
	if r := planOdd(sql); r != nil {
		return r, nil
	}
	return planSelect(sql, params)
}

func effect(do func() string) *run {
	return &run{effect: func(context.Context, *wire.Writer) (string, error) { return do(), nil }}
}

func oneRow(tag string, c wire.Column, v pgvalue.Value) *run {
	return &run{tag: tag, columns: []wire.Column{c}, rows: func(n int) ([]pgvalue.Value, error) {
		if n > 0 {
			return nil, nil
		}
		return []pgvalue.Value{v}, nil
	}}
}

func number(text string) int {
	n, _ := strconv.Atoi(text) // the patterns let digits pass only
	return n
}

func planSelect(sql string, params []pgvalue.Value) (*run, error) {
	if m := seriesPattern.FindStringSubmatch(sql); m != nil {
		most := number(m[1])
		if m[1][0] == '$' && len(params) == 1 && params[0] != nil {
			most = int(params[0].(int64))
		}
		return series("generate_series", pgcat.Int4, most, func(g int) (pgvalue.Value, error) { return int64(g), nil }), nil
	}
	if m := dividePattern.FindStringSubmatch(sql); m != nil {
		bad := number(m[1])
		return series("?column?", pgcat.Int4, number(m[2]), func(g int) (pgvalue.Value, error) {
			if g == bad {
				return nil, sqlerr.Newf(sqlerr.DivisionByZero, "division by zero")
			}
			return int64(1 / (g - bad)), nil
		}), nil
	}
	if m := repeatPattern.FindStringSubmatch(sql); m != nil {
		text := strings.Repeat("x", number(m[1]))
		return series("repeat", pgcat.Text, number(m[2]), func(int) (pgvalue.Value, error) { return text, nil }), nil
	}
	if m := sleepPattern.FindStringSubmatch(sql); m != nil {
		return sleep(m[1]), nil
	}
	if items, ok := strings.CutPrefix(sql, "SELECT "); ok {
		return constants(strings.Split(items, ", "), params)
	}
	word, _, _ := strings.Cut(sql, " ")
	return nil, sqlerr.Newf(sqlerr.SyntaxError, "syntax error at or near %q", word).At(1)
}

func series(name string, oid uint32, most int, value func(g int) (pgvalue.Value, error)) *run {
	return &run{tag: "SELECT", columns: []wire.Column{column(name, oid, -1)}, rows: func(n int) ([]pgvalue.Value, error) {
		if n >= most {
			return nil, nil
		}
		v, err := value(n + 1)
		if err != nil {
			return nil, err
		}
		return []pgvalue.Value{v}, nil
	}}
}

// sleep waits before its one row, or until its context ends.
func sleep(seconds string) *run {
	r := oneRow("SELECT", column("pg_sleep", pgcat.Void, -1), "")
	limit, _ := time.ParseDuration(seconds + "s") // the pattern lets numbers pass only
	r.before = func(ctx context.Context) error {
		select {
		case <-time.After(limit):
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return r
}

// copyOut cuts the data as PostgreSQL does: a message for each row, the header with the first one, the trailer alone.
func copyOut(rows int, isBinary bool) *run {
	return &run{effect: func(_ context.Context, w *wire.Writer) (string, error) {
		format := int16(0)
		var head []byte
		if isBinary {
			format = 1
			head = []byte("PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00")
		}
		if err := w.CopyOut(format, []int16{format}); err != nil {
			return "", err
		}
		for i := 1; i <= rows; i++ {
			row := strconv.AppendInt(nil, int64(i), 10)
			if isBinary {
				row = binary.BigEndian.AppendUint32(append(head, 0, 1, 0, 0, 0, 4), uint32(i))
				head = nil
			} else {
				row = append(row, '\n')
			}
			if err := w.CopyData(row); err != nil {
				return "", err
			}
		}
		if isBinary {
			if err := w.CopyData(append(head, 0xff, 0xff)); err != nil {
				return "", err
			}
		}
		return fmt.Sprintf("COPY %d", rows), w.CopyDone()
	}}
}

// constants plans SELECT 1, 'a'::text AS b, $1::int4.
func constants(items []string, params []pgvalue.Value) (*run, error) {
	r := &run{tag: "SELECT", columns: []wire.Column{}}
	var row []pgvalue.Value
	for _, item := range items {
		m := itemPattern.FindStringSubmatch(item)
		if m == nil {
			return nil, sqlerr.Newf(sqlerr.SyntaxError, "syntax error at or near %q", item)
		}
		c, v, err := constant(m, params)
		if err != nil {
			return nil, err
		}
		r.columns, row = append(r.columns, c), append(row, v)
	}
	r.rows = func(n int) ([]pgvalue.Value, error) {
		if n > 0 {
			return nil, nil
		}
		return row, nil
	}
	return r, nil
}

func constant(m []string, params []pgvalue.Value) (wire.Column, pgvalue.Value, error) {
	literal, typeName, precision, scale, isArray, alias := m[1], m[2], m[3], m[4], m[5], m[6]
	oid, name := uint32(pgcat.Int4), "?column?"
	switch {
	case typeName != "":
		var err error
		if oid, err = typeNamed(typeName + isArray); err != nil {
			return wire.Column{}, nil, err
		}
		name = typeName
	case literal == "true" || literal == "false":
		oid = pgcat.Bool
	case literal[0] == '\'' || literal == "NULL" || literal[0] == '$':
		oid = pgcat.Text
	}
	if alias != "" {
		name = alias
	}
	mod := int32(-1)
	if precision != "" && oid == pgcat.Numeric {
		mod = pgvalue.MakeNumericTypmod(int32(number(precision)), int32(number(scale)))
	}
	c := column(name, oid, mod)
	switch {
	case literal == "NULL":
		return c, nil, nil
	case literal[0] == '$':
		n := number(literal[1:])
		if n < 1 || n > len(params) {
			return c, nil, sqlerr.Newf(sqlerr.UndefinedParameter, "there is no parameter $%d", n)
		}
		return c, params[n-1], nil
	}
	v, err := pgvalue.Parse(oid, mod, strings.Trim(literal, "'"), pgvalue.DefaultFormat())
	return c, v, err
}
