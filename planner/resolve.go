package planner

import (
	"meshgate/catalog"
	"meshgate/pgcat"
	"meshgate/sqlerr"
)

// candidate is a function or operator that a call may mean, with the argument types as declared for this call: variadic
// arguments are expanded.
type candidate struct {
	args     []pgcat.OID
	proc     *pgcat.Proc
	op       *pgcat.Operator
	expanded int // how many trailing arguments came from expanding a variadic one
	defaults int // how many trailing arguments are missing and have defaults
}

// matchArgs keeps the candidates whose declared types the arguments fit (func_match_argtypes).
func matchArgs(list []candidate, have []pgcat.OID) []candidate {
	var out []candidate
	for _, c := range list {
		fits := true
		for i, h := range have {
			if !canCoerce(h, c.args[i], implicitly) {
				fits = false
				break
			}
		}
		if fits && genericFits(c.args, have) {
			out = append(out, c)
		}
	}
	return out
}

// genericFits reports whether polymorphic arguments agree with one another (check_generic_type_consistency).
func genericFits(declared, have []pgcat.OID) bool {
	var elem, array pgcat.OID
	var compatible []expr
	nonArray := false
	var ranges *rangeType
	for i, h := range have {
		if h == pgcat.Unknown {
			continue
		}
		switch declared[i] {
		case pgcat.AnyElement, pgcat.AnyNonArray, pgcat.AnyEnum:
			if elem != 0 && elem != h || declared[i] == pgcat.AnyNonArray && elementType(h) != 0 {
				return false
			}
			if declared[i] == pgcat.AnyEnum {
				return false // there are no enum types here
			}
			elem = h
		case pgcat.AnyArray:
			if array != 0 && array != h || elementType(h) == 0 {
				return false
			}
			array = h
		case pgcat.AnyRange, pgcat.AnyMultirange, pgcat.AnyCompatibleRange, pgcat.AnyCompatibleMultirange:
			r, ok := rangeTypes()[h]
			multi := declared[i] == pgcat.AnyMultirange || declared[i] == pgcat.AnyCompatibleMultirange
			if !ok || multi != (h == r.multi) || ranges != nil && *ranges != r {
				return false
			}
			ranges = &r
		case pgcat.AnyCompatibleNonArray, pgcat.AnyCompatible:
			nonArray = nonArray || declared[i] == pgcat.AnyCompatibleNonArray
			compatible = append(compatible, &constant{t: catalog.TypeOf(h)})
		case pgcat.AnyCompatibleArray:
			e := elementType(h)
			if e == 0 {
				return false
			}
			compatible = append(compatible, &constant{t: catalog.TypeOf(e)})
		}
	}
	if array != 0 && elem != 0 && elementType(array) != elem || ranges != nil && elem != 0 && ranges.elem != elem {
		return false
	}
	if len(compatible) == 0 {
		return true
	}
	oid, err := commonType(compatible, "arguments", 0)
	return err == nil && !(nonArray && elementType(oid) != 0)
}

// selectCandidate chooses the best of several candidates (func_select_candidate; PostgreSQL 15, sections 10.2 and 10.3). It
// returns nil when the call is ambiguous.
func selectCandidate(list []candidate, have []pgcat.OID) *candidate {
	if len(list) == 1 {
		return &list[0]
	}
	base := make([]pgcat.OID, len(have))
	unknowns := 0
	for i, h := range have {
		base[i] = domainBase(catalog.TypeOf(h)).OID
		if h == pgcat.Unknown {
			unknowns++
		}
	}
	list = keepBest(list, func(c *candidate) int { return exactMatches(c, base) })
	if len(list) == 1 {
		return &list[0]
	}
	list = keepBest(list, func(c *candidate) int { return exactMatches(c, base) + preferredMatches(c, base) })
	if len(list) == 1 {
		return &list[0]
	}
	if unknowns == 0 {
		return nil
	}
	list = keepByCategory(list, base)
	if len(list) == 1 {
		return &list[0]
	}
	return lastGasp(list, base, unknowns)
}

func keepBest(list []candidate, score func(*candidate) int) []candidate {
	best := -1
	var out []candidate
	for i := range list {
		switch s := score(&list[i]); {
		case s > best:
			best, out = s, []candidate{list[i]}
		case s == best:
			out = append(out, list[i])
		}
	}
	return out
}

func exactMatches(c *candidate, have []pgcat.OID) int {
	n := 0
	for i, h := range have {
		if h != pgcat.Unknown && c.args[i] == h {
			n++
		}
	}
	return n
}

// preferredMatches counts arguments that are not exact but whose declared type is the preferred one of the argument's category.
func preferredMatches(c *candidate, have []pgcat.OID) int {
	n := 0
	for i, h := range have {
		if h == pgcat.Unknown || c.args[i] == h {
			continue
		}
		category, _ := typeCategory(h)
		declared, preferred := typeCategory(c.args[i])
		if preferred && declared == category {
			n++
		}
	}
	return n
}

// keepByCategory decides places of unknown arguments: string wins, else the one category that all candidates agree on; within
// it a preferred type wins.
func keepByCategory(list []candidate, have []pgcat.OID) []candidate {
	categories := make([]byte, len(have))
	wantPreferred := make([]bool, len(have))
	resolved := false
	for i, h := range have {
		if h != pgcat.Unknown {
			continue
		}
		category, preferred, conflict := placeCategory(list, i)
		if conflict && category != 'S' {
			resolved = false
			return list
		}
		categories[i], wantPreferred[i], resolved = category, preferred, true
	}
	if !resolved {
		return list
	}
	var out []candidate
	for _, c := range list {
		keep := true
		for i, h := range have {
			if h != pgcat.Unknown {
				continue
			}
			category, preferred := typeCategory(c.args[i])
			if category != categories[i] || wantPreferred[i] && !preferred {
				keep = false
				break
			}
		}
		if keep {
			out = append(out, c)
		}
	}
	if len(out) == 0 {
		return list
	}
	return out
}

func placeCategory(list []candidate, i int) (category byte, preferred, conflict bool) {
	for k, c := range list {
		next, nextPreferred := typeCategory(c.args[i])
		switch {
		case k == 0:
			category, preferred = next, nextPreferred
		case next == category:
			preferred = preferred || nextPreferred
		case next == 'S':
			category, preferred, conflict = next, nextPreferred, true
		default:
			conflict = true
		}
	}
	return category, preferred, conflict
}

// lastGasp reads unknown arguments as the type that all known ones have.
func lastGasp(list []candidate, have []pgcat.OID, unknowns int) *candidate {
	if unknowns == len(have) {
		return nil
	}
	known := pgcat.OID(pgcat.Unknown)
	for _, h := range have {
		switch {
		case h == pgcat.Unknown:
		case known == pgcat.Unknown:
			known = h
		case known != h:
			return nil
		}
	}
	same := make([]pgcat.OID, len(have))
	for i := range same {
		same[i] = known
	}
	if fits := matchArgs(list, same); len(fits) == 1 {
		return &fits[0]
	}
	return nil
}

// findOperator resolves a binary operator (oper in parse_oper.c).
func (b *binder) findOperator(name string, left, right pgcat.OID, pos int) (*pgcat.Operator, error) {
	var list []candidate
	for _, o := range pgcat.Operators(name) {
		if o.Left == 0 {
			continue
		}
		if exactOperator(o, left, right) {
			return o, nil
		}
		list = append(list, candidate{args: []pgcat.OID{o.Left, o.Right}, op: o})
	}
	have := []pgcat.OID{left, right}
	fits := matchArgs(list, have)
	if len(fits) == 0 {
		return nil, noOperator(name, left, right, pos)
	}
	// One unknown side is first tried as the type of the other.
	if left == pgcat.Unknown && right != pgcat.Unknown || right == pgcat.Unknown && left != pgcat.Unknown {
		known := left
		if left == pgcat.Unknown {
			known = right
		}
		base := domainBase(catalog.TypeOf(known)).OID
		for i := range fits {
			if fits[i].args[0] == base && fits[i].args[1] == base {
				return fits[i].op, nil
			}
		}
	}
	best := selectCandidate(fits, have)
	if best == nil {
		return nil, sqlerr.Newf(sqlerr.AmbiguousFunction, "operator is not unique: %s %s %s", catalog.TypeOf(left), name, catalog.TypeOf(right)).
			WithHint("Could not choose a best candidate operator. You might need to add explicit type casts.").At(pos)
	}
	return best.op, nil
}

func exactOperator(o *pgcat.Operator, left, right pgcat.OID) bool {
	if left == pgcat.Unknown {
		left = right
	}
	if right == pgcat.Unknown {
		right = left
	}
	return o.Left == left && o.Right == right
}

func noOperator(name string, left, right pgcat.OID, pos int) error {
	text := name + " " + catalog.TypeOf(right).String()
	if left != 0 {
		text = catalog.TypeOf(left).String() + " " + text
	}
	return sqlerr.Newf(sqlerr.UndefinedFunction, "operator does not exist: %s", text).
		WithHint("No operator matches the given name and argument types. You might need to add explicit type casts.").At(pos)
}

// findPrefixOperator resolves a prefix operator.
func (b *binder) findPrefixOperator(name string, right pgcat.OID, pos int) (*pgcat.Operator, error) {
	var list []candidate
	for _, o := range pgcat.Operators(name) {
		if o.Left != 0 {
			continue
		}
		if o.Right == right {
			return o, nil
		}
		list = append(list, candidate{args: []pgcat.OID{o.Right}, op: o})
	}
	fits := matchArgs(list, []pgcat.OID{right})
	if len(fits) == 0 {
		return nil, noOperator(name, 0, right, pos)
	}
	best := selectCandidate(fits, []pgcat.OID{right})
	if best == nil {
		return nil, sqlerr.Newf(sqlerr.AmbiguousFunction, "operator is not unique: %s %s", name, catalog.TypeOf(right)).
			WithHint("Could not choose a best candidate operator. You might need to add explicit type casts.").At(pos)
	}
	return best.op, nil
}

// generic resolves polymorphic argument and result types (enforce_generic_type_consistency). declared is changed in place.
func generic(args []expr, declared []pgcat.OID, ret pgcat.OID) (pgcat.OID, error) {
	var elem, array, compatible pgcat.OID
	var compatibles []expr
	var ranges rangeType
	for i, d := range declared {
		actual := args[i].typ().OID
		switch d {
		case pgcat.AnyElement, pgcat.AnyNonArray, pgcat.AnyEnum:
			if actual == pgcat.Unknown {
				continue
			}
			if elem != 0 && elem != actual {
				return 0, genericMismatch("anyelement", elem, actual)
			}
			elem = actual
		case pgcat.AnyArray:
			if actual == pgcat.Unknown {
				continue
			}
			if array != 0 && array != actual {
				return 0, genericMismatch("anyarray", array, actual)
			}
			array = actual
		case pgcat.AnyRange, pgcat.AnyMultirange:
			if r, ok := rangeTypes()[actual]; ok {
				ranges = r
			}
		case pgcat.AnyCompatible, pgcat.AnyCompatibleNonArray:
			compatibles = append(compatibles, args[i])
		case pgcat.AnyCompatibleArray:
			if e := elementType(actual); e != 0 {
				compatibles = append(compatibles, &constant{t: catalog.TypeOf(e)})
			}
		}
	}
	if array != 0 {
		e := elementType(array)
		switch {
		case e == 0:
			return 0, sqlerr.Newf(sqlerr.DatatypeMismatch, "argument declared %s is not an array but type %s", "anyarray", catalog.TypeOf(array))
		case elem == 0:
			elem = e
		case elem != e:
			return 0, sqlerr.Newf(sqlerr.DatatypeMismatch, "argument declared anyarray is not consistent with argument declared anyelement")
		}
	}
	if ranges.elem != 0 && elem == 0 {
		elem = ranges.elem
	}
	if len(compatibles) > 0 {
		oid, err := commonType(compatibles, "arguments", 0)
		if err != nil {
			return 0, err
		}
		compatible = oid
	}
	if usesGeneric(declared, ret) && elem == 0 && compatible == 0 {
		return 0, sqlerr.Newf(sqlerr.DatatypeMismatch, "could not determine polymorphic type because input has type unknown")
	}
	for i := range declared {
		declared[i] = ranges.concrete(concrete(declared[i], elem, array, compatible))
	}
	return ranges.concrete(concrete(ret, elem, array, compatible)), nil
}

func genericMismatch(name string, a, c pgcat.OID) error {
	return sqlerr.Newf(sqlerr.DatatypeMismatch, "arguments declared %q are not all alike", name).
		WithDetail("%s versus %s", catalog.TypeOf(a), catalog.TypeOf(c))
}

func usesGeneric(declared []pgcat.OID, ret pgcat.OID) bool {
	for _, d := range append(clip(declared), ret) {
		if isPolymorphic(d) {
			return true
		}
	}
	return false
}

func concrete(d, elem, array, compatible pgcat.OID) pgcat.OID {
	switch d {
	case pgcat.AnyElement, pgcat.AnyNonArray, pgcat.AnyEnum:
		return elem
	case pgcat.AnyArray:
		if array != 0 {
			return array
		}
		return arrayOf(elem)
	case pgcat.AnyCompatible, pgcat.AnyCompatibleNonArray:
		return compatible
	case pgcat.AnyCompatibleArray:
		return arrayOf(compatible)
	}
	return d
}
