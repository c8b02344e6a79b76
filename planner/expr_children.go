package planner

func (e *colRef) children() []expr       { return nil }
func (e *constant) children() []expr     { return nil }
func (e *param) children() []expr        { return nil }
func (e *sessionValue) children() []expr { return nil }
func (e *groupingCall) children() []expr { return nil }
func (e *call) children() []expr         { return e.args }
func (e *cast) children() []expr         { return []expr{e.arg} }
func (e *boolExpr) children() []expr     { return e.args }
func (e *nullTest) children() []expr     { return []expr{e.arg} }
func (e *boolTest) children() []expr     { return []expr{e.arg} }
func (e *distinctTest) children() []expr { return []expr{e.left, e.right} }
func (e *coalesce) children() []expr     { return e.args }
func (e *minMax) children() []expr       { return e.args }
func (e *nullIf) children() []expr       { return []expr{e.left, e.right, e.result} }
func (e *inList) children() []expr       { return append([]expr{e.left}, e.items...) }
func (e *arrayTest) children() []expr    { return []expr{e.left, e.array} }
func (e *arrayExpr) children() []expr    { return e.elems }
func (e *fieldOf) children() []expr      { return []expr{e.row} }
func (e *setCall) children() []expr      { return e.args }
func (e *subquery) children() []expr     { return e.left }
func (e *maskHash) children() []expr     { return []expr{e.arg} }

func (e *caseExpr) children() []expr {
	var c []expr
	for _, w := range e.whens {
		c = append(c, w.cond, w.then)
	}
	return append(c, e.elseExpr)
}

func (e *rowExpr) children() []expr {
	if e.present == nil {
		return e.fields
	}
	return append(clip(e.fields), e.present)
}

func (e *subscript) children() []expr {
	c := []expr{e.arg}
	for _, x := range [...]expr{e.index, e.lower, e.upper} {
		if x != nil {
			c = append(c, x)
		}
	}
	return c
}

func (e *aggCall) children() []expr {
	c := append([]expr(nil), e.args...)
	for _, k := range e.order {
		c = append(c, k.e)
	}
	if e.filter != nil {
		c = append(c, e.filter)
	}
	return c
}

func (e *windowCall) children() []expr {
	c := append(append([]expr(nil), e.args...), e.window.partition...)
	for _, k := range e.window.order {
		c = append(c, k.e)
	}
	for _, x := range [...]expr{e.filter, e.window.frame.startOffset, e.window.frame.endOffset} {
		if x != nil {
			c = append(c, x)
		}
	}
	return c
}

func (e *colRef) withChildren([]expr) expr       { return e }
func (e *constant) withChildren([]expr) expr     { return e }
func (e *param) withChildren([]expr) expr        { return e }
func (e *sessionValue) withChildren([]expr) expr { return e }
func (e *groupingCall) withChildren([]expr) expr { return e }

func (e *call) withChildren(c []expr) expr {
	n := *e
	n.args = c
	return &n
}

func (e *cast) withChildren(c []expr) expr {
	n := *e
	n.arg = c[0]
	return &n
}

func (e *boolExpr) withChildren(c []expr) expr {
	n := *e
	n.args = c
	return &n
}

func (e *nullTest) withChildren(c []expr) expr {
	n := *e
	n.arg = c[0]
	return &n
}

func (e *boolTest) withChildren(c []expr) expr {
	n := *e
	n.arg = c[0]
	return &n
}

func (e *distinctTest) withChildren(c []expr) expr {
	n := *e
	n.left, n.right = c[0], c[1]
	return &n
}

func (e *caseExpr) withChildren(c []expr) expr {
	n := *e
	n.whens = make([]when, len(e.whens))
	for i := range n.whens {
		n.whens[i] = when{c[2*i], c[2*i+1]}
	}
	n.elseExpr = c[len(c)-1]
	return &n
}

func (e *coalesce) withChildren(c []expr) expr {
	n := *e
	n.args = c
	return &n
}

func (e *minMax) withChildren(c []expr) expr {
	n := *e
	n.args = c
	return &n
}

func (e *nullIf) withChildren(c []expr) expr {
	n := *e
	n.left, n.right, n.result = c[0], c[1], c[2]
	return &n
}

func (e *inList) withChildren(c []expr) expr {
	n := *e
	n.left, n.items = c[0], c[1:]
	return &n
}

func (e *arrayTest) withChildren(c []expr) expr {
	n := *e
	n.left, n.array = c[0], c[1]
	return &n
}

func (e *arrayExpr) withChildren(c []expr) expr {
	n := *e
	n.elems = c
	return &n
}

func (e *rowExpr) withChildren(c []expr) expr {
	n := *e
	if n.fields = c; e.present != nil {
		k := len(c) - 1
		n.fields, n.present = c[:k:k], c[k]
	}
	return &n
}

func (e *fieldOf) withChildren(c []expr) expr {
	n := *e
	n.row = c[0]
	return &n
}

func (e *setCall) withChildren(c []expr) expr {
	n := *e
	n.args = c
	return &n
}

func (e *maskHash) withChildren(c []expr) expr {
	n := *e
	n.arg = c[0]
	return &n
}

func (e *subquery) withChildren(c []expr) expr {
	n := *e
	n.left = c
	return &n
}

func (e *subscript) withChildren(c []expr) expr {
	n := *e
	n.arg, c = c[0], c[1:]
	for _, at := range [...]*expr{&n.index, &n.lower, &n.upper} {
		if *at != nil {
			*at, c = c[0], c[1:]
		}
	}
	return &n
}

func (e *aggCall) withChildren(c []expr) expr {
	n := *e
	n.args, c = c[:len(e.args)], c[len(e.args):]
	n.order, c = withKeys(e.order, c)
	if e.filter != nil {
		n.filter = c[0]
	}
	return &n
}

func withKeys(keys []sortKey, c []expr) ([]sortKey, []expr) {
	out := append([]sortKey(nil), keys...)
	for i := range out {
		out[i].e = c[i]
	}
	return out, c[len(keys):]
}

func (e *windowCall) withChildren(c []expr) expr {
	n := *e
	n.args, c = c[:len(e.args)], c[len(e.args):]
	n.window.partition, c = c[:len(e.window.partition)], c[len(e.window.partition):]
	n.window.order, c = withKeys(e.window.order, c)
	for _, at := range [...]*expr{&n.filter, &n.window.frame.startOffset, &n.window.frame.endOffset} {
		if *at != nil {
			*at, c = c[0], c[1:]
		}
	}
	return &n
}
