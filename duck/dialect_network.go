package duck

import "strings"

// networkOps are operations on addresses, places in the log and sizes. Addresses and places travel as text; a cidr always says its length.
func networkOps(t opTable) {
	masked := "CASE WHEN contains({0}, '/') THEN {0} WHEN contains({0}, ':') THEN {0} || '/128' ELSE {0} || '/32' END"
	t.exact(map[string]string{
		"cast(inet as text)": masked, "cast(inet as varchar)": masked, "cast(inet as bpchar)": masked, "text(inet)": masked,
		"cast(cidr as text)": "{0}", "cast(cidr as varchar)": "{0}", "cast(cidr as bpchar)": "{0}",
		"host(inet)": "split_part({0}, '/', 1)", "abbrev(inet)": "{0}",
		"family(inet)":  "CASE WHEN contains({0}, ':') THEN 6 WHEN {0} IS NOT NULL THEN 4 END",
		"masklen(inet)": "CASE WHEN contains({0}, '/') THEN CAST(split_part({0}, '/', 2) AS INTEGER) WHEN contains({0}, ':') THEN 128 WHEN {0} IS NOT NULL THEN 32 END",
		"network(inet)": "meshgate_inet_network({0})", "netmask(inet)": "meshgate_inet_netmask({0})", "hostmask(inet)": "meshgate_inet_hostmask({0})",
		"broadcast(inet)": "meshgate_inet_broadcast({0})", "set_masklen(inet, int4)": "meshgate_inet_set_masklen({0}, {1})",
		"set_masklen(cidr, int4)": "meshgate_cidr_set_masklen({0}, {1})", "cast(inet as cidr)": "meshgate_inet_network({0})", "cidr(inet)": "meshgate_inet_network({0})",
		"cast(cidr as inet)": "meshgate_inet_same({0})", "inet_same_family(inet, inet)": "(contains({0}, ':') = contains({1}, ':'))",
		"inet_merge(inet, inet)": "meshgate_inet_merge({0}, {1})",
		"inet << inet":           "meshgate_inet_within({0}, {1}, false)", "inet <<= inet": "meshgate_inet_within({0}, {1}, true)",
		"inet >> inet": "meshgate_inet_within({1}, {0}, false)", "inet >>= inet": "meshgate_inet_within({1}, {0}, true)",
		"inet && inet": "meshgate_inet_overlaps({0}, {1})", "~ inet": "meshgate_inet_not({0})", "inet & inet": "meshgate_inet_and({0}, {1})",
		"inet | inet": "meshgate_inet_or({0}, {1})", "inet + int8": "meshgate_inet_add({0}, {1})", "int8 + inet": "meshgate_inet_add({1}, {0})",
		"inet - int8": "meshgate_inet_less({0}, {1})", "inet - inet": "meshgate_inet_sub({0}, {1})",
		"~ macaddr": "meshgate_macaddr_not({0}, {0})", "macaddr & macaddr": "meshgate_macaddr_and({0}, {1})", "macaddr | macaddr": "meshgate_macaddr_or({0}, {1})",
		"trunc(macaddr)":  "(left({0}, 9) || '00:00:00')",
		"pg_lsn - pg_lsn": "meshgate_pg_lsn_sub({0}, {1})", "pg_wal_lsn_diff(pg_lsn, pg_lsn)": "meshgate_pg_lsn_sub({0}, {1})",
		"pg_lsn + numeric": "meshgate_pg_lsn_add({0}, {1})", "numeric + pg_lsn": "meshgate_pg_lsn_add({1}, {0})",
		"pg_lsn - numeric": "meshgate_pg_lsn_add({0}, meshgate_numeric_neg({1}))", "key(pg_lsn)": "meshgate_pg_lsn_key({0})",
		"pg_size_pretty(int8)": "meshgate_size_int8({0})", "pg_size_pretty(numeric)": "meshgate_size_numeric({0})",
	})
	for _, typ := range strings.Fields("inet cidr macaddr pg_lsn") {
		for _, from := range []string{"text", "varchar"} {
			t.exact(map[string]string{"cast(" + from + " as " + typ + ")": "meshgate_text_" + typ + "({0})"})
		}
		for _, to := range strings.Fields("text varchar bpchar") {
			if typ == "macaddr" || typ == "pg_lsn" {
				t.exact(map[string]string{"cast(" + typ + " as " + to + ")": "{0}"})
			}
		}
		text := t["cast("+typ+" as text)"].SQL
		t.exact(map[string]string{"text || " + typ: "({0} || " + strings.ReplaceAll(text, "{0}", "{1}") + ")", typ + " || text": "(" + text + " || {1})"})
		t.exact(map[string]string{"output(" + typ + ")": "{0}", "json(" + typ + ")": "meshgate_json_string({0})"})
	}
	for _, op := range strings.Fields("= <> < <= > >=") {
		t.exact(map[string]string{
			"pg_lsn " + op + " pg_lsn":   "(meshgate_pg_lsn_key({0}) " + op + " meshgate_pg_lsn_key({1}))",
			"macaddr " + op + " macaddr": "({0} " + op + " {1})",
		})
	}
	for _, m := range []string{"min", "max"} {
		for _, typ := range []string{"inet", "pg_lsn"} {
			t.exact(map[string]string{m + "(" + typ + ")": "arg_" + m + "({0}, meshgate_" + typ + "_key({0}))" + aggFilter})
		}
	}
	sendOps(t)
}

// sendOps are the functions that write values as the protocol's binary form does.
func sendOps(t opTable) {
	for _, typ := range strings.Fields("int2 int4 int8 float4 float8 bool oid text varchar bpchar name") {
		form := strings.NewReplacer("varchar", "text", "bpchar", "text", "name", "text").Replace(typ)
		t.exact(map[string]string{typ + "send(" + typ + ")": "meshgate_" + form + "_send({0})"})
	}
	for _, typ := range strings.Fields("numeric date time timestamp timestamptz timetz interval jsonb") {
		t.exact(map[string]string{typ + "_send(" + typ + ")": "meshgate_" + typ + "_send({0})"})
	}
	t.exact(map[string]string{"uuid_send(uuid)": "{0}", "byteasend(bytea)": "{0}", "json_send(json)": "meshgate_text_send({0})"})
}
