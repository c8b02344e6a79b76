package planner

import (
	"strings"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgcat"
)

// branching finds the operation of a construct whose result is one of several values: for values of all types, or for those of a
// type where a dialect has only some. Numbers of which all have one scale have an entry of their own.
func (r *renderer) branching(name string, e expr) (connectors.Lowering, error) {
	if l, err := r.op(name); err == nil {
		return l, nil
	}
	kind := opType(e.typ().OID)
	if kind == "varchar" {
		kind = "text"
	}
	if e.typ().OID == pgcat.Numeric {
		if b, ok := boundsOf(e); ok && r.fits(b) {
			kind = connectors.Decimal
		}
	}
	return r.op(name + "(" + kind + ")")
}

// branch writes one of the values.
func (r *renderer) branch(l connectors.Lowering, e expr) (string, error) {
	s, err := r.inner(e)
	if err != nil {
		return "", err
	}
	texts, err := r.wrap(l, []expr{e}, []string{s}, false)
	if err != nil {
		return "", err
	}
	return texts[0], nil
}

func (r *renderer) coalesce(e *coalesce) (string, error) {
	l, err := r.branching("coalesce", e)
	if err != nil {
		return "", err
	}
	args := make([]string, len(e.args))
	for i, a := range e.args {
		if args[i], err = r.branch(l, a); err != nil {
			return "", err
		}
	}
	return r.fill(l, e.t, args...)
}

func (r *renderer) caseExpr(e *caseExpr) (string, error) {
	l, err := r.branching("case", e)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("CASE")
	for _, w := range e.whens {
		cond, err := r.inner(w.cond)
		if err != nil {
			return "", err
		}
		then, err := r.branch(l, w.then)
		if err != nil {
			return "", err
		}
		b.WriteString(" WHEN " + cond + " THEN " + then)
	}
	other, err := r.branch(l, e.elseExpr)
	if err != nil {
		return "", err
	}
	b.WriteString(" ELSE " + other + " END")
	if !strings.Contains(l.SQL, "{0}") {
		return b.String(), nil
	}
	return r.fill(l, e.t, b.String())
}

func (r *renderer) nullIf(e *nullIf) (string, error) {
	eq := operatorExpr(e.eq, e.left, e.right)
	return r.caseExpr(&caseExpr{whens: []when{{cond: eq, then: &constant{t: e.result.typ()}}}, elseExpr: e.result, t: e.result.typ()})
}

// onlyWhere has a dialect without FILTER aggregate NULL, which aggregates of one value leave out, where the filter lets no row through.
func (r *renderer) onlyWhere(a *aggCall) *aggCall {
	if a.filter == nil || r.d.Has(connectors.FeatureAggFilter) || len(a.args) > 1 || len(a.order) > 0 || a.direct > 0 {
		return a
	}
	n := *a
	n.filter = nil
	value := expr(&constant{value: int64(1), t: catalog.TypeOf(pgcat.Int4)})
	if a.star {
		n.star, n.proc = false, aggregateOn("count", pgcat.Any)
	} else {
		value = a.args[0]
	}
	n.args = []expr{&caseExpr{whens: []when{{cond: a.filter, then: value}}, elseExpr: &constant{t: value.typ()}, t: value.typ()}}
	return &n
}
