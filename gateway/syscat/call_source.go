package syscat

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"meshgate/pgcat"
	"meshgate/sqlerr"
)

// definitionCalls print objects as SQL. Most are about objects that a gateway has none of.
func definitionCalls() map[string]answer {
	m := map[string]answer{
		"pg_get_expr": expressionText, "pg_get_constraintdef": constraintText, "pg_get_indexdef": indexText, "pg_get_viewdef": viewText,
		"pg_get_function_result": functionResult, "pg_get_function_arguments": functionArguments, "pg_get_function_identity_arguments": functionArguments,
		"pg_get_functiondef": functionText, "pg_get_function_sqlbody": definitionOf("#bodies"),
		"pg_get_serial_sequence": serialSequence,
	}
	for _, name := range strings.Fields(`pg_get_ruledef pg_get_triggerdef pg_get_partkeydef pg_get_partition_constraintdef pg_get_statisticsobjdef
		pg_get_statisticsobjdef_columns pg_sequence_last_value pg_get_replica_identity_index`) {
		m[name] = nothing
	}
	return m
}

type definitionKey struct {
	section string
	key     string
}

// definitions are texts that PostgreSQL made of its own objects, by what they are about.
var definitions = sync.OnceValue(func() map[definitionKey][]string {
	m := map[definitionKey][]string{}
	for _, section := range []string{"#bodies", "#constraints", "#expressions", "#indexes", "#views"} {
		for _, r := range pgcat.Rows(section).Rows {
			m[definitionKey{section, r[0]}] = r[1:]
		}
	}
	for _, r := range pgcat.Rows("#defaults").Rows {
		m[definitionKey{"#defaults", r[0] + " " + r[1]}] = r[2:]
	}
	for _, r := range pgcat.Rows("#access methods").Rows {
		m[definitionKey{"#access methods", r[0] + " " + r[1]}] = r[2:]
	}
	return m
})

// definition finds such a text; more than one column of a section are forms of it.
func definition(section, key string, form int) *string {
	d, ok := definitions()[definitionKey{section, key}]
	if !ok || d[form] == pgcat.Null {
		return nil
	}
	return &d[form]
}

func definitionOf(section string) answer {
	return func(c *call) (*string, error) { return definition(section, c.arg(0), 0), nil }
}

// expressionText prints a tree, which is one of PostgreSQL's own objects': others cannot be written.
func expressionText(c *call) (*string, error) { return definition("#expressions", c.arg(0), 0), nil }

func argumentDefault(c *call) (*string, error) {
	return definition("#defaults", c.arg(0)+" "+c.arg(1), 0), nil
}

func accessMethodProperty(c *call) (*string, error) {
	d := definition("#access methods", c.arg(0)+" "+strings.ToLower(c.arg(1)), 0)
	if d == nil {
		return nil, nil
	}
	return boolean(*d == "t"), nil
}

// rowReader finds fields of an extracted row by the names of their columns.
type rowReader struct {
	rel *pgcat.Relation
	row pgcat.Row
}

func (r rowReader) text(column string) string { return r.row[slices.Index(r.rel.Columns, column)] }

func (r rowReader) is(column string) bool { return r.text(column) == "t" }

// builtinProcs are the extracted rows of pg_proc.
var builtinProcs = sync.OnceValue(func() map[pgcat.OID]rowReader {
	rel := pgcat.Rows("pg_catalog.pg_proc")
	m := make(map[pgcat.OID]rowReader, len(rel.Rows))
	for _, row := range rel.Rows {
		r := rowReader{rel, row}
		m[numberOf(r.text("oid"))] = r
	}
	return m
})

// functionText prints CREATE FUNCTION for a built-in function as ruleutils.c does.
func functionText(c *call) (*string, error) {
	p, row := pgcat.ProcByOID(c.oid(0)), builtinProcs()[c.oid(0)]
	if p == nil {
		return nil, nil
	}
	if p.Kind == 'a' {
		return nil, sqlerr.Newf(sqlerr.WrongObjectType, "%q is an aggregate function", p.Name)
	}
	kind := "FUNCTION"
	if p.Kind == 'p' {
		kind = "PROCEDURE"
	}
	schema := pgCatalogName
	if p.Namespace != pgCatalogOID {
		schema = infoSchemaName
	}
	var b strings.Builder
	b.WriteString("CREATE OR REPLACE " + kind + " " + schema + "." + pgcat.QuoteIdent(p.Name) + "(" + argumentList(p, true) + ")\n")
	if p.Kind != 'p' {
		b.WriteString(" RETURNS " + resultText(p) + "\n")
	}
	b.WriteString(" LANGUAGE " + languageName(row.text("prolang")) + "\n")
	if options := functionOptions(p, row); options != "" {
		b.WriteString(options + "\n")
	}
	if body := definition("#bodies", c.arg(0), 0); body != nil {
		b.WriteString(*body)
	} else {
		b.WriteString("AS ")
		if bin := row.text("probin"); bin != pgcat.Null {
			b.WriteString("'" + strings.ReplaceAll(bin, "'", "''") + "', ")
		}
		quote := "$" + strings.ToLower(kind)
		for strings.Contains(p.Src, quote) {
			quote += "x"
		}
		b.WriteString(quote + "$" + p.Src + quote + "$")
	}
	b.WriteString("\n")
	return text(b.String()), nil
}

// functionOptions are the words between LANGUAGE and AS; what is the default is left out.
func functionOptions(p *pgcat.Proc, row rowReader) string {
	var b strings.Builder
	word := func(is bool, s string) {
		if is {
			b.WriteString(" " + s)
		}
	}
	word(p.Kind == 'w', "WINDOW")
	word(p.Volatile == 'i', "IMMUTABLE")
	word(p.Volatile == 's', "STABLE")
	word(row.text("proparallel") == "s", "PARALLEL SAFE")
	word(row.text("proparallel") == "r", "PARALLEL RESTRICTED")
	word(p.Strict, "STRICT")
	word(row.is("prosecdef"), "SECURITY DEFINER")
	word(p.Leakproof, "LEAKPROOF")
	usual := "100"
	if lang := languageName(row.text("prolang")); lang == "internal" || lang == "c" {
		usual = "1"
	}
	word(row.text("procost") != usual, "COST "+row.text("procost"))
	word(p.RetSet && row.text("prorows") != "1000", "ROWS "+row.text("prorows"))
	if support := pgcat.ProcByOID(numberOf(row.text("prosupport"))); support != nil {
		word(true, "SUPPORT "+pgcat.QuoteIdent(support.Name))
	}
	return b.String()
}

func languageName(oid string) string {
	name, _ := nameOfRow("pg_catalog.pg_language", "lanname", numberOf(oid))
	return name
}

// systemIndexText prints the index of a system table: pretty without its schema, and of a column its name.
func systemIndexText(c *call) *string {
	full := definition("#indexes", c.arg(0), 0)
	if full == nil || len(c.args) == 1 {
		return full
	}
	n, err := strconv.Atoi(c.arg(1))
	if err != nil {
		return text("")
	}
	if n == 0 {
		if c.arg(2) == "true" {
			return text(strings.Replace(*full, " ON "+pgCatalogName+".", " ON ", 1))
		}
		return full
	}
	columns := strings.Split(strings.TrimSuffix((*full)[strings.LastIndexByte(*full, '(')+1:], ")"), ", ")
	if n < 0 || n > len(columns) {
		return text("")
	}
	name, _, _ := strings.Cut(columns[n-1], " ")
	return &name
}

// serialSequence finds no sequence: no column takes its values from one.
func serialSequence(c *call) (*string, error) {
	oid, err := c.relationOID(c.arg(0))
	if err != nil {
		return nil, err
	}
	r := c.v.byOID[oid]
	if r == nil {
		r = systemByOID()[oid]
	}
	if r != nil && r.column(c.arg(1)) == nil {
		return nil, sqlerr.Newf(sqlerr.UndefinedColumn, "column %q of relation %q does not exist", c.arg(1), r.name)
	}
	return nil, nil
}
