package duck

import "strings"

func dateOps(t opTable) {
	t.exact(map[string]string{
		"date + int4": "meshgate_date_add({0}, {1})", "int4 + date": "meshgate_date_add({1}, {0})", "date - int4": "meshgate_date_add({0}, -CAST({1} AS BIGINT))",
		"date - date": "meshgate_date_sub({0}, {1})", "date + time": "meshgate_date_time({0}, {1})", "time + date": "meshgate_date_time({1}, {0})",
		"date + interval": "meshgate_date_plus({0}, {1})", "interval + date": "meshgate_date_plus({1}, {0})",
		"date - interval":      "meshgate_date_plus({0}, meshgate_interval_neg({1}))",
		"timestamp + interval": "meshgate_timestamp_add({0}, {1})", "interval + timestamp": "meshgate_timestamp_add({1}, {0})",
		"timestamp - interval":   "meshgate_timestamp_add({0}, meshgate_interval_neg({1}))",
		"timestamp - timestamp":  "meshgate_timestamp_sub({0}, {1})",
		"timestamptz + interval": "meshgate_timestamptz_add({0}, {1}, {session})", "interval + timestamptz": "meshgate_timestamptz_add({1}, {0}, {session})",
		"timestamptz - interval":    "meshgate_timestamptz_add({0}, meshgate_interval_neg({1}), {session})",
		"timestamptz - timestamptz": "meshgate_timestamptz_sub({0}, {1})",
		"interval + interval":       "meshgate_interval_add({0}, {1})", "interval - interval": "meshgate_interval_sub({0}, {1})", "- interval": "meshgate_interval_neg({0})",
		"interval * float8": "meshgate_interval_mul({0}, {1})", "float8 * interval": "meshgate_interval_mul({1}, {0})",
		"interval / float8": "meshgate_interval_div({0}, {1})", "time - time": "meshgate_time_sub({0}, {1})",
		"time + interval": "meshgate_time_add({0}, {1})", "interval + time": "meshgate_time_add({1}, {0})", "time - interval": "meshgate_time_add({0}, meshgate_interval_neg({1}))",
		"age(timestamp, timestamp)": "meshgate_age({0}, {1})", "age(timestamptz, timestamptz)": "meshgate_age_tz({0}, {1}, {session})",
		"age(timestamp)": "meshgate_age(meshgate_today({session}), {0})", "age(timestamptz)": "meshgate_age(meshgate_today({session}), meshgate_timestamptz_timestamp({0}, {session}))",
		"date_trunc(text, timestamp)": "meshgate_timestamp_trunc({0}, {1})", "date_trunc(text, timestamptz)": "meshgate_timestamptz_trunc({0}, {1}, {session})",
		"date_trunc(text, timestamptz, text)":      "meshgate_timestamptz_trunc_zone({0}, {1}, {2})",
		"date_trunc(text, interval)":               "meshgate_interval_trunc({0}, {1})",
		"date_bin(interval, timestamp, timestamp)": "meshgate_timestamp_bin({0}, {1}, {2})",
		"timezone(text, timestamptz)":              "meshgate_zone_local({0}, {1})", "timezone(text, timestamp)": "meshgate_zone_instant({0}, {1})",
		"timezone(interval, timestamptz)": "meshgate_offset_local({0}, {1})", "timezone(interval, timestamp)": "meshgate_offset_instant({0}, {1})",
		"make_date(int4, int4, int4)": "meshgate_make_date({0}, {1}, {2})", "make_time(int4, int4, float8)": "meshgate_make_time({0}, {1}, {2})",
		"to_timestamp(float8)": "meshgate_to_timestamp({0})", "justify_days(interval)": "meshgate_justify_days({0})",
		"justify_hours(interval)": "meshgate_justify_hours({0})", "justify_interval(interval)": "meshgate_justify_interval({0})",
		"isfinite(date)": "isfinite({0})", "isfinite(timestamp)": "isfinite({0})", "isfinite(timestamptz)": "isfinite({0})", "isfinite(interval)": "({0} IS NOT NULL OR NULL)",
		"clock_timestamp()": "meshgate_clock()", "random()": "meshgate_random()", "gen_random_uuid()": "meshgate_random_uuid()",
		"make_timestamp(int4, int4, int4, int4, int4, float8)":   "meshgate_make_timestamp({0}, {1}, {2}, {3}, {4}, {5})",
		"make_timestamptz(int4, int4, int4, int4, int4, float8)": "meshgate_make_timestamptz({0}, {1}, {2}, {3}, {4}, {5}, {session})",
		"date_bin(interval, timestamptz, timestamptz)":           "meshgate_timestamptz_bin({0}, {1}, {2})",
	})
	for _, from := range strings.Fields("date timestamp interval time") {
		t.exact(map[string]string{
			"extract(text, " + from + ")":   "meshgate_" + from + "_extract({0}, {1})",
			"date_part(text, " + from + ")": "meshgate_numeric_float8(meshgate_" + from + "_extract({0}, {1}))",
		})
	}
	t.exact(map[string]string{
		"date_part(text, date)":                                        "meshgate_numeric_float8(meshgate_timestamp_extract({0}, meshgate_date_timestamp({1})))",
		"extract(text, timestamptz)":                                   "meshgate_timestamptz_extract({0}, {1}, {session})",
		"date_part(text, timestamptz)":                                 "meshgate_numeric_float8(meshgate_timestamptz_extract({0}, {1}, {session}))",
		"overlaps(timestamp, timestamp, timestamp, timestamp)":         "meshgate_overlaps({0}, {1}, {2}, {3})",
		"overlaps(timestamptz, timestamptz, timestamptz, timestamptz)": "meshgate_overlaps_tz({0}, {1}, {2}, {3})",
		"extract(text, timetz)":                                        "meshgate_timetz_extract({0}, {1})", "date_part(text, timetz)": "meshgate_numeric_float8(meshgate_timetz_extract({0}, {1}))",
		"overlaps(time, time, time, time)": "meshgate_overlaps_time({0}, {1}, {2}, {3})",
		"date_part(text, interval)": "CASE WHEN lower({0}) = 'epoch' THEN meshgate_interval_epoch({1}) " +
			"ELSE meshgate_numeric_float8(meshgate_interval_extract({0}, {1})) END",
	})
	for typ, how := range map[string][2]string{
		"timestamp":   {"meshgate_overlaps(", "meshgate_timestamp_add({0}, {1})"},
		"timestamptz": {"meshgate_overlaps_tz(", "meshgate_timestamptz_add({0}, {1}, {session})"},
		"time":        {"meshgate_overlaps_time(", "meshgate_time_add({0}, {1})"},
	} {
		first, second := how[1], strings.NewReplacer("{0}", "{2}", "{1}", "{3}").Replace(how[1])
		t.exact(map[string]string{
			"overlaps(" + typ + ", interval, " + typ + ", interval)":    how[0] + "{0}, " + first + ", {2}, " + second + ")",
			"overlaps(" + typ + ", interval, " + typ + ", " + typ + ")": how[0] + "{0}, " + first + ", {2}, {3})",
			"overlaps(" + typ + ", " + typ + ", " + typ + ", interval)": how[0] + "{0}, {1}, {2}, " + second + ")",
		})
	}
	timeTZOps(t)
	t.shorter("make_interval", "int4", []string{"int4", "int4", "int4", "int4", "int4", "float8"}, "meshgate_make_interval({0}", []string{"0", "0", "0", "0", "0", "0"})
}

// timeTZOps are of times with time zone, which travel as text.
func timeTZOps(t opTable) {
	const key = "meshgate_timetz_key("
	t.exact(map[string]string{
		"cast(timestamptz as timetz)": "meshgate_timestamptz_timetz({0}, {session})", "cast(time as timetz)": "meshgate_time_timetz({0}, {session})",
		"cast(timetz as time)": "meshgate_timetz_time({0})", "cast(text as timetz)": "meshgate_text_timetz({0}, {session})",
		"cast(varchar as timetz)": "meshgate_text_timetz({0}, {session})", "typmod(timetz)": "meshgate_timetz_round({0}, {mod})",
		"timezone(text, timetz)": "meshgate_zone_timetz({0}, {1}, {session})", "timezone(interval, timetz)": "meshgate_offset_timetz({0}, {1})",
		"timetz + interval": "meshgate_timetz_add({0}, {1})", "interval + timetz": "meshgate_timetz_add({1}, {0})",
		"timetz - interval": "meshgate_timetz_add({0}, meshgate_interval_neg({1}))",
		"date + timetz":     "meshgate_date_timetz({0}, {1})", "timetz + date": "meshgate_date_timetz({1}, {0})", "timestamptz(date, timetz)": "meshgate_date_timetz({0}, {1})",
		"overlaps(timetz, timetz, timetz, timetz)":                     "meshgate_overlaps_key(" + key + "{0}), " + key + "{1}), " + key + "{2}), " + key + "{3}))",
		"make_timestamptz(int4, int4, int4, int4, int4, float8, text)": "CASE WHEN {6} IS NOT NULL THEN meshgate_made_instant({6}, meshgate_make_timestamp({0}, {1}, {2}, {3}, {4}, {5})) END",
	})
	for _, to := range strings.Fields("text varchar bpchar") {
		t.exact(map[string]string{"cast(timetz as " + to + ")": "{0}"})
	}
	for _, m := range []string{"min", "max"} {
		t.exact(map[string]string{m + "(timetz)": "arg_" + m + "({0}, meshgate_timetz_key({0}))" + aggFilter})
	}
}
