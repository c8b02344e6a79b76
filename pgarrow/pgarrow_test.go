package pgarrow

import (
	"bytes"
	"context"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"meshgate/internal/teststores"
	"meshgate/pgcat"
	"meshgate/pgvalue"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// expressions cover every carrier; PostgreSQL says what their text and binary forms are.
var expressions = []string{
	"true", "false", "NULL::bool", "(-7)::int2", "2147483647", "(-9223372036854775808)::int8", "4294967295::oid", "1.5::float4", "'NaN'::float4",
	"1e15::float8", "'-Infinity'::float8", "'-0'::float8", "0::numeric", "0.00::numeric", "123456789012345678901234567890.5::numeric", "'NaN'::numeric",
	"'Infinity'::numeric", "1e-20::numeric", "10000::numeric", "-0.0001::numeric", "12345.678::numeric(12,4)", "(-1)::numeric(38,10)", "0.5::numeric(3,3)",
	"99999999999999999999999999999999999999::numeric(38,0)", "1200::numeric(3,-2)", "'abc'::text", "''::varchar(5)", "'ab'::char(5)", "'n'::name", "'x'::\"char\"",
	"'\\x00ff10'::bytea", "''::bytea", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid", "'2024-02-29'::date", "'infinity'::date", "'-infinity'::date",
	"'0044-03-15 BC'::date", "'04:05:06.789'::time", "'24:00'::time", "'04:05:06-08'::timetz", "'2024-01-08 04:05:06.7'::timestamp", "'infinity'::timestamp",
	"'2024-01-08 04:05:06.7+02'::timestamptz", "'-infinity'::timestamptz", "'1 year 2 mons -3 days 04:05:06.789'::interval", "'[1, {\"a\":2}]'::json",
	"'{\"b\":1,\"a\":[1.0]}'::jsonb", "B'10110'", "B'101'::varbit", "'{}'::int4[]", "'{1,NULL,3}'::int4[]", "'{\"a b\",NULL,\"NULL\",c}'::text[]",
	"'{1.50,2}'::numeric[]", "'{2024-01-01,infinity}'::date[]", "'{t,f}'::bool[]", "'{1.10,2.20}'::numeric(5,2)[]", "'1 2 3'::int2vector", "'25 23'::oidvector",
	"'{1 day,2 mons}'::interval[]", "ARRAY['\\x01'::bytea]", "'pg_class'::regclass::oid",
}

func TestEncodersEqualPostgres(t *testing.T) {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, teststores.PostgresDSN(t, "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "SET TimeZone = 'Europe/Berlin'"); err != nil {
		t.Fatal(err)
	}
	zone, err := pgvalue.ParseZone("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	format := &pgvalue.Format{Zone: zone, FloatDigits: 1}
	for _, e := range expressions {
		text := conn.PgConn().ExecParams(ctx, "SELECT "+e, nil, nil, nil, []int16{0}).Read()
		bin := conn.PgConn().ExecParams(ctx, "SELECT "+e, nil, nil, nil, []int16{1}).Read()
		if text.Err != nil || bin.Err != nil {
			t.Fatal(e, text.Err, bin.Err)
		}
		f := text.FieldDescriptions[0]
		checkForms(t, e, f.DataTypeOID, f.TypeModifier, text.Rows[0][0], bin.Rows[0][0], format)
	}
}

// checkForms reads both of PostgreSQL's forms, carries the value and encodes it again.
func checkForms(t *testing.T, name string, oid pgcat.OID, mod int32, text, bin []byte, format *pgvalue.Format) {
	t.Helper()
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	carrier := Carrier(oid, mod)
	b := array.NewBuilder(mem, carrier)
	defer b.Release()
	var fromText, fromBinary pgvalue.Value
	if text != nil {
		var err error
		if fromText, err = pgvalue.Parse(oid, mod, string(text), format); err != nil {
			t.Fatal(name, err)
		}
		if _, isVector := map[pgcat.OID]bool{pgcat.Int2Vector: true, pgcat.OIDVector: true}[oid]; isVector {
			return // vectors are only sent, never received
		}
		if fromBinary, err = pgvalue.ParseBinary(oid, mod, bin, format); err != nil {
			t.Fatal(name, err)
		}
	}
	for _, v := range []pgvalue.Value{fromText, fromBinary} {
		if err := Append(b, v); err != nil {
			t.Fatal(name, err)
		}
	}
	arr := b.NewArray()
	defer arr.Release()
	te := NewTextEncoder(oid, carrier, format, nil)
	be, err := NewBinaryEncoder(oid, carrier, format)
	if err != nil {
		t.Fatal(name, err)
	}
	te.Reset(arr)
	be.Reset(arr)
	for row := range 2 {
		if text == nil {
			if !te.IsNull(row) || !be.IsNull(row) {
				t.Errorf("%s: NULL is lost", name)
			}
			continue
		}
		if got := te.Append(nil, row); !bytes.Equal(got, text) {
			t.Errorf("%s: text %s, PostgreSQL has %s", name, got, text)
		}
		if got := be.Append(nil, row); !bytes.Equal(got, bin) {
			t.Errorf("%s: binary %x, PostgreSQL has %x", name, got, bin)
		}
	}
}

func TestVectorsEncode(t *testing.T) {
	b := array.NewBuilder(memory.DefaultAllocator, Carrier(pgcat.Int2Vector, -1))
	defer b.Release()
	if err := Append(b, pgvalue.NewArray(pgcat.Int2, []pgvalue.Value{int64(1), int64(2)})); err != nil {
		t.Fatal(err)
	}
	arr := b.NewArray()
	defer arr.Release()
	te := NewTextEncoder(pgcat.Int2Vector, arr.DataType(), pgvalue.DefaultFormat(), nil)
	te.Reset(arr)
	if got := string(te.Append(nil, 0)); got != "1 2" {
		t.Errorf("int2vector prints as %q", got)
	}
}

func TestEncodingDoesNotAllocate(t *testing.T) {
	format := pgvalue.DefaultFormat()
	dst := make([]byte, 0, 256)
	for name, c := range map[string]struct {
		oid pgcat.OID
		mod int32
		v   pgvalue.Value
	}{
		"int4": {pgcat.Int4, -1, int64(42)}, "float8": {pgcat.Float8, -1, 1.25}, "text": {pgcat.Text, -1, "abc"},
		"numeric(10,2)": {pgcat.Numeric, pgvalue.MakeNumericTypmod(10, 2), pgvalue.NumericFromUnscaledInt(12345, 2)},
		"timestamp":     {pgcat.Timestamp, -1, pgvalue.Timestamp(1)}, "date": {pgcat.Date, -1, pgvalue.Date(1)},
		"bytea": {pgcat.Bytea, -1, []byte{1, 2}}, "interval": {pgcat.Interval, -1, pgvalue.Interval{Months: 14, Micros: 1}},
		"numeric": {pgcat.Numeric, -1, pgvalue.NumericFromUnscaledInt(12345, 2)},
	} {
		carrier := Carrier(c.oid, c.mod)
		b := array.NewBuilder(memory.DefaultAllocator, carrier)
		if err := Append(b, c.v); err != nil {
			t.Fatal(err)
		}
		arr := b.NewArray()
		te := NewTextEncoder(c.oid, carrier, format, nil)
		be, err := NewBinaryEncoder(c.oid, carrier, format)
		if err != nil {
			t.Fatal(err)
		}
		te.Reset(arr)
		be.Reset(arr)
		if n := testing.AllocsPerRun(100, func() { dst = te.Append(dst[:0], 0) }); n != 0 {
			t.Errorf("%s: %v allocations for a text", name, n)
		}
		if n := testing.AllocsPerRun(100, func() { dst = be.Append(dst[:0], 0) }); n != 0 {
			t.Errorf("%s: %v allocations for a binary form", name, n)
		}
		arr.Release()
		b.Release()
	}
}
