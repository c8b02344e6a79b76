package duck

func toCharOps(t opTable) {
	t.exact(map[string]string{
		"to_char(timestamp, text)": "meshgate_to_char_timestamp({0}, {1})", "to_char(timestamptz, text)": "meshgate_to_char_timestamptz({0}, {1}, {session})",
		"to_char(interval, text)": "meshgate_to_char_interval({0}, {1})", "to_char(numeric, text)": "meshgate_to_char_numeric({0}, {1})",
		"to_char(int4, text)": "meshgate_to_char_numeric(meshgate_numeric({0}), {1})", "to_char(int8, text)": "meshgate_to_char_numeric(meshgate_numeric({0}), {1})",
		"to_char(float8, text)": "meshgate_to_char_float8({0}, {1})", "to_char(float4, text)": "meshgate_to_char_float4({0}, {1})",
		"to_date(text, text)": "meshgate_to_date({0}, {1})", "to_timestamp(text, text)": "meshgate_to_timestamp_format({0}, {1}, {session})",
		"to_number(text, text)": "meshgate_to_number({0}, {1})",
	})
}
