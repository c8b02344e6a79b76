package pgvalue

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

var datePieces = strings.Fields(`A.D. a.m. AD AM bc P.M. CC cc DAY Day day DY Dy dy DDD DD D FF1 FF3 FF6 HH24 HH12 HH IDDD ID IW IYYY IYY IY I J MI MM
	MONTH Month month MON Mon mon MS OF Q RM rm SSSSS SSSS SS TZH TZM TZ tz US WW W Y,YYY YYYY YYY YY Y FM TM FX - / : , . T "text" \" x é`)

func randomTemplate(r *rand.Rand, pieces []string, most int) string {
	var b strings.Builder
	for range 1 + r.IntN(most) {
		if r.IntN(6) == 0 {
			b.WriteString("FM")
		}
		b.WriteString(pieces[r.IntN(len(pieces))])
		switch r.IntN(8) {
		case 0:
			b.WriteString("TH")
		case 1:
			b.WriteString("th")
		case 2, 3:
			b.WriteByte(' ')
		case 4:
			b.WriteByte('-')
		}
	}
	return b.String()
}

func nullOr(b []byte, ok bool, err error) string {
	switch {
	case err != nil:
		return sqlState(err)
	case !ok:
		return "NULL"
	}
	return string(b)
}

func TestDateTemplatesEqualPostgres(t *testing.T) {
	conn := session(t)
	ask(t, conn, "SET TimeZone = 'Europe/Berlin'; SELECT 1")
	zone := mustZone("Europe/Berlin")
	format := DefaultFormat()
	r := rand.New(rand.NewPCG(1, 7))
	times := strings.Split("1970-01-01 00:00|2024-02-29 12:34:56.789012|2023-12-31 23:59:59.999999|2024-12-30 01:02:03|0001-01-01|0044-03-15 11:11 BC|9999-12-31|infinity|12345-06-07 13:00", "|")
	intervals := strings.Split("0|1 year 2 mons 3 days 04:05:06.789|-1 year -2 mons +3 days -04:05:06.789|-5 hours|1000 hours|12 months|-12 mons|40 days 12:00", "|")
	for range 1500 {
		text := randomTemplate(r, datePieces, 6)
		template := ParseDateTemplate(text)
		at, err := format.ParseTimestamp(times[r.IntN(len(times))])
		if err != nil {
			t.Fatal(err)
		}
		literal := quote(string(format.AppendTimestamp(nil, at)))
		b, ok := template.AppendTimestamp(nil, at)
		if got, want := nullOr(b, ok, nil), ask(t, conn, fmt.Sprintf("SELECT to_char(%s::timestamp, %s)", literal, quote(text))); got != want {
			t.Errorf("to_char(%s::timestamp, %q): got %q, PostgreSQL has %q", literal, text, got, want)
		}
		b, ok, err = template.AppendInstant(nil, at, zone)
		if got, want := nullOr(b, ok, err), ask(t, conn, fmt.Sprintf("SELECT to_char(%s::timestamp AT TIME ZONE 'UTC', %s)", literal, quote(text))); got != want {
			t.Errorf("to_char(%s::timestamptz, %q): got %q, PostgreSQL has %q", literal, text, got, want)
		}
		span := intervals[r.IntN(len(intervals))]
		v, err := ParseInterval(span, -1, IntervalPostgres)
		if err != nil {
			t.Fatal(err)
		}
		b, ok, err = template.AppendInterval(nil, v)
		if got, want := nullOr(b, ok, err), ask(t, conn, fmt.Sprintf("SELECT to_char(%s::interval, %s)", quote(span), quote(text))); got != want {
			t.Errorf("to_char(%s::interval, %q): got %q, PostgreSQL has %q", span, text, got, want)
		}
	}
}

func TestDateTemplatesReadAsPostgres(t *testing.T) {
	conn := session(t)
	ask(t, conn, "SET TimeZone = 'Europe/Berlin'; SELECT 1")
	format := &Format{Zone: mustZone("Europe/Berlin"), FloatDigits: 1}
	r := rand.New(rand.NewPCG(3, 7))
	pieces := append(datePieces, "YYYY-MM-DD", "HH24:MI:SS", "DD Mon YYYY", "YYYYMMDD", "IYYY-IW-ID")
	for range 2500 {
		text := randomTemplate(r, pieces, 5)
		at := Timestamp(r.Int64N(4e15))
		input, _ := ParseDateTemplate(text).AppendTimestamp(nil, at)
		if r.IntN(3) == 0 { // a text that another template made
			input, _ = ParseDateTemplate(randomTemplate(r, pieces, 4)).AppendTimestamp(nil, at)
		}
		if r.IntN(4) == 0 {
			i := r.IntN(len(input) + 1)
			input = append(append(append([]byte(nil), input[:i]...), " -+9a"[r.IntN(5)]), input[i:]...)
		}
		s := strings.ToValidUTF8(string(input), "?")
		template := ParseDateTemplate(text)
		got := ""
		if d, err := template.Date(s); err != nil {
			got = sqlState(err)
		} else {
			got = string(format.AppendDate(nil, d))
		}
		if want := ask(t, conn, fmt.Sprintf("SELECT to_date(%s, %s)", quote(s), quote(text))); got != want {
			t.Errorf("to_date(%q, %q): got %q, PostgreSQL has %q", s, text, got, want)
		}
		if at, err := template.Instant(s, format.Zone); err != nil {
			got = sqlState(err)
		} else {
			got = string(format.AppendTimestampTZ(nil, at))
		}
		if want := ask(t, conn, fmt.Sprintf("SELECT to_timestamp(%s, %s)", quote(s), quote(text))); got != want {
			t.Errorf("to_timestamp(%q, %q): got %q, PostgreSQL has %q", s, text, got, want)
		}
	}
}

func TestNumberTemplatesEqualPostgres(t *testing.T) {
	conn := session(t)
	r := rand.New(rand.NewPCG(2, 7))
	pieces := strings.Fields(`9 9 9 99 999 0 0 00 . D , G S MI PL SG PR L RN rn V EEEE B FM TH th x "q" C`)
	numbers := strings.Fields("0 1 -1 0.1 -0.1 12 -12.5 485 -485.8 999.99 0.005 1234567 -9999999.999 3999 4000 NaN Infinity -Infinity 1e20 0.00001 99.995")
	compare := func(got, sql string) {
		t.Helper()
		if want := ask(t, conn, "SELECT "+sql); got != want {
			t.Errorf("%s: got %q, PostgreSQL has %q", sql, got, want)
		}
	}
	for range 2500 {
		var b strings.Builder
		for range 1 + r.IntN(7) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		text := b.String()
		template, err := ParseNumberTemplate(text)
		if err != nil {
			compare(sqlState(err), fmt.Sprintf("to_char(1, %s)", quote(text)))
			continue
		}
		number := numbers[r.IntN(len(numbers))]
		n, err := ParseNumeric(number)
		if err != nil {
			t.Fatal(err)
		}
		f := n.Float64()
		out, err := template.AppendNumeric(nil, n)
		compare(answerText(out, err), fmt.Sprintf("to_char(%s::numeric, %s)", quote(number), quote(text)))
		out, err = template.AppendFloat(nil, f, 64)
		compare(answerText(out, err), fmt.Sprintf("to_char(%s::float8, %s)", quote(number), quote(text)))
		out, err = template.AppendFloat(nil, float64(float32(f)), 32)
		compare(answerText(out, err), fmt.Sprintf("to_char(%s::float4, %s)", quote(number), quote(text)))
		if v, ok := n.Int64(); ok {
			out, err = template.AppendInt8(nil, v)
			compare(answerText(out, err), fmt.Sprintf("to_char((%d)::int8, %s)", v, quote(text)))
			if v == int64(int32(v)) {
				out, err = template.AppendInt4(nil, int32(v))
				compare(answerText(out, err), fmt.Sprintf("to_char((%d)::int4, %s)", v, quote(text)))
			}
		}
		input := strconv.FormatFloat(f, 'f', r.IntN(4), 64)
		if r.IntN(2) == 0 {
			input = string(out)
		}
		if r.IntN(4) == 0 {
			input += "-+<,. 9"[r.IntN(7):]
		}
		n, ok, err := template.Numeric(input)
		compare(nullOr(n.AppendText(nil), ok, err), fmt.Sprintf("to_number(%s, %s)", quote(input), quote(text)))
	}
}
