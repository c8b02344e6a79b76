package syscat

import (
	"math/big"
	"slices"
	"strconv"
	"strings"

	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

// statisticCalls count nothing: a gateway scans no table of its own, and vacuums none.
func statisticCalls() map[string]answer {
	m := map[string]answer{}
	for _, name := range strings.Fields(`numscans tuples_returned tuples_fetched tuples_inserted tuples_updated tuples_deleted tuples_hot_updated
		live_tuples dead_tuples mod_since_analyze ins_since_vacuum blocks_fetched blocks_hit vacuum_count autovacuum_count analyze_count
		autoanalyze_count`) {
		m["pg_stat_get_"+name] = constantCall("0")
	}
	for _, name := range strings.Fields("numscans tuples_returned tuples_fetched tuples_inserted tuples_updated tuples_deleted tuples_hot_updated blocks_fetched blocks_hit") {
		m["pg_stat_get_xact_"+name] = constantCall("0")
	}
	for _, name := range strings.Fields(`xact_function_calls xact_function_total_time xact_function_self_time last_vacuum_time last_autovacuum_time last_analyze_time last_autoanalyze_time function_calls
		function_total_time function_self_time backend_pid`) {
		m["pg_stat_get_"+name] = nothing
	}
	for _, name := range strings.Fields("pg_relation_size pg_table_size pg_total_relation_size pg_indexes_size pg_database_size pg_tablespace_size pg_trigger_depth") {
		m[name] = constantCall("0")
	}
	for _, name := range strings.Fields(`shobj_description pg_relation_filenode pg_relation_filepath pg_filenode_relation pg_last_wal_receive_lsn
		pg_last_wal_replay_lsn pg_collation_actual_version pg_database_collation_actual_version`) {
		m[name] = nothing
	}
	for _, name := range strings.Fields(`pg_relation_is_publishable pg_column_is_updatable pg_is_other_temp_schema row_security_active pg_jit_available`) {
		m[name] = constantCall("false")
	}
	m["pg_stat_clear_snapshot"], m["pg_stat_force_next_flush"] = constantCall(""), constantCall("")
	m["pg_notification_queue_usage"], m["pg_current_logfile"] = constantCall("0"), nothing
	m["pg_relation_is_updatable"], m["pg_tablespace_location"] = constantCall("0"), constantCall("")
	return m
}

// informationCalls are the functions that information_schema's views are made with (information_schema.sql).
func informationCalls() map[string]answer {
	of := func(f func(measure) pgvalue.Value) answer {
		return func(c *call) (*string, error) {
			mod, err := strconv.ParseInt(c.arg(1), 10, 32)
			if err != nil {
				return nil, sqlerr.Newf(sqlerr.InvalidTextRepresentation, "invalid type modifier")
			}
			if c.oid(0) == pgcat.Text && mod != -1 {
				return nil, nil
			}
			if n, ok := f(measureOf(c.oid(0), int32(mod))).(int64); ok {
				return text(strconv.FormatInt(n, 10)), nil
			}
			return nil, nil
		}
	}
	return map[string]answer{
		"_pg_char_max_length":         of(func(m measure) pgvalue.Value { return m.chars }),
		"_pg_char_octet_length":       of(func(m measure) pgvalue.Value { return m.octets }),
		"_pg_numeric_precision":       of(func(m measure) pgvalue.Value { return m.precision }),
		"_pg_numeric_precision_radix": of(func(m measure) pgvalue.Value { return m.radix }),
		"_pg_numeric_scale":           of(func(m measure) pgvalue.Value { return m.scale }),
		"_pg_datetime_precision":      of(func(m measure) pgvalue.Value { return m.datetime }),
		"_pg_interval_type":           intervalType,
	}
}

// intervalType is the fields of an interval type: "YEAR TO MONTH".
func intervalType(c *call) (*string, error) {
	mod, err := strconv.ParseInt(c.arg(1), 10, 32)
	if err != nil || c.oid(0) != pgcat.Interval {
		return nil, nil
	}
	_, fields, _ := strings.Cut(strings.TrimPrefix(pgcat.FormatType(pgcat.Interval, int32(mod)), "interval"), " ")
	return orMissing(strings.ToUpper(fields)), nil
}

// indexPosition is the place of a column in an index.
func indexPosition(c *call) (*string, error) {
	column, err := strconv.Atoi(c.arg(1))
	if err != nil {
		return nil, nil
	}
	if r := c.v.byOID[c.oid(0)]; r != nil {
		if r.index == nil {
			return nil, nil
		}
		if at := slices.Index(r.index.columns, column); at >= 0 {
			return text(digits(at + 1)), nil
		}
		return nil, nil
	}
	rows := pgcat.Rows("pg_catalog.pg_index")
	oid, key := slices.Index(rows.Columns, "indexrelid"), slices.Index(rows.Columns, "indkey")
	for _, r := range rows.Rows {
		if at := slices.Index(strings.Fields(r[key]), c.arg(1)); at >= 0 && r[oid] == c.arg(0) {
			return text(digits(at + 1)), nil
		}
	}
	return nil, nil
}

// sizeBytes reads a size with a unit: "1.5 GB".
func sizeBytes(c *call) (*string, error) {
	s := strings.TrimSpace(c.arg(0))
	end := strings.LastIndexAny(s, "0123456789.") + 1
	n, unit := s[:end], strings.TrimSpace(s[end:])
	at := slices.IndexFunc([]string{"bytes", "kb", "mb", "gb", "tb", "pb"}, func(u string) bool { return u == strings.ToLower(unit) })
	if unit == "" {
		at = 0
	}
	v, ok := new(big.Rat).SetString(n)
	if !ok || strings.ContainsAny(n, "/_xXpP") {
		return nil, sqlerr.Newf(sqlerr.InvalidParameterValue, "invalid size: \"%s\"", c.arg(0))
	}
	if at < 0 {
		return nil, sqlerr.Newf(sqlerr.InvalidParameterValue, "invalid size: \"%s\"", c.arg(0)).WithDetail("Invalid size unit: \"%s\".", unit).
			WithHint("Valid units are \"bytes\", \"kB\", \"MB\", \"GB\", \"TB\", and \"PB\".")
	}
	v.Mul(v, new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), uint(10*at))))
	// A cast of numeric to bigint rounds halves away from zero.
	rounded, ok := new(big.Int).SetString(v.FloatString(0), 10)
	if !ok || !rounded.IsInt64() {
		return nil, sqlerr.Newf(sqlerr.NumericValueOutOfRange, "bigint out of range")
	}
	return text(rounded.String()), nil
}

// tokenTypes answers ts_token_type of a parser, by its number or its name.
func tokenTypes(c *call) ([][]*string, error) {
	parser := c.arg(0)
	if c.types[0] == "text" {
		oid, ok := namedRow("pg_catalog.pg_ts_parser", "prsname")(parser)
		if !ok {
			return nil, sqlerr.Newf(sqlerr.UndefinedObject, "text search parser %q does not exist", parser)
		}
		parser = strconv.FormatUint(uint64(oid), 10)
	}
	var rows [][]*string
	for _, r := range pgcat.Rows("#tokens").Rows {
		if r[0] == parser {
			rows = append(rows, []*string{&r[1], &r[2], &r[3]})
		}
	}
	if rows == nil {
		return nil, sqlerr.Newf(sqlerr.InternalError, "cache lookup failed for text search parser %s", parser)
	}
	return rows, nil
}

func publicationTables(c *call) ([][]*string, error) {
	return nil, sqlerr.Newf(sqlerr.UndefinedObject, "publication %q does not exist", c.arg(0))
}

// tablespaceDatabases lists the databases with objects in a tablespace: here the mesh in the usual one.
func tablespaceDatabases(c *call) ([]*string, error) {
	if c.oid(0) == defaultTablespace {
		return []*string{decimal(DatabaseOID)}, nil
	}
	return []*string{}, nil
}

// textSearchConfig is the setting default_text_search_config as a regconfig.
func textSearchConfig(c *call) (*string, error) {
	name, _ := c.s.Setting("default_text_search_config")
	oid, err := c.resolve("regconfig", name)
	return decimal(oid), err
}

// vectorTypes prints the types of an oidvector.
func vectorTypes(c *call) (*string, error) {
	var names []string
	for _, f := range strings.Fields(c.arg(0)) {
		names = append(names, pgcat.FormatType(numberOf(f), -1))
	}
	return text(strings.Join(names, ", ")), nil
}

// sharedDescription is a comment on an object that all databases share.
func sharedDescription(c *call) (*string, error) {
	r, ok := relations()[pgCatalogName+"."+c.arg(1)]
	if !ok {
		return nil, nil
	}
	rows := pgcat.Rows("pg_catalog.pg_shdescription")
	for _, row := range rows.Rows {
		at := rowReader{rows, row}
		if at.text("objoid") == c.arg(0) && numberOf(at.text("classoid")) == r.OID {
			return text(at.text("description")), nil
		}
	}
	return nil, nil
}
