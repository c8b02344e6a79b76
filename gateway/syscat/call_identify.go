package syscat

import (
	"strconv"
	"strings"

	"meshgate/pgcat"
	"meshgate/sqlerr"
)

// object is what pg_identify_object says of an object, and what pg_describe_object calls it.
type object struct{ kind, schema, name, identity, description string }

// The relations of the system catalogs whose rows are described.
const (
	pgClassOID     = 1259
	pgNamespaceOID = 2615
	pgTypeOID      = 1247
	pgProcOID      = 1255
	pgAuthidOID    = 1260
	pgDatabaseOID  = 1262
	pgConstraint   = 2606
	pgLanguageOID  = 2612
)

// object finds what the principal sees of an object, or nil.
func (c *call) object(class, oid pgcat.OID, sub int) (*object, error) {
	switch class {
	case pgClassOID:
		return c.relationObject(oid, sub), nil
	case pgNamespaceOID:
		if name, ok := c.v.regName("regnamespace", oid, nil); ok {
			return &object{"schema", "", name, name, "schema " + name}, nil
		}
	case pgTypeOID:
		return c.typeObject(oid), nil
	case pgProcOID:
		if p := pgcat.ProcByOID(oid); p != nil {
			return procObject(p), nil
		}
	case pgAuthidOID:
		if name, ok := c.v.regName("regrole", oid, nil); ok {
			return &object{"role", "", name, name, "role " + name}, nil
		}
	case pgDatabaseOID:
		if name := pgcat.QuoteIdent(c.v.mesh); oid == DatabaseOID {
			return &object{"database", "", name, name, "database " + name}, nil
		}
	case pgLanguageOID:
		if name := languageName(strconv.FormatUint(uint64(oid), 10)); name != "" {
			return &object{"language", "", name, name, "language " + name}, nil
		}
	case pgConstraint:
		if k := c.v.constraintByOID()[oid]; k != nil {
			table := pgcat.QuoteIdent(k.rel.name)
			if found := c.v.bare(k.rel.name, c.s.Path()); found != k.rel {
				table = k.rel.qualified()
			}
			name := pgcat.QuoteIdent(k.name)
			return &object{"table constraint", k.rel.schema, "", name + " on " + k.rel.qualified(), "constraint " + k.name + " on table " + table}, nil
		}
	default:
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "objects of class %d are not described", class)
	}
	return nil, nil
}

func (c *call) relationObject(oid pgcat.OID, sub int) *object {
	r := c.v.byOID[oid]
	if r == nil {
		r = systemByOID()[oid]
	}
	if r == nil {
		return nil
	}
	kind := map[byte]string{'r': "table", 'v': "view", 'i': "index"}[r.kind]
	shown := r.qualified()
	if found := c.v.bare(r.name, c.s.Path()); found != nil && found.oid == oid {
		shown = pgcat.QuoteIdent(r.name)
	}
	o := &object{kind, pgcat.QuoteIdent(r.schema), pgcat.QuoteIdent(r.name), r.qualified(), kind + " " + shown}
	if a := r.byNumber(sub); a != nil {
		o.kind = kind + " column"
		o.identity += "." + pgcat.QuoteIdent(a.name)
		o.description = "column " + a.name + " of " + o.description
	}
	return o
}

func (c *call) typeObject(oid pgcat.OID) *object {
	name, ok := c.v.regName("regtype", oid, nil)
	if !ok {
		return nil
	}
	schema := pgCatalogName
	if r := c.v.types[oid]; r != nil {
		schema = pgcat.QuoteIdent(r.schema)
	}
	t := pgcat.TypeByOID(oid)
	if t != nil && t.Namespace != pgCatalogOID {
		schema = infoSchemaName
	}
	bare := name
	if t != nil {
		bare = pgcat.QuoteIdent(t.Name)
	} else if r := c.v.types[oid]; r != nil {
		bare = pgcat.QuoteIdent(r.name)
		if oid == r.arrayType {
			bare = pgcat.QuoteIdent("_" + r.name)
		}
	}
	identity := name
	if t != nil {
		identity = qualifiedType(t)
	}
	return &object{"type", schema, bare, identity, "type " + name}
}

func procObject(p *pgcat.Proc) *object {
	kind := map[byte]string{'a': "aggregate", 'p': "procedure"}[p.Kind]
	if kind == "" {
		kind = "function"
	}
	schema := pgCatalogName
	if p.Namespace != pgCatalogOID {
		schema = infoSchemaName
	}
	shown := procedureName(p)
	if p.Namespace != pgCatalogOID {
		shown = schema + "." + shown
	}
	args := make([]string, len(p.Args))
	for i, oid := range p.Args {
		args[i] = qualifiedType(pgcat.TypeByOID(oid))
	}
	return &object{kind, schema, "", schema + "." + pgcat.QuoteIdent(p.Name) + "(" + strings.Join(args, ",") + ")", "function " + shown}
}

// qualifiedType prints a type with its schema, unless SQL has a name of its own for it.
func qualifiedType(t *pgcat.Type) string {
	name := pgcat.FormatType(t.OID, -1)
	if elem := pgcat.TypeByOID(t.Elem); t.IsArray() && elem != nil && strings.HasSuffix(name, "[]") {
		return qualifiedType(elem) + "[]"
	}
	if t.Namespace == pgCatalogOID && (name == pgcat.QuoteIdent(t.Name) && !sqlNamed[name] || name[0] == '"') {
		return pgCatalogName + "." + name
	}
	return name
}

// sqlNamed are names of types that are the same in SQL and in pg_type.
var sqlNamed = map[string]bool{"numeric": true}

func (c *call) objectArgs() (*object, error) {
	sub, err := strconv.Atoi(c.arg(2))
	if err != nil {
		return nil, nil
	}
	return c.object(c.oid(0), c.oid(1), sub)
}

func describeObject(c *call) (*string, error) {
	o, err := c.objectArgs()
	if o == nil || err != nil {
		return nil, err
	}
	return &o.description, nil
}

func identifyObject(c *call) ([][]*string, error) {
	o, err := c.objectArgs()
	if o == nil || err != nil {
		return [][]*string{{nil, nil, nil, nil}}, err
	}
	return [][]*string{{&o.kind, orMissing(o.schema), orMissing(o.name), &o.identity}}, nil
}

func orMissing(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
