package syscat

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"meshgate/pgcat"
)

type descriptionKey struct {
	object, class pgcat.OID
	sub           int
}

// builtinDescriptions are the comments on PostgreSQL's own objects.
var builtinDescriptions = sync.OnceValue(func() map[descriptionKey]string {
	m := map[descriptionKey]string{}
	rows := pgcat.Rows("pg_catalog.pg_description")
	at := func(name string) int { return slices.Index(rows.Columns, name) }
	object, class, sub, text := at("objoid"), at("classoid"), at("objsubid"), at("description")
	for _, r := range rows.Rows {
		n, err := strconv.Atoi(r[sub])
		if err != nil {
			continue
		}
		key := descriptionKey{numberOf(r[object]), numberOf(r[class]), n}
		m[key] = r[text]
		key.class = 0
		m[key] = r[text]
	}
	return m
})

func (r *relation) columnList(numbers []int) string {
	names := make([]string, len(numbers))
	for i, n := range numbers {
		names[i] = pgcat.QuoteIdent(r.byNumber(n).name)
	}
	return "(" + strings.Join(names, ", ") + ")"
}

func (r *relation) qualified() string {
	return pgcat.QuoteIdent(r.schema) + "." + pgcat.QuoteIdent(r.name)
}

func constraintText(c *call) (*string, error) {
	if k := c.v.constraintByOID()[c.oid(0)]; k != nil {
		return text(k.text()), nil
	}
	if len(c.args) == 2 && c.arg(1) == "true" {
		return definition("#constraints", c.arg(0), 1), nil
	}
	return definition("#constraints", c.arg(0), 0), nil
}

func (k *constraint) text() string {
	switch k.kind {
	case 'p':
		return "PRIMARY KEY " + k.rel.columnList(k.columns)
	case 'u':
		return "UNIQUE " + k.rel.columnList(k.columns)
	}
	return "FOREIGN KEY " + k.rel.columnList(k.columns) + " REFERENCES " + k.target.qualified() + k.target.columnList(k.targetColumns)
}

// indexText writes the statement that would make the index of a key.
func (r *relation) indexText(qualified bool) string {
	table := r.index.rel.qualified()
	if !qualified {
		table = pgcat.QuoteIdent(r.index.rel.name)
	}
	return "CREATE UNIQUE INDEX " + pgcat.QuoteIdent(r.name) + " ON " + table + " USING btree " + r.index.rel.columnList(r.index.columns)
}

func indexText(c *call) (*string, error) {
	r := c.v.byOID[c.oid(0)]
	if r == nil {
		return systemIndexText(c), nil
	}
	if r.kind != 'i' {
		return nil, nil
	}
	if len(c.args) == 1 {
		return text(r.indexText(true)), nil
	}
	n, err := strconv.Atoi(c.arg(1))
	switch {
	case err != nil || n < 0 || n > len(r.columns):
		return text(""), nil
	case n == 0:
		return text(r.indexText(c.arg(2) != "true")), nil
	}
	return text(pgcat.QuoteIdent(r.columns[n-1].name)), nil
}

// viewText says that there is a view and not what it is made of; PostgreSQL's own ones are known.
func viewText(c *call) (*string, error) {
	oid := numberOf(c.arg(0))
	if c.types[0] == "text" {
		var err error
		if oid, err = c.relationOID(c.arg(0)); err != nil {
			return nil, err
		}
	}
	if r := c.v.byOID[oid]; r != nil && r.kind == 'v' {
		return text(""), nil
	}
	form := 0
	if len(c.args) == 2 && (c.types[1] == "int4" || c.arg(1) == "true") {
		form = 1 // pretty; a width wraps it too
	}
	return definition("#views", strconv.FormatUint(uint64(oid), 10), form), nil
}

func functionResult(c *call) (*string, error) {
	p := pgcat.ProcByOID(c.oid(0))
	if p == nil || p.Kind == 'p' {
		return nil, nil
	}
	return text(resultText(p)), nil
}

func resultText(p *pgcat.Proc) string {
	out := pgcat.FormatType(p.Ret, -1)
	if strings.ContainsRune(p.ArgModes, 't') {
		var columns []string
		for i, mode := range p.ArgModes {
			if mode == 't' {
				columns = append(columns, argument(p, i, p.AllArgs[i]))
			}
		}
		return "TABLE(" + strings.Join(columns, ", ") + ")"
	}
	if p.RetSet {
		out = "SETOF " + out
	}
	return out
}

func argument(p *pgcat.Proc, i int, oid pgcat.OID) string {
	name := pgcat.FormatType(oid, -1)
	if i < len(p.ArgNames) && p.ArgNames[i] != "" {
		name = pgcat.QuoteIdent(p.ArgNames[i]) + " " + name
	}
	return name
}

func functionArguments(c *call) (*string, error) {
	p := pgcat.ProcByOID(c.oid(0))
	if p == nil {
		return nil, nil
	}
	identity := strings.Contains(c.key, "identity")
	return text(argumentList(p, !identity)), nil
}

// argumentList prints a function's arguments, with defaults or without.
func argumentList(p *pgcat.Proc, defaults bool) string {
	args := p.AllArgs
	if len(args) == 0 {
		args = p.Args
	}
	modes := map[rune]string{'o': "OUT ", 'b': "INOUT ", 'v': "VARIADIC "}
	ordered := -1 // where the arguments that are ordered begin
	if a := pgcat.AggregateByFunc(p.OID); a != nil && a.Kind != 'n' {
		ordered = a.DirectArgs
	}
	var list strings.Builder
	printed, inputs := 0, 0
	for i, oid := range args {
		mode := 'i'
		if len(p.ArgModes) > i {
			mode = rune(p.ArgModes[i])
		}
		if mode == 't' {
			continue
		}
		one := modes[mode] + argument(p, i, oid)
		if mode != 'o' {
			inputs++
			key := strconv.FormatUint(uint64(p.OID), 10) + " " + digits(inputs)
			if value := definition("#defaults", key, 0); value != nil && defaults {
				one += " DEFAULT " + *value
			}
		}
		switch {
		case printed == ordered:
			list.WriteString(strings.Repeat(" ", min(printed, 1)) + "ORDER BY ")
		case printed > 0:
			list.WriteString(", ")
		}
		list.WriteString(one)
		printed++
		if printed == ordered && i == len(args)-1 { // a variadic one stands for both
			list.WriteString(" ORDER BY " + one)
		}
	}
	return list.String()
}

// encodingNames are PostgreSQL 15's encodings in the order of their numbers (pg_enc).
var encodingNames = strings.Fields(`SQL_ASCII EUC_JP EUC_CN EUC_KR EUC_TW EUC_JIS_2004 UTF8 MULE_INTERNAL LATIN1 LATIN2 LATIN3 LATIN4 LATIN5 LATIN6 LATIN7
	LATIN8 LATIN9 LATIN10 WIN1256 WIN1258 WIN866 WIN874 KOI8R WIN1251 WIN1252 ISO_8859_5 ISO_8859_6 ISO_8859_7 ISO_8859_8 WIN1250 WIN1253 WIN1254 WIN1255
	WIN1257 KOI8U SJIS BIG5 GBK UHC GB18030 JOHAB SHIFT_JIS_2004`)

// Encodings returns the names of PostgreSQL 15's encodings in the order of their numbers.
func Encodings() []string { return encodingNames }

func encodingName(c *call) (*string, error) {
	n, err := strconv.Atoi(c.arg(0))
	if err != nil || n < 0 || n >= len(encodingNames) {
		return text(""), nil
	}
	return text(encodingNames[n]), nil
}

func encodingNumber(c *call) (*string, error) {
	fold := func(s string) string { return strings.ToUpper(strings.NewReplacer("-", "", "_", "").Replace(s)) }
	for i, n := range encodingNames {
		if fold(n) == fold(c.arg(0)) {
			return text(digits(i)), nil
		}
	}
	return text("-1"), nil
}

func encodingLength(c *call) (*string, error) {
	n, err := strconv.Atoi(c.arg(0))
	switch {
	case err != nil || n < 0 || n >= len(encodingNames):
		return nil, nil
	case n == utf8Encoding:
		return text("4"), nil
	}
	return text("1"), nil
}
