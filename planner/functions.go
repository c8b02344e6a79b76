package planner

import (
	"slices"
	"strings"

	"meshgate/catalog"
	"meshgate/pgcat"
	"meshgate/sqlerr"
)

// resolved is a function call after resolution: arguments are coerced, types are concrete.
type resolved struct {
	proc     *pgcat.Proc
	args     []expr
	ret      pgcat.OID
	variadic bool          // the last argument is the array of the variadic ones, given as VARIADIC
	castTo   *pgcat.Type   // the call is a cast written as a function
	row      *catalog.Type // of the rows that it returns, if it does
}

// typ is the type of what the call returns.
func (r *resolved) typ() catalog.Type {
	if r.row != nil {
		return *r.row
	}
	return catalog.TypeOf(r.ret)
}

// funcName splits a function's name; only pg_catalog and information_schema have functions.
func (b *binder) funcName(names []string, pos int) (string, error) {
	switch {
	case len(names) == 1:
		return names[0], nil
	case len(names) == 2 && (names[0] == "pg_catalog" || names[0] == "information_schema"):
		return names[1], nil
	case len(names) == 3 && names[0] == b.in.Catalog.Mesh():
		return b.funcName(names[1:], pos)
	case len(names) == 3:
		return "", sqlerr.Newf(sqlerr.FeatureNotSupported, "cross-database references are not implemented: %s", strings.Join(names, ".")).At(pos)
	}
	if !b.schemaExists(names[0]) {
		return "", sqlerr.Newf(sqlerr.InvalidSchemaName, "schema %q does not exist", names[0]).At(pos)
	}
	return strings.Join(names, "."), nil
}

// resolveFunction finds the function that a call means (func_get_detail). argNames are the names of named arguments, which
// come last.
func (b *binder) resolveFunction(name string, args []expr, argNames []string, variadic bool, pos int) (*resolved, error) {
	have := make([]pgcat.OID, len(args))
	for i, a := range args {
		have[i] = a.typ().OID
	}
	list := candidates(name, len(args), argNames, variadic)
	for i := range list {
		if slices.Equal(list[i].args[:len(have)], have) && list[i].defaults == 0 {
			return b.finishCall(&list[i], args, argNames, variadic, pos)
		}
	}
	if t := castFunctionType(name, args, argNames); t != nil {
		return &resolved{castTo: t, args: args}, nil
	}
	fits := matchArgs(list, have)
	if len(fits) == 0 {
		return nil, b.noFunction(name, args, argNames, pos)
	}
	best := &fits[0]
	if len(fits) > 1 {
		best = selectCandidate(preferUnexpanded(fits), have)
	}
	if best == nil {
		return nil, sqlerr.Newf(sqlerr.AmbiguousFunction, "function %s is not unique", signatureOf(name, args, argNames)).
			WithHint("Could not choose a best candidate function. You might need to add explicit type casts.").At(pos)
	}
	return b.finishCall(best, args, argNames, variadic, pos)
}

// preferUnexpanded drops a candidate that matches only by expanding VARIADIC where the same types match without.
func preferUnexpanded(list []candidate) []candidate {
	var out []candidate
	for i, c := range list {
		shadowed := false
		for k, d := range list {
			if i != k && (d.expanded < c.expanded || d.expanded == c.expanded && d.defaults < c.defaults) && slices.Equal(d.args, c.args) {
				shadowed = true
			}
		}
		if !shadowed {
			out = append(out, c)
		}
	}
	return out
}

// candidates lists the functions of a name that take n arguments (FuncnameGetCandidates).
func candidates(name string, n int, argNames []string, variadic bool) []candidate {
	var list []candidate
	for _, p := range pgcat.Procs(name) {
		if p.Kind == 'p' {
			continue
		}
		if len(argNames) > 0 {
			if c, ok := namedCandidate(p, n, argNames); ok {
				list = append(list, c)
			}
			continue
		}
		switch {
		case len(p.Args) == n && (!variadic || p.Variadic != 0):
			list = append(list, candidate{args: p.Args, proc: p})
		case len(p.Args) > n && len(p.Args)-p.Defaults <= n && p.Variadic == 0:
			list = append(list, candidate{args: p.Args[:n], proc: p, defaults: len(p.Args) - n})
		}
		if p.Variadic != 0 && !variadic && n >= len(p.Args) && p.Variadic != pgcat.Any {
			fixed := len(p.Args) - 1
			args := append([]pgcat.OID(nil), p.Args[:fixed]...)
			for range n - fixed {
				args = append(args, p.Variadic)
			}
			list = append(list, candidate{args: args, proc: p, expanded: n - fixed})
		}
		if p.Variadic == pgcat.Any && !variadic && n >= len(p.Args) {
			args := append([]pgcat.OID(nil), p.Args...)
			for len(args) < n {
				args = append(args, pgcat.Any)
			}
			if n > len(p.Args) {
				list = append(list, candidate{args: args, proc: p})
			}
		}
	}
	return list
}

// namedCandidate orders a function's argument types as a call with trailing named arguments gives them.
func namedCandidate(p *pgcat.Proc, n int, argNames []string) (candidate, bool) {
	positional := n - len(argNames)
	if positional < 0 || n > len(p.Args) || len(p.ArgNames) < len(p.Args) {
		return candidate{}, false
	}
	args := append([]pgcat.OID(nil), p.Args[:positional]...)
	given := make([]bool, len(p.Args))
	for i := range positional {
		given[i] = true
	}
	for _, name := range argNames {
		at := slices.Index(p.ArgNames[:len(p.Args)], name)
		if at < 0 || given[at] {
			return candidate{}, false
		}
		given[at] = true
		args = append(args, p.Args[at])
	}
	for i, g := range given {
		if !g && i < len(p.Args)-p.Defaults {
			return candidate{}, false
		}
	}
	return candidate{args: args, proc: p, defaults: len(p.Args) - n}, true
}

func isParam(e expr) bool {
	_, ok := e.(*param)
	return ok
}

// castFunctionType recognises a cast written as a function: int8(x), text(x).
func castFunctionType(name string, args []expr, argNames []string) *pgcat.Type {
	if len(args) != 1 || len(argNames) > 0 {
		return nil
	}
	t := pgcat.TypeByName(name)
	if t == nil || t.Kind == 'p' {
		return nil
	}
	from := args[0].typ().OID
	if from == pgcat.Unknown {
		return t
	}
	switch m, _, ok := pathway(from, t.OID, explicitly); {
	case !ok, m == castFunction, m == castText && t.Category != 'S', m == castText && from == pgcat.Record:
		return nil
	}
	return t
}

func (b *binder) finishCall(c *candidate, args []expr, argNames []string, variadic bool, pos int) (*resolved, error) {
	declared := append([]pgcat.OID(nil), c.args[:len(args)]...)
	ret, err := generic(args, declared, c.proc.Ret)
	if err != nil {
		return nil, sqlerr.From(err).At(pos)
	}
	out := make([]expr, len(args))
	for i, a := range args {
		to := declared[i]
		if to == pgcat.Any {
			// "any" takes every type; a literal is text to the function, and a parameter has no type.
			if out[i] = a; a.typ().OID == pgcat.Unknown && !isParam(a) {
				if out[i], err = b.coerceUnknown(a, pgcat.Text, pos); err != nil {
					return nil, err
				}
			}
			continue
		}
		if out[i], err = b.coerceType(a, to, implicitly, pos); err != nil {
			return nil, err
		}
	}
	if out, err = orderNamed(c, out, argNames, pos); err != nil {
		return nil, err
	}
	if c.expanded > 0 {
		fixed := len(out) - c.expanded
		elem := out[fixed].typ().OID
		out = append(clip(out[:fixed]), &arrayExpr{elems: out[fixed:], t: catalog.TypeOf(arrayOf(elem))})
	}
	return &resolved{proc: c.proc, args: out, ret: ret, variadic: variadic}, nil
}

// orderNamed puts named arguments in their declared places. A gap that only a default could fill is refused: the defaults are
// expressions that the catalog rows hold in a form only PostgreSQL reads.
func orderNamed(c *candidate, args []expr, argNames []string, pos int) ([]expr, error) {
	if len(argNames) == 0 {
		return args, nil
	}
	out := make([]expr, len(c.proc.Args))
	positional := len(args) - len(argNames)
	copy(out, args[:positional])
	for i, name := range argNames {
		out[slices.Index(c.proc.ArgNames, name)] = args[positional+i]
	}
	last := len(out)
	for last > 0 && out[last-1] == nil {
		last--
	}
	for i := range last {
		if out[i] == nil {
			d, ok := defaultArgument(c.proc, i)
			if !ok {
				return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "function %s cannot be called here without argument %q", c.proc.Name, c.proc.ArgNames[i]).At(pos)
			}
			out[i] = d
		}
	}
	return out[:last], nil
}

// defaultArgument gives the default of make_interval's and jsonb_path functions' arguments, which are the zero of their type.
func defaultArgument(p *pgcat.Proc, i int) (expr, bool) {
	t := catalog.TypeOf(p.Args[i])
	switch {
	case p.Name == "make_interval" && t.OID == pgcat.Int4:
		return &constant{value: int64(0), t: t}, true
	case p.Name == "make_interval" && t.OID == pgcat.Float8:
		return &constant{value: float64(0), t: t}, true
	case strings.HasPrefix(p.Name, "jsonb_path_") && t.OID == pgcat.JSONB:
		return &constant{value: "{}", t: t}, true
	}
	return nil, false
}

func (b *binder) noFunction(name string, args []expr, argNames []string, pos int) error {
	return sqlerr.Newf(sqlerr.UndefinedFunction, "function %s does not exist", signatureOf(name, args, argNames)).
		WithHint("No function matches the given name and argument types. You might need to add explicit type casts.").At(pos)
}

// signatureOf prints a call's name and argument types as PostgreSQL's messages do.
func signatureOf(name string, args []expr, argNames []string) string {
	parts := make([]string, len(args))
	for i, a := range args {
		parts[i] = catalog.TypeOf(a.typ().OID).String()
		if k := i - (len(args) - len(argNames)); k >= 0 {
			parts[i] = argNames[k] + " => " + parts[i]
		}
	}
	return name + "(" + strings.Join(parts, ", ") + ")"
}
