package meshfile

import (
	"regexp"
	"strings"

	yaml "go.yaml.in/yaml/v4"
)

// The shapes below are the Open Data Contract Standard v3.1.0 (Bitol, LF AI & Data), as its JSON Schema defines it. What the
// schema says with format (uri, date, date-time) is a hint under draft 2019-09 and is not held against a file.

func num(f float64) *float64 { return &f }

func text() *shape                 { return &shape{kinds: aText} }
func oneOf(words ...string) *shape { return &shape{kinds: aText, enum: words} }
func listOf(item *shape) *shape    { return &shape{kinds: aList, items: item} }
func record(required []string, keys map[string]*shape) *shape {
	return &shape{kinds: aMap, keys: keys, required: required}
}

// joined returns the union of key tables; later ones win.
func joined(tables ...map[string]*shape) map[string]*shape {
	all := map[string]*shape{}
	for _, t := range tables {
		for k, v := range t {
			all[k] = v
		}
	}
	return all
}

var (
	stableID = &shape{
		kinds: aText, expected: "an id of letters, digits, _ and -",
		pattern: []*regexp.Regexp{regexp.MustCompile(`^[A-Za-z0-9_-]+$`)},
	}
	anyValue = &shape{kinds: anything, open: true}
	scalar   = &shape{kinds: anyScalar}
	boolean  = &shape{kinds: aBool}
	whole    = &shape{kinds: aWhole}
	numeric  = &shape{kinds: aNumber}
	tagList  = listOf(text())

	customProperties = listOf(record([]string{"property", "value"}, map[string]*shape{
		"id": stableID, "property": text(), "value": anyValue, "description": text(),
	}))
	definitions = listOf(record([]string{"url", "type"}, map[string]*shape{
		"id": stableID, "url": text(), "type": text(), "description": text(),
	}))
	approvalRole = record([]string{"role"}, map[string]*shape{
		"id": stableID, "role": text(), "description": text(), "access": text(),
		"firstLevelApprovers": text(), "secondLevelApprovers": text(), "customProperties": customProperties,
	})
	support = listOf(record([]string{"channel"}, map[string]*shape{
		"id": stableID, "channel": text(), "url": text(), "description": text(), "tool": text(), "scope": text(),
		"invitationUrl": text(), "customProperties": customProperties,
	}))
	price = record(nil, map[string]*shape{
		"id": stableID, "priceAmount": numeric, "priceCurrency": text(), "priceUnit": text(),
	})
	serviceLevel = record([]string{"property", "value"}, map[string]*shape{
		"id": stableID, "property": text(), "value": scalar, "valueExt": scalar, "unit": text(), "element": text(), "driver": text(),
		"description": text(), "scheduler": text(), "schedule": text(),
	})
	teamMember = record([]string{"username"}, map[string]*shape{
		"id": stableID, "username": text(), "name": text(), "description": text(), "role": text(), "dateIn": text(), "dateOut": text(),
		"replacedByUsername": text(), "tags": tagList, "customProperties": customProperties, "authoritativeDefinitions": definitions,
	})
	team = &shape{
		kinds: aMap | aList, expected: "a team with members, or a list of members", items: teamMember,
		keys: map[string]*shape{
			"id": stableID, "name": text(), "description": text(), "members": listOf(teamMember), "tags": tagList,
			"customProperties": customProperties, "authoritativeDefinitions": definitions,
		},
	}
)

// contractShape is a whole contract.
func contractShape() *shape {
	return record([]string{"version", "apiVersion", "kind", "id", "status"}, map[string]*shape{
		"version":    text(),
		"kind":       oneOf("DataContract"),
		"apiVersion": oneOf("v3.1.0", "v3.0.2", "v3.0.1", "v3.0.0", "v2.2.2", "v2.2.1", "v2.2.0"),
		"id":         text(), "name": text(), "tenant": text(), "tags": tagList, "status": text(),
		"servers":     listOf(serverShape()),
		"dataProduct": text(),
		"description": {kinds: aMap, open: true, keys: map[string]*shape{
			"usage": text(), "purpose": text(), "limitations": text(),
			"authoritativeDefinitions": definitions, "customProperties": customProperties,
		}},
		"domain":  text(),
		"schema":  listOf(objectShape()),
		"support": support, "price": price, "team": team, "roles": listOf(approvalRole),
		"slaDefaultElement": text(), "slaProperties": listOf(serviceLevel),
		"authoritativeDefinitions": definitions, "customProperties": customProperties,
		"contractCreatedTs": text(),
	})
}

// elementKeys are what objects and properties have in common.
func elementKeys() map[string]*shape {
	return map[string]*shape{
		"id": stableID, "name": text(), "physicalType": text(), "description": text(), "businessName": text(),
		"authoritativeDefinitions": definitions, "tags": tagList, "customProperties": customProperties,
	}
}

func objectShape() *shape {
	return record([]string{"name"}, joined(elementKeys(), map[string]*shape{
		"logicalType": oneOf("object"), "physicalName": text(), "dataGranularityDescription": text(),
		"properties": listOf(propertyShape()), "relationships": listOf(objectRelationship), "quality": listOf(qualityShape()),
	}))
}

var logicalTypes = []string{"string", "date", "timestamp", "time", "number", "integer", "object", "array", "boolean"}

// propertyShape is a column. Which options a logicalType takes, and whether it nests, depends on the type; without a type the
// standard's schema applies the conditions of all types at once, which leaves no option but lets both kinds of nesting in.
func propertyShape() *shape {
	p := record([]string{"name"}, joined(elementKeys(), map[string]*shape{
		"primaryKey": boolean, "primaryKeyPosition": whole, "logicalType": oneOf(logicalTypes...), "physicalName": text(),
		"required": boolean, "unique": boolean, "partitioned": boolean, "partitionKeyPosition": whole, "classification": text(),
		"encryptedName": text(), "transformSourceObjects": listOf(text()), "transformLogic": text(), "transformDescription": text(),
		"examples": listOf(anyValue), "criticalDataElement": boolean,
		"relationships": listOf(propertyRelationship), "quality": listOf(qualityShape()),
	}))
	item := *p
	item.required = nil
	nested := record(nil, map[string]*shape{"properties": listOf(p)})
	items := record(nil, map[string]*shape{"items": &item})
	options := map[string]*shape{"": record(nil, map[string]*shape{"logicalTypeOptions": {
		kinds: aMap, keys: map[string]*shape{}, expected: "no options, as there is no logicalType",
	}})}
	for _, t := range logicalTypes {
		options[t] = record(nil, map[string]*shape{"logicalTypeOptions": optionsOf(t)})
	}
	p.more = func(n *yaml.Node) []*shape {
		logical := child(n, "logicalType")
		switch {
		case logical == nil:
			return []*shape{options[""], nested, items}
		case !isText(logical, logicalTypes...):
			return []*shape{{keys: map[string]*shape{"logicalTypeOptions": anyValue, "properties": anyValue, "items": anyValue}}}
		case logical.Value == "object":
			return []*shape{options["object"], nested}
		case logical.Value == "array":
			return []*shape{options["array"], items}
		}
		return []*shape{options[logical.Value]}
	}
	item.more = p.more
	return p
}

// optionsOf returns what logicalTypeOptions may hold.
func optionsOf(logicalType string) *shape {
	count := &shape{kinds: aWhole, least: num(0)}
	times := map[string]*shape{
		"format": text(), "exclusiveMaximum": text(), "maximum": text(), "exclusiveMinimum": text(), "minimum": text(),
	}
	numbers := map[string]*shape{
		"multipleOf": {kinds: aNumber, above: num(0)}, "maximum": numeric, "exclusiveMaximum": numeric, "minimum": numeric,
		"exclusiveMinimum": numeric,
	}
	switch logicalType {
	case "string":
		return record(nil, map[string]*shape{"minLength": count, "maxLength": count, "pattern": text(), "format": text()})
	case "date":
		return record(nil, times)
	case "timestamp", "time":
		return record(nil, joined(times, map[string]*shape{"timezone": boolean, "defaultTimezone": text()}))
	case "integer":
		return record(nil, joined(numbers, map[string]*shape{
			"format": oneOf("i8", "i16", "i32", "i64", "i128", "u8", "u16", "u32", "u64", "u128"),
		}))
	case "number":
		return record(nil, joined(numbers, map[string]*shape{"format": oneOf("f32", "f64")}))
	case "object":
		return record(nil, map[string]*shape{
			"maxProperties": count, "minProperties": count,
			"required": {kinds: aList, items: text(), minItems: 1, unique: true},
		})
	case "array":
		return record(nil, map[string]*shape{"maxItems": count, "minItems": count, "uniqueItems": boolean})
	}
	// Booleans have no condition in the standard's schema, so any options are valid.
	return &shape{kinds: aMap, open: true}
}

var (
	reference = &shape{
		kinds: aText, expected: "a reference such as table.column or /schema/id/properties/id",
		pattern: []*regexp.Regexp{
			regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*$`),
			regexp.MustCompile(`^(?:(?:https?://)?[A-Za-z0-9._\-/]+\.yaml#)?/?[A-Za-z_][A-Za-z0-9_]*/[A-Za-z0-9_-]+` +
				`(?:/[A-Za-z_][A-Za-z0-9_]*/[A-Za-z0-9_-]+)*$`),
		},
	}
	references = &shape{
		kinds: aText | aList, expected: reference.expected + ", or a list of them", pattern: reference.pattern,
		items: reference, minItems: 1,
	}
	propertyRelationship = record([]string{"to"}, map[string]*shape{
		"type": oneOf("foreignKey"), "to": references, "customProperties": customProperties,
	})
	objectRelationship = &shape{
		kinds: aMap, required: []string{"from", "to"},
		keys: joined(propertyRelationship.keys, map[string]*shape{"from": references}),
		also: func(c *shapeChecker, n *yaml.Node, name string) {
			from, to := child(n, "from"), child(n, "to")
			if from != nil && to != nil && from.Kind != to.Kind {
				c.fault(n, "%s: expected from and to both as one reference or both as lists", name)
			}
		},
	}
)

var operators = map[string]*shape{
	"mustBe": anyValue, "mustNotBe": anyValue, "mustBeGreaterThan": numeric, "mustBeGreaterOrEqualTo": numeric,
	"mustBeLessThan": numeric, "mustBeLessOrEqualTo": numeric, "mustBeBetween": numberPair, "mustNotBeBetween": numberPair,
}

var numberPair = &shape{kinds: aList, items: numeric, minItems: 2, maxItems: 2, unique: true, expected: "a list of two numbers"}

// qualityShape is a quality check, whose keys depend on its type; a metric makes it one of the library, whatever its type says.
func qualityShape() *shape {
	q := record(nil, map[string]*shape{
		"id": stableID, "authoritativeDefinitions": definitions, "businessImpact": text(), "customProperties": customProperties,
		"description": text(), "method": text(), "name": text(), "schedule": text(), "scheduler": text(), "severity": text(),
		"tags": tagList, "unit": text(), "type": oneOf("text", "library", "sql", "custom"),
		"dimension": oneOf("accuracy", "completeness", "conformity", "consistency", "coverage", "timeliness", "uniqueness"),
	})
	library := record([]string{"metric"}, joined(operators, map[string]*shape{
		"metric": oneOf("nullValues", "missingValues", "invalidValues", "duplicateValues", "rowCount"),
		"rule":   text(), "arguments": {kinds: aMap, open: true},
	}))
	sql := record([]string{"query"}, joined(operators, map[string]*shape{"query": text()}))
	custom := record([]string{"engine", "implementation"}, map[string]*shape{
		"engine": text(), "implementation": {kinds: aText | aMap, open: true},
	})
	library.also, sql.also = oneOperator, oneOperator
	q.more = func(n *yaml.Node) []*shape {
		var more []*shape
		if isText(child(n, "type"), "library") || isText(child(n, "metric")) {
			more = append(more, library)
		}
		if isText(child(n, "type"), "sql") {
			more = append(more, sql)
		}
		if isText(child(n, "type"), "custom") {
			more = append(more, custom)
		}
		return more
	}
	return q
}

func oneOperator(c *shapeChecker, n *yaml.Node, name string) {
	given := 0
	for i := 0; i+1 < len(n.Content); i += 2 {
		if _, ok := operators[n.Content[i].Value]; ok {
			given++
		}
	}
	if given != 1 {
		c.fault(n, "%s: expected exactly one of %s, got %d of them", name, orList(sortedKeys(operators)), given)
	}
}

// serverTypes are the keys that each type of server takes beside the common ones; a leading ! marks a required one and # a number.
var serverTypes = map[string][]string{
	"api": {"!location"}, "athena": {"!stagingDir", "!schema", "catalog", "regionName"},
	"azure": {"!location", "!format", "delimiter"}, "bigquery": {"!project", "!dataset"},
	"clickhouse": {"!host", "!#port", "!database"}, "databricks": {"host", "!catalog", "!schema"},
	"denodo": {"!host", "!#port", "database"}, "dremio": {"!host", "!#port", "schema"}, "duckdb": {"!database", "schema"},
	"glue": {"!account", "!database", "location", "format"}, "cloudsql": {"!host", "!#port", "!database", "!schema"},
	"db2": {"!host", "!#port", "!database", "schema"}, "hive": {"!host", "#port", "!database"},
	"impala": {"!host", "#port", "!database"}, "informix": {"!host", "#port", "!database"}, "zen": {"!host", "#port", "!database"},
	"kafka": {"!host", "format"}, "kinesis": {"region", "format"}, "local": {"!path", "!format"},
	"mysql": {"!host", "!#port", "!database"}, "oracle": {"!host", "!#port", "!serviceName"},
	"postgresql": {"!host", "!#port", "!database", "!schema"}, "postgres": {"!host", "!#port", "!database", "!schema"},
	"presto": {"!host", "catalog", "schema"}, "pubsub": {"!project"},
	"redshift": {"host", "!database", "!schema", "region", "account"}, "s3": {"!location", "endpointUrl", "format", "delimiter"},
	"sftp":      {"!location", "format", "delimiter"},
	"snowflake": {"host", "#port", "!account", "!database", "!schema", "warehouse"},
	"sqlserver": {"!host", "#port", "!database", "!schema"}, "synapse": {"!host", "!#port", "!database"},
	"trino": {"!host", "!#port", "!catalog", "!schema"}, "vertica": {"!host", "!#port", "!database", "!schema"},
	"custom": {
		"account", "catalog", "database", "dataset", "delimiter", "endpointUrl", "format", "host", "location", "path", "#port",
		"project", "region", "regionName", "schema", "serviceName", "stagingDir", "warehouse", "stream",
	},
}

func serverShape() *shape {
	types := sortedKeys(serverTypes)
	s := record([]string{"server", "type"}, map[string]*shape{
		"id": stableID, "server": text(), "type": oneOf(types...), "description": text(), "environment": text(),
		"roles": listOf(approvalRole), "customProperties": customProperties,
	})
	byType := map[string][]*shape{}
	everything := map[string]*shape{}
	for _, t := range types {
		inner := record(nil, map[string]*shape{})
		for _, spec := range serverTypes[t] {
			key := strings.TrimLeft(spec, "!#")
			marks := strings.TrimSuffix(spec, key)
			value := text()
			if strings.Contains(marks, "#") {
				value = whole
			}
			if strings.Contains(marks, "!") {
				inner.required = append(inner.required, key)
			}
			if t == "sftp" && key == "location" {
				value = &shape{kinds: aText, expected: "an address that begins with sftp://", pattern: sftpLocation}
			}
			inner.keys[key] = value
			everything[key] = anyValue
		}
		byType[t] = []*shape{inner}
	}
	// A server of an unknown type has that fault; its other keys are not called unknown as well.
	unknown := []*shape{{keys: everything}}
	s.more = func(n *yaml.Node) []*shape {
		if t := child(n, "type"); isText(t, types...) {
			return byType[t.Value]
		}
		return unknown
	}
	return s
}

var sftpLocation = []*regexp.Regexp{regexp.MustCompile(`^sftp://.*`)}
