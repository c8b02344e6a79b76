package pgvalue

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // the same zones on every machine

	"meshgate/pgcat"
	"meshgate/sqlerr"
)

// Zone is a time zone as the TimeZone setting names it.
type Zone struct {
	Name string
	loc  *time.Location
}

// UTC is the zone of a session that set none.
var UTC = &Zone{Name: "UTC", loc: time.UTC}

var (
	zoneNames = sync.OnceValue(func() map[string]string {
		m := map[string]string{}
		rel := pgcat.Rows("pg_catalog.pg_timezone_names")
		for _, row := range rel.Rows {
			m[strings.ToLower(row[0])] = row[0]
		}
		return m
	})
	zoneAbbrevs = sync.OnceValue(func() map[string]int32 {
		m := map[string]int32{}
		for _, row := range pgcat.Rows("pg_catalog.pg_timezone_abbrevs").Rows {
			iv, err := ParseInterval(row[1], -1, IntervalPostgres)
			if err != nil {
				panic("pgvalue: abbreviation " + row[0] + ": " + err.Error())
			}
			m[strings.ToLower(row[0])] = int32(iv.Micros / MicrosPerSecond)
		}
		return m
	})
	zoneCache sync.Map // lower-case name -> *Zone
)

// ParseZone reads what SET TimeZone accepts: a name of the IANA database in any case, an abbreviation, a POSIX form such as
// UTC+3 (west is positive) or <+03>-03, or a number of hours east.
func ParseZone(name string) (*Zone, error) {
	lower := strings.ToLower(name)
	if z, ok := zoneCache.Load(lower); ok {
		return z.(*Zone), nil
	}
	z := lookupZone(lower, name)
	if z == nil {
		return nil, sqlerr.Newf(sqlerr.InvalidParameterValue, "time zone \"%s\" not recognized", clip(name))
	}
	if len(lower) < 64 {
		zoneCache.Store(lower, z)
	}
	return z, nil
}

func lookupZone(lower, name string) *Zone {
	if z := namedZone(lower); z != nil {
		return z
	}
	if hours, err := strconv.ParseFloat(strings.TrimLeft(lower, blanks), 64); err == nil && math.Abs(hours) <= 167 {
		return fixedZone(int32(math.Round(hours * 3600)))
	}
	return posixZone(lower, 0)
}

// namedZone finds a zone of the IANA database.
func namedZone(lower string) *Zone {
	if lower == "utc" || lower == "gmt" || lower == "zulu" {
		return &Zone{Name: strings.ToUpper(lower), loc: time.UTC}
	}
	if full, ok := zoneNames()[lower]; ok {
		if loc, err := time.LoadLocation(full); err == nil {
			return &Zone{Name: full, loc: loc}
		}
	}
	return nil
}

// FixedZone returns the zone that PostgreSQL names after an offset in seconds east of UTC: "<+03>-03".
func FixedZone(offset int32) *Zone { return fixedZone(offset) }

func fixedZone(offset int32) *Zone {
	text := string(appendOffset(nil, offset))
	west := string(appendOffset(nil, -offset))
	return &Zone{Name: fmt.Sprintf("<%s>%s", text, strings.TrimPrefix(west, "+")), loc: time.FixedZone(text, int(offset))}
}

// posixZone reads "abc[+-]h[:m[:s]]" and "<abc>[+-]h…", with daylight rules or without; POSIX counts hours west. An abbreviation has
// at least so many letters. PostgreSQL names the zone in capitals.
func posixZone(lower string, letters int) *Zone {
	abbrev, rest, name := "", "", strings.ToUpper(lower)
	if strings.HasPrefix(lower, "<") {
		end := strings.IndexByte(lower, '>')
		if end < 0 {
			return nil
		}
		abbrev, rest = name[1:end], lower[end+1:]
	} else {
		i := strings.IndexAny(lower, "0123456789+-,")
		if i < letters {
			return nil
		}
		abbrev, rest = name[:i], lower[i:]
	}
	sign := int32(-1)
	switch {
	case strings.HasPrefix(rest, "-"):
		sign, rest = 1, rest[1:]
	case strings.HasPrefix(rest, "+"):
		rest = rest[1:]
	}
	seconds, ok := parseHMS(rest)
	if !ok {
		return daylightRules(name)
	}
	return &Zone{Name: name, loc: time.FixedZone(abbrev, int(sign*seconds))}
}

func parseHMS(text string) (int32, bool) {
	parts := strings.Split(text, ":")
	if len(parts) > 3 || text == "" {
		return 0, false
	}
	var seconds int32
	for i, p := range parts {
		n, err := strconv.ParseUint(p, 10, 8)
		if err != nil || i == 0 && n > 167 || i > 0 && n > 59 {
			return 0, false
		}
		seconds += int32(n) * [...]int32{3600, 60, 1}[i]
	}
	return seconds, true
}

// Offset returns the seconds east of UTC and the abbreviation in force at an instant.
func (z *Zone) Offset(t Timestamp) (seconds int32, abbrev string) {
	abbrev, off := time.UnixMicro(int64(t)).In(z.loc).Zone()
	return int32(off), abbrev
}

// Local returns the wall clock of an instant (timestamptz to timestamp).
func (z *Zone) Local(t Timestamp) (Timestamp, error) {
	if t.IsInf() {
		return t, nil
	}
	off, _ := z.Offset(t)
	return checkTimestamp(t + Timestamp(off)*MicrosPerSecond)
}

// Instant returns the instant of a wall clock (timestamp to timestamptz). As PostgreSQL does, a time in a spring gap is read
// with the offset before the change, and an ambiguous autumn time as standard time (DetermineTimeZoneOffset).
func (z *Zone) Instant(local Timestamp) (Timestamp, error) {
	if local.IsInf() {
		return local, nil
	}
	return checkTimestamp(local - Timestamp(z.offsetOfLocal(local))*MicrosPerSecond)
}

func (z *Zone) offsetOfLocal(local Timestamp) int32 {
	// A zone changes far from a day away at most, so the change that could matter lies around the local time read as UTC.
	before, _ := z.Offset(local - MicrosPerDay)
	start := time.UnixMicro(int64(local - MicrosPerDay)).In(z.loc)
	_, end := start.ZoneBounds()
	if end.IsZero() || end.UnixMicro() > int64(local)+MicrosPerDay {
		return before
	}
	boundary := Timestamp(end.UnixMicro())
	after, _ := z.Offset(boundary)
	beforeTime, afterTime := local-Timestamp(before)*MicrosPerSecond, local-Timestamp(after)*MicrosPerSecond
	switch {
	case beforeTime < boundary && afterTime < boundary:
		return before
	case beforeTime > boundary && afterTime >= boundary:
		return after
	case beforeTime > afterTime:
		return before // the gap of a forward change: PostgreSQL prefers the earlier offset
	}
	return after
}

// Abbreviation returns the offset of a zone abbreviation such as PST.
func Abbreviation(name string) (offset int32, ok bool) {
	offset, ok = zoneAbbrevs()[strings.ToLower(name)]
	return offset, ok
}

// isFixed reports whether the zone has one offset for all times.
func (z *Zone) isFixed() bool {
	start, end := time.Unix(0, 0).In(z.loc).ZoneBounds()
	return start.IsZero() && end.IsZero()
}
