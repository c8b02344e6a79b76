package mysql

import (
	"database/sql/driver"
	"encoding/hex"
	"math"
	"strconv"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgcat"
	"meshgate/pgvalue"
)

// parameterFormat writes dates and times as MySQL reads them.
var parameterFormat = pgvalue.DefaultFormat()

// A value that MySQL does not hold lies above or below everything that it holds, or is of a form that it does not have.
const (
	above  = 1
	below  = -1
	unlike = 2
)

// parameters turns a query's arguments into what the driver sends. outside tells what is the matter with those that MySQL does
// not hold; nil = it holds all.
func parameters(args []connectors.Arg) (out []driver.NamedValue, outside []int) {
	out = make([]driver.NamedValue, len(args))
	for i, a := range args {
		v, ok := parameter(a)
		out[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
		if !ok {
			if outside == nil {
				outside = make([]int, len(args))
			}
			outside[i] = side(a.Value)
		}
	}
	return out, outside
}

// representable reports whether MySQL has a form for a value.
func representable(t catalog.Type, v pgvalue.Value) bool {
	_, ok := parameter(connectors.Arg{Type: t, Value: v})
	return ok
}

// side tells where a value lies that MySQL does not hold. To PostgreSQL NaN is above all numbers.
func side(v pgvalue.Value) int {
	low := false
	switch v := v.(type) {
	case float64:
		low = math.IsInf(v, -1)
	case pgvalue.Numeric:
		if v.IsFinite() && v.Digits()-int(v.Scale()) <= decimalDigits {
			return unlike
		}
		low = !v.IsNaN() && v.Sign() < 0
	case pgvalue.Date:
		low = int64(v) < firstDay
	case pgvalue.Timestamp:
		low = int64(v) < firstDay*pgvalue.MicrosPerDay
	default:
		return unlike
	}
	if low {
		return below
	}
	return above
}

func parameter(a connectors.Arg) (driver.Value, bool) {
	switch v := a.Value.(type) {
	case nil:
		return nil, true
	case int64, string, bool:
		return v, true
	case float64:
		return v, !math.IsNaN(v) && !math.IsInf(v, 0)
	case pgvalue.Numeric:
		return v.String(), decimalHolds(v)
	case []byte:
		return hex.EncodeToString(v), a.Type.OID == pgcat.Bytea
	case pgvalue.Date:
		if !inCalendar(int64(v)) {
			return nil, false
		}
		return string(parameterFormat.AppendDate(nil, v)), true
	case pgvalue.Timestamp:
		if v.IsInf() || !inCalendar(floorDiv(int64(v), pgvalue.MicrosPerDay)) {
			return nil, false
		}
		return string(parameterFormat.AppendTimestamp(nil, v)), true
	case pgvalue.TimeOfDay:
		return string(pgvalue.AppendTime(nil, v)), true
	}
	return nil, false
}

// Bounds of DECIMAL, and of what follows its point.
const (
	decimalDigits = 65
	decimalScale  = 30
)

func decimalHolds(n pgvalue.Numeric) bool {
	precision, scale := decimalSize(n)
	return n.IsFinite() && precision <= decimalDigits && scale <= decimalScale
}

// decimalSize is the DECIMAL that holds a number with just its digits.
func decimalSize(n pgvalue.Numeric) (precision, scale int) {
	scale = int(n.Scale())
	return max(n.Digits(), scale, 1), scale
}

// MySQL's dates are of the years 1 to 9999.
var firstDay, lastDay = pgvalue.Civil{Year: 1, Month: 1, Day: 1}.Days(), pgvalue.Civil{Year: 9999, Month: 12, Day: 31}.Days()

func inCalendar(day int64) bool { return day >= firstDay && day <= lastDay }

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// textOf is the text of a value of a statement of ours.
func textOf(v driver.Value) string {
	switch v := v.(type) {
	case []byte:
		return string(v)
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	}
	return ""
}
