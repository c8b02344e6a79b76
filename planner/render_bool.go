package planner

import "strings"

func (r *renderer) boolExpr(e *boolExpr) (string, error) {
	if e.op == opNot {
		return r.postfix(e.args[0], "not")
	}
	l, err := r.op([...]string{"and", "or"}[e.op])
	if err != nil {
		return "", err
	}
	args, err := r.operands(e.args)
	if err != nil {
		return "", err
	}
	text := strings.Join(args, l.SQL)
	if guards := r.guards(e, args, l.SQL); len(guards) > 0 {
		decided := map[boolOp]string{opAnd: " WHEN NOT (%) THEN false", opOr: " WHEN (%) THEN true"}[e.op]
		for i, g := range guards {
			guards[i] = strings.Replace(decided, "%", g, 1)
		}
		text = "CASE" + strings.Join(guards, "") + " ELSE " + text + " END"
	}
	return "(" + text + ")", nil
}

// guards are what stands before each operand of AND or OR that can fail: where it decides, PostgreSQL does not evaluate what follows.
// DuckDB evaluates all operands, but of CASE only what it needs.
func (r *renderer) guards(e *boolExpr, args []string, glue string) []string {
	if !r.d.Decimals {
		return nil
	}
	var guards []string
	from := 0
	for i := 1; i < len(args); i++ {
		if !isTotal(e.args[i]) {
			guards = append(guards, strings.Join(args[from:i], glue))
			from = i
		}
	}
	return guards
}
