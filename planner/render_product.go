package planner

import (
	"strings"

	"meshgate/connectors"
)

// productDigits is how many digits a product may have that is added up natively: 38 hold the sum of ten billion of them.
const productDigits = 28

// factors lists what a product of DECIMALs is made of that has more digits than DECIMAL holds; nil where a factor is none.
func factors(args []column) []column {
	var out []column
	for _, a := range args {
		switch {
		case a.decimal.native():
			out = append(out, a)
		case a.factors != nil:
			out = append(out, a.factors...)
		default:
			return nil
		}
	}
	return out
}

// smallFactors gives each factor an equal part of the digits before the point; false where there are too few.
func smallFactors(list []column) ([]decimal, bool) {
	scale := int32(0)
	for _, f := range list {
		scale += f.decimal.scale
	}
	whole := (productDigits - scale) / int32(max(1, len(list)))
	out := make([]decimal, len(list))
	for i, f := range list {
		d := f.decimal
		out[i] = decimal{precision: max(1, min(d.precision, whole+d.scale)), scale: d.scale}
	}
	return out, whole >= 4 && len(list) > 0
}

// productSum writes sum and avg of a product for which DECIMAL has no room, and of values whose sum may have none. Most amounts are small, whatever their columns are declared
// to hold: rows with small factors are multiplied and added natively, and only the others in the sortable form. CASE keeps an engine
// from computing what it does not need.
func (r *renderer) productSum(a *aggCall, p column, over string) (column, bool, error) {
	factors := p.factors
	if p.decimal.precision > productDigits {
		factors = []column{p}
	}
	small, ok := smallFactors(factors)
	if !ok || a.distinct || len(a.order) > 0 || a.proc.Name != "sum" && a.proc.Name != "avg" || r.d.Ops["total(numeric, numeric)"].SQL == "" {
		return column{}, false, nil
	}
	parts, err := r.aggregateParts(a, over)
	if err != nil {
		return column{}, true, err
	}
	fits, present, product, err := r.smallProduct(factors, small)
	if err != nil {
		return column{}, true, err
	}
	wide, err := r.sortable(p)
	if err != nil {
		return column{}, true, err
	}
	parts["decimal"] = decimal{precision: maxDecimal, scale: product.decimal.scale}.sql()
	aggregate := func(key, arg string) string {
		l, failed := r.op(key)
		if failed != nil {
			err = failed
			return ""
		}
		s, failed := r.fillAggregate(l, a.t, []string{arg}, parts)
		if failed != nil {
			err = failed
		}
		return s
	}
	operation := func(key string, operands ...string) string {
		l, failed := r.op(key)
		if failed != nil {
			err = failed
		}
		return connectors.Fill(l.SQL, operands, nil)
	}
	sum := operation("total(numeric, numeric)", operation("sortable(decimal)", aggregate("sum(decimal)", "CASE WHEN "+fits+" THEN "+product.sql+" END")),
		aggregate("sum(numeric)", "CASE WHEN NOT ("+fits+") THEN "+wide.sql+" END"))
	if a.proc.Name == "avg" {
		count := castDecimal(aggregate("count(any)", "CASE WHEN "+present+" THEN 1 END"), decimal{precision: 19})
		sum = operation("numeric / numeric", sum, operation("sortable(decimal)", "NULLIF("+count+", 0)"))
	}
	return column{sql: sum}, true, err
}

// smallProduct writes the test that factors are small, the one that none is NULL, and the product of those that are small.
func (r *renderer) smallProduct(list []column, small []decimal) (fits, present string, product column, err error) {
	var tests, nulls []string
	for i, f := range list {
		nulls = append(nulls, f.sql+" IS NOT NULL")
		if small[i].precision < f.decimal.precision {
			l, err := r.op("abs(decimal)")
			if err != nil {
				return "", "", column{}, err
			}
			limit := castDecimal("'1"+strings.Repeat("0", int(small[i].precision-small[i].scale))+"'", f.decimal)
			tests = append(tests, connectors.Fill(l.SQL, []string{f.sql}, nil)+" < "+limit)
		}
		next := column{sql: castDecimal(f.sql, small[i]), decimal: small[i]}
		if i == 0 {
			product = next
			continue
		}
		// A product of such factors has room.
		if product, _, err = r.nativeBinary("*", product, next); err != nil {
			return "", "", column{}, err
		}
	}
	if len(tests) == 0 {
		tests = []string{"TRUE"}
	}
	return strings.Join(tests, " AND "), strings.Join(nulls, " AND "), product, nil
}
