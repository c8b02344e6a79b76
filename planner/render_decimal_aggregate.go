package planner

import (
	"strings"

	"meshgate/connectors"
	"meshgate/pgcat"
)

// decimalAggregate writes aggregates over or to numeric.
func (r *renderer) decimalAggregate(a *aggCall) (column, bool, error) {
	return r.numericAggregate(a, "")
}

func (r *renderer) decimalWindow(a *aggCall, over string) (column, bool, error) {
	return r.numericAggregate(a, over)
}

func (r *renderer) numericAggregate(a *aggCall, over string) (column, bool, error) {
	if a.star || !touchesNumeric(a.args, a.t) || a.proc.Name == "count" || pgcat.AggregateByFunc(a.proc.OID).Kind != 'n' {
		return column{}, false, nil
	}
	args, err := r.operandColumns(a.args)
	if err != nil {
		return column{}, true, err
	}
	if len(args) == 1 {
		if c, ok, err := r.productSum(a, args[0], over); ok || err != nil {
			return c, true, err
		}
	}
	key := aggregateKey(a)
	var d decimal
	if len(args) == 1 && args[0].decimal.native() && a.args[0].typ().OID == pgcat.Numeric {
		if native := a.proc.Name + "(decimal)"; r.d.Ops[native].SQL != "" {
			key = native
			switch a.proc.Name {
			case "sum":
				d = decimal{precision: maxDecimal, scale: args[0].decimal.scale}
			case "min", "max":
				d = args[0].decimal
			}
		}
	}
	if a.proc.Name == "sum" && a.args[0].typ().OID == pgcat.Int8 {
		d = decimal{precision: maxDecimal}
	}
	c, err := r.numericAggregateText(a, key, args, d, over)
	return c, true, err
}

func (r *renderer) numericAggregateText(a *aggCall, key string, args []column, d decimal, over string) (column, error) {
	l, err := r.aggregateOp(a, key)
	if err != nil {
		return column{}, err
	}
	texts := make([]string, len(args))
	for i, c := range args {
		if a.args[i].typ().OID == pgcat.Numeric && !strings.HasSuffix(key, "(decimal)") {
			if c, err = r.sortable(c); err != nil {
				return column{}, err
			}
		}
		texts[i] = c.sql
	}
	parts, err := r.aggregateParts(a, over)
	if err != nil {
		return column{}, err
	}
	sortable := a.args[0].typ().OID == pgcat.Numeric && !strings.HasSuffix(key, "(decimal)")
	switch _, own := r.d.Ops["distinct "+key]; {
	case a.distinct && sortable && !ignoresDuplicates(a.proc.Name):
		if !own {
			return column{}, cannot("%s(DISTINCT numeric)", a.proc.Name)
		}
		// The sortable form sorts by the value first. An engine takes no other key under DISTINCT than the argument itself.
		var keys []string
		for _, k := range r.distinctOrder(a, l) {
			keys = append(keys, r.directed(texts[0], k))
		}
		if len(keys) > 0 {
			parts["order"] = " ORDER BY " + strings.Join(keys, ", ")
		}
	default:
		if a.distinct && !sortable {
			parts["distinct"] = "DISTINCT "
		}
		if parts["order"], err = r.aggregateOrder(a, l); err != nil {
			return column{}, err
		}
	}
	if texts, err = r.wrap(l, a.args, texts, a.distinct); err != nil {
		return column{}, err
	}
	parts["decimal"] = d.sql()
	s, err := r.fillAggregate(l, a.t, texts, parts)
	return column{sql: s, decimal: d}, err
}

// decimalWindowFunction writes lag, first_value and their like over numeric; a default must have the value's form.
func (r *renderer) decimalWindowFunction(w *windowCall, l connectors.Lowering, over string) (column, error) {
	args, err := r.operandColumns(w.args)
	if err != nil {
		return column{}, err
	}
	d := decimal{}
	if len(args) > 0 {
		d = args[0].decimal
	}
	if len(args) == 3 {
		pair := []column{args[0], args[2]}
		if d, err = r.unifyDecimals(pair); err != nil {
			return column{}, err
		}
		args[0], args[2] = pair[0], pair[1]
	}
	texts := make([]string, len(args))
	for i, c := range args {
		texts[i] = c.sql
	}
	s, err := r.fillAggregate(l, w.t, texts, map[string]string{"filter": over, "distinct": "", "order": ""})
	return column{sql: s, decimal: d}, err
}
