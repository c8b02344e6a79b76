package mysql

// parts are fields of a date as integers, as extract's first argument names them.
var parts = map[string]string{
	"year": "YEAR({1})", "month": "MONTH({1})", "day": "DAYOFMONTH({1})", "quarter": "QUARTER({1})", "doy": "DAYOFYEAR({1})",
	"dow": "(DAYOFWEEK({1}) - 1)", "isodow": "(WEEKDAY({1}) + 1)", "week": "WEEK({1}, 3)",
}

var clockParts = map[string]string{"hour": "HOUR({1})", "minute": "MINUTE({1})", "second": "(SECOND({1}) + MICROSECOND({1}) * 0.000001)"}

func dateOps(t opTable) {
	for name, sql := range parts {
		for _, of := range []string{"date", "timestamp"} {
			t.add("extract(text:"+name+", "+of+")", sql)
			t.add("date_part(text:"+name+", "+of+")", "("+sql+" * 1E0)")
		}
	}
	for name, sql := range clockParts {
		// A time of MySQL may be negative, or longer than a day.
		t.add("extract(text:"+name+", timestamp)", sql)
		t.add("date_part(text:"+name+", timestamp)", "("+sql+" * 1E0)")
	}
	// The first day or hour of a unit is as many days or hours before a day as the day has in the unit.
	const day = "CAST({1} AS DATE)"
	month := "DATE_SUB(" + day + ", INTERVAL (DAYOFMONTH({1}) - 1) DAY)"
	for name, sql := range map[string]string{
		"day": day, "month": month, "year": "DATE_SUB(" + day + ", INTERVAL (DAYOFYEAR({1}) - 1) DAY)",
		"week":    "DATE_SUB(" + day + ", INTERVAL WEEKDAY({1}) DAY)",
		"quarter": "DATE_SUB(" + month + ", INTERVAL ((MONTH({1}) - 1) % 3) MONTH)",
	} {
		t.add("date_trunc(text:"+name+", timestamp)", "CAST("+sql+" AS DATETIME(6))")
	}
	hour := "DATE_ADD(CAST(" + day + " AS DATETIME(6)), INTERVAL HOUR({1}) HOUR)"
	minute := "DATE_ADD(" + hour + ", INTERVAL MINUTE({1}) MINUTE)"
	t.exact(map[string]string{
		"date_trunc(text:hour, timestamp)": hour, "date_trunc(text:minute, timestamp)": minute,
		"date_trunc(text:second, timestamp)": "DATE_ADD(" + minute + ", INTERVAL SECOND({1}) SECOND)",
		"date - date":                        "DATEDIFF({0}, {1})",
		"cast(timestamp as date)":            "CAST({0} AS DATE)", "cast(date as timestamp)": "CAST({0} AS DATETIME(6))",
		"date(timestamp)": "CAST({0} AS DATE)",
	})
}
