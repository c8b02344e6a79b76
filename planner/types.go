package planner

import (
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"meshgate/catalog"
	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

// namesProduct reports whether a name is a product's, whose rows are a type in PostgreSQL.
func (b *binder) namesProduct(names []string) bool {
	if b.in.Catalog == nil { // a type's name alone is resolved
		return false
	}
	schemas := b.searchPath()
	if len(names) == 2 {
		schemas = names[:1]
	}
	for _, schema := range schemas {
		if _, ok := b.in.Catalog.Product(catalog.Name{Domain: schema, Product: names[len(names)-1]}); ok && len(names) <= 2 {
			return true
		}
	}
	return false
}

// typeName resolves a type as the grammar gives it.
func (b *binder) typeName(n *pg_query.TypeName) (catalog.Type, error) {
	names := stringList(n.Names)
	bad := func() error {
		return sqlerr.Newf(sqlerr.UndefinedObject, "type %q does not exist", strings.Join(names, ".")+strings.Repeat("[]", len(n.ArrayBounds))).At(b.at(n.Location))
	}
	if n.Setof || n.PctType {
		return catalog.Type{}, sqlerr.Newf(sqlerr.FeatureNotSupported, "SETOF and %%TYPE are not supported here").At(b.at(n.Location))
	}
	var t *pgcat.Type
	switch {
	case len(names) == 1, len(names) == 2 && names[0] == "pg_catalog":
		t = pgcat.TypeByName(names[len(names)-1])
	case len(names) == 2 && names[0] == "information_schema":
		t = pgcat.TypeByName("information_schema." + names[1])
	}
	if t == nil && b.namesProduct(names) {
		return catalog.Type{}, sqlerr.Newf(sqlerr.FeatureNotSupported, "values of the row type of %s are not supported", strings.Join(names, ".")).At(b.at(n.Location))
	}
	if t == nil {
		return catalog.Type{}, bad()
	}
	mod, err := b.typmod(t, n)
	if err != nil {
		return catalog.Type{}, err
	}
	oid := t.OID
	if len(n.ArrayBounds) > 0 {
		if t.Array == 0 {
			return catalog.Type{}, sqlerr.Newf(sqlerr.UndefinedObject, "could not find array type for data type %s", pgcat.FormatType(oid, -1))
		}
		oid = t.Array
	}
	return domainBase(catalog.Type{OID: oid, Mod: mod}), nil
}

// domainBase returns the type below a domain: information_schema's domains are the only ones there are.
func domainBase(t catalog.Type) catalog.Type {
	if row := pgcat.TypeByOID(t.OID); row != nil && row.Kind == 'd' {
		return catalog.Type{OID: row.BaseType, Mod: row.TypeMod}
	}
	return t
}

func (b *binder) typmod(t *pgcat.Type, n *pg_query.TypeName) (int32, error) {
	if len(n.Typmods) == 0 {
		return -1, nil
	}
	var mods []int32
	for _, m := range n.Typmods {
		c := m.GetAConst()
		if c == nil || c.GetIval() == nil {
			return 0, sqlerr.Newf(sqlerr.SyntaxError, "type modifiers must be simple constants or identifiers").At(b.at(n.Location))
		}
		mods = append(mods, c.GetIval().GetIval())
	}
	if !takesModifiers(t.OID) {
		return 0, sqlerr.Newf(sqlerr.SyntaxError, "type modifier is not allowed for type %q", strings.Join(stringList(n.Names), ".")).At(b.at(n.Location))
	}
	mod, err := TypeModifier(t.OID, mods)
	if err != nil {
		return 0, sqlerr.From(err).At(b.at(n.Location))
	}
	return mod, nil
}

// lengthNames are what messages call the types that have a length.
var lengthNames = map[pgcat.OID]string{pgcat.VarChar: "varchar", pgcat.BPChar: "char", pgcat.Bit: "bit", pgcat.VarBit: "varbit"}

func takesModifiers(oid pgcat.OID) bool {
	switch oid {
	case pgcat.Numeric, pgcat.Time, pgcat.TimeTZ, pgcat.Timestamp, pgcat.TimestampTZ, pgcat.Interval:
		return true
	}
	return lengthNames[oid] != ""
}

// TypeModifier computes the typmod of a type written with modifiers, as the type's typmodin function does.
func TypeModifier(oid pgcat.OID, mods []int32) (int32, error) {
	bad := func(format string, args ...any) (int32, error) {
		return 0, sqlerr.Newf(sqlerr.InvalidParameterValue, format, args...)
	}
	if row := pgcat.TypeByOID(oid); row != nil && row.IsArray() {
		oid = row.Elem
	}
	switch oid {
	case pgcat.Numeric:
		precision, scale := mods[0], int32(0)
		if len(mods) > 1 {
			scale = mods[1]
		}
		if precision < 1 || precision > 1000 {
			return bad("NUMERIC precision %d must be between 1 and 1000", precision)
		}
		if scale < -1000 || scale > 1000 {
			return bad("NUMERIC scale %d must be between -1000 and 1000", scale)
		}
		return pgvalue.MakeNumericTypmod(precision, scale), nil
	case pgcat.VarChar, pgcat.BPChar:
		if mods[0] < 1 {
			return bad("length for type %s must be at least 1", lengthNames[oid])
		}
		if mods[0] > 10485760 {
			return bad("length for type %s cannot exceed 10485760", lengthNames[oid])
		}
		return mods[0] + 4, nil
	case pgcat.Bit, pgcat.VarBit:
		if mods[0] < 1 {
			return bad("length for type %s must be at least 1", lengthNames[oid])
		}
		return mods[0], nil
	case pgcat.Time, pgcat.TimeTZ, pgcat.Timestamp, pgcat.TimestampTZ:
		if mods[0] < 0 {
			kind, zone, _ := strings.Cut(strings.ToUpper(pgcat.FormatType(oid, -1)), " ")
			if zone = " " + zone; zone == " WITHOUT TIME ZONE" {
				zone = ""
			}
			return bad("%s(%d)%s precision must not be negative", kind, mods[0], zone)
		}
		return min(mods[0], 6), nil
	case pgcat.Interval:
		precision := int32(0xffff)
		if len(mods) > 1 {
			precision = min(mods[1], 6)
		}
		return mods[0]<<16 | precision, nil
	}
	return bad("type modifier is not allowed for type %q", pgcat.FormatType(oid, -1))
}

// stringList reads a list of String nodes.
func stringList(nodes []*pg_query.Node) []string {
	out := make([]string, 0, len(nodes))
	for _, n := range nodes {
		switch {
		case n.GetString_() != nil:
			out = append(out, n.GetString_().Sval)
		case n.GetAStar() != nil:
			out = append(out, "*")
		}
	}
	return out
}

func typeCategory(oid pgcat.OID) (category byte, preferred bool) {
	if t := pgcat.TypeByOID(oid); t != nil {
		return t.Category, t.Preferred
	}
	return 'X', false
}

// isPolymorphic reports whether a declared argument type stands for others.
func isPolymorphic(oid pgcat.OID) bool {
	switch oid {
	case pgcat.AnyElement, pgcat.AnyArray, pgcat.AnyNonArray, pgcat.AnyEnum, pgcat.AnyRange, pgcat.AnyMultirange, pgcat.AnyCompatible,
		pgcat.AnyCompatibleArray, pgcat.AnyCompatibleNonArray, pgcat.AnyCompatibleRange, pgcat.AnyCompatibleMultirange:
		return true
	}
	return false
}

// elementType returns an array type's element type, 0 for others. The vectors subscript like arrays.
func elementType(oid pgcat.OID) pgcat.OID {
	switch oid {
	case pgcat.Int2Vector:
		return pgcat.Int2
	case pgcat.OIDVector:
		return pgcat.OIDType
	}
	if t := pgcat.TypeByOID(oid); t != nil && t.IsArray() {
		return t.Elem
	}
	return 0
}

func arrayOf(elem pgcat.OID) pgcat.OID {
	if t := pgcat.TypeByOID(elem); t != nil {
		return t.Array
	}
	return 0
}
