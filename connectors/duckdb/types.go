package duckdb

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"meshgate/catalog"
	"meshgate/pgcat"
	"meshgate/pgvalue"
)

// Kind describes stores that are a DuckDB file or Parquet files.
var Kind = catalog.Kind{Name: "duckdb", ServerTypes: []string{"duckdb", "local"}, File: true, ColumnType: columnType}

// plainTypes are DuckDB's types by their names and aliases, with the PostgreSQL types that hold their values.
var plainTypes = map[string]pgcat.OID{
	"boolean": pgcat.Bool, "bool": pgcat.Bool, "logical": pgcat.Bool, "tinyint": pgcat.Int2, "int1": pgcat.Int2, "utinyint": pgcat.Int2,
	"smallint": pgcat.Int2, "int2": pgcat.Int2, "short": pgcat.Int2, "usmallint": pgcat.Int4, "integer": pgcat.Int4, "int": pgcat.Int4,
	"int4": pgcat.Int4, "signed": pgcat.Int4, "uinteger": pgcat.Int8, "bigint": pgcat.Int8, "int8": pgcat.Int8, "long": pgcat.Int8,
	"float": pgcat.Float4, "float4": pgcat.Float4, "real": pgcat.Float4, "double": pgcat.Float8, "float8": pgcat.Float8, "double precision": pgcat.Float8,
	"varchar": pgcat.Text, "text": pgcat.Text, "string": pgcat.Text, "enum": pgcat.Text, "blob": pgcat.Bytea, "bytea": pgcat.Bytea,
	"binary": pgcat.Bytea, "varbinary": pgcat.Bytea, "date": pgcat.Date, "time": pgcat.Time, "timestamp": pgcat.Timestamp, "datetime": pgcat.Timestamp,
	"timestamp without time zone": pgcat.Timestamp, "timestamp_s": pgcat.Timestamp, "timestamp_ms": pgcat.Timestamp, "timestamp_us": pgcat.Timestamp,
	"timestamp with time zone": pgcat.TimestampTZ, "timestamptz": pgcat.TimestampTZ, "interval": pgcat.Interval, "uuid": pgcat.UUID, "json": pgcat.JSON,
}

// wideTypes are integers that only numeric holds, with their digits.
var wideTypes = map[string]int32{"ubigint": 20, "hugeint": 38, "uhugeint": 38}

var typeForm = regexp.MustCompile(`^([a-z][a-z0-9_ ]*?)\s*(?:\(\s*([^()]*)\s*\))?\s*((?:\[\])*)$`)

// columnType maps a contract's physicalType, which is a type of DuckDB; without one the logicalType decides.
func columnType(n catalog.Native) (catalog.Type, error) {
	if n.Physical == "" {
		return logicalType(n)
	}
	m := typeForm.FindStringSubmatch(strings.ToLower(strings.TrimSpace(n.Physical)))
	if m == nil {
		return catalog.Type{}, fmt.Errorf("%s cannot be carried", n.Physical)
	}
	name, mods, array := strings.Join(strings.Fields(m[1]), " "), m[2], m[3]
	t, err := namedType(name, mods)
	if err != nil {
		return catalog.Type{}, err
	}
	switch array {
	case "":
		return t, nil
	case "[]":
		if row := pgcat.TypeByOID(t.OID); row != nil && row.Array != 0 {
			return catalog.TypeOf(row.Array), nil
		}
	}
	return catalog.Type{}, fmt.Errorf("%s cannot be carried: lists of one dimension only", n.Physical)
}

func namedType(name, mods string) (catalog.Type, error) {
	switch name {
	case "decimal", "numeric", "dec":
		return decimalType(mods)
	case "varchar", "char", "bpchar", "character varying", "string", "text":
		return textType(name, mods)
	case "enum":
		return catalog.TypeOf(pgcat.Text), nil
	}
	if digits, ok := wideTypes[name]; ok {
		return catalog.Type{OID: pgcat.Numeric, Mod: pgvalue.MakeNumericTypmod(digits, 0)}, nil
	}
	oid, ok := plainTypes[name]
	if !ok || mods != "" {
		return catalog.Type{}, fmt.Errorf("%s cannot be carried", name)
	}
	return catalog.TypeOf(oid), nil
}

// textType ignores a length, as DuckDB does: it holds texts of any length under VARCHAR(n).
func textType(name, mods string) (catalog.Type, error) {
	if mods != "" {
		if _, err := strconv.Atoi(mods); err != nil {
			return catalog.Type{}, fmt.Errorf("%s(%s) is no type of DuckDB", name, mods)
		}
	}
	return catalog.TypeOf(pgcat.Text), nil
}

func decimalType(mods string) (catalog.Type, error) {
	precision, scale := 18, 3 // DuckDB's DECIMAL without numbers
	if mods != "" {
		parts := strings.Split(mods, ",")
		var err error
		if precision, err = strconv.Atoi(strings.TrimSpace(parts[0])); err != nil {
			return catalog.Type{}, fmt.Errorf("decimal(%s) is no type of DuckDB", mods)
		}
		scale = 0
		if len(parts) == 2 {
			if scale, err = strconv.Atoi(strings.TrimSpace(parts[1])); err != nil {
				return catalog.Type{}, fmt.Errorf("decimal(%s) is no type of DuckDB", mods)
			}
		}
		if len(parts) > 2 || precision < 1 || precision > 38 || scale < 0 || scale > precision {
			return catalog.Type{}, fmt.Errorf("decimal(%s) is no type of DuckDB", mods)
		}
	}
	return catalog.Type{OID: pgcat.Numeric, Mod: pgvalue.MakeNumericTypmod(int32(precision), int32(scale))}, nil
}

func logicalType(n catalog.Native) (catalog.Type, error) {
	switch n.Logical {
	case "string":
		return catalog.TypeOf(pgcat.Text), nil
	case "integer":
		return catalog.TypeOf(pgcat.Int8), nil
	case "number":
		return catalog.TypeOf(pgcat.Float8), nil
	case "boolean":
		return catalog.TypeOf(pgcat.Bool), nil
	case "date":
		return catalog.TypeOf(pgcat.Date), nil
	case "time":
		return catalog.TypeOf(pgcat.Time), nil
	case "timestamp":
		if n.Timezone {
			return catalog.TypeOf(pgcat.TimestampTZ), nil
		}
		return catalog.TypeOf(pgcat.Timestamp), nil
	case "object":
		return catalog.TypeOf(pgcat.JSON), nil
	case "array":
		if n.Items == nil {
			return catalog.Type{}, fmt.Errorf("an array needs the type of its items")
		}
		elem, err := columnType(*n.Items)
		if err != nil {
			return catalog.Type{}, err
		}
		if row := pgcat.TypeByOID(elem.OID); row != nil && row.Array != 0 {
			return catalog.TypeOf(row.Array), nil
		}
	}
	return catalog.Type{}, fmt.Errorf("a physicalType is needed")
}

// reading writes a column so that DuckDB hands it on in the form of its PostgreSQL type. Only types whose form differs are
// touched: a cast would keep DuckDB from skipping row groups.
func reading(quoted string, c *catalog.Column) string {
	m := typeForm.FindStringSubmatch(strings.ToLower(strings.TrimSpace(c.Native)))
	if m == nil {
		return quoted
	}
	array := m[3] != ""
	switch name := strings.Join(strings.Fields(m[1]), " "); name {
	case "uuid":
		if array {
			return "list_transform(" + quoted + ", lambda e: unhex(replace(CAST(e AS VARCHAR), '-', '')))"
		}
		return "unhex(replace(CAST(" + quoted + " AS VARCHAR), '-', ''))"
	case "tinyint", "int1", "utinyint":
		return cast(quoted, "SMALLINT", array)
	case "usmallint":
		return cast(quoted, "INTEGER", array)
	case "uinteger":
		return cast(quoted, "BIGINT", array)
	case "ubigint":
		return cast(quoted, "DECIMAL(20,0)", array)
	case "hugeint", "uhugeint":
		return cast(quoted, "DECIMAL(38,0)", array)
	case "timestamp_s", "timestamp_ms":
		return cast(quoted, "TIMESTAMP", array)
	case "json", "enum":
		return cast(quoted, "VARCHAR", array)
	case "decimal", "numeric", "dec":
		if array {
			return "list_transform(" + quoted + ", lambda e: meshgate_numeric(e))"
		}
	}
	return quoted
}

func cast(quoted, to string, array bool) string {
	if array {
		to += "[]"
	}
	return "CAST(" + quoted + " AS " + to + ")"
}
