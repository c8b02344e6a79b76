package syscat

import (
	"slices"
	"strconv"
	"strings"

	"meshgate/pgcat"
	"meshgate/sqlerr"
)

// visibility maps the pg_…_is_visible functions to the kind of object they ask about.
var visibility = map[string]string{
	"table": "class", "type": "type", "function": "proc", "operator": "operator", "opclass": "other", "opfamily": "other", "collation": "other",
	"conversion": "other", "statistics_obj": "none", "ts_config": "other", "ts_dict": "other", "ts_parser": "other", "ts_template": "other",
}

// visible reports whether an object is found by its bare name: what is in pg_catalog is, what is in a domain only if search_path
// names it and no schema before it has the same name.
func (c *call) visible(kind string) (*string, error) {
	oid := c.oid(0)
	switch kind {
	case "class":
		return c.relationVisible(oid), nil
	case "type":
		if r := c.v.types[oid]; r != nil {
			return c.relationVisible(r.oid), nil
		}
		t := pgcat.TypeByOID(oid)
		if t == nil {
			return nil, nil
		}
		return boolean(t.Namespace == pgCatalogOID || slices.Contains(c.s.Path(), infoSchemaName)), nil
	case "proc":
		p := pgcat.ProcByOID(oid)
		if p == nil {
			return nil, nil
		}
		return boolean(p.Namespace == pgCatalogOID), nil
	case "none":
		return nil, nil
	}
	return boolean(true), nil
}

func (c *call) relationVisible(oid pgcat.OID) *string {
	r := c.v.byOID[oid]
	if r == nil {
		if s := systemByOID()[oid]; s != nil {
			return boolean(s.schema == pgCatalogName || slices.Contains(c.s.Path(), s.schema))
		}
		return nil
	}
	found := c.v.bare(r.name, c.s.Path())
	return boolean(found != nil && found.oid == oid)
}

// privilegeWords are what the has_…_privilege functions know of each kind of object.
var privilegeWords = map[string][]string{
	"table": {"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "RULE"}, "sequence": {"USAGE", "SELECT", "UPDATE"},
	"schema": {"CREATE", "USAGE"}, "database": {"CREATE", "CONNECT", "TEMPORARY", "TEMP"}, "function": {"EXECUTE"}, "language": {"USAGE"},
	"tablespace": {"CREATE"}, "parameter": {"SET", "ALTER SYSTEM"}, "type": {"USAGE"}, "server": {"USAGE"}, "foreign_data_wrapper": {"USAGE"},
}

// granted are the privileges that there can be: to read, to use, to connect and to run.
var granted = map[string]bool{"SELECT": true, "USAGE": true, "CONNECT": true, "EXECUTE": true}

// privilege answers has_…_privilege([user,] object, privileges): what one sees one may read, and nothing more. Of other users
// nothing is told.
func (c *call) privilege(kind string) (*string, error) {
	args := c.args
	signature := strings.Split(strings.TrimSuffix(c.key[strings.IndexByte(c.key, '(')+1:], ")"), ", ")
	objectArgs := 1
	if kind == "column" {
		objectArgs = 2
	}
	if len(args) == objectArgs+2 {
		user := *args[0]
		if signature[0] == "oid" && user == strconv.FormatUint(uint64(roleOID(c.v.who.User)), 10) {
			user = c.v.who.User
		}
		if user != c.v.who.User {
			return boolean(false), nil
		}
		args, signature = args[1:], signature[1:]
	}
	if exists, err := c.objectExists(kind, signature[0], *args[0]); err != nil || !exists {
		return nil, err
	}
	if kind == "column" && !c.columnExists(signature, args) {
		return nil, nil
	}
	if kind == "schema" && (*args[0] == toastSchemaName || numberOf(*args[0]) == builtinNamespaces[len(builtinNamespaces)-1].oid) {
		return boolean(false), nil
	}
	return c.anyPrivilege(kind, *args[len(args)-1])
}

func (c *call) anyPrivilege(kind, list string) (*string, error) {
	words := privilegeWords[kind]
	if kind == "any_column" || kind == "column" {
		words = []string{"SELECT", "INSERT", "UPDATE", "REFERENCES"}
	}
	for _, word := range strings.Split(list, ",") {
		word = strings.ToUpper(strings.TrimSpace(word))
		word, grantOption := strings.CutSuffix(word, " WITH GRANT OPTION")
		if !slices.Contains(words, word) {
			return nil, sqlerr.Newf(sqlerr.InvalidParameterValue, "unrecognized privilege type: %q", word)
		}
		if granted[word] && !grantOption {
			return boolean(true), nil
		}
	}
	return boolean(false), nil
}

// objectExists finds the object of a privilege: false for a number that means nothing, an error for such a name.
func (c *call) objectExists(kind, argType, object string) (bool, error) {
	if argType == "oid" {
		return c.known(kind, numberOf(object)), nil
	}
	var err error
	switch kind {
	case "table", "any_column", "column", "sequence":
		_, err = c.relationOID(object)
	case "schema":
		_, err = c.single(object, "schema", c.v.namespaceOID)
	case "database":
		if object != c.v.mesh {
			err = sqlerr.Newf(sqlerr.InvalidCatalogName, "database %q does not exist", object)
		}
	case "type":
		_, err = c.typeOID(object)
	case "function":
		_, err = procByName("regprocedure", object)
	}
	return err == nil, err
}

// known reports whether a number means something that the principal sees.
func (c *call) known(kind string, oid pgcat.OID) bool {
	switch kind {
	case "table", "any_column", "column", "sequence":
		return c.v.byOID[oid] != nil || systemByOID()[oid] != nil
	case "schema":
		_, ok := c.v.regName("regnamespace", oid, nil)
		return ok
	case "type":
		return c.v.types[oid] != nil || pgcat.TypeByOID(oid) != nil
	case "function":
		return pgcat.ProcByOID(oid) != nil
	case "database":
		return oid == DatabaseOID
	}
	return true
}

func (c *call) columnExists(signature []string, args []*string) bool {
	oid := numberOf(*args[0])
	if signature[0] != "oid" {
		oid, _ = c.relationOID(*args[0])
	}
	r := c.v.byOID[oid]
	if r == nil {
		r = systemByOID()[oid]
	}
	if r == nil {
		return false
	}
	if signature[1] == "text" {
		return r.column(*args[1]) != nil
	}
	n, err := strconv.Atoi(*args[1])
	return err == nil && r.byNumber(n) != nil
}
