package pgvalue

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// isoNumber is what C's strtod reads of the numbers that an ISO 8601 interval takes.
var isoNumber = regexp.MustCompile(`^-?(?:0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)(?:[pP][+-]?[0-9]+)?|` +
	`(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|(?i:inf(?:inity)?|nan))`)

// isoReader reads the numbers of an ISO 8601 interval.
type isoReader struct {
	rest     string
	digits   int // of the last number's whole part
	whole    int64
	fraction float64
}

func (r *isoReader) number() momentError {
	if c := byteAt(r.rest, 0); !isDigitByte(c) && c != '-' && c != '.' {
		return badMoment
	}
	text := isoNumber.FindString(r.rest)
	unsigned := strings.TrimPrefix(text, "-")
	r.digits, r.rest = skipDigits(unsigned, 0), r.rest[len(text):]
	if isLetterByte(byteAt(unsigned, 0)) {
		return momentOverflow // infinity or NaN
	}
	if len(unsigned) > 1 && unsigned[1]|0x20 == 'x' && !strings.ContainsAny(unsigned, "pP") {
		text += "p0"
	}
	v, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil:
		return badMoment
	case math.Abs(v) > 1e15:
		return momentOverflow
	}
	whole := math.Trunc(v)
	r.whole, r.fraction = int64(whole), v-whole
	return momentOK
}

// next takes one byte; 0 = the end.
func (r *isoReader) next() byte {
	c := byteAt(r.rest, 0)
	if c != 0 {
		r.rest = r.rest[1:]
	}
	return c
}

var (
	isoDateUnits = map[byte]string{'Y': "year", 'M': "month", 'W': "week", 'D': "day"}
	isoTimeUnits = map[byte]string{'H': "hour", 'M': "minute", 'S': "second"}
)

// decodeISO reads ISO 8601's intervals: P1Y2M3DT4H5M6S, or the alternative form P0001-02-03T04:05:06 (DecodeISO8601Interval).
func (p *intervalParser) decodeISO(text string) momentError {
	if len(text) < 2 || text[0] != 'P' {
		return badMoment
	}
	r := &isoReader{rest: text[1:]}
	units, given := isoDateUnits, false
	for r.rest != "" {
		if r.rest[0] == 'T' {
			units, given = isoTimeUnits, false
			r.next()
			continue
		}
		if e := r.number(); e != momentOK {
			return e
		}
		c := r.next()
		if unit, ok := units[c]; ok {
			if e := p.add(unit, r.whole, r.fraction); e != momentOK {
				return e
			}
			given = true
			continue
		}
		done := true
		var e momentError
		if units['H'] != "" {
			e = p.isoClock(r, c, given)
		} else {
			done, e = p.isoDate(r, c, given)
		}
		if e != momentOK || done {
			return e
		}
		units, given = isoTimeUnits, false
	}
	return momentOK
}

// addISO reads one number more and adds it.
func (p *intervalParser) addISO(r *isoReader, unit string) momentError {
	if e := r.number(); e != momentOK {
		return e
	}
	return p.add(unit, r.whole, r.fraction)
}

// isoDate reads yyyymmdd or yyyy-mm-dd, whose first number was read, with the byte that ended it. done = the text ends there.
func (p *intervalParser) isoDate(r *isoReader, c byte, given bool) (done bool, e momentError) {
	switch {
	case c != 0 && c != 'T' && c != '-', c == '-' && given:
		return true, badMoment
	case c != '-' && r.digits == 8 && !given:
		for _, f := range [...]struct {
			unit string
			v    int64
		}{{"year", r.whole / 10000}, {"month", r.whole / 100 % 100}, {"day", r.whole % 100}} {
			if e := p.add(f.unit, f.v, 0); e != momentOK {
				return true, e
			}
		}
		if !p.addFraction(r.fraction, MicrosPerDay) {
			return true, momentOverflow
		}
		return c == 0, momentOK
	case given:
		return true, badMoment
	}
	if e := p.add("year", r.whole, r.fraction); e != momentOK || c != '-' {
		return c == 0, e
	}
	if e := p.addISO(r, "month"); e != momentOK {
		return true, e
	}
	if c = r.next(); c == '-' {
		if e := p.addISO(r, "day"); e != momentOK {
			return true, e
		}
		c = r.next()
		if c == '-' {
			return true, badMoment
		}
	}
	if c != 0 && c != 'T' {
		return true, badMoment
	}
	return c == 0, momentOK
}

// isoClock reads hhmmss or hh:mm:ss, whose first number was read, with the byte that ended it.
func (p *intervalParser) isoClock(r *isoReader, c byte, given bool) momentError {
	switch {
	case c != 0 && c != ':':
		return badMoment
	case c == 0 && r.digits == 6 && !given:
		for _, f := range [...]struct {
			unit string
			v    int64
		}{{"hour", r.whole / 10000}, {"minute", r.whole / 100 % 100}, {"second", r.whole % 100}} {
			if e := p.add(f.unit, f.v, 0); e != momentOK {
				return e
			}
		}
		if !p.addFraction(r.fraction, 1) { // PostgreSQL takes the fraction for microseconds
			return momentOverflow
		}
		return momentOK
	case given:
		return badMoment
	}
	if e := p.add("hour", r.whole, r.fraction); e != momentOK || c == 0 {
		return e
	}
	if e := p.addISO(r, "minute"); e != momentOK {
		return e
	}
	switch r.next() {
	case 0:
		return momentOK
	case ':':
	default:
		return badMoment
	}
	if e := p.addISO(r, "second"); e != momentOK {
		return e
	}
	if r.rest != "" {
		return badMoment
	}
	return momentOK
}
