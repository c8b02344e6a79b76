package mysql

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"meshgate/catalog"
	"meshgate/pgcat"
	"meshgate/pgvalue"
)

// Kind describes stores that are MySQL or MariaDB servers.
var Kind = catalog.Kind{Name: "mysql", ServerTypes: []string{"mysql", "mariadb"}, ColumnType: columnType}

// native is a type of MySQL, taken apart.
type native struct {
	name     string
	args     []string
	unsigned bool
}

var typeForm = regexp.MustCompile(`^([a-z][a-z0-9]*(?: precision| varying)?)\s*(?:\((.*)\))?\s*([a-z0-9_ ]*)$`)

func parseNative(text string) (native, bool) {
	m := typeForm.FindStringSubmatch(strings.Join(strings.Fields(strings.ToLower(text)), " "))
	if m == nil {
		return native{}, false
	}
	n := native{name: m[1]}
	if m[2] != "" {
		for _, a := range strings.Split(m[2], ",") {
			n.args = append(n.args, strings.TrimSpace(a))
		}
	}
	for _, word := range strings.Fields(m[3]) {
		n.unsigned = n.unsigned || word == "unsigned" || word == "zerofill"
	}
	return n, true
}

// arg returns the i-th number behind the type's name, or what it means to leave it out.
func (n native) arg(i, missing int) int {
	if i >= len(n.args) {
		return missing
	}
	v, err := strconv.Atoi(n.args[i])
	if err != nil {
		return -1
	}
	return v
}

// plainTypes are the types without numbers, with the PostgreSQL types that hold their values: signed and unsigned.
var plainTypes = map[string][2]pgcat.OID{
	"tinyint": {pgcat.Int2, pgcat.Int2}, "int1": {pgcat.Int2, pgcat.Int2}, "smallint": {pgcat.Int2, pgcat.Int4},
	"int2":      {pgcat.Int2, pgcat.Int4},
	"mediumint": {pgcat.Int4, pgcat.Int4}, "int3": {pgcat.Int4, pgcat.Int4}, "int": {pgcat.Int4, pgcat.Int8},
	"integer": {pgcat.Int4, pgcat.Int8},
	"int4":    {pgcat.Int4, pgcat.Int8}, "bigint": {pgcat.Int8, 0}, "int8": {pgcat.Int8, 0}, "year": {pgcat.Int2, pgcat.Int2},
	"double": {pgcat.Float8, pgcat.Float8}, "double precision": {pgcat.Float8, pgcat.Float8}, "real": {pgcat.Float8, pgcat.Float8},
	"bool": {pgcat.Bool}, "boolean": {pgcat.Bool}, "tinytext": {pgcat.Text}, "text": {pgcat.Text}, "mediumtext": {pgcat.Text},
	"longtext": {pgcat.Text},
	"enum":     {pgcat.Text}, "set": {pgcat.Text}, "binary": {pgcat.Bytea}, "varbinary": {pgcat.Bytea}, "tinyblob": {pgcat.Bytea},
	"blob":       {pgcat.Bytea},
	"mediumblob": {pgcat.Bytea}, "longblob": {pgcat.Bytea}, "date": {pgcat.Date}, "json": {pgcat.JSON},
}

// columnType maps a contract's physicalType, which is a type of MySQL. CHAR is varying: MySQL takes the blanks at its end away.
func columnType(c catalog.Native) (catalog.Type, error) {
	if c.Physical == "" {
		return logicalType(c)
	}
	n, ok := parseNative(c.Physical)
	if !ok {
		return catalog.Type{}, fmt.Errorf("%s is no type of MySQL", c.Physical)
	}
	switch n.name {
	case "tinyint", "int1", "bit":
		if n.arg(0, 4) == 1 && !n.unsigned && c.Logical != "integer" && (n.name != "bit" || c.Logical == "boolean") {
			return catalog.TypeOf(pgcat.Bool), nil
		}
		if n.name == "bit" {
			return catalog.Type{OID: pgcat.Bit, Mod: int32(n.arg(0, 1))}, nil
		}
	case "bigint", "int8":
		if n.unsigned {
			return catalog.Type{OID: pgcat.Numeric, Mod: pgvalue.MakeNumericTypmod(20, 0)}, nil
		}
	case "decimal", "numeric", "dec", "fixed":
		return decimalType(c.Physical, n)
	case "float", "float4", "float8":
		if n.name == "float8" || len(n.args) == 1 && n.arg(0, 0) > 24 {
			return catalog.TypeOf(pgcat.Float8), nil
		}
		return catalog.TypeOf(pgcat.Float4), nil
	case "char", "varchar", "character", "character varying", "nchar", "nvarchar":
		missing := -1
		if strings.HasSuffix(n.name, "char") || n.name == "character" {
			missing = 1
		}
		length := n.arg(0, missing)
		if length < 1 {
			return catalog.TypeOf(pgcat.VarChar), nil
		}
		return catalog.Type{OID: pgcat.VarChar, Mod: int32(length) + 4}, nil
	case "time":
		if c.Format == "interval" || c.Format == "duration" {
			return catalog.TypeOf(pgcat.Interval), nil
		}
		return fractional(pgcat.Time, n)
	case "datetime":
		return fractional(pgcat.Timestamp, n)
	case "timestamp":
		return fractional(pgcat.TimestampTZ, n)
	}
	pair, ok := plainTypes[n.name]
	if !ok {
		return catalog.Type{}, fmt.Errorf("%s cannot be carried", c.Physical)
	}
	if n.unsigned {
		return catalog.TypeOf(pair[1]), nil
	}
	return catalog.TypeOf(pair[0]), nil
}

// fractional is a type with so many digits after the seconds' point; left out they are none.
func fractional(oid pgcat.OID, n native) (catalog.Type, error) {
	digits := n.arg(0, 0)
	if digits < 0 || digits > 6 || len(n.args) > 1 {
		return catalog.Type{}, fmt.Errorf("%s(%s) is no type of MySQL", n.name, strings.Join(n.args, ","))
	}
	return catalog.Type{OID: oid, Mod: int32(digits)}, nil
}

func decimalType(text string, n native) (catalog.Type, error) {
	precision, scale := n.arg(0, 10), n.arg(1, 0)
	if precision < 1 || precision > 65 || scale < 0 || scale > min(precision, 38) || len(n.args) > 2 {
		return catalog.Type{}, fmt.Errorf("%s is no type of MySQL", text)
	}
	return catalog.Type{OID: pgcat.Numeric, Mod: pgvalue.MakeNumericTypmod(int32(precision), int32(scale))}, nil
}

func logicalType(n catalog.Native) (catalog.Type, error) {
	oids := map[string]pgcat.OID{
		"string": pgcat.Text, "integer": pgcat.Int8, "number": pgcat.Float8, "boolean": pgcat.Bool, "date": pgcat.Date,
		"time":      pgcat.Time,
		"timestamp": pgcat.Timestamp, "object": pgcat.JSON, "array": pgcat.JSON,
	}
	oid, ok := oids[n.Logical]
	if !ok {
		return catalog.Type{}, fmt.Errorf("a physicalType is needed")
	}
	if n.Logical == "timestamp" && n.Timezone {
		oid = pgcat.TimestampTZ
	}
	return catalog.TypeOf(oid), nil
}

// reading writes a column so that its values have the form of its PostgreSQL type, and compare as that type's do.
func reading(nullZeroDates bool) func(string, *catalog.Column) string {
	return func(quoted string, c *catalog.Column) string {
		n, _ := parseNative(c.Native)
		switch {
		case c.Type.OID == pgcat.Bool:
			return "(" + quoted + " <> 0)" // any other number is true, and is equal to any other
		case c.Type.OID == pgcat.Bit:
			return "LPAD(BIN(" + quoted + "), " + strconv.Itoa(int(max(c.Type.Mod, 1))) + ", 0)"
		case n.name == "year":
			return "(" + quoted + " + 0)" // a year is compared with 24 as with 2024
		case n.name == "enum" || n.name == "set":
			return "CAST(" + quoted + " AS CHAR)"
		case nullZeroDates && (c.Type.OID == pgcat.Date || c.Type.OID == pgcat.Timestamp || c.Type.OID == pgcat.TimestampTZ):
			return "NULLIF(" + quoted + ", 0)"
		}
		return quoted
	}
}
