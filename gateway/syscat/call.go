package syscat

import (
	"cmp"
	"context"
	"maps"
	"math"
	"strconv"
	"strings"
	"time"

	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

// call is one use of a function of the system catalogs. Arguments and result travel as text; nil is NULL.
type call struct {
	ctx   context.Context
	v     *View
	s     Session
	key   string   // "format_type(oid, int4)"
	types []string // of the arguments
	args  []*string
}

// Call answers a function of the system catalogs by the key of its operation (PostgreSQL 15, section 9.26): one text, or the elements
// of a list, which is nil for NULL. A key that ends in .2 asks for the second column of rows.
func (v *View) Call(ctx context.Context, s Session, key string, args []*string) ([]*string, error) {
	c := &call{ctx: ctx, v: v, s: s, key: key, args: args}
	name, rest, _ := strings.Cut(key, "(")
	types, column, _ := strings.Cut(rest, ")")
	if types != "" {
		c.types = strings.Split(types, ", ")
	}
	if do, ok := listCalls[name]; ok {
		if c.anyNull() {
			return nil, nil
		}
		return do(c)
	}
	if do, ok := rowCalls[name]; ok {
		return c.column(do, strings.TrimPrefix(column, "."))
	}
	one, err := c.one(name)
	return []*string{one}, err
}

// column takes one column of the rows that a function returns.
func (c *call) column(do func(*call) ([][]*string, error), number string) ([]*string, error) {
	out := []*string{}
	if c.anyNull() {
		return out, nil
	}
	rows, err := do(c)
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(cmp.Or(number, "1"))
	if err != nil {
		return nil, sqlerr.Wrap(err, sqlerr.InternalError, "column of %s", c.key)
	}
	for _, r := range rows {
		out = append(out, r[n-1])
	}
	return out, nil
}

func (c *call) one(name string) (*string, error) {
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
		return c.strict(func() (*string, error) { return text(c.v.RegName(reg, numberOf(c.arg(0)), c.s.Path())), nil })
	}
	if do, ok := callsOnNull[name]; ok {
		return do(c)
	}
	if do, ok := calls[name]; ok {
		return c.strict(func() (*string, error) { return do(c) })
	}
	return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "function %s is not supported", c.key)
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

// callsOnNull are functions that are not strict, calls the strict ones, listCalls those that answer with an array or a set of one
// column, and rowCalls those whose rows have several.
var (
	callsOnNull, calls map[string]answer
	listCalls          map[string]func(*call) ([]*string, error)
	rowCalls           map[string]func(*call) ([][]*string, error)
)

func init() {
	callsOnNull = map[string]answer{
		"format_type": formatType, "set_config": setConfig, "pg_get_function_arg_default": strictly(argumentDefault),
		"pg_last_xact_replay_timestamp": nothing, "inet_server_port": nothing,
	}
	calls = map[string]answer{
		"obj_description": objDescription, "shobj_description": sharedDescription, "col_description": colDescription, "oidvectortypes": vectorTypes,
		"pg_describe_object": describeObject, "pg_client_encoding": clientEncoding, "getdatabaseencoding": constantCall("UTF8"),
		"pg_size_bytes": sizeBytes, "current_setting": currentSetting, "pg_get_userbyid": userByID,
		"pg_encoding_to_char": encodingName, "pg_char_to_encoding": encodingNumber, "pg_encoding_max_length": encodingLength,
		"pg_has_role": hasRole, "get_current_ts_config": textSearchConfig,
		"aclcontains": aclContains, "aclitemeq": aclEqual, "makeaclitem": makeACLItem, "aclinsert": aclGone("aclinsert"), "aclremove": aclGone("aclremove"),
		"pg_sleep": sleep, "pg_sleep_for": sleepFor, "pg_sleep_until": sleepUntil, "pg_partition_root": nothing,
		"pg_indexam_has_property": accessMethodProperty, "_pg_index_position": indexPosition,
		"nextval": noSequence, "currval": noSequence, "setval": noSequence, "lastval": lastValue, "age": transactionAge, "mxid_age": constantCall("0"),
		"pg_current_snapshot": currentSnapshot, "txid_current_snapshot": currentSnapshot,
		"pg_is_wal_replay_paused": notInRecovery, "pg_get_wal_replay_pause_state": notInRecovery,
	}
	listCalls = map[string]func(*call) ([]*string, error){
		"current_schemas": currentSchemas, "parse_ident": parseIdent, "acldefault": aclDefault, "pg_partition_ancestors": noList,
		"pg_blocking_pids": blockingPIDs, "pg_listening_channels": listening, "pg_safe_snapshot_blocking_pids": noList, "pg_tablespace_databases": tablespaceDatabases,
		"pg_get_statisticsobjdef_expressions": func(*call) ([]*string, error) { return nil, nil },
	}
	rowCalls = map[string]func(*call) ([][]*string, error){
		"aclexplode": aclExplode, "pg_options_to_table": optionRows, "ts_token_type": tokenTypes, "pg_partition_tree": noRows,
		"pg_get_publication_tables": publicationTables,
		"pg_identify_object":        identifyObject,
	}
	for _, answers := range []map[string]answer{definitionCalls(), statisticCalls(), informationCalls(), sessionCalls()} {
		maps.Copy(calls, answers)
	}
	for _, reg := range []string{"class", "type", "proc", "procedure", "namespace", "role", "oper", "operator", "collation"} {
		calls["to_reg"+reg] = func(c *call) (*string, error) { return c.toReg("reg" + reg) }
	}
	for name, reg := range visibility {
		calls["pg_"+name+"_is_visible"] = func(c *call) (*string, error) { return c.visible(reg) }
	}
}

// strictly is for functions that are strict and are asked with fewer arguments.
func strictly(do answer) answer {
	return func(c *call) (*string, error) { return c.strict(func() (*string, error) { return do(c) }) }
}

// nothing is the answer about objects that a gateway has none of.
func nothing(*call) (*string, error) { return nil, nil }

func noList(*call) ([]*string, error) { return []*string{}, nil }

func noRows(*call) ([][]*string, error) { return nil, nil }

func constantCall(s string) answer { return func(*call) (*string, error) { return &s, nil } }

func clientEncoding(c *call) (*string, error) {
	name, _ := c.s.Setting("client_encoding")
	return &name, nil
}

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
	if r := v.byOID[object]; r != nil && (class == 0 || class == pgClassOID) {
		if a := r.byNumber(sub); a != nil {
			return orMissing(a.description)
		}
		if sub == 0 {
			return orMissing(r.description)
		}
		return nil
	}
	for _, n := range v.schema {
		if n.oid == object && sub == 0 && (class == 0 || class == pgNamespaceOID) {
			return orMissing(n.description)
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

// hasRole answers pg_has_role([user,] role, privilege): one is a member of oneself only.
func hasRole(c *call) (*string, error) {
	who, at := c.v.who.User, 0
	if len(c.args) == 3 {
		name, err := c.roleName(0)
		if err != nil {
			return nil, err
		}
		who, at = name, 1
	}
	role, err := c.roleName(at)
	return boolean(who == role), err
}

// roleName reads an argument that names a role or is its number.
func (c *call) roleName(i int) (string, error) {
	for _, r := range c.v.allRoles() {
		if c.types[i] == "oid" && r.oid == c.oid(i) || c.types[i] != "oid" && r.name == c.arg(i) {
			return r.name, nil
		}
	}
	if c.types[i] == "oid" {
		return "", sqlerr.Newf(sqlerr.UndefinedObject, "role with OID %s does not exist", c.arg(i))
	}
	return "", sqlerr.Newf(sqlerr.UndefinedObject, "role %q does not exist", c.arg(i))
}

func currentSchemas(c *call) ([]*string, error) {
	out := []*string{}
	if c.arg(0) == "true" {
		out = append(out, text(pgCatalogName))
	}
	for _, name := range c.s.Path() {
		if c.v.HasSchema(name) {
			out = append(out, &name)
		}
	}
	return out, nil
}

// HasSchema reports whether the principal sees a schema of that name.
func (v *View) HasSchema(name string) bool {
	_, ok := v.namespaceOID(name)
	return ok
}

// namespaceOID finds a schema that the principal sees.
func (v *View) namespaceOID(name string) (pgcat.OID, bool) {
	for _, n := range builtinNamespaces {
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

func parseIdent(c *call) ([]*string, error) {
	parts, ok := SplitName(c.arg(0))
	if !ok {
		return nil, sqlerr.Newf(sqlerr.InvalidParameterValue, "string is not a valid identifier: %q", c.arg(0))
	}
	out := make([]*string, len(parts))
	for i := range parts {
		out[i] = &parts[i]
	}
	return out, nil
}

// sleep answers pg_sleep(seconds).
func sleep(c *call) (*string, error) {
	seconds, err := strconv.ParseFloat(c.arg(0), 64)
	if err != nil {
		return nil, sqlerr.Newf(sqlerr.InvalidTextRepresentation, "invalid input syntax for type double precision: %q", c.arg(0))
	}
	return c.wait(min(seconds, float64(maxSleep/time.Second)) * float64(time.Second))
}

// maxSleep bounds a wait; statement_timeout ends it much earlier.
const maxSleep = 100 * 365 * 24 * time.Hour

func (c *call) wait(nanoseconds float64) (*string, error) {
	if !(nanoseconds > 0) {
		return text(""), nil
	}
	timer := time.NewTimer(time.Duration(nanoseconds))
	defer timer.Stop()
	select {
	case <-timer.C:
		return text(""), nil
	case <-c.ctx.Done():
		return nil, context.Cause(c.ctx)
	}
}

func sleepFor(c *call) (*string, error) {
	v, err := pgvalue.Parse(pgcat.Interval, -1, c.arg(0), pgvalue.DefaultFormat())
	if err != nil {
		return nil, err
	}
	i := v.(pgvalue.Interval)
	const day = 24 * time.Hour
	return c.wait(float64(i.Micros)*1e3 + float64(i.Days)*float64(day) + float64(i.Months)*30*float64(day))
}

func sleepUntil(c *call) (*string, error) {
	v, err := pgvalue.Parse(pgcat.TimestampTZ, -1, c.arg(0), pgvalue.DefaultFormat())
	if err != nil {
		return nil, err
	}
	return c.wait(float64(time.Until(time.UnixMicro(int64(v.(pgvalue.Timestamp))))))
}

// noSequence refuses to step a sequence: what is named is none.
func noSequence(c *call) (*string, error) {
	return nil, sqlerr.Newf(sqlerr.WrongObjectType, "%q is not a sequence", c.v.RegName("regclass", c.oid(0), c.s.Path()))
}

func lastValue(*call) (*string, error) {
	return nil, sqlerr.Newf(sqlerr.ObjectNotInPrerequisiteState, "lastval is not yet defined in this session")
}

// transactionAge counts the transactions since one; those that PostgreSQL starts with are older than all (xid.c).
func transactionAge(c *call) (*string, error) {
	const firstNormal = 3
	n := int64(c.oid(0))
	if n < firstNormal {
		return text(strconv.Itoa(math.MaxInt32)), nil
	}
	return text(strconv.FormatInt(int64(int32(uint32(c.s.NextTransaction())-uint32(n))), 10)), nil
}

// currentSnapshot sees all transactions that have begun: none writes.
func currentSnapshot(c *call) (*string, error) {
	n := strconv.FormatInt(c.s.NextTransaction(), 10)
	return text(n + ":" + n + ":"), nil
}

func notInRecovery(*call) (*string, error) {
	return nil, sqlerr.Newf(sqlerr.ObjectNotInPrerequisiteState, "recovery is not in progress").
		WithHint("Recovery control functions can only be executed during recovery.")
}
