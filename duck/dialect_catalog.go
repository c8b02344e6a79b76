package duck

import (
	"strings"

	"meshgate/connectors"
)

// sessionFunctions are functions of the system catalogs with their results: the session answers them.
const sessionFunctions = `
bool pg_table_is_visible(oid)
bool pg_type_is_visible(oid)
bool pg_function_is_visible(oid)
bool pg_operator_is_visible(oid)
bool pg_opclass_is_visible(oid)
bool pg_opfamily_is_visible(oid)
bool pg_collation_is_visible(oid)
bool pg_conversion_is_visible(oid)
bool pg_statistics_obj_is_visible(oid)
bool pg_ts_config_is_visible(oid)
bool pg_ts_dict_is_visible(oid)
bool pg_ts_parser_is_visible(oid)
bool pg_ts_template_is_visible(oid)
bool pg_is_other_temp_schema(oid)
bool pg_relation_is_publishable(regclass)
bool pg_column_is_updatable(regclass, int2, bool)
int4 pg_relation_is_updatable(regclass, bool)
bool pg_has_role(oid, text)
bool pg_has_role(name, oid, text)
bool pg_has_role(name, name, text)
bool pg_has_role(name, text)
bool row_security_active(oid)
bool row_security_active(text)
text format_type(oid, int4)
text obj_description(oid, name)
text obj_description(oid)
text shobj_description(oid, name)
text col_description(oid, int4)
text pg_get_expr(pg_node_tree, oid)
text pg_get_expr(pg_node_tree, oid, bool)
text pg_get_constraintdef(oid)
text pg_get_constraintdef(oid, bool)
text pg_get_indexdef(oid)
text pg_get_indexdef(oid, int4, bool)
text pg_get_viewdef(oid)
text pg_get_viewdef(oid, bool)
text pg_get_viewdef(text)
text pg_get_ruledef(oid)
text pg_get_ruledef(oid, bool)
text pg_get_triggerdef(oid)
text pg_get_triggerdef(oid, bool)
text pg_get_functiondef(oid)
text pg_get_function_result(oid)
text pg_get_function_arguments(oid)
text pg_get_function_identity_arguments(oid)
text pg_get_function_sqlbody(oid)
text pg_get_partkeydef(oid)
text pg_get_partition_constraintdef(oid)
text pg_get_statisticsobjdef(oid)
text pg_get_statisticsobjdef_columns(oid)
text pg_get_serial_sequence(text, text)
text pg_tablespace_location(oid)
text pg_size_pretty(int8)
text current_setting(text)
text current_setting(text, bool)
text set_config(text, text, bool)
text pg_describe_object(oid, oid, int4)
text pg_client_encoding()
text getdatabaseencoding()
name pg_get_userbyid(oid)
name pg_encoding_to_char(int4)
int4 pg_char_to_encoding(name)
int4 pg_encoding_max_length(int4)
int4 inet_server_port()
int8 pg_relation_size(regclass)
int8 pg_relation_size(regclass, text)
int8 pg_table_size(regclass)
int8 pg_total_relation_size(regclass)
int8 pg_indexes_size(regclass)
int8 pg_database_size(oid)
int8 pg_database_size(name)
int8 pg_tablespace_size(oid)
int8 pg_tablespace_size(name)
int8 pg_sequence_last_value(regclass)
bool pg_try_advisory_lock(int8)
bool pg_advisory_unlock(int8)
void pg_advisory_unlock_all()
bool pg_cancel_backend(int4)
bool pg_terminate_backend(int4, int8)
bool pg_terminate_backend(int4)
float8 pg_stat_get_numscans(oid)
int4 pg_stat_get_backend_pid(int4)
regclass to_regclass(text)
regtype to_regtype(text)
regproc to_regproc(text)
regprocedure to_regprocedure(text)
regnamespace to_regnamespace(text)
regrole to_regrole(text)
regoper to_regoper(text)
names current_schemas(bool)
texts parse_ident(text)
texts parse_ident(text, bool)
`

// privileges are the has_…_privilege functions: with or without a user, by name or OID, of an object by name or OID.
var privileges = []string{"table", "any_column", "schema", "database", "function", "language", "sequence", "server", "tablespace", "type", "foreign_data_wrapper"}

func catalogOps(t opTable) {
	for line := range strings.Lines(strings.TrimSpace(sessionFunctions)) {
		result, key, _ := strings.Cut(strings.TrimSpace(line), " ")
		t.session(result, key)
	}
	for _, p := range privileges {
		for _, who := range []string{"", "name, ", "oid, "} {
			for _, what := range []string{"text", "oid"} {
				t.session("bool", "has_"+p+"_privilege("+who+what+", text)")
			}
		}
	}
	for _, who := range []string{"", "name, ", "oid, "} {
		for _, what := range []string{"text, text", "text, int2", "oid, text", "oid, int2"} {
			t.session("bool", "has_column_privilege("+who+what+", text)")
		}
	}
	for _, reg := range strings.Fields(regTypes) {
		for _, from := range []string{"text", "varchar"} {
			t["cast("+from+" as "+reg+")"] = sessionCall("oid", reg+"in", []string{from})
		}
		for _, to := range []string{"text", "varchar"} {
			t["cast("+reg+" as "+to+")"] = sessionCall("text", reg+"out", []string{reg})
		}
		t["output("+reg+")"] = sessionCall("text", reg+"out", []string{reg})
	}
}

func (t opTable) session(result, key string) {
	args := strings.TrimSuffix(key[strings.IndexByte(key, '(')+1:], ")")
	var types []string
	if args != "" {
		types = strings.Split(args, ", ")
	}
	t[key] = sessionCall(result, key, types)
}

// sessionCall writes a question to the session; its arguments travel as text.
func sessionCall(result, name string, types []string) connectors.Lowering {
	list := make([]string, len(types))
	for i := range types {
		list[i] = "CAST({" + string(rune('0'+i)) + "} AS VARCHAR)"
	}
	args := "[" + strings.Join(list, ", ") + "]"
	if len(list) == 0 {
		args = "CAST([] AS VARCHAR[])"
	}
	call := "meshgate_call({session}, '" + name + "', " + args + ")"
	switch result {
	case "bool":
		call = "CAST(" + call + " AS BOOLEAN)"
	case "int4":
		call = "CAST(" + call + " AS INTEGER)"
	case "int8":
		call = "CAST(" + call + " AS BIGINT)"
	case "float8":
		call = "CAST(" + call + " AS DOUBLE)"
	case "names", "texts":
		call = "string_split(" + call + ", chr(31))"
	case "text", "name", "void":
	default:
		call = "CAST(" + call + " AS UINTEGER)"
	}
	return connectors.Lowering{SQL: call, Fidelity: connectors.Exact}
}
