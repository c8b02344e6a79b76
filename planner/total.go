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
