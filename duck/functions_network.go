package duck

import (
	"encoding/binary"
	"math"

	"meshgate/pgcat"
	"meshgate/pgvalue"
)

// inetArg reads an address as it travels.
func inetArg(r *Row, text string) pgvalue.Inet {
	v, err := pgvalue.ParseInet(text, false)
	if err != nil {
		r.Fail(withoutValue(err, pgcat.Inet))
	}
	return v
}

func (r *Row) inet(v pgvalue.Inet, cidr bool, err error) string {
	if err != nil {
		r.Fail(err)
		return ""
	}
	if len(v.Address) == 0 {
		return "" // the argument failed
	}
	return v.Text(cidr)
}

func init() {
	inetParts()
	inetOperators()
	fn1("meshgate_text_macaddr", func(r *Row, text string) string {
		v, err := pgvalue.ParseMacAddr(text)
		if err != nil {
			err = withoutValue(err, pgcat.MacAddr)
		}
		return check(r, v, err)
	})
	lsnFunctions()
	sendFunctions()
	fn1("meshgate_size_int8", func(r *Row, n int64) chars { return r.chars(pgvalue.AppendSize(r.scratch(), n), nil) })
	fn1("meshgate_size_numeric", func(r *Row, n pgvalue.Numeric) chars { return r.chars(pgvalue.AppendNumericSize(r.scratch(), n)) })
}

func inetParts() {
	for name, cidr := range map[string]bool{"inet": false, "cidr": true} {
		fn1("meshgate_text_"+name, func(r *Row, text string) string {
			v, err := pgvalue.ParseInet(text, cidr)
			if err != nil {
				r.Fail(withoutValue(err, map[bool]pgcat.OID{false: pgcat.Inet, true: pgcat.CIDR}[cidr]))
				return ""
			}
			return v.Text(cidr)
		})
		fn2("meshgate_"+name+"_set_masklen", func(r *Row, text string, bits int32) string {
			v, err := inetArg(r, text).WithBits(int(bits))
			if cidr && err == nil {
				v = v.Network()
			}
			return r.inet(v, cidr, err)
		})
	}
	for name, part := range map[string]func(pgvalue.Inet) pgvalue.Inet{
		"netmask": pgvalue.Inet.Netmask, "hostmask": pgvalue.Inet.Hostmask, "broadcast": pgvalue.Inet.Broadcast, "not": pgvalue.Inet.Not,
		"same": func(v pgvalue.Inet) pgvalue.Inet { return v },
	} {
		fn1("meshgate_inet_"+name, func(r *Row, text string) string { return r.inet(part(inetArg(r, text)), false, nil) })
	}
	fn1("meshgate_inet_network", func(r *Row, text string) string { return r.inet(inetArg(r, text).Network(), true, nil) })
}

func inetOperators() {
	for name, do := range map[string]func(v, w pgvalue.Inet) (pgvalue.Inet, error){"and": pgvalue.Inet.And, "or": pgvalue.Inet.Or, "merge": pgvalue.Inet.Merge} {
		fn2("meshgate_inet_"+name, func(r *Row, a, b string) string {
			v, err := do(inetArg(r, a), inetArg(r, b))
			return r.inet(v, name == "merge", err)
		})
	}
	fn3("meshgate_inet_within", func(r *Row, a, b string, orEqual bool) bool { return inetArg(r, a).Within(inetArg(r, b), orEqual) })
	fn2("meshgate_inet_overlaps", func(r *Row, a, b string) bool { return inetArg(r, a).Overlaps(inetArg(r, b)) })
	fn2("meshgate_inet_add", func(r *Row, a string, n int64) string {
		v, err := inetArg(r, a).Add(n)
		return r.inet(v, false, err)
	})
	fn2("meshgate_inet_less", func(r *Row, a string, n int64) string {
		v := inetArg(r, a)
		var err error
		if n == math.MinInt64 { // has no negative
			if v, err = v.Add(math.MaxInt64); err == nil {
				v, err = v.Add(1)
			}
		} else {
			v, err = v.Add(-n)
		}
		return r.inet(v, false, err)
	})
	fn2("meshgate_inet_sub", func(r *Row, a, b string) int64 {
		n, err := inetArg(r, a).Sub(inetArg(r, b))
		return check(r, n, err)
	})
	macBits := func(name string, do func(a, b byte) byte) {
		fn2("meshgate_macaddr_"+name, func(r *Row, a, b string) chars {
			out := append(r.scratch(), a...)
			for i := range min(len(a), len(b)) {
				if a[i] != ':' {
					out[i] = hexDigits[do(hexValue(a[i]), hexValue(b[i]))&15]
				}
			}
			return out
		})
	}
	macBits("and", func(a, b byte) byte { return a & b })
	macBits("or", func(a, b byte) byte { return a | b })
	macBits("not", func(a, _ byte) byte { return ^a })
}

const hexDigits = "0123456789abcdef"

func hexValue(c byte) byte {
	if c >= 'a' {
		return c - 'a' + 10
	}
	return c - '0'
}

func lsnFunctions() {
	lsn := func(r *Row, text string) pgvalue.LSN {
		v, err := pgvalue.ParseLSN(text)
		if err != nil {
			r.Fail(withoutValue(err, pgcat.PgLSN))
		}
		return v
	}
	fn1("meshgate_text_pg_lsn", func(r *Row, text string) string { return lsn(r, text).String() })
	// Big-endian bytes compare as the places do.
	fn1("meshgate_pg_lsn_key", func(r *Row, text string) []byte {
		return binary.BigEndian.AppendUint64(r.scratch(), uint64(lsn(r, text)))
	})
	fn2("meshgate_pg_lsn_sub", func(r *Row, a, b string) pgvalue.Numeric { return lsn(r, a).Numeric().Sub(lsn(r, b).Numeric()) })
	fn2("meshgate_pg_lsn_add", func(r *Row, a string, n pgvalue.Numeric) string {
		v, err := lsn(r, a).Add(n)
		return check(r, v.String(), err)
	})
}

// sendFunctions write values in the binary form of the protocol.
func sendFunctions() {
	fn1("meshgate_int2_send", func(r *Row, v int16) []byte { return binary.BigEndian.AppendUint16(r.scratch(), uint16(v)) })
	fn1("meshgate_int4_send", func(r *Row, v int32) []byte { return binary.BigEndian.AppendUint32(r.scratch(), uint32(v)) })
	fn1("meshgate_int8_send", func(r *Row, v int64) []byte { return binary.BigEndian.AppendUint64(r.scratch(), uint64(v)) })
	fn1("meshgate_oid_send", func(r *Row, v uint32) []byte { return binary.BigEndian.AppendUint32(r.scratch(), v) })
	// A NaN's bits are those of the C library.
	fn1("meshgate_float4_send", func(r *Row, v float32) []byte {
		if v != v {
			return append(r.scratch(), 0x7f|byte(math.Float32bits(v)>>31)<<7, 0xc0, 0, 0)
		}
		return binary.BigEndian.AppendUint32(r.scratch(), math.Float32bits(v))
	})
	fn1("meshgate_float8_send", func(r *Row, v float64) []byte {
		if v != v {
			return append(r.scratch(), 0x7f|byte(math.Float64bits(v)>>63)<<7, 0xf8, 0, 0, 0, 0, 0, 0)
		}
		return binary.BigEndian.AppendUint64(r.scratch(), math.Float64bits(v))
	})
	fn1("meshgate_bool_send", func(r *Row, v bool) []byte {
		if v {
			return append(r.scratch(), 1)
		}
		return append(r.scratch(), 0)
	})
	fn1("meshgate_numeric_send", func(r *Row, v pgvalue.Numeric) []byte { return v.AppendBinary(r.scratch()) })
	fn1("meshgate_date_send", func(r *Row, v pgvalue.Date) []byte { return v.AppendBinary(r.scratch()) })
	fn1("meshgate_time_send", func(r *Row, v pgvalue.TimeOfDay) []byte { return binary.BigEndian.AppendUint64(r.scratch(), uint64(v)) })
	fn1("meshgate_timestamp_send", func(r *Row, v pgvalue.Timestamp) []byte { return v.AppendBinary(r.scratch()) })
	fn1("meshgate_timestamptz_send", func(r *Row, v instant) []byte { return pgvalue.Timestamp(v).AppendBinary(r.scratch()) })
	fn1("meshgate_timetz_send", func(r *Row, text string) []byte { return timeTZ(r, text).AppendBinary(r.scratch()) })
	fn1("meshgate_interval_send", func(r *Row, v pgvalue.Interval) []byte { return v.AppendBinary(r.scratch()) })
	fn1("meshgate_text_send", func(r *Row, text string) []byte { return append(r.scratch(), text...) })
	fn1("meshgate_jsonb_send", func(r *Row, text string) []byte { return append(append(r.scratch(), 1), text...) })
}
