package pgvalue

import "strconv"

// sizeUnits are the units of pg_size_pretty (dbsize.c): below the limit a unit is kept; half-rounded ones hold twice the size.
var sizeUnits = []struct {
	name  string
	limit int64
	round bool
	bits  uint
}{
	{"bytes", 10 * 1024, false, 0},
	{"kB", 20*1024 - 1, true, 10},
	{"MB", 20*1024 - 1, true, 20},
	{"GB", 20*1024 - 1, true, 30},
	{"TB", 20*1024 - 1, true, 40},
	{"PB", 20*1024 - 1, true, 50},
}

// sizeShift is by how many bits a size is divided on its way to the next unit.
func sizeShift(i int) uint {
	bits := sizeUnits[i+1].bits - sizeUnits[i].bits
	if sizeUnits[i+1].round {
		bits--
	}
	if sizeUnits[i].round {
		bits++
	}
	return bits
}

// AppendSize is pg_size_pretty(bigint).
func AppendSize(dst []byte, size int64) []byte {
	for i, u := range sizeUnits {
		if i+1 == len(sizeUnits) || magnitude(size) < uint64(u.limit) {
			if u.round && size < 0 {
				size = (size - 1) / 2
			} else if u.round {
				size = (size + 1) / 2
			}
			dst = strconv.AppendInt(dst, size, 10)
			return append(append(dst, ' '), u.name...)
		}
		size /= 1 << sizeShift(i)
	}
	panic("pgvalue: the last unit has no limit")
}

// AppendNumericSize is pg_size_pretty(numeric).
func AppendNumericSize(dst []byte, size Numeric) ([]byte, error) {
	var err error
	one, two := NumericFromInt(1), NumericFromInt(2)
	for i, u := range sizeUnits {
		if i+1 == len(sizeUnits) || size.Abs().Cmp(NumericFromInt(u.limit)) < 0 {
			if u.round {
				if size.Sign() < 0 {
					size = size.Sub(one)
				} else {
					size = size.Add(one)
				}
				size, err = size.DivTrunc(two)
			}
			return append(append(append(dst, size.String()...), ' '), u.name...), err
		}
		if size, err = size.DivTrunc(NumericFromInt(1 << sizeShift(i))); err != nil {
			return dst, err
		}
	}
	panic("pgvalue: the last unit has no limit")
}
