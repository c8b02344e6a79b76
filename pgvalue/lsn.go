package pgvalue

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"meshgate/sqlerr"
)

// LSN is a pg_lsn: a place in PostgreSQL's write-ahead log.
type LSN uint64

// ParseLSN reads two hexadecimal numbers of up to eight digits with a slash between (pg_lsn_in).
func ParseLSN(text string) (LSN, error) {
	high, low, found := strings.Cut(text, "/")
	part := func(s string) (uint64, bool) {
		v, err := strconv.ParseUint(s, 16, 32)
		return v, err == nil && len(s) <= 8 && !strings.ContainsAny(s, "+-_")
	}
	h, okHigh := part(high)
	l, okLow := part(low)
	if !found || !okHigh || !okLow {
		return 0, invalidText("pg_lsn", text)
	}
	return LSN(h<<32 | l), nil
}

// String is the type's text form.
func (l LSN) String() string { return fmt.Sprintf("%X/%X", uint64(l)>>32, uint32(l)) }

// Numeric is the number of bytes before the place.
func (l LSN) Numeric() Numeric {
	return NumericFromUnscaled(new(big.Int).SetUint64(uint64(l)), 0)
}

// Add moves a place by a number of bytes (pg_lsn_pli and, with a negated number, pg_lsn_mii).
func (l LSN) Add(n Numeric) (LSN, error) {
	if !n.IsFinite() {
		return 0, sqlerr.Newf(sqlerr.FeatureNotSupported, "cannot add %s to pg_lsn", n)
	}
	v, ok := new(big.Int).SetString(l.Numeric().Add(n).Round(0).String(), 10)
	if !ok || !v.IsUint64() {
		return 0, sqlerr.Newf(sqlerr.InvalidParameterValue, "pg_lsn out of range")
	}
	return LSN(v.Uint64()), nil
}
