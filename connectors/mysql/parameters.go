package mysql

import (
	"database/sql/driver"
	"encoding/hex"
	"math"
	"strconv"

	"meshgate/connectors"
	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

// parameterFormat writes dates and times as MySQL reads them.
var parameterFormat = pgvalue.DefaultFormat()

// parameters turns a query's arguments into what the driver sends. A value that MySQL does not have is refused: it would be read as
// another one.
func parameters(store string, args []connectors.Arg) ([]driver.NamedValue, error) {
	out := make([]driver.NamedValue, len(args))
	for i, a := range args {
		v, ok := parameter(a)
		if !ok {
			return nil, sqlerr.Newf(sqlerr.FeatureNotSupported,
				"store %s cannot compare with a value of type %s that lies outside of what it holds",
				store, a.Type)
		}
		out[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	return out, nil
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
