package pgcat

import (
	"fmt"
	"strings"
	"sync"
)

// TypeByOID returns the pg_type row, or nil.
func TypeByOID(oid OID) *Type { return load().types[oid] }

// TypeByName returns the pg_type row of a name in schema pg_catalog as pg_type spells it ("int4"), or nil.
func TypeByName(name string) *Type { return load().typeNames[name] }

// ProcByOID returns the pg_proc row, or nil.
func ProcByOID(oid OID) *Proc { return load().procs[oid] }

// Procs returns the functions of a name, ordered by OID. The caller does not change the slice.
func Procs(name string) []*Proc { return load().procNames[name] }

// AllProcs calls do for every row of pg_proc, in no particular order.
func AllProcs(do func(*Proc)) {
	for _, p := range load().procs {
		do(p)
	}
}

// Operators returns the operators of a name. The caller does not change the slice.
func Operators(name string) []*Operator { return load().operators[name] }

// OperatorByOID returns the pg_operator row, or nil.
func OperatorByOID(oid OID) *Operator { return load().operatorOID[oid] }

// OperatorsOf returns the operators that a function does the work of. The caller does not change the slice.
func OperatorsOf(proc OID) []*Operator { return load().operatorsOf[proc] }

// CastBetween returns the pg_cast row from source to target, or nil.
func CastBetween(source, target OID) *Cast { return load().casts[[2]OID{source, target}] }

// AllCasts calls do for every row of pg_cast, in no particular order.
func AllCasts(do func(*Cast)) {
	for _, c := range load().casts {
		do(c)
	}
}

// AggregateByFunc returns the pg_aggregate row of a function, or nil.
func AggregateByFunc(oid OID) *Aggregate { return load().aggregates[oid] }

// FormatType prints a type with its typmod as format_type does: "numeric(10,2)", "character varying(20)[]".
func FormatType(oid OID, mod int32) string {
	t := TypeByOID(oid)
	switch {
	case oid == 0:
		return "-"
	case t == nil:
		return "???"
	case t.IsArray() && oid != Int2Vector && oid != OIDVector:
		return FormatType(t.Elem, mod) + "[]"
	}
	name := sqlTypeName(t)
	if mod < 0 {
		return name
	}
	switch oid {
	case BPChar, VarChar:
		if mod >= 4 {
			return fmt.Sprintf("%s(%d)", name, mod-4)
		}
	case Bit, VarBit:
		return fmt.Sprintf("%s(%d)", name, mod)
	case Numeric:
		return fmt.Sprintf("%s(%d,%d)", name, (mod-4)>>16&0xffff, ((mod-4)&0x7ff^1024)-1024)
	case Time, Timestamp, TimeTZ, TimestampTZ:
		word, rest, _ := strings.Cut(name, " ")
		return fmt.Sprintf("%s(%d) %s", word, mod, rest)
	case Interval:
		return name + intervalTypmod(mod)
	}
	return name
}

func sqlTypeName(t *Type) string {
	if name, ok := sqlNames[t.OID]; ok {
		return name
	}
	if t.Namespace != pgCatalogOID {
		return "information_schema." + t.Name
	}
	return QuoteIdent(t.Name)
}

// sqlNames are the names that SQL has for types whose pg_type name differs.
var sqlNames = map[OID]string{
	Bool: "boolean", Int2: "smallint", Int4: "integer", Int8: "bigint", Float4: "real", Float8: "double precision",
	Numeric: "numeric", VarChar: "character varying", BPChar: "character", Bit: "bit", VarBit: "bit varying",
	Time: "time without time zone", TimeTZ: "time with time zone", Timestamp: "timestamp without time zone",
	TimestampTZ: "timestamp with time zone", Interval: "interval", Char: `"char"`, Any: `"any"`,
}

func intervalTypmod(mod int32) string {
	fields, precision := mod>>16&0x7fff, mod&0xffff
	text := map[int32]string{
		1 << 2: " year", 1 << 1: " month", 1 << 3: " day", 1 << 10: " hour", 1 << 11: " minute", 1 << 12: " second",
		1<<2 | 1<<1: " year to month", 1<<3 | 1<<10: " day to hour", 1<<3 | 1<<10 | 1<<11: " day to minute",
		1<<3 | 1<<10 | 1<<11 | 1<<12: " day to second", 1<<10 | 1<<11: " hour to minute",
		1<<10 | 1<<11 | 1<<12: " hour to second", 1<<11 | 1<<12: " minute to second",
	}[fields]
	if precision != 0xffff {
		text += fmt.Sprintf("(%d)", precision)
	}
	return text
}

var keywords = sync.OnceValue(func() map[string]bool {
	m := map[string]bool{}
	for _, row := range Rows("pg_catalog.pg_get_keywords").Rows {
		if row[1] != "U" {
			m[row[0]] = true
		}
	}
	return m
})

// QuoteIdent quotes an identifier where PostgreSQL's quote_ident would.
func QuoteIdent(name string) string {
	plain := name != "" && (name[0] == '_' || name[0] >= 'a' && name[0] <= 'z') && !keywords()[name]
	for i := 0; plain && i < len(name); i++ {
		c := name[i]
		plain = c == '_' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
	}
	if plain {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}
