package syscat

import (
	"strconv"
	"strings"

	"meshgate/pgcat"
	"meshgate/sqlerr"
)

// call is one use of a function of the system catalogs. Arguments and result travel as text; nil is NULL.
type call struct {
	v    *View
	s    Session
	key  string // "format_type(oid, int4)"
	args []*string
}

// Call answers a function of the system catalogs by the key of its operation (PostgreSQL 15, section 9.26).
func (v *View) Call(s Session, key string, args []*string) (*string, error) {
	c := &call{v: v, s: s, key: key, args: args}
	name, _, _ := strings.Cut(key, "(")
	if kind, ok := strings.CutSuffix(strings.TrimPrefix(name, "has_"), "_privilege"); ok && strings.HasPrefix(name, "has_") {
		if c.anyNull() {
			return nil, nil
		}
		return c.privilege(kind)
	}
	if reg, ok := strings.CutSuffix(name, "in"); ok && strings.HasPrefix(reg, "reg") {
		return c.strict(func() (*string, error) { return c.regIn(reg) })
	}
	if reg, ok := strings.CutSuffix(name, "out"); ok && strings.HasPrefix(reg, "reg") {
		return c.strict(func() (*string, error) { return text(v.RegName(reg, numberOf(c.arg(0)), s.Path())), nil })
	}
	if do, ok := callsOnNull[name]; ok {
		return do(c)
	}
	if do, ok := calls[name]; ok {
		return c.strict(func() (*string, error) { return do(c) })
	}
	return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "function %s is not supported", key)
}

func (c *call) strict(do func() (*string, error)) (*string, error) {
	if c.anyNull() {
		return nil, nil
	}
	return do()
}

func (c *call) anyNull() bool {
	for _, a := range c.args {
		if a == nil {
			return true
		}
	}
	return false
}

func (c *call) arg(i int) string { return *c.args[i] }

func (c *call) oid(i int) pgcat.OID { return numberOf(c.arg(i)) }

func text(s string) *string { return &s }

func boolean(b bool) *string { return text(strconv.FormatBool(b)) }

func digits(n int) string { return strconv.Itoa(n) }

// numberOf reads an OID; what is none is 0.
func numberOf(s string) pgcat.OID {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return 0
	}
	return pgcat.OID(n)
}

type answer = func(*call) (*string, error)

// callsOnNull are functions that are not strict.
var callsOnNull map[string]answer

// calls are the strict functions by name.
var calls map[string]answer

func init() {
	callsOnNull = map[string]answer{"format_type": formatType, "set_config": setConfig}
	calls = map[string]answer{
		"obj_description": objDescription, "shobj_description": nothing, "col_description": colDescription,
		"pg_get_expr": nothing, "pg_get_constraintdef": constraintText, "pg_get_indexdef": indexText, "pg_get_viewdef": viewText,
		"pg_get_ruledef": nothing, "pg_get_triggerdef": nothing, "pg_get_functiondef": nothing, "pg_get_function_sqlbody": nothing,
		"pg_get_function_result": functionResult, "pg_get_function_arguments": functionArguments, "pg_get_function_identity_arguments": functionArguments,
		"pg_get_partkeydef": nothing, "pg_get_partition_constraintdef": nothing, "pg_get_statisticsobjdef": nothing,
		"pg_get_statisticsobjdef_columns": nothing, "pg_get_serial_sequence": nothing, "pg_tablespace_location": constantCall(""),
		"pg_describe_object": describeObject, "pg_client_encoding": constantCall("UTF8"), "getdatabaseencoding": constantCall("UTF8"),
		"pg_size_pretty": sizePretty, "current_setting": currentSetting, "pg_get_userbyid": userByID,
		"pg_encoding_to_char": encodingName, "pg_char_to_encoding": encodingNumber, "pg_encoding_max_length": encodingLength,
		"inet_server_port": nothing, "pg_relation_size": constantCall("0"), "pg_table_size": constantCall("0"), "pg_total_relation_size": constantCall("0"),
		"pg_indexes_size": constantCall("0"), "pg_database_size": constantCall("0"), "pg_tablespace_size": constantCall("0"),
		"pg_sequence_last_value": nothing, "pg_try_advisory_lock": constantCall("true"), "pg_advisory_unlock": constantCall("true"),
		"pg_advisory_unlock_all": constantCall(""), "pg_stat_get_numscans": constantCall("0"), "pg_stat_get_backend_pid": nothing,
		"pg_cancel_backend": signal, "pg_terminate_backend": signal, "pg_relation_is_publishable": constantCall("false"), "pg_column_is_updatable": constantCall("false"), "pg_relation_is_updatable": constantCall("0"),
		"pg_is_other_temp_schema": constantCall("false"), "row_security_active": constantCall("false"), "pg_has_role": hasRole,
		"current_schemas": currentSchemas, "parse_ident": parseIdent,
	}
	for _, reg := range []string{"class", "type", "proc", "procedure", "namespace", "role", "oper"} {
		calls["to_reg"+reg] = func(c *call) (*string, error) { return c.toReg("reg" + reg) }
	}
	for name, reg := range visibility {
		calls["pg_"+name+"_is_visible"] = func(c *call) (*string, error) { return c.visible(reg) }
	}
}

// nothing is the answer about objects that a gateway has none of.
func nothing(*call) (*string, error) { return nil, nil }

func constantCall(s string) answer { return func(*call) (*string, error) { return &s, nil } }

func formatType(c *call) (*string, error) {
	if c.args[0] == nil {
		return nil, nil
	}
	mod := int32(-1)
	if c.args[1] != nil {
		n, err := strconv.ParseInt(c.arg(1), 10, 32)
		if err != nil {
			return nil, sqlerr.Newf(sqlerr.InvalidTextRepresentation, "invalid type modifier")
		}
		mod = int32(n)
	}
	return text(c.v.typeName(c.oid(0), mod)), nil
}

// typeName knows the row types of products, too.
func (v *View) typeName(oid pgcat.OID, mod int32) string {
	r, ok := v.types[oid]
	if !ok {
		return pgcat.FormatType(oid, mod)
	}
	name := pgcat.QuoteIdent(r.schema) + "." + pgcat.QuoteIdent(r.name)
	if oid == r.arrayType {
		name += "[]"
	}
	return name
}

func objDescription(c *call) (*string, error) {
	class := pgcat.OID(0)
	if len(c.args) == 2 {
		r, ok := relations()[pgCatalogName+"."+c.arg(1)]
		if !ok {
			return nil, nil
		}
		class = r.OID
	}
	return c.v.describe(c.oid(0), class, 0), nil
}

func colDescription(c *call) (*string, error) {
	n, err := strconv.Atoi(c.arg(1))
	if err != nil {
		return nil, nil
	}
	return c.v.describe(c.oid(0), pgClassOID, n), nil
}

// describe finds a comment; class 0 = of any kind of object.
func (v *View) describe(object, class pgcat.OID, sub int) *string {
	for _, d := range v.descriptions() {
		if d.object == object && d.sub == sub && (class == 0 || d.class == class) {
			return text(d.text)
		}
	}
	if d, ok := builtinDescriptions()[descriptionKey{object, class, sub}]; ok {
		return &d
	}
	return nil
}

func userByID(c *call) (*string, error) {
	for _, r := range c.v.allRoles() {
		if r.oid == c.oid(0) {
			return text(r.name), nil
		}
	}
	return text("unknown (OID=" + c.arg(0) + ")"), nil
}

func currentSetting(c *call) (*string, error) {
	if v, ok := c.s.Setting(c.arg(0)); ok {
		return &v, nil
	}
	if len(c.args) == 2 && c.arg(1) == "true" {
		return nil, nil
	}
	return nil, sqlerr.Newf(sqlerr.UndefinedObject, "unrecognized configuration parameter %q", c.arg(0))
}

func setConfig(c *call) (*string, error) {
	if c.args[0] == nil {
		return nil, sqlerr.Newf(sqlerr.NullValueNotAllowed, "SET requires parameter name")
	}
	value := ""
	if c.args[1] != nil {
		value = c.arg(1)
	}
	v, err := c.s.SetConfig(c.arg(0), value, c.args[2] != nil && c.arg(2) == "true")
	if err != nil {
		return nil, err
	}
	return &v, nil
}

func sizePretty(c *call) (*string, error) {
	n, err := strconv.ParseInt(c.arg(0), 10, 64)
	if err != nil {
		return nil, sqlerr.Newf(sqlerr.InvalidTextRepresentation, "invalid size")
	}
	units := []string{"bytes", "kB", "MB", "GB", "TB", "PB"}
	// As in PostgreSQL (dbsize.c): below ten thousand the unit is kept; halves round away from zero.
	i := 0
	for ; abs(n) >= 10*1024 && i+1 < len(units); i++ {
		if i == 0 {
			n /= 512
		} else {
			n /= 1024
		}
		if abs(n) < 20*1024-1 || i+2 >= len(units) {
			i++
			n = (n + sign(n)) / 2
			break
		}
	}
	return text(strconv.FormatInt(n, 10) + " " + units[i]), nil
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}

func sign(n int64) int64 {
	if n < 0 {
		return -1
	}
	return 1
}

// signal refuses: one session may not end another's work.
func signal(*call) (*string, error) {
	return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "other sessions cannot be signalled by SQL").WithHint("Use the client's own cancel request.")
}

func hasRole(c *call) (*string, error) {
	who, role := c.v.who.User, ""
	switch len(c.args) {
	case 2:
		role = c.arg(0)
	default:
		who, role = c.arg(0), c.arg(1)
	}
	for _, r := range c.v.allRoles() {
		if role == strconv.FormatUint(uint64(r.oid), 10) {
			role = r.name
		}
	}
	return boolean(who == role), nil
}

func currentSchemas(c *call) (*string, error) {
	var out []string
	if c.arg(0) == "true" {
		out = append(out, pgCatalogName)
	}
	for _, name := range c.s.Path() {
		if c.v.HasSchema(name) {
			out = append(out, name)
		}
	}
	return text(strings.Join(out, separator)), nil
}

// separator keeps the parts of a list apart on the way to the engine.
const separator = "\x1f"

// HasSchema reports whether the principal sees a schema of that name.
func (v *View) HasSchema(name string) bool {
	_, ok := v.namespaceOID(name)
	return ok
}

// namespaceOID finds a schema that the principal sees.
func (v *View) namespaceOID(name string) (pgcat.OID, bool) {
	for _, n := range systemNamespaces {
		if n.name == name {
			return n.oid, true
		}
	}
	for _, n := range v.schema {
		if n.name == name {
			return n.oid, true
		}
	}
	return 0, false
}

func parseIdent(c *call) (*string, error) {
	parts, ok := SplitName(c.arg(0))
	if !ok {
		return nil, sqlerr.Newf(sqlerr.InvalidParameterValue, "string is not a valid identifier: %q", c.arg(0))
	}
	return text(strings.Join(parts, separator)), nil
}
