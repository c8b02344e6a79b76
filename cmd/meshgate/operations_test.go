package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"meshgate/connectors"
	"meshgate/connectors/duckdb"
	"meshgate/connectors/mysql"
	"meshgate/connectors/postgres"
	"meshgate/duck"
)

const operationsFile = "../../docs/operations.md"

const operationsHead = `# Operations, and where they run

Made from the dialects by ` + "`make golden`" + `. A cell says for how many of an operation's types a store computes it exactly as PostgreSQL does;
what a store does not compute is computed in the gateway, and what the gateway does not compute either is refused with ` + "`0A000`" + `.
` + "`narrowed`" + ` means that the store keeps too many rows and the gateway checks them again. ` + "`+2`" + ` are two forms more for operands of which
more is known than the type: they are listed at the end. What is in no line is refused.

| operation | types | gateway | PostgreSQL | MySQL, MariaDB | DuckDB, Parquet |
|---|---|---|---|---|---|
`

const operandsHead = `
## For some operands only

Letters and their cases are not the same on every server, MySQL has no errors for some of PostgreSQL's, and its numbers have one scale for
all rows. Beside operands like these that makes no difference. Beside others, ` + "`lower()`, `\\w`" + ` and their like stay in the gateway: what its
characters are is C.UTF-8's, and two servers with C.UTF-8 of different versions of their C library differ by the letters of newer Unicode. The
keyed hash of masks stays there too, for its key would leave the gateway.

| operand | what it is |
|---|---|
| ` + "`pattern`" + ` | a literal pattern that does not end in the middle of an escape |
| ` + "`ascii`, `ascii-pattern`" + ` | a literal of ASCII characters; such a pattern |
| ` + "`ascii-regex`" + ` | a literal regular expression of ASCII characters, sets and ranges of them, ` + "`. * + ? ^ $ \\| ( ) \\d`" + `, without names of classes |
| ` + "`regex-flags`" + ` | the literals ` + "`g`, `i`, `c`" + ` and what is made of them |
| ` + "`divisor`, `positive`" + ` | a literal number other than 0 and -1; one above 0 |
| ` + "`decimal`" + ` | numeric whose precision and scale are known from columns and literals, with a result of at most 43 digits |
| ` + "`parameter`" + ` | a parameter; it narrows where its value turns out to be ASCII |
| ` + "`short`" + ` | columns ` + "`varchar(n)`" + ` and literals, together of at most 256 characters |
| any other word | the literal itself |

| operation | where |
|---|---|
`

// internalKeys begin keys of operations that no query names: how values are compared, printed and adjusted.
var internalKeys = []string{"key(", "output(", "json(", "typmod", "explicit typmod", "set(", "row count", "distinct ", "decimal", "quote", "hmac", "vector[", "total(", "apart("}

// operationName is what people call the operation of a key.
func operationName(key string) string {
	for _, p := range internalKeys {
		if strings.HasPrefix(key, p) {
			return ""
		}
	}
	if to, ok := strings.CutPrefix(key, "cast("); ok {
		_, target, _ := strings.Cut(strings.TrimSuffix(to, ")"), " as ")
		return "cast to " + target
	}
	key = strings.TrimPrefix(key, "set ")
	if elem, ok := strings.CutPrefix(key, "array["); ok {
		return arrayOperation(elem)
	}
	if open := strings.IndexByte(key, '('); open > 0 {
		return key[:open] + "()"
	}
	fields := strings.Fields(key)
	switch len(fields) {
	case 2:
		return fields[0] + " …"
	case 3:
		return "… " + fields[1] + " …"
	}
	return key
}

func arrayOperation(elem string) string {
	switch elem {
	case "index]":
		return "array[n]"
	case "lower:upper]":
		return "array[m:n]"
	}
	return "ARRAY[…]"
}

// TestOperationsTable holds docs/operations.md against the dialects.
func TestOperationsTable(t *testing.T) {
	server := connectors.Server{Store: "s", Host: "127.0.0.1", Port: 1, Database: "d", User: "u", TLS: connectors.TLSDisable}
	pg, err := postgres.Open(server)
	if err != nil {
		t.Fatal(err)
	}
	my, err := mysql.Open(server)
	if err != nil {
		t.Fatal(err)
	}
	files := duckdb.Open(duckdb.Config{Store: "f", Path: "f.duckdb"})
	dialects := []*connectors.Dialect{duck.Dialect(), pg.Dialect(), my.Dialect(), files.Dialect()}
	for _, c := range []connectors.Connector{pg, my, files} {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	keys, forms := map[string]map[string]bool{}, map[string]map[string]bool{}
	for _, d := range dialects {
		for key := range d.Ops {
			if special, _, ok := specialForm(key); ok {
				if forms[special] == nil {
					forms[special] = map[string]bool{}
				}
				where := map[string]string{"postgres": "PostgreSQL", "mysql": "MySQL, MariaDB"}[d.Name]
				if d.Ops[key].Fidelity == connectors.Superset {
					where += " (narrowed)"
				}
				forms[special][where] = true
				continue
			}
			if name := operationName(key); name != "" {
				if keys[name] == nil {
					keys[name] = map[string]bool{}
				}
				keys[name][key] = true
			}
		}
	}
	var b strings.Builder
	b.WriteString(operationsHead)
	for _, name := range sortedKeys(keys) {
		fmt.Fprintf(&b, "| `%s` | %d |", strings.ReplaceAll(name, "|", `\|`), len(keys[name]))
		for _, d := range dialects {
			b.WriteString(" " + coverage(d, keys[name]) + more(d, name) + " |")
		}
		b.WriteString("\n")
	}
	b.WriteString(operandsHead)
	for _, form := range sortedKeys(forms) {
		fmt.Fprintf(&b, "| `%s` | %s |\n", strings.ReplaceAll(form, "|", `\|`), strings.Join(sortedKeys(forms[form]), "; "))
	}
	if rewriting() {
		if err := os.WriteFile(operationsFile, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(operationsFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != b.String() {
		t.Error("docs/operations.md is not what the dialects say: run make golden")
	}
}

// specialForm recognises the key of an operation on operands of which more is asked than their types, or on values of one type where
// others take any. It returns how the key is shown, and the operation.
func specialForm(key string) (shown, name string, ok bool) {
	for _, branch := range []string{"case", "coalesce"} {
		if strings.HasPrefix(key, branch+"(") {
			return strings.ReplaceAll(key, "(decimal)", "(numeric:decimal)"), branch, true
		}
	}
	_, plain, special := connectors.ParseSpecial(key)
	return key, operationName(plain), special
}

// more says how many forms of an operation a dialect has for some operands only.
func more(d *connectors.Dialect, name string) string {
	n := 0
	for key := range d.Ops {
		if _, of, ok := specialForm(key); ok && of == name {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" +%d", n)
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// coverage says how many of an operation's keys a dialect has.
func coverage(d *connectors.Dialect, keys map[string]bool) string {
	exact, superset := 0, 0
	for key := range keys {
		switch d.Ops[key].Fidelity {
		case connectors.Exact:
			exact++
		case connectors.Superset:
			superset++
		}
	}
	switch {
	case exact == len(keys):
		return "all"
	case exact+superset == 0:
		return "–"
	case exact == 0:
		return fmt.Sprintf("%d narrowed", superset)
	case superset > 0:
		return fmt.Sprintf("%d, %d narrowed", exact, superset)
	}
	return fmt.Sprint(exact)
}
