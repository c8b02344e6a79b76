package syscat

import (
	"slices"
	"strconv"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"meshgate/catalog"
	"meshgate/pgcat"
	"meshgate/planner"
	"meshgate/sqlerr"
)

// SplitName takes a qualified name apart: parts in quotes stay as they are, others are folded to lower case. ok is false for text
// that is no name.
func SplitName(s string) (parts []string, ok bool) {
	rest := strings.TrimSpace(s)
	for {
		var part string
		if strings.HasPrefix(rest, `"`) {
			var b strings.Builder
			i := 1
			for ; i < len(rest); i++ {
				if rest[i] != '"' {
					b.WriteByte(rest[i])
				} else if i+1 < len(rest) && rest[i+1] == '"' {
					b.WriteByte('"')
					i++
				} else {
					break
				}
			}
			if i >= len(rest) {
				return nil, false
			}
			part, rest = b.String(), strings.TrimLeft(rest[i+1:], " ")
		} else {
			end := strings.IndexAny(rest, ". ")
			if end < 0 {
				end = len(rest)
			}
			part, rest = strings.ToLower(rest[:end]), strings.TrimLeft(rest[end:], " ")
		}
		if part == "" {
			return nil, false
		}
		parts = append(parts, part)
		if rest == "" {
			return parts, true
		}
		if rest[0] != '.' {
			return nil, false
		}
		rest = strings.TrimLeft(rest[1:], " ")
	}
}

// relationOID resolves a name as regclass does.
func (c *call) relationOID(name string) (pgcat.OID, error) {
	parts, ok := SplitName(name)
	if ok && len(parts) == 3 {
		if parts[0] != c.v.mesh {
			return 0, sqlerr.Newf(sqlerr.FeatureNotSupported, "cross-database references are not implemented: %q", name)
		}
		parts = parts[1:]
	}
	if !ok || len(parts) > 2 {
		return 0, sqlerr.Newf(sqlerr.InvalidName, "invalid name syntax")
	}
	schemas := append([]string{pgCatalogName}, c.s.Path()...)
	if len(parts) == 2 {
		schemas = parts[:1]
	}
	table := parts[len(parts)-1]
	for _, schema := range schemas {
		if r := c.v.find(schema, table); r != nil {
			return r.oid, nil
		}
	}
	return 0, sqlerr.Newf(sqlerr.UndefinedTable, "relation %q does not exist", strings.Join(parts, "."))
}

// bare finds a relation by its name alone.
func (v *View) bare(name string, path []string) *relation {
	for _, schema := range append([]string{pgCatalogName}, path...) {
		if r := v.find(schema, name); r != nil {
			return r
		}
	}
	return nil
}

// find returns a relation that the principal sees.
func (v *View) find(schema, name string) *relation {
	if r := v.byQualified()[catalog.Name{Domain: schema, Product: name}]; r != nil {
		return r
	}
	return systemByName()[catalog.Name{Domain: schema, Product: name}]
}

func decimal(oid pgcat.OID) *string { return text(strconv.FormatUint(uint64(oid), 10)) }

// regIn reads a name as one of the reg* types (PostgreSQL 15, section 8.19).
func (c *call) regIn(reg string) (*string, error) {
	name := strings.TrimSpace(c.arg(0))
	if name == "-" {
		return decimal(0), nil
	}
	if _, err := strconv.ParseUint(name, 10, 32); err == nil {
		return &name, nil
	}
	oid, err := c.resolve(reg, name)
	if err != nil {
		return nil, err
	}
	return decimal(oid), nil
}

// toReg is to_regclass and its like: NULL where the name means nothing.
func (c *call) toReg(reg string) (*string, error) {
	oid, err := c.resolve(reg, c.arg(0))
	if err != nil {
		switch sqlerr.From(err).Code {
		case sqlerr.UndefinedTable, sqlerr.UndefinedObject, sqlerr.UndefinedFunction, sqlerr.AmbiguousFunction, sqlerr.InvalidSchemaName:
			return nil, nil
		}
		return nil, err
	}
	return decimal(oid), nil
}

func (c *call) resolve(reg, name string) (pgcat.OID, error) {
	switch reg {
	case "regclass":
		return c.relationOID(name)
	case "regtype":
		return c.typeOID(name)
	case "regnamespace":
		return c.single(name, "schema", c.v.namespaceOID)
	case "regrole":
		return c.single(name, "role", c.v.roleOID)
	case "regproc", "regprocedure":
		return procByName(reg, name)
	case "regoper", "regoperator":
		return operatorByName(name)
	case "regcollation":
		return c.single(name, "collation", namedRow("pg_catalog.pg_collation", "collname"))
	case "regconfig":
		return c.single(name, "text search configuration", namedRow("pg_catalog.pg_ts_config", "cfgname"))
	case "regdictionary":
		return c.single(name, "text search dictionary", namedRow("pg_catalog.pg_ts_dict", "dictname"))
	}
	return 0, sqlerr.Newf(sqlerr.FeatureNotSupported, "%s is not supported", reg)
}

func (c *call) single(name, what string, find func(string) (pgcat.OID, bool)) (pgcat.OID, error) {
	parts, ok := SplitName(name)
	if !ok {
		return 0, sqlerr.Newf(sqlerr.InvalidName, "invalid name syntax")
	}
	if oid, ok := find(parts[len(parts)-1]); ok {
		return oid, nil
	}
	code := sqlerr.UndefinedObject
	if what == "schema" {
		code = sqlerr.InvalidSchemaName
	}
	return 0, sqlerr.Newf(code, "%s %q does not exist", what, strings.Join(parts, "."))
}

func (v *View) roleOID(name string) (pgcat.OID, bool) {
	for _, r := range v.allRoles() {
		if r.name == name {
			return r.oid, true
		}
	}
	return 0, false
}

// namedRow finds an extracted row by the column of its name.
func namedRow(relation, column string) func(string) (pgcat.OID, bool) {
	return func(name string) (pgcat.OID, bool) {
		rows := pgcat.Rows(relation)
		at, oid := slices.Index(rows.Columns, column), slices.Index(rows.Columns, "oid")
		for _, r := range rows.Rows {
			if r[at] == name {
				return numberOf(r[oid]), true
			}
		}
		return 0, false
	}
}

// typeOID reads a type's name with the grammar of types.
func (c *call) typeOID(name string) (pgcat.OID, error) {
	statements, err := planner.Parse("SELECT NULL::" + name)
	if err != nil || len(statements) != 1 {
		return 0, sqlerr.Newf(sqlerr.SyntaxError, "invalid type name %q", name)
	}
	targets := statements[0].Node().GetSelectStmt().GetTargetList()
	cast := &pg_query.TypeCast{}
	if len(targets) == 1 {
		cast = targets[0].GetResTarget().GetVal().GetTypeCast()
	}
	if cast.GetTypeName() == nil || cast.GetArg().GetAConst() == nil {
		return 0, sqlerr.Newf(sqlerr.SyntaxError, "invalid type name %q", name)
	}
	if oid, ok := c.rowType(cast.TypeName); ok {
		return oid, nil
	}
	return planner.TypeOID(statements[0], cast.TypeName)
}

// rowType finds the composite type of a product.
func (c *call) rowType(n *pg_query.TypeName) (pgcat.OID, bool) {
	if len(n.Names) != 2 {
		return 0, false
	}
	r := c.v.find(n.Names[0].GetString_().GetSval(), n.Names[1].GetString_().GetSval())
	if r == nil || r.rowType == 0 {
		return 0, false
	}
	if len(n.ArrayBounds) > 0 {
		return r.arrayType, true
	}
	return r.rowType, true
}

func procByName(reg, name string) (pgcat.OID, error) {
	base, args, hasArgs := strings.Cut(name, "(")
	parts, ok := SplitName(base)
	if !ok {
		return 0, sqlerr.Newf(sqlerr.InvalidName, "invalid name syntax")
	}
	list := pgcat.Procs(parts[len(parts)-1])
	if reg == "regprocedure" && hasArgs {
		var types []string
		for _, a := range strings.Split(strings.TrimSuffix(strings.TrimSpace(args), ")"), ",") {
			if a = strings.TrimSpace(a); a != "" {
				types = append(types, strings.ToLower(a))
			}
		}
		list = slices.DeleteFunc(slices.Clone(list), func(p *pgcat.Proc) bool { return !sameTypes(p.Args, types) })
	}
	switch len(list) {
	case 0:
		return 0, sqlerr.Newf(sqlerr.UndefinedFunction, "function %q does not exist", name)
	case 1:
		return list[0].OID, nil
	}
	return 0, sqlerr.Newf(sqlerr.AmbiguousFunction, "more than one function named %q", name)
}

func sameTypes(oids []pgcat.OID, names []string) bool {
	return slices.EqualFunc(oids, names, func(oid pgcat.OID, name string) bool {
		t := pgcat.TypeByOID(oid)
		return t != nil && (t.Name == name || pgcat.FormatType(oid, -1) == name)
	})
}

func operatorByName(name string) (pgcat.OID, error) {
	base, args, hasArgs := strings.Cut(name, "(")
	base = strings.TrimPrefix(strings.TrimSpace(base), pgCatalogName+".")
	list := pgcat.Operators(base)
	if hasArgs {
		types := strings.Split(strings.TrimSuffix(strings.TrimSpace(args), ")"), ",")
		for i := range types {
			types[i] = strings.ToLower(strings.TrimSpace(types[i]))
		}
		list = slices.DeleteFunc(slices.Clone(list), func(o *pgcat.Operator) bool {
			return len(types) != 2 || !sameTypes([]pgcat.OID{o.Right}, types[1:]) || (types[0] != "none" || o.Left != 0) && !sameTypes([]pgcat.OID{o.Left}, types[:1])
		})
	}
	switch len(list) {
	case 0:
		return 0, sqlerr.Newf(sqlerr.UndefinedFunction, "operator does not exist: %s", base)
	case 1:
		return list[0].OID, nil
	}
	return 0, sqlerr.Newf(sqlerr.AmbiguousFunction, "more than one operator named %s", base)
}

// RegName writes a value of a reg* type as PostgreSQL prints it: without the schema where search_path finds it.
func (v *View) RegName(reg string, oid pgcat.OID, path []string) string {
	if oid == 0 {
		return "-"
	}
	if name, ok := v.regName(reg, oid, path); ok {
		return name
	}
	return strconv.FormatUint(uint64(oid), 10)
}

func (v *View) regName(reg string, oid pgcat.OID, path []string) (string, bool) {
	switch reg {
	case "regclass":
		r := v.byOID[oid]
		if r == nil {
			r = systemByOID()[oid]
		}
		if r == nil {
			return "", false
		}
		if found := v.bare(r.name, path); found != nil && found.oid == oid {
			return pgcat.QuoteIdent(r.name), true
		}
		return r.qualified(), true
	case "regtype":
		if v.types[oid] != nil || pgcat.TypeByOID(oid) != nil {
			return v.typeName(oid, -1), true
		}
	case "regproc":
		if p := pgcat.ProcByOID(oid); p != nil {
			if len(pgcat.Procs(p.Name)) > 1 {
				return pgCatalogName + "." + pgcat.QuoteIdent(p.Name), true
			}
			return pgcat.QuoteIdent(p.Name), true
		}
	case "regprocedure":
		if p := pgcat.ProcByOID(oid); p != nil {
			return procedureName(p), true
		}
	case "regoper", "regoperator":
		if o := pgcat.OperatorByOID(oid); o != nil {
			return operatorName(reg, o), true
		}
	case "regnamespace":
		for _, n := range append(slices.Clone(builtinNamespaces), v.schema...) {
			if n.oid == oid {
				return pgcat.QuoteIdent(n.name), true
			}
		}
	case "regrole":
		for _, r := range v.allRoles() {
			if r.oid == oid {
				return pgcat.QuoteIdent(r.name), true
			}
		}
	case "regcollation":
		return nameOfRow("pg_catalog.pg_collation", "collname", oid)
	case "regconfig":
		return nameOfRow("pg_catalog.pg_ts_config", "cfgname", oid)
	case "regdictionary":
		return nameOfRow("pg_catalog.pg_ts_dict", "dictname", oid)
	}
	return "", false
}

func procedureName(p *pgcat.Proc) string {
	args := make([]string, len(p.Args))
	for i, a := range p.Args {
		args[i] = pgcat.FormatType(a, -1)
	}
	return pgcat.QuoteIdent(p.Name) + "(" + strings.Join(args, ",") + ")"
}

func operatorName(reg string, o *pgcat.Operator) string {
	if reg == "regoper" {
		if len(pgcat.Operators(o.Name)) > 1 {
			return pgCatalogName + "." + o.Name
		}
		return o.Name
	}
	left := "NONE"
	if o.Left != 0 {
		left = pgcat.FormatType(o.Left, -1)
	}
	return o.Name + "(" + left + "," + pgcat.FormatType(o.Right, -1) + ")"
}

func nameOfRow(relation, column string, oid pgcat.OID) (string, bool) {
	rows := pgcat.Rows(relation)
	at, number := slices.Index(rows.Columns, column), slices.Index(rows.Columns, "oid")
	for _, r := range rows.Rows {
		if numberOf(r[number]) == oid {
			return pgcat.QuoteIdent(r[at]), true
		}
	}
	return "", false
}
