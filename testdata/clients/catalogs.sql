-- What tools ask of the catalogs, in our own words: one statement for each way of asking that was seen. An empty comment ends each.

-- an editor: the number of the transaction, and what has changed since another
SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN 1 ELSE (pg_catalog.txid_current() % 4294967296)::varchar::bigint END AS present
--
SELECT l.transactionid::varchar::bigint FROM pg_catalog.pg_locks l WHERE l.transactionid IS NOT NULL ORDER BY pg_catalog.age(l.transactionid) DESC LIMIT 1
--
SELECT n.oid::bigint AS id, n.xmin AS state, nspname AS name, pg_catalog.pg_get_userbyid(n.nspowner) AS owner, d.description, pg_catalog.age(n.xmin) > 0 AS old
FROM pg_catalog.pg_namespace n LEFT JOIN pg_catalog.pg_description d ON n.oid = d.objoid AND d.classoid = 'pg_catalog.pg_namespace'::regclass ORDER BY 1
--
SELECT c.oid::bigint, c.xmin, c.relkind, translate(c.relkind, 'rmvpfS', 'rmvrfS') AS kind, c.relname, c.relowner, array_to_string(c.reloptions, ', ') AS options,
	c.reloftype, c.relpersistence = 'u' AS unlogged, c.relispartition, pg_catalog.pg_get_expr(c.relpartbound, c.oid) AS bound, am.amname
FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam WHERE c.relnamespace = 'sales'::regnamespace AND c.relkind IN ('r', 'm', 'v', 'p', 'f')
--
SELECT a.attrelid AS object, a.attnum AS place, a.attname, a.xmin, a.attnotnull, a.atthasdef, pg_catalog.format_type(a.atttypid, a.atttypmod),
	a.attndims, a.attislocal, a.attinhcount, a.attisdropped, a.attidentity, a.attgenerated, a.attacl, pg_catalog.pg_get_expr(d.adbin, d.adrelid)
FROM pg_catalog.pg_attribute a LEFT JOIN pg_catalog.pg_attrdef d ON (a.attrelid, a.attnum) = (d.adrelid, d.adnum) WHERE a.attrelid = 'sales.orders'::regclass AND a.attnum > 0
--
SELECT i.indexrelid, i.indkey, i.indoption::int2[], i.indclass, pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS condition,
	CASE WHEN i.indexprs IS NOT NULL THEN array_to_string(ARRAY(SELECT CASE i.indkey[k] WHEN 0 THEN pg_catalog.pg_get_indexdef(i.indexrelid, k + 1, true) ELSE '' END
		FROM pg_catalog.generate_subscripts(i.indkey, 1) AS k ORDER BY k), chr(28)) END AS expressions FROM pg_catalog.pg_index i WHERE i.indrelid = 'sales.orders'::regclass
--
SELECT e.oid, e.extname, e.extversion, e.extnamespace, (SELECT u.comment FROM pg_catalog.pg_available_extensions() u WHERE u.name = e.extname) FROM pg_catalog.pg_extension e
--
SELECT p.oid, p.proname, p.proargnames, p.proargmodes, p.proargtypes::int[] AS argument_types, p.proallargtypes::int[], p.proretset, p.prorettype, pg_catalog.pg_get_expr(p.proargdefaults, 0),
	l.lanname, p.provolatile, p.proisstrict, p.prosecdef, p.proconfig, p.procost, p.prorows, p.proacl
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang WHERE p.proname = 'make_interval'

-- a GraphQL engine: the whole catalog as one JSON value
--
SELECT coalesce(json_agg(json_build_object('schema', t.table_schema, 'name', t.table_name, 'columns', t.columns)), '[]'::json) FROM (SELECT n.nspname AS table_schema, c.relname AS table_name, c.relkind,
	(SELECT json_agg(json_build_object('name', a.attname, 'position', a.attnum, 'type', ty.typname, 'nullable', NOT a.attnotnull) ORDER BY a.attnum) FROM pg_attribute a
		JOIN pg_type ty ON ty.oid = a.atttypid WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ('public', 'sales') AND c.relkind = 'r') t
--
SELECT q.table_schema, q.table_name, q.constraint_name, min(q.ref_table) AS ref_table, json_object_agg(ac.attname, afc.attname) AS mapping
FROM (SELECT n.nspname AS table_schema, c.relname AS table_name, r.conname AS constraint_name, c.oid AS table_id, r.confrelid, nf.relname AS ref_table, unnest(r.conkey) AS column_id,
	unnest(r.confkey) AS ref_column_id FROM pg_constraint r JOIN pg_class c ON c.oid = r.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_class nf ON nf.oid = r.confrelid
	WHERE r.contype = 'f') q JOIN pg_attribute ac ON q.column_id = ac.attnum AND q.table_id = ac.attrelid JOIN pg_attribute afc ON q.ref_column_id = afc.attnum AND q.confrelid = afc.attrelid
GROUP BY q.table_schema, q.table_name, q.constraint_name

-- schema readers of object-relational mappers
--
SELECT tbl.relname AS table_name, namespace.nspname AS namespace, (tbl.relhassubclass AND tbl.relkind = 'p') AS partitioned, (tbl.relrowsecurity OR tbl.relforcerowsecurity) AS secured,
	obj_description(tbl.oid, 'pg_class') AS description, reloptions FROM pg_class AS tbl INNER JOIN pg_namespace AS namespace ON namespace.oid = tbl.relnamespace
WHERE tbl.relkind IN ('r', 'p') AND namespace.nspname = ANY (ARRAY['public', 'sales']) ORDER BY namespace, table_name
--
SELECT oid.namespace, info.table_name, info.column_name, format_type(att.atttypid, att.atttypmod) AS formatted, info.numeric_precision, info.numeric_scale, info.data_type, info.udt_name,
	pg_get_expr(def.adbin, def.adrelid) AS column_default, info.is_nullable, info.is_identity, info.character_maximum_length, col_description(att.attrelid, ordinal_position) AS description
FROM information_schema.columns info JOIN pg_attribute att ON att.attname = info.column_name
JOIN (SELECT pg_class.oid, relname, pg_namespace.nspname AS namespace FROM pg_class JOIN pg_namespace ON pg_namespace.oid = pg_class.relnamespace) AS oid
	ON oid.oid = att.attrelid AND relname = info.table_name AND namespace = info.table_schema
LEFT JOIN pg_attrdef def ON def.adrelid = att.attrelid AND def.adnum = att.attnum WHERE namespace = ANY (ARRAY['public', 'sales']) ORDER BY namespace, info.table_name, ordinal_position
--
WITH raw AS (SELECT indrelid, indexrelid, indisunique, indisprimary, unnest(indkey) AS indkeyid, generate_subscripts(indkey, 1) AS indkeyidx, unnest(indclass) AS class, unnest(indoption) AS option
	FROM pg_index WHERE indpred IS NULL AND NOT indisexclusion)
SELECT s.nspname, t.relname AS table_name, i.relname AS index_name, c.attname AS column_name, raw.indisunique, raw.indisprimary, raw.indkeyidx, am.amname, opc.opcname, opc.opcdefault,
	CASE raw.option & 1 WHEN 1 THEN 'DESC' WHEN 0 THEN 'ASC' END AS direction
FROM raw JOIN pg_class i ON i.oid = raw.indexrelid JOIN pg_class t ON t.oid = raw.indrelid JOIN pg_namespace s ON s.oid = t.relnamespace
JOIN pg_attribute c ON c.attrelid = t.oid AND c.attnum = raw.indkeyid JOIN pg_am am ON am.oid = i.relam LEFT JOIN pg_opclass opc ON opc.oid = raw.class
WHERE s.nspname = 'sales' ORDER BY 1, 2, 3, raw.indkeyidx
--
SELECT a.attname AS name, NOT (a.attnotnull OR (t.typtype = 'd' AND t.typnotnull)) AS nullable, pg_get_expr(d.adbin, d.adrelid) AS preset, CASE WHEN collname = 'default' THEN NULL ELSE collname END AS collation,
	a.attidentity != '' AS autofield, col_description(a.attrelid, a.attnum) AS comment FROM pg_attribute a LEFT JOIN pg_attrdef d ON a.attrelid = d.adrelid AND a.attnum = d.adnum
LEFT JOIN pg_collation co ON a.attcollation = co.oid JOIN pg_type t ON a.atttypid = t.oid JOIN pg_class c ON a.attrelid = c.oid JOIN pg_namespace n ON c.relnamespace = n.oid
WHERE c.relkind IN ('f', 'm', 'p', 'r', 'v') AND c.relname = 'customers' AND n.nspname NOT IN ('pg_catalog', 'pg_toast') AND pg_table_is_visible(c.oid)
--
SELECT c.conname, array(SELECT attname FROM unnest(c.conkey) WITH ORDINALITY cols(colid, arridx) JOIN pg_attribute AS ca ON cols.colid = ca.attnum WHERE ca.attrelid = c.conrelid ORDER BY cols.arridx),
	c.contype, (SELECT fkc.relname || '.' || fka.attname FROM pg_attribute AS fka JOIN pg_class AS fkc ON fka.attrelid = fkc.oid WHERE fka.attrelid = c.confrelid AND fka.attnum = c.confkey[1]), cl.reloptions
FROM pg_constraint AS c JOIN pg_class AS cl ON c.conrelid = cl.oid WHERE cl.relname = 'orders' AND pg_table_is_visible(cl.oid)
--
SELECT indexname, array_agg(attname ORDER BY arridx), indisunique, indisprimary, array_agg(ordering ORDER BY arridx), amname, exprdef, s2.attoptions
FROM (SELECT c2.relname AS indexname, idx.*, attr.attname, am.amname, CASE WHEN idx.indexprs IS NOT NULL THEN pg_get_indexdef(idx.indexrelid) END AS exprdef,
	CASE am.amname WHEN 'btree' THEN CASE (option & 1) WHEN 1 THEN 'DESC' ELSE 'ASC' END END AS ordering, c2.reloptions AS attoptions
	FROM (SELECT * FROM pg_index i, unnest(i.indkey, i.indoption) WITH ORDINALITY koi(key, option, arridx)) idx LEFT JOIN pg_class c ON idx.indrelid = c.oid
	LEFT JOIN pg_class c2 ON idx.indexrelid = c2.oid LEFT JOIN pg_am am ON c2.relam = am.oid LEFT JOIN pg_attribute attr ON attr.attrelid = c.oid AND attr.attnum = idx.key
	WHERE c.relname = 'customers' AND pg_table_is_visible(c.oid)) s2 GROUP BY indexname, indisunique, indisprimary, amname, exprdef, attoptions

-- dashboards and metric collectors
--
SELECT quote_ident(table_name) FROM information_schema.tables WHERE quote_ident(table_schema) NOT IN ('information_schema', 'pg_catalog', '_timescaledb_cache')
	AND CASE WHEN array_length(regexp_split_to_array('public', '\.'), 1) > 1 THEN false ELSE table_schema = 'public' END ORDER BY 1
--
SELECT current_setting('server_version_num')::int / 100, version() LIKE 'PostgreSQL%', pg_size_pretty(pg_database_size(current_database())) IS NOT NULL
--
SELECT t.schemaname, t.tablename, pg_total_relation_size((quote_ident(t.schemaname) || '.' || quote_ident(t.tablename))::regclass) >= 0 AS sized, has_table_privilege(quote_ident(t.schemaname) || '.' || quote_ident(t.tablename), 'SELECT')
FROM pg_tables t WHERE has_schema_privilege(t.schemaname, 'USAGE') ORDER BY 1, 2
--
SELECT datname, numbackends >= 0 AS counted, xact_commit >= 0, blks_hit >= 0, deadlocks >= 0 FROM pg_stat_database WHERE datname = current_database()
--
SELECT state, count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND now() - state_change > interval '1 day' GROUP BY state
--
SELECT pid, usename, application_name, client_addr, pg_blocking_pids(pid), extract(epoch FROM now() - query_start)::int >= 0, left(query, 6) FROM pg_stat_activity WHERE pid = pg_backend_pid()
--
SELECT relname, n_live_tup, last_vacuum, seq_scan >= 0 FROM pg_stat_user_tables WHERE schemaname = 'nowhere' UNION ALL SELECT indexrelname, idx_scan, NULL, true FROM pg_stat_user_indexes WHERE schemaname = 'nowhere'
--
SELECT checkpoints_timed >= 0, buffers_alloc >= 0 FROM pg_stat_bgwriter
--
SELECT slot_name, active, restart_lsn, 'at ' || confirmed_flush_lsn FROM pg_replication_slots
--
SELECT name, setting, coalesce(unit, '') AS unit, short_desc, vartype FROM pg_settings WHERE vartype IN ('bool', 'integer', 'real') AND name = 'max_connections'

-- business intelligence
--
SELECT tbl.relname AS name, ns.nspname AS schema, CASE WHEN tbl.relkind IN ('v', 'm') THEN 'view' ELSE 'table' END AS kind, greatest(tbl.reltuples, 0)::bigint >= 0,
	has_any_column_privilege(tbl.oid, 'SELECT'), obj_description(tbl.oid) FROM pg_class tbl JOIN pg_namespace ns ON tbl.relnamespace = ns.oid
WHERE tbl.relkind IN ('r', 'p', 'v', 'f', 'm') AND ns.nspname !~ '^(information_schema|catalog_history|pg_.*|mesh)$' ORDER BY 2, 1
--
SELECT c.column_name, CASE WHEN c.udt_schema IN ('public', 'pg_catalog') THEN format('%s', c.udt_name) ELSE format('"%s"."%s"', c.udt_schema, c.udt_name) END AS type, c.ordinal_position - 1 AS position,
	pk.column_name IS NOT NULL AS pk, c.column_default IS NULL OR c.is_identity = 'YES' AS plain FROM information_schema.columns c
LEFT JOIN (SELECT tc.table_schema, tc.table_name, kc.column_name FROM information_schema.table_constraints tc JOIN information_schema.key_column_usage kc
	ON tc.constraint_name = kc.constraint_name AND tc.table_schema = kc.table_schema AND tc.table_name = kc.table_name WHERE tc.constraint_type = 'PRIMARY KEY') pk
	ON c.table_schema = pk.table_schema AND c.table_name = pk.table_name AND c.column_name = pk.column_name WHERE c.table_schema = 'sales' ORDER BY c.table_name, c.ordinal_position
--
SELECT pkcol.column_name AS pk_column, fkcol.table_schema AS fk_schema, fkcol.table_name AS fk_table, fkcol.column_name AS fk_column, fkcol.ordinal_position, fkcon.constraint_schema || '_' || fkcol.table_name AS fk_name
FROM (SELECT DISTINCT constraint_catalog, constraint_schema, unique_constraint_schema, constraint_name, unique_constraint_name FROM information_schema.referential_constraints) fkcon
JOIN information_schema.key_column_usage fkcol ON fkcon.constraint_schema = fkcol.constraint_schema AND fkcon.constraint_name = fkcol.constraint_name
JOIN information_schema.key_column_usage pkcol ON fkcon.unique_constraint_schema = pkcol.constraint_schema AND fkcon.unique_constraint_name = pkcol.constraint_name
WHERE pkcol.ordinal_position = fkcol.ordinal_position ORDER BY fk_name, fkcol.ordinal_position

-- administration
--
SELECT rel.oid, rel.relname AS name, (SELECT count(*) FROM pg_trigger WHERE tgrelid = rel.oid AND tgisinternal = false) AS triggers, array_to_string(rel.relacl::text[], ', ') AS acl,
	(SELECT array_agg(privilege_type) FROM aclexplode(coalesce(rel.relacl, acldefault('r', rel.relowner))) WHERE grantee = rel.relowner) IS NOT NULL AS owned, des.description
FROM pg_class rel LEFT JOIN pg_description des ON des.objoid = rel.oid AND des.objsubid = 0 AND des.classoid = 'pg_class'::regclass WHERE rel.relkind = 'r' AND rel.relnamespace = 'sales'::regnamespace
--
SELECT pr.oid, pr.proname || '(' || coalesce(pg_get_function_identity_arguments(pr.oid), '') || ')' AS name, oidvectortypes(proargtypes) AS types, lanname, pr.proretset, pg_get_function_result(pr.oid)
FROM pg_proc pr JOIN pg_language lng ON lng.oid = pr.prolang WHERE pr.prokind = 'f' AND pr.proname LIKE 'pg_get_function%' ORDER BY 1
--
SELECT d.objid, d.classid::regclass, d.deptype, pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid) FROM pg_depend d WHERE d.objid = 'sales.orders'::regclass AND d.refclassid = 'pg_class'::regclass
--
SELECT s.nspname, s.oid, has_schema_privilege(s.oid, 'CREATE') AS can_create, has_schema_privilege(s.oid, 'USAGE') AS usable, pg_is_other_temp_schema(s.oid) FROM pg_namespace s WHERE s.nspname IN ('public', 'sales', 'pg_catalog')
--
SELECT r.rolname, r.rolsuper, ARRAY(SELECT b.rolname FROM pg_auth_members m JOIN pg_roles b ON m.roleid = b.oid WHERE m.member = r.oid) AS memberof, shobj_description(r.oid, 'pg_authid')
FROM pg_roles r WHERE r.rolname !~ '^pg_' AND r.rolname = current_user
--
SELECT name, default_version, installed_version FROM pg_available_extensions WHERE name = 'plpgsql'
--
SELECT t.oid, t.typname, t.typtype, t.typcategory, e.enumlabel, r.rngsubtype, b.typname AS base FROM pg_type t LEFT JOIN pg_enum e ON e.enumtypid = t.oid LEFT JOIN pg_range r ON r.rngtypid = t.oid
LEFT JOIN pg_type b ON b.oid = t.typbasetype WHERE t.typnamespace = 'pg_catalog'::regnamespace AND t.typtype IN ('b', 'r', 'm', 'e') AND pg_type_is_visible(t.oid) ORDER BY t.oid
--
SELECT has_parameter_privilege('work_mem', 'SET'), to_regcollation('"C"'), pg_get_keywords.catdesc FROM pg_get_keywords() WHERE word = 'select'
--
SELECT s.schemaname, s.sequencename, s.last_value FROM pg_sequences s UNION ALL SELECT sequence_schema, sequence_name, NULL FROM information_schema.sequences
--
SELECT routine_schema, routine_name, data_type FROM information_schema.routines WHERE routine_schema = 'sales'
--
SELECT trigger_name FROM information_schema.triggers UNION SELECT policyname FROM pg_policies UNION SELECT matviewname FROM pg_matviews UNION SELECT rulename FROM pg_rules WHERE schemaname = 'sales'
--
SELECT mxid_age(relminmxid) >= 0, age(relfrozenxid) >= 0 FROM pg_class WHERE oid = 1259
--
SELECT indkey::int2[], indkey::int[], indkey::text[], indclass::oid[], indclass::text[] FROM pg_index WHERE indexrelid = 2662

-- a business intelligence tool's sync: tables, fields with their comments and keys, foreign keys, enumerations
--
SELECT c.column_name AS name, CASE WHEN c.udt_schema IN ('public', 'pg_catalog') THEN FORMAT('%s', c.udt_name) ELSE FORMAT('"%s"."%s"', c.udt_schema, c.udt_name) END AS "database-type", c.ordinal_position - 1 AS "database-position", c.table_schema AS "table-schema",
	c.table_name AS "table-name", pk.column_name IS NOT NULL AS "pk?", COL_DESCRIPTION(CAST(CAST(FORMAT('%I.%I', CAST(c.table_schema AS TEXT), CAST(c.table_name AS TEXT)) AS REGCLASS) AS OID), c.ordinal_position) AS "field-comment",
	((column_default IS NULL) OR (LOWER(column_default) = 'null')) AND (is_nullable = 'NO') AND NOT (((column_default IS NOT NULL) AND (column_default LIKE '%nextval(%')) OR (is_identity <> 'NO')) AS "database-required",
	((column_default IS NOT NULL) AND (column_default LIKE '%nextval(%')) OR (is_identity <> 'NO') AS "database-is-auto-increment"
FROM information_schema.columns AS c LEFT JOIN (SELECT tc.table_schema, tc.table_name, kc.column_name FROM information_schema.table_constraints AS tc INNER JOIN information_schema.key_column_usage AS kc
	ON (tc.constraint_name = kc.constraint_name) AND (tc.table_schema = kc.table_schema) AND (tc.table_name = kc.table_name) WHERE tc.constraint_type = 'PRIMARY KEY') AS pk
	ON (c.table_schema = pk.table_schema) AND (c.table_name = pk.table_name) AND (c.column_name = pk.column_name)
WHERE c.table_schema !~ '^information_schema|catalog_history|pg_' AND (c.table_schema IN ('public', 'sales'))
UNION ALL
SELECT pa.attname, CASE WHEN ptn.nspname IN ('public', 'pg_catalog') THEN FORMAT('%s', pt.typname) ELSE FORMAT('"%s"."%s"', ptn.nspname, pt.typname) END, pa.attnum - 1, pn.nspname, pc.relname, FALSE, NULL, FALSE, FALSE
FROM pg_catalog.pg_class AS pc INNER JOIN pg_catalog.pg_namespace AS pn ON pn.oid = pc.relnamespace INNER JOIN pg_catalog.pg_attribute AS pa ON pa.attrelid = pc.oid
INNER JOIN pg_catalog.pg_type AS pt ON pt.oid = pa.atttypid INNER JOIN pg_catalog.pg_namespace AS ptn ON ptn.oid = pt.typnamespace WHERE (pc.relkind = 'm') AND (pa.attnum >= 1) AND (pn.nspname IN ('public', 'sales'))
ORDER BY "table-schema" ASC, "table-name" ASC, "database-position" ASC
--
SELECT fk_ns.nspname AS "fk-table-schema", fk_table.relname AS "fk-table-name", fk_column.attname AS "fk-column-name", pk_ns.nspname AS "pk-table-schema", pk_table.relname AS "pk-table-name", pk_column.attname AS "pk-column-name"
FROM pg_constraint AS c INNER JOIN pg_class AS fk_table ON c.conrelid = fk_table.oid INNER JOIN pg_namespace AS fk_ns ON c.connamespace = fk_ns.oid INNER JOIN pg_attribute AS fk_column ON c.conrelid = fk_column.attrelid
INNER JOIN pg_class AS pk_table ON c.confrelid = pk_table.oid INNER JOIN pg_namespace AS pk_ns ON pk_table.relnamespace = pk_ns.oid INNER JOIN pg_attribute AS pk_column ON c.confrelid = pk_column.attrelid
WHERE fk_ns.nspname !~ '^information_schema|catalog_history|pg_' AND c.contype = 'f' AND fk_column.attnum = ANY(c.conkey) AND pk_column.attnum = ANY(c.confkey) AND fk_ns.nspname IN ('public', 'sales') ORDER BY fk_ns.nspname ASC, fk_table.relname ASC
--
SELECT nspname, typname FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.oid IN (SELECT DISTINCT enumtypid FROM pg_enum e)
--
SELECT tmp.indexname, tmp.attname FROM (SELECT i.relname AS indexname, a.attname, ix.indisprimary, pg_catalog.pg_get_expr(ix.indpred, ix.indrelid) AS predicate, ix.indkey[0] = a.attnum AS leading FROM pg_catalog.pg_index ix JOIN pg_catalog.pg_class i ON i.oid = ix.indexrelid
	JOIN pg_catalog.pg_class t ON t.oid = ix.indrelid JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid WHERE t.relnamespace = 'sales'::regnamespace) tmp WHERE tmp.leading AND tmp.predicate IS NULL
--
SELECT DISTINCT ON (c.table_schema, c.table_name) quote_ident(c.table_schema) || '.' || quote_ident(c.table_name) AS "table", count(*) FILTER (WHERE c.data_type LIKE 'timestamp%') OVER (PARTITION BY c.table_schema, c.table_name) AS times
FROM information_schema.columns c WHERE c.table_schema NOT IN ('information_schema', 'pg_catalog') ORDER BY c.table_schema, c.table_name
--
SELECT quote_ident(column_name) AS "column", data_type AS "type" FROM information_schema.columns WHERE CASE WHEN array_length(parse_ident('sales.orders'), 1) = 2 THEN quote_ident(table_schema) = (parse_ident('sales.orders'))[1] AND quote_ident(table_name) = (parse_ident('sales.orders'))[2]
	ELSE quote_ident(table_name) = 'sales.orders' AND quote_ident(table_schema) IN (SELECT CASE WHEN trim(s[i]) = '"$user"' THEN user ELSE trim(s[i]) END FROM generate_series(array_lower(string_to_array(current_setting('search_path'), ','), 1),
	array_upper(string_to_array(current_setting('search_path'), ','), 1)) AS i, string_to_array(current_setting('search_path'), ',') s) END
