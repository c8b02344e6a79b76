package planner

import (
	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgcat"
)

// totalFunctions cannot fail on any input though pg_proc does not call them leakproof: what they could tell is only their result.
var totalFunctions = map[string]bool{
	"numeric_eq": true, "numeric_ne": true, "numeric_lt": true, "numeric_le": true, "numeric_gt": true, "numeric_ge": true,
	"date_eq_timestamp": true, "date_lt_timestamp": true, "date_le_timestamp": true, "date_gt_timestamp": true, "date_ge_timestamp": true,
	"date_ne_timestamp": true, "timestamp_eq_date": true, "timestamp_lt_date": true, "timestamp_le_date": true, "timestamp_gt_date": true,
	"timestamp_ge_date": true, "timestamp_ne_date": true, "textlike": true, "textnlike": true, "bpcharlike": true, "bpcharnlike": true,
	"texticlike": true, "texticnlike": true, "boolne": true, "booleq": true, "lower": true, "upper": true, "length": true,
	"starts_with": true, "strpos": true, "reverse": true, "btrim": true, "ltrim": true, "rtrim": true, "left": true, "right": true,
}

// isTotal reports whether evaluating an expression can never fail, whatever the row: only such conditions may stand where a store
// could evaluate them on rows that a filter hides.
func isTotal(e expr) bool {
	switch e := e.(type) {
	case *colRef, *constant, *param, *sessionValue:
		return true
	case *call:
		if len(e.args) == 2 && foldArithmetic(e) != nil {
			return true // of literals, and it does not fail
		}
		if plainMatch(e) {
			break
		}
		if !e.proc.Leakproof && !totalFunctions[e.proc.Src] && !totalFunctions[e.proc.Name] {
			return false
		}
		if e.op == "~~" || e.op == "!~~" || e.op == "~~*" || e.op == "!~~*" {
			// A pattern that ends in an escape fails, and only a literal's end is known.
			k, ok := e.args[1].(*constant)
			if !ok || k.value == nil {
				return false
			}
			s, ok := k.value.(string)
			if !ok || len(s) > 0 && s[len(s)-1] == '\\' {
				return false
			}
		}
	case *cast:
		if e.method != castRelabel && !totalCast(e) {
			return false
		}
	case *inList:
		if !totalOperator(e.op) {
			return false
		}
	case *arrayTest:
		if !totalOperator(e.op) {
			return false
		}
	case *keyFilter:
		if !totalOperator(e.op) {
			return false
		}
	case *distinctTest:
		if !totalOperator(e.eq) {
			return false
		}
	case *boolExpr, *nullTest, *boolTest, *caseExpr, *coalesce:
	default:
		return false
	}
	for _, c := range e.children() {
		if !isTotal(c) {
			return false
		}
	}
	return true
}

// plainMatch recognises a match of a regular expression that is a literal and certainly one.
func plainMatch(c *call) bool {
	switch c.op {
	case "~", "~*", "!~", "!~*":
		v, ok := constantOf(c.args[1])
		return ok && connectors.Literals["ascii-regex"](v)
	}
	return false
}

// isHarmless reports whether an expression fails for no value that anybody has: total ones, sums and products of numeric, which overflow
// beyond 131,072 digits, and parts of dates, which end in the year 294276.
func isHarmless(e expr) bool {
	if isTotal(e) {
		return true
	}
	switch e := e.(type) {
	case *call:
		if !harmlessFunctions[e.proc.Src] && !hasKnownUnit(e) {
			return false
		}
	case *cast:
		if e.proc == nil || !harmlessFunctions[e.proc.Src] {
			return false
		}
	case *boolExpr, *nullTest, *boolTest, *caseExpr, *coalesce:
	default:
		return false
	}
	for _, c := range e.children() {
		if !isHarmless(c) {
			return false
		}
	}
	return true
}

var harmlessFunctions = map[string]bool{
	"numeric_add": true, "numeric_sub": true, "numeric_mul": true, "numeric_uminus": true, "numeric_abs": true,
	"timestamp_date": true, "timestamptz_date": true, "date_timestamp": true, "date_timestamptz": true, "date_mi": true,
}

// hasKnownUnit recognises date_trunc, date_part and extract of a unit that all dates and times have.
func hasKnownUnit(c *call) bool {
	switch c.proc.Name {
	case "date_trunc", "date_part", "extract":
	default:
		return false
	}
	v, ok := constantOf(c.args[0])
	unit, isText := v.(string)
	if !ok || !isText {
		return false
	}
	switch unit {
	case "year", "quarter", "month", "week", "day":
		return true
	}
	return false
}

func totalOperator(o *pgcat.Operator) bool {
	p := pgcat.ProcByOID(o.Code)
	return p.Leakproof || totalFunctions[p.Src]
}

// totalCast lists conversions that cannot fail: to a wider number, and between texts.
func totalCast(c *cast) bool {
	if c.method != castFunction || c.proc == nil {
		return false
	}
	if c.proc.Leakproof {
		return true
	}
	from := c.arg.typ().OID
	return from == pgcat.BPChar && c.to.OID == pgcat.Text || isInteger(from) && c.to == catalog.TypeOf(pgcat.Numeric)
}
