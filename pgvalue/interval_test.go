package pgvalue

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"meshgate/pgcat"
)

// intervalTexts are inputs at the edges of PostgreSQL's reader.
var intervalTexts = []string{
	"3 seconds 20 ms", "3.5 seconds 20 ms", "3.5 seconds 20 us", "3. seconds 20 ms", "1 day 1 day", "1 day 5:00 6:00", "5:00 1 hour", "1 hour 5:00",
	"2 hours 1 day", "7 1 hour", "7 8 9", "-3 04:05", "-3 -04:05", "+3-4", "3-4 5", "3-4 1 month", "3-12", "3--4", "3-4-5", "3-4x", "99999999999999999999 us",
	"5 millenniums", "5 millenniumx", "5 centuriesandmore", "5 microsecondsofmine", "5 milliseconds", "3 quarter", "quarter 3", "timezone 3", "3 timezone",
	"day", "3 ago", "ago", "3 days ago ago", "ago 3 days", "3 days ago 2 hours", "2 days 3:04 ago", "@ 3 days", "3 @ days", "3,days", "3 days,4 hours", "3.5.6 days",
	"1e3 days", ".5 day", "5. days", "-.5 days", "- .5 days", "- 5 days", "+ 5 days", "-5.25 months", "1.96 years", "-1.96 decades", "0.123456789 seconds",
	"0.0000005 seconds", "0.0000015 seconds", "1.0000005 minutes", "2147483647 days 24 hours", "2147483648 days", "-2147483648 days", "-2147483648 days ago",
	"306783379 weeks", "2147483647 months 1 year", "2147483647 months 31 days", "214748364 decades", "2147483 millennia", "2147484 millennia", "178956971 years",
	"9223372036854775807 us", "9223372036854775808 us", "-9223372036854775808 us", "-9223372036854775808 us ago", "9223372036854.775807 s", "9223372036854.775808 s",
	"2562047788:00:54.775807", "2562047788:00:54.775808", "-2562047788:00:54.775808", "2562047789:00", "9999999999999999999:00", "-9999999999999999999:00",
	"1:2:3:4", "1:2.5", "1:2.5:6", ":5", "5:", "5:6:", "1:60", "1:59:60", "1:59:61", "1:59:59.9999999", "12:-5", "-1:-5", "1 day -12:70", "+1:20", "2147483648:5.5",
	"P", "PT", "P1", "p1d", " P1D", "P1D ", "P1Y-2M3D", "P1.5Y", "P1.5M", "P1.5W", "P1.5D", "PT1.5H", "PT1.5M", "PT1.5S", "P1W2D", "P1D1D", "P1DT", "P1H", "PT1D", "PT1H2M3",
	"P20240115", "P20240115T102030", "P20240115T102030.5", "P20240115.5", "P2024-01-15", "P2024-01-15T10:20:30", "P2024-01", "P2024-01T10:20", "P2024T10", "P2024", "P-5-3",
	"PT10:20", "PT10:20:30.25", "PT10:20:30:40", "PT102030", "PT10203", "PT1H10:20", "P1Y2024-01", "P1e3D", "P1e16D", "P0x10D", "P-infD", "PnanD", "P-nanD", "P+1D", "P.5D", "P5.D",
	"P-D", "P1DT2H-30M", "P2147483648Y", "P-2147483648M", "P1Y-1", "P2024-01-15-2", "P2024--01", "PTT5M", "PT5MT6S", "P1YT2H3D", "infinity", "-infinity", "epoch", "now", "1 foo", "1day2hours",
	"3h4m5s", "3d4", "1-2 3 4:05:06", "-1-2 +3 -4:05:06", "-1-2 3 4:05:06", "-1 day 2 hours 3:04", "-5 hours 3 minutes", "-0:30", "-0-3 5", "-1.5", "-1 2:03:04", "-1 +2:03:04",
	strings.Repeat("1 ", 25) + "day", strings.Repeat(" ", 300) + "1 day", strings.Repeat("0", 250) + "1 day", strings.Repeat("0", 300) + "1 day", "1 \x01day", "1 dáy",
}

// intervalTypes are the interval types with the fields that they keep.
var intervalTypes = func() []string {
	types := []string{"interval", "interval(0)", "interval(2)", "interval day to second(3)", "interval second(1)"}
	for _, fields := range []string{
		"year", "month", "day", "hour", "minute", "second", "year to month", "day to hour", "day to minute", "day to second", "hour to minute", "hour to second", "minute to second",
	} {
		types = append(types, "interval "+fields)
	}
	return types
}()

// checkIntervalInput compares under all types and the styles that read otherwise.
func checkIntervalInput(t *testing.T, texts []string) {
	t.Helper()
	conn := session(t)
	for style, name := range map[IntervalStyle]string{IntervalPostgres: "postgres", IntervalSQL: "sql_standard"} {
		ask(t, conn, "SET IntervalStyle = "+name+"; SELECT 1")
		f := Format{Zone: UTC, IntervalStyle: style, FloatDigits: 1}
		for _, typ := range intervalTypes {
			_, mod := typeOf(t, conn, typ)
			for _, text := range texts {
				got := ""
				if v, err := ParseInterval(text, mod, style); err != nil {
					got = sqlState(err)
				} else {
					got = string(f.AppendInterval(nil, v))
				}
				if want := ask(t, conn, "SELECT CAST("+quote(text)+" AS "+typ+")"); got != want {
					t.Errorf("%s %q, %s: got %s, PostgreSQL has %s", typ, text, name, got, want)
				}
			}
		}
	}
}

func TestIntervalInputEqualsPostgres(t *testing.T) {
	checkIntervalInput(t, intervalTexts)
}

func TestRandomIntervalInputEqualsPostgres(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 8))
	pieces := strings.Fields("1 -2 +3 4.5 -6.75 1-2 -3-4 5:06 -7:08 9:10:11.12 +1:2 day days hour mins sec ms us year month week decade ago @ P T Y M D H S . - : , 20240101")
	texts := make([]string, 150)
	for i := range texts {
		for range 1 + r.IntN(6) {
			texts[i] += pieces[r.IntN(len(pieces))] + []string{"", " ", " "}[r.IntN(3)]
		}
	}
	checkIntervalInput(t, texts)
}

func TestIntervalArithmeticAtItsEnds(t *testing.T) {
	c := newDateCheck(t)
	texts := []string{
		"2147483647 months", "-2147483648 months", "2147483647 days", "-2147483648 days", "9223372036854775807 us", "-9223372036854775808 us",
		"2147483647 days 30:00", "-2147483648 days -30:00", "2147483647 days -30:00", "2147483647 months 2147483647 days 30:00", "-7 months 2147483647 days",
		"-2147483648 months -40 days", "1 month -1 day 25:00", "-1 month 29 days 24:00", "1 month -30 days 0:01", "17 days 999:59:59.123456", "11 months 400 days 0.5 s", "0",
	}
	for _, text := range texts {
		iv, err := ParseInterval(text, -1, IntervalPostgres)
		if err != nil {
			t.Fatal(err)
		}
		for _, by := range []string{"0", "1", "-1", "0.3", "1.00000001", "1e9", "1e-9", "1e300", "NaN", "Infinity", "-Infinity", "-0.99999"} {
			f, err := ParseFloat(by, 64)
			if err != nil {
				t.Fatal(err)
			}
			v, err := iv.MulFloat(f.(float64))
			c.equal(fmt.Sprintf("'%s'::interval * '%s'::float8", text, by), c.answer(v, pgcat.Interval, err))
			v, err = iv.DivFloat(f.(float64))
			c.equal(fmt.Sprintf("'%s'::interval / '%s'::float8", text, by), c.answer(v, pgcat.Interval, err))
		}
		for name, justify := range map[string]func(Interval) (Interval, error){
			"justify_hours": Interval.JustifyHours, "justify_days": Interval.JustifyDays, "justify_interval": Interval.JustifyInterval,
		} {
			v, err := justify(iv)
			c.equal(fmt.Sprintf("%s('%s'::interval)", name, text), c.answer(v, pgcat.Interval, err))
		}
		for _, unit := range append(slices.Clone(dateUnits), "microsecondly", "millenniums", "timezone_h", "qtr", "mons") {
			n, err := iv.Extract(unit)
			c.equal(fmt.Sprintf("extract('%s' from '%s'::interval)", unit, text), c.answer(n, pgcat.Numeric, err))
		}
	}
}
