package pgvalue

import (
	"encoding/binary"

	"meshgate/pgcat"
)

// AppendNetworkBinary appends the binary form of an address or of a place in the log, of which text is the text form (network_send,
// macaddr_send, pg_lsn_send). ok is false for other types.
func AppendNetworkBinary(dst []byte, oid pgcat.OID, text string) (out []byte, ok bool) {
	switch oid {
	case pgcat.Inet, pgcat.CIDR:
		v, err := ParseInet(text, oid == pgcat.CIDR)
		if err != nil {
			return dst, false
		}
		family, cidr := byte(2), byte(0)
		if len(v.Address) == 16 {
			family = 3
		}
		if oid == pgcat.CIDR {
			cidr = 1
		}
		return append(append(dst, family, byte(v.Bits), cidr, byte(len(v.Address))), v.Address...), true
	case pgcat.MacAddr:
		for i := 0; i+1 < len(text); i += 3 {
			dst = append(dst, byte(hexDigit(text[i])<<4|hexDigit(text[i+1])))
		}
		return dst, true
	case pgcat.PgLSN:
		v, err := ParseLSN(text)
		return binary.BigEndian.AppendUint64(dst, uint64(v)), err == nil
	}
	return dst, false
}
