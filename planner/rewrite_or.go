package planner

// factored takes what all arms of an OR have in common out of it: (K AND x) OR (K AND y) is K AND (x OR y), for then K can be a join's
// condition or go down to a store (PostgreSQL's find_duplicate_ors).
func factored(list []expr) []expr {
	var out []expr
	for _, c := range list {
		out = append(out, factor(c)...)
	}
	return out
}

func factor(c expr) []expr {
	arms := armsOf(c)
	if len(arms) < 2 || hasSubquery(c) || isVolatileExpr(c) {
		return []expr{c}
	}
	counts := map[string]int{}
	for _, arm := range arms {
		seen := map[string]bool{}
		for _, part := range arm {
			if print := fingerprint(part); !seen[print] {
				seen[print] = true
				counts[print]++
			}
		}
	}
	var common []expr
	taken := map[string]bool{}
	for _, part := range arms[0] {
		if print := fingerprint(part); counts[print] == len(arms) && !taken[print] {
			taken[print] = true
			common = append(common, part)
		}
	}
	if len(common) == 0 {
		return []expr{c}
	}
	var rest []expr
	for _, arm := range arms {
		var left []expr
		for _, part := range arm {
			if !taken[fingerprint(part)] {
				left = append(left, part)
			}
		}
		if len(left) == 0 {
			return common // this arm is all that is in common: the others ask for more
		}
		rest = append(rest, and(left...))
	}
	return append(common, or(rest...))
}

// armsOf returns the conjuncts of each arm of an OR.
func armsOf(c expr) [][]expr {
	b, ok := c.(*boolExpr)
	if !ok || b.op != opOr {
		return nil
	}
	var arms [][]expr
	for _, a := range b.args {
		arms = append(arms, conjuncts(a))
	}
	return arms
}

// implied is what an OR over both sides of a join asks of one side alone: the OR of what its arms ask of it. The OR itself stays
// where it is. Nothing is implied where an arm asks nothing of the side, or where the parts, torn out of their order, could fail.
func implied(c expr, side colSet) expr {
	arms := armsOf(c)
	if len(arms) < 2 || hasSubquery(c) || !isTotal(c) {
		return nil
	}
	var out []expr
	for _, arm := range arms {
		var parts []expr
		for _, part := range arm {
			if used := columnsOf(part); len(used) > 0 && side.hasAll(used) {
				parts = append(parts, part)
			}
		}
		if len(parts) == 0 {
			return nil
		}
		out = append(out, and(parts...))
	}
	return or(out...)
}
