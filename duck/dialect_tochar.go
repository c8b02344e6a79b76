package duck

func toCharOps(t opTable) {
	t.exact(map[string]string{
		"to_char(timestamp, text)": "meshgate_to_char_timestamp({0}, {1})", "to_char(timestamptz, text)": "meshgate_to_char_timestamptz({0}, {1}, {session})",
		"to_char(interval, text)": "meshgate_to_char_interval({0}, {1})", "to_number(text, text)": "meshgate_to_number({0}, {1})",
		"to_date(text, text)": "meshgate_to_date({0}, {1})", "to_timestamp(text, text)": "meshgate_to_timestamp_template({0}, {1}, {session})",
	})
	t.each("int4 int8 float4 float8 numeric", "to_char(T, text)", "meshgate_to_char_T({0}, {1})")
}
