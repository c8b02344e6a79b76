package postgres

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"meshgate/catalog"
	"meshgate/pgarrow"
	"meshgate/pgcat"
	"meshgate/pgvalue"
)

// Kind describes stores that are PostgreSQL servers.
var Kind = catalog.Kind{Name: "postgres", ServerTypes: []string{"postgres", "postgresql"}, ColumnType: columnType}

// typeNames are the spellings that SQL has beside pg_type's names (PostgreSQL 15, table 8.1).
var typeNames = map[string]pgcat.OID{
	"boolean": pgcat.Bool, "smallint": pgcat.Int2, "integer": pgcat.Int4, "int": pgcat.Int4, "bigint": pgcat.Int8,
	"real":             pgcat.Float4,
	"double precision": pgcat.Float8, "float": pgcat.Float8, "decimal": pgcat.Numeric, "dec": pgcat.Numeric,
	"character varying": pgcat.VarChar,
	"character":         pgcat.BPChar, "char": pgcat.BPChar, `"char"`: pgcat.Char, "timestamp without time zone": pgcat.Timestamp,
	"timestamp with time zone": pgcat.TimestampTZ, "time without time zone": pgcat.Time, "time with time zone": pgcat.TimeTZ,
	"bit varying": pgcat.VarBit, "smallserial": pgcat.Int2, "serial": pgcat.Int4, "bigserial": pgcat.Int8, "serial2": pgcat.Int2,
	"serial4": pgcat.Int4, "serial8": pgcat.Int8, "citext": pgcat.Text,
}

// carried are the types whose values can be read.
var carried = map[pgcat.OID]bool{
	pgcat.Bool: true, pgcat.Int2: true, pgcat.Int4: true, pgcat.Int8: true, pgcat.Float4: true, pgcat.Float8: true,
	pgcat.Numeric: true,
	pgcat.Text:    true, pgcat.VarChar: true, pgcat.BPChar: true, pgcat.Char: true, pgcat.Name: true, pgcat.Bytea: true,
	pgcat.Date: true,
	pgcat.Time: true, pgcat.TimeTZ: true, pgcat.Timestamp: true, pgcat.TimestampTZ: true, pgcat.Interval: true, pgcat.UUID: true,
	pgcat.JSON: true, pgcat.JSONB: true, pgcat.OIDType: true, pgcat.Xid: true, pgcat.Cid: true, pgcat.Int2Vector: true,
	pgcat.OIDVector: true,
	// These travel as the text that the store prints.
	pgcat.XML: true, pgcat.Inet: true, pgcat.CIDR: true, pgcat.MacAddr: true, pgcat.MacAddr8: true, pgcat.Bit: true,
	pgcat.VarBit:   true,
	pgcat.TSVector: true, pgcat.TSQuery: true, pgcat.PgLSN: true,
}

// printed are the carried types that only their text form is read of; arrays of them are not carried.
var printed = map[pgcat.OID]bool{
	pgcat.XML: true, pgcat.Inet: true, pgcat.CIDR: true, pgcat.MacAddr: true, pgcat.MacAddr8: true, pgcat.Bit: true,
	pgcat.VarBit:   true,
	pgcat.TSVector: true, pgcat.TSQuery: true, pgcat.PgLSN: true,
}

// canCarry reports whether values of a type, or of an array of it, can be read.
func canCarry(oid pgcat.OID) bool {
	if carried[oid] {
		return true
	}
	elem, ok := pgarrow.Element(oid)
	return ok && carried[elem] && !printed[elem]
}

// typeForm is a name, its numbers, the words behind them, and the brackets of an array.
var typeForm = regexp.MustCompile(`^("?[a-z_][a-z0-9_. ]*?"?)\s*(?:\(\s*(-?\d+)\s*(?:,\s*(-?\d+)\s*)?\))?` +
	`((?: with(?:out)? time zone)?)\s*((?:\[\d*\])*)$`)

// columnType maps a contract's physicalType, which is a type of PostgreSQL. For an enum, a domain or another type of the store's
// own the logicalType decides, and the column is cast.
func columnType(n catalog.Native) (catalog.Type, error) {
	if n.Physical == "" {
		return logicalType(n)
	}
	t, array, known, err := namedType(n.Physical)
	if err != nil {
		return catalog.Type{}, err
	}
	if !known {
		if n.Logical == "" {
			return catalog.Type{},
				fmt.Errorf("%s is none of PostgreSQL's own types; for a type of the store's own a logicalType is needed",
					n.Physical)
		}
		n.Physical = ""
		return logicalType(n)
	}
	if array {
		row := pgcat.TypeByOID(t.OID)
		if row == nil || row.Array == 0 || !canCarry(row.Array) {
			return catalog.Type{}, fmt.Errorf("%s cannot be carried", n.Physical)
		}
		return catalog.Type{OID: row.Array, Mod: t.Mod}, nil
	}
	if !canCarry(t.OID) {
		return catalog.Type{}, fmt.Errorf("%s cannot be carried", n.Physical)
	}
	return t, nil
}

// namedType reads a type's name with its typmod. known is false for names that PostgreSQL itself does not have.
func namedType(text string) (t catalog.Type, array, known bool, err error) {
	m := typeForm.FindStringSubmatch(strings.Join(strings.Fields(strings.ToLower(text)), " "))
	if m == nil {
		return t, false, false, nil
	}
	name := strings.TrimPrefix(strings.TrimSpace(m[1]+m[4]), "pg_catalog.")
	if strings.Count(m[5], "[") > 1 {
		return t, false, true, fmt.Errorf("%s cannot be carried: arrays of one dimension only", text)
	}
	t.OID, known = typeNames[name]
	if row := pgcat.TypeByName(name); !known && row != nil {
		t.OID, known = row.OID, true
	}
	if !known {
		return t, false, false, nil
	}
	t.Mod, err = typmod(t.OID, name, m[2], m[3])
	return t, m[5] != "", true, err
}

// typmod makes the typmod of the numbers behind a type's name.
func typmod(oid pgcat.OID, name, first, second string) (int32, error) {
	if first == "" {
		switch name {
		case "char", "character":
			return 4 + 1, nil
		case "bit":
			return 1, nil
		}
		return -1, nil
	}
	a, err := strconv.Atoi(first)
	if err != nil {
		return -1, err
	}
	b, _ := strconv.Atoi(second)
	bad := fmt.Errorf("%s(%s) is no type of PostgreSQL", name, first)
	switch oid {
	case pgcat.Numeric:
		if a < 1 || a > 1000 || b < -1000 || b > 1000 {
			return -1, bad
		}
		return pgvalue.MakeNumericTypmod(int32(a), int32(b)), nil
	case pgcat.VarChar, pgcat.BPChar:
		if a < 1 || a > 10485760 || second != "" {
			return -1, bad
		}
		return int32(a) + 4, nil
	case pgcat.Bit, pgcat.VarBit:
		return int32(a), nil
	case pgcat.Time, pgcat.TimeTZ, pgcat.Timestamp, pgcat.TimestampTZ:
		if a < 0 || second != "" {
			return -1, bad
		}
		return int32(min(a, 6)), nil
	case pgcat.Float8:
		return -1, nil // float(n) is one of the two floats; the store's answer shows which
	}
	return -1, bad
}

func logicalType(n catalog.Native) (catalog.Type, error) {
	switch n.Logical {
	case "string":
		return catalog.TypeOf(pgcat.Text), nil
	case "integer":
		return catalog.TypeOf(pgcat.Int8), nil
	case "number":
		return catalog.TypeOf(pgcat.Numeric), nil
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
		return catalog.TypeOf(pgcat.JSONB), nil
	case "array":
		if n.Items == nil {
			return catalog.Type{}, fmt.Errorf("an array needs the type of its items")
		}
		elem, err := columnType(*n.Items)
		if err != nil {
			return catalog.Type{}, err
		}
		if row := pgcat.TypeByOID(elem.OID); row != nil && row.Array != 0 && canCarry(row.Array) {
			return catalog.TypeOf(row.Array), nil
		}
	}
	return catalog.Type{}, fmt.Errorf("a physicalType is needed")
}

// isText reports whether values of a type are texts that compare by a collation.
func isText(oid pgcat.OID) bool {
	switch oid {
	case pgcat.Text, pgcat.VarChar, pgcat.BPChar, pgcat.Name:
		return true
	}
	return false
}

// reading writes a column so that it is of the type that the catalog has: text columns may be of a store's own text type, such as
// an enum or citext, whose operators are others. To a column that is of the type already the cast is none, and indexes serve it.
// All other types but those of the store's own are taken at their word, and held against the store's answer.
func reading(quoted string, c *catalog.Column) string {
	elem, array := pgarrow.Element(c.Type.OID)
	_, _, known, err := namedType(c.Native)
	if isText(c.Type.OID) || array && isText(elem) || c.Native == "" && c.Type.OID != pgcat.Bool || !known || err != nil {
		return quoted + "::" + typeText(c.Type.OID)
	}
	return quoted
}

// typeText writes a type as CAST takes it, without a typmod.
func typeText(oid pgcat.OID) string {
	if elem, ok := pgarrow.Element(oid); ok && oid != pgcat.Int2Vector && oid != pgcat.OIDVector {
		return typeText(elem) + "[]"
	}
	switch oid {
	case pgcat.Unknown:
		return "text"
	case pgcat.Char:
		return `"char"`
	}
	if t := pgcat.TypeByOID(oid); t != nil {
		return pgcat.QuoteIdent(t.Name)
	}
	return "a type of the store's own"
}

// parameterType is the type that a parameter is declared as.
func parameterType(oid pgcat.OID) pgcat.OID {
	if oid == pgcat.Unknown {
		return pgcat.Text
	}
	return oid
}

// sameForm reports whether a value of the second type can be read as one of the first without changing it.
func sameForm(want, got pgcat.OID) bool {
	plain := func(oid pgcat.OID) bool { return isText(oid) || oid == pgcat.Unknown }
	if want == got || plain(want) && plain(got) {
		return true
	}
	a, ok := pgarrow.Element(want)
	b, ok2 := pgarrow.Element(got)
	return ok && ok2 && sameForm(a, b) && want != pgcat.Int2Vector && want != pgcat.OIDVector
}
