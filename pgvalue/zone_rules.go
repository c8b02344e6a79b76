package pgvalue

import (
	"bytes"
	"encoding/binary"
	"regexp"
	"strings"
	"time"
)

// Parts of a POSIX zone with daylight saving time, as tzparse (localtime.c) takes it.
const (
	ruleName   = `(?:[^0-9,+-]{3,}|<[^>]*>)`
	ruleOffset = `[+-]?(?:\d|\d\d|1[0-5]\d|16[0-7])(?::[0-5]?\d(?::(?:[0-5]?\d|60))?)?`
	ruleDate   = `(?:J(?:[1-9]|[1-9]\d|[12]\d\d|3[0-5]\d|36[0-5])|\d|[1-9]\d|[12]\d\d|3[0-5]\d|36[0-5]|M(?:[1-9]|1[0-2])\.[1-5]\.[0-6])(?:/` + ruleOffset + `)?`
)

var daylightZone = regexp.MustCompile(`^(?:` + ruleName + ruleOffset + `)` + ruleName + `(?:` + ruleOffset + `)?(?:[,;]` + ruleDate + `,` + ruleDate + `)?$`)

// daylightRules makes a zone of a POSIX form with daylight saving time: EST5EDT, CET-1CEST,M3.5.0,M10.5.0/3. Without rules, the
// American ones hold, as in PostgreSQL. name is in capitals.
func daylightRules(name string) *Zone {
	if strings.ContainsAny(name, "\n\x00") || !daylightZone.MatchString(name) {
		return nil
	}
	loc, err := time.LoadLocationFromTZData(name, emptyZone(strings.Replace(name, ";", ",", 1)))
	if err != nil {
		return nil
	}
	return &Zone{Name: name, loc: loc}
}

// emptyZone is a file of the IANA database, version 3, without a single change: its last line holds for all times (RFC 8536).
func emptyZone(rule string) []byte {
	var b bytes.Buffer
	for range 2 { // for 32 bits, then for 64
		b.WriteString("TZif3")
		b.Write(make([]byte, 15))
		for _, n := range []uint32{0, 0, 0, 0, 1, 4} { // one type, whose name has four bytes with its end
			_ = binary.Write(&b, binary.BigEndian, n)
		}
		b.Write(make([]byte, 6))
		b.WriteString("LMT\x00")
	}
	b.WriteString("\n" + rule + "\n")
	return b.Bytes()
}
