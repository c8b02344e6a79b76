package meshfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

const (
	schemaFile  = "/work/shared/odcs/odcs-json-schema-v3.1.0.json"
	exampleFile = "/work/shared/odcs/customers.odcs.yaml"
)

// fullContract uses every key of the standard but the servers', in JSON, which is YAML too.
const fullContract = `{
  "apiVersion": "v3.1.0", "kind": "DataContract", "id": "x", "version": "1.0.0", "status": "active", "name": "n", "tenant": "t",
  "domain": "sales", "dataProduct": "p", "tags": ["a", "b"], "slaDefaultElement": "a.b", "contractCreatedTs": "2026-01-01T00:00:00Z",
  "description": {"usage": "u", "purpose": "p", "limitations": "l", "more": 1, "authoritativeDefinitions": [{"url": "u", "type": "t"}],
    "customProperties": [{"property": "a", "value": {"b": [1]}}]},
  "servers": [{"server": "s", "type": "postgres", "host": "h", "port": 5432, "database": "d", "schema": "s", "id": "s-1",
    "description": "d", "environment": "e", "roles": [{"role": "r", "id": "r_1", "description": "d", "access": "read",
    "firstLevelApprovers": "a", "secondLevelApprovers": "b", "customProperties": []}],
    "customProperties": [{"property": "credentialRef", "value": "x", "id": "c", "description": "d"}]}],
  "support": [{"channel": "c", "id": "s", "url": "u", "description": "d", "tool": "t", "scope": "s", "invitationUrl": "i",
    "customProperties": []}],
  "price": {"id": "p", "priceAmount": 1.5, "priceCurrency": "EUR", "priceUnit": "query"},
  "team": {"id": "t", "name": "n", "description": "d", "tags": ["x"], "customProperties": [], "authoritativeDefinitions": [],
    "members": [{"id": "m", "username": "u", "name": "n", "description": "d", "role": "owner", "dateIn": "2026-01-01",
      "dateOut": "2026-02-01", "replacedByUsername": "v", "tags": [], "customProperties": [], "authoritativeDefinitions": []}]},
  "roles": [{"role": "r"}],
  "slaProperties": [{"property": "latency", "value": 4, "valueExt": null, "unit": "h", "element": "a.b", "driver": "d", "description": "x",
    "scheduler": "s", "schedule": "c", "id": "sla"}, {"property": "x", "value": "text"}],
  "authoritativeDefinitions": [{"id": "a", "url": "u", "type": "t", "description": "d"}],
  "customProperties": [{"property": "p", "value": null}],
  "schema": [{
    "name": "orders", "id": "o-1", "logicalType": "object", "physicalName": "s.o", "physicalType": "table", "description": "d",
    "businessName": "b", "dataGranularityDescription": "g", "authoritativeDefinitions": [], "tags": ["gdpr"], "customProperties": [],
    "relationships": [{"type": "foreignKey", "from": "orders.a", "to": "customers.b", "customProperties": []},
      {"from": ["orders.a", "/schema/o-1/properties/p"], "to": ["customers.b", "other.yaml#schema/c/properties/p"]}],
    "quality": [{"type": "sql", "query": "select 1", "mustBeBetween": [1, 2]}],
    "properties": [
      {"name": "a", "id": "p", "logicalType": "string", "logicalTypeOptions": {"minLength": 0, "maxLength": 5, "pattern": "^a", "format": "uuid"},
       "physicalType": "text", "physicalName": "a", "description": "d", "businessName": "b", "primaryKey": true, "primaryKeyPosition": 1,
       "required": true, "unique": true, "partitioned": false, "partitionKeyPosition": -1, "classification": "internal", "encryptedName": "e",
       "transformSourceObjects": ["a"], "transformLogic": "l", "transformDescription": "d", "examples": [1, "a", null, {"b": 1}],
       "criticalDataElement": true, "relationships": [{"type": "foreignKey", "to": "x.y"}, {"to": ["x.y"]}], "tags": ["pii"],
       "authoritativeDefinitions": [{"url": "u", "type": "t"}], "customProperties": [{"property": "p", "value": true}],
       "quality": [
         {"metric": "nullValues", "mustBe": 0, "rule": "r", "arguments": {"a": 1}, "id": "q", "dimension": "accuracy", "unit": "rows",
          "method": "m", "name": "n", "schedule": "s", "scheduler": "s", "severity": "high", "tags": [], "businessImpact": "b",
          "description": "d", "customProperties": [], "authoritativeDefinitions": []},
         {"type": "library", "metric": "rowCount", "mustBeGreaterThan": 1}, {"type": "text", "description": "d"},
         {"type": "custom", "engine": "e", "implementation": "i"}, {"type": "custom", "engine": "e", "implementation": {"a": 1}},
         {"type": "sql", "query": "q", "mustNotBe": "x"}, {"metric": "missingValues", "mustBeGreaterOrEqualTo": 1},
         {"metric": "invalidValues", "mustBeLessThan": 1.5}, {"metric": "duplicateValues", "mustBeLessOrEqualTo": 1},
         {"metric": "rowCount", "mustNotBeBetween": [1, 2.5]}, {"description": "none"}]},
      {"name": "b", "logicalType": "date", "logicalTypeOptions": {"format": "f", "exclusiveMaximum": "a", "maximum": "a", "exclusiveMinimum": "a", "minimum": "a"}},
      {"name": "c", "logicalType": "timestamp", "logicalTypeOptions": {"format": "f", "timezone": true, "defaultTimezone": "UTC", "maximum": "a"}},
      {"name": "d", "logicalType": "time", "logicalTypeOptions": {"timezone": false, "exclusiveMinimum": "a", "minimum": "b", "exclusiveMaximum": "c"}},
      {"name": "e", "logicalType": "integer", "logicalTypeOptions": {"multipleOf": 2, "maximum": 9, "exclusiveMaximum": 9, "minimum": 1, "exclusiveMinimum": 0, "format": "i64"}},
      {"name": "f", "logicalType": "number", "logicalTypeOptions": {"multipleOf": 0.5, "maximum": 9, "minimum": 1, "format": "f64"}},
      {"name": "g", "logicalType": "object", "logicalTypeOptions": {"maxProperties": 3, "minProperties": 1, "required": ["x"]},
       "properties": [{"name": "x", "logicalType": "boolean", "logicalTypeOptions": {"anything": 1}}]},
      {"name": "h", "logicalType": "array", "logicalTypeOptions": {"maxItems": 3, "minItems": 1, "uniqueItems": true},
       "items": {"logicalType": "object", "properties": [{"name": "y"}]}},
      {"name": "i", "logicalTypeOptions": {}, "properties": [{"name": "z"}], "items": {"name": "w", "physicalType": "text", "properties": []}}
    ]}]
}`

type oracle struct {
	schema *jsonschema.Schema
	raw    map[string]any
}

// newOracle compiles the standard's own schema. It is no part of the repository, so the test needs the machine that has it.
func newOracle(t testing.TB) *oracle {
	t.Helper()
	content, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Skipf("the standard's JSON Schema is the oracle of this test, and %s cannot be read", schemaFile)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("odcs.json", doc); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("odcs.json")
	if err != nil {
		t.Fatal(err)
	}
	return &oracle{compiled, doc.(map[string]any)}
}

// ours holds a contract against this package's form and returns the faults.
func ours(value any) Faults {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	var faults Faults
	docs := parse("c.odcs.yaml", text, &faults)
	if len(docs) != 1 {
		return append(faults, Fault{Message: "no document"})
	}
	d := &decoder{file: "c.odcs.yaml", faults: &faults}
	(&shapeChecker{d}).check(contractForm, docs[0].root, "contract")
	if len(faults) == 0 {
		// What is valid must be readable, whatever is in it.
		d.lenient = true
		var c Contract
		d.decode(docs[0].root, &c, "contract")
	}
	return faults
}

func (o *oracle) compare(t *testing.T, value any, what string) (valid bool) {
	t.Helper()
	theirs := o.schema.Validate(value)
	faults := ours(value)
	if (theirs == nil) != (len(faults) == 0) {
		text, _ := json.Marshal(value)
		t.Errorf("%s: the schema says %v, we say %v\n%.2000s", what, theirs, faults, text)
	}
	return theirs == nil
}

func decodeJSON(t testing.TB, text string) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// serverSeeds makes a contract for each type of server that the schema knows, with every key that it has, and one with all keys of
// all types.
func (o *oracle) serverSeeds(t testing.TB) []any {
	defs := o.raw["$defs"].(map[string]any)
	sources := defs["ServerSource"].(map[string]any)
	everything := map[string]any{}
	var seeds []any
	for _, branch := range defs["Server"].(map[string]any)["allOf"].([]any) {
		b := branch.(map[string]any)
		kind := b["if"].(map[string]any)["properties"].(map[string]any)["type"].(map[string]any)["const"].(string)
		ref := b["then"].(map[string]any)["$ref"].(string)
		source := sources[ref[strings.LastIndexByte(ref, '/')+1:]].(map[string]any)
		server := map[string]any{"server": "s", "type": kind}
		for key, shape := range source["properties"].(map[string]any) {
			server[key] = "sftp://x"
			if shape.(map[string]any)["type"] == "integer" {
				server[key] = json.Number("1")
			}
			everything[key] = server[key]
		}
		seeds = append(seeds, server)
	}
	for _, seed := range slices.Clone(seeds) {
		all := map[string]any{}
		for key, value := range everything {
			all[key] = value
		}
		all["server"], all["type"] = "s", seed.(map[string]any)["type"]
		seeds = append(seeds, all)
	}
	for i, seed := range seeds {
		contract := decodeJSON(t, `{"apiVersion": "v3.1.0", "kind": "DataContract", "id": "x", "version": "1", "status": "s"}`).(map[string]any)
		contract["servers"] = []any{seed}
		seeds[i] = contract
	}
	return seeds
}

// replacements are values that a mutation puts in the place of others.
var replacements = []string{
	`null`, `true`, `""`, `"x"`, `"a.b"`, `"a b"`, `"object"`, `"array"`, `"string"`, `"integer"`, `"library"`, `"custom"`, `"kafka"`, `"rowCount"`, `0`, `-1`, `1`,
	`1.5`, `5.0`, `1e30`, `[]`, `["x"]`, `["x", "x"]`, `[1, 1.0]`, `[1, 2]`, `[1, 2, 3]`, `["a.b"]`, `{}`, `{"x": 1}`, `[{}]`,
	`"v3.0.2"`, `"v9"`, `"2026-01-01"`, `"a.b\n"`, `"/schema/a/properties/b"`, `"https://x/y.yaml#schema/a"`, `".yaml#a/b"`,
}

// addedKeys are keys that a mutation adds to maps.
var addedKeys = map[string]string{
	"unknown": `1`, "id": `"a b"`, "name": `"n"`, "logicalType": `"date"`, "logicalTypeOptions": `{"minLength": 1}`, "items": `{}`,
	"properties": `[{"name": "p"}]`, "type": `"sql"`, "metric": `"rowCount"`, "mustBe": `1`, "mustBeLessThan": `"x"`, "query": `"q"`,
	"from": `"a.b"`, "to": `["a.b"]`, "engine": `"e"`, "port": `1`, "customProperties": `[{"property": "x"}]`, "relationships": `[{"to": "a.b"}]`,
	"quality": `[{"metric": "rowCount", "mustBe": 1, "mustNotBe": 2}]`, "team": `[{"username": "u"}]`, "members": `[{"username": "u"}]`,
	"location": `"x"`, "format": `"i32"`, "implementation": `"x"`, "description": `"d"`, "primaryKey": `"yes"`,
}

// mutations calls do with every contract that differs from a value in one place, and restores the value after each.
func mutations(t testing.TB, root any, do func(what string)) {
	var walk func(path string, value any, set func(any))
	walk = func(path string, value any, set func(any)) {
		for _, text := range replacements {
			set(decodeJSON(t, text))
			do(path + " = " + text)
		}
		set(value)
		switch v := value.(type) {
		case map[string]any:
			keys := sortedKeys(v)
			for _, key := range keys {
				old := v[key]
				delete(v, key)
				do(path + " without " + key)
				v[key] = old
			}
			for _, key := range sortedKeys(addedKeys) {
				old, had := v[key]
				v[key] = decodeJSON(t, addedKeys[key])
				do(path + " with " + key)
				if delete(v, key); had {
					v[key] = old
				}
			}
			for _, key := range keys {
				walk(path+"."+key, v[key], func(x any) { v[key] = x })
			}
		case []any:
			for i := range v {
				walk(fmt.Sprintf("%s[%d]", path, i), v[i], func(x any) { v[i] = x })
			}
		}
	}
	walk("", root, func(any) {})
}

// section is a contract and the part of it that mutations are made in. Small contracts keep many comparisons quick.
type section struct{ contract, part any }

// sections takes the full contract apart: its head, each of its keys, each property and each quality check by itself.
func sections(t testing.TB) []section {
	full := decodeJSON(t, fullContract).(map[string]any)
	head := func(key string, value any) section {
		contract := map[string]any{}
		for _, required := range []string{"apiVersion", "kind", "id", "version", "status"} {
			contract[required] = full[required]
		}
		if key == "" {
			return section{contract, contract}
		}
		contract[key] = value
		return section{contract, value}
	}
	property := func(p any) section {
		s := head("schema", []any{map[string]any{"name": "o", "properties": []any{p}}})
		return section{s.contract, p}
	}
	list := []section{head("", nil)}
	for _, key := range sortedKeys(full) {
		if key != "schema" {
			list = append(list, head(key, full[key]))
		}
	}
	object := full["schema"].([]any)[0].(map[string]any)
	properties := object["properties"].([]any)
	object["properties"] = []any{}
	list = append(list, head("schema", []any{object}))
	checks := properties[0].(map[string]any)["quality"].([]any)
	properties[0].(map[string]any)["quality"] = []any{}
	for _, p := range properties {
		list = append(list, property(p))
	}
	for _, check := range checks {
		s := property(map[string]any{"name": "p", "quality": []any{check}})
		list = append(list, section{s.contract, check})
	}
	return list
}

func TestContractsAgainstTheStandard(t *testing.T) {
	o := newOracle(t)
	if full := decodeJSON(t, fullContract); !o.compare(t, full, "the full contract") {
		t.Fatal(o.schema.Validate(full))
	}
	all := sections(t)
	for _, seed := range o.serverSeeds(t) {
		server := seed.(map[string]any)["servers"]
		if keys := server.([]any)[0].(map[string]any); len(keys) > 15 && keys["type"] != "custom" {
			server = map[string]any{} // with the keys of all types it is wrong already, and stays so
		}
		all = append(all, section{seed, server})
	}
	count, invalid := 0, 0
	for _, s := range all {
		o.compare(t, s.contract, "unchanged")
		mutations(t, s.part, func(what string) {
			count++
			if !o.compare(t, s.contract, what) {
				invalid++
			}
		})
	}
	t.Logf("%d contracts, %d of them invalid", count, invalid)
	if count < 10_000 || invalid < 1000 || invalid > count-1000 {
		t.Errorf("the corpus is too thin: %d contracts, %d invalid", count, invalid)
	}
}

// TestPairsOfMutations changes two places at once, where conditions of the standard depend on each other.
func TestPairsOfMutations(t *testing.T) {
	o := newOracle(t)
	r := rand.New(rand.NewPCG(1, 2))
	keys := sortedKeys(addedKeys)
	for range 2000 {
		contract := decodeJSON(t, fullContract).(map[string]any)
		for range 2 {
			// Down a random path, to a property, a quality check or a relationship most of the time.
			at := any(contract)
			for depth := r.IntN(7); depth > 0; depth-- {
				switch v := at.(type) {
				case map[string]any:
					names := sortedKeys(v)
					if _, ok := v["schema"]; ok && r.IntN(3) > 0 {
						names = []string{"schema"}
					}
					if len(names) > 0 {
						at = v[names[r.IntN(len(names))]]
					}
				case []any:
					if len(v) > 0 {
						at = v[r.IntN(len(v))]
					}
				}
			}
			m, ok := at.(map[string]any)
			if !ok {
				continue
			}
			names := sortedKeys(m)
			switch key := keys[r.IntN(len(keys))]; {
			case r.IntN(2) == 0:
				m[key] = decodeJSON(t, addedKeys[key])
			case len(names) > 0 && r.IntN(2) == 0:
				delete(m, names[r.IntN(len(names))])
			case len(names) > 0:
				m[names[r.IntN(len(names))]] = decodeJSON(t, replacements[r.IntN(len(replacements))])
			}
		}
		o.compare(t, contract, "two changes")
	}
}

func TestExampleContract(t *testing.T) {
	content, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Skipf("the example %s cannot be read", exampleFile)
	}
	var faults Faults
	docs := parse("c.odcs.yaml", content, &faults)
	d := &decoder{file: "c.odcs.yaml", faults: &faults}
	(&shapeChecker{d}).check(contractForm, docs[0].root, "contract")
	d.lenient = true
	var c Contract
	d.decode(docs[0].root, &c, "contract")
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	p := c.Schema[0].Properties
	if len(p) != 3 || p[1].Name.Value != "email" || p[1].Classification.Value != "restricted" || p[0].PrimaryKeyPosition != 1 ||
		p[2].Relationships[0].To.Refs[0].Value != "countries.iso2" || c.Team.Members[0].Role != "owner" || c.Support[0].Channel != "#sales-data" {
		t.Errorf("%+v", c)
	}
	if ref, ok := CustomText(c.Servers[0].Custom, "credentialRef"); !ok || ref.Value != "sales-prod-reader" || ref.At.Line == 0 {
		t.Errorf("credentialRef is %+v", ref)
	}
}
