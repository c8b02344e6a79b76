package pgvalue

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"meshgate/pgcat"
)

// TestNetworkTextsEqualPostgres reads made-up texts, most of them nearly right, as PostgreSQL does.
func TestNetworkTextsEqualPostgres(t *testing.T) {
	conn := session(t)
	r := rand.New(rand.NewPCG(7, 8))
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	makers := map[string]func() string{
		"inet": func() string { return networkText(r, pick) }, "cidr": func() string { return networkText(r, pick) },
		"macaddr": func() string {
			var b strings.Builder
			for range 1 + r.IntN(7) {
				b.WriteString(pick("0", "08", "fF", "2b1", "a", "+1", "-0", " 7", "", "0800", "g", "0x1", "0x") + pick(":", ":", ":", "-", ".", "", " "))
			}
			return b.String()
		},
		"pg_lsn": func() string {
			return pick("0", "16", "FFFFFFFF", "100000000", "", "x", "b374d848") + pick("/", "/", "/", "", "//") + pick("0", "ffffffff", "0A", "+1", "")
		},
	}
	for name, oid := range map[string]pgcat.OID{"inet": pgcat.Inet, "cidr": pgcat.CIDR, "macaddr": pgcat.MacAddr, "pg_lsn": pgcat.PgLSN} {
		for range 1500 {
			text := makers[name]()
			v, err := Parse(oid, -1, text, DefaultFormat())
			got := fmt.Sprint(v)
			if err != nil {
				got = sqlState(err)
			}
			if want := ask(t, conn, "SELECT '"+text+"'::"+name+" || ''"); got != want && got+"/32" != want && got+"/128" != want {
				t.Errorf("%s %q: got %s, PostgreSQL has %s", name, text, got, want)
			}
		}
	}
}

// networkText writes an address of four or sixteen bytes, or what nearly is one.
func networkText(r *rand.Rand, pick func(...string) string) string {
	var b strings.Builder
	if r.IntN(2) == 0 {
		for i := range 1 + r.IntN(5) {
			if i > 0 {
				b.WriteString(pick(".", ".", ".", ".", "", ".."))
			}
			b.WriteString(pick("0", "10", "192", "224", "255", "256", "01", "0x0a", "128", ""))
		}
	} else {
		for i := range 1 + r.IntN(9) {
			if i > 0 {
				b.WriteString(pick(":", ":", ":", ":", "::", "."))
			}
			b.WriteString(pick("0", "1", "fe80", "FFFF", "0", "0", "12345", "00ab", "", "1.2.3.4", "::"))
		}
	}
	b.WriteString(pick("", "", "/8", "/24", "/32", "/33", "/64", "/128", "/129", "/0", "/", "/08", " "))
	return b.String()
}
