package mysql

import "strings"

// noDate is 0, and fails for a date that is none: reading one ends a query too.
const noDate = "CASE WHEN MONTH({1}) * DAYOFMONTH({1}) = 0 THEN 9223372036854775807 + DAYOFMONTH({1}) + 1 ELSE 0 END"

// day is the day of a date or a moment, and fails likewise. An interval of so many days is not computed where the date is none.
const day = "CASE WHEN MONTH({1}) * DAYOFMONTH({1}) = 0 " +
	"THEN DATE_ADD(CAST(20000101 AS DATE), INTERVAL (9223372036854775807 + DAYOFMONTH({1}) + 1) DAY) ELSE CAST({1} AS DATE) END"

// dateParts are fields of a date as integers, as extract's first argument names them.
var dateParts = map[string]string{
	"year": "YEAR({1})", "month": "MONTH({1})", "day": "DAYOFMONTH({1})", "quarter": "QUARTER({1})", "doy": "DAYOFYEAR({1})",
	"dow": "DAYOFWEEK({1}) - 1", "isodow": "WEEKDAY({1}) + 1", "week": "WEEK({1}, 3)",
}

// clockParts are those of a moment. A time of MySQL may be negative, or longer than a day.
var clockParts = map[string]string{"hour": "HOUR({1})", "minute": "MINUTE({1})", "second": "SECOND({1}) + MICROSECOND({1}) * 0.000001"}

func dateOps(t opTable) {
	part := func(name, of, sql string) {
		t.add("extract(text:"+name+", "+of+")", "("+sql+" + "+noDate+")")
		t.add("date_part(text:"+name+", "+of+")", "(("+sql+" + "+noDate+") * 1E0)")
	}
	for name, sql := range dateParts {
		part(name, "date", sql)
		part(name, "timestamp", sql)
	}
	for name, sql := range clockParts {
		part(name, "timestamp", sql)
	}
	// The first day of a unit is as many days before a day as the day has in the unit.
	before := func(days string) string { return "DATE_SUB(" + day + ", INTERVAL (" + days + ") DAY)" }
	month := before("DAYOFMONTH({1}) - 1")
	for name, sql := range map[string]string{
		"day": day, "month": month, "year": before("DAYOFYEAR({1}) - 1"), "week": before("WEEKDAY({1})"),
		"quarter": "DATE_SUB(" + month + ", INTERVAL ((MONTH({1}) - 1) % 3) MONTH)",
	} {
		t.add("date_trunc(text:"+name+", timestamp)", "CAST("+sql+" AS DATETIME(6))")
	}
	hour := "DATE_ADD(CAST(" + day + " AS DATETIME(6)), INTERVAL HOUR({1}) HOUR)"
	minute := "DATE_ADD(" + hour + ", INTERVAL MINUTE({1}) MINUTE)"
	first := strings.ReplaceAll(day, "{1}", "{0}")
	t.exact(map[string]string{
		"date_trunc(text:hour, timestamp)": hour, "date_trunc(text:minute, timestamp)": minute,
		"date_trunc(text:second, timestamp)": "DATE_ADD(" + minute + ", INTERVAL SECOND({1}) SECOND)",
		"date - date":                        "(DATEDIFF({0}, {1}) + " + noDate + " + " + strings.ReplaceAll(noDate, "{1}", "{0}") + ")",
		"cast(timestamp as date)":            first, "date(timestamp)": first,
		"cast(date as timestamp)": "CAST({0} AS DATETIME(6))",
	})
}
