package duck

import (
	"strconv"
	"strings"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgarrow"
	"meshgate/pgcat"
)

// sessionFunctions are functions of the system catalogs that the session answers, in all their forms in pg_proc.
const sessionFunctions = `
pg_table_is_visible pg_type_is_visible pg_function_is_visible pg_operator_is_visible pg_opclass_is_visible pg_opfamily_is_visible
pg_collation_is_visible pg_conversion_is_visible pg_statistics_obj_is_visible pg_ts_config_is_visible pg_ts_dict_is_visible
pg_ts_parser_is_visible pg_ts_template_is_visible pg_is_other_temp_schema
has_table_privilege has_any_column_privilege has_column_privilege has_schema_privilege has_database_privilege has_function_privilege
has_language_privilege has_sequence_privilege has_server_privilege has_tablespace_privilege has_type_privilege
has_foreign_data_wrapper_privilege has_parameter_privilege pg_has_role row_security_active
acldefault makeaclitem aclcontains aclitemeq aclinsert aclremove aclexplode
format_type oidvectortypes obj_description shobj_description col_description
pg_get_expr pg_get_constraintdef pg_get_indexdef pg_get_viewdef pg_get_ruledef pg_get_triggerdef pg_get_functiondef pg_get_function_result
pg_get_function_arguments pg_get_function_identity_arguments pg_get_function_arg_default pg_get_function_sqlbody pg_get_partkeydef
pg_get_partition_constraintdef pg_get_statisticsobjdef pg_get_statisticsobjdef_columns pg_get_statisticsobjdef_expressions
pg_get_serial_sequence pg_sequence_last_value pg_get_replica_identity_index
pg_describe_object pg_identify_object 
pg_relation_is_publishable pg_relation_is_updatable pg_column_is_updatable pg_relation_filenode pg_relation_filepath pg_filenode_relation
pg_relation_size pg_table_size pg_total_relation_size pg_indexes_size pg_database_size pg_tablespace_size pg_tablespace_location
pg_tablespace_databases pg_size_bytes pg_partition_tree pg_partition_ancestors pg_partition_root
pg_options_to_table ts_token_type pg_indexam_has_property 
current_setting set_config pg_client_encoding getdatabaseencoding pg_get_userbyid pg_encoding_to_char
pg_char_to_encoding pg_encoding_max_length inet_server_port pg_collation_actual_version pg_database_collation_actual_version
pg_blocking_pids pg_safe_snapshot_blocking_pids pg_stat_get_backend_pid
pg_trigger_depth pg_jit_available pg_is_wal_replay_paused pg_get_wal_replay_pause_state
pg_last_xact_replay_timestamp pg_last_wal_receive_lsn pg_last_wal_replay_lsn pg_get_publication_tables
get_current_ts_config pg_current_snapshot txid_current_snapshot age mxid_age
pg_current_logfile pg_notification_queue_usage pg_listening_channels
current_schemas parse_ident to_regclass to_regtype to_regproc to_regprocedure to_regnamespace to_regrole to_regoper to_regoperator to_regcollation
_pg_char_max_length _pg_char_octet_length _pg_numeric_precision _pg_numeric_precision_radix _pg_numeric_scale _pg_datetime_precision
_pg_interval_type _pg_index_position
pg_stat_get_numscans pg_stat_get_tuples_returned pg_stat_get_tuples_fetched pg_stat_get_tuples_inserted pg_stat_get_tuples_updated
pg_stat_get_tuples_deleted pg_stat_get_tuples_hot_updated pg_stat_get_live_tuples pg_stat_get_dead_tuples pg_stat_get_mod_since_analyze
pg_stat_get_ins_since_vacuum pg_stat_get_blocks_fetched pg_stat_get_blocks_hit pg_stat_get_last_vacuum_time
pg_stat_get_last_autovacuum_time pg_stat_get_last_analyze_time pg_stat_get_last_autoanalyze_time pg_stat_get_vacuum_count
pg_stat_get_autovacuum_count pg_stat_get_analyze_count pg_stat_get_autoanalyze_count pg_stat_get_function_calls
pg_stat_get_function_total_time pg_stat_get_function_self_time
pg_stat_get_xact_numscans pg_stat_get_xact_tuples_returned pg_stat_get_xact_tuples_fetched pg_stat_get_xact_tuples_inserted
pg_stat_get_xact_tuples_updated pg_stat_get_xact_tuples_deleted pg_stat_get_xact_tuples_hot_updated pg_stat_get_xact_blocks_fetched
pg_stat_get_xact_blocks_hit pg_stat_get_xact_function_calls pg_stat_get_xact_function_total_time pg_stat_get_xact_function_self_time
`

// actingFunctions do something whenever they are called, be it with the same arguments.
const actingFunctions = `nextval currval setval lastval pg_stat_clear_snapshot pg_stat_force_next_flush pg_sleep pg_sleep_for pg_sleep_until
pg_cancel_backend pg_terminate_backend pg_advisory_lock pg_advisory_lock_shared pg_advisory_xact_lock pg_advisory_xact_lock_shared
pg_try_advisory_lock pg_try_advisory_lock_shared pg_try_advisory_xact_lock pg_try_advisory_xact_lock_shared
pg_advisory_unlock pg_advisory_unlock_shared pg_advisory_unlock_all`

func catalogOps(t opTable) {
	for _, name := range strings.Fields(sessionFunctions) {
		t.session("meshgate_call", name)
	}
	for _, name := range strings.Fields(actingFunctions) {
		t.session("meshgate_act", name)
	}
	for _, reg := range strings.Fields(regTypes) {
		for _, from := range []string{"text", "varchar"} {
			t["cast("+from+" as "+reg+")"] = sessionCall("meshgate_call", reg+"in", []pgcat.OID{pgcat.Text}, pgcat.OIDType)
		}
		for _, to := range []string{"text", "varchar"} {
			t["cast("+reg+" as "+to+")"] = sessionCall("meshgate_call", reg+"out", []pgcat.OID{pgcat.OIDType}, pgcat.Text)
		}
		t["output("+reg+")"] = sessionCall("meshgate_call", reg+"out", []pgcat.OID{pgcat.OIDType}, pgcat.Text)
	}
	t.exact(map[string]string{
		"cast(aclitem as text)": "{0}", "cast(aclitem[] as text[])": "{0}", "cast(aclitem as varchar)": "{0}", "cast(char as bpchar)": "{0}",
		"aclitem[] = aclitem[]": "({0} = {1})", "aclitem[] <> aclitem[]": "({0} <> {1})",
	})
	vectorOps(t)
	t.exact(map[string]string{"key(pg_node_tree)": "{0}", "key(aclitem[])": "{0}"})
	t["aclitem[] @> aclitem"] = sessionCall("meshgate_call", "aclcontains(aclitem[], aclitem)", []pgcat.OID{pgcat.ACLItemArray, pgcat.ACLItem}, pgcat.Bool)
}

// session adds a function in all its forms: with and without the arguments that have defaults, and each column of a result that has
// several.
func (t opTable) session(by, name string) {
	for _, p := range pgcat.Procs(name) {
		columns := outputs(p)
		for n := len(p.Args) - p.Defaults; n <= len(p.Args); n++ {
			args := p.Args[:n]
			key := name + "(" + keyTypes(args) + ")"
			if t[key].SQL != "" {
				continue // age(timestamp) is no question
			}
			switch {
			case len(columns) > 1 && (p.RetSet || p.Ret == pgcat.Record):
				for i, c := range columns {
					field := key + "." + strconv.Itoa(i+1)
					t["set "+field] = sessionList(field, args, c)
				}
			case p.RetSet && len(columns) == 1:
				t["set "+key] = sessionList(key, args, columns[0])
			case p.RetSet:
				t["set "+key] = sessionList(key, args, p.Ret)
			default:
				t[key] = sessionCall(by, key, args, p.Ret)
			}
		}
	}
}

// outputs are the types of a function's output parameters.
func outputs(p *pgcat.Proc) (types []pgcat.OID) {
	for i, mode := range p.ArgModes {
		if mode == 'o' || mode == 't' || mode == 'b' {
			types = append(types, p.AllArgs[i])
		}
	}
	return types
}

// keyTypes lists types as keys of operations write them.
func keyTypes(oids []pgcat.OID) string {
	names := make([]string, len(oids))
	for i, oid := range oids {
		names[i] = keyType(oid)
	}
	return strings.Join(names, ", ")
}

func keyType(oid pgcat.OID) string {
	t := pgcat.TypeByOID(oid)
	if t.IsArray() && oid != pgcat.Int2Vector && oid != pgcat.OIDVector {
		return keyType(t.Elem) + "[]"
	}
	return t.Name
}

// vectorText prints an int2vector or an oidvector: its numbers with blanks between.
const vectorText = "array_to_string({0}, ' ')"

// vectorOps are functions of arrays on the vectors, which count from 0.
func vectorOps(t opTable) {
	for _, v := range []string{"int2vector", "oidvector"} {
		t.exact(map[string]string{
			"array_length(" + v + ", int4)": "CASE WHEN {1} = 1 THEN CAST(len({0}) AS INTEGER) END",
			"array_upper(" + v + ", int4)":  "CASE WHEN {1} = 1 THEN CAST(len({0}) - 1 AS INTEGER) END",
			"array_lower(" + v + ", int4)":  "CASE WHEN {1} = 1 AND {0} IS NOT NULL THEN 0 END",
			"array_ndims(" + v + ")":        "CASE WHEN {0} IS NOT NULL THEN 1 END",
			"cardinality(" + v + ")":        "CAST(len({0}) AS INTEGER)",
			"cast(" + v + " as text)":       vectorText, "cast(" + v + " as varchar)": vectorText,
			"array_to_string(" + v + ", text)": "array_to_string({0}, {1})",
		})
		for elem, name := range map[string]string{"int2": "SMALLINT", "int4": "INTEGER", "int8": "BIGINT", "oid": "UINTEGER", "text": "VARCHAR", "regclass": "UINTEGER", "regtype": "UINTEGER"} {
			t.exact(map[string]string{"cast(" + v + " as " + elem + "[])": "CAST({0} AS " + name + "[])"})
		}
	}
}

// sessionCall writes a question to the session; its arguments travel as text.
func sessionCall(by, name string, args []pgcat.OID, result pgcat.OID) connectors.Lowering {
	if _, ok := pgarrow.Element(result); ok {
		return castResult(sessionList(name, args, 0), result)
	}
	call := connectors.Lowering{SQL: by + "({session}, '" + name + "', " + sessionArgs(args) + ")", Fidelity: connectors.Exact}
	return castResult(call, result)
}

// sessionList writes a question whose answer is a list, of which elem is the type of the elements.
func sessionList(name string, args []pgcat.OID, elem pgcat.OID) connectors.Lowering {
	l := connectors.Lowering{SQL: "meshgate_call_list({session}, '" + name + "', " + sessionArgs(args) + ")", Fidelity: connectors.Exact}
	if elem == 0 {
		return l
	}
	return castResult(l, pgcat.TypeByOID(elem).Array)
}

func castResult(l connectors.Lowering, result pgcat.OID) connectors.Lowering {
	if name, ok := typeName(catalog.TypeOf(result)); ok && name != "VARCHAR" && name != "VARCHAR[]" {
		l.SQL = "CAST(" + l.SQL + " AS " + name + ")"
	}
	return l
}

func sessionArgs(args []pgcat.OID) string {
	if len(args) == 0 {
		return "CAST([] AS VARCHAR[])"
	}
	casts, list := castTexts(), make([]string, len(args))
	for i, oid := range args {
		operand, name := "{"+strconv.Itoa(i)+"}", keyType(oid)
		elem, isArray := strings.CutSuffix(name, "[]")
		text := casts["cast("+name+" as text)"]
		switch {
		case oid == pgcat.Int2Vector || oid == pgcat.OIDVector:
			list[i] = strings.ReplaceAll(vectorText, "{0}", operand)
		case isArray:
			list[i] = "meshgate_array_text(" + strings.ReplaceAll(listOutput(elem), "{0}", operand) + ")"
		case text != "" && name != "bool": // which travels as true and false
			list[i] = strings.ReplaceAll(text, "{0}", operand)
		default:
			list[i] = "CAST(" + operand + " AS VARCHAR)"
		}
	}
	return "[" + strings.Join(list, ", ") + "]"
}
