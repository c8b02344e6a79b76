package pgvalue

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// momentPieces are what date/time texts are made of.
var momentPieces = strings.Fields(`2024-02-29 2023-02-29 24-2-9 1/18/1999 18/1/1999 18.1.99 1999.038 01/02/03 Jan-08-1999 08-Jan-99 99-Jan-08 19990108 990108
	January Feb mar sept 8 31 1999 99 12 0 04:05:06.789 04:05 24:00 23:59:60 25:00 05.5 4:5:6:7 040506 0405 040506.789 am PM BC ad +02 -08:30 +1 +0530 +99 -16
	PST EST utc z DST America/New_York Europe/Berlin gmt-8 foo/bar xyz T t at on Mon fri allballs infinity -infinity epoch J2451187 j 2451187 y2001m02d04
	h04mm05s06.5 , . : / - + ( doy 1999-Jan 2024-01-01T10:00 20240101T101112-07 12:30PM é 366 10000-01-01 5874898-01-01 4714-11-24 1.2.3.4 12345678901`)

func TestRandomDateTimesEqualPostgres(t *testing.T) {
	conn := session(t)
	r := rand.New(rand.NewPCG(5, 7))
	types := strings.Fields("date time timetz timestamp timestamptz")
	for i := range 12000 {
		f := &formats[i%len(formats)].format
		var b strings.Builder
		for range 1 + r.IntN(4) {
			piece := momentPieces[r.IntN(len(momentPieces))]
			b.WriteString(piece)
			// What follows a zone's name at once makes a POSIX zone of it, whose daylight rules are not read.
			if r.IntN(5) > 0 || strings.ContainsAny(piece, "/-zT") {
				b.WriteByte(' ')
			}
		}
		compareMoment(t, func(sql string) string { return ask(t, conn, formats[i%len(formats)].set+"; "+sql) }, f, types[r.IntN(len(types))], b.String())
	}
}

func compareMoment(t *testing.T, ask func(sql string) string, f *Format, typeName, text string) {
	t.Helper()
	oid, got := map[string]func(string) (Value, error){
		"date": func(s string) (Value, error) { return f.ParseDate(s) }, "time": func(s string) (Value, error) { return f.ParseTime(s) },
		"timetz": func(s string) (Value, error) { return f.ParseTimeTZ(s) }, "timestamp": func(s string) (Value, error) { return f.ParseTimestamp(s) },
		"timestamptz": func(s string) (Value, error) { return f.ParseTimestampTZ(s) },
	}[typeName], ""
	v, err := oid(text)
	if err != nil {
		got = sqlState(err)
	} else {
		switch v := v.(type) {
		case Date:
			got = string(f.AppendDate(nil, v))
		case TimeOfDay:
			got = string(AppendTime(nil, v))
		case TimeTZ:
			got = string(AppendTimeTZ(nil, v))
		case Timestamp:
			if typeName == "timestamptz" {
				got = string(f.AppendTimestampTZ(nil, v))
			} else {
				got = string(f.AppendTimestamp(nil, v))
			}
		}
	}
	if want := ask(fmt.Sprintf("SELECT %s::%s::text", quote(text), typeName)); got != want {
		t.Errorf("%s %q under %s: got %q, PostgreSQL has %q", typeName, text, f.Zone.Name, got, want)
	}
}
