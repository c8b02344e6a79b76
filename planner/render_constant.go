package planner

import (
	"meshgate/pgcat"
)

func (r *renderer) constant(k *constant) (string, error) {
	switch v := k.value.(type) {
	case nil:
		if k.t.OID == pgcat.Record {
			return "NULL", nil
		}
		l, err := r.op("null")
		if err != nil {
			return "", err
		}
		return r.fill(l, k.t)
	case bool:
		l, err := r.op(map[bool]string{true: "true", false: "false"}[v])
		if err != nil {
			return "", err
		}
		return l.SQL, nil
	}
	if err := r.held(k); err != nil {
		return "", err
	}
	return r.arg(Arg{Kind: ArgConst, Value: k.value, Type: k.t}), nil
}

// held refuses a constant that the store has no form for.
func (r *renderer) held(k *constant) error {
	if r.d.Holds != nil && !r.comparing[k] && !r.d.Holds(k.t, k.value) {
		return cannot("a value of type %s that it does not hold", k.t)
	}
	return nil
}

// compares notes that constants among operands are compared.
func (r *renderer) compares(operands ...expr) {
	for _, e := range operands {
		if k, ok := e.(*constant); ok {
			if r.comparing == nil {
				r.comparing = map[*constant]bool{}
			}
			r.comparing[k] = true
		}
	}
}
