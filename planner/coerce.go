package planner

import (
	"meshgate/catalog"
	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

// coercionContext says how much of a conversion was asked for (pg_cast.castcontext).
type coercionContext int

const (
	implicitly coercionContext = iota
	byAssignment
	explicitly
)

// pathway is how one type becomes another (find_coercion_pathway); ok is false where there is none in the context.
func pathway(from, to pgcat.OID, ctx coercionContext) (m castMethod, proc *pgcat.Proc, ok bool) {
	if from == to {
		return castRelabel, nil, true
	}
	if c := pgcat.CastBetween(from, to); c != nil {
		need := map[byte]coercionContext{'i': implicitly, 'a': byAssignment, 'e': explicitly}[c.Context]
		if ctx < need {
			return 0, nil, false
		}
		switch c.Method {
		case 'f':
			return castFunction, pgcat.ProcByOID(c.Func), true
		case 'b':
			return castRelabel, nil, true
		}
		return castText, nil, true
	}
	if to == pgcat.OIDVector || to == pgcat.Int2Vector {
		return 0, nil, false
	}
	if fe, te := elementType(from), elementType(to); fe != 0 && te != 0 {
		m, _, ok := pathway(fe, te, ctx)
		if ok && m != castRelabel {
			m = castArray
		}
		return m, nil, ok
	}
	toCategory, _ := typeCategory(to)
	fromCategory, _ := typeCategory(from)
	if ctx >= byAssignment && toCategory == 'S' || ctx >= explicitly && fromCategory == 'S' {
		return castText, nil, true
	}
	return 0, nil, false
}

// canCoerce reports whether an argument of type from fits a declared type (can_coerce_type, one argument).
func canCoerce(from, to pgcat.OID, ctx coercionContext) bool {
	switch {
	case from == to, to == pgcat.Any, isPolymorphic(to), from == pgcat.Unknown:
		return true
	case from == pgcat.Record && to == pgcat.RecordArray:
		return false
	}
	_, _, ok := pathway(from, to, ctx)
	return ok
}

// coerce converts an expression to a type, or fails as PostgreSQL does.
func (b *binder) coerce(e expr, to catalog.Type, ctx coercionContext, pos int) (expr, error) {
	e, err := b.coerceType(e, to.OID, ctx, pos)
	if err != nil {
		return nil, err
	}
	// A number becomes as many bits as the type has: the cast itself needs the length.
	if c, ok := e.(*cast); ok && to.OID == pgcat.Bit && c.method == castFunction && c.to.Mod < 0 {
		c.to.Mod = to.Mod
	}
	return applyTypmod(e, to, ctx == explicitly, pos)
}

// coerceType converts without a typmod.
func (b *binder) coerceType(e expr, to pgcat.OID, ctx coercionContext, pos int) (expr, error) {
	from := e.typ().OID
	if from == to || to == pgcat.Any {
		return e, nil
	}
	if from == pgcat.Unknown {
		return b.coerceUnknown(e, to, pos)
	}
	m, proc, ok := pathway(from, to, ctx)
	if !ok {
		return nil, sqlerr.Newf(sqlerr.CannotCoerce, "cannot cast type %s to %s", catalog.TypeOf(from), catalog.TypeOf(to)).At(pos)
	}
	target := catalog.TypeOf(to)
	if m == castRelabel {
		target.Mod = relabelMod(e.typ(), to)
	}
	return foldCast(b, &cast{arg: e, to: target, method: m, proc: proc, explicit: ctx == explicitly, pos: pos})
}

// relabelMod keeps varchar(n)'s length when it is read as varchar again through text; other relabelings lose the typmod.
func relabelMod(from catalog.Type, to pgcat.OID) int32 {
	if from.OID == pgcat.VarChar && to == pgcat.VarChar {
		return from.Mod
	}
	return -1
}

// coerceUnknown gives a literal or a parameter of unknown type the type that its surroundings ask for.
func (b *binder) coerceUnknown(e expr, to pgcat.OID, pos int) (expr, error) {
	switch e := e.(type) {
	case *constant:
		return b.literal(e, to)
	case *param:
		return b.resolveParam(e, to, pos)
	case *cast, *colRef, *caseExpr, *coalesce:
	}
	// A column of a subquery or a VALUES list that stayed unknown: it is text, as PostgreSQL makes it.
	return &cast{arg: &cast{arg: e, to: textType, method: castRelabel}, to: catalog.TypeOf(to), method: castText, explicit: true, pos: pos}, nil
}

// literal reads a literal of unknown type as a type's input function does.
func (b *binder) literal(c *constant, to pgcat.OID) (expr, error) {
	if c.value == nil {
		return &constant{t: catalog.TypeOf(to), pos: c.pos}, nil
	}
	if needsCatalog(to) {
		text := &constant{value: c.value, t: textType, pos: c.pos}
		return &cast{arg: text, to: catalog.TypeOf(to), method: castText, explicit: true, pos: c.pos}, nil
	}
	v, err := pgvalue.Parse(to, -1, c.value.(string), b.in.Format)
	if err != nil {
		return nil, sqlerr.From(err).At(c.pos)
	}
	return &constant{value: v, t: catalog.TypeOf(to), pos: c.pos}, nil
}

// needsCatalog reports whether a type's texts are names that only the system catalogs can resolve.
func needsCatalog(oid pgcat.OID) bool {
	switch oid {
	case pgcat.RegClass, pgcat.RegProc, pgcat.RegProcedure, pgcat.RegOper, pgcat.RegOperator, pgcat.RegType, pgcat.RegRole,
		pgcat.RegNamespace, pgcat.RegCollation, pgcat.RegConfig, pgcat.RegDictionary:
		return true
	}
	return false
}

// applyTypmod applies a length or precision where the expression does not have it already.
func applyTypmod(e expr, to catalog.Type, explicit bool, pos int) (expr, error) {
	if to.Mod < 0 || e.typ().Mod == to.Mod {
		return e, nil
	}
	method := castTypmod
	if elementType(to.OID) != 0 {
		method = castArray
	}
	return foldCast(nil, &cast{arg: e, to: to, method: method, explicit: explicit, pos: pos})
}

// foldCast computes the conversion of a constant when planning, where a conversion's result does not depend on the session.
func foldCast(b *binder, c *cast) (expr, error) {
	k, ok := c.arg.(*constant)
	if !ok {
		return c, nil
	}
	if k.value == nil {
		return &constant{t: c.to, pos: k.pos}, nil
	}
	v, done, err := convertConstant(k, c)
	if err != nil {
		return nil, err // PostgreSQL computes it when it plans, and knows no place any more
	}
	if !done {
		return c, nil
	}
	return &constant{value: v, t: c.to, pos: k.pos}, nil
}

func convertConstant(k *constant, c *cast) (v pgvalue.Value, done bool, err error) {
	switch {
	case c.method == castRelabel:
		return k.value, pgcatStringLike(k.t.OID) && pgcatStringLike(c.to.OID) || c.to.OID == k.t.OID, nil
	case c.method == castTypmod:
		return typmodConstant(k.value, c)
	case c.method == castFunction:
		return numberConstant(k.value, c.to.OID)
	}
	return nil, false, nil
}

func pgcatStringLike(oid pgcat.OID) bool {
	return oid == pgcat.Text || oid == pgcat.VarChar || oid == pgcat.Unknown
}

func typmodConstant(v pgvalue.Value, c *cast) (pgvalue.Value, bool, error) {
	switch x := v.(type) {
	case pgvalue.Numeric:
		n, err := x.ApplyTypmod(c.to.Mod)
		return n, true, err
	case string:
		switch c.to.OID {
		case pgcat.VarChar:
			s, err := pgvalue.VarChar(x, c.to.Mod, c.explicit)
			return s, true, err
		case pgcat.BPChar:
			s, err := pgvalue.BPChar(x, c.to.Mod, c.explicit)
			return s, true, err
		}
	case pgvalue.Timestamp:
		return x.Round(c.to.Mod), true, nil
	case pgvalue.TimeTZ:
		return pgvalue.TimeTZ{Time: pgvalue.TimeOfDay(pgvalue.RoundTime(int64(x.Time), c.to.Mod)), Offset: x.Offset}, true, nil
	case pgvalue.TimeOfDay:
		return pgvalue.TimeOfDay(pgvalue.RoundTime(int64(x), c.to.Mod)), true, nil
	case pgvalue.Interval:
		i, err := x.ApplyTypmod(c.to.Mod)
		return i, true, err
	}
	return nil, false, nil
}

// numberConstant folds conversions between number types that cannot lose anything, and integers that must fit.
func numberConstant(v pgvalue.Value, to pgcat.OID) (pgvalue.Value, bool, error) {
	switch x := v.(type) {
	case int64:
		switch to {
		case pgcat.Int2, pgcat.Int4, pgcat.Int8:
			if lo, hi := intRange(to); x < lo || x > hi {
				return nil, false, sqlerr.Newf(sqlerr.NumericValueOutOfRange, "%s out of range", catalog.TypeOf(to))
			}
			return x, true, nil
		case pgcat.Numeric:
			return pgvalue.NumericFromInt(x), true, nil
		case pgcat.Float8:
			return float64(x), true, nil
		}
	case pgvalue.Numeric:
		if to == pgcat.Float8 {
			f, err := x.Double()
			return f, err == nil, nil // what fails fails when it runs, if it does
		}
	}
	return nil, false, nil
}

func intRange(oid pgcat.OID) (lo, hi int64) {
	switch oid {
	case pgcat.Int2:
		return -1 << 15, 1<<15 - 1
	case pgcat.Int4:
		return -1 << 31, 1<<31 - 1
	}
	return -1 << 63, 1<<63 - 1
}

// commonType chooses the type that several expressions are brought to (select_common_type). what names the construct for the
// error, for example "CASE" or "UNION".
func commonType(list []expr, what string, pos int) (pgcat.OID, error) {
	oid := list[0].typ().OID
	same := oid != pgcat.Unknown
	for _, e := range list[1:] {
		same = same && e.typ().OID == oid
	}
	if same {
		return oid, nil
	}
	category, preferred := typeCategory(oid)
	for _, e := range list[1:] {
		next := e.typ().OID
		if next == pgcat.Unknown || next == oid {
			continue
		}
		nextCategory, nextPreferred := typeCategory(next)
		switch {
		case oid == pgcat.Unknown:
			oid, category, preferred = next, nextCategory, nextPreferred
		case nextCategory != category:
			return 0, sqlerr.Newf(sqlerr.DatatypeMismatch, "%s types %s and %s cannot be matched", what, catalog.TypeOf(oid), catalog.TypeOf(next)).At(exprAt(e)).At(pos)
		case !preferred && canCoerce(oid, next, implicitly) && !canCoerce(next, oid, implicitly):
			oid, category, preferred = next, nextCategory, nextPreferred
		}
	}
	if oid == pgcat.Unknown {
		return pgcat.Text, nil
	}
	return oid, nil
}

// commonTypmod is the typmod that all expressions of a type share, else -1.
func commonTypmod(list []expr, oid pgcat.OID) int32 {
	mod := list[0].typ().Mod
	for _, e := range list {
		if t := e.typ(); t.OID != oid || t.Mod != mod {
			return -1
		}
	}
	return mod
}

// unify brings expressions to their common type.
func (b *binder) unify(list []expr, what string, pos int) ([]expr, catalog.Type, error) {
	oid, err := commonType(list, what, pos)
	if err != nil {
		return nil, catalog.Type{}, err
	}
	if oid == pgcat.Record {
		return b.unifyRows(list, what, pos)
	}
	out := make([]expr, len(list))
	for i, e := range list {
		if out[i], err = b.coerceCommon(e, oid, what, pos); err != nil {
			return nil, catalog.Type{}, err
		}
	}
	return out, catalog.Type{OID: oid, Mod: commonTypmod(out, oid)}, nil
}

// coerceCommon is coerce_to_common_type.
func (b *binder) coerceCommon(e expr, oid pgcat.OID, what string, pos int) (expr, error) {
	if !canCoerce(e.typ().OID, oid, implicitly) {
		return nil, sqlerr.Newf(sqlerr.CannotCoerce, "%s could not convert type %s to %s", what, catalog.TypeOf(e.typ().OID), catalog.TypeOf(oid)).At(exprAt(e)).At(pos)
	}
	return b.coerceType(e, oid, implicitly, pos)
}

// coerceBool converts the condition of WHERE and its like.
func (b *binder) coerceBool(e expr, what string, pos int) (expr, error) {
	if oid := e.typ().OID; oid != pgcat.Bool && !canCoerce(oid, pgcat.Bool, byAssignment) {
		return nil, sqlerr.Newf(sqlerr.DatatypeMismatch, "argument of %s must be type boolean, not type %s", what, catalog.TypeOf(e.typ().OID)).At(pos)
	}
	return b.coerceType(e, pgcat.Bool, byAssignment, pos)
}

// resolveUnknown makes what stayed unknown text, as the end of a SELECT list does, and gives a row its shape.
func (b *binder) resolveUnknown(e expr) (expr, error) {
	if e.typ().OID != pgcat.Unknown {
		return b.settleRow(e)
	}
	return b.coerceUnknown(e, pgcat.Text, 0)
}
