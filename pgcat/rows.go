package pgcat

import (
	"slices"
	"strings"
)

// Type is a row of pg_type.
type Type struct {
	OID       OID
	Name      string
	Namespace OID
	Len       int16
	Kind      byte // typtype: b base, c composite, d domain, e enum, p pseudo, r range, m multirange
	Category  byte // typcategory
	Preferred bool
	Elem      OID // element type of an array or array-like type
	Array     OID // the type's array type, 0 = none
	BaseType  OID // of a domain
	TypeMod   int32
	Collation OID
	array     bool
}

// IsArray reports whether the type is a true array: it subscripts with array_subscript_handler and varies in length.
func (t *Type) IsArray() bool { return t.array }

// Proc is a row of pg_proc.
type Proc struct {
	OID       OID
	Name      string
	Namespace OID
	Kind      byte // prokind: f function, a aggregate, w window, p procedure
	Args      []OID
	Ret       OID
	RetSet    bool
	Variadic  OID // element type of the last, variadic argument; 0 = not variadic
	Defaults  int // how many trailing arguments have defaults
	Strict    bool
	Volatile  byte // i immutable, s stable, v volatile
	Leakproof bool
	Src       string
	AllArgs   []OID
	ArgModes  string // one of i o b v t for each of AllArgs; empty = all in
	ArgNames  []string
	signature string
}

// Signature returns the function as regprocedure prints it without schema: "lower(text)".
func (p *Proc) Signature() string { return p.signature }

// Operator is a row of pg_operator.
type Operator struct {
	OID     OID
	Name    string
	Left    OID // 0 for a prefix operator
	Right   OID
	Result  OID
	Code    OID // the pg_proc row that does the work
	Com     OID
	Negator OID
	CanHash bool
}

// Cast is a row of pg_cast.
type Cast struct {
	Source, Target, Func OID
	Context              byte // e explicit, a assignment, i implicit
	Method               byte // f function, i in/out, b binary coercible
}

// Aggregate is a row of pg_aggregate.
type Aggregate struct {
	Func       OID
	Kind       byte // n normal, o ordered-set, h hypothetical-set
	DirectArgs int
}

func (t *tables) index() {
	t.indexTypes()
	t.indexProcs()
	t.operators, t.operatorOID, t.operatorsOf = map[string][]*Operator{}, map[OID]*Operator{}, map[OID][]*Operator{}
	t.each("pg_catalog.pg_operator", func(r reader) {
		o := &Operator{
			OID: r.oid("oid"), Name: r.text("oprname"), Left: r.oid("oprleft"), Right: r.oid("oprright"), Result: r.oid("oprresult"),
			Com: r.oid("oprcom"), Negator: r.oid("oprnegate"), CanHash: r.bool("oprcanhash"), Code: r.oid("oprcode"),
		}
		t.operators[o.Name] = append(t.operators[o.Name], o)
		t.operatorOID[o.OID] = o
		t.operatorsOf[o.Code] = append(t.operatorsOf[o.Code], o)
	})
	t.casts = map[[2]OID]*Cast{}
	t.each("pg_catalog.pg_cast", func(r reader) {
		c := &Cast{
			Source: r.oid("castsource"), Target: r.oid("casttarget"), Func: r.oid("castfunc"),
			Context: r.char("castcontext"), Method: r.char("castmethod"),
		}
		t.casts[[2]OID{c.Source, c.Target}] = c
	})
	t.aggregates = map[OID]*Aggregate{}
	t.each("pg_catalog.pg_aggregate", func(r reader) {
		a := &Aggregate{Func: r.oid("aggfnoid"), Kind: r.char("aggkind"), DirectArgs: r.number("aggnumdirectargs")}
		t.aggregates[a.Func] = a
	})
	t.each("#columns", func(r reader) {
		t.columns = append(t.columns, SystemColumn{
			Schema: r.text("nspname"), Relation: r.text("relname"), RelationOID: r.oid("reloid"), Kind: r.char("relkind"),
			Number: r.number("attnum"), Name: r.text("attname"), Type: r.oid("atttypid"), TypeMod: int32(r.number("atttypmod")),
			NotNull: r.bool("attnotnull"),
		})
	})
}

func (t *tables) indexTypes() {
	t.types, t.typeNames = map[OID]*Type{}, map[string]*Type{}
	t.each("pg_catalog.pg_type", func(r reader) {
		ty := &Type{
			OID: r.oid("oid"), Name: r.text("typname"), Namespace: r.oid("typnamespace"), Len: int16(r.number("typlen")),
			Kind: r.char("typtype"), Category: r.char("typcategory"), Preferred: r.bool("typispreferred"), Elem: r.oid("typelem"),
			Array: r.oid("typarray"), BaseType: r.oid("typbasetype"), TypeMod: int32(r.number("typtypmod")),
			Collation: r.oid("typcollation"), array: r.oid("typsubscript") == arraySubscriptHandler,
		}
		t.types[ty.OID] = ty
		if ty.Namespace == pgCatalogOID {
			t.typeNames[ty.Name] = ty
		} else {
			t.typeNames["information_schema."+ty.Name] = ty
		}
	})
}

const (
	pgCatalogOID          = 11
	arraySubscriptHandler = 6179 // pg_proc's array_subscript_handler
)

func (t *tables) indexProcs() {
	t.procs, t.procNames = map[OID]*Proc{}, map[string][]*Proc{}
	t.each("pg_catalog.pg_proc", func(r reader) {
		p := &Proc{
			OID: r.oid("oid"), Name: r.text("proname"), Namespace: r.oid("pronamespace"), Kind: r.char("prokind"),
			Args: r.oids("proargtypes"), Ret: r.oid("prorettype"), RetSet: r.bool("proretset"), Variadic: r.oid("provariadic"),
			Defaults: r.number("pronargdefaults"), Strict: r.bool("proisstrict"), Volatile: r.char("provolatile"),
			Leakproof: r.bool("proleakproof"), Src: r.text("prosrc"), AllArgs: r.oids("proallargtypes"),
		}
		if modes := r.text("proargmodes"); modes != Null {
			p.ArgModes = strings.NewReplacer("{", "", "}", "", ",", "").Replace(modes)
		}
		if names := r.text("proargnames"); names != Null {
			p.ArgNames = strings.Split(strings.Trim(names, "{}"), ",")
			for i, n := range p.ArgNames {
				p.ArgNames[i] = strings.Trim(n, `"`)
			}
		}
		names := make([]string, len(p.Args))
		for i, a := range p.Args {
			names[i] = t.types[a].Name
		}
		p.signature = p.Name + "(" + strings.Join(names, ",") + ")"
		t.procs[p.OID] = p
		t.procNames[p.Name] = append(t.procNames[p.Name], p)
	})
	for _, list := range t.procNames {
		slices.SortFunc(list, func(a, b *Proc) int { return int(a.OID) - int(b.OID) })
	}
}
